/*
 * plan/names - how a fault names a site
 */
#pragma once

#include "plan/plan.h"

enum { WHERE_BYTES = 256 };

/** where_site() - "member Alpha: site ams", cut at the size. Return: @buf */
char *where_site(const struct plan_site *s, char buf[WHERE_BYTES]);
/** where_pair() - "link ams-fra" */
char *where_pair(const struct plan_site *a, const struct plan_site *b, char buf[WHERE_BYTES]);

/*
 * load - from PEERS and --site to list, plan and site, the way every verb needs them
 * What is wrong is printed here; the verb only forwards the exit code.
 */
#pragma once

#include "cmd/verb.h"
#include "peerlist/peerlist.h"
#include "plan/plan.h"
#include "site/site.h"

struct loaded {
	struct peerlist *list;
	struct plan *plan;
	struct site *site; /* NULL without --site */
};

/**
 * load() - read @path, make the plan, and with --site that site
 * Return: 0 with @ret to be ended by load_done(); or an exit code after everything was printed.
 */
int load(const struct call *c, const char *path, struct loaded *ret);
void load_done(struct loaded *l);

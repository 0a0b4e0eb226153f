/*
 * plan/unique - proof that no two things of a plan would be one on some host
 */
#pragma once

#include "plan/plan.h"

/** unique_names() - interface names and BIRD symbols of all sites; adds a fault for each pair */
void unique_names(const struct plan *p, struct faults *faults);
/** unique_links() - link names, and (local, remote, key) on every host */
void unique_links(const struct plan *p, struct faults *faults);

/*
 * plan/meet - who meets whom: walks the pairs of sites that shall have a link
 *   in  struct peerlist, sites sorted by name      out  pairs in order of (a, b)
 */
#pragma once

#include "plan/plan.h"

/* An entry of fabric.links with its two sites as indexes. */
struct meet_entry {
	uint32_t a, b;
	const struct link_entry *entry;
};

struct meet {
	const struct plan *plan;
	struct member *consent;	    /* copies of the members with sorted lists of ASNs */
	struct meet_entry *entries; /* sorted by (a, b) */
	size_t n_entries;
};

/** meet_init() - everything in @scratch. Entries that name no site are faults. */
void meet_init(struct meet *m, const struct plan *p, struct arena *scratch, struct faults *faults);

/** meet_idle() - faults for the entries that set something for two sites that do not meet */
void meet_idle(const struct meet *m, struct arena *scratch, struct faults *faults);

/* Where the walk is; zero before the first step. */
struct meet_pair {
	uint32_t a, b;
	const struct link_entry *entry; /* of fabric.links, NULL if there is none */
	size_t next_entry;
};

/** meet_next() - on to the next pair with a link. Return: false at the end */
bool meet_next(const struct meet *m, struct meet_pair *pair);

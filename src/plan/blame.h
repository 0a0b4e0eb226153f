/*
 * plan/blame - the faults of pairs, gathered: one mistake of a site is told once, with the first pair
 * that it spoils and how many more, not once a pair
 */
#pragma once

#include "base/arena.h"
#include "base/fault.h"

#include <stdint.h>

enum blame_kind {
	BLAME_NO_COMMON,
	BLAME_LACKS,
	BLAME_UNDERLAY,
	BLAME_KEY,
	BLAME_MTU,
	BLAME_NARROW,
	BLAME_KINDS,
};

/* Nobody in particular: what fabric.links says of one pair. */
#define BLAME_NOBODY UINT32_MAX

struct blamed;

struct blame {
	struct arena *scratch;
	uint32_t *seen; /* for every site and kind, 1 + its index in the list */
	struct blamed *list;
	size_t n, room;
};

/** blame_init() - everything lives in @scratch; sites are 0 .. @n_sites, the last one is the fabric */
void blame_init(struct blame *b, struct arena *scratch, size_t n_sites);
/** blame_add() - @site: whose mistake it is. Copies everything. */
void blame_add(struct blame *b, enum blame_kind kind, uint32_t site, struct origin at,
	       const char *where, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/** blame_tell() - all of it, in the order in which it was found */
void blame_tell(const struct blame *b, struct faults *faults);

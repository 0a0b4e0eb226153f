/*
 * generation - one peer list and everything computed from it, until the next one replaces it
 * Made by the worker, immutable from then on. The loop's thread counts who uses it; old and new live
 * side by side until the last job that was started with the old one is back.
 */
#pragma once

#include "base/fault.h"
#include "render/bird.h"
#include "site/site.h"

/* A neighbour in the order of link names. */
struct named_link {
	const struct neighbor *n;
};

struct generation {
	unsigned refs;	 /* the loop's thread only */
	uint64_t serial; /* counted by the loop's thread */
	struct peerlist *list;
	struct plan *plan; /* this site's links only */
	struct site *site;
	struct bird_files *bird;
	struct named_link *by_link; /* sorted by the link's name */
	uint64_t hash;		    /* of the texts */
	struct arena *texts;	    /* of what is to be kept, NULL afterwards */
	struct peerlist_text *files;
	size_t n_files;
	double loaded;	/* Unix time */
	bool last_good; /* from the copy, the list on disk is faulty */
};

enum { GENERATION_FAULTY = 1 };

/**
 * generation_load() - from the list on disk
 * Return: 0 with one reference in @ret, or GENERATION_FAULTY with faults added
 */
int generation_load(const char *path, const char *site, struct faults *faults,
		    struct generation **ret);
/** generation_load_last_good() - from the copy. Return: as generation_load(), or a negative errno */
int generation_load_last_good(const char *copy, const char *site, struct faults *faults,
			      struct err *err, struct generation **ret);
/** generation_keep() - write the copy. 0 or a negative errno; the texts are forgotten afterwards */
int generation_keep(struct generation *g, const char *copy, struct err *err);
/**
 * generation_too_many_gone() - more than half of the links of @old, and more than one, would go with
 * @g: more likely a list cut short than a wish
 * Return: whether so, then with a fault added
 */
bool generation_too_many_gone(const struct generation *old, const struct generation *g,
			      struct faults *faults);

struct generation *generation_ref(struct generation *g);
struct generation *generation_unref(struct generation *g);
/** generation_find() - index into site->neighbors, or -1 */
int generation_find(const struct generation *g, const char *link);

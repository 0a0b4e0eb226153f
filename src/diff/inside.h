/*
 * inside - what the files of diff/ share, and nobody else sees
 *   match.c  which found link is which wanted one, and what is in the way
 *   words.c  a difference in words
 *   diff.c   the steps, in order
 */
#pragma once

#include "diff/diff.h"

/* One wanted link and what stands in its place. */
struct match {
	const struct tunnel *want;
	const char *link;
	const struct tunnel *have; /* ours, or NULL */
	const char *conflict;	   /* why it cannot be had, or NULL */
	bool anew;		   /* cannot be changed in place: removed and made again */
	/* other wanted links whose found one has, until it is changed, what this one is to get */
	struct match *name_blocker, *endpoint_blocker;
	size_t round;	   /* the last walk that came by, for finding rings */
	bool renamed, set; /* its step of that phase is written */
};

/* A found link of ours that goes, and why. */
struct removal {
	const char *link;
	const struct tunnel *have;
	const char *why;
	bool counts; /* the link itself is no longer wanted, as against made anew or found twice */
};

struct matching {
	struct match *list; /* in the order of want */
	size_t n;
	struct removal *removals; /* in the order of have */
	size_t n_removals;
	size_t n_have; /* links of this fabric found */
};

void match_hosts(struct arena *a, const char *fabric, const struct host *want,
		 const struct host *have, struct matching *ret);

/* Same mode, local, remote and key: what the kernel tells tunnels apart by. */
bool endpoints_equal(const struct tunnel *a, const struct tunnel *b);
/* Whether @t has an address for @local, @peer and the length. */
bool tunnel_has_addr(const struct tunnel *t, const struct tunnel_addr *addr);

/* In words how @have differs from @want, addresses and name apart; NULL if it does not.
 * @outer: whether attributes of the tunnel itself differ. */
const char *link_difference(struct arena *a, const struct tunnel *want, const struct tunnel *have,
			    bool *outer);
void addr_words(struct text *t, const struct tunnel_addr *addr);
void tunnel_words(struct text *t, const struct tunnel *w);

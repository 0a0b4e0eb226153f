/*
 * links - what the agent knows of each neighbour, across generations
 * The loop's thread only. A new peer list carries over what it did not change.
 */
#pragma once

#include "live/link.h"
#include "run/backoff.h"
#include "run/generation.h"

enum kernel_view { KERNEL_UNKNOWN, KERNEL_OK, KERNEL_MISSING, KERNEL_CONFLICT, KERNEL_FAILED };

/* A BGP session as BIRD told it last. */
struct session {
	char name[SYMBOL_BYTES]; /* "" where the fabric has no such family */
	bool seen;		 /* BIRD has it; the rest is its word */
	bool disabled, established;
	bool ours;  /* closed by grix, not by the admin */
	bool stuck; /* BIRD would not open or close it: said once */
	char state[32], since[48], info[160];
	uint64_t imported, exported;
};

struct link {
	const struct neighbor *n; /* of the generation in use */
	/* the tunnel */
	int ifindex; /* 0: there is none */
	enum kernel_view kernel;
	char note[256];
	bool settled; /* was as planned once: a later step is a repair */
	struct backoff failed;
	struct repairs repairs;
	/* the keepalives */
	bool watched;
	struct live live;
	enum live_state verdict; /* the last one told; up also when nobody watches any more */
	/* the sessions */
	struct session bgp[2]; /* IPv4, IPv6 */
};

struct links {
	struct link *list; /* as site->neighbors */
	size_t n;
	uint32_t *slots; /* by ifindex, open addressing: index + 1, 0 empty */
	size_t n_slots;	 /* power of two */
};

/** links_make() - for generation @g; takes over from @old, which may be empty, what still holds */
void links_make(struct links *ret, const struct generation *g, const struct links *old,
		uint64_t now_ns);
void links_done(struct links *l);
/** links_index() - rebuild the lookup after ifindexes changed */
void links_index(struct links *l);
/** links_at() - by the tunnel's ifindex; NULL if none of ours */
struct link *links_at(const struct links *l, int ifindex);
/** link_held() - whether the kernel's steps for it have to wait */
bool link_held(const struct link *l, uint64_t now_ns);
const char *kernel_view_name(enum kernel_view v);

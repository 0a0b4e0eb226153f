/*
 * plan/compare - what a change of the peer list would do, and to whom
 * Pure. Sites are matched by name, and where a name is new, by id: an id is a site's for ever.
 * Links are matched by the two sites they join.
 *   in  struct plan old, now      out  struct plan_changes
 */
#pragma once

#include "plan/plan.h"

enum plan_change_kind {
	PLAN_FABRIC, /* the exchange itself: name, LAN */
	PLAN_SITE_JOINS,
	PLAN_SITE_LEAVES,
	PLAN_SITE_CHANGED, /* name, member, ASN, id, LAN address */
	PLAN_ANNOUNCE, /* prefixes and limits: the others' filters change, no session restarts */
	PLAN_LINK_MADE,
	PLAN_LINK_REMOVED,
	PLAN_LINK_SET,	   /* in place: the interface stays, and the session with it */
	PLAN_LINK_RENAMED, /* the interface gets another name on at least one side */
	PLAN_LINK_REPLACED, /* on a host at least the interface goes and a new one comes: another kind
			     * of tunnel, another exchange, or endpoints that two links swap */
};

struct plan_change {
	enum plan_change_kind kind;
	const char *link;     /* the link's name (the new one), or NULL */
	const char *sites[2]; /* whom: the ends of a link whose hosts have something to do; one
			       * site; none for the fabric */
	const char *what;     /* "mtu 1476 -> 1400, ttl 64 -> 32"; never NULL */
	bool restarts;	      /* the BGP sessions of the link start anew */
};

/* What one site's host gets to do. */
struct plan_effect {
	const char *site;
	uint32_t made, removed, set, renamed, replaced; /* tunnels */
	uint32_t restarts;				/* links whose sessions start anew */
};

struct plan_changes {
	struct arena *arena;	  /* owns everything here; texts are copies */
	struct plan_change *list; /* fabric, then sites, then links, each sorted by name */
	size_t n;
	struct plan_effect *effects; /* sites with anything to do, sorted by name */
	size_t n_effects;
};

/** plan_compare() - never fails; no differences give n == 0. Free with plan_changes_free(). */
struct plan_changes *plan_compare(const struct plan *old, const struct plan *now);
struct plan_changes *plan_changes_free(struct plan_changes *c);

/** plan_change_name() - "link made", "link changed" ... */
const char *plan_change_name(enum plan_change_kind k);

/*
 * diff - from what there is to what there should be, in small printable steps
 * Pure. Order, phase by phase: settings, removals, addresses off, renames, changes in place, new
 * links, links up, addresses on, routes. So an address or an endpoint may move from one link to another,
 * and one phase can go to the kernel in one batch. Nothing to do gives no steps.
 *   in  struct host want, have     out  struct steps
 *
 * Ours is what carries our mark: the alias "grix FABRIC LINK", or, for a link that has no alias
 * (yet), our interface group. The kernel takes a group when it makes a link but an alias only
 * afterwards, so the group says whose a link is that was left half made.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "site/site.h"

enum step_kind {
	STEP_SETTING,	  /* write a host-wide setting */
	STEP_LINK_DEL,	  /* remove a tunnel that carries our mark and is not wanted */
	STEP_LINK_ADD,	  /* make the tunnel, whole: mark, mtu, addresses, up */
	STEP_LINK_RENAME, /* ours by its mark, under another name: down, rename */
	STEP_LINK_SET, /* change in place; all attributes are sent: a partial change wipes the rest */
	STEP_ADDR_DEL,
	STEP_ADDR_ADD, /* addr.ours false: someone else's, lost by our own rename, goes back unmarked */
	STEP_LINK_UP,
	STEP_ROUTE_ADD, /* the address is there, but somebody removed its connected route */
};

struct step {
	enum step_kind kind;
	const char *link;	   /* the link's name, or NULL (setting) */
	const struct tunnel *want; /* NULL: setting, removal */
	const struct tunnel *have; /* NULL: setting, new link */
	struct tunnel_addr addr;   /* STEP_ADDR_*, STEP_ROUTE_ADD */
	const struct setting *setting;
	const char *what; /* the change in words, e.g. "mtu 1476 -> 1400, ttl inherit -> 64" */
	bool outer; /* STEP_LINK_SET: the tunnel's own attributes differ, not only mtu and the like */
};

/* A link that cannot be had, for a reason on this host; the others go on. */
struct conflict {
	const char *link;
	const char *text; /* what is in the way, and what to do */
};

struct steps {
	struct arena *arena;
	const char *fabric;
	struct step *list;
	size_t n;
	struct conflict *conflicts;
	size_t n_conflicts;
	struct conflict *notes; /* of links that stand and stay as they are, but do not work */
	size_t n_notes;
	size_t n_links_have;   /* links of this fabric found */
	size_t n_links_remove; /* of these, to be removed */
};

/** diff_host() - never fails; @want and @have must outlive the result. Free with steps_free(). */
struct steps *diff_host(const char *fabric, const struct host *want, const struct host *have);
struct steps *steps_free(struct steps *s);

/** steps_add_conflict() - @link cannot be had: note why, and take its steps away */
void steps_add_conflict(struct steps *s, const char *link, const char *text);

/** steps_add_note() - @link stands but cannot work: note why; its steps stay */
void steps_add_note(struct steps *s, const char *link, const char *text);

/** diff_group() - the interface group of every link of @fabric; never 0, the default group */
uint32_t diff_group(const char *fabric);

/** diff_too_many_removals() - more than half of a site's links would go (and more than one): ask
 *  for --force */
bool diff_too_many_removals(const struct steps *s);

/** step_print() - one line without newline, the same for --dry-run, diff and apply */
void step_print(const struct step *s, struct text *t);
const char *step_kind_name(enum step_kind k);

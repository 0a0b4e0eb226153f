/*
 * diff - from what there is to what there should be, in small printable steps
 * Pure. Order: settings, removals, then changes link by link (rename, attributes, addresses off,
 * addresses on, up), then new links. Nothing to do gives no steps.
 *   in  struct host want, have     out  struct steps
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "site/site.h"

enum step_kind {
	STEP_SETTING,     /* write a host-wide setting */
	STEP_LINK_DEL,    /* remove a tunnel that carries our mark and is not wanted */
	STEP_LINK_ADD,    /* make the tunnel, whole: mark, mtu, addresses, up */
	STEP_LINK_RENAME, /* ours by its mark, under another name: down, rename */
	STEP_LINK_SET,    /* change in place; all attributes are sent: a partial change wipes the rest */
	STEP_ADDR_DEL,
	STEP_ADDR_ADD,
	STEP_LINK_UP,
};

struct step {
	enum step_kind kind;
	const char *link;           /* the link's name, or NULL (setting) */
	const struct tunnel *want;  /* NULL: setting, removal */
	const struct tunnel *have;  /* NULL: setting, new link */
	struct tunnel_addr addr;    /* STEP_ADDR_* */
	const struct setting *setting;
	const char *what; /* the change in words, e.g. "mtu 1476 -> 1400, ttl inherit -> 64" */
};

/* A link that cannot be had, for a reason on this host; the others go on. */
struct conflict {
	const char *link;
	const char *text; /* what is in the way, and what to do */
};

struct steps {
	struct arena *arena;
	struct step *list;
	size_t n;
	struct conflict *conflicts;
	size_t n_conflicts;
	size_t n_links_have;   /* links of this fabric found */
	size_t n_links_remove; /* of these, to be removed */
};

/** diff_host() - never fails; @want and @have must outlive the result. Free with steps_free(). */
struct steps *diff_host(const char *fabric, const struct host *want, const struct host *have);
struct steps *steps_free(struct steps *s);

/** diff_too_many_removals() - more than half of a site's links would go (and more than one): ask
 *  for --force */
bool diff_too_many_removals(const struct steps *s);

/** step_print() - one line without newline, the same for --dry-run, diff and apply */
void step_print(const struct step *s, struct text *t);
const char *step_kind_name(enum step_kind k);

/*
 * render/plan - a plan as JSON for machines and as tables for people
 * Pure, and piece by piece: half a million links are never held as text or as JSON values.
 *   in  struct plan      out  text, to whoever takes it
 */
#pragma once

#include "base/text.h"
#include "plan/compare.h"
#include "plan/plan.h"

/* Who takes the text; a negative answer of @write ends the rendering and is returned by it. */
struct render_out {
	int (*write)(void *to, const char *text, size_t n);
	void *to;
};

/** render_out_text() - appends to @t, never fails */
struct render_out render_out_text(struct text *t);

/**
 * render_plan_json() - the whole plan, or what one site sees of it: its links, the sites they
 *  join, and under "apart" whom it does not meet and why
 * @site: NULL for all
 * Return: 0, or what @out's write answered.
 */
int render_plan_json(const struct plan *p, const struct plan_site *site,
		     const struct render_out *out);

/** render_plan_text() - tables of sites and links; of one site: its interfaces, peers, addresses
 *  and sessions */
int render_plan_text(const struct plan *p, const struct plan_site *site,
		     const struct render_out *out);

/** render_changes_json(), render_changes_text() - what plan_compare() found */
int render_changes_json(const struct plan_changes *c, const struct render_out *out);
int render_changes_text(const struct plan_changes *c, const struct render_out *out);

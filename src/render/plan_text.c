#include "render/plan.h"
#include "render/table.h"

#include <stdio.h>

enum { CELL = 64, CELLS = 8, MEMBER_COLUMNS = 24, PIECE = 64 * 1024 };

/* One row's cells: short ones are written here, names are borrowed. */
struct row {
	char buf[CELLS][CELL];
	const char *cell[CELLS];
};

/* Whose eyes: the whole plan's, one site's, or a comparison's. */
struct view {
	const struct plan *plan;
	const struct plan_site *self;
	const struct plan_changes *changes;
};

struct rows {
	const char *head[CELLS];
	size_t columns;
	size_t n;
	void (*fill)(const struct view *v, size_t i, struct row *ret);
};

static int flush(struct text *t, const struct render_out *out)
{
	int r = t->len > 0 ? out->write(out->to, t->data, t->len) : 0;

	text_reset(t);
	return r < 0 ? r : 0;
}

/* Twice over the rows: a long table is measured and printed without being held. */
static int print_rows(const struct view *v, const struct rows *rows, struct text *t,
		      const struct render_out *out)
{
	struct table table;
	struct row row;
	int r = 0;

	table_init(&table, rows->columns, rows->head);
	for (size_t i = 0; i < rows->n; i++) {
		rows->fill(v, i, &row);
		table_measure(&table, row.cell);
	}
	table_row(&table, rows->head, t);
	for (size_t i = 0; i < rows->n && r == 0; i++) {
		rows->fill(v, i, &row);
		table_row(&table, row.cell, t);
		if (t->len >= PIECE)
			r = flush(t, out);
	}
	return r;
}

static const char *number(char buf[CELL], uint32_t n)
{
	snprintf(buf, CELL, "%u", n);
	return buf;
}

static const char *key(char buf[CELL], const struct plan_link *l)
{
	return l->keyed ? number(buf, l->key) : "-";
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void site_row(const struct view *v, size_t i, struct row *r)
{
	const struct plan_site *s = &v->plan->sites[i];

	r->cell[0] = s->name;
	r->cell[1] = table_cut(s->member->name, MEMBER_COLUMNS, r->buf[1], CELL);
	r->cell[2] = number(r->buf[2], s->asn);
	r->cell[3] = number(r->buf[3], s->id);
	r->cell[4] = addr_text(&s->lan4, r->buf[4]);
	r->cell[5] = addr_text(&s->lan6, r->buf[5]);
	r->cell[6] = addr_text(&s->entry->underlay4, r->buf[6]);
	r->cell[7] = addr_text(&s->entry->underlay6, r->buf[7]);
}

static void link_row(const struct view *v, size_t i, struct row *r)
{
	const struct plan_link *l = &v->plan->links[i];

	r->cell[0] = l->name;
	r->cell[1] = tunnel_mode_name(l->mode);
	r->cell[2] = number(r->buf[2], l->mtu);
	r->cell[3] = number(r->buf[3], l->ttl);
	r->cell[4] = key(r->buf[4], l);
	r->cell[5] = l->ibgp ? "ibgp" : "ebgp";
	r->cell[6] = addr_text(&l->a.outside, r->buf[6]);
	r->cell[7] = addr_text(&l->b.outside, r->buf[7]);
}

static const struct plan_link *own_link(const struct view *v, size_t i,
					const struct plan_end **here, const struct plan_end **there)
{
	const struct plan_link *l = &v->plan->links[v->self->links[i]];

	plan_ends(l, (uint32_t)(v->self - v->plan->sites), here, there);
	return l;
}

static void peer_row(const struct view *v, size_t i, struct row *r)
{
	const struct plan_end *here, *there;
	const struct plan_link *l = own_link(v, i, &here, &there);
	const struct plan_site *s = &v->plan->sites[there->site];

	r->cell[0] = s->ifname;
	r->cell[1] = s->name;
	r->cell[2] = table_cut(s->member->name, MEMBER_COLUMNS, r->buf[2], CELL);
	r->cell[3] = number(r->buf[3], s->asn);
	r->cell[4] = tunnel_mode_name(l->mode);
	r->cell[5] = number(r->buf[5], l->mtu);
	r->cell[6] = addr_text(&here->local, r->buf[6]);
	r->cell[7] = addr_text(&there->outside, r->buf[7]);
}

static const char *keepalive(char buf[CELL], const struct live_options *l)
{
	if (l->kind == LIVE_KIND_NONE)
		return "none";
	snprintf(buf, CELL, "every %u ms, %u misses", l->interval_ms, l->misses);
	return buf;
}

static void session_row(const struct view *v, size_t i, struct row *r)
{
	const struct plan_end *here, *there;
	const struct plan_link *l = own_link(v, i, &here, &there);
	const struct plan_site *s = &v->plan->sites[there->site];
	bool four = s->lan4.family != FAMILY_NONE, six = s->lan6.family != FAMILY_NONE;

	r->cell[0] = s->ifname;
	r->cell[1] = addr_text(&s->lan4, r->buf[1]);
	r->cell[2] = addr_text(&s->lan6, r->buf[2]);
	r->cell[3] = l->ibgp ? "ibgp" : "ebgp";
	snprintf(r->buf[4], CELL, "%.48s%s%s", s->symbol, four ? "_v4" : "_v6",
		 four && six ? " _v6" : "");
	r->cell[4] = r->buf[4];
	r->cell[5] = key(r->buf[5], l);
	r->cell[6] = keepalive(r->buf[6], &l->live);
}

static int all_text(const struct view *v, struct text *t, const struct render_out *out)
{
	const struct plan *p = v->plan;
	const struct rows sites = {
		.head = {"SITE", "MEMBER", "ASN", "ID", "LAN4", "LAN6", "UNDERLAY4", "UNDERLAY6"},
		.columns = 8,
		.n = p->n_sites,
		.fill = site_row};
	const struct rows links = {.head = {"LINK", "MODE", "MTU", "TTL", "KEY", "BGP", "A", "B"},
				   .columns = 8,
				   .n = p->n_links,
				   .fill = link_row};

	text_printf(t, "%s: %zu site%s of %zu member%s, %zu link%s\n\n", p->fabric, p->n_sites,
		    plural(p->n_sites), p->list->n_members, plural(p->list->n_members), p->n_links,
		    plural(p->n_links));
	int r = print_rows(v, &sites, t, out);

	if (r < 0 || p->n_links == 0)
		return r;
	text_puts(t, "\n");
	return print_rows(v, &links, t, out);
}

static void announced(const struct plan_site *s, struct text *t)
{
	char buf[PREFIX_TEXT];

	text_puts(t, "announces ");
	for (size_t i = 0; i < s->entry->n_announce; i++)
		text_printf(t, "%s%s", i ? ", " : "", prefix_text(&s->entry->announce[i], buf));
	text_puts(t, s->entry->n_announce ? "\n\n" : "nothing\n\n");
}

static void apart(const struct view *v, struct text *t)
{
	struct arena *scratch = arena_new();

	for (size_t i = 0; i < v->plan->n_sites; i++) {
		const struct plan_site *s = &v->plan->sites[i];
		const char *why = s == v->self ? NULL : plan_apart(v->plan, v->self, s, scratch);

		if (why)
			text_printf(t, "no link with %s: %s\n", s->name, why);
	}
	arena_free(scratch);
}

static int one_text(const struct view *v, struct text *t, const struct render_out *out)
{
	const struct plan_site *s = v->self;
	char four[ADDR_TEXT], six[ADDR_TEXT];
	const struct rows peers = {
		.head = {"INTERFACE", "PEER", "MEMBER", "ASN", "MODE", "MTU", "LOCAL", "REMOTE"},
		.columns = 8,
		.n = s->n_links,
		.fill = peer_row};
	const struct rows sessions = {.head = {"INTERFACE", "PEER LAN4", "PEER LAN6", "BGP",
					       "SESSIONS", "KEY", "KEEPALIVE"},
				      .columns = 7,
				      .n = s->n_links,
				      .fill = session_row};

	text_printf(t, "%s on %s: %s, AS%u, id %u, %u link%s\n", s->name, v->plan->fabric,
		    s->member->name, s->asn, s->id, s->n_links, plural(s->n_links));
	text_printf(t, "addresses %s %s\n", addr_text(&s->lan4, four), addr_text(&s->lan6, six));
	announced(s, t);
	int r = s->n_links ? print_rows(v, &peers, t, out) : 0;

	if (s->n_links && r == 0) {
		text_puts(t, "\n");
		r = print_rows(v, &sessions, t, out);
	}
	if (s->n_links && s->n_links + 1 < v->plan->n_sites)
		text_puts(t, "\n");
	apart(v, t);
	return r;
}

int render_plan_text(const struct plan *p, const struct plan_site *site,
		     const struct render_out *out)
{
	struct view v = {.plan = p, .self = site};
	struct text t;

	text_init(&t);
	int r = site ? one_text(&v, &t, out) : all_text(&v, &t, out);

	r = r < 0 ? r : flush(&t, out);
	text_done(&t);
	return r;
}

static void change_row(const struct view *v, size_t i, struct row *r)
{
	const struct plan_change *c = &v->changes->list[i];

	r->cell[0] = plan_change_name(c->kind);
	r->cell[1] = c->link ? c->link : c->sites[0] ? c->sites[0] : "-";
	r->cell[2] = c->restarts ? "restarts" : "-";
	r->cell[3] = c->what;
}

static void effect_row(const struct view *v, size_t i, struct row *r)
{
	const struct plan_effect *e = &v->changes->effects[i];

	r->cell[0] = e->site;
	r->cell[1] = number(r->buf[1], e->made);
	r->cell[2] = number(r->buf[2], e->removed);
	r->cell[3] = number(r->buf[3], e->set);
	r->cell[4] = number(r->buf[4], e->renamed);
	r->cell[5] = number(r->buf[5], e->replaced);
	r->cell[6] = number(r->buf[6], e->restarts);
}

static int changes_text(const struct view *v, struct text *t, const struct render_out *out)
{
	const struct rows changes = {.head = {"CHANGE", "WHERE", "BGP", "WHAT"},
				     .columns = 4,
				     .n = v->changes->n,
				     .fill = change_row};
	const struct rows effects = {.head = {"ON SITE", "MADE", "REMOVED", "CHANGED", "RENAMED",
					      "REPLACED", "BGP RESTARTS"},
				     .columns = 7,
				     .n = v->changes->n_effects,
				     .fill = effect_row};

	if (v->changes->n == 0) {
		text_puts(t, "no differences\n");
		return 0;
	}
	int r = print_rows(v, &changes, t, out);

	if (r < 0 || v->changes->n_effects == 0)
		return r;
	text_puts(t, "\n");
	return print_rows(v, &effects, t, out);
}

int render_changes_text(const struct plan_changes *c, const struct render_out *out)
{
	struct view v = {.changes = c};
	struct text t;

	text_init(&t);
	int r = changes_text(&v, &t, out);

	r = r < 0 ? r : flush(&t, out);
	text_done(&t);
	return r;
}

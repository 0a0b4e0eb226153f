#include "plan/compare.h"

#include "base/text.h"
#include "plan/moves.h"
#include "plan/words.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

struct compare {
	const struct plan *old, *now;
	uint32_t *to_now, *to_old;	 /* a site's index in the other plan, or NOBODY */
	const struct plan_link **before; /* of each link of @now, NULL if it is new */
	const uint8_t *anew;		 /* of each link of @now, see moves_anew() */
	struct plan_effect *effects;	 /* of @now's sites, then of @old's that leave */
	struct plan_changes *ret;
	size_t room;
	struct text words;
	struct arena *scratch;
};

const char *plan_change_name(enum plan_change_kind k)
{
	switch (k) {
	case PLAN_FABRIC:
		return "fabric";
	case PLAN_SITE_JOINS:
		return "site joins";
	case PLAN_SITE_LEAVES:
		return "site leaves";
	case PLAN_SITE_CHANGED:
		return "site changed";
	case PLAN_ANNOUNCE:
		return "announcement";
	case PLAN_LINK_MADE:
		return "link made";
	case PLAN_LINK_REMOVED:
		return "link removed";
	case PLAN_LINK_SET:
		return "link changed";
	case PLAN_LINK_RENAMED:
		return "link renamed";
	case PLAN_LINK_REPLACED:
		return "link replaced";
	}
	abort();
}

static struct plan_change *add(struct compare *c, enum plan_change_kind kind, const char *link,
			       const char *site, const char *other)
{
	struct plan_changes *r = c->ret;

	if (r->n == c->room) {
		size_t room = c->room ? c->room * 2 : 64;
		struct plan_change *list = arena_array(r->arena, room, sizeof(*list));

		if (r->n)
			memcpy(list, r->list, r->n * sizeof(*list));
		r->list = list;
		c->room = room;
	}
	struct plan_change *x = &r->list[r->n++];

	x->kind = kind;
	x->link = link ? arena_strdup(r->arena, link) : NULL;
	x->sites[0] = site ? arena_strdup(r->arena, site) : NULL;
	x->sites[1] = other ? arena_strdup(r->arena, other) : NULL;
	x->what = arena_strdup(r->arena, text_str(&c->words));
	text_reset(&c->words);
	return x;
}

struct by_id {
	uint32_t id, index;
};

static int compare_id(const void *a, const void *b)
{
	const struct by_id *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* What is left without a partner after the names, by id. */
static void match_ids(struct compare *c)
{
	struct by_id *left = arena_array(c->scratch, c->now->n_sites, sizeof(*left));
	size_t n = 0;

	for (uint32_t i = 0; i < c->now->n_sites; i++)
		if (c->to_old[i] == NOBODY)
			left[n++] = (struct by_id){c->now->sites[i].id, i};
	qsort(left, n, sizeof(*left), compare_id);
	for (uint32_t i = 0; i < c->old->n_sites; i++) {
		struct by_id key = {.id = c->old->sites[i].id};
		const struct by_id *found;

		if (c->to_now[i] != NOBODY)
			continue;
		found = bsearch(&key, left, n, sizeof(*left), compare_id);
		if (found) {
			c->to_now[i] = found->index;
			c->to_old[found->index] = i;
		}
	}
}

static void match_sites(struct compare *c)
{
	c->to_now = arena_array(c->scratch, c->old->n_sites, sizeof(*c->to_now));
	c->to_old = arena_array(c->scratch, c->now->n_sites, sizeof(*c->to_old));
	for (uint32_t i = 0; i < c->now->n_sites; i++)
		c->to_old[i] = NOBODY;
	for (uint32_t i = 0; i < c->old->n_sites; i++) {
		const struct plan_site *s = plan_find_site(c->now, c->old->sites[i].name);

		c->to_now[i] = s ? (uint32_t)(s - c->now->sites) : NOBODY;
		if (s)
			c->to_old[c->to_now[i]] = i;
	}
	match_ids(c);
}

static void compare_site(struct compare *c, const struct plan_site *old,
			 const struct plan_site *now)
{
	words_site(&c->words, old, now);
	if (c->words.len > 0)
		add(c, PLAN_SITE_CHANGED, NULL, now->name, NULL);
	words_announce(&c->words, old, now);
	if (c->words.len > 0)
		add(c, PLAN_ANNOUNCE, NULL, now->name, NULL);
}

static void compare_sites(struct compare *c)
{
	for (uint32_t i = 0; i < c->old->n_sites; i++) {
		const struct plan_site *s = &c->old->sites[i];

		if (c->to_now[i] != NOBODY) {
			compare_site(c, s, &c->now->sites[c->to_now[i]]);
			continue;
		}
		words_whole_site(&c->words, s);
		add(c, PLAN_SITE_LEAVES, NULL, s->name, NULL);
	}
	for (uint32_t i = 0; i < c->now->n_sites; i++) {
		if (c->to_old[i] != NOBODY)
			continue;
		words_whole_site(&c->words, &c->now->sites[i]);
		add(c, PLAN_SITE_JOINS, NULL, c->now->sites[i].name, NULL);
	}
}

static struct plan_effect *effect(struct compare *c, bool old, uint32_t site)
{
	if (!old)
		return &c->effects[site];
	uint32_t now = c->to_now[site];

	return &c->effects[now != NOBODY ? now : c->now->n_sites + site];
}

static void count(struct plan_effect *e, enum plan_change_kind kind, bool restarts)
{
	e->made += kind == PLAN_LINK_MADE;
	e->removed += kind == PLAN_LINK_REMOVED;
	e->set += kind == PLAN_LINK_SET;
	e->renamed += kind == PLAN_LINK_RENAMED;
	e->replaced += kind == PLAN_LINK_REPLACED;
	e->restarts += restarts;
}

/* A link that comes or goes does so at both ends. */
static void whole_link(struct compare *c, bool old, const struct plan_link *l)
{
	const struct plan_site *sites = old ? c->old->sites : c->now->sites;
	enum plan_change_kind kind = old ? PLAN_LINK_REMOVED : PLAN_LINK_MADE;

	words_whole_link(&c->words, l);
	add(c, kind, l->name, sites[l->a.site].name, sites[l->b.site].name);
	count(effect(c, old, l->a.site), kind, false);
	count(effect(c, old, l->b.site), kind, false);
}

static void compare_link(struct compare *c, const struct plan_link *old,
			 const struct plan_link *now)
{
	const uint8_t anew = c->anew[now - c->now->links];
	const struct words_link l = {.old_plan = c->old,
				     .now_plan = c->now,
				     .old = old,
				     .now = now,
				     .turned = c->to_now[old->a.site] != now->a.site,
				     .made_anew = {anew & MOVE_ANEW_A, anew & MOVE_ANEW_B}};
	struct words_effect e = words_link(&c->words, &l);
	enum plan_change_kind in_place = e.renamed ? PLAN_LINK_RENAMED : PLAN_LINK_SET;
	const uint32_t site[2] = {now->a.site, now->b.site};
	const char *whom[2] = {NULL, NULL};
	size_t n = 0;

	if (c->words.len == 0)
		return;
	for (int i = 0; i < 2; i++) {
		bool replaced = e.replaced || l.made_anew[i];

		if (!e.does[i] && !e.restarts)
			continue;
		whom[n++] = c->now->sites[site[i]].name;
		count(&c->effects[site[i]], replaced ? PLAN_LINK_REPLACED : in_place, e.restarts);
	}
	add(c, e.replaced || anew ? PLAN_LINK_REPLACED : in_place, now->name, whom[0], whom[1])
		->restarts = e.restarts;
}

static int compare_ends(const void *a, const void *b)
{
	const struct plan_link *x = a, *y = b;

	if (x->a.site != y->a.site)
		return x->a.site < y->a.site ? -1 : 1;
	return (x->b.site > y->b.site) - (x->b.site < y->b.site);
}

static const struct plan_link *find_now(const struct compare *c, const struct plan_link *old)
{
	uint32_t a = c->to_now[old->a.site], b = c->to_now[old->b.site];
	struct plan_link key = {.a.site = a < b ? a : b, .b.site = a < b ? b : a};

	if (a == NOBODY || b == NOBODY || c->now->n_links == 0)
		return NULL;
	return bsearch(&key, c->now->links, c->now->n_links, sizeof(key), compare_ends);
}

static void compare_links(struct compare *c)
{
	const struct plan *old = c->old, *now = c->now;

	c->before = arena_array(c->scratch, now->n_links, sizeof(*c->before));
	for (size_t i = 0; i < old->n_links; i++) {
		const struct plan_link *l = &old->links[i], *n = find_now(c, l);

		if (n)
			c->before[n - now->links] = l;
		else
			whole_link(c, true, l);
	}
	c->anew = moves_anew(old, now, c->before, c->to_old, c->scratch);
	for (size_t i = 0; i < now->n_links; i++) {
		if (c->before[i])
			compare_link(c, c->before[i], &now->links[i]);
		else
			whole_link(c, false, &now->links[i]);
	}
}

static int group(const struct plan_change *x)
{
	return x->link ? 2 : x->sites[0] ? 1 : 0;
}

static int compare_change(const void *a, const void *b)
{
	const struct plan_change *x = a, *y = b;

	if (group(x) != group(y))
		return group(x) - group(y);
	const char *nx = x->link ? x->link : x->sites[0], *ny = y->link ? y->link : y->sites[0];
	int c = nx ? strcmp(nx, ny) : 0;

	return c ? c : (x->kind > y->kind) - (x->kind < y->kind);
}

static int compare_effect(const void *a, const void *b)
{
	const struct plan_effect *x = a, *y = b;

	return strcmp(x->site, y->site);
}

static void sort_changes(struct compare *c)
{
	struct plan_changes *r = c->ret;
	size_t all = c->now->n_sites + c->old->n_sites;

	if (r->n)
		qsort(r->list, r->n, sizeof(*r->list), compare_change);
	r->effects = arena_array(r->arena, all, sizeof(*r->effects));
	for (size_t i = 0; i < all; i++) {
		struct plan_effect *e = &c->effects[i];
		bool gone = i >= c->now->n_sites;

		if (!(e->made || e->removed || e->set || e->renamed || e->replaced))
			continue;
		e->site = arena_strdup(r->arena, gone ? c->old->sites[i - c->now->n_sites].name
						      : c->now->sites[i].name);
		r->effects[r->n_effects++] = *e;
	}
	qsort(r->effects, r->n_effects, sizeof(*r->effects), compare_effect);
}

struct plan_changes *plan_compare(const struct plan *old, const struct plan *now)
{
	struct arena *a = arena_new();
	struct plan_changes *ret = arena_alloc(a, sizeof(*ret));
	struct compare c = {.old = old, .now = now, .ret = ret, .scratch = arena_new()};

	*ret = (struct plan_changes){.arena = a};
	c.effects = arena_array(c.scratch, now->n_sites + old->n_sites, sizeof(*c.effects));
	match_sites(&c);
	words_fabric(&c.words, &old->list->fabric, &now->list->fabric);
	if (c.words.len > 0)
		add(&c, PLAN_FABRIC, NULL, NULL, NULL);
	compare_sites(&c);
	compare_links(&c);
	sort_changes(&c);
	text_done(&c.words);
	arena_free(c.scratch);
	return ret;
}

struct plan_changes *plan_changes_free(struct plan_changes *c)
{
	if (c)
		arena_free(c->arena);
	return NULL;
}

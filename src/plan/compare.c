#include "plan/compare.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

struct compare {
	const struct plan *old, *now;
	uint32_t *to_now, *to_old;   /* a site's index in the other plan, or NOBODY */
	bool *kept;		     /* links of @now that were there before */
	struct plan_effect *effects; /* of @now's sites, then of @old's that leave */
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

/* Words are gathered in one text, with commas between them. */
static void word(struct compare *c, const char *s)
{
	if (c->words.len > 0)
		text_puts(&c->words, ", ");
	text_puts(&c->words, s);
}

static void word_number(struct compare *c, const char *what, uint32_t old, uint32_t now)
{
	if (old == now)
		return;
	word(c, what);
	text_printf(&c->words, " %u -> %u", old, now);
}

static void word_text(struct compare *c, const char *what, const char *old, const char *now)
{
	if (strcmp(old, now) == 0)
		return;
	word(c, what);
	text_printf(&c->words, " %s -> %s", old, now);
}

/* Return: whether they differ. */
static bool word_addr(struct compare *c, const char *who, const char *what, const struct addr *old,
		      const struct addr *now)
{
	char buf[2][ADDR_TEXT];

	if (addr_equal(old, now))
		return false;
	word(c, who);
	text_printf(&c->words, " %s %s -> %s", what, addr_text(old, buf[0]),
		    addr_text(now, buf[1]));
	return true;
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

static void word_prefix(struct compare *c, const char *what, const struct prefix *old,
			const struct prefix *now)
{
	char buf[2][PREFIX_TEXT];

	if (prefix_equal(old, now))
		return;
	word_text(c, what, prefix_text(old, buf[0]), prefix_text(now, buf[1]));
}

static void compare_fabric(struct compare *c)
{
	const struct fabric *old = &c->old->list->fabric, *now = &c->now->list->fabric;
	bool renamed = strcmp(old->name, now->name) != 0;

	word_text(c, "name", old->name, now->name);
	if (renamed)
		text_puts(&c->words, " (the tunnels made under the old name are not touched, take "
				     "them down first)");
	word_number(c, "asn", old->asn, now->asn);
	word_prefix(c, "lan4", &old->lan4, &now->lan4);
	word_prefix(c, "lan6", &old->lan6, &now->lan6);
	if (c->words.len > 0)
		add(c, PLAN_FABRIC, NULL, NULL, NULL);
}

static int compare_prefix(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

static struct prefix *sorted_announce(struct compare *c, const struct site_entry *e)
{
	struct prefix *list = arena_array(c->scratch, e->n_announce, sizeof(*list));

	if (e->n_announce)
		memcpy(list, e->announce, e->n_announce * sizeof(*list));
	qsort(list, e->n_announce, sizeof(*list), compare_prefix);
	return list;
}

/* Two sorted lists side by side: "+" what is new, "-" what is gone. */
static void words_announce(struct compare *c, const struct site_entry *old,
			   const struct site_entry *now)
{
	const struct prefix *x = sorted_announce(c, old), *y = sorted_announce(c, now);
	size_t i = 0, j = 0;
	char buf[PREFIX_TEXT];

	while (i < old->n_announce || j < now->n_announce) {
		int order = i == old->n_announce   ? 1
			    : j == now->n_announce ? -1
						   : prefix_compare(&x[i], &y[j]);

		if (order != 0) {
			word(c, order < 0 ? "-" : "+");
			text_puts(&c->words, prefix_text(order < 0 ? &x[i] : &y[j], buf));
		}
		i += order <= 0;
		j += order >= 0;
	}
}

static const char *or_none(const char *s)
{
	return s ? s : "none";
}

static void compare_site(struct compare *c, const struct plan_site *old,
			 const struct plan_site *now)
{
	word_text(c, "name", old->name, now->name);
	word_text(c, "member", old->member->name, now->member->name);
	word_number(c, "asn", old->asn, now->asn);
	word_number(c, "id", old->id, now->id);
	word_addr(c, now->name, "lan4", &old->lan4, &now->lan4);
	word_addr(c, now->name, "lan6", &old->lan6, &now->lan6);
	if (c->words.len > 0)
		add(c, PLAN_SITE_CHANGED, NULL, now->name, NULL);
	words_announce(c, old->entry, now->entry);
	word_number(c, "max_prefix4", old->member->max_prefix4, now->member->max_prefix4);
	word_number(c, "max_prefix6", old->member->max_prefix6, now->member->max_prefix6);
	word_text(c, "as_set", or_none(old->member->as_set), or_none(now->member->as_set));
	if (c->words.len > 0)
		add(c, PLAN_ANNOUNCE, NULL, now->name, NULL);
}

static void words_member(struct compare *c, const struct plan_site *s)
{
	text_printf(&c->words, "%s, AS%u, id %u, %u link%s", s->member->name, s->asn, s->id,
		    s->n_links, s->n_links == 1 ? "" : "s");
}

static void compare_sites(struct compare *c)
{
	for (uint32_t i = 0; i < c->old->n_sites; i++) {
		const struct plan_site *s = &c->old->sites[i];

		if (c->to_now[i] != NOBODY) {
			compare_site(c, s, &c->now->sites[c->to_now[i]]);
			continue;
		}
		words_member(c, s);
		add(c, PLAN_SITE_LEAVES, NULL, s->name, NULL);
	}
	for (uint32_t i = 0; i < c->now->n_sites; i++) {
		if (c->to_old[i] != NOBODY)
			continue;
		words_member(c, &c->now->sites[i]);
		add(c, PLAN_SITE_JOINS, NULL, c->now->sites[i].name, NULL);
	}
}

/* A link's two ends before and after; a renamed site may have changed their order. */
struct ends {
	const struct plan_site *old[2], *now[2];
	const struct plan_end *old_end[2], *now_end[2];
};

static struct ends pair_ends(const struct compare *c, const struct plan_link *old,
			     const struct plan_link *now)
{
	bool same = c->to_now[old->a.site] == now->a.site;
	struct ends e = {.old_end = {&old->a, &old->b},
			 .now_end = {same ? &now->a : &now->b, same ? &now->b : &now->a}};

	for (int i = 0; i < 2; i++) {
		e.old[i] = &c->old->sites[e.old_end[i]->site];
		e.now[i] = &c->now->sites[e.now_end[i]->site];
	}
	return e;
}

/* Return: whether an interface is called otherwise on either host. */
static bool words_names(struct compare *c, const struct plan_link *old, const struct plan_link *now,
			const struct ends *e)
{
	bool renamed = false;

	word_text(c, "link", old->name, now->name);
	for (int i = 0; i < 2; i++) {
		if (strcmp(e->old[!i]->ifname, e->now[!i]->ifname) == 0)
			continue;
		renamed = true;
		word(c, "on ");
		text_printf(&c->words, "%s %s -> %s", e->now[i]->name, e->old[!i]->ifname,
			    e->now[!i]->ifname);
	}
	return renamed;
}

static void words_key(struct compare *c, const struct plan_link *old, const struct plan_link *now)
{
	if (old->keyed == now->keyed && old->key == now->key)
		return;
	word(c, "key ");
	if (old->keyed)
		text_printf(&c->words, "%u -> ", old->key);
	else
		text_puts(&c->words, "none -> ");
	if (now->keyed)
		text_printf(&c->words, "%u", now->key);
	else
		text_puts(&c->words, "none");
}

static void words_tunnel(struct compare *c, const struct plan_link *old,
			 const struct plan_link *now, const struct ends *e)
{
	word_text(c, "mode", tunnel_mode_name(old->mode), tunnel_mode_name(now->mode));
	word_number(c, "mtu", old->mtu, now->mtu);
	word_number(c, "ttl", old->ttl, now->ttl);
	words_key(c, old, now);
	for (int i = 0; i < 2; i++) {
		const char *who = e->now[i]->name;

		word_addr(c, who, "underlay", &e->old_end[i]->outside, &e->now_end[i]->outside);
		if (!addr_equal(&e->now_end[i]->local, &e->now_end[i]->outside) ||
		    !addr_equal(&e->old_end[i]->local, &e->old_end[i]->outside))
			word_addr(c, who, "bind", &e->old_end[i]->local, &e->now_end[i]->local);
	}
}

/* Return: whether BIRD has to start the link's sessions anew. */
static bool words_session(struct compare *c, const struct plan_link *old,
			  const struct plan_link *now, const struct ends *e)
{
	bool restarts = old->ibgp != now->ibgp;

	word_text(c, "bgp", old->ibgp ? "ibgp" : "ebgp", now->ibgp ? "ibgp" : "ebgp");
	for (int i = 0; i < 2; i++) {
		const char *who = e->now[i]->name;

		restarts |= word_addr(c, who, "lan4", &e->old[i]->lan4, &e->now[i]->lan4);
		restarts |= word_addr(c, who, "lan6", &e->old[i]->lan6, &e->now[i]->lan6);
		restarts |= e->old[i]->asn != e->now[i]->asn;
		restarts |= strcmp(e->old[i]->symbol, e->now[i]->symbol) != 0;
		if (e->old[i]->asn != e->now[i]->asn) {
			word(c, who);
			text_printf(&c->words, " asn %u -> %u", e->old[i]->asn, e->now[i]->asn);
		}
	}
	return restarts;
}

static const char *live_name(enum live_kind k)
{
	return k == LIVE_KIND_NONE ? "none" : "stamp";
}

static void words_live(struct compare *c, const struct plan_link *old, const struct plan_link *now,
		       const struct ends *e)
{
	word_text(c, "keepalive", live_name(old->live.kind), live_name(now->live.kind));
	word_number(c, "interval_ms", old->live.interval_ms, now->live.interval_ms);
	word_number(c, "misses", old->live.misses, now->live.misses);
	for (int i = 0; i < 2; i++) {
		if (e->old_end[i]->port == e->now_end[i]->port)
			continue;
		word(c, e->now[i]->name);
		text_printf(&c->words, " port %u -> %u", e->old_end[i]->port, e->now_end[i]->port);
	}
}

static struct plan_effect *effect(struct compare *c, bool old, uint32_t site)
{
	if (!old)
		return &c->effects[site];
	uint32_t now = c->to_now[site];

	return &c->effects[now != NOBODY ? now : c->now->n_sites + site];
}

static void count(struct compare *c, bool old, const struct plan_link *l,
		  enum plan_change_kind kind, bool restarts)
{
	const uint32_t site[2] = {l->a.site, l->b.site};

	for (int i = 0; i < 2; i++) {
		struct plan_effect *e = effect(c, old, site[i]);

		e->made += kind == PLAN_LINK_MADE;
		e->removed += kind == PLAN_LINK_REMOVED;
		e->set += kind == PLAN_LINK_SET;
		e->renamed += kind == PLAN_LINK_RENAMED;
		e->replaced += kind == PLAN_LINK_REPLACED;
		e->restarts += restarts;
	}
}

static void compare_link(struct compare *c, const struct plan_link *old,
			 const struct plan_link *now)
{
	struct ends e = pair_ends(c, old, now);
	bool renamed = words_names(c, old, now, &e);

	words_tunnel(c, old, now, &e);
	bool restarts = words_session(c, old, now, &e) || old->mode != now->mode;

	words_live(c, old, now, &e);
	if (c->words.len == 0)
		return;
	enum plan_change_kind kind = renamed ? PLAN_LINK_RENAMED : PLAN_LINK_SET;

	if (old->mode != now->mode)
		kind = PLAN_LINK_REPLACED;
	add(c, kind, now->name, c->now->sites[now->a.site].name, c->now->sites[now->b.site].name)
		->restarts = restarts;
	count(c, false, now, kind, restarts);
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

static void words_whole(struct compare *c, const struct plan_link *l)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	text_printf(&c->words, "%s %s %s, mtu %u, %s", tunnel_mode_name(l->mode),
		    addr_text(&l->a.outside, a), addr_text(&l->b.outside, b), l->mtu,
		    l->ibgp ? "ibgp" : "ebgp");
}

static void compare_links(struct compare *c)
{
	const struct plan *old = c->old, *now = c->now;

	c->kept = arena_array(c->scratch, now->n_links, sizeof(*c->kept));
	for (size_t i = 0; i < old->n_links; i++) {
		const struct plan_link *l = &old->links[i], *n = find_now(c, l);

		if (n) {
			c->kept[n - now->links] = true;
			compare_link(c, l, n);
			continue;
		}
		words_whole(c, l);
		add(c, PLAN_LINK_REMOVED, l->name, old->sites[l->a.site].name,
		    old->sites[l->b.site].name);
		count(c, true, l, PLAN_LINK_REMOVED, false);
	}
	for (size_t i = 0; i < now->n_links; i++) {
		const struct plan_link *l = &now->links[i];

		if (c->kept[i])
			continue;
		words_whole(c, l);
		add(c, PLAN_LINK_MADE, l->name, now->sites[l->a.site].name,
		    now->sites[l->b.site].name);
		count(c, false, l, PLAN_LINK_MADE, false);
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
	int c = x->sites[0] ? strcmp(x->sites[0], y->sites[0]) : 0;

	if (c == 0 && x->sites[1])
		c = strcmp(x->sites[1], y->sites[1]);
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
	compare_fabric(&c);
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

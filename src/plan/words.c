#include "plan/words.h"

#include <stdlib.h>
#include <string.h>

/* Words are gathered in one text, with commas between them. */
static void word(struct text *t, const char *s)
{
	if (t->len > 0)
		text_puts(t, ", ");
	text_puts(t, s);
}

static void word_number(struct text *t, const char *what, uint32_t old, uint32_t now)
{
	if (old == now)
		return;
	word(t, what);
	text_printf(t, " %u -> %u", old, now);
}

static void word_text(struct text *t, const char *what, const char *old, const char *now)
{
	if (strcmp(old, now) == 0)
		return;
	word(t, what);
	text_printf(t, " %s -> %s", old, now);
}

/* Return: whether they differ. */
static bool word_addr(struct text *t, const char *who, const char *what, const struct addr *old,
		      const struct addr *now)
{
	char buf[2][ADDR_TEXT];

	if (addr_equal(old, now))
		return false;
	word(t, who);
	text_printf(t, " %s %s -> %s", what, addr_text(old, buf[0]), addr_text(now, buf[1]));
	return true;
}

static void word_prefix(struct text *t, const char *what, const struct prefix *old,
			const struct prefix *now)
{
	char buf[2][PREFIX_TEXT];

	if (prefix_equal(old, now))
		return;
	word_text(t, what, prefix_text(old, buf[0]), prefix_text(now, buf[1]));
}

static int compare_prefix(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

static struct prefix *sorted_announce(struct arena *a, const struct site_entry *e)
{
	struct prefix *list = arena_array(a, e->n_announce, sizeof(*list));

	if (e->n_announce)
		memcpy(list, e->announce, e->n_announce * sizeof(*list));
	qsort(list, e->n_announce, sizeof(*list), compare_prefix);
	return list;
}

/* The heads of two lists; a list at its end sorts last. */
static int prefix_order(const struct prefix *x, size_t nx, const struct prefix *y, size_t ny)
{
	if (nx == 0 || ny == 0)
		return nx == 0 ? 1 : -1;
	return prefix_compare(x, y);
}

/* Two sorted lists side by side: "+" what is new, "-" what is gone. */
static void words_prefixes(struct text *t, const struct site_entry *old,
			   const struct site_entry *now)
{
	struct arena *scratch = arena_new();
	const struct prefix *x = sorted_announce(scratch, old), *y = sorted_announce(scratch, now);
	size_t i = 0, j = 0;
	char buf[PREFIX_TEXT];

	while (i < old->n_announce || j < now->n_announce) {
		int order = prefix_order(x + i, old->n_announce - i, y + j, now->n_announce - j);

		if (order != 0) {
			word(t, order < 0 ? "-" : "+");
			text_puts(t, prefix_text(order < 0 ? &x[i] : &y[j], buf));
		}
		i += order <= 0;
		j += order >= 0;
	}
	arena_free(scratch);
}

static const char *or_none(const char *s)
{
	return s ? s : "none";
}

void words_fabric(struct text *t, const struct fabric *old, const struct fabric *now)
{
	word_text(t, "name", old->name, now->name);
	if (t->len > 0)
		text_puts(t, " (what runs under the old name is not touched, take it down first)");
	word_number(t, "asn", old->asn, now->asn);
	word_prefix(t, "lan4", &old->lan4, &now->lan4);
	word_prefix(t, "lan6", &old->lan6, &now->lan6);
}

void words_site(struct text *t, const struct plan_site *old, const struct plan_site *now)
{
	word_text(t, "name", old->name, now->name);
	word_text(t, "member", old->member->name, now->member->name);
	word_number(t, "asn", old->asn, now->asn);
	word_number(t, "id", old->id, now->id);
	word_addr(t, now->name, "lan4", &old->lan4, &now->lan4);
	word_addr(t, now->name, "lan6", &old->lan6, &now->lan6);
}

void words_announce(struct text *t, const struct plan_site *old, const struct plan_site *now)
{
	const struct member *x = old->member, *y = now->member;

	words_prefixes(t, old->entry, now->entry);
	word_number(t, "max_prefix4", x->max_prefix4, y->max_prefix4);
	word_number(t, "max_prefix6", x->max_prefix6, y->max_prefix6);
	word_text(t, "as_set", or_none(x->as_set), or_none(y->as_set));
}

void words_whole_site(struct text *t, const struct plan_site *s)
{
	text_printf(t, "%s, AS%u, id %u, %u link%s", s->member->name, s->asn, s->id, s->n_links,
		    s->n_links == 1 ? "" : "s");
}

void words_whole_link(struct text *t, const struct plan_link *l)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	text_printf(t, "%s %s %s, mtu %u, %s", tunnel_mode_name(l->mode),
		    addr_text(&l->a.outside, a), addr_text(&l->b.outside, b), l->mtu,
		    l->ibgp ? "ibgp" : "ebgp");
}

struct ends {
	const struct plan_site *old[2], *now[2];
	const struct plan_end *old_end[2], *now_end[2];
};

static struct ends both_ends(const struct words_link *l)
{
	struct ends e = {.old_end = {&l->old->a, &l->old->b}, .now_end = {&l->now->a, &l->now->b}};

	if (l->turned) {
		e.now_end[0] = &l->now->b;
		e.now_end[1] = &l->now->a;
	}
	for (int i = 0; i < 2; i++) {
		e.old[i] = &l->old_plan->sites[e.old_end[i]->site];
		e.now[i] = &l->now_plan->sites[e.now_end[i]->site];
	}
	return e;
}

/* Return: whether an interface is called otherwise on either host. */
static bool words_names(struct text *t, const struct plan_link *old, const struct plan_link *now,
			const struct ends *e)
{
	bool renamed = false;

	word_text(t, "link", old->name, now->name);
	for (int i = 0; i < 2; i++) {
		if (strcmp(e->old[!i]->ifname, e->now[!i]->ifname) == 0)
			continue;
		renamed = true;
		word(t, "on ");
		text_printf(t, "%s %s -> %s", e->now[i]->name, e->old[!i]->ifname,
			    e->now[!i]->ifname);
	}
	return renamed;
}

static void words_key(struct text *t, const struct plan_link *old, const struct plan_link *now)
{
	if (old->keyed == now->keyed && old->key == now->key)
		return;
	word(t, "key ");
	if (old->keyed)
		text_printf(t, "%u -> ", old->key);
	else
		text_puts(t, "none -> ");
	if (now->keyed)
		text_printf(t, "%u", now->key);
	else
		text_puts(t, "none");
}

static void words_tunnel(struct text *t, const struct plan_link *old, const struct plan_link *now)
{
	word_text(t, "mode", tunnel_mode_name(old->mode), tunnel_mode_name(now->mode));
	word_number(t, "mtu", old->mtu, now->mtu);
	word_number(t, "ttl", old->ttl, now->ttl);
	words_key(t, old, now);
}

/* A bind is its own host's affair, an underlay without one that of both. */
static void words_addresses(struct text *t, const struct ends *e, bool does[2])
{
	for (int i = 0; i < 2; i++) {
		const char *who = e->now[i]->name;

		does[i] |= !addr_equal(&e->old_end[i]->local, &e->now_end[i]->local);
		does[!i] |= !addr_equal(&e->old_end[i]->outside, &e->now_end[i]->outside);

		word_addr(t, who, "underlay", &e->old_end[i]->outside, &e->now_end[i]->outside);
		if (!addr_equal(&e->now_end[i]->local, &e->now_end[i]->outside) ||
		    !addr_equal(&e->old_end[i]->local, &e->old_end[i]->outside))
			word_addr(t, who, "bind", &e->old_end[i]->local, &e->now_end[i]->local);
	}
}

/* Return: whether BIRD has to start the link's sessions anew. */
static bool words_session(struct text *t, const struct plan_link *old, const struct plan_link *now,
			  const struct ends *e)
{
	bool restarts = old->ibgp != now->ibgp;

	word_text(t, "bgp", old->ibgp ? "ibgp" : "ebgp", now->ibgp ? "ibgp" : "ebgp");
	for (int i = 0; i < 2; i++) {
		const char *who = e->now[i]->name;

		restarts |= word_addr(t, who, "lan4", &e->old[i]->lan4, &e->now[i]->lan4);
		restarts |= word_addr(t, who, "lan6", &e->old[i]->lan6, &e->now[i]->lan6);
		restarts |= e->old[i]->asn != e->now[i]->asn;
		restarts |= strcmp(e->old[i]->symbol, e->now[i]->symbol) != 0;
		if (e->old[i]->asn != e->now[i]->asn) {
			word(t, who);
			text_printf(t, " asn %u -> %u", e->old[i]->asn, e->now[i]->asn);
		}
	}
	return restarts;
}

static const char *live_name(enum live_kind k)
{
	return k == LIVE_KIND_NONE ? "none" : "stamp";
}

static void words_live(struct text *t, const struct plan_link *old, const struct plan_link *now,
		       const struct ends *e)
{
	word_text(t, "keepalive", live_name(old->live.kind), live_name(now->live.kind));
	word_number(t, "interval_ms", old->live.interval_ms, now->live.interval_ms);
	word_number(t, "misses", old->live.misses, now->live.misses);
	for (int i = 0; i < 2; i++) {
		if (e->old_end[i]->port == e->now_end[i]->port)
			continue;
		word(t, e->now[i]->name);
		text_printf(t, " port %u -> %u", e->old_end[i]->port, e->now_end[i]->port);
	}
}

static void words_anew(struct text *t, const struct words_link *l)
{
	const uint32_t site[2] = {l->now->a.site, l->now->b.site};

	for (int i = 0; i < 2; i++) {
		if (!l->made_anew[i])
			continue;
		word(t, "made anew on ");
		text_printf(t, "%s, where another tunnel has these endpoints until then",
			    l->now_plan->sites[site[i]].name);
	}
}

struct words_effect words_link(struct text *t, const struct words_link *l)
{
	struct ends e = both_ends(l);
	bool moved = strcmp(l->old_plan->fabric, l->now_plan->fabric) != 0, does[2] = {0};
	struct words_effect ret = {.replaced = moved || l->old->mode != l->now->mode};

	if (moved)
		word_text(t, "exchange", l->old_plan->fabric, l->now_plan->fabric);
	ret.renamed = words_names(t, l->old, l->now, &e);
	words_tunnel(t, l->old, l->now);
	size_t settings = t->len;

	words_addresses(t, &e, does);
	size_t addresses = t->len;

	words_anew(t, l);
	ret.restarts = words_session(t, l->old, l->now, &e) || ret.replaced || l->made_anew[0] ||
		       l->made_anew[1];
	words_live(t, l->old, l->now, &e);
	for (int i = 0; i < 2; i++)
		ret.does[i] = settings > 0 || t->len > addresses || does[l->turned ? !i : i];
	return ret;
}

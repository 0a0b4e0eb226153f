/*
 * match - which found link is which wanted one, and what is in the way
 * A link is found by its mark, never by its name: who renames a tunnel of ours has not made it
 * his own. Only a link without any alias, in our group, is found by name: it was left half made.
 */
#include "diff/inside.h"

#include <stdlib.h>
#include <string.h>

/* Found tunnels in three orders, for looking up. */
struct found {
	const struct tunnel *t;
	const char *link; /* ours: the mark's link, or "" when it is ours by its group alone */
	bool ours, taken;
};

struct index {
	struct found *list; /* in the kernel's order */
	struct found **by_link, **by_name, **by_endpoints;
	size_t n;
	bool any_bound; /* a tunnel bound to a device may share endpoints with another one */
};

static int compare_endpoints(const struct tunnel *a, const struct tunnel *b)
{
	if (a->mode != b->mode)
		return a->mode < b->mode ? -1 : 1;
	int c = addr_compare(&a->local, &b->local);

	if (!c)
		c = addr_compare(&a->remote, &b->remote);
	if (!c)
		c = a->keyed - b->keyed;
	return c || !a->keyed ? c : (a->key > b->key) - (a->key < b->key);
}

bool endpoints_equal(const struct tunnel *a, const struct tunnel *b)
{
	return compare_endpoints(a, b) == 0;
}

static int by_ifindex(const struct found *a, const struct found *b)
{
	return (a->t->ifindex > b->t->ifindex) - (a->t->ifindex < b->t->ifindex);
}

static int order_link(const void *pa, const void *pb)
{
	const struct found *a = *(struct found *const *)pa, *b = *(struct found *const *)pb;
	int c = strcmp(a->link, b->link);

	return c ? c : by_ifindex(a, b);
}

static int order_name(const void *pa, const void *pb)
{
	const struct found *a = *(struct found *const *)pa, *b = *(struct found *const *)pb;
	int c = strcmp(a->t->ifname, b->t->ifname);

	return c ? c : by_ifindex(a, b);
}

static int order_endpoints(const void *pa, const void *pb)
{
	const struct found *a = *(struct found *const *)pa, *b = *(struct found *const *)pb;
	int c = compare_endpoints(a->t, b->t);

	return c ? c : by_ifindex(a, b);
}

/* Mostly the kernel's order is the one wanted, or nearly: looking is cheaper than sorting. */
static void sort(void *list, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const char *at = list;

	for (size_t i = 1; i < n; i++, at += size)
		if (compare(at, at + size) > 0) {
			qsort(list, n, size, compare);
			return;
		}
}

static bool is_ours(const char *fabric, uint32_t group, const struct tunnel *t, const char **link)
{
	*link = "";
	if (t->odd & ODD_OTHER_KIND)
		return false; /* we never make one, whatever its alias says */
	if (t->alias && t->alias[0])
		return site_owns(t->alias, fabric, link);
	return t->group == group;
}

static void index_host(struct arena *a, const char *fabric, const struct host *have,
		       struct index *ix)
{
	uint32_t group = diff_group(fabric);

	ix->n = have->n_tunnels;
	ix->list = arena_array(a, ix->n, sizeof(*ix->list));
	ix->by_link = arena_array(a, ix->n, sizeof(struct found *));
	ix->by_name = arena_array(a, ix->n, sizeof(struct found *));
	ix->by_endpoints = arena_array(a, ix->n, sizeof(struct found *));
	for (size_t i = 0; i < ix->n; i++) {
		struct found *f = &ix->list[i];

		f->t = &have->tunnels[i];
		f->ours = is_ours(fabric, group, f->t, &f->link);
		ix->any_bound = ix->any_bound || (f->t->odd & ODD_BOUND);
		ix->by_link[i] = ix->by_name[i] = ix->by_endpoints[i] = f;
	}
	sort(ix->by_link, ix->n, sizeof(struct found *), order_link);
	sort(ix->by_name, ix->n, sizeof(struct found *), order_name);
	sort(ix->by_endpoints, ix->n, sizeof(struct found *), order_endpoints);
}

/* The first place in @order not before @key; the caller walks on while they are equal. */
static size_t first_at(struct found *const *order, size_t n, const struct found *key,
		       int (*compare)(const void *, const void *))
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(&order[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Of the links with this mark the one under its name, or else the oldest; the rest is double. */
static struct found *find_marked(const struct index *ix, const char *link, const char *ifname)
{
	struct tunnel none = {.ifindex = 0};
	struct found key = {.t = &none, .link = link}, *best = NULL;

	for (size_t i = first_at(ix->by_link, ix->n, &key, order_link); i < ix->n; i++) {
		struct found *f = ix->by_link[i];

		if (strcmp(f->link, link) != 0)
			break;
		if (!f->ours)
			continue;
		if (!best || strcmp(f->t->ifname, ifname) == 0)
			best = f;
	}
	return best;
}

static size_t first_of_name(const struct index *ix, const char *ifname)
{
	struct tunnel named = {.ifindex = 0};
	struct found key = {.t = &named};

	memccpy(named.ifname, ifname, '\0', sizeof(named.ifname) - 1);
	return first_at(ix->by_name, ix->n, &key, order_name);
}

static struct found *find_half_made(const struct index *ix, const char *ifname)
{
	for (size_t i = first_of_name(ix, ifname); i < ix->n; i++) {
		struct found *f = ix->by_name[i];

		if (strcmp(f->t->ifname, ifname) != 0)
			return NULL;
		if (f->ours && !f->link[0])
			return f;
	}
	return NULL;
}

static const char *name_taken(struct arena *a, const struct tunnel *t)
{
	if (t->odd & ODD_OTHER_KIND)
		return arena_printf(a,
				    "%s: the name belongs to an interface%s%s that grix did not "
				    "make (ifindex %d); "
				    "rename or remove that one",
				    t->ifname, t->kind && t->kind[0] ? " of kind " : "",
				    t->kind ? t->kind : "", t->ifindex);
	return arena_printf(
		a,
		"%s: the name belongs to a %s tunnel without the mark of this fabric (%s%s%s); "
		"rename or remove it (ip link del %s)",
		t->ifname, tunnel_mode_name(t->mode), t->alias ? "alias '" : "no alias",
		t->alias ? t->alias : "", t->alias ? "'" : "", t->ifname);
}

static const char *endpoints_taken(struct arena *a, const struct tunnel *t)
{
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	const char *key = t->keyed ? arena_printf(a, " key %u", t->key) : "";

	return arena_printf(a,
			    "%s %s -> %s%s: %s has the same endpoints%s and is not ours (%s%s%s); "
			    "remove it (ip link del %s) or give the link a key of its own",
			    tunnel_mode_name(t->mode), addr_text(&t->local, local),
			    addr_text(&t->remote, remote), key, t->ifname,
			    t->odd & ODD_BOUND ? ", bound to a device, so it takes the packets,"
					       : "",
			    t->alias ? "alias '" : "no alias", t->alias ? t->alias : "",
			    t->alias ? "'" : "", t->ifname);
}

static const char *find_name_taken(struct arena *a, const struct index *ix, const struct match *m)
{
	const char *ifname = m->want->ifname;

	if (m->have && strcmp(m->have->ifname, ifname) == 0)
		return NULL; /* ours has it */
	for (size_t i = first_of_name(ix, ifname); i < ix->n; i++) {
		struct found *f = ix->by_name[i];

		if (strcmp(f->t->ifname, ifname) != 0)
			break;
		if (!f->ours)
			return name_taken(a, f->t);
	}
	return NULL;
}

static const char *find_endpoints_taken(struct arena *a, const struct index *ix,
					const struct match *m)
{
	struct found key = {.t = m->want};

	if (m->have && endpoints_equal(m->have, m->want) && !ix->any_bound)
		return NULL; /* ours has them, and the kernel gives them once */
	for (size_t i = first_at(ix->by_endpoints, ix->n, &key, order_endpoints); i < ix->n; i++) {
		struct found *f = ix->by_endpoints[i];

		if (!endpoints_equal(f->t, m->want))
			break;
		if (!f->ours && !(f->t->odd & ODD_OTHER_KIND))
			return endpoints_taken(a, f->t);
	}
	return NULL;
}

/* What stands in the way of @m and is not ours to move. */
static const char *find_conflict(struct arena *a, const struct index *ix, const struct match *m)
{
	const char *text = find_name_taken(a, ix, m);

	return text ? text : find_endpoints_taken(a, ix, m);
}

static void match_links(struct arena *a, const char *fabric, struct index *ix, struct matching *ret)
{
	for (size_t i = 0; i < ret->n; i++) {
		struct match *m = &ret->list[i];

		if (!site_owns(m->want->alias, fabric, &m->link))
			m->link = m->want->ifname;
		struct found *f = find_marked(ix, m->link, m->want->ifname);

		if (!f)
			f = find_half_made(ix, m->want->ifname);
		if (f) {
			f->taken = true;
			m->have = f->t;
			m->anew = f->t->mode != m->want->mode || (f->t->odd & ODD_EXTERNAL);
		}
		m->conflict = find_conflict(a, ix, m);
	}
}

/* --- what one wanted link must wait for another to give away --- */

struct holder {
	const struct tunnel *have;
	struct match *m;
};

static int order_holder_name(const void *a, const void *b)
{
	return strcmp(((const struct holder *)a)->have->ifname,
		      ((const struct holder *)b)->have->ifname);
}

static int order_holder_endpoints(const void *a, const void *b)
{
	return compare_endpoints(((const struct holder *)a)->have,
				 ((const struct holder *)b)->have);
}

/* A ring of links that wait for each other cannot be changed in place: the first is made anew. */
static void break_ring(struct match *first, size_t round, bool names)
{
	struct match *m = first;

	for (;;) {
		m = names ? m->name_blocker : m->endpoint_blocker;
		if (!m || m->anew || m->round == round)
			return;
		if (m == first) {
			first->anew = true;
			return;
		}
		m->round = round;
	}
}

/* Whether any of our links is to get another name, or other endpoints. */
static bool any_moves(const struct matching *ret, bool names)
{
	for (size_t i = 0; i < ret->n; i++) {
		const struct tunnel *want = ret->list[i].want, *have = ret->list[i].have;

		if (have && (names ? strcmp(have->ifname, want->ifname) != 0
				   : !endpoints_equal(have, want)))
			return true;
	}
	return false;
}

static void find_blockers(struct arena *a, struct matching *ret, bool names)
{
	if (!any_moves(ret, names))
		return; /* the usual case */
	int (*order)(const void *, const void *) =
		names ? order_holder_name : order_holder_endpoints;
	struct holder *holders = arena_array(a, ret->n, sizeof(*holders));
	size_t n = 0;

	for (size_t i = 0; i < ret->n; i++)
		if (ret->list[i].have)
			holders[n++] = (struct holder){ret->list[i].have, &ret->list[i]};
	sort(holders, n, sizeof(*holders), order);
	for (size_t i = 0; i < ret->n; i++) {
		struct match *m = &ret->list[i];
		struct holder key = {m->want, m};
		struct holder *h = bsearch(&key, holders, n, sizeof(*holders), order);
		struct match *blocker = h && h->m != m ? h->m : NULL;

		if (names)
			m->name_blocker = blocker;
		else
			m->endpoint_blocker = blocker;
	}
	for (size_t i = 0; i < ret->n; i++)
		break_ring(&ret->list[i], (names ? 1 : ret->n + 1) + i, names);
}

static void add_removal(struct matching *ret, const char *link, const struct tunnel *have,
			const char *why, bool counts)
{
	ret->removals[ret->n_removals++] = (struct removal){link, have, why, counts};
}

static void find_removals(struct arena *a, const struct index *ix, struct matching *ret)
{
	ret->removals = arena_array(a, ix->n, sizeof(*ret->removals));
	for (size_t i = 0; i < ix->n; i++) {
		struct found *f = &ix->list[i];
		const struct match *other = NULL;

		if (!f->ours)
			continue;
		ret->n_have++;
		if (f->taken)
			continue;
		for (size_t j = 0; f->link[0] && j < ret->n && !other; j++)
			if (strcmp(ret->list[j].link, f->link) == 0)
				other = &ret->list[j];
		if (!f->link[0])
			add_removal(ret, f->t->ifname, f->t, "was left half made", false);
		else if (other)
			add_removal(ret, f->link, f->t, "a second interface with this link's mark",
				    false);
		else
			add_removal(ret, f->link, f->t, "no longer wanted", true);
	}
	for (size_t i = 0; i < ret->n; i++) {
		struct match *m = &ret->list[i];

		if (m->anew && !m->conflict)
			add_removal(ret, m->link, m->have,
				    m->have->mode != m->want->mode
					    ? arena_printf(a, "made anew: %s -> %s",
							   tunnel_mode_name(m->have->mode),
							   tunnel_mode_name(m->want->mode))
					    : "made anew: cannot be changed in place",
				    false);
	}
}

void match_hosts(struct arena *a, const char *fabric, const struct host *want,
		 const struct host *have, struct matching *ret)
{
	struct index ix = {0};

	*ret = (struct matching){.n = want->n_tunnels};
	ret->list = arena_array(a, want->n_tunnels, sizeof(*ret->list));
	for (size_t i = 0; i < ret->n; i++)
		ret->list[i].want = &want->tunnels[i];
	index_host(a, fabric, have, &ix);
	match_links(a, fabric, &ix, ret);
	find_blockers(a, ret, true);
	find_blockers(a, ret, false);
	find_removals(a, &ix, ret);
}

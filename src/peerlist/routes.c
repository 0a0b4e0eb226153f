/*
 * Prefixes against each other and against endpoints. A prefix that covers an endpoint would be
 * learnt over a tunnel whose packets go to that endpoint: they would be routed into the tunnel
 * itself (recursive routing), and the link would flap for ever.
 */
#include "peerlist/check.h"

#include <stdlib.h>
#include <string.h>

enum { NO_PARENT = -1 };

struct route {
	struct prefix prefix;
	const struct prefix *value;
	const struct member *m;
	const struct site_entry *s;
	ptrdiff_t parent; /* the smallest announced prefix that holds this one */
	size_t order;
	size_t n_covered;
	const struct site_entry *covered; /* the first site whose endpoint lies in it */
	const struct addr *endpoint;
};

struct routes {
	struct route *list;
	size_t n;
};

static int by_prefix(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	int d = prefix_compare(&x->prefix, &y->prefix);

	return d ? d : (x->order > y->order) - (x->order < y->order);
}

static void add_site(struct routes *r, const struct member *m, const struct site_entry *s)
{
	for (size_t i = 0; i < s->n_announce; i++, r->n++)
		r->list[r->n] = (struct route){.prefix = s->announce[i],
					       .value = &s->announce[i],
					       .m = m,
					       .s = s,
					       .parent = NO_PARENT,
					       .order = r->n};
}

static struct routes collect(struct check *c)
{
	const struct peerlist *l = c->list;
	struct routes r = {0};
	size_t n = 0;

	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			n += l->members[i].sites[j].n_announce;
	r.list = arena_array(c->scratch, n, sizeof(*r.list));
	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			add_site(&r, &l->members[i], &l->members[i].sites[j]);
	if (r.n)
		qsort(r.list, r.n, sizeof(*r.list), by_prefix);
	return r;
}

/* Sorted so, a prefix stands behind all that hold it: the parents of the one before are enough. A
 * parent is strictly larger, so no chain is longer than an address has bits. */
static void find_parents(struct routes *r)
{
	for (size_t i = 1; i < r->n; i++) {
		const struct prefix *x = &r->list[i].prefix;
		ptrdiff_t p = (ptrdiff_t)i - 1;

		while (p >= 0 && (prefix_equal(&r->list[p].prefix, x) ||
				  !prefix_overlaps(&r->list[p].prefix, x)))
			p = r->list[p].parent;
		r->list[i].parent = p;
	}
}

static void foreign(struct check *c, const struct route *x, const struct route *y)
{
	char mine[PREFIX_TEXT], other[PREFIX_TEXT];
	bool same = prefix_equal(&x->prefix, &y->prefix);
	const char *inside =
		arena_printf(c->scratch, "lies inside %s of", prefix_text(&y->prefix, other));

	check_fault(c, x->m, x->s, "announce", x->value,
		    "%s %s %s (%s), a prefix belongs to one member", prefix_text(&x->prefix, mine),
		    same ? "is announced too by" : inside, check_name(c, y->m),
		    check_place(c, y->m, y->s, y->value));
}

/* Two members with the same addresses: one of them is wrong, and nobody can tell which. */
static void check_overlap(struct check *c, const struct routes *r, size_t i)
{
	const struct route *x = &r->list[i], *before = i ? x - 1 : NULL;
	char buf[PREFIX_TEXT];

	if (before && prefix_equal(&before->prefix, &x->prefix)) {
		if (before->s == x->s)
			check_fault(c, x->m, x->s, "announce", x->value,
				    "%s stands there twice, keep one",
				    prefix_text(&x->prefix, buf));
		else if (before->m != x->m)
			foreign(c, x, before);
		return;
	}
	for (ptrdiff_t p = x->parent; p >= 0; p = r->list[p].parent) {
		if (r->list[p].m == x->m)
			continue;
		foreign(c, x, &r->list[p]);
		return;
	}
}

static void check_lan(struct check *c, const struct route *x)
{
	const struct fabric *f = &c->list->fabric;
	bool ip4 = x->prefix.addr.family == FAMILY_IP4;
	const struct prefix *lan = ip4 ? &f->lan4 : &f->lan6;
	char buf[PREFIX_TEXT], lan_buf[PREFIX_TEXT];

	if (lan->addr.family == FAMILY_NONE) {
		if (f->at.file && !marks_line(c->marks, lan))
			check_fault(c, x->m, x->s, "announce", x->value,
				    "%s would reach nobody, the fabric has no lan%d",
				    prefix_text(&x->prefix, buf), ip4 ? 4 : 6);
		return;
	}
	if (prefix_overlaps(&x->prefix, lan))
		check_fault(c, x->m, x->s, "announce", x->value,
			    "%s overlaps the peering LAN %s, nobody announces that",
			    prefix_text(&x->prefix, buf), prefix_text(lan, lan_buf));
}

/* The innermost announced prefix around @a, NULL if there is none. */
static struct route *around(struct routes *r, const struct addr *a)
{
	struct prefix host = {*a, (uint8_t)(addr_bytes(a->family) * 8)};
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (prefix_compare(&r->list[mid].prefix, &host) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	ptrdiff_t p = (ptrdiff_t)low - 1;

	while (p >= 0 && !prefix_contains(&r->list[p].prefix, a))
		p = r->list[p].parent;
	return p >= 0 ? &r->list[p] : NULL;
}

static void check_endpoint(struct check *c, struct routes *r, const struct member *m,
			   const struct site_entry *s, const struct addr *a, const char *key)
{
	const struct fabric *f = &c->list->fabric;
	const struct prefix *lan = a->family == FAMILY_IP4 ? &f->lan4 : &f->lan6;
	char buf[ADDR_TEXT], lan_buf[PREFIX_TEXT];

	if (a->family == FAMILY_NONE)
		return;
	if (prefix_contains(lan, a)) {
		check_fault(c, m, s, key, a,
			    "%s lies in the peering LAN %s, write the address on the %s",
			    addr_text(a, buf), prefix_text(lan, lan_buf),
			    *key == 'b' ? "uplink" : "Internet");
		return;
	}
	struct route *x = around(r, a);

	if (!x)
		return;
	if (x->n_covered++ == 0) {
		x->covered = s;
		x->endpoint = a;
	}
}

static void check_covered(struct check *c, const struct route *x)
{
	char buf[PREFIX_TEXT], addr[ADDR_TEXT];
	const char *more = "";

	if (x->n_covered == 0)
		return;
	if (x->n_covered > 1)
		more = arena_printf(c->scratch, " (and %zu more)", x->n_covered - 1);
	check_fault(
		c, x->m, x->s, "announce", x->value,
		"%s holds %s, the endpoint of site %s%s: its tunnel packets would be routed into a "
		"tunnel; announce prefixes without endpoints",
		prefix_text(&x->prefix, buf), addr_text(x->endpoint, addr),
		x->covered->name ? x->covered->name : "without a name", more);
}

void check_routes(struct check *c)
{
	const struct peerlist *l = c->list;
	struct routes r = collect(c);

	find_parents(&r);
	for (size_t i = 0; i < r.n; i++) {
		check_overlap(c, &r, i);
		check_lan(c, &r.list[i]);
	}
	for (size_t i = 0; i < l->n_members; i++) {
		const struct member *m = &l->members[i];

		for (size_t j = 0; j < m->n_sites; j++) {
			const struct site_entry *s = &m->sites[j];

			check_endpoint(c, &r, m, s, &s->underlay4, "underlay4");
			check_endpoint(c, &r, m, s, &s->underlay6, "underlay6");
			if (!addr_equal(&s->bind4, &s->underlay4))
				check_endpoint(c, &r, m, s, &s->bind4, "bind4");
			if (!addr_equal(&s->bind6, &s->underlay6))
				check_endpoint(c, &r, m, s, &s->bind6, "bind6");
		}
	}
	for (size_t i = 0; i < r.n; i++)
		check_covered(c, &r.list[i]);
}

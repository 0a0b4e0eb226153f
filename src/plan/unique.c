/*
 * plan/unique - sorts and looks at neighbours, so a thousand sites cost no more than their sort
 */
#include "plan/unique.h"

#include "base/hash.h"
#include "plan/names.h"

#include <stdlib.h>
#include <string.h>

/* A site by one of its names. */
struct named {
	const char *name;
	const struct plan_site *site;
};

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : strcmp(x->site->name, y->site->name);
}

static void fault_name(struct faults *faults, const struct plan_site *s,
		       const struct plan_site *other, const char *what, const char *name)
{
	char where[WHERE_BYTES];

	faults_add(faults, s->entry->at, where_site(s, where),
		   "site %s and site %s would both have the %s %s, rename one of them", other->name,
		   s->name, what, name);
}

static void refuse_same(struct named *list, size_t n, const char *what, struct faults *faults)
{
	qsort(list, n, sizeof(*list), compare_named);
	for (size_t i = 1; i < n; i++)
		if (strcmp(list[i - 1].name, list[i].name) == 0)
			fault_name(faults, list[i].site, list[i - 1].site, what, list[i].name);
}

void unique_names(const struct plan *p, struct faults *faults)
{
	struct arena *scratch = arena_new();
	struct named *ifnames = arena_array(scratch, p->n_sites, sizeof(*ifnames));
	struct named *symbols = arena_array(scratch, p->n_sites, sizeof(*symbols));

	for (size_t i = 0; i < p->n_sites; i++) {
		const struct plan_site *s = &p->sites[i];

		ifnames[i] = (struct named){s->ifname, s};
		symbols[i] = (struct named){s->symbol, s};
	}
	refuse_same(ifnames, p->n_sites, "interface name", faults);
	refuse_same(symbols, p->n_sites, "BIRD symbol", faults);
	arena_free(scratch);
}

/* A link by the hash of its name: cheaper to sort than the names. */
struct hashed {
	uint64_t hash;
	const struct plan_link *link;
};

static int compare_hashed(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return strcmp(x->link->name, y->link->name);
}

static void fault_link_name(const struct plan *p, struct faults *faults, const struct plan_link *x,
			    const struct plan_link *y)
{
	const struct plan_site *s = p->sites;
	char where[WHERE_BYTES];

	where_pair(&s[y->a.site], &s[y->b.site], where);
	faults_add(faults, s[y->b.site].entry->at, where,
		   "the link of %s with %s and the link of %s with %s would have the same name, "
		   "rename "
		   "one of the four sites",
		   s[x->a.site].name, s[x->b.site].name, s[y->a.site].name, s[y->b.site].name);
}

/* "a-b" with "c" and "a" with "b-c": in both of two such links one site has a dash in its name. */
static void link_names(const struct plan *p, struct faults *faults, struct arena *scratch)
{
	bool *dash = arena_array(scratch, p->n_sites, sizeof(*dash));
	size_t n = 0;

	for (size_t i = 0; i < p->n_sites; i++)
		dash[i] = strchr(p->sites[i].name, '-') != NULL;
	for (size_t i = 0; i < p->n_links; i++)
		n += dash[p->links[i].a.site] || dash[p->links[i].b.site];
	struct hashed *list = arena_array(scratch, n, sizeof(*list));

	n = 0;
	for (size_t i = 0; i < p->n_links; i++) {
		const struct plan_link *l = &p->links[i];

		if (dash[l->a.site] || dash[l->b.site])
			list[n++] = (struct hashed){.hash = hash_str(l->name), .link = l};
	}
	qsort(list, n, sizeof(*list), compare_hashed);
	for (size_t i = 1; i < n; i++)
		if (list[i - 1].hash == list[i].hash && compare_hashed(&list[i - 1], &list[i]) == 0)
			fault_link_name(p, faults, list[i - 1].link, list[i].link);
}

/* One tunnel on one host, by what tells it from the others of that host. */
struct tuple {
	uint32_t host;
	bool keyed;
	uint32_t key;
	const struct addr *local, *remote;
	const struct plan_link *link;
};

static int compare_tuple(const void *a, const void *b)
{
	const struct tuple *x = a, *y = b;

	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	if (x->keyed != y->keyed || x->key != y->key)
		return x->keyed < y->keyed || (x->keyed == y->keyed && x->key < y->key) ? -1 : 1;
	int c = addr_compare(x->remote, y->remote);

	return c ? c : addr_compare(x->local, y->local);
}

static void fault_tuple(const struct plan *p, struct faults *faults, const struct tuple *x,
			const struct tuple *y)
{
	const struct plan_end *self, *ox, *oy;
	char remote[ADDR_TEXT], where[WHERE_BYTES];

	plan_ends(x->link, x->host, &self, &ox);
	plan_ends(y->link, y->host, &self, &oy);
	where_site(&p->sites[oy->site], where);
	faults_add(
		faults, p->sites[oy->site].entry->at, where,
		"on %s the tunnels to %s and to %s could not be told apart, both lead to %s; give "
		"the sites different underlay addresses, or key = \"auto\"",
		p->sites[x->host].name, p->sites[ox->site].name, p->sites[oy->site].name,
		addr_text(y->remote, remote));
}

static void fault_self(const struct plan *p, struct faults *faults, const struct plan_link *l)
{
	const struct plan_site *a = &p->sites[l->a.site], *b = &p->sites[l->b.site];
	char text[ADDR_TEXT], where[WHERE_BYTES];

	faults_add(
		faults, b->entry->at, where_pair(a, b, where),
		"%s and %s both have the underlay address %s, no tunnel can run from it to itself; "
		"give one of them another, or switch the pair off in fabric.links",
		a->name, b->name, addr_text(&l->a.outside, text));
}

/* An outside address with whom it belongs to. */
struct owner {
	const struct addr *addr;
	uint32_t site;
};

static int compare_owner(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int c = addr_compare(x->addr, y->addr);

	return c ? c : (x->site > y->site) - (x->site < y->site);
}

/*
 * Two tunnels of a host can only be one when they lead to the same address, so only the links of
 * sites that share an underlay address are looked at: none, in most lists.
 */
static bool *mark_shared(const struct plan *p, struct arena *scratch)
{
	bool *shared = arena_array(scratch, p->n_sites, sizeof(*shared));
	struct owner *list = arena_array(scratch, p->n_sites * 2, sizeof(*list));
	size_t n = 0;

	for (uint32_t i = 0; i < p->n_sites; i++) {
		const struct site_entry *e = p->sites[i].entry;

		if (e->underlay4.family != FAMILY_NONE)
			list[n++] = (struct owner){&e->underlay4, i};
		if (e->underlay6.family != FAMILY_NONE)
			list[n++] = (struct owner){&e->underlay6, i};
	}
	qsort(list, n, sizeof(*list), compare_owner);
	for (size_t i = 1; i < n; i++)
		if (addr_equal(list[i - 1].addr, list[i].addr))
			shared[list[i - 1].site] = shared[list[i].site] = true;
	return shared;
}

static size_t tuples_to(const struct plan *p, uint32_t site, struct tuple *list)
{
	size_t n = 0;

	for (uint32_t i = 0; i < p->sites[site].n_links; i++) {
		const struct plan_link *l = &p->links[p->sites[site].links[i]];
		const struct plan_end *to, *host;

		plan_ends(l, site, &to, &host);
		list[n++] = (struct tuple){.host = host->site,
					   .keyed = l->keyed,
					   .key = l->key,
					   .local = &host->local,
					   .remote = &to->outside,
					   .link = l};
	}
	return n;
}

static void link_tuples(const struct plan *p, struct faults *faults, struct arena *scratch)
{
	bool *shared = mark_shared(p, scratch);
	size_t n = 0, room = 0;

	for (size_t i = 0; i < p->n_sites; i++)
		room += shared[i] ? p->sites[i].n_links : 0;
	struct tuple *list = arena_array(scratch, room, sizeof(*list));

	for (uint32_t i = 0; i < p->n_sites; i++)
		if (shared[i])
			n += tuples_to(p, i, &list[n]);
	qsort(list, n, sizeof(*list), compare_tuple);
	for (size_t i = 1; i < n; i++)
		if (compare_tuple(&list[i - 1], &list[i]) == 0)
			fault_tuple(p, faults, &list[i - 1], &list[i]);
	for (size_t i = 0; i < p->n_links; i++)
		if (shared[p->links[i].a.site] &&
		    addr_equal(&p->links[i].a.outside, &p->links[i].b.outside))
			fault_self(p, faults, &p->links[i]);
}

void unique_links(const struct plan *p, struct faults *faults)
{
	struct arena *scratch = arena_new();

	link_names(p, faults, scratch);
	link_tuples(p, faults, scratch);
	arena_free(scratch);
}

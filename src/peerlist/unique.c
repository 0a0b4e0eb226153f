/*
 * Names, ASNs, ids and endpoints belong to one member or site each. Whoever claims one writes it into
 * a table as text; sorted, equal claims lie side by side, so that a list of any length is checked in
 * no time.
 */
#include "peerlist/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Someone says that something is theirs alone. */
struct claim {
	const char *key; /* equal keys collide */
	const char *field, *shown;
	const struct member *m;
	const struct site_entry *s;
	const void *value;
	size_t order;
};

struct claims {
	struct claim *list;
	size_t n;
};

static void claim(struct claims *cl, struct claim x)
{
	x.order = cl->n;
	cl->list[cl->n++] = x;
}

static int by_key(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int d = strcmp(x->key, y->key);

	return d ? d : (x->order > y->order) - (x->order < y->order);
}

static int by_key_alone(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static const char *folded(struct check *c, const char *s)
{
	char *copy = arena_strdup(c->scratch, s);

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	return copy;
}

static const char *claimant(struct check *c, const struct claim *x)
{
	if (x->s)
		return check_site_name(c, x->m, x->s);
	return arena_printf(c->scratch, "member %s", check_name(c, x->m));
}

/* @advice: what would be right */
static void refuse_twice(struct check *c, struct claims *cl, const char *advice)
{
	qsort(cl->list, cl->n, sizeof(*cl->list), by_key);
	for (size_t i = 1, first = 0; i < cl->n; i++) {
		const struct claim *x = &cl->list[i], *other = &cl->list[first];

		if (strcmp(x->key, other->key) != 0) {
			first = i;
			continue;
		}
		check_fault(c, x->m, x->s, x->field, x->value, "%s is taken by %s in %s, %s",
			    x->shown, claimant(c, other),
			    check_place(c, other->m, other->s, other->value), advice);
	}
	cl->n = 0;
}

static void unique_members(struct check *c, struct claims *cl)
{
	const struct peerlist *l = c->list;

	for (size_t i = 0; i < l->n_members; i++) {
		const struct member *m = &l->members[i];
		const char *asn = arena_printf(c->scratch, "%" PRIu32, m->asn);

		if (m->asn)
			claim(cl, (struct claim){asn, "asn", asn, m, NULL, &m->asn, 0});
	}
	refuse_twice(c, cl, "a member stands in the list once, with all its sites");
	for (size_t i = 0; i < l->n_members; i++) {
		const struct member *m = &l->members[i];

		if (m->name)
			claim(cl, (struct claim){folded(c, m->name), "name", m->name, m, NULL,
						 &m->name, 0});
	}
	refuse_twice(c, cl, "choose another name");
}

static void claim_name(struct check *c, struct claims *cl, const struct member *m,
		       const struct site_entry *s)
{
	if (s->name)
		claim(cl, (struct claim){folded(c, s->name), "name", s->name, m, s, &s->name, 0});
}

static void claim_id(struct check *c, struct claims *cl, const struct member *m,
		     const struct site_entry *s)
{
	const char *id = arena_printf(c->scratch, "%" PRIu32, s->id);

	if (s->id)
		claim(cl, (struct claim){id, "id", id, m, s, &s->id, 0});
}

static void claim_addr(struct check *c, struct claims *cl, const struct member *m,
		       const struct site_entry *s)
{
	const struct addr *both[] = {&s->underlay4, &s->underlay6};

	for (size_t i = 0; i < 2; i++) {
		if (both[i]->family == FAMILY_NONE)
			continue;
		const char *text = addr_text(both[i], arena_alloc(c->scratch, ADDR_TEXT));

		claim(cl,
		      (struct claim){text, i ? "underlay6" : "underlay4", text, m, s, both[i], 0});
	}
}

/* A tunnel to the site that has the address would lead from it to itself. */
static void check_bind(struct check *c, const struct claims *cl, const struct member *m,
		       const struct site_entry *s, bool six)
{
	const struct addr *bind = six ? &s->bind6 : &s->bind4;
	char text[ADDR_TEXT];
	struct claim key = {.key = addr_text(bind, text)};

	if (bind->family == FAMILY_NONE)
		return;
	const struct claim *x = bsearch(&key, cl->list, cl->n, sizeof(key), by_key_alone);

	if (!x || x->s == s)
		return;
	check_fault(c, m, s, six ? "bind6" : "bind4", bind,
		    "%s is the %s of %s in %s, write the address that this site's host has", text,
		    x->field, check_site_name(c, x->m, x->s), check_place(c, x->m, x->s, x->value));
}

/* Two sites may have the same bind, behind two NATs. */
static void check_binds(struct check *c, struct claims *cl)
{
	const struct peerlist *l = c->list;

	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			claim_addr(c, cl, &l->members[i], &l->members[i].sites[j]);
	qsort(cl->list, cl->n, sizeof(*cl->list), by_key);
	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			for (int six = 0; six < 2; six++)
				check_bind(c, cl, &l->members[i], &l->members[i].sites[j], six);
	cl->n = 0;
}

static void unique_sites(struct check *c, struct claims *cl,
			 void (*of)(struct check *, struct claims *, const struct member *,
				    const struct site_entry *),
			 const char *advice)
{
	const struct peerlist *l = c->list;

	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			of(c, cl, &l->members[i], &l->members[i].sites[j]);
	refuse_twice(c, cl, advice);
}

/* The smallest id that no site has: at most one more than there are sites. */
static uint32_t free_id(struct check *c, size_t sites)
{
	bool *used = arena_array(c->scratch, sites + 2, sizeof(*used));
	uint32_t id = 1;

	for (size_t i = 0; i < c->list->n_members; i++) {
		const struct member *m = &c->list->members[i];

		for (size_t j = 0; j < m->n_sites; j++)
			if (m->sites[j].id < sites + 2)
				used[m->sites[j].id] = true;
	}
	while (used[id])
		id++;
	return id;
}

void check_unique(struct check *c)
{
	size_t sites = check_count_sites(c->list);
	struct claims cl = {0};

	cl.list = arena_array(c->scratch, c->list->n_members + 2 * sites, sizeof(*cl.list));
	unique_members(c, &cl);
	unique_sites(c, &cl, claim_name, "choose another name (case does not count)");
	unique_sites(c, &cl, claim_id,
		     arena_printf(c->scratch, "the lowest free id is %" PRIu32, free_id(c, sites)));
	unique_sites(c, &cl, claim_addr, "each site has an address of its own");
	check_binds(c, &cl);
}

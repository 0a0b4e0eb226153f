#include "plan/meet.h"

#include <stdlib.h>
#include <string.h>

static int compare_asn(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t *sorted_asns(struct arena *a, const uint32_t *list, size_t n)
{
	if (n == 0)
		return NULL;
	uint32_t *ret = arena_array(a, n, sizeof(*ret));

	memcpy(ret, list, n * sizeof(*ret));
	qsort(ret, n, sizeof(*ret), compare_asn);
	return ret;
}

static bool listed(const uint32_t *asns, size_t n, uint32_t asn)
{
	return n > 0 && bsearch(&asn, asns, n, sizeof(*asns), compare_asn);
}

static int compare_entry(const void *a, const void *b)
{
	const struct meet_entry *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static bool find_ends(const struct plan *p, const struct link_entry *l, struct faults *faults,
		      struct meet_entry *ret)
{
	const struct plan_site *s[2];

	for (int i = 0; i < 2; i++) {
		s[i] = plan_find_site(p, l->between[i]);
		if (s[i])
			continue;
		faults_add(faults, l->at, "fabric: links",
			   "no site is named \"%s\", name two sites of the list", l->between[i]);
		return false;
	}
	uint32_t a = (uint32_t)(s[0] - p->sites), b = (uint32_t)(s[1] - p->sites);

	*ret = (struct meet_entry){.a = a < b ? a : b, .b = a < b ? b : a, .entry = l};
	return true;
}

void meet_init(struct meet *m, const struct plan *p, struct arena *scratch, struct faults *faults)
{
	const struct peerlist *list = p->list;

	*m = (struct meet){.plan = p};
	m->consent = arena_array(scratch, list->n_members, sizeof(*m->consent));
	for (size_t i = 0; i < list->n_members; i++) {
		struct member *c = &m->consent[i];

		*c = list->members[i];
		c->peer_with = sorted_asns(scratch, c->peer_with, c->n_peer_with);
		c->no_peer_with = sorted_asns(scratch, c->no_peer_with, c->n_no_peer_with);
	}
	m->entries = arena_array(scratch, list->fabric.n_links, sizeof(*m->entries));
	for (size_t i = 0; i < list->fabric.n_links; i++)
		if (find_ends(p, &list->fabric.links[i], faults, &m->entries[m->n_entries]))
			m->n_entries++;
	qsort(m->entries, m->n_entries, sizeof(*m->entries), compare_entry);
}

static bool consents(const struct member *m, uint32_t asn)
{
	switch (m->policy) {
	case POLICY_OPEN:
		return !listed(m->no_peer_with, m->n_no_peer_with, asn);
	case POLICY_SELECTIVE:
		return listed(m->peer_with, m->n_peer_with, asn);
	case POLICY_CLOSED:
		return false;
	}
	abort();
}

static bool met(const struct meet *m, const struct meet_pair *pair)
{
	const struct plan_site *a = &m->plan->sites[pair->a], *b = &m->plan->sites[pair->b];
	const struct member *all = m->plan->list->members;

	if (pair->entry && !pair->entry->enabled)
		return false;
	if (a->member == b->member)
		return a->member->ibgp;
	return consents(&m->consent[a->member - all], b->asn) &&
	       consents(&m->consent[b->member - all], a->asn);
}

void meet_idle(const struct meet *m, struct arena *scratch, struct faults *faults)
{
	const struct plan *p = m->plan;

	for (size_t i = 0; i < m->n_entries; i++) {
		const struct meet_entry *e = &m->entries[i];
		const struct plan_site *a = &p->sites[e->a], *b = &p->sites[e->b];
		struct meet_pair pair = {.a = e->a, .b = e->b, .entry = e->entry};

		if (!e->entry->enabled || met(m, &pair))
			continue;
		faults_add(faults, e->entry->at,
			   arena_printf(scratch, "fabric: link %td",
					e->entry - p->list->fabric.links + 1),
			   "%s and %s do not meet: %s, remove the entry", a->name, b->name,
			   plan_apart_anyway(a, b, scratch));
	}
}

/* Pairs and entries are in the same order: one pass over the entries serves the whole walk. */
static void find_entry(const struct meet *m, struct meet_pair *pair)
{
	struct meet_entry at = {.a = pair->a, .b = pair->b};
	size_t i = pair->next_entry;

	while (i < m->n_entries && compare_entry(&m->entries[i], &at) < 0)
		i++;
	pair->next_entry = i;
	pair->entry = NULL;
	if (i < m->n_entries && compare_entry(&m->entries[i], &at) == 0)
		pair->entry = m->entries[i].entry;
}

bool meet_next(const struct meet *m, struct meet_pair *pair)
{
	for (;;) {
		if (++pair->b >= m->plan->n_sites) {
			pair->b = ++pair->a + 1;
			if (pair->b >= m->plan->n_sites)
				return false;
		}
		find_entry(m, pair);
		if (met(m, pair))
			return true;
	}
}

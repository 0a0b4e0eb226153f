#include "plan/moves.h"

#include <stdlib.h>
#include <string.h>

/* What a host tells one tunnel from another by. */
struct endpoints {
	enum tunnel_mode mode;
	bool keyed;
	uint32_t key;
	const struct addr *local, *remote;
};

/* One link on one host, if it gets other endpoints there. */
struct move {
	uint32_t host, link;
	bool at_b;	    /* the host is link.b's */
	const char *ifname; /* on the host */
	struct endpoints old, now;
	struct move *blocker; /* has, until it moves, what this one is to get */
	bool anew;
	size_t round; /* the last walk that came by */
};

struct moves {
	struct move *list;
	size_t n;
};

static struct endpoints endpoints_of(const struct plan_link *l, uint32_t host)
{
	const struct plan_end *self, *other;

	plan_ends(l, host, &self, &other);
	return (struct endpoints){l->mode, l->keyed, l->key, &self->local, &other->outside};
}

static int compare_endpoints(const struct endpoints *x, const struct endpoints *y)
{
	if (x->mode != y->mode)
		return x->mode < y->mode ? -1 : 1;
	if (x->keyed != y->keyed)
		return x->keyed ? 1 : -1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	int c = addr_compare(x->remote, y->remote);

	return c ? c : addr_compare(x->local, y->local);
}

/* In the order in which diff/ comes by: a host's interfaces by name. */
static int by_ifname(const void *a, const void *b)
{
	const struct move *x = a, *y = b;

	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	return strcmp(x->ifname, y->ifname);
}

static int by_old(const void *a, const void *b)
{
	const struct move *x = *(const struct move *const *)a, *y = *(const struct move *const *)b;

	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	return compare_endpoints(&x->old, &y->old);
}

/* Counts only as long as there is no list. */
static void add_move(struct moves *m, const struct plan *now, uint32_t link, bool at_b,
		     const struct plan_link *before, const uint32_t *to_old)
{
	const struct plan_link *l = &now->links[link];
	uint32_t host = at_b ? l->b.site : l->a.site, peer = at_b ? l->a.site : l->b.site;
	struct move x = {.host = host,
			 .link = link,
			 .at_b = at_b,
			 .ifname = now->sites[peer].ifname,
			 .old = endpoints_of(before, to_old[host]),
			 .now = endpoints_of(l, host)};

	x.anew = x.old.mode != x.now.mode;
	if (compare_endpoints(&x.old, &x.now) == 0)
		return;
	if (m->list)
		m->list[m->n] = x;
	m->n++;
}

static void add_moves(struct moves *m, const struct plan *now,
		      const struct plan_link *const *before, const uint32_t *to_old)
{
	for (uint32_t i = 0; i < now->n_links; i++)
		for (int b = 0; before[i] && b < 2; b++)
			add_move(m, now, i, b, before[i], to_old);
}

static void find_blockers(struct moves *m, struct arena *scratch)
{
	struct move **holders = arena_array(scratch, m->n, sizeof(*holders));

	for (size_t i = 0; i < m->n; i++)
		holders[i] = &m->list[i];
	qsort(holders, m->n, sizeof(*holders), by_old);
	for (size_t i = 0; i < m->n; i++) {
		struct move key = {.host = m->list[i].host, .old = m->list[i].now}, *k = &key;
		struct move **found = bsearch(&k, holders, m->n, sizeof(*holders), by_old);

		m->list[i].blocker = found && *found != &m->list[i] ? *found : NULL;
	}
}

/* Whether whoever waits for another comes back to @first; a link made anew ends the waiting. */
static bool in_ring(struct move *first, size_t round)
{
	for (struct move *m = first->blocker; m && !m->anew && m->round != round; m = m->blocker) {
		if (m == first)
			return true;
		m->round = round;
	}
	return false;
}

const uint8_t *moves_anew(const struct plan *old, const struct plan *now,
			  const struct plan_link *const *before, const uint32_t *to_old,
			  struct arena *scratch)
{
	uint8_t *ret = arena_array(scratch, now->n_links, sizeof(*ret));
	struct moves m = {0};

	if (strcmp(old->fabric, now->fabric) != 0)
		return ret; /* nothing is changed in place anyway */
	add_moves(&m, now, before, to_old);
	if (m.n == 0)
		return ret;
	m = (struct moves){.list = arena_array(scratch, m.n, sizeof(*m.list))};
	add_moves(&m, now, before, to_old);
	qsort(m.list, m.n, sizeof(*m.list), by_ifname);
	find_blockers(&m, scratch);
	for (size_t i = 0; i < m.n; i++) {
		struct move *x = &m.list[i];

		if (x->anew || !in_ring(x, i + 1))
			continue;
		x->anew = true;
		ret[x->link] |= x->at_b ? MOVE_ANEW_B : MOVE_ANEW_A;
	}
	return ret;
}

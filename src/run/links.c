#include "run/links.h"

#include "base/hash.h"
#include "base/mono.h"

#include <stdlib.h>
#include <string.h>

static struct live_conf live_conf_of(const struct neighbor *n)
{
	return (struct live_conf){
		.interval_ns = n->link->live.interval_ms * NS_PER_MS,
		.misses = n->link->live.misses,
		.ssid = (uint16_t)(hash_str(n->link->name) % 65535 + 1),
		.to = n->direction_to,
		.from = n->direction_from,
		.peer = n->peer->name,
	};
}

static const struct link *find_old(const struct links *old, const char *name)
{
	for (size_t i = 0; i < old->n; i++)
		if (strcmp(old->list[i].n->link->name, name) == 0)
			return &old->list[i];
	return NULL;
}

/* The neighbours of both are in the same order, so it is nearly always where we are. */
static const struct link *next_old(const struct links *old, size_t *at, const char *name)
{
	if (*at < old->n && strcmp(old->list[*at].n->link->name, name) == 0)
		return &old->list[(*at)++];
	const struct link *l = find_old(old, name);

	if (l)
		*at = (size_t)(l - old->list) + 1;
	return l;
}

static bool same_peer(const struct neighbor *a, const struct neighbor *b)
{
	return addr_equal(&a->lan4, &b->lan4) && addr_equal(&a->lan6, &b->lan6);
}

static void name_sessions(struct link *l)
{
	const struct addr *lan[] = {&l->n->lan4, &l->n->lan6};

	for (int i = 0; i < 2; i++) {
		if (lan[i]->family == FAMILY_NONE)
			l->bgp[i] = (struct session){.name = ""};
		else
			render_bird_session(l->n->peer, i ? 6 : 4, l->bgp[i].name);
	}
}

/* What we closed must not stay closed because nobody looks any more. */
static void stop_watching(struct link *l)
{
	if (l->verdict != LIVE_DOWN)
		return;
	l->verdict = LIVE_UP;
}

static void make_one(struct link *l, const struct neighbor *n, const struct link *old,
		     uint64_t now_ns)
{
	struct live_conf conf = live_conf_of(n);
	bool watched = n->link->live.kind == LIVE_KIND_STAMP;

	if (old)
		*l = *old;
	l->n = n;
	l->settled = false;
	name_sessions(l);
	l->watched = watched;
	if (watched && old && old->watched && same_peer(old->n, n)) {
		live_reconf(&l->live, &conf, now_ns);
	} else if (watched) {
		live_init(&l->live, &conf, now_ns, (uint32_t)hash_str(n->direction_to));
		l->verdict = LIVE_UNKNOWN;
	} else {
		stop_watching(l);
	}
}

void links_make(struct links *ret, const struct generation *g, const struct links *old,
		uint64_t now_ns)
{
	size_t n = g->site->n_neighbors, at = 0;

	*ret = (struct links){.n = n};
	ret->list = calloc(n + 1, sizeof(*ret->list));
	for (ret->n_slots = 16; ret->n_slots < 2 * n; ret->n_slots *= 2)
		;
	ret->slots = calloc(ret->n_slots, sizeof(*ret->slots));
	if (!ret->list || !ret->slots)
		abort();
	for (size_t i = 0; i < n; i++) {
		const struct neighbor *nb = &g->site->neighbors[i];

		make_one(&ret->list[i], nb, next_old(old, &at, nb->link->name), now_ns);
	}
	links_index(ret);
}

void links_done(struct links *l)
{
	free(l->list);
	free(l->slots);
	*l = (struct links){0};
}

static size_t slot_of(const struct links *l, int ifindex)
{
	return ((size_t)ifindex * 2654435761u >> 7) & (l->n_slots - 1);
}

void links_index(struct links *l)
{
	memset(l->slots, 0, l->n_slots * sizeof(*l->slots));
	for (size_t i = 0; i < l->n; i++) {
		size_t s = slot_of(l, l->list[i].ifindex);

		if (l->list[i].ifindex <= 0)
			continue;
		while (l->slots[s])
			s = (s + 1) & (l->n_slots - 1);
		l->slots[s] = (uint32_t)i + 1;
	}
}

struct link *links_at(const struct links *l, int ifindex)
{
	if (!l->n_slots || ifindex <= 0)
		return NULL;
	for (size_t s = slot_of(l, ifindex); l->slots[s]; s = (s + 1) & (l->n_slots - 1)) {
		struct link *k = &l->list[l->slots[s] - 1];

		if (k->ifindex == ifindex)
			return k;
	}
	return NULL;
}

bool link_held(const struct link *l, uint64_t now_ns)
{
	return backoff_held(&l->failed, now_ns) || backoff_held(&l->repairs.hold, now_ns);
}

const char *kernel_view_name(enum kernel_view v)
{
	switch (v) {
	case KERNEL_UNKNOWN:
		return "unknown";
	case KERNEL_OK:
		return "ok";
	case KERNEL_MISSING:
		return "missing";
	case KERNEL_CONFLICT:
		return "conflict";
	case KERNEL_FAILED:
		return "failed";
	}
	return "?";
}

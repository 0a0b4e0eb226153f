/*
 * A small exchange built by hand, for what needs a struct site: no parser, no planner.
 *   world_init(), world_member(), world_site() ..., world_see(NAME), world_done()
 */
#pragma once

#include "base/arena.h"
#include "site/site.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { WORLD_SITES = 1200, WORLD_PREFIXES = 40 };

struct world {
	struct arena *arena;
	struct peerlist list;
	struct plan plan;
	struct site site;
};

static inline struct prefix world_prefix(const char *s)
{
	struct prefix p = {0};
	enum prefix_result r = prefix_parse(s, &p);

	assert(r == PREFIX_OK);
	return p;
}

static inline void world_init(struct world *w, const char *lan4, const char *lan6)
{
	*w = (struct world){.arena = arena_new()};
	w->list.fabric = (struct fabric){.name = "demo-ix", .asn = 64496};
	if (lan4)
		w->list.fabric.lan4 = world_prefix(lan4);
	if (lan6)
		w->list.fabric.lan6 = world_prefix(lan6);
	w->list.members = arena_array(w->arena, WORLD_SITES, sizeof(struct member));
	w->plan = (struct plan){.list = &w->list, .fabric = "demo-ix"};
	w->plan.sites = arena_array(w->arena, WORLD_SITES, sizeof(struct plan_site));
}

static inline void world_done(struct world *w)
{
	arena_cleanup(&w->arena);
}

static inline struct member *world_member(struct world *w, uint32_t asn, const char *name,
					  uint32_t max_prefix4, uint32_t max_prefix6)
{
	struct member *m = &w->list.members[w->list.n_members++];

	*m = (struct member){.asn = asn, .name = name, .ibgp = true};
	m->max_prefix4 = max_prefix4;
	m->max_prefix6 = max_prefix6;
	m->sites = arena_array(w->arena, 8, sizeof(*m->sites));
	return m;
}

static inline struct site_entry *world_announce(struct world *w, struct site_entry *e,
						const char *prefix)
{
	if (!e->announce)
		e->announce = arena_array(w->arena, WORLD_PREFIXES, sizeof(struct prefix));
	assert(e->n_announce < WORLD_PREFIXES);
	e->announce[e->n_announce++] = world_prefix(prefix);
	return e;
}

static inline struct site_entry *world_site(struct world *w, struct member *m, const char *name,
					    uint32_t id, const char *underlay)
{
	struct plan_site *p = &w->plan.sites[w->plan.n_sites++];
	struct site_entry *e = &m->sites[m->n_sites++];
	bool ok = true;

	*e = (struct site_entry){.name = name, .id = id};
	ok = ok && addr_parse(underlay, strchr(underlay, ':') ? &e->underlay6 : &e->underlay4);
	*p = (struct plan_site){.name = name, .member = m, .entry = e, .asn = m->asn, .id = id};
	if (w->list.fabric.lan4.addr.family)
		ok = ok && prefix_host(&w->list.fabric.lan4, id, &p->lan4);
	if (w->list.fabric.lan6.addr.family)
		ok = ok && prefix_host(&w->list.fabric.lan6, id, &p->lan6);
	p->router_id = p->lan4;
	if (p->router_id.family == FAMILY_NONE)
		ok = ok && addr_parse("0.0.0.9", &p->router_id);
	assert(ok);
	snprintf(p->ifname, sizeof(p->ifname), "gx-%s", name);
	snprintf(p->symbol, sizeof(p->symbol), "gx_%s", name);
	return e;
}

/** world_see() - the exchange as site @name sees it: everybody else is a neighbour */
static inline const struct site *world_see(struct world *w, const char *name)
{
	struct site *s = &w->site;

	*s = (struct site){.plan = &w->plan};
	s->want.tunnels = arena_array(w->arena, w->plan.n_sites + 1, sizeof(struct tunnel));
	s->neighbors = arena_array(w->arena, w->plan.n_sites + 1, sizeof(struct neighbor));
	for (size_t i = 0; i < w->plan.n_sites; i++)
		if (strcmp(w->plan.sites[i].name, name) == 0)
			s->self = &w->plan.sites[i];
	assert(s->self);
	for (size_t i = 0; i < w->plan.n_sites; i++) {
		const struct plan_site *p = &w->plan.sites[i];

		if (p == s->self)
			continue;
		struct tunnel *t = &s->want.tunnels[s->want.n_tunnels++];

		memcpy(t->ifname, p->ifname, sizeof(t->ifname));
		t->remote = p->entry->underlay4.family ? p->entry->underlay4 : p->entry->underlay6;
		s->neighbors[s->n_neighbors++] = (struct neighbor){
			.peer = p,
			.tunnel = t,
			.lan4 = p->lan4,
			.lan6 = p->lan6,
			.ibgp = p->member == s->self->member,
		};
	}
	return s;
}

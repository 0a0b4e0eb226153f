#include "plan/plan.h"

#include "plan/blame.h"
#include "plan/meet.h"
#include "plan/names.h"
#include "plan/pair.h"
#include "plan/unique.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *tunnel_mode_name(enum tunnel_mode m)
{
	switch (m) {
	case MODE_GRE:
		return "gre";
	case MODE_IP6GRE:
		return "ip6gre";
	}
	abort();
}

uint16_t tunnel_overhead(enum tunnel_mode m, bool keyed)
{
	return (uint16_t)((m == MODE_GRE ? 20 : 40) + 4 + (keyed ? 4 : 0));
}

void plan_ends(const struct plan_link *l, uint32_t site, const struct plan_end **self,
	       const struct plan_end **other)
{
	assert(l->a.site == site || l->b.site == site);
	*self = l->a.site == site ? &l->a : &l->b;
	*other = l->a.site == site ? &l->b : &l->a;
}

static int compare_site(const void *a, const void *b)
{
	const struct plan_site *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const struct plan_site *plan_find_site(const struct plan *p, const char *name)
{
	struct plan_site key = {.name = name};

	return p->n_sites ? bsearch(&key, p->sites, p->n_sites, sizeof(key), compare_site) : NULL;
}

/* The peer list has checked that every id is inside the LAN. */
static void site_init(struct plan_site *s, const struct fabric *f, const struct member *m,
		      const struct site_entry *e)
{
	*s = (struct plan_site){
		.name = e->name, .member = m, .entry = e, .asn = m->asn, .id = e->id};
	if (f->lan4.addr.family != FAMILY_NONE) {
		bool inside = prefix_host(&f->lan4, e->id, &s->lan4);

		assert(inside);
	}
	if (f->lan6.addr.family != FAMILY_NONE) {
		bool inside = prefix_host(&f->lan6, e->id, &s->lan6);

		assert(inside);
	}
	s->router_id = s->lan4;
	if (s->lan4.family == FAMILY_NONE) {
		s->router_id.family = FAMILY_IP4;
		for (unsigned i = 0; i < 4; i++)
			s->router_id.bytes[i] = (uint8_t)(e->id >> (24 - 8 * i));
	}
	plan_ifname(e->name, s->ifname);
	plan_symbol(e->name, s->symbol);
}

static bool make_sites(struct plan *p, struct faults *faults)
{
	const struct peerlist *list = p->list;
	size_t n = 0, before = faults->n + faults->dropped;

	for (size_t i = 0; i < list->n_members; i++)
		n += list->members[i].n_sites;
	if (n > PLAN_SITES_MAX) {
		faults_add(faults, list->fabric.at, "fabric",
			   "%zu sites are more than the %d that one exchange can have", n,
			   PLAN_SITES_MAX);
		return false;
	}
	p->sites = arena_array(p->arena, n, sizeof(*p->sites));
	for (size_t i = 0; i < list->n_members; i++)
		for (size_t j = 0; j < list->members[i].n_sites; j++)
			site_init(&p->sites[p->n_sites++], &list->fabric, &list->members[i],
				  &list->members[i].sites[j]);
	qsort(p->sites, p->n_sites, sizeof(*p->sites), compare_site);
	unique_names(p, faults);
	return faults->n + faults->dropped == before;
}

/* How much is to come: one array for the links and one block for their names. */
static bool count_links(struct plan *p, const struct meet *m, struct faults *faults,
			size_t *name_bytes)
{
	struct meet_pair pair = {0};
	uint32_t n = 0;

	*name_bytes = 0;
	while (meet_next(m, &pair)) {
		struct plan_site *a = &p->sites[pair.a], *b = &p->sites[pair.b];

		if (++n > PLAN_LINKS_MAX) {
			faults_add(faults, p->list->fabric.at, "fabric",
				   "the sites would have more than %d links, the most that one "
				   "exchange "
				   "can have; let members choose with policy and peer_with",
				   PLAN_LINKS_MAX);
			return false;
		}
		a->n_links++;
		b->n_links++;
		*name_bytes += strlen(a->name) + strlen(b->name) + 2;
	}
	p->links = arena_array(p->arena, n, sizeof(*p->links));
	return true;
}

static char *write_name(char *to, const char *a, const char *b)
{
	to = stpcpy(to, a);
	*to++ = '-';
	return stpcpy(to, b) + 1;
}

static void make_links(struct plan *p, const struct meet *m, const struct pair_end *ends,
		       char *names, struct blame *blame)
{
	struct meet_pair at = {0};

	while (meet_next(m, &at)) {
		struct plan_link *l = &p->links[p->n_links++];
		struct pair pair = {.fabric = &p->list->fabric,
				    .a = &ends[at.a],
				    .b = &ends[at.b],
				    .entry = at.entry};

		l->name = names;
		names = write_name(names, p->sites[at.a].name, p->sites[at.b].name);
		l->a.site = at.a;
		l->b.site = at.b;
		if (!pair_settle(&pair, blame, l)) {
			p->n_links--;
			p->sites[at.a].n_links--;
			p->sites[at.b].n_links--;
		}
	}
}

/* Every site's links, in the order of the plan. */
static void index_links(struct plan *p)
{
	uint32_t *next = arena_array(p->arena, p->n_links * 2, sizeof(*next));

	for (size_t i = 0; i < p->n_sites; i++) {
		p->sites[i].links = next;
		next += p->sites[i].n_links;
		p->sites[i].n_links = 0;
	}
	for (uint32_t i = 0; i < p->n_links; i++) {
		struct plan_site *a = &p->sites[p->links[i].a.site];
		struct plan_site *b = &p->sites[p->links[i].b.site];

		a->links[a->n_links++] = i;
		b->links[b->n_links++] = i;
	}
}

static void make_mesh(struct plan *p, struct arena *scratch, struct faults *faults)
{
	struct pair_end *ends = arena_array(scratch, p->n_sites, sizeof(*ends));
	struct meet m;
	struct blame blame;
	size_t name_bytes;

	for (uint32_t i = 0; i < p->n_sites; i++)
		pair_end_init(&ends[i], p, i);
	meet_init(&m, p, scratch, faults);
	meet_idle(&m, scratch, faults);
	if (!count_links(p, &m, faults, &name_bytes))
		return;
	blame_init(&blame, scratch, p->n_sites);
	make_links(p, &m, ends, arena_alloc(p->arena, name_bytes), &blame);
	blame_tell(&blame, faults);
	index_links(p);
	unique_links(p, faults);
}

static struct plan *plan_new(const struct peerlist *list)
{
	struct arena *a = arena_new();
	struct plan *p = arena_alloc(a, sizeof(*p));

	*p = (struct plan){.arena = a, .list = list, .fabric = list->fabric.name};
	return p;
}

int plan_make(const struct peerlist *list, struct faults *faults, struct plan **ret)
{
	size_t before = faults->n + faults->dropped;
	struct plan *p = plan_new(list);

	if (make_sites(p, faults)) {
		struct arena *scratch = arena_new();

		make_mesh(p, scratch, faults);
		arena_free(scratch);
	}
	if (faults->n + faults->dropped > before) {
		plan_free(p);
		return PLAN_FAULTY;
	}
	*ret = p;
	return 0;
}

struct plan *plan_keep(struct plan *p, const struct plan_site *site)
{
	struct plan *k = plan_new(p->list);

	k->n_sites = p->n_sites;
	k->sites = arena_array(k->arena, k->n_sites, sizeof(*k->sites));
	for (size_t i = 0; i < k->n_sites; i++) {
		k->sites[i] = p->sites[i];
		k->sites[i].n_links = 0;
	}
	k->links = arena_array(k->arena, site->n_links, sizeof(*k->links));
	for (uint32_t i = 0; i < site->n_links; i++) {
		struct plan_link *l = &k->links[k->n_links++];

		*l = p->links[site->links[i]];
		l->name = arena_strdup(k->arena, l->name);
		k->sites[l->a.site].n_links++;
		k->sites[l->b.site].n_links++;
	}
	index_links(k);
	plan_free(p);
	return k;
}

struct plan *plan_free(struct plan *p)
{
	if (p)
		arena_free(p->arena);
	return NULL;
}

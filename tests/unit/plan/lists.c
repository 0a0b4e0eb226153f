#include "lists.h"

#include "plan/plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LINKS_ROOM = 64 };

static struct addr address(const char *s)
{
	struct addr a = {.family = FAMILY_NONE};

	if (*s) {
		bool good = addr_parse(s, &a);

		assert(good);
	}
	return a;
}

static struct prefix network(const char *s)
{
	struct prefix p;
	enum prefix_result r = prefix_parse(s, &p);

	assert(r == PREFIX_OK);
	return p;
}

struct peerlist *list_new(size_t members)
{
	struct arena *a = arena_new();
	struct peerlist *l = arena_alloc(a, sizeof(*l));
	struct fabric *f = &l->fabric;

	l->arena = a;
	l->members = arena_array(a, members, sizeof(*l->members));
	f->at = (struct origin){"fabric.cfg", 1};
	f->name = "demo-ix";
	f->asn = 64496;
	f->lan4 = network("10.64.0.0/16");
	f->lan6 = network("2001:db8:113::/64");
	f->max_prefix4 = 100;
	f->max_prefix6 = 50;
	f->tunnel = (struct tunnel_options){.ttl = 64};
	f->live = (struct live_options){
		.kind = LIVE_KIND_STAMP, .interval_ms = 1000, .misses = 3, .port = 50862};
	f->links = arena_array(a, LINKS_ROOM, sizeof(*f->links));
	return l;
}

struct member *list_member(struct peerlist *l, uint32_t asn)
{
	for (size_t i = 0; i < l->n_members; i++)
		if (l->members[i].asn == asn)
			return &l->members[i];
	return NULL;
}

static struct member *add_member(struct peerlist *l, uint32_t asn)
{
	struct member *m = &l->members[l->n_members++];

	*m = (struct member){.asn = asn, .ibgp = true, .max_prefix4 = 100, .max_prefix6 = 50};
	m->at = (struct origin){arena_printf(l->arena, "as%u.cfg", asn), 1};
	m->name = arena_printf(l->arena, "Member %u", asn);
	m->sites = arena_array(l->arena, LIST_SITES_MAX, sizeof(*m->sites));
	return m;
}

struct site_entry *list_site(struct peerlist *l, uint32_t asn, const char *name, uint32_t id,
			     const char *underlay4, const char *underlay6)
{
	struct member *m = list_member(l, asn);

	/* the last member first: long lists are built member by member */
	if (l->n_members && l->members[l->n_members - 1].asn == asn)
		m = &l->members[l->n_members - 1];
	if (!m)
		m = add_member(l, asn);
	assert(m->n_sites < LIST_SITES_MAX);
	struct site_entry *s = &m->sites[m->n_sites++];

	*s = (struct site_entry){.at = {m->at.file, 10 * (int)m->n_sites},
				 .name = arena_strdup(l->arena, name),
				 .id = id,
				 .underlay4 = address(underlay4),
				 .underlay6 = address(underlay6),
				 .underlay_mtu = 1500};
	s->announce = arena_array(l->arena, 2, sizeof(*s->announce));
	s->announce[0] = network("198.18.0.0/24");
	s->announce[0].addr.bytes[1] = (uint8_t)(18 + (id >> 8) % 2);
	s->announce[0].addr.bytes[2] = (uint8_t)id;
	s->announce[1] = network("2001:db8:8000::/48");
	s->announce[1].addr.bytes[4] = (uint8_t)(0x80 | (id >> 8));
	s->announce[1].addr.bytes[5] = (uint8_t)id;
	s->n_announce = 2;
	return s;
}

struct link_entry *list_link(struct peerlist *l, const char *a, const char *b)
{
	assert(l->fabric.n_links < LINKS_ROOM);
	struct link_entry *e = &l->fabric.links[l->fabric.n_links++];
	bool right = strcmp(a, b) < 0;

	*e = (struct link_entry){.at = {"fabric.cfg", 100 + (int)l->fabric.n_links},
				 .between = {right ? a : b, right ? b : a},
				 .enabled = true};
	return e;
}

void list_asns(struct peerlist *l, uint32_t **list, size_t *n, size_t count, const uint32_t *asns)
{
	*list = arena_array(l->arena, count, sizeof(**list));
	*n = count;
	memcpy(*list, asns, count * sizeof(*asns));
}

void dice_init(struct dice *d, uint64_t seed)
{
	d->state = seed * 0x9e3779b97f4a7c15U + 1;
}

uint32_t dice_below(struct dice *d, uint32_t n)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return (uint32_t)((d->state * 0x2545f4914f6cdd1dU) >> 33) % n;
}

static bool one_in(struct dice *d, uint32_t n)
{
	return dice_below(d, n) == 0;
}

static bool has_site(const struct peerlist *l, const char *name)
{
	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			if (strcmp(l->members[i].sites[j].name, name) == 0)
				return true;
	return false;
}

/* What another site's name is shortened to, as a name of its own: refused later. */
static const char *copied_name(struct dice *d, const struct peerlist *l, char buf[64])
{
	const struct member *m = &l->members[dice_below(d, (uint32_t)l->n_members)];
	char symbol[SYMBOL_BYTES], ifname[IFNAME_BYTES];

	plan_symbol(m->sites[0].name, symbol);
	plan_ifname(m->sites[0].name, ifname);
	snprintf(buf, 64, "%s", (one_in(d, 2) ? symbol : ifname) + strlen("gx-"));
	for (char *c = buf; *c; c++)
		*c = *c == '_' ? '-' : *c;
	return buf;
}

/* Long, short, odd; joined by dashes they sometimes give two links the same name. No name twice:
 * that is for the parser to see. */
static const char *random_name(struct dice *d, const struct peerlist *l, char buf[64])
{
	static const char *const part[] = {"ams",      "fra",
					   "a",	       "b",
					   "c",	       "franken_fff_gw",
					   "Core",     "de",
					   "r1",       "m\xc3\xbcnchen",
					   "exchange", "x"};

	if (l->n_members > 1 && one_in(d, 60) && !has_site(l, copied_name(d, l, buf)))
		return buf;
	do {
		size_t n = 0;

		for (uint32_t i = 0, parts = 1 + dice_below(d, 3); i < parts; i++)
			n += (size_t)snprintf(buf + n, 64 - n, "%s%s", i ? "-" : "",
					      part[dice_below(d, 12)]);
		if (one_in(d, 2))
			snprintf(buf + n, 64 - n, "%u", dice_below(d, 1000));
	} while (has_site(l, buf));
	return buf;
}

static void random_tunnel(struct dice *d, struct tunnel_options *o)
{
	if (one_in(d, 12))
		o->ttl_set = true, o->ttl = (uint8_t)(1 + dice_below(d, 255));
	if (one_in(d, 12))
		o->mtu_set = true,
		o->mtu = (uint16_t)(one_in(d, 2) ? 0 : 1280 + dice_below(d, 172));
	if (one_in(d, 30))
		o->key_set = true, o->key = KEY_AUTO;
}

static void random_live(struct dice *d, struct live_options *o)
{
	if (one_in(d, 12))
		o->kind_set = true, o->kind = LIVE_KIND_NONE;
	if (one_in(d, 8))
		o->interval_set = true, o->interval_ms = 50 + dice_below(d, 5000);
	if (one_in(d, 8))
		o->misses_set = true, o->misses = 2 + dice_below(d, 9);
	if (one_in(d, 8))
		o->port_set = true, o->port = (uint16_t)(50000 + dice_below(d, 3));
}

static void random_member(struct dice *d, struct peerlist *l, struct member *m, uint32_t members)
{
	uint32_t asns[6];

	for (int i = 0; i < 6; i++)
		asns[i] = 64500 + dice_below(d, members);
	m->ibgp = !one_in(d, 4);
	if (one_in(d, 8))
		m->policy = POLICY_CLOSED;
	else if (one_in(d, 5))
		m->policy = POLICY_SELECTIVE;
	list_asns(l, &m->peer_with, &m->n_peer_with, 6, asns);
	if (one_in(d, 3))
		list_asns(l, &m->no_peer_with, &m->n_no_peer_with, 2, asns + 2);
	random_tunnel(d, &m->tunnel);
	random_live(d, &m->live);
}

static void random_site(struct dice *d, struct peerlist *l, uint32_t asn, uint32_t id, bool both)
{
	char name[64], four[ADDR_TEXT], six[ADDR_TEXT];
	struct site_entry *s;

	snprintf(four, sizeof(four), "192.0.%u.%u", 2 + id / 250, 1 + id % 250);
	snprintf(six, sizeof(six), "2001:db8:ff::%x", id);
	if (one_in(d, both ? 3 : 300))
		four[0] = '\0';
	s = list_site(l, asn, random_name(d, l, name), id, four, both || one_in(d, 2) ? six : "");
	if (one_in(d, 6) && s->underlay4.family)
		s->bind4 = address("10.0.0.2");
	if (one_in(d, 80) && s->underlay4.family)
		s->underlay4 = address("192.0.2.1");
	if (one_in(d, 6))
		s->underlay_mtu = (uint16_t)(1500 + dice_below(d, 2) * 7500);
	random_tunnel(d, &s->tunnel);
	random_live(d, &s->live);
}

static bool has_link(const struct peerlist *l, const char *a, const char *b)
{
	for (size_t i = 0; i < l->fabric.n_links; i++) {
		const char *const *x = l->fabric.links[i].between;

		if ((strcmp(x[0], a) == 0 && strcmp(x[1], b) == 0) ||
		    (strcmp(x[0], b) == 0 && strcmp(x[1], a) == 0))
			return true;
	}
	return false;
}

struct peerlist *list_random(uint64_t seed, size_t sites)
{
	struct dice d;
	struct peerlist *l = list_new(sites);

	dice_init(&d, seed);
	uint32_t n = 1 + dice_below(&d, (uint32_t)sites), asn = 64500, id = 1;
	bool both = one_in(&d, 3);

	if (one_in(&d, 3))
		l->fabric.tunnel.key = KEY_AUTO;
	if (one_in(&d, 8))
		l->fabric.lan6.addr.family = FAMILY_NONE;
	for (uint32_t i = 0; i < n; asn++) {
		uint32_t more = 1 + dice_below(&d, 3);

		for (uint32_t j = 0; j < more && i < n; j++, i++, id += 1 + dice_below(&d, 3))
			random_site(&d, l, asn, id, both);
		random_member(&d, l, &l->members[l->n_members - 1], (uint32_t)sites / 2 + 1);
	}
	for (uint32_t i = dice_below(&d, 4); i > 0; i--) {
		const char *a = l->members[dice_below(&d, (uint32_t)l->n_members)].sites[0].name;
		const char *b = l->members[dice_below(&d, (uint32_t)l->n_members)].sites[0].name;
		/* the parser lets a pair stand only once */
		bool fresh = strcmp(a, b) != 0 && !has_link(l, a, b);

		if (fresh) {
			struct link_entry *e = list_link(l, a, b);

			e->enabled = !one_in(&d, 2);
			random_tunnel(&d, &e->tunnel);
			random_live(&d, &e->live);
		}
	}
	return l;
}

struct peerlist *list_mesh(size_t sites)
{
	static const char *const city[] = {"ams", "fra", "nyc", "lon", "par",
					   "waw", "sin", "tyo", "sao", "jnb"};
	struct peerlist *l = list_new(sites);

	for (uint32_t i = 0; i < sites; i++) {
		char name[32], four[ADDR_TEXT], six[ADDR_TEXT];

		snprintf(name, sizeof(name), "%s-core%u", city[i % 10], i / 10);
		snprintf(four, sizeof(four), "192.%u.%u.%u", 1 + (i >> 16), i >> 8 & 255, i & 255);
		snprintf(six, sizeof(six), "2001:db8:ff::%x", i + 1);
		list_site(l, 4200000000 + i, name, i + 1, four, i % 3 ? six : "");
	}
	return l;
}

struct peerlist *list_copy(const struct peerlist *l, const size_t *order, size_t skip)
{
	struct peerlist *c = list_new(l->n_members + 1);
	struct link_entry *links = c->fabric.links;

	c->fabric = l->fabric;
	c->fabric.links = links;
	c->fabric.n_links = 0;
	for (size_t i = 0; i < l->n_members; i++) {
		size_t from = order ? order[i] : i;

		if (from == skip)
			continue;
		struct member *m = &c->members[c->n_members++];

		*m = l->members[from];
		m->sites = arena_array(c->arena, LIST_SITES_MAX, sizeof(*m->sites));
		memcpy(m->sites, l->members[from].sites, m->n_sites * sizeof(*m->sites));
	}
	for (size_t i = 0; i < l->fabric.n_links; i++) {
		const struct link_entry *e = &l->fabric.links[i];

		if (has_site(c, e->between[0]) && has_site(c, e->between[1]))
			links[c->fabric.n_links++] = *e;
	}
	return c;
}

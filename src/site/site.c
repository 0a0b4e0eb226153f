#include "site/site.h"

#include "base/near.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RP_FILTER_LOOSE = 2 }; /* RFC 3704 section 2.4: the way back may be another link */
enum { NAMES_SHOWN = 8 };

static const char OWNER[] = "grix ";

char *site_owner_mark(struct arena *a, const char *fabric, const char *link)
{
	return arena_printf(a, "%s%s %s", OWNER, fabric, link);
}

bool site_owns(const char *alias, const char *fabric, const char **link)
{
	size_t n = strlen(fabric);

	if (!alias || strncmp(alias, OWNER, strlen(OWNER)) != 0)
		return false;
	alias += strlen(OWNER);
	if (strncmp(alias, fabric, n) != 0 || alias[n] != ' ' || alias[n + 1] == '\0')
		return false;
	*link = alias + n + 1;
	return true;
}

static bool leads_to(const char *ifname, const char *name, size_t n)
{
	char copy[256], want[IFNAME_BYTES];

	if (n >= sizeof(copy))
		return false;
	memcpy(copy, name, n);
	copy[n] = '\0';
	plan_ifname(copy, want);
	return strcmp(ifname, want) == 0;
}

static bool is_name(const char *site, const char *name, size_t n)
{
	return strncmp(site, name, n) == 0 && site[n] == '\0';
}

bool site_has_end(const char *site, const char *link, const char *ifname)
{
	bool named = false, told = false;

	for (const char *dash = strchr(link, '-'); dash; dash = strchr(dash + 1, '-')) {
		const char *a = link, *b = dash + 1;
		size_t na = (size_t)(dash - a), nb = strlen(b);
		bool at_a = leads_to(ifname, b, nb), at_b = leads_to(ifname, a, na);

		if ((at_a && is_name(site, a, na)) || (at_b && is_name(site, b, nb)))
			return true;
		named |= is_name(site, a, na) || is_name(site, b, nb);
		told |= at_a || at_b;
	}
	return named && !told;
}

/* @a, @b and @c as one. A site of a large exchange makes thousands: cheaper than printing them. */
static char *join(struct arena *arena, const char *a, const char *b, const char *c)
{
	char *ret = arena_alloc(arena, strlen(a) + strlen(b) + strlen(c) + 1);

	stpcpy(stpcpy(stpcpy(ret, a), b), c);
	return ret;
}

static void add_addr(struct tunnel *t, const struct addr *local, const struct addr *peer)
{
	if (local->family == FAMILY_NONE)
		return;
	t->addrs[t->n_addrs++] =
		(struct tunnel_addr){.local = *local,
				     .peer = *peer,
				     .peer_len = (uint8_t)(addr_bytes(peer->family) * 8),
				     .ours = true};
}

static void make_tunnel(struct site *s, const struct plan_link *l, const char *mark,
			struct tunnel *t)
{
	uint32_t self_index = (uint32_t)(s->self - s->plan->sites);
	const struct plan_end *self, *other;

	plan_ends(l, self_index, &self, &other);
	const struct plan_site *peer = &s->plan->sites[other->site];

	memcpy(t->ifname, peer->ifname, sizeof(t->ifname));
	t->alias = join(s->arena, mark, "", l->name);
	t->mode = l->mode;
	t->local = self->local;
	t->remote = other->outside;
	t->keyed = l->keyed;
	t->key = l->key;
	t->ttl = l->ttl;
	t->df = true;
	t->mtu = l->mtu;
	t->up = true;
	t->rp_filter = RP_FILTER_LOOSE;
	t->forwarding = true;
	t->link_local_off = true;
	t->addrs = arena_array(s->arena, 2, sizeof(*t->addrs));
	add_addr(t, &s->self->lan4, &peer->lan4);
	add_addr(t, &s->self->lan6, &peer->lan6);
}

static void make_neighbor(struct site *s, const struct plan_link *l, const struct tunnel *t,
			  struct neighbor *n)
{
	const struct plan_site *a = &s->plan->sites[l->a.site], *b = &s->plan->sites[l->b.site];
	const struct plan_site *peer = a == s->self ? b : a;

	*n = (struct neighbor){.peer = peer,
			       .link = l,
			       .tunnel = t,
			       .lan4 = peer->lan4,
			       .lan6 = peer->lan6,
			       .ibgp = l->ibgp};
	n->direction_to = join(s->arena, s->self->name, "->", peer->name);
	n->direction_from = join(s->arena, peer->name, "->", s->self->name);
}

/* A link by the name of its interface here. */
struct named {
	const char *ifname;
	const struct plan_link *link;
};

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->ifname, y->ifname);
}

static struct named *sorted_links(const struct site *s, struct arena *scratch)
{
	const struct plan *p = s->plan;
	struct named *list = arena_array(scratch, s->self->n_links, sizeof(*list));

	for (uint32_t i = 0; i < s->self->n_links; i++) {
		const struct plan_link *l = &p->links[s->self->links[i]];
		const struct plan_site *a = &p->sites[l->a.site], *b = &p->sites[l->b.site];

		list[i] = (struct named){.ifname = a == s->self ? b->ifname : a->ifname, .link = l};
	}
	qsort(list, s->self->n_links, sizeof(*list), compare_named);
	return list;
}

static void make_links(struct site *s)
{
	struct arena *scratch = arena_new();
	const struct named *list = sorted_links(s, scratch);
	const char *mark = site_owner_mark(scratch, s->plan->fabric, "");
	size_t n = s->self->n_links;

	s->want.tunnels = arena_array(s->arena, n, sizeof(*s->want.tunnels));
	s->want.n_tunnels = n;
	s->neighbors = arena_array(s->arena, n, sizeof(*s->neighbors));
	s->n_neighbors = n;
	for (size_t i = 0; i < n; i++) {
		make_tunnel(s, list[i].link, mark, &s->want.tunnels[i]);
		make_neighbor(s, list[i].link, &s->want.tunnels[i], &s->neighbors[i]);
	}
	arena_free(scratch);
}

static void make_settings(struct site *s)
{
	static const struct setting forward[] = {
		{"net/ipv4/ip_forward", "1", "a member's router passes IPv4 on"},
		{"net/ipv6/conf/all/forwarding", "1", "a member's router passes IPv6 on"},
	};
	size_t n = s->plan->list->fabric.lan6.addr.family == FAMILY_NONE ? 1 : 2;

	s->want.settings = arena_array(s->arena, n, sizeof(*s->want.settings));
	memcpy(s->want.settings, forward, n * sizeof(*forward));
	s->want.n_settings = n;
}

static void list_names(const struct plan *p, struct text *t)
{
	for (size_t i = 0; i < p->n_sites && i < NAMES_SHOWN; i++)
		text_printf(t, "%s%s", i ? ", " : "", p->sites[i].name);
	if (p->n_sites > NAMES_SHOWN)
		text_printf(t, " and %zu more", p->n_sites - NAMES_SHOWN);
}

static int no_such_site(const struct plan *p, const char *name, struct err *err)
{
	struct arena *scratch = arena_new();
	const char **names = arena_array(scratch, p->n_sites, sizeof(*names));
	struct text t;

	for (size_t i = 0; i < p->n_sites; i++)
		names[i] = p->sites[i].name;
	const char *near = near_name(name, names, p->n_sites);

	text_init(&t);
	list_names(p, &t);
	if (near)
		err_set(err, 0, "no site of %s is named \"%s\", the nearest name is \"%s\"",
			p->fabric, name, near);
	else
		err_set(err, 0, "no site of %s is named \"%s\", it has %s", p->fabric, name,
			p->n_sites ? text_str(&t) : "none");
	text_done(&t);
	arena_free(scratch);
	return -ENOENT;
}

int site_make(const struct plan *p, const char *name, struct err *err, struct site **ret)
{
	const struct plan_site *self = plan_find_site(p, name);

	if (!self)
		return no_such_site(p, name, err);
	struct arena *a = arena_new();
	struct site *s = arena_alloc(a, sizeof(*s));

	*s = (struct site){.arena = a, .plan = p, .self = self};
	make_links(s);
	make_settings(s);
	*ret = s;
	return 0;
}

struct site *site_free(struct site *s)
{
	if (s)
		arena_free(s->arena);
	return NULL;
}

/* Found by itself a host owns its arena; wanted, it lives in its site's. */
struct host *host_free(struct host *h)
{
	if (h)
		arena_free(h->arena);
	return NULL;
}

/*
 * kernel_read - the host as it is: tunnels with their addresses, names that are taken, settings
 * Strict dumps: the kernel gives one kind of link and leaves statistics out. A dump during which
 * things changed is thrown away and asked for again.
 */
#include "edge/kernel_nl.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { READ_TRIES = 20 };

static const char ip6_forwarding[] = "net/ipv6/conf/all/forwarding";

struct found_addr {
	size_t tunnel;
	struct tunnel_addr addr;
};

struct numbered {
	int ifindex;
	size_t tunnel;
};

struct reader {
	struct kernel *k;
	struct arena *a;	     /* of the result */
	const char *kind, *fallback; /* of the dump that runs */
	struct tunnel *tunnels;	     /* these three in the kernel's scratch */
	struct found_addr *addrs;
	struct numbered *numbers; /* sorted by ifindex */
	size_t n, n_addrs;
	struct setting *settings;
	size_t n_settings;
};

/* Room for @n elements; what is there stays. */
static void *room(struct scratch *s, size_t n, size_t size)
{
	if (s->bytes >= n * size)
		return s->at;
	s->bytes = n * size * 2;
	s->at = realloc(s->at, s->bytes);
	if (!s->at)
		abort();
	return s->at;
}

static void keep_tunnel(struct reader *r, const struct tunnel *t)
{
	r->tunnels = room(&r->k->tunnels, r->n + 1, sizeof(*r->tunnels));
	r->tunnels[r->n++] = *t;
}

/* --- tunnels --- */

static void take_link(void *ctx, const struct nlmsghdr *h)
{
	struct reader *r = ctx;
	struct tunnel t;

	/* a kernel without the module knows no such kind, and then does not filter by it */
	if (!parse_link(r->k, r->a, h, &t) || strcmp(t.kind, r->kind) != 0)
		return;
	if (strcmp(t.ifname, r->fallback) == 0)
		return; /* made by the module, belongs to nobody */
	keep_tunnel(r, &t);
}

static int read_kind(struct reader *r, const char *kind, const char *fallback)
{
	size_t before = r->n;
	int error = -EINTR;

	r->kind = kind;
	r->fallback = fallback;
	for (int i = 0; i < READ_TRIES && error == -EINTR; i++) {
		r->n = before;
		ask_all_links(r->k, kind);
		error = rt_dump(r->k, take_link, r);
	}
	return error;
}

/* --- addresses --- */

static int order_number(const void *a, const void *b)
{
	int x = ((const struct numbered *)a)->ifindex, y = ((const struct numbered *)b)->ifindex;

	return (x > y) - (x < y);
}

static void number_tunnels(struct reader *r)
{
	r->numbers = room(&r->k->numbers, r->n + 1, sizeof(*r->numbers));
	for (size_t i = 0; i < r->n; i++)
		r->numbers[i] = (struct numbered){r->tunnels[i].ifindex, i};
	qsort(r->numbers, r->n, sizeof(*r->numbers), order_number);
}

static void take_addr(void *ctx, const struct nlmsghdr *h)
{
	struct reader *r = ctx;
	struct numbered key = {0}, *found;
	struct tunnel_addr addr;

	if (!parse_addr(h, &key.ifindex, &addr))
		return;
	found = bsearch(&key, r->numbers, r->n, sizeof(key), order_number);
	if (!found)
		return;
	r->addrs = room(&r->k->addrs, r->n_addrs + 1, sizeof(*r->addrs));
	r->addrs[r->n_addrs++] = (struct found_addr){found->tunnel, addr};
	r->tunnels[found->tunnel].n_addrs++;
}

static int read_family(struct reader *r, int family)
{
	struct ifaddrmsg info = {.ifa_family = (uint8_t)family};
	size_t before = r->n_addrs;
	int error = -EINTR;

	for (int i = 0; i < READ_TRIES && error == -EINTR; i++) {
		while (r->n_addrs > before)
			r->tunnels[r->addrs[--r->n_addrs].tunnel].n_addrs--;
		rt_begin(r->k, RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info));
		error = rt_dump(r->k, take_addr, r);
	}
	return error;
}

static void share_out_addrs(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct tunnel *t = &r->tunnels[i];

		t->addrs = t->n_addrs ? arena_array(r->a, t->n_addrs, sizeof(*t->addrs)) : NULL;
		t->n_addrs = 0;
	}
	for (size_t i = 0; i < r->n_addrs; i++) {
		struct tunnel *t = &r->tunnels[r->addrs[i].tunnel];

		t->addrs[t->n_addrs++] = r->addrs[i].addr;
	}
}

/* --- connected routes --- */

enum { ADDRS_ASKED = 64, /* of one tunnel, at most */ FEW_PEERS = 64, MOMENTS = 10 };

/* Only a route to the peer alone, over the tunnel itself, is the one that came with the address. */
static void take_connected(void *ctx, size_t token, const struct answer *answer)
{
	struct reader *r = ctx;
	const struct tunnel *t = &r->tunnels[token / ADDRS_ASKED];
	struct tunnel_addr *addr = &t->addrs[token % ADDRS_ASKED];
	const struct rtmsg *route;

	addr->unrouted = true;
	if (!answer->reply || answer->reply->nlmsg_type != RTM_NEWROUTE)
		return;
	route = nlmsg_data(answer->reply);
	const struct nlattr *oif = nla_find(nlmsg_attrdata(answer->reply, sizeof(*route)),
					    nlmsg_attrlen(answer->reply, sizeof(*route)), RTA_OIF);

	addr->unrouted = route->rtm_dst_len != addr->peer_len || !oif ||
			 nla_get_u32(oif) != (uint32_t)t->ifindex;
}

static bool has_peer(const struct tunnel_addr *addr)
{
	return addr->ours && !addr_equal(&addr->local, &addr->peer) &&
	       addr->peer_len == addr_bytes(addr->peer.family) * 8;
}

static bool has_routes(const struct tunnel *t)
{
	return t->up && t->alias && strncmp(t->alias, "grix ", 5) == 0;
}

/* @again: only those that were missing. Return: 0 or a negative errno. */
static int ask_peers(struct reader *r, bool again)
{
	struct batch b;

	batch_init(&b, r->k, take_connected, r);
	for (size_t i = 0; i < r->n; i++) {
		const struct tunnel *t = &r->tunnels[i];

		if (!has_routes(t))
			continue;
		for (size_t j = 0; j < t->n_addrs && j < ADDRS_ASKED; j++) {
			if (!has_peer(&t->addrs[j]) || (again && !t->addrs[j].unrouted))
				continue;
			ask_connected(r->k, &t->addrs[j].peer, t->ifindex);
			batch_add(&b, i * ADDRS_ASKED + j);
		}
	}
	return batch_flush(&b);
}

static size_t count_unrouted(const struct reader *r, enum family f)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->tunnels[i].n_addrs; j++)
			n += r->tunnels[i].addrs[j].unrouted &&
			     r->tunnels[i].addrs[j].peer.family == f;
	return n;
}

/* Whether links or connected routes changed since the last time; what it was does not matter. */
static bool stirred(struct kernel *k)
{
	char some[256];
	bool any = false;

	for (;;) {
		ssize_t n = recv(k->stir_fd, some, sizeof(some), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			return any || errno != EAGAIN;
		any = true;
	}
}

/* One route of the main table: the connected one of an address? */
static void take_route(void *ctx, const struct nlmsghdr *h)
{
	const struct rtmsg *route = nlmsg_data(h);
	struct reader *r = ctx;
	struct nlattr *tb[RTA_OIF + 1];

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_LENGTH(sizeof(*route)) ||
	    route->rtm_type != RTN_UNICAST || route->rtm_table != RT_TABLE_MAIN ||
	    nla_parse(tb, RTA_OIF, nlmsg_attrdata(h, sizeof(*route)),
		      nlmsg_attrlen(h, sizeof(*route)), NULL) < 0 ||
	    !tb[RTA_DST] || !tb[RTA_OIF] || route->rtm_dst_len != nla_len(tb[RTA_DST]) * 8)
		return;
	struct numbered key = {.ifindex = (int)nla_get_u32(tb[RTA_OIF])}, *found;

	found = bsearch(&key, r->numbers, r->n, sizeof(key), order_number);
	for (size_t j = 0; found && j < r->tunnels[found->tunnel].n_addrs; j++) {
		struct tunnel_addr *addr = &r->tunnels[found->tunnel].addrs[j];

		if (rt_family(addr->peer.family) == route->rtm_family &&
		    memcmp(addr->peer.bytes, nla_data(tb[RTA_DST]), (size_t)nla_len(tb[RTA_DST])) ==
			    0)
			addr->unrouted = false;
	}
}

/* Counts every peer's route as missing, until it is seen. Return: how many */
static size_t count_peers(struct reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct tunnel *t = &r->tunnels[i];

		for (size_t j = 0; has_routes(t) && j < t->n_addrs && j < ADDRS_ASKED; j++) {
			t->addrs[j].unrouted = has_peer(&t->addrs[j]);
			n += t->addrs[j].unrouted;
		}
	}
	return n;
}

/*
 * One look at the main table shows 1,000 routes in the time of 100 questions, but a full BGP table
 * has a million: so it is broken off when more come than were worth it. What is not seen there (a
 * VRF has its own table) is asked for peer by peer.
 */
static int ask_many(struct reader *r)
{
	const int families[] = {AF_INET, AF_INET6};
	size_t n = count_peers(r);
	int error = 0;

	if (n <= FEW_PEERS)
		return ask_peers(r, false);
	for (int i = 0; i < 2 && !error && !r->k->many_routes; i++) {
		struct rtmsg table = {.rtm_family = (uint8_t)families[i],
				      .rtm_table = RT_TABLE_MAIN};

		rt_begin(r->k, RTM_GETROUTE, NLM_F_DUMP, &table, sizeof(table));
		error = rt_dump_most(r->k, 4 * n, take_route, r);
		r->k->many_routes |= error == -E2BIG;
		if (error == -E2BIG || error == -EINTR || error == -ENOENT || error == -EOPNOTSUPP)
			error = 0; /* what was seen was there */
	}
	return error ? error : ask_peers(r, true);
}

/* The kernel makes the IPv6 route a moment after the address, in the background: a missing one is
 * given that moment. */
static int read_connected(struct reader *r)
{
	const struct timespec moment = {.tv_nsec = 20 * 1000 * 1000};
	bool quiet = !stirred(r->k);

	if (quiet && r->k->routes_in_place)
		return 0;
	int error = ask_many(r);

	for (int i = 0; i < MOMENTS && !error && count_unrouted(r, FAMILY_IP6); i++) {
		nanosleep(&moment, NULL);
		error = ask_peers(r, true);
	}
	r->k->routes_in_place =
		!error && !count_unrouted(r, FAMILY_IP4) && !count_unrouted(r, FAMILY_IP6);
	return error;
}

/* --- wanted names that something else has --- */

struct lookup {
	struct reader *r;
	const struct host *want;
};

static void take_named(void *ctx, size_t token, const struct answer *answer)
{
	const struct lookup *l = ctx;
	struct tunnel t;

	if (!answer->reply || !parse_link(l->r->k, l->r->a, answer->reply, &t))
		return;
	/* the name asked for may be an alternative one; a tunnel that came just now is as foreign */
	memcpy(t.ifname, l->want->tunnels[token].ifname, sizeof(t.ifname));
	t.odd |= ODD_OTHER_KIND;
	keep_tunnel(l->r, &t);
}

static int order_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The wanted tunnels whose name is none of the found: their indexes into @missing. Return: how many */
static size_t find_missing(const struct reader *r, const struct host *want, size_t *missing)
{
	const char **names = calloc(r->n + 1, sizeof(*names));
	size_t n = 0;

	if (!names)
		abort();
	for (size_t i = 0; i < r->n; i++)
		names[i] = r->tunnels[i].ifname;
	qsort(names, r->n, sizeof(*names), order_names);
	for (size_t i = 0; i < want->n_tunnels; i++) {
		const char *name = want->tunnels[i].ifname;

		if (!bsearch(&name, names, r->n, sizeof(*names), order_names))
			missing[n++] = i;
	}
	free(names);
	return n;
}

static int read_taken_names(struct reader *r, const struct host *want)
{
	size_t *missing = calloc(want->n_tunnels + 1, sizeof(*missing));
	struct lookup l = {r, want};
	struct batch b;

	if (!missing)
		abort();
	size_t n = find_missing(r, want, missing);

	batch_init(&b, r->k, take_named, &l);
	for (size_t i = 0; i < n; i++) {
		ask_link(r->k, want->tunnels[missing[i]].ifname);
		batch_add(&b, missing[i]);
	}
	free(missing);
	return batch_flush(&b);
}

/* --- settings --- */

static void keep_setting(struct reader *r, const char *name, const char *value, const char *why)
{
	struct setting *more = arena_array(r->a, r->n_settings + 1, sizeof(*more));

	if (r->n_settings)
		memcpy(more, r->settings, r->n_settings * sizeof(*more));
	r->settings = more;
	r->settings[r->n_settings++] = (struct setting){
		.name = arena_strdup(r->a, name), .value = arena_strdup(r->a, value), .why = why};
}

/* An IPv6 default route that came with a router advertisement: note its interface's accept_ra. */
static void take_learnt(void *ctx, const struct nlmsghdr *h)
{
	const struct rtmsg *route = nlmsg_data(h);
	struct reader *r = ctx;
	char ifname[IF_NAMESIZE], value[16];

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_LENGTH(sizeof(*route)) ||
	    route->rtm_dst_len != 0 || route->rtm_protocol != RTPROT_RA)
		return;
	const struct nlattr *oif = nla_find(nlmsg_attrdata(h, sizeof(*route)),
					    nlmsg_attrlen(h, sizeof(*route)), RTA_OIF);

	if (!oif || !if_indextoname(nla_get_u32(oif), ifname))
		return;
	const char *name = arena_printf(r->a, "net/ipv6/conf/%s/accept_ra", ifname);

	for (size_t i = 0; i < r->n_settings; i++)
		if (strcmp(r->settings[i].name, name) == 0)
			return;
	if (setting_read(name, value, sizeof(value)) == 0)
		keep_setting(r, name, value, "an IPv6 default route was learnt here");
}

/* The kernel filters by protocol, so a full table is walked but not told. */
static int read_learnt_routes(struct reader *r)
{
	struct rtmsg route = {.rtm_family = AF_INET6, .rtm_protocol = RTPROT_RA};

	rt_begin(r->k, RTM_GETROUTE, NLM_F_DUMP, &route, sizeof(route));
	int error = rt_dump(r->k, take_learnt, r);

	return error == -EINTR ? 0 : error;
}

static int read_settings(struct reader *r, const struct host *want)
{
	char value[128];

	for (size_t i = 0; i < want->n_settings; i++) {
		const struct setting *s = &want->settings[i];

		if (setting_read(s->name, value, sizeof(value)) < 0)
			continue; /* the diff sees it is not there, the write says why */
		keep_setting(r, s->name, value, s->why);
		if (strcmp(s->name, ip6_forwarding) != 0 || strcmp(value, s->value) == 0)
			continue;
		int error = read_learnt_routes(r);

		if (error)
			return error;
	}
	return 0;
}

static int read_all(struct reader *r, const struct host *want)
{
	int error = read_kind(r, "gre", "gre0");

	if (!error)
		error = read_kind(r, "ip6gre", "ip6gre0");
	number_tunnels(r);
	if (!error)
		error = read_family(r, AF_INET);
	if (!error && r->k->has_ip6)
		error = read_family(r, AF_INET6);
	share_out_addrs(r);
	if (!error)
		error = read_connected(r);
	if (!error && want)
		error = read_taken_names(r, want);
	if (!error && want)
		error = read_settings(r, want);
	return error;
}

int kernel_read(struct kernel *k, const struct host *want, struct err *err, struct host **ret)
{
	struct reader r = {.k = k, .a = arena_new()};
	int error = read_all(&r, want);

	if (error) {
		arena_free(r.a);
		if (error == -EINTR)
			return err_set(err, -EBUSY,
				       "reading tunnels: they change faster than they can be read");
		return err_set(err, error, "reading tunnels from the kernel: %s", strerror(-error));
	}
	struct host *host = arena_alloc(r.a, sizeof(*host));
	struct tunnel *tunnels = arena_array(r.a, r.n, sizeof(*tunnels));

	if (r.n)
		memcpy(tunnels, r.tunnels, r.n * sizeof(*tunnels));
	*host = (struct host){.arena = r.a,
			      .tunnels = tunnels,
			      .n_tunnels = r.n,
			      .settings = r.settings,
			      .n_settings = r.n_settings};
	*ret = host;
	return 0;
}

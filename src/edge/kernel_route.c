/*
 * kernel_route - where the outer packets go
 * A tunnel whose remote is routed into a tunnel of ours would carry itself: the kernel drops the
 * packets and counts collisions, and nobody is told. So it is refused before it is made.
 */
#include "edge/kernel_nl.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The answer to one RTM_GETROUTE. */
struct route {
	int error;
	int ifindex;
	bool local; /* the destination is an address of this host */
};

static void take_route(void *ctx, size_t token, const struct answer *answer)
{
	struct route *r = (struct route *)ctx + token;

	r->error = answer->error;
	if (!answer->reply)
		return;
	const struct rtmsg *msg = nlmsg_data(answer->reply);
	const struct nlattr *oif =
		nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)answer->reply, sizeof(*msg), RTA_OIF);

	r->local = msg->rtm_type == RTN_LOCAL;
	r->ifindex = oif ? (int)nla_get_u32(oif) : 0;
}

int kernel_route_device(struct kernel *k, const struct addr *local, const struct addr *remote,
			int *ifindex, char ifname[IFNAME_BYTES], struct err *err)
{
	char text[ADDR_TEXT];
	struct route route = {0};
	struct batch b;

	batch_init(&b, k, take_route, &route);
	ask_route(k, remote, local && local->family == remote->family ? local : NULL);
	batch_add(&b, 0);
	int error = batch_flush(&b);

	if (!error)
		error = route.error;
	if (!error && (!route.ifindex || !if_indextoname((unsigned)route.ifindex, ifname)))
		error = -ENETUNREACH;
	if (error)
		return err_set(err, error, "no route to %s: %s", addr_text(remote, text),
			       strerror(-error));
	*ifindex = route.ifindex;
	return 0;
}

/* --- all links of a list of steps --- */

struct checked {
	const char *link;
	const struct tunnel *want;
	size_t local_route; /* index into routes; shared with the links before, mostly all */
};

struct check {
	struct arena *a;
	struct checked *links;
	struct route *routes; /* 2 * i: to the remote; 2 * i + 1: to the local address itself */
	size_t n;
};

static void gather(struct check *c, const struct steps *steps)
{
	c->links = arena_array(c->a, steps->n, sizeof(*c->links));
	c->routes = arena_array(c->a, steps->n, 2 * sizeof(*c->routes));
	for (size_t i = 0; i < steps->n; i++) {
		const struct step *s = &steps->list[i];

		if (s->kind == STEP_LINK_ADD || (s->kind == STEP_LINK_SET && s->outer))
			c->links[c->n++] = (struct checked){s->link, s->want, 0};
	}
}

static int ask_routes(struct kernel *k, struct check *c)
{
	const struct addr *asked[2] = {NULL, NULL}; /* the last local of each family */
	size_t at[2] = {0, 0};
	struct batch b;

	batch_init(&b, k, take_route, c->routes);
	for (size_t i = 0; i < c->n; i++) {
		const struct tunnel *w = c->links[i].want;
		bool six = w->local.family == FAMILY_IP6;

		ask_route(k, &w->remote, &w->local);
		batch_add(&b, 2 * i);
		if (!asked[six] || !addr_equal(asked[six], &w->local)) {
			asked[six] = &w->local;
			at[six] = 2 * i + 1;
			ask_route(k, &w->local, NULL);
			batch_add(&b, at[six]);
		}
		c->links[i].local_route = at[six];
	}
	return batch_flush(&b);
}

static const struct tunnel *our_tunnel(const struct host *have, int ifindex)
{
	for (size_t i = 0; i < have->n_tunnels; i++) {
		const struct tunnel *t = &have->tunnels[i];

		if (t->ifindex == ifindex && !(t->odd & ODD_OTHER_KIND) && t->alias &&
		    strncmp(t->alias, "grix ", 5) == 0)
			return t;
	}
	return NULL;
}

static const char *refusal(struct check *c, const struct checked *l, const struct route *to,
			   const struct host *have)
{
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	const struct route *self = &c->routes[l->local_route];
	const struct tunnel *into;

	addr_text(&l->want->local, local);
	addr_text(&l->want->remote, remote);
	if (self->error || !self->local)
		return arena_printf(
			c->a,
			"%s: this host does not have the local address %s; add it to an interface, "
			"or give the site's own address as 'bind' in the peer list",
			l->want->ifname, local);
	if (to->error || !to->ifindex)
		return NULL; /* no route now: the tunnel is as good as its underlay, and waits */
	into = our_tunnel(have, to->ifindex);
	if (!into)
		return NULL;
	return arena_printf(
		c->a,
		"%s: %s is routed into the tunnel %s, so the tunnel would carry itself; "
		"add a route to %s over the underlay (ip route add %s via GATEWAY)",
		l->want->ifname, remote, into->ifname, remote, remote);
}

int kernel_check_underlay(struct kernel *k, const struct host *have, struct steps *steps,
			  struct err *err)
{
	struct check c = {.a = arena_new()};

	gather(&c, steps);
	int error = c.n ? ask_routes(k, &c) : 0;

	if (error) {
		arena_free(c.a);
		return err_set(err, error, "asking for routes: %s", strerror(-error));
	}
	for (size_t i = 0; i < c.n; i++) {
		const char *text = refusal(&c, &c.links[i], &c.routes[2 * i], have);

		if (text)
			steps_add_conflict(steps, c.links[i].link, text);
	}
	arena_free(c.a);
	return 0;
}

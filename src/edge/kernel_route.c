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

/* --- many links --- */

struct checked {
	const char *link;
	const struct tunnel *want;
	size_t local_route; /* index into routes; shared with the links before, mostly all */
};

struct check {
	struct arena *a;
	const struct host *have;
	struct checked *links;
	struct route *routes; /* 2 * i: to the remote; 2 * i + 1: to the local address itself */
	size_t n;
	int underlay; /* the device last found to be no tunnel of ours; 0: none yet */
};

static void begin(struct check *c, const struct host *have, size_t room)
{
	*c = (struct check){.a = arena_new(), .have = have};
	c->links = arena_array(c->a, room, sizeof(*c->links));
	c->routes = arena_array(c->a, room, 2 * sizeof(*c->routes));
}

static int ask_routes(struct kernel *k, struct check *c, struct err *err)
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
	int error = batch_flush(&b);

	return error ? err_set(err, error, "asking for routes: %s", strerror(-error)) : 0;
}

/* Nearly all remotes are behind one and the same interface. */
static const struct tunnel *our_tunnel(struct check *c, int ifindex)
{
	if (ifindex == c->underlay)
		return NULL;
	for (size_t i = 0; i < c->have->n_tunnels; i++) {
		const struct tunnel *t = &c->have->tunnels[i];

		if (t->ifindex == ifindex && !(t->odd & ODD_OTHER_KIND) && t->alias &&
		    strncmp(t->alias, "grix ", 5) == 0)
			return t;
	}
	c->underlay = ifindex;
	return NULL;
}

static bool has_local(const struct check *c, size_t i)
{
	const struct route *self = &c->routes[c->links[i].local_route];

	return !self->error && self->local;
}

/* The tunnel of ours that would carry the outer packets of link @i; NULL: none. Without any route
 * a tunnel is as good as its underlay, and waits. */
static const struct tunnel *led_into(struct check *c, size_t i)
{
	const struct route *to = &c->routes[2 * i];

	return to->error || !to->ifindex ? NULL : our_tunnel(c, to->ifindex);
}

static const char *no_local(struct check *c, size_t i)
{
	const struct tunnel *w = c->links[i].want;
	char local[ADDR_TEXT];

	return arena_printf(
		c->a,
		"%s: this host does not have the local address %s; add it to an interface, or give "
		"the site's own address as bind%d in the peer list",
		w->ifname, addr_text(&w->local, local), w->local.family == FAMILY_IP6 ? 6 : 4);
}

/* --- links to be made or changed --- */

static void gather_steps(struct check *c, const struct steps *steps)
{
	for (size_t i = 0; i < steps->n; i++) {
		const struct step *s = &steps->list[i];

		if (s->kind == STEP_LINK_ADD || (s->kind == STEP_LINK_SET && s->outer))
			c->links[c->n++] = (struct checked){s->link, s->want, 0};
	}
}

/* What is wrong with the way of the @i-th link, and what to do; NULL if nothing. @stands: there is a
 * tunnel already, and it is left as it is. */
static const char *trouble(struct check *c, size_t i, bool stands)
{
	const struct tunnel *w = c->links[i].want, *into;
	char remote[ADDR_TEXT];

	if (!has_local(c, i))
		return no_local(c, i);
	into = led_into(c, i);
	if (!into)
		return NULL;
	addr_text(&w->remote, remote);
	return arena_printf(c->a,
			    "%s: its remote %s is routed into the tunnel %s, so %s; add a route to "
			    "%s over the underlay (ip route add %s via GATEWAY)",
			    w->ifname, remote, into->ifname,
			    stands ? "it would carry itself and nothing passes; the tunnel is left "
				     "in place"
				   : "it would carry itself",
			    remote, remote);
}

int kernel_check_underlay(struct kernel *k, const struct host *have, struct steps *steps,
			  struct err *err)
{
	struct check c;

	begin(&c, have, steps->n);
	gather_steps(&c, steps);
	int error = ask_routes(k, &c, err);

	for (size_t i = 0; !error && i < c.n; i++) {
		const char *text = trouble(&c, i, false);

		if (text)
			steps_add_conflict(steps, c.links[i].link, text);
	}
	arena_free(c.a);
	return error;
}

/* --- links that stand --- */

static bool in_conflict(const struct steps *steps, const char *link)
{
	for (size_t i = 0; i < steps->n_conflicts; i++)
		if (strcmp(steps->conflicts[i].link, link) == 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct tunnel *const *)a)->ifname,
		      (*(const struct tunnel *const *)b)->ifname);
}

static bool stands(const struct tunnel *want, const struct tunnel *have)
{
	return have->alias && strcmp(have->alias, want->alias) == 0 &&
	       addr_equal(&have->local, &want->local) && addr_equal(&have->remote, &want->remote);
}

static void gather_standing(struct check *c, const char *fabric, const struct host *want)
{
	size_t n = c->have->n_tunnels;
	const struct tunnel **sorted = arena_array(c->a, n, sizeof(struct tunnel *));

	for (size_t i = 0; i < n; i++)
		sorted[i] = &c->have->tunnels[i];
	qsort(sorted, n, sizeof(struct tunnel *), by_name);
	for (size_t i = 0; i < want->n_tunnels; i++) {
		const struct tunnel *w = &want->tunnels[i], **found;
		const char *link;

		found = bsearch(&w, sorted, n, sizeof(struct tunnel *), by_name);
		if (found && stands(w, *found) && site_owns(w->alias, fabric, &link))
			c->links[c->n++] = (struct checked){link, w, 0};
	}
}

int kernel_check_routes(struct kernel *k, const struct host *want, const struct host *have,
			struct steps *steps, struct err *err)
{
	struct check c;

	begin(&c, have, want->n_tunnels);
	gather_standing(&c, steps->fabric, want);
	int error = ask_routes(k, &c, err);

	for (size_t i = 0; !error && i < c.n; i++) {
		const char *text = trouble(&c, i, true);

		if (text && !in_conflict(steps, c.links[i].link))
			steps_add_note(steps, c.links[i].link, text);
	}
	arena_free(c.a);
	return error;
}

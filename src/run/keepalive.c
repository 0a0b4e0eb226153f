/*
 * keepalive - packets and time to live/, and its verdicts to the log and to BIRD
 * One timer for all links: sends that fall due within one slice leave in one batch, so a thousand
 * links at 50 ms cost two hundred wake-ups a second and not twenty thousand. Where many packets are
 * to be expected, they too are taken once a slice and not one by one; the kernel's stamps keep the
 * round-trip times exact. Sockets are read before the time is told, so an answer that waits in the
 * socket is never called lost.
 */
#include "base/log.h"
#include "base/mono.h"
#include "run/inside.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READS_MAX = 16, VERDICTS_SAID = 20 };
static const double look_s = 0.2;
static const uint64_t slice_fast_ns = 5 * NS_PER_MS, slice_slow_ns = 10 * NS_PER_MS;
static const uint64_t fast_ns = 200 * NS_PER_MS;
static const double many_per_s = 400; /* packets; more are read by the slice */

/* ---- what live/ wants ---- */

/* When a site loses its uplink a thousand links go down in one second: one line says it. */
static void say_verdict(struct agent *a, const struct link *l, const struct live_act *act)
{
	struct keepalive *k = &a->keepalive;
	const char *name = l->n->link->name, *was = live_state_name(act->old_state),
		   *is = live_state_name(act->state);

	if (!ev_is_active(&k->sum)) {
		k->said = k->unsaid_down = k->unsaid_other = 0;
		ev_timer_set(&k->sum, 1., 0.);
		ev_timer_start(a->loop, &k->sum);
	}
	if (k->said++ >= VERDICTS_SAID) {
		k->unsaid_down += act->state == LIVE_DOWN;
		k->unsaid_other += act->state != LIVE_DOWN;
	} else if (act->state == LIVE_DOWN) {
		log_warn("live", "%s: %s -> %s: %s", name, was, is, act->reason);
	} else {
		log_info("live", "%s: %s -> %s: %s", name, was, is, act->reason);
	}
}

static void on_sum(struct ev_loop *loop, ev_timer *w, int events)
{
	const struct keepalive *k = &((struct agent *)w->data)->keepalive;

	if (k->unsaid_down)
		log_warn("live", "%u more links went down within a second; grix status tells",
			 k->unsaid_down);
	if (k->unsaid_other)
		log_info("live", "%u more links came up within a second; grix status tells",
			 k->unsaid_other);
}

static void on_verdict(struct agent *a, struct link *l, const struct live_act *act)
{
	say_verdict(a, l, act);
	/* Down because of the path, then only the agent over there is missing: the path is back. */
	bool opens = act->state == LIVE_UP ||
		     (act->state == LIVE_UNKNOWN && act->old_state == LIVE_DOWN);

	l->verdict = opens ? LIVE_UP : act->state;
	bgp_act(a);
	/* The kernel may know why: a route gone astray, an address gone. */
	if (act->state == LIVE_DOWN && act->old_state == LIVE_UP)
		tunnels_want(a, look_s);
}

/* The family keepalives of this link use: IPv4 where there is one. */
static const struct addr *lan_of(const struct agent *a, const struct link *l,
				 const struct addr **self)
{
	bool v4 = l->n->lan4.family != FAMILY_NONE;

	*self = v4 ? &a->gen->site->self->lan4 : &a->gen->site->self->lan6;
	return v4 ? &l->n->lan4 : &l->n->lan6;
}

static const struct plan_end *peer_end(const struct agent *a, const struct link *l,
				       const struct plan_end **self)
{
	const struct plan_end *other;

	plan_ends(l->n->link, (uint32_t)(a->gen->site->self - a->gen->plan->sites), self, &other);
	return other;
}

static void send_test(struct agent *a, size_t i, const struct live_act *act)
{
	struct link *l = &a->links.list[i];
	const struct plan_end *self;
	struct wire_packet p = {
		.test = true,
		.peer_port = peer_end(a, l, &self)->port,
		.ifindex = l->ifindex,
		.len = act->len,
	};
	const struct addr *local;

	/* Without a tunnel there is no way to send it; it counts as lost. */
	if (l->ifindex <= 0 || !a->keepalive.n_wires)
		return;
	p.peer = *lan_of(a, l, &local);
	p.local = *local;
	memcpy(p.data, act->packet, STAMP_BYTES);
	wire_add(a->keepalive.wires[a->keepalive.wire_of[i]].wire, &p);
}

static void send_answer(struct wire *w, const struct wire_packet *in, const struct live_act *act)
{
	struct wire_packet p = {
		.local = in->local,
		.peer = in->peer,
		.peer_port = in->peer_port,
		.ifindex = in->ifindex,
		.len = act->len,
	};

	memcpy(p.data, act->packet, STAMP_BYTES);
	wire_add(w, &p);
}

static void step(struct agent *a, size_t i, const struct live_event *ev, uint64_t now,
		 struct wire *w, const struct wire_packet *in)
{
	struct link *l = &a->links.list[i];
	struct live_act acts[LIVE_ACTS_MAX];
	size_t n = live_step(&l->live, ev, now, acts);

	for (size_t k = 0; k < n; k++) {
		switch (acts[k].kind) {
		case LIVE_ACT_SEND_TEST:
			send_test(a, i, &acts[k]);
			break;
		case LIVE_ACT_SEND_ANSWER:
			assert(in); /* an answer is only ever given to a test */
			send_answer(w, in, &acts[k]);
			break;
		case LIVE_ACT_VERDICT:
			on_verdict(a, l, &acts[k]);
			break;
		}
	}
	a->keepalive.due[i] = live_due(&l->live);
}

static void flush(struct keepalive *k)
{
	for (size_t i = 0; i < k->n_wires; i++)
		wire_flush(k->wires[i].wire);
}

/* ---- packets ---- */

static void take_packet(struct agent *a, struct wire *w, const struct wire_packet *p,
			struct ntp_time wall, uint64_t now)
{
	struct link *l = links_at(&a->links, p->ifindex);
	const struct addr *self;
	struct live_event ev = {
		.kind = p->test ? LIVE_EV_TEST : LIVE_EV_ANSWER,
		.packet = p->data,
		.len = p->len,
		.ttl = p->ttl,
		.arrived = p->arrived,
		.wall = wall,
	};

	if (!l || !l->watched || !addr_equal(lan_of(a, l, &self), &p->peer) ||
	    !addr_equal(self, &p->local)) {
		a->keepalive.dropped_stranger++;
		return;
	}
	if (p->ttl != 255) {
		a->keepalive.dropped_ttl++;
		return;
	}
	step(a, (size_t)(l - a->links.list), &ev, now, w, p);
}

static void read_socket(struct agent *a, struct wire *w, int fd)
{
	static struct wire_packet packets[WIRE_BATCH]; /* 16 KB: not for the stack */
	struct err err;

	for (int round = 0; round < READS_MAX; round++) {
		int n = wire_read(w, fd, packets, &err);

		if (n < 0)
			log_debug("live", "%s", err.text);
		if (n <= 0)
			break;
		struct ntp_time wall = ntp_from_unix_ns(wall_now_ns());
		uint64_t now = mono_now_ns();

		for (int i = 0; i < n; i++)
			take_packet(a, w, &packets[i], wall, now);
		if (n < WIRE_BATCH)
			break;
	}
}

static void arm(struct agent *a);

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	struct agent *a = io->data;
	struct keepalive *k = &a->keepalive;

	for (size_t i = 0; i < k->n_wires; i++)
		if (io >= k->wires[i].io && io < k->wires[i].io + k->wires[i].n_io)
			read_socket(a, k->wires[i].wire, io->fd);
	flush(k);
	arm(a);
}

static struct link *find_refusal(struct agent *a, const struct refusal *r)
{
	struct link *l = links_at(&a->links, r->ifindex);
	const struct plan_end *self;
	const struct addr *local;

	if (!l || !l->watched || !addr_equal(lan_of(a, l, &local), &r->peer) ||
	    !addr_equal(local, &r->local) || peer_end(a, l, &self)->port != r->peer_port)
		return NULL;
	return l;
}

static void on_refused(struct ev_loop *loop, ev_io *io, int events)
{
	static struct refusal list[REFUSALS_MAX];
	struct agent *a = io->data;
	size_t n = refused_read(a->keepalive.refused, io->fd, list);
	struct live_event ev = {.kind = LIVE_EV_REFUSED};

	for (size_t i = 0; i < n; i++) {
		struct link *l = find_refusal(a, &list[i]);

		if (l)
			step(a, (size_t)(l - a->links.list), &ev, mono_now_ns(), NULL, NULL);
	}
	arm(a);
}

/* ---- time ---- */

static uint64_t earliest(const struct agent *a)
{
	uint64_t min = UINT64_MAX;

	for (size_t i = 0; i < a->links.n; i++)
		if (a->keepalive.due[i] < min)
			min = a->keepalive.due[i];
	return min;
}

/* Set the timer, but never later than it stands already unless it just fired. */
static void arm(struct agent *a)
{
	struct keepalive *k = &a->keepalive;
	uint64_t due = earliest(a), now = mono_now_ns();

	if (due == UINT64_MAX && !k->by_slice)
		return;
	if (due < now + k->slice_ns || k->by_slice)
		due = now + k->slice_ns;
	if (ev_is_active(&k->tick) && k->armed_ns <= due)
		return;
	ev_timer_stop(a->loop, &k->tick);
	ev_timer_set(&k->tick, (double)(due - now) / 1e9, 0.);
	ev_timer_start(a->loop, &k->tick);
	k->armed_ns = due;
}

static void on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
	struct agent *a = w->data;
	struct keepalive *k = &a->keepalive;

	for (size_t i = 0; i < k->n_wires; i++)
		for (size_t f = 0; f < k->wires[i].n_io; f++)
			read_socket(a, k->wires[i].wire, k->wires[i].io[f].fd);

	uint64_t now = mono_now_ns();
	struct live_event ev = {.kind = LIVE_EV_TICK, .wall = ntp_from_unix_ns(wall_now_ns())};

	for (size_t i = 0; i < a->links.n; i++)
		if (k->due[i] <= now)
			step(a, i, &ev, now, NULL, NULL);
	flush(k);
	arm(a);
}

/* ---- sockets ---- */

static void close_wires(struct agent *a)
{
	struct keepalive *k = &a->keepalive;

	for (size_t i = 0; i < k->n_wires; i++) {
		for (size_t f = 0; f < k->wires[i].n_io; f++)
			ev_io_stop(a->loop, &k->wires[i].io[f]);
		wire_close(k->wires[i].wire);
	}
	k->n_wires = 0;
}

static int open_wire(struct agent *a, uint16_t port, struct err *err)
{
	struct keepalive *k = &a->keepalive;
	size_t i = k->n_wires;
	int fds[4];
	int r;

	if (i == WIRES_MAX)
		return err_set(err, -E2BIG,
			       "keepalives: this site's links use more than %d ports; set "
			       "one liveness.port for the site",
			       WIRES_MAX);
	r = wire_open(port, err, &k->wires[i].wire);
	if (r < 0)
		return r;
	k->wires[i].port = port;
	k->wires[i].n_io = wire_fds(k->wires[i].wire, fds);
	for (size_t f = 0; f < k->wires[i].n_io; f++) {
		ev_io_init(&k->wires[i].io[f], on_readable, fds[f], EV_READ);
		k->wires[i].io[f].data = a;
		ev_io_start(a->loop, &k->wires[i].io[f]);
	}
	k->n_wires++;
	return (int)i;
}

/* The socket pair with @port, opened if need be. Return: index, or negative errno */
static int wire_with(struct agent *a, uint16_t port, struct err *err)
{
	for (size_t i = 0; i < a->keepalive.n_wires; i++)
		if (a->keepalive.wires[i].port == port)
			return (int)i;
	return open_wire(a, port, err);
}

static int choose_wires(struct agent *a, struct err *err)
{
	struct keepalive *k = &a->keepalive;

	for (size_t i = 0; i < a->links.n; i++) {
		const struct plan_end *self;
		int at;

		if (!a->links.list[i].watched)
			continue;
		peer_end(a, &a->links.list[i], &self);
		at = wire_with(a, self->port, err);
		if (at < 0)
			return at;
		k->wire_of[i] = (uint8_t)at;
	}
	return 0;
}

static bool ports_changed(const struct agent *a)
{
	for (size_t i = 0; i < a->links.n; i++) {
		const struct plan_end *self;
		bool have = false;

		peer_end(a, &a->links.list[i], &self);
		for (size_t w = 0; w < a->keepalive.n_wires; w++)
			have |= a->keepalive.wires[w].port == self->port;
		if (a->links.list[i].watched && !have)
			return true;
	}
	return false;
}

static void open_wires(struct agent *a)
{
	struct keepalive *k = &a->keepalive;
	struct err err;

	if (ports_changed(a))
		close_wires(a);
	if (choose_wires(a, &err) == 0) {
		k->error[0] = '\0';
		backoff_done(&k->failed);
		return;
	}
	close_wires(a);
	if (strcmp(k->error, err.text) != 0)
		log_error("live", "%s", err.text);
	snprintf(k->error, sizeof(k->error), "%s", err.text);
	backoff_fail(&k->failed, mono_now_ns());
	ev_timer_stop(a->loop, &k->retry);
	ev_timer_set(&k->retry, (double)k->failed.step_ns / 1e9, 0.);
	ev_timer_start(a->loop, &k->retry);
}

/* ---- begin and end ---- */

static void wait_for_packets(struct agent *a, bool wait)
{
	struct keepalive *k = &a->keepalive;

	for (size_t i = 0; i < k->n_wires; i++) {
		for (size_t f = 0; f < k->wires[i].n_io; f++) {
			if (wait)
				ev_io_start(a->loop, &k->wires[i].io[f]);
			else
				ev_io_stop(a->loop, &k->wires[i].io[f]);
		}
	}
}

void keepalive_tunnels(struct agent *a)
{
	struct keepalive *k = &a->keepalive;

	double per_s = 0;

	k->slice_ns = slice_slow_ns;
	for (size_t i = 0; i < a->links.n; i++) {
		const struct link *l = &a->links.list[i];

		/* Without sockets, or before the kernel was looked at, nothing is called down. */
		k->due[i] = l->watched && k->n_wires && l->kernel != KERNEL_UNKNOWN
				    ? live_due(&l->live)
				    : UINT64_MAX;
		if (!l->watched)
			continue;
		if (l->n->link->live.interval_ms * NS_PER_MS < fast_ns)
			k->slice_ns = slice_fast_ns;
		/* Our answers and the peer's tests. */
		per_s += 2 * 1000. / l->n->link->live.interval_ms;
	}
	k->by_slice = per_s > many_per_s && k->n_wires;
	wait_for_packets(a, !k->by_slice);
	ev_timer_stop(a->loop, &k->tick);
	arm(a);
}

void keepalive_adopt(struct agent *a)
{
	struct keepalive *k = &a->keepalive;

	free(k->due);
	free(k->wire_of);
	k->due = calloc(a->links.n + 1, sizeof(*k->due));
	k->wire_of = calloc(a->links.n + 1, sizeof(*k->wire_of));
	if (!k->due || !k->wire_of)
		abort();
	open_wires(a);
	keepalive_tunnels(a);
}

static void on_retry(struct ev_loop *loop, ev_timer *w, int events)
{
	struct agent *a = w->data;

	open_wires(a);
	keepalive_tunnels(a);
}

/* Not vital: without it an agent that ends over there looks like a link that is down. */
static void listen_to_refusals(struct agent *a)
{
	struct keepalive *k = &a->keepalive;
	struct err err;
	int fds[2];

	if (refused_open(&err, &k->refused) < 0) {
		log_warn("live", "%s", err.text);
		return;
	}
	k->n_refused_io = refused_fds(k->refused, fds);
	for (size_t i = 0; i < k->n_refused_io; i++) {
		ev_io_init(&k->refused_io[i], on_refused, fds[i], EV_READ);
		k->refused_io[i].data = a;
		ev_io_start(a->loop, &k->refused_io[i]);
	}
}

void keepalive_start(struct agent *a)
{
	struct keepalive *k = &a->keepalive;

	ev_timer_init(&k->tick, on_tick, 0., 0.);
	ev_timer_init(&k->retry, on_retry, 0., 0.);
	ev_timer_init(&k->sum, on_sum, 1., 0.);
	k->tick.data = k->retry.data = k->sum.data = a;
	listen_to_refusals(a);
	keepalive_adopt(a);
}

void keepalive_done(struct agent *a)
{
	struct keepalive *k = &a->keepalive;

	ev_timer_stop(a->loop, &k->tick);
	ev_timer_stop(a->loop, &k->retry);
	ev_timer_stop(a->loop, &k->sum);
	close_wires(a);
	for (size_t i = 0; i < k->n_refused_io; i++)
		ev_io_stop(a->loop, &k->refused_io[i]);
	k->refused = refused_close(k->refused);
	free(k->due);
	free(k->wire_of);
	k->due = NULL;
	k->wire_of = NULL;
}

/*
 * tunnels - when the kernel is read and put right, and what of it is worth saying
 * A pass runs at the start, on a new list, on netlink events (after a moment), every minute, and
 * when something that had to wait is due. What a pass does is in apply.c.
 */
#include "base/log.h"
#include "base/mono.h"
#include "run/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const double settle_s = 0.07, routes_s = 2, audit_s = 60;

static void on_pass(struct job *job, void *ctx);

/* ---- when ---- */

static void start_pass(struct agent *a)
{
	struct tunnels *t = &a->tunnels;
	uint64_t now = mono_now_ns();
	struct pass *p = pass_new(a->gen, a->links.n);

	p->job.done = on_pass;
	p->force = a->conf->force;
	for (size_t i = 0; i < a->links.n; i++)
		if (link_held(&a->links.list[i], now))
			p->held[p->n_held++] = a->links.list[i].n->link->name;
	t->flying = true;
	t->again = false;
	worker_add(a->worker, &p->job);
}

void tunnels_want(struct agent *a, double delay)
{
	struct tunnels *t = &a->tunnels;
	/* A kernel where a dump takes long is not asked without end. */
	double gap = 10 * (double)t->took_ns / 1e9;

	if (t->first_done && delay < gap)
		delay = gap < audit_s ? gap : audit_s;
	if (t->flying) {
		if (!t->again || delay < t->again_in)
			t->again_in = delay;
		t->again = true;
		return;
	}
	if (ev_is_active(&t->soon) && ev_timer_remaining(a->loop, &t->soon) <= delay)
		return;
	ev_timer_stop(a->loop, &t->soon);
	ev_timer_set(&t->soon, delay, 0.);
	ev_timer_start(a->loop, &t->soon);
}

static void on_soon(struct ev_loop *loop, ev_timer *w, int events)
{
	start_pass(w->data);
}

static void on_audit(struct ev_loop *loop, ev_timer *w, int events)
{
	tunnels_want(w->data, 0);
	bgp_audit(w->data);
}

static void on_watched(struct ev_loop *loop, ev_io *w, int events)
{
	struct agent *a = w->data;
	struct tunnels *t = &a->tunnels;
	char words[128] = "";
	struct err err;
	int what = kernel_watch_read(t->watch, words, &err);

	if (what < 0) {
		log_warn("kernel", "%s", err.text);
		what = CHANGE_LOST;
	}
	if (what == 0)
		return;
	log_debug("kernel", "event %#x %s", (unsigned)what, words);
	/* While a pass is on its way the events are most likely its own. */
	if (words[0] && !t->flying && !t->seen[0])
		snprintf(t->seen, sizeof(t->seen), "%s", words);
	/* Other routes than those to our peers come and go by the hundred. */
	tunnels_want(a, what == CHANGE_ROUTE ? routes_s : settle_s);
}

/* The earliest of what has to wait. */
static void want_held(struct agent *a, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < a->links.n; i++) {
		const struct link *l = &a->links.list[i];
		uint64_t until = l->failed.until_ns > l->repairs.hold.until_ns
					 ? l->failed.until_ns
					 : l->repairs.hold.until_ns;

		if (until > now && until < next)
			next = until;
	}
	if (a->tunnels.host_failed.until_ns > now && a->tunnels.host_failed.until_ns < next)
		next = a->tunnels.host_failed.until_ns;
	if (next != UINT64_MAX)
		tunnels_want(a, (double)(next - now) / 1e9 + 0.001);
}

/* ---- what came of it ---- */

/* Whether @words speak of @ifname, and not of another that begins alike. */
static bool speaks_of(const char *words, const char *ifname)
{
	size_t n = strlen(ifname);

	for (const char *p = words; (p = strstr(p, ifname)); p++)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == ',' || !p[n]))
			return true;
	return false;
}

static void say_repair(struct tunnels *t, const struct link *l, const struct pass_step *s)
{
	const char *ifname = l->n->tunnel->ifname;
	bool told = speaks_of(t->seen, ifname);
	const char *open = told ? " (" : "", *words = told ? t->seen : "", *close = told ? ")" : "";

	if (s->kind == STEP_LINK_ADD)
		log_warn("kernel", "%s removed by someone, made again%s%s%s", ifname, open, words,
			 close);
	else
		log_warn("kernel", "%s changed by someone%s%s%s, put back: %s", ifname, open, words,
			 close, s->text);
	if (told)
		t->seen[0] = '\0';
	t->repairs++;
}

static void step_failed(struct agent *a, struct link *l, const struct pass_step *s)
{
	struct tunnels *t = &a->tunnels;

	if (s->error == -ECANCELED)
		return;
	t->failures++;
	if (l)
		return; /* said when the link's note changes */
	if (strcmp(t->host_note, s->why) != 0)
		log_warn("kernel", "%s: %s", s->text, s->why);
	snprintf(t->host_note, sizeof(t->host_note), "%s: %s", s->text, s->why);
}

static void take_steps(struct agent *a, const struct pass *p, uint8_t *touched)
{
	bool host_ok = true;

	a->tunnels.host_note[0] = '\0';
	for (size_t i = 0; i < p->n_steps; i++) {
		const struct pass_step *s = &p->steps[i];
		int at = s->link ? generation_find(p->gen, s->link) : -1;
		struct link *l = at < 0 ? NULL : &a->links.list[at];

		if (s->error) {
			step_failed(a, l, s);
			host_ok &= s->link != NULL;
			continue;
		}
		a->tunnels.last_change = (double)wall_now_ns() / 1e9;
		if (l && l->settled)
			say_repair(&a->tunnels, l, s);
		else
			log_info("kernel", "%s", s->text);
		if (l)
			touched[at] = 1;
	}
	if (host_ok)
		backoff_done(&a->tunnels.host_failed);
	else
		backoff_fail(&a->tunnels.host_failed, mono_now_ns());
}

static void say_view(const struct link *l, const struct pass_link *k)
{
	const char *note = k->note ? k->note : "";

	if (k->view == l->kernel && strncmp(note, l->note, sizeof(l->note) - 1) == 0)
		return;
	if (k->view == KERNEL_OK) {
		if (l->kernel == KERNEL_CONFLICT || l->kernel == KERNEL_FAILED)
			log_info("kernel", "%s: as planned again", l->n->link->name);
	} else if (note[0]) {
		log_warn("kernel", "%s: %s: %s", l->n->link->name, kernel_view_name(k->view), note);
	}
}

static void fight(struct link *l, uint64_t now)
{
	if (repairs_seen(&l->repairs, now))
		log_warn(
			"kernel",
			"%s: someone undoes our work again and again (%llu times so far); next try "
			"in %llu s",
			l->n->link->name, (unsigned long long)l->repairs.total,
			(unsigned long long)(l->repairs.hold.step_ns / NS_PER_S));
}

/* It had to wait. What was said of it holds, but for a tunnel that someone undid meanwhile. */
static void take_held(struct link *l, const struct pass_link *k)
{
	l->ifindex = k->ifindex;
	if (k->view == KERNEL_OK || !l->repairs.hold.until_ns)
		return;
	l->kernel = k->view;
	snprintf(l->note, sizeof(l->note),
		 "someone undoes our work again and again (%llu times so far), so it is put back "
		 "only "
		 "every %llu s: find out who",
		 (unsigned long long)l->repairs.total,
		 (unsigned long long)(l->repairs.hold.step_ns / NS_PER_S));
}

static void take_link(struct link *l, const struct pass_link *k, bool touched, uint64_t now)
{
	if (k->held) {
		take_held(l, k);
		return;
	}
	say_view(l, k);
	if (k->view == KERNEL_FAILED)
		backoff_fail(&l->failed, now);
	else
		backoff_done(&l->failed);
	if (touched && l->settled)
		fight(l, now);
	l->ifindex = k->ifindex;
	l->kernel = k->view;
	snprintf(l->note, sizeof(l->note), "%s", k->note ? k->note : "");
	l->settled = k->view == KERNEL_OK;
}

static void take_pass(struct agent *a, const struct pass *p)
{
	uint64_t now = mono_now_ns();
	uint8_t *touched = arena_array(p->arena, a->links.n + 1, 1);

	if (p->n_kept && p->n_kept != a->tunnels.n_kept)
		log_warn(
			"kernel",
			"%zu tunnels are not in the peer list any more, more than half: they stay; "
			"start with --force, or run grix apply --force, to remove them",
			p->n_kept);
	a->tunnels.n_kept = p->n_kept;
	take_steps(a, p, touched);
	for (size_t i = 0; i < a->links.n; i++)
		take_link(&a->links.list[i], &p->links[i], touched[i], now);
	links_index(&a->links);
	keepalive_tunnels(a);
	want_held(a, now);
}

static void first_pass(struct agent *a)
{
	a->tunnels.first_done = true;
	serve_ready(a);
}

static void on_pass(struct job *job, void *ctx)
{
	struct agent *a = ctx;
	struct tunnels *t = &a->tunnels;
	struct pass *p = (struct pass *)job;
	bool first = !t->first_done, current = p->gen == a->gen;

	t->flying = false;
	t->took_ns = p->took_ns;
	t->reads++;
	log_debug("kernel", "pass: %zu steps in %.1f ms", p->n_steps, (double)p->took_ns / 1e6);
	if (p->error < 0) {
		if (strcmp(t->error, p->err.text) != 0)
			log_error("kernel", "%s", p->err.text);
		snprintf(t->error, sizeof(t->error), "%s", p->err.text);
		backoff_fail(&t->lost, mono_now_ns());
		tunnels_want(a, (double)t->lost.step_ns / 1e9);
	} else if (current) {
		t->error[0] = '\0';
		backoff_done(&t->lost);
		take_pass(a, p);
		bgp_adopt(a);
	}
	if (t->again)
		tunnels_want(a, t->again_in);
	t->seen[0] = '\0';
	pass_free(p);
	if (first && current)
		first_pass(a);
}

/* ---- begin and end ---- */

void tunnels_adopt(struct agent *a)
{
	tunnels_want(a, 0);
}

int tunnels_start(struct agent *a, struct err *err)
{
	struct tunnels *t = &a->tunnels;
	int r = kernel_watch_open(err, &t->watch);

	if (r < 0)
		return r;
	t->last_change = STATUS_NO_TIME;
	ev_io_init(&t->watched, on_watched, kernel_watch_fd(t->watch), EV_READ);
	ev_timer_init(&t->soon, on_soon, 0., 0.);
	ev_timer_init(&t->audit, on_audit, audit_s, audit_s);
	t->watched.data = t->soon.data = t->audit.data = a;
	ev_io_start(a->loop, &t->watched);
	ev_timer_start(a->loop, &t->audit);
	start_pass(a);
	return 0;
}

void tunnels_done(struct agent *a)
{
	struct tunnels *t = &a->tunnels;

	if (!t->watch)
		return;
	ev_io_stop(a->loop, &t->watched);
	ev_timer_stop(a->loop, &t->soon);
	ev_timer_stop(a->loop, &t->audit);
	t->watch = kernel_watch_close(t->watch);
}

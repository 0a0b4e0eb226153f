/*
 * loop - the agent's life: rights, parts, the loop, the end
 * Source of the order: everything that can refuse to start does so before the first step in the
 * kernel, and rights are given away before the first packet is read.
 */
#include "base/log.h"
#include "base/mono.h"
#include "edge/caps.h"
#include "edge/folder.h"
#include "run/inside.h"
#include "version.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { STOP_WAIT_MS = 600, BIRD_UNDO_S = 30 };

static int say(const struct err *err, int code)
{
	log_error("agent", "%s", err->text);
	return code;
}

/* To the user that we are going to be. */
static int give_folders(const struct agent_conf *c, struct err *err)
{
	int r = folder_give_for(c->socket, c->user, err);

	if (r == 0 && c->state)
		r = folder_give(c->state, c->user, err);
	return r;
}

/* Folders that only root can make, while we may be root. */
static int make_folders(const struct agent_conf *c, struct err *err)
{
	int r = folder_make_for(c->socket, err);

	/* Without them the agent runs, and says what it cannot write when it comes to that. */
	if (c->state && folder_make(c->state, err) < 0)
		log_warn("agent", "%s", err->text);
	if (c->with_bird && folder_make_for(c->bird_dir, err) < 0)
		log_warn("agent", "%s", err->text);
	if (c->user && r == 0)
		r = give_folders(c, err);
	return r;
}

static int give_up_rights(const struct agent_conf *c, struct err *err)
{
	int r = c->with_bird ? caps_join_group(c->bird_socket, err) : 0;

	if (r == 0 && c->user)
		r = caps_become(c->user, err);
	return r < 0 ? r : caps_drop(err);
}

/* Everything that can refuse, in the order in which a user would want to hear of it. */
static int prepare(struct agent *a)
{
	const struct agent_conf *c = a->conf;
	struct err err;
	int r;

	if (caps_missing(&err) < 0)
		return say(&err, EXIT_CAPABILITY);
	r = reload_first(a);
	if (r)
		return r;
	if (make_folders(c, &err) < 0)
		return say(&err, EXIT_CONFIGURATION);
	if (give_up_rights(c, &err) < 0)
		return say(&err, EXIT_CAPABILITY);
	if (kernel_open(&err, &a->edges.kernel) < 0 || kernel_missing(a->edges.kernel, &err) < 0)
		return say(&err, EXIT_CAPABILITY);
	if (status_listen(c->socket, &err, &a->serve.listener) < 0)
		return say(&err, EXIT_FAILED);
	if (notify_open(&err, &a->serve.notify) < 0)
		log_warn("agent", "%s", err.text);
	return 0;
}

/* ---- signals ---- */

static void on_stop(struct ev_loop *loop, ev_signal *w, int events)
{
	log_info("agent", "stopping; tunnels and sessions stay as they are");
	ev_break(loop, EVBREAK_ALL);
}

static void on_hup(struct ev_loop *loop, ev_signal *w, int events)
{
	struct agent *a = w->data;

	a->reload.asked = true;
	reload_now(a, "asked by SIGHUP");
	tunnels_want(a, 0);
}

static void watch_signals(struct agent *a)
{
	signal(SIGPIPE, SIG_IGN);
	ev_signal_init(&a->on_term, on_stop, SIGTERM);
	ev_signal_init(&a->on_int, on_stop, SIGINT);
	ev_signal_init(&a->on_hup, on_hup, SIGHUP);
	a->on_term.data = a->on_int.data = a->on_hup.data = a;
	ev_signal_start(a->loop, &a->on_term);
	ev_signal_start(a->loop, &a->on_int);
	ev_signal_start(a->loop, &a->on_hup);
}

/* ---- life ---- */

static int start(struct agent *a)
{
	struct err err;

	watch_signals(a);
	a->worker = worker_new(a->loop, &a->edges, a);
	a->scribe = worker_new(a->loop, NULL, a);
	if (tunnels_start(a, &err) < 0 || serve_start(a, &err) < 0)
		return say(&err, EXIT_FAILED);
	bgp_start(a);
	keepalive_start(a);
	reload_start(a);
	return 0;
}

/* Whatever the worker is doing may be cut off: that is what a kill -9 does as well. */
static void stop_workers(struct agent *a, int code)
{
	bool ended = !a->scribe || worker_stop(a->scribe, STOP_WAIT_MS / 2);

	if (a->worker)
		ended &= worker_stop(a->worker, STOP_WAIT_MS);
	if (!ended) {
		log_info("agent", "left in the middle of a step; the next start puts it right");
		_exit(code);
	}
}

static void stop(struct agent *a, int code)
{
	reload_done(a);
	bgp_done(a);
	keepalive_done(a);
	tunnels_done(a);
	serve_done(a);
	stop_workers(a, code);
	kernel_close(a->edges.kernel);
	links_done(&a->links);
	generation_unref(a->gen);
	ev_signal_stop(a->loop, &a->on_term);
	ev_signal_stop(a->loop, &a->on_int);
	ev_signal_stop(a->loop, &a->on_hup);
	ev_loop_destroy(a->loop);
}

int agent_run(const struct agent_conf *conf)
{
	struct agent a = {.conf = conf};
	int code;

	a.serve.listener.fd = a.serve.listener.lock = a.serve.notify.fd = -1;
	/* Not the default loop: that one reaps every child, and the check of BIRD's files is one. */
	a.loop = ev_loop_new(EVFLAG_AUTO);
	a.started = (double)wall_now_ns() / 1e9;
	a.edges.with_bird = conf->with_bird;
	a.edges.bird = (struct birdfiles_conf){
		.dir = conf->bird_dir,
		.socket = conf->bird_socket,
		.bird = conf->bird_program,
		.undo_s = BIRD_UNDO_S,
	};
	log_set_site(conf->site);
	code = prepare(&a);
	if (code == 0) {
		log_info("agent", "grix-agent %s: site %s of %s, %zu links", GRIX_VERSION,
			 a.gen->site->self->name, a.gen->plan->fabric, a.links.n);
		code = start(&a);
		if (code == 0)
			ev_run(a.loop, 0);
	}
	stop(&a, code);
	return code;
}

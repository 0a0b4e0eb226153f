/*
 * reload - the peer list on disk becomes the list in use, or says why not
 * Read at the start, on SIGHUP, and when it changes (inotify, and a look every few seconds for file
 * systems without). A faulty list changes nothing: the last good one stays in use.
 */
#include "base/log.h"
#include "base/mono.h"
#include "edge/changes.h"
#include "run/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEEP_SCANS = 12 };
static const double settle_s = 0.3, scan_s = 5;

/* ---- faults ---- */

static void faults_free(struct reload *r)
{
	for (size_t i = 0; i < r->n_faults; i++)
		free(r->faults[i]);
	free(r->faults);
	r->faults = NULL;
	r->n_faults = 0;
}

static bool same_faults(const struct reload *r, char *const *lines, size_t n)
{
	if (n != r->n_faults)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(lines[i], r->faults[i]) != 0)
			return false;
	return true;
}

static char **fault_lines(const struct faults *f, size_t *ret)
{
	char **lines = calloc(f->n + 1, sizeof(*lines));
	char buf[1024];

	if (!lines)
		abort();
	for (size_t i = 0; i < f->n; i++) {
		lines[i] = strdup(fault_line(&f->list[i], buf, sizeof(buf)));
		if (!lines[i])
			abort();
	}
	*ret = f->n;
	return lines;
}

/* Keeps the faults for the status, and says them when they are not the ones said before. Return:
 * whether they were said. */
static bool take_faults(struct reload *r, const struct faults *f)
{
	size_t n;
	char **lines = fault_lines(f, &n);
	bool same = same_faults(r, lines, n);

	faults_free(r);
	r->faults = lines;
	r->n_faults = n;
	if (same)
		return false;
	for (size_t i = 0; i < n; i++)
		log_error("peerlist", "%s", lines[i]);
	if (f->dropped)
		log_error("peerlist", "... and %zu more", f->dropped);
	return true;
}

static void take_kept(struct reload *r, int kept, const struct err *err)
{
	if (kept == 0) {
		r->keep_error[0] = '\0';
		return;
	}
	if (strcmp(r->keep_error, err->text) != 0)
		log_warn("peerlist", "the copy for a bad day could not be written: %s", err->text);
	snprintf(r->keep_error, sizeof(r->keep_error), "%s", err->text);
}

/* ---- adopt ---- */

static void say_adopted(const struct agent *a, const struct generation *g)
{
	size_t fresh = 0, same = 0;

	for (size_t i = 0; i < g->site->n_neighbors; i++) {
		bool old = generation_find(a->gen, g->site->neighbors[i].link->name) >= 0;

		same += old;
		fresh += !old;
	}
	log_info("peerlist", "new list: %zu sites, %zu links here (%zu new, %zu gone)",
		 g->plan->n_sites, g->site->n_neighbors, fresh, a->links.n - same);
}

static void adopt(struct agent *a, struct generation *g)
{
	struct generation *old = a->gen;
	struct links links;

	if (old)
		say_adopted(a, g);
	g->serial = old ? old->serial + 1 : 1;
	links_make(&links, g, &a->links, mono_now_ns());
	links_done(&a->links);
	a->links = links;
	a->gen = g;
	generation_unref(old);
	if (!old)
		return;
	keepalive_adopt(a);
	tunnels_adopt(a);
}

/* ---- load ---- */

struct load_job {
	struct job job;
	const struct agent_conf *conf;
	char *keep;
	uint64_t fingerprint;
	int result, kept;
	struct faults faults;
	struct err err;
	struct generation *old; /* a reference, or NULL */
	struct generation *gen;
};

static char *copy_path(const struct agent_conf *c)
{
	char *path = NULL;

	if (c->state && asprintf(&path, "%s/last-good", c->state) < 0)
		abort();
	return path;
}

/* Well-formed, but not what can be meant. */
static bool acceptable(struct load_job *j)
{
	const char *was = j->old->plan->fabric, *is = j->gen->plan->fabric;

	if (!j->conf->force && generation_too_many_gone(j->old, j->gen, &j->faults))
		return false;
	if (strcmp(was, is) == 0)
		return true;
	faults_add(
		&j->faults, (struct origin){0}, NULL,
		"the fabric is \"%s\" now and was \"%s\": its tunnels carry the old name; run grix "
		"down, then start the agent anew with --force",
		is, was);
	return false;
}

static void load_work(struct job *job, struct edges *edges)
{
	struct load_job *j = (struct load_job *)job;

	/* Before reading, so that a change while we read is seen by the next look. */
	j->fingerprint = changes_fingerprint(j->conf->peers);
	j->result = generation_load(j->conf->peers, j->conf->site, &j->faults, &j->gen);
	if (j->result == 0 && j->old && !acceptable(j))
		j->result = GENERATION_FAULTY;
	if (j->result == 0)
		j->kept = generation_keep(j->gen, j->keep, &j->err);
}

static struct load_job *load_new(const struct agent_conf *c)
{
	struct load_job *j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	j->conf = c;
	j->keep = copy_path(c);
	faults_init(&j->faults);
	return j;
}

static void load_free(struct load_job *j)
{
	generation_unref(j->old);
	generation_unref(j->gen);
	faults_done(&j->faults);
	free(j->keep);
	free(j);
}

static void take_good(struct agent *a, struct load_job *j)
{
	struct reload *r = &a->reload;
	bool was_wrong = r->n_faults || a->gen->last_good;

	faults_free(r);
	take_kept(r, j->kept, &j->err);
	if (j->gen->hash == a->gen->hash) {
		a->gen->last_good = false;
		if (was_wrong)
			log_info("peerlist", "the list on disk is good again, and the one in use");
		else if (r->asked)
			log_info("peerlist", "read again: nothing changed");
		if (r->asked)
			bgp_ask_again(a);
		return;
	}
	adopt(a, j->gen);
	j->gen = NULL;
}

static void on_loaded(struct job *job, void *ctx)
{
	struct load_job *j = (struct load_job *)job;
	struct agent *a = ctx;
	struct reload *r = &a->reload;

	r->flying = false;
	r->fingerprint = j->fingerprint;
	if (j->result == 0) {
		take_good(a, j);
	} else {
		if (take_faults(r, &j->faults) || r->asked)
			log_warn("peerlist",
				 "the list on disk is not taken; the last good one stays "
				 "in use");
	}
	load_free(j);
	r->asked = false;
	serve_ready(a);
	if (r->again)
		reload_now(a, "changed meanwhile");
}

void reload_now(struct agent *a, const char *why)
{
	struct reload *r = &a->reload;
	struct load_job *j;

	r->again = r->flying;
	if (r->flying)
		return;
	log_debug("peerlist", "reading %s: %s", a->conf->peers, why);
	j = load_new(a->conf);
	j->job = (struct job){.work = load_work, .done = on_loaded};
	j->old = generation_ref(a->gen);
	r->flying = true;
	serve_reloading(a);
	worker_add(a->worker, &j->job);
}

/* ---- the first one ---- */

/* What was in use when the agent ran last; NULL if there is no copy, or none of any use. */
static struct generation *load_copy(const struct agent *a, const char *copy, bool say)
{
	struct generation *g = NULL;
	struct faults faults;
	struct err err;
	int r;

	if (!copy)
		return NULL;
	faults_init(&faults);
	r = generation_load_last_good(copy, a->conf->site, &faults, &err, &g);
	if (r < 0 && say)
		log_error("peerlist", "no last good list either: %s", err.text);
	else if (r > 0 && say)
		log_error("peerlist", "the last good list of %s is of no use for site %s", copy,
			  a->conf->site);
	faults_done(&faults);
	return g;
}

/* The same rules as for a running agent, measured against the copy. */
int reload_first(struct agent *a)
{
	struct load_job *j = load_new(a->conf);
	struct generation *g = NULL;

	j->old = a->conf->force ? NULL : load_copy(a, j->keep, false);
	load_work(&j->job, NULL);
	a->reload.fingerprint = j->fingerprint;
	if (j->result == 0) {
		take_kept(&a->reload, j->kept, &j->err);
		g = j->gen;
		j->gen = NULL;
	} else {
		take_faults(&a->reload, &j->faults);
		g = load_copy(a, j->keep, true);
		if (g)
			log_warn("peerlist", "starting from the last good list, %s", j->keep);
	}
	if (g)
		adopt(a, g);
	load_free(j);
	return g ? 0 : EXIT_PEERLIST;
}

/* ---- when ---- */

struct scan_job {
	struct job job;
	const char *path;
	uint64_t fingerprint;
};

static void scan_work(struct job *job, struct edges *edges)
{
	struct scan_job *j = (struct scan_job *)job;

	j->fingerprint = changes_fingerprint(j->path);
}

static void settle(struct agent *a)
{
	struct reload *r = &a->reload;

	if (!ev_is_active(&r->settle)) {
		ev_timer_set(&r->settle, settle_s, 0.);
		ev_timer_start(a->loop, &r->settle);
	}
}

static void on_scanned(struct job *job, void *ctx)
{
	struct scan_job *j = (struct scan_job *)job;
	struct agent *a = ctx;

	if (j->fingerprint != a->reload.fingerprint && !a->reload.flying)
		settle(a);
	free(j);
}

static void on_scan(struct ev_loop *loop, ev_timer *w, int events)
{
	struct agent *a = w->data;
	struct reload *r = &a->reload;
	struct scan_job *j;

	/* A disk that was full has room again some day. */
	if (r->keep_error[0] && ++r->scans % KEEP_SCANS == 0) {
		reload_now(a, "its copy could not be written");
		return;
	}
	j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	j->job = (struct job){.work = scan_work, .done = on_scanned};
	j->path = a->conf->peers;
	worker_add(a->worker, &j->job);
}

static void on_changed(struct ev_loop *loop, ev_io *io, int events)
{
	if (changes_drain(io->fd))
		settle(io->data);
}

static void on_settled(struct ev_loop *loop, ev_timer *w, int events)
{
	reload_now(w->data, "it changed");
}

void reload_start(struct agent *a)
{
	struct reload *r = &a->reload;
	struct err err;
	int fd = changes_open(a->conf->peers, &err);

	ev_timer_init(&r->settle, on_settled, 0., 0.);
	ev_timer_init(&r->scan, on_scan, scan_s, scan_s);
	r->settle.data = r->scan.data = a;
	ev_timer_start(a->loop, &r->scan);
	ev_io_init(&r->changed, on_changed, fd, EV_READ);
	r->changed.data = a;
	if (fd >= 0)
		ev_io_start(a->loop, &r->changed);
	else
		log_debug("peerlist", "%s", err.text);
}

void reload_done(struct agent *a)
{
	struct reload *r = &a->reload;

	ev_timer_stop(a->loop, &r->settle);
	ev_timer_stop(a->loop, &r->scan);
	if (ev_is_active(&r->changed)) {
		ev_io_stop(a->loop, &r->changed);
		close(r->changed.fd);
	}
	faults_free(r);
}

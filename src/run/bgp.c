/*
 * bgp - keeps BIRD's files right, asks for its sessions, opens and closes them
 * Three jobs for the worker, at most one of each at a time: apply the files of a generation, poll,
 * act. BIRD may be away at any time; nothing here depends on it being there.
 */
#include "base/log.h"
#include "base/mono.h"
#include "run/inside.h"
#include "run/sessions.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double poll_s = 2;
enum { BIRD_WAIT_MS = 3000, ACTS_SAID = 40 };

static void poll_now(struct agent *a);

/* ---- files ---- */

struct apply_job {
	struct job job;
	struct generation *gen;
	int result;
	struct err err;
};

static void apply_work(struct job *job, struct edges *edges)
{
	struct apply_job *j = (struct apply_job *)job;

	j->result = birdfiles_apply(&edges->bird, j->gen->bird, &j->err);
}

static void say_files(struct bgp *b, enum bird_files_state files, const char *text)
{
	static const char *const words[] = {"not looked at", "BIRD has the current files",
					    "files written; BIRD reads them when it starts",
					    "refused", "the files are not in use"};

	if (b->files == files && strcmp(b->text, text) == 0)
		return;
	b->files = files;
	snprintf(b->text, sizeof(b->text), "%s", text);
	if (files == BIRD_FILES_REFUSED)
		log_error("bird", "BIRD refused the new files and keeps the old: %s", text);
	else if (files == BIRD_FILES_FAILED)
		log_error("bird", "%s: %s", words[files], text);
	else
		log_info("bird", "%s", words[files]);
}

static void take_files(struct agent *a, const struct apply_job *j)
{
	struct bgp *b = &a->bgp;

	if (j->result >= 0)
		backoff_done(&b->failed);
	switch (j->result) {
	case BIRDFILES_SAME:
		say_files(b, b->state == BIRD_ABSENT ? BIRD_FILES_WRITTEN : BIRD_FILES_CURRENT, "");
		break;
	case BIRDFILES_LOADED:
		say_files(b, BIRD_FILES_CURRENT, "");
		break;
	case BIRDFILES_WRITTEN:
		say_files(b, BIRD_FILES_WRITTEN, "");
		break;
	case BIRDFILES_REFUSED:
		say_files(b, BIRD_FILES_REFUSED, j->err.text);
		break;
	default:
		say_files(b, BIRD_FILES_FAILED, j->err.text);
		backoff_fail(&b->failed, mono_now_ns());
		ev_timer_stop(a->loop, &b->retry);
		ev_timer_set(&b->retry, (double)b->failed.step_ns / 1e9, 0.);
		ev_timer_start(a->loop, &b->retry);
	}
}

static void on_applied(struct job *job, void *ctx)
{
	struct apply_job *j = (struct apply_job *)job;
	struct agent *a = ctx;

	a->bgp.applying = false;
	if (j->gen == a->gen)
		take_files(a, j);
	if (j->result == BIRDFILES_LOADED)
		a->bgp.reconfigured = false;
	poll_now(a);
	generation_unref(j->gen);
	free(j);
	bgp_adopt(a);
}

static void apply_files(struct agent *a)
{
	struct apply_job *j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	j->job = (struct job){.work = apply_work, .done = on_applied};
	j->gen = generation_ref(a->gen);
	a->bgp.applying = true;
	a->bgp.applied = a->gen->serial;
	worker_add(a->worker, &j->job);
}

void bgp_adopt(struct agent *a)
{
	if (a->conf->with_bird && !a->bgp.applying && a->bgp.applied != a->gen->serial)
		apply_files(a);
}

void bgp_ask_again(struct agent *a)
{
	if (a->conf->with_bird && a->bgp.applied && !a->bgp.applying)
		apply_files(a);
}

/* Somebody may have edited or removed files; BIRD would not start without them. What was refused is
 * refused again until the list changes, somebody asks, or BIRD is a new one. */
void bgp_audit(struct agent *a)
{
	if (a->bgp.files != BIRD_FILES_REFUSED)
		bgp_ask_again(a);
}

static void on_retry(struct ev_loop *loop, ev_timer *w, int events)
{
	struct agent *a = w->data;

	if (!a->bgp.applying)
		apply_files(a);
}

/* ---- poll ---- */

struct poll_job {
	struct job job;
	struct arena *arena;
	bool reconfigure;
	int error;
	struct err err;
	char version[32];
	struct bird_sessions sessions;
};

static int ask_bird(struct poll_job *j, struct bird *b)
{
	char *reply;

	snprintf(j->version, sizeof(j->version), "%s", bird_version(b));
	if (j->reconfigure)
		bird_command(b, j->arena, "configure", &reply, &j->err);
	return bird_read_sessions(b, j->arena, &j->sessions, &j->err);
}

static void poll_work(struct job *job, struct edges *edges)
{
	struct poll_job *j = (struct poll_job *)job;
	struct bird *b;

	j->error = bird_open(edges->bird.socket, BIRD_WAIT_MS, &j->err, &b);
	if (j->error < 0)
		return;
	j->error = ask_bird(j, b);
	bird_close(b);
}

static int by_session(const void *key, const void *item)
{
	return strcmp(key, ((const struct bird_session *)item)->name);
}

/* Return: whether it came or went. */
static bool say_session(const struct session *s, const struct bird_session *now, bool say)
{
	bool came = s->seen && now->established && !s->established;
	bool lost = s->seen && s->established && !now->established && !now->disabled;

	if (came && say)
		log_info("bird", "%s: %s", s->name, now->state);
	else if (lost && say)
		log_warn("bird", "%s: lost, now %s%s%s", s->name, now->state,
			 now->info[0] ? ": " : "", now->info);
	return came || lost;
}

static bool take_session(struct session *s, const struct bird_sessions *all, size_t *changes)
{
	const struct bird_session *now =
		all->n ? bsearch(s->name, all->list, all->n, sizeof(*all->list), by_session) : NULL;

	if (!now) {
		s->seen = false;
		return false;
	}
	*changes += say_session(s, now, *changes < ACTS_SAID);
	session_told(s, now);
	return true;
}

static size_t take_sessions(struct agent *a, const struct bird_sessions *all)
{
	size_t missing = 0, changes = 0;

	for (size_t i = 0; i < a->links.n; i++) {
		for (int f = 0; f < 2; f++) {
			struct session *s = &a->links.list[i].bgp[f];

			if (s->name[0])
				missing += !take_session(s, all, &changes);
		}
	}
	if (changes > ACTS_SAID)
		log_info("bird", "%zu more sessions came up or were lost", changes - ACTS_SAID);
	return missing;
}

static void forget_sessions(struct agent *a)
{
	for (size_t i = 0; i < a->links.n; i++)
		for (int f = 0; f < 2; f++)
			a->links.list[i].bgp[f].seen = false;
}

/* BIRD runs without some of what its files say: it was not told, or does not include them. */
static void look_for_missing(struct agent *a, size_t missing)
{
	struct bgp *b = &a->bgp;
	char text[sizeof(b->missing)];

	text[0] = '\0';
	if (missing && b->files == BIRD_FILES_CURRENT && !b->applying &&
	    b->applied == a->gen->serial) {
		if (!b->reconfigured) {
			b->reconfigure = b->reconfigured = true;
			poll_now(a);
			return;
		}
		snprintf(text, sizeof(text),
			 "%zu of our sessions are not there: its bird.conf needs the line  include "
			 "\"%s/*.conf\";",
			 missing, a->conf->bird_dir);
	}
	if (strcmp(text, b->missing) != 0 && text[0])
		log_warn("bird", "%s", text);
	snprintf(b->missing, sizeof(b->missing), "%s", text);
}

static void bird_away(struct agent *a, const char *text)
{
	struct bgp *b = &a->bgp;

	bool went = b->state == BIRD_RUNNING;

	if (b->state != BIRD_ABSENT || strcmp(b->poll_text, text) != 0)
		log_warn("bird", "%s", text);
	b->state = BIRD_ABSENT;
	b->version[0] = b->missing[0] = '\0';
	snprintf(b->poll_text, sizeof(b->poll_text), "%s", text);
	forget_sessions(a);
	/* It may be away because its files are: they must be there for its next start. */
	if (went)
		bgp_ask_again(a);
}

static void bird_here(struct agent *a, const struct poll_job *j)
{
	struct bgp *b = &a->bgp;
	bool came = b->state != BIRD_RUNNING;

	if (came)
		log_info("bird", "BIRD %s answers", j->version);
	b->state = BIRD_RUNNING;
	b->poll_text[0] = '\0';
	snprintf(b->version, sizeof(b->version), "%s", j->version);
	size_t missing = take_sessions(a, &j->sessions);

	if (came) {
		/* A new BIRD: are the files it read the ones we mean? */
		b->reconfigured = false;
		if (b->applied && !b->applying)
			apply_files(a);
		return;
	}
	look_for_missing(a, missing);
}

static void on_polled(struct job *job, void *ctx)
{
	struct poll_job *j = (struct poll_job *)job;
	struct agent *a = ctx;

	a->bgp.polling = false;
	if (j->error < 0)
		bird_away(a, j->err.text);
	else
		bird_here(a, j);
	arena_free(j->arena);
	bgp_act(a);
}

static void poll_now(struct agent *a)
{
	struct bgp *b = &a->bgp;
	struct arena *arena;
	struct poll_job *j;

	if (b->polling)
		return;
	arena = arena_new();
	j = arena_alloc(arena, sizeof(*j));
	j->job = (struct job){.work = poll_work, .done = on_polled};
	j->arena = arena;
	j->reconfigure = b->reconfigure;
	b->reconfigure = false;
	b->polling = true;
	worker_add(a->worker, &j->job);
}

static void on_poll(struct ev_loop *loop, ev_timer *w, int events)
{
	poll_now(w->data);
}

/* ---- open and close ---- */

struct act {
	int link, family;
	bool open;
	char name[SYMBOL_BYTES];
	int error;
};

struct act_job {
	struct job job;
	struct arena *arena;
	struct generation *gen;
	struct act *acts;
	size_t n;
	int error;
	struct err err;
};

static void act_work(struct job *job, struct edges *edges)
{
	struct act_job *j = (struct act_job *)job;
	struct bird *b;

	j->error = bird_open(edges->bird.socket, BIRD_WAIT_MS, &j->err, &b);
	if (j->error < 0)
		return;
	for (size_t i = 0; i < j->n; i++) {
		struct act *k = &j->acts[i];

		k->error = k->open ? bird_open_session(b, k->name, &j->err)
				   : bird_shut_session(b, k->name, &j->err);
	}
	bird_close(b);
}

static void take_act(struct agent *a, const struct act *k, const struct act_job *j)
{
	struct session *s = &a->links.list[k->link].bgp[k->family];

	if (k->error) {
		if (!s->stuck)
			log_warn("bird", "%s: not %s: %s", k->name, k->open ? "opened" : "closed",
				 j->err.text);
		s->stuck = true;
		return;
	}
	session_acted(s, k->open);
}

static void say_many_acts(const struct act_job *j)
{
	size_t opened = 0, closed = 0;

	for (size_t i = 0; i < j->n; i++) {
		opened += !j->acts[i].error && j->acts[i].open;
		closed += !j->acts[i].error && !j->acts[i].open;
	}
	log_info("bird", "%zu sessions closed, %zu opened, as their links are", closed, opened);
}

/* Both families of a link in one line. */
static void say_acts(const struct agent *a, const struct act_job *j)
{
	assert(j->acts);
	if (j->n > ACTS_SAID) {
		say_many_acts(j);
		return;
	}
	for (size_t i = 0; i < j->n; i++) {
		const struct act *k = &j->acts[i], *next = i + 1 < j->n ? k + 1 : NULL;
		bool both = next && next->link == k->link && next->open == k->open &&
			    !next->error && !k->error;

		if (k->error)
			continue;
		log_info("bird", "link %s is %s: %s%s%s %s", a->links.list[k->link].n->link->name,
			 k->open ? "up" : "down", k->name, both ? ", " : "", both ? next->name : "",
			 k->open ? "opened" : "closed");
		i += both;
	}
}

static void take_acts(struct agent *a, const struct act_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		take_act(a, &j->acts[i], j);
	say_acts(a, j);
}

static void on_acted(struct job *job, void *ctx)
{
	struct act_job *j = (struct act_job *)job;
	struct agent *a = ctx;

	a->bgp.acting = false;
	if (j->error < 0)
		bird_away(a, j->err.text);
	else if (j->gen == a->gen)
		take_acts(a, j);
	generation_unref(j->gen);
	arena_free(j->arena);
	if (a->bgp.act_again)
		bgp_act(a);
}

static size_t collect(const struct agent *a, struct act *acts)
{
	size_t n = 0;

	for (size_t i = 0; i < a->links.n; i++) {
		const struct link *l = &a->links.list[i];

		for (int f = 0; f < 2; f++) {
			const struct session *s = &l->bgp[f];
			enum session_act what =
				s->seen ? sessions_decide(l->verdict, s->disabled, s->ours)
					: SESSION_LEAVE;

			if (what == SESSION_LEAVE)
				continue;
			acts[n] = (struct act){(int)i, f, what == SESSION_OPEN, "", 0};
			memcpy(acts[n++].name, s->name, sizeof(s->name));
		}
	}
	return n;
}

void bgp_act(struct agent *a)
{
	struct bgp *b = &a->bgp;
	struct arena *arena;
	struct act_job *j;

	b->act_again = b->acting;
	if (b->acting || b->state != BIRD_RUNNING)
		return;
	arena = arena_new();
	j = arena_alloc(arena, sizeof(*j));
	j->acts = arena_array(arena, 2 * a->links.n + 1, sizeof(*j->acts));
	j->n = collect(a, j->acts);
	if (!j->n) {
		arena_free(arena);
		return;
	}
	j->job = (struct job){.work = act_work, .done = on_acted, .urgent = true};
	j->arena = arena;
	j->gen = generation_ref(a->gen);
	b->acting = true;
	worker_add(a->worker, &j->job);
}

/* ---- begin and end ---- */

void bgp_start(struct agent *a)
{
	struct bgp *b = &a->bgp;

	ev_timer_init(&b->poll, on_poll, 0., poll_s);
	ev_timer_init(&b->retry, on_retry, 0., 0.);
	b->poll.data = b->retry.data = a;
	if (a->conf->with_bird)
		ev_timer_start(a->loop, &b->poll);
}

void bgp_done(struct agent *a)
{
	ev_timer_stop(a->loop, &a->bgp.poll);
	ev_timer_stop(a->loop, &a->bgp.retry);
}

/*
 * birdfiles - see birdfiles.h
 *
 * Where a kill can strike, and what the next call finds:
 *   while staging         .new is left behind        removed, or written again
 *   before the swap       a generation, not linked   taken as it is, or pruned
 *   before configure      files new, BIRD old        BIRD is asked: it has another generation
 *   before confirm        BIRD undoes by itself      likewise; or still unconfirmed: confirmed
 *   while going back      files old, BIRD undoes     the same wish is tried again
 */
#include "edge/birdfiles.h"

#include "base/text.h"
#include "edge/birdfiles_check.h"
#include "edge/birdfiles_load.h"
#include "edge/birdfiles_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MS = 15000, CHECK_MS = 60000, UNDO_S = 60, UNDO_MIN_S = 12 };

/* One call of birdfiles_apply(). */
struct apply {
	const struct birdfiles_conf *conf;
	const struct bird_files *files;
	struct birdstore store;
	struct birdload load; /* .bird NULL: BIRD is not running */
	char old[GENERATION_NAME], name[GENERATION_NAME];
};

/* Before anything is written: a BIRD that hangs would have files it never read. */
static int open_bird(struct apply *a, struct err *err)
{
	if (!a->conf->socket)
		return 0;
	int answer_ms = a->conf->answer_ms > 0 ? a->conf->answer_ms : ANSWER_MS;
	int r = bird_open(a->conf->socket, answer_ms, err, &a->load.bird);

	if (r == -ENOENT || r == -ECONNREFUSED)
		return 0;
	return r ? r : birdload_look(&a->load, err);
}

/* Back to the old files, and BIRD with them. @err keeps the reason. */
static int go_back(struct apply *a, bool bird_has_them, struct err *err)
{
	struct err trouble = {""};
	int r = birdstore_point(&a->store, a->old, &trouble);

	if (bird_has_them && birdload_undo(&a->load, &trouble) < 0)
		r = r ? r : -EIO;
	if (r < 0) {
		size_t n = strlen(err->text);

		snprintf(err->text + n, sizeof(err->text) - n, "; and going back failed: %s",
			 trouble.text);
	}
	return BIRDFILES_REFUSED;
}

static int load(struct apply *a, struct err *err)
{
	a->load.old_name = a->old;
	a->load.new_name = a->name;
	int r = birdload_configure(&a->load, err);

	if (r == BIRDLOAD_OK)
		r = birdload_confirm(&a->load, err);
	if (r == BIRDLOAD_OK)
		return BIRDFILES_LOADED;
	if (r < 0)
		return r; /* BIRD undoes by itself; the next call compares and decides anew */
	return go_back(a, r == BIRDLOAD_LOST, err);
}

/* The files are right already; is what BIRD runs? */
static int same_files(struct apply *a, struct err *err)
{
	birdstore_clean(&a->store);
	if (!a->load.bird)
		return BIRDFILES_SAME;
	/* the set to go back to, should BIRD refuse: the one it runs, if that is still there */
	bool known = birdstore_has(&a->store, a->load.loaded);

	snprintf(a->name, sizeof(a->name), "%s", a->store.current);
	snprintf(a->old, sizeof(a->old), "%s", known ? a->load.loaded : a->store.current);
	if (strcmp(a->load.loaded, a->name) != 0)
		return load(a, err);
	if (!a->load.unconfirmed)
		return BIRDFILES_SAME;
	int r = birdload_confirm(&a->load, err);

	if (r < 0)
		return r;
	return r == BIRDLOAD_OK ? BIRDFILES_LOADED : load(a, err);
}

static int check_and_keep(struct apply *a, struct err *err)
{
	bool stands = false;
	int r = birdstore_stage(&a->store, a->files, a->name, &stands, err);

	if (r || stands)
		return r;
	if (a->conf->bird)
		r = birdfiles_check(a->conf->bird, a->store.stage,
				    a->conf->check_ms > 0 ? a->conf->check_ms : CHECK_MS, err);
	if (r) {
		birdstore_clean(&a->store);
		return r < 0 ? r : BIRDFILES_REFUSED;
	}
	return birdstore_keep(&a->store, a->name, err);
}

static int new_files(struct apply *a, struct err *err)
{
	int r = check_and_keep(a, err);

	if (r)
		return r;
	snprintf(a->old, sizeof(a->old), "%s", a->store.current);
	r = birdstore_point(&a->store, a->name, err);
	if (r)
		return r;
	r = a->load.bird ? load(a, err) : BIRDFILES_WRITTEN;
	if (r == BIRDFILES_REFUSED)
		birdstore_drop(&a->store, a->name);
	else
		birdstore_prune(&a->store, a->name, a->old);
	return r;
}

static int apply(struct apply *a, struct err *err)
{
	int r = open_bird(a, err);

	if (r)
		return r;
	if (birdstore_holds(&a->store, a->store.current, a->files))
		return same_files(a, err);
	return new_files(a, err);
}

int birdfiles_apply(const struct birdfiles_conf *c, const struct bird_files *f, struct err *err)
{
	struct apply a = {.conf = c, .files = f};
	struct err own = {""};
	int r;

	err = err ? err : &own;
	r = birdstore_open(&a.store, c->dir, true, err);
	if (r)
		return r;
	a.load.arena = arena_new();
	a.load.store = &a.store;
	a.load.undo_s = c->undo_s > 0 ? c->undo_s : UNDO_S;
	if (a.load.undo_s < UNDO_MIN_S)
		a.load.undo_s = UNDO_MIN_S; /* looking takes five seconds at most */
	r = apply(&a, err);
	bird_close(a.load.bird);
	arena_free(a.load.arena);
	birdstore_done(&a.store);
	return r;
}

int birdfiles_differ(const struct birdfiles_conf *c, const struct bird_files *f, struct arena *a,
		     char **ret, struct err *err)
{
	struct birdstore s;
	struct text t;
	int r = birdstore_open(&s, c->dir, false, err);

	if (r)
		return r;
	text_init(&t);
	birdstore_differ(&s, f, &t);
	*ret = arena_strndup(a, text_str(&t), t.len);
	text_done(&t);
	birdstore_done(&s);
	return 0;
}

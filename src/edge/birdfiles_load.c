/* birdfiles_load - see birdfiles_load.h */
#include "edge/birdfiles_load.h"

#include "base/mono.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BIRD's reply codes, as its cli.h lists them; the numbers never changed since 1.x. */
enum {
	RECONFIGURED = 3,
	RECONFIGURING = 4,
	RECONFIGURE_QUEUED = 5,
	CONFIRMED = 18,
	NOTHING_TO_DO = 19,
	EVALUATED = 23,
};

enum { PROGRESS_TRIES = 300, PROGRESS_MS = 100, RETURN_MS = 5000, LOOK_MS = 250 };

static int read_generation(struct birdload *l, struct err *err)
{
	char *reply = NULL;
	int code = bird_command(l->bird, l->arena, "eval gx_generation", &reply, err);

	if (code < 0)
		return code;
	l->loaded = "";
	if (code != EVALUATED)
		return 0; /* it does not know the symbol: files of ours were never loaded */
	size_t quote = reply[0] == '"';

	l->loaded = arena_strndup(l->arena, reply + quote, strcspn(reply + quote, "\"\n"));
	return 0;
}

static int read_status(struct birdload *l, bool *busy, struct err *err)
{
	char *reply = NULL;
	int code = bird_command(l->bird, l->arena, "configure status", &reply, err);

	if (code < 0)
		return code;
	*busy = strstr(reply, "Reconfiguration in progress") != NULL;
	l->unconfirmed = strstr(reply, "unconfirmed") != NULL;
	return 0;
}

int birdload_look(struct birdload *l, struct err *err)
{
	bool busy = false;
	int r = read_generation(l, err);

	if (r == 0)
		r = read_status(l, &busy, err);
	return r ? r : bird_read_sessions(l->bird, l->arena, &l->before, err);
}

/* A large reconfiguration goes on in the background. */
static int await_progress(struct birdload *l, struct err *err)
{
	for (int i = 0; i < PROGRESS_TRIES; i++) {
		bool busy = false;
		int r = read_status(l, &busy, err);

		if (r || !busy)
			return r;
		poll(NULL, 0, PROGRESS_MS);
	}
	return err_set(err, -ETIMEDOUT, "BIRD is still reconfiguring after %d s; look at its log",
		       PROGRESS_TRIES * PROGRESS_MS / 1000);
}

/* "gx_fra_v4" -> "peer-fra.conf", as render/bird names them */
static const char *file_of(struct arena *a, const char *session)
{
	size_t n = strlen(session);

	return n > 6 ? arena_printf(a, "peer-%.*s.conf", (int)(n - 6), session + 3) : "";
}

static const struct bird_session *find(const struct bird_sessions *all, const char *name)
{
	for (size_t low = 0, high = all->n; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(name, all->list[mid].name);

		if (c == 0)
			return &all->list[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Was Established, its file is the same, and it is not Established now. */
static bool is_lost(struct birdload *l, const struct bird_session *was,
		    const struct bird_session *is)
{
	if (!was->established || (is && is->established))
		return false;
	return birdstore_same_file(l->store, l->old_name, l->new_name,
				   file_of(l->arena, was->name));
}

struct losses {
	size_t up, lost;
	size_t shut; /* of the lost: those that are down, as one that restarts is for a moment */
	const struct bird_session *first;
};

static int count_losses(struct birdload *l, struct losses *ret, struct err *err)
{
	struct bird_sessions now;
	int r = bird_read_sessions(l->bird, l->arena, &now, err);

	if (r)
		return r;
	*ret = (struct losses){0};
	for (size_t i = 0; i < l->before.n; i++) {
		const struct bird_session *was = &l->before.list[i];
		const struct bird_session *is = find(&now, was->name);

		ret->up += was->established;
		if (!is_lost(l, was, is))
			continue;
		ret->lost++;
		ret->shut += is && is->disabled;
		if (!ret->first && !(is && is->disabled))
			ret->first = was;
	}
	return 0;
}

/*
 * Sessions whose text is the same stay up through a configure; what is down right after it was
 * brought down by it. A change of the shared templates restarts all of them, so they get time to
 * come back, more of it then, and some members who are away at that moment do not count. Nor does
 * a session that is still down at the end: somebody shut it meanwhile.
 */
static int await_sessions(struct birdload *l, struct err *err)
{
	bool shared = !birdstore_same_file(l->store, l->old_name, l->new_name, "00-shared.conf");
	int wait_ms = shared && l->undo_s * 500 > RETURN_MS ? l->undo_s * 500 : RETURN_MS;
	uint64_t end = mono_now_ns() + (uint64_t)wait_ms * NS_PER_MS;
	struct losses n;

	do {
		poll(NULL, 0, LOOK_MS);
		int r = count_losses(l, &n, err);

		if (r || n.lost == 0)
			return r;
	} while (mono_now_ns() < end);
	n.lost -= n.shut;
	if (n.lost == 0 || (shared && n.lost * 2 < n.up))
		return 0;
	err_set(err, 0,
		"%zu of %zu sessions did not come back within %d s after the new files were "
		"loaded, "
		"%s first; the old files are back",
		n.lost, n.up, wait_ms / 1000, n.first->name);
	return BIRDLOAD_LOST;
}

/* "Reading configuration from bird.conf" and the like say nothing about what is wrong. */
static const char *last_line(const char *reply)
{
	const char *at = strrchr(reply, '\n');

	return at ? at + 1 : reply;
}

static int not_included(struct birdload *l, struct err *err)
{
	birdload_undo(l, NULL);
	return err_set(
		err, -ENOLINK,
		"BIRD runs, but its configuration does not include these files; add the line: "
		"include \"%s/*.conf\";",
		l->store->link);
}

int birdload_configure(struct birdload *l, struct err *err)
{
	char *reply = NULL;
	const char *command = arena_printf(l->arena, "configure timeout %d", l->undo_s);
	int code = bird_command(l->bird, l->arena, command, &reply, err);

	if (code < 0)
		return code;
	if (code != RECONFIGURED && code != RECONFIGURING && code != RECONFIGURE_QUEUED) {
		err_set(err, 0, "BIRD: %s", last_line(reply));
		return BIRDLOAD_REFUSED;
	}
	int r = await_progress(l, err);

	if (r == 0)
		r = read_generation(l, err);
	if (r == 0 && strcmp(l->loaded, l->new_name) != 0)
		return not_included(l, err);
	return r ? r : await_sessions(l, err);
}

int birdload_confirm(struct birdload *l, struct err *err)
{
	char *reply = NULL;
	int code = bird_command(l->bird, l->arena, "configure confirm", &reply, err);

	if (code < 0)
		return code;
	if (code == CONFIRMED)
		return BIRDLOAD_OK;
	err_set(err, 0, "BIRD took the files back before they were confirmed: %s",
		last_line(reply));
	return BIRDLOAD_REFUSED;
}

int birdload_undo(struct birdload *l, struct err *err)
{
	char *reply = NULL;
	int code = bird_command(l->bird, l->arena, "configure undo", &reply, err);

	if (code < 0)
		return code;
	if (code == RECONFIGURED || code == NOTHING_TO_DO)
		return 0;
	return await_progress(l, err);
}

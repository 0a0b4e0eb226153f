/*
 * birdsock - BIRD's control socket, every call bounded in time and bytes
 * One command at a time: BIRD answers in order. After a timeout or a broken reply nobody knows
 * which answer would come next, so the connection is dead from then on.
 */
#include "edge/birdsock.h"

#include "base/mono.h"
#include "base/text.h"
#include "edge/birdreply.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { RETRY_MS = 20 };

struct bird {
	int fd;
	int timeout_ms;
	bool dead;
	struct arena *arena; /* path, version */
	const char *path, *version;
	struct text in;
};

static uint64_t deadline_of(const struct bird *b)
{
	return mono_now_ns() + (uint64_t)b->timeout_ms * NS_PER_MS;
}

static int left_ms(uint64_t deadline)
{
	uint64_t now = mono_now_ns();

	return now >= deadline ? 0 : (int)((deadline - now) / NS_PER_MS) + 1;
}

static int broken(struct bird *b, int code, struct err *err, const char *what)
{
	b->dead = true;
	return err_set(err, code, "BIRD at %s: %s", b->path, what);
}

static int silent(struct bird *b, struct err *err)
{
	b->dead = true;
	return err_set(
		err, -ETIMEDOUT,
		"BIRD at %s: no answer within %d ms; it hangs or is very busy, look at its log",
		b->path, b->timeout_ms);
}

/* Return: 0 when the socket is ready for @events before @deadline. */
static int await(struct bird *b, short events, uint64_t deadline, struct err *err)
{
	struct pollfd p = {.fd = b->fd, .events = events};

	for (;;) {
		int left = left_ms(deadline), n = poll(&p, 1, left);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return broken(b, -errno, err, strerror(errno));
		if (n == 0 || left == 0)
			return silent(b, err);
	}
}

static int write_all(struct bird *b, const char *s, size_t n, uint64_t deadline, struct err *err)
{
	while (n > 0) {
		ssize_t done = send(b->fd, s, n, MSG_NOSIGNAL);

		if (done >= 0) {
			s += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			int r = await(b, POLLOUT, deadline, err);

			if (r)
				return r;
		} else if (errno != EINTR) {
			return broken(b, -errno, err, "it closed the connection");
		}
	}
	return 0;
}

/* One read into b->in. Return: 0, also when nothing was there yet. */
static int read_some(struct bird *b, uint64_t deadline, struct err *err)
{
	char buf[16384];
	int r = await(b, POLLIN, deadline, err);

	if (r)
		return r;
	ssize_t n = recv(b->fd, buf, sizeof(buf), 0);

	if (n > 0) {
		text_add(&b->in, buf, (size_t)n);
		return 0;
	}
	if (n == 0)
		return broken(b, -ECONNRESET, err, "it closed the connection; was it stopped?");
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return broken(b, -errno, err, strerror(errno));
}

static int read_reply(struct bird *b, struct arena *a, uint64_t deadline, struct birdreply *ret,
		      struct err *err)
{
	struct birdreply_scan scan = {0};
	int r;

	while ((r = birdreply_scan(&scan, text_str(&b->in), b->in.len)) == BIRDREPLY_MORE) {
		if (b->in.len > BIRDREPLY_MAX)
			return broken(b, -EPROTO, err, "its answer is longer than 64 MiB");
		r = read_some(b, deadline, err);
		if (r)
			return r;
		if (left_ms(deadline) == 0)
			return silent(b, err);
	}
	if (r < 0)
		return broken(b, -EPROTO, err,
			      "its answer is not what BIRD writes; is it BIRD's socket?");
	/* Nothing was asked beyond this reply, so nothing may follow it but log lines. */
	birdreply_parse(a, text_str(&b->in), scan.at, ret);
	text_reset(&b->in);
	return 0;
}

static int connect_failed(const char *path, int code, struct err *err)
{
	switch (code) {
	case ENOENT:
		return err_set(err, -ENOENT, "%s: no such socket; is BIRD running?", path);
	case ECONNREFUSED:
		return err_set(err, -ECONNREFUSED, "%s: nobody listens; start BIRD", path);
	case EACCES:
	case EPERM:
		return err_set(
			err, -EACCES,
			"%s: permission denied; it belongs to BIRD's group, run as root or join it",
			path);
	default:
		return err_set(err, -code, "%s: %s", path, strerror(code));
	}
}

static int connect_until(struct bird *b, uint64_t deadline, struct err *err)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (strlen(b->path) >= sizeof(sun.sun_path))
		return err_set(err, -ENAMETOOLONG, "%s: too long for a socket, at most %zu bytes",
			       b->path, sizeof(sun.sun_path) - 1);
	memcpy(sun.sun_path, b->path, strlen(b->path) + 1);
	b->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (b->fd < 0)
		return err_set(err, -errno, "a socket for BIRD: %s", strerror(errno));
	/* EAGAIN: the queue of a BIRD that does not accept is full; nothing to poll for */
	while (connect(b->fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return connect_failed(b->path, errno, err);
		if (left_ms(deadline) == 0)
			return silent(b, err);
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

static int greet(struct bird *b, struct err *err)
{
	uint64_t deadline = deadline_of(b);
	struct birdreply r = {0};
	int code = connect_until(b, deadline, err);

	if (code)
		return code;
	code = read_reply(b, b->arena, deadline, &r, err);
	if (code)
		return code;
	b->version = birdreply_version(b->arena, &r);
	if (!b->version)
		return broken(b, -EPROTO, err, "it does not greet like BIRD; is it BIRD's socket?");
	return 0;
}

int bird_open(const char *path, int timeout_ms, struct err *err, struct bird **ret)
{
	struct bird *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->fd = -1;
	b->timeout_ms = timeout_ms;
	b->arena = arena_new();
	b->path = arena_strdup(b->arena, path);
	text_init(&b->in);
	int r = greet(b, err);

	if (r) {
		bird_close(b);
		return r;
	}
	*ret = b;
	return 0;
}

struct bird *bird_close(struct bird *b)
{
	if (!b)
		return NULL;
	if (b->fd >= 0)
		close(b->fd);
	text_done(&b->in);
	arena_free(b->arena);
	free(b);
	return NULL;
}

const char *bird_version(const struct bird *b)
{
	return b->version;
}

static int ask(struct bird *b, struct arena *a, const char *command, struct birdreply *ret,
	       struct err *err)
{
	uint64_t deadline = deadline_of(b);

	/* a newline would be a second command, and its answer would be taken for the next one's */
	assert(!strchr(command, '\n'));
	if (b->dead)
		return err_set(err, -ENOTCONN,
			       "BIRD at %s: the connection broke before; open it again", b->path);
	char *line = arena_printf(a, "%s\n", command);
	int r = write_all(b, line, strlen(line), deadline, err);

	return r ? r : read_reply(b, a, deadline, ret, err);
}

int bird_command(struct bird *b, struct arena *a, const char *command, char **reply,
		 struct err *err)
{
	struct birdreply r = {0};
	int code = ask(b, a, command, &r, err);

	if (code)
		return code;
	if (reply)
		*reply = birdreply_text(a, &r);
	return r.code;
}

enum { NO_PROTOCOLS_MATCH = 8003 };

int bird_read_sessions(struct bird *b, struct arena *a, struct bird_sessions *ret, struct err *err)
{
	struct birdreply r = {0};
	int code = ask(b, a, "show protocols all \"gx_*\"", &r, err);

	if (code)
		return code;
	if (r.code >= 8000 && r.code != NO_PROTOCOLS_MATCH)
		return err_set(err, -EPROTO, "BIRD at %s: show protocols: %s", b->path,
			       birdreply_text(a, &r));
	birdreply_sessions(a, &r, ret);
	return 0;
}

static bool has_code(const struct birdreply *r, int code)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->list[i].code == code)
			return true;
	return false;
}

/* Runs "@verb @name@more"; fine when BIRD answers @done or @already, "0009-NAME: disabled", "0000 ". */
static int session_command(struct bird *b, const char *verb, const char *name, const char *more,
			   int done, int already, struct err *err)
{
	struct arena *a = arena_new();
	struct birdreply r = {0};
	int code;

	for (const char *c = name; *c; c++)
		assert(isalnum((unsigned char)*c) || *c == '_');
	code = ask(b, a, arena_printf(a, "%s %s%s", verb, name, more), &r, err);
	if (code == 0 && !has_code(&r, done) && !has_code(&r, already))
		code = err_set(err, r.code >= 9000 ? -ENOENT : -EPROTO,
			       "BIRD at %s: %s %s: %s; does BIRD run the current files?", b->path,
			       verb, name, birdreply_text(a, &r));
	arena_free(a);
	return code;
}

int bird_open_session(struct bird *b, const char *name, struct err *err)
{
	return session_command(b, "enable", name, "", 11, 10, err);
}

int bird_shut_session(struct bird *b, const char *name, struct err *err)
{
	return session_command(b, "disable", name, " \"" BIRD_SHUT_WORDS "\"", 9, 8, err);
}

/*
 * birdsock - talk to a running BIRD through its control socket
 * Calls block, each for at most the given time: the agent makes them in its worker.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bird;

/** bird_open() - connect and read the greeting; -ENOENT, -ECONNREFUSED, -EACCES, -ETIMEDOUT with a line */
int bird_open(const char *path, int timeout_ms, struct err *err, struct bird **ret);
struct bird *bird_close(struct bird *b);
/** bird_version() - "2.0.12", from the greeting */
const char *bird_version(const struct bird *b);

/** bird_command() - one command; @reply: every line of the answer joined by newlines, in @a
 *  Return: the last reply code (0..9999), e.g. 3 "Reconfigured", 8002 "..."; or a negative errno */
int bird_command(struct bird *b, struct arena *a, const char *command, char **reply,
		 struct err *err);

struct bird_session {
	const char *name;  /* "gx_fra_v4" */
	const char *state; /* "Established", "Active", "Idle", "Down" ... */
	const char *
		info; /* last error, in BIRD's words, "(...)" what the one who shut it said; or "" */
	const char *since; /* as BIRD prints it */
	bool established, disabled;
	uint32_t imported, exported, filtered;
};

struct bird_sessions {
	struct bird_session *list; /* those whose name starts with gx_, sorted by name */
	size_t n;
};

int bird_read_sessions(struct bird *b, struct arena *a, struct bird_sessions *ret, struct err *err);

/* What the other end, and the next agent, read of a session that grix shut (RFC 9003). */
#define BIRD_SHUT_WORDS "grix: the link is down"

/** bird_open_session(), bird_shut_session() - "enable", "disable"; 0 also when it was so already.
 *  The peer is told that the link is down (RFC 9003). BIRD forgets it when it restarts. */
int bird_open_session(struct bird *b, const char *name, struct err *err);
int bird_shut_session(struct bird *b, const char *name, struct err *err);

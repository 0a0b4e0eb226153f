/*
 * statussock - the agent's local socket, from both sides
 * Unix stream, mode 0660. A client connects, may send the line "status", gets one JSON document
 * (render/status) and end of file.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

enum { STATUS_ANSWER_MAX = 64 << 20 };

/** status_path() - the default of site @site, "/run/grix/SITE.sock", in @a */
char *status_path(struct arena *a, const char *site);

/**
 * status_fetch() - ask the agent, for at most @timeout_ms in all
 * Return: 0 with the JSON text in @a; -ENOENT or -ECONNREFUSED when no agent runs there, -EACCES,
 * -ETIMEDOUT, with a line that says what to do.
 */
int status_fetch(const char *path, int timeout_ms, struct arena *a, char **ret, size_t *len,
		 struct err *err);

/* The serving side: a non-blocking listener and the lock that keeps a second agent away. */
struct status_listener {
	int fd, lock;
	char path[108];
};

/** status_listen() - make the folder and the socket; -EADDRINUSE when an agent holds it already */
int status_listen(const char *path, struct err *err, struct status_listener *ret);
/** status_unlisten() - close and remove the socket */
void status_unlisten(struct status_listener *l);

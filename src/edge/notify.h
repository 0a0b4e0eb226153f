/*
 * notify - tell systemd how we are
 * One datagram to the socket that NOTIFY_SOCKET names; nothing where it names none. Source:
 * sd_notify(3).
 */
#pragma once

#include "base/err.h"

#include <stdint.h>

struct notify {
	int fd;		      /* -1: nobody listens */
	uint64_t watchdog_ns; /* how often systemd wants to hear WATCHDOG=1, 0: not at all */
};

/** notify_open() - from NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. 0 also when not set */
int notify_open(struct err *err, struct notify *ret);
void notify_close(struct notify *n);
/** notify_send() - "READY=1\nSTATUS=..."; never blocks. Return: 0 or negative errno */
int notify_send(const struct notify *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * err - one human line for what the world refused
 * Functions that touch the world return 0 or a negative errno, forwarded unchanged, and
 * leave one line that names the object and says what to do.
 */
#pragma once

struct err {
	char text[512];
};

/** err_set() - write the line; @e may be NULL. Return: @code */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Exit codes of every program, see docs/map.md. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_DIFFERS = 2,
	EXIT_USAGE = 64,
	EXIT_PEERLIST = 65,
	EXIT_UNREACHABLE = 69,
	EXIT_CAPABILITY = 77,
	EXIT_CONFIGURATION = 78,
};

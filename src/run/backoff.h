/*
 * backoff - when to try again, and when somebody is fighting us
 * Pure: told the time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Doubles with every failure; all zero at first. */
struct backoff {
	uint64_t step_ns, until_ns;
};

/* 1 s, 2 s, 4 s ... 60 s */
#define BACKOFF_FIRST_NS UINT64_C(1000000000)
#define BACKOFF_LAST_NS UINT64_C(60000000000)

/** backoff_fail() - it failed at @now: wait longer than the last time */
void backoff_fail(struct backoff *b, uint64_t now_ns);
/** backoff_done() - it went well: the next failure waits the shortest time again */
void backoff_done(struct backoff *b);
bool backoff_held(const struct backoff *b, uint64_t now_ns);

/*
 * Repairs of one tunnel. Somebody typing a few commands gets every one put back at once; the same
 * again and again within seconds is another program with another opinion, and putting back what it
 * undoes a hundred times a second helps nobody.
 */
enum { REPAIRS_AT_ONCE = 5 };
#define REPAIR_QUIET_NS UINT64_C(30000000000)

struct repairs {
	uint64_t total;
	unsigned row; /* without a quiet time in between */
	uint64_t last_ns;
	struct backoff hold;
};

/** repairs_seen() - it was put back at @now. Return: whether this is a fight from now on, that is,
 *  whether the next repair has to wait */
bool repairs_seen(struct repairs *r, uint64_t now_ns);

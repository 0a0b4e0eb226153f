/*
 * wanted - a site's tunnels as a test wants them, and an empty network to have them in
 * Every test gets a network namespace of its own; nothing leaves it.
 */
#pragma once

#include "edge/kernel.h"

struct world {
	struct arena *arena;
	struct kernel *kernel;
	struct host want; /* to be changed as the test likes */
	struct err err;
};

/* A fresh namespace with n tunnels wanted in it: even ones gre, odd ones ip6gre. cmocka's setup. */
int world_open(void **state);
int world_close(void **state);
void world_want(struct world *w, size_t n);

/* Reads, compares, applies; asserts that every step went well. Return: messages that wrote. */
size_t world_apply(struct world *w);
/* The steps that would be done now, one a line; freed with the arena. */
char *world_diff(struct world *w);
struct host *world_read(struct world *w);
/* The found tunnel of that name, or NULL. */
const struct tunnel *world_find(const struct host *have, const char *ifname);
/* Runs a shell command in the namespace and asserts that it went well. */
void sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * hosts - sites as network namespaces with a BIRD each, joined by veth in place of tunnels
 * What GRE would carry is not looked at here, so any kernel with namespaces will do. The veth have
 * the tunnels' names and the same peer addresses.
 */
#pragma once

#include "edge/birdfiles.h"
#include "edge/birdsock.h"
#include "test_bird_world.h"

#include <sys/types.h>

enum { HOSTS_MAX = 6 };

struct host_bird {
	const char *name; /* of the site */
	char ns[32], dir[96], conf[128], link[128], socket[128];
	pid_t pid; /* 0: not running */
};

struct hosts {
	char root[64];
	struct host_bird list[HOSTS_MAX];
	size_t n;
	struct world *world;
};

/** hosts_init() - namespaces and links for these sites of @w; exits with 77 where that is not allowed */
void hosts_init(struct hosts *h, struct world *w, const char *const *names, size_t n);
/** hosts_done() - ends the BIRDs, removes everything */
void hosts_done(struct hosts *h);
struct host_bird *hosts_find(struct hosts *h, const char *name);

/** host_files() - the configuration for birdfiles_apply() */
struct birdfiles_conf host_files(const struct host_bird *b);
/** host_apply() - render the world as this site sees it, and apply. Return: as birdfiles_apply() */
int host_apply(struct hosts *h, const char *name, struct err *err);
/** host_write_conf() - the admin's bird.conf: the standalone text with an include, then @more */
void host_write_conf(struct hosts *h, const char *name, const char *more);
/** host_write_text() - a bird.conf by hand */
void host_write_text(struct hosts *h, const char *name, const char *text);
void host_start(struct hosts *h, const char *name);
void host_kill(struct hosts *h, const char *name, int signal);

/** host_ask() - one command; the reply in @a. Fails the test when BIRD does not answer */
const char *host_ask(struct hosts *h, struct arena *a, const char *name, const char *command);
/** host_session() - one session; .name NULL when there is none. Texts in @a */
struct bird_session host_session(struct hosts *h, struct arena *a, const char *name,
				 const char *session);
/** host_await() - until @session of @name is in @state, at most @seconds. Return: whether it is */
bool host_await(struct hosts *h, const char *name, const char *session, const char *state,
		int seconds);
/** hosts_await_mesh() - until every session between the @names is Established */
bool hosts_await_mesh(struct hosts *h, const char *const *names, size_t n, int seconds);

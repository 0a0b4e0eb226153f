/*
 * apply - one pass over the kernel, in the worker: read, compare, do, read again
 *   in  a generation, which links have to wait     out  struct pass: what each link is now
 * Nothing to do means one dump and not one message that writes.
 */
#pragma once

#include "diff/diff.h"
#include "run/generation.h"
#include "run/links.h"
#include "run/worker.h"

/* One step that was tried. */
struct pass_step {
	enum step_kind kind;
	const char *link; /* NULL: a setting of the host */
	const char *text; /* as step_print() says it */
	int error;	  /* 0 or negative errno */
	const char *why;  /* the kernel's words, if error */
};

struct pass_link {
	int ifindex;
	enum kernel_view view;
	const char *note; /* or NULL */
	bool held;	  /* left alone this time */
};

struct pass {
	struct job job;
	/* in */
	struct generation *gen; /* a reference */
	bool force;
	const char **held; /* sorted names of the links to leave alone this time */
	size_t n_held;
	/* out */
	struct arena *arena;
	int error; /* the kernel could not be talked to: the rest says nothing */
	struct err err;
	struct pass_step *steps;
	size_t n_steps;
	struct pass_link *links; /* as site->neighbors */
	size_t n_kept;		 /* removals left undone for want of --force */
	uint64_t took_ns;
};

/** pass_new() - takes its own reference on @gen. Free with pass_free(), in the loop's thread */
struct pass *pass_new(struct generation *gen, size_t max_held);
struct pass *pass_free(struct pass *p);
/** pass_work() - for job.work */
void pass_work(struct job *job, struct edges *edges);

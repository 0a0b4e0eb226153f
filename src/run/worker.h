/*
 * worker - one thread for everything that may block: disk, kernel dumps, BIRD
 * A job is a value with two functions: work() runs in the worker's thread and sees nothing but the
 * job and the edges; done() runs afterwards in the loop's thread and owns the job again. So nothing
 * is shared while it changes, and keepalives never wait.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ev_loop;
struct edges;
struct worker;

struct job {
	void (*work)(struct job *, struct edges *);
	void (*done)(struct job *, void *ctx);
	bool urgent; /* goes before the others: a session to close cannot wait for a dump */
	struct job *next;
};

/** worker_new() - @edges belongs to the worker's thread from here on; @ctx goes to done() */
struct worker *worker_new(struct ev_loop *loop, struct edges *edges, void *ctx);
/** worker_add() - the worker owns @job until done() is called */
void worker_add(struct worker *w, struct job *job);
/** worker_busy_ns() - for how long the job at hand has been running; 0: idle */
uint64_t worker_busy_ns(struct worker *w, uint64_t now_ns);
/**
 * worker_stop() - let the job at hand finish, for at most @ms; the others are forgotten: the
 * program ends
 * Return: true when the thread ended; false: it still works, and the caller should leave by _exit()
 */
bool worker_stop(struct worker *w, int ms);

#include "run/worker.h"

#include "base/mono.h"

#include <errno.h>
#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { NICE = 5 };

struct queue {
	struct job *head, **tail;
};

struct worker {
	struct ev_loop *loop;
	struct edges *edges;
	void *ctx;
	ev_async ready;
	pthread_t thread;
	pthread_mutex_t lock; /* over everything below */
	pthread_cond_t more;
	struct queue urgent, usual, finished;
	uint64_t busy_since_ns;
	bool stop, ended;
};

static void queue_init(struct queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void queue_push(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
}

static struct job *queue_pop(struct queue *q)
{
	struct job *job = q->head;

	if (!job)
		return NULL;
	q->head = job->next;
	if (!q->head)
		q->tail = &q->head;
	return job;
}

static struct job *next_job(struct worker *w)
{
	struct job *job = NULL;

	while (!w->stop && !w->urgent.head && !w->usual.head)
		pthread_cond_wait(&w->more, &w->lock);
	if (!w->stop) {
		job = queue_pop(&w->urgent);
		if (!job)
			job = queue_pop(&w->usual);
	}
	w->busy_since_ns = job ? mono_now_ns() : 0;
	return job;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct job *job;

	/* On a busy machine keepalives come first. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);

	pthread_mutex_lock(&w->lock);
	while ((job = next_job(w))) {
		pthread_mutex_unlock(&w->lock);
		job->work(job, w->edges);
		pthread_mutex_lock(&w->lock);
		w->busy_since_ns = 0;
		queue_push(&w->finished, job);
		ev_async_send(w->loop, &w->ready);
	}
	w->ended = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void deliver(struct ev_loop *loop, ev_async *a, int events)
{
	struct worker *w = a->data;
	struct job *job;

	for (;;) {
		pthread_mutex_lock(&w->lock);
		job = queue_pop(&w->finished);
		pthread_mutex_unlock(&w->lock);
		if (!job)
			return;
		job->done(job, w->ctx);
	}
}

struct worker *worker_new(struct ev_loop *loop, struct edges *edges, void *ctx)
{
	struct worker *w = calloc(1, sizeof(*w));
	sigset_t all, before;

	if (!w)
		abort();
	w->loop = loop;
	w->edges = edges;
	w->ctx = ctx;
	queue_init(&w->urgent);
	queue_init(&w->usual);
	queue_init(&w->finished);
	ev_async_init(&w->ready, deliver);
	w->ready.data = w;
	ev_async_start(loop, &w->ready);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	/* Signals are for the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&w->thread, NULL, work, w) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w;
}

void worker_add(struct worker *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	queue_push(job->urgent ? &w->urgent : &w->usual, job);
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
}

uint64_t worker_busy_ns(struct worker *w, uint64_t now_ns)
{
	uint64_t since;

	pthread_mutex_lock(&w->lock);
	since = w->busy_since_ns;
	pthread_mutex_unlock(&w->lock);
	return since && now_ns > since ? now_ns - since : 0;
}

static struct timespec in_ms(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* One condition for both sides: a broadcast wakes whoever waits, and each looks for its own word. */
static bool wait_for_end(struct worker *w, int ms)
{
	struct timespec until = in_ms(ms);
	int r = 0;

	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	while (!w->ended && r == 0)
		r = pthread_cond_clockwait(&w->more, &w->lock, CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&w->lock);
	return r == 0;
}

bool worker_stop(struct worker *w, int ms)
{
	if (!wait_for_end(w, ms))
		return false;
	pthread_join(w->thread, NULL);
	ev_async_stop(w->loop, &w->ready);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->more);
	free(w);
	return true;
}

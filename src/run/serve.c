/*
 * serve - what others can ask the agent, and what it tells systemd
 * Unix socket: few clients, each bounded in time; a client that says nothing gets its answer too.
 */
#include "base/log.h"
#include "base/mono.h"
#include "run/inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const double silent_s = 1, client_s = 10;
static const uint64_t worker_stuck_ns = 120 * NS_PER_S;

/* ---- pages ---- */

enum page_kind { PAGE_STATUS, PAGE_METRICS, PAGE_SUMMARY };

/*
 * A page is written by the scribe, a thread of its own: a thousand links make a megabyte, and neither
 * keepalives may wait for that, nor that for what the worker is doing.
 */
struct page {
	struct job job;
	enum page_kind kind;
	struct status *status;
	struct generation *gen; /* the status borrows its names */
	struct text text;
	/* who wants it */
	size_t slot;
	uint64_t ticket;
	struct http_ask *ask;
	const char *before; /* PAGE_SUMMARY: "READY=1\n" */
};

static void write_page(struct job *job, struct edges *edges)
{
	struct page *p = (struct page *)job;

	switch (p->kind) {
	case PAGE_STATUS:
		status_json(p->status, &p->text);
		break;
	case PAGE_METRICS:
		status_metrics(p->status, &p->text);
		break;
	case PAGE_SUMMARY:
		status_summary(p->status, &p->text);
		break;
	}
	p->status = status_free(p->status);
}

static void on_page(struct job *job, void *ctx);

static struct page *ask_for_page(struct agent *a, enum page_kind kind)
{
	struct page *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->job = (struct job){.work = write_page, .done = on_page};
	p->kind = kind;
	p->status = report_make(a);
	p->gen = generation_ref(a->gen);
	return p;
}

/* ---- status socket ---- */

struct client {
	struct agent *agent;
	size_t slot;
	uint64_t ticket; /* tells this client from the next one in the same slot */
	bool asked;
	ev_io io;
	ev_timer silent, limit;
	struct text answer;
	size_t sent;
};

/* To close with something unread resets the connection, and the answer with it. */
static void drain(int fd)
{
	char rest[4096];

	for (int i = 0; i < 64 && recv(fd, rest, sizeof(rest), 0) > 0; i++)
		;
}

static void client_free(struct client *c)
{
	struct ev_loop *loop = c->agent->loop;

	ev_io_stop(loop, &c->io);
	ev_timer_stop(loop, &c->silent);
	ev_timer_stop(loop, &c->limit);
	drain(c->io.fd);
	close(c->io.fd);
	text_done(&c->answer);
	c->agent->serve.clients[c->slot] = NULL;
	ev_io_start(loop, &c->agent->serve.accept);
	free(c);
}

static void send_some(struct client *c)
{
	while (c->sent < c->answer.len) {
		ssize_t n = send(c->io.fd, c->answer.data + c->sent, c->answer.len - c->sent,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;
		c->sent += (size_t)n;
	}
	client_free(c);
}

static void take_answer(struct client *c, struct text *t)
{
	struct ev_loop *loop = c->agent->loop;

	c->answer = *t;
	text_init(t);
	ev_io_set(&c->io, c->io.fd, EV_WRITE);
	ev_io_start(loop, &c->io);
	send_some(c);
}

static void ask(struct client *c)
{
	struct page *p = ask_for_page(c->agent, PAGE_STATUS);

	p->slot = c->slot;
	p->ticket = c->ticket;
	c->asked = true;
	ev_timer_stop(c->agent->loop, &c->silent);
	ev_io_stop(c->agent->loop, &c->io);
	worker_add(c->agent->scribe, &p->job);
}

static void on_client(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *c = io->data;
	char line[256];
	ssize_t n;

	if (c->asked) {
		send_some(c);
		return;
	}
	n = recv(io->fd, line, sizeof(line), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		client_free(c);
	else if (n == 0 || memchr(line, '\n', (size_t)n))
		ask(c);
}

static void on_silent(struct ev_loop *loop, ev_timer *w, int events)
{
	ask(w->data);
}

static void on_limit(struct ev_loop *loop, ev_timer *w, int events)
{
	client_free(w->data);
}

static void client_new(struct agent *a, size_t slot, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->agent = a;
	c->slot = slot;
	c->ticket = ++a->serve.tickets;
	text_init(&c->answer);
	ev_io_init(&c->io, on_client, fd, EV_READ);
	ev_timer_init(&c->silent, on_silent, silent_s, 0.);
	ev_timer_init(&c->limit, on_limit, client_s, 0.);
	c->io.data = c->silent.data = c->limit.data = c;
	ev_now_update(a->loop); /* timers count from there */
	ev_io_start(a->loop, &c->io);
	ev_timer_start(a->loop, &c->silent);
	ev_timer_start(a->loop, &c->limit);
	a->serve.clients[slot] = c;
}

static size_t free_slot(const struct serve *s)
{
	size_t i = 0;

	while (i < CLIENTS_MAX && s->clients[i])
		i++;
	return i;
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	struct agent *a = io->data;
	size_t slot = free_slot(&a->serve);
	int fd;

	/* The others wait in the backlog until one is done. */
	if (slot == CLIENTS_MAX) {
		ev_io_stop(loop, io);
		return;
	}
	fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		client_new(a, slot, fd);
}

/* ---- metrics ---- */

static void ask_for_metrics(void *ctx, struct http_ask *who)
{
	struct agent *a = ctx;
	struct page *p = ask_for_page(a, PAGE_METRICS);

	p->ask = who;
	worker_add(a->scribe, &p->job);
}

static void run_http(struct agent *a)
{
	struct serve *s = &a->serve;
	int ms = http_run(s->http);

	ev_timer_stop(a->loop, &s->http_timer);
	if (ms < 0)
		return;
	ev_timer_set(&s->http_timer, ms / 1000., 0.);
	ev_timer_start(a->loop, &s->http_timer);
}

static void on_http(struct ev_loop *loop, ev_io *io, int events)
{
	run_http(io->data);
}

static void on_http_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	run_http(w->data);
}

static int start_metrics(struct agent *a, struct err *err)
{
	struct serve *s = &a->serve;
	int r;

	if (!a->conf->metrics)
		return 0;
	r = http_open(a->conf->metrics, ask_for_metrics, a, err, &s->http);
	if (r < 0 && a->conf->metrics_must)
		return r;
	if (r < 0) {
		log_warn("http", "%s", err->text);
		return 0;
	}
	ev_io_init(&s->http_io, on_http, http_fd(s->http), EV_READ);
	ev_timer_init(&s->http_timer, on_http_timer, 0., 0.);
	s->http_io.data = s->http_timer.data = a;
	ev_io_start(a->loop, &s->http_io);
	return 0;
}

/* ---- systemd ---- */

static void tell(struct agent *a, const char *before)
{
	struct page *p;

	if (a->serve.notify.fd < 0)
		return;
	p = ask_for_page(a, PAGE_SUMMARY);
	p->before = before;
	worker_add(a->scribe, &p->job);
}

static void on_page(struct job *job, void *ctx)
{
	struct page *p = (struct page *)job;
	struct agent *a = ctx;
	struct client *c = a->serve.clients[p->slot];

	switch (p->kind) {
	case PAGE_STATUS:
		if (c && c->ticket == p->ticket)
			take_answer(c, &p->text);
		break;
	case PAGE_METRICS:
		http_answer(p->ask, &p->text);
		run_http(a);
		break;
	case PAGE_SUMMARY:
		notify_send(&a->serve.notify, "%sSTATUS=%s", p->before, text_str(&p->text));
		break;
	}
	generation_unref(p->gen);
	text_done(&p->text);
	free(p);
}

static void on_tell(struct ev_loop *loop, ev_timer *w, int events)
{
	tell(w->data, "");
}

/* A loop that turns with a worker that hangs is no agent. */
static void on_watchdog(struct ev_loop *loop, ev_timer *w, int events)
{
	struct agent *a = w->data;

	if (worker_busy_ns(a->worker, mono_now_ns()) < worker_stuck_ns)
		notify_send(&a->serve.notify, "WATCHDOG=1");
}

static void start_notify(struct agent *a)
{
	struct serve *s = &a->serve;
	double half = (double)s->notify.watchdog_ns / 2e9;

	ev_timer_init(&s->watchdog, on_watchdog, half, half);
	ev_timer_init(&s->tell, on_tell, 10., 10.);
	s->watchdog.data = s->tell.data = a;
	if (s->notify.watchdog_ns)
		ev_timer_start(a->loop, &s->watchdog);
	if (s->notify.fd >= 0)
		ev_timer_start(a->loop, &s->tell);
}

void serve_ready(struct agent *a)
{
	a->serve.ready = true;
	tell(a, "READY=1\n");
}

void serve_reloading(struct agent *a)
{
	notify_send(&a->serve.notify, "RELOADING=1\nMONOTONIC_USEC=%llu",
		    (unsigned long long)(mono_now_ns() / 1000));
}

/* ---- begin and end ---- */

int serve_start(struct agent *a, struct err *err)
{
	struct serve *s = &a->serve;
	int r;

	ev_io_init(&s->accept, on_accept, s->listener.fd, EV_READ);
	s->accept.data = a;
	ev_io_start(a->loop, &s->accept);
	r = start_metrics(a, err);
	if (r < 0)
		return r;
	start_notify(a);
	return 0;
}

void serve_done(struct agent *a)
{
	struct serve *s = &a->serve;

	notify_send(&s->notify, "STOPPING=1");
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i])
			client_free(s->clients[i]);
	ev_io_stop(a->loop, &s->accept);
	ev_timer_stop(a->loop, &s->watchdog);
	ev_timer_stop(a->loop, &s->tell);
	if (s->http) {
		ev_io_stop(a->loop, &s->http_io);
		ev_timer_stop(a->loop, &s->http_timer);
		s->http = http_close(s->http);
	}
	status_unlisten(&s->listener);
	notify_close(&s->notify);
}

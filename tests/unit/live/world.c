#include "world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t world_random(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return w->random;
}

void world_start(struct world *w, int end)
{
	struct end *e = &w->ends[end];

	e->dead = false;
	/* Its sender has another port now: answers to the old one find nobody. */
	for (size_t i = w->n_flights; i-- > 0;)
		if (w->flights[i].to == end && !w->flights[i].test)
			w->flights[i] = w->flights[--w->n_flights];
	live_init(&e->live, &e->conf, w->now_ns, world_random(w));
}

void world_init(struct world *w, uint64_t interval_ns, uint32_t misses, uint64_t delay_ns,
		uint32_t seed)
{
	static const char *const to[] = {"ams->fra", "fra->ams"};

	memset(w, 0, sizeof(*w));
	w->random = seed * 2654435761U + 1;
	w->now_ns = 1000 * SECOND;
	for (int i = 0; i < ENDS; i++) {
		w->ends[i].conf = (struct live_conf){
			.interval_ns = interval_ns,
			.misses = misses,
			.ssid = 77,
			.to = to[i],
			.from = to[!i],
			.peer = i == AMS ? "fra" : "ams",
		};
		w->ends[i].wall_ns = (int64_t)(1700000000 * SECOND);
		w->ways[i].delay_ns = delay_ns;
		world_start(w, i);
	}
}

static struct ntp_time wall(const struct world *w, const struct end *e, uint64_t at_ns)
{
	return ntp_from_unix_ns((uint64_t)((int64_t)at_ns + e->wall_ns));
}

static void fly(struct world *w, int from, bool test, const uint8_t *packet)
{
	struct way *way = &w->ways[from];
	struct flight *f = &w->flights[w->n_flights++];

	assert(w->n_flights <= IN_FLIGHT);
	*f = (struct flight){.test = test, .to = !from};
	f->at_ns = w->now_ns + way->delay_ns;
	if (way->jitter_ns)
		f->at_ns += world_random(w) % way->jitter_ns;
	memcpy(f->packet, packet, STAMP_BYTES);
}

static void send_out(struct world *w, int from, bool test, const uint8_t *packet)
{
	struct way *way = &w->ways[from];
	struct stamp_test t;

	stamp_read_test(packet, STAMP_BYTES, &t);
	way->packets++;
	if (way->cut || (world_random(w) & 0xffff) < way->loss ||
	    (w->lose && w->lose(w, from, test, t.seq))) {
		way->lost++;
		return;
	}
	fly(w, from, test, packet);
	if ((world_random(w) & 0xffff) < way->doubled)
		fly(w, from, test, packet);
}

static void note_verdict(struct world *w, int end, const struct live_act *act)
{
	if (w->n_verdicts++ >= VERDICTS)
		return;
	struct verdict *v = &w->verdicts[w->n_verdicts - 1];

	v->end = end;
	v->at_ns = w->now_ns;
	v->state = act->state;
	memcpy(v->reason, act->reason, LIVE_REASON_BYTES);
}

static size_t step(struct world *w, int end, struct live_event *ev)
{
	struct end *e = &w->ends[end];
	struct live_act acts[LIVE_ACTS_MAX];
	size_t n;

	w->steps++;
	ev->wall = wall(w, e, w->now_ns);
	n = live_step(&e->live, ev, w->now_ns, acts);
	assert(n <= LIVE_ACTS_MAX);
	for (size_t i = 0; i < n; i++)
		if (acts[i].kind == LIVE_ACT_VERDICT)
			note_verdict(w, end, &acts[i]);
		else
			send_out(w, end, acts[i].kind == LIVE_ACT_SEND_TEST, acts[i].packet);
	return n;
}

size_t world_inject(struct world *w, int end, bool test, const uint8_t *packet, size_t len,
		    uint8_t ttl)
{
	struct live_event ev = {
		.kind = test ? LIVE_EV_TEST : LIVE_EV_ANSWER,
		.packet = packet,
		.len = len,
		.ttl = ttl,
		.arrived = wall(w, &w->ends[end], w->now_ns),
	};

	return step(w, end, &ev);
}

/* A packet waits in the socket of an end that sleeps, with the kernel's stamp. */
static void deliver(struct world *w, struct flight *f)
{
	struct end *e = &w->ends[f->to];

	if (f->stamped.seconds == 0)
		f->stamped = wall(w, e, w->now_ns);
	if (e->asleep_until_ns > w->now_ns) {
		f->at_ns = e->asleep_until_ns;
		return;
	}
	struct flight landed = *f;
	struct live_event ev = {
		.kind = landed.test ? LIVE_EV_TEST : LIVE_EV_ANSWER,
		.packet = landed.packet,
		.len = STAMP_BYTES,
		.ttl = 255,
		.arrived = landed.stamped,
	};

	*f = w->flights[--w->n_flights];
	if (!e->dead)
		step(w, landed.to, &ev);
}

static struct flight *first_flight(struct world *w)
{
	struct flight *first = NULL;

	for (size_t i = 0; i < w->n_flights; i++)
		if (!first || w->flights[i].at_ns < first->at_ns)
			first = &w->flights[i];
	return first;
}

static uint64_t due(const struct world *w, int end)
{
	const struct end *e = &w->ends[end];
	uint64_t at = live_due(&e->live);

	if (e->dead)
		return UINT64_MAX;
	return at < e->asleep_until_ns ? e->asleep_until_ns : at;
}

static void tick(struct world *w, int end)
{
	struct live_event ev = {.kind = LIVE_EV_TICK};

	step(w, end, &ev);
}

void world_run(struct world *w, uint64_t until_ns)
{
	for (;;) {
		struct flight *f = first_flight(w);
		int end = due(w, FRA) < due(w, AMS) ? FRA : AMS;
		uint64_t at = due(w, end);
		bool packet = f && f->at_ns <= at;

		at = packet ? f->at_ns : at;
		if (at > until_ns)
			break;
		if (at > w->now_ns)
			w->now_ns = at;
		if (packet)
			deliver(w, f);
		else
			tick(w, end);
	}
	w->now_ns = until_ns;
}

struct live_report world_report(const struct world *w, int end)
{
	struct live_report r;

	live_report(&w->ends[end].live, w->now_ns, &r);
	return r;
}

void world_begin(struct world *w)
{
	world_init(w, SECOND, 3, 10 * MS, 1);
	world_run(w, w->now_ns + 10 * SECOND);
	assert(w->n_verdicts == 2);
	assert(w->ends[AMS].live.state == LIVE_UP && w->ends[FRA].live.state == LIVE_UP);
	w->n_verdicts = 0;
}

const struct verdict *world_verdict(const struct world *w, int end, size_t nth)
{
	for (size_t i = 0; i < w->n_verdicts && i < VERDICTS; i++)
		if (w->verdicts[i].end == end && nth-- == 0)
			return &w->verdicts[i];
	fprintf(stderr, "end %d gave no such verdict\n", end);
	abort();
}

void world_record(const struct world *w, int to, bool test, struct recording *r)
{
	for (size_t i = 0; i < w->n_flights && r->n < 64; i++)
		if (w->flights[i].to == to && w->flights[i].test == test)
			memcpy(r->packets[r->n++], w->flights[i].packet, STAMP_BYTES);
}

void world_catch_answer(struct world *w, uint8_t packet[STAMP_BYTES])
{
	struct recording r = {0};

	while (r.n == 0) {
		world_run(w, w->now_ns + MS);
		world_record(w, AMS, false, &r);
	}
	memcpy(packet, r.packets[0], STAMP_BYTES);
}

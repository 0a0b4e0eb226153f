/*
 * world - two ends of a link and the two ways between them, in made-up time
 * Ends have clocks of their own; ways lose, delay, double and reorder as told. Every verdict is kept.
 */
#pragma once

#include "live/link.h"
#include "live/stamp.h"

enum { AMS, FRA, ENDS, IN_FLIGHT = 512, VERDICTS = 64 };

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

struct way {
	uint64_t delay_ns, jitter_ns;
	uint32_t loss;	  /* of 65536 */
	uint32_t doubled; /* of 65536 */
	bool cut;
	uint64_t packets, lost;
};

struct flight {
	bool test;
	int to;
	uint64_t at_ns;
	struct ntp_time stamped; /* when @to is asleep: the kernel's stamp */
	uint8_t packet[STAMP_BYTES];
};

struct end {
	struct live live;
	struct live_conf conf;
	int64_t wall_ns; /* its wall clock less ours */
	bool dead;	 /* hears nothing, says nothing */
	uint64_t asleep_until_ns;
};

struct verdict {
	int end;
	uint64_t at_ns;
	enum live_state state;
	char reason[LIVE_REASON_BYTES];
};

struct world {
	uint64_t now_ns;
	uint32_t random;
	struct end ends[ENDS];
	struct way ways[ENDS]; /* by the end they start from */
	uint64_t steps;
	size_t n_flights;
	struct flight flights[IN_FLIGHT]; /* in no order */
	struct verdict verdicts[VERDICTS];
	size_t n_verdicts; /* may pass VERDICTS: the rest is not kept */
	bool (*lose)(const struct world *w, int from, bool test, uint32_t seq);
};

void world_init(struct world *w, uint64_t interval_ns, uint32_t misses, uint64_t delay_ns,
		uint32_t seed);
/** world_start() - the end's agent starts (again), with no memory */
void world_start(struct world *w, int end);
void world_run(struct world *w, uint64_t until_ns);
/** world_inject() - hand a packet to an end at once, as if it came with this TTL */
size_t world_inject(struct world *w, int end, bool test, const uint8_t *packet, size_t len,
		    uint8_t ttl);
uint32_t world_random(struct world *w);
/** world_begin() - world_init() with 1 s, 3 misses and 10 ms, both ends up, no verdicts kept */
void world_begin(struct world *w);
/** world_verdict() - the @nth verdict of an end, from 0; it must be there */
const struct verdict *world_verdict(const struct world *w, int end, size_t nth);

/* What someone on the way could have kept. */
struct recording {
	size_t n;
	uint8_t packets[64][STAMP_BYTES];
};

/** world_record() - add what is on its way to an end now */
void world_record(const struct world *w, int to, bool test, struct recording *r);
/** world_catch_answer() - run until an answer is on its way to AMS, not there yet */
void world_catch_answer(struct world *w, uint8_t packet[STAMP_BYTES]);
struct live_report world_report(const struct world *w, int end);

#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Both ends up after a few seconds, verdict list empty again. */
static void begin(struct world *w)
{
	world_init(w, SECOND, 3, 10 * MS, 1);
	world_run(w, w->now_ns + 10 * SECOND);
	assert_int_equal(w->n_verdicts, 2);
	assert_int_equal(w->ends[AMS].live.state, LIVE_UP);
	assert_int_equal(w->ends[FRA].live.state, LIVE_UP);
	w->n_verdicts = 0;
}

static const struct verdict *verdict_of(const struct world *w, int end, size_t nth)
{
	for (size_t i = 0; i < w->n_verdicts && i < VERDICTS; i++)
		if (w->verdicts[i].end == end && nth-- == 0)
			return &w->verdicts[i];
	fail_msg("end %d gave no such verdict", end);
	abort();
}

static void expect(const struct world *w, int end, enum live_state state, const char *reason)
{
	const struct verdict *v = verdict_of(w, end, 0);

	assert_int_equal(v->state, state);
	assert_string_equal(v->reason, reason);
}

static void a_link_comes_up_after_as_many_answers_as_misses(void **state)
{
	struct world w;

	world_init(&w, SECOND, 3, 10 * MS, 1);
	world_run(&w, w.now_ns + 2 * SECOND);
	assert_int_equal(w.n_verdicts, 0);
	world_run(&w, w.now_ns + 2 * SECOND);
	assert_int_equal(w.n_verdicts, 2);
	expect(&w, AMS, LIVE_UP, "replies, 3 in a row");
	expect(&w, FRA, LIVE_UP, "replies, 3 in a row");
}

static void before_the_first_verdict_the_reason_says_so(void **state)
{
	struct world w;

	world_init(&w, SECOND, 3, 10 * MS, 1);
	struct live_report r = world_report(&w, AMS);

	assert_int_equal(r.state, LIVE_UNKNOWN);
	assert_string_equal(r.reason, "no verdict yet: 0 of 3 replies");
	assert_int_equal(r.to, ARRIVES_UNKNOWN);
	assert_int_equal(r.from, ARRIVES_UNKNOWN);
	assert_int_equal(r.rtt_ns, 0);
	assert_int_equal(r.rtt_min_ns, 0);
}

static void a_peer_that_was_never_there_is_down_after_misses_and_a_second(void **state)
{
	struct world w;

	world_init(&w, SECOND, 3, 10 * MS, 1);
	w.ends[FRA].dead = true;
	world_run(&w, w.now_ns + 6 * SECOND);
	assert_int_equal(w.n_verdicts, 1);
	expect(&w, AMS, LIVE_DOWN,
	       "nothing heard from fra for 3 intervals; fra->ams is lost, or fra is down");
	assert_in_range(w.verdicts[0].at_ns, 1004 * SECOND, 1005 * SECOND);
}

static void a_cut_of_one_way_is_named_at_both_ends(void **state)
{
	struct world w;

	begin(&w);
	w.ways[AMS].cut = true;
	world_run(&w, w.now_ns + 10 * SECOND);
	assert_int_equal(w.n_verdicts, 2);
	expect(&w, AMS, LIVE_DOWN, "no reply for 3 intervals; fra->ams arrives, ams->fra is lost");
	expect(&w, FRA, LIVE_DOWN,
	       "nothing heard from ams for 3 intervals; ams->fra is lost, or ams is down");

	struct live_report ams = world_report(&w, AMS), fra = world_report(&w, FRA);

	assert_int_equal(ams.to, ARRIVES_NO);
	assert_int_equal(ams.from, ARRIVES_YES);
	assert_int_equal(fra.to, ARRIVES_UNKNOWN);
	assert_int_equal(fra.from, ARRIVES_NO);
}

static void a_cut_of_both_ways_is_never_taken_for_one(void **state)
{
	for (uint32_t misses = 1; misses <= 5; misses++)
		for (uint64_t shift = 0; shift < SECOND; shift += 10 * MS) {
			struct world w;

			world_init(&w, SECOND, misses, 40 * MS, (uint32_t)(shift / MS));
			world_run(&w, w.now_ns + 20 * SECOND + shift);
			w.n_verdicts = 0;
			w.ways[AMS].cut = w.ways[FRA].cut = true;
			world_run(&w, w.now_ns + 10 * SECOND);
			assert_int_equal(w.n_verdicts, 2);
			for (int i = 0; i < ENDS; i++) {
				assert_null(strstr(w.verdicts[i].reason, "arrives"));
				assert_int_equal(world_report(&w, i).from, ARRIVES_NO);
			}
		}
}

static void the_direction_follows_the_evidence_while_a_link_is_down(void **state)
{
	struct world w;

	begin(&w);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	world_run(&w, w.now_ns + 10 * SECOND);
	assert_string_equal(
		world_report(&w, AMS).reason,
		"nothing heard from fra for 3 intervals; fra->ams is lost, or fra is down");
	w.ways[FRA].cut = false;
	world_run(&w, w.now_ns + 5 * SECOND);
	assert_string_equal(world_report(&w, AMS).reason,
			    "no reply for 3 intervals; fra->ams arrives, ams->fra is lost");
	w.ways[AMS].cut = false;
	for (int i = 0; i < 12 && world_report(&w, AMS).to != ARRIVES_YES; i++)
		world_run(&w, w.now_ns + 100 * MS);
	assert_string_equal(world_report(&w, AMS).reason, "replies again, 1 of 3 in a row");
}

static void a_healed_link_comes_back_once_with_the_words_for_it(void **state)
{
	struct world w;

	begin(&w);
	world_run(&w, w.now_ns + 60 * SECOND);
	w.ways[AMS].cut = true;
	world_run(&w, w.now_ns + 10 * SECOND);
	w.ways[AMS].cut = false;
	world_run(&w, w.now_ns + 60 * SECOND);
	assert_int_equal(w.n_verdicts, 4);
	assert_int_equal(verdict_of(&w, AMS, 1)->state, LIVE_UP);
	assert_string_equal(verdict_of(&w, AMS, 1)->reason, "replies again, 3 in a row");
	assert_string_equal(verdict_of(&w, FRA, 1)->reason, "replies again, 3 in a row");
}

static void an_agent_that_restarts_makes_no_verdict_at_the_other_end(void **state)
{
	struct world w;

	begin(&w);
	for (int i = 0; i < 20; i++) {
		world_run(&w, w.now_ns + 5 * SECOND + world_random(&w) % SECOND);
		w.n_verdicts = 0;
		w.ends[FRA].dead = true;
		world_run(&w, w.now_ns + 1 * SECOND);
		world_start(&w, FRA);
		world_run(&w, w.now_ns + 5 * SECOND);
		assert_int_equal(w.n_verdicts, 1);
		expect(&w, FRA, LIVE_UP, "replies, 3 in a row");
	}
	struct live_report r = world_report(&w, AMS);

	assert_int_equal(r.state, LIVE_UP);
	assert_true(r.counts.lost <= 40);
	assert_true(r.counts.lost_to + r.counts.lost_from <= r.counts.lost);
	assert_int_equal(r.counts.duplicate, 0);
	assert_int_equal(r.counts.bad, 0);
}

static void answers_slower_than_the_interval_are_no_loss(void **state)
{
	struct world w;

	world_init(&w, 50 * MS, 3, 160 * MS, 4);
	w.ways[AMS].jitter_ns = w.ways[FRA].jitter_ns = 4 * MS;
	world_run(&w, w.now_ns + 60 * SECOND);
	assert_int_equal(w.n_verdicts, 2);
	assert_int_equal(w.ends[AMS].live.state, LIVE_UP);

	struct live_report r = world_report(&w, AMS);

	assert_int_equal(r.counts.lost, 0);
	assert_in_range(r.rtt_ns, 320 * MS, 328 * MS);
}

static void the_round_trip_leaves_out_what_the_peer_and_our_socket_took(void **state)
{
	struct world w;

	begin(&w);
	struct live_report r = world_report(&w, AMS);

	assert_in_range(r.rtt_ns, 20 * MS - 10, 20 * MS + 10);
	assert_in_range(r.rtt_min_ns, 20 * MS - 10, 20 * MS + 10);
	assert_in_range(r.rtt_avg_ns, 20 * MS - 10, 20 * MS + 10);
	for (int i = 0; i < 40; i++) { /* each end busy for 300 ms now and then */
		w.ends[i & 1].asleep_until_ns = w.now_ns + 300 * MS;
		world_run(&w, w.now_ns + 700 * MS);
	}
	r = world_report(&w, AMS);
	assert_int_equal(w.n_verdicts, 0);
	assert_in_range(r.rtt_avg_ns, 20 * MS - 10, 20 * MS + 10);
}

static void the_least_round_trip_is_that_of_the_last_minute(void **state)
{
	struct world w;

	begin(&w);
	w.ways[AMS].delay_ns = 50 * MS;
	world_run(&w, w.now_ns + 20 * SECOND);
	assert_in_range(world_report(&w, AMS).rtt_min_ns, 20 * MS - 10, 20 * MS + 10);
	world_run(&w, w.now_ns + 62 * SECOND);
	assert_in_range(world_report(&w, AMS).rtt_min_ns, 60 * MS - 10, 60 * MS + 10);
}

static void a_clock_stepped_by_an_hour_at_either_end_changes_nothing(void **state)
{
	static const int64_t hour = INT64_C(3600) * 1000000000;
	struct world w;

	begin(&w);
	for (int i = 0; i < 8; i++) {
		w.ends[i & 1].wall_ns += i & 2 ? hour : -hour;
		world_run(&w, w.now_ns + 7 * SECOND + world_random(&w) % SECOND);
	}
	assert_int_equal(w.n_verdicts, 0);
	for (int i = 0; i < ENDS; i++) {
		struct live_report r = world_report(&w, i);

		assert_in_range(r.rtt_ns, 20 * MS - 10, 20 * MS + 10);
		assert_in_range(r.rtt_avg_ns, 20 * MS - 10, 20 * MS + 10);
		assert_int_equal(r.counts.lost, 0);
		assert_int_equal(r.counts.late, 0);
		assert_int_equal(r.counts.bad, 0);
		assert_int_equal(r.counts.duplicate, 0);
		assert_in_range(r.counts.heard, r.counts.answered - 2, r.counts.answered + 2);
	}
}

static void
a_clock_that_steps_while_a_packet_is_at_the_peer_gives_no_absurd_round_trip(void **state)
{
	struct world w;

	begin(&w);
	for (int i = 0; i < 20; i++) {
		w.ends[FRA].asleep_until_ns = w.now_ns + SECOND;
		world_run(&w, w.now_ns + 900 * MS);
		w.ends[FRA].wall_ns += i & 1 ? INT64_C(3600000000000) : INT64_C(-3600000000000);
		world_run(&w, w.now_ns + 2 * SECOND);
	}
	struct live_report r = world_report(&w, AMS);

	assert_in_range(r.rtt_avg_ns, 20 * MS - 10, 1020 * MS);
	assert_int_equal(r.counts.bad, 0);
}

static void the_loss_of_each_way_is_told_apart(void **state)
{
	static const struct {
		uint32_t to, from;
	} table[] = {{0, 0}, {20, 0}, {0, 20}, {10, 30}, {30, 30}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct world w;

		world_init(&w, SECOND, 5, 10 * MS, (uint32_t)i);
		world_run(&w, w.now_ns + 10 * SECOND);
		w.ways[AMS].loss = table[i].to * 65536 / 100;
		w.ways[FRA].loss = table[i].from * 65536 / 100;
		world_run(&w, w.now_ns + 2000 * SECOND);
		w.ways[AMS].loss = w.ways[FRA].loss = 0;
		world_run(&w, w.now_ns + 20 * SECOND);

		struct live_counts c = world_report(&w, AMS).counts;
		uint64_t to = 2000 * table[i].to / 100;
		uint64_t from = (2000 - to) * table[i].from / 100;

		assert_int_equal(c.lost_to + c.lost_from, c.lost);
		assert_in_range(c.lost_to, to - to / 5, to + to / 5);
		assert_in_range(c.lost_from, from - from / 5, from + from / 5);
		assert_int_equal(c.sent, c.answered + c.lost);
	}
}

static void an_outage_is_counted_to_its_direction_once_the_link_is_back(void **state)
{
	struct world w;

	begin(&w);
	w.ways[FRA].cut = true;
	world_run(&w, w.now_ns + 100 * SECOND);
	w.ways[FRA].cut = false;
	world_run(&w, w.now_ns + 10 * SECOND);

	struct live_counts c = world_report(&w, AMS).counts;

	assert_in_range(c.lost_from, 99, 101);
	assert_int_equal(c.lost_to, 0);
	assert_int_equal(c.lost, c.lost_from);
}

static void a_restarted_reflector_makes_no_absurd_losses(void **state)
{
	struct world w;

	begin(&w);
	world_run(&w, w.now_ns + 1000 * SECOND);
	for (int i = 0; i < 10; i++) {
		world_start(&w, FRA);
		world_run(&w, w.now_ns + (uint64_t)(3 + 40 * (i & 1)) * SECOND);
	}
	struct live_counts c = world_report(&w, AMS).counts;

	assert_int_equal(c.lost, 0);
	assert_int_equal(c.lost_to, 0);
	assert_int_equal(c.lost_from, 0);
}

/* What an attacker on the way could have kept. */
struct recording {
	size_t n;
	uint8_t packets[64][STAMP_BYTES];
};

static void record(const struct world *w, int to, bool test, struct recording *r)
{
	for (size_t i = 0; i < w->n_flights && r->n < 64; i++)
		if (w->flights[i].to == to && w->flights[i].test == test)
			memcpy(r->packets[r->n++], w->flights[i].packet, STAMP_BYTES);
}

static void record_for(struct world *w, uint64_t ns, int to, bool test, struct recording *r)
{
	for (uint64_t end = w->now_ns + ns; w->now_ns < end;) {
		world_run(w, w->now_ns + 10 * MS);
		record(w, to, test, r);
	}
}

static void replayed_answers_never_keep_a_dead_link_up(void **state)
{
	struct recording r = {0};
	struct world w;

	begin(&w);
	record_for(&w, 5 * SECOND, AMS, false, &r);
	assert_true(r.n >= 5);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	world_run(&w, w.now_ns + 100 * MS);

	struct live_counts before = world_report(&w, AMS).counts;

	for (int i = 0; i < 100; i++) {
		world_inject(&w, AMS, false, r.packets[(size_t)i % r.n], STAMP_BYTES, 255);
		world_run(&w, w.now_ns + 100 * MS);
	}
	struct live_counts after = world_report(&w, AMS).counts;

	assert_int_equal(w.ends[AMS].live.state, LIVE_DOWN);
	assert_int_equal(after.answered, before.answered);
	assert_int_equal(after.duplicate + after.late, before.duplicate + before.late + 100);
}

static void replayed_tests_are_not_heard(void **state)
{
	struct recording r = {0};
	struct world w;

	begin(&w);
	record_for(&w, 5 * SECOND, AMS, true, &r);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	world_run(&w, w.now_ns + 100 * MS);

	struct live_counts before = world_report(&w, AMS).counts;

	for (int i = 0; i < 50; i++) {
		world_inject(&w, AMS, true, r.packets[0], STAMP_BYTES, 255);
		world_run(&w, w.now_ns + 100 * MS);
	}
	struct live_report now = world_report(&w, AMS);

	assert_int_equal(now.counts.heard, before.heard);
	assert_int_equal(now.counts.duplicate, before.duplicate + 50);
	assert_int_equal(now.from, ARRIVES_NO);
}

static void a_peer_is_heard_again_after_its_restart_whatever_its_clock(void **state)
{
	static const int64_t steps[] = {0, INT64_C(3600000000000), INT64_C(-3600000000000)};

	for (size_t i = 0; i < 3; i++) {
		struct world w;

		begin(&w);
		world_run(&w, w.now_ns + 500 * SECOND);
		w.ends[FRA].wall_ns += steps[i];
		world_start(&w, FRA);

		uint64_t heard = world_report(&w, AMS).counts.heard;

		world_run(&w, w.now_ns + 20 * SECOND);
		heard = world_report(&w, AMS).counts.heard - heard;
		assert_in_range(heard, steps[i] < 0 ? 17 : 19, 21);
	}
}

static void doubled_packets_count_once(void **state)
{
	struct world w;

	begin(&w);
	struct live_counts before = world_report(&w, AMS).counts;

	w.ways[AMS].doubled = w.ways[FRA].doubled = 65536;
	world_run(&w, w.now_ns + 100 * SECOND);
	struct live_counts c = world_report(&w, AMS).counts;

	assert_int_equal(c.answered - before.answered, c.sent - before.sent);
	assert_in_range(c.heard - before.heard, 99, 101);
	assert_in_range(c.duplicate, 390, 402); /* one of two tests, three of four answers */
	assert_int_equal(c.lost, 0);
	assert_int_equal(w.n_verdicts, 0);
}

static void reordered_packets_are_neither_lost_nor_replayed(void **state)
{
	struct world w;

	world_init(&w, 50 * MS, 3, 10 * MS, 3);
	world_run(&w, w.now_ns + 5 * SECOND);
	w.n_verdicts = 0;
	w.ways[AMS].jitter_ns = w.ways[FRA].jitter_ns = 60 * MS;
	world_run(&w, w.now_ns + 50 * SECOND);
	w.ways[AMS].jitter_ns = w.ways[FRA].jitter_ns = 0;
	world_run(&w, w.now_ns + 5 * SECOND);
	for (int i = 0; i < ENDS; i++) {
		struct live_counts c = world_report(&w, i).counts;

		assert_int_equal(c.lost, 0);
		assert_int_equal(c.lost_to + c.lost_from, 0);
		assert_int_equal(c.duplicate + c.late + c.bad, 0);
	}
}

static void an_answer_after_its_time_is_late_and_no_sign_of_life(void **state)
{
	struct recording r = {0};
	struct world w;

	begin(&w);
	world_run(&w, w.now_ns + 100 * SECOND);
	w.ways[FRA].delay_ns = 20 * SECOND;
	record_for(&w, 5 * SECOND, AMS, false, &r);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	world_run(&w, w.now_ns + 60 * SECOND);
	struct live_counts c = world_report(&w, AMS).counts;

	assert_int_equal(w.ends[AMS].live.state, LIVE_DOWN);
	assert_in_range(c.late, 4, 6);
	assert_int_equal(verdict_of(&w, AMS, 0)->state, LIVE_DOWN);
}

/* An answer that is on its way to AMS, not there yet. */
static void catch_answer(struct world *w, uint8_t packet[STAMP_BYTES])
{
	struct recording r = {0};

	while (r.n == 0) {
		world_run(w, w->now_ns + MS);
		record(w, AMS, false, &r);
	}
	memcpy(packet, r.packets[0], STAMP_BYTES);
}

struct forgery {
	const char *what;
	size_t len;
	uint8_t ttl;
	size_t at; /* byte that is changed, STAMP_BYTES: none */
};

static void what_is_forged_or_malformed_is_counted_and_changes_nothing(void **state)
{
	static const struct forgery table[] = {
		{"empty", 0, 255, STAMP_BYTES},	     {"one byte short", 43, 255, STAMP_BYTES},
		{"routed", 44, 254, STAMP_BYTES},    {"no TTL known", 44, 0, STAMP_BYTES},
		{"another session", 44, 255, 14},    {"a number never sent", 44, 255, 25},
		{"the echo's seconds", 44, 255, 28}, {"the echo's fraction", 44, 255, 35},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct forgery *f = &table[i];
		uint8_t packet[STAMP_BYTES];
		struct world w;

		begin(&w);
		catch_answer(&w, packet);
		struct live_counts before = world_report(&w, AMS).counts;
		struct live was = w.ends[AMS].live;

		if (f->at < STAMP_BYTES)
			packet[f->at] ^= 0x80;
		print_message("%s\n", f->what);
		assert_int_equal(world_inject(&w, AMS, false, packet, f->len, f->ttl), 0);
		before.bad++;
		was.counts.bad++;
		assert_memory_equal(&w.ends[AMS].live.counts, &before, sizeof(before));
		assert_memory_equal(&w.ends[AMS].live, &was, sizeof(was));
	}
}

static void a_test_that_is_malformed_routed_or_of_another_session_gets_no_answer(void **state)
{
	uint8_t packet[STAMP_BYTES] = {0};
	struct world w;

	begin(&w);
	packet[15] = 77;
	assert_int_equal(world_inject(&w, AMS, true, packet, 43, 255), 0);
	assert_int_equal(world_inject(&w, AMS, true, packet, 44, 254), 0);
	packet[15] = 78;
	assert_int_equal(world_inject(&w, AMS, true, packet, 44, 255), 0);
	assert_int_equal(world_report(&w, AMS).counts.bad, 3);
	packet[15] = 0; /* an end that knows RFC 8762 only */
	assert_int_equal(world_inject(&w, AMS, true, packet, 44, 255), 1);
}

static void a_test_is_answered_with_its_fields_and_in_its_own_size(void **state)
{
	struct live_act acts[LIVE_ACTS_MAX];
	struct stamp_test t = {.seq = 40, .sent = {9, 8}, .error = 0x1234, .ssid = 77};
	uint8_t packet[STAMP_BYTES];
	struct stamp_answer a;
	struct world w;

	world_init(&w, SECOND, 3, 10 * MS, 1);
	for (uint32_t i = 0; i < 3; i++, t.seq += 2, t.sent.seconds++) {
		struct live_event ev = {.kind = LIVE_EV_TEST,
					.packet = packet,
					.len = 44 + 700 * i,
					.ttl = 255,
					.arrived = {100, 1},
					.wall = {100, 5}};

		stamp_write_test(&t, packet);
		assert_int_equal(live_step(&w.ends[AMS].live, &ev, w.now_ns, acts), 1);
		assert_int_equal(acts[0].kind, LIVE_ACT_SEND_ANSWER);
		assert_int_equal(acts[0].len, 44 + 700 * i);
		assert_true(stamp_read_answer(acts[0].packet, STAMP_BYTES, &a));
		assert_int_equal(a.seq, i); /* stateful: our own numbers */
		assert_int_equal(a.test_seq, t.seq);
		assert_int_equal(a.ssid, 77);
		assert_int_equal(a.error, STAMP_OUR_ERROR);
		assert_int_equal(a.test_error, 0x1234);
		assert_int_equal(a.test_ttl, 255);
		assert_memory_equal(&a.received, &ev.arrived, sizeof(a.received));
		assert_memory_equal(&a.sent, &ev.wall, sizeof(a.sent));
		assert_memory_equal(&a.test_sent, &t.sent, sizeof(a.test_sent));
	}
}

static void a_reflector_without_session_identifiers_is_good_enough(void **state)
{
	uint8_t packet[STAMP_BYTES];
	struct world w;

	begin(&w);
	catch_answer(&w, packet);
	uint64_t answered = world_report(&w, AMS).counts.answered;

	packet[14] = packet[15] = 0;
	world_inject(&w, AMS, false, packet, STAMP_BYTES, 255);
	assert_int_equal(world_report(&w, AMS).counts.answered, answered + 1);
}

static void a_process_that_was_stopped_does_not_blame_the_peer(void **state)
{
	struct world w;

	begin(&w);
	for (int i = 1; i <= 20; i++) {
		/* stopped, and what came meanwhile is lost, as in a suspended machine */
		w.ends[AMS].asleep_until_ns = w.now_ns + (uint64_t)i * SECOND;
		w.ways[FRA].cut = true;
		world_run(&w, w.ends[AMS].asleep_until_ns - 1);
		w.ways[FRA].cut = false;
		world_run(&w, w.now_ns + 5 * SECOND);
		assert_int_equal(w.ends[AMS].live.state, LIVE_UP);
	}
	for (size_t i = 0; i < w.n_verdicts; i++)
		assert_int_equal(w.verdicts[i].end, FRA);
}

static void a_stop_just_before_the_verdict_leaves_the_peer_a_last_chance(void **state)
{
	for (uint64_t before = 3050 * MS; before < 3450 * MS; before += 50 * MS) {
		struct world w;

		begin(&w);
		w.ways[FRA].cut = true;
		world_run(&w, w.ends[AMS].live.alive_ns + before);
		w.ends[AMS].asleep_until_ns = w.now_ns + 20 * SECOND;
		world_run(&w, w.ends[AMS].asleep_until_ns - 1);
		w.ways[FRA].cut = false;
		world_run(&w, w.now_ns + 5 * SECOND);
		assert_int_equal(w.ends[AMS].live.state, LIVE_UP);
		for (size_t i = 0; i < w.n_verdicts; i++)
			assert_int_equal(w.verdicts[i].end, FRA);
	}
}

static void a_stop_does_not_lengthen_the_next_detection(void **state)
{
	uint8_t packet[STAMP_BYTES];
	struct world w;

	begin(&w);
	catch_answer(&w, packet); /* will wait in the socket */
	w.ends[AMS].asleep_until_ns = w.now_ns + 5 * SECOND;
	world_run(&w, w.now_ns + 100 * MS);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	uint64_t woken = w.ends[AMS].asleep_until_ns;

	world_run(&w, woken + 10 * SECOND);
	assert_int_equal(verdict_of(&w, AMS, 0)->state, LIVE_DOWN);
	assert_in_range(verdict_of(&w, AMS, 0)->at_ns, woken + 3 * SECOND, woken + 4 * SECOND);
}

static void an_agent_that_is_always_late_still_sees_a_dead_link(void **state)
{
	struct world w;

	begin(&w);
	w.ends[FRA].dead = true;
	for (int i = 0; i < 30 && w.n_verdicts == 0; i++) {
		w.ends[AMS].asleep_until_ns = live_due(&w.ends[AMS].live) + 700 * MS;
		world_run(&w, w.ends[AMS].asleep_until_ns);
	}
	assert_int_equal(w.n_verdicts, 1);
	expect(&w, AMS, LIVE_DOWN,
	       "nothing heard from fra for 3 intervals; fra->ams is lost, or fra is down");
}

static void what_waited_in_our_socket_is_no_part_of_the_round_trip(void **state)
{
	uint8_t packet[STAMP_BYTES];
	struct world w;

	begin(&w);
	for (int i = 0; i < 20; i++) {
		catch_answer(&w, packet);
		w.ends[AMS].asleep_until_ns = w.now_ns + 300 * MS;
		world_run(&w, w.now_ns + 500 * MS);
	}
	assert_in_range(world_report(&w, AMS).rtt_avg_ns, 20 * MS - 10, 20 * MS + 10);
}

static void missed_sends_are_left_out_and_not_made_up_for(void **state)
{
	struct world w;

	begin(&w);
	uint64_t sent = world_report(&w, AMS).counts.sent;

	w.ends[AMS].asleep_until_ns = w.now_ns + 30 * SECOND;
	world_run(&w, w.now_ns + 40 * SECOND);
	assert_in_range(world_report(&w, AMS).counts.sent - sent, 10, 12);
}

static void a_shorter_interval_is_no_reason_for_a_verdict(void **state)
{
	struct world w;

	world_init(&w, 60 * SECOND, 3, 10 * MS, 5);
	world_run(&w, w.now_ns + 600 * SECOND + 30 * SECOND);
	w.n_verdicts = 0;
	for (int i = 0; i < ENDS; i++) {
		w.ends[i].conf.interval_ns = 50 * MS;
		live_reconf(&w.ends[i].live, &w.ends[i].conf, w.now_ns);
	}
	world_run(&w, w.now_ns + 5 * SECOND);
	assert_int_equal(w.n_verdicts, 0);
	assert_in_range(world_report(&w, AMS).counts.sent, 100, 115);
}

static void a_shorter_interval_gives_the_peer_its_time_anew(void **state)
{
	for (uint64_t shift = 0; shift < SECOND; shift += 50 * MS) {
		struct world w;

		world_init(&w, SECOND, 1, 10 * MS, 5);
		world_run(&w, w.now_ns + 10 * SECOND + shift);
		w.n_verdicts = 0;
		for (int i = 0; i < ENDS; i++) {
			w.ends[i].conf.interval_ns = 500 * MS;
			live_reconf(&w.ends[i].live, &w.ends[i].conf, w.now_ns);
		}
		world_run(&w, w.now_ns + 5 * SECOND);
		assert_int_equal(w.n_verdicts, 0);
	}
}

static void one_long_outage_wipes_out_the_short_ones(void **state)
{
	struct world w;

	begin(&w);
	for (int i = 0; i < 5; i++) {
		w.ways[AMS].cut = true;
		world_run(&w, w.now_ns + 6 * SECOND);
		w.ways[AMS].cut = false;
		world_run(&w, w.now_ns + 30 * SECOND);
	}
	assert_string_equal(world_report(&w, AMS).reason, "replies again, 24 in a row");
	for (int i = 0; i < 2; i++) {
		w.ways[AMS].cut = true;
		world_run(&w, w.now_ns + (i == 0 ? 60 : 6) * SECOND);
		w.ways[AMS].cut = false;
		world_run(&w, w.now_ns + 5 * SECOND);
		assert_string_equal(world_report(&w, AMS).reason, "replies again, 3 in a row");
	}
}

static void a_reset_peer_is_unknown_until_it_answers_again(void **state)
{
	struct live_event ev = {.kind = LIVE_EV_PEER_RESET};
	struct live_act acts[LIVE_ACTS_MAX];
	struct world w;

	begin(&w);
	assert_int_equal(live_step(&w.ends[AMS].live, &ev, w.now_ns, acts), 1);
	assert_int_equal(acts[0].kind, LIVE_ACT_VERDICT);
	assert_int_equal(acts[0].old_state, LIVE_UP);
	assert_int_equal(acts[0].state, LIVE_UNKNOWN);
	world_run(&w, w.now_ns + 10 * SECOND);
	assert_int_equal(w.n_verdicts, 1);
	expect(&w, AMS, LIVE_UP, "replies, 3 in a row");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_comes_up_after_as_many_answers_as_misses),
		cmocka_unit_test(before_the_first_verdict_the_reason_says_so),
		cmocka_unit_test(a_peer_that_was_never_there_is_down_after_misses_and_a_second),
		cmocka_unit_test(a_cut_of_one_way_is_named_at_both_ends),
		cmocka_unit_test(a_cut_of_both_ways_is_never_taken_for_one),
		cmocka_unit_test(the_direction_follows_the_evidence_while_a_link_is_down),
		cmocka_unit_test(a_healed_link_comes_back_once_with_the_words_for_it),
		cmocka_unit_test(an_agent_that_restarts_makes_no_verdict_at_the_other_end),
		cmocka_unit_test(answers_slower_than_the_interval_are_no_loss),
		cmocka_unit_test(the_round_trip_leaves_out_what_the_peer_and_our_socket_took),
		cmocka_unit_test(the_least_round_trip_is_that_of_the_last_minute),
		cmocka_unit_test(a_clock_stepped_by_an_hour_at_either_end_changes_nothing),
		cmocka_unit_test(
			a_clock_that_steps_while_a_packet_is_at_the_peer_gives_no_absurd_round_trip),
		cmocka_unit_test(the_loss_of_each_way_is_told_apart),
		cmocka_unit_test(an_outage_is_counted_to_its_direction_once_the_link_is_back),
		cmocka_unit_test(a_restarted_reflector_makes_no_absurd_losses),
		cmocka_unit_test(replayed_answers_never_keep_a_dead_link_up),
		cmocka_unit_test(replayed_tests_are_not_heard),
		cmocka_unit_test(a_peer_is_heard_again_after_its_restart_whatever_its_clock),
		cmocka_unit_test(doubled_packets_count_once),
		cmocka_unit_test(reordered_packets_are_neither_lost_nor_replayed),
		cmocka_unit_test(an_answer_after_its_time_is_late_and_no_sign_of_life),
		cmocka_unit_test(what_is_forged_or_malformed_is_counted_and_changes_nothing),
		cmocka_unit_test(
			a_test_that_is_malformed_routed_or_of_another_session_gets_no_answer),
		cmocka_unit_test(a_test_is_answered_with_its_fields_and_in_its_own_size),
		cmocka_unit_test(a_reflector_without_session_identifiers_is_good_enough),
		cmocka_unit_test(a_process_that_was_stopped_does_not_blame_the_peer),
		cmocka_unit_test(a_stop_just_before_the_verdict_leaves_the_peer_a_last_chance),
		cmocka_unit_test(a_stop_does_not_lengthen_the_next_detection),
		cmocka_unit_test(an_agent_that_is_always_late_still_sees_a_dead_link),
		cmocka_unit_test(what_waited_in_our_socket_is_no_part_of_the_round_trip),
		cmocka_unit_test(missed_sends_are_left_out_and_not_made_up_for),
		cmocka_unit_test(a_shorter_interval_is_no_reason_for_a_verdict),
		cmocka_unit_test(a_shorter_interval_gives_the_peer_its_time_anew),
		cmocka_unit_test(one_long_outage_wipes_out_the_short_ones),
		cmocka_unit_test(a_reset_peer_is_unknown_until_it_answers_again),
	};

	return cmocka_run_group_tests_name("live link", tests, NULL, NULL);
}

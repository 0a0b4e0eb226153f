#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void record_for(struct world *w, uint64_t ns, int to, bool test, struct recording *r)
{
	for (uint64_t end = w->now_ns + ns; w->now_ns < end;) {
		world_run(w, w->now_ns + 10 * MS);
		world_record(w, to, test, r);
	}
}

static void replayed_answers_never_keep_a_dead_link_up(void **state)
{
	struct recording r = {0};
	struct world w;

	world_begin(&w);
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

	world_begin(&w);
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

		world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
	world_run(&w, w.now_ns + 100 * SECOND);
	w.ways[FRA].delay_ns = 20 * SECOND;
	record_for(&w, 5 * SECOND, AMS, false, &r);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	world_run(&w, w.now_ns + 60 * SECOND);
	struct live_counts c = world_report(&w, AMS).counts;

	assert_int_equal(w.ends[AMS].live.state, LIVE_DOWN);
	assert_in_range(c.late, 4, 6);
	assert_int_equal(world_verdict(&w, AMS, 0)->state, LIVE_DOWN);
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

		world_begin(&w);
		world_catch_answer(&w, packet);
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

	world_begin(&w);
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

	world_begin(&w);
	world_catch_answer(&w, packet);
	uint64_t answered = world_report(&w, AMS).counts.answered;

	packet[14] = packet[15] = 0;
	world_inject(&w, AMS, false, packet, STAMP_BYTES, 255);
	assert_int_equal(world_report(&w, AMS).counts.answered, answered + 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("live strangers", tests, NULL, NULL);
}

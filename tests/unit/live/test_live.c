#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct world *w, int end, enum live_state state, const char *reason)
{
	const struct verdict *v = world_verdict(w, end, 0);

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

	world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
	world_run(&w, w.now_ns + 60 * SECOND);
	w.ways[AMS].cut = true;
	world_run(&w, w.now_ns + 10 * SECOND);
	w.ways[AMS].cut = false;
	world_run(&w, w.now_ns + 60 * SECOND);
	assert_int_equal(w.n_verdicts, 4);
	assert_int_equal(world_verdict(&w, AMS, 1)->state, LIVE_UP);
	assert_string_equal(world_verdict(&w, AMS, 1)->reason, "replies again, 3 in a row");
	assert_string_equal(world_verdict(&w, FRA, 1)->reason, "replies again, 3 in a row");
}

static void an_agent_that_restarts_makes_no_verdict_at_the_other_end(void **state)
{
	struct world w;

	world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
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

static void a_process_that_was_stopped_does_not_blame_the_peer(void **state)
{
	struct world w;

	world_begin(&w);
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

		world_begin(&w);
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

	world_begin(&w);
	world_catch_answer(&w, packet); /* will wait in the socket */
	w.ends[AMS].asleep_until_ns = w.now_ns + 5 * SECOND;
	world_run(&w, w.now_ns + 100 * MS);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	uint64_t woken = w.ends[AMS].asleep_until_ns;

	world_run(&w, woken + 10 * SECOND);
	assert_int_equal(world_verdict(&w, AMS, 0)->state, LIVE_DOWN);
	assert_in_range(world_verdict(&w, AMS, 0)->at_ns, woken + 3 * SECOND, woken + 4 * SECOND);
}

static void an_agent_that_is_always_late_still_sees_a_dead_link(void **state)
{
	struct world w;

	world_begin(&w);
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

	world_begin(&w);
	for (int i = 0; i < 20; i++) {
		world_catch_answer(&w, packet);
		w.ends[AMS].asleep_until_ns = w.now_ns + 300 * MS;
		world_run(&w, w.now_ns + 500 * MS);
	}
	assert_in_range(world_report(&w, AMS).rtt_avg_ns, 20 * MS - 10, 20 * MS + 10);
}

static void missed_sends_are_left_out_and_not_made_up_for(void **state)
{
	struct world w;

	world_begin(&w);
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

	world_begin(&w);
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

	world_begin(&w);
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

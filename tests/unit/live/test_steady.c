/*
 * What must hold for every input of a kind: the bounds of detection, no verdict without cause, and an
 * end to every movement while the input stays the same. Inputs are drawn from a fixed seed.
 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TRACES = 500 };

static const uint64_t intervals[] = {50 * MS, 100 * MS, SECOND, 60 * SECOND};

static void draw(struct world *w, uint32_t seed)
{
	uint64_t interval = intervals[seed % 4];
	uint32_t misses = 2 + seed / 4 % 4;

	world_init(w, interval, misses, seed % 7 * 60 * MS, seed);
	w->ways[AMS].jitter_ns = w->ways[FRA].jitter_ns = interval / 20;
}

static void run_intervals(struct world *w, uint64_t n)
{
	world_run(w, w->now_ns + n * w->ends[AMS].conf.interval_ns);
}

static void settle(struct world *w)
{
	run_intervals(w, 30);
	w->n_verdicts = 0;
	assert_int_equal(w->ends[AMS].live.state, LIVE_UP);
	assert_int_equal(w->ends[FRA].live.state, LIVE_UP);
}

static void a_sound_link_gives_one_verdict_and_then_silence(void **state)
{
	for (uint32_t seed = 0; seed < TRACES; seed++) {
		struct world w;

		draw(&w, seed);
		run_intervals(&w, 2000);
		assert_int_equal(w.n_verdicts, 2);
		for (int i = 0; i < ENDS; i++) {
			struct live_report r = world_report(&w, i);

			assert_int_equal(r.state, LIVE_UP);
			assert_in_range(r.counts.sent, 1995, 2001);
			assert_int_equal(r.counts.lost + r.counts.late + r.counts.bad, 0);
		}
	}
}

/* From the cut on: misses intervals and one more, and what was on its way when it was cut. */
static void a_cut_is_seen_within_misses_and_one_interval(void **state)
{
	for (uint32_t seed = 0; seed < TRACES; seed++) {
		struct world w;

		draw(&w, seed);
		settle(&w);
		run_intervals(&w, seed % 13);
		world_run(&w, w.now_ns + world_random(&w) % w.ends[AMS].conf.interval_ns);

		const struct live_conf *c = &w.ends[AMS].conf;
		uint64_t cut = w.now_ns, on_its_way = 2 * w.ways[AMS].delay_ns;
		uint64_t jitter = 2 * w.ways[AMS].jitter_ns;

		w.ways[AMS].cut = true;
		w.ways[FRA].cut = seed & 1;
		run_intervals(&w, 50);
		assert_int_equal(w.n_verdicts, 2);
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(w.verdicts[i].state, LIVE_DOWN);
			assert_in_range(w.verdicts[i].at_ns, cut + (c->misses - 1) * c->interval_ns,
					cut + (c->misses + 1) * c->interval_ns + on_its_way +
						jitter);
		}
		w.n_verdicts = 0;
		w.ways[AMS].cut = w.ways[FRA].cut = false;
		world_run(&w, w.now_ns + on_its_way);
		run_intervals(&w, c->misses + 3);
		assert_int_equal(w.n_verdicts, 2);
		assert_int_equal(w.ends[AMS].live.state, LIVE_UP);
		assert_int_equal(w.ends[FRA].live.state, LIVE_UP);
	}
}

static uint32_t allowed;

/* Never as many in a row as misses, whichever way; the answers all arrive. */
static bool lose_in_runs(const struct world *w, int from, bool test, uint32_t seq)
{
	return test && from == AMS && seq % (allowed + 1) != 0;
}

static void never_down_while_fewer_tests_in_a_row_than_misses_are_lost(void **state)
{
	for (uint32_t seed = 0; seed < TRACES; seed++) {
		struct world w;

		draw(&w, seed);
		settle(&w);
		allowed = w.ends[AMS].conf.misses - 1;
		w.lose = lose_in_runs;
		run_intervals(&w, 1000);
		assert_int_equal(w.n_verdicts, 0);
	}
}

static void always_down_when_as_many_tests_in_a_row_as_misses_are_lost(void **state)
{
	for (uint32_t seed = 0; seed < TRACES; seed++) {
		struct world w;

		draw(&w, seed);
		settle(&w);
		allowed = w.ends[AMS].conf.misses;
		w.lose = lose_in_runs;
		run_intervals(&w, 100);
		assert_int_equal(w.n_verdicts, 1);
		assert_int_equal(w.verdicts[0].state, LIVE_DOWN);
	}
}

static uint32_t good, period;

static bool lose_by_period(const struct world *w, int from, bool test, uint32_t seq)
{
	return test && from == AMS && seq % period >= good;
}

/* A link that comes and goes: a few changes, then it is left down; only ups as long as 16 * misses
 * intervals may go on for ever. */
static void every_short_period_of_loss_settles(void **state)
{
	for (uint32_t seed = 0; seed < TRACES; seed++) {
		struct world w;

		draw(&w, seed);
		settle(&w);
		uint32_t misses = w.ends[AMS].conf.misses;

		good = 1 + world_random(&w) % (15 * misses - 1);
		period = good + 1 + world_random(&w) % (10 * misses);
		w.lose = lose_by_period;
		run_intervals(&w, 12ULL * period);
		w.n_verdicts = 0;
		run_intervals(&w, 20ULL * period);
		assert_int_equal(w.n_verdicts, 0);
		w.lose = NULL;
		run_intervals(&w, 20ULL * misses + 30);
		assert_int_equal(w.ends[AMS].live.state, LIVE_UP);
	}
}

static void check_counts(const struct world *w, int end)
{
	const struct live *l = &w->ends[end].live;
	struct live_report r = world_report(w, end);
	const struct live_counts *c = &r.counts;
	uint64_t open = (uint64_t)__builtin_popcount(l->sent.open);

	assert_int_equal(c->sent, c->answered + c->lost + open);
	assert_true(c->lost_to + c->lost_from <= c->lost);
	assert_true(r.rtt_ns < 30 * l->conf.interval_ns + 3 * SECOND);
	assert_true(live_due(l) > w->now_ns);
	assert_true(live_due(l) <= w->now_ns + l->conf.interval_ns * 3 / 2);
}

static void stir(struct world *w, uint32_t draw_of)
{
	int end = (int)(world_random(w) & 1);
	uint64_t interval = w->ends[AMS].conf.interval_ns;

	switch (draw_of % 8) {
	case 0:
		w->ways[end].cut = !w->ways[end].cut;
		break;
	case 1:
		w->ways[end].loss = world_random(w) & 0xffff;
		break;
	case 2:
		w->ways[end].loss = w->ways[end].doubled = 0;
		break;
	case 3:
		w->ways[end].doubled = world_random(w) & 0xffff;
		break;
	case 4:
		w->ways[end].jitter_ns = world_random(w) % interval;
		break;
	case 5:
		w->ends[end].wall_ns += ((int64_t)(world_random(w) % 7200) - 3600) * 1000000000;
		break;
	case 6:
		w->ends[end].asleep_until_ns = w->now_ns + world_random(w) % (4 * interval);
		break;
	case 7:
		if (world_random(w) % 4 == 0)
			world_start(w, end);
		break;
	}
}

static void calm(struct world *w)
{
	for (int i = 0; i < ENDS; i++) {
		uint64_t delay = w->ways[i].delay_ns;

		w->ways[i] = (struct way){.delay_ns = delay};
	}
}

/* Over a million steps; after each trouble the link is up again once there is calm. */
static void whatever_happens_the_counts_stay_true_and_calm_brings_it_up(void **state)
{
	uint64_t steps = 0;

	for (uint32_t seed = 0; seed < 60; seed++) {
		struct world w;

		draw(&w, seed);
		for (int i = 0; i < 600; i++) {
			stir(&w, world_random(&w));
			run_intervals(&w, 1 + world_random(&w) % 20);
			for (int end = 0; end < ENDS; end++) {
				if (w.ends[end].asleep_until_ns <= w.now_ns)
					check_counts(&w, end);
			}
		}
		steps += w.steps;
		calm(&w);
		run_intervals(&w, 20ULL * w.ends[AMS].conf.misses + 40);
		assert_int_equal(w.ends[AMS].live.state, LIVE_UP);
		assert_int_equal(w.ends[FRA].live.state, LIVE_UP);
	}
	assert_true(steps > 1000000);
}

static void random_packets_never_break_or_raise_a_link(void **state)
{
	struct world w;

	world_init(&w, SECOND, 3, 10 * MS, 9);
	w.ways[AMS].cut = w.ways[FRA].cut = true;
	run_intervals(&w, 20);
	for (int n = 0; n < 300000; n++) {
		uint8_t packet[STAMP_BYTES];
		size_t len = world_random(&w) % 8 ? STAMP_BYTES : world_random(&w) % STAMP_BYTES;

		for (size_t i = 0; i < sizeof(packet); i += 4) {
			uint32_t r = world_random(&w);

			memcpy(packet + i, &r, 4);
		}
		packet[14] = 0;
		packet[15] = world_random(&w) & 1 ? 77 : 0;
		if (world_random(&w) & 1) /* a number that was sent */
			packet[24] = packet[25] = packet[26] = 0;
		world_inject(&w, AMS, world_random(&w) & 1, packet, len, 255);
		if (n % 16 == 0)
			world_run(&w, w.now_ns + 10 * MS);
		/* answers to the random tests go nowhere */
	}
	struct live_report r = world_report(&w, AMS);

	assert_int_equal(r.state, LIVE_DOWN);
	assert_int_equal(r.counts.answered, 0);
	assert_int_equal(w.n_verdicts, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_link_gives_one_verdict_and_then_silence),
		cmocka_unit_test(a_cut_is_seen_within_misses_and_one_interval),
		cmocka_unit_test(never_down_while_fewer_tests_in_a_row_than_misses_are_lost),
		cmocka_unit_test(always_down_when_as_many_tests_in_a_row_as_misses_are_lost),
		cmocka_unit_test(every_short_period_of_loss_settles),
		cmocka_unit_test(whatever_happens_the_counts_stay_true_and_calm_brings_it_up),
		cmocka_unit_test(random_packets_never_break_or_raise_a_link),
	};

	return cmocka_run_group_tests_name("live steady", tests, NULL, NULL);
}

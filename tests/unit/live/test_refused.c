#include "live/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t ms = 1000000;

static const struct live_conf conf = {
	.interval_ns = 50000000,
	.misses = 3,
	.ssid = 7,
	.to = "ams->fra",
	.from = "fra->ams",
	.peer = "fra",
};

struct said {
	size_t verdicts;
	enum live_state last;
	char reason[LIVE_REASON_BYTES];
};

static void feed(struct live *l, enum live_event_kind kind, uint64_t now, struct said *said)
{
	struct live_event ev = {.kind = kind, .wall = {1, 1}};
	struct live_act acts[LIVE_ACTS_MAX];
	size_t n = live_step(l, &ev, now, acts);

	for (size_t i = 0; i < n; i++) {
		if (acts[i].kind != LIVE_ACT_VERDICT)
			continue;
		said->verdicts++;
		said->last = acts[i].state;
		memcpy(said->reason, acts[i].reason, sizeof(said->reason));
	}
}

/* Ticks every 10 ms; a refusal every @refuse_ms, 0: none. */
static void run(struct live *l, uint64_t from_ms, uint64_t to_ms, uint64_t refuse_ms,
		struct said *said)
{
	for (uint64_t t = from_ms; t < to_ms; t += 10) {
		if (refuse_ms && t % refuse_ms == 0)
			feed(l, LIVE_EV_REFUSED, t * ms, said);
		feed(l, LIVE_EV_TICK, t * ms, said);
	}
}

static void set_up_link(struct live *l, enum live_state state)
{
	live_init(l, &conf, 10000 * ms, 0);
	l->state = state;
}

static void a_missing_agent_is_not_a_link_that_is_down(void **state)
{
	struct said said = {0};
	struct live_report r;
	struct live l;

	set_up_link(&l, LIVE_UP);
	run(&l, 10000, 20000, 1000, &said);
	assert_int_equal(said.verdicts, 1);
	assert_int_equal(said.last, LIVE_UNKNOWN);
	assert_string_equal(said.reason,
			    "no agent runs at fra; its host says so, so the path works "
			    "both ways");
	live_report(&l, 20000 * ms, &r);
	assert_int_equal(r.to, ARRIVES_YES);
	assert_int_equal(r.from, ARRIVES_YES);
}

static void without_refusals_silence_is_down(void **state)
{
	struct said said = {0};
	struct live l;

	set_up_link(&l, LIVE_UP);
	run(&l, 10000, 11000, 0, &said);
	assert_int_equal(said.verdicts, 1);
	assert_int_equal(said.last, LIVE_DOWN);
}

static void when_the_refusals_end_the_link_goes_down_after_all(void **state)
{
	struct said said = {0};
	struct live l;

	set_up_link(&l, LIVE_UP);
	run(&l, 10000, 15000, 1000, &said);
	assert_int_equal(said.last, LIVE_UNKNOWN);
	run(&l, 15000, 17000, 0, &said);
	assert_int_equal(said.last, LIVE_UNKNOWN);
	run(&l, 17000, 20000, 0, &said);
	assert_int_equal(said.last, LIVE_DOWN);
	assert_int_equal(said.verdicts, 2);
}

static void a_path_that_is_back_without_its_agent_is_down_no_more(void **state)
{
	struct said said = {0};
	struct live l;

	set_up_link(&l, LIVE_DOWN);
	run(&l, 10000, 20000, 1000, &said);
	assert_int_equal(said.verdicts, 1);
	assert_int_equal(said.last, LIVE_UNKNOWN);
}

static void one_old_refusal_excuses_nothing(void **state)
{
	struct said said = {0};
	struct live l;

	set_up_link(&l, LIVE_UP);
	feed(&l, LIVE_EV_REFUSED, 5000 * ms, &said);
	run(&l, 10000, 11000, 0, &said);
	assert_int_equal(said.last, LIVE_DOWN);
}

static void a_long_interval_leaves_refusals_standing_until_the_next_test(void **state)
{
	struct live_conf slow = conf;
	struct said said = {0};
	struct live l;

	slow.interval_ns = 60000 * ms;
	live_init(&l, &slow, 10000 * ms, 0);
	l.state = LIVE_UP;
	for (uint64_t t = 10000; t < 2000000; t += 1000) {
		if (t % 60000 == 10000) /* one answer to each test */
			feed(&l, LIVE_EV_REFUSED, t * ms, &said);
		feed(&l, LIVE_EV_TICK, t * ms, &said);
	}
	assert_int_equal(said.verdicts, 1);
	assert_int_equal(said.last, LIVE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_agent_is_not_a_link_that_is_down),
		cmocka_unit_test(without_refusals_silence_is_down),
		cmocka_unit_test(when_the_refusals_end_the_link_goes_down_after_all),
		cmocka_unit_test(a_path_that_is_back_without_its_agent_is_down_no_more),
		cmocka_unit_test(one_old_refusal_excuses_nothing),
		cmocka_unit_test(a_long_interval_leaves_refusals_standing_until_the_next_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

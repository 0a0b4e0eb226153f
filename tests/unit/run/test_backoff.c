#include "run/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint64_t s = 1000000000;

static void failures_wait_twice_as_long_up_to_a_minute(void **state)
{
	static const uint64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	struct backoff b = {0};
	uint64_t now = 5 * s;

	assert_false(backoff_held(&b, now));
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		backoff_fail(&b, now);
		assert_true(backoff_held(&b, now + waits[i] * s - 1));
		assert_false(backoff_held(&b, now + waits[i] * s));
		now += waits[i] * s;
	}
	backoff_done(&b);
	backoff_fail(&b, now);
	assert_false(backoff_held(&b, now + s));
}

static void a_few_repairs_are_done_at_once(void **state)
{
	struct repairs r = {0};

	for (int i = 1; i < REPAIRS_AT_ONCE; i++) {
		assert_false(repairs_seen(&r, (uint64_t)i * s));
		assert_false(backoff_held(&r.hold, (uint64_t)i * s));
	}
}

static void someone_who_fights_waits_longer_each_time(void **state)
{
	struct repairs r = {0};
	uint64_t now = s, last = 0;

	for (int i = 1; i < REPAIRS_AT_ONCE; i++)
		repairs_seen(&r, now);
	for (int i = 0; i < 10; i++) {
		uint64_t wait;

		assert_true(repairs_seen(&r, now));
		wait = r.hold.until_ns - now;
		assert_true(wait > last || wait == BACKOFF_LAST_NS);
		last = wait;
		now += wait;
	}
	assert_int_equal(last, BACKOFF_LAST_NS);
	assert_int_equal(r.total, REPAIRS_AT_ONCE - 1 + 10);
}

static void a_quiet_time_after_the_wait_ends_the_fight(void **state)
{
	struct repairs r = {0};

	for (int i = 0; i < 20; i++)
		repairs_seen(&r, s);
	assert_true(backoff_held(&r.hold, s + 59 * s));
	assert_true(repairs_seen(&r, s + BACKOFF_LAST_NS + REPAIR_QUIET_NS - 1));
	assert_false(repairs_seen(&r, r.hold.until_ns + REPAIR_QUIET_NS));
	assert_int_equal(r.row, 1);
	assert_int_equal(r.total, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_wait_twice_as_long_up_to_a_minute),
		cmocka_unit_test(a_few_repairs_are_done_at_once),
		cmocka_unit_test(someone_who_fights_waits_longer_each_time),
		cmocka_unit_test(a_quiet_time_after_the_wait_ends_the_fight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What apply does to a kernel that has GRE. */
#include "wanted.h"

#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void links_of_both_kinds_are_made_whole(void **state)
{
	struct world *w = *state;

	world_apply(w);
	assert_string_equal(world_diff(w), "");
	sh("ip -d link show; ip addr; ip route; ip -6 route");
}

static void applying_again_writes_nothing(void **state)
{
	struct world *w = *state;

	assert_true(world_apply(w) > 0);
	assert_int_equal(world_apply(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(links_of_both_kinds_are_made_whole, world_open,
						world_close),
		cmocka_unit_test_setup_teardown(applying_again_writes_nothing, world_open,
						world_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

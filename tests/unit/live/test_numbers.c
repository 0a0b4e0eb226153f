/* Which packet is new, and which direction lost one: by the numbers alone. */
#include "live/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct packet {
	uint32_t seq, seconds;
	bool heard;
};

static void hear(const struct packet *list, size_t n)
{
	struct live_heard h = {0};

	for (size_t i = 0; i < n; i++) {
		bool heard =
			live_heard_take(&h, list[i].seq, (struct ntp_time){list[i].seconds, 0});

		if (heard != list[i].heard)
			fail_msg("packet %zu (number %u, time %u)", i, list[i].seq,
				 list[i].seconds);
	}
}

#define HEAR(...)                                                                                  \
	do {                                                                                       \
		static const struct packet list[] = {__VA_ARGS__};                                 \
		hear(list, sizeof(list) / sizeof(*list));                                          \
	} while (0)

static void each_packet_is_heard_once_in_any_order(void **state)
{
	HEAR({5, 105, true}, {5, 105, false}, {8, 108, true}, {6, 106, true}, {6, 106, false},
	     {7, 107, true}, {9, 109, true}, {8, 108, false}, {5, 105, false});
}

static void numbers_run_over_their_end(void **state)
{
	HEAR({0xfffffffe, 100, true}, {0, 102, true}, {0xffffffff, 101, true}, {0, 102, false},
	     {1, 103, true});
}

static void a_restarted_peer_begins_at_zero_with_a_later_time(void **state)
{
	HEAR({5000, 900, true}, {0, 1000, true}, {1, 1001, true}, {1, 1001, false});
	HEAR({3, 900, true}, {0, 1000, true}, {1, 1001, true}, {2, 1002, true});
}

static void a_packet_of_before_the_restart_is_not_heard_however_high_its_number(void **state)
{
	HEAR({5000, 900, true}, {0, 1000, true}, {5003, 903, false}, {1, 1001, true},
	     {5004, 904, false}, {2, 1002, true}, {0x40000000, 905, false}, {3, 1003, true});
}

static void a_clock_that_goes_back_leaves_the_numbers_to_decide(void **state)
{
	HEAR({10, 9000, true}, {11, 5400, true}, {12, 5401, true}, {11, 5400, false});
}

static void a_restart_with_a_clock_gone_back_is_believed_from_the_third_on(void **state)
{
	HEAR({5000, 9000, true}, {0, 5400, false}, {1, 5401, false}, {2, 5402, true},
	     {3, 5403, true});
	/* out of order they are not */
	HEAR({5000, 9000, true}, {0, 5400, false}, {2, 5402, false}, {1, 5401, false},
	     {3, 5403, false}, {7, 5404, false});
}

struct answer {
	uint32_t seq, answer;
	uint64_t to, from; /* lost so far */
};

static void count(const struct answer *list, size_t n)
{
	struct live_loss l = {0};

	for (size_t i = 0; i < n; i++) {
		uint64_t to, from;

		live_loss_take(&l, list[i].seq, list[i].answer);
		live_loss_read(&l, &to, &from);
		if (to != list[i].to || from != list[i].from)
			fail_msg("answer %zu (%u, %u): lost %llu to, %llu from", i, list[i].seq,
				 list[i].answer, (unsigned long long)to, (unsigned long long)from);
	}
}

#define COUNT(...)                                                                                 \
	do {                                                                                       \
		static const struct answer list[] = {__VA_ARGS__};                                 \
		count(list, sizeof(list) / sizeof(*list));                                         \
	} while (0)

static void a_gap_in_both_numbers_is_the_way_back(void **state)
{
	COUNT({0, 70, 0, 0}, {1, 71, 0, 0}, {4, 74, 0, 2}, {5, 75, 0, 2});
}

static void a_gap_in_our_numbers_alone_is_the_way_there(void **state)
{
	COUNT({0, 70, 0, 0}, {3, 71, 2, 0}, {9, 74, 5, 2});
}

static void an_answer_that_was_overtaken_is_not_lost(void **state)
{
	COUNT({0, 70, 0, 0}, {2, 72, 0, 1}, {1, 71, 0, 0}, {3, 73, 0, 0});
	/* the tests overtook each other */
	COUNT({0, 70, 0, 0}, {2, 71, 1, 0}, {1, 72, 0, 0}, {3, 73, 0, 0});
	/* the first of all was overtaken: it came before the count began */
	COUNT({5, 75, 0, 0}, {4, 74, 0, 0}, {6, 76, 0, 0}, {8, 78, 0, 1});
}

static void a_restarted_reflector_ends_a_stretch_and_the_next_one_counts(void **state)
{
	COUNT({0, 1000, 0, 0}, {2, 1002, 0, 1}, {9, 0, 0, 1}, {10, 1, 0, 1}, {13, 2, 2, 1},
	      {15, 4, 2, 2});
	/* restarted, and by chance ahead of where it was */
	COUNT({0, 3, 0, 0}, {1, 400, 0, 0}, {2, 401, 0, 0}, {4, 403, 0, 1});
}

static void both_numbers_run_over_their_end(void **state)
{
	COUNT({0xffffffff, 0xfffffffe, 0, 0}, {0, 0xffffffff, 0, 0}, {2, 1, 0, 1}, {4, 2, 1, 1});
}

static void a_stateless_reflector_shows_all_loss_as_loss_of_the_way_back(void **state)
{
	COUNT({0, 0, 0, 0}, {3, 3, 0, 2}, {4, 4, 0, 2});
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_is_heard_once_in_any_order),
		cmocka_unit_test(numbers_run_over_their_end),
		cmocka_unit_test(a_restarted_peer_begins_at_zero_with_a_later_time),
		cmocka_unit_test(
			a_packet_of_before_the_restart_is_not_heard_however_high_its_number),
		cmocka_unit_test(a_clock_that_goes_back_leaves_the_numbers_to_decide),
		cmocka_unit_test(a_restart_with_a_clock_gone_back_is_believed_from_the_third_on),
		cmocka_unit_test(a_gap_in_both_numbers_is_the_way_back),
		cmocka_unit_test(a_gap_in_our_numbers_alone_is_the_way_there),
		cmocka_unit_test(an_answer_that_was_overtaken_is_not_lost),
		cmocka_unit_test(a_restarted_reflector_ends_a_stretch_and_the_next_one_counts),
		cmocka_unit_test(both_numbers_run_over_their_end),
		cmocka_unit_test(a_stateless_reflector_shows_all_loss_as_loss_of_the_way_back),
	};

	return cmocka_run_group_tests_name("live numbers", tests, NULL, NULL);
}

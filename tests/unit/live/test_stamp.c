#include "live/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct stamp_test a_test = {
	.seq = 0x01020304,
	.sent = {0xe1112131, 0x41516171},
	.error = STAMP_OUR_ERROR,
	.ssid = 0xc0de,
};

static const uint8_t a_test_bytes[STAMP_BYTES] = {
	0x01, 0x02, 0x03, 0x04, 0xe1, 0x11, 0x21, 0x31,
	0x41, 0x51, 0x61, 0x71, 0x20, 0x01, 0xc0, 0xde,
};

static const struct stamp_answer an_answer = {
	.seq = 7,
	.sent = {0xe1112132, 1},
	.error = STAMP_OUR_ERROR,
	.ssid = 0xc0de,
	.received = {0xe1112131, 0xffffffff},
	.test_seq = 0x01020304,
	.test_sent = {0xe1112131, 0x41516171},
	.test_error = 0x8103,
	.test_ttl = 255,
};

static const uint8_t an_answer_bytes[STAMP_BYTES] = {
	0,    0,    0,	  7,	0xe1, 0x11, 0x21, 0x32, 0,    0,    0, 1, 0x20, 0x01,
	0xc0, 0xde, 0xe1, 0x11, 0x21, 0x31, 0xff, 0xff, 0xff, 0xff, 1, 2, 3,	4,
	0xe1, 0x11, 0x21, 0x31, 0x41, 0x51, 0x61, 0x71, 0x81, 0x03, 0, 0, 255,
};

static void a_test_packet_is_laid_out_as_in_rfc_8762_section_4_2_1(void **state)
{
	uint8_t packet[STAMP_BYTES];
	struct stamp_test back;

	memset(packet, 0xaa, sizeof(packet)); /* what must be zero is written as zero */
	stamp_write_test(&a_test, packet);
	assert_memory_equal(packet, a_test_bytes, STAMP_BYTES);
	assert_true(stamp_read_test(packet, STAMP_BYTES, &back));
	assert_memory_equal(&back, &a_test, sizeof(back));
}

static void an_answer_is_laid_out_as_in_rfc_8762_section_4_3_1(void **state)
{
	uint8_t packet[STAMP_BYTES];
	struct stamp_answer back;

	memset(packet, 0xaa, sizeof(packet));
	stamp_write_answer(&an_answer, packet);
	assert_memory_equal(packet, an_answer_bytes, STAMP_BYTES);
	assert_true(stamp_read_answer(packet, STAMP_BYTES, &back));
	assert_int_equal(back.seq, an_answer.seq);
	assert_memory_equal(&back.sent, &an_answer.sent, sizeof(back.sent));
	assert_int_equal(back.error, an_answer.error);
	assert_int_equal(back.ssid, an_answer.ssid);
	assert_memory_equal(&back.received, &an_answer.received, sizeof(back.received));
	assert_int_equal(back.test_seq, an_answer.test_seq);
	assert_memory_equal(&back.test_sent, &an_answer.test_sent, sizeof(back.test_sent));
	assert_int_equal(back.test_error, an_answer.test_error);
	assert_int_equal(back.test_ttl, an_answer.test_ttl);
}

static void a_packet_shorter_than_44_bytes_is_refused_at_every_length(void **state)
{
	struct stamp_answer a;
	struct stamp_test t;

	for (size_t len = 0; len < STAMP_BYTES; len++) {
		uint8_t *packet = calloc(1, len ? len : 1); /* a read beyond is seen by ASan */

		assert_false(stamp_read_test(packet, len, &t));
		assert_false(stamp_read_answer(packet, len, &a));
		free(packet);
	}
}

static void
our_error_estimate_says_unsynchronized_ntp_and_a_multiplier_that_is_not_zero(void **state)
{
	assert_int_equal(STAMP_OUR_ERROR & 0x8000, 0);
	assert_int_equal(STAMP_OUR_ERROR & STAMP_ERROR_Z, 0);
	assert_int_equal(STAMP_OUR_ERROR >> 8 & 0x3f, 32); /* 2^32 of 2^-32 s */
	assert_int_equal(STAMP_OUR_ERROR & 0xff, 1);
}

static void unix_time_becomes_ntp_time(void **state)
{
	static const struct {
		uint64_t ns;
		struct ntp_time ntp;
	} table[] = {
		{0, {2208988800U, 0}},
		{500000000, {2208988800U, 0x80000000}},
		{999999999, {2208988800U, 0xfffffffb}},
		{UINT64_C(1704067200250000000), {3913056000U, 0x40000000}}, /* 2024-01-01 */
		{UINT64_C(2085978496000000000), {0, 0}},		    /* era 1, 2036-02-07 */
		{UINT64_C(2085978497000000001), {1, 4}},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct ntp_time t = ntp_from_unix_ns(table[i].ns);

		assert_int_equal(t.seconds, table[i].ntp.seconds);
		assert_int_equal(t.fraction, table[i].ntp.fraction);
	}
}

static void times_are_compared_across_the_era_of_2036(void **state)
{
	static const struct {
		struct ntp_time from, to;
		int64_t ns;
	} table[] = {
		{{5, 0}, {5, 0}, 0},
		{{5, 0}, {6, 0}, 1000000000},
		{{5, 0x80000000}, {6, 0}, 500000000},
		{{6, 0}, {5, 0x80000000}, -500000000},
		{{0xffffffff, 0}, {1, 0}, 2000000000},
		{{1, 0}, {0xffffffff, 0}, -2000000000},
		{{10, 0}, {3610, 0}, INT64_C(3600000000000)},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		assert_int_equal(ntp_between_ns(table[i].from, table[i].to), table[i].ns);
		assert_int_equal(ntp_later(table[i].to, table[i].from), table[i].ns > 0);
	}
}

static void the_dwell_is_read_in_the_format_that_the_reflector_names(void **state)
{
	struct stamp_answer a = {.received = {100, 900000000}, .sent = {101, 100000000}};

	a.error = STAMP_ERROR_Z | 1; /* PTPv2: the second word is nanoseconds */
	assert_int_equal(stamp_dwell_ns(&a), 200000000);
	a.error = 1;
	a.received.fraction = 0xe0000000;
	a.sent.fraction = 0x20000000;
	assert_int_equal(stamp_dwell_ns(&a), 250000000);
	a.sent.seconds = 99; /* its clock went back in between */
	assert_int_equal(stamp_dwell_ns(&a), -1750000000);
}

static void any_44_bytes_come_back_but_for_what_must_be_zero(void **state)
{
	uint32_t random = 1;

	for (int n = 0; n < 100000; n++) {
		uint8_t in[STAMP_BYTES], out[STAMP_BYTES];
		struct stamp_answer a;

		for (size_t i = 0; i < sizeof(in); i++) {
			random = random * 1664525 + 1013904223;
			in[i] = (uint8_t)(random >> 24);
		}
		assert_true(stamp_read_answer(in, sizeof(in), &a));
		(void)stamp_dwell_ns(&a);
		stamp_write_answer(&a, out);
		in[38] = in[39] = in[41] = in[42] = in[43] = 0;
		assert_memory_equal(in, out, STAMP_BYTES);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_test_packet_is_laid_out_as_in_rfc_8762_section_4_2_1),
		cmocka_unit_test(an_answer_is_laid_out_as_in_rfc_8762_section_4_3_1),
		cmocka_unit_test(a_packet_shorter_than_44_bytes_is_refused_at_every_length),
		cmocka_unit_test(
			our_error_estimate_says_unsynchronized_ntp_and_a_multiplier_that_is_not_zero),
		cmocka_unit_test(unix_time_becomes_ntp_time),
		cmocka_unit_test(times_are_compared_across_the_era_of_2036),
		cmocka_unit_test(the_dwell_is_read_in_the_format_that_the_reflector_names),
		cmocka_unit_test(any_44_bytes_come_back_but_for_what_must_be_zero),
	};

	return cmocka_run_group_tests_name("live stamp", tests, NULL, NULL);
}

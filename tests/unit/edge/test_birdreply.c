/* test_birdreply - what BIRD says, as tables of text and value */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/birdreply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int scan(const char *text, size_t len, size_t *at)
{
	struct birdreply_scan s = {0};
	int r = birdreply_scan(&s, text, len);

	if (at)
		*at = s.at;
	return r;
}

static void a_reply_ends_at_a_code_and_a_blank(void **state)
{
	static const struct {
		const char *text;
		int result;
		size_t at;
	} table[] = {
		{"", BIRDREPLY_MORE, 0},
		{"0001 BIRD 2.0.12 ready.", BIRDREPLY_MORE, 0},
		{"0001 BIRD 2.0.12 ready.\n", BIRDREPLY_WHOLE, 24},
		{"0003-a\n", BIRDREPLY_MORE, 7},
		{"0003-a\n0003 b\n", BIRDREPLY_WHOLE, 14},
		{"1002-a\n b\n \n0000 \n", BIRDREPLY_WHOLE, 18},
		{"0000\n", BIRDREPLY_WHOLE, 5},
		{"+2026 a log line\n0013 up\n", BIRDREPLY_WHOLE, 25},
		{"0013 up\n0013 again\n", BIRDREPLY_WHOLE, 8},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		size_t at;

		assert_int_equal(scan(table[i].text, strlen(table[i].text), &at), table[i].result);
		assert_int_equal(at, table[i].at);
	}
}

static void what_is_no_reply_is_refused(void **state)
{
	static const char *const table[] = {
		"HTTP/1.1 400 Bad Request\n",
		"\n",
		" text without a code before\n",
		"12 a\n",
		"000a b\n",
		"0001.\n",
		"0001_a\n",
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_int_equal(scan(table[i], strlen(table[i]), NULL), -EPROTO);
	assert_int_equal(scan("0001-a\0b\n", 9, NULL), -EPROTO);
}

static void an_endless_line_is_refused(void **state)
{
	size_t n = BIRDREPLY_LINE + 100;
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, "0001-", 5);
	assert_int_equal(scan(text, BIRDREPLY_LINE, NULL), BIRDREPLY_MORE);
	assert_int_equal(scan(text, n, NULL), -EPROTO);
	free(text);
}

static void a_reply_in_any_pieces_is_the_same(void **state)
{
	const char *text = "1002-one\n two\n1006-three\n0000 \n";
	size_t n = strlen(text);

	for (size_t step = 1; step <= n; step++) {
		struct birdreply_scan s = {0};
		int r = BIRDREPLY_MORE;

		for (size_t have = step; r == BIRDREPLY_MORE; have += step)
			r = birdreply_scan(&s, text, have < n ? have : n);
		assert_int_equal(r, BIRDREPLY_WHOLE);
		assert_int_equal(s.at, n);
	}
}

static void lines_carry_the_code_before_them(void **state)
{
	const char *text = "1002-one\n two\n+log\n1006-three\n0000 \n";
	struct arena *a = arena_new();
	struct birdreply r;

	birdreply_parse(a, text, strlen(text), &r);
	assert_int_equal(r.n, 4);
	assert_int_equal(r.code, 0);
	assert_int_equal(r.list[0].code, 1002);
	assert_int_equal(r.list[1].code, 1002);
	assert_string_equal(r.list[1].text, "two");
	assert_int_equal(r.list[2].code, 1006);
	assert_string_equal(birdreply_text(a, &r), "one\ntwo\nthree\n");
	arena_free(a);
}

static const char *version_of(struct arena *a, const char *text)
{
	struct birdreply r;

	birdreply_parse(a, text, strlen(text), &r);
	return birdreply_version(a, &r);
}

static void the_greeting_tells_the_version(void **state)
{
	struct arena *a = arena_new();

	assert_string_equal(version_of(a, "0001 BIRD 2.0.12 ready.\n"), "2.0.12");
	assert_string_equal(version_of(a, "0001 BIRD 3.1.0+branch.x ready.\n"), "3.1.0+branch.x");
	assert_null(version_of(a, "0001 QUAGGA 1 ready.\n"));
	assert_null(version_of(a, "0013 BIRD 2.0.12 ready.\n"));
	assert_null(version_of(a, "0001 BIRD \n"));
	arena_free(a);
}

static void sessions_of(struct arena *a, const char *text, struct bird_sessions *ret)
{
	struct birdreply r;

	assert_int_equal(scan(text, strlen(text), NULL), BIRDREPLY_WHOLE);
	birdreply_parse(a, text, strlen(text), &r);
	birdreply_sessions(a, &r, ret);
}

static void same_session(const struct bird_session *s, struct bird_session want)
{
	assert_string_equal(s->name, want.name);
	assert_string_equal(s->state, want.state);
	assert_string_equal(s->info, want.info);
	assert_string_equal(s->since, want.since);
	assert_int_equal(s->established, want.established);
	assert_int_equal(s->disabled, want.disabled);
	assert_int_equal(s->imported, want.imported);
	assert_int_equal(s->filtered, want.filtered);
	assert_int_equal(s->exported, want.exported);
}

static const char bird2_text[] =
	"2002-Name       Proto      Table      State  Since         Info\n"
	"1002-gx_device  Device     ---        up     2026-11-23 21:14:11  \n"
	"1006-\n"
	"1002-gx_own4    Static     master4    up     2026-11-23 21:14:11  \n"
	"1006-  Channel ipv4\n"
	"     Routes:         7 imported, 0 exported, 7 preferred\n"
	" \n"
	"1002-gx_tyo_v4  BGP        ---        start  2026-11-23 21:14:11  Active        Socket: "
	"No route to host\n"
	"1006-  Description:    BGP state: not this\n"
	"       BGP state:          Active\n"
	"         Neighbor address: 203.0.113.3%gx-tyo\n"
	"         Last error:       Socket: No route to host\n"
	" \n"
	"1002-gx_fra_v4  BGP        ---        up     2026-11-23 21:14:13  Established   \n"
	"1006-  Description:    x\n"
	"       BGP state:          Established\n"
	"         Neighbor ID:      203.0.113.2\n"
	"       Channel ipv4\n"
	"         State:          UP\n"
	"         Routes:         12 imported, 3 filtered, 1 exported, 12 preferred\n"
	"         Route change stats:     received   rejected   filtered    ignored   accepted\n"
	" \n"
	"1002-gx_nyc_v6  BGP        ---        down   2026-11-23 21:14:20  \n"
	"1006-  Message:        grix\n"
	"       BGP state:          Down\n"
	" \n"
	"0000 \n";

static void the_sessions_of_bird_2(void **state)
{
	struct arena *a = arena_new();
	struct bird_sessions s;

	sessions_of(a, bird2_text, &s);
	assert_int_equal(s.n, 3);
	same_session(&s.list[0], (struct bird_session){.name = "gx_fra_v4",
						       .state = "Established",
						       .info = "",
						       .since = "2026-11-23 21:14:13",
						       .established = true,
						       .imported = 12,
						       .filtered = 3,
						       .exported = 1});
	same_session(&s.list[1], (struct bird_session){.name = "gx_nyc_v6",
						       .state = "Down",
						       .info = "grix",
						       .since = "2026-11-23 21:14:20",
						       .disabled = true});
	same_session(&s.list[2], (struct bird_session){.name = "gx_tyo_v4",
						       .state = "Active",
						       .info = "Socket: No route to host",
						       .since = "2026-11-23 21:14:11"});
	arena_free(a);
}

/* 3.x: wider columns, milliseconds, a Created line, more in the list of routes */
static const char bird3_text[] =
	"2002-Name         Proto      Table      State  Since         Info\n"
	"1002-gx_fra_v6    BGP        ---        up     2026-11-23 21:14:13.123  Established   \n"
	"1006-  Created:            2026-11-23 21:14:11.000\n"
	"       BGP state:          Established\n"
	"       Channel ipv6\n"
	"         Routes:         1 imported, 0 filtered, 4 exported, 1 preferred, 2 stale\n"
	" \n"
	"0000 \n";

static void the_sessions_of_bird_3(void **state)
{
	struct arena *a = arena_new();
	struct bird_sessions s;

	sessions_of(a, bird3_text, &s);
	assert_int_equal(s.n, 1);
	same_session(&s.list[0], (struct bird_session){.name = "gx_fra_v6",
						       .state = "Established",
						       .info = "",
						       .since = "2026-11-23 21:14:13.123",
						       .established = true,
						       .imported = 1,
						       .exported = 4});
	arena_free(a);
}

static void a_short_time_format_is_understood(void **state)
{
	struct arena *a = arena_new();
	struct bird_sessions s;

	sessions_of(a,
		    "1002-gx_a_v4    BGP        ---        up     21:14:13.123  Established   \n"
		    "1002-gx_b_v4    BGP        ---        up     2026-11-23    Established   \n"
		    "1002-gx_a_very_long_name_v4 BGP        ---        start  21:14:13.123  Idle   "
		    "       \n"
		    "0000 \n",
		    &s);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.list[0].since, "21:14:13.123");
	assert_true(s.list[0].established);
	assert_string_equal(s.list[1].name, "gx_a_very_long_name_v4");
	assert_string_equal(s.list[1].state, "Idle");
	assert_string_equal(s.list[2].since, "2026-11-23");
	assert_true(s.list[2].established);
	arena_free(a);
}

static void what_the_other_end_said_goes_with_the_error(void **state)
{
	struct arena *a = arena_new();
	struct bird_sessions s;

	sessions_of(a,
		    "1002-gx_a_v4    BGP        ---        start  21:14:13.123  Idle          "
		    "Received: Administrative shutdown\n"
		    "1006-  Message:        grix: the link is down\n"
		    "       BGP state:          Idle\n"
		    "       Last error:       Received: Administrative shutdown\n"
		    "0000 \n",
		    &s);
	assert_string_equal(s.list[0].info,
			    "Received: Administrative shutdown (grix: the link is down)");
	arena_free(a);
}

/* A description is a member's word: it must not pass for what BIRD says. */
static void a_description_is_not_taken_for_a_state(void **state)
{
	struct arena *a = arena_new();
	struct bird_sessions s;

	sessions_of(a,
		    "1002-gx_a_v4    BGP        ---        start  21:14:13.123  Idle          \n"
		    "1006-  Description:    Routes: 9 imported\n"
		    "       BGP state:          Idle\n"
		    "0000 \n",
		    &s);
	assert_int_equal(s.list[0].imported, 0);
	assert_string_equal(s.list[0].state, "Idle");
	arena_free(a);
}

static void half_rows_do_not_break_anything(void **state)
{
	static const char *const table[] = {
		"1002-\n0000 \n",
		"1002-gx_a\n0000 \n",
		"1002-gx_a BGP\n0000 \n",
		"1002-gx_a BGP --- \n0000 \n",
		"1002-gx_a BGP --- up\n1006-  Routes:\n Routes: x imported, 9999999999 y\n0000 \n",
		"1006-  BGP state: Established\n0000 \n",
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct bird_sessions s;

		sessions_of(a, table[i], &s);
		assert_true(s.n <= 1);
		assert_true(s.n == 0 || !s.list[0].established);
	}
	arena_free(a);
}

/* Whatever comes instead of a byte or two: an answer or a refusal, and no session that was not there. */
static void damaged_replies_break_nothing(void **state)
{
	uint64_t dice = 88172645463325252U;
	size_t n = strlen(bird2_text);

	for (int round = 0; round < 3000; round++) {
		char *text = strdup(bird2_text);
		struct arena *a = arena_new();
		size_t at = 0;

		assert_non_null(text);
		for (int i = 0; i < 3; i++) {
			dice ^= dice << 13;
			dice ^= dice >> 7;
			dice ^= dice << 17;
			text[dice % n] = "\n -0+:|\xff\0B"[(dice >> 32) % 10];
		}
		if (scan(text, n, &at) == BIRDREPLY_WHOLE) {
			struct bird_sessions s;
			struct birdreply r;

			birdreply_parse(a, text, at, &r);
			birdreply_sessions(a, &r, &s);
			assert_true(s.n <= 3);
			assert_true(strlen(birdreply_text(a, &r)) <= n);
		}
		arena_free(a);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_ends_at_a_code_and_a_blank),
		cmocka_unit_test(what_is_no_reply_is_refused),
		cmocka_unit_test(an_endless_line_is_refused),
		cmocka_unit_test(a_reply_in_any_pieces_is_the_same),
		cmocka_unit_test(lines_carry_the_code_before_them),
		cmocka_unit_test(the_greeting_tells_the_version),
		cmocka_unit_test(the_sessions_of_bird_2),
		cmocka_unit_test(the_sessions_of_bird_3),
		cmocka_unit_test(a_short_time_format_is_understood),
		cmocka_unit_test(what_the_other_end_said_goes_with_the_error),
		cmocka_unit_test(a_description_is_not_taken_for_a_state),
		cmocka_unit_test(half_rows_do_not_break_anything),
		cmocka_unit_test(damaged_replies_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Values that are right; the wrong ones stand in tests/golden/peerlist. */
#include "texts.h"

#include "peerlist/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_right(const char *value, const char *fault)
{
	if (fault)
		fail_msg("%s: %s", value, fault);
}

static void private_and_documentation_endpoints_are_right(void **state)
{
	static const char *const good[] = {
		"10.0.0.1",	"172.16.0.1",  "192.168.1.1", "100.64.0.1", "192.0.2.1",
		"198.51.100.1", "203.0.113.1", "198.18.0.1",  "1.1.1.1",    "223.255.255.255",
		"fd00::1",	"2001:db8::1", "2a00::1",     "64:ff9b::1", "2002:c000:201::1",
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		enum family want = strchr(good[i], ':') ? FAMILY_IP6 : FAMILY_IP4;
		struct addr x;
		char buf[ADDR_TEXT];

		assert_right(good[i], value_endpoint(a, good[i], want, &x));
		assert_string_equal(addr_text(&x, buf), good[i]);
	}
	arena_free(a);
}

static void prefixes_of_every_allowed_length_can_be_announced(void **state)
{
	struct arena *a = arena_new();
	struct prefix p;

	for (unsigned len = 0; len <= 32; len++) {
		bool good = len >= 8 && len <= 24;
		const char *text = arena_printf(a, "64.0.0.0/%u", len > 1 ? len : 2);

		if (len > 1)
			assert_int_equal(value_announce(a, text, &p) == NULL, good);
	}
	for (unsigned len = 4; len <= 128; len++)
		assert_int_equal(value_announce(a, arena_printf(a, "2000::/%u", len), &p) == NULL,
				 len >= 12 && len <= 48);
	arena_free(a);
}

static void intervals_are_milliseconds(void **state)
{
	static const struct {
		const char *text;
		uint32_t ms;
	} good[] = {
		{"50ms", 50}, {"1s", 1000}, {"60s", 60000}, {"60000ms", 60000}, {"0200ms", 200}};
	static const char *const bad[] = {"49ms", "60001ms",	  "0s",	     "1",   "s",
					  "ms",	  "1 s",	  "1S",	     "-1s", "1.5s",
					  "1min", "4294967346ms", "4294968s"};
	struct arena *a = arena_new();
	uint32_t ms;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_right(good[i].text, value_interval(a, good[i].text, 50, 60000, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(value_interval(a, bad[i], 50, 60000, &ms));
	arena_free(a);
}

static void names_from_all_over_the_world_are_right(void **state)
{
	static const char *const good[] = {
		"ams",
		"AMS-1",
		"franken_fff_gw_m1",
		"z\xc3\xbcrich",
		"\xe6\x9d\xb1\xe4\xba\xac",
		"\xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0",
		"\xf0\x9f\x9a\x80",
		"1",
		"a.b",
		"a+b",
		"a'b",
		"a@b",
		"a,b",
		"(a)",
		"_a",
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_right(good[i], value_name(a, good[i], NAME_SITE, 64));
	assert_right("", value_name(a, "Verein f\xc3\xbcr Netze, e.V. (ZH) & S\xc3\xb6hne",
				    NAME_FREE, 100));
	assert_right("", value_name(a, "demo-ix-2", NAME_FABRIC, 32));
	arena_free(a);
}

static void as_sets_have_one_set_at_least(void **state)
{
	static const char *const good[] = {"AS-ALPHA", "as-alpha", "AS64501:AS-ALPHA",
					   "AS-A:AS64501:AS-B_C-1", "AS64501:AS-X:AS64502"};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_right(good[i], value_as_set(a, good[i]));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_and_documentation_endpoints_are_right),
		cmocka_unit_test(prefixes_of_every_allowed_length_can_be_announced),
		cmocka_unit_test(intervals_are_milliseconds),
		cmocka_unit_test(names_from_all_over_the_world_are_right),
		cmocka_unit_test(as_sets_have_one_set_at_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

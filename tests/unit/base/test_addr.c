#include "base/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct prefix net(const char *s)
{
	struct prefix p;

	assert_int_equal(prefix_parse(s, &p), PREFIX_OK);
	return p;
}

static void addresses_come_back_as_rfc_5952_writes_them(void **state)
{
	static const char *const table[][2] = {
		{"192.0.2.1", "192.0.2.1"},
		{"2001:DB8:0:0::1", "2001:db8::1"},
		{"::", "::"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		char buf[ADDR_TEXT];
		struct addr a;

		assert_true(addr_parse(table[i][0], &a));
		assert_string_equal(addr_text(&a, buf), table[i][1]);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const table[] = {
		"",	"192.0.2",	"192.0.2.256",	 "192.0.2.01", "192.0.2.1/24", "192.0.2.1 ",
		"fe80", "fe80::1%eth0", "2001:db8::1::", "[::1]:80",   "0x7f000001",
	};
	struct addr a;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_false(addr_parse(table[i], &a));
}

static void prefixes_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		enum prefix_result result;
		const char *as;
	} table[] = {
		{"198.18.0.0/15", PREFIX_OK, "198.18.0.0/15"},
		{"198.18.0.1/15", PREFIX_HOST_BITS, "198.18.0.0/15"},
		{"0.0.0.0/0", PREFIX_OK, "0.0.0.0/0"},
		{"192.0.2.1/32", PREFIX_OK, "192.0.2.1/32"},
		{"2001:db8::/33", PREFIX_OK, "2001:db8::/33"},
		{"2001:db8:8000::/32", PREFIX_HOST_BITS, "2001:db8::/32"},
		{"192.0.2.0/33", PREFIX_BAD, NULL},
		{"192.0.2.0/", PREFIX_BAD, NULL},
		{"192.0.2.0/08", PREFIX_BAD, NULL},
		{"192.0.2.0/-1", PREFIX_BAD, NULL},
		{"192.0.2.0", PREFIX_BAD, NULL},
		{"::/129", PREFIX_BAD, NULL},
		{"/24", PREFIX_BAD, NULL},
		{"192.0.2.0/24x", PREFIX_BAD, NULL},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		char buf[PREFIX_TEXT];
		struct prefix p;

		assert_int_equal(prefix_parse(table[i].text, &p), table[i].result);
		if (table[i].as)
			assert_string_equal(prefix_text(&p, buf), table[i].as);
	}
}

static void overlap_is_containment_either_way(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
	} table[] = {
		{"198.18.0.0/15", "198.19.255.0/24", true},
		{"198.18.0.0/15", "198.20.0.0/24", false},
		{"192.0.2.0/24", "192.0.2.0/24", true},
		{"0.0.0.0/0", "192.0.2.0/24", true},
		{"0.0.0.0/0", "2001:db8::/32", false},
		{"2001:db8::/47", "2001:db8:1::/48", true},
		{"2001:db8::/47", "2001:db8:2::/48", false},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct prefix a = net(table[i].a), b = net(table[i].b);

		assert_int_equal(prefix_overlaps(&a, &b), table[i].overlap);
		assert_int_equal(prefix_overlaps(&b, &a), table[i].overlap);
	}
}

static void a_host_is_the_network_plus_its_id(void **state)
{
	static const struct {
		const char *lan;
		uint32_t id;
		const char *host; /* NULL: refused */
	} table[] = {
		{"203.0.113.0/24", 1, "203.0.113.1"},
		{"203.0.113.0/24", 254, "203.0.113.254"},
		{"203.0.113.0/24", 255, NULL},
		{"203.0.113.0/24", 256, NULL},
		{"203.0.113.0/24", 0, NULL},
		{"203.0.113.64/26", 62, "203.0.113.126"},
		{"10.0.0.0/8", 65536, "10.1.0.0"},
		{"192.0.2.0/31", 1, "192.0.2.1"},
		{"2001:db8:113::/64", 10, "2001:db8:113::a"},
		{"2001:db8:113::/64", 4294967295, "2001:db8:113::ffff:ffff"},
		{"2001:db8:113::/120", 255, "2001:db8:113::ff"},
		{"2001:db8:113::/120", 256, NULL},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct prefix lan = net(table[i].lan);
		char buf[ADDR_TEXT];
		struct addr a;

		assert_int_equal(prefix_host(&lan, table[i].id, &a), table[i].host != NULL);
		if (table[i].host)
			assert_string_equal(addr_text(&a, buf), table[i].host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_come_back_as_rfc_5952_writes_them),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(prefixes_are_read_strictly),
		cmocka_unit_test(overlap_is_containment_either_way),
		cmocka_unit_test(a_host_is_the_network_plus_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "lists.h"
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_ifname(const char *site, const char *want)
{
	char got[IFNAME_BYTES];

	plan_ifname(site, got);
	assert_string_equal(got, want);
}

static void assert_symbol(const char *site, const char *want)
{
	char got[SYMBOL_BYTES];

	plan_symbol(site, got);
	assert_string_equal(got, want);
}

static void a_short_plain_name_is_used_as_it_is(void **state)
{
	(void)state;
	assert_ifname("fra", "gx-fra");
	assert_ifname("a", "gx-a");
	assert_ifname("abcdefgh-123", "gx-abcdefgh-123");
	assert_symbol("fra", "gx_fra");
	assert_symbol("de-fra-1", "gx_de_fra_1");
	assert_symbol("a123456789-123456789-123456789-123456789",
		      "gx_a123456789_123456789_123456789_123456789");
}

static void a_long_or_odd_name_is_cut_and_hashed(void **state)
{
	(void)state;
	/* fixed for ever: a running exchange keeps these names over every upgrade */
	assert_ifname("abcdefgh-1234", "gx-abcde-rnrxfl");
	assert_ifname("Fra", "gx-fra-qd5do4");
	assert_ifname("m\xc3\xbcnchen", "gx-mnche-dmk5wi");
	assert_ifname("\xe6\x9d\xb1\xe4\xba\xac", "gx-cjr2ss");
	assert_symbol("Fra", "gx_fra_qd5do4nd");
	assert_symbol("a_b", "gx_ab_l5rjvkcy");
}

static void names_that_share_their_first_twelve_bytes_differ(void **state)
{
	char a[IFNAME_BYTES], b[IFNAME_BYTES], x[SYMBOL_BYTES], y[SYMBOL_BYTES];

	(void)state;
	plan_ifname("franken_fff_gw_m1", a);
	plan_ifname("franken_fff_gw_m4", b);
	assert_string_not_equal(a, b);
	assert_int_equal(strncmp(a, "gx-frank-", 9), 0);
	plan_symbol("franken_fff_gw_m1", x);
	plan_symbol("franken_fff_gw_m4", y);
	assert_string_not_equal(x, y);
}

static void the_longest_names_stay_within_the_kernel_and_bird(void **state)
{
	char name[300], ifname[IFNAME_BYTES], symbol[SYMBOL_BYTES];

	(void)state;
	for (size_t n = 1; n < sizeof(name); n++) {
		memset(name, n % 2 ? 'x' : 'X', n);
		name[n] = '\0';
		plan_ifname(name, ifname);
		plan_symbol(name, symbol);
		assert_in_range(strlen(ifname), 4, 15);
		assert_in_range(strlen(symbol) + strlen("_v4"), 7, 63);
	}
}

static struct faults faults_of(const struct peerlist *l)
{
	struct faults f;
	struct plan *p = NULL;

	faults_init(&f);
	if (plan_make(l, &f, &p) == 0)
		plan_free(p);
	return f;
}

static void assert_only_fault(struct peerlist *l, const char *want)
{
	struct faults f = faults_of(l);
	char line[1024];

	assert_int_equal(f.n, 1);
	assert_string_equal(fault_line(&f.list[0], line, sizeof(line)), want);
	faults_done(&f);
	arena_free(l->arena);
}

static void two_sites_with_the_same_interface_name_are_refused(void **state)
{
	struct peerlist *l = list_new(4);

	(void)state;
	list_site(l, 64501, "franken_fff_gw_m1", 1, "192.0.2.1", "");
	list_site(l, 64502, "frank-3boigb", 2, "192.0.2.2", "");
	assert_only_fault(l,
			  "as64501.cfg:10: member Member 64501: site franken_fff_gw_m1: site "
			  "frank-3boigb and site franken_fff_gw_m1 would both have the interface "
			  "name gx-frank-3boigb, rename one of them");
}

static void two_sites_with_the_same_symbol_are_refused(void **state)
{
	struct peerlist *l = list_new(4);

	(void)state;
	list_site(l, 64501, "Fra", 1, "192.0.2.1", "");
	list_site(l, 64502, "fra-qd5do4nd", 2, "192.0.2.2", "");
	assert_only_fault(l, "as64502.cfg:10: member Member 64502: site fra-qd5do4nd: site Fra and "
			     "site fra-qd5do4nd would both have the BIRD symbol gx_fra_qd5do4nd, "
			     "rename one of them");
}

static void two_pairs_with_the_same_link_name_are_refused(void **state)
{
	struct peerlist *l = list_new(4);

	(void)state;
	list_site(l, 64501, "a", 1, "192.0.2.1", "");
	list_site(l, 64502, "b-c", 2, "192.0.2.2", "");
	list_site(l, 64503, "a-b", 3, "192.0.2.3", "");
	list_site(l, 64504, "c", 4, "192.0.2.4", "");
	assert_only_fault(l,
			  "as64504.cfg:10: link a-b-c: the link of a with b-c and the link of a-b "
			  "with c would have the same name, rename one of the four sites");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_plain_name_is_used_as_it_is),
		cmocka_unit_test(a_long_or_odd_name_is_cut_and_hashed),
		cmocka_unit_test(names_that_share_their_first_twelve_bytes_differ),
		cmocka_unit_test(the_longest_names_stay_within_the_kernel_and_bird),
		cmocka_unit_test(two_sites_with_the_same_interface_name_are_refused),
		cmocka_unit_test(two_sites_with_the_same_symbol_are_refused),
		cmocka_unit_test(two_pairs_with_the_same_link_name_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a right list becomes, value by value. */
#include "texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FABRIC "fabric = { name = \"demo-ix\"; lan4 = \"203.0.113.0/24\"; };\n"
#define SITES "sites = ( { name = \"ams\"; id = 1; underlay4 = \"192.0.2.1\"; } );"

static struct peerlist *right(const char *text)
{
	struct text faults;
	struct peerlist *l = texts_parse(text, &faults);

	assert_string_equal(text_str(&faults), "");
	text_done(&faults);
	assert_non_null(l);
	return l;
}

static void assert_faults(const char *text, const char *want)
{
	struct text faults;
	struct peerlist *l = texts_parse(text, &faults);

	assert_string_equal(text_str(&faults), want);
	assert_null(l);
	text_done(&faults);
}

static struct addr addr(const char *s)
{
	struct addr a;

	assert_true(addr_parse(s, &a));
	return a;
}

static struct prefix prefix(const char *s)
{
	struct prefix p;

	assert_int_equal(prefix_parse(s, &p), PREFIX_OK);
	return p;
}

static void what_is_not_given_has_its_default(void **state)
{
	struct peerlist *l = right(FABRIC "member = { asn = 64501; name = \"Alpha\"; " SITES " };");
	const struct fabric *f = &l->fabric;
	const struct member *m = &l->members[0];
	const struct site_entry *s = &m->sites[0];

	assert_int_equal(f->asn, 0);
	assert_int_equal(f->lan6.addr.family, FAMILY_NONE);
	assert_int_equal(f->max_prefix4, 1000);
	assert_int_equal(f->max_prefix6, 1000);
	assert_true(f->tunnel.underlay_set && f->tunnel.ttl_set && f->tunnel.mtu_set &&
		    f->tunnel.key_set);
	assert_int_equal(f->tunnel.underlay, UNDERLAY_AUTO);
	assert_int_equal(f->tunnel.ttl, 64);
	assert_int_equal(f->tunnel.mtu, 0);
	assert_int_equal(f->tunnel.key, KEY_NONE);
	assert_true(f->live.kind_set && f->live.interval_set && f->live.misses_set &&
		    f->live.port_set);
	assert_int_equal(f->live.kind, LIVE_KIND_STAMP);
	assert_int_equal(f->live.interval_ms, 1000);
	assert_int_equal(f->live.misses, 3);
	assert_int_equal(f->live.port, 50862);
	assert_int_equal(f->n_links, 0);
	assert_int_equal(m->policy, POLICY_OPEN);
	assert_true(m->ibgp);
	assert_int_equal(m->max_prefix4, 1000);
	assert_int_equal(m->max_prefix6, 1000);
	assert_null(m->contact);
	assert_null(m->as_set);
	assert_int_equal(m->n_peer_with + m->n_no_peer_with, 0);
	assert_false(m->tunnel.ttl_set || m->tunnel.underlay_set || m->tunnel.mtu_set ||
		     m->tunnel.key_set);
	assert_int_equal(s->underlay_mtu, 1500);
	assert_int_equal(s->underlay6.family, FAMILY_NONE);
	assert_int_equal(s->bind4.family, FAMILY_NONE);
	assert_null(s->country);
	assert_null(s->region);
	assert_int_equal(s->n_announce, 0);
	peerlist_free(l);
}

static struct peerlist *overrides(struct arena *a)
{
	size_t n;
	struct peerlist_text *t = texts_read(a, ROOT "/examples", "overrides.cfg", &n);
	struct peerlist *l = NULL;
	struct faults f;

	faults_init(&f);
	assert_int_equal(peerlist_parse(t, n, &f, &l), 0);
	faults_done(&f);
	return l;
}

static void a_member_is_read_key_by_key(void **state)
{
	struct arena *a = arena_new();
	struct peerlist *l = overrides(a);
	const struct member *m = &l->members[0], *bravo = &l->members[1];

	assert_int_equal(l->n_members, 3);
	assert_string_equal(m->at.file, "overrides.cfg");
	assert_int_equal(m->at.line, 25);
	assert_int_equal(m->asn, 64501);
	assert_string_equal(m->name, "Alpha Networks");
	assert_string_equal(m->contact, "noc@alpha.example, +49 30 0000000");
	assert_int_equal(m->policy, POLICY_OPEN);
	assert_int_equal(m->n_no_peer_with, 1);
	assert_int_equal(m->no_peer_with[0], 64999);
	assert_string_equal(m->as_set, "AS-ALPHA");
	assert_int_equal(m->max_prefix4, 50);
	assert_int_equal(m->max_prefix6, 20);
	assert_true(m->ibgp);
	assert_false(l->members[2].ibgp);
	assert_true(m->tunnel.ttl_set);
	assert_int_equal(m->tunnel.ttl, 255);
	assert_true(m->live.interval_set);
	assert_int_equal(m->live.interval_ms, 200);
	assert_int_equal(bravo->policy, POLICY_SELECTIVE);
	assert_int_equal(bravo->n_peer_with, 2);
	assert_int_equal(bravo->peer_with[0], 64501);
	assert_int_equal(bravo->peer_with[1], 64503);
	assert_int_equal(bravo->max_prefix4, 500);
	assert_int_equal(l->members[2].policy, POLICY_CLOSED);
	peerlist_free(l);
	arena_free(a);
}

static void a_site_is_read_key_by_key(void **state)
{
	struct arena *a = arena_new();
	struct peerlist *l = overrides(a);
	const struct site_entry *s = &l->members[0].sites[0], *nyc = &l->members[0].sites[1];
	struct addr u4 = addr("192.0.2.1"), b4 = addr("10.0.0.1");
	struct addr u6 = addr("2001:db8:aaaa::1"), b6 = addr("fd00::1");
	struct prefix p4 = prefix("198.18.1.0/24"), p6 = prefix("2001:db8:1::/48");

	assert_int_equal(l->members[0].n_sites, 2);
	assert_int_equal(s->at.line, 37);
	assert_string_equal(s->name, "ams");
	assert_int_equal(s->id, 1);
	assert_true(addr_equal(&s->underlay4, &u4));
	assert_true(addr_equal(&s->underlay6, &u6));
	assert_true(addr_equal(&s->bind4, &b4));
	assert_true(addr_equal(&s->bind6, &b6));
	assert_int_equal(s->underlay_mtu, 9000);
	assert_string_equal(s->country, "NL");
	assert_string_equal(s->region, "eu");
	assert_int_equal(s->n_announce, 2);
	assert_true(prefix_equal(&s->announce[0], &p4));
	assert_true(prefix_equal(&s->announce[1], &p6));
	assert_true(s->tunnel.underlay_set && !s->tunnel.ttl_set);
	assert_int_equal(s->tunnel.underlay, UNDERLAY_IP4);
	assert_true(s->live.misses_set && !s->live.interval_set);
	assert_int_equal(s->live.misses, 4);
	assert_true(nyc->live.kind_set);
	assert_int_equal(nyc->live.kind, LIVE_KIND_NONE);
	peerlist_free(l);
	arena_free(a);
}

static void a_link_is_read_key_by_key(void **state)
{
	struct arena *a = arena_new();
	struct peerlist *l = overrides(a);
	const struct link_entry *k = l->fabric.links;

	assert_int_equal(l->fabric.n_links, 3);
	assert_int_equal(k[0].at.line, 14);
	assert_string_equal(k[0].between[0], "ams");
	assert_string_equal(k[0].between[1], "fra");
	assert_true(k[0].enabled);
	assert_true(k[0].tunnel.mtu_set && k[0].tunnel.key_set && !k[0].tunnel.ttl_set);
	assert_int_equal(k[0].tunnel.mtu, 8000);
	assert_int_equal(k[0].tunnel.key, KEY_FIXED);
	assert_int_equal(k[0].tunnel.key_value, 4711);
	assert_int_equal(k[0].live.interval_ms, 50);
	assert_int_equal(k[0].live.misses, 5);
	/* sorted, whatever the order in the file */
	assert_string_equal(k[1].between[0], "ams");
	assert_string_equal(k[1].between[1], "nyc");
	assert_int_equal(k[1].tunnel.underlay, UNDERLAY_IP6);
	assert_int_equal(k[1].tunnel.key, KEY_AUTO);
	assert_false(k[2].enabled);
	peerlist_free(l);
	arena_free(a);
}

static void numbers_of_32_bits_are_read_right(void **state)
{
	static const struct {
		const char *text;
		uint32_t asn;
	} asns[] = {
		{"4200000000", 4200000000},
		{"4294967294", 4294967294},
		{"2147483647", 2147483647},
		{"2147483648", 2147483648},
		{"4200000000L", 4200000000},
		{"4200000000LL", 4200000000},
		{"0xFA56EA00", 4200000000},
		{"0Xfa56ea00L", 4200000000},
		{"+64501", 64501},
		{"\"4200000000\"", 4200000000},
		{"\"AS4200000000\"", 4200000000},
		{"\"as64501\"", 64501},
	};

	for (size_t i = 0; i < sizeof(asns) / sizeof(asns[0]); i++) {
		char text[400];

		snprintf(text, sizeof(text),
			 FABRIC "member = { asn = %s; name = \"A\"; " SITES " };", asns[i].text);
		struct peerlist *l = right(text);

		assert_int_equal(l->members[0].asn, asns[i].asn);
		peerlist_free(l);
	}
}

static void a_wrapped_number_is_refused_not_wrapped(void **state)
{
	/* what libconfig 1.5 would read as 0, 1, -94967296 and 64501 */
	assert_faults(
		FABRIC "member = { asn = 4294967296; name = \"A\"; " SITES " };",
		"t.cfg:2: member A: asn: 4294967296 is not an ASN, an ASN is a number from 1 to "
		"4294967294\n");
	assert_faults(
		FABRIC "member = { asn = 4295031797; name = \"A\"; " SITES " };",
		"t.cfg:2: member A: asn: 4295031797 is not an ASN, an ASN is a number from 1 to "
		"4294967294\n");
	assert_faults(
		FABRIC "member = { asn = -94967296; name = \"A\"; " SITES " };",
		"t.cfg:2: member A: asn: -94967296 is not an ASN, an ASN is a number from 1 to "
		"4294967294\n");
	assert_faults(
		FABRIC "member = { asn = 18446744073709616117; name = \"A\"; " SITES " };",
		"t.cfg:2: member: asn: 18446744073709616117 is too large for any number here\n");
}

static void files_come_in_their_order_and_members_in_theirs(void **state)
{
	static const struct peerlist_text files[] = {
		{"b.cfg",
		 "member = { asn = 2; name = \"B\"; sites = ( { name = \"b\"; id = 2; "
		 "underlay4 = \"192.0.2.2\"; } ); };",
		 84},
		{"f.cfg", "fabric = { name = \"x\"; lan4 = \"203.0.113.0/24\"; };", 48},
		{"a.cfg",
		 "members = ( { asn = 1; name = \"A\"; sites = ( { name = \"a\"; id = 1; "
		 "underlay4 = \"192.0.2.1\"; } ); } );",
		 88},
	};
	struct peerlist *l = NULL;
	struct peerlist_text copy[3];
	struct faults f;

	faults_init(&f);
	memcpy(copy, files, sizeof(copy));
	for (size_t i = 0; i < 3; i++)
		copy[i].len = strlen(copy[i].text);
	assert_int_equal(peerlist_parse(copy, 3, &f, &l), 0);
	assert_int_equal(l->n_members, 2);
	assert_string_equal(l->members[0].name, "B");
	assert_string_equal(l->members[0].at.file, "b.cfg");
	assert_string_equal(l->members[1].name, "A");
	assert_string_equal(l->fabric.at.file, "f.cfg");
	faults_done(&f);
	peerlist_free(l);
}

static void no_file_at_all_is_no_empty_list(void **state)
{
	struct peerlist *l = NULL;
	struct faults f;

	faults_init(&f);
	assert_int_equal(peerlist_parse(NULL, 0, &f, &l), PEERLIST_FAULTY);
	assert_null(l);
	assert_int_equal(f.n, 2);
	faults_done(&f);
}

static void after_an_unreadable_file_nothing_is_called_missing(void **state)
{
	struct peerlist_text t = {"a.cfg", "member = { asn = 1; };", 22};
	struct peerlist *l = NULL;
	struct faults f;
	struct text lines;

	faults_init(&f);
	text_init(&lines);
	faults_add(&f, (struct origin){"fabric.cfg", 0}, NULL, "cannot be read");
	assert_int_equal(peerlist_parse(&t, 1, &f, &l), PEERLIST_FAULTY);
	texts_faults(&f, &lines);
	assert_string_equal(text_str(&lines),
			    "a.cfg:1: member: has no name, write name = \"Alpha Networks\";\n"
			    "a.cfg:1: member: has no sites, write sites = ( { ... } );\n"
			    "fabric.cfg: cannot be read\n");
	text_done(&lines);
	faults_done(&f);
}

static void the_text_needs_no_nul_and_is_not_kept(void **state)
{
	static const char text[] = FABRIC "member = { asn = 64501; name = \"A\"; " SITES " };";
	size_t len = sizeof(text) - 1;
	char *copy = malloc(len);
	struct peerlist *l = NULL;
	struct faults f;

	assert_non_null(copy);
	memcpy(copy, text, len);
	faults_init(&f);
	assert_int_equal(peerlist_parse(&(struct peerlist_text){"t.cfg", copy, len}, 1, &f, &l), 0);
	memset(copy, 'x', len);
	free(copy);
	assert_string_equal(l->members[0].name, "A");
	faults_done(&f);
	peerlist_free(l);
	assert_null(peerlist_free(NULL));
}

/* A group of half a million settings takes libconfig hours; the screen stops at 64. */
static void a_huge_file_of_nonsense_is_refused_at_once(void **state)
{
	static const char *const units[] = {"a = 1;\n",		  "({", "\"", "x",
					    "members=({},{});\n", "/*", "1,"};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct text t, faults;

		text_init(&t);
		while (t.len < 8 << 20)
			text_puts(&t, units[i]);
		struct peerlist *l = texts_parse(text_str(&t), &faults);

		assert_null(l);
		text_done(&faults);
		text_done(&t);
	}
}

static void thousands_of_members_are_read_in_no_time(void **state)
{
	enum { MEMBERS = 20000 };
	struct text t;

	text_init(&t);
	text_puts(&t,
		  "fabric = { name = \"x\"; lan4 = \"10.0.0.0/8\"; lan6 = \"2001:db8::/64\"; };\n"
		  "members = (\n");
	for (unsigned i = 1; i <= MEMBERS; i++)
		text_printf(&t,
			    "%s{ asn = %u; name = \"M%u\"; sites = ( { name = \"s%u\"; id = %u; "
			    "underlay4 = \"172.16.%u.%u\"; announce = [ \"2001:%x:%x::/48\" ]; } "
			    "); }\n",
			    i > 1 ? "," : "", 4200000000U + i, i, i, i, i >> 8, i & 255,
			    0x1000 + (i >> 12), i & 0xfff);
	text_puts(&t, ");\n");
	struct peerlist *l = right(text_str(&t));

	assert_int_equal(l->n_members, MEMBERS);
	assert_int_equal(l->members[MEMBERS - 1].asn, 4200000000U + MEMBERS);
	peerlist_free(l);
	text_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(a_member_is_read_key_by_key),
		cmocka_unit_test(a_site_is_read_key_by_key),
		cmocka_unit_test(a_link_is_read_key_by_key),
		cmocka_unit_test(numbers_of_32_bits_are_read_right),
		cmocka_unit_test(a_wrapped_number_is_refused_not_wrapped),
		cmocka_unit_test(files_come_in_their_order_and_members_in_theirs),
		cmocka_unit_test(no_file_at_all_is_no_empty_list),
		cmocka_unit_test(after_an_unreadable_file_nothing_is_called_missing),
		cmocka_unit_test(the_text_needs_no_nul_and_is_not_kept),
		cmocka_unit_test(a_huge_file_of_nonsense_is_refused_at_once),
		cmocka_unit_test(thousands_of_members_are_read_in_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

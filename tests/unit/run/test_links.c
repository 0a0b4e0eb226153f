#include "base/mono.h"
#include "run/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char fabric[] = "fabric = { name = \"t\"; asn = 64496; lan4 = \"203.0.113.0/24\"; "
			     "lan6 = \"2001:db8:113::/64\"; };\n";
static char dir[] = "/tmp/test-links-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.cfg", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Members m1 .. mN, a site each; @more goes into the fabric. */
static struct generation *load(int n, const char *live)
{
	struct generation *g = NULL;
	struct faults faults;
	char text[512];

	assert_non_null(mkdtemp(strcpy(dir, "/tmp/test-links-XXXXXX")));
	put("fabric", fabric);
	for (int i = 1; i <= n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "m%d", i);
		snprintf(text, sizeof(text),
			 "member = { asn = %d; name = \"%s\"; sites = ( { name = \"s%d\"; id = %d; "
			 "underlay4 = \"192.0.2.%d\"; announce = [ \"198.18.%d.0/24\" ]; } ); "
			 "liveness = { %s }; };\n",
			 64500 + i, name, i, i, i, i, live);
		put(name, text);
	}
	faults_init(&faults);
	if (generation_load(dir, "s1", &faults, &g) != 0)
		print_message("%s: %s\n", faults.list[0].where, faults.list[0].text);
	faults_done(&faults);
	snprintf(text, sizeof(text), "rm -rf %s", dir);
	assert_int_equal(system(text), 0);
	assert_non_null(g);
	return g;
}

static struct link *find(struct links *l, const char *peer)
{
	size_t i = 0;

	while (i < l->n && strcmp(l->list[i].n->peer->name, peer) != 0)
		i++;
	assert_true(i < l->n);
	return &l->list[i];
}

static void a_link_keeps_what_is_known_of_it_when_others_come_and_go(void **state)
{
	struct generation *g = load(4, ""), *h = load(3, "");
	struct links none = {0}, a, b;
	struct link *l;

	links_make(&a, g, &none, NS_PER_S);
	assert_int_equal(a.n, 3);
	l = find(&a, "s3");
	l->ifindex = 17;
	l->kernel = KERNEL_OK;
	l->live.counts.sent = 42;
	l->verdict = LIVE_UP;
	links_make(&b, h, &a, 2 * NS_PER_S);
	assert_int_equal(b.n, 2);
	l = find(&b, "s3");
	assert_int_equal(l->ifindex, 17);
	assert_int_equal(l->live.counts.sent, 42);
	assert_int_equal(l->verdict, LIVE_UP);
	assert_string_equal(l->bgp[0].name, "gx_s3_v4");
	assert_ptr_equal(links_at(&b, 17), l);
	assert_false(l->settled);
	links_done(&a);
	links_done(&b);
	generation_unref(g);
	generation_unref(h);
}

static void a_link_nobody_watches_any_more_is_opened_again(void **state)
{
	struct generation *g = load(2, ""), *h = load(2, "kind = \"none\";");
	struct links none = {0}, a, b;

	links_make(&a, g, &none, NS_PER_S);
	a.list[0].verdict = LIVE_DOWN;
	links_make(&b, h, &a, 2 * NS_PER_S);
	assert_false(b.list[0].watched);
	assert_int_equal(b.list[0].verdict, LIVE_UP);
	links_done(&a);
	links_done(&b);
	generation_unref(g);
	generation_unref(h);
}

static void links_are_found_by_their_ifindex(void **state)
{
	struct generation *g = load(60, "");
	struct links none = {0}, a;

	links_make(&a, g, &none, NS_PER_S);
	assert_null(links_at(&a, 1));
	for (size_t i = 0; i < a.n; i++)
		a.list[i].ifindex = (int)(i % 2 ? 1000 * i : i) + 1;
	links_index(&a);
	for (size_t i = 0; i < a.n; i++)
		assert_ptr_equal(links_at(&a, a.list[i].ifindex), &a.list[i]);
	assert_null(links_at(&a, 500));
	assert_null(links_at(&a, 0));
	assert_null(links_at(&a, -1));
	links_done(&a);
	generation_unref(g);
}

static void a_list_that_takes_most_links_away_is_not_taken(void **state)
{
	static const struct {
		int before, after;
		bool refused;
	} cases[] = {{5, 5, false}, {5, 3, false}, {5, 2, true}, {5, 1, true},
		     {3, 2, false}, {2, 1, false}, {3, 1, true}, {3, 9, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct generation *g = load(cases[i].before, ""), *h = load(cases[i].after, "");
		struct faults faults;

		faults_init(&faults);
		assert_int_equal(generation_too_many_gone(g, h, &faults), cases[i].refused);
		assert_int_equal(faults.n, cases[i].refused);
		faults_done(&faults);
		generation_unref(g);
		generation_unref(h);
	}
}

static void every_link_is_found_by_its_name(void **state)
{
	struct generation *g = load(30, "");

	for (size_t i = 0; i < g->site->n_neighbors; i++)
		assert_int_equal(generation_find(g, g->site->neighbors[i].link->name), (int)i);
	assert_int_equal(generation_find(g, "s1-s99"), -1);
	assert_int_equal(generation_find(g, ""), -1);
	generation_unref(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_keeps_what_is_known_of_it_when_others_come_and_go),
		cmocka_unit_test(a_link_nobody_watches_any_more_is_opened_again),
		cmocka_unit_test(links_are_found_by_their_ifindex),
		cmocka_unit_test(a_list_that_takes_most_links_away_is_not_taken),
		cmocka_unit_test(every_link_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_routes - what goes between members and what does not, with real BIRDs
 * ams and nyc are one member's, fra another's; tyo is a third whose BIRD is written by hand and
 * announces all that it should not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "hosts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

static struct world world;
static struct hosts hosts;
static const char *const sites[] = {"ams", "fra", "nyc", "tyo"};

static void make_world(struct world *w)
{
	struct member *m;

	world_init(w, "203.0.113.0/24", "2001:db8:113::/64");
	m = world_member(w, 64501, "Alpha Networks", 50, 20);
	world_announce(w, world_site(w, m, "ams", 1, "192.0.2.1"), "198.18.1.0/24");
	world_announce(w, &m->sites[0], "2001:db8:1::/48");
	world_announce(w, world_site(w, m, "nyc", 5, "192.0.2.5"), "198.18.5.0/24");
	m = world_member(w, 64502, "Beta \xc3\xa4\xc3\xb6", 40, 10);
	world_announce(w, world_site(w, m, "fra", 2, "2001:db8:f00d::2"), "198.18.2.0/24");
	world_announce(w, &m->sites[0], "2001:db8:2::/48");
	m = world_member(w, 4200000003, "Gamma", 60, 60);
	world_announce(w, world_site(w, m, "tyo", 3, "192.0.2.3"), "198.18.3.0/24");
	world_announce(w, &m->sites[0], "198.18.33.128/25");
	world_announce(w, &m->sites[0], "2001:db8:3::/48");
}

/* A route that tyo sends, and what shall become of it. */
struct sent {
	const char *net, *action; /* BIRD statements; NULL: nothing special */
	const char *what;
	int reason; /* 0: taken; -1: BIRD itself drops it */
};

static const struct sent sent4[] = {
	{"198.18.3.0/24", NULL, "listed, though a bogon", 0},
	{"198.18.33.128/25", NULL, "listed, though long", 0},
	{"20.1.0.0/16", NULL, "an ordinary prefix", 0},
	{"20.2.0.0/16", "bgp_path.prepend(3356); bgp_path.prepend(4200000003);", "of a customer",
	 0},
	{"0.0.0.0/0", NULL, "the default route", 30},
	{"10.1.0.0/16", NULL, "a private prefix", 3},
	{"198.18.3.0/25", NULL, "a part of a listed bogon", 3},
	{"198.18.2.0/24", NULL, "a bogon that another one lists", 3},
	{"203.0.113.0/24", NULL, "the peering LAN", 31},
	{"203.0.113.2/32", NULL, "an address of the peering LAN", 31},
	{"203.0.112.0/22", NULL, "around the peering LAN", 31},
	{"198.18.1.0/24", NULL, "our own prefix", 32},
	{"198.18.1.128/25", NULL, "a part of our own prefix", 32},
	{"198.18.5.0/24", NULL, "the prefix of our other site", 32},
	{"192.0.2.0/24", NULL, "around a tunnel's endpoint", 33},
	{"192.0.2.5/32", NULL, "a tunnel's endpoint", 33},
	{"192.0.0.0/9", NULL, "widely around a tunnel's endpoint", 33},
	{"20.0.0.0/7", NULL, "too short", 2},
	{"20.3.0.0/25", NULL, "too long", 1},
	{"20.4.0.0/16", "bgp_path.prepend(64777); bgp_path.prepend(4200000003);",
	 "a private ASN in the path", 4},
	{"20.5.0.0/16", "gx_long();", "a path of 66 ASNs", 5},
	{"20.6.0.0/16", "bgp_path.prepend(4200000003); bgp_next_hop = 203.0.113.2;",
	 "a foreign next hop", 8},
	{"20.7.0.0/16", "bgp_path.prepend(3356);", "another first AS", -1},
};

static const struct sent sent6[] = {
	{"2001:db8:3::/48", NULL, "listed, though a bogon", 0},
	{"2a00:1::/32", NULL, "an ordinary prefix", 0},
	{"::/0", NULL, "the default route", 30},
	{"2001:db8:3:1::/64", NULL, "a part of a listed bogon", 3},
	{"fc00:1::/32", NULL, "a private prefix", 3},
	{"6000::/16", NULL, "not global unicast", 3},
	{"2001:db8:113::/64", NULL, "the peering LAN", 31},
	{"2001:db8:113::2/128", NULL, "an address of the peering LAN", 31},
	{"2001:db8::/33", NULL, "around the peering LAN", 31},
	{"2001:db8:1:8000::/49", NULL, "a part of our own prefix", 32},
	{"2001:db8:f00d::/48", NULL, "around a tunnel's endpoint", 33},
	{"2a00::/11", NULL, "too short", 2},
	{"2a00:2:3:4::/64", NULL, "too long", 1},
	{"2a00:6::/32", "bgp_path.prepend(4200000003); bgp_next_hop = 2001:db8:113::2;",
	 "a foreign next hop", 8},
	{"2a00:7::/32", "bgp_path.prepend(3356);", "another first AS", -1},
};

static void write_family(struct text *t, int family, const struct sent *list, size_t n)
{
	text_printf(t, "protocol static bad%d {\n\tipv%d;\n", family, family);
	for (size_t i = 0; i < n; i++)
		text_printf(t, "\troute %s unreachable;\n", list[i].net);
	text_printf(t, "}\nfunction out%d()\n{\n", family);
	for (size_t i = 0; i < n; i++)
		if (list[i].action)
			text_printf(t, "\tif net = %s then { %s accept; }\n", list[i].net,
				    list[i].action);
	text_puts(t, "\tif source != RTS_STATIC then reject;\n"
		     "\tbgp_path.prepend(4200000003);\n\taccept;\n}\n");
}

static void write_session(struct text *t, int family, const char *peer, uint32_t asn,
			  const char *local, const char *neighbor)
{
	/* a route server, so that BIRD leaves the path as out4(), out6() made it */
	text_printf(t,
		    "protocol bgp to_%s%d {\n\tdirect;\n\tttl security on;\n\trs client;\n"
		    "\tlocal %s as 4200000003;\n\tneighbor %s as %u;\n\tinterface \"gx-%s\";\n"
		    "\tipv%d {\n\t\timport all;\n\t\texport filter { out%d(); };\n\t};\n}\n",
		    peer, family, local, neighbor, asn, peer, family, family);
}

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static void write_tyo(const char *more)
{
	struct text t;

	text_init(&t);
	text_puts(&t, "log stderr all;\nrouter id 203.0.113.3;\nprotocol device { }\n"
		      "function gx_long()\n{\n");
	for (int i = 0; i < 65; i++)
		text_puts(&t, "\tbgp_path.prepend(3356);\n");
	text_puts(&t, "\tbgp_path.prepend(4200000003);\n}\n");
	text_puts(&t, more);
	write_family(&t, 4, sent4, COUNT(sent4));
	write_family(&t, 6, sent6, COUNT(sent6));
	write_session(&t, 4, "ams", 64501, "203.0.113.3", "203.0.113.1");
	write_session(&t, 6, "ams", 64501, "2001:db8:113::3", "2001:db8:113::1");
	host_write_text(&hosts, "tyo", text_str(&t));
	text_done(&t);
}

static int set_up(void **state)
{
	static const char *const ours[] = {"ams", "fra", "nyc"};

	make_world(&world);
	hosts_init(&hosts, &world, sites, COUNT(sites));
	for (size_t i = 0; i < COUNT(ours); i++) {
		if (host_apply(&hosts, ours[i], NULL) != BIRDFILES_WRITTEN)
			return -1;
		host_write_conf(&hosts, ours[i], "");
		host_start(&hosts, ours[i]);
	}
	write_tyo("");
	host_start(&hosts, "tyo");
	return 0;
}

static int tear_down(void **state)
{
	hosts_done(&hosts);
	world_done(&world);
	return 0;
}

static void all_sessions_are_established_in_both_families(void **state)
{
	static const char *const ours[] = {"ams", "fra", "nyc"};

	assert_true(hosts_await_mesh(&hosts, ours, COUNT(ours), 30));
	assert_true(host_await(&hosts, "ams", "gx_tyo_v4", "Established", 30));
	assert_true(host_await(&hosts, "ams", "gx_tyo_v6", "Established", 30));
}

/* Whether @name has a route for @net from @session; polls, since routes follow the session. */
static bool has_route(const char *name, const char *session, const char *net, bool wanted)
{
	bool has = !wanted;

	for (int i = 0; i < 50 && has != wanted; i++) {
		struct arena *a = arena_new();
		const char *command = arena_printf(a, "show route %s protocol %s", net, session);

		has = strstr(host_ask(&hosts, a, name, command), "unicast") != NULL;
		arena_free(a);
		if (has != wanted)
			poll(NULL, 0, 100);
	}
	return has;
}

static void every_site_announces_its_own_prefixes(void **state)
{
	assert_true(has_route("fra", "gx_ams_v4", "198.18.1.0/24", true));
	assert_true(has_route("fra", "gx_ams_v6", "2001:db8:1::/48", true));
	assert_true(has_route("fra", "gx_nyc_v4", "198.18.5.0/24", true));
	assert_true(has_route("ams", "gx_fra_v4", "198.18.2.0/24", true));
	assert_true(has_route("ams", "gx_fra_v6", "2001:db8:2::/48", true));
}

static void nobody_is_the_transit_of_anybody(void **state)
{
	assert_true(has_route("nyc", "gx_ams_v4", "20.1.0.0/16", true));
	assert_false(has_route("fra", "gx_ams_v4", "20.1.0.0/16", false));
	assert_false(has_route("fra", "gx_ams_v4", "198.18.5.0/24", false));
	assert_false(has_route("fra", "gx_nyc_v4", "198.18.1.0/24", false));
	assert_false(has_route("fra", "gx_nyc_v4", "20.1.0.0/16", false));
}

static void sites_of_one_member_share_what_they_learn(void **state)
{
	struct arena *a = arena_new();

	assert_true(has_route("nyc", "gx_ams_v4", "198.18.1.0/24", true));
	assert_true(has_route("nyc", "gx_ams_v4", "198.18.3.0/24", true));
	assert_true(has_route("nyc", "gx_ams_v6", "2001:db8:3::/48", true));
	/* next hop self: by way of ams' address, on the tunnel to ams */
	assert_non_null(
		strstr(host_ask(&hosts, a, "nyc", "show route 198.18.3.0/24 protocol gx_ams_v4"),
		       "via 203.0.113.1 on gx-ams"));
	assert_false(has_route("nyc", "gx_ams_v4", "10.1.0.0/16", false));
	arena_free(a);
}

static void check_sent(const char *session, const struct sent *s)
{
	struct arena *a = arena_new();
	bool taken = has_route("ams", session, s->net, s->reason == 0);
	const char *command =
		arena_printf(a, "show route filtered %s all protocol %s", s->net, session);
	const char *filtered = host_ask(&hosts, a, "ams", command);
	const char *reason = arena_printf(a, "(64501, 1101, %d)", s->reason);

	if (taken != (s->reason == 0))
		fail_msg("%s, %s: %s", s->net, s->what, taken ? "was taken" : "was refused");
	if (s->reason > 0 && !strstr(filtered, reason))
		fail_msg("%s, %s: wanted %s: %s", s->net, s->what, reason, filtered);
	if (s->reason < 0 && strstr(filtered, "unicast"))
		fail_msg("%s, %s: BIRD should have dropped it", s->net, s->what);
	arena_free(a);
}

static void every_bad_ipv4_route_is_refused_for_its_reason(void **state)
{
	for (size_t i = 0; i < COUNT(sent4); i++)
		check_sent("gx_tyo_v4", &sent4[i]);
}

static void every_bad_ipv6_route_is_refused_for_its_reason(void **state)
{
	for (size_t i = 0; i < COUNT(sent6); i++)
		check_sent("gx_tyo_v6", &sent6[i]);
}

static void the_kernel_has_what_was_taken_and_nothing_else(void **state)
{
	char command[256];

	snprintf(command, sizeof(command), "test \"$(ip -n %s route show proto bird | wc -l)\" = 6",
		 hosts_find(&hosts, "ams")->ns);
	/* 198.18.2.0 .3.0 .5.0 .33.128, 20.1, 20.2 */
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command),
		 "ip -n %s route get 198.18.2.1 | grep -q 'src 203.0.113.1 '",
		 hosts_find(&hosts, "ams")->ns);
	assert_int_equal(system(command), 0);
}

static void a_session_that_is_shut_stays_shut_until_opened(void **state)
{
	struct arena *a = arena_new();
	struct bird *b = NULL;
	struct err err = {""};

	assert_int_equal(bird_open(hosts_find(&hosts, "fra")->socket, 5000, &err, &b), 0);
	assert_int_equal(bird_shut_session(b, "gx_nyc_v4", &err), 0);
	assert_int_equal(bird_shut_session(b, "gx_nyc_v4", &err), 0);
	assert_true(host_session(&hosts, a, "fra", "gx_nyc_v4").disabled);
	assert_string_equal(host_session(&hosts, a, "nyc", "gx_fra_v4").info,
			    "Received: Administrative shutdown (grix: the link is down)");
	assert_false(has_route("fra", "gx_nyc_v4", "198.18.5.0/24", false));
	assert_int_equal(bird_open_session(b, "gx_nyc_v4", &err), 0);
	assert_int_equal(bird_open_session(b, "gx_nyc_v4", &err), 0);
	assert_int_equal(bird_open_session(b, "gx_nobody_v4", &err), -ENOENT);
	assert_true(host_await(&hosts, "fra", "gx_nyc_v4", "Established", 30));
	bird_close(b);
	arena_free(a);
}

static void a_peer_that_leaks_its_table_loses_the_session(void **state)
{
	struct arena *a = arena_new();
	struct text more;

	text_init(&more);
	text_puts(&more, "protocol static leak { ipv4;\n");
	for (int i = 0; i < 80; i++)
		text_printf(&more, "route 30.%d.0.0/16 unreachable;\n", i);
	text_puts(&more, "}\n");
	write_tyo(text_str(&more));
	text_done(&more);
	host_ask(&hosts, a, "tyo", "configure");
	bool shut = false;

	for (int i = 0; i < 100 && !shut; i++) {
		struct bird_session s = host_session(&hosts, a, "ams", "gx_tyo_v4");

		shut = !s.established && strstr(s.info, "limit");
		poll(NULL, 0, 100);
	}
	assert_true(shut);
	assert_true(host_session(&hosts, a, "ams", "gx_tyo_v6").established);
	assert_true(host_session(&hosts, a, "ams", "gx_fra_v4").established);
	write_tyo("");
	host_ask(&hosts, a, "tyo", "configure");
	assert_true(host_await(&hosts, "ams", "gx_tyo_v4", "Established", 60));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_sessions_are_established_in_both_families),
		cmocka_unit_test(every_site_announces_its_own_prefixes),
		cmocka_unit_test(sites_of_one_member_share_what_they_learn),
		cmocka_unit_test(nobody_is_the_transit_of_anybody),
		cmocka_unit_test(every_bad_ipv4_route_is_refused_for_its_reason),
		cmocka_unit_test(every_bad_ipv6_route_is_refused_for_its_reason),
		cmocka_unit_test(the_kernel_has_what_was_taken_and_nothing_else),
		cmocka_unit_test(a_session_that_is_shut_stays_shut_until_opened),
		cmocka_unit_test(a_peer_that_leaks_its_table_loses_the_session),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* What is not ours, next to what is: it is never touched, and costs one link at most. */
#include "wanted.h"

#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Everything about an interface, as text; to be freed. */
static char *portrait(const char *ifname)
{
	char command[128], *all = calloc(1, 4096);

	snprintf(command, sizeof(command), "ip -d addr show %s", ifname);
	FILE *f = popen(command, "r");

	assert_non_null(f);
	assert_true(fread(all, 1, 4095, f) > 0);
	assert_int_equal(pclose(f), 0);
	return all;
}

/* With @stranger there (made by @command) one link is a conflict that says @text, and the other
 * five come up; the stranger stays as he is. */
static void one_conflict(struct world *w, const char *command, const char *stranger,
			 const char *text)
{
	sh("%s", command);
	char *before = portrait(stranger);
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);
	struct step_result results[16];

	assert_int_equal(s->n_conflicts, 1);
	assert_string_equal(s->conflicts[0].link, "me-s002");
	if (!strstr(s->conflicts[0].text, text))
		fail_msg("'%s' does not say '%s'", s->conflicts[0].text, text);
	assert_true(s->n <= 16);
	assert_int_equal(kernel_apply(w->kernel, s, results, NULL, &w->err), 0);
	for (size_t i = 0; i < s->n; i++)
		assert_int_equal(results[i].error, 0);
	steps_free(s);
	host_free(have);
	have = world_read(w);
	for (size_t i = 0; i < 6; i++)
		assert_true(i == 2 || world_find(have, w->want.tunnels[i].ifname)->up);
	host_free(have);
	char *after = portrait(stranger);

	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_strangers_interface_with_our_name_costs_that_link_alone(void **state)
{
	one_conflict(*state, "ip link add gx-s002 type dummy", "gx-s002",
		     "interface of kind dummy that grix did not make");
}

static void an_alternative_name_counts_too(void **state)
{
	one_conflict(*state,
		     "ip link add d0 type dummy; ip link property add dev d0 altname gx-s002", "d0",
		     "gx-s002: the name belongs to an interface of kind dummy");
}

static void a_strangers_tunnel_with_our_name_costs_that_link_alone(void **state)
{
	one_conflict(*state, "ip link add gx-s002 type gre local 10.0.0.1 remote 10.0.0.2",
		     "gx-s002", "gre tunnel without the mark of this fabric (no alias)");
}

static void a_strangers_tunnel_with_our_endpoints_costs_that_link_alone(void **state)
{
	one_conflict(*state,
		     "ip link add t7 type gre local 192.0.2.1 remote 198.18.0.4;"
		     "ip addr add 10.7.7.1/30 dev t7; ip link set t7 up",
		     "t7", "t7 has the same endpoints and is not ours");
}

static void a_tunnel_bound_to_a_device_would_steal_our_packets(void **state)
{
	one_conflict(*state, "ip link add t7 type gre local 192.0.2.1 remote 198.18.0.4 dev lo",
		     "t7", "bound to a device, so it takes the packets");
}

static void another_fabrics_tunnel_with_our_name_costs_that_link_alone(void **state)
{
	one_conflict(*state,
		     "ip link add gx-s002 type gre local 10.0.0.1 remote 10.0.0.2;"
		     "ip link set gx-s002 alias 'grix other me-s002'",
		     "gx-s002", "alias 'grix other me-s002'");
}

static void two_fabrics_live_on_one_host(void **state)
{
	struct world *w = *state;

	world_apply(w);
	sh("ip link add ox-a type gre local 192.0.2.1 remote 192.0.2.77; ip link set ox-a alias "
	   "'grix other a-b'");
	assert_string_equal(world_diff(w), "");
	w->want.n_tunnels = 0;
	world_apply(w);
	sh("ip link show ox-a | grep -q 'alias grix other a-b'");
	sh("test $(ls -d /sys/class/net/gx-* 2>/dev/null | wc -l) = 0");
}

/* Between the reading and the doing somebody takes a name, endpoints, a link away. */
static void what_changes_meanwhile_costs_its_own_link_and_no_stranger(void **state)
{
	struct world *w = *state;
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);
	struct step_result results[16];
	char *before, *after;

	assert_int_equal(s->n, 2 + 6);
	sh("ip link add gx-s000 type dummy; ip link add t7 type gre local 192.0.2.1 remote "
	   "198.18.0.4");
	before = portrait("gx-s000");
	assert_int_equal(kernel_apply(w->kernel, s, results, NULL, &w->err), 0);
	after = portrait("gx-s000");
	assert_string_equal(before, after);
	assert_int_equal(results[2].error, -EEXIST);
	assert_non_null(strstr(results[2].text, "taken meanwhile"));
	assert_int_equal(results[4].error, -EEXIST);
	assert_int_equal(if_nametoindex("gx-s002"), 0);
	for (size_t i = 2; i < 8; i++)
		assert_true(i == 2 || i == 4 || results[i].error == 0);
	free(before);
	free(after);
	steps_free(s);
	host_free(have);
}

static void a_step_that_fails_calls_off_the_rest_of_its_link(void **state)
{
	struct world *w = *state;

	world_apply(w);
	sh("ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.99 ttl 64 pmtudisc;"
	   "ip addr flush dev gx-s000; ip link set gx-s001 mtu 1300");
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);
	struct step_result results[16];

	assert_int_equal(s->n, 4);
	sh("ip link add t7 type gre local 192.0.2.1 remote 198.18.0.2");
	assert_int_equal(kernel_apply(w->kernel, s, results, NULL, &w->err), 0);
	assert_int_equal(results[0].error, -EEXIST);
	assert_int_equal(results[1].error, 0);
	assert_int_equal(results[2].error, -ECANCELED);
	assert_string_equal(results[2].text, "not tried, since this failed: change gx-s000: "
					     "remote 198.18.0.99 -> 198.18.0.2");
	assert_int_equal(results[3].error, -ECANCELED);
	steps_free(s);
	host_free(have);
}

static void a_link_that_vanished_is_as_good_as_removed(void **state)
{
	struct world *w = *state;

	world_apply(w);
	w->want.n_tunnels = 0;
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);
	struct step_result results[16];

	sh("ip link del gx-s003");
	assert_int_equal(s->n, 6);
	assert_int_equal(kernel_apply(w->kernel, s, results, NULL, &w->err), 0);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(results[i].error, 0);
	steps_free(s);
	host_free(have);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_strangers_interface_with_our_name_costs_that_link_alone),
		CASE(an_alternative_name_counts_too),
		CASE(a_strangers_tunnel_with_our_name_costs_that_link_alone),
		CASE(a_strangers_tunnel_with_our_endpoints_costs_that_link_alone),
		CASE(a_tunnel_bound_to_a_device_would_steal_our_packets),
		CASE(another_fabrics_tunnel_with_our_name_costs_that_link_alone),
		CASE(two_fabrics_live_on_one_host),
		CASE(what_changes_meanwhile_costs_its_own_link_and_no_stranger),
		CASE(a_step_that_fails_calls_off_the_rest_of_its_link),
		CASE(a_link_that_vanished_is_as_good_as_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

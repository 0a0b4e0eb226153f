/* What a host cannot do, or must not, and how that is said. */
#include "wanted.h"

#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include <cmocka.h>

static void set_net_admin(cap_flag_value_t value)
{
	cap_value_t one = CAP_NET_ADMIN;
	cap_t caps = cap_get_proc();

	assert_int_equal(cap_set_flag(caps, CAP_EFFECTIVE, 1, &one, value), 0);
	assert_int_equal(cap_set_proc(caps), 0);
	cap_free(caps);
}

static void without_permission_nothing_is_touched_and_it_is_said(void **state)
{
	struct world *w = *state;
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);
	struct step_result results[16];
	struct err err;

	assert_int_equal(kernel_missing(w->kernel, &err), 0);
	set_net_admin(CAP_CLEAR);
	int missing = kernel_missing(w->kernel, &err);
	int applied = kernel_apply(w->kernel, s, results, NULL, &w->err);

	set_net_admin(CAP_SET);
	assert_int_equal(missing, -EPERM);
	assert_string_equal(err.text, "not permitted to change network interfaces: run as root or "
				      "with CAP_NET_ADMIN");
	assert_int_equal(applied, 0);
	for (size_t i = 2; i < s->n; i++) {
		assert_int_equal(results[i].error, -EPERM);
		assert_string_equal(results[i].text,
				    "not permitted: run as root or with CAP_NET_ADMIN");
	}
	assert_int_equal(if_nametoindex("gx-s000"), 0);
	steps_free(s);
	host_free(have);
}

static void a_kernel_without_the_module_is_told_what_to_load(void **state)
{
	struct world *w = *state;
	struct step_result results[16];
	struct err err;

	/* no loading on demand, and out with it; where it is built in this cannot be tried */
	if (system("test -e /sys/module/ip6_gre/refcnt") != 0)
		skip();
	sh("cat /proc/sys/kernel/modprobe >/run/modprobe; echo >/proc/sys/kernel/modprobe; rmmod "
	   "ip6_gre");
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);
	int gre = kernel_missing(w->kernel, &err);
	int both = kernel_missing_for(w->kernel, &w->want, &err);
	int applied = kernel_apply(w->kernel, s, results, NULL, &w->err);

	sh("cat /run/modprobe >/proc/sys/kernel/modprobe; modprobe ip6_gre; rm /run/modprobe");
	assert_int_equal(gre, 0);
	assert_int_equal(both, -EOPNOTSUPP);
	assert_string_equal(err.text,
			    "this kernel has no ip6gre tunnels: load the module (modprobe "
			    "ip6_gre), or boot a kernel that has it");
	assert_int_equal(applied, 0);
	assert_int_equal(results[2].error, 0); /* gre */
	assert_int_equal(results[3].error, -EOPNOTSUPP);
	assert_string_equal(results[3].text, "this kernel has no ip6gre tunnels: modprobe ip6_gre");
	steps_free(s);
	host_free(have);
	world_apply(w);
	assert_string_equal(world_diff(w), "");
}

static void asking_what_is_missing_makes_nothing(void **state)
{
	struct world *w = *state;

	sh("ip link show >/run/before");
	assert_int_equal(kernel_missing_for(w->kernel, &w->want, &w->err), 0);
	sh("ip link show | cmp - /run/before");
}

static void with_ipv6_switched_off_the_rest_comes_up(void **state)
{
	struct world *w = *state;
	struct step_result results[16];

	sh("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
	w->want.n_settings = 0;
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);

	assert_int_equal(kernel_apply(w->kernel, s, results, NULL, &w->err), 0);
	assert_int_equal(s->n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(results[i].error, -EACCES);
		assert_non_null(strstr(results[i].text, "disable_ipv6"));
	}
	sh("ip addr show gx-s000 | grep -q 'inet 203.0.113.1 peer 203.0.113.2/32' && "
	   "ip link show gx-s000 | grep -q 'UP.*' && ip link show gx-s000 | grep -q 'alias grix "
	   "demo'");
	steps_free(s);
	host_free(have);
}

/* Both ways: what IPv6 cannot have does not keep IPv4 from its own, and the other way round. */
static void one_family_switched_off_on_a_tunnel_leaves_the_other_to_be_mended(void **state)
{
	struct world *w = *state;
	struct step_result results[16];

	w->want.n_tunnels = 1;
	world_apply(w);
	sh("echo 1 >/proc/sys/net/ipv6/conf/gx-s000/disable_ipv6; ip route del 203.0.113.2 dev "
	   "gx-s000");
	struct host *have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);

	assert_int_equal(kernel_apply(w->kernel, s, results, NULL, &w->err), 0);
	assert_int_equal(s->n, 2);
	assert_int_equal(s->list[0].kind, STEP_ADDR_ADD);
	assert_int_equal(results[0].error, -EACCES);
	assert_int_equal(s->list[1].kind, STEP_ROUTE_ADD);
	assert_int_equal(results[1].error, 0);
	sh("ip route show 203.0.113.2 | grep -q gx-s000");
	steps_free(s);
	host_free(have);

	/* somebody's own route in place of IPv4's: that fails, IPv6 gets its own back */
	sh("echo 0 >/proc/sys/net/ipv6/conf/gx-s000/disable_ipv6");
	world_apply(w);
	sh("ip -6 route del 2001:db8:113::2 dev gx-s000; ip route del 203.0.113.2 dev gx-s000;"
	   "ip link add d0 type dummy; ip link set d0 up; ip route add 203.0.113.2/32 dev d0");
	have = world_read(w);
	s = diff_host("demo", &w->want, have);
	assert_int_equal(kernel_apply(w->kernel, s, results, NULL, &w->err), 0);
	assert_int_equal(s->n, 2);
	assert_int_equal(s->list[1].kind, STEP_ROUTE_ADD);
	assert_int_equal(results[0].error, -EEXIST);
	assert_int_equal(results[1].error, 0);
	sh("ip -6 route show 2001:db8:113::2 | grep -q gx-s000");
	steps_free(s);
	host_free(have);
}

/* --- the underlay --- */

static struct steps *checked_steps(struct world *w, struct host **have)
{
	*have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, *have);

	assert_int_equal(kernel_check_underlay(w->kernel, *have, s, &w->err), 0);
	return s;
}

static void a_host_without_the_local_address_is_told(void **state)
{
	struct world *w = *state;
	struct host *have;

	sh("ip link set lo up; ip addr add 192.0.2.1/32 dev lo");
	struct steps *s = checked_steps(w, &have);

	assert_int_equal(s->n_conflicts, 3);
	assert_string_equal(s->conflicts[0].link, "me-s001");
	assert_string_equal(
		s->conflicts[0].text,
		"gx-s001: this host does not have the local address 2001:db8::1; add it to "
		"an interface, or give the site's own address as bind6 in the peer list");
	assert_int_equal(s->n, 2 + 3);
	steps_free(s);
	host_free(have);
}

static void give_underlay(void)
{
	sh("ip -batch - <<-END\n"
	   "link set lo up\n"
	   "link add u0 type dummy\n"
	   "link set u0 up\n"
	   "addr add 192.0.2.1/24 dev u0\n"
	   "addr add 2001:db8::1/64 dev u0 nodad\n"
	   "route add default via 192.0.2.254\n"
	   "route add default via 2001:db8::fe\n"
	   "END\n"
	   "until ip -6 route get 2001:db8::1 2>&1 | grep -q '^local'; do :; done");
}

static void a_good_underlay_has_no_conflicts(void **state)
{
	struct host *have;

	give_underlay();
	struct steps *s = checked_steps(*state, &have);

	assert_int_equal(s->n_conflicts, 0);
	assert_int_equal(s->n, 2 + 6);
	steps_free(s);
	host_free(have);
}

static void a_remote_routed_into_a_tunnel_is_refused(void **state)
{
	struct world *w = *state;
	struct host *have;
	char ifname[IFNAME_BYTES];
	int ifindex;

	give_underlay();
	world_apply(w);
	sh("ip link del gx-s002; ip link del gx-s003;"
	   "ip route add 198.18.0.4/32 dev gx-s000; ip route add 2001:db8:ff::5/128 dev gx-s001");
	struct steps *s = checked_steps(w, &have);

	assert_int_equal(s->n, 0);
	assert_int_equal(s->n_conflicts, 2);
	assert_string_equal(
		s->conflicts[0].text,
		"gx-s002: its remote 198.18.0.4 is routed into the tunnel gx-s000, so it would "
		"carry itself; add a route to 198.18.0.4 over the underlay (ip route add "
		"198.18.0.4 via GATEWAY)");
	assert_string_equal(s->conflicts[1].link, "me-s003");
	assert_int_equal(kernel_route_device(w->kernel, &w->want.tunnels[2].local,
					     &w->want.tunnels[2].remote, &ifindex, ifname, &w->err),
			 0);
	assert_string_equal(ifname, "gx-s000");
	assert_int_equal(ifindex, if_nametoindex("gx-s000"));
	steps_free(s);
	host_free(have);
}

static struct steps *looked_at(struct world *w, struct host **have)
{
	*have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, *have);

	assert_int_equal(kernel_check_routes(w->kernel, &w->want, *have, s, &w->err), 0);
	return s;
}

static void a_standing_tunnel_whose_remote_is_led_into_a_tunnel_is_noted_and_stays(void **state)
{
	struct world *w = *state;
	struct host *have;

	give_underlay();
	world_apply(w);
	struct steps *s = looked_at(w, &have);

	assert_int_equal(s->n_notes, 0);
	steps_free(s);
	host_free(have);
	/* one by another tunnel, one by itself; a prefix that covers only what is no remote does no harm */
	sh("ip route add 198.18.0.4/31 dev gx-s000; ip route add 2001:db8:ff::5/128 dev gx-s003;"
	   "ip route add 198.19.0.0/16 dev gx-s000");
	s = looked_at(w, &have);
	assert_int_equal(s->n, 0);
	assert_int_equal(s->n_conflicts, 0);
	assert_int_equal(s->n_notes, 2);
	assert_string_equal(s->notes[0].link, "me-s002");
	assert_string_equal(
		s->notes[0].text,
		"gx-s002: its remote 198.18.0.4 is routed into the tunnel gx-s000, so it would "
		"carry itself and nothing passes; the tunnel is left in place; add a route to "
		"198.18.0.4 over the underlay (ip route add 198.18.0.4 via GATEWAY)");
	assert_string_equal(s->notes[1].link, "me-s003");
	assert_non_null(strstr(s->notes[1].text, "is routed into the tunnel gx-s003,"));
	steps_free(s);
	host_free(have);
}

static void a_standing_tunnel_that_lost_its_local_address_is_noted(void **state)
{
	struct world *w = *state;
	struct host *have;

	give_underlay();
	world_apply(w);
	sh("ip addr del 192.0.2.1/24 dev u0");
	struct steps *s = looked_at(w, &have);

	assert_int_equal(s->n_notes, 3);
	assert_string_equal(
		s->notes[2].text,
		"gx-s004: this host does not have the local address 192.0.2.1; add it to an "
		"interface, or give the site's own address as bind4 in the peer list");
	steps_free(s);
	host_free(have);
}

static void what_has_a_conflict_or_is_not_there_gets_no_note(void **state)
{
	struct world *w = *state;
	struct host *have;

	give_underlay();
	world_apply(w);
	sh("ip route add 198.18.0.0/16 dev gx-s000; ip link del gx-s004");
	have = world_read(w);
	struct steps *s = diff_host("demo", &w->want, have);

	steps_add_conflict(s, "me-s002", "for another reason");
	assert_int_equal(kernel_check_routes(w->kernel, &w->want, have, s, &w->err), 0);
	assert_int_equal(s->n_notes, 1);
	assert_string_equal(s->notes[0].link, "me-s000");
	steps_free(s);
	host_free(have);
}

static void no_route_is_an_error_and_no_conflict(void **state)
{
	struct world *w = *state;
	struct host *have;
	char ifname[IFNAME_BYTES];
	int ifindex;

	sh("ip link set lo up; ip addr add 192.0.2.1/32 dev lo; ip addr add 2001:db8::1/128 dev "
	   "lo");
	assert_int_equal(kernel_route_device(w->kernel, &w->want.tunnels[0].local,
					     &w->want.tunnels[0].remote, &ifindex, ifname, &w->err),
			 -ENETUNREACH);
	struct steps *s = checked_steps(w, &have);

	assert_int_equal(s->n_conflicts, 0);
	steps_free(s);
	host_free(have);
}

static void forwarding_keeps_a_default_route_that_was_learnt(void **state)
{
	struct world *w = *state;

	sh("ip link add u0 type dummy; ip link set u0 up;"
	   "ip link add u1 type dummy; ip link set u1 up;"
	   "ip -6 route add default via fe80::1 dev u0 proto ra;"
	   "ip -6 route add 2001:db8:77::/48 via fe80::1 dev u1 proto ra");
	w->want.n_tunnels = 0;
	assert_string_equal(
		world_diff(w),
		"set net/ipv4/ip_forward = 1: was 0; members forward\n"
		"set net/ipv6/conf/u0/accept_ra = 2: was 1; or forwarding would lose the default "
		"route learnt here\n"
		"set net/ipv6/conf/all/forwarding = 1: was 0; members forward\n");
	world_apply(w);
	sh("test $(cat /proc/sys/net/ipv6/conf/u0/accept_ra) = 2");
	sh("test $(cat /proc/sys/net/ipv6/conf/u1/accept_ra) = 1");
	assert_string_equal(world_diff(w), "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_permission_nothing_is_touched_and_it_is_said),
		CASE(a_kernel_without_the_module_is_told_what_to_load),
		CASE(asking_what_is_missing_makes_nothing),
		CASE(with_ipv6_switched_off_the_rest_comes_up),
		CASE(a_host_without_the_local_address_is_told),
		CASE(a_good_underlay_has_no_conflicts),
		CASE(a_remote_routed_into_a_tunnel_is_refused),
		CASE(a_standing_tunnel_whose_remote_is_led_into_a_tunnel_is_noted_and_stays),
		CASE(a_standing_tunnel_that_lost_its_local_address_is_noted),
		CASE(what_has_a_conflict_or_is_not_there_gets_no_note),
		CASE(one_family_switched_off_on_a_tunnel_leaves_the_other_to_be_mended),
		CASE(no_route_is_an_error_and_no_conflict),
		CASE(forwarding_keeps_a_default_route_that_was_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

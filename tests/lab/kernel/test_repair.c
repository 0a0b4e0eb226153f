/* What somebody does to our tunnels by hand, and how apply puts it right. */
#include "wanted.h"

#include "edge/kernel_nl.h"

#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct damage {
	const char *command;
	const char *steps; /* how the printed steps begin */
	bool same_interface;
};

static void repair(struct world *w, const struct damage *d)
{
	int before[6], after[6];

	for (size_t i = 0; i < 6; i++)
		before[i] = (int)if_nametoindex(w->want.tunnels[i].ifname);
	sh("%s", d->command);
	char *steps = world_diff(w);

	if (strncmp(steps, d->steps, strlen(d->steps)) != 0)
		fail_msg("%s gave\n%snot\n%s", d->command, steps, d->steps);
	world_apply(w);
	sh("test $(ip route show proto kernel | grep -c ^203.0.113) = 6 && "
	   "test $(ip -6 route show proto kernel | grep -c 2001:db8:113::[2-7]) = 6");
	steps = world_diff(w);
	if (steps[0])
		fail_msg("after %s there is left\n%s", d->command, steps);
	for (size_t i = 0; i < 6; i++)
		after[i] = (int)if_nametoindex(w->want.tunnels[i].ifname);
	/* the damage is done to the first two; the others never notice */
	assert_memory_equal(before + 2, after + 2, 4 * sizeof(*before));
	if (d->same_interface)
		assert_memory_equal(before, after, sizeof(before));
}

static void every_damage_is_repaired(void **state)
{
	static const struct damage list[] = {
		{"ip link del gx-s000", "add gx-s000: ", false},
		{"ip link set gx-s000 down",
		 "up gx-s000: was down\nadd address gx-s000: 2001:", true},
		{"ip link set gx-s001 down && ip link set gx-s001 name other0 && ip link set "
		 "other0 up",
		 "rename other0 to gx-s001: ", true},
		{"ip addr del 203.0.113.1 peer 203.0.113.2/32 dev gx-s000",
		 "add address gx-s000: 203.0.113.1 peer 203.0.113.2/32\n", true},
		{"ip addr flush dev gx-s001",
		 "add address gx-s001: 203.0.113.1 peer 203.0.113.3/32\n"
		 "add address gx-s001: 2001:db8:113::1 peer 2001:db8:113::3/128\n",
		 true},
		{"ip addr add 203.0.113.9 peer 203.0.113.10/32 dev gx-s000",
		 "remove address gx-s000: 203.0.113.9 peer 203.0.113.10/32\n", true},
		{"ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.99 ttl 64 pmtudisc",
		 "change gx-s000: remote 198.18.0.99 -> 198.18.0.2\n", true},
		{"ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.2 ttl 9 csum seq "
		 "key 5",
		 "change gx-s000: key 5 -> none, ttl 9 -> 64, checksums off, sequence numbers "
		 "off, mtu 1464 -> 1476\n",
		 true},
		{"ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.2 ttl 64 ikey 5 "
		 "okey 6",
		 "change gx-s000: key 5 -> none, an output key of its own off, mtu 1472 -> 1476\n",
		 true},
		{"ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.2 ttl 64 tos 8 "
		 "fwmark 3",
		 "change gx-s000: a tos off, a firewall mark off\n", true},
		{"ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.2 ttl 0 nopmtudisc "
		 "ignore-df",
		 "change gx-s000: ttl inherit -> 64, df off -> on, ignore-df off\n", true},
		{"ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.2 ttl 64 dev lo",
		 "change gx-s000: a device it is bound to off, mtu 65511 -> 1476\n", true},
		{"ip link set gx-s001 type ip6gre local 2001:db8::1 remote 2001:db8:ff::3 hoplimit "
		 "64 "
		 "encaplimit 4 tclass 8",
		 "change gx-s001: a tos off, an encapsulation limit off\n", true},
		{"ip link set gx-s000 mtu 1400", "change gx-s000: mtu 1400 -> 1476\n", true},
		/* below 1280 an interface has no IPv6 at all, and it does not come back by itself */
		{"ip link set gx-s000 mtu 1276",
		 "change gx-s000: mtu 1276 -> 1476, automatic link-local address on -> off\n"
		 "add address gx-s000: 2001:db8:113::1",
		 true},
		{"ip link set gx-s000 alias ''",
		 "change gx-s000: alias none -> grix demo me-s000\n", true},
		{"ip link set gx-s000 group 7", "", true},
		{"ip link set gx-s000 addrgenmode eui64",
		 "change gx-s000: automatic link-local address on -> off\n", true},
		{"cd /proc/sys/net/ipv4/conf/gx-s000; echo 1 >rp_filter; echo 0 >forwarding",
		 "change gx-s000: rp_filter 1 -> 2, forwarding off -> on\n", true},
		{"echo 0 >/proc/sys/net/ipv6/conf/all/forwarding",
		 "set net/ipv6/conf/all/forwarding = 1: was 0; members forward\n", true},
		{"ip link set gx-s000 down && ip link set gx-s001 down && ip link set gx-s000 name "
		 "x && "
		 "ip link set gx-s001 name gx-s000 && ip link set x name gx-s001",
		 "remove gx-s001: made anew", false},
		{"ip route del 203.0.113.2 dev gx-s000; ip -6 route del 2001:db8:113::2 dev "
		 "gx-s000",
		 "add route gx-s000: to 203.0.113.2, was removed\n"
		 "add route gx-s000: to 2001:db8:113::2, was removed\n",
		 true},
		{"ip link set gx-s000 down; ip link set gx-s000 up",
		 "add address gx-s000: 2001:db8:113::1 peer 2001:db8:113::2/128\n", true},
		/* here the kernel keeps the address and, by itself, puts the route back */
		{"echo 1 >/proc/sys/net/ipv6/conf/gx-s000/keep_addr_on_down;"
		 "ip link set gx-s000 down; ip link set gx-s000 up",
		 "", true},
		{"ip link set gx-s000 down", "up gx-s000: was down\n", true},
		{"ip link add dup type gre local 192.0.2.1 remote 198.18.0.77 && "
		 "ip link set dup alias 'grix demo me-s000'",
		 "remove dup: a second interface with this link's mark\n", true},
	};
	struct world *w = *state;

	world_apply(w);
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		repair(w, &list[i]);
}

static void a_strangers_addresses_on_our_link_survive_a_rename(void **state)
{
	struct world *w = *state;

	world_apply(w);
	sh("ip addr add 10.9.9.1/24 dev gx-s000; ip addr add 2001:db8:9::1/64 dev gx-s000;"
	   "ip link set gx-s000 down; ip link set gx-s000 name y; ip link set y up;"
	   "ip addr add 2001:db8:9::1/64 dev y");
	world_apply(w);
	assert_string_equal(world_diff(w), "");
	sh("ip addr show gx-s000 | grep -q 10.9.9.1/24 && ip addr show gx-s000 | grep -q "
	   "2001:db8:9::1/64");
}

static void find_removed_route(struct world *w, bool full_table)
{
	struct err err;

	sh("ip route del 203.0.113.32 dev gx-s030; ip -6 route del 2001:db8:113::20 dev gx-s030");
	kernel_close(w->kernel);
	assert_int_equal(kernel_open(&err, &w->kernel), 0); /* one that knows nothing yet */
	assert_string_equal(world_diff(w), "add route gx-s030: to 203.0.113.32, was removed\n"
					   "add route gx-s030: to 2001:db8:113::20, was removed\n");
	assert_int_equal(w->kernel->many_routes, full_table);
	world_apply(w);
	assert_string_equal(world_diff(w), "");
}

/* From 64 peers on, the table is looked at in one go. */
static void a_route_removed_among_many_is_put_back(void **state)
{
	struct world *w = *state;

	world_want(w, 40);
	world_apply(w);
	find_removed_route(w, false);
}

/* Unless it is too large for that: then the peers are asked for one by one. */
static void a_route_removed_from_a_full_table_is_put_back(void **state)
{
	struct world *w = *state;

	world_want(w, 40);
	world_apply(w);
	sh("ip link add d0 type dummy; ip link set d0 up;"
	   "for i in $(seq 0 7); do for j in $(seq 0 255); do echo route add 10.$i.$j.0/24 dev d0;"
	   "done; done | ip -batch -");
	find_removed_route(w, true);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_route_removed_among_many_is_put_back),
		CASE(a_route_removed_from_a_full_table_is_put_back),
		CASE(every_damage_is_repaired),
		CASE(a_strangers_addresses_on_our_link_survive_a_rename),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

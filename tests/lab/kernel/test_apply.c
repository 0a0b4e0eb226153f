/* What apply makes of an empty host, and what a change of the list does to it. */
#include "wanted.h"

#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void links_of_both_kinds_are_made_whole(void **state)
{
	struct world *w = *state;

	w->want.tunnels[2].keyed = true;
	w->want.tunnels[2].key = 4000000000;
	w->want.tunnels[3].keyed = true;
	w->want.tunnels[3].key = 7;
	world_apply(w);
	assert_string_equal(world_diff(w), "");
	/* seen with somebody else's eyes */
	sh("set -e; ip -d link show gx-s000 >l; grep -q 'UP.* mtu 1476 ' l;"
	   "grep -q 'gre remote 198.18.0.2 local 192.0.2.1 ttl 64 ' l;"
	   "grep -q 'addrgenmode none' l; grep -q 'alias grix demo me-s000' l; ! grep -q key l;"
	   "ip -d link show gx-s002 >l; grep -q 'ttl 64 ikey 238.107.40.0 okey 238.107.40.0 ' l;"
	   "ip -d link show gx-s003 >l; grep -q 'UP.* mtu 1456 ' l;"
	   "grep -q 'ip6gre remote 2001:db8:ff::5 local 2001:db8::1 hoplimit 64 encaplimit none ' "
	   "l;"
	   "grep -q 'ikey 0.0.0.7 okey 0.0.0.7 ' l; rm l");
	sh("set -e; ip addr show gx-s003 >l; grep -q 'inet 203.0.113.1 peer 203.0.113.5/32 scope "
	   "global' l;"
	   "grep -q 'inet6 2001:db8:113::1 peer 2001:db8:113::5/128 scope global nodad' l;"
	   "! grep -q fe80 l; rm l");
	sh("set -e; cd /proc/sys/net; test $(cat ipv4/ip_forward ipv6/conf/all/forwarding"
	   " ipv4/conf/gx-s000/rp_filter ipv4/conf/gx-s000/forwarding | tr -d '\\n') = 1121");
}

static void the_lan_address_is_the_source_towards_a_peer(void **state)
{
	world_apply(*state);
	sh("ip route get 203.0.113.2 | grep -q 'dev gx-s000 src 203.0.113.1 '");
	sh("ip route get 2001:db8:113::2 | grep -q 'dev gx-s000 .*src 2001:db8:113::1 '");
}

static void applying_again_writes_nothing(void **state)
{
	struct world *w = *state;

	assert_true(world_apply(w) > 0);
	assert_int_equal(world_apply(w), 0);
}

static void note_ifindexes(const struct world *w, int *ret)
{
	for (size_t i = 0; i < w->want.n_tunnels; i++)
		ret[i] = (int)if_nametoindex(w->want.tunnels[i].ifname);
}

/* Applies; every interface is still the one it was. */
static void apply_in_place(struct world *w)
{
	int before[6], after[6];

	note_ifindexes(w, before);
	assert_true(world_apply(w) > 0);
	note_ifindexes(w, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_string_equal(world_diff(w), "");
}

static void change_everything(struct tunnel *t, uint8_t last)
{
	t->remote.bytes[addr_bytes(t->remote.family) - 1] = last;
	t->keyed = true;
	t->key = 99;
	t->ttl = 33;
	t->mtu = 1400;
}

static void a_tunnel_changes_in_place_and_no_other_is_touched(void **state)
{
	struct world *w = *state;

	world_apply(w);
	change_everything(&w->want.tunnels[2], 200);
	apply_in_place(w);
	change_everything(&w->want.tunnels[3], 200);
	apply_in_place(w);
	sh("ip -d link show gx-s002 | grep -q 'remote 198.18.0.200 local 192.0.2.1 ttl 33 ikey "
	   "0.0.0.99 '");
	sh("ip -d link show gx-s003 | grep -q 'remote 2001:db8:ff::c8 .*hoplimit 33 encaplimit "
	   "none .*ikey 0.0.0.99 '");
	w->want.tunnels[2].keyed = w->want.tunnels[3].keyed = false;
	apply_in_place(w);
	sh("! ip -d link show gx-s002 | grep -q key");
}

static void one_changed_peer_is_one_message(void **state)
{
	struct world *w = *state;

	world_apply(w);
	w->want.tunnels[2].remote.bytes[3] = 201;
	assert_int_equal(world_apply(w), 1);
	w->want.tunnels[3].mtu = 1400;
	assert_int_equal(world_apply(w), 1);
}

static void a_chain_of_endpoints_moves_in_place(void **state)
{
	struct world *w = *state;
	struct addr first = w->want.tunnels[0].remote;

	world_apply(w);
	first.bytes[3] = 240;
	w->want.tunnels[0].remote = w->want.tunnels[2].remote;
	w->want.tunnels[2].remote = w->want.tunnels[4].remote;
	w->want.tunnels[4].remote = first;
	apply_in_place(w);
}

static void swapped_endpoints_come_to_rest(void **state)
{
	struct world *w = *state;
	struct addr keep = w->want.tunnels[0].remote;

	world_apply(w);
	w->want.tunnels[0].remote = w->want.tunnels[2].remote;
	w->want.tunnels[2].remote = keep;
	world_apply(w);
	assert_string_equal(world_diff(w), "");
}

static void an_address_moves_between_links(void **state)
{
	struct world *w = *state;
	struct tunnel_addr *a = w->want.tunnels[0].addrs, *b = w->want.tunnels[1].addrs;

	world_apply(w);
	w->want.tunnels[0].addrs = b;
	w->want.tunnels[1].addrs = a;
	apply_in_place(w);
}

static void another_mode_makes_one_link_anew_and_no_other(void **state)
{
	struct world *w = *state;
	struct tunnel *t = &w->want.tunnels[0], *six = &w->want.tunnels[1];
	int before[6], after[6];

	world_apply(w);
	note_ifindexes(w, before);
	t->mode = MODE_IP6GRE;
	t->local = six->local;
	t->remote = six->remote;
	t->remote.bytes[15] = 0x99;
	t->mtu = 1456;
	world_apply(w);
	note_ifindexes(w, after);
	assert_int_not_equal(before[0], after[0]);
	assert_memory_equal(before + 1, after + 1, sizeof(before) - sizeof(*before));
	assert_string_equal(world_diff(w), "");
}

static void a_fabric_without_ipv6_may_have_a_small_mtu(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < 6; i++) {
		w->want.tunnels[i].mtu = 1200;
		w->want.tunnels[i].n_addrs = 1;
	}
	world_apply(w);
	assert_string_equal(world_diff(w), "");
	for (size_t i = 0; i < 6; i++) {
		w->want.tunnels[i].mtu = 1400;
		w->want.tunnels[i].n_addrs = 2;
	}
	apply_in_place(w);
}

static void members_that_leave_lose_their_links_alone(void **state)
{
	struct world *w = *state;
	int before[6], after[6];

	world_apply(w);
	note_ifindexes(w, before);
	w->want.n_tunnels = 5; /* one goes by itself */
	world_apply(w);
	w->want.n_tunnels = 1; /* four go as a group */
	world_apply(w);
	assert_string_equal(world_diff(w), "");
	w->want.n_tunnels = 6;
	note_ifindexes(w, after);
	assert_int_equal(before[0], after[0]);
	for (size_t i = 1; i < 6; i++)
		assert_int_equal(after[i], 0);
}

static void taking_down_leaves_settings_and_strangers(void **state)
{
	struct world *w = *state;

	sh("ip link add keep type dummy; ip link add tun9 type gre local 192.0.2.1 remote "
	   "192.0.2.9 key 9");
	world_apply(w);
	w->want.n_tunnels = w->want.n_settings = 0;
	world_apply(w);
	sh("test $(ls -d /sys/class/net/gx-* 2>/dev/null | wc -l) = 0");
	sh("ip link show keep >/dev/null && ip link show tun9 >/dev/null");
	sh("test $(cat /proc/sys/net/ipv4/ip_forward) = 1");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(links_of_both_kinds_are_made_whole),
		CASE(the_lan_address_is_the_source_towards_a_peer),
		CASE(applying_again_writes_nothing),
		CASE(a_tunnel_changes_in_place_and_no_other_is_touched),
		CASE(one_changed_peer_is_one_message),
		CASE(a_chain_of_endpoints_moves_in_place),
		CASE(swapped_endpoints_come_to_rest),
		CASE(an_address_moves_between_links),
		CASE(another_mode_makes_one_link_anew_and_no_other),
		CASE(a_fabric_without_ipv6_may_have_a_small_mtu),
		CASE(members_that_leave_lose_their_links_alone),
		CASE(taking_down_leaves_settings_and_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Wanted and found side by side, and the steps between them as they are printed. */
#include "hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pair {
	struct paper *want, *have;
};

/* Four links wanted and found, two settings. */
static int open_pair(void **state)
{
	struct pair *x = calloc(1, sizeof(*x));

	x->want = paper_new();
	x->have = paper_new();
	for (unsigned n = 2; n < 6; n++) {
		paper_add(x->want, n);
		paper_found(x->have, n);
	}
	paper_setting(x->want, "net/ipv4/ip_forward", "1");
	paper_setting(x->want, "net/ipv6/conf/all/forwarding", "1");
	paper_setting(x->have, "net/ipv4/ip_forward", "1");
	paper_setting(x->have, "net/ipv6/conf/all/forwarding", "1");
	*state = x;
	return 0;
}

static int close_pair(void **state)
{
	struct pair *x = *state;

	free(x->want);
	free(x->have);
	free(x);
	return 0;
}

static void assert_steps(struct pair *x, const char *expected)
{
	struct steps *s = diff_host("demo", &x->want->host, &x->have->host);
	char *text = steps_text(s);

	assert_string_equal(text, expected);
	free(text);
	steps_free(s);
}

/* After the steps nothing is left to do. */
static void assert_converges(struct pair *x)
{
	struct steps *s = diff_host("demo", &x->want->host, &x->have->host);
	struct paper *after = malloc(sizeof(*after));
	char buf[256];

	memcpy(after, x->have, sizeof(*after));
	after->host.tunnels = after->tunnels;
	after->host.settings = after->settings;
	for (size_t i = 0; i < after->host.n_tunnels; i++) {
		struct tunnel *t = &after->tunnels[i];

		t->addrs = after->addrs[i];
		if (t->alias)
			t->alias = after->aliases[i];
	}
	const char *refusal = paper_apply(after, s, buf);

	if (refusal)
		fail_msg("%s", refusal);
	struct steps *again = diff_host("demo", &x->want->host, &after->host);

	assert_int_equal(again->n, 0);
	steps_free(again);
	steps_free(s);
	free(after);
}

static void nothing_to_do_gives_no_steps(void **state)
{
	assert_steps(*state, "");
}

static void a_missing_link_is_added_whole(void **state)
{
	struct pair *x = *state;

	paper_remove(x->have, paper_find(x->have, "gx-s03"));
	assert_steps(x,
		     "add gx-s03: gre 192.0.2.1 -> 198.51.100.3 ttl 64 mtu 1476, "
		     "203.0.113.1 peer 203.0.113.3/32, 2001:db8:113::1 peer 2001:db8:113::3/128\n");
	assert_converges(x);
}

static void a_link_no_longer_wanted_is_removed(void **state)
{
	struct pair *x = *state;

	paper_found(x->have, 9);
	assert_steps(x, "remove gx-s09: no longer wanted\n");
	assert_converges(x);
}

static void everything_of_the_tunnel_changes_in_one_step(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s04");

	t->remote = paper_ip("198.51.100.44");
	t->keyed = true;
	t->key = 7;
	t->ttl = 0;
	t->df = false;
	t->mtu = 1400;
	t->odd = ODD_CSUM | ODD_BOUND;
	assert_steps(x,
		     "change gx-s04: remote 198.51.100.44 -> 198.51.100.4, key 7 -> none, "
		     "ttl inherit -> 64, df off -> on, checksums off, a device it is bound to off, "
		     "mtu 1400 -> 1476\n");
	assert_converges(x);
}

static void what_is_not_the_tunnel_itself_is_told_apart(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s04");

	t->rp_filter = 1;
	t->forwarding = false;
	t->link_local_off = false;
	assert_steps(x, "change gx-s04: rp_filter 1 -> 2, forwarding off -> on, "
			"automatic link-local address on -> off\n");
	struct steps *s = diff_host("demo", &x->want->host, &x->have->host);

	assert_int_equal(s->n, 1);
	assert_false(s->list[0].outer);
	steps_free(s);
	assert_converges(x);
}

static void a_tunnel_without_room_for_ipv6_is_not_asked_for_its_link_local(void **state)
{
	struct pair *x = *state;
	struct tunnel *want = paper_find(x->want, "gx-s04"), *have = paper_find(x->have, "gx-s04");

	want->mtu = have->mtu = 1200;
	want->n_addrs = have->n_addrs = 1;
	have->link_local_off = false;
	assert_steps(x, "");
}

static void a_renamed_link_gets_its_name_and_its_ipv6_addresses_back(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s04");

	strcpy(t->ifname, "mine");
	paper_addr(x->have, t, "2001:db8:aa::1", "2001:db8:aa::1", 64, false);
	paper_addr(x->have, t, "fe80::1", "fe80::1", 64, false);
	assert_steps(
		x,
		"rename mine to gx-s04: down for a moment, IPv6 addresses are put back after\n"
		"up gx-s04: after the rename\n"
		"add address gx-s04: 2001:db8:113::1 peer 2001:db8:113::4/128 (lost by going "
		"down)\n"
		"add address gx-s04: 2001:db8:aa::1/64 (not ours, lost by going down, put back)\n");
	assert_converges(x);
}

static void two_links_with_each_others_names_are_told_by_their_marks(void **state)
{
	struct pair *x = *state;

	strcpy(paper_find(x->have, "gx-s04")->ifname, "x");
	strcpy(paper_find(x->have, "gx-s05")->ifname, "gx-s04");
	strcpy(paper_find(x->have, "x")->ifname, "gx-s05");
	assert_steps(
		x, "remove gx-s05: made anew: cannot be changed in place\n"
		   "rename gx-s04 to gx-s05: down for a moment, IPv6 addresses are put back after\n"
		   "add gx-s04: gre 192.0.2.1 -> 198.51.100.4 ttl 64 mtu 1476, 203.0.113.1 peer "
		   "203.0.113.4/32, 2001:db8:113::1 peer 2001:db8:113::4/128\n"
		   "up gx-s05: after the rename\n"
		   "add address gx-s05: 2001:db8:113::1 peer 2001:db8:113::5/128 (lost by going "
		   "down)\n");
	assert_converges(x);
}

static void endpoints_that_move_on_are_given_away_first(void **state)
{
	struct pair *x = *state;

	/* everyone has what the one before him is to get */
	paper_find(x->have, "gx-s04")->remote = paper_ip("198.51.100.3");
	paper_find(x->have, "gx-s03")->remote = paper_ip("198.51.100.2");
	paper_find(x->have, "gx-s02")->remote = paper_ip("198.51.100.99");
	assert_steps(x, "change gx-s04: remote 198.51.100.3 -> 198.51.100.4\n"
			"change gx-s03: remote 198.51.100.2 -> 198.51.100.3\n"
			"change gx-s02: remote 198.51.100.99 -> 198.51.100.2\n");
	assert_converges(x);
}

static void swapped_endpoints_cost_one_link_its_interface_and_no_other(void **state)
{
	struct pair *x = *state;

	paper_find(x->have, "gx-s02")->remote = paper_ip("198.51.100.3");
	paper_find(x->have, "gx-s03")->remote = paper_ip("198.51.100.2");
	assert_steps(x,
		     "remove gx-s02: made anew: cannot be changed in place\n"
		     "change gx-s03: remote 198.51.100.2 -> 198.51.100.3\n"
		     "add gx-s02: gre 192.0.2.1 -> 198.51.100.2 ttl 64 mtu 1476, 203.0.113.1 peer "
		     "203.0.113.2/32, 2001:db8:113::1 peer 2001:db8:113::2/128\n");
	assert_converges(x);
}

static void another_mode_needs_another_interface(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->want, "gx-s02");

	t->mode = MODE_IP6GRE;
	t->local = paper_ip("2001:db8::1");
	t->remote = paper_ip("2001:db8::2");
	assert_steps(
		x,
		"remove gx-s02: made anew: gre -> ip6gre\n"
		"add gx-s02: ip6gre 2001:db8::1 -> 2001:db8::2 ttl 64 mtu 1476, 203.0.113.1 peer "
		"203.0.113.2/32, 2001:db8:113::1 peer 2001:db8:113::2/128\n");
	assert_converges(x);
}

static void a_link_that_is_down_comes_up_and_gets_back_what_it_lost(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s02");

	t->up = false;
	t->n_addrs = 1; /* the IPv6 address went with it */
	assert_steps(x, "up gx-s02: was down\n"
			"add address gx-s02: 2001:db8:113::1 peer 2001:db8:113::2/128\n");
	assert_converges(x);
}

static void an_address_may_move_from_one_link_to_another(void **state)
{
	struct pair *x = *state;
	struct tunnel_addr *a = &paper_find(x->have, "gx-s02")->addrs[0],
			   *b = &paper_find(x->have, "gx-s03")->addrs[0], keep = *a;

	*a = *b;
	*b = keep;
	assert_steps(x, "remove address gx-s02: 203.0.113.1 peer 203.0.113.3/32\n"
			"remove address gx-s03: 203.0.113.1 peer 203.0.113.2/32\n"
			"add address gx-s02: 203.0.113.1 peer 203.0.113.2/32\n"
			"add address gx-s03: 203.0.113.1 peer 203.0.113.3/32\n");
	assert_converges(x);
}

static void a_route_that_went_comes_back_by_itself(void **state)
{
	struct pair *x = *state;

	paper_find(x->have, "gx-s02")->addrs[0].unrouted = true;
	paper_find(x->have, "gx-s03")->addrs[1].unrouted = true;
	assert_steps(x, "add route gx-s02: to 203.0.113.2, was removed\n"
			"add route gx-s03: to 2001:db8:113::3, was removed\n");
	assert_converges(x);
}

static void somebody_elses_address_on_our_link_stays(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s02");

	paper_addr(x->have, t, "10.1.1.1", "10.1.1.1", 30, false);
	paper_addr(x->have, t, "fe80::7", "fe80::7", 64, false);
	assert_steps(x, "");
}

static void our_address_with_another_length_makes_room(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s02");

	t->n_addrs = 1;
	paper_addr(x->have, t, "2001:db8:113::1", "2001:db8:113::1", 64, false);
	assert_steps(x, "remove address gx-s02: 2001:db8:113::1/64\n"
			"add address gx-s02: 2001:db8:113::1 peer 2001:db8:113::2/128\n");
	assert_converges(x);
}

static void a_strangers_interface_with_our_name_is_a_conflict_of_that_link(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s02");

	t->odd = ODD_OTHER_KIND;
	t->kind = "bridge";
	paper_remove(x->have, paper_find(x->have, "gx-s03"));
	assert_steps(
		x, "conflict me-s02: gx-s02: the name belongs to an interface of kind bridge that "
		   "grix did not make (ifindex 10); rename or remove that one\n"
		   "add gx-s03: gre 192.0.2.1 -> 198.51.100.3 ttl 64 mtu 1476, 203.0.113.1 peer "
		   "203.0.113.3/32, 2001:db8:113::1 peer 2001:db8:113::3/128\n");
}

static void a_strangers_tunnel_with_our_name_is_a_conflict(void **state)
{
	struct pair *x = *state;

	paper_alias(x->have, paper_find(x->have, "gx-s02"), "by hand");
	assert_steps(
		x, "conflict me-s02: gx-s02: the name belongs to a gre tunnel without the mark of "
		   "this fabric (alias 'by hand'); rename or remove it (ip link del gx-s02)\n");
}

static void a_strangers_tunnel_with_our_endpoints_is_a_conflict(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s02");

	strcpy(t->ifname, "tun7");
	paper_alias(x->have, t, NULL);
	t->group = 0;
	assert_steps(
		x,
		"conflict me-s02: gre 192.0.2.1 -> 198.51.100.2: tun7 has the same endpoints "
		"and is not ours (no alias); remove it (ip link del tun7) or give the link a key "
		"of its own\n");
}

static void a_key_tells_our_tunnel_from_a_strangers(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_found(x->have, 2);

	strcpy(t->ifname, "tun7");
	paper_alias(x->have, t, "by hand");
	t->keyed = true;
	t->key = 1;
	assert_steps(x, "");
}

static void the_links_of_another_fabric_are_not_ours(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_found(x->have, 9);

	paper_alias(x->have, t, "grix other me-s09");
	t->group = diff_group("other");
	assert_steps(x, "");
	paper_alias(x->have, t, "grix demo2 me-s09");
	assert_steps(x, "");
	assert_int_not_equal(diff_group("demo"), diff_group("other"));
}

static void a_link_left_half_made_is_finished(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_find(x->have, "gx-s02");

	paper_alias(x->have, t, NULL);
	t->n_addrs = 0;
	t->up = false;
	t->rp_filter = 0;
	assert_steps(x, "change gx-s02: rp_filter 0 -> 2, alias none -> grix demo me-s02\n"
			"up gx-s02: was down\n"
			"add address gx-s02: 203.0.113.1 peer 203.0.113.2/32\n"
			"add address gx-s02: 2001:db8:113::1 peer 2001:db8:113::2/128\n");
	assert_converges(x);
}

static void a_link_left_half_made_that_nobody_wants_now_is_removed(void **state)
{
	struct pair *x = *state;

	paper_alias(x->have, paper_found(x->have, 9), NULL);
	assert_steps(x, "remove gx-s09: was left half made\n");
	assert_converges(x);
}

static void a_second_interface_with_the_same_mark_goes(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_found(x->have, 9);

	paper_alias(x->have, t, "grix demo me-s02");
	assert_steps(x, "remove gx-s09: a second interface with this link's mark\n");
	assert_converges(x);
}

static void settings_come_first_and_say_why(void **state)
{
	struct pair *x = *state;

	x->have->settings[0].value = "0";
	paper_found(x->have, 9);
	assert_steps(x, "set net/ipv4/ip_forward = 1: was 0; members forward\n"
			"remove gx-s09: no longer wanted\n");
	assert_converges(x);
}

static void a_learnt_default_route_is_kept_before_forwarding_begins(void **state)
{
	struct pair *x = *state;

	x->have->settings[1].value = "0";
	paper_setting(x->have, "net/ipv6/conf/eth0/accept_ra", "1");
	paper_setting(x->have, "net/ipv6/conf/eth1/accept_ra", "2");
	assert_steps(x, "set net/ipv6/conf/eth0/accept_ra = 2: was 1; or forwarding would lose the "
			"default route learnt here\n"
			"set net/ipv6/conf/all/forwarding = 1: was 0; members forward\n");
	x->have->settings[1].value = "1";
	assert_steps(x, "");
}

static void taking_down_removes_ours_alone(void **state)
{
	struct pair *x = *state;
	struct tunnel *t = paper_found(x->have, 9);

	paper_alias(x->have, t, "grix other me-s09");
	x->want->host.n_tunnels = 0;
	assert_steps(x, "remove gx-s02: no longer wanted\nremove gx-s03: no longer wanted\n"
			"remove gx-s04: no longer wanted\nremove gx-s05: no longer wanted\n");
	assert_converges(x);
}

static void losing_more_than_half_is_too_much(void **state)
{
	struct pair *x = *state;
	const struct {
		size_t wanted;
		bool too_many;
	} cases[] = {{4, false}, {3, false}, {2, false}, {1, true}, {0, true}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		x->want->host.n_tunnels = cases[i].wanted;
		struct steps *s = diff_host("demo", &x->want->host, &x->have->host);

		assert_int_equal(s->n_links_have, 4);
		assert_int_equal(s->n_links_remove, 4 - cases[i].wanted);
		assert_int_equal(diff_too_many_removals(s), cases[i].too_many);
		steps_free(s);
	}
}

static void the_only_link_may_go(void **state)
{
	struct pair *x = *state;

	x->have->host.n_tunnels = 1;
	x->want->host.n_tunnels = 0;
	struct steps *s = diff_host("demo", &x->want->host, &x->have->host);

	assert_false(diff_too_many_removals(s));
	steps_free(s);
}

static void a_conflict_found_later_takes_the_links_steps_away(void **state)
{
	struct pair *x = *state;

	paper_find(x->have, "gx-s02")->mtu = 1300;
	paper_find(x->have, "gx-s03")->mtu = 1300;
	paper_find(x->have, "gx-s02")->n_addrs = 1;
	struct steps *s = diff_host("demo", &x->want->host, &x->have->host);

	steps_add_conflict(s, "me-s02", "the route leads into itself");
	char *text = steps_text(s);

	assert_string_equal(text, "conflict me-s02: the route leads into itself\n"
				  "change gx-s03: mtu 1300 -> 1476\n");
	free(text);
	steps_free(s);
}

static void a_note_leaves_the_links_steps(void **state)
{
	struct pair *x = *state;

	paper_find(x->have, "gx-s02")->mtu = 1300;
	struct steps *s = diff_host("demo", &x->want->host, &x->have->host);

	steps_add_note(s, "me-s02", "led into itself");
	steps_add_note(s, "me-s03", "led into gx-s02");
	assert_int_equal(s->n, 1);
	assert_int_equal(s->n_conflicts, 0);
	assert_int_equal(s->n_notes, 2);
	assert_string_equal(s->notes[0].text, "led into itself");
	assert_string_equal(s->notes[1].link, "me-s03");
	steps_free(s);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_to_do_gives_no_steps),
		CASE(a_missing_link_is_added_whole),
		CASE(a_link_no_longer_wanted_is_removed),
		CASE(everything_of_the_tunnel_changes_in_one_step),
		CASE(what_is_not_the_tunnel_itself_is_told_apart),
		CASE(a_tunnel_without_room_for_ipv6_is_not_asked_for_its_link_local),
		CASE(a_renamed_link_gets_its_name_and_its_ipv6_addresses_back),
		CASE(two_links_with_each_others_names_are_told_by_their_marks),
		CASE(endpoints_that_move_on_are_given_away_first),
		CASE(swapped_endpoints_cost_one_link_its_interface_and_no_other),
		CASE(another_mode_needs_another_interface),
		CASE(a_link_that_is_down_comes_up_and_gets_back_what_it_lost),
		CASE(an_address_may_move_from_one_link_to_another),
		CASE(a_route_that_went_comes_back_by_itself),
		CASE(somebody_elses_address_on_our_link_stays),
		CASE(our_address_with_another_length_makes_room),
		CASE(a_strangers_interface_with_our_name_is_a_conflict_of_that_link),
		CASE(a_strangers_tunnel_with_our_name_is_a_conflict),
		CASE(a_strangers_tunnel_with_our_endpoints_is_a_conflict),
		CASE(a_key_tells_our_tunnel_from_a_strangers),
		CASE(the_links_of_another_fabric_are_not_ours),
		CASE(a_link_left_half_made_is_finished),
		CASE(a_link_left_half_made_that_nobody_wants_now_is_removed),
		CASE(a_second_interface_with_the_same_mark_goes),
		CASE(settings_come_first_and_say_why),
		CASE(a_learnt_default_route_is_kept_before_forwarding_begins),
		CASE(taking_down_removes_ours_alone),
		CASE(losing_more_than_half_is_too_much),
		CASE(the_only_link_may_go),
		CASE(a_conflict_found_later_takes_the_links_steps_away),
		CASE(a_note_leaves_the_links_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

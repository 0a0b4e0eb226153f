#include "lists.h"
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Two members, ams and fra, both with both families. */
struct two {
	struct peerlist *list;
	struct site_entry *ams, *fra;
	struct member *m_ams, *m_fra;
};

static struct two two_new(void)
{
	struct two t = {.list = list_new(8)};

	t.fra = list_site(t.list, 64502, "fra", 2, "192.0.2.2", "2001:db8:ff::2");
	t.ams = list_site(t.list, 64501, "ams", 1, "192.0.2.1", "2001:db8:ff::1");
	t.m_fra = list_member(t.list, 64502);
	t.m_ams = list_member(t.list, 64501);
	return t;
}

static struct plan *must_plan(const struct peerlist *l)
{
	struct faults f;
	struct plan *p = NULL;
	char line[1024];

	faults_init(&f);
	if (plan_make(l, &f, &p) != 0)
		fail_msg("%s", fault_line(&f.list[0], line, sizeof(line)));
	assert_int_equal(f.n, 0);
	return p;
}

static void assert_refused(const struct two *t, const char *want)
{
	struct faults f;
	struct plan *p = NULL;
	char line[1024];

	faults_init(&f);
	assert_int_equal(plan_make(t->list, &f, &p), PLAN_FAULTY);
	assert_null(p);
	assert_int_equal(f.n, 1);
	assert_string_equal(fault_line(&f.list[0], line, sizeof(line)), want);
	faults_done(&f);
	arena_free(t->list->arena);
}

static struct plan_link only_link(const struct two *t)
{
	struct plan *p = must_plan(t->list);

	assert_int_equal(p->n_links, 1);
	struct plan_link l = p->links[0];

	l.name = NULL; /* lived in the plan */
	plan_free(p);
	arena_free(t->list->arena);
	return l;
}

static void assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT];

	assert_string_equal(addr_text(a, text), want);
}

static void links_as_text(const struct peerlist *l, char *buf, size_t size)
{
	struct plan *p = must_plan(l);
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < p->n_links; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? " " : "", p->links[i].name);
	plan_free(p);
}

static void assert_links(const struct peerlist *l, const char *want)
{
	char got[512];

	links_as_text(l, got, sizeof(got));
	assert_string_equal(got, want);
}

static void a_pair_is_planned_whole(void **state)
{
	struct two t = two_new();
	struct plan *p = must_plan(t.list);
	const struct plan_link *l = &p->links[0];

	(void)state;
	assert_int_equal(p->n_sites, 2);
	assert_string_equal(p->sites[0].name, "ams");
	assert_string_equal(p->sites[0].ifname, "gx-ams");
	assert_string_equal(p->sites[0].symbol, "gx_ams");
	assert_int_equal(p->sites[0].asn, 64501);
	assert_addr(&p->sites[0].lan4, "10.64.0.1");
	assert_addr(&p->sites[0].lan6, "2001:db8:113::1");
	assert_addr(&p->sites[0].router_id, "10.64.0.1");
	assert_int_equal(p->sites[0].n_links, 1);
	assert_int_equal(p->n_links, 1);
	assert_string_equal(l->name, "ams-fra");
	assert_int_equal(l->a.site, 0);
	assert_int_equal(l->b.site, 1);
	assert_int_equal(l->mode, MODE_GRE);
	assert_addr(&l->a.local, "192.0.2.1");
	assert_addr(&l->a.outside, "192.0.2.1");
	assert_addr(&l->b.local, "192.0.2.2");
	assert_false(l->ibgp);
	assert_false(l->keyed);
	assert_int_equal(l->key, 0);
	assert_int_equal(l->ttl, 64);
	assert_int_equal(l->mtu, 1476);
	assert_int_equal(l->live.kind, LIVE_KIND_STAMP);
	assert_int_equal(l->live.interval_ms, 1000);
	assert_int_equal(l->live.misses, 3);
	assert_int_equal(l->live.port, 50862);
	plan_free(p);
	arena_free(t.list->arena);
}

static void without_a_lan4_the_router_id_is_the_id(void **state)
{
	struct two t = two_new();

	(void)state;
	t.list->fabric.lan4.addr.family = FAMILY_NONE;
	t.ams->id = 0x01020304;
	struct plan *p = must_plan(t.list);

	assert_int_equal(p->sites[0].lan4.family, FAMILY_NONE);
	assert_addr(&p->sites[0].router_id, "1.2.3.4");
	assert_addr(&p->sites[0].lan6, "2001:db8:113::102:304");
	plan_free(p);
	arena_free(t.list->arena);
}

static void a_bind_address_is_local_and_the_underlay_is_what_others_see(void **state)
{
	struct two t = two_new();

	(void)state;
	addr_parse("10.0.0.5", &t.fra->bind4);
	struct plan_link l = only_link(&t);

	assert_addr(&l.b.local, "10.0.0.5");
	assert_addr(&l.b.outside, "192.0.2.2");
	assert_addr(&l.a.local, "192.0.2.1");
}

static void a_pair_without_ipv4_on_one_side_runs_over_ipv6(void **state)
{
	struct two t = two_new();

	(void)state;
	t.fra->underlay4.family = FAMILY_NONE;
	struct plan_link l = only_link(&t);

	assert_int_equal(l.mode, MODE_IP6GRE);
	assert_addr(&l.a.local, "2001:db8:ff::1");
	assert_addr(&l.b.outside, "2001:db8:ff::2");
	assert_int_equal(l.mtu, 1456);
}

static void a_pair_without_a_common_family_is_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	t.fra->underlay4.family = FAMILY_NONE;
	t.ams->underlay6.family = FAMILY_NONE;
	assert_refused(&t,
		       "as64502.cfg:10: link ams-fra: ams has only an IPv4 underlay and fra only "
		       "an IPv6 one, give fra an underlay4 or ams an underlay6, or switch the "
		       "pair off in fabric.links");
}

static void one_end_may_choose_the_underlay(void **state)
{
	struct two t = two_new();

	(void)state;
	t.m_fra->tunnel.underlay_set = true;
	t.m_fra->tunnel.underlay = UNDERLAY_IP6;
	t.list->fabric.tunnel.underlay = UNDERLAY_IP4;
	assert_int_equal(only_link(&t).mode, MODE_IP6GRE);
}

static void an_end_that_says_auto_leaves_the_choice_to_the_other(void **state)
{
	struct two t = two_new();

	(void)state;
	t.m_fra->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP6};
	t.ams->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_AUTO};
	assert_int_equal(only_link(&t).mode, MODE_IP6GRE);
}

static void the_site_beats_its_member(void **state)
{
	struct two t = two_new();

	(void)state;
	t.m_fra->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP6};
	t.fra->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP4};
	assert_int_equal(only_link(&t).mode, MODE_GRE);
}

static void ends_that_insist_on_different_families_are_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	t.m_fra->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP6};
	t.ams->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP4};
	assert_refused(&t,
		       "as64502.cfg:10: link ams-fra: ams asks for underlay \"ipv4\" and fra for "
		       "\"ipv6\", let one say \"auto\", or settle it with an entry for the two in "
		       "fabric.links");
}

static void a_link_entry_settles_what_the_ends_dispute(void **state)
{
	struct two t = two_new();
	struct link_entry *e = list_link(t.list, "fra", "ams");

	(void)state;
	t.m_fra->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP6};
	t.ams->tunnel = (struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP4};
	t.fra->tunnel = (struct tunnel_options){
		.key_set = true, .key = KEY_FIXED, .key_value = 5, .ttl_set = true, .ttl = 200};
	t.ams->tunnel.key_set = true;
	t.ams->tunnel.key = KEY_AUTO;
	e->tunnel = (struct tunnel_options){.underlay_set = true,
					    .underlay = UNDERLAY_IP6,
					    .key_set = true,
					    .key = KEY_FIXED,
					    .key_value = 9,
					    .ttl_set = true,
					    .ttl = 7,
					    .mtu_set = true,
					    .mtu = 1400};
	e->live = (struct live_options){.kind_set = true,
					.kind = LIVE_KIND_NONE,
					.interval_set = true,
					.interval_ms = 50,
					.misses_set = true,
					.misses = 2,
					.port_set = true,
					.port = 4000};
	struct plan_link l = only_link(&t);

	assert_int_equal(l.mode, MODE_IP6GRE);
	assert_true(l.keyed);
	assert_int_equal(l.key, 9);
	assert_int_equal(l.ttl, 7);
	assert_int_equal(l.mtu, 1400);
	assert_int_equal(l.live.kind, LIVE_KIND_NONE);
	assert_int_equal(l.live.interval_ms, 50);
	assert_int_equal(l.live.misses, 2);
	assert_int_equal(l.live.port, 4000);
	assert_int_equal(l.a.port, 4000);
	assert_int_equal(l.b.port, 4000);
}

static void a_chosen_family_that_one_end_lacks_is_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	t.list->fabric.tunnel.underlay = UNDERLAY_IP6;
	t.ams->underlay6.family = FAMILY_NONE;
	assert_refused(&t,
		       "as64501.cfg:10: link ams-fra: the two shall meet over IPv6, but ams has "
		       "no underlay6; give it one, or the pair underlay = \"auto\"");
}

static void ends_are_joined_larger_ttl_smaller_mtu_slower_keepalive(void **state)
{
	struct two t = two_new();

	(void)state;
	t.ams->tunnel =
		(struct tunnel_options){.ttl_set = true, .ttl = 30, .mtu_set = true, .mtu = 1400};
	t.fra->tunnel =
		(struct tunnel_options){.ttl_set = true, .ttl = 40, .mtu_set = true, .mtu = 1300};
	t.ams->live = (struct live_options){.interval_set = true, .interval_ms = 100};
	t.fra->live = (struct live_options){.misses_set = true, .misses = 9};
	struct plan_link l = only_link(&t);

	assert_int_equal(l.ttl, 40);
	assert_int_equal(l.mtu, 1300);
	assert_int_equal(l.live.interval_ms, 1000);
	assert_int_equal(l.live.misses, 9);
}

static void every_site_keeps_its_own_reflector_port(void **state)
{
	struct two t = two_new();

	(void)state;
	t.fra->live = (struct live_options){.port_set = true, .port = 60000};
	struct plan_link l = only_link(&t);

	assert_int_equal(l.a.port, 50862);
	assert_int_equal(l.b.port, 60000);
	assert_int_equal(l.live.port, 0);
	assert_false(l.live.port_set);
}

static void one_end_alone_can_switch_keepalives_off(void **state)
{
	struct two t = two_new();

	(void)state;
	t.m_ams->live = (struct live_options){.kind_set = true, .kind = LIVE_KIND_NONE};
	assert_int_equal(only_link(&t).live.kind, LIVE_KIND_NONE);
}

static void the_automatic_mtu_follows_the_narrower_underlay(void **state)
{
	struct two t = two_new();

	(void)state;
	t.ams->underlay_mtu = 9000;
	t.fra->underlay_mtu = 1492;
	t.list->fabric.tunnel.key = KEY_AUTO;
	assert_int_equal(only_link(&t).mtu, 1492 - 20 - 4 - 4);
}

static void an_mtu_that_does_not_fit_is_refused_where_it_was_written(void **state)
{
	struct two t = two_new();

	(void)state;
	t.m_ams->tunnel = (struct tunnel_options){.mtu_set = true, .mtu = 1477};
	assert_refused(&t,
		       "as64501.cfg:1: link ams-fra: mtu 1477 does not fit, the underlay of ams "
		       "carries 1500 bytes and gre takes 24; write 1476 or less, or \"auto\"");
}

static void an_mtu_below_1280_is_refused_with_an_ipv6_lan(void **state)
{
	struct two t = two_new();

	(void)state;
	t.list->fabric.tunnel.mtu = 1279;
	assert_refused(&t,
		       "fabric.cfg:1: link ams-fra: mtu 1279 is too small for an IPv6 LAN, write "
		       "1280 or more, or \"auto\"");
	t = two_new();
	t.list->fabric.tunnel.mtu = 1279;
	t.list->fabric.lan6.addr.family = FAMILY_NONE;
	assert_int_equal(only_link(&t).mtu, 1279);
}

static void an_underlay_too_narrow_for_ipv6_is_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	t.fra->underlay_mtu = 1303;
	assert_refused(&t, "as64502.cfg:10: link ams-fra: the underlay of fra carries 1303 bytes, "
			   "with 24 for gre too little is left for an IPv6 LAN; it takes an "
			   "underlay_mtu of 1304");
}

static void an_automatic_key_hangs_on_fabric_and_ids_only(void **state)
{
	struct two t = two_new();

	(void)state;
	t.list->fabric.tunnel.key = KEY_AUTO;
	struct plan_link one = only_link(&t);

	t = two_new();
	t.list->fabric.tunnel.key = KEY_AUTO;
	t.ams->name = "zrh"; /* now the other way round */
	t.ams->underlay4.bytes[3] = 77;
	struct plan_link two = only_link(&t);

	assert_true(one.keyed && two.keyed);
	assert_int_equal(one.key, 0x01755be7); /* fixed for ever, like the names */
	assert_int_equal(one.key, two.key);
	t = two_new();
	t.list->fabric.tunnel.key = KEY_AUTO;
	t.ams->id = 3;
	assert_int_not_equal(only_link(&t).key, one.key);
}

static void a_key_of_one_end_holds_for_both(void **state)
{
	struct two t = two_new();

	(void)state;
	t.fra->tunnel =
		(struct tunnel_options){.key_set = true, .key = KEY_FIXED, .key_value = 4294967295};
	struct plan_link l = only_link(&t);

	assert_true(l.keyed);
	assert_int_equal(l.key, 4294967295);
	assert_int_equal(l.mtu, 1472);
}

static void two_different_keys_are_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	t.ams->tunnel = (struct tunnel_options){.key_set = true, .key = KEY_FIXED, .key_value = 7};
	t.fra->tunnel = (struct tunnel_options){.key_set = true, .key = KEY_AUTO};
	assert_refused(&t, "as64502.cfg:10: link ams-fra: ams asks for key 7 and fra for \"auto\", "
			   "give both the same, or settle it with an entry for the two in "
			   "fabric.links");
}

static void two_sites_at_one_address_cannot_be_told_apart(void **state)
{
	struct two t = two_new();

	(void)state;
	list_site(t.list, 64503, "nyc", 3, "192.0.2.2", "");
	list_link(t.list, "fra", "nyc")->enabled = false;
	assert_refused(&t,
		       "as64503.cfg:10: member Member 64503: site nyc: on ams the tunnels to fra "
		       "and to nyc could not be told apart, both lead to 192.0.2.2; give the "
		       "sites different underlay addresses, or key = \"auto\"");
}

static void keys_tell_two_sites_at_one_address_apart(void **state)
{
	struct two t = two_new();

	(void)state;
	list_site(t.list, 64503, "nyc", 3, "192.0.2.2", "");
	list_link(t.list, "fra", "nyc")->enabled = false;
	t.list->fabric.tunnel.key = KEY_AUTO;
	assert_links(t.list, "ams-fra ams-nyc");
	arena_free(t.list->arena);
}

static void a_tunnel_from_an_address_to_itself_is_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	t.fra->underlay4 = t.ams->underlay4;
	assert_refused(&t,
		       "as64502.cfg:10: link ams-fra: ams and fra both have the underlay address "
		       "192.0.2.1, no tunnel can run from it to itself; give one of them another, "
		       "or switch the pair off in fabric.links");
}

/* Four members: ams, fra, nyc, and sin with a second site sin2. */
static struct two four_new(void)
{
	struct two t = two_new();

	list_site(t.list, 64503, "nyc", 3, "192.0.2.3", "");
	list_site(t.list, 64504, "sin", 4, "192.0.2.4", "");
	list_site(t.list, 64504, "sin2", 5, "192.0.2.5", "");
	return t;
}

static void open_members_meet_everyone(void **state)
{
	struct two t = four_new();

	(void)state;
	assert_links(t.list, "ams-fra ams-nyc ams-sin ams-sin2 fra-nyc fra-sin fra-sin2 nyc-sin "
			     "nyc-sin2 sin-sin2");
	arena_free(t.list->arena);
}

static void either_end_can_refuse_the_other(void **state)
{
	struct two t = four_new();
	uint32_t sin = 64504;

	(void)state;
	list_asns(t.list, &t.m_ams->no_peer_with, &t.m_ams->n_no_peer_with, 1, &sin);
	assert_links(t.list, "ams-fra ams-nyc fra-nyc fra-sin fra-sin2 nyc-sin nyc-sin2 sin-sin2");
	arena_free(t.list->arena);
}

static void a_selective_member_meets_those_it_lists(void **state)
{
	struct two t = four_new();
	uint32_t asns[] = {64504, 64502};

	(void)state;
	t.m_ams->policy = POLICY_SELECTIVE;
	list_asns(t.list, &t.m_ams->peer_with, &t.m_ams->n_peer_with, 2, asns);
	assert_links(t.list, "ams-fra ams-sin ams-sin2 fra-nyc fra-sin fra-sin2 nyc-sin nyc-sin2 "
			     "sin-sin2");
	arena_free(t.list->arena);
}

static void a_closed_member_meets_only_its_own_sites(void **state)
{
	struct two t = four_new();

	(void)state;
	list_member(t.list, 64504)->policy = POLICY_CLOSED;
	assert_links(t.list, "ams-fra ams-nyc fra-nyc sin-sin2");
	arena_free(t.list->arena);
}

static void a_member_may_leave_its_own_sites_apart(void **state)
{
	struct two t = four_new();

	(void)state;
	list_member(t.list, 64504)->ibgp = false;
	assert_links(t.list,
		     "ams-fra ams-nyc ams-sin ams-sin2 fra-nyc fra-sin fra-sin2 nyc-sin nyc-sin2");
	arena_free(t.list->arena);
}

static void sites_of_one_member_speak_ibgp(void **state)
{
	struct two t = four_new();
	struct plan *p = must_plan(t.list);

	(void)state;
	for (size_t i = 0; i < p->n_links; i++)
		assert_int_equal(p->links[i].ibgp, strcmp(p->links[i].name, "sin-sin2") == 0);
	plan_free(p);
	arena_free(t.list->arena);
}

static void a_pair_can_be_switched_off(void **state)
{
	struct two t = four_new();

	(void)state;
	list_link(t.list, "sin2", "nyc")->enabled = false;
	list_link(t.list, "ams", "fra")->enabled = false;
	list_link(t.list, "fra", "sin")->enabled = true;
	assert_links(t.list, "ams-nyc ams-sin ams-sin2 fra-nyc fra-sin fra-sin2 nyc-sin sin-sin2");
	arena_free(t.list->arena);
}

static void a_link_entry_for_an_unknown_site_is_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	list_link(t.list, "ams", "fre");
	assert_refused(&t,
		       "fabric.cfg:101: fabric: links: no site is named \"fre\", name two sites "
		       "of the list");
}

static void an_entry_for_two_who_do_not_meet_is_refused(void **state)
{
	struct two t = two_new();

	(void)state;
	list_member(t.list, 64502)->policy = POLICY_CLOSED;
	list_link(t.list, "ams", "fra")->tunnel =
		(struct tunnel_options){.mtu_set = true, .mtu = 1400};
	assert_refused(&t,
		       "fabric.cfg:101: fabric: link 1: ams and fra do not meet: Member 64502 is "
		       "closed, remove the entry");
}

static void an_entry_that_keeps_them_apart_is_no_mistake(void **state)
{
	struct two t = two_new();
	struct arena *a = arena_new();

	(void)state;
	list_member(t.list, 64502)->policy = POLICY_CLOSED;
	list_link(t.list, "ams", "fra")->enabled = false;
	struct plan *p = must_plan(t.list);

	assert_int_equal(p->n_links, 0);
	assert_string_equal(plan_apart(p, &p->sites[0], &p->sites[1], a),
			    "switched off in fabric.links");
	assert_string_equal(plan_apart_anyway(&p->sites[0], &p->sites[1], a),
			    "Member 64502 is closed");
	arena_free(a);
	plan_free(p);
	arena_free(t.list->arena);
}

static void assert_apart(const struct two *t, const char *x, const char *y, const char *want)
{
	struct plan *p = must_plan(t->list);
	struct arena *a = arena_new();
	const char *why = plan_apart(p, plan_find_site(p, x), plan_find_site(p, y), a);

	assert_string_equal(why ? why : "they meet", want);
	arena_free(a);
	plan_free(p);
}

static void why_two_sites_do_not_meet_is_told(void **state)
{
	struct two t = four_new();
	uint32_t fra = 64502;

	(void)state;
	list_asns(t.list, &t.m_ams->no_peer_with, &t.m_ams->n_no_peer_with, 1, &fra);
	list_member(t.list, 64503)->policy = POLICY_SELECTIVE;
	list_member(t.list, 64504)->policy = POLICY_CLOSED;
	list_member(t.list, 64504)->ibgp = false;
	list_link(t.list, "nyc", "ams")->enabled = false;
	assert_apart(&t, "fra", "ams", "Member 64501 has AS64502 in no_peer_with");
	assert_apart(&t, "fra", "nyc", "Member 64503 is selective, without AS64502 in peer_with");
	assert_apart(&t, "sin", "fra", "Member 64504 is closed");
	assert_apart(&t, "sin", "sin2", "Member 64504 has ibgp = false");
	assert_apart(&t, "ams", "nyc", "switched off in fabric.links");
	list_member(t.list, 64504)->policy = POLICY_OPEN;
	assert_apart(&t, "fra", "sin2", "they meet");
	arena_free(t.list->arena);
}

static void a_list_of_one_site_has_no_links(void **state)
{
	struct peerlist *l = list_new(1);

	(void)state;
	list_site(l, 64501, "ams", 1, "192.0.2.1", "");
	assert_links(l, "");
	arena_free(l->arena);
}

static void more_links_than_the_planner_takes_are_refused(void **state)
{
	struct peerlist *l = list_mesh(2900);
	struct faults f;
	struct plan *p = NULL;

	(void)state;
	faults_init(&f);
	assert_int_equal(plan_make(l, &f, &p), PLAN_FAULTY);
	assert_int_equal(f.n, 1);
	assert_string_equal(
		f.list[0].text,
		"the sites would have more than 4000000 links, the most that one exchange "
		"can have; let members choose with policy and peer_with");
	faults_done(&f);
	arena_free(l->arena);
}

static void every_fault_is_found_in_one_run(void **state)
{
	struct two t = four_new();
	struct faults f;
	struct plan *p = NULL;
	char line[1024];

	(void)state;
	t.ams->tunnel = (struct tunnel_options){.mtu_set = true, .mtu = 1500};
	t.fra->underlay_mtu = 1300;
	faults_init(&f);
	assert_int_equal(plan_make(t.list, &f, &p), PLAN_FAULTY);
	assert_int_equal(f.n, 2);
	assert_string_equal(fault_line(&f.list[0], line, sizeof(line)),
			    "as64502.cfg:10: link ams-fra: the underlay of fra carries 1300 bytes, "
			    "with 24 for gre too little is left for an IPv6 LAN; it takes an "
			    "underlay_mtu of 1304 (the same with 3 more sites)");
	assert_string_equal(
		fault_line(&f.list[1], line, sizeof(line)),
		"as64501.cfg:10: link ams-nyc: mtu 1500 does not fit, the underlay of ams "
		"carries 1500 bytes and gre takes 24; write 1476 or less, or \"auto\" (the "
		"same with 2 more sites)");
	faults_done(&f);
	arena_free(t.list->arena);
}

static void one_mistake_of_a_site_is_told_once(void **state)
{
	struct peerlist *l = list_mesh(300);
	struct faults f;
	struct plan *p = NULL;

	(void)state;
	l->members[7].sites[0].underlay4.family = FAMILY_NONE; /* a third of the others lack IPv6 */
	faults_init(&f);
	assert_int_equal(plan_make(l, &f, &p), PLAN_FAULTY);
	assert_int_equal(f.n, 1);
	assert_string_equal(
		f.list[0].text,
		"ams-core0 has only an IPv4 underlay and tyo-core0 only an IPv6 one, give "
		"tyo-core0 an underlay4 or ams-core0 an underlay6, or switch the pair off "
		"in fabric.links (the same with 99 more sites)");
	faults_done(&f);
	arena_free(l->arena);
}

static void keeping_one_site_drops_the_links_of_the_others(void **state)
{
	struct two t = four_new();
	struct plan *p = must_plan(t.list);

	(void)state;
	p = plan_keep(p, plan_find_site(p, "nyc"));
	assert_int_equal(p->n_sites, 5);
	assert_int_equal(p->n_links, 4);
	assert_string_equal(p->links[0].name, "ams-nyc");
	assert_string_equal(p->links[3].name, "nyc-sin2");
	assert_int_equal(plan_find_site(p, "nyc")->n_links, 4);
	assert_int_equal(plan_find_site(p, "ams")->n_links, 1);
	assert_int_equal(plan_find_site(p, "sin2")->links[0], 3);
	plan_free(p);
	arena_free(t.list->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_is_planned_whole),
		cmocka_unit_test(without_a_lan4_the_router_id_is_the_id),
		cmocka_unit_test(a_bind_address_is_local_and_the_underlay_is_what_others_see),
		cmocka_unit_test(a_pair_without_ipv4_on_one_side_runs_over_ipv6),
		cmocka_unit_test(a_pair_without_a_common_family_is_refused),
		cmocka_unit_test(one_end_may_choose_the_underlay),
		cmocka_unit_test(an_end_that_says_auto_leaves_the_choice_to_the_other),
		cmocka_unit_test(the_site_beats_its_member),
		cmocka_unit_test(ends_that_insist_on_different_families_are_refused),
		cmocka_unit_test(a_link_entry_settles_what_the_ends_dispute),
		cmocka_unit_test(a_chosen_family_that_one_end_lacks_is_refused),
		cmocka_unit_test(ends_are_joined_larger_ttl_smaller_mtu_slower_keepalive),
		cmocka_unit_test(every_site_keeps_its_own_reflector_port),
		cmocka_unit_test(one_end_alone_can_switch_keepalives_off),
		cmocka_unit_test(the_automatic_mtu_follows_the_narrower_underlay),
		cmocka_unit_test(an_mtu_that_does_not_fit_is_refused_where_it_was_written),
		cmocka_unit_test(an_mtu_below_1280_is_refused_with_an_ipv6_lan),
		cmocka_unit_test(an_underlay_too_narrow_for_ipv6_is_refused),
		cmocka_unit_test(an_automatic_key_hangs_on_fabric_and_ids_only),
		cmocka_unit_test(a_key_of_one_end_holds_for_both),
		cmocka_unit_test(two_different_keys_are_refused),
		cmocka_unit_test(two_sites_at_one_address_cannot_be_told_apart),
		cmocka_unit_test(keys_tell_two_sites_at_one_address_apart),
		cmocka_unit_test(a_tunnel_from_an_address_to_itself_is_refused),
		cmocka_unit_test(open_members_meet_everyone),
		cmocka_unit_test(either_end_can_refuse_the_other),
		cmocka_unit_test(a_selective_member_meets_those_it_lists),
		cmocka_unit_test(a_closed_member_meets_only_its_own_sites),
		cmocka_unit_test(a_member_may_leave_its_own_sites_apart),
		cmocka_unit_test(sites_of_one_member_speak_ibgp),
		cmocka_unit_test(a_pair_can_be_switched_off),
		cmocka_unit_test(a_link_entry_for_an_unknown_site_is_refused),
		cmocka_unit_test(an_entry_for_two_who_do_not_meet_is_refused),
		cmocka_unit_test(an_entry_that_keeps_them_apart_is_no_mistake),
		cmocka_unit_test(why_two_sites_do_not_meet_is_told),
		cmocka_unit_test(a_list_of_one_site_has_no_links),
		cmocka_unit_test(more_links_than_the_planner_takes_are_refused),
		cmocka_unit_test(every_fault_is_found_in_one_run),
		cmocka_unit_test(one_mistake_of_a_site_is_told_once),
		cmocka_unit_test(keeping_one_site_drops_the_links_of_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

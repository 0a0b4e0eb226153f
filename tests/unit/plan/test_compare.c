#include "lists.h"
#include "plan/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ams and fra with both families, nyc and a second site of ams' member with IPv4. */
static struct peerlist *four_sites(void)
{
	struct peerlist *l = list_new(8);

	list_site(l, 64501, "ams", 1, "192.0.2.1", "2001:db8:ff::1");
	list_site(l, 64501, "ams2", 4, "192.0.2.4", "");
	list_site(l, 64502, "fra", 2, "192.0.2.2", "2001:db8:ff::2");
	list_site(l, 64503, "nyc", 3, "192.0.2.3", "");
	return l;
}

static struct site_entry *site_of(struct peerlist *l, const char *name)
{
	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			if (strcmp(l->members[i].sites[j].name, name) == 0)
				return &l->members[i].sites[j];
	fail();
	return NULL;
}

static struct plan *must_plan(const struct peerlist *l)
{
	struct faults f;
	struct plan *p = NULL;

	faults_init(&f);
	assert_int_equal(plan_make(l, &f, &p), 0);
	return p;
}

/* All changes as "kind|link|site site|what|!" lines; "!": sessions restart. */
static void assert_changes(struct peerlist *old, struct peerlist *now, const char *want)
{
	struct plan *p = must_plan(old), *q = must_plan(now);
	struct plan_changes *c = plan_compare(p, q);
	char got[4096] = "";
	size_t n = 0;

	plan_free(p); /* the result stands on its own */
	plan_free(q);
	arena_free(old->arena);
	arena_free(now->arena);
	for (size_t i = 0; i < c->n; i++) {
		const struct plan_change *x = &c->list[i];

		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s|%s|%s%s%s|%s%s\n",
				      plan_change_name(x->kind), x->link ? x->link : "",
				      x->sites[0] ? x->sites[0] : "", x->sites[1] ? " " : "",
				      x->sites[1] ? x->sites[1] : "", x->what,
				      x->restarts ? "|!" : "");
	}
	for (size_t i = 0; i < c->n_effects; i++) {
		const struct plan_effect *e = &c->effects[i];

		n += (size_t)snprintf(got + n, sizeof(got) - n,
				      "%s: +%u -%u set %u renamed %u replaced %u restarts %u\n",
				      e->site, e->made, e->removed, e->set, e->renamed, e->replaced,
				      e->restarts);
	}
	assert_string_equal(got, want);
	plan_changes_free(c);
}

static void the_same_list_has_no_differences(void **state)
{
	(void)state;
	assert_changes(four_sites(), four_sites(), "");
}

static void a_site_that_joins_makes_a_link_with_everyone(void **state)
{
	struct peerlist *now = four_sites();

	(void)state;
	list_site(now, 64504, "sin", 9, "192.0.2.9", "");
	list_member(now, 64502)->policy = POLICY_CLOSED;
	struct peerlist *old = four_sites();

	list_member(old, 64502)->policy = POLICY_CLOSED;
	assert_changes(old, now,
		       "site joins||sin|Member 64504, AS64504, id 9, 3 links\n"
		       "link made|ams-sin|ams sin|gre 192.0.2.1 192.0.2.9, mtu 1476, ebgp\n"
		       "link made|ams2-sin|ams2 sin|gre 192.0.2.4 192.0.2.9, mtu 1476, ebgp\n"
		       "link made|nyc-sin|nyc sin|gre 192.0.2.3 192.0.2.9, mtu 1476, ebgp\n"
		       "ams: +1 -0 set 0 renamed 0 replaced 0 restarts 0\n"
		       "ams2: +1 -0 set 0 renamed 0 replaced 0 restarts 0\n"
		       "nyc: +1 -0 set 0 renamed 0 replaced 0 restarts 0\n"
		       "sin: +3 -0 set 0 renamed 0 replaced 0 restarts 0\n");
}

static void a_site_that_leaves_takes_its_links_along(void **state)
{
	struct peerlist *l = four_sites();
	struct peerlist *now = list_copy(l, NULL, 2);

	(void)state;
	assert_changes(four_sites(), now,
		       "site leaves||nyc|Member 64503, AS64503, id 3, 3 links\n"
		       "link removed|ams-nyc|ams nyc|gre 192.0.2.1 192.0.2.3, mtu 1476, ebgp\n"
		       "link removed|ams2-nyc|ams2 nyc|gre 192.0.2.4 192.0.2.3, mtu 1476, ebgp\n"
		       "link removed|fra-nyc|fra nyc|gre 192.0.2.2 192.0.2.3, mtu 1476, ebgp\n"
		       "ams: +0 -1 set 0 renamed 0 replaced 0 restarts 0\n"
		       "ams2: +0 -1 set 0 renamed 0 replaced 0 restarts 0\n"
		       "fra: +0 -1 set 0 renamed 0 replaced 0 restarts 0\n"
		       "nyc: +0 -3 set 0 renamed 0 replaced 0 restarts 0\n");
	arena_free(l->arena);
}

static void settings_of_a_tunnel_change_in_place(void **state)
{
	struct peerlist *now = four_sites();
	struct link_entry *e = list_link(now, "fra", "nyc");

	(void)state;
	e->tunnel = (struct tunnel_options){.mtu_set = true,
					    .mtu = 1400,
					    .ttl_set = true,
					    .ttl = 32,
					    .key_set = true,
					    .key = KEY_FIXED,
					    .key_value = 7};
	e->live = (struct live_options){.interval_set = true, .interval_ms = 200};
	assert_changes(
		four_sites(), now,
		"link changed|fra-nyc|fra nyc|mtu 1476 -> 1400, ttl 64 -> 32, key none -> 7, "
		"interval_ms 1000 -> 200\n"
		"fra: +0 -0 set 1 renamed 0 replaced 0 restarts 0\n"
		"nyc: +0 -0 set 1 renamed 0 replaced 0 restarts 0\n");
}

static void a_new_underlay_address_changes_every_link_of_its_site_in_place(void **state)
{
	struct peerlist *now = four_sites();

	(void)state;
	addr_parse("192.0.2.33", &site_of(now, "nyc")->underlay4);
	addr_parse("10.0.0.1", &site_of(now, "fra")->bind4);
	list_link(now, "ams", "fra")->enabled = false;
	list_link(now, "ams2", "fra")->enabled = false;
	struct peerlist *old = four_sites();

	list_link(old, "ams", "fra")->enabled = false;
	list_link(old, "ams2", "fra")->enabled = false;
	assert_changes(old, now,
		       "link changed|ams-nyc|ams nyc|nyc underlay 192.0.2.3 -> 192.0.2.33\n"
		       "link changed|ams2-nyc|ams2 nyc|nyc underlay 192.0.2.3 -> 192.0.2.33\n"
		       "link changed|fra-nyc|fra nyc|fra bind 192.0.2.2 -> 10.0.0.1, nyc underlay "
		       "192.0.2.3 -> 192.0.2.33\n"
		       "ams: +0 -0 set 1 renamed 0 replaced 0 restarts 0\n"
		       "ams2: +0 -0 set 1 renamed 0 replaced 0 restarts 0\n"
		       "fra: +0 -0 set 1 renamed 0 replaced 0 restarts 0\n"
		       "nyc: +0 -0 set 3 renamed 0 replaced 0 restarts 0\n");
}

static void a_bind_is_the_affair_of_its_own_host(void **state)
{
	struct peerlist *now = four_sites();

	(void)state;
	addr_parse("10.0.0.1", &site_of(now, "nyc")->bind4);
	assert_changes(four_sites(), now,
		       "link changed|ams-nyc|nyc|nyc bind 192.0.2.3 -> 10.0.0.1\n"
		       "link changed|ams2-nyc|nyc|nyc bind 192.0.2.3 -> 10.0.0.1\n"
		       "link changed|fra-nyc|nyc|nyc bind 192.0.2.3 -> 10.0.0.1\n"
		       "nyc: +0 -0 set 3 renamed 0 replaced 0 restarts 0\n");
}

static void an_underlay_before_a_bind_is_the_affair_of_the_others(void **state)
{
	struct peerlist *old = four_sites(), *now = four_sites();

	(void)state;
	list_member(old, 64501)->policy = list_member(now, 64501)->policy = POLICY_CLOSED;
	addr_parse("10.0.0.1", &site_of(old, "fra")->bind4);
	addr_parse("10.0.0.1", &site_of(now, "fra")->bind4);
	addr_parse("192.0.2.22", &site_of(now, "fra")->underlay4);
	assert_changes(old, now,
		       "link changed|fra-nyc|nyc|fra underlay 192.0.2.2 -> 192.0.2.22\n"
		       "nyc: +0 -0 set 1 renamed 0 replaced 0 restarts 0\n");
}

/* On every third host one of the two tunnels has to go before the other can have its endpoints. */
static void sites_that_swap_endpoints_have_links_made_anew(void **state)
{
	struct peerlist *old = four_sites(), *now = four_sites();

	(void)state;
	list_link(old, "ams", "ams2")->enabled = list_link(now, "ams", "ams2")->enabled = false;
	list_link(old, "ams2", "fra")->enabled = list_link(now, "ams2", "fra")->enabled = false;
	list_link(old, "ams2", "nyc")->enabled = list_link(now, "ams2", "nyc")->enabled = false;
	addr_parse("192.0.2.3", &site_of(now, "fra")->underlay4);
	addr_parse("192.0.2.2", &site_of(now, "nyc")->underlay4);
	assert_changes(
		old, now,
		"link replaced|ams-fra|ams fra|fra underlay 192.0.2.2 -> 192.0.2.3, made anew on "
		"ams, where another tunnel has these endpoints until then|!\n"
		"link changed|ams-nyc|ams nyc|nyc underlay 192.0.2.3 -> 192.0.2.2\n"
		"link changed|fra-nyc|fra nyc|fra underlay 192.0.2.2 -> 192.0.2.3, nyc underlay "
		"192.0.2.3 -> 192.0.2.2\n"
		"ams: +0 -0 set 1 renamed 0 replaced 1 restarts 1\n"
		"fra: +0 -0 set 2 renamed 0 replaced 0 restarts 1\n"
		"nyc: +0 -0 set 2 renamed 0 replaced 0 restarts 0\n");
}

/* Its tunnels carry the name of the exchange in their marks, and automatic keys are made of it. */
static void another_name_of_the_exchange_makes_every_tunnel_anew(void **state)
{
	struct peerlist *old = four_sites(), *now = four_sites();

	(void)state;
	list_member(old, 64501)->policy = list_member(now, 64501)->policy = POLICY_CLOSED;
	list_link(old, "ams", "ams2")->enabled = list_link(now, "ams", "ams2")->enabled = false;
	now->fabric.name = "other-ix";
	assert_changes(old, now,
		       "fabric|||name demo-ix -> other-ix (what runs under the old name is not "
		       "touched, take it down first)\n"
		       "link replaced|fra-nyc|fra nyc|exchange demo-ix -> other-ix|!\n"
		       "fra: +0 -0 set 0 renamed 0 replaced 1 restarts 1\n"
		       "nyc: +0 -0 set 0 renamed 0 replaced 1 restarts 1\n");
}

static void another_family_needs_a_new_interface(void **state)
{
	struct peerlist *now = four_sites();

	(void)state;
	list_link(now, "ams", "fra")->tunnel =
		(struct tunnel_options){.underlay_set = true, .underlay = UNDERLAY_IP6};
	assert_changes(four_sites(), now,
		       "link replaced|ams-fra|ams fra|mode gre -> ip6gre, mtu 1476 -> 1456, ams "
		       "underlay 192.0.2.1 -> 2001:db8:ff::1, fra underlay 192.0.2.2 -> "
		       "2001:db8:ff::2|!\n"
		       "ams: +0 -0 set 0 renamed 0 replaced 1 restarts 1\n"
		       "fra: +0 -0 set 0 renamed 0 replaced 1 restarts 1\n");
}

static void a_new_id_moves_addresses_and_restarts_sessions(void **state)
{
	struct peerlist *old = four_sites(), *now = four_sites();

	(void)state;
	list_member(old, 64501)->policy = list_member(now, 64501)->policy = POLICY_CLOSED;
	site_of(now, "nyc")->id = 77;
	assert_changes(old, now,
		       "site changed||nyc|id 3 -> 77, nyc lan4 10.64.0.3 -> 10.64.0.77, nyc lan6 "
		       "2001:db8:113::3 -> 2001:db8:113::4d\n"
		       "link changed|fra-nyc|fra nyc|nyc lan4 10.64.0.3 -> 10.64.0.77, nyc lan6 "
		       "2001:db8:113::3 -> 2001:db8:113::4d|!\n"
		       "fra: +0 -0 set 1 renamed 0 replaced 0 restarts 1\n"
		       "nyc: +0 -0 set 1 renamed 0 replaced 0 restarts 1\n");
}

static void a_new_asn_restarts_sessions(void **state)
{
	struct peerlist *old = four_sites(), *now = four_sites();

	(void)state;
	list_member(old, 64501)->policy = list_member(now, 64501)->policy = POLICY_CLOSED;
	list_member(now, 64503)->asn = 65000;
	assert_changes(old, now,
		       "site changed||nyc|asn 64503 -> 65000\n"
		       "link changed|fra-nyc|fra nyc|nyc asn 64503 -> 65000|!\n"
		       "fra: +0 -0 set 1 renamed 0 replaced 0 restarts 1\n"
		       "nyc: +0 -0 set 1 renamed 0 replaced 0 restarts 1\n");
}

static void a_renamed_site_is_known_by_its_id(void **state)
{
	struct peerlist *old = four_sites(), *now = four_sites();

	(void)state;
	list_member(old, 64501)->policy = list_member(now, 64501)->policy = POLICY_CLOSED;
	site_of(now, "nyc")->name = "bos";
	assert_changes(old, now,
		       "site changed||bos|name nyc -> bos\n"
		       "link renamed|bos-fra|bos fra|link fra-nyc -> bos-fra, on fra gx-nyc -> "
		       "gx-bos|!\n"
		       "bos: +0 -0 set 0 renamed 1 replaced 0 restarts 1\n"
		       "fra: +0 -0 set 0 renamed 1 replaced 0 restarts 1\n");
}

static void announcements_restart_nothing(void **state)
{
	struct peerlist *now = four_sites();
	struct site_entry *s = site_of(now, "nyc");

	(void)state;
	prefix_parse("198.18.99.0/24", &s->announce[0]);
	list_member(now, 64503)->max_prefix4 = 7;
	list_member(now, 64503)->as_set = "AS-NYC";
	assert_changes(four_sites(), now,
		       "announcement||nyc|-198.18.3.0/24, +198.18.99.0/24, max_prefix4 100 -> 7, "
		       "as_set none -> AS-NYC\n");
}

static void the_order_of_prefixes_is_no_difference(void **state)
{
	struct peerlist *now = four_sites();
	struct site_entry *s = site_of(now, "nyc");
	struct prefix first = s->announce[0];

	(void)state;
	s->announce[0] = s->announce[1];
	s->announce[1] = first;
	assert_changes(four_sites(), now, "");
}

static void a_new_lan_moves_everyone(void **state)
{
	struct peerlist *now = list_new(2), *old = list_new(2);

	(void)state;
	list_site(old, 64501, "ams", 1, "192.0.2.1", "");
	list_site(old, 64502, "fra", 2, "192.0.2.2", "");
	list_site(now, 64501, "ams", 1, "192.0.2.1", "");
	list_site(now, 64502, "fra", 2, "192.0.2.2", "");
	prefix_parse("10.65.0.0/16", &now->fabric.lan4);
	assert_changes(old, now,
		       "fabric|||lan4 10.64.0.0/16 -> 10.65.0.0/16\n"
		       "site changed||ams|ams lan4 10.64.0.1 -> 10.65.0.1\n"
		       "site changed||fra|fra lan4 10.64.0.2 -> 10.65.0.2\n"
		       "link changed|ams-fra|ams fra|ams lan4 10.64.0.1 -> 10.65.0.1, fra lan4 "
		       "10.64.0.2 -> 10.65.0.2|!\n"
		       "ams: +0 -0 set 1 renamed 0 replaced 0 restarts 1\n"
		       "fra: +0 -0 set 1 renamed 0 replaced 0 restarts 1\n");
}

static void pairs_switched_off_lose_their_link_only(void **state)
{
	struct peerlist *now = four_sites();

	(void)state;
	list_link(now, "ams", "ams2")->enabled = false;
	assert_changes(four_sites(), now,
		       "link removed|ams-ams2|ams ams2|gre 192.0.2.1 192.0.2.4, mtu 1476, ibgp\n"
		       "ams: +0 -1 set 0 renamed 0 replaced 0 restarts 0\n"
		       "ams2: +0 -1 set 0 renamed 0 replaced 0 restarts 0\n");
}

static void a_site_with_links_coming_and_going_is_one_line(void **state)
{
	struct peerlist *old = four_sites(), *now = four_sites();

	(void)state;
	list_link(old, "fra", "nyc")->enabled = false;
	list_link(now, "ams", "fra")->enabled = false;
	assert_changes(old, now,
		       "link removed|ams-fra|ams fra|gre 192.0.2.1 192.0.2.2, mtu 1476, ebgp\n"
		       "link made|fra-nyc|fra nyc|gre 192.0.2.2 192.0.2.3, mtu 1476, ebgp\n"
		       "ams: +0 -1 set 0 renamed 0 replaced 0 restarts 0\n"
		       "fra: +1 -1 set 0 renamed 0 replaced 0 restarts 0\n"
		       "nyc: +1 -0 set 0 renamed 0 replaced 0 restarts 0\n");
}

/* Backwards, what was made is removed and the rest is as much. */
static void comparing_backwards_mirrors_the_effects(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct peerlist *x = list_random(seed, 12), *y = list_random(seed + 1000, 12);
		struct faults f;
		struct plan *p = NULL, *q = NULL;

		faults_init(&f);
		if (plan_make(x, &f, &p) == 0 && plan_make(y, &f, &q) == 0) {
			struct plan_changes *there = plan_compare(p, q), *back = plan_compare(q, p);
			uint64_t sum[2][4] = {0};

			for (size_t i = 0; i < there->n_effects; i++) {
				sum[0][0] += there->effects[i].made;
				sum[0][1] += there->effects[i].removed;
				sum[0][2] += there->effects[i].replaced;
				sum[0][3] += there->effects[i].restarts;
			}
			for (size_t i = 0; i < back->n_effects; i++) {
				sum[1][1] += back->effects[i].made;
				sum[1][0] += back->effects[i].removed;
				sum[1][2] += back->effects[i].replaced;
				sum[1][3] += back->effects[i].restarts;
			}
			assert_memory_equal(sum[0], sum[1], sizeof(sum[0]));
			assert_int_equal(p->n_links * 2 + sum[0][0] - sum[0][1], q->n_links * 2);
			plan_changes_free(there);
			plan_changes_free(back);
		}
		faults_done(&f);
		plan_free(p);
		plan_free(q);
		arena_free(x->arena);
		arena_free(y->arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_list_has_no_differences),
		cmocka_unit_test(a_site_that_joins_makes_a_link_with_everyone),
		cmocka_unit_test(a_site_that_leaves_takes_its_links_along),
		cmocka_unit_test(settings_of_a_tunnel_change_in_place),
		cmocka_unit_test(a_new_underlay_address_changes_every_link_of_its_site_in_place),
		cmocka_unit_test(a_bind_is_the_affair_of_its_own_host),
		cmocka_unit_test(an_underlay_before_a_bind_is_the_affair_of_the_others),
		cmocka_unit_test(sites_that_swap_endpoints_have_links_made_anew),
		cmocka_unit_test(another_name_of_the_exchange_makes_every_tunnel_anew),
		cmocka_unit_test(another_family_needs_a_new_interface),
		cmocka_unit_test(a_new_id_moves_addresses_and_restarts_sessions),
		cmocka_unit_test(a_new_asn_restarts_sessions),
		cmocka_unit_test(a_renamed_site_is_known_by_its_id),
		cmocka_unit_test(announcements_restart_nothing),
		cmocka_unit_test(the_order_of_prefixes_is_no_difference),
		cmocka_unit_test(a_new_lan_moves_everyone),
		cmocka_unit_test(pairs_switched_off_lose_their_link_only),
		cmocka_unit_test(a_site_with_links_coming_and_going_is_one_line),
		cmocka_unit_test(comparing_backwards_mirrors_the_effects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

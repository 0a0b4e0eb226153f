#include "lists.h"
#include "site/site.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct peerlist *list;
	struct plan *plan;
	struct site *site;
};

/* ams over IPv4 behind NAT, fra with both, sin over IPv6 only; the long name sorts otherwise as an
 * interface than as a site. */
static struct peerlist *four_sites(void)
{
	struct peerlist *l = list_new(4);
	struct site_entry *ams = list_site(l, 64501, "ams", 1, "192.0.2.1", "2001:db8:ff::1");

	addr_parse("10.0.0.5", &ams->bind4);
	list_site(l, 64501, "zz_extra", 4, "192.0.2.4", "");
	list_site(l, 64502, "fra", 2, "192.0.2.2", "2001:db8:ff::2");
	list_site(l, 64503, "sin", 3, "", "2001:db8:ff::3");
	list_link(l, "sin", "zz_extra")->enabled = false;
	return l;
}

static struct fixture open_site(struct peerlist *l, const char *name)
{
	struct fixture x = {.list = l};
	struct faults f;
	struct err err;

	faults_init(&f);
	assert_int_equal(plan_make(l, &f, &x.plan), 0);
	assert_int_equal(site_make(x.plan, name, &err, &x.site), 0);
	return x;
}

static void close_site(struct fixture *x)
{
	site_free(x->site);
	plan_free(x->plan);
	peerlist_free(x->list);
}

static void assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT];

	assert_string_equal(addr_text(a, text), want);
}

static void a_site_wants_a_tunnel_a_link_sorted_by_interface(void **state)
{
	struct fixture x = open_site(four_sites(), "ams");

	(void)state;
	assert_ptr_equal(x.site->self, plan_find_site(x.plan, "ams"));
	assert_int_equal(x.site->want.n_tunnels, 3);
	assert_string_equal(x.site->want.tunnels[0].ifname, "gx-fra");
	assert_string_equal(x.site->want.tunnels[1].ifname, "gx-sin");
	assert_memory_equal(x.site->want.tunnels[2].ifname, "gx-zzext-", 9);
	assert_null(x.site->want.arena);
	close_site(&x);
}

static void a_wanted_tunnel_is_whole(void **state)
{
	struct fixture x = open_site(four_sites(), "ams");
	const struct tunnel *t = &x.site->want.tunnels[0];

	(void)state;
	assert_string_equal(t->alias, "grix demo-ix ams-fra");
	assert_int_equal(t->mode, MODE_GRE);
	assert_addr(&t->local, "10.0.0.5");
	assert_addr(&t->remote, "192.0.2.2");
	assert_false(t->keyed);
	assert_int_equal(t->ttl, 64);
	assert_true(t->df);
	assert_int_equal(t->mtu, 1476);
	assert_true(t->up);
	assert_int_equal(t->rp_filter, 2);
	assert_true(t->forwarding);
	assert_true(t->link_local_off);
	assert_int_equal(t->ifindex, 0);
	assert_int_equal(t->odd, 0);
	assert_int_equal(t->n_addrs, 2);
	assert_addr(&t->addrs[0].local, "10.64.0.1");
	assert_addr(&t->addrs[0].peer, "10.64.0.2");
	assert_int_equal(t->addrs[0].peer_len, 32);
	assert_addr(&t->addrs[1].local, "2001:db8:113::1");
	assert_addr(&t->addrs[1].peer, "2001:db8:113::2");
	assert_int_equal(t->addrs[1].peer_len, 128);
	close_site(&x);
}

static void the_other_end_is_its_mirror(void **state)
{
	struct fixture x = open_site(four_sites(), "fra");
	const struct tunnel *t = &x.site->want.tunnels[0];

	(void)state;
	assert_string_equal(t->ifname, "gx-ams");
	assert_string_equal(t->alias, "grix demo-ix ams-fra");
	assert_addr(&t->local, "192.0.2.2");
	assert_addr(&t->remote, "192.0.2.1");
	assert_addr(&t->addrs[0].local, "10.64.0.2");
	assert_addr(&t->addrs[0].peer, "10.64.0.1");
	close_site(&x);
}

static void neighbors_stand_in_the_order_of_the_tunnels(void **state)
{
	struct fixture x = open_site(four_sites(), "ams");
	const struct neighbor *n = x.site->neighbors;

	(void)state;
	assert_int_equal(x.site->n_neighbors, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_ptr_equal(n[i].tunnel, &x.site->want.tunnels[i]);
		assert_string_equal(n[i].peer->ifname, n[i].tunnel->ifname);
	}
	assert_string_equal(n[1].peer->name, "sin");
	assert_string_equal(n[1].link->name, "ams-sin");
	assert_int_equal(n[1].tunnel->mode, MODE_IP6GRE);
	assert_addr(&n[1].lan4, "10.64.0.3");
	assert_addr(&n[1].lan6, "2001:db8:113::3");
	assert_false(n[1].ibgp);
	assert_true(n[2].ibgp);
	assert_string_equal(n[1].direction_to, "ams->sin");
	assert_string_equal(n[1].direction_from, "sin->ams");
	close_site(&x);
}

static void a_fabric_without_ipv6_has_no_ipv6_on_its_hosts(void **state)
{
	struct peerlist *l = four_sites();

	(void)state;
	l->fabric.lan6.addr.family = FAMILY_NONE;
	struct fixture x = open_site(l, "ams");

	assert_int_equal(x.site->want.tunnels[0].n_addrs, 1);
	assert_addr(&x.site->want.tunnels[0].addrs[0].peer, "10.64.0.2");
	assert_int_equal(x.site->want.n_settings, 1);
	assert_string_equal(x.site->want.settings[0].name, "net/ipv4/ip_forward");
	close_site(&x);
}

static void a_host_forwards_both_families(void **state)
{
	struct fixture x = open_site(four_sites(), "ams");
	const struct setting *s = x.site->want.settings;

	(void)state;
	assert_int_equal(x.site->want.n_settings, 2);
	assert_string_equal(s[0].name, "net/ipv4/ip_forward");
	assert_string_equal(s[0].value, "1");
	assert_string_equal(s[1].name, "net/ipv6/conf/all/forwarding");
	assert_string_equal(s[1].value, "1");
	assert_true(strlen(s[0].why) > 0 && strlen(s[1].why) > 0);
	close_site(&x);
}

static void assert_no_site(const char *name, const char *want)
{
	struct fixture x = open_site(four_sites(), "ams");
	struct site *none = NULL;
	struct err err;

	assert_int_equal(site_make(x.plan, name, &err, &none), -ENOENT);
	assert_null(none);
	assert_string_equal(err.text, want);
	close_site(&x);
}

static void an_unknown_site_is_answered_with_the_nearest(void **state)
{
	(void)state;
	assert_no_site("frs", "no site of demo-ix is named \"frs\", the nearest name is \"fra\"");
	assert_no_site("", "no site of demo-ix is named \"\", it has ams, fra, sin, zz_extra");
	assert_no_site("elsewhere",
		       "no site of demo-ix is named \"elsewhere\", it has ams, fra, sin, zz_extra");
}

static void the_owner_mark_names_fabric_and_link(void **state)
{
	const char *link = NULL;

	(void)state;
	assert_true(site_owns("grix demo-ix ams-fra", "demo-ix", &link));
	assert_string_equal(link, "ams-fra");
	assert_true(site_owns("grix demo-ix a name with spaces", "demo-ix", &link));
	assert_string_equal(link, "a name with spaces");
}

static void what_is_not_marked_is_not_ours(void **state)
{
	static const char *const foreign[] = {
		"",
		"grix",
		"grix ",
		"grix demo-ix",
		"grix demo-ix ",
		"grix demo-ix2 ams-fra",
		"grix demo ams-fra",
		"Grix demo-ix ams-fra",
		" grix demo-ix ams-fra",
	};
	const char *link = "untouched";

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		assert_false(site_owns(foreign[i], "demo-ix", &link));
	assert_false(site_owns(NULL, "demo-ix", &link));
	assert_string_equal(link, "untouched");
}

static void the_end_of_a_link_is_told_by_where_its_interface_leads(void **state)
{
	(void)state;
	assert_true(site_has_end("ams", "ams-fra", "gx-fra"));
	assert_false(site_has_end("fra", "ams-fra", "gx-fra"));
	assert_true(site_has_end("fra", "ams-fra", "gx-ams"));
	assert_false(site_has_end("ams", "ams-fra", "gx-ams"));
	assert_false(site_has_end("nyc", "ams-fra", "gx-fra"));
	assert_false(site_has_end("am", "ams-fra", "gx-fra"));
	assert_false(site_has_end("", "ams-fra", "gx-fra"));
	assert_false(site_has_end("ams", "ams", "gx-fra"));
}

static void dashes_in_names_do_not_blur_whose_end_it_is(void **state)
{
	(void)state;
	assert_true(site_has_end("a", "a-b-c", "gx-b-c"));
	assert_false(site_has_end("a-b", "a-b-c", "gx-b-c"));
	assert_false(site_has_end("c", "a-b-c", "gx-b-c"));
	assert_true(site_has_end("a-b", "a-b-c", "gx-c"));
	assert_false(site_has_end("a", "a-b-c", "gx-c"));
	assert_true(site_has_end("c", "a-b-c", "gx-a-b"));
	assert_true(site_has_end("b-c", "a-b-c", "gx-a"));
}

static void the_end_behind_a_renamed_interface_is_either(void **state)
{
	(void)state;
	assert_true(site_has_end("ams", "ams-fra", "uplink7"));
	assert_true(site_has_end("fra", "ams-fra", "uplink7"));
	assert_false(site_has_end("nyc", "ams-fra", "uplink7"));
}

static void every_wanted_tunnel_is_an_end_of_its_site_alone(void **state)
{
	(void)state;
	struct fixture x = open_site(four_sites(), "ams");

	for (size_t i = 0; i < x.site->want.n_tunnels; i++) {
		const struct tunnel *t = &x.site->want.tunnels[i];
		const char *link;

		assert_true(site_owns(t->alias, "demo-ix", &link));
		for (size_t j = 0; j < x.plan->n_sites; j++)
			assert_int_equal(site_has_end(x.plan->sites[j].name, link, t->ifname),
					 &x.plan->sites[j] == x.site->self);
	}
	close_site(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_wants_a_tunnel_a_link_sorted_by_interface),
		cmocka_unit_test(a_wanted_tunnel_is_whole),
		cmocka_unit_test(the_other_end_is_its_mirror),
		cmocka_unit_test(neighbors_stand_in_the_order_of_the_tunnels),
		cmocka_unit_test(a_fabric_without_ipv6_has_no_ipv6_on_its_hosts),
		cmocka_unit_test(a_host_forwards_both_families),
		cmocka_unit_test(an_unknown_site_is_answered_with_the_nearest),
		cmocka_unit_test(the_owner_mark_names_fabric_and_link),
		cmocka_unit_test(what_is_not_marked_is_not_ours),
		cmocka_unit_test(the_end_of_a_link_is_told_by_where_its_interface_leads),
		cmocka_unit_test(dashes_in_names_do_not_blur_whose_end_it_is),
		cmocka_unit_test(the_end_behind_a_renamed_interface_is_either),
		cmocka_unit_test(every_wanted_tunnel_is_an_end_of_its_site_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

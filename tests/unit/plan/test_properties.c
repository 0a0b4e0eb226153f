/*
 * What holds for every peer list, tried over thousands that a seed makes.
 * Everything is checked the slow way, pair by pair, with nothing of the planner's own proofs.
 */
#include "lists.h"
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LISTS = 3000, SITES = 18 };

/* NULL when the list is refused. */
static struct plan *try_plan(const struct peerlist *l)
{
	struct faults f;
	struct plan *p = NULL;

	faults_init(&f);
	int r = plan_make(l, &f, &p);

	assert_int_equal(r == 0, f.n == 0);
	assert_int_equal(r == 0, p != NULL);
	for (size_t i = 0; i < f.n; i++)
		assert_non_null(strstr(f.list[i].text, ","));
	faults_done(&f);
	return p;
}

/* Runs @check on every list that is accepted; enough of them must be, and some must not. */
static void for_each_plan(void (*check)(const struct plan *p, uint64_t seed))
{
	size_t accepted = 0;

	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct peerlist *l = list_random(seed, SITES);
		struct plan *p = try_plan(l);

		if (p) {
			accepted++;
			check(p, seed);
		}
		plan_free(p);
		arena_free(l->arena);
	}
	assert_in_range(accepted, LISTS / 2, LISTS * 95 / 100);
}

static bool has(const uint32_t *list, size_t n, uint32_t asn)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == asn)
			return true;
	return false;
}

static bool wants(const struct member *m, const struct member *other)
{
	if (m->policy == POLICY_OPEN)
		return !has(m->no_peer_with, m->n_no_peer_with, other->asn);
	return m->policy == POLICY_SELECTIVE && has(m->peer_with, m->n_peer_with, other->asn);
}

static bool shall_meet(const struct plan *p, const struct plan_site *a, const struct plan_site *b)
{
	const struct fabric *f = &p->list->fabric;

	for (size_t i = 0; i < f->n_links; i++)
		if (!f->links[i].enabled && strcmp(f->links[i].between[0], a->name) == 0 &&
		    strcmp(f->links[i].between[1], b->name) == 0)
			return false;
	if (a->member == b->member)
		return a->member->ibgp;
	return wants(a->member, b->member) && wants(b->member, a->member);
}

static void check_meetings(const struct plan *p, uint64_t seed)
{
	size_t n = 0;

	(void)seed;
	for (uint32_t i = 0; i < p->n_sites; i++) {
		if (i > 0)
			assert_true(strcmp(p->sites[i - 1].name, p->sites[i].name) < 0);
		for (uint32_t j = i + 1; j < p->n_sites; j++) {
			struct arena *a = arena_new();
			bool meet = shall_meet(p, &p->sites[i], &p->sites[j]);

			/* told in words, it must be the same answer */
			assert_int_equal(meet, !plan_apart(p, &p->sites[i], &p->sites[j], a));
			assert_int_equal(meet, !plan_apart(p, &p->sites[j], &p->sites[i], a));
			arena_free(a);
			if (!meet)
				continue;
			assert_true(n < p->n_links);
			assert_int_equal(p->links[n].a.site, i);
			assert_int_equal(p->links[n].b.site, j);
			n++;
		}
	}
	assert_int_equal(n, p->n_links);
}

static void links_are_exactly_those_both_ends_consent_to(void **state)
{
	(void)state;
	for_each_plan(check_meetings);
}

static void check_end(const struct plan *p, const struct plan_link *l, const struct plan_end *e)
{
	const struct site_entry *s = p->sites[e->site].entry;
	const struct addr *outside = l->mode == MODE_GRE ? &s->underlay4 : &s->underlay6;
	const struct addr *bind = l->mode == MODE_GRE ? &s->bind4 : &s->bind6;

	assert_int_equal(outside->family, l->mode == MODE_GRE ? FAMILY_IP4 : FAMILY_IP6);
	assert_true(addr_equal(&e->outside, outside));
	assert_true(addr_equal(&e->local, bind->family ? bind : outside));
	assert_in_range(l->mtu, 1280 - 1280 * !p->list->fabric.lan6.addr.family,
			s->underlay_mtu - tunnel_overhead(l->mode, l->keyed));
}

static void check_ends(const struct plan *p, uint64_t seed)
{
	char name[128];

	(void)seed;
	for (size_t i = 0; i < p->n_links; i++) {
		const struct plan_link *l = &p->links[i];

		check_end(p, l, &l->a);
		check_end(p, l, &l->b);
		snprintf(name, sizeof(name), "%s-%s", p->sites[l->a.site].name,
			 p->sites[l->b.site].name);
		assert_string_equal(l->name, name);
		assert_true(l->ttl > 0);
		assert_true(l->live.interval_ms >= 50);
		assert_int_equal(l->ibgp, p->sites[l->a.site].asn == p->sites[l->b.site].asn);
		assert_true(l->keyed ? l->key != 0 : l->key == 0);
	}
}

static void the_two_ends_of_a_link_agree(void **state)
{
	(void)state;
	for_each_plan(check_ends);
}

static void check_index(const struct plan *p, uint64_t seed)
{
	size_t total = 0;

	(void)seed;
	for (uint32_t i = 0; i < p->n_sites; i++) {
		const struct plan_site *s = &p->sites[i];

		total += s->n_links;
		for (uint32_t j = 0; j < s->n_links; j++) {
			const struct plan_link *l = &p->links[s->links[j]];

			assert_true(l->a.site == i || l->b.site == i);
			assert_true(j == 0 || s->links[j - 1] < s->links[j]);
		}
	}
	assert_int_equal(total, p->n_links * 2);
}

static void every_link_stands_with_both_its_sites(void **state)
{
	(void)state;
	for_each_plan(check_index);
}

static void assert_other_tunnel(const struct plan *p, uint32_t host, const struct plan_link *x,
				const struct plan_link *y)
{
	const struct plan_end *xs, *xo, *ys, *yo;

	plan_ends(x, host, &xs, &xo);
	plan_ends(y, host, &ys, &yo);
	assert_false(addr_equal(&xs->local, &ys->local) && addr_equal(&xo->outside, &yo->outside) &&
		     x->keyed == y->keyed && x->key == y->key);
	assert_string_not_equal(p->sites[xo->site].ifname, p->sites[yo->site].ifname);
	assert_string_not_equal(p->sites[xo->site].symbol, p->sites[yo->site].symbol);
}

static void check_host(const struct plan *p, uint64_t seed)
{
	(void)seed;
	for (uint32_t h = 0; h < p->n_sites; h++) {
		const struct plan_site *s = &p->sites[h];

		assert_in_range(strlen(s->ifname), 4, 15);
		assert_in_range(strlen(s->symbol), 4, 60);
		for (uint32_t i = 0; i < s->n_links; i++)
			for (uint32_t j = i + 1; j < s->n_links; j++)
				assert_other_tunnel(p, h, &p->links[s->links[i]],
						    &p->links[s->links[j]]);
	}
}

static void no_two_tunnels_of_a_host_are_the_same(void **state)
{
	(void)state;
	for_each_plan(check_host);
}

static void check_names(const struct plan *p, uint64_t seed)
{
	(void)seed;
	for (size_t i = 0; i < p->n_links; i++)
		for (size_t j = i + 1; j < p->n_links; j++)
			assert_string_not_equal(p->links[i].name, p->links[j].name);
	for (size_t i = 0; i < p->n_sites; i++)
		for (size_t j = i + 1; j < p->n_sites; j++) {
			assert_string_not_equal(p->sites[i].ifname, p->sites[j].ifname);
			assert_string_not_equal(p->sites[i].symbol, p->sites[j].symbol);
			assert_false(addr_equal(&p->sites[i].lan6, &p->sites[j].lan6) &&
				     p->sites[i].lan6.family);
		}
}

static void no_two_names_of_an_accepted_plan_are_the_same(void **state)
{
	(void)state;
	for_each_plan(check_names);
}

static void assert_same_site(const struct plan_site *x, const struct plan_site *y)
{
	assert_string_equal(x->ifname, y->ifname);
	assert_string_equal(x->symbol, y->symbol);
	assert_int_equal(x->id, y->id);
	assert_int_equal(x->asn, y->asn);
	assert_true(addr_equal(&x->lan4, &y->lan4));
	assert_true(addr_equal(&x->lan6, &y->lan6));
	assert_true(addr_equal(&x->router_id, &y->router_id));
}

static void assert_same_end(const struct plan_end *x, const struct plan_end *y)
{
	assert_true(addr_equal(&x->local, &y->local));
	assert_true(addr_equal(&x->outside, &y->outside));
	assert_int_equal(x->port, y->port);
}

/* All of a link but the names; @turned: its ends have changed places. */
static void assert_same_link(const struct plan_link *x, const struct plan_link *y, bool turned)
{
	assert_same_end(&x->a, turned ? &y->b : &y->a);
	assert_same_end(&x->b, turned ? &y->a : &y->b);
	assert_int_equal(x->mode, y->mode);
	assert_int_equal(x->ibgp, y->ibgp);
	assert_int_equal(x->keyed, y->keyed);
	assert_int_equal(x->key, y->key);
	assert_int_equal(x->ttl, y->ttl);
	assert_int_equal(x->mtu, y->mtu);
	assert_memory_equal(&x->live, &y->live, sizeof(x->live));
}

static bool is_of(const struct plan *p, const struct plan_link *l, uint32_t asn)
{
	return p->sites[l->a.site].asn == asn || p->sites[l->b.site].asn == asn;
}

/* What is not member @asn's is the same in both, and nothing else came or went. */
static void assert_same_but(const struct plan *x, const struct plan *y, uint32_t asn)
{
	size_t j = 0;

	for (size_t i = 0; i < x->n_sites; i++) {
		const struct plan_site *s = plan_find_site(y, x->sites[i].name);

		if (x->sites[i].asn == asn)
			continue;
		assert_non_null(s);
		assert_same_site(&x->sites[i], s);
	}
	for (size_t i = 0; i < x->n_links; i++) {
		if (is_of(x, &x->links[i], asn))
			continue;
		while (j < y->n_links && is_of(y, &y->links[j], asn))
			j++;
		assert_true(j < y->n_links);
		assert_string_equal(x->links[i].name, y->links[j].name);
		assert_same_link(&x->links[i], &y->links[j], false);
		j++;
	}
	while (j < y->n_links && is_of(y, &y->links[j], asn))
		j++;
	assert_int_equal(j, y->n_links);
}

/* Read one way a member leaves, the other way it joins. */
static void check_leave(const struct plan *p, uint64_t seed)
{
	struct dice d;

	dice_init(&d, seed);
	size_t who = dice_below(&d, (uint32_t)p->list->n_members);
	struct peerlist *less = list_copy(p->list, NULL, who);
	struct plan *q = try_plan(less);

	assert_non_null(q); /* nobody's leaving spoils a plan */
	assert_same_but(p, q, p->list->members[who].asn);
	plan_free(q);
	arena_free(less->arena);
}

static void a_member_that_joins_or_leaves_changes_nothing_of_the_others(void **state)
{
	(void)state;
	for_each_plan(check_leave);
}

static void check_order(const struct plan *p, uint64_t seed)
{
	size_t order[SITES], n = p->list->n_members;
	struct dice d;

	dice_init(&d, seed);
	for (size_t i = 0; i < n; i++) {
		size_t j = dice_below(&d, (uint32_t)i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	struct peerlist *other = list_copy(p->list, order, SIZE_MAX);
	struct plan *q = try_plan(other);

	assert_non_null(q);
	assert_same_but(p, q, 0);
	plan_free(q);
	arena_free(other->arena);
}

static void the_order_of_the_members_changes_nothing(void **state)
{
	(void)state;
	for_each_plan(check_order);
}

static void check_member_name(const struct plan *p, uint64_t seed)
{
	struct peerlist *other = list_copy(p->list, NULL, SIZE_MAX);

	other->members[seed % other->n_members].name = "Another Name";
	struct plan *q = try_plan(other);

	assert_non_null(q);
	assert_same_but(p, q, 0);
	plan_free(q);
	arena_free(other->arena);
}

static void a_members_new_name_changes_nothing(void **state)
{
	(void)state;
	for_each_plan(check_member_name);
}

static size_t link_between(const struct plan *p, uint32_t x, uint32_t y)
{
	for (size_t i = 0; i < p->n_links; i++) {
		uint32_t a = p->sites[p->links[i].a.site].id, b = p->sites[p->links[i].b.site].id;

		if ((a == x && b == y) || (a == y && b == x))
			return i;
	}
	return p->n_links;
}

/* The renamed site's own links keep everything but their names too. */
static void assert_same_by_id(const struct plan *x, const struct plan *y)
{
	assert_int_equal(x->n_links, y->n_links);
	for (size_t i = 0; i < x->n_links; i++) {
		const struct plan_link *l = &x->links[i];
		uint32_t a = x->sites[l->a.site].id, b = x->sites[l->b.site].id;
		size_t at = link_between(y, a, b);

		assert_true(at < y->n_links);
		const struct plan_link *m = &y->links[at];

		assert_same_link(l, m, y->sites[m->a.site].id != a);
	}
}

static void check_site_name(const struct plan *p, uint64_t seed)
{
	struct peerlist *other = list_copy(p->list, NULL, SIZE_MAX);
	struct member *m = &other->members[seed % other->n_members];
	const char *old = m->sites[0].name, *now = seed % 2 ? "Aa-first" : "zz-last-of-all-sites";

	m->sites[0].name = now;
	for (size_t i = 0; i < other->fabric.n_links; i++)
		for (int j = 0; j < 2; j++)
			if (strcmp(other->fabric.links[i].between[j], old) == 0)
				other->fabric.links[i].between[j] = now;
	struct plan *q = try_plan(other);

	assert_non_null(q);
	assert_same_but(p, q, m->asn);
	assert_same_by_id(p, q);
	plan_free(q);
	arena_free(other->arena);
}

static void a_sites_new_name_changes_no_address_and_no_key(void **state)
{
	(void)state;
	for_each_plan(check_site_name);
}

/* Which lists must be refused for their names is told without the planner. */
static bool names_collide(const struct peerlist *l)
{
	char name[64][SYMBOL_BYTES], ifname[64][IFNAME_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++, n++) {
			plan_ifname(l->members[i].sites[j].name, ifname[n]);
			plan_symbol(l->members[i].sites[j].name, name[n]);
		}
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (!strcmp(name[i], name[j]) || !strcmp(ifname[i], ifname[j]))
				return true;
	return false;
}

static void colliding_names_are_refused(void **state)
{
	size_t seen = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct peerlist *l = list_random(seed, SITES);

		if (names_collide(l)) {
			seen++;
			assert_null(try_plan(l));
		}
		arena_free(l->arena);
	}
	assert_true(seen > 20);
}

static bool accepted(struct peerlist *l)
{
	struct plan *p = try_plan(l);
	bool ret = p != NULL;

	plan_free(p);
	arena_free(l->arena);
	return ret;
}

/* All sites open, names of up to three letters with dashes: the planner refuses exactly those lists
 * where two pairs read the same. */
static bool pairs_read_the_same(const char name[][8], size_t n)
{
	char pair[64][20];
	size_t pairs = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (strcmp(name[i], name[j]) < 0)
				snprintf(pair[pairs++], sizeof(pair[0]), "%s-%s", name[i], name[j]);
	for (size_t i = 0; i < pairs; i++)
		for (size_t j = i + 1; j < pairs; j++)
			if (strcmp(pair[i], pair[j]) == 0)
				return true;
	return false;
}

static size_t dashed_names(struct dice *d, char name[][8])
{
	size_t n = 0;

	for (int tries = 0; tries < 7; tries++) {
		size_t length = 1 + 2 * dice_below(d, 3), i;

		for (i = 0; i < length; i++)
			name[n][i] = (char)(i % 2 ? '-' : 'a' + (char)dice_below(d, 3));
		name[n][length] = '\0';
		for (i = 0; i < n && strcmp(name[i], name[n]) != 0; i++)
			;
		n += i == n;
	}
	return n;
}

static void exactly_the_colliding_link_names_are_refused(void **state)
{
	size_t refused = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct peerlist *l = list_new(8);
		char name[8][8], four[20];
		struct dice d;

		dice_init(&d, seed);
		size_t n = dashed_names(&d, name);

		for (uint32_t i = 0; i < n; i++) {
			snprintf(four, sizeof(four), "192.0.2.%u", i + 1);
			list_site(l, 64500 + i, name[i], i + 1, four, "");
		}
		bool same = pairs_read_the_same((const char(*)[8])name, n);

		refused += same;
		assert_int_equal(accepted(l), !same);
	}
	assert_in_range(refused, LISTS / 50, LISTS / 2);
}

enum { HOSTS = 6 };

/* @linked: symmetric. Two peers at one address, as some host sees it; or a link from it to itself. */
static bool tunnels_are_the_same(const unsigned *address, bool linked[HOSTS][HOSTS], bool keyed)
{
	for (int h = 0; h < HOSTS; h++)
		for (int i = 0; i < HOSTS; i++) {
			if (linked[h][i] && address[h] == address[i])
				return true;
			for (int j = i + 1; j < HOSTS && !keyed; j++)
				if (linked[h][i] && linked[h][j] && address[i] == address[j])
					return true;
		}
	return false;
}

static void exactly_the_colliding_tunnels_are_refused(void **state)
{
	static const char *const name[HOSTS] = {"a", "b", "c", "d", "e", "f"};
	size_t refused = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct peerlist *l = list_new(8);
		bool linked[HOSTS][HOSTS] = {0};
		unsigned address[HOSTS];
		struct dice d;
		char four[20];

		dice_init(&d, seed);
		l->fabric.tunnel.key = dice_below(&d, 2) ? KEY_AUTO : KEY_NONE;
		for (uint32_t i = 0; i < HOSTS; i++) {
			address[i] = 1 + dice_below(&d, 20);
			snprintf(four, sizeof(four), "192.0.2.%u", address[i]);
			list_site(l, 64500 + i, name[i], i + 1, four, "");
			for (uint32_t j = 0; j < i; j++) {
				linked[i][j] = linked[j][i] = dice_below(&d, 3) > 0;
				list_link(l, name[j], name[i])->enabled = linked[i][j];
			}
		}
		bool same = tunnels_are_the_same(address, linked, l->fabric.tunnel.key == KEY_AUTO);

		refused += same;
		assert_int_equal(accepted(l), !same);
	}
	assert_in_range(refused, LISTS / 10, LISTS * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_exactly_those_both_ends_consent_to),
		cmocka_unit_test(the_two_ends_of_a_link_agree),
		cmocka_unit_test(every_link_stands_with_both_its_sites),
		cmocka_unit_test(no_two_tunnels_of_a_host_are_the_same),
		cmocka_unit_test(no_two_names_of_an_accepted_plan_are_the_same),
		cmocka_unit_test(a_member_that_joins_or_leaves_changes_nothing_of_the_others),
		cmocka_unit_test(the_order_of_the_members_changes_nothing),
		cmocka_unit_test(a_members_new_name_changes_nothing),
		cmocka_unit_test(a_sites_new_name_changes_no_address_and_no_key),
		cmocka_unit_test(colliding_names_are_refused),
		cmocka_unit_test(exactly_the_colliding_link_names_are_refused),
		cmocka_unit_test(exactly_the_colliding_tunnels_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

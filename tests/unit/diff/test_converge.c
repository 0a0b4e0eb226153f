/*
 * Thousands of hosts made up at random, with links of ours in every state and strangers among
 * them: the steps are taken by a kernel without a refusal, lead to where nothing is left to do, and
 * leave every stranger as he was.
 */
#include "hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 4000, LINKS = 8 };

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % sides;
}

static void alter(struct paper *have, struct tunnel *t, uint64_t *seed)
{
	char text[ADDR_TEXT];

	switch (dice(seed, 12)) {
	case 0:
		snprintf(t->ifname, sizeof(t->ifname), "odd%d", t->ifindex);
		break;
	case 1: /* a name or endpoints that another link of ours is to have: bound to collide */
		snprintf(t->ifname, sizeof(t->ifname), "gx-s%02u", 2 + dice(seed, LINKS));
		break;
	case 2:
		snprintf(text, sizeof(text), "198.51.100.%u", 2 + dice(seed, LINKS));
		t->remote = paper_ip(text);
		break;
	case 3:
		t->mtu = 1300;
		t->ttl = 0;
		break;
	case 4:
		t->up = false;
		t->n_addrs = 1;
		break;
	case 5:
		t->n_addrs = 0;
		break;
	case 6:
		paper_addr(have, t, "10.0.0.1", "10.0.0.1", 24, false);
		paper_addr(have, t, "2001:db8:ee::1", "2001:db8:ee::1", 64, false);
		break;
	case 7:
		paper_addr(have, t, "203.0.113.1", "203.0.113.77", 32, true);
		break;
	case 8:
		t->odd = ODD_CSUM;
		break;
	case 9:
		paper_alias(have, t, NULL);
		break;
	case 10:
		t->keyed = true;
		t->key = dice(seed, 3);
		break;
	default:
		break;
	}
}

static void make_stranger(struct paper *have, struct tunnel *t, uint64_t *seed)
{
	switch (dice(seed, 4)) {
	case 0:
		paper_alias(have, t, "grix other me-s02");
		break;
	case 1:
		paper_alias(have, t, "by hand");
		break;
	case 2:
		paper_alias(have, t, NULL);
		t->group = 0;
		break;
	default:
		t->odd = ODD_OTHER_KIND;
		t->kind = "bridge";
		break;
	}
}

/* What no kernel would hold: two of a name, two with the same endpoints, a key that is none. */
static bool impossible(struct paper *have, const struct tunnel *t)
{
	for (size_t i = 0; i < have->host.n_tunnels; i++) {
		const struct tunnel *o = &have->tunnels[i];

		if (o == t)
			continue;
		if (strcmp(o->ifname, t->ifname) == 0)
			return true;
		if (!((o->odd | t->odd) & ODD_OTHER_KIND) && o->mode == t->mode &&
		    addr_equal(&o->remote, &t->remote) && addr_equal(&o->local, &t->local) &&
		    o->keyed == t->keyed && o->key == t->key)
			return true;
	}
	return false;
}

static void make_up(struct paper *want, struct paper *have, uint64_t *seed)
{
	for (unsigned n = 2; n < 2 + LINKS; n++) {
		if (dice(seed, 4))
			paper_add(want, n);
		for (unsigned copies = dice(seed, 3); copies; copies--) {
			struct tunnel *t = paper_found(have, n);

			if (dice(seed, 2))
				alter(have, t, seed);
			if (dice(seed, 6) == 0)
				make_stranger(have, t, seed);
			if (impossible(have, t))
				paper_remove(have, t);
		}
	}
}

static bool is_stranger(const struct tunnel *t)
{
	const char *link;

	if (t->odd & ODD_OTHER_KIND)
		return true;
	if (t->alias)
		return !site_owns(t->alias, "demo", &link);
	return t->group != diff_group("demo");
}

static const struct tunnel *same_ifindex(const struct paper *p, int ifindex)
{
	for (size_t i = 0; i < p->host.n_tunnels; i++)
		if (p->tunnels[i].ifindex == ifindex)
			return &p->tunnels[i];
	return NULL;
}

static void assert_untouched(const struct paper *before, const struct paper *after,
			     const struct steps *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].have)
			assert_false(is_stranger(s->list[i].have));
	for (size_t i = 0; i < before->host.n_tunnels; i++) {
		const struct tunnel *b = &before->tunnels[i];
		const struct tunnel *a = same_ifindex(after, b->ifindex);

		/* an address that is not ours outlives what happens to our link, but not the link */
		for (size_t j = 0; a && j < b->n_addrs; j++) {
			bool there = false;

			for (size_t k = 0; k < a->n_addrs; k++)
				there = there || addr_equal(&a->addrs[k].local, &b->addrs[j].local);
			assert_true(there || (!is_stranger(b) && b->addrs[j].ours));
		}
		if (!is_stranger(b))
			continue;
		assert_non_null(a);
		assert_string_equal(a->ifname, b->ifname);
		assert_true(addr_equal(&a->remote, &b->remote));
		assert_int_equal(a->n_addrs, b->n_addrs);
		assert_int_equal(a->mtu, b->mtu);
		assert_int_equal(a->odd, b->odd);
	}
}

static struct paper *copy(const struct paper *from)
{
	struct paper *p = malloc(sizeof(*p));

	memcpy(p, from, sizeof(*p));
	p->host.tunnels = p->tunnels;
	p->host.settings = p->settings;
	for (size_t i = 0; i < p->host.n_tunnels; i++) {
		p->tunnels[i].addrs = p->addrs[i];
		if (p->tunnels[i].alias)
			p->tunnels[i].alias = p->aliases[i];
	}
	return p;
}

static void one_round(uint64_t seed)
{
	uint64_t start = seed;
	struct paper *want = paper_new(), *before = paper_new();

	make_up(want, before, &seed);
	struct paper *after = copy(before);
	struct steps *s = diff_host("demo", &want->host, &before->host);
	char buf[256];
	const char *refusal = paper_apply(after, s, buf);

	if (refusal && s->n_conflicts == 0)
		fail_msg("seed %llu: %s", (unsigned long long)start, refusal);
	if (!refusal) {
		struct steps *again = diff_host("demo", &want->host, &after->host);

		if (again->n)
			fail_msg("seed %llu: does not come to rest: %s", (unsigned long long)start,
				 steps_text(again));
		steps_free(again);
		assert_untouched(before, after, s);
	}
	steps_free(s);
	free(want);
	free(before);
	free(after);
}

static void every_host_comes_to_rest_and_no_stranger_is_touched(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= ROUNDS; i++)
		one_round(i * 7919);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_host_comes_to_rest_and_no_stranger_is_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

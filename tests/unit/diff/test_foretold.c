/*
 * What `plan --against` foretells is what diff/ then does: lists in which sites swap and pass on their
 * endpoints, and every host as the old list left it.
 */
#include "diff/diff.h"
#include "lists.h"
#include "plan/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { LISTS = 600, SITES = 10 };

static struct plan *try_plan(const struct peerlist *l)
{
	struct faults f;
	struct plan *p = NULL;

	faults_init(&f);
	plan_make(l, &f, &p);
	faults_done(&f);
	return p;
}

static struct site_entry *any_site(struct dice *d, struct peerlist *l)
{
	struct member *m = &l->members[dice_below(d, (uint32_t)l->n_members)];

	return &m->sites[dice_below(d, (uint32_t)m->n_sites)];
}

/* Up to three sites give their addresses to each other, in a ring or in a row. */
static void pass_on(struct dice *d, struct peerlist *l)
{
	struct site_entry *first = any_site(d, l), *s = first;
	struct addr last = s->underlay4;

	for (uint32_t i = dice_below(d, 3); i < 3; i++) {
		struct site_entry *next = any_site(d, l);
		struct addr own = next->underlay4;

		if (own.family == FAMILY_NONE || last.family == FAMILY_NONE)
			continue;
		next->underlay4 = last;
		last = own;
		s = next;
	}
	if (last.family == FAMILY_NONE || first->underlay4.family == FAMILY_NONE)
		return;
	first->underlay4 = last;
	if (dice_below(d, 2))
		addr_parse("192.0.2.250", &s->underlay4);
}

/* The host of @s as the kernel has it once everything was done. */
static struct host found(const struct site *s, const char *fabric)
{
	struct host h = s->want;

	h.tunnels = arena_array(s->arena, h.n_tunnels + 1, sizeof(*h.tunnels));
	for (size_t i = 0; i < h.n_tunnels; i++) {
		h.tunnels[i] = s->want.tunnels[i];
		h.tunnels[i].ifindex = 10 + (int)i;
		h.tunnels[i].group = diff_group(fabric);
	}
	return h;
}

static bool has_step(const struct steps *s, enum step_kind kind, const char *link)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].kind == kind && s->list[i].link &&
		    strcmp(s->list[i].link, link) == 0)
			return true;
	return false;
}

static struct plan_effect done(const struct steps *s)
{
	struct plan_effect e = {0};

	assert_int_equal(s->n_conflicts, 0);
	for (size_t i = 0; i < s->n; i++) {
		const struct step *x = &s->list[i];

		if (x->kind == STEP_LINK_DEL && has_step(s, STEP_LINK_ADD, x->link))
			e.replaced++;
		else if (x->kind == STEP_LINK_DEL)
			e.removed++;
		else if (x->kind == STEP_LINK_ADD && !has_step(s, STEP_LINK_DEL, x->link))
			e.made++;
	}
	return e;
}

static struct plan_effect foretold(const struct plan_changes *c, const char *site)
{
	for (size_t i = 0; i < c->n_effects; i++)
		if (strcmp(c->effects[i].site, site) == 0)
			return c->effects[i];
	return (struct plan_effect){0};
}

static uint32_t check_site(const struct plan *old, const struct plan *now,
			   const struct plan_changes *c, const char *name)
{
	struct site *before = NULL, *after = NULL;
	struct err err;

	assert_int_equal(site_make(old, name, &err, &before), 0);
	assert_int_equal(site_make(now, name, &err, &after), 0);
	struct host have = found(before, old->fabric);
	struct steps *steps = diff_host(now->fabric, &after->want, &have);
	struct plan_effect did = done(steps), told = foretold(c, name);

	assert_int_equal(did.made, told.made);
	assert_int_equal(did.removed, told.removed);
	assert_int_equal(did.replaced, told.replaced);
	/* where nobody has anything to do, nothing is done */
	if (!told.site)
		assert_int_equal(steps->n, 0);
	steps_free(steps);
	site_free(before);
	site_free(after);
	return did.replaced;
}

static void what_a_change_is_said_to_do_is_what_the_hosts_do(void **state)
{
	uint32_t compared = 0, replaced = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct peerlist *l = list_random(seed, SITES), *m = list_copy(l, NULL, SIZE_MAX);
		struct dice d;

		dice_init(&d, seed);
		pass_on(&d, m);
		struct plan *old = try_plan(l), *now = try_plan(m);

		if (old && now) {
			struct plan_changes *c = plan_compare(old, now);

			for (size_t i = 0; i < now->n_sites; i++, compared++)
				replaced += check_site(old, now, c, now->sites[i].name);
			plan_changes_free(c);
		}
		plan_free(old);
		plan_free(now);
		arena_free(l->arena);
		arena_free(m->arena);
	}
	assert_in_range(compared, LISTS, UINT32_MAX);
	assert_in_range(replaced, 50, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_change_is_said_to_do_is_what_the_hosts_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

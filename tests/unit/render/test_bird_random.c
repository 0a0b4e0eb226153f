/* test_bird_random - whatever the peer list, BIRD takes the text; one peer's change stays its own */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lists.h"
#include "render/bird.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTS = 60, SITES = 12, ANNOUNCE_MAX = 6 };

/* Prefixes of both families; some twice, some out of order. */
static void announce_some(struct peerlist *l, struct dice *d)
{
	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++) {
			struct site_entry *e = &l->members[i].sites[j];

			e->announce = arena_array(l->arena, ANNOUNCE_MAX, sizeof(*e->announce));
			e->n_announce = dice_below(d, ANNOUNCE_MAX);
			for (size_t k = 0; k < e->n_announce; k++) {
				bool six = dice_below(d, 2);
				char *text = arena_printf(
					l->arena, six ? "2001:db8:%x::/48" : "198.18.%u.0/24",
					dice_below(d, 250));

				assert_int_equal(prefix_parse(text, &e->announce[k]), PREFIX_OK);
			}
		}
}

static struct plan *plan_of(struct peerlist *l)
{
	struct faults faults;
	struct plan *p = NULL;

	faults_init(&faults);
	if (plan_make(l, &faults, &p) != 0)
		p = NULL;
	faults_done(&faults);
	return p;
}

static void check_with_bird(const char *text, uint64_t seed, const char *site)
{
	FILE *f = popen("bird -p -c /dev/stdin", "w");

	assert_non_null(f);
	fputs(text, f);
	if (pclose(f) != 0)
		fail_msg("seed %u, site %s: BIRD refuses the text", (unsigned)seed, site);
}

static void check_site(const struct plan *p, const char *name, uint64_t seed)
{
	struct arena *a = arena_new();
	struct site *s = NULL;
	struct err err = {""};

	assert_int_equal(site_make(p, name, &err, &s), 0);
	struct bird_files *f = render_bird(s);

	assert_int_equal(f->n, s->n_neighbors + 2);
	check_with_bird(render_bird_standalone(a, s, f, NULL), seed, name);
	bird_files_free(f);
	site_free(s);
	arena_free(a);
}

static void bird_takes_the_text_of_any_list(void **state)
{
	size_t planned = 0;

	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct peerlist *l = list_random(seed, SITES);
		struct dice d;

		dice_init(&d, seed);
		announce_some(l, &d);
		struct plan *p = plan_of(l);

		if (p && p->n_sites) {
			check_site(p, p->sites[dice_below(&d, (uint32_t)p->n_sites)].name, seed);
			planned++;
		}
		plan_free(p);
		peerlist_free(l);
	}
	assert_true(planned > LISTS / 4);
}

static void session_names_never_collide(void **state)
{
	for (uint64_t seed = 1; seed <= LISTS; seed++) {
		struct peerlist *l = list_random(seed, SITES);
		struct plan *p = plan_of(l);

		for (size_t i = 0; p && i < p->n_sites; i++)
			for (size_t j = 0; j < i; j++) {
				char a[SYMBOL_BYTES], b[SYMBOL_BYTES];

				render_bird_session(&p->sites[i], 4, a);
				render_bird_session(&p->sites[j], 4, b);
				assert_string_not_equal(a, b);
			}
		plan_free(p);
		peerlist_free(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bird_takes_the_text_of_any_list),
		cmocka_unit_test(session_names_never_collide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

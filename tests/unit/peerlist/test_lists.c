/* The lists that are shipped, and the manual: both must say what the code does. */
#include "texts.h"

#include "peerlist/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct peerlist *load(struct arena *a, const char *folder, const char *name)
{
	struct peerlist *l = NULL;
	struct faults f;
	struct text t;
	size_t n;

	text_init(&t);
	faults_init(&f);
	struct peerlist_text *texts = texts_read(a, folder, name, &n);

	peerlist_parse(texts, n, &f, &l);
	texts_faults(&f, &t);
	assert_string_equal(text_str(&t), "");
	faults_done(&f);
	text_done(&t);
	assert_non_null(l);
	return l;
}

static void the_demo_is_five_sites_of_four_members_on_two_continents(void **state)
{
	struct arena *a = arena_new();
	struct peerlist *l = load(a, ROOT, "peers");
	size_t sites = 0, eu = 0, na = 0, twice = 0;

	assert_int_equal(l->n_members, 4);
	assert_string_equal(l->fabric.name, "demo-ix");
	for (size_t i = 0; i < l->n_members; i++) {
		const struct member *m = &l->members[i];

		sites += m->n_sites;
		twice += m->n_sites == 2 && strcmp(m->sites[0].region, m->sites[1].region) != 0;
		for (size_t j = 0; j < m->n_sites; j++) {
			eu += strcmp(m->sites[j].region, "eu") == 0;
			na += strcmp(m->sites[j].region, "na") == 0;
			assert_int_equal(m->sites[j].n_announce, 2);
		}
	}
	assert_int_equal(sites, 5);
	assert_int_equal(eu, 3);
	assert_int_equal(na, 2);
	assert_int_equal(twice, 1);
	peerlist_free(l);
	arena_free(a);
}

static void every_example_is_right(void **state)
{
	struct arena *a = arena_new();
	size_t n;
	char **names = texts_names(a, ROOT "/examples", &n);

	assert_true(n >= 3);
	for (size_t i = 0; i < n; i++)
		peerlist_free(load(a, ROOT "/examples", names[i]));
	arena_free(a);
}

/* In grix-peers(5) each group is a section, and each key an item ".It Ic key" in it. */
static void assert_documented(const char *manual, const struct field_group *g)
{
	struct arena *a = arena_new();
	const char *section = strstr(manual, arena_printf(a, "\n.Sh THE %s GROUP\n", g->name));

	if (!section)
		fail_msg("grix-peers(5) has no section THE %s GROUP", g->name);
	const char *end = strstr(section + 1, "\n.Sh ");

	for (size_t i = 0; i < g->n; i++) {
		const char *item =
			strstr(section, arena_printf(a, "\n.It Ic %s\n", g->fields[i].key));

		if (!item || (end && item > end))
			fail_msg("grix-peers(5) says nothing about %s in %s", g->fields[i].key,
				 g->name);
	}
	size_t items = 0;

	for (const char *p = section; (p = strstr(p, "\n.It Ic ")) && (!end || p < end); p++)
		items++;
	if (items != g->n)
		fail_msg("grix-peers(5) has %zu items in %s, the code knows %zu", items, g->name,
			 g->n);
	arena_free(a);
}

static void the_manual_names_every_key_and_no_other(void **state)
{
	struct arena *a = arena_new();
	size_t len;
	char *manual = texts_slurp(a, ROOT "/docs/man/grix-peers.5", &len);

	for (size_t i = 0; i < FIELD_GROUPS_MAX; i++)
		assert_documented(manual, fields_groups[i]);
	arena_free(a);
}

static void a_range_in_the_table_stands_in_the_manual(void **state)
{
	struct arena *a = arena_new();
	size_t len;
	char *manual = texts_slurp(a, ROOT "/docs/man/grix-peers.5", &len);

	for (size_t i = 0; i < FIELD_GROUPS_MAX; i++) {
		for (size_t j = 0; j < fields_groups[i]->n; j++) {
			const struct field *f = &fields_groups[i]->fields[j];

			if (f->type != FIELD_NUMBER && f->type != FIELD_MTU)
				continue;
			if (!strstr(manual, arena_printf(a, "%u to %u", f->min, f->max)))
				fail_msg("grix-peers(5) does not say that %s is %u to %u", f->key,
					 f->min, f->max);
		}
	}
	arena_free(a);
}

static void a_misspelt_key_is_recognised(void **state)
{
	static const struct {
		const char *wrong, *right;
	} keys[] = {
		{"undelray4", "underlay4"},
		{"underlay-4", "underlay4"},
		{"ID", "id"},
		{"anounce", "announce"},
		{"naem", "name"},
		{"contry", "country"},
		{"colour", NULL},
		{"x", NULL},
		{"", NULL},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct field *f = fields_nearest(&fields_site, keys[i].wrong);

		if (!keys[i].right)
			assert_null(f);
		else if (!f)
			fail_msg("%s is not recognised", keys[i].wrong);
		else
			assert_string_equal(f->key, keys[i].right);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_demo_is_five_sites_of_four_members_on_two_continents),
		cmocka_unit_test(every_example_is_right),
		cmocka_unit_test(the_manual_names_every_key_and_no_other),
		cmocka_unit_test(a_range_in_the_table_stands_in_the_manual),
		cmocka_unit_test(a_misspelt_key_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

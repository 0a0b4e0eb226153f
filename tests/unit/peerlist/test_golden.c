/*
 * Every list in tests/golden/peerlist, NAME.cfg or a folder NAME, has its faults in NAME.faults;
 * an empty NAME.faults means that the list is right. `ninja golden-peerlist` writes them anew.
 */
#include "texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void faults_of(const char *name, struct text *ret)
{
	struct arena *a = arena_new();
	struct peerlist *l = NULL;
	struct faults f;
	size_t n;

	faults_init(&f);
	struct peerlist_text *texts = texts_read(a, GOLDEN, name, &n);
	int r = peerlist_parse(texts, n, &f, &l);

	texts_faults(&f, ret);
	assert_int_equal(r == 0, ret->len == 0);
	assert_int_equal(r == 0, l != NULL);
	peerlist_free(l);
	faults_done(&f);
	arena_free(a);
}

static void write_golden(const char *path, const struct text *t)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text_str(t), f) < 0 || fclose(f) != 0)
		fail_msg("%s cannot be written", path);
}

static const char *golden_of(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	if (n > 4 && strcmp(name + n - 4, ".cfg") == 0)
		n -= 4;
	return arena_printf(a, "%s/%.*s.faults", GOLDEN, (int)n, name);
}

static void every_golden_list_has_the_faults_written_beside_it(void **state)
{
	struct arena *a = arena_new();
	size_t n, len, lists = 0, lines = 0;
	char **names = texts_names(a, GOLDEN, &n);

	for (size_t i = 0; i < n; i++) {
		struct text found;

		if (strstr(names[i], ".faults"))
			continue;
		text_init(&found);
		faults_of(names[i], &found);
		if (getenv("GRIX_GOLDEN_WRITE"))
			write_golden(golden_of(a, names[i]), &found);
		char *want = texts_slurp(a, golden_of(a, names[i]), &len);

		if (strcmp(want, text_str(&found)) != 0)
			print_error("%s:\n", names[i]);
		assert_string_equal(text_str(&found), want);
		for (const char *p = want; (p = strchr(p, '\n')); p++)
			lines++;
		lists++;
		text_done(&found);
	}
	print_message("%zu lists, %zu faults\n", lists, lines);
	assert_true(lists > 80);
	assert_true(lines > 300);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_golden_list_has_the_faults_written_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

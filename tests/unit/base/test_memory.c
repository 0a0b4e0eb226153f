/* arena, text, fault, hash: the small things that everything stands on */
#include "base/arena.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena *a = arena_new();
	unsigned char *last = NULL;

	for (size_t n = 1; n < 20000; n = n * 2 + 1) {
		unsigned char *p = arena_alloc(a, n);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
		if (last)
			assert_int_equal(*last, 0xff);
		last = p;
	}
	assert_null(arena_free(a));
	assert_null(arena_free(NULL));
}

static void arena_printf_takes_any_length(void **state)
{
	struct arena *a = arena_new();
	char *s = arena_printf(a, "%s-%0*d", "x", 10000, 7);

	assert_int_equal(strlen(s), 10002);
	assert_string_equal(arena_strndup(a, "alpha", 3), "alp");
	arena_free(a);
}

static void text_grows_and_resets(void **state)
{
	struct text t;

	text_init(&t);
	assert_string_equal(text_str(&t), "");
	for (int i = 0; i < 1000; i++)
		text_printf(&t, "%d,", i);
	assert_int_equal(t.len, 3890);
	assert_memory_equal(text_str(&t), "0,1,2,", 6);
	text_reset(&t);
	text_puts(&t, "a");
	text_printf(&t, "%0*d", 5000, 1);
	assert_int_equal(t.len, 5001);
	text_done(&t);
}

static void a_fault_reads_file_line_where_what(void **state)
{
	struct faults f;
	char buf[256];

	faults_init(&f);
	faults_add(&f, (struct origin){"peers/b.cfg", 7}, "site fra", "no %s", "id");
	faults_add(&f, (struct origin){"peers/a.cfg", 9}, NULL, "second");
	faults_add(&f, (struct origin){"peers/a.cfg", 2}, "member", "first\033[31m");
	faults_add(&f, (struct origin){"peers/a.cfg", 9}, NULL, "third");
	faults_sort(&f);
	assert_string_equal(fault_line(&f.list[0], buf, sizeof(buf)),
			    "peers/a.cfg:2: member: first\\x1b[31m");
	assert_string_equal(fault_line(&f.list[1], buf, sizeof(buf)), "peers/a.cfg:9: second");
	assert_string_equal(fault_line(&f.list[2], buf, sizeof(buf)), "peers/a.cfg:9: third");
	assert_string_equal(fault_line(&f.list[3], buf, sizeof(buf)),
			    "peers/b.cfg:7: site fra: no id");
	faults_done(&f);
}

static void faults_stop_at_their_limit_and_count_on(void **state)
{
	struct faults f;

	faults_init(&f);
	for (int i = 0; i < FAULTS_MAX + 5; i++)
		faults_add(&f, (struct origin){"a", i}, NULL, "x");
	assert_int_equal(f.n, FAULTS_MAX);
	assert_int_equal(f.dropped, 5);
	faults_done(&f);
}

static void names_hash_to_what_they_always_hashed_to(void **state)
{
	char buf[9];

	/* interface names on running routers depend on these: they must never change */
	hash_base32(hash_str("franken_fff_gw_m1"), buf, 8);
	assert_string_equal(buf, "3boigb7o");
	hash_base32(hash_str("franken_fff_gw_m4"), buf, 8);
	assert_string_equal(buf, "gbimr433");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(arena_printf_takes_any_length),
		cmocka_unit_test(text_grows_and_resets),
		cmocka_unit_test(a_fault_reads_file_line_where_what),
		cmocka_unit_test(faults_stop_at_their_limit_and_count_on),
		cmocka_unit_test(names_hash_to_what_they_always_hashed_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

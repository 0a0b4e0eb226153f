/* What libconfig is given: the same lines, nothing that it would get wrong. */
#include "texts.h"

#include "peerlist/lex.h"
#include "peerlist/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_clean(const char *text, const char *clean, const char *want_faults)
{
	struct peerlist_text in = {"t", text, strlen(text)};
	struct text out, lines;
	struct faults f;

	faults_init(&f);
	text_init(&out);
	text_init(&lines);
	bool ok = screen_text(&in, &f, &out);

	texts_faults(&f, &lines);
	assert_string_equal(text_str(&lines), want_faults);
	assert_int_equal(ok, clean != NULL);
	if (clean)
		assert_string_equal(text_str(&out), clean);
	text_done(&lines);
	text_done(&out);
	faults_done(&f);
}

static void integers_become_64_bit_and_arrays_lists(void **state)
{
	assert_clean("a = 4200000000; b : [ 1, 0x10, -5 ], c = 7L d = TRUE",
		     " a = 4200000000L ; b = ( 1L , 16L , -5L ) ; c = 7L ; d = true ;", "");
}

static void comments_go_and_lines_stay(void **state)
{
	assert_clean("# one\na = 1; // two\n/* three\nfour */ b = (\n\"x\"\n,\n\"y\" /**/ );",
		     "\n a = 1L ;\n\n b = (\n \"x\" ,\n\n \"y\" ) ;", "");
}

static void a_mended_fault_still_lets_the_rest_be_read(void **state)
{
	assert_clean("a = yes;\nb = ( 1 2, );\nc = x;\nd 5;\n",
		     " a = true ;\n b = ( 1L , 2L ) ;\n c = \"?\" ;\n d = 5L ;",
		     "t:1: a: yes is not a value, write true\n"
		     "t:2: b: a comma is missing in the list before this\n"
		     "t:3: c: x is neither a number nor in quotes, write \"x\"\n"
		     "t:4: d: the = is missing, write d = VALUE;\n");
}

static void the_second_of_two_equal_names_is_forgotten(void **state)
{
	assert_clean("a = 1;\na = {\n b = 2; };\nc = 3;", " a = 1L ;\n\n\n c = 3L ;",
		     "t:2: a: is given twice, first on line 1; keep one\n");
}

static void an_include_is_never_passed_on(void **state)
{
	assert_clean("@include \"/etc\"\na = 1;\n  @include \"b\"\n", "\n a = 1L ;",
		     "t:1: @include is not allowed, put the file into the folder of the peer list "
		     "instead\n"
		     "t:3: @include is not allowed, put the file into the folder of the peer list "
		     "instead\n");
	assert_clean("a = \"@include \\\"x\\\"\";\n# @include \"y\"\n",
		     " a = \"@include \\\"x\\\"\" ;", "");
	assert_clean(
		"a = @include \"x\"\n1;\n", " a =\n 1L ;",
		"t:1: a: @include is not allowed, put the file into the folder of the peer list "
		"instead\n");
}

static void depth_is_limited_exactly(void **state)
{
	struct text in;

	for (int depth = SCREEN_DEPTH_MAX - 1; depth <= SCREEN_DEPTH_MAX; depth++) {
		struct peerlist_text t;
		struct text out;
		struct faults f;

		text_init(&in);
		text_init(&out);
		faults_init(&f);
		text_puts(&in, "a = ");
		for (int i = 0; i < depth; i++)
			text_puts(&in, "(");
		for (int i = 0; i < depth; i++)
			text_puts(&in, ")");
		t = (struct peerlist_text){"t", text_str(&in), in.len};
		assert_int_equal(screen_text(&t, &f, &out), depth < SCREEN_DEPTH_MAX);
		assert_int_equal(f.n, depth == SCREEN_DEPTH_MAX);
		faults_done(&f);
		text_done(&out);
		text_done(&in);
	}
}

static void a_file_full_of_faults_is_given_up(void **state)
{
	struct text in, out;
	struct faults f;

	text_init(&in);
	text_init(&out);
	faults_init(&f);
	for (int i = 0; i < 30; i++)
		text_puts(&in, "a = (\nx,\nx,\nx,\nx,\nx,\nx,\nx,\nx,\nx\n);\n");
	struct peerlist_text t = {"t", text_str(&in), in.len};

	assert_false(screen_text(&t, &f, &out));
	assert_int_equal(f.n, SCREEN_FAULTS_MAX + 1);
	assert_string_equal(f.list[f.n - 1].text,
			    "gave up on this file here, mend what is above first");
	faults_done(&f);
	text_done(&out);
	text_done(&in);
}

static void a_file_that_is_too_large_is_not_looked_at(void **state)
{
	/* the text is never touched: there are no 17 MiB behind it */
	struct peerlist_text t = {"t", "a", SCREEN_BYTES_MAX + 1};
	struct text out;
	struct faults f;

	text_init(&out);
	faults_init(&f);
	assert_false(screen_text(&t, &f, &out));
	assert_int_equal(f.n, 1);
	assert_string_equal(f.list[0].text, "is larger than 16 MiB, that is no peer list");
	faults_done(&f);
	text_done(&out);
}

struct expected {
	const char *text;
	enum token_kind kind;
	enum token_trouble trouble;
	int64_t integer;
};

static void a_value_is_told_from_what_looks_like_one(void **state)
{
	static const struct expected values[] = {
		{"0", TOKEN_INTEGER, TROUBLE_NONE, 0},
		{"-0", TOKEN_INTEGER, TROUBLE_NONE, 0},
		{"00", TOKEN_INTEGER, TROUBLE_LEADING_ZERO, 0},
		{"9223372036854775807", TOKEN_INTEGER, TROUBLE_NONE, INT64_MAX},
		{"-9223372036854775808", TOKEN_INTEGER, TROUBLE_NONE, INT64_MIN},
		{"9223372036854775808", TOKEN_INTEGER, TROUBLE_NOT_64_BIT, 0},
		{"0x7fffffffffffffff", TOKEN_INTEGER, TROUBLE_NONE, INT64_MAX},
		{"0xffffffffffffffff", TOKEN_INTEGER, TROUBLE_NOT_64_BIT, 0},
		{"0x00000000000000000000000001", TOKEN_INTEGER, TROUBLE_NONE, 1},
		{"0x", TOKEN_WORD, TROUBLE_NONE, 0},
		{"-0x1", TOKEN_WORD, TROUBLE_NONE, 0},
		{"1.5", TOKEN_FRACTION, TROUBLE_NONE, 0},
		{".5", TOKEN_FRACTION, TROUBLE_NONE, 0},
		{"5.", TOKEN_FRACTION, TROUBLE_NONE, 0},
		{"1e3", TOKEN_FRACTION, TROUBLE_NONE, 0},
		{"-1.5e-3", TOKEN_FRACTION, TROUBLE_NONE, 0},
		{"1e", TOKEN_WORD, TROUBLE_NONE, 0},
		{".", TOKEN_WORD, TROUBLE_NONE, 0},
		{"-", TOKEN_WORD, TROUBLE_NONE, 0},
		{"L", TOKEN_WORD, TROUBLE_NONE, 0},
		{"5LLL", TOKEN_WORD, TROUBLE_NONE, 0},
		{"192.0.2.1", TOKEN_WORD, TROUBLE_NONE, 0},
		{"::1", TOKEN_WORD, TROUBLE_NONE, 0},
		{"tRuE", TOKEN_TRUE, TROUBLE_NONE, 0},
		{"FALSE", TOKEN_FALSE, TROUBLE_NONE, 0},
		{"truely", TOKEN_WORD, TROUBLE_NONE, 0},
		{"'x'", TOKEN_WORD, TROUBLE_QUOTE, 0},
		{"\"x\\", TOKEN_STRING, TROUBLE_STRING_OPEN, 0},
		{"\"\\q\"", TOKEN_STRING, TROUBLE_ESCAPE, 0},
		{"\"\\x00\"", TOKEN_STRING, TROUBLE_ESCAPE, 0},
		{"\"\\x0a\"", TOKEN_STRING, TROUBLE_NONE, 0},
		{"/* x", TOKEN_END, TROUBLE_COMMENT_OPEN, 0},
		{"", TOKEN_END, TROUBLE_NONE, 0},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct expected *e = &values[i];
		struct lexer l = {e->text, e->text + strlen(e->text), 1};
		struct token t = lex_next(&l, true);

		if (t.kind != e->kind || t.trouble != e->trouble || t.integer != e->integer)
			fail_msg("%s: kind %d, trouble %d, integer %lld", e->text, (int)t.kind,
				 (int)t.trouble, (long long)t.integer);
		assert_ptr_equal(l.p, l.end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_become_64_bit_and_arrays_lists),
		cmocka_unit_test(comments_go_and_lines_stay),
		cmocka_unit_test(a_mended_fault_still_lets_the_rest_be_read),
		cmocka_unit_test(the_second_of_two_equal_names_is_forgotten),
		cmocka_unit_test(an_include_is_never_passed_on),
		cmocka_unit_test(depth_is_limited_exactly),
		cmocka_unit_test(a_file_full_of_faults_is_given_up),
		cmocka_unit_test(a_file_that_is_too_large_is_not_looked_at),
		cmocka_unit_test(a_value_is_told_from_what_looks_like_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

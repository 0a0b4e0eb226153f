#include "base/fault.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void characters_of_every_length_are_read(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		uint32_t c;
	} good[] = {
		{"a", 1, 'a'},
		{"\xc2\x80", 2, 0x80},
		{"\xdf\xbf", 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff},
		{"\xef\xbf\xbf", 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint32_t c;

		assert_int_equal(utf8_next(good[i].text, &c), good[i].n);
		assert_int_equal(c, good[i].c);
	}
}

static void overlong_cut_and_surrogate_forms_are_refused(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xc3",
		"\xe0\x80\xaf",
		"\xe2\x82",
		"\xed\xa0\x80",
		"\xf0\x80\x80\xaf",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xff",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t c;

		assert_int_equal(utf8_next(bad[i], &c), 0);
	}
}

static void a_fault_shows_nothing_that_a_terminal_obeys(void **state)
{
	struct faults f;
	char line[256];

	faults_init(&f);
	faults_add(&f, (struct origin){"a\x1b.cfg", 3}, "member \xe2\x80\xae", "%s",
		   "\x1b[31m \xc2\x9b caf\xe9 caf\xc3\xa9");
	assert_string_equal(fault_line(&f.list[0], line, sizeof(line)),
			    "a\\x1b.cfg:3: member \\u202e: \\x1b[31m \\u009b caf\\xe9 caf\xc3\xa9");
	faults_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_of_every_length_are_read),
		cmocka_unit_test(overlong_cut_and_surrogate_forms_are_refused),
		cmocka_unit_test(a_fault_shows_nothing_that_a_terminal_obeys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

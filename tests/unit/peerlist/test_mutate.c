/*
 * Lists broken at random: whatever comes out, it is a list or faults, soon, and nothing crashes.
 * The seed is fixed; what a fuzzer found lies in tests/fuzz/corpus.
 */
#include "texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void parse(const char *text, size_t len, size_t *right)
{
	struct peerlist_text t = {"t.cfg", text, len};
	struct peerlist *l = NULL;
	struct faults f;

	faults_init(&f);
	int r = peerlist_parse(&t, 1, &f, &l);

	assert_int_equal(r, f.n ? PEERLIST_FAULTY : 0);
	assert_int_equal(l != NULL, f.n == 0);
	for (size_t i = 1; i < f.n; i++)
		assert_true(!f.list[i - 1].file || !f.list[i].file ||
			    f.list[i - 1].line <= f.list[i].line);
	*right += f.n == 0;
	peerlist_free(l);
	faults_done(&f);
}

static size_t change(char *text, size_t len, size_t room, uint32_t *seed)
{
	static const char *const pieces[] = {
		"{",	  "}",		"(",	    ")",  "[",	 "]",  ";",    ",",
		"=",	  "\"",		"\\",	    "/*", "*/",	 "#",  "\n",   "@include \"x\"\n",
		"true",	  "4294967296", "-1",	    "0x", "1.5", "::", "\xff", "\xe2\x80\xae",
		"member", "sites",	"asn = 5;", "\0",
	};
	size_t at = next(seed) % (len + 1), cut = next(seed) % 8;
	const char *piece = pieces[next(seed) % (sizeof(pieces) / sizeof(pieces[0]))];
	size_t n = strlen(piece);

	switch (next(seed) % 4) {
	case 0: /* another byte */
		if (at < len)
			text[at] = (char)next(seed);
		return len;
	case 1: /* some bytes less */
		cut = cut < len - at ? cut : len - at;
		memmove(text + at, text + at + cut, len - at - cut);
		return len - cut;
	case 2: /* cut off */
		return next(seed) % 8 ? len : at;
	}
	if (len + n > room)
		return len;
	memmove(text + at + n, text + at, len - at);
	memcpy(text + at, piece, n);
	return len + n;
}

static void a_list_broken_at_random_is_a_list_or_faults(void **state)
{
	static const char *const lists[] = {"peers/fabric.cfg", "examples/two-sites.cfg",
					    "examples/overrides.cfg", "examples/names.cfg"};
	struct arena *a = arena_new();
	uint32_t seed = 20240229;
	size_t right = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size_t len, room;
		char *text = texts_slurp(a, arena_printf(a, ROOT "/%s", lists[i]), &len);

		room = len + 1024;
		char *broken = arena_alloc(a, room);

		for (int round = 0; round < 3000; round++) {
			size_t n = len;

			memcpy(broken, text, len);
			for (uint32_t k = next(&seed) % 6 + 1; k > 0; k--)
				n = change(broken, n, room, &seed);
			/* exactly as large as it is, so that a read beyond the end is seen */
			char *exact = malloc(n ? n : 1);

			assert_non_null(exact);
			memcpy(exact, broken, n);
			parse(exact, n, &right);
			free(exact);
		}
	}
	/* a change in a comment or a word leaves some of them right */
	assert_in_range(right, 250, 10000);
	arena_free(a);
}

static void a_list_cut_at_any_byte_is_never_taken_for_whole(void **state)
{
	struct arena *a = arena_new();
	size_t len, right = 0;
	char *text = texts_slurp(a, ROOT "/examples/two-sites.cfg", &len);
	const char *end = strrchr(text, '}');

	assert_non_null(end);
	for (size_t n = 0; n < (size_t)(end - text); n++)
		parse(text, n, &right);
	assert_int_equal(right, 0);
	parse(text, len, &right);
	assert_int_equal(right, 1);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_broken_at_random_is_a_list_or_faults),
		cmocka_unit_test(a_list_cut_at_any_byte_is_never_taken_for_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_bird_golden - whole configurations of small exchanges, as a network engineer would read them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/bird.h"
#include "test_bird_world.h"

#include <stdlib.h>

/* Alpha has two sites, Beta one; Gamma has an ASN of 4 bytes, takes and announces nothing in IPv4. */
static void two_families(struct world *w)
{
	struct member *m;

	world_init(w, "203.0.113.0/24", "2001:db8:113::/64");
	m = world_member(w, 64501, "Alpha Networks", 50, 20);
	world_announce(w, world_site(w, m, "ams", 1, "192.0.2.1"), "198.18.1.0/24");
	world_announce(w, &m->sites[0], "2001:db8:1::/48");
	world_announce(w, world_site(w, m, "nyc", 5, "192.0.2.5"), "198.18.5.0/24");
	m = world_member(w, 64502, "Beta GmbH & Co. K\xc3\xb6ln", 40, 10);
	world_announce(w, world_site(w, m, "fra", 2, "192.0.2.2"), "198.18.23.0/24");
	world_announce(w, &m->sites[0], "198.18.2.0/24");
	world_announce(w, &m->sites[0], "198.18.22.128/25");
	m = world_member(w, 4200000000, "Gamma", 0, 7);
	world_site(w, m, "tyo", 3, "2001:db8:ffff::3");
}

static void ipv6_only(struct world *w)
{
	world_init(w, NULL, "2001:db8:113::/64");
	world_announce(w,
		       world_site(w, world_member(w, 64501, "A", 5, 5), "ams", 1, "2001:db8:f::1"),
		       "2001:db8:1::/48");
	world_site(w, world_member(w, 64502, "B", 5, 5), "fra", 2, "2001:db8:f::2");
}

static const struct {
	const char *name, *site, *include;
	void (*make)(struct world *);
} table[] = {
	{"01-two-sites-two-families", "ams", NULL, two_families},
	{"02-announces-nothing", "tyo", NULL, two_families},
	{"03-ipv6-only", "ams", NULL, ipv6_only},
	{"04-with-include", "fra", "/etc/bird/grix", two_families},
};

static char *read_golden(struct arena *a, const char *path)
{
	static char text[1 << 18];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text), f) : 0;

	if (f)
		fclose(f);
	return f ? arena_strndup(a, text, n) : NULL;
}

static void write_golden(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void the_text_is_what_stands_in_the_golden_files(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct world w;

		table[i].make(&w);
		const struct site *s = world_see(&w, table[i].site);
		struct bird_files *f = render_bird(s);
		char *path = arena_printf(w.arena, GOLDEN "/%s.ok", table[i].name);
		char *text = render_bird_standalone(w.arena, s, f, table[i].include);

		if (getenv("GRIX_GOLDEN_WRITE"))
			write_golden(path, text);
		char *golden = read_golden(w.arena, path);

		if (!golden || strcmp(golden, text) != 0)
			fail_msg("%s is not what is rendered; ninja golden-bird rewrites it", path);
		bird_files_free(f);
		world_done(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_what_stands_in_the_golden_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_bird - the text of one site's BIRD configuration */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/bird.h"
#include "test_bird_world.h"

#include <stdlib.h>

static void small_world(struct world *w)
{
	struct member *m;

	world_init(w, "203.0.113.0/24", "2001:db8:113::/64");
	m = world_member(w, 64501, "Alpha Networks", 50, 20);
	world_announce(w, world_site(w, m, "ams", 1, "192.0.2.1"), "198.18.1.0/24");
	world_announce(w, &m->sites[0], "2001:db8:1::/48");
	world_announce(w, world_site(w, m, "nyc", 5, "192.0.2.5"), "198.18.5.0/24");
	m = world_member(w, 64502, "Beta", 40, 10);
	world_announce(w, world_site(w, m, "fra", 2, "192.0.2.2"), "198.18.2.0/24");
	m = world_member(w, 4200000000, "Gamma", 0, 7);
	world_site(w, m, "tyo", 3, "2001:db8:ffff::3");
}

static const char *file_text(const struct bird_files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return f->list[i].text;
	return NULL;
}

static void the_files_are_shared_own_and_one_a_neighbour(void **state)
{
	struct world w;

	small_world(&w);
	struct bird_files *f = render_bird(world_see(&w, "ams"));

	assert_int_equal(f->n, 5);
	assert_string_equal(f->list[0].name, "00-shared.conf");
	assert_string_equal(f->list[1].name, "10-own.conf");
	assert_string_equal(f->list[2].name, "peer-fra.conf");
	assert_string_equal(f->list[3].name, "peer-nyc.conf");
	assert_string_equal(f->list[4].name, "peer-tyo.conf");
	for (size_t i = 0; i < f->n; i++)
		assert_int_equal(f->list[i].len, strlen(f->list[i].text));
	bird_files_free(f);
	world_done(&w);
}

static void a_peer_of_another_member_is_ebgp_in_both_families(void **state)
{
	struct world w;

	small_world(&w);
	struct bird_files *f = render_bird(world_see(&w, "ams"));

	assert_string_equal(file_text(f, "peer-fra.conf"),
			    "# Site fra of Beta (AS64502), eBGP over gx-fra\n"
			    "\n"
			    "protocol bgp gx_fra_v4 from gx_ebgp {\n"
			    "	description \"fra, Beta\";\n"
			    "	interface \"gx-fra\";\n"
			    "	local 203.0.113.1 as 64501;\n"
			    "	neighbor 203.0.113.2 as 64502;\n"
			    "	ipv4 {\n"
			    "		import keep filtered on;\n"
			    "		receive limit 40 action restart;\n"
			    "		import filter { gx_import4(64502, [ 198.18.2.0/24 ]); };\n"
			    "		export filter { gx_export4(); };\n"
			    "	};\n"
			    "}\n"
			    "\n"
			    "protocol bgp gx_fra_v6 from gx_ebgp {\n"
			    "	description \"fra, Beta\";\n"
			    "	interface \"gx-fra\";\n"
			    "	local 2001:db8:113::1 as 64501;\n"
			    "	neighbor 2001:db8:113::2 as 64502;\n"
			    "	ipv6 {\n"
			    "		import keep filtered on;\n"
			    "		receive limit 10 action restart;\n"
			    "		import filter { gx_import6(64502, []); };\n"
			    "		export filter { gx_export6(); };\n"
			    "	};\n"
			    "}\n");
	bird_files_free(f);
	world_done(&w);
}

static void a_site_of_the_same_member_is_ibgp(void **state)
{
	struct world w;

	small_world(&w);
	struct bird_files *f = render_bird(world_see(&w, "ams"));
	const char *text = file_text(f, "peer-nyc.conf");

	assert_non_null(strstr(text, "protocol bgp gx_nyc_v4 from gx_ibgp {\n"));
	assert_non_null(strstr(text, "\t\tnext hop self;\n"));
	assert_non_null(strstr(text, "export filter { gx_export_ibgp4(); };\n"));
	assert_null(strstr(text, "receive limit"));
	bird_files_free(f);
	world_done(&w);
}

static void a_limit_of_zero_takes_nothing(void **state)
{
	struct world w;

	small_world(&w);
	struct bird_files *f = render_bird(world_see(&w, "ams"));
	const char *text = file_text(f, "peer-tyo.conf");

	assert_non_null(strstr(text, "\t\timport none; # max-prefix 0\n"));
	assert_non_null(strstr(text, "\t\treceive limit 7 action restart;\n"));
	assert_non_null(strstr(text, "neighbor 203.0.113.3 as 4200000000;\n"));
	bird_files_free(f);
	world_done(&w);
}

static void words_of_members_stay_words(void **state)
{
	struct world w;

	small_world(&w);
	w.list.members[1].name = "x\"; }\nprotocol static {\x7f} \xc3\xa9";
	struct bird_files *f = render_bird(world_see(&w, "ams"));
	const char *text = file_text(f, "peer-fra.conf");

	assert_non_null(
		strstr(text, "\tdescription \"fra, x?; }?protocol static {?} \xc3\xa9\";\n"));
	assert_memory_equal(text, "# Site fra of x?; }?protocol", 28);
	bird_files_free(f);
	world_done(&w);
}

static void a_long_word_is_cut_between_characters(void **state)
{
	char name[300] = "";
	struct world w;

	for (int i = 0; i < 60; i++)
		strcat(name, "\xe2\x82\xac"); /* three bytes each; 120 is a whole number of them */
	small_world(&w);
	memmove(name + 1, name, strlen(name) + 1);
	name[0] = 'a';
	w.list.members[1].name = name;
	struct bird_files *f = render_bird(world_see(&w, "ams"));
	const char *at = strstr(file_text(f, "peer-fra.conf"), "description \"fra, a");

	assert_non_null(at);
	at += strlen("description \"fra, ");
	assert_int_equal(strcspn(at, "\""), 1 + 39 * 3);
	bird_files_free(f);
	world_done(&w);
}

static void a_fabric_without_ipv4_has_no_ipv4_session(void **state)
{
	struct world w;

	world_init(&w, NULL, "2001:db8:113::/64");
	world_site(&w, world_member(&w, 64501, "A", 5, 5), "ams", 1, "192.0.2.1");
	world_site(&w, world_member(&w, 64502, "B", 5, 5), "fra", 2, "192.0.2.2");
	struct bird_files *f = render_bird(world_see(&w, "ams"));

	assert_null(strstr(file_text(f, "peer-fra.conf"), "_v4"));
	assert_non_null(strstr(file_text(f, "peer-fra.conf"), "protocol bgp gx_fra_v6 "));
	bird_files_free(f);
	world_done(&w);
}

static void the_same_site_gives_the_same_bytes(void **state)
{
	struct world w;

	small_world(&w);
	const struct site *s = world_see(&w, "ams");
	struct bird_files *a = render_bird(s), *b = render_bird(s);

	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(a->list[i].text, b->list[i].text);
	bird_files_free(a);
	bird_files_free(b);
	world_done(&w);
}

/* What one peer depends on is in its own file: nobody else's bytes move. */
static void a_change_of_one_peer_leaves_every_other_file(void **state)
{
	struct world w;

	small_world(&w);
	struct bird_files *a = render_bird(world_see(&w, "ams"));

	w.list.members[1].name = "Beta renamed";
	w.list.members[1].max_prefix4 = 41;
	world_announce(&w, &w.list.members[1].sites[0], "198.18.22.0/24");
	struct bird_files *b = render_bird(world_see(&w, "ams"));

	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		bool same = strcmp(a->list[i].text, b->list[i].text) == 0;

		assert_int_equal(same, strcmp(a->list[i].name, "peer-fra.conf") != 0);
	}
	bird_files_free(a);
	bird_files_free(b);
	world_done(&w);
}

static void standalone_includes_or_contains(void **state)
{
	struct world w;

	small_world(&w);
	const struct site *s = world_see(&w, "ams");
	struct bird_files *f = render_bird(s);
	char *with = render_bird_standalone(w.arena, s, f, "/etc/bird/grix");
	char *whole = render_bird_standalone(w.arena, s, f, NULL);

	assert_non_null(strstr(with, "router id 203.0.113.1;\n"));
	assert_non_null(strstr(with, "\ninclude \"/etc/bird/grix/*.conf\";\n"));
	assert_null(strstr(with, "protocol bgp"));
	for (size_t i = 0; i < f->n; i++)
		assert_non_null(strstr(whole, f->list[i].text));
	assert_null(strstr(whole, "include"));
	bird_files_free(f);
	world_done(&w);
}

static void a_session_is_named_after_its_peer(void **state)
{
	struct plan_site p = {.symbol = "gx_fra"};
	char name[SYMBOL_BYTES];

	render_bird_session(&p, 6, name);
	assert_string_equal(name, "gx_fra_v6");
}

/* The names that a text makes: what follows these words at the start of a line. */
static size_t count_names(const struct bird_files *f, bool *all_prefixed)
{
	static const char *const makers[] = {"define ", "function ",	    "template bgp ",
					     "filter ", "protocol static ", "protocol bgp ",
					     "table "};
	size_t n = 0;

	*all_prefixed = true;
	for (size_t i = 0; i < f->n; i++)
		for (const char *line = f->list[i].text; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			for (size_t j = 0; j < sizeof(makers) / sizeof(*makers); j++) {
				size_t len = strlen(makers[j]);

				if (strncmp(line, makers[j], len) != 0)
					continue;
				*all_prefixed = *all_prefixed && strncmp(line + len, "gx_", 3) == 0;
				n++;
			}
		}
	return n;
}

/* BIRD's time for a configure grows with the square of its symbols: two sessions a peer, no more. */
static void a_peer_adds_its_two_sessions_and_no_other_name(void **state)
{
	static char names[40][8];
	struct world w;
	bool prefixed;

	small_world(&w);
	struct bird_files *few = render_bird(world_see(&w, "ams"));
	size_t before = count_names(few, &prefixed);

	assert_true(prefixed);
	for (uint32_t i = 0; i < 40; i++) {
		struct member *m = world_member(&w, 65000 + i, "Many", 9, 9);

		snprintf(names[i], sizeof(names[i]), "s%u", i);
		world_announce(&w, world_site(&w, m, names[i], 20 + i, "192.0.2.9"),
			       "198.18.9.0/24");
	}
	struct bird_files *many = render_bird(world_see(&w, "ams"));

	assert_int_equal(count_names(many, &prefixed), before + 2 * 40);
	assert_true(prefixed);
	bird_files_free(few);
	bird_files_free(many);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_files_are_shared_own_and_one_a_neighbour),
		cmocka_unit_test(a_peer_of_another_member_is_ebgp_in_both_families),
		cmocka_unit_test(a_site_of_the_same_member_is_ibgp),
		cmocka_unit_test(a_limit_of_zero_takes_nothing),
		cmocka_unit_test(words_of_members_stay_words),
		cmocka_unit_test(a_long_word_is_cut_between_characters),
		cmocka_unit_test(a_fabric_without_ipv4_has_no_ipv4_session),
		cmocka_unit_test(the_same_site_gives_the_same_bytes),
		cmocka_unit_test(a_change_of_one_peer_leaves_every_other_file),
		cmocka_unit_test(standalone_includes_or_contains),
		cmocka_unit_test(a_session_is_named_after_its_peer),
		cmocka_unit_test(a_peer_adds_its_two_sessions_and_no_other_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

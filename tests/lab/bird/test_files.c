/*
 * test_files - new files into a running BIRD: what stays up, what comes back, what is refused
 * Three sites of three members; only ams is changed, through birdfiles_apply(), as the agent does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "hosts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct world world;
static struct hosts hosts;
static const char *const sites[] = {"ams", "fra", "tyo"};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static int set_up(void **state)
{
	static const char *const prefixes[] = {"198.18.1.0/24", "198.18.2.0/24", "198.18.3.0/24"};
	static const char *const underlays[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3"};
	static const char *const names[] = {"Alpha", "Beta", "Gamma"};

	world_init(&world, "203.0.113.0/24", "2001:db8:113::/64");
	for (uint32_t i = 0; i < COUNT(sites); i++) {
		struct member *m = world_member(&world, 64501 + i, names[i], 50, 50);

		world_announce(&world, world_site(&world, m, sites[i], i + 1, underlays[i]),
			       prefixes[i]);
	}
	hosts_init(&hosts, &world, sites, COUNT(sites));
	for (size_t i = 0; i < COUNT(sites); i++) {
		if (host_apply(&hosts, sites[i], NULL) != BIRDFILES_WRITTEN)
			return -1;
		host_write_conf(&hosts, sites[i], "");
		host_start(&hosts, sites[i]);
	}
	return hosts_await_mesh(&hosts, sites, COUNT(sites), 40) ? 0 : -1;
}

static int tear_down(void **state)
{
	hosts_done(&hosts);
	world_done(&world);
	return 0;
}

static void expect(int result, int wanted, const struct err *err)
{
	if (result != wanted)
		fail_msg("wanted %d, got %d: %s", wanted, result, err->text);
}

/* ams' sessions as "name state since" lines; @but is left out. */
static char *sessions_but(struct arena *a, const char *but)
{
	static const char *const all[] = {"gx_fra_v4", "gx_fra_v6", "gx_tyo_v4", "gx_tyo_v6"};
	char *text = arena_strdup(a, "");

	for (size_t i = 0; i < COUNT(all); i++) {
		if (but && strncmp(all[i], but, strlen(but)) == 0)
			continue;
		struct bird_session s = host_session(&hosts, a, "ams", all[i]);

		text = arena_printf(a, "%s%s %s %s\n", text, all[i], s.state, s.since);
	}
	return text;
}

static const char *reconfigured(struct arena *a)
{
	const char *status = host_ask(&hosts, a, "ams", "show status");

	return strstr(status, "Last reconfiguration");
}

static void nothing_changed_means_no_configure(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};
	const char *before = reconfigured(a);

	expect(host_apply(&hosts, "ams", &err), BIRDFILES_SAME, &err);
	assert_string_equal(before, reconfigured(a));
	arena_free(a);
}

static struct member *beta(void)
{
	return &world.list.members[1];
}

static void a_new_description_and_limit_of_one_peer_touch_no_session(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};
	char *before = sessions_but(a, NULL);

	poll(NULL, 0, 1100); /* a session that restarts now has another second */
	beta()->name = "Beta, renamed";
	beta()->max_prefix4 = 77;
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	assert_string_equal(sessions_but(a, NULL), before);
	const char *show = host_ask(&hosts, a, "ams", "show protocols all gx_fra_v4");

	assert_non_null(strstr(show, "fra, Beta, renamed"));
	assert_non_null(strstr(show, "Receive limit:  77"));
	arena_free(a);
}

static void a_new_prefix_of_one_peer_is_taken_without_a_restart(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};
	char *before = sessions_but(a, NULL);
	bool there = false;

	world_announce(&world, &beta()->sites[0], "198.18.22.0/24");
	expect(host_apply(&hosts, "fra", &err), BIRDFILES_LOADED, &err);
	poll(NULL, 0, 500);
	const char *refused = host_ask(&hosts, a, "ams", "show route filtered 198.18.22.0/24");

	assert_non_null(strstr(refused, "gx_fra_v4")); /* ams does not know yet that it is listed */
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	for (int i = 0; i < 50 && !there; i++) {
		there = strstr(host_ask(&hosts, a, "ams", "show route 198.18.22.0/24"), "unicast");
		poll(NULL, 0, 100);
	}
	assert_true(there);
	assert_string_equal(sessions_but(a, NULL), before);
	arena_free(a);
}

static void a_member_that_joins_and_leaves_touches_nobody(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};
	char *before = sessions_but(a, NULL);
	struct member *m = world_member(&world, 64504, "Delta", 50, 50);

	world_site(&world, m, "sin", 4, "192.0.2.4");
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	assert_non_null(host_session(&hosts, a, "ams", "gx_sin_v4").name);
	assert_string_equal(sessions_but(a, NULL), before);
	world.plan.n_sites--;
	world.list.n_members--;
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	assert_null(host_session(&hosts, a, "ams", "gx_sin_v4").name);
	assert_string_equal(sessions_but(a, NULL), before);
	arena_free(a);
}

/* The files as render makes them, with one more. */
static int apply_with(const char *name, const char *text, struct err *err)
{
	struct birdfiles_conf c = host_files(hosts_find(&hosts, "ams"));
	struct bird_files *f = render_bird(world_see(&world, "ams"));
	struct bird_files more = {.n = f->n + 1};

	more.list = arena_array(f->arena, more.n, sizeof(*more.list));
	memcpy(more.list, f->list, f->n * sizeof(*f->list));
	more.list[f->n] = (struct bird_file){.name = name, .text = text, .len = strlen(text)};
	int r = birdfiles_apply(&c, &more, err);

	bird_files_free(f);
	return r;
}

static char *link_target(struct arena *a)
{
	char to[256] = "";

	assert_true(readlink(hosts_find(&hosts, "ams")->link, to, sizeof(to) - 1) > 0);
	return arena_strdup(a, to);
}

/* Fine for bird -p, which sees the files alone; not beside what the admin has. */
static void files_that_bird_refuses_come_back(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};

	host_write_conf(&hosts, "ams", "define admin_has_this = 1;\n");
	host_ask(&hosts, a, "ams", "configure");
	char *sessions = sessions_but(a, NULL), *link = link_target(a);

	expect(apply_with("zz.conf", "define gx_zz = 2;\nprotocol static admin { ipv4; }\n", &err),
	       BIRDFILES_LOADED, &err);
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	host_write_conf(&hosts, "ams", "protocol static admin { ipv4; }\n");
	host_ask(&hosts, a, "ams", "configure");
	expect(apply_with("zz.conf", "\n\nprotocol static admin { ipv4; }\n", &err),
	       BIRDFILES_REFUSED, &err);
	assert_non_null(strstr(err.text, "bird.conf"));
	assert_non_null(strstr(err.text, "admin"));
	assert_string_equal(link_target(a), link);
	assert_string_equal(sessions_but(a, NULL), sessions);
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_SAME, &err);
	host_write_conf(&hosts, "ams", "");
	host_ask(&hosts, a, "ams", "configure");
	arena_free(a);
}

static void files_that_cost_the_sessions_come_back(void **state)
{
	struct birdfiles_conf c = host_files(hosts_find(&hosts, "ams"));
	struct bird_files *f = render_bird(world_see(&world, "ams"));
	struct arena *a = arena_new();
	struct err err = {""};
	char *link = link_target(a);
	const char *text = f->list[0].text, *role = strstr(text, "local role peer;");

	/* two roles that do not fit: the other ends refuse the session, RFC 9234 section 4.2 */
	assert_non_null(role);
	f->list[0].text = arena_printf(a, "%.*slocal role provider;%s", (int)(role - text), text,
				       role + strlen("local role peer;"));
	f->list[0].len = strlen(f->list[0].text);
	expect(birdfiles_apply(&c, f, &err), BIRDFILES_REFUSED, &err);
	if (!strstr(err.text, "4 of 4 sessions"))
		fail_msg("%s", err.text);
	assert_string_equal(link_target(a), link);
	assert_true(hosts_await_mesh(&hosts, sites, COUNT(sites), 60));
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_SAME, &err);
	assert_null(strstr(host_ask(&hosts, a, "ams", "configure status"), "unconfirmed"));
	bird_files_free(f);
	arena_free(a);
}

static int apply_unseen(struct err *err)
{
	struct birdfiles_conf c = host_files(hosts_find(&hosts, "ams"));
	struct bird_files *f = render_bird(world_see(&world, "ams"));

	c.socket = NULL;
	int r = birdfiles_apply(&c, f, err);

	bird_files_free(f);
	return r;
}

/* As after a kill between the swap and the configure. */
static void files_that_bird_never_read_are_loaded_by_the_next_call(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};
	char *before = sessions_but(a, NULL);

	beta()->name = "Beta again";
	expect(apply_unseen(&err), BIRDFILES_WRITTEN, &err);
	char *link = link_target(a);

	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	assert_string_equal(link_target(a), link);
	assert_string_equal(sessions_but(a, NULL), before);
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_SAME, &err);
	arena_free(a);
}

/* As after a kill between the configure and its confirmation. */
static void an_unconfirmed_configuration_is_confirmed_by_the_next_call(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};

	beta()->name = "Beta unconfirmed";
	expect(apply_unseen(&err), BIRDFILES_WRITTEN, &err);
	host_ask(&hosts, a, "ams", "configure timeout 30");
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	assert_null(strstr(host_ask(&hosts, a, "ams", "configure status"), "unconfirmed"));
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_SAME, &err);
	arena_free(a);
}

/* The caller dies at any moment; then one call, and BIRD runs what was wanted. */
static void a_kill_at_any_moment_converges(void **state)
{
	static const char *const names[] = {"Beta odd", "Beta even"};
	struct arena *a = arena_new();
	struct err err = {""};
	char *before = sessions_but(a, NULL);

	for (int round = 1; round < 13; round++) {
		beta()->name = names[round % 2];
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			_exit(host_apply(&hosts, "ams", &err) < 0);
		poll(NULL, 0, round * 4);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		int r = host_apply(&hosts, "ams", &err);

		if (r != BIRDFILES_SAME && r != BIRDFILES_LOADED)
			fail_msg("round %d: %d: %s", round, r, err.text);
		assert_non_null(strstr(host_ask(&hosts, a, "ams", "show protocols all gx_fra_v4"),
				       names[round % 2]));
	}
	assert_string_equal(sessions_but(a, NULL), before);
	assert_null(strstr(host_ask(&hosts, a, "ams", "configure status"), "unconfirmed"));
	arena_free(a);
}

static void a_bird_that_is_killed_reads_the_files_when_it_starts(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};

	host_kill(&hosts, "ams", SIGKILL);
	beta()->name = "Beta while away";
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_WRITTEN, &err);
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_SAME, &err);
	host_start(&hosts, "ams");
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_SAME, &err);
	assert_non_null(strstr(host_ask(&hosts, a, "ams", "show protocols all gx_fra_v4"),
			       "Beta while away"));
	assert_true(hosts_await_mesh(&hosts, sites, COUNT(sites), 60));
	arena_free(a);
}

static void a_bird_that_is_stopped_times_out_and_nothing_is_written(void **state)
{
	struct birdfiles_conf c = host_files(hosts_find(&hosts, "ams"));
	struct arena *a = arena_new();
	struct err err = {""};
	char *link = link_target(a);

	beta()->name = "Beta unheard";
	struct bird_files *f = render_bird(world_see(&world, "ams"));

	kill(hosts_find(&hosts, "ams")->pid, SIGSTOP);
	c.answer_ms = 300;
	int r = birdfiles_apply(&c, f, &err);

	kill(hosts_find(&hosts, "ams")->pid, SIGCONT);
	bird_files_free(f);
	expect(r, -ETIMEDOUT, &err);
	assert_string_equal(link_target(a), link);
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	arena_free(a);
}

static void a_configuration_without_the_include_is_told(void **state)
{
	struct err err = {""};
	struct arena *a = arena_new();

	host_kill(&hosts, "ams", SIGTERM);
	host_write_text(&hosts, "ams", "router id 203.0.113.1;\nprotocol device { }\n");
	host_start(&hosts, "ams");
	expect(host_apply(&hosts, "ams", &err), -ENOLINK, &err);
	assert_non_null(strstr(err.text, arena_printf(a, "include \"%s/*.conf\";",
						      hosts_find(&hosts, "ams")->link)));
	host_write_conf(&hosts, "ams", "");
	expect(host_apply(&hosts, "ams", &err), BIRDFILES_LOADED, &err);
	assert_true(hosts_await_mesh(&hosts, sites, COUNT(sites), 60));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed_means_no_configure),
		cmocka_unit_test(a_new_description_and_limit_of_one_peer_touch_no_session),
		cmocka_unit_test(a_new_prefix_of_one_peer_is_taken_without_a_restart),
		cmocka_unit_test(a_member_that_joins_and_leaves_touches_nobody),
		cmocka_unit_test(files_that_bird_refuses_come_back),
		cmocka_unit_test(files_that_bird_never_read_are_loaded_by_the_next_call),
		cmocka_unit_test(an_unconfirmed_configuration_is_confirmed_by_the_next_call),
		cmocka_unit_test(a_kill_at_any_moment_converges),
		cmocka_unit_test(a_bird_that_is_stopped_times_out_and_nothing_is_written),
		cmocka_unit_test(a_bird_that_is_killed_reads_the_files_when_it_starts),
		cmocka_unit_test(files_that_cost_the_sessions_come_back),
		cmocka_unit_test(a_configuration_without_the_include_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

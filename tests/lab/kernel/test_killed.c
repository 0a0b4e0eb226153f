/* SIGKILL behind every single message of an apply: the next one puts things right, nobody else's
 * interface is touched and nothing of ours is left over. */
#include "edge/kernel_nl.h"
#include "wanted.h"

#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The strangers: a tunnel, another fabric's, an interface. One process makes them all: to fork is
 * slow where these tests run. */
static void make_strangers(void)
{
	sh("ip -batch - <<-END\n"
	   "link add st0 type gre local 192.0.2.1 remote 192.0.2.50\n"
	   "addr add 10.5.5.1/30 dev st0\n"
	   "link add st1 type gre local 192.0.2.1 remote 192.0.2.51\n"
	   "link set st1 alias \"grix other a-b\"\n"
	   "link add st2 type dummy\n"
	   "link set st2 up\n"
	   "END\n");
}

/* A host that has half of it wrong: something for every kind of step. */
static void disturb(void)
{
	sh("ip -batch - <<-END\n"
	   "link del gx-s000\n"
	   "link set gx-s001 down\n"
	   "link set gx-s001 name oops\n"
	   "link set gx-s002 type gre local 192.0.2.1 remote 198.18.0.98\n"
	   "addr flush dev gx-s003\n"
	   "addr add 203.0.113.9 peer 203.0.113.10/32 dev gx-s004\n"
	   "link set gx-s005 down\n"
	   "link add gx-gone type gre local 192.0.2.1 remote 198.18.0.97\n"
	   "link set gx-gone alias \"grix demo me-gone\"\n"
	   "END\n");
}

/* Applies in a child that dies behind message @n. Return: whether it did die. */
static bool die_behind(struct world *w, size_t n)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct kernel *k;
		struct err err;

		if (kernel_open(&err, &k))
			_exit(1);
		k->die_after = n;
		w->kernel = k;
		world_apply(w);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	else
		assert_int_equal(WTERMSIG(status), SIGKILL);
	return WIFSIGNALED(status);
}

static const struct tunnel *find(const struct host *have, const char *ifname)
{
	const struct tunnel *t = world_find(have, ifname);

	if (!t)
		fail_msg("%s is gone", ifname);
	return t;
}

static void assert_strangers_untouched(const struct host *have)
{
	char text[ADDR_TEXT];
	const struct tunnel *t = find(have, "st0");

	assert_string_equal(addr_text(&t->remote, text), "192.0.2.50");
	assert_int_equal(t->n_addrs, 1);
	assert_string_equal(addr_text(&t->addrs[0].local, text), "10.5.5.1");
	assert_null(t->alias);
	assert_int_equal(t->group, 0);
	assert_false(t->up);
	t = find(have, "st1");
	assert_string_equal(t->alias, "grix other a-b");
	assert_int_equal(t->group, 0);
	assert_int_not_equal(if_nametoindex("st2"), 0);
}

static void assert_all_as_it_should_be(struct world *w)
{
	struct host *have = world_read(w);

	assert_string_equal(world_diff(w), "");
	assert_int_equal(have->n_tunnels, w->want.n_tunnels + 2);
	for (size_t i = 0; i < w->want.n_tunnels; i++)
		find(have, w->want.tunnels[i].ifname);
	assert_strangers_untouched(have);
	host_free(have);
}

static size_t kill_at_every_message(struct world *w, bool disturbed)
{
	size_t n = 0;
	bool died = true;

	while (died) {
		n++;
		assert_int_equal(unshare(CLONE_NEWNET), 0);
		kernel_close(w->kernel);
		assert_int_equal(kernel_open(&w->err, &w->kernel), 0);
		make_strangers();
		if (disturbed) {
			world_apply(w);
			disturb();
		}
		died = die_behind(w, n);
		world_apply(w);
		assert_all_as_it_should_be(w);
		assert_true(n < 200);
	}
	return n - 1;
}

static void a_first_apply_may_be_killed_anywhere(void **state)
{
	struct world *w = *state;

	w->want.n_tunnels = 3;
	w->want.n_settings = 0;
	/* made, marked, up, two addresses */
	assert_int_equal(kill_at_every_message(w, false), 3 * 5);
}

static void a_repair_may_be_killed_anywhere(void **state)
{
	struct world *w = *state;

	w->want.n_settings = 0;
	assert_true(kill_at_every_message(w, true) > 12);
}

static void taking_down_may_be_killed_anywhere(void **state)
{
	struct world *w = *state;
	struct host all = w->want, none = {0};
	size_t n = 0;

	for (bool died = true; died;) {
		n++;
		w->want = all;
		world_apply(w);
		w->want = none;
		died = die_behind(w, n);
		world_apply(w);
		struct host *have = world_read(w);

		assert_int_equal(have->n_tunnels, 0);
		host_free(have);
		assert_true(n < 50);
	}
	assert_true(n > 6);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_first_apply_may_be_killed_anywhere),
		CASE(a_repair_may_be_killed_anywhere),
		CASE(taking_down_may_be_killed_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

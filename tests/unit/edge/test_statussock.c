#include "edge/statussock.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[32];
static char path[64];
static struct status_listener listener;

static int set_up(void **state)
{
	struct err err;

	strcpy(dir, "/tmp/test-sock-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/run/a.sock", dir);
	return status_listen(path, &err, &listener);
}

static int tear_down(void **state)
{
	char command[128];

	status_unlisten(&listener);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void *serve_one(void *answer)
{
	char line[64];
	int fd;

	while ((fd = accept(listener.fd, NULL, NULL)) < 0)
		usleep(1000);
	if (read(fd, line, sizeof(line)) > 0 && answer)
		(void)!write(fd, answer, strlen(answer));
	close(fd);
	return NULL;
}

static int fetch(const char *answer, char **ret, size_t *len, struct arena *a, struct err *err)
{
	char text[64];
	pthread_t t;
	int r;

	snprintf(text, sizeof(text), "%s", answer);
	assert_int_equal(pthread_create(&t, NULL, serve_one, text), 0);
	r = status_fetch(path, 2000, a, ret, len, err);
	pthread_join(t, NULL);
	return r;
}

static void an_answer_arrives_whole(void **state)
{
	struct arena *a = arena_new();
	struct err err;
	char *text;
	size_t len;

	assert_int_equal(fetch("{\"site\":1}\n", &text, &len, a, &err), 0);
	assert_string_equal(text, "{\"site\":1}\n");
	assert_int_equal(len, 11);
	arena_free(a);
}

static void no_answer_is_an_error(void **state)
{
	struct arena *a = arena_new();
	struct err err;
	char *text;
	size_t len;

	assert_int_equal(fetch("", &text, &len, a, &err), -ECONNRESET);
	arena_free(a);
}

static void a_silent_agent_is_given_up(void **state)
{
	struct arena *a = arena_new();
	struct err err;
	char *text;
	size_t len;

	assert_int_equal(status_fetch(path, 100, a, &text, &len, &err), -ETIMEDOUT);
	arena_free(a);
}

static void without_an_agent_the_path_is_named(void **state)
{
	struct arena *a = arena_new();
	struct err err;
	char *text;
	size_t len;

	status_unlisten(&listener);
	assert_int_equal(status_fetch(path, 100, a, &text, &len, &err), -ENOENT);
	assert_non_null(strstr(err.text, path));
	arena_free(a);
}

static void a_second_agent_is_kept_away_until_the_first_is_gone(void **state)
{
	struct status_listener second;
	struct err err;

	assert_int_equal(status_listen(path, &err, &second), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	status_unlisten(&listener);
	assert_int_equal(status_listen(path, &err, &listener), 0);
}

static void a_socket_left_by_a_killed_agent_is_replaced(void **state)
{
	struct err err;

	close(listener.fd);
	close(listener.lock);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(status_listen(path, &err, &listener), 0);
}

static void only_owner_and_group_may_ask(void **state)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void a_path_too_long_is_refused(void **state)
{
	struct status_listener l;
	char longer[200];
	struct err err;

	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(status_listen(longer, &err, &l), -ENAMETOOLONG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answer_arrives_whole),
		T(no_answer_is_an_error),
		T(a_silent_agent_is_given_up),
		T(without_an_agent_the_path_is_named),
		T(a_second_agent_is_kept_away_until_the_first_is_gone),
		T(a_socket_left_by_a_killed_agent_is_replaced),
		T(only_owner_and_group_may_ask),
		T(a_path_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

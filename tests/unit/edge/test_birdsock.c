/* test_birdsock - a BIRD that says what the test wants: well, badly, late, never */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mono.h"
#include "edge/birdsock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SHORT_MS = 150, LONG_MS = 5000 };

static const char greeting[] = "0001 BIRD 2.0.12 ready.\n";

/* Each answer is sent when the connection stands (the first) or a line came (the others). */
struct fake {
	char dir[64], path[96], heard[256];
	const char *answers[10];
	int listener, piece, drip_ms;
	pthread_t thread;
};

static void say(struct fake *f, int fd, const char *s)
{
	size_t n = strlen(s), piece = f->piece ? (size_t)f->piece : n;

	while (n > 0) {
		size_t now = n < piece ? n : piece;

		if (send(fd, s, now, MSG_NOSIGNAL) < 0)
			return;
		s += now;
		n -= now;
		if (f->drip_ms)
			poll(NULL, 0, f->drip_ms);
	}
}

static bool hear(struct fake *f, int fd)
{
	size_t have = strlen(f->heard);

	for (;;) {
		char c;

		if (recv(fd, &c, 1, 0) <= 0)
			return false;
		if (have + 1 < sizeof(f->heard))
			f->heard[have++] = c;
		if (c == '\n')
			return true;
	}
}

static void *serve(void *arg)
{
	struct fake *f = arg;
	int fd = accept(f->listener, NULL, NULL);

	for (size_t i = 0; fd >= 0 && f->answers[i]; i++) {
		if (i > 0 && !hear(f, fd))
			break;
		if (strcmp(f->answers[i], "HANG") == 0) {
			while (hear(f, fd))
				;
			break;
		}
		say(f, fd, f->answers[i]);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void fake_listen(struct fake *f)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	strcpy(f->dir, "/tmp/test_birdsock.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/bird.ctl", f->dir);
	memcpy(sun.sun_path, f->path, strlen(f->path));
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(f->listener, 1), 0);
}

static void fake_start(struct fake *f)
{
	fake_listen(f);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void fake_remove(struct fake *f)
{
	close(f->listener);
	unlink(f->path);
	rmdir(f->dir);
}

static void fake_stop(struct fake *f)
{
	shutdown(f->listener, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	fake_remove(f);
}

static void a_command_gets_its_code_and_its_lines(void **state)
{
	struct fake f = {.answers = {greeting, "0002-Reading configuration\n0003 Reconfigured\n"}};
	struct arena *a = arena_new();
	struct bird *b = NULL;
	struct err err = {""};
	char *reply = NULL;

	fake_start(&f);
	assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), 0);
	assert_string_equal(bird_version(b), "2.0.12");
	assert_int_equal(bird_command(b, a, "configure timeout 9", &reply, &err), 3);
	assert_string_equal(reply, "Reading configuration\nReconfigured");
	bird_close(b);
	fake_stop(&f);
	assert_string_equal(f.heard, "configure timeout 9\n");
	arena_free(a);
}

static void an_answer_byte_by_byte_is_whole(void **state)
{
	struct fake f = {.answers = {greeting, "0013-a\n b\n0013 c\n"}, .piece = 1};
	struct arena *a = arena_new();
	struct bird *b = NULL;
	struct err err = {""};
	char *reply = NULL;

	fake_start(&f);
	assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), 0);
	assert_int_equal(bird_command(b, a, "x", &reply, &err), 13);
	assert_string_equal(reply, "a\nb\nc");
	bird_close(b);
	fake_stop(&f);
	arena_free(a);
}

static uint64_t ms_since(uint64_t start)
{
	return (mono_now_ns() - start) / NS_PER_MS;
}

static void a_bird_that_never_greets_times_out(void **state)
{
	struct fake f = {.answers = {"HANG"}};
	struct bird *b = NULL;
	struct err err = {""};
	uint64_t start = mono_now_ns();

	fake_start(&f);
	assert_int_equal(bird_open(f.path, SHORT_MS, &err, &b), -ETIMEDOUT);
	assert_true(ms_since(start) >= SHORT_MS && ms_since(start) < 2000);
	assert_non_null(strstr(err.text, f.path));
	assert_null(b);
	fake_stop(&f);
}

/* listen() with a queue of one and nobody who accepts: connect() itself would block */
static void a_bird_that_never_accepts_times_out(void **state)
{
	struct fake f = {0};
	struct bird *b = NULL;
	struct err err = {""};

	fake_listen(&f);
	for (int i = 0; i < 4; i++) {
		uint64_t start = mono_now_ns();

		assert_int_equal(bird_open(f.path, SHORT_MS, &err, &b), -ETIMEDOUT);
		assert_true(ms_since(start) < 2000);
	}
	fake_remove(&f);
}

static void a_bird_that_hangs_later_times_out_and_stays_dead(void **state)
{
	struct fake f = {.answers = {greeting, "HANG"}};
	struct arena *a = arena_new();
	struct bird *b = NULL;
	struct err err = {""};

	fake_start(&f);
	assert_int_equal(bird_open(f.path, SHORT_MS, &err, &b), 0);
	assert_int_equal(bird_command(b, a, "show status", NULL, &err), -ETIMEDOUT);
	assert_int_equal(bird_command(b, a, "show status", NULL, &err), -ENOTCONN);
	bird_close(b);
	fake_stop(&f);
	arena_free(a);
}

/* Progress alone must not keep a call alive. */
static void a_bird_that_drips_times_out(void **state)
{
	struct fake f = {.answers = {greeting, "0013-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n0013 b\n"}};
	struct arena *a = arena_new();
	struct bird *b = NULL;
	struct err err = {""};
	uint64_t start;

	fake_start(&f);
	assert_int_equal(bird_open(f.path, SHORT_MS, &err, &b), 0);
	f.piece = 1;
	f.drip_ms = 20;
	start = mono_now_ns();
	assert_int_equal(bird_command(b, a, "show status", NULL, &err), -ETIMEDOUT);
	assert_true(ms_since(start) < 600);
	bird_close(b);
	fake_stop(&f);
	arena_free(a);
}

static void a_bird_that_dies_in_the_middle_is_reset(void **state)
{
	struct fake f = {.answers = {greeting, "0013-half\n"}};
	struct arena *a = arena_new();
	struct bird *b = NULL;
	struct err err = {""};

	fake_start(&f);
	assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), 0);
	assert_int_equal(bird_command(b, a, "show status", NULL, &err), -ECONNRESET);
	assert_int_equal(bird_command(b, a, "show status", NULL, &err), -ENOTCONN);
	bird_close(b);
	fake_stop(&f);
	arena_free(a);
}

static void what_is_not_bird_is_refused(void **state)
{
	static const char *const table[] = {"HTTP/1.1 400 Bad Request\n", "0001 other ready.\n",
					    "0013 up\n", "\n"};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct fake f = {.answers = {table[i]}};
		struct bird *b = NULL;
		struct err err = {""};

		fake_start(&f);
		assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), -EPROTO);
		assert_non_null(strstr(err.text, "is it BIRD's socket?"));
		fake_stop(&f);
	}
}

static void no_socket_and_nobody_behind_it_are_told_apart(void **state)
{
	struct fake f = {0};
	struct bird *b = NULL;
	struct err err = {""};
	char path[300];

	fake_listen(&f);
	close(f.listener);
	assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), -ECONNREFUSED);
	unlink(f.path);
	assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), -ENOENT);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(bird_open(path, LONG_MS, &err, &b), -ENAMETOOLONG);
	rmdir(f.dir);
}

static const char sessions_text[] =
	"2002-Name       Proto      Table      State  Since         Info\n"
	"1002-gx_fra_v4  BGP        ---        up     2026-11-23 21:14:13  Established   \n"
	"0000 \n";

static void sessions_are_read_and_none_is_no_error(void **state)
{
	struct fake f = {.answers = {greeting, sessions_text, "8003 No protocols match\n",
				     "9001 syntax error\n"}};
	struct arena *a = arena_new();
	struct bird_sessions s = {0};
	struct bird *b = NULL;
	struct err err = {""};

	fake_start(&f);
	assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), 0);
	assert_int_equal(bird_read_sessions(b, a, &s, &err), 0);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.list[0].name, "gx_fra_v4");
	assert_int_equal(bird_read_sessions(b, a, &s, &err), 0);
	assert_int_equal(s.n, 0);
	assert_int_equal(bird_read_sessions(b, a, &s, &err), -EPROTO);
	bird_close(b);
	fake_stop(&f);
	arena_free(a);
}

static void opening_and_shutting_twice_is_fine(void **state)
{
	struct fake f = {.answers = {greeting, "0009-gx_a_v4: disabled\n0000 \n",
				     "0009 gx_a_v4: disabled\n",
				     "0008-gx_a_v4: already disabled\n0000 \n",
				     "0011 gx_a_v4: enabled\n", "0010 gx_a_v4: already enabled\n",
				     "9001 syntax error, unexpected CF_SYM_UNDEFINED\n",
				     "8006 Access denied\n"}};
	struct bird *b = NULL;
	struct err err = {""};

	fake_start(&f);
	assert_int_equal(bird_open(f.path, LONG_MS, &err, &b), 0);
	assert_int_equal(bird_shut_session(b, "gx_a_v4", &err), 0);
	assert_int_equal(bird_shut_session(b, "gx_a_v4", &err), 0);
	assert_int_equal(bird_shut_session(b, "gx_a_v4", &err), 0);
	assert_int_equal(bird_open_session(b, "gx_a_v4", &err), 0);
	assert_int_equal(bird_open_session(b, "gx_a_v4", &err), 0);
	assert_int_equal(bird_open_session(b, "gx_a_v4", &err), -ENOENT);
	assert_int_equal(bird_open_session(b, "gx_a_v4", &err), -EPROTO);
	bird_close(b);
	fake_stop(&f);
	assert_memory_equal(f.heard, "disable gx_a_v4 \"grix: the link is down\"\n", 41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_gets_its_code_and_its_lines),
		cmocka_unit_test(an_answer_byte_by_byte_is_whole),
		cmocka_unit_test(a_bird_that_never_greets_times_out),
		cmocka_unit_test(a_bird_that_never_accepts_times_out),
		cmocka_unit_test(a_bird_that_hangs_later_times_out_and_stays_dead),
		cmocka_unit_test(a_bird_that_drips_times_out),
		cmocka_unit_test(a_bird_that_dies_in_the_middle_is_reset),
		cmocka_unit_test(what_is_not_bird_is_refused),
		cmocka_unit_test(no_socket_and_nobody_behind_it_are_told_apart),
		cmocka_unit_test(sessions_are_read_and_none_is_no_error),
		cmocka_unit_test(opening_and_shutting_twice_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

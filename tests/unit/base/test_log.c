/* what stderr and the journal get; each log speaks in a process of its own */
#include "base/journal.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A journal of our own, and a pipe that is stderr. */
struct fixture {
	char folder[64], path[96];
	int journal, err[2];
};

static struct fixture fixture_new(void)
{
	struct fixture x = {.folder = "/tmp/grix-log.XXXXXX"};
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	assert_non_null(mkdtemp(x.folder));
	snprintf(x.path, sizeof(x.path), "%s/socket", x.folder);
	memcpy(at.sun_path, x.path, sizeof(x.path));
	x.journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(x.journal, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(pipe(x.err), 0);
	return x;
}

static void fixture_done(struct fixture *x)
{
	close(x->journal);
	close(x->err[0]);
	close(x->err[1]);
	unlink(x->path);
	rmdir(x->folder);
}

/* @away: what is added to the inode that JOURNAL_STREAM names. */
static void speak(struct fixture *x, const char *journal, unsigned away, const char *text)
{
	struct stat st;
	char stream[64];
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		dup2(x->err[1], STDERR_FILENO);
		fstat(STDERR_FILENO, &st);
		snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino + away);
		setenv("JOURNAL_STREAM", stream, 1);
		log_journal_at(journal);
		log_set_site("ams");
		log_warn("kernel", "%s", text);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void assert_stderr(struct fixture *x, const char *want)
{
	char got[512];

	close(x->err[1]);
	x->err[1] = dup(x->err[0]);
	ssize_t n = read(x->err[0], got, sizeof(got) - 1);

	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void assert_entry(const struct fixture *x, const char *want, size_t len)
{
	char got[512];
	ssize_t n = recv(x->journal, got, sizeof(got), 0);

	assert_int_equal(n, len);
	assert_memory_equal(got, want, len);
}

#define REST "PRIORITY=4\nSYSLOG_IDENTIFIER=grix-agent\nGRIX_FOLDER=kernel\nGRIX_SITE=ams\n"

static void the_journal_gets_fields(void **state)
{
	static const char want[] = "MESSAGE=kernel: gx-fra is gone\n" REST;
	struct fixture x = fixture_new();

	(void)state;
	speak(&x, x.path, 0, "gx-fra is gone");
	assert_entry(&x, want, sizeof(want) - 1);
	assert_stderr(&x, "");
	fixture_done(&x);
}

static void a_text_of_two_lines_is_one_entry(void **state)
{
	static const char want[] = "MESSAGE\n\x0b\0\0\0\0\0\0\0kernel: a\nb\n" REST;
	struct fixture x = fixture_new();

	(void)state;
	speak(&x, x.path, 0, "a\nb");
	assert_entry(&x, want, sizeof(want) - 1);
	fixture_done(&x);
}

static void without_its_socket_the_journal_gets_lines_with_a_priority(void **state)
{
	struct fixture x = fixture_new();

	(void)state;
	speak(&x, "/no/such/socket", 0, "gx-fra is gone");
	assert_stderr(&x, "<4>kernel: gx-fra is gone\n");
	fixture_done(&x);
}

/* sh under a service, redirected into a file: the variable is there, the journal is not. */
static void another_stderr_than_the_journals_gets_plain_lines(void **state)
{
	struct fixture x = fixture_new();
	char got[512], byte;

	(void)state;
	speak(&x, x.path, 1, "gx-fra is gone");
	assert_int_equal(recv(x.journal, &byte, 1, 0), -1);
	ssize_t n = read(x.err[0], got, sizeof(got) - 1);

	assert_true(n > 9);
	got[n] = '\0';
	assert_string_equal(got + 8, " warn  kernel   gx-fra is gone\n"); /* behind the time */
	fixture_done(&x);
}

static void only_a_device_and_an_inode_name_a_stream(void **state)
{
	static const char *const wrong[] = {"", ":", "1", "1:", ":1", "x:1", "1:x", "1:2:3"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		setenv("JOURNAL_STREAM", wrong[i], 1);
		assert_false(journal_reads(STDERR_FILENO));
	}
	unsetenv("JOURNAL_STREAM");
	assert_false(journal_reads(STDERR_FILENO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_gets_fields),
		cmocka_unit_test(a_text_of_two_lines_is_one_entry),
		cmocka_unit_test(without_its_socket_the_journal_gets_lines_with_a_priority),
		cmocka_unit_test(another_stderr_than_the_journals_gets_plain_lines),
		cmocka_unit_test(only_a_device_and_an_inode_name_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

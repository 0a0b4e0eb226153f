/* birdfiles_check - see birdfiles_check.h */
#include "edge/birdfiles_check.h"

#include "base/mono.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 4096 };

struct running {
	pid_t pid;
	int out; /* what it prints, both streams */
};

static int start(const char *program, const char *conf_fd, int in, int out, pid_t *ret)
{
	char *argv[] = {(char[]){"bird"}, (char[]){"-p"}, (char[]){"-c"}, strdupa(conf_fd), NULL};
	char *env[] = {(char[]){"LC_ALL=C"}, NULL};
	posix_spawn_file_actions_t act;
	posix_spawnattr_t attr;
	sigset_t none;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&act);
	posix_spawn_file_actions_adddup2(&act, in, 0);
	posix_spawn_file_actions_adddup2(&act, out, 1);
	posix_spawn_file_actions_adddup2(&act, out, 2);
	int r = posix_spawnp(ret, program, &act, &attr, argv, env);

	if (r == ENOENT && !strchr(program, '/')) {
		/* daemons live in sbin, which is not in everybody's path */
		char path[256];

		snprintf(path, sizeof(path), "/usr/sbin/%s", program);
		r = posix_spawn(ret, path, &act, &attr, argv, env);
	}
	posix_spawn_file_actions_destroy(&act);
	posix_spawnattr_destroy(&attr);
	return -r;
}

/* Reads until the end, @deadline, or more than anybody wants to read. */
static int read_output(int fd, uint64_t deadline, struct text *ret)
{
	char buf[1024];

	for (;;) {
		uint64_t now = mono_now_ns();
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (now >= deadline)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)((deadline - now) / NS_PER_MS) + 1) <= 0)
			continue;
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n > 0 && ret->len < OUTPUT_MAX)
			text_add(ret, buf, (size_t)n);
	}
}

/* What the exit status would say, for a program whose event loop reaps every child before us:
 * bird -p is silent when it is content, but for the warnings of 3.x. */
static int guess_status(const struct text *output)
{
	bool content = output->len == 0 || strstr(text_str(output), "<WARN");

	return content ? 0 : W_EXITCODE(1, 0);
}

/* Its end of the pipe is closed: it is about to end; one that is not is ended. */
static int collect(pid_t pid, int result, const struct text *output, uint64_t deadline)
{
	int status = 0;
	pid_t r;

	if (result)
		kill(pid, SIGKILL);
	while ((r = waitpid(pid, &status, WNOHANG)) == 0) {
		if (mono_now_ns() > deadline)
			kill(pid, SIGKILL);
		poll(NULL, 0, 1);
	}
	if (result)
		return result;
	return r < 0 ? guess_status(output) : status;
}

/* "bird: /etc/bird/grix.d/.new/peer-x.conf:3:1 text" without what is in front of the file */
static void words(const char *output, const char *folder, struct err *err)
{
	struct text t;
	size_t n = strlen(folder);

	text_init(&t);
	if (strncmp(output, "bird: ", 6) == 0)
		output += 6;
	for (const char *at = output; *at && *at != '\n'; at++) {
		if (strncmp(at, folder, n) == 0 && at[n] == '/')
			at += n;
		else
			text_add(&t, at, 1);
	}
	err_set(err, 0, "bird -p: %s", t.len ? text_str(&t) : "it failed without a word");
	text_done(&t);
}

/* The configuration is given on a pipe: small enough for one write, and nothing to clean up. */
static int make_input(const char *folder, int ret[2])
{
	struct text t;
	int r = 0;

	if (pipe2(ret, O_CLOEXEC) < 0)
		return -errno;
	text_init(&t);
	text_printf(&t,
		    "router id 192.0.2.1;\nprotocol device gx_device { }\ninclude \"%s/*.conf\";\n",
		    folder);
	if (t.len > 4096)
		r = -ENAMETOOLONG;
	else if (write(ret[1], text_str(&t), t.len) != (ssize_t)t.len)
		r = -EIO;
	close(ret[1]);
	if (r)
		close(ret[0]);
	text_done(&t);
	return r;
}

static int run(const char *bird, const char *folder, uint64_t deadline, struct text *output)
{
	int in[2], out[2];
	pid_t pid = 0;
	int r = make_input(folder, in);

	if (r)
		return r;
	if (pipe2(out, O_CLOEXEC) < 0) {
		r = -errno;
		close(in[0]);
		return r;
	}
	r = start(bird, "/dev/stdin", in[0], out[1], &pid);
	close(in[0]);
	close(out[1]);
	if (r == 0)
		r = collect(pid, read_output(out[0], deadline, output), output, deadline);
	close(out[0]);
	return r;
}

int birdfiles_check(const char *bird, const char *folder, int timeout_ms, struct err *err)
{
	uint64_t deadline = mono_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	struct text output;
	char path[PATH_MAX];

	/* BIRD takes a relative name as one next to its configuration */
	if (!realpath(folder, path))
		return err_set(err, -errno, "%s: %s", folder, strerror(errno));
	text_init(&output);
	int r = run(bird, path, deadline, &output);

	if (r == -ENOENT)
		r = BIRDFILES_CHECK_OK;
	else if (r == -ETIMEDOUT)
		err_set(err, r, "%s -p: not done within %d ms; the old files stay", bird,
			timeout_ms);
	else if (r < 0)
		err_set(err, r, "%s -p: %s; the old files stay", bird, strerror(-r));
	else if (!WIFEXITED(r) || WEXITSTATUS(r) != 0) {
		words(text_str(&output), path, err);
		r = BIRDFILES_CHECK_REFUSED;
	}
	text_done(&output);
	return r;
}

#include "edge/statussock.h"

#include "base/mono.h"
#include "base/text.h"
#include "edge/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

char *status_path(struct arena *a, const char *site)
{
	return arena_printf(a, "/run/grix/%s.sock", site);
}

static int fill_address(const char *path, struct sockaddr_un *sun, struct err *err)
{
	*sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(sun->sun_path))
		return err_set(err, -ENAMETOOLONG, "%s: a socket's path has at most %zu bytes",
			       path, sizeof(sun->sun_path) - 1);
	memcpy(sun->sun_path, path, strlen(path));
	return 0;
}

/* ---- client ---- */

static int refused(const char *path, int e, struct err *err)
{
	switch (e) {
	case ENOENT:
	case ECONNREFUSED:
		return err_set(err, -e,
			       "%s: no agent answers there; start grix-agent, or name its "
			       "socket with --socket",
			       path);
	case EACCES:
	case EPERM:
		return err_set(err, -EACCES,
			       "%s: permission denied; ask as root or as a member of the "
			       "socket's group",
			       path);
	default:
		return err_set(err, -e, "%s: %s", path, strerror(e));
	}
}

static int wait_for(int fd, short events, uint64_t until)
{
	struct pollfd p = {.fd = fd, .events = events};
	uint64_t now = mono_now_ns();
	int ms = now >= until ? 0 : (int)((until - now) / NS_PER_MS) + 1;
	int n = poll(&p, 1, ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

static int read_all(int fd, uint64_t until, struct text *t)
{
	char buf[16384];

	for (;;) {
		int r = wait_for(fd, POLLIN, until);
		ssize_t n;

		if (r < 0)
			return r;
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == 0)
			return 0;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		/* The other end closed with our line unread: what came before is the answer. */
		if (n < 0 && errno == ECONNRESET && t->len > 0)
			return 0;
		if (n < 0)
			return -errno;
		text_add(t, buf, (size_t)n);
		if (t->len > STATUS_ANSWER_MAX)
			return -EMSGSIZE;
	}
}

static int ask(int fd, const struct sockaddr_un *sun, uint64_t until, struct text *t)
{
	static const char line[] = "status\n";

	while (connect(fd, (const void *)sun, sizeof(*sun)) < 0) {
		/* A full backlog of a unix socket says EAGAIN, and poll() does not wait for it. */
		if (errno != EAGAIN)
			return -errno;
		if (mono_now_ns() >= until)
			return -ETIMEDOUT;
		usleep(10000);
	}
	/* EPIPE: it answers without being asked, and has closed already. */
	if (send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		return -errno;
	return read_all(fd, until, t);
}

int status_fetch(const char *path, int timeout_ms, struct arena *a, char **ret, size_t *len,
		 struct err *err)
{
	uint64_t until = mono_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	struct sockaddr_un sun;
	struct text t;
	int r = fill_address(path, &sun, err);
	int fd;

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	text_init(&t);
	r = ask(fd, &sun, until, &t);
	if (r == -ETIMEDOUT)
		err_set(err, r, "%s: the agent did not answer within %d ms", path, timeout_ms);
	else if (r < 0)
		refused(path, -r, err);
	else if (t.len == 0)
		r = err_set(err, -ECONNRESET, "%s: the agent closed without an answer; try again",
			    path);
	if (r == 0) {
		*ret = arena_strndup(a, text_str(&t), t.len);
		*len = t.len;
	}
	text_done(&t);
	close(fd);
	return r;
}

/* ---- server ---- */

/* The lock file stays behind on purpose: removing it would let two agents lock two files. */
static int take_lock(const char *path, struct err *err)
{
	char lock[sizeof(((struct status_listener *)0)->path) + 8];
	int fd, e;

	snprintf(lock, sizeof(lock), "%s.lock", path);
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(err, -errno,
			       "%s: %s; the agent must be able to write its socket's folder", lock,
			       strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	e = errno;
	close(fd);
	if (e == EWOULDBLOCK)
		return err_set(err, -EADDRINUSE,
			       "%s: another grix-agent runs with this socket; stop it, "
			       "or name another socket with --socket",
			       path);
	return err_set(err, -e, "%s: %s", lock, strerror(e));
}

static int make_socket(const char *path, const struct sockaddr_un *sun, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int e;

	if (fd < 0)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	/* Nobody else has the lock, so what stands there is left over. */
	unlink(path);
	mask = umask(0117);
	e = bind(fd, (const void *)sun, sizeof(*sun)) < 0 ? errno : 0;
	umask(mask);
	if (e == 0 && listen(fd, 64) == 0)
		return fd;
	e = e ? e : errno;
	close(fd);
	return err_set(err, -e, "%s: cannot serve the status there: %s", path, strerror(e));
}

int status_listen(const char *path, struct err *err, struct status_listener *ret)
{
	struct status_listener l = {.fd = -1, .lock = -1};
	struct sockaddr_un sun;
	int r = fill_address(path, &sun, err);

	if (r == 0)
		r = folder_make_for(path, err);
	if (r < 0)
		return r;
	l.lock = take_lock(path, err);
	if (l.lock < 0)
		return l.lock;
	l.fd = make_socket(path, &sun, err);
	if (l.fd < 0) {
		close(l.lock);
		return l.fd;
	}
	snprintf(l.path, sizeof(l.path), "%s", path);
	*ret = l;
	return 0;
}

void status_unlisten(struct status_listener *l)
{
	if (l->fd < 0)
		return;
	unlink(l->path);
	close(l->fd);
	close(l->lock);
	l->fd = l->lock = -1;
}

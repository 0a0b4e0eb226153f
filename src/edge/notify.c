#include "edge/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static uint64_t watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	/* Meant for another process of the same service. */
	if (pid && strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	return usec ? strtoull(usec, NULL, 10) * 1000 : 0;
}

int notify_open(struct err *err, struct notify *ret)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	socklen_t len;

	*ret = (struct notify){.fd = -1};
	if (!path || !*path)
		return 0;
	if (strlen(path) >= sizeof(sun.sun_path) || (*path != '/' && *path != '@'))
		return err_set(err, -EINVAL, "NOTIFY_SOCKET=%s is not a socket's path", path);
	memcpy(sun.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (*path == '@') /* abstract: the name starts with a NUL byte */
		sun.sun_path[0] = '\0';
	ret->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret->fd < 0)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	if (connect(ret->fd, (void *)&sun, len) < 0) {
		int e = errno;

		notify_close(ret);
		return err_set(err, -e, "NOTIFY_SOCKET=%s: %s", path, strerror(e));
	}
	ret->watchdog_ns = watchdog();
	return 0;
}

void notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

int notify_send(const struct notify *n, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int len;

	if (n->fd < 0)
		return 0;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(text))
		len = sizeof(text) - 1;
	return send(n->fd, text, (size_t)len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

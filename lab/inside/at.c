/*
 * at - run a command at one site of the lab, as if on a host of its own
 *   at SITE COMMAND [ARG...]
 * The site's network namespace, its own host name, and its own /run/grix and /run/bird, so that
 * grix and birdc find this site's agent and BIRD without being told where. One program and not
 * "ip netns exec" with mounts around it: each fork and exec costs 25 ms in user-mode-linux.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define LAB "/run/grix-lab"

static _Noreturn void fail(int code, const char *what, const char *of)
{
	fprintf(stderr, "at: %s %s: %s\n", what, of, strerror(errno));
	exit(code);
}

static void enter_network(const char *site)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", site);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(64, "no such site:", site);
	if (setns(fd, CLONE_NEWNET) != 0)
		fail(1, "cannot enter", path);
	close(fd);
}

/* The site's LAB/SITE/FOLDER lies over TARGET; a site that was not given one keeps what is there. */
static void lay_over(const char *site, const char *folder, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), LAB "/%s/%s", site, folder);
	if (mount(path, target, NULL, MS_BIND, NULL) != 0 && errno != ENOENT)
		fail(1, "cannot mount", path);
}

int main(int argc, char **argv)
{
	if (argc < 3 || strchr(argv[1], '/')) {
		fputs("usage: at SITE COMMAND [ARG...]\n", stderr);
		return 64;
	}
	enter_network(argv[1]);
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) != 0)
		fail(1, "cannot make namespaces for", argv[1]);
	if (mount("", "/", NULL, MS_SLAVE | MS_REC, NULL) != 0)
		fail(1, "cannot detach", "/");
	lay_over(argv[1], "grix", "/run/grix");
	lay_over(argv[1], "bird", "/run/bird");
	if (mount("sys", "/sys", "sysfs", 0, NULL) != 0)
		fail(1, "cannot mount", "/sys");
	if (sethostname(argv[1], strlen(argv[1])) != 0)
		fail(1, "cannot set host name", argv[1]);
	execvp(argv[2], argv + 2);
	fail(127, "cannot run", argv[2]);
}

#include "edge/changes.h"

#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* An editor replaces the file, so its folder is watched, not the file. */
static void folder_of(const char *path, char ret[PATH_MAX])
{
	struct stat st;
	char *slash;

	snprintf(ret, PATH_MAX, "%s", path);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return;
	slash = strrchr(ret, '/');
	if (!slash)
		snprintf(ret, PATH_MAX, ".");
	else
		slash[slash == ret] = '\0';
}

int changes_open(const char *path, struct err *err)
{
	char dir[PATH_MAX];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	int e;

	if (fd < 0)
		return err_set(err, -errno, "inotify: %s", strerror(errno));
	folder_of(path, dir);
	if (inotify_add_watch(fd, dir,
			      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB |
				      IN_DELETE_SELF | IN_MOVE_SELF) >= 0)
		return fd;
	e = errno;
	close(fd);
	return err_set(err, -e, "cannot watch %s: %s", dir, strerror(e));
}

bool changes_drain(int fd)
{
	char buf[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool any = false;

	while (read(fd, buf, sizeof(buf)) > 0)
		any = true;
	return any;
}

static uint64_t mix(uint64_t h, const char *name, const struct stat *st)
{
	struct {
		uint64_t before, name, inode, size;
		int64_t sec, nsec, csec, cnsec;
	} v = {
		.before = h,
		.name = hash_str(name),
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.sec = st->st_mtim.tv_sec,
		.nsec = st->st_mtim.tv_nsec,
		.csec = st->st_ctim.tv_sec,
		.cnsec = st->st_ctim.tv_nsec,
	};

	return hash_bytes(&v, sizeof(v));
}

static uint64_t mix_folder(DIR *d)
{
	const struct dirent *e;
	uint64_t sum = 0;
	struct stat st;

	/* A sum, since readdir() promises no order. */
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n < 4 || strcmp(e->d_name + n - 4, ".cfg") != 0)
			continue;
		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0)
			sum += mix(1, e->d_name, &st);
	}
	return sum;
}

uint64_t changes_fingerprint(const char *path)
{
	struct stat st;
	uint64_t sum;
	DIR *d;

	if (stat(path, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return mix(2, "", &st) | 1;
	d = opendir(path);
	if (!d)
		return 0;
	sum = mix_folder(d);
	closedir(d);
	return sum | 1;
}

#include "edge/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_BYTES_MAX = 16 << 20,
	FOLDER_BYTES_MAX = 64 << 20,
	FOLDER_FILES_MAX = 20000,
};

struct reading {
	struct arena *arena;
	struct faults *faults;
	struct peerlist_text *files;
	size_t n, room, bytes;
	bool faulty;
};

static void __attribute__((format(printf, 3, 4)))
complain(struct reading *r, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	faults_add(r->faults, (struct origin){name, 0}, NULL, "%s",
		   arena_vprintf(r->arena, fmt, ap));
	va_end(ap);
	r->faulty = true;
}

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	}
	return "no file";
}

static void add_text(struct reading *r, const char *name, const char *text, size_t len)
{
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 16;
		struct peerlist_text *files = arena_array(r->arena, room, sizeof(*files));

		if (r->n)
			memcpy(files, r->files, r->n * sizeof(*files));
		r->files = files;
		r->room = room;
	}
	r->files[r->n++] = (struct peerlist_text){name, text, len};
}

/* Reads on until the end: a file may grow while it is read. Return: bytes, or negative errno. */
static ssize_t read_whole(int fd, char *buf, size_t room)
{
	size_t len = 0;

	while (len < room) {
		ssize_t n = read(fd, buf + len, room - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static void read_text(struct reading *r, const char *name, int fd, off_t size)
{
	if (size > FILE_BYTES_MAX) {
		complain(r, name, "is larger than %d MiB, that is no peer list",
			 FILE_BYTES_MAX >> 20);
		return;
	}
	if (r->bytes + (size_t)size > FOLDER_BYTES_MAX) {
		complain(r, name, "not read: the folder holds more than %d MiB",
			 FOLDER_BYTES_MAX >> 20);
		return;
	}
	/* one byte more than it had, to see whether it grew */
	char *text = arena_alloc(r->arena, (size_t)size + 1);
	ssize_t len = read_whole(fd, text, (size_t)size + 1);

	if (len < 0)
		complain(r, name, "cannot be read: %s", strerror((int)-len));
	else if (len > size)
		complain(r, name, "grew while it was read, try again");
	else
		add_text(r, name, text, (size_t)len);
	r->bytes += (size_t)size;
}

static void cannot_open(struct reading *r, const char *name, int code)
{
	char target[256];
	ssize_t n = code == ENOENT ? readlink(name, target, sizeof(target)) : -1;

	if (n >= 0)
		complain(r, name, "is a symbolic link to %.*s, which does not exist", (int)n,
			 target);
	else if (code == ENOENT)
		complain(r, name, "does not exist, name the file or the folder of the peer list");
	else
		complain(r, name, "cannot be read: %s", strerror(code));
}

/* Opens what @path leads to unless that is no regular file; a pipe without a writer never blocks. */
static void read_file(struct reading *r, const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) < 0) {
		cannot_open(r, path, errno);
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		complain(r, path, "is %s, a peer list is made of text files", kind(st.st_mode));
		return;
	}
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		cannot_open(r, path, errno);
		return;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		complain(r, path, "changed while it was opened, try again");
	else
		read_text(r, path, fd, st.st_size);
	close(fd);
}

/* Not the droppings of editors: .alpha.cfg.swp, .#alpha.cfg, alpha.cfg~ */
static int is_wanted(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot && strcmp(dot, ".cfg") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* not by locale: the same order everywhere */
}

static void read_folder(struct reading *r, const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, is_wanted, by_bytes);
	size_t len = strlen(path);

	if (n < 0) {
		cannot_open(r, path, errno);
		return;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (n == 0)
		complain(r, path,
			 "holds no *.cfg, a peer list has fabric.cfg and one file a member");
	if (n > FOLDER_FILES_MAX)
		complain(r, path, "holds more than %d files", FOLDER_FILES_MAX);
	for (int i = 0; i < n; i++) {
		if (n <= FOLDER_FILES_MAX)
			read_file(r,
				  arena_printf(r->arena, "%.*s%s%s", (int)len, path,
					       path[len - 1] == '/' ? "" : "/", names[i]->d_name));
		free(names[i]);
	}
	free(names);
}

int file_read_peers(const char *path, struct arena *a, struct faults *faults,
		    struct peerlist_text **files, size_t *n)
{
	struct reading r = {.arena = a, .faults = faults};
	struct stat st;

	path = arena_strdup(a, path);
	if (stat(path, &st) < 0)
		cannot_open(&r, path, errno);
	else if (S_ISDIR(st.st_mode))
		read_folder(&r, path);
	else
		read_file(&r, path);
	*files = r.files;
	*n = r.n;
	return r.faulty ? PEERLIST_FAULTY : 0;
}

int file_load_peers(const char *path, struct faults *faults, struct peerlist **ret)
{
	struct arena *a = arena_new();
	struct peerlist *list = NULL;
	struct peerlist_text *files;
	size_t n;
	int faulty = file_read_peers(path, a, faults, &files, &n);

	/* what could be read is parsed all the same: the user sees every fault in one run */
	if ((n > 0 || !faulty) && peerlist_parse(files, n, faults, &list) != 0)
		faulty = PEERLIST_FAULTY;
	arena_free(a);
	if (faulty)
		peerlist_free(list);
	else
		*ret = list;
	return faulty;
}

/* --- writing --------------------------------------------------------------------------------- */

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_new(const char *path, const char *text, size_t len, struct err *err)
{
	/* what an earlier crash left there is nobody's; O_EXCL follows no symlink */
	if (unlink(path) < 0 && errno != ENOENT)
		return err_set(err, -errno, "%s cannot be removed: %s", path, strerror(errno));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_set(err, -errno, "%s cannot be written: %s", path, strerror(errno));
	int r = write_all(fd, text, len);

	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0) {
		err_set(err, r, "%s cannot be written: %s", path, strerror(-r));
		unlink(path);
	}
	return r;
}

/* So that the rename itself survives a power cut. */
static int sync_folder(const char *path, struct err *err)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno, "%s cannot be opened: %s", folder, strerror(errno));
	int r = fsync(fd) < 0 ? -errno : 0;

	close(fd);
	/* some file systems know no fsync of a folder */
	if (r < 0 && r != -EINVAL)
		return err_set(err, r, "%s cannot be synced: %s", folder, strerror(-r));
	return 0;
}

int file_write(const char *path, const char *text, size_t len, struct err *err)
{
	char aside[4096];
	int n = snprintf(aside, sizeof(aside), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(aside))
		return err_set(err, -ENAMETOOLONG, "%.100s...: the path is too long", path);
	int r = write_new(aside, text, len, err);

	if (r < 0)
		return r;
	if (rename(aside, path) < 0) {
		r = err_set(err, -errno, "%s cannot be replaced: %s", path, strerror(errno));
		unlink(aside);
		return r;
	}
	return sync_folder(path, err);
}

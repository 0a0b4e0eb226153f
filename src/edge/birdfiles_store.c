/* birdfiles_store - see birdfiles_store.h */
#include "edge/birdfiles_store.h"

#include "base/hash.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_TRIES = 100, LOCK_WAIT_MS = 100, NAMES_MAX = 100 };

static const char stage_name[] = ".new", marker_name[] = "99-generation.conf", none_name[] = "none";

static bool is_generation(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef-");

	return strcmp(name, none_name) == 0 || (n >= 16 && n < GENERATION_NAME && !name[n]);
}

static int lock(struct birdstore *s, struct err *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(s->fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(err, -errno, "%s: lock: %s", s->dir, strerror(errno));
		poll(NULL, 0, LOCK_WAIT_MS);
	}
	return err_set(err, -EBUSY,
		       "%s: another grix has been writing here for %d s; is one stuck?", s->dir,
		       LOCK_TRIES * LOCK_WAIT_MS / 1000);
}

static int open_dir(struct birdstore *s, bool make, struct err *err)
{
	s->fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0 && errno == ENOENT && make) {
		if (mkdir(s->dir, 0755) < 0 || chmod(s->dir, 0755) < 0)
			return err_set(err, -errno, "%s: cannot make this folder: %s", s->dir,
				       strerror(errno));
		s->fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (s->fd >= 0)
		return lock(s, err);
	if (errno == ENOENT && !make)
		return 0;
	return err_set(err, -errno, "%s: %s", s->dir, strerror(errno));
}

static bool is_empty_folder(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return d && n <= 2;
}

static int not_ours(const struct birdstore *s, const char *what, struct err *err)
{
	return err_set(
		err, -EEXIST,
		"%s: %s is there that grix did not make; move it away, or name another folder",
		s->link, what);
}

/* Where the link leads, when it is one of ours. */
static int read_link(struct birdstore *s, struct err *err)
{
	char to[PATH_MAX];
	ssize_t n = readlink(s->link, to, sizeof(to) - 1);
	int code = n < 0 ? errno : 0;
	size_t base = strlen(s->base);

	if (code == ENOENT)
		return 0;
	if (code == EINVAL) {
		s->folder = is_empty_folder(s->link);
		return s->folder ? 0 : not_ours(s, "something", err);
	}
	if (code)
		return err_set(err, -code, "%s: %s", s->link, strerror(code));
	to[n] = '\0';
	if (strncmp(to, s->base, base) != 0 || to[base] != '/' || !is_generation(to + base + 1))
		return not_ours(s, "a link", err);
	snprintf(s->current, sizeof(s->current), "%s", to + base + 1);
	return 0;
}

int birdstore_open(struct birdstore *s, const char *link, bool make, struct err *err)
{
	size_t n = strlen(link);

	while (n > 1 && link[n - 1] == '/')
		n--;
	*s = (struct birdstore){.arena = arena_new(), .fd = -1};
	s->link = arena_strndup(s->arena, link, n);
	s->dir = arena_printf(s->arena, "%s.d", s->link);
	s->base = strrchr(s->dir, '/') ? strrchr(s->dir, '/') + 1 : s->dir;
	s->stage = arena_printf(s->arena, "%s/%s", s->dir, stage_name);
	/* what stands in the way is said before anything is made */
	int r = read_link(s, err);

	if (r == 0)
		r = open_dir(s, make, err);
	s->current[0] = '\0';
	s->folder = false;
	if (r == 0)
		r = read_link(s, err); /* again: another one may have held the lock */
	if (r)
		birdstore_done(s);
	return r;
}

void birdstore_done(struct birdstore *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	arena_cleanup(&s->arena);
}

static char *marker_text(const char *name, char buf[128])
{
	snprintf(buf, 128,
		 "# Tells which files a running BIRD has loaded.\ndefine gx_generation = \"%s\";\n",
		 name);
	return buf;
}

/* Whether file @name in folder @dir has exactly these bytes. */
static bool file_is(int dir, const char *name, const char *text, size_t len)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char buf[16384];
	size_t at = 0;
	bool same = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0 &&
		    (size_t)st.st_size == len;

	while (same && at < len) {
		ssize_t n = read(fd, buf, sizeof(buf));

		same = n > 0 && (size_t)n <= len - at && memcmp(buf, text + at, (size_t)n) == 0;
		at += same ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return same;
}

static int open_generation(const struct birdstore *s, const char *name)
{
	if (s->fd < 0 || !name[0])
		return -1;
	return openat(s->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Entries of a folder, without "." and "..". Takes over @fd. */
static size_t count_entries(int fd)
{
	DIR *d = fdopendir(fd);
	size_t n = 0;

	if (!d) {
		close(fd);
		return 0;
	}
	while (readdir(d))
		n++;
	closedir(d);
	return n < 2 ? 0 : n - 2;
}

bool birdstore_holds(const struct birdstore *s, const char *name, const struct bird_files *f)
{
	int dir = open_generation(s, name);
	char marker[128];

	if (dir < 0)
		return false;
	marker_text(name, marker);
	bool same = file_is(dir, marker_name, marker, strlen(marker));

	for (size_t i = 0; same && i < f->n; i++)
		same = file_is(dir, f->list[i].name, f->list[i].text, f->list[i].len);
	return count_entries(dir) == f->n + 1 && same;
}

static char *read_file(struct arena *a, int dir, const char *name, size_t *len)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *text = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*len = (size_t)st.st_size;
		text = arena_alloc(a, *len + 1);
		if (read(fd, text, *len) != st.st_size)
			text = NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

bool birdstore_same_file(const struct birdstore *s, const char *a, const char *b, const char *file)
{
	int old = open_generation(s, a), new = open_generation(s, b);
	struct arena *arena = arena_new();
	size_t len = 0;
	char *text = old >= 0 ? read_file(arena, old, file, &len) : NULL;
	bool same = text && new >= 0 && file_is(new, file, text, len);

	arena_free(arena);
	if (old >= 0)
		close(old);
	if (new >= 0)
		close(new);
	return same;
}

static bool is_wanted(const struct bird_files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return true;
	return false;
}

/* What is in folder @fd (taken over) and in nobody's wish. */
static void removed_names(int fd, const struct bird_files *f, struct text *ret)
{
	struct dirent **list;
	char path[64];

	/* through /proc: scandir() wants a path, and gives the names sorted */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int n = scandir(path, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' && strcmp(list[i]->d_name, marker_name) != 0 &&
		    !is_wanted(f, list[i]->d_name))
			text_printf(ret, "removed %s\n", list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	close(fd);
}

void birdstore_differ(const struct birdstore *s, const struct bird_files *f, struct text *ret)
{
	int dir = open_generation(s, s->current);

	for (size_t i = 0; i < f->n; i++) {
		const struct bird_file *file = &f->list[i];

		if (dir < 0 || faccessat(dir, file->name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			text_printf(ret, "new %s\n", file->name);
		else if (!file_is(dir, file->name, file->text, file->len))
			text_printf(ret, "changed %s\n", file->name);
	}
	if (dir >= 0)
		removed_names(dir, f, ret);
}

static uint64_t content_hash(const struct bird_files *f)
{
	uint64_t h = 0;

	for (size_t i = 0; i < f->n; i++) {
		uint64_t parts[3] = {h, hash_str(f->list[i].name),
				     hash_bytes(f->list[i].text, f->list[i].len)};

		h = hash_bytes(parts, sizeof(parts));
	}
	return h;
}

/* The name of the content; another one when something else has that name. */
static int choose_name(const struct birdstore *s, const struct bird_files *f,
		       char ret[GENERATION_NAME], bool *stands, struct err *err)
{
	uint64_t hash = content_hash(f);

	*stands = false;
	snprintf(ret, GENERATION_NAME, "%016" PRIx64, hash);
	for (int i = 2; i < NAMES_MAX; i++) {
		if (birdstore_holds(s, ret, f)) {
			*stands = true;
			return 0;
		}
		if (faccessat(s->fd, ret, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return 0;
		snprintf(ret, GENERATION_NAME, "%016" PRIx64 "-%d", hash, i);
	}
	return err_set(err, -EEXIST, "%s: full of folders named %016" PRIx64 "-N; remove them",
		       s->dir, hash);
}

static int write_file(int dir, const char *name, const char *text, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = 0;

	if (fd < 0)
		return -errno;
	while (r == 0 && len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			r = errno == EINTR ? 0 : -errno;
		else {
			text += n;
			len -= (size_t)n;
		}
	}
	/* BIRD runs as another user: readable whatever our umask is */
	if (r == 0 && fchmod(fd, 0644) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

/* Removes folder @name of the store and the files in it; it has no sub-folders. */
static void remove_folder(const struct birdstore *s, const char *name)
{
	int fd = openat(s->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(fd, e->d_name, 0);
	closedir(d);
	unlinkat(s->fd, name, AT_REMOVEDIR);
}

static int write_files(int dir, const char *name, const struct bird_files *f, const char **at)
{
	char marker[128];
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n; i++) {
		*at = f->list[i].name;
		r = write_file(dir, *at, f->list[i].text, f->list[i].len);
	}
	if (r)
		return r;
	*at = marker_name;
	marker_text(name, marker);
	return write_file(dir, marker_name, marker, strlen(marker));
}

int birdstore_stage(const struct birdstore *s, const struct bird_files *f,
		    char ret[GENERATION_NAME], bool *stands, struct err *err)
{
	const char *at = "";
	int r = choose_name(s, f, ret, stands, err);

	if (r || *stands)
		return r;
	remove_folder(s, stage_name);
	if (mkdirat(s->fd, stage_name, 0755) < 0 || fchmodat(s->fd, stage_name, 0755, 0) < 0)
		return err_set(err, -errno, "%s: cannot make this folder: %s; the old files stay",
			       s->stage, strerror(errno));
	int dir = openat(s->fd, stage_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	r = dir < 0 ? -errno : write_files(dir, ret, f, &at);
	if (dir >= 0)
		close(dir);
	if (r) {
		remove_folder(s, stage_name);
		return err_set(err, r, "%s/%s: %s; the old files stay", s->stage, at, strerror(-r));
	}
	return 0;
}

int birdstore_keep(const struct birdstore *s, const char *name, struct err *err)
{
	/* one sync for a thousand files; it also tells of writes that failed late */
	if (syncfs(s->fd) == 0 && renameat(s->fd, stage_name, s->fd, name) == 0 &&
	    fsync(s->fd) == 0)
		return 0;
	int r = -errno;

	remove_folder(s, stage_name);
	return err_set(err, r, "%s/%s: %s; the old files stay", s->dir, name, strerror(-r));
}

static int sync_parent(const struct birdstore *s)
{
	int fd = openat(s->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return r;
}

int birdstore_point(struct birdstore *s, const char *name, struct err *err)
{
	const char *to = name[0] ? name : none_name;
	const char *next = arena_printf(s->arena, "%s.new", s->link);

	if (!name[0] && ((mkdirat(s->fd, none_name, 0755) < 0 && errno != EEXIST) ||
			 fchmodat(s->fd, none_name, 0755, 0) < 0))
		return err_set(err, -errno, "%s/%s: %s", s->dir, none_name, strerror(errno));
	unlink(next);
	if (symlink(arena_printf(s->arena, "%s/%s", s->base, to), next) < 0)
		return err_set(err, -errno, "%s: cannot make this link: %s; the old files stay",
			       next, strerror(errno));
	if ((s->folder && rmdir(s->link) < 0) || rename(next, s->link) < 0) {
		int r = -errno;

		unlink(next);
		return err_set(err, r, "%s: cannot replace this link: %s; the old files stay",
			       s->link, strerror(-r));
	}
	s->folder = false;
	snprintf(s->current, sizeof(s->current), "%s", to);
	/* the swap is done; a disk that cannot sync it now shows the old link after a power cut */
	sync_parent(s);
	return 0;
}

void birdstore_clean(const struct birdstore *s)
{
	const char *next = arena_printf(s->arena, "%s.new", s->link);

	remove_folder(s, stage_name);
	if (faccessat(AT_FDCWD, next, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		unlink(next);
}

void birdstore_drop(const struct birdstore *s, const char *name)
{
	if (is_generation(name) && strcmp(name, s->current) != 0)
		remove_folder(s, name);
}

bool birdstore_has(const struct birdstore *s, const char *name)
{
	int fd = is_generation(name) ? open_generation(s, name) : -1;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void birdstore_prune(const struct birdstore *s, const char *keep, const char *keep_too)
{
	int fd = openat(s->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d));)
		if (is_generation(e->d_name) && strcmp(e->d_name, keep) != 0 &&
		    strcmp(e->d_name, keep_too) != 0)
			remove_folder(s, e->d_name);
	closedir(d);
}

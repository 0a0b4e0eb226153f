/* test_birdfiles - generations on disk: what a crash, a full disk or a stranger leaves behind */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/birdfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES_MAX = 64 };

struct place {
	char root[64], dir[80], store[88];
	struct birdfiles_conf conf;
	struct bird_file list[FILES_MAX];
	struct bird_files files;
};

static void put(struct place *p, const char *name, const char *text)
{
	size_t i = 0;

	while (i < p->files.n && strcmp(p->list[i].name, name) != 0)
		i++;
	assert_true(i < FILES_MAX);
	p->list[i] = (struct bird_file){.name = name, .text = text, .len = strlen(text)};
	p->files.n = i < p->files.n ? p->files.n : i + 1;
}

static void place_init(struct place *p)
{
	*p = (struct place){.files = {.list = NULL}};
	p->files.list = p->list;
	strcpy(p->root, "/tmp/test_birdfiles.XXXXXX");
	assert_non_null(mkdtemp(p->root));
	snprintf(p->dir, sizeof(p->dir), "%s/grix", p->root);
	snprintf(p->store, sizeof(p->store), "%s/grix.d", p->root);
	p->conf = (struct birdfiles_conf){.dir = p->dir};
	put(p, "00-shared.conf", "define gx_a = 1;\n");
	put(p, "peer-fra.conf", "# fra\n");
}

/* Two levels are enough for what is made here. */
static void remove_below(const char *path)
{
	DIR *d = opendir(path);
	char sub[512];

	for (struct dirent *e; d && (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		if (unlink(sub) < 0)
			remove_below(sub);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static void place_done(struct place *p)
{
	remove_below(p->root);
	assert_int_equal(access(p->root, F_OK), -1);
}

static int apply(struct place *p, struct err *err)
{
	struct err own = {""};

	return birdfiles_apply(&p->conf, &p->files, err ? err : &own);
}

/* What BIRD would read: the bytes of a file behind the link. */
static const char *seen(const struct place *p, const char *name)
{
	static char text[4096];
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static size_t entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n < 2 ? 0 : n - 2;
}

static void the_first_set_is_written_behind_a_link(void **state)
{
	struct place p;
	struct stat st;
	char to[256] = "";

	place_init(&p);
	umask(077);
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	umask(022);
	assert_string_equal(seen(&p, "00-shared.conf"), "define gx_a = 1;\n");
	assert_string_equal(seen(&p, "peer-fra.conf"), "# fra\n");
	assert_true(readlink(p.dir, to, sizeof(to) - 1) > 0);
	assert_memory_equal(to, "grix.d/", 7);
	assert_non_null(strstr(seen(&p, "99-generation.conf"), to + 7));
	assert_int_equal(stat(p.dir, &st), 0); /* through the link: BIRD is another user */
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(entries(p.dir), 3);
	assert_int_equal(entries(p.root), 2);
	place_done(&p);
}

static void the_same_set_again_writes_nothing(void **state)
{
	struct stat root, store, link;
	struct place p;

	place_init(&p);
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_int_equal(stat(p.root, &root), 0);
	assert_int_equal(stat(p.store, &store), 0);
	assert_int_equal(lstat(p.dir, &link), 0);
	assert_int_equal(apply(&p, NULL), BIRDFILES_SAME);
	struct stat root2, store2, link2;

	assert_int_equal(stat(p.root, &root2), 0);
	assert_int_equal(stat(p.store, &store2), 0);
	assert_int_equal(lstat(p.dir, &link2), 0);
	assert_memory_equal(&root.st_mtim, &root2.st_mtim, sizeof(root.st_mtim));
	assert_memory_equal(&store.st_mtim, &store2.st_mtim, sizeof(store.st_mtim));
	assert_int_equal(link.st_ino, link2.st_ino);
	place_done(&p);
}

static void only_the_last_generation_is_kept_beside_the_current(void **state)
{
	static const char *const texts[] = {"# 1\n", "# 2\n", "# 3\n", "# 4\n"};
	struct place p;

	place_init(&p);
	for (size_t i = 0; i < 4; i++) {
		put(&p, "peer-fra.conf", texts[i]);
		assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
		assert_string_equal(seen(&p, "peer-fra.conf"), texts[i]);
		assert_int_equal(entries(p.store), i ? 2 : 1);
	}
	put(&p, "peer-fra.conf", texts[2]); /* the previous one again: it still stands */
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_string_equal(seen(&p, "peer-fra.conf"), texts[2]);
	assert_int_equal(entries(p.store), 2);
	place_done(&p);
}

static void differences_are_named_before_anything_is_done(void **state)
{
	struct arena *a = arena_new();
	struct err err = {""};
	char *text = NULL;
	struct place p;

	place_init(&p);
	assert_int_equal(birdfiles_differ(&p.conf, &p.files, a, &text, &err), 0);
	assert_string_equal(text, "new 00-shared.conf\nnew peer-fra.conf\n");
	assert_int_equal(entries(p.root), 0);
	put(&p, "peer-old.conf", "# old\n");
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_int_equal(birdfiles_differ(&p.conf, &p.files, a, &text, &err), 0);
	assert_string_equal(text, "");
	p.files.n--;
	put(&p, "peer-new.conf", "# new\n");
	put(&p, "peer-fra.conf", "# other\n");
	assert_int_equal(birdfiles_differ(&p.conf, &p.files, a, &text, &err), 0);
	assert_string_equal(text,
			    "changed peer-fra.conf\nnew peer-new.conf\nremoved peer-old.conf\n");
	arena_free(a);
	place_done(&p);
}

static void write_at(const struct place *p, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void an_edit_by_hand_is_replaced(void **state)
{
	struct place p;
	char path[256];

	place_init(&p);
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	write_at(&p, "peer-fra.conf", "# mine\n");
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_string_equal(seen(&p, "peer-fra.conf"), "# fra\n");
	write_at(&p, "zz-extra.conf", "# mine\n");
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_null(seen(&p, "zz-extra.conf"));
	snprintf(path, sizeof(path), "%s/00-shared.conf", p.dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_string_equal(seen(&p, "00-shared.conf"), "define gx_a = 1;\n");
	assert_int_equal(apply(&p, NULL), BIRDFILES_SAME);
	place_done(&p);
}

static void what_somebody_else_made_is_left_alone(void **state)
{
	struct err err = {""};
	struct place p;

	place_init(&p);
	assert_int_equal(mkdir(p.dir, 0755), 0);
	write_at(&p, "peers.conf", "# somebody's\n");
	assert_int_equal(apply(&p, &err), -EEXIST);
	assert_non_null(strstr(err.text, p.dir));
	assert_string_equal(seen(&p, "peers.conf"), "# somebody's\n");
	assert_int_equal(entries(p.root), 1);
	remove_below(p.dir);
	assert_int_equal(symlink("/etc", p.dir), 0);
	assert_int_equal(apply(&p, &err), -EEXIST);
	assert_int_equal(unlink(p.dir), 0);
	assert_int_equal(symlink("grix.d/../../etc", p.dir), 0);
	assert_int_equal(apply(&p, &err), -EEXIST);
	assert_int_equal(unlink(p.dir), 0);
	assert_int_equal(close(open(p.dir, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)), 0);
	assert_int_equal(apply(&p, &err), -EEXIST);
	assert_int_equal(entries(p.root), 1);
	place_done(&p);
}

static void an_empty_folder_becomes_the_link(void **state)
{
	struct stat st;
	struct place p;

	place_init(&p);
	assert_int_equal(mkdir(p.dir, 0755), 0);
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_int_equal(lstat(p.dir, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	place_done(&p);
}

static void left_overs_are_cleaned_even_when_nothing_changed(void **state)
{
	char path[256];
	struct place p;

	place_init(&p);
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	snprintf(path, sizeof(path), "%s/.new", p.store);
	assert_int_equal(mkdir(path, 0755), 0);
	strcat(path, "/peer-fra.conf");
	assert_int_equal(close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)), 0);
	snprintf(path, sizeof(path), "%s.new", p.dir);
	assert_int_equal(symlink("grix.d/none", path), 0);
	assert_int_equal(apply(&p, NULL), BIRDFILES_SAME);
	assert_int_equal(entries(p.root), 2);
	assert_int_equal(entries(p.store), 1);
	place_done(&p);
}

static void a_file_that_bird_would_refuse_changes_nothing(void **state)
{
	struct err err = {""};
	struct place p;

	place_init(&p);
	p.conf.bird = "bird";
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	put(&p, "peer-fra.conf", "\nprotocol nonsense x { }\n");
	assert_int_equal(apply(&p, &err), BIRDFILES_REFUSED);
	assert_non_null(strstr(err.text, "bird -p: peer-fra.conf:2:"));
	assert_null(strstr(err.text, ".new"));
	assert_string_equal(seen(&p, "peer-fra.conf"), "# fra\n");
	assert_int_equal(entries(p.store), 1);
	place_done(&p);
}

/* An event loop in another thread may reap every child; then only bird's words are left. */
static void a_lost_exit_status_does_not_let_a_bad_file_pass(void **state)
{
	struct err err = {""};
	struct place p;

	place_init(&p);
	p.conf.bird = "bird";
	signal(SIGCHLD, SIG_IGN);
	int good = apply(&p, NULL);

	put(&p, "peer-fra.conf", "\nprotocol nonsense x { }\n");
	int bad = apply(&p, &err);

	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(good, BIRDFILES_WRITTEN);
	assert_int_equal(bad, BIRDFILES_REFUSED);
	assert_non_null(strstr(err.text, "bird -p: peer-fra.conf:2:"));
	place_done(&p);
}

static void a_host_without_the_program_is_not_checked(void **state)
{
	struct place p;

	place_init(&p);
	p.conf.bird = "no-such-bird-here";
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	place_done(&p);
}

static void a_check_that_never_ends_is_ended(void **state)
{
	struct err err = {""};
	char path[256];
	struct place p;

	place_init(&p);
	snprintf(path, sizeof(path), "%s/bird", p.root);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs("#!/bin/sh\nexec sleep 100\n", f);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
	p.conf.bird = path;
	p.conf.check_ms = 100;
	assert_int_equal(apply(&p, &err), -ETIMEDOUT);
	assert_int_equal(entries(p.store), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	place_done(&p);
}

/* A mount only this test sees. Return: whether this host lets us. */
static bool mount_here(const char *path, const char *options)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", path, "tmpfs", 0, options) < 0) {
		print_message("COULD NOT RUN: no mount namespace here: %s\n", strerror(errno));
		return false;
	}
	return true;
}

static void a_full_disk_keeps_the_old_set(void **state)
{
	static char big[100001];
	struct err err = {""};
	struct place p;

	place_init(&p);
	if (!mount_here(p.root, "size=64k,nr_inodes=64")) {
		place_done(&p);
		skip();
	}
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	memset(big, '#', sizeof(big) - 1);
	put(&p, "peer-big.conf", big);
	assert_int_equal(apply(&p, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "the old files stay"));
	assert_string_equal(seen(&p, "peer-fra.conf"), "# fra\n");
	assert_int_equal(entries(p.store), 1);
	assert_int_equal(entries(p.root), 2);
	assert_int_equal(umount(p.root), 0);
	place_done(&p);
}

static void a_read_only_disk_keeps_the_old_set(void **state)
{
	struct err err = {""};
	struct place p;

	place_init(&p);
	if (!mount_here(p.root, "size=64k")) {
		place_done(&p);
		skip();
	}
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	assert_int_equal(mount(NULL, p.root, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(apply(&p, NULL), BIRDFILES_SAME);
	put(&p, "peer-fra.conf", "# other\n");
	assert_int_equal(apply(&p, &err), -EROFS);
	assert_string_equal(seen(&p, "peer-fra.conf"), "# fra\n");
	assert_int_equal(umount(p.root), 0);
	place_done(&p);
}

/* Whatever was killed when: the link leads to one whole set, old or new, and the next call ends it. */
static void a_kill_at_any_moment_leaves_one_whole_set(void **state)
{
	static char names[FILES_MAX][16];
	static const char *const texts[] = {"# odd\n", "# even\n"};
	struct place p;

	place_init(&p);
	p.files.n = 0;
	for (size_t i = 0; i < FILES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "peer-%zu.conf", i);
		put(&p, names[i], texts[0]);
	}
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	for (int round = 1; round < 60; round++) {
		for (size_t i = 0; i < FILES_MAX; i++)
			put(&p, names[i], texts[round % 2]);
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			_exit(apply(&p, NULL) < 0);
		usleep((unsigned)(round * 97 % 60) * 100);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		char first[32];

		snprintf(first, sizeof(first), "%s", seen(&p, names[0]));
		for (size_t i = 0; i < FILES_MAX; i++)
			assert_string_equal(seen(&p, names[i]), first);
		assert_true(apply(&p, NULL) >= 0);
		assert_string_equal(seen(&p, names[3]), texts[round % 2]);
		assert_true(entries(p.store) <= 2);
		assert_int_equal(entries(p.root), 2);
	}
	place_done(&p);
}

static void two_at_once_take_turns(void **state)
{
	struct place p;

	place_init(&p);
	assert_int_equal(apply(&p, NULL), BIRDFILES_WRITTEN);
	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid > 0)
			continue;
		bool ok = true;

		for (int j = 0; j < 10; j++) {
			put(&p, "peer-fra.conf", j % 2 ? "# a\n" : "# b\n");
			ok = apply(&p, NULL) >= 0 && ok;
		}
		_exit(!ok);
	}
	for (int i = 0; i < 4; i++) {
		int status = -1;

		assert_true(waitpid(-1, &status, 0) > 0);
		assert_int_equal(status, 0);
	}
	assert_true(entries(p.store) <= 2);
	assert_int_equal(entries(p.root), 2);
	place_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_set_is_written_behind_a_link),
		cmocka_unit_test(the_same_set_again_writes_nothing),
		cmocka_unit_test(only_the_last_generation_is_kept_beside_the_current),
		cmocka_unit_test(differences_are_named_before_anything_is_done),
		cmocka_unit_test(an_edit_by_hand_is_replaced),
		cmocka_unit_test(what_somebody_else_made_is_left_alone),
		cmocka_unit_test(an_empty_folder_becomes_the_link),
		cmocka_unit_test(left_overs_are_cleaned_even_when_nothing_changed),
		cmocka_unit_test(a_file_that_bird_would_refuse_changes_nothing),
		cmocka_unit_test(a_lost_exit_status_does_not_let_a_bad_file_pass),
		cmocka_unit_test(a_host_without_the_program_is_not_checked),
		cmocka_unit_test(a_check_that_never_ends_is_ended),
		cmocka_unit_test(a_full_disk_keeps_the_old_set),
		cmocka_unit_test(a_read_only_disk_keeps_the_old_set),
		cmocka_unit_test(a_kill_at_any_moment_leaves_one_whole_set),
		cmocka_unit_test(two_at_once_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

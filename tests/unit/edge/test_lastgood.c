#include "edge/changes.h"
#include "edge/folder.h"
#include "edge/lastgood.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/test-lastgood-XXXXXX";
static char copy[64];

static const struct peerlist_text files[] = {
	{"peers/a.cfg", "one\n", 4},
	{"peers/b.cfg", "", 0},
	{"peers/c d.cfg", "file of 4 bytes: x\n\n\0z", 22},
};

static int set_up(void **state)
{
	strcpy(dir, "/tmp/test-lastgood-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(copy, sizeof(copy), "%s/deep/er/copy", dir);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void what_was_written_is_read_again(void **state)
{
	struct arena *a = arena_new();
	struct peerlist_text *back;
	struct err err;
	double written;
	size_t n;

	assert_int_equal(lastgood_write(copy, files, 3, &err), 0);
	assert_int_equal(lastgood_read(copy, a, &back, &n, &written, &err), 0);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(back[i].name, files[i].name);
		assert_int_equal(back[i].len, files[i].len);
		assert_memory_equal(back[i].text, files[i].text, files[i].len);
	}
	assert_true(written > 0);
	arena_free(a);
}

static void the_same_list_is_not_written_twice(void **state)
{
	struct stat before, after;
	struct err err;

	assert_int_equal(lastgood_write(copy, files, 3, &err), 0);
	assert_int_equal(stat(copy, &before), 0);
	assert_int_equal(lastgood_write(copy, files, 3, &err), 0);
	assert_int_equal(stat(copy, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(lastgood_write(copy, files, 2, &err), 0);
	assert_int_equal(stat(copy, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
}

static void a_cut_or_altered_copy_is_refused(void **state)
{
	struct arena *a = arena_new();
	struct peerlist_text *back;
	char whole[512];
	struct err err;
	double written;
	size_t n, len;
	FILE *f;

	assert_int_equal(lastgood_write(copy, files, 3, &err), 0);
	f = fopen(copy, "r");
	assert_non_null(f);
	len = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	for (size_t cut = 0; cut < len; cut++) {
		put(copy, whole, cut);
		assert_int_equal(lastgood_read(copy, a, &back, &n, &written, &err), -EBADMSG);
	}
	for (size_t at = 0; at < len; at++) {
		whole[at] ^= 1;
		put(copy, whole, len);
		whole[at] ^= 1;
		/* In the words of the first line alone a change does no harm. */
		if (lastgood_read(copy, a, &back, &n, &written, &err) == 0)
			assert_int_equal(n, 3);
	}
	assert_int_equal(lastgood_read(dir, a, &back, &n, &written, &err), -EBADMSG);
	unlink(copy);
	assert_int_equal(lastgood_read(copy, a, &back, &n, &written, &err), -ENOENT);
	arena_free(a);
}

static void a_changed_file_changes_the_fingerprint(void **state)
{
	char path[64], other[64];
	uint64_t one, two;

	snprintf(path, sizeof(path), "%s/a.cfg", dir);
	snprintf(other, sizeof(other), "%s/a.txt", dir);
	put(path, "x", 1);
	one = changes_fingerprint(dir);
	assert_int_not_equal(one, 0);
	assert_int_equal(changes_fingerprint(dir), one);
	put(other, "x", 1);
	assert_int_equal(changes_fingerprint(dir), one);
	put(path, "xy", 2);
	two = changes_fingerprint(dir);
	assert_int_not_equal(two, one);
	unlink(path);
	assert_int_not_equal(changes_fingerprint(dir), two);
	assert_int_equal(changes_fingerprint(path), 0);
}

static void a_new_file_wakes_who_watches_the_folder(void **state)
{
	char path[64];
	struct err err;
	int fd = changes_open(dir, &err);

	assert_true(fd >= 0);
	assert_false(changes_drain(fd));
	snprintf(path, sizeof(path), "%s/a.cfg", dir);
	put(path, "x", 1);
	assert_true(changes_drain(fd));
	assert_false(changes_drain(fd));
	close(fd);
}

static void folders_are_made_with_those_above(void **state)
{
	char path[64];
	struct err err;
	struct stat st;

	snprintf(path, sizeof(path), "%s/x/y/z", dir);
	assert_int_equal(folder_make(path, &err), 0);
	assert_int_equal(folder_make(path, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	snprintf(path, sizeof(path), "%s/file", dir);
	put(path, "", 0);
	snprintf(path, sizeof(path), "%s/file/below", dir);
	assert_int_equal(folder_make(path, &err), -ENOTDIR);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_written_is_read_again),
		T(the_same_list_is_not_written_twice),
		T(a_cut_or_altered_copy_is_refused),
		T(a_changed_file_changes_the_fingerprint),
		T(a_new_file_wakes_who_watches_the_folder),
		T(folders_are_made_with_those_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

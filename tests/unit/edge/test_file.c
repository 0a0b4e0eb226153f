/* A peer list on a disk that is not as it should be, and files that are never half written. */
#include "edge/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FABRIC "fabric = { name = \"x\"; lan4 = \"203.0.113.0/24\"; };\n"
#define MEMBER                                                                                     \
	"member = { asn = 1; name = \"A\"; sites = ( { name = \"a\"; id = 1; underlay4 = "         \
	"\"192.0.2.1\"; } ); };\n"

/* Every test stands in an empty folder of its own, so that names are short. */
static char folder[64];

static int enter_folder(void **state)
{
	strcpy(folder, "/tmp/grix-test-file-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 && mkdir("peers", 0755) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	char command[200];

	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", folder, folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void put_good_list(void)
{
	put("peers/fabric.cfg", FABRIC);
	put("peers/a.cfg", MEMBER);
}

/* @want: all faults, a line each; "" for a list with one member */
static void assert_loads(const char *path, const char *want)
{
	struct peerlist *l = NULL;
	struct faults f;
	char got[4096] = "", line[1024];

	faults_init(&f);
	alarm(10); /* a pipe that blocks must not block the tests */
	int r = file_load_peers(path, &f, &l);

	alarm(0);
	for (size_t i = 0; i < f.n; i++) {
		strncat(got, fault_line(&f.list[i], line, sizeof(line)),
			sizeof(got) - strlen(got) - 1);
		strncat(got, "\n", sizeof(got) - strlen(got) - 1);
	}
	assert_string_equal(got, want);
	assert_int_equal(r, *want ? PEERLIST_FAULTY : 0);
	assert_int_equal(l == NULL, *want != '\0');
	if (l)
		assert_int_equal(l->n_members, 1);
	peerlist_free(l);
	faults_done(&f);
}

static void a_folder_is_read(void **state)
{
	put_good_list();
	assert_loads("peers", "");
	assert_loads("peers/", "");
	assert_loads("./peers//", "");
}

static void a_single_file_is_read_whatever_its_name(void **state)
{
	put("list", FABRIC MEMBER);
	assert_loads("list", "");
}

static void the_folder_may_be_the_current_one(void **state)
{
	put_good_list();
	assert_int_equal(chdir("peers"), 0);
	assert_loads(".", "");
	assert_int_equal(chdir(".."), 0);
}

static void files_come_sorted_by_their_bytes(void **state)
{
	static const char *const want[] = {"peers/10.cfg", "peers/9.cfg", "peers/B.cfg",
					   "peers/a.cfg"};
	struct arena *a = arena_new();
	struct peerlist_text *files;
	struct faults f;
	size_t n;

	for (size_t i = 4; i > 0; i--)
		put(want[i - 1], "# x\n");
	faults_init(&f);
	assert_int_equal(file_read_peers("peers", a, &f, &files, &n), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(files[i].name, want[i]);
		assert_int_equal(files[i].len, 4);
		assert_memory_equal(files[i].text, "# x\n", 4);
	}
	faults_done(&f);
	arena_free(a);
}

static void what_editors_leave_behind_is_not_read(void **state)
{
	put_good_list();
	put("peers/.a.cfg.swp", "\1\2");
	put("peers/.b.cfg", "x");
	put("peers/a.cfg~", MEMBER);
	put("peers/#a.cfg#", MEMBER);
	put("peers/a.cfg.bak", MEMBER);
	put("peers/a.cfg.new", MEMBER);
	put("peers/README.md", "# peers\n");
	put("peers/cfg", "x");
	assert_int_equal(symlink("user@host.1234", "peers/.#a.cfg"), 0);
	assert_int_equal(mkdir("peers/.git", 0755), 0);
	assert_int_equal(mkdir("peers/old", 0755), 0);
	assert_loads("peers", "");
}

static void what_is_missing_is_named(void **state)
{
	assert_loads("nowhere",
		     "nowhere: does not exist, name the file or the folder of the peer list\n");
	assert_loads("nowhere/x",
		     "nowhere/x: does not exist, name the file or the folder of the peer "
		     "list\n");
	assert_loads("", ": does not exist, name the file or the folder of the peer list\n");
}

static void an_empty_folder_is_no_empty_list(void **state)
{
	assert_loads("peers",
		     "peers: holds no *.cfg, a peer list has fabric.cfg and one file a member\n");
	put("peers/README", "x");
	assert_loads("peers",
		     "peers: holds no *.cfg, a peer list has fabric.cfg and one file a member\n");
}

static void pipes_devices_and_folders_called_cfg_are_refused(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX, .sun_path = "peers/s.cfg"};
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	put_good_list();
	assert_int_equal(mkfifo("peers/p.cfg", 0644), 0);
	assert_int_equal(mkdir("peers/f.cfg", 0755), 0);
	assert_int_equal(symlink("/dev/zero", "peers/z.cfg"), 0);
	assert_int_equal(bind(s, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_loads("peers", "peers/f.cfg: is a folder, a peer list is made of text files\n"
			      "peers/p.cfg: is a pipe, a peer list is made of text files\n"
			      "peers/s.cfg: is a socket, a peer list is made of text files\n"
			      "peers/z.cfg: is a device, a peer list is made of text files\n");
	assert_loads("peers/p.cfg", "peers/p.cfg: is a pipe, a peer list is made of text files\n");
	assert_loads("/dev/null", "/dev/null: is a device, a peer list is made of text files\n");
	close(s);
}

static void links_are_followed_but_not_for_ever(void **state)
{
	put("fabric", FABRIC);
	put("peers/a.cfg", MEMBER);
	assert_int_equal(symlink("../fabric", "peers/fabric.cfg"), 0);
	assert_int_equal(symlink("peers", "link"), 0);
	assert_loads("link", "");
	assert_int_equal(symlink("loop.cfg", "peers/loop.cfg"), 0);
	assert_int_equal(symlink("nothing", "peers/gone.cfg"), 0);
	assert_loads("peers",
		     "peers/gone.cfg: is a symbolic link to nothing, which does not exist\n"
		     "peers/loop.cfg: cannot be read: Too many levels of symbolic links\n");
}

/* Root may read everything: give that up for the time of the call. */
static void a_file_without_permission_is_named_and_the_rest_is_read(void **state)
{
	bool root = geteuid() == 0;

	put_good_list();
	put("peers/b.cfg", "member = { asn = 0; };\n");
	assert_int_equal(chmod("peers/fabric.cfg", 0), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	assert_loads("peers",
		     "peers/b.cfg:1: member: asn: 0 is not an ASN, an ASN is a number from 1 to "
		     "4294967294\n"
		     "peers/b.cfg:1: member: has no name, write name = \"Alpha Networks\";\n"
		     "peers/b.cfg:1: member: has no sites, write sites = ( { ... } );\n"
		     "peers/fabric.cfg: cannot be read: Permission denied\n");
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod("peers", 0), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	assert_loads("peers", "peers: cannot be read: Permission denied\n");
	if (root)
		assert_int_equal(seteuid(0), 0);
}

static void a_file_of_100_megabytes_is_not_read(void **state)
{
	put_good_list();
	put("peers/big.cfg", "");
	assert_int_equal(truncate("peers/big.cfg", 100 << 20), 0);
	put("peers/fits.cfg", "");
	assert_int_equal(truncate("peers/fits.cfg", 16 << 20), 0);
	assert_loads("peers", "peers/big.cfg: is larger than 16 MiB, that is no peer list\n"
			      "peers/fits.cfg:1: holds a NUL byte: this is not a text file, or not "
			      "one in UTF-8\n");
}

static void a_folder_of_large_files_is_not_read_to_its_end(void **state)
{
	struct arena *a = arena_new();
	struct peerlist_text *files;
	struct faults f;
	char name[32];
	size_t n;

	for (int i = 1; i <= 6; i++) {
		snprintf(name, sizeof(name), "peers/%d.cfg", i);
		put(name, "");
		assert_int_equal(truncate(name, 16 << 20), 0);
	}
	faults_init(&f);
	assert_int_equal(file_read_peers("peers", a, &f, &files, &n), PEERLIST_FAULTY);
	assert_int_equal(n, 4);
	assert_int_equal(f.n, 2);
	assert_string_equal(f.list[0].file, "peers/5.cfg");
	assert_string_equal(f.list[0].text, "not read: the folder holds more than 64 MiB");
	faults_done(&f);
	arena_free(a);
}

/* --- writing --------------------------------------------------------------------------------- */

static void assert_holds(const char *path, const char *want)
{
	char buf[256] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(buf, want);
}

static void a_file_is_written_and_replaced(void **state)
{
	struct stat st;
	struct err err;

	assert_int_equal(file_write("x", "one\n", 4, &err), 0);
	assert_holds("x", "one\n");
	assert_int_equal(file_write("x", "2", 1, NULL), 0);
	assert_holds("x", "2");
	assert_int_equal(file_write("peers/x", "", 0, &err), 0);
	assert_holds("peers/x", "");
	assert_int_equal(stat("x", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(access("x.new", F_OK), -1);
}

static void what_a_crash_left_aside_is_in_nobodys_way(void **state)
{
	put("victim", "mine");
	put("x.new", "half a fi");
	assert_int_equal(file_write("x", "whole", 5, NULL), 0);
	assert_holds("x", "whole");
	assert_int_equal(symlink("victim", "x.new"), 0);
	assert_int_equal(file_write("x", "again", 5, NULL), 0);
	assert_holds("x", "again");
	assert_holds("victim", "mine");
}

static void the_old_file_stands_when_the_folder_is_missing_or_in_the_way(void **state)
{
	struct err err;

	assert_int_equal(file_write("nowhere/x", "a", 1, &err), -ENOENT);
	assert_string_equal(err.text, "nowhere/x.new cannot be written: No such file or directory");
	assert_int_equal(file_write("peers", "a", 1, &err), -EISDIR);
	assert_string_equal(err.text, "peers cannot be replaced: Is a directory");
	assert_int_equal(access("peers.new", F_OK), -1);
	assert_int_equal(mkdir("y.new", 0755), 0);
	put("y", "old");
	assert_int_equal(file_write("y", "new", 3, &err), -EISDIR);
	assert_holds("y", "old");
}

static void the_old_file_stands_when_the_disk_is_full(void **state)
{
	struct rlimit limit = {1000, RLIM_INFINITY};
	struct err err;
	char text[5000];

	memset(text, 'x', sizeof(text));
	put("x", "old");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int r = file_write("x", text, sizeof(text), &err);

	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(r, -EFBIG);
	assert_string_equal(err.text, "x.new cannot be written: File too large");
	assert_holds("x", "old");
	assert_int_equal(access("x.new", F_OK), -1);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	static char path[5000];
	struct err err;

	memset(path, 'a', sizeof(path) - 1);
	assert_int_equal(file_write(path, "a", 1, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, "the path is too long"));
}

/* Killed at any moment, the file holds the old text or the new one, never a part. */
static void killed_at_any_moment_it_is_the_old_or_the_new(void **state)
{
	enum { SIZE = 300000, KILLS = 15 };
	char *text = malloc(SIZE);

	assert_non_null(text);
	memset(text, 'a', SIZE);
	assert_int_equal(file_write("x", text, SIZE, NULL), 0);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			alarm(5);
		while (pid == 0)
			for (char c = 'b'; c < 'z'; c++) {
				memset(text, c, SIZE);
				file_write("x", text, SIZE, NULL);
			}
		usleep((useconds_t)(1000 + 700 * i));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		FILE *f = fopen("x", "r");

		assert_non_null(f);
		assert_int_equal(fread(text, 1, SIZE, f), SIZE);
		assert_int_equal(fgetc(f), EOF);
		fclose(f);
		for (size_t k = 1; k < SIZE; k++)
			assert_int_equal(text[k], text[0]);
	}
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_folder_is_read),
		TEST(a_single_file_is_read_whatever_its_name),
		TEST(the_folder_may_be_the_current_one),
		TEST(files_come_sorted_by_their_bytes),
		TEST(what_editors_leave_behind_is_not_read),
		TEST(what_is_missing_is_named),
		TEST(an_empty_folder_is_no_empty_list),
		TEST(pipes_devices_and_folders_called_cfg_are_refused),
		TEST(links_are_followed_but_not_for_ever),
		TEST(a_file_without_permission_is_named_and_the_rest_is_read),
		TEST(a_file_of_100_megabytes_is_not_read),
		TEST(a_folder_of_large_files_is_not_read_to_its_end),
		TEST(a_file_is_written_and_replaced),
		TEST(what_a_crash_left_aside_is_in_nobodys_way),
		TEST(the_old_file_stands_when_the_folder_is_missing_or_in_the_way),
		TEST(the_old_file_stands_when_the_disk_is_full),
		TEST(a_path_that_is_too_long_is_refused),
		TEST(killed_at_any_moment_it_is_the_old_or_the_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * render - BIRD's configuration on stdout, or as files
 */
#include "base/err.h"
#include "base/text.h"
#include "cmd/load.h"
#include "cmd/output.h"
#include "edge/file.h"
#include "render/bird.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_BYTES = 4096 };

static const char BIRD_CONF[] = "bird.conf";

static bool is_wanted(const struct bird_files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return true;
	return false;
}

/* The start of a file, NUL-terminated; "" when it cannot be read. */
static size_t read_start(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(buf, 1, size - 1, f) : 0;

	if (f)
		fclose(f);
	buf[n] = '\0';
	return n;
}

/* Every generated file names our symbols right at its start. */
static bool is_ours(const char *path)
{
	char start[LOOK_BYTES];

	return read_start(path, start, sizeof(start)) > 0 && strstr(start, "gx_");
}

static bool holds(const char *path, const char *text, size_t length)
{
	char *have = malloc(length + 2);

	if (!have)
		abort();
	bool same = read_start(path, have, length + 2) == length && memcmp(have, text, length) == 0;

	free(have);
	return same;
}

/* A bird.conf is somebody's work from the moment it is written: it is never replaced. */
static bool is_in_the_way(const char *path, const char *name, const char *text, size_t length)
{
	struct stat st;

	if (lstat(path, &st) != 0 || st.st_size == 0)
		return false;
	return strcmp(name, BIRD_CONF) == 0 ? !holds(path, text, length) : !is_ours(path);
}

static int write_file(const struct call *c, const char *dir, const char *name, const char *text,
		      size_t length)
{
	struct text path;
	struct err err;
	int code = 0;

	text_init(&path);
	text_printf(&path, "%s/%s", dir, name);
	if (is_in_the_way(text_str(&path), name, text, length))
		code = output_error(c, EXIT_FAILED,
				    "%s is there already and is not replaced: move it away, or "
				    "write elsewhere with --output",
				    text_str(&path));
	else if (file_write(text_str(&path), text, length, &err) < 0)
		code = output_error(c, EXIT_FAILED, "%s", err.text);
	else if (!call_has(c, OPT_JSON))
		printf("wrote %s\n", text_str(&path));
	text_done(&path);
	return code;
}

static int remove_one(const struct call *c, const char *dir, const char *name)
{
	struct text path;
	int code = 0;

	text_init(&path);
	text_printf(&path, "%s/%s", dir, name);
	if (!is_ours(text_str(&path)))
		code = 0; /* somebody else's, by the same pattern */
	else if (unlink(text_str(&path)) != 0)
		code = output_error(c, EXIT_FAILED, "cannot remove %s: %s", text_str(&path),
				    strerror(errno));
	else if (!call_has(c, OPT_JSON))
		printf("removed %s\n", text_str(&path));
	text_done(&path);
	return code;
}

/* bird.conf includes the folder with a glob: a peer that left must not stay in it. */
static int remove_left(const struct call *c, const char *dir, const struct bird_files *f)
{
	DIR *d = opendir(dir);
	int code = 0;

	if (!d)
		return output_error(c, EXIT_FAILED, "%s: %s", dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d)) && code == 0;)
		if (fnmatch("peer-*.conf", e->d_name, 0) == 0 && !is_wanted(f, e->d_name))
			code = remove_one(c, dir, e->d_name);
	closedir(d);
	return code;
}

static int write_files(const struct call *c, const struct bird_files *f, const char *whole)
{
	const char *dir = c->values[OPT_OUTPUT];
	int code = 0;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return output_error(c, EXIT_FAILED, "cannot make %s: %s", dir, strerror(errno));
	if (whole)
		return write_file(c, dir, BIRD_CONF, whole, strlen(whole));
	for (size_t i = 0; i < f->n && code == 0; i++)
		code = write_file(c, dir, f->list[i].name, f->list[i].text, f->list[i].len);
	return code ? code : remove_left(c, dir, f);
}

static json_t *file_json(const char *name, const char *text)
{
	return json_pack("{s:o, s:o}", "name", output_string(name), "text", output_string(text));
}

static void print_json(const struct bird_files *f, const char *whole)
{
	json_t *list = json_array();

	if (whole)
		json_array_append_new(list, file_json(BIRD_CONF, whole));
	for (size_t i = 0; i < f->n && !whole; i++)
		json_array_append_new(list, file_json(f->list[i].name, f->list[i].text));
	output_json(json_pack("{s:b, s:o}", "ok", 1, "files", list));
}

static void print_text(const struct bird_files *f, const char *whole)
{
	if (whole)
		fputs(whole, stdout);
	for (size_t i = 0; i < f->n && !whole; i++) {
		printf("%s# --- %s ---\n", i ? "\n" : "", f->list[i].name);
		fwrite(f->list[i].text, 1, f->list[i].len, stdout);
	}
}

/* The name goes between quotes into bird.conf, and BIRD's strings have no escapes. */
static bool includable(const char *dir)
{
	for (; *dir; dir++)
		if (*dir == '"' || (unsigned char)*dir < 0x20 || *dir == 0x7f)
			return false;
	return true;
}

int verb_render(const struct call *c)
{
	const char *include = c->values[OPT_INCLUDE];
	struct loaded l;

	if (include && !call_has(c, OPT_STANDALONE))
		return output_error(c, EXIT_USAGE, "--include belongs to --standalone, give both");
	if (include && !includable(include))
		return output_error(
			c, EXIT_USAGE,
			"--include: a folder with a quote or a control character in its "
			"name cannot stand in bird.conf, take another");
	int code = load(c, c->words[1], &l);

	if (code)
		return code;
	struct bird_files *f = render_bird(l.site);
	const char *whole = NULL;

	if (call_has(c, OPT_STANDALONE))
		whole = render_bird_standalone(f->arena, l.site, f, include);
	if (call_has(c, OPT_OUTPUT))
		code = write_files(c, f, whole);
	if (code == 0 && call_has(c, OPT_JSON))
		print_json(f, whole);
	else if (code == 0 && !call_has(c, OPT_OUTPUT))
		print_text(f, whole);
	bird_files_free(f);
	load_done(&l);
	return code;
}

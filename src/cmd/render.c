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
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_wanted(const struct bird_files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return true;
	return false;
}

static int write_file(const struct call *c, const char *dir, const char *name, const char *text,
		      size_t length)
{
	struct text path;
	struct err err;

	text_init(&path);
	text_printf(&path, "%s/%s", dir, name);
	int r = file_write(text_str(&path), text, length, &err);

	if (r == 0 && !call_has(c, OPT_JSON))
		printf("wrote %s\n", text_str(&path));
	text_done(&path);
	return r < 0 ? output_error(c, EXIT_FAILED, "%s", err.text) : 0;
}

/* bird.conf includes the folder with a glob: a peer that left must not stay in it. */
static int remove_left(const struct call *c, const char *dir, const struct bird_files *f)
{
	DIR *d = opendir(dir);
	int code = 0;

	if (!d)
		return output_error(c, EXIT_FAILED, "%s: %s", dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d)) && code == 0;) {
		if (fnmatch("peer-*.conf", e->d_name, 0) != 0 || is_wanted(f, e->d_name))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) != 0)
			code = output_error(c, EXIT_FAILED, "cannot remove %s/%s: %s", dir,
					    e->d_name, strerror(errno));
		else if (!call_has(c, OPT_JSON))
			printf("removed %s/%s\n", dir, e->d_name);
	}
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
		return write_file(c, dir, "bird.conf", whole, strlen(whole));
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
		json_array_append_new(list, file_json("bird.conf", whole));
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

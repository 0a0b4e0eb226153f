/*
 * status - ask the agent on this host, show its answer
 */
#include "render/status.h"
#include "base/err.h"
#include "base/mono.h"
#include "cmd/output.h"
#include "cmd/terminal.h"
#include "cmd/verb.h"
#include "edge/statussock.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

enum { ANSWER_WAIT_MS = 5000, WATCH_MS = 1000 };

static const char sockets[] = "/run/grix/*.sock";

/* Without --site: the one agent that is here. */
static int find_socket(const struct call *c, struct arena *a, const char **ret)
{
	glob_t found = {0};
	int code = 0;

	if (glob(sockets, 0, NULL, &found) != 0 || found.gl_pathc == 0)
		code = output_error(
			c, EXIT_UNREACHABLE,
			"no agent runs here (no %s): start grix-agent, or say where with "
			"--socket",
			sockets);
	else if (found.gl_pathc > 1)
		code = output_error(
			c, EXIT_USAGE,
			"%zu agents have run here, the first at %s: say which with --site",
			found.gl_pathc, found.gl_pathv[0]);
	else
		*ret = arena_strdup(a, found.gl_pathv[0]);
	globfree(&found);
	return code;
}

static int socket_path(const struct call *c, struct arena *a, const char **ret)
{
	if (call_has(c, OPT_SOCKET))
		*ret = c->values[OPT_SOCKET];
	else if (call_has(c, OPT_SITE))
		*ret = status_path(a, c->values[OPT_SITE]);
	else
		return find_socket(c, a, ret);
	return 0;
}

static int check_exit(const struct call *c, const struct status *s)
{
	struct status_sum sum;

	status_sum(s, &sum);
	return call_has(c, OPT_CHECK) && !sum.well ? EXIT_DIFFERS : EXIT_DONE;
}

/* One question to the agent. Return: 0 with @ret, or a negative errno with a line. */
static int ask(const char *path, struct arena *a, char **json, size_t *length, struct err *err,
	       struct status **ret)
{
	int r = status_fetch(path, ANSWER_WAIT_MS, a, json, length, err);

	return r < 0 ? r : status_parse(*json, *length, err, ret);
}

static int show_once(const struct call *c, const char *path, struct arena *a)
{
	struct status *s = NULL;
	struct text t;
	struct err err;
	char *json;
	size_t length;

	if (ask(path, a, &json, &length, &err, &s) < 0)
		return output_error(c, EXIT_UNREACHABLE, "%s", err.text);
	text_init(&t);
	if (call_has(c, OPT_JSON))
		text_add(&t, json, length);
	else
		status_table(s, output_colour(), &t);
	fwrite(t.data, 1, t.len, stdout);
	text_done(&t);
	int code = check_exit(c, s);

	status_free(s);
	return code;
}

/* What to draw now: the table, or why there is none; the watch goes on over an agent's restart. */
static void draw(const char *path, const struct call *c, struct text *t, int *code)
{
	struct arena *a = arena_new();
	struct status *s = NULL;
	struct err err;
	char *json;
	size_t length;

	text_reset(t);
	if (ask(path, a, &json, &length, &err, &s) < 0) {
		text_printf(t, "%s\n", err.text);
		*code = EXIT_UNREACHABLE;
	} else {
		status_table(s, output_colour(), t);
		*code = check_exit(c, s);
	}
	status_free(s);
	arena_free(a);
}

static int watch(const struct call *c, const char *path)
{
	struct terminal terminal;
	struct text t;
	int code = EXIT_DONE;

	text_init(&t);
	terminal_signals();
	terminal_open(&terminal);
	do {
		draw(path, c, &t, &code);
		terminal_draw(text_str(&t), "every second; q ends");
	} while (terminal_wait(&terminal, WATCH_MS));
	terminal_close(&terminal);
	text_done(&t);
	return code;
}

/* Nobody looks: one document a second, for a program that reads them, until it or Ctrl-C ends it. */
static int watch_stream(const struct call *c, const char *path)
{
	int code;

	terminal_signals();
	do {
		struct arena *a = arena_new();

		code = show_once(c, path, a);
		arena_free(a);
		if (fflush(stdout) != 0)
			break;
	} while (code != EXIT_UNREACHABLE && terminal_wait(NULL, WATCH_MS));
	return code;
}

int verb_status(const struct call *c)
{
	struct arena *a = arena_new();
	const char *path = NULL;
	int code = socket_path(c, a, &path);

	if (code == 0 && call_has(c, OPT_WATCH))
		code = terminal_is_there() && !call_has(c, OPT_JSON) ? watch(c, path)
								     : watch_stream(c, path);
	else if (code == 0)
		code = show_once(c, path, a);
	arena_free(a);
	return code;
}

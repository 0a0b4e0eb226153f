/* birdreply - see birdreply.h */
#include "edge/birdreply.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_DIGITS = 4 };

static int line_code(const char *line, size_t len)
{
	int code = 0;

	if (len < CODE_DIGITS)
		return -1;
	for (int i = 0; i < CODE_DIGITS; i++) {
		if (line[i] < '0' || line[i] > '9')
			return -1;
		code = code * 10 + (line[i] - '0');
	}
	if (len > CODE_DIGITS && line[CODE_DIGITS] != '-' && line[CODE_DIGITS] != ' ')
		return -1;
	return code;
}

static bool line_ends_reply(const char *line, size_t len)
{
	return len == CODE_DIGITS || line[CODE_DIGITS] == ' ';
}

int birdreply_scan(struct birdreply_scan *s, const char *text, size_t len)
{
	const char *end;

	while (s->at < len && (end = memchr(text + s->at, '\n', len - s->at))) {
		const char *line = text + s->at;
		size_t n = (size_t)(end - line);

		if (n > BIRDREPLY_LINE || memchr(line, '\0', n))
			return -EPROTO;
		s->at += n + 1;
		if (n > 0 && line[0] == '+')
			continue;
		if (n > 0 && line[0] == ' ' && s->coded)
			continue;
		if (line_code(line, n) < 0)
			return -EPROTO;
		s->coded = true;
		if (line_ends_reply(line, n))
			return BIRDREPLY_WHOLE;
	}
	return len - s->at > BIRDREPLY_LINE ? -EPROTO : BIRDREPLY_MORE;
}

static size_t count_lines(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

void birdreply_parse(struct arena *a, const char *text, size_t len, struct birdreply *ret)
{
	char *copy = arena_strndup(a, text, len);
	struct birdreply r = {.list = arena_array(a, count_lines(copy, len) + 1, sizeof(*r.list))};

	for (char *line = copy, *end; (end = strchr(line, '\n')); line = end + 1) {
		int code = line_code(line, (size_t)(end - line));

		*end = '\0';
		if (line[0] == '+')
			continue;
		if (code >= 0)
			r.code = code;
		const char *rest =
			code < 0 ? line + 1 : line + CODE_DIGITS + (line[CODE_DIGITS] != '\0');

		r.list[r.n++] = (struct birdreply_line){r.code, rest};
	}
	*ret = r;
}

char *birdreply_text(struct arena *a, const struct birdreply *r)
{
	size_t size = 1;

	for (size_t i = 0; i < r->n; i++)
		size += strlen(r->list[i].text) + 1;
	char *all = arena_alloc(a, size), *to = all;

	for (size_t i = 0; i < r->n; i++) {
		if (i)
			*to++ = '\n';
		to = stpcpy(to, r->list[i].text);
	}
	return all;
}

const char *birdreply_version(struct arena *a, const struct birdreply *r)
{
	if (r->n == 0 || r->list[0].code != 1 || strncmp(r->list[0].text, "BIRD ", 5) != 0)
		return NULL;
	const char *version = r->list[0].text + 5;
	size_t n = strcspn(version, " ");

	return n ? arena_strndup(a, version, n) : NULL;
}

/* The next word of a table row; @*at moves behind it and the blanks that follow. */
static const char *word(struct arena *a, const char **at)
{
	size_t n = strcspn(*at, " ");
	const char *w = arena_strndup(a, *at, n);

	*at += n;
	*at += strspn(*at, " ");
	return w;
}

/*
 * "gx_fra_v4  BGP        ---        up     2026-11-23 21:23:39  Established   Socket: ..."
 * Only the time may hold single blanks; two blanks end it, whatever the format of the time.
 */
static bool session_row(struct arena *a, const char *row, struct bird_session *ret)
{
	struct bird_session s = {.name = word(a, &row), .info = ""};

	if (strcmp(word(a, &row), "BGP") != 0 || strncmp(s.name, "gx_", 3) != 0)
		return false;
	word(a, &row); /* table */
	s.disabled = strcmp(word(a, &row), "down") == 0;
	const char *end = strstr(row, "  ");

	s.since = arena_strndup(a, row, end ? (size_t)(end - row) : strlen(row));
	s.state = s.disabled ? "Down" : "";
	if (end) {
		end += strspn(end, " ");
		const char *state = word(a, &end);

		s.state = state[0] ? state : s.state;
	}
	*ret = s;
	return true;
}

/* "    Last error:       Socket: Connection refused": the value of @key, or NULL */
static const char *field(const char *line, const char *key)
{
	size_t n = strlen(key);

	line += strspn(line, " ");
	if (strncmp(line, key, n) != 0)
		return NULL;
	line += n;
	return line + strspn(line, " ");
}

static uint32_t count_before(const char *list, const char *unit)
{
	for (const char *at = list; *at; at += strcspn(at, ","), at += strspn(at, ", ")) {
		char *end;
		unsigned long n = strtoul(at, &end, 10);

		if (end != at && *end == ' ' && strncmp(end + 1, unit, strlen(unit)) == 0)
			return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	}
	return 0;
}

static char *trimmed(struct arena *a, const char *s)
{
	size_t n = strlen(s);

	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	return arena_strndup(a, s, n);
}

static void session_detail(struct arena *a, const char *line, struct bird_session *s)
{
	const char *v;

	if ((v = field(line, "BGP state:"))) {
		s->state = trimmed(a, v);
	} else if ((v = field(line, "Message:"))) {
		s->info =
			trimmed(a, v); /* of whoever shut it, here or at the other end: RFC 9003 */
	} else if ((v = field(line, "Last error:"))) {
		char *error = trimmed(a, v);

		s->info = s->info[0] ? arena_printf(a, "%s (%s)", error, s->info) : error;
	} else if ((v = field(line, "Routes:"))) {
		s->imported += count_before(v, "imported");
		s->filtered += count_before(v, "filtered");
		s->exported += count_before(v, "exported");
	}
}

static int by_name(const void *a, const void *b)
{
	const struct bird_session *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void birdreply_sessions(struct arena *a, const struct birdreply *r, struct bird_sessions *ret)
{
	struct bird_sessions all = {.list = arena_array(a, r->n + 1, sizeof(*all.list))};
	struct bird_session *s = NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (r->list[i].code == 1002) {
			bool ours = session_row(a, r->list[i].text, &all.list[all.n]);

			s = ours ? &all.list[all.n++] : NULL;
		} else if (r->list[i].code == 1006 && s) {
			session_detail(a, r->list[i].text, s);
		}
	}
	for (size_t i = 0; i < all.n; i++)
		all.list[i].established = strcmp(all.list[i].state, "Established") == 0;
	if (all.n > 1)
		qsort(all.list, all.n, sizeof(*all.list), by_name);
	*ret = all;
}

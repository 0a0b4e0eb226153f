/*
 * The table for people: a summary, a line a link, then what is wrong and what to do about it.
 */
#include "render/status.h"
#include "render/table.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 9, CELL = 96 };

/* For so long not knowing is just the beginning. */
enum { SOON_S = 3 };

static const char *const heads[COLUMNS] = {"PEER", "AS",   "STATE", "FOR", "RTT ms",
					   "MIN",  "LOST", "IPv4",  "IPv6"};
static const bool right[COLUMNS] = {[4] = true, [5] = true, [6] = true};

struct row {
	char cell[COLUMNS][CELL];
};

static void span(double s, char ret[CELL])
{
	unsigned long n = s < 0 ? 0 : (unsigned long)s;

	if (s < 0)
		snprintf(ret, CELL, "-");
	else if (n < 60)
		snprintf(ret, CELL, "%lus", n);
	else if (n < 3600)
		snprintf(ret, CELL, "%lum %lus", n / 60, n % 60);
	else if (n < 86400)
		snprintf(ret, CELL, "%luh %lum", n / 3600, n / 60 % 60);
	else
		snprintf(ret, CELL, "%lud %luh", n / 86400, n / 3600 % 24);
}

static void milliseconds(double ms, char ret[CELL])
{
	if (ms < 0)
		snprintf(ret, CELL, "-");
	else
		snprintf(ret, CELL, ms < 10 ? "%.2f" : "%.1f", ms);
}

static void count(uint64_t n, char ret[CELL])
{
	if (n == STATUS_NONE)
		snprintf(ret, CELL, "-");
	else
		snprintf(ret, CELL, "%llu", (unsigned long long)n);
}

static void session(const struct status_session *b, char ret[CELL])
{
	if (!b->name || !b->state)
		snprintf(ret, CELL, "-");
	else if (b->imported != STATUS_NONE && strcmp(b->state, "Established") == 0)
		snprintf(ret, CELL, "up, %llu in", (unsigned long long)b->imported);
	else
		snprintf(ret, CELL, "%.40s", b->state);
}

static const char *or_dash(const char *s)
{
	return s ? s : "-";
}

static void fill_row(const struct status_link *l, struct row *r)
{
	snprintf(r->cell[0], CELL, "%s", or_dash(l->peer));
	count(l->peer_asn, r->cell[1]);
	snprintf(r->cell[2], CELL, "%s", or_dash(l->state));
	span(l->since_s, r->cell[3]);
	milliseconds(l->rtt_ms, r->cell[4]);
	milliseconds(l->rtt_min_ms, r->cell[5]);
	count(l->lost, r->cell[6]);
	session(&l->v4, r->cell[7]);
	session(&l->v6, r->cell[8]);
}

static void pad(struct text *t, size_t n)
{
	while (n--)
		text_puts(t, " ");
}

static const char *color_of(const char *state)
{
	if (strcmp(state, "up") == 0)
		return "\033[32m";
	if (strcmp(state, "down") == 0)
		return "\033[31m";
	return "\033[33m";
}

static void print_row(const struct row *r, const size_t widths[COLUMNS], bool color, struct text *t)
{
	for (int c = 0; c < COLUMNS; c++) {
		size_t blank = widths[c] - table_columns(r->cell[c]);
		bool paint = color && c == 2;

		if (right[c])
			pad(t, blank);
		if (paint)
			text_puts(t, color_of(r->cell[c]));
		text_puts(t, r->cell[c]);
		if (paint)
			text_puts(t, "\033[0m");
		if (c == COLUMNS - 1)
			break;
		pad(t, (right[c] ? 0 : blank) + 2);
	}
	text_puts(t, "\n");
}

static void print_links(const struct status *s, bool color, struct text *t)
{
	struct arena *a = arena_new();
	struct row *rows = arena_array(a, s->n_links + 1, sizeof(*rows));
	size_t widths[COLUMNS] = {0};

	for (int c = 0; c < COLUMNS; c++)
		snprintf(rows[0].cell[c], CELL, "%s", heads[c]);
	for (size_t i = 0; i < s->n_links; i++)
		fill_row(&s->links[i], &rows[i + 1]);
	for (size_t i = 0; i <= s->n_links; i++)
		for (int c = 0; c < COLUMNS; c++)
			if (table_columns(rows[i].cell[c]) > widths[c])
				widths[c] = table_columns(rows[i].cell[c]);
	for (size_t i = 0; i <= s->n_links; i++)
		print_row(&rows[i], widths, color && i > 0, t);
	arena_free(a);
}

/* ---- what is wrong ---- */

static void problem(struct text *t, size_t *n, const char *what)
{
	text_puts(t, (*n)++ ? "  " : "\nProblems:\n  ");
	text_puts(t, what);
	text_puts(t, "\n");
}

static void list_problem(const struct status *s, struct text *t, size_t *n)
{
	struct text line;
	char ago[CELL];

	if (!s->peerlist.state || strcmp(s->peerlist.state, "current") == 0)
		return;
	text_init(&line);
	span(s->now - s->peerlist.loaded, ago);
	text_printf(&line, "peer list %s: the %s one is in use, loaded %s ago",
		    or_dash(s->peerlist.path), s->peerlist.state, ago);
	if (s->peerlist.n_faults)
		text_printf(&line, "; %zu fault%s to correct:", s->peerlist.n_faults,
			    s->peerlist.n_faults == 1 ? "" : "s");
	problem(t, n, text_str(&line));
	for (size_t i = 0; i < s->peerlist.n_faults; i++)
		text_printf(t, "    %s\n", s->peerlist.faults[i]);
	text_done(&line);
}

static void bird_problem(const struct status *s, struct text *t, size_t *n)
{
	struct text line;

	if (!s->bird.text)
		return;
	text_init(&line);
	text_printf(&line, "BIRD %s: %s", or_dash(s->bird.state), s->bird.text);
	problem(t, n, text_str(&line));
	text_done(&line);
}

static bool session_wrong(const struct status_session *b)
{
	return b->name && b->state && b->info && b->info[0] && strcmp(b->state, "Established") != 0;
}

static void session_problem(const struct status_link *l, const struct status_session *b,
			    const char *family, struct text *t, size_t *n)
{
	struct text line;

	/* A link that is down says so itself; its closed sessions are the consequence. */
	if (!session_wrong(b) || (l->state && strcmp(l->state, "down") == 0))
		return;
	text_init(&line);
	text_printf(&line, "%s: %s session %s is %s: %s", or_dash(l->peer), family, b->name,
		    b->state, b->info);
	problem(t, n, text_str(&line));
	text_done(&line);
}

static void link_problems(const struct status_link *l, struct text *t, size_t *n)
{
	struct text line;

	text_init(&line);
	if (l->kernel && strcmp(l->kernel, "ok") != 0 && l->note) {
		text_printf(&line, "%s: tunnel %s %s: %s", or_dash(l->peer), or_dash(l->ifname),
			    l->kernel, l->note);
		problem(t, n, text_str(&line));
	} else if (l->state && strcmp(l->state, "down") == 0) {
		text_printf(&line, "%s: down: %s", or_dash(l->peer),
			    l->reason ? l->reason : "no reason known");
		problem(t, n, text_str(&line));
	} else if (l->state && strcmp(l->state, "unknown") == 0 && l->since_s > SOON_S) {
		text_printf(&line, "%s: not known: %s", or_dash(l->peer),
			    l->reason ? l->reason : "no reason known");
		problem(t, n, text_str(&line));
	}
	text_done(&line);
	session_problem(l, &l->v4, "IPv4", t, n);
	session_problem(l, &l->v6, "IPv6", t, n);
}

void status_table(const struct status *s, bool color, struct text *t)
{
	size_t n = 0;

	status_summary(s, t);
	text_puts(t, "\n");
	if (s->n_links) {
		text_puts(t, "\n");
		print_links(s, color, t);
	}
	list_problem(s, t, &n);
	for (size_t i = 0; i < s->kernel.n_problems; i++)
		problem(t, &n, s->kernel.problems[i]);
	bird_problem(s, t, &n);
	for (size_t i = 0; i < s->n_links; i++)
		link_problems(&s->links[i], t, &n);
}

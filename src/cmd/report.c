#include "cmd/report.h"

#include "base/err.h"
#include "base/text.h"
#include "cmd/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum outcome { OUTCOME_PLANNED, OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_NOT_TRIED };

static enum outcome outcome(const struct report *r, size_t i)
{
	if (!r->results)
		return OUTCOME_PLANNED;
	if (r->results[i].error == 0)
		return OUTCOME_DONE;
	return r->results[i].error == -ECANCELED ? OUTCOME_NOT_TRIED : OUTCOME_FAILED;
}

static const char *outcome_name(enum outcome o)
{
	switch (o) {
	case OUTCOME_PLANNED:
		return "planned";
	case OUTCOME_DONE:
		return "done";
	case OUTCOME_FAILED:
		return "failed";
	case OUTCOME_NOT_TRIED:
		return "not tried";
	}
	abort();
}

/* What became of the links, each counted once. */
struct tally {
	size_t as_planned, made, changed, removed, failed, conflicts, notes;
	size_t settings, settings_failed;
};

/* One link's steps, which stand phase by phase and not together. */
struct touch {
	const char *link;
	bool add, del, other, failed;
};

static int compare_touch(const void *a, const void *b)
{
	const struct touch *x = a, *y = b;

	return strcmp(x->link, y->link);
}

static struct touch touch(const struct report *r, size_t i)
{
	const struct step *s = &r->steps->list[i];
	enum outcome o = outcome(r, i);

	return (struct touch){
		.link = s->link,
		.add = s->kind == STEP_LINK_ADD,
		.del = s->kind == STEP_LINK_DEL,
		.other = s->kind != STEP_LINK_ADD && s->kind != STEP_LINK_DEL,
		.failed = o == OUTCOME_FAILED || o == OUTCOME_NOT_TRIED,
	};
}

/* Return: how many of the links that should be there @t took from "as planned". */
static size_t count_touch(const struct touch *t, struct tally *n)
{
	if (t->failed)
		n->failed++;
	else if (t->add && !t->del)
		n->made++;
	else if (t->del && !t->add && !t->other)
		n->removed++;
	else
		n->changed++;
	return t->add || t->other;
}

static size_t count_links(struct touch *list, size_t n, struct tally *ret)
{
	size_t touched = 0;

	qsort(list, n, sizeof(*list), compare_touch);
	for (size_t i = 0; i < n;) {
		struct touch all = list[i];

		for (; i < n && strcmp(list[i].link, all.link) == 0; i++) {
			all.add |= list[i].add;
			all.del |= list[i].del;
			all.other |= list[i].other;
			all.failed |= list[i].failed;
		}
		touched += count_touch(&all, ret);
	}
	return touched;
}

static void tally(const struct report *r, struct tally *ret)
{
	struct touch *list = calloc(r->steps->n + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		abort();
	*ret = (struct tally){.conflicts = r->steps->n_conflicts, .notes = r->steps->n_notes};
	for (size_t i = 0; i < r->steps->n; i++) {
		if (r->steps->list[i].link)
			list[n++] = touch(r, i);
		else if (outcome(r, i) == OUTCOME_FAILED)
			ret->settings_failed++;
		else
			ret->settings++;
	}
	size_t touched = count_links(list, n, ret) + ret->conflicts;

	free(list);
	ret->as_planned = r->links > touched ? r->links - touched : 0;
}

static void print_step(const struct report *r, size_t i)
{
	struct text t;
	enum outcome o = outcome(r, i);

	text_init(&t);
	step_print(&r->steps->list[i], &t);
	fputs(text_str(&t), stdout);
	text_done(&t);
	switch (o) {
	case OUTCOME_PLANNED:
		break;
	case OUTCOME_DONE:
		fputs(": ", stdout);
		output_paint(OUTPUT_GREEN, "done");
		break;
	case OUTCOME_FAILED: /* why: on stderr */
		fputs(": ", stdout);
		output_paint(OUTPUT_RED, "failed");
		break;
	case OUTCOME_NOT_TRIED:
		fputs(": ", stdout);
		output_paint(OUTPUT_YELLOW, "not tried");
		break;
	}
	putchar('\n');
}

static void add_count(struct text *t, size_t n, const char *word)
{
	if (n)
		text_printf(t, ", %zu %s", n, word);
}

static void summary(const struct report *r, struct text *t)
{
	struct tally n;
	bool done = r->results != NULL;

	tally(r, &n);
	if (r->removal) {
		text_printf(t, "%zu link%s %s", n.removed, n.removed == 1 ? "" : "s",
			    done ? "removed" : "to remove");
		add_count(t, n.failed, "failed");
		return;
	}
	text_printf(t, "%zu link%s: %zu as planned, %zu %s", r->links, r->links == 1 ? "" : "s",
		    n.as_planned, n.changed, done ? "changed" : "to change");
	add_count(t, n.made, done ? "made" : "to make");
	add_count(t, n.removed, done ? "removed" : "to remove");
	add_count(t, n.failed, "failed");
	add_count(t, n.conflicts, n.conflicts == 1 ? "conflict" : "conflicts");
	if (n.notes)
		text_printf(t, "; %zu cannot work", n.notes);
	if (n.settings)
		text_printf(t, "; %zu setting%s%s", n.settings, n.settings == 1 ? "" : "s",
			    done ? "" : " to write");
	if (n.settings_failed)
		text_printf(t, "; %zu setting%s not written", n.settings_failed,
			    n.settings_failed == 1 ? "" : "s");
}

/* "add gx-fra: failed: the kernel's words", without the step's details */
static void complain_step(const struct call *c, const struct report *r, size_t i)
{
	struct text t, line;

	text_init(&t);
	text_init(&line);
	step_print(&r->steps->list[i], &t);
	const char *end = strstr(text_str(&t), ": ");

	text_add(&line, text_str(&t), end ? (size_t)(end - text_str(&t)) : t.len);
	text_printf(&line, ": failed: %s", r->results[i].text);
	output_line(c->verb->name, text_str(&line));
	text_done(&line);
	text_done(&t);
}

static void complain_links(const struct call *c, const struct conflict *list, size_t n)
{
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < n; i++) {
		text_reset(&t);
		text_printf(&t, "%s: %s", list[i].link, list[i].text);
		output_line(c->verb->name, text_str(&t));
	}
	text_done(&t);
}

/* What failed, on stderr; after what stands on stdout, when both are one terminal. */
static void complain(const struct call *c, const struct report *r)
{
	fflush(stdout);
	for (size_t i = 0; i < r->steps->n; i++)
		if (outcome(r, i) == OUTCOME_FAILED)
			complain_step(c, r, i);
	complain_links(c, r->steps->conflicts, r->steps->n_conflicts);
	complain_links(c, r->steps->notes, r->steps->n_notes);
}

static void print_lines(const struct report *r)
{
	struct text t;

	for (size_t i = 0; i < r->steps->n; i++)
		print_step(r, i);
	text_init(&t);
	summary(r, &t);
	printf("%s\n", text_str(&t));
	text_done(&t);
}

static json_t *steps_json(const struct report *r)
{
	json_t *list = json_array();
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < r->steps->n; i++) {
		const struct step *s = &r->steps->list[i];
		json_t *o = json_object();
		bool told = r->results && r->results[i].error;

		text_reset(&t);
		step_print(s, &t);
		json_object_set_new(o, "step", json_string(step_kind_name(s->kind)));
		json_object_set_new(o, "link", s->link ? output_string(s->link) : json_null());
		json_object_set_new(o, "text", output_string(text_str(&t)));
		json_object_set_new(o, "result", json_string(outcome_name(outcome(r, i))));
		json_object_set_new(o, "error",
				    told ? output_string(r->results[i].text) : json_null());
		json_array_append_new(list, o);
	}
	text_done(&t);
	return list;
}

static json_t *links_json(const struct conflict *c, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
				      json_pack("{s:o, s:o}", "link", output_string(c[i].link),
						"text", output_string(c[i].text)));
	return list;
}

static void print_json(const struct report *r)
{
	struct tally n;

	tally(r, &n);
	json_t *sum =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "links",
			  (json_int_t)r->links, "as_planned", (json_int_t)n.as_planned, "changed",
			  (json_int_t)n.changed, "made", (json_int_t)n.made, "removed",
			  (json_int_t)n.removed, "failed", (json_int_t)n.failed, "conflicts",
			  (json_int_t)n.conflicts, "notes", (json_int_t)n.notes, "settings",
			  (json_int_t)n.settings, "settings_failed", (json_int_t)n.settings_failed);

	output_json(json_pack("{s:b, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "ok",
			      report_exit(r) == EXIT_DONE, "fabric", output_string(r->fabric),
			      "site", output_string(r->site), "tried", r->results != NULL, "steps",
			      steps_json(r), "conflicts",
			      links_json(r->steps->conflicts, r->steps->n_conflicts), "notes",
			      links_json(r->steps->notes, r->steps->n_notes), "summary", sum));
}

void report_print(const struct call *c, const struct report *r)
{
	if (call_has(c, OPT_JSON))
		print_json(r);
	else
		print_lines(r);
	complain(c, r);
}

int report_exit(const struct report *r)
{
	int code = r->steps->n_conflicts || r->steps->n_notes ? EXIT_FAILED : EXIT_DONE;

	for (size_t i = 0; r->results && i < r->steps->n; i++) {
		if (r->results[i].error == -EPERM)
			return EXIT_CAPABILITY;
		if (r->results[i].error)
			code = EXIT_FAILED;
	}
	return code;
}

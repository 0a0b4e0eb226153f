#include "base/fault.h"

#include "base/text.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void faults_init(struct faults *f)
{
	*f = (struct faults){0};
}

void faults_done(struct faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].file);
		free(f->list[i].where);
		free(f->list[i].text);
	}
	free(f->list);
	*f = (struct faults){0};
}

static char *copy(const char *s)
{
	if (!s)
		return NULL;
	char *p = strdup(s);

	if (!p)
		abort();
	return p;
}

/*
 * What a peer list says goes to terminals and into JSON: no escape sequence of a stranger gets
 * there, nothing that turns the text around, and nothing that is not UTF-8.
 */
static char *copy_visible(const char *s)
{
	struct text t;

	if (!s)
		return NULL;
	text_init(&t);
	while (*s) {
		uint32_t c;
		size_t n = utf8_next(s, &c);

		if (n == 0 || (n == 1 && utf8_is_control(c)))
			text_printf(&t, "\\x%02x", (unsigned char)*s);
		else if (utf8_is_control(c) || utf8_is_invisible(c))
			text_printf(&t, "\\u%04" PRIx32, c);
		else
			text_add(&t, s, n);
		s += n ? n : 1;
	}
	char *p = copy(text_str(&t));

	text_done(&t);
	return p;
}

void faults_add(struct faults *f, struct origin at, const char *where, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (f->n == FAULTS_MAX) {
		f->dropped++;
		return;
	}
	if ((f->n & (f->n - 1)) == 0) {
		size_t room = f->n ? f->n * 2 : 1;

		f->list = realloc(f->list, room * sizeof(*f->list));
		if (!f->list)
			abort();
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->list[f->n++] = (struct fault){.file = copy_visible(at.file),
					 .line = at.line,
					 .where = copy_visible(where),
					 .text = copy_visible(text)};
}

static int compare(const struct fault *a, const struct fault *b)
{
	int c = strcmp(a->file ? a->file : "", b->file ? b->file : "");

	return c ? c : (a->line > b->line) - (a->line < b->line);
}

/* Insertion sort: stable, and at most FAULTS_MAX. */
void faults_sort(struct faults *f)
{
	for (size_t i = 1; i < f->n; i++) {
		struct fault x = f->list[i];
		size_t j = i;

		for (; j > 0 && compare(&f->list[j - 1], &x) > 0; j--)
			f->list[j] = f->list[j - 1];
		f->list[j] = x;
	}
}

char *fault_line(const struct fault *f, char *buf, size_t size)
{
	char line[16] = "";

	if (f->line > 0)
		snprintf(line, sizeof(line), "%d:", f->line);
	snprintf(buf, size, "%s%s%s%s%s%s%s", f->file ? f->file : "", f->file ? ":" : "", line,
		 f->file ? " " : "", f->where ? f->where : "", f->where ? ": " : "", f->text);
	return buf;
}

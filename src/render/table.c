#include "render/table.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* A byte that starts no character counts as itself. Return: its bytes. */
static size_t next_char(const char *s, uint32_t *ret)
{
	size_t n = utf8_next(s, ret);

	if (n > 0)
		return n;
	*ret = (unsigned char)*s;
	return 1;
}

/* The blocks that names are written in; a terminal knows the rare rest better than we. */
static size_t char_columns(uint32_t c)
{
	if ((c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f) || utf8_is_invisible(c))
		return 0;
	if ((c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
	    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
	    (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff) ||
	    (c >= 0x20000 && c <= 0x3fffd))
		return 2;
	return 1;
}

size_t table_columns(const char *s)
{
	size_t n = 0;
	uint32_t c;

	while (*s) {
		s += next_char(s, &c);
		n += char_columns(c);
	}
	return n;
}

const char *table_cut(const char *s, size_t columns, char *buf, size_t size)
{
	static const char dots[] = "\xe2\x80\xa6"; /* one column */
	size_t n = 0, width = 0;
	uint32_t c;

	if (table_columns(s) <= columns)
		return s;
	for (;;) {
		size_t bytes = next_char(s + n, &c), more = char_columns(c);

		if (width + more >= columns || n + bytes + sizeof(dots) > size)
			break;
		n += bytes;
		width += more;
	}
	memcpy(buf, s, n);
	memcpy(buf + n, dots, sizeof(dots));
	return buf;
}

void table_init(struct table *t, size_t n, const char *const *head)
{
	assert(n <= TABLE_COLUMNS_MAX);
	*t = (struct table){.n = n};
	table_measure(t, head);
}

void table_measure(struct table *t, const char *const *cells)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t w = table_columns(cells[i]);

		t->width[i] = w > t->width[i] ? w : t->width[i];
	}
}

void table_row(const struct table *t, const char *const *cells, struct text *ret)
{
	size_t last = t->n;

	while (last > 0 && cells[last - 1][0] == '\0')
		last--;
	for (size_t i = 0; i < last; i++) {
		text_puts(ret, cells[i]);
		if (i + 1 < last)
			text_printf(ret, "%*s", (int)(t->width[i] - table_columns(cells[i]) + 2),
				    "");
	}
	text_puts(ret, "\n");
}

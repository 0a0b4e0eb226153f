/*
 * render/table - aligned columns of plain text
 * Two passes over the same rows, so that a long table is never held: first table_measure() for
 * each, then table_row(). Width is counted in columns of a terminal, not in bytes.
 */
#pragma once

#include "base/text.h"

#include <stddef.h>

enum { TABLE_COLUMNS_MAX = 16 };

struct table {
	size_t n;
	size_t width[TABLE_COLUMNS_MAX];
};

/** table_init() - @n columns with the headings @head */
void table_init(struct table *t, size_t n, const char *const *head);
void table_measure(struct table *t, const char *const *cells);
/** table_row() - one line; nothing behind its last cell */
void table_row(const struct table *t, const char *const *cells, struct text *ret);

/** table_columns() - how wide @s shows: combining marks none, East Asian wide characters two */
size_t table_columns(const char *s);
/** table_cut() - @s itself when it shows in @columns, else its beginning and an ellipsis, in @buf of
 *  @size bytes, at least 4 */
const char *table_cut(const char *s, size_t columns, char *buf, size_t size);

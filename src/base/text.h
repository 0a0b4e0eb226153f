/*
 * text - a growing text buffer
 */
#pragma once

#include <stddef.h>

struct text {
	char *data; /* NUL-terminated once anything was added, else NULL */
	size_t len, room;
};

void text_init(struct text *t);
void text_done(struct text *t);
void text_add(struct text *t, const char *s, size_t n);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** text_str() - the text so far, "" when empty; valid until the next call */
const char *text_str(const struct text *t);
/** text_reset() - empty again, memory kept */
void text_reset(struct text *t);

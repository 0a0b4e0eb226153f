#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct text *t)
{
	*t = (struct text){0};
}

void text_done(struct text *t)
{
	free(t->data);
	*t = (struct text){0};
}

static void reserve(struct text *t, size_t n)
{
	if (t->room - t->len > n)
		return;
	size_t room = t->room ? t->room : 256;

	while (room - t->len <= n)
		room *= 2;
	t->data = realloc(t->data, room);
	if (!t->data)
		abort();
	t->room = room;
}

void text_add(struct text *t, const char *s, size_t n)
{
	reserve(t, n);
	memcpy(t->data + t->len, s, n);
	t->len += n;
	t->data[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	reserve(t, 255);
	for (;;) {
		va_start(ap, fmt);
		int n = vsnprintf(t->data + t->len, t->room - t->len, fmt, ap);

		va_end(ap);
		assert(n >= 0);
		if ((size_t)n < t->room - t->len) {
			t->len += (size_t)n;
			return;
		}
		reserve(t, (size_t)n);
	}
}

const char *text_str(const struct text *t)
{
	return t->data ? t->data : "";
}

void text_reset(struct text *t)
{
	t->len = 0;
	if (t->data)
		t->data[0] = '\0';
}

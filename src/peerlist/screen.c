#include "peerlist/screen_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct frame *screen_top(struct screen *s)
{
	return &s->frames[s->depth];
}

enum { PATH_MAX_WORDS = 8, PATH_MAX_BYTES = 40 };

/* "member: sites: asn", as far as it is known without reading the values */
static void add_path(const struct screen *s, struct text *t)
{
	for (size_t i = 0, n = 0; i <= s->depth && n < PATH_MAX_WORDS; i++) {
		const struct word *key = &s->frames[i].key;

		if (key->len == 0)
			continue;
		if (n++ > 0)
			text_puts(t, ": ");
		text_add(t, key->start, key->len < PATH_MAX_BYTES ? key->len : PATH_MAX_BYTES);
	}
}

/* One fault a line: what follows on it is most often the same mistake. */
void screen_complain(struct screen *s, int line, const char *fmt, ...)
{
	char text[400];
	struct text path;
	va_list ap;

	if (line == s->fault_line)
		return;
	s->fault_line = line;
	text_init(&path);
	add_path(s, &path);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	faults_add(s->faults, (struct origin){s->file, line}, path.len ? text_str(&path) : NULL,
		   "%s", text);
	text_done(&path);
	if (++s->n_faults < SCREEN_FAULTS_MAX)
		return;
	faults_add(s->faults, (struct origin){s->file, line}, NULL,
		   "gave up on this file here, mend what is above first");
	s->stop = s->broken = true;
}

/* A fault after which the rest cannot be understood. */
void screen_give_up(struct screen *s)
{
	s->stop = s->broken = true;
}

void screen_emit(struct screen *s, int line, const char *text, size_t n)
{
	for (; s->out_line < line; s->out_line++)
		text_puts(s->out, "\n");
	text_puts(s->out, " ");
	text_add(s->out, text, n);
}

void screen_emit_mark(struct screen *s, int line, const char *mark)
{
	screen_emit(s, line, mark, strlen(mark));
}

bool screen_in_list(const struct screen *s)
{
	return s->frames[s->depth].open == '(' || s->frames[s->depth].open == '[';
}

/*
 * libconfig takes the line of a text in a list from the token behind it: commas and closing marks
 * therefore stand on the line of what is before them.
 */

/* The comma before the second and further elements, however they were separated. */
void screen_emit_value(struct screen *s, int line, const char *text, size_t n)
{
	if (screen_in_list(s) && screen_top(s)->n > 0)
		screen_emit_mark(s, s->out_line, ",");
	screen_emit(s, line, text, n);
}

void screen_emit_word(struct screen *s, int line, const char *word)
{
	screen_emit_value(s, line, word, strlen(word));
}

/* Return: the line where @key stands already in this group, 0 if it does not. */
static int given_before(const struct frame *f, const struct word *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->names[i].len == key->len &&
		    memcmp(f->names[i].start, key->start, key->len) == 0)
			return f->names[i].line;
	return 0;
}

static void start_setting(struct screen *s, const struct token *t)
{
	struct frame *f = screen_top(s);
	int before;

	f->key = (struct word){t->start, t->len, t->line};
	if (f->n == SCREEN_NAMES_MAX) {
		screen_complain(s, t->line, "more than %d settings in one group", SCREEN_NAMES_MAX);
		screen_give_up(s);
		return;
	}
	before = given_before(f, &f->key);
	f->forget = before != 0;
	f->forget_len = s->out->len;
	f->forget_line = s->out_line;
	if (before && s->depth == 0 && t->len == 6 && memcmp(t->start, "member", 6) == 0)
		screen_complain(s, t->line,
				"is given twice, first on line %d; write members = ( { ... }, "
				"{ ... } ); for several",
				before);
	else if (before)
		screen_complain(s, t->line, "is given twice, first on line %d; keep one", before);
	f->names[f->n] = f->key;
	screen_emit(s, t->line, t->start, t->len);
	screen_emit_mark(s, t->line, "=");
	s->expect = EXPECT_EQUALS;
}

/* JSON habit: "asn" = 64501 */
static void quoted_name(struct screen *s, struct token *t)
{
	struct lexer l = {.p = t->start, .end = t->start + t->len, .line = t->line};
	struct token inner = lex_next(&l, false);

	screen_top(s)->key.len = 0;
	screen_complain(s, t->line,
			"the name \"%.*s\" stands in quotes, or a ; is missing before it",
			screen_shown(t), t->start);
	if (t->trouble != TROUBLE_NONE || inner.kind != TOKEN_NAME || inner.len != t->len) {
		screen_give_up(s);
		return;
	}
	start_setting(s, t);
}

static void expect_name(struct screen *s, struct token *t)
{
	switch (t->kind) {
	case TOKEN_END:
		screen_end_of_text(s, t);
		return;
	case TOKEN_NAME:
		start_setting(s, t);
		return;
	case TOKEN_STRING:
		quoted_name(s, t);
		return;
	case TOKEN_INCLUDE:
		screen_include(s, t);
		return;
	case TOKEN_MARK:
		break;
	case TOKEN_INTEGER:
	case TOKEN_FRACTION:
	case TOKEN_TRUE:
	case TOKEN_FALSE:
	case TOKEN_WORD:
	case TOKEN_STRANGE:
		screen_top(s)->key.len = 0;
		screen_strange(s, t);
		return;
	}
	screen_top(s)->key.len = 0;
	if (strchr("})]", *t->start)) {
		screen_close_frame(s, t);
	} else if (*t->start == ';' || *t->start == ',') {
		screen_complain(s, t->line, "one %c too many, take it away", *t->start);
	} else if (s->depth == 0 && *t->start != '=' && *t->start != ':') {
		screen_complain(s, t->line,
				"a name is missing before this %c, write fabric = { ... }; or "
				"member = { ... };",
				*t->start);
		screen_give_up(s);
	} else {
		screen_complain(s, t->line, "a name is missing before this %c, write NAME = VALUE;",
				*t->start);
		screen_give_up(s);
	}
}

static void expect_equals(struct screen *s, struct token *t, const struct lexer *before)
{
	s->expect = EXPECT_VALUE;
	if (lex_is_mark(t, '=') || lex_is_mark(t, ':'))
		return;
	if (t->kind == TOKEN_END || lex_is_mark(t, ';') || lex_is_mark(t, ',') ||
	    lex_is_mark(t, '}') || lex_is_mark(t, ')') || lex_is_mark(t, ']')) {
		screen_take_value(s, t);
		return;
	}
	screen_complain(s, screen_top(s)->key.line, "the = is missing, write %.*s = VALUE;",
			(int)screen_top(s)->key.len, screen_top(s)->key.start);
	if (t->line != screen_top(s)->key.line) {
		screen_give_up(s);
		return;
	}
	s->lexer = *before; /* read it again, as a value */
}

static void after_setting(struct screen *s, struct token *t, const struct lexer *before)
{
	bool two = t->kind == TOKEN_STRING;

	if (two) /* libconfig would join them */
		screen_complain(s, t->line,
				"two texts stand side by side, write one, or [ ] around several");
	screen_finish_setting(s);
	if (!two && !lex_is_mark(t, ';') && !lex_is_mark(t, ','))
		s->lexer = *before;
}

static void after_element(struct screen *s, struct token *t, const struct lexer *before)
{
	s->comma = true;
	s->expect = EXPECT_VALUE;
	if (lex_is_mark(t, ','))
		return;
	if (t->kind == TOKEN_MARK && strchr("})]", *t->start)) {
		s->comma = false;
		screen_close_frame(s, t);
	} else if (lex_is_mark(t, ';')) {
		screen_complain(s, t->line, "a ; stands inside a list, write a comma");
	} else if (t->kind == TOKEN_END) {
		screen_end_of_text(s, t);
	} else {
		screen_complain(s, t->line, "a comma is missing in the list before this");
		s->lexer = *before;
	}
}

static void step(struct screen *s)
{
	struct lexer before = s->lexer;
	bool list = screen_in_list(s);
	struct token t = lex_next(&s->lexer, s->expect == EXPECT_VALUE);

	switch (s->expect) {
	case EXPECT_NAME:
		expect_name(s, &t);
		break;
	case EXPECT_EQUALS:
		expect_equals(s, &t, &before);
		break;
	case EXPECT_VALUE:
		screen_take_value(s, &t);
		break;
	case EXPECT_SEPARATOR:
		if (list)
			after_element(s, &t, &before);
		else
			after_setting(s, &t, &before);
		break;
	}
}

/* --- the whole file -------------------------------------------------------------------------- */

static bool is_text(struct screen *s, const struct peerlist_text *in)
{
	const char *nul = memchr(in->text, '\0', in->len);
	int line = 1;

	if (in->len > SCREEN_BYTES_MAX) {
		screen_complain(s, 0, "is larger than %d MiB, that is no peer list",
				SCREEN_BYTES_MAX >> 20);
		return false;
	}
	if (!nul)
		return true;
	for (const char *p = in->text; p < nul; p++)
		line += *p == '\n';
	screen_complain(s, line, "holds a NUL byte: this is not a text file, or not one in UTF-8");
	return false;
}

bool screen_text(const struct peerlist_text *in, struct faults *faults, struct text *clean)
{
	struct screen s = {
		.faults = faults,
		.file = in->name,
		.out = clean,
		.out_line = 1,
		.fault_line = -1,
	};

	s.frames = malloc(SCREEN_DEPTH_MAX * sizeof(*s.frames));
	if (!s.frames)
		abort();
	screen_frame_init(&s.frames[0], 0, 0);
	s.stop = s.broken = !is_text(&s, in);
	s.lexer = (struct lexer){.p = in->text, .end = in->text + in->len, .line = 1};
	if (!s.stop && in->len >= 3 && memcmp(in->text, "\xef\xbb\xbf", 3) == 0) {
		screen_complain(&s, 1,
				"starts with a byte order mark, save it as UTF-8 without one");
		s.lexer.p += 3;
	}
	text_puts(clean, "");
	while (!s.stop)
		step(&s);
	free(s.frames);
	return !s.broken;
}

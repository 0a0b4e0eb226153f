#include "peerlist/screen.h"

#include "peerlist/lex.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What may stand next. */
enum expect { EXPECT_NAME, EXPECT_EQUALS, EXPECT_VALUE, EXPECT_SEPARATOR };

struct word {
	const char *start;
	size_t len;
	int line;
};

/* One open group, list or array; the whole file is the first. */
struct frame {
	char open; /* { ( [, or 0 for the file */
	int line;
	struct word key; /* the setting that is being read in it; len 0 in lists */
	size_t n;	 /* settings or elements so far */
	/* where the clean text stood before a setting given twice, to forget it again */
	bool forget;
	size_t forget_len;
	int forget_line;
	struct word names[SCREEN_NAMES_MAX];
};

struct screen {
	struct lexer lexer;
	struct faults *faults;
	const char *file;
	struct text *out;
	int out_line;
	struct frame *frames;
	size_t depth; /* index of the innermost open frame */
	enum expect expect;
	bool comma; /* the last token was the comma of a list */
	bool stop, broken;
	size_t n_faults;
	int fault_line;
};

static struct frame *top(struct screen *s)
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
static void __attribute__((format(printf, 3, 4)))
complain(struct screen *s, int line, const char *fmt, ...)
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
static void give_up(struct screen *s)
{
	s->stop = s->broken = true;
}

static void emit(struct screen *s, int line, const char *text, size_t n)
{
	for (; s->out_line < line; s->out_line++)
		text_puts(s->out, "\n");
	text_puts(s->out, " ");
	text_add(s->out, text, n);
}

static void emit_mark(struct screen *s, int line, const char *mark)
{
	emit(s, line, mark, strlen(mark));
}

static bool in_list(const struct screen *s)
{
	return s->frames[s->depth].open == '(' || s->frames[s->depth].open == '[';
}

/*
 * libconfig takes the line of a text in a list from the token behind it: commas and closing marks
 * therefore stand on the line of what is before them.
 */

/* The comma before the second and further elements, however they were separated. */
static void emit_value(struct screen *s, int line, const char *text, size_t n)
{
	if (in_list(s) && top(s)->n > 0)
		emit_mark(s, s->out_line, ",");
	emit(s, line, text, n);
}

static void emit_word(struct screen *s, int line, const char *word)
{
	emit_value(s, line, word, strlen(word));
}

/* --- values ---------------------------------------------------------------------------------- */

static int shown(const struct token *t)
{
	return t->len < 60 ? (int)t->len : 60;
}

static void value_done(struct screen *s)
{
	struct frame *f = top(s);

	f->n++;
	if (in_list(s) && f->n > SCREEN_ELEMENTS_MAX) {
		complain(s, f->line, "has more than %d elements, that is no peer list",
			 SCREEN_ELEMENTS_MAX);
		give_up(s);
	}
	s->comma = false;
	s->expect = EXPECT_SEPARATOR;
}

static void take_string(struct screen *s, const struct token *t)
{
	if (t->trouble == TROUBLE_STRING_OPEN)
		complain(
			s, t->line,
			"the text \"%.*s has no closing quotation mark on its line, write \"%.*s\"",
			shown(t), t->start, shown(t), t->start);
	if (t->trouble == TROUBLE_ESCAPE)
		complain(s, t->line, "\"%.*s\" has a backslash that means nothing, leave it out",
			 shown(t), t->start);
	if (t->trouble != TROUBLE_NONE) {
		emit_word(s, t->line, "\"?\"");
		return;
	}
	emit_value(s, t->line, t->start - 1, t->len + 2);
}

static bool same_word(const struct token *t, const char *word)
{
	return t->len == strlen(word) && strncasecmp(t->start, word, t->len) == 0;
}

static void take_word(struct screen *s, const struct token *t)
{
	bool yes = same_word(t, "yes") || same_word(t, "on");
	bool no = same_word(t, "no") || same_word(t, "off");

	if (t->trouble == TROUBLE_QUOTE)
		complain(s, t->line, "%.*s has the wrong quotation marks, write plain \"...\"",
			 shown(t), t->start);
	else if (yes || no)
		complain(s, t->line, "%.*s is not a value, write %s", shown(t), t->start,
			 yes ? "true" : "false");
	else if (t->len > 1 && t->start[t->len - 1] == ':')
		complain(s, t->line, "groups are written with braces: %.*s = { ... };",
			 (int)top(s)->key.len, top(s)->key.start);
	else
		complain(s, t->line, "%.*s is neither a number nor in quotes, write \"%.*s\"",
			 shown(t), t->start, shown(t), t->start);
	emit_word(s, t->line, yes ? "true" : no ? "false" : "\"?\"");
}

static void take_integer(struct screen *s, const struct token *t)
{
	char text[32];

	if (t->trouble == TROUBLE_NOT_64_BIT)
		complain(s, t->line, "%.*s is too large for any number here", shown(t), t->start);
	if (t->trouble == TROUBLE_LEADING_ZERO)
		complain(s, t->line, "%.*s has a leading zero, write %" PRId64, shown(t), t->start,
			 t->integer);
	/* the L suffix: without it libconfig 1.5 keeps the low 32 bits and says nothing */
	int n = snprintf(text, sizeof(text), "%" PRId64 "L", t->integer);

	emit_value(s, t->line, text, (size_t)n);
}

static void open_frame(struct screen *s, const struct token *t)
{
	char mark = *t->start;

	if (s->depth + 1 == SCREEN_DEPTH_MAX) {
		complain(s, t->line,
			 "more than %d groups and lists stand inside each other, a peer list needs "
			 "6",
			 SCREEN_DEPTH_MAX - 1);
		give_up(s);
		return;
	}
	if (top(s)->open == '[')
		complain(s, t->line,
			 "[ ] holds plain values only, write ( ) around groups and lists");
	emit_word(s, t->line, mark == '{' ? "{" : "(");
	struct frame *f = &s->frames[++s->depth];

	f->open = mark;
	f->line = t->line;
	f->key.len = 0;
	f->n = 0;
	f->forget = false;
	s->comma = false;
	s->expect = mark == '{' ? EXPECT_NAME : EXPECT_VALUE;
}

static const char *closer(char open)
{
	return open == '{' ? "}" : open == '(' ? ")" : "]";
}

/* } ) or ] */
static void close_frame(struct screen *s, const struct token *t)
{
	struct frame *f = top(s);

	if (f->open == 0) {
		complain(s, t->line, "this %c closes nothing, take it away", *t->start);
		give_up(s);
		return;
	}
	if (*t->start != *closer(f->open)) {
		complain(s, t->line,
			 "this %c does not close the %c of line %d, a %s is missing before it",
			 *t->start, f->open, f->line, closer(f->open));
		give_up(s);
		return;
	}
	if (s->comma)
		complain(s, t->line, "there is a comma before the closing %c, take it away",
			 *t->start);
	emit_mark(s, s->out_line, f->open == '{' ? "}" : ")");
	s->depth--;
	value_done(s);
}

static void no_value(struct screen *s, const struct token *t)
{
	if (!in_list(s))
		complain(s, t->line, "has no value, write %.*s = VALUE;", (int)top(s)->key.len,
			 top(s)->key.start);
	else
		complain(s, t->line, "a value is missing here between two commas");
}

/* Libconfig lets the ; be left out; the clean text always has it. */
static void finish_setting(struct screen *s)
{
	struct frame *f = top(s);

	if (f->forget) {
		f->forget = false;
		f->n--;
		s->out->len = f->forget_len;
		s->out->data[s->out->len] = '\0';
		s->out_line = f->forget_line;
	} else {
		emit_mark(s, s->out_line, ";");
	}
	f->key.len = 0;
	s->expect = EXPECT_NAME;
}

/* A mark where a value should stand. */
static void mark_for_value(struct screen *s, const struct token *t)
{
	bool list = in_list(s);

	if (strchr("{([", *t->start)) {
		open_frame(s, t);
	} else if (strchr("})]", *t->start) && list) {
		/* the comma before it is left out of the clean text */
		close_frame(s, t);
	} else if (*t->start == ',' && list) {
		no_value(s, t);
	} else if (*t->start == '=' || *t->start == ':') {
		complain(s, t->line, "one %c too many, take it away", *t->start);
	} else {
		no_value(s, t);
		if (list) {
			give_up(s);
			return;
		}
		emit_word(s, t->line, "\"?\"");
		value_done(s);
		finish_setting(s);
		if (strchr("})]", *t->start))
			close_frame(s, t);
	}
}

static void end_of_text(struct screen *s, const struct token *t)
{
	struct frame *f = top(s);

	if (t->trouble == TROUBLE_COMMENT_OPEN) {
		complain(s, t->line, "the comment that starts here never ends, close it with */");
		give_up(s);
	} else if (f->open) {
		f->key.len = 0;
		complain(s, f->line,
			 "the %c of this line is never closed, a %s is missing; is the file "
			 "cut off?",
			 f->open, closer(f->open));
		give_up(s);
	} else if (s->expect != EXPECT_NAME && s->expect != EXPECT_SEPARATOR) {
		no_value(s, t);
		give_up(s);
	}
	s->stop = true;
}

static void strange(struct screen *s, const struct token *t)
{
	unsigned char c = (unsigned char)*t->start;

	if (c > ' ' && c < 0x7f)
		complain(s, t->line, "a setting must begin with a letter, found %.*s", shown(t),
			 t->start);
	else
		complain(s, t->line, "the byte \\x%02x means nothing here, take it away", c);
	give_up(s);
}

static void include(struct screen *s, const struct token *t)
{
	complain(s, t->line,
		 "@include is not allowed, put the file into the folder of the peer list instead");
}

static void take_value(struct screen *s, const struct token *t)
{
	switch (t->kind) {
	case TOKEN_END:
		end_of_text(s, t);
		return;
	case TOKEN_NAME:
	case TOKEN_STRANGE:
		strange(s, t);
		return;
	case TOKEN_INCLUDE:
		include(s, t);
		return;
	case TOKEN_MARK:
		mark_for_value(s, t);
		return;
	case TOKEN_STRING:
		take_string(s, t);
		break;
	case TOKEN_INTEGER:
		take_integer(s, t);
		break;
	case TOKEN_FRACTION:
		emit_word(s, t->line, "0.5");
		break;
	case TOKEN_TRUE:
		emit_word(s, t->line, "true");
		break;
	case TOKEN_FALSE:
		emit_word(s, t->line, "false");
		break;
	case TOKEN_WORD:
		take_word(s, t);
		break;
	}
	value_done(s);
}

/* --- settings -------------------------------------------------------------------------------- */

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
	struct frame *f = top(s);
	int before;

	f->key = (struct word){t->start, t->len, t->line};
	if (f->n == SCREEN_NAMES_MAX) {
		complain(s, t->line, "more than %d settings in one group", SCREEN_NAMES_MAX);
		give_up(s);
		return;
	}
	before = given_before(f, &f->key);
	f->forget = before != 0;
	f->forget_len = s->out->len;
	f->forget_line = s->out_line;
	if (before && s->depth == 0 && t->len == 6 && memcmp(t->start, "member", 6) == 0)
		complain(s, t->line,
			 "is given twice, first on line %d; write members = ( { ... }, "
			 "{ ... } ); for several",
			 before);
	else if (before)
		complain(s, t->line, "is given twice, first on line %d; keep one", before);
	f->names[f->n] = f->key;
	emit(s, t->line, t->start, t->len);
	emit_mark(s, t->line, "=");
	s->expect = EXPECT_EQUALS;
}

/* JSON habit: "asn" = 64501 */
static void quoted_name(struct screen *s, struct token *t)
{
	struct lexer l = {.p = t->start, .end = t->start + t->len, .line = t->line};
	struct token inner = lex_next(&l, false);

	top(s)->key.len = 0;
	complain(s, t->line, "the name \"%.*s\" stands in quotes, or a ; is missing before it",
		 shown(t), t->start);
	if (t->trouble != TROUBLE_NONE || inner.kind != TOKEN_NAME || inner.len != t->len) {
		give_up(s);
		return;
	}
	start_setting(s, t);
}

static void expect_name(struct screen *s, struct token *t)
{
	switch (t->kind) {
	case TOKEN_END:
		end_of_text(s, t);
		return;
	case TOKEN_NAME:
		start_setting(s, t);
		return;
	case TOKEN_STRING:
		quoted_name(s, t);
		return;
	case TOKEN_INCLUDE:
		include(s, t);
		return;
	case TOKEN_MARK:
		break;
	case TOKEN_INTEGER:
	case TOKEN_FRACTION:
	case TOKEN_TRUE:
	case TOKEN_FALSE:
	case TOKEN_WORD:
	case TOKEN_STRANGE:
		top(s)->key.len = 0;
		strange(s, t);
		return;
	}
	top(s)->key.len = 0;
	if (strchr("})]", *t->start)) {
		close_frame(s, t);
	} else if (*t->start == ';' || *t->start == ',') {
		complain(s, t->line, "one %c too many, take it away", *t->start);
	} else if (s->depth == 0 && *t->start != '=' && *t->start != ':') {
		complain(s, t->line,
			 "a name is missing before this %c, write fabric = { ... }; or "
			 "member = { ... };",
			 *t->start);
		give_up(s);
	} else {
		complain(s, t->line, "a name is missing before this %c, write NAME = VALUE;",
			 *t->start);
		give_up(s);
	}
}

static void expect_equals(struct screen *s, struct token *t, const struct lexer *before)
{
	s->expect = EXPECT_VALUE;
	if (lex_is_mark(t, '=') || lex_is_mark(t, ':'))
		return;
	if (t->kind == TOKEN_END || lex_is_mark(t, ';') || lex_is_mark(t, ',') ||
	    lex_is_mark(t, '}') || lex_is_mark(t, ')') || lex_is_mark(t, ']')) {
		take_value(s, t);
		return;
	}
	complain(s, top(s)->key.line, "the = is missing, write %.*s = VALUE;", (int)top(s)->key.len,
		 top(s)->key.start);
	if (t->line != top(s)->key.line) {
		give_up(s);
		return;
	}
	s->lexer = *before; /* read it again, as a value */
}

static void after_setting(struct screen *s, struct token *t, const struct lexer *before)
{
	bool two = t->kind == TOKEN_STRING;

	if (two) /* libconfig would join them */
		complain(s, t->line,
			 "two texts stand side by side, write one, or [ ] around several");
	finish_setting(s);
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
		close_frame(s, t);
	} else if (lex_is_mark(t, ';')) {
		complain(s, t->line, "a ; stands inside a list, write a comma");
	} else if (t->kind == TOKEN_END) {
		end_of_text(s, t);
	} else {
		complain(s, t->line, "a comma is missing in the list before this");
		s->lexer = *before;
	}
}

static void step(struct screen *s)
{
	struct lexer before = s->lexer;
	bool list = in_list(s);
	struct token t = lex_next(&s->lexer, s->expect == EXPECT_VALUE);

	switch (s->expect) {
	case EXPECT_NAME:
		expect_name(s, &t);
		break;
	case EXPECT_EQUALS:
		expect_equals(s, &t, &before);
		break;
	case EXPECT_VALUE:
		take_value(s, &t);
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
		complain(s, 0, "is larger than %d MiB, that is no peer list",
			 SCREEN_BYTES_MAX >> 20);
		return false;
	}
	if (!nul)
		return true;
	for (const char *p = in->text; p < nul; p++)
		line += *p == '\n';
	complain(s, line, "holds a NUL byte: this is not a text file, or not one in UTF-8");
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

	s.frames = calloc(SCREEN_DEPTH_MAX, sizeof(*s.frames));
	if (!s.frames)
		abort();
	s.stop = s.broken = !is_text(&s, in);
	s.lexer = (struct lexer){.p = in->text, .end = in->text + in->len, .line = 1};
	if (!s.stop && in->len >= 3 && memcmp(in->text, "\xef\xbb\xbf", 3) == 0) {
		complain(&s, 1, "starts with a byte order mark, save it as UTF-8 without one");
		s.lexer.p += 3;
	}
	text_puts(clean, "");
	while (!s.stop)
		step(&s);
	free(s.frames);
	return !s.broken;
}

/* Values, and the groups and lists that hold them. */
#include "peerlist/screen_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int screen_shown(const struct token *t)
{
	return t->len < 60 ? (int)t->len : 60;
}

static void value_done(struct screen *s)
{
	struct frame *f = screen_top(s);

	f->n++;
	if (screen_in_list(s) && f->n > SCREEN_ELEMENTS_MAX) {
		screen_complain(s, f->line, "has more than %d elements, that is no peer list",
				SCREEN_ELEMENTS_MAX);
		screen_give_up(s);
	}
	s->comma = false;
	s->expect = EXPECT_SEPARATOR;
}

static void take_string(struct screen *s, const struct token *t)
{
	if (t->trouble == TROUBLE_STRING_OPEN)
		screen_complain(
			s, t->line,
			"the text \"%.*s has no closing quotation mark on its line, write \"%.*s\"",
			screen_shown(t), t->start, screen_shown(t), t->start);
	if (t->trouble == TROUBLE_ESCAPE)
		screen_complain(s, t->line,
				"\"%.*s\" has a backslash that means nothing, leave it out",
				screen_shown(t), t->start);
	if (t->trouble != TROUBLE_NONE) {
		screen_emit_word(s, t->line, "\"?\"");
		return;
	}
	screen_emit_value(s, t->line, t->start - 1, t->len + 2);
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
		screen_complain(s, t->line,
				"%.*s has the wrong quotation marks, write plain \"...\"",
				screen_shown(t), t->start);
	else if (yes || no)
		screen_complain(s, t->line, "%.*s is not a value, write %s", screen_shown(t),
				t->start, yes ? "true" : "false");
	else if (t->len > 1 && t->start[t->len - 1] == ':')
		screen_complain(s, t->line, "groups are written with braces: %.*s = { ... };",
				(int)screen_top(s)->key.len, screen_top(s)->key.start);
	else
		screen_complain(s, t->line,
				"%.*s is neither a number nor in quotes, write \"%.*s\"",
				screen_shown(t), t->start, screen_shown(t), t->start);
	screen_emit_word(s, t->line, yes ? "true" : no ? "false" : "\"?\"");
}

static void take_integer(struct screen *s, const struct token *t)
{
	char text[32];

	if (t->trouble == TROUBLE_NOT_64_BIT)
		screen_complain(s, t->line, "%.*s is too large for any number here",
				screen_shown(t), t->start);
	if (t->trouble == TROUBLE_LEADING_ZERO)
		screen_complain(s, t->line, "%.*s has a leading zero, write %" PRId64,
				screen_shown(t), t->start, t->integer);
	/* the L suffix: without it libconfig 1.5 keeps the low 32 bits and says nothing */
	int n = snprintf(text, sizeof(text), "%" PRId64 "L", t->integer);

	screen_emit_value(s, t->line, text, (size_t)n);
}

void screen_frame_init(struct frame *f, char open, int line)
{
	f->open = open;
	f->line = line;
	f->key.len = 0;
	f->n = 0;
	f->forget = false;
}

static void open_frame(struct screen *s, const struct token *t)
{
	char mark = *t->start;

	if (s->depth + 1 == SCREEN_DEPTH_MAX) {
		screen_complain(
			s, t->line,
			"more than %d groups and lists stand inside each other, a peer list needs "
			"6",
			SCREEN_DEPTH_MAX - 1);
		screen_give_up(s);
		return;
	}
	if (screen_top(s)->open == '[')
		screen_complain(s, t->line,
				"[ ] holds plain values only, write ( ) around groups and lists");
	screen_emit_word(s, t->line, mark == '{' ? "{" : "(");
	struct frame *f = &s->frames[++s->depth];

	screen_frame_init(f, mark, t->line);
	s->comma = false;
	s->expect = mark == '{' ? EXPECT_NAME : EXPECT_VALUE;
}

static const char *closer(char open)
{
	return open == '{' ? "}" : open == '(' ? ")" : "]";
}

/* } ) or ] */
void screen_close_frame(struct screen *s, const struct token *t)
{
	struct frame *f = screen_top(s);

	if (f->open == 0) {
		screen_complain(s, t->line, "this %c closes nothing, take it away", *t->start);
		screen_give_up(s);
		return;
	}
	if (*t->start != *closer(f->open)) {
		screen_complain(
			s, t->line,
			"this %c does not close the %c of line %d, a %s is missing before it",
			*t->start, f->open, f->line, closer(f->open));
		screen_give_up(s);
		return;
	}
	if (s->comma)
		screen_complain(s, t->line, "there is a comma before the closing %c, take it away",
				*t->start);
	screen_emit_mark(s, s->out_line, f->open == '{' ? "}" : ")");
	s->depth--;
	value_done(s);
}

static void no_value(struct screen *s, const struct token *t)
{
	if (!screen_in_list(s))
		screen_complain(s, t->line, "has no value, write %.*s = VALUE;",
				(int)screen_top(s)->key.len, screen_top(s)->key.start);
	else
		screen_complain(s, t->line, "a value is missing here between two commas");
}

/* Libconfig lets the ; be left out; the clean text always has it. */
void screen_finish_setting(struct screen *s)
{
	struct frame *f = screen_top(s);

	if (f->forget) {
		f->forget = false;
		f->n--;
		s->out->len = f->forget_len;
		s->out->data[s->out->len] = '\0';
		s->out_line = f->forget_line;
	} else {
		screen_emit_mark(s, s->out_line, ";");
	}
	f->key.len = 0;
	s->expect = EXPECT_NAME;
}

/* A mark where a value should stand. */
static void mark_for_value(struct screen *s, const struct token *t)
{
	bool list = screen_in_list(s);

	if (strchr("{([", *t->start)) {
		open_frame(s, t);
	} else if (strchr("})]", *t->start) && list) {
		/* the comma before it is left out of the clean text */
		screen_close_frame(s, t);
	} else if (*t->start == ',' && list) {
		no_value(s, t);
	} else if (*t->start == '=' || *t->start == ':') {
		screen_complain(s, t->line, "one %c too many, take it away", *t->start);
	} else {
		no_value(s, t);
		if (list) {
			screen_give_up(s);
			return;
		}
		screen_emit_word(s, t->line, "\"?\"");
		value_done(s);
		screen_finish_setting(s);
		if (strchr("})]", *t->start))
			screen_close_frame(s, t);
	}
}

void screen_end_of_text(struct screen *s, const struct token *t)
{
	struct frame *f = screen_top(s);

	if (t->trouble == TROUBLE_COMMENT_OPEN) {
		screen_complain(s, t->line,
				"the comment that starts here never ends, close it with */");
		screen_give_up(s);
	} else if (f->open) {
		f->key.len = 0;
		screen_complain(s, f->line,
				"the %c of this line is never closed, a %s is missing; is the file "
				"cut off?",
				f->open, closer(f->open));
		screen_give_up(s);
	} else if (s->expect != EXPECT_NAME && s->expect != EXPECT_SEPARATOR) {
		no_value(s, t);
		screen_give_up(s);
	}
	s->stop = true;
}

void screen_strange(struct screen *s, const struct token *t)
{
	unsigned char c = (unsigned char)*t->start;

	if (c > ' ' && c < 0x7f)
		screen_complain(s, t->line, "a setting must begin with a letter, found %.*s",
				screen_shown(t), t->start);
	else
		screen_complain(s, t->line, "the byte \\x%02x means nothing here, take it away", c);
	screen_give_up(s);
}

void screen_include(struct screen *s, const struct token *t)
{
	screen_complain(
		s, t->line,
		"@include is not allowed, put the file into the folder of the peer list instead");
}

void screen_take_value(struct screen *s, const struct token *t)
{
	switch (t->kind) {
	case TOKEN_END:
		screen_end_of_text(s, t);
		return;
	case TOKEN_NAME:
	case TOKEN_STRANGE:
		screen_strange(s, t);
		return;
	case TOKEN_INCLUDE:
		screen_include(s, t);
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
		screen_emit_word(s, t->line, "0.5");
		break;
	case TOKEN_TRUE:
		screen_emit_word(s, t->line, "true");
		break;
	case TOKEN_FALSE:
		screen_emit_word(s, t->line, "false");
		break;
	case TOKEN_WORD:
		take_word(s, t);
		break;
	}
	value_done(s);
}

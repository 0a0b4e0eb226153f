/*
 * screen_state - what the two halves of the screening share: screen.c (settings and their order) and
 * screen_value.c (values, lists and groups)
 */
#pragma once

#include "peerlist/lex.h"
#include "peerlist/screen.h"

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

/** screen_frame_init() - nothing read in it yet; the names are left as they are: they are many */
void screen_frame_init(struct frame *f, char open, int line);
struct frame *screen_top(struct screen *s);
bool screen_in_list(const struct screen *s);
/** screen_complain() - one fault a line: what follows on it is most often the same mistake */
void screen_complain(struct screen *s, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** screen_give_up() - after a fault that leaves the rest without a meaning */
void screen_give_up(struct screen *s);

/** screen_emit() - clean text, on line @line or the current one if that is later */
void screen_emit(struct screen *s, int line, const char *text, size_t n);
void screen_emit_mark(struct screen *s, int line, const char *mark);
/** screen_emit_value() - with the comma that second and further elements need */
void screen_emit_value(struct screen *s, int line, const char *text, size_t n);
void screen_emit_word(struct screen *s, int line, const char *word);

/** screen_shown() - so much of @t goes into a fault */
int screen_shown(const struct token *t);
void screen_take_value(struct screen *s, const struct token *t);
void screen_close_frame(struct screen *s, const struct token *t);
void screen_finish_setting(struct screen *s);
void screen_end_of_text(struct screen *s, const struct token *t);
void screen_strange(struct screen *s, const struct token *t);
void screen_include(struct screen *s, const struct token *t);

/*
 * birdreply - what BIRD's control socket says, as values
 * Pure: text in, values out; birdsock moves the bytes.
 * Source: BIRD's programmer's documentation, "Command line interface": each line starts with a
 * code of four digits; "1002-text" goes on, "0013 text" ends the reply, " text" repeats the code of
 * the line before, "+text" is a log line that belongs to no reply. 8xxx: refused; 9xxx: not understood.
 */
#pragma once

#include "base/arena.h"
#include "edge/birdsock.h"

enum {
	BIRDREPLY_MAX = 64 << 20, /* bytes; 5,000 sessions in full are 10 MiB */
	BIRDREPLY_LINE = 64 << 10,
};

/* How far a reply that is still arriving has been read. */
struct birdreply_scan {
	size_t at;  /* start of the first line not looked at */
	bool coded; /* a line with a code was seen, so " text" has something to repeat */
};

enum birdreply_state { BIRDREPLY_MORE = 0, BIRDREPLY_WHOLE = 1 };

/** birdreply_scan() - look at the lines that came. Return: enum birdreply_state; -EPROTO for what
 *  cannot be BIRD: a line without code, NUL bytes, an endless line */
int birdreply_scan(struct birdreply_scan *s, const char *text, size_t len);

struct birdreply_line {
	int code;
	const char *text; /* without the code */
};

struct birdreply {
	struct birdreply_line *list;
	size_t n;
	int code; /* of the last line */
};

/** birdreply_parse() - a whole reply, as birdreply_scan() found it; text is copied into @a */
void birdreply_parse(struct arena *a, const char *text, size_t len, struct birdreply *ret);
/** birdreply_text() - all lines without codes, joined by newlines */
char *birdreply_text(struct arena *a, const struct birdreply *r);
/** birdreply_version() - "2.0.12" of the greeting "0001 BIRD 2.0.12 ready."; NULL when it is none */
const char *birdreply_version(struct arena *a, const struct birdreply *r);
/** birdreply_sessions() - the BGP sessions named gx_* of "show protocols all", 2.x and 3.x */
void birdreply_sessions(struct arena *a, const struct birdreply *r, struct bird_sessions *ret);

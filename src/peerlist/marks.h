/*
 * marks - on which line each value stood
 * The checks across the whole list name the line of the very value; struct peerlist itself keeps
 * only the line of each site and member.
 */
#pragma once

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

struct mark {
	const void *value;
	int line;
	bool right;
};

struct marks {
	struct mark *list;
	size_t n, room;
	bool sorted;
};

void marks_init(struct marks *m);
void marks_done(struct marks *m);
/** marks_add() - @value was given on @line; it must not move any more */
void marks_add(struct marks *m, const void *value, int line, bool right);
/** marks_line() - the line of @value, 0 if it was not given */
int marks_line(struct marks *m, const void *value);
/** marks_wrong() - whether @value was given and is wrong: what is checked against it says nothing */
bool marks_wrong(struct marks *m, const void *value);

/*
 * terminal - drawn again and again, and given back as it was
 * The alternate screen, so that what stood there before comes back; lines that do not fit are cut.
 */
#pragma once

#include <stdbool.h>
#include <termios.h>

struct terminal {
	struct termios saved;
	bool is_saved; /* stdin is a terminal too: keys come one by one */
};

bool terminal_is_there(void);
/** terminal_signals() - from here on Ctrl-C ends terminal_wait(), not the program */
void terminal_signals(void);
void terminal_open(struct terminal *t);
/** terminal_draw() - @text from the top, colours allowed; @foot on the last line */
void terminal_draw(const char *text, const char *foot);
/** terminal_wait() - @ms pass, or the window changes; without keys when @t is NULL. Return: false when asked to end (q, Ctrl-C,
 *  SIGTERM, end of input on a terminal) */
bool terminal_wait(const struct terminal *t, int ms);
/** terminal_close() - also after terminal_wait() said false */
void terminal_close(const struct terminal *t);

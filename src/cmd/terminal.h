/*
 * terminal - drawn again and again, and given back as it was
 * The alternate screen, so that what stood there before comes back; lines that do not fit are cut.
 */
#pragma once

#include <stdbool.h>

bool terminal_is_there(void);
void terminal_open(void);
/** terminal_draw() - @text from the top, colours allowed; @foot on the last line */
void terminal_draw(const char *text, const char *foot);
/** terminal_wait() - @ms pass, or the window changes. Return: false when asked to end (q, Ctrl-C,
 *  SIGTERM, end of input on a terminal) */
bool terminal_wait(int ms);
/** terminal_close() - also after terminal_wait() said false */
void terminal_close(void);

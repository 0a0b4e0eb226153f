/*
 * utf8 - one character at a time, and which ones no name and no terminal should see
 * Source: RFC 3629.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** utf8_next() - the character at @s, which ends with a NUL. Return: its bytes, 0 if it is not UTF-8 */
size_t utf8_next(const char *s, uint32_t *ret);
/** utf8_is_control() - C0, DEL and C1 */
bool utf8_is_control(uint32_t c);
/** utf8_is_invisible() - cannot be seen, or turns the text around: two names would look the same */
bool utf8_is_invisible(uint32_t c);
/** utf8_is_space() - of any width */
bool utf8_is_space(uint32_t c);

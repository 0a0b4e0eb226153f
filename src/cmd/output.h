/*
 * output - what a verb says: text and JSON on stdout, one line an error on stderr
 */
#pragma once

#include "base/fault.h"
#include "base/text.h"
#include "cmd/verb.h"

#include <jansson.h>
#include <stdbool.h>

/** output_open() - descriptors 0 to 2 exist from here on, so no socket becomes "stdout" */
void output_open(void);
/** output_finish() - what was printed has arrived. Return: @code, or EXIT_FAILED after a line on
 *  stderr; quiet when the reader has gone (| head) */
int output_finish(int code);

/** output_colour() - stdout is a terminal that knows colours, and NO_COLOR is not set */
bool output_colour(void);
enum { OUTPUT_RED = 31, OUTPUT_GREEN = 32, OUTPUT_YELLOW = 33 };
/** output_paint() - @s in a colour of the terminal, plain where colours are not wanted */
void output_paint(int colour, const char *s);

/** output_json() - one document and a newline; takes the reference */
void output_json(json_t *j);
/** output_string() - a JSON string; bytes that are not UTF-8 become U+FFFD */
json_t *output_string(const char *s);

/** output_line() - "grix VERB: text" on stderr; @verb NULL: "grix: text". Control bytes, which come
 *  from the command line, show as "?", so that it is one line and no terminal obeys it */
void output_line(const char *verb, const char *text);

/**
 * output_error() - "grix VERB: text", on stderr; with --json also {"ok":false,"error":text}
 * Return: @code.
 */
int output_error(const struct call *c, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** output_faults() - each as a line, then how many in how many files. Return: EXIT_PEERLIST */
int output_faults(const struct call *c, struct faults *f);
/** output_faults_json() - [{"file","line","where","text"}] */
json_t *output_faults_json(const struct faults *f);

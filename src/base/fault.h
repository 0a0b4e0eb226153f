/*
 * fault - what is wrong with the input, all of it in one run
 * A fault prints as "file:line: where: what is wrong, what would be right".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Where something stands in the peer list; file is NULL when it has no place. */
struct origin {
	const char *file; /* borrowed from the peer list's arena, or a literal */
	int line;	  /* from 1; 0 for the whole file */
};

struct fault {
	char *file; /* NULL when the fault has no place */
	int line;
	char *where; /* "member Alpha: site ams: underlay4", NULL when the whole file */
	char *text;  /* "192.0.2.300 is not an IPv4 address, write it like 192.0.2.1" */
};

struct faults {
	struct fault *list;
	size_t n;
	size_t dropped; /* beyond FAULTS_MAX; the last printed line says how many */
};

enum { FAULTS_MAX = 1000 };

void faults_init(struct faults *f);
void faults_done(struct faults *f);
/** faults_add() - copies everything; what a terminal should not see is shown as \xNN or \uNNNN */
void faults_add(struct faults *f, struct origin at, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/** faults_sort() - by file, line, then the order they were found */
void faults_sort(struct faults *f);
/** fault_line() - one fault as one line without newline, into @buf. Return: @buf */
char *fault_line(const struct fault *f, char *buf, size_t size);

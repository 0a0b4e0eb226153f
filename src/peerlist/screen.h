/*
 * screen - what libconfig must not see, and what it would not explain
 * libconfig 1.5 wraps large integers, opens files for @include (and ends the program on a folder),
 * recurses without limit, joins neighbouring strings, and says "syntax error" to all else. So every
 * text is screened first: its structure is checked, each fault is told in plain words, and libconfig
 * is given a clean copy with the same lines: no comments, every integer as 64 bit, every array as
 * a list.
 *   in  the text as found     out  clean text, or faults
 */
#pragma once

#include "base/fault.h"
#include "base/text.h"
#include "peerlist/peerlist.h"

enum {
	SCREEN_DEPTH_MAX = 32,	      /* groups and lists inside each other; a good list has 6 */
	SCREEN_NAMES_MAX = 64,	      /* settings in one group; libconfig is quadratic in them */
	SCREEN_ELEMENTS_MAX = 100000, /* of one list */
	SCREEN_BYTES_MAX = 16 << 20,  /* of one file */
	SCREEN_FAULTS_MAX = 200,      /* told about one file */
};

/**
 * screen_text() - check one file
 * @clean: initialised by the caller; what libconfig may read, with every fault mended in the way
 *         it was most likely meant, so that the reading can go on and find the other faults
 * Return: false when there is nothing left that could be read.
 */
bool screen_text(const struct peerlist_text *in, struct faults *faults, struct text *clean);

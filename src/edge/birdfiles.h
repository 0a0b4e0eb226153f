/*
 * birdfiles - put a new set of generated files in place, and take it back when BIRD objects
 * The folder that bird.conf includes is a symbolic link to a generation next to it:
 *   grix -> grix.d/0f3a...   (named by the hash of its content)
 * so that all files change at once, a crash leaves either the old or the new set, and undo is one
 * rename.
 */
#pragma once

#include "base/err.h"
#include "render/bird.h"

#include <stdbool.h>

struct birdfiles_conf {
	const char *dir;    /* the link, e.g. "/etc/bird/grix" */
	const char *socket; /* BIRD's control socket */
	const char *bird;   /* program for the check, "bird"; NULL: no check before loading */
	int undo_s;	    /* BIRD's own undo timer */
};

enum birdfiles_result {
	BIRDFILES_SAME = 0, /* nothing changed, nothing written, no configure */
	BIRDFILES_LOADED,   /* new files in place, BIRD has them, confirmed */
	BIRDFILES_WRITTEN, /* new files in place; BIRD is not running and will read them at its start */
	BIRDFILES_REFUSED, /* BIRD refused or lost sessions: the old files are back, BIRD runs the old */
};

/**
 * birdfiles_apply() - write aside, check, swap, configure with timeout, look, confirm
 * @err: for REFUSED BIRD's own words with file and line
 * Return: enum birdfiles_result, or a negative errno when the disk said no (old files stay).
 */
int birdfiles_apply(const struct birdfiles_conf *c, const struct bird_files *f, struct err *err);
/** birdfiles_differ() - names of files that would be written, changed or removed, one a line, in @a */
int birdfiles_differ(const struct birdfiles_conf *c, const struct bird_files *f, struct arena *a,
		     char **ret, struct err *err);

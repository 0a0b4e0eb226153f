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
	int undo_s;	    /* BIRD's own undo timer; 0: 60 */
	int check_ms;	    /* the check takes at most so long; 0: 60000 */
	int answer_ms;	    /* one answer of BIRD takes at most so long; 0: 15000 */
};

enum birdfiles_result {
	BIRDFILES_SAME = 0, /* nothing changed, nothing written, no configure */
	BIRDFILES_LOADED,   /* new files in place, BIRD has them, confirmed */
	BIRDFILES_WRITTEN, /* new files in place; BIRD is not running and will read them at its start */
	BIRDFILES_REFUSED, /* BIRD refused or lost sessions: the old files are back, BIRD runs the old */
};

/**
 * birdfiles_apply() - write aside, check, swap, configure with timeout, look, confirm
 * Blocks: half a minute at worst when sessions do not come back, and as long as BIRD may take to
 * answer. Two callers at once take turns. Sessions that were shut through the socket are open
 * again when their file changed. A child process is run for the check: an event loop that reaps
 * every child takes its exit status away, which is survived, but then only its words count.
 * @err: for REFUSED BIRD's own words with file and line
 * Return: enum birdfiles_result, or a negative errno: the disk said no (old files stay), BIRD does
 * not answer (-ETIMEDOUT, nothing written), @dir is somebody else's (-EEXIST), or BIRD's own
 * configuration does not include the files (-ENOLINK, they are in place).
 */
int birdfiles_apply(const struct birdfiles_conf *c, const struct bird_files *f, struct err *err);
/** birdfiles_differ() - "new NAME", "changed NAME", "removed NAME", one a line, in @a; "" for none */
int birdfiles_differ(const struct birdfiles_conf *c, const struct bird_files *f, struct arena *a,
		     char **ret, struct err *err);

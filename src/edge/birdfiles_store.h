/*
 * birdfiles_store - generations of BIRD's files on disk; internal to birdfiles*.c
 *   grix            link to the generation that BIRD reads
 *   grix.d/0f3a...  a generation: the files, and 99-generation.conf, which defines gx_generation as
 *                   its name, so that a running BIRD can be asked which one it has loaded
 *   grix.d/.new     one being written
 * The folder grix.d is locked while a store is open: two programs do not apply at once.
 */
#pragma once

#include "base/err.h"
#include "base/text.h"
#include "render/bird.h"

#include <stdbool.h>

enum { GENERATION_NAME = 32 };

struct birdstore {
	struct arena *arena;
	const char *link;  /* "/etc/bird/grix" */
	const char *dir;   /* "/etc/bird/grix.d" */
	const char *base;  /* "grix.d" */
	const char *stage; /* "/etc/bird/grix.d/.new" */
	int fd;		   /* of dir, locked; -1 when it is not there */
	bool folder;	   /* link is an empty folder that somebody made: to be replaced */
	char current[GENERATION_NAME]; /* where the link leads, "" for nowhere */
};

/** birdstore_open() - lock, and see where the link leads. A link or folder that grix did not make
 *  is -EEXIST with a line. @make: make grix.d when it is not there. Done with birdstore_done(). */
int birdstore_open(struct birdstore *s, const char *link, bool make, struct err *err);
void birdstore_done(struct birdstore *s);

/** birdstore_holds() - whether generation @name is whole and has exactly these bytes */
bool birdstore_holds(const struct birdstore *s, const char *name, const struct bird_files *f);
/** birdstore_same_file() - whether file @file is the same in generations @a and @b */
bool birdstore_same_file(const struct birdstore *s, const char *a, const char *b, const char *file);
/** birdstore_differ() - "new NAME", "changed NAME", "removed NAME", one a line, against the current */
void birdstore_differ(const struct birdstore *s, const struct bird_files *f, struct text *ret);

/** birdstore_stage() - write @f to the stage, under the name in @ret; *@stands: such a generation
 *  is there already and nothing was written */
int birdstore_stage(const struct birdstore *s, const struct bird_files *f,
		    char ret[GENERATION_NAME], bool *stands, struct err *err);
/** birdstore_keep() - the stage becomes generation @name, safe on disk */
int birdstore_keep(const struct birdstore *s, const char *name, struct err *err);
/** birdstore_point() - the link leads to @name from now on, atomically; "" makes it an empty one,
 *  since BIRD does not start when a folder it includes is missing */
int birdstore_point(struct birdstore *s, const char *name, struct err *err);
/** birdstore_clean() - remove what an interrupted call left; no write when there is nothing */
void birdstore_clean(const struct birdstore *s);
/** birdstore_drop() - remove generation @name, unless the link leads to it */
void birdstore_drop(const struct birdstore *s, const char *name);
/** birdstore_has() - whether there is a generation @name, whatever it holds */
bool birdstore_has(const struct birdstore *s, const char *name);
/** birdstore_prune() - remove all generations but two */
void birdstore_prune(const struct birdstore *s, const char *keep, const char *keep_too);

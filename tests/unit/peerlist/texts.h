/*
 * texts - peer lists on disk for the tests of this folder, which may not use edge/
 */
#pragma once

#include "base/arena.h"
#include "base/fault.h"
#include "base/text.h"
#include "peerlist/peerlist.h"

/** texts_slurp() - a whole file, NUL-terminated, in @a; fails the test when it cannot be read */
char *texts_slurp(struct arena *a, const char *path, size_t *len);
/** texts_read() - FOLDER/NAME, a file or a folder of *.cfg; the names shown begin with NAME */
struct peerlist_text *texts_read(struct arena *a, const char *folder, const char *name, size_t *n);
/** texts_names() - what is in @folder, sorted */
char **texts_names(struct arena *a, const char *folder, size_t *n);
/** texts_faults() - all of @f, one a line */
void texts_faults(const struct faults *f, struct text *ret);
/** texts_parse() - one text called "t.cfg". Return: the list, or NULL with the faults in @ret */
struct peerlist *texts_parse(const char *text, struct text *ret);

/*
 * lastgood - the last peer list that was taken, kept on disk for the day the real one is broken
 * One file, written whole or not at all: a line with the number of files and a hash over all that
 * follows, then each file after a line with its length and name.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "peerlist/peerlist.h"

#include <stdint.h>

/** lastgood_write() - makes the folder if it is not there; writes nothing when the same list stands
 *  there already. Return: 0 or a negative errno, the old copy stands */
int lastgood_write(const char *path, const struct peerlist_text *files, size_t n, struct err *err);

/** lastgood_read() - @written: when, Unix time. Return: 0 with @files in @a; -ENOENT; -EBADMSG when it is cut or altered */
int lastgood_read(const char *path, struct arena *a, struct peerlist_text **files, size_t *n,
		  double *written, struct err *err);

/** peers_hash() - of names and texts: the same list has the same hash */
uint64_t peers_hash(const struct peerlist_text *files, size_t n);

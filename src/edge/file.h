/*
 * file - read a peer list from disk; write a file so that a crash leaves the old or the new
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/fault.h"
#include "peerlist/peerlist.h"

/**
 * file_read_peers() - the *.cfg of a folder (sorted by name; no sub-folders), or one file
 * Never blocks on a FIFO, never follows a directory; a file over 16 MiB is a fault.
 * @faults: what could not be read, as "file: ..."
 * @files:  what could be read, in @a; also when something else could not
 * Return: 0 or PEERLIST_FAULTY.
 */
int file_read_peers(const char *path, struct arena *a, struct faults *faults,
		    struct peerlist_text **files, size_t *n);

/** file_load_peers() - read, parse: the way every program gets its peer list */
int file_load_peers(const char *path, struct faults *faults, struct peerlist **ret);

/** file_write() - to "PATH.new", fsync, rename, fsync of the folder, mode 0644. 0 or negative errno; on
 *  any error the old file stands, but for one of the last step: the new one stands then */
int file_write(const char *path, const char *text, size_t len, struct err *err);

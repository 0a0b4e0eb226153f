/*
 * changes - has the peer list on disk changed?
 * By inotify, at once, and by names, times and sizes, for file systems that have none (hostfs, 9p,
 * NFS changed from elsewhere).
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/** changes_open() - Return: a descriptor that becomes readable when something in @path (a folder or
 *  a file) changes; or a negative errno */
int changes_open(const char *path, struct err *err);
/** changes_drain() - Return: whether anything was a change. */
bool changes_drain(int fd);
/** changes_fingerprint() - of names, inodes, times and sizes of the *.cfg; 0 when it cannot be read */
uint64_t changes_fingerprint(const char *path);

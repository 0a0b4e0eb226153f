/*
 * base/journal - lines for systemd's journal, with fields that can be searched for
 * Source: systemd's documents "JOURNAL_NATIVE_PROTOCOL" and systemd.exec(5), JOURNAL_STREAM.
 */
#pragma once

#include "base/text.h"

#include <stdbool.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/** journal_reads() - whether it is the journal that reads @fd: JOURNAL_STREAM, which outlives a
 *  redirection and is inherited by shells, names the device and inode of @fd */
bool journal_reads(int fd);

/** journal_field() - adds one field to an entry; @value may hold newlines */
void journal_field(struct text *entry, const char *name, const char *value);

/** journal_send() - one datagram, without waiting. Return: 0, or a negative errno */
int journal_send(const char *socket_path, const struct text *entry);

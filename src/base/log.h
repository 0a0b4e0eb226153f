/*
 * log - where the lines go; the first argument is the folder that speaks
 * On a terminal or in a file: time, level, folder, text. Where systemd's journal reads stderr: an entry
 * with the fields MESSAGE ("folder: text"), PRIORITY, SYSLOG_IDENTIFIER, GRIX_FOLDER and GRIX_SITE;
 * or the line "<N>folder: text", N the priority, where its socket does not take entries.
 * Pure folders never log; edges at debug; run and cmd once.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/** log_to_level() - show up to @level; debug only of the folders in @tokens ("kernel,live"), NULL
 * all */
void log_to_level(enum log_level level, const char *tokens);
/** log_set_site() - what GRIX_SITE says; borrowed; NULL: no such field */
void log_set_site(const char *site);
/** log_journal_at() - another journal socket than the system's, for tests; borrowed */
void log_journal_at(const char *socket_path);
void log_error(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * log - where the lines go; the first argument is the folder that speaks
 * On a terminal: time, level, folder, text. Under journald (JOURNAL_STREAM): "<N>folder: text".
 * Pure folders never log; edges at debug; run and cmd once.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/** log_to_level() - show up to @level; debug only of the folders in @tokens ("kernel,bird"), NULL
 * all */
void log_to_level(enum log_level level, const char *tokens);
void log_error(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *folder, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

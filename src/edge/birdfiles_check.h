/*
 * birdfiles_check - ask the program bird whether it would take a folder of files
 * Internal to birdfiles*.c.
 */
#pragma once

#include "base/err.h"

enum birdfiles_check_result { BIRDFILES_CHECK_OK = 0, BIRDFILES_CHECK_REFUSED };

/**
 * birdfiles_check() - "bird -p" over @folder, at most @timeout_ms
 * The files are tried alone: what they and the admin's own bird.conf make together, only the
 * running BIRD can tell. A host without the program passes.
 * @err: bird's words, names of files without their folder
 * Return: enum birdfiles_check_result, or a negative errno.
 */
int birdfiles_check(const char *bird, const char *folder, int timeout_ms, struct err *err);

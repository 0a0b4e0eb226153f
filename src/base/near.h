/*
 * near - which known name may have been meant
 * Damerau-Levenshtein distance (swapped neighbours count once), at most a third of the length.
 */
#pragma once

#include <stddef.h>

/** near_name() - the nearest of @names to @word, the first of equals; NULL if none is near */
const char *near_name(const char *word, const char *const *names, size_t n);

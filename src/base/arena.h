/*
 * arena - memory of one generation, freed in one call
 * A peer list, a plan, a site, a list of steps each own one arena; what a value points
 * to lives in the arena of that value. Out of memory aborts: the tunnels live in the
 * kernel and outlive us.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/** arena_free() - frees everything allocated from it; takes NULL, returns NULL */
struct arena *arena_free(struct arena *a);
void arena_cleanup(struct arena **a);
/** arena_alloc() - @n zeroed bytes, aligned for any type; never NULL */
void *arena_alloc(struct arena *a, size_t n);
/** arena_array() - zeroed array; aborts when n * size overflows */
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

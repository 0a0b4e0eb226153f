/*
 * hash - FNV-1a, 64 bit, with a final mix: short stable hashes for names and keys
 * Not for hash tables that a stranger fills.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *data, size_t n);
uint64_t hash_str(const char *s);
/** hash_base32() - the low 5 * @n bits in lower-case letters and digits 2-7, NUL-terminated */
void hash_base32(uint64_t hash, char *buf, size_t n);

#include "base/hash.h"

#include <string.h>

uint64_t hash_bytes(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = 0xcbf29ce484222325U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3U;
	/* FNV's low bits of short inputs are poor: mix (the finaliser of MurmurHash3) */
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdU;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53U;
	return h ^ (h >> 33);
}

uint64_t hash_str(const char *s)
{
	return hash_bytes(s, strlen(s));
}

void hash_base32(uint64_t hash, char *buf, size_t n)
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";

	for (size_t i = 0; i < n; i++, hash >>= 5)
		buf[i] = digit[hash & 31];
	buf[n] = '\0';
}

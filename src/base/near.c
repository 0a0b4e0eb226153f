#include "base/near.h"

#include <string.h>

enum { NEAR_MAX = 32 }; /* longer words are nobody's slip of a verb or an option */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[NEAR_MAX + 1][NEAR_MAX + 1];

	for (size_t i = 0; i <= na; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			size_t cost = a[i - 1] != b[j - 1];

			d[i][j] =
				least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

const char *near_name(const char *word, const char *const *names, size_t n)
{
	size_t length = strlen(word);
	const char *best = NULL;
	size_t best_distance = 0;

	if (length == 0 || length > NEAR_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(names[i]);

		if (other > NEAR_MAX)
			continue;
		size_t far = distance(word, length, names[i], other);

		if (far * 3 > (length > other ? length : other) + 1)
			continue;
		if (!best || far < best_distance) {
			best = names[i];
			best_distance = far;
		}
	}
	return best;
}

/*
 * plan/names - short names for the kernel and for BIRD, made from a site's own name alone
 * A name that fits is used as it is. One that does not is cut and carries a hash of the whole, so
 * that long names with the same beginning differ; plan/unique refuses the rest.
 */
#include "plan/names.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

/* "gx-" and this are 15 bytes; "gx_", this, "_" and eight of hash, "_v4" stay below BIRD's 63. */
enum { IFNAME_PLAIN = 12, IFNAME_CUT = 5, IFNAME_HASH = 6 };
enum { SYMBOL_PLAIN = 40, SYMBOL_CUT = 31, SYMBOL_HASH = 8 };

static bool is_plain(const char *s, size_t max)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= max && s[n] == '\0';
}

/* The letters and digits among the first bytes, in lower case; anything else is left out. */
static size_t cut(const char *s, char *ret, size_t max)
{
	size_t n = 0;

	for (; *s && n < max; s++) {
		if (*s >= 'A' && *s <= 'Z')
			ret[n++] = "abcdefghijklmnopqrstuvwxyz"[*s - 'A'];
		else if ((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9'))
			ret[n++] = *s;
	}
	ret[n] = '\0';
	return n;
}

void plan_ifname(const char *site_name, char ret[IFNAME_BYTES])
{
	char head[IFNAME_CUT + 1], hash[IFNAME_HASH + 1];

	if (is_plain(site_name, IFNAME_PLAIN)) {
		snprintf(ret, IFNAME_BYTES, "gx-%.12s", site_name);
		return;
	}
	hash_base32(hash_str(site_name), hash, IFNAME_HASH);
	size_t n = cut(site_name, head, IFNAME_CUT);

	snprintf(ret, IFNAME_BYTES, "gx-%s%s%s", head, n ? "-" : "", hash);
}

void plan_symbol(const char *site_name, char ret[SYMBOL_BYTES])
{
	char head[SYMBOL_CUT + 1], hash[SYMBOL_HASH + 1];

	if (is_plain(site_name, SYMBOL_PLAIN)) {
		snprintf(ret, SYMBOL_BYTES, "gx_%.40s", site_name);
		for (char *c = ret; *c; c++)
			if (*c == '-')
				*c = '_';
		return;
	}
	hash_base32(hash_str(site_name), hash, SYMBOL_HASH);
	size_t n = cut(site_name, head, SYMBOL_CUT);

	snprintf(ret, SYMBOL_BYTES, "gx_%s%s%s", head, n ? "_" : "", hash);
}

char *where_site(const struct plan_site *s, char buf[WHERE_BYTES])
{
	snprintf(buf, WHERE_BYTES, "member %s: site %s", s->member->name, s->name);
	return buf;
}

char *where_pair(const struct plan_site *a, const struct plan_site *b, char buf[WHERE_BYTES])
{
	snprintf(buf, WHERE_BYTES, "link %s-%s", a->name, b->name);
	return buf;
}

#include "peerlist/value.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AN_ASN "an ASN is a number from 1 to 4294967294"

const char *value_asn(struct arena *a, int64_t n, uint32_t *ret)
{
	if (n < 1 || n > UINT32_MAX)
		return arena_printf(a, "%" PRId64 " is not an ASN, " AN_ASN, n);
	if (n == 23456)
		return "23456 is AS_TRANS, which nobody owns (RFC 6793), write the real ASN";
	if (n == 65535 || n == UINT32_MAX)
		return arena_printf(a, "%" PRId64 " is reserved (RFC 7300), write the real ASN", n);
	*ret = (uint32_t)n;
	return NULL;
}

/* "1.10", RFC 5396: two halves of 16 bits. Return: 0 if @s is no such thing. */
static uint32_t asdot(const char *s)
{
	size_t high = strspn(s, "0123456789"), low;

	if (high == 0 || high > 5 || s[high] != '.')
		return 0;
	low = strspn(s + high + 1, "0123456789");
	if (low == 0 || low > 5 || s[high + 1 + low])
		return 0;
	unsigned long long x = strtoull(s, NULL, 10), y = strtoull(s + high + 1, NULL, 10);

	return x > UINT16_MAX || y > UINT16_MAX ? 0 : (uint32_t)(x << 16 | y);
}

const char *value_asn_text(struct arena *a, const char *s, uint32_t *ret)
{
	const char *digits = (s[0] | 0x20) == 'a' && (s[1] | 0x20) == 's' ? s + 2 : s;
	size_t n = strspn(digits, "0123456789");

	if (asdot(digits))
		return arena_printf(a, "\"%s\" is written with a dot, write %" PRIu32, s,
				    asdot(digits));
	if (n == 0 || digits[n])
		return arena_printf(a, "\"%s\" is not an ASN, write it like 64501", s);
	if (n > 10 || (n > 1 && digits[0] == '0'))
		return arena_printf(a, "\"%s\" is not an ASN, " AN_ASN, s);
	return value_asn(a, strtoll(digits, NULL, 10), ret);
}

static const char *family_name(enum family f)
{
	return f == FAMILY_IP4 ? "IPv4" : "IPv6";
}

struct special {
	const char *prefix, *what;
};

/* What can be no endpoint and no announced prefix. Private and documentation ranges can: labs. */
static const struct special specials[] = {
	{"0.0.0.0/8", "means \"this network\""},
	{"127.0.0.0/8", "is loopback"},
	{"169.254.0.0/16", "is link-local"},
	{"224.0.0.0/4", "is multicast"},
	{"240.0.0.0/4", "is reserved"},
	{"::/128", "is the unspecified address"},
	{"::1/128", "is loopback"},
	{"::ffff:0:0/96", "is IPv4 written as IPv6"},
	{"fe80::/10", "is link-local"},
	{"fec0::/10", "is site-local, which is deprecated"},
	{"ff00::/8", "is multicast"},
};

static const char *special_use(const struct prefix *p)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		struct prefix q;
		enum prefix_result r = prefix_parse(specials[i].prefix, &q);

		assert(r == PREFIX_OK);
		if (prefix_overlaps(p, &q))
			return specials[i].what;
	}
	return NULL;
}

static bool all_in(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

static const char *not_an_address(struct arena *a, const char *s, enum family want)
{
	const char *example = want == FAMILY_IP4 ? "192.0.2.1" : "2001:db8::1";
	size_t host = strcspn(s, "/%");
	char *short_text = arena_strndup(a, s, host);
	struct addr x;

	if (*s == '\0')
		return arena_printf(a, "is empty, write an address like \"%s\" or leave it out",
				    example);
	if (s[host] && addr_parse(short_text, &x))
		return arena_printf(a, "\"%s\" is more than an address, write \"%s\"", s,
				    short_text);
	if (strchr(s, ':') || all_in(s, "0123456789./"))
		return arena_printf(a, "\"%s\" is not an %s address, write it like \"%s\"", s,
				    family_name(want), example);
	if (strlen(s) < 254 && strchr(s, '.') &&
	    all_in(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"))
		return arena_printf(
			a,
			"\"%s\" is a DNS name, an %s address is needed so far; \"host %s\" "
			"shows it",
			s, family_name(want), s);
	return arena_printf(a, "\"%s\" is not an %s address, write it like \"%s\"", s,
			    family_name(want), example);
}

const char *value_endpoint(struct arena *a, const char *s, enum family want, struct addr *ret)
{
	struct addr x;

	if (!addr_parse(s, &x))
		return not_an_address(a, s, want);
	if (x.family != want)
		return arena_printf(a, "\"%s\" is an %s address, an %s address belongs here", s,
				    family_name(x.family), family_name(want));
	struct prefix p = {x, (uint8_t)(addr_bytes(want) * 8)};
	const char *use = special_use(&p);

	if (use)
		return arena_printf(a,
				    "\"%s\" %s, no packet of another site arrives "
				    "there; write a routable address",
				    s, use);
	*ret = x;
	return NULL;
}

static const char *parse_prefix(struct arena *a, const char *s, const char *example,
				struct prefix *ret)
{
	char buf[PREFIX_TEXT];
	struct addr x;

	switch (prefix_parse(s, ret)) {
	case PREFIX_OK:
		return NULL;
	case PREFIX_HOST_BITS:
		return arena_printf(a, "\"%s\" has bits set behind its length, write \"%s\"", s,
				    prefix_text(ret, buf));
	case PREFIX_BAD:
		if (addr_parse(s, &x))
			return arena_printf(a, "\"%s\" has no length, write it like \"%s\"", s,
					    example);
		return arena_printf(a, "\"%s\" is not a prefix, write it like \"%s\"", s, example);
	}
	abort();
}

const char *value_lan(struct arena *a, const char *s, enum family want, unsigned min, unsigned max,
		      struct prefix *ret)
{
	struct prefix p;
	const char *wrong =
		parse_prefix(a, s, want == FAMILY_IP4 ? "203.0.113.0/24" : "2001:db8:113::/64", &p);

	if (wrong)
		return wrong;
	if (p.addr.family != want)
		return arena_printf(a, "\"%s\" is an %s prefix, an %s prefix belongs here", s,
				    family_name(p.addr.family), family_name(want));
	if (p.len < min || p.len > max)
		return arena_printf(a, "\"%s\" has the length %u, a peering LAN has /%u to /%u", s,
				    p.len, min, max);
	const char *use = special_use(&p);

	if (use)
		return arena_printf(a, "\"%s\" %s, write a prefix of your own", s, use);
	*ret = p;
	return NULL;
}

const char *value_announce(struct arena *a, const char *s, struct prefix *ret)
{
	struct prefix p;
	const char *wrong = parse_prefix(a, s, "198.18.1.0/24", &p);

	if (wrong)
		return wrong;
	bool ip4 = p.addr.family == FAMILY_IP4;
	unsigned min = ip4 ? 8 : 12, max = ip4 ? 24 : 48;

	if (p.len == 0)
		return arena_printf(
			a, "\"%s\" is the default route, name the member's own prefixes", s);
	if (p.len > max)
		return arena_printf(a,
				    "\"%s\" is too small, %s prefixes are announced as /%u to /%u",
				    s, family_name(p.addr.family), min, max);
	if (p.len < min)
		return arena_printf(a,
				    "\"%s\" is too large, %s prefixes are announced as /%u to /%u",
				    s, family_name(p.addr.family), min, max);
	const char *use = special_use(&p);

	if (use)
		return arena_printf(a, "\"%s\" %s, it cannot be announced", s, use);
	*ret = p;
	return NULL;
}

const char *value_interval(struct arena *a, const char *s, uint32_t min, uint32_t max,
			   uint32_t *ret)
{
	size_t n = strspn(s, "0123456789");
	bool ms = strcmp(s + n, "ms") == 0;

	if (n == 0 || (!ms && strcmp(s + n, "s") != 0))
		return arena_printf(a, "\"%s\" is not a time, write it like \"200ms\" or \"1s\"",
				    s);
	uint64_t value = n > 9 ? UINT32_MAX : strtoull(s, NULL, 10) * (ms ? 1 : 1000);

	if (value < min || value > max)
		return arena_printf(
			a, "\"%s\" is out of range, write \"%" PRIu32 "ms\" to \"%" PRIu32 "s\"", s,
			min, max / 1000);
	*ret = (uint32_t)value;
	return NULL;
}

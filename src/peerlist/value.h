/*
 * value - one value of a peer list, from the text to what it means
 * Each function returns NULL and sets @ret, or what is wrong and what would be right, in @a.
 * Sources: RFC 7607 (AS 0), RFC 6793 (AS 23456), RFC 7300 (last ASNs), RFC 6890 (special prefixes).
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"

const char *value_asn(struct arena *a, int64_t n, uint32_t *ret);
/** value_asn_text() - "64501" or "AS64501" */
const char *value_asn_text(struct arena *a, const char *s, uint32_t *ret);
/** value_endpoint() - an address that packets can be sent to from far away; private is fine */
const char *value_endpoint(struct arena *a, const char *s, enum family want, struct addr *ret);
/** value_lan() - a prefix of the family, its length in min..max */
const char *value_lan(struct arena *a, const char *s, enum family want, unsigned min, unsigned max,
		      struct prefix *ret);
/** value_announce() - a prefix that other networks may be told: /8 to /24, or /12 to /48 */
const char *value_announce(struct arena *a, const char *s, struct prefix *ret);
/** value_interval() - "200ms" or "1s", into milliseconds in min..max */
const char *value_interval(struct arena *a, const char *s, uint32_t min, uint32_t max,
			   uint32_t *ret);

enum name_rule {
	NAME_FREE,   /* may hold spaces */
	NAME_SITE,   /* one word that can be part of a file's and an interface's name */
	NAME_FABRIC, /* a-z 0-9 and - */
};

/** value_name() - @s itself is the value; @max in bytes */
const char *value_name(struct arena *a, const char *s, enum name_rule rule, size_t max);
const char *value_country(struct arena *a, const char *s);
const char *value_as_set(struct arena *a, const char *s);

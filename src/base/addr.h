/*
 * addr - IPv4 and IPv6 addresses and prefixes as values
 * Bytes are in network order; IPv4 uses the first four, the rest are zero, so two
 * addresses are equal when memcmp says so. Text forms: RFC 4291, written as RFC 5952.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum family { FAMILY_NONE, FAMILY_IP4, FAMILY_IP6 };

struct addr {
	enum family family;
	uint8_t bytes[16];
};

struct prefix {
	struct addr addr; /* host bits zero after prefix_parse() */
	uint8_t len;
};

enum { ADDR_TEXT = 46, PREFIX_TEXT = 50 };

/** addr_parse() - strict: no zone, no port, no leading zeros. Return: whether @s is an address */
bool addr_parse(const char *s, struct addr *ret);
/** addr_text() - into @buf of ADDR_TEXT bytes; "-" for FAMILY_NONE. Return: @buf */
char *addr_text(const struct addr *a, char buf[ADDR_TEXT]);
bool addr_equal(const struct addr *a, const struct addr *b);
/** addr_compare() - order for sorting: IPv4 before IPv6, then by bytes */
int addr_compare(const struct addr *a, const struct addr *b);
/** addr_bytes() - 4, 16 or 0 */
unsigned addr_bytes(enum family f);
struct addr addr_from_in(struct in_addr in);
struct addr addr_from_in6(const struct in6_addr *in6);

enum prefix_result { PREFIX_OK, PREFIX_BAD, PREFIX_HOST_BITS };

/** prefix_parse() - "198.18.1.0/24". PREFIX_HOST_BITS: well-formed, but bits are set behind the
 *  length; @ret then holds the network it would be */
enum prefix_result prefix_parse(const char *s, struct prefix *ret);
char *prefix_text(const struct prefix *p, char buf[PREFIX_TEXT]);
bool prefix_contains(const struct prefix *p, const struct addr *a);
/** prefix_overlaps() - one contains the other; false across families */
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
int prefix_compare(const struct prefix *a, const struct prefix *b);
/** prefix_host() - the address @p + @id, e.g. 203.0.113.0/24 + 7 = 203.0.113.7.
 *  Return: false when @id is 0, outside the prefix, or (IPv4, up to /30) its broadcast address */
bool prefix_host(const struct prefix *p, uint32_t id, struct addr *ret);

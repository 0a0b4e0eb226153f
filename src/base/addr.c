#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned addr_bytes(enum family f)
{
	switch (f) {
	case FAMILY_NONE:
		return 0;
	case FAMILY_IP4:
		return 4;
	case FAMILY_IP6:
		return 16;
	}
	abort();
}

bool addr_parse(const char *s, struct addr *ret)
{
	struct addr a = {.family = strchr(s, ':') ? FAMILY_IP6 : FAMILY_IP4};

	/* inet_pton() refuses zones, ports, leading zeros and short forms */
	if (inet_pton(a.family == FAMILY_IP6 ? AF_INET6 : AF_INET, s, a.bytes) != 1)
		return false;
	*ret = a;
	return true;
}

char *addr_text(const struct addr *a, char buf[ADDR_TEXT])
{
	if (a->family == FAMILY_NONE)
		return strcpy(buf, "-");
	inet_ntop(a->family == FAMILY_IP6 ? AF_INET6 : AF_INET, a->bytes, buf, ADDR_TEXT);
	return buf;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_compare(a, b) == 0;
}

struct addr addr_from_in(struct in_addr in)
{
	struct addr a = {.family = FAMILY_IP4};

	memcpy(a.bytes, &in, sizeof(in));
	return a;
}

struct addr addr_from_in6(const struct in6_addr *in6)
{
	struct addr a = {.family = FAMILY_IP6};

	memcpy(a.bytes, in6, sizeof(*in6));
	return a;
}

/* Clears every bit from @from on. Return: whether one was set. */
static bool clear_bits(uint8_t *bytes, unsigned n, unsigned from)
{
	bool was = false;

	for (unsigned bit = from; bit < n * 8; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> (bit % 8));

		was = was || (bytes[bit / 8] & mask);
		bytes[bit / 8] &= (uint8_t)~mask;
	}
	return was;
}

enum prefix_result prefix_parse(const char *s, struct prefix *ret)
{
	const char *slash = strchr(s, '/');
	char text[ADDR_TEXT];
	struct prefix p;

	if (!slash || (size_t)(slash - s) >= sizeof(text))
		return PREFIX_BAD;
	memcpy(text, s, (size_t)(slash - s));
	text[slash - s] = '\0';
	if (!addr_parse(text, &p.addr))
		return PREFIX_BAD;
	const char *digits = slash + 1;
	size_t n = strspn(digits, "0123456789");

	if (n == 0 || n > 3 || digits[n] || (n > 1 && digits[0] == '0'))
		return PREFIX_BAD;
	unsigned long len = strtoul(digits, NULL, 10);

	if (len > addr_bytes(p.addr.family) * 8)
		return PREFIX_BAD;
	p.len = (uint8_t)len;
	bool host = clear_bits(p.addr.bytes, addr_bytes(p.addr.family), p.len);

	*ret = p;
	return host ? PREFIX_HOST_BITS : PREFIX_OK;
}

char *prefix_text(const struct prefix *p, char buf[PREFIX_TEXT])
{
	addr_text(&p->addr, buf);
	size_t n = strlen(buf);

	snprintf(buf + n, PREFIX_TEXT - n, "/%u", p->len);
	return buf;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	if (p->addr.family != a->family)
		return false;
	unsigned whole = p->len / 8, rest = p->len % 8;

	if (memcmp(p->addr.bytes, a->bytes, whole) != 0)
		return false;
	return rest == 0 || ((p->addr.bytes[whole] ^ a->bytes[whole]) >> (8 - rest)) == 0;
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return a->len <= b->len ? prefix_contains(a, &b->addr) : prefix_contains(b, &a->addr);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int c = addr_compare(&a->addr, &b->addr);

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return prefix_compare(a, b) == 0;
}

bool prefix_host(const struct prefix *p, uint32_t id, struct addr *ret)
{
	unsigned bytes = addr_bytes(p->addr.family), bits = bytes * 8 - p->len;

	if (id == 0 || (bits < 32 && id >> bits))
		return false;
	if (p->addr.family == FAMILY_IP4 && bits >= 2 &&
	    id == (bits == 32 ? ~0U : (1U << bits) - 1))
		return false;
	struct addr a = p->addr;

	for (unsigned i = 0; i < 4; i++)
		a.bytes[bytes - 1 - i] |= (uint8_t)(id >> (8 * i));
	*ret = a;
	return true;
}

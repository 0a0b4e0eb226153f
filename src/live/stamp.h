/*
 * stamp - the STAMP test packet as a struct, and back
 * Unauthenticated mode, 44 bytes; what follows them is padding or TLVs and is not looked at.
 * Source: RFC 8762 sections 4.2.1 and 4.3.1; RFC 8972 section 3 (SSID in bytes 14 and 15);
 * RFC 4656 section 4.1.2 (error estimate).
 */
#pragma once

#include "live/live.h"

/*
 * What we say of our own clock: S 0 (not known to follow UTC), Z 0 (NTP format), scale 32 and
 * multiplier 1, which is one second. A multiplier of zero would make the packet invalid.
 */
enum { STAMP_OUR_ERROR = 32 << 8 | 1, STAMP_ERROR_Z = 1 << 14 };

struct stamp_test {
	uint32_t seq;
	struct ntp_time sent;
	uint16_t error;
	uint16_t ssid;
};

struct stamp_answer {
	uint32_t seq;	      /* the reflector's own number */
	struct ntp_time sent; /* T3; seconds and nanoseconds (PTPv2) when Z is set in @error */
	uint16_t error, ssid;
	struct ntp_time received; /* T2, in the same format */
	uint32_t test_seq;	  /* the next four are copied from the test packet */
	struct ntp_time test_sent;
	uint16_t test_error;
	uint8_t test_ttl;
};

void stamp_write_test(const struct stamp_test *t, uint8_t packet[STAMP_BYTES]);
/** stamp_read_test() - Return: false when @len is less than STAMP_BYTES; only those are read */
bool stamp_read_test(const uint8_t *packet, size_t len, struct stamp_test *ret);
void stamp_write_answer(const struct stamp_answer *a, uint8_t packet[STAMP_BYTES]);
/** stamp_read_answer() - Return: false when @len is less than STAMP_BYTES; only those are read */
bool stamp_read_answer(const uint8_t *packet, size_t len, struct stamp_answer *ret);

/** stamp_dwell_ns() - how long the reflector held the packet, T3 - T2; negative when its clock
 *  stepped in between */
int64_t stamp_dwell_ns(const struct stamp_answer *a);

/** ntp_later() - whether @a is after @b, across the era change of 2036 */
bool ntp_later(struct ntp_time a, struct ntp_time b);
/** ntp_between_ns() - @to - @from, for times less than 68 years apart */
int64_t ntp_between_ns(struct ntp_time from, struct ntp_time to);

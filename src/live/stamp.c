#include "live/stamp.h"

#include <string.h>

#define UNIX_TO_NTP_S UINT64_C(2208988800)
#define NS_IN_S INT64_C(1000000000)

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static void put_time(uint8_t *p, struct ntp_time t)
{
	put32(p, t.seconds);
	put32(p + 4, t.fraction);
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static struct ntp_time get_time(const uint8_t *p)
{
	return (struct ntp_time){.seconds = get32(p), .fraction = get32(p + 4)};
}

void stamp_write_test(const struct stamp_test *t, uint8_t packet[STAMP_BYTES])
{
	memset(packet, 0, STAMP_BYTES);
	put32(packet, t->seq);
	put_time(packet + 4, t->sent);
	put16(packet + 12, t->error);
	put16(packet + 14, t->ssid);
}

bool stamp_read_test(const uint8_t *packet, size_t len, struct stamp_test *ret)
{
	if (len < STAMP_BYTES)
		return false;
	*ret = (struct stamp_test){
		.seq = get32(packet),
		.sent = get_time(packet + 4),
		.error = get16(packet + 12),
		.ssid = get16(packet + 14),
	};
	return true;
}

void stamp_write_answer(const struct stamp_answer *a, uint8_t packet[STAMP_BYTES])
{
	memset(packet, 0, STAMP_BYTES);
	put32(packet, a->seq);
	put_time(packet + 4, a->sent);
	put16(packet + 12, a->error);
	put16(packet + 14, a->ssid);
	put_time(packet + 16, a->received);
	put32(packet + 24, a->test_seq);
	put_time(packet + 28, a->test_sent);
	put16(packet + 36, a->test_error);
	packet[40] = a->test_ttl;
}

bool stamp_read_answer(const uint8_t *packet, size_t len, struct stamp_answer *ret)
{
	if (len < STAMP_BYTES)
		return false;
	*ret = (struct stamp_answer){
		.seq = get32(packet),
		.sent = get_time(packet + 4),
		.error = get16(packet + 12),
		.ssid = get16(packet + 14),
		.received = get_time(packet + 16),
		.test_seq = get32(packet + 24),
		.test_sent = get_time(packet + 28),
		.test_error = get16(packet + 36),
		.test_ttl = packet[40],
	};
	return true;
}

struct ntp_time ntp_from_unix_ns(uint64_t ns)
{
	uint64_t s = ns / (uint64_t)NS_IN_S, rest = ns % (uint64_t)NS_IN_S;

	return (struct ntp_time){
		.seconds = (uint32_t)(s + UNIX_TO_NTP_S),
		.fraction = (uint32_t)((rest << 32) / (uint64_t)NS_IN_S),
	};
}

static int64_t span_ns(struct ntp_time from, struct ntp_time to, bool ptp)
{
	int64_t s = (int32_t)(to.seconds - from.seconds);
	int64_t fraction = (int64_t)to.fraction - (int64_t)from.fraction;

	return s * NS_IN_S + (ptp ? fraction : fraction * NS_IN_S / (INT64_C(1) << 32));
}

int64_t ntp_between_ns(struct ntp_time from, struct ntp_time to)
{
	return span_ns(from, to, false);
}

int64_t stamp_dwell_ns(const struct stamp_answer *a)
{
	return span_ns(a->received, a->sent, a->error & STAMP_ERROR_Z);
}

bool ntp_later(struct ntp_time a, struct ntp_time b)
{
	int32_t s = (int32_t)(a.seconds - b.seconds);

	return s > 0 || (s == 0 && a.fraction > b.fraction);
}

/*
 * Any packets at any times to one link: nothing breaks, the counts stay true, and only an answer that
 * echoes what was sent is alive. Input: records of one byte that says what happens, one of time in
 * 16 ms, one of length, and that many bytes: a packet, or changes to a true answer.
 */
#include "live/link.h"
#include "live/stamp.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { RECORD_BYTES = 3, PACKET_MAX = 64 };

struct trial {
	struct live live;
	uint64_t now_ns, answers; /* answers: true ones given */
	uint8_t last_test[STAMP_BYTES];
	bool any_test;
};

static void check(const struct trial *t)
{
	const struct live *l = &t->live;
	struct live_report r;

	live_report(l, t->now_ns, &r);
	assert(r.counts.sent ==
	       r.counts.answered + r.counts.lost + (uint64_t)__builtin_popcount(l->sent.open));
	assert(r.counts.lost_to + r.counts.lost_from <= r.counts.lost);
	assert(r.counts.answered <= t->answers);
	assert(memchr(r.reason, '\0', sizeof(r.reason)));
	assert(live_due(l) != UINT64_MAX);
}

static void step(struct trial *t, struct live_event *ev)
{
	struct live_act acts[LIVE_ACTS_MAX];

	ev->wall = ntp_from_unix_ns(t->now_ns);
	size_t n = live_step(&t->live, ev, t->now_ns, acts);

	assert(n <= LIVE_ACTS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (acts[i].kind == LIVE_ACT_SEND_ANSWER)
			assert(acts[i].len == ev->len);
		if (acts[i].kind == LIVE_ACT_SEND_TEST) {
			memcpy(t->last_test, acts[i].packet, STAMP_BYTES);
			t->any_test = true;
		}
	}
}

/* The answer to the last test, with the bytes of the input over its reflector's own fields. */
static void answer_truly(struct trial *t, struct live_event *ev, const uint8_t *bytes, size_t len)
{
	uint8_t packet[STAMP_BYTES] = {0};

	if (!t->any_test)
		return;
	memcpy(packet, bytes, len < 24 ? len : 24);
	memcpy(packet + 14, t->last_test + 14, 2);
	memcpy(packet + 24, t->last_test, 14);
	ev->packet = packet;
	ev->len = STAMP_BYTES;
	ev->ttl = 255;
	t->answers++;
	step(t, ev);
}

static void record(struct trial *t, uint8_t what, const uint8_t *bytes, size_t len)
{
	struct live_event ev = {
		.packet = bytes,
		.len = len,
		.ttl = what & 0x80 ? 64 : 255,
		.arrived = {what & 0x40 ? 1 : 0, 1},
	};

	switch (what % 6) {
	case 0:
		ev.kind = LIVE_EV_TICK;
		break;
	case 1:
		ev.kind = LIVE_EV_TEST;
		break;
	case 2:
		ev.kind = LIVE_EV_ANSWER;
		break;
	case 3:
		ev.kind = LIVE_EV_ANSWER;
		answer_truly(t, &ev, bytes, len);
		return;
	case 4:
		ev.kind = LIVE_EV_PEER_RESET;
		break;
	case 5:
		ev.kind = LIVE_EV_REFUSED;
		break;
	}
	if (ev.kind == LIVE_EV_ANSWER)
		t->answers += t->any_test; /* the input may hold a true one by chance */
	step(t, &ev);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct live_conf conf = {
		.interval_ns = 1000000000,
		.misses = 3,
		.ssid = 77,
		.to = "ams->fra",
		.from = "fra->ams",
		.peer = "fra",
	};
	struct trial t = {.now_ns = UINT64_C(1700000000000000000)};

	live_init(&t.live, &conf, t.now_ns, size ? bytes[0] * 0x01010101U : 0);
	for (size_t at = 0; at + RECORD_BYTES <= size;) {
		size_t len = bytes[at + 2] % (PACKET_MAX + 1), room = size - at - RECORD_BYTES;

		len = len < room ? len : room;
		t.now_ns += bytes[at + 1] * UINT64_C(16000000);
		record(&t, bytes[at], bytes + at + RECORD_BYTES, len);
		check(&t);
		at += RECORD_BYTES + len;
	}
	return 0;
}

/*
 * wire - STAMP packets in and out, in bulk
 * Two UDP sockets a family: one sends tests and receives answers, one is the reflector. Kernel
 * receive timestamps; TTL 255 out; packets that did not come through a tunnel with TTL 255 are
 * given to the caller with their TTL, who drops them. recvmmsg, sendmmsg, no steady allocation.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"
#include "live/live.h"

struct wire;

struct wire_packet {
	bool test;      /* in: to our reflector; out: goes to the peer's reflector */
	struct addr local, peer;
	uint16_t peer_port;
	int ifindex;    /* tunnel it came through, or shall leave by */
	uint8_t ttl;
	struct ntp_time arrived;
	size_t len;
	uint8_t data[STAMP_BYTES + 128]; /* longer ones are cut and marked by len > sizeof(data) */
};

enum { WIRE_BATCH = 64 };

/** wire_open() - @port: of the reflector, both families */
int wire_open(uint16_t port, struct err *err, struct wire **ret);
struct wire *wire_close(struct wire *w);
/** wire_fds() - descriptors to wait on. Return: how many, at most 4 */
size_t wire_fds(const struct wire *w, int fds[4]);
/** wire_read() - up to WIRE_BATCH packets from @fd. Return: how many, 0 when empty, negative errno */
int wire_read(struct wire *w, int fd, struct wire_packet *packets, struct err *err);
/** wire_add() - queue one; wire_flush() sends what is queued (wire_add flushes a full queue) */
void wire_add(struct wire *w, const struct wire_packet *p);
void wire_flush(struct wire *w);
/** wire_dropped() - packets the kernel refused to send since the start, by the last errno */
uint64_t wire_dropped(const struct wire *w, int *last_errno);

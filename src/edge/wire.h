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
	bool test; /* in: to our reflector; out: goes to the peer's reflector */
	struct addr local, peer;
	uint16_t peer_port;
	int ifindex; /* tunnel it came through, or shall leave by */
	uint8_t ttl;
	struct ntp_time arrived;
	/* in: the length on the wire, also when only sizeof(data) of it is here.
	   out: STAMP_BYTES are taken from data, the rest up to len goes as zeros (WIRE_LEN_MAX) */
	size_t len;
	uint8_t data[STAMP_BYTES + 128];
};

enum { WIRE_BATCH = 64, WIRE_LEN_MAX = 9216 };

/**
 * wire_open() - sockets of the families that this host has
 * @port: of the reflector, here and at the peers; 0 chooses one for both families (wire_port())
 * Return: 0; or a negative errno when a socket could not be had: EADDRINUSE, EACCES; EAFNOSUPPORT
 * when there is neither family.
 */
int wire_open(uint16_t port, struct err *err, struct wire **ret);
struct wire *wire_close(struct wire *w);
uint16_t wire_port(const struct wire *w);
/** wire_fds() - descriptors to wait on. Return: how many, at most 4 */
size_t wire_fds(const struct wire *w, int fds[4]);
/** wire_read() - up to WIRE_BATCH packets from @fd. Return: how many, 0 when empty, negative errno */
int wire_read(struct wire *w, int fd, struct wire_packet *packets, struct err *err);
/** wire_add() - queue one; wire_flush() sends what is queued (wire_add flushes a full queue).
 *  A packet that the kernel refuses is counted, and those behind it still go. @p->peer_port 0:
 *  wire_port(), for a peer that has the same one. @p->ifindex 0 leaves the way to the routes. */
void wire_add(struct wire *w, const struct wire_packet *p);
void wire_flush(struct wire *w);
/** wire_dropped() - packets the kernel refused to send since the start, by the last errno */
uint64_t wire_dropped(const struct wire *w, int *last_errno);

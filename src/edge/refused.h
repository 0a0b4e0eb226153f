/*
 * refused - hosts that tell us nobody listens to our keepalives
 * A peer whose agent is not running answers a test with ICMP port unreachable. That is the kernel of
 * the other end speaking through the tunnel: the path works both ways, only the agent is missing.
 * Source: RFC 792, RFC 4443 section 3.1.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

struct refused;

struct refusal {
	struct addr local, peer; /* the test went from, to; the answer came from there too */
	uint16_t peer_port;
	int ifindex; /* it came through */
};

enum { REFUSALS_MAX = 64 };

/** refused_open() - raw ICMP sockets, wants CAP_NET_RAW; one family may be missing */
int refused_open(struct err *err, struct refused **ret);
struct refused *refused_close(struct refused *r);
/** refused_fds() - descriptors to wait on. Return: how many, at most 2 */
size_t refused_fds(const struct refused *r, int fds[2]);
/** refused_read() - what waits in @fd, at most REFUSALS_MAX of it. Return: how many of them speak of
 *  UDP packets, with the one it was sent to as the one who answers */
size_t refused_read(const struct refused *r, int fd, struct refusal *list);

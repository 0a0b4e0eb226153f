/*
 * peers_of_one - all peers of one site at once, for bench_agent.sh
 *   peers_of_one DEVICE
 * Takes the GRE packets that come in by DEVICE, whatever address they are for. Each keepalive test in
 * them is answered as that peer's agent would, and a test of the peer's own is sent back with it, which
 * the site has to answer in turn: so the site's agent has all the work that real peers give it.
 * GRE over IPv4 with IPv4 in it. Ends when its standard input does.
 */
#include "live/stamp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	KEEPALIVE_PORT = 50862,
	PEER_PORT = 50000, /* where the peers' own tests come from */
	AT_ONCE = 64,
	FRAME_BYTES = 512,
	GRE_KEY = 0x20,
};

struct frame {
	uint8_t bytes[FRAME_BYTES];
	size_t len, inner; /* where the IP packet within begins */
};

struct out {
	struct frame frames[2 * AT_ONCE];
	size_t n;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "peers_of_one: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static struct ntp_time now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return ntp_from_unix_ns((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec);
}

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)(at[0] << 8 | at[1]);
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	uint8_t keep[4];

	memcpy(keep, a, n);
	memcpy(a, b, n);
	memcpy(b, keep, n);
}

static uint8_t *udp_of(struct frame *f)
{
	return f->bytes + f->inner + sizeof(struct iphdr);
}

/* Return: whether it is GRE with a keepalive test in it. */
static bool is_test(struct frame *f)
{
	const uint8_t *gre = f->bytes + sizeof(struct iphdr);

	if (f->len < sizeof(struct iphdr) + 8 || f->len > FRAME_BYTES || f->bytes[0] != 0x45 ||
	    f->bytes[9] != IPPROTO_GRE || get16(gre + 2) != ETH_P_IP)
		return false;
	f->inner = sizeof(struct iphdr) + (gre[0] & GRE_KEY ? 8 : 4);
	return f->len >= f->inner + 28 + STAMP_BYTES && f->bytes[f->inner] == 0x45 &&
	       f->bytes[f->inner + 9] == IPPROTO_UDP && get16(udp_of(f) + 2) == KEEPALIVE_PORT;
}

/* The same way back; a sum over IP addresses does not mind their order. UDP goes without one. */
static void turn(struct frame *f)
{
	swap(f->bytes + 12, f->bytes + 16, 4);
	swap(f->bytes + f->inner + 12, f->bytes + f->inner + 16, 4);
	swap(udp_of(f), udp_of(f) + 2, 2);
	put16(udp_of(f) + 6, 0);
}

static void answer(struct frame *f, struct out *out)
{
	uint8_t *payload;
	struct stamp_test t;
	struct frame *back = &out->frames[out->n++], *own = &out->frames[out->n++];

	turn(f);
	*back = *own = *f;
	payload = udp_of(f) + sizeof(struct udphdr);
	stamp_read_test(payload, STAMP_BYTES, &t);
	struct stamp_answer a = {.seq = t.seq,
				 .sent = now(),
				 .error = STAMP_OUR_ERROR,
				 .ssid = t.ssid,
				 .received = now(),
				 .test_seq = t.seq,
				 .test_sent = t.sent,
				 .test_error = t.error,
				 .test_ttl = 255};

	stamp_write_answer(&a, udp_of(back) + sizeof(struct udphdr));
	t.sent = now();
	t.error = STAMP_OUR_ERROR;
	put16(udp_of(own), PEER_PORT);
	put16(udp_of(own) + 2, KEEPALIVE_PORT);
	stamp_write_test(&t, udp_of(own) + sizeof(struct udphdr));
}

static void send_all(int fd, struct out *out)
{
	struct sockaddr_in to[2 * AT_ONCE] = {0};
	struct mmsghdr mm[2 * AT_ONCE] = {0};
	struct iovec iov[2 * AT_ONCE];

	for (size_t i = 0; i < out->n; i++) {
		struct frame *f = &out->frames[i];

		to[i].sin_family = AF_INET;
		memcpy(&to[i].sin_addr, f->bytes + 16, 4);
		iov[i] = (struct iovec){f->bytes, f->len};
		mm[i].msg_hdr = (struct msghdr){.msg_name = &to[i],
						.msg_namelen = sizeof(to[i]),
						.msg_iov = &iov[i],
						.msg_iovlen = 1};
	}
	for (size_t done = 0; done < out->n;) {
		int n = sendmmsg(fd, mm + done, (unsigned)(out->n - done), 0);

		done += n > 0 ? (size_t)n : 1; /* what the kernel refuses is lost, as on any way */
	}
	out->n = 0;
}

static void take(int in, int fd)
{
	static struct frame frames[AT_ONCE];
	static struct out out;
	struct sockaddr_ll from[AT_ONCE];
	struct mmsghdr mm[AT_ONCE] = {0};
	struct iovec iov[AT_ONCE];

	for (size_t i = 0; i < AT_ONCE; i++) {
		iov[i] = (struct iovec){frames[i].bytes, FRAME_BYTES};
		mm[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						.msg_namelen = sizeof(from[i]),
						.msg_iov = &iov[i],
						.msg_iovlen = 1};
	}
	int n = recvmmsg(in, mm, AT_ONCE, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++) {
		frames[i].len = mm[i].msg_len;
		if (from[i].sll_pkttype != PACKET_OUTGOING && is_test(&frames[i]))
			answer(&frames[i], &out);
	}
	send_all(fd, &out);
}

int main(int argc, char **argv)
{
	int in = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int out = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW), room = 1 << 20;
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
	struct pollfd p[] = {{.fd = in, .events = POLLIN}, {.fd = 0, .events = POLLIN}};

	if (argc != 2) {
		fputs("usage: peers_of_one DEVICE\n", stderr);
		return 64;
	}
	at.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (in < 0 || out < 0 || !at.sll_ifindex ||
	    bind(in, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail(argv[1]);
	/* not more: what waits longer than a few intervals is answered too late for anybody */
	(void)setsockopt(in, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	(void)setsockopt(out, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	while (poll(p, 2, -1) >= 0 && !p[1].revents)
		take(in, out);
	return 0;
}

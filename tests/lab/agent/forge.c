/*
 * forge - what someone on the way between two sites can do to their keepalives
 * Runs on a router of the simulated Internet and sends GRE over IPv4 with the sites' own addresses.
 *   forge record FILE MS A B       keep the keepalives that pass between A and B, both ways
 *   forge replay FILE TIMES GAP_MS send them again, GAP_MS between two
 *   forge mutate FILE TIMES GAP_MS send them with bytes changed, cut short, padded or routed
 *   forge future FILE TIMES GAP_MS send the tests with numbers and times far ahead
 * FILE: two bytes of length and an IP packet, again and again. Prints how many packets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PACKETS_MAX = 4096,
	PACKET_MAX = 512,
	GRE_BYTES = 4,
	STAMP_BYTES = 44,
	KEEPALIVE_PORT = 50862
};
enum { INNER = sizeof(struct iphdr) + GRE_BYTES };
enum { UDP = INNER + sizeof(struct iphdr), PAYLOAD = UDP + sizeof(struct udphdr) };

struct packet {
	uint16_t len;
	uint8_t bytes[PACKET_MAX];
};

static struct packet packets[PACKETS_MAX];
static unsigned n_packets;
static uint32_t seed = 1;

static uint32_t random_word(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "forge: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint16_t port_at(const struct packet *p, size_t at)
{
	return (uint16_t)(p->bytes[at] << 8 | p->bytes[at + 1]);
}

static bool is_test(const struct packet *p)
{
	return port_at(p, UDP + 2) == KEEPALIVE_PORT;
}

static bool is_between(const struct packet *p, in_addr_t a, in_addr_t b)
{
	in_addr_t from, to;

	memcpy(&from, p->bytes + offsetof(struct iphdr, saddr), 4);
	memcpy(&to, p->bytes + offsetof(struct iphdr, daddr), 4);
	return (from == a && to == b) || (from == b && to == a);
}

/* GRE without key, in it IPv4 with UDP of or to the keepalives' port. */
static bool is_keepalive(const struct packet *p)
{
	static const uint8_t gre[GRE_BYTES] = {0, 0, 0x08, 0};

	return p->len >= PAYLOAD + STAMP_BYTES && p->bytes[0] == 0x45 &&
	       p->bytes[offsetof(struct iphdr, protocol)] == IPPROTO_GRE &&
	       memcmp(p->bytes + sizeof(struct iphdr), gre, sizeof(gre)) == 0 &&
	       p->bytes[INNER + offsetof(struct iphdr, protocol)] == IPPROTO_UDP &&
	       (is_test(p) || port_at(p, UDP) == KEEPALIVE_PORT);
}

static void record(const char *file, int ms, in_addr_t a, in_addr_t b)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));
	FILE *out = fopen(file, "wb");
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0 || !out)
		fail(file);
	for (int64_t end = now_ms() + ms; now_ms() < end;) {
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		struct packet k;

		if (poll(&p, 1, 50) <= 0)
			continue;
		ssize_t n = recvfrom(fd, k.bytes, sizeof(k.bytes), MSG_TRUNC,
				     (struct sockaddr *)&from, &from_len);

		k.len = (uint16_t)n;
		if (n <= 0 || n > PACKET_MAX || from.sll_pkttype == PACKET_OUTGOING ||
		    !is_between(&k, a, b) || !is_keepalive(&k))
			continue;
		fwrite(&k.len, sizeof(k.len), 1, out);
		fwrite(k.bytes, k.len, 1, out);
		n_packets++;
	}
	if (fclose(out))
		fail(file);
}

static void load(const char *file)
{
	FILE *in = fopen(file, "rb");

	if (!in)
		fail(file);
	for (struct packet *p = packets; n_packets < PACKETS_MAX; p++, n_packets++)
		if (fread(&p->len, sizeof(p->len), 1, in) != 1 || p->len > PACKET_MAX ||
		    fread(p->bytes, p->len, 1, in) != 1)
			break;
	fclose(in);
	if (!n_packets) {
		fprintf(stderr, "forge: %s: no packets in it\n", file);
		exit(EXIT_FAILURE);
	}
}

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static unsigned checksum(const uint8_t *bytes, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (unsigned)(bytes[i] << 8 | bytes[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* Make a changed packet one that the kernels on the way take: lengths and sums, all but ours. */
static void mend(struct packet *p, size_t payload)
{
	uint8_t *inner = p->bytes + INNER;

	p->len = (uint16_t)(PAYLOAD + payload);
	put16(p->bytes + 2, p->len);
	put16(inner + 2, (unsigned)(p->len - INNER));
	put16(inner + 10, 0);
	put16(inner + 10, checksum(inner, sizeof(struct iphdr)));
	put16(p->bytes + UDP + 4, (unsigned)(p->len - UDP));
	put16(p->bytes + UDP + 6, 0); /* IPv4: no sum */
}

static void mutate(struct packet *p)
{
	size_t payload = STAMP_BYTES;

	switch (random_word() % 4) {
	case 0: /* cut short, to nothing even */
		payload = random_word() % STAMP_BYTES;
		break;
	case 1: /* padded with anything */
		payload = STAMP_BYTES + random_word() % 300;
		for (size_t i = PAYLOAD + STAMP_BYTES; i < PAYLOAD + payload; i++)
			p->bytes[i] = (uint8_t)random_word();
		p->bytes[PAYLOAD + random_word() % STAMP_BYTES] ^= 0x55;
		break;
	case 2: /* has come through a router */
		p->bytes[INNER + offsetof(struct iphdr, ttl)] = 254;
		break;
	case 3:
		for (int i = 0; i < 4; i++)
			p->bytes[PAYLOAD + random_word() % STAMP_BYTES] = (uint8_t)random_word();
		break;
	}
	mend(p, payload);
}

static void put_into_future(struct packet *p)
{
	uint32_t seq = htonl(0x40000000U + random_word() % 0x30000000U);

	memcpy(p->bytes + PAYLOAD, &seq, sizeof(seq));
	p->bytes[PAYLOAD + 4] = 0xff; /* the year 2035 */
	mend(p, STAMP_BYTES);
}

static void send_again(void (*change)(struct packet *), bool tests_only, unsigned times, int gap_ms)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct sockaddr_in to = {.sin_family = AF_INET};
	unsigned sent = 0;

	if (fd < 0)
		fail("raw socket");
	for (unsigned i = 0; i < times; i++) {
		struct packet p = packets[i % n_packets];

		if (tests_only && !is_test(&p))
			continue;
		if (change)
			change(&p);
		memcpy(&to.sin_addr, p.bytes + offsetof(struct iphdr, daddr), 4);
		sent += sendto(fd, p.bytes, p.len, 0, (struct sockaddr *)&to, sizeof(to)) == p.len;
		poll(NULL, 0, gap_ms);
	}
	close(fd);
	n_packets = sent;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 6 && strcmp(what, "record") == 0) {
		record(argv[2], atoi(argv[3]), inet_addr(argv[4]), inet_addr(argv[5]));
	} else if (argc == 5) {
		unsigned times = (unsigned)atoi(argv[3]);
		int gap_ms = atoi(argv[4]);

		load(argv[2]);
		if (strcmp(what, "replay") == 0)
			send_again(NULL, false, times, gap_ms);
		else if (strcmp(what, "mutate") == 0)
			send_again(mutate, false, times, gap_ms);
		else if (strcmp(what, "future") == 0)
			send_again(put_into_future, true, times, gap_ms);
		else
			return 64;
	} else {
		fputs("usage: forge record FILE MS A B | replay|mutate|future FILE TIMES GAP_MS\n",
		      stderr);
		return 64;
	}
	printf("%u\n", n_packets);
	return n_packets ? EXIT_SUCCESS : EXIT_FAILURE;
}

#include "edge/refused.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/icmp.h and netinet/ip_icmp.h cannot be had together. */
enum { LINUX_ICMP_FILTER = 1 };

struct refused {
	int fd4, fd6;
};

static int open4(void)
{
	uint32_t all_but_unreachable = ~(1U << ICMP_DEST_UNREACH);
	int on = 1, fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_RAW, LINUX_ICMP_FILTER, &all_but_unreachable,
		   sizeof(all_but_unreachable));
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	return fd;
}

static int open6(void)
{
	struct icmp6_filter filter;
	int on = 1, fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);

	if (fd < 0)
		return -errno;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	return fd;
}

int refused_open(struct err *err, struct refused **ret)
{
	int fd4 = open4(), fd6 = open6();
	struct refused *r;

	if (fd4 < 0 && fd6 < 0)
		return err_set(err, fd4, "keepalives: cannot listen to ICMP: %s", strerror(-fd4));
	r = calloc(1, sizeof(*r));
	if (!r)
		abort();
	r->fd4 = fd4;
	r->fd6 = fd6;
	*ret = r;
	return 0;
}

struct refused *refused_close(struct refused *r)
{
	if (!r)
		return NULL;
	if (r->fd4 >= 0)
		close(r->fd4);
	if (r->fd6 >= 0)
		close(r->fd6);
	free(r);
	return NULL;
}

size_t refused_fds(const struct refused *r, int fds[2])
{
	size_t n = 0;

	if (r->fd4 >= 0)
		fds[n++] = r->fd4;
	if (r->fd6 >= 0)
		fds[n++] = r->fd6;
	return n;
}

/* @p: the packet from its IPv4 header on. Fills the addresses of what it quotes. */
static bool parse4(const uint8_t *p, size_t len, struct refusal *ret)
{
	struct iphdr outer, inner;
	struct icmphdr icmp;
	struct udphdr udp;
	size_t at;

	if (len < sizeof(outer))
		return false;
	memcpy(&outer, p, sizeof(outer));
	at = (size_t)outer.ihl * 4;
	if (at < sizeof(outer) || len < at + sizeof(icmp) + sizeof(inner))
		return false;
	memcpy(&icmp, p + at, sizeof(icmp));
	memcpy(&inner, p + at + sizeof(icmp), sizeof(inner));
	at += sizeof(icmp) + (size_t)inner.ihl * 4;
	if (icmp.type != ICMP_DEST_UNREACH || icmp.code != ICMP_PORT_UNREACH ||
	    inner.protocol != IPPROTO_UDP || inner.ihl < 5 || len < at + sizeof(udp) ||
	    inner.daddr != outer.saddr)
		return false;
	memcpy(&udp, p + at, sizeof(udp));
	ret->local = addr_from_in((struct in_addr){inner.saddr});
	ret->peer = addr_from_in((struct in_addr){inner.daddr});
	ret->peer_port = ntohs(udp.dest);
	return true;
}

/* @p: from the ICMPv6 header on; IPv6 gives the rest as control messages. */
static bool parse6(const uint8_t *p, size_t len, const struct in6_addr *from, struct refusal *ret)
{
	struct icmp6_hdr icmp;
	struct ip6_hdr inner;
	struct udphdr udp;

	if (len < sizeof(icmp) + sizeof(inner) + sizeof(udp))
		return false;
	memcpy(&icmp, p, sizeof(icmp));
	memcpy(&inner, p + sizeof(icmp), sizeof(inner));
	memcpy(&udp, p + sizeof(icmp) + sizeof(inner), sizeof(udp));
	if (icmp.icmp6_type != ICMP6_DST_UNREACH || icmp.icmp6_code != ICMP6_DST_UNREACH_NOPORT ||
	    inner.ip6_nxt != IPPROTO_UDP || memcmp(&inner.ip6_dst, from, sizeof(*from)) != 0)
		return false;
	ret->local = addr_from_in6(&inner.ip6_src);
	ret->peer = addr_from_in6(&inner.ip6_dst);
	ret->peer_port = ntohs(udp.dest);
	return true;
}

static int ifindex_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			return info.ipi_ifindex;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			return (int)info.ipi6_ifindex;
		}
	}
	return 0;
}

size_t refused_read(const struct refused *r, int fd, struct refusal *list)
{
	size_t n = 0;

	for (int round = 0; round < REFUSALS_MAX; round++) {
		_Alignas(size_t) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		uint8_t packet[256];
		struct sockaddr_in6 from = {0};
		struct iovec part = {packet, sizeof(packet)};
		struct msghdr m = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t len = recvmsg(fd, &m, MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			break;
		if (fd == r->fd4 ? parse4(packet, (size_t)len, &list[n])
				 : parse6(packet, (size_t)len, &from.sin6_addr, &list[n]))
			list[n++].ifindex = ifindex_of(&m);
	}
	return n;
}

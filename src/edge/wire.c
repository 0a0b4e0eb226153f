/*
 * The sockets are not connected, so an ICMP error of one peer never shows up as an error for another.
 * The tunnel of a packet is fixed by IP_PKTINFO with its ifindex: the routes may say what they like, a
 * keepalive tests the tunnel it is meant for.
 * Source: ip(7), ipv6(7), socket(7); RFC 8762 section 4 for TTL 255 and the ports.
 */
#include "edge/wire.h"

#include <assert.h>
#include <errno.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum way { SENDER4, REFLECTOR4, SENDER6, REFLECTOR6, WAYS };

enum { TTL_DIRECT = 255, TOS_CONTROL = 0xc0 /* CS6 */, SOCKET_BYTES = 4 << 20 };

union sock_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Room for the control messages of one packet: pktinfo, TTL, time. */
union control {
	size_t align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) +
		      CMSG_SPACE(sizeof(struct timespec))];
};

struct out_packet {
	struct iovec parts[2]; /* the packet, its padding */
	uint8_t data[STAMP_BYTES];
	union sock_addr to;
	union control control;
};

struct out_queue {
	unsigned n;
	struct mmsghdr msgs[WIRE_BATCH];
	struct out_packet packets[WIRE_BATCH];
};

struct wire {
	int fds[WAYS]; /* -1: this host has no such family */
	uint16_t port;
	uint64_t dropped;
	int last_errno;
	struct out_queue queues[WAYS];
	struct mmsghdr in[WIRE_BATCH];
	struct iovec in_parts[WIRE_BATCH];
	union sock_addr in_from[WIRE_BATCH];
	union control in_control[WIRE_BATCH];
};

static const uint8_t zeros[WIRE_LEN_MAX];

static bool is_v6(enum way way)
{
	return way >= SENDER6;
}

static bool is_reflector(enum way way)
{
	return way == REFLECTOR4 || way == REFLECTOR6;
}

struct option {
	int level, name, value;
};

static int set_options(int fd, const struct option *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (setsockopt(fd, list[i].level, list[i].name, &list[i].value, sizeof(int)))
			return -errno;
	return 0;
}

static int set_family_options(int fd, enum way way)
{
	static const struct option v4[] = {
		{IPPROTO_IP, IP_PKTINFO, 1},
		{IPPROTO_IP, IP_RECVTTL, 1},
		{IPPROTO_IP, IP_TTL, TTL_DIRECT},
		{IPPROTO_IP, IP_TOS, TOS_CONTROL},
	};
	static const struct option v6[] = {
		{IPPROTO_IPV6, IPV6_V6ONLY, 1},
		{IPPROTO_IPV6, IPV6_RECVPKTINFO, 1},
		{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1},
		{IPPROTO_IPV6, IPV6_UNICAST_HOPS, TTL_DIRECT},
		{IPPROTO_IPV6, IPV6_TCLASS, TOS_CONTROL},
	};

	return is_v6(way) ? set_options(fd, v6, sizeof(v6) / sizeof(v6[0]))
			  : set_options(fd, v4, sizeof(v4) / sizeof(v4[0]));
}

/* Room for a burst of all links at once; the forced form passes the limit of the host with
 * CAP_NET_ADMIN, and without it the host's limit is what we get. */
static void make_room(int fd)
{
	static const struct option room[] = {
		{SOL_SOCKET, SO_RCVBUF, SOCKET_BYTES},
		{SOL_SOCKET, SO_SNDBUF, SOCKET_BYTES},
		{SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BYTES},
		{SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BYTES},
	};

	for (size_t i = 0; i < sizeof(room) / sizeof(room[0]); i++)
		(void)set_options(fd, &room[i], 1);
}

static int bind_port(int fd, enum way way, uint16_t port)
{
	union sock_addr any = {0};
	socklen_t len = is_v6(way) ? sizeof(any.in6) : sizeof(any.in);

	if (is_v6(way))
		any.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	else
		any.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	return bind(fd, &any.sa, len) ? -errno : 0;
}

static uint16_t port_of(const union sock_addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port : a->in.sin_port);
}

/* Return: 0, also when the host has no such family: then the way has no socket. */
static int open_way(struct wire *w, enum way way, struct err *err)
{
	static const struct option stamp = {SOL_SOCKET, SO_TIMESTAMPNS, 1};
	uint16_t port = is_reflector(way) ? w->port : 0;
	int fd, r;

	fd = socket(is_v6(way) ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 && errno == EAFNOSUPPORT)
		return 0;
	if (fd < 0)
		return err_set(err, -errno, "keepalives: cannot open a socket: %s",
			       strerror(errno));
	w->fds[way] = fd;
	make_room(fd);
	r = set_options(fd, &stamp, 1);
	if (!r)
		r = set_family_options(fd, way);
	if (r)
		return err_set(err, r, "keepalives: cannot set up the %s socket: %s",
			       is_v6(way) ? "IPv6" : "IPv4", strerror(-r));
	r = bind_port(fd, way, port);
	if (r == -EADDRINUSE)
		return err_set(err, r,
			       "keepalives: udp port %u is taken; stop the other agent, or set "
			       "liveness.port in fabric.cfg",
			       port);
	if (r)
		return err_set(err, r, "keepalives: cannot bind udp port %u: %s", port,
			       strerror(-r));
	return 0;
}

static void learn_port(struct wire *w, enum way way)
{
	union sock_addr a = {0};
	socklen_t len = sizeof(a);

	if (w->fds[way] >= 0 && getsockname(w->fds[way], &a.sa, &len) == 0)
		w->port = port_of(&a);
}

static void set_up_input(struct wire *w)
{
	for (unsigned i = 0; i < WIRE_BATCH; i++)
		w->in[i].msg_hdr = (struct msghdr){
			.msg_name = &w->in_from[i],
			.msg_iov = &w->in_parts[i],
			.msg_iovlen = 1,
			.msg_control = &w->in_control[i],
		};
}

int wire_open(uint16_t port, struct err *err, struct wire **ret)
{
	struct wire *w = calloc(1, sizeof(*w));
	bool any = false;

	assert(w);
	w->port = port;
	for (enum way i = 0; i < WAYS; i++)
		w->fds[i] = -1;
	for (enum way i = 0; i < WAYS; i++) {
		int r = open_way(w, i, err);

		if (r) {
			wire_close(w);
			return r;
		}
		if (i == REFLECTOR4 || (i == REFLECTOR6 && !w->port))
			learn_port(w, i);
		any = any || w->fds[i] >= 0;
	}
	if (!any) {
		wire_close(w);
		return err_set(err, -EAFNOSUPPORT,
			       "keepalives: this host has neither IPv4 nor IPv6");
	}
	set_up_input(w);
	*ret = w;
	return 0;
}

struct wire *wire_close(struct wire *w)
{
	if (!w)
		return NULL;
	for (enum way i = 0; i < WAYS; i++)
		if (w->fds[i] >= 0)
			close(w->fds[i]);
	free(w);
	return NULL;
}

uint16_t wire_port(const struct wire *w)
{
	return w->port;
}

size_t wire_fds(const struct wire *w, int fds[4])
{
	size_t n = 0;

	for (enum way i = 0; i < WAYS; i++)
		if (w->fds[i] >= 0)
			fds[n++] = w->fds[i];
	return n;
}

static void note_from(struct wire_packet *p, const union sock_addr *from)
{
	p->peer_port = port_of(from);
	p->peer = from->sa.sa_family == AF_INET6 ? addr_from_in6(&from->in6.sin6_addr)
						 : addr_from_in(from->in.sin_addr);
}

static struct ntp_time time_of(const struct cmsghdr *c)
{
	struct timespec ts;

	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return ntp_from_unix_ns((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static void note_pktinfo4(struct wire_packet *p, const struct cmsghdr *c)
{
	struct in_pktinfo info;

	memcpy(&info, CMSG_DATA(c), sizeof(info));
	p->local = addr_from_in(info.ipi_addr);
	p->ifindex = info.ipi_ifindex;
}

static void note_pktinfo6(struct wire_packet *p, const struct cmsghdr *c)
{
	struct in6_pktinfo info;

	memcpy(&info, CMSG_DATA(c), sizeof(info));
	p->local = addr_from_in6(&info.ipi6_addr);
	p->ifindex = (int)info.ipi6_ifindex;
}

static uint8_t ttl_of(const struct cmsghdr *c)
{
	int ttl;

	memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
	return (uint8_t)ttl;
}

static void note_control(struct wire_packet *p, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			p->arrived = time_of(c);
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			note_pktinfo4(p, c);
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL)
			p->ttl = ttl_of(c);
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			note_pktinfo6(p, c);
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			p->ttl = ttl_of(c);
	}
}

static void make_ready(struct wire *w, struct wire_packet *packets)
{
	for (unsigned i = 0; i < WIRE_BATCH; i++) {
		struct msghdr *m = &w->in[i].msg_hdr;

		w->in_parts[i].iov_base = packets[i].data;
		w->in_parts[i].iov_len = sizeof(packets[i].data);
		m->msg_namelen = sizeof(w->in_from[i]);
		m->msg_controllen = sizeof(w->in_control[i]);
	}
}

static void note_packet(struct wire *w, unsigned i, bool test, struct wire_packet *p)
{
	p->test = test;
	p->local = (struct addr){0};
	p->ifindex = 0;
	p->ttl = 0;
	p->arrived = (struct ntp_time){0};
	p->len = w->in[i].msg_len;
	note_from(p, &w->in_from[i]);
	note_control(p, &w->in[i].msg_hdr);
}

int wire_read(struct wire *w, int fd, struct wire_packet *packets, struct err *err)
{
	bool test = fd == w->fds[REFLECTOR4] || fd == w->fds[REFLECTOR6];
	int n;

	make_ready(w, packets);
	/* MSG_TRUNC: the length on the wire, however little of it fits. */
	do
		n = recvmmsg(fd, w->in, WIRE_BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return err_set(err, -errno, "keepalives: cannot receive: %s", strerror(errno));
	for (unsigned i = 0; i < (unsigned)n; i++)
		note_packet(w, i, test, &packets[i]);
	return n;
}

static void drop(struct wire *w, int error)
{
	w->dropped++;
	w->last_errno = error;
}

/* One packet refused (its tunnel is gone, down, or has no such address) is left out. */
static void send_queue(struct wire *w, enum way way)
{
	struct out_queue *q = &w->queues[way];
	unsigned done = 0;

	while (done < q->n) {
		int n = sendmmsg(w->fds[way], q->msgs + done, q->n - done, MSG_DONTWAIT);

		if (n > 0) {
			done += (unsigned)n;
		} else if (errno != EINTR) {
			drop(w, errno);
			done++;
		}
	}
	q->n = 0;
}

void wire_flush(struct wire *w)
{
	for (enum way i = 0; i < WAYS; i++)
		if (w->queues[i].n)
			send_queue(w, i);
}

static void set_to4(struct out_packet *o, const struct wire_packet *p, uint16_t port)
{
	o->to.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	memcpy(&o->to.in.sin_addr, p->peer.bytes, 4);
}

static void set_to6(struct out_packet *o, const struct wire_packet *p, uint16_t port)
{
	o->to.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	memcpy(&o->to.in6.sin6_addr, p->peer.bytes, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&o->to.in6.sin6_addr))
		o->to.in6.sin6_scope_id = (uint32_t)p->ifindex;
}

static void set_control(struct msghdr *m, int level, int type, const void *info, size_t len)
{
	struct cmsghdr *c = m->msg_control;

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), info, len);
	m->msg_controllen = CMSG_SPACE(len);
}

static void set_from4(struct msghdr *m, const struct wire_packet *p)
{
	struct in_pktinfo info = {.ipi_ifindex = p->ifindex};

	memcpy(&info.ipi_spec_dst, p->local.bytes, 4);
	set_control(m, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

/* IPv6 takes the device as an order only when no source is given (6.1, ip6_route_output_flags());
 * with one, a tunnel that is down is replaced by any other route. The source is then chosen by RFC
 * 6724: rule 5, the addresses of the device, and rule 8, the peering LAN. */
static void set_from6(struct msghdr *m, const struct wire_packet *p)
{
	struct in6_pktinfo info = {.ipi6_ifindex = (unsigned)p->ifindex};

	if (!p->ifindex)
		memcpy(&info.ipi6_addr, p->local.bytes, 16);
	set_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

static size_t set_parts(struct out_packet *o, const struct wire_packet *p)
{
	size_t len = p->len < WIRE_LEN_MAX ? p->len : WIRE_LEN_MAX;
	size_t first = len < STAMP_BYTES ? len : STAMP_BYTES;

	memcpy(o->data, p->data, first);
	o->parts[0] = (struct iovec){.iov_base = o->data, .iov_len = first};
	/* sendmmsg only reads; struct iovec cannot say so */
	o->parts[1].iov_base = (void *)(uintptr_t)zeros;
	o->parts[1].iov_len = len - first;
	return len > first ? 2 : 1;
}

void wire_add(struct wire *w, const struct wire_packet *p)
{
	bool v6 = p->peer.family == FAMILY_IP6;
	enum way way = p->test ? (v6 ? SENDER6 : SENDER4) : (v6 ? REFLECTOR6 : REFLECTOR4);
	uint16_t port = p->peer_port ? p->peer_port : w->port;
	struct out_queue *q = &w->queues[way];
	struct out_packet *o = &q->packets[q->n];
	struct msghdr *m = &q->msgs[q->n].msg_hdr;

	if (w->fds[way] < 0 || p->peer.family == FAMILY_NONE || p->local.family != p->peer.family) {
		drop(w, EAFNOSUPPORT);
		return;
	}
	*m = (struct msghdr){.msg_name = &o->to, .msg_iov = o->parts, .msg_control = &o->control};
	m->msg_iovlen = set_parts(o, p);
	if (v6) {
		set_to6(o, p, port);
		set_from6(m, p);
	} else {
		set_to4(o, p, port);
		set_from4(m, p);
	}
	m->msg_namelen = v6 ? sizeof(o->to.in6) : sizeof(o->to.in);
	if (++q->n == WIRE_BATCH)
		send_queue(w, way);
}

uint64_t wire_dropped(const struct wire *w, int *last_errno)
{
	if (last_errno)
		*last_errno = w->last_errno;
	return w->dropped;
}

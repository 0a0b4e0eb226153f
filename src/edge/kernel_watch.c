/*
 * kernel_watch - what the kernel tells on its own
 * Links, addresses, and connected routes that go. A host with full BGP tables changes thousands of
 * routes a second that do not concern us, so a socket filter lets only the removal of the kernel's
 * own routes through.
 */
#include "edge/kernel_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WATCH_BYTES = 64 * 1024, WATCH_BUFFER = 4 << 20 };

struct kernel_watch {
	int fd;
	uint8_t bytes[WATCH_BYTES];
};

/* How much an event says: what follows from a greater one is not told beside it. */
enum weight { WEIGHT_ROUTE, WEIGHT_ADDR, WEIGHT_LINK, WEIGHT_DOWN, WEIGHT_DELETED, WEIGHT_LOST };

/* What one reading gathers. */
struct seen {
	unsigned changes;
	enum weight weight; /* of what the words tell */
	unsigned more;	    /* events of that weight beyond the first */
	char *words;	    /* 128 bytes */
};

/* Loads are big-endian, the header is in host order: hence htons(). */
static int filter_routes(int fd)
{
	const uint32_t type = offsetof(struct nlmsghdr, nlmsg_type);
	const uint32_t protocol = NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_protocol);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, protocol),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTPROT_KERNEL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

static int join_groups(int fd, const unsigned *groups, size_t n, int buffer_bytes)
{
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof(buffer_bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes));
	int error = filter_routes(fd);

	if (error)
		return error;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	for (size_t i = 0; i < n; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) < 0)
			return -errno;
	return 0;
}

int watch_socket(const unsigned *groups, size_t n, int buffer_bytes)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	int error = join_groups(fd, groups, n, buffer_bytes);

	if (error)
		close(fd);
	return error ? error : fd;
}

int kernel_watch_open(struct err *err, struct kernel_watch **ret)
{
	const unsigned groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
				   RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
	int fd = watch_socket(groups, sizeof(groups) / sizeof(*groups), WATCH_BUFFER);

	if (fd < 0)
		return err_set(err, fd, "watching the kernel's interfaces: %s", strerror(-fd));
	struct kernel_watch *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->fd = fd;
	*ret = w;
	return 0;
}

struct kernel_watch *kernel_watch_close(struct kernel_watch *w)
{
	if (!w)
		return NULL;
	close(w->fd);
	free(w);
	return NULL;
}

int kernel_watch_fd(const struct kernel_watch *w)
{
	return w->fd;
}

/* --- one message --- */

static void note(struct seen *s, enum kernel_change change, enum weight weight, const char *words)
{
	s->changes |= change;
	if (s->words[0] && (weight < s->weight || strncmp(s->words, words, 99) == 0))
		return;
	if (s->words[0] && weight == s->weight) {
		s->more++;
		return;
	}
	snprintf(s->words, 128, "%.99s", words);
	s->weight = weight;
	s->more = 0;
}

/* "by PID 123 (ip)", when the kernel says who and he still lives. */
static void by_whom(uint32_t port, char buf[48])
{
	char path[32], name[20] = "";
	ssize_t n = -1;

	buf[0] = '\0';
	if (!port || port > INT32_MAX)
		return;
	snprintf(path, sizeof(path), "/proc/%u/comm", port);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, name, sizeof(name) - 1);
		close(fd);
	}
	if (n <= 0)
		return;
	name[strcspn(name, "\n")] = '\0';
	snprintf(buf, 48, " by PID %u (%s)", port, name);
}

static bool is_tunnel_kind(struct nlattr *linkinfo)
{
	const struct nlattr *kind =
		linkinfo ? nla_find(nla_data(linkinfo), nla_len(linkinfo), IFLA_INFO_KIND) : NULL;

	return kind && (nla_strcmp(kind, "gre") == 0 || nla_strcmp(kind, "ip6gre") == 0);
}

/* Other interfaces count when they take or leave a name that looks like one of ours. */
static void see_link(struct seen *s, const struct nlmsghdr *h)
{
	const struct ifinfomsg *info = nlmsg_data(h);
	struct nlattr *tb[IFLA_MAX + 1];
	char words[100];

	if (nla_parse(tb, IFLA_MAX, nlmsg_attrdata(h, sizeof(*info)),
		      nlmsg_attrlen(h, sizeof(*info)), NULL) < 0 ||
	    !tb[IFLA_IFNAME])
		return;
	const char *name = nla_get_string(tb[IFLA_IFNAME]);

	if (!is_tunnel_kind(tb[IFLA_LINKINFO]) && strncmp(name, "gx-", 3) != 0)
		return;
	if (h->nlmsg_type == RTM_DELLINK) {
		snprintf(words, sizeof(words), "%s deleted", name);
		note(s, CHANGE_LINK, WEIGHT_DELETED, words);
	} else if (!(info->ifi_flags & IFF_UP)) {
		snprintf(words, sizeof(words), "%s is down", name);
		note(s, CHANGE_LINK, WEIGHT_DOWN, words);
	} else {
		snprintf(words, sizeof(words), "%s changed", name);
		note(s, CHANGE_LINK, WEIGHT_LINK, words);
	}
}

/* An address of ours that comes is our own doing, told once more when the kernel has settled it. */
static void see_addr(struct seen *s, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *info = nlmsg_data(h);
	char ifname[IF_NAMESIZE], addr[INET6_ADDRSTRLEN], who[48], words[160];
	struct nlattr *tb[IFA_MAX + 1];

	if (nla_parse(tb, IFA_MAX, nlmsg_attrdata(h, sizeof(*info)),
		      nlmsg_attrlen(h, sizeof(*info)), NULL) < 0)
		return;
	const struct nlattr *a = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];

	if (!a || !inet_ntop(info->ifa_family, nla_data(a), addr, sizeof(addr)) ||
	    (h->nlmsg_type == RTM_NEWADDR && tb[IFA_PROTO] &&
	     nla_get_u8(tb[IFA_PROTO]) == ADDR_PROTO))
		return;
	if (!if_indextoname(info->ifa_index, ifname))
		snprintf(ifname, sizeof(ifname), "interface %u", info->ifa_index % 100000);
	by_whom(h->nlmsg_pid, who);
	snprintf(words, sizeof(words), "%s %s %s%s", addr,
		 h->nlmsg_type == RTM_DELADDR ? "removed from" : "added to", ifname, who);
	note(s, CHANGE_ADDR, WEIGHT_ADDR, words);
}

/* A gone device has no name; what went with it is told as its removal. */
static bool is_named_ours(const struct nlattr *oif, char ifname[IF_NAMESIZE])
{
	return oif && if_indextoname(nla_get_u32(oif), ifname) && strncmp(ifname, "gx-", 3) == 0;
}

static void see_route(struct seen *s, const struct nlmsghdr *h)
{
	const struct rtmsg *info = nlmsg_data(h);
	char addr[INET6_ADDRSTRLEN] = "", who[48], words[128], ifname[IF_NAMESIZE];
	const struct nlattr *dst = nla_find(nlmsg_attrdata(h, sizeof(*info)),
					    nlmsg_attrlen(h, sizeof(*info)), RTA_DST);
	const struct nlattr *oif = nla_find(nlmsg_attrdata(h, sizeof(*info)),
					    nlmsg_attrlen(h, sizeof(*info)), RTA_OIF);

	/* a connected route to one host: what a peer address makes */
	if (!dst || info->rtm_dst_len != nla_len(dst) * 8 || info->rtm_type != RTN_UNICAST)
		return;
	by_whom(h->nlmsg_pid, who);
	inet_ntop(info->rtm_family, nla_data(dst), addr, sizeof(addr));
	snprintf(words, sizeof(words), "route to %s removed%s", addr, who);
	note(s, CHANGE_ROUTE, WEIGHT_ROUTE, words);
	if (is_named_ours(oif, ifname))
		s->changes |= CHANGE_PEER_ROUTE;
}

static void see(struct seen *s, const struct nlmsghdr *h)
{
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
			see_link(s, h);
		return;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifaddrmsg)))
			see_addr(s, h);
		return;
	case RTM_DELROUTE:
		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct rtmsg)))
			see_route(s, h);
		return;
	default:
		return;
	}
}

/* --- all there is --- */

int kernel_watch_read(struct kernel_watch *w, char words[128], struct err *err)
{
	struct seen s = {.words = words};

	words[0] = '\0';
	for (;;) {
		struct sockaddr_nl from = {0};
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(w->fd, w->bytes, sizeof(w->bytes), 0, (struct sockaddr *)&from,
				     &from_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) {
			/* more came than the buffer holds: whatever it was, read everything again */
			note(&s, CHANGE_LOST, WEIGHT_LOST,
			     "too many changes at once, some were not told");
			continue;
		}
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return err_set(err, -errno, "watching the kernel's interfaces: %s",
				       strerror(errno));
		int left = (int)n;

		for (struct nlmsghdr *h = (void *)w->bytes; from.nl_pid == 0 && nlmsg_ok(h, left);
		     h = nlmsg_next(h, &left))
			see(&s, h);
	}
	size_t len = strlen(words);

	if (s.more)
		snprintf(words + len, 128 - len, ", and %u more", s.more);
	return (int)s.changes;
}

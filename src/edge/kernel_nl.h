/*
 * kernel_nl - rtnetlink as grix speaks it: dumps, and many requests in one go
 * Shared by the kernel_*.c files only. libnl builds and takes apart the attributes; the socket is
 * our own, since libnl waits for one acknowledgement after each message and turns errno into
 * numbers of its own.
 * Source: rtnetlink(7), netlink(7), linux/netlink.h (extended acknowledgements).
 */
#pragma once

#include "edge/kernel.h"

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

enum {
	BATCH_BYTES = 60 * 1024, /* one sendmsg(); the socket's default takes 208 kB */
	BATCH_MESSAGES = 256,
	BOXES = 16,	       /* datagrams taken with one recvmmsg() */
	DUMP_BOXES = 2,	       /* of a dump, whose parts fill a box: stay in the cache */
	BOX_BYTES = 32 * 1024, /* the most the kernel puts into one part of a dump */
	ADDR_PROTO = 0x67,     /* IFA_PROTO of our addresses, 'g' */
};

/* Memory that is kept from one reading to the next. */
struct scratch {
	void *at;
	size_t bytes;
};

struct kernel {
	int fd;
	uint32_t seq;
	bool has_ip6;				/* false: this kernel runs without IPv6 */
	size_t batch_most;			/* messages whose answers fit the receive buffer */
	struct nl_msg *msg;			/* the one being built */
	uint8_t *boxes;				/* BOXES * BOX_BYTES */
	uint8_t *out;				/* BATCH_BYTES */
	struct scratch tunnels, addrs, numbers; /* kernel_read.c */
	int stir_fd;	  /* hears of links and of connected routes that go; -1: none */
	bool many_routes; /* too many to look at all of them: the peers' are asked for one by one */
	bool routes_in_place; /* nothing was heard since all connected routes were seen in place */
	size_t die_after; /* tests: SIGKILL ourselves behind the n-th message that writes; 0 never */
};

/* --- building --- */

/** rt_begin() - start a message in k->msg; @head is ifinfomsg, ifaddrmsg, rtmsg ... */
struct nl_msg *rt_begin(struct kernel *k, int type, int flags, const void *head, size_t head_size);
/* Attributes; what we build always fits, anything else is a mistake of ours. */
void rt_put(struct nl_msg *m, int type, const void *bytes, size_t n);
void rt_put_u8(struct nl_msg *m, int type, uint8_t v);
void rt_put_u16(struct nl_msg *m, int type, uint16_t v);
void rt_put_u32(struct nl_msg *m, int type, uint32_t v);
void rt_put_str(struct nl_msg *m, int type, const char *s);
void rt_put_addr(struct nl_msg *m, int type, const struct addr *a);
struct nlattr *rt_nest(struct nl_msg *m, int type);
void rt_unnest(struct nl_msg *m, struct nlattr *nest);
int rt_family(enum family f);

/* --- dumps --- */

/**
 * rt_dump() - send k->msg, built with NLM_F_DUMP, and give every answer to @each
 * Return: 0; -EINTR when the kernel says things changed meanwhile: forget it, ask again; or
 * another negative errno.
 */
int rt_dump(struct kernel *k, void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx);
/** rt_dump_most() - the same, but give up soon after @most messages: -E2BIG, on a fresh socket */
int rt_dump_most(struct kernel *k, size_t most, void (*each)(void *ctx, const struct nlmsghdr *h),
		 void *ctx);
/** kernel_reopen() - a fresh socket for requests. Return: 0 or a negative errno */
int kernel_reopen(struct kernel *k);

/* --- many requests --- */

struct answer {
	int error;		      /* 0 or a negative errno */
	const char *text;	      /* the kernel's own words, "" if it has none */
	const struct nlmsghdr *reply; /* what a RTM_GET* was answered with, NULL else */
};

struct batch {
	struct kernel *k;
	void (*answered)(void *ctx, size_t token, const struct answer *answer);
	void *ctx;
	size_t used, n;
	uint32_t first_seq;
	size_t tokens[BATCH_MESSAGES];
	bool open[BATCH_MESSAGES]; /* not answered yet */
	size_t written;		   /* messages that write, sent so far */
	int error;		   /* the kernel could not be talked to; nothing is sent any more */
};

void batch_init(struct batch *b, struct kernel *k,
		void (*answered)(void *ctx, size_t token, const struct answer *answer), void *ctx);
/** batch_add() - take k->msg; sends what is gathered when full. Every message gets one answer. */
void batch_add(struct batch *b, size_t token);
/** batch_flush() - send and hand out all answers. Return: b->error */
int batch_flush(struct batch *b);

/* --- messages, one function each (kernel_write.c): build k->msg --- */

void write_create(struct kernel *k, const struct tunnel *want, uint32_t group);
/** @df_off: the first of two messages that lead away from ignore-df */
void write_change(struct kernel *k, int ifindex, const struct tunnel *want, bool outer,
		  bool with_ip6, bool df_off);
void write_no_link_local(struct kernel *k, int ifindex);
void write_up_or_down(struct kernel *k, int ifindex, bool up);
void write_name(struct kernel *k, int ifindex, const char *name);
void write_group(struct kernel *k, int ifindex, uint32_t group);
void write_delete(struct kernel *k, int ifindex);
void write_delete_group(struct kernel *k, uint32_t group);
void write_addr(struct kernel *k, bool add, int ifindex, const struct tunnel_addr *addr);
void ask_link(struct kernel *k, const char *ifname);
void ask_all_links(struct kernel *k, const char *kind);
/** @from: may be NULL */
void ask_route(struct kernel *k, const struct addr *to, const struct addr *from);
/** ask_connected() - the entry of the routing table that leads to @peer over that interface */
void ask_connected(struct kernel *k, const struct addr *peer, int ifindex);
/** write_route() - the connected route that the kernel makes with an address, once more */
void write_route(struct kernel *k, int ifindex, const struct tunnel_addr *addr);

/* --- hearing (kernel_watch.c) --- */

/** watch_socket() - a socket that hears these groups, of routes only the removal of the kernel's own.
 *  Return: it, or a negative errno */
int watch_socket(const unsigned *groups, size_t n, int buffer_bytes);

/* --- settings (kernel_settings.c) --- */

/** setting_read() - first line of /proc/sys/@name. Return: 0 or a negative errno */
int setting_read(const char *name, char *value, size_t size);
int setting_write(const char *name, const char *value);

/* --- what one found link is (kernel_parse.c) --- */

/** parse_link() - Return: false when @h is no usable link */
bool parse_link(struct kernel *k, struct arena *a, const struct nlmsghdr *h, struct tunnel *ret);
/** parse_addr() - one RTM_NEWADDR. Return: false when it has none */
bool parse_addr(const struct nlmsghdr *h, int *ifindex, struct tunnel_addr *ret);

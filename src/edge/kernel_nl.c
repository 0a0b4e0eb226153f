#include "edge/kernel_nl.h"

#include <assert.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- building --- */

struct nl_msg *rt_begin(struct kernel *k, int type, int flags, const void *head, size_t head_size)
{
	nlmsg_hdr(k->msg)->nlmsg_len = NLMSG_HDRLEN;
	struct nlmsghdr *h = nlmsg_put(k->msg, 0, 0, type, (int)head_size, NLM_F_REQUEST | flags);

	assert(h);
	memcpy(nlmsg_data(h), head, head_size);
	return k->msg;
}

void rt_put(struct nl_msg *m, int type, const void *bytes, size_t n)
{
	int r = nla_put(m, type, (int)n, bytes);

	assert(r == 0);
}

void rt_put_u8(struct nl_msg *m, int type, uint8_t v)
{
	rt_put(m, type, &v, sizeof(v));
}

void rt_put_u16(struct nl_msg *m, int type, uint16_t v)
{
	rt_put(m, type, &v, sizeof(v));
}

void rt_put_u32(struct nl_msg *m, int type, uint32_t v)
{
	rt_put(m, type, &v, sizeof(v));
}

void rt_put_str(struct nl_msg *m, int type, const char *s)
{
	rt_put(m, type, s, strlen(s) + 1);
}

void rt_put_addr(struct nl_msg *m, int type, const struct addr *a)
{
	rt_put(m, type, a->bytes, addr_bytes(a->family));
}

struct nlattr *rt_nest(struct nl_msg *m, int type)
{
	struct nlattr *nest = nla_nest_start(m, type);

	assert(nest);
	return nest;
}

void rt_unnest(struct nl_msg *m, struct nlattr *nest)
{
	nla_nest_end(m, nest);
}

int rt_family(enum family f)
{
	return f == FAMILY_IP6 ? AF_INET6 : AF_INET;
}

/* --- sending and receiving --- */

static int send_bytes(struct kernel *k, const void *bytes, size_t n)
{
	ssize_t r;

	do {
		r = send(k->fd, bytes, n, 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return (size_t)r == n ? 0 : -EIO;
}

/* Takes what has come, at most @boxes datagrams and at least one datagram unless MSG_DONTWAIT, and gives each message that the
 * kernel itself sent to @each. Return: 0, or a negative errno; -EAGAIN when nothing came. */
static int receive(struct kernel *k, unsigned boxes, int flags,
		   void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	struct sockaddr_nl from[BOXES] = {0};
	struct mmsghdr mm[BOXES] = {0};
	struct iovec iov[BOXES];
	int n;

	for (unsigned i = 0; i < boxes; i++) {
		iov[i] = (struct iovec){k->boxes + (size_t)i * BOX_BYTES, BOX_BYTES};
		mm[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						.msg_namelen = sizeof(from[i]),
						.msg_iov = &iov[i],
						.msg_iovlen = 1};
	}
	do {
		n = recvmmsg(k->fd, mm, boxes, flags | MSG_WAITFORONE, NULL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		struct nlmsghdr *h = iov[i].iov_base;
		int left = (int)mm[i].msg_len;

		if (from[i].nl_pid != 0)
			continue;
		if (mm[i].msg_hdr.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		for (; nlmsg_ok(h, left); h = nlmsg_next(h, &left))
			each(ctx, h);
	}
	return 0;
}

/* --- dumps --- */

struct dump {
	uint32_t seq;
	void (*each)(void *ctx, const struct nlmsghdr *h);
	void *ctx;
	bool done, changed;
	int error;
	size_t n;
};

static void take_dumped(void *ctx, const struct nlmsghdr *h)
{
	struct dump *d = ctx;

	if (h->nlmsg_seq != d->seq || d->done)
		return;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		d->changed = true;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		int error = 0;

		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
			memcpy(&error, nlmsg_data(h), sizeof(error));
		d->error = error < 0 ? error : 0;
		d->done = true;
		return;
	}
	d->n++;
	d->each(d->ctx, h);
}

int rt_dump(struct kernel *k, void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	return rt_dump_most(k, SIZE_MAX, each, ctx);
}

int rt_dump_most(struct kernel *k, size_t most, void (*each)(void *ctx, const struct nlmsghdr *h),
		 void *ctx)
{
	struct nlmsghdr *h = nlmsg_hdr(k->msg);
	struct dump d = {.seq = ++k->seq, .each = each, .ctx = ctx};

	h->nlmsg_seq = d.seq;
	int r = send_bytes(k, h, h->nlmsg_len);

	while (r == 0 && !d.done && d.n <= most)
		r = receive(k, DUMP_BOXES, 0, take_dumped, &d);
	if (r == 0 && !d.done) {
		/* the kernel would go on, and take no other dump before its end */
		r = kernel_reopen(k);
		return r ? r : -E2BIG;
	}
	if (r)
		return r == -EAGAIN ? -ETIMEDOUT : r;
	if (d.error)
		return d.error;
	return d.changed ? -EINTR : 0;
}

/* --- many requests --- */

void batch_init(struct batch *b, struct kernel *k,
		void (*answered)(void *ctx, size_t token, const struct answer *answer), void *ctx)
{
	*b = (struct batch){.k = k, .answered = answered, .ctx = ctx};
}

static bool is_question(const struct nlmsghdr *h)
{
	return h->nlmsg_type == RTM_GETLINK || h->nlmsg_type == RTM_GETROUTE;
}

void batch_add(struct batch *b, size_t token)
{
	struct kernel *k = b->k;
	struct nlmsghdr *h = nlmsg_hdr(k->msg);
	size_t size = NLMSG_ALIGN(h->nlmsg_len);
	bool writes = !is_question(h);

	if (b->error)
		return;
	if (b->n == k->batch_most || b->used + size > BATCH_BYTES)
		batch_flush(b);
	h->nlmsg_seq = ++k->seq;
	if (writes)
		h->nlmsg_flags |= NLM_F_ACK;
	if (b->n == 0)
		b->first_seq = h->nlmsg_seq;
	memcpy(k->out + b->used, h, h->nlmsg_len);
	memset(k->out + b->used + h->nlmsg_len, 0, size - h->nlmsg_len);
	b->used += size;
	b->tokens[b->n] = token;
	b->open[b->n++] = true;
	b->written += writes;
	if (writes && k->die_after && --k->die_after == 0) {
		send_bytes(k, k->out, b->used);
		kill(getpid(), SIGKILL);
	}
}

/* The kernel's words in an acknowledgement; with NETLINK_CAP_ACK they follow the short header. */
static const char *words_of(const struct nlmsghdr *h, char buf[160])
{
	size_t skip = NLMSG_LENGTH(sizeof(struct nlmsgerr));

	buf[0] = '\0';
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || h->nlmsg_len <= skip)
		return buf;
	const uint8_t *tlvs = (const uint8_t *)h + skip;
	const struct nlattr *a = nla_find((const struct nlattr *)(const void *)tlvs,
					  (int)(h->nlmsg_len - skip), NLMSGERR_ATTR_MSG);

	if (a)
		nla_strlcpy(buf, a, 160);
	return buf;
}

static void take_answer(void *ctx, const struct nlmsghdr *h)
{
	struct batch *b = ctx;
	size_t i = (uint32_t)(h->nlmsg_seq - b->first_seq);
	struct answer answer = {.text = ""};
	char words[160];

	if (i >= b->n || !b->open[i])
		return;
	b->open[i] = false;
	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = nlmsg_data(h);

		answer.error = e->error;
		answer.text = words_of(h, words);
	} else {
		answer.reply = h;
	}
	b->answered(b->ctx, b->tokens[i], &answer);
}

static bool all_answered(const struct batch *b)
{
	for (size_t i = b->n; i-- > 0;)
		if (b->open[i])
			return false;
	return true;
}

/* The kernel answers while it takes the request, so a silence means that answers were dropped. */
static void give_up_on_open(struct batch *b, int error)
{
	const struct answer lost = {.error = error, .text = "the kernel's answer was lost"};

	for (size_t i = 0; i < b->n; i++)
		if (b->open[i])
			b->answered(b->ctx, b->tokens[i], &lost);
}

int batch_flush(struct batch *b)
{
	struct kernel *k = b->k;
	bool dropped = false;

	if (b->error || b->n == 0)
		return b->error;
	b->error = send_bytes(k, k->out, b->used);
	while (!b->error && !all_answered(b)) {
		int r = receive(k, BOXES, dropped ? MSG_DONTWAIT : 0, take_answer, b);

		if (r == -ENOBUFS) {
			dropped = true;
		} else if (r == -EAGAIN) {
			give_up_on_open(b, dropped ? -ENOBUFS : -ETIMEDOUT);
			break;
		} else if (r) {
			b->error = r;
		}
	}
	b->n = b->used = 0;
	return b->error;
}

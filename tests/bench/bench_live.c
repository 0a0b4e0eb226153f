/*
 * bench_live [LINKS [SECONDS]] - what keepalives cost
 *   1. live/ alone: one test, its reflection and its answer, through two links
 *   2. two sites of LINKS links each over a veth pair, live/ and edge/wire, at 100 ms and at 1 s, in
 *      real time; against a loop of bare sendmmsg and recvmmsg that moves as many packets at the same
 *      moments with the same socket options. CPU of both sites together, user and system.
 */
#include "base/mono.h"
#include "edge/wire.h"
#include "live/link.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ENDS = 2, PORT = 50862, SKIPPED = 77, PAIRS = 2000000 };

static const uint64_t slice_ns = 10 * NS_PER_MS;

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6 +
	       (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec / 1e6;
}

static struct live_conf conf_of(uint64_t interval_ns, uint16_t ssid)
{
	return (struct live_conf){
		.interval_ns = interval_ns,
		.misses = 3,
		.ssid = ssid,
		.to = "ams->fra",
		.from = "fra->ams",
		.peer = "fra",
	};
}

/* ---- live alone ---- */

static void hand_over(struct live *l, enum live_event_kind kind, struct live_act *act, uint64_t now)
{
	struct live_event ev = {
		.kind = kind,
		.packet = act->packet,
		.len = act->len,
		.ttl = 255,
		.wall = ntp_from_unix_ns(now),
		.arrived = ntp_from_unix_ns(now),
	};
	struct live_act acts[LIVE_ACTS_MAX];
	size_t n = live_step(l, &ev, now, acts);

	for (size_t i = 0; i < n; i++)
		if (acts[i].kind != LIVE_ACT_VERDICT)
			*act = acts[i];
}

static void bench_live_alone(void)
{
	struct live_conf c = conf_of(NS_PER_S, 7);
	uint64_t now = UINT64_C(1700000000) * NS_PER_S;
	struct live here, there;
	struct live_report r;

	live_init(&here, &c, now, 0);
	live_init(&there, &c, now, 0);
	double begin = cpu_s();

	for (unsigned i = 0; i < PAIRS; i++) {
		struct live_act act = {0};

		now = live_due(&here);
		hand_over(&here, LIVE_EV_TICK, &act, now);
		hand_over(&there, LIVE_EV_TEST, &act, now + NS_PER_MS);
		hand_over(&here, LIVE_EV_ANSWER, &act, now + 2 * NS_PER_MS);
	}
	double s = cpu_s() - begin;

	live_report(&here, now, &r);
	assert(r.counts.answered == PAIRS);
	printf("live alone: %.0f ns CPU a test with its reflection and its answer; %zu bytes a "
	       "link\n",
	       s * 1e9 / PAIRS, sizeof(struct live));
}

/* ---- two sites ---- */

static int spaces[ENDS];

static void enter(int end)
{
	if (setns(spaces[end], CLONE_NEWNET)) {
		perror("setns");
		exit(EXIT_FAILURE);
	}
}

static void run(const char *line)
{
	if (system(line) != 0) {
		fprintf(stderr, "%s\n", line);
		exit(EXIT_FAILURE);
	}
}

static void make_spaces(void)
{
	char line[256];

	for (int i = 0; i < ENDS; i++) {
		if (unshare(CLONE_NEWNET)) {
			printf("SKIP: no network namespaces here: %s\n", strerror(errno));
			exit(SKIPPED);
		}
		spaces[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	}
	snprintf(line, sizeof(line), "ip link add v0 type veth peer name v0 netns /proc/%d/fd/%d",
		 getpid(), spaces[0]);
	run(line);
	for (int i = 0; i < ENDS; i++) {
		enter(i);
		snprintf(line, sizeof(line),
			 "ip link set v0 up && ip addr add 203.0.113.%d peer 203.0.113.%d dev v0",
			 i + 1, 2 - i);
		run(line);
	}
}

struct site {
	struct wire *wire;
	struct live *links; /* by SSID */
	struct addr self, peer;
};

struct totals {
	uint64_t tests, answers;
	double cpu_s;
};

static void send_out(struct site *s, const struct live_act *act, const struct wire_packet *in)
{
	struct wire_packet p = {.local = s->self, .peer = s->peer, .len = act->len};

	p.test = act->kind == LIVE_ACT_SEND_TEST;
	p.peer_port = in ? in->peer_port : 0;
	p.ifindex = in ? in->ifindex : 0;
	memcpy(p.data, act->packet, STAMP_BYTES);
	wire_add(s->wire, &p);
}

static void step(struct site *s, struct live *l, const struct live_event *ev, uint64_t now,
		 const struct wire_packet *in)
{
	struct live_act acts[LIVE_ACTS_MAX];
	size_t n = live_step(l, ev, now, acts);

	for (size_t i = 0; i < n; i++)
		if (acts[i].kind != LIVE_ACT_VERDICT)
			send_out(s, &acts[i], in);
}

static void drain(struct site *s, unsigned links)
{
	static struct wire_packet packets[WIRE_BATCH];
	int fds[4], n;
	size_t n_fds = wire_fds(s->wire, fds);

	for (size_t f = 0; f < n_fds; f++)
		do {
			n = wire_read(s->wire, fds[f], packets, NULL);
			struct live_event ev = {.wall = ntp_from_unix_ns(wall_now_ns())};
			uint64_t now = mono_now_ns();

			for (int i = 0; i < n; i++) {
				const struct wire_packet *p = &packets[i];
				unsigned at = (unsigned)p->data[14] << 8 | p->data[15];

				ev.kind = p->test ? LIVE_EV_TEST : LIVE_EV_ANSWER;
				ev.packet = p->data;
				ev.len = p->len;
				ev.ttl = p->ttl;
				ev.arrived = p->arrived;
				if (at < links)
					step(s, &s->links[at], &ev, now, p);
			}
		} while (n == WIRE_BATCH);
}

static void tick(struct site *s, unsigned links)
{
	struct live_event ev = {.kind = LIVE_EV_TICK, .wall = ntp_from_unix_ns(wall_now_ns())};
	uint64_t now = mono_now_ns();

	for (unsigned i = 0; i < links; i++)
		if (live_due(&s->links[i]) <= now)
			step(s, &s->links[i], &ev, now, NULL);
}

/* Sleeps until the slice is over or packets are there. */
static void await(const int *fds, size_t n, uint64_t until_ns)
{
	struct pollfd p[8];
	uint64_t now = mono_now_ns();

	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	if (until_ns > now) {
		struct timespec t = {.tv_nsec = (long)(until_ns - now)};

		ppoll(p, n, &t, NULL);
	}
}

static struct site make_site(int end, unsigned links, uint64_t interval_ns)
{
	static const char *const addrs[] = {"203.0.113.1", "203.0.113.2"};
	struct site s = {.links = calloc(links, sizeof(struct live))};
	struct err err = {0};

	assert(s.links);
	enter(end);
	if (wire_open(PORT, &err, &s.wire)) {
		fprintf(stderr, "%s\n", err.text);
		exit(EXIT_FAILURE);
	}
	addr_parse(addrs[end], &s.self);
	addr_parse(addrs[!end], &s.peer);
	for (unsigned i = 0; i < links; i++) {
		struct live_conf c = conf_of(interval_ns, (uint16_t)i);

		live_init(&s.links[i], &c, mono_now_ns(), i * 2654435761U);
	}
	return s;
}

static void check_up(const struct site *s, unsigned links, unsigned seconds, uint64_t interval_ns)
{
	for (unsigned i = 0; i < links && seconds * NS_PER_S > 5 * interval_ns; i++)
		if (s->links[i].state != LIVE_UP) {
			printf("link %u is not up\n", i);
			exit(EXIT_FAILURE);
		}
}

static struct totals run_sites(unsigned links, unsigned seconds, uint64_t interval_ns)
{
	struct site s[ENDS];
	struct totals t = {0};
	int fds[8];
	size_t n = 0;

	for (int i = 0; i < ENDS; i++) {
		s[i] = make_site(i, links, interval_ns);
		n += wire_fds(s[i].wire, fds + n);
	}
	uint64_t end = mono_now_ns() + seconds * NS_PER_S;
	double begin = cpu_s();

	for (uint64_t slice = mono_now_ns(); slice < end; slice += slice_ns) {
		while (mono_now_ns() < slice) {
			await(fds, n, slice);
			for (int i = 0; i < ENDS; i++) {
				drain(&s[i], links);
				wire_flush(s[i].wire);
			}
		}
		for (int i = 0; i < ENDS; i++) {
			tick(&s[i], links);
			wire_flush(s[i].wire);
		}
	}
	t.cpu_s = cpu_s() - begin;
	for (int i = 0; i < ENDS; i++) {
		check_up(&s[i], links, seconds, interval_ns);
		for (unsigned k = 0; k < links; k++) {
			t.tests += s[i].links[k].counts.sent;
			t.answers += s[i].links[k].counts.answered;
		}
		wire_close(s[i].wire);
		free(s[i].links);
	}
	return t;
}

/* ---- the floor ---- */

struct batch {
	struct mmsghdr msgs[WIRE_BATCH];
	struct iovec parts[WIRE_BATCH];
	struct sockaddr_in addrs[WIRE_BATCH];
	uint8_t bytes[WIRE_BATCH][STAMP_BYTES];
	union {
		size_t align;
		uint8_t bytes[128];
	} control[WIRE_BATCH];
};

struct bare {
	int sender, reflector;
	struct batch out, in;
};

static int bare_socket(uint16_t port)
{
	static const int options[][2] = {
		{IPPROTO_IP, IP_PKTINFO},
		{IPPROTO_IP, IP_RECVTTL},
		{SOL_SOCKET, SO_TIMESTAMPNS},
	};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	for (size_t i = 0; i < 3; i++)
		setsockopt(fd, options[i][0], options[i][1], &on, sizeof(on));
	int room = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any))) {
		perror("bind");
		exit(EXIT_FAILURE);
	}
	return fd;
}

static void prepare(struct batch *b)
{
	for (unsigned i = 0; i < WIRE_BATCH; i++) {
		b->parts[i] = (struct iovec){.iov_base = b->bytes[i], .iov_len = STAMP_BYTES};
		b->msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &b->addrs[i],
			.msg_namelen = sizeof(b->addrs[i]),
			.msg_iov = &b->parts[i],
			.msg_iovlen = 1,
			.msg_control = &b->control[i],
			.msg_controllen = sizeof(b->control[i]),
		};
	}
}

static void set_pktinfo(struct msghdr *m, int ifindex, in_addr_t from)
{
	struct in_pktinfo info = {.ipi_ifindex = ifindex, .ipi_spec_dst.s_addr = from};
	struct cmsghdr *c = m->msg_control;

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	m->msg_controllen = CMSG_SPACE(sizeof(info));
}

static void make_bare(struct bare *b, int end)
{
	enter(end);
	b->sender = bare_socket(0);
	b->reflector = bare_socket(PORT);
	prepare(&b->out);
	for (unsigned i = 0; i < WIRE_BATCH; i++) {
		b->out.addrs[i] = (struct sockaddr_in){
			.sin_family = AF_INET,
			.sin_port = htons(PORT),
			.sin_addr.s_addr = htonl(0xcb007100U + 2 - (uint32_t)end),
		};
		set_pktinfo(&b->out.msgs[i].msg_hdr, 0, htonl(0xcb007100U + 1 + (uint32_t)end));
	}
}

static void bare_send(struct bare *b, unsigned n)
{
	for (; n > WIRE_BATCH; n -= WIRE_BATCH)
		sendmmsg(b->sender, b->out.msgs, WIRE_BATCH, 0);
	if (n)
		sendmmsg(b->sender, b->out.msgs, n, 0);
}

static uint64_t bare_drain(struct bare *b, int fd)
{
	uint64_t got = 0;
	int n;

	do {
		prepare(&b->in);
		n = recvmmsg(fd, b->in.msgs, WIRE_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n && fd == b->reflector; i++)
			set_pktinfo(&b->in.msgs[i].msg_hdr, 0, 0);
		if (n > 0 && fd == b->reflector)
			sendmmsg(fd, b->in.msgs, (unsigned)n, 0);
		got += n > 0 ? (uint64_t)n : 0;
	} while (n == WIRE_BATCH);
	return got;
}

static struct totals run_bare(unsigned links, unsigned seconds, uint64_t interval_ns)
{
	static struct bare b[ENDS];
	struct totals t = {0};
	int fds[4];

	for (int i = 0; i < ENDS; i++) {
		make_bare(&b[i], i);
		fds[2 * i] = b[i].sender;
		fds[2 * i + 1] = b[i].reflector;
	}
	uint64_t start = mono_now_ns(), end = start + seconds * NS_PER_S, sent = 0;
	double begin = cpu_s();

	for (uint64_t slice = start; slice < end; slice += slice_ns) {
		while (mono_now_ns() < slice) {
			await(fds, 4, slice);
			for (int i = 0; i < ENDS; i++) {
				bare_drain(&b[i], b[i].reflector);
				t.answers += bare_drain(&b[i], b[i].sender);
			}
		}
		uint64_t due = (slice - start + slice_ns) * links / interval_ns - sent;

		for (int i = 0; i < ENDS; i++)
			bare_send(&b[i], (unsigned)due);
		sent += due;
	}
	t.cpu_s = cpu_s() - begin;
	t.tests = ENDS * sent;
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	return t;
}

static void bench_sites(unsigned links, unsigned seconds, uint64_t interval_ns)
{
	struct totals bare = run_bare(links, seconds, interval_ns);
	struct totals ours = run_sites(links, seconds, interval_ns);
	double bare_us = bare.cpu_s * 1e6 / (double)bare.answers;
	double ours_us = ours.cpu_s * 1e6 / (double)ours.answers;

	printf("%u links at %llu ms, one site: %.2f %% of a core (bare %.2f %%); "
	       "%.2f us a test and its answer (bare %.2f us), %.2f x\n",
	       links, (unsigned long long)(interval_ns / NS_PER_MS),
	       100 * ours.cpu_s / seconds / ENDS, 100 * bare.cpu_s / seconds / ENDS, ours_us,
	       bare_us, ours_us / bare_us);
	if (ours.answers < ours.tests * 9 / 10 - 2ULL * links)
		printf("  only %llu of %llu tests answered\n", (unsigned long long)ours.answers,
		       (unsigned long long)ours.tests);
}

int main(int argc, char **argv)
{
	unsigned links = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
	unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 6;

	if (links < 1 || links > 65535 || seconds < 1)
		return EXIT_FAILURE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_live_alone();
	make_spaces();
	bench_sites(links, seconds, 100 * NS_PER_MS);
	bench_sites(links, seconds, NS_PER_S);
	return EXIT_SUCCESS;
}

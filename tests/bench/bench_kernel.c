/*
 * bench_kernel - what the kernel's tunnels cost grix, next to ip(8) and to a bare program
 * Three make the same links with the same addresses, in turns, each in a network namespace of its
 * own: grix (read, compare, apply); ip -batch; and the floor, a program that holds the very messages
 * ready made, sends them in the same batches and reads the acknowledgements. What grix spends above
 * the floor is: reading what is there, comparing, asking for the numbers of the new links.
 *   bench_kernel [LINKS [ROUNDS]]      default 1000 3; needs root and a kernel with GRE
 * Times are the best of all rounds, ratios the middle one of all rounds: wall, and processor time of the process with the kernel's for it
 * (in user-mode-linux counted in ticks of 10 ms, so nothing for what is short; and there a page that
 * is touched for the first time costs some 20 us, which is most of what a first look costs more).
 */
#include "edge/kernel_nl.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FABRIC "bench"

enum {
	REPEATS = 20, /* of what is short */
	ROUNDS_MAX = 20,
};

struct cost {
	double wall_ms, cpu_ms;
	size_t messages;
	size_t same; /* interfaces that are still the ones they were */
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench_kernel: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void good(int error, const struct err *err)
{
	if (!error)
		return;
	fprintf(stderr, "bench_kernel: %s\n", err->text);
	exit(1);
}

static double wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double cpu_ms(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static void start(struct cost *c, int who)
{
	*c = (struct cost){.wall_ms = -wall_ms(), .cpu_ms = -cpu_ms(who)};
}

static void stop(struct cost *c, int who)
{
	c->wall_ms += wall_ms();
	c->cpu_ms += cpu_ms(who);
}

static void keep_best(struct cost *best, const struct cost *c, bool first)
{
	if (first || c->wall_ms < best->wall_ms)
		best->wall_ms = c->wall_ms;
	if (first || c->cpu_ms < best->cpu_ms)
		best->cpu_ms = c->cpu_ms;
	best->messages = c->messages;
	best->same = c->same;
}

/* --- what is wanted --- */

static struct addr ip4(uint32_t host)
{
	return addr_from_in((struct in_addr){htonl(host)});
}

static struct addr ip6(uint32_t host)
{
	struct in6_addr a = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, 0x01, 0x13}};

	a.s6_addr[14] = (uint8_t)(host >> 8);
	a.s6_addr[15] = (uint8_t)host;
	return addr_from_in6(&a);
}

static void want_link(struct arena *a, struct tunnel *t, uint32_t i)
{
	*t = (struct tunnel){.mode = MODE_GRE,
			     .local = ip4(0xc0000201),
			     .remote = ip4(0xc6120000 + 2 + i),
			     .ttl = 64,
			     .df = true,
			     .mtu = 1476,
			     .rp_filter = 2,
			     .forwarding = true,
			     .link_local_off = true,
			     .up = true,
			     .n_addrs = 2};
	snprintf(t->ifname, sizeof(t->ifname), "gx-s%04u", i);
	t->alias = site_owner_mark(a, FABRIC, arena_printf(a, "me-s%04u", i));
	t->addrs = arena_array(a, 2, sizeof(*t->addrs));
	t->addrs[0] = (struct tunnel_addr){.local = ip4(0x0a000001),
					   .peer = ip4(0x0a000002 + i),
					   .peer_len = 32,
					   .ours = true};
	t->addrs[1] = (struct tunnel_addr){
		.local = ip6(1), .peer = ip6(2 + i), .peer_len = 128, .ours = true};
}

static struct host *want_links(size_t n)
{
	struct arena *a = arena_new();
	struct host *h = arena_alloc(a, sizeof(*h));

	h->arena = a;
	h->n_tunnels = n;
	h->tunnels = arena_array(a, n, sizeof(*h->tunnels));
	for (size_t i = 0; i < n; i++)
		want_link(a, &h->tunnels[i], (uint32_t)i);
	return h;
}

/* The kernel finishes IPv6 addresses in the background. */
static void settle(const struct host *want)
{
	usleep(100 * 1000 + (useconds_t)want->n_tunnels * 1000);
}

/* --- grix --- */

static size_t grix_apply(struct kernel *k, const struct host *want)
{
	struct host *have;
	struct err err;
	size_t messages = 0;

	good(kernel_read(k, want, &err, &have), &err);
	struct steps *s = diff_host(FABRIC, want, have);
	struct step_result *results = calloc(s->n + 1, sizeof(*results));

	good(kernel_apply(k, s, results, &messages, &err), &err);
	for (size_t i = 0; i < s->n; i++)
		if (results[i].error) {
			fprintf(stderr, "bench_kernel: %s\n", results[i].text);
			exit(1);
		}
	free(results);
	steps_free(s);
	host_free(have);
	return messages;
}

static void grix_up(const struct host *want, struct cost *c)
{
	struct kernel *k;
	struct err err;

	start(c, RUSAGE_SELF);
	good(kernel_open(&err, &k), &err);
	c->messages = grix_apply(k, want);
	stop(c, RUSAGE_SELF);
	kernel_close(k);
}

/* Nothing to do, as a command finds it: it has never seen this host before. */
static void grix_first_look(const struct host *want, struct cost *c)
{
	struct kernel *k;
	struct err err;

	good(kernel_open(&err, &k), &err);
	grix_apply(k, want);
	kernel_close(k);
	settle(want);
	for (int i = 0; i < REPEATS; i++) {
		struct cost one;

		good(kernel_open(&err, &k), &err);
		start(&one, RUSAGE_SELF);
		one.messages = grix_apply(k, want);
		stop(&one, RUSAGE_SELF);
		keep_best(c, &one, i == 0);
		kernel_close(k);
	}
}

/* Nothing to do, as the agent finds it: nothing has stirred since it last looked. */
static void grix_again(const struct host *want, struct cost *c)
{
	struct kernel *k;
	struct err err;

	good(kernel_open(&err, &k), &err);
	grix_apply(k, want);
	settle(want);
	grix_apply(k, want);
	for (int i = 0; i < REPEATS; i++) {
		struct cost one;

		start(&one, RUSAGE_SELF);
		one.messages = grix_apply(k, want);
		stop(&one, RUSAGE_SELF);
		keep_best(c, &one, i == 0);
	}
	kernel_close(k);
}

static void grix_down(const struct host *want, struct cost *c)
{
	const struct host none = {0};
	struct kernel *k;
	struct err err;

	good(kernel_open(&err, &k), &err);
	grix_apply(k, want);
	start(c, RUSAGE_SELF);
	c->messages = grix_apply(k, &none);
	stop(c, RUSAGE_SELF);
	kernel_close(k);
}

static void grix_one_changed(const struct host *want, struct cost *c)
{
	unsigned *numbers = calloc(want->n_tunnels, sizeof(*numbers));
	struct tunnel *one = &want->tunnels[want->n_tunnels / 2];
	struct kernel *k;
	struct err err;

	good(kernel_open(&err, &k), &err);
	grix_apply(k, want);
	settle(want);
	for (size_t i = 0; i < want->n_tunnels; i++)
		numbers[i] = if_nametoindex(want->tunnels[i].ifname);
	one->remote = ip4(0xc0a80001);
	start(c, RUSAGE_SELF);
	c->messages = grix_apply(k, want);
	stop(c, RUSAGE_SELF);
	for (size_t i = 0; i < want->n_tunnels; i++)
		c->same += numbers[i] && numbers[i] == if_nametoindex(want->tunnels[i].ifname);
	free(numbers);
	kernel_close(k);
}

/* --- ip -batch --- */

static FILE *ip_commands(const struct host *want)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	FILE *f = tmpfile();

	must(f != NULL, "a temporary file");
	for (size_t i = 0; i < want->n_tunnels; i++) {
		const struct tunnel *t = &want->tunnels[i];

		fprintf(f, "link add %s mtu %u type gre local %s remote %s ttl %u pmtudisc\n",
			t->ifname, t->mtu, addr_text(&t->local, a), addr_text(&t->remote, b),
			t->ttl);
		fprintf(f, "link set %s alias \"%s\" addrgenmode none\nlink set %s up\n", t->ifname,
			t->alias, t->ifname);
		for (size_t j = 0; j < t->n_addrs; j++)
			fprintf(f, "addr add %s peer %s/%u dev %s%s\n",
				addr_text(&t->addrs[j].local, a), addr_text(&t->addrs[j].peer, b),
				t->addrs[j].peer_len, t->ifname, j ? " nodad" : "");
	}
	must(fflush(f) == 0, "writing the batch");
	rewind(f);
	return f;
}

static void ip_up(const struct host *want, struct cost *c)
{
	FILE *f = ip_commands(want);
	int status;

	start(c, RUSAGE_CHILDREN);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fileno(f), 0);
		execlp("ip", "ip", "-batch", "-", (char *)NULL);
		_exit(127);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "ip -batch");
	stop(c, RUSAGE_CHILDREN);
	c->messages = want->n_tunnels * 5;
	fclose(f);
}

/* --- the floor --- */

struct tape {
	uint8_t *bytes;
	size_t used, n;
};

static void record(struct tape *t, struct kernel *k, int ifindex)
{
	struct nlmsghdr *h = nlmsg_hdr(k->msg);
	struct ifinfomsg *info = nlmsg_data(h);

	if (ifindex)
		info->ifi_index = ifindex;
	h->nlmsg_flags |= NLM_F_ACK;
	h->nlmsg_seq = (uint32_t)++t->n;
	memcpy(t->bytes + t->used, h, h->nlmsg_len);
	t->used += NLMSG_ALIGN(h->nlmsg_len);
}

/* The numbers are chosen beforehand, so nothing has to be asked for. */
static void record_links(struct tape *t, struct kernel *k, const struct host *want)
{
	for (size_t i = 0; i < want->n_tunnels; i++) {
		const struct tunnel *w = &want->tunnels[i];
		int ifindex = 1000 + (int)i;

		write_create(k, w, diff_group(FABRIC));
		record(t, k, ifindex);
		write_change(k, ifindex, w, false, true, false);
		record(t, k, 0);
		write_up_or_down(k, ifindex, true);
		record(t, k, 0);
		for (size_t j = 0; j < w->n_addrs; j++) {
			write_addr(k, true, ifindex, &w->addrs[j]);
			record(t, k, 0);
		}
	}
}

static void take_acks(int fd, uint8_t *boxes, size_t n)
{
	struct mmsghdr mm[BOXES] = {0};
	struct iovec iov[BOXES];

	for (size_t i = 0; i < BOXES; i++) {
		iov[i] = (struct iovec){boxes + i * 1024, 1024};
		mm[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	while (n) {
		int got = recvmmsg(fd, mm, BOXES, MSG_WAITFORONE, NULL);

		must(got > 0, "receiving");
		for (int i = 0; i < got; i++) {
			const struct nlmsgerr *e = nlmsg_data(iov[i].iov_base);

			errno = -e->error;
			must(e->error == 0, "an acknowledgement");
			n--;
		}
	}
}

static void floor_up(const struct host *want, struct cost *c)
{
	uint8_t boxes[BOXES * 1024];
	struct tape t = {.bytes = malloc(want->n_tunnels * 2048)};
	struct kernel *k;
	struct err err;

	good(kernel_open(&err, &k), &err);
	record_links(&t, k, want);
	start(c, RUSAGE_SELF);
	for (size_t at = 0; at < t.used;) {
		size_t end = at, n = 0;

		while (end < t.used && n < BATCH_MESSAGES) {
			const struct nlmsghdr *h = (const void *)(t.bytes + end);

			if (end - at + NLMSG_ALIGN(h->nlmsg_len) > BATCH_BYTES)
				break;
			end += NLMSG_ALIGN(h->nlmsg_len);
			n++;
		}
		must(send(k->fd, t.bytes + at, end - at, 0) == (ssize_t)(end - at), "sending");
		take_acks(k->fd, boxes, n);
		at = end;
	}
	stop(c, RUSAGE_SELF);
	c->messages = t.n;
	kernel_close(k);
	free(t.bytes);
}

static void count_dumped(void *ctx, const struct nlmsghdr *h)
{
	(void)h;
	(*(size_t *)ctx)++;
}

/* The same four requests; what comes is not looked at. */
static void dump_all(struct kernel *k)
{
	const int families[] = {AF_INET, AF_INET6};
	const char *const kinds[] = {"gre", "ip6gre"};
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		ask_all_links(k, kinds[i]);
		must(rt_dump(k, count_dumped, &n) == 0, "a dump");
	}
	for (int i = 0; i < 2; i++) {
		struct ifaddrmsg info = {.ifa_family = (uint8_t)families[i]};

		rt_begin(k, RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info));
		must(rt_dump(k, count_dumped, &n) == 0, "a dump");
	}
}

static void floor_dump(const struct host *want, struct cost *c)
{
	struct kernel *k;
	struct err err;

	good(kernel_open(&err, &k), &err);
	grix_apply(k, want);
	settle(want);
	for (int i = 0; i < REPEATS; i++) {
		struct cost one;

		start(&one, RUSAGE_SELF);
		dump_all(k);
		stop(&one, RUSAGE_SELF);
		keep_best(c, &one, i == 0);
	}
	kernel_close(k);
}

/* --- in turns --- */

static const struct subject {
	const char *name;
	void (*run)(const struct host *want, struct cost *c);
} subjects[] = {
	{"bring up: bare netlink, the floor", floor_up},
	{"bring up: grix", grix_up},
	{"bring up: ip -batch", ip_up},
	{"nothing to do: bare dump, the floor", floor_dump},
	{"nothing to do: grix, nothing has stirred", grix_again},
	{"nothing to do: grix, routes looked at too", grix_first_look},
	{"one peer changed: grix", grix_one_changed},
	{"take down: grix", grix_down},
};

enum {
	FLOOR_UP,
	GRIX_UP,
	IP_UP,
	FLOOR_DUMP,
	GRIX_AGAIN,
	GRIX_LOOK,
	ONE_CHANGED,
	GRIX_DOWN,
	SUBJECTS
};

/* In a process and a namespace of its own, emptied before it goes. */
static struct cost measure(const struct subject *s, size_t links)
{
	const struct host none = {0};
	struct cost c = {0};
	int pipes[2], status;

	must(pipe(pipes) == 0, "a pipe");
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		struct host *want = want_links(links);
		struct kernel *k;
		struct err err;

		must(unshare(CLONE_NEWNET) == 0, "a network namespace");
		s->run(want, &c);
		must(write(pipes[1], &c, sizeof(c)) == sizeof(c), "a pipe");
		good(kernel_open(&err, &k), &err);
		if (s->run != ip_up) /* those carry our mark, but not our group */
			grix_apply(k, &none);
		exit(0);
	}
	close(pipes[1]);
	must(waitpid(pid, &status, 0) == pid && status == 0, s->name);
	must(read(pipes[0], &c, sizeof(c)) == sizeof(c), "a pipe");
	close(pipes[0]);
	usleep(300 * 1000); /* the namespace is taken apart in the background */
	return c;
}

static int order_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of two subjects that ran one after the other, round by round: other load of the machine hits both. */
static void ratio(const char *what, struct cost (*rounds)[SUBJECTS], int n, int a, int b)
{
	double wall[ROUNDS_MAX], cpu[ROUNDS_MAX];

	for (int i = 0; i < n; i++) {
		wall[i] = rounds[i][a].wall_ms / rounds[i][b].wall_ms;
		cpu[i] = rounds[i][b].cpu_ms > 0 ? rounds[i][a].cpu_ms / rounds[i][b].cpu_ms : 0;
	}
	qsort(wall, (size_t)n, sizeof(*wall), order_doubles);
	qsort(cpu, (size_t)n, sizeof(*cpu), order_doubles);
	printf("%-42s %8.2f wall", what, wall[n / 2]);
	if (cpu[n / 2] > 0)
		printf(" %8.2f cpu", cpu[n / 2]);
	printf("\n");
}

int main(int argc, char **argv)
{
	size_t links = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	int rounds = argc > 2 ? atoi(argv[2]) : 3;
	struct cost best[SUBJECTS] = {0}, all[ROUNDS_MAX][SUBJECTS];

	must(links > 0 && rounds > 0 && rounds <= ROUNDS_MAX, "bench_kernel [LINKS [ROUNDS]]");
	for (int round = 0; round < rounds; round++)
		for (size_t i = 0; i < SUBJECTS; i++) {
			all[round][i] = measure(&subjects[i], links);
			keep_best(&best[i], &all[round][i], round == 0);
		}
	printf("%zu GRE tunnels, %d rounds\n", links, rounds);
	for (size_t i = 0; i < SUBJECTS; i++)
		printf("%-42s %8.1f ms wall %8.1f ms cpu %6zu writes\n", subjects[i].name,
		       best[i].wall_ms, best[i].cpu_ms, best[i].messages);
	ratio("bring up: grix / floor", all, rounds, GRIX_UP, FLOOR_UP);
	ratio("bring up: ip -batch / grix", all, rounds, IP_UP, GRIX_UP);
	ratio("nothing to do: grix / bare dump", all, rounds, GRIX_AGAIN, FLOOR_DUMP);
	ratio("  with routes looked at", all, rounds, GRIX_LOOK, FLOOR_DUMP);
	printf("one peer changed: %zu writes, %zu of %zu interfaces are the same ones\n",
	       best[ONE_CHANGED].messages, best[ONE_CHANGED].same, links);
	return 0;
}

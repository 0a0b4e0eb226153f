/* Two wires in two network namespaces of this test, joined by two veth pairs. */
#include "edge/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { HERE, THERE, ENDS, PORT = 50862, SKIPPED = 77 };

static int spaces[ENDS] = {-1, -1};

static void enter(int end)
{
	assert_int_equal(setns(spaces[end], CLONE_NEWNET), 0);
}

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (system(line) != 0)
		fail_msg("%s", line);
}

static bool make_spaces(void)
{
	for (int i = 0; i < ENDS; i++) {
		if (unshare(CLONE_NEWNET))
			return false;
		spaces[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	}
	return true;
}

static void link_up(int end)
{
	enter(end);
	run("ip link set lo up");
	run("echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter");
	for (int i = 0; i < 2; i++) {
		run("echo 0 > /proc/sys/net/ipv4/conf/v%d/rp_filter", i);
		run("ip link set v%d up", i);
	}
}

/* After both ends are up: IPv6 makes no route over a link that has no carrier yet. */
static void address(int end)
{
	enter(end);
	for (int i = 0; i < 2; i++) {
		run("ip addr add 203.0.113.%d peer 203.0.113.%d dev v%d", end + 1, 2 - end, i);
		run("ip addr add 2001:db8::%d peer 2001:db8::%d dev v%d nodad", end + 1, 2 - end,
		    i);
	}
	for (int i = 0; i < 2; i++)
		run("for n in $(seq 50); do ip -6 route get 2001:db8::%d oif v%d >/dev/null 2>&1 "
		    "&& exit 0; sleep 0.1; done; exit 1",
		    2 - end, i);
}

/* As in the mesh: the same addresses on every tunnel, so only the ifindex tells them apart. */
static int set_up(void **state)
{
	if (!make_spaces()) {
		print_message("SKIP: no network namespaces here: %s\n", strerror(errno));
		exit(SKIPPED);
	}
	enter(HERE);
	for (int i = 0; i < 2; i++)
		run("ip link add v%d type veth peer name v%d netns /proc/%d/fd/%d", i, i, getpid(),
		    spaces[THERE]);
	link_up(HERE);
	link_up(THERE);
	address(HERE);
	address(THERE);
	return 0;
}

static struct wire *open_in(int end, uint16_t port)
{
	struct err err = {0};
	struct wire *w = NULL;

	enter(end);
	if (wire_open(port, &err, &w))
		fail_msg("%s", err.text);
	return w;
}

static struct addr addr(const char *s)
{
	struct addr a;

	assert_true(addr_parse(s, &a));
	return a;
}

static int index_of(int end, const char *name)
{
	enter(end);
	return (int)if_nametoindex(name);
}

static struct wire_packet packet_to(int from, bool v6, const char *dev)
{
	struct wire_packet p = {.test = true, .len = STAMP_BYTES, .ifindex = index_of(from, dev)};
	const char *const a[] = {v6 ? "2001:db8::1" : "203.0.113.1",
				 v6 ? "2001:db8::2" : "203.0.113.2"};

	p.local = addr(a[from]);
	p.peer = addr(a[!from]);
	memset(p.data, 0xee, sizeof(p.data));
	for (uint8_t i = 0; i < STAMP_BYTES; i++)
		p.data[i] = i;
	return p;
}

/* Waits at most a second. */
static int receive(struct wire *w, struct wire_packet *packets)
{
	struct err err = {0};
	struct pollfd p[4];
	int fds[4];
	size_t n = wire_fds(w, fds);

	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	if (poll(p, n, 1000) <= 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (p[i].revents) {
			int got = wire_read(w, p[i].fd, packets, &err);

			if (got < 0)
				fail_msg("%s", err.text);
			return got;
		}
	return 0;
}

static void check_recent(struct ntp_time t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	uint32_t s = ntp_from_unix_ns((uint64_t)now.tv_sec * 1000000000).seconds;

	assert_in_range(t.seconds, s - 2, s + 1);
}

static void exchange(bool v6, const char *dev)
{
	static struct wire_packet in[WIRE_BATCH];
	struct wire *here = open_in(HERE, PORT), *there = open_in(THERE, PORT);
	struct wire_packet out = packet_to(HERE, v6, dev);

	wire_add(here, &out);
	wire_flush(here);
	assert_int_equal(receive(there, in), 1);
	assert_true(in[0].test);
	assert_true(addr_equal(&in[0].local, &out.peer));
	assert_true(addr_equal(&in[0].peer, &out.local));
	assert_int_equal(in[0].ifindex, index_of(THERE, dev));
	assert_int_equal(in[0].ttl, 255);
	assert_int_equal(in[0].len, STAMP_BYTES);
	assert_memory_equal(in[0].data, out.data, STAMP_BYTES);
	check_recent(in[0].arrived);

	in[0].test = false;
	in[0].len = 700; /* padded: what follows the answer is zeros, whatever lies in data */
	memset(in[0].data + STAMP_BYTES, 0xee, sizeof(in[0].data) - STAMP_BYTES);
	wire_add(there, &in[0]);
	wire_flush(there);
	assert_int_equal(receive(here, in), 1);
	assert_false(in[0].test);
	assert_true(addr_equal(&in[0].local, &out.local));
	assert_true(addr_equal(&in[0].peer, &out.peer));
	assert_int_equal(in[0].peer_port, PORT);
	assert_int_equal(in[0].ifindex, index_of(HERE, dev));
	assert_int_equal(in[0].ttl, 255);
	assert_int_equal(in[0].len, 700);
	assert_memory_equal(in[0].data, out.data, STAMP_BYTES);
	for (size_t i = STAMP_BYTES; i < sizeof(in[0].data); i++)
		assert_int_equal(in[0].data[i], 0);
	assert_int_equal(wire_dropped(here, NULL) + wire_dropped(there, NULL), 0);
	wire_close(here);
	wire_close(there);
}

static void a_test_and_its_answer_go_by_the_tunnel_they_are_meant_for(void **state)
{
	exchange(false, "v0");
	exchange(false, "v1");
	exchange(true, "v0");
	exchange(true, "v1");
}

static void a_packet_the_kernel_refuses_does_not_drop_those_behind_it(void **state)
{
	static struct wire_packet in[WIRE_BATCH];

	for (int v6 = 0; v6 < 2; v6++) {
		struct wire *here = open_in(HERE, PORT), *there = open_in(THERE, PORT);
		struct wire_packet good = packet_to(HERE, v6, "v0"), bad = good;
		int last = 0;

		bad.ifindex = 4711; /* a tunnel that is gone */
		for (int i = 0; i < 10; i++)
			wire_add(here, i % 3 == 0 ? &bad : &good);
		wire_flush(here);
		assert_int_equal(receive(there, in), 6);
		assert_int_equal(wire_dropped(here, &last), 4);
		assert_true(last == ENODEV || last == ENXIO || last == ENETUNREACH);
		wire_close(here);
		wire_close(there);
	}
}

static void a_tunnel_that_is_down_or_lost_its_address_is_counted(void **state)
{
	struct wire *here = open_in(HERE, PORT);
	struct wire_packet p4 = packet_to(HERE, false, "v1"), p6 = packet_to(HERE, true, "v1");
	struct wire_packet foreign = p4;
	int last = 0;

	foreign.local = addr("198.51.100.1");
	wire_add(here, &foreign);
	wire_flush(here);
	assert_int_equal(wire_dropped(here, &last), 1);
	assert_true(last == EINVAL || last == ENETUNREACH);
	run("ip link set v1 down");
	wire_add(here, &p4);
	wire_add(here, &p6);
	wire_flush(here);
	assert_int_equal(wire_dropped(here, &last), 3);
	wire_close(here);
}

static void more_than_a_batch_is_sent_and_read_in_batches(void **state)
{
	static struct wire_packet in[WIRE_BATCH];
	struct wire *here = open_in(HERE, PORT), *there = open_in(THERE, PORT);
	struct wire_packet out = packet_to(HERE, false, "v0");
	int got = 0, n;

	for (int i = 0; i < 150; i++) {
		out.data[3] = (uint8_t)i;
		wire_add(here, &out);
	}
	wire_flush(here);
	while (got < 150 && (n = receive(there, in)) > 0) {
		for (int i = 0; i < n; i++)
			assert_int_equal(in[i].data[3], got + i);
		assert_true(n <= WIRE_BATCH);
		got += n;
	}
	assert_int_equal(got, 150);
	wire_close(here);
	wire_close(there);
}

static void a_packet_longer_than_the_room_for_it_keeps_its_length(void **state)
{
	static struct wire_packet in[WIRE_BATCH];
	static const size_t lens[] = {0, 1, 43, 44, 172, 173, 1400};
	struct wire *here = open_in(HERE, PORT), *there = open_in(THERE, PORT);
	struct wire_packet out = packet_to(HERE, true, "v1");

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		out.len = lens[i];
		wire_add(here, &out);
	}
	wire_flush(here);
	assert_int_equal(receive(there, in), sizeof(lens) / sizeof(*lens));
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		size_t first = lens[i] < STAMP_BYTES ? lens[i] : STAMP_BYTES;

		assert_int_equal(in[i].len, lens[i]);
		assert_memory_equal(in[i].data, out.data, first);
	}
	wire_close(here);
	wire_close(there);
}

static void a_routed_packet_shows_its_ttl(void **state)
{
	static struct wire_packet in[WIRE_BATCH];
	struct wire *there = open_in(THERE, PORT);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int ttl = 64, fd;

	enter(HERE);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)), 0);
	to.sin_addr.s_addr = htonl(0xcb007102);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	assert_int_equal(receive(there, in), 1);
	assert_int_equal(in[0].ttl, 64);
	assert_int_equal(in[0].len, 1);
	close(fd);
	wire_close(there);
}

static void the_port_taken_is_a_sentence(void **state)
{
	struct wire *first = open_in(HERE, PORT), *second = NULL;
	struct err err = {0};

	assert_int_equal(wire_open(PORT, &err, &second), -EADDRINUSE);
	assert_null(second);
	assert_string_equal(err.text,
			    "keepalives: udp port 50862 is taken; stop the other agent, or set "
			    "liveness.port in fabric.cfg");
	wire_close(first);
}

static void port_zero_chooses_one_for_both_families(void **state)
{
	struct wire *w = open_in(HERE, 0);
	int fds[4];

	assert_true(wire_port(w) != 0);
	assert_int_equal(wire_fds(w, fds), 4);
	wire_close(w);
}

static void a_host_without_ipv6_addresses_still_speaks_ipv4(void **state)
{
	static struct wire_packet in[WIRE_BATCH];
	struct wire_packet out = packet_to(HERE, false, "v0"), out6 = packet_to(HERE, true, "v0");
	struct wire *here, *there;

	enter(HERE);
	run("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
	here = open_in(HERE, PORT);
	there = open_in(THERE, PORT);
	wire_add(here, &out6);
	wire_add(here, &out);
	wire_flush(here);
	assert_int_equal(receive(there, in), 1);
	assert_int_equal(wire_dropped(here, NULL), 1);
	wire_close(here);
	wire_close(there);
}

static void closing_nothing_is_fine(void **state)
{
	assert_null(wire_close(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_test_and_its_answer_go_by_the_tunnel_they_are_meant_for),
		cmocka_unit_test(a_packet_the_kernel_refuses_does_not_drop_those_behind_it),
		cmocka_unit_test(more_than_a_batch_is_sent_and_read_in_batches),
		cmocka_unit_test(a_packet_longer_than_the_room_for_it_keeps_its_length),
		cmocka_unit_test(a_routed_packet_shows_its_ttl),
		cmocka_unit_test(the_port_taken_is_a_sentence),
		cmocka_unit_test(port_zero_chooses_one_for_both_families),
		cmocka_unit_test(a_tunnel_that_is_down_or_lost_its_address_is_counted),
		cmocka_unit_test(a_host_without_ipv6_addresses_still_speaks_ipv4),
		cmocka_unit_test(closing_nothing_is_fine),
	};

	return cmocka_run_group_tests_name("edge wire", tests, set_up, NULL);
}

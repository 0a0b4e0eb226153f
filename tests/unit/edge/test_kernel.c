/* rtnetlink messages: what is written says what was meant, and what is read is taken with care. */
#include "edge/kernel_nl.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct writing {
	struct kernel k; /* never opened: only builds */
	struct arena *a;
};

static int open_writing(void **state)
{
	struct writing *x = calloc(1, sizeof(*x));

	x->k.msg = nlmsg_alloc_size(4096);
	x->k.has_ip6 = true;
	x->a = arena_new();
	*state = x;
	return 0;
}

static int close_writing(void **state)
{
	struct writing *x = *state;

	nlmsg_free(x->k.msg);
	arena_free(x->a);
	free(x);
	return 0;
}

static struct addr ip(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static struct tunnel tunnel_of(enum tunnel_mode mode)
{
	bool six = mode == MODE_IP6GRE;

	return (struct tunnel){.ifname = "gx-fra",
			       .alias = "grix demo ams-fra",
			       .mode = mode,
			       .local = ip(six ? "2001:db8::1" : "192.0.2.1"),
			       .remote = ip(six ? "2001:db8::2" : "198.51.100.2"),
			       .keyed = true,
			       .key = 4200000000,
			       .ttl = 64,
			       .df = true,
			       .mtu = 1400};
}

static struct tunnel parsed(struct writing *x)
{
	struct tunnel t;

	assert_true(parse_link(&x->k, x->a, nlmsg_hdr(x->k.msg), &t));
	return t;
}

static void assert_same_tunnel(const struct tunnel *got, const struct tunnel *want)
{
	assert_int_equal(got->mode, want->mode);
	assert_true(addr_equal(&got->local, &want->local));
	assert_true(addr_equal(&got->remote, &want->remote));
	assert_int_equal(got->keyed, want->keyed);
	assert_int_equal(got->key, want->keyed ? want->key : 0);
	assert_int_equal(got->ttl, want->ttl);
	assert_int_equal(got->df, want->df);
	assert_int_equal(got->mtu, want->mtu);
	assert_int_equal(got->odd, 0);
}

static void a_new_link_reads_as_it_was_wanted(void **state)
{
	struct writing *x = *state;

	for (int mode = MODE_GRE; mode <= MODE_IP6GRE; mode++) {
		struct tunnel want = tunnel_of((enum tunnel_mode)mode);

		write_create(&x->k, &want, 0x67123456);
		struct tunnel got = parsed(x);

		assert_same_tunnel(&got, &want);
		assert_string_equal(got.ifname, "gx-fra");
		assert_int_equal(got.group, 0x67123456);
		assert_null(got.alias);
		assert_string_equal(got.kind, tunnel_mode_name(want.mode));
		want.keyed = false;
		write_create(&x->k, &want, 1);
		got = parsed(x);
		assert_same_tunnel(&got, &want);
	}
}

/* A change has no name of its own; for reading it one is added. */
static struct tunnel parsed_change(struct writing *x)
{
	rt_put_str(x->k.msg, IFLA_IFNAME, "gx-fra");
	return parsed(x);
}

static void a_change_sends_everything_of_the_tunnel(void **state)
{
	struct writing *x = *state;

	for (int mode = MODE_GRE; mode <= MODE_IP6GRE; mode++) {
		struct tunnel want = tunnel_of((enum tunnel_mode)mode), got;

		write_change(&x->k, 7, &want, true, true, false);
		got = parsed_change(x);
		assert_same_tunnel(&got, &want);
		assert_int_equal(got.ifindex, 7);
		assert_string_equal(got.alias, "grix demo ams-fra");
	}
}

static void a_change_of_the_rest_leaves_the_tunnel_alone(void **state)
{
	struct writing *x = *state;
	struct tunnel want = tunnel_of(MODE_GRE);

	write_change(&x->k, 7, &want, false, true, false);
	assert_null(nlmsg_find_attr(nlmsg_hdr(x->k.msg), sizeof(struct ifinfomsg), IFLA_LINKINFO));
	assert_non_null(nlmsg_find_attr(nlmsg_hdr(x->k.msg), sizeof(struct ifinfomsg), IFLA_MTU));
}

static void an_address_is_ours_by_its_mark_or_by_its_shape(void **state)
{
	const struct {
		const char *local, *peer;
		uint8_t len;
		bool marked, ours;
	} cases[] = {
		{"203.0.113.1", "203.0.113.2", 32, true, true},
		{"203.0.113.1", "203.0.113.2", 32, false, true},
		{"2001:db8::1", "2001:db8::2", 128, false, true},
		{"2001:db8::1", "2001:db8::1", 64, true, true},
		{"203.0.113.1", "203.0.113.1", 24, false, false},
		{"10.0.0.1", "10.0.0.2", 30, false, false},
		{"203.0.113.1", "203.0.113.1", 32, false, false},
	};
	struct writing *x = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tunnel_addr want = {.local = ip(cases[i].local),
					   .peer = ip(cases[i].peer),
					   .peer_len = cases[i].len,
					   .ours = cases[i].marked};
		struct tunnel_addr got;
		int ifindex;

		write_addr(&x->k, true, 9, &want);
		assert_true(parse_addr(nlmsg_hdr(x->k.msg), &ifindex, &got));
		assert_int_equal(ifindex, 9);
		assert_true(addr_equal(&got.local, &want.local));
		assert_true(addr_equal(&got.peer, &want.peer));
		assert_int_equal(got.peer_len, want.peer_len);
		assert_int_equal(got.ours, cases[i].ours);
	}
}

static void a_message_cut_short_or_altered_is_read_without_harm(void **state)
{
	struct writing *x = *state;
	struct tunnel want = tunnel_of(MODE_IP6GRE), got;
	size_t len;

	write_create(&x->k, &want, 1);
	len = nlmsg_hdr(x->k.msg)->nlmsg_len;
	for (size_t cut = 0; cut <= len; cut++) {
		/* memory of exactly that size, so that a look beyond its end is seen */
		struct nlmsghdr *h = malloc(len > sizeof(*h) ? len : sizeof(*h));

		memcpy(h, nlmsg_hdr(x->k.msg), len);
		h->nlmsg_len = (uint32_t)(cut < sizeof(*h) ? sizeof(*h) : cut);
		h = realloc(h, h->nlmsg_len);
		parse_link(&x->k, x->a, h, &got);
		free(h);
	}
	for (size_t at = NLMSG_HDRLEN; at < len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct nlmsghdr *h = malloc(len);

			memcpy(h, nlmsg_hdr(x->k.msg), len);
			((uint8_t *)h)[at] ^= (uint8_t)(1 << bit);
			parse_link(&x->k, x->a, h, &got);
			free(h);
		}
}

static void a_setting_of_this_host_can_be_read(void **state)
{
	char value[64];

	(void)state;
	assert_int_equal(setting_read("kernel/ostype", value, sizeof(value)), 0);
	assert_string_equal(value, "Linux");
	assert_int_equal(setting_read("net/ipv4/no_such_thing", value, sizeof(value)), -2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_writing, close_writing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_new_link_reads_as_it_was_wanted),
		CASE(a_change_sends_everything_of_the_tunnel),
		CASE(a_change_of_the_rest_leaves_the_tunnel_alone),
		CASE(an_address_is_ours_by_its_mark_or_by_its_shape),
		CASE(a_message_cut_short_or_altered_is_read_without_harm),
		CASE(a_setting_of_this_host_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the kernel tells on its own. */
#include "wanted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

struct watched {
	struct world *w;
	struct kernel_watch *watch;
};

static int open_watched(void **state)
{
	struct watched *x = calloc(1, sizeof(*x));
	void *w;
	struct err err;

	world_open(&w);
	x->w = w;
	world_apply(x->w);
	assert_int_equal(kernel_watch_open(&err, &x->watch), 0);
	*state = x;
	return 0;
}

static int close_watched(void **state)
{
	struct watched *x = *state;
	void *w = x->w;

	kernel_watch_close(x->watch);
	world_close(&w);
	free(x);
	return 0;
}

/* After @command the watch tells @changes, in words that begin with @words. */
static void told(struct watched *x, const char *command, int changes, const char *words)
{
	char got[128];

	sh("%s", command);
	assert_int_equal(kernel_watch_read(x->watch, got, &x->w->err), changes);
	if (strncmp(got, words, strlen(words)) != 0 || (!words[0] && got[0]))
		fail_msg("%s told '%s', not '%s'", command, got, words);
}

static void silence_is_nothing(void **state)
{
	told(*state, "true", 0, "");
}

static void a_deleted_tunnel_is_told_by_name(void **state)
{
	struct watched *x = *state;
	char words[128];

	sh("ip link del gx-s000");
	int changes = kernel_watch_read(x->watch, words, &x->w->err);

	assert_true(changes & CHANGE_LINK);
	assert_non_null(strstr(words, "gx-s000"));
}

static void a_downed_tunnel_is_told(void **state)
{
	struct watched *x = *state;
	char words[128];

	sh("ip link set gx-s000 down");
	assert_true(kernel_watch_read(x->watch, words, &x->w->err) & CHANGE_LINK);
	assert_non_null(strstr(words, "gx-s000"));
}

static void changed_endpoints_are_told(void **state)
{
	told(*state, "ip link set gx-s000 type gre local 192.0.2.1 remote 198.18.0.99", CHANGE_LINK,
	     "gx-s000 changed");
}

static void an_address_is_told_with_its_interface(void **state)
{
	struct watched *x = *state;
	char words[128];

	sh("ip addr add 10.1.1.1/30 dev gx-s000");
	assert_int_equal(kernel_watch_read(x->watch, words, &x->w->err), CHANGE_ADDR);
	assert_string_equal(words, "10.1.1.1 added to gx-s000");
}

static void a_peers_route_that_goes_is_told(void **state)
{
	told(*state, "ip route del 203.0.113.2 dev gx-s000", CHANGE_ROUTE | CHANGE_PEER_ROUTE,
	     "route to 203.0.113.2 removed");
	told(*state, "ip -6 route del 2001:db8:113::2 dev gx-s000",
	     CHANGE_ROUTE | CHANGE_PEER_ROUTE, "route to 2001:db8:113::2 removed");
}

static void a_route_to_one_host_elsewhere_is_no_peers(void **state)
{
	struct watched *x = *state;

	sh("ip link add d0 type dummy; ip link set d0 addrgenmode none; ip link set d0 up;"
	   "ip addr add 10.7.7.1 peer 10.7.7.2/32 dev d0");
	char words[128];

	kernel_watch_read(x->watch, words, &x->w->err);
	told(x, "ip route del 10.7.7.2 dev d0", CHANGE_ROUTE, "route to 10.7.7.2 removed");
}

static void routes_of_others_are_not_told(void **state)
{
	told(*state,
	     "ip link add d0 type dummy; ip link set d0 addrgenmode none; ip link set d0 up; ip "
	     "route add "
	     "10.0.0.0/8 dev d0 proto "
	     "bird;"
	     "ip route del 10.0.0.0/8 dev d0 proto bird",
	     0, "");
}

static void a_stranger_that_takes_our_kind_of_name_is_told(void **state)
{
	told(*state, "ip link add gx-new type dummy", CHANGE_LINK, "gx-new is down");
}

static void too_much_at_once_means_read_again(void **state)
{
	struct watched *x = *state;
	int small = 4096;
	char words[128];

	assert_int_equal(
		setsockopt(kernel_watch_fd(x->watch), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
		0);
	x->w->want.n_tunnels = 0;
	world_apply(x->w);
	assert_true(kernel_watch_read(x->watch, words, &x->w->err) & CHANGE_LOST);
	/* and it goes on telling */
	told(x, "ip link add gx-new type dummy", CHANGE_LINK, "gx-new is down");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_watched, close_watched)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(silence_is_nothing),
		CASE(a_deleted_tunnel_is_told_by_name),
		CASE(a_downed_tunnel_is_told),
		CASE(changed_endpoints_are_told),
		CASE(an_address_is_told_with_its_interface),
		CASE(a_peers_route_that_goes_is_told),
		CASE(a_route_to_one_host_elsewhere_is_no_peers),
		CASE(routes_of_others_are_not_told),
		CASE(a_stranger_that_takes_our_kind_of_name_is_told),
		CASE(too_much_at_once_means_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

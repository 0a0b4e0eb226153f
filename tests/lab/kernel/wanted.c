#include "wanted.h"

#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

__attribute__((format(printf, 1, 2))) static struct addr addr(const char *fmt, ...)
{
	char text[ADDR_TEXT];
	struct addr a;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_true(addr_parse(text, &a));
	return a;
}

static struct tunnel_addr lan_addr(struct addr local, struct addr peer)
{
	return (struct tunnel_addr){.local = local,
				    .peer = peer,
				    .peer_len = (uint8_t)(addr_bytes(peer.family) * 8),
				    .ours = true};
}

static void want_tunnel(struct world *w, struct tunnel *t, unsigned i)
{
	char link[16];
	bool six = i % 2;

	*t = (struct tunnel){.mode = six ? MODE_IP6GRE : MODE_GRE,
			     .ttl = 64,
			     .df = true,
			     .mtu = six ? 1456 : 1476,
			     .rp_filter = 2,
			     .forwarding = true,
			     .link_local_off = true};
	snprintf(t->ifname, sizeof(t->ifname), "gx-s%03u", i);
	snprintf(link, sizeof(link), "me-s%03u", i);
	t->alias = site_owner_mark(w->arena, "demo", link);
	t->local = six ? addr("2001:db8::1") : addr("192.0.2.1");
	t->remote =
		six ? addr("2001:db8:ff::%x", i + 2) : addr("198.18.%u.%u", i / 250, i % 250 + 2);
	t->n_addrs = 2;
	t->addrs = arena_array(w->arena, 2, sizeof(*t->addrs));
	t->addrs[0] =
		lan_addr(addr("203.0.113.1"), addr("203.0.%u.%u", 113 + i / 250, i % 250 + 2));
	t->addrs[1] = lan_addr(addr("2001:db8:113::1"), addr("2001:db8:113::%x", i + 2));
}

void world_want(struct world *w, size_t n)
{
	static const struct setting settings[] = {
		{"net/ipv4/ip_forward", "1", "members forward"},
		{"net/ipv6/conf/all/forwarding", "1", "members forward"},
	};

	w->want = (struct host){.n_tunnels = n, .n_settings = 2};
	w->want.tunnels = arena_array(w->arena, n, sizeof(*w->want.tunnels));
	w->want.settings = arena_array(w->arena, 2, sizeof(*w->want.settings));
	memcpy(w->want.settings, settings, sizeof(settings));
	for (unsigned i = 0; i < n; i++)
		want_tunnel(w, &w->want.tunnels[i], i);
}

int world_open(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	w->arena = arena_new();
	assert_int_equal(kernel_open(&w->err, &w->kernel), 0);
	world_want(w, 6);
	*state = w;
	return 0;
}

int world_close(void **state)
{
	struct world *w = *state;

	kernel_close(w->kernel);
	arena_free(w->arena);
	free(w);
	return 0;
}

struct host *world_read(struct world *w)
{
	struct host *have = NULL;

	if (kernel_read(w->kernel, &w->want, &w->err, &have))
		fail_msg("%s", w->err.text);
	return have;
}

size_t world_apply(struct world *w)
{
	struct host *have = world_read(w);
	struct steps *steps = diff_host("demo", &w->want, have);
	struct step_result *results = calloc(steps->n + 1, sizeof(*results));
	struct text line;
	size_t messages;

	for (size_t i = 0; i < steps->n_conflicts; i++)
		fail_msg("%s", steps->conflicts[i].text);
	if (kernel_apply(w->kernel, steps, results, &messages, &w->err))
		fail_msg("%s", w->err.text);
	text_init(&line);
	for (size_t i = 0; i < steps->n; i++) {
		text_reset(&line);
		step_print(&steps->list[i], &line);
		if (results[i].error)
			fail_msg("%s: %d %s", text_str(&line), results[i].error, results[i].text);
	}
	text_done(&line);
	free(results);
	steps_free(steps);
	host_free(have);
	return messages;
}

char *world_diff(struct world *w)
{
	struct host *have = world_read(w);
	struct steps *steps = diff_host("demo", &w->want, have);
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < steps->n_conflicts; i++)
		text_printf(&t, "conflict %s: %s\n", steps->conflicts[i].link,
			    steps->conflicts[i].text);
	for (size_t i = 0; i < steps->n; i++) {
		step_print(&steps->list[i], &t);
		text_puts(&t, "\n");
	}
	char *all = arena_strdup(w->arena, text_str(&t));

	text_done(&t);
	steps_free(steps);
	host_free(have);
	return all;
}

const struct tunnel *world_find(const struct host *have, const char *ifname)
{
	for (size_t i = 0; i < have->n_tunnels; i++)
		if (strcmp(have->tunnels[i].ifname, ifname) == 0)
			return &have->tunnels[i];
	return NULL;
}

void sh(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	int status = system(command);

	if (status)
		fail_msg("%s: status %d", command, status);
}

#include "hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct addr paper_ip(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		fail_msg("%s is no address", text);
	return a;
}

struct paper *paper_new(void)
{
	struct paper *p = calloc(1, sizeof(*p));

	p->host.tunnels = p->tunnels;
	p->host.settings = p->settings;
	p->next_ifindex = 10;
	return p;
}

static size_t slot_of(const struct paper *p, const struct tunnel *t)
{
	return (size_t)(t - p->tunnels);
}

void paper_alias(struct paper *p, struct tunnel *t, const char *alias)
{
	char *own = p->aliases[slot_of(p, t)];

	snprintf(own, sizeof(p->aliases[0]), "%s", alias ? alias : "");
	t->alias = alias ? own : NULL;
}

void paper_addr(struct paper *p, struct tunnel *t, const char *local, const char *peer,
		unsigned len, bool ours)
{
	assert_true(t->n_addrs < ADDR_ROOM);
	t->addrs = p->addrs[slot_of(p, t)];
	t->addrs[t->n_addrs++] = (struct tunnel_addr){.local = paper_ip(local),
						      .peer = paper_ip(peer),
						      .peer_len = (uint8_t)len,
						      .ours = ours};
}

struct tunnel *paper_add(struct paper *p, unsigned n)
{
	struct tunnel *t = &p->tunnels[p->host.n_tunnels++];
	char text[64];

	assert_true(p->host.n_tunnels <= HOST_ROOM);
	*t = (struct tunnel){.mode = MODE_GRE,
			     .ttl = 64,
			     .df = true,
			     .mtu = 1476,
			     .up = true,
			     .rp_filter = 2,
			     .forwarding = true,
			     .link_local_off = true};
	snprintf(t->ifname, sizeof(t->ifname), "gx-s%02u", n);
	snprintf(text, sizeof(text), "grix demo me-s%02u", n);
	paper_alias(p, t, text);
	t->local = paper_ip("192.0.2.1");
	snprintf(text, sizeof(text), "198.51.100.%u", n);
	t->remote = paper_ip(text);
	snprintf(text, sizeof(text), "203.0.113.%u", n);
	paper_addr(p, t, "203.0.113.1", text, 32, true);
	snprintf(text, sizeof(text), "2001:db8:113::%x", n);
	paper_addr(p, t, "2001:db8:113::1", text, 128, true);
	return t;
}

struct tunnel *paper_found(struct paper *p, unsigned n)
{
	struct tunnel *t = paper_add(p, n);

	t->ifindex = p->next_ifindex++;
	t->group = diff_group("demo");
	t->kind = "gre";
	return t;
}

struct tunnel *paper_find(struct paper *p, const char *ifname)
{
	for (size_t i = 0; i < p->host.n_tunnels; i++)
		if (strcmp(p->tunnels[i].ifname, ifname) == 0)
			return &p->tunnels[i];
	return NULL;
}

/* Copies a tunnel with its addresses and its alias into another slot. */
static void put(struct paper *p, size_t to, const struct tunnel *t)
{
	char alias[64] = "";
	bool marked = t->alias != NULL;

	if (marked)
		snprintf(alias, sizeof(alias), "%s", t->alias);
	if (t->n_addrs)
		memmove(p->addrs[to], t->addrs, t->n_addrs * sizeof(*t->addrs));
	p->tunnels[to] = *t;
	p->tunnels[to].addrs = p->addrs[to];
	paper_alias(p, &p->tunnels[to], marked ? alias : NULL);
}

void paper_remove(struct paper *p, struct tunnel *t)
{
	for (size_t i = slot_of(p, t); i + 1 < p->host.n_tunnels; i++)
		put(p, i, &p->tunnels[i + 1]);
	p->host.n_tunnels--;
}

void paper_setting(struct paper *p, const char *name, const char *value)
{
	p->settings[p->host.n_settings++] = (struct setting){name, value, "members forward"};
}

/* --- the kernel --- */

static struct tunnel *by_ifindex(struct paper *p, int ifindex)
{
	for (size_t i = 0; i < p->host.n_tunnels; i++)
		if (p->tunnels[i].ifindex == ifindex)
			return &p->tunnels[i];
	return NULL;
}

static bool same_endpoints(const struct tunnel *a, const struct tunnel *b)
{
	return a->mode == b->mode && addr_equal(&a->local, &b->local) &&
	       addr_equal(&a->remote, &b->remote) && a->keyed == b->keyed &&
	       (!a->keyed || a->key == b->key);
}

static bool endpoints_free(struct paper *p, const struct tunnel *want, int but)
{
	for (size_t i = 0; i < p->host.n_tunnels; i++) {
		const struct tunnel *t = &p->tunnels[i];

		if (t->ifindex != but && !(t->odd & (ODD_OTHER_KIND | ODD_BOUND)) &&
		    same_endpoints(t, want))
			return false;
	}
	return true;
}

static bool same_addr(const struct tunnel_addr *a, const struct tunnel_addr *b)
{
	return a->peer_len == b->peer_len && addr_equal(&a->local, &b->local) &&
	       addr_equal(&a->peer, &b->peer);
}

static void forget_ip6(struct tunnel *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n_addrs; i++)
		if (t->addrs[i].local.family != FAMILY_IP6)
			t->addrs[kept++] = t->addrs[i];
	t->n_addrs = kept;
}

static const char *add_addr(struct paper *p, struct tunnel *t, const struct tunnel_addr *addr)
{
	for (size_t i = 0; i < t->n_addrs; i++)
		if (same_addr(&t->addrs[i], addr) || (addr->local.family == FAMILY_IP6 &&
						      addr_equal(&t->addrs[i].local, &addr->local)))
			return "EEXIST address";
	if (t->n_addrs == ADDR_ROOM)
		return "no room";
	t->addrs = p->addrs[slot_of(p, t)];
	t->addrs[t->n_addrs++] = *addr;
	return NULL;
}

static const char *del_addr(struct tunnel *t, const struct tunnel_addr *addr)
{
	for (size_t i = 0; i < t->n_addrs; i++) {
		if (!same_addr(&t->addrs[i], addr))
			continue;
		t->addrs[i] = t->addrs[--t->n_addrs];
		return NULL;
	}
	return "EADDRNOTAVAIL";
}

static void set_rest(struct paper *p, struct tunnel *t, const struct tunnel *want)
{
	t->mtu = want->mtu;
	t->rp_filter = want->rp_filter;
	t->forwarding = want->forwarding;
	t->link_local_off = want->link_local_off;
	paper_alias(p, t, want->alias);
}

static const char *set(struct paper *p, struct tunnel *t, const struct step *s)
{
	if (s->outer) {
		if (!endpoints_free(p, s->want, t->ifindex))
			return "EEXIST endpoints";
		if (t->mode != s->want->mode)
			return "EOPNOTSUPP";
		t->local = s->want->local;
		t->remote = s->want->remote;
		t->keyed = s->want->keyed;
		t->key = s->want->key;
		t->ttl = s->want->ttl;
		t->df = s->want->df;
		t->odd = 0;
	}
	set_rest(p, t, s->want);
	return NULL;
}

static const char *make(struct paper *p, const struct tunnel *want)
{
	if (paper_find(p, want->ifname))
		return "EEXIST name";
	if (!endpoints_free(p, want, 0))
		return "EEXIST endpoints";
	if (p->host.n_tunnels == HOST_ROOM)
		return "no room";
	struct tunnel t = *want;

	t.ifindex = p->next_ifindex++;
	t.group = diff_group("demo");
	t.up = true;
	t.kind = "gre";
	put(p, p->host.n_tunnels++, &t);
	return NULL;
}

static const char *rename_to(struct paper *p, struct tunnel *t, const char *ifname)
{
	if (paper_find(p, ifname))
		return "EEXIST name";
	memcpy(t->ifname, ifname, sizeof(t->ifname));
	t->up = false;
	forget_ip6(t);
	return NULL;
}

static const char *do_step(struct paper *p, const struct step *s)
{
	struct tunnel *t = s->have ? by_ifindex(p, s->have->ifindex) : NULL;

	if (s->have && !t)
		return "ENODEV";
	switch (s->kind) {
	case STEP_SETTING:
		for (size_t i = 0; i < p->host.n_settings; i++)
			if (strcmp(p->settings[i].name, s->setting->name) == 0)
				p->settings[i].value = s->setting->value;
		return NULL;
	case STEP_LINK_DEL:
		paper_remove(p, t);
		return NULL;
	case STEP_LINK_ADD:
		return make(p, s->want);
	case STEP_LINK_RENAME:
		return rename_to(p, t, s->want->ifname);
	case STEP_LINK_SET:
		return set(p, t, s);
	case STEP_ADDR_DEL:
		return del_addr(t, &s->addr);
	case STEP_ADDR_ADD:
		return add_addr(p, t, &s->addr);
	case STEP_LINK_UP:
		t->up = true;
		return NULL;
	case STEP_ROUTE_ADD:
		for (size_t i = 0; i < t->n_addrs; i++)
			if (same_addr(&t->addrs[i], &s->addr))
				t->addrs[i].unrouted = false;
		return NULL;
	}
	return "no such step";
}

const char *paper_apply(struct paper *p, const struct steps *steps, char buf[256])
{
	for (size_t i = 0; i < steps->n; i++) {
		const char *refusal = do_step(p, &steps->list[i]);
		struct text t;

		if (!refusal)
			continue;
		text_init(&t);
		step_print(&steps->list[i], &t);
		snprintf(buf, 256, "%s: %s", text_str(&t), refusal);
		text_done(&t);
		return buf;
	}
	return NULL;
}

char *steps_text(const struct steps *s)
{
	struct text t;

	text_init(&t);
	text_puts(&t, "");
	for (size_t i = 0; i < s->n_conflicts; i++)
		text_printf(&t, "conflict %s: %s\n", s->conflicts[i].link, s->conflicts[i].text);
	for (size_t i = 0; i < s->n; i++) {
		step_print(&s->list[i], &t);
		text_puts(&t, "\n");
	}
	return t.data;
}

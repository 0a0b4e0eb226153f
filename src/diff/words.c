/*
 * words - how a found link differs from the wanted one, and every step as one line
 */
#include "diff/inside.h"

#include <stdlib.h>
#include <string.h>

void addr_words(struct text *t, const struct tunnel_addr *addr)
{
	char local[ADDR_TEXT], peer[ADDR_TEXT];

	text_puts(t, addr_text(&addr->local, local));
	if (addr_equal(&addr->local, &addr->peer))
		text_printf(t, "/%u", addr->peer_len);
	else
		text_printf(t, " peer %s/%u", addr_text(&addr->peer, peer), addr->peer_len);
}

/* "192.0.2.1 -> 198.51.100.2 key 7" */
static void endpoint_words(struct text *t, const struct tunnel *w)
{
	char local[ADDR_TEXT], remote[ADDR_TEXT];

	text_printf(t, "%s %s -> %s", tunnel_mode_name(w->mode), addr_text(&w->local, local),
		    addr_text(&w->remote, remote));
	if (w->keyed)
		text_printf(t, " key %u", w->key);
}

void tunnel_words(struct text *t, const struct tunnel *w)
{
	endpoint_words(t, w);
	text_printf(t, " ttl %u%s mtu %u", w->ttl, w->df ? "" : " no-df", w->mtu);
	for (size_t i = 0; i < w->n_addrs; i++) {
		text_puts(t, ", ");
		addr_words(t, &w->addrs[i]);
	}
}

/* Adds "name a -> b", after a comma if something stands there already. */
static void change(struct text *t, const char *name, const char *from, const char *to)
{
	text_printf(t, "%s%s %s -> %s", t->len ? ", " : "", name, from, to);
}

static void change_number(struct arena *a, struct text *t, const char *name, uint32_t from,
			  uint32_t to)
{
	if (from != to)
		change(t, name, arena_printf(a, "%u", from), arena_printf(a, "%u", to));
}

static void change_flag(struct text *t, const char *name, bool from, bool to)
{
	if (from != to)
		change(t, name, from ? "on" : "off", to ? "on" : "off");
}

static void change_addr(struct text *t, const char *name, const struct addr *from,
			const struct addr *to)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	if (!addr_equal(from, to))
		change(t, name, addr_text(from, a), addr_text(to, b));
}

static const char *ttl_word(struct arena *a, uint8_t ttl)
{
	return ttl ? arena_printf(a, "%u", ttl) : "inherit";
}

static const char *key_word(struct arena *a, const struct tunnel *t)
{
	return t->keyed ? arena_printf(a, "%u", t->key) : "none";
}

static void odd_words(struct text *t, unsigned odd)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
		{ODD_CSUM, "checksums"},
		{ODD_SEQ, "sequence numbers"},
		{ODD_KEYS_DIFFER, "an output key of its own"},
		{ODD_TOS, "a tos"},
		{ODD_FWMARK, "a firewall mark"},
		{ODD_ENCAP, "UDP encapsulation"},
		{ODD_BOUND, "a device it is bound to"},
		{ODD_ENCAPLIMIT, "an encapsulation limit"},
		{ODD_IGNORE_DF, "ignore-df"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (odd & words[i].bit)
			text_printf(t, "%s%s off", t->len ? ", " : "", words[i].word);
}

static void outer_difference(struct arena *a, struct text *t, const struct tunnel *want,
			     const struct tunnel *have)
{
	change_addr(t, "local", &have->local, &want->local);
	change_addr(t, "remote", &have->remote, &want->remote);
	if (have->keyed != want->keyed || (want->keyed && have->key != want->key))
		change(t, "key", key_word(a, have), key_word(a, want));
	if (have->ttl != want->ttl)
		change(t, "ttl", ttl_word(a, have->ttl), ttl_word(a, want->ttl));
	change_flag(t, "df", have->df, want->df);
	odd_words(t, have->odd);
}

static void rest_difference(struct arena *a, struct text *t, const struct tunnel *want,
			    const struct tunnel *have)
{
	change_number(a, t, "mtu", have->mtu, want->mtu);
	change_number(a, t, "rp_filter", have->rp_filter, want->rp_filter);
	change_flag(t, "forwarding", have->forwarding, want->forwarding);
	/* below 1280 the interface has no IPv6, so no addresses of its own either */
	if (want->mtu >= 1280 && want->link_local_off && !have->link_local_off)
		change(t, "automatic link-local address", "on", "off");
	if (!have->alias || strcmp(have->alias, want->alias) != 0)
		change(t, "alias", have->alias ? have->alias : "none", want->alias);
}

const char *link_difference(struct arena *a, const struct tunnel *want, const struct tunnel *have,
			    bool *outer)
{
	const char *words = NULL;
	struct text t;

	text_init(&t);
	outer_difference(a, &t, want, have);
	*outer = t.len > 0;
	rest_difference(a, &t, want, have);
	if (t.len)
		words = arena_strdup(a, text_str(&t));
	text_done(&t);
	return words;
}

const char *step_kind_name(enum step_kind k)
{
	switch (k) {
	case STEP_SETTING:
		return "setting";
	case STEP_LINK_DEL:
		return "link-del";
	case STEP_LINK_ADD:
		return "link-add";
	case STEP_LINK_RENAME:
		return "link-rename";
	case STEP_LINK_SET:
		return "link-set";
	case STEP_ADDR_DEL:
		return "addr-del";
	case STEP_ADDR_ADD:
		return "addr-add";
	case STEP_LINK_UP:
		return "link-up";
	case STEP_ROUTE_ADD:
		return "route-add";
	}
	abort();
}

/* The interface's name by the time the step is done. */
static const char *step_ifname(const struct step *s)
{
	return s->want ? s->want->ifname : s->have->ifname;
}

void step_print(const struct step *s, struct text *t)
{
	switch (s->kind) {
	case STEP_SETTING:
		text_printf(t, "set %s = %s", s->setting->name, s->setting->value);
		break;
	case STEP_LINK_DEL:
		text_printf(t, "remove %s", s->have->ifname);
		break;
	case STEP_LINK_ADD:
		text_printf(t, "add %s", s->want->ifname);
		break;
	case STEP_LINK_RENAME:
		text_printf(t, "rename %s to %s", s->have->ifname, s->want->ifname);
		break;
	case STEP_LINK_SET:
		text_printf(t, "change %s", s->want->ifname);
		break;
	case STEP_ADDR_DEL:
		text_printf(t, "remove address %s", s->have->ifname);
		break;
	case STEP_ADDR_ADD:
		text_printf(t, "add address %s", step_ifname(s));
		break;
	case STEP_LINK_UP:
		text_printf(t, "up %s", step_ifname(s));
		break;
	case STEP_ROUTE_ADD:
		text_printf(t, "add route %s", step_ifname(s));
		break;
	}
	if (s->what && s->what[0])
		text_printf(t, ": %s", s->what);
}

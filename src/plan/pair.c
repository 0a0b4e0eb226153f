#include "plan/pair.h"

#include "base/hash.h"
#include "plan/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 791 and RFC 8200 section 5; below the latter the kernel takes IPv6 off the link. */
enum { MTU_MIN_IP4 = 68, MTU_MIN_IP6 = 1280 };

/*
 * What @o does not have yet, from the next level. The fabric has a value for everything but is not
 * @given: it stays visible whether an end asked for something itself.
 */
static void tunnel_fill(struct tunnel_options *o, const struct tunnel_options *from, bool given)
{
	o->underlay = o->underlay_set ? o->underlay : from->underlay;
	o->underlay_set |= given && from->underlay_set;
	o->ttl = o->ttl_set ? o->ttl : from->ttl;
	o->ttl_set |= given && from->ttl_set;
	o->mtu = o->mtu_set ? o->mtu : from->mtu;
	o->mtu_set |= given && from->mtu_set;
	o->key = o->key_set ? o->key : from->key;
	o->key_value = o->key_set ? o->key_value : from->key_value;
	o->key_set |= given && from->key_set;
}

static void live_fill(struct live_options *o, const struct live_options *from, bool given)
{
	o->kind = o->kind_set ? o->kind : from->kind;
	o->kind_set |= given && from->kind_set;
	o->interval_ms = o->interval_set ? o->interval_ms : from->interval_ms;
	o->interval_set |= given && from->interval_set;
	o->misses = o->misses_set ? o->misses : from->misses;
	o->misses_set |= given && from->misses_set;
	o->port = o->port_set ? o->port : from->port;
	o->port_set |= given && from->port_set;
}

void pair_end_init(struct pair_end *e, const struct plan *p, uint32_t index)
{
	const struct plan_site *s = &p->sites[index];
	const struct fabric *f = &p->list->fabric;

	*e = (struct pair_end){.index = index, .site = s};
	tunnel_fill(&e->tunnel, &s->entry->tunnel, true);
	tunnel_fill(&e->tunnel, &s->member->tunnel, true);
	tunnel_fill(&e->tunnel, &f->tunnel, false);
	live_fill(&e->live, &s->entry->live, true);
	live_fill(&e->live, &s->member->live, true);
	live_fill(&e->live, &f->live, false);
}

/* Where a fault was written, and by whom. */
struct written {
	struct origin at;
	uint32_t by;
};

#define PAIR_FAULT(p, blame, kind, w, ...)                                                         \
	do {                                                                                       \
		char where_[WHERE_BYTES];                                                          \
                                                                                                   \
		where_pair((p)->a->site, (p)->b->site, where_);                                    \
		blame_add(blame, kind, (w).by, (w).at, where_, __VA_ARGS__);                       \
	} while (0)

static struct written by_entry(const struct pair *p)
{
	return (struct written){.at = p->entry->at, .by = BLAME_NOBODY};
}

static struct written by_site(const struct pair_end *e)
{
	return (struct written){.at = e->site->entry->at, .by = e->index};
}

static const char *underlay_name(enum underlay_choice u)
{
	return u == UNDERLAY_IP4 ? "ipv4" : "ipv6";
}

/* Return: false when the two ends insist on different families. */
static bool settle_underlay(const struct pair *p, struct blame *blame, enum underlay_choice *ret)
{
	const struct tunnel_options *a = &p->a->tunnel, *b = &p->b->tunnel;

	if (p->entry && p->entry->tunnel.underlay_set) {
		*ret = p->entry->tunnel.underlay;
	} else if (a->underlay_set != b->underlay_set) {
		*ret = a->underlay_set ? a->underlay : b->underlay;
	} else if (a->underlay == b->underlay || b->underlay == UNDERLAY_AUTO) {
		*ret = a->underlay;
	} else if (a->underlay == UNDERLAY_AUTO) {
		*ret = b->underlay;
	} else {
		PAIR_FAULT(
			p, blame, BLAME_UNDERLAY, by_site(p->b),
			"%s asks for underlay \"%s\" and %s for \"%s\", let one say \"auto\", or "
			"settle it with an entry for the two in fabric.links",
			p->a->site->name, underlay_name(a->underlay), p->b->site->name,
			underlay_name(b->underlay));
		return false;
	}
	return true;
}

static bool has4(const struct pair_end *e)
{
	return e->site->entry->underlay4.family != FAMILY_NONE;
}

static bool has6(const struct pair_end *e)
{
	return e->site->entry->underlay6.family != FAMILY_NONE;
}

static bool fault_no_common(const struct pair *p, struct blame *blame)
{
	const struct pair_end *four = has4(p->a) ? p->a : p->b;
	const struct pair_end *six = four == p->a ? p->b : p->a;

	PAIR_FAULT(p, blame, BLAME_NO_COMMON, by_site(six),
		   "%s has only an IPv4 underlay and %s only an IPv6 one, give %s an underlay4 or "
		   "%s an "
		   "underlay6, or switch the pair off in fabric.links",
		   four->site->name, six->site->name, six->site->name, four->site->name);
	return false;
}

static bool fault_lacks(const struct pair *p, struct blame *blame, const struct pair_end *e,
			int family)
{
	PAIR_FAULT(
		p, blame, BLAME_LACKS, by_site(e),
		"the two shall meet over IPv%d, but %s has no underlay%d; give it one, or the pair "
		"underlay = \"auto\"",
		family, e->site->name, family);
	return false;
}

static bool settle_mode(const struct pair *p, struct blame *blame, enum tunnel_mode *ret)
{
	enum underlay_choice u;

	if (!settle_underlay(p, blame, &u))
		return false;
	bool four = has4(p->a) && has4(p->b), six = has6(p->a) && has6(p->b);

	if (u == UNDERLAY_AUTO && !four && !six)
		return fault_no_common(p, blame);
	if (u == UNDERLAY_IP4 && !four)
		return fault_lacks(p, blame, has4(p->a) ? p->b : p->a, 4);
	if (u == UNDERLAY_IP6 && !six)
		return fault_lacks(p, blame, has6(p->a) ? p->b : p->a, 6);
	*ret = u == UNDERLAY_IP4 || (u == UNDERLAY_AUTO && four) ? MODE_GRE : MODE_IP6GRE;
	return true;
}

static void settle_end(const struct pair_end *e, enum tunnel_mode mode, struct plan_end *ret)
{
	const struct site_entry *s = e->site->entry;
	const struct addr *bind = mode == MODE_GRE ? &s->bind4 : &s->bind6;

	ret->outside = mode == MODE_GRE ? s->underlay4 : s->underlay6;
	ret->local = bind->family == FAMILY_NONE ? ret->outside : *bind;
	ret->port = e->live.port;
}

/* From what is for ever: the fabric's name and the two ids, whichever way round. */
static uint32_t auto_key(const struct pair *p)
{
	uint32_t x = p->a->site->id, y = p->b->site->id;
	uint32_t low = x < y ? x : y, high = x < y ? y : x;
	unsigned char in[64 + 8] = {0};
	size_t n = strnlen(p->fabric->name, 64);

	memcpy(in, p->fabric->name, n);
	for (unsigned i = 0; i < 4; i++) {
		in[n + i] = (unsigned char)(low >> (8 * i));
		in[n + 4 + i] = (unsigned char)(high >> (8 * i));
	}
	uint64_t h = hash_bytes(in, n + 8);
	uint32_t key = (uint32_t)(h ^ (h >> 32));

	return key ? key : 1;
}

static const char *key_text(const struct tunnel_options *o, char buf[24])
{
	if (o->key == KEY_FIXED)
		snprintf(buf, 24, "%u", o->key_value);
	else
		snprintf(buf, 24, "\"%s\"", o->key == KEY_AUTO ? "auto" : "none");
	return buf;
}

static bool same_key(const struct tunnel_options *a, const struct tunnel_options *b)
{
	return a->key == b->key && (a->key != KEY_FIXED || a->key_value == b->key_value);
}

static bool settle_key(const struct pair *p, struct blame *blame, struct plan_link *ret)
{
	const struct tunnel_options *a = &p->a->tunnel, *b = &p->b->tunnel, *o = a;
	char text[2][24];

	if (p->entry && p->entry->tunnel.key_set) {
		o = &p->entry->tunnel;
	} else if (a->key_set != b->key_set) {
		o = a->key_set ? a : b;
	} else if (!same_key(a, b)) {
		PAIR_FAULT(p, blame, BLAME_KEY, by_site(p->b),
			   "%s asks for key %s and %s for %s, give both the same, or settle it "
			   "with an "
			   "entry for the two in fabric.links",
			   p->a->site->name, key_text(a, text[0]), p->b->site->name,
			   key_text(b, text[1]));
		return false;
	}
	ret->keyed = o->key != KEY_NONE;
	ret->key = 0;
	if (ret->keyed)
		ret->key = o->key == KEY_FIXED ? o->key_value : auto_key(p);
	return true;
}

/* Who wrote the number that holds: the pair's entry, the end that gave it, or the fabric. */
static struct written mtu_written(const struct pair *p, uint16_t mtu)
{
	const struct pair_end *e = p->a->tunnel.mtu_set && p->a->tunnel.mtu == mtu ? p->a : p->b;

	if (p->entry && p->entry->tunnel.mtu_set)
		return by_entry(p);
	if (!e->tunnel.mtu_set)
		return (struct written){.at = p->fabric->at, .by = (uint32_t)p->n_sites};
	struct written w = by_site(e);

	if (!e->site->entry->tunnel.mtu_set)
		w.at = e->site->member->at;
	return w;
}

/* The smaller of those given; 0 when both leave it to what fits. */
static uint16_t asked_mtu(const struct pair *p)
{
	uint16_t a = p->a->tunnel.mtu, b = p->b->tunnel.mtu;

	if (p->entry && p->entry->tunnel.mtu_set)
		return p->entry->tunnel.mtu;
	if (a == 0 || b == 0)
		return a ? a : b;
	return a < b ? a : b;
}

/* Why the tunnel's MTU cannot be: too large for the underlay, or too small for what it carries. */
static bool fault_mtu(const struct pair *p, struct blame *blame, const struct plan_link *l,
		      const struct pair_end *narrow, unsigned fits, unsigned least)
{
	uint16_t asked = asked_mtu(p), overhead = tunnel_overhead(l->mode, l->keyed);
	unsigned underlay = narrow->site->entry->underlay_mtu;
	const char *mode = tunnel_mode_name(l->mode), *lan = least == MTU_MIN_IP6 ? "IPv6" : "IPv4";

	if (fits < least)
		PAIR_FAULT(p, blame, BLAME_NARROW, by_site(narrow),
			   "the underlay of %s carries %u bytes, with %u for %s too little is left "
			   "for "
			   "an %s LAN; it takes an underlay_mtu of %u",
			   narrow->site->name, underlay, overhead, mode, lan, least + overhead);
	else if (asked > fits)
		PAIR_FAULT(
			p, blame, BLAME_MTU, mtu_written(p, asked),
			"mtu %u does not fit, the underlay of %s carries %u bytes and %s takes %u; "
			"write %u or less, or \"auto\"",
			asked, narrow->site->name, underlay, mode, overhead, fits);
	else
		PAIR_FAULT(p, blame, BLAME_MTU, mtu_written(p, asked),
			   "mtu %u is too small for an %s LAN, write %u or more, or \"auto\"",
			   asked, lan, least);
	return false;
}

static bool settle_mtu(const struct pair *p, struct blame *blame, struct plan_link *ret)
{
	uint16_t a = p->a->site->entry->underlay_mtu, b = p->b->site->entry->underlay_mtu;
	const struct pair_end *narrow = b < a ? p->b : p->a;
	bool six = p->fabric->lan6.addr.family != FAMILY_NONE;
	uint16_t asked = asked_mtu(p), overhead = tunnel_overhead(ret->mode, ret->keyed);
	uint16_t least = six ? MTU_MIN_IP6 : MTU_MIN_IP4, underlay = b < a ? b : a;
	uint16_t fits = underlay > overhead ? (uint16_t)(underlay - overhead) : 0;

	ret->mtu = asked ? asked : fits;
	if (ret->mtu >= least && ret->mtu <= fits)
		return true;
	return fault_mtu(p, blame, ret, narrow, fits, least);
}

static void settle_live(const struct pair *p, struct plan_link *ret)
{
	struct live_options a = p->a->live, b = p->b->live, *l = &ret->live;

	*l = (struct live_options){.kind_set = true, .interval_set = true, .misses_set = true};
	l->kind = a.kind == LIVE_KIND_NONE ? a.kind : b.kind;
	l->interval_ms = a.interval_ms > b.interval_ms ? a.interval_ms : b.interval_ms;
	l->misses = a.misses > b.misses ? a.misses : b.misses;
	if (p->entry) {
		const struct live_options *e = &p->entry->live;

		l->kind = e->kind_set ? e->kind : l->kind;
		l->interval_ms = e->interval_set ? e->interval_ms : l->interval_ms;
		l->misses = e->misses_set ? e->misses : l->misses;
		if (e->port_set)
			ret->a.port = ret->b.port = e->port;
	}
	l->port_set = ret->a.port == ret->b.port;
	l->port = l->port_set ? ret->a.port : 0;
}

bool pair_settle(const struct pair *p, struct blame *blame, struct plan_link *ret)
{
	uint8_t a = p->a->tunnel.ttl, b = p->b->tunnel.ttl;

	ret->ttl = a > b ? a : b;
	if (p->entry && p->entry->tunnel.ttl_set)
		ret->ttl = p->entry->tunnel.ttl;
	ret->ibgp = p->a->site->member == p->b->site->member;
	if (!settle_mode(p, blame, &ret->mode))
		return false;
	settle_end(p->a, ret->mode, &ret->a);
	settle_end(p->b, ret->mode, &ret->b);
	settle_live(p, ret);
	/* both, so that one run shows both faults */
	bool key = settle_key(p, blame, ret), mtu = settle_mtu(p, blame, ret);

	return key && mtu;
}

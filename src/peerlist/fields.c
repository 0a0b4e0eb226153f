#include "peerlist/fields.h"

#include "base/near.h"
#include "peerlist/peerlist.h"

#include <assert.h>
#include <string.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define AT(type, member) .offset = offsetof(struct type, member), .set = FIELD_NO_SET
#define SIZED(type, member) AT(type, member), .size = sizeof(((struct type *)0)->member)
#define WITH_SET(type, member)                                                                     \
	.offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member),       \
	.set = offsetof(struct type, member##_set)
#define COUNTED(type, member)                                                                      \
	AT(type, member), .count = offsetof(struct type, n_##member),                              \
			  .size = sizeof(*((struct type *)0)->member)

static const char *const underlays[] = {"auto", "ipv4", "ipv6", NULL};
static const char *const modes[] = {"gre", NULL};
static const char *const live_kinds[] = {"none", "stamp", NULL};
static const char *const policies[] = {"open", "selective", "closed", NULL};

static const struct field tunnel_fields[] = {
	{"mode", FIELD_MODE, .set = FIELD_NO_SET, .words = modes, .doc = "how packets are wrapped"},
	{"underlay", FIELD_WORD, WITH_SET(tunnel_options, underlay), .words = underlays,
	 .doc = "which family carries the tunnel"},
	{"ttl", FIELD_NUMBER, WITH_SET(tunnel_options, ttl), .min = 1, .max = 255,
	 .doc = "hop limit of the outer packet"},
	{"mtu", FIELD_MTU, WITH_SET(tunnel_options, mtu), .min = 1280, .max = 65000,
	 .doc = "largest packet inside the tunnel, bytes"},
	{"key", FIELD_KEY, .set = FIELD_NO_SET, .max = UINT32_MAX, .doc = "GRE key"},
};
const struct field_group fields_tunnel = {"tunnel", tunnel_fields, N(tunnel_fields), false};

static const struct field liveness_fields[] = {
	{"kind", FIELD_WORD, WITH_SET(live_options, kind), .words = live_kinds,
	 .doc = "how a link is watched"},
	{"interval", FIELD_INTERVAL, .offset = offsetof(struct live_options, interval_ms),
	 .set = offsetof(struct live_options, interval_set), .min = 50, .max = 60000,
	 .doc = "time between two keepalives"},
	{"misses", FIELD_NUMBER, WITH_SET(live_options, misses), .min = 2, .max = 100,
	 .doc = "unanswered intervals that mean down"},
	{"port", FIELD_NUMBER, WITH_SET(live_options, port), .min = 1, .max = 65535,
	 .doc = "UDP port of the reflector"},
};
const struct field_group fields_liveness = {"liveness", liveness_fields, N(liveness_fields), false};

#define OPTIONS(type)                                                                              \
	{"tunnel", FIELD_GROUP, AT(type, tunnel), .group = &fields_tunnel,                         \
	 .doc = "how its tunnels are made"},                                                       \
	{                                                                                          \
		"liveness", FIELD_GROUP, AT(type, live), .group = &fields_liveness,                \
							 .doc = "how its links are watched"        \
	}

static const struct field link_fields[] = {
	{"between", FIELD_BETWEEN, .required = true, .example = "( \"ams\", \"fra\" )",
	 AT(link_entry, between), .doc = "the two sites"},
	{"enabled", FIELD_BOOL, SIZED(link_entry, enabled), .preset = true,
	 .doc = "false: no tunnel between them"},
	OPTIONS(link_entry),
};
const struct field_group fields_link = {"link", link_fields, N(link_fields), true};

static const struct field fabric_fields[] = {
	{"name", FIELD_FABRIC_NAME, .required = true, .example = "\"demo-ix\"", AT(fabric, name),
	 .doc = "of the exchange"},
	{"asn", FIELD_ASN, AT(fabric, asn), .doc = "AS number of the exchange itself"},
	{"lan4", FIELD_LAN4, AT(fabric, lan4), .min = 8, .max = 30,
	 .doc = "IPv4 prefix of the peering LAN"},
	{"lan6", FIELD_LAN6, AT(fabric, lan6), .min = 16, .max = 96,
	 .doc = "IPv6 prefix of the peering LAN"},
	{"max_prefix4", FIELD_NUMBER, SIZED(fabric, max_prefix4), .preset = 1000, .min = 1,
	 .max = 10000000, .doc = "IPv4 prefixes taken from a member at most"},
	{"max_prefix6", FIELD_NUMBER, SIZED(fabric, max_prefix6), .preset = 1000, .min = 1,
	 .max = 10000000, .doc = "IPv6 prefixes taken from a member at most"},
	OPTIONS(fabric),
	{"links", FIELD_GROUPS, COUNTED(fabric, links), .group = &fields_link,
	 .doc = "what holds for one pair of sites"},
};
const struct field_group fields_fabric = {"fabric", fabric_fields, N(fabric_fields), true};

static const struct field site_fields[] = {
	{"name", FIELD_SITE_NAME, .required = true, .example = "\"ams\"", AT(site_entry, name),
	 .doc = "unique in the fabric"},
	{"id", FIELD_NUMBER, .required = true, .example = "1", SIZED(site_entry, id), .min = 1,
	 .max = UINT32_MAX, .doc = "host part of its LAN addresses, for ever"},
	{"underlay4", FIELD_ADDR4, AT(site_entry, underlay4),
	 .doc = "IPv4 address where the others reach it"},
	{"underlay6", FIELD_ADDR6, AT(site_entry, underlay6),
	 .doc = "IPv6 address where the others reach it"},
	{"bind4", FIELD_ADDR4, AT(site_entry, bind4),
	 .doc = "IPv4 address on the host itself, behind 1:1 NAT"},
	{"bind6", FIELD_ADDR6, AT(site_entry, bind6),
	 .doc = "IPv6 address on the host itself, behind 1:1 NAT"},
	{"underlay_mtu", FIELD_NUMBER, SIZED(site_entry, underlay_mtu), .min = 1280, .max = 65535,
	 .preset = 1500, .doc = "largest packet that its uplink carries, bytes"},
	{"country", FIELD_COUNTRY, AT(site_entry, country), .doc = "ISO 3166 code"},
	{"region", FIELD_TEXT, AT(site_entry, region), .min = 1, .max = 32, .doc = "a free word"},
	{"announce", FIELD_PREFIXES, COUNTED(site_entry, announce),
	 .doc = "the prefixes that it originates"},
	OPTIONS(site_entry),
};
const struct field_group fields_site = {"site", site_fields, N(site_fields), true};

static const struct field member_fields[] = {
	{"asn", FIELD_ASN, .required = true, .example = "64501", AT(member, asn),
	 .doc = "AS number, unique"},
	{"name", FIELD_MEMBER_NAME, .required = true, .example = "\"Alpha Networks\"",
	 AT(member, name), .doc = "unique"},
	{"contact", FIELD_TEXT, AT(member, contact), .min = 1, .max = 200, .doc = "whom to call"},
	{"policy", FIELD_WORD, SIZED(member, policy), .words = policies, .doc = "whom it meets"},
	{"peer_with", FIELD_ASNS, COUNTED(member, peer_with),
	 .doc = "ASNs that a selective member meets"},
	{"no_peer_with", FIELD_ASNS, COUNTED(member, no_peer_with),
	 .doc = "ASNs that an open member does not meet"},
	{"as_set", FIELD_AS_SET, AT(member, as_set), .doc = "its AS-SET in the IRR"},
	{"max_prefix4", FIELD_NUMBER, SIZED(member, max_prefix4), .min = 1, .max = 10000000,
	 .doc = "IPv4 prefixes the others take from it at most"},
	{"max_prefix6", FIELD_NUMBER, SIZED(member, max_prefix6), .min = 1, .max = 10000000,
	 .doc = "IPv6 prefixes the others take from it at most"},
	{"ibgp", FIELD_BOOL, SIZED(member, ibgp), .preset = true, .doc = "link its own sites"},
	OPTIONS(member),
	{"sites", FIELD_GROUPS, .required = true, .example = "( { ... } )", COUNTED(member, sites),
	 .group = &fields_site, .doc = "where it is"},
};
const struct field_group fields_member = {"member", member_fields, N(member_fields), true};

/* The top of a file; peerlist.c takes these apart itself. */
static const struct field file_fields[] = {
	{"fabric", FIELD_GROUP, .set = FIELD_NO_SET, .group = &fields_fabric,
	 .doc = "the exchange, once in all files"},
	{"member", FIELD_GROUP, .set = FIELD_NO_SET, .group = &fields_member, .doc = "one member"},
	{"members", FIELD_GROUPS, .set = FIELD_NO_SET, .group = &fields_member,
	 .doc = "several members"},
};
const struct field_group fields_file = {"file", file_fields, N(file_fields), false};

const struct field *fields_find(const struct field_group *g, const char *key)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->fields[i].key, key) == 0)
			return &g->fields[i];
	return NULL;
}

/* So that "Lan-4" is near "lan4"; not by locale. */
static char fold(char c)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz_";
	const char *p = c ? strchr(upper, c) : NULL;

	if (!p)
		return c;
	return lower[p - upper];
}

const struct field *fields_nearest(const struct field_group *g, const char *key)
{
	enum { KEYS_MAX = 24, KEY_BYTES = 40 };
	const char *keys[KEYS_MAX];
	char folded[KEY_BYTES] = "";

	assert(g->n <= KEYS_MAX);
	for (size_t i = 0; i < g->n; i++)
		keys[i] = g->fields[i].key;
	for (size_t i = 0; key[i] && i + 1 < sizeof(folded); i++)
		folded[i] = fold(key[i]);
	const char *near = near_name(folded, keys, g->n);

	return near ? fields_find(g, near) : NULL;
}

const struct field_group *const fields_groups[FIELD_GROUPS_MAX] = {
	&fields_file,	&fields_fabric,	  &fields_member, &fields_site,
	&fields_tunnel, &fields_liveness, &fields_link,
};

size_t fields_owners(const char *key, const struct field_group *ret[FIELD_GROUPS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < FIELD_GROUPS_MAX; i++)
		if (fields_find(fields_groups[i], key))
			ret[n++] = fields_groups[i];
	return n;
}

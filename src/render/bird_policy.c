/*
 * render/bird_policy - what all sessions of a site share: sets, functions, templates
 *
 * The shape is the point: a few functions with arguments, called from inline filters. With a
 * named filter and a named set for each peer, 5,000 peers freeze BIRD for ten seconds at every
 * configure; this way it takes a third of one. What a peer's policy depends on goes in as
 * arguments, so that a change of one peer leaves the filters of the others as they were. The
 * one exception is the set of tunnel endpoints: a filter must know them all, so a new neighbour
 * makes BIRD ask for the routes again (route refresh); sessions stay.
 *
 * Only what every BIRD from 2.0.12 to 3.x takes without a word: functions return nothing and
 * reject; every name starts with gx_, arguments too.
 */
#include "render/bird_text.h"

#include <string.h>

static const char reasons_text[] =
	"# --- Why a route was refused ------------------------------------------------------\n"
	"# A refused route is kept, and carries (own AS, 1101, reason):\n"
	"#     birdc show route filtered all protocol NAME\n"
	"#\n"
	"#      1  prefix too long              8  next hop is not the peer\n"
	"#      2  prefix too short            30  default route\n"
	"#      3  bogon prefix                31  the peering LAN, a part of it or around it\n"
	"#      4  bogon ASN in the path       32  a prefix of our own, or a part of it\n"
	"#      5  path longer than 64 ASNs    33  would swallow the outer endpoint of a tunnel\n"
	"#      7  first AS is not the peer's\n"
	"\n"
	"function gx_refuse(int gx_why)\n"
	"{\n"
	"	bgp_large_community.add((gx_own_as, 1101, gx_why));\n"
	"	reject;\n"
	"}\n"
	"\n";

static const char bogons_text[] =
	"# --- What never belongs into a route -----------------------------------------------\n"
	"# Source: IANA special-purpose address registries (RFC 6890 and what updates it, up to\n"
	"# RFC 9637), multicast and class E; IANA AS number registry. State of 2025-06.\n"
	"# A prefix that the peer list says the peer announces is no bogon: the list is the "
	"truth.\n"
	"define gx_bogons4 = [\n"
	"	0.0.0.0/8+,             # this network            RFC 791\n"
	"	10.0.0.0/8+,            # private                 RFC 1918\n"
	"	100.64.0.0/10+,         # carrier grade NAT       RFC 6598\n"
	"	127.0.0.0/8+,           # loopback                RFC 1122\n"
	"	169.254.0.0/16+,        # link local              RFC 3927\n"
	"	172.16.0.0/12+,         # private                 RFC 1918\n"
	"	192.0.0.0/24+,          # protocol assignments    RFC 6890\n"
	"	192.0.2.0/24+,          # documentation           RFC 5737\n"
	"	192.88.99.0/24+,        # 6to4 relays, withdrawn  RFC 7526\n"
	"	192.168.0.0/16+,        # private                 RFC 1918\n"
	"	198.18.0.0/15+,         # benchmarks              RFC 2544\n"
	"	198.51.100.0/24+,       # documentation           RFC 5737\n"
	"	203.0.113.0/24+,        # documentation           RFC 5737\n"
	"	224.0.0.0/4+,           # multicast               RFC 5771\n"
	"	240.0.0.0/4+            # reserved                RFC 1112\n"
	"];\n"
	"define gx_bogons6 = [\n"
	"	::/3+,                  # only 2000::/3 is global unicast, RFC 4291\n"
	"	4000::/2+,\n"
	"	8000::/1+,\n"
	"	2001:2::/48+,           # benchmarks              RFC 5180\n"
	"	2001:10::/28+,          # ORCHID, withdrawn       RFC 4843\n"
	"	2001:20::/28+,          # ORCHIDv2                RFC 7343\n"
	"	2001:db8::/32+,         # documentation           RFC 3849\n"
	"	2002::/16+,             # 6to4, withdrawn         RFC 7526\n"
	"	3ffe::/16+,             # 6bone, withdrawn        RFC 3701\n"
	"	3fff::/20+              # documentation           RFC 9637\n"
	"];\n"
	"define gx_bogon_as = [\n"
	"	0,                      # RFC 7607\n"
	"	23456,                  # AS_TRANS                RFC 6793\n"
	"	64496..131071,          # documentation, private, reserved: RFC 5398, 6996, 7300\n"
	"	4200000000..4294967295  # private, last           RFC 6996, 7300\n"
	"];\n"
	"define gx_shortest4 = 8;\n"
	"define gx_longest4 = 24;\n"
	"define gx_shortest6 = 12;\n"
	"define gx_longest6 = 48;\n"
	"\n";

static const char import_head[] =
	"# From a member: gx_peer_as is its ASN, gx_listed the prefixes that the peer list names.\n"
	"# A listed prefix may be a bogon or of unusual length; everything else is checked alike.\n"
	"function gx_import@(int gx_peer_as; prefix set gx_listed)\n"
	"{\n"
	"	if bgp_large_community ~ [(gx_own_as, 1101, *)] then\n"
	"		bgp_large_community.delete([(gx_own_as, 1101, *)]);\n"
	"	if gw != from then gx_refuse(8);\n"
	"	if bgp_path.first != gx_peer_as then gx_refuse(7);\n"
	"	if bgp_path.len > 64 then gx_refuse(5);\n"
	"	if delete(bgp_path, gx_peer_as) ~ gx_bogon_as then gx_refuse(4);\n"
	"	gx_never@();\n";

static const char import_tail[] = "	if net !~ gx_listed then {\n"
				  "		if net ~ gx_bogons@ then gx_refuse(3);\n"
				  "		if net.len < gx_shortest@ then gx_refuse(2);\n"
				  "		if net.len > gx_longest@ then gx_refuse(1);\n"
				  "	}\n"
				  "	accept;\n"
				  "}\n"
				  "\n";

static const char ibgp_text[] =
	"# From another site of ours, which has checked already what it hands on.\n"
	"function gx_import_ibgp@()\n"
	"{\n"
	"	if bgp_large_community ~ [(gx_own_as, 1101, *)] then\n"
	"		bgp_large_community.delete([(gx_own_as, 1101, *)]);\n"
	"	if gw != from then gx_refuse(8);\n"
	"	gx_never@();\n"
	"	accept;\n"
	"}\n"
	"\n";

static const char export_head[] =
	"# To members: what this site announces, by whatever protocol it is best known, but never\n"
	"# as a route that BGP brought. So nobody becomes the transit of anybody by accident.\n"
	"function gx_export@()\n"
	"{\n";

static const char export_tail[] =
	"	reject;\n"
	"}\n"
	"\n"
	"# To our other sites: the same, and what the members of this exchange sent us.\n"
	"function gx_export_ibgp@()\n"
	"{\n"
	"	if source = RTS_BGP && proto ~ \"gx_*\" then accept;\n"
	"	gx_export@();\n"
	"}\n"
	"\n";

static const char templates_text[] =
	"# --- What every session has "
	"------------------------------------------------------------\n"
	"# Both ends are one hop apart: a packet with a lower TTL than 255 is not from the peer\n"
	"# (RFC 5082). grix' keepalives find a dead link within seconds and close its sessions, "
	"so\n"
	"# the hold timer is only the backstop; a short one would drop sessions when a router is\n"
	"# busy. After an error: back soon, but ever slower for a peer that keeps failing.\n"
	"# No strict bind: it cannot live beside other BGP sessions of this router that have "
	"none.\n"
	"template bgp gx_ebgp {\n"
	"	direct;\n"
	"	ttl security on;\n"
	"	local role peer;                # RFC 9234: routes of a peer do not leak to a "
	"peer\n"
	"	enforce first as on;\n"
	"	allow as sets off;              # RFC 9774\n"
	"	hold time 90;\n"
	"	keepalive time 30;\n"
	"	startup hold time 20;           # a half-open session is given up sooner than "
	"after 240 s\n"
	"	connect delay time 3;\n"
	"	connect retry time 15;\n"
	"	error wait time 5, 120;\n"
	"	error forget time 300;\n"
	"	graceful restart on;\n"
	"	graceful restart time 120;\n"
	"}\n"
	"\n"
	"template bgp gx_ibgp {\n"
	"	direct;\n"
	"	ttl security on;\n"
	"	allow as sets off;\n"
	"	hold time 90;\n"
	"	keepalive time 30;\n"
	"	startup hold time 20;\n"
	"	connect delay time 3;\n"
	"	connect retry time 15;\n"
	"	error wait time 5, 120;\n"
	"	error forget time 300;\n"
	"	graceful restart on;\n"
	"	graceful restart time 120;\n"
	"}\n";

/* What differs between the sites, one family of it. */
struct family_sets {
	struct prefix lan;
	struct bird_prefixes announce;	/* by this site */
	struct bird_prefixes own;	/* by all sites of the member */
	struct bird_prefixes endpoints; /* outer addresses of the other ends */
};

static struct bird_prefixes endpoints_of(struct arena *a, const struct site *s, int family)
{
	enum family want = family == 4 ? FAMILY_IP4 : FAMILY_IP6;
	struct bird_prefixes p = {arena_array(a, s->n_neighbors + 1, sizeof(*p.list)), 0};

	for (size_t i = 0; i < s->n_neighbors; i++) {
		const struct addr *remote = &s->neighbors[i].tunnel->remote;

		if (remote->family == want)
			p.list[p.n++] = (struct prefix){*remote, family == 4 ? 32 : 128};
	}
	bird_prefixes_sort(&p);
	return p;
}

static struct family_sets sets_of(struct arena *a, const struct site *s, int family)
{
	const struct member *m = s->self->member;
	const struct fabric *f = &s->plan->list->fabric;

	return (struct family_sets){
		.lan = family == 4 ? f->lan4 : f->lan6,
		.announce = bird_prefixes_of(a, m, s->self->entry, family),
		.own = bird_prefixes_of(a, m, NULL, family),
		.endpoints = endpoints_of(a, s, family),
	};
}

static void define_set(struct text *t, const char *name, int family, const struct bird_prefixes *p,
		       const char *suffix)
{
	if (p->n == 0)
		return;
	text_printf(t, "define %s%d = ", name, family);
	bird_text_set(t, p, suffix, "");
	text_puts(t, ";\n");
}

static void site_sets(struct text *t, const struct family_sets *f, int family)
{
	char lan[PREFIX_TEXT];

	text_printf(t, "# --- IPv%d: the peering LAN, our prefixes, the tunnels' outer ends %s\n",
		    family, "----------------------");
	if (f->lan.addr.family != FAMILY_NONE) {
		prefix_text(&f->lan, lan);
		text_printf(t, "define gx_lan%d = [ %s-, %s+ ];\n", family, lan, lan);
	}
	define_set(t, "gx_announce", family, &f->announce, "");
	define_set(t, "gx_ours", family, &f->own, "+");
	define_set(t, "gx_endpoints", family, &f->endpoints, "-");
	text_puts(t, "\n");
}

static void never(struct text *t, const struct family_sets *f, int family)
{
	bird_text_for(t, family,
		      "# What no session may bring, not even one of our own.\n"
		      "function gx_never@()\n"
		      "{\n"
		      "	if net.len = 0 then gx_refuse(30);\n");
	if (f->lan.addr.family != FAMILY_NONE)
		bird_text_for(t, family, "	if net ~ gx_lan@ then gx_refuse(31);\n");
	if (f->endpoints.n)
		bird_text_for(t, family, "	if net ~ gx_endpoints@ then gx_refuse(33);\n");
	text_puts(t, "}\n\n");
}

static void functions(struct text *t, const struct family_sets *f, int family)
{
	never(t, f, family);
	bird_text_for(t, family, import_head);
	if (f->own.n)
		bird_text_for(t, family, "	if net ~ gx_ours@ then gx_refuse(32);\n");
	bird_text_for(t, family, import_tail);
	bird_text_for(t, family, ibgp_text);
	bird_text_for(t, family, export_head);
	if (f->announce.n)
		bird_text_for(t, family,
			      "	if source != RTS_BGP && net ~ gx_announce@ then accept;\n");
	bird_text_for(t, family, export_tail);
}

static void header(struct text *t, const struct site *s, const char *what)
{
	text_printf(t, "# grix: exchange %s, site %s of ", s->plan->fabric, s->self->name);
	bird_text_clean(t, s->self->member->name);
	text_printf(t,
		    " (AS%u)\n"
		    "# %s\n"
		    "# Written from the peer list. Do not edit: the next change replaces it.\n\n",
		    s->self->asn, what);
}

void bird_policy(struct text *t, const struct site *s)
{
	struct arena *a = arena_new();

	header(t, s, "Sets, functions and templates that all sessions share.");
	text_printf(t, "define gx_own_as = %u;\n\n", s->self->asn);
	text_puts(t, reasons_text);
	text_puts(t, bogons_text);
	for (int family = 4; family <= 6; family += 2) {
		struct family_sets f = sets_of(a, s, family);

		site_sets(t, &f, family);
		functions(t, &f, family);
	}
	text_puts(t, templates_text);
	arena_free(a);
}

static void own_family(struct text *t, const struct bird_prefixes *p, int family)
{
	char buf[PREFIX_TEXT];

	if (p->n == 0)
		return;
	bird_text_for(t, family,
		      "\n"
		      "protocol static gx_own@ {\n"
		      "	ipv@ {\n"
		      "		preference 110;\n"
		      "	};\n");
	for (size_t i = 0; i < p->n; i++)
		text_printf(t, "\troute %s unreachable;\n", prefix_text(&p->list[i], buf));
	text_puts(t, "}\n");
}

void bird_own(struct text *t, const struct site *s)
{
	struct arena *a = arena_new();

	header(t, s, "What this site announces.");
	text_puts(t, "# These routes make the announcement stand whatever else this router knows. "
		     "They are\n"
		     "# preferred over BGP (100), but an IGP's or a connected route for the same "
		     "prefix beats\n"
		     "# them, and is then what goes out. The kernel need not have them.\n");
	for (int family = 4; family <= 6; family += 2) {
		struct bird_prefixes p =
			bird_prefixes_of(a, s->self->member, s->self->entry, family);

		own_family(t, &p, family);
	}
	arena_free(a);
}

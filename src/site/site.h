/*
 * site - all that one host should have; the same types hold what it has
 * Pure: plan + a site's name -> struct site. edge/kernel fills the same struct host from a
 * dump, and diff/ compares the two.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "plan/plan.h"

/* An address on a tunnel: one host address with the peer's behind it. */
struct tunnel_addr {
	struct addr local, peer;
	uint8_t peer_len; /* 32 or 128 when wanted */
	bool ours;	  /* found: carries our IFA_PROTO, or stands as we would have put it */
	bool unrouted;	  /* found: the connected route to the peer is not there any more */
};

/* What was found on a tunnel and grix never sets; cleared by the next full change. */
enum tunnel_odd {
	ODD_CSUM = 1 << 0,
	ODD_SEQ = 1 << 1,
	ODD_KEYS_DIFFER = 1 << 2, /* input key is not the output key */
	ODD_TOS = 1 << 3,
	ODD_FWMARK = 1 << 4,
	ODD_ENCAP = 1 << 5,	 /* FOU or GUE */
	ODD_BOUND = 1 << 6,	 /* bound to a device */
	ODD_ENCAPLIMIT = 1 << 7, /* ip6gre with an encapsulation limit */
	ODD_OTHER_KIND = 1 << 8, /* not gre or ip6gre at all; only name, alias, ifindex are set */
	ODD_IGNORE_DF = 1 << 9,	 /* fragments what is too big whatever its DF says */
	ODD_EXTERNAL = 1 << 10,	 /* collects metadata: cannot be changed back in place */
};

struct tunnel {
	char ifname[IFNAME_BYTES];
	const char *alias; /* owner mark "grix FABRIC LINK"; NULL if none */
	enum tunnel_mode mode;
	struct addr local, remote;
	bool keyed;
	uint32_t key;
	uint8_t ttl; /* 0 found: inherit */
	bool df;     /* path MTU discovery: outer DF set */
	uint32_t mtu;
	bool up;
	uint8_t rp_filter;   /* net.ipv4.conf.IF.rp_filter; wanted 2, loose */
	bool forwarding;     /* net.ipv4.conf.IF.forwarding */
	bool link_local_off; /* IPv6 address generation mode none */
	struct tunnel_addr *addrs;
	size_t n_addrs;
	/* found only */
	int ifindex;
	unsigned odd; /* enum tunnel_odd */
	uint32_t
		group; /* interface group: set at creation, before the alias can be, see diff_group() */
	const char *kind; /* the kernel's word for it, "bridge"; "" if it has none */
};

/* A host-wide setting: a file below /proc/sys. */
struct setting {
	const char *name;  /* "net/ipv4/ip_forward" */
	const char *value; /* "1" */
	const char *why;   /* one phrase, for people */
};

struct host {
	struct arena *arena;	/* NULL when it lives in another value's arena */
	struct tunnel *tunnels; /* wanted: sorted by ifname; found: in the kernel's order */
	size_t n_tunnels;
	struct setting *settings;
	size_t n_settings;
};

/* One neighbour of the site, in the order of want.tunnels: what BIRD and liveness need. */
struct neighbor {
	const struct plan_site *peer;
	const struct plan_link *link;
	const struct tunnel *tunnel;
	struct addr lan4, lan6; /* the peer's, FAMILY_NONE where none */
	bool ibgp;
	const char *direction_to, *direction_from; /* "ams->fra", "fra->ams" */
};

struct site {
	struct arena *arena;
	const struct plan *plan; /* borrowed: must outlive the site */
	const struct plan_site *self;
	struct host want;
	struct neighbor *neighbors;
	size_t n_neighbors;
};

/**
 * site_make() - what the host of site @name should have
 * Return: 0 with @ret to be freed by site_free(), or -ENOENT with a line that names the nearest
 * site names of the plan.
 */
int site_make(const struct plan *p, const char *name, struct err *err, struct site **ret);
struct site *site_free(struct site *s);
struct host *host_free(struct host *h);

/** site_owner_mark() - "grix FABRIC LINK" */
char *site_owner_mark(struct arena *a, const char *fabric, const char *link);
/** site_owns() - whether @alias marks a tunnel of @fabric; *@link is then the link's name */
bool site_owns(const char *alias, const char *fabric, const char **link);
/**
 * site_has_end() - whether the tunnel @ifname of link @link is the end that stands at @site
 * "ams-fra" names both its sites, and dashes in names make it name even more: "a-b-c" may join a
 * with b-c, or a-b with c. The interface tells, for it is named after the site it leads to; only
 * where somebody renamed it, the link's name alone decides.
 */
bool site_has_end(const char *site, const char *link, const char *ifname);

/*
 * plan - who meets whom, over which tunnel, with which addresses
 * Pure: the plan is a function of the peer list alone, so every site computes the same one,
 * and no member's address, name or key depends on any other member.
 *   in  struct peerlist     out  struct plan, or faults
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/fault.h"
#include "peerlist/peerlist.h"

enum { IFNAME_BYTES = 16, SYMBOL_BYTES = 64 };

/* How a pair of sites is tunnelled; the names are the kernel's link kinds. */
enum tunnel_mode { MODE_GRE, MODE_IP6GRE };

struct plan_site {
	const char *name;
	const struct member *member;
	const struct site_entry *entry;
	uint32_t asn, id;
	struct addr lan4, lan6;	   /* FAMILY_NONE where the fabric has no such LAN */
	struct addr router_id;	   /* an IPv4 address: lan4, or 0.0.0.0 + id without a lan4 */
	char ifname[IFNAME_BYTES]; /* of the tunnels that lead to it, on every other site */
	char symbol[SYMBOL_BYTES]; /* "gx_fra": stem of its BIRD symbols, "_v4" is appended */
	uint32_t *links;	   /* indexes into plan.links, in that order */
	uint32_t n_links;
};

struct plan_end {
	uint32_t site;	     /* index into plan.sites */
	struct addr local;   /* outer address on this host (bind, or underlay) */
	struct addr outside; /* the same end as the other side reaches it: its remote */
	uint16_t port;	     /* UDP port of this end's reflector */
};

struct plan_link {
	const char *name;     /* "ams-fra" */
	struct plan_end a, b; /* a.site's name sorts before b.site's */
	enum tunnel_mode mode;
	bool ibgp; /* both ends are one member's */
	bool keyed;
	uint32_t key; /* host order */
	uint8_t ttl;
	uint16_t mtu;		  /* of the tunnel interface */
	struct live_options live; /* .port: 0 where the two ends' differ, see plan_end */
};

struct plan {
	struct arena *arena;	     /* owns everything here but what it borrows from the list */
	const struct peerlist *list; /* borrowed: must outlive the plan */
	const char *fabric;
	struct plan_site *sites; /* sorted by name */
	size_t n_sites;
	struct plan_link *links; /* sorted by (a's name, b's name) */
	size_t n_links;
};

/* A mesh grows with the square of its sites: what a list may ask for is bounded. */
enum { PLAN_FAULTY = 1, PLAN_SITES_MAX = 10000, PLAN_LINKS_MAX = 4000000 };

/**
 * plan_make() - the whole mesh
 * Who meets whom: sites of one member, unless it opts out of iBGP; two members when both consent
 * (open: all but no_peer_with; selective: only peer_with; closed: nobody); never a pair that
 * fabric.links switches off.
 * Settings of a pair: fabric.links beats all; else each end takes site, member, fabric in this
 * order, and the two are joined: the larger ttl, the smaller mtu given, the slower keepalive; an
 * underlay or key that one end gives holds for both, two different ones are a fault.
 * Refused with faults: an entry of fabric.links with settings for two who do not meet, pairs without a common underlay family, two sites whose interface name,
 * symbol or link name would be the same, a (local, remote, key) that is not unique on a host,
 * a tunnel MTU below 1280 on a fabric that has a lan6, or above what the underlays carry.
 * Return: 0 with @ret to be freed by plan_free(), or PLAN_FAULTY.
 */
int plan_make(const struct peerlist *list, struct faults *faults, struct plan **ret);
struct plan *plan_free(struct plan *p);

/**
 * plan_keep() - forget every link but those of @site, for a program that runs one site
 * Sites stay, with their indexes; of the others' links only those to @site stay.
 * Return: a new plan in place of @p, which is freed.
 */
struct plan *plan_keep(struct plan *p, const struct plan_site *site);

/** plan_find_site() - by name; NULL if there is none */
const struct plan_site *plan_find_site(const struct plan *p, const char *name);

/* Names; each depends on the one site's own name alone. */
void plan_ifname(const char *site_name, char ret[IFNAME_BYTES]);
void plan_symbol(const char *site_name, char ret[SYMBOL_BYTES]);

/** plan_ends() - the two ends of @l as the host of site @site sees them */
void plan_ends(const struct plan_link *l, uint32_t site, const struct plan_end **self,
	       const struct plan_end **other);

/** plan_apart() - why two sites have no link, in words, in @a; NULL when the rules let them meet.
 *  Looks through the lists of both members: for a person's question, not for a loop over all pairs */
char *plan_apart(const struct plan *p, const struct plan_site *x, const struct plan_site *y,
		 struct arena *a);
/** plan_apart_anyway() - the same, as if fabric.links did not switch the pair off */
char *plan_apart_anyway(const struct plan_site *x, const struct plan_site *y, struct arena *a);

const char *tunnel_mode_name(enum tunnel_mode m);
/** tunnel_overhead() - bytes that the outer headers add: gre 24, ip6gre 44 (no encapsulation
 *  limit), 4 more with a key (RFC 2784, RFC 2890, RFC 7676) */
uint16_t tunnel_overhead(enum tunnel_mode m, bool keyed);

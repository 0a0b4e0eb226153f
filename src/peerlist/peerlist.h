/*
 * peerlist - the one input: who is on the exchange, and how they want it
 * Pure: text in, values out. First stage of the flow; plan/ takes it from here.
 *   in  the text of one or more libconfig files     out  struct peerlist, or faults
 * Format: grix-peers(5). A peer list is taken whole or not at all.
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One setting in the chain fabric -> member -> site -> link: .set says whether it was given here. */
enum underlay_choice { UNDERLAY_AUTO, UNDERLAY_IP4, UNDERLAY_IP6 };
enum key_choice { KEY_NONE, KEY_AUTO, KEY_FIXED };
enum live_kind { LIVE_KIND_NONE, LIVE_KIND_STAMP };

struct tunnel_options {
	bool underlay_set, ttl_set, mtu_set, key_set;
	enum underlay_choice underlay; /* "auto": IPv4 when both ends have it */
	uint8_t ttl;		       /* 1..255; never inherit: it breaks eBGP */
	uint16_t mtu;		       /* of the tunnel, bytes; 0 is "auto" */
	enum key_choice key;
	uint32_t key_value; /* host order, KEY_FIXED only */
};

struct live_options {
	bool kind_set, interval_set, misses_set, port_set;
	enum live_kind kind;
	uint32_t interval_ms; /* 50..60000 */
	uint32_t misses;      /* 2..100: so many unanswered intervals mean down */
	uint16_t port;	      /* UDP port of the reflector */
};

enum member_policy { POLICY_OPEN, POLICY_SELECTIVE, POLICY_CLOSED };

struct site_entry {
	struct origin at;
	const char *name;		  /* unique in the fabric, also when case is ignored */
	uint32_t id;			  /* host part of the LAN addresses, for ever */
	struct addr underlay4, underlay6; /* as the others reach it; FAMILY_NONE if not there */
	struct addr bind4, bind6;	  /* on the host itself, where that differs (1:1 NAT) */
	uint16_t underlay_mtu;		  /* default 1500 */
	const char *country;		  /* ISO 3166 alpha-2, or NULL */
	const char *region;		  /* free word, e.g. "eu"; or NULL */
	struct prefix *announce;
	size_t n_announce;
	struct tunnel_options tunnel;
	struct live_options live;
};

struct member {
	struct origin at;
	uint32_t asn; /* unique */
	const char *name;
	const char *contact; /* or NULL */
	enum member_policy policy;
	uint32_t *peer_with; /* ASNs a selective member meets */
	size_t n_peer_with;
	uint32_t *no_peer_with; /* ASNs an open member does not meet */
	size_t n_no_peer_with;
	const char *as_set; /* or NULL */
	uint32_t max_prefix4,
		max_prefix6; /* what the others may take from it at most; fabric's if not given */
	bool ibgp;	     /* link its own sites, default true */
	struct site_entry *sites;
	size_t n_sites;
	struct tunnel_options tunnel;
	struct live_options live;
};

/* fabric.links: what holds for one pair of sites and beats everything else. */
struct link_entry {
	struct origin at;
	const char *between[2]; /* site names, in sorted order */
	bool enabled;		/* false: no tunnel between the two */
	struct tunnel_options tunnel;
	struct live_options live;
};

struct fabric {
	struct origin at;
	const char *name;	  /* [a-z0-9-], at most 32 bytes */
	uint32_t asn;		  /* of the exchange itself; 0 if not given */
	struct prefix lan4, lan6; /* the peering LAN; at least one, else FAMILY_NONE */
	uint32_t max_prefix4, max_prefix6;
	struct tunnel_options tunnel; /* every field set: given or default */
	struct live_options live;     /* likewise */
	struct link_entry *links;
	size_t n_links;
};

struct peerlist {
	struct arena *arena; /* owns everything here */
	struct fabric fabric;
	struct member *members; /* in the order of the files, then of the text */
	size_t n_members;
};

struct peerlist_text {
	const char *name; /* as faults shall show it, e.g. "peers/alpha.cfg" */
	const char *text; /* need not be NUL-terminated */
	size_t len;
};

enum { PEERLIST_FAULTY = 1 };

/* UDP port of the reflector where liveness.port says nothing. */
enum { PEERLIST_PORT = 50862 };

/**
 * peerlist_parse() - read and check the whole list
 * @files:  all files of the folder, or the one file; borrowed for the call
 * @faults: every fault found is added, and all are sorted by file and line; when there are some
 *          already (a file that could not be read), nothing is said about what may be missing
 * @ret:    the list, to be freed with peerlist_free(); set only on success
 * Return: 0, or PEERLIST_FAULTY with at least one fault added.
 */
int peerlist_parse(const struct peerlist_text *files, size_t n, struct faults *faults,
		   struct peerlist **ret);
/** peerlist_free() - takes NULL, returns NULL */
struct peerlist *peerlist_free(struct peerlist *l);

/*
 * lists - peer lists made by hand or by a seed, for tests and benches
 * Same seed, same list, on every machine.
 */
#pragma once

#include "peerlist/peerlist.h"

enum { LIST_SITES_MAX = 8 };

/** list_new() - an exchange "demo-ix" with a lan4 (10.64.0.0/16) and a lan6, room for @members */
struct peerlist *list_new(size_t members);
/** list_site() - one more site of the member @asn, which is made when there is none; the address
 *  "" is none */
struct site_entry *list_site(struct peerlist *l, uint32_t asn, const char *name, uint32_t id,
			     const char *underlay4, const char *underlay6);
/** list_member() - by ASN; NULL if there is none */
struct member *list_member(struct peerlist *l, uint32_t asn);
/** list_link() - one more entry of fabric.links; room for 64 */
struct link_entry *list_link(struct peerlist *l, const char *a, const char *b);
void list_asns(struct peerlist *l, uint32_t **list, size_t *n, size_t count, const uint32_t *asns);

/* xorshift64*: small, and the same everywhere. */
struct dice {
	uint64_t state;
};

void dice_init(struct dice *d, uint64_t seed);
/** dice_below() - 0 .. @n - 1 */
uint32_t dice_below(struct dice *d, uint32_t n);

/** list_random() - up to @sites sites with odd names, policies, families and settings; plan_make()
 *  refuses some of them */
struct peerlist *list_random(uint64_t seed, size_t sites);
/** list_mesh() - @sites open members of one site each: the full mesh that benches measure */
struct peerlist *list_mesh(size_t sites);
/** list_copy() - the same list in an arena of its own, members in the order @order (NULL: as they
 *  are), without the member at @skip (SIZE_MAX: none) and what fabric.links says of its sites.
 *  Texts and lists of prefixes are still those of @l. */
struct peerlist *list_copy(const struct peerlist *l, const size_t *order, size_t skip);

/*
 * check - what can only be seen when the whole list is there
 * Last step of the parse: uniqueness, the LAN, prefixes against each other and against endpoints.
 *   in  the list as read, the lines     out  faults
 */
#pragma once

#include "base/fault.h"
#include "peerlist/marks.h"
#include "peerlist/peerlist.h"

struct check {
	const struct peerlist *list;
	struct arena *scratch; /* for the words of faults and for sorting */
	struct marks *marks;
	struct faults *faults;
	bool whole; /* every file could be read: what is not here is missing */
};

void check_list(struct check *c);
/** check_routes() - the part of check_list() about prefixes and endpoints (routes.c) */
void check_routes(struct check *c);

/** check_unique() - the part about what stands there twice (unique.c) */
void check_unique(struct check *c);

/** check_fault() - at the line of @value, if it has one, else of @m or @s; @key may be NULL */
void check_fault(struct check *c, const struct member *m, const struct site_entry *s,
		 const char *key, const void *value, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/** check_place() - "peers/alpha.cfg:7" of @value in @s or @m */
const char *check_place(struct check *c, const struct member *m, const struct site_entry *s,
			const void *value);
/** check_site_name() - "site ams", or "site 2" where the name is missing */
const char *check_site_name(struct check *c, const struct member *m, const struct site_entry *s);
size_t check_count_sites(const struct peerlist *l);
/** check_name() - of a member; its ASN or its place in the list where the name is missing */
const char *check_name(struct check *c, const struct member *m);

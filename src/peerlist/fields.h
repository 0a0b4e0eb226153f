/*
 * fields - every key that a peer list knows, as a table
 * One row a key: its type, its range, where the value goes. read.c follows it, and a test holds
 * grix-peers(5) against it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_TEXT,	   /* const char *: free words, min..max bytes */
	FIELD_FABRIC_NAME, /* const char * */
	FIELD_MEMBER_NAME, /* const char * */
	FIELD_SITE_NAME,   /* const char * */
	FIELD_COUNTRY,	   /* const char * */
	FIELD_AS_SET,	   /* const char * */
	FIELD_NUMBER,	   /* unsigned of .size bytes, min..max */
	FIELD_BOOL,	   /* bool */
	FIELD_WORD,	   /* enum: the index into .words */
	FIELD_MODE,	   /* one word, kept nowhere: there is one mode so far */
	FIELD_ASN,	   /* uint32_t */
	FIELD_ASNS,	   /* uint32_t *, count at .count */
	FIELD_ADDR4,	   /* struct addr */
	FIELD_ADDR6,
	FIELD_LAN4, /* struct prefix */
	FIELD_LAN6,
	FIELD_PREFIXES, /* struct prefix *, count at .count */
	FIELD_MTU,	/* uint16_t, 0 for "auto" */
	FIELD_KEY,	/* struct tunnel_options, key and key_value */
	FIELD_INTERVAL, /* uint32_t, milliseconds */
	FIELD_BETWEEN,	/* const char *[2], sorted */
	FIELD_GROUP,	/* a struct in place, described by .group */
	FIELD_GROUPS,	/* array of structs of .size bytes, count at .count */
};

struct field_group;

struct field {
	const char *key;
	enum field_type type;
	bool required;
	size_t offset; /* of the value in the struct of the group */
	size_t size;   /* of it, or of one element */
	size_t count;  /* offset of the size_t with the number of elements */
	size_t set;    /* offset of the bool that says it was given, or FIELD_NO_SET */
	uint32_t min, max;
	uint32_t preset; /* what it is when not given, FIELD_NUMBER and FIELD_BOOL; 0 for none */
	const char *const *words; /* in the order of the enum, NULL at the end */
	const struct field_group *group;
	const char *doc;     /* what it is, one line */
	const char *example; /* as written in the list; all required fields have one */
};

#define FIELD_NO_SET ((size_t)-1)

struct field_group {
	const char *name; /* as shown: "member" */
	const struct field *fields;
	size_t n;
	bool has_origin; /* the struct begins with struct origin */
};

extern const struct field_group fields_file, fields_fabric, fields_member, fields_site, fields_link,
	fields_tunnel, fields_liveness;

/** fields_find() - the row of @key, NULL if the group has none */
const struct field *fields_find(const struct field_group *g, const char *key);
/** fields_nearest() - the key that was most likely meant, NULL if none is near */
const struct field *fields_nearest(const struct field_group *g, const char *key);
enum { FIELD_GROUPS_MAX = 7 };

/* All of them, the file itself first. */
extern const struct field_group *const fields_groups[FIELD_GROUPS_MAX];

/** fields_owners() - the groups that know @key. Return: how many */
size_t fields_owners(const char *key, const struct field_group *ret[FIELD_GROUPS_MAX]);

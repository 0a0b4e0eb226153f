/*
 * take - one setting into its field
 * Between read.c, which goes through the groups, and value.h, which knows what each text means. A
 * value of a wrong type or meaning is a fault, and its field stays as it was.
 */
#pragma once

#include "peerlist/read.h"

/* One value on its way: where it stands, and where it goes. */
struct value {
	struct reader *r;
	const config_setting_t *s;
	const struct field *f;
	const char *where;
	char *base; /* the struct of the group */
};

/* By the type of the field. */
void take_number(struct value *v);
void take_bool(struct value *v);
void take_text(struct value *v);
void take_word(struct value *v);
void take_asn(struct value *v);
void take_addr(struct value *v);
void take_lan(struct value *v);
void take_interval(struct value *v);
void take_mtu(struct value *v);
void take_key(struct value *v);
void take_asns(struct value *v);
void take_prefixes(struct value *v);
void take_between(struct value *v);
void take_group(struct value *v);
/** take_groups() - @above: where the list stands, for the names of its elements */
void take_groups(struct value *v, const char *above);

/** take_settle() - @fault is NULL or what is wrong with the value; the line of @target is remembered
 *  in both cases (NULL: of nothing). Return: whether the value is right */
bool take_settle(struct value *v, const char *fault, const void *target);
/** take_wrong_type() - "is a number, write @want" */
const char *take_wrong_type(const struct value *v, const char *want);
bool take_is_string(const config_setting_t *s);
/** take_one_asn() - a number or a text. Return: NULL with @ret set, or what is wrong */
const char *take_one_asn(const struct value *v, uint32_t *ret);
/** take_store() - @n as an unsigned of @size bytes */
void take_store(void *target, size_t size, uint32_t n);

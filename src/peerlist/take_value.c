/* One value each: numbers, texts, words, addresses. */
#include "peerlist/peerlist.h"
#include "peerlist/take.h"
#include "peerlist/value.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool take_is_string(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_STRING;
}

/* The screen has made every integer 64 bit. */
static bool is_integer(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT64;
}

/* @fault is NULL or what is wrong with the value; its line is remembered in both cases. */
bool take_settle(struct value *v, const char *fault, const void *target)
{
	if (target)
		marks_add(v->r->marks, target, (int)config_setting_source_line(v->s), !fault);
	if (fault) {
		read_fault(v->r, v->s, v->where, "%s", fault);
		return false;
	}
	assert(v->base);
	if (v->f->set != FIELD_NO_SET)
		*(bool *)(v->base + v->f->set) = true;
	return true;
}

const char *take_wrong_type(const struct value *v, const char *want)
{
	return arena_printf(v->r->scratch, "is %s, write %s", read_found(v->s), want);
}

void take_store(void *target, size_t size, uint32_t n)
{
	switch (size) {
	case 1:
		*(uint8_t *)target = (uint8_t)n;
		return;
	case 2:
		*(uint16_t *)target = (uint16_t)n;
		return;
	case 4:
		*(uint32_t *)target = n;
		return;
	}
	abort();
}

static const char *number(const struct value *v, const char *or_word, uint32_t *ret)
{
	struct arena *a = v->r->scratch;
	const struct field *f = v->f;

	if (!is_integer(v->s)) {
		const char *quotes = take_is_string(v->s) ? " without quotes" : "";

		return take_wrong_type(
			v, arena_printf(a, "%sa number from %" PRIu32 " to %" PRIu32 "%s", or_word,
					f->min, f->max, quotes));
	}
	long long n = config_setting_get_int64(v->s);

	if (n < f->min || n > f->max)
		return arena_printf(a, "%lld is out of range, write %s%" PRIu32 " to %" PRIu32, n,
				    or_word, f->min, f->max);
	*ret = (uint32_t)n;
	return NULL;
}

void take_number(struct value *v)
{
	uint32_t n = 0;
	void *target = v->base + v->f->offset;

	if (take_settle(v, number(v, "", &n), target))
		take_store(target, v->f->size, n);
}

void take_bool(struct value *v)
{
	bool *target = (bool *)(v->base + v->f->offset);

	if (config_setting_type(v->s) != CONFIG_TYPE_BOOL)
		take_settle(v, take_wrong_type(v, "true or false, without quotes"), target);
	else if (take_settle(v, NULL, target))
		*target = config_setting_get_bool(v->s);
}

static const char *text_rule(const struct value *v, const char *s)
{
	struct arena *a = v->r->scratch;

	switch (v->f->type) {
	case FIELD_TEXT:
		return value_name(a, s, NAME_FREE, v->f->max);
	case FIELD_FABRIC_NAME:
		return value_name(a, s, NAME_FABRIC, 32);
	case FIELD_MEMBER_NAME:
		return value_name(a, s, NAME_FREE, 100);
	case FIELD_SITE_NAME:
		return value_name(a, s, NAME_SITE, 64);
	case FIELD_COUNTRY:
		return value_country(a, s);
	case FIELD_AS_SET:
		return value_as_set(a, s);
	case FIELD_NUMBER:
	case FIELD_BOOL:
	case FIELD_WORD:
	case FIELD_MODE:
	case FIELD_ASN:
	case FIELD_ASNS:
	case FIELD_ADDR4:
	case FIELD_ADDR6:
	case FIELD_LAN4:
	case FIELD_LAN6:
	case FIELD_PREFIXES:
	case FIELD_MTU:
	case FIELD_KEY:
	case FIELD_INTERVAL:
	case FIELD_BETWEEN:
	case FIELD_GROUP:
	case FIELD_GROUPS:
		break;
	}
	abort();
}

void take_text(struct value *v)
{
	const char **target = (const char **)(void *)(v->base + v->f->offset);

	if (!take_is_string(v->s)) {
		take_settle(v, take_wrong_type(v, "a text in quotes"), target);
		return;
	}
	const char *s = config_setting_get_string(v->s);

	if (take_settle(v, text_rule(v, s), target))
		*target = arena_strdup(v->r->arena, s);
}

/* "open", "selective" or "closed" */
static const char *words_in_words(struct arena *a, const char *const *words)
{
	const char *s = arena_printf(a, "\"%s\"", words[0]);

	for (size_t i = 1; words[i]; i++)
		s = arena_printf(a, "%s%s\"%s\"", s, words[i + 1] ? ", " : " or ", words[i]);
	return s;
}

static const char *word(const struct value *v, unsigned *ret)
{
	struct arena *a = v->r->scratch;
	const char *all = words_in_words(a, v->f->words);

	if (!take_is_string(v->s))
		return take_wrong_type(v, all);
	const char *s = config_setting_get_string(v->s);

	for (unsigned i = 0; v->f->words[i]; i++) {
		if (strcmp(s, v->f->words[i]) == 0) {
			*ret = i;
			return NULL;
		}
	}
	return arena_printf(a, "\"%s\" is not known, write %s", s, all);
}

void take_word(struct value *v)
{
	unsigned i = 0;
	void *target = v->base + v->f->offset;

	if (take_settle(v, word(v, &i), target) && v->f->type == FIELD_WORD)
		take_store(target, sizeof(unsigned), i);
}

const char *take_one_asn(const struct value *v, uint32_t *ret)
{
	if (is_integer(v->s))
		return value_asn(v->r->scratch, config_setting_get_int64(v->s), ret);
	if (take_is_string(v->s))
		return value_asn_text(v->r->scratch, config_setting_get_string(v->s), ret);
	if (config_setting_type(v->s) == CONFIG_TYPE_FLOAT)
		return "is a number with a fraction; write the ASN as one number, 1.10 is 65546";
	return take_wrong_type(v, "a number like 64501");
}

void take_asn(struct value *v)
{
	uint32_t *target = (uint32_t *)(void *)(v->base + v->f->offset), n = 0;

	if (take_settle(v, take_one_asn(v, &n), target))
		*target = n;
}

void take_addr(struct value *v)
{
	enum family want = v->f->type == FIELD_ADDR4 ? FAMILY_IP4 : FAMILY_IP6;
	struct addr *target = (struct addr *)(void *)(v->base + v->f->offset), x;
	const char *fault;

	if (take_is_string(v->s))
		fault = value_endpoint(v->r->scratch, config_setting_get_string(v->s), want, &x);
	else
		fault = take_wrong_type(v, want == FAMILY_IP4 ? "an address like \"192.0.2.1\""
							      : "an address like \"2001:db8::1\"");
	if (take_settle(v, fault, target))
		*target = x;
}

void take_lan(struct value *v)
{
	enum family want = v->f->type == FIELD_LAN4 ? FAMILY_IP4 : FAMILY_IP6;
	struct prefix *target = (struct prefix *)(void *)(v->base + v->f->offset), p;
	const char *fault;

	if (take_is_string(v->s))
		fault = value_lan(v->r->scratch, config_setting_get_string(v->s), want, v->f->min,
				  v->f->max, &p);
	else
		fault = take_wrong_type(v, want == FAMILY_IP4
						   ? "a prefix like \"203.0.113.0/24\""
						   : "a prefix like \"2001:db8:113::/64\"");
	if (take_settle(v, fault, target))
		*target = p;
}

void take_interval(struct value *v)
{
	uint32_t *target = (uint32_t *)(void *)(v->base + v->f->offset), ms = 0;
	const char *fault;

	if (take_is_string(v->s))
		fault = value_interval(v->r->scratch, config_setting_get_string(v->s), v->f->min,
				       v->f->max, &ms);
	else
		fault = take_wrong_type(v, "a time with its unit, like \"200ms\" or \"1s\"");
	if (take_settle(v, fault, target))
		*target = ms;
}

static bool is_word(const config_setting_t *s, const char *w)
{
	return take_is_string(s) && strcmp(config_setting_get_string(s), w) == 0;
}

void take_mtu(struct value *v)
{
	uint16_t *target = (uint16_t *)(void *)(v->base + v->f->offset);
	uint32_t n = 0;
	const char *fault = is_word(v->s, "auto") ? NULL : number(v, "\"auto\" or ", &n);

	if (take_settle(v, fault, target))
		*target = (uint16_t)n;
}

void take_key(struct value *v)
{
	struct tunnel_options *o = (struct tunnel_options *)(void *)v->base;
	bool none = is_word(v->s, "none"), automatic = is_word(v->s, "auto");
	uint32_t n = 0;
	const char *fault = none || automatic ? NULL : number(v, "\"none\", \"auto\" or ", &n);

	if (!take_settle(v, fault, &o->key))
		return;
	o->key_set = true;
	o->key = none ? KEY_NONE : automatic ? KEY_AUTO : KEY_FIXED;
	o->key_value = n;
}

#include "peerlist/read.h"

#include "peerlist/peerlist.h"
#include "peerlist/value.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One value on its way: where it stands, and where it goes. */
struct value {
	struct reader *r;
	const config_setting_t *s;
	const struct field *f;
	const char *where;
	char *base; /* the struct of the group */
};

static int line_of(const config_setting_t *s)
{
	return (int)config_setting_source_line(s);
}

static bool is_quiet(const struct reader *r, int line)
{
	for (size_t i = r->quiet_from; i < r->quiet_to; i++)
		if (r->faults->list[i].line == line)
			return true;
	return false;
}

void read_fault(struct reader *r, const config_setting_t *s, const char *where, const char *fmt,
		...)
{
	va_list ap;

	if (is_quiet(r, line_of(s)))
		return;
	va_start(ap, fmt);
	const char *text = arena_vprintf(r->arena, fmt, ap);

	va_end(ap);
	faults_add(r->faults, (struct origin){r->file, line_of(s)}, where, "%s", text);
}

const char *read_found(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_LIST:
	case CONFIG_TYPE_ARRAY:
		return "a list";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_STRING:
		return "a text";
	}
	return "nothing";
}

static bool is_string(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_STRING;
}

/* The screen has made every integer 64 bit. */
static bool is_integer(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT64;
}

static bool is_list(const config_setting_t *s)
{
	return config_setting_is_list(s) || config_setting_is_array(s);
}

/* @fault is NULL or what is wrong with the value; its line is remembered in both cases. */
static bool settle(struct value *v, const char *fault, const void *target)
{
	if (target)
		marks_add(v->r->marks, target, line_of(v->s));
	if (fault) {
		read_fault(v->r, v->s, v->where, "%s", fault);
		return false;
	}
	if (v->f->set != FIELD_NO_SET)
		*(bool *)(v->base + v->f->set) = true;
	return true;
}

static const char *wrong_type(const struct value *v, const char *want)
{
	return arena_printf(v->r->arena, "is %s, write %s", read_found(v->s), want);
}

/* --- scalars --------------------------------------------------------------------------------- */

static void store(void *target, size_t size, uint32_t n)
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
	struct arena *a = v->r->arena;
	const struct field *f = v->f;

	if (!is_integer(v->s)) {
		const char *quotes = is_string(v->s) ? " without quotes" : "";

		return wrong_type(v, arena_printf(a, "%sa number from %" PRIu32 " to %" PRIu32 "%s",
						  or_word, f->min, f->max, quotes));
	}
	long long n = config_setting_get_int64(v->s);

	if (n < f->min || n > f->max)
		return arena_printf(a, "%lld is out of range, write %s%" PRIu32 " to %" PRIu32, n,
				    or_word, f->min, f->max);
	*ret = (uint32_t)n;
	return NULL;
}

static void take_number(struct value *v)
{
	uint32_t n = 0;
	void *target = v->base + v->f->offset;

	if (settle(v, number(v, "", &n), target))
		store(target, v->f->size, n);
}

static void take_bool(struct value *v)
{
	bool *target = (bool *)(v->base + v->f->offset);

	if (config_setting_type(v->s) != CONFIG_TYPE_BOOL)
		settle(v, wrong_type(v, "true or false, without quotes"), target);
	else if (settle(v, NULL, target))
		*target = config_setting_get_bool(v->s);
}

static const char *text_rule(const struct value *v, const char *s)
{
	struct arena *a = v->r->arena;

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

static void take_text(struct value *v)
{
	const char **target = (const char **)(void *)(v->base + v->f->offset);

	if (!is_string(v->s)) {
		settle(v, wrong_type(v, "a text in quotes"), target);
		return;
	}
	const char *s = config_setting_get_string(v->s);

	if (settle(v, text_rule(v, s), target))
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
	struct arena *a = v->r->arena;
	const char *all = words_in_words(a, v->f->words);

	if (!is_string(v->s))
		return wrong_type(v, all);
	const char *s = config_setting_get_string(v->s);

	for (unsigned i = 0; v->f->words[i]; i++) {
		if (strcmp(s, v->f->words[i]) == 0) {
			*ret = i;
			return NULL;
		}
	}
	return arena_printf(a, "\"%s\" is not known, write %s", s, all);
}

static void take_word(struct value *v)
{
	unsigned i = 0;
	void *target = v->base + v->f->offset;

	if (settle(v, word(v, &i), target) && v->f->type == FIELD_WORD)
		store(target, sizeof(unsigned), i);
}

static const char *asn(const struct value *v, uint32_t *ret)
{
	if (is_integer(v->s))
		return value_asn(v->r->arena, config_setting_get_int64(v->s), ret);
	if (is_string(v->s))
		return value_asn_text(v->r->arena, config_setting_get_string(v->s), ret);
	if (config_setting_type(v->s) == CONFIG_TYPE_FLOAT)
		return "is a number with a fraction; write the ASN as one number, 1.10 is 65546";
	return wrong_type(v, "a number like 64501");
}

static void take_asn(struct value *v)
{
	uint32_t *target = (uint32_t *)(void *)(v->base + v->f->offset), n;

	if (settle(v, asn(v, &n), target))
		*target = n;
}

static void take_addr(struct value *v)
{
	enum family want = v->f->type == FIELD_ADDR4 ? FAMILY_IP4 : FAMILY_IP6;
	struct addr *target = (struct addr *)(void *)(v->base + v->f->offset), x;
	const char *fault;

	if (is_string(v->s))
		fault = value_endpoint(v->r->arena, config_setting_get_string(v->s), want, &x);
	else
		fault = wrong_type(v, want == FAMILY_IP4 ? "an address like \"192.0.2.1\""
							 : "an address like \"2001:db8::1\"");
	if (settle(v, fault, target))
		*target = x;
}

static void take_lan(struct value *v)
{
	enum family want = v->f->type == FIELD_LAN4 ? FAMILY_IP4 : FAMILY_IP6;
	struct prefix *target = (struct prefix *)(void *)(v->base + v->f->offset), p;
	const char *fault;

	if (is_string(v->s))
		fault = value_lan(v->r->arena, config_setting_get_string(v->s), want, v->f->min,
				  v->f->max, &p);
	else
		fault = wrong_type(v, want == FAMILY_IP4 ? "a prefix like \"203.0.113.0/24\""
							 : "a prefix like \"2001:db8:113::/64\"");
	if (settle(v, fault, target))
		*target = p;
}

static void take_interval(struct value *v)
{
	uint32_t *target = (uint32_t *)(void *)(v->base + v->f->offset), ms;
	const char *fault;

	if (is_string(v->s))
		fault = value_interval(v->r->arena, config_setting_get_string(v->s), v->f->min,
				       v->f->max, &ms);
	else
		fault = wrong_type(v, "a time with its unit, like \"200ms\" or \"1s\"");
	if (settle(v, fault, target))
		*target = ms;
}

static bool is_word(const config_setting_t *s, const char *w)
{
	return is_string(s) && strcmp(config_setting_get_string(s), w) == 0;
}

static void take_mtu(struct value *v)
{
	uint16_t *target = (uint16_t *)(void *)(v->base + v->f->offset);
	uint32_t n = 0;
	const char *fault = is_word(v->s, "auto") ? NULL : number(v, "\"auto\" or ", &n);

	if (settle(v, fault, target))
		*target = (uint16_t)n;
}

static void take_key(struct value *v)
{
	struct tunnel_options *o = (struct tunnel_options *)(void *)v->base;
	bool none = is_word(v->s, "none"), automatic = is_word(v->s, "auto");
	uint32_t n = 0;
	const char *fault = none || automatic ? NULL : number(v, "\"none\", \"auto\" or ", &n);

	if (!settle(v, fault, &o->key))
		return;
	o->key_set = true;
	o->key = none ? KEY_NONE : automatic ? KEY_AUTO : KEY_FIXED;
	o->key_value = n;
}

/* --- lists ----------------------------------------------------------------------------------- */

enum { PLAIN_LIST_MAX = 10000 };

static size_t length(const config_setting_t *s)
{
	return (size_t)config_setting_length(s);
}

static bool want_list(struct value *v, const char *example)
{
	if (!is_list(v->s))
		read_fault(v->r, v->s, v->where, "is %s, write a list like %s", read_found(v->s),
			   example);
	else if (length(v->s) > PLAIN_LIST_MAX)
		read_fault(v->r, v->s, v->where, "has %zu elements, %d are allowed", length(v->s),
			   PLAIN_LIST_MAX);
	else
		return true;
	return false;
}

/* The @i-th element of the list @v as a value of its own; it has no "was given" of its own. */
static struct value element(const struct value *v, size_t i)
{
	struct value e = *v;

	e.s = config_setting_get_elem(v->s, (unsigned)i);
	return e;
}

/* Counts what was right: a wrong element is a fault, and the list is refused anyhow. */
static void take_asns(struct value *v)
{
	uint32_t **target = (uint32_t **)(void *)(v->base + v->f->offset);
	size_t *n = (size_t *)(void *)(v->base + v->f->count);

	if (!want_list(v, "[ 64501, 64502 ]"))
		return;
	*target = arena_array(v->r->arena, length(v->s), sizeof(**target));
	for (size_t i = 0; i < length(v->s); i++) {
		struct value e = element(v, i);

		if (settle(&e, asn(&e, *target + *n), *target + *n))
			++*n;
	}
	settle(v, NULL, target);
}

static void take_prefixes(struct value *v)
{
	struct prefix **target = (struct prefix **)(void *)(v->base + v->f->offset);
	size_t *n = (size_t *)(void *)(v->base + v->f->count);

	if (!want_list(v, "[ \"198.18.1.0/24\", \"2001:db8:1::/48\" ]"))
		return;
	*target = arena_array(v->r->arena, length(v->s), sizeof(**target));
	for (size_t i = 0; i < length(v->s); i++) {
		struct value e = element(v, i);
		const char *fault;

		if (is_string(e.s))
			fault = value_announce(v->r->arena, config_setting_get_string(e.s),
					       *target + *n);
		else
			fault = wrong_type(&e, "a prefix like \"198.18.1.0/24\"");
		if (settle(&e, fault, *target + *n))
			++*n;
	}
	settle(v, NULL, target);
}

static void take_between(struct value *v)
{
	const char **target = (const char **)(void *)(v->base + v->f->offset);

	if (!want_list(v, "( \"ams\", \"fra\" )"))
		return;
	if (length(v->s) != 2) {
		read_fault(v->r, v->s, v->where,
			   "names %zu sites, a link is between two: "
			   "( \"ams\", \"fra\" )",
			   length(v->s));
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		struct value e = element(v, i);

		if (!is_string(e.s)) {
			settle(&e, wrong_type(&e, "the name of a site in quotes"), NULL);
			target[0] = NULL;
			return;
		}
		target[i] = arena_strdup(v->r->arena, config_setting_get_string(e.s));
	}
	if (strcmp(target[0], target[1]) > 0) {
		const char *first = target[1];

		target[1] = target[0];
		target[0] = first;
	}
	settle(v, NULL, target);
}

static void take_group(struct value *v)
{
	if (config_setting_is_group(v->s))
		read_group(v->r, v->s, v->f->group, v->where, v->base + v->f->offset);
	else
		read_fault(v->r, v->s, v->where, "is %s, write %s = { ... };", read_found(v->s),
			   v->f->key);
}

static void take_groups(struct value *v, const char *above)
{
	char **target = (char **)(void *)(v->base + v->f->offset);
	size_t *n = (size_t *)(void *)(v->base + v->f->count);

	if (!is_list(v->s)) {
		read_fault(v->r, v->s, v->where, "is %s, write %s = ( { ... }, { ... } );",
			   read_found(v->s), v->f->key);
		return;
	}
	if (length(v->s) == 0 && v->f->required)
		read_fault(v->r, v->s, v->where, "is empty, write one group { ... } for each");
	*target = arena_array(v->r->arena, length(v->s), v->f->size);
	for (size_t i = 0; i < length(v->s); i++) {
		const config_setting_t *s = config_setting_get_elem(v->s, (unsigned)i);
		const char *where = read_where(v->r, s, v->f->group, i + 1, above);

		if (!config_setting_is_group(s)) {
			read_fault(v->r, s, where, "is %s, write a group { ... }", read_found(s));
			continue;
		}
		read_group(v->r, s, v->f->group, where, *target + *n * v->f->size);
		++*n;
	}
	settle(v, NULL, target);
}

/* --- groups ---------------------------------------------------------------------------------- */

static void take(struct value *v, const char *above)
{
	switch (v->f->type) {
	case FIELD_TEXT:
	case FIELD_FABRIC_NAME:
	case FIELD_MEMBER_NAME:
	case FIELD_SITE_NAME:
	case FIELD_COUNTRY:
	case FIELD_AS_SET:
		take_text(v);
		return;
	case FIELD_NUMBER:
		take_number(v);
		return;
	case FIELD_BOOL:
		take_bool(v);
		return;
	case FIELD_WORD:
	case FIELD_MODE:
		take_word(v);
		return;
	case FIELD_ASN:
		take_asn(v);
		return;
	case FIELD_ASNS:
		take_asns(v);
		return;
	case FIELD_ADDR4:
	case FIELD_ADDR6:
		take_addr(v);
		return;
	case FIELD_LAN4:
	case FIELD_LAN6:
		take_lan(v);
		return;
	case FIELD_PREFIXES:
		take_prefixes(v);
		return;
	case FIELD_MTU:
		take_mtu(v);
		return;
	case FIELD_KEY:
		take_key(v);
		return;
	case FIELD_INTERVAL:
		take_interval(v);
		return;
	case FIELD_BETWEEN:
		take_between(v);
		return;
	case FIELD_GROUP:
		take_group(v);
		return;
	case FIELD_GROUPS:
		take_groups(v, above);
		return;
	}
	abort();
}

static const char *under(struct reader *r, const char *where, const char *key)
{
	return where ? arena_printf(r->arena, "%s: %s", where, key) : key;
}

const char *read_where(struct reader *r, const config_setting_t *group, const struct field_group *g,
		       size_t index, const char *above)
{
	const config_setting_t *name = NULL;
	const char *self;

	if (config_setting_is_group(group))
		name = config_setting_get_member(group, "name");
	if (name && is_string(name) &&
	    !value_name(r->arena, config_setting_get_string(name), NAME_FREE, 100))
		self = arena_printf(r->arena, "%s %s", g->name, config_setting_get_string(name));
	else if (index)
		self = arena_printf(r->arena, "%s %zu", g->name, index);
	else
		self = g->name;
	return above ? under(r, above, self) : self;
}

/* "fabric or member": where the key would be right; NULL when nowhere */
static const char *owners(struct reader *r, const char *key)
{
	const struct field_group *all[FIELD_GROUPS_MAX];
	size_t n = fields_owners(key, all);
	const char *s = n ? all[0]->name : NULL;

	for (size_t i = 1; i < n; i++)
		s = arena_printf(r->arena, "%s%s%s", s, i + 1 == n ? " or " : ", ", all[i]->name);
	return s;
}

static void unknown(struct reader *r, const config_setting_t *s, const struct field_group *g,
		    const char *where)
{
	const char *key = config_setting_name(s), *elsewhere = owners(r, key);
	const struct field *near = fields_nearest(g, key);

	where = under(r, where, key);
	if (elsewhere) {
		read_fault(r, s, where, "is not known here, it belongs in %s", elsewhere);
		return;
	}
	if (near) {
		read_fault(r, s, where, "is not known, %s is", near->key);
		return;
	}
	const char *all = g->fields[0].key;

	for (size_t i = 1; i < g->n; i++)
		all = arena_printf(r->arena, "%s, %s", all, g->fields[i].key);
	read_fault(r, s, where, "is not known here, known are: %s", all);
}

size_t read_unknown(struct reader *r, const config_setting_t *group, const struct field_group *g,
		    const char *where)
{
	size_t n = 0;

	for (unsigned i = 0; i < length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, i);

		if (fields_find(g, config_setting_name(s)))
			continue;
		unknown(r, s, g, where);
		n++;
	}
	return n;
}

/* A misspelt key that is already told of is most likely the one that is missing. */
static bool misspelt(const config_setting_t *group, const struct field_group *g,
		     const struct field *f)
{
	for (unsigned i = 0; i < length(group); i++) {
		const char *key = config_setting_name(config_setting_get_elem(group, i));

		if (!fields_find(g, key) && fields_nearest(g, key) == f)
			return true;
	}
	return false;
}

void read_group(struct reader *r, const config_setting_t *group, const struct field_group *g,
		const char *where, void *base)
{
	if (g->has_origin)
		*(struct origin *)base = (struct origin){r->file, line_of(group)};
	read_unknown(r, group, g, where);
	for (size_t i = 0; i < g->n; i++) {
		const struct field *f = &g->fields[i];
		struct value v = {.r = r, .f = f, .base = base};

		if (f->preset)
			store(v.base + f->offset, f->size, f->preset);
		v.s = config_setting_get_member(group, f->key);
		v.where = under(r, where, f->key);
		if (v.s)
			take(&v, where);
		else if (f->required && !misspelt(group, g, f))
			read_fault(r, group, where, "has no %s, write %s = %s;", f->key, f->key,
				   f->example);
	}
}

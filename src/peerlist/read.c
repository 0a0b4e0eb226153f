#include "peerlist/read.h"

#include "peerlist/take.h"
#include "peerlist/value.h"

#include <stdlib.h>

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
	const char *text = arena_vprintf(r->scratch, fmt, ap);

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

static size_t length(const config_setting_t *s)
{
	return (size_t)config_setting_length(s);
}

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
	return where ? arena_printf(r->scratch, "%s: %s", where, key) : key;
}

const char *read_where(struct reader *r, const config_setting_t *group, const struct field_group *g,
		       size_t index, const char *above)
{
	const config_setting_t *name = NULL;
	const char *self;

	if (config_setting_is_group(group))
		name = config_setting_get_member(group, "name");
	if (name && take_is_string(name) &&
	    !value_name(r->scratch, config_setting_get_string(name), NAME_FREE, 100))
		self = arena_printf(r->scratch, "%s %s", g->name, config_setting_get_string(name));
	else if (index)
		self = arena_printf(r->scratch, "%s %zu", g->name, index);
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
		s = arena_printf(r->scratch, "%s%s%s", s, i + 1 == n ? " or " : ", ", all[i]->name);
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
		all = arena_printf(r->scratch, "%s, %s", all, g->fields[i].key);
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
			take_store(v.base + f->offset, f->size, f->preset);
		v.s = config_setting_get_member(group, f->key);
		if (v.s) {
			v.where = under(r, where, f->key);
			take(&v, where);
		} else if (f->required && !misspelt(group, g, f)) {
			read_fault(r, group, where, "has no %s, write %s = %s;", f->key, f->key,
				   f->example);
		}
	}
}

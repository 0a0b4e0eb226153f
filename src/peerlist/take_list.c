/* Lists of plain values, groups, and lists of groups. */
#include "peerlist/take.h"
#include "peerlist/value.h"

#include <string.h>

static bool is_list(const config_setting_t *s)
{
	return config_setting_is_list(s) || config_setting_is_array(s);
}

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
void take_asns(struct value *v)
{
	uint32_t **target = (uint32_t **)(void *)(v->base + v->f->offset);
	size_t *n = (size_t *)(void *)(v->base + v->f->count);

	if (!want_list(v, "[ 64501, 64502 ]"))
		return;
	*target = arena_array(v->r->arena, length(v->s), sizeof(**target));
	for (size_t i = 0; i < length(v->s); i++) {
		struct value e = element(v, i);

		if (take_settle(&e, take_one_asn(&e, *target + *n), *target + *n))
			++*n;
	}
	take_settle(v, NULL, target);
}

void take_prefixes(struct value *v)
{
	struct prefix **target = (struct prefix **)(void *)(v->base + v->f->offset);
	size_t *n = (size_t *)(void *)(v->base + v->f->count);

	if (!want_list(v, "[ \"198.18.1.0/24\", \"2001:db8:1::/48\" ]"))
		return;
	*target = arena_array(v->r->arena, length(v->s), sizeof(**target));
	for (size_t i = 0; i < length(v->s); i++) {
		struct value e = element(v, i);
		const char *fault;

		if (take_is_string(e.s))
			fault = value_announce(v->r->scratch, config_setting_get_string(e.s),
					       *target + *n);
		else
			fault = take_wrong_type(&e, "a prefix like \"198.18.1.0/24\"");
		if (take_settle(&e, fault, *target + *n))
			++*n;
	}
	take_settle(v, NULL, target);
}

void take_between(struct value *v)
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

		if (!take_is_string(e.s)) {
			take_settle(&e, take_wrong_type(&e, "the name of a site in quotes"), NULL);
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
	take_settle(v, NULL, target);
}

void take_group(struct value *v)
{
	if (config_setting_is_group(v->s))
		read_group(v->r, v->s, v->f->group, v->where, v->base + v->f->offset);
	else
		read_fault(v->r, v->s, v->where, "is %s, write %s = { ... };", read_found(v->s),
			   v->f->key);
}

void take_groups(struct value *v, const char *above)
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
	take_settle(v, NULL, target);
}

#include "peerlist/peerlist.h"

#include "peerlist/check.h"
#include "peerlist/fields.h"
#include "peerlist/read.h"
#include "peerlist/screen.h"

#include <stdlib.h>
#include <string.h>

/* One file on its way. */
struct source {
	const char *name; /* in the list's arena */
	config_t config;
	bool readable;
	size_t faults_from, faults_to; /* what the screening found in it */
};

struct parse {
	struct peerlist *list;
	struct arena *scratch; /* for the time of the parse */
	struct faults *faults;
	struct marks marks;
	struct source *sources;
	size_t n;
	bool whole;
};

static bool read_clean(struct source *src, struct faults *faults, const struct text *clean)
{
	if (config_read_string(&src->config, text_str(clean)))
		return true;
	/* the screen should have found it: say what libconfig says */
	faults_add(faults, (struct origin){src->name, config_error_line(&src->config)}, NULL, "%s",
		   config_error_text(&src->config));
	return false;
}

static void load(struct parse *p, struct source *src, const struct peerlist_text *in)
{
	struct text clean;

	text_init(&clean);
	config_init(&src->config);
	src->name = arena_strdup(p->list->arena, in->name);
	src->faults_from = p->faults->n;
	src->readable = screen_text(in, p->faults, &clean) && read_clean(src, p->faults, &clean);
	src->faults_to = p->faults->n;
	if (!src->readable)
		p->whole = false;
	text_done(&clean);
}

static struct reader reader_of(struct parse *p, const struct source *src)
{
	return (struct reader){p->list->arena, p->scratch,	 p->faults,	&p->marks,
			       src->name,      src->faults_from, src->faults_to};
}

static const config_setting_t *get(const struct source *src, const char *key)
{
	return src->readable ? config_setting_get_member(config_root_setting(&src->config), key)
			     : NULL;
}

static size_t length(const config_setting_t *s)
{
	return s ? (size_t)config_setting_length(s) : 0;
}

static void read_fabric(struct parse *p, const struct source *src)
{
	struct reader r = reader_of(p, src);
	struct fabric *f = &p->list->fabric;
	const config_setting_t *s = get(src, "fabric");

	if (!s)
		return;
	if (f->at.file) {
		read_fault(&r, s, "fabric", "is given again, first in %s:%d; a list has one",
			   f->at.file, f->at.line);
	} else if (!config_setting_is_group(s)) {
		p->whole = false;
		read_fault(&r, s, "fabric", "is %s, write fabric = { ... };", read_found(s));
	} else {
		read_group(&r, s, &fields_fabric, "fabric", f);
	}
}

static void read_member(struct parse *p, struct reader *r, const config_setting_t *s, size_t index)
{
	const char *where = read_where(r, s, &fields_member, index, NULL);

	if (!config_setting_is_group(s)) {
		p->whole = false;
		read_fault(r, s, where, "is %s, write a group { ... }", read_found(s));
		return;
	}
	read_group(r, s, &fields_member, where, &p->list->members[p->list->n_members++]);
}

static void read_members(struct parse *p, const struct source *src)
{
	struct reader r = reader_of(p, src);
	const config_setting_t *one = get(src, "member"), *many = get(src, "members");

	if (one)
		read_member(p, &r, one, 0);
	if (many && !config_setting_is_list(many)) {
		p->whole = false;
		read_fault(&r, many, "members", "is %s, write members = ( { ... }, { ... } );",
			   read_found(many));
		return;
	}
	for (unsigned i = 0; i < length(many); i++)
		read_member(p, &r, config_setting_get_elem(many, i), i + 1);
}

static void read_top(struct parse *p, const struct source *src)
{
	struct reader r = reader_of(p, src);
	const config_setting_t *root = config_root_setting(&src->config);

	if (!src->readable)
		return;
	if (length(root) == 0) {
		p->whole = false;
		faults_add(p->faults, (struct origin){src->name, 0}, NULL,
			   "is empty, write fabric = { ... } or member = { ... } into it, or take "
			   "it away");
		return;
	}
	if (read_unknown(&r, root, &fields_file, NULL))
		p->whole = false; /* a misspelt "member" is a member that is missing */
}

static void read_all(struct parse *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += (get(&p->sources[i], "member") != NULL) +
		     length(get(&p->sources[i], "members"));
	p->list->members = arena_array(p->list->arena, n, sizeof(*p->list->members));
	for (size_t i = 0; i < p->n; i++) {
		read_top(p, &p->sources[i]);
		read_fabric(p, &p->sources[i]);
		read_members(p, &p->sources[i]);
	}
}

/* --- defaults -------------------------------------------------------------------------------- */

static void default_tunnel(struct tunnel_options *o)
{
	if (!o->ttl_set)
		o->ttl = 64;
	/* the others are "auto" and "none", which is 0 */
	o->underlay_set = o->ttl_set = o->mtu_set = o->key_set = true;
}

static void default_live(struct live_options *o)
{
	if (!o->kind_set)
		o->kind = LIVE_KIND_STAMP;
	if (!o->interval_set)
		o->interval_ms = 1000;
	if (!o->misses_set)
		o->misses = 3;
	if (!o->port_set)
		o->port = PEERLIST_PORT;
	o->kind_set = o->interval_set = o->misses_set = o->port_set = true;
}

static void defaults(struct peerlist *l)
{
	default_tunnel(&l->fabric.tunnel);
	default_live(&l->fabric.live);
	for (size_t i = 0; i < l->n_members; i++) {
		struct member *m = &l->members[i];

		if (m->max_prefix4 == 0)
			m->max_prefix4 = l->fabric.max_prefix4;
		if (m->max_prefix6 == 0)
			m->max_prefix6 = l->fabric.max_prefix6;
	}
}

/* --- the whole list -------------------------------------------------------------------------- */

static size_t count(const struct faults *f)
{
	return f->n + f->dropped;
}

int peerlist_parse(const struct peerlist_text *files, size_t n, struct faults *faults,
		   struct peerlist **ret)
{
	size_t before = count(faults);
	struct arena *arena = arena_new();
	struct parse p = {.faults = faults, .n = n, .whole = before == 0};

	p.list = arena_alloc(arena, sizeof(*p.list));
	p.list->arena = arena;
	p.scratch = arena_new();
	p.sources = arena_array(p.scratch, n, sizeof(*p.sources));
	marks_init(&p.marks);
	for (size_t i = 0; i < n; i++)
		load(&p, &p.sources[i], &files[i]);
	read_all(&p);
	for (size_t i = 0; i < n; i++)
		config_destroy(&p.sources[i].config);
	defaults(p.list);
	check_list(&(struct check){p.list, p.scratch, &p.marks, faults, p.whole});
	marks_done(&p.marks);
	arena_free(p.scratch);
	faults_sort(faults);
	if (count(faults) == before) {
		*ret = p.list;
		return 0;
	}
	peerlist_free(p.list);
	return PEERLIST_FAULTY;
}

struct peerlist *peerlist_free(struct peerlist *l)
{
	if (l)
		arena_free(l->arena);
	return NULL;
}

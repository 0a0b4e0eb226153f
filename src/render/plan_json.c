#include "render/plan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int to_text(void *to, const char *text, size_t n)
{
	text_add(to, text, n);
	return 0;
}

struct render_out render_out_text(struct text *t)
{
	return (struct render_out){.write = to_text, .to = t};
}

/* Pieces of a text on their way out; the first refusal stops the rest. */
struct stream {
	const struct render_out *out;
	struct text text;
	int error;
};

enum { PIECE = 64 * 1024 };

static void stream_flush(struct stream *s)
{
	if (s->error == 0 && s->text.len > 0)
		s->error = s->out->write(s->out->to, s->text.data, s->text.len);
	text_reset(&s->text);
}

static int piece(const char *buffer, size_t size, void *stream)
{
	struct stream *s = stream;

	text_add(&s->text, buffer, size);
	if (s->text.len >= PIECE)
		stream_flush(s);
	return 0;
}

static void puts_piece(struct stream *s, const char *text)
{
	piece(text, strlen(text), s);
}

static int stream_end(struct stream *s)
{
	stream_flush(s);
	text_done(&s->text);
	return s->error < 0 ? s->error : 0;
}

/* Takes @value. Names in a peer list are UTF-8, so jansson refuses nothing but memory. */
static void add(json_t *to, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(to, key, value) != 0)
		abort();
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *addr_json(const struct addr *a)
{
	char buf[ADDR_TEXT];

	return a->family == FAMILY_NONE ? json_null() : json_string_nocheck(addr_text(a, buf));
}

/* Takes @item. */
static void stream_item(struct stream *s, json_t *item, bool first)
{
	puts_piece(s, first ? "\n  " : ",\n  ");
	if (json_dump_callback(item, piece, s, JSON_ENCODE_ANY) != 0)
		abort();
	json_decref(item);
}

static json_t *announce_json(const struct site_entry *e)
{
	json_t *list = json_array();
	char buf[PREFIX_TEXT];

	for (size_t i = 0; i < e->n_announce; i++)
		json_array_append_new(list, json_string_nocheck(prefix_text(&e->announce[i], buf)));
	return list;
}

static json_t *site_json(const struct plan_site *s)
{
	json_t *o = json_object();

	add(o, "site", json_string(s->name));
	add(o, "member", json_string(s->member->name));
	add(o, "asn", json_integer(s->asn));
	add(o, "id", json_integer(s->id));
	add(o, "lan4", addr_json(&s->lan4));
	add(o, "lan6", addr_json(&s->lan6));
	add(o, "underlay4", addr_json(&s->entry->underlay4));
	add(o, "underlay6", addr_json(&s->entry->underlay6));
	add(o, "ifname", json_string(s->ifname));
	add(o, "symbol", json_string(s->symbol));
	add(o, "router_id", addr_json(&s->router_id));
	add(o, "country", text_or_null(s->entry->country));
	add(o, "region", text_or_null(s->entry->region));
	add(o, "announce", announce_json(s->entry));
	return o;
}

static json_t *end_json(const struct plan *p, const struct plan_end *e,
			const struct plan_end *other)
{
	const struct plan_site *s = &p->sites[e->site];
	json_t *o = json_object();

	add(o, "site", json_string(s->name));
	add(o, "ifname", json_string(p->sites[other->site].ifname));
	add(o, "local", addr_json(&e->local));
	add(o, "remote", addr_json(&other->outside));
	add(o, "lan4", addr_json(&s->lan4));
	add(o, "lan6", addr_json(&s->lan6));
	add(o, "port", json_integer(e->port));
	return o;
}

static json_t *live_json(const struct live_options *l)
{
	json_t *o = json_object();

	add(o, "kind", json_string_nocheck(l->kind == LIVE_KIND_STAMP ? "stamp" : "none"));
	add(o, "interval_ms", json_integer(l->interval_ms));
	add(o, "misses", json_integer(l->misses));
	return o;
}

static json_t *link_json(const struct plan *p, const struct plan_link *l)
{
	json_t *o = json_object();

	add(o, "link", json_string(l->name));
	add(o, "mode", json_string_nocheck(tunnel_mode_name(l->mode)));
	add(o, "mtu", json_integer(l->mtu));
	add(o, "ttl", json_integer(l->ttl));
	add(o, "key", l->keyed ? json_integer(l->key) : json_null());
	add(o, "ibgp", json_boolean(l->ibgp));
	add(o, "liveness", live_json(&l->live));
	add(o, "a", end_json(p, &l->a, &l->b));
	add(o, "b", end_json(p, &l->b, &l->a));
	return o;
}

static void all_json(const struct plan *p, struct stream *s)
{
	for (size_t i = 0; i < p->n_sites && s->error == 0; i++)
		stream_item(s, site_json(&p->sites[i]), i == 0);
	puts_piece(s, "\n],\n\"links\": [");
	for (size_t i = 0; i < p->n_links && s->error == 0; i++)
		stream_item(s, link_json(p, &p->links[i]), i == 0);
}

/* Whom the site does not meet, and why. */
static void apart_json(const struct plan *p, const struct plan_site *self, struct stream *s)
{
	bool first = true;

	for (size_t i = 0; i < p->n_sites && s->error == 0; i++) {
		struct arena *scratch = arena_new();
		const char *why =
			self == &p->sites[i] ? NULL : plan_apart(p, self, &p->sites[i], scratch);

		if (why) {
			json_t *o = json_object();

			add(o, "site", json_string(p->sites[i].name));
			add(o, "why", json_string(why));
			stream_item(s, o, first);
			first = false;
		}
		arena_free(scratch);
	}
}

/* The site first, then those it meets. */
static void one_json(const struct plan *p, const struct plan_site *self, struct stream *s)
{
	uint32_t at = (uint32_t)(self - p->sites);

	stream_item(s, site_json(self), true);
	for (uint32_t i = 0; i < self->n_links; i++) {
		const struct plan_end *here, *there;

		plan_ends(&p->links[self->links[i]], at, &here, &there);
		stream_item(s, site_json(&p->sites[there->site]), false);
	}
	puts_piece(s, "\n],\n\"links\": [");
	for (uint32_t i = 0; i < self->n_links; i++)
		stream_item(s, link_json(p, &p->links[self->links[i]]), i == 0);
	puts_piece(s, "\n],\n\"apart\": [");
	apart_json(p, self, s);
}

int render_plan_json(const struct plan *p, const struct plan_site *site,
		     const struct render_out *out)
{
	struct stream s = {.out = out};

	puts_piece(&s, "{\"fabric\": ");
	json_t *name = json_string(p->fabric);

	if (json_dump_callback(name, piece, &s, JSON_ENCODE_ANY) != 0)
		abort();
	json_decref(name);
	puts_piece(&s, ",\n\"sites\": [");
	if (site)
		one_json(p, site, &s);
	else
		all_json(p, &s);
	puts_piece(&s, "\n]}\n");
	return stream_end(&s);
}

static json_t *change_json(const struct plan_change *c)
{
	json_t *o = json_object(), *sites = json_array();

	for (int i = 0; i < 2 && c->sites[i]; i++)
		json_array_append_new(sites, json_string(c->sites[i]));
	add(o, "change", json_string_nocheck(plan_change_name(c->kind)));
	add(o, "link", text_or_null(c->link));
	add(o, "sites", sites);
	add(o, "what", json_string(c->what));
	add(o, "restarts", json_boolean(c->restarts));
	return o;
}

static json_t *effect_json(const struct plan_effect *e)
{
	json_t *o = json_object();

	add(o, "site", json_string(e->site));
	add(o, "made", json_integer(e->made));
	add(o, "removed", json_integer(e->removed));
	add(o, "changed", json_integer(e->set));
	add(o, "renamed", json_integer(e->renamed));
	add(o, "replaced", json_integer(e->replaced));
	add(o, "restarts", json_integer(e->restarts));
	return o;
}

int render_changes_json(const struct plan_changes *c, const struct render_out *out)
{
	struct stream s = {.out = out};

	puts_piece(&s, "{\"changes\": [");
	for (size_t i = 0; i < c->n && s.error == 0; i++)
		stream_item(&s, change_json(&c->list[i]), i == 0);
	puts_piece(&s, "\n],\n\"sites\": [");
	for (size_t i = 0; i < c->n_effects && s.error == 0; i++)
		stream_item(&s, effect_json(&c->effects[i]), i == 0);
	puts_piece(&s, "\n]}\n");
	return stream_end(&s);
}

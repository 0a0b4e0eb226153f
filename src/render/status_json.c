/*
 * The JSON of struct status, both ways, from one list of fields an object, so that what is written
 * and what is read cannot drift apart.
 */
#include "render/status.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum field_kind { FIELD_TEXT, FIELD_COUNT, FIELD_TIME, FIELD_TEXTS };

struct field {
	const char *object; /* the object inside the document, NULL: the document itself */
	const char *name;
	enum field_kind kind;
	size_t at;
	size_t n_at; /* FIELD_TEXTS: where the number of texts stands */
};

#define TOP(n, k)                                                                                  \
	{                                                                                          \
		NULL, #n, k, offsetof(struct status, n), 0                                         \
	}
#define SUB(o, n, k)                                                                               \
	{                                                                                          \
#o, #n, k, offsetof(struct status, o.n), 0                                         \
	}
#define SUBS(o, n)                                                                                 \
	{                                                                                          \
#o, #n, FIELD_TEXTS, offsetof(struct status, o.n),                                 \
			offsetof(struct status, o.n_##n)                                           \
	}
#define LINK(n, k)                                                                                 \
	{                                                                                          \
		NULL, #n, k, offsetof(struct status_link, n), 0                                    \
	}
#define BGP(n, k)                                                                                  \
	{                                                                                          \
		NULL, #n, k, offsetof(struct status_session, n), 0                                 \
	}

static const struct field top_fields[] = {
	TOP(fabric, FIELD_TEXT),
	TOP(site, FIELD_TEXT),
	TOP(member, FIELD_TEXT),
	TOP(asn, FIELD_COUNT),
	TOP(version, FIELD_TEXT),
	TOP(pid, FIELD_COUNT),
	TOP(now, FIELD_TIME),
	TOP(started, FIELD_TIME),
	SUB(peerlist, path, FIELD_TEXT),
	SUB(peerlist, state, FIELD_TEXT),
	SUB(peerlist, loaded, FIELD_TIME),
	SUBS(peerlist, faults),
	SUB(kernel, links_wanted, FIELD_COUNT),
	SUB(kernel, links_ok, FIELD_COUNT),
	SUB(kernel, last_change, FIELD_TIME),
	SUBS(kernel, problems),
	SUB(kernel, repairs, FIELD_COUNT),
	SUB(kernel, failures, FIELD_COUNT),
	SUB(kernel, reads, FIELD_COUNT),
	SUB(bird, state, FIELD_TEXT),
	SUB(bird, version, FIELD_TEXT),
	SUB(bird, files, FIELD_TEXT),
	SUB(bird, text, FIELD_TEXT),
	SUB(packets, dropped_ttl, FIELD_COUNT),
	SUB(packets, dropped_stranger, FIELD_COUNT),
	SUB(packets, dropped_bad, FIELD_COUNT),
	SUB(packets, unsent, FIELD_COUNT),
};

static const struct field link_fields[] = {
	LINK(link, FIELD_TEXT),	      LINK(peer, FIELD_TEXT),	      LINK(peer_member, FIELD_TEXT),
	LINK(peer_asn, FIELD_COUNT),  LINK(ifname, FIELD_TEXT),	      LINK(mode, FIELD_TEXT),
	LINK(local, FIELD_TEXT),      LINK(remote, FIELD_TEXT),	      LINK(mtu, FIELD_COUNT),
	LINK(state, FIELD_TEXT),      LINK(since_s, FIELD_TIME),      LINK(reason, FIELD_TEXT),
	LINK(rtt_ms, FIELD_TIME),     LINK(rtt_min_ms, FIELD_TIME),   LINK(to, FIELD_TEXT),
	LINK(from, FIELD_TEXT),	      LINK(interval_ms, FIELD_COUNT), LINK(sent, FIELD_COUNT),
	LINK(answered, FIELD_COUNT),  LINK(lost, FIELD_COUNT),	      LINK(lost_to, FIELD_COUNT),
	LINK(lost_from, FIELD_COUNT), LINK(kernel, FIELD_TEXT),	      LINK(note, FIELD_TEXT),
	LINK(repairs, FIELD_COUNT),
};

static const struct field session_fields[] = {
	BGP(name, FIELD_TEXT), BGP(state, FIELD_TEXT),	   BGP(since, FIELD_TEXT),
	BGP(info, FIELD_TEXT), BGP(imported, FIELD_COUNT), BGP(exported, FIELD_COUNT),
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static json_t *text_value(const char *s)
{
	json_t *j;

	if (!s)
		return json_null();
	j = json_string(s);
	/* Not UTF-8: BIRD's words can be anything. */
	return j ? j : json_string("(not readable text)");
}

static json_t *texts_value(const char *const *list, size_t n)
{
	json_t *j = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(j, text_value(list[i]));
	return j;
}

static json_t *value_of(const struct field *f, const char *base)
{
	const void *at = base + f->at;

	switch (f->kind) {
	case FIELD_TEXT:
		return text_value(*(const char *const *)at);
	case FIELD_COUNT: {
		uint64_t v = *(const uint64_t *)at;

		return v == STATUS_NONE ? json_null() : json_integer((json_int_t)v);
	}
	case FIELD_TIME: {
		double v = *(const double *)at;

		return v < 0 ? json_null() : json_real((double)(uint64_t)(v * 1000 + 0.5) / 1000);
	}
	case FIELD_TEXTS:
		return texts_value(*(const char *const *const *)at,
				   *(const size_t *)(const void *)(base + f->n_at));
	}
	return json_null();
}

static void fill(json_t *doc, const struct field *fields, size_t n, const void *base)
{
	for (size_t i = 0; i < n; i++) {
		json_t *o = doc;

		if (fields[i].object) {
			o = json_object_get(doc, fields[i].object);
			if (!o) {
				o = json_object();
				json_object_set_new(doc, fields[i].object, o);
			}
		}
		json_object_set_new(o, fields[i].name, value_of(&fields[i], base));
	}
}

static json_t *session_value(const struct status_session *b)
{
	json_t *o;

	if (!b->name)
		return json_null();
	o = json_object();
	fill(o, session_fields, N(session_fields), b);
	return o;
}

static json_t *link_value(const struct status_link *l)
{
	json_t *o = json_object(), *bgp = json_object();

	fill(o, link_fields, N(link_fields), l);
	json_object_set_new(bgp, "v4", session_value(&l->v4));
	json_object_set_new(bgp, "v6", session_value(&l->v6));
	json_object_set_new(o, "bgp", bgp);
	return o;
}

static json_t *sum_value(const struct status *s)
{
	struct status_sum sum;
	json_t *o = json_object();

	status_sum(s, &sum);
	json_object_set_new(o, "links", json_integer((json_int_t)sum.links));
	json_object_set_new(o, "up", json_integer((json_int_t)sum.up));
	json_object_set_new(o, "down", json_integer((json_int_t)sum.down));
	json_object_set_new(o, "unknown", json_integer((json_int_t)sum.unknown));
	json_object_set_new(o, "sessions", json_integer((json_int_t)sum.sessions));
	json_object_set_new(o, "established", json_integer((json_int_t)sum.established));
	json_object_set_new(o, "well", json_boolean(sum.well));
	return o;
}

static int append(const char *buf, size_t n, void *text)
{
	text_add(text, buf, n);
	return 0;
}

void status_json(const struct status *s, struct text *t)
{
	json_t *doc = json_object(), *links = json_array();

	fill(doc, top_fields, N(top_fields), s);
	json_object_set_new(doc, "sum", sum_value(s));
	for (size_t i = 0; i < s->n_links; i++)
		json_array_append_new(links, link_value(&s->links[i]));
	json_object_set_new(doc, "links", links);
	json_dump_callback(doc, append, t, JSON_COMPACT | JSON_REAL_PRECISION(15));
	text_puts(t, "\n");
	json_decref(doc);
}

static void read_texts(struct arena *a, const json_t *v, const struct field *f, char *base)
{
	size_t n = json_array_size(v);
	const char **list = arena_array(a, n + 1, sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(v, i));

		list[i] = arena_strdup(a, s ? s : "");
	}
	*(const char ***)(void *)(base + f->at) = list;
	*(size_t *)(void *)(base + f->n_at) = n;
}

static void read_value(struct arena *a, const json_t *v, const struct field *f, char *base)
{
	void *at = base + f->at;

	switch (f->kind) {
	case FIELD_TEXT:
		*(const char **)at =
			json_is_string(v) ? arena_strdup(a, json_string_value(v)) : NULL;
		break;
	case FIELD_COUNT:
		*(uint64_t *)at = json_is_integer(v) && json_integer_value(v) >= 0
					  ? (uint64_t)json_integer_value(v)
					  : STATUS_NONE;
		break;
	case FIELD_TIME:
		*(double *)at = json_is_number(v) ? json_number_value(v) : STATUS_NO_TIME;
		break;
	case FIELD_TEXTS:
		read_texts(a, v, f, base);
		break;
	}
}

static void take(struct arena *a, const json_t *doc, const struct field *fields, size_t n,
		 void *base)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *o = fields[i].object ? json_object_get(doc, fields[i].object) : doc;

		read_value(a, json_object_get(o, fields[i].name), &fields[i], base);
	}
}

static void take_link(struct arena *a, const json_t *o, struct status_link *l)
{
	const json_t *bgp = json_object_get(o, "bgp");

	take(a, o, link_fields, N(link_fields), l);
	take(a, json_object_get(bgp, "v4"), session_fields, N(session_fields), &l->v4);
	take(a, json_object_get(bgp, "v6"), session_fields, N(session_fields), &l->v6);
}

int status_parse(const char *json, size_t len, struct err *err, struct status **ret)
{
	json_error_t e;
	json_t *doc = json_loadb(json, len, 0, &e);
	struct status *s;

	if (!doc)
		return err_set(err, -EBADMSG, "the agent's answer is not JSON: %s", e.text);
	if (!json_is_string(json_object_get(doc, "site")) ||
	    !json_is_array(json_object_get(doc, "links"))) {
		json_decref(doc);
		return err_set(err, -EBADMSG,
			       "the answer has no \"site\" and \"links\": is this the socket of a "
			       "grix-agent?");
	}
	s = status_new();
	take(s->arena, doc, top_fields, N(top_fields), s);
	const json_t *links = json_object_get(doc, "links");

	status_add_links(s, json_array_size(links));
	for (size_t i = 0; i < s->n_links; i++)
		take_link(s->arena, json_array_get(links, i), &s->links[i]);
	json_decref(doc);
	*ret = s;
	return 0;
}

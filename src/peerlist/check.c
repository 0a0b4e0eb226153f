#include "peerlist/check.h"

#include "base/near.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- where and how faults are told ----------------------------------------------------------- */

const char *check_name(struct check *c, const struct member *m)
{
	if (m->name)
		return m->name;
	if (m->asn)
		return arena_printf(c->scratch, "AS%" PRIu32, m->asn);
	return arena_printf(c->scratch, "%td", m - c->list->members + 1);
}

static struct origin place(struct check *c, const struct member *m, const struct site_entry *s,
			   const void *value)
{
	struct origin at = s ? s->at : m ? m->at : c->list->fabric.at;
	int line = value ? marks_line(c->marks, value) : 0;

	return (struct origin){at.file, line ? line : at.line};
}

const char *check_place(struct check *c, const struct member *m, const struct site_entry *s,
			const void *value)
{
	struct origin at = place(c, m, s, value);

	return arena_printf(c->scratch, "%s:%d", at.file, at.line);
}

/* Whether the key stands in the list, with a right value or a wrong one. */
static bool given(struct check *c, const void *value)
{
	return marks_line(c->marks, value) != 0;
}

const char *check_site_name(struct check *c, const struct member *m, const struct site_entry *s)
{
	if (s->name)
		return arena_printf(c->scratch, "site %s", s->name);
	assert(m);
	return arena_printf(c->scratch, "site %td", s - m->sites + 1);
}

static const char *where(struct check *c, const struct member *m, const struct site_entry *s,
			 const char *key)
{
	const char *w = m ? arena_printf(c->scratch, "member %s", check_name(c, m)) : "fabric";

	if (s)
		w = arena_printf(c->scratch, "%s: %s", w, check_site_name(c, m, s));
	return key ? arena_printf(c->scratch, "%s: %s", w, key) : w;
}

void check_fault(struct check *c, const struct member *m, const struct site_entry *s,
		 const char *key, const void *value, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = arena_vprintf(c->scratch, fmt, ap);

	va_end(ap);
	faults_add(c->faults, place(c, m, s, value), where(c, m, s, key), "%s", text);
}

size_t check_count_sites(const struct peerlist *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_members; i++)
		n += l->members[i].n_sites;
	return n;
}

/* --- fabric ---------------------------------------------------------------------------------- */

static void check_fabric(struct check *c)
{
	const struct fabric *f = &c->list->fabric;

	if (!f->at.file) {
		if (c->whole)
			faults_add(c->faults, (struct origin){0}, "peer list",
				   "has no fabric, write fabric = { ... } into fabric.cfg");
		return;
	}
	if (!given(c, &f->lan4) && !given(c, &f->lan6))
		check_fault(c, NULL, NULL, NULL, NULL,
			    "has neither lan4 nor lan6, give it at least one");
}

static const char *id_range(struct check *c, const struct prefix *lan)
{
	char buf[PREFIX_TEXT];
	unsigned bits = addr_bytes(lan->addr.family) * 8 - lan->len;
	uint32_t last = bits >= 32 ? UINT32_MAX : (1U << bits) - 1;

	if (lan->addr.family == FAMILY_IP4)
		last--; /* the broadcast address */
	return arena_printf(c->scratch, "%s, which has room for 1 to %" PRIu32,
			    prefix_text(lan, buf), last);
}

static void check_id(struct check *c, const struct member *m, const struct site_entry *s)
{
	const struct prefix *lans[] = {&c->list->fabric.lan4, &c->list->fabric.lan6};
	struct addr unused;

	for (size_t i = 0; i < 2 && s->id; i++) {
		if (lans[i]->addr.family == FAMILY_NONE || prefix_host(lans[i], s->id, &unused))
			continue;
		check_fault(c, m, s, "id", &s->id, "%" PRIu32 " does not fit into lan%d %s", s->id,
			    i ? 6 : 4, id_range(c, lans[i]));
		return;
	}
}

/* --- member and site ------------------------------------------------------------------------- */

static void check_meets(struct check *c, const struct member *m, const uint32_t *list, size_t n,
			const char *key)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == m->asn)
			check_fault(c, m, NULL, key, &list[i],
				    "%" PRIu32 " is the member itself, leave it out", list[i]);
		for (size_t j = 0; j < i; j++) {
			if (list[i] != list[j])
				continue;
			check_fault(c, m, NULL, key, &list[i], "%" PRIu32 " stands there twice",
				    list[i]);
			break;
		}
	}
}

static void check_policy(struct check *c, const struct member *m)
{
	bool with = given(c, &m->peer_with), without = given(c, &m->no_peer_with);

	check_meets(c, m, m->peer_with, m->n_peer_with, "peer_with");
	check_meets(c, m, m->no_peer_with, m->n_no_peer_with, "no_peer_with");
	if (marks_wrong(c->marks, &m->policy))
		return;
	if (with && m->policy == POLICY_OPEN)
		check_fault(c, m, NULL, "peer_with", &m->peer_with,
			    "means nothing with the policy \"open\", write \"selective\" or leave "
			    "it out");
	if (with && m->policy == POLICY_CLOSED)
		check_fault(
			c, m, NULL, "peer_with", &m->peer_with,
			"contradicts the policy \"closed\", write \"selective\" or leave it out");
	if (without && m->policy != POLICY_OPEN)
		check_fault(c, m, NULL, "no_peer_with", &m->no_peer_with,
			    "means nothing unless the policy is \"open\", leave it out");
	if (m->policy == POLICY_SELECTIVE && m->n_peer_with == 0 && !with)
		check_fault(c, m, NULL, "policy", &m->policy,
			    "is \"selective\" without peer_with, name the ASNs it meets or write "
			    "\"closed\"");
}

static void check_counts(struct check *c, const struct member *m)
{
	size_t n[2] = {0};
	const uint32_t max[2] = {m->max_prefix4, m->max_prefix6};
	const void *const given_at[2] = {&m->max_prefix4, &m->max_prefix6};

	for (size_t i = 0; i < m->n_sites; i++)
		for (size_t j = 0; j < m->sites[i].n_announce; j++)
			n[m->sites[i].announce[j].addr.family == FAMILY_IP6]++;
	for (size_t i = 0; i < 2; i++)
		if (n[i] > max[i])
			check_fault(c, m, NULL, i ? "max_prefix6" : "max_prefix4", given_at[i],
				    "is %" PRIu32 ", but its sites announce %zu IPv%d prefixes",
				    max[i], n[i], i ? 6 : 4);
}

static void check_endpoints(struct check *c, const struct member *m, const struct site_entry *s)
{
	bool has4 = given(c, &s->underlay4), has6 = given(c, &s->underlay6);

	if (!has4 && !has6)
		check_fault(c, m, s, NULL, NULL,
			    "has neither underlay4 nor underlay6, the address where the others "
			    "reach it");
	if (given(c, &s->bind4) && !has4 && has6)
		check_fault(
			c, m, s, "bind4", &s->bind4,
			"stands there without underlay4, the address where the others reach it");
	if (given(c, &s->bind6) && !has6 && has4)
		check_fault(
			c, m, s, "bind6", &s->bind6,
			"stands there without underlay6, the address where the others reach it");
	if (s->tunnel.underlay_set && s->tunnel.underlay == UNDERLAY_IP4 && !has4 && has6)
		check_fault(c, m, s, "tunnel", &s->tunnel.underlay,
			    "wants \"ipv4\", but the site has no underlay4");
	if (s->tunnel.underlay_set && s->tunnel.underlay == UNDERLAY_IP6 && !has6 && has4)
		check_fault(c, m, s, "tunnel", &s->tunnel.underlay,
			    "wants \"ipv6\", but the site has no underlay6");
}

static void check_members(struct check *c)
{
	const struct peerlist *l = c->list;

	if (l->n_members == 0 && c->whole)
		faults_add(c->faults, (struct origin){0}, "peer list",
			   "has no member, write member = { ... } into a file of its own");
	for (size_t i = 0; i < l->n_members; i++) {
		const struct member *m = &l->members[i];

		if (m->asn && m->asn == l->fabric.asn)
			check_fault(c, m, NULL, "asn", &m->asn,
				    "%" PRIu32 " is the ASN of the exchange itself", m->asn);
		check_policy(c, m);
		check_counts(c, m);
		for (size_t j = 0; j < m->n_sites; j++) {
			check_id(c, m, &m->sites[j]);
			check_endpoints(c, m, &m->sites[j]);
		}
	}
}

/* --- links ----------------------------------------------------------------------------------- */

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void link_fault(struct check *c, const struct link_entry *k, const char *text)
{
	struct origin at = {k->at.file, marks_line(c->marks, k->between)};
	const char *where = arena_printf(c->scratch, "fabric: link %td: between",
					 k - c->list->fabric.links + 1);

	faults_add(c->faults, at, where, "%s", text);
}

static void check_link(struct check *c, const struct link_entry *k, const char **names, size_t n)
{
	if (strcmp(k->between[0], k->between[1]) == 0) {
		link_fault(c, k,
			   arena_printf(c->scratch,
					"\"%s\" stands there twice, a link is between "
					"two sites",
					k->between[0]));
		return;
	}
	for (size_t i = 0; i < 2 && c->whole; i++) {
		const char *name = k->between[i];

		if (bsearch(&name, names, n, sizeof(*names), compare_strings))
			continue;
		const char *near = near_name(name, names, n);
		const char *hint = near ? arena_printf(c->scratch, ", \"%s\" is", near) : "";

		link_fault(c, k,
			   arena_printf(c->scratch, "\"%s\" is not a site of this list%s", name,
					hint));
	}
}

static int by_pair(const void *a, const void *b)
{
	const struct link_entry *x = *(const struct link_entry *const *)a;
	const struct link_entry *y = *(const struct link_entry *const *)b;
	int d = strcmp(x->between[0], y->between[0]);

	d = d ? d : strcmp(x->between[1], y->between[1]);
	return d ? d : (x > y) - (x < y);
}

static void check_pairs(struct check *c, const struct link_entry **links, size_t n)
{
	qsort(links, n, sizeof(const struct link_entry *), by_pair);
	for (size_t i = 1; i < n; i++) {
		const struct link_entry *x = links[i], *first = links[i - 1];

		if (strcmp(x->between[0], first->between[0]) != 0 ||
		    strcmp(x->between[1], first->between[1]) != 0)
			continue;
		link_fault(c, x,
			   arena_printf(c->scratch,
					"%s and %s have an entry already, on line %d; "
					"keep one",
					x->between[0], x->between[1],
					marks_line(c->marks, first->between)));
	}
}

static void check_links(struct check *c)
{
	const struct peerlist *l = c->list;
	size_t n = 0, n_links = 0;
	const char **names = arena_array(c->scratch, check_count_sites(l), sizeof(*names));
	const struct link_entry **links =
		arena_array(c->scratch, l->fabric.n_links, sizeof(const void *));

	for (size_t i = 0; i < l->n_members; i++)
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			if (l->members[i].sites[j].name)
				names[n++] = l->members[i].sites[j].name;
	qsort(names, n, sizeof(*names), compare_strings);
	for (size_t i = 0; i < l->fabric.n_links; i++) {
		if (!l->fabric.links[i].between[0])
			continue;
		check_link(c, &l->fabric.links[i], names, n);
		links[n_links++] = &l->fabric.links[i];
	}
	check_pairs(c, links, n_links);
}

void check_list(struct check *c)
{
	check_fabric(c);
	check_members(c);
	check_unique(c);
	check_links(c);
	check_routes(c);
}

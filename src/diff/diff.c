#include "diff/diff.h"
#include "diff/inside.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* What is being written; list and conflicts grow by doubling in the arena. */
struct writer {
	struct steps *steps;
	struct arena *a;
	const struct host *want, *have;
	struct matching m;
	size_t room;
};

static void *twice(struct arena *a, const void *list, size_t n, size_t size)
{
	void *more = arena_array(a, n ? n * 2 : 16, size);

	if (n)
		memcpy(more, list, n * size);
	return more;
}

static struct step *add(struct writer *w, enum step_kind kind, const char *link, const char *what)
{
	struct steps *s = w->steps;

	if (s->n == w->room) {
		s->list = twice(w->a, s->list, s->n, sizeof(*s->list));
		w->room = s->n ? s->n * 2 : 16;
	}
	s->list[s->n] = (struct step){.kind = kind, .link = link, .what = what};
	return &s->list[s->n++];
}

static struct step *add_link(struct writer *w, enum step_kind kind, const struct match *m,
			     const char *what)
{
	struct step *s = add(w, kind, m->link, what);

	s->want = m->want;
	s->have = m->have;
	return s;
}

static void add_addr(struct writer *w, enum step_kind kind, const struct match *m,
		     const struct tunnel_addr *addr, const char *why)
{
	struct text t;

	text_init(&t);
	addr_words(&t, addr);
	if (why)
		text_printf(&t, " (%s)", why);
	add_link(w, kind, m, arena_strdup(w->a, text_str(&t)))->addr = *addr;
	text_done(&t);
}

/* --- settings --- */

static const char *value_found(const struct host *have, const char *name)
{
	for (size_t i = 0; i < have->n_settings; i++)
		if (strcmp(have->settings[i].name, name) == 0)
			return have->settings[i].value;
	return NULL;
}

static void add_setting(struct writer *w, const struct setting *s, const char *was)
{
	const char *what = arena_printf(w->a, "was %s; %s", was ? was : "unreadable", s->why);

	add(w, STEP_SETTING, NULL, what)->setting = s;
}

static bool is_accept_ra(const char *name)
{
	size_t n = strlen(name), end = strlen("/accept_ra");

	return strncmp(name, "net/ipv6/conf/", 14) == 0 && n > end &&
	       strcmp(name + n - end, "/accept_ra") == 0;
}

/* A host that forwards IPv6 forgets the routes it learnt from router advertisements, its way to
 * the Internet among them, unless the interface says 2. @have names the interfaces concerned. */
static void keep_learnt_routes(struct writer *w)
{
	for (size_t i = 0; i < w->have->n_settings; i++) {
		const struct setting *found = &w->have->settings[i];

		if (!is_accept_ra(found->name) || !found->value || strcmp(found->value, "1") != 0)
			continue;
		struct setting *s = arena_alloc(w->a, sizeof(*s));

		*s = (struct setting){found->name, "2",
				      "or forwarding would lose the default route learnt here"};
		add_setting(w, s, found->value);
	}
}

static void write_settings(struct writer *w)
{
	for (size_t i = 0; i < w->want->n_settings; i++) {
		const struct setting *s = &w->want->settings[i];
		const char *was = value_found(w->have, s->name);

		if (was && strcmp(was, s->value) == 0)
			continue;
		if (strcmp(s->name, "net/ipv6/conf/all/forwarding") == 0)
			keep_learnt_routes(w);
		add_setting(w, s, was);
	}
}

/* --- addresses --- */

static bool addr_same(const struct tunnel_addr *a, const struct tunnel_addr *b)
{
	return a->peer_len == b->peer_len && addr_equal(&a->local, &b->local) &&
	       addr_equal(&a->peer, &b->peer);
}

bool tunnel_has_addr(const struct tunnel *t, const struct tunnel_addr *addr)
{
	for (size_t i = 0; i < t->n_addrs; i++)
		if (addr_same(&t->addrs[i], addr))
			return true;
	return false;
}

/* An IPv6 interface has a host address once: one with another peer or length is in the way. */
static bool in_the_way(const struct tunnel *want, const struct tunnel_addr *found)
{
	for (size_t i = 0; i < want->n_addrs; i++)
		if (found->local.family == FAMILY_IP6 &&
		    addr_equal(&want->addrs[i].local, &found->local))
			return true;
	return false;
}

static bool is_link_local(const struct addr *a)
{
	return a->family == FAMILY_IP6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static void write_addrs_off(struct writer *w, const struct match *m)
{
	for (size_t i = 0; i < m->have->n_addrs; i++) {
		const struct tunnel_addr *found = &m->have->addrs[i];

		if (tunnel_has_addr(m->want, found))
			continue;
		if (found->ours || in_the_way(m->want, found))
			add_addr(w, STEP_ADDR_DEL, m, found, NULL);
	}
}

static void write_addrs_on(struct writer *w, const struct match *m)
{
	for (size_t i = 0; i < m->want->n_addrs; i++) {
		const struct tunnel_addr *addr = &m->want->addrs[i];
		bool there = tunnel_has_addr(m->have, addr);

		if (there && !(m->renamed && addr->local.family == FAMILY_IP6))
			continue;
		add_addr(w, STEP_ADDR_ADD, m, addr, there ? "lost by going down" : NULL);
		w->steps->list[w->steps->n - 1].addr.ours = true;
	}
	for (size_t i = 0; m->renamed && i < m->have->n_addrs; i++) {
		const struct tunnel_addr *found = &m->have->addrs[i];

		if (found->local.family != FAMILY_IP6 || found->ours ||
		    is_link_local(&found->local) || tunnel_has_addr(m->want, found) ||
		    in_the_way(m->want, found))
			continue;
		add_addr(w, STEP_ADDR_ADD, m, found, "not ours, lost by going down, put back");
	}
}

/* An address that stands, but whose route to the peer is gone. One that is added has its route. */
static void write_routes(struct writer *w, const struct match *m)
{
	for (size_t i = 0; i < m->have->n_addrs; i++) {
		const struct tunnel_addr *found = &m->have->addrs[i];
		char peer[ADDR_TEXT];

		if (!found->unrouted || !tunnel_has_addr(m->want, found) ||
		    (m->renamed && found->local.family == FAMILY_IP6))
			continue;
		add_link(w, STEP_ROUTE_ADD, m,
			 arena_printf(w->a, "to %s, was removed", addr_text(&found->peer, peer)))
			->addr = *found;
	}
}

/* --- links --- */

static bool changes_in_place(const struct match *m)
{
	return m->have && !m->conflict && !m->anew;
}

static bool to_be_made(const struct match *m)
{
	return !m->conflict && (!m->have || m->anew);
}

/* Who has the name we want gives it away first; rings are broken already. */
static void write_rename(struct writer *w, struct match *m)
{
	if (m->renamed || !changes_in_place(m) || strcmp(m->want->ifname, m->have->ifname) == 0)
		return;
	m->renamed = true;
	if (m->name_blocker)
		write_rename(w, m->name_blocker);
	add_link(w, STEP_LINK_RENAME, m, "down for a moment, IPv6 addresses are put back after");
}

static void write_set(struct writer *w, struct match *m)
{
	bool outer;

	if (m->set || !changes_in_place(m))
		return;
	m->set = true;
	if (m->endpoint_blocker)
		write_set(w, m->endpoint_blocker);
	const char *words = link_difference(w->a, m->want, m->have, &outer);

	if (words)
		add_link(w, STEP_LINK_SET, m, words)->outer = outer;
}

static void write_add(struct writer *w, const struct match *m)
{
	struct text t;

	text_init(&t);
	tunnel_words(&t, m->want);
	struct step *s = add_link(w, STEP_LINK_ADD, m, arena_strdup(w->a, text_str(&t)));

	s->have = NULL;
	text_done(&t);
}

static void write_up(struct writer *w, const struct match *m)
{
	if (m->renamed)
		add_link(w, STEP_LINK_UP, m, "after the rename");
	else if (!m->have->up)
		add_link(w, STEP_LINK_UP, m, "was down");
}

static void write_removals(struct writer *w)
{
	for (size_t i = 0; i < w->m.n_removals; i++) {
		const struct removal *r = &w->m.removals[i];
		struct step *s = add(w, STEP_LINK_DEL, r->link, r->why);

		s->have = r->have;
		w->steps->n_links_remove += r->counts;
	}
}

static void write_links(struct writer *w)
{
	struct match *first = w->m.list, *end = first + w->m.n;

	write_removals(w);
	for (struct match *m = first; m < end; m++)
		if (changes_in_place(m))
			write_addrs_off(w, m);
	for (struct match *m = first; m < end; m++)
		write_rename(w, m);
	for (struct match *m = first; m < end; m++)
		write_set(w, m);
	for (struct match *m = first; m < end; m++)
		if (to_be_made(m))
			write_add(w, m);
	for (struct match *m = first; m < end; m++)
		if (changes_in_place(m))
			write_up(w, m);
	for (struct match *m = first; m < end; m++)
		if (changes_in_place(m))
			write_addrs_on(w, m);
	for (struct match *m = first; m < end; m++)
		if (changes_in_place(m))
			write_routes(w, m);
}

static void write_conflicts(struct writer *w)
{
	struct steps *s = w->steps;

	s->conflicts = arena_array(w->a, w->m.n, sizeof(*s->conflicts));
	for (size_t i = 0; i < w->m.n; i++) {
		const struct match *m = &w->m.list[i];

		if (m->conflict)
			s->conflicts[s->n_conflicts++] = (struct conflict){m->link, m->conflict};
	}
}

struct steps *diff_host(const char *fabric, const struct host *want, const struct host *have)
{
	struct arena *a = arena_new();
	struct steps *s = arena_alloc(a, sizeof(*s));
	struct writer w = {.steps = s, .a = a, .want = want, .have = have};

	s->arena = a;
	s->fabric = arena_strdup(a, fabric);
	match_hosts(a, fabric, want, have, &w.m);
	s->n_links_have = w.m.n_have;
	write_settings(&w);
	write_links(&w);
	write_conflicts(&w);
	return s;
}

struct steps *steps_free(struct steps *s)
{
	if (s)
		arena_free(s->arena);
	return NULL;
}

static struct conflict *one_more(struct arena *a, const struct conflict *list, size_t n,
				 const char *link, const char *text)
{
	struct conflict *more = arena_array(a, n + 1, sizeof(*more));

	if (n)
		memcpy(more, list, n * sizeof(*more));
	more[n] = (struct conflict){arena_strdup(a, link), arena_strdup(a, text)};
	return more;
}

void steps_add_note(struct steps *s, const char *link, const char *text)
{
	s->notes = one_more(s->arena, s->notes, s->n_notes, link, text);
	s->n_notes++;
}

void steps_add_conflict(struct steps *s, const char *link, const char *text)
{
	size_t kept = 0;

	s->conflicts = one_more(s->arena, s->conflicts, s->n_conflicts, link, text);
	s->n_conflicts++;
	for (size_t i = 0; i < s->n; i++)
		if (!s->list[i].link || strcmp(s->list[i].link, link) != 0)
			s->list[kept++] = s->list[i];
	s->n = kept;
}

uint32_t diff_group(const char *fabric)
{
	/* 'g' in the top byte; 0 is every interface's group unless told otherwise */
	return UINT32_C(0x67000000) | (uint32_t)(hash_str(fabric) & 0xffffff);
}

bool diff_too_many_removals(const struct steps *s)
{
	return s->n_links_remove > 1 && s->n_links_remove * 2 > s->n_links_have;
}

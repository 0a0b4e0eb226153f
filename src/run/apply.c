#include "run/apply.h"

#include "base/mono.h"
#include "run/edges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pass *pass_new(struct generation *gen, size_t max_held)
{
	struct arena *a = arena_new();
	struct pass *p = arena_alloc(a, sizeof(*p));

	p->arena = a;
	p->job.work = pass_work;
	p->gen = generation_ref(gen);
	p->held = arena_array(a, max_held + 1, sizeof(*p->held));
	return p;
}

struct pass *pass_free(struct pass *p)
{
	if (p) {
		generation_unref(p->gen);
		arena_free(p->arena);
	}
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_held(const struct pass *p, const char *link)
{
	const char *key = link ? link : "";

	return p->n_held && bsearch(&key, p->held, p->n_held, sizeof(*p->held), by_text) != NULL;
}

/* Leave out what has to wait, and removals that nobody confirmed. */
static void thin_out(struct pass *p, struct steps *s)
{
	bool keep_all = !p->force && diff_too_many_removals(s);
	size_t n = 0;

	qsort(p->held, p->n_held, sizeof(*p->held), by_text);
	for (size_t i = 0; i < s->n; i++) {
		bool removal = s->list[i].kind == STEP_LINK_DEL;

		if (removal && keep_all)
			p->n_kept++;
		else if (!is_held(p, s->list[i].link))
			s->list[n++] = s->list[i];
	}
	s->n = n;
}

static void note(struct pass *p, const char *link, enum kernel_view view, const char *text)
{
	int i = link ? generation_find(p->gen, link) : -1;

	if (i < 0 || (p->links[i].note && view != KERNEL_CONFLICT))
		return;
	p->links[i].view = view;
	p->links[i].note = text ? arena_strdup(p->arena, text) : NULL;
}

static void keep_steps(struct pass *p, const struct steps *s, const struct step_result *results)
{
	struct text t;

	text_init(&t);
	p->steps = arena_array(p->arena, s->n + 1, sizeof(*p->steps));
	p->n_steps = s->n;
	for (size_t i = 0; i < s->n; i++) {
		struct pass_step *k = &p->steps[i];

		text_reset(&t);
		step_print(&s->list[i], &t);
		k->kind = s->list[i].kind;
		k->text = arena_strdup(p->arena, text_str(&t));
		k->link = s->list[i].link ? arena_strdup(p->arena, s->list[i].link) : NULL;
		k->error = results[i].error;
		if (!k->error)
			continue;
		k->why = arena_strdup(p->arena, results[i].text);
		if (k->error != -ECANCELED)
			note(p, k->link, KERNEL_FAILED,
			     arena_printf(p->arena, "%s: %s", k->text, k->why));
	}
	text_done(&t);
}

static int do_steps(struct pass *p, struct kernel *k, const struct host *have, struct steps *s)
{
	struct step_result *results;
	int r = kernel_check_underlay(k, have, s, &p->err);

	if (r < 0)
		return r;
	results = calloc(s->n + 1, sizeof(*results));
	if (!results)
		abort();
	r = s->n ? kernel_apply(k, s, results, NULL, &p->err) : 0;
	if (r == 0)
		keep_steps(p, s, results);
	free(results);
	return r;
}

struct found {
	const struct tunnel *t;
};

static int by_ifname(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return strcmp(x->t->ifname, y->t->ifname);
}

static struct found *sort_found(const struct host *have)
{
	struct found *list = calloc(have->n_tunnels + 1, sizeof(*list));

	if (!list)
		abort();
	for (size_t i = 0; i < have->n_tunnels; i++)
		list[i].t = &have->tunnels[i];
	qsort(list, have->n_tunnels, sizeof(*list), by_ifname);
	return list;
}

static bool same_ends(const struct tunnel *a, const struct tunnel *b)
{
	return !(a->odd & ODD_OTHER_KIND) && a->mode == b->mode &&
	       addr_equal(&a->local, &b->local) && addr_equal(&a->remote, &b->remote);
}

/* What stands in the kernel now, for every neighbour. */
static void look(struct pass *p, const struct host *have)
{
	const struct site *site = p->gen->site;
	struct found *sorted = sort_found(have);

	for (size_t i = 0; i < site->n_neighbors; i++) {
		const struct found want = {site->neighbors[i].tunnel};
		const struct found *found =
			bsearch(&want, sorted, have->n_tunnels, sizeof(*sorted), by_ifname);
		struct pass_link *l = &p->links[i];
		bool ours = found && found->t->alias && strcmp(found->t->alias, want.t->alias) == 0;

		/* Someone took our mark away: not ours to change, but it carries keepalives as before. */
		l->ifindex = ours || (found && same_ends(found->t, want.t)) ? found->t->ifindex : 0;
		l->held = is_held(p, site->neighbors[i].link->name);
		if (l->view == KERNEL_UNKNOWN)
			l->view = ours ? KERNEL_OK : KERNEL_MISSING;
	}
	free(sorted);
}

/* What is still to do after doing it: somebody else works against us, or the kernel does not take
 * it as it was meant. */
static void look_again(struct pass *p, const struct steps *left)
{
	for (size_t i = 0; i < left->n_conflicts; i++)
		note(p, left->conflicts[i].link, KERNEL_CONFLICT, left->conflicts[i].text);
	for (size_t i = 0; i < left->n; i++) {
		const struct step *s = &left->list[i];
		struct text t;

		if (!s->link || s->kind == STEP_LINK_DEL)
			continue;
		text_init(&t);
		step_print(s, &t);
		note(p, s->link, s->kind == STEP_LINK_ADD ? KERNEL_MISSING : KERNEL_FAILED,
		     is_held(p, s->link)
			     ? NULL
			     : arena_printf(p->arena, "does not hold: %s", text_str(&t)));
		text_done(&t);
	}
}

/* A tunnel that stands and cannot work stays as it is: what leads its packets astray is wrong. */
static int look_below(struct pass *p, struct kernel *k, const struct host *have)
{
	struct steps s = {.arena = arena_new(), .fabric = p->gen->plan->fabric};
	int r = kernel_check_routes(k, &p->gen->site->want, have, &s, &p->err);

	for (size_t i = 0; r == 0 && i < s.n_notes; i++)
		note(p, s.notes[i].link, KERNEL_CONFLICT, s.notes[i].text);
	arena_free(s.arena);
	return r;
}

static int pass(struct pass *p, struct kernel *k)
{
	const struct host *want = &p->gen->site->want;
	const char *fabric = p->gen->plan->fabric;
	struct host *have;
	struct steps *s;
	int r = kernel_read(k, want, &p->err, &have);

	if (r < 0)
		return r;
	p->links = arena_array(p->arena, p->gen->site->n_neighbors + 1, sizeof(*p->links));
	s = diff_host(fabric, want, have);
	thin_out(p, s);
	if (s->n)
		r = do_steps(p, k, have, s);
	for (size_t i = 0; i < s->n_conflicts; i++)
		note(p, s->conflicts[i].link, KERNEL_CONFLICT, s->conflicts[i].text);
	steps_free(s);
	if (r == 0 && p->n_steps) {
		host_free(have);
		r = kernel_read(k, want, &p->err, &have);
		if (r < 0)
			return r;
	}
	if (r == 0 && (p->n_steps || p->n_held)) {
		s = diff_host(fabric, want, have);
		look_again(p, s);
		steps_free(s);
	}
	if (r == 0) {
		look(p, have);
		r = look_below(p, k, have);
	}
	host_free(have);
	return r;
}

void pass_work(struct job *job, struct edges *edges)
{
	struct pass *p = (struct pass *)job;
	uint64_t start = mono_now_ns();

	if (!edges->kernel)
		p->error = kernel_open(&p->err, &edges->kernel);
	if (p->error == 0)
		p->error = pass(p, edges->kernel);
	if (p->error < 0)
		edges->kernel = kernel_close(edges->kernel);
	p->took_ns = mono_now_ns() - start;
}

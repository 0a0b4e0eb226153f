#include "run/generation.h"

#include "base/mono.h"
#include "edge/file.h"
#include "edge/lastgood.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct generation *generation_free(struct generation *g)
{
	arena_free(g->texts);
	bird_files_free(g->bird);
	site_free(g->site);
	plan_free(g->plan);
	peerlist_free(g->list);
	free(g->by_link);
	free(g);
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct named_link *x = a, *y = b;

	return strcmp(x->n->link->name, y->n->link->name);
}

static void sort_links(struct generation *g)
{
	size_t n = g->site->n_neighbors;

	g->by_link = calloc(n + 1, sizeof(*g->by_link));
	if (!g->by_link)
		abort();
	for (size_t i = 0; i < n; i++)
		g->by_link[i].n = &g->site->neighbors[i];
	qsort(g->by_link, n, sizeof(*g->by_link), by_name);
}

int generation_find(const struct generation *g, const char *link)
{
	size_t low = 0, high = g->site->n_neighbors;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(link, g->by_link[mid].n->link->name);

		if (c == 0)
			return (int)(g->by_link[mid].n - g->site->neighbors);
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

static int compute(struct generation *g, const char *site, struct faults *faults)
{
	struct err err;

	if (plan_make(g->list, faults, &g->plan) != 0)
		return GENERATION_FAULTY;
	if (!plan_find_site(g->plan, site)) {
		/* Called for its words. */
		site_make(g->plan, site, &err, &g->site);
		faults_add(faults, (struct origin){0}, NULL, "%s", err.text);
		return GENERATION_FAULTY;
	}
	g->plan = plan_keep(g->plan, plan_find_site(g->plan, site));
	if (site_make(g->plan, site, &err, &g->site) != 0) {
		faults_add(faults, (struct origin){0}, NULL, "%s", err.text);
		return GENERATION_FAULTY;
	}
	g->bird = render_bird(g->site);
	sort_links(g);
	return 0;
}

static int make(const struct peerlist_text *files, size_t n, const char *site,
		struct faults *faults, struct generation **ret)
{
	struct generation *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		abort();
	g->refs = 1;
	r = peerlist_parse(files, n, faults, &g->list) == 0 ? compute(g, site, faults)
							    : GENERATION_FAULTY;
	if (r != 0) {
		generation_free(g);
		return r;
	}
	g->hash = peers_hash(files, n);
	g->loaded = (double)wall_now_ns() / (double)NS_PER_S;
	*ret = g;
	return 0;
}

int generation_load(const char *path, const char *site, struct faults *faults,
		    struct generation **ret)
{
	struct arena *a = arena_new();
	struct peerlist_text *files;
	size_t n;
	int r = GENERATION_FAULTY;

	if (file_read_peers(path, a, faults, &files, &n) == 0)
		r = make(files, n, site, faults, ret);
	faults_sort(faults);
	if (r != 0) {
		arena_free(a);
		return r;
	}
	(*ret)->texts = a;
	(*ret)->files = files;
	(*ret)->n_files = n;
	return 0;
}

int generation_keep(struct generation *g, const char *copy, struct err *err)
{
	int r = 0;

	if (g->texts && copy)
		r = lastgood_write(copy, g->files, g->n_files, err);
	g->texts = arena_free(g->texts);
	return r;
}

bool generation_too_many_gone(const struct generation *old, const struct generation *g,
			      struct faults *faults)
{
	size_t gone = 0, n = old->site->n_neighbors;

	for (size_t i = 0; i < n; i++)
		gone += generation_find(g, old->site->neighbors[i].link->name) < 0;
	if (gone < 2 || 2 * gone <= n)
		return false;
	faults_add(faults, (struct origin){0}, NULL,
		   "%zu of this site's %zu links would go with this list, more than half: is it "
		   "whole? "
		   "To take it all the same, start the agent anew with --force",
		   gone, n);
	return true;
}

int generation_load_last_good(const char *copy, const char *site, struct faults *faults,
			      struct err *err, struct generation **ret)
{
	struct arena *a = arena_new();
	struct peerlist_text *files;
	double written = 0;
	size_t n;
	int r = lastgood_read(copy, a, &files, &n, &written, err);

	if (r == 0)
		r = make(files, n, site, faults, ret);
	if (r == 0) {
		(*ret)->last_good = true;
		(*ret)->loaded = written;
	}
	arena_free(a);
	return r;
}

struct generation *generation_ref(struct generation *g)
{
	g->refs++;
	return g;
}

struct generation *generation_unref(struct generation *g)
{
	if (g && --g->refs == 0)
		generation_free(g);
	return NULL;
}

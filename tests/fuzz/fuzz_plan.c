/*
 * fuzz_plan - any bytes as a peer list, and what is a list all the way down: plan, every site, text
 * The planner may refuse a list that the parser takes, but not fall over it; and what it accepts must
 * be renderable, and compare equal with itself.
 */
#include "plan/compare.h"
#include "plan/plan.h"
#include "render/bird.h"
#include "render/plan.h"
#include "site/site.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void one_site(const struct plan *p, const struct plan_site *self)
{
	struct site *s = NULL;
	struct err err;
	struct text t;

	assert(site_make(p, self->name, &err, &s) == 0);
	assert(s->want.n_tunnels == self->n_links && s->n_neighbors == self->n_links);
	for (size_t i = 1; i < s->want.n_tunnels; i++)
		assert(strcmp(s->want.tunnels[i - 1].ifname, s->want.tunnels[i].ifname) < 0);
	bird_files_free(render_bird(s));
	text_init(&t);
	struct render_out out = render_out_text(&t);

	assert(render_plan_text(p, self, &out) == 0);
	assert(render_plan_json(p, self, &out) == 0);
	text_done(&t);
	site_free(s);
}

static void all_of(const struct plan *p)
{
	struct plan_changes *c = plan_compare(p, p);

	assert(c->n == 0 && c->n_effects == 0);
	plan_changes_free(c);
	for (size_t i = 0; i < p->n_links; i++)
		assert(strlen(p->links[i].name) + strlen(p->fabric) + sizeof("grix ") < 255);
	for (size_t i = 0; i < p->n_sites && i < 4; i++)
		one_site(p, &p->sites[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1); /* exactly as large as it is, and never NULL */
	struct peerlist *list = NULL;
	struct plan *plan = NULL;
	struct faults faults;

	assert(text);
	memcpy(text, bytes, size);
	struct peerlist_text file = {.name = "list.cfg", .text = text, .len = size};

	faults_init(&faults);
	if (peerlist_parse(&file, 1, &faults, &list) == 0) {
		int r = plan_make(list, &faults, &plan);

		assert((r == 0) == (faults.n == 0) && (r == 0) == (plan != NULL));
		if (plan)
			all_of(plan);
		plan_free(plan);
		peerlist_free(list);
	}
	faults_done(&faults);
	free(text);
	return 0;
}

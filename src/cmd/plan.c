#include "render/plan.h"
#include "base/err.h"
#include "cmd/load.h"
#include "cmd/output.h"
#include "plan/compare.h"

#include <errno.h>
#include <string.h>

static int write_stdout(void *to, const char *text, size_t n)
{
	/* why it failed is said once, at the end, by output_finish() */
	return fwrite(text, 1, n, to) == n ? 0 : -EIO;
}

static bool concerns(const struct plan_change *x, const char *site)
{
	if (!x->sites[0])
		return true; /* the fabric's own: everybody's */
	return strcmp(x->sites[0], site) == 0 || (x->sites[1] && strcmp(x->sites[1], site) == 0);
}

/* What of @all concerns one site. The arrays are new, in @all's arena. */
static struct plan_changes of_site(const struct plan_changes *all, const char *site)
{
	struct plan_changes own = {
		.arena = all->arena,
		.list = arena_array(all->arena, all->n + 1, sizeof(*all->list)),
		.effects = arena_array(all->arena, 1, sizeof(*all->effects)),
	};

	for (size_t i = 0; i < all->n; i++)
		if (concerns(&all->list[i], site))
			own.list[own.n++] = all->list[i];
	for (size_t i = 0; i < all->n_effects && own.n_effects == 0; i++)
		if (strcmp(all->effects[i].site, site) == 0)
			own.effects[own.n_effects++] = all->effects[i];
	return own;
}

static int print_changes(const struct call *c, const struct plan *old, const struct plan *now)
{
	const struct render_out out = {.write = write_stdout, .to = stdout};
	const char *site = c->values[OPT_SITE];

	if (site && !plan_find_site(old, site) && !plan_find_site(now, site))
		return output_error(c, EXIT_USAGE, "neither list has a site %s (see: grix plan %s)",
				    site, c->words[0]);
	struct plan_changes *all = plan_compare(old, now), own = *all;

	if (site)
		own = of_site(all, site);
	if (call_has(c, OPT_JSON))
		render_changes_json(&own, &out);
	else
		render_changes_text(&own, &out);
	plan_changes_free(all);
	return own.n ? EXIT_DIFFERS : EXIT_DONE;
}

static int compare(const struct call *c)
{
	struct call lists = *c; /* a site may be in one of the lists only */
	struct loaded now, old;

	lists.values[OPT_SITE] = NULL;
	int code = load(&lists, c->words[0], &now);

	if (code)
		return code;
	code = load(&lists, c->values[OPT_AGAINST], &old);
	if (code == 0) {
		code = print_changes(c, old.plan, now.plan);
		load_done(&old);
	}
	load_done(&now);
	return code;
}

int verb_plan(const struct call *c)
{
	const struct render_out out = {.write = write_stdout, .to = stdout};
	struct loaded l;

	if (call_has(c, OPT_AGAINST))
		return compare(c);
	int code = load(c, c->words[0], &l);

	if (code)
		return code;
	const struct plan_site *site = l.site ? l.site->self : NULL;

	if (call_has(c, OPT_JSON))
		render_plan_json(l.plan, site, &out);
	else
		render_plan_text(l.plan, site, &out);
	load_done(&l);
	return EXIT_DONE;
}

#include "diff/diff.h"

#include "base/err.h"
#include "cmd/host.h"
#include "cmd/load.h"
#include "cmd/report.h"

int verb_diff(const struct call *c)
{
	struct loaded l;
	struct host_view v;
	int code = load(c, c->words[0], &l);

	if (code)
		return code;
	code = host_compare(c, l.site, &v);
	if (code == 0) {
		struct report r = {.fabric = l.plan->fabric,
				   .site = l.site->self->name,
				   .links = l.site->want.n_tunnels,
				   .steps = v.steps};

		report_print(c, &r);
		if (diff_too_many_removals(v.steps))
			fprintf(stderr,
				"grix diff: apply would ask for --force: it removes %zu of "
				"the %zu links\n",
				v.steps->n_links_remove, v.steps->n_links_have);
		code = v.steps->n || v.steps->n_conflicts || v.steps->n_notes ? EXIT_DIFFERS
									      : EXIT_DONE;
		int missing = host_no_gre(c, &v, l.site);

		code = missing ? missing : code;
		host_view_done(&v);
	}
	load_done(&l);
	return code;
}

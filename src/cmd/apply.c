#include "base/err.h"
#include "cmd/host.h"
#include "cmd/load.h"
#include "cmd/output.h"

/* A list that lost its second half must not take the exchange down. */
static int guard(const struct call *c, const struct steps *s)
{
	if (call_has(c, OPT_FORCE) || !diff_too_many_removals(s))
		return 0;
	return output_error(c, EXIT_FAILED,
			    "this would remove %zu of the %zu links of this site; nothing was "
			    "changed. If the peer list is right, say --force",
			    s->n_links_remove, s->n_links_have);
}

static int apply_steps(const struct call *c, const struct site *s, struct host_view *v)
{
	struct report report = {
		.fabric = s->plan->fabric, .site = s->self->name, .links = s->want.n_tunnels};
	struct err err;

	if (call_has(c, OPT_DRY_RUN)) {
		int code = host_do(c, v, &report), refused = guard(c, v->steps);

		int missing = host_no_gre(c, v, s);

		return refused ? refused : missing ? missing : code;
	}
	int code = guard(c, v->steps);

	if (code)
		return code;
	if (v->steps->n && kernel_missing(v->kernel, &err) < 0)
		return output_error(c, EXIT_CAPABILITY, "%s", err.text);
	return host_do(c, v, &report);
}

int verb_apply(const struct call *c)
{
	struct loaded l;
	struct host_view v;
	int code = load(c, c->words[0], &l);

	if (code)
		return code;
	code = host_compare(c, l.site, &v);
	if (code == 0) {
		code = apply_steps(c, l.site, &v);
		host_view_done(&v);
	}
	load_done(&l);
	return code;
}

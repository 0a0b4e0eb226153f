#include "cmd/host.h"

#include "base/err.h"
#include "cmd/output.h"

#include <errno.h>
#include <stdlib.h>

int host_exit(int code)
{
	switch (code) {
	case -EPERM:
	case -EACCES:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
	case -ENODEV:
		return EXIT_CAPABILITY;
	}
	return EXIT_FAILED;
}

int host_compare(const struct call *c, const struct site *s, struct host_view *ret)
{
	struct host_view v = {0};
	struct err err;
	int r = kernel_open(&err, &v.kernel);

	if (r == 0)
		r = kernel_read(v.kernel, &s->want, &err, &v.have);
	if (r == 0) {
		v.steps = diff_host(s->plan->fabric, &s->want, v.have);
		r = kernel_check_underlay(v.kernel, v.have, v.steps, &err);
	}
	if (r == 0)
		r = kernel_check_routes(v.kernel, &s->want, v.have, v.steps, &err);
	if (r < 0) {
		host_view_done(&v);
		return output_error(c, host_exit(r), "%s", err.text);
	}
	*ret = v;
	return 0;
}

void host_view_done(struct host_view *v)
{
	v->steps = steps_free(v->steps);
	v->have = host_free(v->have);
	v->kernel = kernel_close(v->kernel);
}

int host_no_gre(const struct call *c, const struct host_view *v, const struct site *s)
{
	struct err err;

	if (s->want.n_tunnels == 0 || kernel_missing_for(v->kernel, &s->want, &err) != -EOPNOTSUPP)
		return 0;
	output_line(c->verb->name, err.text);
	return EXIT_CAPABILITY;
}

int host_do(const struct call *c, struct host_view *v, struct report *r)
{
	struct step_result *results = NULL;
	struct err err;

	if (!call_has(c, OPT_DRY_RUN)) {
		results = calloc(v->steps->n + 1, sizeof(*results));
		if (!results)
			abort();
		int e = v->steps->n ? kernel_apply(v->kernel, v->steps, results, NULL, &err) : 0;

		if (e < 0) {
			free(results);
			return output_error(c, host_exit(e), "%s", err.text);
		}
	}
	r->steps = v->steps;
	r->results = results;
	report_print(c, r);
	int code = report_exit(r);

	r->results = NULL;
	free(results);
	return code;
}

#include "cmd/load.h"

#include "base/err.h"
#include "cmd/output.h"
#include "edge/file.h"

static int load_plan(const struct call *c, const char *path, struct loaded *ret)
{
	struct faults faults;
	int code = 0;

	faults_init(&faults);
	if (file_load_peers(path, &faults, &ret->list) != 0 ||
	    plan_make(ret->list, &faults, &ret->plan) != 0)
		code = output_faults(c, &faults);
	faults_done(&faults);
	return code;
}

int load(const struct call *c, const char *path, struct loaded *ret)
{
	struct loaded l = {0};
	struct err err;
	int code = load_plan(c, path, &l);

	if (code == 0 && call_has(c, OPT_SITE) &&
	    site_make(l.plan, c->values[OPT_SITE], &err, &l.site) != 0)
		code = output_error(c, EXIT_USAGE, "%s", err.text);
	if (code)
		load_done(&l);
	else
		*ret = l;
	return code;
}

void load_done(struct loaded *l)
{
	l->site = site_free(l->site);
	l->plan = plan_free(l->plan);
	l->list = peerlist_free(l->list);
}

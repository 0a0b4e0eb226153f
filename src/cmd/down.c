/*
 * down - this site's tunnels go; which they are, their owner marks say
 */
#include "base/err.h"
#include "cmd/host.h"
#include "cmd/load.h"
#include "cmd/output.h"
#include "edge/statussock.h"
#include "render/status.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { AGENT_WAIT_MS = 2000 };

/* The fabric in an owner mark "grix FABRIC LINK". Return: its length, 0 if that is no such mark. */
static size_t mark_fabric(const char *alias, const char **ret)
{
	static const char start[] = "grix ";

	if (!alias || strncmp(alias, start, strlen(start)) != 0)
		return 0;
	*ret = alias + strlen(start);
	const char *end = strchr(*ret, ' ');

	return end ? (size_t)(end - *ret) : 0;
}

/* The one fabric that has tunnels here; asks for --fabric when there are several. */
static int find_fabric(const struct call *c, const struct host *have, struct arena *a,
		       const char **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < have->n_tunnels; i++) {
		const char *name;
		size_t n = mark_fabric(have->tunnels[i].alias, &name);

		if (n == 0)
			continue;
		if (!*ret)
			*ret = arena_strndup(a, name, n);
		else if (strlen(*ret) != n || strncmp(*ret, name, n) != 0)
			return output_error(c, EXIT_USAGE,
					    "tunnels of several exchanges are here (%s, %.*s): say "
					    "which with --fabric",
					    *ret, (int)n, name);
	}
	return 0;
}

static int fabric_name(const struct call *c, const struct host *have, struct arena *a,
		       const char **ret)
{
	struct call list_only = *c;
	struct loaded l;

	*ret = c->values[OPT_FABRIC];
	if (*ret)
		return 0;
	if (!c->words[0])
		return find_fabric(c, have, a, ret);
	list_only.values[OPT_SITE] = NULL; /* may have left the list already */
	int code = load(&list_only, c->words[0], &l);

	if (code == 0) {
		*ret = arena_strdup(a, l.plan->fabric);
		load_done(&l);
	}
	return code;
}

/* Left half made: it has our group already, but no alias yet. */
static bool is_half_made(const struct tunnel *t, const char *fabric)
{
	return !t->alias && t->group == diff_group(fabric);
}

/*
 * The tunnels of @fabric, if they are those of @site. Return: one that is another site's, for then
 * this is another site's host and nothing may go; NULL if there is none.
 */
static const struct tunnel *keep_own(const struct host *have, const char *fabric, const char *site,
				     struct arena *a, struct host *ret)
{
	*ret = (struct host){.tunnels =
				     arena_array(a, have->n_tunnels + 1, sizeof(*have->tunnels))};
	for (size_t i = 0; fabric && i < have->n_tunnels; i++) {
		const struct tunnel *t = &have->tunnels[i];
		const char *link;
		bool owned = site_owns(t->alias, fabric, &link);

		if (owned && !site_has_end(site, link, t->ifname))
			return t;
		if (owned || is_half_made(t, fabric))
			ret->tunnels[ret->n_tunnels++] = *t;
	}
	return NULL;
}

/* Whether the agent at @path would put back what goes. One that does not answer in time might. */
static bool would_put_back(const char *path, const char *site, const char *fabric)
{
	struct arena *a = arena_new();
	struct status *s = NULL;
	struct err err;
	char *answer;
	size_t length;
	int r = status_fetch(path, AGENT_WAIT_MS, a, &answer, &length, &err);
	bool ret = r == -ETIMEDOUT;

	if (r == 0 && status_parse(answer, length, &err, &s) == 0 && *s->site)
		ret = strcmp(s->site, site) == 0 && (!fabric || strcmp(s->fabric, fabric) == 0);
	else if (r == 0) /* an agent that does not say whose it is: its socket does */
		ret = strcmp(path, status_path(a, site)) == 0;
	status_free(s);
	arena_free(a);
	return ret;
}

/* All agents of this host are asked: one may have been given another socket than its site's. */
static int check_agents(const struct call *c, const char *fabric)
{
	const char *site = c->values[OPT_SITE];
	glob_t found = {0};
	bool runs = false;

	if (call_has(c, OPT_FORCE) || call_has(c, OPT_DRY_RUN))
		return 0;
	if (glob("/run/grix/*.sock", 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && !runs; i++)
			runs = would_put_back(found.gl_pathv[i], site, fabric);
	globfree(&found);
	if (!runs)
		return 0;
	return output_error(
		c, EXIT_FAILED,
		"grix-agent runs for site %s and would put its tunnels back; nothing was "
		"changed. Stop it first, or say --force",
		site);
}

static int remove_tunnels(const struct call *c, struct kernel *k, const struct host *have,
			  struct arena *a)
{
	static const struct host nothing;
	const char *site = c->values[OPT_SITE], *fabric;
	struct host own;
	int code = fabric_name(c, have, a, &fabric);

	if (code == 0)
		code = check_agents(c, fabric);
	if (code)
		return code;
	const struct tunnel *other = keep_own(have, fabric, site, a, &own);

	if (other)
		return output_error(c, EXIT_FAILED,
				    "%s (%s) is no tunnel of site %s: is this the right host, and "
				    "the right --site? Nothing was changed",
				    other->ifname, other->alias, site);
	struct host_view v = {.kernel = k,
			      .steps = diff_host(fabric ? fabric : "", &nothing, &own)};
	struct report report = {.fabric = fabric ? fabric : "", .site = site, .removal = true};

	code = host_do(c, &v, &report);
	v.steps = steps_free(v.steps);
	return code;
}

int verb_down(const struct call *c)
{
	struct kernel *k = NULL;
	struct host *have = NULL;
	struct err err;
	int code, r = kernel_open(&err, &k);

	if (r == 0)
		r = kernel_read(k, NULL, &err, &have);
	if (r == 0 && have) {
		struct arena *a = arena_new();

		code = remove_tunnels(c, k, have, a);
		arena_free(a);
	} else {
		code = output_error(c, host_exit(r), "%s", err.text);
	}
	host_free(have);
	kernel_close(k);
	return code;
}

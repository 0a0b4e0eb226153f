/*
 * plan/apart - why two sites do not meet: the rules of plan/meet again, for one pair and in words
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

static bool listed(const uint32_t *asns, size_t n, uint32_t asn)
{
	for (size_t i = 0; i < n; i++)
		if (asns[i] == asn)
			return true;
	return false;
}

static bool switched_off(const struct fabric *f, const char *x, const char *y)
{
	for (size_t i = 0; i < f->n_links; i++) {
		const char *const *between = f->links[i].between;

		if (f->links[i].enabled)
			continue;
		if ((strcmp(between[0], x) == 0 && strcmp(between[1], y) == 0) ||
		    (strcmp(between[0], y) == 0 && strcmp(between[1], x) == 0))
			return true;
	}
	return false;
}

/* Why @m does not want to meet @other; NULL when it does. */
static char *refusal(const struct member *m, const struct member *other, struct arena *a)
{
	switch (m->policy) {
	case POLICY_OPEN:
		if (!listed(m->no_peer_with, m->n_no_peer_with, other->asn))
			return NULL;
		return arena_printf(a, "%s has AS%u in no_peer_with", m->name, other->asn);
	case POLICY_SELECTIVE:
		if (listed(m->peer_with, m->n_peer_with, other->asn))
			return NULL;
		return arena_printf(a, "%s is selective, without AS%u in peer_with", m->name,
				    other->asn);
	case POLICY_CLOSED:
		return arena_printf(a, "%s is closed", m->name);
	}
	abort();
}

char *plan_apart(const struct plan *p, const struct plan_site *x, const struct plan_site *y,
		 struct arena *a)
{
	if (switched_off(&p->list->fabric, x->name, y->name))
		return arena_strdup(a, "switched off in fabric.links");
	return plan_apart_anyway(x, y, a);
}

char *plan_apart_anyway(const struct plan_site *x, const struct plan_site *y, struct arena *a)
{
	if (x->member == y->member)
		return x->member->ibgp ? NULL
				       : arena_printf(a, "%s has ibgp = false", x->member->name);
	char *why = refusal(x->member, y->member, a);

	return why ? why : refusal(y->member, x->member, a);
}

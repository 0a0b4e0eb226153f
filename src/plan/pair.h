/*
 * plan/pair - the settings of one link, from what its two ends and the fabric say
 */
#pragma once

#include "plan/blame.h"
#include "plan/plan.h"

/* What one end asks for: site, then member, then fabric. */
struct pair_end {
	uint32_t index; /* into plan.sites */
	const struct plan_site *site;
	struct tunnel_options tunnel; /* .x_set: by the site or its member, not by the fabric */
	struct live_options live;     /* likewise */
};

/** pair_end_init() - once a site, not once a link */
void pair_end_init(struct pair_end *e, const struct plan *p, uint32_t index);

struct pair {
	const struct fabric *fabric;
	size_t n_sites;
	const struct pair_end *a, *b;
	const struct link_entry *entry; /* beats both ends; NULL if there is none */
};

/**
 * pair_settle() - everything of @ret but its name and the indexes of its sites
 * Return: false with a fault in @blame when the two ends cannot be joined.
 */
bool pair_settle(const struct pair *p, struct blame *blame, struct plan_link *ret);

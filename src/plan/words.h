/*
 * plan/words - what differs between two plans, in words of the field: "mtu 1476 -> 1400, ttl 64 -> 32"
 * Each function adds to @t, with commas between the phrases; nothing when nothing differs.
 */
#pragma once

#include "base/text.h"
#include "plan/plan.h"

void words_fabric(struct text *t, const struct fabric *old, const struct fabric *now);
/** words_site() - who it is and where: name, member, ASN, id, LAN addresses */
void words_site(struct text *t, const struct plan_site *old, const struct plan_site *now);
/** words_announce() - what the others take from it: prefixes, limits, AS set */
void words_announce(struct text *t, const struct plan_site *old, const struct plan_site *now);
/** words_whole_site(), words_whole_link() - all of something that comes or goes */
void words_whole_site(struct text *t, const struct plan_site *s);
void words_whole_link(struct text *t, const struct plan_link *l);

/* One link before and after. A renamed site may have changed the order of its ends. */
struct words_link {
	const struct plan *old_plan, *now_plan;
	const struct plan_link *old, *now;
	bool turned;	   /* the old a is the new b */
	bool made_anew[2]; /* on the host of now->a, of now->b it cannot be changed in place */
};

/* What it takes on the hosts. */
struct words_effect {
	bool renamed;  /* an interface gets another name on one side at least */
	bool replaced; /* another kind of tunnel, or another exchange's */
	bool restarts; /* the BGP sessions start anew */
	bool does[2];  /* the host of now->a, of now->b has something to do */
};

struct words_effect words_link(struct text *t, const struct words_link *l);

#include "run/backoff.h"

void backoff_fail(struct backoff *b, uint64_t now_ns)
{
	b->step_ns = b->step_ns ? b->step_ns * 2 : BACKOFF_FIRST_NS;
	if (b->step_ns > BACKOFF_LAST_NS)
		b->step_ns = BACKOFF_LAST_NS;
	b->until_ns = now_ns + b->step_ns;
}

void backoff_done(struct backoff *b)
{
	*b = (struct backoff){0};
}

bool backoff_held(const struct backoff *b, uint64_t now_ns)
{
	return now_ns < b->until_ns;
}

bool repairs_seen(struct repairs *r, uint64_t now_ns)
{
	/* Quiet counts from the end of the wait: before, nobody could have undone anything. */
	uint64_t quiet_at =
		(r->hold.until_ns > r->last_ns ? r->hold.until_ns : r->last_ns) + REPAIR_QUIET_NS;

	if (r->row && now_ns >= quiet_at) {
		r->row = 0;
		backoff_done(&r->hold);
	}
	r->total++;
	r->row++;
	r->last_ns = now_ns;
	if (r->row < REPAIRS_AT_ONCE)
		return false;
	backoff_fail(&r->hold, now_ns);
	return true;
}

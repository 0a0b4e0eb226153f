/*
 * words - which direction is broken, and the reason in words
 * An answer proves both directions. Without answers only the peer's own tests tell something: when
 * they still come, its way to us works and ours to it does not. They are trusted only when they
 * came well after the last answer, so that a cut of both ways at once is not taken for one.
 */
#include "live/link.h"

#include <stdio.h>

/* How long the peer's tests may be missing before its direction counts as lost. Both ways cut at
 * once: the last test is then older than misses + 1/2 - 1.2 intervals at the verdict. */
static uint64_t quiet_ns(const struct live_conf *c)
{
	return c->misses >= 3 ? 2 * c->interval_ns : c->interval_ns + c->interval_ns / 4;
}

static enum live_arrives from_while_down(const struct live *l, uint64_t now_ns)
{
	if (!l->heard.any || now_ns - l->heard.last_ns >= quiet_ns(&l->conf))
		return ARRIVES_NO;
	if (l->heard.last_ns > l->alive_ns + l->conf.interval_ns + l->conf.interval_ns / 4)
		return ARRIVES_YES;
	return ARRIVES_UNKNOWN;
}

void live_directions(const struct live *l, uint64_t now_ns, enum live_arrives *to,
		     enum live_arrives *from)
{
	bool answered = l->state == LIVE_UP ||
			(l->run > 0 && now_ns - l->alive_ns < 2 * l->conf.interval_ns);

	if (live_refused(l, now_ns))
		answered = true;
	*to = *from = answered ? ARRIVES_YES : ARRIVES_UNKNOWN;
	if (answered)
		return;
	if (l->state == LIVE_DOWN) {
		*from = from_while_down(l, now_ns);
		*to = *from == ARRIVES_YES ? ARRIVES_NO : ARRIVES_UNKNOWN;
	} else if (l->heard.any && now_ns - l->heard.last_ns < quiet_ns(&l->conf)) {
		*from = ARRIVES_YES;
	}
}

static void down_words(const struct live *l, uint64_t now_ns, char *reason)
{
	const struct live_conf *c = &l->conf;
	const char *s = c->misses == 1 ? "" : "s";
	enum live_arrives to, from;

	live_directions(l, now_ns, &to, &from);
	if (to == ARRIVES_YES)
		snprintf(reason, LIVE_REASON_BYTES, "replies again, %u of %u in a row", l->run,
			 l->need);
	else if (from == ARRIVES_YES)
		snprintf(reason, LIVE_REASON_BYTES,
			 "no reply for %u interval%s; %s arrives, %s is lost", c->misses, s,
			 c->from, c->to);
	else if (from == ARRIVES_NO)
		snprintf(reason, LIVE_REASON_BYTES,
			 "nothing heard from %s for %u interval%s; %s is lost, or %s is down",
			 c->peer, c->misses, s, c->from, c->peer);
	else
		snprintf(reason, LIVE_REASON_BYTES,
			 "no reply for %u interval%s; the direction is not known yet", c->misses,
			 s);
}

void live_words(const struct live *l, uint64_t now_ns, char reason[LIVE_REASON_BYTES])
{
	switch (l->state) {
	case LIVE_UNKNOWN:
		if (live_refused(l, now_ns)) {
			snprintf(reason, LIVE_REASON_BYTES,
				 "no agent runs at %s; its host says so, so the path works both "
				 "ways",
				 l->conf.peer);
			return;
		}
		snprintf(reason, LIVE_REASON_BYTES, "no verdict yet: %u of %u replies", l->run,
			 l->need);
		return;
	case LIVE_UP:
		snprintf(reason, LIVE_REASON_BYTES, "%s, %u in a row",
			 l->was_down ? "replies again" : "replies", l->need);
		return;
	case LIVE_DOWN:
		down_words(l, now_ns, reason);
		return;
	}
}

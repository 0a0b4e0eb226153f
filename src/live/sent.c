/*
 * sent - the tests on their way
 * An answer counts once, and only when it names a test that is still waited for and echoes the
 * timestamp that went out with it: a replayed or guessed packet never does.
 */
#include "live/link.h"

#include <assert.h>

static_assert(LIVE_SENT == 32, "the sets are the bits of a uint32_t");

static uint32_t slot_of(uint32_t seq)
{
	return seq % LIVE_SENT;
}

uint32_t live_sent_add(struct live_sent *s, struct ntp_time stamp, uint64_t now_ns, uint64_t *lost)
{
	uint32_t slot = slot_of(s->next), bit = UINT32_C(1) << slot;

	if (s->open & bit)
		(*lost)++;
	s->open |= bit;
	s->answered &= ~bit;
	s->sent_ns[slot] = now_ns;
	s->stamp[slot] = stamp;
	return s->next++;
}

enum live_fresh live_sent_take(struct live_sent *s, uint32_t seq, struct ntp_time echo,
			       uint64_t *sent_ns)
{
	uint32_t slot = slot_of(seq), bit = UINT32_C(1) << slot, age = s->next - seq;

	if (age == 0 || age > UINT32_MAX / 2)
		return FRESH_UNASKED;
	if (age > LIVE_SENT)
		return FRESH_LATE;
	if (s->stamp[slot].seconds != echo.seconds || s->stamp[slot].fraction != echo.fraction)
		return FRESH_UNASKED;
	if (s->answered & bit)
		return FRESH_DUPLICATE;
	if (!(s->open & bit))
		return FRESH_LATE;
	s->open &= ~bit;
	s->answered |= bit;
	*sent_ns = s->sent_ns[slot];
	return FRESH_YES;
}

uint32_t live_sent_expire(struct live_sent *s, uint64_t before_ns)
{
	uint32_t n = 0;

	for (uint32_t left = s->open; left; left &= left - 1) {
		uint32_t slot = (uint32_t)__builtin_ctz(left);

		if (s->sent_ns[slot] < before_ns) {
			s->open &= ~(UINT32_C(1) << slot);
			n++;
		}
	}
	return n;
}

/*
 * heard - which of the peer's tests came, and which came before
 * A packet is new when its number moves on a little, or when its timestamp is later than all before
 * it: so the peer may restart (numbers from 0, later time), lose its clock (numbers go on, earlier
 * time), and reorder. A replay has neither. When the peer restarts and its clock goes back at once,
 * its next packets look like replays; three in exact order are believed.
 */
#include "live/link.h"
#include "live/stamp.h"

enum { WINDOW = 64, ASTRAY_BELIEVED = 3 };

static bool begin(struct live_heard *h, uint32_t seq, struct ntp_time stamp)
{
	h->any = true;
	h->astray_run = 0;
	h->high = seq;
	h->seen = 1;
	h->newest = stamp;
	return true;
}

static bool move_on(struct live_heard *h, uint32_t ahead, struct ntp_time stamp)
{
	h->seen = ahead < WINDOW ? h->seen << ahead | 1 : 1;
	h->high += ahead;
	h->newest = stamp;
	h->astray_run = 0;
	return true;
}

static bool believe_astray(struct live_heard *h, uint32_t seq, struct ntp_time stamp)
{
	h->astray_run = h->astray_run && seq == h->astray + 1 ? (uint8_t)(h->astray_run + 1) : 1;
	h->astray = seq;
	return h->astray_run >= ASTRAY_BELIEVED && begin(h, seq, stamp);
}

bool live_heard_take(struct live_heard *h, uint32_t seq, struct ntp_time stamp)
{
	uint32_t ahead = seq - h->high, behind = h->high - seq;
	bool later = ntp_later(stamp, h->newest);

	if (!h->any)
		return begin(h, seq, stamp);
	if (ahead != 0 && ahead <= UINT32_MAX / 2 && (later || ahead <= WINDOW))
		return move_on(h, ahead, stamp);
	if (later)
		return begin(h, seq, stamp);
	if (behind < WINDOW && !(h->seen >> behind & 1)) {
		h->seen |= UINT64_C(1) << behind;
		return true;
	}
	return believe_astray(h, seq, stamp);
}

/*
 * rtt - the way there and back
 * Our monotonic clock, less the time in our socket (by the kernel's stamp) and less the time at the
 * peer. Either is left out when it cannot be true, as when a clock stepped in between.
 */
#include "live/link.h"
#include "live/stamp.h"

static const uint64_t HALF_MINUTE = UINT64_C(30000000000);

uint64_t live_rtt_ns(const struct live_event *ev, const struct stamp_answer *a, uint64_t sent_ns,
		     uint64_t now_ns)
{
	uint64_t rtt = now_ns - sent_ns;
	int64_t queued = ev->arrived.seconds ? ntp_between_ns(ev->arrived, ev->wall) : 0;
	int64_t dwell = stamp_dwell_ns(a);

	if (queued > 0 && (uint64_t)queued < rtt)
		rtt -= (uint64_t)queued;
	if (dwell > 0 && (uint64_t)dwell < rtt)
		rtt -= (uint64_t)dwell;
	return rtt ? rtt : 1;
}

void live_rtt_note(struct live_rtt *r, uint64_t rtt_ns, uint64_t now_ns)
{
	r->sum_ns += rtt_ns;
	r->smooth_ns = r->samples++ ? r->smooth_ns - r->smooth_ns / 8 + rtt_ns / 8 : rtt_ns;
	if (now_ns >= r->min_until_ns) {
		bool recent = now_ns < r->min_until_ns + HALF_MINUTE;

		r->min_before_ns = recent ? r->min_ns : 0;
		r->min_ns = 0;
		r->min_until_ns = now_ns + HALF_MINUTE;
	}
	if (r->min_ns == 0 || rtt_ns < r->min_ns)
		r->min_ns = rtt_ns;
}

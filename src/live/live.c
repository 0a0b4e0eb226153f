/*
 * The verdict, and what is sent. Everything is timed by the monotonic clock that the caller gives;
 * wall clocks are only carried in packets, so a step of either end's clock changes nothing.
 *
 * Down: no answer for misses and a half intervals. An answer is waited for from the last one on, not
 * from its test on, so a long way (300 ms at 50 ms) is no loss. The half is the middle between
 * misses - 1 and misses tests lost in a row, and leaves room for the jitter of sending and path.
 * Up: as many answers in a row as misses; from the third short-lived up on twice as many each time, up
 * to 16 times, so that a link that comes and goes settles as down instead of shaking BGP.
 */
#include "live/link.h"
#include "live/stamp.h"

#include <assert.h>
#include <string.h>

enum { STEADY = 16, CREDITS_MAX = 4, TTL_DIRECT = 255 };

static const uint64_t SECOND = 1000000000;

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* How long a refusal stands. Linux says port unreachable to one host once a second, so three seconds
 * let two fail to come; and not before the next test was due is another to be had. */
static uint64_t refused_for_ns(const struct live_conf *c)
{
	return later_of(3 * SECOND, 2 * c->interval_ns);
}

/* When silence becomes the verdict down. The first time the answer to the first test is waited for
 * at least a second: unknown closes nothing, so there is no hurry. */
static uint64_t silent_at(const struct live *l)
{
	uint64_t half = l->conf.interval_ns / 2;

	if (l->state == LIVE_DOWN)
		return UINT64_MAX;
	if (l->state == LIVE_UNKNOWN)
		half = later_of(half, l->refused_ns ? 3 * SECOND : SECOND);
	return l->alive_ns + l->conf.misses * l->conf.interval_ns + half;
}

/* An answer later than this is no proof of anything. */
static uint64_t wait_ns(const struct live_conf *c)
{
	return later_of(c->misses * c->interval_ns, 2 * SECOND);
}

static uint64_t steady_ns(const struct live_conf *c)
{
	return STEADY * (uint64_t)c->misses * c->interval_ns;
}

/* Up to a tenth of the interval, so that links made at the same moment do not send as one burst. */
static uint64_t jitter_ns(struct live *l)
{
	l->random = l->random * 1664525 + 1013904223;
	return l->conf.interval_ns / 10 * (l->random >> 16) / 65536;
}

static void check_conf(const struct live_conf *c)
{
	assert(c->interval_ns > 0 && c->misses > 0 && c->misses <= 1000);
	assert(c->to && c->from && c->peer);
}

void live_init(struct live *l, const struct live_conf *conf, uint64_t now_ns, uint32_t spread)
{
	check_conf(conf);
	memset(l, 0, sizeof(*l));
	l->conf = *conf;
	l->state = LIVE_UNKNOWN;
	l->need = conf->misses;
	l->random = spread;
	l->since_ns = now_ns;
	l->grid_ns = l->send_ns = now_ns + (conf->interval_ns / 65536) * (spread >> 16);
	l->alive_ns = l->send_ns;
}

void live_reconf(struct live *l, const struct live_conf *conf, uint64_t now_ns)
{
	bool paced = conf->interval_ns != l->conf.interval_ns || conf->misses != l->conf.misses;

	check_conf(conf);
	l->conf = *conf;
	if (!paced)
		return;
	/* A shorter interval must not turn the time already waited into a verdict. */
	l->alive_ns = later_of(l->alive_ns, now_ns);
	l->falls = 0;
	l->need = conf->misses;
	if (l->send_ns > now_ns + conf->interval_ns)
		l->grid_ns = l->send_ns = now_ns + jitter_ns(l);
}

uint64_t live_due(const struct live *l)
{
	uint64_t silent = silent_at(l);

	return silent < l->send_ns ? silent : l->send_ns;
}

static size_t change(struct live *l, enum live_state state, uint64_t now_ns, struct live_act *act)
{
	act->kind = LIVE_ACT_VERDICT;
	act->old_state = l->state;
	act->state = l->state = state;
	act->len = 0;
	l->since_ns = now_ns;
	if (state == LIVE_DOWN)
		l->was_down = true;
	live_words(l, now_ns, act->reason);
	return 1;
}

/* Nobody asked us for a while (stopped process, suspended machine, long work): the time in which we
 * did not look is not held against the peer, and what waits in the socket is read before we judge.
 * Not for ever: an agent that is always late must still see a dead link. */
static bool forgive(struct live *l, uint64_t now_ns)
{
	uint64_t due = live_due(l), half = l->conf.interval_ns / 2;
	uint64_t age = now_ns > l->alive_ns ? now_ns - l->alive_ns : 0;

	if (now_ns < due + half || l->credits >= CREDITS_MAX)
		return false;
	l->credits++;
	/* An answer read just now needs no help. */
	l->alive_ns += now_ns - due < age ? now_ns - due : age;
	if (silent_at(l) < now_ns + half)
		l->alive_ns += now_ns + half - silent_at(l);
	return true;
}

/* Twice forgiven: what is repaired and breaks again has no grudge held against it. */
static uint32_t answers_needed(const struct live *l)
{
	uint32_t doublings = l->falls > 2 ? l->falls - 2U : 0;

	return l->conf.misses << (doublings < 4 ? doublings : 4);
}

bool live_refused(const struct live *l, uint64_t now_ns)
{
	return l->refused_ns && now_ns - l->refused_ns < refused_for_ns(&l->conf);
}

/* The agent over there is gone, its host and the path are not. */
static size_t abandon(struct live *l, uint64_t now_ns, struct live_act *act)
{
	bool known = l->state != LIVE_UNKNOWN;

	l->run = 0;
	l->need = l->conf.misses;
	l->alive_ns = l->refused_ns;
	return known ? change(l, LIVE_UNKNOWN, now_ns, act) : 0;
}

static size_t refused(struct live *l, uint64_t now_ns, struct live_act *act)
{
	l->refused_ns = now_ns;
	/* While up its silence decides; then this is the reason. */
	return l->state == LIVE_UP ? 0 : abandon(l, now_ns, act);
}

static size_t fall(struct live *l, uint64_t now_ns, struct live_act *act)
{
	bool shaky = l->state == LIVE_UP && now_ns - l->since_ns < steady_ns(&l->conf);

	if (live_refused(l, now_ns))
		return abandon(l, now_ns, act);
	if (!shaky)
		l->falls = 0;
	else if (l->falls < UINT8_MAX)
		l->falls++;
	l->need = answers_needed(l);
	l->run = 0;
	return change(l, LIVE_DOWN, now_ns, act);
}

/* The grid is kept through the jitter, so the pace is exact; missed sends are left out. */
static void plan_send(struct live *l, uint64_t now_ns)
{
	uint64_t interval = l->conf.interval_ns;

	l->grid_ns += interval;
	if (l->grid_ns <= now_ns)
		l->grid_ns += (now_ns - l->grid_ns) / interval * interval + interval;
	l->send_ns = l->grid_ns + jitter_ns(l);
}

static size_t send_test(struct live *l, const struct live_event *ev, uint64_t now_ns,
			struct live_act *act)
{
	struct stamp_test t = {.sent = ev->wall, .error = STAMP_OUR_ERROR, .ssid = l->conf.ssid};

	t.seq = live_sent_add(&l->sent, ev->wall, now_ns, &l->counts.lost);
	act->kind = LIVE_ACT_SEND_TEST;
	act->len = STAMP_BYTES;
	stamp_write_test(&t, act->packet);
	l->counts.sent++;
	plan_send(l, now_ns);
	return 1;
}

/* Losses per direction are published only up to what is given up as lost: what is late or
 * overtaken looks lost for a moment, and a counter must not go back. */
static void publish_loss(struct live *l)
{
	struct live_counts *c = &l->counts;
	uint64_t to, from, room = c->lost - c->lost_to - c->lost_from;

	live_loss_read(&l->loss, &to, &from);
	to = to > c->lost_to ? to - c->lost_to : 0;
	from = from > c->lost_from ? from - c->lost_from : 0;
	to = to < room ? to : room;
	from = from < room - to ? from : room - to;
	c->lost_to += to;
	c->lost_from += from;
}

static size_t tick(struct live *l, const struct live_event *ev, uint64_t now_ns,
		   struct live_act *acts)
{
	uint64_t wait = wait_ns(&l->conf);
	size_t n = 0;

	if (now_ns < live_due(l))
		return 0;
	if (!forgive(l, now_ns) && now_ns > wait)
		l->counts.lost += live_sent_expire(&l->sent, now_ns - wait);
	if (now_ns >= silent_at(l))
		n += fall(l, now_ns, &acts[n]);
	if (now_ns >= l->send_ns)
		n += send_test(l, ev, now_ns, &acts[n]);
	publish_loss(l);
	return n;
}

/* RFC 8972 section 3: a reflector that knows only RFC 8762 gives back zero. */
static bool is_ours(const struct live *l, uint16_t ssid, uint8_t ttl)
{
	return ttl == TTL_DIRECT && (ssid == l->conf.ssid || ssid == 0);
}

static size_t reflect(struct live *l, const struct live_event *ev, uint64_t now_ns,
		      struct live_act *act)
{
	struct stamp_test t;

	if (!stamp_read_test(ev->packet, ev->len, &t) || !is_ours(l, t.ssid, ev->ttl)) {
		l->counts.bad++;
		return 0;
	}
	struct stamp_answer a = {
		.seq = t.seq, /* as a stateless reflector: a repeated packet leaves no trace */
		.sent = ev->wall,
		.error = STAMP_OUR_ERROR,
		.ssid = t.ssid,
		.received = ev->arrived.seconds ? ev->arrived : ev->wall,
		.test_seq = t.seq,
		.test_sent = t.sent,
		.test_error = t.error,
		.test_ttl = ev->ttl,
	};
	if (live_heard_take(&l->heard, t.seq, t.sent)) {
		l->heard.last_ns = now_ns;
		l->counts.heard++;
		a.seq = l->answer_seq++;
	} else {
		l->counts.duplicate++;
	}
	act->kind = LIVE_ACT_SEND_ANSWER;
	act->len = ev->len;
	stamp_write_answer(&a, act->packet);
	return 1;
}

static size_t answered(struct live *l, uint64_t now_ns, struct live_act *act)
{
	uint64_t silence = now_ns > l->alive_ns ? now_ns - l->alive_ns : 0;

	if (l->state == LIVE_DOWN && silence > steady_ns(&l->conf)) {
		l->falls = 0; /* one long outage is not a link that comes and goes */
		l->need = l->conf.misses;
	}
	l->run = silence <= l->conf.interval_ns + l->conf.interval_ns / 2 ? l->run + 1 : 1;
	l->alive_ns = now_ns;
	l->refused_ns = 0;
	l->credits = 0;
	if (l->state == LIVE_UP || l->run < l->need)
		return 0;
	return change(l, LIVE_UP, now_ns, act);
}

static size_t take_answer(struct live *l, const struct live_event *ev, uint64_t now_ns,
			  struct live_act *act)
{
	struct stamp_answer a;
	uint64_t sent_ns;

	if (!stamp_read_answer(ev->packet, ev->len, &a) || !is_ours(l, a.ssid, ev->ttl)) {
		l->counts.bad++;
		return 0;
	}
	switch (live_sent_take(&l->sent, a.test_seq, a.test_sent, &sent_ns)) {
	case FRESH_UNASKED:
		l->counts.bad++;
		return 0;
	case FRESH_DUPLICATE:
		l->counts.duplicate++;
		return 0;
	case FRESH_LATE:
		l->counts.late++;
		return 0;
	case FRESH_YES:
		break;
	}
	l->counts.answered++;
	live_loss_take(&l->loss, a.test_seq, a.seq);
	publish_loss(l);
	live_rtt_note(&l->rtt, live_rtt_ns(ev, &a, sent_ns, now_ns), now_ns);
	return answered(l, now_ns, act);
}

/* The other end is another one from now on: what it said and what we asked it are void. */
static size_t reset_peer(struct live *l, uint64_t now_ns, struct live_act *act)
{
	l->counts.lost += (uint64_t)__builtin_popcount(l->sent.open);
	l->sent.open = 0;
	l->heard = (struct live_heard){0};
	l->loss = (struct live_loss){.to = l->counts.lost_to, .from = l->counts.lost_from};
	l->rtt = (struct live_rtt){0};
	l->refused_ns = 0;
	l->run = 0;
	l->falls = 0;
	l->need = l->conf.misses;
	l->alive_ns = later_of(now_ns, l->send_ns);
	l->was_down = false;
	return l->state == LIVE_UNKNOWN ? 0 : change(l, LIVE_UNKNOWN, now_ns, act);
}

size_t live_step(struct live *l, const struct live_event *ev, uint64_t now_ns,
		 struct live_act *acts)
{
	switch (ev->kind) {
	case LIVE_EV_TICK:
		return tick(l, ev, now_ns, acts);
	case LIVE_EV_TEST:
		return reflect(l, ev, now_ns, acts);
	case LIVE_EV_ANSWER:
		return take_answer(l, ev, now_ns, acts);
	case LIVE_EV_PEER_RESET:
		return reset_peer(l, now_ns, acts);
	case LIVE_EV_REFUSED:
		return refused(l, now_ns, acts);
	}
	return 0;
}

void live_report(const struct live *l, uint64_t now_ns, struct live_report *ret)
{
	const struct live_rtt *r = &l->rtt;
	uint64_t before = r->min_before_ns;

	*ret = (struct live_report){
		.state = l->state,
		.since_ns = l->since_ns,
		.rtt_ns = r->smooth_ns,
		.rtt_min_ns = before && before < r->min_ns ? before : r->min_ns,
		.rtt_avg_ns = r->samples ? r->sum_ns / r->samples : 0,
		.counts = l->counts,
	};
	live_directions(l, now_ns, &ret->to, &ret->from);
	live_words(l, now_ns, ret->reason);
}

const char *live_state_name(enum live_state s)
{
	switch (s) {
	case LIVE_UNKNOWN:
		return "unknown";
	case LIVE_UP:
		return "up";
	case LIVE_DOWN:
		return "down";
	}
	return "?";
}

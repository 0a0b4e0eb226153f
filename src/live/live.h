/*
 * live - is the other end there, and which direction is broken?
 * Pure: told the time and what arrived, answers what to do. One struct live a link, fixed size,
 * no allocation.
 *   in  struct live_event      out  struct live_act, at most LIVE_ACTS_MAX
 * Source: RFC 8762 (STAMP), unauthenticated mode, section 4.2 and 4.3, stateful reflector; RFC 8972
 * (session identifier).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STAMP_BYTES = 44, LIVE_ACTS_MAX = 2, LIVE_REASON_BYTES = 160 };

/* The timestamp of STAMP: seconds since 1900 and a fraction of 2^32 (RFC 8762 section 4.2.1). */
struct ntp_time {
	uint32_t seconds, fraction;
};

enum live_state {
	LIVE_UNKNOWN, /* not long enough to say; closes nothing */
	LIVE_UP,
	LIVE_DOWN,
};

/* What this end can tell about one direction. */
enum live_arrives { ARRIVES_UNKNOWN, ARRIVES_YES, ARRIVES_NO };

struct live_conf {
	uint64_t interval_ns;
	/* unanswered intervals until down; as many answers in a row until up */
	uint32_t misses;
	/* STAMP session identifier, the same at both ends; packets of another are dropped, but for
	   0: an end without RFC 8972 */
	uint16_t ssid;
	const char *to, *from; /* "ams->fra", "fra->ams": for the reason; must outlive the link */
	const char *peer;      /* "fra" */
};

struct live_counts {
	uint64_t sent, answered, lost; /* our packets: lost = no answer in time */
	uint64_t heard;		       /* the peer's tests, each once */
	/* part of lost, by the stateful reflector's numbers; the sum is less while nothing comes
	   back that would tell */
	uint64_t lost_to, lost_from;
	/* no sign of life: seen before; after its time; malformed, routed, of another session or
	   unasked */
	uint64_t duplicate, late, bad;
};

struct live; /* in live/link.h: embed it, do not look inside */

/*
 * A TICK before live_due() does nothing. Read what waits in the sockets before giving ticks. A tick
 * that comes late (our process was stopped) is not held against the peer.
 * PEER_RESET: the other end is a new one (re-addressed, tunnel made anew): back to unknown.
 * REFUSED: the peer's host said through the tunnel that nobody listens to our tests (ICMP port
 * unreachable). So the path works both ways and only the agent is missing: its silence means
 * unknown, not down, for as long as this is said (hosts say it once a second).
 */
enum live_event_kind {
	LIVE_EV_TICK,
	LIVE_EV_TEST,
	LIVE_EV_ANSWER,
	LIVE_EV_PEER_RESET,
	LIVE_EV_REFUSED
};

struct live_event {
	enum live_event_kind kind;
	/* TEST: came to our reflector; ANSWER: came to our sender. @len is that of the wire; only
	   STAMP_BYTES are read, the rest need not be there. A test is answered in its own size */
	const uint8_t *packet;
	size_t len;
	uint8_t ttl;		 /* inner TTL or hop limit it arrived with */
	struct ntp_time arrived; /* wall clock at arrival, by the kernel's stamp; 0 = no stamp */
	struct ntp_time wall;	 /* wall clock now, for what is sent */
};

enum live_act_kind { LIVE_ACT_SEND_TEST, LIVE_ACT_SEND_ANSWER, LIVE_ACT_VERDICT };

struct live_act {
	enum live_act_kind kind;
	uint8_t packet[STAMP_BYTES]; /* the two sends */
	size_t len; /* of the whole UDP payload; what is beyond STAMP_BYTES is sent as zeros */
	enum live_state old_state, state; /* VERDICT */
	/* VERDICT: "no reply for 3 intervals; fra->ams arrives, ams->fra is lost" */
	char reason[LIVE_REASON_BYTES];
};

struct live_report {
	enum live_state state;
	uint64_t since_ns; /* when the state began */
	enum live_arrives to, from;
	/* smoothed last, least of the last minute, average; 0 = none yet */
	uint64_t rtt_ns, rtt_min_ns, rtt_avg_ns;
	struct live_counts counts;
	char reason[LIVE_REASON_BYTES];
};

/** live_init() - @now: when; the first packet is due within one interval, spread by @spread (0..2^32-1) */
void live_init(struct live *l, const struct live_conf *conf, uint64_t now_ns, uint32_t spread);
/** live_reconf() - new interval or misses; state, counts and sequence numbers stay */
void live_reconf(struct live *l, const struct live_conf *conf, uint64_t now_ns);
/** live_due() - when the next LIVE_EV_TICK is wanted */
uint64_t live_due(const struct live *l);
/**
 * live_step() - feed one event to one link
 * @now_ns: monotonic; must not go backwards
 * @acts:   what to do, in order, room for LIVE_ACTS_MAX
 * Return: number of actions. A malformed or unasked packet is counted and gives none; a repeated
 * test is answered, so that a restarted peer is never left alone, but is no sign of life.
 */
size_t live_step(struct live *l, const struct live_event *ev, uint64_t now_ns,
		 struct live_act *acts);
/** live_report() - the state now. While down, the directions and the reason follow the evidence. */
void live_report(const struct live *l, uint64_t now_ns, struct live_report *ret);
const char *live_state_name(enum live_state s);
/** ntp_from_unix_ns() - @ns since 1970, as wall_now_ns() gives it */
struct ntp_time ntp_from_unix_ns(uint64_t ns);

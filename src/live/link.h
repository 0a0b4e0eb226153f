/*
 * link - the inside of struct live, so that it can be embedded; only live/ looks into it
 * Four parts that know nothing of each other: what we sent and who answered (sent), which of the
 * peer's tests came (heard), the loss of each direction (loss), and the verdict.
 */
#pragma once

#include "live/live.h"

/* Tests that may be on their way at once: at 50 ms that is 1.6 s of round trip. A power of two, at
 * most 32: the sets below are bits of a word. */
enum { LIVE_SENT = 32 };

struct live_sent {
	uint32_t next;			  /* sequence number of the next test */
	uint32_t open, answered;	  /* sets of slots; a slot in neither has expired */
	uint64_t sent_ns[LIVE_SENT];	  /* monotonic: no step of any wall clock gets in */
	struct ntp_time stamp[LIVE_SENT]; /* what the answer must echo */
};

struct live_heard {
	bool any;
	uint8_t astray_run;	/* packets in a row that fit another numbering */
	uint32_t high;		/* highest sequence number of the peer's sender */
	uint64_t seen;		/* bit i: high - i came */
	struct ntp_time newest; /* its timestamp: orders across the peer's restart */
	uint32_t astray;
	uint64_t last_ns;
};

/* One stretch over which the reflector counted on without a restart. */
struct live_loss {
	bool any;
	uint32_t first_seq, last_seq;	    /* our numbers */
	uint32_t first_answer, last_answer; /* the reflector's numbers */
	uint32_t answers;
	uint64_t to, from; /* of the stretches before */
};

struct live_rtt {
	uint64_t smooth_ns, sum_ns, samples;
	uint64_t min_ns, min_before_ns, min_until_ns; /* this half minute, the one before */
};

struct live {
	struct live_conf conf;
	enum live_state state;
	bool was_down;	    /* for the words: "replies again" */
	uint8_t credits;    /* late ticks forgiven since the last answer */
	uint8_t falls;	    /* short-lived ups in a row */
	uint32_t run, need; /* answers in a row; how many make it up */
	uint32_t random, answer_seq;
	uint64_t since_ns;
	uint64_t grid_ns, send_ns; /* the next send without and with its jitter */
	uint64_t alive_ns;	   /* last answer; at the start, first send */
	uint64_t refused_ns; /* last time the peer's host said that no agent is there; 0: never */
	struct live_sent sent;
	struct live_heard heard;
	struct live_loss loss;
	struct live_rtt rtt;
	struct live_counts counts;
};

enum live_fresh { FRESH_YES, FRESH_DUPLICATE, FRESH_LATE, FRESH_UNASKED };

/** live_sent_add() - a test leaves. Return: its sequence number. @lost: one more when its slot was
 *  still waiting for an answer */
uint32_t live_sent_add(struct live_sent *s, struct ntp_time stamp, uint64_t now_ns, uint64_t *lost);
/** live_sent_take() - an answer came. @sent_ns: when its test left, for FRESH_YES */
enum live_fresh live_sent_take(struct live_sent *s, uint32_t seq, struct ntp_time echo,
			       uint64_t *sent_ns);
/** live_sent_expire() - give up the tests sent before @before_ns. Return: how many */
uint32_t live_sent_expire(struct live_sent *s, uint64_t before_ns);

/** live_heard_take() - Return: whether this test of the peer came for the first time */
bool live_heard_take(struct live_heard *h, uint32_t seq, struct ntp_time stamp);

/** live_loss_take() - one fresh answer, with both ends' numbers */
void live_loss_take(struct live_loss *l, uint32_t seq, uint32_t answer);
void live_loss_read(const struct live_loss *l, uint64_t *to, uint64_t *from);

struct stamp_answer;
/** live_rtt_ns() - of one answer, at least 1 */
uint64_t live_rtt_ns(const struct live_event *ev, const struct stamp_answer *a, uint64_t sent_ns,
		     uint64_t now_ns);
void live_rtt_note(struct live_rtt *r, uint64_t rtt_ns, uint64_t now_ns);

/** live_refused() - whether the peer's host has said so lately, and no answer came since */
bool live_refused(const struct live *l, uint64_t now_ns);

/** live_directions() - what this end can tell at @now_ns */
void live_directions(const struct live *l, uint64_t now_ns, enum live_arrives *to,
		     enum live_arrives *from);
/** live_words() - the reason for the state, as it stands at @now_ns */
void live_words(const struct live *l, uint64_t now_ns, char reason[LIVE_REASON_BYTES]);

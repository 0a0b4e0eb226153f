/*
 * loss - how much each direction loses, by the stateful reflector's numbers
 * Over a stretch, our numbers moved on by S and the reflector's by R, and N answers came: S - R of
 * our tests did not get there, R + 1 - N answers did not come back. When the numbers cannot belong
 * together the reflector restarted, and a new stretch begins; what was lost in the gap is then of
 * no known direction. A stateless reflector (RFC 8762 section 4.3) copies our number: then all loss
 * shows as loss of the way back.
 */
#include "live/link.h"

static bool later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static void begin(struct live_loss *l, uint32_t seq, uint32_t answer)
{
	l->any = true;
	l->first_seq = l->last_seq = seq;
	l->first_answer = l->last_answer = answer;
	l->answers = 1;
}

void live_loss_read(const struct live_loss *l, uint64_t *to, uint64_t *from)
{
	uint32_t tests = l->last_seq - l->first_seq, answers = l->last_answer - l->first_answer;

	*to = l->to;
	*from = l->from;
	if (!l->any)
		return;
	*to += tests > answers ? tests - answers : 0;
	*from += answers >= l->answers ? answers + 1 - l->answers : 0;
}

static void begin_again(struct live_loss *l, uint32_t seq, uint32_t answer)
{
	uint64_t to, from;

	live_loss_read(l, &to, &from);
	l->to = to;
	l->from = from;
	begin(l, seq, answer);
}

void live_loss_take(struct live_loss *l, uint32_t seq, uint32_t answer)
{
	uint32_t last_seq = later(seq, l->last_seq) ? seq : l->last_seq;
	uint32_t last_answer = later(answer, l->last_answer) ? answer : l->last_answer;

	if (!l->any) {
		begin(l, seq, answer);
		return;
	}
	if (last_answer - l->first_answer > last_seq - l->first_seq ||
	    (later(seq, l->last_seq) && !later(answer, l->last_answer))) {
		begin_again(l, last_seq, answer);
		return;
	}
	if (later(l->first_seq, seq) || later(l->first_answer, answer))
		return; /* overtaken by the first of the stretch */
	l->last_seq = last_seq;
	l->last_answer = last_answer;
	l->answers++;
}

/* Who opens and closes a session, and in which order the news of it may come */
#include "run/sessions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void down_closes_what_is_open(void **state)
{
	assert_int_equal(sessions_decide(LIVE_DOWN, false, false), SESSION_SHUT);
	assert_int_equal(sessions_decide(LIVE_DOWN, false, true), SESSION_SHUT);
	assert_int_equal(sessions_decide(LIVE_DOWN, true, false), SESSION_LEAVE);
	assert_int_equal(sessions_decide(LIVE_DOWN, true, true), SESSION_LEAVE);
}

static void up_opens_what_grix_closed_and_leaves_what_the_admin_closed(void **state)
{
	assert_int_equal(sessions_decide(LIVE_UP, true, true), SESSION_OPEN);
	assert_int_equal(sessions_decide(LIVE_UP, true, false), SESSION_LEAVE);
	assert_int_equal(sessions_decide(LIVE_UP, false, true), SESSION_LEAVE);
}

static void not_knowing_changes_nothing(void **state)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(sessions_decide(LIVE_UNKNOWN, i & 1, i & 2), SESSION_LEAVE);
}

/* BIRD, the agent's worker with at most one act and one poll on the way, and the loop that decides. */
struct world {
	struct session s;
	enum live_state verdict;
	bool disabled, by_grix; /* BIRD's truth */
	bool acting, act_done, act_open;
	bool polling, poll_done, again;
	struct bird_session polled;
};

static void decide(struct world *w)
{
	w->again = w->acting;
	if (w->acting || !w->s.seen)
		return;
	enum session_act what = sessions_decide(w->verdict, w->s.disabled, w->s.ours);

	if (what == SESSION_LEAVE)
		return;
	w->acting = true;
	w->act_done = false;
	w->act_open = what == SESSION_OPEN;
}

static void look(struct world *w)
{
	w->polled = (struct bird_session){.name = "gx_fra_v4", .state = "", .since = ""};
	w->polled.disabled = w->disabled;
	w->polled.info = w->disabled && w->by_grix ? "(" BIRD_SHUT_WORDS ")" : "";
	w->poll_done = true;
}

static void act(struct world *w)
{
	if (w->disabled == w->act_open) {
		w->disabled = !w->act_open;
		w->by_grix = !w->act_open;
	}
	w->act_done = true;
}

/* The worker does one thing; an act goes before a poll. What is done is told in the order it was done:
 * a poll that was looked at before the act is told before it. */
static void work(struct world *w)
{
	if (w->acting && !w->act_done)
		act(w);
	else if (w->polling && !w->poll_done)
		look(w);
}

static void tell_poll(struct world *w)
{
	if (!w->polling || !w->poll_done)
		return;
	w->polling = w->poll_done = false;
	session_told(&w->s, &w->polled);
	decide(w);
}

static void tell_act(struct world *w)
{
	if (!w->acting || !w->act_done)
		return;
	w->acting = w->act_done = false;
	session_acted(&w->s, w->act_open);
	if (w->again)
		decide(w);
}

static void settle(struct world *w)
{
	for (int i = 0; i < 4; i++) {
		w->polling = true;
		for (int k = 0; k < 4; k++) {
			work(w);
			tell_poll(w);
			tell_act(w);
		}
	}
}

static void one_move(struct world *w, unsigned move)
{
	static const enum live_state verdicts[] = {LIVE_UP, LIVE_DOWN};

	switch (move) {
	case 0:
	case 1:
		w->verdict = verdicts[move];
		decide(w);
		break;
	case 2:
		w->polling = true;
		break;
	case 3:
		work(w);
		break;
	case 4:
		tell_poll(w);
		break;
	default:
		tell_act(w);
	}
}

static void a_link_that_ends_up_has_its_session_open_whatever_came_when(void **state)
{
	/* every order of seven moves: 6^7 of them */
	for (unsigned order = 0; order < 279936; order++) {
		struct world w = {.verdict = LIVE_UNKNOWN};
		unsigned rest = order;

		settle(&w);
		for (int i = 0; i < 7; i++, rest /= 6)
			one_move(&w, rest % 6);
		one_move(&w, 0);
		settle(&w);
		if (w.disabled)
			fail_msg("order %u of moves leaves the session closed", order);
	}
}

static void a_link_that_ends_down_has_its_session_closed_whatever_came_when(void **state)
{
	for (unsigned order = 0; order < 279936; order++) {
		struct world w = {.verdict = LIVE_UNKNOWN};
		unsigned rest = order;

		settle(&w);
		for (int i = 0; i < 7; i++, rest /= 6)
			one_move(&w, rest % 6);
		one_move(&w, 1);
		settle(&w);
		if (!w.disabled)
			fail_msg("order %u of moves leaves the session open", order);
	}
}

static void what_the_admin_closed_stays_closed_when_the_link_flaps(void **state)
{
	struct world w = {.verdict = LIVE_UP};

	settle(&w);
	w.disabled = true;
	settle(&w);
	one_move(&w, 1);
	settle(&w);
	one_move(&w, 0);
	settle(&w);
	assert_true(w.disabled);
	assert_false(w.s.ours);
}

static void what_the_agent_before_closed_is_opened_by_the_next(void **state)
{
	struct world w = {.verdict = LIVE_UNKNOWN, .disabled = true, .by_grix = true};

	settle(&w);
	assert_true(w.disabled);
	assert_true(w.s.ours);
	one_move(&w, 0);
	settle(&w);
	assert_false(w.disabled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(down_closes_what_is_open),
		cmocka_unit_test(up_opens_what_grix_closed_and_leaves_what_the_admin_closed),
		cmocka_unit_test(not_knowing_changes_nothing),
		cmocka_unit_test(a_link_that_ends_up_has_its_session_open_whatever_came_when),
		cmocka_unit_test(a_link_that_ends_down_has_its_session_closed_whatever_came_when),
		cmocka_unit_test(what_the_admin_closed_stays_closed_when_the_link_flaps),
		cmocka_unit_test(what_the_agent_before_closed_is_opened_by_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

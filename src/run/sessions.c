#include "run/sessions.h"

#include <stdio.h>
#include <string.h>

enum session_act sessions_decide(enum live_state verdict, bool disabled, bool ours)
{
	switch (verdict) {
	case LIVE_UNKNOWN:
		return SESSION_LEAVE;
	case LIVE_UP:
		return disabled && ours ? SESSION_OPEN : SESSION_LEAVE;
	case LIVE_DOWN:
		return disabled ? SESSION_LEAVE : SESSION_SHUT;
	}
	return SESSION_LEAVE;
}

void session_told(struct session *s, const struct bird_session *now)
{
	s->seen = true;
	s->disabled = now->disabled;
	/* The agent before us may have closed it: BIRD still has its words. */
	s->ours = now->disabled && (s->ours || strstr(now->info, BIRD_SHUT_WORDS));
	s->established = now->established;
	snprintf(s->state, sizeof(s->state), "%s", now->state);
	snprintf(s->since, sizeof(s->since), "%s", now->since);
	snprintf(s->info, sizeof(s->info), "%s", now->info);
	s->imported = now->imported;
	s->exported = now->exported;
}

void session_acted(struct session *s, bool open)
{
	s->stuck = false;
	s->disabled = !open;
	s->ours = !open;
}

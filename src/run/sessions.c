#include "run/sessions.h"

enum session_act sessions_decide(enum live_state verdict, bool disabled, bool owed)
{
	switch (verdict) {
	case LIVE_UNKNOWN:
		return SESSION_LEAVE;
	case LIVE_UP:
		return disabled && owed ? SESSION_OPEN : SESSION_LEAVE;
	case LIVE_DOWN:
		return disabled ? SESSION_LEAVE : SESSION_SHUT;
	}
	return SESSION_LEAVE;
}

/*
 * sessions - which BGP sessions a verdict opens and closes
 * Pure. Down closes, up opens, unknown leaves things as they are. What the admin closed by hand while
 * the link is up stays closed.
 */
#pragma once

#include "live/live.h"

#include <stdbool.h>

enum session_act { SESSION_LEAVE, SESSION_OPEN, SESSION_SHUT };

/**
 * sessions_decide() - for one session that BIRD has
 * @verdict:  of its link
 * @disabled: whether BIRD has it closed now
 * @owed:     the link came up since and the session was not opened yet
 */
enum session_act sessions_decide(enum live_state verdict, bool disabled, bool owed);

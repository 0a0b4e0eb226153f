/*
 * sessions - which BGP sessions a verdict opens and closes
 * Pure. Down closes, up opens what grix closed, unknown leaves things as they are. What the admin
 * closed by hand stays closed. Decided anew from what is, each time BIRD was asked or told something:
 * no answer that comes late can leave a session closed on a link that is up.
 */
#pragma once

#include "edge/birdsock.h"
#include "live/live.h"
#include "run/links.h"

#include <stdbool.h>

enum session_act { SESSION_LEAVE, SESSION_OPEN, SESSION_SHUT };

/**
 * sessions_decide() - for one session that BIRD has
 * @verdict:  of its link
 * @disabled: whether BIRD has it closed now
 * @ours:     grix closed it, this agent or one before it
 */
enum session_act sessions_decide(enum live_state verdict, bool disabled, bool ours);

/** session_told() - take what BIRD said of the session */
void session_told(struct session *s, const struct bird_session *now);
/** session_acted() - BIRD opened or closed it as we said */
void session_acted(struct session *s, bool open);

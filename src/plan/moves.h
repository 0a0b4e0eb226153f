/*
 * plan/moves - links whose endpoints change such that they cannot be changed in place
 * A host tells tunnels apart by mode, local, remote and key. Where two links get each other's, or
 * several in a ring, one has to go before the others can move: diff/ does so, here it is foreseen.
 */
#pragma once

#include "plan/plan.h"

enum { MOVE_ANEW_A = 1, MOVE_ANEW_B = 2 };

/**
 * moves_anew() - for each link of @now, on which of its hosts it goes and comes again
 * @before: for each link of @now the old one, NULL if it is new
 * @to_old: for each site of @now its index in @old
 * Return: an array in @scratch of sets of MOVE_ANEW_A (on the host of link.a), MOVE_ANEW_B.
 */
const uint8_t *moves_anew(const struct plan *old, const struct plan *now,
			  const struct plan_link *const *before, const uint32_t *to_old,
			  struct arena *scratch);

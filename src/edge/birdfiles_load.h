/*
 * birdfiles_load - have a running BIRD read the new files, and see what became of its sessions
 * Internal to birdfiles*.c.
 */
#pragma once

#include "edge/birdfiles_store.h"
#include "edge/birdsock.h"

struct birdload {
	struct bird *bird;
	struct arena *arena;
	struct birdstore *store;
	const char *old_name, *new_name; /* generations */
	const char *loaded;		 /* the generation BIRD has, "" when it knows none */
	bool unconfirmed;		 /* BIRD will undo its last configuration */
	int undo_s;
	struct bird_sessions before;
};

enum birdload_result { BIRDLOAD_OK = 0, BIRDLOAD_REFUSED, BIRDLOAD_LOST };

/** birdload_look() - which files BIRD has, and its sessions; into @l. 0 or negative errno */
int birdload_look(struct birdload *l, struct err *err);
/**
 * birdload_configure() - configure with the undo timer, look at the sessions
 * REFUSED: BIRD does not want it, and runs what it ran; @err has its words.
 * LOST: sessions whose files did not change are gone and do not return; BIRD runs the new files.
 * -ENOLINK: BIRD's own configuration does not include the folder; it runs what it ran.
 */
int birdload_configure(struct birdload *l, struct err *err);
/** birdload_confirm() - keep it. REFUSED: too late, BIRD has gone back by itself */
int birdload_confirm(struct birdload *l, struct err *err);
/** birdload_undo() - back to what ran before */
int birdload_undo(struct birdload *l, struct err *err);

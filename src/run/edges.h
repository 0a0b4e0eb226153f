/*
 * edges - what belongs to the worker's thread
 */
#pragma once

#include "edge/birdfiles.h"
#include "edge/kernel.h"

struct edges {
	struct kernel *kernel; /* NULL: to be opened */
	struct birdfiles_conf bird;
	bool with_bird;
};

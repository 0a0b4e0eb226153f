/*
 * mono - monotonic time in nanoseconds; only run/, edge/ and cmd/ ask for it
 */
#pragma once

#include <stdint.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

uint64_t mono_now_ns(void);
/** wall_now_ns() - CLOCK_REALTIME, since 1970; may step */
uint64_t wall_now_ns(void);

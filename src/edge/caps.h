/*
 * caps - give away every right but the two that tunnels and keepalives need
 * Order at start: caps_groups() and caps_become() while we still can, then caps_drop().
 */
#pragma once

#include "base/err.h"

/** caps_missing() - whether CAP_NET_ADMIN or CAP_NET_RAW is not there. Return: 0, or -EPERM with a
 *  sentence that says how to give it */
int caps_missing(struct err *err);

/** caps_join_group() - become a member of the group that owns @path (BIRD's socket or its folder),
 *  so that it opens without CAP_DAC_OVERRIDE. Does nothing without CAP_SETGID or without @path.
 *  Return: 0 or negative errno */
int caps_join_group(const char *path, struct err *err);

/** caps_become() - run as @user, keeping the two capabilities. -ENOENT: no such user */
int caps_become(const char *user, struct err *err);

/**
 * caps_drop() - permitted, effective and bounding set: CAP_NET_ADMIN and CAP_NET_RAW, no more; a
 * program we start gets none at all, and can gain none
 */
int caps_drop(struct err *err);

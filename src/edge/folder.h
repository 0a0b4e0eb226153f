/*
 * folder - make the folders the agent writes to
 */
#pragma once

#include "base/err.h"

/** folder_make() - @dir and what is missing above it, mode 0755. 0 also when it is there already */
int folder_make(const char *dir, struct err *err);
/** folder_make_for() - the folder that @path is in */
int folder_make_for(const char *path, struct err *err);

/** folder_give() - to @user and its group. -ENOENT: no such user */
int folder_give(const char *dir, const char *user, struct err *err);
int folder_give_for(const char *path, const char *user, struct err *err);

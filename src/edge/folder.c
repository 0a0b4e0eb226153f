#include "edge/folder.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_make(const char *dir, struct err *err)
{
	char part[PATH_MAX];

	if (strlen(dir) >= sizeof(part))
		return err_set(err, -ENAMETOOLONG, "%s: too long for a path", dir);
	for (const char *p = dir + 1;; p++) {
		if (*p && *p != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(p - dir), dir);
		if (mkdir(part, 0755) < 0 && errno != EEXIST && (!*p || errno != EROFS))
			return err_set(err, -errno, "%s: cannot make this folder: %s", part,
				       strerror(errno));
		if (!*p)
			return 0;
	}
}

static bool folder_of(const char *path, char ret[PATH_MAX])
{
	char *slash;

	snprintf(ret, PATH_MAX, "%s", path);
	slash = strrchr(ret, '/');
	if (!slash || slash == ret)
		return false;
	*slash = '\0';
	return true;
}

int folder_make_for(const char *path, struct err *err)
{
	char dir[PATH_MAX];

	return folder_of(path, dir) ? folder_make(dir, err) : 0;
}

int folder_give(const char *dir, const char *user, struct err *err)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw)
		return err_set(err, -ENOENT, "there is no user \"%s\" on this host", user);
	if (chown(dir, pw->pw_uid, pw->pw_gid) < 0)
		return err_set(err, -errno, "%s: cannot give this folder to %s: %s", dir, user,
			       strerror(errno));
	return 0;
}

int folder_give_for(const char *path, const char *user, struct err *err)
{
	char dir[PATH_MAX];

	return folder_of(path, dir) ? folder_give(dir, user, err) : 0;
}

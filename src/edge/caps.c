#include "edge/caps.h"

#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const cap_value_t kept[] = {CAP_NET_ADMIN, CAP_NET_RAW};
enum { N_KEPT = sizeof(kept) / sizeof(kept[0]) };

static bool effective(cap_value_t cap)
{
	cap_t c = cap_get_proc();
	cap_flag_value_t v = CAP_CLEAR;

	if (c)
		cap_get_flag(c, cap, CAP_EFFECTIVE, &v);
	cap_free(c);
	return v == CAP_SET;
}

int caps_missing(struct err *err)
{
	for (int i = 0; i < N_KEPT; i++) {
		char *name;

		if (effective(kept[i]))
			continue;
		name = cap_to_name(kept[i]);
		err_set(err, -EPERM,
			"this process has no %s: start it as root, or by systemd with "
			"AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW",
			name ? name : "capability");
		cap_free(name);
		return -EPERM;
	}
	return 0;
}

int caps_join_group(const char *path, struct err *err)
{
	gid_t groups[64];
	struct stat st;
	int n;

	if (!effective(CAP_SETGID) || stat(path, &st) < 0)
		return 0;
	n = getgroups(63, groups);
	if (n < 0)
		return err_set(err, -errno, "getgroups: %s", strerror(errno));
	for (int i = 0; i < n; i++)
		if (groups[i] == st.st_gid)
			return 0;
	groups[n++] = st.st_gid;
	if (setgroups((size_t)n, groups) < 0)
		return err_set(err, -errno, "cannot join the group of %s: %s", path,
			       strerror(errno));
	return 0;
}

int caps_become(const char *user, struct err *err)
{
	struct passwd *pw = getpwnam(user);
	gid_t groups[64];
	int n;

	if (!pw)
		return err_set(err, -ENOENT, "there is no user \"%s\" on this host", user);
	n = getgroups(63, groups);
	if (n < 0)
		return err_set(err, -errno, "getgroups: %s", strerror(errno));
	/* Keep what caps_join_group() added, but not root's own group. */
	for (int i = 0; i < n; i++)
		if (groups[i] == 0)
			groups[i] = pw->pw_gid;
	if (prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L) < 0 || setgroups((size_t)n, groups) < 0 ||
	    setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		return err_set(err, -errno, "cannot become user \"%s\": %s", user, strerror(errno));
	return 0;
}

static bool is_kept(cap_value_t c)
{
	for (int i = 0; i < N_KEPT; i++)
		if (kept[i] == c)
			return true;
	return false;
}

/* Only who has CAP_SETPCAP can; for others systemd's CapabilityBoundingSet= does it. */
static void narrow_bounding_set(void)
{
	cap_t c = cap_get_proc();

	if (!c)
		return;
	cap_value_t setpcap = CAP_SETPCAP;

	/* caps_become() left permitted as it was and effective empty. */
	if (cap_set_flag(c, CAP_EFFECTIVE, 1, &setpcap, CAP_SET) == 0 && cap_set_proc(c) == 0) {
		for (cap_value_t v = 0; v < cap_max_bits(); v++)
			if (!is_kept(v))
				cap_drop_bound(v);
		/* A program started by uid 0 gets no capabilities from that. */
		prctl(PR_SET_SECUREBITS, (long)(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED), 0L, 0L, 0L);
	}
	cap_free(c);
}

int caps_drop(struct err *err)
{
	cap_t c;
	int r = 0;

	narrow_bounding_set();
	cap_reset_ambient();
	c = cap_init();
	if (!c || cap_set_flag(c, CAP_PERMITTED, N_KEPT, kept, CAP_SET) < 0 ||
	    cap_set_flag(c, CAP_EFFECTIVE, N_KEPT, kept, CAP_SET) < 0 || cap_set_proc(c) < 0)
		r = err_set(err, -errno,
			    "cannot reduce capabilities to CAP_NET_ADMIN and "
			    "CAP_NET_RAW: %s",
			    strerror(errno));
	cap_free(c);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		r = err_set(err, -errno, "no_new_privs: %s", strerror(errno));
	return r;
}

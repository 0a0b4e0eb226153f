/*
 * kernel_settings - files below /proc/sys; those of net/ belong to the namespace of who opens them
 */
#include "edge/kernel_nl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_setting(const char *name, int flags)
{
	char path[256];
	int n = snprintf(path, sizeof(path), "/proc/sys/%s", name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int setting_read(const char *name, char *value, size_t size)
{
	int fd = open_setting(name, O_RDONLY);

	if (fd < 0)
		return fd;
	ssize_t n = read(fd, value, size - 1);
	int error = n < 0 ? -errno : 0;

	close(fd);
	if (error)
		return error;
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int setting_write(const char *name, const char *value)
{
	int fd = open_setting(name, O_WRONLY);

	if (fd < 0)
		return fd;
	size_t len = strlen(value);
	ssize_t n = write(fd, value, len);
	int error = n < 0 ? -errno : (size_t)n == len ? 0 : -EIO;

	close(fd);
	return error;
}

#include "base/journal.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

bool journal_reads(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char *end;
	struct stat st;

	if (!stream || fstat(fd, &st) < 0)
		return false;
	unsigned long long dev = strtoull(stream, &end, 10);

	if (end == stream || *end != ':')
		return false;
	const char *second = end + 1;
	unsigned long long inode = strtoull(second, &end, 10);

	return end != second && *end == '\0' && dev == st.st_dev && inode == st.st_ino;
}

/* NAME=value and a newline; a value of several lines after its length, 64 bits little endian. */
void journal_field(struct text *entry, const char *name, const char *value)
{
	size_t n = strlen(value);

	text_puts(entry, name);
	if (strchr(value, '\n')) {
		char length[8];

		for (int i = 0; i < 8; i++)
			length[i] = (char)((uint64_t)n >> (8 * i) & 0xff);
		text_puts(entry, "\n");
		text_add(entry, length, sizeof(length));
	} else {
		text_puts(entry, "=");
	}
	text_add(entry, value, n);
	text_puts(entry, "\n");
}

int journal_send(const char *socket_path, const struct text *entry)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int n = snprintf(to.sun_path, sizeof(to.sun_path), "%s", socket_path);

	if (n < 0 || (size_t)n >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* not connected before: the journal may have been restarted since */
	int r = sendto(fd, entry->data, entry->len, MSG_DONTWAIT | MSG_NOSIGNAL,
		       (const struct sockaddr *)&to, sizeof(to)) < 0
			? -errno
			: 0;

	close(fd);
	return r;
}

/*
 * notified - stand in for systemd: take the datagrams of sd_notify(3) and write them down
 * notified SOCKET FILE SECONDS: each datagram as "TIME_MS LINE" a line, flushed at once; ends by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	FILE *out = argc == 4 ? fopen(argv[2], "w") : NULL;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[1024];
	ssize_t n;

	if (!out || fd < 0 || strlen(argv[1]) >= sizeof(sun.sun_path))
		return 1;
	strcpy(sun.sun_path, argv[1]);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		return 1;
	alarm((unsigned)atoi(argv[3]));
	while ((n = recv(fd, text, sizeof(text) - 1, 0)) >= 0) {
		text[n] = '\0';
		for (char *save, *line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			fprintf(out, "%ld %s\n", now_ms(), line);
		fflush(out);
	}
	return 1;
}

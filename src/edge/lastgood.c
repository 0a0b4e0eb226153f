#include "edge/lastgood.h"

#include "base/hash.h"
#include "base/text.h"
#include "edge/file.h"
#include "edge/folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 256, LASTGOOD_MAX = 256 << 20 };

static const char head_format[] = "grix last good peer list: %zu files, hash %016" PRIx64 "\n";

uint64_t peers_hash(const struct peerlist_text *files, size_t n)
{
	struct text t;
	uint64_t h;

	text_init(&t);
	for (size_t i = 0; i < n; i++) {
		text_printf(&t, "%s %zu %016" PRIx64 "\n", files[i].name, files[i].len,
			    hash_bytes(files[i].text, files[i].len));
	}
	h = hash_bytes(text_str(&t), t.len);
	text_done(&t);
	return h;
}

/* The first line of what stands there, "" when nothing does. */
static void read_head(const char *path, char head[HEAD_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? 0 : read(fd, head, HEAD_BYTES - 1);

	head[n > 0 ? n : 0] = '\0';
	head[strcspn(head, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

int lastgood_write(const char *path, const struct peerlist_text *files, size_t n, struct err *err)
{
	char head[HEAD_BYTES], there[HEAD_BYTES];
	struct text t;
	int r;

	snprintf(head, sizeof(head), head_format, n, peers_hash(files, n));
	read_head(path, there);
	if (strncmp(head, there, strlen(head) - 1) == 0 && there[0])
		return 0;
	r = folder_make_for(path, err);
	if (r < 0)
		return r;
	text_init(&t);
	text_puts(&t, head);
	for (size_t i = 0; i < n; i++) {
		text_printf(&t, "file of %zu bytes: %s\n", files[i].len, files[i].name);
		text_add(&t, files[i].text, files[i].len);
		text_puts(&t, "\n");
	}
	r = file_write(path, text_str(&t), t.len, err);
	text_done(&t);
	return r;
}

static int read_whole(const char *path, struct arena *a, char **ret, size_t *len, double *written,
		      struct err *err)
{
	struct stat st;
	size_t got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > LASTGOOD_MAX) {
		close(fd);
		return err_set(err, -EBADMSG, "%s: not a copy of a peer list", path);
	}
	*ret = arena_alloc(a, (size_t)st.st_size + 1);
	while (got < (size_t)st.st_size) {
		ssize_t n = read(fd, *ret + got, (size_t)st.st_size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	close(fd);
	*len = got;
	*written = (double)st.st_mtim.tv_sec;
	return 0;
}

/* "file of N bytes: NAME\n", N bytes, "\n". Return: what follows, NULL when it does not fit. */
static char *take_file(struct arena *a, char *p, char *end, struct peerlist_text *ret)
{
	static const char start[] = "file of ";
	char *eol = memchr(p, '\n', (size_t)(end - p)), *after;

	if (!eol || strncmp(p, start, sizeof(start) - 1) != 0)
		return NULL;
	ret->len = strtoull(p + sizeof(start) - 1, &after, 10);
	if (strncmp(after, " bytes: ", 8) != 0 || ret->len > (size_t)(end - eol))
		return NULL;
	ret->name = arena_strndup(a, after + 8, (size_t)(eol - after - 8));
	ret->text = eol + 1;
	p = eol + 1 + ret->len;
	return p < end && *p == '\n' ? p + 1 : NULL;
}

int lastgood_read(const char *path, struct arena *a, struct peerlist_text **files, size_t *n,
		  double *written, struct err *err)
{
	struct peerlist_text *list;
	uint64_t hash = 0;
	size_t len = 0, count = 0;
	char *p = NULL, *end;
	int r = read_whole(path, a, &p, &len, written, err);

	if (r < 0)
		return r;
	assert(p);
	end = p + len;
	if (sscanf(p, head_format, &count, &hash) != 2 || count > len)
		return err_set(err, -EBADMSG, "%s: not a copy of a peer list", path);
	p += strcspn(p, "\n");
	if (p == end)
		return err_set(err, -EBADMSG, "%s: this copy of the peer list is damaged", path);
	p++;
	list = arena_array(a, count + 1, sizeof(*list));
	for (size_t i = 0; i < count && p; i++)
		p = take_file(a, p, end, &list[i]);
	if (!p || p != end || peers_hash(list, count) != hash)
		return err_set(err, -EBADMSG, "%s: this copy of the peer list is damaged", path);
	*files = list;
	*n = count;
	return 0;
}

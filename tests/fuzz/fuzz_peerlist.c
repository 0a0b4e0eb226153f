/*
 * fuzz_peerlist - any bytes as a peer list: it is a list or it has faults, and nothing else happens
 * With libFuzzer (tests/fuzz/run) or, linked with replay.c, over the corpus as a plain test.
 * The first byte says at how many places the rest is cut into files.
 */
#include "peerlist/peerlist.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { FILES_MAX = 4 };

/* Each file in memory of its own, exactly as large as it is: a read beyond the end is seen. */
static size_t cut(const char *text, size_t size, size_t files, struct peerlist_text *ret)
{
	static const char *const names[FILES_MAX] = {"a.cfg", "b.cfg", "c.cfg", "fabric.cfg"};

	for (size_t i = 0; i < files; i++) {
		const char *end = i + 1 < files ? memchr(text, '@', size) : NULL;
		size_t len = end ? (size_t)(end - text) : size;
		char *copy = malloc(len ? len : 1);

		assert(copy);
		if (len)
			memcpy(copy, text, len);
		ret[i] = (struct peerlist_text){names[i], copy, len};
		text += len + (end != NULL);
		size -= len + (end != NULL);
	}
	return files;
}

static void check_right(const struct peerlist *l)
{
	assert(l->n_members > 0);
	for (size_t i = 0; i < l->n_members; i++) {
		assert(l->members[i].name && l->members[i].asn && l->members[i].n_sites > 0);
		for (size_t j = 0; j < l->members[i].n_sites; j++)
			assert(l->members[i].sites[j].name && l->members[i].sites[j].id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct peerlist_text files[FILES_MAX];
	struct peerlist *list = NULL;
	struct faults faults;
	char line[4096];

	if (size == 0)
		return 0;
	size_t n = cut((const char *)bytes + 1, size - 1, bytes[0] % FILES_MAX + 1U, files);

	faults_init(&faults);
	int r = peerlist_parse(files, n, &faults, &list);

	assert((r == 0) == (faults.n == 0));
	assert((r == 0) == (list != NULL));
	if (list)
		check_right(list);
	for (size_t i = 0; i < faults.n; i++)
		assert(strlen(fault_line(&faults.list[i], line, sizeof(line))) > 0);
	peerlist_free(list);
	faults_done(&faults);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)files[i].text);
	return 0;
}

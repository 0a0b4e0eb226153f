#include "texts.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

char *texts_slurp(struct arena *a, const char *path, size_t *len)
{
	struct stat st;
	FILE *f = fopen(path, "rb");

	if (!f || fstat(fileno(f), &st) < 0)
		fail_msg("%s cannot be read", path);
	char *text = arena_alloc(a, (size_t)st.st_size + 1);

	*len = fread(text, 1, (size_t)st.st_size, f);
	fclose(f);
	return text;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **texts_names(struct arena *a, const char *folder, size_t *n)
{
	DIR *d = opendir(folder);
	char **names = arena_array(a, 1000, sizeof(*names));

	*n = 0;
	if (!d)
		fail_msg("%s cannot be read", folder);
	for (const struct dirent *e; (e = readdir(d)) && *n < 1000;)
		if (e->d_name[0] != '.')
			names[(*n)++] = arena_strdup(a, e->d_name);
	closedir(d);
	qsort(names, *n, sizeof(*names), compare);
	return names;
}

static bool ends(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

struct peerlist_text *texts_read(struct arena *a, const char *folder, const char *name, size_t *n)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);
	struct peerlist_text *texts = arena_array(a, 1000, sizeof(*texts));
	char **names = arena_array(a, 1, sizeof(*names));
	size_t n_names = 1;
	struct stat st;

	*n = 0;
	names[0] = arena_strdup(a, name);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		names = texts_names(a, path, &n_names);
		for (size_t i = 0; i < n_names; i++)
			names[i] = arena_printf(a, "%s/%s", name, names[i]);
	}
	for (size_t i = 0; i < n_names; i++) {
		struct peerlist_text *t = &texts[*n];

		if (!ends(names[i], ".cfg"))
			continue;
		t->name = names[i];
		t->text = texts_slurp(a, arena_printf(a, "%s/%s", folder, names[i]), &t->len);
		++*n;
	}
	return texts;
}

void texts_faults(const struct faults *f, struct text *ret)
{
	char line[4096];

	for (size_t i = 0; i < f->n; i++)
		text_printf(ret, "%s\n", fault_line(&f->list[i], line, sizeof(line)));
	if (f->dropped)
		text_printf(ret, "and %zu more\n", f->dropped);
}

struct peerlist *texts_parse(const char *text, struct text *ret)
{
	struct peerlist_text t = {"t.cfg", text, strlen(text)};
	struct peerlist *l = NULL;
	struct faults f;

	faults_init(&f);
	text_init(ret);
	int r = peerlist_parse(&t, 1, &f, &l);

	texts_faults(&f, ret);
	faults_done(&f);
	assert_int_equal(r, l ? 0 : PEERLIST_FAULTY);
	assert_int_equal(ret->len == 0, r == 0);
	return l;
}

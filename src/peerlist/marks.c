#include "peerlist/marks.h"

#include <stdint.h>
#include <stdlib.h>

void marks_init(struct marks *m)
{
	*m = (struct marks){0};
}

void marks_done(struct marks *m)
{
	free(m->list);
	marks_init(m);
}

void marks_add(struct marks *m, const void *value, int line, bool right)
{
	if (m->n == m->room) {
		m->room = m->room ? m->room * 2 : 256;
		m->list = realloc(m->list, m->room * sizeof(*m->list));
		if (!m->list)
			abort();
	}
	m->list[m->n++] = (struct mark){value, line, right};
	m->sorted = false;
}

static int compare(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct mark *)a)->value;
	uintptr_t y = (uintptr_t)((const struct mark *)b)->value;

	return (x > y) - (x < y);
}

static const struct mark *find(struct marks *m, const void *value)
{
	struct mark key = {.value = value};

	if (m->n == 0)
		return NULL;
	if (!m->sorted)
		qsort(m->list, m->n, sizeof(*m->list), compare);
	m->sorted = true;
	return bsearch(&key, m->list, m->n, sizeof(*m->list), compare);
}

int marks_line(struct marks *m, const void *value)
{
	const struct mark *found = find(m, value);

	return found ? found->line : 0;
}

bool marks_wrong(struct marks *m, const void *value)
{
	const struct mark *found = find(m, value);

	return found && !found->right;
}

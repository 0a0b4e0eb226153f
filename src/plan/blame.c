#include "plan/blame.h"

#include <stdarg.h>
#include <string.h>

struct blamed {
	struct origin at;
	const char *where, *text;
	size_t more; /* other pairs with the same fault */
};

void blame_init(struct blame *b, struct arena *scratch, size_t n_sites)
{
	*b = (struct blame){.scratch = scratch};
	b->seen = arena_array(scratch, (n_sites + 1) * BLAME_KINDS, sizeof(*b->seen));
}

static struct blamed *append(struct blame *b)
{
	if (b->n == b->room) {
		size_t room = b->room ? b->room * 2 : 16;
		struct blamed *list = arena_array(b->scratch, room, sizeof(*list));

		if (b->n)
			memcpy(list, b->list, b->n * sizeof(*list));
		b->list = list;
		b->room = room;
	}
	return &b->list[b->n++];
}

void blame_add(struct blame *b, enum blame_kind kind, uint32_t site, struct origin at,
	       const char *where, const char *fmt, ...)
{
	uint32_t *seen = site == BLAME_NOBODY ? NULL : &b->seen[site * BLAME_KINDS + kind];
	va_list ap;

	if (seen && *seen) {
		b->list[*seen - 1].more++;
		return;
	}
	struct blamed *x = append(b);

	va_start(ap, fmt);
	*x = (struct blamed){.at = at,
			     .where = arena_strdup(b->scratch, where),
			     .text = arena_vprintf(b->scratch, fmt, ap)};
	va_end(ap);
	if (seen)
		*seen = (uint32_t)b->n;
}

void blame_tell(const struct blame *b, struct faults *faults)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct blamed *x = &b->list[i];

		if (x->more)
			faults_add(faults, x->at, x->where, "%s (the same with %zu more site%s)",
				   x->text, x->more, x->more == 1 ? "" : "s");
		else
			faults_add(faults, x->at, x->where, "%s", x->text);
	}
}

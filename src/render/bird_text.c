/* render/bird_text - strings and prefix sets in BIRD's language; see bird_text.h */
#include "render/bird_text.h"

#include <stdlib.h>
#include <string.h>

enum { CLEAN_MAX = 120 };

void bird_text_for(struct text *t, int family, const char *s)
{
	const char *at;
	char digit = (char)('0' + family);

	while ((at = strchr(s, '@'))) {
		text_add(t, s, (size_t)(at - s));
		text_add(t, &digit, 1);
		s = at + 1;
	}
	text_puts(t, s);
}

void bird_text_clean(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (n > CLEAN_MAX) {
		n = CLEAN_MAX;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool bad = c < 0x20 || c == 0x7f || c == '"';

		text_add(t, bad ? "?" : s + i, 1);
	}
}

static int by_prefix(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

void bird_prefixes_sort(struct bird_prefixes *p)
{
	size_t kept = 0;

	if (p->n < 2)
		return;
	qsort(p->list, p->n, sizeof(*p->list), by_prefix);
	for (size_t i = 0; i < p->n; i++)
		if (kept == 0 || !prefix_equal(&p->list[kept - 1], &p->list[i]))
			p->list[kept++] = p->list[i];
	p->n = kept;
}

struct bird_prefixes bird_prefixes_of(struct arena *a, const struct member *m,
				      const struct site_entry *only, int family)
{
	enum family want = family == 4 ? FAMILY_IP4 : FAMILY_IP6;
	struct bird_prefixes p = {0};
	size_t room = 0;

	for (size_t i = 0; i < m->n_sites; i++)
		room += m->sites[i].n_announce;
	p.list = arena_array(a, room + 1, sizeof(*p.list));
	for (size_t i = 0; i < m->n_sites; i++) {
		const struct site_entry *e = &m->sites[i];

		for (size_t j = 0; (!only || e == only) && j < e->n_announce; j++)
			if (e->announce[j].addr.family == want)
				p.list[p.n++] = e->announce[j];
	}
	bird_prefixes_sort(&p);
	return p;
}

void bird_text_set(struct text *t, const struct bird_prefixes *p, const char *suffix,
		   const char *indent)
{
	bool lines = p->n > 2;
	char buf[PREFIX_TEXT];

	text_puts(t, "[");
	for (size_t i = 0; i < p->n; i++)
		text_printf(t, "%s%s%s%s%s%s", i ? "," : "", lines ? "\n\t" : " ",
			    lines ? indent : "", prefix_text(&p->list[i], buf), suffix,
			    i + 1 == p->n && !lines ? " " : "");
	text_printf(t, "%s%s]", lines ? "\n" : "", lines ? indent : "");
}

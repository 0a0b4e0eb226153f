/*
 * render/bird_text - what every part of the BIRD text is written with
 * Internal to render/bird*.c.
 */
#pragma once

#include "base/text.h"
#include "site/site.h"

/** bird_text_for() - add @s with every '@' replaced by the family's digit, 4 or 6 */
void bird_text_for(struct text *t, int family, const char *s);

/**
 * bird_text_clean() - add a word that a member wrote, for a string or a comment
 * BIRD's strings know no escapes: a quote or a newline would end it and the rest would be
 * configuration. The peer list refuses those bytes; here they become '?' all the same. At most
 * 120 bytes, never half a UTF-8 character.
 */
void bird_text_clean(struct text *t, const char *s);

struct bird_prefixes {
	struct prefix *list; /* sorted, each once */
	size_t n;
};

/** bird_prefixes_sort() - in order, each once */
void bird_prefixes_sort(struct bird_prefixes *p);

/** bird_prefixes_of() - what @m announces at all its sites in @family, or at @only when given */
struct bird_prefixes bird_prefixes_of(struct arena *a, const struct member *m,
				      const struct site_entry *only, int family);

/** bird_text_set() - "[ P, P ]" with @suffix behind each, one a line when more than two */
void bird_text_set(struct text *t, const struct bird_prefixes *p, const char *suffix,
		   const char *indent);

/** bird_policy() - the file of shared sets, functions and templates */
void bird_policy(struct text *t, const struct site *s);
/** bird_own() - the file of what this site announces */
void bird_own(struct text *t, const struct site *s);

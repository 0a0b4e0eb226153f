/*
 * render/bird - one site's BIRD configuration as files
 * Pure. One text for BIRD 2.0.12 to 3.x: void functions with arguments, inline filters, every
 * symbol starts with gx_. The same site gives the same bytes.
 *   in  struct site      out  struct bird_files
 */
#pragma once

#include "base/arena.h"
#include "site/site.h"

struct bird_file {
	const char *name; /* "00-shared.conf", "peer-fra.conf" (made unique like symbols are) */
	const char *text;
	size_t len;
};

struct bird_files {
	struct arena *arena;
	struct bird_file *list; /* shared functions first, then one a neighbour; sorted by name */
	size_t n;
};

/** render_bird() - the folder of generated files. Free with bird_files_free(). */
struct bird_files *render_bird(const struct site *s);
struct bird_files *bird_files_free(struct bird_files *f);

/** render_bird_standalone() - a whole bird.conf: router id, device, kernel protocols, then the
 *  generated text, or, with @include, one line that includes @include "/" "*.conf" */
char *render_bird_standalone(struct arena *a, const struct site *s, const struct bird_files *f,
			     const char *include);

/** render_bird_session() - a session's protocol name, "gx_fra_v4"; @family 4 or 6 */
void render_bird_session(const struct plan_site *peer, int family, char ret[SYMBOL_BYTES]);

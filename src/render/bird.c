/* render/bird - a file of shared policy, one of own announcements, one for each neighbour */
#include "render/bird.h"

#include "render/bird_text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char symbol_stem[] = "gx_";

void render_bird_session(const struct plan_site *peer, int family, char ret[SYMBOL_BYTES])
{
	int n = snprintf(ret, SYMBOL_BYTES, "%s_v%d", peer->symbol, family);

	/* BIRD takes 63 characters; the planner leaves room for the family */
	assert(n > 0 && n < SYMBOL_BYTES);
}

/* The prefix set that the peer's member announces, as an argument in the filter. */
static void import_filter(struct text *t, const struct neighbor *nb, int family, struct arena *a)
{
	if (nb->ibgp) {
		bird_text_for(t, family, "\t\timport filter { gx_import_ibgp@(); };\n");
		return;
	}
	struct bird_prefixes listed = bird_prefixes_of(a, nb->peer->member, NULL, family);

	text_printf(t, "\t\timport filter { gx_import%d(%u, ", family, nb->peer->asn);
	bird_text_set(t, &listed, "", "\t\t");
	text_puts(t, "); };\n");
}

static void channel(struct text *t, const struct neighbor *nb, int family, struct arena *a)
{
	const struct member *m = nb->peer->member;
	uint32_t max = family == 4 ? m->max_prefix4 : m->max_prefix6;

	text_printf(t, "\tipv%d {\n\t\timport keep filtered on;\n", family);
	if (nb->ibgp)
		text_puts(t, "\t\tnext hop self;\n");
	if (!nb->ibgp && max > 0)
		text_printf(t, "\t\treceive limit %u action restart;\n", max);
	if (!nb->ibgp && max == 0)
		text_puts(t, "\t\timport none; # max-prefix 0\n");
	else
		import_filter(t, nb, family, a);
	bird_text_for(t, family,
		      nb->ibgp ? "\t\texport filter { gx_export_ibgp@(); };\n"
			       : "\t\texport filter { gx_export@(); };\n");
	text_puts(t, "\t};\n");
}

static void session(struct text *t, const struct site *s, const struct neighbor *nb, int family,
		    struct arena *a)
{
	const struct addr *local = family == 4 ? &s->self->lan4 : &s->self->lan6;
	const struct addr *peer = family == 4 ? &nb->lan4 : &nb->lan6;
	char name[SYMBOL_BYTES], buf[ADDR_TEXT];

	if (local->family == FAMILY_NONE || peer->family == FAMILY_NONE)
		return;
	render_bird_session(nb->peer, family, name);
	text_printf(t, "\nprotocol bgp %s from %s {\n", name, nb->ibgp ? "gx_ibgp" : "gx_ebgp");
	text_printf(t, "\tdescription \"%s, ", nb->peer->name);
	bird_text_clean(t, nb->peer->member->name);
	text_puts(t, "\";\n");
	text_printf(t, "\tinterface \"%s\";\n", nb->peer->ifname);
	text_printf(t, "\tlocal %s as %u;\n", addr_text(local, buf), s->self->asn);
	text_printf(t, "\tneighbor %s as %u;\n", addr_text(peer, buf), nb->peer->asn);
	channel(t, nb, family, a);
	text_puts(t, "}\n");
}

static void peer_file(struct text *t, const struct site *s, const struct neighbor *nb,
		      struct arena *a)
{
	text_printf(t, "# Site %s of ", nb->peer->name);
	bird_text_clean(t, nb->peer->member->name);
	text_printf(t, " (AS%u), %s over %s\n", nb->peer->asn, nb->ibgp ? "iBGP" : "eBGP",
		    nb->peer->ifname);
	session(t, s, nb, 4, a);
	session(t, s, nb, 6, a);
}

static void add(struct bird_files *f, const char *name, struct text *t)
{
	struct bird_file *file = &f->list[f->n++];

	file->name = name;
	file->len = t->len;
	file->text = arena_strndup(f->arena, text_str(t), t->len);
	text_reset(t);
}

static int by_name(const void *a, const void *b)
{
	const struct bird_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct bird_files *render_bird(const struct site *s)
{
	struct bird_files *f = calloc(1, sizeof(*f));
	struct text t;

	if (!f)
		abort();
	text_init(&t);
	f->arena = arena_new();
	f->list = arena_array(f->arena, s->n_neighbors + 2, sizeof(*f->list));
	bird_policy(&t, s);
	add(f, "00-shared.conf", &t);
	bird_own(&t, s);
	add(f, "10-own.conf", &t);
	for (size_t i = 0; i < s->n_neighbors; i++) {
		const char *symbol = s->neighbors[i].peer->symbol;

		assert(strncmp(symbol, symbol_stem, strlen(symbol_stem)) == 0);
		peer_file(&t, s, &s->neighbors[i], f->arena);
		add(f, arena_printf(f->arena, "peer-%s.conf", symbol + strlen(symbol_stem)), &t);
	}
	text_done(&t);
	qsort(f->list, f->n, sizeof(*f->list), by_name);
	return f;
}

struct bird_files *bird_files_free(struct bird_files *f)
{
	if (!f)
		return NULL;
	arena_free(f->arena);
	free(f);
	return NULL;
}

static const char standalone_text[] =
	"\n"
	"# The log goes to standard error, for systemd, containers and bird -f; else take the "
	"other.\n"
	"log stderr all;\n"
	"#log syslog all;\n"
	"\n"
	"timeformat protocol iso long;\n"
	"timeformat log iso long;\n"
	"\n"
	"protocol device gx_device {\n"
	"	scan time 10;\n"
	"}\n"
	"\n"
	"# What BGP brought goes into the kernel, nothing comes from there. No source address is "
	"set:\n"
	"# on a tunnel the kernel takes this site's address of the peering LAN, which all others\n"
	"# can answer.\n"
	"protocol kernel gx_kernel4 {\n"
	"	scan time 20;\n"
	"	ipv4 {\n"
	"		import none;\n"
	"		export where source = RTS_BGP;\n"
	"	};\n"
	"}\n"
	"\n"
	"protocol kernel gx_kernel6 {\n"
	"	scan time 20;\n"
	"	ipv6 {\n"
	"		import none;\n"
	"		export where source = RTS_BGP;\n"
	"	};\n"
	"}\n";

char *render_bird_standalone(struct arena *a, const struct site *s, const struct bird_files *f,
			     const char *include)
{
	char buf[ADDR_TEXT];
	struct text t;

	text_init(&t);
	text_printf(&t, "# A whole BIRD configuration for site %s of exchange %s\n\n",
		    s->self->name, s->plan->fabric);
	text_printf(&t, "router id %s;\n", addr_text(&s->self->router_id, buf));
	text_puts(&t, standalone_text);
	if (include) {
		text_printf(&t, "\ninclude \"%s/*.conf\";\n", include);
	} else {
		for (size_t i = 0; i < f->n; i++) {
			text_puts(&t, "\n");
			text_add(&t, f->list[i].text, f->list[i].len);
		}
	}
	char *all = arena_strndup(a, text_str(&t), t.len);

	text_done(&t);
	return all;
}

#include "base/err.h"
#include "cmd/load.h"
#include "cmd/output.h"

/* What a good list makes, counted. */
struct counts {
	size_t gre, ip6gre, ibgp, sites_both, sites4, sites6;
};

static struct counts count(const struct plan *p)
{
	struct counts n = {0};

	for (size_t i = 0; i < p->n_links; i++) {
		n.gre += p->links[i].mode == MODE_GRE;
		n.ip6gre += p->links[i].mode == MODE_IP6GRE;
		n.ibgp += p->links[i].ibgp;
	}
	for (size_t i = 0; i < p->n_sites; i++) {
		bool four = p->sites[i].entry->underlay4.family != FAMILY_NONE;
		bool six = p->sites[i].entry->underlay6.family != FAMILY_NONE;

		n.sites_both += four && six;
		n.sites4 += four && !six;
		n.sites6 += !four && six;
	}
	return n;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_lan(const struct fabric *f)
{
	char four[PREFIX_TEXT], six[PREFIX_TEXT];
	bool both = f->lan4.addr.family != FAMILY_NONE && f->lan6.addr.family != FAMILY_NONE;

	printf("  peering LAN  %s%s%s\n",
	       f->lan4.addr.family != FAMILY_NONE ? prefix_text(&f->lan4, four) : "",
	       both ? ", " : "",
	       f->lan6.addr.family != FAMILY_NONE ? prefix_text(&f->lan6, six) : "");
}

static void print_underlay(const struct counts *n)
{
	const char *comma = "";

	fputs("  underlay     ", stdout);
	if (n->sites_both) {
		printf("%zu site%s with IPv4 and IPv6", n->sites_both, plural(n->sites_both));
		comma = ", ";
	}
	if (n->sites4) {
		printf("%s%zu with IPv4 only", comma, n->sites4);
		comma = ", ";
	}
	if (n->sites6)
		printf("%s%zu with IPv6 only", comma, n->sites6);
	putchar('\n');
}

static void print_links(const struct counts *n)
{
	printf("  links        %zu over IPv4 (gre), %zu over IPv6 (ip6gre)", n->gre, n->ip6gre);
	if (n->ibgp)
		printf("; %zu of them between sites of one member", n->ibgp);
	putchar('\n');
}

/* What switches off a link that would not be there anyway; NULL when there is no such thing. */
static char *idle_entry(const struct plan *p, const struct link_entry *e, struct arena *a)
{
	const struct plan_site *x = plan_find_site(p, e->between[0]);
	const struct plan_site *y = plan_find_site(p, e->between[1]);
	char *why = e->enabled || !x || !y ? NULL : plan_apart_anyway(x, y, a);

	return why ? arena_printf(a,
				  "%s:%d: fabric: links: %s and %s would not meet anyway: %s; the "
				  "entry can go",
				  e->at.file, e->at.line, x->name, y->name, why)
		   : NULL;
}

static json_t *notes(const struct loaded *l)
{
	struct arena *a = arena_new();
	json_t *list = json_array();

	for (size_t i = 0; i < l->list->fabric.n_links; i++) {
		char *note = idle_entry(l->plan, &l->list->fabric.links[i], a);

		if (note)
			json_array_append_new(list, output_string(note));
	}
	arena_free(a);
	return list;
}

static void print_summary(const struct loaded *l)
{
	const struct plan *p = l->plan;
	struct counts n = count(p);

	printf("%s is good: %zu member%s, %zu site%s, %zu link%s\n", p->fabric, l->list->n_members,
	       plural(l->list->n_members), p->n_sites, plural(p->n_sites), p->n_links,
	       plural(p->n_links));
	print_lan(&l->list->fabric);
	print_underlay(&n);
	print_links(&n);

	json_t *list = notes(l), *note;
	size_t i;

	json_array_foreach(list, i, note) printf("  note         %s\n", json_string_value(note));
	json_decref(list);
}

static void print_json(const struct loaded *l)
{
	struct counts n = count(l->plan);

	output_json(json_pack("{s:b, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:[], s:o}", "ok", 1,
			      "fabric", output_string(l->plan->fabric), "members",
			      (json_int_t)l->list->n_members, "sites", (json_int_t)l->plan->n_sites,
			      "links", (json_int_t)l->plan->n_links, "gre", (json_int_t)n.gre,
			      "ip6gre", (json_int_t)n.ip6gre, "ibgp", (json_int_t)n.ibgp, "faults",
			      "notes", notes(l)));
}

int verb_check(const struct call *c)
{
	struct loaded l;
	int code = load(c, c->words[0], &l);

	if (code)
		return code;
	if (call_has(c, OPT_JSON))
		print_json(&l);
	else
		print_summary(&l);
	load_done(&l);
	return EXIT_DONE;
}

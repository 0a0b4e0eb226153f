#include "base/near.h"
#include "cmd/verb.h"

#include <assert.h>
#include <string.h>

static const struct option_name option_names[OPT_COUNT] = {
	[OPT_SITE] = {"site", 's', "SITE"},    [OPT_JSON] = {"json", 'j', NULL},
	[OPT_AGAINST] = {"against", 0, "OLD"}, [OPT_DRY_RUN] = {"dry-run", 'n', NULL},
	[OPT_FORCE] = {"force", 'f', NULL},    [OPT_FABRIC] = {"fabric", 0, "NAME"},
	[OPT_OUTPUT] = {"output", 'o', "DIR"}, [OPT_STANDALONE] = {"standalone", 0, NULL},
	[OPT_INCLUDE] = {"include", 0, "DIR"}, [OPT_SOCKET] = {"socket", 0, "PATH"},
	[OPT_WATCH] = {"watch", 'w', NULL},    [OPT_CHECK] = {"check", 'c', NULL},
	[OPT_HELP] = {"help", 'h', NULL},
};

/* clang-format off */
#define WORD_PEERS {"PEERS", true, "the peer list: a folder of *.cfg files, or one file"}
#define SITE_HERE {OPT_SITE, true, "the site that this host is"}
/* clang-format on */

static const struct verb table[] = {
	{.name = "check",
	 .words = {WORD_PEERS},
	 .options = {{OPT_JSON, false, "the answer, or every fault, as JSON"}},
	 .help = "say whether a peer list is good, or everything that is wrong with it",
	 .more = "Reads the whole list, makes the plan, and changes nothing.",
	 .run = verb_check},
	{.name = "plan",
	 .words = {WORD_PEERS},
	 .options = {{OPT_SITE, false, "only this site and its links"},
		     {OPT_AGAINST, false, "what changes when OLD becomes PEERS; exit 2 if any"},
		     {OPT_JSON, false, "the plan as JSON"}},
	 .help = "print the sites and links that follow from a peer list",
	 .more = "The plan is the same wherever it is made: it depends on the list alone.",
	 .run = verb_plan},
	{.name = "diff",
	 .words = {WORD_PEERS},
	 .options = {SITE_HERE, {OPT_JSON, false, "the steps as JSON"}},
	 .help = "show what apply would do on this host; exit 2 if anything",
	 .more = "Compares the plan with what the kernel has now. Changes nothing.",
	 .run = verb_diff},
	{.name = "apply",
	 .words = {WORD_PEERS},
	 .options = {SITE_HERE,
		     {OPT_DRY_RUN, false, "print the steps and do none of them"},
		     {OPT_FORCE, false, "also when more than half of the links would go"},
		     {OPT_JSON, false, "the steps and what became of them as JSON"}},
	 .help = "bring this host's tunnels to what the peer list says",
	 .more = "Only links that carry grix's mark are touched; what is right already stays.\n"
		 "BIRD is left alone: see \"grix render bird\" and grix-agent(8).",
	 .writes = true,
	 .run = verb_apply},
	{.name = "down",
	 .words = {{"PEERS", false, "peer list to take the fabric's name from"}},
	 .options = {{OPT_SITE, true, "the site whose tunnels go"},
		     {OPT_FABRIC, false, "the exchange, if tunnels of several are here"},
		     {OPT_DRY_RUN, false, "print the steps and do none of them"},
		     {OPT_FORCE, false, "also while an agent runs, which puts them back"},
		     {OPT_JSON, false, "the steps and what became of them as JSON"}},
	 .help = "remove this site's tunnels, found by their owner mark",
	 .more = "Needs no peer list. Settings like IP forwarding stay as they are.",
	 .writes = true,
	 .run = verb_down},
	{.name = "render",
	 .words = {{"bird", true, "what to render: bird, the site's BIRD configuration"},
		   WORD_PEERS},
	 .options = {SITE_HERE,
		     {OPT_OUTPUT, false, "write the files into DIR, instead of printing them"},
		     {OPT_STANDALONE, false, "a whole bird.conf, not only the files to include"},
		     {OPT_INCLUDE, false, "let it include DIR/*.conf, instead of holding the text"},
		     {OPT_JSON, false, "names and texts of the files as JSON"}},
	 .help = "write the configuration of BIRD that follows from the peer list",
	 .more = "The same list gives the same bytes. Nothing is loaded: grix-agent(8) does that.",
	 .run = verb_render},
	{.name = "status",
	 .options = {{OPT_SITE, false, "ask the agent of this site; needed if several run here"},
		     {OPT_SOCKET, false, "ask at this socket, instead of /run/grix/SITE.sock"},
		     {OPT_WATCH, false, "draw it again every second, until q or Ctrl-C"},
		     {OPT_CHECK, false, "exit 2 if anything is down or not as planned"},
		     {OPT_JSON, false, "the agent's answer as JSON"}},
	 .help = "show what the agent here sees: tunnels, sessions, round trips",
	 .more = "Asks the running grix-agent(8); exit 69 if none answers.",
	 .run = verb_status},
	{.name = "version",
	 .options = {{OPT_JSON, false, "as JSON"}},
	 .help = "print the version",
	 .run = verb_version},
	{.name = "help",
	 .words = {{"VERB", false, "explain this verb and its options"}},
	 .options = {{OPT_JSON, false, "the tables of verbs and options as JSON"}},
	 .help = "list the verbs, or explain one",
	 .run = verb_help},
};

enum { VERBS = sizeof(table) / sizeof(table[0]) };

const struct verb *verbs(size_t *n)
{
	*n = VERBS;
	return table;
}

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

const struct verb *verb_nearest(const char *name)
{
	const char *names[VERBS];

	for (size_t i = 0; i < VERBS; i++)
		names[i] = table[i].name;
	const char *near = near_name(name, names, VERBS);

	return near ? verb_find(near) : NULL;
}

const struct option_name *option_name(enum option o)
{
	assert(o < OPT_COUNT);
	return &option_names[o];
}

bool call_has(const struct call *c, enum option o)
{
	return c->values[o] != NULL;
}

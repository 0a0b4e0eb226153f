/*
 * grix - one verb a call; see verb.h for the table
 */
#include "base/err.h"
#include "base/log.h"
#include "cmd/output.h"
#include "cmd/verb.h"

#include <signal.h>
#include <string.h>

static int no_verb(const char *word)
{
	const struct verb *near = verb_nearest(word);
	char text[512];

	if (near)
		snprintf(text, sizeof(text),
			 "unknown verb \"%s\", did you mean \"%s\"? (see: grix help)", word,
			 near->name);
	else
		snprintf(text, sizeof(text), "unknown verb \"%.400s\" (see: grix help)", word);
	output_line(NULL, text);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	struct call c = {0};

	if (argc < 2) {
		usage_all(stderr);
		return EXIT_USAGE;
	}
	const char *word = argv[1];

	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		word = "help";
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		word = "version";
	c.verb = verb_find(word);
	if (!c.verb)
		return no_verb(word);
	if (call_parse(&c, argc - 2, argv + 2) != 0)
		return EXIT_USAGE;
	if (call_has(&c, OPT_HELP)) {
		usage_verb(c.verb, stdout);
		return EXIT_DONE;
	}
	/* "grix apply ... | head" must not stop half-way; printing verbs just end */
	if (c.verb->writes)
		signal(SIGPIPE, SIG_IGN);
	return c.verb->run(&c);
}

int main(int argc, char **argv)
{
	output_open();
	log_to_level(LOG_LEVEL_WARN, NULL);
	return output_finish(run(argc, argv));
}

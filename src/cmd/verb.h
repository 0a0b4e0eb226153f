/*
 * verb - the table of verbs and options of grix
 * Usage, --help, errors, the completeness test of grix(1) and the parser are all made from it, so
 * a verb or an option stands in one place.
 *   in  argv     out  struct call, given to the verb's run function, which returns the exit code
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum option {
	OPT_SITE,
	OPT_JSON,
	OPT_AGAINST,
	OPT_DRY_RUN,
	OPT_FORCE,
	OPT_FABRIC,
	OPT_OUTPUT,
	OPT_STANDALONE,
	OPT_INCLUDE,
	OPT_SOCKET,
	OPT_WATCH,
	OPT_CHECK,
	OPT_HELP,
	OPT_COUNT
};

/* What an option is called, the same in every verb that has it. */
struct option_name {
	const char *name; /* without the dashes */
	char letter;	  /* 0: no short form */
	const char *arg;  /* name of its value, NULL for a flag */
};

/* An option of one verb. */
struct verb_option {
	enum option option;
	bool required;
	const char *help; /* one line */
};

/* A word that is not an option. */
struct verb_word {
	const char *name; /* "PEERS"; in lower case it must stand so: "bird" */
	bool required;
	const char *help;
};

enum { VERB_OPTIONS_MAX = 8, VERB_WORDS_MAX = 2 };

struct call;

struct verb {
	const char *name;
	struct verb_word words[VERB_WORDS_MAX];	      /* ends at the first without a name */
	struct verb_option options[VERB_OPTIONS_MAX]; /* ends at the first without help */
	const char *help;			      /* one line, for the list of verbs */
	const char *more;			      /* a paragraph, for --help */
	bool writes; /* changes the host: goes on to its end when nobody reads its output */
	int (*run)(const struct call *c);
};

/* One call of the program, understood. Strings are argv's. */
struct call {
	const struct verb *verb;
	const char *words[VERB_WORDS_MAX];
	const char *values[OPT_COUNT]; /* NULL: not given; a flag: "" */
};

/** verbs() - all of them, in the order of the list in --help */
const struct verb *verbs(size_t *n);
const struct verb *verb_find(const char *name);
/** verb_nearest() - the verb that @name may be a slip of; NULL if none is near */
const struct verb *verb_nearest(const char *name);
const struct option_name *option_name(enum option o);
bool call_has(const struct call *c, enum option o);

/**
 * call_parse() - read the words after the verb
 * @ret: holds the verb already
 * Return: 0; or EXIT_USAGE after one line on stderr that says what to do.
 */
int call_parse(struct call *ret, int argc, char **argv);

/** usage_line() - "grix plan PEERS [--site SITE] ..." */
void usage_line(const struct verb *v, FILE *to);
/** usage_verb() - what --help prints for one verb */
void usage_verb(const struct verb *v, FILE *to);
/** usage_all() - the list of verbs */
void usage_all(FILE *to);

int verb_check(const struct call *c);
int verb_plan(const struct call *c);
int verb_diff(const struct call *c);
int verb_apply(const struct call *c);
int verb_down(const struct call *c);
int verb_render(const struct call *c);
int verb_status(const struct call *c);
int verb_version(const struct call *c);
int verb_help(const struct call *c);

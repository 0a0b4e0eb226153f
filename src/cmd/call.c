/*
 * call - argv against the table: options anywhere, "--name VALUE", "--name=VALUE", "-n VALUE",
 * "-nVALUE", flags together "-nf", "--" ends the options. No abbreviations: a script that uses one
 * breaks with the next option.
 */
#include "base/err.h"
#include "base/near.h"
#include "base/text.h"
#include "cmd/output.h"
#include "cmd/verb.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

/* One line: what is wrong, what would be right. */
__attribute__((format(printf, 2, 3))) static int usage_error(const struct verb *v, const char *fmt,
							     ...)
{
	struct text t;
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	text_init(&t);
	text_printf(&t, "%s (see: grix %s --help)", what, v->name);
	output_line(v->name, text_str(&t));
	text_done(&t);
	return EXIT_USAGE;
}

static size_t own_options(const struct verb *v)
{
	size_t n = 0;

	while (n < VERB_OPTIONS_MAX && v->options[n].help)
		n++;
	return n;
}

/* --help belongs to every verb and stands in no verb's row. */
static bool verb_has(const struct verb *v, enum option o)
{
	for (size_t i = 0; i < own_options(v); i++)
		if (v->options[i].option == o)
			return true;
	return o == OPT_HELP;
}

static bool find_long(const struct verb *v, const char *name, size_t length, enum option *ret)
{
	for (enum option o = 0; o < OPT_COUNT; o++) {
		const char *full = option_name(o)->name;

		if (verb_has(v, o) && strlen(full) == length && memcmp(full, name, length) == 0) {
			*ret = o;
			return true;
		}
	}
	return false;
}

static bool find_letter(const struct verb *v, char letter, enum option *ret)
{
	for (enum option o = 0; o < OPT_COUNT; o++) {
		if (verb_has(v, o) && option_name(o)->letter == letter) {
			*ret = o;
			return true;
		}
	}
	return false;
}

static int unknown_long(const struct verb *v, const char *name, size_t length)
{
	const char *names[OPT_COUNT];
	char word[64];
	size_t n = 0;

	for (enum option o = 0; o < OPT_COUNT; o++)
		if (verb_has(v, o))
			names[n++] = option_name(o)->name;
	snprintf(word, sizeof(word), "%.*s", (int)(length < 63 ? length : 63), name);
	const char *near = near_name(word, names, n);

	/* a word that only lacks its end is near, however long the end: --stand */
	for (size_t i = 0; i < n && !near && length > 1; i++)
		if (strncmp(names[i], word, length) == 0)
			near = names[i];
	if (near)
		return usage_error(v, "unknown option --%s, did you mean --%s?", word, near);
	for (enum option o = 0; o < OPT_COUNT; o++)
		if (strcmp(option_name(o)->name, word) == 0)
			return usage_error(v, "--%s is for other verbs", word);
	return usage_error(v, "unknown option --%s", word);
}

static int take_value(struct call *c, enum option o, const char *value)
{
	const char *name = option_name(o)->name;

	if (c->values[o] && option_name(o)->arg)
		return usage_error(c->verb, "--%s is given twice, give it once", name);
	if (option_name(o)->arg && value[0] == '\0')
		return usage_error(c->verb, "--%s is empty, write --%s %s", name, name,
				   option_name(o)->arg);
	c->values[o] = value;
	return 0;
}

static int missing_value(const struct call *c, enum option o)
{
	const char *name = option_name(o)->name, *arg = option_name(o)->arg;

	return usage_error(c->verb, "--%s needs a value, write --%s %s", name, name, arg);
}

/* Return: how many words were used, or 0 after an error. */
static int parse_long(struct call *c, int left, char **argv)
{
	const char *name = argv[0] + 2, *value = strchr(name, '=');
	size_t length = value ? (size_t)(value - name) : strlen(name);
	enum option o;

	if (!find_long(c->verb, name, length, &o))
		return unknown_long(c->verb, name, length), 0;
	if (!option_name(o)->arg) {
		if (value)
			return usage_error(c->verb, "--%s takes no value", option_name(o)->name), 0;
		return take_value(c, o, "") == 0 ? 1 : 0;
	}
	if (value)
		return take_value(c, o, value + 1) == 0 ? 1 : 0;
	if (left < 2 || (argv[1][0] == '-' && argv[1][1]))
		return missing_value(c, o), 0;
	return take_value(c, o, argv[1]) == 0 ? 2 : 0;
}

static int parse_letters(struct call *c, int left, char **argv)
{
	for (const char *p = argv[0] + 1; *p; p++) {
		enum option o;

		if (!find_letter(c->verb, *p, &o))
			return usage_error(c->verb, "unknown option -%c",
					   isprint((unsigned char)*p) ? *p : '?'),
			       0;
		if (!option_name(o)->arg) {
			take_value(c, o, "");
			continue;
		}
		if (p[1])
			return take_value(c, o, p + 1) == 0 ? 1 : 0;
		if (left < 2 || (argv[1][0] == '-' && argv[1][1]))
			return missing_value(c, o), 0;
		return take_value(c, o, argv[1]) == 0 ? 2 : 0;
	}
	return 1;
}

static int take_word(struct call *c, const char *word)
{
	for (size_t i = 0; i < VERB_WORDS_MAX && c->verb->words[i].name; i++) {
		const char *name = c->verb->words[i].name;

		if (c->words[i])
			continue;
		if (islower((unsigned char)name[0]) && strcmp(name, word) != 0)
			return usage_error(c->verb, "cannot render \"%s\", write %s", word, name);
		if (word[0] == '\0')
			return usage_error(c->verb, "%s is empty", name);
		c->words[i] = word;
		return 0;
	}
	return usage_error(c->verb, "unexpected word \"%s\"", word);
}

static int check_complete(const struct call *c)
{
	for (size_t i = 0; i < VERB_WORDS_MAX && c->verb->words[i].name; i++) {
		const struct verb_word *w = &c->verb->words[i];

		if (w->required && !c->words[i])
			return usage_error(c->verb, "%s is missing: %s", w->name, w->help);
	}
	for (size_t i = 0; i < own_options(c->verb); i++) {
		const struct verb_option *row = &c->verb->options[i];
		const struct option_name *o = option_name(row->option);

		if (row->required && !call_has(c, row->option))
			return usage_error(c->verb, "--%s %s is missing: %s", o->name, o->arg,
					   row->help);
	}
	return 0;
}

int call_parse(struct call *c, int argc, char **argv)
{
	bool options = true;

	for (int i = 0; i < argc;) {
		int used = 1;

		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (options && strncmp(argv[i], "--", 2) == 0)
			used = parse_long(c, argc - i, argv + i);
		else if (options && argv[i][0] == '-' && argv[i][1])
			used = parse_letters(c, argc - i, argv + i);
		else if (take_word(c, argv[i]) != 0)
			return EXIT_USAGE;
		if (used == 0)
			return EXIT_USAGE;
		i += used;
	}
	return call_has(c, OPT_HELP) ? 0 : check_complete(c);
}

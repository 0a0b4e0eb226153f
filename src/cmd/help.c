#include "base/err.h"
#include "cmd/output.h"
#include "cmd/verb.h"

static json_t *options_json(const struct verb *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < VERB_OPTIONS_MAX && v->options[i].help; i++) {
		const struct verb_option *row = &v->options[i];
		const struct option_name *o = option_name(row->option);
		char letter[2] = {o->letter, '\0'};
		json_t *j = json_pack("{s:s, s:s?, s:s?, s:b, s:s}", "option", o->name, "letter",
				      o->letter ? letter : NULL, "value", o->arg, "required",
				      row->required, "help", row->help);

		json_array_append_new(list, j);
	}
	return list;
}

static json_t *words_json(const struct verb *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < VERB_WORDS_MAX && v->words[i].name; i++)
		json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "word", v->words[i].name,
						      "required", v->words[i].required, "help",
						      v->words[i].help));
	return list;
}

static json_t *tables_json(void)
{
	size_t n;
	const struct verb *v = verbs(&n);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "verb", v[i].name,
						      "help", v[i].help, "words", words_json(&v[i]),
						      "options", options_json(&v[i])));
	return json_pack("{s:o}", "verbs", list);
}

int verb_help(const struct call *c)
{
	const char *name = c->words[0];

	if (call_has(c, OPT_JSON)) {
		output_json(tables_json());
		return EXIT_DONE;
	}
	if (!name) {
		usage_all(stdout);
		return EXIT_DONE;
	}
	const struct verb *v = verb_find(name), *near = v ? v : verb_nearest(name);

	if (v)
		usage_verb(v, stdout);
	else if (near)
		output_error(c, EXIT_USAGE, "unknown verb \"%s\", did you mean \"%s\"?", name,
			     near->name);
	else
		output_error(c, EXIT_USAGE, "unknown verb \"%s\" (see: grix help)", name);
	return v ? EXIT_DONE : EXIT_USAGE;
}

/*
 * usage - the texts of --help, made from the table
 */
#include "cmd/verb.h"

#include <string.h>

enum { USAGE_WIDTH = 79 };

/* "-s, --site SITE" */
static int option_text(enum option option, char *buf, size_t size)
{
	const struct option_name *o = option_name(option);
	char letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	return snprintf(buf, size, "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
			o->arg ? o->arg : "");
}

static void option_in_usage(const struct verb_option *row, char *buf, size_t size)
{
	const struct option_name *o = option_name(row->option);
	const char *open = row->required ? "" : "[", *close = row->required ? "" : "]";

	snprintf(buf, size, "%s--%s%s%s%s", open, o->name, o->arg ? " " : "", o->arg ? o->arg : "",
		 close);
}

/* Continuation lines stand under the first word after "grix VERB". */
static void usage_piece(FILE *to, const char *piece, size_t indent, size_t *column)
{
	if (*column + 1 + strlen(piece) > USAGE_WIDTH) {
		fprintf(to, "\n%*s", (int)indent, "");
		*column = indent;
	}
	fprintf(to, " %s", piece);
	*column += 1 + strlen(piece);
}

void usage_line(const struct verb *v, FILE *to)
{
	size_t indent = strlen("usage: grix ") + strlen(v->name), column = indent;
	char piece[64];

	fprintf(to, "usage: grix %s", v->name);
	for (size_t i = 0; i < VERB_WORDS_MAX && v->words[i].name; i++) {
		snprintf(piece, sizeof(piece), v->words[i].required ? "%s" : "[%s]",
			 v->words[i].name);
		usage_piece(to, piece, indent, &column);
	}
	for (size_t i = 0; i < VERB_OPTIONS_MAX && v->options[i].help; i++) {
		option_in_usage(&v->options[i], piece, sizeof(piece));
		usage_piece(to, piece, indent, &column);
	}
	fputc('\n', to);
}

void usage_verb(const struct verb *v, FILE *to)
{
	char left[64];

	usage_line(v, to);
	fprintf(to, "\n%c%s.\n", v->help[0] - 'a' + 'A', v->help + 1);
	if (v->more)
		fprintf(to, "%s\n", v->more);
	fputc('\n', to);
	for (size_t i = 0; i < VERB_WORDS_MAX && v->words[i].name; i++)
		fprintf(to, "  %-21s %s\n", v->words[i].name, v->words[i].help);
	for (size_t i = 0; i < VERB_OPTIONS_MAX && v->options[i].help; i++) {
		option_text(v->options[i].option, left, sizeof(left));
		fprintf(to, "  %-21s %s\n", left, v->options[i].help);
	}
	option_text(OPT_HELP, left, sizeof(left));
	fprintf(to, "  %-21s this text\n", left);
}

void usage_all(FILE *to)
{
	size_t n;
	const struct verb *v = verbs(&n);

	fprintf(to,
		"usage: grix VERB ...\n\n"
		"A virtual internet exchange over a mesh of GRE tunnels, from one peer list.\n\n");
	for (size_t i = 0; i < n; i++)
		fprintf(to, "  %-9s %s\n", v[i].name, v[i].help);
	fprintf(to, "\nMore on one verb: grix VERB --help. Manual: grix(1), grix-peers(5).\n");
}

#include "cmd/output.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void output_open(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			/* for reading only: what is written to a closed stdout must fail */
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

/* Why writing failed, when it was some time ago: it fails again. */
static int ask_again(void)
{
	clearerr(stdout);
	errno = 0;
	fputc('\n', stdout);
	fflush(stdout);
	return errno;
}

int output_finish(int code)
{
	bool failed_before = ferror(stdout);
	bool failed = fflush(stdout) != 0 || failed_before;
	int reason = failed_before ? ask_again() : errno;

	/* some file systems tell only at close that the disk is full */
	if (fclose(stdout) != 0 && !failed) {
		failed = true;
		reason = errno;
	}
	if (!failed || reason == EPIPE)
		return code;
	fprintf(stderr, "grix: cannot write the output: %s\n",
		reason ? strerror(reason) : "write failed");
	return EXIT_FAILED;
}

bool output_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no && *no)
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

void output_paint(int colour, const char *s)
{
	if (output_colour())
		printf("\033[%dm%s\033[m", colour, s);
	else
		fputs(s, stdout);
}

void output_json(json_t *j)
{
	if (json_dumpf(j, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0)
		fputc('\n', stdout);
	json_decref(j);
}

/* How many bytes of a well-formed character stand at @s (RFC 3629); 0 when none. */
static size_t utf8_bytes(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

json_t *output_string(const char *s)
{
	struct text t;

	text_init(&t);
	while (*s) {
		size_t n = utf8_bytes((const unsigned char *)s);

		if (n)
			text_add(&t, s, n);
		else
			text_puts(&t, "\xef\xbf\xbd");
		s += n ? n : 1;
	}
	json_t *j = json_string(text_str(&t));

	text_done(&t);
	return j;
}

void output_line(const char *verb, const char *text)
{
	fprintf(stderr, "grix%s%s: ", verb ? " " : "", verb ? verb : "");
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, stderr);
	fputc('\n', stderr);
}

int output_error(const struct call *c, int code, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	output_line(c->verb->name, text);
	if (call_has(c, OPT_JSON))
		output_json(json_pack("{s:b, s:o}", "ok", 0, "error", output_string(text)));
	return code;
}

static size_t count_files(const struct faults *f)
{
	size_t files = 0;

	for (size_t i = 0; i < f->n; i++) /* sorted by file */
		if (f->list[i].file && (i == 0 || !f->list[i - 1].file ||
					strcmp(f->list[i].file, f->list[i - 1].file) != 0))
			files++;
	return files;
}

json_t *output_faults_json(const struct faults *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n; i++) {
		const struct fault *x = &f->list[i];
		json_t *o = json_object();

		json_object_set_new(o, "file", x->file ? output_string(x->file) : json_null());
		json_object_set_new(o, "line", x->line > 0 ? json_integer(x->line) : json_null());
		json_object_set_new(o, "where", x->where ? output_string(x->where) : json_null());
		json_object_set_new(o, "text", output_string(x->text));
		json_array_append_new(list, o);
	}
	return list;
}

int output_faults(const struct call *c, struct faults *f)
{
	size_t all = f->n + f->dropped;
	char line[4096];

	faults_sort(f);
	size_t files = count_files(f);

	if (call_has(c, OPT_JSON)) {
		output_json(json_pack("{s:b, s:o, s:I}", "ok", 0, "faults", output_faults_json(f),
				      "faults_not_shown", (json_int_t)f->dropped));
	} else {
		for (size_t i = 0; i < f->n; i++)
			fprintf(stderr, "%s\n", fault_line(&f->list[i], line, sizeof(line)));
		if (f->dropped)
			fprintf(stderr, "... and %zu more\n", f->dropped);
	}
	fprintf(stderr, "%zu fault%s", all, all == 1 ? "" : "s");
	if (files)
		fprintf(stderr, " in %zu file%s", files, files == 1 ? "" : "s");
	fprintf(stderr, "; nothing was changed\n");
	return EXIT_PEERLIST;
}

#include "peerlist/lex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '_';
}

static bool starts(const struct lexer *l, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(l->end - l->p) >= n && memcmp(l->p, s, n) == 0;
}

static void skip_line(struct lexer *l)
{
	while (l->p < l->end && *l->p != '\n')
		l->p++;
}

/* Return: false when the comment never ends. */
static bool skip_block_comment(struct lexer *l)
{
	for (l->p += 2; l->p < l->end; l->p++) {
		if (starts(l, "*/")) {
			l->p += 2;
			return true;
		}
		if (*l->p == '\n')
			l->line++;
	}
	return false;
}

/* Spaces and comments. Return: 0, or the line of a comment that never ends. */
static int skip_blank(struct lexer *l)
{
	while (l->p < l->end) {
		int line = l->line;

		if (*l->p == '\n')
			l->line++;
		if (strchr(" \t\r\n\f", *l->p) && *l->p)
			l->p++;
		else if (*l->p == '#' || starts(l, "//"))
			skip_line(l);
		else if (!starts(l, "/*"))
			return 0;
		else if (!skip_block_comment(l))
			return line;
	}
	return 0;
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Length of the escape at @p, 0 when libconfig does not know it; \x00 would cut the string. */
static size_t escape_length(const char *p, const char *end)
{
	if (end - p >= 2 && p[1] && strchr("abfnrtv\\\"", p[1]))
		return 2;
	if (end - p >= 4 && p[1] == 'x' && is_hex(p[2]) && is_hex(p[3]))
		return p[2] == '0' && p[3] == '0' ? 0 : 4;
	return 0;
}

/*
 * Where the text @t most likely ends, if a quotation mark was forgotten: before a semicolon, before
 * the name of the next setting, before a comma. NULL when nothing tells.
 */
static const char *forgotten_end(const struct token *t)
{
	const char *p = memchr(t->start, ';', t->len);

	if (p)
		return p;
	p = memchr(t->start, '=', t->len);
	if (!p)
		return memchr(t->start, ',', t->len);
	while (p > t->start && strchr(" \t", p[-1]))
		p--;
	while (p > t->start && is_name_char(p[-1]))
		p--;
	while (p > t->start && strchr(" \t,", p[-1]))
		p--;
	return p;
}

static void lex_string(struct lexer *l, struct token *t)
{
	t->kind = TOKEN_STRING;
	t->start = ++l->p;
	while (l->p < l->end && *l->p != '"' && *l->p != '\n') {
		size_t n = *l->p == '\\' ? escape_length(l->p, l->end) : 1;

		if (n == 0)
			t->trouble = TROUBLE_ESCAPE;
		l->p += n ? n : 1;
	}
	t->len = (size_t)(l->p - t->start);
	const char *open_end = forgotten_end(t);

	if (l->p < l->end && *l->p == '"') {
		l->p++;
		/* name = "Alpha; policy = "open": what closes one text was to open the next */
		if (l->p == l->end || !is_name_char(*l->p) || !open_end)
			return;
	}
	t->trouble = TROUBLE_STRING_OPEN;
	if (open_end) {
		t->len = (size_t)(open_end - t->start);
		l->p = open_end;
	}
}

/* Where a value without quotes ends: so far a whole address, URL or word is one token. */
static bool ends_word(const struct lexer *l)
{
	return l->p == l->end || (unsigned char)*l->p <= ' ' || strchr(";,{}()[]\"=#", *l->p) ||
	       starts(l, "//") || starts(l, "/*");
}

static bool all_of(const char *s, size_t n, bool (*is)(char))
{
	for (size_t i = 0; i < n; i++)
		if (!is(s[i]))
			return false;
	return n > 0;
}

static void set_integer(struct token *t, const char *digits, size_t n, int base, bool minus)
{
	char text[32] = "";

	t->kind = TOKEN_INTEGER;
	if (base == 10 && n > 1 && digits[0] == '0')
		t->trouble = TROUBLE_LEADING_ZERO;
	for (; n > 1 && *digits == '0'; n--)
		digits++;
	if (n > 20) {
		t->trouble = TROUBLE_NOT_64_BIT;
		return;
	}
	text[0] = minus ? '-' : '+';
	memcpy(text + 1, digits, n);
	errno = 0;
	t->integer = strtoll(text, NULL, base);
	if (errno == ERANGE) {
		t->trouble = TROUBLE_NOT_64_BIT;
		t->integer = 0;
	}
}

static bool is_fraction(const char *s, size_t n)
{
	bool digit = false, point = false;
	size_t i = 0;

	for (; i < n && (is_digit(s[i]) || (s[i] == '.' && !point)); i++) {
		digit = digit || is_digit(s[i]);
		point = point || s[i] == '.';
	}
	if (!digit || i == n)
		return digit && point;
	if ((s[i] | 0x20) != 'e')
		return false;
	if (++i < n && (s[i] == '-' || s[i] == '+'))
		i++;
	return all_of(s + i, n - i, is_digit);
}

static void classify(struct token *t)
{
	const char *s = t->start;
	size_t n = t->len;
	bool sign = *s == '-' || *s == '+', minus = *s == '-';

	if (n == 4 && strncasecmp(s, "true", 4) == 0)
		t->kind = TOKEN_TRUE;
	if (n == 5 && strncasecmp(s, "false", 5) == 0)
		t->kind = TOKEN_FALSE;
	if (t->kind != TOKEN_WORD)
		return;
	s += sign;
	n -= sign;
	if (is_fraction(s, n)) {
		t->kind = TOKEN_FRACTION;
		return;
	}
	for (int i = 0; i < 2 && n > 1 && s[n - 1] == 'L'; i++)
		n--;
	if (all_of(s, n, is_digit))
		set_integer(t, s, n, 10, minus);
	else if (!sign && n > 2 && s[0] == '0' && (s[1] | 0x20) == 'x' &&
		 all_of(s + 2, n - 2, is_hex))
		set_integer(t, s + 2, n - 2, 16, false);
}

/* 'x', `x` and the curly marks that word processors make of " */
static size_t strange_quote(const struct lexer *l)
{
	static const char *const curly[] = {"\xe2\x80\x98",
					    "\xe2\x80\x99",
					    "\xe2\x80\x9c",
					    "\xe2\x80\x9d",
					    "\xe2\x80\x9e",
					    "\xc2\xab",
					    "\xc2\xbb",
					    "'",
					    "`"};

	for (size_t i = 0; i < sizeof(curly) / sizeof(curly[0]); i++)
		if (starts(l, curly[i]))
			return strlen(curly[i]);
	return 0;
}

static void lex_quote(struct lexer *l, struct token *t)
{
	t->kind = TOKEN_WORD;
	t->trouble = TROUBLE_QUOTE;
	/* up to the end of what was meant to be one string */
	while (l->p < l->end && !strchr("\n;,)]}\"", *l->p))
		l->p++;
	t->len = (size_t)(l->p - t->start);
}

static void lex_bare(struct lexer *l, struct token *t, bool value)
{
	if (!value) {
		while (l->p < l->end && is_name_char(*l->p))
			l->p++;
		t->len = (size_t)(l->p - t->start);
		t->kind = t->len && is_letter(*t->start) ? TOKEN_NAME : TOKEN_STRANGE;
	} else {
		while (!ends_word(l))
			l->p++;
		t->len = (size_t)(l->p - t->start);
		t->kind = t->len ? TOKEN_WORD : TOKEN_STRANGE;
	}
	if (t->len == 0) {
		t->len = 1;
		l->p++;
	}
	if (t->kind == TOKEN_WORD)
		classify(t);
}

struct token lex_next(struct lexer *l, bool value)
{
	int open = skip_blank(l);
	struct token t = {.start = l->p, .line = l->line};

	if (open) {
		t.line = open;
		t.trouble = TROUBLE_COMMENT_OPEN;
	} else if (l->p == l->end) {
		t.kind = TOKEN_END;
	} else if (*l->p == '"') {
		lex_string(l, &t);
	} else if (starts(l, "@include")) {
		t.kind = TOKEN_INCLUDE;
		skip_line(l);
	} else if (*l->p && strchr("=:;,{}()[]", *l->p) && !(value && starts(l, "::"))) {
		t.kind = TOKEN_MARK;
		t.len = 1;
		l->p++;
	} else if (strange_quote(l)) {
		lex_quote(l, &t);
	} else {
		lex_bare(l, &t, value);
	}
	return t;
}

bool lex_is_mark(const struct token *t, char c)
{
	return t->kind == TOKEN_MARK && *t->start == c;
}

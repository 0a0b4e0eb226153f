/*
 * lex - the words of a peer list, strictly
 * First step of the screening: the text is cut into tokens, with their lines, before libconfig
 * sees any of it.
 *   in  text of any content     out  one token a call, with what is wrong with it
 * Source: the libconfig 1.5 manual, "Configuration Files".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,	/* asn; only where a name may stand */
	TOKEN_STRING,	/* start and len are what stands between the quotes, escapes as written */
	TOKEN_INTEGER,	/* integer is set */
	TOKEN_FRACTION, /* 1.5, 1e3 */
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_WORD,    /* anything else without quotes where a value stands */
	TOKEN_MARK,    /* one of = : ; , { } ( ) [ ] in *start */
	TOKEN_STRANGE, /* a character that has no meaning here */
	TOKEN_INCLUDE, /* @include and the rest of its line */
};

enum token_trouble {
	TROUBLE_NONE,
	TROUBLE_STRING_OPEN, /* no closing quote on the line; the string ends there, or before a ; */
	TROUBLE_COMMENT_OPEN, /* with TOKEN_END: the comment that starts on .line never ends */
	TROUBLE_ESCAPE,	      /* a backslash and something that libconfig does not know */
	TROUBLE_NOT_64_BIT,   /* the number does not even fit 64 bits; integer is 0 */
	TROUBLE_LEADING_ZERO, /* 010: ten here, eight elsewhere */
	TROUBLE_QUOTE,	      /* a quotation mark other than " */
};

struct token {
	enum token_kind kind;
	enum token_trouble trouble;
	const char *start;
	size_t len;
	int line;
	int64_t integer;
};

struct lexer {
	const char *p, *end;
	int line;
};

/** lex_next() - the next token
 *  @value: a value may stand here: numbers and bare words reach up to the next space, comma ... */
struct token lex_next(struct lexer *l, bool value);
/** lex_is_mark() - whether @t is the punctuation mark @c */
bool lex_is_mark(const struct token *t, char c);

/* The rules for names: what may go into file names, BIRD strings, terminals and JSON unharmed. */
#include "base/utf8.h"
#include "peerlist/value.h"

#include <inttypes.h>
#include <string.h>

static const char *wrong_char(struct arena *a, uint32_t c, enum name_rule rule)
{
	if (utf8_is_control(c))
		return arena_printf(a, "holds the control character U+%04" PRIX32, c);
	if (utf8_is_invisible(c))
		return arena_printf(a, "holds the invisible character U+%04" PRIX32, c);
	if (c == '"' || c == '\\')
		return arena_printf(a, "holds a %s", c == '"' ? "quotation mark" : "backslash");
	if (rule == NAME_SITE && utf8_is_space(c))
		return "holds a space, write a - instead";
	if (rule == NAME_SITE && c < 0x80 && strchr("/:%", (int)c))
		return arena_printf(a, "holds a %c", (int)c);
	if (rule == NAME_FABRIC &&
	    !(c < 0x80 && strchr("abcdefghijklmnopqrstuvwxyz0123456789-", (int)c)))
		return "holds something else than a-z, 0-9 and -";
	return NULL;
}

const char *value_name(struct arena *a, const char *s, enum name_rule rule, size_t max)
{
	const char *p = s;
	size_t len = strlen(s), n;
	uint32_t c, last = 0;

	if (len == 0)
		return "is empty";
	if (len > max)
		return arena_printf(a, "is %zu bytes long, %zu are allowed", len, max);
	for (; *p; p += n, last = c) {
		n = utf8_next(p, &c);
		if (n == 0)
			return "is not UTF-8, save the file in UTF-8";
		const char *wrong = wrong_char(a, c, rule);

		if (wrong)
			return arena_printf(a, "\"%s\" %s", s, wrong);
		if (utf8_is_space(c) && p == s)
			return arena_printf(a, "\"%s\" begins with a space", s);
	}
	if (utf8_is_space(last))
		return arena_printf(a, "\"%s\" ends with a space", s);
	if (rule != NAME_FREE && (s[0] == '-' || s[0] == '.'))
		return arena_printf(a, "\"%s\" begins with a %c, begin with a letter or digit", s,
				    s[0]);
	return NULL;
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

const char *value_country(struct arena *a, const char *s)
{
	if (strlen(s) == 2 && is_upper(s[0]) && is_upper(s[1]))
		return NULL;
	return arena_printf(
		a, "\"%s\" is not a country code, write two capital letters like \"NL\"", s);
}

/* RFC 2622 section 5: names with AS- in front, or ASNs, joined by colons; one of them is a set. */
const char *value_as_set(struct arena *a, const char *s)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	bool set = false;

	for (const char *p = s; *p || p == s;) {
		size_t n = strspn(p, good);
		bool as = n > 2 && (p[0] | 0x20) == 'a' && (p[1] | 0x20) == 's';
		bool is_set = as && p[2] == '-' && n > 3;

		if (!is_set && !(as && strspn(p + 2, "0123456789") == n - 2))
			goto wrong;
		set = set || is_set;
		p += n;
		if (*p == ':' && p[1])
			p++;
		else if (*p)
			goto wrong;
	}
	if (set && strlen(s) <= 100)
		return NULL;
wrong:
	return arena_printf(a,
			    "\"%s\" is not an AS-SET, write it like \"AS-ALPHA\" or "
			    "\"AS64501:AS-ALPHA\"",
			    s);
}

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
	enum log_level level;
	const char *tokens;
} sink = {.level = LOG_LEVEL_INFO}; /* the one global: NOLINT(cppcoreguidelines-*) */

void log_to_level(enum log_level level, const char *tokens)
{
	sink.level = level;
	sink.tokens = tokens;
}

static bool listed(const char *tokens, const char *folder)
{
	size_t n = strlen(folder);

	for (const char *p = tokens; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == n && strncmp(p, folder, n) == 0)
			return true;
	return false;
}

static void line(enum log_level level, const char *folder, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void line(enum log_level level, const char *folder, const char *fmt, va_list ap)
{
	static const char *const name[] = {"error", "warn", "info", "debug"};
	static const int syslog_level[] = {3, 4, 6, 7};
	char text[1024], stamp[32] = "";

	if (level > sink.level)
		return;
	if (level == LOG_LEVEL_DEBUG && sink.tokens && !listed(sink.tokens, folder))
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (getenv("JOURNAL_STREAM")) {
		fprintf(stderr, "<%d>%s: %s\n", syslog_level[level], folder, text);
		return;
	}
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%H:%M:%S", localtime_r(&now, &tm));
	fprintf(stderr, "%s %-5s %-8s %s\n", stamp, name[level], folder, text);
}

#define LOG_AT(func, level)                                                                        \
	void func(const char *folder, const char *fmt, ...)                                        \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		line(level, folder, fmt, ap);                                                      \
		va_end(ap);                                                                        \
	}

LOG_AT(log_error, LOG_LEVEL_ERROR)
LOG_AT(log_warn, LOG_LEVEL_WARN)
LOG_AT(log_info, LOG_LEVEL_INFO)
LOG_AT(log_debug, LOG_LEVEL_DEBUG)

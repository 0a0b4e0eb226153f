#include "base/log.h"

#include "base/journal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
	enum log_level level;
	const char *tokens, *site, *journal;
} sink = {/* the one global: NOLINT(cppcoreguidelines-*) */
	  .level = LOG_LEVEL_INFO,
	  .journal = JOURNAL_SOCKET};

void log_to_level(enum log_level level, const char *tokens)
{
	sink.level = level;
	sink.tokens = tokens;
}

void log_set_site(const char *site)
{
	sink.site = site;
}

void log_journal_at(const char *socket_path)
{
	sink.journal = socket_path;
}

static bool listed(const char *tokens, const char *folder)
{
	size_t n = strlen(folder);

	for (const char *p = tokens; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == n && strncmp(p, folder, n) == 0)
			return true;
	return false;
}

static void to_journal(enum log_level level, const char *folder, const char *text)
{
	static const char *const priority[] = {"3", "4", "6", "7"};
	struct text message, entry;

	text_init(&message);
	text_init(&entry);
	text_printf(&message, "%s: %s", folder, text);
	journal_field(&entry, "MESSAGE", text_str(&message));
	journal_field(&entry, "PRIORITY", priority[level]);
	journal_field(&entry, "SYSLOG_IDENTIFIER", "grix-agent");
	journal_field(&entry, "GRIX_FOLDER", folder);
	if (sink.site)
		journal_field(&entry, "GRIX_SITE", sink.site);
	if (journal_send(sink.journal, &entry) < 0)
		fprintf(stderr, "<%s>%s\n", priority[level], text_str(&message));
	text_done(&entry);
	text_done(&message);
}

static void line(enum log_level level, const char *folder, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void line(enum log_level level, const char *folder, const char *fmt, va_list ap)
{
	static const char *const name[] = {"error", "warn", "info", "debug"};
	char text[1024], stamp[32] = "";

	if (level > sink.level)
		return;
	if (level == LOG_LEVEL_DEBUG && sink.tokens && !listed(sink.tokens, folder))
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (journal_reads(STDERR_FILENO)) {
		to_journal(level, folder, text);
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

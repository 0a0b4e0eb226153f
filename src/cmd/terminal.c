#include "cmd/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A signal comes with no pointer. */
static volatile sig_atomic_t asked_to_end; /* NOLINT(*-non-const-global-variables) */

static void on_signal(int number)
{
	if (number != SIGWINCH)
		asked_to_end = 1;
}

bool terminal_is_there(void)
{
	return isatty(STDOUT_FILENO);
}

void terminal_signals(void)
{
	struct sigaction act = {.sa_handler = on_signal};

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGWINCH, &act, NULL);
}

void terminal_open(struct terminal *t)
{
	*t = (struct terminal){.is_saved = false};
	if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &t->saved) == 0) {
		struct termios raw = t->saved;

		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		t->is_saved = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	}
	fputs("\033[?1049h\033[?25l", stdout);
}

/* How many bytes of @line fit into @columns: escape sequences take none, a character one column. */
static size_t fitting(const char *line, size_t length, int columns)
{
	size_t i = 0;

	while (i < length) {
		unsigned char b = (unsigned char)line[i];

		if (b == '\033') {
			while (i < length && line[i] != 'm')
				i++;
			i += i < length;
			continue;
		}
		if ((b & 0xc0) != 0x80 && columns-- == 0)
			break;
		i++;
	}
	return i;
}

/* Where this row ends: prose behind a word, a row of a table at the edge. */
static size_t row_end(const char *line, size_t length, int columns, bool prose)
{
	size_t fits = fitting(line, length, columns);

	if (!prose || fits == length)
		return fits;
	for (size_t at = fits; at > 0; at--)
		if (line[at] == ' ' && strspn(line, " ") < at)
			return at;
	return fits;
}

/*
 * One line of text: rows of a table are cut at the edge, prose, which is indented, is continued.
 * Return: how many rows it took, at most @rows.
 */
static int draw_line(const char *line, size_t length, int columns, int rows)
{
	bool prose = length > 0 && line[0] == ' ';
	int used = 0, indent = 0;

	do {
		size_t n = row_end(line, length, columns - indent, prose);

		printf("%*s%.*s\033[m\033[K\r\n", indent, "", (int)n, line);
		line += n;
		length -= n;
		for (; length > 0 && *line == ' '; length--)
			line++;
		indent = columns > 40 ? 6 : 0;
	} while (++used < rows && prose && length > 0);
	return used;
}

void terminal_draw(const char *text, const char *foot)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2 || size.ws_col < 2)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	int rows = size.ws_row - 1;

	fputs("\033[H", stdout);
	while (*text && rows > 0) {
		size_t length = strcspn(text, "\n");

		rows -= draw_line(text, length, size.ws_col, rows);
		text += length + (text[length] == '\n');
	}
	printf("\033[J\033[%d;1H%s%.*s", size.ws_row, *text ? "... " : "", (int)size.ws_col - 5,
	       foot);
	fflush(stdout);
}

bool terminal_wait(const struct terminal *t, int ms)
{
	struct pollfd in = {.fd = t && t->is_saved ? STDIN_FILENO : -1, .events = POLLIN};
	char key;

	if (asked_to_end)
		return false;
	int r = poll(&in, 1, ms);

	if (asked_to_end)
		return false;
	if (r > 0) {
		ssize_t n = read(STDIN_FILENO, &key, 1);

		return n == 1 && key != 'q' && key != 'Q';
	}
	return r == 0 || errno == EINTR;
}

void terminal_close(const struct terminal *t)
{
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	if (t->is_saved)
		tcsetattr(STDIN_FILENO, TCSANOW, &t->saved);
}

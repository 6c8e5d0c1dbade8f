/*
 * Copyright (c) 2026 The applikatonid authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * The terminal.  A line that is written first wipes the status line, which is
 * drawn again when all has been said; so it is never mixed with the log.
 */

#include "config.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "screen.h"
#include "visible.h"

#define STATUS_SIZE	1024
#define WIPE		"\r\033[K"

static const char *const	sequences[] = {
	[COLOUR_NONE] = "",
	[COLOUR_RED] = "\033[31m",
	[COLOUR_GREEN] = "\033[32m",
	[COLOUR_YELLOW] = "\033[33m",
	[COLOUR_MAGENTA] = "\033[35m",
	[COLOUR_CYAN] = "\033[36m",
	[COLOUR_LIGHT_BLUE] = "\033[94m",
	[COLOUR_LIGHT_GREEN] = "\033[92m",
};

static bool	out_tty, err_tty, in_tty;
static bool	colours, smart;
static char	status[STATUS_SIZE];	/* "": none */
static bool	drawn;			/* it stands there */
static bool	changed;

void
screen_init(void)
{
	const char	*term = getenv("TERM"), *no = getenv("NO_COLOR");

	out_tty = isatty(STDOUT_FILENO);
	err_tty = isatty(STDERR_FILENO);
	in_tty = isatty(STDIN_FILENO);
	smart = out_tty && term != NULL && *term != '\0' &&
	    strcmp(term, "dumb") != 0;
	colours = smart && (no == NULL || *no == '\0');
	setvbuf(stdout, NULL, _IOFBF, 64 * 1024);
}

static void
status_wipe(void)
{
	if (drawn)
		fputs(WIPE, stdout);
	drawn = false;
}

void
say(const char *fmt, ...)
{
	va_list	ap;

	status_wipe();
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

void
say_text(const char *s, size_t len)
{
	status_wipe();
	if (out_tty)
		visible_put(stdout, s, len, colours);
	else
		fwrite(s, 1, len, stdout);
}

void
say_string(const char *s)
{
	say_text(s, strlen(s));
}

void
say_coloured(enum colour c, const char *s)
{
	status_wipe();
	if (!colours || c == COLOUR_NONE) {
		say_string(s);
		return;
	}
	fputs(sequences[c], stdout);
	visible_put(stdout, s, strlen(s), false);
	fputs("\033[0m", stdout);
}

void
say_raw(const void *data, size_t len)
{
	status_wipe();
	fwrite(data, 1, len, stdout);
}

/* How many bytes of it fit so many columns; a wide character takes two. */
static size_t
columns_fit(const char *s, size_t columns)
{
	size_t	i, n = 0;

	for (i = 0; s[i] != '\0'; i++) {
		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		n += (unsigned char)s[i] < 0x80 ? 1 : 2;
		if (n > columns)
			break;
	}
	return i;
}

static void
status_draw(void)
{
	struct winsize	ws;
	size_t		columns = 80;

	if (*status == '\0' || (drawn && !changed))
		return;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1)
		columns = ws.ws_col;
	fputs(WIPE, stdout);
	visible_put(stdout, status, columns_fit(status, columns - 1), false);
	drawn = true;
	changed = false;
}

void
say_flush(void)
{
	status_draw();
	if (fflush(stdout) != EOF && !ferror(stdout))
		return;
	*status = '\0';
	drawn = false;
	die("standard output: %s", strerror(errno));
}

/* Each line is a text of its own; some of it may be a stranger's. */
static void
lines_put(const char *text)
{
	size_t	n;

	for (;; text += n + 1) {
		n = strcspn(text, "\n");
		if (err_tty)
			visible_put(stderr, text, n, false);
		else
			fwrite(text, 1, n, stderr);
		putc('\n', stderr);
		if (text[n] == '\0')
			break;
	}
}

static __attribute__((format(printf, 2, 0))) void
complain_as(const char *prefix, const char *fmt, va_list ap)
{
	char	*text;

	status_wipe();
	fflush(stdout);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	fputs(prefix, stderr);
	lines_put(text != NULL ? text : "out of memory");
	free(text);
}

void
complain(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	complain_as("toni: ", fmt, ap);
	va_end(ap);
}

void
complain_more(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	complain_as("", fmt, ap);
	va_end(ap);
}

void
die(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	complain_as("toni: ", fmt, ap);
	va_end(ap);
	exit(1);
}

bool
screen_has_status(void)
{
	return smart;
}

void
screen_status(const char *fmt, ...)
{
	char	text[STATUS_SIZE];
	va_list	ap;

	if (!smart)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (strcmp(text, status) == 0)
		return;
	strlcpy(status, text, sizeof(status));
	changed = true;
}

void
screen_status_end(void)
{
	*status = '\0';
	status_wipe();
	fflush(stdout);
}

bool
screen_can_ask(void)
{
	return in_tty && err_tty;
}

void
screen_ask(const char *fmt, ...)
{
	va_list	ap;

	/* What was typed before is no answer. */
	tcflush(STDIN_FILENO, TCIFLUSH);
	screen_status_end();
	putc('\n', stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fflush(stderr);
}

/* The terminal gives whole lines. */
char
screen_answer(void)
{
	char	line[256];
	ssize_t	n;

	n = read(STDIN_FILENO, line, sizeof(line));
	if (n == -1)
		return errno == EINTR || errno == EAGAIN ? 0 : 'n';
	return n > 0 && (line[0] == 'y' || line[0] == 'Y') ? 'y' : 'n';
}

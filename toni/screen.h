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
 * Where everything that people read is written: standard output with its
 * status line, and standard error.
 */

#ifndef TONI_SCREEN_H
#define TONI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

enum colour {
	COLOUR_NONE,
	COLOUR_RED,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_MAGENTA,
	COLOUR_CYAN,
	COLOUR_LIGHT_BLUE,
	COLOUR_LIGHT_GREEN
};

/* Looks at what kind of outputs there are. */
void	screen_init(void);

/* Standard output: text of ours, and text of others, which is made safe. */
void	say(const char *, ...) __attribute__((format(printf, 1, 2)));
void	say_text(const char *, size_t len);
void	say_string(const char *);
void	say_coloured(enum colour, const char *);
/* Bytes as they are. */
void	say_raw(const void *, size_t);
/* Brings out what has been said; ends the program when nobody takes it. */
void	say_flush(void);

/* Standard error: "toni: ..."; more lines go without that. */
void	complain(const char *, ...) __attribute__((format(printf, 1, 2)));
void	complain_more(const char *, ...) __attribute__((format(printf, 1, 2)));
/* And ends with 1. */
void	die(const char *, ...) __attribute__((noreturn, format(printf, 1, 2)));

/*
 * The status line: a text at the bottom of the terminal, drawn anew when it
 * changes or something else has been written.  Nothing where standard output
 * is no terminal.
 */
bool	screen_has_status(void);
void	screen_status(const char *, ...) __attribute__((format(printf, 1, 2)));
void	screen_status_end(void);

/* Can one ask a person, and what have they typed: 'y', 'n', or 0 for none. */
bool	screen_can_ask(void);
void	screen_ask(const char *, ...) __attribute__((format(printf, 1, 2)));
char	screen_answer(void);
#endif

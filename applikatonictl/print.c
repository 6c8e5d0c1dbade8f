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
 * Printing for people: tables of JSON objects, and log entries.  What hosts
 * and people have written never reaches the terminal as control characters.
 */

#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

#define COLUMNS_MAX	16
#define CELL_MAX	64

static size_t	put_safe(FILE *, const char *, size_t, size_t);

/* How many bytes belong to the character that begins with this one. */
static size_t
char_length(unsigned char c)
{
	return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* A first byte and what must follow it; others may be controls. */
static bool
is_sequence(const char *s, size_t n)
{
	size_t	i;

	for (i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return false;
	return n == char_length(*s) && (unsigned char)*s >= 0xc2 &&
	    (unsigned char)*s < 0xf8;
}

/*
 * Writes at most max columns; controls become ^X or \xNN.  Returns the
 * columns written; out NULL only counts.
 */
static size_t
put_safe(FILE *out, const char *s, size_t len, size_t max)
{
	size_t		 columns = 0, n, i;
	unsigned char	 c;
	char		 buf[8];

	for (i = 0; i < len && columns < max; i += n) {
		c = s[i];
		n = char_length(c);
		if (n > len - i)
			n = len - i;
		if (c < 0x20 || c == 0x7f)
			snprintf(buf, sizeof(buf), "^%c", c ^ 0x40);
		else if (c >= 0x80 && !is_sequence(s + i, n)) {
			snprintf(buf, sizeof(buf), "\\x%02x", c);
			n = 1;
		} else if (c == 0xc2 && (unsigned char)s[i + 1] < 0xa0)
			snprintf(buf, sizeof(buf), "\\x%02x",
			    (unsigned char)s[i + 1]);
		else {
			memcpy(buf, s + i, n);
			buf[n] = '\0';
			columns++;
			if (out != NULL)
				fputs(buf, out);
			continue;
		}
		columns += strlen(buf);
		if (out != NULL)
			fputs(buf, out);
	}
	return columns;
}

/* The text of a value, in a buffer of the caller's for numbers. */
static const char *
cell_text(const json_t *value, char *buf, size_t len)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value)) {
		snprintf(buf, len, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		return buf;
	}
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	return "-";
}

static size_t
cell_put(FILE *out, const json_t *row, const char *column)
{
	const char	*text;
	char		 buf[32];

	text = cell_text(json_object_get(row, column), buf, sizeof(buf));
	return put_safe(out, text, strlen(text), CELL_MAX);
}

void
print_table(const json_t *json, const char *key, const char *const *columns)
{
	const json_t	*rows = json_object_get(json, key), *row;
	size_t		 width[COLUMNS_MAX], i, j, n;

	for (j = 0; j < COLUMNS_MAX && columns[j] != NULL; j++) {
		width[j] = strlen(columns[j]);
		json_array_foreach(rows, i, row)
			if ((n = cell_put(NULL, row, columns[j])) > width[j])
				width[j] = n;
	}
	for (j = 0; columns[j] != NULL; j++)
		printf("%-*s%s", columns[j + 1] == NULL ? 0 : (int)width[j],
		    columns[j], columns[j + 1] == NULL ? "\n" : "  ");
	json_array_foreach(rows, i, row)
		for (j = 0; columns[j] != NULL; j++) {
			n = cell_put(stdout, row, columns[j]);
			if (columns[j + 1] == NULL)
				putchar('\n');
			else
				printf("%*s", (int)(width[j] - n) + 2, "");
		}
}

void
print_member(const json_t *json, const char *key)
{
	const char	*text;
	char		 buf[32];

	if (json_object_get(json, key) == NULL)
		return;
	text = cell_text(json_object_get(json, key), buf, sizeof(buf));
	put_safe(stdout, text, strlen(text), SIZE_MAX);
	putchar('\n');
}

void
print_error(const char *text)
{
	size_t	n;

	fprintf(stderr, "%s: ", getprogname());
	for (;; text += n + 1) {
		n = strcspn(text, "\n");
		put_safe(stderr, text, n, SIZE_MAX);
		putc('\n', stderr);
		if (text[n] == '\0' || text[n + 1] == '\0')
			break;
	}
}

void
print_host_key(const json_t *key)
{
	print_member(key, "known_hosts");
	if (json_object_get(key, "error") == NULL)
		return;
	fflush(stdout);
	print_error(json_string_value(json_object_get(key, "error")));
}

void
print_entry(const json_t *entry)
{
	const json_t	*message = json_object_get(entry, "message");
	const char	*origin, *type, *time;

	origin = json_string_value(json_object_get(entry, "origin"));
	type = json_string_value(json_object_get(entry, "entry_type"));
	time = json_string_value(json_object_get(entry, "timestamp"));
	if (origin == NULL || type == NULL || time == NULL)
		return;
	if (strlen(time) > 19)
		put_safe(stdout, time + 11, 8, SIZE_MAX);
	fputs("  ", stdout);
	put_safe(stdout, origin, strlen(origin), SIZE_MAX);
	if (strcmp(type, "COMMAND_STDOUT_OUTPUT") == 0)
		printf(" | ");
	else if (strcmp(type, "COMMAND_STDERR_OUTPUT") == 0)
		printf(" ! ");
	else if (strcmp(type, "COMMAND_START") == 0)
		printf(" $ ");
	else {
		putchar(' ');
		put_safe(stdout, type, strlen(type), SIZE_MAX);
		putchar(' ');
	}
	put_safe(stdout, json_string_value(message),
	    json_string_length(message), SIZE_MAX);
	putchar('\n');
}

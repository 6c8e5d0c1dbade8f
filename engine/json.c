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
 * Writes JSON.  The way of a log entry through here is short, because most of
 * what the engine does is that.
 */

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../common/log.h"
#include "../common/utf8.h"
#include "entries.h"
#include "json.h"
#include "store.h"
#include "times.h"

static void	number_add(struct buf *, uint64_t);
static void	key_add(struct json *, const char *);

/* Whether a byte stands for itself in a string. */
static inline bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Adds one character that is not plain; how many bytes of it were used. */
static size_t
escape_add(struct buf *b, const unsigned char *p, size_t len)
{
	static const char	 hex[] = "0123456789abcdef";
	char			 esc[] = "\\u0000";
	size_t			 n;

	switch (*p) {
	case '"':
	case '\\':
		esc[1] = *p;
		buf_add(b, esc, 2);
		return 1;
	case '\n':
		buf_add(b, "\\n", 2);
		return 1;
	case '\r':
		buf_add(b, "\\r", 2);
		return 1;
	case '\t':
		buf_add(b, "\\t", 2);
		return 1;
	}
	if (*p < 0x80) {
		esc[4] = hex[*p >> 4];
		esc[5] = hex[*p & 0xf];
		buf_add(b, esc, 6);
		return 1;
	}
	if ((n = utf8_length(p, len)) == 0) {
		buf_add(b, "\xef\xbf\xbd", 3);
		return 1;
	}
	buf_add(b, p, n);
	return n;
}

void
json_quote(struct buf *b, const void *data, size_t len)
{
	const unsigned char	*p = data, *end = p + len, *from;

	buf_add(b, "\"", 1);
	while (p < end) {
		for (from = p; p < end && is_plain(*p); p++)
			continue;
		buf_add(b, from, p - from);
		if (p < end)
			p += escape_add(b, p, end - p);
	}
	buf_add(b, "\"", 1);
}

static void
number_add(struct buf *b, uint64_t v)
{
	char	 digits[20], *p = digits + sizeof(digits);

	do {
		*--p = '0' + v % 10;
		v /= 10;
	} while (v > 0);
	buf_add(b, p, digits + sizeof(digits) - p);
}

static void
key_add(struct json *j, const char *key)
{
	if (j->comma)
		buf_add(&j->buf, ",", 1);
	j->comma = true;
	if (key == NULL)
		return;
	json_quote(&j->buf, key, strlen(key));
	buf_add(&j->buf, ":", 1);
}

void
json_open(struct json *j, const char *key)
{
	key_add(j, key);
	buf_add(&j->buf, "{", 1);
	j->comma = false;
}

void
json_close(struct json *j)
{
	buf_add(&j->buf, "}", 1);
	j->comma = true;
}

void
json_open_list(struct json *j, const char *key)
{
	key_add(j, key);
	buf_add(&j->buf, "[", 1);
	j->comma = false;
}

void
json_close_list(struct json *j)
{
	buf_add(&j->buf, "]", 1);
	j->comma = true;
}

void
json_put_string(struct json *j, const char *key, const char *s)
{
	key_add(j, key);
	if (s == NULL)
		buf_add(&j->buf, "null", 4);
	else
		json_quote(&j->buf, s, strlen(s));
}

void
json_put_number(struct json *j, const char *key, uint64_t v)
{
	key_add(j, key);
	number_add(&j->buf, v);
}

void
json_put_id(struct json *j, const char *key, uint64_t id)
{
	if (id == 0)
		json_put_string(j, key, NULL);
	else
		json_put_number(j, key, id);
}

void
json_put_bool(struct json *j, const char *key, bool v)
{
	key_add(j, key);
	buf_add_string(&j->buf, v ? "true" : "false");
}

void
json_put_time(struct json *j, const char *key, int64_t ms)
{
	char	buf[TIME_LEN];

	json_put_string(j, key, ms == 0 ? NULL : time_format(ms, buf));
}

void
json_put_strings(struct json *j, const char *key, char *const *v, size_t n)
{
	size_t	i;

	json_open_list(j, key);
	for (i = 0; i < n; i++)
		json_put_string(j, NULL, v[i]);
	json_close_list(j);
}

void
json_put_lines(struct json *j, const char *key, const char *text)
{
	size_t	n;

	json_open_list(j, key);
	while (*text != '\0') {
		n = strcspn(text, "\n");
		key_add(j, NULL);
		json_quote(&j->buf, text, n);
		text += n;
		if (*text == '\n')
			text++;
	}
	json_close_list(j);
}

void
json_deployment(struct json *j, const struct store_deployment *d)
{
	bool	ended = d->ended_at != 0;

	json_put_number(j, "id", d->id);
	json_put_string(j, "application", d->application);
	json_put_string(j, "target", d->target);
	json_put_string(j, "commit_sha", d->sha);
	json_put_string(j, "branch", d->branch);
	json_put_string(j, "comment", d->comment);
	json_put_string(j, "state", state_name(d->state));
	json_put_string(j, "user", d->user);
	json_put_string(j, "ended_by", ended ? ended_by_name(d->ended_by) :
	    NULL);
	json_put_string(j, "reason", ended ? d->reason : NULL);
	json_put_time(j, "created_at", d->created_at);
	json_put_time(j, "started_at", d->started_at);
	json_put_time(j, "ended_at", d->ended_at);
	json_put_lines(j, "stages", d->stages);
}

void
json_error(struct json *j, const char *text)
{
	json_open(j, NULL);
	json_put_string(j, "error", text);
	json_close(j);
}

#define ADD(b, s)	buf_add(b, s, sizeof(s) - 1)

void
json_entry(struct buf *b, uint64_t deployment, const struct entry *e)
{
	char	time[TIME_LEN];

	ADD(b, "{\"id\":");
	number_add(b, e->id);
	ADD(b, ",\"timestamp\":\"");
	buf_add(b, time, time_format_ns(e->time, time));
	ADD(b, "\",\"deployment_id\":");
	number_add(b, deployment);
	ADD(b, ",\"origin\":");
	json_quote(b, e->origin, strlen(e->origin));
	ADD(b, ",\"entry_type\":\"");
	buf_add_string(b, entry_type_name(e->type));
	ADD(b, "\",\"message\":");
	json_quote(b, e->message, e->len);
	if (e->flags & ENTRY_CONTINUED)
		ADD(b, ",\"continued\":true");
	ADD(b, "}\n");
}

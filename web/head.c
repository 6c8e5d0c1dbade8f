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
 * Writes the head of a reply into memory.  The security headers stand here,
 * in one table, so that no reply can go out without them.
 */

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "head.h"

static void	head_date(struct head *, time_t);
static void	head_put(struct head *, const char *, size_t);

static const struct {
	int		 status;
	const char	*reason;
} reasons[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" }
};

/*
 * 'self' in connect-src covers the WebSocket of the same host.  The referrer
 * stays on the site; "no-referrer" would make browsers send "Origin: null".
 */
static const struct {
	const char	*name;
	const char	*value;
} security[] = {
	{ "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "img-src 'self'; "
	    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
	    "frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), display-capture=(), "
	    "geolocation=(), microphone=(), payment=(), usb=()" }
};

const char *
head_reason(int status)
{
	size_t	i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void
head_begin(struct head *head, int status, time_t now)
{
	int	n;

	memset(head, 0, sizeof(*head));
	head->status = status;
	n = snprintf(head->buf, sizeof(head->buf), "HTTP/1.1 %d %s\r\n",
	    status, head_reason(status));
	head->len = (size_t)n;
	head_date(head, now);
}

/* Not strftime(3): these names do not depend on the locale. */
static void
head_date(struct head *head, time_t now)
{
	static const char	*day[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
				    "Fri", "Sat" };
	static const char	*month[] = { "Jan", "Feb", "Mar", "Apr", "May",
				    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
				    "Dec" };
	struct tm		 tm;

	if (gmtime_r(&now, &tm) == NULL)
		return;
	head_add(head, "Date", "%s, %02d %s %d %02d:%02d:%02d GMT",
	    day[tm.tm_wday], tm.tm_mday, month[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
head_add(struct head *head, const char *name, const char *fmt, ...)
{
	char	value[HEAD_MAX];
	va_list	ap;
	size_t	i;
	int	n;

	va_start(ap, fmt);
	n = vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(value)) {
		head->failed = 1;
		return;
	}
	for (i = 0; i < (size_t)n; i++) {
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f) {
			head->failed = 1;
			return;
		}
	}
	if (strcasecmp(name, "Cache-Control") == 0)
		head->has_cache = 1;
	head_put(head, name, strlen(name));
	head_put(head, ": ", 2);
	head_put(head, value, (size_t)n);
	head_put(head, "\r\n", 2);
	explicit_bzero(value, (size_t)n);	/* it may be a cookie */
}

ssize_t
head_end(struct head *head)
{
	size_t	i;

	if (head->status >= 200) {
		for (i = 0; i < sizeof(security) / sizeof(security[0]); i++)
			head_add(head, security[i].name, "%s",
			    security[i].value);
		if (!head->has_cache)
			head_add(head, "Cache-Control", "no-store");
	}
	head_put(head, "\r\n", 2);
	return head->failed ? -1 : (ssize_t)head->len;
}

static void
head_put(struct head *head, const char *data, size_t len)
{
	if (head->failed || len > sizeof(head->buf) - head->len) {
		head->failed = 1;
		return;
	}
	memcpy(head->buf + head->len, data, len);
	head->len += len;
}

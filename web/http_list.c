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
 * What header fields say beyond their bytes: comma-separated lists, weights,
 * entity tags.  Pure functions over strings.
 */

#include <sys/types.h>

#include <string.h>
#include <strings.h>

#include "http.h"

static const char	*list_next(const char **, size_t *);
static int		 item_weight(const char *, size_t);
static int		 field_weight(const struct http_request *,
			    const char *);

int
http_list_has(const char *list, const char *token)
{
	const char	*item;
	size_t		 len;

	if (list == NULL)
		return 0;
	while ((item = list_next(&list, &len)) != NULL)
		if (len == strlen(token) &&
		    strncasecmp(item, token, len) == 0)
			return 1;
	return 0;
}

int
http_list_weight(const char *list, const char *name)
{
	const char	*item;
	size_t		 len, n;

	if (list == NULL)
		return -1;
	while ((item = list_next(&list, &len)) != NULL) {
		for (n = 0; n < len && strchr("; \t", item[n]) == NULL; n++)
			;
		if (n == strlen(name) && strncasecmp(item, name, n) == 0)
			return item_weight(item + n, len - n);
	}
	return -1;
}

int
http_wants_json(const struct http_request *req)
{
	int	html, json, lines;

	html = field_weight(req, "text/html");
	json = field_weight(req, "application/json");
	lines = field_weight(req, "application/x-ndjson");
	if (lines > json)
		json = lines;
	return json > 0 && json >= html;
}

int
http_etag_matches(const char *list, const char *etag)
{
	const char	*item;
	size_t		 len;

	if (list == NULL)
		return 0;
	if (strncmp(etag, "W/", 2) == 0)
		etag += 2;
	while ((item = list_next(&list, &len)) != NULL) {
		if (len == 1 && *item == '*')
			return 1;
		if (len > 2 && strncmp(item, "W/", 2) == 0) {
			item += 2;
			len -= 2;
		}
		if (len == strlen(etag) && strncmp(item, etag, len) == 0)
			return 1;
	}
	return 0;
}

/* The next item that is not empty, without blanks around it. */
static const char *
list_next(const char **list, size_t *len)
{
	const char	*item;

	*list += strspn(*list, ", \t");
	if (**list == '\0')
		return NULL;
	item = *list;
	*len = strcspn(item, ",");
	*list += *len;
	while (item[*len - 1] == ' ' || item[*len - 1] == '\t')
		(*len)--;
	return item;
}

/*
 * The weight among the parameters of an item: ";q=0.5" is 500.  Without one
 * it is 1000, a malformed one is 0.
 */
static int
item_weight(const char *p, size_t len)
{
	const char	*end = p + len;
	int		 weight, digit = 1000;

	for (;; p++) {
		if (p == end)
			return 1000;
		if (*p != ';')
			continue;
		while (p + 1 < end && (p[1] == ' ' || p[1] == '\t'))
			p++;
		if (end - p >= 4 && (p[1] == 'q' || p[1] == 'Q') &&
		    p[2] == '=')
			break;
	}
	p += 3;
	if (*p != '0' && *p != '1')
		return 0;
	weight = (*p++ - '0') * 1000;
	if (p < end && *p == '.')
		for (p++; p < end && *p >= '0' && *p <= '9' && digit > 1; p++)
			weight += (*p - '0') * (digit /= 10);
	return weight > 1000 ? 0 : weight;
}

/* The largest weight over all Accept fields. */
static int
field_weight(const struct http_request *req, const char *name)
{
	size_t	i;
	int	weight, max = -1;

	for (i = 0; i < req->nfields; i++) {
		if (strcmp(req->field[i].name, "accept") != 0)
			continue;
		weight = http_list_weight(req->field[i].value, name);
		if (weight > max)
			max = weight;
	}
	return max;
}

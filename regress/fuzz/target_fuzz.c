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
 * Takes bytes apart as what a request is for and whom it is from: a target, a
 * host, percent-encoding, addresses with and without a prefix length, a list
 * with weights.  Aborts if a path comes out that a proxy could read in
 * another way, or an address that is another one when read back.
 */

#include "config.h"

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/utf8.h"
#include "../../web/client.h"
#include "../../web/decode.h"
#include "../../web/target.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	 check_target(const char *);
static void	 check_host(const char *);
static void	 check_decode(const char *, size_t);
static void	 check_address(const char *);
static void	 check_forwarded(const char *);
static void	 check_list(const char *);
static char	*copy(const char *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char	*text = malloc(len + 1);

	require(text != NULL);
	memcpy(text, data, len);
	text[len] = '\0';
	check_decode(text, len);
	check_host(text);
	check_address(text);
	check_forwarded(text);
	check_list(text);
	if (*text != '\0')
		check_target(text);
	free(text);
	return 0;
}

static void
check_target(const char *text)
{
	struct http_request	 req = { .minor = 1 };
	char			*target = copy(text), *decoded = copy(text);
	const char		*authority, *error = NULL, *s;
	size_t			 i;
	int			 status;

	status = target_parse(&req, target, decoded, &authority, &error);
	require(status == 0 || status == 400 || status == 404);
	require(status == 0 || error != NULL);
	if (status == 0) {
		require(req.path[0] == '/' && strpbrk(req.path, "?# ") == NULL);
		require(strstr(req.path, "//") == NULL);
		require(req.query == NULL || strchr(req.query, '#') == NULL);
		require((authority == NULL) == (*text == '/'));
		require(req.nsegments <= HTTP_MAX_SEGMENTS);
		for (i = 0; i < req.nsegments; i++) {
			s = req.segment[i];
			require(*s != '\0' && strchr(s, '/') == NULL);
			require(strcmp(s, ".") != 0 && strcmp(s, "..") != 0);
			require(utf8_is_valid(s, strlen(s)));
		}
	}
	free(target);
	free(decoded);
}

static void
check_host(const char *text)
{
	char	*host = copy(text), *again;

	if (target_host(host)) {
		require(strpbrk(host, "/@?# \t\r\n") == NULL);
		again = copy(host);
		require(target_host(again) && strcmp(host, again) == 0);
		free(again);
	}
	free(host);
}

/* Into memory of its own and in place: both are the same. */
static void
check_decode(const char *text, size_t len)
{
	char	*dst, *same;
	ssize_t	 n;
	int	 plus;

	for (plus = 0; plus < 2; plus++) {
		dst = malloc(len + 1);
		same = malloc(len + 1);
		require(dst != NULL && same != NULL);
		memcpy(same, text, len);
		n = percent_decode(dst, text, len, plus);
		require(n >= -1 && n <= (ssize_t)len);
		require(percent_decode(same, same, len, plus) == n);
		require(n == -1 || memcmp(dst, same, (size_t)n) == 0);
		free(dst);
		free(same);
	}
}

static void
check_address(const char *text)
{
	struct address	a, b;
	struct prefix	p;
	char		s[ADDRESS_SIZE];

	if (address_parse(&a, text) == 0) {
		address_format(&a, s);
		require(address_parse(&b, s) == 0);
		require(memcmp(&a, &b, sizeof(a)) == 0);
		require(prefix_parse(&p, text) == 0);
	}
	if (prefix_parse(&p, text) == 0)
		require(p.bits <= 128 && prefix_has(&p, 1, &p.address));
}

/* A field that others wrote, before one by a proxy of ours. */
static void
check_forwarded(const char *text)
{
	struct http_request	req = { .nfields = 2 };
	struct prefix		proxies[2];
	struct address		own, a;

	require(prefix_parse(&proxies[0], "10.0.0.0/8") == 0);
	require(prefix_parse(&proxies[1], "fd00::/8") == 0);
	require(address_parse(&own, "10.0.0.1") == 0);
	req.field[0].name = req.field[1].name = "x-forwarded-for";
	req.field[0].value = text;
	req.field[1].value = "192.0.2.1";
	a = own;
	client_forwarded(&a, &req, proxies, 2);
	require(!prefix_has(proxies, 2, &a));
	req.field[1].value = "10.0.0.2, no address";
	a = own;
	client_forwarded(&a, &req, proxies, 2);
	require(memcmp(&a, &own, sizeof(a)) == 0);
	req.field[1].value = "10.0.0.2";
	client_forwarded(&a, &req, proxies, 2);
	require(*text != '\0' || prefix_has(proxies, 2, &a));
}

static void
check_list(const char *text)
{
	int	weight = http_list_weight(text, "a/b");

	require(weight >= -1 && weight <= 1000);
	http_list_has(text, "close");
	http_etag_matches(text, "W/\"a\"");
}

static char *
copy(const char *s)
{
	char	*p = strdup(s);

	require(p != NULL);
	return p;
}

static void
require(int condition)
{
	if (!condition)
		abort();
}

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
 * Feeds texts to the known_hosts reader and asks about hosts; aborts when an
 * excerpt does not say the same as the file, or when a line that the reader
 * wrote is not one that it reads.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/known_hosts.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* An ed25519 key of zeros. */
static const uint8_t	 key[51] = "\0\0\0\013ssh-ed25519\0\0\0\040";

static const struct {
	const char	*host;
	unsigned	 port;
} hosts[] = { { "a", 22 }, { "a", 23 }, { "a.b", 22 }, { "::1", 2222 } };

static void	 no_problem(void *, unsigned, const char *);
static void	 count_problem(void *, unsigned, const char *);
static void	 host_check(const struct known_hosts *, const char *,
		    unsigned);
static void	 blob_check(const uint8_t *, size_t);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct known_hosts	*kh;
	unsigned		 last = 0;
	size_t			 i;

	if ((kh = known_hosts_parse((const char *)data, len, count_problem,
	    &last)) == NULL)
		return 0;
	for (i = 0; i < nitems(hosts); i++)
		host_check(kh, hosts[i].host, hosts[i].port);
	known_hosts_free(kh);
	blob_check(data, len);
	return 0;
}

static void
host_check(const struct known_hosts *kh, const char *host, unsigned port)
{
	char			 list[KNOWN_HOSTS_TYPES_MAX];
	char			 again[KNOWN_HOSTS_TYPES_MAX];
	enum known_host_result	 result;
	struct known_hosts	*own;
	char			*text;

	result = known_hosts_check(kh, host, port, key, sizeof(key));
	require(known_hosts_types(kh, host, port, list, sizeof(list)) == 0);
	text = known_hosts_excerpt(kh, host, port);
	require(text != NULL);
	own = known_hosts_parse(text, strlen(text), no_problem, NULL);
	require(own != NULL);
	require(known_hosts_check(own, host, port, key, sizeof(key)) ==
	    result);
	require(known_hosts_types(own, host, port, again,
	    sizeof(again)) == 0 && strcmp(list, again) == 0);
	known_hosts_free(own);
	free(text);
}

/* The input as a key blob. */
static void
blob_check(const uint8_t *data, size_t len)
{
	struct known_hosts	*kh;
	char			 fp[FINGERPRINT_SIZE], *line;

	require(host_key_fingerprint(data, len, fp, sizeof(fp)) == 0);
	require(fingerprint_is_valid(fp));
	line = host_key_line("a", 22, data, len);
	require((line != NULL) == (host_key_type(data, len) != NULL));
	if (line == NULL)
		return;
	kh = known_hosts_parse(line, strlen(line), no_problem, NULL);
	require(kh != NULL && known_hosts_check(kh, "A", 22, data, len) ==
	    KNOWN_HOST_MATCH);
	known_hosts_free(kh);
	free(line);
}

static void
no_problem(void *arg, unsigned line, const char *msg)
{
	(void)arg;
	(void)line;
	(void)msg;
	require(0);
}

/* A line at most once, in order. */
static void
count_problem(void *arg, unsigned line, const char *msg)
{
	unsigned	*last = arg;

	require(line > *last && msg[0] != '\0');
	*last = line;
}

static void
require(int good)
{
	if (!good)
		abort();
}

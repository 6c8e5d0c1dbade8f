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
 * The public URL, the trusted proxies and the limits, taken out of a
 * configuration.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "settings.h"

static void		 url_take(struct settings *, const char *);
static const char	*default_port(const struct settings *);

struct settings	web_settings = { .host = "", .cookie = "" };

/* The parent hands out nothing but "scheme://host[:port]" in lower case. */
static void
url_take(struct settings *s, const char *url)
{
	const char	*host = url == NULL ? NULL : strstr(url, "://");

	if (host == NULL || strlcpy(s->origin, url, sizeof(s->origin)) >=
	    sizeof(s->origin))
		fatalx("the public url is malformed");
	s->host = s->origin + (host + 3 - url);
	s->https = strncmp(s->origin, "https:", 6) == 0;
	s->cookie = s->https ? "__Host-applikatoni" : "applikatoni";
}

static const char *
default_port(const struct settings *s)
{
	return s->https ? ":443" : ":80";
}

void
settings_check(const struct conf *conf)
{
	struct prefix	prefix;
	size_t		i;

	for (i = 0; i < conf->trusted_proxies.n; i++)
		if (prefix_parse(&prefix, conf->trusted_proxies.v[i]) == -1)
			child_problem(false, 0, 0, "trusted proxy %s is "
			    "neither an address nor a network",
			    log_quote(conf->trusted_proxies.v[i]));
}

void
settings_take(const struct conf *conf)
{
	struct settings	s;
	size_t		i;

	memset(&s, 0, sizeof(s));
	url_take(&s, conf->public_url);
	s.proxies = calloc(conf->trusted_proxies.n + 1, sizeof(*s.proxies));
	if (s.proxies == NULL)
		fatal("%s", __func__);
	for (i = 0; i < conf->trusted_proxies.n; i++)
		if (prefix_parse(&s.proxies[s.nproxies],
		    conf->trusted_proxies.v[i]) == 0)
			s.nproxies++;
	memcpy(s.limits, conf->limits, sizeof(s.limits));
	free(web_settings.proxies);
	web_settings = s;
	web_settings.host = web_settings.origin + (s.host - s.origin);
}

bool
settings_is_host(const char *host)
{
	size_t	len = strlen(web_settings.host);

	return host != NULL && len > 0 &&
	    strncmp(host, web_settings.host, len) == 0 &&
	    (host[len] == '\0' ||
	    strcmp(host + len, default_port(&web_settings)) == 0);
}

bool
settings_is_origin(const char *origin)
{
	return origin != NULL && *web_settings.host != '\0' &&
	    strcmp(origin, web_settings.origin) == 0;
}

bool
settings_is_proxy(const struct address *address)
{
	return prefix_has(web_settings.proxies, web_settings.nproxies, address);
}

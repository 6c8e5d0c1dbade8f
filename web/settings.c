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

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "settings.h"
#include "target.h"

static const char	*url_read(struct settings *, const char *);
static const char	*default_port(const struct settings *);
static void		 port_strip(char *, const char *);

struct settings	web_settings = { .host = "", .cookie = "" };

/* Returns what is wrong with the URL, or NULL. */
static const char *
url_read(struct settings *s, const char *url)
{
	char	*host, *p;

	if (url == NULL)
		return "public url is missing";
	if (strlcpy(s->origin, url, sizeof(s->origin)) >= sizeof(s->origin))
		return "public url is too long";
	for (p = s->origin; *p != '\0' && *p != ':'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (strncmp(s->origin, "https://", 8) == 0)
		s->https = true;
	else if (strncmp(s->origin, "http://", 7) != 0)
		return "public url is neither https:// nor http://";
	host = s->origin + (s->https ? 8 : 7);
	if (strpbrk(host, "/?#@") != NULL)
		return "public url has more than a host and a port";
	if (!target_host(host))
		return "public url has a malformed host";
	port_strip(host, default_port(s));
	s->host = host;
	s->cookie = s->https ? "__Host-applikatoni" : "applikatoni";
	return NULL;
}

static const char *
default_port(const struct settings *s)
{
	return s->https ? ":443" : ":80";
}

/* Origins leave the scheme's own port out. */
static void
port_strip(char *host, const char *port)
{
	size_t	len = strlen(host), n = strlen(port);

	if (len > n && strcmp(host + len - n, port) == 0)
		host[len - n] = '\0';
}

void
settings_check(const struct conf *conf)
{
	struct settings	 s;
	struct prefix	 prefix;
	const char	*error;
	size_t		 i;

	memset(&s, 0, sizeof(s));
	if ((error = url_read(&s, conf->public_url)) != NULL)
		child_problem(false, conf->public_url_place.file,
		    conf->public_url_place.line, "%s", error);
	for (i = 0; i < conf->trusted_proxies.n; i++)
		if (prefix_parse(&prefix, conf->trusted_proxies.v[i]) == -1)
			child_problem(false, 0, 0, "trusted proxy %s is "
			    "neither an address nor a network",
			    log_quote(conf->trusted_proxies.v[i]));
}

void
settings_take(const struct conf *conf)
{
	static struct settings	 s;
	const char		*error;
	size_t			 i;

	memset(&s, 0, sizeof(s));
	if ((error = url_read(&s, conf->public_url)) != NULL) {
		log_warnx("configuration refused: reason=%s",
		    log_quote(error));
		return;
	}
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

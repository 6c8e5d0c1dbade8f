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
 * What web makes of the configuration: which Host and which Origin are those
 * of the public URL, and what the cookie is called.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../../applikatonid/validate.h"
#include "../../web/settings.h"
#include "tap.h"

/* As the parent reads it and web takes it. */
static void
take(const char *url, const char *proxy)
{
	struct conf	*conf = conf_new();

	conf_limits_resolve(conf);
	if (public_url_parse(url, &conf->public_url) != NULL)
		exit(1);
	if (proxy != NULL)
		list_add(&conf->trusted_proxies, strdup(proxy));
	settings_take(conf);
	conf_free(conf);
}

int
main(void)
{
	static const char *const bad[] = { "", "deploy.example",
	    "ftp://deploy.example", "https://", "https://a/b",
	    "https://user@a", "https://a?b", "https://a:0", "https://a:x",
	    "https://a b", "https://a#b" };
	struct address	a;
	char		*url;
	size_t		i;

	ok(!settings_is_host("") && !settings_is_host(NULL) &&
	    !settings_is_origin("") && !settings_is_origin("://"),
	    "without a configuration no host is ours");

	take("HTTPS://Deploy.Example", "10.0.0.0/8");
	is_str(web_settings.origin, "https://deploy.example", "lower case");
	is_str(web_settings.cookie, "__Host-applikatoni",
	    "the cookie of https");
	ok(settings_is_host("deploy.example"), "its host");
	ok(settings_is_host("deploy.example:443"), "with the scheme's port");
	ok(!settings_is_host("deploy.example:80"), "with another one");
	ok(!settings_is_host("deploy.example.evil"), "a longer one");
	ok(!settings_is_host("deploy.exampl"), "a shorter one");
	ok(settings_is_origin("https://deploy.example"), "its origin");
	ok(!settings_is_origin("http://deploy.example"), "another scheme");
	ok(!settings_is_origin("https://deploy.example:8443"), "another port");
	ok(!settings_is_origin("null"), "a browser's null");
	ok(!settings_is_origin(NULL), "no origin");
	address_parse(&a, "10.1.2.3");
	ok(settings_is_proxy(&a), "a trusted proxy");
	address_parse(&a, "11.1.2.3");
	ok(!settings_is_proxy(&a), "and not");

	take("https://deploy.example:443", NULL);
	is_str(web_settings.origin, "https://deploy.example",
	    "the scheme's port is left out");
	address_parse(&a, "10.1.2.3");
	ok(!settings_is_proxy(&a), "no proxy is trusted any more");

	take("http://[2001:DB8::1]:8080", NULL);
	is_str(web_settings.cookie, "applikatoni", "the cookie of http");
	ok(settings_is_host("[2001:db8::1]:8080"), "an IPv6 host");
	ok(!settings_is_host("[2001:db8::1]"), "without its port");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(public_url_parse(bad[i], &url) != NULL,
		    "\"%s\" is refused", bad[i]);
	return done_testing();
}

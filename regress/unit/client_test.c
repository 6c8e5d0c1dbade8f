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
 * Addresses of clients: networks, who a proxy says it speaks for, and the
 * places that each client may hold.
 */

#include "config.h"

#include <arpa/inet.h>

#include <string.h>

#include "../../web/client.h"
#include "tap.h"

static const char *
canonical(const char *text)
{
	static char	buf[ADDRESS_SIZE];
	struct address	a;

	if (address_parse(&a, text) == -1)
		return "none";
	address_format(&a, buf);
	return buf;
}

static void
test_addresses(void)
{
	struct sockaddr_in	sin;
	struct address		a, b;

	is_str(canonical("192.0.2.1"), "192.0.2.1", "IPv4");
	is_str(canonical("::ffff:192.0.2.1"), "192.0.2.1", "mapped IPv4");
	is_str(canonical("2001:DB8:0::1"), "2001:db8::1", "IPv6");
	is_str(canonical("192.0.2.1:80"), "none", "a port");
	is_str(canonical(""), "none", "nothing");
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	inet_pton(AF_INET, "192.0.2.1", &sin.sin_addr);
	address_parse(&b, "192.0.2.1");
	ok(address_of(&a, (struct sockaddr *)&sin) == 0 &&
	    memcmp(&a, &b, sizeof(a)) == 0, "that of a socket is the same");
	sin.sin_family = AF_UNIX;
	is_int(address_of(&a, (struct sockaddr *)&sin), -1, "a unix socket");
}

static void
test_prefixes(void)
{
	static const struct {
		const char	*prefix;
		const char	*address;
		bool		 has;
	} tests[] = {
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.2", false },
		{ "10.0.0.0/8", "10.255.1.2", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "10.0.0.128/25", "10.0.0.200", true },
		{ "10.0.0.128/25", "10.0.0.100", false },
		{ "0.0.0.0/0", "192.0.2.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::1", "::1", true },
		{ "::1", "127.0.0.1", false },
	};
	static const char *const bad[] = { "", "/8", "10.0.0.0/33", "::/129",
	    "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "localhost",
	    "10.0.0/8" };
	struct prefix	p;
	struct address	a;
	size_t		i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		ok(prefix_parse(&p, tests[i].prefix) == 0 &&
		    address_parse(&a, tests[i].address) == 0 &&
		    prefix_has(&p, 1, &a) == tests[i].has, "%s %s %s",
		    tests[i].prefix, tests[i].has ? "has" : "has not",
		    tests[i].address);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(prefix_parse(&p, bad[i]), -1, "\"%s\" is none", bad[i]);
}

/* Who sent a request with these fields over the proxy 10.0.0.1? */
static const char *
forwarded(const char *first, const char *second)
{
	static char		buf[ADDRESS_SIZE];
	struct http_request	req;
	struct prefix		proxies[2];
	struct address		a;

	memset(&req, 0, sizeof(req));
	if (first != NULL) {
		req.field[req.nfields].name = "x-forwarded-for";
		req.field[req.nfields++].value = first;
	}
	req.field[req.nfields].name = "x-real-ip";
	req.field[req.nfields++].value = "6.6.6.6";
	if (second != NULL) {
		req.field[req.nfields].name = "x-forwarded-for";
		req.field[req.nfields++].value = second;
	}
	prefix_parse(&proxies[0], "10.0.0.0/8");
	prefix_parse(&proxies[1], "fd00::/8");
	address_parse(&a, "10.0.0.1");
	client_forwarded(&a, &req, proxies, 2);
	address_format(&a, buf);
	return buf;
}

static void
test_forwarded(void)
{
	is_str(forwarded(NULL, NULL), "10.0.0.1", "the proxy names nobody");
	is_str(forwarded("192.0.2.1", NULL), "192.0.2.1", "it names one");
	is_str(forwarded(" 192.0.2.1\t", NULL), "192.0.2.1", "with blanks");
	is_str(forwarded("6.6.6.6, 192.0.2.1", NULL), "192.0.2.1",
	    "what the client claimed before does not count");
	is_str(forwarded("6.6.6.6,192.0.2.1,10.1.1.1,fd00::1", NULL),
	    "192.0.2.1", "proxies behind proxies");
	is_str(forwarded("6.6.6.6", "192.0.2.1"), "192.0.2.1",
	    "two fields are one list");
	is_str(forwarded("192.0.2.1", "10.1.1.1"), "192.0.2.1",
	    "through all of the second one");
	is_str(forwarded("10.2.2.2, 10.1.1.1", NULL), "10.2.2.2",
	    "nobody but proxies");
	is_str(forwarded("6.6.6.6, unknown, 10.1.1.1", NULL), "10.1.1.1",
	    "what can't be read ends it");
	is_str(forwarded("6.6.6.6,,10.1.1.1", NULL), "10.1.1.1",
	    "so does nothing");
	is_str(forwarded("", NULL), "10.0.0.1", "an empty field");
	is_str(forwarded(",", NULL), "10.0.0.1", "a comma");
	is_str(forwarded("6.6.6.6, 1111:1111:1111:1111:1111:1111:1111:1111:"
	    "1111:1111:1111", NULL), "10.0.0.1", "what is too long");
}

static void
test_places(void)
{
	struct client	*c[4];
	struct address	 a, b, n;

	address_parse(&a, "192.0.2.1");
	address_parse(&b, "192.0.2.2");
	c[0] = client_enter(&a, 2);
	c[1] = client_enter(&a, 2);
	ok(c[0] != NULL && c[0] == c[1], "two places");
	ok(client_enter(&a, 2) == NULL, "and no third");
	ok((c[2] = client_enter(&b, 2)) != NULL && c[2] != c[0],
	    "another client has its own");
	client_leave(c[0]);
	ok((c[3] = client_enter(&a, 2)) != NULL, "a place that was given back");
	client_leave(c[1]);
	client_leave(c[2]);
	client_leave(c[3]);
	client_leave(NULL);
	address_parse(&a, "2001:db8::1");
	address_parse(&b, "2001:db8::ffff:0:0:2");
	address_parse(&n, "2001:db8:0:1::1");
	c[0] = client_enter(&a, 1);
	ok(c[0] != NULL && client_enter(&b, 1) == NULL,
	    "a /64 of IPv6 is one client");
	ok((c[1] = client_enter(&n, 1)) != NULL, "the next one is another");
	client_leave(c[0]);
	client_leave(c[1]);
}

int
main(void)
{
	test_addresses();
	test_prefixes();
	test_forwarded();
	test_places();
	return done_testing();
}

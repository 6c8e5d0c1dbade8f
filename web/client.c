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
 * Addresses of clients.  An address that a header names counts only when the
 * one who sent the header is a configured proxy; who decides that is the
 * caller.
 */

#include "config.h"

#include <sys/tree.h>
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "client.h"

struct client {
	RB_ENTRY(client)	 entry;
	struct address		 address;
	uint64_t		 places;
};

static int	client_cmp(struct client *, struct client *);
static bool	is_ipv4(const struct address *);
static bool	forwarded_back(struct address *, const char *,
		    const struct prefix *, size_t);
static int	forwarded_item(struct address *, const char *, size_t);

static RB_HEAD(clients, client)	clients = RB_INITIALIZER(&clients);

RB_PROTOTYPE(clients, client, entry, client_cmp)
RB_GENERATE(clients, client, entry, client_cmp)

static const uint8_t	mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			    0xff, 0xff };

static int
client_cmp(struct client *a, struct client *b)
{
	return memcmp(&a->address, &b->address, sizeof(a->address));
}

static bool
is_ipv4(const struct address *a)
{
	return memcmp(a->byte, mapped, sizeof(mapped)) == 0;
}

int
address_of(struct address *a, const struct sockaddr *sa)
{
	struct sockaddr_in	sin;
	struct sockaddr_in6	sin6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&sin, sa, sizeof(sin));
		memcpy(a->byte, mapped, sizeof(mapped));
		memcpy(a->byte + 12, &sin.sin_addr, 4);
		return 0;
	case AF_INET6:
		memcpy(&sin6, sa, sizeof(sin6));
		memcpy(a->byte, &sin6.sin6_addr, 16);
		return 0;
	default:
		memset(a, 0, sizeof(*a));
		return -1;
	}
}

void
address_format(const struct address *a, char text[ADDRESS_SIZE])
{
	if (is_ipv4(a))
		inet_ntop(AF_INET, a->byte + 12, text, ADDRESS_SIZE);
	else
		inet_ntop(AF_INET6, a->byte, text, ADDRESS_SIZE);
}

int
address_parse(struct address *a, const char *text)
{
	memcpy(a->byte, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, text, a->byte + 12) == 1)
		return 0;
	return inet_pton(AF_INET6, text, a->byte) == 1 ? 0 : -1;
}

int
prefix_parse(struct prefix *p, const char *text)
{
	const char	*error, *slash;
	char		 buf[ADDRESS_SIZE];
	int		 offset;

	slash = strchr(text, '/');
	if (slash == NULL)
		slash = text + strlen(text);
	if ((size_t)(slash - text) >= sizeof(buf))
		return -1;
	memcpy(buf, text, (size_t)(slash - text));
	buf[slash - text] = '\0';
	if (address_parse(&p->address, buf) == -1)
		return -1;
	p->bits = 128;
	if (*slash == '\0')
		return 0;
	offset = strchr(buf, ':') == NULL ? 96 : 0;
	p->bits = (unsigned)(strtonum(slash + 1, 0, 128 - offset, &error) +
	    offset);
	return error == NULL ? 0 : -1;
}

bool
prefix_has(const struct prefix *p, size_t n, const struct address *a)
{
	unsigned	bytes, mask;

	for (; n > 0; n--, p++) {
		bytes = p->bits / 8;
		mask = 0xff00U >> p->bits % 8 & 0xff;
		if (memcmp(p->address.byte, a->byte, bytes) == 0 &&
		    (mask == 0 || ((p->address.byte[bytes] ^ a->byte[bytes]) &
		    mask) == 0))
			return true;
	}
	return false;
}

void
client_forwarded(struct address *a, const struct http_request *req,
    const struct prefix *proxies, size_t n)
{
	size_t	i;

	for (i = req->nfields; i > 0; i--)
		if (strcmp(req->field[i - 1].name, "x-forwarded-for") == 0 &&
		    !forwarded_back(a, req->field[i - 1].value, proxies, n))
			return;
}

/* One field, from its end.  True: all in it were proxies, so look further. */
static bool
forwarded_back(struct address *a, const char *list,
    const struct prefix *proxies, size_t n)
{
	const char	*p, *end = list + strlen(list);

	for (;; end = p - 1) {
		for (p = end; p > list && p[-1] != ','; p--)
			;
		if (forwarded_item(a, p, (size_t)(end - p)) == -1 ||
		    !prefix_has(proxies, n, a))
			return false;
		if (p == list)
			return true;
	}
}

static int
forwarded_item(struct address *a, const char *p, size_t len)
{
	struct address	named;
	char		buf[ADDRESS_SIZE];

	for (; len > 0 && (*p == ' ' || *p == '\t'); p++)
		len--;
	while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t'))
		len--;
	if (len >= sizeof(buf))
		return -1;
	memcpy(buf, p, len);
	buf[len] = '\0';
	if (address_parse(&named, buf) == -1)
		return -1;
	*a = named;
	return 0;
}

struct client *
client_enter(const struct address *address, uint64_t max)
{
	struct client	*c, key;

	key.address = *address;
	if (!is_ipv4(address))
		memset(key.address.byte + 8, 0, 8);
	if ((c = RB_FIND(clients, &clients, &key)) == NULL) {
		if ((c = calloc(1, sizeof(*c))) == NULL)
			return NULL;
		c->address = key.address;
		RB_INSERT(clients, &clients, c);
	} else if (c->places >= max)
		return NULL;
	c->places++;
	return c;
}

void
client_leave(struct client *c)
{
	if (c == NULL || --c->places > 0)
		return;
	RB_REMOVE(clients, &clients, c);
	free(c);
}

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
 * Who is at the other end: addresses, the proxies that may speak for others,
 * and how many places each client holds.
 */

#ifndef WEB_CLIENT_H
#define WEB_CLIENT_H

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"

#define ADDRESS_SIZE	INET6_ADDRSTRLEN

/* IPv4 stands as ::ffff:a.b.c.d. */
struct address {
	uint8_t	 byte[16];
};

struct prefix {
	struct address	 address;
	unsigned	 bits;
};

/* A client that holds at least one place. */
struct client;

/* From a socket; -1 if it is of another family (a unix socket). */
int		 address_of(struct address *, const struct sockaddr *);
/* As text, and back; -1 if it is no address. */
void		 address_format(const struct address *, char [ADDRESS_SIZE]);
int		 address_parse(struct address *, const char *);
/* "10.0.0.0/8", or an address; -1 if it is neither. */
int		 prefix_parse(struct prefix *, const char *);
bool		 prefix_has(const struct prefix *, size_t n,
		    const struct address *);

/*
 * Whom a request that came over a proxy is from: of the addresses in
 * X-Forwarded-For, from the last one backwards, the first that is no proxy of
 * ours.  The address stays as it was where the proxy names nobody.
 */
void		 client_forwarded(struct address *, const struct http_request *,
		    const struct prefix *, size_t);

/*
 * Takes a place for this address (IPv6: for its /64), and gives it back.
 * NULL when it holds max places already, or without memory.
 */
struct client	*client_enter(const struct address *, uint64_t max);
void		 client_leave(struct client *);

#endif

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
 * The queue of bytes that wait to be sent.  Small pieces that follow each
 * other share one chunk, so a reply's head and body, or many frames, leave in
 * one system call.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

#define CHUNK_ROOM	2048	/* the least that is allocated */
#define IOV_COUNT	16

struct chunk {
	STAILQ_ENTRY(chunk)	 entry;
	const uint8_t		*data;
	size_t			 off;		/* sent up to here */
	size_t			 len;
	size_t			 size;		/* of room */
	void			*owned;		/* or NULL */
	uint8_t			 room[];
};

static struct chunk	*chunk_new(struct output *, size_t);
static void		 chunk_free(struct output *, struct chunk *);
static void		 output_sent(struct output *, size_t);

void
output_init(struct output *out)
{
	memset(out, 0, sizeof(*out));
	STAILQ_INIT(&out->chunks);
}

void
output_clear(struct output *out)
{
	struct chunk	*c;

	while ((c = STAILQ_FIRST(&out->chunks)) != NULL)
		chunk_free(out, c);
	out->size = 0;
}

static struct chunk *
chunk_new(struct output *out, size_t room)
{
	struct chunk	*c;

	if ((c = malloc(sizeof(*c) + room)) == NULL) {
		out->failed = true;
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	c->data = c->room;
	c->size = room;
	STAILQ_INSERT_TAIL(&out->chunks, c, entry);
	return c;
}

static void
chunk_free(struct output *out, struct chunk *c)
{
	STAILQ_REMOVE_HEAD(&out->chunks, entry);
	if (c->owned != NULL)
		freezero(c->owned, c->len);
	explicit_bzero(c->room, c->size > 0 ? c->len : 0);
	free(c);
}

void
output_add(struct output *out, const void *data, size_t len)
{
	struct chunk	*c;

	if (len == 0)
		return;
	c = STAILQ_LAST(&out->chunks, chunk, entry);
	if (c == NULL || c->size - (c->size > 0 ? c->len : 0) < len) {
		c = chunk_new(out, len > CHUNK_ROOM ? len : CHUNK_ROOM);
		if (c == NULL)
			return;
	}
	memcpy(c->room + c->len, data, len);
	c->len += len;
	out->size += len;
}

void
output_add_static(struct output *out, const void *data, size_t len)
{
	struct chunk	*c;

	if (len == 0 || (c = chunk_new(out, 0)) == NULL)
		return;
	c->data = data;
	c->len = len;
	out->size += len;
}

void
output_add_owned(struct output *out, void *data, size_t len)
{
	struct chunk	*c;

	if (len == 0 || (c = chunk_new(out, 0)) == NULL) {
		freezero(data, len);
		return;
	}
	c->data = c->owned = data;
	c->len = len;
	out->size += len;
}

int
output_write(struct output *out, int fd)
{
	struct iovec	 iov[IOV_COUNT];
	struct msghdr	 msg;
	struct chunk	*c;
	size_t		 n, want;
	ssize_t		 sent;

	while (out->size > 0) {
		n = want = 0;
		STAILQ_FOREACH(c, &out->chunks, entry) {
			if (n == IOV_COUNT)
				break;
			iov[n].iov_base = (void *)(uintptr_t)
			    (c->data + c->off);
			iov[n].iov_len = c->len - c->off;
			want += iov[n++].iov_len;
		}
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = iov;
		msg.msg_iovlen = n;
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL);
		if (sent == -1) {
			if (errno == EINTR)
				continue;
			return errno == EAGAIN || errno == EWOULDBLOCK ||
			    errno == ENOBUFS ? 0 : -1;
		}
		output_sent(out, (size_t)sent);
		if ((size_t)sent < want)
			return 0;
	}
	return 0;
}

static void
output_sent(struct output *out, size_t len)
{
	struct chunk	*c;
	size_t		 n;

	out->size -= len;
	while (len > 0) {
		c = STAILQ_FIRST(&out->chunks);
		n = c->len - c->off;
		if (n > len) {
			c->off += len;
			return;
		}
		len -= n;
		chunk_free(out, c);
	}
}

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
 * Entries, see entries.h.  An entry counts from when it is made until the
 * executor acknowledges it; an unfinished line counts for what its buffer
 * takes.
 */

#include "config.h"

#include <sys/queue.h>

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "entries.h"

#define BATCH_DELAY	10		/* ms from one batch to the next */
/*
 * Bytes on their way: enough to keep the store busy, and no more, because a
 * kill is done when these have been written.
 */
#define WINDOW		(2 * 1024 * 1024)
#define LINE_START	512
#define LINE_KEPT	4096		/* a larger buffer is given back */

/* A batch that has not been acknowledged. */
struct batch {
	STAILQ_ENTRY(batch)	 entry;
	uint64_t		 last;
	size_t			 size;
};

static STAILQ_HEAD(, batch)	 batches = STAILQ_HEAD_INITIALIZER(batches);
static struct channel		*channel;
static uint64_t			 deployment;
static const struct mask	*mask;
static size_t			 limit;
static void			 (*full_changed)(bool);
static bool			 full;
static struct event		*timer;
static uint64_t			 sent;		/* when, the last batch; ms */

static struct ibuf		*waiting;
static uint32_t			 waiting_count;
static uint64_t			 next_seq = 1;
static size_t			 unacked;	/* with what waits */
static size_t			 lines_size;

static void
full_check(void)
{
	size_t	part = full ? 2 : 1;
	bool	now;

	now = unacked + lines_size >= limit / part ||
	    unacked >= WINDOW / part;
	if (now == full)
		return;
	full = now;
	full_changed(full);
}

static uint64_t
clock_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void
batch_send(void)
{
	struct batch	*batch;
	struct ibuf	*b;

	if (waiting_count == 0)
		return;
	if ((batch = calloc(1, sizeof(*batch))) == NULL)
		fatal("%s", __func__);
	batch->last = next_seq - 1;
	batch->size = ibuf_size(waiting);
	STAILQ_INSERT_TAIL(&batches, batch, entry);
	b = msg_new();
	msg_put_u64(b, deployment);
	msg_put_u64(b, next_seq - waiting_count);
	msg_put_u32(b, waiting_count);
	msg_put_data(b, ibuf_data(waiting), ibuf_size(waiting));
	msg_send(channel, MSG_JOB_ENTRIES, 0, -1, b);
	ibuf_free(waiting);
	waiting = NULL;
	waiting_count = 0;
	sent = clock_ms();
}

static void
batch_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	batch_send();
}

void
entries_begin(struct channel *ch, uint64_t id, const struct mask *m,
    size_t bytes, void (*changed)(bool))
{
	channel = ch;
	deployment = id;
	mask = m;
	limit = bytes;
	full_changed = changed;
	if ((timer = evtimer_new(base, batch_due, NULL)) == NULL)
		fatal("evtimer_new");
}

/* One entry, ready and of a size that fits. */
static void
entry_put(enum entry_type type, uint8_t flags, const char *origin,
    const char *msg, size_t len)
{
	struct timeval	delay = { 0, BATCH_DELAY * 1000 };
	struct timespec	ts;
	size_t		size;

	size = 1 + 1 + 8 + 4 + strlen(origin) + 1 + 4 + len;
	if (waiting_count > 0 && ibuf_size(waiting) + size > MSG_CHUNK)
		batch_send();
	if (waiting == NULL) {
		waiting = ibuf_dynamic(4096, MSG_DATA_MAX);
		if (waiting == NULL)
			fatal("%s", __func__);
		/* After a silence only what is being read goes along. */
		if (clock_ms() - sent >= BATCH_DELAY)
			delay.tv_usec = 0;
		event_add(timer, &delay);
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	msg_put_u8(waiting, type);
	msg_put_u8(waiting, flags);
	msg_put_u64(waiting, ts.tv_sec * 1000000000ULL + ts.tv_nsec);
	msg_put_string(waiting, origin);
	msg_put_data(waiting, msg, len);
	waiting_count++;
	next_seq++;
	unacked += size;
}

/* Masks in place and sends what is not more than an entry takes. */
static void
entry_masked(enum entry_type type, uint8_t flags, const char *origin,
    char *msg, size_t len)
{
	if (len > 0)
		len = mask_apply(mask, msg, len);
	entry_put(type, flags, origin, len > 0 ? msg : "", len);
}

/* How much of it goes into the next entry. */
static size_t
part_length(const char *msg, size_t len)
{
	size_t	n;

	if (len <= ENTRY_MESSAGE_MAX)
		return len;
	n = mask_safe(mask, msg, ENTRY_MESSAGE_MAX);
	return n > 0 ? n : ENTRY_MESSAGE_MAX;
}

void
entry_add(enum entry_type type, const char *origin, const void *msg,
    size_t len)
{
	char	*copy, *p;
	size_t	 n;

	if ((copy = malloc(len + 1)) == NULL)
		fatal("%s", __func__);
	memcpy(copy, msg, len);
	p = copy;
	do {
		n = part_length(p, len);
		entry_masked(type, n < len ? ENTRY_CONTINUED : 0, origin, p,
		    n);
		p += n;
		len -= n;
	} while (len > 0);
	freezero(copy, p - copy);
	full_check();
}

void
entry_addf(enum entry_type type, const char *origin, const char *fmt, ...)
{
	va_list	 ap;
	char	*s;
	int	 n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n == -1)
		fatal("%s", __func__);
	entry_add(type, origin, s, n);
	freezero(s, n);
}

void
entries_acked(uint64_t seq)
{
	struct batch	*batch;

	while ((batch = STAILQ_FIRST(&batches)) != NULL && batch->last <= seq) {
		STAILQ_REMOVE_HEAD(&batches, entry);
		unacked -= batch->size;
		free(batch);
	}
	full_check();
}

bool
entries_are_full(void)
{
	return full;
}

uint64_t
entries_end(void)
{
	batch_send();
	return next_seq;
}

static void
line_resize(struct line *l, size_t size)
{
	lines_size += size - l->size;
	l->size = size;
	if (size == 0) {
		free(l->buf);
		l->buf = NULL;
	} else if ((l->buf = realloc(l->buf, size)) == NULL)
		fatal("%s", __func__);
}

/* The first n bytes become an entry. */
static void
line_emit(struct line *l, size_t n, uint8_t flags)
{
	size_t	rest = l->len - n;

	entry_masked(l->type, flags, l->origin, l->buf, n);
	if (rest > 0)
		memmove(l->buf, l->buf + n, rest);
	l->len = rest;
	if (rest == 0 && l->size > LINE_KEPT)
		line_resize(l, 0);
}

/* No room in this entry: the line goes on in the next. */
static void
line_cut(struct line *l)
{
	size_t	n = mask_safe(mask, l->buf, l->len);

	line_emit(l, n > 0 ? n : l->len, ENTRY_CONTINUED);
}

/* Bytes of one line, without its end. */
static void
line_append(struct line *l, const char *p, size_t n)
{
	size_t	part, size;

	while (n > 0) {
		if (l->len == ENTRY_MESSAGE_MAX)
			line_cut(l);
		part = ENTRY_MESSAGE_MAX - l->len;
		if (part > n)
			part = n;
		for (size = l->size == 0 ? LINE_START : l->size;
		    size < l->len + part; size *= 2)
			;
		if (size != l->size)
			line_resize(l, size);
		memcpy(l->buf + l->len, p, part);
		l->len += part;
		p += part;
		n -= part;
	}
	/* Many hosts in the middle of long lines. */
	if (lines_size > limit / 2 && l->size > LINE_KEPT)
		line_cut(l);
}

void
line_add(struct line *l, const char *p, size_t n)
{
	const char	*nl;

	while (n > 0 && (nl = memchr(p, '\n', n)) != NULL) {
		line_append(l, p, nl - p);
		line_emit(l, l->len, 0);
		n -= nl + 1 - p;
		p = nl + 1;
	}
	line_append(l, p, n);
	full_check();
}

void
line_end(struct line *l)
{
	if (l->len > 0)
		line_emit(l, l->len, 0);
	line_resize(l, 0);
	full_check();
}

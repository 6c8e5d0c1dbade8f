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
 * Group commit.  A failed transaction leaves everything here, to be tried
 * again: nothing is acknowledged, so the executor reads no further, and the
 * lines wait where they are.
 */

#include "config.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "buf.h"
#include "deployments.h"
#include "entries.h"
#include "feed.h"
#include "journal.h"
#include "outbox.h"
#include "times.h"

#define LATE		10		/* ms from one commit to the next */
#define SLICE		3		/* ms of writing before it */
#define RETRY		500		/* ms after a failed one */
#define FULL_AT		(8 * 1024 * 1024)	/* bytes that wait */
#define EMPTY_AT	(2 * 1024 * 1024)

/* What an entry costs beside its texts. */
#define ENTRY_COST	32
/* Places where a command runs that are kept in mind. */
#define COMMANDS_MAX	1000
/* Bytes of entries that no limit drops: no honest worker has so many. */
#define OTHERS_MAX	(64 * 1024 * 1024)

#define REASON_MAX	(16 * 1024)
#define ORIGIN		"applikatoni"

enum kind {
	BATCH,
	ACTIVE,
	END
};

struct item {
	TAILQ_ENTRY(item)	 entry;
	struct deployment	*d;
	enum kind		 kind;
	uint64_t		 seq;
	uint32_t		 count;		/* of a batch */
	void			*data;
	size_t			 len;
	enum ended_by		 by;		/* of an end */
	char			*reason;
	bool			 say_commands;
};

static TAILQ_HEAD(items, item)	 items = TAILQ_HEAD_INITIALIZER(items);
static TAILQ_HEAD(, deployment)	 dirty = TAILQ_HEAD_INITIALIZER(dirty);
static size_t			 waiting;	/* bytes */
static struct event		*flush_event;
static int64_t			 flushed;	/* when, the last time */

static void	flush_arrives(evutil_socket_t, short, void *);

int
journal_init(void)
{
	flush_event = event_new(base, -1, 0, flush_arrives, NULL);
	return flush_event == NULL ? -1 : 0;
}

static void
flush_in(int ms)
{
	struct timeval	tv = { 0, ms * 1000 };

	event_add(flush_event, &tv);
}

static void
item_add(struct item *i)
{
	struct channel	*executor = child_peer(PROC_EXECUTOR);

	TAILQ_INSERT_TAIL(&items, i, entry);
	waiting += i->len + sizeof(*i);
	if (waiting >= FULL_AT && executor != NULL)
		channel_pause(executor);
	/*
	 * The first line after a silence does not wait for others.  When
	 * nothing can be written, the next try has its time already.
	 */
	if (!event_pending(flush_event, EV_TIMEOUT, NULL))
		flush_in(clock_now() - flushed >= LATE ? 0 : LATE);
}

static void
item_free(struct item *i)
{
	struct channel	*executor = child_peer(PROC_EXECUTOR);

	TAILQ_REMOVE(&items, i, entry);
	waiting -= i->len + sizeof(*i);
	if (waiting < EMPTY_AT && executor != NULL)
		channel_resume(executor);
	free(i->data);
	free(i->reason);
	free(i);
}

static struct item *
item_new(struct deployment *d, enum kind kind, uint64_t seq)
{
	struct item	*i;

	if ((i = calloc(1, sizeof(*i))) == NULL)
		fatal("calloc");
	i->d = d;
	i->kind = kind;
	i->seq = seq;
	return i;
}

void
journal_batch(struct deployment *d, uint64_t seq, uint32_t count,
    const void *data, size_t len)
{
	struct item	*i = item_new(d, BATCH, seq);

	if ((i->data = malloc(len)) == NULL)
		fatal("malloc");
	memcpy(i->data, data, len);
	i->len = len;
	i->count = count;
	item_add(i);
}

void
journal_active(struct deployment *d)
{
	d->state = STATE_ACTIVE;
	item_add(item_new(d, ACTIVE, 0));
}

void
journal_end(struct deployment *d, enum ended_by by, const char *reason,
    uint64_t seq, bool say_commands)
{
	struct item	*i = item_new(d, END, seq);

	if ((i->reason = strndup(reason, REASON_MAX)) == NULL)
		fatal("strndup");
	i->by = by;
	i->say_commands = say_commands;
	d->ending = true;
	item_add(i);
}

static int
entry_write(struct deployment *d, struct feed *f, struct entry *e)
{
	e->id = ++d->count.entries;
	if (store_entry_add(d->id, e) == -1)
		return -1;
	if (f != NULL)
		feed_entry(f, e);
	return 0;
}

int
journal_own(struct deployment *d, enum entry_type type, const char *fmt, ...)
{
	struct entry	 e = { .type = type, .origin = ORIGIN };
	va_list		 ap;
	char		*s;
	int		 n, r;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n == -1)
		fatal("vasprintf");
	e.time = now_ns();
	e.message = s;
	e.len = n < ENTRY_MESSAGE_MAX ? n : ENTRY_MESSAGE_MAX;
	r = entry_write(d, feed_find(d->id), &e);
	free(s);
	return r;
}

/* The origins where a command runs, in one string. */
static void
commands_join(const struct deployment *d, struct buf *b)
{
	size_t	i;

	for (i = 0; i < d->commands_on.n; i++)
		buf_addf(b, "%s%s", i == 0 ? "" : " ", d->commands_on.v[i]);
}

/*
 * Keeps in mind where a command runs.  Doing it again after a failed
 * transaction comes to the same.
 */
static void
commands_note(struct deployment *d, const struct entry *e)
{
	size_t	 i;
	char	*s;

	if (e->type != ENTRY_COMMAND_START && e->type != ENTRY_COMMAND_FAIL &&
	    e->type != ENTRY_COMMAND_SUCCESS)
		return;
	for (i = 0; i < d->commands_on.n; i++)
		if (strcmp(d->commands_on.v[i], e->origin) == 0)
			break;
	if (e->type == ENTRY_COMMAND_START) {
		if (i < d->commands_on.n || i >= COMMANDS_MAX)
			return;
		if ((s = strdup(e->origin)) == NULL)
			fatal("strdup");
		list_add(&d->commands_on, s);
	} else if (i < d->commands_on.n) {
		free(d->commands_on.v[i]);
		memmove(d->commands_on.v + i, d->commands_on.v + i + 1,
		    (d->commands_on.n - i - 1) * sizeof(char *));
		d->commands_on.n--;
	}
}

static uint64_t
entry_cost(const struct entry *e)
{
	return e->len + strlen(e->origin) + ENTRY_COST;
}

/* Output beyond the limit: counted, not kept.  1: so; 0: it is kept; -1. */
static int
output_drop(struct deployment *d, const struct entry *e)
{
	uint64_t	cost = entry_cost(e);

	if (d->count.dropped_lines == 0) {
		if (!d->full && d->count.output + cost <=
		    d->limits[LIMIT_OUTPUT]) {
			d->count.output += cost;
			return 0;
		}
		if (journal_own(d, ENTRY_COMMAND_STDOUT_OUTPUT, "%s: further "
		    "output is counted, not kept", d->full ?
		    "no space left for the database" : "output limit reached")
		    == -1)
			return -1;
	}
	d->count.dropped_lines++;
	d->count.dropped_bytes += e->len;
	return 1;
}

static int
batch_write(struct item *i)
{
	struct deployment	*d = i->d;
	struct feed		*f = feed_find(d->id);
	struct entry		 e;
	struct ibuf		 b;
	uint64_t		 seq = i->seq;
	int			 r;

	ibuf_from_buffer(&b, i->data, i->len);
	for (; entry_next(&b, &e) == 1; seq++) {
		/* It may have come twice, from before a new channel. */
		if (seq <= d->count.seq)
			continue;
		d->count.seq = seq;
		if (entry_is_output(&e)) {
			if ((r = output_drop(d, &e)) == -1)
				return -1;
			if (r == 1)
				continue;
		} else {
			commands_note(d, &e);
			d->count.others += entry_cost(&e);
		}
		if (entry_write(d, f, &e) == -1)
			return -1;
	}
	return 0;
}

static int
active_write(struct deployment *d)
{
	d->started_at = now_ms();
	if (store_deployment_active(d->id, d->started_at) == -1)
		return -1;
	return deployment_notify(d, STATE_ACTIVE);
}

static int
last_words_write(struct deployment *d, enum ended_by by, const char *reason)
{
	if (d->kill_reason != NULL && !d->kill_written &&
	    journal_own(d, ENTRY_KILL_RECEIVED, "%s", d->kill_reason) == -1)
		return -1;
	if (d->count.dropped_lines > 0 &&
	    journal_own(d, ENTRY_COMMAND_STDOUT_OUTPUT, "output that was "
	    "counted and not kept: %" PRIu64 " lines, %" PRIu64 " bytes",
	    d->count.dropped_lines, d->count.dropped_bytes) == -1)
		return -1;
	if (by == ENDED_BY_NONE)
		return journal_own(d, ENTRY_DEPLOYMENT_SUCCESS,
		    "deployment_id=%" PRIu64, d->id);
	return journal_own(d, ENTRY_DEPLOYMENT_FAIL,
	    "deployment_id=%" PRIu64 ", err=%s", d->id, reason);
}

static enum state
end_state(const struct item *i)
{
	return i->by == ENDED_BY_NONE ? STATE_SUCCESSFUL : STATE_FAILED;
}

static int
end_write(struct item *i)
{
	struct deployment	*d = i->d;
	struct buf		 b = { 0 };
	enum state		 state = end_state(i);
	int			 r;

	buf_add_string(&b, i->reason);
	if (i->say_commands && d->commands_on.n > 0) {
		buf_add_string(&b, "; commands may still run on ");
		commands_join(d, &b);
	}
	if (i->seq > d->count.seq)
		d->count.seq = i->seq;
	d->ended = true;
	r = last_words_write(d, i->by, buf_string(&b));
	if (r == 0)
		r = store_deployment_end(d->id, state, i->by,
		    i->by == ENDED_BY_NONE ? NULL : buf_string(&b), now_ms());
	if (r == 0)
		r = deployment_notify(d, state);
	buf_free(&b);
	return r;
}

static int
item_write(struct item *i)
{
	if (!i->d->dirty) {
		i->d->dirty = true;
		TAILQ_INSERT_TAIL(&dirty, i->d, in_dirty);
	}
	switch (i->kind) {
	case BATCH:
		return batch_write(i);
	case ACTIVE:
		return active_write(i->d);
	case END:
		return end_write(i);
	}
	return -1;
}

int
journal_count(struct deployment *d)
{
	struct store_deployment	row = { .id = d->id };
	struct buf		b = { 0 };
	int			r;

	row.entries = d->count.entries;
	row.seq = d->count.seq;
	row.output = d->count.output;
	row.dropped_lines = d->count.dropped_lines;
	row.dropped_bytes = d->count.dropped_bytes;
	if (!d->ended && d->commands_on.n > 0) {
		commands_join(d, &b);
		row.commands_on = buf_string(&b);
	}
	r = store_deployment_count(&row);
	buf_free(&b);
	return r;
}

/* Writes items, up to *last, for as long as a slice is. */
static int
items_write(struct item **last)
{
	struct deployment	*d;
	struct item		*i;
	int64_t			 start = clock_now();

	TAILQ_FOREACH(i, &items, entry) {
		if (item_write(i) == -1)
			return -1;
		*last = i;
		if (clock_now() - start >= SLICE)
			break;
	}
	TAILQ_FOREACH(d, &dirty, in_dirty)
		if (journal_count(d) == -1)
			return -1;
	return 0;
}

/* All that was counted in a transaction that came to nothing. */
static void
dirty_undo(void)
{
	struct deployment	*d;

	while ((d = TAILQ_FIRST(&dirty)) != NULL) {
		TAILQ_REMOVE(&dirty, d, in_dirty);
		d->dirty = d->ended = false;
		d->count = d->committed;
		feed_discard(d->id);
	}
}

static void
dirty_publish(void)
{
	struct deployment	*d;

	while ((d = TAILQ_FIRST(&dirty)) != NULL) {
		TAILQ_REMOVE(&dirty, d, in_dirty);
		d->dirty = false;
		if (d->count.seq > d->committed.seq)
			job_ack(d->id, d->count.seq);
		d->committed = d->count;
		feed_publish(d->id);
		if (d->count.others > OTHERS_MAX)
			deployment_kill(d, ENDED_BY_LIMIT, NULL,
			    "its worker wrote too many log entries");
	}
}

static void
item_done(struct item *i)
{
	struct deployment	*d = i->d;
	enum kind		 kind = i->kind;

	if (kind == END)
		d->state = end_state(i);
	item_free(i);
	if (kind == ACTIVE) {
		log_info("deployment %" PRIu64 " started: app=%s target=%s "
		    "sha=%.7s by=%s", d->id, log_quote(d->application),
		    log_quote(d->target), d->sha, log_quote(d->user));
		outbox_kick();
	} else if (kind == END)
		deployment_ended(d);
}

static int
flush(void)
{
	struct item	*last = NULL, *i;

	if (TAILQ_EMPTY(&items))
		return 0;
	if (store_begin() == -1)
		return -1;
	if (items_write(&last) == -1) {
		store_rollback();
		dirty_undo();
		return -1;
	}
	if (store_commit() == -1) {
		dirty_undo();
		return -1;
	}
	dirty_publish();
	/* The last word of a deployment is its last item. */
	do {
		i = TAILQ_FIRST(&items);
		if (i == last)
			last = NULL;
		item_done(i);
	} while (last != NULL);
	return 0;
}

static void
flush_arrives(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (store_checkpoint_is_due())
		store_checkpoint();
	else if (flush() == -1) {
		flush_in(RETRY);
		return;
	}
	flushed = clock_now();
	if (!TAILQ_EMPTY(&items))
		flush_in(0);
}

bool
journal_is_empty(void)
{
	return TAILQ_EMPTY(&items);
}

int
journal_flush(void)
{
	int	r = 0;

	while (r == 0 && !TAILQ_EMPTY(&items))
		r = flush();
	return r;
}

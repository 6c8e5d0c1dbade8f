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
 * Viewers.  A viewer holds the number of the entry that it gets next, and how
 * many bytes its client has not yet taken; from these two everything follows.
 * Lines come here from a commit (live) or from the store (behind), never both.
 */

#include "config.h"

#include <sys/queue.h>
#include <sys/tree.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "answer.h"
#include "buf.h"
#include "deployments.h"
#include "entries.h"
#include "feed.h"
#include "json.h"
#include "times.h"

/* Bytes on their way to one viewer. */
#define WINDOW		(256 * 1024)
/* What is read for viewers that are behind, in one go. */
#define PAGE		(48 * 1024)
/* Milliseconds until the rest of the loop gets its turn. */
#define SLICE		4

#define FORMATS		2

/* Where a chunk of live lines begins. */
struct mark {
	size_t		 offset;
	uint64_t	 id;
};

/* Lines that wait for their commit. */
struct live {
	struct buf	 buf;
	struct mark	*marks;
	size_t		 nmarks;
	size_t		 size;
	unsigned	 viewers;
};

struct viewer {
	RB_ENTRY(viewer)	 by_id;
	TAILQ_ENTRY(viewer)	 in_feed;
	TAILQ_ENTRY(viewer)	 in_ready;
	struct feed		*feed;
	struct channel		*channel;
	struct who		*who;
	uint32_t		 id;
	int			 format;
	uint64_t		 next;
	size_t			 unacked;
	bool			 live;
	bool			 ready;
};

struct feed {
	RB_ENTRY(feed)		 entry;
	uint64_t		 deployment;
	char			*application;
	char			*target;
	TAILQ_HEAD(, viewer)	 viewers;
	struct live		 live[FORMATS];
	uint64_t		 last;	/* written down, not yet published */
};

/* A page for those who are at the same place. */
struct page {
	struct buf	 buf;
	uint64_t	 deployment;
	uint64_t	 next;
	int		 format;
};

static int	viewer_cmp(struct viewer *, struct viewer *);
static int	feed_cmp(struct feed *, struct feed *);
static void	pump(evutil_socket_t, short, void *);

RB_HEAD(viewer_tree, viewer);
RB_HEAD(feed_tree, feed);
RB_PROTOTYPE(viewer_tree, viewer, by_id, viewer_cmp)
RB_GENERATE(viewer_tree, viewer, by_id, viewer_cmp)
RB_PROTOTYPE(feed_tree, feed, entry, feed_cmp)
RB_GENERATE(feed_tree, feed, entry, feed_cmp)

static struct viewer_tree	 viewers;	/* web's */
static struct feed_tree		 feeds;
static TAILQ_HEAD(, viewer)	 ready = TAILQ_HEAD_INITIALIZER(ready);
static struct event		*pump_event;
static unsigned			 nviewers;
static uint32_t			 ids[MSG_IDS_MAX];	/* more than can be */

static int
viewer_cmp(struct viewer *a, struct viewer *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static int
feed_cmp(struct feed *a, struct feed *b)
{
	return a->deployment < b->deployment ? -1 :
	    a->deployment > b->deployment;
}

int
feed_init(void)
{
	pump_event = event_new(base, -1, 0, pump, NULL);
	return pump_event == NULL ? -1 : 0;
}

struct feed *
feed_find(uint64_t deployment)
{
	struct feed	key = { .deployment = deployment };

	return RB_FIND(feed_tree, &feeds, &key);
}

static struct viewer *
viewer_find(uint32_t id)
{
	struct viewer	key = { .id = id };

	return RB_FIND(viewer_tree, &viewers, &key);
}

static bool
is_web(const struct viewer *v)
{
	return v->channel->peer == PROC_WEB;
}

static struct feed *
feed_get(const struct viewing *w)
{
	struct feed	*f;

	if ((f = feed_find(w->deployment)) != NULL)
		return f;
	if ((f = calloc(1, sizeof(*f))) == NULL ||
	    (f->application = strdup(w->application)) == NULL ||
	    (f->target = strdup(w->target)) == NULL)
		fatal("%s", __func__);
	f->deployment = w->deployment;
	TAILQ_INIT(&f->viewers);
	RB_INSERT(feed_tree, &feeds, f);
	return f;
}

static void
feed_free(struct feed *f)
{
	int	i;

	RB_REMOVE(feed_tree, &feeds, f);
	for (i = 0; i < FORMATS; i++) {
		buf_free(&f->live[i].buf);
		free(f->live[i].marks);
	}
	free(f->application);
	free(f->target);
	free(f);
}

/* Whether more may be sent to it. */
static bool
has_room(const struct viewer *v, size_t len)
{
	return !channel_is_full(v->channel) &&
	    (v->unacked == 0 || v->unacked + len <= WINDOW);
}

/* In the next turn of the loop, after what others have to do in this one. */
static void
pump_again(void)
{
	static const struct timeval	now = { 0, 0 };

	event_add(pump_event, &now);
}

static void
viewer_unready(struct viewer *v)
{
	if (v->ready)
		TAILQ_REMOVE(&ready, v, in_ready);
	v->ready = false;
}

/* One that is behind reads on, when it can take something. */
static void
viewer_wake(struct viewer *v)
{
	if (v->live || v->ready || !has_room(v, PAGE))
		return;
	v->ready = true;
	TAILQ_INSERT_TAIL(&ready, v, in_ready);
	pump_again();
}

static void
viewer_live(struct viewer *v, bool live)
{
	if (v->live == live)
		return;
	v->live = live;
	v->feed->live[v->format].viewers += live ? 1 : -1;
	if (live)
		viewer_unready(v);
}

static void
viewer_free(struct viewer *v)
{
	struct feed	*f = v->feed;

	viewer_live(v, false);
	viewer_unready(v);
	if (is_web(v))
		RB_REMOVE(viewer_tree, &viewers, v);
	TAILQ_REMOVE(&f->viewers, v, in_feed);
	nviewers--;
	free(v->who);
	free(v);
	if (TAILQ_EMPTY(&f->viewers))
		feed_free(f);
}

/* What an operator's command is told at the end: did it succeed? */
static void
state_tell(const struct store_deployment *d, void *arg)
{
	struct ibuf	*b = arg;

	msg_put_u8(b, d->state == STATE_SUCCESSFUL);
	msg_put_text(b, d->reason == NULL ? "" : d->reason);
}

static void
control_end(struct viewer *v, unsigned code, const char *reason)
{
	struct ibuf	*b = msg_new();

	if (code != CLOSE_NORMAL ||
	    store_deployment_find(v->feed->deployment, state_tell, b) != 1) {
		msg_put_u8(b, 0);
		msg_put_text(b, *reason == '\0' ?
		    "the deployment can't be found any more" : reason);
	}
	msg_send(v->channel, MSG_CTL_END, v->id, -1, b);
}

static void
viewer_end(struct viewer *v, unsigned code, const char *reason)
{
	if (is_web(v))
		answer_end(v->id, code, reason);
	else
		control_end(v, code, reason);
	viewer_free(v);
}

const char *
feed_admits(const struct viewing *w, unsigned *status)
{
	struct feed	*f;
	struct viewer	*v;
	uint64_t	 n = 0;

	*status = 503;
	if (nviewers >= engine_conf->limits[LIMIT_STREAMS] ||
	    nviewers >= MSG_IDS_MAX)
		return "too many logs are being watched";
	if (w->who == NULL)
		return NULL;
	RB_FOREACH(f, feed_tree, &feeds)
		TAILQ_FOREACH(v, &f->viewers, in_feed)
			if (v->who != NULL &&
			    v->who->user_id == w->who->user_id)
				n++;
	*status = 429;
	if (n >= engine_conf->limits[LIMIT_STREAMS_PER_USER])
		return "you are watching too many logs";
	*status = 400;
	if (w->channel->peer == PROC_WEB && viewer_find(w->id) != NULL)
		return "this request is being answered already";
	return NULL;
}

void
feed_open(const struct viewing *w)
{
	struct viewer	*v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		fatal("calloc");
	if (w->who != NULL) {
		if ((v->who = malloc(sizeof(*v->who))) == NULL)
			fatal("malloc");
		*v->who = *w->who;
	}
	v->feed = feed_get(w);
	v->channel = w->channel;
	v->id = w->id;
	v->format = w->format == CONTENT_TEXT;
	v->next = w->from == 0 ? 1 : w->from;
	TAILQ_INSERT_TAIL(&v->feed->viewers, v, in_feed);
	if (is_web(v))
		RB_INSERT(viewer_tree, &viewers, v);
	nviewers++;
	viewer_wake(v);
}

void
feed_credit(uint32_t id, uint32_t bytes)
{
	struct viewer	*v;

	/* The end of a stream and its last credit may cross. */
	if ((v = viewer_find(id)) == NULL)
		return;
	v->unacked -= bytes < v->unacked ? bytes : v->unacked;
	viewer_wake(v);
}

void
feed_close(uint32_t id)
{
	struct viewer	*v;

	if ((v = viewer_find(id)) != NULL)
		viewer_free(v);
}

/* Calls fn for each viewer; it may free the one that it gets. */
static void
viewers_each(void (*fn)(struct viewer *, const void *), const void *arg)
{
	struct feed	*f, *nf;
	struct viewer	*v, *nv;

	for (f = RB_MIN(feed_tree, &feeds); f != NULL; f = nf) {
		nf = RB_NEXT(feed_tree, &feeds, f);
		/* The feed goes with its last viewer. */
		for (v = TAILQ_FIRST(&f->viewers); v != NULL; v = nv) {
			nv = TAILQ_NEXT(v, in_feed);
			fn(v, arg);
		}
	}
}

static void
gone_free(struct viewer *v, const void *channel)
{
	if (v->channel == channel)
		viewer_free(v);
}

void
feed_channel_gone(struct channel *ch)
{
	viewers_each(gone_free, ch);
}

static void
writable_wake(struct viewer *v, const void *channel)
{
	if (v->channel == channel)
		viewer_wake(v);
}

void
feed_channel_writable(struct channel *ch)
{
	viewers_each(writable_wake, ch);
}

static void
line_add(struct buf *b, int format, uint64_t deployment,
    const struct entry *e)
{
	if (format == 0)
		json_entry(b, deployment, e);
	else
		entry_text(b, e);
}

static void
mark_add(struct live *l, size_t offset, uint64_t id)
{
	if (l->nmarks == l->size) {
		l->size = l->size == 0 ? 16 : l->size * 2;
		l->marks = reallocarray(l->marks, l->size, sizeof(*l->marks));
		if (l->marks == NULL)
			fatal("%s", __func__);
	}
	l->marks[l->nmarks++] = (struct mark){ offset, id };
}

void
feed_entry(struct feed *f, const struct entry *e)
{
	struct live	*l;
	size_t		 before;
	int		 i;

	f->last = e->id;
	for (i = 0; i < FORMATS; i++) {
		l = &f->live[i];
		if (l->viewers == 0)
			continue;
		before = l->buf.len;
		line_add(&l->buf, i, f->deployment, e);
		if (l->nmarks == 0 || l->buf.len -
		    l->marks[l->nmarks - 1].offset > MSG_CHUNK)
			mark_add(l, before, e->id);
	}
}

static void
chunk_send(struct viewer *v, const char *data, size_t len)
{
	struct ibuf	*b;
	size_t		 part;

	for (; len > 0; data += part, len -= part) {
		part = len < MSG_CHUNK ? len : MSG_CHUNK;
		b = msg_new();
		msg_put_data(b, data, part);
		msg_send(v->channel, MSG_CTL_DATA, v->id, -1, b);
	}
}

/* A chunk of live lines, from entry id on, to all who can take it. */
static void
chunk_publish(struct feed *f, int format, uint64_t id, const char *data,
    size_t len)
{
	struct viewer	*v;
	size_t		 n = 0;

	TAILQ_FOREACH(v, &f->viewers, in_feed) {
		if (!v->live || v->format != format)
			continue;
		if (!has_room(v, len)) {
			v->next = id;
			viewer_live(v, false);
			viewer_wake(v);
			continue;
		}
		if (is_web(v)) {
			v->unacked += len;
			ids[n++] = v->id;
		} else
			chunk_send(v, data, len);
	}
	if (n > 0)
		answer_data(ids, n, data, len);
}

static void
live_clear(struct feed *f)
{
	int	i;

	for (i = 0; i < FORMATS; i++) {
		f->live[i].buf.len = 0;
		f->live[i].nmarks = 0;
	}
	f->last = 0;
}

void
feed_publish(uint64_t deployment)
{
	struct feed	*f;
	struct viewer	*v;
	struct live	*l;
	size_t		 i, end;
	int		 format;

	if ((f = feed_find(deployment)) == NULL || f->last == 0)
		return;
	for (format = 0; format < FORMATS; format++) {
		l = &f->live[format];
		for (i = 0; i < l->nmarks; i++) {
			end = i + 1 < l->nmarks ? l->marks[i + 1].offset :
			    l->buf.len;
			chunk_publish(f, format, l->marks[i].id,
			    l->buf.data + l->marks[i].offset,
			    end - l->marks[i].offset);
		}
	}
	TAILQ_FOREACH(v, &f->viewers, in_feed) {
		if (v->live)
			v->next = f->last + 1;
		else if (v->next <= f->last)
			viewer_wake(v);
	}
	live_clear(f);
}

void
feed_discard(uint64_t deployment)
{
	struct feed	*f;

	if ((f = feed_find(deployment)) != NULL)
		live_clear(f);
}

void
feed_ended(uint64_t deployment)
{
	struct feed	*f;
	struct viewer	*v;

	if ((f = feed_find(deployment)) == NULL)
		return;
	TAILQ_FOREACH(v, &f->viewers, in_feed) {
		viewer_live(v, false);
		viewer_wake(v);
	}
}

static bool
page_add(const struct entry *e, void *arg)
{
	struct page	*p = arg;

	line_add(&p->buf, p->format, p->deployment, e);
	p->next = e->id + 1;
	return p->buf.len < PAGE;
}

/* Those who are where this one is get the same page. */
static void
page_send(struct viewer *v, const struct page *p)
{
	struct viewer	*w;
	uint64_t	 at = v->next;
	size_t		 n = 0;

	if (!is_web(v)) {
		chunk_send(v, p->buf.data, p->buf.len);
		v->next = p->next;
		return;
	}
	TAILQ_FOREACH(w, &v->feed->viewers, in_feed) {
		if (w != v && (!w->ready || w->next != at ||
		    w->format != v->format || !is_web(w) ||
		    !has_room(w, p->buf.len)))
			continue;
		w->next = p->next;
		w->unacked += p->buf.len;
		ids[n++] = w->id;
	}
	answer_data(ids, n, p->buf.data, p->buf.len);
}

/* No entry is left for it: then it is live, or at the end. */
static void
viewer_caught_up(struct viewer *v)
{
	uint64_t	last;

	viewer_unready(v);
	if (!deployment_is_running(v->feed->deployment, &last))
		viewer_end(v, CLOSE_NORMAL, "");
	else if (v->next == last + 1)
		viewer_live(v, true);
	/* Else it has asked for what is yet to come: the next lines tell. */
}

static void
viewer_read(struct viewer *v)
{
	static struct page	 p;
	int			 r;

	p.buf.len = 0;
	p.deployment = v->feed->deployment;
	p.format = v->format;
	p.next = v->next;
	r = store_entries(p.deployment, v->next, page_add, &p);
	if (r == -1) {
		viewer_end(v, CLOSE_ERROR, "the log can't be read");
		return;
	}
	if (p.buf.len > 0)
		page_send(v, &p);
	if (r == 0)
		viewer_caught_up(v);
	else {
		/* To the end of the queue, or out of it. */
		viewer_unready(v);
		viewer_wake(v);
	}
}

static void
pump(evutil_socket_t fd, short what, void *arg)
{
	struct viewer	*v;
	int64_t		 start = clock_now();

	(void)fd;
	(void)what;
	(void)arg;
	while ((v = TAILQ_FIRST(&ready)) != NULL) {
		if (clock_now() - start >= SLICE) {
			pump_again();
			return;
		}
		if (has_room(v, PAGE))
			viewer_read(v);
		else
			viewer_unready(v);
	}
}

static void
viewer_decide(struct viewer *v, const void *arg)
{
	struct conf_application	*a;

	(void)arg;
	if (v->who == NULL)
		return;
	a = conf_application(engine_conf, v->feed->application);
	if (a == NULL || !access_reads_target(v->who, a, v->feed->target) ||
	    !access_stands(v->who))
		viewer_end(v, CLOSE_RIGHTS,
		    "not authorized to read this application");
}

void
feed_decide(void)
{
	viewers_each(viewer_decide, NULL);
}

static void
credential_end(struct viewer *v, const void *arg)
{
	const struct who	*gone = arg;

	if (v->who != NULL && v->who->kind == gone->kind &&
	    v->who->credential_id == gone->credential_id)
		viewer_end(v, CLOSE_RIGHTS, "your session has ended");
}

void
feed_credential_gone(enum credential kind, uint64_t id)
{
	struct who	gone = { .kind = kind, .credential_id = id };

	viewers_each(credential_end, &gone);
}

static void
expired_end(struct viewer *v, const void *arg)
{
	const int64_t	*now = arg;

	if (v->who == NULL || v->who->expires_at == 0 ||
	    v->who->expires_at > *now)
		return;
	if (!access_stands(v->who))
		viewer_end(v, CLOSE_RIGHTS, "your session has ended");
}

void
feed_tick(void)
{
	int64_t	now = now_ms();

	viewers_each(expired_end, &now);
}

static void
stop_end(struct viewer *v, const void *arg)
{
	(void)arg;
	viewer_end(v, CLOSE_STOP, "the daemon stops");
}

void
feed_stop(void)
{
	viewers_each(stop_end, NULL);
}

unsigned
feed_count(void)
{
	return nviewers;
}

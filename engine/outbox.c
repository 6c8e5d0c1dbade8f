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
 * Deliveries.  For each receiver one is under way at most, the oldest; what
 * comes behind it waits.  Only the store knows what there is to be delivered,
 * here is only who is being talked to.
 */

#include "config.h"

#include <sys/queue.h>

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/random.h"
#include "access.h"
#include "outbox.h"
#include "store.h"
#include "times.h"
#include "url.h"

#define PAUSE_FIRST	SECOND_MS
#define PAUSE_MAX	(15 * MINUTE_MS)
#define PAUSE_WANTED_MAX (6 * HOUR_MS)	/* what a receiver may ask for */
#define ANSWER_WAIT	(30 * SECOND_MS)	/* beyond the notifier's */
#define STORE_PAUSE	(5 * SECOND_MS)

struct receiver {
	TAILQ_ENTRY(receiver)	 entry;
	char			*id;
	uint64_t		 delivery;	/* under way, or 0 */
	uint64_t		 deployment;
	unsigned		 tries;		/* with this one */
	int64_t			 at;		/* clock_now: not before */
	bool			 seen;
};

static TAILQ_HEAD(receivers, receiver) receivers =
    TAILQ_HEAD_INITIALIZER(receivers);
static struct event	*timer;

static void	outbox_work(evutil_socket_t, short, void *);

int
outbox_init(void)
{
	timer = event_new(base, -1, 0, outbox_work, NULL);
	return timer == NULL ? -1 : 0;
}

static void
work_in(int64_t ms)
{
	struct timeval	tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(timer, &tv);
}

void
outbox_kick(void)
{
	work_in(0);
}

void
outbox_notifier_up(void)
{
	work_in(0);
}

/* What was under way may have been delivered or not: it is sent again. */
void
outbox_notifier_down(void)
{
	struct receiver	*r;

	TAILQ_FOREACH(r, &receivers, entry) {
		if (r->delivery != 0)
			r->at = 0;	/* it was to be answered until then */
		r->delivery = 0;
	}
}

static void
receiver_see(const char *id, void *arg)
{
	struct receiver	*r;

	(void)arg;
	TAILQ_FOREACH(r, &receivers, entry)
		if (strcmp(r->id, id) == 0)
			break;
	if (r == NULL) {
		if ((r = calloc(1, sizeof(*r))) == NULL ||
		    (r->id = strdup(id)) == NULL)
			fatal("%s", __func__);
		TAILQ_INSERT_TAIL(&receivers, r, entry);
	}
	r->seen = true;
}

/* Whether the configuration still has it for that target. */
static bool
is_configured(const char *id, const struct store_deployment *d)
{
	const struct conf_application	*a;
	const struct conf_target	*t;
	size_t				 i;

	if ((a = conf_application(engine_conf, d->application)) == NULL ||
	    (t = conf_target(a, d->target)) == NULL)
		return false;
	for (i = 0; i < t->receivers.n; i++)
		if (strcmp(t->receivers.v[i]->id, id) == 0)
			return true;
	return false;
}

static void
delivery_send(const struct store_delivery *o, void *arg)
{
	const struct store_deployment	*d = &o->deployment;
	struct receiver			*r = arg;
	char				 time[TIME_LEN], url[MSG_SHORT_MAX];
	struct ibuf			*b;

	r->delivery = o->id;
	r->deployment = d->id;
	r->tries = o->tries + 1;
	if (!is_configured(r->id, d)) {
		r->tries = 0;
		return;
	}
	r->at = clock_now() + engine_conf->limits[LIMIT_DELIVERY] +
	    ANSWER_WAIT;
	url_deployment(engine_conf->public_url, d->application, d->id, url,
	    sizeof(url));
	b = msg_new();
	msg_put_u64(b, o->id);
	msg_put_string(b, o->receiver);
	msg_put_string(b, d->application);
	msg_put_string(b, d->target);
	msg_put_u64(b, d->id);
	msg_put_string(b, state_name(o->state));
	msg_put_string(b, d->sha);
	msg_put_string(b, d->branch);
	msg_put_text(b, d->comment);
	msg_put_string(b, d->user);
	msg_put_string(b, url);
	msg_put_string(b, time_format(o->time, time));
	msg_send(child_peer(PROC_NOTIFIER), MSG_DELIVER, 0, -1, b);
}

/* Runs one statement in a transaction of its own. */
static int
commit_if(int r)
{
	if (r == -1) {
		store_rollback();
		return -1;
	}
	return store_commit();
}

static void
delivery_drop(struct receiver *r, unsigned tries, const char *error)
{
	uint64_t	id = r->delivery;

	r->delivery = 0;
	r->at = 0;
	if (store_begin() == -1 || commit_if(store_outbox_given_up(id, tries,
	    error, now_ms())) == -1) {
		r->at = clock_now() + STORE_PAUSE;
		return;
	}
	log_warnx("delivery given up: receiver=%s deployment=%" PRIu64
	    " tries=%u error=%s", log_quote(r->id), r->deployment, tries,
	    log_quote(error));
}

/* Grows from try to try, with a part of chance against crowds. */
static int64_t
pause_after(unsigned tries, uint32_t wanted)
{
	uint32_t	chance;
	int64_t		ms = PAUSE_FIRST;

	while (tries-- > 1 && ms < PAUSE_MAX)
		ms *= 2;
	if (ms > PAUSE_MAX)
		ms = PAUSE_MAX;
	random_bytes(&chance, sizeof(chance));
	ms += chance % (ms / 2);
	if (ms < wanted * SECOND_MS)
		ms = wanted * SECOND_MS;
	return ms < PAUSE_WANTED_MAX ? ms : PAUSE_WANTED_MAX;
}

static void
delivery_failed(struct receiver *r, const char *error, uint32_t wanted)
{
	uint64_t	id = r->delivery;

	if (r->tries >= engine_conf->limits[LIMIT_DELIVERY_TRIES]) {
		delivery_drop(r, r->tries, error);
		return;
	}
	r->delivery = 0;
	r->at = clock_now() + pause_after(r->tries, wanted);
	/* When this can't be noted, it is one try more. */
	if (store_begin() == 0)
		commit_if(store_outbox_tried(id, r->tries, error));
	log_debug("delivery failed: receiver=%s deployment=%" PRIu64
	    " tries=%u error=%s", log_quote(r->id), r->deployment, r->tries,
	    log_quote(error));
}

static void
delivery_done(struct receiver *r)
{
	uint64_t	id = r->delivery;

	r->delivery = 0;
	r->at = 0;
	if (store_begin() == -1 || commit_if(store_outbox_delivered(id)) == -1)
		r->at = clock_now() + STORE_PAUSE;
}

void
handle_delivered(struct channel *ch, struct msg *m)
{
	static unsigned	 refused;
	struct receiver	*r;
	const char	*error;
	uint64_t	 id = msg_get_u64(m);
	uint8_t		 outcome = msg_get_u8(m);

	(void)ch;
	error = msg_get_string(m);
	TAILQ_FOREACH(r, &receivers, entry)
		if (r->delivery == id && id != 0)
			break;
	if (r == NULL || outcome >= OUTCOME_MAX) {
		/* One that was late may come now; many are a defect. */
		if (log_is_due(++refused))
			log_warnx("message refused: from=notifier "
			    "name=delivered delivery=%" PRIu64 " outcome=%u",
			    id, outcome);
		return;
	}
	if (outcome == OUTCOME_DELIVERED)
		delivery_done(r);
	else if (outcome == OUTCOME_REFUSED)
		delivery_drop(r, r->tries, error);
	else
		delivery_failed(r, error, msg_get_u32(m));
	work_in(0);
}

/* Sends what there is for one; how long until it is looked at again. */
static int64_t
receiver_work(struct receiver *r, int64_t now)
{
	if (r->at > now)
		return r->at - now;
	if (r->delivery != 0)
		delivery_failed(r, "the notifier did not answer", 0);
	else if (store_outbox_next(r->id, delivery_send, r) == -1)
		r->at = now + STORE_PAUSE;
	else if (r->delivery != 0 && r->tries == 0)
		delivery_drop(r, 0, "it is not configured any more");
	else if (r->delivery == 0)
		return INT64_MAX;
	return r->at > now ? r->at - now : 0;
}

static void
outbox_work(evutil_socket_t fd, short what, void *arg)
{
	struct receiver	*r, *next;
	int64_t		 now = clock_now(), ms, soonest = INT64_MAX;
	bool		 all;

	(void)fd;
	(void)what;
	(void)arg;
	if (child_peer(PROC_NOTIFIER) == NULL)
		return;
	TAILQ_FOREACH(r, &receivers, entry)
		r->seen = false;
	all = store_outbox_receivers(receiver_see, NULL) == 0;
	if (!all)
		soonest = STORE_PAUSE;
	for (r = TAILQ_FIRST(&receivers); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (r->seen || r->delivery != 0) {
			ms = receiver_work(r, now);
			soonest = ms < soonest ? ms : soonest;
		} else if (all) {
			TAILQ_REMOVE(&receivers, r, entry);
			free(r->id);
			free(r);
		}
	}
	if (soonest != INT64_MAX)
		work_in(soonest);
}

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
 * The notifier: it alone holds the service keys and the addresses of those
 * who are told of deployments.  The engine names a receiver and what has
 * happened; the notifier makes the request, sends it, and says what became of
 * it.  When to try again is the engine's decision.
 */

#include "config.h"

#include <sys/queue.h>

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/conf.h"
#include "../common/http_client.h"
#include "../common/log.h"
#include "../common/process.h"
#include "receiver.h"

/* Deliveries under way at one time; the engine is told to wait with more. */
#define DELIVERIES_MAX	256

struct delivery {
	TAILQ_ENTRY(delivery)	 entry;
	uint64_t		 id;
	uint64_t		 deployment;
	char			*receiver;
};

static void	notifier_check(const struct conf *);
static void	notifier_configure(struct conf *);
static void	notifier_peer_down(struct channel *);
static void	handle_deliver(struct channel *, struct msg *);

static const struct receiver_kind *kinds[] = { &webhook };

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

static const struct msg_handler handlers[] = {
	{ MSG_DELIVER, handle_deliver },
	{ MSG_NONE, NULL }
};

static const struct child child = {
	.process = PROC_NOTIFIER,
	.handlers = handlers,
	.check = notifier_check,
	.configure = notifier_configure,
	.peer_down = notifier_peer_down,
};

static struct conf	*conf;
static TAILQ_HEAD(, delivery) deliveries =
    TAILQ_HEAD_INITIALIZER(deliveries);
static unsigned		 under_way;

int
main(int argc, char **argv)
{
	return child_main(argc, argv, &child);
}

static const struct receiver_kind *
kind_find(const char *name)
{
	size_t	i;

	for (i = 0; i < NKINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

static void
receiver_check(const struct conf_receiver *r)
{
	CURLU	*url;

	if (r->kind == NULL || kind_find(r->kind) == NULL)
		child_problem(false, r->place.file, r->place.line,
		    "there is no kind of receiver of this name");
	/* A URL whose file the caller may not read has been warned about. */
	if (r->url == NULL)
		return;
	if ((url = curl_url()) == NULL)
		fatal("curl_url");
	if (curl_url_set(url, CURLUPART_URL, r->url, 0) != CURLUE_OK)
		child_problem(false, r->place.file, r->place.line,
		    "the URL of this receiver is malformed");
	curl_url_cleanup(url);
}

static void
notifier_check(const struct conf *c)
{
	const struct conf_target	*t;
	size_t				 i, j, k;

	for (i = 0; i < c->applications.n; i++)
		for (j = 0; j < c->applications.v[i]->targets.n; j++) {
			t = c->applications.v[i]->targets.v[j];
			for (k = 0; k < t->receivers.n; k++)
				receiver_check(t->receivers.v[k]);
		}
}

static void
notifier_configure(struct conf *c)
{
	if (http_client_init(c->ca.v, c->ca.n) == -1)
		fatalx("the HTTP client can't start");
	conf_free(conf);
	conf = c;
}

/* What is under way goes on, and its answers go to the engine that comes. */
static void
notifier_peer_down(struct channel *ch)
{
	(void)ch;
	log_debug("engine gone: deliveries=%u", under_way);
}

static void
delivered(uint64_t id, enum outcome outcome, const char *error,
    unsigned wait)
{
	struct channel	*engine = child_peer(PROC_ENGINE);
	struct ibuf	*b;

	if (engine == NULL)
		return;
	b = msg_new();
	msg_put_u64(b, id);
	msg_put_u8(b, outcome);
	msg_put_string(b, error);
	msg_put_u32(b, wait);
	msg_send(engine, MSG_DELIVERED, 0, -1, b);
}

/* Whether it makes sense to try again after such an answer. */
static enum outcome
outcome_of(long status)
{
	if (status >= 200 && status < 300)
		return OUTCOME_DELIVERED;
	if (status == 0 || status == 408 || status == 425 || status == 429 ||
	    status >= 500)
		return OUTCOME_RETRY;
	return OUTCOME_REFUSED;
}

static void
delivery_done(const struct http_reply *reply, void *arg)
{
	struct delivery	*d = arg;
	enum outcome	 outcome = outcome_of(reply->status);
	char		 error[256] = "";

	if (reply->status == 0)
		snprintf(error, sizeof(error), "%s", reply->error);
	else if (outcome != OUTCOME_DELIVERED)
		snprintf(error, sizeof(error), "status %ld", reply->status);
	log_debug("delivery: id=%llu deployment=%llu receiver=%s status=%ld",
	    (unsigned long long)d->id, (unsigned long long)d->deployment,
	    d->receiver, reply->status);
	delivered(d->id, outcome, error, reply->retry_after);
	under_way--;
	TAILQ_REMOVE(&deliveries, d, entry);
	free(d->receiver);
	free(d);
}

/* An engine that was started again asks for what is being done already. */
static bool
is_under_way(uint64_t id)
{
	const struct delivery	*d;

	TAILQ_FOREACH(d, &deliveries, entry)
		if (d->id == id)
			return true;
	return false;
}

static const struct conf_receiver *
receiver_find(const struct conf_target *t, const char *id)
{
	size_t	i;

	for (i = 0; i < t->receivers.n; i++)
		if (strcmp(t->receivers.v[i]->id, id) == 0)
			return t->receivers.v[i];
	return NULL;
}

/* Sends the request; -1 when it can't even be begun. */
static int
deliver(const struct notification *n, const struct conf_receiver *r)
{
	const char		*headers[4];
	struct http_request	 req = { .method = "POST" };
	struct delivery		*d;
	char			*body, key[64];
	int			 started;

	if ((body = kind_find(r->kind)->body(n, &req.len)) == NULL)
		return -1;
	snprintf(key, sizeof(key), "Idempotency-Key: %llu",
	    (unsigned long long)n->id);
	headers[0] = "Content-Type: application/json";
	headers[1] = key;
	headers[2] = NULL;
	req.url = r->url;
	req.headers = headers;
	req.body = body;
	req.timeout = conf->limits[LIMIT_DELIVERY];
	if ((d = calloc(1, sizeof(*d))) == NULL ||
	    (d->receiver = strdup(r->id)) == NULL)
		fatal("%s", __func__);
	d->id = n->id;
	d->deployment = n->deployment;
	started = http_call_start(&req, delivery_done, d) != NULL;
	free(body);
	if (!started) {
		free(d->receiver);
		free(d);
		return -1;
	}
	under_way++;
	TAILQ_INSERT_TAIL(&deliveries, d, entry);
	return 0;
}

static void
handle_deliver(struct channel *ch, struct msg *m)
{
	const struct conf_receiver	*r = NULL;
	struct notification		 n = { 0 };
	const char			*receiver, *target;

	(void)ch;
	n.id = msg_get_u64(m);
	receiver = msg_get_string(m);
	n.application = conf_application(conf, msg_get_string(m));
	target = msg_get_string(m);
	n.deployment = msg_get_u64(m);
	n.state = msg_get_string(m);
	n.commit_sha = msg_get_string(m);
	n.branch = msg_get_string(m);
	n.comment = msg_get_string(m);
	n.user = msg_get_string(m);
	n.url = msg_get_string(m);
	n.time = msg_get_string(m);
	if (n.application != NULL &&
	    (n.target = conf_target(n.application, target)) != NULL)
		r = receiver_find(n.target, receiver);
	if (is_under_way(n.id))
		return;
	if (r == NULL)
		delivered(n.id, OUTCOME_REFUSED,
		    "the receiver is not in the configuration", 0);
	else if (under_way >= DELIVERIES_MAX)
		delivered(n.id, OUTCOME_RETRY, "too many are under way", 1);
	else if (deliver(&n, r) == -1)
		delivered(n.id, OUTCOME_RETRY, "it could not be begun", 1);
}

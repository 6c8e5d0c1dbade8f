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
 * Asking the engine.  What it answers is gathered, up to a bound, and then
 * becomes the reply; a log goes straight on to its viewer.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "../common/random.h"
#include "exchange.h"
#include "reply.h"
#include "stream.h"

#define ANSWER_MAX	(4 * 1024 * 1024)

static int			 asker_cmp(struct connection *,
				    struct connection *);
static struct connection	*asker(uint32_t);
static void			 asker_forget(struct connection *);
static void			 answer_add(struct connection *, const void *,
				    size_t);
static char			*string_copy(const char *);
static void			 string_wipe(char *);

static RB_HEAD(askers, connection)	askers = RB_INITIALIZER(&askers);

RB_PROTOTYPE(askers, connection, asking, asker_cmp)
RB_GENERATE(askers, connection, asking, asker_cmp)

static int
asker_cmp(struct connection *a, struct connection *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Who asked under this id; NULL if nobody waits for it. */
static struct connection *
asker(uint32_t id)
{
	static struct connection	key;

	key.id = id;
	return RB_FIND(askers, &askers, &key);
}

bool
exchange_is_ready(void)
{
	struct channel	*engine = child_peer(PROC_ENGINE);

	return engine != NULL && !channel_is_full(engine);
}

void
exchange_ask(struct connection *c, enum msg_type type, struct ibuf *b,
    enum answer answer)
{
	static uint32_t	next;

	if (next == 0)
		random_bytes(&next, sizeof(next));
	do {
		c->id = next++;
	} while (c->id == 0 || RB_INSERT(askers, &askers, c) != NULL);
	c->answer = answer;
	c->phase = PHASE_ASK;
	connection_rewind(c);
	if (msg_send(child_peer(PROC_ENGINE), type, c->id, -1, b) == -1) {
		asker_forget(c);
		reply_error(c, 503, "the engine can't be asked");
	}
}

/* Nothing of this question is left here; the engine is not told. */
static void
asker_forget(struct connection *c)
{
	struct answered	*a = &c->answered;

	if (c->id != 0)
		RB_REMOVE(askers, &askers, c);
	c->id = 0;
	string_wipe(a->location);
	string_wipe(a->sentence);
	string_wipe(a->session);
	if (a->body != NULL)
		freezero(a->body, a->size);
	memset(a, 0, sizeof(*a));
}

void
exchange_drop(struct connection *c)
{
	struct channel	*engine = child_peer(PROC_ENGINE);

	if (c->id != 0 && c->answer == ANSWER_LOG && engine != NULL)
		msg_send_empty(engine, MSG_LOG_CLOSE, c->id);
	asker_forget(c);
}

void
exchange_timeout(struct connection *c)
{
	log_warnx("engine late: ms=%d", EXCHANGE_TIME);
	exchange_drop(c);
	reply_error(c, 504, "the engine did not answer in time");
}

void
exchange_credit(struct connection *c, size_t n)
{
	struct channel	*engine = child_peer(PROC_ENGINE);
	struct ibuf	*b;

	if (c->id == 0 || engine == NULL)
		return;
	b = msg_new();
	msg_put_u32(b, (uint32_t)n);
	msg_send(engine, MSG_LOG_CREDIT, c->id, -1, b);
}

void
exchange_lost(struct channel *ch)
{
	struct connection	*c;

	(void)ch;
	while ((c = RB_MIN(askers, &askers)) != NULL) {
		asker_forget(c);
		if (c->stream != NULL)
			stream_end(c, 1012, "the server starts again");
		else if (c->asked.method == HTTP_POST)
			reply_error(c, 502, "the engine stopped before it "
			    "answered, so it may or may not be done");
		else
			reply_error(c, 503, "the engine is starting again");
	}
}

void
exchange_reply(struct channel *ch, struct msg *m)
{
	struct connection	*c;
	struct answered		*a;
	unsigned		 status, content;

	(void)ch;
	if ((c = asker(m->id)) == NULL || c->answered.status != 0)
		return;
	a = &c->answered;
	status = msg_get_u32(m);
	content = msg_get_u8(m);
	if (status < 200 || status > 599 || content >= CONTENT_MAX) {
		log_warnx("engine's answer refused: status=%u content=%u",
		    status, content);
		exchange_drop(c);
		reply_error(c, 502, "the engine's answer was not understood");
		return;
	}
	a->status = status;
	a->content = content;
	*(status < 400 ? &a->location : &a->sentence) =
	    string_copy(msg_get_string(m));
	a->session = string_copy(msg_get_string(m));
	if (c->answer == ANSWER_LOG && status == 200)
		stream_start(c);
	else if (c->answer == ANSWER_PAGE && reply_page_answer(c)) {
		asker_forget(c);
		connection_replied(c);
	}
}

void
exchange_data(struct channel *ch, struct msg *m)
{
	static uint32_t		 ids[MSG_IDS_MAX];
	struct connection	*c;
	const void		*data;
	size_t			 len;
	uint32_t		 i, n;

	(void)ch;
	n = msg_get_count(m);
	for (i = 0; i < n; i++)
		ids[i] = msg_get_u32(m);
	data = msg_get_data(m, &len);
	for (i = 0; i < n; i++) {
		if ((c = asker(ids[i])) == NULL)
			continue;
		if (c->stream != NULL)
			stream_data(c, data, len);
		else
			answer_add(c, data, len);
	}
}

static void
answer_add(struct connection *c, const void *data, size_t len)
{
	struct answered	*a = &c->answered;
	uint8_t		*body;
	size_t		 size;

	if (len > ANSWER_MAX - a->len) {
		log_warnx("engine's answer refused: bytes=%zu",
		    a->len + len);
		exchange_drop(c);
		reply_error(c, 502, "the engine's answer was too long");
		return;
	}
	if (a->len + len > a->size) {
		size = a->size == 0 ? len : 2 * (a->len + len);
		if ((body = malloc(size)) == NULL) {
			exchange_drop(c);
			reply_error(c, 503, "out of memory");
			return;
		}
		if (a->body != NULL) {
			memcpy(body, a->body, a->len);
			freezero(a->body, a->size);
		}
		a->body = body;
		a->size = size;
	}
	memcpy(a->body + a->len, data, len);
	a->len += len;
}

void
exchange_end(struct channel *ch, struct msg *m)
{
	struct connection	*c;
	const char		*reason;
	uint32_t		 code;

	(void)ch;
	if ((c = asker(m->id)) == NULL)
		return;
	code = msg_get_u32(m);
	reason = msg_get_string(m);
	if (c->stream != NULL) {
		asker_forget(c);
		stream_end(c, code, reason);
	} else if (c->answered.status == 0) {
		asker_forget(c);
		reply_error(c, 502, "the engine gave no answer");
	} else {
		reply_answer(c);
		asker_forget(c);
		connection_replied(c);
	}
}

static char *
string_copy(const char *s)
{
	char	*copy;

	if (*s == '\0')
		return NULL;
	if ((copy = strdup(s)) == NULL)
		fatal("%s", __func__);
	return copy;
}

static void
string_wipe(char *s)
{
	if (s != NULL)
		freezero(s, strlen(s));
}

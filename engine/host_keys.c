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
 * Host keys for an operator: asked of the executor, told a line each as they
 * come.  One operator at a time.
 */

#include "config.h"

#include <string.h>

#include "../common/channel.h"
#include "../common/conf.h"
#include "../common/log.h"
#include "../common/random.h"
#include "access.h"
#include "control.h"
#include "deployments.h"
#include "host_keys.h"

static struct channel	*asker;		/* NULL: it has gone */
static uint32_t		 asker_id;
static uint32_t		 question;	/* 0: none is open */

/* Whether there is such a thing; a NULL sentence if so. */
static const char *
place_check(const char *application, const char *target)
{
	const struct conf_application	*a;

	if (*application == '\0')
		return *target == '\0' ? NULL : "a target needs an application";
	if ((a = conf_application(engine_conf, application)) == NULL)
		return "there is no such application";
	if (*target != '\0' && conf_target(a, target) == NULL)
		return "this application has no such target";
	return NULL;
}

void
ctl_host_keys(struct channel *ch, struct msg *m)
{
	const char	*application = msg_get_string(m);
	const char	*target = msg_get_string(m);
	const char	*error;
	struct ibuf	*b;

	if ((error = place_check(application, target)) == NULL) {
		if (!executor_is_ready())
			error = "the executor is not there";
		else if (question != 0)
			error = "the host keys are being looked at already";
	}
	if (error != NULL) {
		ctl_end(ch, m->id, false, error);
		return;
	}
	asker = ch;
	asker_id = m->id;
	do
		random_bytes(&question, sizeof(question));
	while (question == 0);
	b = msg_new();
	msg_put_string(b, application);
	msg_put_string(b, target);
	msg_send(child_peer(PROC_EXECUTOR), MSG_HOST_KEYS, question, -1, b);
}

void
handle_host_key(struct channel *ch, struct msg *m)
{
	struct json	 j = { 0 };
	const char	*host, *text;
	bool		 is_error;

	(void)ch;
	host = msg_get_string(m);
	is_error = msg_get_u8(m);
	text = msg_get_string(m);
	if (m->id != question || asker == NULL)
		return;
	json_open(&j, NULL);
	json_put_string(&j, "host", host);
	json_put_string(&j, is_error ? "error" : "known_hosts", text);
	json_close(&j);
	buf_add(&j.buf, "\n", 1);
	ctl_data(asker, asker_id, j.buf.data, j.buf.len);
	buf_free(&j.buf);
}

static void
question_end(const char *error)
{
	if (asker != NULL)
		ctl_end(asker, asker_id, *error == '\0', error);
	asker = NULL;
	question = 0;
}

void
handle_host_keys_end(struct channel *ch, struct msg *m)
{
	const char	*error = msg_get_string(m);

	(void)ch;
	if (m->id == question && question != 0)
		question_end(error);
}

void
host_keys_executor_gone(void)
{
	if (question != 0)
		question_end("the executor has ended");
}

void
host_keys_asker_gone(const struct channel *ch)
{
	struct channel	*executor = child_peer(PROC_EXECUTOR);
	struct ibuf	*b;

	if (asker == NULL || asker != ch)
		return;
	asker = NULL;
	if (executor == NULL)
		return;
	b = msg_new();
	msg_put_text(b, "");
	msg_send(executor, MSG_HOST_KEYS_END, question, -1, b);
}

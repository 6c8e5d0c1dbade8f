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
 * The calls.  Fields are checked here for what a message can carry; whether
 * their values make sense is the engine's to say.
 */

#include "config.h"

#include <string.h>

#include "../common/log.h"
#include "assets.h"
#include "calls.h"
#include "exchange.h"
#include "reply.h"
#include "settings.h"

#define ID_DIGITS	18

static bool		 form_read(struct connection *, struct call *);
static bool		 form_string(struct connection *, const struct form *,
			    const char *, size_t, const char **);
static bool		 form_number(struct connection *, const struct form *,
			    const char *, uint64_t, uint64_t *);
static bool		 form_stages(struct connection *, const struct form *,
			    const char **, size_t *);
static struct ibuf	*question_new(struct connection *, struct call *);
static enum content	 log_form(const struct connection *,
			    const struct http_request *, const char *);

bool
call_number(const char *s, uint64_t *id)
{
	size_t	len = strlen(s);

	if (len == 0 || len > ID_DIGITS || s[0] == '0' ||
	    strspn(s, "0123456789") != len)
		return false;
	for (*id = 0; *s != '\0'; s++)
		*id = *id * 10 + (uint64_t)(*s - '0');
	return true;
}

/* The query of a GET, the body of a POST.  False: it was refused. */
static bool
form_read(struct connection *c, struct call *call)
{
	const struct http_request	*req = call->req;
	const char			*error;
	int				 r;

	if (req->method != HTTP_POST)
		r = form_parse(&call->form, req->query, req->query == NULL ?
		    0 : strlen(req->query), &error);
	else if (req->bodylen > 0 && (req->content_type == NULL ||
	    strcmp(req->content_type, "application/x-www-form-urlencoded")
	    != 0)) {
		reply_error(c, 415,
		    "the body is not application/x-www-form-urlencoded");
		return false;
	} else
		r = form_parse(&call->form, req->body, req->bodylen, &error);
	if (r == -1)
		reply_error(c, 400, "%s", error);
	return r == 0;
}

/* A field that may be missing: "" then.  False: it was refused. */
static bool
form_string(struct connection *c, const struct form *form, const char *name,
    size_t max, const char **value)
{
	int	status = c->asked.method == HTTP_POST ? 422 : 400;

	if (form_one(form, name, value) == -1) {
		reply_error(c, status, "%s stands more than once", name);
		return false;
	}
	if (*value == NULL)
		*value = "";
	if (strlen(*value) <= max)
		return true;
	reply_error(c, status, "%s is too long", name);
	return false;
}

static bool
form_number(struct connection *c, const struct form *form, const char *name,
    uint64_t max, uint64_t *value)
{
	const char	*s;

	if (!form_string(c, form, name, MSG_SHORT_MAX, &s))
		return false;
	if (strcmp(s, "0") == 0)
		*value = 0;
	else if (*s != '\0' && (!call_number(s, value) || *value > max)) {
		reply_error(c, c->asked.method == HTTP_POST ? 422 : 400,
		    "%s is not a number, or too large", name);
		return false;
	}
	return true;
}

/* The stages, and a NULL behind them.  False: it was refused. */
static bool
form_stages(struct connection *c, const struct form *form,
    const char **stages, size_t *n)
{
	size_t	i = 0;

	for (*n = 0; (stages[*n] = form_next(form, "stages[]", &i)) != NULL;
	    ++*n)
		if (strlen(stages[*n]) > MSG_SHORT_MAX) {
			reply_error(c, c->asked.method == HTTP_POST ? 422 :
			    400, "a stage is too long");
			return false;
		}
	return true;
}

/* A message that begins with who asks; NULL when no engine can be asked. */
static struct ibuf *
question_new(struct connection *c, struct call *call)
{
	struct ibuf	*b;

	if (!exchange_is_ready()) {
		reply_error(c, 503, "the engine is not there yet");
		return NULL;
	}
	b = msg_new();
	msg_put_u8(b, call->credential);
	msg_put_string(b, call->secret);
	msg_put_string(b, call->client);
	return b;
}

void
call_view(struct connection *c, struct call *call)
{
	const char	*target;
	uint64_t	 before = 0;
	struct ibuf	*b;

	if (!form_read(c, call) ||
	    !form_string(c, &call->form, "target", MSG_SHORT_MAX, &target) ||
	    !form_number(c, &call->form, "before", INT64_MAX, &before) ||
	    (b = question_new(c, call)) == NULL)
		return;
	msg_put_u8(b, call->view);
	msg_put_string(b, call->application == NULL ? "" : call->application);
	msg_put_string(b, target);
	msg_put_u64(b, call->id);
	msg_put_u64(b, before);
	exchange_ask(c, MSG_VIEW, b, c->asked.page ? ANSWER_PAGE :
	    ANSWER_REPLY);
}

void
call_deploy(struct connection *c, struct call *call)
{
	const char	*branch, *comment, *sha, *target;
	const char	*stages[FORM_MAX_FIELDS + 1];
	struct ibuf	*b;
	size_t		 n;

	if (!form_read(c, call) ||
	    !form_string(c, &call->form, "target", MSG_SHORT_MAX, &target) ||
	    !form_string(c, &call->form, "commitsha", MSG_SHORT_MAX, &sha) ||
	    !form_string(c, &call->form, "branch", MSG_SHORT_MAX, &branch) ||
	    !form_string(c, &call->form, "comment", MSG_DATA_MAX, &comment) ||
	    !form_stages(c, &call->form, stages, &n) ||
	    (b = question_new(c, call)) == NULL)
		return;
	msg_put_string(b, call->application);
	msg_put_string(b, target);
	msg_put_string(b, sha);
	msg_put_string(b, branch);
	msg_put_text(b, comment);
	msg_put_strings(b, stages, n);
	exchange_ask(c, MSG_DEPLOY, b, ANSWER_REPLY);
}

/* What would run: a question, not a change. */
void
call_plan(struct connection *c, struct call *call)
{
	const char	*sha, *target, *stages[FORM_MAX_FIELDS + 1];
	struct ibuf	*b;
	size_t		 n;

	if (!form_read(c, call) ||
	    !form_string(c, &call->form, "target", MSG_SHORT_MAX, &target) ||
	    !form_string(c, &call->form, "sha", MSG_SHORT_MAX, &sha) ||
	    !form_stages(c, &call->form, stages, &n) ||
	    (b = question_new(c, call)) == NULL)
		return;
	msg_put_string(b, call->application);
	msg_put_string(b, target);
	msg_put_string(b, sha);
	msg_put_strings(b, stages, n);
	exchange_ask(c, MSG_PLAN, b, ANSWER_REPLY);
}

void
call_kill(struct connection *c, struct call *call)
{
	struct ibuf	*b;

	if (!form_read(c, call) || (b = question_new(c, call)) == NULL)
		return;
	msg_put_string(b, call->application);
	msg_put_u64(b, call->id);
	exchange_ask(c, MSG_KILL, b, ANSWER_REPLY);
}

/* How a log is wanted; CONTENT_NONE when it can't be had like that. */
static enum content
log_form(const struct connection *c, const struct http_request *req,
    const char *form)
{

	if (req->websocket || strcmp(form, "json") == 0)
		return CONTENT_NDJSON;
	if (strcmp(form, "text") == 0)
		return CONTENT_TEXT;
	if (*form != '\0')
		return CONTENT_NONE;
	if (!http_wants_json(req) &&
	    (c->asked.browser || http_list_weight(http_field(req, "accept"),
	    "text/plain") > 0))
		return CONTENT_TEXT;
	return CONTENT_NDJSON;
}

void
call_log(struct connection *c, struct call *call)
{
	const struct http_request	*req = call->req;
	const char			*form;
	uint64_t			 from = 1;
	enum content			 content;
	struct ibuf			*b;

	if (!form_read(c, call) ||
	    !form_string(c, &call->form, "format", MSG_SHORT_MAX, &form) ||
	    !form_number(c, &call->form, "from", INT64_MAX, &from))
		return;
	if ((content = log_form(c, req, form)) == CONTENT_NONE) {
		reply_error(c, 400, "format is neither json nor text");
		return;
	}
	if ((b = question_new(c, call)) == NULL)
		return;
	c->asked.deployment = call->id;
	if (req->websocket) {
		c->asked.websocket = true;
		wskey_accept(req->websocket_key, c->asked.accept);
	}
	msg_put_string(b, call->application);
	msg_put_u64(b, call->id);
	msg_put_u64(b, from);
	msg_put_u8(b, content);
	exchange_ask(c, MSG_LOG_OPEN, b, ANSWER_LOG);
}

void
call_login_page(struct connection *c, struct call *call)
{
	(void)call;
	reply_page(c, 200);
}

void
call_login(struct connection *c, struct call *call)
{
	const char	*token;
	struct ibuf	*b;

	if (!form_read(c, call) || !form_string(c, &call->form, "token",
	    sizeof(call->secret) - 1, &token))
		return;
	if (*token == '\0') {
		reply_error(c, 422, "token is missing");
		return;
	}
	call->credential = CREDENTIAL_LINK;
	strlcpy(call->secret, token, sizeof(call->secret));
	if ((b = question_new(c, call)) != NULL)
		exchange_ask(c, MSG_LOGIN, b, ANSWER_REPLY);
}

void
call_logout(struct connection *c, struct call *call)
{
	struct ibuf	*b;

	if ((b = question_new(c, call)) != NULL)
		exchange_ask(c, MSG_LOGOUT, b, ANSWER_REPLY);
}

void
call_token_add(struct connection *c, struct call *call)
{
	const char	*application, *scope, *target;
	uint64_t	 days = 0;
	struct ibuf	*b;

	if (!form_read(c, call) ||
	    !form_string(c, &call->form, "scope", MSG_SHORT_MAX, &scope) ||
	    !form_string(c, &call->form, "application", MSG_SHORT_MAX,
	    &application) ||
	    !form_string(c, &call->form, "target", MSG_SHORT_MAX, &target) ||
	    !form_number(c, &call->form, "days", UINT32_MAX, &days) ||
	    (b = question_new(c, call)) == NULL)
		return;
	msg_put_string(b, scope);
	msg_put_string(b, application);
	msg_put_string(b, target);
	msg_put_u32(b, (uint32_t)days);
	exchange_ask(c, MSG_TOKEN_ADD, b, ANSWER_REPLY);
}

void
call_token_revoke(struct connection *c, struct call *call)
{
	struct ibuf	*b;

	if ((b = question_new(c, call)) == NULL)
		return;
	msg_put_u64(b, call->id);
	exchange_ask(c, MSG_TOKEN_REVOKE, b, ANSWER_REPLY);
}

void
call_settings(struct connection *c, struct call *call)
{
	(void)call;
	reply_redirect(c, "/-/tokens");
}

void
call_asset(struct connection *c, struct call *call)
{
	const struct asset	*asset;

	if ((asset = asset_find(call->name)) == NULL)
		reply_error(c, 404, "there is no such file");
	else
		reply_asset(c, asset, http_field(call->req, "if-none-match"));
}

void
call_favicon(struct connection *c, struct call *call)
{
	call->name = "favicon.ico";
	call_asset(c, call);
}

void
call_unconfigured(struct connection *c, struct call *call)
{
	(void)call;
	reply_error(c, 501, "GitHub is not configured");
}

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
 * The table of routes, the guards that every request passes, and the
 * handlers, which turn a request into a message to the engine.  Nothing is
 * decided here about people and applications: what the client shows is passed
 * on, and the engine says yes or no.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../common/log.h"
#include "assets.h"
#include "cookie.h"
#include "exchange.h"
#include "form.h"
#include "reply.h"
#include "routes.h"
#include "settings.h"

#define SEGMENTS	4
#define SECRET_SIZE	513		/* of a credential, with its NUL */
#define ID_DIGITS	18

/* Who may come as far as the engine. */
enum needs {
	NEEDS_NOBODY,
	NEEDS_PERSON,		/* a session or a token */
	NEEDS_TOKEN
};

#define PAGE		0x01	/* people see the page, programs get JSON */
#define OWN_SITE	0x02	/* from our own pages only */
#define ANY_HOST	0x04

struct route;

/* A request on its way through the guards. */
struct call {
	const struct http_request	*req;
	const struct route		*route;
	const char			*application;
	const char			*name;		/* of an asset */
	uint64_t			 id;
	struct form			 form;		/* query or body */
	enum credential			 credential;
	char				 secret[SECRET_SIZE];
	char				 client[ADDRESS_SIZE];
};

typedef void (*handler_fn)(struct connection *, struct call *);

static void	call_asset(struct connection *, struct call *);
static void	call_deploy(struct connection *, struct call *);
static void	call_favicon(struct connection *, struct call *);
static void	call_kill(struct connection *, struct call *);
static void	call_log(struct connection *, struct call *);
static void	call_login(struct connection *, struct call *);
static void	call_login_page(struct connection *, struct call *);
static void	call_logout(struct connection *, struct call *);
static void	call_settings(struct connection *, struct call *);
static void	call_token_add(struct connection *, struct call *);
static void	call_token_revoke(struct connection *, struct call *);
static void	call_unconfigured(struct connection *, struct call *);
static void	call_view(struct connection *, struct call *);

/*
 * GET stands for HEAD, too.  ":app" is any name but those that a path of our
 * own begins with, ":id" a number, ":name" anything.
 */
static const struct route {
	enum http_method	 method;
	const char		*path[SEGMENTS + 1];
	enum needs		 needs;
	unsigned		 flags;
	handler_fn		 handle;
	enum view		 view;
} routes[] = {
	{ HTTP_GET,	{ NULL },
	    NEEDS_PERSON, PAGE, call_view, VIEW_HOME },
	{ HTTP_GET,	{ ":app" },
	    NEEDS_PERSON, PAGE, call_view, VIEW_APPLICATION },
	{ HTTP_GET,	{ ":app", "deployments" },
	    NEEDS_PERSON, PAGE, call_view, VIEW_DEPLOYMENTS },
	{ HTTP_POST,	{ ":app", "deployments" },
	    NEEDS_PERSON, 0, call_deploy, 0 },
	{ HTTP_GET,	{ ":app", "deployments", ":id" },
	    NEEDS_PERSON, PAGE, call_view, VIEW_DEPLOYMENT },
	{ HTTP_GET,	{ ":app", "deployments", ":id", "log" },
	    NEEDS_PERSON, 0, call_log, 0 },
	{ HTTP_POST,	{ ":app", "deployments", ":id", "kill" },
	    NEEDS_PERSON, 0, call_kill, 0 },
	{ HTTP_GET,	{ ":app", "toni" },
	    NEEDS_PERSON, 0, call_view, VIEW_TONI },
	{ HTTP_GET,	{ ":app", "pulls" },
	    NEEDS_PERSON, 0, call_unconfigured, 0 },
	{ HTTP_GET,	{ ":app", "branches" },
	    NEEDS_PERSON, 0, call_unconfigured, 0 },
	{ HTTP_GET,	{ ":app", "diff" },
	    NEEDS_PERSON, 0, call_unconfigured, 0 },

	{ HTTP_GET,	{ "oauth2", "authorize" },
	    NEEDS_NOBODY, 0, call_unconfigured, 0 },
	{ HTTP_GET,	{ "oauth2", "callback" },
	    NEEDS_NOBODY, 0, call_unconfigured, 0 },
	{ HTTP_POST,	{ "oauth2", "logout" },
	    NEEDS_PERSON, 0, call_logout, 0 },

	{ HTTP_GET,	{ "assets", ":name" },
	    NEEDS_NOBODY, 0, call_asset, 0 },
	{ HTTP_GET,	{ "favicon.ico" },
	    NEEDS_NOBODY, 0, call_favicon, 0 },

	{ HTTP_GET,	{ "-", "login" },
	    NEEDS_NOBODY, PAGE, call_login_page, 0 },
	{ HTTP_POST,	{ "-", "login" },
	    NEEDS_NOBODY, OWN_SITE, call_login, 0 },
	{ HTTP_GET,	{ "-", "tokens" },
	    NEEDS_PERSON, PAGE, call_view, VIEW_TOKENS },
	{ HTTP_POST,	{ "-", "tokens" },
	    NEEDS_PERSON, 0, call_token_add, 0 },
	{ HTTP_POST,	{ "-", "tokens", ":id", "revoke" },
	    NEEDS_PERSON, 0, call_token_revoke, 0 },
	{ HTTP_GET,	{ "-", "settings" },
	    NEEDS_NOBODY, 0, call_settings, 0 },
	{ HTTP_GET,	{ "-", "healthz" },
	    NEEDS_NOBODY, ANY_HOST, call_view, VIEW_HEALTH },
	{ HTTP_GET,	{ "-", "metrics" },
	    NEEDS_TOKEN, 0, call_view, VIEW_METRICS },
};
#define NROUTES	(sizeof(routes) / sizeof(routes[0]))

static const char *const	reserved[] = {
	"-", "assets", "oauth2", "favicon.ico"
};
#define NRESERVED	(sizeof(reserved) / sizeof(reserved[0]))

/* A guard returns false when it has refused the request. */
typedef bool (*guard_fn)(struct connection *, struct call *);

static bool	guard_host(struct connection *, struct call *);
static bool	guard_credential(struct connection *, struct call *);
static bool	guard_path(struct connection *, struct call *);
static bool	guard_client(struct connection *, struct call *);
static bool	guard_origin(struct connection *, struct call *);
static bool	guard_person(struct connection *, struct call *);

static const guard_fn	guards[] = {
	guard_host,
	guard_credential,
	guard_path,
	guard_client,
	guard_origin,
	guard_person,
};
#define NGUARDS	(sizeof(guards) / sizeof(guards[0]))

static void		 asked_fill(struct asked *,
			    const struct http_request *);
static void		 route_find(struct call *);
static bool		 route_matches(const struct route *, struct call *);
static bool		 segment_matches(const char *, const char *,
			    struct call *);
static bool		 is_reserved(const char *);
static bool		 id_parse(const char *, uint64_t *);
static const char	*token_find(struct connection *,
			    const struct http_request *, bool *refused);
static bool		 form_read(struct connection *, struct call *);
static bool		 form_string(struct connection *, const struct form *,
			    const char *, size_t, const char **);
static bool		 form_number(struct connection *, const struct form *,
			    const char *, uint64_t, uint64_t *);
static struct ibuf	*question_new(struct connection *, struct call *);

void
routes_handle(struct connection *c, const struct http_request *req)
{
	struct call	call;
	size_t		i;

	memset(&call, 0, sizeof(call));
	call.req = req;
	asked_fill(&c->asked, req);
	route_find(&call);
	for (i = 0; i < NGUARDS; i++)
		if (!guards[i](c, &call))
			break;
	if (i == NGUARDS) {
		if (log_is_verbose())
			log_debug("request: method=%s path=%s client=%s",
			    http_method_name(req->method),
			    log_quote(req->path), call.client);
		call.route->handle(c, &call);
	}
	form_clear(&call.form);
	explicit_bzero(call.secret, sizeof(call.secret));
}

static void
asked_fill(struct asked *a, const struct http_request *req)
{
	memset(a, 0, sizeof(*a));
	a->method = req->method;
	a->minor = req->minor;
	a->keepalive = req->keepalive;
	a->gzip = http_list_weight(http_field(req, "accept-encoding"),
	    "gzip") > 0;
	a->browser = http_list_weight(http_field(req, "accept"),
	    "text/html") > 0;
}

static void
route_find(struct call *call)
{
	enum http_method	method = call->req->method;
	size_t			i;

	if (method == HTTP_HEAD)
		method = HTTP_GET;
	for (i = 0; i < NROUTES; i++)
		if (routes[i].method == method &&
		    route_matches(&routes[i], call)) {
			call->route = &routes[i];
			return;
		}
}

static bool
route_matches(const struct route *route, struct call *call)
{
	const struct http_request	*req = call->req;
	size_t				 i;

	if (req->nsegments > SEGMENTS || req->trailing_slash)
		return false;
	for (i = 0; i < req->nsegments; i++)
		if (route->path[i] == NULL ||
		    !segment_matches(route->path[i], req->segment[i], call))
			return false;
	return route->path[i] == NULL;
}

static bool
segment_matches(const char *pattern, const char *segment, struct call *call)
{
	if (strcmp(pattern, ":app") == 0) {
		if (is_reserved(segment) || strlen(segment) > MSG_SHORT_MAX)
			return false;
		call->application = segment;
		return true;
	}
	if (strcmp(pattern, ":id") == 0)
		return id_parse(segment, &call->id);
	if (strcmp(pattern, ":name") == 0) {
		call->name = segment;
		return true;
	}
	return strcmp(pattern, segment) == 0;
}

static bool
is_reserved(const char *segment)
{
	size_t	i;

	for (i = 0; i < NRESERVED; i++)
		if (strcmp(reserved[i], segment) == 0)
			return true;
	return false;
}

/* Digits alone, in the one way to write a number above 0. */
static bool
id_parse(const char *s, uint64_t *id)
{
	size_t	len = strlen(s);

	if (len == 0 || len > ID_DIGITS || s[0] == '0' ||
	    strspn(s, "0123456789") != len)
		return false;
	for (*id = 0; *s != '\0'; s++)
		*id = *id * 10 + (uint64_t)(*s - '0');
	return true;
}

/* Who reaches us under another name may be another site's script. */
static bool
guard_host(struct connection *c, struct call *call)
{
	if (call->route != NULL && (call->route->flags & ANY_HOST))
		return true;
	if (settings_is_host(call->req->host))
		return true;
	reply_error(c, 421, "this server has another name");
	return false;
}

/*
 * The token that is shown, NULL if there is none.  One that stands in both
 * fields has to be the same.
 */
static const char *
token_find(struct connection *c, const struct http_request *req,
    bool *refused)
{
	const char	*bearer, *token;

	*refused = false;
	token = http_field(req, "x-api-token");
	bearer = http_field(req, "authorization");
	if (bearer == NULL || strncasecmp(bearer, "Bearer", 6) != 0 ||
	    (bearer[6] != ' ' && bearer[6] != '\0'))
		return token;
	bearer += 6;
	bearer += strspn(bearer, " ");
	if (token != NULL && strcmp(token, bearer) != 0) {
		*refused = true;
		reply_error(c, 400, "X-Api-Token and Authorization show "
		    "different tokens");
		return NULL;
	}
	return bearer;
}

static bool
guard_credential(struct connection *c, struct call *call)
{
	const struct http_request	*req = call->req;
	const char			*token;
	bool				 refused;

	token = token_find(c, req, &refused);
	if (refused)
		return false;
	if (token != NULL) {
		call->credential = CREDENTIAL_TOKEN;
		if (*token != '\0' && strlcpy(call->secret, token,
		    sizeof(call->secret)) < sizeof(call->secret))
			return true;
		reply_error(c, 401, "the API token is not valid");
		return false;
	}
	/* One that is malformed or stands twice is none: one can sign in. */
	if (cookie_find(http_field(req, "cookie"), settings.cookie,
	    call->secret, sizeof(call->secret)) == 1 && *call->secret != '\0')
		call->credential = CREDENTIAL_SESSION;
	return true;
}

/* From here on, people get errors as a page. */
static bool
guard_path(struct connection *c, struct call *call)
{
	const struct http_request	*req = call->req;
	char				 allow[64] = "";
	size_t				 i;

	if (req->method == HTTP_GET || req->method == HTTP_HEAD)
		c->asked.page = call->credential != CREDENTIAL_TOKEN &&
		    !http_wants_json(req) && (call->route == NULL ?
		    req->nsegments == 0 || !is_reserved(req->segment[0]) :
		    call->route->flags & PAGE);
	if (call->route != NULL)
		return true;
	for (i = 0; i < NROUTES; i++) {
		if (!route_matches(&routes[i], call))
			continue;
		if (*allow != '\0')
			strlcat(allow, ", ", sizeof(allow));
		strlcat(allow, routes[i].method == HTTP_GET ? "GET, HEAD" :
		    http_method_name(routes[i].method), sizeof(allow));
	}
	if (*allow != '\0')
		reply_not_allowed(c, allow);
	else
		reply_error(c, 404, "there is nothing at this address");
	return false;
}

/* Whose request is it, and does this client have too many of them? */
static bool
guard_client(struct connection *c, struct call *call)
{
	struct address	address = c->address;

	if (!connection_is_proxied(c)) {
		address_format(&address, call->client);
		return true;
	}
	client_forwarded(&address, call->req, settings.proxies,
	    settings.nproxies);
	if (memcmp(&address, &c->address, sizeof(address)) == 0) {
		if (c->local)
			strlcpy(call->client, "unix", sizeof(call->client));
		else
			address_format(&address, call->client);
		return true;
	}
	address_format(&address, call->client);
	c->forwarded = client_enter(&address,
	    settings.limits[LIMIT_CONNECTIONS_PER_CLIENT]);
	if (c->forwarded != NULL)
		return true;
	reply_error(c, 429, "too many requests of this client at once");
	return false;
}

/*
 * Browsers send cookies along with what other sites make them send, but they
 * say where it comes from.
 */
static bool
guard_origin(struct connection *c, struct call *call)
{
	const struct http_request	*req = call->req;
	const char			*site;
	bool				 changes;

	changes = call->route->method != HTTP_GET ||
	    (req->websocket && call->route->handle == call_log);
	if (!(call->route->flags & OWN_SITE) &&
	    !(changes && call->credential == CREDENTIAL_SESSION))
		return true;
	site = http_field(req, "sec-fetch-site");
	if (settings_is_origin(http_field(req, "origin")) ||
	    (site != NULL && strcmp(site, "same-origin") == 0))
		return true;
	reply_error(c, 403, "this request comes from another site");
	return false;
}

static bool
guard_person(struct connection *c, struct call *call)
{
	enum needs	needs = call->route->needs;

	if (needs == NEEDS_NOBODY ||
	    (needs == NEEDS_PERSON && call->credential != CREDENTIAL_NONE) ||
	    (needs == NEEDS_TOKEN && call->credential == CREDENTIAL_TOKEN))
		return true;
	reply_error(c, 401, needs == NEEDS_TOKEN ? "an API token is needed" :
	    "you are not signed in");
	return false;
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
	if (*s == '\0' || (id_parse(s, value) && *value <= max))
		return true;
	reply_error(c, c->asked.method == HTTP_POST ? 422 : 400,
	    "%s is not a number, or too large", name);
	return false;
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

static void
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
	msg_put_u8(b, call->route->view);
	msg_put_string(b, call->application == NULL ? "" : call->application);
	msg_put_string(b, target);
	msg_put_u64(b, call->id);
	msg_put_u64(b, before);
	exchange_ask(c, MSG_VIEW, b, c->asked.page ? ANSWER_PAGE :
	    ANSWER_REPLY);
}

static void
call_deploy(struct connection *c, struct call *call)
{
	const char	*branch, *comment, *sha, *target, *stage;
	const char	*stages[FORM_MAX_FIELDS];
	struct ibuf	*b;
	size_t		 i = 0, n = 0;

	if (!form_read(c, call) ||
	    !form_string(c, &call->form, "target", MSG_SHORT_MAX, &target) ||
	    !form_string(c, &call->form, "commitsha", MSG_SHORT_MAX, &sha) ||
	    !form_string(c, &call->form, "branch", MSG_SHORT_MAX, &branch) ||
	    !form_string(c, &call->form, "comment", MSG_DATA_MAX, &comment))
		return;
	while ((stage = form_next(&call->form, "stages[]", &i)) != NULL) {
		if (strlen(stage) > MSG_SHORT_MAX) {
			reply_error(c, 422, "a stage is too long");
			return;
		}
		stages[n++] = stage;
	}
	if ((b = question_new(c, call)) == NULL)
		return;
	msg_put_string(b, call->application);
	msg_put_string(b, target);
	msg_put_string(b, sha);
	msg_put_string(b, branch);
	msg_put_text(b, comment);
	msg_put_strings(b, stages, n);
	exchange_ask(c, MSG_DEPLOY, b, ANSWER_REPLY);
}

static void
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

static void
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

static void
call_login_page(struct connection *c, struct call *call)
{
	(void)call;
	reply_page(c, 200);
}

static void
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

static void
call_logout(struct connection *c, struct call *call)
{
	struct ibuf	*b;

	if ((b = question_new(c, call)) != NULL)
		exchange_ask(c, MSG_LOGOUT, b, ANSWER_REPLY);
}

static void
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

static void
call_token_revoke(struct connection *c, struct call *call)
{
	struct ibuf	*b;

	if ((b = question_new(c, call)) == NULL)
		return;
	msg_put_u64(b, call->id);
	exchange_ask(c, MSG_TOKEN_REVOKE, b, ANSWER_REPLY);
}

static void
call_settings(struct connection *c, struct call *call)
{
	(void)call;
	reply_redirect(c, "/-/tokens");
}

static void
call_asset(struct connection *c, struct call *call)
{
	const struct asset	*asset;

	if ((asset = asset_find(call->name)) == NULL)
		reply_error(c, 404, "there is no such file");
	else
		reply_asset(c, asset, http_field(call->req, "if-none-match"));
}

static void
call_favicon(struct connection *c, struct call *call)
{
	call->name = "favicon.ico";
	call_asset(c, call);
}

static void
call_unconfigured(struct connection *c, struct call *call)
{
	(void)call;
	reply_error(c, 501, "GitHub is not configured");
}

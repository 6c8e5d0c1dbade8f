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
 * The table of routes, and the guards that every request passes before its
 * call.  Nothing is decided here about people and applications: what the
 * client shows is passed on, and the engine says yes or no.
 */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "../common/log.h"
#include "calls.h"
#include "cookie.h"
#include "reply.h"
#include "routes.h"
#include "settings.h"

#define SEGMENTS	4

/* Who may come as far as the engine. */
enum needs {
	NEEDS_NOBODY,
	NEEDS_PERSON,		/* a session or a token */
	NEEDS_TOKEN
};

#define PAGE		0x01	/* people see the page, programs get JSON */
#define OWN_SITE	0x02	/* from our own pages only */
#define ANY_HOST	0x04

typedef void (*handler_fn)(struct connection *, struct call *);

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
	{ HTTP_GET,	{ ":app", "plan" },
	    NEEDS_PERSON, 0, call_plan, 0 },
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
static const char	*token_find(struct connection *,
			    const struct http_request *, bool *refused);

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
	/* The original's toni shows people the body as it is. */
	a->plain = req->method == HTTP_POST &&
	    http_field(req, "accept") == NULL &&
	    http_field(req, "x-api-token") != NULL;
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
			call->view = routes[i].view;
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
		return call_number(segment, &call->id);
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
	if (cookie_find(http_field(req, "cookie"), web_settings.cookie,
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
	client_forwarded(&address, call->req, web_settings.proxies,
	    web_settings.nproxies);
	if (memcmp(&address, &c->address, sizeof(address)) == 0) {
		if (c->local)
			strlcpy(call->client, "unix", sizeof(call->client));
		else
			address_format(&address, call->client);
		return true;
	}
	address_format(&address, call->client);
	c->forwarded = client_enter(&address,
	    web_settings.limits[LIMIT_CONNECTIONS_PER_CLIENT]);
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

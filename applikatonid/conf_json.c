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
 * configuration.json; see conf_json.h.  A table for each kind of object says
 * which properties it has, what they hold and where that goes.  As in Go's
 * decoder names are the same in capitals, what is unknown is skipped, and of
 * what stands there twice the last one counts; here all that is warned about.
 * It decides nothing about how the parts fit together: validate.c does.
 */

#include "config.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../common/log.h"
#include "conf_json.h"
#include "conf_json_internal.h"
#include "nearest.h"
#include "validate.h"

#define SLOTS_MAX	24
/* Unknown properties whose nearest name is looked for. */
#define UNKNOWN_MAX	1000

#ifndef nitems
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#endif

struct object {
	const struct property	*properties;
	size_t			 n;
	/* slots: the nodes of its properties, 0 for none */
	void			(*end)(struct reader *, uint32_t, void *,
				    const uint32_t *slots);
	/* of one in a list; where it keeps its place and that it is broken */
	const struct record	*record;
	size_t			 place;
	size_t			 broken;	/* 0: it does not */
};

static void	object_read(struct reader *, uint32_t, void *,
		    const struct object *);
static void	take_objects(struct reader *, uint32_t, void *,
		    const struct property *);
static void	top_end(struct reader *, uint32_t, void *, const uint32_t *);
static void	application_end(struct reader *, uint32_t, void *,
		    const uint32_t *);
static void	target_end(struct reader *, uint32_t, void *,
		    const uint32_t *);
static void	host_end(struct reader *, uint32_t, void *, const uint32_t *);
static void	role_end(struct reader *, uint32_t, void *, const uint32_t *);

static const struct object	application_object, target_object, host_object,
				role_object;

#define NO_DIGESTS	"daily digests are not sent"

/* Where a list of objects goes, and what they are. */
#define LIST(parent, list, element) \
	.take = take_objects, .offset = offsetof(struct parent, list), \
	.objects = &element##_object

/* The properties that the end of an object looks at come first. */
enum { TOP_HOST, TOP_SSL, TOP_ID, TOP_SECRET };

static const struct property top_properties[] = {
	[TOP_HOST] =	{ .name = "host" },
	[TOP_SSL] =	{ .name = "ssl_enabled", .shape = SHAPE_BOOL },
	[TOP_ID] =	{ .name = "github_client_id" },
	[TOP_SECRET] =	{ .name = "github_client_secret", .flags = SECRET },
	{ .name = "session_secret" },
	{ .name = "oauth2_state_string" },
	{ .name = "mandrill_api_key", .flags = SECRET, .take = take_unserved,
	    .text = NO_DIGESTS " (Mandrill is Mailchimp Transactional now)" },
	{ .name = "mailgun_base_url" },
	{ .name = "mailgun_api_key", .flags = SECRET, .take = take_unserved,
	    .text = NO_DIGESTS },
	{ .name = "applications", .shape = SHAPE_OBJECTS,
	    LIST(conf, applications, application) },
};

enum { APP_NAME, APP_OWNER, APP_REPO, APP_DIGEST, APP_DIGEST_TARGET };

static const struct property application_properties[] = {
	[APP_NAME] = { .name = "name", .take = take_text,
	    .offset = offsetof(struct conf_application, name),
	    .value = VALUE_APPLICATION },
	[APP_OWNER] = { .name = "github_owner" },
	[APP_REPO] = { .name = "github_repo" },
	[APP_DIGEST] = { .name = "daily_digest_receivers",
	    .shape = SHAPE_TEXTS, .take = take_unserved, .text = NO_DIGESTS },
	[APP_DIGEST_TARGET] = { .name = "daily_digest_target" },
	{ .name = "github_branches", .shape = SHAPE_TEXTS, .take = take_names,
	    .offset = offsetof(struct conf_application, branches),
	    .value = VALUE_BRANCH, .max = CONFIG_LIST_MAX },
	{ .name = "read_usernames", .shape = SHAPE_TEXTS, .take = take_names,
	    .offset = offsetof(struct conf_application, readers),
	    .value = VALUE_LOGIN, .flags = LOGINS, .max = CONFIG_LIST_MAX },
	{ .name = "travis_image_url", .take = take_travis },
	{ .name = "targets", .shape = SHAPE_OBJECTS,
	    LIST(conf_application, targets, target) },
};

enum { TARGET_NAME, TARGET_STAGES, TARGET_DEFAULT_STAGES };

static const struct property target_properties[] = {
	[TARGET_NAME] = { .name = "name", .take = take_text,
	    .offset = offsetof(struct conf_target, name),
	    .value = VALUE_NAME },
	[TARGET_STAGES] = { .name = "available_stages", .shape = SHAPE_TEXTS,
	    .take = take_names,
	    .offset = offsetof(struct conf_target, stages),
	    .value = VALUE_NAME, .max = CONFIG_STAGES_MAX },
	[TARGET_DEFAULT_STAGES] = { .name = "default_stages",
	    .shape = SHAPE_TEXTS, .take = take_names,
	    .offset = offsetof(struct conf_target, default_stages),
	    .value = VALUE_NAME, .max = CONFIG_STAGES_MAX },
	{ .name = "deployment_user", .take = take_text,
	    .offset = offsetof(struct conf_target, user),
	    .value = VALUE_USER },
	{ .name = "deployment_ssh_key", .take = take_key, .flags = SECRET,
	    .offset = offsetof(struct conf_target, key), .value = VALUE_KEY },
	{ .name = "deploy_usernames", .shape = SHAPE_TEXTS,
	    .take = take_names,
	    .offset = offsetof(struct conf_target, deployers),
	    .value = VALUE_LOGIN, .flags = LOGINS, .max = CONFIG_LIST_MAX },
	{ .name = "hosts", .shape = SHAPE_OBJECTS,
	    LIST(conf_target, hosts, host) },
	{ .name = "roles", .shape = SHAPE_OBJECTS,
	    LIST(conf_target, roles, role) },
	{ .name = "webhooks", .shape = SHAPE_TEXTS, .take = take_webhooks,
	    .flags = SECRET },
	{ .name = "bugsnag_api_key", .take = take_unserved, .flags = SECRET,
	    .text = "Bugsnag is not told of deployments" },
	{ .name = "flowdock_endpoint", .take = take_unserved, .flags = SECRET,
	    .text = "Flowdock is no more, and nobody is told of deployments "
	    "here; a webhook can take its place" },
	{ .name = "new_relic_api_key", .take = take_new_relic,
	    .flags = SECRET },
	{ .name = "new_relic_app_id" },
	{ .name = "newrelic_api_key", .take = take_new_relic,
	    .flags = SECRET },
	{ .name = "newrelic_app_id" },
	{ .name = "slack_url", .take = take_unserved, .flags = SECRET,
	    .text = "Slack is not told of deployments" },
};

enum { HOST_NAME };

static const struct property host_properties[] = {
	[HOST_NAME] = { .name = "name" },
	{ .name = "roles", .shape = SHAPE_TEXTS, .take = take_names,
	    .offset = offsetof(struct conf_host, roles), .value = VALUE_NAME,
	    .flags = STRICT, .max = CONFIG_HOST_ROLES_MAX },
};

static const struct property role_properties[] = {
	{ .name = "name", .take = take_text,
	    .offset = offsetof(struct conf_role, name), .value = VALUE_NAME },
	{ .name = "options", .shape = SHAPE_MAP, .take = take_options },
	{ .name = "script_templates", .shape = SHAPE_MAP,
	    .take = take_scripts },
};

#define OBJECT(name, broken) \
	static const struct object name##_object = { \
		name##_properties, nitems(name##_properties), name##_end, \
		&conf_##name##_record, offsetof(struct conf_##name, place), \
		broken \
	}

_Static_assert(nitems(target_properties) <= SLOTS_MAX, "slots");

static const struct object top_object = {
	top_properties, nitems(top_properties), top_end, NULL, 0, 0
};
OBJECT(application, offsetof(struct conf_application, broken));
OBJECT(target, offsetof(struct conf_target, broken));
OBJECT(host, 0);
OBJECT(role, 0);

static const char *const shape_names[] = {
	[SHAPE_TEXT] =		"a string",
	[SHAPE_BOOL] =		"true or false",
	[SHAPE_TEXTS] =		"a list of strings",
	[SHAPE_OBJECTS] =	"a list of objects",
	[SHAPE_MAP] =		"an object of strings",
};

void
conf_json_read(struct conf_json *j, const char *text, size_t len)
{
	struct reader		 r = { .j = j };
	struct json_mistake	 m;

	if ((r.tree = json_tree_read(text, len, &m)) == NULL) {
		if (m.column > 0)
			problem_add(j->problems, false, j->name, m.line,
			    "column %u: %s", m.column, m.text);
		else
			problem_add(j->problems, false, j->name, m.line, "%s",
			    m.text);
		j->conf->broken = true;
		return;
	}
	problems_tree(j->problems, j->name, r.tree);
	object_read(&r, 1, j->conf, &top_object);
	json_tree_close(r.tree);
}

bool
conf_json_gave(struct conf_json *j, const void *s)
{
	size_t	i;

	for (i = 0; s != NULL && i < j->given.n; i++)
		if (j->given.v[i] == s) {
			j->given.v[i] = NULL;
			return true;
		}
	return false;
}

bool
conf_json_has(const struct conf_json *j, const struct place *place)
{
	return j->conf->json > 0 && place->file == j->file;
}

/* Its index; n: there is none, which has been said. */
static size_t
property_find(struct reader *r, uint32_t node, const struct object *o)
{
	const char	*name = node_of(r, node)->name, *near = NULL;
	unsigned	 best = NEAREST_FAR;
	size_t		 i;

	for (i = 0; i < o->n; i++)
		if (strcmp(o->properties[i].name, name) == 0)
			return i;
	for (i = 0; i < o->n; i++)
		if (strcasecmp(o->properties[i].name, name) == 0) {
			json_warning(r, node, "it is written %s",
			    o->properties[i].name);
			return i;
		}
	if (r->unknown++ < UNKNOWN_MAX)
		for (i = 0; i < o->n; i++)
			if (is_near(name, o->properties[i].name, &best))
				near = o->properties[i].name;
	json_warning(r, node, "unknown property%s%s%s",
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
	return o->n;
}

static bool
has_shape(json_type type, enum shape shape)
{
	switch (shape) {
	case SHAPE_TEXT:
		return type == JSON_STRING;
	case SHAPE_BOOL:
		return type == JSON_TRUE || type == JSON_FALSE;
	case SHAPE_TEXTS:
	case SHAPE_OBJECTS:
		return type == JSON_ARRAY;
	case SHAPE_MAP:
		return type == JSON_OBJECT;
	}
	return false;
}

/* Nobody else may read a file with secrets. */
static void
secret_check(struct reader *r, uint32_t node)
{
	if (r->is_told || !r->j->is_exposed ||
	    (text_of(r, node) == NULL && node_of(r, node)->child == 0))
		return;
	r->is_told = true;
	json_problem(r, node, "a secret stands here, and others can read %s: "
	    "chmod 600 %s", r->j->name, r->j->name);
}

static void
property_take(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	if (p->flags & SECRET)
		secret_check(r, node);
	if (p->take != NULL)
		p->take(r, node, to, p);
}

static void
object_read(struct reader *r, uint32_t node, void *to, const struct object *o)
{
	uint32_t	slots[SLOTS_MAX] = { 0 }, child;
	json_type	type;
	size_t		i;

	for (child = node_of(r, node)->child; child != 0;
	    child = node_of(r, child)->next) {
		if ((i = property_find(r, child, o)) == o->n)
			continue;
		if (slots[i] != 0)
			json_warning(r, child, "stands here a second time; the "
			    "last one counts");
		slots[i] = child;
	}
	for (i = 0; i < o->n; i++) {
		if (slots[i] == 0)
			continue;
		type = node_of(r, slots[i])->type;
		if (has_shape(type, o->properties[i].shape)) {
			property_take(r, slots[i], to, &o->properties[i]);
			continue;
		}
		/* Go leaves it alone then. */
		if (type != JSON_NULL) {
			r->bad++;
			json_problem(r, slots[i], "must be %s, not %s",
			    shape_names[o->properties[i].shape],
			    json_type_name(type));
		}
		slots[i] = 0;
	}
	o->end(r, node, to, slots);
}

/* Whether there is an object; too many, or something else, is an error. */
static bool
element_object(struct reader *r, uint32_t node)
{
	const struct json_node	*n = node_of(r, node);

	if (n->number == CONFIG_LIST_MAX)
		json_problem(r, node, "more than %d in this list",
		    CONFIG_LIST_MAX);
	if (n->number >= CONFIG_LIST_MAX)
		return false;
	if (n->type == JSON_OBJECT)
		return true;
	r->bad++;
	json_problem(r, node, "must be an object, not %s",
	    json_type_name(n->type));
	return false;
}

/* A list of objects, each a record of its own. */
static void
take_objects(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	const struct object	*o = p->objects;
	LIST_OF(void)		 list;
	char			*at = (char *)to + p->offset, *element;
	struct place		 place;
	uint32_t		 child;
	unsigned		 bad;

	for (child = node_of(r, node)->child; child != 0;
	    child = node_of(r, child)->next) {
		if (!element_object(r, child))
			continue;
		element = record_new(o->record);
		place = place_of(r, child);
		memcpy(element + o->place, &place, sizeof(place));
		memcpy(&list, at, sizeof(list));
		list_add(&list, element);
		memcpy(at, &list, sizeof(list));
		bad = r->bad;
		object_read(r, child, element, o);
		if (o->broken != 0)
			*(bool *)(element + o->broken) = r->bad > bad;
	}
}

/*
 * What several properties make together.
 */

static void
public_url_set(struct reader *r, struct conf *conf, const uint32_t *slots)
{
	const char	*host = text_of(r, slots[TOP_HOST]), *error;
	char		*url, *parsed;
	bool		 is_ssl;

	if (host == NULL || conf->public_url != NULL)
		return;
	is_ssl = slots[TOP_SSL] != 0 &&
	    node_of(r, slots[TOP_SSL])->type == JSON_TRUE;
	if (strstr(host, "://") != NULL) {
		json_warning(r, slots[TOP_HOST], "it is written without "
		    "http:// or https://: ssl_enabled says which");
		url = xstrdup(host);
	} else if (asprintf(&url, "http%s://%s", is_ssl ? "s" : "", host) ==
	    -1)
		fatal("%s", __func__);
	if ((error = public_url_parse(url, &parsed)) != NULL) {
		json_problem(r, slots[TOP_HOST], "%s", error);
		parsed = xstrdup("");
	}
	free(url);
	string_set(r, &conf->public_url, parsed);
	conf->public_url_place = place_of(r, slots[TOP_HOST]);
}

static void
github_set(struct reader *r, struct conf *conf, const uint32_t *slots)
{
	const char	*id = text_of(r, slots[TOP_ID]), *error;
	const char	*secret = text_of(r, slots[TOP_SECRET]);

	if (r->j->has_github)
		return;
	if (id == NULL || secret == NULL) {
		if (id != NULL || secret != NULL)
			json_warning(r, slots[id != NULL ? TOP_ID : TOP_SECRET],
			    "to sign in with GitHub needs github_client_id "
			    "and github_client_secret");
		return;
	}
	if ((error = value_error(VALUE_TEXT, id)) != NULL)
		json_problem(r, slots[TOP_ID], "%s", error);
	if ((error = value_error(VALUE_SECRET, secret)) != NULL ||
	    has_controls(secret))
		json_problem(r, slots[TOP_SECRET], "%s", error != NULL ? error :
		    "has control characters");
	string_set(r, &conf->github_client_id, xstrdup(id));
	string_set(r, &conf->github_client_secret, xstrdup(secret));
}

static void
top_end(struct reader *r, uint32_t node, void *to, const uint32_t *slots)
{
	struct conf	*conf = to;

	(void)node;
	public_url_set(r, conf, slots);
	github_set(r, conf, slots);
	conf->broken |= r->bad > 0;
}

static void
application_end(struct reader *r, uint32_t node, void *to,
    const uint32_t *slots)
{
	struct conf_application	*a = to;
	const char		*owner = text_of(r, slots[APP_OWNER]);
	const char		*name = text_of(r, slots[APP_REPO]);
	const char		*target, *error;
	char			*repository;

	if (a->name == NULL) {
		if (slots[APP_NAME] != 0 || r->bad == 0)
			json_problem(r, node, "this application has no name");
		a->name = xstrdup("");
	}
	if (owner != NULL && name != NULL) {
		if (asprintf(&repository, "%s/%s", owner, name) == -1)
			fatal("%s", __func__);
		error = value_error(VALUE_REPOSITORY, repository);
		if (error == NULL)
			string_set(r, &a->repository, repository);
		else {
			json_warning(r, slots[APP_REPO], "with github_owner "
			    "it %s: it is left out", error);
			free(repository);
		}
	}
	target = text_of(r, slots[APP_DIGEST_TARGET]);
	if (target != NULL && conf_target(a, target) == NULL)
		json_warning(r, slots[APP_DIGEST_TARGET], "there is no "
		    "target %s", quoted(target));
}

/* "name:port" or "[address]:port". */
static void
host_end(struct reader *r, uint32_t node, void *to, const uint32_t *slots)
{
	struct conf_host	*h = to;
	const char		*s = text_of(r, slots[HOST_NAME]), *error;
	const struct servent	*service;
	char			*name, *colon;

	if (s == NULL) {
		if (slots[HOST_NAME] != 0 || r->bad == 0)
			json_problem(r, slots[HOST_NAME] != 0 ?
			    slots[HOST_NAME] : node, "this host has no name");
		h->name = xstrdup("");
		return;
	}
	h->name = name = xstrdup(s);
	node = slots[HOST_NAME];
	if ((colon = strrchr(name, ':')) == NULL || name[strlen(name) - 1] ==
	    ']') {
		json_problem(r, node, "the port is missing: NAME:PORT");
		return;
	}
	*colon = '\0';
	/* Names of ports were fine, too. */
	if (value_error(VALUE_PORT, colon + 1) == NULL)
		h->port = strtonum(colon + 1, 1, 65535, NULL);
	else if (colon[1] == '\0')
		json_problem(r, node, "the port is missing: NAME:PORT");
	else if ((service = getservbyname(colon + 1, "tcp")) != NULL)
		h->port = ntohs(service->s_port);
	else
		json_problem(r, node, "the port %s",
		    value_error(VALUE_PORT, colon + 1));
	if (*name == '[' && name[strlen(name) - 1] == ']') {
		name[strlen(name) - 1] = '\0';
		memmove(name, name + 1, strlen(name));
	} else if (strchr(name, ':') != NULL) {
		json_problem(r, node, "an IPv6 address stands in brackets: "
		    "[ADDRESS]:PORT");
		return;
	} else if (*name == '\0') {
		/* Go connects to itself then. */
		free(name);
		h->name = name = xstrdup("localhost");
	}
	if ((error = value_error(VALUE_HOST, name)) != NULL)
		json_problem(r, node, "the name %s", error);
}

static void
role_end(struct reader *r, uint32_t node, void *to, const uint32_t *slots)
{
	struct conf_role	*role = to;

	if (role->name != NULL)
		return;
	if (slots[0] != 0 || r->bad == 0)
		json_problem(r, node, "this role has no name");
	role->name = xstrdup("");
}

/* A host that stands there twice is one, with the roles of both. */
static void
hosts_merge(struct reader *r, struct conf_target *t)
{
	struct conf_host	*h, *first;
	size_t			 i, j, k, n = 0;

	for (i = 0; i < t->hosts.n; i++) {
		h = t->hosts.v[i];
		for (j = 0; j < n; j++)
			if (t->hosts.v[j]->port == h->port && h->port != 0 &&
			    strcasecmp(t->hosts.v[j]->name, h->name) == 0)
				break;
		if (j == n) {
			t->hosts.v[n++] = h;
			continue;
		}
		json_warning(r, h->place.line, "this host stands here a second "
		    "time: its roles are added to the first");
		first = t->hosts.v[j];
		for (k = 0; k < h->roles.n; k++)
			if (!conf_has(first->roles.v, first->roles.n,
			    h->roles.v[k]) &&
			    first->roles.n < CONFIG_HOST_ROLES_MAX)
				list_add(&first->roles,
				    xstrdup(h->roles.v[k]));
		record_free(&conf_host_record, h);
	}
	t->hosts.n = n;
}

static void
scripts_check(struct reader *r, const struct conf_target *t)
{
	const struct conf_role	*role;
	const struct conf_host	*h;
	size_t			 i, j;

	for (i = 0; i < t->roles.n; i++) {
		role = t->roles.v[i];
		for (j = 0; j < t->hosts.n && role->scripts.n == 0; j++) {
			h = t->hosts.v[j];
			if (conf_has(h->roles.v, h->roles.n, role->name))
				json_warning(r, h->place.line, "its role %s "
				    "has no scripts", quoted(role->name));
		}
	}
}

static void
target_end(struct reader *r, uint32_t node, void *to, const uint32_t *slots)
{
	struct conf_target	*t = to;
	uint32_t		 stages = slots[TARGET_STAGES];
	uint32_t		 defaults = slots[TARGET_DEFAULT_STAGES];
	int			 l;

	for (l = 0; l < LIMIT_TARGET_MAX; l++)
		t->limits[l] = LIMIT_UNSET;
	if (t->name == NULL) {
		if (slots[TARGET_NAME] != 0 || r->bad == 0)
			json_problem(r, node, "this target has no name");
		t->name = xstrdup("");
	}
	t->stages_place = place_of(r, stages != 0 ? stages : node);
	/* Nothing said is none, not all. */
	t->default_stages_place = place_of(r, defaults != 0 ? defaults :
	    node);
	hosts_merge(r, t);
	if (r->bad == 0)
		scripts_check(r, t);
}

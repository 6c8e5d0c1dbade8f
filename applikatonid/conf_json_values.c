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
 * Reads single properties of configuration.json: strings, lists of names,
 * maps of options and scripts.  Names that stand there twice, or could never
 * have meant anything to the Go program, are left out with a warning.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "conf_json_internal.h"

#define OPTION_MAX	65536
#define SCRIPT_MAX	(1024 * 1024)

static const char *const type_names[] = {
	[JSON_OBJECT] =		"an object",
	[JSON_ARRAY] =		"a list",
	[JSON_STRING] =		"a string",
	[JSON_INTEGER] =	"a number",
	[JSON_REAL] =		"a number",
	[JSON_TRUE] =		"true",
	[JSON_FALSE] =		"false",
	[JSON_NULL] =		"null",
};

const char *
json_type_name(json_type type)
{
	return type_names[type];
}

__attribute__((format(printf, 4, 0)))
static void
vproblem(struct reader *r, bool is_warning, uint32_t node, const char *fmt,
    va_list ap)
{
	char	text[2048];

	vsnprintf(text, sizeof(text), fmt, ap);
	problem_add(r->j->problems, is_warning, r->j->name, node, "%s", text);
}

void
json_problem(struct reader *r, uint32_t node, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vproblem(r, false, node, fmt, ap);
	va_end(ap);
}

void
json_warning(struct reader *r, uint32_t node, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vproblem(r, true, node, fmt, ap);
	va_end(ap);
}

const struct json_node *
node_of(const struct reader *r, uint32_t node)
{
	return &r->tree->v[node];
}

struct place
place_of(const struct reader *r, uint32_t node)
{
	struct place	place = { r->j->file, node };

	return place;
}

const char *
text_of(const struct reader *r, uint32_t node)
{
	const char	*s = node == 0 ? NULL : node_of(r, node)->text;

	return s == NULL || *s == '\0' ? NULL : s;
}

char *
xstrdup(const char *s)
{
	char	*copy;

	if ((copy = strdup(s)) == NULL)
		fatal("%s", __func__);
	return copy;
}

/* The string in a list or a map; "" for null, NULL for anything else. */
static const char *
element_text(struct reader *r, uint32_t node)
{
	const struct json_node	*n = node_of(r, node);

	if (n->type == JSON_STRING)
		return n->text;
	if (n->type == JSON_NULL)
		return "";
	r->bad++;
	json_problem(r, node, "must be a string, not %s",
	    json_type_name(n->type));
	return NULL;
}

bool
has_controls(const char *s)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t' && *s != '\n') ||
		    *s == 0x7f)
			return true;
	return false;
}

/* A copy without the CR of CRLF and at the end. */
static char *
lines_copy(const char *s)
{
	char	*copy = xstrdup(s), *out = copy;
	size_t	 i;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] != '\r' || (s[i + 1] != '\n' && s[i + 1] != '\0'))
			*out++ = s[i];
	*out = '\0';
	return copy;
}

void
string_set(struct reader *r, char **to, char *s)
{
	if (*to != NULL)
		freezero(*to, strlen(*to));
	*to = s;
	list_add(&r->j->given, s);
}

void
take_text(struct reader *r, uint32_t node, void *to, const struct property *p)
{
	const char	*s = text_of(r, node), *error;

	if (s == NULL)
		return;
	if ((error = value_error(p->value, s)) != NULL)
		json_problem(r, node, "%s", error);
	string_set(r, (char **)((char *)to + p->offset), xstrdup(s));
}

/* As pem.Decode of Go, it begins where the key does. */
void
take_key(struct reader *r, uint32_t node, void *to, const struct property *p)
{
	const char	*s = text_of(r, node);
	char		*key;

	if (s == NULL)
		return;
	if (strstr(s, "-----BEGIN ") != NULL)
		s = strstr(s, "-----BEGIN ");
	key = lines_copy(s);
	if (value_error(p->value, key) != NULL)
		json_problem(r, node, "is not the text of a private key");
	else if (has_controls(key))
		json_problem(r, node, "has control characters");
	string_set(r, (char **)((char *)to + p->offset), key);
}

void
take_names(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	LIST_OF(char)	 list;
	void		*at = (char *)to + p->offset;
	const char	*s, *error;
	uint32_t	 child;
	bool		 is_strict = p->flags & STRICT, is_there;

	memcpy(&list, at, sizeof(list));
	for (child = node_of(r, node)->child; child != 0;
	    child = node_of(r, child)->next) {
		if ((s = element_text(r, child)) == NULL)
			continue;
		if (list.n == p->max) {
			json_problem(r, child, "more than %zu in this list",
			    p->max);
			break;
		}
		is_there = p->flags & LOGINS ?
		    conf_has_login(list.v, list.n, s) :
		    conf_has(list.v, list.n, s);
		error = is_there ? "stands here a second time" :
		    value_error(p->value, s);
		if (error != NULL && (is_strict || (!is_there && *s != '\0' &&
		    p->value == VALUE_NAME)))
			json_problem(r, child, "%s", error);
		else if (error != NULL)
			json_warning(r, child, "%s: it is left out", error);
		if (error == NULL)
			list_add(&list, xstrdup(s));
	}
	memcpy(at, &list, sizeof(list));
}

void
take_unserved(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	(void)to;
	if (text_of(r, node) != NULL || node_of(r, node)->child != 0)
		json_warning(r, node, "%s", p->text);
}

void
take_new_relic(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	const char	*s = text_of(r, node);

	(void)to;
	(void)p;
	if (s != NULL)
		json_warning(r, node, "New Relic is not told of deployments%s",
		    strncmp(s, "NRAK-", 5) == 0 ? "" : "; keys that do not "
		    "begin with NRAK- have ended in 2025, user keys are "
		    "their successors");
}

void
take_travis(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	const char	*s = text_of(r, node);

	(void)to;
	(void)p;
	if (s == NULL)
		return;
	if (strstr(s, "travis-ci.org") != NULL ||
	    strstr(s, "magnum.travis-ci.com") != NULL)
		json_warning(r, node, "the image is not shown, and %s is no "
		    "more: app.travis-ci.com is its successor",
		    strstr(s, "travis-ci.org") != NULL ? "travis-ci.org" :
		    "magnum.travis-ci.com");
	else
		json_warning(r, node, "the image is not shown");
}

static bool
has_receiver(const struct conf_target *t, const char *id)
{
	size_t	i;

	for (i = 0; i < t->receivers.n; i++)
		if (strcmp(t->receivers.v[i]->id, id) == 0)
			return true;
	return false;
}

void
take_webhooks(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	struct conf_target	*t = to;
	struct conf_receiver	*c;
	const char		*s, *error;
	uint32_t		 child;

	(void)p;
	for (child = node_of(r, node)->child; child != 0;
	    child = node_of(r, child)->next) {
		if ((s = element_text(r, child)) == NULL)
			continue;
		if (t->receivers.n == CONFIG_LIST_MAX) {
			json_problem(r, child, "more than %d in this list",
			    CONFIG_LIST_MAX);
			break;
		}
		if ((error = value_error(VALUE_RECEIVER_URL, s)) != NULL) {
			json_warning(r, child, "%s: it is left out", error);
			continue;
		}
		c = record_new(&conf_receiver_record);
		c->place = place_of(r, child);
		c->kind = xstrdup("webhook");
		c->url = xstrdup(s);
		receiver_identify(c);
		if (has_receiver(t, c->id)) {
			json_warning(r, child, "stands here a second time: "
			    "it is left out");
			record_free(&conf_receiver_record, c);
		} else
			list_add(&t->receivers, c);
	}
}

/*
 * Maps.
 */

void
take_options(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	struct conf_role	*role = to;
	struct conf_option	*o;
	const char		*name, *s, *error;
	uint32_t		 child;
	size_t			 i;

	(void)p;
	for (child = node_of(r, node)->child; child != 0;
	    child = node_of(r, child)->next) {
		name = node_of(r, child)->name;
		if ((s = element_text(r, child)) == NULL)
			continue;
		for (i = 0; i < role->options.n; i++)
			if (strcmp(role->options.v[i]->name, name) == 0)
				break;
		if (i == CONFIG_LIST_MAX) {
			json_problem(r, child, "more than %d in this list",
			    CONFIG_LIST_MAX);
			break;
		}
		if (*name == '\0')
			json_warning(r, child, "it has no name, and is left "
			    "out");
		else if ((error = value_error(VALUE_OPTION, name)) != NULL)
			json_problem(r, child, "its name %s", error);
		else if (strlen(s) > OPTION_MAX)
			json_problem(r, child, "is too long");
		else if (has_controls(s))
			json_problem(r, child, "has control characters");
		else {
			if (i == role->options.n)
				list_add(&role->options,
				    record_new(&conf_option_record));
			else
				json_warning(r, child, "stands here a second "
				    "time; the last one counts");
			o = role->options.v[i];
			free(o->name);
			free(o->value);
			o->place = place_of(r, child);
			o->name = xstrdup(name);
			o->value = xstrdup(s);
		}
	}
}

/* Its text, and where each of its lines stands. */
static void
script_set(struct reader *r, struct conf_script *s, uint32_t node,
    char *text)
{
	size_t		 len = strlen(text);
	uint32_t	 line = 1;
	const char	*p;

	/* A script ends with its last line. */
	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len > SCRIPT_MAX)
		json_problem(r, node, "this script is longer than %d bytes",
		    SCRIPT_MAX);
	else if (has_controls(text))
		json_problem(r, node, "has control characters");
	else if (len == 0)
		json_warning(r, node, "this script is empty");
	free(s->text);
	free(s->lines.v);
	memset(&s->lines, 0, sizeof(s->lines));
	s->place = place_of(r, node);
	s->text = text;
	if (strchr(text, '\n') == NULL) {
		conf_script_add_line(s, node);
		return;
	}
	for (p = text; p != NULL; p = strchr(p, '\n')) {
		conf_script_add_line(s, json_tree_line(r->tree, node,
		    line++));
		p += *p == '\n';
	}
}

void
take_scripts(struct reader *r, uint32_t node, void *to,
    const struct property *p)
{
	struct conf_role	*role = to;
	const char		*stage, *s, *error;
	uint32_t		 child;
	size_t			 i;

	(void)p;
	for (child = node_of(r, node)->child; child != 0;
	    child = node_of(r, child)->next) {
		stage = node_of(r, child)->name;
		if ((s = element_text(r, child)) == NULL)
			continue;
		for (i = 0; i < role->scripts.n; i++)
			if (strcmp(role->scripts.v[i]->stage, stage) == 0)
				break;
		if (i == CONFIG_LIST_MAX) {
			json_problem(r, child, "more than %d in this list",
			    CONFIG_LIST_MAX);
			break;
		}
		if (*stage == '\0') {
			json_warning(r, child, "it has no stage, and is left "
			    "out");
			continue;
		}
		if ((error = value_error(VALUE_NAME, stage)) != NULL) {
			json_problem(r, child, "its stage %s", error);
			continue;
		}
		if (i == role->scripts.n) {
			list_add(&role->scripts,
			    record_new(&conf_script_record));
			role->scripts.v[i]->stage = xstrdup(stage);
		} else
			json_warning(r, child, "stands here a second time; the "
			    "last one counts");
		script_set(r, role->scripts.v[i], child, lines_copy(s));
	}
}

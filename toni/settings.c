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
 * Reads .toni.yml from libyaml's events; no tree of it is ever built.  Each
 * error has its line and column.  What can make a reader slow or say two
 * things at once is refused: deep nesting, aliases, a key that stands twice.
 * A key that means nothing here is skipped, with a warning.
 */

#include "config.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "settings.h"

struct reader {
	yaml_parser_t		 parser;
	yaml_event_t		 event;		/* the last one */
	const char		*name;
	const char		*text;
	size_t			 len;
	unsigned		 depth;
	settings_warning	*warning;
	void			*arg;
	char			*err;
};

/* The keys of a mapping, so far. */
struct keys {
	char	**v;
	size_t	 n;
};

static int	event_next(struct reader *);

static __attribute__((format(printf, 3, 4))) int
fail(struct reader *r, yaml_mark_t at, const char *fmt, ...)
{
	va_list	ap;
	int	n;

	n = snprintf(r->err, SETTINGS_ERROR_SIZE, "%s:%zu:%zu: ", r->name,
	    at.line + 1, at.column + 1);
	if (n < 0 || n >= SETTINGS_ERROR_SIZE)
		return -1;
	va_start(ap, fmt);
	vsnprintf(r->err + n, SETTINGS_ERROR_SIZE - n, fmt, ap);
	va_end(ap);
	return -1;
}

static int
fail_memory(struct reader *r)
{
	strlcpy(r->err, "out of memory", SETTINGS_ERROR_SIZE);
	return -1;
}

static int
fail_here(struct reader *r, const char *text)
{
	return fail(r, r->event.start_mark, "%s", text);
}

/* libyaml's reader counts bytes only. */
static yaml_mark_t
mark_of(const struct reader *r, size_t offset)
{
	yaml_mark_t	m = { 0, 0, 0 };

	for (; m.index < offset && m.index < r->len; m.index++)
		if (r->text[m.index] == '\n') {
			m.line++;
			m.column = 0;
		} else
			m.column++;
	return m;
}

static int
fail_syntax(struct reader *r)
{
	const yaml_parser_t	*p = &r->parser;

	if (p->error == YAML_MEMORY_ERROR)
		return fail_memory(r);
	if (p->error == YAML_READER_ERROR)
		return fail(r, mark_of(r, p->problem_offset), "%s",
		    p->problem);
	return fail(r, p->problem_mark, "%s%s%s%s",
	    p->problem != NULL ? p->problem : "this is no YAML",
	    p->context != NULL ? " (" : "",
	    p->context != NULL ? p->context : "",
	    p->context != NULL ? ")" : "");
}

static int
event_next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return fail_syntax(r);
	switch (r->event.type) {
	case YAML_ALIAS_EVENT:
		return fail(r, r->event.start_mark, "the alias *%s: write out "
		    "what it stands for", r->event.data.alias.anchor);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (++r->depth > SETTINGS_NESTING_MAX)
			return fail(r, r->event.start_mark, "nested deeper "
			    "than %d levels", SETTINGS_NESTING_MAX);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		break;
	default:
		break;
	}
	return 0;
}

/* Goes over the value that has begun. */
static int
value_skip(struct reader *r)
{
	unsigned	depth;

	if (r->event.type == YAML_SCALAR_EVENT)
		return 0;
	for (depth = r->depth - 1; r->depth > depth;)
		if (event_next(r) == -1)
			return -1;
	return 0;
}

static bool
is_null(const yaml_event_t *e)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };
	size_t	i;

	if (e->type != YAML_SCALAR_EVENT || !e->data.scalar.plain_implicit ||
	    e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp((const char *)e->data.scalar.value, words[i]) == 0)
			return true;
	return false;
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

/* The text of this event; what says what it should be. */
static int
scalar_take(struct reader *r, const char *what, char **out)
{
	const yaml_event_t	*e = &r->event;
	const char		*s, *tag;

	if (e->type != YAML_SCALAR_EVENT)
		return fail(r, e->start_mark, "%s must be one word or a text",
		    what);
	s = (const char *)e->data.scalar.value;
	tag = (const char *)e->data.scalar.tag;
	if (tag != NULL && strcmp(tag, "!") != 0 &&
	    strcmp(tag, YAML_STR_TAG) != 0)
		return fail(r, e->start_mark, "%s has the tag %s: it must be "
		    "a text", what, tag);
	if (strlen(s) != e->data.scalar.length || has_control(s))
		return fail(r, e->start_mark, "%s has a control character or "
		    "a line break", what);
	if (e->data.scalar.length > SETTINGS_VALUE_MAX)
		return fail(r, e->start_mark, "%s is longer than %d bytes",
		    what, SETTINGS_VALUE_MAX);
	if ((*out = strdup(is_null(e) ? "" : s)) == NULL)
		return fail_memory(r);
	return 0;
}

/* Adds to a list of strings, which takes the string over. */
static int
string_add(struct reader *r, char ***v, size_t *n, char *s)
{
	char	**grown;

	grown = reallocarray(*v, *n + 1, sizeof(**v));
	if (grown == NULL) {
		free(s);
		return fail_memory(r);
	}
	*v = grown;
	(*v)[(*n)++] = s;
	return 0;
}

static void
strings_free(char **v, size_t n)
{
	while (n > 0)
		free(v[--n]);
	free(v);
}

/* The next key of a mapping; *key NULL: it ends here. */
static int
key_next(struct reader *r, struct keys *keys, const char **key)
{
	char	*s;
	size_t	 i;

	*key = NULL;
	if (event_next(r) == -1)
		return -1;
	if (r->event.type == YAML_MAPPING_END_EVENT)
		return 0;
	if (scalar_take(r, "a key", &s) == -1)
		return -1;
	for (i = 0; i < keys->n; i++)
		if (strcmp(keys->v[i], s) == 0) {
			fail(r, r->event.start_mark, "%s stands twice", s);
			free(s);
			return -1;
		}
	if (keys->n == SETTINGS_KEYS_MAX) {
		free(s);
		return fail_here(r, "too many keys");
	}
	if (string_add(r, &keys->v, &keys->n, s) == -1)
		return -1;
	*key = s;
	return 0;
}

static int
stages_take(struct reader *r, struct settings_target *t)
{
	char	what[64];
	char	*s;

	snprintf(what, sizeof(what), "a stage of %.40s", t->name);
	if (r->event.type != YAML_SEQUENCE_START_EVENT)
		return is_null(&r->event) ?
		    fail(r, r->event.start_mark, "%s has no stages", t->name) :
		    fail(r, r->event.start_mark, "the stages of %s must be a "
		    "list: a line \"- STAGE\" each", t->name);
	for (;;) {
		if (event_next(r) == -1)
			return -1;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (scalar_take(r, what, &s) == -1)
			return -1;
		if (*s == '\0' || t->nstages == SETTINGS_KEYS_MAX) {
			fail(r, r->event.start_mark, "%s%s", *s == '\0' ?
			    what : "too many stages", *s == '\0' ?
			    " is empty" : "");
			free(s);
			return -1;
		}
		if (string_add(r, &t->stages, &t->nstages, s) == -1)
			return -1;
	}
	if (t->nstages == 0)
		return fail(r, r->event.start_mark, "%s has no stages",
		    t->name);
	return 0;
}

static int
target_add(struct reader *r, struct settings *s, const char *name)
{
	struct settings_target	*t;

	t = reallocarray(s->targets, s->ntargets + 1, sizeof(*t));
	if (t == NULL)
		return fail_memory(r);
	s->targets = t;
	t += s->ntargets;
	memset(t, 0, sizeof(*t));
	if ((t->name = strdup(name)) == NULL)
		return fail_memory(r);
	s->ntargets++;
	return event_next(r) == -1 ? -1 : stages_take(r, t);
}

static int
targets_take(struct reader *r, struct settings *s)
{
	struct keys	 keys = { 0 };
	const char	*key;
	int		 error;

	if (is_null(&r->event))
		return 0;
	if (r->event.type != YAML_MAPPING_START_EVENT)
		return fail_here(r, "stages must have a line for each target, "
		    "indented, and below it the target's stages");
	while ((error = key_next(r, &keys, &key)) == 0 && key != NULL)
		if ((error = target_add(r, s, key)) == -1)
			break;
	strings_free(keys.v, keys.n);
	return error;
}

static int
unknown_skip(struct reader *r, const char *key, yaml_mark_t at)
{
	char	text[SETTINGS_ERROR_SIZE];

	snprintf(text, sizeof(text), "%s:%zu:%zu: %s means nothing here: it "
	    "is ignored", r->name, at.line + 1, at.column + 1, key);
	r->warning(r->arg, text);
	return value_skip(r);
}

static int
member_take(struct reader *r, struct settings *s, const char *key)
{
	yaml_mark_t	at = r->event.start_mark;

	if (event_next(r) == -1)
		return -1;
	if (strcmp(key, "host") == 0)
		return scalar_take(r, key, &s->host);
	if (strcmp(key, "application") == 0)
		return scalar_take(r, key, &s->application);
	if (strcmp(key, "api_token") == 0)
		return scalar_take(r, key, &s->token);
	if (strcmp(key, "stages") == 0)
		return targets_take(r, s);
	return unknown_skip(r, key, at);
}

static int
document_take(struct reader *r, struct settings *s)
{
	struct keys	 keys = { 0 };
	const char	*key;
	int		 error;

	/* The beginnings of the stream and of the document, or its end. */
	if (event_next(r) == -1 || event_next(r) == -1)
		return -1;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return 0;
	if (event_next(r) == -1)
		return -1;
	if (is_null(&r->event))
		return 0;
	if (r->event.type != YAML_MAPPING_START_EVENT)
		return fail_here(r, "it must have lines of the form "
		    "\"key: value\"");
	while ((error = key_next(r, &keys, &key)) == 0 && key != NULL)
		if ((error = member_take(r, s, key)) == -1)
			break;
	strings_free(keys.v, keys.n);
	if (error == -1 || event_next(r) == -1 || event_next(r) == -1)
		return -1;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return fail_here(r, "a second document begins: there must be "
		    "one only");
	return 0;
}

/* What must be there. */
static int
settings_check(struct reader *r, const struct settings *s)
{
	const char	*missing = NULL;

	if (s->host == NULL || *s->host == '\0')
		missing = "host is missing or empty: the address of the "
		    "server, for example https://deploy.example.com";
	else if (s->application == NULL || *s->application == '\0')
		missing = "application is missing or empty: its name on the "
		    "server";
	else if (s->token == NULL || *s->token == '\0')
		missing = "api_token is missing or empty: the server makes "
		    "one at /-/tokens";
	else if (strcmp(s->token, "YOUR_API_TOKEN") == 0)
		missing = "api_token is still YOUR_API_TOKEN: the server makes "
		    "one at /-/tokens";
	else if (s->ntargets == 0)
		missing = "stages is missing or empty: below it stand the "
		    "targets, indented, and below each its stages";
	if (missing == NULL)
		return 0;
	snprintf(r->err, SETTINGS_ERROR_SIZE, "%s: %s", r->name, missing);
	return -1;
}

int
settings_parse(struct settings *s, const char *name, const char *text,
    size_t len, settings_warning *warning, void *arg,
    char err[SETTINGS_ERROR_SIZE])
{
	struct reader	r = { .name = name, .text = text, .len = len,
			    .warning = warning, .arg = arg, .err = err };
	int		error;

	memset(s, 0, sizeof(*s));
	*err = '\0';
	if (len > SETTINGS_SIZE_MAX) {
		snprintf(err, SETTINGS_ERROR_SIZE,
		    "%s: it is longer than %d KB", name,
		    SETTINGS_SIZE_MAX / 1024);
		return -1;
	}
	if (!yaml_parser_initialize(&r.parser))
		return fail_memory(&r);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text,
	    len);
	error = document_take(&r, s);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (error == 0)
		error = settings_check(&r, s);
	if (error == -1)
		settings_free(s);
	return error;
}

const struct settings_target *
settings_target(const struct settings *s, const char *name)
{
	size_t	i;

	for (i = 0; i < s->ntargets; i++)
		if (strcmp(s->targets[i].name, name) == 0)
			return &s->targets[i];
	return NULL;
}

void
settings_free(struct settings *s)
{
	size_t	i;

	for (i = 0; i < s->ntargets; i++) {
		free(s->targets[i].name);
		strings_free(s->targets[i].stages, s->targets[i].nstages);
	}
	free(s->targets);
	free(s->host);
	free(s->application);
	if (s->token != NULL)
		freezero(s->token, strlen(s->token));
	memset(s, 0, sizeof(*s));
}

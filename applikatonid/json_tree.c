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
 * A JSON text as a tree with lines; see json_tree.h.  It knows no property.
 * What jansson has accepted is scanned once more: the scanner relies on that
 * and looks only for where things begin and end.
 */

#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "../common/wiped.h"
#include "json_tree.h"

#define BLANKS		" \t\r\n"
#define NAME_SHOWN	64

struct scanner {
	struct json_tree	*tree;
	const char		*at;
	const char		*end;
	uint32_t		 line;
};

static void	 mistake_set(struct json_mistake *, const json_error_t *);
static uint32_t	 scan_value(struct scanner *, uint32_t);
static void	 scan_members(struct scanner *, uint32_t);
static char	*scan_string(struct scanner *);
static void	 scan_blanks(struct scanner *);

/* What jansson says, and how it is said here. */
static const struct {
	const char	*theirs;
	const char	*ours;
} mistakes[] = {
	{ "string or '}' expected",
	    "a name in quotes must stand here (a comma too many?)" },
	{ "unexpected token", "a value must stand here (a comma too many?)" },
	{ "invalid token", "this is no value of JSON" },
	{ "'}' expected", "a comma or } must stand here" },
	{ "']' expected", "a comma or ] must stand here" },
	{ "':' expected", "a colon must stand here" },
	{ "'[' or '{' expected", "the text must be an object" },
	{ "premature end of input", "the text ends too early" },
	{ "end of file expected", "nothing may follow the object" },
	{ "unexpected newline", "a string ends on its line" },
	{ "control character", "a control character in a string" },
	{ "invalid escape", "a backslash with a meaning that JSON lacks" },
	{ "invalid Unicode", "half a character (\\u)" },
	{ "\\u0000", "a NUL (\\u0000) in a string" },
	{ "NUL byte", "a NUL (\\u0000) in a name" },
	{ "too big", "this number is too large" },
	{ "too small", "this number is too large" },
	{ "real number overflow", "this number is too large" },
	{ "maximum parsing depth", "too many lists and objects in each "
	    "other" },
	{ "unable to decode", "this is not UTF-8 text" },
	{ "invalid UTF-8", "this is not UTF-8 text" },
};

struct json_tree *
json_tree_read(const char *text, size_t len, struct json_mistake *m)
{
	struct scanner	 s = { NULL, text, text + len, 1 };
	json_error_t	 error;
	json_t		*json;

	/* Strings may be secrets. */
	json_set_alloc_funcs(wiped_malloc, wiped_free);
	if ((json = json_loadb(text, len, 0, &error)) == NULL) {
		mistake_set(m, &error);
		return NULL;
	}
	if (!json_is_object(json)) {
		json_decref(json);
		m->line = 1;
		m->column = 0;
		m->text = "the text must be an object";
		return NULL;
	}
	json_decref(json);
	if ((s.tree = calloc(1, sizeof(*s.tree))) == NULL)
		fatal("%s", __func__);
	s.tree->n = 1;
	if (scan_value(&s, 0) != 0)
		return s.tree;
	json_tree_free(s.tree);
	m->line = s.line;
	m->column = 0;
	m->text = "too many values";
	return NULL;
}

static void
mistake_set(struct json_mistake *m, const json_error_t *error)
{
	size_t	i;

	m->line = error->line > 0 ? error->line : 1;
	m->column = error->column > 0 ? error->column : 0;
	m->text = "this is not JSON";
	if (strstr(error->text, " near end of file") != NULL) {
		m->text = "the text ends too early";
		return;
	}
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		if (strncmp(error->text, mistakes[i].theirs,
		    strlen(mistakes[i].theirs)) == 0) {
			m->text = mistakes[i].ours;
			return;
		}
}

static uint32_t
node_new(struct scanner *s, uint32_t parent)
{
	struct json_tree	*t = s->tree;
	struct json_node	*v;
	size_t			 room;

	if (t->n == JSON_NODES_MAX)
		return 0;
	if (t->n >= t->room) {
		room = t->room == 0 ? 64 : t->room * 2;
		v = reallocarray(t->v, room, sizeof(*v));
		if (v == NULL)
			fatal("%s", __func__);
		t->v = v;
		t->room = room;
	}
	if (t->n == 1)
		memset(&t->v[0], 0, sizeof(t->v[0]));
	memset(&t->v[t->n], 0, sizeof(t->v[0]));
	t->v[t->n].line = s->line;
	t->v[t->n].parent = parent;
	return t->n++;
}

/* The new node; 0 when there are too many. */
static uint32_t
scan_value(struct scanner *s, uint32_t parent)
{
	static const struct {
		char		first;
		json_type	type;
	} types[] = {
		{ '{', JSON_OBJECT }, { '[', JSON_ARRAY }, { '"', JSON_STRING },
		{ 't', JSON_TRUE }, { 'f', JSON_FALSE }, { 'n', JSON_NULL },
	};
	json_type	type = JSON_REAL;
	uint32_t	node;
	size_t		i;

	scan_blanks(s);
	if ((node = node_new(s, parent)) == 0)
		return 0;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (*s->at == types[i].first)
			type = types[i].type;
	s->tree->v[node].type = type;
	if (type == JSON_STRING)
		s->tree->v[node].text = scan_string(s);
	else if (type != JSON_OBJECT && type != JSON_ARRAY) {
		while (s->at < s->end && strchr(",]}" BLANKS, *s->at) == NULL)
			s->at++;
	} else {
		scan_members(s, node);
		/* In the middle of it there was no room for a node. */
		if (s->tree->n == JSON_NODES_MAX)
			return 0;
	}
	return node;
}

/* From the bracket to behind the other one. */
static void
scan_members(struct scanner *s, uint32_t node)
{
	bool		 is_object = s->tree->v[node].type == JSON_OBJECT;
	char		 close = is_object ? '}' : ']', *name = NULL;
	uint32_t	 child, last = 0, number = 0, line;

	s->at++;
	for (;;) {
		scan_blanks(s);
		if (*s->at == ',') {
			s->at++;
			continue;
		}
		if (*s->at == close)
			break;
		line = s->line;
		if (is_object) {
			name = scan_string(s);
			scan_blanks(s);
			s->at++;		/* the colon */
		}
		if ((child = scan_value(s, node)) == 0) {
			free(name);
			return;
		}
		s->tree->v[child].name = name;
		s->tree->v[child].number = number++;
		if (is_object)
			s->tree->v[child].line = line;
		if (last == 0)
			s->tree->v[node].child = child;
		else
			s->tree->v[last].next = child;
		last = child;
	}
	s->at++;
}

static void
scan_blanks(struct scanner *s)
{
	for (; s->at < s->end && strchr(BLANKS, *s->at) != NULL; s->at++)
		s->line += *s->at == '\n';
}

/* From the quote to behind the other one. */
static char *
scan_string(struct scanner *s)
{
	const char	*begin = s->at;
	bool		 is_plain = true;
	json_t		*json;
	char		*text;

	for (s->at++; *s->at != '"'; s->at++)
		if (*s->at == '\\') {
			is_plain = false;
			s->at++;
		}
	s->at++;
	if (is_plain)
		text = strndup(begin + 1, s->at - begin - 2);
	else {
		json = json_loadb(begin, s->at - begin, JSON_DECODE_ANY, NULL);
		if (json == NULL)
			fatalx("%s", __func__);
		text = strdup(json_string_value(json));
		json_decref(json);
	}
	if (text == NULL)
		fatal("%s", __func__);
	return text;
}

void
json_tree_close(struct json_tree *t)
{
	size_t	i;

	for (i = 1; i < t->n; i++) {
		if (t->v[i].text != NULL)
			freezero(t->v[i].text, strlen(t->v[i].text));
		t->v[i].text = NULL;
	}
}

void
json_tree_free(struct json_tree *t)
{
	size_t	i;

	if (t == NULL)
		return;
	json_tree_close(t);
	for (i = 1; i < t->n; i++)
		free(t->v[i].name);
	free(t->v);
	free(t->lines);
	free(t);
}

uint32_t
json_tree_line(struct json_tree *t, uint32_t node, uint32_t line)
{
	uint32_t	(*lines)[2];

	lines = reallocarray(t->lines, t->nlines + 1, sizeof(*lines));
	if (lines == NULL)
		fatal("%s", __func__);
	lines[t->nlines][0] = node;
	lines[t->nlines][1] = line;
	t->lines = lines;
	return t->n + t->nlines++;
}

/* Appends the path of a node; what gets too long is cut. */
static void
path_append(const struct json_tree *t, uint32_t node, char *path)
{
	const struct json_node	*n = &t->v[node];
	size_t			 len, shown;

	if (n->parent == 0)
		return;
	path_append(t, n->parent, path);
	len = strlen(path);
	if (n->name != NULL) {
		/* Not in the middle of a character. */
		shown = strnlen(n->name, NAME_SHOWN);
		while (shown > 0 && (n->name[shown] & 0xc0) == 0x80)
			shown--;
		snprintf(path + len, JSON_PATH_MAX - len, "%s%.*s",
		    len > 0 ? "." : "", (int)shown, n->name);
	} else
		snprintf(path + len, JSON_PATH_MAX - len, "[%u]", n->number);
}

uint32_t
json_tree_where(const struct json_tree *t, uint32_t index, char *path)
{
	uint32_t	node = index, line = 0;
	size_t		len;

	*path = '\0';
	if (index >= t->n && index - t->n < t->nlines) {
		node = t->lines[index - t->n][0];
		line = t->lines[index - t->n][1];
	}
	if (node == 0 || node >= t->n)
		return 0;
	path_append(t, node, path);
	len = strlen(path);
	if (line > 0)
		snprintf(path + len, JSON_PATH_MAX - len, ", line %u", line);
	return t->v[node].line;
}

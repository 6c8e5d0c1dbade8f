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
 * Script templates; see template.h.  A template is its own copy of the text
 * and a list of parts that point into it: a stretch of text, or the name of
 * a variable.  This file is the only one that knows the language.
 */

#include "config.h"

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

#define ACTION_OPEN	"{{"
#define ACTION_CLOSE	"}}"
#define BLANKS		" \t"
#define LETTERS		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS		"0123456789"

/* The smallest output buffer; it doubles from there. */
#define OUTPUT_START	256

struct part {
	int		 is_variable;
	const char	*text;		/* a variable's name ends with NUL */
	size_t		 len;
	unsigned	 line, column;
};

struct template {
	char		*text;
	struct part	*parts;
	size_t		 nparts, room;
};

struct output {
	char		*buf;
	size_t		 len, room;
};

struct position {
	const char	*at;
	unsigned	 line, column;
};

static int	 parts_parse(struct template *, struct template_error *);
static int	 action_parse(struct template *, struct position *,
		    struct template_error *);
static int	 part_add(struct template *, const struct position *, int,
		    const char *, size_t, struct template_error *);
static void	 position_move(struct position *, const char *);
static int	 part_render(const struct part *, template_lookup *, void *,
		    struct output *, struct template_error *);
static int	 output_add(struct output *, const char *, size_t);
static int	 error_set(struct template_error *, unsigned, unsigned,
		    const char *, ...)
		    __attribute__((__format__(__printf__, 4, 5)));

int
template_parse(const char *text, struct template **out,
    struct template_error *err)
{
	struct template	*t;

	*out = NULL;
	if (strnlen(text, TEMPLATE_TEXT_MAX + 1) > TEMPLATE_TEXT_MAX)
		return error_set(err, 1, 1, "template of more than %d bytes",
		    TEMPLATE_TEXT_MAX);
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->text = strdup(text)) == NULL) {
		template_free(t);
		return error_set(err, 1, 1, "out of memory");
	}
	if (parts_parse(t, err) == -1) {
		template_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	free(t->parts);
	free(t->text);
	free(t);
}

static int
parts_parse(struct template *t, struct template_error *err)
{
	struct position	 pos = { t->text, 1, 1 };
	const char	*open;

	while (*pos.at != '\0') {
		if ((open = strstr(pos.at, ACTION_OPEN)) == NULL)
			open = pos.at + strlen(pos.at);
		if (open != pos.at && part_add(t, &pos, 0, pos.at,
		    open - pos.at, err) == -1)
			return -1;
		position_move(&pos, open);
		if (*pos.at != '\0' && action_parse(t, &pos, err) == -1)
			return -1;
	}
	return 0;
}

/*
 * One action, from its opening braces.  The character after the name, a
 * blank or a brace, gives way to the NUL that ends it.
 */
static int
action_parse(struct template *t, struct position *pos,
    struct template_error *err)
{
	const char	*p, *name, *close;
	size_t		 len;

	p = pos->at + strlen(ACTION_OPEN);
	if ((close = strstr(p, ACTION_CLOSE)) == NULL)
		return error_set(err, pos->line, pos->column,
		    "unclosed action: no }} after this {{");

	p += strspn(p, BLANKS);
	name = p + 1;
	if (*p != '.' || (len = strspn(name, LETTERS DIGITS)) == 0 ||
	    strspn(name, DIGITS) != 0)
		goto unsupported;
	p = name + len;
	p += strspn(p, BLANKS);
	if (p != close)
		goto unsupported;

	if (part_add(t, pos, 1, name, len, err) == -1)
		return -1;
	position_move(pos, close + strlen(ACTION_CLOSE));
	t->text[name - t->text + len] = '\0';
	return 0;

unsupported:
	return error_set(err, pos->line, pos->column,
	    "action not supported: only {{.Name}} is");
}

static int
part_add(struct template *t, const struct position *pos, int is_variable,
    const char *text, size_t len, struct template_error *err)
{
	struct part	*parts, *part;
	size_t		 room;

	if (t->nparts == t->room) {
		room = t->room == 0 ? 8 : t->room * 2;
		parts = reallocarray(t->parts, room, sizeof(*parts));
		if (parts == NULL)
			return error_set(err, pos->line, pos->column,
			    "out of memory");
		t->parts = parts;
		t->room = room;
	}
	part = &t->parts[t->nparts++];
	part->is_variable = is_variable;
	part->text = text;
	part->len = len;
	part->line = pos->line;
	part->column = pos->column;
	return 0;
}

static void
position_move(struct position *pos, const char *to)
{
	for (; pos->at < to; pos->at++) {
		if (*pos->at == '\n') {
			pos->line++;
			pos->column = 1;
		} else
			pos->column++;
	}
}

int
template_render(const struct template *t, template_lookup *lookup, void *arg,
    char **out, size_t *outlen, struct template_error *err)
{
	struct output	 o = { NULL, 0, 0 };
	size_t		 i;

	*out = NULL;
	*outlen = 0;
	for (i = 0; i < t->nparts; i++)
		if (part_render(&t->parts[i], lookup, arg, &o, err) == -1)
			goto fail;
	if (output_add(&o, "", 1) == -1) {
		error_set(err, 1, 1, "out of memory");
		goto fail;
	}
	*out = o.buf;
	*outlen = o.len - 1;
	return 0;

fail:
	freezero(o.buf, o.room);
	return -1;
}

static int
part_render(const struct part *part, template_lookup *lookup, void *arg,
    struct output *o, struct template_error *err)
{
	const char	*text = part->text;
	size_t		 len = part->len;

	if (part->is_variable) {
		if ((text = lookup(arg, part->text)) == NULL)
			return error_set(err, part->line, part->column,
			    "variable %.100s is not defined", part->text);
		len = strlen(text);
	}
	if (len > TEMPLATE_OUTPUT_MAX - o->len)
		return error_set(err, part->line, part->column,
		    "output of more than %d bytes", TEMPLATE_OUTPUT_MAX);
	if (output_add(o, text, len) == -1)
		return error_set(err, part->line, part->column,
		    "out of memory");
	return 0;
}

/* Values may be secret: recallocarray wipes what it moves away from. */
static int
output_add(struct output *o, const char *text, size_t len)
{
	char	*buf;
	size_t	 room;

	if (len == 0)
		return 0;
	for (room = o->room; room - o->len < len;)
		room = room == 0 ? OUTPUT_START : room * 2;
	if (room != o->room) {
		if ((buf = recallocarray(o->buf, o->room, room, 1)) == NULL)
			return -1;
		o->buf = buf;
		o->room = room;
	}
	memcpy(o->buf + o->len, text, len);
	o->len += len;
	return 0;
}

/* Always -1, so that a caller can return it. */
static int
error_set(struct template_error *err, unsigned line, unsigned column,
    const char *fmt, ...)
{
	va_list	 ap;

	err->line = line;
	err->column = column;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return -1;
}

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
 * The list of problems of a configuration: kept while files are read and
 * children check, sorted and printed once.  It decides nothing about them.
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "config_file.h"
#include "json_tree.h"

#define PROBLEMS_MAX	1000
#define TEXT_MAX	2048
#define QUOTES		8
#define QUOTE_MAX	128

struct problem {
	size_t		 file;		/* index in the files, 0 for none */
	uint32_t	 line;
	size_t		 number;	/* order of arrival */
	bool		 warning;
	char		*text;
};

struct problems {
	LIST_OF(char)		 files;
	struct json_tree	*tree;
	size_t			 tree_file;	/* index + 1; 0: none */
	LIST_OF(struct problem)	 list;
	size_t			 errors;
	size_t			 warnings;
};

static size_t	 file_index(struct problems *, const char *);
static char	*text_encode(const char *);
static int	 problem_compare(const void *, const void *);
static bool	 is_same(const struct problem *, const struct problem *);
static void	 line_to_file(void *, bool, const char *);

struct problems *
problems_new(void)
{
	struct problems	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("%s", __func__);
	return p;
}

void
problems_free(struct problems *p)
{
	size_t	i;

	if (p == NULL)
		return;
	for (i = 0; i < p->files.n; i++)
		free(p->files.v[i]);
	free(p->files.v);
	json_tree_free(p->tree);
	for (i = 0; i < p->list.n; i++) {
		free(p->list.v[i]->text);
		free(p->list.v[i]);
	}
	free(p->list.v);
	free(p);
}

void
problems_file(struct problems *p, const char *name)
{
	file_index(p, name);
}

void
problems_tree(struct problems *p, const char *name, struct json_tree *tree)
{
	json_tree_free(p->tree);
	p->tree = tree;
	p->tree_file = file_index(p, name);
}

static size_t
file_index(struct problems *p, const char *name)
{
	size_t	 i;
	char	*copy;

	if (name == NULL)
		return 0;
	for (i = 0; i < p->files.n; i++)
		if (strcmp(p->files.v[i], name) == 0)
			return i + 1;
	if ((copy = strdup(name)) == NULL)
		fatal("%s", __func__);
	list_add(&p->files, copy);
	return p->files.n;
}

void
problem_add(struct problems *p, bool warning, const char *file, uint32_t line,
    const char *fmt, ...)
{
	struct problem	*problem;
	char		 text[TEXT_MAX], path[JSON_PATH_MAX] = "";
	size_t		 n = 0;
	va_list		 ap;

	if (warning)
		p->warnings++;
	else
		p->errors++;
	if (p->list.n >= PROBLEMS_MAX)
		return;
	if ((problem = calloc(1, sizeof(*problem))) == NULL)
		fatal("%s", __func__);
	problem->file = file_index(p, file);
	problem->line = line;
	if (p->tree != NULL && problem->file == p->tree_file)
		problem->line = json_tree_where(p->tree, line, path);
	if (*path != '\0')
		n = snprintf(text, sizeof(text), "%s: ", path);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	problem->number = p->list.n;
	problem->warning = warning;
	problem->text = text_encode(text);
	list_add(&p->list, problem);
}

/* Control bytes, also those of C1, as \xNN; the rest as it is. */
static char *
text_encode(const char *s)
{
	const unsigned char	*u = (const unsigned char *)s;
	char			*copy, *out;
	bool			 control;

	if ((copy = out = malloc(strlen(s) * 4 + 1)) == NULL)
		fatal("%s", __func__);
	for (; *u != '\0'; u++) {
		control = *u < 0x20 || *u == 0x7f ||
		    (*u == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0);
		if (control)
			out += snprintf(out, 5, "\\x%02x", *u);
		else
			*out++ = *u;
	}
	*out = '\0';
	return copy;
}

const char *
quoted(const char *s)
{
	static char	bufs[QUOTES][QUOTE_MAX + 8];
	static int	next;
	char		*buf = bufs[next];
	size_t		 n = strlen(s);

	next = (next + 1) % QUOTES;
	/* Not in the middle of a character. */
	if (n > QUOTE_MAX)
		for (n = QUOTE_MAX; n > 0 && (s[n] & 0xc0) == 0x80; n--)
			;
	snprintf(buf, sizeof(bufs[0]), "\"%.*s%s\"", (int)n, s,
	    s[n] == '\0' ? "" : "...");
	return buf;
}

size_t
problems_errors(const struct problems *p)
{
	return p->errors;
}

size_t
problems_warnings(const struct problems *p)
{
	return p->warnings;
}

static int
problem_compare(const void *va, const void *vb)
{
	const struct problem	*a = *(const struct problem *const *)va;
	const struct problem	*b = *(const struct problem *const *)vb;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

static bool
is_same(const struct problem *a, const struct problem *b)
{
	return a->file == b->file && a->line == b->line &&
	    a->warning == b->warning && strcmp(a->text, b->text) == 0;
}

void
problems_each(struct problems *p,
    void (*callback)(void *, bool, const char *), void *arg)
{
	const struct problem	*problem;
	char			 line[TEXT_MAX * 4 + 4096];
	size_t			 i, n;

	if (p->list.n > 0)
		qsort(p->list.v, p->list.n, sizeof(p->list.v[0]),
		    problem_compare);
	for (i = 0; i < p->list.n; i++) {
		problem = p->list.v[i];
		/* A file that is included twice has its problems twice. */
		if (i > 0 && is_same(problem, p->list.v[i - 1]))
			continue;
		n = 0;
		line[0] = '\0';
		if (problem->file > 0)
			n = snprintf(line, 4000, "%s:",
			    p->files.v[problem->file - 1]);
		if (n >= 4000)
			n = 3999;
		if (problem->line > 0)
			n += snprintf(line + n, sizeof(line) - n, "%u:",
			    problem->line);
		snprintf(line + n, sizeof(line) - n, "%s%s%s",
		    n > 0 ? " " : "", problem->warning ? "warning: " : "",
		    problem->text);
		callback(arg, problem->warning, line);
	}
	n = p->errors + p->warnings;
	if (n > p->list.n) {
		snprintf(line, sizeof(line), "%zu more problems are not shown",
		    n - p->list.n);
		callback(arg, false, line);
	}
}

static void
line_to_file(void *arg, bool warning, const char *text)
{
	(void)warning;
	fprintf(arg, "%s\n", text);
}

void
problems_print(struct problems *p, FILE *f)
{
	problems_each(p, line_to_file, f);
}

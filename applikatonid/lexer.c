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
 * From files to tokens; see lexer.h.  Sources, files and macros being
 * expanded, lie on a stack; a token never reaches over the end of its source.
 * No message quotes the text of a file: the grammar does, where it may.
 */

#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "../common/utf8.h"
#include "files.h"
#include "lexer.h"
#include "validate.h"

#define WORD_BYTES	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"abcdefghijklmnopqrstuvwxyz0123456789_.:-/@+"
#define NAME_BYTES	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"abcdefghijklmnopqrstuvwxyz0123456789_"
#define WORD_ENDS	" \t\n,{}=\\"
#define PEM_BEGIN	"-----BEGIN "

struct source {
	struct source	*below;
	struct macro	*macro;		/* or a file: */
	struct file	 text;
	const char	*at;
	const char	*end;
	uint32_t	 file;
	uint32_t	 line;
	unsigned	 depth;		/* braces open at its start */
};

struct lexer_file {
	char		*name;		/* as messages have it */
	char		*directory;	/* absolute */
	bool		 exposed;
};

struct lexer {
	struct problems			*problems;
	struct macros			*given;		/* by -D */
	struct macros			 macros;
	struct source			*top;
	enum token_kind			 last;
	LIST_OF(struct lexer_file)	 files;
	LIST_OF(char)			 texts;		/* of tokens */
	LIST_OF(struct place)		 open;		/* braces */
	unsigned			 depth;
	unsigned			 expansions;
	size_t				 read;		/* bytes */
};

static int		 file_push(struct lexer *, const char *, const char *,
			    const struct place *);
static int		 text_check(struct lexer *, struct source *);
static void		 source_pop(struct lexer *);
static struct source	*source_file(const struct lexer *);
static bool		 is_included(const struct lexer *,
			    const struct file *);
static void		 file_end(struct lexer *, struct token *);
static void		 brace_close(struct lexer *, struct token *);
static void		 brace_open(struct lexer *);
static void		 blanks_skip(struct source *);
static void		 read_word(struct lexer *, struct token *);
static void		 read_string(struct lexer *, struct token *);
static size_t		 string_scan(struct source *, char, bool, char *);
static void		 expand(struct lexer *, struct token *);
static struct macro	*macro_find(struct macros *, const char *, size_t);
static void		 text_set(struct lexer *, struct token *, const char *,
			    size_t);
static void		 problem(struct lexer *, const char *, ...)
			    __attribute__((format(printf, 2, 3)));

static void *
xcalloc(size_t size)
{
	void	*p;

	if ((p = calloc(1, size)) == NULL)
		fatal("calloc");
	return p;
}

static char *
xstrndup(const char *s, size_t len)
{
	char	*copy;

	if ((copy = strndup(s, len)) == NULL)
		fatal("strndup");
	return copy;
}

struct lexer *
lexer_new(struct macros *given, struct problems *problems)
{
	struct lexer	*lx = xcalloc(sizeof(*lx));

	lx->given = given;
	lx->problems = problems;
	TAILQ_INIT(&lx->macros);
	lx->last = TOKEN_NEWLINE;
	return lx;
}

void
lexer_free(struct lexer *lx)
{
	size_t	i;

	while (lx->top != NULL)
		source_pop(lx);
	for (i = 0; i < lx->files.n; i++) {
		free(lx->files.v[i]->name);
		free(lx->files.v[i]->directory);
		free(lx->files.v[i]);
	}
	free(lx->files.v);
	for (i = 0; i < lx->texts.n; i++)
		freezero(lx->texts.v[i], strlen(lx->texts.v[i]));
	free(lx->texts.v);
	for (i = 0; i < lx->open.n; i++)
		free(lx->open.v[i]);
	free(lx->open.v);
	macros_free(&lx->macros);
	free(lx);
}

size_t
lexer_files(const struct lexer *lx)
{
	return lx->files.n;
}

const char *
lexer_file_name(const struct lexer *lx, uint32_t file)
{
	return lx->files.v[file]->name;
}

bool
lexer_file_exposed(const struct lexer *lx, uint32_t file)
{
	return file < lx->files.n && lx->files.v[file]->exposed;
}

unsigned
lexer_depth(const struct lexer *lx)
{
	return lx->depth;
}

char *
lexer_path(const struct lexer *lx, uint32_t file, const char *path)
{
	const char	*directory = lx->files.v[file]->directory;
	char		*full;

	if (*path == '/')
		return xstrndup(path, strlen(path));
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	if (asprintf(&full, "%s%s%s", directory,
	    strcmp(directory, "/") == 0 ? "" : "/", path) == -1)
		fatal("asprintf");
	return full;
}

/* The directory of a path, as an absolute one. */
static char *
directory_of(const char *path)
{
	const char	*slash = strrchr(path, '/');
	char		*cwd, *directory;
	int		 len = slash == NULL ? 0 : slash - path;

	if (*path == '/')
		return len == 0 ? xstrndup("/", 1) : xstrndup(path, len);
	if ((cwd = getcwd(NULL, 0)) == NULL)
		cwd = xstrndup(".", 1);
	if (len == 0)
		return cwd;
	if (asprintf(&directory, "%s%s%.*s", cwd,
	    strcmp(cwd, "/") == 0 ? "" : "/", len, path) == -1)
		fatal("asprintf");
	free(cwd);
	return directory;
}

int
lexer_open(struct lexer *lx, const char *path)
{
	return file_push(lx, path, path, NULL);
}

int
lexer_include(struct lexer *lx, const struct token *t)
{
	const struct place	*at = &t->place;
	const struct source	*s;
	const char		*includer, *slash;
	char			*path, *name;
	unsigned		 depth = 0;
	int			 result;

	if (t->bad)
		return -1;
	includer = lexer_file_name(lx, at->file);
	for (s = lx->top; s != NULL; s = s->below)
		depth += s->macro == NULL;
	if (depth >= CONFIG_DEPTH_MAX || lx->files.n > CONFIG_INCLUDES_MAX) {
		problem_add(lx->problems, false, includer, at->line,
		    depth >= CONFIG_DEPTH_MAX ?
		    "files include each other more than %d deep" :
		    "more than %d files are included",
		    depth >= CONFIG_DEPTH_MAX ? CONFIG_DEPTH_MAX :
		    CONFIG_INCLUDES_MAX);
		return -1;
	}
	path = lexer_path(lx, at->file, t->text);
	/* Messages name it as the includer is named. */
	slash = strrchr(includer, '/');
	if (*t->text == '/')
		name = xstrndup(t->text, strlen(t->text));
	else if (asprintf(&name, "%.*s%s",
	    slash == NULL ? 0 : (int)(slash - includer + 1), includer,
	    t->text) == -1)
		fatal("asprintf");
	result = file_push(lx, path, name, at);
	free(path);
	free(name);
	return result;
}

/* from: the statement that includes it, or NULL. */
static int
file_push(struct lexer *lx, const char *path, const char *name,
    const struct place *from)
{
	struct lexer_file	*f;
	struct source		*s = xcalloc(sizeof(*s));
	char			 why[PATH_MAX + 256];
	const char		*error = NULL;

	/* NUL bytes are found by text_check, which names their line. */
	if (file_read_root(path, FILE_EMPTY | FILE_ANY_BYTES, CONFIG_TEXT_MAX,
	    &s->text, why, sizeof(why)) != FILE_READ)
		error = why;
	else if (is_included(lx, &s->text))
		error = "this file is being read already: it includes itself";
	else if ((lx->read += s->text.len) > CONFIG_TEXT_MAX)
		error = "all files together are too large";
	if (error != NULL) {
		problem_add(lx->problems, false,
		    from == NULL ? NULL : lexer_file_name(lx, from->file),
		    from == NULL ? 0 : from->line, "%s", error);
		file_clear(&s->text);
		free(s);
		return -1;
	}
	f = xcalloc(sizeof(*f));
	f->name = xstrndup(name, strlen(name));
	f->directory = directory_of(path);
	f->exposed = s->text.exposed;
	list_add(&lx->files, f);
	problems_file(lx->problems, name);

	s->file = lx->files.n - 1;
	s->line = 1;
	s->depth = lx->depth;
	s->below = lx->top;
	lx->top = s;
	return text_check(lx, s);
}

/*
 * Text that is worth reading: UTF-8, lines end in LF or CRLF.  Of any other
 * nothing is read.
 */
static int
text_check(struct lexer *lx, struct source *s)
{
	char	*p = s->text.data, *out, *end = p + s->text.len;
	size_t	 n;

	/* A byte order mark is no text. */
	if (s->text.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	s->at = s->end = out = p;
	for (; p < end; p += n) {
		n = utf8_length(p, end - p);
		if (*p == '\r' && p + 1 < end && p[1] == '\n')
			continue;
		if (n == 0 || (n == 1 && *p != '\n' && *p != '\t' &&
		    ((unsigned char)*p < 0x20 || *p == 0x7f))) {
			if (n == 0)
				problem(lx, "this is not UTF-8 text");
			else
				problem(lx, "control byte 0x%02x in the text",
				    (unsigned char)*p);
			return -1;
		}
		s->line += *p == '\n';
		memmove(out, p, n);
		out += n;
	}
	s->line = 1;
	s->end = out;
	return 0;
}

bool
lexer_is_json(const struct lexer *lx)
{
	const char	*p = lx->top->at;

	while (p < lx->top->end && strchr(" \t\n", *p) != NULL)
		p++;
	return p < lx->top->end && *p == '{';
}

const char *
lexer_take(struct lexer *lx, size_t *len, uint32_t *file)
{
	const char	*text = lx->top->at;

	*len = lx->top->end - text;
	*file = lx->top->file;
	lx->top->at = lx->top->end;
	return text;
}

static bool
is_included(const struct lexer *lx, const struct file *text)
{
	const struct source	*s;

	for (s = lx->top; s != NULL; s = s->below)
		if (s->macro == NULL && s->text.dev == text->dev &&
		    s->text.ino == text->ino)
			return true;
	return false;
}

static void
source_pop(struct lexer *lx)
{
	struct source	*s = lx->top;

	lx->top = s->below;
	file_clear(&s->text);
	free(s);
}

/* The file that is being read: below the macros. */
static struct source *
source_file(const struct lexer *lx)
{
	struct source	*s = lx->top;

	while (s->macro != NULL)
		s = s->below;
	return s;
}

/* About the line that is being read. */
static void
problem(struct lexer *lx, const char *fmt, ...)
{
	const struct source	*s = source_file(lx);
	char			 text[256];
	va_list			 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_add(lx->problems, false, lexer_file_name(lx, s->file), s->line,
	    "%s%s%s", text, lx->top->macro != NULL ? ", in macro " : "",
	    lx->top->macro != NULL ? lx->top->macro->name : "");
}

void
lexer_next(struct lexer *lx, struct token *t)
{
	struct source	*s;

	memset(t, 0, sizeof(*t));
	t->kind = TOKEN_NEWLINE;
	while ((s = lx->top) != NULL) {
		blanks_skip(s);
		t->place.file = source_file(lx)->file;
		t->place.line = source_file(lx)->line;
		t->origin = s->macro != NULL ? s->macro->file : s->file;
		if (s->at == s->end) {
			if (s->macro != NULL) {
				source_pop(lx);
				continue;
			}
			file_end(lx, t);
			if (t->kind == TOKEN_END)
				continue;
		} else if (*s->at == '\n') {
			s->at++;
			s->line++;
			t->kind = TOKEN_NEWLINE;
		} else if (*s->at == '{' || *s->at == '=' || *s->at == ',') {
			t->kind = *s->at == '{' ? TOKEN_OPEN :
			    *s->at == '=' ? TOKEN_EQUALS : TOKEN_COMMA;
			if (*s->at++ == '{')
				brace_open(lx);
		} else if (*s->at == '}') {
			s->at++;
			brace_close(lx, t);
			if (t->kind == TOKEN_END)
				continue;
		} else if (*s->at == '"' || *s->at == '\'')
			read_string(lx, t);
		else if (*s->at == '$') {
			expand(lx, t);
			if (t->kind == TOKEN_END)
				continue;
		} else
			read_word(lx, t);
		lx->last = t->kind;
		return;
	}
	t->kind = lx->last = TOKEN_END;
}

/* Blanks, comments and line ends with a backslash. */
static void
blanks_skip(struct source *s)
{
	while (s->at < s->end) {
		if (*s->at == ' ' || *s->at == '\t')
			s->at++;
		else if (*s->at == '#') {
			while (s->at < s->end && *s->at != '\n')
				s->at++;
		} else if (*s->at == '\\' && s->at + 1 < s->end &&
		    s->at[1] == '\n') {
			s->at += 2;
			s->line++;
		} else
			break;
	}
}

/*
 * The end of a file ends its line and its blocks.  TOKEN_END: nothing is left
 * to end, go on in the file below.
 */
static void
file_end(struct lexer *lx, struct token *t)
{
	struct source	*s = lx->top;

	if (lx->last != TOKEN_NEWLINE)
		t->kind = TOKEN_NEWLINE;
	else if (lx->depth > s->depth) {
		lx->depth--;
		problem_add(lx->problems, false, lexer_file_name(lx, s->file),
		    lx->open.v[lx->depth]->line,
		    "the brace that opens here is not closed in this file");
		t->kind = TOKEN_CLOSE;
		t->bad = true;
	} else {
		t->kind = TOKEN_END;
		source_pop(lx);
	}
}

static void
brace_open(struct lexer *lx)
{
	struct place	*p;

	if (lx->depth == lx->open.n) {
		p = xcalloc(sizeof(*p));
		list_add(&lx->open, p);
	}
	p = lx->open.v[lx->depth++];
	p->file = source_file(lx)->file;
	p->line = source_file(lx)->line;
}

/* TOKEN_END: it closed nothing, as if it were not there. */
static void
brace_close(struct lexer *lx, struct token *t)
{
	if (lx->depth == source_file(lx)->depth) {
		problem(lx, "this brace closes nothing");
		t->kind = TOKEN_END;
		return;
	}
	lx->depth--;
	t->kind = TOKEN_CLOSE;
}

static void
text_set(struct lexer *lx, struct token *t, const char *s, size_t len)
{
	char	*copy = xstrndup(s, len);

	list_add(&lx->texts, copy);
	t->text = copy;
}

static void
read_word(struct lexer *lx, struct token *t)
{
	struct source	*s = lx->top;
	const char	*start = s->at;

	t->kind = TOKEN_WORD;
	while (s->at < s->end && strchr(WORD_BYTES, *s->at) != NULL)
		s->at++;
	text_set(lx, t, start, s->at - start);
	if (s->at == s->end || strchr(WORD_ENDS, *s->at) != NULL) {
		if (s->at > start)
			return;
		problem(lx, "a backslash stands only at the end of a line or "
		    "in quotes");
		s->at++;
	} else {
		problem(lx, "this word must stand in quotes");
		while (s->at < s->end && strchr(WORD_ENDS, *s->at) == NULL)
			s->at++;
	}
	t->bad = true;
}

/*
 * In '...' all bytes stand for themselves.  In "..." a backslash takes away
 * the meaning of a quote or backslash, and joins lines; before anything else
 * it stands for itself, as in the shell.  A string ends on its line, unless
 * it is a key.
 */
static void
read_string(struct lexer *lx, struct token *t)
{
	struct source	*s = lx->top, probe;
	char		*text, quote = *s->at++;
	bool		 pem;

	pem = (size_t)(s->end - s->at) > strlen(PEM_BEGIN) &&
	    strncmp(s->at, PEM_BEGIN, strlen(PEM_BEGIN)) == 0;
	probe = *s;
	text = xcalloc(string_scan(&probe, quote, pem, NULL) + 1);
	list_add(&lx->texts, text);
	t->kind = TOKEN_STRING;
	t->text = text;
	if (probe.at == probe.end || *probe.at != quote) {
		problem(lx, "the string that begins here is not closed%s",
		    pem ? "" : " on its line");
		t->bad = true;
	}
	string_scan(s, quote, pem, text);
	if (!t->bad)
		s->at++;
}

/* Reads to the end of a string; out may be NULL.  Returns its length. */
static size_t
string_scan(struct source *s, char quote, bool pem, char *out)
{
	size_t	n = 0;
	bool	escaped;

	while (s->at < s->end && *s->at != quote && (*s->at != '\n' || pem)) {
		escaped = quote == '"' && *s->at == '\\' &&
		    s->at + 1 < s->end && strchr("\"\\\n", s->at[1]) != NULL;
		if (escaped)
			s->at++;
		s->line += *s->at == '\n';
		if (!escaped || *s->at != '\n') {
			if (out != NULL)
				out[n] = *s->at;
			n++;
		}
		s->at++;
	}
	return n;
}

/* TOKEN_END: the macro's value comes next. */
static void
expand(struct lexer *lx, struct token *t)
{
	struct source	*s = lx->top, *new;
	struct macro	*m = NULL;
	const char	*name = ++s->at;
	unsigned	 depth = 0;
	size_t		 len;

	while (s->at < s->end && strchr(NAME_BYTES, *s->at) != NULL)
		s->at++;
	len = s->at - name;
	if (lx->given != NULL)
		m = macro_find(lx->given, name, len);
	if (m == NULL)
		m = macro_find(&lx->macros, name, len);
	for (; s->macro != NULL; s = s->below)
		depth++;
	if (len == 0)
		problem(lx, "a macro's name must follow $");
	else if (m == NULL && t->place.file == 0)
		problem(lx, "macro %.*s is not defined",
		    (int)(len < 100 ? len : 100), name);
	else if (m == NULL)
		problem(lx, "a macro that is not defined");
	else if (depth >= CONFIG_MACRO_DEPTH_MAX)
		problem(lx, "macros use each other more than %d deep",
		    CONFIG_MACRO_DEPTH_MAX);
	else if (lx->expansions >= CONFIG_EXPANSIONS_MAX)
		problem(lx, "macros are used more than %d times",
		    CONFIG_EXPANSIONS_MAX);
	else {
		lx->expansions++;
		m->used = true;
		new = xcalloc(sizeof(*new));
		new->macro = m;
		new->at = m->value;
		new->end = m->value + strlen(m->value);
		new->below = lx->top;
		lx->top = new;
		t->kind = TOKEN_END;
		return;
	}
	t->kind = TOKEN_STRING;
	t->bad = true;
	t->text = "";
}

static struct macro *
macro_find(struct macros *macros, const char *name, size_t len)
{
	struct macro	*m;

	TAILQ_FOREACH(m, macros, entry)
		if (strlen(m->name) == len && memcmp(m->name, name, len) == 0)
			return m;
	return NULL;
}

static void
macro_add(struct macros *macros, const char *name, size_t len,
    const char *value, uint32_t file)
{
	struct macro	*m = xcalloc(sizeof(*m));

	m->name = xstrndup(name, len);
	m->value = xstrndup(value, strlen(value));
	m->file = file;
	/* Before a former one, which may be being read just now. */
	TAILQ_INSERT_HEAD(macros, m, entry);
}

void
lexer_define(struct lexer *lx, const struct token *name,
    const struct token *value)
{
	if (name->bad || value->bad)
		return;
	if (strspn(name->text, NAME_BYTES) != strlen(name->text)) {
		problem_add(lx->problems, false,
		    lexer_file_name(lx, name->place.file), name->place.line,
		    "a macro's name has letters, digits and _");
		return;
	}
	macro_add(&lx->macros, name->text, strlen(name->text), value->text,
	    value->origin);
}

int
macro_define(struct macros *macros, const char *text)
{
	size_t	len = strspn(text, NAME_BYTES);

	if (len == 0 || text[len] != '=' ||
	    !utf8_is_printable(text + len + 1))
		return -1;
	macro_add(macros, text, len, text + len + 1, UINT32_MAX);
	return 0;
}

void
macros_free(struct macros *macros)
{
	struct macro	*m;

	while ((m = TAILQ_FIRST(macros)) != NULL) {
		TAILQ_REMOVE(macros, m, entry);
		free(m->name);
		freezero(m->value, strlen(m->value));
		free(m);
	}
}

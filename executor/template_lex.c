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
 * The words of templates: a text is cut into text, delimiters and what stands
 * between them, see template_internal.h.  Trim markers and comments end here;
 * the parser never sees them.  It takes what it is asked for and no more, and
 * copies nothing.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "template_internal.h"

#define DELIM_LEN	2	/* of {{ and }} */
#define MARKER_LEN	2	/* of a dash and the space beside it */

#define END		(-1)

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*word;
	enum token_type	 type;
} keywords[] = {
	{ "block", TOKEN_BLOCK }, { "break", TOKEN_BREAK },
	{ "continue", TOKEN_CONTINUE }, { "define", TOKEN_DEFINE },
	{ "else", TOKEN_ELSE }, { "end", TOKEN_END },
	{ "false", TOKEN_BOOL }, { "if", TOKEN_IF }, { "nil", TOKEN_NIL },
	{ "range", TOKEN_RANGE }, { "template", TOKEN_TEMPLATE },
	{ "true", TOKEN_BOOL }, { "with", TOKEN_WITH }
};

/* Tokens that are one character. */
static const struct {
	char		c;
	enum token_type	type;
} signs[] = {
	{ '=', TOKEN_ASSIGN }, { '|', TOKEN_PIPE }, { '(', TOKEN_LEFT_PAREN },
	{ ')', TOKEN_RIGHT_PAREN }
};

static void	lex_text(struct lexer *);
static void	lex_left(struct lexer *);
static void	lex_comment(struct lexer *);
static void	lex_right(struct lexer *);
static void	lex_action(struct lexer *);
static void	lex_space(struct lexer *);
static void	lex_word(struct lexer *, enum token_type);
static void	lex_quoted(struct lexer *, int32_t);
static void	lex_number(struct lexer *);
static bool	number_scan(struct lexer *);

void
lex_begin(struct lexer *l, struct str in)
{
	memset(l, 0, sizeof(*l));
	l->in = in;
}

struct token
lex_token(struct lexer *l)
{
	static void (*const	 states[])(struct lexer *) = {
		[LEX_TEXT] = lex_text, [LEX_LEFT] = lex_left,
		[LEX_ACTION] = lex_action, [LEX_RIGHT] = lex_right
	};

	while (l->first == l->nqueue) {
		l->first = l->nqueue = 0;
		if (l->state == LEX_DONE)
			return (struct token){ TOKEN_ERROR, l->in.len,
			    STR("") };
		states[l->state](l);
	}
	return l->queue[l->first++];
}

static bool
is_space(int32_t r)
{
	return r == ' ' || r == '\t' || r == '\r' || r == '\n';
}

static bool
is_word(int32_t r)
{
	return r == '_' || rune_is_word(r);
}

static int32_t
next(struct lexer *l)
{
	int32_t	r;

	l->width = 0;
	if (l->pos >= l->in.len)
		return END;
	r = rune_decode((struct str){ l->in.p + l->pos, l->in.len - l->pos },
	    &l->width);
	l->pos += l->width;
	return r;
}

/* Takes back what next() gave, once. */
static void
backup(struct lexer *l)
{
	l->pos -= l->width;
	l->width = 0;
}

static int32_t
peek(struct lexer *l)
{
	int32_t	r = next(l);

	backup(l);
	return r;
}

static bool
is_at(const struct lexer *l, size_t pos, const char *s)
{
	size_t	len = strlen(s);

	return pos <= l->in.len && l->in.len - pos >= len &&
	    memcmp(l->in.p + pos, s, len) == 0;
}

static bool
is_left_marker(const struct lexer *l, size_t pos)
{
	return is_at(l, pos, "-") && pos + 1 < l->in.len &&
	    is_space(l->in.p[pos + 1]);
}

static bool
is_right_marker(const struct lexer *l, size_t pos)
{
	return pos < l->in.len && is_space(l->in.p[pos]) &&
	    is_at(l, pos + 1, "-");
}

static bool
is_right_delim(const struct lexer *l)
{
	return is_at(l, l->pos, "}}") || (is_right_marker(l, l->pos) &&
	    is_at(l, l->pos + MARKER_LEN, "}}"));
}

static void
emit(struct lexer *l, enum token_type type)
{
	l->queue[l->nqueue++] = (struct token){ type, l->start,
	    { l->in.p + l->start, l->pos - l->start } };
	l->start = l->pos;
}

static void
ignore(struct lexer *l)
{
	l->start = l->pos;
}

/* What is wrong; nothing comes after it. */
static void
fail(struct lexer *l, const char *what)
{
	strlcpy(l->error, what, sizeof(l->error));
	l->queue[l->nqueue++] = (struct token){ TOKEN_ERROR, l->start,
	    { l->error, strlen(l->error) } };
	l->state = LEX_DONE;
}

static void
fail_rune(struct lexer *l, const char *what, int32_t r)
{
	struct text	t = { 0 };

	text_add_str(&t, what);
	rune_describe(&t, r);
	fail(l, text_real(&t).p);
	text_clear(&t);
}

/* The start of s in what is left; the end of it all when it is nowhere. */
static size_t
find(const struct lexer *l, const char *s)
{
	const char	*p;

	p = memmem(l->in.p + l->pos, l->in.len - l->pos, s, strlen(s));
	return p == NULL ? l->in.len : (size_t)(p - l->in.p);
}

static void
lex_text(struct lexer *l)
{
	size_t	at = find(l, "{{"), end = at;

	if (at != l->in.len && is_left_marker(l, at + DELIM_LEN))
		while (end > l->start && is_space(l->in.p[end - 1]))
			end--;
	l->pos = end;
	if (l->pos > l->start)
		emit(l, TOKEN_TEXT);
	l->pos = at;
	ignore(l);
	l->state = LEX_LEFT;
	if (at == l->in.len) {
		emit(l, TOKEN_EOF);
		l->state = LEX_DONE;
	}
}

static void
lex_left(struct lexer *l)
{
	size_t	marker;

	l->pos += DELIM_LEN;
	marker = is_left_marker(l, l->pos) ? MARKER_LEN : 0;
	if (is_at(l, l->pos + marker, "/*")) {
		l->pos += marker;
		ignore(l);
		lex_comment(l);
		return;
	}
	emit(l, TOKEN_LEFT_DELIM);
	l->pos += marker;
	ignore(l);
	l->parens = 0;
	l->state = LEX_ACTION;
}

static void
spaces_skip(struct lexer *l)
{
	while (l->pos < l->in.len && is_space(l->in.p[l->pos]))
		l->pos++;
	ignore(l);
}

static void
lex_comment(struct lexer *l)
{
	size_t	end;
	bool	trim;

	l->pos += 2;
	if ((end = find(l, "*/")) == l->in.len) {
		fail(l, "unclosed comment");
		return;
	}
	l->pos = end + 2;
	if (!is_right_delim(l)) {
		fail(l, "comment ends before closing delimiter");
		return;
	}
	trim = is_right_marker(l, l->pos);
	l->pos += (trim ? MARKER_LEN : 0) + DELIM_LEN;
	ignore(l);
	if (trim)
		spaces_skip(l);
	l->state = LEX_TEXT;
}

static void
lex_right(struct lexer *l)
{
	bool	trim = is_right_marker(l, l->pos);

	if (trim) {
		l->pos += MARKER_LEN;
		ignore(l);
	}
	l->pos += DELIM_LEN;
	emit(l, TOKEN_RIGHT_DELIM);
	if (trim)
		spaces_skip(l);
	l->state = LEX_TEXT;
}

/* A sign; false: r is none. */
static bool
lex_sign(struct lexer *l, int32_t r)
{
	size_t	i;

	for (i = 0; i < nitems(signs) && signs[i].c != r;)
		i++;
	if (i == nitems(signs))
		return false;
	emit(l, signs[i].type);
	l->parens += (r == '(') - (r == ')');
	if (l->parens < 0)
		fail_rune(l, "unexpected right paren ", r);
	return true;
}

/* Does a word end here? */
static bool
is_terminated(struct lexer *l)
{
	int32_t	r = peek(l);

	return is_space(r) || r == END ||
	    (r != 0 && r < 0x80 && strchr(".,|:)(", r) != NULL) ||
	    is_at(l, l->pos, "}}");
}

static void
lex_action(struct lexer *l)
{
	int32_t	r;

	if (is_right_delim(l)) {
		if (l->parens == 0)
			lex_right(l);
		else
			fail(l, "unclosed left paren");
		return;
	}
	r = next(l);
	if (r == END)
		fail(l, "unclosed action");
	else if (is_space(r)) {
		backup(l);
		lex_space(l);
	} else if (r == ':') {
		if (next(l) == '=')
			emit(l, TOKEN_DECLARE);
		else
			fail(l, "expected :=");
	} else if (r == '"' || r == '`' || r == '\'')
		lex_quoted(l, r);
	else if (r == '$')
		lex_word(l, TOKEN_VARIABLE);
	else if (r == '.' && l->pos < l->in.len &&
	    (l->in.p[l->pos] < '0' || l->in.p[l->pos] > '9'))
		lex_word(l, TOKEN_FIELD);
	else if (r == '.' || r == '+' || r == '-' || (r >= '0' && r <= '9')) {
		backup(l);
		lex_number(l);
	} else if (is_word(r))
		lex_word(l, TOKEN_IDENTIFIER);
	else if (lex_sign(l, r))
		return;
	else if (r < 0x80 && rune_is_print(r))
		emit(l, TOKEN_CHAR);
	else
		fail_rune(l, "unrecognized character in action: ", r);
}

/* A run of spaces, but for one that belongs to a marker behind it. */
static void
lex_space(struct lexer *l)
{
	while (is_space(peek(l)))
		next(l);
	if (is_right_marker(l, l->pos - 1) &&
	    is_at(l, l->pos - 1 + MARKER_LEN, "}}")) {
		l->pos--;
		if (l->pos == l->start) {
			l->state = LEX_RIGHT;
			return;
		}
	}
	emit(l, TOKEN_SPACE);
}

static enum token_type
word_type(struct str word)
{
	size_t	i;

	for (i = 0; i < nitems(keywords); i++)
		if (str_is(word, keywords[i].word))
			return keywords[i].type;
	return TOKEN_IDENTIFIER;
}

/* The rest of a word: a name, a field, a variable; its sign may be all. */
static void
lex_word(struct lexer *l, enum token_type type)
{
	if (type != TOKEN_IDENTIFIER && is_terminated(l)) {
		emit(l, type == TOKEN_FIELD ? TOKEN_DOT : type);
		return;
	}
	while (is_word(next(l)))
		continue;
	backup(l);
	if (!is_terminated(l)) {
		fail_rune(l, "bad character ", peek(l));
		return;
	}
	if (type == TOKEN_IDENTIFIER)
		type = word_type((struct str){ l->in.p + l->start,
		    l->pos - l->start });
	emit(l, type);
}

/* Up to the quote that ends it; what is in it is the parser's to see. */
static void
lex_quoted(struct lexer *l, int32_t quote)
{
	static const struct {
		char		 quote;
		enum token_type	 type;
		const char	*unterminated;
	} kinds[] = {
		{ '"', TOKEN_STRING, "unterminated quoted string" },
		{ '`', TOKEN_RAW_STRING, "unterminated raw quoted string" },
		{ '\'', TOKEN_CHAR_CONSTANT,
		    "unterminated character constant" }
	};
	size_t	kind = quote == '"' ? 0 : quote == '`' ? 1 : 2;
	int32_t	r;

	while ((r = next(l)) != quote) {
		if (r == '\\' && quote != '`')
			r = next(l);
		if (r == END || (r == '\n' && quote != '`')) {
			fail(l, kinds[kind].unterminated);
			return;
		}
	}
	emit(l, kinds[kind].type);
}

static void
lex_number(struct lexer *l)
{
	struct text	t = { 0 };
	int32_t		sign;
	bool		good;

	good = number_scan(l);
	sign = peek(l);
	if (good && (sign == '+' || sign == '-')) {
		if (number_scan(l) && l->in.p[l->pos - 1] == 'i') {
			emit(l, TOKEN_COMPLEX);
			return;
		}
		good = false;
	}
	if (good) {
		emit(l, TOKEN_NUMBER);
		return;
	}
	text_add_str(&t, "bad number syntax: ");
	quote_string(&t, (struct str){ l->in.p + l->start, l->pos - l->start },
	    false);
	fail(l, text_real(&t).p);
	text_clear(&t);
}

/* The next character, if it is one of these. */
static bool
accept(struct lexer *l, const char *set)
{
	if (l->pos >= l->in.len || l->in.p[l->pos] == '\0' ||
	    strchr(set, l->in.p[l->pos]) == NULL)
		return false;
	l->pos++;
	return true;
}

static void
accept_run(struct lexer *l, const char *set)
{
	while (accept(l, set))
		continue;
}

/* What may be a number: whether it is one is seen when it is read. */
static bool
number_scan(struct lexer *l)
{
	const char	*digits = "0123456789_", *exponent = "eE";

	accept(l, "+-");
	if (accept(l, "0")) {
		if (accept(l, "xX")) {
			digits = "0123456789abcdefABCDEF_";
			exponent = "pP";
		} else if (accept(l, "oO")) {
			digits = "01234567_";
			exponent = "";
		} else if (accept(l, "bB")) {
			digits = "01_";
			exponent = "";
		}
	}
	accept_run(l, digits);
	if (accept(l, "."))
		accept_run(l, digits);
	if (accept(l, exponent)) {
		accept(l, "+-");
		accept_run(l, "0123456789_");
	}
	accept(l, "i");
	if (!is_word(peek(l)))
		return true;
	next(l);
	return false;
}

/* The first characters of s. */
static struct str
str_head(struct str s, size_t n)
{
	struct str	rest = s;
	size_t		len;

	for (; n > 0 && rest.len != 0; n--, rest.p += len, rest.len -= len)
		rune_decode(rest, &len);
	return (struct str){ s.p, (size_t)(rest.p - s.p) };
}

void
token_describe(struct text *t, const struct token *token)
{
	if (token->type == TOKEN_EOF)
		text_add_str(t, "EOF");
	else if (token->type == TOKEN_ERROR)
		text_add(t, token->val.p, token->val.len);
	else if (token->type > TOKEN_KEYWORDS) {
		text_add_str(t, "<");
		text_add(t, token->val.p, token->val.len);
		text_add_str(t, ">");
	} else {
		quote_string(t, str_head(token->val, 10), false);
		if (token->val.len > 10)
			text_add_str(t, "...");
	}
}

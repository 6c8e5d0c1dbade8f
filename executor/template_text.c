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
 * Memory and texts of templates, see template_internal.h.  All of it may hold
 * secrets, and is wiped before it is given back.
 */

#include "config.h"

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "mask.h"
#include "template_internal.h"

#define CHUNK_SIZE	(16 * 1024)
#define ALIGNMENT	(sizeof(max_align_t))

/* The smallest buffer; it doubles from there. */
#define BUFFER_START	256

struct chunk {
	struct chunk	*next;
	size_t		 used, size;
	max_align_t	 data[];
};

void *
arena_alloc(struct arena *a, size_t len)
{
	struct chunk	*c = a->chunks;
	size_t		 size;
	void		*p;

	if (len > a->max)
		return NULL;
	len = (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (c == NULL || c->size - c->used < len) {
		size = len > CHUNK_SIZE / 4 ? len : CHUNK_SIZE;
		if (size > a->max - a->taken ||
		    (c = calloc(1, sizeof(*c) + size)) == NULL)
			return NULL;
		a->taken += size;
		c->size = size;
		/* One made to measure leaves the other in use. */
		if (a->chunks != NULL && size != CHUNK_SIZE) {
			c->next = a->chunks->next;
			a->chunks->next = c;
		} else {
			c->next = a->chunks;
			a->chunks = c;
		}
	}
	p = (char *)c->data + c->used;
	c->used += len;
	return p;
}

struct str
arena_copy(struct arena *a, struct str s)
{
	char	*p;

	if ((p = arena_alloc(a, s.len + 1)) == NULL)
		return (struct str){ NULL, 0 };
	if (s.len != 0)
		memcpy(p, s.p, s.len);
	return (struct str){ p, s.len };
}

void
arena_free(struct arena *a)
{
	struct chunk	*c;

	while ((c = a->chunks) != NULL) {
		a->chunks = c->next;
		freezero(c, sizeof(*c) + c->size);
	}
	a->taken = 0;
}

/* The room for so many bytes more, or NULL. */
static char *
buffer_grow(struct buffer *b, size_t len)
{
	char	*p;
	size_t	 room;

	if (len > TEMPLATE_OUTPUT_MAX - b->len)
		return NULL;
	for (room = b->room; room - b->len < len + 1;)
		room = room == 0 ? BUFFER_START : room * 2;
	if (room != b->room) {
		/* This wipes what it moves away from. */
		if ((p = recallocarray(b->p, b->room, room, 1)) == NULL)
			return NULL;
		b->p = p;
		b->room = room;
	}
	p = b->p + b->len;
	b->len += len;
	b->p[b->len] = '\0';
	return p;
}

static void
buffer_add(struct text *t, struct buffer *b, const char *p, size_t len)
{
	char	*to;

	if (len == 0 || t->is_full)
		return;
	if ((to = buffer_grow(b, len)) == NULL)
		t->is_full = true;
	else
		memcpy(to, p, len);
}

void
text_add(struct text *t, const char *p, size_t len)
{
	buffer_add(t, &t->real, p, len);
	if (t->is_split)
		buffer_add(t, &t->shown, p, len);
}

void
text_add_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void
text_add_rune(struct text *t, int32_t r)
{
	char	buf[4];

	text_add(t, buf, rune_encode(r, buf));
}

void
text_fill(struct text *t, char c, size_t n)
{
	char	*p;

	if (n == 0 || t->is_full)
		return;
	if ((p = buffer_grow(&t->real, n)) == NULL) {
		t->is_full = true;
		return;
	}
	memset(p, c, n);
	if (!t->is_split)
		return;
	if ((p = buffer_grow(&t->shown, n)) == NULL)
		t->is_full = true;
	else
		memset(p, c, n);
}

static size_t
lines_count(struct str s)
{
	const char	*p = s.p, *end;
	size_t		 n = 0;

	for (end = p + s.len; p != end && (p = memchr(p, '\n',
	    (size_t)(end - p))) != NULL; p++)
		n++;
	return n;
}

static void
text_split(struct text *t)
{
	if (t->is_split)
		return;
	t->is_split = true;
	buffer_add(t, &t->shown, t->real.p, t->real.len);
}

void
text_add_both(struct text *t, struct str real, struct str shown)
{
	if (lines_count(real) != lines_count(shown)) {
		text_add_secret(t, real);
		return;
	}
	text_split(t);
	buffer_add(t, &t->real, real.p, real.len);
	buffer_add(t, &t->shown, shown.p, shown.len);
}

void
text_add_secret(struct text *t, struct str real)
{
	size_t	n;
	char	*p;

	text_split(t);
	buffer_add(t, &t->real, real.p, real.len);
	buffer_add(t, &t->shown, SECRET_SHOWN, sizeof(SECRET_SHOWN) - 1);
	if ((n = lines_count(real)) == 0 || t->is_full)
		return;
	if ((p = buffer_grow(&t->shown, n)) == NULL)
		t->is_full = true;
	else
		memset(p, '\n', n);
}

struct str
text_real(const struct text *t)
{
	return (struct str){ t->real.p != NULL ? t->real.p : "", t->real.len };
}

struct str
text_shown(const struct text *t)
{
	if (!t->is_split)
		return text_real(t);
	return (struct str){ t->shown.p != NULL ? t->shown.p : "",
	    t->shown.len };
}

void
text_clear(struct text *t)
{
	freezero(t->real.p, t->real.room);
	freezero(t->shown.p, t->shown.room);
	memset(t, 0, sizeof(*t));
}

bool
str_equals(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_is(struct str a, const char *b)
{
	return str_equals(a, (struct str){ b, strlen(b) });
}

/* By their bytes. */
int
str_compare(struct str a, struct str b)
{
	size_t	len = a.len < b.len ? a.len : b.len;
	int	d;

	if (len != 0 && (d = memcmp(a.p, b.p, len)) != 0)
		return d;
	return a.len < b.len ? -1 : a.len > b.len;
}

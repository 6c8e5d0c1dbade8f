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
 * Records: encoding, decoding and freeing by the tables of their fields.  The
 * form on the wire has every field of the table, empty where the process is
 * not a reader, so both ends agree without a word about who is who.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "log.h"
#include "record.h"

struct list {
	void	**v;
	size_t	  n;
};

static int	fields_decode(const struct record *, void *, struct ibuf *,
		    unsigned);

/* Depth of records in records that decoding follows. */
#define DEPTH_MAX	8

void *
list_grow(void *v, size_t n)
{
	/* Room for a power of two. */
	if ((n & (n - 1)) != 0)
		return v;
	v = reallocarray(v, n == 0 ? 1 : n * 2, sizeof(void *));
	if (v == NULL)
		fatal("%s", __func__);
	return v;
}

void *
record_new(const struct record *r)
{
	void	*p;

	if ((p = calloc(1, r->size)) == NULL)
		fatal("%s", __func__);
	return p;
}

static void
string_free(char *s)
{
	if (s != NULL)
		freezero(s, strlen(s));
}

void
record_free(const struct record *r, void *rec)
{
	const struct field	*f;
	struct record_data	 data;
	struct list		 list;
	char			*at, *s;
	size_t			 i;

	if (rec == NULL)
		return;
	for (f = r->fields; f->type != FIELD_END; f++) {
		at = (char *)rec + f->offset;
		switch (f->type) {
		case FIELD_STRING:
			memcpy(&s, at, sizeof(s));
			string_free(s);
			break;
		case FIELD_DATA:
			memcpy(&data, at, sizeof(data));
			freezero(data.v, data.n);
			break;
		case FIELD_STRINGS:
		case FIELD_RECORDS:
			memcpy(&list, at, sizeof(list));
			for (i = 0; i < list.n; i++)
				if (f->type == FIELD_STRINGS)
					string_free(list.v[i]);
				else
					record_free(f->of, list.v[i]);
			free(list.v);
			break;
		default:
			break;
		}
	}
	freezero(rec, r->size);
}

/* A length one above the string's, so that NULL has one of its own. */
static int
string_encode(struct ibuf *b, const char *s)
{
	size_t	len;

	if (s == NULL)
		return ibuf_add_n32(b, 0);
	len = strlen(s);
	if (len > RECORD_STRING_MAX || ibuf_add_n32(b, len + 1) == -1)
		return -1;
	return ibuf_add(b, s, len);
}

static int
fields_encode(const struct record *r, const void *rec, uint32_t who,
    struct ibuf *b)
{
	const struct field	*f;
	struct record_data	 data;
	struct list		 list;
	const char		*at;
	uint64_t		 n64;
	uint32_t		 n32;
	size_t			 i;
	char			*s;
	bool			 flag, seen;

	for (f = r->fields; f->type != FIELD_END; f++) {
		at = (const char *)rec + f->offset;
		seen = f->readers & who;
		switch (f->type) {
		case FIELD_BOOL:
			memcpy(&flag, at, sizeof(flag));
			if (ibuf_add_n8(b, seen && flag) == -1)
				return -1;
			break;
		case FIELD_U32:
			memcpy(&n32, at, sizeof(n32));
			if (ibuf_add_n32(b, seen ? n32 : 0) == -1)
				return -1;
			break;
		case FIELD_U64:
		case FIELD_NUMBERS:
			i = f->type == FIELD_U64 ? 1 : f->size;
			for (; i > 0; i--, at += sizeof(n64)) {
				memcpy(&n64, at, sizeof(n64));
				if (ibuf_add_n64(b, seen ? n64 : 0) == -1)
					return -1;
			}
			break;
		case FIELD_STRING:
			memcpy(&s, at, sizeof(s));
			if (string_encode(b, seen ? s : NULL) == -1)
				return -1;
			break;
		case FIELD_DATA:
			memcpy(&data, at, sizeof(data));
			if (!seen)
				data.n = 0;
			if (data.n > RECORD_STRING_MAX ||
			    ibuf_add_n32(b, data.n) == -1 ||
			    ibuf_add(b, data.v, data.n) == -1)
				return -1;
			break;
		case FIELD_STRINGS:
		case FIELD_RECORDS:
			memcpy(&list, at, sizeof(list));
			if (!seen)
				list.n = 0;
			if (list.n > RECORD_LIST_MAX ||
			    ibuf_add_n32(b, list.n) == -1)
				return -1;
			for (i = 0; i < list.n; i++)
				if ((f->type == FIELD_STRINGS ?
				    string_encode(b, list.v[i]) :
				    fields_encode(f->of, list.v[i], who, b))
				    == -1)
					return -1;
			break;
		case FIELD_END:
			break;
		}
	}
	return 0;
}

struct ibuf *
record_encode(const struct record *r, const void *rec, enum process who)
{
	struct ibuf	*b;

	if ((b = ibuf_dynamic(4096, RECORD_SIZE_MAX)) == NULL)
		fatal("%s", __func__);
	if (fields_encode(r, rec, PROC_BIT(who), b) == -1) {
		ibuf_free(b);
		return NULL;
	}
	return b;
}

static int
string_decode(struct ibuf *b, char **s)
{
	uint32_t	n;

	*s = NULL;
	if (ibuf_get_n32(b, &n) == -1)
		return -1;
	if (n == 0)
		return 0;
	n--;
	if (n > RECORD_STRING_MAX || n > ibuf_size(b) ||
	    (n > 0 && memchr(ibuf_data(b), '\0', n) != NULL))
		return -1;
	if ((*s = malloc(n + 1)) == NULL)
		fatal("%s", __func__);
	memcpy(*s, ibuf_data(b), n);
	(*s)[n] = '\0';
	return ibuf_skip(b, n);
}

/* What has been read stays in the list also on error, to be freed. */
static int
list_decode(const struct field *f, char *at, struct ibuf *b, unsigned depth)
{
	struct list	 list = { NULL, 0 };
	uint32_t	 n;
	void		*item;
	char		*s;
	int		 r = 0;

	/* Each element takes at least a byte. */
	if (ibuf_get_n32(b, &n) == -1 || n > RECORD_LIST_MAX ||
	    n > ibuf_size(b))
		return -1;
	for (; n > 0 && r == 0; n--) {
		if (f->type == FIELD_STRINGS) {
			r = string_decode(b, &s);
			if (r == 0 && s == NULL)
				r = -1;
			item = s;
		} else {
			item = record_new(f->of);
			r = fields_decode(f->of, item, b, depth + 1);
		}
		if (item != NULL)
			list_add(&list, item);
	}
	memcpy(at, &list, sizeof(list));
	return r;
}

static int
data_decode(struct ibuf *b, struct record_data *data)
{
	const void	*v;

	if (field_get_data(b, RECORD_STRING_MAX, &v, &data->n) == -1)
		return -1;
	/* A NUL behind it, for readers of text. */
	if ((data->v = calloc(1, data->n + 1)) == NULL)
		fatal("%s", __func__);
	memcpy(data->v, v, data->n);
	return 0;
}

static int
fields_decode(const struct record *r, void *rec, struct ibuf *b,
    unsigned depth)
{
	const struct field	*f;
	struct record_data	 data;
	char			*at, *s;
	uint64_t		 n64;
	uint32_t		 n32;
	uint8_t			 n8;
	size_t			 i;
	bool			 flag;

	if (depth > DEPTH_MAX)
		return -1;
	for (f = r->fields; f->type != FIELD_END; f++) {
		at = (char *)rec + f->offset;
		switch (f->type) {
		case FIELD_BOOL:
			if (ibuf_get_n8(b, &n8) == -1 || n8 > 1)
				return -1;
			flag = n8;
			memcpy(at, &flag, sizeof(flag));
			break;
		case FIELD_U32:
			if (ibuf_get_n32(b, &n32) == -1)
				return -1;
			memcpy(at, &n32, sizeof(n32));
			break;
		case FIELD_U64:
		case FIELD_NUMBERS:
			i = f->type == FIELD_U64 ? 1 : f->size;
			for (; i > 0; i--, at += sizeof(n64)) {
				if (ibuf_get_n64(b, &n64) == -1)
					return -1;
				memcpy(at, &n64, sizeof(n64));
			}
			break;
		case FIELD_STRING:
			if (string_decode(b, &s) == -1)
				return -1;
			memcpy(at, &s, sizeof(s));
			break;
		case FIELD_DATA:
			if (data_decode(b, &data) == -1)
				return -1;
			memcpy(at, &data, sizeof(data));
			break;
		case FIELD_STRINGS:
		case FIELD_RECORDS:
			if (list_decode(f, at, b, depth) == -1)
				return -1;
			break;
		case FIELD_END:
			break;
		}
	}
	return 0;
}

void *
record_decode(const struct record *r, struct ibuf *b)
{
	void	*rec;

	rec = record_new(r);
	if (fields_decode(r, rec, b, 0) == -1 || ibuf_size(b) != 0) {
		record_free(r, rec);
		return NULL;
	}
	return rec;
}

int
record_send(struct channel *ch, enum msg_type type, uint32_t id,
    const struct ibuf *whole)
{
	const char	*p = ibuf_data(whole);
	size_t		 left = ibuf_size(whole), n;
	struct ibuf	*b;

	do {
		n = left < MSG_CHUNK ? left : MSG_CHUNK;
		b = msg_new();
		msg_put_u8(b, n == left);
		msg_put_data(b, p, n);
		if (msg_send(ch, type, id, -1, b) == -1)
			return -1;
		p += n;
		left -= n;
	} while (left > 0);
	return 0;
}

int
record_gather(struct ibuf **whole, struct msg *m)
{
	const void	*part;
	size_t		 n;
	uint8_t		 last;

	last = msg_get_u8(m);
	part = msg_get_data(m, &n);
	if (*whole == NULL &&
	    (*whole = ibuf_dynamic(n, RECORD_SIZE_MAX)) == NULL)
		fatal("%s", __func__);
	if (ibuf_add(*whole, part, n) == -1) {
		ibuf_free(*whole);
		*whole = NULL;
		return -1;
	}
	return last ? 1 : 0;
}

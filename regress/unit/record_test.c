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
 * Tests of records with the one that matters, the configuration: a full one
 * goes over to each process and comes out with what that process may see and
 * nothing else; bytes that are not a record are refused.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/channel.h"
#include "../../common/conf.h"
#include "../../common/log.h"
#include "tap.h"

#define MUTATIONS	20000

/*
 * Every secret, and who may have it; all else in the configuration may be
 * seen by whoever the tables name.
 */
static const struct {
	const char	*marker;
	uint32_t	 readers;
} secrets[] = {
	{ "SECRET-key", PROC_BIT(PROC_EXECUTOR) },
	{ "SECRET-passphrase", PROC_BIT(PROC_EXECUTOR) },
	{ "SECRET-option", PROC_BIT(PROC_EXECUTOR) },
	{ "SECRET-client", PROC_BIT(PROC_GITHUB) },
	{ "https://hooks.example.com/SECRET-url", PROC_BIT(PROC_NOTIFIER) },
};
#define NSECRETS	(sizeof(secrets) / sizeof(secrets[0]))

static unsigned	 counter;

/* Fills every field by its table, with values that all differ. */
static void
record_fill(const struct record *r, void *rec, unsigned depth)
{
	const struct field	*f;
	struct record_data	 data;
	LIST_OF(void)		 list;
	char			*at, *s;
	uint64_t		 n64;
	uint32_t		 n32;
	bool			 yes = true;
	size_t			 i;
	void			*item;

	for (f = r->fields; f->type != FIELD_END; f++) {
		at = (char *)rec + f->offset;
		counter++;
		switch (f->type) {
		case FIELD_BOOL:
			memcpy(at, &yes, sizeof(yes));
			break;
		case FIELD_U32:
			n32 = counter;
			memcpy(at, &n32, sizeof(n32));
			break;
		case FIELD_U64:
		case FIELD_NUMBERS:
			i = f->type == FIELD_U64 ? 1 : f->size;
			for (; i > 0; i--, at += sizeof(n64)) {
				n64 = ++counter * 0x100000001ULL;
				memcpy(at, &n64, sizeof(n64));
			}
			break;
		case FIELD_STRING:
			if (asprintf(&s, "text-%u", counter) == -1)
				abort();
			memcpy(at, &s, sizeof(s));
			break;
		case FIELD_DATA:
			data.n = 5;
			if ((data.v = strdup("da\1ta")) == NULL)
				abort();
			((char *)data.v)[2] = '\0';
			memcpy(at, &data, sizeof(data));
			break;
		case FIELD_STRINGS:
		case FIELD_RECORDS:
			list.v = NULL;
			list.n = 0;
			for (i = 0; i < 2; i++) {
				if (f->type == FIELD_RECORDS) {
					item = record_new(f->of);
					record_fill(f->of, item, depth + 1);
				} else if ((item = strdup(i == 0 ? "" :
				    "listed")) == NULL)
					abort();
				list_add(&list, item);
			}
			memcpy(at, &list, sizeof(list));
			break;
		case FIELD_END:
			break;
		}
	}
}

static bool
string_same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/*
 * The number of fields of got that are not as they should be: as in want where
 * the process is a reader, else empty.
 */
static unsigned
record_compare(const struct record *r, const void *want, const void *got,
    uint32_t who, bool above)
{
	static const char	 zeros[sizeof(uint64_t) * LIMIT_MAX];
	const struct field	*f;
	struct record_data	 d1, d2;
	LIST_OF(void)		 l1, l2;
	const char		*a, *b;
	char			*s1, *s2;
	size_t			 i, n;
	unsigned		 wrong = 0;
	bool			 seen;

	for (f = r->fields; f->type != FIELD_END; f++) {
		a = (const char *)want + f->offset;
		b = (const char *)got + f->offset;
		seen = above && (f->readers & who);
		switch (f->type) {
		case FIELD_BOOL:
		case FIELD_U32:
		case FIELD_U64:
		case FIELD_NUMBERS:
			n = f->type == FIELD_BOOL ? sizeof(bool) :
			    f->type == FIELD_U32 ? sizeof(uint32_t) :
			    f->type == FIELD_U64 ? sizeof(uint64_t) :
			    f->size * sizeof(uint64_t);
			wrong += memcmp(seen ? a : zeros, b, n) != 0;
			break;
		case FIELD_STRING:
			memcpy(&s1, a, sizeof(s1));
			memcpy(&s2, b, sizeof(s2));
			wrong += !string_same(seen ? s1 : NULL, s2);
			break;
		case FIELD_DATA:
			memcpy(&d1, a, sizeof(d1));
			memcpy(&d2, b, sizeof(d2));
			wrong += seen ? d1.n != d2.n ||
			    memcmp(d1.v, d2.v, d1.n) != 0 : d2.n != 0;
			break;
		case FIELD_STRINGS:
		case FIELD_RECORDS:
			memcpy(&l1, a, sizeof(l1));
			memcpy(&l2, b, sizeof(l2));
			if (l2.n != (seen ? l1.n : 0)) {
				wrong++;
				break;
			}
			for (i = 0; i < l2.n; i++)
				if (f->type == FIELD_STRINGS)
					wrong += !string_same(l1.v[i],
					    l2.v[i]);
				else
					wrong += record_compare(f->of,
					    l1.v[i], l2.v[i], who, seen);
			break;
		case FIELD_END:
			break;
		}
	}
	return wrong;
}

static void
string_set(char **p, const char *s)
{
	free(*p);
	if ((*p = strdup(s)) == NULL)
		abort();
}

static struct conf *
conf_full(void)
{
	struct conf		*c = conf_new();
	struct conf_target	*t;

	counter = 0;
	record_fill(&conf_record, c, 0);
	t = c->applications.v[1]->targets.v[1];
	string_set(&t->key, secrets[0].marker);
	string_set(&t->passphrase, secrets[1].marker);
	string_set(&t->roles.v[0]->options.v[1]->value, secrets[2].marker);
	string_set(&c->github_client_secret, secrets[3].marker);
	string_set(&t->receivers.v[1]->url, secrets[4].marker);
	return c;
}

static void
test_trip(const struct conf *c, enum process p)
{
	struct ibuf	*b, view;
	struct conf	*got;
	size_t		 i;

	b = record_encode(&conf_record, c, p);
	ibuf_from_ibuf(&view, b);
	got = record_decode(&conf_record, &view);
	ok(got != NULL && record_compare(&conf_record, c, got, PROC_BIT(p),
	    true) == 0, "%s gets its fields, all others are empty",
	    process_name(p));
	conf_free(got);
	for (i = 0; i < NSECRETS; i++)
		is_int(memmem(ibuf_data(b), ibuf_size(b), secrets[i].marker,
		    strlen(secrets[i].marker)) != NULL,
		    (secrets[i].readers & PROC_BIT(p)) != 0,
		    "%s %s %s", process_name(p),
		    secrets[i].readers & PROC_BIT(p) ? "gets" : "never gets",
		    secrets[i].marker);
	ibuf_free(b);
}

/* Decodes a copy of its own size, so that a read past it is seen. */
static bool
decodes(const void *data, size_t len)
{
	struct ibuf	 view;
	char		*copy;
	void		*got;

	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		abort();
	memcpy(copy, data, len);
	ibuf_from_buffer(&view, copy, len);
	got = record_decode(&conf_record, &view);
	free(copy);
	conf_free(got);
	return got != NULL;
}

static void
test_malformed(const struct conf *c)
{
	struct ibuf	*b;
	unsigned char	*bytes, saved[4], old;
	size_t		 len, at, i, wrong = 0;
	unsigned	 seed = 42;

	b = record_encode(&conf_record, c, PROC_EXECUTOR);
	len = ibuf_size(b);
	if ((bytes = malloc(len + 16)) == NULL)
		abort();
	memcpy(bytes, ibuf_data(b), len);
	memset(bytes + len, 0, 16);
	ok(decodes(bytes, len), "the whole decodes");
	for (i = 0; i < len; i++)
		wrong += decodes(bytes, i);
	is_int(wrong, 0, "cut off anywhere, it does not");
	for (i = 1; i <= 16; i++)
		wrong += decodes(bytes, len + i);
	is_int(wrong, 0, "nor with bytes left over");
	for (i = 0; i + 4 <= len; i++) {
		memcpy(saved, bytes + i, 4);
		memset(bytes + i, 0xff, 4);
		decodes(bytes, len);
		memcpy(bytes + i, saved, 4);
	}
	for (i = 0; i < MUTATIONS; i++) {
		seed = seed * 1103515245 + 12345;
		at = (seed >> 8) % len;
		old = bytes[at];
		bytes[at] = seed >> 24;
		decodes(bytes, len);
		bytes[at] = old;
	}
	ok(decodes(bytes, len), "changed bytes and lengths do no harm");
	free(bytes);
	ibuf_free(b);
}

static void
test_numbers(void)
{
	static const unsigned char	two[] = { 2 };
	static const unsigned char	nul[] = { 0, 0, 0, 4, 'a', 0, 'b' };
	static const unsigned char	none[] = { 0, 0, 0, 0 };
	static const unsigned char	empty[] = { 0, 0, 0, 1 };
	static const unsigned char	many[] = { 0, 2, 0, 0, 1, 1, 1, 1 };
	static const unsigned char	null[] = { 0, 0, 0, 1, 0, 0, 0, 0 };
	static const struct {
		enum field_type		 type;
		const unsigned char	*bytes;
		size_t			 len;
		bool			 good;
		const char		*what;
	} cases[] = {
		{ FIELD_BOOL, two, 1, false, "a flag of 2" },
		{ FIELD_STRING, nul, 7, false, "a string with a NUL inside" },
		{ FIELD_STRING, none, 4, true, "no string" },
		{ FIELD_STRING, empty, 4, true, "an empty string" },
		{ FIELD_STRINGS, many, 8, false, "a list beyond the limit" },
		{ FIELD_STRINGS, null, 8, false, "no string in a list" },
		{ FIELD_DATA, none, 4, true, "no data" },
		{ FIELD_DATA, many, 8, false, "data beyond the end" },
	};
	struct field	 fields[2] = { { 0, 0, ~0U, NULL, 0 },
			    { FIELD_END, 0, 0, NULL, 0 } };
	struct record	 r = { sizeof(struct record_data), fields };
	struct ibuf	 view;
	void		*got;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fields[0].type = cases[i].type;
		ibuf_from_buffer(&view, (void *)cases[i].bytes, cases[i].len);
		got = record_decode(&r, &view);
		is_int(got != NULL, cases[i].good, "%s is %s", cases[i].what,
		    cases[i].good ? "taken" : "refused");
		record_free(&r, got);
	}
}

/* Records that hold themselves are not followed for ever. */
static void
test_depth(void)
{
	static struct field	fields[2] = {
		{ FIELD_RECORDS, 0, ~0U, NULL, 0 },
		{ FIELD_END, 0, 0, NULL, 0 }
	};
	static struct record	r = { sizeof(struct record_data), fields };
	unsigned char		bytes[400];
	struct ibuf		view;
	size_t			i;

	fields[0].of = &r;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 4 == 3;
	ibuf_from_buffer(&view, bytes, sizeof(bytes));
	ok(record_decode(&r, &view) == NULL, "records a hundred deep are "
	    "refused");
}

static struct ibuf	*whole;
static int		 gathered;

static void
conf_handle(struct channel *ch, struct msg *m)
{
	(void)ch;
	gathered = record_gather(&whole, m);
	if (gathered == 1)
		event_base_loopbreak(base);
}

static void
test_parts(void)
{
	static const struct msg_handler	 handlers[] = {
		{ MSG_CONF, conf_handle },
		{ MSG_NONE, NULL }
	};
	struct timeval			 limit = { 10, 0 };
	struct channel			*parent, *child;
	struct conf			*c = conf_full(), *got;
	struct ibuf			*b;
	char				*s;
	int				 pair[2];

	if ((s = malloc(1000001)) == NULL)
		abort();
	memset(s, 'k', 1000000);
	s[1000000] = '\0';
	string_set(&c->known_hosts, s);
	b = record_encode(&conf_record, c, PROC_EXECUTOR);
	if ((base = event_base_new()) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		abort();
	parent = channel_new(pair[0], PROC_PARENT, PROC_EXECUTOR, handlers,
	    NULL, NULL);
	child = channel_new(pair[1], PROC_EXECUTOR, PROC_PARENT, handlers,
	    NULL, NULL);
	record_send(parent, MSG_CONF, 1, b);
	event_base_loopexit(base, &limit);
	event_base_dispatch(base);
	is_int(gathered, 1, "a megabyte comes over in parts");
	ok(whole != NULL && ibuf_size(whole) == ibuf_size(b) &&
	    memcmp(ibuf_data(whole), ibuf_data(b), ibuf_size(b)) == 0,
	    "and is the same");
	got = record_decode(&conf_record, whole);
	ok(got != NULL && string_same(got->known_hosts, s), "and decodes");
	conf_free(got);
	conf_free(c);
	ibuf_free(b);
	ibuf_free(whole);
	free(s);
	channel_free(parent);
	channel_free(child);
	event_base_free(base);
}

static void
test_limits(void)
{
	struct conf	*c = conf_new();
	char		 buf[32];
	const char	*error;
	uint64_t	 value;
	int		 l, wrong = 0;

	for (l = 0; l < LIMIT_MAX; l++) {
		wrong += limit_by_name(conf_limits[l].name) != l;
		limit_format(l, conf_limits[l].initial, buf, sizeof(buf));
		wrong += limit_parse(l, buf, &value, &error) == -1 ||
		    value != conf_limits[l].initial;
	}
	is_int(wrong, 0, "limits are found by name and read back as printed");
	ok(limit_parse(LIMIT_CONNECT, "10", &value, &error) == -1 &&
	    limit_parse(LIMIT_CONNECT, "99d", &value, &error) == -1 &&
	    limit_parse(LIMIT_CONNECT, "-1s", &value, &error) == -1 &&
	    limit_parse(LIMIT_MEMORY, "8s", &value, &error) == -1 &&
	    limit_parse(LIMIT_MEMORY, "99999999999999999999K", &value, &error)
	    == -1, "a time without a unit, out of range, of the wrong kind: "
	    "refused");
	conf_free(c);
}

int
main(void)
{
	struct conf	*c;
	int		 p;

	c = conf_full();
	for (p = PROC_WEB; p <= PROC_WORKER; p++)
		test_trip(c, p);
	test_malformed(c);
	conf_free(c);
	test_numbers();
	test_depth();
	test_parts();
	test_limits();
	return done_testing();
}

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
 * Tests of the table of messages.  They hold a second copy of it, written
 * down apart on purpose: who may send what to whom is the wall between the
 * processes, and a change of it must be made twice.
 */

#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/msg.h"
#include "tap.h"

/* Letters of the processes; "*" stands for all of "WEXGN". */
static const char	letters[PROC_MAX + 1] = "PWEXGNKC";

static const struct expected {
	enum msg_type	 type;
	const char	*from;
	const char	*to;
	const char	*fields;
	bool		 fd;
} expected[] = {
	{ MSG_CONF, "P", "*", "bd", false },
	{ MSG_PEER, "P", "*", "b", true },
	{ MSG_LISTEN, "P", "WE", "s", true },
	{ MSG_GO, "P", "*", "", false },
	{ MSG_STOP, "P", "*", "", false },
	{ MSG_VERBOSE, "PEX", "*PK", "b", false },
	{ MSG_READY, "*K", "PX", "s", false },
	{ MSG_DONE, "*", "P", "", false },
	{ MSG_LOG, "*K", "PX", "bt", false },
	{ MSG_PROBLEM, "*", "P", "buut", false },
	{ MSG_WORKER_WANTED, "X", "P", "q", false },
	{ MSG_WORKER_UNWANTED, "X", "P", "q", false },
	{ MSG_WORKER, "P", "X", "q", true },
	{ MSG_WORKER_GONE, "P", "X", "qs", false },
	{ MSG_RELOAD, "E", "P", "", false },
	{ MSG_RELOADED, "P", "E", "bt", false },
	{ MSG_PROCESS, "P", "E", "buqs", false },
	{ MSG_IMPORT, "P", "E", "", true },
	{ MSG_IMPORT_PROGRESS, "E", "P", "qq", false },
	{ MSG_IMPORTED, "E", "P", "tqqqq", false },
	{ MSG_IMPORT_COMMIT, "P", "E", "", false },
	{ MSG_VIEW, "W", "E", "bssbssqq", false },
	{ MSG_DEPLOY, "W", "E", "bsssssstS", false },
	{ MSG_KILL, "W", "E", "bsssq", false },
	{ MSG_LOG_OPEN, "W", "E", "bsssqqb", false },
	{ MSG_LOG_CREDIT, "W", "E", "u", false },
	{ MSG_LOG_CLOSE, "W", "E", "", false },
	{ MSG_LOGIN, "W", "E", "bss", false },
	{ MSG_LOGOUT, "W", "E", "bss", false },
	{ MSG_TOKEN_ADD, "W", "E", "bsssssu", false },
	{ MSG_TOKEN_REVOKE, "W", "E", "bssq", false },
	{ MSG_PLAN, "W", "E", "bsssssS", false },
	{ MSG_REPLY, "E", "W", "ubss", false },
	{ MSG_REPLY_DATA, "E", "W", "Ud", false },
	{ MSG_REPLY_END, "E", "W", "us", false },
	{ MSG_RUN, "E", "X", "qsssS", false },
	{ MSG_JOB, "X", "K", "bd", false },
	{ MSG_JOB_KILL, "EX", "XK", "qs", false },
	{ MSG_JOB_ACK, "EX", "XK", "qq", false },
	{ MSG_JOB_ANNOUNCE, "X", "E", "qq", false },
	{ MSG_JOBS_ANNOUNCED, "X", "E", "", false },
	{ MSG_JOB_ENTRIES, "XK", "EX", "qqud", false },
	{ MSG_JOB_PROGRESS, "XK", "EX", "qsuuuu", false },
	{ MSG_JOB_END, "XK", "EX", "qqbt", false },
	{ MSG_RENDER, "E", "X", "sssS", false },
	{ MSG_RENDERED, "X", "E", "bd", false },
	{ MSG_HOST_KEYS, "E", "X", "ss", false },
	{ MSG_HOST_KEY, "XK", "EX", "sbt", false },
	{ MSG_HOST_KEYS_END, "EXK", "EX", "t", false },
	{ MSG_DELIVER, "E", "N", "qsssqssstsss", false },
	{ MSG_DELIVERED, "N", "E", "qbsu", false },
	{ MSG_CTL_USERS, "C", "E", "", false },
	{ MSG_CTL_USER_ADD, "C", "E", "s", false },
	{ MSG_CTL_LOGIN, "C", "E", "s", false },
	{ MSG_CTL_TOKENS, "C", "E", "", false },
	{ MSG_CTL_TOKEN_ADD, "C", "E", "ssssu", false },
	{ MSG_CTL_TOKEN_REVOKE, "C", "E", "q", false },
	{ MSG_CTL_SHOW, "C", "E", "", false },
	{ MSG_CTL_DEPLOYMENTS, "C", "E", "u", false },
	{ MSG_CTL_DEPLOY, "C", "E", "ssssstS", false },
	{ MSG_CTL_LOG, "C", "E", "qq", false },
	{ MSG_CTL_KILL, "C", "E", "q", false },
	{ MSG_CTL_HOST_KEYS, "C", "E", "ss", false },
	{ MSG_CTL_DRAIN, "C", "E", "", false },
	{ MSG_CTL_RELOAD, "C", "E", "", false },
	{ MSG_CTL_BACKUP, "C", "E", "", false },
	{ MSG_CTL_VERBOSE, "C", "E", "b", false },
	{ MSG_CTL_DATA, "E", "C", "d", false },
	{ MSG_CTL_END, "E", "C", "bt", false },
};
#define NEXPECTED	(sizeof(expected) / sizeof(expected[0]))

static bool
in_set(const char *set, enum process p)
{
	if (strchr(set, letters[p]) != NULL)
		return true;
	return strchr(set, '*') != NULL && strchr("WEXGN", letters[p]) != NULL;
}

static enum process
first_of(const char *set)
{
	int	p;

	for (p = 0; p < PROC_MAX; p++)
		if (in_set(set, p))
			return p;
	abort();
}

static const struct expected *
expected_find(uint32_t type)
{
	size_t	i;

	for (i = 0; i < NEXPECTED; i++)
		if (expected[i].type == type)
			return &expected[i];
	return NULL;
}

/* A string of n bytes. */
static char *
string_of(size_t n)
{
	char	*s;

	if ((s = malloc(n + 1)) == NULL)
		abort();
	memset(s, 'x', n);
	s[n] = '\0';
	return s;
}

/* A field as large as it may be, or small. */
static void
field_put(struct ibuf *b, char letter, bool large)
{
	const char	*list[3] = { "one", "", "three" };
	uint32_t	 ids[2] = { 7, UINT32_MAX };
	char		*s;

	switch (letter) {
	case 'b':
		msg_put_u8(b, large ? 255 : 0);
		break;
	case 'u':
		msg_put_u32(b, large ? UINT32_MAX : 0);
		break;
	case 'q':
		msg_put_u64(b, large ? UINT64_MAX : 0);
		break;
	case 's':
		s = string_of(large ? MSG_SHORT_MAX : 0);
		msg_put_string(b, s);
		free(s);
		break;
	case 't':
		s = string_of(large ? MSG_DATA_MAX : 1);
		msg_put_text(b, s);
		free(s);
		break;
	case 'd':
		s = string_of(large ? MSG_DATA_MAX : 1);
		msg_put_data(b, s, strlen(s));
		free(s);
		break;
	case 'S':
		msg_put_strings(b, list, large ? 3 : 0);
		break;
	case 'U':
		msg_put_ids(b, ids, large ? 2 : 0);
		break;
	}
}

static struct ibuf *
body_of(const struct expected *e, bool large)
{
	struct ibuf	*b = msg_new();
	const char	*f;

	for (f = e->fields; *f != '\0'; f++)
		field_put(b, *f, large);
	return b;
}

static const char *
check(const struct expected *e, const void *data, size_t len)
{
	struct ibuf	 view;
	char		*copy;
	const char	*why;

	/* A copy of its own size, so that a read past it is seen. */
	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		abort();
	if (len > 0)
		memcpy(copy, data, len);
	ibuf_from_buffer(&view, copy, len);
	why = msg_check(first_of(e->from), first_of(e->to), e->type, e->fd,
	    &view);
	free(copy);
	return why;
}

static void
test_known(void)
{
	uint32_t	type, unknown = 0;

	for (type = 0; type < MSG_MAX; type++)
		if ((expected_find(type) == NULL) !=
		    (strcmp(msg_name(type), "unknown") == 0)) {
			diag("type %u %s", type, msg_name(type));
			unknown++;
		}
	is_int(unknown, 0, "the table and its second copy have the same types");
}

static void
test_senders(const struct expected *e)
{
	struct ibuf	*b = body_of(e, false);
	int		 from, to, wrong = 0;
	bool		 may;

	for (from = 0; from < PROC_MAX; from++)
		for (to = 0; to < PROC_MAX; to++) {
			may = in_set(e->from, from) && in_set(e->to, to);
			if (may != (msg_check(from, to, e->type, e->fd, b) ==
			    NULL)) {
				diag("%c to %c", letters[from], letters[to]);
				wrong++;
			}
		}
	is_int(wrong, 0, "%s: passes from and to the right processes alone",
	    msg_name(e->type));
	ibuf_free(b);
}

static void
test_form(const struct expected *e)
{
	struct ibuf	*b;
	unsigned char	 longer[4096];
	size_t		 len, wrong = 0;

	b = body_of(e, true);
	ok(check(e, ibuf_data(b), ibuf_size(b)) == NULL,
	    "%s: passes with the longest fields", msg_name(e->type));
	ibuf_free(b);
	b = body_of(e, false);
	ok(msg_check(first_of(e->from), first_of(e->to), e->type, !e->fd, b)
	    != NULL, "%s: %s descriptor is refused", msg_name(e->type),
	    e->fd ? "a missing" : "an unwanted");
	for (len = 0; len < ibuf_size(b); len++)
		wrong += check(e, ibuf_data(b), len) == NULL;
	memset(longer, 0, sizeof(longer));
	memcpy(longer, ibuf_data(b), ibuf_size(b));
	for (len = 1; len <= 16; len++)
		wrong += check(e, longer, ibuf_size(b) + len) == NULL;
	is_int(wrong, 0, "%s: a shorter or longer body is refused",
	    msg_name(e->type));
	ibuf_free(b);
}

/* One field that is broken in a message whose other fields are right. */
static void
test_broken(char letter, const char *what, void (*put)(struct ibuf *))
{
	const struct expected	*e;
	struct ibuf		*b;
	const char		*f, *g;
	size_t			 i, tried = 0, wrong = 0;

	for (i = 0; i < NEXPECTED; i++) {
		e = &expected[i];
		for (f = e->fields; *f != '\0'; f++) {
			if (*f != letter)
				continue;
			b = ibuf_dynamic(128, 64 * MSG_SIZE_MAX);
			for (g = e->fields; *g != '\0'; g++)
				if (g == f)
					put(b);
				else
					field_put(b, *g, false);
			wrong += check(e, ibuf_data(b), ibuf_size(b)) == NULL;
			tried++;
			ibuf_free(b);
		}
	}
	ok(tried > 0 && wrong == 0, "%s is refused, in each of %zu fields",
	    what, tried);
}

static void
raw_put(struct ibuf *b, size_t len, size_t n, char end)
{
	char	*s = string_of(n);

	if (ibuf_add_n32(b, len) == -1 || ibuf_add(b, s, n) == -1 ||
	    (end != 'x' && ibuf_add(b, &end, 1) == -1))
		abort();
	free(s);
}

static void
put_long_string(struct ibuf *b)
{
	raw_put(b, MSG_SHORT_MAX + 1, MSG_SHORT_MAX + 1, '\0');
}

static void
put_long_text(struct ibuf *b)
{
	raw_put(b, MSG_DATA_MAX + 1, MSG_DATA_MAX + 1, '\0');
}

static void
put_long_data(struct ibuf *b)
{
	raw_put(b, MSG_DATA_MAX + 1, MSG_DATA_MAX + 1, 'x');
}

static void
put_unended(struct ibuf *b)
{
	raw_put(b, 4, 4, '!');
}

static void
put_nul(struct ibuf *b)
{
	ibuf_add_n32(b, 3);
	ibuf_add(b, "a\0b", 4);
}

static void
put_huge(struct ibuf *b)
{
	ibuf_add_n32(b, UINT32_MAX);
	ibuf_add(b, "abc", 4);
}

static void
put_many_strings(struct ibuf *b)
{
	uint32_t	i;

	msg_put_u32(b, MSG_LIST_MAX + 1);
	for (i = 0; i < MSG_LIST_MAX + 1; i++)
		msg_put_string(b, "");
}

static void
put_many_ids(struct ibuf *b)
{
	msg_put_u32(b, MSG_IDS_MAX + 1);
	ibuf_add_zero(b, (MSG_IDS_MAX + 1) * 4);
}

static void
put_bad_list(struct ibuf *b)
{
	msg_put_u32(b, 2);
	msg_put_string(b, "fine");
	put_nul(b);
}

static void
test_types(void)
{
	static const uint32_t	 types[] = { 0, MSG_MAX, MSG_MAX + 1,
				    0x80000000, UINT32_MAX };
	struct ibuf		*b = msg_new();
	size_t			 i, n, wrong = 0;
	int			 from, to;

	n = sizeof(types) / sizeof(types[0]);
	for (i = 0; i < n; i++)
		for (from = 0; from < PROC_MAX; from++)
			for (to = 0; to < PROC_MAX; to++)
				wrong += msg_check(from, to, types[i], false,
				    b) == NULL;
	is_int(wrong, 0, "types that there are not are refused");
	ibuf_free(b);
}

static void
test_getters(void)
{
	static const char *const list[] = { "a", "", "c" };
	static const uint32_t	 ids[] = { 1, 2, 0xfffffffe };
	struct msg		 m = { .type = MSG_DEPLOY, .fd = -1 };
	struct ibuf		*b = msg_new();
	const void		*data;
	size_t			 len;
	char			*s = string_of(MSG_SHORT_MAX + 100);

	msg_put_u8(b, 200);
	msg_put_u32(b, 0x01020304);
	msg_put_u64(b, 0x0102030405060708ULL);
	msg_put_string(b, "short");
	msg_put_string(b, s);
	msg_put_text(b, s);
	msg_put_data(b, "d\0ta", 4);
	msg_put_strings(b, list, 3);
	msg_put_ids(b, ids, 3);
	ibuf_from_ibuf(&m.body, b);
	is_int(msg_get_u8(&m), 200, "a byte comes back");
	is_int(msg_get_u32(&m), 0x01020304, "32 bits come back");
	is_int(msg_get_u64(&m), 0x0102030405060708LL, "64 bits come back");
	is_str(msg_get_string(&m), "short", "a string comes back");
	is_int(strlen(msg_get_string(&m)), MSG_SHORT_MAX,
	    "a string that is too long is cut");
	is_int(strlen(msg_get_string(&m)), MSG_SHORT_MAX + 100,
	    "a text is longer");
	data = msg_get_data(&m, &len);
	ok(len == 4 && memcmp(data, "d\0ta", 4) == 0, "data come back");
	is_int(msg_get_count(&m), 3, "a list has its count");
	is_str(msg_get_string(&m), "a", "its first string");
	is_str(msg_get_string(&m), "", "its second string");
	is_str(msg_get_string(&m), "c", "its third string");
	is_int(msg_get_count(&m), 3, "a list of ids has its count");
	msg_get_u32(&m);
	msg_get_u32(&m);
	is_int(msg_get_u32(&m), 0xfffffffe, "and its ids");
	is_int(ibuf_size(&m.body), 0, "nothing is left");
	ibuf_free(b);
	free(s);
}

static void
test_names(void)
{
	int	i, wrong = 0;

	for (i = 0; i < ENTRY_MAX; i++)
		wrong += entry_type_by_name(entry_type_name(i)) != i;
	is_int(wrong, 0, "types of entries are found by their names");
	is_int(entry_type_by_name("NONE_SUCH"), -1, "and others are not");
}

int
main(void)
{
	size_t	i;

	test_known();
	for (i = 0; i < NEXPECTED; i++) {
		test_senders(&expected[i]);
		test_form(&expected[i]);
	}
	test_types();
	test_broken('s', "a string that is too long", put_long_string);
	test_broken('s', "a string without its end", put_unended);
	test_broken('s', "a string with a NUL inside", put_nul);
	test_broken('s', "a string longer than the message", put_huge);
	test_broken('t', "a text that is too long", put_long_text);
	test_broken('t', "a text with a NUL inside", put_nul);
	test_broken('t', "a text longer than the message", put_huge);
	test_broken('d', "data that are too long", put_long_data);
	test_broken('d', "data longer than the message", put_huge);
	test_broken('S', "a list of too many strings", put_many_strings);
	test_broken('S', "a list of more strings than there are", put_huge);
	test_broken('S', "a list with a broken string", put_bad_list);
	test_broken('U', "a list of too many ids", put_many_ids);
	test_broken('U', "a list of more ids than there are", put_huge);
	test_getters();
	test_names();
	return done_testing();
}

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
 * The history as lists of deployments.  People and programs ask for the same
 * few lists again and again, so the last ones are kept as they were written,
 * for as long as nothing in the store has changed.  Who may see them is
 * decided before, by the caller.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "history.h"
#include "store.h"

#define LISTS		16	/* that are kept */
#define LIST_MAX	(64 * 1024)	/* bytes; a longer one is not */

struct list {
	char		*application;
	char		*target;	/* or NULL: of all targets */
	uint64_t	 before;
	unsigned	 n;		/* wanted */
	unsigned	 written;
	uint64_t	 last;
	bool		 more;
	int64_t		 version;	/* of the store; -1: it is not whole */
	struct json	 json;
};

static struct list	lists[LISTS];

static void
list_add(const struct store_deployment *d, void *arg)
{
	struct list	*l = arg;

	if (l->written == l->n) {
		l->more = true;
		return;
	}
	l->written++;
	l->last = d->id;
	json_open(&l->json, NULL);
	json_deployment(&l->json, d);
	json_close(&l->json);
}

static bool
list_is(const struct list *l, const char *application, const char *target,
    uint64_t before, unsigned n)
{
	if (l->application == NULL || l->before != before || l->n != n ||
	    strcmp(l->application, application) != 0)
		return false;
	if (target == NULL || l->target == NULL)
		return target == l->target;
	return strcmp(l->target, target) == 0;
}

static void
list_clear(struct list *l)
{
	free(l->application);
	free(l->target);
	buf_free(&l->json.buf);
	memset(l, 0, sizeof(*l));
	l->version = -1;
}

/* The list of these, or a place for it. */
static struct list *
list_find(const char *application, const char *target, uint64_t before,
    unsigned n)
{
	static size_t	 next;
	struct list	*l;

	for (l = lists; l < lists + LISTS; l++)
		if (list_is(l, application, target, before, n))
			return l;
	l = &lists[next++ % LISTS];
	list_clear(l);
	if ((l->application = strdup(application)) == NULL ||
	    (target != NULL && (l->target = strdup(target)) == NULL))
		fatal("strdup");
	l->before = before;
	l->n = n;
	return l;
}

int
history_put(struct json *j, const char *application, const char *target,
    uint64_t before, unsigned n, uint64_t *next)
{
	struct list	*l = list_find(application, target, before, n);
	int64_t		 version = store_version();

	if (version == -1 || l->version != version) {
		l->json.buf.len = 0;
		l->json.comma = l->more = false;
		l->written = 0;
		/* One more than is shown tells whether there is a next page. */
		if (store_deployments(application, target, before, n + 1,
		    list_add, l) == -1) {
			list_clear(l);
			return -1;
		}
		l->version = version;
	}
	json_open_list(j, "deployments");
	buf_add(&j->buf, l->json.buf.data, l->json.buf.len);
	json_close_list(j);
	*next = l->more ? l->last : 0;
	if (l->json.buf.len > LIST_MAX)
		list_clear(l);
	return 0;
}

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
 * The engine's part of `applikatonid -i`: it lives for the import alone, and
 * does in slices what store_import.c can do, so that a stop is heard.  It
 * commits when the parent says so, which has seen then that the old file did
 * not change meanwhile.
 */

#include "config.h"

#include <event2/event.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "access.h"
#include "import.h"
#include "store.h"
#include "store_import.h"
#include "times.h"

#define SLICE		1000		/* rows */
#define PROGRESS_EVERY	(SECOND_MS / 4)

static struct import	*import;
static struct event	*slice_event;
static int		 import_fd = -1;

static void
progress_send(void)
{
	static int64_t			 sent;
	const struct import_counts	*c = store_import_counts(import);
	struct ibuf			*b;

	if (clock_now() - sent < PROGRESS_EVERY)
		return;
	sent = clock_now();
	b = msg_new();
	msg_put_u64(b, c->done);
	msg_put_u64(b, c->all);
	msg_send(child_parent(), MSG_IMPORT_PROGRESS, 0, -1, b);
}

/* All is there, or error says why not. */
static void
imported_send(const char *error)
{
	static const struct import_counts	 none;
	const struct import_counts		*c = &none;
	struct ibuf				*b;

	if (import != NULL)
		c = store_import_counts(import);
	if (c->orphans > 0)
		log_warnx("log entries of no deployment left out: count=%llu",
		    (unsigned long long)c->orphans);
	b = msg_new();
	msg_put_text(b, error);
	msg_put_u64(b, c->people);
	msg_put_u64(b, c->tokens);
	msg_put_u64(b, c->deployments);
	msg_put_u64(b, c->done - c->orphans);
	msg_send(child_parent(), MSG_IMPORTED, 0, -1, b);
}

static void
slice(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval	now = { 0, 0 };
	int				r;

	(void)fd;
	(void)what;
	(void)arg;
	if ((r = store_import_step(import, SLICE)) == 1) {
		progress_send();
		evtimer_add(slice_event, &now);
	} else
		imported_send(r == -1 ? store_import_error(import) : "");
}

/* The directory that the engine may write. */
static const char *
import_tmpdir(void)
{
	static char	 dir[PATH_MAX];
	char		*slash;

	if (child_root() != NULL)
		return "/";
	strlcpy(dir, engine_conf->database, sizeof(dir));
	if ((slash = strrchr(dir, '/')) != NULL)
		slash[slash == dir] = '\0';
	return dir;
}

void
handle_import(struct channel *ch, struct msg *m)
{
	static const struct timeval	now = { 0, 0 };
	const char			*why;

	(void)ch;
	if (engine_conf == NULL || import_fd != -1) {
		log_warnx("import refused: not now");
		close(m->fd);
		return;
	}
	import_fd = m->fd;
	import = store_import_start(import_fd,
	    engine_conf->limits[LIMIT_FREE_SPACE], import_tmpdir(), &why);
	if (import == NULL) {
		imported_send(why);
		return;
	}
	if ((slice_event = evtimer_new(base, slice, NULL)) == NULL ||
	    evtimer_add(slice_event, &now) == -1)
		fatalx("no timers");
}

void
handle_import_commit(struct channel *ch, struct msg *m)
{
	(void)m;
	if (import == NULL || store_import_commit(import) == -1)
		fatalx("import: %s", import == NULL ? "there is none" :
		    store_import_error(import));
	msg_send_empty(ch, MSG_DONE, 0);
}

void
import_stop(void)
{
	if (slice_event != NULL)
		evtimer_del(slice_event);
	store_import_free(import);
	import = NULL;
}

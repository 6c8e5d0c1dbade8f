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
 * The worker's other task: it looks at the host keys of many hosts, without
 * authenticating, and tells them.  It has no key then and runs nothing.
 *
 * One connection shows one key, so each type that there may be is asked for in
 * a connection of its own, one after the other for a host, all hosts at once.
 */

#include "config.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/process.h"
#include "look.h"
#include "ssh.h"

#define LAST_WORDS	10000		/* ms until they must have gone */

/* As ssh-keyscan(1) has them, the best first. */
static const char *const types[] = {
	"ssh-ed25519",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
	"rsa-sha2-512,rsa-sha2-256,ssh-rsa"
};
#define NTYPES	(sizeof(types) / sizeof(types[0]))

struct seen {
	struct ssh_host	 target;
	char		 origin[ORIGIN_SIZE];
	struct ssh	*ssh;
	struct event	*next;
	size_t		 type;		/* that is asked for */
	bool		 has_key;	/* one at least was shown */
};

static void	seen_failed(void *, bool, const char *);

static const struct ssh_events	events = { .failed = seen_failed };

static struct seen	*all;
static size_t		 nleft;

static void
seen_tell(const struct seen *s, bool is_error, const char *text)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_string(b, s->origin);
	msg_put_u8(b, is_error);
	msg_put_text(b, text);
	msg_send(child_parent(), MSG_HOST_KEY, s - all, -1, b);
}

static void
look_end(void)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_text(b, "");
	msg_send(child_parent(), MSG_HOST_KEYS_END, 0, -1, b);
	channel_flush(child_parent(), LAST_WORDS);
	exit(0);
}

/* A host need not have keys of all types, but of one at least. */
static void
seen_failed(void *arg, bool limit, const char *error)
{
	static const struct timeval	now = { 0, 0 };
	struct seen			*s = arg;
	const char			*line;
	bool				 lacking;

	(void)limit;
	s->type++;
	if ((line = ssh_shown(s->ssh, &lacking)) != NULL) {
		seen_tell(s, false, line);
		s->has_key = true;
	} else if (!lacking || (s->type == NTYPES && !s->has_key)) {
		seen_tell(s, true, error);
		s->type = NTYPES;
	}
	evtimer_add(s->next, &now);
}

static void
look_next(evutil_socket_t fd, short what, void *arg)
{
	struct seen	*s = arg;

	(void)fd;
	(void)what;
	ssh_free(s->ssh);
	s->ssh = NULL;
	if (s->type == NTYPES) {
		if (--nleft == 0)
			look_end();
		return;
	}
	s->target.only_type = types[s->type];
	s->ssh = ssh_new(&s->target, &events, s);
}

static void
seen_init(struct seen *s, const struct job *job, const struct job_host *h)
{
	static const struct timeval	now = { 0, 0 };

	host_origin(h->name, h->port, s->origin, sizeof(s->origin));
	s->target.name = h->name;
	s->target.port = h->port;
	s->target.origin = s->origin;
	s->target.user = "";
	s->target.known_hosts_path = "";
	s->target.limits = job->limits;
	if ((s->next = evtimer_new(base, look_next, s)) == NULL ||
	    evtimer_add(s->next, &now) == -1)
		fatal("evtimer_new");
}

void
look_start(const struct job *job)
{
	size_t	i;

	nleft = job->hosts.n;
	if (nleft == 0)
		look_end();
	if ((all = calloc(nleft, sizeof(*all))) == NULL)
		fatal("calloc");
	for (i = 0; i < nleft; i++)
		seen_init(&all[i], job, job->hosts.v[i]);
}

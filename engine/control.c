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
 * The control socket and its connections.  Who may connect is decided by the
 * socket's mode and again here, by the ids that the kernel vouches for; what
 * they may then do stands in operators.c.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "access.h"
#include "control.h"
#include "feed.h"
#include "host_keys.h"
#include "times.h"

#define CLIENTS_MAX		64
#define CLIENTS_PER_UID		16
#define STOP_WAIT		1000	/* ms, for all of them */
#define GROUPS_MAX		256	/* of a peer */

struct known_group {
	char	*name;
	gid_t	 gid;
};

static TAILQ_HEAD(, client)	 clients = TAILQ_HEAD_INITIALIZER(clients);
static LIST_OF(struct known_group) groups;
static struct event		*accept_event;
static unsigned			 nclients;

static void	control_accept(evutil_socket_t, short, void *);

/* In the chroot there is no /etc/group any more. */
void
control_init(void)
{
	struct known_group	*g;
	struct group		*gr;

	setgrent();
	while ((gr = getgrent()) != NULL) {
		if ((g = calloc(1, sizeof(*g))) == NULL ||
		    (g->name = strdup(gr->gr_name)) == NULL)
			fatal("%s", __func__);
		g->gid = gr->gr_gid;
		list_add(&groups, g);
	}
	endgrent();
}

void
control_listening(int fd, const char *name)
{
	if (strcmp(name, "control") != 0 || accept_event != NULL) {
		log_warnx("listening socket refused: name=%s",
		    log_quote(name));
		close(fd);
		return;
	}
	evutil_make_socket_nonblocking(fd);
	accept_event = event_new(base, fd, EV_READ | EV_PERSIST,
	    control_accept, NULL);
	if (accept_event == NULL || event_add(accept_event, NULL) == -1)
		fatalx("control socket");
}

static bool
is_in_group(int fd, gid_t primary)
{
	size_t		 i;

	for (i = 0; i < groups.n; i++)
		if (strcmp(groups.v[i]->name, engine_conf->socket_group) == 0)
			break;
	if (i == groups.n)
		return false;
	if (primary == groups.v[i]->gid)
		return true;
#ifdef SO_PEERGROUPS
	gid_t		 gids[GROUPS_MAX];
	socklen_t	 len = sizeof(gids);
	size_t		 k;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &len) == -1)
		return false;
	for (k = 0; k < len / sizeof(gids[0]); k++)
		if (gids[k] == groups.v[i]->gid)
			return true;
#else
	(void)fd;
#endif
	return false;
}

/* Root, whoever runs the daemon, and the group of the configuration. */
static bool
is_operator(int fd, uid_t *uid)
{
	gid_t	gid;

	if (getpeereid(fd, uid, &gid) == -1) {
		log_warn("control connection refused");
		return false;
	}
	if (*uid == 0 || *uid == geteuid() ||
	    (engine_conf->socket_group != NULL && is_in_group(fd, gid)))
		return true;
	log_warnx("control connection refused: uid=%u gid=%u",
	    (unsigned)*uid, (unsigned)gid);
	return false;
}

static bool
has_place(uid_t uid)
{
	struct client	*c;
	unsigned	 n = 0;

	TAILQ_FOREACH(c, &clients, entry)
		if (c->uid == uid)
			n++;
	/* The last places are root's. */
	if (uid == 0 ? nclients < CLIENTS_MAX : n < CLIENTS_PER_UID &&
	    nclients < CLIENTS_MAX - CLIENTS_PER_UID)
		return true;
	log_warnx("control connection refused: uid=%u connections=%u",
	    (unsigned)uid, nclients);
	return false;
}

static void
client_free(struct client *c)
{
	feed_channel_gone(c->channel);
	host_keys_asker_gone(c->channel);
	if (c->reload != 0)
		request_end(child_parent(), c->reload);
	store_backup_free(c->backup);
	if (c->backup_event != NULL)
		event_free(c->backup_event);
	TAILQ_REMOVE(&clients, c, entry);
	nclients--;
	channel_free(c->channel);
	free(c);
}

static void
client_closed(struct channel *ch)
{
	client_free(ch->arg);
}

static void
client_writable(struct channel *ch)
{
	struct client	*c = ch->arg;

	feed_channel_writable(ch);
	if (c->backup != NULL)
		client_backup(c);
}

static void
control_accept(evutil_socket_t fd, short what, void *arg)
{
	struct client	*c;
	uid_t		 uid;
	int		 s;

	(void)what;
	(void)arg;
	if ((s = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) == -1)
		return;
	if (!is_operator(s, &uid) || !has_place(uid)) {
		close(s);
		return;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("calloc");
	c->uid = uid;
	snprintf(c->name, sizeof(c->name), "operator uid=%u", (unsigned)uid);
	c->backup_event = evtimer_new(base, backup_work, c);
	c->channel = channel_new(s, PROC_ENGINE, PROC_CONTROL,
	    operator_handlers, client_closed, c);
	if (c->channel == NULL || c->backup_event == NULL)
		fatal("control connection");
	c->channel->strict = true;
	c->channel->writable = client_writable;
	TAILQ_INSERT_TAIL(&clients, c, entry);
	nclients++;
}

void
ctl_end(struct channel *ch, uint32_t id, bool ok, const char *error)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u8(b, ok);
	msg_put_text(b, error);
	msg_send(ch, MSG_CTL_END, id, -1, b);
}

void
ctl_data(struct channel *ch, uint32_t id, const void *data, size_t len)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_data(b, data, len);
	msg_send(ch, MSG_CTL_DATA, id, -1, b);
}

/* Sends an object that is complete, wipes and frees it. */
void
ctl_json(struct channel *ch, uint32_t id, struct json *j)
{
	size_t	at, n;

	for (at = 0; at < j->buf.len; at += n) {
		n = j->buf.len - at < MSG_CHUNK ? j->buf.len - at : MSG_CHUNK;
		ctl_data(ch, id, j->buf.data + at, n);
	}
	ctl_end(ch, id, true, "");
	explicit_bzero(j->buf.data, j->buf.size);
	buf_free(&j->buf);
}

/* The end of a handler: the object, or why not. */
void
ctl_answer(struct channel *ch, uint32_t id, int r, struct json *j,
    const struct refusal *why)
{
	if (r == -1) {
		buf_free(&j->buf);
		ctl_end(ch, id, false, why->text);
		return;
	}
	json_close(j);
	ctl_json(ch, id, j);
}

void
ctl_empty(struct channel *ch, uint32_t id)
{
	struct json	j = { 0 };

	json_open(&j, NULL);
	json_close(&j);
	ctl_json(ch, id, &j);
}

void
control_drained(void)
{
	struct client	*c;

	TAILQ_FOREACH(c, &clients, entry) {
		if (c->drain_id == 0)
			continue;
		ctl_empty(c->channel, c->drain_id);
		c->drain_id = 0;
	}
}

/* Those who don't read can't keep the daemon from its end. */
void
control_stop(void)
{
	struct client	*c;
	int64_t		 left, end = clock_now() + STOP_WAIT;

	TAILQ_FOREACH(c, &clients, entry) {
		left = end - clock_now();
		channel_flush(c->channel, left > 0 ? left : 0);
	}
}

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
 * Killing a command.  SSH has a message for it that few servers understand,
 * and a command outlives a connection that is closed.  But all sessions of a
 * connection have one parent process with OpenSSH and dropbear, so a second
 * session can list the host's processes and end those that are its siblings:
 * with SIGTERM, and after a grace with SIGKILL.  Where that does not work the
 * command may still run, and the result says so.
 */

#include "config.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/conf.h"
#include "../common/log.h"
#include "ssh_internal.h"

#define LIST_MAX	(4 * 1024 * 1024)	/* bytes of the list */
#define PAUSE_FIRST	50			/* ms */
#define PAUSE		250
#define AFTER_KILL	2000			/* ms that SIGKILL may take */
#define DEADLINE	4000			/* ms after the grace */

/*
 * Works in whatever shell the user has; where there is no ps that knows these
 * options, Linux' /proc has the same.
 */
static const char	list_line[] =
    "exec /bin/sh -c 'echo $$ $PPID; "
    "ps -A -o pid= -o ppid= -o pgid= -o stat= 2>/dev/null || "
    "for f in /proc/[0-9]*/stat; do "
    "read -r s <$f && p=${s%% *} && s=${s##*) } && set -- $s && "
    "echo $p $2 $3 $1; done 2>/dev/null; :'";

static void
pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct ssh	*ssh = arg;

	(void)fd;
	(void)what;
	ssh->kill.paused = false;
	ssh_wake(ssh);
}

/* It is over, whatever the host does; what is open is given up. */
static void
kill_end(struct ssh *ssh, const char *left)
{
	struct ssh_kill	*k = &ssh->kill;

	if (left != NULL)
		strlcpy(k->left, left, sizeof(k->left));
	k->state = KILL_NONE;
	event_del(k->timer);
	event_del(k->deadline);
	victims_free(k->victims);
	k->victims = NULL;
	free(k->text);
	k->text = NULL;
	k->len = 0;
	free(k->line);
	k->line = NULL;
	if (ssh->main.state != COMMAND_ENDED ||
	    (ssh->aux.state != COMMAND_ENDED &&
	    ssh->aux.state != COMMAND_NONE))
		ssh_lose(ssh, "the connection was given up");
	else
		command_reset(&ssh->aux);
}

static void
deadline_over(evutil_socket_t fd, short what, void *arg)
{
	struct ssh	*ssh = arg;

	(void)fd;
	(void)what;
	kill_end(ssh, ssh->kill.is_gone ? NULL :
	    "the host did not answer in time");
	ssh_wake(ssh);
}

int
kill_init(struct ssh *ssh)
{
	ssh->kill.timer = evtimer_new(base, pause_over, ssh);
	ssh->kill.deadline = evtimer_new(base, deadline_over, ssh);
	return ssh->kill.timer == NULL || ssh->kill.deadline == NULL ? -1 : 0;
}

void
kill_exit(struct ssh *ssh)
{
	struct ssh_kill	*k = &ssh->kill;

	if (k->timer != NULL)
		event_free(k->timer);
	if (k->deadline != NULL)
		event_free(k->deadline);
	victims_free(k->victims);
	free(k->text);
	free(k->line);
}

/* A server whose sessions share a process that is this connection's own. */
static bool
server_is_suitable(struct ssh *ssh)
{
	const char	*banner = libssh2_session_banner_get(ssh->session);

	return banner != NULL && (strstr(banner, "-OpenSSH_") != NULL ||
	    strstr(banner, "-dropbear") != NULL);
}

static void
list_begin(struct ssh *ssh)
{
	ssh->kill.state = KILL_LIST;
	ssh->kill.len = 0;
	command_reset(&ssh->aux);
	command_run(&ssh->aux, list_line, sizeof(list_line) - 1);
}

static void
pause_begin(struct ssh *ssh)
{
	struct ssh_kill	*k = &ssh->kill;

	k->state = KILL_PAUSE;
	k->paused = true;
	ssh_timer(k->timer, k->npauses++ < 4 ? PAUSE_FIRST : PAUSE);
}

static void
signal_begin(struct ssh *ssh, const char *name)
{
	struct ssh_kill	*k = &ssh->kill;
	char		*arguments = victims_arguments(k->victims);

	free(k->line);
	if (asprintf(&k->line, "exec /bin/sh -c 'kill -s %s --%s'", name,
	    arguments) == -1)
		fatal("%s", __func__);
	free(arguments);
	k->state = KILL_SIGNAL;
	command_reset(&ssh->aux);
	command_run(&ssh->aux, k->line, strlen(k->line));
}

void
kill_begin(struct ssh *ssh)
{
	struct ssh_kill	*k = &ssh->kill;

	if (ssh->lost || k->state != KILL_NONE ||
	    ssh->main.state == COMMAND_ENDED)
		return;
	if (!command_is_sent(&ssh->main)) {
		/* Nothing runs; the session waits for another command. */
		ssh->main.line = NULL;
		ssh->tell_ended = true;
		return;
	}
	k->began = ssh_now();
	k->is_gone = k->found = k->terminated = false;
	k->npauses = 0;
	if (!server_is_suitable(ssh)) {
		kill_end(ssh, "this server has no way to end it");
		return;
	}
	k->victims = victims_new();
	ssh_timer(k->deadline, ssh->host->limits[LIMIT_KILL] + DEADLINE);
	list_begin(ssh);
}

void
kill_output(struct ssh *ssh, bool is_stderr, const char *buf, size_t n)
{
	struct ssh_kill	*k = &ssh->kill;
	char		*p;

	if (is_stderr || k->state != KILL_LIST || n > LIST_MAX - k->len)
		return;
	if ((p = realloc(k->text, k->len + n)) == NULL)
		fatal("%s", __func__);
	memcpy(p + k->len, buf, n);
	k->text = p;
	k->len += n;
}

/* The list has come. */
static void
list_done(struct ssh *ssh)
{
	struct ssh_kill	*k = &ssh->kill;
	uint64_t	 grace = ssh->host->limits[LIMIT_KILL];
	uint64_t	 took = ssh_now() - k->began;
	char		 text[sizeof(k->left)];
	int		 n;

	if (ssh->aux.error[0] != '\0' ||
	    (n = victims_update(k->victims, k->text, k->len)) == -1) {
		snprintf(text, sizeof(text),
		    "the host's processes could not be listed (%.300s)",
		    ssh->aux.error[0] != '\0' ? ssh->aux.error :
		    "not what ps prints");
		kill_end(ssh, text);
		return;
	}
	if (n == 0) {
		k->is_gone = k->found;
		if (ssh->main.state == COMMAND_ENDED)
			kill_end(ssh, NULL);
		else if (took > grace && !k->found)
			kill_end(ssh, "its processes were not found");
		else if (took > grace)
			kill_end(ssh, NULL);
		else
			pause_begin(ssh);
		return;
	}
	k->is_gone = false;
	k->found = true;
	if (took >= grace + AFTER_KILL) {
		snprintf(text, sizeof(text),
		    "%d of its processes could not be ended", n);
		kill_end(ssh, text);
	} else if (took >= grace)
		signal_begin(ssh, "KILL");
	else if (!k->terminated) {
		k->terminated = true;
		signal_begin(ssh, "TERM");
	} else
		pause_begin(ssh);
}

/* Goes on with a kill; true when there was progress. */
bool
kill_step(struct ssh *ssh)
{
	struct ssh_kill	*k = &ssh->kill;

	switch (k->state) {
	case KILL_LIST:
		if (ssh->aux.state != COMMAND_ENDED)
			return false;
		list_done(ssh);
		return true;
	case KILL_SIGNAL:
		if (ssh->aux.state != COMMAND_ENDED)
			return false;
		pause_begin(ssh);
		return true;
	case KILL_PAUSE:
		if (k->paused)
			return false;
		list_begin(ssh);
		return true;
	case KILL_NONE:
		break;
	}
	return false;
}

bool
kill_is_over(const struct ssh *ssh)
{
	return ssh->kill.state == KILL_NONE;
}

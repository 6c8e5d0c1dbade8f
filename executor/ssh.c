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
 * A connection, see ssh.h: its state machine, from a name to the sessions that
 * run on it, each part of which stands in a file of its own.  One step
 * function does what can be done without waiting; callbacks are called at its
 * end.
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/conf.h"
#include "../common/log.h"
#include "ssh_internal.h"

#define STEP_BUDGET	(256 * 1024)	/* bytes read in one step */

static void	ssh_step(struct ssh *);

uint64_t
ssh_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

void
ssh_timer(struct event *ev, uint64_t ms)
{
	struct timeval	tv = { ms / 1000, (ms % 1000) * 1000 };

	event_add(ev, &tv);
}

void
ssh_wake(struct ssh *ssh)
{
	event_active(ssh->ev_step, EV_TIMEOUT, 0);
}

/* Enters a state, which may last so many milliseconds; 0: for ever. */
void
ssh_phase(struct ssh *ssh, enum ssh_state state, uint64_t ms)
{
	ssh->state = state;
	if (ms > 0)
		ssh_timer(ssh->timer, ms);
	else
		event_del(ssh->timer);
}

static void
io_ready(evutil_socket_t fd, short what, void *arg)
{
	struct ssh	*ssh = arg;

	(void)fd;
	ssh->is_writable = what & EV_WRITE;
	if (what & EV_READ)
		ssh->drained = false;
	ssh_step(ssh);
}

static void
step_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ssh_step(arg);
}

void
ssh_watch(struct ssh *ssh, short what)
{
	if (ssh->fd == -1 || what == ssh->watched)
		return;
	if (ssh->watched != 0)
		event_del(ssh->ev_io);
	ssh->watched = what;
	if (what == 0)
		return;
	if (event_assign(ssh->ev_io, base, ssh->fd, what | EV_PERSIST,
	    io_ready, ssh) == -1 || event_add(ssh->ev_io, NULL) == -1)
		fatalx("%s: no event", __func__);
}

/* It can't be connected to. */
void
ssh_fail(struct ssh *ssh, bool limit, const char *fmt, ...)
{
	va_list	ap;

	if (ssh->state == SSH_FAILED)
		return;
	va_start(ap, fmt);
	vsnprintf(ssh->error, sizeof(ssh->error), fmt, ap);
	va_end(ap);
	ssh->error_limit = limit;
	ssh_phase(ssh, SSH_FAILED, 0);
	ssh->tell_failed = true;
}

/*
 * It was ready and is not any more: a command that runs has failed, and where
 * none does, the connection itself.
 */
void
ssh_lose(struct ssh *ssh, const char *fmt, ...)
{
	va_list	ap;

	if (ssh->lost)
		return;
	va_start(ap, fmt);
	vsnprintf(ssh->error, sizeof(ssh->error), fmt, ap);
	va_end(ap);
	ssh->lost = true;
	ssh_watch(ssh, 0);
	ssh->tell_ended = ssh->running;
	ssh->tell_failed = !ssh->running;
}

/* Sessions in turn, until a whole round gets nowhere. */
static void
ready_step(struct ssh *ssh)
{
	bool	progress;

	do {
		if (ssh->sender != NULL) {
			progress = command_step(ssh->sender);
		} else {
			progress = command_step(&ssh->main);
			if (!ssh->lost && ssh->sender == NULL &&
			    command_step(&ssh->aux))
				progress = true;
		}
		if (!ssh->lost && kill_step(ssh))
			progress = true;
	} while (progress && !ssh->lost);
	/* What came before the end is read first, also after a pause. */
	if (ssh->closed && !ssh->lost && !ssh->paused) {
		char	text[SSH_ERROR_SIZE];

		error_closed(ssh, text, sizeof(text));
		ssh_lose(ssh, "connection lost: %s", text);
	}
	if (ssh->running && ssh->main.state == COMMAND_ENDED &&
	    kill_is_over(ssh))
		ssh->tell_ended = true;
}

static void
state_step(struct ssh *ssh)
{
	enum ssh_state	before;

	do {
		before = ssh->state;
		switch (before) {
		case SSH_CONNECTING:
			connect_step(ssh);
			break;
		case SSH_HANDSHAKE:
			login_handshake(ssh);
			break;
		case SSH_AUTHENTICATE:
			login_authenticate(ssh);
			break;
		case SSH_REFUSED:
			login_refused(ssh);
			break;
		case SSH_READY:
			if (!ssh->lost)
				ready_step(ssh);
			break;
		default:
			break;
		}
	} while (ssh->state != before);
}

/* What to wait for on the socket. */
static void
session_watch(struct ssh *ssh)
{
	short	what = EV_READ;

	if (ssh->session == NULL || ssh->lost || ssh->state == SSH_FAILED)
		return;
	if (libssh2_session_block_directions(ssh->session) &
	    LIBSSH2_SESSION_BLOCK_OUTBOUND)
		what |= EV_WRITE;
	/*
	 * What the host sends while nobody reads is not without end; and what
	 * no step would take must not wake us, over and over.
	 */
	if (ssh->closed ||
	    (ssh->paused && ssh->memory > SSH_MEMORY_MAX / 8) ||
	    (ssh->state == SSH_READY && !command_reads(&ssh->main) &&
	    !command_reads(&ssh->aux)))
		what &= ~EV_READ;
	ssh_watch(ssh, what);
}

/* The command is over, one way or another. */
static void
ended_tell(struct ssh *ssh)
{
	struct ssh_result	result;
	char			error[SSH_ERROR_SIZE], left[512];
	bool			sent = command_is_sent(&ssh->main);

	memset(&result, 0, sizeof(result));
	result.killed = ssh->kill_wanted;
	result.limit = ssh->main.limit;
	strlcpy(left, ssh->kill.left, sizeof(left));
	if (ssh->main.error[0] != '\0' || ssh->main.state == COMMAND_ENDED)
		strlcpy(error, ssh->main.error, sizeof(error));
	else if (ssh->lost) {
		strlcpy(error, ssh->error, sizeof(error));
		result.limit = result.limit || ssh->error_limit;
	} else
		error[0] = '\0';
	if (ssh->lost && left[0] == '\0' && sent && !ssh->kill.is_gone &&
	    ssh->main.state != COMMAND_ENDED)
		strlcpy(left, "the connection was lost", sizeof(left));
	result.error = error[0] != '\0' && !result.killed ? error : NULL;
	result.left = left[0] != '\0' ? left : NULL;
	ssh->running = false;
	ssh->kill_wanted = false;
	ssh->kill.left[0] = '\0';
	ssh->kill.is_gone = false;
	if (!ssh->lost && ssh->main.state == COMMAND_ENDED)
		command_reset(&ssh->main);
	ssh->events->ended(ssh->arg, &result);
}

static void
failed_tell(struct ssh *ssh)
{
	char	text[SSH_ERROR_SIZE];

	if (ssh->lost)
		snprintf(text, sizeof(text), "%s: %.*s", ssh->host->origin,
		    SSH_ERROR_SIZE / 2, ssh->error);
	else
		strlcpy(text, ssh->error, sizeof(text));
	ssh->events->failed(ssh->arg, ssh->error_limit, text);
}

static void
ssh_tell(struct ssh *ssh)
{
	if (ssh->tell_failed && !ssh->freed) {
		ssh->tell_failed = false;
		failed_tell(ssh);
	}
	if (ssh->tell_ready && !ssh->freed) {
		ssh->tell_ready = false;
		ssh->events->ready(ssh->arg);
	}
	if (ssh->tell_ended && !ssh->freed) {
		ssh->tell_ended = false;
		if (ssh->running)
			ended_tell(ssh);
	}
	/* The next session, before it is wanted: it keeps us answering. */
	if (!ssh->freed && ssh->state == SSH_READY && !ssh->lost &&
	    ssh->main.state == COMMAND_NONE) {
		command_open(&ssh->main);
		ssh_wake(ssh);
	}
}

static void
ssh_destroy(struct ssh *ssh)
{
	ssh_close(ssh);
	connect_exit(ssh);
	command_exit(&ssh->main);
	command_exit(&ssh->aux);
	kill_exit(ssh);
	event_free(ssh->timer);
	event_free(ssh->ev_step);
	event_free(ssh->ev_io);
	free(ssh->blob);
	free(ssh->refused_types);
	free(ssh->mismatch);
	free(ssh->shown);
	free(ssh);
}

static void
ssh_step(struct ssh *ssh)
{
	if (ssh->stepping)
		return;
	ssh->stepping = true;
	ssh->budget = STEP_BUDGET;
	state_step(ssh);
	if (ssh->state == SSH_FAILED) {
		ssh_close(ssh);
		connect_done(ssh);
	}
	ssh_tell(ssh);
	/* After them, who may have begun the next session. */
	session_watch(ssh);
	ssh->stepping = false;
	if (ssh->freed)
		ssh_destroy(ssh);
}

static void
phase_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct ssh	*ssh = arg;

	(void)fd;
	(void)what;
	switch (ssh->state) {
	case SSH_HANDSHAKE:
		ssh_fail(ssh, true, "%s: no handshake within %s; the host "
		    "accepts connections but its sshd does not answer",
		    ssh->host->origin, ssh_limit_text(ssh, LIMIT_HANDSHAKE));
		break;
	case SSH_AUTHENTICATE:
	case SSH_REFUSED:
		ssh_fail(ssh, true, "%s: no authentication within %s: user=%s",
		    ssh->host->origin, ssh_limit_text(ssh, LIMIT_AUTHENTICATE),
		    ssh->host->user);
		break;
	default:
		connect_timeout(ssh);
		break;
	}
	ssh_step(ssh);
}

int
ssh_init(void)
{
	if (libssh2_init(0) != 0)
		return -1;
	return connect_init();
}

struct ssh *
ssh_new(const struct ssh_host *host, const struct ssh_events *events,
    void *arg)
{
	struct ssh	*ssh;

	if ((ssh = calloc(1, sizeof(*ssh))) == NULL)
		fatal("%s", __func__);
	ssh->host = host;
	ssh->events = events;
	ssh->arg = arg;
	ssh->fd = -1;
	ssh->timer = evtimer_new(base, phase_timeout, ssh);
	ssh->ev_step = event_new(base, -1, 0, step_due, ssh);
	ssh->ev_io = event_new(base, -1, 0, io_ready, ssh);
	if (ssh->timer == NULL || ssh->ev_step == NULL || ssh->ev_io == NULL ||
	    command_init(&ssh->main, ssh, NULL) == -1 ||
	    command_init(&ssh->aux, ssh, kill_output) == -1 ||
	    kill_init(ssh) == -1)
		fatal("%s", __func__);
	connect_begin(ssh);
	return ssh;
}

const char *
ssh_shown(const struct ssh *ssh, bool *lacking)
{
	*lacking = ssh->lacking;
	return ssh->shown;
}

void
ssh_free(struct ssh *ssh)
{
	if (ssh == NULL || ssh->freed)
		return;
	ssh->freed = true;
	if (!ssh->stepping)
		ssh_destroy(ssh);
}

void
ssh_run(struct ssh *ssh, const char *line, size_t len)
{
	ssh->running = true;
	ssh->tell_ended = ssh->lost;
	if (!ssh->lost)
		command_run(&ssh->main, line, len);
	ssh_wake(ssh);
}

void
ssh_kill(struct ssh *ssh)
{
	if (!ssh->running || ssh->kill_wanted)
		return;
	ssh->kill_wanted = true;
	kill_begin(ssh);
	ssh_wake(ssh);
}

void
ssh_pause(struct ssh *ssh)
{
	if (ssh->paused)
		return;
	ssh->paused = true;
	ssh->paused_since = ssh_now();
}

void
ssh_resume(struct ssh *ssh)
{
	if (!ssh->paused)
		return;
	ssh->paused = false;
	ssh->main.heard += ssh_now() - ssh->paused_since;
	ssh_wake(ssh);
}

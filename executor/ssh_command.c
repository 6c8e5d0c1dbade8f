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
 * The life of one session: opened, often before there is a command for it,
 * then given one line, read to the end of both streams, closed, and asked how
 * the command ended.  Each step may have to be taken up again later; while
 * something is half written no other session may write.
 */

#include "config.h"

#include <ctype.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/conf.h"
#include "../common/log.h"
#include "ssh_internal.h"

#define PACKET_SIZE	32768
/* The longest line that libssh2 can put into its request. */
#define LINE_MAX_DIRECT	30000
#define CLOSE_WAIT	10000		/* ms */
/*
 * sshd counts a session that was closed until it has read all that came with
 * the close, so it may refuse the next one just for being quick.
 */
#define REFUSALS_MAX	7
#define REFUSAL_WAIT	10		/* ms, doubled each time */
#define SIGNAL_NAME_MAX	32

/*
 * A longer line goes to a shell that reads it and becomes what sshd would
 * have started: the user's shell with that line, and nothing on stdin.
 */
static const char	long_line[] =
    "exec /bin/sh -c 'exec \"${SHELL:-/bin/sh}\" -c \"$(cat)\"'";

/* Signals as x/crypto/ssh numbers them, for the status of who dies of one. */
static const struct {
	const char	*name;
	int		 number;
} signals[] = {
	{ "HUP", 1 }, { "INT", 2 }, { "QUIT", 3 }, { "ILL", 4 },
	{ "ABRT", 6 }, { "FPE", 8 }, { "KILL", 9 }, { "SEGV", 11 },
	{ "PIPE", 13 }, { "ALRM", 14 }, { "TERM", 15 },
};

static void	command_timeout(evutil_socket_t, short, void *);

int
command_init(struct ssh_command *c, struct ssh *ssh,
    void (*output)(struct ssh *, bool, const char *, size_t))
{
	c->ssh = ssh;
	c->output = output;
	c->timer = evtimer_new(base, command_timeout, c);
	return c->timer == NULL ? -1 : 0;
}

void
command_exit(struct ssh_command *c)
{
	if (c->timer != NULL)
		event_free(c->timer);
}

static bool
is_main(const struct ssh_command *c)
{
	return c == &c->ssh->main;
}

/* Enters a state; ms: how long main may be in it, 0: other rules. */
static void
command_state(struct ssh_command *c, enum ssh_command_state state,
    uint64_t ms)
{
	c->state = state;
	if (is_main(c) && ms > 0)
		ssh_timer(c->timer, ms);
	else
		event_del(c->timer);
}

static uint64_t
command_limit(const struct ssh_command *c, int limit)
{
	return c->ssh->host->limits[limit];
}

void
command_reset(struct ssh_command *c)
{
	command_state(c, COMMAND_NONE, 0);
	c->line = NULL;
	c->len = c->written = 0;
	c->refusals = 0;
	c->limit = false;
	c->error[0] = '\0';
}

void
command_open(struct ssh_command *c)
{
	command_reset(c);
	command_state(c, COMMAND_OPENING, command_limit(c, LIMIT_OPEN));
}

void
command_run(struct ssh_command *c, const char *line, size_t len)
{
	/* A session that could not be had before may be had now. */
	if (c->state == COMMAND_NONE || c->state == COMMAND_ENDED)
		command_open(c);
	c->line = line;
	c->len = len;
}

bool
command_is_sent(const struct ssh_command *c)
{
	return c->line != NULL && c->state >= COMMAND_EXEC;
}

bool
command_reads(const struct ssh_command *c)
{
	switch (c->state) {
	case COMMAND_NONE:
	case COMMAND_RETRY:
	case COMMAND_ENDED:
		return false;
	case COMMAND_OPEN:
		return c->line != NULL || !libssh2_channel_eof(c->channel);
	case COMMAND_READ:
		return !is_main(c) || !c->ssh->paused ||
		    !libssh2_channel_eof(c->channel);
	default:
		return true;
	}
}

/* The shorter of what is left of silence and of the whole. */
static void
read_timer(struct ssh_command *c)
{
	uint64_t	now = ssh_now(), silence, whole;

	silence = c->heard + command_limit(c, LIMIT_SILENCE);
	whole = c->began + command_limit(c, LIMIT_COMMAND);
	if (silence < whole)
		whole = silence;
	ssh_timer(c->timer, whole > now ? whole - now : 1);
}

static void
read_timeout(struct ssh_command *c)
{
	uint64_t	now = ssh_now();
	int		limit = -1;

	if (now >= c->began + command_limit(c, LIMIT_COMMAND))
		limit = LIMIT_COMMAND;
	else if (!c->ssh->paused &&
	    now >= c->heard + command_limit(c, LIMIT_SILENCE))
		limit = LIMIT_SILENCE;
	if (limit == -1) {
		if (c->ssh->paused)
			ssh_timer(c->timer, 1000);
		else
			read_timer(c);
		return;
	}
	/* Whoever is killed already is so for another reason. */
	if (c->ssh->kill.state != KILL_NONE)
		return;
	c->limit = true;
	snprintf(c->error, sizeof(c->error), limit == LIMIT_COMMAND ?
	    "the command took longer than %s" : "no output for %s",
	    ssh_limit_text(c->ssh, limit));
	kill_begin(c->ssh);
}

static void
command_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct ssh_command	*c = arg;

	(void)fd;
	(void)what;
	switch (c->state) {
	case COMMAND_READ:
		read_timeout(c);
		break;
	case COMMAND_RETRY:
		command_state(c, COMMAND_OPENING,
		    command_limit(c, LIMIT_OPEN));
		break;
	case COMMAND_OPENING:
	case COMMAND_EXEC:
	case COMMAND_WRITE:
	case COMMAND_EOF:
		c->ssh->error_limit = true;
		ssh_lose(c->ssh, "no session within %s",
		    ssh_limit_text(c->ssh, LIMIT_OPEN));
		break;
	default:
		ssh_lose(c->ssh, "the session did not end");
		break;
	}
	ssh_wake(c->ssh);
}

/*
 * Looks at the result of a call: 1 for done, 0 for later (and nobody else may
 * write before), -1 for an error.
 */
static int
command_result(struct ssh_command *c, long rc)
{
	struct ssh	*ssh = c->ssh;

	if (ssh->sender == c)
		ssh->sender = NULL;
	if (rc >= 0)
		return 1;
	if (rc != LIBSSH2_ERROR_EAGAIN)
		return -1;
	if (libssh2_session_block_directions(ssh->session) &
	    LIBSSH2_SESSION_BLOCK_OUTBOUND)
		ssh->sender = c;
	return 0;
}

static void
connection_broken(struct ssh_command *c)
{
	char	text[SSH_ERROR_SIZE];

	error_closed(c->ssh, text, sizeof(text));
	ssh_lose(c->ssh, "connection lost: %s", text);
}

static bool
opening_step(struct ssh_command *c)
{
	struct ssh		*ssh = c->ssh;
	struct ssh_command	*other = is_main(c) ? &ssh->aux : &ssh->main;
	int			 r;

	/* libssh2 opens one at a time. */
	if (other->state == COMMAND_OPENING && other->is_opening)
		return false;
	c->is_opening = true;
	c->channel = libssh2_channel_open_ex(ssh->session, "session",
	    sizeof("session") - 1, SSH_WINDOW, PACKET_SIZE, NULL, 0);
	if (c->channel != NULL) {
		c->is_opening = false;
		command_result(c, 0);
		command_state(c, COMMAND_OPEN, 0);
		return true;
	}
	r = libssh2_session_last_errno(ssh->session);
	if (command_result(c, r) == 0)
		return false;
	c->is_opening = false;
	if (r != LIBSSH2_ERROR_CHANNEL_FAILURE) {
		connection_broken(c);
		return false;
	}
	if (++c->refusals < REFUSALS_MAX) {
		command_state(c, COMMAND_RETRY, 0);
		ssh_timer(c->timer, REFUSAL_WAIT << c->refusals);
		return true;
	}
	snprintf(c->error, sizeof(c->error), "the host refused a session "
	    "(%s); check its MaxSessions", ssh_last_error(ssh));
	command_state(c, COMMAND_ENDED, 0);
	return true;
}

/* Has packets read, whosever they are, without taking any output. */
static void
command_pump(struct ssh_command *c)
{
	int	rc;

	rc = libssh2_channel_wait_eof(c->channel);
	if (command_result(c, rc) == -1)
		connection_broken(c);
}

static bool
open_step(struct ssh_command *c)
{
	if (c->line == NULL) {
		if (!libssh2_channel_eof(c->channel))
			command_pump(c);
		return false;
	}
	c->began = c->heard = ssh_now();
	c->written = 0;
	command_state(c, COMMAND_EXEC, command_limit(c, LIMIT_OPEN));
	return true;
}

static bool
exec_step(struct ssh_command *c)
{
	bool	is_long = c->len > LINE_MAX_DIRECT;
	int	rc;

	rc = libssh2_channel_process_startup(c->channel, "exec", 4,
	    is_long ? long_line : c->line,
	    is_long ? sizeof(long_line) - 1 : c->len);
	switch (command_result(c, rc)) {
	case 0:
		return false;
	case 1:
		command_state(c, is_long ? COMMAND_WRITE : COMMAND_EOF,
		    command_limit(c, LIMIT_OPEN));
		return true;
	}
	if (rc != LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) {
		connection_broken(c);
		return false;
	}
	strlcpy(c->error, "the host refused to run a command",
	    sizeof(c->error));
	command_state(c, COMMAND_CLOSE, CLOSE_WAIT);
	return true;
}

static bool
write_step(struct ssh_command *c)
{
	ssize_t	rc;

	rc = libssh2_channel_write_ex(c->channel, 0, c->line + c->written,
	    c->len - c->written);
	switch (command_result(c, rc)) {
	case 0:
		return false;
	case 1:
		c->written += rc;
		if (c->written == c->len)
			command_state(c, COMMAND_EOF,
			    command_limit(c, LIMIT_OPEN));
		return rc > 0;
	}
	/* It may have closed its end already: its status says why. */
	if (rc != LIBSSH2_ERROR_CHANNEL_CLOSED &&
	    rc != LIBSSH2_ERROR_CHANNEL_EOF_SENT) {
		connection_broken(c);
		return false;
	}
	command_state(c, COMMAND_EOF, command_limit(c, LIMIT_OPEN));
	return true;
}

static bool
eof_step(struct ssh_command *c)
{
	int	rc;

	rc = libssh2_channel_send_eof(c->channel);
	switch (command_result(c, rc)) {
	case 0:
		return false;
	case -1:
		if (rc == LIBSSH2_ERROR_SOCKET_SEND) {
			connection_broken(c);
			return false;
		}
	}
	command_state(c, COMMAND_READ, 0);
	if (is_main(c))
		read_timer(c);
	return true;
}

/* Reads a stream once; true when there was something. */
static bool
stream_read(struct ssh_command *c, int stream)
{
	static char	buf[SSH_READ_SIZE];
	ssize_t		rc;

	rc = libssh2_channel_read_ex(c->channel, stream, buf, sizeof(buf));
	if (command_result(c, rc) == -1) {
		connection_broken(c);
		return false;
	}
	if (rc <= 0)
		return false;
	c->heard = ssh_now();
	if (c->output != NULL)
		c->output(c->ssh, stream != 0, buf, rc);
	else
		c->ssh->events->output(c->ssh->arg, stream != 0, buf, rc);
	return true;
}

static bool
read_step(struct ssh_command *c)
{
	bool	progress;

	if (is_main(c) && c->ssh->paused) {
		if (!libssh2_channel_eof(c->channel))
			command_pump(c);
		return false;
	}
	progress = stream_read(c, 0);
	if (c->ssh->lost || c->ssh->sender != NULL)
		return progress;
	progress |= stream_read(c, SSH_EXTENDED_DATA_STDERR);
	if (c->ssh->lost || c->ssh->sender != NULL || progress)
		return progress;
	if (!libssh2_channel_eof(c->channel))
		return false;
	command_state(c, COMMAND_CLOSE, CLOSE_WAIT);
	return true;
}

/* The host's word for a signal: no more than a word. */
static void
signal_clean(char *name)
{
	char	*p;

	for (p = name; *p != '\0' && p - name < SIGNAL_NAME_MAX; p++)
		if (!isalnum((unsigned char)*p) && strchr("@.-_", *p) == NULL)
			*p = '?';
	*p = '\0';
}

/* What x/crypto/ssh says of an exit, and the original's log with it. */
static void
status_get(struct ssh_command *c)
{
	char	*name = NULL;
	size_t	 len, i;
	int	 status;

	if (c->error[0] != '\0')
		return;
	libssh2_channel_get_exit_signal(c->channel, &name, &len, NULL, NULL,
	    NULL, NULL);
	status = libssh2_channel_get_exit_status(c->channel);
	if (name != NULL) {
		status = 128;
		for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
			if (strcmp(signals[i].name, name) == 0)
				status += signals[i].number;
		signal_clean(name);
		snprintf(c->error, sizeof(c->error),
		    "Process exited with status %d from signal %s", status,
		    name);
		libssh2_free(c->ssh->session, name);
	} else if (status != 0)
		snprintf(c->error, sizeof(c->error),
		    "Process exited with status %d", status);
}

/* The last steps: close, the host's close, and what there is to free. */
static bool
end_step(struct ssh_command *c)
{
	int	rc;

	switch (c->state) {
	case COMMAND_CLOSE:
		rc = libssh2_channel_close(c->channel);
		break;
	case COMMAND_WAIT:
		/* Without the end of its output there is none of it. */
		rc = libssh2_channel_eof(c->channel) ?
		    libssh2_channel_wait_closed(c->channel) : 0;
		break;
	default:
		rc = libssh2_channel_free(c->channel);
		break;
	}
	switch (command_result(c, rc)) {
	case 0:
		return false;
	case -1:
		connection_broken(c);
		return false;
	}
	if (c->state == COMMAND_WAIT)
		status_get(c);
	if (c->state == COMMAND_FREE) {
		c->channel = NULL;
		command_state(c, COMMAND_ENDED, 0);
	} else
		command_state(c, c->state + 1, CLOSE_WAIT);
	return true;
}

bool
command_step(struct ssh_command *c)
{
	switch (c->state) {
	case COMMAND_OPENING:
		return opening_step(c);
	case COMMAND_OPEN:
		return open_step(c);
	case COMMAND_EXEC:
		return exec_step(c);
	case COMMAND_WRITE:
		return write_step(c);
	case COMMAND_EOF:
		return eof_step(c);
	case COMMAND_READ:
		return read_step(c);
	case COMMAND_CLOSE:
	case COMMAND_WAIT:
	case COMMAND_FREE:
		return end_step(c);
	case COMMAND_NONE:
	case COMMAND_RETRY:
	case COMMAND_ENDED:
		break;
	}
	return false;
}

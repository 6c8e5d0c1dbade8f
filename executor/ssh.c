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
 * A connection, see ssh.h: the state machine over libssh2 from the handshake
 * to authentication, and then the work of its sessions.  One step function
 * does what can be done without waiting; callbacks are called at its end.
 *
 * All bytes of the host come through host_recv(): it bounds what one step
 * takes, so that no host can hold the loop, and turns the end of the
 * connection into "nothing more now", so that what has been received is read
 * before the connection counts as lost.
 */

#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/conf.h"
#include "../common/log.h"
#include "../common/random.h"
#include "key.h"
#include "known_hosts.h"
#include "ssh_internal.h"

#define STEP_BUDGET	(256 * 1024)	/* bytes read in one step */
#define GREETING_BUDGET	(1024 * 1024)	/* bytes until authenticated */
#define MEMORY_MAX	(16 * 1024 * 1024)
#define DROPS_MAX	6
#define BACKOFF		150		/* ms, doubled each time */

/* Where 1.11 begins to need care: a blob named ssh-rsa overflows. */
#define LIBSSH2_1_11	0x010b00

/* In front of each piece of libssh2's memory, as wide as any alignment. */
union piece {
	size_t		 size;
	max_align_t	 align;
};

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

/*
 * libssh2's memory: bounded, because it keeps what a host sends and nobody
 * asks for.
 */

static void *
memory_realloc(void *p, size_t n, void **abstract)
{
	struct ssh	*ssh = *abstract;
	union piece	*piece = p;
	size_t		 old = 0;

	if (piece != NULL)
		old = (--piece)->size;
	if (n > MEMORY_MAX || ssh->memory - old + n > MEMORY_MAX ||
	    (piece = realloc(piece, sizeof(*piece) + n)) == NULL)
		return NULL;
	ssh->memory += n - old;
	piece->size = n;
	return piece + 1;
}

static void *
memory_alloc(size_t n, void **abstract)
{
	return memory_realloc(NULL, n, abstract);
}

static void
memory_free(void *p, void **abstract)
{
	struct ssh	*ssh = *abstract;
	union piece	*piece = p;

	if (piece == NULL)
		return;
	piece--;
	ssh->memory -= piece->size;
	freezero(piece, sizeof(*piece) + piece->size);
}

/* The first bytes, for errors: why it hung up, what it offers. */
static void
greeting_keep(struct ssh *ssh, const void *buf, size_t n)
{
	if (n > SSH_GREETING_MAX - ssh->greeting_len)
		n = SSH_GREETING_MAX - ssh->greeting_len;
	if (n == 0)
		return;
	if (ssh->greeting == NULL &&
	    (ssh->greeting = malloc(SSH_GREETING_MAX)) == NULL)
		fatal("%s", __func__);
	memcpy(ssh->greeting + ssh->greeting_len, buf, n);
	ssh->greeting_len += n;
}

static ssize_t
host_recv(libssh2_socket_t fd, void *buf, size_t len, int flags,
    void **abstract)
{
	struct ssh	*ssh = *abstract;
	ssize_t		 n;

	if (ssh->closing)
		return -ECONNRESET;
	if (ssh->closed || ssh->budget == 0)
		return -EAGAIN;
	if (len > ssh->budget)
		len = ssh->budget;
	n = recv(fd, buf, len, flags);
	if (n > 0) {
		ssh->budget -= n;
		if (ssh->state == SSH_READY)
			return n;
		ssh->received += n;
		if (ssh->state == SSH_HANDSHAKE)
			greeting_keep(ssh, buf, n);
		if (ssh->received <= GREETING_BUDGET)
			return n;
		errno = EMSGSIZE;
	} else if (n == 0)
		errno = 0;
	else if (errno == EAGAIN || errno == EINTR)
		return -EAGAIN;
	ssh->closed = true;
	ssh->closed_error = errno;
	return -EAGAIN;
}

static void
host_disconnects(LIBSSH2_SESSION *session, int reason, const char *msg,
    int len, const char *language, int language_len, void **abstract)
{
	struct ssh	*ssh = *abstract;

	(void)session;
	(void)reason;
	(void)language;
	(void)language_len;
	if (len <= 0 || ssh->disconnect != NULL)
		return;
	if (len > SSH_TEXT_MAX)
		len = SSH_TEXT_MAX;
	ssh->disconnect = strndup(msg, len);
}

static void
session_callbacks(LIBSSH2_SESSION *session)
{
#if LIBSSH2_VERSION_NUM >= 0x010b01
	libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV,
	    (libssh2_cb_generic *)host_recv);
	libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_DISCONNECT,
	    (libssh2_cb_generic *)host_disconnects);
#else
	libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV,
	    (void *)host_recv);
	libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT,
	    (void *)host_disconnects);
#endif
}

/* Ends session and socket; what the host has not got yet is not sent. */
void
ssh_close(struct ssh *ssh)
{
	int	i;

	ssh_watch(ssh, 0);
	if (ssh->session != NULL) {
		if (ssh->state == SSH_READY && !ssh->lost && !ssh->closed)
			libssh2_session_disconnect(ssh->session, "done");
		/* So that nothing below can wait. */
		shutdown(ssh->fd, SHUT_RDWR);
		ssh->closing = true;
		for (i = 0; i < 100; i++)
			if (libssh2_session_free(ssh->session) !=
			    LIBSSH2_ERROR_EAGAIN)
				break;
		ssh->session = NULL;
	}
	if (ssh->fd != -1)
		close(ssh->fd);
	ssh->fd = -1;
	ssh->closing = ssh->closed = false;
	ssh->closed_error = 0;
	ssh->is_writable = false;
	ssh->main.channel = ssh->aux.channel = NULL;
	free(ssh->disconnect);
	ssh->disconnect = NULL;
	free(ssh->greeting);
	ssh->greeting = NULL;
	ssh->greeting_len = 0;
	ssh->received = 0;
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

/* It was ready and is not any more: a command that runs has failed. */
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
}

/*
 * The host closed the connection before it said who it is: most likely it has
 * too many at the moment.
 */
static void
handshake_dropped(struct ssh *ssh)
{
	char		text[SSH_ERROR_SIZE];
	uint64_t	delay;
	uint32_t	spread;

	if (++ssh->drops < DROPS_MAX) {
		delay = (uint64_t)BACKOFF << (ssh->drops - 1);
		random_bytes(&spread, sizeof(spread));
		delay += spread % delay;
		log_debug("connection dropped: host=%s drops=%u",
		    log_quote(ssh->host->origin), ssh->drops);
		connect_again(ssh, delay);
		return;
	}
	error_closed(ssh, text, sizeof(text));
	ssh_fail(ssh, false, "%s: the handshake failed: %s (%u times); check "
	    "that it is an SSH server, its MaxStartups, and what blocks "
	    "addresses there", ssh->host->origin, text, ssh->drops);
}

/*
 * Key types in the order in which they are wanted: those that are known of
 * the host, then all others but those that were shown and are not pinned.
 */
static void
host_key_types_prefer(struct ssh *ssh)
{
	const char	**types = NULL;
	char		  list[2 * KNOWN_HOSTS_TYPES_MAX] = "";
	int		  i, n;

	if (ssh->host->known_hosts != NULL &&
	    known_hosts_types(ssh->host->known_hosts, ssh->host->name,
	    ssh->host->port, list, KNOWN_HOSTS_TYPES_MAX) == -1)
		list[0] = '\0';
	n = libssh2_session_supported_algs(ssh->session,
	    LIBSSH2_METHOD_HOSTKEY, &types);
	for (i = 0; i < n; i++) {
		if (ssh->refused_types != NULL &&
		    strstr(ssh->refused_types, types[i]) != NULL)
			continue;
		if (list[0] != '\0')
			strlcat(list, ",", sizeof(list));
		strlcat(list, types[i], sizeof(list));
	}
	if (n > 0)
		libssh2_free(ssh->session, types);
	libssh2_session_method_pref(ssh->session, LIBSSH2_METHOD_HOSTKEY,
	    list);
}

/* There is a socket: from here on it is libssh2's. */
void
ssh_connected(struct ssh *ssh)
{
	ssh->session = libssh2_session_init_ex(memory_alloc, memory_free,
	    memory_realloc, ssh);
	if (ssh->session == NULL) {
		ssh_fail(ssh, false, "%s: out of memory", ssh->host->origin);
		return;
	}
	libssh2_session_set_blocking(ssh->session, 0);
	session_callbacks(ssh->session);
	host_key_types_prefer(ssh);
	ssh_phase(ssh, SSH_HANDSHAKE, ssh->host->limits[LIMIT_HANDSHAKE]);
}

static bool
is_pinned(const struct ssh_host *h, const unsigned char *key, size_t len)
{
	size_t	i;

	for (i = 0; i < h->nfingerprints; i++)
		if (fingerprint_match(h->fingerprints[i], key, len))
			return true;
	return false;
}

/*
 * A host has keys of several types and one of another type may be the pinned
 * one: connect again and ask for the others.  False when none is left.
 */
static bool
pinned_retry(struct ssh *ssh, const unsigned char *key, size_t len)
{
	const char	*type = host_key_type(key, len);
	const char	*method;
	char		*types;

	method = libssh2_session_methods(ssh->session,
	    LIBSSH2_METHOD_HOSTKEY);
	if (ssh->host->nfingerprints == 0 || type == NULL || method == NULL ||
	    (ssh->refused_types != NULL &&
	    strstr(ssh->refused_types, method) != NULL))
		return false;
	/* An RSA key comes under three names. */
	if (asprintf(&types, "%s,%s%s",
	    ssh->refused_types != NULL ? ssh->refused_types : "", method,
	    strcmp(type, "ssh-rsa") == 0 ?
	    ",ssh-rsa,rsa-sha2-256,rsa-sha2-512" : "") == -1)
		fatal("%s", __func__);
	free(ssh->refused_types);
	ssh->refused_types = types;
	return true;
}

/* Whether this is the host that is meant; if not, it has failed. */
static bool
host_key_check(struct ssh *ssh)
{
	const struct ssh_host	*h = ssh->host;
	const char		*key;
	char			 text[SSH_ERROR_SIZE];
	size_t			 len;
	int			 result, type;

	if (h->unchecked)
		return true;
	result = KNOWN_HOST_NOT_FOUND;
	key = libssh2_session_hostkey(ssh->session, &len, &type);
	if (key == NULL) {
		ssh_fail(ssh, false, "%s: it showed no host key", h->origin);
		return false;
	}
	if (h->known_hosts != NULL)
		result = known_hosts_check(h->known_hosts, h->name, h->port,
		    (const uint8_t *)key, len);
	if (result == KNOWN_HOST_MATCH)
		return true;
	if (result != KNOWN_HOST_REVOKED &&
	    is_pinned(h, (const unsigned char *)key, len))
		return true;
	error_host_key(ssh, result, (const unsigned char *)key, len, text,
	    sizeof(text));
	if (result != KNOWN_HOST_REVOKED &&
	    pinned_retry(ssh, (const unsigned char *)key, len)) {
		if (ssh->mismatch == NULL)
			ssh->mismatch = strdup(text);
		connect_again(ssh, 1);
		return false;
	}
	ssh_fail(ssh, false, "%s",
	    ssh->mismatch != NULL ? ssh->mismatch : text);
	return false;
}

/* Which signature this server takes with this key; see key.h. */
static bool
auth_prepare(struct ssh *ssh)
{
	const char	*banner = libssh2_session_banner_get(ssh->session);
	const uint8_t	*blob;
	bool		 openssh;

	free(ssh->blob);
	ssh->blob = NULL;
	ssh->sigalg = NULL;
	openssh = banner != NULL &&
	    strncmp(banner, "SSH-2.0-OpenSSH_", 16) == 0;
	if (!key_is_rsa(ssh->host->key)) {
		blob = key_blob(ssh->host->key, &ssh->bloblen);
	} else if (openssh) {
		ssh->sigalg = "rsa-sha2-512";
		if (key_blob_as(ssh->host->key, ssh->sigalg, &ssh->blob,
		    &ssh->bloblen) == 0)
			return true;
		blob = NULL;
	} else if (libssh2_version(LIBSSH2_1_11) != NULL) {
		ssh_fail(ssh, false, "%s: an RSA key can't be used safely with "
		    "this server (%s) and this version of libssh2; use an "
		    "ed25519 key (ssh-keygen -t ed25519)", ssh->host->origin,
		    banner != NULL ? ssh_quote(banner, strlen(banner)) : "?");
		return false;
	} else
		blob = key_blob(ssh->host->key, &ssh->bloblen);
	if (blob == NULL || (ssh->blob = malloc(ssh->bloblen)) == NULL) {
		ssh_fail(ssh, false, "%s: out of memory", ssh->host->origin);
		return false;
	}
	memcpy(ssh->blob, blob, ssh->bloblen);
	return true;
}

/* The signature has to lie in memory of the session. */
static int
auth_sign(LIBSSH2_SESSION *session, unsigned char **sig, size_t *siglen,
    const unsigned char *data, size_t len, void **abstract)
{
	struct ssh	*ssh = *abstract;
	void		*memory = ssh;
	uint8_t		*s;

	(void)session;
	*sig = NULL;
	if (key_sign(ssh->host->key, ssh->sigalg, data, len, &s, siglen) == -1)
		return -1;
	if ((*sig = memory_alloc(*siglen, &memory)) != NULL)
		memcpy(*sig, s, *siglen);
	freezero(s, *siglen);
	return *sig != NULL ? 0 : -1;
}

static void
handshake_step(struct ssh *ssh)
{
	char	text[SSH_ERROR_SIZE];
	int	rc;

	rc = libssh2_session_handshake(ssh->session, ssh->fd);
	if (rc == LIBSSH2_ERROR_EAGAIN && !ssh->closed)
		return;
	if (rc == 0) {
		if (!host_key_check(ssh) || !auth_prepare(ssh))
			return;
		ssh->abstract = ssh;
		ssh_phase(ssh, SSH_AUTHENTICATE,
		    ssh->host->limits[LIMIT_AUTHENTICATE]);
		return;
	}
	if (ssh->closed && ssh->closed_error != EMSGSIZE) {
		handshake_dropped(ssh);
		return;
	}
	/* Other key types than that of the wrong key were asked for. */
	if (rc == LIBSSH2_ERROR_KEX_FAILURE && ssh->mismatch != NULL) {
		ssh_fail(ssh, false, "%s", ssh->mismatch);
		return;
	}
	error_handshake(ssh, rc, text, sizeof(text));
	ssh_fail(ssh, false, "%s: the handshake failed: %s",
	    ssh->host->origin, text);
}

static void
authenticate_step(struct ssh *ssh)
{
	char	text[SSH_ERROR_SIZE];
	int	rc;

	rc = libssh2_userauth_publickey(ssh->session, ssh->host->user,
	    ssh->blob, ssh->bloblen, auth_sign, &ssh->abstract);
	if (rc == LIBSSH2_ERROR_EAGAIN && !ssh->closed)
		return;
	if (rc == 0) {
		connect_done(ssh);
		ssh_phase(ssh, SSH_READY, 0);
		free(ssh->greeting);
		ssh->greeting = NULL;
		ssh->greeting_len = 0;
		ssh->tell_ready = true;
		return;
	}
	if (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
	    rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) {
		if (!ssh->closed) {
			ssh->state = SSH_REFUSED;
			return;
		}
	}
	if (ssh->closed || rc == LIBSSH2_ERROR_SOCKET_DISCONNECT)
		error_closed(ssh, text, sizeof(text));
	else
		strlcpy(text, ssh_last_error(ssh), sizeof(text));
	ssh_fail(ssh, false, "%s: authentication failed: %s: user=%s",
	    ssh->host->origin, text, ssh->host->user);
}

/* The key is refused; for the error: what the host takes instead. */
static void
refused_step(struct ssh *ssh)
{
	const char	*methods;
	char		 text[SSH_ERROR_SIZE];

	methods = libssh2_userauth_list(ssh->session, ssh->host->user,
	    strlen(ssh->host->user));
	if (methods == NULL && !ssh->closed &&
	    libssh2_session_last_errno(ssh->session) == LIBSSH2_ERROR_EAGAIN)
		return;
	error_refused(ssh, methods, text, sizeof(text));
	ssh_fail(ssh, false, "%s", text);
}

/* Sessions in turn, until a whole round gets nowhere. */
static void
ready_step(struct ssh *ssh)
{
	bool	progress;

	do {
		progress = false;
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
	if (ssh->closed && !ssh->lost) {
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
			handshake_step(ssh);
			break;
		case SSH_AUTHENTICATE:
			authenticate_step(ssh);
			break;
		case SSH_REFUSED:
			refused_step(ssh);
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
	/* What the host sends while nobody reads is not without end. */
	if (ssh->paused && ssh->memory > MEMORY_MAX / 8)
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
ssh_tell(struct ssh *ssh)
{
	if (ssh->tell_ready && !ssh->freed) {
		ssh->tell_ready = false;
		ssh->events->ready(ssh->arg);
	}
	if (ssh->tell_failed && !ssh->freed) {
		ssh->tell_failed = false;
		ssh->events->failed(ssh->arg, ssh->error_limit, ssh->error);
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
	session_watch(ssh);
	if (ssh->state == SSH_FAILED) {
		ssh_close(ssh);
		connect_done(ssh);
	}
	ssh_tell(ssh);
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

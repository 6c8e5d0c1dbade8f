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
 * What lies under a session of libssh2: its memory, which is bounded because
 * it keeps what a host sends and nobody asks for, and the bytes of the host.
 *
 * All of these come through host_recv(): it bounds what one step takes, so
 * that no host can hold the loop, and turns the end of the connection into
 * "nothing more now", so that what has been received is read before the
 * connection counts as lost.
 */

#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "ssh_internal.h"

#define GREETING_BUDGET	(1024 * 1024)	/* bytes until authenticated */

/* In front of each piece of libssh2's memory, as wide as any alignment. */
union piece {
	size_t		 size;
	max_align_t	 align;
};

static void *
memory_realloc(void *p, size_t n, void **abstract)
{
	struct ssh	*ssh = *abstract;
	union piece	*piece = p;
	size_t		 old = 0;

	if (piece != NULL)
		old = (--piece)->size;
	if (n > SSH_MEMORY_MAX || ssh->memory - old + n > SSH_MEMORY_MAX ||
	    (piece = realloc(piece, sizeof(*piece) + n)) == NULL)
		return NULL;
	ssh->memory += n - old;
	piece->size = n;
	return piece + 1;
}

void *
transport_alloc(size_t n, void **abstract)
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

/* What there is on the socket; nothing more now: -EAGAIN. */
static ssize_t
socket_read(struct ssh *ssh, int fd, void *buf, size_t len, int flags)
{
	ssize_t	n;

	if (ssh->closed || ssh->drained || ssh->budget == 0)
		return -EAGAIN;
	if (len > ssh->budget)
		len = ssh->budget;
	n = recv(fd, buf, len, flags);
	if (n > 0) {
		/* Less than there is room for: more makes an event. */
		ssh->drained = (size_t)n < len;
		ssh->budget -= n;
		if (ssh->state == SSH_READY)
			return n;
		ssh->received += n;
		if (ssh->received <= GREETING_BUDGET)
			return n;
		errno = EMSGSIZE;
	} else if (n == 0)
		errno = 0;
	else if (errno == EAGAIN || errno == EINTR) {
		ssh->drained = errno == EAGAIN;
		return -EAGAIN;
	}
	ssh->closed = true;
	ssh->closed_error = errno;
	return -EAGAIN;
}

/*
 * The first bytes are kept, for errors: why it hung up, what it offers; and
 * libssh2, which asks for the banner byte by byte, takes them from there.
 */
static ssize_t
greeting_read(struct ssh *ssh, int fd, int flags)
{
	ssize_t	n;

	if (ssh->greeting == NULL &&
	    (ssh->greeting = malloc(SSH_GREETING_MAX)) == NULL)
		fatal("%s", __func__);
	n = socket_read(ssh, fd, ssh->greeting + ssh->greeting_len,
	    SSH_GREETING_MAX - ssh->greeting_len, flags);
	if (n > 0)
		ssh->greeting_len += n;
	return n;
}

static ssize_t
greeting_take(struct ssh *ssh, void *buf, size_t len)
{
	if (len > ssh->greeting_len - ssh->greeting_taken)
		len = ssh->greeting_len - ssh->greeting_taken;
	memcpy(buf, ssh->greeting + ssh->greeting_taken, len);
	ssh->greeting_taken += len;
	return len;
}

/* It is of no use any more, if libssh2 has all of it. */
void
transport_greeted(struct ssh *ssh)
{
	if (ssh->greeting_taken < ssh->greeting_len)
		return;
	free(ssh->greeting);
	ssh->greeting = NULL;
	ssh->greeting_len = ssh->greeting_taken = 0;
}

static ssize_t
host_recv(libssh2_socket_t fd, void *buf, size_t len, int flags,
    void **abstract)
{
	struct ssh	*ssh = *abstract;
	ssize_t		 n;

	if (ssh->closing)
		return -ECONNRESET;
	if (ssh->greeting_taken < ssh->greeting_len)
		return greeting_take(ssh, buf, len);
	if (ssh->state == SSH_HANDSHAKE &&
	    ssh->greeting_len < SSH_GREETING_MAX) {
		if ((n = greeting_read(ssh, fd, flags)) <= 0)
			return n;
		return greeting_take(ssh, buf, len);
	}
	return socket_read(ssh, fd, buf, len, flags);
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

LIBSSH2_SESSION *
transport_open(struct ssh *ssh)
{
	LIBSSH2_SESSION	*session;

	session = libssh2_session_init_ex(transport_alloc, memory_free,
	    memory_realloc, ssh);
	if (session == NULL)
		return NULL;
	libssh2_session_set_blocking(session, 0);
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
	return session;
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
	ssh->closing = ssh->closed = ssh->drained = false;
	ssh->closed_error = 0;
	ssh->is_writable = false;
	ssh->main.channel = ssh->aux.channel = NULL;
	free(ssh->disconnect);
	ssh->disconnect = NULL;
	ssh->greeting_taken = ssh->greeting_len;
	transport_greeted(ssh);
	ssh->received = 0;
}

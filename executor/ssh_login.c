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
 * From a connected socket to an authenticated connection: the handshake, the
 * host's key, our key.  What is wrong with a host is found here, and said in
 * a way that tells what to do; a host that merely drops us is tried again.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/conf.h"
#include "../common/log.h"
#include "../common/random.h"
#include "key.h"
#include "known_hosts.h"
#include "ssh_internal.h"

#define DROPS_MAX	6
#define BACKOFF		100	/* ms, doubled each time */

/* Where 1.11 begins to need care: a blob named ssh-rsa overflows. */
#define LIBSSH2_1_11	0x010b00

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

/* Adds a name to a list with commas, once. */
static void
name_add(char *list, size_t size, const char *name)
{
	const char	*p = list;
	size_t		 n = strlen(name);

	while ((p = strstr(p, name)) != NULL) {
		if ((p == list || p[-1] == ',') && (p[n] == '\0' ||
		    p[n] == ','))
			return;
		p += n;
	}
	if (strlen(list) + n + 2 > size)
		return;
	if (list[0] != '\0')
		strlcat(list, ",", size);
	strlcat(list, name, size);
}

/*
 * Key types that can be asked for: what the library has, but certificates,
 * which nobody here checks, DSA, and those that were shown and not pinned.
 * Asking for others has the library copy memory over itself.
 */
static bool
is_possible_type(const struct ssh *ssh, const char *type, const char **types,
    int n)
{
	if (strstr(type, "-cert-") != NULL || strcmp(type, "ssh-dss") == 0 ||
	    (ssh->refused_types != NULL &&
	    strstr(ssh->refused_types, type) != NULL))
		return false;
	while (n-- > 0)
		if (strcmp(types[n], type) == 0)
			return true;
	return false;
}

/*
 * Key types in the order in which they are wanted: those that are known of
 * the host, then all others, ed25519 first.
 */
static void
host_key_types_prefer(struct ssh *ssh)
{
	const char	**types = NULL, *type;
	char		  known[KNOWN_HOSTS_TYPES_MAX] = "", *rest = known;
	char		  list[2 * KNOWN_HOSTS_TYPES_MAX] = "";
	int		  i, n;

	if (ssh->host->only_type != NULL)
		strlcpy(known, ssh->host->only_type, sizeof(known));
	else if (ssh->host->known_hosts != NULL &&
	    known_hosts_types(ssh->host->known_hosts, ssh->host->name,
	    ssh->host->port, known, sizeof(known)) == -1)
		known[0] = '\0';
	n = libssh2_session_supported_algs(ssh->session,
	    LIBSSH2_METHOD_HOSTKEY, &types);
	if (n <= 0)
		return;
	while ((type = strsep(&rest, ",")) != NULL)
		if (is_possible_type(ssh, type, types, n))
			name_add(list, sizeof(list), type);
	if (ssh->host->only_type == NULL &&
	    is_possible_type(ssh, "ssh-ed25519", types, n))
		name_add(list, sizeof(list), "ssh-ed25519");
	for (i = 0; i < n && ssh->host->only_type == NULL; i++)
		if (is_possible_type(ssh, types[i], types, n))
			name_add(list, sizeof(list), types[i]);
	libssh2_free(ssh->session, types);
	if (list[0] != '\0')
		libssh2_session_method_pref(ssh->session,
		    LIBSSH2_METHOD_HOSTKEY, list);
}

/* There is a socket: from here on it is libssh2's. */
void
login_begin(struct ssh *ssh)
{
	if ((ssh->session = transport_open(ssh)) == NULL) {
		ssh_fail(ssh, false, "%s: out of memory", ssh->host->origin);
		return;
	}
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
	if (h->only_type != NULL) {
		ssh->shown = host_key_line(h->name, h->port,
		    (const uint8_t *)key, len);
		ssh_fail(ssh, false, "%s: its host key is not a valid one",
		    h->origin);
		return false;
	}
	if (h->known_hosts != NULL)
		result = known_hosts_check(h->known_hosts, h->name, h->port,
		    (const uint8_t *)key, len);
	/* A pinned key is the only one, whatever the known hosts say. */
	if (h->nfingerprints == 0 ? result == KNOWN_HOST_MATCH :
	    result != KNOWN_HOST_REVOKED &&
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
	if ((*sig = transport_alloc(*siglen, &memory)) != NULL)
		memcpy(*sig, s, *siglen);
	freezero(s, *siglen);
	return *sig != NULL ? 0 : -1;
}

void
login_handshake(struct ssh *ssh)
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
	ssh->lacking = rc == LIBSSH2_ERROR_KEX_FAILURE;
	error_handshake(ssh, rc, text, sizeof(text));
	ssh_fail(ssh, false, "%s: the handshake failed: %s",
	    ssh->host->origin, text);
}

void
login_authenticate(struct ssh *ssh)
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
		transport_greeted(ssh);
		ssh->tell_ready = true;
		return;
	}
	if (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
	    rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) {
		if (!ssh->closed && ssh->disconnect == NULL) {
			ssh->state = SSH_REFUSED;
			return;
		}
	}
	if (ssh->closed || ssh->disconnect != NULL ||
	    rc == LIBSSH2_ERROR_SOCKET_DISCONNECT)
		error_closed(ssh, text, sizeof(text));
	else
		strlcpy(text, ssh_last_error(ssh), sizeof(text));
	ssh_fail(ssh, false, "%s: authentication failed: %s: user=%s",
	    ssh->host->origin, text, ssh->host->user);
}

/* The key is refused; for the error: what the host takes instead. */
void
login_refused(struct ssh *ssh)
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

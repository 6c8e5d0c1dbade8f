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
 * The texts of errors: what went wrong with a host, in which phase, and what
 * to do about it.  What a host says is bounded and encoded before it gets
 * into one.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>

#include "../common/conf.h"
#include "../common/log.h"
#include "key.h"
#include "known_hosts.h"
#include "ssh_internal.h"

#define MSG_KEXINIT	20

/* The lists of algorithms in a KEXINIT, in their order. */
static const struct {
	const char	*name;
	int		 method;
} offers[] = {
	{ "key exchange", LIBSSH2_METHOD_KEX },
	{ "host key", LIBSSH2_METHOD_HOSTKEY },
	{ "cipher", LIBSSH2_METHOD_CRYPT_CS },
	{ "cipher", LIBSSH2_METHOD_CRYPT_SC },
	{ "MAC", LIBSSH2_METHOD_MAC_CS },
	{ "MAC", LIBSSH2_METHOD_MAC_SC },
};
#define NOFFERS	(sizeof(offers) / sizeof(offers[0]))

/* In quotes, encoded, at most 1 KB; in a static buffer. */
const char *
ssh_quote(const void *data, size_t len)
{
	static char	 buf[SSH_TEXT_MAX];
	const char	*p = data;
	char		*out = buf;

	*out++ = '"';
	for (; len > 0 && out < buf + sizeof(buf) - 10; p++, len--)
		out = vis(out, *p, VIS_CSTYLE | VIS_NL | VIS_TAB,
		    len > 1 ? p[1] : '\0');
	strlcpy(out, len > 0 ? "...\"" : "\"", buf + sizeof(buf) - out);
	return buf;
}

const char *
ssh_last_error(struct ssh *ssh)
{
	char	*msg = NULL;
	int	 len;

	if (ssh->session == NULL)
		return "no session";
	libssh2_session_last_error(ssh->session, &msg, &len, 0);
	return msg != NULL && *msg != '\0' ? msg : "unknown error";
}

/* "15s (limit connect)", in a static buffer. */
const char *
ssh_limit_text(const struct ssh *ssh, int limit)
{
	static char	buf[64];
	char		value[32];

	limit_format(limit, ssh->host->limits[limit], value, sizeof(value));
	snprintf(buf, sizeof(buf), "%s (limit %s)", value,
	    conf_limits[limit].name);
	return buf;
}

void
ssh_address(const struct ssh *ssh, char *buf, size_t size)
{
	if (ssh->address == NULL || getnameinfo(ssh->address->ai_addr,
	    ssh->address->ai_addrlen, buf, size, NULL, 0, NI_NUMERICHOST) != 0)
		strlcpy(buf, "?", size);
}

/* What the host said before it had to say who it is, if that was anything. */
static const char *
greeting_text(const struct ssh *ssh, size_t *len)
{
	const char	*p = (const char *)ssh->greeting;
	size_t		 n, left = ssh->greeting_len;

	for (; left > 0 && (*p == '\r' || *p == '\n'); p++, left--)
		;
	if (left == 0 || (left >= 4 && memcmp(p, "SSH-", 4) == 0))
		return NULL;
	for (n = 0; n < left && p[n] != '\r' && p[n] != '\n'; n++)
		;
	*len = n;
	return p;
}

/* Why there is no connection any more. */
void
error_closed(struct ssh *ssh, char *buf, size_t size)
{
	const char	*text;
	size_t		 len;

	if (ssh->disconnect != NULL) {
		snprintf(buf, size, "the host disconnected: %s",
		    ssh_quote(ssh->disconnect, strlen(ssh->disconnect)));
		return;
	}
	if (!ssh->closed) {
		strlcpy(buf, ssh_last_error(ssh), size);
		return;
	}
	if (ssh->closed_error == EMSGSIZE)
		strlcpy(buf, "the host sent too much", size);
	else if (ssh->closed_error != 0)
		strlcpy(buf, strerror(ssh->closed_error), size);
	else
		strlcpy(buf, "the host closed the connection", size);
	if ((text = greeting_text(ssh, &len)) != NULL) {
		strlcat(buf, ": ", size);
		strlcat(buf, ssh_quote(text, len), size);
	}
}

static bool
list_has(const char *list, size_t len, const char *name)
{
	size_t	n = strlen(name), part;

	while (len >= n) {
		for (part = 0; part < len && list[part] != ','; part++)
			;
		if (part == n && memcmp(list, name, n) == 0)
			return true;
		if (part == len)
			break;
		list += part + 1;
		len -= part + 1;
	}
	return false;
}

/* What this side can do, with commas; what of it the list has too. */
static size_t
offer_compare(struct ssh *ssh, int method, const char *list, size_t len,
    char *ours, size_t size)
{
	const char	**names = NULL;
	size_t		  common = 0;
	int		  i, n;

	*ours = '\0';
	n = libssh2_session_supported_algs(ssh->session, method, &names);
	for (i = 0; i < n; i++) {
		if (ours[0] != '\0')
			strlcat(ours, ",", size);
		strlcat(ours, names[i], size);
		common += list_has(list, len, names[i]);
	}
	if (n > 0)
		libssh2_free(ssh->session, names);
	return common;
}

static uint32_t
number_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* The host's KEXINIT among its first bytes: its lists begin at *len bytes. */
static const unsigned char *
kexinit_find(const struct ssh *ssh, size_t *len)
{
	const unsigned char	*p = ssh->greeting, *nl;
	size_t			 left = ssh->greeting_len;
	bool			 is_banner;

	do {
		if (p == NULL || left < 4 ||
		    (nl = memchr(p, '\n', left)) == NULL)
			return NULL;
		is_banner = memcmp(p, "SSH-", 4) == 0;
		left -= nl + 1 - p;
		p = nl + 1;
	} while (!is_banner);
	/* u32 length, u8 padding, u8 type, 16 random bytes */
	if (left < 22 || p[5] != MSG_KEXINIT)
		return NULL;
	*len = left - 22;
	return p + 22;
}

/* Which algorithms are the ones that the two sides do not share. */
static bool
error_algorithms(struct ssh *ssh, char *buf, size_t size)
{
	const unsigned char	*p;
	char			 ours[1024];
	size_t			 i, n, left;

	if ((p = kexinit_find(ssh, &left)) == NULL)
		return false;
	for (i = 0; i < NOFFERS && left >= 4; i++) {
		n = number_at(p);
		p += 4;
		left -= 4;
		if (n > left)
			return false;
		if (offer_compare(ssh, offers[i].method, (const char *)p, n,
		    ours, sizeof(ours)) == 0) {
			snprintf(buf, size, "no %s algorithm in common: the "
			    "host offers %s, this side %s", offers[i].name,
			    ssh_quote(p, n), ours);
			return true;
		}
		p += n;
		left -= n;
	}
	return false;
}

void
error_handshake(struct ssh *ssh, int rc, char *buf, size_t size)
{
	const char	*text;
	size_t		 len;

	if (ssh->closed || ssh->disconnect != NULL)
		error_closed(ssh, buf, size);
	else if (rc == LIBSSH2_ERROR_KEX_FAILURE) {
		if (!error_algorithms(ssh, buf, size))
			strlcpy(buf, "no algorithm in common", size);
	} else if ((text = greeting_text(ssh, &len)) != NULL)
		snprintf(buf, size, "this is not an SSH server; it says %s",
		    ssh_quote(text, len));
	else if (rc == LIBSSH2_ERROR_BANNER_RECV)
		strlcpy(buf, "this is not an SSH server", size);
	else
		strlcpy(buf, ssh_last_error(ssh), size);
}

static void
error_mismatch(struct ssh *ssh, const char *type, const char *fingerprint,
    char *buf, size_t size)
{
	const struct ssh_host	*h = ssh->host;

	snprintf(buf, size, "%s: HOST KEY CHANGED: the host shows %s %s, and "
	    "that is not the key %s%s. Someone may be between here and the "
	    "host, or it was set up anew: make sure which it is before you "
	    "replace the old key", h->origin, type, fingerprint,
	    h->nfingerprints > 0 ? "that is pinned" : "in ",
	    h->nfingerprints > 0 ? "" : h->known_hosts_path);
}

void
error_host_key(struct ssh *ssh, int result, const unsigned char *key,
    size_t len, char *buf, size_t size)
{
	const struct ssh_host	*h = ssh->host;
	const char		*type = host_key_type(key, len);
	char			 fingerprint[FINGERPRINT_SIZE];
	char			*line;

	host_key_fingerprint(key, len, fingerprint, sizeof(fingerprint));
	if (type == NULL)
		type = "a key of an unknown type";
	if (result == KNOWN_HOST_REVOKED) {
		snprintf(buf, size, "%s: HOST KEY REVOKED: the host shows %s "
		    "%s, which is marked @revoked in %s; do not connect to it",
		    h->origin, type, fingerprint, h->known_hosts_path);
		return;
	}
	if (result == KNOWN_HOST_MISMATCH || h->nfingerprints > 0) {
		error_mismatch(ssh, type, fingerprint, buf, size);
		return;
	}
	line = host_key_line(h->name, h->port, key, len);
	snprintf(buf, size, "%s: host key not known: the host shows %s %s; "
	    "compare it with the host's own (ssh-keygen -l), add this line to "
	    "%s (applikatonictl hostkeys has those of all hosts) and reload "
	    "(applikatonictl reload): %s",
	    h->origin, type, fingerprint, h->known_hosts_path,
	    line != NULL ? line : "?");
	free(line);
}

void
error_refused(struct ssh *ssh, const char *methods, char *buf, size_t size)
{
	const uint8_t	*blob;
	char		 fingerprint[FINGERPRINT_SIZE] = "?";
	size_t		 len;

	blob = key_blob(ssh->host->key, &len);
	host_key_fingerprint(blob, len, fingerprint, sizeof(fingerprint));
	snprintf(buf, size, "%s: authentication refused: user=%s key=%s %s; "
	    "the host takes %s; add the public key to the user's "
	    "authorized_keys there", ssh->host->origin, ssh->host->user,
	    key_algorithm(ssh->host->key), fingerprint,
	    methods != NULL ? ssh_quote(methods, strlen(methods)) :
	    "no such key");
}

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
 * Known hosts: which host keys a host may show.  Reads the text of OpenSSH's
 * known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) strictly, answers
 * whether a key is the right one for a host, and knows the fingerprints that
 * a configuration may pin instead.  It owns copies of what it read; it never
 * opens a file, talks to a host, or trusts anything on first use.
 *
 * A host is looked up by its plain name for port 22 and as "[name]:port" for
 * any other port; ssh would then try the plain name too.  So an entry without
 * a port is one for port 22, and "*" alone stands for every host on every
 * port.  Names are compared without case.
 */

#ifndef EXECUTOR_KNOWN_HOSTS_H
#define EXECUTOR_KNOWN_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#define KNOWN_HOSTS_TEXT_MAX	(16 * 1024 * 1024)	/* bytes of a file */
#define KNOWN_HOSTS_LINE_MAX	(16 * 1024)		/* bytes of a line */
#define KNOWN_HOSTS_TYPES_MAX	512	/* room for any list of key types */

#define HOST_NAME_LENGTH_MAX	255	/* a longer name is never found */
#define HOST_KEY_LENGTH_MAX	(8 * 1024)		/* bytes of a blob */
#define FINGERPRINT_SIZE	51	/* "SHA256:", 43 characters, NUL */

enum known_host_result {
	KNOWN_HOST_MATCH,	/* this is the host's key */
	KNOWN_HOST_NOT_FOUND,	/* nothing is known about the host */
	KNOWN_HOST_MISMATCH,	/* the host is known, but by other keys */
	KNOWN_HOST_REVOKED	/* the key is marked @revoked for the host */
};

struct known_hosts;

/* Told about each bad line; msg is one clause without the line's content. */
typedef void known_hosts_problem(void *arg, unsigned line, const char *msg);

/*
 * Read a file's text (it need not end with NUL or newline).  Every line that
 * is not understood, @cert-authority included, is left out and reported to
 * problem (unless NULL), lines counted from 1; it is for the caller to say
 * whether that is an error.  NULL when out of memory.
 */
struct known_hosts *known_hosts_parse(const char *text, size_t len,
    known_hosts_problem *problem, void *arg);

void known_hosts_free(struct known_hosts *);

/*
 * Is key, a public key blob as libssh2_session_hostkey() gives it, right for
 * the host?  Whatever goes wrong inside ends as KNOWN_HOST_NOT_FOUND.
 */
enum known_host_result known_hosts_check(const struct known_hosts *,
    const char *host, unsigned port, const uint8_t *key, size_t keylen);

/*
 * The key types known for the host, as a list with commas in the order of
 * the file, for LIBSSH2_METHOD_HOSTKEY; an RSA key stands for
 * "rsa-sha2-512,rsa-sha2-256,ssh-rsa".  "" when none is known.  Types that
 * libssh2 can't or should not negotiate (DSA, security keys) are left out.
 * Returns -1 when size is too small; KNOWN_HOSTS_TYPES_MAX always suffices.
 */
int known_hosts_types(const struct known_hosts *, const char *host,
    unsigned port, char *list, size_t size);

/*
 * Only what matters for this host, as known_hosts text of its own (with the
 * host's plain name, @revoked kept), so that whoever connects needs neither
 * the other hosts' keys nor the cost of a long file.  "" when nothing is
 * known.  A string for free(); NULL on error: out of memory, or a host name
 * that can't stand in such a file.
 */
char *known_hosts_excerpt(const struct known_hosts *, const char *host,
    unsigned port);

/*
 * The key type that a public key blob names, or NULL when the blob is not a
 * complete, well-formed key of a known type.  The string is static.
 */
const char *host_key_type(const uint8_t *key, size_t len);

/*
 * "SHA256:..." as ssh-keygen -l prints it; size is FINGERPRINT_SIZE or more.
 * Returns -1 on error, with "" in buf.
 */
int host_key_fingerprint(const uint8_t *key, size_t len, char *buf,
    size_t size);

/*
 * The line, without newline, that makes the key known for the host.  A
 * string for free(), or NULL on error: out of memory, a malformed key, or a
 * host name that can't stand in such a line.
 */
char *host_key_line(const char *host, unsigned port, const uint8_t *key,
    size_t len);

/* Is this a whole fingerprint, "SHA256:" and 43 characters of base64? */
int fingerprint_is_valid(const char *);

/* Has this key that fingerprint?  1 for yes; 0 for no and for any error. */
int fingerprint_match(const char *fingerprint, const uint8_t *key,
    size_t len);

#endif /* EXECUTOR_KNOWN_HOSTS_H */

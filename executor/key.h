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
 * Private keys for public key authentication: read, signed with, and handed
 * on in decrypted form.  A struct key owns the private key and wipes it when
 * it is freed; what key_export gives is the caller's to wipe.  Nothing here
 * opens a file, talks to a host, or puts bytes of a key into an error.
 *
 * key_read.c holds key_load, the reader of key files, for the executor and
 * its check; a worker does with key.c and key_private.c.
 *
 * How to authenticate with libssh2 1.10 and 1.11 (measured against OpenSSH
 * 9.2).  libssh2_userauth_publickey() takes a public key blob and a sign
 * callback; the name of the signature algorithm that it sends is the first
 * string of the blob, and the callback gives the body of the signature:
 *
 *	key			blob				sigalg
 *	ed25519, ecdsa		key_blob(k)			NULL
 *	RSA, to OpenSSH		key_blob_as(k, "rsa-sha2-512")	"rsa-sha2-512"
 *	RSA, 1.10, to others	key_blob(k)			NULL
 *	RSA, 1.11, to others	never: refuse, advise ed25519
 *
 *	static int
 *	sign(LIBSSH2_SESSION *s, unsigned char **sig, size_t *siglen,
 *	    const unsigned char *data, size_t len, void **abstract)
 *	{
 *		struct auth *a = *abstract;
 *
 *		return key_sign(a->key, a->sigalg, data, len, sig, siglen);
 *	}
 *
 *	void *abstract = a;
 *	rc = libssh2_userauth_publickey(s, user, blob, bloblen, sign,
 *	    &abstract);
 *
 * abstract is a pointer to the pointer that the callback sees.  On EAGAIN
 * call again with the same arguments; blob and key must live until it is
 * done, and the address &abstract must be valid at each call.  The library
 * frees the signature with its session's allocator, which is free() unless
 * libssh2_session_init_ex() was given another.
 */

#ifndef EXECUTOR_KEY_H
#define EXECUTOR_KEY_H

#include <stddef.h>
#include <stdint.h>

#define KEY_FILE_MAX	(64 * 1024)	/* bytes of a key file, at most */
#define KEY_ERROR_SIZE	256		/* room for any message below */

struct key;

/*
 * Read a private key (ed25519, ecdsa on the three NIST curves, RSA of 2048
 * bits or more) in OpenSSH, PEM or PKCS#8 format.  passphrase is NULL when
 * there is none; a key that is not encrypted ignores it.  An encrypted
 * OpenSSH key costs some 200 ms: load once.  Returns 0, or -1 with one clause
 * in err that quotes nothing of the key.
 */
int key_load(const char *pem, size_t len, const char *passphrase,
    struct key **out, char *err, size_t errlen);

/* Wipes and frees; NULL is fine. */
void key_free(struct key *);

/* "ssh-ed25519", "ecdsa-sha2-nistp256" (384, 521) or "ssh-rsa". */
const char *key_algorithm(const struct key *);
int key_is_rsa(const struct key *);

/* The public key in SSH's wire format; it lives as long as the key. */
const uint8_t *key_blob(const struct key *, size_t *len);

/*
 * The same with sigalg for its first string ("rsa-sha2-512", "rsa-sha2-256"
 * or the key's own algorithm).  A buffer for free(); -1 when sigalg does not
 * fit the key or memory is short.
 */
int key_blob_as(const struct key *, const char *sigalg, uint8_t **blob,
    size_t *len);

/*
 * Sign data.  sigalg is NULL for the one that key_algorithm names (for RSA
 * that is ssh-rsa with SHA-1), "rsa-sha2-512" or "rsa-sha2-256".  *sig gets
 * the body of the signature (ed25519: 64 bytes; ecdsa: mpint r, mpint s; RSA:
 * as long as the modulus) in memory for free().  Returns 0, or -1.
 */
int key_sign(const struct key *, const char *sigalg, const uint8_t *data,
    size_t datalen, uint8_t **sig, size_t *siglen);

/*
 * The decrypted private key as bytes (at most some 10 KB) to hand to a
 * worker, and back.  The buffer is the caller's: freezero(*buf, *len).
 * Import checks what it gets as key_load does.  Both return 0, or -1.
 */
int key_export(const struct key *, uint8_t **buf, size_t *len);
int key_import(const uint8_t *buf, size_t len, struct key **out, char *err,
    size_t errlen);

#endif /* EXECUTOR_KEY_H */

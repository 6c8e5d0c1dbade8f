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
 * A private key in use; see key.h.  What a key is, its public blob and its
 * signatures.  Every key that comes out of
 * key_adopt has signed once, so a damaged or half a key is found when it is
 * read and not on a host.
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "key_private.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	16384
#define ED25519_SIZE	32
#define POINT_MAX	(1 + 2 * 66)		/* nistp521 */
#define GROUP_NAME_MAX	64

/* A type of key; group is libcrypto's name of a curve, curve is SSH's. */
struct algorithm {
	const char	*name;
	int		 type;
	const char	*group, *curve;
	size_t		 field;		/* bytes of a coordinate */
};

static const struct algorithm algorithms[] = {
	{ "ssh-ed25519", EVP_PKEY_ED25519, NULL, NULL, 0 },
	{ "ecdsa-sha2-nistp256", EVP_PKEY_EC, "prime256v1", "nistp256", 32 },
	{ "ecdsa-sha2-nistp384", EVP_PKEY_EC, "secp384r1", "nistp384", 48 },
	{ "ecdsa-sha2-nistp521", EVP_PKEY_EC, "secp521r1", "nistp521", 66 },
	{ "ssh-rsa", EVP_PKEY_RSA, NULL, NULL, 0 },
};

/* What a type of key can sign with. */
struct signing {
	const char	*name, *algorithm;
	const EVP_MD	*(*digest)(void);
};

static const struct signing signings[] = {
	{ "ssh-ed25519", "ssh-ed25519", NULL },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", EVP_sha256 },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", EVP_sha384 },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", EVP_sha512 },
	{ "rsa-sha2-512", "ssh-rsa", EVP_sha512 },
	{ "rsa-sha2-256", "ssh-rsa", EVP_sha256 },
	{ "ssh-rsa", "ssh-rsa", EVP_sha1 },
};

struct key {
	EVP_PKEY		*pkey;
	const struct algorithm	*algorithm;
	uint8_t			*blob;
	size_t			 bloblen;
};

static const struct algorithm *algorithm_of(EVP_PKEY *);
static int	 rsa_check(EVP_PKEY *, char *, size_t);
static int	 blob_make(const struct key *, const char *, uint8_t **,
		    size_t *);
static int	 blob_put_ed25519(struct wire_writer *, const struct key *);
static int	 blob_put_ecdsa(struct wire_writer *, const struct key *);
static int	 blob_put_rsa(struct wire_writer *, const struct key *);
static int	 number_get(EVP_PKEY *, const char *, uint8_t *, size_t);
static const struct signing *signing_for(const struct key *, const char *);
static int	 sign_raw(const struct key *, const struct signing *,
		    const uint8_t *, size_t, uint8_t **, size_t *);
static int	 verify_raw(const struct key *, const struct signing *,
		    const uint8_t *, size_t, const uint8_t *, size_t);
static int	 key_proves_itself(const struct key *);
static int	 ecdsa_to_wire(uint8_t **, size_t *);

/*
 * Making and freeing.
 */

int
key_adopt(EVP_PKEY *pkey, struct key **out, char *err, size_t errlen)
{
	struct key	*k;

	*out = NULL;
	if ((k = calloc(1, sizeof(*k))) == NULL) {
		EVP_PKEY_free(pkey);
		return key_error(err, errlen, KEY_MSG_MEMORY);
	}
	k->pkey = pkey;
	if ((k->algorithm = algorithm_of(pkey)) == NULL) {
		key_error(err, errlen, KEY_MSG_TYPE);
		goto fail;
	}
	if (k->algorithm->type == EVP_PKEY_RSA &&
	    rsa_check(pkey, err, errlen) == -1)
		goto fail;
	if (blob_make(k, k->algorithm->name, &k->blob, &k->bloblen) == -1 ||
	    !key_proves_itself(k)) {
		key_error(err, errlen, "the key is damaged: it can't sign");
		goto fail;
	}
	ERR_clear_error();
	*out = k;
	return 0;

fail:
	ERR_clear_error();
	key_free(k);
	return -1;
}

/* libcrypto wipes the private numbers as it frees them. */
void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	free(k->blob);
	freezero(k, sizeof(*k));
}

static const struct algorithm *
algorithm_of(EVP_PKEY *pkey)
{
	char	 group[GROUP_NAME_MAX];
	size_t	 i, len;
	int	 type = EVP_PKEY_get_base_id(pkey);

	if (type == EVP_PKEY_EC && !EVP_PKEY_get_group_name(pkey, group,
	    sizeof(group), &len))
		return NULL;
	for (i = 0; i < nitems(algorithms); i++)
		if (algorithms[i].type == type && (type != EVP_PKEY_EC ||
		    strcmp(algorithms[i].group, group) == 0))
			return &algorithms[i];
	return NULL;
}

static int
rsa_check(EVP_PKEY *pkey, char *err, size_t errlen)
{
	BIGNUM	*third = NULL;
	int	 bits = EVP_PKEY_get_bits(pkey);

	if (bits < RSA_BITS_MIN)
		return key_error(err, errlen, "an RSA key of %d bits is too "
		    "small: %d are needed", bits, RSA_BITS_MIN);
	if (bits > RSA_BITS_MAX)
		return key_error(err, errlen, "an RSA key of %d bits is too "
		    "large: %d are the limit", bits, RSA_BITS_MAX);
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3, &third)) {
		BN_clear_free(third);
		return key_error(err, errlen, "an RSA key of more than two "
		    "primes is not supported");
	}
	return 0;
}

EVP_PKEY *
key_pkey(const struct key *k)
{
	return k->pkey;
}

/*
 * What a key is to others.
 */

const char *
key_algorithm(const struct key *k)
{
	return k->algorithm->name;
}

int
key_is_rsa(const struct key *k)
{
	return k->algorithm->type == EVP_PKEY_RSA;
}

const uint8_t *
key_blob(const struct key *k, size_t *len)
{
	*len = k->bloblen;
	return k->blob;
}

int
key_blob_as(const struct key *k, const char *sigalg, uint8_t **blob,
    size_t *len)
{
	const struct signing	*s;

	if ((s = signing_for(k, sigalg)) == NULL)
		return -1;
	return blob_make(k, s->name, blob, len);
}

static int
blob_make(const struct key *k, const char *name, uint8_t **blob, size_t *len)
{
	struct wire_writer	 w = { NULL, 0, 0, 0 };
	int			 rc;

	wire_put_text(&w, name);
	switch (k->algorithm->type) {
	case EVP_PKEY_ED25519:
		rc = blob_put_ed25519(&w, k);
		break;
	case EVP_PKEY_EC:
		rc = blob_put_ecdsa(&w, k);
		break;
	default:
		rc = blob_put_rsa(&w, k);
		break;
	}
	if (rc == -1)
		w.failed = 1;
	return wire_take(&w, blob, len);
}

static int
blob_put_ed25519(struct wire_writer *w, const struct key *k)
{
	uint8_t	 public[ED25519_SIZE];
	size_t	 len;

	if (!EVP_PKEY_get_octet_string_param(k->pkey, OSSL_PKEY_PARAM_PUB_KEY,
	    public, sizeof(public), &len) || len != sizeof(public))
		return -1;
	wire_put_string(w, public, len);
	return 0;
}

/* The point is never compressed, however the key's file wrote it. */
static int
blob_put_ecdsa(struct wire_writer *w, const struct key *k)
{
	uint8_t	 point[POINT_MAX] = { 4 };
	size_t	 field = k->algorithm->field;

	if (number_get(k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, point + 1,
	    field) != (int)field ||
	    number_get(k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, point + 1 + field,
	    field) != (int)field)
		return -1;
	wire_put_text(w, k->algorithm->curve);
	wire_put_string(w, point, 1 + 2 * field);
	return 0;
}

static int
blob_put_rsa(struct wire_writer *w, const struct key *k)
{
	static const char	*const names[] = { OSSL_PKEY_PARAM_RSA_E,
				    OSSL_PKEY_PARAM_RSA_N };
	uint8_t			 number[RSA_BITS_MAX / 8];
	size_t			 i;

	for (i = 0; i < nitems(names); i++) {
		if (number_get(k->pkey, names[i], number,
		    sizeof(number)) == -1)
			return -1;
		wire_put_mpint(w, number, sizeof(number));
	}
	return 0;
}

/* A public number of the key, padded to size.  Returns size, or -1. */
static int
number_get(EVP_PKEY *pkey, const char *name, uint8_t *buf, size_t size)
{
	BIGNUM	*n = NULL;
	int	 len;

	if (!EVP_PKEY_get_bn_param(pkey, name, &n))
		return -1;
	len = BN_bn2binpad(n, buf, size);
	BN_free(n);
	return len;
}

/*
 * Signing.
 */

int
key_sign(const struct key *k, const char *sigalg, const uint8_t *data,
    size_t datalen, uint8_t **sig, size_t *siglen)
{
	const struct signing	*s;
	int			 rc;

	*sig = NULL;
	*siglen = 0;
	if ((s = signing_for(k, sigalg)) == NULL)
		return -1;
	rc = sign_raw(k, s, data, datalen, sig, siglen);
	if (rc == 0 && k->algorithm->type == EVP_PKEY_EC)
		rc = ecdsa_to_wire(sig, siglen);
	ERR_clear_error();
	return rc;
}

static const struct signing *
signing_for(const struct key *k, const char *name)
{
	size_t	 i;

	if (name == NULL)
		name = k->algorithm->name;
	for (i = 0; i < nitems(signings); i++)
		if (strcmp(signings[i].name, name) == 0 &&
		    strcmp(signings[i].algorithm, k->algorithm->name) == 0)
			return &signings[i];
	return NULL;
}

/* The signature as libcrypto makes it. */
static int
sign_raw(const struct key *k, const struct signing *s, const uint8_t *data,
    size_t len, uint8_t **sig, size_t *siglen)
{
	const EVP_MD	*md = s->digest != NULL ? s->digest() : NULL;
	EVP_MD_CTX	*ctx;
	uint8_t		*buf = NULL;
	size_t		 n;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return -1;
	if (EVP_DigestSignInit(ctx, NULL, md, NULL, k->pkey) == 1 &&
	    EVP_DigestSign(ctx, NULL, &n, data, len) == 1 &&
	    (buf = malloc(n)) != NULL &&
	    EVP_DigestSign(ctx, buf, &n, data, len) == 1) {
		*sig = buf;
		*siglen = n;
		buf = NULL;
	}
	EVP_MD_CTX_free(ctx);
	free(buf);
	return *sig != NULL ? 0 : -1;
}

static int
verify_raw(const struct key *k, const struct signing *s, const uint8_t *data,
    size_t len, const uint8_t *sig, size_t siglen)
{
	const EVP_MD	*md = s->digest != NULL ? s->digest() : NULL;
	EVP_MD_CTX	*ctx;
	int		 good;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return 0;
	good = EVP_DigestVerifyInit(ctx, NULL, md, NULL, k->pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, siglen, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* The private part is there and belongs to the public one. */
static int
key_proves_itself(const struct key *k)
{
	static const uint8_t	 data[] = "a key that can sign";
	const struct signing	*s;
	uint8_t			*sig = NULL;
	size_t			 len;
	int			 good;

	s = signing_for(k, key_is_rsa(k) ? "rsa-sha2-512" : NULL);
	good = s != NULL &&
	    sign_raw(k, s, data, sizeof(data), &sig, &len) == 0 &&
	    verify_raw(k, s, data, sizeof(data), sig, len);
	free(sig);
	return good;
}

/* From DER to mpint r, mpint s (RFC 5656, section 3.1.2). */
static int
ecdsa_to_wire(uint8_t **sig, size_t *siglen)
{
	struct wire_writer	 w = { NULL, 0, 0, 0 };
	const unsigned char	*p = *sig;
	ECDSA_SIG		*es;
	const BIGNUM		*number[2];
	uint8_t			 bytes[POINT_MAX];
	int			 i, n;

	es = d2i_ECDSA_SIG(NULL, &p, *siglen);
	free(*sig);
	*sig = NULL;
	*siglen = 0;
	if (es == NULL)
		return -1;
	ECDSA_SIG_get0(es, &number[0], &number[1]);
	for (i = 0; i < 2; i++) {
		if ((n = BN_bn2binpad(number[i], bytes, sizeof(bytes))) == -1)
			w.failed = 1;
		else
			wire_put_mpint(&w, bytes, n);
	}
	ECDSA_SIG_free(es);
	return wire_take(&w, sig, siglen);
}

/* Always -1, so that a caller can return it. */
int
key_error(char *err, size_t errlen, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(err, errlen, fmt, ap);
	va_end(ap);
	return -1;
}

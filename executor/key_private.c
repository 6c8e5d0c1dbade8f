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
 * The private part of a key as bytes; see key_private.h.  Each type has a
 * reader, from the layout to a libcrypto key, and a writer, back.  libcrypto
 * encodes private keys too, but leaves copies in freed memory; everything
 * here is wiped.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "key_private.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define ED25519_SEED	32
#define ED25519_PUBLIC	32
#define NUMBER_MAX	(16384 / 8)	/* bytes of a number */

/* group is libcrypto's name of a curve, curve is SSH's. */
struct layout {
	const char	*name;
	EVP_PKEY	*(*read)(struct wire_reader *, const struct layout *);
	int		 (*write)(struct wire_writer *, const struct key *,
			    const struct layout *);
	const char	*curve, *group;
};

static EVP_PKEY	*ed25519_read(struct wire_reader *, const struct layout *);
static EVP_PKEY	*ecdsa_read(struct wire_reader *, const struct layout *);
static EVP_PKEY	*rsa_read(struct wire_reader *, const struct layout *);
static int	 ed25519_write(struct wire_writer *, const struct key *,
		    const struct layout *);
static int	 ecdsa_write(struct wire_writer *, const struct key *,
		    const struct layout *);
static int	 rsa_write(struct wire_writer *, const struct key *,
		    const struct layout *);

static const struct layout layouts[] = {
	{ "ssh-ed25519", ed25519_read, ed25519_write, NULL, NULL },
	{ "ecdsa-sha2-nistp256", ecdsa_read, ecdsa_write, "nistp256",
	    "prime256v1" },
	{ "ecdsa-sha2-nistp384", ecdsa_read, ecdsa_write, "nistp384",
	    "secp384r1" },
	{ "ecdsa-sha2-nistp521", ecdsa_read, ecdsa_write, "nistp521",
	    "secp521r1" },
	{ "ssh-rsa", rsa_read, rsa_write, NULL, NULL },
};

/*
 * An RSA key's numbers.  The layout has the first six in this order; the
 * rest follows from them.
 */
#define RSA_WRITTEN	6
enum rsa_number { RSA_N, RSA_E, RSA_D, RSA_IQMP, RSA_P, RSA_Q, RSA_DP,
    RSA_DQ, RSA_NUMBERS };
static const char *const rsa_names[RSA_NUMBERS] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_FACTOR1,
	OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
	OSSL_PKEY_PARAM_RSA_EXPONENT2
};

/* Parameters on their way into a libcrypto key, and their bytes to wipe. */
struct numbers {
	OSSL_PARAM	 params[RSA_NUMBERS + 1];
	size_t		 nparams;
	uint8_t		*bytes[RSA_NUMBERS];
	size_t		 lens[RSA_NUMBERS];
	size_t		 nbytes;
	int		 failed;
};

static const struct layout *layout_find(const uint8_t *, size_t);
static BIGNUM	*number_read(struct wire_reader *);
static int	 number_write(struct wire_writer *, const struct key *,
		    const char *);
static BIGNUM	*exponent_reduce(const BIGNUM *, const BIGNUM *);
static void	 numbers_add(struct numbers *, const char *, const BIGNUM *);
static EVP_PKEY	*numbers_to_key(struct numbers *, const char *);

int
key_private_read(struct wire_reader *r, struct key **out, char *err,
    size_t errlen)
{
	const struct layout	*layout;
	const uint8_t		*name;
	EVP_PKEY		*pkey;
	size_t			 len;

	*out = NULL;
	if (wire_get_string(r, &name, &len) == -1)
		return key_error(err, errlen, KEY_MSG_DAMAGED);
	if ((layout = layout_find(name, len)) == NULL)
		return key_error(err, errlen, KEY_MSG_TYPE);
	pkey = layout->read(r, layout);
	ERR_clear_error();
	if (pkey == NULL)
		return key_error(err, errlen, KEY_MSG_DAMAGED);
	return key_adopt(pkey, out, err, errlen);
}

int
key_import(const uint8_t *buf, size_t len, struct key **out, char *err,
    size_t errlen)
{
	struct wire_reader	 r = { buf, len };

	if (key_private_read(&r, out, err, errlen) == -1)
		return -1;
	if (r.left != 0) {
		key_free(*out);
		*out = NULL;
		return key_error(err, errlen, KEY_MSG_DAMAGED);
	}
	return 0;
}

int
key_export(const struct key *k, uint8_t **buf, size_t *len)
{
	struct wire_writer	 w = { NULL, 0, 0, 0 };
	const char		*name = key_algorithm(k);
	const struct layout	*layout;

	*buf = NULL;
	*len = 0;
	layout = layout_find((const uint8_t *)name, strlen(name));
	if (layout == NULL)
		return -1;
	wire_put_text(&w, name);
	if (layout->write(&w, k, layout) == -1)
		w.failed = 1;
	ERR_clear_error();
	return wire_take(&w, buf, len);
}

static const struct layout *
layout_find(const uint8_t *name, size_t len)
{
	size_t	 i;

	for (i = 0; i < nitems(layouts); i++)
		if (strlen(layouts[i].name) == len &&
		    memcmp(layouts[i].name, name, len) == 0)
			return &layouts[i];
	return NULL;
}

/*
 * ed25519: the public key; the seed and the public key again.
 */

static EVP_PKEY *
ed25519_read(struct wire_reader *r, const struct layout *layout)
{
	const uint8_t	*public, *private;
	size_t		 publiclen, privatelen;

	(void)layout;
	if (wire_get_string(r, &public, &publiclen) == -1 ||
	    wire_get_string(r, &private, &privatelen) == -1 ||
	    publiclen != ED25519_PUBLIC ||
	    privatelen != ED25519_SEED + ED25519_PUBLIC ||
	    memcmp(private + ED25519_SEED, public, ED25519_PUBLIC) != 0)
		return NULL;
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private,
	    ED25519_SEED);
}

static int
ed25519_write(struct wire_writer *w, const struct key *k,
    const struct layout *layout)
{
	uint8_t	 private[ED25519_SEED + ED25519_PUBLIC];
	uint8_t	*public = private + ED25519_SEED;
	int	 rc = -1;

	(void)layout;
	/* EVP_PKEY_get_raw_private_key would leave a copy in freed memory. */
	if (EVP_PKEY_get_octet_string_param(key_pkey(k),
	    OSSL_PKEY_PARAM_PRIV_KEY, private, ED25519_SEED, NULL) &&
	    EVP_PKEY_get_octet_string_param(key_pkey(k),
	    OSSL_PKEY_PARAM_PUB_KEY, public, ED25519_PUBLIC, NULL)) {
		wire_put_string(w, public, ED25519_PUBLIC);
		wire_put_string(w, private, sizeof(private));
		rc = 0;
	}
	explicit_bzero(private, sizeof(private));
	return rc;
}

/*
 * ecdsa: the curve, the public point, the private number.
 */

static EVP_PKEY *
ecdsa_read(struct wire_reader *r, const struct layout *layout)
{
	struct numbers	 numbers = { .nparams = 0 };
	const uint8_t	*point;
	BIGNUM		*d;
	size_t		 len;

	if (wire_get_text(r, layout->curve) == -1 ||
	    wire_get_string(r, &point, &len) == -1 ||
	    (d = number_read(r)) == NULL)
		return NULL;
	numbers.params[numbers.nparams++] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)layout->group, 0);
	numbers.params[numbers.nparams++] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point, len);
	numbers_add(&numbers, OSSL_PKEY_PARAM_PRIV_KEY, d);
	BN_clear_free(d);
	return numbers_to_key(&numbers, "EC");
}

/* The public blob is the name, the curve and the point. */
static int
ecdsa_write(struct wire_writer *w, const struct key *k,
    const struct layout *layout)
{
	struct wire_reader	 r;
	const uint8_t		*point;
	size_t			 len;

	r.at = key_blob(k, &r.left);
	if (wire_get_text(&r, layout->name) == -1 ||
	    wire_get_text(&r, layout->curve) == -1 ||
	    wire_get_string(&r, &point, &len) == -1)
		return -1;
	wire_put_text(w, layout->curve);
	wire_put_string(w, point, len);
	return number_write(w, k, OSSL_PKEY_PARAM_PRIV_KEY);
}

/*
 * RSA: numbers only.
 */

static EVP_PKEY *
rsa_read(struct wire_reader *r, const struct layout *layout)
{
	struct numbers	 numbers = { .nparams = 0 };
	BIGNUM		*n[RSA_NUMBERS] = { NULL };
	EVP_PKEY	*pkey;
	size_t		 i;

	(void)layout;
	for (i = 0; i < RSA_WRITTEN; i++)
		n[i] = number_read(r);
	n[RSA_DP] = exponent_reduce(n[RSA_D], n[RSA_P]);
	n[RSA_DQ] = exponent_reduce(n[RSA_D], n[RSA_Q]);
	for (i = 0; i < RSA_NUMBERS; i++)
		numbers_add(&numbers, rsa_names[i], n[i]);
	pkey = numbers_to_key(&numbers, "RSA");
	for (i = 0; i < RSA_NUMBERS; i++)
		BN_clear_free(n[i]);
	return pkey;
}

static int
rsa_write(struct wire_writer *w, const struct key *k,
    const struct layout *layout)
{
	size_t	 i;

	(void)layout;
	for (i = 0; i < RSA_WRITTEN; i++)
		if (number_write(w, k, rsa_names[i]) == -1)
			return -1;
	return 0;
}

/* d mod (prime - 1); NULL for NULL. */
static BIGNUM *
exponent_reduce(const BIGNUM *d, const BIGNUM *prime)
{
	BN_CTX	*ctx;
	BIGNUM	*less = NULL, *result = NULL;

	if (d == NULL || prime == NULL || (ctx = BN_CTX_new()) == NULL)
		return NULL;
	if ((less = BN_dup(prime)) != NULL && BN_sub_word(less, 1) &&
	    (result = BN_new()) != NULL) {
		BN_set_flags(less, BN_FLG_CONSTTIME);
		if (!BN_mod(result, d, less, ctx)) {
			BN_clear_free(result);
			result = NULL;
		}
	}
	BN_clear_free(less);
	BN_CTX_free(ctx);
	return result;
}

/*
 * Numbers.
 */

static BIGNUM *
number_read(struct wire_reader *r)
{
	const uint8_t	*p;
	size_t		 len;

	if (wire_get_mpint(r, &p, &len) == -1 || len == 0 ||
	    len > NUMBER_MAX)
		return NULL;
	return BN_bin2bn(p, len, NULL);
}

static int
number_write(struct wire_writer *w, const struct key *k, const char *name)
{
	uint8_t	 bytes[NUMBER_MAX];
	BIGNUM	*n = NULL;
	int	 rc = -1;

	if (EVP_PKEY_get_bn_param(key_pkey(k), name, &n) &&
	    BN_bn2binpad(n, bytes, sizeof(bytes)) != -1) {
		wire_put_mpint(w, bytes, sizeof(bytes));
		rc = 0;
	}
	BN_clear_free(n);
	explicit_bzero(bytes, sizeof(bytes));
	return rc;
}

/* n NULL is an error that numbers_to_key reports. */
static void
numbers_add(struct numbers *ns, const char *name, const BIGNUM *n)
{
	uint8_t	*bytes;
	size_t	 len;

	if (n == NULL) {
		ns->failed = 1;
		return;
	}
	len = BN_num_bytes(n) + 1;
	if ((bytes = malloc(len)) == NULL ||
	    BN_bn2nativepad(n, bytes, len) == -1) {
		freezero(bytes, len);
		ns->failed = 1;
		return;
	}
	ns->params[ns->nparams++] = OSSL_PARAM_construct_BN(name, bytes, len);
	ns->bytes[ns->nbytes] = bytes;
	ns->lens[ns->nbytes++] = len;
}

/* Wipes and frees what was added. */
static EVP_PKEY *
numbers_to_key(struct numbers *ns, const char *type)
{
	EVP_PKEY_CTX	*ctx = NULL;
	EVP_PKEY	*pkey = NULL;
	size_t		 i;

	ns->params[ns->nparams] = OSSL_PARAM_construct_end();
	if (!ns->failed &&
	    (ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, ns->params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	for (i = 0; i < ns->nbytes; i++)
		freezero(ns->bytes[i], ns->lens[i]);
	return pkey;
}

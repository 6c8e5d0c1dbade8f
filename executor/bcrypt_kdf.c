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
 * bcrypt_pbkdf; see bcrypt_kdf.h.  Three layers: Blowfish with bcrypt's
 * expensive key schedule, the bcrypt hash of 64 and 64 bytes to 32, and the
 * derivation of a key from many such hashes.
 *
 * No library at hand offers any of them, and Blowfish's 1042 words of pi are
 * not open to use in libcrypto: they are computed here by Machin's formula,
 * pi = 16 arctan(1/5) - 4 arctan(1/239).
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "bcrypt_kdf.h"

#define KEY_MAX		1024		/* bytes to derive */
#define DIGEST_SIZE	64		/* SHA-512 */
#define DIGEST_WORDS	(DIGEST_SIZE / 4)
#define HASH_SIZE	32		/* of a bcrypt hash here */
#define HASH_WORDS	(HASH_SIZE / 4)
#define SCHEDULES	64
#define ENCRYPTIONS	64

static const uint8_t hash_text[HASH_SIZE + 1] =
    "OxychromaticBlowfishSwatDynamite";

#define PI_WORDS	(BLOWFISH_P + BLOWFISH_S)
#define PI_BITS		(PI_WORDS * 32)
#define PI_GUARD	64		/* bits that rounding may spoil */

/* A partial sum of a series: t / (q * r). */
struct fraction {
	BIGNUM	*t, *q, *r;
};

static int	 pi_words(uint32_t *);
static BIGNUM	*arctan_scaled(unsigned, unsigned, BN_CTX *);
static int	 arctan_sum(struct fraction *, unsigned, unsigned, unsigned,
		    BN_CTX *);
static int	 fractions_join(struct fraction *, const struct fraction *,
		    int, BN_CTX *);
static int	 fraction_init(struct fraction *);
static void	 fraction_free(struct fraction *);

static void	 blowfish_encipher(const struct blowfish *, uint32_t *);
static void	 blowfish_expand(struct blowfish *, const uint32_t *,
		    const uint32_t *);
static int	 bcrypt_hash(const uint8_t *, const uint8_t *, uint8_t *);
static int	 block_derive(const uint8_t *, const uint8_t *, size_t,
		    uint32_t, unsigned, uint8_t *);
static int	 sha512(const void *, size_t, const void *, size_t, uint8_t *);
static void	 words_get(uint32_t *, const uint8_t *, size_t);

/*
 * The key: as many blocks as it needs, dealt out like cards, so that each
 * block has a share in the whole of it.
 */
int
bcrypt_kdf(const char *pass, size_t passlen, const uint8_t *salt,
    size_t saltlen, unsigned rounds, uint8_t *key, size_t keylen)
{
	uint8_t	 digest[DIGEST_SIZE], block[HASH_SIZE];
	size_t	 nblocks, n, i;
	int	 rc = -1;

	if (passlen == 0 || saltlen == 0 || rounds == 0 || keylen == 0 ||
	    keylen > KEY_MAX)
		return -1;
	nblocks = (keylen + HASH_SIZE - 1) / HASH_SIZE;
	if (sha512(pass, passlen, NULL, 0, digest) == -1)
		goto done;
	for (n = 0; n < nblocks; n++) {
		if (block_derive(digest, salt, saltlen, n + 1, rounds,
		    block) == -1)
			goto done;
		for (i = 0; i * nblocks + n < keylen; i++)
			key[i * nblocks + n] = block[i];
	}
	rc = 0;
done:
	if (rc == -1)
		explicit_bzero(key, keylen);
	explicit_bzero(digest, sizeof(digest));
	explicit_bzero(block, sizeof(block));
	return rc;
}

static int
block_derive(const uint8_t *pass, const uint8_t *salt, size_t saltlen,
    uint32_t number, unsigned rounds, uint8_t *block)
{
	uint8_t		 n[4] = { number >> 24, number >> 16, number >> 8,
			    number };
	uint8_t		 digest[DIGEST_SIZE], hash[HASH_SIZE];
	unsigned	 i, j;
	int		 rc = -1;

	memset(block, 0, HASH_SIZE);
	if (sha512(salt, saltlen, n, sizeof(n), digest) == -1)
		goto done;
	for (i = 0; i < rounds; i++) {
		if (i > 0 && sha512(hash, sizeof(hash), NULL, 0,
		    digest) == -1)
			goto done;
		if (bcrypt_hash(pass, digest, hash) == -1)
			goto done;
		for (j = 0; j < HASH_SIZE; j++)
			block[j] ^= hash[j];
	}
	rc = 0;
done:
	explicit_bzero(digest, sizeof(digest));
	explicit_bzero(hash, sizeof(hash));
	return rc;
}

static int
bcrypt_hash(const uint8_t *pass, const uint8_t *salt, uint8_t *hash)
{
	const struct blowfish	*initial;
	struct blowfish		 bf;
	uint32_t		 p[DIGEST_WORDS], s[DIGEST_WORDS];
	uint32_t		 text[HASH_WORDS];
	unsigned		 i, j;

	if ((initial = blowfish_initial()) == NULL)
		return -1;
	bf = *initial;
	words_get(p, pass, DIGEST_WORDS);
	words_get(s, salt, DIGEST_WORDS);
	words_get(text, hash_text, HASH_WORDS);

	blowfish_expand(&bf, s, p);
	for (i = 0; i < SCHEDULES; i++) {
		blowfish_expand(&bf, NULL, s);
		blowfish_expand(&bf, NULL, p);
	}
	for (i = 0; i < ENCRYPTIONS; i++)
		for (j = 0; j < HASH_WORDS; j += 2)
			blowfish_encipher(&bf, &text[j]);
	for (i = 0; i < HASH_SIZE; i++)		/* little-endian, unlike all */
		hash[i] = text[i / 4] >> (i % 4 * 8);

	explicit_bzero(&bf, sizeof(bf));
	explicit_bzero(p, sizeof(p));
	explicit_bzero(s, sizeof(s));
	explicit_bzero(text, sizeof(text));
	return 0;
}

/* The schedule: salt (or zeros when NULL) is mixed in between ciphertexts. */
static void
blowfish_expand(struct blowfish *bf, const uint32_t *salt,
    const uint32_t *key)
{
	uint32_t	 x[2] = { 0, 0 }, *out;
	unsigned	 i;

	for (i = 0; i < BLOWFISH_P; i++)
		bf->p[i] ^= key[i % DIGEST_WORDS];
	for (i = 0; i < PI_WORDS; i += 2) {
		if (salt != NULL) {
			x[0] ^= salt[i % DIGEST_WORDS];
			x[1] ^= salt[(i + 1) % DIGEST_WORDS];
		}
		blowfish_encipher(bf, x);
		out = i < BLOWFISH_P ? &bf->p[i] : &bf->s[i - BLOWFISH_P];
		out[0] = x[0];
		out[1] = x[1];
	}
	explicit_bzero(x, sizeof(x));
}

static void
blowfish_encipher(const struct blowfish *bf, uint32_t *x)
{
	const uint32_t	*s = bf->s;
	uint32_t	 l = x[0], r = x[1], t;
	unsigned	 i;

	for (i = 0; i < BLOWFISH_P - 2; i++) {
		l ^= bf->p[i];
		r ^= ((s[l >> 24] + s[256 + (l >> 16 & 255)]) ^
		    s[512 + (l >> 8 & 255)]) + s[768 + (l & 255)];
		t = l;
		l = r;
		r = t;
	}
	x[0] = r ^ bf->p[BLOWFISH_P - 1];
	x[1] = l ^ bf->p[BLOWFISH_P - 2];
}

/* Of two pieces; the second may be empty. */
static int
sha512(const void *a, size_t alen, const void *b, size_t blen,
    uint8_t *digest)
{
	EVP_MD_CTX	*ctx;
	int		 good;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return -1;
	good = EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) &&
	    EVP_DigestUpdate(ctx, a, alen) &&
	    EVP_DigestUpdate(ctx, b, blen) &&
	    EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	return good ? 0 : -1;
}

static void
words_get(uint32_t *words, const uint8_t *bytes, size_t n)
{
	for (; n > 0; n--, bytes += 4)
		*words++ = (uint32_t)bytes[0] << 24 |
		    (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		    bytes[3];
}

const struct blowfish *
blowfish_initial(void)
{
	static struct blowfish	 initial;
	static int		 is_ready;
	uint32_t		 words[PI_WORDS];

	if (!is_ready) {
		if (pi_words(words) == -1)
			return NULL;
		memcpy(initial.p, words, sizeof(initial.p));
		memcpy(initial.s, words + BLOWFISH_P, sizeof(initial.s));
		is_ready = 1;
	}
	return &initial;
}

/*
 * Pi.
 */

static int
pi_words(uint32_t *words)
{
	BN_CTX	*ctx;
	BIGNUM	*a = NULL, *b = NULL;
	uint8_t	 bytes[PI_WORDS * 4];
	int	 rc = -1;

	if ((ctx = BN_CTX_new()) == NULL ||
	    (a = arctan_scaled(5, 16, ctx)) == NULL ||
	    (b = arctan_scaled(239, 4, ctx)) == NULL)
		goto done;
	if (!BN_sub(a, a, b) || !BN_rshift(a, a, PI_GUARD) ||
	    !BN_mask_bits(a, PI_BITS) ||
	    BN_bn2binpad(a, bytes, sizeof(bytes)) == -1)
		goto done;
	words_get(words, bytes, PI_WORDS);
	rc = 0;
done:
	BN_free(a);
	BN_free(b);
	BN_CTX_free(ctx);
	return rc;
}

/*
 * factor * arctan(1/x), shifted left by PI_BITS + PI_GUARD: the series
 * 1/x - 1/3x^3 + 1/5x^5 ..., of which each term adds 2 log2(x) bits or more.
 */
static BIGNUM *
arctan_scaled(unsigned x, unsigned factor, BN_CTX *ctx)
{
	struct fraction	 f;
	unsigned	 bits, nterms;
	BIGNUM		*result = NULL;

	for (bits = 0; x * x >> (bits + 1) != 0;)
		bits++;
	nterms = (PI_BITS + PI_GUARD) / bits + 1;

	if (fraction_init(&f) == -1 ||
	    arctan_sum(&f, x, 0, nterms, ctx) == -1)
		goto done;
	/* The sum begins with 1/x^2 rather than 1/x. */
	if (!BN_mul_word(f.t, factor * x) ||
	    !BN_lshift(f.t, f.t, PI_BITS + PI_GUARD) ||
	    !BN_mul(f.q, f.q, f.r, ctx) ||
	    (result = BN_new()) == NULL)
		goto done;
	if (!BN_div(result, NULL, f.t, f.q, ctx)) {
		BN_free(result);
		result = NULL;
	}
done:
	fraction_free(&f);
	return result;
}

/*
 * The terms from..to-1 by halves, which keeps the numbers small for as long
 * as possible; the first term counts as positive and 1/((2 from + 1) x^2).
 */
static int
arctan_sum(struct fraction *f, unsigned x, unsigned from, unsigned to,
    BN_CTX *ctx)
{
	struct fraction	 g;
	unsigned	 middle = from + (to - from) / 2;
	int		 rc = -1;

	if (to - from == 1)
		return BN_one(f->t) && BN_set_word(f->q, 2 * from + 1) &&
		    BN_set_word(f->r, x * x) ? 0 : -1;
	if (fraction_init(&g) == 0 &&
	    arctan_sum(f, x, from, middle, ctx) == 0 &&
	    arctan_sum(&g, x, middle, to, ctx) == 0)
		rc = fractions_join(f, &g, (middle - from) % 2, ctx);
	fraction_free(&g);
	return rc;
}

/* f = f +- g / f.r, over the common denominator. */
static int
fractions_join(struct fraction *f, const struct fraction *g, int is_minus,
    BN_CTX *ctx)
{
	BIGNUM	*t;
	int	 good;

	if ((t = BN_new()) == NULL)
		return -1;
	good = BN_mul(t, g->t, f->q, ctx) &&
	    BN_mul(f->t, f->t, g->q, ctx) && BN_mul(f->t, f->t, g->r, ctx) &&
	    (is_minus ? BN_sub(f->t, f->t, t) : BN_add(f->t, f->t, t)) &&
	    BN_mul(f->q, f->q, g->q, ctx) && BN_mul(f->r, f->r, g->r, ctx);
	BN_free(t);
	return good ? 0 : -1;
}

static int
fraction_init(struct fraction *f)
{
	f->t = BN_new();
	f->q = BN_new();
	f->r = BN_new();
	return f->t == NULL || f->q == NULL || f->r == NULL ? -1 : 0;
}

static void
fraction_free(struct fraction *f)
{
	BN_free(f->t);
	BN_free(f->q);
	BN_free(f->r);
}

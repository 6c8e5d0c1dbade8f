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
 * Reading private keys from the text of a file; see key_load in key.h.  PEM
 * and PKCS#8 are libcrypto's work; the format of OpenSSH (PROTOCOL.key in its
 * source), which libcrypto does not know, is read here, strictly.  Our
 * own buffers that held a decrypted key are wiped; no error quotes the text.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "bcrypt_kdf.h"
#include "key_private.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define OPENSSH_BEGIN	"-----BEGIN OPENSSH PRIVATE KEY-----"
#define OPENSSH_END	"-----END OPENSSH PRIVATE KEY-----"
#define OPENSSH_MAGIC	"openssh-key-v1"	/* and its NUL */
#define BASE64		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789+/"

/* More rounds than these take minutes; ssh-keygen's default is 16 or 24. */
#define ROUNDS_MAX	1000
#define SALT_MAX	64
#define CIPHER_KEY_MAX	32
#define CIPHER_BLOCK	16		/* and size of its IV */
#define PLAIN_BLOCK	8

#define MSG_ENCRYPTED	"the key is encrypted and needs a passphrase"
#define MSG_PASSPHRASE	"the passphrase is wrong, or the key is damaged"

/* A caller's place for an error, and what the readers need at hand. */
struct source {
	const char	*text;
	size_t		 len;
	const char	*passphrase;
	char		*err;
	size_t		 errlen;
};

/*
 * What a file may begin with (or, for some, contain after other blocks), and
 * who reads it, or what there is to say about it.
 */
struct format {
	const char	*begin;
	int		 at_start;	/* only there */
	int		 (*read)(struct source *, struct key **);
	const char	*msg;
};

static int	 pem_read(struct source *, struct key **);
static int	 key_renew(struct source *, struct key *, struct key **);
static int	 openssh_read(struct source *, struct key **);

#define MSG_PUBLIC	"this is a public key; a private one is needed"

static const struct format formats[] = {
	{ OPENSSH_BEGIN, 0, openssh_read, NULL },
	{ "-----BEGIN PRIVATE KEY-----", 0, pem_read, NULL },
	{ "-----BEGIN ENCRYPTED PRIVATE KEY-----", 0, pem_read, NULL },
	{ "-----BEGIN RSA PRIVATE KEY-----", 0, pem_read, NULL },
	{ "-----BEGIN EC PRIVATE KEY-----", 0, pem_read, NULL },
	{ "-----BEGIN DSA PRIVATE KEY-----", 0, NULL,
	    "DSA keys are not supported: use ed25519, ecdsa or RSA" },
	{ "PuTTY-User-Key-File-", 1, NULL, "this is a PuTTY key: convert it "
	    "with puttygen KEY -O private-openssh -o NEW" },
	{ "-----BEGIN PUBLIC KEY-----", 0, NULL, MSG_PUBLIC },
	{ "-----BEGIN RSA PUBLIC KEY-----", 0, NULL, MSG_PUBLIC },
	{ "---- BEGIN SSH2 PUBLIC KEY ----", 0, NULL, MSG_PUBLIC },
	{ "ssh-", 1, NULL, MSG_PUBLIC },
	{ "ecdsa-sha2-", 1, NULL, MSG_PUBLIC },
	{ "sk-", 1, NULL, MSG_PUBLIC },
};

struct cipher {
	const char		*name;
	const EVP_CIPHER	*(*evp)(void);
};

static const struct cipher ciphers[] = {
	{ "aes256-ctr", EVP_aes_256_ctr },
	{ "aes192-ctr", EVP_aes_192_ctr },
	{ "aes128-ctr", EVP_aes_128_ctr },
	{ "aes256-cbc", EVP_aes_256_cbc },
	{ "aes192-cbc", EVP_aes_192_cbc },
	{ "aes128-cbc", EVP_aes_128_cbc },
};

/* The outer part of an OpenSSH key: pointers into the decoded file. */
struct envelope {
	const struct cipher	*cipher;	/* NULL: not encrypted */
	const uint8_t		*salt;
	size_t			 saltlen;
	uint32_t		 rounds;
	const uint8_t		*public, *private;
	size_t			 publiclen, privatelen;
};

static const struct format *format_find(const char *, size_t);
static int	 passphrase_give(char *, int, int, void *);
static uint8_t	*openssh_decode(struct source *, size_t *);
static int	 envelope_parse(struct source *, const uint8_t *, size_t,
		    struct envelope *);
static int	 envelope_parse_kdf(struct source *, struct wire_reader *,
		    struct envelope *);
static int	 envelope_parse_cipher(struct source *,
		    struct wire_reader *, struct envelope *);
static size_t	 block_size(const struct envelope *);
static uint8_t	*envelope_open(struct source *, const struct envelope *);
static int	 private_decrypt(const struct envelope *, const char *,
		    uint8_t *);
static int	 private_parse(struct source *, const struct envelope *,
		    const uint8_t *, struct key **);
static int	 padding_check(const struct wire_reader *, size_t);
static int	 public_matches(const struct envelope *, const struct key *);
static int	 string_is(const uint8_t *, size_t, const char *);
static int	 fail(struct source *, const char *);

int
key_load(const char *pem, size_t len, const char *passphrase,
    struct key **out, char *err, size_t errlen)
{
	struct source		 src = { pem, len, passphrase, err, errlen };
	const struct format	*format;
	int			 rc;

	*out = NULL;
	if (len > KEY_FILE_MAX)
		return fail(&src, "the file is too large for a key");
	if ((format = format_find(pem, len)) == NULL)
		return fail(&src, "this is not a private key in OpenSSH, "
		    "PEM or PKCS#8 format");
	if (format->read == NULL)
		return fail(&src, format->msg);

	rc = format->read(&src, out);
	ERR_clear_error();
	return rc;
}

/* A block must begin a line; what stands before it does not matter. */
static const struct format *
format_find(const char *text, size_t len)
{
	const char	*p;
	size_t		 i, n;

	for (i = 0; i < nitems(formats); i++) {
		n = strlen(formats[i].begin);
		if (formats[i].at_start) {
			if (len >= n && memcmp(text, formats[i].begin, n) == 0)
				return &formats[i];
			continue;
		}
		p = memmem(text, len, formats[i].begin, n);
		if (p != NULL && (p == text || p[-1] == '\n'))
			return &formats[i];
	}
	return NULL;
}

/*
 * PEM and PKCS#8.
 */

struct asked {
	const char	*passphrase;
	int		 was_asked;
};

static int
pem_read(struct source *src, struct key **out)
{
	struct asked	 asked = { src->passphrase, 0 };
	EVP_PKEY	*pkey;
	struct key	*k;
	BIO		*bio;

	if ((bio = BIO_new_mem_buf(src->text, src->len)) == NULL)
		return fail(src, KEY_MSG_MEMORY);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, passphrase_give, &asked);
	BIO_free(bio);
	if (pkey != NULL)
		return key_adopt(pkey, &k, src->err, src->errlen) == -1 ?
		    -1 : key_renew(src, k, out);
	if (!asked.was_asked)
		return fail(src, KEY_MSG_DAMAGED);
	return fail(src, asked.passphrase == NULL ? MSG_ENCRYPTED :
	    MSG_PASSPHRASE);
}

/*
 * The key as a worker will have it, which derives again what an RSA key in PEM
 * says twice: where the two differ it is better known now.
 */
static int
key_renew(struct source *src, struct key *k, struct key **out)
{
	uint8_t	*bytes;
	size_t	 len;
	int	 rc;

	rc = key_export(k, &bytes, &len);
	key_free(k);
	if (rc == -1)
		return fail(src, KEY_MSG_MEMORY);
	rc = key_import(bytes, len, out, src->err, src->errlen);
	freezero(bytes, len);
	return rc;
}

/* For libcrypto, which would ask on the terminal without it. */
static int
passphrase_give(char *buf, int size, int is_writing, void *arg)
{
	struct asked	*asked = arg;
	size_t		 len;

	(void)is_writing;
	asked->was_asked = 1;
	if (asked->passphrase == NULL || size < 0 ||
	    (len = strlen(asked->passphrase)) > (size_t)size)
		return -1;
	memcpy(buf, asked->passphrase, len);
	return len;
}

/*
 * OpenSSH's format.
 */

static int
openssh_read(struct source *src, struct key **out)
{
	struct envelope	 env;
	uint8_t		*data, *private;
	size_t		 len;
	int		 rc = -1;

	if ((data = openssh_decode(src, &len)) == NULL)
		return -1;
	if (envelope_parse(src, data, len, &env) == 0 &&
	    (private = envelope_open(src, &env)) != NULL) {
		rc = private_parse(src, &env, private, out);
		freezero(private, env.privatelen);
	}
	freezero(data, src->len);
	return rc;
}

/* The base64 between the two lines; the buffer has src->len bytes. */
static uint8_t *
openssh_decode(struct source *src, size_t *len)
{
	const char	*p, *end;
	char		*text = NULL;
	uint8_t		*data = NULL;
	size_t		 n = 0, padding;

	p = memmem(src->text, src->len, OPENSSH_BEGIN, strlen(OPENSSH_BEGIN));
	p += strlen(OPENSSH_BEGIN);
	end = memmem(p, src->text + src->len - p, OPENSSH_END,
	    strlen(OPENSSH_END));
	if (end == NULL || end == p || (*p != '\n' && *p != '\r') ||
	    end[-1] != '\n') {
		fail(src, KEY_MSG_DAMAGED);
		return NULL;
	}
	if ((text = malloc(src->len + 1)) == NULL ||
	    (data = malloc(src->len)) == NULL) {
		fail(src, KEY_MSG_MEMORY);
		goto done;
	}
	for (; p < end; p++)
		if (*p != '\n' && *p != '\r')
			text[n++] = *p;
	text[n] = '\0';

	padding = n - strspn(text, BASE64);
	*len = n / 4 * 3 - padding;
	if (n == 0 || n % 4 != 0 || padding > 2 ||
	    strspn(text + n - padding, "=") != padding ||
	    EVP_DecodeBlock(data, (unsigned char *)text, n) == -1) {
		fail(src, KEY_MSG_DAMAGED);
		freezero(data, src->len);
		data = NULL;
	}
done:
	freezero(text, src->len + 1);
	return data;
}

static int
envelope_parse(struct source *src, const uint8_t *data, size_t len,
    struct envelope *env)
{
	struct wire_reader	 r = { data, len };
	const uint8_t		*magic;
	uint32_t		 nkeys;

	memset(env, 0, sizeof(*env));
	if (wire_get_bytes(&r, sizeof(OPENSSH_MAGIC), &magic) == -1 ||
	    memcmp(magic, OPENSSH_MAGIC, sizeof(OPENSSH_MAGIC)) != 0)
		return fail(src, KEY_MSG_DAMAGED);
	if (envelope_parse_cipher(src, &r, env) == -1 ||
	    envelope_parse_kdf(src, &r, env) == -1)
		return -1;
	if (wire_get_u32(&r, &nkeys) == -1)
		return fail(src, KEY_MSG_DAMAGED);
	if (nkeys != 1)
		return fail(src, "the file must hold exactly one key");
	if (wire_get_string(&r, &env->public, &env->publiclen) == -1 ||
	    wire_get_string(&r, &env->private, &env->privatelen) == -1 ||
	    r.left != 0)
		return fail(src, KEY_MSG_DAMAGED);
	return 0;
}

static int
envelope_parse_cipher(struct source *src, struct wire_reader *r,
    struct envelope *env)
{
	const uint8_t	*name;
	size_t		 i, len;

	if (wire_get_string(r, &name, &len) == -1)
		return fail(src, KEY_MSG_DAMAGED);
	if (string_is(name, len, "none"))
		return 0;
	for (i = 0; i < nitems(ciphers); i++)
		if (string_is(name, len, ciphers[i].name)) {
			env->cipher = &ciphers[i];
			return 0;
		}
	return fail(src, "the cipher of the key is not supported: encrypt "
	    "it again with ssh-keygen -p -Z aes256-ctr -f KEY");
}

static int
envelope_parse_kdf(struct source *src, struct wire_reader *r,
    struct envelope *env)
{
	struct wire_reader	 o;
	const uint8_t		*name, *options;
	size_t			 len;

	if (wire_get_string(r, &name, &len) == -1 ||
	    wire_get_string(r, &options, &o.left) == -1)
		return fail(src, KEY_MSG_DAMAGED);
	if (env->cipher == NULL)
		return string_is(name, len, "none") && o.left == 0 ? 0 :
		    fail(src, KEY_MSG_DAMAGED);
	if (!string_is(name, len, "bcrypt"))
		return fail(src, "the key derivation is not supported");
	o.at = options;
	if (wire_get_string(&o, &env->salt, &env->saltlen) == -1 ||
	    wire_get_u32(&o, &env->rounds) == -1 || o.left != 0 ||
	    env->saltlen == 0 || env->saltlen > SALT_MAX ||
	    env->rounds == 0)
		return fail(src, KEY_MSG_DAMAGED);
	if (env->rounds > ROUNDS_MAX)
		return fail(src, "the key was encrypted with too many "
		    "rounds: encrypt it again with ssh-keygen -p -a 100");
	return 0;
}

static size_t
block_size(const struct envelope *env)
{
	return env->cipher == NULL ? PLAIN_BLOCK : CIPHER_BLOCK;
}

/* The decrypted private part, env->privatelen bytes. */
static uint8_t *
envelope_open(struct source *src, const struct envelope *env)
{
	uint8_t	*private;

	if (env->privatelen == 0 || env->privatelen % block_size(env) != 0) {
		fail(src, KEY_MSG_DAMAGED);
		return NULL;
	}
	if (env->cipher != NULL && (src->passphrase == NULL ||
	    *src->passphrase == '\0')) {
		fail(src, MSG_ENCRYPTED);
		return NULL;
	}
	if ((private = malloc(env->privatelen)) == NULL) {
		fail(src, KEY_MSG_MEMORY);
		return NULL;
	}
	if (env->cipher == NULL)
		memcpy(private, env->private, env->privatelen);
	else if (private_decrypt(env, src->passphrase, private) == -1) {
		fail(src, "the key can't be decrypted");
		freezero(private, env->privatelen);
		return NULL;
	}
	return private;
}

static int
private_decrypt(const struct envelope *env, const char *passphrase,
    uint8_t *private)
{
	const EVP_CIPHER	*cipher = env->cipher->evp();
	EVP_CIPHER_CTX		*ctx;
	uint8_t			 key[CIPHER_KEY_MAX + CIPHER_BLOCK];
	size_t			 keylen = EVP_CIPHER_get_key_length(cipher);
	int			 n, m, rc = -1;

	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return -1;
	if (bcrypt_kdf(passphrase, strlen(passphrase), env->salt,
	    env->saltlen, env->rounds, key, keylen + CIPHER_BLOCK) == 0 &&
	    EVP_DecryptInit_ex(ctx, cipher, NULL, key, key + keylen) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	    EVP_DecryptUpdate(ctx, private, &n, env->private,
	    env->privatelen) &&
	    EVP_DecryptFinal_ex(ctx, private + n, &m) &&
	    (size_t)(n + m) == env->privatelen)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	explicit_bzero(key, sizeof(key));
	return rc;
}

/* The two equal numbers in front tell a right passphrase from a wrong one. */
static int
private_parse(struct source *src, const struct envelope *env,
    const uint8_t *private, struct key **out)
{
	struct wire_reader	 r = { private, env->privatelen };
	const uint8_t		*comment;
	uint32_t		 check1, check2;
	size_t			 len;

	if (wire_get_u32(&r, &check1) == -1 ||
	    wire_get_u32(&r, &check2) == -1 || check1 != check2)
		return fail(src, env->cipher == NULL ? KEY_MSG_DAMAGED :
		    MSG_PASSPHRASE);
	if (key_private_read(&r, out, src->err, src->errlen) == -1)
		return -1;
	if (wire_get_string(&r, &comment, &len) == -1 ||
	    padding_check(&r, block_size(env)) == -1 ||
	    !public_matches(env, *out)) {
		key_free(*out);
		*out = NULL;
		return fail(src, KEY_MSG_DAMAGED);
	}
	return 0;
}

/* 1, 2, 3 ... up to the end of a block. */
static int
padding_check(const struct wire_reader *r, size_t block)
{
	size_t	 i;

	if (r->left >= block)
		return -1;
	for (i = 0; i < r->left; i++)
		if (r->at[i] != i + 1)
			return -1;
	return 0;
}

/* The file has the public key in the clear as well: it must be this one. */
static int
public_matches(const struct envelope *env, const struct key *k)
{
	const uint8_t	*blob;
	size_t		 len;

	blob = key_blob(k, &len);
	return len == env->publiclen && memcmp(blob, env->public, len) == 0;
}

static int
string_is(const uint8_t *s, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(s, text, len) == 0;
}

static int
fail(struct source *src, const char *msg)
{
	strlcpy(src->err, msg, src->errlen);
	return -1;
}

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
 * Tests of executor/key*.c and bcrypt_kdf.c: keys that ssh-keygen and openssl
 * really make are read in every form, give the public key that stands beside
 * them, and sign what libcrypto verifies with that public key alone, also
 * after a way over bytes; what can't be used is refused with a clear clause.
 */

#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "../../executor/bcrypt_kdf.h"
#include "../../executor/key.h"
#include "tap.h"
#include "workshop.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define PASSPHRASE	"a long pass phrase"

static const char	data[] = "what the server wants signed";

/* Kinds of keys; each form below is made of each of them. */
static const struct kind {
	const char	*type, *bits, *algorithm;
} kinds[] = {
	{ "ed25519", "256", "ssh-ed25519" },
	{ "ecdsa", "256", "ecdsa-sha2-nistp256" },
	{ "ecdsa", "384", "ecdsa-sha2-nistp384" },
	{ "ecdsa", "521", "ecdsa-sha2-nistp521" },
	{ "rsa", "2048", "ssh-rsa" },
	{ "rsa", "4096", "ssh-rsa" },
};

/* How ssh-keygen writes the private key. */
static const struct form {
	const char	*name, *format, *passphrase, *cipher;
} forms[] = {
	{ "OpenSSH", "RFC4716", "", "aes256-ctr" },
	{ "OpenSSH aes256-ctr", "RFC4716", PASSPHRASE, "aes256-ctr" },
	{ "OpenSSH aes256-cbc", "RFC4716", PASSPHRASE, "aes256-cbc" },
	{ "OpenSSH aes192-ctr", "RFC4716", "x", "aes192-ctr" },
	{ "OpenSSH aes128-cbc", "RFC4716", PASSPHRASE, "aes128-cbc" },
	{ "PEM", "PEM", "", "aes256-ctr" },
	{ "PEM encrypted", "PEM", PASSPHRASE, "aes256-ctr" },
	{ "PKCS8", "PKCS8", "", "aes256-ctr" },
	{ "PKCS8 encrypted", "PKCS8", PASSPHRASE, "aes256-ctr" },
};

static double
milliseconds(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static struct key *
load(const char *file, const char *passphrase, char *err)
{
	struct key	*k = NULL;
	char		*text;
	size_t		 len;

	text = workshop_read(file, &len);
	strlcpy(err, "", KEY_ERROR_SIZE);
	if (key_load(text, len, passphrase, &k, err, KEY_ERROR_SIZE) == -1)
		k = NULL;
	free(text);
	return k;
}

/* The blob in key.pub. */
static uint8_t *
public_blob(size_t *len)
{
	char	*text, *p;
	uint8_t	*blob;

	text = workshop_read("key.pub", len);
	p = strchr(text, ' ') + 1;
	p[strcspn(p, " \n")] = '\0';
	if ((blob = malloc(strlen(p))) == NULL)
		workshop_fail("malloc");
	*len = EVP_DecodeBlock(blob, (unsigned char *)p, strlen(p));
	*len -= p[strlen(p) - 1] == '=';
	*len -= p[strlen(p) - 2] == '=';
	free(text);
	return blob;
}

/* key.pub for libcrypto, by ssh-keygen's conversion where there is one. */
static EVP_PKEY *
public_key(const struct kind *kind)
{
	EVP_PKEY	*pkey;
	uint8_t		*blob;
	size_t		 len;
	FILE		*f;

	if (strcmp(kind->type, "ed25519") == 0) {
		blob = public_blob(&len);
		pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    blob + len - 32, 32);
		free(blob);
		return pkey;
	}
	workshop_run("public", (const char *[]){ "ssh-keygen", "-e", "-m",
	    "PKCS8", "-f", "key.pub", NULL });
	if ((f = fopen("public", "r")) == NULL)
		workshop_fail("public");
	pkey = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	return pkey;
}

/* Two mpints in, DER out. */
static int
ecdsa_to_der(const uint8_t *sig, size_t len, uint8_t **der)
{
	ECDSA_SIG	*es = ECDSA_SIG_new();
	BIGNUM		*n[2] = { NULL, NULL };
	size_t		 i, size;
	int		 derlen;

	for (i = 0; i < 2 && len >= 4; i++) {
		size = (size_t)sig[0] << 24 | sig[1] << 16 | sig[2] << 8 |
		    sig[3];
		if (size == 0 || size > len - 4 || (sig[4] & 0x80) ||
		    (sig[4] == 0 && (sig[5] & 0x80) == 0))
			return -1;
		n[i] = BN_bin2bn(sig + 4, size, NULL);
		sig += 4 + size;
		len -= 4 + size;
	}
	if (len != 0 || n[1] == NULL || !ECDSA_SIG_set0(es, n[0], n[1]))
		return -1;
	*der = NULL;
	derlen = i2d_ECDSA_SIG(es, der);
	ECDSA_SIG_free(es);
	return derlen;
}

static int
verify(EVP_PKEY *pkey, const EVP_MD *md, const uint8_t *sig, size_t len)
{
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	uint8_t		*der = NULL;
	int		 n, good;

	if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC) {
		if ((n = ecdsa_to_der(sig, len, &der)) == -1) {
			EVP_MD_CTX_free(ctx);
			return 0;
		}
		sig = der;
		len = n;
	}
	good = EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, len, (const uint8_t *)data,
	    sizeof(data)) == 1;
	EVP_MD_CTX_free(ctx);
	OPENSSL_free(der);
	return good;
}

/* One algorithm: its signature verifies, of the right length for its kind. */
static int
signs(const struct key *k, const char *sigalg, EVP_PKEY *pkey,
    const EVP_MD *md)
{
	uint8_t	*sig = NULL;
	size_t	 len;
	int	 good;

	if (key_sign(k, sigalg, (const uint8_t *)data, sizeof(data), &sig,
	    &len) == -1)
		return 0;
	good = verify(pkey, md, sig, len);
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC)
		good = good && len == (size_t)EVP_PKEY_get_size(pkey);
	free(sig);
	return good;
}

static int
signs_all(const struct key *k, EVP_PKEY *pkey)
{
	const char	*name = key_algorithm(k);

	if (key_is_rsa(k))
		return signs(k, "rsa-sha2-512", pkey, EVP_sha512()) &&
		    signs(k, "rsa-sha2-256", pkey, EVP_sha256()) &&
		    signs(k, "ssh-rsa", pkey, EVP_sha1()) &&
		    signs(k, NULL, pkey, EVP_sha1());
	if (strcmp(name, "ssh-ed25519") == 0)
		return signs(k, NULL, pkey, NULL) &&
		    signs(k, name, pkey, NULL);
	if (strcmp(name, "ecdsa-sha2-nistp256") == 0)
		return signs(k, NULL, pkey, EVP_sha256());
	if (strcmp(name, "ecdsa-sha2-nistp384") == 0)
		return signs(k, NULL, pkey, EVP_sha384());
	return signs(k, NULL, pkey, EVP_sha512());
}

/* Everything that must be true of a key that was read. */
static void
check_key(const struct key *k, const struct kind *kind, const char *what)
{
	EVP_PKEY	*pkey = public_key(kind);
	struct key	*copy = NULL;
	const uint8_t	*blob;
	uint8_t		*want, *bytes, *sig;
	size_t		 len, wantlen;
	char		 err[KEY_ERROR_SIZE] = "";

	is_str(key_algorithm(k), kind->algorithm, "%s: its algorithm", what);
	blob = key_blob(k, &len);
	want = public_blob(&wantlen);
	ok(len == wantlen && memcmp(blob, want, len) == 0,
	    "%s: the public key is that of the .pub file", what);
	free(want);
	ok(signs_all(k, pkey), "%s: its signatures are good", what);
	ok(key_sign(k, "ssh-dss", (const uint8_t *)data, sizeof(data), &sig,
	    &len) == -1 && sig == NULL, "%s: no algorithm but its own",
	    what);

	ok(key_export(k, &bytes, &len) == 0, "%s: is exported", what);
	ok(key_import(bytes, len, &copy, err, sizeof(err)) == 0,
	    "%s: is imported %s", what, err);
	if (copy != NULL)
		ok(strcmp(key_algorithm(copy), key_algorithm(k)) == 0 &&
		    signs_all(copy, pkey), "%s: and signs again", what);
	key_free(copy);
	ok(key_import(bytes, len - 1, &copy, err, sizeof(err)) == -1 &&
	    copy == NULL, "%s: not when it is cut short", what);
	freezero(bytes, len);
	EVP_PKEY_free(pkey);
}

static void
keygen(const struct kind *kind, const struct form *form)
{
	unlink("key");
	unlink("key.pub");
	workshop_make((const char *[]){ "ssh-keygen", "-q", "-t", kind->type,
	    "-b", kind->bits, "-m", form->format, "-Z", form->cipher, "-a",
	    "2", "-N", form->passphrase, "-C", "a comment", "-f", "key",
	    NULL });
}

static void
test_form(const struct kind *kind, const struct form *form)
{
	struct key	*k;
	char		 err[KEY_ERROR_SIZE], what[128];

	keygen(kind, form);
	snprintf(what, sizeof(what), "%s %s %s", kind->type, kind->bits,
	    form->name);
	if (form->passphrase[0] != '\0') {
		k = load("key", NULL, err);
		ok(k == NULL, "%s: not without a passphrase", what);
		is_str(err, "the key is encrypted and needs a passphrase",
		    "%s: which it says", what);
		k = load("key", "another", err);
		ok(k == NULL, "%s: not with a wrong one", what);
		is_str(err, "the passphrase is wrong, or the key is damaged",
		    "%s: which it says", what);
	} else {
		k = load("key", "not needed", err);
		ok(k != NULL, "%s: a passphrase does not matter %s", what,
		    err);
		key_free(k);
	}
	k = load("key", form->passphrase[0] == '\0' ? NULL :
	    form->passphrase, err);
	if (ok(k != NULL, "%s: is read %s", what, err))
		check_key(k, kind, what);
	key_free(k);
}

static void
test_forms(void)
{
	size_t	 i, j;

	for (i = 0; i < nitems(kinds); i++)
		for (j = 0; j < nitems(forms); j++) {
			/* 4096 bits take long to make: one form will do. */
			if (strcmp(kinds[i].bits, "4096") == 0 && j != 1)
				continue;
			test_form(&kinds[i], &forms[j]);
		}
}

/* Made by openssl rather than ssh-keygen. */
static void
test_openssl(void)
{
	static const char	*const commands[] = {
		"openssl genpkey -algorithm ed25519 -out key",
		"openssl genpkey -algorithm ed25519 -aes256 -pass pass:secret"
		    " -out key",
		"openssl ecparam -name prime256v1 -genkey -out key",
		"openssl ecparam -name secp384r1 -genkey |"
		    " openssl ec -conv_form compressed -out key",
		"openssl ecparam -name secp521r1 -genkey |"
		    " openssl pkcs8 -topk8 -passout pass:secret -out key",
		"openssl ecparam -name prime256v1 -genkey |"
		    " openssl ec -no_public -out key",
		"openssl genrsa -traditional -out key 2048",
		"openssl genrsa -aes128 -passout pass:secret -out key 2048",
		"(openssl genrsa -traditional 2048 | sed 's/$/\\r/') >key",
	};
	static const int	 kind_of[] = { 0, 0, 1, 2, 3, 1, 4, 4, 4 };
	struct key		*k;
	uint8_t			*blob;
	unsigned char		*base64;
	char			 err[KEY_ERROR_SIZE];
	size_t			 i, len;
	FILE			*f;

	for (i = 0; i < nitems(commands); i++) {
		workshop_make((const char *[]){ "sh", "-c", commands[i],
		    NULL });
		k = load("key", "secret", err);
		if (!ok(k != NULL, "openssl %zu: is read %s", i, err))
			continue;
		/* No .pub file from openssl: the one of the key itself. */
		if (key_blob_as(k, key_algorithm(k), &blob, &len) == -1 ||
		    (base64 = malloc(len * 2)) == NULL ||
		    (f = fopen("key.pub", "w")) == NULL)
			workshop_fail("key.pub");
		EVP_EncodeBlock(base64, blob, len);
		fprintf(f, "%s %s\n", key_algorithm(k), (char *)base64);
		fclose(f);
		free(base64);
		free(blob);
		check_key(k, &kinds[kind_of[i]], commands[i]);
		key_free(k);
	}
}

static void
test_blob_as(void)
{
	struct key	*k;
	const uint8_t	*own;
	uint8_t		*blob;
	size_t		 ownlen, len;
	char		 err[KEY_ERROR_SIZE];

	keygen(&kinds[4], &forms[0]);
	if ((k = load("key", NULL, err)) == NULL)
		workshop_fail(err);
	own = key_blob(k, &ownlen);
	ok(key_blob_as(k, "rsa-sha2-512", &blob, &len) == 0 &&
	    len == ownlen + 5 && memcmp(blob, "\0\0\0\014rsa-sha2-512", 16)
	    == 0 && memcmp(blob + 16, own + 11, ownlen - 11) == 0,
	    "an RSA key's blob under another name");
	free(blob);
	ok(key_blob_as(k, "ssh-ed25519", &blob, &len) == -1,
	    "but not under the name of another type");
	ok(key_is_rsa(k), "it is RSA");
	key_free(k);

	keygen(&kinds[0], &forms[0]);
	if ((k = load("key", NULL, err)) == NULL)
		workshop_fail(err);
	ok(key_blob_as(k, "rsa-sha2-512", &blob, &len) == -1 &&
	    !key_is_rsa(k), "nor ed25519 under that of RSA");
	key_free(k);
	key_free(NULL);
}

/* Keys that must be refused, how they are made, and a word of the reason. */
static const struct {
	const char	*what, *command, *word;
} refused[] = {
	{ "RSA 1024", "ssh-keygen -q -t rsa -b 1024 -N '' -f bad", "1024" },
	{ "RSA 1024 in PEM", "ssh-keygen -q -t rsa -b 1024 -m PEM -N '' "
	    "-f bad", "1024 bits is too small" },
	{ "RSA 2047", "openssl genrsa -out bad 2047", "2047 bits is too" },
	{ "RSA of three primes", "openssl genrsa -primes 3 -out bad 2048",
	    "two primes" },
	{ "DSA", "ssh-keygen -q -t dsa -N '' -f bad", "not supported" },
	{ "DSA in PEM", "ssh-keygen -q -t dsa -m PEM -N '' -f bad",
	    "not supported" },
	{ "DSA in PKCS8", "ssh-keygen -q -t dsa -m PKCS8 -N '' -f bad",
	    "not supported" },
	{ "secp256k1", "openssl ecparam -name secp256k1 -genkey -out bad",
	    "not supported" },
	{ "RSA-PSS", "openssl genpkey -algorithm RSA-PSS -out bad",
	    "not supported" },
	{ "X25519", "openssl genpkey -algorithm x25519 -out bad",
	    "not supported" },
	{ "ed448", "openssl genpkey -algorithm ed448 -out bad",
	    "not supported" },
	{ "AES-GCM", "ssh-keygen -q -t ed25519 -Z aes256-gcm@openssh.com "
	    "-N secret -f bad", "-Z aes256-ctr" },
	{ "ChaCha20", "ssh-keygen -q -t ed25519 -Z "
	    "chacha20-poly1305@openssh.com -N secret -f bad",
	    "-Z aes256-ctr" },
	{ "a public key", "ssh-keygen -q -t ed25519 -N '' -f k; "
	    "mv k.pub bad; rm k", "public key" },
	{ "a public key in PEM", "openssl genpkey -algorithm ed25519 |"
	    " openssl pkey -pubout -out bad", "public key" },
	{ "a PuTTY key", "echo PuTTY-User-Key-File-3: ssh-ed25519 >bad",
	    "puttygen" },
	{ "nothing", ": >bad", "not a private key" },
	{ "other text", "echo hello >bad", "not a private key" },
	{ "a certificate", "openssl req -x509 -newkey ed25519 -nodes "
	    "-subj /CN=x -keyout k -out bad; rm k", "not a private key" },
	{ "a large file", "head -c 70000 /dev/zero >bad", "too large" },
	{ "only lines", "echo -----BEGIN OPENSSH PRIVATE KEY----- >bad;"
	    "echo -----END OPENSSH PRIVATE KEY----- >>bad", "damaged" },
	{ "base64 of nothing known", "echo -----BEGIN OPENSSH PRIVATE "
	    "KEY----- >bad; echo AAAAAAAA >>bad; echo -----END OPENSSH "
	    "PRIVATE KEY----- >>bad", "damaged" },
	{ "no base64", "echo -----BEGIN OPENSSH PRIVATE KEY----- >bad; "
	    "echo 'AAA!' >>bad; echo -----END OPENSSH PRIVATE KEY----- >>bad",
	    "damaged" },
	{ "a begin and no end", "ssh-keygen -q -t ed25519 -N '' -f bad; "
	    "sed -i '$d' bad", "damaged" },
	{ "RSA in PEM with another exponent", "openssl genrsa -traditional "
	    "2048 | openssl rsa -traditional -outform DER -out k; echo other |"
	    " dd of=k bs=1 seek=400 conv=notrunc; openssl rsa -inform DER "
	    "-traditional -in k -out bad; rm k", "damaged" },
};

static void
test_refused(void)
{
	struct key	*k;
	char		 err[KEY_ERROR_SIZE];
	size_t		 i;

	for (i = 0; i < nitems(refused); i++) {
		unlink("bad");
		unlink("bad.pub");
		workshop_run("output", (const char *[]){ "sh", "-c",
		    refused[i].command, NULL });
		if (access("bad", R_OK) == -1) {
			/* Newer tools no longer make some of these. */
			ok(1, "%s can't be made # SKIP", refused[i].what);
			continue;
		}
		k = load("bad", "secret", err);
		ok(k == NULL && strstr(err, refused[i].word) != NULL,
		    "%s is refused: %s", refused[i].what, err);
		key_free(k);
	}
}

/*
 * A file cut anywhere is no key, and says so without any of its text.
 */
static void
test_truncated(const struct form *form)
{
	struct key	*k;
	char		*text, err[KEY_ERROR_SIZE];
	size_t		 len, n, read = 0, quoted = 0, end;

	keygen(&kinds[0], form);
	text = workshop_read("key", &len);
	for (end = len; end > 0 && text[end - 1] == '\n';)
		end--;
	for (n = 0; n < end - 1; n++) {
		strlcpy(err, "", sizeof(err));
		if (key_load(text, n, NULL, &k, err, sizeof(err)) == 0) {
			key_free(k);
			read++;
		}
		quoted += err[0] == '\0' || strstr(err, "b3BlbnNza") != NULL;
	}
	is_int(read, 0, "%s: cut anywhere it is no key", form->name);
	is_int(quoted, 0, "and says so");
	free(text);
}

/* A changed byte inside is an error, or changed nothing but the comment. */
static void
test_damaged(void)
{
	struct key	*k;
	const uint8_t	*blob;
	uint8_t		*bytes, *want;
	unsigned char	*base64;
	char		*text, *p, *file, err[KEY_ERROR_SIZE];
	size_t		 len, n, i, wantlen, bloblen, wrong = 0, good = 0;
	const char	*begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
	const char	*end = "-----END OPENSSH PRIVATE KEY-----";

	keygen(&kinds[1], &forms[0]);
	text = workshop_read("key", &len);
	want = public_blob(&wantlen);
	*strstr(text, end) = '\0';
	for (p = text + strlen(begin), n = 0; *p != '\0'; p++)
		if (*p != '\n')
			text[n++] = *p;
	bytes = malloc(n);
	base64 = malloc(n + 1);
	if (bytes == NULL || base64 == NULL)
		workshop_fail("malloc");
	len = EVP_DecodeBlock(bytes, (unsigned char *)text, n);
	len -= (text[n - 1] == '=') + (text[n - 2] == '=');
	for (i = 0; i <= len; i++) {
		if (i < len)
			bytes[i] ^= 1;
		EVP_EncodeBlock(base64, bytes, len);
		if (i < len)
			bytes[i] ^= 1;
		if (asprintf(&file, "%s%s\n%s\n", begin, (char *)base64,
		    end) == -1)
			workshop_fail("asprintf");
		if (key_load(file, strlen(file), NULL, &k, err,
		    sizeof(err)) == 0) {
			blob = key_blob(k, &bloblen);
			if (bloblen != wantlen ||
			    memcmp(blob, want, bloblen) != 0)
				wrong++;
			good++;
			key_free(k);
		}
		free(file);
	}
	is_int(wrong, 0, "no changed byte gives another key");
	is_int(good, strlen("a comment") + 1,
	    "and only the comment can be changed");
	free(bytes);
	free(base64);
	free(want);
	free(text);
}

static void
test_blowfish(void)
{
	const struct blowfish	*bf;
	double			 start = milliseconds();

	bf = blowfish_initial();
	start = milliseconds() - start;
	ok(start < 1000, "pi takes %.1f ms", start);
	ok(bf->p[0] == 0x243f6a88 && bf->p[1] == 0x85a308d3 &&
	    bf->p[17] == 0x8979fb1b, "it begins with the P array");
	ok(bf->s[0] == 0xd1310ba6 && bf->s[1] == 0x98dfb5ac &&
	    bf->s[1022] == 0x578fdfe3 && bf->s[1023] == 0x3ac372e6,
	    "and ends with the last S box");
	ok(blowfish_initial() == bf, "it is computed once");
}

static void
test_bcrypt(void)
{
	static const uint8_t	 want[32] = {
		0x5b, 0xbf, 0x0c, 0xc2, 0x93, 0x58, 0x7f, 0x1c,
		0x36, 0x35, 0x55, 0x5c, 0x27, 0x79, 0x65, 0x98,
		0xd4, 0x7e, 0x57, 0x90, 0x71, 0xbf, 0x42, 0x7e,
		0x9d, 0x8f, 0xbe, 0x84, 0x2a, 0xba, 0x34, 0xd9
	};
	const uint8_t		*salt = (const uint8_t *)"salt";
	uint8_t			 key[48];

	ok(bcrypt_kdf("password", 8, salt, 4, 4, key, 32) == 0 &&
	    memcmp(key, want, 32) == 0, "bcrypt's derivation, known answer");
	ok(bcrypt_kdf("", 0, salt, 4, 4, key, 32) == -1 &&
	    bcrypt_kdf("x", 1, salt, 0, 4, key, 32) == -1 &&
	    bcrypt_kdf("x", 1, salt, 4, 0, key, 32) == -1 &&
	    bcrypt_kdf("x", 1, salt, 4, 1, key, 0) == -1,
	    "nothing is derived from nothing");
}

int
main(void)
{
	workshop_open();
	test_blowfish();
	test_bcrypt();
	test_forms();
	test_openssl();
	test_blob_as();
	test_refused();
	test_truncated(&forms[0]);
	test_truncated(&forms[7]);
	test_damaged();
	return done_testing();
}

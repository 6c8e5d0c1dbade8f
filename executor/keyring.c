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
 * The keyring, see keyring.h.  A key that was there before is not decrypted
 * again: bcrypt takes a fifth of a second for each, and a reload has to
 * answer soon.
 */

#include "config.h"

#include <sys/queue.h>

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "key.h"
#include "keyring.h"

#define DIGEST_SIZE	32

/* A key, and what it was made of. */
struct item {
	TAILQ_ENTRY(item)		 entry;
	const struct conf_target	*target;
	unsigned char			 digest[DIGEST_SIZE];
	struct target_key		 key;
};
TAILQ_HEAD(keyring, item);

static struct keyring	 keyring = TAILQ_HEAD_INITIALIZER(keyring);

static void
key_digest(const struct conf_target *t, unsigned char *digest)
{
	const char	*pass = t->passphrase != NULL ? t->passphrase : "";
	EVP_MD_CTX	*ctx;

	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, t->key, strlen(t->key) + 1) != 1 ||
	    EVP_DigestUpdate(ctx, pass, strlen(pass)) != 1 ||
	    EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		fatalx("%s", __func__);
	EVP_MD_CTX_free(ctx);
}

static const struct item *
key_by_digest(const struct keyring *list, const unsigned char *digest)
{
	const struct item	*k;

	TAILQ_FOREACH(k, list, entry)
		if (memcmp(k->digest, digest, DIGEST_SIZE) == 0)
			return k;
	return NULL;
}

const struct target_key *
keyring_find(const struct conf_target *t)
{
	const struct item	*k;

	TAILQ_FOREACH(k, &keyring, entry)
		if (k->target == t)
			return &k->key;
	return NULL;
}

static void
keyring_free(struct keyring *list)
{
	struct item	*k;

	while ((k = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, k, entry);
		freezero(k->key.der, k->key.len);
		freezero(k, sizeof(*k));
	}
}

static void
string_wipe(char **s)
{
	if (*s != NULL)
		freezero(*s, strlen(*s));
	*s = NULL;
}

/* Decrypts, unless the same key is there already: it may take 200 ms. */
static int
key_take(struct item *k, const struct item *known,
    const struct conf_target *t, char *err, size_t errlen)
{
	struct key	*key;
	int		 r;

	if (known != NULL) {
		if ((k->key.der = malloc(known->key.len)) == NULL)
			fatal("%s", __func__);
		memcpy(k->key.der, known->key.der, known->key.len);
		k->key.len = known->key.len;
		return 0;
	}
	if (key_load(t->key, strlen(t->key), t->passphrase, &key, err, errlen)
	    == -1)
		return -1;
	r = key_export(key, &k->key.der, &k->key.len);
	key_free(key);
	if (r == -1)
		strlcpy(err, "it can't be decrypted", errlen);
	return r;
}

static void
keyring_add(struct keyring *list, const struct conf_application *a,
    struct conf_target *t)
{
	const struct item	*known;
	struct item	*k;
	char			 err[KEY_ERROR_SIZE];

	if (t->key == NULL)
		return;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		fatal("%s", __func__);
	k->target = t;
	key_digest(t, k->digest);
	if ((known = key_by_digest(list, k->digest)) == NULL)
		known = key_by_digest(&keyring, k->digest);
	if (key_take(k, known, t, err, sizeof(err)) == -1) {
		log_warnx("key unusable: app=%s target=%s reason=%s",
		    log_quote(a->name), log_quote(t->name), log_quote(err));
		free(k);
	} else
		TAILQ_INSERT_TAIL(list, k, entry);
	string_wipe(&t->key);
	string_wipe(&t->passphrase);
}

void
keyring_load(struct conf *conf)
{
	struct keyring		 list = TAILQ_HEAD_INITIALIZER(list);
	struct conf_application	*a;
	size_t			 i, j;

	for (i = 0; i < conf->applications.n; i++) {
		a = conf->applications.v[i];
		for (j = 0; j < a->targets.n; j++)
			keyring_add(&list, a, a->targets.v[j]);
	}
	keyring_free(&keyring);
	TAILQ_CONCAT(&keyring, &list, entry);
}

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
 * Known hosts; see known_hosts.h.  A file becomes an array of entries, one a
 * good line, in the order of the file.  A lookup goes through all of them and
 * compares one name with each: text or a short pattern, or an HMAC where the
 * name is hashed (some 0.3 us each).
 *
 * What libssh2 offers for this misses wildcards, `!' and the markers, and has
 * read out of bounds on malformed lines: hence a reader of our own.
 */

#include "config.h"

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "known_hosts.h"
#include "wire.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define SSH_PORT	22
#define HASH_MAGIC	"|1|"
#define HASH_SIZE	20		/* SHA-1; the salt is as long */
#define HASH_BASE64	28		/* characters of HASH_SIZE bytes */
#define FINGERPRINT_PREFIX "SHA256:"
#define FINGERPRINT_BASE64 43

#define BLANKS		" \t"
#define BASE64		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789+/"
/* Ends of 43 characters that stand for 32 bytes: the last two bits are 0. */
#define BASE64_END	"AEIMQUYcgkosw048"

/* "[", name, "]:", port, NUL */
#define LOOKUP_SIZE	(HOST_NAME_LENGTH_MAX + 10)

/*
 * What follows a key's type in its blob: a curve's name, a string of exactly
 * so many bytes, so many numbers, an application's name.  negotiate is what
 * LIBSSH2_METHOD_HOSTKEY is told.
 */
struct kind {
	const char	*name;
	const char	*negotiate;
	const char	*curve;
	size_t		 point;
	unsigned	 numbers;
	int		 has_application;
};

static const struct kind kinds[] = {
	{ "ssh-ed25519", "ssh-ed25519", NULL, 32, 0, 0 },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "nistp256", 65, 0, 0 },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "nistp384", 97, 0, 0 },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "nistp521", 133, 0,
	    0 },
	{ "ssh-rsa", "rsa-sha2-512,rsa-sha2-256,ssh-rsa", NULL, 0, 2, 0 },
	{ "ssh-dss", NULL, NULL, 0, 4, 0 },
	{ "sk-ssh-ed25519@openssh.com", NULL, NULL, 32, 0, 1 },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", NULL, "nistp256", 65, 0, 1 },
};

struct entry {
	int			 is_revoked;
	char			*names;	/* lower case; NULL when hashed */
	uint8_t			 salt[HASH_SIZE], hash[HASH_SIZE];
	const struct kind	*kind;
	uint8_t			*key;
	size_t			 keylen;
};

struct known_hosts {
	struct entry	*entries;
	size_t		 nentries, room;
	EVP_MAC_CTX	*mac;		/* HMAC-SHA1, for hashed names */
};

/* A word of a line: neither owned nor ended by NUL. */
struct word {
	const char	*s;
	size_t		 len;
};

static int	 line_parse(struct known_hosts *, const char *, size_t,
		    const char **);
static const char *entry_parse(struct entry *, const char *, size_t);
static const char *marker_parse(struct entry *, struct word *,
		    const char **, const char *);
static const char *names_parse(struct entry *, struct word);
static const char *name_check(const char *, size_t);
static const char *hashed_name_parse(struct entry *, struct word);
static const char *key_parse(struct entry *, struct word, struct word);
static void	 entry_clear(struct entry *);
static struct word word_next(const char **, const char *);
static int	 word_is(struct word, const char *);
static int	 base64_decode(const char *, size_t, uint8_t *, size_t *);
static char	*base64_encode(const uint8_t *, size_t);

static int	 lookup_name(const char *, unsigned, char *, size_t);
static int	 host_is_plain(const char *);
static int	 entry_matches(const struct known_hosts *,
		    const struct entry *, const char *);
static int	 hashed_name_matches(const struct known_hosts *,
		    const struct entry *, const char *);
static int	 names_match(const char *, const char *);
static int	 pattern_matches(const char *, const char *, const char *);
static char	*entry_line(const char *, const char *, const char *,
		    const uint8_t *, size_t);
static const struct kind *kind_of(const uint8_t *, size_t);
static const struct kind *kind_named(struct word);

/*
 * Parsing.
 */

struct known_hosts *
known_hosts_parse(const char *text, size_t len, known_hosts_problem *problem,
    void *arg)
{
	struct known_hosts	*kh;
	const char		*end, *line, *eol, *msg;
	EVP_MAC			*hmac;
	unsigned		 lineno = 0;
	OSSL_PARAM		 params[2];
	char			 digest[] = "SHA1";

	if ((kh = calloc(1, sizeof(*kh))) == NULL)
		return NULL;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	kh->mac = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	if (kh->mac == NULL || !EVP_MAC_CTX_set_params(kh->mac, params))
		goto fail;

	if (len > KNOWN_HOSTS_TEXT_MAX) {
		if (problem != NULL)
			problem(arg, 1, "the file is too large");
		return kh;
	}
	for (line = text, end = text + len; line < end; line = eol + 1) {
		lineno++;
		if ((eol = memchr(line, '\n', end - line)) == NULL)
			eol = end;
		if (line_parse(kh, line, eol - line, &msg) == -1)
			goto fail;
		if (msg != NULL && problem != NULL)
			problem(arg, lineno, msg);
	}
	return kh;

fail:
	known_hosts_free(kh);
	return NULL;
}

void
known_hosts_free(struct known_hosts *kh)
{
	size_t	 i;

	if (kh == NULL)
		return;
	for (i = 0; i < kh->nentries; i++)
		entry_clear(&kh->entries[i]);
	free(kh->entries);
	EVP_MAC_CTX_free(kh->mac);
	free(kh);
}

static void
entry_clear(struct entry *e)
{
	free(e->names);
	free(e->key);
	memset(e, 0, sizeof(*e));
}

/* -1 when out of memory; else *msg says what is wrong, or is NULL. */
static int
line_parse(struct known_hosts *kh, const char *line, size_t len,
    const char **msg)
{
	struct entry	*entries;
	size_t		 room;

	*msg = NULL;
	if (kh->nentries == kh->room) {
		room = kh->room == 0 ? 16 : kh->room * 2;
		entries = reallocarray(kh->entries, room, sizeof(*entries));
		if (entries == NULL)
			return -1;
		kh->entries = entries;
		kh->room = room;
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	while (len > 0 && strchr(BLANKS, *line) != NULL && *line != '\0') {
		line++;
		len--;
	}
	if (len == 0 || *line == '#')
		return 0;

	entries = &kh->entries[kh->nentries];
	memset(entries, 0, sizeof(*entries));
	*msg = entry_parse(entries, line, len);
	if (*msg == NULL)
		kh->nentries++;
	else
		entry_clear(entries);
	return 0;
}

static const char *
entry_parse(struct entry *e, const char *line, size_t len)
{
	const char	*p = line, *end = line + len, *msg;
	struct word	 names, type, key;

	if (len > KNOWN_HOSTS_LINE_MAX)
		return "the line is too long";
	if (memchr(line, '\0', len) != NULL)
		return "the line contains a NUL";

	names = word_next(&p, end);
	if ((msg = marker_parse(e, &names, &p, end)) != NULL)
		return msg;
	type = word_next(&p, end);
	key = word_next(&p, end);
	if (key.len == 0)
		return "the line needs host names, a key type and a key";
	if (names.s[0] == '|')
		msg = hashed_name_parse(e, names);
	else
		msg = names_parse(e, names);
	return msg != NULL ? msg : key_parse(e, type, key);
}

/* Where the line begins with a marker, go on to the names. */
static const char *
marker_parse(struct entry *e, struct word *first, const char **p,
    const char *end)
{
	if (first->s[0] != '@')
		return NULL;
	if (word_is(*first, "@cert-authority"))
		return "@cert-authority is not supported: "
		    "list the hosts' own keys";
	if (!word_is(*first, "@revoked"))
		return "the marker is not known";
	e->is_revoked = 1;
	*first = word_next(p, end);
	if (first->len == 0)
		return "nothing follows the marker";
	if (first->s[0] == '@')
		return "more than one marker";
	return NULL;
}

static const char *
names_parse(struct entry *e, struct word w)
{
	const char	*msg;
	char		*name, *p;
	size_t		 len;

	if ((e->names = strndup(w.s, w.len)) == NULL)
		return "out of memory";
	for (p = e->names; *p != '\0'; p++)
		*p = tolower((unsigned char)*p);
	for (name = e->names;; name += len + 1) {
		len = strcspn(name, ",");
		if ((msg = name_check(name, len)) != NULL)
			return msg;
		if (name[len] == '\0')
			return NULL;
	}
}

/* Of "[name]:port" only the form is checked: both may have wildcards. */
static const char *
name_check(const char *name, size_t len)
{
	const char	*close;
	size_t		 i, n;

	for (i = 0; i < len; i++)
		if (!isgraph((unsigned char)name[i]))
			return "a host name contains an odd character";
	if (len > 0 && *name == '!') {
		name++;
		len--;
	}
	if (len == 0)
		return "a host name is empty";
	if (len >= LOOKUP_SIZE)
		return "a host name is too long";
	if (*name == '|')
		return "a hashed name must stand alone";
	if (*name != '[')
		return NULL;
	if ((close = memchr(name, ']', len)) == NULL || close == name + 1 ||
	    close + 2 >= name + len || close[1] != ':')
		return "a name in brackets must be [name]:port";
	n = strspn(close + 2, "0123456789*?");
	if (n > 5 || close + 2 + n != name + len)
		return "a port must be a number";
	return NULL;
}

static const char *
hashed_name_parse(struct entry *e, struct word w)
{
	const size_t	 magic = strlen(HASH_MAGIC);
	const char	*p = w.s + magic;
	size_t		 len;

	if (w.len != magic + HASH_BASE64 + 1 + HASH_BASE64 ||
	    strncmp(w.s, HASH_MAGIC, magic) != 0 || p[HASH_BASE64] != '|')
		return "the hashed name is malformed";
	len = sizeof(e->salt);
	if (base64_decode(p, HASH_BASE64, e->salt, &len) == -1 ||
	    len != sizeof(e->salt))
		return "the salt of the hashed name is malformed";
	p += HASH_BASE64 + 1;
	len = sizeof(e->hash);
	if (base64_decode(p, HASH_BASE64, e->hash, &len) == -1 ||
	    len != sizeof(e->hash))
		return "the hashed name is malformed";
	return NULL;
}

static const char *
key_parse(struct entry *e, struct word type, struct word key)
{
	if ((e->kind = kind_named(type)) == NULL)
		return "the key type is not known";
	e->keylen = key.len / 4 * 3;
	if ((e->key = malloc(e->keylen + 1)) == NULL)
		return "out of memory";
	if (base64_decode(key.s, key.len, e->key, &e->keylen) == -1)
		return "the key is not base64";
	if (kind_of(e->key, e->keylen) != e->kind)
		return "the key is malformed or not of the type named";
	return NULL;
}

/* Empty at the end of the line. */
static struct word
word_next(const char **p, const char *end)
{
	struct word	 w;

	w.s = *p;
	while (*p < end && **p != ' ' && **p != '\t')
		(*p)++;
	w.len = *p - w.s;
	while (*p < end && (**p == ' ' || **p == '\t'))
		(*p)++;
	return w;
}

static int
word_is(struct word w, const char *s)
{
	return w.len == strlen(s) && memcmp(w.s, s, w.len) == 0;
}

/*
 * Canonical base64 only: decoding is left to libcrypto, which is lenient, and
 * encoding again must give the same text.  *len is the room, then the length.
 */
static int
base64_decode(const char *s, size_t slen, uint8_t *out, size_t *len)
{
	uint8_t	*buf;
	char	*again;
	size_t	 n;
	int	 rc = -1;

	if (slen == 0 || slen % 4 != 0 || slen > KNOWN_HOSTS_LINE_MAX ||
	    (buf = malloc(slen)) == NULL)
		return -1;
	if (EVP_DecodeBlock(buf, (const unsigned char *)s, slen) == -1) {
		free(buf);
		return -1;
	}
	n = slen / 4 * 3 - (s[slen - 1] == '=') - (s[slen - 2] == '=');
	if ((again = base64_encode(buf, n)) != NULL && n <= *len &&
	    strlen(again) == slen && memcmp(again, s, slen) == 0) {
		memcpy(out, buf, n);
		*len = n;
		rc = 0;
	}
	free(again);
	free(buf);
	return rc;
}

static char *
base64_encode(const uint8_t *p, size_t len)
{
	char	*s;

	if (len > HOST_KEY_LENGTH_MAX * 2 ||
	    (s = malloc((len + 2) / 3 * 4 + 1)) == NULL)
		return NULL;
	EVP_EncodeBlock((unsigned char *)s, p, len);
	return s;
}

/*
 * Looking up.
 */

enum known_host_result
known_hosts_check(const struct known_hosts *kh, const char *host,
    unsigned port, const uint8_t *key, size_t keylen)
{
	enum known_host_result	 result = KNOWN_HOST_NOT_FOUND;
	const struct entry	*e;
	char			 name[LOOKUP_SIZE];
	size_t			 i;
	int			 is_same;

	if (lookup_name(host, port, name, sizeof(name)) == -1)
		return KNOWN_HOST_NOT_FOUND;
	for (i = 0; i < kh->nentries; i++) {
		e = &kh->entries[i];
		switch (entry_matches(kh, e, name)) {
		case -1:
			return KNOWN_HOST_NOT_FOUND;
		case 0:
			continue;
		}
		is_same = e->keylen == keylen &&
		    memcmp(e->key, key, keylen) == 0;
		if (e->is_revoked && is_same)
			return KNOWN_HOST_REVOKED;
		if (e->is_revoked)
			continue;
		if (is_same)
			result = KNOWN_HOST_MATCH;
		else if (result == KNOWN_HOST_NOT_FOUND)
			result = KNOWN_HOST_MISMATCH;
	}
	return result;
}

int
known_hosts_types(const struct known_hosts *kh, const char *host,
    unsigned port, char *list, size_t size)
{
	const struct entry	*e;
	char			 name[LOOKUP_SIZE];
	int			 seen[nitems(kinds)] = { 0 };
	size_t			 i;

	if (size == 0)
		return -1;
	list[0] = '\0';
	if (lookup_name(host, port, name, sizeof(name)) == -1)
		return 0;
	for (i = 0; i < kh->nentries; i++) {
		e = &kh->entries[i];
		if (e->is_revoked || e->kind->negotiate == NULL ||
		    seen[e->kind - kinds] ||
		    entry_matches(kh, e, name) != 1)
			continue;
		seen[e->kind - kinds] = 1;
		if ((list[0] != '\0' && strlcat(list, ",", size) >= size) ||
		    strlcat(list, e->kind->negotiate, size) >= size) {
			list[0] = '\0';
			return -1;
		}
	}
	return 0;
}

char *
known_hosts_excerpt(const struct known_hosts *kh, const char *host,
    unsigned port)
{
	const struct entry	*e;
	char			 name[LOOKUP_SIZE], *text = NULL, *line;
	size_t			 i, len = 0;
	FILE			*f;
	int			 match = 0, failed;

	if (!host_is_plain(host) ||
	    lookup_name(host, port, name, sizeof(name)) == -1 ||
	    (f = open_memstream(&text, &len)) == NULL)
		return NULL;
	for (i = 0; i < kh->nentries && match != -1; i++) {
		e = &kh->entries[i];
		if ((match = entry_matches(kh, e, name)) != 1)
			continue;
		line = entry_line(e->is_revoked ? "@revoked " : "", name,
		    e->kind->name, e->key, e->keylen);
		if (line == NULL || fprintf(f, "%s\n", line) < 0)
			match = -1;
		free(line);
	}
	failed = fclose(f) != 0 || match == -1;
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
}

/* The name by which ssh looks a host up, in lower case. */
static int
lookup_name(const char *host, unsigned port, char *name, size_t size)
{
	char	*p;
	size_t	 len;

	len = strnlen(host, HOST_NAME_LENGTH_MAX + 1);
	if (len == 0 || len > HOST_NAME_LENGTH_MAX || port == 0 ||
	    port > 65535)
		return -1;
	if (port == SSH_PORT)
		strlcpy(name, host, size);
	else
		snprintf(name, size, "[%s]:%u", host, port);
	for (p = name; *p != '\0'; p++)
		*p = tolower((unsigned char)*p);
	return 0;
}

/* Can this name stand in a file and mean just itself? */
static int
host_is_plain(const char *host)
{
	const char	*p;

	for (p = host; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) ||
		    strchr(",*?!|[]#@", *p) != NULL)
			return 0;
	return p != host;
}

/* 1 or 0, or -1 when libcrypto failed. */
static int
entry_matches(const struct known_hosts *kh, const struct entry *e,
    const char *name)
{
	if (e->names == NULL)
		return hashed_name_matches(kh, e, name);
	return names_match(e->names, name);
}

static int
hashed_name_matches(const struct known_hosts *kh, const struct entry *e,
    const char *name)
{
	uint8_t	 hash[HASH_SIZE];
	size_t	 len;

	if (!EVP_MAC_init(kh->mac, e->salt, sizeof(e->salt), NULL) ||
	    !EVP_MAC_update(kh->mac, (const unsigned char *)name,
	    strlen(name)) ||
	    !EVP_MAC_final(kh->mac, hash, &len, sizeof(hash)) ||
	    len != sizeof(hash))
		return -1;
	return memcmp(hash, e->hash, sizeof(hash)) == 0;
}

/* One of the patterns matches and none that begins with `!' does. */
static int
names_match(const char *names, const char *name)
{
	const char	*end;
	int		 is_negated, is_match = 0;

	for (;; names = end + 1) {
		is_negated = *names == '!';
		names += is_negated;
		end = names + strcspn(names, ",");
		if (pattern_matches(names, end, name)) {
			if (is_negated)
				return 0;
			is_match = 1;
		}
		if (*end == '\0')
			return is_match;
	}
}

/*
 * `*' and `?'.  After a mismatch only the last star needs to take one
 * character more, so the work is bounded by the product of the lengths.
 */
static int
pattern_matches(const char *p, const char *end, const char *s)
{
	const char	*star = NULL, *from = NULL;

	while (*s != '\0') {
		if (p < end && *p == '*') {
			star = p++;
			from = s;
		} else if (p < end && (*p == '?' || *p == *s)) {
			p++;
			s++;
		} else if (star != NULL) {
			p = star + 1;
			s = ++from;
		} else
			return 0;
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

/*
 * Host keys.
 */

const char *
host_key_type(const uint8_t *key, size_t len)
{
	const struct kind	*kind;

	if ((kind = kind_of(key, len)) == NULL)
		return NULL;
	return kind->name;
}

int
host_key_fingerprint(const uint8_t *key, size_t len, char *buf, size_t size)
{
	unsigned char	 digest[32], text[48];
	unsigned	 n;

	if (size > 0)
		buf[0] = '\0';
	if (size < FINGERPRINT_SIZE ||
	    !EVP_Digest(key, len, digest, &n, EVP_sha256(), NULL))
		return -1;
	EVP_EncodeBlock(text, digest, sizeof(digest));
	snprintf(buf, size, FINGERPRINT_PREFIX "%.*s", FINGERPRINT_BASE64,
	    (const char *)text);
	return 0;
}

char *
host_key_line(const char *host, unsigned port, const uint8_t *key, size_t len)
{
	const char	*type;
	char		 name[LOOKUP_SIZE];

	if ((type = host_key_type(key, len)) == NULL ||
	    !host_is_plain(host) ||
	    lookup_name(host, port, name, sizeof(name)) == -1)
		return NULL;
	return entry_line("", name, type, key, len);
}

static char *
entry_line(const char *marker, const char *name, const char *type,
    const uint8_t *key, size_t len)
{
	char	*base64, *line;

	if ((base64 = base64_encode(key, len)) == NULL)
		return NULL;
	if (asprintf(&line, "%s%s %s %s", marker, name, type, base64) == -1)
		line = NULL;
	free(base64);
	return line;
}

static const struct kind *
kind_named(struct word w)
{
	size_t	 i;

	for (i = 0; i < nitems(kinds); i++)
		if (word_is(w, kinds[i].name))
			return &kinds[i];
	return NULL;
}

/* NULL unless the blob is a whole key of a known kind, to its last byte. */
static const struct kind *
kind_of(const uint8_t *key, size_t len)
{
	struct wire_reader	 r = { key, len };
	const struct kind	*kind;
	const uint8_t		*s;
	struct word		 type;
	size_t			 n;
	unsigned		 i;

	if (len > HOST_KEY_LENGTH_MAX || wire_get_string(&r, &s, &n) == -1)
		return NULL;
	type.s = (const char *)s;
	type.len = n;
	if ((kind = kind_named(type)) == NULL)
		return NULL;
	if (kind->curve != NULL && wire_get_text(&r, kind->curve) == -1)
		return NULL;
	if (kind->point != 0 &&
	    (wire_get_string(&r, &s, &n) == -1 || n != kind->point))
		return NULL;
	if (kind->curve != NULL && s[0] != 4)	/* not compressed */
		return NULL;
	for (i = 0; i < kind->numbers; i++)
		if (wire_get_mpint(&r, &s, &n) == -1 || n == 0)
			return NULL;
	if (kind->has_application &&
	    (wire_get_string(&r, &s, &n) == -1 || n == 0))
		return NULL;
	return r.left == 0 ? kind : NULL;
}

/*
 * Pinned fingerprints.
 */

int
fingerprint_is_valid(const char *s)
{
	const size_t	 prefix = strlen(FINGERPRINT_PREFIX);
	char		 last;

	if (strncmp(s, FINGERPRINT_PREFIX, prefix) != 0)
		return 0;
	s += prefix;
	if (strlen(s) != FINGERPRINT_BASE64 ||
	    strspn(s, BASE64) != FINGERPRINT_BASE64)
		return 0;
	last = s[FINGERPRINT_BASE64 - 1];
	return strchr(BASE64_END, last) != NULL;
}

int
fingerprint_match(const char *fingerprint, const uint8_t *key, size_t len)
{
	char	 own[FINGERPRINT_SIZE];

	return host_key_fingerprint(key, len, own, sizeof(own)) == 0 &&
	    strcmp(fingerprint, own) == 0;
}

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
 * Tests of executor/known_hosts.c: what a file says about a host is what
 * ssh-keygen finds in the same file, plain and hashed; what is not understood
 * is reported with its line and trusted by no one.
 */

#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "../../executor/known_hosts.h"
#include "tap.h"
#include "workshop.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

/* Host keys that ssh-keygen made: the text "type base64", and the blob. */
enum { ED1, ED2, EC256, EC384, EC521, RSA2048, NKEYS };

static struct {
	const char	*type, *bits;
	char		 name[8];
	char		*text;		/* "type base64" */
	uint8_t		 blob[1024];
	size_t		 len;
	char		 fingerprint[64];
} keys[NKEYS] = {
	{ .type = "ed25519", .bits = "256" },
	{ .type = "ed25519", .bits = "256" },
	{ .type = "ecdsa", .bits = "256" },
	{ .type = "ecdsa", .bits = "384" },
	{ .type = "ecdsa", .bits = "521" },
	{ .type = "rsa", .bits = "2048" }
};

static char	problems[4096];

static void
note_problem(void *arg, unsigned line, const char *msg)
{
	char	*end = problems + strlen(problems);

	(void)arg;
	snprintf(end, problems + sizeof(problems) - end, "%u: %s\n", line,
	    msg);
}

static struct known_hosts *
parse(const char *text)
{
	struct known_hosts	*kh;

	problems[0] = '\0';
	kh = known_hosts_parse(text, strlen(text), note_problem, NULL);
	if (kh == NULL)
		workshop_fail("known_hosts_parse");
	return kh;
}

static void
make_keys(void)
{
	char	*text, *p, pub[16];
	size_t	 i, len;
	int	 n;

	for (i = 0; i < NKEYS; i++) {
		snprintf(keys[i].name, sizeof(keys[i].name), "key%zu", i);
		workshop_make((const char *[]){ "ssh-keygen", "-q", "-t",
		    keys[i].type, "-b", keys[i].bits, "-N", "", "-C", "",
		    "-f", keys[i].name, NULL });
		snprintf(pub, sizeof(pub), "%s.pub", keys[i].name);
		text = workshop_read(pub, &len);
		text[strcspn(text, "\n")] = '\0';
		for (len = strlen(text); text[len - 1] == ' ';)
			text[--len] = '\0';
		keys[i].text = text;
		p = strchr(text, ' ') + 1;
		n = EVP_DecodeBlock(keys[i].blob, (unsigned char *)p,
		    strlen(p));
		n -= p[strlen(p) - 1] == '=';
		n -= p[strlen(p) - 2] == '=';
		keys[i].len = n;

		workshop_run("output", (const char *[]){ "ssh-keygen", "-l",
		    "-f", pub, NULL });
		text = workshop_read("output", &len);
		p = strstr(text, "SHA256:");
		p[strcspn(p, " ")] = '\0';
		strlcpy(keys[i].fingerprint, p, sizeof(keys[i].fingerprint));
		free(text);
	}
}

/*
 * Expands "@0" ... "@5" to key texts.
 */
static char *
expand(const char *text)
{
	char	*out = NULL;
	size_t	 len;
	FILE	*f;

	if ((f = open_memstream(&out, &len)) == NULL)
		workshop_fail("open_memstream");
	for (; *text != '\0'; text++) {
		if (*text == '@' && text[1] >= '0' && text[1] < '0' + NKEYS)
			fputs(keys[*++text - '0'].text, f);
		else
			fputc(*text, f);
	}
	fclose(f);
	return out;
}

static void
test_host_keys(void)
{
	static const char	*const types[] = { "ssh-ed25519",
				    "ssh-ed25519", "ecdsa-sha2-nistp256",
				    "ecdsa-sha2-nistp384",
				    "ecdsa-sha2-nistp521", "ssh-rsa" };
	char			 fp[FINGERPRINT_SIZE], *line, *want;
	size_t			 i, n;

	for (i = 0; i < NKEYS; i++) {
		is_str(host_key_type(keys[i].blob, keys[i].len), types[i],
		    "type of a %s key", types[i]);
		ok(host_key_fingerprint(keys[i].blob, keys[i].len, fp,
		    sizeof(fp)) == 0, "its fingerprint");
		is_str(fp, keys[i].fingerprint, "is what ssh-keygen says");
		ok(fingerprint_is_valid(fp) && fingerprint_match(fp,
		    keys[i].blob, keys[i].len) && !fingerprint_match(fp,
		    keys[i].blob, keys[i].len - 1), "and matches the key");

		for (n = 0; n < keys[i].len; n++)
			if (host_key_type(keys[i].blob, n) != NULL)
				break;
		is_int(n, keys[i].len, "no part of the blob is a key");
		keys[i].blob[keys[i].len] = 0;
		ok(host_key_type(keys[i].blob, keys[i].len + 1) == NULL,
		    "nor is more than the blob");
	}
	line = host_key_line("Web1.example.com", 22, keys[0].blob,
	    keys[0].len);
	want = expand("web1.example.com @0");
	is_str(line, want, "the line to add for port 22");
	free(line);
	free(want);
	line = host_key_line("::1", 2222, keys[5].blob, keys[5].len);
	want = expand("[::1]:2222 @5");
	is_str(line, want, "and for another port");
	free(line);
	free(want);
	ok(host_key_line("a b", 22, keys[0].blob, keys[0].len) == NULL &&
	    host_key_line("a,b", 22, keys[0].blob, keys[0].len) == NULL &&
	    host_key_line("*", 22, keys[0].blob, keys[0].len) == NULL &&
	    host_key_line("a\nb", 22, keys[0].blob, keys[0].len) == NULL &&
	    host_key_line("", 22, keys[0].blob, keys[0].len) == NULL &&
	    host_key_line("a", 0, keys[0].blob, keys[0].len) == NULL &&
	    host_key_line("a", 65536, keys[0].blob, keys[0].len) == NULL &&
	    host_key_line("a", 22, keys[0].blob, 7) == NULL,
	    "no line for what can't stand in one");
	is_int(host_key_fingerprint(keys[0].blob, keys[0].len, fp,
	    sizeof(fp) - 1), -1, "a buffer too small for a fingerprint");
	is_str(fp, "", "is left empty");
}

static void
test_fingerprints(void)
{
	static const char	*const bad[] = {
		"", "SHA256:", "MD5:00:11",
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
		"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF",
		"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV",
		"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu U",
		"sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
		"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU ",
	};
	const char		*empty =
	    "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
	size_t			 i;

	for (i = 0; i < nitems(bad); i++)
		ok(!fingerprint_is_valid(bad[i]) &&
		    !fingerprint_match(bad[i], (const uint8_t *)"", 0),
		    "\"%s\" is no fingerprint", bad[i]);
	ok(fingerprint_is_valid(empty) &&
	    fingerprint_match(empty, (const uint8_t *)"", 0),
	    "that of no bytes is known");
}

/* What a file says about hosts; each line is one file. */
#define MATCH		KNOWN_HOST_MATCH
#define NOT_FOUND	KNOWN_HOST_NOT_FOUND
#define MISMATCH	KNOWN_HOST_MISMATCH
#define REVOKED		KNOWN_HOST_REVOKED

static const struct {
	const char		*file, *host;
	unsigned		 port;
	int			 key;
	enum known_host_result	 want;
} checks[] = {
	{ "", "a", 22, ED1, NOT_FOUND },
	{ "# a @0\n\n   \n\t# b\r\n\r\n", "a", 22, ED1, NOT_FOUND },
	{ "a @0", "a", 22, ED1, MATCH },
	{ "a @0 a comment\n", "a", 22, ED1, MATCH },
	{ "a @0\r\n", "a", 22, ED1, MATCH },
	{ " \ta\t@0 \n", "a", 22, ED1, MATCH },
	{ "a @0\n", "a", 22, ED2, MISMATCH },
	{ "a @0\n", "a", 22, RSA2048, MISMATCH },
	{ "a @0\n", "b", 22, ED1, NOT_FOUND },
	{ "a @0\n", "aa", 22, ED1, NOT_FOUND },
	{ "aa @0\n", "a", 22, ED1, NOT_FOUND },
	{ "a @0\n", "a", 2222, ED1, NOT_FOUND },
	{ "[a]:2222 @0\n", "a", 2222, ED1, MATCH },
	{ "[a]:2222 @0\n", "a", 22, ED1, NOT_FOUND },
	{ "[a]:2222 @0\n", "a", 2223, ED1, NOT_FOUND },
	{ "[a]:* @0\n", "a", 2223, ED1, MATCH },
	{ "[::1]:2222,::1 @0\n", "::1", 2222, ED1, MATCH },
	{ "[::1]:2222,::1 @0\n", "::1", 22, ED1, MATCH },
	{ "FE80::Ab @0\n", "fe80::aB", 22, ED1, MATCH },
	{ "WEB1.example.COM @0\n", "web1.EXAMPLE.com", 22, ED1, MATCH },
	{ "a,b,c @0\n", "b", 22, ED1, MATCH },
	{ "a @0\na @5\na @1\n", "a", 22, RSA2048, MATCH },
	{ "a @0\na @5\na @1\n", "a", 22, ED2, MATCH },
	{ "a @0\na @5\na @1\n", "a", 22, EC256, MISMATCH },
	{ "*.example.com @0\n", "web1.example.com", 22, ED1, MATCH },
	{ "*.example.com @0\n", "a.b.example.com", 22, ED1, MATCH },
	{ "*.example.com @0\n", "example.com", 22, ED1, NOT_FOUND },
	{ "*.example.com @0\n", "web1.example.com", 2222, ED1, NOT_FOUND },
	{ "[*.example.com]:2222 @0\n", "w.example.com", 2222, ED1, MATCH },
	{ "w?b @0\n", "web", 22, ED1, MATCH },
	{ "w?b @0\n", "wb", 22, ED1, NOT_FOUND },
	{ "* @0\n", "a", 22, ED1, MATCH },
	{ "* @0\n", "a", 2222, ED1, MATCH },
	{ "*a*b*c @0\n", "xxaxxbxbxxcxc", 22, ED1, MATCH },
	{ "*a*b*c @0\n", "xxaxxbxbxxcxcx", 22, ED1, NOT_FOUND },
	{ "*.example.com,!db.example.com @0\n", "db.example.com", 22, ED1,
	    NOT_FOUND },
	{ "!db.example.com,*.example.com @0\n", "db.example.com", 22, ED1,
	    NOT_FOUND },
	{ "*.example.com,!db*.example.com @0\n", "web.example.com", 22, ED1,
	    MATCH },
	{ "!db @0\n", "web", 22, ED1, NOT_FOUND },
	{ "@revoked a @0\n", "a", 22, ED1, REVOKED },
	{ "@revoked a @0\n", "a", 22, ED2, NOT_FOUND },
	{ "@revoked a @0\n", "b", 22, ED1, NOT_FOUND },
	{ "@revoked * @0\na @0\n", "a", 22, ED1, REVOKED },
	{ "a @0\n@revoked * @0\n", "a", 22, ED1, REVOKED },
	{ "a @1\n@revoked * @0\n", "a", 22, ED1, REVOKED },
	{ "a @1\n@revoked * @0\n", "a", 22, ED2, MATCH },
	{ "a @0\n@revoked a @1\n", "a", 22, RSA2048, MISMATCH },
	{ "a @0", "", 22, ED1, NOT_FOUND },
	{ "* @0", "a", 0, ED1, NOT_FOUND },
	{ "* @0", "a", 65536, ED1, NOT_FOUND },
};

static void
test_checks(void)
{
	struct known_hosts	*kh;
	char			*text, *excerpt;
	size_t			 i;
	int			 key, got;

	for (i = 0; i < nitems(checks); i++) {
		text = expand(checks[i].file);
		kh = parse(text);
		key = checks[i].key;
		is_str(problems, "", "file %zu has no bad line", i);
		got = known_hosts_check(kh, checks[i].host, checks[i].port,
		    keys[key].blob, keys[key].len);
		is_int(got, checks[i].want, "check %zu: %s:%u", i,
		    checks[i].host, checks[i].port);

		/* The excerpt must say the same. */
		excerpt = known_hosts_excerpt(kh, checks[i].host,
		    checks[i].port);
		known_hosts_free(kh);
		if (excerpt != NULL) {
			kh = parse(excerpt);
			got = known_hosts_check(kh, checks[i].host,
			    checks[i].port, keys[key].blob, keys[key].len);
			ok(got == (int)checks[i].want && problems[0] == '\0',
			    "and its excerpt");
			known_hosts_free(kh);
		}
		free(excerpt);
		free(text);
	}
}

static void
test_types(void)
{
	struct known_hosts	*kh;
	char			*text, list[KNOWN_HOSTS_TYPES_MAX];

	text = expand("a @5\n@revoked a @4\nb @2\n* @1\na @0\n[a]:23 @3\n");
	kh = parse(text);
	free(text);
	ok(known_hosts_types(kh, "A", 22, list, sizeof(list)) == 0,
	    "types are found");
	is_str(list, "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-ed25519",
	    "in the order of the file, once, without revoked ones");
	known_hosts_types(kh, "b", 22, list, sizeof(list));
	is_str(list, "ecdsa-sha2-nistp256,ssh-ed25519", "of another host");
	known_hosts_types(kh, "a", 23, list, sizeof(list));
	is_str(list, "ssh-ed25519,ecdsa-sha2-nistp384", "of another port");
	ok(known_hosts_types(kh, "a", 22, list, 20) == -1 && list[0] == '\0',
	    "a list too short for them is an error");
	known_hosts_free(kh);
	kh = parse("");
	ok(known_hosts_types(kh, "a", 22, list, sizeof(list)) == 0 &&
	    list[0] == '\0', "none are known for an unknown host");
	known_hosts_free(kh);
}

static const struct {
	const char	*line, *word;
} bad[] = {
	{ "a", "needs" },
	{ "a ssh-ed25519", "needs" },
	{ "@0", "needs" },
	{ "@0 a", "type" },
	{ "@cert-authority * @0", "@cert-authority" },
	{ "@other a @0", "marker" },
	{ "@revoked", "marker" },
	{ "@revoked @revoked a @0", "more than one" },
	{ "@revoked a ssh-ed25519", "needs" },
	{ ",a @0", "empty" },
	{ "a, @0", "empty" },
	{ "a,,b @0", "empty" },
	{ "! @0", "empty" },
	{ "a,! @0", "empty" },
	{ "a\001 @0", "odd" },
	{ "gr\xc3\xbc @0", "odd" },
	{ "[a @0", "brackets" },
	{ "[a] @0", "brackets" },
	{ "[a]: @0", "brackets" },
	{ "[]:22 @0", "brackets" },
	{ "[a]x22 @0", "brackets" },
	{ "[a]:x @0", "number" },
	{ "[a]:123456 @0", "number" },
	{ "[a]:22,[b @0", "brackets" },
	{ "a,|1|x @0", "alone" },
	{ "|1| @0", "malformed" },
	{ "|2|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= @0",
	    "malformed" },
	{ "|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=AAAAAAAAAAAAAAAAAAAAAAAAAAAA= @0",
	    "malformed" },
	{ "|1|AAAAAAAAAAAAAAAAAAAAAAAAAAAA|AAAAAAAAAAAAAAAAAAAAAAAAAAA= @0",
	    "malformed" },
	{ "|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAB= @0",
	    "malformed" },
	{ "|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA=,a @0",
	    "malformed" },
	{ "a ssh-foo AAAA", "type" },
	{ "a 1024 35 1234567890", "type" },
	{ "a ssh-ed25519 AAAA", "malformed" },
	{ "a ssh-ed25519 AAA", "base64" },
	{ "a ssh-ed25519 AAA!", "base64" },
	{ "a ssh-ed25519 A===", "base64" },
	{ "a ssh-ed25519 ====", "base64" },
	{ "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "malformed" },
};

static void
test_bad(void)
{
	struct known_hosts	*kh;
	char			*text, *file, want[16], *p;
	size_t			 i;

	for (i = 0; i < nitems(bad); i++) {
		text = expand(bad[i].line);
		if (asprintf(&file, "# first\nb %s\n%s\n%s", keys[1].text,
		    text, "c @0") == -1)
			workshop_fail("asprintf");
		free(text);
		text = expand(file);
		kh = parse(text);
		ok(strncmp(problems, "3: ", 3) == 0 &&
		    strstr(problems, bad[i].word) != NULL &&
		    strchr(problems, '\n')[1] == '\0',
		    "bad line %zu is reported: %.*s", i,
		    (int)strcspn(problems, "\n"), problems);
		ok(known_hosts_check(kh, "a", 22, keys[0].blob, keys[0].len)
		    == NOT_FOUND && known_hosts_check(kh, "b", 22,
		    keys[1].blob, keys[1].len) == MATCH &&
		    known_hosts_check(kh, "c", 22, keys[0].blob, keys[0].len)
		    == MATCH, "and spoils no other line");
		known_hosts_free(kh);
		free(text);
		free(file);
	}

	text = expand("a\n@0\n\na @0\nb\n");
	kh = parse(text);
	ok((p = strstr(problems, "\n2: ")) != NULL && (p = strstr(p, "\n5: "))
	    != NULL && strncmp(problems, "1: ", 3) == 0,
	    "every bad line is reported");
	known_hosts_free(kh);
	free(text);

	kh = known_hosts_parse("b x\0y z\n", 8, note_problem, NULL);
	ok(kh != NULL && strstr(problems, "NUL") != NULL,
	    "a NUL is reported");
	known_hosts_free(kh);

	text = expand("a @2\n");
	p = strchr(text, '=');
	p[-1]++;
	kh = parse(text);
	is_str(problems, "1: the key is not base64\n",
	    "bits that stand for nothing must be 0");
	known_hosts_free(kh);
	free(text);

	if ((text = malloc(KNOWN_HOSTS_LINE_MAX + 100)) == NULL)
		workshop_fail("malloc");
	memset(text, 'a', KNOWN_HOSTS_LINE_MAX + 99);
	text[KNOWN_HOSTS_LINE_MAX + 99] = '\0';
	kh = parse(text);
	is_str(problems, "1: the line is too long\n", "a line too long");
	known_hosts_free(kh);
	snprintf(want, sizeof(want), " %s", "x");
	memcpy(text + 300, want, 2);
	kh = parse(text);
	ok(problems[0] != '\0', "a name too long");
	known_hosts_free(kh);
	free(text);
	known_hosts_free(NULL);
}

/*
 * Against ssh-keygen -F on the same file.
 */

static const char	compared[] =
    "# a file of all kinds\n"
    "web1.example.com @0\n"
    "web1.example.com,10.0.0.1 @5\n"
    "[web1.example.com]:2222 @1\n"
    "*.example.com,!db?.example.com @2\n"
    "\n"
    "  db1.example.com\t@3\n"
    "[*.example.com]:2222,[10.0.0.?]:22* @4\n"
    "@revoked web2.example.com @1\n"
    "Web3.Example.com @1 comment with blanks\n"
    "2001:db8::1,[2001:db8::1]:2222 @0\n";

static const struct {
	const char	*host;
	unsigned	 port;
} asked[] = {
	{ "web1.example.com", 22 }, { "web1.example.com", 2222 },
	{ "web1.example.com", 2223 }, { "web2.example.com", 22 },
	{ "web2.example.com", 2222 }, { "web3.example.com", 22 },
	{ "db1.example.com", 22 }, { "db2.example.com", 22 },
	{ "db22.example.com", 22 }, { "db1.example.com", 2222 },
	{ "10.0.0.1", 22 }, { "10.0.0.1", 2222 }, { "10.0.0.12", 2222 },
	{ "10.0.0.1", 2322 }, { "2001:db8::1", 22 },
	{ "2001:db8::1", 2222 }, { "2001:db8::2", 22 },
	{ "example.com", 22 }, { "nobody", 22 },
};

/* The keys that ssh-keygen finds, "type base64" a line, sorted as it does. */
static char *
keygen_find(const char *file, const char *host, unsigned port)
{
	char	 name[300], *text, *line, *next, *out = NULL, *p;
	size_t	 len;
	FILE	*f;

	if (port == 22)
		strlcpy(name, host, sizeof(name));
	else
		snprintf(name, sizeof(name), "[%s]:%u", host, port);
	workshop_run("output", (const char *[]){ "ssh-keygen", "-F", name,
	    "-f", file, NULL });
	text = workshop_read("output", &len);
	if ((f = open_memstream(&out, &len)) == NULL)
		workshop_fail("open_memstream");
	for (line = text; (next = strchr(line, '\n')) != NULL;
	    line = next + 1) {
		*next = '\0';
		if (*line == '#')
			continue;
		if ((p = strstr(line, "ssh-")) == NULL &&
		    (p = strstr(line, "ecdsa-")) == NULL)
			workshop_fail(line);
		len = strcspn(p, " ");
		len += 1 + strcspn(p + len + 1, " ");
		fprintf(f, "%.*s\n", (int)len, p);
	}
	fclose(f);
	free(text);
	return out;
}

/* The same from an excerpt. */
static char *
own_find(const struct known_hosts *kh, const char *host, unsigned port)
{
	char	*text, *line, *next, *out = NULL, *p;
	size_t	 len;
	FILE	*f;

	text = known_hosts_excerpt(kh, host, port);
	if (text == NULL || (f = open_memstream(&out, &len)) == NULL)
		workshop_fail("known_hosts_excerpt");
	for (line = text; (next = strchr(line, '\n')) != NULL;
	    line = next + 1) {
		*next = '\0';
		p = strchr(line, ' ') + 1;
		if (*line == '@')
			p = strchr(p, ' ') + 1;
		fprintf(f, "%s\n", p);
	}
	fclose(f);
	free(text);
	return out;
}

static void
compare(const char *file)
{
	struct known_hosts	*kh;
	char			*text, *own, *theirs;
	size_t			 i, len;

	text = workshop_read(file, &len);
	kh = parse(text);
	is_str(problems, "", "the %s file has no bad line", file);
	for (i = 0; i < nitems(asked); i++) {
		own = own_find(kh, asked[i].host, asked[i].port);
		theirs = keygen_find(file, asked[i].host, asked[i].port);
		is_str(own, theirs, "%s: %s port %u as ssh-keygen -F", file,
		    asked[i].host, asked[i].port);
		free(own);
		free(theirs);
	}
	known_hosts_free(kh);
	free(text);
}

static void
test_compare(void)
{
	char	*text;
	size_t	 len;

	text = expand(compared);
	workshop_write("plain", text);
	workshop_write("hashed", text);
	free(text);
	compare("plain");
	workshop_make((const char *[]){ "ssh-keygen", "-H", "-f", "hashed",
	    NULL });
	text = workshop_read("hashed", &len);
	ok(strstr(text, "|1|") != NULL && strstr(text, "10.0.0.1 ") == NULL,
	    "ssh-keygen -H hashed names");
	free(text);
	compare("hashed");
}

/*
 * Ten thousand lines, hashed and not: a lookup is a walk with a cheap
 * comparison each.  The limit is far above what it takes (some ms), and far
 * below what a second loop inside it would.
 */
static void
test_size(void)
{
	enum { LINES = 10000, LOOKUPS = 50 };
	struct known_hosts	*kh;
	struct timespec		 from, to;
	char			*text = NULL, name[32];
	unsigned char		 salt[20], hash[20], b1[32], b2[32];
	unsigned		 i, n;
	size_t			 len;
	FILE			*f;
	int			 found = 0;
	double			 seconds;

	if ((f = open_memstream(&text, &len)) == NULL)
		workshop_fail("open_memstream");
	for (i = 0; i < LINES; i++) {
		snprintf(name, sizeof(name), "host%u", i);
		if (i % 2 == 0) {
			fprintf(f, "%s %s\n", name, keys[i % 4].text);
			continue;
		}
		memset(salt, i, sizeof(salt));
		HMAC(EVP_sha1(), salt, sizeof(salt), (unsigned char *)name,
		    strlen(name), hash, &n);
		EVP_EncodeBlock(b1, salt, sizeof(salt));
		EVP_EncodeBlock(b2, hash, sizeof(hash));
		fprintf(f, "|1|%s|%s %s\n", (char *)b1, (char *)b2,
		    keys[i % 4].text);
	}
	fclose(f);
	kh = parse(text);
	is_str(problems, "", "%d lines are read", LINES);
	free(text);

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = LINES - LOOKUPS; i < LINES; i++) {
		snprintf(name, sizeof(name), "HOST%u", i);
		found += known_hosts_check(kh, name, 22, keys[i % 4].blob,
		    keys[i % 4].len) == MATCH;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	seconds = to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9;
	is_int(found, LOOKUPS, "hosts at their end are found");
	ok(seconds < LOOKUPS * 0.1, "%.2f ms each",
	    seconds / LOOKUPS * 1000);
	known_hosts_free(kh);
}

int
main(void)
{
	size_t	 i;

	workshop_open();
	make_keys();
	test_host_keys();
	test_fingerprints();
	test_checks();
	test_types();
	test_bad();
	test_compare();
	test_size();
	for (i = 0; i < NKEYS; i++)
		free(keys[i].text);
	return done_testing();
}

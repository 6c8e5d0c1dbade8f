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
 * A bare program for the bench idle: `bare PROCESS` initialises the libraries
 * that this process of the daemon is linked with, says so, and waits until
 * its standard input ends.  What it then needs is the least that the process
 * could need.  It is one program for all of them: libraries are loaded by
 * name, so that each has only its own.
 */

#include "config.h"

#include <dlfcn.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void	*need(const char *, const char *);
static void	 event_begin(void);
static void	 event_load(void);
static void	 seccomp_begin(void);
static void	 sqlite_begin(void);
static void	 curl_begin(void);
static void	 crypto_begin(void);
static void	 jansson_begin(void);
static void	 wslay_begin(void);

static const struct {
	const char	*name;
	void		(*begin[6])(void);
} processes[] = {
	{ "parent", { event_begin, jansson_begin, NULL } },
	{ "web", { event_begin, seccomp_begin, wslay_begin, NULL } },
	{ "engine", { event_begin, seccomp_begin, sqlite_begin, NULL } },
	{ "executor", { event_begin, seccomp_begin, crypto_begin, NULL } },
	{ "github", { event_begin, seccomp_begin, curl_begin, jansson_begin,
	    NULL } },
	{ "notifier", { event_begin, seccomp_begin, curl_begin, jansson_begin,
	    NULL } },
};

static void *
need(const char *library, const char *symbol)
{
	void	*lib, *found;

	if ((lib = dlopen(library, RTLD_NOW | RTLD_GLOBAL)) == NULL ||
	    (found = dlsym(lib, symbol)) == NULL)
		errx(1, "%s", dlerror());
	return found;
}

static void
event_load(void)
{
	need("libbsd.so.0", "closefrom");
	need("libmd.so.0", "SHA256Init");
}

static void
event_begin(void)
{
	void	*(*base_new)(void);

	event_load();
	*(void **)&base_new = need("libevent_core-2.1.so.7", "event_base_new");
	if (base_new() == NULL)
		errx(1, "no event loop");
}

static void
seccomp_begin(void)
{
	void	*(*init)(unsigned);
	void	(*release)(void *);
	void	*ctx;

	*(void **)&init = need("libseccomp.so.2", "seccomp_init");
	*(void **)&release = need("libseccomp.so.2", "seccomp_release");
	if ((ctx = init(0x7fff0000)) == NULL)
		errx(1, "no seccomp");
	release(ctx);
}

static void
sqlite_begin(void)
{
	int	(*open)(const char *, void **);
	int	(*exec)(void *, const char *, void *, void *, void *);
	void	*db;

	*(void **)&open = need("libsqlite3.so.0", "sqlite3_open");
	*(void **)&exec = need("libsqlite3.so.0", "sqlite3_exec");
	if (open(":memory:", &db) != 0 ||
	    exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL) != 0)
		errx(1, "no database");
}

static void
curl_begin(void)
{
	int	(*init)(long);
	void	*(*multi)(void);

	*(void **)&init = need("libcurl.so.4", "curl_global_init");
	*(void **)&multi = need("libcurl.so.4", "curl_multi_init");
	if (init(3) != 0 || multi() == NULL)
		errx(1, "no curl");
}

static void
crypto_begin(void)
{
	int	(*init)(unsigned long, const void *);

	*(void **)&init = need("libcrypto.so.3", "OPENSSL_init_crypto");
	if (init(0, NULL) != 1)
		errx(1, "no crypto");
}

static void
jansson_begin(void)
{
	need("libjansson.so.4", "json_object");
}

static void
wslay_begin(void)
{
	need("libwslay.so.1", "wslay_event_context_server_init");
}

int
main(int argc, char **argv)
{
	size_t	i, k;
	char	byte;

	for (i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		if (argc != 2 || strcmp(argv[1], processes[i].name) != 0)
			continue;
		for (k = 0; processes[i].begin[k] != NULL; k++)
			processes[i].begin[k]();
		printf("ready\n");
		fflush(stdout);
		return read(STDIN_FILENO, &byte, 1) == -1;
	}
	fprintf(stderr, "usage: bare process\n");
	return 1;
}

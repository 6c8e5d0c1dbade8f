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
 * Jobs on their way to a worker, and the pure parts of what it does with one:
 * lines of a script, the mask over secrets, whom to kill.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../common/conf.h"
#include "../../executor/job.h"
#include "../../executor/mask.h"
#include "../../executor/ssh_internal.h"
#include "tap.h"

static char *
copy(const char *s)
{
	char	*p = strdup(s);

	if (p == NULL)
		abort();
	return p;
}

static struct job *
job_sample(void)
{
	struct job		*job = job_new();
	struct job_role		*role;
	struct job_script	*script;
	struct job_host		*host;
	int			 i;

	job->deployment = 1ULL << 40;
	job->user = copy("deploy");
	job->key.v = copy("\001\002key");
	job->key.n = 5;
	job->known_hosts_path = copy("/etc/known_hosts");
	list_add(&job->stages, copy("A"));
	list_add(&job->stages, copy("B"));
	list_add(&job->secrets, copy("hush"));
	for (i = 0; i < 2; i++) {
		if ((role = calloc(1, sizeof(*role))) == NULL ||
		    (script = calloc(1, sizeof(*script))) == NULL ||
		    (host = calloc(1, sizeof(*host))) == NULL)
			abort();
		role->name = copy(i == 0 ? "web" : "db");
		script->stage = copy(i == 0 ? "A" : "B");
		script->text = copy("echo hush\n");
		script->shown = i == 0 ? copy("echo ***\n") : NULL;
		list_add(&role->scripts, script);
		list_add(&job->roles, role);
		host->name = copy(i == 0 ? "web1" : "::1");
		host->port = 22 + i;
		list_add(&host->roles, copy("db"));
		if (i == 0)
			list_add(&host->roles, copy("web"));
		list_add(&job->hosts, host);
	}
	job->limits[LIMIT_KILL] = 5000;
	return job;
}

static void
test_record(void)
{
	struct job	*job = job_sample(), *got;
	struct ibuf	*b;

	b = record_encode(&job_record, job, PROC_WORKER);
	got = b != NULL ? record_decode(&job_record, b) : NULL;
	ok(got != NULL, "a job comes through");
	if (got == NULL)
		return;
	ok(got->deployment == job->deployment && got->hosts.n == 2 &&
	    got->roles.n == 2 && got->stages.n == 2, "as it was");
	ok(got->key.n == 5 && memcmp(got->key.v, "\001\002key", 5) == 0,
	    "with its key");
	is_int(got->limits[LIMIT_KILL], 5000, "and its limits");
	is_str(job_script(got, got->hosts.v[0], "A")->shown, "echo ***\n",
	    "a script by one of the host's roles");
	ok(job_script(got, got->hosts.v[1], "A") == NULL,
	    "none for another host");
	ok(job_script(got, got->hosts.v[1], "B")->shown == NULL,
	    "without secrets there is nothing to hide");
	ibuf_free(b);
	job_free(got);

	b = record_encode(&job_record, job, PROC_ENGINE);
	got = b != NULL ? record_decode(&job_record, b) : NULL;
	ok(got != NULL && got->key.n == 0 && got->user == NULL &&
	    got->hosts.n == 0, "nobody but a worker gets anything of it");
	ibuf_free(b);
	job_free(got);
	job_free(job);
}

static void
lines_are(const char *text, const char *want)
{
	struct script_line	line;
	const char		*at = text;
	char			 got[256] = "";

	while (script_next(&at, &line)) {
		strlcat(got, "[", sizeof(got));
		strncat(got, line.text, line.len);
		strlcat(got, "]", sizeof(got));
	}
	is_str(got, want, "lines of a script: %s", want);
}

static void
test_lines(void)
{
	char	buf[ORIGIN_SIZE];

	lines_are("", "");
	lines_are("a", "[a]");
	lines_are("a\n", "[a]");
	lines_are("a\nb", "[a][b]");
	lines_are("\n", "[]");
	lines_are("a\n\n\nb\n", "[a][][][b]");
	lines_are("a\r\nb\r", "[a][b]");
	lines_are("a\r\r\n \r\n", "[a\r][ ]");
	is_str(host_origin("web1", 22, buf, sizeof(buf)), "web1:22",
	    "an origin");
	is_str(host_origin("2001:db8::1", 2222, buf, sizeof(buf)),
	    "[2001:db8::1]:2222", "with an IPv6 address");
}

static void
mask_is(const struct mask *m, const char *text, const char *want)
{
	char	buf[256];
	size_t	n;

	strlcpy(buf, text, sizeof(buf));
	n = mask_apply(m, buf, strlen(buf));
	buf[n] = '\0';
	is_str(buf, want, "masked: %s", want);
}

static void
test_mask(void)
{
	char		*secrets[] = { "abcd", "abcdef", "xyz", "lolol" };
	struct mask	*m = mask_new(secrets, 4), *none = mask_new(NULL, 0);

	mask_is(m, "nothing here", "nothing here");
	mask_is(m, "abcd", "***");
	mask_is(m, "1abcdef2abcde3", "1***2***e3");
	mask_is(m, "xyz is too short", "xyz is too short");
	mask_is(m, "abcabcdabc", "abc***abc");
	mask_is(m, "abcdabcd", "******");
	mask_is(none, "abcd", "abcd");
	is_int(mask_safe(m, "plain", 5), 5, "all can be shown");
	is_int(mask_safe(m, "plain ab", 8), 6, "but what may become a secret");
	is_int(mask_safe(m, "plain abcd", 10), 6, "or a longer one");
	is_int(mask_safe(m, "plain abcdef", 12), 12, "a whole one can");
	is_int(mask_safe(m, "lolol", 5), 5, "its end is not a beginning");
	is_int(mask_safe(m, "lolo", 4), 0, "nothing can");
	is_int(mask_safe(none, "abc", 3), 3, "without secrets all can");
	mask_free(m);
	mask_free(none);
}

static void
victims_are(struct ssh_victims *v, const char *list, int n, const char *want)
{
	char	*s;

	is_int(victims_update(v, list, strlen(list)), n, "how many to kill");
	s = victims_arguments(v);
	is_str(s, want, "whom: %s", want);
	free(s);
}

/* A chain of parents, each of which stands behind its children. */
static void
test_victims_chain(void)
{
	struct ssh_victims	*v = victims_new();
	enum { LENGTH = 60000 };
	FILE			*f;
	char			*text;
	size_t			 len;
	clock_t			 began;
	int			 i;

	if ((f = open_memstream(&text, &len)) == NULL)
		abort();
	fprintf(f, "100000 50\n50 1 50 S\n100000 50 100000 S\n"
	    "99999 50 99999 S\n");
	for (i = 0; i < LENGTH; i++)
		fprintf(f, "%d %d %d S\n", 99998 - i, 99999 - i, 99998 - i);
	fclose(f);
	began = clock();
	ok(victims_update(v, text, len) > 0, "a long chain of processes");
	ok(clock() - began < 5 * CLOCKS_PER_SEC, "takes no long time");
	free(text);
	victims_free(v);
}

static void
test_victims(void)
{
	static const char *const	bad[] = { "", "\n", "100\n", "x y\n",
	    "100 50\n", "100 1\n100 1 100 S\n", "100 50\n100 50\n",
	    "100 50\n99 50 99 S\n", "100 100\n100 100 100 S\n" };
	struct ssh_victims		*v;
	size_t				 i;

	v = victims_new();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(victims_update(v, bad[i], strlen(bad[i])), -1,
		    "no list of processes %zu", i);
	/* 50 is sshd, 60 the command, 100 the list's maker. */
	victims_are(v, "100 50\n1 0 1 S\n50 1 50 S\n60 50 60 S\n61 60 60 R\n"
	    "62 61 62 S\n100 50 100 S\n101 100 100 R\n200 1 200 S\n", 2,
	    " -60 -62");
	/* Its leader has gone, one of the group is init's child now. */
	victims_are(v, "100 50\n1 0 1 S\n50 1 50 S\n61 1 60 S\n60 50 60 Z\n"
	    "100 50 100 S\n", 1, " -60");
	victims_are(v, "100 50\n1 0 1 S\n50 1 50 S\n60 50 60 Z\n"
	    "100 50 100 S\n", 0, "");
	victims_free(v);
	/* Without groups of their own: sshd's must not be killed. */
	v = victims_new();
	victims_are(v, "100 50\n50 1 50\n60 50 50\n61 60 50\n100 50 50\n", 2,
	    " 60 61");
	victims_are(v, "100 50\n50 1 50\n61 1 50\n100 50 50\n", 1, " 61");
	victims_free(v);
}

int
main(void)
{
	test_record();
	test_lines();
	test_mask();
	test_victims();
	test_victims_chain();
	return done_testing();
}

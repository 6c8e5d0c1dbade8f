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
 * A configuration on its way: printed and read again, every process gets the
 * same; and no process' part has what is not that process' to know.
 */

#include "config.h"

#include <sys/types.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../applikatonid/config_file.h"
#include "tap.h"

static char	directory[] = "/tmp/applikatonid-test.XXXXXX";

static const char	text[] =
	"public url \"https://deploy.example.com\"\n"
	"listen on 127.0.0.1 port 8080\n"
	"listen on socket \"web.sock\"\n"
	"trusted proxy 127.0.0.1\n"
	"known hosts known_hosts\n"
	"ca file ca\n"
	"github {\n"
	"	client id \"IDID\"\n"
	"	client secret \"GITHUBSECRET\"\n"
	"}\n"
	"limit connect 7s\n"
	"application \"shop\" {\n"
	"	repository \"example/shop\"\n"
	"	branches { main develop }\n"
	"	readers { alice bob }\n"
	"	target \"production\" {\n"
	"		user deploy\n"
	"		key \"-----BEGIN SSHKEY\n\\\"KEY\\\\\n-----END\n\"\n"
	"		passphrase \"PASSPHRASE\"\n"
	"		known hosts own_hosts\n"
	"		deployers alice\n"
	"		stages { ONE TWO }\n"
	"		default stages { }\n"
	"		limit connect 8s\n"
	"		host h1 roles { web } fingerprint\\\n"
	"  \"SHA256:abcdefghijklmnopqrstuvwxyzabcdefghijklmnopA\"\n"
	"		host ::1 port 2222 roles { web db }\n"
	"		role web {\n"
	"			set Dir \"/var/www\"\n"
	"			set secret Pass \"OPTIONSECRET\"\n"
	"			set \"secret\" file option\n"
	"			script ONE { \"SCRIPT \\\"a\\\\b\\\"\" \"\" }\n"
	"		}\n"
	"		role db {\n"
	"			script TWO { \"\"\n"
	"\n"
	"# comment\n"
	"				\"x\" \"\" } }\n"
	"		notify webhook \"https://hooks.example.com/HOOK\"\n"
	"	}\n"
	"	target \"other\" {\n"
	"		user u\n"
	"		key file key\n"
	"		no host key check\n"
	"		stages ONE\n"
	"		host h roles r\n"
	"		role r { script ONE { \"true\" } }\n"
	"	}\n"
	"}\n";

static const struct {
	const char	*text;
	uint32_t	 processes;	/* that get it */
} parts[] = {
	{ "GITHUBSECRET", PROC_BIT(PROC_GITHUB) },
	{ "IDID", PROC_BIT(PROC_GITHUB) },
	{ "SSHKEY", PROC_BIT(PROC_EXECUTOR) },
	{ "FILEKEY", PROC_BIT(PROC_EXECUTOR) },
	{ "PASSPHRASE", PROC_BIT(PROC_EXECUTOR) },
	{ "OPTIONSECRET", PROC_BIT(PROC_EXECUTOR) },
	{ "OPTIONFILE", PROC_BIT(PROC_EXECUTOR) },
	{ "SCRIPT", PROC_BIT(PROC_EXECUTOR) },
	{ "KNOWNHOSTS", PROC_BIT(PROC_EXECUTOR) },
	{ "OWNHOSTS", PROC_BIT(PROC_EXECUTOR) },
	{ "HOOK", PROC_BIT(PROC_NOTIFIER) },
	{ "CABUNDLE", PROC_BIT(PROC_GITHUB) | PROC_BIT(PROC_NOTIFIER) },
	{ "alice", PROC_BIT(PROC_ENGINE) },
};

static const struct {
	const char	*name;
	const char	*text;
} files[] = {
	{ "known_hosts", "KNOWNHOSTS\n" },
	{ "own_hosts", "OWNHOSTS\n" },
	{ "ca", "CABUNDLE\n" },
	{ "option", "OPTIONFILE\n" },
	{ "key", "FILEKEY\n" },
	{ "conf", text },
	{ "again", "" },
};

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

static void
file_write(const char *name, const char *s)
{
	int	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, s, strlen(s)) != (ssize_t)strlen(s))
		abort();
	close(fd);
}

static struct conf *
load(const char *path)
{
	struct problems	*problems = problems_new();
	struct conf	*conf = config_load(path, NULL, 0, problems);

	if (conf == NULL)
		problems_print(problems, stdout);
	problems_free(problems);
	return conf;
}

static char *
print(const struct conf *conf)
{
	char	*s;
	size_t	 len;
	FILE	*f = open_memstream(&s, &len);

	config_print(conf, f);
	fclose(f);
	return s;
}

#define CLEAR(p)	memset(&(p)->place, 0, sizeof((p)->place))

static void
target_places_clear(struct conf_target *t)
{
	struct conf_script	*s;
	size_t			 i, j;

	CLEAR(t);
	for (i = 0; i < t->hosts.n; i++)
		CLEAR(t->hosts.v[i]);
	for (i = 0; i < t->receivers.n; i++)
		CLEAR(t->receivers.v[i]);
	for (i = 0; i < t->roles.n; i++) {
		CLEAR(t->roles.v[i]);
		for (j = 0; j < t->roles.v[i]->options.n; j++)
			CLEAR(t->roles.v[i]->options.v[j]);
		for (j = 0; j < t->roles.v[i]->scripts.n; j++) {
			s = t->roles.v[i]->scripts.v[j];
			CLEAR(s);
			memset(s->lines.v, 0, s->lines.n);
		}
	}
}

/* Lines and the names of files differ; nothing else may. */
static void
places_clear(struct conf *c)
{
	size_t	i, j;

	for (i = 0; i < c->files.n; i++)
		c->files.v[i][0] = '\0';
	memset(&c->public_url_place, 0, sizeof(c->public_url_place));
	for (i = 0; i < c->listens.n; i++)
		CLEAR(c->listens.v[i]);
	for (i = 0; i < c->applications.n; i++) {
		CLEAR(c->applications.v[i]);
		for (j = 0; j < c->applications.v[i]->targets.n; j++)
			target_places_clear(
			    c->applications.v[i]->targets.v[j]);
	}
}

static void
test_processes(const struct conf *a, const struct conf *b)
{
	struct ibuf	*ba, *bb;
	size_t		 i;
	int		 p, has;

	for (p = PROC_WEB; p <= PROC_NOTIFIER; p++) {
		ba = record_encode(&conf_record, a, p);
		bb = record_encode(&conf_record, b, p);
		ok(ibuf_size(ba) == ibuf_size(bb) &&
		    memcmp(ibuf_data(ba), ibuf_data(bb), ibuf_size(ba)) == 0,
		    "%s gets the same from what was printed",
		    process_name(p));
		for (i = 0; i < NITEMS(parts); i++) {
			has = memmem(ibuf_data(ba), ibuf_size(ba),
			    parts[i].text, strlen(parts[i].text)) != NULL;
			ok(has == ((parts[i].processes & PROC_BIT(p)) != 0),
			    "%s %s %s", process_name(p),
			    has ? "gets" : "does not get", parts[i].text);
		}
		ibuf_free(ba);
		ibuf_free(bb);
	}
}

int
main(void)
{
	struct conf	*a, *b = NULL;
	char		*once, *twice;
	size_t		 i;

	if (mkdtemp(directory) == NULL || chdir(directory) == -1)
		abort();
	for (i = 0; i < NITEMS(files); i++)
		file_write(files[i].name, files[i].text);
	if (ok((a = load("conf")) != NULL, "a configuration is read")) {
		once = print(a);
		file_write("again", once);
		ok((b = load("again")) != NULL, "what it prints is read");
		free(once);
	}
	if (a != NULL && b != NULL) {
		once = print(a);
		twice = print(b);
		is_str(twice, once, "and prints the same");
		free(once);
		free(twice);
		is_str(a->applications.v[0]->targets.v[0]->key,
		    "-----BEGIN SSHKEY\n\"KEY\\\n-----END\n",
		    "a key has its lines");
		is_str(a->applications.v[0]->targets.v[0]->roles.v[1]->
		    scripts.v[0]->text, "\nx\n", "a script has its lines");
		is_int(conf_script_place(a->applications.v[0]->targets.v[0]->
		    roles.v[1]->scripts.v[0], 2).line, 41,
		    "and the places of these");
		places_clear(a);
		places_clear(b);
		test_processes(a, b);
	}
	conf_free(a);
	conf_free(b);
	for (i = 0; i < NITEMS(files); i++)
		unlink(files[i].name);
	rmdir(directory);
	return done_testing();
}

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
 * configuration.json on its way: what it is printed as in the native grammar
 * reads back to the same records, so that every process gets the same.
 */

#include "config.h"

#include <sys/types.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../applikatonid/config_file.h"
#include "../../applikatonid/json_tree.h"
#include "tap.h"

static char	directory[] = "/tmp/applikatonid-test.XXXXXX";

static const char	text[] =
	"{ \"host\": \"h.example.com/\", \"ssl_enabled\": true,\n"
	"\"github_client_id\": \"ID\",\n"
	"\"github_client_secret\": \"S\\u00e9\",\n"
	"\"applications\": [ {\n"
	"\"name\": \"shop\", \"github_owner\": \"o\", \"github_repo\": \"r\",\n"
	"\"github_branches\": [\"a\", \"b\"], \"read_usernames\": [\"bob\"],\n"
	"\"targets\": [ { \"name\": \"t\",\n"
	"\"deployment_user\": \"u\", \"deployment_ssh_key\":\n"
	"\"-----BEGIN X\\r\\n\\\"\\\\K\\n-----END X\\n\",\n"
	"\"deploy_usernames\": [\"alice\"], \"available_stages\": [\"ONE\","
	" \"TWO\"],\n"
	"\"hosts\": [ {\"name\": \"[::1]:2222\", \"roles\": [\"web\"] } ],\n"
	"\"webhooks\": [\"https://h/\"],\n"
	"\"roles\": [ { \"name\": \"web\", \"options\": {\"A\": \"x\\ny\\n\","
	" \"b-c\": \"\" },\n"
	"\"script_templates\": { \"ONE\": \"1 \\\"\\\\\\n\\n{{.A}}\\n\","
	" \"TWO\": \"\" } } ]\n"
	"} ] } ] }\n";

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

/* Where things stand differs; nothing else may. */
static void
places_clear(struct conf *c)
{
	struct conf_application	*a = c->applications.v[0];
	struct conf_target	*t = a->targets.v[0];
	struct conf_role	*r = t->roles.v[0];
	size_t			 i;

	for (i = 0; i < c->files.n; i++)
		c->files.v[i][0] = '\0';
	memset(&c->public_url_place, 0, sizeof(c->public_url_place));
	CLEAR(c->listens.v[0]);
	CLEAR(a);
	CLEAR(t);
	CLEAR(r);
	CLEAR(t->hosts.v[0]);
	CLEAR(t->receivers.v[0]);
	for (i = 0; i < r->options.n; i++)
		CLEAR(r->options.v[i]);
	for (i = 0; i < r->scripts.n; i++) {
		CLEAR(r->scripts.v[i]);
		memset(r->scripts.v[i]->lines.v, 0, r->scripts.v[i]->lines.n);
	}
}

static void
test_same(struct conf *a, struct conf *b)
{
	struct ibuf	*ba, *bb;
	char		*once = print(a), *twice = print(b);
	int		 p;

	is_str(twice, once, "what is printed prints the same");
	free(once);
	free(twice);
	places_clear(a);
	places_clear(b);
	for (p = PROC_WEB; p <= PROC_NOTIFIER; p++) {
		ba = record_encode(&conf_record, a, p);
		bb = record_encode(&conf_record, b, p);
		ok(ibuf_size(ba) > 0 && ibuf_size(ba) == ibuf_size(bb) &&
		    memcmp(ibuf_data(ba), ibuf_data(bb), ibuf_size(ba)) == 0,
		    "%s gets the same from what was printed",
		    process_name(p));
		ibuf_free(ba);
		ibuf_free(bb);
	}
}

static void
test_values(const struct conf *c)
{
	const struct conf_target	*t;
	const struct conf_role		*r;

	t = c->applications.v[0]->targets.v[0];
	r = t->roles.v[0];
	is_str(c->public_url, "https://h.example.com", "the public url");
	is_str(c->github_client_secret, "S\xc3\xa9", "a secret, decoded");
	is_str(c->applications.v[0]->repository, "o/r", "the repository");
	is_str(t->key, "-----BEGIN X\n\"\\K\n-----END X\n", "the key");
	is_str(t->hosts.v[0]->name, "::1", "an address");
	is_int(t->hosts.v[0]->port, 2222, "and its port");
	is_int(t->default_stages.n, 0, "no default stages");
	is_str(r->options.v[0]->value, "x\ny\n", "an option of two lines");
	is_str(r->scripts.v[0]->text, "1 \"\\\n\n{{.A}}", "a script");
	is_int(r->scripts.v[0]->lines.n, 12, "of three lines");
	is_str(r->scripts.v[1]->text, "", "an empty one");
}

/* What the children are told as lines leads back to lines and paths. */
static void
test_tree(void)
{
	static const char	 json[] = "{\"a\":\n[1,{\"b\":\n\"x\\ny\"}]}";
	struct json_mistake	 m;
	struct json_tree	*t;
	char			 path[JSON_PATH_MAX];
	uint32_t		 node, line;

	if (!ok((t = json_tree_read(json, strlen(json), &m)) != NULL,
	    "a tree"))
		return;
	is_int(t->n, 6, "of five nodes");
	node = t->n - 1;
	is_str(t->v[node].text, "x\ny", "the last of which has a text");
	is_int(json_tree_where(t, node, path), 2, "it stands in line 2");
	is_str(path, "a[1].b", "and has a path");
	line = json_tree_line(t, node, 2);
	is_int(json_tree_where(t, line, path), 2, "its second line, too");
	is_str(path, "a[1].b, line 2", "with a path of its own");
	json_tree_close(t);
	ok(t->v[node].text == NULL, "closed, it has no text");
	is_int(json_tree_where(t, node, path), 2, "but lines");
	is_int(json_tree_where(t, line + 1, path), 0, "what is not there "
	    "stands nowhere");
	is_int(json_tree_where(t, UINT32_MAX, path), 0, "whatever it is");
	is_str(path, "", "and has no path");
	is_int(json_tree_where(t, 1, path), 1, "the whole is in line 1");
	is_str(path, "", "without a path");
	json_tree_free(t);
}

int
main(void)
{
	struct conf	*a, *b = NULL;
	char		*once;

	if (mkdtemp(directory) == NULL || chdir(directory) == -1)
		abort();
	file_write("conf", text);
	if (ok((a = load("conf")) != NULL, "it is read")) {
		test_values(a);
		once = print(a);
		file_write("again", once);
		free(once);
		if (ok((b = load("again")) != NULL, "what it prints is read"))
			test_same(a, b);
	}
	test_tree();
	conf_free(a);
	conf_free(b);
	unlink("conf");
	unlink("again");
	rmdir(directory);
	return done_testing();
}

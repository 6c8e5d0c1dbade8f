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
 * A configuration as text in the native grammar.  Everything is printed,
 * defaults and inline secrets included, so that reading it again yields the
 * same; what came from a file is printed as that file's path.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "config_file.h"

static void	print_string(FILE *, const char *);
static void	print_line(FILE *, int, const char *, const char *);
static void	print_value(FILE *, int, const char *, const char *,
		    const char *);
static void	print_list(FILE *, int, const char *, char *const *, size_t);
static void	print_limits(FILE *, int, const uint64_t *, const uint64_t *,
		    int);
static void	print_daemon(FILE *, const struct conf *);
static void	print_application(FILE *, const struct conf *,
		    const struct conf_application *);
static void	print_target(FILE *, const struct conf *,
		    const struct conf_target *);
static void	print_host(FILE *, const struct conf_host *);
static void	print_role(FILE *, const struct conf_role *);
static void	print_lines(FILE *, const char *);
static void	print_script(FILE *, const struct conf_script *);

void
config_print(const struct conf *conf, FILE *f)
{
	size_t	i;

	print_daemon(f, conf);
	for (i = 0; i < conf->applications.n; i++)
		print_application(f, conf, conf->applications.v[i]);
}

static void
print_bytes(FILE *f, const char *s, size_t len)
{
	putc('"', f);
	for (; len > 0; s++, len--) {
		if (*s == '"' || *s == '\\')
			putc('\\', f);
		putc(*s, f);
	}
	putc('"', f);
}

static void
print_string(FILE *f, const char *s)
{
	print_bytes(f, s, strlen(s));
}

static void
indent(FILE *f, int depth)
{
	while (depth-- > 0)
		putc('\t', f);
}

/* keyword "value"; nothing for NULL. */
static void
print_line(FILE *f, int depth, const char *keyword, const char *value)
{
	if (value == NULL)
		return;
	indent(f, depth);
	fprintf(f, "%s ", keyword);
	print_string(f, value);
	putc('\n', f);
}

/* The same for what may have come from a file. */
static void
print_value(FILE *f, int depth, const char *keyword, const char *path,
    const char *value)
{
	if (path == NULL && value == NULL)
		return;
	indent(f, depth);
	fprintf(f, "%s %s", keyword, path != NULL ? "file " : "");
	print_string(f, path != NULL ? path : value);
	putc('\n', f);
}

static void
print_strings(FILE *f, const char *keyword, char *const *v, size_t n)
{
	size_t	i;

	fprintf(f, "%s {", keyword);
	for (i = 0; i < n; i++) {
		putc(' ', f);
		print_string(f, v[i]);
	}
	fputs(" }", f);
}

static void
print_list(FILE *f, int depth, const char *keyword, char *const *v, size_t n)
{
	indent(f, depth);
	print_strings(f, keyword, v, n);
	putc('\n', f);
}

/* Those that differ from what they are without being set. */
static void
print_limits(FILE *f, int depth, const uint64_t *limits,
    const uint64_t *unset, int n)
{
	char	value[32];
	int	l;

	for (l = 0; l < n; l++) {
		if (unset != NULL && limits[l] == unset[l])
			continue;
		limit_format(l, limits[l], value, sizeof(value));
		indent(f, depth);
		fprintf(f, "limit %s %s\n", conf_limits[l].name, value);
	}
}

static void
print_group(FILE *f, const char *group)
{
	if (group != NULL) {
		fputs(" group ", f);
		print_string(f, group);
	}
	putc('\n', f);
}

static void
print_daemon(FILE *f, const struct conf *c)
{
	const struct conf_listen	*l;
	size_t				 i;

	print_line(f, 0, "public url", c->public_url);
	for (i = 0; i < c->listens.n; i++) {
		l = c->listens.v[i];
		if (l->path != NULL) {
			fputs("listen on socket ", f);
			print_string(f, l->path);
			print_group(f, l->group);
		} else
			fprintf(f, "listen on %s port %u\n", l->address,
			    l->port);
	}
	if (c->trusted_proxies.n > 0)
		print_list(f, 0, "trusted proxy", c->trusted_proxies.v,
		    c->trusted_proxies.n);
	print_line(f, 0, "database", c->database);
	fputs("socket ", f);
	print_string(f, c->socket);
	print_group(f, c->socket_group);
	print_line(f, 0, "run directory", c->run_directory);
	/* Not the usual places of files that no one needs. */
	if (c->known_hosts != NULL)
		print_line(f, 0, "known hosts", c->known_hosts_path);
	if (c->ca.n > 0)
		print_line(f, 0, "ca file", c->ca_path);
	if (c->github_client_id != NULL) {
		fputs("\ngithub {\n", f);
		print_line(f, 1, "client id", c->github_client_id);
		print_value(f, 1, "client secret",
		    c->github_client_secret_path, c->github_client_secret);
		fputs("}\n", f);
	}
	putc('\n', f);
	print_limits(f, 0, c->limits, NULL, LIMIT_MAX);
}

static void
print_application(FILE *f, const struct conf *c,
    const struct conf_application *a)
{
	size_t	i;

	fputs("\napplication ", f);
	print_string(f, a->name);
	fputs(" {\n", f);
	print_line(f, 1, "repository", a->repository);
	print_list(f, 1, "branches", a->branches.v, a->branches.n);
	print_list(f, 1, "readers", a->readers.v, a->readers.n);
	for (i = 0; i < a->targets.n; i++)
		print_target(f, c, a->targets.v[i]);
	fputs("}\n", f);
}

static void
print_target(FILE *f, const struct conf *c, const struct conf_target *t)
{
	const struct conf_receiver	*r;
	size_t				 i;

	fputs("\n\ttarget ", f);
	print_string(f, t->name);
	fputs(" {\n", f);
	print_line(f, 2, "user", t->user);
	print_value(f, 2, "key", t->key_path, t->key);
	print_value(f, 2, "passphrase", t->passphrase_path, t->passphrase);
	print_line(f, 2, "known hosts", t->known_hosts_path);
	if (t->unchecked)
		fputs("\t\tno host key check\n", f);
	print_list(f, 2, "deployers", t->deployers.v, t->deployers.n);
	print_list(f, 2, "stages", t->stages.v, t->stages.n);
	print_list(f, 2, "default stages", t->default_stages.v,
	    t->default_stages.n);
	print_limits(f, 2, t->limits, c->limits, LIMIT_TARGET_MAX);
	for (i = 0; i < t->hosts.n; i++)
		print_host(f, t->hosts.v[i]);
	for (i = 0; i < t->roles.n; i++)
		print_role(f, t->roles.v[i]);
	for (i = 0; i < t->receivers.n; i++) {
		r = t->receivers.v[i];
		indent(f, 2);
		fputs("notify ", f);
		print_value(f, 0, r->kind, r->path, r->url);
	}
	fputs("\t}\n", f);
}

static void
print_host(FILE *f, const struct conf_host *h)
{
	indent(f, 2);
	fputs("host ", f);
	print_string(f, h->name);
	fprintf(f, " port %u ", h->port);
	print_strings(f, "roles", h->roles.v, h->roles.n);
	if (h->fingerprints.n > 0)
		print_strings(f, " fingerprints", h->fingerprints.v,
		    h->fingerprints.n);
	putc('\n', f);
}

static void
print_role(FILE *f, const struct conf_role *r)
{
	const struct conf_option	*o;
	size_t				 i;

	indent(f, 2);
	fputs("role ", f);
	print_string(f, r->name);
	fputs(" {\n", f);
	for (i = 0; i < r->options.n; i++) {
		o = r->options.v[i];
		indent(f, 3);
		/* In quotes: secret is a name, too. */
		fprintf(f, "set %s", o->secret ? "secret " : "");
		print_string(f, o->name);
		if (o->path == NULL && strchr(o->value, '\n') != NULL) {
			fputs(" {\n", f);
			print_lines(f, o->value);
		} else
			print_value(f, 0, "", o->path, o->value);
	}
	for (i = 0; i < r->scripts.n; i++)
		print_script(f, r->scripts.v[i]);
	fputs("\t\t}\n", f);
}

static void
print_script(FILE *f, const struct conf_script *s)
{
	indent(f, 3);
	fputs("script ", f);
	print_string(f, s->stage);
	fputs(" {\n", f);
	print_lines(f, s->text);
}

/* Those of a text, and the end of their block. */
static void
print_lines(FILE *f, const char *line)
{
	size_t	len;

	for (;;) {
		len = strcspn(line, "\n");
		indent(f, 4);
		print_bytes(f, line, len);
		putc('\n', f);
		if (line[len] == '\0')
			break;
		line += len + 1;
	}
	fputs("\t\t\t}\n", f);
}

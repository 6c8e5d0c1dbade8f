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
 * What a valid configuration is; see validate.h.  It reads no file and asks
 * the system only whether a group exists.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <grp.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../common/log.h"
#include "../common/utf8.h"
#include "validate.h"

#define ALPHA		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS		"0123456789"
#define NAME_MAX_BYTES	100

#ifndef nitems
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* Something with a name and a place, to find what is there twice. */
struct named {
	const char		*name;
	uint32_t		 port;
	const struct place	*place;
	size_t			 number;
};

struct context {
	const struct conf		*conf;
	struct problems			*problems;
	const struct conf_application	*application;
	const struct conf_target	*target;
};

static const char	*application_error(const char *);
static const char	*repository_error(const char *);
static const char	*branch_error(const char *);
static const char	*login_error(const char *);
static const char	*group_error(const char *);
static const char	*host_error(const char *);
static const char	*address_error(const char *);
static const char	*network_error(const char *);
static const char	*port_error(const char *);
static const char	*fingerprint_error(const char *);
static const char	*receiver_url_error(const char *);
static const char	*socket_error(const char *);
static const char	*key_error(const char *);
static void		 application_check(struct context *);
static void		 target_check(struct context *);
static void		 target_complete_check(struct context *);
static void		 stages_check(struct context *);
static void		 host_check(struct context *, const struct conf_host *);
static void		 host_keys_check(struct context *);
static void		 role_check(struct context *, const struct conf_role *);

static const struct {
	size_t		 max;
	const char	*(*error)(const char *);
} values[VALUE_MAX] = {
	[VALUE_TEXT] =		{ 4096, NULL },
	[VALUE_APPLICATION] =	{ NAME_MAX_BYTES, application_error },
	[VALUE_NAME] =		{ NAME_MAX_BYTES, NULL },
	[VALUE_REPOSITORY] =	{ 255, repository_error },
	[VALUE_BRANCH] =	{ 255, branch_error },
	[VALUE_LOGIN] =		{ NAME_MAX_BYTES, login_error },
	[VALUE_USER] =		{ 255, NULL },
	[VALUE_GROUP] =		{ 255, group_error },
	[VALUE_HOST] =		{ 253, host_error },
	[VALUE_ADDRESS] =	{ 64, address_error },
	[VALUE_NETWORK] =	{ 64, network_error },
	[VALUE_PORT] =		{ 255, port_error },
	[VALUE_FINGERPRINT] =	{ 64, fingerprint_error },
	[VALUE_OPTION] =	{ NAME_MAX_BYTES, NULL },
	[VALUE_RECEIVER_URL] =	{ 2048, receiver_url_error },
	[VALUE_PATH] =		{ 4000, NULL },
	[VALUE_SOCKET] =	{ 4000, socket_error },
	[VALUE_SECRET] =	{ 65536, NULL },
	[VALUE_KEY] =		{ 65536, key_error },
	[VALUE_LINE] =		{ 1024 * 1024, NULL },
};

static const char *const receiver_kinds[] = { "webhook" };

/* Names that the web server or the engine have for themselves. */
static const char *const reserved_applications[] = {
	"-", ".", "..", "assets", "oauth2", "favicon.ico"
};

/* Controls of C0 (but tabs) and C1, ends of lines, marks of direction. */
static bool
is_unprintable(const unsigned char *u, size_t len)
{
	if (len == 1)
		return (u[0] < 0x20 && u[0] != '\t') || u[0] == 0x7f;
	if (len == 2)
		return u[0] == 0xc2 && u[1] < 0xa0;
	if (len == 3 && u[0] == 0xe2 && u[1] == 0x80)
		return u[2] == 0x8e || u[2] == 0x8f ||
		    (u[2] >= 0xa8 && u[2] <= 0xae);
	return len == 3 && u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0xa6 &&
	    u[2] <= 0xa9;
}

bool
utf8_is_printable(const char *s)
{
	size_t	left = strlen(s), n;

	for (; left > 0; s += n, left -= n) {
		n = utf8_length(s, left);
		if (n == 0 || is_unprintable((const unsigned char *)s, n))
			return false;
	}
	return true;
}

const char *
value_error(enum value v, const char *s)
{
	size_t	len = strlen(s);

	if (len == 0 && v != VALUE_LINE)
		return "is empty";
	if (len > values[v].max)
		return "is too long";
	if (v == VALUE_LINE || v == VALUE_SECRET) {
		/* They may hold what they like, but a line is one line. */
		if (strpbrk(s, "\r\n") != NULL)
			return "is more than one line";
	} else if (v != VALUE_KEY &&
	    (!utf8_is_printable(s) || strchr(s, '\t') != NULL))
		return "has control characters or is not UTF-8";
	return values[v].error == NULL ? NULL : values[v].error(s);
}

static bool
has_only(const char *s, const char *bytes)
{
	return s[strspn(s, bytes)] == '\0';
}

static const char *
application_error(const char *s)
{
	size_t	i;

	for (i = 0; i < nitems(reserved_applications); i++)
		if (strcmp(s, reserved_applications[i]) == 0)
			return "can't be the name of an application";
	return strchr(s, '/') != NULL ? "has a slash in it" : NULL;
}

static const char *
repository_error(const char *s)
{
	const char	*slash = strchr(s, '/');

	if (slash == NULL || slash == s || slash[1] == '\0' || *s == '-' ||
	    strspn(s, ALPHA DIGITS "-_.") != (size_t)(slash - s) ||
	    !has_only(slash + 1, ALPHA DIGITS "-_.") ||
	    strcmp(slash + 1, ".") == 0 || strcmp(slash + 1, "..") == 0)
		return "is not of the form owner/name";
	return NULL;
}

static const char *
branch_error(const char *s)
{
	if (strpbrk(s, " \t~^:?*[\\") != NULL || strstr(s, "..") != NULL ||
	    *s == '-' || *s == '/')
		return "can't be the name of a branch";
	return NULL;
}

static const char *
login_error(const char *s)
{
	return has_only(s, ALPHA DIGITS "-_.") ? NULL :
	    "has more than letters, digits, - and _ in it";
}

static const char *
group_error(const char *s)
{
	return getgrnam(s) == NULL ? "is not a group of this system" : NULL;
}

static const char *
host_error(const char *s)
{
	struct in6_addr	 in6;
	char		 buf[64];

	if (strchr(s, ':') != NULL) {
		/* fe80::1%eth0 */
		if (strcspn(s, "%") >= sizeof(buf))
			return "is not an address";
		snprintf(buf, sizeof(buf), "%.*s", (int)strcspn(s, "%"), s);
		if (inet_pton(AF_INET6, buf, &in6) == 1 &&
		    has_only(s, ALPHA DIGITS ":.%-_"))
			return NULL;
		return "is neither a name nor an IPv6 address (a port is "
		    "written: host NAME port NUMBER)";
	}
	if (!has_only(s, ALPHA DIGITS "-_.") || *s == '-' || *s == '.' ||
	    strstr(s, "..") != NULL)
		return "is not the name of a host";
	return NULL;
}

static const char *
address_error(const char *s)
{
	struct in6_addr	in6;
	struct in_addr	in;

	if (inet_pton(AF_INET, s, &in) == 1 ||
	    inet_pton(AF_INET6, s, &in6) == 1)
		return NULL;
	return "is not an IPv4 or IPv6 address";
}

static const char *
network_error(const char *s)
{
	const char	*slash = strchr(s, '/'), *error = NULL;
	char		 address[64];

	if (slash == NULL)
		return address_error(s);
	snprintf(address, sizeof(address), "%.*s", (int)(slash - s), s);
	if (address_error(address) != NULL || !has_only(slash + 1, DIGITS))
		return "is neither an address nor a network";
	strtonum(slash + 1, 0, strchr(s, ':') == NULL ? 32 : 128, &error);
	return error == NULL ? NULL : "is neither an address nor a network";
}

static const char *
port_error(const char *s)
{
	const char	*error;

	if (!has_only(s, DIGITS))
		return "is not a number";
	strtonum(s, 1, 65535, &error);
	return error == NULL ? NULL : "is not a number from 1 to 65535";
}

static const char *
fingerprint_error(const char *s)
{
	const char	*prefix = "SHA256:";
	size_t		 n = strlen(prefix);

	if (strncmp(s, prefix, n) != 0 || strlen(s) != n + 43 ||
	    !has_only(s + n, ALPHA DIGITS "+/") ||
	    /* The last one stands for four bits. */
	    strchr("AEIMQUYcgkosw048", s[n + 42]) == NULL)
		return "is not a fingerprint as ssh-keygen -l prints it "
		    "(SHA256: and 43 characters)";
	return NULL;
}

/* Whether a script can say {{.Name}}. */
static bool
is_field(const char *s)
{
	if (isdigit((unsigned char)*s))
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && *s != '_' &&
		    (unsigned char)*s < 0x80)
			return false;
	return true;
}

static const char *
receiver_url_error(const char *s)
{
	const char	*host;

	if (strncasecmp(s, "https://", 8) == 0)
		host = s + 8;
	else if (strncasecmp(s, "http://", 7) == 0)
		host = s + 7;
	else
		return "does not begin with http:// or https://";
	if (strcspn(host, "/?#") == 0)
		return "has no host";
	for (; *s != '\0'; s++)
		if (!isgraph((unsigned char)*s) || strchr("\"\\<>", *s) != NULL)
			return "has characters that can't stand in a URL";
	return NULL;
}

static const char *
socket_error(const char *s)
{
	struct sockaddr_un	sun;

	return strlen(s) >= sizeof(sun.sun_path) ?
	    "is too long for a socket" : NULL;
}

static const char *
key_error(const char *s)
{
	return strncmp(s, "-----BEGIN ", 11) == 0 ? NULL :
	    "is not the text of a key (a file is written: key file \"path\")";
}

/* scheme://host[:port][/] */
const char *
public_url_parse(const char *s, char **out)
{
	char		*url, *host, *port, *end;
	const char	*error = NULL;
	bool		 https;

	*out = NULL;
	if (!utf8_is_printable(s) || strlen(s) > 255)
		return "is not a URL";
	if ((url = strdup(s)) == NULL)
		fatal("%s", __func__);
	for (end = url; *end != '\0'; end++)
		*end = tolower((unsigned char)*end);
	if (end > url && end[-1] == '/')
		*--end = '\0';
	https = strncmp(url, "https://", 8) == 0;
	host = url + (https ? 8 : 7);
	if (!https && strncmp(url, "http://", 7) != 0)
		error = "does not begin with https:// or http://";
	else if (strpbrk(host, "/?#") != NULL)
		error = "has a path: it is the address alone, "
		    "https://host or https://host:port";
	else {
		port = *host == '[' ? strchr(host, ']') : host;
		port = port == NULL ? NULL : strchr(port, ':');
		if (port != NULL) {
			*port = '\0';
			error = port_error(port + 1);
			if (port[1] == '\0')
				error = "has an empty port";
		}
		end = host + strlen(host);
		if (*host == '[' && end[-1] == ']') {
			/* A copy without its brackets, checked as one. */
			end[-1] = '\0';
			if (address_error(host + 1) != NULL)
				error = "has no valid host";
			end[-1] = ']';
		} else if (*host == '\0' || strchr(host, ':') != NULL ||
		    host_error(host) != NULL)
			error = "has no valid host";
		/* Browsers leave the usual port out of Origin and Host. */
		if (port != NULL && strcmp(port + 1, https ? "443" : "80") != 0)
			*port = ':';
	}
	if (error != NULL)
		free(url);
	else
		*out = url;
	return error;
}

bool
is_receiver_kind(const char *s)
{
	size_t	i;

	for (i = 0; i < nitems(receiver_kinds); i++)
		if (strcmp(s, receiver_kinds[i]) == 0)
			return true;
	return false;
}

void
receiver_identify(struct conf_receiver *r)
{
	SHA2_CTX	 ctx;
	uint8_t		 hash[SHA256_DIGEST_LENGTH];
	char		 hex[17];
	size_t		 i;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)r->kind, strlen(r->kind) + 1);
	SHA256Update(&ctx, (const uint8_t *)r->url, strlen(r->url));
	SHA256Final(hash, &ctx);
	explicit_bzero(&ctx, sizeof(ctx));
	for (i = 0; i < 8; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	free(r->id);
	if (asprintf(&r->id, "%s-%s", r->kind, hex) == -1)
		fatal("%s", __func__);
}

#define problem(ctx, place, ...) \
	problem_add((ctx)->problems, false, \
	    config_file_name((ctx)->conf, (place)->file), (place)->line, \
	    __VA_ARGS__)
#define warning(ctx, place, ...) \
	problem_add((ctx)->problems, true, \
	    config_file_name((ctx)->conf, (place)->file), (place)->line, \
	    __VA_ARGS__)

static int
named_compare(const void *va, const void *vb)
{
	const struct named	*a = va, *b = vb;
	int			 r;

	if ((r = strcmp(a->name, b->name)) != 0)
		return r;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static struct named *
named_new(size_t n)
{
	struct named	*v;

	if ((v = calloc(n + 1, sizeof(*v))) == NULL)
		fatal("%s", __func__);
	return v;
}

/* Frees v. */
static void
duplicates_check(struct context *ctx, struct named *v, size_t n,
    const char *what)
{
	size_t	i;

	qsort(v, n, sizeof(*v), named_compare);
	for (i = 1; i < n; i++) {
		if (strcmp(v[i].name, v[i - 1].name) != 0 ||
		    v[i].port != v[i - 1].port)
			continue;
		if (v[i].port != 0)
			problem(ctx, v[i].place, "%s %s port %u stands here a "
			    "second time", what, quoted(v[i].name),
			    v[i].port);
		else
			problem(ctx, v[i].place, "%s %s stands here a second "
			    "time", what, quoted(v[i].name));
	}
	free(v);
}

/* For lists of structs with these fields. */
#define DUPLICATES_CHECK(ctx, list, field, portexpr, what) do {		\
	struct named	*v_ = named_new((list)->n);			\
	size_t		 i_;						\
	for (i_ = 0; i_ < (list)->n; i_++) {				\
		v_[i_].name = (list)->v[i_]->field;			\
		v_[i_].place = &(list)->v[i_]->place;			\
		v_[i_].port = portexpr;					\
		v_[i_].number = i_;					\
	}								\
	duplicates_check(ctx, v_, (list)->n, what);			\
} while (0)

void
config_validate(const struct conf *conf, struct problems *problems)
{
	struct context			 ctx = { conf, problems, NULL, NULL };
	static const struct place	 top = { 0, 0 };
	const struct conf_listen	*l;
	struct named			*v;
	size_t				 i, n;

	if (conf->public_url == NULL && !conf->broken)
		problem(&ctx, &top, conf->json > 0 ?
		    "host is missing: it makes the public url" :
		    "public url is missing");
	if (conf->listens.n == 0 && !conf->broken)
		problem(&ctx, &top, "listen on is missing");
	v = named_new(conf->listens.n);
	for (i = n = 0; i < conf->listens.n; i++) {
		l = conf->listens.v[i];
		if (l->path == NULL && l->port == 0)
			continue;	/* reported already */
		v[n].name = l->path != NULL ? l->path : l->address;
		v[n].port = l->port;
		v[n].place = &l->place;
		v[n++].number = i;
	}
	duplicates_check(&ctx, v, n, "listen on");
	for (i = 0; i < conf->listens.n; i++)
		if (conf->listens.v[i]->path != NULL && conf->socket != NULL &&
		    strcmp(conf->listens.v[i]->path, conf->socket) == 0)
			problem(&ctx, &conf->listens.v[i]->place,
			    "this is the control socket");
	if (conf->applications.n == 0 && !conf->broken)
		warning(&ctx, &top, "no application: nothing can be deployed");
	DUPLICATES_CHECK(&ctx, &conf->applications, name, 0, "application");
	for (i = 0; i < conf->applications.n; i++) {
		ctx.application = conf->applications.v[i];
		application_check(&ctx);
	}
}

static void
application_check(struct context *ctx)
{
	const struct conf_application	*a = ctx->application;
	size_t				 i;

	if (!a->broken && a->repository == NULL)
		warning(ctx, &a->place, "application %s has no repository",
		    quoted(a->name));
	if (!a->broken && a->targets.n == 0)
		warning(ctx, &a->place, "application %s has no target",
		    quoted(a->name));
	DUPLICATES_CHECK(ctx, &a->targets, name, 0, "target");
	for (i = 0; i < a->targets.n; i++) {
		ctx->target = a->targets.v[i];
		target_check(ctx);
	}
}

/* A host is the same in capitals. */
static void
hosts_check(struct context *ctx)
{
	const struct conf_target	*t = ctx->target;
	struct named			*v = named_new(t->hosts.n);
	char				**lower, *p;
	size_t				 i, n = 0;

	if ((lower = calloc(t->hosts.n + 1, sizeof(*lower))) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < t->hosts.n; i++) {
		if ((lower[i] = strdup(t->hosts.v[i]->name)) == NULL)
			fatal("%s", __func__);
		for (p = lower[i]; *p != '\0'; p++)
			*p = tolower((unsigned char)*p);
		if (t->hosts.v[i]->port == 0)
			continue;	/* reported already */
		v[n].name = lower[i];
		v[n].port = t->hosts.v[i]->port;
		v[n].place = &t->hosts.v[i]->place;
		v[n++].number = i;
	}
	duplicates_check(ctx, v, n, "host");
	for (i = 0; i < t->hosts.n; i++) {
		free(lower[i]);
		host_check(ctx, t->hosts.v[i]);
	}
	free(lower);
}

static void
target_check(struct context *ctx)
{
	const struct conf_target	*t = ctx->target;
	size_t				 i, j;
	bool				 used;

	if (!t->broken)
		target_complete_check(ctx);
	stages_check(ctx);
	DUPLICATES_CHECK(ctx, &t->roles, name, 0, "role");
	hosts_check(ctx);
	host_keys_check(ctx);
	for (i = 0; i < t->roles.n; i++) {
		role_check(ctx, t->roles.v[i]);
		used = t->broken;
		for (j = 0; j < t->hosts.n && !used; j++)
			used = conf_has(t->hosts.v[j]->roles.v,
			    t->hosts.v[j]->roles.n, t->roles.v[i]->name);
		if (!used)
			warning(ctx, &t->roles.v[i]->place,
			    "no host has the role %s",
			    quoted(t->roles.v[i]->name));
	}
	DUPLICATES_CHECK(ctx, &t->receivers, id, 0, "receiver");
}

static void
target_complete_check(struct context *ctx)
{
	const struct conf_target	*t = ctx->target;
	const struct {
		bool		 is_missing;
		const char	*what;
	} parts[] = {
		{ t->user == NULL, "user" },
		{ t->key == NULL && t->key_path == NULL, "key" },
		{ t->stages.n == 0, "stages" },
		{ t->hosts.n == 0, "host" },
	};
	size_t				 i;

	for (i = 0; i < nitems(parts); i++)
		if (parts[i].is_missing)
			problem(ctx, &t->place, "target %s has no %s",
			    quoted(t->name), parts[i].what);
	if (t->deployers.n == 0)
		warning(ctx, &t->place,
		    "target %s has no deployers: nobody can deploy to it",
		    quoted(t->name));
}

static void
stages_check(struct context *ctx)
{
	const struct conf_target	*t = ctx->target;
	size_t				 i;

	if (t->broken)
		return;
	for (i = 0; i < t->default_stages.n; i++)
		if (!conf_has(t->stages.v, t->stages.n,
		    t->default_stages.v[i]))
			problem(ctx, &t->default_stages_place,
			    "default stage %s is not one of the stages",
			    quoted(t->default_stages.v[i]));
}

static bool
has_script(const struct conf_role *r, const char *stage)
{
	size_t	i;

	for (i = 0; i < r->scripts.n; i++)
		if (strcmp(r->scripts.v[i]->stage, stage) == 0)
			return true;
	return false;
}

/* Two roles of a host with a script for the same stage. */
static void
roles_check(struct context *ctx, const struct conf_host *h,
    const struct conf_role *a, const struct conf_role *b)
{
	size_t	i;

	for (i = 0; i < a->scripts.n; i++)
		if (has_script(b, a->scripts.v[i]->stage))
			problem(ctx, &h->place, "host %s has two roles with a "
			    "script for the stage %s: %s and %s",
			    quoted(h->name), quoted(a->scripts.v[i]->stage),
			    quoted(a->name), quoted(b->name));
}

static void
host_check(struct context *ctx, const struct conf_host *h)
{
	const struct conf_role	*roles[CONFIG_HOST_ROLES_MAX], *r;
	size_t			 i, j, n = 0;

	if (ctx->target->broken)
		return;
	if (h->roles.n == 0)
		problem(ctx, &h->place, "host %s has no roles",
		    quoted(h->name));
	for (i = 0; i < h->roles.n; i++) {
		r = conf_role(ctx->target, h->roles.v[i]);
		if (r == NULL)
			problem(ctx, &h->place, "host %s has the role %s, "
			    "which does not exist", quoted(h->name),
			    quoted(h->roles.v[i]));
		else if (n < nitems(roles)) {
			for (j = 0; j < n; j++)
				if (roles[j] != r)
					roles_check(ctx, h, roles[j], r);
			roles[n++] = r;
		}
	}
}

/* How the hosts of the target prove who they are. */
static void
host_keys_check(struct context *ctx)
{
	const struct conf_target	*t = ctx->target;
	const char			*known, *path;
	size_t				 i, pinned = 0;

	for (i = 0; i < t->hosts.n; i++)
		pinned += t->hosts.v[i]->fingerprints.n > 0;
	if (t->unchecked) {
		if (pinned > 0 || t->known_hosts_path != NULL)
			problem(ctx, &t->place, "target %s has no host key "
			    "check, and also known hosts or fingerprints",
			    quoted(t->name));
		else
			warning(ctx, &t->place, "target %s: host keys are not "
			    "checked; whoever answers can pose as its hosts",
			    quoted(t->name));
		return;
	}
	path = t->known_hosts_path != NULL ? t->known_hosts_path :
	    ctx->conf->known_hosts_path;
	known = t->known_hosts_path != NULL ? t->known_hosts :
	    ctx->conf->known_hosts;
	/* A file that was named and could not be read has been reported. */
	if (t->broken || (known == NULL ? t->known_hosts_path != NULL :
	    known[0] != '\0'))
		return;
	if (pinned < t->hosts.n)
		warning(ctx, &t->place, "target %s: there is %s %s to know "
		    "its hosts by, and its deployments fail; make it "
		    "(applikatonictl hostkeys, then compare), or give each "
		    "host its fingerprint", quoted(t->name),
		    known == NULL ? "no" : "nothing in", path);
}

static void
role_check(struct context *ctx, const struct conf_role *r)
{
	const struct conf_target	*t = ctx->target;
	size_t				 i;

	DUPLICATES_CHECK(ctx, &r->options, name, 0, "set");
	DUPLICATES_CHECK(ctx, &r->scripts, stage, 0, "script");
	for (i = 0; i < r->options.n; i++)
		if (strcmp(r->options.v[i]->name, "CommitSha") == 0 ||
		    strcmp(r->options.v[i]->name, "AssetsTimestamp") == 0)
			warning(ctx, &r->options.v[i]->place, "%s is set by "
			    "each deployment: this value is never used",
			    r->options.v[i]->name);
	for (i = 0; i < r->options.n; i++)
		if (!is_field(r->options.v[i]->name))
			warning(ctx, &r->options.v[i]->place, "scripts can't "
			    "write this name as {{.Name}}: only "
			    "{{index . \"Name\"}} finds it");
	for (i = 0; i < r->scripts.n && !t->broken; i++)
		if (!conf_has(t->stages.v, t->stages.n,
		    r->scripts.v[i]->stage))
			warning(ctx, &r->scripts.v[i]->place, "%s is not one "
			    "of the target's stages: this script never runs",
			    quoted(r->scripts.v[i]->stage));
}

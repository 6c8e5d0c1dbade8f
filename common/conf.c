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
 * The configuration: the tables that say which process reads which field, the
 * table of limits, and look-ups.  It parses nothing but the value of a limit.
 */

#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "log.h"

#define W	PROC_BIT(PROC_WEB)
#define E	PROC_BIT(PROC_ENGINE)
#define X	PROC_BIT(PROC_EXECUTOR)
#define G	PROC_BIT(PROC_GITHUB)
#define N	PROC_BIT(PROC_NOTIFIER)

#define SECOND	1000ULL
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define KB	1024ULL
#define MB	(1024 * KB)
#define GB	(1024 * MB)

#define FIELD(type, name, kind, readers) \
	{ FIELD_##kind, offsetof(struct type, name), readers, NULL, 0 }
#define FIELD_LIST(type, name, record, readers) \
	{ FIELD_RECORDS, offsetof(struct type, name), readers, &record, 0 }
#define FIELD_COUNTED(type, name, readers, count) \
	{ FIELD_NUMBERS, offsetof(struct type, name), readers, NULL, count }
#define FIELD_PLACE(type, readers) \
	{ FIELD_U32, offsetof(struct type, place.file), readers, NULL, 0 }, \
	{ FIELD_U32, offsetof(struct type, place.line), readers, NULL, 0 }
#define FIELDS_END \
	{ FIELD_END, 0, 0, NULL, 0 }
#define RECORD(type) \
	const struct record type##_record = { \
		sizeof(struct type), type##_fields \
	}

static const struct field conf_listen_fields[] = {
	FIELD_PLACE(conf_listen, W),
	FIELD(conf_listen, path, STRING, W),
	FIELD(conf_listen, group, STRING, 0),
	FIELD(conf_listen, address, STRING, W),
	FIELD(conf_listen, port, U32, W),
	FIELDS_END
};
RECORD(conf_listen);

static const struct field conf_host_fields[] = {
	FIELD_PLACE(conf_host, X),
	FIELD(conf_host, name, STRING, X),
	FIELD(conf_host, port, U32, X),
	FIELD(conf_host, roles, STRINGS, X),
	FIELD(conf_host, fingerprints, STRINGS, X),
	FIELDS_END
};
RECORD(conf_host);

static const struct field conf_option_fields[] = {
	FIELD_PLACE(conf_option, X),
	FIELD(conf_option, name, STRING, X),
	FIELD(conf_option, value, STRING, X),
	FIELD(conf_option, path, STRING, 0),
	FIELD(conf_option, secret, BOOL, X),
	FIELDS_END
};
RECORD(conf_option);

static const struct field conf_script_fields[] = {
	FIELD_PLACE(conf_script, X),
	FIELD(conf_script, stage, STRING, X),
	FIELD(conf_script, text, STRING, X),
	FIELD(conf_script, lines, DATA, X),
	FIELDS_END
};
RECORD(conf_script);

static const struct field conf_role_fields[] = {
	FIELD_PLACE(conf_role, X),
	FIELD(conf_role, name, STRING, X),
	FIELD_LIST(conf_role, options, conf_option_record, X),
	FIELD_LIST(conf_role, scripts, conf_script_record, X),
	FIELDS_END
};
RECORD(conf_role);

static const struct field conf_receiver_fields[] = {
	FIELD_PLACE(conf_receiver, N),
	FIELD(conf_receiver, kind, STRING, E | N),
	FIELD(conf_receiver, id, STRING, E | N),
	FIELD(conf_receiver, url, STRING, N),
	FIELD(conf_receiver, path, STRING, 0),
	FIELDS_END
};
RECORD(conf_receiver);

static const struct field conf_target_fields[] = {
	FIELD_PLACE(conf_target, E | X | N),
	FIELD(conf_target, name, STRING, E | X | N),
	FIELD(conf_target, user, STRING, X),
	FIELD(conf_target, key_path, STRING, X),
	FIELD(conf_target, key, STRING, X),
	FIELD(conf_target, passphrase_path, STRING, 0),
	FIELD(conf_target, passphrase, STRING, X),
	FIELD(conf_target, known_hosts_path, STRING, X),
	FIELD(conf_target, known_hosts, STRING, X),
	FIELD(conf_target, unchecked, BOOL, E | X),
	FIELD(conf_target, deployers, STRINGS, E),
	FIELD(conf_target, stages, STRINGS, E | X),
	FIELD(conf_target, default_stages, STRINGS, E),
	FIELD_LIST(conf_target, hosts, conf_host_record, X),
	FIELD_LIST(conf_target, roles, conf_role_record, X),
	FIELD_LIST(conf_target, receivers, conf_receiver_record, E | N),
	FIELD_COUNTED(conf_target, limits, E | X, LIMIT_TARGET_MAX),
	FIELDS_END
};
RECORD(conf_target);

static const struct field conf_application_fields[] = {
	FIELD_PLACE(conf_application, E | X | N),
	FIELD(conf_application, name, STRING, E | X | G | N),
	FIELD(conf_application, repository, STRING, E | G | N),
	FIELD(conf_application, branches, STRINGS, E),
	FIELD(conf_application, readers, STRINGS, E),
	FIELD_LIST(conf_application, targets, conf_target_record, E | X | N),
	FIELDS_END
};
RECORD(conf_application);

static const struct field conf_fields[] = {
	FIELD(conf, files, STRINGS, E | X | G | N | W),
	FIELD(conf, public_url, STRING, E | G | W),
	{ FIELD_U32, offsetof(struct conf, public_url_place.file), W | E, NULL,
	    0 },
	{ FIELD_U32, offsetof(struct conf, public_url_place.line), W | E, NULL,
	    0 },
	FIELD_LIST(conf, listens, conf_listen_record, W),
	FIELD(conf, trusted_proxies, STRINGS, W),
	FIELD(conf, database, STRING, E),
	FIELD(conf, socket, STRING, 0),
	FIELD(conf, socket_group, STRING, E),
	FIELD(conf, run_directory, STRING, 0),
	FIELD(conf, known_hosts_path, STRING, X),
	FIELD(conf, known_hosts, STRING, X),
	FIELD(conf, github_client_id, STRING, G),
	FIELD(conf, github_client_secret, STRING, G),
	FIELD(conf, github_client_secret_path, STRING, 0),
	FIELD(conf, ca_path, STRING, 0),
	FIELD(conf, ca, DATA, G | N),
	FIELD_LIST(conf, applications, conf_application_record,
	    E | X | G | N),
	FIELD_COUNTED(conf, limits, E | X | G | N | W, LIMIT_MAX),
	FIELDS_END
};
RECORD(conf);

const struct limit_desc conf_limits[LIMIT_MAX] = {
	[LIMIT_RESOLVE] = { "resolve", UNIT_MS, 10 * SECOND, 100, HOUR },
	[LIMIT_CONNECT] = { "connect", UNIT_MS, 15 * SECOND, 100, HOUR },
	[LIMIT_HANDSHAKE] = { "handshake", UNIT_MS, 30 * SECOND, 100, HOUR },
	[LIMIT_AUTHENTICATE] = { "authenticate", UNIT_MS, 30 * SECOND, 100,
	    HOUR },
	[LIMIT_OPEN] = { "open", UNIT_MS, 30 * SECOND, 100, HOUR },
	[LIMIT_SILENCE] = { "silence", UNIT_MS, 30 * MINUTE, 100, 7 * DAY },
	[LIMIT_COMMAND] = { "command", UNIT_MS, 4 * HOUR, 100, 30 * DAY },
	[LIMIT_DEPLOYMENT] = { "deployment", UNIT_MS, 24 * HOUR, 100,
	    30 * DAY },
	[LIMIT_KILL] = { "kill", UNIT_MS, 5 * SECOND, 100, 5 * MINUTE },
	[LIMIT_CONNECTS] = { "connects", UNIT_COUNT, 8, 1, 10000 },
	[LIMIT_OUTPUT] = { "output", UNIT_BYTES, 256 * MB, 4 * KB,
	    1024 * GB },
	[LIMIT_MEMORY] = { "memory", UNIT_BYTES, 8 * MB, 256 * KB, 1 * GB },
	[LIMIT_DEPLOYMENTS] = { "deployments", UNIT_COUNT, 32, 1, 1000 },
	[LIMIT_FREE_SPACE] = { "free-space", UNIT_BYTES, 64 * MB, 0,
	    1024 * GB },
	[LIMIT_RETENTION] = { "retention", UNIT_MS, 0, 0, 36500 * DAY },
	[LIMIT_SESSION_IDLE] = { "session-idle", UNIT_MS, 7 * DAY, MINUTE,
	    365 * DAY },
	[LIMIT_SESSION_AGE] = { "session-age", UNIT_MS, 30 * DAY, MINUTE,
	    365 * DAY },
	[LIMIT_SESSIONS] = { "sessions", UNIT_COUNT, 64, 1, 10000 },
	[LIMIT_STREAMS] = { "streams", UNIT_COUNT, 2048, 1, 16000 },
	[LIMIT_STREAMS_PER_USER] = { "streams-per-user", UNIT_COUNT, 64, 1,
	    16000 },
	[LIMIT_CONNECTIONS] = { "connections", UNIT_COUNT, 4096, 1, 65000 },
	[LIMIT_CONNECTIONS_PER_CLIENT] = { "connections-per-client",
	    UNIT_COUNT, 512, 1, 65000 },
	[LIMIT_REQUEST] = { "request", UNIT_MS, 30 * SECOND, 100, HOUR },
	[LIMIT_IDLE] = { "idle", UNIT_MS, 60 * SECOND, 100, HOUR },
	[LIMIT_DELIVERY] = { "delivery", UNIT_MS, 30 * SECOND, 100, HOUR },
	[LIMIT_DELIVERY_TRIES] = { "delivery-tries", UNIT_COUNT, 12, 1, 100 },
};

static const struct {
	const char	*suffix;
	uint64_t	 factor;
	enum limit_unit	 unit;
} suffixes[] = {		/* the largest first, for printing */
	{ "d", DAY, UNIT_MS },
	{ "h", HOUR, UNIT_MS },
	{ "m", MINUTE, UNIT_MS },
	{ "s", SECOND, UNIT_MS },
	{ "ms", 1, UNIT_MS },
	{ "G", GB, UNIT_BYTES },
	{ "M", MB, UNIT_BYTES },
	{ "K", KB, UNIT_BYTES },
	{ "", 1, UNIT_BYTES },
	{ "", 1, UNIT_COUNT },
};

#define NSUFFIXES	(sizeof(suffixes) / sizeof(suffixes[0]))

struct conf *
conf_new(void)
{
	struct conf	*conf = record_new(&conf_record);
	int		 i;

	for (i = 0; i < LIMIT_MAX; i++)
		conf->limits[i] = LIMIT_UNSET;
	return conf;
}

void
conf_free(struct conf *conf)
{
	record_free(&conf_record, conf);
}

void
conf_limits_resolve(struct conf *conf)
{
	struct conf_application	*a;
	struct conf_target	*t;
	size_t			 i, j;
	int			 l;

	for (l = 0; l < LIMIT_MAX; l++)
		if (conf->limits[l] == LIMIT_UNSET)
			conf->limits[l] = conf_limits[l].initial;
	for (i = 0; i < conf->applications.n; i++) {
		a = conf->applications.v[i];
		for (j = 0; j < a->targets.n; j++) {
			t = a->targets.v[j];
			for (l = 0; l < LIMIT_TARGET_MAX; l++)
				if (t->limits[l] == LIMIT_UNSET)
					t->limits[l] = conf->limits[l];
		}
	}
}

struct conf_application *
conf_application(const struct conf *conf, const char *name)
{
	size_t	i;

	for (i = 0; i < conf->applications.n; i++)
		if (strcmp(conf->applications.v[i]->name, name) == 0)
			return conf->applications.v[i];
	return NULL;
}

struct conf_target *
conf_target(const struct conf_application *a, const char *name)
{
	size_t	i;

	for (i = 0; i < a->targets.n; i++)
		if (strcmp(a->targets.v[i]->name, name) == 0)
			return a->targets.v[i];
	return NULL;
}

struct conf_role *
conf_role(const struct conf_target *t, const char *name)
{
	size_t	i;

	for (i = 0; i < t->roles.n; i++)
		if (strcmp(t->roles.v[i]->name, name) == 0)
			return t->roles.v[i];
	return NULL;
}

bool
conf_has(char *const *v, size_t n, const char *s)
{
	while (n-- > 0)
		if (strcmp(v[n], s) == 0)
			return true;
	return false;
}

bool
conf_has_login(char *const *v, size_t n, const char *s)
{
	while (n-- > 0)
		if (strcasecmp(v[n], s) == 0)
			return true;
	return false;
}

/* Four bytes a line, the highest first. */
void
conf_script_add_line(struct conf_script *s, uint32_t line)
{
	uint8_t	*v;
	int	 i;

	if ((v = realloc(s->lines.v, s->lines.n + 4)) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < 4; i++)
		v[s->lines.n++] = line >> (24 - 8 * i);
	s->lines.v = v;
}

struct place
conf_script_place(const struct conf_script *s, unsigned line)
{
	struct place	 place = s->place;
	const uint8_t	*v = s->lines.v;
	size_t		 at = ((size_t)line - 1) * 4;
	int		 i;

	if (line == 0 || at + 4 > s->lines.n) {
		/* It was not written line by line. */
		place.line += line > 0 && s->lines.n == 0 ? line - 1 : 0;
		return place;
	}
	for (place.line = 0, i = 0; i < 4; i++)
		place.line = place.line << 8 | v[at + i];
	return place;
}

int
limit_by_name(const char *name)
{
	int	i;

	for (i = 0; i < LIMIT_MAX; i++)
		if (strcmp(conf_limits[i].name, name) == 0)
			return i;
	return -1;
}

int
limit_parse(enum limit limit, const char *s, uint64_t *value,
    const char **error)
{
	const struct limit_desc	*d = &conf_limits[limit];
	unsigned long long	 n;
	char			*end;
	size_t			 i;

	*error = "not a number with a unit";
	if (!isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno != 0)
		return -1;
	for (i = 0; i < NSUFFIXES; i++)
		if (suffixes[i].unit == d->unit &&
		    strcmp(suffixes[i].suffix, end) == 0)
			break;
	if (i == NSUFFIXES && !(d->unit == UNIT_MS && n == 0 && *end == '\0')) {
		*error = d->unit == UNIT_MS ?
		    "a time needs a unit: ms, s, m, h or d" :
		    d->unit == UNIT_BYTES ?
		    "a size is a number, or one with K, M or G" :
		    "not a number";
		return -1;
	}
	*error = "out of range";
	if (n > 0 && i < NSUFFIXES && n > UINT64_MAX / suffixes[i].factor)
		return -1;
	if (n > 0)
		n *= suffixes[i].factor;
	if (n < d->min || n > d->max)
		return -1;
	*value = n;
	return 0;
}

void
limit_format(enum limit limit, uint64_t value, char *buf, size_t len)
{
	size_t	i;

	for (i = 0; i < NSUFFIXES; i++)
		if (suffixes[i].unit == conf_limits[limit].unit &&
		    value % suffixes[i].factor == 0 &&
		    (value != 0 || suffixes[i].factor == 1))
			break;
	snprintf(buf, len, "%" PRIu64 "%s",
	    i < NSUFFIXES ? value / suffixes[i].factor : value,
	    i < NSUFFIXES ? suffixes[i].suffix : "");
}

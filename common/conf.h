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
 * The configuration, as every process knows it.  The parent fills it from
 * applikatonid.conf or configuration.json and gives each child the fields
 * that the tables in conf.c name it a reader of; elsewhere they are empty.
 */

#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"
#include "record.h"

/* Where something stands: conf.files[file], line. */
struct place {
	uint32_t	 file;
	uint32_t	 line;
};

/*
 * Limits have one table (conf_limits) for grammar, defaults, printing and
 * manual: `limit connect 10s`.  Those of a target may stand in a target or,
 * for all targets, at the top.
 */
enum limit {
	/* of a target */
	LIMIT_RESOLVE,
	LIMIT_CONNECT,
	LIMIT_HANDSHAKE,
	LIMIT_AUTHENTICATE,
	LIMIT_OPEN,
	LIMIT_SILENCE,
	LIMIT_COMMAND,
	LIMIT_DEPLOYMENT,
	LIMIT_KILL,
	LIMIT_CONNECTS,
	LIMIT_OUTPUT,
	LIMIT_MEMORY,
	LIMIT_TARGET_MAX,
	/* of the daemon */
	LIMIT_DEPLOYMENTS = LIMIT_TARGET_MAX,
	LIMIT_FREE_SPACE,
	LIMIT_RETENTION,
	LIMIT_SESSION_IDLE,
	LIMIT_SESSION_AGE,
	LIMIT_SESSIONS,
	LIMIT_STREAMS,
	LIMIT_STREAMS_PER_USER,
	LIMIT_CONNECTIONS,
	LIMIT_CONNECTIONS_PER_CLIENT,
	LIMIT_REQUEST,
	LIMIT_IDLE,
	LIMIT_DELIVERY,
	LIMIT_DELIVERY_TRIES,
	LIMIT_MAX
};

#define LIMIT_UNSET	UINT64_MAX

enum limit_unit {
	UNIT_MS,		/* a time: 500ms, 10s, 5m, 2h, 30d */
	UNIT_BYTES,		/* 64K, 256M, 2G */
	UNIT_COUNT
};

struct limit_desc {
	const char	*name;		/* "free-space" */
	enum limit_unit	 unit;
	uint64_t	 initial;
	uint64_t	 min;
	uint64_t	 max;
};

extern const struct limit_desc	conf_limits[LIMIT_MAX];

struct conf_listen {
	struct place	 place;
	char		*path;		/* a unix socket, or NULL */
	char		*group;		/* its group, or NULL */
	char		*address;
	uint32_t	 port;
};

struct conf_host {
	struct place	 place;
	char		*name;
	uint32_t	 port;
	LIST_OF(char)	 roles;
	LIST_OF(char)	 fingerprints;	/* "SHA256:..." */
};

struct conf_option {
	struct place	 place;
	char		*name;
	char		*value;
	char		*path;		/* the file that value came from */
	bool		 secret;
};

struct conf_script {
	struct place	 place;		/* of its first line */
	char		*stage;
	char		*text;		/* template; lines end in \n but the
					   last */
	struct record_data lines;	/* where each stands; use
					   conf_script_place() */
};

struct conf_role {
	struct place			 place;
	char				*name;
	LIST_OF(struct conf_option)	 options;
	LIST_OF(struct conf_script)	 scripts;
};

/* A receiver of notifications; id names it without giving it away. */
struct conf_receiver {
	struct place	 place;
	char		*kind;		/* "webhook" */
	char		*id;		/* "webhook-" and a hash of the URL */
	char		*url;
	char		*path;		/* the file that url came from */
};

struct conf_target {
	struct place			 place;
	char				*name;
	char				*user;
	char				*key_path;
	char				*key;
	char				*passphrase_path;
	char				*passphrase;
	char				*known_hosts_path;
	char				*known_hosts;	/* NULL: the default */
	bool				 unchecked;	/* no host key check */
	LIST_OF(char)			 deployers;
	LIST_OF(char)			 stages;
	LIST_OF(char)			 default_stages;
	LIST_OF(struct conf_host)	 hosts;
	LIST_OF(struct conf_role)	 roles;
	LIST_OF(struct conf_receiver)	 receivers;
	uint64_t			 limits[LIMIT_TARGET_MAX];
	/* The parent's alone, while it reads: */
	struct place			 stages_place;
	struct place			 default_stages_place;
	bool				 broken;	/* what is missing may
							   not be reported */
};

struct conf_application {
	struct place			 place;
	char				*name;
	char				*repository;	/* "owner/name" */
	LIST_OF(char)			 branches;
	LIST_OF(char)			 readers;
	LIST_OF(struct conf_target)	 targets;
	bool				 broken;	/* as in a target */
};

struct conf {
	LIST_OF(char)			 files;
	char				*public_url;	/* without a slash */
	struct place			 public_url_place;
	LIST_OF(struct conf_listen)	 listens;
	LIST_OF(char)			 trusted_proxies;
	char				*database;
	char				*socket;
	char				*socket_group;
	char				*run_directory;
	char				*known_hosts_path;
	char				*known_hosts;
	char				*github_client_id;
	char				*github_client_secret;
	char				*github_client_secret_path;
	char				*ca_path;	/* CA bundle */
	struct record_data		 ca;		/* its bytes */
	LIST_OF(struct conf_application) applications;
	uint64_t			 limits[LIMIT_MAX];
	bool				 broken;	/* as in a target */
	uint32_t			 json;		/* the file that is
							   JSON, from 1; 0 for
							   none */
};

extern const struct record	conf_record, conf_application_record,
				conf_target_record, conf_host_record,
				conf_role_record, conf_option_record,
				conf_script_record, conf_receiver_record,
				conf_listen_record;

#define CONF_DATABASE		"/var/db/applikatoni/applikatoni.db"
#define CONF_SOCKET		"/var/run/applikatonid.sock"
#define CONF_RUN_DIRECTORY	"/var/run/applikatonid"
#define CONF_KNOWN_HOSTS	SYSCONFDIR "/applikatoni/known_hosts"
#define CONF_CA			"/etc/ssl/certs/ca-certificates.crt"
#define CONF_SSH_PORT		22

/* An empty one, limits unset. */
struct conf		*conf_new(void);
void			 conf_free(struct conf *);
/* Unset limits get the value of the level above, or the initial one. */
void			 conf_limits_resolve(struct conf *);

/* Look-ups by name; NULL for none.  Names compare exactly. */
struct conf_application	*conf_application(const struct conf *, const char *);
struct conf_target	*conf_target(const struct conf_application *,
			    const char *);
struct conf_role	*conf_role(const struct conf_target *, const char *);
/* Whether a list of strings has it; logins compare without case. */
bool			 conf_has(char *const *, size_t, const char *);
bool			 conf_has_login(char *const *, size_t, const char *);

/* Where a line of a script stands, counted from 1. */
struct place	 conf_script_place(const struct conf_script *, unsigned line);
/* Tells it the places of the next line: all, in order, or none. */
void		 conf_script_add_line(struct conf_script *, uint32_t line);

/* Limits by name (-1: none such), and a value with its unit, both ways. */
int			 limit_by_name(const char *);
int			 limit_parse(enum limit, const char *, uint64_t *,
			    const char **error);
void			 limit_format(enum limit, uint64_t, char *, size_t);

#endif

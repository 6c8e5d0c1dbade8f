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
 * A job: all that a worker is given to know of a deployment.  Scripts are
 * rendered and the key is decrypted; there is nothing in it of any other
 * target.  The executor makes it, the worker reads it, and record.c carries
 * it by the tables in job.c.
 */

#ifndef EXECUTOR_JOB_H
#define EXECUTOR_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/conf.h"
#include "../common/record.h"

/* What runs in a stage; lines end in \n but the last. */
struct job_script {
	char	*stage;
	char	*text;
	char	*shown;		/* the same lines with *** for secrets; NULL:
				   text itself */
};

struct job_role {
	char				*name;
	LIST_OF(struct job_script)	 scripts;
};

struct job_host {
	char		*name;
	uint32_t	 port;
	LIST_OF(char)	 roles;
	LIST_OF(char)	 fingerprints;
	char		*known_hosts;	/* what is known of this host; NULL:
					   nothing */
};

struct job {
	uint64_t			 deployment;	/* 0: host keys */
	char				*user;
	struct record_data		 key;		/* from key_export() */
	bool				 unchecked;	/* no host key check */
	char				*known_hosts_path; /* for errors */
	LIST_OF(char)			 stages;	/* in order */
	LIST_OF(struct job_role)	 roles;
	LIST_OF(struct job_host)	 hosts;
	LIST_OF(char)			 secrets;	/* never shown */
	uint64_t			 limits[LIMIT_TARGET_MAX];
};

extern const struct record	job_record, job_host_record;

/* An empty one; fatal without memory.  NULL is fine for job_free. */
struct job			*job_new(void);
/* Wipes every string, the key among them. */
void				 job_free(struct job *);
/* Whether one that was decoded has every name and text that it must have. */
bool				 job_is_whole(const struct job *);

/* The script of that host for that stage, or NULL when it has none. */
const struct job_script		*job_script(const struct job *,
				    const struct job_host *, const char *stage);

/* "name:port", with brackets around an IPv6 address; returns buf. */
const char			*host_origin(const char *name, uint32_t port,
				    char *buf, size_t size);
#define ORIGIN_SIZE	(MSG_SHORT_MAX + 1)

/* A line of a script, without its newline and a CR before that. */
struct script_line {
	const char	*text;
	size_t		 len;
};

/*
 * Takes the next line from *at (the rest of a text) and moves *at behind it.
 * Returns 0 when there is none: nothing follows the last newline.
 */
int				 script_next(const char **at,
				    struct script_line *);

#endif

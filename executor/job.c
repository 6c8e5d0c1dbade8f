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
 * Jobs: the tables of their fields, and how a script is cut into lines.  It
 * renders nothing and connects nowhere.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

#define K	PROC_BIT(PROC_WORKER)

#define FIELD(type, name, kind) \
	{ FIELD_##kind, offsetof(struct type, name), K, NULL, 0 }
#define FIELD_LIST(type, name, record) \
	{ FIELD_RECORDS, offsetof(struct type, name), K, &record, 0 }
#define FIELDS_END \
	{ FIELD_END, 0, 0, NULL, 0 }

static const struct field job_script_fields[] = {
	FIELD(job_script, stage, STRING),
	FIELD(job_script, text, STRING),
	FIELD(job_script, shown, STRING),
	FIELDS_END
};
static const struct record job_script_record = {
	sizeof(struct job_script), job_script_fields
};

static const struct field job_role_fields[] = {
	FIELD(job_role, name, STRING),
	FIELD_LIST(job_role, scripts, job_script_record),
	FIELDS_END
};
static const struct record job_role_record = {
	sizeof(struct job_role), job_role_fields
};

static const struct field job_host_fields[] = {
	FIELD(job_host, name, STRING),
	FIELD(job_host, port, U32),
	FIELD(job_host, roles, STRINGS),
	FIELD(job_host, fingerprints, STRINGS),
	FIELD(job_host, known_hosts, STRING),
	FIELDS_END
};
const struct record job_host_record = {
	sizeof(struct job_host), job_host_fields
};

static const struct field job_fields[] = {
	FIELD(job, deployment, U64),
	FIELD(job, user, STRING),
	FIELD(job, key, DATA),
	FIELD(job, unchecked, BOOL),
	FIELD(job, known_hosts_path, STRING),
	FIELD(job, stages, STRINGS),
	FIELD_LIST(job, roles, job_role_record),
	FIELD_LIST(job, hosts, job_host_record),
	FIELD(job, secrets, STRINGS),
	{ FIELD_NUMBERS, offsetof(struct job, limits), K, NULL,
	    LIMIT_TARGET_MAX },
	FIELDS_END
};
const struct record job_record = { sizeof(struct job), job_fields };

struct job *
job_new(void)
{
	return record_new(&job_record);
}

void
job_free(struct job *job)
{
	record_free(&job_record, job);
}

bool
job_is_whole(const struct job *job)
{
	const struct job_role	*role;
	size_t			 i, j;

	for (i = 0; i < job->hosts.n; i++)
		if (job->hosts.v[i]->name == NULL)
			return false;
	for (i = 0; i < job->roles.n; i++) {
		role = job->roles.v[i];
		if (role->name == NULL)
			return false;
		for (j = 0; j < role->scripts.n; j++)
			if (role->scripts.v[j]->stage == NULL ||
			    role->scripts.v[j]->text == NULL)
				return false;
	}
	return job->user != NULL;
}

static const struct job_role *
job_role(const struct job *job, const char *name)
{
	size_t	i;

	for (i = 0; i < job->roles.n; i++)
		if (strcmp(job->roles.v[i]->name, name) == 0)
			return job->roles.v[i];
	return NULL;
}

const struct job_script *
job_script(const struct job *job, const struct job_host *host,
    const char *stage)
{
	const struct job_role	*role;
	size_t			 i, j;

	for (i = 0; i < host->roles.n; i++) {
		if ((role = job_role(job, host->roles.v[i])) == NULL)
			continue;
		for (j = 0; j < role->scripts.n; j++)
			if (strcmp(role->scripts.v[j]->stage, stage) == 0)
				return role->scripts.v[j];
	}
	return NULL;
}

const char *
host_origin(const char *name, uint32_t port, char *buf, size_t size)
{
	bool	v6 = strchr(name, ':') != NULL;

	snprintf(buf, size, "%s%s%s:%u", v6 ? "[" : "", name, v6 ? "]" : "",
	    port);
	return buf;
}

int
script_next(const char **at, struct script_line *line)
{
	const char	*end;

	if (**at == '\0')
		return 0;
	end = *at + strcspn(*at, "\n");
	line->text = *at;
	line->len = end - *at;
	if (line->len > 0 && line->text[line->len - 1] == '\r')
		line->len--;
	*at = *end == '\n' ? end + 1 : end;
	return 1;
}

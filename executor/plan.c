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
 * Makes plans.  The lines are those that a log would show: rendered with ***
 * for secrets, and masked as what a host prints is.
 */

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "mask.h"
#include "plan.h"

/* What the commands of a plan amount to. */
struct amount {
	size_t	bytes;
	size_t	commands;
};

static char *
copy(const char *s, size_t len)
{
	char	*p;

	if ((p = strndup(s, len)) == NULL)
		fatal("%s", __func__);
	return p;
}

struct plan *
plan_of_error(const char *error)
{
	struct plan	*plan = plan_new();

	plan->error = copy(error, strlen(error));
	return plan;
}

static bool
is_shown(const struct amount *a)
{
	return a->bytes <= PLAN_BYTES_MAX && a->commands <= PLAN_COMMANDS_MAX;
}

static void
script_add(struct plan_role *role, const struct job_script *js,
    const struct mask *mask, struct amount *amount)
{
	struct plan_script	*ps;
	struct script_line	 line;
	const char		*at = js->shown != NULL ? js->shown : js->text;
	char			*s;

	if ((ps = calloc(1, sizeof(*ps))) == NULL)
		fatal("%s", __func__);
	ps->stage = copy(js->stage, strlen(js->stage));
	while (script_next(&at, &line)) {
		s = copy(line.text, line.len);
		s[mask_apply(mask, s, line.len)] = '\0';
		amount->bytes += strlen(s) + 1;
		amount->commands++;
		list_add(&ps->commands, s);
	}
	list_add(&role->scripts, ps);
}

static void
role_add(struct plan *plan, const struct job_role *jr,
    const struct mask *mask, struct amount *amount)
{
	struct plan_role	*pr;
	size_t			 i;

	if ((pr = calloc(1, sizeof(*pr))) == NULL)
		fatal("%s", __func__);
	pr->name = copy(jr->name, strlen(jr->name));
	for (i = 0; i < jr->scripts.n && is_shown(amount); i++)
		script_add(pr, jr->scripts.v[i], mask, amount);
	list_add(&plan->roles, pr);
}

static void
host_add(struct plan *plan, const struct job_host *jh)
{
	struct plan_host	*ph;
	char			 buf[ORIGIN_SIZE];
	size_t			 i;

	if ((ph = calloc(1, sizeof(*ph))) == NULL)
		fatal("%s", __func__);
	host_origin(jh->name, jh->port, buf, sizeof(buf));
	ph->origin = copy(buf, strlen(buf));
	for (i = 0; i < jh->roles.n; i++)
		list_add(&ph->roles, copy(jh->roles.v[i],
		    strlen(jh->roles.v[i])));
	list_add(&plan->hosts, ph);
}

struct plan *
plan_of_job(const struct job *job)
{
	struct plan	*plan = plan_new();
	struct amount	 amount = { 0, 0 };
	struct mask	*mask;
	size_t		 i;

	mask = mask_new(job->secrets.v, job->secrets.n);
	for (i = 0; i < job->stages.n; i++)
		list_add(&plan->stages, copy(job->stages.v[i],
		    strlen(job->stages.v[i])));
	for (i = 0; i < job->roles.n && is_shown(&amount); i++)
		role_add(plan, job->roles.v[i], mask, &amount);
	for (i = 0; i < job->hosts.n; i++)
		host_add(plan, job->hosts.v[i]);
	mask_free(mask);
	if (is_shown(&amount))
		return plan;
	plan_free(plan);
	return plan_of_error("its commands are too long to be shown");
}

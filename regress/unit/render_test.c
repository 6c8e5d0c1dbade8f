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
 * Rendering: what becomes of a target's scripts, what is wrong with them and
 * where, and that secrets are not in what is shown.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/conf.h"
#include "../../executor/plan.h"
#include "../../executor/render.h"
#include "tap.h"

#define SHA	"0123456789abcdef0123456789abcdef01234567"
/* 2026-03-04 05:06:07 UTC */
#define WHEN	1772600767

static struct conf_target	*target;
static char			 problems[4096];

static char *
copy(const char *s)
{
	char	*p = strdup(s);

	if (p == NULL)
		abort();
	return p;
}

static struct conf_role *
role_add(const char *name)
{
	struct conf_role	*r = record_new(&conf_role_record);

	r->name = copy(name);
	list_add(&target->roles, r);
	return r;
}

static void
option_add(struct conf_role *r, const char *name, const char *value,
    bool secret)
{
	struct conf_option	*o = record_new(&conf_option_record);

	o->name = copy(name);
	o->value = copy(value);
	o->secret = secret;
	list_add(&r->options, o);
}

static void
script_add(struct conf_role *r, const char *stage, const char *text,
    uint32_t line)
{
	struct conf_script	*s = record_new(&conf_script_record);

	s->stage = copy(stage);
	s->text = copy(text);
	s->place.file = 3;
	s->place.line = line;
	list_add(&r->scripts, s);
}

static struct conf_host *
host_add(const char *name, const char *role)
{
	struct conf_host	*h = record_new(&conf_host_record);

	h->name = copy(name);
	h->port = 22;
	if (role != NULL)
		list_add(&h->roles, copy(role));
	list_add(&target->hosts, h);
	return h;
}

static void
target_begin(void)
{
	record_free(&conf_target_record, target);
	target = record_new(&conf_target_record);
	target->name = copy("production");
}

static struct job *
job_render(const char *const *stages, size_t n, char *err)
{
	struct job	*job = job_new();

	err[0] = '\0';
	if (render_job(target, SHA, WHEN, stages, n, job, err,
	    RENDER_ERROR_SIZE) == 0)
		return job;
	job_free(job);
	return NULL;
}

static void
problem_note(void *arg, const struct place *place, const char *text)
{
	char	line[512];

	(void)arg;
	snprintf(line, sizeof(line), "%u:%u: %s\n", place->file, place->line,
	    text);
	strlcat(problems, line, sizeof(problems));
}

static const char *
check(void)
{
	problems[0] = '\0';
	render_check(target, problem_note, NULL);
	return problems;
}

static void
test_values(void)
{
	const char *const	 stages[] = { "A", "B" };
	const struct job_script	*s;
	struct conf_role	*r;
	struct job		*job;
	char			 err[RENDER_ERROR_SIZE];

	target_begin();
	r = role_add("web");
	option_add(r, "Dir", "/var/www", false);
	option_add(r, "CommitSha", "never this", false);
	script_add(r, "A", "cd {{.Dir}}\nreset {{ .CommitSha }}\n", 10);
	script_add(r, "B", "stamp {{.AssetsTimestamp}}", 20);
	script_add(r, "C", "not wanted", 30);
	host_add("web1", "web");
	is_str(check(), "", "the check finds nothing");
	job = job_render(stages, 2, err);
	ok(job != NULL, "it renders %s", err);
	if (job == NULL)
		return;
	s = job_script(job, job->hosts.v[0], "A");
	is_str(s->text, "cd /var/www\nreset " SHA "\n",
	    "an option, and the commit whatever an option says");
	ok(s->shown == NULL, "it is shown as it is");
	is_str(job_script(job, job->hosts.v[0], "B")->text,
	    "stamp 202603040506.07", "the time of the assets");
	ok(job_script(job, job->hosts.v[0], "C") == NULL,
	    "a stage that is not wanted has no script");
	is_int(job->stages.n, 2, "the stages");
	is_str(job->hosts.v[0]->name, "web1", "the host");
	job_free(job);
}

static void
test_secrets(void)
{
	const char *const	 stages[] = { "A" };
	const struct job_script	*s;
	struct conf_role	*r;
	struct job		*job;
	char			 err[RENDER_ERROR_SIZE];

	target_begin();
	r = role_add("web");
	option_add(r, "Pin", "12", true);
	option_add(r, "Password", "tops3cret", true);
	option_add(r, "Lines", "first line\nsecond\r\nx", true);
	option_add(r, "Dir", "/srv", false);
	script_add(r, "A", "login {{.Password}} {{.Pin}} in {{.Dir}}\n"
	    "put {{.Lines}} there\nend\n", 1);
	host_add("web1", "web");
	if ((job = job_render(stages, 1, err)) == NULL) {
		ok(0, "it renders: %s", err);
		return;
	}
	s = job_script(job, job->hosts.v[0], "A");
	is_str(s->text, "login tops3cret 12 in /srv\nput first line\nsecond\r\n"
	    "x there\nend\n", "what runs has the secrets");
	is_str(s->shown, "login *** *** in /srv\nput ***\n\n there\nend\n",
	    "what is shown has not, line for line");
	is_int(job->secrets.n, 3, "secrets to mask");
	is_str(job->secrets.v[0], "tops3cret", "a value");
	is_str(job->secrets.v[1], "first line", "a line of one");
	is_str(job->secrets.v[2], "second", "and another");
	job_free(job);
}

static void
test_problems(void)
{
	const char *const	 stages[] = { "A" };
	struct conf_role	*r;
	char			 err[RENDER_ERROR_SIZE];

	target_begin();
	r = role_add("web");
	script_add(r, "A", "one\ntwo {{.Nope}}\n", 10);
	script_add(r, "B", "\n{{if .X}}", 20);
	r = role_add("db");
	script_add(r, "A", "fine\n", 30);
	script_add(r, "C", "a\nb\nc {{.Open", 40);
	host_add("web1", "web");
	ok(strstr(check(), "3:11: ") != NULL &&
	    strstr(problems, "3:21: ") != NULL &&
	    strstr(problems, "3:42: ") != NULL,
	    "every problem with its file and line");
	ok(strstr(problems, "3:11: script A of role web: 2:7: variable Nope "
	    "is not defined\n") != NULL,
	    "and the variable's name, with line and column of the script");
	ok(job_render(stages, 1, err) == NULL && strstr(err, "Nope") != NULL,
	    "an undefined variable fails the deployment");
	diag("%s", err);
}

/* What a template makes of the options: all of the language is there. */
static void
test_language(void)
{
	const char *const	 stages[] = { "A", "B" };
	const struct job_script	*s;
	struct conf_role	*r;
	struct job		*job;
	char			 err[RENDER_ERROR_SIZE];

	target_begin();
	r = role_add("web");
	option_add(r, "Dir", "/srv", false);
	option_add(r, "Token", "a\nb", true);
	script_add(r, "A", "{{range $k, $v := .}}{{$k}}={{$v}};{{end}}", 1);
	script_add(r, "B", "{{if .Nope}}no{{else}}{{slice .CommitSha 0 7}}"
	    "{{end}}\n{{template \"B\" .}}", 9);
	host_add("web1", "web");
	ok(strstr(check(), "3:10: script B of role web: 2:12: exceeded "
	    "maximum template depth") != NULL,
	    "a script is the template of its stage");
	r->scripts.v[1]->text[strlen(r->scripts.v[1]->text) -
	    strlen("\n{{template \"B\" .}}")] = '\0';
	is_str(check(), "", "without that, the check finds nothing");
	if ((job = job_render(stages, 2, err)) == NULL) {
		ok(0, "it renders: %s", err);
		return;
	}
	s = job_script(job, job->hosts.v[0], "A");
	is_str(s->text, "AssetsTimestamp=202603040506.07;CommitSha=" SHA
	    ";Dir=/srv;Token=a\nb;", "all variables, in their order");
	is_str(s->shown, "AssetsTimestamp=202603040506.07;CommitSha=" SHA
	    ";Dir=/srv;Token=***\n;", "with a secret hidden");
	s = job_script(job, job->hosts.v[0], "B");
	is_str(s->text, "0123456", "an option that is not there");
	ok(s->shown == NULL, "a script without secrets is shown as it is");
	job_free(job);
	script_add(r, "C", "nul {{printf \"%c\" 0}}", 30);
	is_str(check(), "3:30: script C of role web: a NUL in it\n",
	    "a NUL is no part of a command");
}

static void
test_hosts(void)
{
	const char *const	 stages[] = { "A" };
	struct conf_role	*r;
	struct conf_host	*h;
	char			 err[RENDER_ERROR_SIZE];

	target_begin();
	r = role_add("web");
	script_add(r, "A", "a\n", 1);
	r = role_add("db");
	script_add(r, "A", "b\n", 2);
	h = host_add("web1", "web");
	list_add(&h->roles, copy("db"));
	ok(job_render(stages, 1, err) == NULL && strstr(err, "both") != NULL,
	    "two roles with a script for one stage");
	target_begin();
	role_add("web");
	host_add("web1", "nosuch");
	ok(job_render(stages, 1, err) == NULL && strstr(err, "nosuch") != NULL,
	    "a role that does not exist");
	target_begin();
	role_add("web");
	host_add("web1", NULL);
	ok(job_render(stages, 1, err) == NULL, "a host without a role");
}

/* Two scripts of n equal lines each as a plan; its error, if there is one. */
static char *
plan_try(size_t n, const char *line)
{
	struct job		*job = job_new();
	struct job_role		*r = calloc(1, sizeof(*r));
	struct job_script	*s;
	struct plan		*plan;
	char			*error = NULL;
	size_t			 len = strlen(line), i, k;

	if (r == NULL)
		abort();
	r->name = copy("web");
	list_add(&job->roles, r);
	for (k = 0; k < 2; k++) {
		if ((s = calloc(1, sizeof(*s))) == NULL ||
		    (s->text = calloc(n, len + 1)) == NULL)
			abort();
		s->stage = copy(k == 0 ? "A" : "B");
		for (i = 0; i < n; i++) {
			memcpy(s->text + i * (len + 1), line, len);
			s->text[i * (len + 1) + len] = i + 1 < n ? '\n' : 0;
		}
		list_add(&r->scripts, s);
	}
	plan = plan_of_job(job);
	if (plan->error != NULL)
		error = copy(plan->error);
	else if (plan->roles.n != 1 || plan->roles.v[0]->scripts.n != 2 ||
	    plan->roles.v[0]->scripts.v[1]->commands.n != n)
		error = copy("a plan with something missing");
	plan_free(plan);
	job_free(job);
	return error;
}

static void
test_plan_size(void)
{
	char	*error;

	ok((error = plan_try(50000, "x")) == NULL, "a plan of 100,000 "
	    "commands");
	free(error);
	error = plan_try(50001, "x");
	is_str(error, "its commands are too long to be shown", "no larger "
	    "one");
	free(error);
	ok((error = plan_try(8192, "exactly sixty-three bytes of a command "
	    "that does nothing at all")) == NULL, "a plan of 1 MB");
	free(error);
	error = plan_try(8193, "exactly sixty-three bytes of a command "
	    "that does nothing at all");
	is_str(error, "its commands are too long to be shown", "no longer "
	    "one");
	free(error);
}

int
main(void)
{
	test_values();
	test_secrets();
	test_problems();
	test_language();
	test_hosts();
	test_plan_size();
	record_free(&conf_target_record, target);
	return done_testing();
}

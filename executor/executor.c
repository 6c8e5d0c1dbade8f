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
 * The executor: takes orders of the engine (deploy that commit of that
 * application to that target), renders the scripts from its own copy of the
 * configuration, has the parent start a worker and gives it the job, and
 * passes on what the worker says.  It holds all keys, so it reads nothing
 * that a host has sent: entries go through as bytes.
 *
 * An order lives until the engine has acknowledged its end; by then its worker
 * is long gone.  A job is complete when it is given: a deployment finishes
 * with the configuration that it began with.
 */

#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/process.h"
#include "check.h"
#include "host_keys.h"
#include "job.h"
#include "keyring.h"
#include "known_hosts.h"
#include "order.h"
#include "plan.h"
#include "render.h"

static void	run_arrives(struct channel *, struct msg *);
static void	kill_arrives(struct channel *, struct msg *);
static void	ack_arrives(struct channel *, struct msg *);
static void	render_arrives(struct channel *, struct msg *);
static void	host_keys_wanted(struct channel *, struct msg *);
static void	host_keys_unwanted(struct channel *, struct msg *);
static void	worker_arrives(struct channel *, struct msg *);
static void	worker_gone(struct channel *, struct msg *);

/* From the parent and the engine. */
static const struct msg_handler handlers[] = {
	{ MSG_RUN, run_arrives },
	{ MSG_JOB_KILL, kill_arrives },
	{ MSG_JOB_ACK, ack_arrives },
	{ MSG_RENDER, render_arrives },
	{ MSG_HOST_KEYS, host_keys_wanted },
	{ MSG_HOST_KEYS_END, host_keys_unwanted },
	{ MSG_WORKER, worker_arrives },
	{ MSG_WORKER_GONE, worker_gone },
	{ MSG_NONE, NULL }
};

static struct conf	*conf;

static void
executor_configure(struct conf *new)
{
	keyring_load(new);
	conf_free(conf);
	conf = new;
	log_debug("configuration taken: applications=%zu",
	    conf->applications.n);
}

/*
 * Taking an order.
 */

static bool
is_sha(const char *s)
{
	size_t	n;

	for (n = 0; isxdigit((unsigned char)s[n]); n++)
		;
	return s[n] == '\0' && (n == 40 || n == 64);
}

/* Some of the target's stages, in its order. */
static bool
stages_fit(const struct conf_target *t, const char *const *stages, size_t n)
{
	size_t	i, at = 0;

	for (i = 0; i < n; i++, at++) {
		while (at < t->stages.n &&
		    strcmp(t->stages.v[at], stages[i]) != 0)
			at++;
		if (at == t->stages.n)
			return false;
	}
	return n > 0;
}

/* What is known of each host, and nothing of the others. */
static int
job_add_known_hosts(struct job *job, const struct conf_target *t)
{
	struct known_hosts	*kh = NULL;
	const char		*text, *path;
	size_t			 i;

	job->unchecked = t->unchecked;
	text = known_hosts_of(conf, t, &path);
	if ((job->known_hosts_path = strdup(path)) == NULL)
		fatal("%s", __func__);
	if (t->unchecked || text == NULL)
		return 0;
	if ((kh = known_hosts_parse(text, strlen(text), NULL, NULL)) == NULL)
		return -1;
	for (i = 0; i < job->hosts.n; i++)
		job->hosts.v[i]->known_hosts = known_hosts_excerpt(kh,
		    job->hosts.v[i]->name, job->hosts.v[i]->port);
	known_hosts_free(kh);
	return 0;
}

static void
job_add_key(struct job *job, const struct target_key *k)
{
	if ((job->key.v = malloc(k->len)) == NULL)
		fatal("%s", __func__);
	memcpy(job->key.v, k->der, k->len);
	job->key.n = k->len;
}

/* The target that is ordered, if the order fits; NULL with the reason. */
static const struct conf_target *
target_find(const char *application, const char *target, const char *sha,
    const char *const *stages, size_t nstages, char *err, size_t errlen)
{
	const struct conf_application	*a;
	const struct conf_target	*t;

	if (conf == NULL || (a = conf_application(conf, application)) == NULL)
		strlcpy(err, "there is no such application", errlen);
	else if ((t = conf_target(a, target)) == NULL)
		strlcpy(err, "there is no such target", errlen);
	else if (!is_sha(sha))
		strlcpy(err, "the commit is not 40 or 64 hex digits", errlen);
	else if (!stages_fit(t, stages, nstages))
		strlcpy(err, "the stages are not some of the target's, in "
		    "their order", errlen);
	else
		return t;
	return NULL;
}

/* All of a job; NULL with the reason. */
static struct job *
job_make(uint64_t deployment, const char *application, const char *target,
    const char *sha, const char *const *stages, size_t nstages, char *err,
    size_t errlen)
{
	const struct conf_target	*t;
	const struct target_key		*k;
	struct job			*job;

	t = target_find(application, target, sha, stages, nstages, err,
	    errlen);
	if (t == NULL)
		return NULL;
	if (orders_has(application, target))
		strlcpy(err, "another deployment of this target is running",
		    errlen);
	else if (orders_running() >= conf->limits[LIMIT_DEPLOYMENTS])
		strlcpy(err, "too many deployments are running", errlen);
	else if (t->user == NULL || (k = keyring_find(t)) == NULL)
		strlcpy(err, "the target has no usable key", errlen);
	else {
		job = job_new();
		job->deployment = deployment;
		if ((job->user = strdup(t->user)) == NULL)
			fatal("%s", __func__);
		memcpy(job->limits, t->limits, sizeof(job->limits));
		job_add_key(job, k);
		if (render_job(t, sha, time(NULL), stages, nstages, job, err,
		    errlen) == 0) {
			if (job_add_known_hosts(job, t) == 0)
				return job;
			strlcpy(err, "out of memory", errlen);
		}
		job_free(job);
	}
	return NULL;
}

static void
order_log(const char *what, uint64_t deployment, const char *application,
    const char *target, const char *sha, const char *const *stages,
    size_t nstages, const char *reason)
{
	char	list[1024] = "";
	size_t	i;

	for (i = 0; i < nstages; i++) {
		if (i > 0)
			strlcat(list, ",", sizeof(list));
		strlcat(list, stages[i], sizeof(list));
	}
	if (reason == NULL)
		log_info("order %s: deployment=%" PRIu64 " app=%s target=%s "
		    "sha=%s stages=%s", what, deployment,
		    log_quote(application), log_quote(target), sha,
		    log_quote(list));
	else
		log_warnx("order %s: deployment=%" PRIu64 " app=%s target=%s "
		    "sha=%s stages=%s reason=%s", what, deployment,
		    log_quote(application), log_quote(target), log_quote(sha),
		    log_quote(list), log_quote(reason));
}

static void
run_arrives(struct channel *ch, struct msg *m)
{
	const char	*application, *target, *sha, *stages[MSG_LIST_MAX];
	char		 err[RENDER_ERROR_SIZE], *error;
	struct job	*job;
	struct order	*o;
	uint64_t	 deployment;
	uint32_t	 n;

	(void)ch;
	deployment = msg_get_u64(m);
	application = msg_get_string(m);
	target = msg_get_string(m);
	sha = msg_get_string(m);
	n = msg_get_strings(m, stages);
	if (deployment == 0 || order_find(deployment) != NULL) {
		/* An answer would end the one that has this number. */
		order_log("refused", deployment, application, target, sha,
		    stages, n, "its number is taken");
		return;
	}
	if (orders_are_full()) {
		order_log("refused", deployment, application, target, sha,
		    stages, n, "too many are not acknowledged");
		return;
	}
	job = job_make(deployment, application, target, sha, stages, n, err,
	    sizeof(err));
	o = order_new(deployment, application, target);
	if (job != NULL) {
		order_log("taken", deployment, application, target, sha,
		    stages, n, NULL);
		order_begin(o, job);
		return;
	}
	order_log("refused", deployment, application, target, sha, stages, n,
	    err);
	if (asprintf(&error, "order refused: %s", err) == -1)
		fatal("%s", __func__);
	o->worker_gone = true;
	order_end(o, ENDED_BY_DAEMON, error);
	free(error);
}

/* What would run, without anything that a plan does not show. */
static struct plan *
plan_make(const char *application, const char *target, const char *sha,
    const char *const *stages, size_t nstages)
{
	const struct conf_target	*t;
	struct job			*job;
	struct plan			*plan;
	char				 err[RENDER_ERROR_SIZE];

	t = target_find(application, target, sha, stages, nstages, err,
	    sizeof(err));
	if (t == NULL)
		return plan_of_error(err);
	job = job_new();
	if (render_job(t, sha, time(NULL), stages, nstages, job, err,
	    sizeof(err)) == 0)
		plan = plan_of_job(job);
	else
		plan = plan_of_error(err);
	job_free(job);
	return plan;
}

static void
render_arrives(struct channel *ch, struct msg *m)
{
	const char	*application, *target, *sha, *stages[MSG_LIST_MAX];
	struct plan	*plan;
	struct ibuf	*b;
	uint32_t	 n;

	application = msg_get_string(m);
	target = msg_get_string(m);
	sha = msg_get_string(m);
	n = msg_get_strings(m, stages);
	log_debug("plan: app=%s target=%s", log_quote(application),
	    log_quote(target));
	plan = plan_make(application, target, sha, stages, n);
	if ((b = record_encode(&plan_record, plan, PROC_ENGINE)) != NULL)
		record_send(ch, MSG_RENDERED, m->id, b);
	ibuf_free(b);
	plan_free(plan);
}

static void
kill_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m);
	const char	*reason = msg_get_string(m);
	struct order	*o;

	(void)ch;
	o = order_find(deployment);
	if (o == NULL || o->state == ORDER_ENDED || o->kill_reason != NULL) {
		log_debug("kill ignored: deployment=%" PRIu64, deployment);
		return;
	}
	log_info("order killed: deployment=%" PRIu64 " reason=%s", deployment,
	    log_quote(reason));
	if ((o->kill_reason = strdup(reason)) == NULL)
		fatal("%s", __func__);
	if (o->state != ORDER_RUNNING) {
		order_fail(o, ENDED_BY_PERSON, o->kill_reason);
		return;
	}
	order_worker_kill(o, reason);
}

static void
ack_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m), seq = msg_get_u64(m);
	struct order	*o;

	(void)ch;
	if ((o = order_find(deployment)) == NULL)
		return;
	order_worker_ack(o, seq);
	if (!order_acked(o, seq))
		return;
	if (o->worker != NULL)
		o->is_acked = true;	/* until its worker has gone */
	else
		order_free(o);
}

static void
host_keys_wanted(struct channel *ch, struct msg *m)
{
	(void)ch;
	host_keys_look(conf, m);
}

static void
host_keys_unwanted(struct channel *ch, struct msg *m)
{
	(void)ch;
	(void)m;
	host_keys_drop();
}

static void
engine_gone(struct channel *ch)
{
	(void)ch;
	host_keys_drop();
}

static void
worker_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m);
	struct order	*o;

	(void)ch;
	if (deployment == 0) {
		host_keys_worker(m->fd);
		return;
	}
	o = order_find(deployment);
	if (o == NULL || o->state != ORDER_WANTED)
		close(m->fd);
	else if (order_worker_open(o, m->fd) == -1)
		fatal("channel to worker");
}

static void
worker_gone(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m);
	const char	*how = msg_get_string(m);
	struct order	*o;

	(void)ch;
	if (deployment == 0)
		host_keys_worker_gone(how);
	if ((o = order_find(deployment)) == NULL)
		return;
	o->worker_gone = true;
	if (o->state == ORDER_ENDED)
		return;
	free(o->how);
	if ((o->how = strdup(how)) == NULL)
		fatal("%s", __func__);
	/* What it said before is read first, to the end of its channel. */
	if (o->worker == NULL)
		order_died(o);
}

static void
executor_stop(void)
{
	orders_drop();
	child_done();
}

int
main(int argc, char **argv)
{
	static const struct child	executor = {
		.process = PROC_EXECUTOR,
		.handlers = handlers,
		.check = executor_check,
		.configure = executor_configure,
		.peer_up = orders_announce,
		.peer_down = engine_gone,
		.stop = executor_stop,
	};

	return child_main(argc, argv, &executor);
}

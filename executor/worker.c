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
 * The worker: one deployment.  It gets its job from the executor, connects to
 * all hosts at once, runs stage after stage on them, sends what happens as
 * log entries, and ends with the deployment.  It has the key of one target and
 * sees what hostile hosts send; it never sees another target's key, the
 * configuration, or a command that it was not given.
 *
 * The life of a job: connecting, until every host is authenticated; then the
 * stages, each finished on all hosts before anything else is decided; then
 * the end.  A kill can come at any time and ends what runs on the hosts; the
 * end of the executor is one, of which nobody hears any more.
 */

#include "config.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/process.h"
#include "../common/sandbox.h"
#include "entries.h"
#include "job.h"
#include "key.h"
#include "known_hosts.h"
#include "look.h"
#include "mask.h"
#include "ssh.h"

#define PROGRESS_DELAY	20000		/* microseconds */
#define LAST_WORDS	10000		/* ms until they must have gone */

enum phase {
	PHASE_WAITING,			/* for the job */
	PHASE_CONNECTING,
	PHASE_STAGE,
	PHASE_ENDED
};

struct host {
	const struct job_host	*conf;
	struct ssh_host		 target;	/* for ssh_new() */
	struct ssh		*ssh;
	char			 origin[ORIGIN_SIZE];
	struct line		 out;
	struct line		 err;
	/* Of this stage: */
	const struct job_script	*script;	/* NULL: none, skipped */
	const char		*text_at;	/* what is left of it */
	const char		*shown_at;
	struct script_line	 text;		/* the line that runs */
	struct script_line	 shown;
	uint64_t		 began;		/* ms */
	uint64_t		 took;
	uint64_t		 unkept;	/* bytes, after a kill */
	char			*error;		/* NULL: none so far */
	bool			 done;
};

static void	job_arrives(struct channel *, struct msg *);
static void	kill_arrives(struct channel *, struct msg *);
static void	ack_arrives(struct channel *, struct msg *);

static void	host_ready(void *);
static void	host_failed(void *, bool, const char *);
static void	host_output(void *, bool, const char *, size_t);
static void	host_ended(void *, const struct ssh_result *);
static void	host_next(struct host *);
static void	stage_start(void);

static const struct msg_handler handlers[] = {
	{ MSG_JOB, job_arrives },
	{ MSG_JOB_KILL, kill_arrives },
	{ MSG_JOB_ACK, ack_arrives },
	{ MSG_NONE, NULL }
};

static const struct ssh_events events = {
	host_ready, host_failed, host_output, host_ended
};

static enum phase	 phase;
static struct job	*job;
static struct key	*key;
static struct mask	*mask;
static struct host	*hosts;
static struct host	**finished;	/* in this stage, in that order */
static size_t		 nhosts, nconnected, nfinished, nfailed, nstage;
static bool		 killing;
static char		 kill_reason[MSG_SHORT_MAX + 1];
static enum ended_by	 kill_by;
static enum ended_by	 failed_by;	/* the first failure of the stage */
static char		*failed_limit;	/* and what to say of a limit */
static struct event	*job_timer;
static struct event	*progress_timer;
static struct event	*leave_event;

static uint64_t
now_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* A time as Go prints it, to the millisecond: 350ms, 1.25s, 1h2m3s. */
static const char *
duration(uint64_t ms, char *buf, size_t size)
{
	char		 seconds[32];
	uint64_t	 h = ms / 3600000, m = ms / 60000 % 60;
	size_t		 n;

	if (ms > 0 && ms < 1000) {
		snprintf(buf, size, "%" PRIu64 "ms", ms);
		return buf;
	}
	snprintf(seconds, sizeof(seconds), "%" PRIu64 ".%03" PRIu64,
	    ms / 1000 % 60, ms % 1000);
	for (n = strlen(seconds); seconds[n - 1] == '0'; n--)
		;
	if (seconds[n - 1] == '.')
		n--;
	seconds[n] = '\0';
	if (h > 0)
		snprintf(buf, size, "%" PRIu64 "h%" PRIu64 "m%ss", h, m,
		    seconds);
	else if (m > 0)
		snprintf(buf, size, "%" PRIu64 "m%ss", m, seconds);
	else
		snprintf(buf, size, "%ss", seconds);
	return buf;
}

static const char *
stage_name(void)
{
	return phase == PHASE_STAGE ? job->stages.v[nstage] : "";
}

static void
progress_send(void)
{
	struct ibuf	*b;

	event_del(progress_timer);
	b = msg_new();
	msg_put_u64(b, job->deployment);
	msg_put_string(b, stage_name());
	msg_put_u32(b, nhosts);
	msg_put_u32(b, nconnected);
	msg_put_u32(b, nfinished);
	msg_put_u32(b, nfailed);
	msg_send(child_parent(), MSG_JOB_PROGRESS, 0, -1, b);
}

static void
progress_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	/* Nothing counts after the end, and the executor refuses it. */
	if (phase != PHASE_ENDED)
		progress_send();
}

static void
progress_changed(void)
{
	static const struct timeval	delay = { 0, PROGRESS_DELAY };

	if (!evtimer_pending(progress_timer, NULL))
		event_add(progress_timer, &delay);
}

/* Nothing of a connection is on the stack here: close them, and end. */
static void
job_leave(evutil_socket_t fd, short what, void *arg)
{
	size_t	i;

	(void)fd;
	(void)what;
	(void)arg;
	/* That first: nobody need wait until thousands are closed. */
	channel_flush(child_parent(), LAST_WORDS);
	for (i = 0; i < nhosts; i++)
		ssh_free(hosts[i].ssh);
	key_free(key);
	mask_free(mask);
	job_free(job);
	exit(0);
}

/* The last message; nothing counts any more after it. */
static void
job_end(enum ended_by by, const char *error)
{
	struct ibuf	*b;
	char		*text;
	uint64_t	 seq;

	if (phase == PHASE_ENDED)
		return;
	phase = PHASE_ENDED;
	event_del(progress_timer);
	if ((text = strdup(error)) == NULL)
		fatal("%s", __func__);
	text[mask_apply(mask, text, strlen(text))] = '\0';
	seq = entries_end();
	b = msg_new();
	msg_put_u64(b, job->deployment);
	msg_put_u64(b, seq);
	msg_put_u8(b, by);
	msg_put_text(b, text);
	msg_send(child_parent(), MSG_JOB_END, 0, -1, b);
	freezero(text, strlen(text));
	event_active(leave_event, EV_TIMEOUT, 0);
}

/* Stops and takes up reading on all hosts, when the engine is slow. */
static void
entries_full(bool full)
{
	size_t	i;

	for (i = 0; i < nhosts; i++) {
		/* Who is killed is read to the end; see host_output(). */
		if (full && !killing)
			ssh_pause(hosts[i].ssh);
		else
			ssh_resume(hosts[i].ssh);
	}
}

/*
 * Stages.
 */

static void
stage_results(void)
{
	struct host	*h;
	const char	*stage = stage_name();
	char		 took[64];
	size_t		 i;

	for (i = 0; i < nfinished; i++) {
		h = finished[i];
		duration(h->took, took, sizeof(took));
		if (h->error != NULL)
			entry_addf(ENTRY_STAGE_RESULT, ORIGIN_OWN,
			    "%s - execution of stage %s failed: %s (%s)",
			    h->origin, stage, h->error, took);
		else if (h->script == NULL)
			entry_addf(ENTRY_STAGE_RESULT, ORIGIN_OWN,
			    "%s - stage %s skipped", h->origin, stage);
		else
			entry_addf(ENTRY_STAGE_RESULT, ORIGIN_OWN,
			    "%s - execution of stage %s successful (%s)",
			    h->origin, stage, took);
	}
}

/* It has ended on every host. */
static void
stage_end(void)
{
	const char	*stage = stage_name();
	char		 error[MSG_SHORT_MAX + SSH_ERROR_SIZE];

	stage_results();
	if (nfailed > 0 || killing) {
		entry_add(ENTRY_STAGE_FAIL, ORIGIN_OWN, stage, strlen(stage));
		if (killing) {
			job_end(kill_by, kill_reason);
			return;
		}
		snprintf(error, sizeof(error),
		    "Execution of stage %s failed%s%s", stage,
		    failed_limit != NULL ? ": " : "",
		    failed_limit != NULL ? failed_limit : "");
		job_end(failed_by, error);
		return;
	}
	entry_add(ENTRY_STAGE_SUCCESS, ORIGIN_OWN, stage, strlen(stage));
	nstage++;
	stage_start();
}

/* The stage has ended on this host. */
static void
host_done(struct host *h)
{
	h->done = true;
	h->took = now_ms() - h->began;
	finished[nfinished++] = h;
	if (h->error != NULL)
		nfailed++;
	progress_changed();
	if (nfinished == nhosts)
		stage_end();
}

/* Its next line, or the end of its script. */
static void
host_next(struct host *h)
{
	if (killing && h->error == NULL &&
	    (h->error = strdup(kill_reason)) == NULL)
		fatal("%s", __func__);
	if (h->script == NULL || h->error != NULL ||
	    !script_next(&h->text_at, &h->text)) {
		host_done(h);
		return;
	}
	h->shown = h->text;
	if (h->shown_at != NULL)
		script_next(&h->shown_at, &h->shown);
	entry_add(ENTRY_COMMAND_START, h->origin, h->shown.text, h->shown.len);
	ssh_run(h->ssh, h->text.text, h->text.len);
}

static void
host_prepare(struct host *h)
{
	h->script = job_script(job, h->conf, stage_name());
	h->text_at = h->script != NULL ? h->script->text : NULL;
	h->shown_at = h->script != NULL ? h->script->shown : NULL;
	free(h->error);
	h->error = NULL;
	h->done = false;
	h->began = now_ms();
}

static void
stage_start(void)
{
	const char	*stage;
	size_t		 i, this = nstage;

	if (nstage == job->stages.n) {
		job_end(ENDED_BY_NONE, "");
		return;
	}
	phase = PHASE_STAGE;
	nfinished = nfailed = 0;
	stage = stage_name();
	entry_add(ENTRY_STAGE_START, ORIGIN_OWN, stage, strlen(stage));
	/* If we die the executor must know that commands may run. */
	progress_send();
	channel_flush(child_parent(), 1000);
	for (i = 0; i < nhosts; i++)
		host_prepare(&hosts[i]);
	/* The last host may end it and begin the next. */
	for (i = 0; i < nhosts && nstage == this && phase == PHASE_STAGE; i++)
		host_next(&hosts[i]);
}

/*
 * What hosts do.
 */

static void
host_ready(void *arg)
{
	(void)arg;
	if (phase != PHASE_CONNECTING)
		return;
	nconnected++;
	progress_changed();
	if (nconnected == nhosts) {
		log_debug("all hosts authenticated: deployment=%" PRIu64
		    " hosts=%zu", job->deployment, nhosts);
		stage_start();
	}
}

/* Before the first line; later its next command says that it is gone. */
static void
host_failed(void *arg, bool limit, const char *error)
{
	(void)arg;
	if (phase == PHASE_CONNECTING)
		job_end(limit ? ENDED_BY_LIMIT : ENDED_BY_HOST, error);
}

static void
host_output(void *arg, bool is_stderr, const char *buf, size_t n)
{
	struct host	*h = arg;

	if (phase != PHASE_STAGE)
		return;
	if (killing && entries_are_full())
		h->unkept += n;
	else
		line_add(is_stderr ? &h->err : &h->out, buf, n);
}

/* The first failure says by whom the deployment has been ended. */
static void
failure_note(const struct host *h, bool limit)
{
	if (failed_by != ENDED_BY_NONE)
		return;
	failed_by = limit ? ENDED_BY_LIMIT : ENDED_BY_HOST;
	if (limit && asprintf(&failed_limit, "%s: %s", h->origin, h->error)
	    == -1)
		fatal("%s", __func__);
}

static void
host_ended(void *arg, const struct ssh_result *result)
{
	struct host	*h = arg;
	const char	*error;

	if (phase != PHASE_STAGE)
		return;
	line_end(&h->out);
	line_end(&h->err);
	if (h->unkept > 0)
		entry_addf(ENTRY_COMMAND_STDERR_OUTPUT, h->origin,
		    "(%" PRIu64 " bytes of output after the kill are not kept)",
		    h->unkept);
	error = result->killed ? kill_reason : result->error;
	if (error == NULL) {
		entry_addf(ENTRY_COMMAND_SUCCESS, h->origin, "\"%.*s\"",
		    (int)h->shown.len, h->shown.text);
		host_next(h);
		return;
	}
	if (asprintf(&h->error, "%s%s%s%s%s", error,
	    result->left != NULL ? "; it may still run on " : "",
	    result->left != NULL ? h->origin : "",
	    result->left != NULL ? ": " : "",
	    result->left != NULL ? result->left : "") == -1)
		fatal("%s", __func__);
	entry_addf(ENTRY_COMMAND_FAIL, h->origin, "cmd=\"%.*s\", error=\"%s\"",
	    (int)h->shown.len, h->shown.text, h->error);
	failure_note(h, result->limit);
	host_done(h);
}

/*
 * What the executor says.
 */

static void
job_kill(enum ended_by by, const char *reason)
{
	size_t	i;

	if (killing || phase == PHASE_ENDED)
		return;
	killing = true;
	kill_by = by;
	strlcpy(kill_reason, reason, sizeof(kill_reason));
	log_debug("killed: deployment=%" PRIu64 " reason=%s", job->deployment,
	    log_quote(reason));
	if (phase == PHASE_CONNECTING) {
		job_end(kill_by, kill_reason);
		return;
	}
	/* Each of them answers with host_ended(). */
	for (i = 0; i < nhosts; i++) {
		if (hosts[i].done)
			continue;
		ssh_resume(hosts[i].ssh);
		ssh_kill(hosts[i].ssh);
	}
}

/*
 * The executor has gone, and nobody would hear of what still runs: it ends,
 * as far as the hosts allow, and then we do.
 */
static void
executor_gone(struct channel *ch)
{
	(void)ch;
	if (phase != PHASE_STAGE)
		exit(1);
	job_kill(ENDED_BY_DAEMON, "the executor ended");
}

static void
job_timeout(evutil_socket_t fd, short what, void *arg)
{
	char	value[32], reason[128];

	(void)fd;
	(void)what;
	(void)arg;
	limit_format(LIMIT_DEPLOYMENT, job->limits[LIMIT_DEPLOYMENT], value,
	    sizeof(value));
	snprintf(reason, sizeof(reason),
	    "the deployment took longer than %s (limit %s)", value,
	    conf_limits[LIMIT_DEPLOYMENT].name);
	job_kill(ENDED_BY_LIMIT, reason);
}

static void
kill_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	 id = msg_get_u64(m);
	const char	*reason = msg_get_string(m);

	(void)ch;
	if (job == NULL || id != job->deployment) {
		log_warnx("kill refused: deployment=%" PRIu64, id);
		return;
	}
	job_kill(ENDED_BY_PERSON, reason);
}

static void
ack_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	id = msg_get_u64(m);

	(void)ch;
	if (job != NULL && id == job->deployment)
		entries_acked(msg_get_u64(m));
}

static void
host_init(struct host *h, const struct job_host *conf)
{
	struct ssh_host	*t = &h->target;

	h->conf = conf;
	host_origin(conf->name, conf->port, h->origin, sizeof(h->origin));
	h->out.origin = h->err.origin = h->origin;
	h->out.type = ENTRY_COMMAND_STDOUT_OUTPUT;
	h->err.type = ENTRY_COMMAND_STDERR_OUTPUT;
	t->name = conf->name;
	t->port = conf->port;
	t->origin = h->origin;
	t->user = job->user;
	t->key = key;
	if (conf->known_hosts != NULL)
		t->known_hosts = known_hosts_parse(conf->known_hosts,
		    strlen(conf->known_hosts), NULL, NULL);
	t->known_hosts_path = job->known_hosts_path != NULL ?
	    job->known_hosts_path : "known_hosts";
	t->fingerprints = conf->fingerprints.v;
	t->nfingerprints = conf->fingerprints.n;
	t->unchecked = job->unchecked;
	t->limits = job->limits;
}

/* From now on: nowhere but to the hosts' ports. */
static void
ports_restrict(void)
{
	uint16_t	*ports;
	size_t		 i, j, n = 0;

	if ((ports = calloc(job->hosts.n + 1, sizeof(*ports))) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < job->hosts.n; i++) {
		for (j = 0; j < n; j++)
			if (ports[j] == job->hosts.v[i]->port)
				break;
		if (j == n)
			ports[n++] = job->hosts.v[i]->port;
	}
	if (sandbox_ports(ports, n) == -1)
		log_warn("ports not restricted");
	free(ports);
}

static void
job_start(void)
{
	uint64_t	limit = job->limits[LIMIT_DEPLOYMENT];
	struct timeval	tv = { limit / 1000, (limit % 1000) * 1000 };
	char		err[KEY_ERROR_SIZE];
	size_t		i;

	child_parent()->closed = executor_gone;
	mask = mask_new(job->secrets.v, job->secrets.n);
	entries_begin(child_parent(), job->deployment, mask,
	    job->limits[LIMIT_MEMORY], entries_full);
	job_timer = evtimer_new(base, job_timeout, NULL);
	progress_timer = evtimer_new(base, progress_due, NULL);
	leave_event = event_new(base, -1, 0, job_leave, NULL);
	if (job_timer == NULL || progress_timer == NULL ||
	    leave_event == NULL || ssh_init() == -1)
		fatalx("%s: out of memory", __func__);
	event_add(job_timer, &tv);
	if (key_import(job->key.v, job->key.n, &key, err, sizeof(err)) == -1) {
		job_end(ENDED_BY_DAEMON, "the target's key can't be used");
		return;
	}
	if (job->hosts.n == 0) {
		job_end(ENDED_BY_DAEMON, "the target has no hosts");
		return;
	}
	nhosts = job->hosts.n;
	if ((hosts = calloc(nhosts, sizeof(*hosts))) == NULL ||
	    (finished = calloc(nhosts, sizeof(*finished))) == NULL)
		fatal("%s", __func__);
	ports_restrict();
	phase = PHASE_CONNECTING;
	for (i = 0; i < nhosts; i++)
		host_init(&hosts[i], job->hosts.v[i]);
	for (i = 0; i < nhosts; i++)
		hosts[i].ssh = ssh_new(&hosts[i].target, &events, &hosts[i]);
	progress_changed();
}

static void
job_arrives(struct channel *ch, struct msg *m)
{
	static struct ibuf	*whole;
	int			 r;

	(void)ch;
	if (job != NULL) {
		log_warnx("job refused: there is one");
		return;
	}
	if ((r = record_gather(&whole, m)) == 0)
		return;
	if (r == -1)
		fatalx("job: too large");
	job = record_decode(&job_record, whole);
	ibuf_free(whole);
	whole = NULL;
	if (job == NULL || !job_is_whole(job))
		fatalx("job: malformed");
	if (job->deployment == 0) {
		if (ssh_init() == -1)
			fatalx("%s: out of memory", __func__);
		ports_restrict();
		look_start(job);
		return;
	}
	log_debug("job taken: deployment=%" PRIu64 " hosts=%zu stages=%zu",
	    job->deployment, job->hosts.n, job->stages.n);
	job_start();
}

int
main(int argc, char **argv)
{
	static const struct child	worker = {
		.process = PROC_WORKER,
		.handlers = handlers,
	};

	return child_main(argc, argv, &worker);
}

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
 * What the engine has not acknowledged is kept, and sent again on a new
 * channel: an engine that was started again misses no line.  An order lives
 * until its end has been acknowledged; by then its worker is long gone.
 */

#include "config.h"

#include <sys/queue.h>

#include <ctype.h>
#include <event2/event.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/process.h"
#include "job.h"
#include "key.h"
#include "known_hosts.h"
#include "render.h"

#define WORKER_WAIT	20000	/* ms until a worker is ready */
#define WORKER_LINGER	20000	/* ms from its last message to its end */
#define WORKER_HUNG	10000	/* ms after the grace of a kill */
#define GONE_WAIT	2000	/* ms until the parent says how it ended */
#define WORKER_LINES	200	/* of a worker that are logged */
#define HOSTS_NAMED	2048	/* bytes of names in an error */
#define DIGEST_SIZE	32

/* A key, decrypted, and what it was made of. */
struct target_key {
	TAILQ_ENTRY(target_key)	 entry;
	const struct conf_target *target;
	unsigned char		 digest[DIGEST_SIZE];
	uint8_t			*der;
	size_t			 len;
};
TAILQ_HEAD(target_keys, target_key);

/* A message that the engine has not acknowledged. */
struct kept {
	STAILQ_ENTRY(kept)	 entry;
	uint64_t		 first;
	uint64_t		 last;
	bool			 is_end;
	uint8_t			 ended_by;
	size_t			 len;
	char			 data[];	/* entries, or the error */
};

enum order_state {
	ORDER_WANTED,			/* the parent starts a worker */
	ORDER_STARTING,			/* there is a channel to it */
	ORDER_RUNNING,			/* it has its job */
	ORDER_ENDED			/* its end is kept or acknowledged */
};

struct progress {
	char		stage[MSG_SHORT_MAX + 1];
	uint32_t	hosts, connected, done, failed;
};

struct order {
	TAILQ_ENTRY(order)	 entry;
	uint64_t		 deployment;
	char			*application;
	char			*target;
	enum order_state	 state;
	struct job		*job;		/* until it has been given */
	struct channel		*worker;
	struct event		*timer;
	char			*hosts;		/* their names, for errors */
	uint64_t		 limit_kill;
	uint64_t		 limit_memory;
	uint64_t		 next_seq;
	STAILQ_HEAD(, kept)	 kept;
	size_t			 kept_size;
	struct kept		*unsent;	/* the first of these */
	struct progress		 progress;
	char			*kill_reason;	/* NULL: nobody kills it */
	char			*how;		/* the worker ended */
	bool			 worker_gone;
	bool			 is_acked;	/* only the worker is left */
	unsigned		 lines;		/* of the worker, logged */
};

static void	run_arrives(struct channel *, struct msg *);
static void	kill_arrives(struct channel *, struct msg *);
static void	ack_arrives(struct channel *, struct msg *);
static void	worker_arrives(struct channel *, struct msg *);
static void	worker_gone(struct channel *, struct msg *);
static void	worker_ready(struct channel *, struct msg *);
static void	worker_log(struct channel *, struct msg *);
static void	worker_entries(struct channel *, struct msg *);
static void	worker_progress(struct channel *, struct msg *);
static void	worker_end(struct channel *, struct msg *);
static void	worker_closed(struct channel *);
static void	order_timeout(evutil_socket_t, short, void *);
static void	orders_forward(struct channel *);

/* From the parent and the engine. */
static const struct msg_handler handlers[] = {
	{ MSG_RUN, run_arrives },
	{ MSG_JOB_KILL, kill_arrives },
	{ MSG_JOB_ACK, ack_arrives },
	{ MSG_WORKER, worker_arrives },
	{ MSG_WORKER_GONE, worker_gone },
	{ MSG_NONE, NULL }
};

static const struct msg_handler worker_handlers[] = {
	{ MSG_READY, worker_ready },
	{ MSG_LOG, worker_log },
	{ MSG_JOB_ENTRIES, worker_entries },
	{ MSG_JOB_PROGRESS, worker_progress },
	{ MSG_JOB_END, worker_end },
	{ MSG_NONE, NULL }
};

static struct conf		*conf;
static struct target_keys	 keys = TAILQ_HEAD_INITIALIZER(keys);
static TAILQ_HEAD(, order)	 orders = TAILQ_HEAD_INITIALIZER(orders);

/*
 * Keys: decrypted once, when the configuration comes.
 */

static void
key_digest(const struct conf_target *t, unsigned char *digest)
{
	const char	*pass = t->passphrase != NULL ? t->passphrase : "";
	EVP_MD_CTX	*ctx;

	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, t->key, strlen(t->key) + 1) != 1 ||
	    EVP_DigestUpdate(ctx, pass, strlen(pass)) != 1 ||
	    EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		fatalx("%s", __func__);
	EVP_MD_CTX_free(ctx);
}

static const struct target_key *
key_by_digest(const struct target_keys *list, const unsigned char *digest)
{
	const struct target_key	*k;

	TAILQ_FOREACH(k, list, entry)
		if (memcmp(k->digest, digest, DIGEST_SIZE) == 0)
			return k;
	return NULL;
}

static const struct target_key *
key_of_target(const struct conf_target *t)
{
	const struct target_key	*k;

	TAILQ_FOREACH(k, &keys, entry)
		if (k->target == t)
			return k;
	return NULL;
}

static void
keys_free(struct target_keys *list)
{
	struct target_key	*k;

	while ((k = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, k, entry);
		freezero(k->der, k->len);
		freezero(k, sizeof(*k));
	}
}

static void
string_wipe(char **s)
{
	if (*s != NULL)
		freezero(*s, strlen(*s));
	*s = NULL;
}

/* Decrypts, unless the same key is there already: it may take 200 ms. */
static int
key_take(struct target_key *k, const struct target_key *known,
    const struct conf_target *t, char *err, size_t errlen)
{
	struct key	*key;
	int		 r;

	if (known != NULL) {
		if ((k->der = malloc(known->len)) == NULL)
			fatal("%s", __func__);
		memcpy(k->der, known->der, known->len);
		k->len = known->len;
		return 0;
	}
	if (key_load(t->key, strlen(t->key), t->passphrase, &key, err, errlen)
	    == -1)
		return -1;
	r = key_export(key, &k->der, &k->len);
	key_free(key);
	if (r == -1)
		strlcpy(err, "it can't be decrypted", errlen);
	return r;
}

static void
target_key_add(struct target_keys *list, const struct conf_application *a,
    struct conf_target *t)
{
	const struct target_key	*known;
	struct target_key	*k;
	char			 err[KEY_ERROR_SIZE];

	if (t->key == NULL)
		return;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		fatal("%s", __func__);
	k->target = t;
	key_digest(t, k->digest);
	if ((known = key_by_digest(list, k->digest)) == NULL)
		known = key_by_digest(&keys, k->digest);
	if (key_take(k, known, t, err, sizeof(err)) == -1) {
		log_warnx("key unusable: app=%s target=%s reason=%s",
		    log_quote(a->name), log_quote(t->name), log_quote(err));
		free(k);
	} else
		TAILQ_INSERT_TAIL(list, k, entry);
	string_wipe(&t->key);
	string_wipe(&t->passphrase);
}

static void
executor_configure(struct conf *new)
{
	struct target_keys	 list = TAILQ_HEAD_INITIALIZER(list);
	struct conf_application	*a;
	size_t			 i, j;

	for (i = 0; i < new->applications.n; i++) {
		a = new->applications.v[i];
		for (j = 0; j < a->targets.n; j++)
			target_key_add(&list, a, a->targets.v[j]);
	}
	keys_free(&keys);
	TAILQ_CONCAT(&keys, &list, entry);
	conf_free(conf);
	conf = new;
	log_debug("configuration taken: applications=%zu",
	    conf->applications.n);
}

/*
 * The check of a configuration.
 */

struct check {
	const struct conf_application	*application;
	const struct conf_target	*target;
	const char			*path;		/* of known hosts */
	unsigned			 nproblems;
};

/* Whose hosts are known by the file of all, which is looked at once. */
static const char *
known_hosts_of(const struct conf *c, const struct conf_target *t,
    const char **path)
{
	bool	own = t->known_hosts != NULL || t->known_hosts_path != NULL;

	*path = own ? t->known_hosts_path : c->known_hosts_path;
	if (*path == NULL)
		*path = "known hosts";
	return own ? t->known_hosts : c->known_hosts;
}

static void
script_problem(void *arg, const struct place *place, const char *text)
{
	(void)arg;
	child_problem(false, place->file, place->line, "%s", text);
}

static void
known_hosts_bad_line(void *arg, unsigned line, const char *msg)
{
	struct check	*c = arg;

	child_problem(false, c->target->place.file, c->target->place.line,
	    "known hosts %s:%u: %s", c->path, line, msg);
}

static void
key_check(const struct conf_target *t)
{
	struct key	*key;
	char		 err[KEY_ERROR_SIZE];

	if (t->key == NULL) {
		/* One that can't be read has been named already. */
		if (t->key_path == NULL)
			child_problem(false, t->place.file, t->place.line,
			    "target %s has no key", t->name);
		return;
	}
	if (key_load(t->key, strlen(t->key), t->passphrase, &key, err,
	    sizeof(err)) == -1) {
		child_problem(false, t->place.file, t->place.line,
		    "target %s: key %s: %s", t->name,
		    t->key_path != NULL ? t->key_path : "", err);
		return;
	}
	key_free(key);
}

static void
host_key_check(const struct check *c, const struct conf_host *h,
    const struct known_hosts *kh)
{
	char	types[KNOWN_HOSTS_TYPES_MAX];
	size_t	i;

	for (i = 0; i < h->fingerprints.n; i++)
		if (!fingerprint_is_valid(h->fingerprints.v[i]))
			child_problem(false, h->place.file, h->place.line,
			    "host %s: not a fingerprint: %s (SHA256: and 43 "
			    "characters, as ssh-keygen -l prints it)", h->name,
			    h->fingerprints.v[i]);
	if (h->fingerprints.n > 0)
		return;
	if (kh == NULL)
		child_problem(false, h->place.file, h->place.line,
		    "host %s: its key can't be checked: there is no file %s "
		    "and no fingerprint; to do without a check, say so in the "
		    "target", h->name, c->path);
	else if (known_hosts_types(kh, h->name, h->port, types, sizeof(types))
	    == 0 && types[0] == '\0')
		child_problem(true, h->place.file, h->place.line,
		    "host %s (port %u) is not in %s: it will be refused",
		    h->name, h->port, c->path);
}

static void
host_keys_check(const struct conf *new, struct check *c)
{
	static const char		*seen;
	const struct conf_target	*t = c->target;
	struct known_hosts		*kh = NULL;
	const char			*text;
	size_t				 i;

	text = known_hosts_of(new, t, &c->path);
	if (text != NULL) {
		kh = known_hosts_parse(text, strlen(text),
		    text != seen ? known_hosts_bad_line : NULL, c);
		seen = text;
	} else if (t->known_hosts_path != NULL) {
		/* Named already. */
		return;
	}
	for (i = 0; i < t->hosts.n; i++)
		host_key_check(c, t->hosts.v[i], kh);
	known_hosts_free(kh);
}

static void
executor_check(const struct conf *new)
{
	struct check	c;
	size_t		i, j;

	memset(&c, 0, sizeof(c));
	for (i = 0; i < new->applications.n; i++) {
		c.application = new->applications.v[i];
		for (j = 0; j < c.application->targets.n; j++) {
			c.target = c.application->targets.v[j];
			render_check(c.target, script_problem, &c);
			key_check(c.target);
			if (!c.target->unchecked)
				host_keys_check(new, &c);
		}
	}
}

/*
 * Orders.
 */

static struct order *
order_find(uint64_t deployment)
{
	struct order	*o;

	TAILQ_FOREACH(o, &orders, entry)
		if (o->deployment == deployment)
			return o;
	return NULL;
}

static void
order_timer(struct order *o, uint64_t ms)
{
	struct timeval	tv = { ms / 1000, (ms % 1000) * 1000 };

	event_add(o->timer, &tv);
}

static struct order *
order_new(uint64_t deployment, const char *application, const char *target)
{
	struct order	*o;

	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    (o->application = strdup(application)) == NULL ||
	    (o->target = strdup(target)) == NULL ||
	    (o->timer = evtimer_new(base, order_timeout, o)) == NULL)
		fatal("%s", __func__);
	o->deployment = deployment;
	o->next_seq = 1;
	STAILQ_INIT(&o->kept);
	TAILQ_INSERT_TAIL(&orders, o, entry);
	return o;
}

static void
order_free(struct order *o)
{
	struct kept	*k;

	TAILQ_REMOVE(&orders, o, entry);
	channel_free(o->worker);
	event_free(o->timer);
	while ((k = STAILQ_FIRST(&o->kept)) != NULL) {
		STAILQ_REMOVE_HEAD(&o->kept, entry);
		free(k);
	}
	job_free(o->job);
	free(o->application);
	free(o->target);
	free(o->hosts);
	free(o->kill_reason);
	free(o->how);
	free(o);
}

static struct kept *
order_keep(struct order *o, uint64_t count, const void *data, size_t len)
{
	struct kept	*k;

	if ((k = malloc(sizeof(*k) + len)) == NULL)
		fatal("%s", __func__);
	memset(k, 0, sizeof(*k));
	k->first = o->next_seq;
	o->next_seq += count;
	k->last = o->next_seq - 1;
	k->len = len;
	memcpy(k->data, data, len);
	STAILQ_INSERT_TAIL(&o->kept, k, entry);
	o->kept_size += sizeof(*k) + len;
	if (o->unsent == NULL)
		o->unsent = k;
	return k;
}

static int
kept_send(struct channel *engine, const struct order *o, const struct kept *k)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_put_u64(b, k->first);
	if (k->is_end) {
		msg_put_u8(b, k->ended_by);
		msg_put_text(b, k->data);
		return msg_send(engine, MSG_JOB_END, 0, -1, b);
	}
	msg_put_u32(b, k->last - k->first + 1);
	msg_put_data(b, k->data, k->len);
	return msg_send(engine, MSG_JOB_ENTRIES, 0, -1, b);
}

/* Sends what the engine takes now, of each order in turn. */
static void
orders_forward(struct channel *engine)
{
	struct order	*o;
	bool		 more;

	do {
		more = false;
		TAILQ_FOREACH(o, &orders, entry) {
			if (o->unsent == NULL)
				continue;
			if (channel_is_full(engine) ||
			    kept_send(engine, o, o->unsent) == -1)
				return;
			o->unsent = STAILQ_NEXT(o->unsent, entry);
			more = true;
		}
	} while (more);
}

static void
engine_tell(void)
{
	struct channel	*engine = child_peer(PROC_ENGINE);

	if (engine != NULL)
		orders_forward(engine);
}

static void
progress_send(struct channel *engine, const struct order *o)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_put_string(b, o->progress.stage);
	msg_put_u32(b, o->progress.hosts);
	msg_put_u32(b, o->progress.connected);
	msg_put_u32(b, o->progress.done);
	msg_put_u32(b, o->progress.failed);
	msg_send(engine, MSG_JOB_PROGRESS, 0, -1, b);
}

static void
worker_unwanted(const struct order *o)
{
	struct ibuf	*b;

	if (o->worker_gone)
		return;
	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_send(child_parent(), MSG_WORKER_UNWANTED, 0, -1, b);
}

/* The end, as the worker or we ourselves say it. */
static void
order_end(struct order *o, enum ended_by by, const char *error)
{
	struct kept	*k;

	k = order_keep(o, 1, error, strlen(error) + 1);
	k->is_end = true;
	k->ended_by = by;
	o->state = ORDER_ENDED;
	job_free(o->job);
	o->job = NULL;
	log_info("order ended: deployment=%" PRIu64 " app=%s target=%s "
	    "by=%s error=%s", o->deployment, log_quote(o->application),
	    log_quote(o->target),
	    by == ENDED_BY_NONE ? "itself" : ended_by_name(by),
	    log_quote(error));
	engine_tell();
}

/* The worker will not end it any more. */
static void
order_fail(struct order *o, enum ended_by by, const char *error)
{
	worker_unwanted(o);
	channel_free(o->worker);
	o->worker = NULL;
	event_del(o->timer);
	order_end(o, by, error);
}

/* The worker has gone or is given up while it had the job. */
static void
order_lost(struct order *o, const char *what)
{
	char		*error;
	bool		 may_run = o->state == ORDER_RUNNING &&
			    o->progress.stage[0] != '\0';

	if (asprintf(&error, "%s%s%s%s%s",
	    o->kill_reason != NULL ? o->kill_reason : "",
	    o->kill_reason != NULL ? "; " : "", what,
	    may_run ? "; commands may still run on " : "",
	    may_run ? o->hosts : "") == -1)
		fatal("%s", __func__);
	order_fail(o, o->kill_reason != NULL ? ENDED_BY_PERSON :
	    ENDED_BY_DAEMON, error);
	free(error);
}

/* With how it ended, if the parent has said that. */
static void
order_worker_lost(struct order *o)
{
	char	*what;

	if (asprintf(&what, "the worker died%s%s%s",
	    o->how != NULL ? " (" : "", o->how != NULL ? o->how : "",
	    o->how != NULL ? ")" : "") == -1)
		fatal("%s", __func__);
	order_lost(o, what);
	free(what);
}

static void
order_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct order	*o = arg;

	(void)fd;
	(void)what;
	switch (o->state) {
	case ORDER_WANTED:
	case ORDER_STARTING:
		order_lost(o, "no worker could be started");
		break;
	case ORDER_RUNNING:
		if (o->worker == NULL)
			order_worker_lost(o);
		else
			order_lost(o, "the worker did not end in time");
		break;
	case ORDER_ENDED:
		/* It said that it was done, and stays. */
		worker_unwanted(o);
		channel_free(o->worker);
		o->worker = NULL;
		break;
	}
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

static bool
is_running(const char *application, const char *target)
{
	const struct order	*o;

	TAILQ_FOREACH(o, &orders, entry)
		if (o->state != ORDER_ENDED &&
		    strcmp(o->application, application) == 0 &&
		    strcmp(o->target, target) == 0)
			return true;
	return false;
}

static uint64_t
orders_running(void)
{
	const struct order	*o;
	uint64_t		 n = 0;

	TAILQ_FOREACH(o, &orders, entry)
		n += o->state != ORDER_ENDED;
	return n;
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

/* All of a job; NULL with the reason. */
static struct job *
job_make(uint64_t deployment, const char *application, const char *target,
    const char *sha, const char *const *stages, size_t nstages, char *err,
    size_t errlen)
{
	const struct conf_application	*a;
	const struct conf_target	*t;
	const struct target_key		*k;
	struct job			*job;

	if (conf == NULL || (a = conf_application(conf, application)) == NULL)
		strlcpy(err, "there is no such application", errlen);
	else if ((t = conf_target(a, target)) == NULL)
		strlcpy(err, "there is no such target", errlen);
	else if (!is_sha(sha))
		strlcpy(err, "the commit is not 40 or 64 hex digits", errlen);
	else if (!stages_fit(t, stages, nstages))
		strlcpy(err, "the stages are not some of the target's, in "
		    "their order", errlen);
	else if (is_running(application, target))
		strlcpy(err, "another deployment of this target is running",
		    errlen);
	else if (orders_running() >= conf->limits[LIMIT_DEPLOYMENTS])
		strlcpy(err, "too many deployments are running", errlen);
	else if (t->user == NULL || (k = key_of_target(t)) == NULL)
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

/* The hosts' names for an error, as many as one wants to read. */
static char *
hosts_names(const struct job *job)
{
	char	*s, origin[ORIGIN_SIZE], more[64];
	size_t	 i, size = HOSTS_NAMED + sizeof(more);

	if ((s = calloc(1, size)) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < job->hosts.n; i++) {
		host_origin(job->hosts.v[i]->name, job->hosts.v[i]->port,
		    origin, sizeof(origin));
		if (strlen(s) + strlen(origin) + 2 >= HOSTS_NAMED) {
			snprintf(more, sizeof(more), " and %zu more",
			    job->hosts.n - i);
			strlcat(s, more, size);
			break;
		}
		if (i > 0)
			strlcat(s, ", ", size);
		strlcat(s, origin, size);
	}
	return s;
}

static void
order_begin(struct order *o, struct job *job)
{
	struct ibuf	*b;

	o->job = job;
	o->hosts = hosts_names(job);
	o->limit_kill = job->limits[LIMIT_KILL];
	o->limit_memory = job->limits[LIMIT_MEMORY];
	o->state = ORDER_WANTED;
	order_timer(o, WORKER_WAIT);
	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_send(child_parent(), MSG_WORKER_WANTED, 0, -1, b);
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
	uint32_t	 i, n;

	(void)ch;
	deployment = msg_get_u64(m);
	application = msg_get_string(m);
	target = msg_get_string(m);
	sha = msg_get_string(m);
	n = msg_get_count(m);
	for (i = 0; i < n; i++)
		stages[i] = msg_get_string(m);
	if (deployment == 0 || order_find(deployment) != NULL) {
		/* An answer would end the one that has this number. */
		order_log("refused", deployment, application, target, sha,
		    stages, n, "its number is taken");
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

static void
kill_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m);
	const char	*reason = msg_get_string(m);
	struct order	*o;
	struct ibuf	*b;

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
	if (o->worker == NULL)
		return;
	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_put_string(b, reason);
	msg_send(o->worker, MSG_JOB_KILL, 0, -1, b);
	order_timer(o, o->limit_kill + WORKER_HUNG);
}

static void
ack_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m), seq = msg_get_u64(m);
	struct order	*o;
	struct kept	*k;
	struct ibuf	*b;
	bool		 ended = false;

	(void)ch;
	if ((o = order_find(deployment)) == NULL)
		return;
	/* What has not been sent can't have been committed. */
	while ((k = STAILQ_FIRST(&o->kept)) != NULL && k->last <= seq &&
	    k != o->unsent) {
		STAILQ_REMOVE_HEAD(&o->kept, entry);
		o->kept_size -= sizeof(*k) + k->len;
		ended = k->is_end;
		free(k);
	}
	if (o->worker != NULL && o->state == ORDER_RUNNING) {
		b = msg_new();
		msg_put_u64(b, deployment);
		msg_put_u64(b, seq);
		msg_send(o->worker, MSG_JOB_ACK, 0, -1, b);
	}
	if (!ended)
		return;
	if (o->worker != NULL)
		o->is_acked = true;	/* until its worker has gone */
	else
		order_free(o);
}

/*
 * Workers.
 */

static void
worker_arrives(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m);
	struct order	*o;

	(void)ch;
	o = order_find(deployment);
	if (o == NULL || o->state != ORDER_WANTED) {
		close(m->fd);
		return;
	}
	o->worker = channel_new(m->fd, PROC_EXECUTOR, PROC_WORKER,
	    worker_handlers, worker_closed, o);
	if (o->worker == NULL)
		fatal("channel to worker");
	o->state = ORDER_STARTING;
}

static void
worker_gone(struct channel *ch, struct msg *m)
{
	uint64_t	 deployment = msg_get_u64(m);
	const char	*how = msg_get_string(m);
	struct order	*o;

	(void)ch;
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
		order_worker_lost(o);
}

static void
worker_closed(struct channel *ch)
{
	struct order	*o = ch->arg;

	channel_free(o->worker);
	o->worker = NULL;
	if (o->state == ORDER_ENDED) {
		event_del(o->timer);
		if (o->is_acked)
			order_free(o);
	} else if (o->worker_gone)
		order_worker_lost(o);
	else
		order_timer(o, GONE_WAIT);
}

static void
worker_ready(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	struct ibuf	*b;
	int		 r;

	log_debug("worker ready: deployment=%" PRIu64 " sandbox=%s",
	    o->deployment, log_quote(msg_get_string(m)));
	if (o->state != ORDER_STARTING)
		return;
	b = msg_new();
	msg_put_u8(b, log_is_verbose());
	msg_send(ch, MSG_VERBOSE, 0, -1, b);
	if ((b = record_encode(&job_record, o->job, PROC_WORKER)) == NULL) {
		order_lost(o, "its scripts are too large");
		return;
	}
	r = record_send(ch, MSG_JOB, 0, b);
	ibuf_free(b);
	if (r == -1) {
		order_lost(o, "the worker can't be given its job");
		return;
	}
	job_free(o->job);
	o->job = NULL;
	o->state = ORDER_RUNNING;
	event_del(o->timer);
}

static void
worker_log(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint8_t		 priority = msg_get_u8(m);
	const char	*text = msg_get_string(m);

	if (priority <= LOG_WARNING) {
		if (o->lines++ < WORKER_LINES)
			log_warnx("worker: deployment=%" PRIu64 " %s",
			    o->deployment, log_quote(text));
	} else if (log_is_verbose() && o->lines++ < WORKER_LINES)
		log_debug("worker: deployment=%" PRIu64 " %s", o->deployment,
		    log_quote(text));
}

/* It does what no worker does: it is not one any more. */
static void
worker_misbehaves(struct order *o, const char *how)
{
	log_warnx("worker misbehaves: deployment=%" PRIu64 " how=%s",
	    o->deployment, how);
	if (o->state != ORDER_ENDED)
		order_lost(o, "the worker misbehaved");
}

/* Whether it may say this of this deployment, under this number. */
static bool
worker_may(struct order *o, uint64_t deployment, uint64_t seq)
{
	if (o->state == ORDER_RUNNING && deployment == o->deployment &&
	    seq == o->next_seq)
		return true;
	worker_misbehaves(o, "number out of turn");
	return false;
}

static void
worker_entries(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint64_t	 deployment = msg_get_u64(m), first = msg_get_u64(m);
	uint32_t	 count = msg_get_u32(m);
	const void	*data;
	size_t		 len;

	data = msg_get_data(m, &len);
	if (!worker_may(o, deployment, first))
		return;
	if (count == 0 || len > MSG_DATA_MAX || count > len) {
		worker_misbehaves(o, "impossible count");
		return;
	}
	order_keep(o, count, data, len);
	/* It stops at its limit; half-sent batches and messages go beyond. */
	if (o->kept_size > 2 * o->limit_memory + 16 * MSG_DATA_MAX) {
		worker_misbehaves(o, "more than its limit of memory");
		return;
	}
	engine_tell();
}

static void
worker_progress(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint64_t	 deployment = msg_get_u64(m);
	struct channel	*engine = child_peer(PROC_ENGINE);

	if (!worker_may(o, deployment, o->next_seq))
		return;
	strlcpy(o->progress.stage, msg_get_string(m),
	    sizeof(o->progress.stage));
	o->progress.hosts = msg_get_u32(m);
	o->progress.connected = msg_get_u32(m);
	o->progress.done = msg_get_u32(m);
	o->progress.failed = msg_get_u32(m);
	if (engine != NULL && !channel_is_full(engine))
		progress_send(engine, o);
}

static void
worker_end(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint64_t	 deployment = msg_get_u64(m), seq = msg_get_u64(m);
	uint8_t		 by = msg_get_u8(m);
	const char	*error = msg_get_string(m);

	if (!worker_may(o, deployment, seq))
		return;
	if (by >= ENDED_BY_MAX || (by == ENDED_BY_NONE) != (*error == '\0')) {
		worker_misbehaves(o, "impossible end");
		return;
	}
	order_timer(o, WORKER_LINGER);
	order_end(o, by, error);
}

/*
 * The engine's channel.
 */

static void
executor_peer_up(struct channel *engine)
{
	struct order	*o;
	struct ibuf	*b;

	engine->writable = orders_forward;
	TAILQ_FOREACH(o, &orders, entry) {
		if (o->is_acked)
			continue;
		o->unsent = STAILQ_FIRST(&o->kept);
		b = msg_new();
		msg_put_u64(b, o->deployment);
		msg_put_u64(b, o->unsent != NULL ? o->unsent->first :
		    o->next_seq);
		msg_send(engine, MSG_JOB_ANNOUNCE, 0, -1, b);
	}
	msg_send_empty(engine, MSG_JOBS_ANNOUNCED, 0);
	TAILQ_FOREACH(o, &orders, entry)
		if (o->state == ORDER_RUNNING)
			progress_send(engine, o);
	orders_forward(engine);
}

/* The engine has killed what ran; workers end with their channel. */
static void
executor_stop(void)
{
	struct order	*o;

	while ((o = TAILQ_FIRST(&orders)) != NULL) {
		if (o->state != ORDER_ENDED)
			log_warnx("order dropped: deployment=%" PRIu64
			    " reason=\"daemon stopped\" hosts=%s",
			    o->deployment, log_quote(o->hosts));
		worker_unwanted(o);
		order_free(o);
	}
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
		.peer_up = executor_peer_up,
		.stop = executor_stop,
	};

	return child_main(argc, argv, &executor);
}

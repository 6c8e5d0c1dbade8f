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
 * A watch is one loop around the log's transfer.  Beside it run, where a
 * status line is shown, a question a second for the progress, and after ^C
 * the request that kills.  The number of the next entry is all that has to
 * be known to go on after a lost connection, and no entry is shown twice.
 */

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "entry.h"
#include "http.h"
#include "interrupt.h"
#include "screen.h"
#include "server.h"
#include "watch.h"

#define LINE_SIZE_MAX	(4 * 1024 * 1024)	/* of an entry as JSON */

/* Milliseconds. */
#define SECOND		1000
#define RETRY_FIRST	250
#define RETRY_MAX	5000
#define LOST_MAX	(120 * SECOND)	/* without the server, then give up */
#define QUIET_WAIT	(60 * SECOND)	/* nothing is due */

#define EXIT_LEFT	130

struct progress {
	char		stage[256];
	unsigned	hosts, connected, done, failed;
};

struct watch {
	uint64_t		 id;
	const struct options	*options;
	bool			 ours;
	struct transfer		*log;
	uint64_t		 next;		/* entry that is wanted */
	char			*line;		/* begun, but not whole */
	size_t			 len;
	int64_t			 retry_at;
	int			 retry;		/* how long to wait next time */
	int64_t			 lost_at;	/* 0: it is connected */
	bool			 met;		/* the server was there */
	bool			 ended;
	bool			 successful;
	char			*reason;	/* of a failure */
	struct transfer		*question;
	int64_t			 question_at;
	struct progress		 progress;
	time_t			 began;
	unsigned		 seen;		/* of ^C */
	bool			 asking;
	struct transfer		*kill;
	bool			 killed;
};

static int64_t
now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Entries.
 */

static void
end_note(struct watch *w, bool successful, const char *reason)
{
	w->ended = true;
	w->successful = successful;
	free(w->reason);
	if ((w->reason = strdup(reason)) == NULL)
		die("out of memory");
}

/* What an entry says of the deployment itself. */
static void
entry_note(struct watch *w, const json_t *entry)
{
	const char	*type = json_text(entry, "entry_type");
	const char	*message = json_text(entry, "message"), *error;

	if (strcmp(type, "STAGE_START") == 0) {
		strlcpy(w->progress.stage, message,
		    sizeof(w->progress.stage));
		w->progress.done = w->progress.failed = 0;
	} else if (strcmp(type, "DEPLOYMENT_SUCCESS") == 0)
		end_note(w, true, "");
	else if (strcmp(type, "DEPLOYMENT_FAIL") == 0) {
		error = strstr(message, "err=");
		end_note(w, false, error != NULL ? error + 4 : message);
	}
}

static void
line_take(struct watch *w, const char *line, size_t len)
{
	json_t		*entry;
	json_int_t	 id;

	if ((entry = json_loadb(line, len, JSON_ALLOW_NUL, NULL)) == NULL ||
	    (id = json_integer_value(json_object_get(entry, "id"))) <= 0)
		die("the server's log can't be read: is there an applikatonid "
		    "at %s?", http_address());
	if ((uint64_t)id >= w->next) {
		w->next = (uint64_t)id + 1;
		if (w->options->json) {
			say_raw(line, len);
			say_raw("\n", 1);
		} else if (!w->options->quiet)
			entry_say(entry);
		entry_note(w, entry);
	}
	json_decref(entry);
}

static void
line_keep(struct watch *w, const char *data, size_t len)
{
	char	*p;

	if (len > LINE_SIZE_MAX - w->len)
		die("an entry of the server's log is too long");
	if ((p = realloc(w->line, w->len + len)) == NULL)
		die("out of memory");
	memcpy(p + w->len, data, len);
	w->line = p;
	w->len += len;
}

static bool
log_data(void *arg, const char *data, size_t len)
{
	struct watch	*w = arg;
	const char	*end;
	size_t		 n;

	while (len > 0 && !w->ended) {
		if ((end = memchr(data, '\n', len)) == NULL) {
			line_keep(w, data, len);
			break;
		}
		n = end - data;
		if (w->len == 0)
			line_take(w, data, n);
		else {
			line_keep(w, data, n);
			line_take(w, w->line, w->len);
			w->len = 0;
		}
		data += n + 1;
		len -= n + 1;
	}
	return !w->ended;
}

/*
 * The connection.
 */

static void
connected(struct watch *w)
{
	if (w->lost_at != 0 && !w->options->quiet)
		complain("connected again");
	w->lost_at = 0;
	w->met = true;
	w->retry = RETRY_FIRST;
}

static void
log_lost(struct watch *w, const char *why)
{
	if (w->lost_at == 0) {
		w->lost_at = now();
		if (!w->options->quiet)
			complain("the connection is lost (%s): trying again",
			    why);
	}
	if (now() - w->lost_at >= LOST_MAX)
		die("the server has not been there for %d seconds\n"
		    "Deployment %" PRIu64 " may go on: toni -w %" PRIu64
		    " watches it.", LOST_MAX / SECOND, w->id, w->id);
	w->len = 0;		/* half a line comes again as a whole */
	w->retry_at = now() + w->retry;
	w->retry = w->retry * 2 < RETRY_MAX ? w->retry * 2 : RETRY_MAX;
}

/* The log is over, though no entry says so: is the deployment? */
static void
state_take(struct watch *w, const json_t *json)
{
	const json_t	*d = json_object_get(json, "deployment");
	const char	*state = json_text(d, "state");

	if (strcmp(state, "successful") == 0)
		end_note(w, true, "");
	else if (strcmp(state, "failed") == 0)
		end_note(w, false, *json_text(d, "reason") != '\0' ?
		    json_text(d, "reason") : "the server does not say why");
}

static void
leave(const struct watch *w)
{
	screen_status_end();
	if (w->killed)
		complain("left: deployment %" PRIu64 " has been told to end, "
		    "which is not waited for", w->id);
	else
		complain("left: deployment %" PRIu64 " goes on\n"
		    "toni -w %" PRIu64 " watches it, toni -k %" PRIu64
		    " kills it.", w->id, w->id, w->id);
	exit(EXIT_LEFT);
}

static struct watch	*leaver;

static void
leave_now(void)
{
	leave(leaver);
}

static void
state_ask(struct watch *w)
{
	struct transfer	*t = server_deployment(w->id);
	json_t		*json;

	leaver = w;
	http_finish(t, leave_now);
	json = server_json(t);
	state_take(w, json);
	json_decref(json);
	http_end(t);
}

/* Whether asking again can help.  A server that never was there is none. */
static bool
is_passing(const struct watch *w, long status)
{
	if (status == 0)
		return w->ours || w->met || w->next > 1;
	return status == 200 || status == 408 || status == 429 ||
	    status >= 500;
}

static void
log_done(struct watch *w)
{
	struct transfer	*t = w->log;
	char		*why;

	w->log = NULL;
	if (!w->ended && !is_passing(w, http_status(t))) {
		if (w->ours)
			complain("deployment %" PRIu64 " goes on, but its log "
			    "can't be had:", w->id);
		server_refused(t);
	}
	if (!w->ended && http_status(t) == 200 && http_error(t) == NULL) {
		/* Only half a line would mean that it was cut off. */
		if (w->len == 0)
			state_ask(w);
	}
	if (!w->ended) {
		why = http_status(t) == 200 && http_error(t) == NULL ?
		    strdup("the log broke off") : server_sentence(t);
		log_lost(w, why == NULL ? "" : why);
		free(why);
	}
	http_end(t);
}

static void
log_tend(struct watch *w)
{
	if (w->log == NULL && now() >= w->retry_at)
		w->log = server_log(w->id, w->next, log_data, w);
	if (w->log != NULL && http_is_done(w->log))
		log_done(w);
	else if (w->log != NULL && http_is_answered(w->log))
		connected(w);
}

/*
 * The status line.
 */

static unsigned
count(const json_t *progress, const char *key)
{
	json_int_t	n = json_integer_value(json_object_get(progress, key));

	return n < 0 || n > 1000000 ? 0 : (unsigned)n;
}

static void
progress_take(struct watch *w, const json_t *json)
{
	const json_t	*d = json_object_get(json, "deployment");
	const json_t	*p = json_object_get(d, "progress");
	struct tm	 tm = { 0 };
	time_t		 t;

	if (strptime(json_text(d, "created_at"), "%Y-%m-%dT%H:%M:%S", &tm) !=
	    NULL && (t = timegm(&tm)) < w->began)
		w->began = t;
	if (!json_is_object(p))
		return;
	strlcpy(w->progress.stage, json_text(p, "stage"),
	    sizeof(w->progress.stage));
	w->progress.hosts = count(p, "hosts");
	w->progress.connected = count(p, "connected");
	w->progress.failed = count(p, "failed");
	w->progress.done = count(p, "done");
}

static void
question_tend(struct watch *w)
{
	json_t	*json;

	if (!screen_has_status() || w->options->quiet || w->options->json)
		return;
	if (w->question == NULL && now() >= w->question_at &&
	    w->lost_at == 0) {
		w->question = server_deployment(w->id);
		w->question_at = now() + SECOND;
	}
	if (w->question == NULL || !http_is_done(w->question))
		return;
	json = server_json(w->question);
	progress_take(w, json);
	json_decref(json);
	http_end(w->question);
	w->question = NULL;
}

static void
status_show(const struct watch *w)
{
	const struct progress	*p = &w->progress;
	long			 took = (long)(time(NULL) - w->began);
	char			 what[512];

	if (!screen_has_status() || w->options->quiet || w->options->json ||
	    w->asking)
		return;
	if (w->lost_at != 0)
		strlcpy(what, "connection lost, trying again", sizeof(what));
	else if (*p->stage != '\0' && p->hosts > 0)
		snprintf(what, sizeof(what), "%s  hosts: %u done, %u failed, "
		    "%u left", p->stage, p->done - p->failed, p->failed,
		    p->hosts - p->done);
	else if (*p->stage != '\0')
		strlcpy(what, p->stage, sizeof(what));
	else if (p->hosts > 0)
		snprintf(what, sizeof(what), "connecting  hosts: %u of %u",
		    p->connected, p->hosts);
	else
		strlcpy(what, "waiting", sizeof(what));
	screen_status("%" PRIu64 "  %s  %ld:%02ld", w->id, what, took / 60,
	    took % 60);
}

/*
 * ^C.
 */

static void
kill_begin(struct watch *w)
{
	complain("killing deployment %" PRIu64, w->id);
	w->killed = true;
	w->kill = server_kill_start(w->id);
}

static void
kill_tend(struct watch *w)
{
	char	*why;

	if (w->kill == NULL || !http_is_done(w->kill))
		return;
	if (http_error(w->kill) != NULL || http_status(w->kill) != 200) {
		why = server_sentence(w->kill);
		complain("deployment %" PRIu64 " can't be killed: %s", w->id,
		    why);
		free(why);
		w->killed = false;
	}
	http_end(w->kill);
	w->kill = NULL;
}

static void
interrupt_tend(struct watch *w)
{
	unsigned	n = interrupt_count() - w->seen;

	if (n == 0)
		return;
	interrupt_seen();
	w->seen += n;
	if (!w->ours || w->asking || w->killed || n > 1)
		leave(w);
	if (!screen_can_ask()) {
		kill_begin(w);
		return;
	}
	w->asking = true;
	http_pause(w->log, true);
	screen_ask("Kill deployment %" PRIu64 "? [y/N, ^C leaves it running] ",
	    w->id);
}

static void
answer_take(struct watch *w)
{
	char	c = screen_answer();

	if (c == 0)
		return;
	w->asking = false;
	if (c == 'y')
		kill_begin(w);
	http_pause(w->log, false);
}

/* Milliseconds until something is due. */
static int
wait_time(const struct watch *w)
{
	int64_t	ms = QUIET_WAIT;

	if (screen_has_status())
		ms = SECOND;
	if (w->log == NULL && w->retry_at - now() < ms)
		ms = w->retry_at - now();
	return ms < 0 ? 0 : (int)ms;
}

int
watch(uint64_t id, const struct options *o, bool ours)
{
	struct watch	w = { .id = id, .options = o, .ours = ours, .next = 1,
			    .retry = RETRY_FIRST, .began = time(NULL) };

	while (!w.ended) {
		log_tend(&w);
		if (w.ended)
			break;
		question_tend(&w);
		kill_tend(&w);
		interrupt_tend(&w);
		status_show(&w);
		say_flush();
		if (http_wait(wait_time(&w), w.asking ? STDIN_FILENO : -1))
			answer_take(&w);
	}
	screen_status_end();
	say_flush();
	if (!w.successful)
		complain("deployment %" PRIu64 " failed: %s", id, w.reason);
	http_end(w.log);
	http_end(w.question);
	http_end(w.kill);
	free(w.line);
	free(w.reason);
	return w.successful ? 0 : 1;
}

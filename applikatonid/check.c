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
 * The check of a configuration.  Each child's program is run in check mode,
 * unprivileged and sandboxed, is fed its part, and names what is wrong; root's
 * process parses neither keys nor templates.  What they say is bounded, and
 * one that dies or never ends is a problem itself.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "check.h"
#include "directories.h"
#include "lines.h"
#include "parent.h"
#include "spawn.h"

#define CHECK_SECONDS	60
/* Problems that one child may name. */
#define REPORTED_MAX	5000

struct checker {
	enum process	 process;
	pid_t		 pid;		/* 0: it has ended */
	struct channel	*channel;	/* NULL: closed */
	struct lines	 lines;
	unsigned	 reported;
	bool		 is_done;	/* it has said so */
	bool		 has_failed;
};

static void	problem_arrives(struct channel *, struct msg *);
static void	done_arrives(struct channel *, struct msg *);
static void	log_arrives(struct channel *, struct msg *);
static void	ready_arrives(struct channel *, struct msg *);

static const struct msg_handler handlers[] = {
	{ MSG_READY, ready_arrives },
	{ MSG_PROBLEM, problem_arrives },
	{ MSG_DONE, done_arrives },
	{ MSG_LOG, log_arrives },
	{ MSG_NONE, NULL }
};

static struct checker		 checkers[PROC_MAX];
static const struct conf	*checked;
static struct problems		*problems;
static struct event		*timer;
static void			 (*finished)(void);

static void
checker_problem(struct checker *c, const char *text)
{
	c->has_failed = true;
	problem_add(problems, false, NULL, 0, "the check of %s: %s",
	    process_name(c->process), text);
}

static void
ready_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	(void)m;
}

static void
problem_arrives(struct channel *ch, struct msg *m)
{
	struct checker	*c = ch->arg;
	bool		 warning = msg_get_u8(m);
	uint32_t	 file = msg_get_u32(m);
	uint32_t	 line = msg_get_u32(m);

	if (c->reported++ < REPORTED_MAX)
		problem_add(problems, warning,
		    config_file_name(checked, file), line, "%s",
		    msg_get_string(m));
	else if (c->pid != 0)
		kill(c->pid, SIGKILL);
}

static void
done_arrives(struct channel *ch, struct msg *m)
{
	struct checker	*c = ch->arg;

	(void)m;
	c->is_done = true;
}

static void
log_arrives(struct channel *ch, struct msg *m)
{
	struct checker	*c = ch->arg;

	lines_take(&c->lines, process_name(c->process), m);
}

/* Ends the check when no child is left. */
static void
check_end(void)
{
	void		(*done)(void) = finished;
	struct checker	*c;

	if (finished == NULL)
		return;
	for (c = checkers; c < checkers + PROC_MAX; c++)
		if (c->pid != 0 || c->channel != NULL)
			return;
	for (c = checkers + PROC_WEB; c < checkers + PROC_WORKER; c++)
		if (!c->is_done && !c->has_failed)
			checker_problem(c, "it did not say that it is done");
	finished = NULL;
	event_free(timer);
	timer = NULL;
	done();
}

static void
checker_closed(struct channel *ch)
{
	struct checker	*c = ch->arg;

	c->channel = NULL;
	channel_free(ch);
	lines_end(&c->lines, process_name(c->process));
	check_end();
}

bool
check_reap(pid_t pid, int status)
{
	struct checker	*c;

	for (c = checkers; c < checkers + PROC_MAX; c++)
		if (c->pid == pid)
			break;
	if (c == checkers + PROC_MAX)
		return false;
	c->pid = 0;
	if (finished != NULL &&
	    (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		checker_problem(c, spawn_how(status));
	/* What it has said last is still to be read. */
	check_end();
	return true;
}

static void
check_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct checker	*c;

	(void)fd;
	(void)what;
	(void)arg;
	for (c = checkers; c < checkers + PROC_MAX; c++) {
		if (c->pid != 0) {
			checker_problem(c, "it does not end");
			kill(c->pid, SIGKILL);
		}
		if (c->channel != NULL) {
			channel_free(c->channel);
			c->channel = NULL;
		}
	}
	check_end();
}

static int
checker_start(struct checker *c, enum process p)
{
	struct ibuf	*part;
	int		 fd, r;

	memset(c, 0, sizeof(*c));
	c->process = p;
	lines_init(&c->lines);
	c->pid = spawn(p, true, directory_root(p, true), NULL, &fd);
	if (c->pid == -1) {
		c->pid = 0;
		checker_problem(c, strerror(errno));
		return -1;
	}
	c->channel = channel_new(fd, PROC_PARENT, p, handlers, checker_closed,
	    c);
	if (c->channel == NULL)
		fatal("channel");
	if ((part = record_encode(&conf_record, checked, p)) == NULL) {
		checker_problem(c, "the configuration is too large");
		channel_free(c->channel);
		c->channel = NULL;
		kill(c->pid, SIGKILL);
		return -1;
	}
	r = record_send(c->channel, MSG_CONF, 0, part);
	ibuf_free(part);
	return r;
}

void
check_start(const struct conf *c, struct problems *list, void (*done)(void))
{
	static const struct timeval	limit = { CHECK_SECONDS, 0 };
	int				p;

	checked = c;
	problems = list;
	finished = done;
	if ((timer = evtimer_new(base, check_timeout, NULL)) == NULL ||
	    evtimer_add(timer, &limit) == -1)
		fatal("evtimer_new");
	for (p = PROC_WEB; p < PROC_WORKER; p++)
		checker_start(&checkers[p], p);
	/* When none could be started, the timer is what is left to tell. */
	for (p = PROC_WEB; p < PROC_WORKER; p++)
		if (checkers[p].pid != 0)
			return;
	event_active(timer, EV_TIMEOUT, 0);
}

void
check_cancel(void)
{
	struct checker	*c;

	if (finished == NULL)
		return;
	finished = NULL;
	for (c = checkers; c < checkers + PROC_MAX; c++) {
		if (c->pid != 0)
			kill(c->pid, SIGKILL);
		channel_free(c->channel);
		c->channel = NULL;
	}
	event_free(timer);
	timer = NULL;
}

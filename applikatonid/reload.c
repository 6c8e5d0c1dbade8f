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
 * Reloading the configuration: it is read and checked as at the start, by the
 * same code; only one without an error takes the place of what runs.  Every
 * step of it is told in the log, and to the engine when it has asked.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "check.h"
#include "directories.h"
#include "lines.h"
#include "notify.h"
#include "parent.h"
#include "reload.h"
#include "supervise.h"

/* Problems that are told to the engine, a line each. */
#define TOLD_MAX	(64 * 1024)

static struct conf	*next;		/* not accepted yet */
static struct problems	*problems;
static uint32_t		 asked;		/* id of the engine's request */
static bool		 is_running;
static bool		 is_again;	/* a SIGHUP came meanwhile */

static void	reload_checked(void);

static void
engine_tell(uint32_t id, bool ok, const char *text)
{
	struct channel	*ch = supervise_channel(PROC_ENGINE);
	struct ibuf	*b;

	if (id == 0 || ch == NULL)
		return;
	b = msg_new();
	msg_put_u8(b, ok);
	msg_put_text(b, text);
	msg_send(ch, MSG_RELOADED, id, -1, b);
}

struct telling {
	char	*text;
	bool	 is_refused;
};

static void
problem_tell(void *arg, bool warning, const char *line)
{
	struct telling	*t = arg;

	log_warnx("%s: %s", t->is_refused && !warning ? "reload refused" :
	    "configuration warning", line);
	if (*t->text != '\0')
		strlcat(t->text, "\n", TOLD_MAX);
	strlcat(t->text, line, TOLD_MAX);
}

/* The end of a reload, one way or the other. */
static void
reload_end(bool ok)
{
	struct telling	t = { calloc(1, TOLD_MAX), !ok };

	if (t.text == NULL)
		fatal("calloc");
	problems_each(problems, problem_tell, &t);
	if (ok)
		log_info("reload done");
	engine_tell(asked, ok, t.text);
	free(t.text);
	problems_free(problems);
	problems = NULL;
	conf_free(next);
	next = NULL;
	is_running = false;
	asked = 0;
	notify("READY=1");
	if (is_again) {
		is_again = false;
		reload_start(0);
	}
}

static bool
string_differs(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a != b;
	return strcmp(a, b) != 0;
}

static bool
listens_differ(const struct conf *a, const struct conf *b)
{
	const struct conf_listen	*x, *y;
	size_t				 i;

	if (a->listens.n != b->listens.n)
		return true;
	for (i = 0; i < a->listens.n; i++) {
		x = a->listens.v[i];
		y = b->listens.v[i];
		if (string_differs(x->path, y->path) ||
		    string_differs(x->group, y->group) ||
		    string_differs(x->address, y->address) ||
		    x->port != y->port)
			return true;
	}
	return false;
}

/* What only a start can set up. */
static void
fixed_check(void)
{
	const struct {
		const char	*name;
		bool		 differs;
	} fixed[] = {
		{ "listen", listens_differ(conf, next) },
		{ "database", string_differs(conf->database, next->database) },
		{ "socket", string_differs(conf->socket, next->socket) ||
		    string_differs(conf->socket_group, next->socket_group) },
		{ "run directory", string_differs(conf->run_directory,
		    next->run_directory) },
	};
	size_t	i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i].differs)
			problem_add(problems, false, settings.conf_path, 0,
			    "a changed %s needs a restart", fixed[i].name);
}

void
reload_refuse(uint32_t id, const char *why)
{
	engine_tell(id, false, why);
}

void
reload_start(uint32_t id)
{
	char	word[64];

	if (supervise_is_stopping()) {
		engine_tell(id, false, "the daemon stops");
		return;
	}
	if (is_running) {
		if (id == 0)
			is_again = true;
		else
			engine_tell(id, false, "a reload is under way");
		return;
	}
	is_running = true;
	asked = id;
	log_info("reload started");
	snprintf(word, sizeof(word), "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)clock_ms() * 1000);
	notify(word);
	problems = problems_new();
	next = config_load(settings.conf_path, &settings.macros, 0, problems);
	if (next != NULL)
		fixed_check();
	if (next == NULL || problems_errors(problems) > 0)
		reload_end(false);
	else
		check_start(next, problems, reload_checked);
}

static void
reload_taken(void)
{
	reload_end(true);
}

static void
reload_checked(void)
{
	if (problems_errors(problems) > 0) {
		reload_end(false);
		return;
	}
	conf_free(conf);
	conf = next;
	next = NULL;
	supervise_hand_out(reload_taken);
}

void
reload_cancel(void)
{
	check_cancel();
	conf_free(next);
	next = NULL;
}

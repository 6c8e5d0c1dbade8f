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
 * The names of the processes, and the event loop that each of them has one
 * of.  How a child lives stands in child.c.
 */

#include "config.h"

#include <stddef.h>

#include "process.h"

struct event_base	*base;

static const struct {
	const char	*name;
	const char	*user;
} processes[PROC_MAX] = {
	[PROC_PARENT] =		{ "parent", NULL },
	[PROC_WEB] =		{ "web", "_apweb" },
	[PROC_ENGINE] =		{ "engine", "_apengine" },
	[PROC_EXECUTOR] =	{ "executor", "_apexec" },
	[PROC_GITHUB] =		{ "github", "_apgithub" },
	[PROC_NOTIFIER] =	{ "notifier", "_apnotify" },
	[PROC_WORKER] =		{ "worker", "_apwork" },
	[PROC_CONTROL] =	{ "control", NULL },
};

const char *
process_name(enum process p)
{
	return p < PROC_MAX ? processes[p].name : "unknown";
}

const char *
process_user(enum process p)
{
	return p < PROC_MAX ? processes[p].user : NULL;
}

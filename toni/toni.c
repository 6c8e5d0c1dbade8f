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
 * toni: the command of the people who deploy.  It reads .toni.yml, asks git
 * what is to be deployed, orders it from the server and shows the log until
 * the end.  It is an ordinary program of an ordinary user: what may be done
 * is the server's to say.
 */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "find.h"
#include "git.h"
#include "interrupt.h"
#include "options.h"
#include "screen.h"
#include "server.h"
#include "settings.h"
#include "show.h"
#include "watch.h"

static struct options	options;
static struct settings	settings;

static void
targets_complain(void)
{
	size_t	i;

	complain_more("\nTargets configured in " SETTINGS_NAME ":");
	for (i = 0; i < settings.ntargets; i++)
		complain_more("%s", settings.targets[i].name);
}

static const struct settings_target *
target_choose(void)
{
	const struct settings_target	*t;

	if (*options.target == '\0') {
		complain("no target specified: use -t");
		targets_complain();
		exit(EXIT_USAGE);
	}
	if ((t = settings_target(&settings, options.target)) == NULL) {
		complain("target \"%s\" not found in " SETTINGS_NAME,
		    options.target);
		targets_complain();
		exit(1);
	}
	return t;
}

static int
deploy(void)
{
	const struct settings_target	*t = target_choose();
	bool				 brief;
	uint64_t			 id;

	if (*options.comment == '\0') {
		complain("no comment specified: use -m");
		exit(EXIT_USAGE);
	}
	git_complete(&options);
	brief = options.quiet || options.json;
	if (!brief) {
		say("Creating deployment...\n\n");
		show_order(&options, &settings, t);
		say_flush();
	}
	interrupt_catch();
	id = server_create(&options, t);
	if (!brief)
		say("\nSuccessfully created deployment %llu. "
		    "Streaming logs...\n\n", (unsigned long long)id);
	return watch(id, &options, true);
}

static int
diff(void)
{
	const struct settings_target	*t = target_choose();
	json_t				*json;

	git_complete(&options);
	if (!options.json) {
		say("Dry run. Showing diff...\n\n");
		show_order(&options, &settings, t);
		say("\n\n");
		say_flush();
	}
	if ((json = server_diff(&options)) != NULL)
		show_diff(json, options.json);
	else if (!options.json)
		say("Nothing has been deployed to this target so far.\n");
	json_decref(json);
	return 0;
}

/* The commands do not depend on what has been pushed. */
static int
plan(void)
{
	const struct settings_target	*t = target_choose();
	json_t				*json;

	git_commit(&options);
	json = server_plan(&options, t);
	show_plan(json, options.json);
	json_decref(json);
	return 0;
}

static int
list(void)
{
	json_t	*json;

	json = server_list(options.target);
	show_list(json, options.json);
	json_decref(json);
	return 0;
}

static int
watch_other(void)
{
	interrupt_catch();
	return watch(options.id, &options, false);
}

static int
kill_other(void)
{
	server_kill(options.id);
	if (!options.quiet && !options.json)
		say("Deployment %llu is being killed.\n",
		    (unsigned long long)options.id);
	return 0;
}

static int	(*const modes[])(void) = {
	[MODE_DEPLOY] = deploy,
	[MODE_DIFF] = diff,
	[MODE_PLAN] = plan,
	[MODE_WATCH] = watch_other,
	[MODE_LIST] = list,
	[MODE_KILL] = kill_other,
};

/* Else a connection would get the number of one that is closed, and the log. */
static void
descriptors_open(void)
{
	int	fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

int
main(int argc, char **argv)
{
	int	status;

	signal(SIGPIPE, SIG_IGN);
	descriptors_open();
	screen_init();
	options_read(&options, argc, argv);
	if (options.version) {
		say("%s\n", APPLIKATONID_VERSION);
		say_flush();
		return 0;
	}
	if (options.help) {
		options_help();
		say_flush();
		return 0;
	}
	settings_load(&settings);
	server_init(&settings);
	status = modes[options.mode]();
	say_flush();
	settings_free(&settings);
	return status;
}

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
 * Reads the command line.  One or two hyphens, the value behind "=" or, for
 * those that are not switches, in the next argument; "--" ends the options.
 * The last one wins where one stands twice.
 */

#include "config.h"

#include <err.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static const struct option {
	const char	*name;
	bool		 is_switch;
	size_t		 at;
} table[] = {
	{ "t", false, offsetof(struct options, target) },
	{ "m", false, offsetof(struct options, comment) },
	{ "c", false, offsetof(struct options, commit) },
	{ "b", false, offsetof(struct options, branch) },
	{ "w", false, offsetof(struct options, watch) },
	{ "k", false, offsetof(struct options, kill) },
	{ "d", true, offsetof(struct options, diff) },
	{ "l", true, offsetof(struct options, list) },
	{ "n", true, offsetof(struct options, plan) },
	{ "q", true, offsetof(struct options, quiet) },
	{ "j", true, offsetof(struct options, json) },
	{ "h", true, offsetof(struct options, help) },
	{ "v", true, offsetof(struct options, version) },
};
#define NOPTIONS	(sizeof(table) / sizeof(table[0]))

/* What strconv.ParseBool takes. */
static const char *const	trues[] = {
	"1", "t", "T", "true", "TRUE", "True", NULL
};
static const char *const	falses[] = {
	"0", "f", "F", "false", "FALSE", "False", NULL
};

static const char	usage[] =
"usage: toni [-j | -q] [-b branch] [-c commit] -m comment -t target\n"
"       toni -d | -n [-j] [-b branch] [-c commit] -t target\n"
"       toni -w id [-j | -q]\n"
"       toni -l [-j] [-t target]\n"
"       toni -k id\n"
"       toni -h | -v\n";

static const char	help[] =
"\n"
"Deploys a commit with applikatonid, and shows its log until its end.\n"
"\n"
"	-t target	what to deploy to: one of those in .toni.yml\n"
"	-m comment	why, for those who read the history\n"
"	-c commit	the commit; otherwise git's HEAD\n"
"	-b branch	its branch; otherwise git's current one\n"
"	-d		a dry run: show the commits that would go out\n"
"	-n		a dry run: show the commands of each host\n"
"	-w id		watch a deployment\n"
"	-l		list the last deployments\n"
"	-k id		kill a deployment\n"
"	-q		show no log, only what is wrong\n"
"	-j		print JSON, an object a line\n"
"	-h		print this\n"
"	-v		print the version\n"
"\n"
".toni.yml stands in the current directory, or in one above it up to the top\n"
"of the git work tree:\n"
"\n"
"	host: https://deploy.example.com\n"
"	application: shop\n"
"	api_token: TOKEN\n"
"	stages:\n"
"	  production:\n"
"	    - CODE_DEPLOYMENT\n"
"	    - POST_DEPLOYMENT\n"
"\n"
"The exit status is 0 if the deployment was successful, 1 if it was not or\n"
"never began, 2 for a wrong command line, 130 when it was left by ^C.\n";

void
options_fail(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	fputs(usage, stderr);
	exit(EXIT_USAGE);
}

void
options_help(void)
{
	fputs(usage, stdout);
	fputs(help, stdout);
}

static bool
is_one_of(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

static const struct option *
option_find(const char *name, size_t len)
{
	size_t	i;

	for (i = 0; i < NOPTIONS; i++)
		if (strlen(table[i].name) == len &&
		    strncmp(table[i].name, name, len) == 0)
			return &table[i];
	return NULL;
}

static void
switch_set(struct options *o, const struct option *opt, const char *value)
{
	bool	*at = (bool *)(void *)((char *)o + opt->at);

	if (value == NULL || is_one_of(value, trues))
		*at = true;
	else if (is_one_of(value, falses))
		*at = false;
	else
		options_fail("-%s is true or false, not \"%s\"", opt->name,
		    value);
}

/* How many arguments it took. */
static int
option_read(struct options *o, char **argv)
{
	const struct option	*opt;
	const char		*name = argv[0], *value;
	size_t			 len;

	name += name[1] == '-' ? 2 : 1;
	if (*name == '\0' || *name == '-' || *name == '=')
		options_fail("this is no option: %s", argv[0]);
	len = strcspn(name, "=");
	value = name[len] == '=' ? name + len + 1 : NULL;
	if (len == 4 && strncmp(name, "help", len) == 0) {
		o->help = true;
		return 1;
	}
	if ((opt = option_find(name, len)) == NULL)
		options_fail("there is no option -%.*s", (int)len, name);
	if (opt->is_switch) {
		switch_set(o, opt, value);
		return 1;
	}
	len = 1;
	if (value == NULL) {
		if ((value = argv[1]) == NULL)
			options_fail("-%s needs an argument", opt->name);
		len = 2;
	}
	*(const char **)(void *)((char *)o + opt->at) = value;
	return len;
}

static uint64_t
id_read(const char *s, char letter)
{
	const char	*error;
	long long	 id;

	id = strtonum(s, 1, INT64_MAX, &error);
	if (error != NULL)
		options_fail("-%c needs the number of a deployment, not "
		    "\"%s\"", letter, s);
	return id;
}

static void
mode_set(struct options *o, bool given, enum mode mode)
{
	if (!given)
		return;
	if (o->mode != MODE_DEPLOY)
		options_fail("only one of -d, -k, -l, -n and -w can be given");
	o->mode = mode;
}

void
options_read(struct options *o, int argc, char **argv)
{
	int	i = 1;

	*o = (struct options){ .target = "", .comment = "", .commit = "",
	    .branch = "" };
	while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0') {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		i += option_read(o, argv + i);
	}
	if (o->help || o->version)
		return;
	/* What follows would be ignored, be it another option. */
	if (i < argc)
		options_fail("unexpected argument \"%s\": a comment of several "
		    "words needs quotes", argv[i]);
	mode_set(o, o->diff, MODE_DIFF);
	mode_set(o, o->plan, MODE_PLAN);
	mode_set(o, o->watch != NULL, MODE_WATCH);
	mode_set(o, o->list, MODE_LIST);
	mode_set(o, o->kill != NULL, MODE_KILL);
	if (o->watch != NULL)
		o->id = id_read(o->watch, 'w');
	if (o->kill != NULL)
		o->id = id_read(o->kill, 'k');
	if (o->quiet && o->json)
		options_fail("-q and -j can't be given together");
}

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
 * applikatonid(8): the parent.  It reads the configuration, has it checked,
 * binds the sockets, makes the directories, starts the children and starts
 * them again when they die.  It holds all secrets, as root, so it takes
 * nothing from the network and next to nothing from its children.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "check.h"
#include "conf_secrets.h"
#include "directories.h"
#include "import.h"
#include "lines.h"
#include "notify.h"
#include "parent.h"
#include "reload.h"
#include "sockets.h"
#include "spawn.h"
#include "supervise.h"
#include "workers.h"

/* Seconds between two looks at the files that have copies. */
#define REFRESH		30

struct settings		 settings = {
	.conf_path = SYSCONFDIR "/applikatoni/applikatonid.conf",
	.macros = TAILQ_HEAD_INITIALIZER(settings.macros),
};
struct conf		*conf;

static struct problems	*problems;
static bool		 is_proof;	/* -n */
static bool		 is_strict;	/* -W */
static const char	*secrets_path;	/* -k */
static const char	*import_path;	/* -i */
static bool		 has_journal;	/* stderr and syslog are the same */
static bool		 is_up;
static bool		 reload_waits;	/* SIGHUP, before we are up */
static int		 waiting = -1;	/* who started us, until we are up */
static uint64_t		 begin;

static void
usage(void)
{
	fprintf(stderr, "usage: applikatonid [-dnVvW] [-B directory] "
	    "[-D macro=value] [-f file] [-i database] "
	    "[-k directory]\n");
	exit(1);
}

static void
options_parse(int argc, char **argv, const char **build_dir)
{
	int	c;

	while ((c = getopt(argc, argv, "B:D:df:i:k:nVvW")) != -1)
		switch (c) {
		case 'B':
			*build_dir = optarg;
			break;
		case 'D':
			if (macro_define(&settings.macros, optarg) == -1) {
				fprintf(stderr, "applikatonid: -D %s: not "
				    "macro=value\n", optarg);
				exit(1);
			}
			break;
		case 'd':
			settings.is_debug = true;
			break;
		case 'f':
			settings.conf_path = optarg;
			break;
		case 'i':
			import_path = optarg;
			break;
		case 'k':
			secrets_path = optarg;
			break;
		case 'n':
			is_proof = true;
			break;
		case 'V':
			printf("applikatonid %s\n", APPLIKATONID_VERSION);
			exit(0);
		case 'v':
			settings.verbose++;
			break;
		case 'W':
			is_strict = true;
			break;
		default:
			usage();
		}
	if (optind != argc || (is_proof && import_path != NULL))
		usage();
	/* These are about the verdict, and about what is printed. */
	if ((is_strict && !is_proof) || (secrets_path != NULL &&
	    (!is_proof || settings.verbose == 0)))
		usage();
}

void
parent_line(int priority, const char *name, const char *text)
{
	if (is_proof) {
		if (priority <= LOG_WARNING)
			fprintf(stderr, "applikatonid: %s: %s\n", name, text);
		return;
	}
	/* Before the daemon is up, who started it reads why not. */
	if (!is_up && !has_journal && !settings.is_debug &&
	    priority <= LOG_WARNING)
		fprintf(stderr, "applikatonid: %s: %s\n", name, text);
	log_line(priority, name, text);
}

static void
line_take(int priority, const char *text)
{
	parent_line(priority, "parent", text);
}

/*
 * Goes on in a child of ours; the process in the foreground stays until the
 * daemon is up, and then ends with 0, or with 1 when it does not come up.
 */
static void
background(void)
{
	int	pipes[2], null, status;
	char	byte, *cwd, *path;
	pid_t	pid;

	if (pipe2(pipes, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		fatal("fork");
	if (pid != 0) {
		close(pipes[1]);
		if (read(pipes[0], &byte, 1) == 1)
			_exit(0);
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ?
		    WEXITSTATUS(status) : 1);
	}
	close(pipes[0]);
	waiting = pipes[1];
	/* Not realpath(3): a reload follows a link to where it leads then. */
	if (*settings.conf_path != '/' && (cwd = getcwd(NULL, 0)) != NULL &&
	    asprintf(&path, "%s/%s", cwd, settings.conf_path) != -1)
		settings.conf_path = path;
	if (setsid() == -1 || chdir("/") == -1)
		fatal("setsid");
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		fatal("/dev/null");
	close(null);
}

void
parent_ready(void)
{
	int	null;

	log_info("daemon ready: version=%s pid=%d milliseconds=%llu",
	    APPLIKATONID_VERSION, getpid(),
	    (unsigned long long)(clock_ms() - begin));
	is_up = true;
	notify("READY=1");
	if (waiting != -1) {
		if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1) {
			dup2(null, STDERR_FILENO);
			close(null);
		}
		if (write(waiting, "", 1) == -1)
			log_warn("telling who started us");
		close(waiting);
		waiting = -1;
	}
	/* Children that are starting could have the old configuration. */
	if (reload_waits)
		reload_start(0);
}

void
parent_exit(int status)
{
	sockets_close();
	if (status == 0 || supervise_is_stopping())
		log_info("daemon stopped: status=%d", status);
	conf_free(conf);
	exit(status);
}

static void
children_reap(evutil_socket_t fd, short what, void *arg)
{
	pid_t	pid;
	int	status;

	(void)fd;
	(void)what;
	(void)arg;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!check_reap(pid, status) && !import_reap(pid, status) &&
		    !workers_reap(pid, status) &&
		    !supervise_reap(pid, status))
			log_debug("unknown process ended: pid=%d", pid);
	supervise_go_on();
}

static void
stop_signal(evutil_socket_t sig, short what, void *arg)
{
	char	reason[32];

	(void)what;
	(void)arg;
	snprintf(reason, sizeof(reason), "signal=%s",
	    sig == SIGTERM ? "TERM" : "INT");
	if (problems != NULL) {
		/* Still checking; nothing has been started. */
		check_cancel();
		directory_check_remove();
		if (is_proof || import_path != NULL)
			_exit(1);
		log_info("daemon stopping: %s", reason);
		notify("STOPPING=1");
		parent_exit(0);
	}
	if (import_path != NULL)
		import_cancel();
	else
		supervise_stop(reason, 0);
}

static void
reload_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	if (is_up)
		reload_start(0);
	else
		reload_waits = true;
}

static void
refresh(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	directories_refresh();
}

static void
loop_init(void)
{
	static const struct timeval	every = { REFRESH, 0 };
	struct event			*e[5];
	size_t				 i;

	signal(SIGPIPE, SIG_IGN);
	if ((base = event_base_new()) == NULL)
		fatalx("no event loop");
	e[0] = evsignal_new(base, SIGCHLD, children_reap, NULL);
	e[1] = evsignal_new(base, SIGTERM, stop_signal, NULL);
	e[2] = evsignal_new(base, SIGINT, stop_signal, NULL);
	e[3] = evsignal_new(base, SIGHUP, reload_signal, NULL);
	e[4] = event_new(base, -1, EV_PERSIST, refresh, NULL);
	for (i = 0; i < 5; i++)
		if (e[i] == NULL || event_add(e[i], i == 4 ? &every : NULL)
		    == -1)
			fatalx("no event loop");
}

/* Secrets will be here: no core, no look from outside, no swap. */
static void
memory_close(void)
{
	struct rlimit	none = { 0, 0 };
	struct rlimit	all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &none);
#if defined(PR_SET_DUMPABLE) && !defined(WITH_SANITIZERS)
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	/* With a limit on locked memory, allocations would fail later. */
	if (settings.is_root && !is_proof &&
	    (setrlimit(RLIMIT_MEMLOCK, &all) == -1 ||
	    mlockall(MCL_CURRENT | MCL_FUTURE) == -1))
		log_debug("memory can't be locked: error=\"%s\"",
		    strerror(errno));
}

/* Prints the verdict of -n, and what is configured with -nv. */
__attribute__((noreturn))
static void
proof_end(void)
{
	int	status = conf == NULL || problems_errors(problems) > 0;

	directory_check_remove();
	problems_print(problems, stderr);
	if (!status && is_strict && problems_warnings(problems) > 0) {
		fprintf(stderr, "warnings are errors (-W)\n");
		status = 1;
	}
	if (!status && secrets_path != NULL &&
	    conf_secrets_move(conf, secrets_path) == -1)
		status = 1;
	if (!status && settings.verbose > 0)
		config_print(conf, stdout);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fprintf(stderr, "standard output: %s\n", strerror(errno));
		status = 1;
	}
	if (!status)
		fprintf(stderr, "configuration OK\n");
	conf_free(conf);
	exit(status);
}

static void
problem_log(void *arg, bool warning, const char *text)
{
	(void)arg;
	log_warnx("configuration %s: %s", warning ? "warning" : "error",
	    text);
}

/* The configuration has been checked: the daemon comes up. */
static void
checked(void)
{
	if (is_proof)
		proof_end();
	if (problems_errors(problems) > 0) {
		if (settings.is_debug || import_path != NULL)
			problems_print(problems, stderr);
		else
			problems_each(problems, problem_log, NULL);
		log_warnx("%s: errors=%zu in the configuration",
		    import_path != NULL ? "nothing imported" :
		    "daemon not started", problems_errors(problems));
		exit(1);
	}
	problems_each(problems, problem_log, NULL);
	problems_free(problems);
	problems = NULL;
	if (directories_database(conf) == -1)
		parent_exit(1);
	if (import_path != NULL) {
		import_start();
		return;
	}
	if (sockets_open(conf) == -1)
		parent_exit(1);
	supervise_start();
}

/* The three standard ones are there, so that no file takes their place. */
static void
descriptors_sort(void)
{
	int	fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
}

static void
logging_init(void)
{
	/* -nv asks for the configuration, not for more lines. */
	log_init("parent", settings.is_debug || is_proof,
	    is_proof ? 0 : settings.verbose);
	log_to(line_take);
}

int
main(int argc, char **argv)
{
	const char	*build_dir = NULL;
	bool		 managed;

	begin = clock_ms();
	settings.is_root = geteuid() == 0;
	options_parse(argc, argv, &build_dir);
	umask(077);
	descriptors_sort();
	managed = notify_init();
	has_journal = notify_has_journal();
	logging_init();
	if (!settings.is_root && !settings.is_debug && !is_proof &&
	    import_path == NULL) {
		fprintf(stderr, "applikatonid: without root it runs in the "
		    "foreground only (-d)\n");
		return 1;
	}
	if (is_proof)
		spawn_users_missing_ok();
	if (spawn_programs(build_dir) == -1 || spawn_users() == -1)
		return 1;
	if (import_path != NULL && import_open(import_path) == -1)
		return 1;
	if (!settings.is_debug && !is_proof && import_path == NULL && !managed)
		background();
	memory_close();
	if (!settings.is_root && !is_proof)
		log_warnx("not root: all processes run as the caller, "
		    "without chroot");
	loop_init();
	problems = problems_new();
	conf = config_load(settings.conf_path, &settings.macros,
	    is_proof && !settings.is_root ? CONFIG_UNREADABLE_OK : 0,
	    problems);
	if (conf == NULL)
		checked();
	if ((is_proof ? directory_check_make() : directories_run(conf)) == -1)
		return 1;
	check_start(conf, problems, checked);
	event_base_dispatch(base);
	return 1;
}

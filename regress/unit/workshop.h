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
 * For tests that use the real ssh-keygen: a temporary directory that goes
 * away with the test, commands run in it, and files read and written there.
 * What can't be done ends the test.
 */

#ifndef WORKSHOP_H
#define WORKSHOP_H

#include <sys/types.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char	**environ;

static char	  workshop_dir[] = "/tmp/applikatonid-test.XXXXXXXX";
static pid_t	  workshop_pid;

__attribute__((__noreturn__)) static void
workshop_fail(const char *what)
{
	printf("Bail out! %s\n", what);
	fflush(stdout);
	exit(1);
}

static void
workshop_close(void)
{
	struct dirent	*e;
	DIR		*d;

	if (getpid() != workshop_pid || (d = opendir(workshop_dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(workshop_dir);
}

/* Makes the directory and goes there. */
static void
workshop_open(void)
{
	if (mkdtemp(workshop_dir) == NULL || chdir(workshop_dir) == -1)
		workshop_fail("no temporary directory");
	workshop_pid = getpid();
	atexit(workshop_close);
}

/*
 * Runs a program with its output going to the file named; returns its exit
 * status.
 */
static int
workshop_run(const char *output, const char *const argv[])
{
	posix_spawn_file_actions_t	 actions;
	pid_t				 pid;
	int				 status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY,
	    0);
	posix_spawn_file_actions_addopen(&actions, 1, output,
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (posix_spawnp(&pid, argv[0], &actions, NULL,
	    (char **)(uintptr_t)argv, environ) != 0)
		workshop_fail(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	if (waitpid(pid, &status, 0) != pid)
		workshop_fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The same, for a command that must succeed. */
static void
workshop_make(const char *const argv[])
{
	if (workshop_run("output", argv) != 0)
		workshop_fail(argv[0]);
}

/* The file's text with a NUL after it, for free(). */
static char *
workshop_read(const char *name, size_t *len)
{
	char	*text;
	FILE	*f;
	long	 size;

	if ((f = fopen(name, "r")) == NULL || fseek(f, 0, SEEK_END) != 0 ||
	    (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0 ||
	    (text = malloc(size + 1)) == NULL ||
	    fread(text, 1, size, f) != (size_t)size)
		workshop_fail(name);
	fclose(f);
	text[size] = '\0';
	*len = size;
	return text;
}

__attribute__((__unused__)) static void
workshop_write(const char *name, const char *text)
{
	FILE	*f;

	if ((f = fopen(name, "w")) == NULL || fputs(text, f) == EOF ||
	    fclose(f) != 0)
		workshop_fail(name);
}

#endif /* WORKSHOP_H */

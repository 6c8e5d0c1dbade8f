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
 * Connections to hosts: one object for a host, from its name to commands that
 * run there one after the other and can be killed.  These files (ssh*.c) are
 * the only ones that know libssh2; they know nothing of stages, scripts and
 * logs.  Nothing here waits: what happens is told by callbacks, each from the
 * event loop and never from inside a call.
 */

#ifndef EXECUTOR_SSH_H
#define EXECUTOR_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest error, with its NUL. */
#define SSH_ERROR_SIZE	4096

struct key;
struct known_hosts;
struct ssh;

/* What is to be known of a host; all of it must outlive the connection. */
struct ssh_host {
	const char			*name;
	uint32_t			 port;
	const char			*origin;	/* "name:port" */
	const char			*user;
	const struct key		*key;
	const struct known_hosts	*known_hosts;	/* NULL: none */
	const char			*known_hosts_path; /* for errors */
	char *const			*fingerprints;
	size_t				 nfingerprints;
	bool				 unchecked;	/* no host key check */
	const char			*only_type;	/* NULL, or: such a host
							   key is looked at,
							   and no more */
	const uint64_t			*limits;	/* of the target */
};

/* How a command ended. */
struct ssh_result {
	const char	*error;		/* NULL: success */
	const char	*left;		/* NULL, or why it may still run */
	bool		 limit;		/* a limit ended it */
	bool		 killed;	/* ssh_kill() did, error is NULL */
};

struct ssh_events {
	/* Connected, verified and authenticated. */
	void	(*ready)(void *);
	/*
	 * It could not be (limit: not in time), or it was lost while nothing
	 * ran; then ssh_run() fails too.
	 */
	void	(*failed)(void *, bool limit, const char *error);
	/* Bytes of stdout or stderr of the command. */
	void	(*output)(void *, bool is_stderr, const char *, size_t);
	/* The command that ssh_run() began has ended. */
	void	(*ended)(void *, const struct ssh_result *);
};

/* Once per process: reads hosts and resolv.conf.  -1 without memory. */
int		 ssh_init(void);

/* Begins to connect. */
struct ssh	*ssh_new(const struct ssh_host *, const struct ssh_events *,
		    void *);
/*
 * After failed(), which always comes with only_type: the line of known hosts
 * for the key that the host has shown, or NULL; lacking: it is there, but has
 * no key of that type.
 */
const char	*ssh_shown(const struct ssh *, bool *lacking);

/* Closes without waiting; no callback comes after it.  NULL is fine. */
void		 ssh_free(struct ssh *);

/*
 * Runs a command, verbatim, in a session of its own; the bytes must stay
 * until it has ended.  Only when ready, and one at a time.
 */
void		 ssh_run(struct ssh *, const char *, size_t);

/* Ends the command that runs; ended() tells when it is over. */
void		 ssh_kill(struct ssh *);

/* Stops and takes up reading output; a pause does not count as silence. */
void		 ssh_pause(struct ssh *);
void		 ssh_resume(struct ssh *);

#endif

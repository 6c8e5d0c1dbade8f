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
 * The processes of applikatonid, and how a child starts: it takes its channel
 * from descriptor 3, gives up its privileges, enters its sandbox, reports
 * ready, receives its part of the configuration and its peers, and works.
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stdint.h>

enum process {
	PROC_PARENT,
	PROC_WEB,
	PROC_ENGINE,
	PROC_EXECUTOR,
	PROC_GITHUB,
	PROC_NOTIFIER,
	PROC_WORKER,
	PROC_CONTROL,		/* applikatonictl, over the control socket */
	PROC_MAX
};

#define PROC_BIT(p)	(1U << (p))

/* The descriptor on which a child finds its channel. */
#define PROC_FD		3

struct channel;
struct conf;
struct event_base;
struct msg_handler;

/* What a child's program says of itself to child_main(). */
struct child {
	enum process			 process;
	const struct msg_handler	*handlers;
	/*
	 * Takes a whole new configuration (the child owns it from then on;
	 * it frees the former one).  Check mode calls check instead, which
	 * names each problem with child_problem().
	 */
	void	(*check)(const struct conf *);
	void	(*configure)(struct conf *);
	/* Work may begin; called once. */
	void	(*start)(void);
	/*
	 * A channel to a sibling is up, or up again (the former one has been
	 * closed by then, with peer_down called).  Either may be NULL.
	 */
	void	(*peer_up)(struct channel *);
	void	(*peer_down)(struct channel *);
	/* A listening socket came: web's, or the engine's control socket. */
	void	(*listening)(int fd, const char *name);
	/*
	 * The daemon stops: finish, then call child_done().  NULL: at once.
	 */
	void	(*stop)(void);
};

/* The process' name in messages and logs: "web"; its user: "_apweb". */
const char	*process_name(enum process);
const char	*process_user(enum process);

/* The event loop of this process, made by child_main() or the parent. */
extern struct event_base *base;

/* The whole life of a child; main() returns what it returns. */
int		 child_main(int, char **, const struct child *);

/* The channel to the parent (to the executor, in a worker). */
struct channel	*child_parent(void);
/* The channel to a sibling, or NULL while there is none. */
struct channel	*child_peer(enum process);
/* The directory that it is chrooted to, or NULL when it is not (not root). */
const char	*child_root(void);
/* Check mode: names a problem; place: the index of the file, the line. */
void		 child_problem(bool warning, uint32_t file, uint32_t line,
		    const char *, ...) __attribute__((format(printf, 4, 5)));
/* Tells the parent that stop (or, from the engine unasked, a drain) is done. */
void		 child_done(void);

#endif

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
 * What the files of ssh share: the connection and its channels.  No other
 * file includes it.
 */

#ifndef EXECUTOR_SSH_INTERNAL_H
#define EXECUTOR_SSH_INTERNAL_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/util.h>
#include <libssh2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ssh.h"

#define SSH_WINDOW		(64 * 1024)
/*
 * libssh2 widens the window before a read when it is narrower than three
 * quarters and this: for a command that prints little it never does.
 */
#define SSH_READ_SIZE		(8 * 1024)
/* Bytes that libssh2 may hold of a connection. */
#define SSH_MEMORY_MAX		(16 * 1024 * 1024)
/* Texts of a host (banner, reason of a disconnect) in an error. */
#define SSH_TEXT_MAX		1024
/* The first bytes of a host, kept until it has been authenticated. */
#define SSH_GREETING_MAX	4096

enum ssh_state {
	SSH_RESOLVING,
	SSH_QUEUED,		/* others connect to this address */
	SSH_CONNECTING,
	SSH_HANDSHAKE,
	SSH_AUTHENTICATE,
	SSH_REFUSED,		/* what would the host accept instead? */
	SSH_BACKOFF,		/* it dropped us; once more, later */
	SSH_READY,
	SSH_FAILED
};

enum ssh_command_state {
	COMMAND_NONE,
	COMMAND_RETRY,		/* refused; to be opened again, soon */
	COMMAND_OPENING,
	COMMAND_OPEN,		/* for a command to come */
	COMMAND_EXEC,
	COMMAND_WRITE,		/* a long line goes to stdin */
	COMMAND_EOF,
	COMMAND_READ,
	COMMAND_CLOSE,
	COMMAND_WAIT,
	COMMAND_FREE,
	COMMAND_ENDED
};

/* A session on the connection, for one command. */
struct ssh_command {
	struct ssh		*ssh;
	LIBSSH2_CHANNEL		*channel;
	enum ssh_command_state	 state;
	const char		*line;		/* NULL: none yet */
	size_t			 len;
	size_t			 written;
	void			 (*output)(struct ssh *, bool, const char *,
				    size_t);
	struct event		*timer;
	uint64_t		 began;		/* ms: it was sent */
	uint64_t		 heard;		/* ms: last output */
	unsigned		 refusals;	/* of the session */
	bool			 is_opening;
	bool			 limit;		/* one is exceeded */
	char			 error[512];	/* "" for success */
};

/* A command that is being killed; see ssh_kill.c. */
enum ssh_kill_state {
	KILL_NONE,
	KILL_LIST,		/* asks for the host's processes */
	KILL_SIGNAL,		/* sends a signal */
	KILL_PAUSE		/* before asking again */
};

struct ssh_kill {
	enum ssh_kill_state	 state;
	struct event		*timer;		/* of the pause */
	struct event		*deadline;	/* of it all */
	uint64_t		 began;		/* ms */
	char			*text;		/* what the host's ps says */
	size_t			 len;
	char			*line;		/* what the host's kill gets */
	struct ssh_victims	*victims;
	bool			 paused;	/* the pause is not over */
	bool			 terminated;	/* they have got a SIGTERM */
	unsigned		 npauses;
	bool			 found;		/* there was one at least */
	bool			 is_gone;	/* and all have ended */
	char			 left[512];	/* why it may still run */
};

struct ssh {
	TAILQ_ENTRY(ssh)		 entry;		/* of a gate */
	const struct ssh_host		*host;
	const struct ssh_events		*events;
	void				*arg;
	enum ssh_state			 state;
	struct event			*timer;		/* of the phase */
	struct event			*ev_step;	/* work to do */
	struct event			*ev_io;
	short				 watched;
	int				 fd;

	/* ssh_connect.c */
	struct resolution		*resolution;	/* under way */
	struct evutil_addrinfo		*addresses;
	struct evutil_addrinfo		*address;	/* that is tried */
	uint64_t			 connect_left;	/* ms */
	uint64_t			 connect_began;
	unsigned			 drops;		/* by the host */
	struct gate			*gate;
	bool				 is_waiting;	/* at the gate */
	bool				 is_writable;

	/* ssh_login.c, ssh_transport.c */
	LIBSSH2_SESSION			*session;
	uint8_t				*blob;		/* RSA, renamed */
	size_t				 bloblen;
	const char			*sigalg;
	void				*abstract;
	char				*refused_types;	/* not pinned */
	char				*mismatch;	/* the error for it */
	char				*shown;		/* see ssh_shown() */
	bool				 lacking;
	size_t				 memory;	/* of libssh2 */
	size_t				 budget;	/* bytes in this step */
	size_t				 received;	/* before it is ready */
	bool				 drained;	/* all is read */
	bool				 closed;	/* by the host */
	int				 closed_error;	/* 0: end of file */
	bool				 closing;	/* by us */
	char				*disconnect;	/* its reason */
	unsigned char			*greeting;
	size_t				 greeting_len;
	size_t				 greeting_taken; /* by libssh2 */
	bool				 paused;
	uint64_t			 paused_since;
	bool				 stepping;
	bool				 freed;
	bool				 lost;
	char				 error[SSH_ERROR_SIZE];
	bool				 error_limit;
	bool				 tell_ready;
	bool				 tell_failed;
	bool				 tell_ended;

	struct ssh_command		 main;
	struct ssh_command		 aux;		/* of a kill */
	struct ssh_command		*sender;	/* must go on first */
	bool				 running;	/* main has a command */
	struct ssh_kill			 kill;
	bool				 kill_wanted;
};

extern struct event_base	*base;

uint64_t	 ssh_now(void);			/* ms, monotonic */
void		 ssh_timer(struct event *, uint64_t ms);
/* Has the step run soon, from the event loop. */
void		 ssh_wake(struct ssh *);

/* ssh_connect.c: from a name to a connected socket, and once more. */
int		 connect_init(void);
void		 connect_begin(struct ssh *);
void		 connect_again(struct ssh *, uint64_t delay);
void		 connect_step(struct ssh *);
void		 connect_timeout(struct ssh *);
void		 connect_done(struct ssh *);	/* others may have a go */
void		 connect_exit(struct ssh *);

/* ssh.c */
void		 ssh_phase(struct ssh *, enum ssh_state, uint64_t ms);
void		 ssh_watch(struct ssh *, short);
void		 ssh_lose(struct ssh *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
void		 ssh_fail(struct ssh *, bool limit, const char *, ...)
		    __attribute__((format(printf, 3, 4)));

/* ssh_transport.c: what lies under libssh2. */
void		*transport_alloc(size_t, void **abstract);
LIBSSH2_SESSION	*transport_open(struct ssh *);
void		 transport_greeted(struct ssh *);
/* Ends session and socket; what the host has not got yet is not sent. */
void		 ssh_close(struct ssh *);

/* ssh_login.c: a connected socket is there; and then the steps. */
void		 login_begin(struct ssh *);
void		 login_handshake(struct ssh *);
void		 login_authenticate(struct ssh *);
void		 login_refused(struct ssh *);

/* ssh_command.c: the life of one session; true: there was progress. */
int		 command_init(struct ssh_command *, struct ssh *,
		    void (*output)(struct ssh *, bool, const char *, size_t));
void		 command_exit(struct ssh_command *);
void		 command_open(struct ssh_command *);
void		 command_run(struct ssh_command *, const char *, size_t);
void		 command_reset(struct ssh_command *);
bool		 command_step(struct ssh_command *);
/* Whether its next step takes what the host sends. */
bool		 command_reads(const struct ssh_command *);
/* Whether the host may have begun it. */
bool		 command_is_sent(const struct ssh_command *);

/* ssh_kill.c: the end of the command in main, by way of aux. */
int		 kill_init(struct ssh *);
void		 kill_exit(struct ssh *);
void		 kill_begin(struct ssh *);
bool		 kill_step(struct ssh *);
bool		 kill_is_over(const struct ssh *);
void		 kill_output(struct ssh *, bool, const char *, size_t);

/* ssh_victims.c: whom to kill, from the text of ps. */
struct ssh_victims *victims_new(void);
void		 victims_free(struct ssh_victims *);
/* How many are alive, or -1 when the text is not understood. */
int		 victims_update(struct ssh_victims *, const char *, size_t);
/* The arguments for kill(1), in memory for free(). */
char		*victims_arguments(const struct ssh_victims *);

/* ssh_error.c: texts of errors. */
const char	*ssh_quote(const void *, size_t);
const char	*ssh_last_error(struct ssh *);
const char	*ssh_limit_text(const struct ssh *, int limit);
void		 ssh_address(const struct ssh *, char *, size_t);
void		 error_closed(struct ssh *, char *, size_t);
void		 error_handshake(struct ssh *, int rc, char *, size_t);
void		 error_host_key(struct ssh *, int result,
		    const unsigned char *, size_t, char *, size_t);
void		 error_refused(struct ssh *, const char *methods, char *,
		    size_t);

#endif

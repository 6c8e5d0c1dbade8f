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
 * The control socket: applikatonictl(8) speaks to the engine here.
 */

#ifndef CONTROL_H
#define CONTROL_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/channel.h"
#include "json.h"
#include "refusal.h"
#include "store.h"

/* An operator's connection: the arg of its channel. */
struct client {
	TAILQ_ENTRY(client)	 entry;
	struct channel		*channel;
	uid_t			 uid;
	char			 name[32];	/* "operator uid=0" */
	uint32_t		 reload;	/* our request to the parent */
	uint32_t		 reload_id;	/* theirs to us */
	uint32_t		 drain_id;	/* one that waits for the end */
	struct backup		*backup;
	uint32_t		 backup_id;
	bool			 backup_whole;
	struct event		*backup_event;
};

/* --- control.c --- */

/* Reads the groups of this machine; before chroot. */
void	 control_init(void);
void	 control_listening(int fd, const char *name);
/* What was being drained is. */
void	 control_drained(void);
/* Sends what is still to be sent. */
void	 control_stop(void);

/* Parts of an answer, and whole ones; these free the JSON, wiped. */
void	 ctl_data(struct channel *, uint32_t id, const void *, size_t);
void	 ctl_end(struct channel *, uint32_t id, bool ok, const char *error);
void	 ctl_json(struct channel *, uint32_t id, struct json *);
void	 ctl_empty(struct channel *, uint32_t id);
/* The end of a handler: the object, still open, or why not (r is -1). */
void	 ctl_answer(struct channel *, uint32_t id, int r, struct json *,
	    const struct refusal *);

/* --- operators.c --- */

extern const struct msg_handler	operator_handlers[];

/* The next step of a backup comes soon, and is this. */
void	 client_backup(struct client *);
void	 backup_work(int, short, void *);
/* A line of applikatonictl show, from the parent. */
void	 handle_process(struct channel *, struct msg *);

#endif

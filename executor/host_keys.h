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
 * Looking at host keys, the executor's part.
 */

#ifndef EXECUTOR_HOST_KEYS_H
#define EXECUTOR_HOST_KEYS_H

struct conf;
struct msg;

/* MSG_HOST_KEYS from the engine: begins, or says why not. */
void	 host_keys_look(const struct conf *, struct msg *);
/* The worker with the number 0 has come, or gone. */
void	 host_keys_worker(int fd);
void	 host_keys_worker_gone(const char *how);
/* Nobody wants to know any more. */
void	 host_keys_drop(void);

#endif /* EXECUTOR_HOST_KEYS_H */

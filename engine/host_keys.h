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
 * The host keys of what is configured, for an operator to look at.
 */

#ifndef HOST_KEYS_H
#define HOST_KEYS_H

#include "../common/channel.h"

/* From applikatonictl, and what the executor answers. */
void	 ctl_host_keys(struct channel *, struct msg *);
void	 handle_host_key(struct channel *, struct msg *);
void	 handle_host_keys_end(struct channel *, struct msg *);
/* One of the two sides is not there any more. */
void	 host_keys_executor_gone(void);
void	 host_keys_asker_gone(const struct channel *);

#endif

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
 * The process for GitHub: it alone holds the OAuth client secret and speaks
 * to GitHub, over the HTTP client that it shares with the notifier in code
 * but not in process.
 */

#include "config.h"

#include <stdlib.h>

#include "../common/channel.h"
#include "../common/conf.h"
#include "../common/http_client.h"
#include "../common/log.h"
#include "../common/process.h"

static void	github_check(const struct conf *);
static void	github_configure(struct conf *);

static const struct msg_handler handlers[] = {
	{ MSG_NONE, NULL }
};

static const struct child child = {
	.process = PROC_GITHUB,
	.handlers = handlers,
	.check = github_check,
	.configure = github_configure,
};

static struct conf	*conf;

int
main(int argc, char **argv)
{
	return child_main(argc, argv, &child);
}

/* Both of its words are checked by the grammar; there is nothing deeper. */
static void
github_check(const struct conf *c)
{
	(void)c;
}

static void
github_configure(struct conf *c)
{
	if (http_client_init(c->ca.v, c->ca.n) == -1)
		fatalx("the HTTP client can't start");
	conf_free(conf);
	conf = c;
}

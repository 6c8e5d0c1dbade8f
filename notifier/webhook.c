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
 * The plain webhook: one JSON object with application, deployment and target,
 * under the names that Applikatoni gave them.
 */

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "receiver.h"

static char	*webhook_body(const struct notification *, size_t *);

const struct receiver_kind	webhook = { "webhook", webhook_body };

static char *
webhook_body(const struct notification *n, size_t *len)
{
	const char	*repository = n->application->repository;
	const char	*slash;
	json_t		*json;
	char		*body;

	if (repository == NULL || (slash = strchr(repository, '/')) == NULL)
		repository = slash = "";
	json = json_pack("{s:s, s:s, s:{s:s, s:s%, s:s}, "
	    "s:{s:I, s:s, s:s, s:s, s:s, s:s, s:s}, s:{s:s}}",
	    "timestamp", n->time,
	    "state", n->state,
	    "application",
	    "application_name", n->application->name,
	    "github_owner", repository, (size_t)(slash - repository),
	    "github_repo", *slash == '/' ? slash + 1 : slash,
	    "deployment",
	    "deployment_id", (json_int_t)n->deployment,
	    "commit_sha", n->commit_sha,
	    "branch", n->branch,
	    "state", n->state,
	    "comment", n->comment,
	    "deployment_url", n->url,
	    "deployer_name", n->user,
	    "target",
	    "target_name", n->target->name);
	if (json == NULL)
		return NULL;
	body = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (body != NULL)
		*len = strlen(body);
	return body;
}

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
 * Feeds bytes to the decoding of a job.  What decodes must decode again, from
 * its own encoding, to what encodes to the same bytes; scripts fall apart
 * into lines that lie within them.
 */

#include "config.h"

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/job.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	 check(const struct job *);
static void	 check_lines(const char *);
static void	 check_again(const struct job *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ibuf	 view;
	struct job	*job;
	char		*copy;

	/* A copy that ends where the bytes do, so that a read past is seen. */
	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		abort();
	if (len > 0)
		memcpy(copy, data, len);
	ibuf_from_buffer(&view, copy, len);
	job = record_decode(&job_record, &view);
	free(copy);
	if (job == NULL)
		return 0;
	if (job_is_whole(job))
		check(job);
	check_again(job);
	job_free(job);
	return 0;
}

static void
check(const struct job *job)
{
	const struct job_script	*script;
	const struct job_host	*host;
	char			 origin[ORIGIN_SIZE];
	size_t			 i, s;

	for (i = 0; i < job->hosts.n; i++) {
		host = job->hosts.v[i];
		require(strlen(host_origin(host->name, host->port, origin,
		    sizeof(origin))) < sizeof(origin));
		for (s = 0; s < job->stages.n; s++) {
			script = job_script(job, host, job->stages.v[s]);
			if (script != NULL)
				check_lines(script->text);
		}
	}
}

static void
check_lines(const char *text)
{
	struct script_line	 line;
	const char		*at = text, *end = text + strlen(text);

	while (script_next(&at, &line)) {
		require(line.text >= text && at > line.text && at <= end);
		require(line.text + line.len <= at);
		require(memchr(line.text, '\n', line.len) == NULL);
	}
	require(at == end);
}

static void
check_again(const struct job *job)
{
	struct ibuf	*first, *second, view;
	struct job	*again;

	first = record_encode(&job_record, job, PROC_WORKER);
	require(first != NULL);
	ibuf_from_ibuf(&view, first);
	again = record_decode(&job_record, &view);
	require(again != NULL);
	second = record_encode(&job_record, again, PROC_WORKER);
	require(second != NULL && ibuf_size(second) == ibuf_size(first) &&
	    memcmp(ibuf_data(second), ibuf_data(first),
	    ibuf_size(first)) == 0);
	ibuf_free(first);
	ibuf_free(second);
	job_free(again);
}

static void
require(int condition)
{
	if (!condition)
		abort();
}

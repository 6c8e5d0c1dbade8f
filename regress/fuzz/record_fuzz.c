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
 * Feeds bytes to the decoding of a configuration.  What decodes is encoded for
 * each process, and must decode again to what encodes to the same bytes.
 */

#include "config.h"

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/conf.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ibuf	 view, *first, *second;
	struct conf	*conf, *again;
	char		*copy;
	int		 p;

	/* A copy that ends where the bytes do, so that a read past is seen. */
	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		abort();
	if (len > 0)
		memcpy(copy, data, len);
	ibuf_from_buffer(&view, copy, len);
	conf = record_decode(&conf_record, &view);
	free(copy);
	if (conf == NULL)
		return 0;
	for (p = PROC_WEB; p <= PROC_NOTIFIER; p++) {
		first = record_encode(&conf_record, conf, p);
		require(first != NULL);
		ibuf_from_ibuf(&view, first);
		again = record_decode(&conf_record, &view);
		require(again != NULL);
		second = record_encode(&conf_record, again, p);
		require(second != NULL &&
		    ibuf_size(second) == ibuf_size(first) &&
		    memcmp(ibuf_data(second), ibuf_data(first),
		    ibuf_size(first)) == 0);
		ibuf_free(first);
		ibuf_free(second);
		conf_free(again);
	}
	conf_free(conf);
	return 0;
}

static void
require(int condition)
{
	if (!condition)
		abort();
}

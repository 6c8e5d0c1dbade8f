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
 * Decodes bytes as a form, and aborts if the result breaks what form.h
 * promises.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/utf8.h"
#include "../../web/form.h"

int		LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	check_form(const uint8_t *, size_t);
static void	require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_form(data, len);
	return 0;
}

static void
check_form(const uint8_t *data, size_t len)
{
	struct form	 form;
	const char	*error, *value;
	size_t		 i, n, total = 0;

	if (form_parse(&form, data, len, &error) == -1) {
		require(error != NULL && form.nfields == 0);
		form_clear(&form);
		return;
	}
	require(error == NULL && form.nfields <= FORM_MAX_FIELDS);
	for (i = 0; i < form.nfields; i++) {
		value = form.field[i].value;
		require(utf8_is_valid(value, strlen(value)));
		total += strlen(form.field[i].name) + strlen(value);
		n = 0;
		require(form_next(&form, form.field[i].name, &n) != NULL);
		require(form_one(&form, form.field[i].name, &value) != 0);
	}
	require(total <= len);
	form_clear(&form);
}

static void
require(int condition)
{
	if (!condition)
		abort();
}

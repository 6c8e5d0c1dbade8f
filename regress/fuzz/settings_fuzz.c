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
 * Fuzzing of .toni.yml: any bytes are read, or refused with one line that
 * names the file; what is read keeps its bounds.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../toni/settings.h"

int		LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	require(int);

static void
warning_check(void *arg, const char *text)
{
	(void)arg;
	require(strncmp(text, "f:", 2) == 0);
}

static void
value_check(const char *s)
{
	require(s != NULL && *s != '\0' && strlen(s) <= SETTINGS_VALUE_MAX &&
	    strpbrk(s, "\r\n\t\033") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct settings_target	*t;
	struct settings			 s;
	char				 err[SETTINGS_ERROR_SIZE];
	size_t				 i, k;

	if (settings_parse(&s, "f", (const char *)data, len, warning_check,
	    NULL, err) == -1) {
		require(strncmp(err, "f:", 2) == 0 &&
		    strchr(err, '\n') == NULL && s.host == NULL &&
		    s.ntargets == 0);
		return 0;
	}
	require(*err == '\0' && s.ntargets > 0 && len <= SETTINGS_SIZE_MAX);
	value_check(s.host);
	value_check(s.application);
	value_check(s.token);
	for (i = 0; i < s.ntargets; i++) {
		t = &s.targets[i];
		require(settings_target(&s, t->name) == t && t->nstages > 0 &&
		    t->nstages <= SETTINGS_KEYS_MAX);
		for (k = 0; k < t->nstages; k++)
			value_check(t->stages[k]);
	}
	settings_free(&s);
	return 0;
}

static void
require(int condition)
{
	if (!condition)
		abort();
}

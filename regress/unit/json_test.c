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
 * JSON as the engine writes it, log entries above all: whatever bytes a host
 * prints, one line of valid UTF-8 comes out.
 */

#include "config.h"

#include <jansson.h>
#include <string.h>

#include "../../engine/entries.h"
#include "../../engine/json.h"
#include "../../engine/store.h"
#include "../../engine/times.h"
#include "../../common/log.h"
#include "tap.h"

static void
quoted(const void *data, size_t len, const char *want, const char *name)
{
	struct buf	b = { 0 };

	json_quote(&b, data, len);
	is_str(buf_string(&b), want, "%s", name);
	buf_free(&b);
}

static void
quotes(void)
{
	quoted("plain", 5, "\"plain\"", "plain text");
	quoted("", 0, "\"\"", "no text");
	quoted("a\"b\\c", 5, "\"a\\\"b\\\\c\"", "quotes");
	quoted("\0\1\t\n\r\x7f", 6, "\"\\u0000\\u0001\\t\\n\\r\\u007f\"",
	    "control characters");
	quoted("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9,
	    "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", "UTF-8");
	quoted("\xff", 1, "\"\xef\xbf\xbd\"", "a byte that is none");
	quoted("\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"", "overlong");
	quoted("\xed\xa0\x80", 3,
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "a surrogate");
	quoted("\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xbf\xbd\"", "beyond Unicode");
	quoted("\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"",
	    "a character that is cut off");
	quoted("</script>", 9, "\"</script>\"", "markup");
}

static void
entry(void)
{
	struct entry	 e = { .id = 7, .time = 1767323045123456789,
	    .type = ENTRY_COMMAND_STDERR_OUTPUT, .flags = ENTRY_CONTINUED,
	    .origin = "web1:22", .message = "x\xfey", .len = 3 };
	struct buf	 b = { 0 };
	json_error_t	 error;
	json_t		*j;
	unsigned char	 all[256];
	int		 i;

	json_entry(&b, 12, &e);
	is_str(buf_string(&b), "{\"id\":7,\"timestamp\":"
	    "\"2026-01-02T03:04:05.123456789Z\",\"deployment_id\":12,"
	    "\"origin\":\"web1:22\",\"entry_type\":\"COMMAND_STDERR_OUTPUT\","
	    "\"message\":\"x\xef\xbf\xbdy\",\"continued\":true}\n",
	    "a log entry");
	b.len = 0;
	entry_text(&b, &e);
	is_str(buf_string(&b), "2026-01-02T03:04:05.123456789Z web1:22 "
	    "COMMAND_STDERR_OUTPUT x\xfey\n", "and as text, raw");
	for (i = 0; i < 256; i++)
		all[i] = i;
	e.message = all;
	e.len = sizeof(all);
	b.len = 0;
	json_entry(&b, 12, &e);
	j = json_loadb(b.data, b.len, JSON_ALLOW_NUL, &error);
	ok(j != NULL, "all bytes are valid JSON");
	ok(memchr(b.data, '\n', b.len) == b.data + b.len - 1,
	    "in one line");
	json_decref(j);
	buf_free(&b);
}

static void
deployment(void)
{
	struct store_deployment	 d = { .id = 3, .application = "shop",
	    .target = "production", .sha = "abc", .branch = "m",
	    .comment = "a\nb", .stages = "A\nB", .user = "alice",
	    .state = STATE_ACTIVE, .ended_by = ENDED_BY_PERSON,
	    .reason = "killed by bob", .created_at = 1767323045123 };
	struct json		 j = { 0 };

	json_open(&j, NULL);
	json_deployment(&j, &d);
	json_close(&j);
	is_str(buf_string(&j.buf), "{\"id\":3,\"application\":\"shop\","
	    "\"target\":\"production\",\"commit_sha\":\"abc\",\"branch\":"
	    "\"m\",\"comment\":\"a\\nb\",\"state\":\"active\",\"user\":"
	    "\"alice\",\"ended_by\":null,\"reason\":null,\"created_at\":"
	    "\"2026-01-02T03:04:05.123Z\",\"started_at\":null,\"ended_at\":"
	    "null,\"stages\":[\"A\",\"B\"]}", "a deployment that is being "
	    "killed has not ended");
	j.buf.len = 0;
	j.comma = false;
	json_error(&j, "no \"way\"");
	is_str(buf_string(&j.buf), "{\"error\":\"no \\\"way\\\"\"}",
	    "an error");
	buf_free(&j.buf);
}

int
main(void)
{
	char	time[TIME_LEN];

	log_init("json_test", 1, 0);
	quotes();
	entry();
	deployment();
	is_str(time_format(0, time), "1970-01-01T00:00:00.000Z", "the epoch");
	is_str(time_format(INT64_MAX, time), "9999-12-31T23:59:59.807Z",
	    "times beyond all calendars are cut");
	return done_testing();
}

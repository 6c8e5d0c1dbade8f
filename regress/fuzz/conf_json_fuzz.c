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
 * Reads bytes as configuration.json, up to the first NUL; what follows are
 * native lines behind the one that includes it.  What is accepted must print as
 * text that reads back to the same text.
 */

#include "config.h"

#include <sys/types.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../applikatonid/config_file.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	 directory_make(void);
static void	 directory_remove(void);
static void	 file_write(const char *, const void *, size_t);
static char	*load_and_print(void);
static void	 native_write(const uint8_t *, size_t);
static void	 require(int);

/* What is read, configuration.json, files for keys and known hosts. */
static const char *const	files[] = { "main", "j", "k", "h" };
static char			directory[] = "/tmp/applikatonid-fuzz.XXXXXX";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t	*nul = len == 0 ? NULL : memchr(data, '\0', len);
	size_t		 n = nul == NULL ? len : (size_t)(nul - data);
	char		*once, *twice;
	static int	 ready;

	if (!ready++)
		directory_make();
	file_write("j", data, n);
	native_write(data + n + (n < len), len - n - (n < len));
	if ((once = load_and_print()) == NULL)
		return 0;
	file_write("main", once, strlen(once));
	twice = load_and_print();
	require(twice != NULL && strcmp(once, twice) == 0);
	free(once);
	free(twice);
	return 0;
}

static void
directory_make(void)
{
	if (mkdtemp(directory) == NULL || chdir(directory) == -1)
		err(1, "%s", directory);
	atexit(directory_remove);
	file_write("k", "k\n", 2);
	file_write("h", "h\n", 2);
}

static void
directory_remove(void)
{
	size_t	i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	rmdir(directory);
}

static void
file_write(const char *name, const void *data, size_t len)
{
	int	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len)
		err(1, "%s", name);
	close(fd);
}

static void
native_write(const uint8_t *data, size_t len)
{
	static const char	include[] = "include json j\n";
	char			*text;

	if ((text = malloc(sizeof(include) + len)) == NULL)
		err(1, "malloc");
	memcpy(text, include, sizeof(include) - 1);
	if (len > 0)
		memcpy(text + sizeof(include) - 1, data, len);
	file_write("main", text, sizeof(include) - 1 + len);
	free(text);
}

/* What is printed, to be freed; NULL when it was refused. */
static char *
load_and_print(void)
{
	struct macros	 macros = TAILQ_HEAD_INITIALIZER(macros);
	struct problems	*problems = problems_new();
	struct conf	*conf;
	char		*text = NULL;
	size_t		 len, shown;
	FILE		*f;

	require(macro_define(&macros, "given=a b") == 0);
	conf = config_load("main", &macros, 0, problems);
	require((conf == NULL) == (problems_errors(problems) > 0));
	f = open_memstream(&text, &len);
	require(f != NULL);
	problems_print(problems, f);
	fflush(f);
	shown = len;
	if (conf != NULL)
		config_print(conf, f);
	fclose(f);
	if (conf == NULL) {
		free(text);
		text = NULL;
	} else
		memmove(text, text + shown, len - shown + 1);
	conf_free(conf);
	problems_free(problems);
	macros_free(&macros);
	return text;
}

static void
require(int condition)
{
	if (!condition)
		abort();
}

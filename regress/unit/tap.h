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
 * What a unit test prints: the Test Anything Protocol on stdout.  One C file
 * includes this once, calls ok(), is_int() and is_str(), and ends its main
 * with `return done_testing();`.  It owns the count of tests and the exit
 * status, which is not zero when a test failed or the plan was not kept; it
 * never stops a test that goes on after a failure.
 */

#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TAP_UNUSED	__attribute__((__unused__))
#define TAP_FORMAT(f)	__attribute__((__format__(__printf__, f, f + 1)))
#define TAP_VFORMAT(f)	__attribute__((__format__(__printf__, f, 0)))

static int	tap_count, tap_failed, tap_planned = -1;
static pid_t	tap_pid;

/*
 * Each of these prints one result, named by the format, and returns 1 when
 * it is ok and 0 when it is not; a failure tells file and line and, for
 * is_int and is_str, what came and what was wanted.  A string may be NULL.
 */
#define ok(cond, ...)		tap_ok(!!(cond), __FILE__, __LINE__, \
				    __VA_ARGS__)
#define is_int(got, want, ...)	tap_is_int((long long)(got), \
				    (long long)(want), __FILE__, __LINE__, \
				    __VA_ARGS__)
#define is_str(got, want, ...)	tap_is_str((got), (want), __FILE__, \
				    __LINE__, __VA_ARGS__)

/* Prints a remark. */
TAP_UNUSED TAP_FORMAT(1) static void
diag(const char *fmt, ...)
{
	va_list	 ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

TAP_UNUSED static int
tap_status(void)
{
	return tap_failed != 0 || tap_count == 0 ||
	    (tap_planned != -1 && tap_planned != tap_count);
}

/* A test that returns from main, or calls exit(0), too early has failed. */
TAP_UNUSED static void
tap_exit(void)
{
	if (getpid() != tap_pid || tap_status() == 0)
		return;
	fflush(NULL);
	_exit(1);
}

/* Counts n tests that can't run here as ok, and says why. */
TAP_UNUSED static void
skip(int n, const char *why)
{
	while (n-- > 0)
		printf("ok %d # SKIP %s\n", ++tap_count, why);
	fflush(stdout);
}

/* Says beforehand how many tests there will be; optional. */
TAP_UNUSED static void
plan(int n)
{
	tap_planned = n;
	tap_pid = getpid();
	if (atexit(tap_exit) != 0)
		_exit(1);
	printf("1..%d\n", n);
	fflush(stdout);
}

/* The end of main.  Returns 0, or exits with 1 when something failed. */
TAP_UNUSED static int
done_testing(void)
{
	if (tap_planned == -1)
		printf("1..%d\n", tap_count);
	else if (tap_planned != tap_count)
		diag("planned %d tests but ran %d", tap_planned, tap_count);
	if (tap_failed != 0)
		diag("%d of %d tests failed", tap_failed, tap_count);
	fflush(stdout);
	if (tap_status() != 0)
		exit(1);
	return 0;
}

/* Ends a test program that can't run here, for example without root. */
TAP_UNUSED static int
skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	fflush(stdout);
	exit(0);
}

TAP_UNUSED TAP_VFORMAT(4) static int
tap_result(int good, const char *file, int line, const char *fmt, va_list ap)
{
	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	vprintf(fmt, ap);
	printf("\n");
	if (!good) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

TAP_UNUSED TAP_FORMAT(4) static int
tap_ok(int good, const char *file, int line, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	tap_result(good, file, line, fmt, ap);
	va_end(ap);
	return good;
}

TAP_UNUSED TAP_FORMAT(5) static int
tap_is_int(long long got, long long want, const char *file, int line,
    const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	tap_result(got == want, file, line, fmt, ap);
	va_end(ap);
	if (got != want)
		diag("got %lld, wanted %lld", got, want);
	return got == want;
}

TAP_UNUSED TAP_FORMAT(5) static int
tap_is_str(const char *got, const char *want, const char *file, int line,
    const char *fmt, ...)
{
	va_list	 ap;
	int	 good;

	if (got == NULL || want == NULL)
		good = got == want;
	else
		good = strcmp(got, want) == 0;
	va_start(ap, fmt);
	tap_result(good, file, line, fmt, ap);
	va_end(ap);
	if (!good)
		diag("got \"%s\", wanted \"%s\"", got == NULL ? "(null)" : got,
		    want == NULL ? "(null)" : want);
	return good;
}

#endif /* TAP_H */

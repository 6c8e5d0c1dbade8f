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
 * Floats as texts, as Go's strconv writes them.  The digits come from printf
 * and strtod of C, which are exact; this file finds how few are enough, and
 * puts them into form.
 */

#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template_internal.h"

/* No float has more digits behind its point; then there are zeros. */
#define PRECISION_EXACT	1100
#define SHORTEST_MAX	17	/* digits that tell floats apart */

#define MANTISSA_BITS	52
#define EXPONENT_BIAS	1023

/* 0.d1d2d3... times ten to the power of point; the last is no zero. */
struct decimal {
	char	digits[PRECISION_EXACT + 1];
	int	n, point;
};

/* The digits of what %e printed, of a number that is not negative. */
static void
decimal_read(struct decimal *d, const char *s)
{
	d->n = 0;
	for (; *s != 'e'; s++)
		if (*s != '.')
			d->digits[d->n++] = *s;
	d->point = (int)strtol(s + 1, NULL, 10) + 1;
	while (d->n > 0 && d->digits[d->n - 1] == '0')
		d->n--;
	if (d->n == 0)
		d->point = 0;
}

/* So many digits, the nearest ones. */
static void
decimal_round(struct decimal *d, double f, int n)
{
	char	buf[PRECISION_EXACT + 16];

	if (n > PRECISION_EXACT)
		n = PRECISION_EXACT;
	snprintf(buf, sizeof(buf), "%.*e", n - 1, f);
	decimal_read(d, buf);
}

/* One more in the last of n digits of a number in %e; false: it carries. */
static bool
digits_increase(char *s, int n)
{
	int	i = n == 1 ? 0 : n;	/* the point takes a place */

	if (s[i] == '9')
		return false;
	s[i]++;
	return true;
}

/*
 * The fewest digits that are read as f again.  Those nearest to f do, if any
 * of their number do; but for a power of two, which is farther from what is
 * above it than from what is below it, the next ones may do instead.
 */
static void
decimal_shortest(struct decimal *d, double f)
{
	char	buf[64];
	int	n;

	for (n = 1; n <= SHORTEST_MAX; n++) {
		snprintf(buf, sizeof(buf), "%.*e", n - 1, f);
		if (strtod(buf, NULL) == f)
			break;
		if (digits_increase(buf, n) && strtod(buf, NULL) == f)
			break;
	}
	decimal_read(d, buf);
}

/* d.ddde+dd */
static void
format_e(struct text *t, const struct decimal *d, int precision, char verb)
{
	char	buf[16];
	int	n = d->n < precision + 1 ? d->n : precision + 1;

	text_add(t, n == 0 ? "0" : d->digits, 1);
	if (precision > 0) {
		text_add_str(t, ".");
		if (n > 1)
			text_add(t, d->digits + 1, (size_t)n - 1);
		else
			n = 1;
		text_fill(t, '0', (size_t)(precision + 1 - n));
	}
	snprintf(buf, sizeof(buf), "%c%+03d", verb,
	    d->n == 0 ? 0 : d->point - 1);
	text_add_str(t, buf);
}

/* ddd.ddd */
static void
format_f(struct text *t, const struct decimal *d, int precision)
{
	int	n = d->n < d->point ? d->n : d->point, i;

	if (d->point > 0) {
		text_add(t, d->digits, (size_t)n);
		text_fill(t, '0', (size_t)(d->point - n));
	} else
		text_add_str(t, "0");
	if (precision > 0)
		text_add_str(t, ".");
	for (i = d->point; i < d->point + precision; i++)
		text_add(t, i >= 0 && i < d->n ? &d->digits[i] : "0", 1);
}

/* The first of these for small and large exponents, else the second. */
static void
format_g(struct text *t, double f, char verb, int precision)
{
	struct decimal	d;
	int		most;

	if (precision < 0) {
		decimal_shortest(&d, f);
		precision = d.n;
		most = 6;
	} else {
		if (precision == 0)
			precision = 1;
		decimal_round(&d, f, precision);
		most = precision;
		if (most > d.n && d.n >= d.point)
			most = d.n;
	}
	if (d.point - 1 < -4 || d.point - 1 >= most) {
		if (precision > d.n)
			precision = d.n;
		format_e(t, &d, precision - 1, verb == 'g' ? 'e' : 'E');
		return;
	}
	if (precision > d.point)
		precision = d.n;
	format_f(t, &d, precision > d.point ? precision - d.point : 0);
}

/* %e and %f with a precision are the same in C. */
static void
format_fixed(struct text *t, double f, char verb, int precision)
{
	char	 buf[PRECISION_EXACT + 400], *e;
	int	 exact = precision;
	size_t	 head;

	if (exact > PRECISION_EXACT)
		exact = PRECISION_EXACT;
	if (verb == 'f')
		snprintf(buf, sizeof(buf), "%.*f", exact, f);
	else
		snprintf(buf, sizeof(buf), verb == 'e' ? "%.*e" : "%.*E",
		    exact, f);
	e = verb == 'f' ? NULL : strchr(buf, verb);
	head = e == NULL ? strlen(buf) : (size_t)(e - buf);
	text_add(t, buf, head);
	text_fill(t, '0', (size_t)(precision - exact));
	text_add_str(t, buf + head);
}

/* The bits of a number that is not negative; returns its exponent. */
static int
float_bits(double f, uint64_t *mantissa)
{
	uint64_t	bits;
	int		exponent;

	memcpy(&bits, &f, sizeof(bits));
	*mantissa = bits & (((uint64_t)1 << MANTISSA_BITS) - 1);
	exponent = (int)(bits >> MANTISSA_BITS & 0x7ff);
	if (exponent == 0)
		exponent = 1;
	else
		*mantissa |= (uint64_t)1 << MANTISSA_BITS;
	return exponent - EXPONENT_BIAS;
}

static void
format_b(struct text *t, double f)
{
	uint64_t	mantissa;
	char		buf[64];
	int		exponent = float_bits(f, &mantissa);

	snprintf(buf, sizeof(buf), "%" PRIu64 "p%+d", mantissa,
	    exponent - MANTISSA_BITS);
	text_add_str(t, buf);
}

/* The mantissa with its leading bit at bit 60, rounded to so many digits. */
static uint64_t
mantissa_round(uint64_t m, int precision, int *exponent)
{
	unsigned	shift = (unsigned)precision * 4;
	uint64_t	extra;

	extra = m << shift & (((uint64_t)1 << 60) - 1);
	m >>= 60 - shift;
	if ((extra | (m & 1)) > (uint64_t)1 << 59)
		m++;
	m <<= 60 - shift;
	if ((m & (uint64_t)1 << 61) != 0) {
		m >>= 1;
		++*exponent;
	}
	return m;
}

/* 0x1.hhhp+dd */
static void
format_x(struct text *t, double f, char verb, int precision)
{
	const char	*digits = verb == 'x' ? "0123456789abcdef" :
			    "0123456789ABCDEF";
	uint64_t	 m;
	char		 buf[32];
	int		 exponent = float_bits(f, &m);

	if (m == 0)
		exponent = 0;
	for (m <<= 60 - MANTISSA_BITS; m != 0 && m >> 60 == 0; m <<= 1)
		exponent--;
	if (precision >= 0 && precision < 15)
		m = mantissa_round(m, precision, &exponent);
	snprintf(buf, sizeof(buf), "0%c%d", verb, (int)(m >> 60 & 1));
	text_add_str(t, buf);
	m <<= 4;
	if (precision < 0 ? m != 0 : precision > 0)
		text_add_str(t, ".");
	for (; precision < 0 ? m != 0 : precision > 0; m <<= 4) {
		text_add(t, &digits[m >> 60 & 0xf], 1);
		precision -= precision > 0;
	}
	snprintf(buf, sizeof(buf), "%c%+03d", verb == 'x' ? 'p' : 'P',
	    exponent);
	text_add_str(t, buf);
}

void
float_format(struct text *t, double f, char verb, int precision)
{
	if (signbit(f))
		text_add_str(t, "-");
	f = fabs(f);
	switch (verb) {
	case 'b':
		format_b(t, f);
		break;
	case 'x':
	case 'X':
		format_x(t, f, verb, precision);
		break;
	case 'g':
	case 'G':
		format_g(t, f, verb, precision);
		break;
	default:
		format_fixed(t, f, verb, precision);
	}
}

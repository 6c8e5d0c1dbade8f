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
 * The check of a configuration, see check.h: every script is rendered for a
 * commit of zeros, every key read, every line of known hosts.  The parent has
 * checked how the parts fit together.
 */

#include "config.h"

#include <string.h>

#include "../common/process.h"
#include "check.h"
#include "key.h"
#include "known_hosts.h"
#include "render.h"

struct check {
	const struct conf_target	*target;
	const char			*path;		/* of known hosts */
};

/* What the target's hosts are known by, and where that stands. */
const char *
known_hosts_of(const struct conf *c, const struct conf_target *t,
    const char **path)
{
	bool	own = t->known_hosts != NULL || t->known_hosts_path != NULL;

	*path = own ? t->known_hosts_path : c->known_hosts_path;
	if (*path == NULL)
		*path = "known hosts";
	return own ? t->known_hosts : c->known_hosts;
}

static void
script_problem(void *arg, const struct place *place, const char *text)
{
	(void)arg;
	child_problem(false, place->file, place->line, "%s", text);
}

static void
known_hosts_bad_line(void *arg, unsigned line, const char *msg)
{
	struct check	*c = arg;

	child_problem(false, c->target->place.file, c->target->place.line,
	    "%s:%u: %s", c->path, line, msg);
}

static void
key_check(const struct conf_target *t)
{
	struct key	*key;
	char		 err[KEY_ERROR_SIZE];

	/* One that could not be read has been named by the parent. */
	if (t->key == NULL)
		return;
	if (key_load(t->key, strlen(t->key), t->passphrase, &key, err,
	    sizeof(err)) == -1) {
		child_problem(false, t->place.file, t->place.line,
		    "target %s: key%s%s: %s", t->name,
		    t->key_path != NULL ? " " : "",
		    t->key_path != NULL ? t->key_path : "", err);
		return;
	}
	key_free(key);
}

static void
host_keys_check(const struct conf *new, struct check *c)
{
	static const char	*seen;
	const struct conf_target *t = c->target;
	const struct conf_host	*h;
	struct known_hosts	*kh;
	const char		*text;
	char			 types[KNOWN_HOSTS_TYPES_MAX];
	size_t			 i;

	text = known_hosts_of(new, t, &c->path);
	/* That there is nothing in it, the parent has said. */
	if (text == NULL || text[0] == '\0' || t->unchecked)
		return;
	/* The file of all targets is looked at once. */
	kh = known_hosts_parse(text, strlen(text),
	    text != seen ? known_hosts_bad_line : NULL, c);
	seen = text;
	for (i = 0; kh != NULL && i < t->hosts.n; i++) {
		h = t->hosts.v[i];
		if (h->fingerprints.n == 0 && known_hosts_types(kh, h->name,
		    h->port, types, sizeof(types)) == 0 && types[0] == '\0')
			child_problem(true, h->place.file, h->place.line,
			    "host %s (port %u) is not in %s: it will be "
			    "refused", h->name, h->port, c->path);
	}
	known_hosts_free(kh);
}

void
executor_check(const struct conf *new)
{
	const struct conf_application	*a;
	struct check			 c;
	size_t				 i, j;

	for (i = 0; i < new->applications.n; i++) {
		a = new->applications.v[i];
		for (j = 0; j < a->targets.n; j++) {
			c.target = a->targets.v[j];
			render_check(c.target, script_problem, NULL);
			key_check(c.target);
			host_keys_check(new, &c);
		}
	}
}

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
 * What the two halves of the reader of configuration.json share: conf_json.c
 * with the tables of objects, and conf_json_values.c with what reads single
 * properties.
 */

#ifndef APPLIKATONID_CONF_JSON_INTERNAL_H
#define APPLIKATONID_CONF_JSON_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf_json.h"
#include "json_tree.h"
#include "validate.h"

enum shape {
	SHAPE_TEXT,
	SHAPE_BOOL,
	SHAPE_TEXTS,
	SHAPE_OBJECTS,
	SHAPE_MAP
};

/* What is wrong in a list or twice there is an error, not a warning. */
#define STRICT	0x01
/* Twice means: apart from capitals. */
#define LOGINS	0x02
#define SECRET	0x04

struct reader {
	struct conf_json	*j;
	struct json_tree	*tree;
	unsigned		 bad;		/* shapes that did not fit */
	unsigned		 unknown;
	bool			 is_told;	/* that others can read it */
};

struct property {
	const char	*name;
	enum shape	 shape;
	/* NULL: the end of the object does it, or nothing is to do */
	void		(*take)(struct reader *, uint32_t, void *,
			    const struct property *);
	size_t		 offset;	/* where it goes, in the struct */
	const struct object *objects;	/* what is in a list of objects */
	enum value	 value;
	unsigned	 flags;
	size_t		 max;		/* of a list */
	const char	*text;		/* what is not done with it */
};

typedef void	 json_take(struct reader *, uint32_t, void *,
		    const struct property *);

json_take	 take_text;		/* to a string */
json_take	 take_key;		/* likewise */
json_take	 take_names;		/* to a list of strings */
json_take	 take_unserved;		/* says what is not done with it */
json_take	 take_new_relic;
json_take	 take_travis;
json_take	 take_webhooks;		/* of a target */
json_take	 take_options;		/* of a role */
json_take	 take_scripts;		/* of a role */

/* About what stands at a node. */
void		 json_problem(struct reader *, uint32_t, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
void		 json_warning(struct reader *, uint32_t, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/* "a number" */
const char	*json_type_name(json_type);

const struct json_node	*node_of(const struct reader *, uint32_t);
struct place	 place_of(const struct reader *, uint32_t);
/* Its text; an empty string is none, as in Go: NULL. */
const char	*text_of(const struct reader *, uint32_t);

/* Whether there is what the native grammar could not say either. */
bool		 has_controls(const char *);
/* Fatal without memory. */
char		*xstrdup(const char *);
/* Takes the string; it gives way to a native line. */
void		 string_set(struct reader *, char **, char *);

#endif

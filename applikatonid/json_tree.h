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
 * A JSON text as a tree in which everything knows its line and its path, also
 * what stands there twice.  jansson says whether the text is JSON, and decodes
 * its strings; it knows nothing of where values stand.
 */

#ifndef APPLIKATONID_JSON_TREE_H
#define APPLIKATONID_JSON_TREE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define JSON_NODES_MAX		1000000
#define JSON_PATH_MAX		512

/* Nodes are named by their index; 0 is none, 1 the whole. */
struct json_node {
	json_type	 type;
	uint32_t	 line;
	uint32_t	 parent;
	uint32_t	 next;		/* of the same parent */
	uint32_t	 child;		/* the first */
	uint32_t	 number;	/* in an array, from 0 */
	char		*name;		/* in an object */
	char		*text;		/* of a string */
};

struct json_tree {
	struct json_node	*v;
	size_t			 n;
	size_t			 room;
	/* places that are lines in a string: from n on */
	uint32_t		(*lines)[2];	/* the node, the line in it */
	size_t			 nlines;
};

struct json_mistake {
	uint32_t	 line;
	uint32_t	 column;	/* 0: unknown */
	const char	*text;
};

/* NULL: then the mistake says what is wrong, quoting nothing of the text. */
struct json_tree	*json_tree_read(const char *text, size_t len,
			    struct json_mistake *);
/* Wipes the text of its strings; lines and paths stay. */
void			 json_tree_close(struct json_tree *);
/* NULL is fine. */
void			 json_tree_free(struct json_tree *);

/* The index of a line (from 1) in the string of a node. */
uint32_t		 json_tree_line(struct json_tree *, uint32_t node,
			    uint32_t line);
/*
 * Where such an index stands: the line, and in path, of JSON_PATH_MAX bytes,
 * something like applications[0].name.  0: there is none such.
 */
uint32_t		 json_tree_where(const struct json_tree *, uint32_t,
			    char *path);

#endif

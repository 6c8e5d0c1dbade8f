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
 * Whom to kill: reads the list of a host's processes and picks those that
 * belong to the command, which are the children of the process that serves
 * our connection, their children, and the rest of their process groups.  It
 * only computes; the list comes from the host and is not trusted.
 *
 * The text: a line with the pid of the shell that made the list and of its
 * parent, then a line for each process: pid, parent, process group, and state
 * if there is one.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "ssh_internal.h"

#define PROCESSES_MAX	100000
/* Generations below ours, at most; parents mostly stand before children. */
#define GENERATIONS_MAX	32
/* Those named in one kill; the rest has its turn afterwards. */
#define VICTIMS_MAX	1000

struct process_line {
	long long	 pid, parent, group;
	enum { OTHER, OURS, VICTIM } is;
	bool		 zombie;
};

struct id_list {
	long long	*v;
	size_t		 n;
};

struct ssh_victims {
	struct id_list	 groups;	/* seen so far, to be ended */
	struct id_list	 pids;		/* in groups that are not theirs */
	struct id_list	 alive;		/* of the last list; < 0: a group */
};

struct ssh_victims *
victims_new(void)
{
	struct ssh_victims	*v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		fatal("%s", __func__);
	return v;
}

void
victims_free(struct ssh_victims *v)
{
	if (v == NULL)
		return;
	free(v->groups.v);
	free(v->pids.v);
	free(v->alive.v);
	free(v);
}

static bool
id_has(const struct id_list *l, long long id)
{
	size_t	i;

	for (i = 0; i < l->n; i++)
		if (l->v[i] == id)
			return true;
	return false;
}

static void
id_add(struct id_list *l, long long id)
{
	if (l->n == VICTIMS_MAX || id_has(l, id))
		return;
	l->v = reallocarray(l->v, l->n + 1, sizeof(*l->v));
	if (l->v == NULL)
		fatal("%s", __func__);
	l->v[l->n++] = id;
}

static int
process_compare(const void *a, const void *b)
{
	const struct process_line	*x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static struct process_line *
process_find(struct process_line *list, size_t n, long long pid)
{
	struct process_line	key = { .pid = pid };

	return bsearch(&key, list, n, sizeof(key), process_compare);
}

/* The processes of the text, by pid; NULL when a line is not understood. */
static struct process_line *
processes_parse(char *text, size_t *count)
{
	struct process_line	*list = NULL, *p;
	char			*line, state;
	size_t			 n = 0;
	int			 fields;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (*line == '\0')
			continue;
		if ((n & (n - 1)) == 0) {
			p = reallocarray(list, n == 0 ? 1 : n * 2,
			    sizeof(*list));
			if (p == NULL)
				fatal("%s", __func__);
			list = p;
		}
		p = &list[n];
		memset(p, 0, sizeof(*p));
		fields = sscanf(line, "%lld %lld %lld %c", &p->pid,
		    &p->parent, &p->group, &state);
		if (fields < 3 || p->pid < 0 || ++n > PROCESSES_MAX) {
			free(list);
			return NULL;
		}
		p->zombie = fields == 4 && state == 'Z';
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), process_compare);
	*count = n;
	return list;
}

/* A process is what its parent is, down the whole tree. */
static void
processes_mark(struct process_line *list, size_t n, long long self,
    long long parent)
{
	struct process_line	*p;
	bool			 changed;
	size_t			 i, round = 0;

	for (i = 0; i < n; i++)
		if (list[i].pid == self)
			list[i].is = OURS;
		else if (list[i].parent == parent)
			list[i].is = VICTIM;
	do {
		changed = false;
		for (i = 0; i < n; i++) {
			if (list[i].is != OTHER || list[i].pid == parent)
				continue;
			p = process_find(list, n, list[i].parent);
			if (p == NULL || p->is == OTHER || p == &list[i])
				continue;
			list[i].is = p->is;
			changed = true;
		}
	} while (changed && ++round < GENERATIONS_MAX);
}

/* Who is alive, as arguments for kill: groups where they are their own. */
static void
victims_collect(struct ssh_victims *v, struct process_line *list, size_t n)
{
	const struct process_line	*leader;
	size_t				 i;

	for (i = 0; i < n; i++) {
		if (list[i].is != VICTIM)
			continue;
		leader = process_find(list, n, list[i].group);
		if (list[i].group > 1 && leader != NULL &&
		    leader->is == VICTIM)
			id_add(&v->groups, list[i].group);
		else if (!id_has(&v->groups, list[i].group))
			id_add(&v->pids, list[i].pid);
	}
	v->alive.n = 0;
	for (i = 0; i < n; i++) {
		if (list[i].zombie || list[i].is == OURS)
			continue;
		if (id_has(&v->groups, list[i].group))
			id_add(&v->alive, -list[i].group);
		else if (id_has(&v->pids, list[i].pid))
			id_add(&v->alive, list[i].pid);
	}
}

int
victims_update(struct ssh_victims *v, const char *text, size_t len)
{
	struct process_line	*list;
	long long		 self, parent;
	char			*copy, *rest;
	size_t			 n;

	if (len == 0)
		return -1;
	if ((copy = strndup(text, len)) == NULL)
		fatal("%s", __func__);
	/* The children of init are everybody's. */
	if ((rest = strchr(copy, '\n')) == NULL ||
	    sscanf(copy, "%lld %lld", &self, &parent) != 2 ||
	    self <= 1 || parent <= 1 || self == parent) {
		free(copy);
		return -1;
	}
	list = processes_parse(rest, &n);
	free(copy);
	/* A list without its own maker is none. */
	if (list == NULL || process_find(list, n, self) == NULL) {
		free(list);
		return -1;
	}
	processes_mark(list, n, self, parent);
	victims_collect(v, list, n);
	free(list);
	return v->alive.n;
}

char *
victims_arguments(const struct ssh_victims *v)
{
	char	*s, *p;
	size_t	 i, size = v->alive.n * 22 + 1;

	if ((s = p = malloc(size)) == NULL)
		fatal("%s", __func__);
	*p = '\0';
	for (i = 0; i < v->alive.n; i++)
		p += snprintf(p, size - (p - s), " %lld", v->alive.v[i]);
	return s;
}

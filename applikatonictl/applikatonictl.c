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
 * applikatonictl: the command of the people who operate the daemon.  It sends
 * one request over the control socket and shows what the engine answers; it
 * decides nothing and keeps nothing but a backup that was asked for.
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/conf.h"
#include "../common/log.h"
#include "print.h"

/* JSON that one answer may have. */
#define ANSWER_MAX	(64 * 1024 * 1024)

struct arguments {
	const char	*options;	/* getopt's letters that it takes */
	const char	*value[128];	/* what they were given */
	char		**words;	/* what is left */
	int		 n;
};

struct command {
	const char	*name;
	const char	*usage;
	const char	*options;
	int		 min, max;	/* words after it; -1: any number */
	enum msg_type	 type;
	void		 (*put)(struct ibuf *, struct arguments *);
	void		 (*print)(const json_t *);
};

static void	put_none(struct ibuf *, struct arguments *);
static void	put_word(struct ibuf *, struct arguments *);
static void	put_number(struct ibuf *, struct arguments *);
static void	put_count(struct ibuf *, struct arguments *);
static void	put_token(struct ibuf *, struct arguments *);
static void	put_deploy(struct ibuf *, struct arguments *);
static void	put_log(struct ibuf *, struct arguments *);
static void	put_place(struct ibuf *, struct arguments *);
static void	put_level(struct ibuf *, struct arguments *);
static void	print_users(const json_t *);
static void	print_tokens(const json_t *);
static void	print_token(const json_t *);
static void	print_link(const json_t *);
static void	print_show(const json_t *);
static void	print_deployments(const json_t *);
static void	print_id(const json_t *);

/* Longer names first where one begins with another. */
static const struct command commands[] = {
	{ "user list", "", "", 0, 0, MSG_CTL_USERS, put_none, print_users },
	{ "user add", "USER", "", 1, 1, MSG_CTL_USER_ADD, put_word, NULL },
	{ "token list", "", "", 0, 0, MSG_CTL_TOKENS, put_none,
	    print_tokens },
	{ "token revoke", "ID", "", 1, 1, MSG_CTL_TOKEN_REVOKE, put_number,
	    NULL },
	{ "token add", "USER [-r read|deploy] [-a APP] [-t TARGET] [-e DAYS]",
	    "r:a:t:e:", 1, 1, MSG_CTL_TOKEN_ADD, put_token, print_token },
	{ "token", "USER [-r read|deploy] [-a APP] [-t TARGET] [-e DAYS]",
	    "r:a:t:e:", 1, 1, MSG_CTL_TOKEN_ADD, put_token, print_token },
	{ "login", "USER", "", 1, 1, MSG_CTL_LOGIN, put_word, print_link },
	{ "show", "", "", 0, 0, MSG_CTL_SHOW, put_none, print_show },
	{ "deployments", "[-n N]", "n:", 0, 0, MSG_CTL_DEPLOYMENTS, put_count,
	    print_deployments },
	{ "deploy", "-u USER -m COMMENT [-b BRANCH] [-w] APP TARGET COMMIT "
	    "STAGE ...", "u:m:b:w", 4, -1, MSG_CTL_DEPLOY, put_deploy,
	    print_id },
	{ "log brief", "", "", 0, 0, MSG_CTL_VERBOSE, put_level, NULL },
	{ "log verbose", "", "", 0, 0, MSG_CTL_VERBOSE, put_level, NULL },
	{ "log", "ID [-f FROM]", "f:", 1, 1, MSG_CTL_LOG, put_log, NULL },
	{ "kill", "ID", "", 1, 1, MSG_CTL_KILL, put_number, NULL },
	{ "hostkeys", "[APPLICATION [TARGET]]", "", 0, 2, MSG_CTL_HOST_KEYS,
	    put_place, NULL },
	{ "drain", "", "", 0, 0, MSG_CTL_DRAIN, put_none, NULL },
	{ "reload", "", "", 0, 0, MSG_CTL_RELOAD, put_none, NULL },
	{ "backup", "FILE", "", 1, 1, MSG_CTL_BACKUP, put_none, NULL },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void	handle_data(struct channel *, struct msg *);
static void	handle_end(struct channel *, struct msg *);

static const struct msg_handler handlers[] = {
	{ MSG_CTL_DATA, handle_data },
	{ MSG_CTL_END, handle_end },
	{ MSG_NONE, NULL }
};

static const struct command	*command;
static const char		*backup_file;
static int			 backup_fd = -1;
static int			 as_json;
static int			 follow;	/* deploy -w */
static int			 status = 1;
static int			 failed;	/* what a line said */
static char			*answer;
static size_t			 answer_len;

static void
usage(void)
{
	size_t	i;

	fprintf(stderr,
	    "usage: applikatonictl [-jV] [-s SOCKET] COMMAND ...\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "       applikatonictl %s%s%s\n",
		    commands[i].name, *commands[i].usage == '\0' ? "" : " ",
		    commands[i].usage);
	exit(1);
}

static void
command_usage(void)
{
	errx(1, "usage: applikatonictl %s %s", command->name, command->usage);
}

/* Leaves no half of a backup behind. */
static void
backup_drop(void)
{
	if (backup_fd != -1)
		unlink(backup_file);
}

static void
interrupted(int sig)
{
	backup_drop();
	_exit(128 + sig);
}

static __attribute__((noreturn, format(printf, 1, 2))) void
fail(const char *fmt, ...)
{
	va_list	ap;

	fflush(stdout);
	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	backup_drop();
	exit(1);
}

static uint64_t
number(const char *s, const char *what)
{
	const char	*error;
	long long	 n;

	n = strtonum(s, 0, INT64_MAX, &error);
	if (error != NULL)
		errx(1, "%s is %s: %s", what, error, s);
	return n;
}

/* The letters that an option's value stands under; "" when not given. */
static const char *
option(const struct arguments *a, char letter)
{
	const char	*v = a->value[(unsigned char)letter];

	return v == NULL ? "" : v;
}

static void
put_none(struct ibuf *b, struct arguments *a)
{
	(void)b;
	(void)a;
}

static void
put_word(struct ibuf *b, struct arguments *a)
{
	msg_put_string(b, a->words[0]);
}

static void
put_number(struct ibuf *b, struct arguments *a)
{
	msg_put_u64(b, number(a->words[0], "the number"));
}

static void
put_count(struct ibuf *b, struct arguments *a)
{
	uint64_t	n = 10;

	if (*option(a, 'n') != '\0')
		n = number(option(a, 'n'), "-n");
	msg_put_u32(b, n > 10000 ? 10000 : n);
}

static void
put_level(struct ibuf *b, struct arguments *a)
{
	(void)a;
	msg_put_u8(b, strcmp(command->name, "log verbose") == 0);
}

static void
put_place(struct ibuf *b, struct arguments *a)
{
	msg_put_string(b, a->n > 0 ? a->words[0] : "");
	msg_put_string(b, a->n > 1 ? a->words[1] : "");
}

static void
put_log(struct ibuf *b, struct arguments *a)
{
	put_number(b, a);
	msg_put_u64(b, *option(a, 'f') == '\0' ? 1 :
	    number(option(a, 'f'), "-f"));
}

static void
put_token(struct ibuf *b, struct arguments *a)
{
	uint64_t	days = 0;

	if (*option(a, 'e') != '\0')
		days = number(option(a, 'e'), "-e");
	if (days > 36500)
		errx(1, "-e is too large: %s", option(a, 'e'));
	msg_put_string(b, a->words[0]);
	msg_put_string(b, *option(a, 'r') == '\0' ? "deploy" :
	    option(a, 'r'));
	msg_put_string(b, option(a, 'a'));
	msg_put_string(b, option(a, 't'));
	msg_put_u32(b, days);
}

static void
put_deploy(struct ibuf *b, struct arguments *a)
{
	if (*option(a, 'u') == '\0' || *option(a, 'm') == '\0')
		command_usage();
	if (a->n - 3 > MSG_LIST_MAX)
		errx(1, "too many stages");
	follow = a->value['w'] != NULL;
	msg_put_string(b, option(a, 'u'));
	msg_put_string(b, a->words[0]);
	msg_put_string(b, a->words[1]);
	msg_put_string(b, a->words[2]);
	msg_put_string(b, option(a, 'b'));
	msg_put_text(b, option(a, 'm'));
	msg_put_strings(b, (const char *const *)a->words + 3, a->n - 3);
}

static void
print_users(const json_t *json)
{
	static const char *const columns[] = { "login", "github_id",
	    "created_at", "tokens", "sessions", NULL };

	print_table(json, "users", columns);
}

static void
print_tokens(const json_t *json)
{
	static const char *const columns[] = { "id", "user", "scope",
	    "application", "target", "created_at", "expires_at",
	    "last_used_at", NULL };

	print_table(json, "tokens", columns);
}

static void
print_token(const json_t *json)
{
	print_member(json, "token");
}

static void
print_link(const json_t *json)
{
	print_member(json, "url");
}

static void
print_id(const json_t *json)
{
	print_member(json, "id");
}

static void
print_show(const json_t *json)
{
	static const char *const processes[] = { "name", "pid", "started_at",
	    "sandbox", NULL };
	static const char *const deployments[] = { "id", "application",
	    "target", "state", "user", "stage", "hosts", "connected", "done",
	    "failed", "started_at", NULL };

	print_table(json, "processes", processes);
	if (json_array_size(json_object_get(json, "deployments")) == 0)
		return;
	putchar('\n');
	print_table(json, "deployments", deployments);
}

static void
print_deployments(const json_t *json)
{
	static const char *const columns[] = { "id", "application", "target",
	    "state", "user", "commit_sha", "created_at", "ended_by",
	    "comment", NULL };

	print_table(json, "deployments", columns);
}

static void
backup_write(const char *p, size_t len)
{
	ssize_t	n;

	for (; len > 0; p += n, len -= n)
		if ((n = write(backup_fd, p, len)) == -1)
			fail("%s: %s", backup_file, strerror(errno));
}

/* Those whose answer is lines that are printed as they come. */
static bool
has_lines(void)
{
	return command->type == MSG_CTL_LOG ||
	    command->type == MSG_CTL_HOST_KEYS;
}

static void
line_print(const json_t *line)
{
	if (json_object_get(line, "error") != NULL)
		failed = 1;
	if (as_json)
		return;
	if (command->type == MSG_CTL_LOG)
		print_entry(line);
	else
		print_host_key(line);
}

/* The whole lines that have come, and keeps the rest. */
static void
lines_print(void)
{
	char	*nl, *line = answer;
	json_t	*entry;

	while (answer_len > 0 &&
	    (nl = memchr(line, '\n', answer + answer_len - line)) != NULL) {
		if (as_json)
			fwrite(line, 1, nl + 1 - line, stdout);
		/* In JSON only those have something to be seen here. */
		if ((!as_json || command->type == MSG_CTL_HOST_KEYS) &&
		    (entry = json_loadb(line, nl - line,
		    JSON_ALLOW_NUL, NULL)) != NULL) {
			line_print(entry);
			json_decref(entry);
		}
		line = nl + 1;
	}
	if (line != answer) {
		answer_len -= line - answer;
		memmove(answer, line, answer_len);
		/* Nobody reads it any more: don't follow for nobody. */
		if (fflush(stdout) == EOF)
			fail("standard output: %s", strerror(errno));
	}
}

static void
handle_data(struct channel *ch, struct msg *m)
{
	const void	*data;
	char		*p;
	size_t		 n;

	(void)ch;
	data = msg_get_data(m, &n);
	if (backup_fd != -1) {
		backup_write(data, n);
		return;
	}
	if (n > ANSWER_MAX - answer_len)
		fail("the answer is too long");
	if ((p = realloc(answer, answer_len + n + 1)) == NULL)
		fail("no memory");
	memcpy(p + answer_len, data, n);
	answer = p;
	answer_len += n;
	answer[answer_len] = '\0';
	if (has_lines())
		lines_print();
}

static void	follow_start(struct channel *, const json_t *);

static void
answer_print(struct channel *ch)
{
	json_t	*json;

	if (answer_len == 0)
		return;
	if ((json = json_loadb(answer, answer_len, 0, NULL)) == NULL)
		fail("the answer can't be read");
	if (follow)
		follow_start(ch, json);
	else if (as_json)
		printf("%s\n", answer);
	else if (command->print != NULL)
		command->print(json);
	json_decref(json);
}

static void
handle_end(struct channel *ch, struct msg *m)
{
	const char	*error;
	uint8_t		 ok;

	ok = msg_get_u8(m);
	error = msg_get_string(m);
	if (!ok) {
		fflush(stdout);
		print_error(*error == '\0' ? "refused" : error);
		backup_drop();
		exit(1);
	}
	if (backup_fd != -1) {
		if (fsync(backup_fd) == -1 || close(backup_fd) == -1)
			fail("%s: %s", backup_file, strerror(errno));
		backup_fd = -1;
	} else if (!has_lines()) {
		answer_print(ch);
		if (follow && command->type == MSG_CTL_LOG)
			return;
	}
	status = failed;
	event_base_loopexit(base, NULL);
}

/* deploy -w: goes on with the log of what was started. */
static void
follow_start(struct channel *ch, const json_t *json)
{
	struct ibuf	*b;
	size_t		 i;

	for (i = 0; commands[i].type != MSG_CTL_LOG; i++)
		continue;
	command = &commands[i];
	b = msg_new();
	msg_put_u64(b, json_integer_value(json_object_get(json, "id")));
	msg_put_u64(b, 1);
	answer_len = 0;
	msg_send(ch, MSG_CTL_LOG, 2, -1, b);
}

static void
engine_gone(struct channel *ch)
{
	(void)ch;
	fail("the daemon ended the connection");
}

static int
engine_connect(const char *path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(1, "the name of the socket is too long: %s", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "can't reach the daemon at %s%s", path,
		    errno == ENOENT || errno == ECONNREFUSED ?
		    " (is it running?)" : "");
	return fd;
}

/* Takes the words of the command's name off argv. */
static const struct command *
command_find(int *argc, char ***argv)
{
	const char	*space;
	size_t		 i, n;

	for (i = 0; i < NCOMMANDS; i++) {
		space = strchr(commands[i].name, ' ');
		n = space == NULL ? strlen(commands[i].name) :
		    (size_t)(space - commands[i].name);
		if (*argc < 1 || strlen((*argv)[0]) != n ||
		    strncmp((*argv)[0], commands[i].name, n) != 0)
			continue;
		if (space != NULL &&
		    (*argc < 2 || strcmp((*argv)[1], space + 1) != 0))
			continue;
		n = space == NULL ? 1 : 2;
		*argc -= n;
		*argv += n;
		return &commands[i];
	}
	usage();
	return NULL;
}

/* Options may stand before, between and behind the words. */
static void
arguments_read(struct arguments *a, int argc, char **argv)
{
	const char	*p;
	char		*word, *value;
	int		 i;

	a->words = calloc(argc + 1, sizeof(*a->words));
	if (a->words == NULL)
		err(1, NULL);
	for (i = 0; i < argc; i++) {
		word = argv[i];
		if (*word != '-' || word[1] == '\0') {
			a->words[a->n++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			while (++i < argc)
				a->words[a->n++] = argv[i];
			break;
		}
		p = strchr(command->options, word[1]);
		if (p == NULL || word[1] == ':')
			command_usage();
		value = word + 2;
		if (p[1] != ':' && *value != '\0')
			command_usage();
		if (p[1] == ':' && *value == '\0') {
			if (++i == argc)
				command_usage();
			value = argv[i];
		}
		a->value[(unsigned char)word[1]] = value;
	}
	if (a->n < command->min || (command->max != -1 && a->n > command->max))
		command_usage();
}

static void
backup_open(const char *path)
{
	struct sigaction	sa = { .sa_handler = interrupted };

	backup_file = path;
	if ((backup_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600)) == -1)
		err(1, "%s", path);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

int
main(int argc, char **argv)
{
	struct arguments	 args = { 0 };
	const char		*path = CONF_SOCKET;
	struct channel		*ch;
	struct ibuf		*body;
	int			 c, fd;

	while ((c = getopt(argc, argv, "+js:V")) != -1)
		switch (c) {
		case 'j':
			as_json = 1;
			break;
		case 's':
			path = optarg;
			break;
		case 'V':
			printf("applikatonictl %s\n", APPLIKATONID_VERSION);
			return 0;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	log_init("applikatonictl", 1, 0);
	command = command_find(&argc, &argv);
	arguments_read(&args, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if ((base = event_base_new()) == NULL)
		errx(1, "libevent can't start");
	body = msg_new();
	command->put(body, &args);
	fd = engine_connect(path);
	if (command->type == MSG_CTL_BACKUP)
		backup_open(args.words[0]);
	ch = channel_new(fd, PROC_CONTROL, PROC_ENGINE, handlers, engine_gone,
	    NULL);
	if (ch == NULL)
		err(1, NULL);
	msg_send(ch, command->type, 1, -1, body);
	event_base_dispatch(base);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	free(args.words);
	return status;
}

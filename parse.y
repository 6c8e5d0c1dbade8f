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
 * The grammar of applikatonid.conf, and what its statements build.  After an
 * error it skips the statement with its block and goes on, so that all errors
 * come in one run.  Only tokens of the main file, and no secrets, are quoted
 * in messages.
 */

%{
#include "config.h"

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../common/log.h"
#include "conf_json.h"
#include "config_file.h"
#include "files.h"
#include "lexer.h"
#include "nearest.h"
#include "validate.h"

#define YYSTYPE			struct token
#define YYSTYPE_IS_DECLARED	1

#ifndef nitems
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#define KEY_MAX		(64 * 1024)
#define SECRET_MAX	(64 * 1024)
#define SCRIPT_MAX	(1024 * 1024)
/* With the text itself below RECORD_SIZE_MAX in any process' encoding. */
#define READ_MAX	(24 * 1024 * 1024)
#define BLOCKS_MAX	8
#define UNREAD_URL	"https://unread.invalid/"

enum block {
	BLOCK_TOP,
	BLOCK_GITHUB,
	BLOCK_APPLICATION,
	BLOCK_TARGET,
	BLOCK_ROLE
};

#define IN_TOP		(1U << BLOCK_TOP)
#define IN_GITHUB	(1U << BLOCK_GITHUB)
#define IN_APPLICATION	(1U << BLOCK_APPLICATION)
#define IN_TARGET	(1U << BLOCK_TARGET)
#define IN_ROLE		(1U << BLOCK_ROLE)
#define IN_ALL		(~0U)

enum list {
	LIST_NONE,
	LIST_WORDS,
	LIST_LINES
};

/* What happens to a name that a list has already. */
enum twice {
	TWICE_ERROR,
	TWICE_WARNING,		/* compared as logins: without case */
};

struct keyword {
	const char	*name;
	int		 token;
	unsigned	 blocks;	/* where a statement may begin so */
	const char	*usage;
	bool		 secret;	/* the statement may hold one */
};

static struct parser {
	struct lexer			*lx;
	struct problems			*problems;
	struct conf			*conf;
	unsigned			 flags;
	/* the innermost of each */
	struct conf_application		*application;
	struct conf_target		*target;
	struct conf_host		*host;
	struct conf_role		*role;
	struct token			 script;	/* its stage */
	enum block			 blocks[BLOCKS_MAX];
	unsigned			 nblocks;
	/* the statement */
	struct token			 first;
	struct token			 last;
	unsigned			 count;		/* tokens so far */
	bool				 is_macro;	/* the second is = */
	bool				 bad;		/* a token of it was */
	bool				 ended;		/* a new one begins */
	enum list			 list;
	struct token			*words;
	size_t				 nwords, room;
	/* what follows a statement that was skipped */
	unsigned			 closes;
	bool				 newline;
	size_t				 read;		/* bytes of files */
	bool				 github;
	bool				 github_broken;
	bool				 host_port;
	bool				 passphrase_unread;
	struct conf_json		 json;
} parser;

int		 yyparse(void);
static int	 yylex(void);
static void	 yyerror(const char *);
static void	 recover(void);
static void	 block_open(enum block);
static void	 block_close(void);
static void	 block_broken(void);
static enum block block_now(void);
static void	 words_clear(enum list);
static void	 words_add(const struct token *);

static void	 problem(const struct token *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
static void	 warning(const struct token *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
static void	 include_json(const struct token *);
static void	 set_public_url(const struct token *);
static void	 set_text(char **, const struct token *, enum value,
		    const char *);
static void	 set_path(char **, const struct token *, enum value,
		    const char *);
static void	 set_value(char **, char **, const struct token *, enum value,
		    const char *);
static void	 set_known_hosts(const struct token *);
static void	 set_ca(const struct token *);
static void	 set_limit(const struct token *, const struct token *);
static void	 add_listen(const struct token *, const struct token *,
		    const struct token *);
static void	 take_list(char ***, size_t *, enum value, const char *,
		    enum twice, size_t);
static void	 take_stages(char ***, size_t *, struct place *,
		    const struct token *);
static void	 github_begin(const struct token *);
static void	 github_end(const struct token *);
static void	 application_begin(const struct token *);
static void	 target_begin(const struct token *);
static void	 target_end(void);
static void	 host_begin(const struct token *);
static void	 host_end(void);
static void	 host_port(const struct token *);
static void	 role_begin(const struct token *);
static void	 add_option(const struct token *, const struct token *, bool);
static void	 add_option_lines(const struct token *);
static void	 add_script(void);
static void	 add_receiver(const struct token *, const struct token *);
%}

%token	APPLICATION BRANCHES CA CHECK CLIENT DATABASE DEFAULT DEPLOYERS
%token	DIRECTORY FINGERPRINT FINGERPRINTS FROM GITHUB GROUP HOST HOSTS ID
%token	INCLUDE JSON KEY KNOWN LIMIT LISTEN NO NOTIFY ON PASSPHRASE PORT PROXY
%token	PUBLIC READERS REPOSITORY ROLE ROLES RUN SCRIPT SECRET SET SOCKET
%token	STAGES TARGET TRUSTED URL USER
%token	WORD STRING

%%

grammar		: /* empty */
		| grammar '\n'
		| grammar include
		| grammar top '\n'
		| grammar error '\n'		{ recover(); yyerrok; }
		;

include		: INCLUDE word '\n'		{
			if (lexer_include(parser.lx, &$2) == -1)
				block_broken();
		}
		| INCLUDE JSON word '\n'	{ include_json(&$3); }
		;

top		: word '=' word			{
			lexer_define(parser.lx, &$1, &$3);
		}
		| PUBLIC URL word		{ set_public_url(&$3); }
		| LISTEN ON text PORT word	{
			add_listen(&$3, &$5, NULL);
		}
		| LISTEN ON SOCKET word group	{
			add_listen(&$4, NULL, &$5);
		}
		| TRUSTED PROXY list		{
			take_list(&parser.conf->trusted_proxies.v,
			    &parser.conf->trusted_proxies.n, VALUE_NETWORK,
			    "trusted proxy", TWICE_WARNING, CONFIG_LIST_MAX);
		}
		| DATABASE word			{
			set_path(&parser.conf->database, &$2, VALUE_PATH,
			    "database");
		}
		| SOCKET word group		{
			set_path(&parser.conf->socket, &$2, VALUE_SOCKET,
			    "socket");
			if ($3.text != NULL)
				set_text(&parser.conf->socket_group, &$3,
				    VALUE_GROUP, "group");
		}
		| RUN DIRECTORY word		{
			set_path(&parser.conf->run_directory, &$3, VALUE_PATH,
			    "run directory");
		}
		| KNOWN HOSTS word		{ set_known_hosts(&$3); }
		| CA FROM word			{ set_ca(&$3); }
		| LIMIT word word		{ set_limit(&$2, &$3); }
		| github_open github_body '}'	{ github_end(&$1); }
		| github_open github_body github_item '}' {
			github_end(&$1);
		}
		| application
		;

group		: /* empty */			{
			memset(&$$, 0, sizeof($$));
		}
		| GROUP word			{ $$ = $2; }
		;

github_open	: GITHUB '{'			{ github_begin(&$1); }
		;

github_body	: /* empty */
		| github_body '\n'
		| github_body include
		| github_body github_item '\n'
		| github_body error '\n'	{ recover(); yyerrok; }
		;

github_item	: CLIENT ID word		{
			set_text(&parser.conf->github_client_id, &$3,
			    VALUE_TEXT, "client id");
		}
		| CLIENT SECRET value		{
			set_value(&parser.conf->github_client_secret,
			    &parser.conf->github_client_secret_path, &$3,
			    VALUE_SECRET, "client secret");
		}
		;

application	: application_open application_body '}' {
			block_close();
		}
		| application_open application_body application_item '}' {
			block_close();
		}
		;

application_open : APPLICATION word '{'		{ application_begin(&$2); }
		;

application_body : /* empty */
		| application_body '\n'
		| application_body include
		| application_body application_item '\n'
		| application_body error '\n'	{ recover(); yyerrok; }
		;

application_item : REPOSITORY word		{
			set_text(&parser.application->repository, &$2,
			    VALUE_REPOSITORY, "repository");
		}
		| BRANCHES list			{
			take_list(&parser.application->branches.v,
			    &parser.application->branches.n, VALUE_BRANCH,
			    "branch", TWICE_ERROR, CONFIG_LIST_MAX);
		}
		| READERS list			{
			take_list(&parser.application->readers.v,
			    &parser.application->readers.n, VALUE_LOGIN,
			    "reader", TWICE_WARNING, CONFIG_LIST_MAX);
		}
		| target
		;

target		: target_open target_body '}'	{ target_end(); }
		| target_open target_body target_item '}' { target_end(); }
		;

target_open	: TARGET word '{'		{ target_begin(&$2); }
		;

target_body	: /* empty */
		| target_body '\n'
		| target_body include
		| target_body target_item '\n'
		| target_body error '\n'	{ recover(); yyerrok; }
		;

target_item	: USER word			{
			set_text(&parser.target->user, &$2, VALUE_USER,
			    "user");
		}
		| KEY value			{
			set_value(&parser.target->key,
			    &parser.target->key_path, &$2, VALUE_KEY, "key");
		}
		| PASSPHRASE value		{
			set_value(&parser.target->passphrase,
			    &parser.target->passphrase_path, &$2,
			    VALUE_SECRET, "passphrase");
		}
		| KNOWN HOSTS word		{ set_known_hosts(&$3); }
		| NO HOST KEY CHECK		{
			parser.target->unchecked = true;
		}
		| DEPLOYERS list		{
			take_list(&parser.target->deployers.v,
			    &parser.target->deployers.n, VALUE_LOGIN,
			    "deployer", TWICE_WARNING, CONFIG_LIST_MAX);
		}
		| STAGES list			{
			take_stages(&parser.target->stages.v,
			    &parser.target->stages.n,
			    &parser.target->stages_place, &$1);
		}
		| DEFAULT STAGES list		{
			take_stages(&parser.target->default_stages.v,
			    &parser.target->default_stages.n,
			    &parser.target->default_stages_place, &$1);
		}
		| NOTIFY word value		{ add_receiver(&$2, &$3); }
		| LIMIT word word		{ set_limit(&$2, &$3); }
		| host				{ host_end(); }
		| role
		;

host		: host_name
		| host PORT word		{ host_port(&$3); }
		| host ROLES list		{
			take_list(&parser.host->roles.v,
			    &parser.host->roles.n, VALUE_NAME, "role",
			    TWICE_ERROR, CONFIG_HOST_ROLES_MAX);
		}
		| host FINGERPRINT list		{
			take_list(&parser.host->fingerprints.v,
			    &parser.host->fingerprints.n, VALUE_FINGERPRINT,
			    "fingerprint", TWICE_ERROR, CONFIG_LIST_MAX);
		}
		| host FINGERPRINTS list	{
			take_list(&parser.host->fingerprints.v,
			    &parser.host->fingerprints.n, VALUE_FINGERPRINT,
			    "fingerprint", TWICE_ERROR, CONFIG_LIST_MAX);
		}
		;

host_name	: HOST word			{ host_begin(&$2); }
		;

role		: role_open role_body '}'	{ block_close(); }
		| role_open role_body role_item '}' { block_close(); }
		;

role_open	: ROLE word '{'			{ role_begin(&$2); }
		;

role_body	: /* empty */
		| role_body '\n'
		| role_body include
		| role_body role_item '\n'
		| role_body error '\n'		{ recover(); yyerrok; }
		;

role_item	: SET name value		{ add_option(&$2, &$3, false); }
		| SET SECRET word value		{ add_option(&$3, &$4, true); }
		| SET name lines_open lines '}'	{ add_option_lines(&$2); }
		| script_open lines '}'		{ add_script(); }
		;

lines_open	: '{'				{ words_clear(LIST_LINES); }
		;

script_open	: SCRIPT word '{'		{
			words_clear(LIST_LINES);
			parser.script = $2;
		}
		;

lines		: /* empty */
		| lines '\n'
		| lines STRING			{ words_add(&$2); }
		;

value		: text
		| keyword
		| SECRET
		| FROM word			{
			$$ = $2;
			$$.is_file = true;
		}
		;

list		: word				{
			words_clear(LIST_NONE);
			words_add(&$1);
		}
		| list_open words '}'		{ parser.list = LIST_NONE; }
		;

list_open	: '{'				{ words_clear(LIST_WORDS); }
		;

words		: /* empty */
		| words '\n'
		| words ','
		| words word			{ words_add(&$2); }
		;

text		: WORD
		| STRING
		;

/* Where only a name can stand a keyword is one, too. */
word		: name
		| SECRET
		;

name		: text
		| keyword
		| FROM
		;

keyword		: APPLICATION | BRANCHES | CA | CHECK | CLIENT | DATABASE
		| DEFAULT | DEPLOYERS | DIRECTORY | FINGERPRINT | FINGERPRINTS
		| GITHUB | GROUP | HOST | HOSTS | ID | INCLUDE | JSON | KEY
		| KNOWN | LIMIT | LISTEN | NO | NOTIFY | ON | PASSPHRASE | PORT
		| PROXY | PUBLIC | READERS | REPOSITORY | ROLE | ROLES | RUN
		| SCRIPT | SET | SOCKET | STAGES | TARGET | TRUSTED | URL
		| USER
		;

%%

static const struct keyword keywords[] = {
	{ "application", APPLICATION, IN_TOP, "application NAME { ... }",
	    false },
	{ "branches", BRANCHES, IN_APPLICATION, "branches { NAME ... }",
	    false },
	{ "ca", CA, IN_TOP, "ca file PATH", false },
	{ "check", CHECK, 0, NULL, false },
	{ "client", CLIENT, IN_GITHUB,
	    "client id TEXT, or client secret [file] TEXT", true },
	{ "database", DATABASE, IN_TOP, "database PATH", false },
	{ "default", DEFAULT, IN_TARGET, "default stages { NAME ... }",
	    false },
	{ "deployers", DEPLOYERS, IN_TARGET, "deployers { LOGIN ... }",
	    false },
	{ "directory", DIRECTORY, 0, NULL, false },
	{ "file", FROM, 0, NULL, false },
	{ "fingerprint", FINGERPRINT, 0, NULL, false },
	{ "fingerprints", FINGERPRINTS, 0, NULL, false },
	{ "github", GITHUB, IN_TOP, "github { ... }", false },
	{ "group", GROUP, 0, NULL, false },
	{ "host", HOST, IN_TARGET, "host NAME [port NUMBER] roles "
	    "{ NAME ... } [fingerprint TEXT]", false },
	{ "hosts", HOSTS, 0, NULL, false },
	{ "id", ID, 0, NULL, false },
	{ "include", INCLUDE, IN_ALL, "include [json] PATH", false },
	{ "json", JSON, 0, NULL, false },
	{ "key", KEY, IN_TARGET, "key file PATH, or key TEXT", true },
	{ "known", KNOWN, IN_TOP | IN_TARGET, "known hosts PATH", false },
	{ "limit", LIMIT, IN_TOP | IN_TARGET, "limit NAME VALUE", false },
	{ "listen", LISTEN, IN_TOP, "listen on ADDRESS port NUMBER, or "
	    "listen on socket PATH [group NAME]", false },
	{ "no", NO, IN_TARGET, "no host key check", false },
	{ "notify", NOTIFY, IN_TARGET, "notify KIND [file] TEXT", true },
	{ "on", ON, 0, NULL, false },
	{ "passphrase", PASSPHRASE, IN_TARGET, "passphrase [file] TEXT",
	    true },
	{ "port", PORT, 0, NULL, false },
	{ "proxy", PROXY, 0, NULL, false },
	{ "public", PUBLIC, IN_TOP, "public url URL", false },
	{ "readers", READERS, IN_APPLICATION, "readers { LOGIN ... }",
	    false },
	{ "repository", REPOSITORY, IN_APPLICATION, "repository OWNER/NAME",
	    false },
	{ "role", ROLE, IN_TARGET, "role NAME { ... }", false },
	{ "roles", ROLES, 0, NULL, false },
	{ "run", RUN, IN_TOP, "run directory PATH", false },
	{ "script", SCRIPT, IN_ROLE, "script STAGE { \"line\" ... }", false },
	{ "secret", SECRET, 0, NULL, false },
	{ "set", SET, IN_ROLE, "set [secret] NAME [file] TEXT, or set NAME "
	    "{ \"line\" ... }", true },
	{ "socket", SOCKET, IN_TOP, "socket PATH [group NAME]", false },
	{ "stages", STAGES, IN_TARGET, "stages { NAME ... }", false },
	{ "target", TARGET, IN_APPLICATION, "target NAME { ... }", false },
	{ "trusted", TRUSTED, IN_TOP, "trusted proxy { ADDRESS ... }", false },
	{ "url", URL, 0, NULL, false },
	{ "user", USER, IN_TARGET, "user NAME", false },
};

static const char *const block_names[] = {
	[BLOCK_TOP] =		"at the top",
	[BLOCK_GITHUB] =	"in github",
	[BLOCK_APPLICATION] =	"in an application",
	[BLOCK_TARGET] =	"in a target",
	[BLOCK_ROLE] =		"in a role",
};

static const struct keyword *
keyword_find(const struct token *t)
{
	size_t	i;

	if (t->kind != TOKEN_WORD || t->bad)
		return NULL;
	for (i = 0; i < nitems(keywords); i++)
		if (strcmp(keywords[i].name, t->text) == 0)
			return &keywords[i];
	return NULL;
}

static int
token_number(const struct token *t)
{
	const struct keyword	*k;

	switch (t->kind) {
	case TOKEN_END:
		return 0;
	case TOKEN_NEWLINE:
		return '\n';
	case TOKEN_OPEN:
		return '{';
	case TOKEN_CLOSE:
		return '}';
	case TOKEN_EQUALS:
		return '=';
	case TOKEN_COMMA:
		return ',';
	case TOKEN_WORD:
		return (k = keyword_find(t)) != NULL ? k->token : WORD;
	case TOKEN_STRING:
		break;
	}
	return STRING;
}

static int
yylex(void)
{
	if (parser.closes > 0) {
		parser.closes--;
		return '}';
	}
	if (parser.newline) {
		parser.newline = false;
		return '\n';
	}
	lexer_next(parser.lx, &yylval);
	parser.last = yylval;
	if (parser.ended) {
		parser.count = 0;
		parser.bad = false;
	}
	parser.bad |= yylval.bad;
	/* The file ended before the block did. */
	if (yylval.kind == TOKEN_CLOSE && yylval.bad)
		block_broken();
	parser.ended = yylval.kind == TOKEN_NEWLINE &&
	    parser.list == LIST_NONE;
	if (yylval.kind != TOKEN_NEWLINE) {
		if (parser.count++ == 0)
			parser.first = yylval;
		if (parser.count == 2)
			parser.is_macro = yylval.kind == TOKEN_EQUALS;
	}
	return token_number(&yylval);
}

/*
 * Skips what is left of a statement whose error has been reported: the rest
 * of the blocks that it opened; and closes those that it closed.
 */
static void
recover(void)
{
	struct token	t;

	parser.list = LIST_NONE;
	parser.ended = true;
	while (lexer_depth(parser.lx) > parser.nblocks) {
		do
			lexer_next(parser.lx, &t);
		while (t.kind != TOKEN_NEWLINE && t.kind != TOKEN_END);
		if (t.kind == TOKEN_END)
			break;
	}
	if (lexer_depth(parser.lx) < parser.nblocks) {
		parser.closes = parser.nblocks - lexer_depth(parser.lx);
		parser.newline = true;
	}
	block_broken();
}

/* What is missing in this block may be what could not be read. */
static void
block_broken(void)
{
	switch (block_now()) {
	case BLOCK_TOP:
		parser.conf->broken = true;
		break;
	case BLOCK_GITHUB:
		parser.github_broken = true;
		break;
	case BLOCK_APPLICATION:
		parser.application->broken = true;
		break;
	case BLOCK_TARGET:
		parser.target->broken = true;
		break;
	case BLOCK_ROLE:
		break;
	}
}

static void
block_open(enum block b)
{
	if (parser.nblocks == BLOCKS_MAX)
		fatalx("%s", __func__);
	parser.blocks[parser.nblocks++] = b;
	parser.ended = true;
}

static void
block_close(void)
{
	parser.nblocks--;
}

static enum block
block_now(void)
{
	return parser.nblocks == 0 ? BLOCK_TOP :
	    parser.blocks[parser.nblocks - 1];
}

static void
words_clear(enum list list)
{
	parser.list = list;
	parser.nwords = 0;
}

static void
words_add(const struct token *t)
{
	size_t	 room;

	if (parser.nwords == parser.room) {
		room = parser.room == 0 ? 16 : parser.room * 2;
		parser.words = reallocarray(parser.words, room,
		    sizeof(*parser.words));
		if (parser.words == NULL)
			fatal("%s", __func__);
		parser.room = room;
	}
	parser.words[parser.nwords++] = *t;
}

/*
 * Messages.
 */

__attribute__((format(printf, 3, 0)))
static void
vproblem(bool is_warning, const struct token *t, const char *fmt, va_list ap)
{
	char	text[2048];

	vsnprintf(text, sizeof(text), fmt, ap);
	problem_add(parser.problems, is_warning,
	    lexer_file_name(parser.lx, t->place.file), t->place.line, "%s",
	    text);
}

static void
problem(const struct token *t, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vproblem(false, t, fmt, ap);
	va_end(ap);
}

static void
warning(const struct token *t, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vproblem(true, t, fmt, ap);
	va_end(ap);
}

/* Whether a message may have its text. */
static bool
is_quotable(const struct token *t)
{
	const struct keyword	*k = keyword_find(&parser.first);

	return t->text != NULL && t->place.file == 0 &&
	    (t->origin == 0 || t->origin == UINT32_MAX) &&
	    (k == NULL || !k->secret);
}

/* "name value" or, where the value may not be told, "name". */
static const char *
describe(const char *what, const struct token *t)
{
	static char	 buf[512];

	snprintf(buf, sizeof(buf), "%s%s%s", what, is_quotable(t) ? " " : "",
	    is_quotable(t) ? quoted(t->text) : "");
	return buf;
}

/* The statement begins with a word that means nothing here. */
static void
unknown_keyword(const struct token *t)
{
	const char	*near = NULL;
	unsigned	 best = NEAREST_FAR;
	size_t		 i;

	for (i = 0; i < nitems(keywords); i++)
		if ((keywords[i].blocks & (1U << block_now())) &&
		    is_near(t->text, keywords[i].name, &best))
			near = keywords[i].name;
	problem(t, "%s %s%s%s%s", describe("unknown keyword", t),
	    block_names[block_now()], near != NULL ? "; did you mean " : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
}

/* One that belongs to other blocks, or only into a statement. */
static void
misplaced_keyword(const struct token *t, const struct keyword *k)
{
	char	where[128] = "";
	size_t	b;

	for (b = 0; b < nitems(block_names); b++)
		if (k->blocks & (1U << b)) {
			if (where[0] != '\0')
				strlcat(where, " or ", sizeof(where));
			strlcat(where, block_names[b], sizeof(where));
		}
	if (where[0] != '\0')
		problem(t, "%s does not belong here but %s", k->name, where);
	else
		problem(t, "%s can't begin a statement", k->name);
}

/* What the parser did not expect, in words. */
static const char *
describe_last(void)
{
	switch (parser.last.kind) {
	case TOKEN_END:
		return "end of the file";
	case TOKEN_NEWLINE:
		return "end of the line";
	case TOKEN_OPEN:
		return "{";
	case TOKEN_CLOSE:
		return "}";
	case TOKEN_EQUALS:
		return "=";
	case TOKEN_COMMA:
		return "comma";
	case TOKEN_WORD:
		return describe("word", &parser.last);
	case TOKEN_STRING:
		break;
	}
	return "string";
}

static void
yyerror(const char *msg)
{
	const struct token	*first = &parser.first, *last = &parser.last;
	const struct keyword	*k = keyword_find(first);

	if (strcmp(msg, "syntax error") != 0) {
		problem(last, "%s", msg);
		return;
	}
	/* Then all of the statement may be misread. */
	if (parser.bad)
		return;
	if (parser.count > 0 && first->kind == TOKEN_STRING)
		problem(first, "a statement begins with a keyword, not with "
		    "a string");
	else if (parser.count == 0 || first->text == NULL)
		problem(last, "unexpected %s", describe_last());
	else if (parser.is_macro && parser.count > 1 &&
	    block_now() == BLOCK_TOP)
		problem(last, "unexpected %s; write: NAME = TEXT",
		    describe_last());
	else if (k == NULL)
		unknown_keyword(first);
	else if (!(k->blocks & (1U << block_now())))
		misplaced_keyword(first, k);
	else if (parser.list == LIST_LINES && last->kind == TOKEN_WORD)
		problem(last, "a line of a script must stand in quotes");
	else
		problem(last, "unexpected %s; write: %s", describe_last(),
		    k->usage);
}

/*
 * Values.
 */

static char *
xstrdup(const char *s)
{
	char	*copy;

	if ((copy = strdup(s)) == NULL)
		fatal("%s", __func__);
	return copy;
}

/* A copy, after its form was checked. */
static char *
value_copy(const struct token *t, enum value v, const char *what)
{
	const char	*error;

	if (!t->bad && (error = value_error(v, t->text)) != NULL)
		problem(t, "%s %s", describe(what, t), error);
	return xstrdup(t->text);
}

/*
 * Whether the place is still free, or has what JSON said, which gives way;
 * otherwise that is an error.
 */
static bool
is_first(const void *former, const struct token *t, const char *what)
{
	if (former == NULL || conf_json_gave(&parser.json, former))
		return true;
	problem(t, "%s stands here a second time", what);
	return false;
}

static void
string_set(char **to, char *s)
{
	if (*to != NULL)
		freezero(*to, strlen(*to));
	*to = s;
}

static void
set_text(char **to, const struct token *t, enum value v, const char *what)
{
	if (is_first(*to, t, what))
		string_set(to, value_copy(t, v, what));
}

static void
set_path(char **to, const struct token *t, enum value v, const char *what)
{
	char	*path;

	if (!is_first(*to, t, what))
		return;
	path = value_copy(t, v, what);
	*to = lexer_path(parser.lx, t->place.file, path);
	free(path);
	/* It may have got too long. */
	if (!t->bad && value_error(v, t->text) == NULL &&
	    value_error(v, *to) != NULL)
		problem(t, "%s %s %s", what, quoted(*to),
		    value_error(v, *to));
}

static void
set_public_url(const struct token *t)
{
	const char	*error;
	char		*url;

	if (!is_first(parser.conf->public_url, t, "public url"))
		return;
	parser.conf->public_url_place = t->place;
	error = public_url_parse(t->text, &url);
	string_set(&parser.conf->public_url, error == NULL ? url :
	    xstrdup(""));
	if (error != NULL && !t->bad)
		problem(t, "%s %s", describe("public url", t), error);
}

/* FILE_READ, or the problem has been added. */
static enum file_result
file_take(const struct token *t, const char *path, unsigned flags, size_t max,
    struct file *f, const char *what)
{
	enum file_result	r;
	char			why[8192];

	r = file_read_root(path, flags, max, f, why, sizeof(why));
	if (r == FILE_DENIED && (parser.flags & CONFIG_UNREADABLE_OK))
		warning(t, "%s file %s; it is not checked", what, why);
	else if (r != FILE_READ)
		problem(t, "%s file %s", what, why);
	else if ((parser.read += f->len) > READ_MAX) {
		problem(t, "%s file %s: all files together are too large",
		    what, path);
		parser.read = 0;
		file_clear(f);
		r = FILE_BAD;
	}
	return r;
}

/* Secrets in the text itself: then nobody else may read that. */
static void
secret_check(const struct token *t)
{
	if (!t->bad && lexer_file_exposed(parser.lx, t->origin))
		problem(t, "a secret stands here, and others can read %s: "
		    "chmod 600 %s", lexer_file_name(parser.lx, t->origin),
		    lexer_file_name(parser.lx, t->origin));
}

/*
 * A value, or the file that holds it (then its path, too).  All of these are
 * secrets but options, which call value_take themselves.  NULL: not read.
 */
static char *
value_take(char **path, const struct token *t, enum value v,
    const char *what, bool secret)
{
	const char	*error;
	struct file	 f;
	char		*value = NULL;

	if (!t->is_file) {
		if (secret)
			secret_check(t);
		return value_copy(t, v, what);
	}
	*path = lexer_path(parser.lx, t->place.file, t->text);
	if (t->bad)
		return NULL;
	if (file_take(t, *path, (secret ? FILE_SECRET : 0) |
	    (v == VALUE_KEY ? 0 : FILE_LINE), v == VALUE_KEY ? KEY_MAX :
	    SECRET_MAX, &f, what) != FILE_READ)
		return NULL;
	if (v == VALUE_KEY && strlen(f.data) == 0)
		error = "is empty";
	else
		error = v == VALUE_KEY ? NULL : value_error(v, f.data);
	if (error != NULL)
		problem(t, "%s file %s: what it holds %s", what, *path, error);
	value = xstrdup(f.data);
	file_clear(&f);
	return value;
}

static void
set_value(char **to, char **path, const struct token *t, enum value v,
    const char *what)
{
	if (!is_first(*to != NULL ? *to : *path, t, what))
		return;
	string_set(to, value_take(path, t, v, what, true));
	if (*to == NULL && v == VALUE_SECRET) {
		/* Without its passphrase a key can't be checked either. */
		if (to == &parser.conf->github_client_secret)
			*to = xstrdup(CONFIG_UNREAD);
		else
			parser.passphrase_unread = true;
	}
}

/* Of the target in a target, else of all. */
static void
set_known_hosts(const struct token *t)
{
	bool		 in_target = block_now() == BLOCK_TARGET;
	char		**path = in_target ? &parser.target->known_hosts_path :
			    &parser.conf->known_hosts_path;
	char		**text = in_target ? &parser.target->known_hosts :
			    &parser.conf->known_hosts;
	struct file	 f;

	if (!is_first(*path, t, "known hosts"))
		return;
	set_path(path, t, VALUE_PATH, "known hosts");
	/* None may be known yet: hostkeys needs a daemon that runs. */
	if (t->bad || file_take(t, *path, FILE_EMPTY, RECORD_STRING_MAX, &f,
	    "known hosts") != FILE_READ)
		return;
	*text = xstrdup(f.data);
	file_clear(&f);
}

static void
set_ca(const struct token *t)
{
	struct file	f;

	if (!is_first(parser.conf->ca_path, t, "ca file"))
		return;
	set_path(&parser.conf->ca_path, t, VALUE_PATH, "ca file");
	if (t->bad || file_take(t, parser.conf->ca_path, 0, RECORD_STRING_MAX,
	    &f, "ca") != FILE_READ)
		return;
	parser.conf->ca.v = f.data;
	parser.conf->ca.n = f.len;
}

static void
unknown_limit(const struct token *t, int max)
{
	const char	*near = NULL;
	unsigned	 best = NEAREST_FAR;
	int		 i;

	for (i = 0; i < max; i++)
		if (is_near(t->text, conf_limits[i].name, &best))
			near = conf_limits[i].name;
	problem(t, "unknown limit%s%s%s%s%s", is_quotable(t) ? " " : "",
	    is_quotable(t) ? quoted(t->text) : "",
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

static void
set_limit(const struct token *name, const struct token *t)
{
	bool		 in_target = block_now() == BLOCK_TARGET;
	uint64_t	*limits = in_target ? parser.target->limits :
			    parser.conf->limits;
	char		 min[32], max[32];
	const char	*error;
	uint64_t	 value;
	int		 l;

	if (name->bad || t->bad)
		return;
	l = limit_by_name(name->text);
	if (l == -1)
		unknown_limit(name, in_target ? LIMIT_TARGET_MAX : LIMIT_MAX);
	else if (in_target && l >= LIMIT_TARGET_MAX)
		problem(name, "limit %s is the daemon's: it stands at the "
		    "top, not in a target", conf_limits[l].name);
	else if (limits[l] != LIMIT_UNSET)
		problem(name, "limit %s stands here a second time",
		    conf_limits[l].name);
	else if (limit_parse(l, t->text, &value, &error) == -1) {
		limit_format(l, conf_limits[l].min, min, sizeof(min));
		limit_format(l, conf_limits[l].max, max, sizeof(max));
		problem(t, "limit %s: %s (from %s to %s)",
		    conf_limits[l].name, error, min, max);
	} else
		limits[l] = value;
}

static void
add_listen(const struct token *t, const struct token *port,
    const struct token *group)
{
	struct conf_listen	*l = record_new(&conf_listen_record);
	char			*s;

	l->place = t->place;
	list_add(&parser.conf->listens, l);
	if (parser.conf->listens.n == MSG_LIST_MAX)
		problem(t, "too many listen on");
	if (port == NULL) {
		set_path(&l->path, t, VALUE_SOCKET, "socket");
		if (group->text != NULL)
			set_text(&l->group, group, VALUE_GROUP, "group");
		return;
	}
	set_text(&l->address, t, VALUE_ADDRESS, "address");
	s = value_copy(port, VALUE_PORT, "port");
	l->port = strtonum(s, 1, 65535, NULL);
	free(s);
}

/* The words of a list, added to what is there. */
static void
take_list(char ***v, size_t *n, enum value kind, const char *what,
    enum twice twice, size_t max)
{
	LIST_OF(char)		 list = { *v, *n };
	const struct token	*t;
	size_t			 i;

	for (i = 0; i < parser.nwords; i++) {
		t = &parser.words[i];
		if (list.n == max) {
			problem(t, "more than %zu in this list", max);
			break;
		}
		if (twice == TWICE_ERROR ? conf_has(list.v, list.n, t->text) :
		    conf_has_login(list.v, list.n, t->text)) {
			if (t->bad)
				continue;
			if (twice == TWICE_ERROR)
				problem(t, "%s stands here a second time",
				    describe(what, t));
			else
				warning(t, "%s stands here a second time",
				    describe(what, t));
			continue;
		}
		list_add(&list, value_copy(t, kind, what));
	}
	*v = list.v;
	*n = list.n;
	words_clear(LIST_NONE);
}

static void
take_stages(char ***v, size_t *n, struct place *place, const struct token *t)
{
	const char	*what = t->text != NULL && *t->text == 'd' ?
			    "default stages" : "stages";
	bool		 is_json = place->line != 0 &&
			    conf_json_has(&parser.json, place);

	if (is_first(place->line == 0 || is_json ? NULL : place, t, what)) {
		while (is_json && *n > 0)
			free((*v)[--*n]);
		*place = t->place;
		take_list(v, n, VALUE_NAME, "stage", TWICE_ERROR,
		    CONFIG_STAGES_MAX);
	}
	words_clear(LIST_NONE);
}

/*
 * Blocks.
 */

static void
github_begin(const struct token *t)
{
	is_first(parser.github ? t : NULL, t, "github");
	parser.github = true;
	block_open(BLOCK_GITHUB);
}

static void
github_end(const struct token *t)
{
	const struct conf	*c = parser.conf;

	block_close();
	if (parser.github_broken)
		return;
	if (c->github_client_id == NULL)
		problem(t, "github has no client id");
	if (c->github_client_secret == NULL)
		problem(t, "github has no client secret");
}

static void
many_check(size_t n, const struct token *t, const char *what)
{
	if (n == CONFIG_LIST_MAX + 1)
		problem(t, "more than %d %s", CONFIG_LIST_MAX, what);
}

/* What JSON has declared is opened again: it gets what JSON can't say. */
static struct conf_application *
application_of_json(const struct token *t)
{
	struct conf_application	*a = conf_application(parser.conf, t->text);

	return a != NULL && conf_json_has(&parser.json, &a->place) ? a : NULL;
}

static void
application_begin(const struct token *t)
{
	struct conf_application	*a;

	block_open(BLOCK_APPLICATION);
	if ((parser.application = application_of_json(t)) != NULL)
		return;
	a = record_new(&conf_application_record);
	a->place = t->place;
	a->name = value_copy(t, VALUE_APPLICATION, "application");
	list_add(&parser.conf->applications, a);
	many_check(parser.conf->applications.n, t, "applications");
	parser.application = a;
}

static void
target_begin(const struct token *t)
{
	struct conf_target	*target;
	int			 l;

	block_open(BLOCK_TARGET);
	parser.passphrase_unread = false;
	target = conf_target(parser.application, t->text);
	if (target != NULL && conf_json_has(&parser.json, &target->place)) {
		parser.target = target;
		return;
	}
	target = record_new(&conf_target_record);
	target->place = t->place;
	target->name = value_copy(t, VALUE_NAME, "target");
	for (l = 0; l < LIMIT_TARGET_MAX; l++)
		target->limits[l] = LIMIT_UNSET;
	list_add(&parser.application->targets, target);
	many_check(parser.application->targets.n, t, "targets");
	parser.target = target;
}

static void
target_end(void)
{
	struct conf_target	*t = parser.target;
	size_t			 i;

	block_close();
	/* Nothing said: all of them. */
	if (t->default_stages_place.line == 0 && !t->broken)
		for (i = 0; i < t->stages.n; i++)
			list_add(&t->default_stages,
			    xstrdup(t->stages.v[i]));
	if (parser.passphrase_unread && t->key != NULL &&
	    t->key_path != NULL) {
		freezero(t->key, strlen(t->key));
		t->key = NULL;
	}
}

static void
host_begin(const struct token *t)
{
	struct conf_host	*h = record_new(&conf_host_record);

	h->place = t->place;
	h->name = value_copy(t, VALUE_HOST, "host");
	h->port = CONF_SSH_PORT;
	list_add(&parser.target->hosts, h);
	many_check(parser.target->hosts.n, t, "hosts");
	parser.host = h;
	parser.host_port = false;
}

static void
host_port(const struct token *t)
{
	char	*s;

	if (is_first(parser.host_port ? t : NULL, t, "port")) {
		s = value_copy(t, VALUE_PORT, "port");
		parser.host->port = strtonum(s, 1, 65535, NULL);
		free(s);
	}
	parser.host_port = true;
}

/*
 * Whether a host of a native line is one that JSON has declared.  Without a
 * port it is the only one of that name, or the one with the usual port.
 */
static struct conf_host *
host_of_json(const struct conf_host *h)
{
	struct conf_host	*found = NULL, *other;
	size_t			 i, n = 0;

	for (i = 0; i < parser.target->hosts.n; i++) {
		other = parser.target->hosts.v[i];
		if (!conf_json_has(&parser.json, &other->place) ||
		    strcasecmp(other->name, h->name) != 0)
			continue;
		if (other->port == h->port)
			return other;
		found = other;
		n++;
	}
	return n == 1 && !parser.host_port ? found : NULL;
}

/* Such a host gets the roles and fingerprints of the line. */
static void
host_end(void)
{
	struct conf_target	*t = parser.target;
	struct conf_host	*h = parser.host, *json = host_of_json(h);
	size_t			 i;

	if (json == NULL)
		return;
	for (i = 0; i < h->roles.n; i++)
		if (!conf_has(json->roles.v, json->roles.n, h->roles.v[i]) &&
		    json->roles.n < CONFIG_HOST_ROLES_MAX)
			list_add(&json->roles, xstrdup(h->roles.v[i]));
	for (i = 0; i < h->fingerprints.n; i++)
		list_add(&json->fingerprints, xstrdup(h->fingerprints.v[i]));
	parser.host = json;
	t->hosts.n--;
	record_free(&conf_host_record, h);
}

static struct conf_role *
role_of_json(const struct token *t)
{
	struct conf_role	*r = conf_role(parser.target, t->text);

	return r != NULL && conf_json_has(&parser.json, &r->place) ? r : NULL;
}

static void
role_begin(const struct token *t)
{
	struct conf_role	*r;

	block_open(BLOCK_ROLE);
	if ((parser.role = role_of_json(t)) != NULL)
		return;
	r = record_new(&conf_role_record);
	r->place = t->place;
	r->name = value_copy(t, VALUE_NAME, "role");
	list_add(&parser.target->roles, r);
	many_check(parser.target->roles.n, t, "roles");
	parser.role = r;
}

/* In place of the option of that name that JSON has set, or behind all. */
static void
option_place(struct conf_option *o)
{
	struct conf_role	*r = parser.role;
	size_t			 i;

	for (i = 0; i < r->options.n; i++)
		if (conf_json_has(&parser.json, &r->options.v[i]->place) &&
		    strcmp(r->options.v[i]->name, o->name) == 0) {
			record_free(&conf_option_record, r->options.v[i]);
			r->options.v[i] = o;
			return;
		}
	list_add(&r->options, o);
}

/* The same for the script of that stage. */
static void
script_place(struct conf_script *s)
{
	struct conf_role	*r = parser.role;
	size_t			 i;

	for (i = 0; i < r->scripts.n; i++)
		if (conf_json_has(&parser.json, &r->scripts.v[i]->place) &&
		    strcmp(r->scripts.v[i]->stage, s->stage) == 0) {
			record_free(&conf_script_record, r->scripts.v[i]);
			r->scripts.v[i] = s;
			return;
		}
	list_add(&r->scripts, s);
}

static struct conf_option *
option_new(const struct token *name, bool secret)
{
	struct conf_option	*o = record_new(&conf_option_record);
	const char		*error;

	o->place = name->place;
	o->secret = secret;
	o->name = xstrdup(name->text);
	error = value_error(VALUE_OPTION, name->text);
	if (error != NULL && !name->bad)
		problem(name, "option%s%s %s", name->place.file == 0 ?
		    " " : "", name->place.file == 0 ?
		    quoted(name->text) : "", error);
	return o;
}

static void
option_add(struct conf_option *o, const struct token *name)
{
	if (o->value == NULL)
		o->value = xstrdup(CONFIG_UNREAD);
	option_place(o);
	many_check(parser.role->options.n, name, "options");
}

static void
add_option(const struct token *name, const struct token *t, bool secret)
{
	struct conf_option	*o = option_new(name, secret);

	/* An empty value is a value. */
	if (!t->is_file && *t->text == '\0' && !secret)
		o->value = xstrdup("");
	else
		o->value = value_take(&o->path, t, VALUE_SECRET,
		    secret ? "secret" : "value", secret);
	option_add(o, name);
}

/* The lines of the statement as one text, to be freed. */
static char *
lines_join(void)
{
	const struct token	*t;
	size_t			 i, len = 1, n = 0;
	char			*text;

	for (i = 0; i < parser.nwords; i++)
		len += strlen(parser.words[i].text) + 1;
	if ((text = calloc(1, len)) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < parser.nwords; i++) {
		t = &parser.words[i];
		if (value_error(VALUE_LINE, t->text) != NULL)
			problem(t, "this line %s",
			    value_error(VALUE_LINE, t->text));
		n += snprintf(text + n, len - n, "%s%s", t->text,
		    i + 1 < parser.nwords ? "\n" : "");
	}
	return text;
}

static void
add_option_lines(const struct token *name)
{
	struct conf_option	*o = option_new(name, false);

	o->value = lines_join();
	if (strlen(o->value) > SECRET_MAX)
		problem(name, "this value is longer than %d bytes",
		    SECRET_MAX);
	words_clear(LIST_NONE);
	option_add(o, name);
}

static void
add_script(void)
{
	struct conf_script	*s = record_new(&conf_script_record);
	size_t			 i;

	s->stage = value_copy(&parser.script, VALUE_NAME, "stage");
	s->place = parser.nwords > 0 ? parser.words[0].place :
	    parser.script.place;
	script_place(s);
	many_check(parser.role->scripts.n, &parser.script, "scripts");
	s->text = lines_join();
	if (parser.nwords == 0)
		problem(&parser.script, "this script has no line");
	else if (strlen(s->text) > SCRIPT_MAX)
		problem(&parser.script, "this script is longer than %d bytes",
		    SCRIPT_MAX);
	for (i = 0; i < parser.nwords; i++)
		conf_script_add_line(s, parser.words[i].place.line);
	words_clear(LIST_NONE);
}

static void
add_receiver(const struct token *kind, const struct token *t)
{
	struct conf_receiver	*r;

	if (!kind->bad && !is_receiver_kind(kind->text)) {
		problem(kind, "there is no such kind of receiver; there is: "
		    "webhook");
		return;
	}
	r = record_new(&conf_receiver_record);
	r->place = kind->place;
	r->kind = xstrdup(kind->text);
	r->url = value_take(&r->path, t, VALUE_RECEIVER_URL, "URL", true);
	if (r->url == NULL) {
		/* The path makes a name of its own for it. */
		r->url = r->path;
		receiver_identify(r);
		r->url = xstrdup(UNREAD_URL);
	} else
		receiver_identify(r);
	list_add(&parser.target->receivers, r);
	many_check(parser.target->receivers.n, kind, "receivers");
}

/*
 * JSON.
 */

static void
json_read(void)
{
	struct conf_json	*j = &parser.json;
	const char		*text;
	size_t			 len;

	text = lexer_take(parser.lx, &len, &j->file);
	j->problems = parser.problems;
	j->name = lexer_file_name(parser.lx, j->file);
	j->is_exposed = lexer_file_exposed(parser.lx, j->file);
	j->has_github = parser.github;
	parser.conf->json = j->file + 1;
	conf_json_read(j, text, len);
}

static void
include_json(const struct token *t)
{
	if (block_now() != BLOCK_TOP)
		problem(t, "include json does not belong here but at the "
		    "top");
	else if (parser.conf->json > 0)
		problem(t, "include json stands here a second time");
	else if (lexer_include(parser.lx, t) == -1)
		block_broken();
	else
		json_read();
}

/* JSON can't say where to listen. */
static void
json_listen(struct conf *c)
{
	struct conf_listen	*l;

	if (c->json == 0 || c->listens.n > 0 || c->broken)
		return;
	l = record_new(&conf_listen_record);
	l->address = xstrdup("127.0.0.1");
	l->port = 8080;
	list_add(&c->listens, l);
}

/*
 * The whole.
 */

/* Where nothing is said: the usual places. */
static void
defaults_set(struct conf *c)
{
	const struct {
		char		**to;
		const char	 *path;
	} defaults[] = {
		{ &c->database, CONF_DATABASE },
		{ &c->socket, CONF_SOCKET },
		{ &c->run_directory, CONF_RUN_DIRECTORY },
	};
	size_t	i;

	for (i = 0; i < nitems(defaults); i++)
		if (*defaults[i].to == NULL)
			*defaults[i].to = xstrdup(defaults[i].path);
}

/* Whether hosts of that target are looked up in the known hosts of all. */
static bool
needs_known_hosts(const struct conf_target *t)
{
	size_t	i;

	if (t->unchecked || t->known_hosts_path != NULL)
		return false;
	for (i = 0; i < t->hosts.n; i++)
		if (t->hosts.v[i]->fingerprints.n == 0)
			return true;
	return false;
}

static bool
needs_ca(const struct conf_target *t)
{
	size_t	i;

	for (i = 0; i < t->receivers.n; i++)
		if (strncasecmp(t->receivers.v[i]->url, "https:", 6) == 0)
			return true;
	return false;
}

static const struct conf_target *
target_that(bool (*needs)(const struct conf_target *))
{
	const struct conf_application	*a;
	size_t				 i, j;

	for (i = 0; i < parser.conf->applications.n; i++) {
		a = parser.conf->applications.v[i];
		for (j = 0; j < a->targets.n; j++)
			if (needs(a->targets.v[j]))
				return a->targets.v[j];
	}
	return NULL;
}

/* Files that are read from their usual places, where they are needed. */
static void
default_files_read(void)
{
	const struct conf_target	*t;
	struct token			 at = { .kind = TOKEN_END };
	struct file			 f;

	t = target_that(needs_known_hosts);
	if (parser.conf->known_hosts_path == NULL) {
		parser.conf->known_hosts_path = xstrdup(CONF_KNOWN_HOSTS);
		/* That there is none is for config_validate to say. */
		if (t != NULL && access(CONF_KNOWN_HOSTS, F_OK) == 0) {
			at.place = t->place;
			if (file_take(&at, CONF_KNOWN_HOSTS, FILE_EMPTY,
			    RECORD_STRING_MAX, &f, "known hosts") ==
			    FILE_READ && f.len > 0)
				parser.conf->known_hosts = f.data;
			else
				file_clear(&f);
		}
	}
	t = target_that(needs_ca);
	if (parser.conf->ca_path == NULL) {
		parser.conf->ca_path = xstrdup(CONF_CA);
		if (t == NULL && parser.conf->github_client_id == NULL &&
		    !parser.github)
			return;
		if (t != NULL)
			at.place = t->place;
		if (file_take(&at, CONF_CA, 0, RECORD_STRING_MAX, &f,
		    "ca") == FILE_READ) {
			parser.conf->ca.v = f.data;
			parser.conf->ca.n = f.len;
		}
	}
}

static void
files_name(void)
{
	size_t	i;

	for (i = 0; i < lexer_files(parser.lx); i++)
		list_add(&parser.conf->files,
		    xstrdup(lexer_file_name(parser.lx, i)));
}

static void
macros_check(const struct macros *macros)
{
	const struct macro	*m;

	TAILQ_FOREACH(m, macros, entry)
		if (!m->used)
			problem_add(parser.problems, true, NULL, 0,
			    "macro %s of -D is not used", m->name);
}

struct conf *
config_load(const char *path, struct macros *macros, unsigned flags,
    struct problems *problems)
{
	struct conf	*conf = conf_new();
	size_t		 before = problems_errors(problems);

	memset(&parser, 0, sizeof(parser));
	parser.conf = conf;
	parser.problems = problems;
	parser.flags = flags;
	parser.json.conf = conf;
	parser.lx = lexer_new(macros, problems);
	if (lexer_open(parser.lx, path) == 0) {
		if (lexer_is_json(parser.lx))
			json_read();
		else if (yyparse() != 0 && problems_errors(problems) == before)
			problem(&parser.last, "can't go on here");
		files_name();
		json_listen(conf);
		defaults_set(conf);
		default_files_read();
		conf_limits_resolve(conf);
		config_validate(conf, problems);
		if (macros != NULL)
			macros_check(macros);
	}
	lexer_free(parser.lx);
	free(parser.words);
	free(parser.json.given.v);
	memset(&parser, 0, sizeof(parser));
	if (problems_errors(problems) > before) {
		conf_free(conf);
		conf = NULL;
	}
	return conf;
}

const char *
config_file_name(const struct conf *conf, uint32_t file)
{
	return file < conf->files.n ? conf->files.v[file] : NULL;
}

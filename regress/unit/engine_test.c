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
 * The engine as a program, played to from all sides: a deployment from its
 * order to its end, rights, refusals, twenty at once, viewers, kills, death
 * and start of the engine and of the executor, and what operators do.
 */

#include "engine_play.h"

static struct part	 operator;
static char		*alice, *bob, *carol, *erin, *reader;

static void
whole_deployment(void)
{
	struct answer	 a;
	struct got	*g;
	uint64_t	 id;
	uint32_t	 stream;

	answer_await(&a, deploy_ask(alice, "shop", "production", SHA,
	    "the first"));
	is_int(a.status, 303, "a deployer may deploy");
	is_str(a.location, "/shop/deployments/1", "and is told where");
	answer_free(&a);
	id = 1;
	ok((g = await(&executor, MSG_RUN, 0)) != NULL,
	    "the executor gets an order");
	is_int(msg_get_u64(&g->m), 1, "with its number");
	is_str(msg_get_string(&g->m), "shop", "its application");
	is_str(msg_get_string(&g->m), "production", "its target");
	is_str(msg_get_string(&g->m), SHA, "its commit");
	is_int(msg_get_count(&g->m), 2, "and its stages");
	is_str(msg_get_string(&g->m), "CODE", "in order");
	got_free(&executor, g);

	stream = log_ask(bob, "shop", id, 1);
	one_send(id, 1, ENTRY_STAGE_START, "applikatoni", "CODE");
	one_send(id, 2, ENTRY_COMMAND_STDOUT_OUTPUT, "web1:22",
	    "a \"quote\", \xff and \x01");
	ok(ack_await(id, 2) == 0, "what came is acknowledged");
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, bob, VIEW_DEPLOYMENT,
	    "shop", "", id, 0));
	is_str(member(a.data, "state"), "active", "it is active");
	is_str(member(a.data, "killable"), "false",
	    "a reader could not kill it");
	is_str(member(a.data, "ended_by"), "null", "and it has not ended");
	answer_free(&a);
	end_send(id, 3, ENDED_BY_NONE, "");
	ok(ack_await(id, 3) == 0, "its end is acknowledged");
	answer_await(&a, stream);
	is_int(a.status, 200, "its log can be watched");
	is_int(a.code, 1000, "up to its end");
	ok(strstr(a.data, "{\"id\":1,\"timestamp\":") == a.data,
	    "from the first entry");
	ok(strstr(a.data, "\"entry_type\":\"DEPLOYMENT_START\","
	    "\"message\":\"deployment_id=1\"}\n") != NULL, "the start");
	ok(strstr(a.data, "{\"id\":3,\"timestamp\":"
	    "\"2026-01-02T03:04:05.000000000Z\",\"deployment_id\":1,"
	    "\"origin\":\"web1:22\",\"entry_type\":\"COMMAND_STDOUT_OUTPUT\","
	    "\"message\":\"a \\\"quote\\\", \xef\xbf\xbd and \\u0001\"}\n") !=
	    NULL, "output, as JSON");
	ok(strstr(a.data, "\"DEPLOYMENT_SUCCESS\",\"message\":"
	    "\"deployment_id=1\"}\n") != NULL, "to the last");
	answer_free(&a);
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, alice, VIEW_DEPLOYMENT,
	    "shop", "", id, 0));
	is_str(member(a.data, "state"), "successful", "it was successful");
	is_str(member(a.data, "entries"), "4", "with four entries");
	answer_free(&a);
}

static void
notified(void)
{
	static const char *const states[] = { "new", "active", "successful" };
	struct ibuf	*b;
	struct got	*g;
	uint64_t	 id;
	size_t		 i;

	for (i = 0; i < 3; i++) {
		if (!ok((g = await(&notifier, MSG_DELIVER, 0)) != NULL,
		    "a notification comes"))
			return;
		id = msg_get_u64(&g->m);
		is_str(msg_get_string(&g->m), "webhook-1", "for its receiver");
		msg_get_string(&g->m);
		msg_get_string(&g->m);
		msg_get_u64(&g->m);
		is_str(msg_get_string(&g->m), states[i], "in order: %s",
		    states[i]);
		msg_get_string(&g->m);
		msg_get_string(&g->m);
		is_str(msg_get_string(&g->m), "the first", "with the comment");
		is_str(msg_get_string(&g->m), "alice", "the person");
		is_str(msg_get_string(&g->m),
		    "https://deploy.example.com/shop/deployments/1",
		    "and the address");
		got_free(&notifier, g);
		b = msg_new();
		msg_put_u64(b, id);
		/* The second is to be tried again. */
		msg_put_u8(b, i == 1 ? OUTCOME_RETRY : OUTCOME_DELIVERED);
		msg_put_string(b, "busy");
		msg_put_u32(b, 0);
		msg_send(notifier.channel, MSG_DELIVERED, 0, -1, b);
		if (i != 1)
			continue;
		g = await(&notifier, MSG_DELIVER, 0);
		ok(g != NULL && msg_get_u64(&g->m) == id,
		    "one that was not taken comes again, before the next");
		got_free(&notifier, g);
		b = msg_new();
		msg_put_u64(b, id);
		msg_put_u8(b, OUTCOME_DELIVERED);
		msg_put_string(b, "");
		msg_put_u32(b, 0);
		msg_send(notifier.channel, MSG_DELIVERED, 0, -1, b);
	}
}

static void
is_refused(uint32_t id, unsigned status, const char *text)
{
	struct answer	a;

	answer_await(&a, id);
	is_int(a.status, status, "%u: %s", status, text);
	ok(strstr(a.data, text) != NULL, "with a sentence");
	if (strstr(a.data, text) == NULL)
		diag("got %s", a.data);
	answer_free(&a);
}

static void
refusals(void)
{
	static const char *const wrong[] = { "POST", "CODE" };
	struct ibuf	*b;
	char		 comment[5000];

	is_refused(deploy_ask("", "shop", "production", SHA, "c"), 401,
	    "not signed in");
	is_refused(deploy_ask("wrong", "shop", "production", SHA, "c"), 401,
	    "wrong API token");
	is_refused(deploy_ask(alice, "none", "production", SHA, "c"), 404,
	    "application not found");
	is_refused(deploy_ask(erin, "shop", "production", SHA, "c"), 403,
	    "not authorized to read");
	is_refused(deploy_ask(alice, "shop", "none", SHA, "c"), 404,
	    "target not found");
	is_refused(deploy_ask(bob, "shop", "production", SHA, "c"), 403,
	    "not authorized to deploy to this target");
	is_refused(deploy_ask(carol, "shop", "production", SHA, "c"), 403,
	    "not authorized to deploy to this target");
	is_refused(deploy_ask(reader, "shop", "production", SHA, "c"), 403,
	    "this API token can only read");
	is_refused(deploy_ask(alice, "shop", "production", "abc", "c"), 422,
	    "invalid commit sha");
	is_refused(deploy_ask(alice, "shop", "production", SHA, " \n"), 422,
	    "comment is empty");
	memset(comment, 'a', sizeof(comment));
	comment[sizeof(comment) - 1] = '\0';
	is_refused(deploy_ask(alice, "shop", "production", SHA, comment), 422,
	    "comment is longer");
	is_refused(deploy_ask(alice, "shop", "production", SHA, "\xff"), 422,
	    "comment is not plain UTF-8");
	b = asked_with(CREDENTIAL_TOKEN, alice);
	msg_put_string(b, "shop");
	msg_put_string(b, "production");
	msg_put_string(b, SHA);
	msg_put_string(b, "");
	msg_put_text(b, "c");
	msg_put_strings(b, wrong, 2);
	msg_send(web.channel, MSG_DEPLOY, ++play_id, -1, b);
	is_refused(play_id, 422, "Available stages: [PRE CODE POST]");
	is_refused(log_ask(erin, "blog", 1, 1), 404, "deployment not found");
	is_refused(kill_ask(erin, "blog", 1), 404, "deployment not found");
	is_refused(kill_ask(bob, "shop", 1), 403, "not authorized to deploy");
	is_refused(kill_ask(alice, "shop", 1), 409, "has ended");
	is_refused(view_ask(CREDENTIAL_TOKEN, alice, VIEW_TOKENS, "", "", 0,
	    0), 403, "sign in");
}

static void
twenty_at_once(void)
{
	struct answer	a;
	uint32_t	ids[20];
	unsigned	i, made = 0, refused = 0;
	uint64_t	id = 0;

	for (i = 0; i < 20; i++)
		ids[i] = deploy_ask(alice, "shop", "production", SHA, "race");
	for (i = 0; i < 20; i++) {
		answer_await(&a, ids[i]);
		if (a.status == 303) {
			made++;
			id = strtoull(strrchr(a.location, '/') + 1, NULL, 10);
		} else if (a.status == 409 &&
		    strstr(a.data, "is running (number 2)") != NULL)
			refused++;
		answer_free(&a);
	}
	is_int(made, 1, "of twenty at once one is made");
	is_int(refused, 19, "and nineteen are told which one runs");
	part_clear(&executor);
	answer_await(&a, kill_ask(alice, "shop", id));
	is_int(a.status, 200, "it can be killed");
	answer_free(&a);
	ok(await(&executor, MSG_JOB_KILL, 0) != NULL,
	    "and the executor hears of it at once");
	end_send(id, 1, ENDED_BY_PERSON, "killed by alice");
	ok(ack_await(id, 1) == 0, "it ends");
	answer_await(&a, log_ask(alice, "shop", id, 1));
	ok(strstr(a.data, "\"KILL_RECEIVED\",\"message\":\"killed by alice\"")
	    != NULL, "its log says who");
	ok(strstr(a.data, "\"DEPLOYMENT_FAIL\",\"message\":\"deployment_id=2, "
	    "err=killed by alice\"") != NULL, "and that it failed");
	answer_free(&a);
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, alice, VIEW_DEPLOYMENT,
	    "shop", "", id, 0));
	is_str(member(a.data, "ended_by"), "person", "ended by a person");
	is_str(member(a.data, "reason"), "killed by alice", "for a reason");
	answer_free(&a);
}

/* Checks that a log has each number once, in order; how many. */
static unsigned
log_count(const char *log, uint64_t from)
{
	uint64_t	id;
	unsigned	n = 0;

	while (log != NULL && *log != '\0') {
		if (sscanf(log, "{\"id\":%ju,", (uintmax_t *)&id) != 1 ||
		    id != from + n) {
			diag("at %u: %.40s", n, log);
			return 0;
		}
		n++;
		if ((log = strchr(log, '\n')) != NULL)
			log++;
	}
	return n;
}

#define LINES	20000
#define BATCH	500

static void
viewers(void)
{
	struct answer	 a[4];
	uint32_t	 ids[4];
	uint64_t	 id, seq;
	size_t		 taken = 0, slow;
	int64_t		 end;
	unsigned	 i;

	memset(a, 0, sizeof(a));
	id = deploy(alice, "shop", "production");
	ids[0] = log_ask(alice, "shop", id, 1);	/* takes all at once */
	ids[1] = log_ask(bob, "shop", id, 1);	/* takes nothing for now */
	for (seq = 1; seq < LINES; seq += BATCH) {
		lines_send(id, seq, BATCH);
		if (seq == 1 + 10 * BATCH)
			ids[2] = log_ask(bob, "shop", id, 1);
		play_pause(1);
		answer_take(&a[0], ids[0]);
		credit(ids[0], a[0].len - taken);
		taken = a[0].len;
	}
	ok(ack_await(id, LINES) == 0, "all lines are acknowledged, though one "
	    "viewer takes nothing");
	answer_take(&a[1], ids[1]);
	slow = a[1].len;
	ok(slow > 0 && slow <= 256 * 1024,
	    "who takes nothing gets no more than the window: %zu", slow);
	ids[3] = log_ask(alice, "shop", id, LINES / 2);
	end_send(id, LINES + 1, ENDED_BY_HOST, "stage failed");
	for (end = play_clock() + PATIENCE; play_clock() < end &&
	    (!a[0].ended || !a[1].ended || !a[2].ended || !a[3].ended);)
		for (loop_once(), i = 0; i < 4; i++) {
			taken = a[i].len;
			answer_take(&a[i], ids[i]);
			credit(ids[i], i == 1 && slow > 0 ? slow :
			    a[i].len - taken);
			if (i == 1 && slow > 0)
				slow = 0;
		}
	for (i = 0; i < 3; i++)
		is_int(log_count(a[i].data, 1), LINES + 2,
		    "viewer %u has every line once, in order", i);
	is_int(log_count(a[3].data, LINES / 2), LINES / 2 + 3,
	    "from=N gives N and what follows");
	for (i = 0; i < 4; i++) {
		is_int(a[i].code, 1000, "and is told the end");
		answer_free(&a[i]);
	}
}

static void
engine_dies(void)
{
	struct answer	 a;
	struct conf	*c = play_conf();
	uint64_t	 id;
	uint32_t	 log;

	id = deploy(alice, "shop", "production");
	lines_send(id, 1, 100);
	ok(ack_await(id, 100) == 0, "a hundred lines are committed");
	lines_send(id, 101, 100);
	lines_send(id, 201, 100);
	engine_end(SIGKILL);
	part_end(&operator);
	if (!ok(engine_begin(c) == 0, "the engine starts again"))
		return;
	/* All that was not acknowledged comes again, and some that was. */
	announce(id, 51);
	jobs_announced();
	lines_send(id, 51, 100);
	lines_send(id, 151, 150);
	lines_send(id, 301, 100);
	ok(ack_await(id, 400) == 0, "what was kept is taken");
	log = log_ask(alice, "shop", id, 1);
	end_send(id, 401, ENDED_BY_NONE, "");
	ok(ack_await(id, 401) == 0, "and the end");
	answer_await(&a, log);
	is_int(log_count(a.data, 1), 402, "no line is lost or doubled");
	ok(strstr(a.data, "\"line 100\"") != NULL &&
	    strstr(a.data, "\"line 101\"") != NULL &&
	    strstr(strstr(a.data, "\"line 100\"") + 1, "\"line 100\"") == NULL,
	    "at the seam too");
	answer_free(&a);

	/* One that nobody announces any more. */
	id = deploy(alice, "shop", "production");
	one_send(id, 1, ENTRY_COMMAND_START, "web1:22", "sleep 60");
	one_send(id, 2, ENTRY_COMMAND_START, "web2:22", "true");
	one_send(id, 3, ENTRY_COMMAND_SUCCESS, "web2:22", "true");
	ok(ack_await(id, 3) == 0, "a command runs");
	engine_end(SIGKILL);
	if (!ok(engine_begin(c) == 0, "the engine starts again"))
		return;
	play_pause(300);
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, alice, VIEW_DEPLOYMENT,
	    "shop", "", id, 0));
	is_str(member(a.data, "state"), "active",
	    "before the executor has spoken nothing is given up");
	answer_free(&a);
	jobs_announced();
	answer_await(&a, log_ask(alice, "shop", id, 1));
	ok(strstr(a.data, "err=daemon was stopped or died while it ran; "
	    "commands may still run on web1:22\"") != NULL,
	    "what nobody has is failed, and says where a command may run");
	is_int(log_count(a.data, 1), 5, "with one end");
	answer_free(&a);
	id = deploy(alice, "shop", "production");
	ok(id != 0, "the target is free again");
	/* The executor dies. */
	one_send(id, 1, ENTRY_COMMAND_START, "web1:22", "sleep 60");
	ok(ack_await(id, 1) == 0, "a command runs again");
	sibling_begin(&executor, PROC_EXECUTOR);
	jobs_announced();
	answer_await(&a, log_ask(alice, "shop", id, 1));
	ok(strstr(a.data, "err=executor was stopped or died while it ran; "
	    "commands may still run on web1:22\"") != NULL,
	    "one of an executor that died is failed");
	answer_free(&a);
	conf_free(c);
}

static void
without_executor(void)
{
	struct answer	 a;
	struct got	*g;
	uint64_t	 id;

	part_end(&executor);
	play_pause(100);
	id = deploy(alice, "shop", "production");
	ok(id != 0, "without an executor it is new");
	answer_await(&a, kill_ask(alice, "shop", id));
	is_int(a.status, 200, "and can be killed");
	answer_free(&a);
	answer_await(&a, log_ask(alice, "shop", id, 1));
	is_int(log_count(a.data, 1), 3, "which ends it");
	answer_free(&a);
	id = deploy(alice, "shop", "production");
	sibling_begin(&executor, PROC_EXECUTOR);
	/* It can't have what it was never given. */
	announce(id, 1);
	jobs_announced();
	g = await(&executor, MSG_RUN, 0);
	ok(g != NULL && msg_get_u64(&g->m) == id,
	    "another one is ordered when the executor is there");
	end_send(id, 1, ENDED_BY_HOST, "no route to host");
	ok(ack_await(id, 1) == 0, "it ends");
	/* A forged one. */
	one_send(id, 1, ENTRY_STAGE_START, "applikatoni", "CODE");
	ok(ack_await(id, 1) == 0, "what comes for an ended one is dropped");
	id = deploy(alice, "shop", "production");
	one_send(id, 1, ENTRY_DEPLOYMENT_SUCCESS, "applikatoni", "forged");
	one_send(id, 1, ENTRY_STAGE_START, "web1:22\nforged", "CODE");
	one_send(id, 1, ENTRY_STAGE_START, "applikatoni", "CODE");
	end_send(id, 2, ENDED_BY_HOST, "x");
	ok(ack_await(id, 2) == 0, "it ends");
	answer_await(&a, log_ask(alice, "shop", id, 1));
	ok(strstr(a.data, "forged") == NULL, "a worker can't say that it "
	    "succeeded");
	is_int(log_count(a.data, 1), 3, "the rest is there");
	answer_free(&a);
}

/* One whose worker does not end; it is looked at again at the end. */
static uint64_t
hanging_kill(void)
{
	struct answer	a;
	uint64_t	id = deploy(erin, "blog", "production");

	one_send(id, 1, ENTRY_COMMAND_START, "web9:22", "sleep 9999");
	ok(ack_await(id, 1) == 0, "one hangs");
	answer_await(&a, kill_ask(erin, "blog", id));
	is_int(a.status, 200, "and is killed");
	answer_free(&a);
	return id;
}

static void
hanging_ended(uint64_t id)
{
	struct answer	a;

	answer_await(&a, log_ask(erin, "blog", id, 1));
	ok(strstr(a.data, "err=killed by erin; its worker did not end in "
	    "time; commands may still run on web9:22\"") != NULL,
	    "which ends it, worker or not");
	is_int(log_count(a.data, 1), 4, "with one end");
	answer_free(&a);
	end_send(id, 2, ENDED_BY_PERSON, "late");
	ok(ack_await(id, 2) == 0, "a late worker is told to forget it");
	ok(deploy(erin, "blog", "production") == id + 3,
	    "and the target was free");
	end_send(id + 3, 1, ENDED_BY_HOST, "x");
	ack_await(id + 3, 1);
}

static void
output_limit(void)
{
	struct answer	 a;
	struct conf	*c = play_conf();
	uint64_t	 id;
	int		 i;

	c->applications.v[0]->targets.v[0]->limits[LIMIT_OUTPUT] = 4096;
	i = conf_send(c);
	ok(await(&parent, MSG_DONE, i) != NULL, "a new configuration is taken");
	id = deploy(alice, "shop", "production");
	lines_send(id, 1, 500);
	one_send(id, 501, ENTRY_COMMAND_SUCCESS, "web1:22", "\"x\"");
	end_send(id, 502, ENDED_BY_NONE, "");
	ok(ack_await(id, 502) == 0, "more than the limit is taken");
	answer_await(&a, log_ask(alice, "shop", id, 1));
	ok(log_count(a.data, 1) < 120, "but not kept");
	ok(strstr(a.data, "output limit reached: further output is counted, "
	    "not kept") != NULL, "which is said at once");
	ok(strstr(a.data, "not kept: 41") != NULL, "and counted at the end");
	ok(strstr(a.data, "COMMAND_SUCCESS") != NULL,
	    "what is not output is kept");
	answer_free(&a);
	conf_free(c);
}

static void
sessions(void)
{
	struct answer	 a, b;
	struct ibuf	*m = msg_new();
	struct conf	*c;
	char		*json, error[256], session[256], *link, *hash;
	uint64_t	 id;
	uint32_t	 stream;

	msg_put_string(m, "ALICE");
	msg_send(operator.channel, MSG_CTL_LOGIN, ++play_id, -1, m);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	link = strdup(member(json, "url"));
	free(json);
	ok(strncmp(link, "https://deploy.example.com/-/login#", 35) == 0,
	    "an operator makes a link");
	hash = strchr(link, '#') + 1;
	m = asked_with(CREDENTIAL_LINK, hash);
	msg_send(web.channel, MSG_LOGIN, ++play_id, -1, m);
	answer_await(&a, play_id);
	is_int(a.status, 200, "it signs in");
	is_int(strlen(a.session), 43, "with a session");
	snprintf(session, sizeof(session), "%s", a.session);
	answer_free(&a);
	m = asked_with(CREDENTIAL_LINK, hash);
	msg_send(web.channel, MSG_LOGIN, ++play_id, -1, m);
	is_refused(play_id, 401, "was used already");
	answer_await(&a, view_ask(CREDENTIAL_SESSION, session, VIEW_HOME, "",
	    "", 0, 0));
	is_int(a.status, 200, "the session is somebody");
	ok(strstr(a.data, "\"name\":\"shop\"") != NULL &&
	    strstr(a.data, "\"name\":\"blog\"") == NULL,
	    "who sees what they may read");
	answer_free(&a);
	m = asked_with(CREDENTIAL_SESSION, session);
	msg_put_string(m, "deploy");
	msg_put_string(m, "shop");
	msg_put_string(m, "staging");
	msg_put_u32(m, 7);
	msg_send(web.channel, MSG_TOKEN_ADD, ++play_id, -1, m);
	answer_await(&a, play_id);
	is_int(strlen(member(a.data, "token")), 43, "and makes a token");
	answer_await(&b, view_ask(CREDENTIAL_TOKEN, member(a.data, "token"),
	    VIEW_APPLICATION, "shop", "", 0, 0));
	ok(strstr(b.data, "\"name\":\"staging\"") != NULL &&
	    strstr(b.data, "\"production\"") == NULL,
	    "which is for one target only");
	answer_free(&b);
	answer_await(&b, view_ask(CREDENTIAL_TOKEN, member(a.data, "token"),
	    VIEW_TONI, "shop", "", 0, 0));
	ok(strstr(b.data, "staging:") != NULL &&
	    strstr(b.data, "production:") == NULL, "in the .toni.yml too");
	answer_free(&a);
	answer_free(&b);
	m = asked_with(CREDENTIAL_SESSION, session);
	msg_put_string(m, "read");
	msg_put_string(m, "blog");
	msg_put_string(m, "");
	msg_put_u32(m, 0);
	msg_send(web.channel, MSG_TOKEN_ADD, ++play_id, -1, m);
	is_refused(play_id, 403, "not authorized to read");

	/* What is taken away is gone at once. */
	id = deploy(alice, "shop", "production");
	m = asked_with(CREDENTIAL_SESSION, session);
	msg_put_string(m, "shop");
	msg_put_u64(m, id);
	msg_put_u64(m, 1);
	msg_put_u8(m, CONTENT_TEXT);
	msg_send(web.channel, MSG_LOG_OPEN, ++play_id, -1, m);
	stream = play_id;
	memset(&b, 0, sizeof(b));
	play_pause(100);
	answer_take(&b, stream);
	is_int(b.status, 200, "a session watches");
	m = asked_with(CREDENTIAL_SESSION, session);
	msg_send(web.channel, MSG_LOGOUT, ++play_id, -1, m);
	answer_await(&a, play_id);
	is_str(a.session, "-", "signing out ends the cookie");
	answer_free(&a);
	answer_free(&b);
	answer_await(&b, stream);
	is_int(b.code, 1008, "and what it watched");
	answer_free(&b);
	is_refused(view_ask(CREDENTIAL_SESSION, session, VIEW_HOME, "", "", 0,
	    0), 401, "not signed in");
	stream = log_ask(bob, "shop", id, 1);
	play_pause(50);
	c = play_conf();
	free(c->applications.v[0]->readers.v[0]);
	c->applications.v[0]->readers.v[0] = strdup("frank");
	ok(await(&parent, MSG_DONE, conf_send(c)) != NULL, "a reload");
	answer_await(&b, stream);
	is_int(b.code, 1008, "ends the streams of who may read no more");
	answer_free(&b);
	conf_free(c);
	c = play_conf();
	await(&parent, MSG_DONE, conf_send(c));
	conf_free(c);
	end_send(id, 1, ENDED_BY_HOST, "over");
	ack_await(id, 1);
	free(link);
}

/* Somebody who is gone from the configuration while the daemon is down. */
static void
removed(void)
{
	struct answer	 a;
	struct conf	*c;
	struct ibuf	*m = msg_new();
	char		*json, error[256], session[256] = "";
	int64_t		 end;

	msg_put_string(m, "bob");
	msg_send(operator.channel, MSG_CTL_LOGIN, ++play_id, -1, m);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	m = asked_with(CREDENTIAL_LINK, strchr(member(json, "url"), '#') + 1);
	msg_send(web.channel, MSG_LOGIN, ++play_id, -1, m);
	answer_await(&a, play_id);
	snprintf(session, sizeof(session), "%s", a.session);
	answer_free(&a);
	free(json);
	engine_end(SIGKILL);
	part_end(&operator);
	c = play_conf();
	free(c->applications.v[0]->readers.v[0]);
	c->applications.v[0]->readers.v[0] = strdup("frank");
	if (!ok(strlen(session) == 43 && engine_begin(c) == 0,
	    "the engine starts without a reader who had signed in"))
		return;
	conf_free(c);
	c = play_conf();
	ok(await(&parent, MSG_DONE, conf_send(c)) != NULL,
	    "who is a reader again later");
	conf_free(c);
	is_refused(view_ask(CREDENTIAL_SESSION, session, VIEW_HOME, "", "", 0,
	    0), 401, "not signed in");
	operator_begin(&operator);
	jobs_announced();
	end = play_clock() + PATIENCE;
	do {
		answer_free(&a);
		answer_await(&a, view_ask(CREDENTIAL_NONE, "", VIEW_HEALTH, "",
		    "", 0, 0));
	} while (a.status == 503 && play_clock() < end);
	answer_free(&a);
}

static void
views(void)
{
	struct answer	a;

	answer_await(&a, view_ask(CREDENTIAL_NONE, "", VIEW_HEALTH, "", "", 0,
	    0));
	is_str(a.data, "{\"status\":\"ok\"}", "health is for anybody");
	answer_free(&a);
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, bob, VIEW_METRICS, "", "",
	    0, 0));
	is_int(a.content, CONTENT_METRICS, "metrics for a token");
	ok(strstr(a.data, "applikatoni_deployments_running 0\n") != NULL &&
	    strstr(a.data, "applikatoni_deployments_total{state=\"failed\"}")
	    != NULL, "have numbers");
	answer_free(&a);
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, alice, VIEW_TONI, "shop",
	    "", 0, 0));
	is_str(a.data, "host: https://deploy.example.com\napplication: shop\n"
	    "api_token: YOUR_API_TOKEN\nstages:\n  production:\n  - CODE\n"
	    "  staging:\n  - CODE\n", "the .toni.yml");
	answer_free(&a);
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, alice, VIEW_APPLICATION,
	    "shop", "", 0, 0));
	ok(strstr(a.data, "{\"user\":{\"login\":\"alice\"},\"application\":{"
	    "\"name\":\"shop\",\"repository\":\"example/shop\",\"branches\":["
	    "\"main\"],\"targets\":[{\"name\":\"production\",\"deployer\":"
	    "true,\"host_key_check\":true,\"stages\":[\"PRE\",\"CODE\","
	    "\"POST\"],\"default_stages\":[\"CODE\"],\"running\":null}")
	    == a.data, "an application");
	answer_free(&a);
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, alice, VIEW_DEPLOYMENTS,
	    "shop", "production", 0, 4));
	ok(strstr(a.data, "\"deployments\":[{\"id\":3,") != NULL &&
	    strstr(a.data, "\"next\":null}") != NULL, "a page of the history");
	answer_free(&a);
	is_refused(view_ask(CREDENTIAL_TOKEN, alice, VIEW_DEPLOYMENT, "shop",
	    "", 9999, 0), 404, "deployment not found");
}

static void
operators(void)
{
	struct ibuf	*b;
	char		*json, error[256];

	b = msg_new();
	msg_put_u8(b, PROC_WEB);
	msg_put_u32(b, 4711);
	msg_put_u64(b, 1767323045);
	msg_put_string(b, "seccomp");
	msg_send(parent.channel, MSG_PROCESS, 0, -1, b);
	play_pause(50);
	msg_send_empty(operator.channel, MSG_CTL_SHOW, ++play_id);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	is_str(json, "{\"processes\":[{\"name\":\"web\",\"pid\":4711,"
	    "\"started_at\":\"2026-01-02T03:04:05.000Z\",\"sandbox\":"
	    "\"seccomp\"}],\"deployments\":[]}", "show");
	free(json);
	msg_send_empty(operator.channel, MSG_CTL_USERS, ++play_id);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	ok(json != NULL && strstr(json, "\"login\":\"alice\"") != NULL,
	    "users");
	free(json);
	b = msg_new();
	msg_put_string(b, "mallory");
	msg_send(operator.channel, MSG_CTL_USER_ADD, ++play_id, -1, b);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	ok(json == NULL && strstr(error, "neither reader nor deployer") !=
	    NULL, "only who may read something becomes a user");
	free(json);
	msg_send_empty(operator.channel, MSG_CTL_BACKUP, ++play_id);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	ok(json != NULL && strncmp(json, "SQLite format 3", 15) == 0,
	    "a backup comes");
	free(json);
	b = msg_new();
	msg_put_u64(b, 1);
	msg_put_u64(b, 1);
	msg_send(operator.channel, MSG_CTL_LOG, ++play_id, -1, b);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	is_int(log_count(json, 1), 4, "the log of a deployment");
	free(json);
	msg_send_empty(operator.channel, MSG_CTL_RELOAD, ++play_id);
	ok(await(&parent, MSG_RELOAD, 0) != NULL, "a reload is asked for");
	b = msg_new();
	msg_put_u8(b, 0);
	msg_put_text(b, "a.conf:3: no");
	msg_send(parent.channel, MSG_RELOADED, await(&parent, MSG_RELOAD,
	    0)->id, -1, b);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	is_str(error, "a.conf:3: no", "and its problems come back");
	free(json);
	part_clear(&executor);
	b = msg_new();
	msg_put_string(b, "alice");
	msg_put_string(b, "shop");
	msg_put_string(b, "production");
	msg_put_string(b, SHA);
	msg_put_string(b, "");
	msg_put_text(b, "by an operator");
	msg_put_strings(b, (const char *const[]){ "CODE" }, 1);
	msg_send(operator.channel, MSG_CTL_DEPLOY, ++play_id, -1, b);
	json = ctl_await(&operator, play_id, error, sizeof(error));
	ok(json != NULL, "an operator deploys for a deployer: %s", error);
	free(json);
}

/* With one running: new ones are refused, it is killed, and all is written. */
static void
stop(void)
{
	struct got	*g;
	uint64_t	 id = 0;
	uint32_t	 stream;
	struct answer	 a;

	if ((g = await(&executor, MSG_RUN, 0)) != NULL)
		id = msg_get_u64(&g->m);
	one_send(id, 1, ENTRY_STAGE_START, "applikatoni", "CODE");
	ok(ack_await(id, 1) == 0, "one is running");
	stream = log_ask(alice, "shop", id, 1);
	play_pause(50);
	msg_send_empty(parent.channel, MSG_STOP, ++play_id);
	ok(await(&executor, MSG_JOB_KILL, 0) != NULL,
	    "a stop kills what runs");
	is_refused(deploy_ask(alice, "shop", "staging", SHA, "c"), 403,
	    "not authorized");
	is_refused(deploy_ask(carol, "shop", "staging", SHA, "c"), 503,
	    "the daemon stops");
	end_send(id, 2, ENDED_BY_PERSON, "killed");
	answer_await(&a, stream);
	ok(strstr(a.data, "err=daemon stopped\"") != NULL,
	    "its viewers see why");
	is_int(a.code, 1000, "and its end");
	answer_free(&a);
	ok(await(&parent, MSG_DONE, play_id - 2) != NULL, "it says done");
	is_int(engine_end(0), 0, "and exits");
}

int
main(void)
{
	struct conf	*c;
	uint64_t	 hanging;

	if (geteuid() != 0)
		return skip_all("the engine is started as root");
	log_init("engine_test", 1, 0);
	play_directory("/tmp");
	c = play_conf();
	if (!ok(engine_begin(c) == 0, "the engine starts"))
		return done_testing();
	conf_free(c);
	operator_begin(&operator);
	jobs_announced();
	alice = token_for(&operator, "alice", "deploy");
	bob = token_for(&operator, "bob", "deploy");
	carol = token_for(&operator, "carol", "deploy");
	erin = token_for(&operator, "erin", "deploy");
	reader = token_for(&operator, "Alice", "read");
	whole_deployment();
	notified();
	refusals();
	twenty_at_once();
	viewers();
	engine_dies();
	without_executor();
	hanging = hanging_kill();
	output_limit();
	operator_begin(&operator);
	sessions();
	hanging_ended(hanging);
	removed();
	views();
	operators();
	stop();
	part_end(&operator);
	play_directory_remove();
	return done_testing();
}

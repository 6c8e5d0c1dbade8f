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
 * A disk that is full while a deployment runs: the engine waits and loses
 * nothing; when it lasts, what runs is killed and says why; new deployments
 * are refused.  On a small file system of its own.
 */

#include "engine_play.h"

#include <sys/mount.h>

#define BATCH	200

static char	*carol;

static const char *
filler(void)
{
	static char	path[128];

	snprintf(path, sizeof(path), "%s/filler", play_dir);
	return path;
}

static void
disk_fill(void)
{
	static char	zeros[4096];
	int		fd = open(filler(), O_WRONLY | O_CREAT, 0600);

	while (write(fd, zeros, sizeof(zeros)) == sizeof(zeros))
		continue;
	close(fd);
}

/* Takes what has been acknowledged; the highest number. */
static uint64_t
acks_take(uint64_t acked)
{
	struct got	*g, *next;

	for (g = TAILQ_FIRST(&executor.gots); g != NULL; g = next) {
		next = TAILQ_NEXT(g, entry);
		if (g->type != MSG_JOB_ACK)
			continue;
		msg_get_u64(&g->m);
		acked = msg_get_u64(&g->m);
		got_free(&executor, g);
	}
	return acked;
}

/* How many entries the log has, when each is there once; 0 when not. */
static unsigned
log_whole(const char *log)
{
	uintmax_t	id;
	unsigned	n = 0;

	while (log != NULL && *log != '\0') {
		if (sscanf(log, "{\"id\":%ju,", &id) != 1 || id != n + 1) {
			diag("at %u: %.40s", n, log);
			return 0;
		}
		n++;
		if ((log = strchr(log, '\n')) != NULL)
			log++;
	}
	return n;
}

static void
log_read(struct answer *a, uint64_t id)
{
	uint32_t	ask = log_ask(carol, "shop", id, 1);
	size_t		before = 0;
	int64_t		end = play_clock() + PATIENCE;

	memset(a, 0, sizeof(*a));
	while (!a->ended && play_clock() < end) {
		loop_once();
		answer_take(a, ask);
		credit(ask, a->len - before);
		before = a->len;
	}
}

/* Full for a moment only. */
static void
full_for_a_while(void)
{
	struct answer	 a;
	uint64_t	 id, seq, acked = 0;
	int64_t		 end;

	id = deploy(carol, "shop", "staging");
	lines_send(id, 1, BATCH);
	ok(ack_await(id, BATCH) == 0, "lines are written");
	disk_fill();
	for (seq = BATCH + 1; seq < 100 * BATCH; seq += BATCH)
		lines_send(id, seq, BATCH);
	play_pause(2000);
	acked = acks_take(BATCH);
	ok(acked < seq - 1, "a full disk takes no more: %ju of %ju",
	    (uintmax_t)acked, (uintmax_t)seq - 1);
	answer_await(&a, view_ask(CREDENTIAL_NONE, "", VIEW_HEALTH, "", "", 0,
	    0));
	is_int(a.status, 503, "health says so");
	answer_free(&a);
	unlink(filler());
	for (end = play_clock() + PATIENCE; acked < seq - 1 &&
	    play_clock() < end; acked = acks_take(acked))
		loop_once();
	is_int(acked, seq - 1, "when there is space again all is taken");
	end_send(id, seq, ENDED_BY_NONE, "");
	ok(ack_await(id, seq) == 0, "and the end");
	log_read(&a, id);
	is_int(log_whole(a.data), seq + 1, "no line is lost");
	answer_free(&a);
	answer_await(&a, view_ask(CREDENTIAL_NONE, "", VIEW_HEALTH, "", "", 0,
	    0));
	is_int(a.status, 200, "and all is well");
	answer_free(&a);
}

static void
full_for_long(struct conf *c)
{
	struct answer	 a;
	struct got	*g = NULL;
	uint64_t	 id, seq;
	int64_t		 end;

	id = deploy(carol, "shop", "staging");
	lines_send(id, 1, BATCH);
	ok(ack_await(id, BATCH) == 0, "lines are written");
	disk_fill();
	for (seq = BATCH + 1; seq < 100 * BATCH; seq += BATCH)
		lines_send(id, seq, BATCH);
	for (end = play_clock() + 100000; g == NULL && play_clock() < end;) {
		loop_once();
		TAILQ_FOREACH(g, &executor.gots, entry)
			if (g->type == MSG_JOB_KILL)
				break;
	}
	if (!ok(g != NULL, "what runs is killed after a while"))
		return;
	msg_get_u64(&g->m);
	is_str(msg_get_string(&g->m), "its log could not be written for 30 "
	    "seconds", "with the reason");
	end_send(id, seq, ENDED_BY_LIMIT, "killed");
	ok(ack_await(id, seq) == 0, "its end finds room that was kept");
	answer_await(&a, view_ask(CREDENTIAL_TOKEN, carol, VIEW_DEPLOYMENT,
	    "shop", "", id, 0));
	is_str(member(a.data, "state"), "failed", "it has failed");
	is_str(member(a.data, "ended_by"), "limit", "ended by a limit");
	answer_free(&a);
	log_read(&a, id);
	ok(log_whole(a.data) > BATCH, "what was acknowledged is there");
	ok(strstr(a.data, "err=its log could not be written for 30 seconds")
	    != NULL, "and why it ended");
	answer_free(&a);
	c->limits[LIMIT_FREE_SPACE] = 2 * 1024 * 1024;
	ok(await(&parent, MSG_DONE, conf_send(c)) != NULL, "with a floor");
	answer_await(&a, deploy_ask(carol, "shop", "staging", SHA, "c"));
	is_int(a.status, 507, "new ones are refused");
	answer_free(&a);
}

int
main(void)
{
	struct conf	*c;
	struct part	 operator;
	char		 mount_dir[] = "/tmp/engine_full.XXXXXX";

	if (geteuid() != 0)
		return skip_all("it mounts a file system as root");
	log_init("engine_full_test", 1, 0);
	if (mkdtemp(mount_dir) == NULL ||
	    mount("tmpfs", mount_dir, "tmpfs", 0, "size=12m,mode=755") == -1) {
		rmdir(mount_dir);
		return skip_all("no file system can be mounted");
	}
	play_directory(mount_dir);
	c = play_conf();
	/* With a floor, output would not be kept before it is full. */
	c->limits[LIMIT_FREE_SPACE] = 0;
	if (ok(engine_begin(c) == 0, "the engine starts")) {
		operator_begin(&operator);
		jobs_announced();
		carol = token_for(&operator, "carol", "deploy");
		full_for_a_while();
		full_for_long(c);
		part_end(&operator);
		kill(engine_pid, SIGTERM);
		is_int(waitpid(engine_pid, NULL, WNOHANG), 0,
		    "the engine has lived through it");
		engine_end(SIGKILL);
	}
	conf_free(c);
	umount2(mount_dir, MNT_DETACH);
	rmdir(mount_dir);
	return done_testing();
}

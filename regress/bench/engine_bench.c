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
 * How many log lines the engine takes in a second, down to the disk and out
 * to viewers, how much memory it needs for it, and how long somebody else's
 * request waits meanwhile: `engine_bench [lines] [viewers] [directory]`.
 */

#include "../unit/engine_play.h"

#define BATCH	1000
#define AHEAD	20000		/* lines that are not yet acknowledged */

static long
engine_memory(void)
{
	char	 name[64], line[256];
	long	 kb = 0;
	FILE	*f;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)engine_pid);
	if ((f = fopen(name, "r")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "VmHWM: %ld", &kb);
	fclose(f);
	return kb;
}

/* A batch that is made once; only the number of its first line changes. */
static void
batch_send(uint64_t deployment, uint64_t seq, const struct ibuf *e)
{
	struct ibuf	*b = msg_new();

	msg_put_u64(b, deployment);
	msg_put_u64(b, seq);
	msg_put_u32(b, BATCH);
	msg_put_data(b, ibuf_data(e), ibuf_size(e));
	msg_send(executor.channel, MSG_JOB_ENTRIES, 0, -1, b);
}

static void
spin(void)
{
	struct timeval	tv = { 0, 1000 };

	event_base_loopexit(base, &tv);
	event_base_loop(base, EVLOOP_ONCE);
}

int
main(int argc, char **argv)
{
	struct conf	*c;
	struct part	 operator;
	struct ibuf	*e = ibuf_dynamic(1024, 128 * 1024);
	struct got	*g;
	char		*alice, text[128];
	uint64_t	 lines = argc > 1 ? strtoull(argv[1], NULL, 10) :
			 1000000, id, seq = 1, acked = 0, asked = 0, bytes = 0;
	unsigned	 viewers = argc > 2 ?
			 strtonum(argv[2], 0, 1000, NULL) : 1, i, n = 0;
	uint32_t	 first = 0, view = 0;
	int64_t		 start, ms, slowest = 0, total = 0;

	log_init("engine_bench", 1, 0);
	play_directory(argc > 3 ? argv[3] : "/tmp");
	c = play_conf();
	c->limits[LIMIT_STREAMS_PER_USER] = 2000;
	c->applications.v[0]->targets.v[0]->limits[LIMIT_OUTPUT] =
	    UINT64_C(1) << 40;
	if (engine_begin(c) == -1)
		return 1;
	conf_free(c);
	operator_begin(&operator);
	jobs_announced();
	alice = token_for(&operator, "alice", "deploy");
	id = deploy(alice, "shop", "production");
	for (i = 0; i < BATCH; i++) {
		snprintf(text, sizeof(text), "[%4u/9999] Compiling object "
		    "src/module/file_%u.c", i, i);
		entry_put(e, ENTRY_COMMAND_STDOUT_OUTPUT, "web1:22", text);
	}
	if (ibuf_size(e) > MSG_DATA_MAX)
		return 1;
	for (i = 0; i < viewers; i++) {
		view = log_ask(alice, "shop", id, 1);
		first = first == 0 ? view : first;
	}
	view = 0;
	start = play_clock();
	while (acked < lines) {
		for (; seq - acked < AHEAD && seq <= lines; seq += BATCH)
			batch_send(id, seq, e);
		if (view == 0) {
			view = view_ask(CREDENTIAL_TOKEN, alice, VIEW_HOME,
			    "", "", 0, 0);
			asked = play_clock();
		}
		spin();
		while ((g = TAILQ_FIRST(&executor.gots)) != NULL) {
			if (g->type == MSG_JOB_ACK) {
				msg_get_u64(&g->m);
				acked = msg_get_u64(&g->m);
			}
			got_free(&executor, g);
		}
		while ((g = TAILQ_FIRST(&web.gots)) != NULL) {
			if (g->type == MSG_REPLY_DATA && g->id >= first &&
			    g->id < first + viewers) {
				bytes += g->len;
				credit(g->id, g->len);
			}
			if (g->type == MSG_REPLY_END && g->id == view) {
				ms = play_clock() - asked;
				slowest = ms > slowest ? ms : slowest;
				total += ms;
				n++;
				view = 0;
			}
			got_free(&web, g);
		}
	}
	ms = play_clock() - start;
	printf("lines=%llu viewers=%u ms=%lld lines/s=%llu viewer-MB/s=%.1f "
	    "memory=%ldK page-ms=%.1f slowest-page-ms=%lld\n",
	    (unsigned long long)lines, viewers, (long long)ms,
	    (unsigned long long)lines * 1000 / ms, bytes / 1000.0 / ms,
	    engine_memory(), n == 0 ? 0.0 : (double)total / n,
	    (long long)slowest);
	engine_end(SIGKILL);
	part_end(&operator);
	play_directory_remove();
	return 0;
}

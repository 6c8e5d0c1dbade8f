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
 * Tests of imsg/: what arrives whole, in order and once however the stream
 * was cut; whose each descriptor is, and that none is left open; that bad
 * lengths, lost descriptors and short buffers are errors and nothing worse.
 * It owns no socket but its own pairs and uses no time to wait.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../imsg/imsg.h"
#include "tap.h"

#define NMSG		6
#define FD_MARK		0x80000000U
#define FDS_MAX		16	/* unclaimed descriptors that are kept */

/* Two ends; `raw` is a's descriptor, for what a channel would never send. */
struct pair {
	struct imsgbuf	 a, b;
	int		 raw;
};

static const size_t	 sizes[NMSG] = { 0, 1, 17, 0, 64, 5 };
static int		 alarm_fd = -1, alarms;
static unsigned char	 alarm_msg[IMSG_HEADER_SIZE];

static void
die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void
pair_open(struct pair *p, int fdpass)
{
	int	 fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		die("socketpair");
	if (imsgbuf_init(&p->a, fds[0]) == -1 ||
	    imsgbuf_init(&p->b, fds[1]) == -1)
		die("imsgbuf_init");
	if (fdpass) {
		imsgbuf_allow_fdpass(&p->a);
		imsgbuf_allow_fdpass(&p->b);
	}
	p->raw = fds[0];
}

static void
pair_close(struct pair *p)
{
	imsgbuf_clear(&p->a);
	imsgbuf_clear(&p->b);
	if (p->raw != -1)
		close(p->raw);
	close(p->b.fd);
}

static void
set_nonblock(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == -1)
		die("fcntl");
}

static int
open_fds(void)
{
	DIR	*dir;
	int	 n = 0;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		die("/proc/self/fd");
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/*
 * Sets the limit on open descriptors, and returns whether the kernel knows:
 * under valgrind, which keeps the limit to itself, it doesn't.
 */
static int
limit_fds(rlim_t n)
{
	struct rlimit	 rl;
	FILE		*fp;
	char		 line[128];
	unsigned long	 cur = 0;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		die("getrlimit");
	/* Before, since it needs a descriptor. */
	if ((fp = fopen("/proc/self/limits", "r")) == NULL)
		die("/proc/self/limits");
	setvbuf(fp, NULL, _IONBF, 0);
	rl.rlim_cur = n;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		die("setrlimit");
	while (fgets(line, sizeof(line), fp) != NULL)
		if (sscanf(line, "Max open files %lu", &cur) == 1)
			break;
	fclose(fp);
	return cur == n;
}

/* A descriptor that can be told from all others by what it reads. */
static int
numbered_fd(unsigned char n)
{
	int	 fds[2];

	if (pipe(fds) == -1 || write(fds[1], &n, 1) != 1)
		die("pipe");
	close(fds[1]);
	return fds[0];
}

/* Reads a numbered_fd's number and closes it. */
static int
fd_number(int fd)
{
	unsigned char	 n;

	if (fd == -1)
		return -1;
	if (read(fd, &n, 1) != 1)
		die("read of a numbered descriptor");
	close(fd);
	return n;
}

static void
raw_send(int sock, const void *data, size_t len, const int *fds, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct cmsghdr	*cmsg;
	struct msghdr	 msg;
	struct iovec	 iov;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) != (ssize_t)len)
		die("sendmsg");
}

static size_t
put_header(unsigned char *to, uint32_t type, uint32_t len)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = len;
	memcpy(to, &hdr, sizeof(hdr));
	return sizeof(hdr);
}

static void
fill(unsigned char *data, size_t len, unsigned int seed)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		data[i] = (seed * 31 + i * 7) & 0xff;
}

/* The bytes of NMSG messages, of type 100 and so on. */
static size_t
stream_make(unsigned char *to, uint32_t mark)
{
	size_t	 i, pos = 0;

	for (i = 0; i < NMSG; i++) {
		pos += put_header(to + pos, 100 + i,
		    (IMSG_HEADER_SIZE + sizes[i]) | mark);
		fill(to + pos, sizes[i], i);
		pos += sizes[i];
	}
	return pos;
}

/* Gets what is there; *next is the number of the message due. */
static int
stream_check(struct imsgbuf *b, size_t *next)
{
	struct imsg	 imsg;
	unsigned char	 want[64];
	int		 good = 1, rv;

	while ((rv = imsgbuf_get(b, &imsg)) == 1) {
		if (*next == NMSG)
			good = 0;
		else {
			fill(want, sizes[*next], *next);
			if (imsg_get_type(&imsg) != 100 + *next ||
			    imsg_get_len(&imsg) != sizes[*next] ||
			    (sizes[*next] == 0 && imsg.data != NULL) ||
			    (sizes[*next] != 0 &&
			    memcmp(imsg.data, want, sizes[*next]) != 0))
				good = 0;
			(*next)++;
		}
		imsg_free(&imsg);
	}
	return good && rv == 0;
}

static void
test_roundtrip(void)
{
	struct pair	 p;
	struct imsg	 imsg, none;
	struct ibuf	 view;
	uint32_t	 v = 42, got = 0;

	pair_open(&p, 0);
	is_int(imsgbuf_get(&p.b, &none), 0, "no message at first");
	is_int(imsg_compose(&p.a, 7, 8, 9, -1, &v, sizeof(v)), 1, "compose");
	is_int(imsg_compose(&p.a, 1, 0, 0, -1, NULL, 0), 1, "no data");
	is_int(imsgbuf_queuelen(&p.a), 2, "two queued");
	is_int(imsgbuf_write(&p.a), 0, "write");
	is_int(imsgbuf_queuelen(&p.a), 0, "both written at once");
	is_int(imsgbuf_read(&p.b), 1, "read");
	is_int(imsgbuf_get(&p.b, &imsg), 1, "get");
	is_int(imsg_get_type(&imsg), 7, "type");
	is_int(imsg_get_id(&imsg), 8, "id");
	is_int(imsg_get_pid(&imsg), 9, "pid");
	is_int(imsg_get_len(&imsg), sizeof(v), "length");
	is_int(imsg_get_fd(&imsg), -1, "no descriptor");
	ok(imsg_get_data(&imsg, &got, 3) == -1 && errno == EBADMSG,
	    "data of another size");
	ok(imsg_get_data(&imsg, &got, 0) == -1 && errno == EINVAL,
	    "data of no size");
	is_int(imsg_forward(&p.b, &imsg), 1, "forward");
	is_int(imsg_get_data(&imsg, &got, sizeof(got)), 0, "data");
	is_int(got, 42, "the value");
	is_int(imsg_forward(&p.b, &imsg), 1, "forward what was read");
	imsg_free(&imsg);
	is_int(imsg_get(&p.b, &imsg), IMSG_HEADER_SIZE, "imsg_get's length");
	is_int(imsg_get_pid(&imsg), getpid(), "our own pid for 0");
	ok(imsg_get_ibuf(&imsg, &view) == -1 && errno == EBADMSG,
	    "no ibuf of no data");
	imsg_free(&imsg);
	is_int(imsgbuf_flush(&p.b), 0, "flush");
	is_int(imsgbuf_read(&p.a), 1, "read what was forwarded");
	for (v = 0; imsgbuf_get(&p.a, &imsg) == 1; v++) {
		got = 0;
		ok(imsg_get_ibuf(&imsg, &view) == 0 &&
		    ibuf_get_h32(&view, &got) == 0 && got == 42 &&
		    ibuf_size(&view) == 0 && imsg_get_len(&imsg) == 0 &&
		    imsg_get_id(&imsg) == 8 && imsg_get_pid(&imsg) == 9,
		    "forwarded message %u", v);
		imsg_free(&imsg);
	}
	is_int(v, 2, "both forwarded messages");
	imsg_free(&imsg);
	pair_close(&p);
	imsgbuf_clear(&p.a);
	is_int(imsgbuf_queuelen(&p.a), 0, "clear may be called again");
}

static void
test_building(void)
{
	struct pair		 p;
	struct imsg		 imsg;
	struct iovec		 iov[3];
	struct ibuf		*msg;
	struct ibufqueue	*q, *q2;
	char			 text[8];

	pair_open(&p, 1);
	msg = imsg_create(&p.a, 1, 0, 0, 0);
	is_int(imsg_add(msg, "abc", 3), 3, "imsg_add");
	is_int(imsg_add(msg, NULL, 0), 0, "imsg_add of nothing");
	is_int(imsg_set_maxsize(msg, 4), 0, "imsg_set_maxsize");
	is_int(ibuf_add_n8(msg, 'd'), 0, "up to the limit");
	is_int(ibuf_add_n8(msg, 'e'), -1, "not beyond");
	ibuf_fd_set(msg, numbered_fd(5));
	imsg_close(&p.a, msg);
	msg = imsg_create(&p.a, 1, 0, 0, 4);
	imsg_set_maxsize(msg, 4);
	is_int(imsg_add(msg, "abcde", 5), -1, "imsg_add of too much");

	iov[0].iov_base = iov[2].iov_base = (void *)(uintptr_t)"xyz";
	iov[0].iov_len = 2;
	iov[1].iov_base = NULL;
	iov[1].iov_len = 0;
	iov[2].iov_len = 3;
	is_int(imsg_composev(&p.a, 2, 0, 0, numbered_fd(6), iov, 3), 1,
	    "composev");
	iov[1].iov_len = SIZE_MAX - 2;
	ok(imsg_composev(&p.a, 2, 0, 0, -1, iov, 3) == -1 && errno == ERANGE,
	    "composev of more than a size_t");

	msg = ibuf_dynamic(0, 100);
	ibuf_add(msg, "hello", 6);
	ibuf_fd_set(msg, numbered_fd(7));
	is_int(imsg_compose_ibuf(&p.a, 3, 0, 0, msg), 1, "compose_ibuf");
	msg = ibuf_dynamic(0, 100);
	is_int(imsg_compose_ibuf(&p.a, 4, 0, 0, msg), 1, "an empty one");
	is_int(imsgbuf_queuelen(&p.a), 5, "an ibuf counts with its header");
	is_int(imsgbuf_flush(&p.a), 0, "flush");

	while (imsgbuf_read(&p.b) == 1 && imsgbuf_get(&p.b, &imsg) == 0)
		continue;
	ok(imsg_get_len(&imsg) == 4 && memcmp(imsg.data, "abcd", 4) == 0 &&
	    fd_number(imsg_get_fd(&imsg)) == 5, "the created one");
	imsg_free(&imsg);
	imsgbuf_read(&p.b);
	is_int(imsgbuf_get(&p.b, &imsg), 1, "the gathered one");
	ok(imsg_get_len(&imsg) == 5 && memcmp(imsg.data, "xyxyz", 5) == 0,
	    "its data");
	imsg_get_buf(&imsg, text, 1);
	q = ibufq_new();
	q2 = ibufq_new();
	imsg_ibufq_push(q, &imsg);
	ok(imsg.buf == NULL && ibufq_queuelen(q) == 1, "kept in a queue");
	ibufq_concat(q2, q);
	is_int(ibufq_queuelen(q), 0, "and moved to another");
	is_int(imsg_ibufq_pop(q, &imsg), 0, "nothing in the first");
	is_int(imsg_ibufq_pop(q2, &imsg), 1, "but in the other");
	ok(imsg_get_len(&imsg) == 5 && imsg_get_type(&imsg) == 2 &&
	    fd_number(imsg_get_fd(&imsg)) == 6, "unread, with descriptor");
	imsg_ibufq_push(q2, &imsg);
	ibufq_free(q);
	ibufq_free(q2);
	imsgbuf_read(&p.b);
	is_int(imsgbuf_get(&p.b, &imsg), 1, "the ibuf");
	ok(imsg_get_strbuf(&imsg, text, 6) == 0 && strcmp(text, "hello") == 0,
	    "its string");
	is_int(fd_number(imsg_get_fd(&imsg)), 7, "its descriptor");
	imsg_free(&imsg);
	is_int(imsgbuf_get(&p.b, &imsg), 1, "the empty ibuf, in the same read");
	is_int(imsg_get_len(&imsg), 0, "is empty");
	imsg_free(&imsg);
	pair_close(&p);
}

/* The stream cut in three, at every two places; and a byte at a time. */
static void
test_splits(int fdpass)
{
	struct pair	 p;
	unsigned char	 data[512];
	size_t		 len, i, j, next;
	int		 bad = 0;

	pair_open(&p, fdpass);
	len = stream_make(data, 0);
	for (i = 0; i <= len; i++) {
		for (j = i; j <= len; j++) {
			next = 0;
			if (i > 0)
				raw_send(p.raw, data, i, NULL, 0);
			bad += i > 0 && imsgbuf_read(&p.b) != 1;
			bad += !stream_check(&p.b, &next);
			if (j > i)
				raw_send(p.raw, data + i, j - i, NULL, 0);
			bad += j > i && imsgbuf_read(&p.b) != 1;
			bad += !stream_check(&p.b, &next);
			if (len > j)
				raw_send(p.raw, data + j, len - j, NULL, 0);
			bad += len > j && imsgbuf_read(&p.b) != 1;
			bad += !stream_check(&p.b, &next) || next != NMSG;
		}
	}
	is_int(bad, 0, "%zu bytes cut at every two places%s", len,
	    fdpass ? ", with descriptors allowed" : "");
	for (next = i = 0; i < len; i++) {
		raw_send(p.raw, data + i, 1, NULL, 0);
		bad += imsgbuf_read(&p.b) != 1 || !stream_check(&p.b, &next);
	}
	ok(bad == 0 && next == NMSG, "a byte at a time");
	pair_close(&p);
}

/*
 * A message with a descriptor whose first i bytes come first, together with
 * the end of the message before, of which j bytes were read earlier.
 */
static void
test_fd_partial(void)
{
	struct pair	 p;
	struct imsg	 imsg;
	unsigned char	 before[24], data[24];
	size_t		 i, j;
	int		 bad = 0, fd;

	pair_open(&p, 1);
	put_header(before, 1, sizeof(before));
	put_header(data, 2, sizeof(data) | FD_MARK);
	fill(before + 16, 8, 1);
	fill(data + 16, 8, 2);
	for (i = 1; i < sizeof(data); i++) {
		for (j = 0; j < sizeof(before); j++) {
			fd = numbered_fd(i);
			if (j > 0) {
				raw_send(p.raw, before, j, NULL, 0);
				bad += imsgbuf_read(&p.b) != 1;
			}
			raw_send(p.raw, before + j, sizeof(before) - j, NULL,
			    0);
			raw_send(p.raw, data, i, &fd, 1);
			close(fd);
			bad += imsgbuf_read(&p.b) != 1;
			bad += imsgbuf_get(&p.b, &imsg) != 1;
			bad += imsg_get_type(&imsg) != 1 ||
			    imsg_get_fd(&imsg) != -1;
			imsg_free(&imsg);
			bad += imsgbuf_get(&p.b, &imsg) != 0;
			raw_send(p.raw, data + i, sizeof(data) - i, NULL, 0);
			while (imsgbuf_read(&p.b) == 1 &&
			    imsgbuf_get(&p.b, &imsg) == 0)
				continue;
			bad += imsg_get_type(&imsg) != 2;
			fd = imsg_get_fd(&imsg);
			bad += fd == -1 ||
			    !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			bad += fd_number(fd) != (int)i;
			imsg_free(&imsg);
		}
	}
	is_int(bad, 0, "descriptors that come with a part of a header");
	pair_close(&p);
}

static void
test_fd_several(void)
{
	struct pair	 p;
	struct imsg	 imsg;
	unsigned char	 data[512];
	size_t		 len;
	int		 i, bad = 0, fds[NMSG], before = open_fds();

	pair_open(&p, 1);
	for (i = 0; i < 100; i++) {
		bad += imsg_compose(&p.a, i, 0, 0,
		    i % 3 == 0 ? numbered_fd(i) : -1, data, 0) != 1;
	}
	bad += imsgbuf_flush(&p.a) != 0;
	for (i = 0; i < 100; ) {
		bad += imsgbuf_read(&p.b) != 1;
		for (; imsgbuf_get(&p.b, &imsg) == 1; i++) {
			bad += imsg_get_type(&imsg) != (uint32_t)i;
			bad += fd_number(imsg_get_fd(&imsg)) !=
			    (i % 3 == 0 ? i : -1);
			imsg_free(&imsg);
		}
	}
	is_int(bad, 0, "every third message has its own descriptor");

	len = stream_make(data, FD_MARK);
	for (i = 0; i < NMSG; i++)
		fds[i] = numbered_fd(i);
	raw_send(p.raw, data, len, fds, NMSG);
	for (i = 0; i < NMSG; i++)
		close(fds[i]);
	is_int(imsgbuf_read(&p.b), 1, "several descriptors in one read");
	for (i = 0; imsgbuf_get(&p.b, &imsg) == 1; i++) {
		is_int(fd_number(imsg_get_fd(&imsg)), i,
		    "descriptor %d of several", i);
		is_int(imsg_get_fd(&imsg), -1, "only once");
		imsg_free(&imsg);
	}
	is_int(i, NMSG, "all messages");

	put_header(data, 1, IMSG_HEADER_SIZE | FD_MARK);
	raw_send(p.raw, data, IMSG_HEADER_SIZE, NULL, 0);
	is_int(imsgbuf_read(&p.b), 1, "a message without what it promises");
	imsgbuf_get(&p.b, &imsg);
	is_int(imsg_get_fd(&imsg), -1, "has no descriptor");
	is_int(imsg.hdr.len, IMSG_HEADER_SIZE, "and no mark in its length");
	imsg_free(&imsg);
	pair_close(&p);
	is_int(open_fds(), before, "no descriptor is left open");
}

static void
test_fd_unclaimed(void)
{
	struct pair	 p;
	struct imsg	 imsg;
	struct imsg_hdr	 hdr;
	struct ibuf	*msg;
	unsigned char	 data[64];
	int		 i, fd, rv, before = open_fds();

	pair_open(&p, 1);
	imsg_compose(&p.a, 1, 0, 0, numbered_fd(1), "x", 1);
	imsgbuf_flush(&p.a);
	imsgbuf_read(&p.b);
	is_int(imsgbuf_get(&p.b, &imsg), 1, "a descriptor nobody fetches");
	imsg_free(&imsg);
	imsg_compose(&p.a, 1, 0, 0, numbered_fd(1), "x", 1);
	imsgbuf_flush(&p.a);
	imsgbuf_read(&p.b);
	imsg_compose(&p.a, 2, 0, 0, numbered_fd(1), "not sent", 8);
	fd = numbered_fd(2);
	put_header(data, 3, 40 | FD_MARK);
	raw_send(p.raw, data, 20, &fd, 1);
	imsgbuf_read(&p.b);
	raw_send(p.raw, data, 20, NULL, 0);
	raw_send(p.raw, data, 10, &fd, 1);
	imsgbuf_read(&p.b);
	close(fd);
	pair_close(&p);
	is_int(open_fds(), before,
	    "closed: unfetched, in a queue, in a half message, in no message");

	pair_open(&p, 1);
	put_header(data, 3, IMSG_HEADER_SIZE);
	fd = numbered_fd(2);
	for (i = 0, rv = 1; i < FDS_MAX && rv == 1; i++) {
		raw_send(p.raw, data, IMSG_HEADER_SIZE, &fd, 1);
		rv = imsgbuf_read(&p.b);
	}
	is_int(rv, 1, "%d unclaimed descriptors are kept", FDS_MAX);
	raw_send(p.raw, data, IMSG_HEADER_SIZE, &fd, 1);
	ok(imsgbuf_read(&p.b) == -1 && errno == EBADMSG, "one more is not");
	close(fd);
	raw_send(p.raw, data, IMSG_HEADER_SIZE, NULL, 0);
	errno = 0;
	ok(imsgbuf_read(&p.b) == -1 && errno == EBADMSG,
	    "and the channel stays broken");
	is_int(open_fds(), before + 2, "all of them are closed at once");
	pair_close(&p);

	pair_open(&p, 0);
	fd = numbered_fd(2);
	ok(imsg_compose(&p.a, 1, 0, 0, fd, "x", 1) == -1 && errno == EINVAL,
	    "no descriptor is sent where none is allowed");
	msg = ibuf_dynamic(1, 1);
	ibuf_fd_set(msg, dup(fd));
	ok(imsg_compose_ibuf(&p.a, 1, 0, 0, msg) == -1 && errno == EINVAL,
	    "nor with an ibuf");
	msg = imsg_create(&p.a, 4, 0, 0, 0);
	ibuf_fd_set(msg, dup(fd));
	imsg_close(&p.a, msg);
	is_int(imsgbuf_flush(&p.a), 0, "nor with a message of several parts");
	ok(recv(p.b.fd, &hdr, sizeof(hdr), MSG_PEEK) == sizeof(hdr) &&
	    hdr.len == sizeof(hdr), "whose header promises none");
	put_header(data, 5, IMSG_HEADER_SIZE | FD_MARK);
	raw_send(p.raw, data, IMSG_HEADER_SIZE, &fd, 1);
	close(fd);
	for (i = 4; i < 6; i++) {
		while ((rv = imsgbuf_get(&p.b, &imsg)) == 0)
			if (imsgbuf_read(&p.b) != 1)
				break;
		ok(rv == 1 && imsg_get_type(&imsg) == (uint32_t)i &&
		    imsg_get_fd(&imsg) == -1, "none is received (%d)", i);
		imsg_free(&imsg);
	}
	pair_close(&p);
	is_int(open_fds(), before, "no descriptor is left open");
}

static void
test_fd_truncated(void)
{
	struct pair	 p;
	struct rlimit	 old;
	struct imsg	 imsg;
	unsigned char	 data[512];
	int		 fds[FDS_MAX + 1], fd, i, limited, before = open_fds();

	for (i = 0; i < FDS_MAX + 1; i++)
		fds[i] = numbered_fd(i);
	pair_open(&p, 1);
	stream_make(data, FD_MARK);
	raw_send(p.raw, data, IMSG_HEADER_SIZE, fds, FDS_MAX + 1);
	ok(imsgbuf_read(&p.b) == -1 && errno == EMSGSIZE,
	    "more descriptors than there is room for");
	is_int(imsgbuf_get(&p.b, &imsg), 0, "and no message");
	is_int(open_fds(), before + FDS_MAX + 1 + 2, "none stays open");
	pair_close(&p);

	pair_open(&p, 1);
	stream_make(data, FD_MARK);
	raw_send(p.raw, data, IMSG_HEADER_SIZE, fds, 4);
	for (i = 0; i < FDS_MAX + 1; i++)
		close(fds[i]);
	if (getrlimit(RLIMIT_NOFILE, &old) == -1)
		die("getrlimit");
	fd = dup(p.raw);
	close(fd);
	limited = limit_fds(fd + 2);
	i = imsgbuf_read(&p.b);
	fd = errno;
	if (setrlimit(RLIMIT_NOFILE, &old) == -1)
		die("setrlimit");
	if (limited) {
		ok(i == -1 && fd == EMSGSIZE, "more than it may open");
		is_int(open_fds(), before + 2, "none stays open");
	} else
		skip(2, "the limit doesn't reach the kernel");
	pair_close(&p);
	is_int(open_fds(), before, "no descriptor is left open");
}

static void
test_bad_length(void)
{
	static const uint32_t	 bad[] = { 0, 1, 15, MAX_IMSGSIZE + 1,
		    0x7fffffff, 0xffffffff, FD_MARK, FD_MARK | 15,
		    FD_MARK | (MAX_IMSGSIZE + 1) };
	struct pair		 p;
	struct imsg		 imsg;
	unsigned char		 data[64];
	size_t			 i, len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pair_open(&p, i % 2);
		len = put_header(data, 1, IMSG_HEADER_SIZE);
		len += put_header(data + len, 2, bad[i]);
		raw_send(p.raw, data, len, NULL, 0);
		ok(imsgbuf_read(&p.b) == -1 && errno == ERANGE,
		    "length 0x%x is refused", bad[i]);
		ok(imsgbuf_get(&p.b, &imsg) == 1 && imsg_get_type(&imsg) == 1,
		    "the message before it is there");
		imsg_free(&imsg);
		raw_send(p.raw, data, IMSG_HEADER_SIZE, NULL, 0);
		ok(imsgbuf_read(&p.b) == -1 && errno == ERANGE &&
		    imsgbuf_get(&p.b, &imsg) == 0, "and none after it");
		pair_close(&p);
	}
}

/* Sends one message of len bytes, reads it, and says whether it is right. */
static int
big_message(struct pair *p, size_t len)
{
	struct imsg	 imsg;
	unsigned char	*data;
	int		 good, rv = 0;

	if ((data = malloc(len)) == NULL)
		die("malloc");
	fill(data, len, 3);
	good = imsg_compose(&p->a, 1, 0, 0, -1, data, len) == 1;
	while (good && rv == 0) {
		good = imsgbuf_write(&p->a) == 0 && imsgbuf_read(&p->b) == 1;
		rv = imsgbuf_get(&p->b, &imsg);
	}
	if (good) {
		good = rv == 1 && imsg_get_len(&imsg) == len &&
		    memcmp(imsg.data, data, len) == 0;
		imsg_free(&imsg);
	}
	free(data);
	return good;
}

static void
test_sizes(void)
{
	struct pair	 p;
	struct ibuf	*msg;
	size_t		 max = MAX_IMSGSIZE - IMSG_HEADER_SIZE;
	unsigned char	 data[MAX_IMSGSIZE];

	pair_open(&p, 0);
	set_nonblock(p.raw);
	memset(data, 0, sizeof(data));
	ok(big_message(&p, max), "the largest message");
	ok(imsg_compose(&p.a, 1, 0, 0, -1, data, max + 1) == -1 &&
	    errno == ERANGE, "one byte more is refused");
	ok(imsg_create(&p.a, 1, 0, 0, SIZE_MAX) == NULL && errno == ERANGE,
	    "so is all of a size_t");
	msg = ibuf_open(max + 1);
	ibuf_add_zero(msg, max + 1);
	ok(imsg_compose_ibuf(&p.a, 1, 0, 0, msg) == -1 && errno == ERANGE,
	    "so is an ibuf");
	msg = imsg_create(&p.a, 1, 0, 0, 0);
	is_int(ibuf_add_zero(msg, max), 0, "a message grows to the limit");
	ok(ibuf_add_zero(msg, 1) == -1 && errno == ERANGE, "and no further");
	ibuf_free(msg);
	ok(imsgbuf_set_maxsize(&p.a, 0x80000000U) == -1 && errno == ERANGE,
	    "a limit that is too large");
	ok(imsgbuf_set_maxsize(&p.a, UINT32_MAX) == -1, "and far too large");
	imsgbuf_set_maxsize(&p.a, 3 << 20);
	imsgbuf_set_maxsize(&p.b, 3 << 20);
	ok(big_message(&p, 3 << 20), "3 MB where the limit says so");
	ok(imsg_compose(&p.a, 1, 0, 0, -1, data, 16) == 1, "and a small one");
	imsgbuf_set_maxsize(&p.b, 15);
	imsgbuf_flush(&p.a);
	ok(imsgbuf_read(&p.b) == -1 && errno == ERANGE,
	    "the reader has its own limit");
	imsgbuf_set_maxsize(&p.a, 0);
	is_int(imsg_compose(&p.a, 1, 0, 0, -1, data, 1), -1, "limit 0");
	is_int(imsg_compose(&p.a, 1, 0, 0, -1, data, 0), 1, "no data");
	pair_close(&p);
}

static void
test_ibuf_write(void)
{
	struct ibuf	*buf, view;
	unsigned char	 bytes[4] = { 1, 2, 3, 4 };
	size_t		 i;
	int		 bad = 0;

	ok(ibuf_open(0) == NULL && errno == EINVAL, "no buffer of no size");
	ok(ibuf_dynamic(2, 1) == NULL && errno == EINVAL, "nor beyond max");
	ibuf_free(NULL);
	buf = ibuf_open(4);
	is_int(ibuf_left(buf), 4, "room");
	is_int(ibuf_add(buf, bytes, 4), 0, "fill");
	ok(ibuf_add(buf, bytes, 1) == -1 && errno == ERANGE, "full");
	ok(ibuf_add_zero(buf, SIZE_MAX) == -1 && errno == ERANGE,
	    "no overflow");
	ok(ibuf_reserve(buf, SIZE_MAX) == NULL && errno == ERANGE,
	    "nor by reserve");
	is_int(ibuf_size(buf), 4, "what fails adds nothing");
	ok(ibuf_seek(buf, 4, 1) == NULL && errno == ERANGE, "seek too far");
	ok(ibuf_seek(buf, 2, SIZE_MAX) == NULL, "seek with overflow");
	ok(ibuf_seek(buf, SIZE_MAX, 2) == NULL, "seek with overflow again");
	ok(ibuf_seek(buf, 4, 0) != NULL, "seek to the end");
	is_int(ibuf_set_n16(buf, 3, 1), -1, "set over the end");
	is_int(ibuf_set_n16(buf, 2, 0x0506), 0, "set");
	ok(memcmp(ibuf_data(buf), "\1\2\5\6", 4) == 0, "is set");
	is_int(ibuf_set_maxsize(buf, 3), -1, "no limit below what is there");
	is_int(ibuf_truncate(buf, 2), 0, "truncate");
	is_int(ibuf_set_maxsize(buf, 3), 0, "a lower limit");
	is_int(ibuf_set_maxsize(buf, 4), -1, "never a higher one");
	is_int(ibuf_left(buf), 1, "room");
	is_int(ibuf_truncate(buf, 4), -1, "truncate can't go beyond");
	is_int(ibuf_truncate(buf, 3), 0, "but fills up");
	ok(memcmp(ibuf_data(buf), "\1\2\0", 3) == 0, "with NULs");
	ibuf_free(buf);

	buf = ibuf_dynamic(0, 100000);
	for (i = 0; i < 100000; i++)
		bad += ibuf_add_n8(buf, i % 251) != 0;
	bad += ibuf_add_n8(buf, 0) != -1;
	for (i = 0; i < 100000; i++)
		bad += ((unsigned char *)ibuf_data(buf))[i] != i % 251;
	is_int(bad, 0, "a buffer grows");
	ibuf_free(buf);

	ibuf_from_buffer(&view, bytes, sizeof(bytes));
	ok(ibuf_add_n8(&view, 1) == -1 && errno == ERANGE &&
	    ibuf_set_n8(&view, 0, 9) == -1 && ibuf_reserve(&view, 0) == NULL &&
	    ibuf_truncate(&view, 5) == -1 && ibuf_left(&view) == 0,
	    "a view can't be written");
	is_int(ibuf_truncate(&view, 3), 0, "but made shorter");
	is_int(ibuf_add_n8(&view, 1), -1, "and not longer again");
	ok(bytes[0] == 1 && bytes[3] == 4, "nothing was written");
	ok(!ibuf_fd_avail(&view) && ibuf_fd_get(&view) == -1,
	    "a view has no descriptor");
	ibuf_from_buffer(&view, NULL, 0);
	ok(ibuf_data(&view) == NULL && ibuf_size(&view) == 0 &&
	    ibuf_skip(&view, 1) == -1 && ibuf_get(&view, bytes, 0) == 0,
	    "a view of nothing");
}

static void
test_ibuf_numbers(void)
{
	struct ibuf	*buf, copy;
	uint8_t		 n8;
	uint16_t	 n16, h16;
	uint32_t	 n32, h32;
	uint64_t	 n64, h64;

	buf = ibuf_dynamic(0, 64);
	ok(ibuf_add_n8(buf, 0x100) == -1 && errno == EINVAL, "n8 too large");
	ok(ibuf_add_n16(buf, 0x10000) == -1 && errno == EINVAL, "n16");
	ok(ibuf_add_n32(buf, 1ULL << 32) == -1 && errno == EINVAL, "n32");
	ok(ibuf_add_h16(buf, 0x10000) == -1 && errno == EINVAL, "h16");
	ok(ibuf_add_h32(buf, 1ULL << 32) == -1 && errno == EINVAL, "h32");
	is_int(ibuf_size(buf), 0, "nothing was added");
	ibuf_add_n8(buf, 0xff);
	ibuf_add_n16(buf, 0x0102);
	ibuf_add_n32(buf, 0x03040506);
	ibuf_add_n64(buf, 0x0708090a0b0c0d0eULL);
	ok(memcmp(ibuf_data(buf), "\377\1\2\3\4\5\6\7\10\11\12\13\14\15\16",
	    15) == 0, "network order");
	ibuf_add_h16(buf, UINT16_MAX);
	ibuf_add_h32(buf, UINT32_MAX - 1);
	ibuf_add_h64(buf, UINT64_MAX - 2);
	is_int(ibuf_set_n8(buf, 0, 0x100), -1, "set n8 too large");
	is_int(ibuf_set_h16(buf, 0, 0x10000), -1, "set h16 too large");
	is_int(ibuf_set_h32(buf, 0, 1ULL << 32), -1, "set h32 too large");
	is_int(ibuf_set_h64(buf, 21, 7), 0, "set h64");
	is_int(ibuf_set_n64(buf, 22, 7), -1, "set n64 over the end");
	ibuf_from_ibuf(&copy, buf);
	ok(ibuf_get_n8(buf, &n8) == 0 && n8 == 0xff, "n8");
	ok(ibuf_get_n16(buf, &n16) == 0 && n16 == 0x0102, "n16");
	ok(ibuf_get_n32(buf, &n32) == 0 && n32 == 0x03040506, "n32");
	ok(ibuf_get_n64(buf, &n64) == 0 && n64 == 0x0708090a0b0c0d0eULL,
	    "n64");
	ok(ibuf_get_h16(buf, &h16) == 0 && h16 == UINT16_MAX, "h16");
	ok(ibuf_get_h32(buf, &h32) == 0 && h32 == UINT32_MAX - 1, "h32");
	ok(ibuf_get_h64(buf, &h64) == 0 && h64 == 7, "h64");
	ok(ibuf_get_n8(buf, &n8) == -1 && errno == EBADMSG, "at the end");
	is_int(ibuf_size(&copy), 29, "a copy is unread");
	ibuf_rewind(buf);
	is_int(ibuf_size(buf), 29, "so is what was rewound");
	ibuf_free(buf);
}

static void
test_ibuf_short(void)
{
	struct ibuf	 buf, part;
	unsigned char	 bytes[7] = { 1, 2, 3, 4, 5, 6, 7 }, to[8];
	char		*str;
	uint8_t		 n8;
	uint16_t	 n16 = 9;
	uint32_t	 n32 = 9;
	uint64_t	 n64 = 9;

	ibuf_from_buffer(&buf, bytes, 7);
	ok(ibuf_get_n64(&buf, &n64) == -1 && errno == EBADMSG &&
	    ibuf_get_h64(&buf, &n64) == -1 && n64 == 9, "short for 64 bits");
	ibuf_from_buffer(&buf, bytes, 3);
	ok(ibuf_get_n32(&buf, &n32) == -1 && ibuf_get_h32(&buf, &n32) == -1 &&
	    n32 == 9, "for 32");
	ibuf_from_buffer(&buf, bytes, 1);
	ok(ibuf_get_n16(&buf, &n16) == -1 && ibuf_get_h16(&buf, &n16) == -1 &&
	    n16 == 9, "for 16");
	ok(ibuf_size(&buf) == 1 && ibuf_get_n8(&buf, &n8) == 0 && n8 == 1,
	    "what fails reads nothing");
	is_int(ibuf_get_n8(&buf, &n8), -1, "for 8");
	ibuf_from_buffer(&buf, bytes, 7);
	ok(ibuf_get(&buf, to, 8) == -1 && errno == EBADMSG, "for a copy");
	ok(ibuf_get_ibuf(&buf, 8, &part) == -1 && errno == EBADMSG,
	    "for a view");
	ok(ibuf_skip(&buf, SIZE_MAX) == -1 && errno == EBADMSG, "to skip");
	str = ibuf_get_string(&buf, 8);
	ok(str == NULL && errno == EBADMSG, "for a string");
	ok(ibuf_get_strbuf(&buf, (char *)to, 8) == -1 && errno == EBADMSG,
	    "for a field");
	is_int(ibuf_size(&buf), 7, "all is still there");
	ok(ibuf_get_ibuf(&buf, 3, &part) == 0 && ibuf_size(&part) == 3 &&
	    ibuf_size(&buf) == 4, "a view of a part");
	is_int(ibuf_skip(&part, 2), 0, "skip in it");
	ok(ibuf_get_n8(&part, &n8) == 0 && n8 == 3, "its last byte");
	is_int(ibuf_get_n8(&part, &n8), -1, "it ends before the whole does");
	ok(ibuf_get_n8(&buf, &n8) == 0 && n8 == 4, "which goes on after it");
}

static void
test_ibuf_strings(void)
{
	struct ibuf	*buf;
	char		 field[8], *str;

	buf = ibuf_dynamic(0, 64);
	is_int(ibuf_add_strbuf(buf, "seven..", 8), 0, "a full field");
	ok(ibuf_add_strbuf(buf, "eight...", 8) == -1 && errno == EOVERFLOW,
	    "no room for the NUL");
	ok(ibuf_add_strbuf(buf, "", 0) == -1 && errno == EOVERFLOW,
	    "a field of no size");
	is_int(ibuf_size(buf), 8, "nothing was added");
	is_int(ibuf_add_strbuf(buf, "ab", 8), 0, "a field half full");
	is_int(ibuf_get_strbuf(buf, field, 8), 0, "get");
	is_str(field, "seven..", "the first");
	is_int(ibuf_get_strbuf(buf, field, 8), 0, "get");
	ok(memcmp(field, "ab\0\0\0\0\0", 8) == 0, "filled with NULs");
	ok(ibuf_get_strbuf(buf, field, 0) == -1 && errno == EINVAL,
	    "no field of no size");

	ibuf_add(buf, "noNULhere", 9);
	ok(ibuf_get_strbuf(buf, field, 8) == -1 && errno == EOVERFLOW,
	    "a field without NUL");
	is_str(field, "noNULhe", "is cut, and ends");
	ibuf_get(buf, field, 1);
	ibuf_add(buf, "abc", 3);
	str = ibuf_get_string(buf, 3);
	is_str(str, "abc", "a string without NUL");
	free(str);
	ibuf_add(buf, "a\0c", 3);
	str = ibuf_get_string(buf, 3);
	is_str(str, "a", "a string with a NUL in it ends there");
	free(str);
	is_int(ibuf_size(buf), 0, "but all of it is read");
	str = ibuf_get_string(buf, 0);
	is_str(str, "", "a string of nothing");
	free(str);
	ibuf_free(buf);
}

static void
test_ibuf_fd(void)
{
	struct ibuf	*buf;
	int		 fd, before = open_fds();

	buf = ibuf_open(1);
	ok(!ibuf_fd_avail(buf) && ibuf_fd_get(buf) == -1, "no descriptor");
	ibuf_fd_set(buf, numbered_fd(1));
	ok(ibuf_fd_avail(buf), "one");
	ibuf_fd_set(buf, numbered_fd(2));
	is_int(open_fds(), before + 1, "the one before is closed");
	fd = ibuf_fd_get(buf);
	is_int(fd_number(fd), 2, "got");
	ok(!ibuf_fd_avail(buf), "and gone");
	ibuf_fd_set(buf, numbered_fd(3));
	ibuf_fd_set(buf, -1);
	is_int(open_fds(), before, "set to none");
	ibuf_fd_set(buf, numbered_fd(3));
	ibuf_free(buf);
	is_int(open_fds(), before, "freed");
}

/* Whether message n of test_queue is right. */
static int
queue_check(struct imsg *imsg, unsigned int n)
{
	unsigned char	 want[4096];
	size_t		 len = n * 37 % sizeof(want);

	fill(want, len, n);
	return imsg_get_type(imsg) == n && imsg_get_len(imsg) == len &&
	    (len == 0 || memcmp(imsg->data, want, len) == 0) &&
	    fd_number(imsg_get_fd(imsg)) == (n % 5 == 0 ? (int)(n & 0xff) : -1);
}

/*
 * A producer that stops at 20 queued, over a socket that takes little: the
 * queue never grows beyond, nothing is lost, and short writes go on where
 * they stopped.
 */
static void
test_queue(void)
{
	struct pair	 p;
	struct imsg	 imsg;
	struct ibuf	*msg;
	unsigned char	 data[4096];
	unsigned int	 sent = 0, got = 0, most = 0, full = 0;
	size_t		 len;
	int		 size = 1, bad = 0, fd, before = open_fds();

	pair_open(&p, 1);
	set_nonblock(p.raw);
	set_nonblock(p.b.fd);
	if (setsockopt(p.raw, SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)) == -1)
		die("SO_SNDBUF");
	is_int(imsgbuf_read(&p.b), 1, "nothing to read is no error");
	while (got < 600 && bad == 0) {
		while (sent < 600 && imsgbuf_queuelen(&p.a) < 20) {
			len = sent * 37 % sizeof(data);
			fill(data, len, sent);
			fd = sent % 5 == 0 ? numbered_fd(sent & 0xff) : -1;
			if (sent % 2) {
				bad += imsg_compose(&p.a, sent, 0, 0, fd,
				    data, len) != 1;
			} else {
				msg = ibuf_dynamic(0, sizeof(data));
				ibuf_add(msg, data, len);
				ibuf_fd_set(msg, fd);
				bad += imsg_compose_ibuf(&p.a, sent, 0, 0,
				    msg) != 1;
			}
			sent++;
		}
		if (imsgbuf_queuelen(&p.a) > most)
			most = imsgbuf_queuelen(&p.a);
		/* Until it takes no more. */
		do {
			len = imsgbuf_queuelen(&p.a);
			bad += imsgbuf_write(&p.a) != 0;
		} while (imsgbuf_queuelen(&p.a) < len);
		full += len > 0;
		bad += imsgbuf_read(&p.b) != 1;
		while (imsgbuf_get(&p.b, &imsg) == 1) {
			bad += !queue_check(&imsg, got++);
			imsg_free(&imsg);
		}
	}
	ok(bad == 0 && got == 600, "600 messages through a tiny socket");
	ok(most == 20 || most == 21, "never more than 21 queued (%u)", most);
	ok(full > 100, "the socket was full %u times", full);
	is_int(imsgbuf_queuelen(&p.a), 0, "the queue is empty");
	pair_close(&p);
	is_int(open_fds(), before, "no descriptor is left open");
}

/* Flush waits for a reader on a socket that doesn't block. */
static void
test_flush(void)
{
	struct pair	 p;
	struct imsg	 imsg;
	unsigned char	 data[8000];
	unsigned int	 i, n = 0;
	pid_t		 pid;
	int		 status, bad = 0;

	pair_open(&p, 0);
	set_nonblock(p.raw);
	fflush(stdout);
	if ((pid = fork()) == -1)
		die("fork");
	if (pid == 0) {
		close(p.raw);
		while (imsgbuf_read(&p.b) == 1) {
			for (; imsgbuf_get(&p.b, &imsg) == 1; n++) {
				bad += imsg_get_type(&imsg) != n ||
				    imsg_get_len(&imsg) != sizeof(data);
				imsg_free(&imsg);
			}
		}
		_exit(bad != 0 || n != 500);
	}
	memset(data, 1, sizeof(data));
	for (i = 0; i < 500; i++)
		imsg_compose(&p.a, i, 0, 0, -1, data, sizeof(data));
	is_int(imsgbuf_flush(&p.a), 0, "flush of 4 MB");
	is_int(imsgbuf_queuelen(&p.a), 0, "the queue is empty");
	pair_close(&p);
	waitpid(pid, &status, 0);
	is_int(status, 0, "the reader got all");
}

static void
test_eof(void)
{
	struct pair	 p;
	struct imsg	 imsg;
	unsigned char	 data[512];
	size_t		 i, len, next;
	int		 bad = 0, fd, before = open_fds();

	len = stream_make(data, 0);
	for (i = 0; i <= len; i++) {
		next = 0;
		pair_open(&p, i % 2);
		if (i > 0)
			raw_send(p.raw, data, i, NULL, 0);
		close(p.raw);
		p.raw = -1;
		if (i > 0)
			bad += imsgbuf_read(&p.b) != 1;
		bad += !stream_check(&p.b, &next);
		bad += imsgbuf_read(&p.b) != 0 || imsgbuf_read(&p.b) != 0;
		bad += imsgbuf_get(&p.b, &imsg) != 0;
		bad += (next == NMSG) != (i == len);
		pair_close(&p);
	}
	is_int(bad, 0, "end of file after each byte");

	pair_open(&p, 1);
	close(p.b.fd);
	p.b.fd = -1;
	fd = numbered_fd(1);
	imsg_compose(&p.a, 1, 0, 0, fd, "x", 1);
	ok(imsgbuf_write(&p.a) == -1 && errno == EPIPE,
	    "a peer that is gone is an error, not a signal");
	ok(imsgbuf_flush(&p.a) == -1 && errno == EPIPE, "for flush too");
	pair_close(&p);
	is_int(open_fds(), before, "no descriptor is left open");
}

/* Interrupts a read that waits; the third time brings something to read. */
static void
on_alarm(int sig)
{
	(void)sig;
	if (++alarms == 3 && write(alarm_fd, alarm_msg, sizeof(alarm_msg)) !=
	    sizeof(alarm_msg))
		_exit(1);
}

static void
test_interrupt(int fdpass)
{
	struct pair		 p;
	struct imsg		 imsg;
	struct sigaction	 sa;
	struct itimerval	 timer;

	put_header(alarm_msg, 0, IMSG_HEADER_SIZE);
	pair_open(&p, fdpass);
	alarm_fd = p.raw;
	alarms = 0;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;
	sigaction(SIGALRM, &sa, NULL);
	timer.it_interval.tv_sec = timer.it_value.tv_sec = 0;
	timer.it_interval.tv_usec = timer.it_value.tv_usec = 20000;
	setitimer(ITIMER_REAL, &timer, NULL);
	ok(imsgbuf_read(&p.b) == 1 && imsgbuf_get(&p.b, &imsg) == 1,
	    "a read that is interrupted is tried again");
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);
	imsg_free(&imsg);
	pair_close(&p);
}

/*
 * The kernel limits how many descriptors a user has on their way.  Run as
 * nobody, whom the limit binds; returns the number of the check that failed,
 * or 99 when the limit doesn't reach the kernel.
 */
static int
too_many_refs(void)
{
	struct pair	 p;
	struct pollfd	 pfd;
	struct imsg	 imsg;
	unsigned int	 i, got = 0;

	if (getuid() == 0 && (setgid(65534) == -1 || setuid(65534) == -1))
		return 1;
	if (!limit_fds(64))
		return 99;
	pair_open(&p, 1);
	set_nonblock(p.raw);
	for (i = 0; i < 200 && imsgbuf_queuelen(&p.a) == 0; i++) {
		if (imsg_compose(&p.a, i, 0, 0, numbered_fd(i), "", 0) != 1)
			return 3;
		if (imsgbuf_write(&p.a) != 0)
			return 4;
	}
	pfd.fd = p.raw;
	pfd.events = POLLOUT;
	if (i == 200 || poll(&pfd, 1, 0) != 1)
		return 5;
	while (got < i) {
		if (imsgbuf_read(&p.b) != 1)
			return 6;
		for (; imsgbuf_get(&p.b, &imsg) == 1; got++) {
			if (fd_number(imsg_get_fd(&imsg)) != (int)got)
				return 7;
			imsg_free(&imsg);
		}
		if (imsgbuf_write(&p.a) != 0)
			return 8;
	}
	pair_close(&p);
	return 0;
}

static void
test_too_many_refs(void)
{
	pid_t	 pid;
	int	 status;

	fflush(stdout);
	if ((pid = fork()) == -1)
		die("fork");
	if (pid == 0)
		_exit(too_many_refs());
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status), "too many descriptors on their way");
	if (WEXITSTATUS(status) == 99)
		skip(1, "the limit doesn't reach the kernel");
	else
		is_int(WEXITSTATUS(status), 0, "are sent later");
}

static void
test_pipe(void)
{
	struct imsgbuf	 in, out;
	struct imsg	 imsg;
	int		 fds[2];

	if (pipe(fds) == -1)
		die("pipe");
	imsgbuf_init(&in, fds[0]);
	imsgbuf_init(&out, fds[1]);
	imsg_compose(&out, 1, 0, 0, -1, "abc", 3);
	is_int(imsgbuf_flush(&out), 0, "flush to a pipe");
	is_int(imsgbuf_read(&in), 1, "read from a pipe");
	is_int(imsgbuf_get(&in, &imsg), 1, "get");
	imsg_free(&imsg);
	imsgbuf_clear(&in);
	imsgbuf_clear(&out);
	close(fds[0]);
	close(fds[1]);
	is_int(imsgbuf_init(&in, -1), 0, "a channel over nothing");
	ok(imsgbuf_read(&in) == -1 && errno == EBADF, "can't be read");
	imsg_compose(&in, 1, 0, 0, -1, "abc", 3);
	ok(imsgbuf_write(&in) == -1 && errno == EBADF, "nor written");
	imsgbuf_clear(&in);
}

int
main(void)
{
	test_roundtrip();
	test_building();
	test_splits(0);
	test_splits(1);
	test_fd_partial();
	test_fd_several();
	test_fd_unclaimed();
	test_fd_truncated();
	test_bad_length();
	test_sizes();
	test_ibuf_write();
	test_ibuf_numbers();
	test_ibuf_short();
	test_ibuf_strings();
	test_ibuf_fd();
	test_queue();
	test_flush();
	test_eof();
	test_interrupt(0);
	test_interrupt(1);
	test_too_many_refs();
	test_pipe();
	return done_testing();
}

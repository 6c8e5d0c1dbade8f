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
 * A libFuzzer target for imsg/: the input's first bytes choose how the rest
 * is cut, where descriptors go with it and what limit the reader has; then
 * every message is read with the getters.  Aborts when a descriptor is left
 * open or a channel goes on after an error.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../imsg/imsg.h"

#define SEND_MAX	2048	/* bytes in one piece */
#define FDS_MAX		3	/* descriptors with one piece */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int good)
{
	if (!good)
		abort();
}

/* Reads a buffer as its own bytes say, until something doesn't fit. */
static void
read_fields(struct ibuf *buf)
{
	struct ibuf	 part;
	uint8_t		 what, n8;
	uint16_t	 n16;
	uint32_t	 n32;
	uint64_t	 n64;
	char		 field[16], *str;
	size_t		 before;
	int		 rv = 0;

	while (rv == 0 && ibuf_get_n8(buf, &what) == 0) {
		before = ibuf_size(buf);
		switch (what % 10) {
		case 0:
			rv = ibuf_get_n8(buf, &n8);
			break;
		case 1:
			rv = ibuf_get_n16(buf, &n16);
			break;
		case 2:
			rv = ibuf_get_n32(buf, &n32);
			break;
		case 3:
			rv = ibuf_get_n64(buf, &n64);
			break;
		case 4:
			rv = ibuf_get_h32(buf, &n32);
			break;
		case 5:
			rv = ibuf_get_strbuf(buf, field, sizeof(field));
			check(rv == -1 || strlen(field) < sizeof(field));
			break;
		case 6:
			if ((str = ibuf_get_string(buf, what)) == NULL)
				rv = -1;
			else
				check(strlen(str) <= what);
			free(str);
			break;
		case 7:
			if ((rv = ibuf_get_ibuf(buf, what, &part)) == 0) {
				check(ibuf_size(&part) == what);
				read_fields(&part);
			}
			break;
		case 8:
			rv = ibuf_skip(buf, what);
			break;
		case 9:
			rv = ibuf_truncate(buf, before / 2);
			break;
		}
		check(rv == 0 || errno == EBADMSG || errno == EOVERFLOW);
		check(ibuf_size(buf) <= before);
	}
}

/* Gets all there is; every message goes back to the writer as well. */
static void
read_all(struct imsgbuf *b)
{
	struct imsg	 imsg;
	struct ibuf	 data;
	int		 fd;

	while (imsgbuf_get(b, &imsg) == 1) {
		check(imsg.hdr.len == imsg_get_len(&imsg) + IMSG_HEADER_SIZE);
		check(imsg_forward(b, &imsg) == 1);
		fd = imsg_get_fd(&imsg);
		if (imsg_get_type(&imsg) % 2 && fd != -1) {
			close(fd);
			fd = -1;
		}
		if (imsg_get_ibuf(&imsg, &data) == 0)
			read_fields(&data);
		check(imsg_get_len(&imsg) == 0);
		if (fd != -1)
			ibuf_fd_set(imsg.buf, fd);
		imsg_free(&imsg);
	}
	imsgbuf_write(b);
}

static int
read_once(struct imsgbuf *b)
{
	int	 rv;

	rv = imsgbuf_read(b);
	read_all(b);
	return rv;
}

/* Returns 0 when something must be read first. */
static int
send_piece(int sock, const uint8_t *data, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct cmsghdr	*cmsg;
	struct msghdr	 msg;
	struct iovec	 iov;
	ssize_t		 n;
	int		 fds[FDS_MAX], i;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		for (i = 0; i < nfds; i++)
			fds[i] = sock;
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	if ((n = sendmsg(sock, &msg, MSG_NOSIGNAL)) == -1) {
		check(errno == EAGAIN || errno == ETOOMANYREFS);
		return 0;
	}
	check(n == (ssize_t)len);
	return 1;
}

/*
 * The reader's end, in pieces: a byte's low bits say how long the next one is,
 * its high bits how many descriptors go with it and whether it is read now.
 */
static void
feed(struct imsgbuf *b, int sock, const uint8_t *data, size_t size)
{
	size_t	 len;
	int	 rv = 1, nfds;
	uint8_t	 how;

	while (size > 1 && rv == 1) {
		how = *data++;
		size--;
		len = how & 0x10 ? (how & 0x0f) * 128 + 16 : (how & 0x0f) + 1;
		if (len > SEND_MAX)
			len = SEND_MAX;
		if (len > size)
			len = size;
		nfds = (how >> 5) % (FDS_MAX + 1);
		while (rv == 1 && !send_piece(sock, data, len, nfds))
			rv = read_once(b);
		data += len;
		size -= len;
		if (!(how & 0x80))
			rv = read_once(b);
	}
	shutdown(sock, SHUT_WR);
	while (rv == 1)
		rv = read_once(b);
	if (rv == -1) {
		check(imsgbuf_read(b) == -1);
		check(errno == ERANGE || errno == EBADMSG);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imsgbuf	 b;
	int		 fds[2], fd;

	if (size < 2)
		return 0;
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	check(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	check(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
	check(imsgbuf_init(&b, fds[1]) == 0);
	if (data[0] & 1)
		imsgbuf_allow_fdpass(&b);
	if (data[0] & 2)
		check(imsgbuf_set_maxsize(&b, data[1]) == 0);
	feed(&b, fds[0], data + 2, size - 2);
	imsgbuf_clear(&b);
	close(fds[0]);
	close(fds[1]);
	/* The lowest free descriptor is the same again. */
	fd = dup(STDIN_FILENO);
	check(fd == -1 || fd == fds[0]);
	if (fd != -1)
		close(fd);
	return 0;
}

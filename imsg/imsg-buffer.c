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
 * Buffers (ibuf), queues of them (ibufqueue), and the two directions of a
 * stream (msgbuf): what waits to be written, and what was read, cut into
 * messages.  It owns all bytes and descriptors in them, wipes the bytes and
 * closes the descriptors when it drops them.  It never looks at what a
 * message says; a function of the reader's tells how long one is.
 *
 * About descriptors.  The sender sends one with the first byte of its
 * message, never two in one call.  What arrives is less tidy: Linux delivers
 * a descriptor with the first byte it was sent with, but that may be the end
 * of a read that holds the message before and only a part of this one's
 * header.  So descriptors wait in the order in which they came (fds) until a
 * whole header says that its message carries one.  Our own sender never has
 * more than one waiting; a peer that makes it more than MSGBUF_FDS is cut off.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define IBUF_SIZE_MIN	64	/* the first allocation of a growing buffer */
#define IBUF_VIEW	(-2)	/* fd of a buffer whose bytes are another's */
#define MSGBUF_IOV	64	/* buffers gathered in one write */
#define MSGBUF_FDS	16	/* descriptors that no message has claimed */

struct ibufqueue {
	TAILQ_HEAD(, ibuf)	 bufs;
	uint32_t		 queued;
};

struct msgbuf {
	struct ibufqueue	 wq;		/* to be written */
	struct ibufqueue	 rq;		/* messages that are complete */
	struct ibuf		*partial;	/* one that is not */
	unsigned char		*rbuf;		/* where reads go */
	size_t			 roff;		/* bytes of a partial header */
	size_t			 hdrsize;
	struct ibuf		*(*readhdr)(struct ibuf *, void *, int *);
	void			*arg;
	int			 rerror;	/* errno of a failed reader */
	int			 fds[MSGBUF_FDS];
	size_t			 nfds;
};

/* Room for the control data of a call, aligned as it must be. */
union control_in {
	struct cmsghdr	 hdr;
	unsigned char	 buf[CMSG_SPACE(MSGBUF_FDS * sizeof(int))];
};

union control_out {
	struct cmsghdr	 hdr;
	unsigned char	 buf[CMSG_SPACE(sizeof(int))];
};

static int	 ibuf_grow(struct ibuf *, size_t);
static int	 value_check(uint64_t, size_t);
static void	 value_encode(unsigned char *, uint64_t, size_t);
static int	 ibuf_add_net(struct ibuf *, uint64_t, size_t);
static int	 ibuf_set_net(struct ibuf *, size_t, uint64_t, size_t);
static int	 ibuf_get_net(struct ibuf *, uint64_t *, size_t);
static void	 ibufq_init(struct ibufqueue *);
static int	 msgbuf_gather(struct msgbuf *, struct iovec *, int);
static void	 msgbuf_drain(struct msgbuf *, size_t);
static void	 control_set(struct msghdr *, union control_out *, int);
static ssize_t	 msgbuf_send(int, struct msghdr *);
static int	 msgbuf_write_once(int, struct msgbuf *, int);
static int	 msgbuf_begin(struct msgbuf *, unsigned char *);
static int	 msgbuf_cut(struct msgbuf *, size_t);
static int	 msgbuf_add_fd(struct msgbuf *, int);
static int	 msgbuf_collect(struct msgbuf *, struct msghdr *);
static void	 msgbuf_close_fds(struct msgbuf *);
static int	 msgbuf_fail(struct msgbuf *);
static int	 msgbuf_received(struct msgbuf *, ssize_t);
static int	 msgbuf_can_read(struct msgbuf *);

/*
 * Buffers: to make and to free.
 */

struct ibuf *
ibuf_open(size_t len)
{
	return ibuf_dynamic(len, len);
}

struct ibuf *
ibuf_dynamic(size_t len, size_t max)
{
	struct ibuf	*buf;

	if (max == 0 || max < len) {
		errno = EINVAL;
		return NULL;
	}
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return NULL;
	if (len == 0)
		len = max < IBUF_SIZE_MIN ? max : IBUF_SIZE_MIN;
	if ((buf->buf = malloc(len)) == NULL) {
		free(buf);
		return NULL;
	}
	buf->size = len;
	buf->max = max;
	buf->fd = -1;
	return buf;
}

void
ibuf_free(struct ibuf *buf)
{
	int	 saved_errno = errno;

	if (buf == NULL)
		return;
	/* A view has nothing to free: the caller has mixed up his buffers. */
	if (buf->fd == IBUF_VIEW)
		abort();
	if (buf->fd >= 0)
		close(buf->fd);
	explicit_bzero(buf->buf, buf->size);
	free(buf->buf);
	explicit_bzero(buf, sizeof(*buf));
	free(buf);
	errno = saved_errno;
}

void
ibuf_from_buffer(struct ibuf *buf, void *data, size_t len)
{
	memset(buf, 0, sizeof(*buf));
	buf->buf = data;
	buf->size = buf->max = buf->wpos = len;
	buf->fd = IBUF_VIEW;
}

void
ibuf_from_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	ibuf_from_buffer(buf, ibuf_data(from), ibuf_size(from));
}

/* Makes room for len more bytes; at least doubles what it must enlarge. */
static int
ibuf_grow(struct ibuf *buf, size_t len)
{
	unsigned char	*p;
	size_t		 size;

	if (len == 0)
		return 0;
	if (buf->fd == IBUF_VIEW || len > buf->max - buf->wpos) {
		errno = ERANGE;
		return -1;
	}
	if (len <= buf->size - buf->wpos)
		return 0;
	size = buf->size > buf->max / 2 ? buf->max : buf->size * 2;
	if (size < buf->wpos + len)
		size = buf->wpos + len;
	/* No realloc, which would leave the old bytes in free memory. */
	if ((p = malloc(size)) == NULL)
		return -1;
	memcpy(p, buf->buf, buf->wpos);
	explicit_bzero(buf->buf, buf->size);
	free(buf->buf);
	buf->buf = p;
	buf->size = size;
	return 0;
}

/*
 * Buffers: to write.
 */

int
ibuf_add(struct ibuf *buf, const void *data, size_t len)
{
	if (ibuf_grow(buf, len) == -1)
		return -1;
	if (len == 0)
		return 0;
	memcpy(buf->buf + buf->wpos, data, len);
	buf->wpos += len;
	return 0;
}

int
ibuf_add_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	return ibuf_add(buf, ibuf_data(from), ibuf_size(from));
}

void *
ibuf_reserve(struct ibuf *buf, size_t len)
{
	unsigned char	*p;

	if (buf->fd == IBUF_VIEW) {
		errno = ERANGE;
		return NULL;
	}
	if (ibuf_grow(buf, len) == -1)
		return NULL;
	p = buf->buf + buf->wpos;
	memset(p, 0, len);
	buf->wpos += len;
	return p;
}

int
ibuf_add_zero(struct ibuf *buf, size_t len)
{
	if (len != 0 && ibuf_reserve(buf, len) == NULL)
		return -1;
	return 0;
}

int
ibuf_add_strbuf(struct ibuf *buf, const char *str, size_t len)
{
	unsigned char	*p;
	size_t		 n;

	n = strnlen(str, len);
	if (n == len) {
		errno = EOVERFLOW;
		return -1;
	}
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	memcpy(p, str, n);
	return 0;
}

/* Whether an integer fits into that many bytes. */
static int
value_check(uint64_t value, size_t width)
{
	if (width < sizeof(value) && value >> (width * 8) != 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

static void
value_encode(unsigned char *bytes, uint64_t value, size_t width)
{
	size_t	 i;

	for (i = width; i > 0; i--) {
		bytes[i - 1] = value & 0xff;
		value >>= 8;
	}
}

static int
ibuf_add_net(struct ibuf *buf, uint64_t value, size_t width)
{
	unsigned char	 bytes[sizeof(value)];

	if (value_check(value, width) == -1)
		return -1;
	value_encode(bytes, value, width);
	return ibuf_add(buf, bytes, width);
}

int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	return ibuf_add_net(buf, value, sizeof(uint8_t));
}

int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	return ibuf_add_net(buf, value, sizeof(uint16_t));
}

int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	return ibuf_add_net(buf, value, sizeof(uint32_t));
}

int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	return ibuf_add_net(buf, value, sizeof(uint64_t));
}

int
ibuf_add_h16(struct ibuf *buf, uint64_t value)
{
	uint16_t	 v = (uint16_t)value;

	if (value_check(value, sizeof(v)) == -1)
		return -1;
	return ibuf_add(buf, &v, sizeof(v));
}

int
ibuf_add_h32(struct ibuf *buf, uint64_t value)
{
	uint32_t	 v = (uint32_t)value;

	if (value_check(value, sizeof(v)) == -1)
		return -1;
	return ibuf_add(buf, &v, sizeof(v));
}

int
ibuf_add_h64(struct ibuf *buf, uint64_t value)
{
	return ibuf_add(buf, &value, sizeof(value));
}

void *
ibuf_seek(struct ibuf *buf, size_t pos, size_t len)
{
	if (pos > ibuf_size(buf) || len > ibuf_size(buf) - pos) {
		errno = ERANGE;
		return NULL;
	}
	return buf->buf == NULL ? NULL : buf->buf + buf->rpos + pos;
}

int
ibuf_set(struct ibuf *buf, size_t pos, const void *data, size_t len)
{
	void	*p;

	if (buf->fd == IBUF_VIEW) {
		errno = ERANGE;
		return -1;
	}
	if ((p = ibuf_seek(buf, pos, len)) == NULL)
		return -1;
	if (len != 0)
		memcpy(p, data, len);
	return 0;
}

static int
ibuf_set_net(struct ibuf *buf, size_t pos, uint64_t value, size_t width)
{
	unsigned char	 bytes[sizeof(value)];

	if (value_check(value, width) == -1)
		return -1;
	value_encode(bytes, value, width);
	return ibuf_set(buf, pos, bytes, width);
}

int
ibuf_set_n8(struct ibuf *buf, size_t pos, uint64_t value)
{
	return ibuf_set_net(buf, pos, value, sizeof(uint8_t));
}

int
ibuf_set_n16(struct ibuf *buf, size_t pos, uint64_t value)
{
	return ibuf_set_net(buf, pos, value, sizeof(uint16_t));
}

int
ibuf_set_n32(struct ibuf *buf, size_t pos, uint64_t value)
{
	return ibuf_set_net(buf, pos, value, sizeof(uint32_t));
}

int
ibuf_set_n64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return ibuf_set_net(buf, pos, value, sizeof(uint64_t));
}

int
ibuf_set_h16(struct ibuf *buf, size_t pos, uint64_t value)
{
	uint16_t	 v = (uint16_t)value;

	if (value_check(value, sizeof(v)) == -1)
		return -1;
	return ibuf_set(buf, pos, &v, sizeof(v));
}

int
ibuf_set_h32(struct ibuf *buf, size_t pos, uint64_t value)
{
	uint32_t	 v = (uint32_t)value;

	if (value_check(value, sizeof(v)) == -1)
		return -1;
	return ibuf_set(buf, pos, &v, sizeof(v));
}

int
ibuf_set_h64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return ibuf_set(buf, pos, &value, sizeof(value));
}

int
ibuf_set_maxsize(struct ibuf *buf, size_t max)
{
	if (buf->fd == IBUF_VIEW || max > buf->max || max < buf->wpos) {
		errno = ERANGE;
		return -1;
	}
	buf->max = max;
	return 0;
}

int
ibuf_truncate(struct ibuf *buf, size_t len)
{
	if (len > ibuf_size(buf))
		return ibuf_add_zero(buf, len - ibuf_size(buf));
	buf->wpos = buf->rpos + len;
	return 0;
}

size_t
ibuf_left(const struct ibuf *buf)
{
	if (buf->fd == IBUF_VIEW)
		return 0;
	return buf->max - buf->wpos;
}

/*
 * Buffers: to read.
 */

void *
ibuf_data(const struct ibuf *buf)
{
	return buf->buf == NULL ? NULL : buf->buf + buf->rpos;
}

size_t
ibuf_size(const struct ibuf *buf)
{
	return buf->wpos - buf->rpos;
}

void
ibuf_rewind(struct ibuf *buf)
{
	buf->rpos = 0;
}

int
ibuf_skip(struct ibuf *buf, size_t len)
{
	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return -1;
	}
	buf->rpos += len;
	return 0;
}

int
ibuf_get(struct ibuf *buf, void *data, size_t len)
{
	const void	*p = ibuf_data(buf);

	if (ibuf_skip(buf, len) == -1)
		return -1;
	if (len != 0)
		memcpy(data, p, len);
	return 0;
}

int
ibuf_get_ibuf(struct ibuf *buf, size_t len, struct ibuf *new)
{
	void	*p = ibuf_data(buf);

	if (ibuf_skip(buf, len) == -1)
		return -1;
	ibuf_from_buffer(new, p, len);
	return 0;
}

static int
ibuf_get_net(struct ibuf *buf, uint64_t *value, size_t width)
{
	unsigned char	 bytes[sizeof(*value)];
	size_t		 i;

	if (ibuf_get(buf, bytes, width) == -1)
		return -1;
	*value = 0;
	for (i = 0; i < width; i++)
		*value = *value << 8 | bytes[i];
	return 0;
}

int
ibuf_get_n8(struct ibuf *buf, uint8_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

int
ibuf_get_n16(struct ibuf *buf, uint16_t *value)
{
	uint64_t	 v;

	if (ibuf_get_net(buf, &v, sizeof(*value)) == -1)
		return -1;
	*value = (uint16_t)v;
	return 0;
}

int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	uint64_t	 v;

	if (ibuf_get_net(buf, &v, sizeof(*value)) == -1)
		return -1;
	*value = (uint32_t)v;
	return 0;
}

int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	return ibuf_get_net(buf, value, sizeof(*value));
}

int
ibuf_get_h16(struct ibuf *buf, uint16_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

int
ibuf_get_h32(struct ibuf *buf, uint32_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

int
ibuf_get_h64(struct ibuf *buf, uint64_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

char *
ibuf_get_string(struct ibuf *buf, size_t len)
{
	char	*str;

	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return NULL;
	}
	str = len == 0 ? calloc(1, 1) : strndup(ibuf_data(buf), len);
	if (str != NULL)
		buf->rpos += len;
	return str;
}

int
ibuf_get_strbuf(struct ibuf *buf, char *str, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return -1;
	}
	if (ibuf_get(buf, str, len) == -1)
		return -1;
	if (str[len - 1] != '\0') {
		str[len - 1] = '\0';
		errno = EOVERFLOW;
		return -1;
	}
	return 0;
}

int
ibuf_fd_avail(struct ibuf *buf)
{
	return buf->fd >= 0;
}

int
ibuf_fd_get(struct ibuf *buf)
{
	int	 fd = buf->fd;

	if (fd < 0)
		return -1;
	buf->fd = -1;
	return fd;
}

void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->fd == IBUF_VIEW)
		abort();
	if (buf->fd >= 0)
		close(buf->fd);
	buf->fd = fd >= 0 ? fd : -1;
}

/*
 * Queues of buffers.
 */

static void
ibufq_init(struct ibufqueue *q)
{
	TAILQ_INIT(&q->bufs);
	q->queued = 0;
}

struct ibufqueue *
ibufq_new(void)
{
	struct ibufqueue	*q;

	if ((q = malloc(sizeof(*q))) != NULL)
		ibufq_init(q);
	return q;
}

void
ibufq_free(struct ibufqueue *q)
{
	if (q == NULL)
		return;
	ibufq_flush(q);
	free(q);
}

struct ibuf *
ibufq_pop(struct ibufqueue *q)
{
	struct ibuf	*buf;

	if ((buf = TAILQ_FIRST(&q->bufs)) == NULL)
		return NULL;
	TAILQ_REMOVE(&q->bufs, buf, entry);
	q->queued--;
	return buf;
}

void
ibufq_push(struct ibufqueue *q, struct ibuf *buf)
{
	/* A view lives shorter than the queue. */
	if (buf->fd == IBUF_VIEW)
		abort();
	TAILQ_INSERT_TAIL(&q->bufs, buf, entry);
	q->queued++;
}

uint32_t
ibufq_queuelen(struct ibufqueue *q)
{
	return q->queued;
}

void
ibufq_concat(struct ibufqueue *to, struct ibufqueue *from)
{
	to->queued += from->queued;
	TAILQ_CONCAT(&to->bufs, &from->bufs, entry);
	from->queued = 0;
}

void
ibufq_flush(struct ibufqueue *q)
{
	struct ibuf	*buf;

	while ((buf = ibufq_pop(q)) != NULL)
		ibuf_free(buf);
}

/*
 * Streams: to make and to free.
 */

struct msgbuf *
msgbuf_new(void)
{
	struct msgbuf	*m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	ibufq_init(&m->wq);
	ibufq_init(&m->rq);
	return m;
}

struct msgbuf *
msgbuf_new_reader(size_t hdrsize,
    struct ibuf *(*readhdr)(struct ibuf *, void *, int *), void *arg)
{
	struct msgbuf	*m;

	if (hdrsize == 0 || hdrsize > IBUF_READ_SIZE / 2) {
		errno = EINVAL;
		return NULL;
	}
	if ((m = msgbuf_new()) == NULL)
		return NULL;
	if ((m->rbuf = malloc(IBUF_READ_SIZE)) == NULL) {
		msgbuf_free(m);
		return NULL;
	}
	m->hdrsize = hdrsize;
	m->readhdr = readhdr;
	m->arg = arg;
	return m;
}

void
msgbuf_clear(struct msgbuf *m)
{
	ibufq_flush(&m->wq);
	ibufq_flush(&m->rq);
	ibuf_free(m->partial);
	m->partial = NULL;
	msgbuf_close_fds(m);
	if (m->rbuf != NULL)
		explicit_bzero(m->rbuf, m->roff);
	m->roff = 0;
}

void
msgbuf_free(struct msgbuf *m)
{
	if (m == NULL)
		return;
	msgbuf_clear(m);
	free(m->rbuf);
	free(m);
}

/*
 * Streams: to write.
 */

void
ibuf_close(struct msgbuf *m, struct ibuf *buf)
{
	ibufq_push(&m->wq, buf);
}

void
msgbuf_concat(struct msgbuf *m, struct ibufqueue *from)
{
	ibufq_concat(&m->wq, from);
}

uint32_t
msgbuf_queuelen(struct msgbuf *m)
{
	return ibufq_queuelen(&m->wq);
}

int
ibuf_write(int fd, struct msgbuf *m)
{
	return msgbuf_write_once(fd, m, 0);
}

int
msgbuf_write(int fd, struct msgbuf *m)
{
	return msgbuf_write_once(fd, m, 1);
}

/*
 * Lists what one call may write and returns how many buffers that is.  A
 * buffer with a descriptor is always the first of its call, so that there is
 * one at most and it goes with the first byte of its message.
 */
static int
msgbuf_gather(struct msgbuf *m, struct iovec *iov, int fdpass)
{
	struct ibuf	*buf;
	int		 n = 0;

	TAILQ_FOREACH(buf, &m->wq.bufs, entry) {
		if (n == MSGBUF_IOV || (fdpass && n > 0 && buf->fd >= 0))
			break;
		iov[n].iov_base = ibuf_data(buf);
		iov[n].iov_len = ibuf_size(buf);
		n++;
	}
	return n;
}

/* Takes what was written off the queue. */
static void
msgbuf_drain(struct msgbuf *m, size_t n)
{
	struct ibuf	*buf;

	while ((buf = TAILQ_FIRST(&m->wq.bufs)) != NULL) {
		if (n < ibuf_size(buf)) {
			buf->rpos += n;
			return;
		}
		n -= ibuf_size(buf);
		ibuf_free(ibufq_pop(&m->wq));
	}
}

static void
control_set(struct msghdr *msg, union control_out *control, int fd)
{
	struct cmsghdr	*cmsg;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control->buf;
	msg->msg_controllen = sizeof(control->buf);
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
}

static ssize_t
msgbuf_send(int fd, struct msghdr *msg)
{
	ssize_t	 n;

	do {
		n = sendmsg(fd, msg, MSG_NOSIGNAL);
		/* A pipe or a file will do for messages without descriptors. */
		if (n == -1 && errno == ENOTSOCK && msg->msg_control == NULL)
			n = writev(fd, msg->msg_iov, (int)msg->msg_iovlen);
	} while (n == -1 && errno == EINTR);
	return n;
}

static int
msgbuf_write_once(int fd, struct msgbuf *m, int fdpass)
{
	struct iovec		 iov[MSGBUF_IOV];
	union control_out	 control;
	struct msghdr		 msg;
	struct ibuf		*first;
	ssize_t			 n;

	if ((first = TAILQ_FIRST(&m->wq.bufs)) == NULL)
		return 0;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = msgbuf_gather(m, iov, fdpass);
	if (fdpass && first->fd >= 0)
		control_set(&msg, &control, first->fd);
	if ((n = msgbuf_send(fd, &msg)) == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == ENOBUFS || errno == ETOOMANYREFS)
			return 0;
		return -1;
	}
	/* The descriptor went with the first byte, however few went. */
	ibuf_fd_set(first, -1);
	msgbuf_drain(m, n);
	return 0;
}

/*
 * Streams: to read.
 */

struct ibuf *
msgbuf_get(struct msgbuf *m)
{
	return ibufq_pop(&m->rq);
}

int
ibuf_read(int fd, struct msgbuf *m)
{
	ssize_t	 n;

	if (!msgbuf_can_read(m))
		return -1;
	do {
		n = read(fd, m->rbuf + m->roff, IBUF_READ_SIZE - m->roff);
	} while (n == -1 && errno == EINTR);
	return msgbuf_received(m, n);
}

int
msgbuf_read(int fd, struct msgbuf *m)
{
	union control_in	 control;
	struct msghdr		 msg;
	struct iovec		 iov;
	ssize_t			 n;

	if (!msgbuf_can_read(m))
		return -1;
	iov.iov_base = m->rbuf + m->roff;
	iov.iov_len = IBUF_READ_SIZE - m->roff;
	do {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n != -1 && msgbuf_collect(m, &msg) == -1)
		return msgbuf_fail(m);
	return msgbuf_received(m, n);
}

/* A stream that was found broken has no next message to begin with. */
static int
msgbuf_can_read(struct msgbuf *m)
{
	if (m->rbuf == NULL)
		errno = EINVAL;
	else if (m->rerror != 0)
		errno = m->rerror;
	else
		return 1;
	return 0;
}

static int
msgbuf_fail(struct msgbuf *m)
{
	m->rerror = errno;
	msgbuf_close_fds(m);
	explicit_bzero(m->rbuf, IBUF_READ_SIZE);
	m->roff = 0;
	errno = m->rerror;
	return -1;
}

static int
msgbuf_received(struct msgbuf *m, ssize_t n)
{
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 1;
	if (n == -1)
		return msgbuf_fail(m);
	if (n == 0)
		return 0;
	if (msgbuf_cut(m, m->roff + n) == -1)
		return msgbuf_fail(m);
	return 1;
}

/*
 * Cuts the first len bytes of rbuf into messages.  Every byte is copied once,
 * into its message; only a header that is not complete stays, and moves to
 * the front.
 */
static int
msgbuf_cut(struct msgbuf *m, size_t len)
{
	size_t	 n, pos = 0;

	while (pos < len) {
		if (m->partial == NULL) {
			if (len - pos < m->hdrsize)
				break;
			if (msgbuf_begin(m, m->rbuf + pos) == -1)
				return -1;
		}
		n = ibuf_left(m->partial);
		if (n > len - pos)
			n = len - pos;
		if (ibuf_add(m->partial, m->rbuf + pos, n) == -1)
			return -1;
		pos += n;
		if (ibuf_left(m->partial) == 0) {
			ibufq_push(&m->rq, m->partial);
			m->partial = NULL;
		}
	}
	m->roff = len - pos;
	if (pos != 0 && m->roff != 0)
		memmove(m->rbuf, m->rbuf + pos, m->roff);
	/* Messages hold secrets, and this buffer lives long. */
	explicit_bzero(m->rbuf + m->roff, pos);
	return 0;
}

/* Begins the message whose header is there; it may take a descriptor. */
static int
msgbuf_begin(struct msgbuf *m, unsigned char *data)
{
	struct ibuf	 hdr;
	int		 fd = m->nfds > 0 ? m->fds[0] : -1;

	ibuf_from_buffer(&hdr, data, m->hdrsize);
	m->partial = m->readhdr(&hdr, m->arg, &fd);
	if (m->nfds > 0 && fd == -1) {
		m->nfds--;
		memmove(m->fds, m->fds + 1, m->nfds * sizeof(m->fds[0]));
	}
	if (m->partial == NULL)
		return -1;
	if (ibuf_left(m->partial) == 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

static int
msgbuf_add_fd(struct msgbuf *m, int fd)
{
	if (m->nfds == MSGBUF_FDS) {
		close(fd);
		errno = EBADMSG;
		return -1;
	}
	m->fds[m->nfds++] = fd;
	return 0;
}

/*
 * Takes over the descriptors that came with a read: all of them, also when
 * something is wrong, so that the caller can close them all.
 */
static int
msgbuf_collect(struct msgbuf *m, struct msghdr *msg)
{
	struct cmsghdr	*cmsg;
	size_t		 i, n;
	int		 fd, rv = 0;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS ||
		    cmsg->cmsg_len < CMSG_LEN(0))
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd),
			    sizeof(fd));
			if (msgbuf_add_fd(m, fd) == -1)
				rv = -1;
		}
	}
	if (msg->msg_flags & MSG_CTRUNC) {
		errno = EMSGSIZE;
		rv = -1;
	}
	return rv;
}

static void
msgbuf_close_fds(struct msgbuf *m)
{
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
}

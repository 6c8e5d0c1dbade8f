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
 * The interface of imsg: typed messages, with or without a descriptor, over
 * a stream socket between two processes of one machine, and ibuf, the bounded
 * buffer that they are written to and read from field by field.  The same
 * interface as OpenBSD's libutil (imsg_init(3), ibuf_add(3)), which can take
 * its place.  It owns the bytes and descriptors that are queued or not yet
 * fetched; it never knows what a message means, and never waits, except in
 * imsgbuf_flush().
 *
 * Unless something else is said, functions that return an int return -1 with
 * errno set on error, and those that return a pointer NULL.
 */

#ifndef IMSG_H
#define IMSG_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#define IBUF_READ_SIZE		65536	/* bytes read at a time */
#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384	/* default limit, with the header */

struct iovec;
struct ibufqueue;
struct msgbuf;

/*
 * buf[rpos..wpos) is what has been written and not yet read; max is what it
 * may grow to.  Use the functions, not the fields.
 */
struct ibuf {
	TAILQ_ENTRY(ibuf)	 entry;
	unsigned char		*buf;
	size_t			 size;
	size_t			 max;
	size_t			 wpos;
	size_t			 rpos;
	int			 fd;
};

/* One end of a channel.  It must not be moved or copied after the init. */
struct imsgbuf {
	struct msgbuf		*w;
	pid_t			 pid;
	uint32_t		 maxsize;
	int			 fd;
	int			 flags;
};

struct imsg_hdr {
	uint32_t		 type;
	uint32_t		 len;		/* with the header */
	uint32_t		 peerid;
	uint32_t		 pid;
};

/* A message that has arrived; `data` is NULL when it carries none. */
struct imsg {
	struct imsg_hdr		 hdr;
	void			*data;
	struct ibuf		*buf;
};

/*
 * Channels.
 *
 * imsgbuf_init: prepares a channel over fd, which stays the caller's to
 *	close; 0, or -1 when out of memory.
 * imsgbuf_allow_fdpass: lets messages carry descriptors.  Without it nothing
 *	is sent with one (EINVAL) and the kernel drops those that arrive.
 * imsgbuf_set_maxsize: the most bytes of data a message may have (default
 *	MAX_IMSGSIZE less the header), both ways; 0, or -1 with ERANGE.
 * imsgbuf_clear: frees what is queued and what has arrived, closes the
 *	descriptors among it; not the channel's own fd.  May be called again.
 * imsgbuf_read: reads once, at most IBUF_READ_SIZE bytes.  1: something was
 *	read, or nothing was there; 0: end of file (a message that was cut off
 *	is dropped); -1: an error, after which the channel can't be read any
 *	more: ERANGE, a length below the header's or above the limit;
 *	EMSGSIZE, truncated control data: a descriptor is lost; EBADMSG, too
 *	many descriptors that no message claims; or from recvmsg(2).  Call
 *	imsgbuf_get until it returns 0 after each 1.
 * imsgbuf_write: writes once what the socket takes, in order, and closes
 *	descriptors that were sent.  0: done, or nothing could be written now
 *	(EAGAIN, ENOBUFS, ETOOMANYREFS); imsgbuf_queuelen tells whether
 *	something is left.  -1: an error, EPIPE without a signal among them.
 * imsgbuf_flush: writes all there is; waits for the peer, for ever if need
 *	be, on a socket that doesn't block too.  0, or -1.
 * imsgbuf_queuelen: how many buffers wait to be written; a message is one,
 *	one from imsg_compose_ibuf two.
 * imsgbuf_get: takes the next message that is complete.  1: *imsg is filled
 *	and needs imsg_free; 0: none is complete; -1: error.
 * imsg_get: the same, but returns the length with its header in place of 1.
 */
int	 imsgbuf_init(struct imsgbuf *, int);
void	 imsgbuf_allow_fdpass(struct imsgbuf *);
int	 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t);
void	 imsgbuf_clear(struct imsgbuf *);
int	 imsgbuf_read(struct imsgbuf *);
int	 imsgbuf_write(struct imsgbuf *);
int	 imsgbuf_flush(struct imsgbuf *);
uint32_t imsgbuf_queuelen(struct imsgbuf *);
int	 imsgbuf_get(struct imsgbuf *, struct imsg *);
ssize_t	 imsg_get(struct imsgbuf *, struct imsg *);

/*
 * A message that has arrived.
 *
 * imsg_get_ibuf: makes the ibuf a view of all data that is left, which counts
 *	as read then; valid until imsg_free and not to be freed.  EBADMSG when
 *	there is none.
 * imsg_get_data: copies the data, which must be exactly len bytes and not
 *	none, else EBADMSG (EINVAL for a len of 0).
 * imsg_get_buf: copies the next len bytes; EBADMSG when there are fewer.
 * imsg_get_strbuf: as ibuf_get_strbuf.
 * imsg_get_fd: the descriptor, now the caller's (close-on-exec), or -1 when
 *	none came: a message that should carry one must be checked for it.
 * imsg_get_len: bytes of data that are not yet read.
 * imsg_get_id, imsg_get_pid, imsg_get_type: of the header, as the peer says.
 * imsg_forward: queues a copy of the message with all its data, but not its
 *	descriptor; 1, or -1.
 * imsg_free: frees it, wipes its data, closes a descriptor nobody fetched.
 */
int	 imsg_get_ibuf(struct imsg *, struct ibuf *);
int	 imsg_get_data(struct imsg *, void *, size_t);
int	 imsg_get_buf(struct imsg *, void *, size_t);
int	 imsg_get_strbuf(struct imsg *, char *, size_t);
int	 imsg_get_fd(struct imsg *);
uint32_t imsg_get_id(struct imsg *);
size_t	 imsg_get_len(struct imsg *);
pid_t	 imsg_get_pid(struct imsg *);
uint32_t imsg_get_type(struct imsg *);
int	 imsg_forward(struct imsgbuf *, struct imsg *);
void	 imsg_free(struct imsg *);

/*
 * A message to send; it is queued, imsgbuf_write sends it.  The arguments:
 * channel, type, id, pid (0: our own), fd (-1: none), data.  On success a
 * descriptor belongs to the channel, which closes it when it was sent; on
 * error it is still the caller's.  ERANGE: larger than the limit.
 *
 * imsg_compose, imsg_composev: copy the data and queue the message; 1 or -1.
 * imsg_compose_ibuf: the ibuf is the data, with the descriptor set in it; it
 *	belongs to the channel from now on, and on error it is freed and its
 *	descriptor closed; 1 or -1.
 * imsg_create: begins a message (size: a hint); add to it with imsg_add or
 *	ibuf_add_*, put a descriptor in with ibuf_fd_set, then imsg_close it,
 *	or ibuf_free it.  ibuf_size() of it counts the header.
 * imsg_add: adds data; the number of bytes, or -1 and the message is freed.
 * imsg_close: queues the message and takes it over.  A descriptor in it is
 *	closed and not sent when the channel does not allow descriptors.
 * imsg_set_maxsize: lowers the limit on data of one message to be.
 */
int	 imsg_compose(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
	    const void *, size_t);
int	 imsg_composev(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
	    const struct iovec *, int);
int	 imsg_compose_ibuf(struct imsgbuf *, uint32_t, uint32_t, pid_t,
	    struct ibuf *);
struct ibuf *imsg_create(struct imsgbuf *, uint32_t, uint32_t, pid_t, size_t);
int	 imsg_add(struct ibuf *, const void *, size_t);
void	 imsg_close(struct imsgbuf *, struct ibuf *);
int	 imsg_set_maxsize(struct ibuf *, size_t);

/* Messages, descriptors and all, that wait in a queue of the caller's. */
int	 imsg_ibufq_pop(struct ibufqueue *, struct imsg *);
void	 imsg_ibufq_push(struct ibufqueue *, struct imsg *);

/*
 * Buffers to write to.  Those of 0 or -1; ERANGE when a buffer may not grow
 * that far, or when it is only a view.  A call that fails adds nothing.
 *
 * ibuf_open: a buffer of that size, not 0, which can't grow.
 * ibuf_dynamic: one that begins at the first size and grows to the second.
 * ibuf_free: frees it, wiped, and closes its descriptor; NULL is fine.
 * ibuf_add_n*: an integer in network order, ibuf_add_h* in that of the host;
 *	EINVAL when the value is too large for its width.
 * ibuf_add_ibuf: what is not yet read in another buffer.
 * ibuf_add_strbuf: a string in a field of len bytes, filled with NULs;
 *	EOVERFLOW when it does not fit with its NUL.
 * ibuf_reserve: room for len bytes (zeroed), for the caller to fill before
 *	the next call on this buffer; NULL on error.
 * ibuf_seek: a pointer to len bytes written before, pos bytes after the
 *	point of reading; NULL with ERANGE when they are not there.
 * ibuf_set, ibuf_set_*: overwrite there.
 * ibuf_set_maxsize: lowers what it may grow to.
 * ibuf_truncate: makes what is not yet read len bytes long, with NULs added
 *	if it was shorter.
 * ibuf_left: bytes that can still be added.
 */
struct ibuf *ibuf_open(size_t);
struct ibuf *ibuf_dynamic(size_t, size_t);
void	 ibuf_free(struct ibuf *);
int	 ibuf_add(struct ibuf *, const void *, size_t);
int	 ibuf_add_ibuf(struct ibuf *, const struct ibuf *);
int	 ibuf_add_zero(struct ibuf *, size_t);
int	 ibuf_add_n8(struct ibuf *, uint64_t);
int	 ibuf_add_n16(struct ibuf *, uint64_t);
int	 ibuf_add_n32(struct ibuf *, uint64_t);
int	 ibuf_add_n64(struct ibuf *, uint64_t);
int	 ibuf_add_h16(struct ibuf *, uint64_t);
int	 ibuf_add_h32(struct ibuf *, uint64_t);
int	 ibuf_add_h64(struct ibuf *, uint64_t);
int	 ibuf_add_strbuf(struct ibuf *, const char *, size_t);
void	*ibuf_reserve(struct ibuf *, size_t);
void	*ibuf_seek(struct ibuf *, size_t, size_t);
int	 ibuf_set(struct ibuf *, size_t, const void *, size_t);
int	 ibuf_set_n8(struct ibuf *, size_t, uint64_t);
int	 ibuf_set_n16(struct ibuf *, size_t, uint64_t);
int	 ibuf_set_n32(struct ibuf *, size_t, uint64_t);
int	 ibuf_set_n64(struct ibuf *, size_t, uint64_t);
int	 ibuf_set_h16(struct ibuf *, size_t, uint64_t);
int	 ibuf_set_h32(struct ibuf *, size_t, uint64_t);
int	 ibuf_set_h64(struct ibuf *, size_t, uint64_t);
int	 ibuf_set_maxsize(struct ibuf *, size_t);
int	 ibuf_truncate(struct ibuf *, size_t);
size_t	 ibuf_left(const struct ibuf *);

/*
 * Buffers to read from.  0, or -1 with EBADMSG when there are not that many
 * bytes, and then nothing is read.
 *
 * ibuf_from_buffer, ibuf_from_ibuf: make an ibuf of the caller's a view of
 *	bytes that stay where they are: never freed, never written to.  To
 *	free or to queue a view ends the program.
 * ibuf_data, ibuf_size: where the bytes not yet read are, and how many.
 * ibuf_rewind: all bytes are unread again.
 * ibuf_get: copies; ibuf_get_ibuf makes a view of the next len bytes.
 * ibuf_get_string: a string, for the caller to free, of the next len bytes;
 *	it ends earlier at a NUL among them, which the caller may refuse by
 *	comparing strlen with len.
 * ibuf_get_strbuf: copies a field of len bytes; EOVERFLOW when its last byte
 *	is not NUL (str is cut there, the field is read), EINVAL when len is 0.
 * ibuf_fd_avail: whether there is a descriptor; ibuf_fd_get takes it out (or
 *	-1); ibuf_fd_set puts one in, closing the one before, -1 for none.
 */
void	 ibuf_from_buffer(struct ibuf *, void *, size_t);
void	 ibuf_from_ibuf(struct ibuf *, const struct ibuf *);
void	*ibuf_data(const struct ibuf *);
size_t	 ibuf_size(const struct ibuf *);
void	 ibuf_rewind(struct ibuf *);
int	 ibuf_get(struct ibuf *, void *, size_t);
int	 ibuf_get_ibuf(struct ibuf *, size_t, struct ibuf *);
int	 ibuf_get_n8(struct ibuf *, uint8_t *);
int	 ibuf_get_n16(struct ibuf *, uint16_t *);
int	 ibuf_get_n32(struct ibuf *, uint32_t *);
int	 ibuf_get_n64(struct ibuf *, uint64_t *);
int	 ibuf_get_h16(struct ibuf *, uint16_t *);
int	 ibuf_get_h32(struct ibuf *, uint32_t *);
int	 ibuf_get_h64(struct ibuf *, uint64_t *);
char	*ibuf_get_string(struct ibuf *, size_t);
int	 ibuf_get_strbuf(struct ibuf *, char *, size_t);
int	 ibuf_skip(struct ibuf *, size_t);
int	 ibuf_fd_avail(struct ibuf *);
int	 ibuf_fd_get(struct ibuf *);
void	 ibuf_fd_set(struct ibuf *, int);

/*
 * What lies under a channel: a queue of buffers to be written, and a reader
 * that cuts a stream into buffers.
 *
 * msgbuf_new: one that only writes.
 * msgbuf_new_reader: one that reads too.  The function is handed each header
 *	of the given size and returns a buffer as large as the whole message
 *	with its header, or NULL with errno when it is bad; it takes a
 *	descriptor that came with it out of *fd and leaves -1 there.
 * msgbuf_clear, msgbuf_free: drop all that is queued and read; and itself.
 * ibuf_close: queues a buffer and takes it over.
 * ibuf_write, msgbuf_write: as imsgbuf_write, without and with descriptors.
 * ibuf_read, msgbuf_read: as imsgbuf_read, without and with descriptors.
 * msgbuf_get: the next whole message, the caller's to free, or NULL.
 * msgbuf_concat: queues all of an ibufqueue.
 */
struct msgbuf *msgbuf_new(void);
struct msgbuf *msgbuf_new_reader(size_t,
	    struct ibuf *(*)(struct ibuf *, void *, int *), void *);
void	 msgbuf_free(struct msgbuf *);
void	 msgbuf_clear(struct msgbuf *);
void	 msgbuf_concat(struct msgbuf *, struct ibufqueue *);
uint32_t msgbuf_queuelen(struct msgbuf *);
void	 ibuf_close(struct msgbuf *, struct ibuf *);
int	 ibuf_write(int, struct msgbuf *);
int	 msgbuf_write(int, struct msgbuf *);
int	 ibuf_read(int, struct msgbuf *);
int	 msgbuf_read(int, struct msgbuf *);
struct ibuf *msgbuf_get(struct msgbuf *);

/* Queues of buffers; flush frees all in it, free itself too. */
struct ibufqueue *ibufq_new(void);
void	 ibufq_free(struct ibufqueue *);
struct ibuf *ibufq_pop(struct ibufqueue *);
void	 ibufq_push(struct ibufqueue *, struct ibuf *);
uint32_t ibufq_queuelen(struct ibufqueue *);
void	 ibufq_concat(struct ibufqueue *, struct ibufqueue *);
void	 ibufq_flush(struct ibufqueue *);

#endif /* IMSG_H */

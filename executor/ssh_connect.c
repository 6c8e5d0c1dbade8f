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
 * Connecting: resolves the name of a host, takes its addresses in turn, and
 * hands over a connected socket.  Only so many connect to one address at a
 * time, because sshd drops what is too much; the others queue here.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <event2/dns.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/conf.h"
#include "../common/log.h"
#include "ssh_internal.h"

/* Seconds until a dead peer is noticed. */
#define KEEPALIVE_IDLE		30
#define KEEPALIVE_INTERVAL	10
#define KEEPALIVE_COUNT		3
#define SENT_TIMEOUT		60000	/* ms */

/* Outlives the connection when that ends before its answer comes. */
struct resolution {
	struct ssh				*ssh;
	struct evdns_getaddrinfo_request	*request;
};

/* An address: who connects to it, and who waits until fewer do. */
struct gate {
	RB_ENTRY(gate)		 entry;
	const struct sockaddr	*address;	/* behind this */
	socklen_t		 len;
	uint64_t		 nconnecting;
	TAILQ_HEAD(, ssh)	 waiting;
};
RB_HEAD(gates, gate);

static struct evdns_base	*dns;
static struct gates		 gates = RB_INITIALIZER(&gates);

static int	gate_cmp(struct gate *, struct gate *);
static void	gate_admit(struct gate *);
static void	connect_queue(struct ssh *);
static void	connect_start(struct ssh *);
static void	connect_next(struct ssh *, int);

RB_PROTOTYPE(gates, gate, entry, gate_cmp)
RB_GENERATE(gates, gate, entry, gate_cmp)

int
connect_init(void)
{
	if ((dns = evdns_base_new(base, 0)) == NULL)
		return -1;
	/* Without the file: a nameserver on this machine. */
	evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	evdns_base_load_hosts(dns, "/etc/hosts");
	evdns_base_set_option(dns, "randomize-case:", "0");
	return 0;
}

static void
resolve_done(int error, struct evutil_addrinfo *list, void *arg)
{
	struct resolution	*r = arg;
	struct ssh		*ssh = r->ssh;

	if (ssh == NULL) {
		if (list != NULL)
			evutil_freeaddrinfo(list);
		free(r);
		return;
	}
	ssh->resolution = NULL;
	free(r);
	if (error != 0 || list == NULL) {
		ssh_fail(ssh, false, "%s: resolving failed: %s; check the "
		    "name, /etc/hosts and the nameserver", ssh->host->origin,
		    error != 0 ? evutil_gai_strerror(error) : "no address");
		ssh_wake(ssh);
		return;
	}
	ssh->addresses = ssh->address = list;
	connect_queue(ssh);
}

void
connect_begin(struct ssh *ssh)
{
	struct evutil_addrinfo			 hints;
	struct evdns_getaddrinfo_request	*request;
	struct resolution			*r;
	char					 port[8];

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_protocol = IPPROTO_TCP;
	snprintf(port, sizeof(port), "%u", ssh->host->port);
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("%s", __func__);
	r->ssh = ssh;
	ssh->resolution = r;
	ssh_phase(ssh, SSH_RESOLVING, ssh->host->limits[LIMIT_RESOLVE]);
	request = evdns_getaddrinfo(dns, ssh->host->name, port, &hints,
	    resolve_done, r);
	/* NULL: the answer has come already, and r is gone. */
	if (request != NULL)
		r->request = request;
}

/* The answer, should it still come, is for nobody. */
static void
resolve_forget(struct ssh *ssh)
{
	struct resolution	*r = ssh->resolution;

	if (r == NULL)
		return;
	ssh->resolution = NULL;
	r->ssh = NULL;
	if (r->request != NULL)
		evdns_getaddrinfo_cancel(r->request);
}

static int
gate_cmp(struct gate *a, struct gate *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->address, b->address, a->len);
}

/* That of the address which is tried now; made when there is none. */
static struct gate *
gate_of(const struct ssh *ssh)
{
	struct gate	*g, key = { .address = ssh->address->ai_addr,
			    .len = ssh->address->ai_addrlen };

	if ((g = RB_FIND(gates, &gates, &key)) != NULL)
		return g;
	if ((g = calloc(1, sizeof(*g) + key.len)) == NULL)
		fatal("%s", __func__);
	g->address = memcpy(g + 1, key.address, key.len);
	g->len = key.len;
	TAILQ_INIT(&g->waiting);
	RB_INSERT(gates, &gates, g);
	return g;
}

static void
gate_admit(struct gate *g)
{
	struct ssh	*ssh;

	while ((ssh = TAILQ_FIRST(&g->waiting)) != NULL &&
	    g->nconnecting < ssh->host->limits[LIMIT_CONNECTS]) {
		TAILQ_REMOVE(&g->waiting, ssh, entry);
		ssh->is_waiting = false;
		g->nconnecting++;
		/* The time limit counts from here. */
		if (ssh->connect_left == 0)
			ssh->connect_left = ssh->host->limits[LIMIT_CONNECT];
		ssh_phase(ssh, SSH_CONNECTING, 0);
		ssh_wake(ssh);
	}
}

static void
connect_queue(struct ssh *ssh)
{
	ssh_phase(ssh, SSH_QUEUED, 0);
	ssh->gate = gate_of(ssh);
	ssh->is_waiting = true;
	TAILQ_INSERT_TAIL(&ssh->gate->waiting, ssh, entry);
	gate_admit(ssh->gate);
}

void
connect_done(struct ssh *ssh)
{
	struct gate	*g = ssh->gate;

	if (g == NULL)
		return;
	ssh->gate = NULL;
	if (ssh->is_waiting)
		TAILQ_REMOVE(&g->waiting, ssh, entry);
	else
		g->nconnecting--;
	ssh->is_waiting = false;
	if (g->nconnecting > 0 || !TAILQ_EMPTY(&g->waiting)) {
		gate_admit(g);
		return;
	}
	RB_REMOVE(gates, &gates, g);
	free(g);
}

static void
socket_options(int fd)
{
	int	on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
#ifdef TCP_KEEPIDLE
	on = KEEPALIVE_IDLE;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &on, sizeof(on));
	on = KEEPALIVE_INTERVAL;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &on, sizeof(on));
	on = KEEPALIVE_COUNT;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &on, sizeof(on));
#endif
#ifdef TCP_USER_TIMEOUT
	on = SENT_TIMEOUT;
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &on, sizeof(on));
#endif
}

/* What each address that is left may take. */
static uint64_t
connect_share(const struct ssh *ssh)
{
	const struct evutil_addrinfo	*a;
	uint64_t			 n = 0;

	for (a = ssh->address; a != NULL; a = a->ai_next)
		n++;
	return ssh->connect_left / n + 1;
}

static void
connect_start(struct ssh *ssh)
{
	const struct evutil_addrinfo	*a = ssh->address;

	ssh->connect_began = ssh_now();
	ssh->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, IPPROTO_TCP);
	if (ssh->fd == -1) {
		connect_next(ssh, errno);
		return;
	}
	socket_options(ssh->fd);
	if (connect(ssh->fd, a->ai_addr, a->ai_addrlen) == -1 &&
	    errno != EINPROGRESS) {
		connect_next(ssh, errno);
		return;
	}
	ssh_timer(ssh->timer, connect_share(ssh));
	ssh_watch(ssh, EV_WRITE);
}

/* This address is not it; the next, if there is one. */
static void
connect_next(struct ssh *ssh, int error)
{
	uint64_t	took = ssh_now() - ssh->connect_began;
	char		address[128];

	ssh_address(ssh, address, sizeof(address));
	ssh_close(ssh);
	if (ssh->address->ai_next == NULL) {
		if (error == ETIMEDOUT)
			ssh_fail(ssh, true, "%s: no connection to %s within "
			    "%s; check that the host is up and that no "
			    "firewall drops the port", ssh->host->origin,
			    address, ssh_limit_text(ssh, LIMIT_CONNECT));
		else
			ssh_fail(ssh, false, "%s: connecting to %s failed: "
			    "%s; check address and port, and that sshd runs",
			    ssh->host->origin, address, strerror(error));
		return;
	}
	log_debug("connecting failed: host=%s address=%s reason=%s",
	    log_quote(ssh->host->origin), address, log_quote(strerror(error)));
	connect_done(ssh);
	ssh->address = ssh->address->ai_next;
	ssh->connect_left -= took < ssh->connect_left ? took :
	    ssh->connect_left - 1;
	connect_queue(ssh);
}

void
connect_step(struct ssh *ssh)
{
	socklen_t	len = sizeof(int);
	int		error = 0;

	if (ssh->fd == -1) {
		connect_start(ssh);
		return;
	}
	if (!ssh->is_writable)
		return;
	if (getsockopt(ssh->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		connect_next(ssh, error);
	else
		login_begin(ssh);
}

void
connect_timeout(struct ssh *ssh)
{
	switch (ssh->state) {
	case SSH_RESOLVING:
		resolve_forget(ssh);
		ssh_fail(ssh, true, "%s: the name was not resolved within "
		    "%s; check the nameserver", ssh->host->origin,
		    ssh_limit_text(ssh, LIMIT_RESOLVE));
		break;
	case SSH_CONNECTING:
		connect_next(ssh, ETIMEDOUT);
		break;
	case SSH_BACKOFF:
		connect_queue(ssh);
		break;
	default:
		break;
	}
}

void
connect_again(struct ssh *ssh, uint64_t delay)
{
	ssh_close(ssh);
	connect_done(ssh);
	ssh->connect_left = 0;
	ssh_phase(ssh, SSH_BACKOFF, delay);
}

void
connect_exit(struct ssh *ssh)
{
	resolve_forget(ssh);
	connect_done(ssh);
	if (ssh->addresses != NULL)
		evutil_freeaddrinfo(ssh->addresses);
	ssh->addresses = ssh->address = NULL;
}

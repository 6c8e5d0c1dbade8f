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
 * The HTTP client: all of libcurl in one file.  curl says which sockets and
 * which timer it waits for, libevent watches them.  Names are resolved in
 * curl's threads; the CA bundle is in memory, since there are no files here.
 */

#include "config.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "http_client.h"
#include "log.h"
#include "process.h"
#include "wiped.h"

/* Calls under way to one host at a time. */
#define HOST_CONNECTIONS	4

struct http_call {
	CURL			*easy;
	struct curl_slist	*headers;
	http_done		 done;
	void			*arg;
	char			*body;
	size_t			 len;
	char			 error[CURL_ERROR_SIZE];
};

static CURLM		*multi;
static struct event	*timer;
static struct curl_blob	 ca_bundle;

static void
calls_finish(void)
{
	struct http_reply	 reply;
	struct http_call	*call;
	curl_off_t		 wait = 0;
	CURLMsg			*msg;
	int			 left;

	while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		memset(&reply, 0, sizeof(reply));
		if (msg->data.result == CURLE_OK) {
			curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE,
			    &reply.status);
			curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER,
			    &wait);
			reply.retry_after = wait < 0 ? 0 :
			    wait > 86400 ? 86400 : (unsigned)wait;
		} else
			reply.error = call->error[0] != '\0' ? call->error :
			    curl_easy_strerror(msg->data.result);
		reply.body = call->body;
		reply.len = call->len;
		call->done(&reply, call->arg);
		http_call_cancel(call);
	}
}

static void
socket_event(evutil_socket_t fd, short what, void *arg)
{
	int	running, action = 0;

	(void)arg;
	if (what & EV_READ)
		action |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		action |= CURL_CSELECT_OUT;
	curl_multi_socket_action(multi, fd, action, &running);
	calls_finish();
}

static void
timer_event(evutil_socket_t fd, short what, void *arg)
{
	int	running;

	(void)fd;
	(void)what;
	(void)arg;
	curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	calls_finish();
}

/* curl: watch this socket for that, from now on. */
static int
socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *socketp)
{
	struct event	*ev = socketp;
	short		 events = EV_PERSIST;

	(void)easy;
	(void)arg;
	if (ev != NULL)
		event_free(ev);
	curl_multi_assign(multi, fd, NULL);
	if (what == CURL_POLL_REMOVE)
		return 0;
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if ((ev = event_new(base, fd, events, socket_event, NULL)) == NULL ||
	    event_add(ev, NULL) == -1)
		fatal("%s", __func__);
	curl_multi_assign(multi, fd, ev);
	return 0;
}

static int
timer_wanted(CURLM *m, long ms, void *arg)
{
	struct timeval	tv = { ms / 1000, (ms % 1000) * 1000 };

	(void)m;
	(void)arg;
	if (ms < 0)
		event_del(timer);
	else
		event_add(timer, &tv);
	return 0;
}

static size_t
body_came(char *data, size_t size, size_t n, void *arg)
{
	struct http_call	*call = arg;
	char			*p;

	n *= size;
	/* What is too much is dropped; the status is what counts. */
	if (n > HTTP_REPLY_MAX - call->len)
		return n;
	if ((p = realloc(call->body, call->len + n + 1)) == NULL)
		return 0;
	call->body = p;
	memcpy(p + call->len, data, n);
	call->len += n;
	p[call->len] = '\0';
	return n;
}

int
http_client_init(const void *ca, size_t len)
{
	void	*copy;

	if ((copy = malloc(len + 1)) == NULL)
		return -1;
	if (len > 0)
		memcpy(copy, ca, len);
	free(ca_bundle.data);
	ca_bundle.data = copy;
	ca_bundle.len = len;
	ca_bundle.flags = CURL_BLOB_COPY;
	if (multi != NULL)
		return 0;
	/*
	 * Addresses and what is sent with them are secrets, and curl copies
	 * them around.
	 */
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiped_malloc,
	    wiped_free, wiped_realloc, wiped_strdup, wiped_calloc) !=
	    CURLE_OK ||
	    (multi = curl_multi_init()) == NULL ||
	    (timer = evtimer_new(base, timer_event, NULL)) == NULL)
		return -1;
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
	curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
	    (long)HOST_CONNECTIONS);
	return 0;
}

static void
call_setup(struct http_call *call, const struct http_request *req)
{
	CURL	*e = call->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(e, CURLOPT_URL, req->url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT,
	    "applikatonid/" APPLIKATONID_VERSION);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &ca_bundle);
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)req->timeout);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, body_came);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	if (req->body != NULL) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)req->len);
		curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, req->body);
	}
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
}

struct http_call *
http_call_start(const struct http_request *req, http_done done, void *arg)
{
	struct curl_slist	*list;
	struct http_call	*call;
	size_t			 i;

	if ((call = calloc(1, sizeof(*call))) == NULL)
		return NULL;
	call->done = done;
	call->arg = arg;
	if ((call->easy = curl_easy_init()) == NULL)
		goto fail;
	for (i = 0; req->headers != NULL && req->headers[i] != NULL; i++) {
		list = curl_slist_append(call->headers, req->headers[i]);
		if (list == NULL)
			goto fail;
		call->headers = list;
	}
	call_setup(call, req);
	if (curl_multi_add_handle(multi, call->easy) != CURLM_OK)
		goto fail;
	return call;
 fail:
	if (call->easy != NULL)
		curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	free(call);
	return NULL;
}

void
http_call_cancel(struct http_call *call)
{
	curl_multi_remove_handle(multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	if (call->body != NULL)
		freezero(call->body, call->len);
	free(call);
}

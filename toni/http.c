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
 * libcurl's multi interface: several transfers, ^C and the terminal in one
 * wait.  Proxies come from the environment, which libcurl itself reads, and
 * so do certificate authorities, by the names that curl(1) uses.  Redirects
 * are never followed: the token belongs to this server alone.
 */

#include "config.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "interrupt.h"
#include "screen.h"

#define CONNECT_TIME	30L		/* seconds */
#define REQUEST_TIME	60L
#define BODY_MAX	(16 * 1024 * 1024)
#define TOKEN_HEADER	"X-Api-Token: "

struct transfer {
	CURL		*easy;
	char		*url;
	char		*form;
	http_data	*data;
	void		*arg;
	char		*body;
	size_t		 len;
	bool		 too_long;
	bool		 enough;	/* the data function said so */
	bool		 done;
	CURLcode	 result;
	long		 status;
	char		 error[CURL_ERROR_SIZE];
};

static CURLM			*multi;
static CURLU			*base;		/* of the server */
static char			*address;
static struct curl_slist	*headers;

static char *
url_part(CURLU *u, CURLUPart part)
{
	char	*s;

	return curl_url_get(u, part, &s, 0) == CURLUE_OK ? s : NULL;
}

/* What stands in .toni.yml behind the server's name means nothing. */
static void
base_init(const char *host)
{
	char	*scheme = NULL, *copy;
	bool	 good;

	if ((base = curl_url()) == NULL)
		die("out of memory");
	good = curl_url_set(base, CURLUPART_URL, host, 0) == CURLUE_OK &&
	    (scheme = url_part(base, CURLUPART_SCHEME)) != NULL &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
	curl_free(scheme);
	if (!good)
		die("host in .toni.yml is no address: \"%s\"\n"
		    "It must be like https://deploy.example.com.", host);
	curl_url_set(base, CURLUPART_PATH, "/", 0);
	curl_url_set(base, CURLUPART_QUERY, NULL, 0);
	curl_url_set(base, CURLUPART_FRAGMENT, NULL, 0);
	if ((copy = url_part(base, CURLUPART_URL)) == NULL)
		die("out of memory");
	curl_free(copy);
}

/* Without a password, and without a slash at its end. */
static void
address_init(void)
{
	CURLU	*u;
	char	*s;

	if ((u = curl_url_dup(base)) == NULL)
		die("out of memory");
	curl_url_set(u, CURLUPART_USER, NULL, 0);
	curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
	if ((s = url_part(u, CURLUPART_URL)) == NULL ||
	    (address = strdup(s)) == NULL)
		die("out of memory");
	if (*address != '\0' && address[strlen(address) - 1] == '/')
		address[strlen(address) - 1] = '\0';
	curl_free(s);
	curl_url_cleanup(u);
}

void
http_init(const char *host, const char *token)
{
	char	*line;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (multi = curl_multi_init()) == NULL)
		die("libcurl can't start");
	base_init(host);
	address_init();
	if (asprintf(&line, TOKEN_HEADER "%s", token) == -1 ||
	    (headers = curl_slist_append(NULL, line)) == NULL ||
	    curl_slist_append(headers, "Accept: application/json") == NULL ||
	    /* No waiting for "100 Continue". */
	    curl_slist_append(headers, "Expect:") == NULL)
		die("out of memory");
	freezero(line, strlen(line));
}

const char *
http_address(void)
{
	return address;
}

char *
http_escape(const char *s)
{
	char	*escaped, *copy;

	escaped = curl_easy_escape(NULL, s, (int)strlen(s));
	if (escaped == NULL || (copy = strdup(escaped)) == NULL)
		die("out of memory");
	curl_free(escaped);
	return copy;
}

static size_t
body_add(struct transfer *t, const char *data, size_t len)
{
	char	*p;

	if (len > BODY_MAX - t->len) {
		t->too_long = true;
		return 0;
	}
	if ((p = realloc(t->body, t->len + len + 1)) == NULL)
		return 0;
	memcpy(p + t->len, data, len);
	t->body = p;
	t->len += len;
	p[t->len] = '\0';
	return len;
}

static size_t
received(char *data, size_t size, size_t n, void *arg)
{
	struct transfer	*t = arg;
	size_t		 len = size * n;
	long		 status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->data == NULL || status != 200)
		return body_add(t, data, len);
	if (t->data(t->arg, data, len))
		return len;
	t->enough = true;
	return len + 1;
}

/* As curl(1): one file of authorities, or a directory of them. */
static void
authorities_set(CURL *easy)
{
	const char	*s;

	if ((s = getenv("CURL_CA_BUNDLE")) != NULL && *s != '\0') {
		curl_easy_setopt(easy, CURLOPT_CAINFO, s);
		return;
	}
	if ((s = getenv("SSL_CERT_DIR")) != NULL && *s != '\0')
		curl_easy_setopt(easy, CURLOPT_CAPATH, s);
	if ((s = getenv("SSL_CERT_FILE")) != NULL && *s != '\0')
		curl_easy_setopt(easy, CURLOPT_CAINFO, s);
}

static char *
url_make(const char *path)
{
	char	*s, *url;

	if ((s = url_part(base, CURLUPART_URL)) == NULL ||
	    asprintf(&url, "%s%s", s, path + (*path == '/')) == -1)
		die("out of memory");
	curl_free(s);
	return url;
}

static void
easy_init(struct transfer *t)
{
	CURL	*e = t->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_URL, t->url);
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "toni/" APPLIKATONID_VERSION);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, received);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, CONNECT_TIME);
	/* A log may be silent for long: is the server still there? */
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, 30L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, 10L);
	if (t->data == NULL)
		curl_easy_setopt(e, CURLOPT_TIMEOUT, REQUEST_TIME);
	if (t->form != NULL)
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->form);
	authorities_set(e);
}

struct transfer *
http_start(const char *path, const char *form, http_data *data, void *arg)
{
	struct transfer	*t;

	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->easy = curl_easy_init()) == NULL ||
	    (form != NULL && (t->form = strdup(form)) == NULL))
		die("out of memory");
	t->url = url_make(path);
	t->data = data;
	t->arg = arg;
	easy_init(t);
	if (curl_multi_add_handle(multi, t->easy) != CURLM_OK)
		die("out of memory");
	return t;
}

/* Whether any has come to its end. */
static bool
results_take(void)
{
	struct transfer	*t;
	CURLMsg		*m;
	char		*private;
	bool		 any = false;
	int		 left;

	while ((m = curl_multi_info_read(multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle,
		    CURLINFO_PRIVATE, &private) != CURLE_OK)
			continue;
		t = (struct transfer *)(void *)private;
		t->done = any = true;
		t->result = m->data.result;
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
	}
	return any;
}

bool
http_wait(int ms, int fd)
{
	struct curl_waitfd	fds[2] = { { -1, CURL_WAIT_POLLIN, 0 },
				    { -1, CURL_WAIT_POLLIN, 0 } };
	unsigned		n = 0;
	int			running;

	if (interrupt_fd() != -1)
		fds[n++].fd = interrupt_fd();
	if (fd != -1)
		fds[n++].fd = fd;
	if (curl_multi_perform(multi, &running) != CURLM_OK)
		die("libcurl failed");
	if (results_take())
		return false;
	curl_multi_poll(multi, fds, n, ms, NULL);
	if (curl_multi_perform(multi, &running) != CURLM_OK)
		die("libcurl failed");
	results_take();
	return fd != -1 && fds[n - 1].revents != 0;
}

void
http_pause(struct transfer *t, bool on)
{
	if (t != NULL && !t->done)
		curl_easy_pause(t->easy, on ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

bool
http_is_done(const struct transfer *t)
{
	return t->done;
}

bool
http_is_answered(const struct transfer *t)
{
	long	status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status == 200;
}

void
http_end(struct transfer *t)
{
	if (t == NULL)
		return;
	curl_multi_remove_handle(multi, t->easy);
	curl_easy_cleanup(t->easy);
	free(t->url);
	free(t->form);
	free(t->body);
	free(t);
}

void
http_finish(struct transfer *t, void (*interrupted)(void))
{
	unsigned	seen = interrupt_count();

	while (!t->done) {
		http_wait(1000, -1);
		if (interrupt_count() == seen)
			continue;
		seen = interrupt_count();
		interrupt_seen();
		interrupted();
	}
}

long
http_status(const struct transfer *t)
{
	return t->status;
}

const char *
http_body(const struct transfer *t, size_t *len)
{
	*len = t->len;
	return t->body == NULL ? "" : t->body;
}

char *
http_location(const struct transfer *t)
{
	char	*url = NULL, *path, *copy = NULL;
	CURLU	*u;

	if (curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &url) !=
	    CURLE_OK || url == NULL)
		return NULL;
	if ((u = curl_url()) == NULL)
		die("out of memory");
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    (path = url_part(u, CURLUPART_PATH)) != NULL) {
		if ((copy = strdup(path)) == NULL)
			die("out of memory");
		curl_free(path);
	}
	curl_url_cleanup(u);
	return copy;
}

const char *
http_advice(const struct transfer *t)
{
	switch (t->result) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return "The file of the authority that has signed its "
		    "certificate can be named in CURL_CA_BUNDLE.";
	case CURLE_COULDNT_RESOLVE_PROXY:
		return "Are http_proxy, https_proxy and no_proxy right?";
	case CURLE_SSL_CONNECT_ERROR:
		return "Does host in .toni.yml begin with the right one of "
		    "https:// and http://?";
	default:
		return "Is host in .toni.yml right, and does the server run?";
	}
}

const char *
http_error(const struct transfer *t)
{
	if (t->enough || t->result == CURLE_OK)
		return NULL;
	if (t->too_long)
		return "the answer is too long";
	return *t->error != '\0' ? t->error : curl_easy_strerror(t->result);
}

bool
http_is_unsent(const struct transfer *t)
{
	long	sent = 0;

	curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	return sent == 0;
}

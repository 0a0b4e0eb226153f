#include "edge/http.h"

#include "base/addr.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 16, CLIENT_SECONDS = 10, CLIENT_BYTES = 16384 };

struct http {
	struct MHD_Daemon *daemon;
	void (*ask)(void *ctx, struct http_ask *who);
	void *ctx;
	int fd;
	struct http_ask *waiting; /* whose connections rest until the page is there */
};

struct http_ask {
	struct http *http;
	struct MHD_Connection *connection;
	struct http_ask *next;
	bool asked, answered;
	struct text page;
};

static const char greeting[] = "grix-agent: see /metrics\n";

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, const char *type,
				 char *body, size_t len, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(len, body, mode);
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", type);
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result send_plain(struct MHD_Connection *c, unsigned status, const char *words)
{
	char copy[128];

	snprintf(copy, sizeof(copy), "%s", words);
	return send_text(c, status, "text/plain; charset=utf-8", copy, strlen(copy),
			 MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result send_page(struct http_ask *who)
{
	struct text t = who->page;

	if (!t.data)
		return send_plain(who->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "ending\n");
	/* Both sides allocate with malloc: the response owns the buffer from here. */
	text_init(&who->page);
	return send_text(who->connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
			 t.data, t.len, MHD_RESPMEM_MUST_FREE);
}

static void leave(struct http_ask *who)
{
	struct http_ask **at = &who->http->waiting;

	while (*at && *at != who)
		at = &(*at)->next;
	if (*at)
		*at = who->next;
}

static enum MHD_Result wait_for_page(struct http_ask *who)
{
	struct http *h = who->http;

	if (who->answered)
		return send_page(who);
	if (who->asked)
		return MHD_YES;
	who->asked = true;
	who->next = h->waiting;
	h->waiting = who;
	MHD_suspend_connection(who->connection);
	h->ask(h->ctx, who);
	return MHD_YES;
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct http_ask *who = *state;

	if (!who)
		return;
	leave(who);
	text_done(&who->page);
	free(who);
	*state = NULL;
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	struct http_ask *who = *state;

	if (!who) { /* headers only: a body, if any, comes in the next calls */
		*state = who = calloc(1, sizeof(*who));
		if (!who)
			abort();
		*who = (struct http_ask){.http = ctx, .connection = c};
		return MHD_YES;
	}
	if (*upload_size) { /* a body: nobody reads it */
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return send_plain(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics") == 0)
		return wait_for_page(who);
	if (strcmp(url, "/") == 0)
		return send_plain(c, MHD_HTTP_OK, greeting);
	return send_plain(c, MHD_HTTP_NOT_FOUND, "not here; see /metrics\n");
}

void http_answer(struct http_ask *who, struct text *t)
{
	leave(who);
	who->answered = true;
	who->page = *t;
	text_init(t);
	MHD_resume_connection(who->connection);
}

static int parse_address(const char *at, struct sockaddr_storage *ret, struct err *err)
{
	char host[64];
	const char *colon = strrchr(at, ':');
	char *end = NULL;
	struct addr a;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
	size_t n = colon ? (size_t)(colon - at) : 0;

	if (n >= 2 && at[0] == '[' && at[n - 1] == ']') {
		at++;
		n -= 2;
	}
	if (!colon || n == 0 || n >= sizeof(host) || !end || *end || port == 0 || port > 65535)
		return err_set(err, -EINVAL,
			       "\"%s\" is not ADDRESS:PORT, write it like 127.0.0.1:9862", at);
	memcpy(host, at, n);
	host[n] = '\0';
	if (!addr_parse(host, &a))
		return err_set(err, -EINVAL,
			       "\"%s\" is not an address, write it like 127.0.0.1:9862 or "
			       "[::1]:9862",
			       host);
	memset(ret, 0, sizeof(*ret));
	if (a.family == FAMILY_IP4) {
		struct sockaddr_in *in = (void *)ret;

		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, a.bytes, 4);
	} else {
		struct sockaddr_in6 *in6 = (void *)ret;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		memcpy(&in6->sin6_addr, a.bytes, 16);
	}
	return 0;
}

/* Our own socket, so that the reason of a failure can be told. */
static int listen_at(const char *at, struct err *err)
{
	struct sockaddr_storage ss = {0};
	int on = 1, e, fd, r = parse_address(at, &ss, err);

	if (r < 0)
		return r;
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ss.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (void *)&ss,
		 ss.ss_family == AF_INET ? sizeof(struct sockaddr_in)
					 : sizeof(struct sockaddr_in6)) == 0 &&
	    listen(fd, CLIENTS) == 0)
		return fd;
	e = errno;
	close(fd);
	return err_set(err, -e,
		       "no metrics at %s: %s; choose another place with --metrics, or \"none\"", at,
		       strerror(e));
}

int http_open(const char *at, void (*ask)(void *ctx, struct http_ask *who), void *ctx,
	      struct err *err, struct http **ret)
{
	const union MHD_DaemonInfo *info;
	struct http *h;
	int fd = listen_at(at, err);

	if (fd < 0)
		return fd;
	h = calloc(1, sizeof(*h));
	if (!h)
		abort();
	h->ask = ask;
	h->ctx = ctx;
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
				     answer, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
				     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
				     (unsigned)CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT,
				     (unsigned)CLIENT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				     (size_t)CLIENT_BYTES, MHD_OPTION_END);
	if (!h->daemon) {
		close(fd);
		free(h);
		return err_set(err, -EIO, "no metrics at %s: libmicrohttpd did not start", at);
	}
	info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	h->fd = info->epoll_fd;
	*ret = h;
	return 0;
}

struct http *http_close(struct http *h)
{
	struct text none;

	if (!h)
		return NULL;
	text_init(&none);
	while (h->waiting)
		http_answer(h->waiting, &none);
	MHD_run(h->daemon);
	MHD_stop_daemon(h->daemon);
	free(h);
	return NULL;
}

int http_fd(const struct http *h)
{
	return h->fd;
}

int http_run(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(h->daemon);
	return MHD_get_timeout(h->daemon, &ms) == MHD_YES ? (int)(ms > 60000 ? 60000 : ms) : -1;
}

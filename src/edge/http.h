/*
 * http - answer GET /metrics
 * libmicrohttpd without threads of its own: the caller's loop waits on http_fd() and calls
 * http_run(). Few clients, short timeouts, GET and HEAD only.
 */
#pragma once

#include "base/err.h"
#include "base/text.h"

#include <stdint.h>

struct http;
struct http_ask; /* somebody waits for the page */

/**
 * http_open() - @at: "127.0.0.1:9862" or "[::1]:9862"
 * @ask: called when somebody wants the page; must lead to one http_answer(), now or later
 * Return: 0, -EINVAL when @at is no address, or a negative errno with a line
 */
int http_open(const char *at, void (*ask)(void *ctx, struct http_ask *who), void *ctx,
	      struct err *err, struct http **ret);
/** http_close() - whoever still waits gets no page; their asks are void afterwards */
struct http *http_close(struct http *h);
int http_fd(const struct http *h);
/** http_run() - do what is ready. Return: milliseconds until it wants to run again, -1: no wish */
int http_run(struct http *h);
/** http_answer() - takes the text over and leaves @t empty; call http_run() after it */
void http_answer(struct http_ask *who, struct text *t);

/*
 * kernel - read the host's tunnels by rtnetlink, and do one list of steps
 * No decisions: diff/ makes the steps. libnl's error codes end here.
 */
#pragma once

#include "base/err.h"
#include "diff/diff.h"
#include "site/site.h"

struct kernel;

/** kernel_open() - a socket for requests. -EPERM and the like come from the first request. */
int kernel_open(struct err *err, struct kernel **ret);
struct kernel *kernel_close(struct kernel *k);

/**
 * kernel_read() - fresh dump: every gre and ip6gre link with its addresses, every link of another
 * kind whose name is one of @want's, and the value of every setting of @want
 * @want: may be NULL
 * Return: 0 with @ret to be freed by host_free(); or a negative errno with a line.
 */
int kernel_read(struct kernel *k, const struct host *want, struct err *err, struct host **ret);

/* What became of one step. */
struct step_result {
	int error;	/* 0, or a negative errno */
	char text[192]; /* the kernel's own words (extended ack), or what the errno means here */
};

/**
 * kernel_apply() - do all steps, in batches with their acknowledgements read in bulk
 * A step that fails takes its own link's later steps with it (-ECANCELED), but what concerns one
 * family alone (addresses, routes) not those of the other; other links go on.
 * @results: room for steps->n
 * @messages: how many messages were sent that write; may be NULL
 * Return: 0 when every step was tried, whatever became of it; negative errno when the kernel could
 * not be talked to at all.
 */
int kernel_apply(struct kernel *k, const struct steps *steps, struct step_result *results,
		 size_t *messages, struct err *err);

/**
 * kernel_route_device() - which device carries packets from @local to @remote now
 * Return: 0 with *@ifindex and @ifname set, -ENETUNREACH when none, or a negative errno.
 */
int kernel_route_device(struct kernel *k, const struct addr *local, const struct addr *remote,
			int *ifindex, char ifname[IFNAME_BYTES], struct err *err);

/**
 * kernel_check_underlay() - adds to @steps a conflict for every link to be made or changed whose
 * remote would be routed into a tunnel of ours (recursive routing), and takes its steps away; and
 * one for every local address the host does not have
 */
int kernel_check_underlay(struct kernel *k, const struct host *have, struct steps *steps,
			  struct err *err);

/**
 * kernel_check_routes() - adds to @steps a note for every tunnel of @want that stands (@have) and
 * cannot work: its remote is routed into a tunnel of ours now, or its local address is gone. Routes
 * come and go without any tunnel being changed, so ask at every look. A link that has a conflict
 * already gets no note. One question a link: 1,000 take some ten milliseconds.
 * Return: 0, or a negative errno with a line.
 */
int kernel_check_routes(struct kernel *k, const struct host *want, const struct host *have,
			struct steps *steps, struct err *err);

/* What the kernel tells on its own: something changed, read again. */
struct kernel_watch;
int kernel_watch_open(struct err *err, struct kernel_watch **ret);
struct kernel_watch *kernel_watch_close(struct kernel_watch *w);
int kernel_watch_fd(const struct kernel_watch *w);
enum kernel_change {
	CHANGE_LINK = 1,
	CHANGE_ADDR = 2,
	CHANGE_ROUTE = 4,
	CHANGE_LOST = 8, /* ENOBUFS */
	CHANGE_PEER_ROUTE =
		16 /* beside CHANGE_ROUTE: it led over a device named as ours; put it back soon */
};
/** kernel_watch_read() - drain it. Return: 0 or more, a set of enum kernel_change; or a negative
 *  errno. @words: one line that says what was seen ("gx-fra deleted"), "" if nothing worth saying */
int kernel_watch_read(struct kernel_watch *w, char words[128], struct err *err);

/** kernel_missing() - one sentence on what this kernel or this process lacks for GRE (module,
 *  CAP_NET_ADMIN), NULL if nothing. Return: 0, or EXIT_CAPABILITY's cause as a negative errno */
int kernel_missing(struct kernel *k, struct err *err);
/** kernel_missing_for() - the same, asking for ip6gre only if @want has such a tunnel. Makes the
 *  kernel load the module where it may; changes nothing else. */
int kernel_missing_for(struct kernel *k, const struct host *want, struct err *err);

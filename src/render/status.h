/*
 * render/status - what an agent knows at this moment, as JSON, as a table, for Prometheus
 * Pure. The agent fills struct status and serves the JSON on its socket; `grix status` parses that
 * JSON back into the same struct and prints the table, so both show the same.
 *   in  struct status, or its JSON     out  text
 * What is not known is null in JSON and "-" in the table, never 0 and never 1970.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Not known" of the two number types below. */
#define STATUS_NONE UINT64_MAX
#define STATUS_NO_TIME (-1.0)

/* One BGP session; state NULL: BIRD does not have it, or nobody could ask. */
struct status_session {
	const char *name;  /* "gx_fra_v4", NULL where the fabric has no such family */
	const char *state; /* BIRD's word: "Established", "Active" ... */
	const char *since, *info;
	uint64_t imported, exported; /* routes, or STATUS_NONE */
};

struct status_link {
	const char *link, *peer, *peer_member;
	uint64_t peer_asn;
	const char *ifname, *mode, *local, *remote;
	uint64_t mtu;
	const char *state;  /* "up", "down", "unknown"; "off" when nobody watches this link */
	double since_s;	    /* seconds in this state */
	const char *reason; /* or NULL */
	double rtt_ms, rtt_min_ms;
	const char *to, *from; /* "arrives", "lost", "unknown" */
	uint64_t sent, answered, lost, lost_to, lost_from;
	uint64_t interval_ms;
	const char *kernel; /* "ok", "missing", "conflict", "failed", "unknown" */
	const char *note;   /* why, if not ok; or NULL */
	uint64_t repairs;   /* how often someone undid this tunnel and it was put back */
	struct status_session v4, v6;
};

struct status {
	struct arena *arena; /* owns every text here */
	const char *fabric, *site, *member;
	uint64_t asn;
	const char *version;
	uint64_t pid;
	double now, started; /* seconds since 1970, of the agent's clock */
	struct {
		const char *path, *state; /* "current", "last good" */
		double loaded;
		const char **faults; /* of the list that was refused */
		size_t n_faults;
	} peerlist;
	struct {
		uint64_t links_wanted, links_ok;
		double last_change;
		const char **problems;
		size_t n_problems;
		uint64_t repairs, failures, reads; /* since the start */
	} kernel;
	struct {
		const char *state;   /* "running", "absent", "refused", "off" */
		const char *version; /* or NULL */
		const char *files;   /* "current", "written", "refused", "failed", "unknown" */
		const char *text;    /* BIRD's words or what to do; or NULL */
	} bird;
	struct {
		uint64_t dropped_ttl, dropped_stranger, dropped_bad, unsent;
	} packets; /* keepalives thrown away, since the start */
	struct status_link *links;
	size_t n_links;
};

/** status_new() - empty: every number unknown. Free with status_free(). */
struct status *status_new(void);
struct status *status_free(struct status *s);
/** status_add_links() - room for @n links, every number unknown */
void status_add_links(struct status *s, size_t n);

/** status_json() - one document with a newline at its end */
void status_json(const struct status *s, struct text *t);
/** status_parse() - the way back. Return: 0 with @ret to be freed by status_free(), or -EBADMSG */
int status_parse(const char *json, size_t len, struct err *err, struct status **ret);

/* What the exit code of a check asks for. */
struct status_sum {
	size_t links, up, down, unknown, sessions, established;
	bool well; /* list current, every tunnel there, every watched link up, every session established */
};
void status_sum(const struct status *s, struct status_sum *ret);

/** status_summary() - "ams on demo-ix: 4 links, 4 up; 8 of 8 sessions established", no newline */
void status_summary(const struct status *s, struct text *t);
/** status_table() - summary, a line a link, then what is wrong and what to do; @color: with ANSI
 *  colours for the state words */
void status_table(const struct status *s, bool color, struct text *t);
/** status_metrics() - Prometheus text format 0.0.4 */
void status_metrics(const struct status *s, struct text *t);

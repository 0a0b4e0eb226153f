/*
 * inside - the parts of a running agent
 * Everything here belongs to the loop's thread. Parts talk by plain calls: reload adopts a list,
 * tunnels makes the kernel follow, bgp makes BIRD follow, keepalives watch, serve shows.
 */
#pragma once

#include "edge/birdsock.h"
#include "edge/http.h"
#include "edge/notify.h"
#include "edge/refused.h"
#include "edge/statussock.h"
#include "edge/wire.h"
#include "render/status.h"
#include "run/agent.h"
#include "run/apply.h"
#include "run/edges.h"
#include "run/links.h"
#include "run/worker.h"

#include <ev.h>

/* The peer list: what is in use, and what is wrong with the one on disk. */
struct reload {
	ev_io changed;	 /* inotify */
	ev_timer settle; /* a moment of quiet before reading */
	ev_timer scan;	 /* for file systems without inotify */
	bool flying, again, asked;
	unsigned scans;
	uint64_t fingerprint; /* of what was read last */
	char **faults;	      /* of the list refused, as lines */
	size_t n_faults;
	char keep_error[512]; /* the copy cannot be written: said once */
};

/* The kernel's side. */
struct tunnels {
	struct kernel_watch *watch;
	ev_io watched;
	ev_timer soon, audit;
	bool flying, again;
	double again_in;
	char seen[128]; /* what netlink told since the last pass */
	bool first_done;
	double last_change; /* Unix time of the last step done, < 0: none */
	uint64_t took_ns, repairs, failures, reads;
	size_t n_kept;
	struct backoff lost, host_failed;
	char error[512], host_note[512];
};

enum bird_state { BIRD_UNKNOWN, BIRD_ABSENT, BIRD_RUNNING };
enum bird_files_state {
	BIRD_FILES_UNKNOWN,
	BIRD_FILES_CURRENT,
	BIRD_FILES_WRITTEN,
	BIRD_FILES_REFUSED,
	BIRD_FILES_FAILED
};

/* BIRD's side. */
struct bgp {
	ev_timer poll, retry;
	bool polling, applying, acting, act_again;
	uint64_t applied; /* serial of the generation whose files were handed over last */
	enum bird_state state;
	enum bird_files_state files;
	char version[32];
	char text[512];			/* of the files: BIRD's words, the disk's words */
	char poll_text[512];		/* why it does not answer */
	char missing[512];		/* sessions that BIRD should have and has not */
	bool reconfigure, reconfigured; /* to be asked, was asked once, to read its files again */
	struct backoff failed;
};

enum { WIRES_MAX = 4 };

struct keepalive {
	struct {
		struct wire *wire;
		uint16_t port;
		ev_io io[4];
		size_t n_io;
	} wires[WIRES_MAX];
	size_t n_wires;
	struct refused *refused;
	ev_io refused_io[2];
	size_t n_refused_io;
	uint8_t *wire_of;  /* of each link */
	uint64_t *due;	   /* of each link; UINT64_MAX: not watched */
	uint64_t armed_ns; /* when the timer fires */
	uint64_t slice_ns; /* sends due within one slice leave together */
	bool by_slice;	   /* packets too are taken once a slice */
	ev_timer tick, retry;
	struct backoff failed;
	char error[512]; /* no sockets, "" when well */
	uint64_t dropped_ttl, dropped_stranger;
	ev_timer sum; /* runs for a second from the first verdict that was said */
	unsigned said, unsaid_down, unsaid_other;
};

enum { CLIENTS_MAX = 16 };

struct client;

struct serve {
	struct status_listener listener;
	ev_io accept;
	struct client *clients[CLIENTS_MAX];
	uint64_t tickets;
	struct http *http;
	ev_io http_io;
	ev_timer http_timer;
	struct notify notify;
	ev_timer watchdog, tell;
	bool ready;
};

struct agent {
	const struct agent_conf *conf;
	struct ev_loop *loop;
	struct worker *worker; /* what may block: disk, kernel, BIRD */
	struct worker *scribe; /* what takes long: pages for others */
	struct edges edges;
	struct generation *gen;
	struct links links;
	double started;
	int exit_code;
	ev_signal on_term, on_int, on_hup;
	struct reload reload;
	struct tunnels tunnels;
	struct bgp bgp;
	struct keepalive keepalive;
	struct serve serve;
};

/* reload.c */
int reload_first(struct agent *a);
void reload_start(struct agent *a);
void reload_now(struct agent *a, const char *why);
void reload_done(struct agent *a);

/* tunnels.c */
int tunnels_start(struct agent *a, struct err *err);
void tunnels_adopt(struct agent *a);
/** tunnels_want() - a pass within @delay seconds */
void tunnels_want(struct agent *a, double delay);
void tunnels_done(struct agent *a);

/* bgp.c */
void bgp_start(struct agent *a);
/** bgp_adopt() - a new generation, and the kernel has it: make BIRD follow */
void bgp_adopt(struct agent *a);
/** bgp_ask_again() - whether BIRD takes by now what it refused: its own configuration may be mended */
void bgp_ask_again(struct agent *a);
/** bgp_audit() - once a minute: are the files still as they should be? */
void bgp_audit(struct agent *a);
/** bgp_act() - open and close what the verdicts ask for */
void bgp_act(struct agent *a);
void bgp_done(struct agent *a);

/* keepalive.c */
void keepalive_start(struct agent *a);
void keepalive_adopt(struct agent *a);
/** keepalive_tunnels() - the kernel was looked at: links that were not known may be watched */
void keepalive_tunnels(struct agent *a);
void keepalive_done(struct agent *a);

/* serve.c */
int serve_start(struct agent *a, struct err *err);
/** serve_ready() - the first pass is through */
void serve_ready(struct agent *a);
void serve_reloading(struct agent *a);
void serve_done(struct agent *a);

/* report.c */
/** report_make() - names are borrowed from the generation in use: keep a reference as long as it */
struct status *report_make(struct agent *a);

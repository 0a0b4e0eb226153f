/*
 * report - the agent's state as a value, for the socket, the metrics and systemd
 */
#include "base/mono.h"
#include "run/inside.h"
#include "version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *text_or_null(struct arena *a, const char *s)
{
	return s && s[0] ? arena_strdup(a, s) : NULL;
}

static const char *addr_in(struct arena *a, const struct addr *addr)
{
	char buf[ADDR_TEXT];

	return arena_strdup(a, addr_text(addr, buf));
}

static const char *arrives_name(enum live_arrives v)
{
	switch (v) {
	case ARRIVES_YES:
		return "arrives";
	case ARRIVES_NO:
		return "lost";
	case ARRIVES_UNKNOWN:
		break;
	}
	return "unknown";
}

static double milliseconds(uint64_t ns)
{
	return ns ? (double)ns / 1e6 : STATUS_NO_TIME;
}

static void report_session(struct arena *a, const struct session *s, struct status_session *ret)
{
	if (!s->name[0])
		return;
	ret->name = arena_strdup(a, s->name);
	if (!s->seen)
		return;
	ret->state = arena_strdup(a, s->state);
	ret->since = text_or_null(a, s->since);
	ret->info = text_or_null(a, s->info);
	if (s->established) {
		ret->imported = s->imported;
		ret->exported = s->exported;
	}
}

/* Return: how many packets came that were malformed or unasked. */
static uint64_t report_live(struct arena *a, const struct link *l, uint64_t now,
			    struct status_link *ret)
{
	struct live_report r;

	ret->state = "off";
	ret->to = ret->from = "unknown";
	if (!l->watched)
		return 0;
	live_report(&l->live, now, &r);
	ret->state = live_state_name(r.state);
	ret->since_s = (double)(now - r.since_ns) / 1e9;
	ret->reason = text_or_null(a, r.reason);
	ret->rtt_ms = milliseconds(r.rtt_ns);
	ret->rtt_min_ms = milliseconds(r.rtt_min_ns);
	ret->to = arrives_name(r.to);
	ret->from = arrives_name(r.from);
	ret->sent = r.counts.sent;
	ret->answered = r.counts.answered;
	ret->lost = r.counts.lost;
	ret->lost_to = r.counts.lost_to;
	ret->lost_from = r.counts.lost_from;
	ret->interval_ms = l->n->link->live.interval_ms;
	return r.counts.bad;
}

static uint64_t report_link(struct arena *a, const struct link *l, uint64_t now,
			    struct status_link *ret)
{
	const struct tunnel *t = l->n->tunnel;

	ret->link = l->n->link->name;
	ret->peer = l->n->peer->name;
	ret->peer_member = l->n->peer->member->name;
	ret->peer_asn = l->n->peer->asn;
	ret->ifname = t->ifname;
	ret->mode = tunnel_mode_name(t->mode);
	ret->local = addr_in(a, &t->local);
	ret->remote = addr_in(a, &t->remote);
	ret->mtu = t->mtu;
	ret->kernel = kernel_view_name(l->kernel);
	ret->note = text_or_null(a, l->note);
	ret->repairs = l->repairs.total;
	report_session(a, &l->bgp[0], &ret->v4);
	report_session(a, &l->bgp[1], &ret->v6);
	return report_live(a, l, now, ret);
}

static void report_list(const struct agent *g, struct status *s)
{
	const struct reload *r = &g->reload;

	s->peerlist.path = arena_strdup(s->arena, g->conf->peers);
	s->peerlist.state = r->n_faults || g->gen->last_good ? "last good" : "current";
	s->peerlist.loaded = g->gen->loaded;
	s->peerlist.faults = arena_array(s->arena, r->n_faults + 1, sizeof(*s->peerlist.faults));
	s->peerlist.n_faults = r->n_faults;
	for (size_t i = 0; i < r->n_faults; i++)
		s->peerlist.faults[i] = arena_strdup(s->arena, r->faults[i]);
}

static void add_problem(struct status *s, const char *text)
{
	if (text[0])
		s->kernel.problems[s->kernel.n_problems++] = arena_strdup(s->arena, text);
}

static void report_kernel(const struct agent *g, struct status *s)
{
	const struct tunnels *t = &g->tunnels;

	s->kernel.links_wanted = g->links.n;
	s->kernel.links_ok = 0;
	for (size_t i = 0; i < g->links.n; i++)
		s->kernel.links_ok += g->links.list[i].kernel == KERNEL_OK;
	s->kernel.last_change = t->last_change;
	s->kernel.repairs = t->repairs;
	s->kernel.failures = t->failures;
	s->kernel.reads = t->reads;
	s->kernel.problems = arena_array(s->arena, 8, sizeof(*s->kernel.problems));
	add_problem(s, t->error);
	add_problem(s, t->host_note);
	add_problem(s, g->keepalive.error);
	add_problem(s, g->reload.keep_error);
	if (t->n_kept)
		add_problem(
			s,
			arena_printf(
				s->arena,
				"%zu tunnels that are not in the peer list any more are kept: more "
				"than half at once; grix apply --force removes them",
				t->n_kept));
}

static const char *files_name(enum bird_files_state f)
{
	static const char *const names[] = {"unknown", "current", "written", "refused", "failed"};

	return names[f];
}

static void report_bird(const struct agent *g, struct status *s)
{
	static const char *const states[] = {"unknown", "absent", "running"};
	const struct bgp *b = &g->bgp;

	s->bird.state = !g->conf->with_bird		 ? "off"
			: b->files == BIRD_FILES_REFUSED ? "refused"
							 : states[b->state];
	s->bird.version = text_or_null(s->arena, b->version);
	s->bird.files = files_name(b->files);
	s->bird.text = text_or_null(s->arena, b->text[0]	? b->text
					      : b->poll_text[0] ? b->poll_text
								: b->missing);
}

static void report_packets(const struct agent *g, struct status *s)
{
	const struct keepalive *k = &g->keepalive;

	s->packets.dropped_ttl = k->dropped_ttl;
	s->packets.dropped_stranger = k->dropped_stranger;
	s->packets.dropped_bad = s->packets.unsent = 0;
	for (size_t i = 0; i < k->n_wires; i++)
		s->packets.unsent += wire_dropped(k->wires[i].wire, NULL);
}

struct status *report_make(struct agent *g)
{
	struct status *s = status_new();
	const struct plan_site *self = g->gen->site->self;
	uint64_t now = mono_now_ns();

	s->fabric = arena_strdup(s->arena, g->gen->plan->fabric);
	s->site = arena_strdup(s->arena, self->name);
	s->member = arena_strdup(s->arena, self->member->name);
	s->asn = self->asn;
	s->version = GRIX_VERSION;
	s->pid = (uint64_t)getpid();
	s->now = (double)wall_now_ns() / 1e9;
	s->started = g->started;
	report_list(g, s);
	report_kernel(g, s);
	report_bird(g, s);
	report_packets(g, s);
	status_add_links(s, g->links.n);
	for (size_t i = 0; i < g->links.n; i++)
		s->packets.dropped_bad +=
			report_link(s->arena, &g->links.list[i], now, &s->links[i]);
	return s;
}

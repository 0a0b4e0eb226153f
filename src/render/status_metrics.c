/*
 * Prometheus text format 0.0.4: base units, a HELP and a TYPE a family, escaped label values. What
 * is not known has no sample, and a link that left the list has no series any more.
 */
#include "render/status.h"

#include <string.h>

static void label_value(struct text *t, const char *s)
{
	for (; s && *s; s++) {
		if (*s == '\n')
			text_puts(t, "\\n");
		else if (*s == '"' || *s == '\\')
			text_printf(t, "\\%c", *s);
		else
			text_add(t, s, 1);
	}
}

static void label(struct text *t, const char *sep, const char *name, const char *value)
{
	text_printf(t, "%s%s=\"", sep, name);
	label_value(t, value);
	text_puts(t, "\"");
}

static void family(struct text *t, const char *name, const char *type, const char *help)
{
	text_printf(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void open_labels(struct text *t, const char *name, const struct status *s)
{
	text_puts(t, name);
	label(t, "{", "fabric", s->fabric);
	label(t, ",", "site", s->site);
}

static void link_labels(struct text *t, const char *name, const struct status *s,
			const struct status_link *l)
{
	open_labels(t, name, s);
	label(t, ",", "link", l->link);
	label(t, ",", "peer", l->peer);
}

static void number(struct text *t, uint64_t v)
{
	text_printf(t, "} %llu\n", (unsigned long long)v);
}

static void site_number(struct text *t, const struct status *s, const char *name, const char *type,
			const char *help, uint64_t v)
{
	if (v == STATUS_NONE)
		return;
	family(t, name, type, help);
	open_labels(t, name, s);
	number(t, v);
}

static void site_seconds(struct text *t, const struct status *s, const char *name, const char *help,
			 double v)
{
	if (v < 0)
		return;
	family(t, name, "gauge", help);
	open_labels(t, name, s);
	text_printf(t, "} %.3f\n", v);
}

static bool is(const char *s, const char *word)
{
	return s && strcmp(s, word) == 0;
}

static void link_states(struct text *t, const struct status *s)
{
	family(t, "grix_link_up", "gauge", "1 when keepalives say the link is up, 0 when down.");
	for (size_t i = 0; i < s->n_links; i++) {
		if (!is(s->links[i].state, "up") && !is(s->links[i].state, "down"))
			continue;
		link_labels(t, "grix_link_up", s, &s->links[i]);
		number(t, is(s->links[i].state, "up"));
	}
	family(t, "grix_link_tunnel_ok", "gauge", "1 when the kernel has the tunnel as planned.");
	for (size_t i = 0; i < s->n_links; i++) {
		if (is(s->links[i].kernel, "unknown"))
			continue;
		link_labels(t, "grix_link_tunnel_ok", s, &s->links[i]);
		number(t, is(s->links[i].kernel, "ok"));
	}
}

static void link_times(struct text *t, const struct status *s)
{
	family(t, "grix_link_rtt_seconds", "gauge", "Round-trip time of the last keepalives.");
	for (size_t i = 0; i < s->n_links; i++) {
		if (s->links[i].rtt_ms < 0)
			continue;
		link_labels(t, "grix_link_rtt_seconds", s, &s->links[i]);
		text_printf(t, "} %.6f\n", s->links[i].rtt_ms / 1000);
	}
	family(t, "grix_link_rtt_min_seconds", "gauge",
	       "Lowest round-trip time of the last minute.");
	for (size_t i = 0; i < s->n_links; i++) {
		if (s->links[i].rtt_min_ms < 0)
			continue;
		link_labels(t, "grix_link_rtt_min_seconds", s, &s->links[i]);
		text_printf(t, "} %.6f\n", s->links[i].rtt_min_ms / 1000);
	}
}

static void packets(struct text *t, const struct status *s, const struct status_link *l,
		    const char *name, const char *key, const char *value, uint64_t n)
{
	if (n == STATUS_NONE)
		return;
	link_labels(t, name, s, l);
	label(t, ",", key, value);
	number(t, n);
}

static void link_counts(struct text *t, const struct status *s)
{
	const char *total = "grix_link_packets_total";
	const char *lost = "grix_link_lost_packets_total";

	family(t, total, "counter", "Keepalives by outcome.");
	for (size_t i = 0; i < s->n_links; i++) {
		const struct status_link *l = &s->links[i];

		packets(t, s, l, total, "outcome", "sent", l->sent);
		packets(t, s, l, total, "outcome", "answered", l->answered);
		packets(t, s, l, total, "outcome", "lost", l->lost);
	}
	family(t, lost, "counter", "Keepalives lost, by direction as seen from this site.");
	for (size_t i = 0; i < s->n_links; i++) {
		const struct status_link *l = &s->links[i];

		packets(t, s, l, lost, "direction", "to", l->lost_to);
		packets(t, s, l, lost, "direction", "from", l->lost_from);
	}
	family(t, "grix_link_repairs_total", "counter",
	       "Times a tunnel undone by someone was put back.");
	for (size_t i = 0; i < s->n_links; i++) {
		if (s->links[i].repairs == STATUS_NONE)
			continue;
		link_labels(t, "grix_link_repairs_total", s, &s->links[i]);
		number(t, s->links[i].repairs);
	}
}

static void one_session(struct text *t, const struct status *s, const struct status_link *l,
			const struct status_session *b, const char *name, const char *ip,
			uint64_t v)
{
	if (!b->name || !b->state || v == STATUS_NONE)
		return;
	link_labels(t, name, s, l);
	label(t, ",", "family", ip);
	number(t, v);
}

static void sessions(struct text *t, const struct status *s)
{
	static const char *const names[] = {"grix_session_established",
					    "grix_session_imported_routes",
					    "grix_session_exported_routes"};
	static const char *const helps[] = {"1 when BIRD has the session established.",
					    "Routes taken from the peer.",
					    "Routes given to the peer."};

	for (int f = 0; f < 3; f++) {
		family(t, names[f], "gauge", helps[f]);
		for (size_t i = 0; i < s->n_links; i++) {
			const struct status_link *l = &s->links[i];
			const struct status_session *b[] = {&l->v4, &l->v6};

			for (int v = 0; v < 2; v++)
				one_session(t, s, l, b[v], names[f], v ? "ipv6" : "ipv4",
					    f == 0   ? is(b[v]->state, "Established")
					    : f == 1 ? b[v]->imported
						     : b[v]->exported);
		}
	}
}

static void dropped(struct text *t, const struct status *s)
{
	const char *name = "grix_keepalives_dropped_total";
	const struct {
		const char *why;
		uint64_t n;
	} list[] = {{"ttl", s->packets.dropped_ttl},
		    {"stranger", s->packets.dropped_stranger},
		    {"malformed", s->packets.dropped_bad},
		    {"unsent", s->packets.unsent}};

	family(t, name, "counter", "Keepalives thrown away, by cause.");
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (list[i].n == STATUS_NONE)
			continue;
		open_labels(t, name, s);
		label(t, ",", "cause", list[i].why);
		number(t, list[i].n);
	}
}

static void build(struct text *t, const struct status *s)
{
	family(t, "grix_agent_info", "gauge", "Constant 1, with the agent's version.");
	open_labels(t, "grix_agent_info", s);
	label(t, ",", "version", s->version);
	label(t, ",", "bird_version", s->bird.version);
	number(t, 1);
}

void status_metrics(const struct status *s, struct text *t)
{
	build(t, s);
	site_seconds(t, s, "grix_agent_start_time_seconds", "When the agent started, Unix time.",
		     s->started);
	site_number(t, s, "grix_peerlist_current", "gauge",
		    "1 when the peer list on disk is in use, 0 when the last good one is.",
		    is(s->peerlist.state, "current"));
	site_seconds(t, s, "grix_peerlist_loaded_timestamp_seconds",
		     "When the list in use was loaded, Unix time.", s->peerlist.loaded);
	site_number(t, s, "grix_peerlist_faults", "gauge", "Faults of the list that was refused.",
		    s->peerlist.n_faults);
	site_number(t, s, "grix_kernel_links_wanted", "gauge", "Tunnels this site should have.",
		    s->kernel.links_wanted);
	site_number(t, s, "grix_kernel_links_ok", "gauge", "Tunnels the kernel has as planned.",
		    s->kernel.links_ok);
	site_number(t, s, "grix_kernel_repairs_total", "counter",
		    "Steps done to put back what someone undid.", s->kernel.repairs);
	site_number(t, s, "grix_kernel_failures_total", "counter", "Steps the kernel refused.",
		    s->kernel.failures);
	site_number(t, s, "grix_kernel_reads_total", "counter", "Dumps of the kernel's tunnels.",
		    s->kernel.reads);
	site_number(t, s, "grix_bird_running", "gauge", "1 when BIRD answers on its socket.",
		    is(s->bird.state, "running") || is(s->bird.state, "refused"));
	link_states(t, s);
	link_times(t, s);
	link_counts(t, s);
	sessions(t, s);
	dropped(t, s);
}

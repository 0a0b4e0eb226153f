#include "render/status.h"

#include <stdlib.h>
#include <string.h>

struct status *status_new(void)
{
	struct arena *a = arena_new();
	struct status *s = arena_alloc(a, sizeof(*s));

	s->arena = a;
	s->asn = s->pid = STATUS_NONE;
	s->now = s->started = STATUS_NO_TIME;
	s->peerlist.loaded = s->kernel.last_change = STATUS_NO_TIME;
	s->kernel.links_wanted = s->kernel.links_ok = STATUS_NONE;
	s->kernel.repairs = s->kernel.failures = s->kernel.reads = STATUS_NONE;
	s->packets.dropped_ttl = s->packets.dropped_stranger = STATUS_NONE;
	s->packets.dropped_bad = s->packets.unsent = STATUS_NONE;
	return s;
}

struct status *status_free(struct status *s)
{
	if (s)
		arena_free(s->arena);
	return NULL;
}

void status_add_links(struct status *s, size_t n)
{
	s->links = arena_array(s->arena, n, sizeof(*s->links));
	s->n_links = n;
	for (size_t i = 0; i < n; i++) {
		struct status_link *l = &s->links[i];

		l->peer_asn = l->mtu = l->interval_ms = l->repairs = STATUS_NONE;
		l->sent = l->answered = l->lost = l->lost_to = l->lost_from = STATUS_NONE;
		l->since_s = l->rtt_ms = l->rtt_min_ms = STATUS_NO_TIME;
		l->v4.imported = l->v4.exported = STATUS_NONE;
		l->v6.imported = l->v6.exported = STATUS_NONE;
	}
}

static bool is(const char *s, const char *word)
{
	return s && strcmp(s, word) == 0;
}

static void sum_session(const struct status_session *b, struct status_sum *ret)
{
	if (!b->name)
		return;
	ret->sessions++;
	ret->established += is(b->state, "Established");
}

void status_sum(const struct status *s, struct status_sum *ret)
{
	size_t tunnels = 0, off = 0;

	*ret = (struct status_sum){.links = s->n_links};
	for (size_t i = 0; i < s->n_links; i++) {
		const struct status_link *l = &s->links[i];

		ret->up += is(l->state, "up");
		ret->down += is(l->state, "down");
		off += is(l->state, "off");
		tunnels += is(l->kernel, "ok");
		sum_session(&l->v4, ret);
		sum_session(&l->v6, ret);
	}
	ret->unknown = s->n_links - ret->up - ret->down - off;
	if (is(s->bird.state, "off"))
		ret->sessions = ret->established = 0;
	ret->well = is(s->peerlist.state, "current") && tunnels == s->n_links && ret->down == 0 &&
		    ret->unknown == 0 && ret->established == ret->sessions;
}

void status_summary(const struct status *s, struct text *t)
{
	struct status_sum sum;

	status_sum(s, &sum);
	text_printf(t, "%s on %s: %zu link%s, %zu up", s->site ? s->site : "?",
		    s->fabric ? s->fabric : "?", sum.links, sum.links == 1 ? "" : "s", sum.up);
	if (sum.down)
		text_printf(t, ", %zu down", sum.down);
	if (sum.unknown)
		text_printf(t, ", %zu not known yet", sum.unknown);
	if (is(s->bird.state, "off"))
		return;
	text_printf(t, "; %zu of %zu sessions established", sum.established, sum.sessions);
	if (is(s->bird.state, "absent"))
		text_puts(t, " (BIRD does not answer)");
}

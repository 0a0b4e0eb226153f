/*
 * kernel_apply - do one list of steps
 * The list comes phase by phase. Within a phase the links do not wait for each other, so a phase
 * goes out in few large batches; a link's own second step waits until its first is answered.
 *
 * A new link takes two rounds: it is made, and its number asked for, in one; mark, settings, up
 * and addresses follow by number in the next. Never by name: had the making failed because a
 * stranger has the name, the rest would fall on him.
 */
#include "edge/kernel_nl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { NEW_AT_ONCE = 64 };

struct apply {
	struct kernel *k;
	const struct steps *steps;
	struct step_result *results;
	struct batch batch;
	int *ifindex;	/* by step: of the link made */
	bool *unmarked; /* by step: the link was made but could not be marked */
	size_t *failed; /* steps that failed, the first of each link */
	size_t n_failed;
};

/* What is asked of one step's link; the token is step * ASKED + this. */
enum { ASKED_MAIN, ASKED_NUMBER, ASKED_MARK, ASKED_REST, ASKED };

/* --- in words --- */

static const char *exists_words(const struct step *s)
{
	switch (s->kind) {
	case STEP_LINK_ADD:
	case STEP_LINK_SET:
		return "the name, or a tunnel with the same local, remote and key, was taken "
		       "meanwhile; "
		       "see ip -d link";
	case STEP_LINK_RENAME:
		return "another interface took the name meanwhile";
	case STEP_ADDR_ADD:
		return "the interface has this address already, with another peer or length";
	case STEP_SETTING:
	case STEP_LINK_DEL:
	case STEP_ADDR_DEL:
	case STEP_LINK_UP:
		break;
	case STEP_ROUTE_ADD:
		return "somebody else's route to the peer stands in its place; see ip route";
	}
	return strerror(EEXIST);
}

static const char *module_words(const struct step *s)
{
	if (s->want && s->want->mode == MODE_IP6GRE)
		return "this kernel has no ip6gre tunnels: modprobe ip6_gre";
	return "this kernel has no gre tunnels: modprobe ip_gre";
}

static const char *errno_words(const struct step *s, int error, const char *kernel_words)
{
	if (error == -EOPNOTSUPP && s->kind == STEP_LINK_ADD)
		return module_words(s);
	if (kernel_words[0])
		return kernel_words;
	if (error == -EPERM)
		return "not permitted: run as root or with CAP_NET_ADMIN";
	if (error == -EEXIST)
		return exists_words(s);
	if (error == -EACCES && s->addr.local.family == FAMILY_IP6)
		return "IPv6 is switched off on this interface (net.ipv6.conf.*.disable_ipv6)";
	if (error == -EACCES && s->kind == STEP_LINK_ADD)
		return "IPv6 is switched off for new interfaces "
		       "(net.ipv6.conf.default.disable_ipv6)";
	if (error == -ENODEV)
		return "the interface is gone; somebody removed it meanwhile";
	if (error == -ENOENT && s->kind == STEP_SETTING)
		return "this kernel has no such setting";
	return strerror(-error);
}

static void fail(struct apply *a, size_t i, int error, const char *kernel_words)
{
	struct step_result *r = &a->results[i];

	if (r->error)
		return; /* the first cause counts */
	r->error = error;
	snprintf(r->text, sizeof(r->text), "%s",
		 errno_words(&a->steps->list[i], error, kernel_words));
	if (a->steps->list[i].link)
		a->failed[a->n_failed++] = i;
}

static enum family only_family(const struct step *s)
{
	switch (s->kind) {
	case STEP_ADDR_DEL:
	case STEP_ADDR_ADD:
	case STEP_ROUTE_ADD:
		return s->addr.local.family;
	case STEP_SETTING:
	case STEP_LINK_DEL:
	case STEP_LINK_ADD:
	case STEP_LINK_RENAME:
	case STEP_LINK_SET:
	case STEP_LINK_UP:
		break;
	}
	return FAMILY_NONE;
}

/* What one family cannot have is no reason for the other to go without. */
static bool other_family(const struct step *a, const struct step *b)
{
	enum family x = only_family(a), y = only_family(b);

	return x != FAMILY_NONE && y != FAMILY_NONE && x != y;
}

/* Return: whether an earlier step of the same link failed; this one is then called off. */
static bool called_off(struct apply *a, size_t i)
{
	const char *link = a->steps->list[i].link;
	struct text t;

	for (size_t j = 0; link && j < a->n_failed; j++) {
		const struct step *cause = &a->steps->list[a->failed[j]];

		if (a->failed[j] == i || strcmp(cause->link, link) != 0 ||
		    other_family(cause, &a->steps->list[i]))
			continue;
		text_init(&t);
		text_printf(&t, "not tried, since this failed: ");
		step_print(cause, &t);
		a->results[i].error = -ECANCELED;
		snprintf(a->results[i].text, sizeof(a->results[i].text), "%s", text_str(&t));
		text_done(&t);
		return true;
	}
	return false;
}

/* --- answers --- */

/* What was to be removed is gone, by somebody else's hand, but gone; and the kernel puts an IPv6
 * route back on its own at times, a moment late. */
static bool done_anyway(const struct step *s, int error)
{
	if (s->kind == STEP_LINK_DEL)
		return error == -ENODEV;
	if (s->kind == STEP_ROUTE_ADD)
		return error == -EEXIST && s->addr.peer.family == FAMILY_IP6;
	return s->kind == STEP_ADDR_DEL && (error == -EADDRNOTAVAIL || error == -ENODEV);
}

static void take_result(void *ctx, size_t token, const struct answer *answer)
{
	struct apply *a = ctx;
	size_t i = token / ASKED, asked = token % ASKED;

	if (answer->reply) {
		const struct ifinfomsg *info = nlmsg_data(answer->reply);

		/* asked by name, which is ours only if the making went well */
		if (asked == ASKED_NUMBER && !a->results[i].error)
			a->ifindex[i] = info->ifi_index;
		return;
	}
	if (answer->error == 0 || done_anyway(&a->steps->list[i], answer->error))
		return;
	if (asked == ASKED_MARK)
		a->unmarked[i] = true;
	if (asked != ASKED_NUMBER)
		fail(a, i, answer->error, answer->text);
}

static void ask(struct apply *a, size_t i, size_t asked)
{
	batch_add(&a->batch, i * ASKED + asked);
}

/* --- steps that are one message, or two --- */

/* @asked_by: with_ip6, the per-family settings go with the rest. Below 1280 the interface has no
 * IPv6 side yet, and naming one would have the whole message refused. */
static void send_change(struct apply *a, size_t i)
{
	const struct step *s = &a->steps->list[i];
	const struct tunnel *want = s->want, *have = s->have;
	bool ip6 = a->k->has_ip6 && want->link_local_off && want->mtu >= 1280;
	bool now = ip6 && have->mtu >= 1280;

	if (have->odd & ODD_IGNORE_DF && want->mode == MODE_GRE) {
		/* the kernel refuses DF while ignore-df is set, even if the same message clears it */
		write_change(a->k, have->ifindex, want, true, now, true);
		ask(a, i, ASKED_MAIN);
	}
	write_change(a->k, have->ifindex, want, s->outer, now, false);
	ask(a, i, ASKED_MAIN);
	if (ip6 && !now) {
		write_no_link_local(a->k, have->ifindex);
		ask(a, i, ASKED_MAIN);
	}
}

static void send_step(struct apply *a, size_t i)
{
	const struct step *s = &a->steps->list[i];

	switch (s->kind) {
	case STEP_LINK_DEL:
		write_delete(a->k, s->have->ifindex);
		break;
	case STEP_LINK_RENAME:
		write_up_or_down(a->k, s->have->ifindex, false);
		ask(a, i, ASKED_MAIN);
		write_name(a->k, s->have->ifindex, s->want->ifname);
		break;
	case STEP_LINK_SET:
		send_change(a, i);
		return;
	case STEP_ADDR_DEL:
	case STEP_ADDR_ADD:
		write_addr(a->k, s->kind == STEP_ADDR_ADD, s->have->ifindex, &s->addr);
		break;
	case STEP_LINK_UP:
		write_up_or_down(a->k, s->have->ifindex, true);
		break;
	case STEP_ROUTE_ADD:
		write_route(a->k, s->have->ifindex, &s->addr);
		break;
	case STEP_SETTING:
	case STEP_LINK_ADD:
		abort();
	}
	ask(a, i, ASKED_MAIN);
}

/* Steps @from to @to, all of one kind. Those of one link stand together: one of them a round. */
static void apply_phase(struct apply *a, size_t from, size_t to)
{
	size_t left = to - from, round = 0;

	while (left && !a->batch.error) {
		size_t nth = 0;

		for (size_t i = from; i < to; i++) {
			bool same = i > from &&
				    strcmp(a->steps->list[i].link, a->steps->list[i - 1].link) == 0;

			nth = same ? nth + 1 : 0;
			if (nth != round)
				continue;
			left--;
			if (!called_off(a, i))
				send_step(a, i);
		}
		batch_flush(&a->batch);
		round++;
	}
}

/* A rename that failed has put the link down. */
static void back_up(struct apply *a, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct step *s = &a->steps->list[i];

		if (!a->results[i].error || !s->have->up)
			continue;
		write_up_or_down(a->k, s->have->ifindex, true);
		ask(a, i, ASKED_REST);
	}
	batch_flush(&a->batch);
}

/* --- settings --- */

static void apply_settings(struct apply *a, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct setting *s = a->steps->list[i].setting;
		int error = setting_write(s->name, s->value);

		a->batch.written++;
		if (error)
			fail(a, i, error, "");
	}
}

/* --- removals --- */

struct members {
	const struct apply *a;
	uint32_t group;
	size_t from, to;
	bool stranger;
};

static void take_member(void *ctx, const struct nlmsghdr *h)
{
	const struct ifinfomsg *info = nlmsg_data(h);
	struct members *m = ctx;

	if (h->nlmsg_type != RTM_NEWLINK)
		return;
	const struct nlattr *group =
		nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)h, sizeof(*info), IFLA_GROUP);

	if (!group || nla_get_u32(group) != m->group)
		return;
	for (size_t i = m->from; i < m->to; i++)
		if (m->a->steps->list[i].have->ifindex == info->ifi_index)
			return;
	m->stranger = true;
}

/* Nobody but the links that go may be in the group that is about to be removed. */
static bool group_is_ours_alone(struct apply *a, uint32_t group, size_t from, size_t to)
{
	struct members m = {.a = a, .group = group, .from = from, .to = to};

	ask_all_links(a->k, NULL);
	return rt_dump(a->k, take_member, &m) == 0 && !m.stranger;
}

/* The kernel waits for all readers after each removal; for a whole group it waits once. */
static bool remove_as_group(struct apply *a, size_t from, size_t to)
{
	uint32_t group;

	if (getrandom(&group, sizeof(group), 0) != sizeof(group))
		return false;
	group |= 1U << 31; /* not 0, and not what people number their groups with */
	for (size_t i = from; i < to; i++) {
		write_group(a->k, a->steps->list[i].have->ifindex, group);
		ask(a, i, ASKED_NUMBER); /* a link that is gone shows when it is to be removed */
	}
	if (batch_flush(&a->batch) || !group_is_ours_alone(a, group, from, to))
		return false;
	write_delete_group(a->k, group);
	ask(a, from, ASKED_NUMBER);
	batch_flush(&a->batch);
	return true;
}

static void apply_removals(struct apply *a, size_t from, size_t to)
{
	if (to - from >= 4)
		remove_as_group(a, from, to);
	/* what is gone by now answers that there is no such device */
	apply_phase(a, from, to);
}

/* --- new links --- */

static void make_links(struct apply *a, size_t from, size_t to)
{
	uint32_t group = diff_group(a->steps->fabric);

	for (size_t i = from; i < to; i++) {
		const struct tunnel *want = a->steps->list[i].want;

		if (called_off(a, i))
			continue;
		write_create(a->k, want, group);
		ask(a, i, ASKED_MAIN);
		ask_link(a->k, want->ifname);
		ask(a, i, ASKED_NUMBER);
	}
	batch_flush(&a->batch);
}

static void finish_link(struct apply *a, size_t i)
{
	const struct tunnel *want = a->steps->list[i].want;
	int ifindex = a->ifindex[i];

	write_change(a->k, ifindex, want, false, a->k->has_ip6 && want->mtu >= 1280, false);
	ask(a, i, ASKED_MARK);
	write_up_or_down(a->k, ifindex, true);
	ask(a, i, ASKED_REST);
	for (size_t j = 0; j < want->n_addrs; j++) {
		struct tunnel_addr addr = want->addrs[j];

		addr.ours = true;
		write_addr(a->k, true, ifindex, &addr);
		ask(a, i, ASKED_REST);
	}
}

static void apply_new(struct apply *a, size_t from, size_t to)
{
	make_links(a, from, to);
	for (size_t i = from; i < to; i++) {
		if (a->results[i].error)
			continue;
		if (a->ifindex[i])
			finish_link(a, i);
		else
			fail(a, i, -ENODEV, "");
	}
	batch_flush(&a->batch);
	/* a link of ours without its mark would be nobody's: rather none */
	for (size_t i = from; i < to; i++) {
		if (!a->unmarked[i])
			continue;
		write_delete(a->k, a->ifindex[i]);
		ask(a, i, ASKED_REST);
	}
	batch_flush(&a->batch);
}

/* --- all of it --- */

static void apply_kind(struct apply *a, enum step_kind kind, size_t from, size_t to)
{
	switch (kind) {
	case STEP_SETTING:
		apply_settings(a, from, to);
		return;
	case STEP_LINK_DEL:
		apply_removals(a, from, to);
		return;
	case STEP_LINK_ADD:
		for (size_t i = from; i < to; i += NEW_AT_ONCE)
			apply_new(a, i, to - i < NEW_AT_ONCE ? to : i + NEW_AT_ONCE);
		return;
	case STEP_LINK_RENAME:
		apply_phase(a, from, to);
		back_up(a, from, to);
		return;
	case STEP_LINK_SET:
	case STEP_ADDR_DEL:
	case STEP_ADDR_ADD:
	case STEP_LINK_UP:
	case STEP_ROUTE_ADD:
		apply_phase(a, from, to);
		return;
	}
	abort();
}

int kernel_apply(struct kernel *k, const struct steps *steps, struct step_result *results,
		 size_t *messages, struct err *err)
{
	struct arena *arena = arena_new();
	struct apply a = {.k = k, .steps = steps, .results = results};
	size_t to;

	memset(results, 0, steps->n * sizeof(*results));
	a.ifindex = arena_array(arena, steps->n, sizeof(*a.ifindex));
	a.unmarked = arena_array(arena, steps->n, sizeof(*a.unmarked));
	a.failed = arena_array(arena, steps->n, sizeof(*a.failed));
	batch_init(&a.batch, k, take_result, &a);
	for (size_t from = 0; from < steps->n && !a.batch.error; from = to) {
		for (to = from + 1; to < steps->n; to++)
			if (steps->list[to].kind != steps->list[from].kind)
				break;
		apply_kind(&a, steps->list[from].kind, from, to);
	}
	arena_free(arena);
	if (messages)
		*messages = a.batch.written;
	if (a.batch.error)
		return err_set(err, a.batch.error, "talking to the kernel: %s",
			       strerror(-a.batch.error));
	return 0;
}

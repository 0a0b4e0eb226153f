/*
 * kernel_write - one rtnetlink message each, built but not sent
 * What the kernel (6.1) takes when it makes a link: name, mtu, group, the tunnel's attributes. What
 * it takes only afterwards: alias, per-family settings, up.
 */
#include "edge/kernel_nl.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/ip.h>
#include <linux/ip6_tunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>

static struct nl_msg *begin_link(struct kernel *k, int type, int flags, int ifindex)
{
	struct ifinfomsg info = {.ifi_index = ifindex};

	return rt_begin(k, type, flags, &info, sizeof(info));
}

/* Every attribute of the tunnel: the kernel sets what is left out to zero. */
static void put_linkinfo(struct nl_msg *m, const struct tunnel *w, bool change, bool df)
{
	struct nlattr *info = rt_nest(m, IFLA_LINKINFO);
	uint16_t flags = w->keyed ? GRE_KEY : 0;

	rt_put_str(m, IFLA_INFO_KIND, tunnel_mode_name(w->mode));
	struct nlattr *data = rt_nest(m, IFLA_INFO_DATA);

	rt_put_addr(m, IFLA_GRE_LOCAL, &w->local);
	rt_put_addr(m, IFLA_GRE_REMOTE, &w->remote);
	rt_put_u8(m, IFLA_GRE_TTL, w->ttl);
	rt_put_u16(m, IFLA_GRE_IFLAGS, flags);
	rt_put_u16(m, IFLA_GRE_OFLAGS, flags);
	rt_put_u32(m, IFLA_GRE_IKEY, w->keyed ? htonl(w->key) : 0);
	rt_put_u32(m, IFLA_GRE_OKEY, w->keyed ? htonl(w->key) : 0);
	if (w->mode == MODE_IP6GRE) {
		rt_put_u8(m, IFLA_GRE_ENCAP_LIMIT, 0);
		rt_put_u32(m, IFLA_GRE_FLOWINFO, 0);
		rt_put_u32(m, IFLA_GRE_FLAGS, IP6_TNL_F_IGN_ENCAP_LIMIT);
	} else {
		rt_put_u8(m, IFLA_GRE_PMTUDISC, df);
	}
	if (change) {
		rt_put_u32(m, IFLA_GRE_LINK, 0);
		rt_put_u16(m, IFLA_GRE_ENCAP_TYPE, TUNNEL_ENCAP_NONE);
		rt_put_u32(m, IFLA_GRE_FWMARK, 0);
		if (w->mode == MODE_GRE) {
			rt_put_u8(m, IFLA_GRE_TOS, 0);
			rt_put_u8(m, IFLA_GRE_IGNORE_DF, 0);
		}
	}
	rt_unnest(m, data);
	rt_unnest(m, info);
}

static void put_ip6_spec(struct nl_msg *m)
{
	struct nlattr *in6 = rt_nest(m, AF_INET6);

	rt_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	rt_unnest(m, in6);
}

static void put_families(struct nl_msg *m, const struct tunnel *w, bool with_ip6)
{
	struct nlattr *spec = rt_nest(m, IFLA_AF_SPEC);
	struct nlattr *in4 = rt_nest(m, AF_INET);
	struct nlattr *conf = rt_nest(m, IFLA_INET_CONF);

	rt_put_u32(m, IPV4_DEVCONF_FORWARDING, w->forwarding);
	rt_put_u32(m, IPV4_DEVCONF_RP_FILTER, w->rp_filter);
	rt_unnest(m, conf);
	rt_unnest(m, in4);
	if (with_ip6 && w->link_local_off)
		put_ip6_spec(m);
	rt_unnest(m, spec);
}

void write_create(struct kernel *k, const struct tunnel *want, uint32_t group)
{
	struct nl_msg *m = begin_link(k, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

	rt_put_str(m, IFLA_IFNAME, want->ifname);
	rt_put_u32(m, IFLA_MTU, want->mtu);
	rt_put_u32(m, IFLA_GROUP, group);
	put_linkinfo(m, want, false, want->df);
}

void write_change(struct kernel *k, int ifindex, const struct tunnel *want, bool outer,
		  bool with_ip6, bool df_off)
{
	struct nl_msg *m = begin_link(k, RTM_NEWLINK, 0, ifindex);

	rt_put_u32(m, IFLA_MTU, want->mtu);
	rt_put(m, IFLA_IFALIAS, want->alias, strlen(want->alias));
	if (outer)
		put_linkinfo(m, want, true, want->df && !df_off);
	put_families(m, want, with_ip6);
}

void write_no_link_local(struct kernel *k, int ifindex)
{
	struct nl_msg *m = begin_link(k, RTM_NEWLINK, 0, ifindex);
	struct nlattr *spec = rt_nest(m, IFLA_AF_SPEC);

	put_ip6_spec(m);
	rt_unnest(m, spec);
}

void write_up_or_down(struct kernel *k, int ifindex, bool up)
{
	struct ifinfomsg info = {
		.ifi_index = ifindex, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};

	rt_begin(k, RTM_NEWLINK, 0, &info, sizeof(info));
}

void write_name(struct kernel *k, int ifindex, const char *name)
{
	rt_put_str(begin_link(k, RTM_NEWLINK, 0, ifindex), IFLA_IFNAME, name);
}

void write_group(struct kernel *k, int ifindex, uint32_t group)
{
	rt_put_u32(begin_link(k, RTM_NEWLINK, 0, ifindex), IFLA_GROUP, group);
}

void write_delete(struct kernel *k, int ifindex)
{
	begin_link(k, RTM_DELLINK, 0, ifindex);
}

void write_delete_group(struct kernel *k, uint32_t group)
{
	rt_put_u32(begin_link(k, RTM_DELLINK, 0, 0), IFLA_GROUP, group);
}

/* Global scope: the LAN address is the site's own, and the source we want towards the peers.
 * Replace: on a host that keeps IPv6 addresses of interfaces that go down it is there already. */
void write_addr(struct kernel *k, bool add, int ifindex, const struct tunnel_addr *addr)
{
	struct ifaddrmsg info = {.ifa_family = (uint8_t)rt_family(addr->local.family),
				 .ifa_prefixlen = addr->peer_len,
				 .ifa_flags = IFA_F_NODAD,
				 .ifa_scope = RT_SCOPE_UNIVERSE,
				 .ifa_index = (uint32_t)ifindex};
	struct nl_msg *m = rt_begin(k, add ? RTM_NEWADDR : RTM_DELADDR,
				    add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &info, sizeof(info));

	rt_put_addr(m, IFA_LOCAL, &addr->local);
	rt_put_addr(m, IFA_ADDRESS, &addr->peer);
	if (add && addr->ours)
		rt_put_u8(m, IFA_PROTO, ADDR_PROTO);
}

void ask_link(struct kernel *k, const char *ifname)
{
	struct nl_msg *m = begin_link(k, RTM_GETLINK, 0, 0);

	rt_put_str(m, IFLA_IFNAME, ifname);
	rt_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

void ask_all_links(struct kernel *k, const char *kind)
{
	struct nl_msg *m = begin_link(k, RTM_GETLINK, NLM_F_DUMP, 0);

	if (kind) {
		struct nlattr *info = rt_nest(m, IFLA_LINKINFO);

		rt_put_str(m, IFLA_INFO_KIND, kind);
		rt_unnest(m, info);
	}
	rt_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

void ask_route(struct kernel *k, const struct addr *to, const struct addr *from)
{
	uint8_t bits = (uint8_t)(addr_bytes(to->family) * 8);
	struct rtmsg r = {.rtm_family = (uint8_t)rt_family(to->family),
			  .rtm_dst_len = bits,
			  .rtm_src_len = from ? bits : 0};
	struct nl_msg *m = rt_begin(k, RTM_GETROUTE, 0, &r, sizeof(r));

	rt_put_addr(m, RTA_DST, to);
	if (from)
		rt_put_addr(m, RTA_SRC, from);
}

void ask_connected(struct kernel *k, const struct addr *peer, int ifindex)
{
	struct rtmsg r = {.rtm_family = (uint8_t)rt_family(peer->family),
			  .rtm_dst_len = (uint8_t)(addr_bytes(peer->family) * 8),
			  .rtm_flags = RTM_F_FIB_MATCH};
	struct nl_msg *m = rt_begin(k, RTM_GETROUTE, 0, &r, sizeof(r));

	rt_put_addr(m, RTA_DST, peer);
	rt_put_u32(m, RTA_OIF, (uint32_t)ifindex);
}

/* As the kernel itself makes it, so that it goes when the address goes. */
void write_route(struct kernel *k, int ifindex, const struct tunnel_addr *addr)
{
	bool six = addr->peer.family == FAMILY_IP6;
	struct rtmsg r = {.rtm_family = (uint8_t)rt_family(addr->peer.family),
			  .rtm_dst_len = addr->peer_len,
			  .rtm_table = RT_TABLE_MAIN,
			  .rtm_protocol = RTPROT_KERNEL,
			  .rtm_scope = six ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
			  .rtm_type = RTN_UNICAST};
	struct nl_msg *m = rt_begin(k, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &r, sizeof(r));

	rt_put_addr(m, RTA_DST, &addr->peer);
	rt_put_u32(m, RTA_OIF, (uint32_t)ifindex);
	if (six)
		rt_put_u32(m, RTA_PRIORITY, 256); /* IP6_RT_PRIO_ADDRCONF */
	else
		rt_put_addr(m, RTA_PREFSRC, &addr->local);
}

/*
 * kernel_parse - rtnetlink's links and addresses into the core's types
 * Source: linux/if_tunnel.h, linux/if_link.h, linux/if_addr.h.
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

/* 0 or the address as it came: the kernel shows "any" as zeros. */
static struct addr addr_of(const struct nlattr *a)
{
	struct addr ret = {.family = FAMILY_NONE};

	if (!a)
		return ret;
	if (nla_len(a) == 4)
		ret.family = FAMILY_IP4;
	else if (nla_len(a) == 16)
		ret.family = FAMILY_IP6;
	memcpy(ret.bytes, nla_data(a), addr_bytes(ret.family));
	return ret;
}

static uint8_t u8_of(const struct nlattr *a)
{
	return a ? nla_get_u8(a) : 0;
}

static uint16_t u16_of(const struct nlattr *a)
{
	return a ? nla_get_u16(a) : 0;
}

static uint32_t u32_of(const struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

static void parse_keys(struct nlattr **gre, struct tunnel *t)
{
	uint16_t in = u16_of(gre[IFLA_GRE_IFLAGS]), out = u16_of(gre[IFLA_GRE_OFLAGS]);
	uint32_t ikey = ntohl(u32_of(gre[IFLA_GRE_IKEY])), okey = ntohl(u32_of(gre[IFLA_GRE_OKEY]));

	t->keyed = in & GRE_KEY;
	t->key = t->keyed ? ikey : 0;
	if ((in & GRE_KEY) != (out & GRE_KEY) || (t->keyed && ikey != okey))
		t->odd |= ODD_KEYS_DIFFER;
	if ((in | out) & GRE_CSUM)
		t->odd |= ODD_CSUM;
	if ((in | out) & GRE_SEQ)
		t->odd |= ODD_SEQ;
}

static void parse_ip6_flags(struct nlattr **gre, struct tunnel *t)
{
	uint32_t flags = u32_of(gre[IFLA_GRE_FLAGS]);

	t->df = true; /* an IPv6 tunnel never has its packets cut on the way */
	if (!(flags & IP6_TNL_F_IGN_ENCAP_LIMIT))
		t->odd |= ODD_ENCAPLIMIT;
	if (u32_of(gre[IFLA_GRE_FLOWINFO]) ||
	    flags & (IP6_TNL_F_USE_ORIG_TCLASS | IP6_TNL_F_USE_ORIG_FLOWLABEL |
		     IP6_TNL_F_RCV_DSCP_COPY))
		t->odd |= ODD_TOS;
	if (flags & IP6_TNL_F_USE_ORIG_FWMARK)
		t->odd |= ODD_FWMARK;
}

static void parse_gre(const struct nlattr *info, struct tunnel *t)
{
	struct nlattr *gre[IFLA_GRE_MAX + 1] = {0};

	if (info)
		nla_parse(gre, IFLA_GRE_MAX, nla_data(info), nla_len(info), NULL);
	t->local = addr_of(gre[IFLA_GRE_LOCAL]);
	t->remote = addr_of(gre[IFLA_GRE_REMOTE]);
	t->ttl = u8_of(gre[IFLA_GRE_TTL]);
	parse_keys(gre, t);
	if (t->mode == MODE_IP6GRE) {
		parse_ip6_flags(gre, t);
	} else {
		t->df = u8_of(gre[IFLA_GRE_PMTUDISC]);
		if (u8_of(gre[IFLA_GRE_TOS]))
			t->odd |= ODD_TOS;
	}
	if (u32_of(gre[IFLA_GRE_LINK]))
		t->odd |= ODD_BOUND;
	if (u16_of(gre[IFLA_GRE_ENCAP_TYPE]) != TUNNEL_ENCAP_NONE)
		t->odd |= ODD_ENCAP;
	if (u8_of(gre[IFLA_GRE_IGNORE_DF]))
		t->odd |= ODD_IGNORE_DF;
	if (gre[IFLA_GRE_COLLECT_METADATA])
		t->odd |= ODD_EXTERNAL;
	if (u32_of(gre[IFLA_GRE_FWMARK]))
		t->odd |= ODD_FWMARK;
}

/* net.ipv4.conf.IF.* comes as an array of 32-bit numbers, IPV4_DEVCONF_* counted from 1. */
static uint32_t conf_of(const struct nlattr *conf, unsigned id)
{
	uint32_t v = 0;

	if (conf && (size_t)nla_len(conf) >= id * sizeof(v))
		memcpy(&v, (const uint8_t *)nla_data(conf) + (id - 1) * sizeof(v), sizeof(v));
	return v;
}

static void parse_families(const struct kernel *k, struct nlattr *spec, struct tunnel *t)
{
	struct nlattr *in4, *in6;

	t->link_local_off = !k->has_ip6;
	if (!spec)
		return;
	in4 = nla_find(nla_data(spec), nla_len(spec), AF_INET);
	in6 = nla_find(nla_data(spec), nla_len(spec), AF_INET6);
	if (in4) {
		const struct nlattr *conf = nla_find(nla_data(in4), nla_len(in4), IFLA_INET_CONF);

		t->rp_filter = (uint8_t)conf_of(conf, IPV4_DEVCONF_RP_FILTER);
		t->forwarding = conf_of(conf, IPV4_DEVCONF_FORWARDING);
	}
	if (in6) {
		const struct nlattr *mode =
			nla_find(nla_data(in6), nla_len(in6), IFLA_INET6_ADDR_GEN_MODE);

		t->link_local_off = mode && nla_get_u8(mode) == IN6_ADDR_GEN_MODE_NONE;
	}
}

static const char *kind_of(struct nlattr *linkinfo, struct nlattr **data)
{
	const struct nlattr *kind;

	*data = NULL;
	if (!linkinfo)
		return "";
	kind = nla_find(nla_data(linkinfo), nla_len(linkinfo), IFLA_INFO_KIND);
	*data = nla_find(nla_data(linkinfo), nla_len(linkinfo), IFLA_INFO_DATA);
	if (!kind || nla_len(kind) < 1)
		return "";
	const char *word = nla_data(kind);

	return word[nla_len(kind) - 1] == '\0' ? word : "";
}

bool parse_link(struct kernel *k, struct arena *a, const struct nlmsghdr *h, struct tunnel *ret)
{
	const struct ifinfomsg *info = nlmsg_data(h);
	struct nlattr *tb[IFLA_MAX + 1], *data;

	if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return false;
	if (nla_parse(tb, IFLA_MAX, nlmsg_attrdata(h, sizeof(*info)),
		      nlmsg_attrlen(h, sizeof(*info)), NULL) < 0 ||
	    !tb[IFLA_IFNAME])
		return false;
	struct tunnel t = {.ifindex = info->ifi_index, .up = info->ifi_flags & IFF_UP};
	const char *kind = kind_of(tb[IFLA_LINKINFO], &data);

	nla_strlcpy(t.ifname, tb[IFLA_IFNAME], sizeof(t.ifname));
	if (tb[IFLA_IFALIAS])
		t.alias = arena_strndup(a, nla_data(tb[IFLA_IFALIAS]),
					(size_t)nla_len(tb[IFLA_IFALIAS]));
	t.mtu = u32_of(tb[IFLA_MTU]);
	t.group = u32_of(tb[IFLA_GROUP]);
	if (strcmp(kind, "gre") == 0 || strcmp(kind, "ip6gre") == 0) {
		t.mode = kind[0] == 'g' ? MODE_GRE : MODE_IP6GRE;
		t.kind = tunnel_mode_name(t.mode);
		parse_gre(data, &t);
		parse_families(k, tb[IFLA_AF_SPEC], &t);
	} else {
		t.kind = arena_strdup(a, kind);
		t.odd = ODD_OTHER_KIND;
	}
	*ret = t;
	return true;
}

bool parse_addr(const struct nlmsghdr *h, int *ifindex, struct tunnel_addr *ret)
{
	const struct ifaddrmsg *info = nlmsg_data(h);
	struct nlattr *tb[IFA_MAX + 1];

	if (h->nlmsg_type != RTM_NEWADDR || h->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return false;
	if (nla_parse(tb, IFA_MAX, nlmsg_attrdata(h, sizeof(*info)),
		      nlmsg_attrlen(h, sizeof(*info)), NULL) < 0 ||
	    !tb[IFA_ADDRESS])
		return false;
	*ifindex = (int)info->ifa_index;
	*ret = (struct tunnel_addr){.peer = addr_of(tb[IFA_ADDRESS]),
				    .peer_len = info->ifa_prefixlen};
	ret->local = tb[IFA_LOCAL] ? addr_of(tb[IFA_LOCAL]) : ret->peer;
	bool as_ours = !addr_equal(&ret->local, &ret->peer) &&
		       ret->peer_len == addr_bytes(ret->peer.family) * 8;

	ret->ours = as_ours || u8_of(tb[IFA_PROTO]) == ADDR_PROTO;
	return ret->local.family != FAMILY_NONE;
}

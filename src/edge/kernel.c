#include "edge/kernel.h"
#include "edge/kernel_nl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { RECEIVE_BYTES = 8 << 20, STIR_BYTES = 32 << 10, ANSWER_SECONDS = 10 };

static void set_on(int fd, int option)
{
	int on = 1;

	/* a kernel that lacks one answers with less, but answers */
	(void)setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on));
}

/* Return: whether the buffer may be as large as asked for, which takes CAP_NET_ADMIN. */
static bool set_buffer(int fd)
{
	int size = RECEIVE_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0)
		return true;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return false;
}

static int open_socket(struct kernel *k)
{
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	struct timeval wait = {.tv_sec = ANSWER_SECONDS};

	k->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (k->fd < 0)
		return -errno;
	set_on(k->fd, NETLINK_EXT_ACK);
	set_on(k->fd, NETLINK_CAP_ACK);
	set_on(k->fd, NETLINK_GET_STRICT_CHK);
	k->batch_most = set_buffer(k->fd) ? BATCH_MESSAGES : 32;
	if (setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    bind(k->fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	return 0;
}

int kernel_reopen(struct kernel *k)
{
	if (k->fd >= 0)
		close(k->fd);
	return open_socket(k);
}

int kernel_open(struct err *err, struct kernel **ret)
{
	const unsigned stir[] = {RTNLGRP_LINK, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->msg = nlmsg_alloc_size(4096);
	k->boxes = malloc((size_t)BOXES * BOX_BYTES);
	k->out = malloc(BATCH_BYTES);
	if (!k->msg || !k->boxes || !k->out)
		abort();
	k->stir_fd = -1;
	k->has_ip6 = access("/proc/sys/net/ipv6", F_OK) == 0;
	int error = open_socket(k);

	if (error) {
		kernel_close(k);
		return err_set(err, error, "opening a netlink socket: %s", strerror(-error));
	}
	/* without this one every reading looks at all routes */
	k->stir_fd = watch_socket(stir, sizeof(stir) / sizeof(*stir), STIR_BYTES);
	*ret = k;
	return 0;
}

struct kernel *kernel_close(struct kernel *k)
{
	if (!k)
		return NULL;
	if (k->fd >= 0)
		close(k->fd);
	if (k->stir_fd >= 0)
		close(k->stir_fd);
	nlmsg_free(k->msg);
	free(k->boxes);
	free(k->tunnels.at);
	free(k->addrs.at);
	free(k->numbers.at);
	free(k->out);
	free(k);
	return NULL;
}

/* --- what is missing --- */

static void take_error(void *ctx, size_t token, const struct answer *answer)
{
	int *error = ctx;

	(void)token;
	*error = answer->error;
}

static int ask_one(struct kernel *k, int *answer)
{
	struct batch b;

	batch_init(&b, k, take_error, answer);
	batch_add(&b, 0);
	return batch_flush(&b);
}

/* A change of an interface that cannot be: refused for want of permission before it is looked for. */
static int may_change(struct kernel *k, int *answer)
{
	write_up_or_down(k, 0x7fffffff, true);
	return ask_one(k, answer);
}

/* A tunnel that cannot be: its version bits are refused by the module, once the kernel has found
 * (and loaded) it, before anything is made. */
static int knows_kind(struct kernel *k, enum tunnel_mode mode, int *answer)
{
	struct ifinfomsg info = {0};
	struct nl_msg *m = rt_begin(k, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	struct nlattr *linkinfo = rt_nest(m, IFLA_LINKINFO);

	rt_put_str(m, IFLA_INFO_KIND, tunnel_mode_name(mode));
	struct nlattr *data = rt_nest(m, IFLA_INFO_DATA);

	rt_put_u16(m, IFLA_GRE_IFLAGS, GRE_VERSION);
	rt_unnest(m, data);
	rt_unnest(m, linkinfo);
	return ask_one(k, answer);
}

static int check_kind(struct kernel *k, enum tunnel_mode mode, struct err *err)
{
	const char *kind = tunnel_mode_name(mode),
		   *module = mode == MODE_GRE ? "ip_gre" : "ip6_gre";
	int answer = 0, error = knows_kind(k, mode, &answer);

	if (error)
		return err_set(err, error, "asking the kernel for %s: %s", kind, strerror(-error));
	if (answer != -EOPNOTSUPP)
		return 0;
	return err_set(
		err, -EOPNOTSUPP,
		"this kernel has no %s tunnels: load the module (modprobe %s), or boot a kernel "
		"that has it",
		kind, module);
}

int kernel_missing_for(struct kernel *k, const struct host *want, struct err *err)
{
	bool wanted[] = {[MODE_GRE] = !want, [MODE_IP6GRE] = false};
	int answer = 0, error = may_change(k, &answer);

	if (error)
		return err_set(err, error, "asking the kernel: %s", strerror(-error));
	if (answer == -EPERM)
		return err_set(err, -EPERM,
			       "not permitted to change network interfaces: run as root or with "
			       "CAP_NET_ADMIN");
	for (size_t i = 0; want && i < want->n_tunnels; i++)
		wanted[want->tunnels[i].mode] = true;
	if (wanted[MODE_GRE])
		error = check_kind(k, MODE_GRE, err);
	if (!error && wanted[MODE_IP6GRE])
		error = check_kind(k, MODE_IP6GRE, err);
	return error;
}

int kernel_missing(struct kernel *k, struct err *err)
{
	return kernel_missing_for(k, NULL, err);
}

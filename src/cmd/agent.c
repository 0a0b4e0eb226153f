/*
 * grix-agent - keep one site as the peer list says: tunnels, BIRD, keepalives
 */
#include "run/agent.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "edge/statussock.h"
#include "version.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage_text[] =
	"usage: grix-agent --peers PATH --site SITE [options]\n"
	"\n"
	"Keeps one site of an exchange as its peer list says: makes and repairs the GRE\n"
	"tunnels, writes BIRD's files, watches every link and closes the BGP sessions of\n"
	"those that are down. Ending it leaves tunnels and sessions as they are.\n"
	"\n"
	"  -p, --peers PATH        the peer list, a folder or a file\n"
	"  -s, --site SITE         which of its sites this host is\n"
	"      --state DIR         where the last good list is kept, default\n"
	"                          /var/lib/grix/SITE; \"none\": keep none\n"
	"      --bird-dir DIR      folder of BIRD's generated files, to be included by\n"
	"                          bird.conf; default /var/lib/grix/SITE/bird\n"
	"      --bird-socket PATH  BIRD's control socket, default /run/bird/bird.ctl\n"
	"      --bird-program PROG checks new files before BIRD loads them, default bird\n"
	"      --no-bird           tunnels and keepalives only\n"
	"      --socket PATH       where grix status asks, default /run/grix/SITE.sock\n"
	"      --metrics ADDR:PORT where Prometheus asks, default 127.0.0.1:9862;\n"
	"                          \"none\": nowhere\n"
	"      --user USER         run as this user, with CAP_NET_ADMIN and CAP_NET_RAW\n"
	"      --force             remove tunnels that left the list, however many\n"
	"  -v, --verbose           say more\n"
	"  -D, --debug FOLDERS     say more of these only: kernel,live,peerlist\n"
	"      --help, --version\n"
	"\n"
	"SIGHUP reads the peer list again. Exit: 0 stopped, 1 failed, 64 usage, 65 peer list\n"
	"invalid, 77 GRE or a capability is missing. See grix-agent(8).\n";

enum {
	OPT_STATE = 256,
	OPT_BIRD_DIR,
	OPT_BIRD_SOCKET,
	OPT_BIRD_PROGRAM,
	OPT_NO_BIRD,
	OPT_SOCKET,
	OPT_METRICS,
	OPT_USER,
	OPT_FORCE,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option options[] = {
	{"peers", required_argument, NULL, 'p'},
	{"site", required_argument, NULL, 's'},
	{"state", required_argument, NULL, OPT_STATE},
	{"bird-dir", required_argument, NULL, OPT_BIRD_DIR},
	{"bird-socket", required_argument, NULL, OPT_BIRD_SOCKET},
	{"bird-program", required_argument, NULL, OPT_BIRD_PROGRAM},
	{"no-bird", no_argument, NULL, OPT_NO_BIRD},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"metrics", required_argument, NULL, OPT_METRICS},
	{"user", required_argument, NULL, OPT_USER},
	{"force", no_argument, NULL, OPT_FORCE},
	{"verbose", no_argument, NULL, 'v'},
	{"debug", required_argument, NULL, 'D'},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

/* Return: -1 to go on, or an exit code. */
static int take_option(int opt, struct agent_conf *c)
{
	switch (opt) {
	case 'p':
		c->peers = optarg;
		break;
	case 's':
		c->site = optarg;
		break;
	case OPT_STATE:
		c->state = optarg;
		break;
	case OPT_BIRD_DIR:
		c->bird_dir = optarg;
		break;
	case OPT_BIRD_SOCKET:
		c->bird_socket = optarg;
		break;
	case OPT_BIRD_PROGRAM:
		c->bird_program = optarg;
		break;
	case OPT_NO_BIRD:
		c->with_bird = false;
		break;
	case OPT_SOCKET:
		c->socket = optarg;
		break;
	case OPT_METRICS:
		c->metrics = optarg;
		c->metrics_must = true;
		break;
	case OPT_USER:
		c->user = optarg;
		break;
	case OPT_FORCE:
		c->force = true;
		break;
	case 'v':
		log_to_level(LOG_LEVEL_DEBUG, NULL);
		break;
	case 'D':
		log_to_level(LOG_LEVEL_DEBUG, optarg);
		break;
	case OPT_HELP:
		fputs(usage_text, stdout);
		return EXIT_DONE;
	case OPT_VERSION:
		printf("grix-agent %s\n", GRIX_VERSION);
		return EXIT_DONE;
	default:
		fputs("grix-agent: see grix-agent --help\n", stderr);
		return EXIT_USAGE;
	}
	return -1;
}

/* It becomes part of paths before the peer list is read. */
static bool is_site_name(const char *s)
{
	return *s && *s != '.' && !strchr(s, '/') && strlen(s) < 256;
}

static int take_options(int argc, char **argv, struct agent_conf *c)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "p:s:vD:", options, NULL)) != -1) {
		int code = take_option(opt, c);

		if (code >= 0)
			return code;
	}
	if (optind < argc) {
		fprintf(stderr, "grix-agent: \"%s\" is not an option; see grix-agent --help\n",
			argv[optind]);
		return EXIT_USAGE;
	}
	if (!c->peers || !c->site) {
		fprintf(stderr, "grix-agent: %s is missing; see grix-agent --help\n",
			c->peers ? "--site SITE" : "--peers PATH");
		return EXIT_USAGE;
	}
	if (!is_site_name(c->site)) {
		fputs("grix-agent: --site is the name of a site of the peer list\n", stderr);
		return EXIT_USAGE;
	}
	return -1;
}

static const char *unless_none(const char *s)
{
	return strcmp(s, "none") == 0 ? NULL : s;
}

static void fill_defaults(struct arena *a, struct agent_conf *c)
{
	if (!c->state)
		c->state = arena_printf(a, "/var/lib/grix/%s", c->site);
	if (!c->bird_dir)
		c->bird_dir = arena_printf(a, "/var/lib/grix/%s/bird", c->site);
	if (!c->socket)
		c->socket = status_path(a, c->site);
	c->state = unless_none(c->state);
	c->metrics = unless_none(c->metrics);
}

int main(int argc, char **argv)
{
	struct agent_conf conf = {
		.bird_socket = "/run/bird/bird.ctl",
		.bird_program = "bird",
		.with_bird = true,
		.metrics = "127.0.0.1:9862",
	};
	struct arena *a = arena_new();
	int code = take_options(argc, argv, &conf);

	if (code < 0) {
		fill_defaults(a, &conf);
		code = agent_run(&conf);
	}
	arena_free(a);
	return code;
}

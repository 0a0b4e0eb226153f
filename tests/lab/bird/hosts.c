/* hosts - see hosts.h */
#include "hosts.h"

#include "base/mono.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANSWER_MS = 10000 };

/* Runs a command line of ours through the shell. Return: whether it went well. */
static bool sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool sh(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, ap);

	va_end(ap);
	assert(n > 0 && (size_t)n < sizeof(line));
	return system(line) == 0;
}

static const struct plan_site *plan_site(const struct hosts *h, const char *name)
{
	for (size_t i = 0; i < h->world->plan.n_sites; i++)
		if (strcmp(h->world->plan.sites[i].name, name) == 0)
			return &h->world->plan.sites[i];
	abort();
}

/* The link must be up before its IPv6 peer address is added: the kernel makes no route else. */
static bool add_addresses(const struct host_bird *on, const struct plan_site *self,
			  const struct plan_site *peer)
{
	char l4[ADDR_TEXT], p4[ADDR_TEXT], l6[ADDR_TEXT], p6[ADDR_TEXT];

	return sh("ip -n %s link set %s up && ip -n %s addr add %s peer %s dev %s && "
		  "ip -n %s addr add %s peer %s dev %s nodad",
		  on->ns, peer->ifname, on->ns, addr_text(&self->lan4, l4),
		  addr_text(&peer->lan4, p4), peer->ifname, on->ns, addr_text(&self->lan6, l6),
		  addr_text(&peer->lan6, p6), peer->ifname);
}

static bool join(const struct hosts *h, const struct host_bird *a, const struct host_bird *b)
{
	const struct plan_site *x = plan_site(h, a->name), *y = plan_site(h, b->name);

	return sh("ip -n %s link add %s type veth peer name %s netns %s", a->ns, y->ifname,
		  x->ifname, b->ns) &&
	       add_addresses(a, x, y) && add_addresses(b, y, x);
}

static void add_host(struct hosts *h, const char *name)
{
	struct host_bird *b = &h->list[h->n++];
	char dir[sizeof(b->dir)];

	*b = (struct host_bird){.name = name};
	snprintf(b->ns, sizeof(b->ns), "gxt%d-%s", (int)getpid(), name);
	snprintf(dir, sizeof(dir), "%s/%s", h->root, name);
	memcpy(b->dir, dir, sizeof(dir));
	snprintf(b->conf, sizeof(b->conf), "%s/bird.conf", dir);
	snprintf(b->link, sizeof(b->link), "%s/grix", dir);
	snprintf(b->socket, sizeof(b->socket), "%s/bird.ctl", dir);
	mkdir(dir, 0755);
	if (!sh("ip netns add %s && ip -n %s link set lo up", b->ns, b->ns)) {
		printf("no network namespaces can be made here\n");
		exit(77);
	}
}

void hosts_init(struct hosts *h, struct world *w, const char *const *names, size_t n)
{
	const char *tmp = getenv("LAB_TMP");

	*h = (struct hosts){.world = w};
	snprintf(h->root, sizeof(h->root), "%s/gxt.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->root));
	for (size_t i = 0; i < n; i++)
		add_host(h, names[i]);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			assert_true(join(h, &h->list[i], &h->list[j]));
}

void hosts_done(struct hosts *h)
{
	for (size_t i = 0; i < h->n; i++) {
		host_kill(h, h->list[i].name, SIGKILL);
		sh("ip netns del %s", h->list[i].ns);
	}
	sh("rm -r '%s'", h->root);
}

struct host_bird *hosts_find(struct hosts *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->list[i].name, name) == 0)
			return &h->list[i];
	abort();
}

struct birdfiles_conf host_files(const struct host_bird *b)
{
	return (struct birdfiles_conf){
		.dir = b->link, .socket = b->socket, .bird = "bird", .undo_s = 12};
}

int host_apply(struct hosts *h, const char *name, struct err *err)
{
	struct birdfiles_conf c = host_files(hosts_find(h, name));
	struct bird_files *f = render_bird(world_see(h->world, name));
	struct err own = {""};
	int r = birdfiles_apply(&c, f, err ? err : &own);

	bird_files_free(f);
	return r;
}

void host_write_text(struct hosts *h, const char *name, const char *text)
{
	FILE *f = fopen(hosts_find(h, name)->conf, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

void host_write_conf(struct hosts *h, const char *name, const char *more)
{
	struct arena *a = arena_new();
	char *text = render_bird_standalone(a, world_see(h->world, name), NULL,
					    hosts_find(h, name)->link);

	host_write_text(h, name, arena_printf(a, "%s%s", text, more));
	arena_free(a);
}

void host_start(struct hosts *h, const char *name)
{
	struct host_bird *b = hosts_find(h, name);
	char log[128], pid[128];

	snprintf(log, sizeof(log), "%s/bird.log", b->dir);
	snprintf(pid, sizeof(pid), "%s/bird.pid", b->dir);
	b->pid = fork();
	assert_true(b->pid >= 0);
	if (b->pid == 0) {
		/* "ip netns exec" becomes BIRD; it must not outlive a test that crashed */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen(log, "a", stderr))
			_exit(126);
		execlp("ip", "ip", "netns", "exec", b->ns, "bird", "-f", "-c", b->conf, "-s",
		       b->socket, "-P", pid, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 100; i++) {
		struct bird *bird = NULL;

		if (bird_open(b->socket, ANSWER_MS, NULL, &bird) == 0) {
			bird_close(bird);
			return;
		}
		poll(NULL, 0, 50);
	}
	fail_msg("BIRD of %s does not start; its log is %s", name, log);
}

void host_kill(struct hosts *h, const char *name, int signal)
{
	struct host_bird *b = hosts_find(h, name);

	if (b->pid <= 0)
		return;
	kill(b->pid, signal);
	waitpid(b->pid, NULL, 0);
	b->pid = 0;
}

static struct bird *open_bird(struct hosts *h, const char *name)
{
	struct bird *b = NULL;
	struct err err = {""};

	if (bird_open(hosts_find(h, name)->socket, ANSWER_MS, &err, &b) != 0)
		fail_msg("%s", err.text);
	return b;
}

const char *host_ask(struct hosts *h, struct arena *a, const char *name, const char *command)
{
	struct bird *b = open_bird(h, name);
	char *reply = NULL;
	struct err err = {""};

	if (bird_command(b, a, command, &reply, &err) < 0)
		fail_msg("%s", err.text);
	bird_close(b);
	return reply;
}

struct bird_session host_session(struct hosts *h, struct arena *a, const char *name,
				 const char *session)
{
	struct bird *b = open_bird(h, name);
	struct bird_session found = {.name = NULL};
	struct bird_sessions all;
	struct err err = {""};

	if (bird_read_sessions(b, a, &all, &err) < 0)
		fail_msg("%s", err.text);
	bird_close(b);
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.list[i].name, session) == 0)
			found = all.list[i];
	return found;
}

bool host_await(struct hosts *h, const char *name, const char *session, const char *state,
		int seconds)
{
	uint64_t end = mono_now_ns() + (uint64_t)seconds * NS_PER_S;
	bool there = false;

	while (!there && mono_now_ns() < end) {
		struct arena *a = arena_new();
		struct bird_session s = host_session(h, a, name, session);

		there = s.name && strcmp(s.state, state) == 0;
		arena_free(a);
		if (!there)
			poll(NULL, 0, 100);
	}
	return there;
}

bool hosts_await_mesh(struct hosts *h, const char *const *names, size_t n, int seconds)
{
	uint64_t end = mono_now_ns() + (uint64_t)seconds * NS_PER_S;
	bool up = true;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (int family = 4; i != j && family <= 6; family += 2) {
				char session[SYMBOL_BYTES];
				uint64_t now = mono_now_ns();

				render_bird_session(plan_site(h, names[j]), family, session);
				int left = now < end ? (int)((end - now) / NS_PER_S) + 1 : 1;

				up = host_await(h, names[i], session, "Established", left) && up;
			}
	return up;
}

/*
 * bench_plan - what the plan and every site's BIRD text cost in processor time, for whole exchanges
 * Each size runs in a process of its own, so that its peak of memory is its own. Next to the time
 * that making the text takes stands the time that writing the same bytes takes, piece by piece in the
 * same run: the floor for any program that puts such files on a disk.
 *   bench_plan [SITES]...      default 200 1000
 */
#include "lists.h"
#include "plan/plan.h"
#include "render/bird.h"
#include "render/plan.h"
#include "site/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REWIND = 64 << 20 }; /* the file written to stays this small */

struct figures {
	size_t links, bytes;
	uint64_t plan_ns, site_ns, bird_ns, write_ns, json_ns;
	size_t json_bytes;
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench_plan: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Processor time: other programs of the machine do not count. */
static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t lap(uint64_t *since)
{
	uint64_t now = now_ns(), passed = now - *since;

	*since = now;
	return passed;
}

static void write_files(FILE *to, const struct bird_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		must(fwrite(files->list[i].text, 1, files->list[i].len, to) == files->list[i].len,
		     "writing");
	must(fflush(to) == 0, "writing");
	if (ftell(to) > REWIND)
		rewind(to);
}

static void one_site(const struct plan *p, const char *name, FILE *to, struct figures *f)
{
	struct site *s = NULL;
	struct err err;
	uint64_t since = now_ns();

	must(site_make(p, name, &err, &s) == 0, "site_make");
	f->site_ns += lap(&since);
	struct bird_files *files = render_bird(s);

	f->bird_ns += lap(&since);
	for (size_t i = 0; i < files->n; i++)
		f->bytes += files->list[i].len;
	lap(&since);
	write_files(to, files);
	f->write_ns += lap(&since);
	bird_files_free(files);
	f->bird_ns += lap(&since);
	site_free(s);
	f->site_ns += lap(&since);
}

static int count(void *to, const char *text, size_t n)
{
	(void)text;
	*(size_t *)to += n;
	return 0;
}

static struct figures measure(size_t sites, FILE *to)
{
	struct peerlist *l = list_mesh(sites);
	struct figures f = {0};
	struct faults faults;
	struct plan *p = NULL;

	faults_init(&faults);
	uint64_t since = now_ns();

	must(plan_make(l, &faults, &p) == 0, "plan_make");
	f.plan_ns = lap(&since);
	f.links = p->n_links;
	for (size_t i = 0; i < p->n_sites; i++)
		one_site(p, p->sites[i].name, to, &f);
	struct render_out out = {.write = count, .to = &f.json_bytes};

	lap(&since);
	render_plan_json(p, NULL, &out);
	f.json_ns = lap(&since);
	plan_free(p);
	arena_free(l->arena);
	return f;
}

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static void print(size_t sites, const struct figures *f)
{
	uint64_t text_ns = f->plan_ns + f->site_ns + f->bird_ns;
	double mb = (double)f->bytes / 1e6, links = (double)f->links;

	printf("%zu sites, %zu links\n", sites, f->links);
	printf("  plan                 %9.3f s   %6.2f us a link\n", seconds(f->plan_ns),
	       (double)f->plan_ns / 1e3 / links);
	printf("  site, every site     %9.3f s   %6.2f us a link\n", seconds(f->site_ns),
	       (double)f->site_ns / 1e3 / links);
	printf("  BIRD, every site     %9.3f s   %6.2f us a link\n", seconds(f->bird_ns),
	       (double)f->bird_ns / 1e3 / links);
	printf("  all of it            %9.3f s   %6.2f us a link   %.1f MB at %.0f MB/s\n",
	       seconds(text_ns), (double)text_ns / 1e3 / links, mb, mb / seconds(text_ns));
	printf("  writing these bytes  %9.3f s   %6.2f us a link   %.0f MB/s\n",
	       seconds(f->write_ns), (double)f->write_ns / 1e3 / links, mb / seconds(f->write_ns));
	printf("  making / writing     %9.2f x\n", (double)text_ns / (double)f->write_ns);
	printf("  plan as JSON         %9.3f s   %6.2f us a link   %.1f MB\n", seconds(f->json_ns),
	       (double)f->json_ns / 1e3 / links, (double)f->json_bytes / 1e6);
	fflush(stdout);
}

/* Return: microseconds a link, for the comparison of sizes. */
static double run(size_t sites)
{
	struct figures f;
	struct rusage usage;
	int fds[2], status;

	must(pipe(fds) == 0, "pipe");
	pid_t child = fork();

	must(child >= 0, "fork");
	if (child == 0) {
		FILE *to = tmpfile();

		must(to != NULL, "temporary file");
		f = measure(sites, to);
		must(write(fds[1], &f, sizeof(f)) == (ssize_t)sizeof(f), "pipe");
		_exit(0);
	}
	close(fds[1]);
	bool whole = read(fds[0], &f, sizeof(f)) == (ssize_t)sizeof(f);

	close(fds[0]);
	must(wait4(child, &status, 0, &usage) == child, "wait");
	must(whole && status == 0, "the measured process failed");
	print(sites, &f);
	printf("  peak memory          %9.1f MB\n", (double)usage.ru_maxrss / 1024);
	return (double)(f.plan_ns + f.site_ns + f.bird_ns) / 1e3 / (double)f.links;
}

static bool number_of_sites(const char *s, size_t *ret)
{
	char *end;

	*ret = strtoul(s, &end, 10);
	return *end == '\0' && *ret >= 2 && *ret <= PLAN_SITES_MAX;
}

int main(int argc, char **argv)
{
	const char *const usual[] = {"200", "1000"};
	const char *const *sizes = argc > 1 ? (const char *const *)argv + 1 : usual;
	size_t n = argc > 1 ? (size_t)argc - 1 : 2, sites;
	double first = 0, last = 0;

	for (size_t i = 0; i < n; i++) {
		if (!number_of_sites(sizes[i], &sites)) {
			fprintf(stderr, "bench_plan: \"%s\" is not a number of sites, 2 to %d\n",
				sizes[i], PLAN_SITES_MAX);
			return 64;
		}
		last = run(sites);
		first = i == 0 ? last : first;
	}
	if (n > 1)
		printf("a link of the last size costs %.2f x one of the first (1 is linear)\n",
		       last / first);
	return 0;
}

/*
 * host - this host's kernel as diff, apply and down need it: what is there, and the steps
 */
#pragma once

#include "cmd/report.h"
#include "cmd/verb.h"
#include "diff/diff.h"
#include "edge/kernel.h"
#include "site/site.h"

struct host_view {
	struct kernel *kernel;
	struct host *have;
	struct steps *steps;
};

/**
 * host_compare() - dump, compare, check the underlay
 * Return: 0 with @ret to be ended by host_view_done(); or an exit code after a line on stderr.
 */
int host_compare(const struct call *c, const struct site *s, struct host_view *ret);
void host_view_done(struct host_view *v);

/**
 * host_no_gre() - after what would be done was told: whether this kernel could do it
 * Return: 0, also when we may not ask; or EXIT_CAPABILITY after a line on stderr.
 */
int host_no_gre(const struct call *c, const struct host_view *v, const struct site *s);

/** host_exit() - the exit code that goes with a negative errno of the kernel */
int host_exit(int code);

/**
 * host_do() - do the steps and say what became of each
 * @r: without steps and results: these are set here
 * Nothing is done with --dry-run, nor when there is nothing to do.
 * Return: an exit code.
 */
int host_do(const struct call *c, struct host_view *v, struct report *r);

/*
 * report - the steps of diff, apply and down in words, or as JSON
 * One line a step, the same whether it is shown, planned or done; what became of it follows.
 */
#pragma once

#include "cmd/verb.h"
#include "diff/diff.h"
#include "edge/kernel.h"

struct report {
	const char *fabric, *site;
	size_t links; /* that the site should have; down: 0 */
	bool removal; /* down: all that is said is what goes */
	const struct steps *steps;
	const struct step_result *results; /* NULL: nothing was tried */
};

/** report_print() - lines or, with --json, one document; conflicts and failures also on stderr */
void report_print(const struct call *c, const struct report *r);
/** report_exit() - DONE, FAILED after a failure or conflict, CAPABILITY when we may not */
int report_exit(const struct report *r);

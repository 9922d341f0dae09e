/* claimant.h - an honest framework of one role: it asks for what it lacks, uses
 * what it is offered at once, and when a task ends asks for another. */

#ifndef SIM_CLAIMANT_H
#define SIM_CLAIMANT_H

#include "tests/sim/ledger.h"
#include "tests/sim/process.h"

struct claimant;

struct claimant_options {
    const char *name; /* borrowed, like all */
    const char *role;
    const char *masters;
    int64_t cpu_milli; /* of each task */
    unsigned wanted;   /* tasks, at all times */
    msec_t run_ms;     /* how long each runs */
    int priority;
};

/* It starts at once. */
struct claimant *claimant_new(struct world *w,
                              struct network *n,
                              struct ledger *l,
                              const struct claimant_options *options);
void claimant_free(struct claimant *c);

/* What runs of it now. */
int64_t claimant_running_milli(const struct claimant *c);

/* How many of its tasks have been taken back. */
unsigned claimant_recalled_count(const struct claimant *c);

#endif

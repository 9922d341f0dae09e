/* scenario.h - one seed: a cluster at work, faults, and then peace. */

#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "tests/sim/ledger.h"

struct scenario_result {
    char failure[512]; /* empty: every promise was kept */
    unsigned long steps;
    msec_t lasted_ms; /* in the world */
    struct ledger_counts counts;
};

/* `trace` may be NULL. */
void scenario_run(uint64_t seed,
                  msec_t wall,
                  FILE *trace,
                  struct scenario_result *result);

/* 2 masters, 20 agents and 5 schedulers for so many hours of theirs: 20 tasks
 * for each agent in an hour, and a fault at least. */
void scenario_run_long(uint64_t seed,
                       unsigned hours,
                       FILE *trace,
                       struct scenario_result *result);

#endif

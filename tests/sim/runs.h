/* runs.h - the processes of a machine, each of which follows a script.
 *
 * running --(its time, a signal)--> zombie --(reap)--> gone
 *
 * Without their launcher, processes that end are gone at once, and so is how
 * they ended.  What runs and ends is told to the ledger. */

#ifndef SIM_RUNS_H
#define SIM_RUNS_H

#include <sys/types.h>

#include "tests/sim/ledger.h"

struct runs;

struct run_fate {
    int wait_status;
    bool is_status_known;
    bool is_out_of_memory;
};

enum run_state {
    RUN_NONE, /* never was, or is gone */
    RUN_RUNNING,
    RUN_ZOMBIE,
};

/* `ended_cb` is called as soon as a process ends. */
struct runs *runs_new(struct world *w,
                      struct ledger *l,
                      struct ledger_host *host,
                      void (*ended_cb)(void *arg, const char *run),
                      void *arg);
void runs_free(struct runs *r);

/* -1 if the script says that it cannot be started. */
pid_t runs_start(struct runs *r, const char *run, const char *script);

enum run_state runs_state(const struct runs *r, const char *run);

/* Of one that runs or is a zombie. */
pid_t runs_pid(const struct runs *r, const char *run);
uint64_t runs_started_ticks(const struct runs *r, const char *run);

/* How it ended: of a zombie, or of what is gone without a trace. */
struct run_fate runs_fate(const struct runs *r, const char *run);

void runs_signal(struct runs *r, const char *run, int signal);

/* Let a zombie go; what still runs is killed first. */
void runs_reap(struct runs *r, const char *run);

/* Bytes it has written so far. */
uint64_t runs_output_size(const struct runs *r, const char *run);

void runs_launcher_died(struct runs *r);
void runs_power_cut(struct runs *r);

size_t runs_alive_count(const struct runs *r);
size_t runs_zombies_count(const struct runs *r);

#endif

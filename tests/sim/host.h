/* host.h - a machine as its agent orders about: agent/orders.h in virtual time.
 *
 * It has a journal, a launcher and processes.  A process does what the last
 * word of its command says, for instance "run=300 exit=0 ignore":
 *
 *     run=MS      it ends by itself after so long; never, without it
 *     exit=CODE   with that status; signal=NUMBER: by that signal
 *     memory      because it used too much of it
 *     ignore      TERM does nothing
 *     slow        it dies of KILL only after a while
 *     absent      it cannot be started
 *
 * A URI that contains "missing" cannot be fetched. */

#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "agent/orders.h"
#include "tests/sim/ledger.h"
#include "tests/sim/process.h"

struct host;

struct host_options {
    const char *name; /* borrowed */
    int64_t cpu_milli;
    int64_t memory_mb;
};

struct host_faults {
    msec_t delay_ms_max;       /* of anything but: */
    msec_t journal_ms_max;     /* what is synced takes so long */
    unsigned journal_permille; /* of appends that fail */
    unsigned prepare_permille; /* of sandboxes that cannot be made */
    unsigned launch_permille;  /* of processes that cannot be made */
};

struct host *host_new(struct world *w,
                      struct ledger *l,
                      const struct host_options *options);
void host_free(struct host *h);

void host_set_faults(struct host *h, const struct host_faults *faults);

/* Whom it reports to; may be set once. */
void host_set_agent(struct host *h, struct process *agent);

/* For process_options.local: carry out a `struct order`. */
void host_order(void *host, const void *order);

/* The agent was killed: some of what it ordered was done, and the journal may
 * end within a record. */
void host_agent_died(struct host *h);

/* The launcher was killed: its children run on, their status is lost. */
void host_launcher_died(struct host *h);

/* The power was cut, and is back: nothing runs, what was not synced is gone in
 * part.  Comes after host_agent_died(). */
void host_reboot(struct host *h);

/* Processes that run; those that ended and were not reaped. */
size_t host_alive_count(const struct host *h);
size_t host_zombies_count(const struct host *h);

size_t host_journal_size(const struct host *h);

#endif

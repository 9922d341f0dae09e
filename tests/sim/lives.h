/* lives.h - what the parts of a scheduler share: its lives, and the
 * list of its tasks, which outlives them. */

#ifndef SIM_LIVES_H
#define SIM_LIVES_H

#include <sys/queue.h>

#include "libframework/core.h"
#include "mezzo/framework.h"
#include "tests/sim/character.h"
#include "tests/sim/ledger.h"
#include "tests/sim/process.h"

enum {
    STATUSES_MAX = 64, /* not yet acknowledged by hand */
    KEPT_MAX = 100,    /* of ended ones, where tasks go on for ever */
};

struct job {
    TAILQ_ENTRY(job) entry;
    char id[32];
    unsigned life; /* in which it was launched */
    msec_t kill_at;
    unsigned kill_life; /* the last that said so; 0: none */
    unsigned gang;      /* its number among those of its scheduler; 0: none */
    bool has_ended;
    bool is_unknown;   /* which is not quite an end */
    unsigned end_life; /* in which that was heard */
};

struct life {
    struct scheduler *scheduler;
    struct process *process;
    struct mezzo_scheduler *core;
    char name[64];
    unsigned number;
    bool is_subscribed;
    bool is_replaced;   /* by another that is older */
    struct event event; /* start again, or end for good */
    msec_t ask_at;
    struct mezzo_status statuses[STATUSES_MAX];
    char ids[STATUSES_MAX][2][64]; /* task and agent of each */
    size_t statuses_count;
};

struct scheduler {
    struct world *world;
    struct ledger *ledger;
    struct scheduler_options options;
    struct life lives[2];
    unsigned current; /* of `lives` */
    unsigned lives_count;
    char framework_id[128];
    unsigned launched_count;
    unsigned open_count, kept_count; /* not ended; remembered */
    bool is_finishing;
    bool is_leaving; /* it wants to, whether or not a master has heard it */
    bool has_left;
    struct gang *gang; /* NULL: it asks for none */
    TAILQ_HEAD(job_list, job) jobs;
};

/* One more task, and that it was asked for. */
struct job *lives_add_job(struct life *f);
void lives_note_asked(struct scheduler *s,
                      const struct job *j,
                      const struct mezzo_task *task);

/* Those that ended long ago, of which nothing more can be heard. */
void lives_forget_ended(struct scheduler *s);

#endif

/* state.h - all that the master knows, and the turn it is in.  For the files
 * of the master's core only; each of them does one kind of thing to it. */

#ifndef MASTER_STATE_H
#define MASTER_STATE_H

#include "base/deadlines.h"
#include "base/input.h"
#include "base/random.h"
#include "master/agents.h"
#include "master/alloc/alloc.h"
#include "master/frameworks.h"
#include "master/master.h"
#include "master/offers.h"
#include "master/outbox.h"
#include "master/parked.h"
#include "master/standbys.h"
#include "master/tasks.h"

struct departures;
struct history_asked;

enum master_phase {
    MASTER_CLAIMING, /* the next leader epoch is being stored */
    MASTER_LOADING,  /* what is known is being read */
    MASTER_SERVING,
    MASTER_STOPPED, /* another leads */
};

enum deadline_kind {
    DEADLINE_AGENT,      /* it is to become unreachable */
    DEADLINE_DEPARTURES, /* who is to, does */
    DEADLINE_FRAMEWORK,  /* it is torn down */
    DEADLINE_OFFER,      /* its lease ends */
    DEADLINE_GANG,       /* an agent has not answered */
    DEADLINE_DRAIN,      /* is the agent empty? */
    DEADLINE_PREEMPT,    /* who has less than his guarantee is looked at */
    DEADLINE_EXPLAIN,    /* frameworks are told why their asks wait */
    DEADLINE_USAGE,      /* what roles have had is stored */
    DEADLINE_WHATIF,     /* what an operator asks is thought of further */
    DEADLINE_STORE,      /* to be asked again */
};

struct master {
    struct master_options options; /* its strings are ours */
    enum master_phase phase;
    char cluster_id[32];
    uint64_t cluster_version; /* of the record, as loaded; 0: none */
    uint64_t epoch;
    struct random random;
    struct standbys *standbys;
    uint64_t agents_numbered; /* in this epoch, like these two */
    uint64_t frameworks_numbered;
    uint64_t offers_numbered;
    uint64_t passes; /* registrations of agents */
    struct alloc *alloc;
    struct agents *agents;
    struct frameworks *frameworks;
    struct tasks *tasks;
    struct offers *offers;
    struct gangs *gangs;
    struct role_settings *role_settings;
    struct reservations *reservations;
    struct whatifs *whatifs;
    struct outbox *outbox;
    struct parked *parked;
    struct deadlines *deadlines;
    struct departures *departures;
    struct history_asked *history;
    struct deadline store_retry;
    struct deadline preempt;
    bool has_priorities;   /* somebody's was, or is, not the usual */
    unsigned short_rounds; /* in which somebody had less, without a break */
    struct deadline usage;
    bool has_stored_usage; /* of any role */
    struct deadline explain;
    char *explained;      /* the framework that is next, or NULL: the first */
    size_t explained_ask; /* and which of its asks */
    struct retired *retired;
    parked_f *serve; /* once the epoch is ours */
};

struct turn {
    struct master *m;
    const struct input *input;
    msec_t now;
    struct effects *fx;
    struct arena *arena; /* of `fx` */
};

#endif

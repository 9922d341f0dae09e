/* master.h - the master as a pure state machine.
 *
 * No I/O, no clock, no globals: the same calls in the same order give the same
 * effects.  It begins with INPUT_STARTED: loads its store, claims the next
 * leader epoch in it, and only then listens.  What must survive it is stored
 * before it is acted on.
 *
 * Threads  one step at a time, from any thread. */

#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H

#include "base/history.h"
#include "base/machine.h"
#include "base/ticket.h"

struct master;

struct master_options {
    const char *address;  /* where agents and frameworks reach us */
    const char *hostname; /* to show */
    const char *version;
    const char *store; /* where that is, to show */
    int64_t pid;       /* the operating system's number, to show */
    uint64_t seed;     /* any; from the operating system */
    uint8_t secret[TICKET_KEY_SIZE]; /* agents' ticket keys follow from it */
    msec_t offer_lease_ms;           /* > 0; then an offer is rescinded */
    msec_t agent_timeout_ms;    /* after the last sign of life: unreachable */
    msec_t failover_timeout_ms; /* of frameworks that do not say */
    msec_t decline_ms;          /* filters that do not say; lapsed leases */
    msec_t recall_ms;           /* from a recall to the kill */
    msec_t run_min_ms;          /* what has not run so long is not recalled */
    msec_t usage_half_life_ms;  /* of what roles have had; 0: none counts */
    unsigned removals_percent;  /* when more of all agents vanish at once, none
                                 * of them is marked unreachable */
    size_t completed_max;       /* ended tasks, and frameworks, remembered */
    unsigned slice_max;         /* > 0; deadlines handled in a step */
};

/* 30 s leases, 15 s to unreachable, 1 h failover, 5 s filters. */
extern const struct master_options master_defaults;

/* The masters that stand by, to show. */
struct master_standby {
    const char *address;
    const char *version;
    int64_t pid;
};
struct master_standbys {
    const struct master_standby *items;
    size_t count;
};

/* What INPUT_LOCAL brings. */
enum master_news_kind {
    MASTER_STANDBYS, /* they are others */
    MASTER_FOUND,    /* the answer to MASTER_FIND */
};
struct master_news {
    enum master_news_kind kind;
    struct master_standbys standbys;
    const struct history_answer *answer;
};

/* What EFFECT_LOCAL asks for; both may be left undone. */
enum master_order_kind {
    MASTER_KEEP, /* a task that has ended: `row` */
    MASTER_FIND, /* such as those: MASTER_FOUND follows, perhaps later */
};
struct master_order {
    enum master_order_kind kind;
    struct history_row row;
    struct history_question question;
};

/* Never NULL.  `options` and its strings are copied. */
struct master *master_new(const struct master_options *options);

/* NULL is a no-op. */
void master_free(struct master *m);

/* Advance the master by one input and append what must be done to `fx`.
 *
 * `input` is borrowed: nothing in it is kept past the call.  `now` never goes
 * backwards.  A message that makes no sense ends its link; it is never an error
 * of the call. */
void master_step(struct master *m,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx);

/* When to step with INPUT_TIMEOUT, or MSEC_NEVER.  A time that has passed means
 * "at once": a step does bounded work, and there is more. */
msec_t master_deadline(const struct master *m);

/* Conservation, for tests: what is free and what is held of each agent is all
 * of it, and the sums of roles agree; NULL, or what is wrong. */
const char *master_check(const struct master *m, struct arena *arena);

/* The same two functions, for a driver.  Valid as long as `m`. */
struct machine master_machine(struct master *m);

#endif

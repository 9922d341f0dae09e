/* asks.h - what frameworks want, in the order in which they are to get it.
 *
 * The asks of a client are sorted by policy.h; a search goes through them from
 * the first that might find something.  What has found nothing is stuck until
 * an agent gains: gains are matched against all, the stuck too. */

#ifndef MASTER_ALLOC_ASKS_H
#define MASTER_ALLOC_ASKS_H

#include "master/alloc/clients.h"
#include "master/alloc/keeps.h"
#include "master/alloc/scarce.h"
#include "master/alloc/slot.h"

struct asks;

struct ask {
    char *id;
    struct client *client;
    TAILQ_ENTRY(ask) of_sleepers;
    bool is_asleep; /* it is not before its time, nor in the client's list */
    bool is_exclusive;
    uint64_t serial; /* another one for each that is put */
    struct urgency urgency;
    msec_t not_before;
    msec_t max_ms;                /* walltime; 0: without end */
    struct attribute *pack_under; /* NULL: anywhere */
    bool is_gang;
    bool is_stuck; /* the gang did not fit, nothing has happened since */
    char *gang_id; /* if it was put together in this run */
    uint64_t gang_run;
    struct slot *slots;
    size_t slots_count;
    size_t grant; /* the last one for it, if that was in this run */
    uint64_t grant_run;
    uint64_t provided; /* shortage.c's: the round in which it was */
};

/* Borrows all. */
struct asks *asks_new(struct names *names,
                      struct pool *pool,
                      struct attributes *attributes,
                      struct views *views,
                      struct shapes *shapes,
                      struct keeps *keeps);
void asks_free(struct asks *asks);

/* As alloc_ask_put(), but all clients of the framework are to be settled, the
 * ask's as hungry. */
int asks_put(struct asks *asks,
             struct framework *framework,
             const struct alloc_ask *info,
             struct error *err);

/* NULL when there is none. */
struct ask *asks_find(const struct framework *framework, const char *id);

/* Its client has to be settled afterwards, and when it was the last of the
 * framework, all clients have. */
void asks_remove(struct asks *asks, struct ask *ask);
void asks_remove_of_client(struct asks *asks, struct client *client);

void asks_note_granted(struct ask *ask,
                       struct slot *slot,
                       const struct agent *agent,
                       uint32_t granted);

/* Of what was granted, so many are placed, and the others wanted again. */
void asks_note_placed(struct ask *ask,
                      struct slot *slot,
                      const struct agent *agent,
                      uint32_t granted,
                      uint32_t placed);

/* Does any ask want what is scarce, that some agent could serve? */
bool asks_want_scarce(const struct asks *asks);
/* Has that changed? */
bool asks_review_scarce(struct asks *asks, msec_t now);

/* Is all of it placed? */
bool asks_is_done(const struct ask *ask);

void asks_set_order(struct asks *asks, enum alloc_order order);

/* Into the order as it is now, if that may have changed since. */
void asks_sort(const struct asks *asks, struct client *client);

/* Into the lists what is not asleep any more: false when the steps ran out. */
bool asks_wake(struct asks *asks, msec_t now, int64_t *steps);
msec_t asks_deadline(const struct asks *asks);

/* What was stuck because something else came first may not be any more: gangs,
 * and what is kept for one.  Is there any? */
bool asks_reconsider(struct client *client);

/* Nothing of the client's is stuck, and all searches start anew. */
void asks_restart(struct client *client);

/* Before a slot is matched against agents: count anew how its tasks are spread,
 * where that decides. */
void slot_reckon(struct slot *slot);

enum ask_stage {
    ASK_SINGLE,     /* slots are served one by one */
    ASK_ASSEMBLING, /* a gang: all slots' min at once */
    ASK_ANSWERING,  /* a gang, granted: some of it has come back, not all */
};

enum ask_stage ask_stage(const struct ask *ask);

/* The next slot in order that is neither satisfied nor stuck, or a whole gang:
 * then it is the first.  False when the client has none. */
bool asks_next(struct client *client, struct ask **ask, struct slot **slot);

#endif

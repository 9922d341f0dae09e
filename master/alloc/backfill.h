/* backfill.h - a place kept for the gang that is first in order, and lent to
 * those who are out of it in time.
 *
 * EASY backfilling (Lifka, "The ANL/IBM SP scheduling system", 1995): of all
 * that cannot start, only the first in order has a reservation: the earliest
 * time at which enough will have come back.  Whoever comes after it may use
 * what it will not need, and also what it will, if he ends before. */

#ifndef MASTER_ALLOC_BACKFILL_H
#define MASTER_ALLOC_BACKFILL_H

#include "master/alloc/plan.h"

/* Of an agent. */
struct hold {
    struct agent *agent;
    struct quantity spare;  /* what the gang will not need */
    struct quantity before; /* what was spare of the last plan */
    size_t place;           /* among the holds */
    uint64_t serial;        /* of the plan that it is from */
};

struct backfill *backfill_new(void);
void backfill_free(struct backfill *b);

/* A new look at the order: until backfill_keep(), nobody is bound by it. */
void backfill_unbind(struct backfill *b);

/* Is something kept that binds others? */
bool backfill_is_binding(const struct backfill *b);

/* Keep the place of the plan for its gang, and no other. */
void backfill_keep(struct alloc *a, const struct plan *p, msec_t at);

/* Keep nothing. */
void backfill_release(struct alloc *a);

/* The ask, or the agent, is about to be no more. */
void backfill_forget_ask(struct alloc *a, const struct ask *ask);
void backfill_forget_agent(struct alloc *a, struct agent *agent);

/* May `ask` have it all; else, in `*spare`, how much? */
bool backfill_may_use(const struct alloc *a,
                      const struct ask *ask,
                      const struct agent *agent,
                      const struct quantity **spare);

/* So much of the agent was given to `ask`; NULL: to one who has none. */
void backfill_note_given(struct alloc *a,
                         const struct ask *ask,
                         const struct agent *agent,
                         const struct quantity *given);

/* The gang it is kept for, and from when it can start: MSEC_NEVER: nobody
 * knows.  NULL: for none. */
const struct ask *backfill_head(const struct backfill *b, msec_t *at);
size_t backfill_agents(const struct backfill *b);

#endif

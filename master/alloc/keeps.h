/* keeps.h - agents that are kept for an ask, because tasks are recalled there
 * for it: what comes back in parts would else be given to others in parts.
 *
 * It ends when the ask has its places there or is no more, or with time. */

#ifndef MASTER_ALLOC_KEEPS_H
#define MASTER_ALLOC_KEEPS_H

#include "master/alloc/agent.h"

struct ask;
struct keeps;

struct keeps *keeps_new(void);
void keeps_free(struct keeps *k);

/* For so many places, which need so much in all; it must be kept for nobody. */
void keeps_add(struct keeps *k,
               struct agent *agent,
               struct ask *ask,
               uint32_t places,
               const struct quantity *need,
               msec_t until);

/* What is kept of the agent; nothing, if it is kept for nobody. */
struct quantity keeps_need(const struct keeps *k, const struct agent *agent);

/* All that is kept, one after the other: `*i` begins with 0.  NULL: no more. */
struct ask *keeps_next(const struct keeps *k,
                       size_t *i,
                       const struct quantity **need);

/* `ask` NULL: a classic offer. */
static inline bool keeps_may_use(const struct agent *agent,
                                 const struct ask *ask)
{
    return agent->kept_for == NULL || agent->kept_for == ask;
}

void keeps_note_granted(struct keeps *k,
                        struct agent *agent,
                        const struct ask *ask,
                        uint32_t times,
                        const struct quantity *given);
void keeps_forget_ask(struct keeps *k, const struct ask *ask);
void keeps_replace_ask(struct keeps *k, const struct ask *old, struct ask *ask);
void keeps_forget_agent(struct keeps *k, struct agent *agent);

/* An agent that is kept no longer: it has something for others.  NULL: none. */
struct agent *keeps_take_released(struct keeps *k, msec_t now);

/* When there is one; at once is 0. */
msec_t keeps_deadline(const struct keeps *k);

#endif

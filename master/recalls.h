/* recalls.h - what tasks hold is wanted back: their framework hears of it,
 * their agent kills them when their grace is over. */

#ifndef MASTER_RECALLS_H
#define MASTER_RECALLS_H

#include "master/state.h"

enum recall_cause {
    RECALL_PREEMPTED,
    RECALL_DRAINED,
};

/* All of them are on one agent; what is recalled already is left out, and what
 * has ended. */
void recalls_make(struct turn *t,
                  struct task *const *tasks,
                  size_t count,
                  enum recall_cause cause,
                  msec_t after_ms);

/* The agent is back, and may not know of them. */
void recalls_repeat(struct turn *t, const struct agent *agent);

#endif

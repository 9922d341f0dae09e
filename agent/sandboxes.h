/* sandboxes.h - the sandboxes of runs that have ended, and how, until their
 * time is over too. */

#ifndef AGENT_SANDBOXES_H
#define AGENT_SANDBOXES_H

#include <stdbool.h>

#include "agent/step.h"
#include "base/task_state.h"
#include "proto/record.pb-c.h"

struct sandboxes;

struct sandboxes *sandboxes_new(struct deadlines *deadlines);
void sandboxes_free(struct sandboxes *s);

/* NULL, or why `path` is none within a sandbox. */
const char *sandbox_path_refuses(const char *path);

/* `run` has ended now, with `end` its task, or TASK_UNKNOWN if it is none;
 * nothing happens if that is known. */
void sandboxes_keep(struct sandboxes *s,
                    const char *run,
                    enum task_state end,
                    struct step *step);

/* The same of a task that had a part of its executor's sandbox. */
void sandboxes_keep_within(struct sandboxes *s,
                           const char *run,
                           const char *executor_run,
                           enum task_state end,
                           struct step *step);

/* The name is needed anew: order that what is there of it is removed. */
void sandboxes_clear(struct sandboxes *s, const char *run, struct step *step);

/* DUE_SANDBOX */
void sandboxes_expire(struct sandboxes *s, struct step *step);

bool sandboxes_has(const struct sandboxes *s, const char *run);

/* The run whose sandbox `run`, which has ended, had a part of; NULL: none. */
const char *sandboxes_within(const struct sandboxes *s, const char *run);

/* How the task of a run ended; TASK_UNKNOWN: that is not known any more. */
enum task_state sandboxes_end(const struct sandboxes *s, const char *run);

/* What the journal says. */
void sandboxes_replay(struct sandboxes *s,
                      const Mezzo__Record__Journal__Sandbox *record);

/* All was replayed: what is due is removed from now on. */
void sandboxes_start(struct sandboxes *s, struct step *step);

/* What the journal should say: the first record for NULL, then the next. */
struct sandbox;
const struct sandbox *sandboxes_next(const struct sandboxes *s,
                                     const struct sandbox *after,
                                     Mezzo__Record__Journal *record,
                                     struct arena *arena);

#endif

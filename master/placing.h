/* placing.h - tasks placed on what offers hold of one agent. */

#ifndef MASTER_PLACING_H
#define MASTER_PLACING_H

#include "base/task_state.h"
#include "master/state.h"
#include "proto/scheduler.pb-c.h"

struct placing {
    struct framework *framework;
    struct agent *agent;
    const char *role;
    struct resources left;
    struct offer **offers; /* used by this call, gone at its end */
    size_t offers_count;
    struct task **launched; /* so far */
    size_t launched_count;
    size_t launched_size;
};

/* How long what is not used is not to be offered again. */
msec_t placing_refuse_ms(const struct turn *t,
                         const Mesos__V1__Filters *filters);

/* The offer if it is this framework's. */
struct offer *placing_find_offer(const struct turn *t,
                                 const struct framework *framework,
                                 const char *id);

/* The tasks of an operation, whichever way it launches them. */
size_t placing_tasks_of(const Mesos__V1__Offer__Operation *operation,
                        Mesos__V1__TaskInfo ***tasks);

/* The framework is told that it, or all, is not launched. */
void placing_refuse(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__TaskInfo *task,
                    enum task_state state,
                    Mesos__V1__TaskStatus__Reason reason,
                    const char *message);
void placing_drop_all(struct turn *t,
                      struct framework *framework,
                      const Mesos__V1__Scheduler__Call__Accept *call,
                      const char *why);

/* True when it is to be sent to the agent; else the framework was told why it
 * is not. */
bool placing_launch(struct turn *t,
                    struct placing *a,
                    Mesos__V1__TaskInfo *task);

/* What is left goes back, and is not offered again for a while. */
void placing_return_rest(struct turn *t, struct placing *a, msec_t refuse_ms);

#endif

/* processes.h - what an executor has had started beside itself.
 *
 *     WANTED -> SENT -> ALIVE -> ENDED -> (the agent knows that we know)
 *        ^--------+ the link broke
 *
 * Pure; descriptors are numbers here, which whoever runs the executor has
 * copied for us, passes on, and closes. */

#ifndef LIBFRAMEWORK_PROCESSES_H
#define LIBFRAMEWORK_PROCESSES_H

#include "libframework/executor.h"
#include "libframework/executor_frames.h"

enum {
    PROCESSES_SENT_MAX = 64, /* so many packets of descriptors wait for sure */
    PROCESSES_STRINGS_MAX = 8000,
};

struct processes *processes_new(void);
void processes_free(struct processes *all);

/* For a SUBSCRIBE on a new link: those that live, those that may be started. */
void processes_repeat(struct processes *all,
                      Mesos__V1__Executor__Call__Subscribe *subscribe,
                      struct effects *fx);

/* Events. */
void processes_take_spawned(struct mezzo_executor *e,
                            const Mesos__V1__Executor__Event__Spawned *spawned,
                            struct effects *fx);
void processes_take_exited(struct mezzo_executor *e,
                           const Mesos__V1__Executor__Event__Exited *exited);

/* Say what there is to say. */
void processes_flush(struct processes *all, struct executor_frame *frame);

/* Each copied descriptor that is still to be closed. */
void processes_close_all(const struct processes *all, void (*close_fd)(int fd));

#endif

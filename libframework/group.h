/* group.h - the other executors of a group that one speaks to.
 *
 * What is sent to a peer goes on a channel, as far as the window goes, which
 * the other library opens by taking it.  A channel that is lost is told, and
 * what is sent then goes on a new one.  Pure. */

#ifndef LIBFRAMEWORK_GROUP_H
#define LIBFRAMEWORK_GROUP_H

#include "libframework/executor.h"
#include "libframework/executor_frames.h"

enum {
    GROUP_WINDOW = 128 << 10,   /* cost not yet taken by one */
    GROUP_WINDOW_ALL = 8 << 20, /* by all */
    GROUP_MESSAGE_COST = 512,   /* beside its bytes */
};

struct group *group_new(void);
void group_free(struct group *all);

/* Events. */
void group_take_message(struct mezzo_executor *e,
                        const Mesos__V1__Executor__Event__PeerMessage *message);
void group_take_taken(struct mezzo_executor *e,
                      const Mesos__V1__Executor__Event__PeerTaken *taken);
void group_take_lost(struct mezzo_executor *e,
                     const Mesos__V1__Executor__Event__PeerLost *lost);

/* There is no agent any more. */
void group_agent_lost(struct mezzo_executor *e, const char *reason);

/* Is there something sent that no peer has taken yet? */
bool group_is_busy(const struct group *all);

/* Say what there is to say. */
void group_flush(struct group *all, struct executor_frame *frame);

#endif

/* takeover.h - one of several processes of a framework works, the others stand
 * by; who works is told from outside, and who has worked since is found in the
 * store that they share.
 *
 * A key there has a version for each that began to work.  Whoever begins makes
 * the next, and all that it stores is stored only while that is the last: what
 * another, who does not know yet, would still write is refused.  Pure. */

#ifndef LIBFRAMEWORK_TAKEOVER_H
#define LIBFRAMEWORK_TAKEOVER_H

#include "libframework/scheduler.h"

/* In place of scheduler_begin(), which is called when we work. */
void takeover_stand_by(struct mezzo_scheduler *s);

void takeover_told(struct mezzo_scheduler *s,
                   const struct core_election *election,
                   struct effects *fx);

/* True when the answer was to a request of this file's. */
bool takeover_stored(struct mezzo_scheduler *s,
                     const struct input *input,
                     struct effects *fx);

/* A store request met a conflict: perhaps because we do not work any more. */
void takeover_doubt(struct mezzo_scheduler *s);

#endif

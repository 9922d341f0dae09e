/* kept.h - what a process of a framework leaves to the next: bytes of its own,
 * read from the store before the first subscription and written when it says
 * so.  One write at a time: what changes meanwhile goes with the next.  Pure.
 */

#ifndef LIBFRAMEWORK_KEPT_H
#define LIBFRAMEWORK_KEPT_H

#include "libframework/scheduler.h"

/* Ask for it, if there is anything to ask for; scheduler_loaded() follows. */
void kept_load(struct mezzo_scheduler *s);

/* True when the answer was to a request of this file's. */
bool kept_stored(struct mezzo_scheduler *s,
                 const struct input *input,
                 struct effects *fx);

/* At the end of a step; `is_last`: there will be none to write the rest. */
void kept_flush(struct mezzo_scheduler *s, bool is_last);

#endif

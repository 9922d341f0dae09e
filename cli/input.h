/* input.h - our stdin, on its way to that of a task.
 *
 * A thread of its own reads it, since that waits; there is one in a process. */

#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <mezzo/framework.h>

/* `task_id` runs, and is to be written to; nothing happens the next time. */
void input_begin(struct mezzo_scheduler *scheduler, const char *task_id);

/* For the scheduler's callbacks. */
void input_ticket_cb(struct mezzo_scheduler *scheduler,
                     const struct mezzo_ticket *ticket,
                     void *arg);

/* Nothing more is read, whether or not it was begun. */
void input_end(void);

#endif

/* wraps.h - calls of frameworks' cores, seen on their way to the library.
 *
 * Programs that link this are linked with --wrap of these calls.  What a
 * framework in the world would run as a container or an executor is made into
 * a process that hosts know, and told to the ledger; calls of schedulers that
 * nobody has added go through as they are. */

#ifndef SIM_WRAPS_H
#define SIM_WRAPS_H

#include <mezzo/framework.h>
#include <sys/queue.h>

struct wraps {
    LIST_ENTRY(wraps) entry;
    struct mezzo_scheduler *scheduler;
    void *arg;
    /* Change a copy of a task before it is launched. */
    void (*launching)(void *arg, struct mezzo_task *task);
    /* It was accepted; `gang_id` is NULL if it is of none. */
    void (*launched)(void *arg,
                     const char *gang_id,
                     const struct mezzo_task *task);
    void (*killing)(void *arg, const char *task_id);
};

void wraps_add(struct wraps *w);
void wraps_remove(struct wraps *w);

#endif

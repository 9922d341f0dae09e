/* wraps.c - the linker's --wrap, for whoever has been added. */

#include "tests/sim/wraps.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/memory.h"

static LIST_HEAD(wraps_list, wraps) all = LIST_HEAD_INITIALIZER(all);

int __real_mezzo_scheduler_accept(struct mezzo_scheduler *scheduler,
                                  const char *offer_id,
                                  const struct mezzo_task *tasks,
                                  size_t tasks_count);
int __wrap_mezzo_scheduler_accept(struct mezzo_scheduler *scheduler,
                                  const char *offer_id,
                                  const struct mezzo_task *tasks,
                                  size_t tasks_count);
int __real_mezzo_scheduler_accept_gang(struct mezzo_scheduler *scheduler,
                                       const char *gang_id,
                                       const struct mezzo_placement *placements,
                                       size_t placements_count);
int __wrap_mezzo_scheduler_accept_gang(struct mezzo_scheduler *scheduler,
                                       const char *gang_id,
                                       const struct mezzo_placement *placements,
                                       size_t placements_count);
int __real_mezzo_scheduler_kill(struct mezzo_scheduler *scheduler,
                                const char *task_id,
                                int64_t grace_ms);
int __wrap_mezzo_scheduler_kill(struct mezzo_scheduler *scheduler,
                                const char *task_id,
                                int64_t grace_ms);

static const struct wraps *find(const struct mezzo_scheduler *scheduler)
{
    const struct wraps *w;

    LIST_FOREACH (w, &all, entry)
        if (w->scheduler == scheduler)
            return w;
    return NULL;
}

void wraps_add(struct wraps *w)
{
    LIST_INSERT_HEAD(&all, w, entry);
}

void wraps_remove(struct wraps *w)
{
    LIST_REMOVE(w, entry);
}

int __wrap_mezzo_scheduler_accept(struct mezzo_scheduler *scheduler,
                                  const char *offer_id,
                                  const struct mezzo_task *tasks,
                                  size_t tasks_count)
{
    const struct wraps *w = find(scheduler);
    AUTO(auto_free) struct mezzo_task *changed = NULL;
    int rc;

    if (w == NULL)
        return __real_mezzo_scheduler_accept(scheduler, offer_id, tasks,
                                             tasks_count);
    changed = memory_new(tasks_count + 1, sizeof *changed);
    for (size_t i = 0; i < tasks_count; i++) {
        changed[i] = tasks[i];
        w->launching(w->arg, &changed[i]);
    }
    rc = __real_mezzo_scheduler_accept(scheduler, offer_id, changed,
                                       tasks_count);
    for (size_t i = 0; rc == 0 && i < tasks_count; i++)
        w->launched(w->arg, NULL, &changed[i]);
    return rc;
}

int __wrap_mezzo_scheduler_accept_gang(struct mezzo_scheduler *scheduler,
                                       const char *gang_id,
                                       const struct mezzo_placement *placements,
                                       size_t placements_count)
{
    const struct wraps *w = find(scheduler);
    AUTO(auto_free) struct mezzo_placement *changed = NULL;
    int rc;

    if (w == NULL)
        return __real_mezzo_scheduler_accept_gang(scheduler, gang_id,
                                                  placements, placements_count);
    changed = memory_new(placements_count + 1, sizeof *changed);
    for (size_t i = 0; i < placements_count; i++) {
        changed[i] = placements[i];
        w->launching(w->arg, &changed[i].task);
    }
    rc = __real_mezzo_scheduler_accept_gang(scheduler, gang_id, changed,
                                            placements_count);
    for (size_t i = 0; rc == 0 && i < placements_count; i++)
        w->launched(w->arg, gang_id, &changed[i].task);
    return rc;
}

int __wrap_mezzo_scheduler_kill(struct mezzo_scheduler *scheduler,
                                const char *task_id,
                                int64_t grace_ms)
{
    const struct wraps *w = find(scheduler);

    if (w != NULL)
        w->killing(w->arg, task_id);
    return __real_mezzo_scheduler_kill(scheduler, task_id, grace_ms);
}

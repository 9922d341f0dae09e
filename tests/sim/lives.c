/* lives.c - one more task. */

#include "tests/sim/lives.h"

#include <stdlib.h>

#include "base/memory.h"

struct job *lives_add_job(struct life *f)
{
    struct scheduler *s = f->scheduler;
    struct job *j = memory_new(1, sizeof *j);

    snprintf(j->id, sizeof j->id, "task-%u", s->launched_count++);
    j->life = f->number;
    j->kill_at = MSEC_NEVER;
    TAILQ_INSERT_TAIL(&s->jobs, j, entry);
    s->open_count++;
    s->kept_count++;
    return j;
}

void lives_note_asked(struct scheduler *s,
                      const struct job *j,
                      const struct mezzo_task *task)
{
    const struct ledger_need need = {.cpu_milli = task->resources.cpu_milli,
                                     .memory_mb = task->resources.memory_mb,
                                     .port = task->resources.ports_count > 0
                                                 ? task->resources.ports->begin
                                                 : 0};

    ledger_asked(s->ledger, s->framework_id, j->id, &need);
    if (task->duration_max_ms > 0 || task->is_fenced)
        ledger_limited(s->ledger, s->framework_id, j->id);
}

void lives_forget_ended(struct scheduler *s)
{
    struct job *j, *next;

    for (j = TAILQ_FIRST(&s->jobs); j != NULL && s->kept_count > KEPT_MAX;
         j = next) {
        next = TAILQ_NEXT(j, entry);
        if (!j->has_ended)
            continue;
        TAILQ_REMOVE(&s->jobs, j, entry);
        s->kept_count--;
        free(j);
    }
}

/* runs.c - orders, each with the phase that it leads to. */

#include "agent/runs.h"

#include "base/message.h"

struct order *runs_order(const char *run,
                         enum order_kind kind,
                         struct step *step)
{
    struct order *o = arena_alloc(step->fx->arena, sizeof *o);

    o->kind = kind;
    o->run = arena_strdup(step->fx->arena, run);
    effects_local(step->fx, o);
    return o;
}

bool runs_is_ready(const struct run *run)
{
    return run->phase == RUN_PREPARING && run->is_recorded && run->is_prepared;
}

void runs_signal(const struct run *run, int signal, struct step *step)
{
    runs_order(run->name, ORDER_SIGNAL, step)->signal = signal;
}

void runs_adopt(struct run *run,
                const char *user,
                const char *token,
                struct step *step)
{
    struct order *o = runs_order(run->name, ORDER_ADOPT, step);

    o->adopt.user = user;
    o->token = token;
    o->adopt.pid = run->pid;
    o->adopt.started_ticks = run->started_ticks;
    run->phase = RUN_ADOPTING;
}

void runs_reap(struct run *run, struct step *step)
{
    runs_order(run->name, ORDER_REAP, step);
    run->phase = RUN_REAPING;
}

void runs_live(struct run *run,
               const char *framework_id,
               const char *id,
               bool is_executor,
               const struct report *report,
               struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__Record__Journal *record =
        message_new(arena, &mezzo__record__journal__descriptor);
    Mezzo__Record__Journal__Process *process =
        message_new(arena, &mezzo__record__journal__process__descriptor);
    bool is_known = run->was_launched && run->pid == report->pid &&
                    run->started_ticks == report->started_ticks;

    run->phase = RUN_ALIVE;
    run->was_launched = true;
    run->pid = report->pid;
    run->started_ticks = report->started_ticks;
    if (is_known)
        return;
    process->framework_id = arena_strdup(arena, framework_id);
    process->task_id = arena_strdup(arena, id);
    process->pid = run->pid;
    process->started_ticks = run->started_ticks;
    process->has_executor = process->executor = is_executor;
    record->process = process;
    scribe_append(step->scribe, record, false, NULL, step);
}

/* processes.c - a list for each executor, searched from its end. */

#include "agent/processes.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/events.h"
#include "agent/runs.h"
#include "base/memory.h"
#include "base/message.h"

#define SIGNAL_MAX 64
#define EVENT(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name

static struct executor_process *find(const struct executor *e, uint64_t number)
{
    struct executor_process *p;

    TAILQ_FOREACH_REVERSE (p, &e->processes, executor_process_list, entry)
        if (p->number == number)
            return p;
    return NULL;
}

static struct executor_process *add(struct executor *e, uint64_t number)
{
    struct executor_process *p = memory_new(1, sizeof *p);

    p->number = number;
    TAILQ_INSERT_TAIL(&e->processes, p, entry);
    e->processes_count++;
    return p;
}

static void drop(struct executor *e, struct executor_process *p)
{
    TAILQ_REMOVE(&e->processes, p, entry);
    e->processes_count--;
    free(p);
}

void processes_forget(struct executor *e)
{
    while (!TAILQ_EMPTY(&e->processes))
        drop(e, TAILQ_FIRST(&e->processes));
}

static struct order *order(const struct executor *e,
                           enum order_kind kind,
                           uint64_t number,
                           struct step *step)
{
    struct order *o = runs_order(e->key, kind, step);

    o->process = number;
    return o;
}

static void tell_spawned(const struct executor *e,
                         uint64_t number,
                         pid_t pid,
                         const char *failure,
                         struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Executor__Event__Spawned *spawned;
    Mesos__V1__Executor__Event *event;

    if (e->peer == NULL)
        return;
    spawned =
        message_new(arena, &mesos__v1__executor__event__spawned__descriptor);
    spawned->process = number;
    spawned->has_pid = failure == NULL;
    spawned->pid = pid;
    if (failure != NULL)
        spawned->failure = arena_strdup(arena, failure);
    event = events_new(EVENT(SPAWNED), step);
    event->spawned = spawned;
    events_send(e, event, step);
}

static void tell_exited(const struct executor *e,
                        uint64_t number,
                        const struct executor_process *p,
                        struct step *step)
{
    Mesos__V1__Executor__Event__Exited *exited;
    Mesos__V1__Executor__Event *event;

    if (e->peer == NULL)
        return;
    exited = message_new(step->fx->arena,
                         &mesos__v1__executor__event__exited__descriptor);
    exited->process = number;
    exited->has_status = p != NULL && p->is_status_known;
    exited->status = p != NULL ? p->wait_status : 0;
    event = events_new(EVENT(EXITED), step);
    event->exited = exited;
    events_send(e, event, step);
}

static const char *const *copy_strings(char *const *strings,
                                       size_t count,
                                       struct arena *arena)
{
    const char **copy = arena_alloc(arena, (count + 1) * sizeof *copy);

    for (size_t i = 0; i < count; i++)
        copy[i] = arena_strdup(arena, strings[i]);
    copy[count] = NULL;
    return copy;
}

static void order_spawn(const struct executor *e,
                        const Mesos__V1__Executor__Call__Spawn *call,
                        struct step *step)
{
    struct arena *arena = step->fx->arena;
    struct order *o = order(e, ORDER_SPAWN, call->process, step);
    int *targets = arena_alloc(arena, call->n_targets * sizeof *targets);

    for (size_t i = 0; i < call->n_targets; i++)
        targets[i] = (int)call->targets[i];
    o->spawn.argv = copy_strings(call->arguments, call->n_arguments, arena);
    o->spawn.environment =
        copy_strings(call->environment, call->n_environment, arena);
    if (call->working_directory != NULL)
        o->spawn.working_directory =
            arena_strdup(arena, call->working_directory);
    o->spawn.is_fenced = roster_is_fenced(e);
    o->spawn.targets = targets;
    o->spawn.targets_count = call->n_targets;
}

static bool has_bad_target(const Mesos__V1__Executor__Call__Spawn *call)
{
    bool is_taken[PROCESSES_TARGET_MAX + 1] = {false};

    for (size_t i = 0; i < call->n_targets; i++) {
        if (call->targets[i] > PROCESSES_TARGET_MAX ||
            is_taken[call->targets[i]])
            return true;
        is_taken[call->targets[i]] = true;
    }
    return false;
}

static const char *refuses(const Mesos__V1__Executor__Call__Spawn *call)
{
    if (call->process == 0 || call->process >= PROCESSES_OURS)
        return "a process with a number that it cannot have";
    if (call->n_arguments == 0 ||
        call->n_arguments + call->n_environment > PROCESSES_STRINGS_MAX)
        return "a process with no argument, or too many";
    if (call->n_targets > PROCESSES_FDS_MAX || has_bad_target(call))
        return "a process with descriptors that it cannot have";
    return NULL;
}

/* It was asked for before, on a link that broke. */
static void say_again(const struct executor *e,
                      const struct executor_process *p,
                      struct step *step)
{
    if (p->state == PROCESS_IS_STARTING)
        return;
    tell_spawned(e, p->number, p->pid, NULL, step);
    if (p->state == PROCESS_HAS_EXITED)
        tell_exited(e, p->number, p, step);
}

const char *processes_spawn(struct executor *e,
                            const Mesos__V1__Executor__Call__Spawn *call,
                            struct step *step)
{
    const char *fault = refuses(call);
    const struct executor_process *p = find(e, call->process);

    if (fault != NULL)
        return fault;
    if (e->run.phase == RUN_ADOPTING)
        return "a process before its executor is known to live";
    if (p != NULL) {
        say_again(e, p, step);
    } else if (e->processes_count >= PROCESSES_OF_EXECUTOR_MAX) {
        tell_spawned(e, call->process, 0, "its executor has too many", step);
    } else {
        add(e, call->process);
        order_spawn(e, call, step);
    }
    return NULL;
}

const char *processes_signal(struct executor *e,
                             const Mesos__V1__Executor__Call__Signal *call,
                             struct step *step)
{
    if (call->signal <= 0 || call->signal > SIGNAL_MAX)
        return "a signal that is none";
    if (find(e, call->process) != NULL)
        order(e, ORDER_SIGNAL, call->process, step)->signal = call->signal;
    return NULL;
}

const char *processes_release(struct executor *e,
                              const Mesos__V1__Executor__Call__Release *call,
                              struct step *step)
{
    struct executor_process *p = find(e, call->process);

    if (p == NULL)
        return NULL;
    if (p->state != PROCESS_HAS_EXITED)
        return "it has heard the end of a process that lives";
    order(e, ORDER_RELEASE, p->number, step);
    drop(e, p);
    return NULL;
}

static bool is_in(const uint64_t *numbers, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

void processes_subscribed(struct executor *e,
                          const Mesos__V1__Executor__Call__Subscribe *call,
                          struct step *step)
{
    struct executor_process *p, *next;
    size_t count = call == NULL ? 0 : call->n_processes;

    for (p = TAILQ_FIRST(&e->processes); p != NULL; p = next) {
        next = TAILQ_NEXT(p, entry);
        if (is_in(count == 0 ? NULL : call->processes, count, p->number)) {
            if (p->state == PROCESS_HAS_EXITED)
                tell_exited(e, p->number, p, step);
        } else if (call == NULL ||
                   !is_in(call->spawning, call->n_spawning, p->number)) {
            order(e, ORDER_RELEASE, p->number, step); /* it has heard of it */
            drop(e, p);
        }
    }
    for (size_t i = 0; i < count; i++)
        if (find(e, call->processes[i]) == NULL)
            tell_exited(e, call->processes[i], NULL, step);
}

static void spawned(struct executor *e,
                    const struct report *report,
                    struct step *step)
{
    struct executor_process *p = find(e, report->process);

    if (report->fault != NULL) {
        if (p != NULL)
            drop(e, p);
        tell_spawned(e, report->process, 0, report->fault, step);
        return;
    }
    if (p == NULL) /* an earlier agent had it started */
        p = add(e, report->process);
    p->state = PROCESS_IS_ALIVE;
    p->pid = report->pid;
    tell_spawned(e, p->number, p->pid, NULL, step);
}

static void exited(struct executor *e,
                   const struct report *report,
                   struct step *step)
{
    struct executor_process *p = find(e, report->process);

    if (p == NULL)
        return;
    p->state = PROCESS_HAS_EXITED;
    p->is_status_known = report->is_status_known;
    p->wait_status = report->wait_status;
    e->is_out_of_memory |= report->is_out_of_memory;
    tell_exited(e, p->number, p, step);
}

void processes_report(struct executor *e,
                      const struct report *report,
                      struct step *step)
{
    if (report->kind == REPORT_SPAWNED)
        spawned(e, report, step);
    else
        exited(e, report, step);
}

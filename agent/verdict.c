/* verdict.c - a table of our own causes, and the kernel's answer in words. */

#define _GNU_SOURCE /* sigdescr_np() */

#include "agent/verdict.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/launch.h"
#include "base/message.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

static const struct {
    enum task_state state;
    bool has_reason;
    Mesos__V1__TaskStatus__Reason reason;
    const char *message;
} causes[] = {
    [END_NONE] = {TASK_FAILED, false, 0, "ended"},
    [END_ASKED] = {TASK_KILLED, false, 0, "killed"},
    [END_FRAMEWORK] = {TASK_KILLED, true, REASON(FRAMEWORK_REMOVED),
                       "its framework was removed"},
    [END_AGENT] = {TASK_KILLED, true, REASON(AGENT_REMOVED),
                   "its agent was removed"},
    [END_WALLTIME] = {TASK_FAILED, true, REASON(MAX_COMPLETION_TIME_REACHED),
                      "it ran for as long as it may"},
    [END_FENCED] = {TASK_FAILED, true, REASON(AGENT_DISCONNECTED),
                    "its agent's lease ended without a master"},
    [END_EXECUTOR_LATE] = {TASK_FAILED, true,
                           REASON(EXECUTOR_REGISTRATION_TIMEOUT),
                           "its executor did not subscribe in time"},
    [END_EXECUTOR_MISSING] = {TASK_FAILED, true,
                              REASON(EXECUTOR_REREGISTRATION_TIMEOUT),
                              "its executor did not subscribe again in time"},
    [END_PREEMPTED] = {TASK_KILLED, true, REASON(CONTAINER_PREEMPTED),
                       "others are to have what it held"},
    [END_DRAINED] = {TASK_KILLED, true, REASON(AGENT_DRAINING),
                     "its agent was drained"},
};

void verdict_of_cause(Mesos__V1__TaskStatus *status, enum end_cause cause)
{
    status->state = (Mesos__V1__TaskState)causes[cause].state;
    status->has_reason = causes[cause].has_reason;
    status->reason = causes[cause].reason;
    status->message = (char *)causes[cause].message;
}

bool verdict_reason_of(enum end_cause cause,
                       Mesos__V1__TaskStatus__Reason *reason)
{
    *reason = causes[cause].reason;
    return causes[cause].has_reason;
}

enum end_cause verdict_cause_of(bool has_reason,
                                Mesos__V1__TaskStatus__Reason reason)
{
    for (int c = END_FRAMEWORK; has_reason && c <= END_DRAINED; c++)
        if (causes[c].reason == reason)
            return (enum end_cause)c;
    return END_ASKED;
}

__attribute__((format(printf, 3, 4))) static void say(
    Mesos__V1__TaskStatus *status, struct arena *arena, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    status->message = arena_strdup(arena, text);
}

static void tell_usage(Mesos__V1__TaskStatus *status,
                       const struct report *report,
                       const struct task *task,
                       struct step *step)
{
    Mesos__V1__TaskStatus__Usage *usage = message_new(
        step->fx->arena, &mesos__v1__task_status__usage__descriptor);

    usage->has_cpu_user_seconds = true;
    usage->cpu_user_seconds = (double)report->usage.cpu_user_us / 1e6;
    usage->has_cpu_system_seconds = true;
    usage->cpu_system_seconds = (double)report->usage.cpu_system_us / 1e6;
    usage->has_memory_max_bytes = true;
    usage->memory_max_bytes = report->usage.memory_max_bytes;
    if (task->started_wall > 0 && step->wall >= task->started_wall) {
        usage->has_wall_seconds = true;
        usage->wall_seconds = (double)(step->wall - task->started_wall) / 1e3;
    }
    status->usage = usage;
}

static void out_of_memory(Mesos__V1__TaskStatus *status,
                          const struct task *task,
                          struct arena *arena)
{
    Mesos__V1__TaskInfo *info = roster_task_info(task, arena);
    int64_t bytes = launch_memory_bytes(info, &task->resources);
    struct resources limit = {0};
    Mesos__V1__TaskResourceLimitation *limitation =
        message_new(arena, &mesos__v1__task_resource_limitation__descriptor);

    status->state = MESOS__V1__TASK_STATE__TASK_FAILED;
    status->has_reason = true;
    status->reason = REASON(CONTAINER_LIMITATION_MEMORY);
    say(status, arena, "out of memory: it may use %" PRId64 " MiB",
        bytes / (1024 * 1024));
    resources_set_milli(&limit, "mem", bytes / (1024 * 1024) * 1000);
    limitation->resources =
        resources_to_wire(&limit, NULL, arena, &limitation->n_resources);
    resources_release(&limit);
    status->limitation = limitation;
}

void verdict_of_memory(Mesos__V1__TaskStatus *status)
{
    if (status->has_reason ||
        (status->state != MESOS__V1__TASK_STATE__TASK_FAILED &&
         status->state != MESOS__V1__TASK_STATE__TASK_KILLED))
        return;
    status->has_reason = true;
    status->reason = REASON(CONTAINER_LIMITATION_MEMORY);
}

static void tell_status(Mesos__V1__TaskStatus *status,
                        int wait_status,
                        struct arena *arena)
{
    if (WIFEXITED(wait_status)) {
        status->has_exit_code = true;
        status->exit_code = WEXITSTATUS(wait_status);
        status->state = status->exit_code == 0
                            ? MESOS__V1__TASK_STATE__TASK_FINISHED
                            : MESOS__V1__TASK_STATE__TASK_FAILED;
        if (status->exit_code != 0)
            say(status, arena, "exited with status %d", status->exit_code);
    } else {
        const char *description = sigdescr_np(WTERMSIG(wait_status));

        status->has_signal = true;
        status->signal = WTERMSIG(wait_status);
        status->state = MESOS__V1__TASK_STATE__TASK_FAILED;
        say(status, arena, "killed by signal %d (%s)", status->signal,
            description != NULL ? description : "real-time");
    }
}

void verdict_of_exit(Mesos__V1__TaskStatus *status,
                     const struct report *report,
                     const struct task *task,
                     struct step *step)
{
    struct arena *arena = step->fx->arena;

    if (report->is_status_known) {
        tell_status(status, report->wait_status, arena);
    } else {
        status->state = MESOS__V1__TASK_STATE__TASK_FAILED;
        say(status, arena, "exit status unknown");
    }
    if (report->fault == NULL)
        tell_usage(status, report, task, step);
    if (task->cause != END_NONE)
        verdict_of_cause(status, task->cause);
    else if (report->is_out_of_memory)
        out_of_memory(status, task, arena);
}

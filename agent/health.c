/* health.c - one check of a task at a time. */

#include "agent/health.h"

#include <stdio.h>
#include <string.h>

#include "agent/launch_container.h"
#include "agent/runs.h"
#include "agent/tasks.h"
#include "agent/updates.h"
#include "base/message.h"

enum {
    EAGER_MS = 1000,
    INTERVAL_MS_MIN = 100,
    INTERVAL_MS_MAX = 24 * 3600 * 1000,
    PORT_MAX = 65535,
    ARGUMENTS_MAX = 1000,
    MESSAGE_MAX = 300,
};

#define INVALID MESOS__V1__TASK_STATUS__REASON__REASON_TASK_INVALID
#define UPDATED                                                                \
    MESOS__V1__TASK_STATUS__REASON__REASON_TASK_HEALTH_CHECK_STATUS_UPDATED

static const ProtobufCBinaryData no_uuid;

static bool is_without_network(const Mesos__V1__TaskInfo *task)
{
    const Mesos__V1__ContainerInfo *c = task->container;

    return c != NULL && c->docker != NULL && c->docker->has_network &&
           c->docker->network ==
               MESOS__V1__CONTAINER_INFO__DOCKER_INFO__NETWORK__NONE;
}

static const char *fault_of(const Mesos__V1__TaskInfo *task)
{
    const Mesos__V1__HealthCheck *c = task->health_check;
    int64_t ms;

    if (task->executor != NULL)
        return "an executor looks after its tasks itself";
    if ((c->command != NULL) + (c->http != NULL) + (c->tcp != NULL) != 1)
        return "a check is one of command, http and tcp";
    if (c->command != NULL && !launch_is_container(task->container))
        return "a check's command is run in a container, and there is none";
    if (c->command != NULL &&
        (c->command->n_arguments > ARGUMENTS_MAX ||
         (c->command->value == NULL && c->command->n_arguments == 0)))
        return "a check's command is none";
    if (c->http != NULL && (c->http->port == 0 || c->http->port > PORT_MAX))
        return "a check's port is none";
    if (c->tcp != NULL && (c->tcp->port == 0 || c->tcp->port > PORT_MAX))
        return "a check's port is none";
    if (c->http != NULL && c->http->scheme != NULL &&
        strcmp(c->http->scheme, "http") != 0)
        return "checks are made over http only";
    if (c->command == NULL && is_without_network(task))
        return "a port is to be checked, and there is no network";
    if (!milli_from_double(c->delay_seconds, &ms) ||
        !milli_from_double(c->interval_seconds, &ms) ||
        !milli_from_double(c->timeout_seconds, &ms) ||
        !milli_from_double(c->grace_period_seconds, &ms))
        return "a time of its check is none";
    return NULL;
}

bool health_refuses(const Mesos__V1__TaskInfo *task, struct refusal *r)
{
    const char *fault = NULL;

    if (task->check != NULL)
        fault = "checks other than of health are not made";
    else if (task->health_check != NULL)
        fault = fault_of(task);
    if (fault != NULL)
        refusal_set(r, TASK_ERROR, INVALID, "%s", fault);
    return fault != NULL;
}

static msec_t milliseconds(double seconds, msec_t least)
{
    int64_t ms = 0;

    milli_from_double(seconds, &ms);
    if (ms > INTERVAL_MS_MAX)
        ms = INTERVAL_MS_MAX;
    return ms < least ? least : ms;
}

static const Mesos__V1__HealthCheck *check_of(const struct task *t,
                                              struct step *step)
{
    const Mesos__V1__TaskInfo *info = roster_task_info(t, step->fx->arena);

    return info == NULL ? NULL : info->health_check;
}

static bool is_looked_at(const struct task *t)
{
    return t->executor == NULL && t->run.phase == RUN_ALIVE &&
           t->cause == END_NONE && !task_has_ended(t->state);
}

void health_start(struct task *t, struct step *step)
{
    const Mesos__V1__HealthCheck *c = check_of(t, step);

    if (c == NULL || !is_looked_at(t))
        return;
    t->health.since = step->now;
    deadlines_set(step->deadlines, &t->health.next,
                  step->now + milliseconds(c->delay_seconds, 0));
}

static const char *const *command_of(const Mesos__V1__CommandInfo *c,
                                     struct arena *arena)
{
    const char **argv = arena_alloc(arena, (c->n_arguments + 4) * sizeof *argv);
    size_t n = 0;

    if (c->shell) {
        argv[n++] = "/bin/sh";
        argv[n++] = "-c";
        argv[n++] = arena_strdup(arena, c->value);
        return argv;
    }
    if (c->n_arguments == 0)
        argv[n++] = arena_strdup(arena, c->value);
    for (size_t i = 0; i < c->n_arguments; i++)
        argv[n++] = arena_strdup(arena, c->arguments[i]);
    return argv;
}

void health_due(struct task *t, struct step *step)
{
    const Mesos__V1__HealthCheck *c = check_of(t, step);
    struct arena *arena = step->fx->arena;
    struct order *o;

    if (c == NULL || !is_looked_at(t))
        return;
    o = runs_order(t->key, ORDER_CHECK, step);
    o->ticket = ++t->health.ticket;
    o->check.ms_max = milliseconds(c->timeout_seconds, INTERVAL_MS_MIN);
    o->check.address =
        arena_strdup(arena, t->address != NULL ? t->address : "127.0.0.1");
    if (c->command != NULL)
        o->check.argv = command_of(c->command, arena);
    else if (c->http != NULL)
        o->check.path =
            arena_strdup(arena, c->http->path != NULL ? c->http->path : "/");
    o->check.port = c->http != NULL  ? c->http->port
                    : c->tcp != NULL ? c->tcp->port
                                     : 0;
}

static void tell(struct task *t, const char *fault, struct step *step)
{
    Mesos__V1__TaskStatus *status = tasks_status(t, TASK_RUNNING, step);
    char text[MESSAGE_MAX];

    status->has_reason = true;
    status->reason = UPDATED;
    if (fault != NULL) {
        snprintf(text, sizeof text, "unhealthy: %s", fault);
        status->message = arena_strdup(step->fx->arena, text);
    }
    updates_make(t, status, no_uuid, step);
}

static void failed(struct task *t,
                   const Mesos__V1__HealthCheck *c,
                   const char *fault,
                   struct step *step)
{
    struct task_health *h = &t->health;
    msec_t interval = milliseconds(c->interval_seconds, INTERVAL_MS_MIN);

    if (!(h->is_known && h->is_well) &&
        step->now - h->since < milliseconds(c->grace_period_seconds, 0))
        return;
    /* That we look more often at first gives it no less time. */
    if (!h->is_known && interval > EAGER_MS &&
        step->now - h->since < milliseconds(c->grace_period_seconds, 0) +
                                   (h->failures + 1) * interval)
        return;
    h->failures++;
    if (h->failures < c->consecutive_failures || (h->is_known && !h->is_well))
        return;
    h->is_known = true;
    h->is_well = false;
    tell(t, fault, step);
}

void health_report(const struct report *report, struct step *step)
{
    struct task *t = roster_find_task_of_run(step->roster, report->run);
    const Mesos__V1__HealthCheck *c = t != NULL ? check_of(t, step) : NULL;
    struct task_health *h;
    msec_t wait;

    if (c == NULL || !is_looked_at(t) || report->ticket != t->health.ticket)
        return;
    h = &t->health;
    if (report->fault != NULL) {
        failed(t, c, report->fault, step);
    } else {
        bool is_news = !h->is_known || !h->is_well;

        h->failures = 0;
        h->is_known = h->is_well = true;
        if (is_news)
            tell(t, NULL, step);
    }
    wait = milliseconds(c->interval_seconds, INTERVAL_MS_MIN);
    if (!h->is_known && wait > EAGER_MS)
        wait = EAGER_MS;
    deadlines_set(step->deadlines, &h->next, step->now + wait);
}

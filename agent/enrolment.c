/* enrolment.c - a REGISTER filled until it is full, sent, and begun anew. */

#include "agent/enrolment.h"

#include <stdio.h>

#include "agent/identity.h"
#include "agent/network.h"
#include "agent/roster.h"
#include "base/message.h"
#include "proto/wire.pb-c.h"

enum {
    SIZE_MAX_OF_CALL = FRAME_SIZE_MAX - 8192,
};

struct enrolment {
    const char *peer;
    struct step *step;
    Mezzo__AgentCall__Register *call; /* being filled */
    size_t size;
    size_t count;
};

/* A network namespace of a machine, while it is up. */
static char *place(const struct agent_options *o, struct arena *arena)
{
    char text[256];

    snprintf(text, sizeof text, "%.100s/%.100s",
             o->boot_id != NULL ? o->boot_id : "",
             o->network_namespace != NULL ? o->network_namespace : "");
    return arena_strdup(arena, text);
}

static Mesos__V1__AgentInfo *agent_info(struct step *step)
{
    const struct agent_options *o = step->options;
    struct arena *arena = step->fx->arena;
    Mesos__V1__AgentInfo *info =
        message_new(arena, &mesos__v1__agent_info__descriptor);

    info->hostname = (char *)o->hostname;
    info->resources =
        resources_to_wire(o->resources, NULL, arena, &info->n_resources);
    info->attributes = (Mesos__V1__Attribute **)o->attributes;
    info->n_attributes = o->attributes_count;
    info->stream_endpoint = (char *)o->stream_endpoint;
    info->stream_key = (char *)o->stream_key;
    info->has_pid = true;
    info->pid = o->pid;
    info->version = (char *)o->version;
    info->container_network = (char *)(uintptr_t)network_name(o, arena);
    if (info->container_network != NULL)
        info->network_place = place(o, arena);
    if (step->identity->agent_id != NULL) {
        info->id = message_new(arena, &mesos__v1__agent_id__descriptor);
        info->id->value = arena_strdup(arena, step->identity->agent_id);
    }
    return info;
}

static void begin_call(struct enrolment *e)
{
    struct arena *arena = e->step->fx->arena;
    const struct identity *identity = e->step->identity;
    Mezzo__AgentCall__Register *call =
        message_new(arena, &mezzo__agent_call__register__descriptor);

    call->agent_info = agent_info(e->step);
    if (identity->boot_id != NULL)
        call->boot_id = arena_strdup(arena, identity->boot_id);
    if (identity->cluster_id != NULL)
        call->cluster_id = arena_strdup(arena, identity->cluster_id);
    call->has_leader_epoch = true;
    call->leader_epoch = identity->leader_epoch;
    call->frameworks =
        arena_alloc(arena, FRAME_RECORDS_MAX * sizeof *call->frameworks);
    call->executors =
        arena_alloc(arena, FRAME_RECORDS_MAX * sizeof *call->executors);
    call->tasks = arena_alloc(arena, FRAME_RECORDS_MAX * sizeof *call->tasks);
    e->call = call;
    e->count = 0;
    e->size = protobuf_c_message_get_packed_size(&call->base);
}

static void end_call(struct enrolment *e, bool has_more)
{
    struct arena *arena = e->step->fx->arena;
    Mezzo__AgentCalls *body =
        message_new(arena, &mezzo__agent_calls__descriptor);
    Mezzo__AgentCall *call = message_new(arena, &mezzo__agent_call__descriptor);

    call->type = MEZZO__AGENT_CALL__TYPE__REGISTER;
    if (e->call->agent_info->id != NULL)
        call->agent_id = e->call->agent_info->id;
    e->call->has_more = e->call->more = has_more;
    call->registration = e->call;
    body->n_calls = 1;
    body->calls = arena_alloc(arena, sizeof *body->calls);
    body->calls[0] = call;
    effects_send(e->step->fx, e->peer, &body->base);
}

/* There is room for `message`, if need be in another call. */
static void make_room(struct enrolment *e, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message) + 16;

    if (e->count == FRAME_RECORDS_MAX || e->size + size > SIZE_MAX_OF_CALL) {
        end_call(e, true);
        begin_call(e);
    }
    e->count++;
    e->size += size;
}

static Mesos__V1__FrameworkID *framework_id(const struct framework *f,
                                            struct arena *arena)
{
    Mesos__V1__FrameworkID *id =
        message_new(arena, &mesos__v1__framework_id__descriptor);

    id->value = arena_strdup(arena, f->id);
    return id;
}

/* What of its TaskInfo the master wants to know. */
static void tell_info(Mesos__V1__Task *task, const Mesos__V1__TaskInfo *info)
{
    task->name = info->name;
    task->resources = info->resources;
    task->n_resources = info->n_resources;
    task->labels = info->labels;
    task->discovery = info->discovery;
    task->kill_policy = info->kill_policy;
    task->max_completion_time = info->max_completion_time;
    task->has_priority = info->has_priority;
    task->priority = info->priority;
    if (info->command != NULL)
        task->user = info->command->user;
    if (info->executor != NULL)
        task->executor_id = info->executor->executor_id;
}

static Mesos__V1__Task *task_of(const struct task *t, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Task *task = message_new(arena, &mesos__v1__task__descriptor);
    const Mesos__V1__TaskInfo *info = roster_task_info(t, arena);

    task->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    task->task_id->value = arena_strdup(arena, t->id);
    task->name = task->task_id->value;
    if (info != NULL)
        tell_info(task, info);
    if (task->user == NULL && t->framework->info != NULL)
        task->user = arena_strdup(arena, t->framework->info->user);
    task->framework_id = framework_id(t->framework, arena);
    task->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    task->agent_id->value = arena_strdup(arena, step->identity->agent_id != NULL
                                                    ? step->identity->agent_id
                                                    : "");
    if (t->executor != NULL) {
        task->executor_id =
            message_new(arena, &mesos__v1__executor_id__descriptor);
        task->executor_id->value = arena_strdup(arena, t->executor->id);
    }
    task->state = (Mesos__V1__TaskState)t->state_journaled;
    task->has_started_ms = t->started_wall > 0;
    task->started_ms = t->started_wall;
    task->has_status_update_state = true;
    task->status_update_state = task->state;
    return task;
}

static void enrol_frameworks(struct enrolment *e)
{
    const struct framework *f;

    TAILQ_FOREACH (f, &e->step->roster->frameworks, entry) {
        Mesos__V1__FrameworkInfo *info =
            roster_framework_info(f, e->step->fx->arena);

        if (info == NULL)
            continue;
        make_room(e, &info->base);
        e->call->frameworks[e->call->n_frameworks++] = info;
    }
}

static void enrol_executors(struct enrolment *e)
{
    struct arena *arena = e->step->fx->arena;
    const struct executor *x;

    TAILQ_FOREACH (x, &e->step->roster->executors, entry) {
        Mesos__V1__ExecutorInfo *info;

        if (x->run.phase >= RUN_ENDED)
            continue;
        info = roster_executor_info(x, arena);
        info->framework_id = framework_id(x->framework, arena);
        make_room(e, &info->base);
        e->call->executors[e->call->n_executors++] = info;
    }
}

static void enrol_tasks(struct enrolment *e)
{
    const struct task *t;

    TAILQ_FOREACH (t, &e->step->roster->tasks, entry) {
        Mesos__V1__Task *task;

        if (t->is_acknowledged)
            continue;
        task = task_of(t, e->step);
        make_room(e, &task->base);
        e->call->tasks[e->call->n_tasks++] = task;
    }
}

void enrolment_send(const char *peer, struct step *step)
{
    struct enrolment e = {.peer = peer, .step = step};

    begin_call(&e);
    enrol_frameworks(&e);
    enrol_executors(&e);
    enrol_tasks(&e);
    end_call(&e, false);
}

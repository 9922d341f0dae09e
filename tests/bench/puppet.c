/* puppet.c - a list of what runs, and one frame for each thing that happens. */

#include "tests/bench/puppet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/uuid.h"
#include "proto/wire.pb-c.h"

struct packed {
    uint8_t *bytes;
    size_t size;
};

struct stream { /* of a framework's updates */
    char *framework_id;
    struct packed framework; /* FrameworkInfo */
    uint64_t number;
    uint64_t sequence;
};

struct run {
    char *task_id;
    struct packed task; /* Task, as a master is told of it; or nothing */
    struct stream *stream;
};

struct puppet {
    struct puppet_options options;
    char *agent_id; /* NULL: not registered yet */
    char *cluster_id;
    char peer[24];
    unsigned links_count;
    unsigned registered_count;
    msec_t end;
    struct run *runs;
    size_t runs_count;
    struct stream *streams[8];
    size_t streams_count;
};

struct puppet *puppet_new(const struct puppet_options *options)
{
    struct puppet *p = memory_new(1, sizeof *p);

    p->options = *options;
    p->end = MSEC_NEVER;
    return p;
}

static void forget_runs(struct puppet *p)
{
    for (size_t i = 0; i < p->runs_count; i++) {
        free(p->runs[i].task_id);
        free(p->runs[i].task.bytes);
    }
    p->runs_count = 0;
}

void puppet_free(struct puppet *p)
{
    if (p == NULL)
        return;
    forget_runs(p);
    for (size_t i = 0; i < p->streams_count; i++) {
        free(p->streams[i]->framework_id);
        free(p->streams[i]->framework.bytes);
        free(p->streams[i]);
    }
    free(p->runs);
    free(p->agent_id);
    free(p->cluster_id);
    free(p);
}

unsigned puppet_registered_count(const struct puppet *p)
{
    return p->registered_count;
}

void puppet_set_end(struct puppet *p, msec_t at)
{
    p->end = at;
}

static void send(const struct puppet *p,
                 Mezzo__AgentCall **calls,
                 size_t count,
                 struct effects *fx)
{
    Mezzo__AgentCalls *body =
        message_new(fx->arena, &mezzo__agent_calls__descriptor);

    for (size_t i = 0; i < count && p->agent_id != NULL; i++) {
        calls[i]->agent_id =
            message_new(fx->arena, &mesos__v1__agent_id__descriptor);
        calls[i]->agent_id->value = p->agent_id;
    }
    body->calls = calls;
    body->n_calls = count;
    effects_send(fx, p->peer, &body->base);
}

/* What runs, and whose it is: a new leader knows nothing else of it. */
static void tell_all(const struct puppet *p,
                     Mezzo__AgentCall__Register *registration,
                     struct arena *arena)
{
    registration->tasks =
        arena_alloc(arena, (p->runs_count + 1) * sizeof(*registration->tasks));
    registration->frameworks = arena_alloc(
        arena, (p->streams_count + 1) * sizeof(*registration->frameworks));
    for (size_t i = 0; i < p->runs_count; i++)
        registration->tasks[registration->n_tasks++] =
            message_unpack_in(arena, &mesos__v1__task__descriptor,
                              p->runs[i].task.bytes, p->runs[i].task.size);
    for (size_t i = 0; i < p->streams_count; i++)
        registration->frameworks[registration->n_frameworks++] =
            message_unpack_in(arena, &mesos__v1__framework_info__descriptor,
                              p->streams[i]->framework.bytes,
                              p->streams[i]->framework.size);
}

static void enrol(struct puppet *p, struct effects *fx)
{
    Mezzo__AgentCall **calls = arena_alloc(fx->arena, sizeof(*calls));
    Mezzo__AgentCall__Register *registration =
        message_new(fx->arena, &mezzo__agent_call__register__descriptor);
    Mesos__V1__AgentInfo *info =
        message_new(fx->arena, &mesos__v1__agent_info__descriptor);

    info->hostname = (char *)(uintptr_t)p->options.hostname;
    info->resources = resources_to_wire(p->options.resources, NULL, fx->arena,
                                        &info->n_resources);
    info->stream_endpoint = (char *)(uintptr_t) "tcp://10.0.1.1:5051";
    registration->agent_info = info;
    registration->boot_id = (char *)(uintptr_t) "puppet";
    calls[0] = message_new(fx->arena, &mezzo__agent_call__descriptor);
    calls[0]->type = MEZZO__AGENT_CALL__TYPE__REGISTER;
    calls[0]->registration = registration;
    if (p->agent_id != NULL) {
        info->id = message_new(fx->arena, &mesos__v1__agent_id__descriptor);
        info->id->value = p->agent_id;
        registration->cluster_id = p->cluster_id;
        tell_all(p, registration, fx->arena);
    }
    snprintf(p->peer, sizeof p->peer, "master/%u", p->links_count);
    effects_connect(fx, p->peer, p->options.endpoints[p->links_count++ % 2],
                    NULL, 0);
    send(p, calls, 1, fx);
}

static Mezzo__AgentCall *update(const struct puppet *p,
                                const struct run *run,
                                Mesos__V1__TaskState state,
                                struct arena *arena)
{
    Mezzo__AgentCall *call = message_new(arena, &mezzo__agent_call__descriptor);
    Mezzo__AgentCall__Update *u =
        message_new(arena, &mezzo__agent_call__update__descriptor);
    Mesos__V1__TaskStatus *status =
        message_new(arena, &mesos__v1__task_status__descriptor);

    call->type = MEZZO__AGENT_CALL__TYPE__UPDATE;
    call->update = u;
    u->framework_id = message_new(arena, &mesos__v1__framework_id__descriptor);
    u->framework_id->value = run->stream->framework_id;
    u->status = status;
    u->has_latest_state = true;
    u->latest_state = state;
    status->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    status->task_id->value = arena_strdup(arena, run->task_id);
    status->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    status->agent_id->value = p->agent_id;
    status->state = state;
    status->has_source = true;
    status->source = MESOS__V1__TASK_STATUS__SOURCE__SOURCE_AGENT;
    status->has_uuid = true;
    status->uuid.len = UUID_SIZE;
    status->uuid.data = arena_alloc(arena, UUID_SIZE);
    uuid_make(run->stream->number, ++run->stream->sequence, status->uuid.data);
    return call;
}

/* Of those from `first` on. */
static void tell(const struct puppet *p,
                 size_t first,
                 Mesos__V1__TaskState state,
                 struct effects *fx)
{
    size_t count = p->runs_count - first;
    Mezzo__AgentCall **calls =
        arena_alloc(fx->arena, (count + 1) * sizeof(*calls));

    for (size_t i = 0; i < count; i++)
        calls[i] = update(p, &p->runs[first + i], state, fx->arena);
    send(p, calls, count, fx);
}

static struct stream *stream_of(struct puppet *p, const char *framework_id)
{
    struct stream *s;

    for (size_t i = 0; i < p->streams_count; i++) {
        if (strcmp(p->streams[i]->framework_id, framework_id) == 0)
            return p->streams[i];
    }
    if (p->streams_count == sizeof p->streams / sizeof p->streams[0])
        abort();
    s = memory_new(1, sizeof *s);
    s->framework_id = memory_strdup(framework_id);
    s->number = p->options.seed * 8 + p->streams_count + 1;
    p->streams[p->streams_count++] = s;
    return s;
}

static struct packed pack_task(const struct puppet *p,
                               const struct stream *s,
                               const Mesos__V1__TaskInfo *info)
{
    Mesos__V1__FrameworkID framework_id = MESOS__V1__FRAMEWORK_ID__INIT;
    Mesos__V1__AgentID agent_id = MESOS__V1__AGENT_ID__INIT;
    Mesos__V1__Task task = MESOS__V1__TASK__INIT;
    struct packed packed;

    framework_id.value = s->framework_id;
    agent_id.value = p->agent_id;
    task.name = info->name;
    task.task_id = info->task_id;
    task.framework_id = &framework_id;
    task.agent_id = &agent_id;
    task.state = MESOS__V1__TASK_STATE__TASK_RUNNING;
    task.n_resources = info->n_resources;
    task.resources = info->resources;
    task.has_status_update_state = 1;
    task.status_update_state = task.state;
    task.labels = info->labels;
    packed.bytes = message_pack(&task.base, &packed.size);
    return packed;
}

static void launch(struct puppet *p, const Mezzo__AgentEvent__Launch *launch)
{
    struct stream *s = stream_of(p, launch->framework->id->value);
    bool keeps = p->options.endpoints[1] != NULL;

    if (keeps && s->framework.bytes == NULL)
        s->framework.bytes =
            message_pack(&launch->framework->base, &s->framework.size);

    p->runs = memory_resize(p->runs, p->runs_count + launch->n_tasks,
                            sizeof *p->runs);
    for (size_t i = 0; i < launch->n_tasks; i++) {
        struct run *run = &p->runs[p->runs_count++];

        *run = (struct run){.stream = s};
        run->task_id = memory_strdup(launch->tasks[i]->task_id->value);
        if (keeps)
            run->task = pack_task(p, s, launch->tasks[i]);
    }
}

static void received(struct puppet *p,
                     const Mezzo__AgentEvents *body,
                     struct effects *fx)
{
    size_t before = p->runs_count;

    for (size_t i = 0; i < body->n_events; i++) {
        const Mezzo__AgentEvent *event = body->events[i];

        if (event->type == MEZZO__AGENT_EVENT__TYPE__REGISTERED) {
            free(p->agent_id);
            p->agent_id = memory_strdup(event->registered->agent_id->value);
            free(p->cluster_id);
            p->cluster_id = memory_strdup(event->registered->cluster_id);
            p->registered_count++;
        } else if (event->type == MEZZO__AGENT_EVENT__TYPE__LAUNCH) {
            launch(p, event->launch);
        }
    }
    if (p->runs_count > before)
        tell(p, before, MESOS__V1__TASK_STATE__TASK_RUNNING, fx);
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct puppet *p = core;

    switch (input->kind) {
    case INPUT_STARTED:
        enrol(p, fx);
        break;
    case INPUT_RECEIVED:
        if (input->type == FRAME_AGENT_EVENTS)
            received(p, (const Mezzo__AgentEvents *)input->message, fx);
        break;
    case INPUT_LINK_ENDED:
        if (p->options.endpoints[1] != NULL)
            enrol(p, fx);
        else
            effects_stop(fx, 1, "%s", input->reason);
        break;
    case INPUT_TIMEOUT:
    case INPUT_STORED:
    case INPUT_LOCAL:
        break;
    }
    if (now < p->end || p->runs_count == 0)
        return;
    tell(p, 0, MESOS__V1__TASK_STATE__TASK_FINISHED, fx);
    forget_runs(p);
}

static msec_t deadline(const void *core)
{
    const struct puppet *p = core;

    return p->runs_count > 0 ? p->end : MSEC_NEVER;
}

struct machine puppet_machine(struct puppet *p)
{
    return (struct machine){p, step, deadline};
}

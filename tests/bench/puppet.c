/* puppet.c - a list of what runs, and one frame for each thing that happens. */

#include "tests/bench/puppet.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/uuid.h"
#include "proto/wire.pb-c.h"

struct stream { /* of a framework's updates */
    char *framework_id;
    uint64_t number;
    uint64_t sequence;
};

struct run {
    char *task_id;
    struct stream *stream;
};

struct puppet {
    struct puppet_options options;
    char *agent_id; /* NULL: not registered yet */
    msec_t end;
    struct run *runs;
    size_t runs_count;
    struct stream *streams[8];
    size_t streams_count;
};

static const char peer[] = "master";

struct puppet *puppet_new(const struct puppet_options *options)
{
    struct puppet *p = memory_new(1, sizeof *p);

    p->options = *options;
    p->end = MSEC_NEVER;
    return p;
}

void puppet_free(struct puppet *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->runs_count; i++)
        free(p->runs[i].task_id);
    for (size_t i = 0; i < p->streams_count; i++) {
        free(p->streams[i]->framework_id);
        free(p->streams[i]);
    }
    free(p->runs);
    free(p->agent_id);
    free(p);
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
    effects_send(fx, peer, &body->base);
}

static void enrol(const struct puppet *p, struct effects *fx)
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
    effects_connect(fx, peer, p->options.endpoint, NULL, 0);
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

static void launch(struct puppet *p, const Mezzo__AgentEvent__Launch *launch)
{
    struct stream *s = stream_of(p, launch->framework->id->value);

    p->runs = memory_resize(p->runs, p->runs_count + launch->n_tasks,
                            sizeof *p->runs);
    for (size_t i = 0; i < launch->n_tasks; i++)
        p->runs[p->runs_count++] =
            (struct run){memory_strdup(launch->tasks[i]->task_id->value), s};
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
    for (size_t i = 0; i < p->runs_count; i++)
        free(p->runs[i].task_id);
    p->runs_count = 0;
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

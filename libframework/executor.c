/* executor.c - the life of an executor: link to the agent, subscribe, obey, and
 * leave when told. */

#include "libframework/executor.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "libframework/checks.h"
#include "libframework/executor_frames.h"
#include "libframework/group.h"
#include "libframework/processes.h"
#include "libframework/status.h"
#include "libframework/task.h"
#include "proto/wire.pb-c.h"

#define RECOVERY_TIMEOUT_MS ((int64_t)15 * 60 * 1000)

typedef Mesos__V1__Executor__Event event;
typedef Mesos__V1__Executor__Call executor_call;

#define TYPE(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name
#define CALL(name) MESOS__V1__EXECUTOR__CALL__TYPE__##name

struct mezzo_executor *mezzo_executor_new(
    const struct mezzo_executor_options *options,
    const struct mezzo_executor_callbacks *callbacks,
    void *arg)
{
    static const struct mezzo_executor_options none;
    struct mezzo_executor *e = memory_new(1, sizeof *e);

    options = options != NULL ? options : &none;
    e->options = (struct mezzo_executor_options){
        .endpoint = memory_strdup(options->endpoint),
        .token = memory_strdup(options->token),
        .executor_id = memory_strdup(options->executor_id),
        .framework_id = memory_strdup(options->framework_id),
        .recovery_timeout_ms = options->recovery_timeout_ms > 0
                                   ? options->recovery_timeout_ms
                                   : RECOVERY_TIMEOUT_MS,
    };
    error_set(&e->fault, 0, "no call has failed");
    e->callbacks = callbacks;
    e->arg = arg;
    e->alarm = e->abandoned_due = e->stop_due = MSEC_NEVER;
    e->agent = masters_new(EXECUTOR_WAIT_MAX_MS);
    e->processes = processes_new();
    e->group = group_new();
    e->passing_fd = -1;
    return e;
}

static void drop_messages(struct mezzo_executor *e)
{
    while (e->messages_count > 0)
        mesos__v1__executor__call__free_unpacked(
            e->messages[--e->messages_count], NULL);
}

void executor_free(struct mezzo_executor *e)
{
    drop_messages(e);
    free((char *)e->options.endpoint);
    free((char *)e->options.token);
    free((char *)e->options.executor_id);
    free((char *)e->options.framework_id);
    masters_free(e->agent);
    errands_free(e->errands);
    processes_free(e->processes);
    group_free(e->group);
    free(e);
}

int executor_prepare(struct mezzo_executor *e,
                     const struct core_surroundings *surroundings,
                     struct error *err)
{
    const struct mezzo_executor_options *o = &e->options;

    if (o->endpoint == NULL || o->token == NULL)
        return error_set(err, -EINVAL,
                         "no MEZZO_EXECUTOR_ENDPOINT or _TOKEN: an executor is "
                         "started by an agent");
    if (checks_id("the executor's id", o->executor_id, err) < 0 ||
        checks_id("the framework's id", o->framework_id, err) < 0 ||
        checks_text("the token", o->token, MEZZO_NAME_MAX, err) < 0 ||
        masters_set(e->agent, o->endpoint, NULL, err) < 0)
        return -EINVAL;
    e->surroundings = *surroundings;
    e->random.state = surroundings->seed;
    errands_free(e->errands);
    e->errands = errands_new(random_next(&e->random));
    return 0;
}

void executor_called(struct mezzo_executor *e)
{
    e->is_called = true;
    if (!e->is_stepping && e->surroundings.called != NULL)
        e->surroundings.called(e->surroundings.arg);
}

const char *mezzo_executor_explain(const struct mezzo_executor *e)
{
    return e->fault.text;
}

int64_t mezzo_executor_now_ms(const struct mezzo_executor *e)
{
    return e->now;
}

void mezzo_executor_set_alarm(struct mezzo_executor *e, int64_t at_ms)
{
    e->alarm = at_ms;
    executor_called(e);
}

void mezzo_executor_stop(struct mezzo_executor *e)
{
    e->is_stopping = true;
    executor_called(e);
}

static int check_open(struct mezzo_executor *e)
{
    if (e->state == EXECUTOR_NEW || e->state == EXECUTOR_OVER)
        return error_set(&e->fault, -ESHUTDOWN, "the executor does not run");
    return 0;
}

int mezzo_executor_update(struct mezzo_executor *e,
                          const struct mezzo_status *status)
{
    struct arena *arena;
    Mesos__V1__TaskStatus *wire;
    int result;

    if (check_open(e) < 0)
        return -ESHUTDOWN;
    if (checks_id("task id", status->task_id, &e->fault) < 0)
        return -EINVAL;
    if (!errands_has(e->errands, status->task_id))
        return error_set(&e->fault, -ENOENT, "task %.200s is not ours to tell",
                         status->task_id);
    if (errands_unacknowledged(e->errands) >= MEZZO_UPDATES_MAX)
        return error_set(&e->fault, -ENOBUFS, "%d updates are not acknowledged",
                         MEZZO_UPDATES_MAX);
    arena = arena_new();
    result = status_write(status, e->options.executor_id, e->wall, arena, &wire,
                          &e->fault);
    if (result == 0)
        errands_say(e->errands, wire);
    arena_free(arena);
    if (result == 0)
        executor_called(e);
    return result;
}

int mezzo_executor_say(struct mezzo_executor *e,
                       const char *task_id,
                       enum mezzo_task_state state,
                       const char *message)
{
    const struct mezzo_status status = {
        .task_id = task_id, .state = state, .message = message};

    return mezzo_executor_update(e, &status);
}

int mezzo_executor_message(struct mezzo_executor *e,
                           const void *data,
                           size_t size)
{
    struct arena *arena;
    executor_call *call;

    if (check_open(e) < 0)
        return -ESHUTDOWN;
    if (checks_size("a message", size, MEZZO_DATA_MAX, &e->fault) < 0)
        return -E2BIG;
    if (e->state != EXECUTOR_SUBSCRIBED)
        return error_set(&e->fault, -ENOTCONN, "there is no agent now");
    if (e->messages_count >= EXECUTOR_MESSAGES_MAX)
        return error_set(&e->fault, -ENOBUFS, "%d messages wait",
                         EXECUTOR_MESSAGES_MAX);
    arena = arena_new();
    call = executor_call_new(e, CALL(MESSAGE), arena);
    call->message =
        message_new(arena, &mesos__v1__executor__call__message__descriptor);
    call->message->data.data = (uint8_t *)data;
    call->message->data.len = size;
    e->messages[e->messages_count++] = message_copy(call);
    arena_free(arena);
    executor_called(e);
    return 0;
}

static void over(struct mezzo_executor *e,
                 struct effects *fx,
                 enum core_status status)
{
    e->state = EXECUTOR_OVER;
    effects_stop(fx, status, "%s",
                 status == CORE_DONE ? "the executor ends" : "");
}

static void subscribe(struct mezzo_executor *e, struct effects *fx)
{
    executor_call *call = executor_call_new(e, CALL(SUBSCRIBE), fx->arena);

    call->subscribe = message_new(
        fx->arena, &mesos__v1__executor__call__subscribe__descriptor);
    errands_repeat(e->errands, call->subscribe, fx->arena);
    processes_repeat(e->processes, call->subscribe, fx);
    executor_frame_subscribe(e, call, fx);
    e->state = EXECUTOR_SUBSCRIBING;
}

static void take_subscribed(struct mezzo_executor *e, const event *from)
{
    const Mesos__V1__Executor__Event__Subscribed *s = from->subscribed;
    const struct mezzo_assignment assignment = {
        .executor_id = e->options.executor_id,
        .framework_id = e->options.framework_id,
        .framework_name = s->framework_info->name,
        .agent_id = s->agent_info->id ? s->agent_info->id->value : NULL,
        .hostname = s->agent_info->hostname,
        .data = s->executor_info->data.data,
        .data_size =
            s->executor_info->has_data ? s->executor_info->data.len : 0,
        .group = s->executor_info->group,
        .boot_id = s->boot_id,
        .network_namespace = s->network_namespace,
    };

    e->state = EXECUTOR_SUBSCRIBED;
    e->abandoned_due = e->stop_due = MSEC_NEVER;
    e->was_subscribed = true;
    e->has_group = assignment.group != NULL;
    masters_settled(e->agent);
    if (e->callbacks->subscribed != NULL)
        e->callbacks->subscribed(e, &assignment, e->arg);
}

static void take_launch(struct mezzo_executor *e,
                        const Mesos__V1__TaskInfo *info,
                        struct effects *fx)
{
    struct mezzo_task task;

    if (!errands_add(e->errands, info))
        return; /* it was on its way twice */
    task_show(&task, info, fx->arena);
    if (e->callbacks->launch != NULL)
        e->callbacks->launch(e, &task, e->arg);
}

static void take_kill(struct mezzo_executor *e,
                      const Mesos__V1__Executor__Event__Kill *kill)
{
    int64_t grace_ms = kill->kill_policy != NULL
                           ? task_show_duration(kill->kill_policy->grace_period)
                           : -1;

    if (errands_has(e->errands, kill->task_id->value) &&
        e->callbacks->kill != NULL)
        e->callbacks->kill(e, kill->task_id->value, grace_ms, e->arg);
}

static void shut_down(struct mezzo_executor *e)
{
    if (e->callbacks->shutdown != NULL)
        e->callbacks->shutdown(e, e->arg);
    else
        e->is_stopping = true;
}

static void refused(struct mezzo_executor *e,
                    const char *message,
                    struct effects *fx)
{
    error_set(&e->fault, 0, "%s", message);
    over(e, fx, CORE_REFUSED);
    if (e->callbacks->error != NULL)
        e->callbacks->error(e, message, e->arg);
}

static bool is_whole(const event *from)
{
    if (!from->has_type)
        return false;
    switch (from->type) {
    case TYPE(SUBSCRIBED):
        return from->subscribed != NULL;
    case TYPE(LAUNCH):
        return from->launch != NULL;
    case TYPE(KILL):
        return from->kill != NULL;
    case TYPE(ACKNOWLEDGED):
        return from->acknowledged != NULL;
    case TYPE(MESSAGE):
        return from->message != NULL;
    case TYPE(SPAWNED):
        return from->spawned != NULL;
    case TYPE(EXITED):
        return from->exited != NULL;
    case TYPE(PEER_MESSAGE):
        return from->peer_message != NULL;
    case TYPE(PEER_TAKEN):
        return from->peer_taken != NULL;
    case TYPE(PEER_LOST):
        return from->peer_lost != NULL;
    case TYPE(ERROR):
        return from->error != NULL;
    default: /* of a newer agent, or nothing to us */
        return true;
    }
}

/* NULL, or what makes no sense in it. */
static const char *take(struct mezzo_executor *e,
                        const event *from,
                        struct effects *fx)
{
    if (!is_whole(from))
        return "an event without its content";
    if (e->state != EXECUTOR_SUBSCRIBED && from->type != TYPE(SUBSCRIBED) &&
        from->type != TYPE(ERROR) && from->type != TYPE(ACKNOWLEDGED))
        return "an event before we are subscribed";
    switch (from->type) {
    case TYPE(SUBSCRIBED):
        if (e->state == EXECUTOR_SUBSCRIBED)
            return "subscribed twice";
        take_subscribed(e, from);
        break;
    case TYPE(LAUNCH):
        take_launch(e, from->launch->task, fx);
        break;
    case TYPE(KILL):
        take_kill(e, from->kill);
        break;
    case TYPE(ACKNOWLEDGED):
        errands_acknowledge(e->errands, from->acknowledged->uuid.data,
                            from->acknowledged->uuid.len);
        break;
    case TYPE(MESSAGE):
        if (e->callbacks->message != NULL)
            e->callbacks->message(e, from->message->data.data,
                                  from->message->data.len, e->arg);
        break;
    case TYPE(SPAWNED):
        processes_take_spawned(e, from->spawned, fx);
        break;
    case TYPE(EXITED):
        processes_take_exited(e, from->exited);
        break;
    case TYPE(PEER_MESSAGE):
        group_take_message(e, from->peer_message);
        break;
    case TYPE(PEER_TAKEN):
        group_take_taken(e, from->peer_taken);
        break;
    case TYPE(PEER_LOST):
        group_take_lost(e, from->peer_lost);
        break;
    case TYPE(SHUTDOWN):
        shut_down(e);
        break;
    case TYPE(ERROR):
        refused(e, from->error->message, fx);
        break;
    default:
        break;
    }
    return NULL;
}

static void received(struct mezzo_executor *e,
                     const struct input *input,
                     struct effects *fx)
{
    const char *peer = masters_peer(e->agent);
    const Mezzo__ExecutorEvents *events;
    const char *fault = NULL;

    if (peer == NULL || strcmp(peer, input->peer) != 0)
        return;
    if (input->type != FRAME_EXECUTOR_EVENTS) {
        effects_end_link(fx, peer, "not an event for an executor");
        return;
    }
    events = (const Mezzo__ExecutorEvents *)input->message;
    for (size_t i = 0;
         i < events->n_events && fault == NULL && e->state != EXECUTOR_OVER;
         i++)
        fault = take(e, events->events[i], fx);
    if (fault != NULL)
        effects_end_link(fx, peer, "%s", fault);
}

static void link_ended(struct mezzo_executor *e, const struct input *input)
{
    const char *peer = masters_peer(e->agent);
    bool was_subscribed = e->state == EXECUTOR_SUBSCRIBED;

    if (peer == NULL || strcmp(peer, input->peer) != 0)
        return;
    masters_lost(e->agent, e->now, &e->random);
    e->state = EXECUTOR_UNLINKED;
    drop_messages(e);
    group_agent_lost(e, "the link to the agent broke");
    if (e->abandoned_due == MSEC_NEVER)
        e->abandoned_due = e->now + e->options.recovery_timeout_ms;
    if (was_subscribed && e->callbacks->disconnected != NULL)
        e->callbacks->disconnected(e, input->reason, e->arg);
}

static void expire(struct mezzo_executor *e, struct effects *fx)
{
    if (e->alarm <= e->now) {
        e->alarm = MSEC_NEVER;
        if (e->callbacks->alarm != NULL)
            e->callbacks->alarm(e, e->arg);
    }
    if (e->abandoned_due <= e->now) {
        e->abandoned_due = MSEC_NEVER;
        shut_down(e);
    }
    if (e->state == EXECUTOR_UNLINKED && masters_connect(e->agent, e->now, fx))
        subscribe(e, fx);
    if (e->state == EXECUTOR_SUBSCRIBING && masters_give_up(e->agent, e->now))
        effects_end_link(fx, masters_peer(e->agent),
                         "no answer to a subscription");
}

static void send_updates(struct executor_frame *frame)
{
    struct mezzo_executor *e = frame->executor;
    struct arena *arena = frame->fx->arena;

    while (errands_has_next(e->errands)) {
        executor_call *call = executor_call_new(e, CALL(UPDATE), arena);

        call->update =
            message_new(arena, &mesos__v1__executor__call__update__descriptor);
        call->update->status = errands_next(e->errands, arena);
        executor_frame_add(frame, call);
    }
}

static void send_messages(struct executor_frame *frame)
{
    struct mezzo_executor *e = frame->executor;
    struct arena *arena = frame->fx->arena;

    for (size_t i = 0; i < e->messages_count; i++) {
        ProtobufCBinaryData bytes =
            message_pack_in(arena, &e->messages[i]->base);

        executor_frame_add(
            frame,
            message_unpack_in(arena, &mesos__v1__executor__call__descriptor,
                              bytes.data, bytes.len));
    }
    drop_messages(e);
}

static void leave(struct mezzo_executor *e, struct effects *fx)
{
    bool is_busy = group_is_busy(e->group);

    if ((e->state != EXECUTOR_SUBSCRIBED || is_busy) &&
        e->stop_due == MSEC_NEVER)
        e->stop_due = e->now + EXECUTOR_STOP_MS;
    if ((errands_unacknowledged(e->errands) == 0 && !is_busy) ||
        e->stop_due <= e->now)
        over(e, fx, CORE_DONE);
}

static void flush(struct mezzo_executor *e, struct effects *fx)
{
    struct executor_frame frame;

    e->is_called = false;
    if (e->state == EXECUTOR_SUBSCRIBED) {
        executor_frame_begin(&frame, e, fx);
        processes_flush(e->processes, &frame);
        group_flush(e->group, &frame);
        send_updates(&frame);
        send_messages(&frame);
        executor_frame_end(&frame);
    }
    if (e->is_stopping)
        leave(e, fx);
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct mezzo_executor *e = core;

    assert(now >= e->now);
    e->now = now;
    e->wall = input->wall;
    if (e->state == EXECUTOR_OVER)
        return;
    e->is_stepping = true;
    switch (input->kind) {
    case INPUT_STARTED:
        e->state = EXECUTOR_UNLINKED;
        break;
    case INPUT_RECEIVED:
        received(e, input, fx);
        break;
    case INPUT_LINK_ENDED:
        link_ended(e, input);
        break;
    case INPUT_LOCAL:
        if (e->callbacks->woken != NULL)
            e->callbacks->woken(e, e->arg);
        break;
    case INPUT_TIMEOUT:
    case INPUT_STORED:
        break;
    }
    if (e->state != EXECUTOR_OVER)
        expire(e, fx);
    if (e->state != EXECUTOR_OVER)
        flush(e, fx);
    e->is_stepping = false;
}

static msec_t deadline(const void *core)
{
    const struct mezzo_executor *e = core;
    msec_t due = e->alarm;

    if (e->state == EXECUTOR_NEW || e->state == EXECUTOR_OVER)
        return MSEC_NEVER;
    if (e->is_called)
        return 0;
    if (e->abandoned_due < due)
        due = e->abandoned_due;
    if (e->stop_due < due)
        due = e->stop_due;
    if (e->state != EXECUTOR_SUBSCRIBED && masters_deadline(e->agent) < due)
        due = masters_deadline(e->agent);
    return due;
}

struct machine executor_machine(struct mezzo_executor *e)
{
    return (struct machine){.core = e, .step = step, .deadline = deadline};
}

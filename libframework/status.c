/* status.c - field by field. */

#include "libframework/status.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "base/task_state.h"
#include "libframework/checks.h"

enum {
    MESSAGE_SIZE_MAX = 4096
};

#define SECONDS_MAX 1e12

bool mezzo_task_has_ended(enum mezzo_task_state state)
{
    return (unsigned)state < TASK_STATES_COUNT &&
           task_has_ended((enum task_state)state);
}

const char *mezzo_task_state_name(enum mezzo_task_state state)
{
    return (unsigned)state < TASK_STATES_COUNT
               ? task_state_name((enum task_state)state)
               : "?";
}

const char *status_reason(int reason)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
        &mesos__v1__task_status__reason__descriptor, reason);

    return value != NULL ? value->name : "REASON_UNKNOWN";
}

/* Times of the wire are doubles of seconds: what is none becomes 0. */
static int64_t ms_of(bool has, double seconds)
{
    return has && seconds > 0 && seconds < SECONDS_MAX
               ? (int64_t)(seconds * 1000 + 0.5)
               : 0;
}

static void show_usage(struct mezzo_status *status,
                       const Mesos__V1__TaskStatus__Usage *usage)
{
    status->has_usage = usage != NULL;
    if (usage == NULL)
        return;
    status->usage = (struct mezzo_usage){
        .cpu_user_ms =
            ms_of(usage->has_cpu_user_seconds, usage->cpu_user_seconds),
        .cpu_system_ms =
            ms_of(usage->has_cpu_system_seconds, usage->cpu_system_seconds),
        .wall_ms = ms_of(usage->has_wall_seconds, usage->wall_seconds),
        .memory_max_bytes =
            usage->has_memory_max_bytes ? usage->memory_max_bytes : 0,
    };
}

static void show_container(struct mezzo_status *status,
                           const Mesos__V1__ContainerStatus *from)
{
    if (from == NULL)
        return;
    status->image_digest = from->image_digest;
    if (from->n_network_infos > 0 && from->network_infos[0]->n_ip_addresses > 0)
        status->address = from->network_infos[0]->ip_addresses[0]->ip_address;
}

const char *status_show(struct mezzo_status *status,
                        const Mesos__V1__TaskStatus *from)
{
    if ((unsigned)from->state >= TASK_STATES_COUNT)
        return "a status has a state that is none";
    if (checks_id("task id", from->task_id->value, NULL) < 0)
        return "a status has a task id that is none";
    if (from->has_uuid && from->uuid.len != MEZZO_UPDATE_ID_SIZE)
        return "a status has a uuid that is none";
    if (from->has_uuid && from->agent_id == NULL)
        return "a status has a uuid but no agent";
    *status = (struct mezzo_status){
        .task_id = from->task_id->value,
        .agent_id = from->agent_id ? from->agent_id->value : NULL,
        .executor_id = from->executor_id ? from->executor_id->value : NULL,
        .state = (enum mezzo_task_state)from->state,
        .reason = from->has_reason ? status_reason(from->reason) : NULL,
        .message = from->message,
        .data = from->has_data ? from->data.data : NULL,
        .data_size = from->has_data ? from->data.len : 0,
        .wall_ms = ms_of(from->has_timestamp, from->timestamp),
        .has_exit_code = from->has_exit_code,
        .exit_code = from->has_exit_code ? from->exit_code : 0,
        .signal = from->has_signal ? from->signal : 0,
        .has_health = from->has_healthy,
        .is_healthy = from->has_healthy && from->healthy,
        .is_reliable = from->has_uuid,
    };
    show_usage(status, from->usage);
    show_container(status, from->container_status);
    if (from->has_uuid)
        memcpy(status->update_id, from->uuid.data, MEZZO_UPDATE_ID_SIZE);
    return NULL;
}

/* What an executor may say of its tasks. */
static bool may_say(enum mezzo_task_state state)
{
    switch (state) {
    case MEZZO_TASK_STARTING:
    case MEZZO_TASK_RUNNING:
    case MEZZO_TASK_KILLING:
    case MEZZO_TASK_FINISHED:
    case MEZZO_TASK_FAILED:
    case MEZZO_TASK_KILLED:
    case MEZZO_TASK_ERROR:
        return true;
    case MEZZO_TASK_LOST:
    case MEZZO_TASK_STAGING:
    case MEZZO_TASK_DROPPED:
    case MEZZO_TASK_UNREACHABLE:
    case MEZZO_TASK_GONE:
    case MEZZO_TASK_GONE_BY_OPERATOR:
    case MEZZO_TASK_UNKNOWN:
        break;
    }
    return false;
}

int status_write(const struct mezzo_status *status,
                 const char *executor_id,
                 int64_t wall_ms,
                 struct arena *arena,
                 Mesos__V1__TaskStatus **to,
                 struct error *err)
{
    Mesos__V1__TaskStatus *s =
        message_new(arena, &mesos__v1__task_status__descriptor);

    if (!may_say(status->state))
        return error_set(err, -EINVAL, "an executor cannot say %s",
                         mezzo_task_state_name(status->state));
    if (checks_optional_text("message", status->message, MESSAGE_SIZE_MAX,
                             err) < 0)
        return -EINVAL;
    if (checks_size("data of a status", status->data_size, MEZZO_DATA_MAX,
                    err) < 0)
        return -E2BIG;
    s->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    s->task_id->value = arena_strdup(arena, status->task_id);
    s->executor_id = message_new(arena, &mesos__v1__executor_id__descriptor);
    s->executor_id->value = arena_strdup(arena, executor_id);
    s->state = (Mesos__V1__TaskState)status->state;
    s->has_source = true;
    s->source = MESOS__V1__TASK_STATUS__SOURCE__SOURCE_EXECUTOR;
    s->has_timestamp = true;
    s->timestamp = (double)wall_ms / 1000;
    if (status->message != NULL)
        s->message = arena_strdup(arena, status->message);
    if (status->data_size > 0) {
        s->has_data = true;
        s->data.len = status->data_size;
        s->data.data = arena_alloc(arena, status->data_size);
        memcpy(s->data.data, status->data, status->data_size);
    }
    s->has_exit_code = status->has_exit_code;
    s->exit_code = status->exit_code;
    s->has_signal = status->signal != 0;
    s->signal = status->signal;
    s->has_healthy = status->has_health;
    s->healthy = status->is_healthy;
    *to = s;
    return 0;
}

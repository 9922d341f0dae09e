/* task.c - everything is copied, since what a caller gives is only borrowed
 * and a call may have to wait for the end of the step. */

#include "libframework/task.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "base/resources.h"
#include "libframework/amounts.h"
#include "libframework/checks.h"
#include "libframework/container.h"

enum {
    LIST_MAX = 10000,      /* variables, URIs, labels, arguments of a task */
    PATH_BYTES_MAX = 4095, /* of a path, a URI */
    TASK_SIGNAL_MAX = 64,
};

#define DURATION_MAX_MS ((int64_t)INT32_MAX * 1000)

static char *copy(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

static ProtobufCBinaryData copy_data(struct arena *arena,
                                     const void *data,
                                     size_t size)
{
    ProtobufCBinaryData bytes = {.len = size};

    if (size > 0) {
        bytes.data = arena_alloc(arena, size);
        memcpy(bytes.data, data, size);
    }
    return bytes;
}

Mesos__V1__DurationInfo *task_write_duration(int64_t ms, struct arena *arena)
{
    Mesos__V1__DurationInfo *duration =
        message_new(arena, &mesos__v1__duration_info__descriptor);

    duration->nanoseconds = ms * 1000000;
    return duration;
}

int64_t task_show_duration(const Mesos__V1__DurationInfo *duration)
{
    if (duration == NULL || duration->nanoseconds < 0)
        return -1;
    return duration->nanoseconds / 1000000;
}

static int write_environment(Mesos__V1__CommandInfo *info,
                             const struct mezzo_command *command,
                             struct arena *arena,
                             struct error *err)
{
    size_t count = command->environment_count;
    Mesos__V1__Environment *environment;

    if (count > LIST_MAX)
        return error_set(err, -EINVAL, "more than %d variables", LIST_MAX);
    if (count == 0)
        return 0;
    environment = message_new(arena, &mesos__v1__environment__descriptor);
    environment->variables =
        arena_alloc(arena, count * sizeof *environment->variables);
    for (size_t i = 0; i < count; i++) {
        const struct mezzo_variable *from = &command->environment[i];
        Mesos__V1__Environment__Variable *v =
            message_new(arena, &mesos__v1__environment__variable__descriptor);

        if (checks_text("name of a variable", from->name, MEZZO_NAME_MAX, err) <
            0)
            return -EINVAL;
        if (strchr(from->name, '=') != NULL)
            return error_set(err, -EINVAL, "variable '%s' has a '='",
                             from->name);
        v->name = arena_strdup(arena, from->name);
        v->value = arena_strdup(arena, from->value ? from->value : "");
        environment->variables[i] = v;
    }
    environment->n_variables = count;
    info->environment = environment;
    return 0;
}

static int write_uris(Mesos__V1__CommandInfo *info,
                      const struct mezzo_command *command,
                      struct arena *arena,
                      struct error *err)
{
    if (command->uris_count > LIST_MAX)
        return error_set(err, -EINVAL, "more than %d URIs", LIST_MAX);
    info->uris = arena_alloc(arena, command->uris_count * sizeof *info->uris);
    for (size_t i = 0; i < command->uris_count; i++) {
        const struct mezzo_uri *from = &command->uris[i];
        Mesos__V1__CommandInfo__URI *uri =
            message_new(arena, &mesos__v1__command_info__uri__descriptor);

        if (checks_text("URI", from->value, PATH_BYTES_MAX, err) < 0 ||
            checks_optional_text("output file of a URI", from->output_file,
                                 MEZZO_NAME_MAX, err) < 0)
            return -EINVAL;
        uri->value = arena_strdup(arena, from->value);
        uri->output_file = copy(arena, from->output_file);
        uri->has_executable = uri->has_extract = uri->has_cache = true;
        uri->executable = from->is_executable;
        uri->extract = !from->is_kept_packed;
        uri->cache = from->is_cached;
        info->uris[i] = uri;
    }
    info->n_uris = command->uris_count;
    return 0;
}

/* With a container neither is the image's own command, and `argv` has no
 * program of its own. */
static int write_line(Mesos__V1__CommandInfo *info,
                      const struct mezzo_command *command,
                      bool has_container,
                      struct arena *arena,
                      struct error *err)
{
    bool has_none = command->shell == NULL && command->argv == NULL;
    size_t count = 0;

    if ((command->shell == NULL) == (command->argv == NULL) &&
        !(has_container && has_none))
        return error_set(err, -EINVAL, "a command is either `shell` or `argv`");
    info->has_shell = true;
    info->shell = command->shell != NULL;
    if (info->shell) {
        info->value = arena_strdup(arena, command->shell);
        return 0;
    }
    if (has_none)
        return 0;
    while (command->argv[count] != NULL)
        if (++count > LIST_MAX)
            return error_set(err, -EINVAL, "more than %d arguments", LIST_MAX);
    if (!has_container && (count == 0 || command->argv[0][0] == '\0'))
        return error_set(err, -EINVAL, "the command has no name");
    info->arguments = arena_alloc(arena, count * sizeof *info->arguments);
    for (size_t i = 0; i < count; i++)
        info->arguments[i] = arena_strdup(arena, command->argv[i]);
    info->n_arguments = count;
    if (!has_container)
        info->value = info->arguments[0];
    return 0;
}

static int write_command(Mesos__V1__CommandInfo **to,
                         const struct mezzo_command *command,
                         bool has_container,
                         struct arena *arena,
                         struct error *err)
{
    Mesos__V1__CommandInfo *info =
        message_new(arena, &mesos__v1__command_info__descriptor);

    if (write_line(info, command, has_container, arena, err) < 0 ||
        write_environment(info, command, arena, err) < 0 ||
        write_uris(info, command, arena, err) < 0 ||
        checks_optional_text("user", command->user, MEZZO_NAME_MAX, err) < 0 ||
        checks_optional_text("working directory", command->working_directory,
                             PATH_BYTES_MAX, err) < 0)
        return -EINVAL;
    info->user = copy(arena, command->user);
    info->working_directory = copy(arena, command->working_directory);
    *to = info;
    return 0;
}

static int checks_memory(int64_t memory_mb, struct error *err)
{
    if (memory_mb < 0 || memory_mb > INT64_MAX >> 20)
        return error_set(err, -EINVAL, "an executor with %lld MiB",
                         (long long)memory_mb);
    return 0;
}

static int write_executor(Mesos__V1__TaskInfo *info,
                          const struct mezzo_executor_info *from,
                          const char *framework_id,
                          struct arena *arena,
                          struct error *err)
{
    Mesos__V1__ExecutorInfo *executor =
        message_new(arena, &mesos__v1__executor_info__descriptor);

    if (checks_id("executor id", from->id, err) < 0 ||
        checks_optional_text("name of an executor", from->name, MEZZO_NAME_MAX,
                             err) < 0 ||
        (from->group != NULL &&
         checks_id("group of an executor", from->group, err) < 0) ||
        checks_size("data of an executor", from->data_size, MEZZO_DATA_MAX,
                    err) < 0 ||
        checks_memory(from->memory_max_mb, err) < 0 ||
        write_command(&executor->command, &from->command, false, arena, err) <
            0)
        return -EINVAL;
    executor->has_type = true;
    executor->type = MESOS__V1__EXECUTOR_INFO__TYPE__CUSTOM;
    executor->executor_id =
        message_new(arena, &mesos__v1__executor_id__descriptor);
    executor->executor_id->value = arena_strdup(arena, from->id);
    executor->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    executor->framework_id->value = arena_strdup(arena, framework_id);
    executor->name = copy(arena, from->name ? from->name : from->id);
    executor->has_data = from->data_size > 0;
    executor->data = copy_data(arena, from->data, from->data_size);
    executor->group = copy(arena, from->group);
    executor->has_memory_max_bytes = from->memory_max_mb > 0;
    executor->memory_max_bytes = (uint64_t)from->memory_max_mb << 20;
    info->executor = executor;
    return 0;
}

static int write_labels(Mesos__V1__TaskInfo *info,
                        const struct mezzo_task *task,
                        struct arena *arena,
                        struct error *err)
{
    Mesos__V1__Labels *labels;

    if (task->labels_count > LIST_MAX)
        return error_set(err, -EINVAL, "more than %d labels", LIST_MAX);
    if (task->labels_count == 0)
        return 0;
    labels = message_new(arena, &mesos__v1__labels__descriptor);
    labels->labels =
        arena_alloc(arena, task->labels_count * sizeof *labels->labels);
    for (size_t i = 0; i < task->labels_count; i++) {
        Mesos__V1__Label *label =
            message_new(arena, &mesos__v1__label__descriptor);

        if (checks_text("key of a label", task->labels[i].key, MEZZO_NAME_MAX,
                        err) < 0)
            return -EINVAL;
        label->key = arena_strdup(arena, task->labels[i].key);
        label->value = copy(arena, task->labels[i].value);
        labels->labels[i] = label;
    }
    labels->n_labels = task->labels_count;
    info->labels = labels;
    return 0;
}

static void write_removed_volumes(Mesos__V1__TaskInfo *info,
                                  const struct mezzo_task *task,
                                  struct arena *arena)
{
    size_t count = 0;

    if (task->removed_volumes == NULL)
        return;
    while (task->removed_volumes[count] != NULL)
        count++;
    info->removed_volumes = arena_alloc(arena, count * sizeof(char *));
    for (size_t i = 0; i < count; i++)
        info->removed_volumes[i] =
            arena_strdup(arena, task->removed_volumes[i]);
    info->n_removed_volumes = count;
}

static void write_cpu_limit(Mesos__V1__TaskInfo *info,
                            int64_t cpu_limit_milli,
                            struct arena *arena)
{
    Mesos__V1__TaskInfo__LimitsEntry *limit =
        message_new(arena, &mesos__v1__task_info__limits_entry__descriptor);

    limit->key = arena_strdup(arena, "cpus");
    limit->value = message_new(arena, &mesos__v1__value__scalar__descriptor);
    limit->value->value = milli_to_double(cpu_limit_milli);
    info->limits = arena_alloc(arena, sizeof *info->limits);
    info->limits[0] = limit;
    info->n_limits = 1;
}

static int write_bounds(Mesos__V1__TaskInfo *info,
                        const struct mezzo_task *task,
                        struct arena *arena,
                        struct error *err)
{
    if (task->kill_grace_ms < 0 || task->kill_grace_ms > DURATION_MAX_MS ||
        task->duration_max_ms < 0 || task->duration_max_ms > DURATION_MAX_MS)
        return error_set(err, -EINVAL, "a time of the task cannot be");
    if (task->warn_signal < 0 || task->warn_signal > TASK_SIGNAL_MAX ||
        task->warn_before_ms < 0 || task->warn_before_ms > DURATION_MAX_MS ||
        (task->warn_signal == 0) != (task->warn_before_ms == 0))
        return error_set(err, -EINVAL,
                         "warn_signal and warn_before_ms cannot be");
    if (task->cpu_limit_milli < 0 || task->cpu_limit_milli > RESOURCE_MILLI_MAX)
        return error_set(err, -EINVAL, "cpu_limit_milli cannot be");
    if (task->kill_grace_ms > 0) {
        info->kill_policy =
            message_new(arena, &mesos__v1__kill_policy__descriptor);
        info->kill_policy->grace_period =
            task_write_duration(task->kill_grace_ms, arena);
    }
    if (task->duration_max_ms > 0)
        info->max_completion_time =
            task_write_duration(task->duration_max_ms, arena);
    if (task->warn_signal > 0) {
        info->warning =
            message_new(arena, &mesos__v1__task_info__warning__descriptor);
        info->warning->signal = task->warn_signal;
        info->warning->seconds_before = (double)task->warn_before_ms / 1000;
    }
    if (task->cpu_limit_milli > 0)
        write_cpu_limit(info, task->cpu_limit_milli, arena);
    info->has_fenced = info->fenced = task->is_fenced;
    info->has_input = info->input = task->has_input;
    write_removed_volumes(info, task, arena);
    return 0;
}

int task_write(const struct mezzo_task *task,
               const char *agent_id,
               const char *framework_id,
               struct arena *arena,
               Mesos__V1__TaskInfo **to,
               struct error *err)
{
    Mesos__V1__TaskInfo *info =
        message_new(arena, &mesos__v1__task_info__descriptor);

    if (checks_id("task id", task->id, err) < 0 ||
        checks_optional_text("task name", task->name, MEZZO_NAME_MAX, err) <
            0 ||
        checks_size("data of a task", task->data_size, MEZZO_DATA_MAX, err) <
            0 ||
        write_labels(info, task, arena, err) < 0 ||
        write_bounds(info, task, arena, err) < 0)
        return -EINVAL;
    if (task->executor != NULL) {
        if (task->command.shell != NULL || task->command.argv != NULL)
            return error_set(err, -EINVAL,
                             "a task has a command or an executor, not both");
        if (write_executor(info, task->executor, framework_id, arena, err) < 0)
            return -EINVAL;
        if (task->container != NULL)
            return error_set(err, -EINVAL,
                             "a task of an executor has no container");
    } else if (write_command(&info->command, &task->command,
                             task->container != NULL, arena, err) < 0) {
        return -EINVAL;
    }
    if (task->container != NULL &&
        container_write(task->container, arena, &info->container, err) < 0)
        return -EINVAL;
    if (task->health_check != NULL &&
        task->health_check->kind != MEZZO_CHECK_NONE &&
        container_write_check(task->health_check, arena, &info->health_check,
                              err) < 0)
        return -EINVAL;
    info->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    info->task_id->value = arena_strdup(arena, task->id);
    info->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    info->agent_id->value = arena_strdup(arena, agent_id);
    info->name = copy(arena, task->name ? task->name : task->id);
    info->has_data = task->data_size > 0;
    info->data = copy_data(arena, task->data, task->data_size);
    *to = info;
    return 0;
}

int task_check_size(const Mesos__V1__TaskInfo *info, struct error *err)
{
    return checks_size("the task",
                       protobuf_c_message_get_packed_size(&info->base),
                       MEZZO_TASK_SIZE_MAX, err);
}

static void show_command(struct mezzo_command *command,
                         const Mesos__V1__CommandInfo *info,
                         struct arena *arena)
{
    size_t count = info->environment ? info->environment->n_variables : 0;
    struct mezzo_variable *environment =
        arena_alloc(arena, count * sizeof *environment);

    for (size_t i = 0; i < count; i++) {
        environment[i].name = info->environment->variables[i]->name;
        environment[i].value = info->environment->variables[i]->value;
    }
    command->environment = environment;
    command->environment_count = count;
    command->user = info->user;
    command->working_directory = info->working_directory;
    if (info->value == NULL && info->n_arguments == 0)
        return; /* the image's own */
    if (!info->has_shell || info->shell) {
        command->shell = info->value;
        return;
    }
    command->argv =
        arena_alloc(arena, (info->n_arguments + 1) * sizeof *command->argv);
    if (info->n_arguments > 0)
        memcpy((void *)command->argv, info->arguments,
               info->n_arguments * sizeof *command->argv);
}

static void show_labels(struct mezzo_task *task,
                        const Mesos__V1__Labels *info,
                        struct arena *arena)
{
    size_t count = info ? info->n_labels : 0;
    struct mezzo_label *labels = arena_alloc(arena, count * sizeof *labels);

    for (size_t i = 0; i < count; i++)
        labels[i] =
            (struct mezzo_label){info->labels[i]->key, info->labels[i]->value};
    task->labels = labels;
    task->labels_count = count;
}

void task_show(struct mezzo_task *task,
               const Mesos__V1__TaskInfo *info,
               struct arena *arena)
{
    *task = (struct mezzo_task){
        .id = info->task_id->value,
        .name = info->name,
        .data = info->data.data,
        .data_size = info->has_data ? info->data.len : 0,
        .is_fenced = info->has_fenced && info->fenced,
        .has_input = info->has_input && info->input,
    };
    amounts_show_wire(&task->resources, info->resources, info->n_resources,
                      arena);
    if (info->command != NULL)
        show_command(&task->command, info->command, arena);
    show_labels(task, info->labels, arena);
    if (info->kill_policy != NULL && info->kill_policy->grace_period != NULL)
        task->kill_grace_ms =
            task_show_duration(info->kill_policy->grace_period);
    if (info->max_completion_time != NULL)
        task->duration_max_ms = task_show_duration(info->max_completion_time);
    task->container = container_show(info->container, arena);
    task->health_check = container_show_check(info->health_check, arena);
    if (info->warning != NULL &&
        milli_from_double(info->warning->seconds_before, &task->warn_before_ms))
        task->warn_signal = info->warning->signal;
}

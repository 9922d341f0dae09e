/* launch.c - the translation.  Everything is checked once, when a task is
 * accepted; afterwards what is there is taken at its word. */

#include "agent/launch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/environment.h"
#include "agent/identity.h"
#include "agent/launch_container.h"
#include "agent/sandboxes.h"

enum {
    ARGUMENTS_MAX = 4096,
    VARIABLES_MAX = 1024,
    URIS_MAX = 256,
    PORTS_MAX = 1000, /* that are told one by one */
};

#define MEBIBYTE (1024 * 1024)
#define INVALID MESOS__V1__TASK_STATUS__REASON__REASON_TASK_INVALID
#define UNAUTHORIZED MESOS__V1__TASK_STATUS__REASON__REASON_TASK_UNAUTHORIZED

static const char *user_of(const Mesos__V1__CommandInfo *command,
                           const Mesos__V1__FrameworkInfo *framework)
{
    return command->user != NULL ? command->user : framework->user;
}

/* Never silently as root. */
static bool refuses_user(const char *user,
                         const struct agent_options *options,
                         struct refusal *r)
{
    if (user[0] == '\0') {
        if (strcmp(options->user, "root") != 0)
            return false; /* as us, who are nobody special */
        refusal_set(r, TASK_ERROR, INVALID,
                    "it says no user, and nothing runs as root unasked");
        return true;
    }
    if (options->may_switch_user || strcmp(user, options->user) == 0)
        return false;
    refusal_set(r, TASK_ERROR, UNAUTHORIZED,
                "this agent runs tasks as %s, not as %s", options->user, user);
    return true;
}

static const char *environment_fault(const Mesos__V1__Environment *e)
{
    if (e == NULL)
        return NULL;
    if (e->n_variables > VARIABLES_MAX)
        return "it has more than 1024 variables";
    for (size_t i = 0; i < e->n_variables; i++) {
        const Mesos__V1__Environment__Variable *v = e->variables[i];

        if (v->name[0] == '\0' || strchr(v->name, '=') != NULL)
            return "a variable has no name, or one with '=' in it";
        if (v->secret != NULL || v->value == NULL)
            return "a variable has no value; secrets are not supported";
    }
    return NULL;
}

static const char *uris_fault(const Mesos__V1__CommandInfo *c)
{
    if (c->n_uris > URIS_MAX)
        return "it has more than 256 URIs";
    for (size_t i = 0; i < c->n_uris; i++) {
        if (c->uris[i]->value[0] == '\0')
            return "a URI is empty";
        if (c->uris[i]->output_file != NULL &&
            sandbox_path_refuses(c->uris[i]->output_file) != NULL)
            return "the output_file of a URI leaves the sandbox";
    }
    return NULL;
}

static const char *command_fault(const Mesos__V1__CommandInfo *c,
                                 bool is_container)
{
    const char *directory = c->working_directory;
    const char *fault = environment_fault(c->environment);

    if (fault == NULL)
        fault = uris_fault(c);
    if (fault != NULL)
        return fault;
    if (c->n_arguments > ARGUMENTS_MAX)
        return "it has more than 4096 arguments";
    if (is_container) /* the image has what is missing */
        return directory != NULL && directory[0] != '/'
                   ? "its working directory, in a container, is not absolute"
                   : NULL;
    if (c->shell && (c->value == NULL || c->value[0] == '\0'))
        return "its command has no value for the shell";
    if (!c->shell && c->value == NULL && c->n_arguments == 0)
        return "its command has neither a value nor arguments";
    if (directory != NULL && directory[0] != '/' &&
        sandbox_path_refuses(directory) != NULL)
        return "its working directory leaves the sandbox";
    return NULL;
}

static bool refuses_command(const Mesos__V1__CommandInfo *command,
                            bool is_container,
                            const Mesos__V1__FrameworkInfo *framework,
                            const struct agent_options *options,
                            struct refusal *r)
{
    const char *fault = command_fault(command, is_container);

    if (fault == NULL)
        return refuses_user(user_of(command, framework), options, r);
    refusal_set(r, TASK_ERROR, INVALID, "%s", fault);
    return true;
}

static const Mesos__V1__TaskInfo__LimitsEntry *find_limit(
    const Mesos__V1__TaskInfo *task, const char *name)
{
    for (size_t i = 0; i < task->n_limits; i++)
        if (task->limits[i]->key != NULL && task->limits[i]->value != NULL &&
            strcmp(task->limits[i]->key, name) == 0)
            return task->limits[i];
    return NULL;
}

static bool refuses_limits(const Mesos__V1__TaskInfo *task, struct refusal *r)
{
    for (size_t i = 0; i < task->n_limits; i++) {
        const Mesos__V1__TaskInfo__LimitsEntry *l = task->limits[i];
        double value;
        int64_t milli;

        if (l->key == NULL || l->value == NULL)
            continue;
        value = l->value->value;
        if ((isinf(value) && value > 0) || milli_from_double(value, &milli))
            continue;
        refusal_set(r, TASK_ERROR, INVALID, "its limit of %s, %g, is none",
                    l->key, value);
        return true;
    }
    return false;
}

static bool wants_cpuset(const Mesos__V1__TaskInfo *task)
{
    const Mesos__V1__Labels *l = task->labels;

    for (size_t i = 0; l != NULL && i < l->n_labels; i++)
        if (strcmp(l->labels[i]->key, "mezzo.cpuset") == 0)
            return l->labels[i]->value != NULL &&
                   strcmp(l->labels[i]->value, "true") == 0;
    return false;
}

static bool has_whole_cpus(const Mesos__V1__TaskInfo *task)
{
    int64_t sum = 0;

    for (size_t i = 0; i < task->n_resources; i++) {
        const Mesos__V1__Resource *r = task->resources[i];
        int64_t milli;

        if (strcmp(r->name, "cpus") == 0 && r->scalar != NULL &&
            milli_from_double(r->scalar->value, &milli))
            sum += milli % 1000 == 0 ? milli : 1;
    }
    return sum >= 1000 && sum % 1000 == 0;
}

bool launch_refuses(const Mesos__V1__TaskInfo *task,
                    const Mesos__V1__ExecutorInfo *executor,
                    const Mesos__V1__FrameworkInfo *framework,
                    const struct agent_options *options,
                    struct refusal *r)
{
    const Mesos__V1__CommandInfo *command =
        executor != NULL ? executor->command : task->command;

    if (executor != NULL && task->command != NULL)
        refusal_set(r, TASK_ERROR, INVALID, "it has a command and an executor");
    else if (command == NULL)
        refusal_set(r, TASK_ERROR, INVALID, "it has no command to be run");
    else if (executor != NULL && (launch_is_container(task->container) ||
                                  launch_is_container(executor->container)))
        refusal_set(r, TASK_ERROR, INVALID,
                    "executors and their tasks are not run in containers");
    else if (wants_cpuset(task) && !has_whole_cpus(task))
        refusal_set(r, TASK_ERROR, INVALID,
                    "mezzo.cpuset needs whole cpus, one or more");
    else
        return refuses_limits(task, r) ||
               launch_refuses_container(task, options, r) ||
               refuses_command(command, launch_is_container(task->container),
                               framework, options, r);
    return true;
}

const char *launch_user(const Mesos__V1__CommandInfo *command,
                        const Mesos__V1__FrameworkInfo *framework,
                        struct step *step)
{
    const char *user = user_of(command, framework);

    if (user[0] == '\0' || strcmp(user, step->options->user) == 0)
        return NULL;
    return arena_strdup(step->fx->arena, user);
}

void launch_prepare(struct order *order,
                    const Mesos__V1__CommandInfo *command,
                    const Mesos__V1__FrameworkInfo *framework,
                    struct step *step)
{
    struct arena *arena = step->fx->arena;
    struct order_uri *uris = arena_alloc(arena, command->n_uris * sizeof *uris);

    for (size_t i = 0; i < command->n_uris; i++) {
        const Mesos__V1__CommandInfo__URI *uri = command->uris[i];

        uris[i].value = arena_strdup(arena, uri->value);
        if (uri->output_file != NULL)
            uris[i].output_file = arena_strdup(arena, uri->output_file);
        uris[i].is_executable = uri->has_executable && uri->executable;
        uris[i].is_extracted = uri->extract;
        uris[i].is_cached = uri->has_cache && uri->cache;
    }
    order->prepare.user = launch_user(command, framework, step);
    order->prepare.uris = uris;
    order->prepare.uris_count = command->n_uris;
}

static const char *const *arguments(const Mesos__V1__CommandInfo *c,
                                    struct arena *arena)
{
    size_t count = 0;
    const char **argv = arena_alloc(arena, (c->n_arguments + 4) * sizeof *argv);

    if (c->shell) {
        argv[count++] = "/bin/sh";
        argv[count++] = "-c";
        argv[count++] = arena_strdup(arena, c->value);
        return argv;
    }
    /* The program is `value`; its arguments begin with its name again. */
    if (c->value != NULL)
        argv[count++] = arena_strdup(arena, c->value);
    for (size_t i = c->value != NULL ? 1 : 0; i < c->n_arguments; i++)
        argv[count++] = arena_strdup(arena, c->arguments[i]);
    return argv;
}

static void tell_identity(struct environment *e,
                          const char *framework_id,
                          struct step *step)
{
    const char *agent_id = step->identity->agent_id;

    environment_set(e, "MEZZO_FRAMEWORK_ID", "%s", framework_id);
    environment_set(e, "MESOS_FRAMEWORK_ID", "%s", framework_id);
    environment_set(e, "MEZZO_HOSTNAME", "%s", step->options->hostname);
    if (agent_id == NULL)
        return;
    environment_set(e, "MEZZO_AGENT_ID", "%s", agent_id);
    environment_set(e, "MESOS_AGENT_ID", "%s", agent_id);
}

/* PORT0 ... and PORTS, "31000,31001". */
static void tell_ports(struct environment *e, const struct resources *r)
{
    const char *list = "";
    unsigned count = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct resource *ports = &r->items[i];

        if (strcmp(ports->name, "ports") != 0 || ports->kind != RESOURCE_RANGES)
            continue;
        for (size_t j = 0; j < ports->ranges_count; j++)
            for (uint64_t port = ports->ranges[j].begin;
                 port <= ports->ranges[j].end && count < PORTS_MAX; port++) {
                char name[16];

                snprintf(name, sizeof name, "PORT%u", count++);
                environment_set(e, name, "%" PRIu64, port);
            }
    }
    if (count == 0)
        return;
    for (unsigned i = 0; i < count; i++) {
        const char *port = strchr(e->items[e->count - count + i], '=') + 1;
        size_t size = strlen(list) + strlen(port) + 2;
        char *longer = arena_alloc(e->arena, size);

        snprintf(longer, size, "%s%s%s", list, i == 0 ? "" : ",", port);
        list = longer;
    }
    environment_set(e, "PORTS", "%s", list);
}

/* What the framework says, but for what we have said. */
static void tell_variables(struct environment *e,
                           const Mesos__V1__Environment *environment)
{
    if (environment == NULL)
        return;
    for (size_t i = environment->n_variables; i-- > 0;) /* the last wins */
        environment_add(e, environment->variables[i]->name,
                        environment->variables[i]->value);
}

static void limit_cpu(struct order_launch *l,
                      const Mesos__V1__TaskInfo *info,
                      const struct resources *resources)
{
    const Mesos__V1__TaskInfo__LimitsEntry *limit = find_limit(info, "cpus");

    l->cpu_milli = resources_milli(resources, "cpus");
    if (wants_cpuset(info))
        l->cpus_whole = (unsigned)(l->cpu_milli / 1000);
    if (limit == NULL || isinf(limit->value->value))
        return;
    l->is_cpu_hard = true;
    milli_from_double(limit->value->value, &l->cpu_milli);
}

int64_t launch_memory_bytes(const Mesos__V1__TaskInfo *info,
                            const struct resources *resources)
{
    const Mesos__V1__TaskInfo__LimitsEntry *limit =
        info == NULL ? NULL : find_limit(info, "mem");
    int64_t milli = resources_milli(resources, "mem");

    if (limit != NULL) {
        if (isinf(limit->value->value))
            return 0;
        milli_from_double(limit->value->value, &milli);
    }
    return milli / 1000 * MEBIBYTE + milli % 1000 * MEBIBYTE / 1000;
}

static void grant_devices(struct order_launch *l,
                          const struct resources *resources,
                          struct arena *arena)
{
    for (size_t i = 0; i < resources->count; i++) {
        const struct resource *r = &resources->items[i];
        const char **devices;

        if (strcmp(r->name, "gpus") != 0 || r->kind != RESOURCE_SET)
            continue;
        devices = arena_alloc(arena, (l->devices_count + r->items_count) *
                                         sizeof *devices);
        if (l->devices_count > 0)
            memcpy(devices, l->devices, l->devices_count * sizeof *devices);
        for (size_t j = 0; j < r->items_count; j++)
            devices[l->devices_count++] = arena_strdup(arena, r->items[j]);
        l->devices = devices;
    }
}

static void launch_command(struct order_launch *l,
                           const Mesos__V1__CommandInfo *command,
                           const Mesos__V1__FrameworkInfo *framework,
                           struct environment *e,
                           struct step *step)
{
    struct arena *arena = step->fx->arena;

    tell_variables(e, command->environment);
    l->argv = arguments(command, arena);
    l->environment = e->items;
    if (command->working_directory != NULL)
        l->working_directory = arena_strdup(arena, command->working_directory);
    l->user = launch_user(command, framework, step);
    l->output_bytes_max = step->options->output_bytes_max;
}

void launch_task(struct order *order,
                 const struct task *task,
                 const Mesos__V1__TaskInfo *info,
                 struct step *step)
{
    struct order_launch *l = &order->launch;
    struct environment e = {.arena = step->fx->arena};

    tell_ports(&e, &task->resources);
    tell_identity(&e, task->framework->id, step);
    environment_set(&e, "MEZZO_TASK_ID", "%s", task->id);
    environment_set(&e, "MESOS_TASK_ID", "%s", task->id);
    environment_set(&e, "MEZZO_TASK_NAME", "%s", info->name);
    launch_command(l, info->command, task->framework->info, &e, step);
    l->has_input = info->has_input && info->input;
    limit_cpu(l, info, &task->resources);
    l->memory_bytes = launch_memory_bytes(info, &task->resources);
    l->pids_max = resources_milli(&task->resources, "pids") / 1000;
    l->is_fenced = task->is_fenced;
    l->container = launch_container(task, info, step);
    if (l->pids_max == 0 && info->container != NULL &&
        info->container->has_pids_max && info->container->pids_max > 0)
        l->pids_max = info->container->pids_max;
    grant_devices(l, &task->resources, step->fx->arena);
}

/* An executor's memory is what it says itself: it holds that of tasks which
 * come and go. */
void launch_executor(struct order *order,
                     const struct executor *executor,
                     const Mesos__V1__ExecutorInfo *info,
                     struct step *step)
{
    struct order_launch *l = &order->launch;
    struct environment e = {.arena = step->fx->arena};
    msec_t grace_ms = step->options->grace_ms;
    const struct task *t;

    tell_identity(&e, executor->framework->id, step);
    environment_set(&e, "MEZZO_EXECUTOR_ID", "%s", executor->id);
    environment_set(&e, "MESOS_EXECUTOR_ID", "%s", executor->id);
    environment_set(&e, "MEZZO_EXECUTOR_ENDPOINT", "%s",
                    step->options->executor_endpoint);
    environment_set(&e, "MEZZO_EXECUTOR_TOKEN", "%s", executor->token);
    if (step->options->descriptors_path != NULL)
        environment_set(&e, "MEZZO_EXECUTOR_DESCRIPTORS", "%s",
                        step->options->descriptors_path);
    if (step->options->bridge_address != NULL)
        environment_set(&e, "MEZZO_BRIDGE_ADDRESS", "%s",
                        step->options->bridge_address);
    environment_set(&e, "MEZZO_EXECUTOR_GRACE_MS", "%" PRId64,
                    (int64_t)grace_ms);
    launch_command(l, info->command, executor->framework->info, &e, step);
    order->token = arena_strdup(step->fx->arena, executor->token);
    /* Its share is that of the tasks it is started for, too. */
    l->cpu_milli = resources_milli(&executor->resources, "cpus");
    TAILQ_FOREACH (t, &executor->tasks, of_executor)
        l->cpu_milli += resources_milli(&t->resources, "cpus");
    l->is_fenced = roster_is_fenced(executor);
    if (info->has_memory_max_bytes && info->memory_max_bytes < INT64_MAX)
        l->memory_bytes = (int64_t)info->memory_max_bytes;
    l->has_processes = true;
    grant_devices(l, &executor->resources, step->fx->arena);
}

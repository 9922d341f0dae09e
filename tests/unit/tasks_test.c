/* tasks_test.c - one task from its acceptance until it is forgotten, and all
 * the ways in which that can go wrong. */

#include <signal.h>
#include <string.h>

#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name
#define EXITED(status) ((status) << 8)

static bool is_state(const Mesos__V1__TaskStatus *status, enum task_state state)
{
    return status != NULL && (enum task_state)status->state == state;
}

static bool is_reason(const Mesos__V1__TaskStatus *status,
                      Mesos__V1__TaskStatus__Reason reason)
{
    return status != NULL && status->has_reason && status->reason == reason;
}

static bool says(const Mesos__V1__TaskStatus *status, const char *text)
{
    return status != NULL && status->message != NULL &&
           strstr(status->message, text) != NULL;
}

static struct desk *registered(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    return d;
}

static struct desk *running(void)
{
    struct desk *d = registered();

    desk_launch(d, desk_task(d, "t"));
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    return d;
}

static const char *variable(const struct order *o, const char *name)
{
    size_t size = strlen(name);

    for (const char *const *e = o->launch.environment; *e != NULL; e++)
        if (strncmp(*e, name, size) == 0 && (*e)[size] == '=')
            return *e + size + 1;
    return "";
}

static void a_task_runs_and_finishes(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *end;

    desk_pass(d, 2000);
    desk_exit(d, "F/t", EXITED(0));
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_FINISHED));
    CHECK(end->has_exit_code && end->exit_code == 0 && !end->has_signal);
    CHECK(end->usage != NULL && end->usage->wall_seconds == 2.0);
    CHECK(end->has_uuid && end->uuid.len == 16);
    CHECK(!desk_is_zombie(d, "F/t"));
    desk_acknowledge(d, end, false);
    desk_pass(d, 3600 * 1000);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

static void a_failure_is_told_with_its_numbers(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *end;

    desk_exit(d, "F/t", EXITED(3));
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_FAILED));
    CHECK(says(end, "exited with status 3") && end->exit_code == 3);
    desk_launch(d, desk_task(d, "u"));
    desk_exit(d, "F/u", SIGSEGV);
    desk_take_update(d, "u");
    end = desk_take_update(d, "u");
    CHECK(is_state(end, TASK_FAILED) && end->signal == SIGSEGV);
    CHECK(says(end, "killed by signal 11 (Segmentation fault)"));
    desk_free(d);
}

static void an_unknown_end_is_a_failure(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *end;

    desk_exit_report(d, &(struct report){.kind = REPORT_EXITED, .run = "F/t"});
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_FAILED) && says(end, "exit status unknown"));
    desk_free(d);
}

static void out_of_memory_is_told_with_the_limit(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *end;

    desk_exit_report(d, &(struct report){.kind = REPORT_EXITED,
                                         .run = "F/t",
                                         .is_status_known = true,
                                         .wait_status = SIGKILL,
                                         .is_out_of_memory = true});
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_FAILED));
    CHECK(is_reason(end, REASON(CONTAINER_LIMITATION_MEMORY)));
    CHECK(says(end, "64 MiB") && end->limitation != NULL);
    desk_free(d);
}

static void nothing_is_launched_before_it_is_journaled(void)
{
    struct desk *d = registered();

    desk_hold(d, ORDER_JOURNAL);
    desk_launch(d, desk_task(d, "t"));
    CHECK(desk_take_order(d, ORDER_PREPARE, "F/t") != NULL);
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/t") == NULL);
    CHECK(!desk_take_order(d, ORDER_JOURNAL, NULL)->is_synced);
    desk_carry_out(d, ORDER_JOURNAL, NULL, NULL);
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/t") != NULL);
    desk_free(d);
}

static void an_end_is_told_and_let_go_only_when_it_is_synced(void)
{
    struct desk *d = running();

    while (desk_take_order(d, ORDER_JOURNAL, NULL) != NULL)
        ;
    desk_hold(d, ORDER_JOURNAL);
    desk_exit(d, "F/t", EXITED(0));
    CHECK(desk_take_order(d, ORDER_JOURNAL, NULL)->is_synced);
    CHECK(desk_take_update(d, "t") == NULL);
    CHECK(desk_is_zombie(d, "F/t"));
    desk_carry_out(d, ORDER_JOURNAL, NULL, NULL);
    CHECK(is_state(desk_take_update(d, "t"), TASK_FINISHED));
    CHECK(!desk_is_zombie(d, "F/t"));
    desk_free(d);
}

static void a_shell_command_and_an_argv_are_launched_as_they_say(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    char *arguments[] = {(char *)"ls", (char *)"-l"};
    const struct order *o;

    desk_launch(d, task);
    o = desk_take_order(d, ORDER_LAUNCH, "F/t");
    CHECK(strcmp(o->launch.argv[0], "/bin/sh") == 0);
    CHECK(strcmp(o->launch.argv[2], "true") == 0 && o->launch.argv[3] == NULL);
    CHECK(strcmp(o->launch.user, "alice") == 0);
    task = desk_task(d, "u");
    task->command->has_shell = true;
    task->command->shell = false;
    task->command->value = arena_strdup(desk_arena(d), "/bin/ls");
    task->command->arguments = arguments;
    task->command->n_arguments = 2;
    task->command->user = arena_strdup(desk_arena(d), "root");
    desk_launch(d, task);
    o = desk_take_order(d, ORDER_LAUNCH, "F/u");
    CHECK(strcmp(o->launch.argv[0], "/bin/ls") == 0);
    CHECK(strcmp(o->launch.argv[1], "-l") == 0 && o->launch.argv[2] == NULL);
    CHECK(o->launch.user == NULL); /* the agent's own */
    desk_free(d);
}

static void a_task_is_told_who_it_is_and_what_it_has(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    Mesos__V1__Environment environment = MESOS__V1__ENVIRONMENT__INIT;
    Mesos__V1__Environment__Variable a = MESOS__V1__ENVIRONMENT__VARIABLE__INIT;
    Mesos__V1__Environment__Variable b = MESOS__V1__ENVIRONMENT__VARIABLE__INIT;
    Mesos__V1__Environment__Variable *variables[] = {&a, &b};
    const struct order *o;

    a.name = (char *)"COLOUR";
    a.value = (char *)"blue";
    b.name = (char *)"MESOS_TASK_ID";
    b.value = (char *)"forged";
    environment.variables = variables;
    environment.n_variables = 2;
    task->command->environment = &environment;
    desk_add_resource(d, task, "ports:[3-4,7-7];gpus:{1};pids:50");
    desk_add_resource(d, task, "cpus:0.5");
    desk_launch(d, task);
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/t") == NULL); /* no such pids */
    task = desk_task(d, "u");
    task->command->environment = &environment;
    desk_add_resource(d, task, "ports:[3-4,7-7];gpus:{1};cpus:0.5");
    desk_launch(d, task);
    o = desk_take_order(d, ORDER_LAUNCH, "F/u");
    CHECK(strcmp(variable(o, "COLOUR"), "blue") == 0);
    CHECK(strcmp(variable(o, "MESOS_TASK_ID"), "u") == 0);
    CHECK(strcmp(variable(o, "MESOS_FRAMEWORK_ID"), "F") == 0);
    CHECK(strcmp(variable(o, "MESOS_AGENT_ID"), "agent-1") == 0);
    CHECK(strcmp(variable(o, "PORT0"), "3") == 0);
    CHECK(strcmp(variable(o, "PORT2"), "7") == 0);
    CHECK(strcmp(variable(o, "PORTS"), "3,4,7") == 0);
    CHECK(o->launch.devices_count == 1);
    CHECK(strcmp(o->launch.devices[0], "1") == 0);
    CHECK(o->launch.cpu_milli == 1500 && !o->launch.is_cpu_hard);
    CHECK(o->launch.memory_bytes == 64 * 1024 * 1024);
    desk_free(d);
}

static void limits_override_what_is_shared(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    Mesos__V1__TaskInfo__LimitsEntry cpus =
        MESOS__V1__TASK_INFO__LIMITS_ENTRY__INIT;
    Mesos__V1__TaskInfo__LimitsEntry mem =
        MESOS__V1__TASK_INFO__LIMITS_ENTRY__INIT;
    Mesos__V1__TaskInfo__LimitsEntry *limits[] = {&cpus, &mem};
    Mesos__V1__Value__Scalar two = MESOS__V1__VALUE__SCALAR__INIT;
    Mesos__V1__Value__Scalar endless = MESOS__V1__VALUE__SCALAR__INIT;
    Mesos__V1__Label label = MESOS__V1__LABEL__INIT;
    Mesos__V1__Label *labels[] = {&label};
    Mesos__V1__Labels all = MESOS__V1__LABELS__INIT;
    const struct order *o;

    cpus.key = (char *)"cpus";
    two.value = 2;
    cpus.value = &two;
    mem.key = (char *)"mem";
    endless.value = 1.0 / 0.0;
    mem.value = &endless;
    task->limits = limits;
    task->n_limits = 2;
    label.key = (char *)"mezzo.cpuset";
    label.value = (char *)"true";
    all.labels = labels;
    all.n_labels = 1;
    task->labels = &all;
    desk_launch(d, task);
    o = desk_take_order(d, ORDER_LAUNCH, "F/t");
    CHECK(o->launch.cpu_milli == 2000 && o->launch.is_cpu_hard);
    CHECK(o->launch.memory_bytes == 0 && o->launch.cpus_whole == 1);
    two.value = -1;
    task->task_id->value = (char *)"u";
    desk_launch(d, task);
    CHECK(is_state(desk_take_update(d, "u"), TASK_ERROR));
    two.value = 1;
    task->task_id->value = (char *)"v";
    desk_add_resource(d, task, "cpus:0.5");
    desk_launch(d, task);
    CHECK(says(desk_take_update(d, "v"), "whole cpus"));
    desk_free(d);
}

static void what_is_fetched_is_said_and_waited_for(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    Mesos__V1__CommandInfo__URI uri = MESOS__V1__COMMAND_INFO__URI__INIT;
    Mesos__V1__CommandInfo__URI *uris[] = {&uri};
    const Mesos__V1__TaskStatus *status;
    const struct order *o;

    uri.value = (char *)"http://example.org/a.tar.gz";
    task->command->uris = uris;
    task->command->n_uris = 1;
    desk_hold(d, ORDER_PREPARE);
    desk_launch(d, task);
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_STARTING) && says(status, "fetching 1 URI"));
    o = desk_take_order(d, ORDER_PREPARE, "F/t");
    CHECK(o->prepare.uris_count == 1 && o->prepare.uris[0].is_extracted);
    desk_carry_out(d, ORDER_PREPARE, "F/t", "http://example.org/: 404");
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_FAILED) && says(status, "404"));
    CHECK(is_reason(status, REASON(CONTAINER_LAUNCH_FAILED)));
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/t") == NULL);
    CHECK(desk_take_order(d, ORDER_REAP, "F/t") != NULL);
    desk_free(d);
}

static void a_launch_that_fails_says_why(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *status;

    desk_hold(d, ORDER_LAUNCH);
    desk_launch(d, desk_task(d, "t"));
    desk_carry_out(d, ORDER_LAUNCH, "F/t", "exec /bin/sh: permission denied");
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_FAILED) && says(status, "permission denied"));
    CHECK(is_reason(status, REASON(CONTAINER_LAUNCH_FAILED)));
    CHECK(desk_take_order(d, ORDER_REAP, "F/t") != NULL);
    desk_free(d);
}

static void what_does_not_fit_is_dropped_with_the_numbers(void)
{
    struct desk *d = running();
    Mesos__V1__TaskInfo *task = desk_task(d, "u");
    const Mesos__V1__TaskStatus *status;

    desk_add_resource(d, task, "cpus:2.5");
    desk_launch(d, task);
    status = desk_take_update(d, "u");
    CHECK(is_state(status, TASK_DROPPED) && says(status, "3.5"));
    CHECK(is_reason(status, REASON(RESOURCES_UNKNOWN)));
    desk_exit(d, "F/t", EXITED(0));
    task->task_id->value = (char *)"v";
    desk_launch(d, task); /* now it does */
    CHECK(is_state(desk_take_update(d, "v"), TASK_RUNNING));
    desk_free(d);
}

static void one_port_is_not_given_to_two(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");

    desk_add_resource(d, task, "ports:[2-3]");
    desk_launch(d, task);
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    task = desk_task(d, "u");
    desk_add_resource(d, task, "ports:[3-4]");
    desk_launch(d, task);
    CHECK(is_state(desk_take_update(d, "u"), TASK_DROPPED));
    desk_free(d);
}

static void a_task_told_twice_is_launched_once(void)
{
    struct desk *d = running();

    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/t") != NULL);
    desk_launch(d, desk_task(d, "t"));
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/t") == NULL);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

static void an_id_may_be_used_again_when_it_is_forgotten(void)
{
    struct desk *d = running();

    desk_exit(d, "F/t", EXITED(0));
    desk_acknowledge(d, desk_take_update(d, "t"), true);
    CHECK(desk_take_order(d, ORDER_REMOVE, "F/t") == NULL);
    desk_launch(d, desk_task(d, "t"));
    CHECK(desk_take_order(d, ORDER_REMOVE, "F/t") != NULL); /* what was there */
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    desk_pass(d, 25 * 3600 * 1000);
    CHECK(desk_take_order(d, ORDER_REMOVE, "F/t") == NULL); /* it lives */
    desk_free(d);
}

static void a_kill_is_asked_first_and_then_done(void)
{
    struct desk *d = running();
    const struct order *o;

    desk_kill(d, "t");
    o = desk_take_order(d, ORDER_SIGNAL, "F/t");
    CHECK(o != NULL && o->signal == SIGTERM);
    desk_pass(d, 4999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t") == NULL);
    desk_pass(d, 1);
    o = desk_take_order(d, ORDER_SIGNAL, "F/t");
    CHECK(o != NULL && o->signal == SIGKILL);
    desk_exit(d, "F/t", SIGKILL);
    CHECK(is_state(desk_take_update(d, "t"), TASK_KILLED));
    desk_pass(d, 60000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t") == NULL);
    desk_free(d);
}

static void what_ends_in_its_grace_was_killed_all_the_same(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *end;

    desk_kill(d, "t");
    desk_exit(d, "F/t", EXITED(0));
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_KILLED) && end->has_exit_code);
    desk_free(d);
}

static void a_policy_says_how_long_the_grace_is(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    Mesos__V1__KillPolicy policy = MESOS__V1__KILL_POLICY__INIT;
    Mesos__V1__DurationInfo grace = MESOS__V1__DURATION_INFO__INIT;

    grace.nanoseconds = 20000000000;
    policy.grace_period = &grace;
    task->kill_policy = &policy;
    desk_launch(d, task);
    desk_kill(d, "t");
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_pass(d, 19999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t") == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGKILL);
    desk_free(d);
}

static void being_killed_is_told_to_those_who_want_to_know(void)
{
    struct desk *d = registered();
    Mesos__V1__FrameworkInfo__Capability killing =
        MESOS__V1__FRAMEWORK_INFO__CAPABILITY__INIT;
    Mesos__V1__FrameworkInfo__Capability *capabilities[] = {&killing};

    killing.has_type = true;
    killing.type =
        MESOS__V1__FRAMEWORK_INFO__CAPABILITY__TYPE__TASK_KILLING_STATE;
    desk_framework(d)->capabilities = capabilities;
    desk_framework(d)->n_capabilities = 1;
    desk_launch(d, desk_task(d, "t"));
    desk_take_update(d, "t");
    desk_kill(d, "t");
    CHECK(is_state(desk_take_update(d, "t"), TASK_KILLING));
    desk_kill(d, "t");
    CHECK(desk_take_update(d, "t") == NULL);
    desk_exit(d, "F/t", SIGTERM);
    CHECK(is_state(desk_take_update(d, "t"), TASK_KILLED));
    desk_free(d);
}

static void a_task_killed_before_its_launch_is_never_launched(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *end;

    desk_hold(d, ORDER_PREPARE);
    desk_launch(d, desk_task(d, "t"));
    desk_kill(d, "t");
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_KILLED));
    CHECK(is_reason(end, REASON(TASK_KILLED_DURING_LAUNCH)));
    CHECK(desk_take_order(d, ORDER_REAP, "F/t") != NULL);
    desk_carry_out(d, ORDER_PREPARE, "F/t", NULL);
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/t") == NULL);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

static void a_task_killed_while_it_is_launched_is_killed_then(void)
{
    struct desk *d = registered();

    desk_hold(d, ORDER_LAUNCH);
    desk_launch(d, desk_task(d, "t"));
    desk_kill(d, "t");
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t") == NULL);
    desk_carry_out(d, ORDER_LAUNCH, "F/t", NULL);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_exit(d, "F/t", SIGTERM);
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    CHECK(is_state(desk_take_update(d, "t"), TASK_KILLED));
    desk_free(d);
}

static void walltime_is_warned_of_and_kept(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    Mesos__V1__DurationInfo limit = MESOS__V1__DURATION_INFO__INIT;
    Mesos__V1__TaskInfo__Warning warning = MESOS__V1__TASK_INFO__WARNING__INIT;
    const Mesos__V1__TaskStatus *end;

    limit.nanoseconds = 60000000000;
    task->max_completion_time = &limit;
    warning.signal = SIGUSR1;
    warning.seconds_before = 10;
    task->warning = &warning;
    desk_launch(d, task);
    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_pass(d, 49999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t") == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGUSR1);
    desk_pass(d, 9999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t") == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_pass(d, 5000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGKILL);
    desk_exit(d, "F/t", SIGKILL);
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_FAILED));
    CHECK(is_reason(end, REASON(MAX_COMPLETION_TIME_REACHED)));
    desk_free(d);
}

static void what_this_agent_cannot_do_is_refused(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    Mesos__V1__ContainerInfo container = MESOS__V1__CONTAINER_INFO__INIT;
    Mesos__V1__ContainerInfo__DockerInfo docker =
        MESOS__V1__CONTAINER_INFO__DOCKER_INFO__INIT;
    Mesos__V1__HealthCheck check = MESOS__V1__HEALTH_CHECK__INIT;
    const Mesos__V1__TaskStatus *status;

    docker.image = (char *)"busybox";
    docker.has_privileged = docker.privileged = true;
    container.docker = &docker;
    task->container = &container;
    desk_launch(d, task);
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_ERROR));
    CHECK(is_reason(status, REASON(TASK_INVALID)));
    task = desk_task(d, "u");
    task->health_check = &check;
    desk_launch(d, task);
    CHECK(is_state(desk_take_update(d, "u"), TASK_ERROR));
    task = desk_task(d, "v");
    task->command = NULL;
    desk_launch(d, task);
    CHECK(is_state(desk_take_update(d, "v"), TASK_ERROR));
    desk_launch(d, desk_task(d, "a/../../b"));
    CHECK(is_state(desk_take_update(d, "a/../../b"), TASK_ERROR));
    CHECK(desk_take_order(d, ORDER_PREPARE, NULL) == NULL);
    desk_free(d);
}

static void nothing_runs_as_whom_it_may_not(void)
{
    struct desk *d = desk_new();
    Mesos__V1__TaskInfo *task;

    desk_options(d)->may_switch_user = false;
    desk_options(d)->user = "bob";
    desk_restart(d);
    desk_register(d);
    desk_launch(d, desk_task(d, "t"));
    CHECK(says(desk_take_update(d, "t"), "as bob, not as alice"));
    task = desk_task(d, "u");
    task->command->user = (char *)"bob";
    desk_launch(d, task);
    CHECK(is_state(desk_take_update(d, "u"), TASK_RUNNING));
    desk_options(d)->user = "root";
    desk_restart(d);
    desk_register(d);
    task = desk_task(d, "v");
    task->command->user = (char *)"";
    desk_launch(d, task);
    CHECK(says(desk_take_update(d, "v"), "nothing runs as root unasked"));
    desk_free(d);
}

static void a_sandbox_is_kept_for_its_time(void)
{
    struct desk *d = running();

    desk_exit(d, "F/t", EXITED(0));
    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_pass(d, 24 * 3600 * 1000 - 1);
    CHECK(desk_take_order(d, ORDER_REMOVE, "F/t") == NULL);
    desk_restart(d);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_REMOVE, "F/t") != NULL);
    desk_restart(d);
    desk_pass(d, 48 * 3600 * 1000);
    CHECK(desk_take_order(d, ORDER_REMOVE, "F/t") == NULL); /* not again */
    desk_free(d);
}

static void the_oldest_sandbox_goes_when_there_are_too_many(void)
{
    struct desk *d = desk_new();
    char id[16], run[32];

    desk_options(d)->sandboxes_max = 3;
    desk_restart(d);
    desk_register(d);
    for (int i = 0; i < 4; i++) {
        snprintf(id, sizeof id, "t%d", i);
        snprintf(run, sizeof run, "F/t%d", i);
        desk_launch(d, desk_task(d, id));
        desk_exit(d, run, EXITED(0));
    }
    desk_pass(d, 0);
    CHECK(desk_take_order(d, ORDER_REMOVE, "F/t0") != NULL);
    CHECK(desk_take_order(d, ORDER_REMOVE, NULL) == NULL);
    desk_free(d);
}

int main(void)
{
    a_task_runs_and_finishes();
    a_failure_is_told_with_its_numbers();
    an_unknown_end_is_a_failure();
    out_of_memory_is_told_with_the_limit();
    nothing_is_launched_before_it_is_journaled();
    an_end_is_told_and_let_go_only_when_it_is_synced();
    a_shell_command_and_an_argv_are_launched_as_they_say();
    a_task_is_told_who_it_is_and_what_it_has();
    limits_override_what_is_shared();
    what_is_fetched_is_said_and_waited_for();
    a_launch_that_fails_says_why();
    what_does_not_fit_is_dropped_with_the_numbers();
    one_port_is_not_given_to_two();
    a_task_told_twice_is_launched_once();
    an_id_may_be_used_again_when_it_is_forgotten();
    a_kill_is_asked_first_and_then_done();
    what_ends_in_its_grace_was_killed_all_the_same();
    a_policy_says_how_long_the_grace_is();
    being_killed_is_told_to_those_who_want_to_know();
    a_task_killed_before_its_launch_is_never_launched();
    a_task_killed_while_it_is_launched_is_killed_then();
    walltime_is_warned_of_and_kept();
    what_this_agent_cannot_do_is_refused();
    nothing_runs_as_whom_it_may_not();
    a_sandbox_is_kept_for_its_time();
    the_oldest_sandbox_goes_when_there_are_too_many();
    return test_done();
}

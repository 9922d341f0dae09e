/* launch_test.c - which tasks are refused, and what is ordered for those that
 * are not. */

#include "agent/launch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/identity.h"
#include "base/message.h"
#include "tests/test.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

static struct arena *arena;
static struct agent_options options;
static Mesos__V1__FrameworkInfo framework_info;
static Mesos__V1__CommandInfo command;
static Mesos__V1__TaskInfo info;
static Mesos__V1__Environment environment;
static Mesos__V1__Environment__Variable variables[2], *variable_list[2];
static Mesos__V1__TaskInfo__LimitsEntry limits[2], *limit_list[2];
static Mesos__V1__Value__Scalar scalars[2];
static struct refusal refusal;
static struct order order;

/* A task of joe's that is not to be refused. */
static void begin(void)
{
    options = (struct agent_options){
        .hostname = "h", .user = "root", .may_switch_user = true};
    mesos__v1__framework_info__init(&framework_info);
    framework_info.user = (char *)"joe";
    mesos__v1__command_info__init(&command);
    command.value = (char *)"exit 3";
    mesos__v1__task_info__init(&info);
    info.name = (char *)"n";
    info.command = &command;
    mesos__v1__environment__init(&environment);
    for (int i = 0; i < 2; i++) {
        mesos__v1__environment__variable__init(&variables[i]);
        variable_list[i] = &variables[i];
        variables[i].name = (char *)"A";
        variables[i].value = (char *)(i == 0 ? "1" : "2");
        mesos__v1__task_info__limits_entry__init(&limits[i]);
        limit_list[i] = &limits[i];
        limits[i].key = (char *)(i == 0 ? "cpus" : "mem");
        mesos__v1__value__scalar__init(&scalars[i]);
        limits[i].value = &scalars[i];
    }
    environment.variables = variable_list;
    environment.n_variables = 2;
    info.limits = limit_list;
}

static bool is_refused(const char *why)
{
    bool is = launch_refuses(&info, NULL, &framework_info, &options, &refusal);

    if (is && strstr(refusal.text.text, why) == NULL)
        printf("# %s\n", refusal.text.text);
    return is && refusal.state == TASK_ERROR &&
           strstr(refusal.text.text, why) != NULL;
}

static bool is_taken(void)
{
    return !launch_refuses(&info, NULL, &framework_info, &options, &refusal);
}

static void a_command_is_checked(void)
{
    char *arguments[] = {(char *)"prog"};

    begin();
    CHECK(is_taken());
    info.command = NULL;
    CHECK(is_refused("no command"));
    begin();
    command.value = NULL;
    CHECK(is_refused("no value for the shell"));
    command.value = (char *)"";
    CHECK(is_refused("no value for the shell"));
    command.has_shell = true;
    command.shell = false;
    command.value = NULL;
    CHECK(is_refused("neither a value nor arguments"));
    command.arguments = arguments;
    command.n_arguments = 1;
    CHECK(is_taken());
    command.n_arguments = 4097;
    CHECK(is_refused("4096 arguments"));
    begin();
    command.working_directory = (char *)"a/../../b";
    CHECK(is_refused("leaves the sandbox"));
    command.working_directory = (char *)"/tmp";
    CHECK(is_taken());
}

static void variables_are_checked(void)
{
    begin();
    command.environment = &environment;
    CHECK(is_taken());
    variables[1].name = (char *)"B=C";
    CHECK(is_refused("'='"));
    variables[1].name = (char *)"";
    CHECK(is_refused("no name"));
    variables[1].name = (char *)"B";
    variables[1].value = NULL;
    CHECK(is_refused("no value"));
}

static void nothing_runs_as_root_unasked(void)
{
    begin();
    framework_info.user = (char *)"";
    CHECK(is_refused("root unasked") && refusal.reason == REASON(TASK_INVALID));
    command.user = (char *)"joe";
    CHECK(is_taken());
    options.user = "ann";
    options.may_switch_user = false;
    CHECK(is_refused("as ann, not as joe"));
    CHECK(refusal.reason == REASON(TASK_UNAUTHORIZED));
    command.user = (char *)"ann";
    CHECK(is_taken());
    command.user = (char *)"";
    CHECK(is_taken()); /* as us, who are nobody special */
}

static void limits_are_numbers(void)
{
    static const double bad[] = {-1, NAN, -INFINITY, 1e300};

    begin();
    info.n_limits = 2;
    scalars[0].value = 1.5;
    scalars[1].value = INFINITY;
    CHECK(is_taken());
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        scalars[0].value = bad[i];
        CHECK(is_refused("its limit of cpus"));
    }
}

/* The order for it, of so much. */
static void launch(const char *resources)
{
    struct framework framework = {.id = (char *)"F", .info = &framework_info};
    struct task task = {.framework = &framework, .id = "T"};
    struct identity identity = {.agent_id = (char *)"A"};
    struct effects fx = {.arena = arena};
    struct step step = {.fx = &fx, .options = &options, .identity = &identity};

    order = (struct order){.kind = ORDER_LAUNCH};
    CHECK(resources_parse(&task.resources, resources, NULL) == 0);
    launch_task(&order, &task, &info, &step);
    resources_release(&task.resources);
}

static size_t count_of(const char *variable)
{
    size_t count = 0;

    for (const char *const *e = order.launch.environment; *e != NULL; e++)
        count += strcmp(*e, variable) == 0;
    return count;
}

static void limits_follow_from_resources(void)
{
    begin();
    launch("cpus:1.5;mem:64;gpus:{0,3};pids:7");
    CHECK(order.launch.cpu_milli == 1500 && !order.launch.is_cpu_hard);
    CHECK(order.launch.memory_bytes == 64 << 20);
    CHECK(order.launch.pids_max == 7 && order.launch.cpus_whole == 0);
    CHECK(order.launch.devices_count == 2);
    CHECK(strcmp(order.launch.devices[1], "3") == 0);
    CHECK(strcmp(order.launch.user, "joe") == 0);
    CHECK(strcmp(order.launch.argv[2], "exit 3") == 0);
    CHECK(order.launch.argv[3] == NULL);
    launch("mem:0.5");
    CHECK(order.launch.memory_bytes == 512 << 10);
    CHECK(order.launch.devices_count == 0);
}

static void limits_of_its_own_go_before(void)
{
    begin();
    info.n_limits = 2;
    scalars[0].value = 2.5;
    scalars[1].value = 128;
    launch("cpus:1;mem:64");
    CHECK(order.launch.cpu_milli == 2500 && order.launch.is_cpu_hard);
    CHECK(order.launch.memory_bytes == 128 << 20);
    scalars[0].value = scalars[1].value = INFINITY;
    launch("cpus:1;mem:64");
    CHECK(order.launch.cpu_milli == 1000 && !order.launch.is_cpu_hard);
    CHECK(order.launch.memory_bytes == 0);
}

static void it_is_told_who_it_is_and_what_it_has(void)
{
    begin();
    command.environment = &environment;
    launch("cpus:1;ports:[31000-31001,31005-31005]");
    CHECK(count_of("MEZZO_TASK_ID=T") == 1 && count_of("MESOS_TASK_ID=T") == 1);
    CHECK(count_of("MEZZO_FRAMEWORK_ID=F") == 1);
    CHECK(count_of("MEZZO_AGENT_ID=A") == 1);
    CHECK(count_of("PORT0=31000") == 1 && count_of("PORT2=31005") == 1);
    CHECK(count_of("PORTS=31000,31001,31005") == 1);
    CHECK(count_of("A=2") == 1 && count_of("A=1") == 0); /* the last wins */
    variables[0].name = (char *)"PORT0";
    variables[1].name = (char *)"MEZZO_TASK_ID";
    launch("ports:[5-5]");
    CHECK(count_of("PORT0=5") == 1 && count_of("MEZZO_TASK_ID=T") == 1);
    CHECK(count_of("PORT0=1") == 0 && count_of("MEZZO_TASK_ID=2") == 0);
}

int main(void)
{
    arena = arena_new();
    a_command_is_checked();
    variables_are_checked();
    nothing_runs_as_root_unasked();
    limits_are_numbers();
    limits_follow_from_resources();
    limits_of_its_own_go_before();
    it_is_told_who_it_is_and_what_it_has();
    arena_free(arena);
    return test_done();
}

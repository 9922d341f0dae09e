/* permission_test.c - who may send which frame, and what they may name. */

#include "base/permission.h"

#include <string.h>

#include "proto/master.pb-c.h"
#include "proto/wire.pb-c.h"
#include "tests/test.h"

static const char *const roles[] = {"hpc"};
static const char *const users[] = {"alice"};
static const char *const all[] = {"*"};

static const struct principal batch = {
    .name = "batch",
    .kind = PRINCIPAL_FRAMEWORK,
    .roles = roles,
    .roles_count = 1,
    .users = users,
    .users_count = 1,
};

static const struct principal admin = {
    .name = "admin",
    .kind = PRINCIPAL_OPERATOR,
    .roles = all,
    .roles_count = 1,
    .users = all,
    .users_count = 1,
};

/* Messages to be filled by a test; what it has set is gone at the next. */
static struct {
    Mezzo__SchedulerCalls calls;
    Mesos__V1__Scheduler__Call call;
    Mesos__V1__Scheduler__Call *call_list[1];
    Mesos__V1__Scheduler__Call__Subscribe subscribe;
    Mesos__V1__Scheduler__Call__UpdateFramework update;
    Mesos__V1__Scheduler__Call__Accept accept;
    Mesos__V1__FrameworkInfo info;
    Mesos__V1__Offer__Operation operation;
    Mesos__V1__Offer__Operation *operation_list[1];
    Mesos__V1__Offer__Operation__Launch launch;
    Mesos__V1__Offer__Operation__LaunchGroup group;
    Mesos__V1__TaskGroupInfo group_tasks;
    Mesos__V1__TaskInfo task;
    Mesos__V1__TaskInfo *task_list[1];
    Mesos__V1__CommandInfo command;
    Mesos__V1__ExecutorInfo executor;
    char *names[2];
} m;

static void clear(void)
{
    mezzo__scheduler_calls__init(&m.calls);
    mesos__v1__scheduler__call__init(&m.call);
    mesos__v1__scheduler__call__subscribe__init(&m.subscribe);
    mesos__v1__scheduler__call__update_framework__init(&m.update);
    mesos__v1__scheduler__call__accept__init(&m.accept);
    mesos__v1__framework_info__init(&m.info);
    mesos__v1__offer__operation__init(&m.operation);
    mesos__v1__offer__operation__launch__init(&m.launch);
    mesos__v1__offer__operation__launch_group__init(&m.group);
    mesos__v1__task_group_info__init(&m.group_tasks);
    mesos__v1__task_info__init(&m.task);
    mesos__v1__command_info__init(&m.command);
    mesos__v1__executor_info__init(&m.executor);
    m.call_list[0] = &m.call;
    m.calls.calls = m.call_list;
    m.calls.n_calls = 1;
    m.operation_list[0] = &m.operation;
    m.accept.operations = m.operation_list;
    m.accept.n_operations = 1;
    m.task_list[0] = &m.task;
    m.launch.task_infos = m.group_tasks.tasks = m.task_list;
    m.launch.n_task_infos = m.group_tasks.n_tasks = 1;
    m.group.executor = &m.executor;
    m.group.task_group = &m.group_tasks;
    m.subscribe.framework_info = m.update.framework_info = &m.info;
    m.names[0] = (char *)"hpc";
    m.info.user = (char *)"alice";
    m.info.roles = m.names;
    m.info.n_roles = 1;
}

static bool is_permitted(const struct principal *p)
{
    struct error text;

    return permission_refuses(p, FRAME_SCHEDULER_CALLS, &m.calls.base, &text) ==
           NULL;
}

static bool is_refused(const char *why)
{
    struct error text;
    const char *said =
        permission_refuses(&batch, FRAME_SCHEDULER_CALLS, &m.calls.base, &text);

    if (said != NULL && strcmp(said, why) != 0)
        printf("# %s\n", said);
    return said != NULL && strcmp(said, why) == 0 &&
           permission_refuses(&batch, FRAME_SCHEDULER_CALLS, &m.calls.base,
                              NULL) != NULL;
}

static void a_kind_sends_its_own_frames_only(void)
{
    static const struct {
        enum principal_kind kind;
        unsigned frames;
    } expected[] = {
        {PRINCIPAL_AGENT, 1 << FRAME_AGENT_CALLS | 1 << FRAME_EXECUTOR_EVENTS |
                              1 << FRAME_STREAM_EVENT},
        {PRINCIPAL_FRAMEWORK, 1 << FRAME_SCHEDULER_CALLS},
        {PRINCIPAL_OPERATOR,
         1 << FRAME_MASTER_CALL | 1 << FRAME_SCHEDULER_CALLS},
        {PRINCIPAL_MASTER,
         1 << FRAME_SCHEDULER_EVENTS | 1 << FRAME_AGENT_EVENTS |
             1 << FRAME_MASTER_RESPONSE | 1 << FRAME_STREAM_EVENT},
        {PRINCIPAL_EXECUTOR, 1 << FRAME_EXECUTOR_CALLS},
        {PRINCIPAL_GUEST, 1 << FRAME_STREAM_CALL},
    };
    Mesos__V1__Master__Call query = MESOS__V1__MASTER__CALL__INIT;

    clear();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        for (int type = FRAME_HEARTBEAT; type <= FRAME_STREAM_EVENT; type++) {
            const struct principal p = {.name = "p", .kind = expected[i].kind};
            bool may =
                type <= FRAME_FAREWELL || (expected[i].frames >> type & 1) != 0;
            const char *said = permission_refuses(
                &p, (enum frame_type)type,
                type == FRAME_MASTER_CALL ? &query.base : &m.calls.base, NULL);

            CHECK((said == NULL) == may);
        }
}

static void a_refusal_names_who_and_what(void)
{
    struct error text;
    const char *said =
        permission_refuses(&batch, FRAME_AGENT_CALLS, NULL, &text);

    CHECK(strcmp(said, "framework batch may not send agent calls") == 0);
}

static void a_framework_subscribes_with_its_roles_only(void)
{
    clear();
    m.call.subscribe = &m.subscribe;
    CHECK(is_permitted(&batch) && is_permitted(&admin));
    m.names[0] = (char *)"hpc/night";
    CHECK(is_permitted(&batch));
    m.names[1] = (char *)"web";
    m.info.n_roles = 2;
    CHECK(is_refused("principal batch may not use role web"));
    CHECK(is_permitted(&admin));
    m.info.n_roles = 1;
    m.info.role = (char *)"web";
    CHECK(is_refused("principal batch may not use role web"));
}

static void a_framework_without_roles_has_the_role_of_all(void)
{
    clear();
    m.call.subscribe = &m.subscribe;
    m.info.n_roles = 0;
    CHECK(is_refused("principal batch may not use role *"));
    m.info.role = NULL;
    CHECK(is_refused("principal batch may not use role *"));
    m.info.role = (char *)"hpc";
    CHECK(is_permitted(&batch));
}

static void a_framework_is_who_it_says(void)
{
    clear();
    m.call.subscribe = &m.subscribe;
    m.info.principal = (char *)"batch";
    CHECK(is_permitted(&batch));
    m.info.principal = (char *)"admin";
    CHECK(is_refused("principal batch is not admin"));
    m.info.principal = NULL;
    m.info.user = (char *)"root";
    CHECK(is_refused("principal batch may not run as user root"));
}

static void an_update_of_a_framework_is_checked_as_well(void)
{
    clear();
    m.call.update_framework = &m.update;
    CHECK(is_permitted(&batch));
    m.names[0] = (char *)"web";
    CHECK(is_refused("principal batch may not use role web"));
}

static void suppressed_and_revived_roles_are_checked(void)
{
    Mesos__V1__Scheduler__Call__Revive revive =
        MESOS__V1__SCHEDULER__CALL__REVIVE__INIT;
    Mesos__V1__Scheduler__Call__Suppress suppress =
        MESOS__V1__SCHEDULER__CALL__SUPPRESS__INIT;
    char *web[] = {(char *)"web"};

    revive.roles = suppress.roles = web;
    revive.n_roles = suppress.n_roles = 1;
    clear();
    m.call.revive = &revive;
    CHECK(is_refused("principal batch may not use role web"));
    clear();
    m.call.suppress = &suppress;
    CHECK(is_refused("principal batch may not use role web"));
    clear();
    m.call.subscribe = &m.subscribe;
    m.subscribe.suppressed_roles = web;
    m.subscribe.n_suppressed_roles = 1;
    CHECK(is_refused("principal batch may not use role web"));
}

static void every_command_runs_as_a_permitted_user(void)
{
    Mesos__V1__HealthCheck health = MESOS__V1__HEALTH_CHECK__INIT;
    Mesos__V1__CheckInfo check = MESOS__V1__CHECK_INFO__INIT;
    Mesos__V1__CheckInfo__Command check_command =
        MESOS__V1__CHECK_INFO__COMMAND__INIT;
    const char *why = "principal batch may not run as user root";

    for (int where = 0; where < 6; where++) {
        clear();
        m.call.accept = &m.accept;
        check_command.command = health.command = &m.command;
        check.command = &check_command;
        if (where < 4)
            m.operation.launch = &m.launch;
        else
            m.operation.launch_group = &m.group;
        m.task.command = where == 0 ? &m.command : NULL;
        m.task.executor = where == 1 ? &m.executor : NULL;
        m.task.health_check = where == 2 ? &health : NULL;
        m.task.check = where == 3 ? &check : NULL;
        m.executor.command = where == 1 || where == 4 ? &m.command : NULL;
        if (where == 5)
            m.task.command = &m.command;
        CHECK(is_permitted(&batch)); /* no user: the framework's own */
        m.command.user = (char *)"alice";
        CHECK(is_permitted(&batch));
        m.command.user = (char *)"root";
        CHECK(is_refused(why) && is_permitted(&admin));
    }
}

static void reservations_and_asks_name_permitted_roles(void)
{
    Mesos__V1__Offer__Operation__Reserve reserve =
        MESOS__V1__OFFER__OPERATION__RESERVE__INIT;
    Mesos__V1__Resource resource = MESOS__V1__RESOURCE__INIT;
    Mesos__V1__Resource__ReservationInfo reservation =
        MESOS__V1__RESOURCE__RESERVATION_INFO__INIT;
    Mesos__V1__Scheduler__Call__Request request =
        MESOS__V1__SCHEDULER__CALL__REQUEST__INIT;
    Mesos__V1__Request one = MESOS__V1__REQUEST__INIT;
    Mesos__V1__Ask ask = MESOS__V1__ASK__INIT;

    clear();
    reserve.resources = (Mesos__V1__Resource *[]){&resource};
    reserve.n_resources = 1;
    resource.reservations =
        (Mesos__V1__Resource__ReservationInfo *[]){&reservation};
    resource.n_reservations = 1;
    reservation.role = (char *)"web";
    m.operation.reserve = &reserve;
    m.call.accept = &m.accept;
    CHECK(is_refused("principal batch may not use role web"));
    clear();
    request.requests = (Mesos__V1__Request *[]){&one};
    request.n_requests = 1;
    one.ask = &ask;
    m.call.request = &request;
    CHECK(is_permitted(&batch));
    ask.role = (char *)"web";
    CHECK(is_refused("principal batch may not use role web"));
}

static void operators_change_only_what_is_of_their_roles(void)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__UpdateWeights weights =
        MESOS__V1__MASTER__CALL__UPDATE_WEIGHTS__INIT;
    Mesos__V1__Master__WeightInfo weight = MESOS__V1__MASTER__WEIGHT_INFO__INIT;
    struct principal deputy = admin;
    struct error text;

    deputy.name = "deputy";
    deputy.roles = roles;
    weights.weight_infos = (Mesos__V1__Master__WeightInfo *[]){&weight};
    weights.n_weight_infos = 1;
    weight.role = (char *)"web";
    CHECK(permission_refuses(&deputy, FRAME_MASTER_CALL, &call.base, &text) ==
          NULL);
    call.update_weights = &weights;
    CHECK(strcmp(
              permission_refuses(&deputy, FRAME_MASTER_CALL, &call.base, &text),
              "principal deputy may not use role web") == 0);
    CHECK(permission_refuses(&admin, FRAME_MASTER_CALL, &call.base, &text) ==
          NULL);
}

static void calls_without_their_parts_name_nothing(void)
{
    bool is_always_permitted = true;

    clear();
    for (int type = 0; type < 20; type++) {
        m.call.has_type = 1;
        m.call.type = (Mesos__V1__Scheduler__Call__Type)type;
        is_always_permitted = is_always_permitted && is_permitted(&batch);
    }
    CHECK(is_always_permitted);
    m.calls.n_calls = 0;
    CHECK(is_permitted(&batch));
}

int main(void)
{
    a_kind_sends_its_own_frames_only();
    a_refusal_names_who_and_what();
    a_framework_subscribes_with_its_roles_only();
    a_framework_without_roles_has_the_role_of_all();
    a_framework_is_who_it_says();
    an_update_of_a_framework_is_checked_as_well();
    suppressed_and_revived_roles_are_checked();
    every_command_runs_as_a_permitted_user();
    reservations_and_asks_name_permitted_roles();
    operators_change_only_what_is_of_their_roles();
    calls_without_their_parts_name_nothing();
    return test_done();
}

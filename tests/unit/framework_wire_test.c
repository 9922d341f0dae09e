/* framework_wire_test.c - tasks, statuses and rows, from the public headers to
 * the wire and back. */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/message.h"
#include "libframework/amounts.h"
#include "libframework/rows.h"
#include "libframework/status.h"
#include "libframework/task.h"
#include "tests/test.h"

static struct arena *arena;

static bool is(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void a_task_is_the_same_after_the_wire(void)
{
    const char *const argv[] = {"prog", "-x", NULL};
    const struct mezzo_variable variables[] = {{"A", "1"}, {"B", NULL}};
    const struct mezzo_uri uri = {.value = "http://h/f.tar",
                                  .output_file = "f",
                                  .is_executable = true,
                                  .is_kept_packed = true};
    const struct mezzo_label labels[] = {{"k", "v"}, {"alone", NULL}};
    const struct mezzo_task task = {
        .id = "t1",
        .command = {.argv = argv,
                    .environment = variables,
                    .environment_count = 2,
                    .uris = &uri,
                    .uris_count = 1,
                    .user = "joe",
                    .working_directory = "/tmp"},
        .data = "\0\1",
        .data_size = 2,
        .labels = labels,
        .labels_count = 2,
        .kill_grace_ms = 1500,
        .duration_max_ms = 60000,
        .cpu_limit_milli = 2500,
        .is_fenced = true,
    };
    Mesos__V1__TaskInfo *info;
    ProtobufCBinaryData bytes;
    struct mezzo_task shown;

    CHECK(task_write(&task, "a1", "f1", arena, &info, NULL) == 0);
    bytes = message_pack_in(arena, &info->base);
    info = message_unpack_in(arena, &mesos__v1__task_info__descriptor,
                             bytes.data, bytes.len);
    CHECK(info != NULL && is(info->agent_id->value, "a1"));
    CHECK(info->command->uris[0]->executable &&
          !info->command->uris[0]->extract);
    CHECK(info->limits[0]->value->value == 2.5);
    task_show(&shown, info, arena);
    CHECK(is(shown.id, "t1") && is(shown.name, "t1"));
    CHECK(is(shown.command.argv[0], "prog") &&
          is(shown.command.argv[1], "-x") && shown.command.argv[2] == NULL);
    CHECK(shown.command.shell == NULL && is(shown.command.user, "joe"));
    CHECK(is(shown.command.working_directory, "/tmp"));
    CHECK(shown.command.environment_count == 2 &&
          is(shown.command.environment[0].value, "1") &&
          is(shown.command.environment[1].value, ""));
    CHECK(shown.data_size == 2 && memcmp(shown.data, "\0\1", 2) == 0);
    CHECK(shown.labels_count == 2 && is(shown.labels[0].value, "v") &&
          shown.labels[1].value == NULL);
    CHECK(shown.kill_grace_ms == 1500 && shown.duration_max_ms == 60000);
    CHECK(shown.is_fenced);
}

static struct mezzo_task through_the_wire(const struct mezzo_task *task)
{
    Mesos__V1__TaskInfo *info;
    ProtobufCBinaryData bytes;
    struct mezzo_task shown;

    CHECK(task_write(task, "a1", "f1", arena, &info, NULL) == 0);
    bytes = message_pack_in(arena, &info->base);
    info = message_unpack_in(arena, &mesos__v1__task_info__descriptor,
                             bytes.data, bytes.len);
    CHECK(info != NULL);
    task_show(&shown, info, arena);
    return shown;
}

static void a_container_is_the_same_after_the_wire(void)
{
    const char *const none[] = {NULL}, *const dns[] = {"10.0.0.1", NULL};
    const struct mezzo_port_mapping port = {80, 31000, true};
    const struct mezzo_volume volumes[] = {
        {.path = "/data", .name = "web-data"},
        {.path = "/etc/h", .host_path = "/etc/hosts", .is_read_only = true},
        {.path = "/in", .sandbox_path = "in"},
        {.path = "/tmp", .is_tmpfs = true, .size_mb = 7},
    };
    const struct mezzo_container container = {
        .image = "oci:/images:web",
        .entrypoint = none,
        .hostname = "web",
        .user = "7:8",
        .network = MEZZO_NETWORK_BRIDGE,
        .ports = &port,
        .ports_count = 1,
        .volumes = volumes,
        .volumes_count = 4,
        .dns_servers = dns,
        .has_init = true,
        .is_read_only = true,
        .stop_signal = "SIGQUIT",
        .pids_max = 12,
    };
    const struct mezzo_task task = {.id = "t1", .container = &container};
    struct mezzo_task shown = through_the_wire(&task);
    const struct mezzo_container *c = shown.container;

    CHECK(shown.command.shell == NULL && shown.command.argv == NULL);
    CHECK(c != NULL && is(c->image, "oci:/images:web"));
    CHECK(c->entrypoint != NULL && c->entrypoint[0] == NULL);
    CHECK(is(c->hostname, "web") && is(c->user, "7:8"));
    CHECK(c->network == MEZZO_NETWORK_BRIDGE && c->ports_count == 1);
    CHECK(c->ports[0].container_port == 80 && c->ports[0].host_port == 31000 &&
          c->ports[0].is_udp);
    CHECK(c->volumes_count == 4 && is(c->volumes[0].name, "web-data"));
    CHECK(is(c->volumes[1].host_path, "/etc/hosts") &&
          c->volumes[1].is_read_only);
    CHECK(is(c->volumes[2].sandbox_path, "in"));
    CHECK(c->volumes[3].is_tmpfs && c->volumes[3].size_mb == 7);
    CHECK(is(c->dns_servers[0], "10.0.0.1") && c->dns_search == NULL);
    CHECK(c->has_init && c->is_read_only && c->pids_max == 12);
    CHECK(is(c->stop_signal, "SIGQUIT"));
}

static void a_health_check_is_the_same_after_the_wire(void)
{
    const char *const argv[] = {"redis-cli", "ping", NULL};
    const struct mezzo_container container = {.image = "redis"};
    struct mezzo_health_check check = {.kind = MEZZO_CHECK_COMMAND,
                                       .argv = argv,
                                       .interval_ms = 1500,
                                       .grace_ms = 250,
                                       .failures_max = 2};
    const struct mezzo_task task = {
        .id = "t1", .container = &container, .health_check = &check};
    struct mezzo_task shown = through_the_wire(&task);

    CHECK(shown.health_check->kind == MEZZO_CHECK_COMMAND &&
          is(shown.health_check->argv[1], "ping"));
    CHECK(shown.health_check->interval_ms == 1500 &&
          shown.health_check->timeout_ms == 20000 &&
          shown.health_check->grace_ms == 250 &&
          shown.health_check->failures_max == 2);
    check = (struct mezzo_health_check){
        .kind = MEZZO_CHECK_HTTP, .port = 80, .path = "/ping"};
    shown = through_the_wire(&task);
    CHECK(shown.health_check->kind == MEZZO_CHECK_HTTP &&
          shown.health_check->port == 80 &&
          is(shown.health_check->path, "/ping"));
}

static void containers_that_cannot_be_are_refused(void)
{
    const struct mezzo_port_mapping port = {80, 31000, false};
    struct mezzo_volume volume = {.path = "/data", .name = "a/b"};
    struct mezzo_container container = {.image = NULL};
    const struct mezzo_health_check check = {.kind = MEZZO_CHECK_TCP};
    struct mezzo_task task = {.id = "t1", .container = &container};
    Mesos__V1__TaskInfo *info;
    struct error err;

    CHECK(task_write(&task, "a", "f", arena, &info, &err) == -EINVAL);
    CHECK(is(err.text, "image of a container is missing"));
    container = (struct mezzo_container){
        .image = "i", .volumes = &volume, .volumes_count = 1};
    CHECK(task_write(&task, "a", "f", arena, &info, &err) == -EINVAL);
    volume =
        (struct mezzo_volume){.path = "/data", .name = "n", .is_tmpfs = true};
    CHECK(task_write(&task, "a", "f", arena, &info, &err) == -EINVAL);
    container = (struct mezzo_container){
        .image = "i", .ports = &port, .ports_count = 1};
    CHECK(task_write(&task, "a", "f", arena, &info, &err) == -EINVAL);
    CHECK(is(err.text, "only a container on a bridge has ports to map"));
    container = (struct mezzo_container){.image = "i"};
    task.health_check = &check;
    CHECK(task_write(&task, "a", "f", arena, &info, &err) == -EINVAL);
    CHECK(is(err.text, "a check's port is from 1 to 65535"));
}

static Mesos__V1__TaskStatus *new_status(void)
{
    Mesos__V1__TaskStatus *s =
        message_new(arena, &mesos__v1__task_status__descriptor);

    s->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    s->task_id->value = arena_strdup(arena, "t1");
    s->state = MESOS__V1__TASK_STATE__TASK_FAILED;
    return s;
}

static void a_status_tells_how_it_ended(void)
{
    Mesos__V1__TaskStatus *s = new_status();
    Mesos__V1__TaskStatus__Usage usage = MESOS__V1__TASK_STATUS__USAGE__INIT;
    struct mezzo_status shown;

    s->has_reason = true;
    s->reason =
        MESOS__V1__TASK_STATUS__REASON__REASON_CONTAINER_LIMITATION_MEMORY;
    s->has_signal = true;
    s->signal = 9;
    s->has_timestamp = true;
    s->timestamp = 1700000000.25;
    usage.has_cpu_user_seconds = true;
    usage.cpu_user_seconds = 1.5;
    usage.has_wall_seconds = true;
    usage.wall_seconds = (double)NAN;
    s->usage = &usage;
    CHECK(status_show(&shown, s) == NULL);
    CHECK(is(shown.reason, "REASON_CONTAINER_LIMITATION_MEMORY"));
    CHECK(shown.signal == 9 && !shown.has_exit_code);
    CHECK(shown.wall_ms == 1700000000250);
    CHECK(shown.has_usage && shown.usage.cpu_user_ms == 1500);
    CHECK(shown.usage.wall_ms == 0);
    CHECK(!shown.is_reliable && shown.agent_id == NULL);
    s->reason = (Mesos__V1__TaskStatus__Reason)4711;
    s->timestamp = -1e300;
    CHECK(status_show(&shown, s) == NULL);
    CHECK(is(shown.reason, "REASON_UNKNOWN") && shown.wall_ms == 0);
}

static void an_executors_status_is_the_same_after_the_wire(void)
{
    const struct mezzo_status status = {
        .task_id = "t1",
        .state = MEZZO_TASK_FAILED,
        .message = "no luck",
        .data = "dd",
        .data_size = 2,
        .has_exit_code = true,
        .exit_code = 3,
        .has_health = true,
        .is_healthy = false,
    };
    Mesos__V1__TaskStatus *wire;
    struct mezzo_status shown;

    CHECK(status_write(&status, "e1", 1234567, arena, &wire, NULL) == 0);
    CHECK(status_show(&shown, wire) == NULL);
    CHECK(is(shown.executor_id, "e1") && is(shown.message, "no luck"));
    CHECK(shown.has_exit_code && shown.exit_code == 3 && shown.signal == 0);
    CHECK(shown.has_health && !shown.is_healthy);
    CHECK(shown.data_size == 2 && shown.wall_ms == 1234567);
}

static void a_status_tells_of_its_container(void)
{
    Mesos__V1__TaskStatus *s = new_status();
    Mesos__V1__ContainerStatus container = MESOS__V1__CONTAINER_STATUS__INIT;
    Mesos__V1__NetworkInfo network = MESOS__V1__NETWORK_INFO__INIT,
                           *networks[] = {&network};
    Mesos__V1__NetworkInfo__IPAddress
        address = MESOS__V1__NETWORK_INFO__IPADDRESS__INIT,
        *addresses[] = {&address};
    struct mezzo_status shown;

    s->container_status = &container;
    CHECK(status_show(&shown, s) == NULL);
    CHECK(shown.address == NULL && shown.image_digest == NULL);
    container.n_network_infos = 1;
    container.network_infos = networks;
    CHECK(status_show(&shown, s) == NULL && shown.address == NULL);
    network.n_ip_addresses = 1;
    network.ip_addresses = addresses;
    address.ip_address = (char *)"10.88.1.2";
    container.image_digest = (char *)"sha256:00";
    CHECK(status_show(&shown, s) == NULL);
    CHECK(is(shown.address, "10.88.1.2") &&
          is(shown.image_digest, "sha256:00"));
}

static void states_have_names_and_ends(void)
{
    CHECK(
        is(mezzo_task_state_name(MEZZO_TASK_UNREACHABLE), "TASK_UNREACHABLE"));
    CHECK(is(mezzo_task_state_name((enum mezzo_task_state)77), "?"));
    CHECK(mezzo_task_has_ended(MEZZO_TASK_DROPPED));
    CHECK(!mezzo_task_has_ended(MEZZO_TASK_UNREACHABLE));
    CHECK(!mezzo_task_has_ended((enum mezzo_task_state) - 1));
}

static Mesos__V1__Resource *scalar(const char *name, double value)
{
    Mesos__V1__Resource *r =
        message_new(arena, &mesos__v1__resource__descriptor);

    r->name = arena_strdup(arena, name);
    r->type = MESOS__V1__VALUE__TYPE__SCALAR;
    r->scalar = message_new(arena, &mesos__v1__value__scalar__descriptor);
    r->scalar->value = value;
    return r;
}

static void amounts_come_from_the_wire(void)
{
    Mesos__V1__Resource *wire[] = {scalar("cpus", 1.2345), scalar("mem", 99.9),
                                   scalar("tapes", 2)};
    struct mezzo_resources shown;

    amounts_show_wire(&shown, wire, 3, arena);
    CHECK(shown.cpu_milli == 1235 && shown.memory_mb == 99);
    CHECK(is(shown.others, "tapes:2") && shown.ports_count == 0);
    wire[0]->scalar->value = (double)NAN;
    amounts_show_wire(&shown, wire, 3, arena);
    CHECK(shown.cpu_milli == 0 && shown.memory_mb == 0);
}

static void rows_of_roles_have_quotas(void)
{
    Mesos__V1__Master__Response r = MESOS__V1__MASTER__RESPONSE__INIT;
    Mesos__V1__Master__Response__GetRoles roles =
        MESOS__V1__MASTER__RESPONSE__GET_ROLES__INIT;
    Mesos__V1__Master__Response__Role role =
        MESOS__V1__MASTER__RESPONSE__ROLE__INIT;
    Mesos__V1__Master__Response__Role *all[] = {&role};
    Mesos__V1__Master__QuotaConfig quota =
        MESOS__V1__MASTER__QUOTA_CONFIG__INIT;
    Mesos__V1__Master__QuotaConfig__Entry good =
        MESOS__V1__MASTER__QUOTA_CONFIG__ENTRY__INIT;
    Mesos__V1__Master__QuotaConfig__Entry bad = good;
    Mesos__V1__Master__QuotaConfig__Entry *entries[] = {&good, &bad};
    Mesos__V1__FrameworkID one = MESOS__V1__FRAMEWORK_ID__INIT, two = one;
    Mesos__V1__FrameworkID *ids[] = {&one, &two};
    struct rows *rows = rows_new();
    const struct mezzo_answer *answer;

    one.value = (char *)"f1";
    two.value = (char *)"f2";
    good.key = (char *)"cpus";
    good.value = scalar("", 4)->scalar;
    quota.role = role.name = (char *)"batch";
    quota.guarantees = entries;
    quota.n_guarantees = 2;
    role.weight = 1.5;
    role.quota = &quota;
    role.frameworks = ids;
    role.n_frameworks = 2;
    roles.roles = all;
    roles.n_roles = 1;
    r.has_type = true;
    r.type = MESOS__V1__MASTER__RESPONSE__TYPE__GET_ROLES;
    r.get_roles = &roles;
    CHECK(rows_add(rows, &r) == NULL);
    CHECK(rows_add(rows, &r) == NULL); /* a second page */
    answer = rows_answer(rows);
    CHECK(answer->roles_count == 2 && is(answer->roles[1].name, "batch"));
    CHECK(answer->roles[0].weight_milli == 1500);
    CHECK(is(answer->roles[0].frameworks, "f1,f2"));
    CHECK(is(answer->roles[0].guarantee, "cpus:4"));
    CHECK(answer->roles[0].limit == NULL);
    rows_clear(rows);
    CHECK(rows_answer(rows)->roles_count == 0);
    rows_free(rows);
}

int main(void)
{
    arena = arena_new();
    a_task_is_the_same_after_the_wire();
    a_container_is_the_same_after_the_wire();
    a_health_check_is_the_same_after_the_wire();
    containers_that_cannot_be_are_refused();
    a_status_tells_how_it_ended();
    an_executors_status_is_the_same_after_the_wire();
    a_status_tells_of_its_container();
    states_have_names_and_ends();
    amounts_come_from_the_wire();
    rows_of_roles_have_quotas();
    arena_free(arena);
    return test_done();
}

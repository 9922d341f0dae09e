/* keeper.c - the calls that launch and kill are seen on their way to the
 * library. */

#include "tests/sim/keeper.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/core.h"
#include "frameworks/container/report.h"
#include "frameworks/container/requests.h"
#include "libframework/core.h"
#include "tests/sim/disk.h"
#include "tests/sim/wraps.h"

enum {
    RESTART_MS = 2000,
    DIES_MS_MAX = 15000,
    WISH_MS_MAX = 12000,
    TASKS_MAX = 5000,
    LOOK_MS = 250,
};

/* Whatever was launched, of which instance. */
struct launched {
    char id[STATE_ID_SIZE];
    bool has_ended; /* as far as it was heard */
};

struct keeper {
    struct world *world;
    struct ledger *ledger;
    const char *masters;
    struct process *process;
    struct disk *disk;
    struct mezzo_scheduler *library;
    struct wraps wraps;
    struct container *container; /* NULL: the process is down */
    struct requests *requests;
    char framework_id[128];
    unsigned life;
    struct event fate; /* it dies, or lives again */
    struct event wish; /* the user wants something else */
    struct event look;
    unsigned wishes_count;
    unsigned web_count; /* wanted now */
    bool is_calm, is_finishing, has_project, wants_something;
    struct launched tasks[TASKS_MAX];
    size_t tasks_count;
    char text[300];
};

/* One in a world; the callbacks of its core have no other way to it. */
static struct keeper *the_keeper;

/* Hosts of the world have no images. */
static void launching_cb(void *arg, struct mezzo_task *task)
{
    (void)arg;
    task->container = NULL;
    task->health_check = NULL;
}

static void launched_cb(void *arg,
                        const char *gang_id,
                        const struct mezzo_task *task)
{
    struct keeper *k = arg;
    const struct ledger_need need = {.cpu_milli = task->resources.cpu_milli,
                                     .memory_mb = task->resources.memory_mb};

    (void)gang_id;
    if (k->tasks_count == TASKS_MAX)
        abort();
    snprintf(k->tasks[k->tasks_count++].id, STATE_ID_SIZE, "%s", task->id);
    ledger_asked(k->ledger, k->framework_id, task->id, &need);
}

static void killing_cb(void *arg, const char *task_id)
{
    struct keeper *k = arg;

    ledger_killed(k->ledger, k->framework_id, task_id);
}

/* ---------------------------------------------------------------- the user */

/* The last word of a command says what its process does. */
static json_t *service(const char *command, unsigned replicas, const char *user)
{
    return json_pack("{s:s, s:[s], s:i, s:s, s:s, s:i}", "image", "i",
                     "command", command, "replicas", (int)replicas, "restart",
                     "always", "user", user, "stop_grace_ms", 1000);
}

static json_t *project(struct keeper *k, unsigned version)
{
    char user[20];
    json_t *data, *services = json_object();

    snprintf(user, sizeof user, "%u", version);
    k->web_count = (unsigned)world_between(k->world, 1, 4);
    json_object_set_new(services, "web", service("exit=0", k->web_count, user));
    data = service(world_chance(k->world, 30) ? "ignore" : "exit=0", 1, user);
    json_object_set_new(data, "volumes",
                        json_pack("[{s:s, s:s, s:s}]", "type", "volume",
                                  "source", "v", "target", "/v"));
    json_object_set_new(services, "data", data);
    json_object_set_new(services, "fails", service("run=700 exit=1", 1, user));
    return json_pack("{s:s, s:o}", "name", "p", "services", services);
}

static void answer_cb(void *arg, json_t *answer)
{
    struct keeper *k = arg;

    if (json_object_get(answer, "error") == NULL)
        k->wants_something = false;
    world_trace(k->world, "keeper: answers %s",
                json_object_get(answer, "error") != NULL ? "an error" : "well");
    json_decref(answer);
}

static void wish(struct keeper *k)
{
    const struct requests_caller user = {.uid = 7, .user = "nobody"};
    json_t *request;

    if (k->container == NULL || !container_is_ready(k->container))
        return;
    if (k->is_finishing)
        request = json_pack("{s:s, s:s}", "call", "down", "name", "p");
    else
        request = json_pack("{s:s, s:o}", "call", "up", "project",
                            project(k, k->wishes_count++));
    world_trace(k->world, "keeper: is asked for something");
    requests_take(k->requests, &user, request, answer_cb, k);
    process_wake(k->process);
    json_decref(request);
}

static void wish_cb(struct event *event)
{
    struct keeper *k = event->arg;

    if (!k->is_calm || k->wants_something)
        wish(k);
    if (!k->is_calm || k->wants_something)
        world_set(k->world, event,
                  world_now(k->world) +
                      world_between(k->world, 500, WISH_MS_MAX));
}

/* ----------------------------------------------------------------- checks */

static size_t running_count(const struct keeper *k, const char *prefix)
{
    size_t count = 0;

    for (size_t i = 0; i < k->tasks_count; i++)
        if (strncmp(k->tasks[i].id, prefix, strlen(prefix)) == 0)
            count +=
                ledger_is_running(k->ledger, k->framework_id, k->tasks[i].id);
    return count;
}

static void look_cb(struct event *event)
{
    struct keeper *k = event->arg;
    size_t count = running_count(k, "7.p.data.1.");

    if (count > 1)
        world_fail(k->world, "%zu processes write to one volume", count);
    world_set(k->world, event, world_now(k->world) + LOOK_MS);
}

/* By its own account; "fails" never is. */
static bool is_settled(const struct keeper *k)
{
    json_t *report =
        report_of(k->container, TAILQ_FIRST(&k->container->projects));
    json_t *services = json_object_get(report, "services"), *s;
    bool is = true;
    size_t i;

    json_array_foreach(services, i, s)
    {
        const char *name = json_string_value(json_object_get(s, "name"));

        is &= strcmp(name, "fails") == 0 ||
              json_is_true(json_object_get(s, "is_settled"));
    }
    json_decref(report);
    return is;
}

const char *keeper_unsettled(struct keeper *k)
{
    size_t web = running_count(k, "7.p.web.");
    size_t data = running_count(k, "7.p.data.");
    size_t fails = running_count(k, "7.p.fails.");

    if (k->wants_something || k->container == NULL)
        return "the user is not content";
    if (web == k->web_count && data == 1 && fails <= 1 && is_settled(k))
        return NULL;
    snprintf(k->text, sizeof k->text,
             "of web run %zu, not %u; of data %zu, not 1; of fails %zu", web,
             k->web_count, data, fails);
    return k->text;
}

static size_t records_count(const struct keeper *k, const char *path)
{
    struct arena *arena = arena_new();
    size_t count =
        store_tree_load(disk_tree(k->disk), path, arena).entries_count;

    arena_free(arena);
    return count;
}

const char *keeper_unfinished(struct keeper *k)
{
    size_t count = running_count(k, "7.p.");

    if (k->wants_something || k->container == NULL)
        return "the user could not take it down";
    if (count > 0 || !TAILQ_EMPTY(&k->container->projects)) {
        snprintf(k->text, sizeof k->text,
                 "%zu still run, and the project is %s", count,
                 TAILQ_EMPTY(&k->container->projects) ? "gone" : "there");
        return k->text;
    }
    if (records_count(k, "/runs") + records_count(k, "/projects") > 0)
        return "something is left in its store";
    return NULL;
}

/* ------------------------------------------------------------------- life */

static struct keeper *keeper_of(void *arg)
{
    (void)arg;
    return the_keeper;
}

static void subscribed_cb(struct mezzo_scheduler *library,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    struct keeper *k = keeper_of(arg);

    snprintf(k->framework_id, sizeof k->framework_id, "%s",
             subscription->framework_id);
    container_callbacks.subscribed(library, subscription, arg);
}

static struct launched *find_launched(struct keeper *k, const char *id)
{
    for (size_t i = 0; i < k->tasks_count; i++)
        if (strcmp(k->tasks[i].id, id) == 0)
            return &k->tasks[i];
    return NULL; /* it was only wanted */
}

static void status_cb(struct mezzo_scheduler *library,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct keeper *k = keeper_of(arg);
    struct launched *t = find_launched(k, status->task_id);

    world_trace(k->world, "keeper: hears %s %s", status->task_id,
                mezzo_task_state_name(status->state));
    /* An end that is not acknowledged yet is heard again. */
    if (t != NULL && !t->has_ended) {
        ledger_heard(k->ledger, k->framework_id, status->task_id,
                     (enum task_state)status->state, k->life);
        t->has_ended = mezzo_task_has_ended(status->state);
    }
    container_callbacks.status(library, status, arg);
}

static void log_cb(void *arg, enum mezzo_log_level level, const char *text)
{
    (void)level;
    world_trace(keeper_of(arg)->world, "keeper: %s", text);
}

static void changed_cb(void *arg, const struct container_project *p)
{
    struct keeper *k = arg;

    requests_changed(k->requests, p);
}

static void stored_cb(void *arg, uint64_t request)
{
    struct keeper *k = arg;

    requests_stored(k->requests, request);
}

static const struct container_hooks hooks = {
    .changed = changed_cb, .stored = stored_cb, .log = log_cb};

static struct machine start(void *arg)
{
    static const struct container_options options = {.files = "file:///"};
    static struct mezzo_scheduler_callbacks callbacks;
    struct keeper *k = arg;
    const struct mezzo_scheduler_options scheduler = {
        .name = "keeper",
        .user = "nobody",
        .failover_timeout_ms = INT64_C(3600) * 1000,
        .acknowledges_by_hand = true,
        .begins_suppressed = true,
        .store = "store",
    };
    const struct core_surroundings surroundings = {
        .seed = world_random(k->world, UINT64_MAX),
        .user = "nobody",
        .masters = k->masters,
    };

    callbacks = container_callbacks;
    callbacks.subscribed = subscribed_cb;
    callbacks.status = status_cb;
    k->life++;
    k->requests = requests_new();
    k->container = container_new(&options, &hooks, k);
    k->library = mezzo_scheduler_new(&scheduler, &callbacks, k->container);
    container_set_scheduler(k->container, k->library);
    requests_set_container(k->requests, k->container);
    k->wraps = (struct wraps){.scheduler = k->library,
                              .arg = k,
                              .launching = launching_cb,
                              .launched = launched_cb,
                              .killing = killing_cb};
    wraps_add(&k->wraps);
    if (scheduler_prepare(k->library, &surroundings, NULL) != 0)
        abort();
    return scheduler_machine(k->library);
}

static void stop(void *arg)
{
    struct keeper *k = arg;

    wraps_remove(&k->wraps);
    mezzo_scheduler_free(k->library);
    container_free(k->container);
    requests_free(k->requests);
    k->container = NULL;
    k->library = NULL;
}

static void stopped(void *arg, int status)
{
    struct keeper *k = arg;

    (void)status;
    world_set(k->world, &k->fate, world_now(k->world) + RESTART_MS);
}

static void fate_cb(struct event *event)
{
    struct keeper *k = event->arg;

    if (!process_is_up(k->process)) {
        process_start(k->process);
    } else if (!k->is_calm) {
        process_kill(k->process, false);
        world_set(k->world, event,
                  world_now(k->world) + world_between(k->world, 0, 5000));
        return;
    }
    if (!k->is_calm)
        world_set(k->world, event,
                  world_now(k->world) +
                      world_between(k->world, 0, DIES_MS_MAX));
}

static void event_init(struct keeper *k,
                       struct event *event,
                       void (*happen)(struct event *event),
                       msec_t ms)
{
    event->happen = happen;
    event->arg = k;
    world_set(k->world, event, world_now(k->world) + ms);
}

struct keeper *keeper_new(struct world *w,
                          struct network *n,
                          struct ledger *l,
                          const char *masters)
{
    static const char *const any[] = {"*"};
    struct keeper *k = memory_new(1, sizeof *k);
    const struct process_options process = {
        .name = "keeper",
        .principal = {.name = "keeper",
                      .kind = PRINCIPAL_FRAMEWORK,
                      .roles = any,
                      .roles_count = 1,
                      .users = any,
                      .users_count = 1},
        .links = links_defaults,
        .disk = disk_new(w),
        .arg = k,
        .start = start,
        .stop = stop,
        .stopped = stopped};

    the_keeper = k;
    k->world = w;
    k->ledger = l;
    k->masters = masters;
    k->disk = process.disk;
    k->wants_something = true;
    k->process = process_new(w, n, &process);
    event_init(k, &k->fate, fate_cb, world_between(w, 1000, DIES_MS_MAX));
    event_init(k, &k->wish, wish_cb, 500);
    event_init(k, &k->look, look_cb, LOOK_MS);
    process_start(k->process);
    return k;
}

void keeper_free(struct keeper *k)
{
    if (k == NULL)
        return;
    world_cancel(k->world, &k->fate);
    world_cancel(k->world, &k->wish);
    world_cancel(k->world, &k->look);
    process_free(k->process);
    disk_free(k->disk);
    the_keeper = NULL;
    free(k);
}

struct process *keeper_process(const struct keeper *k)
{
    return k->process;
}

struct disk *keeper_disk(const struct keeper *k)
{
    return k->disk;
}

void keeper_calm(struct keeper *k)
{
    k->is_calm = k->wants_something = true;
    if (!process_is_up(k->process))
        process_start(k->process);
    world_set(k->world, &k->wish, world_now(k->world) + 1000);
}

void keeper_finish(struct keeper *k)
{
    k->is_finishing = k->wants_something = true;
    world_set(k->world, &k->wish, world_now(k->world) + 1000);
}

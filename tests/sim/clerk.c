/* clerk.c - jobs of all sizes, and what becomes of their executors. */

#include "tests/sim/clerk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/mpi/job.h"
#include "frameworks/mpi/partitions.h"
#include "frameworks/mpi/queue.h"
#include "libframework/core.h"
#include "tests/sim/wraps.h"

enum {
    RESTART_MS = 2000,
    DIES_MS_MAX = 20000,
    SUBMIT_MS_MAX = 8000,
    LOOK_MS = 250,
    JOBS_MAX = 12,
    TASKS_MAX = 4000,
    ID_SIZE = 64,
};

/* Whatever was launched. */
struct launched {
    char id[ID_SIZE];
    uint64_t job;
    unsigned attempt;
    bool has_ended; /* as far as it was heard */
    char script[48];
    const char *argv[3];
};

struct clerk {
    struct world *world;
    struct ledger *ledger;
    const char *masters;
    struct process *process;
    struct disk *disk;
    struct mezzo_scheduler *library;
    struct wraps wraps;
    struct queue *queue; /* NULL: the process is down */
    struct partitions partitions;
    char framework_id[128];
    unsigned life, ranks_max;
    struct event fate; /* it dies, or lives again */
    struct event user; /* submits or cancels */
    struct event look;
    unsigned submitted;
    uint64_t told; /* the highest number that was kept when it was said */
    bool is_calm, is_loaded;
    struct launched *tasks;
    size_t tasks_count;
    char text[300];
};

/* ---------------------------------------------------------------- executors */

/* What its process does, so many times of a hundred. */
static const struct fate {
    unsigned percent;
    bool works; /* for a while, and then does this; else from the start */
    const char *script;
} fates[] = {
    {84, true, "exit=0"},        {4, true, "exit=1"},
    {2, true, "signal=11"},      {1, true, "memory"},
    {2, true, "slow"},           {2, false, "exit=0"}, /* hangs */
    {2, false, "ignore"},        /* hangs, and does not hear TERM */
    {2, false, "run=10 exit=0"}, /* leaves, and says that all is well */
    {1, false, "absent"},
};

/* All parts of an attempt work for about as long. */
static msec_t work_of(const struct launched *t)
{
    uint64_t mixed = (t->job * 31 + t->attempt) * UINT64_C(0x9e3779b97f4a7c15);

    return 300 + (msec_t)(mixed >> 40) % 8000;
}

static void choose(struct clerk *k, struct launched *t)
{
    unsigned chosen = (unsigned)world_random(k->world, 100);
    const struct fate *f = fates;

    for (; chosen >= f->percent; f++)
        chosen -= f->percent;
    if (f->works)
        snprintf(t->script, sizeof t->script, "run=%d %s",
                 (int)(work_of(t) + world_between(k->world, 0, 200)),
                 f->script);
    else
        snprintf(t->script, sizeof t->script, "%s", f->script);
}

/* Hosts of the world start no executors: theirs is a process. */
static void launching_cb(void *arg, struct mezzo_task *task)
{
    struct clerk *k = arg;
    struct launched *t = &k->tasks[k->tasks_count++];
    size_t node;

    if (k->tasks_count == TASKS_MAX)
        abort();
    snprintf(t->id, sizeof t->id, "%s", task->id);
    if (!job_parse_task_id(task->id, &t->job, &t->attempt, &node))
        abort();
    choose(k, t);
    t->argv[0] = "executor";
    t->argv[1] = t->script;
    task->executor = NULL;
    task->has_input = false;
    task->data = NULL;
    task->data_size = 0;
    task->command.argv = t->argv;
}

static bool runs(const struct clerk *k, const struct launched *t)
{
    return ledger_is_running(k->ledger, k->framework_id, t->id);
}

/* What was tried before must have ended everywhere. */
static void launched_cb(void *arg,
                        const char *gang_id,
                        const struct mezzo_task *task)
{
    struct clerk *k = arg;
    const struct ledger_need need = {.cpu_milli = task->resources.cpu_milli,
                                     .memory_mb = task->resources.memory_mb};
    uint64_t job;
    unsigned attempt;
    size_t node;

    ledger_asked(k->ledger, k->framework_id, task->id, &need);
    ledger_limited(k->ledger, k->framework_id, task->id);
    if (gang_id != NULL)
        ledger_gang(k->ledger, k->framework_id, gang_id, task->id);
    job_parse_task_id(task->id, &job, &attempt, &node);
    for (size_t i = 0; i < k->tasks_count; i++)
        if (k->tasks[i].job == job && k->tasks[i].attempt != attempt &&
            runs(k, &k->tasks[i]))
            world_fail(k->world, "%s is launched while %s runs", task->id,
                       k->tasks[i].id);
}

static void killing_cb(void *arg, const char *task_id)
{
    struct clerk *k = arg;

    ledger_killed(k->ledger, k->framework_id, task_id);
}

/* -------------------------------------------------------------------- users */

static void submit(struct clerk *k)
{
    char ranks[16], on[32], indexes[16];
    json_t *options = json_object(), *json;
    struct error err;

    snprintf(ranks, sizeof ranks, "%d",
             (int)world_between(k->world, 1, k->ranks_max));
    snprintf(indexes, sizeof indexes, "0-%d%%%d",
             (int)world_between(k->world, 1, 2),
             (int)world_between(k->world, 1, 2));
    json_object_set_new(options, "ntasks", json_string(ranks));
    json_object_set_new(options, "time", json_string("1"));
    if (world_chance(k->world, 30))
        json_object_set_new(options, "no-requeue", json_string(""));
    if (world_chance(k->world, 20))
        json_object_set_new(options, "array", json_string(indexes));
    if (world_chance(k->world, 20) && k->told > 0) {
        snprintf(on, sizeof on, "%s:%d",
                 world_chance(k->world, 50) ? "afterany" : "afterok",
                 (int)world_between(k->world, 1, (msec_t)k->told));
        json_object_set_new(options, "dependency", json_string(on));
    }
    json = json_pack("{s:o, s:[s], s:s, s:s, s:[]}", "options", options, "argv",
                     "prog", "user", "nobody", "directory", "/", "environment");
    if (queue_submit(k->queue, json, &err) != NULL)
        k->submitted++;
    json_decref(json);
    world_trace(k->world, "clerk: %s ranks are asked for", ranks);
}

static void cancel(struct clerk *k)
{
    struct job *j = queue_first(k->queue);

    for (msec_t n = world_between(k->world, 0, JOBS_MAX); j != NULL && n > 0;
         n--)
        j = queue_next(j);
    if (j == NULL)
        return;
    world_trace(k->world, "clerk: job %s is cancelled", j->id);
    queue_cancel(k->queue, j, "nobody");
}

static void user_cb(struct event *event)
{
    struct clerk *k = event->arg;

    if (k->is_calm)
        return;
    if (k->queue != NULL && k->is_loaded) {
        if (world_chance(k->world, 10))
            cancel(k);
        else if (k->submitted < JOBS_MAX)
            submit(k);
        process_wake(k->process);
    }
    world_set(k->world, event,
              world_now(k->world) +
                  world_between(k->world, 100, SUBMIT_MS_MAX));
}

/* ------------------------------------------------------------------- checks */

static void look_cb(struct event *event)
{
    struct clerk *k = event->arg;

    for (size_t i = 0; i < k->tasks_count; i++)
        for (size_t j = 0; j < i; j++)
            if (k->tasks[i].job == k->tasks[j].job &&
                k->tasks[i].attempt != k->tasks[j].attempt &&
                runs(k, &k->tasks[i]) && runs(k, &k->tasks[j]))
                world_fail(k->world, "%s and %s run at once", k->tasks[i].id,
                           k->tasks[j].id);
    world_set(k->world, event, world_now(k->world) + LOOK_MS);
}

const char *clerk_unfinished(struct clerk *k)
{
    struct job *j;
    char id[ID_SIZE];

    if (k->queue == NULL || !k->is_loaded)
        return "it is down";
    for (uint64_t n = 1; n <= k->told; n++) {
        snprintf(id, sizeof id, "%" PRIu64, n);
        if (queue_find(k->queue, id) == NULL)
            world_fail(k->world, "job %s was kept, and is lost", id);
    }
    for (j = queue_first(k->queue); j != NULL; j = queue_next(j)) {
        snprintf(k->text, sizeof k->text, "job %s is still %s: %.200s", j->id,
                 job_state_name(j->state), j->reason);
        if (!job_state_has_ended(j->state))
            return k->text;
    }
    for (size_t i = 0; i < k->tasks_count; i++) {
        snprintf(k->text, sizeof k->text, "%s still runs", k->tasks[i].id);
        if (runs(k, &k->tasks[i]))
            return k->text;
    }
    return NULL;
}

unsigned clerk_completed_count(const struct clerk *k)
{
    unsigned count = 0;
    struct job *j;

    for (j = queue_first(k->queue); j != NULL; j = queue_next(j))
        count += j->state == JOB_COMPLETED;
    return count;
}

/* --------------------------------------------------------------------- life */

static void subscribed_cb(struct mezzo_scheduler *library,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    struct clerk *k = arg;

    (void)library;
    snprintf(k->framework_id, sizeof k->framework_id, "%s",
             subscription->framework_id);
    queue_subscribed(k->queue);
}

static void disconnected_cb(struct mezzo_scheduler *library,
                            const char *reason,
                            void *arg)
{
    (void)library;
    (void)reason;
    queue_disconnected(((struct clerk *)arg)->queue);
}

static void offers_cb(struct mezzo_scheduler *library,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    (void)library;
    queue_offers(((struct clerk *)arg)->queue, offers, offers_count);
}

static void rescinded_cb(struct mezzo_scheduler *library,
                         const char *offer_id,
                         void *arg)
{
    (void)library;
    queue_rescinded(((struct clerk *)arg)->queue, offer_id);
}

static void hear(struct clerk *k, const struct mezzo_status *status)
{
    for (size_t i = 0; i < k->tasks_count; i++) {
        struct launched *t = &k->tasks[i];

        if (strcmp(t->id, status->task_id) != 0)
            continue;
        if (status->reason != NULL &&
            strcmp(status->reason, "REASON_GANG_NOT_STARTED") == 0)
            ledger_not_started(k->ledger, k->framework_id, t->id);
        if (!t->has_ended) /* one that is not acknowledged is heard again */
            ledger_heard(k->ledger, k->framework_id, t->id,
                         (enum task_state)status->state, k->life);
        t->has_ended = t->has_ended || mezzo_task_has_ended(status->state);
    }
}

static void status_cb(struct mezzo_scheduler *library,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct clerk *k = arg;

    (void)library;
    world_trace(k->world, "clerk: hears %s %s %s", status->task_id,
                mezzo_task_state_name(status->state),
                status->reason != NULL ? status->reason : "");
    hear(k, status);
    queue_status(k->queue, status);
}

static void ask_updated_cb(struct mezzo_scheduler *library,
                           const struct mezzo_ask_answer *answer,
                           void *arg)
{
    (void)library;
    queue_ask_updated(((struct clerk *)arg)->queue, answer);
}

static void stored_cb(struct mezzo_scheduler *library,
                      const struct mezzo_store_answer *answer,
                      void *arg)
{
    (void)library;
    queue_stored(((struct clerk *)arg)->queue, answer);
}

static void alarm_cb(struct mezzo_scheduler *library, void *arg)
{
    (void)library;
    queue_alarm(((struct clerk *)arg)->queue);
}

static void changed_cb(const struct job *j, void *arg)
{
    struct clerk *k = arg;

    world_trace(k->world, "clerk: job %s is %s: %s", j->id,
                job_state_name(j->state), j->reason);
    if (j->is_stored && j->number > k->told)
        k->told = j->number;
}

static void loaded_cb(const char *failure, void *arg)
{
    struct clerk *k = arg;

    k->is_loaded = failure == NULL;
    if (failure != NULL)
        mezzo_scheduler_stop(k->library);
}

static int64_t wall_cb(void *arg)
{
    return world_wall(((struct clerk *)arg)->world);
}

static struct mezzo_scheduler *make_library(struct clerk *k)
{
    static const char *const roles[] = {"mpi"};
    static const struct mezzo_scheduler_callbacks callbacks = {
        .subscribed = subscribed_cb,
        .disconnected = disconnected_cb,
        .offers = offers_cb,
        .rescinded = rescinded_cb,
        .status = status_cb,
        .ask_updated = ask_updated_cb,
        .stored = stored_cb,
        .alarm = alarm_cb,
    };
    const struct mezzo_scheduler_options options = {
        .name = "clerk",
        .user = "nobody",
        .roles = roles,
        .roles_count = 1,
        .failover_timeout_ms = INT64_C(3600) * 1000,
        .acknowledges_by_hand = true,
        .begins_suppressed = true,
        .store = "store",
    };

    return mezzo_scheduler_new(&options, &callbacks, k);
}

static struct machine start(void *arg)
{
    struct clerk *k = arg;
    const struct queue_options options = {
        .partitions = &k->partitions,
        .role = "mpi",
        .executor = "/executor",
        .wall_ms = wall_cb,
        .changed = changed_cb,
        .loaded = loaded_cb,
        .arg = k,
    };
    const struct core_surroundings surroundings = {
        .seed = world_random(k->world, UINT64_MAX),
        .user = "nobody",
        .masters = k->masters,
    };

    k->life++;
    k->is_loaded = false;
    k->queue = queue_new(&options);
    k->library = make_library(k);
    k->wraps = (struct wraps){.scheduler = k->library,
                              .arg = k,
                              .launching = launching_cb,
                              .launched = launched_cb,
                              .killing = killing_cb};
    wraps_add(&k->wraps);
    if (scheduler_prepare(k->library, &surroundings, NULL) != 0)
        abort();
    queue_start(k->queue, k->library);
    return scheduler_machine(k->library);
}

static void stop(void *arg)
{
    struct clerk *k = arg;

    wraps_remove(&k->wraps);
    mezzo_scheduler_free(k->library);
    queue_free(k->queue);
    k->queue = NULL;
    k->library = NULL;
}

static void stopped(void *arg, int status)
{
    struct clerk *k = arg;

    (void)status;
    world_set(k->world, &k->fate, world_now(k->world) + RESTART_MS);
}

static void fate_cb(struct event *event)
{
    struct clerk *k = event->arg;
    msec_t now = world_now(k->world);

    if (!process_is_up(k->process)) {
        process_start(k->process);
    } else if (!k->is_calm) {
        process_kill(k->process, false);
        world_set(k->world, event, now + world_between(k->world, 0, 5000));
        return;
    }
    if (!k->is_calm)
        world_set(k->world, event,
                  now + world_between(k->world, 0, DIES_MS_MAX));
}

static void event_init(struct clerk *k,
                       struct event *event,
                       void (*happen)(struct event *event),
                       msec_t ms)
{
    event->happen = happen;
    event->arg = k;
    world_set(k->world, event, world_now(k->world) + ms);
}

struct clerk *clerk_new(struct world *w,
                        struct network *n,
                        struct ledger *l,
                        const char *masters,
                        unsigned ranks_max)
{
    static const char *const any[] = {"*"};
    struct clerk *k = memory_new(1, sizeof *k);
    const struct process_options process = {
        .name = "clerk",
        .principal = {.name = "clerk",
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

    k->world = w;
    k->ledger = l;
    k->masters = masters;
    k->ranks_max = ranks_max;
    k->disk = process.disk;
    k->tasks = memory_new(TASKS_MAX, sizeof *k->tasks);
    if (partitions_parse("", "", &k->partitions, NULL) < 0)
        abort();
    k->process = process_new(w, n, &process);
    event_init(k, &k->fate, fate_cb, world_between(w, 1000, DIES_MS_MAX));
    event_init(k, &k->user, user_cb, 500);
    event_init(k, &k->look, look_cb, LOOK_MS);
    process_start(k->process);
    return k;
}

void clerk_free(struct clerk *k)
{
    if (k == NULL)
        return;
    world_cancel(k->world, &k->fate);
    world_cancel(k->world, &k->user);
    world_cancel(k->world, &k->look);
    process_free(k->process);
    disk_free(k->disk);
    partitions_release(&k->partitions);
    free(k->tasks);
    free(k);
}

struct process *clerk_process(const struct clerk *k)
{
    return k->process;
}

void clerk_calm(struct clerk *k)
{
    k->is_calm = true;
    if (!process_is_up(k->process))
        process_start(k->process);
}

/* snapshot_test.c - what an agent knows is the same after it was written as a
 * snapshot and read again, in no more records. */

#include "agent/snapshot.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/channels.h"
#include "agent/execs.h"
#include "agent/identity.h"
#include "agent/images.h"
#include "agent/inboxes.h"
#include "agent/outbox.h"
#include "agent/recovery.h"
#include "agent/roster.h"
#include "agent/sandboxes.h"
#include "agent/scribe.h"
#include "agent/settings.h"
#include "agent/updates.h"
#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/executor_desk.h"

/* What a journal makes of an agent, without the agent. */
struct mind {
    struct step step;
    struct effects fx;
    struct identity identity;
    struct random random;
    struct agent_options *options;
    struct recovery recovery;
    const uint8_t *snapshot; /* of it */
    size_t size;
};

static struct resources total;

static void mind_init(struct mind *m, const uint8_t *bytes, size_t size)
{
    const struct agent_master master = {.endpoint = "tcp://m:1"};

    *m = (struct mind){.fx = {.arena = arena_new()}};
    m->options = settings_new(&(struct agent_options){.hostname = "h",
                                                      .user = "root",
                                                      .resources = &total,
                                                      .masters = &master,
                                                      .masters_count = 1});
    m->step = (struct step){.now = 1000,
                            .wall = 1700000000000,
                            .fx = &m->fx,
                            .options = m->options,
                            .random = &m->random,
                            .deadlines = deadlines_new(),
                            .identity = &m->identity,
                            .roster = roster_new(&total),
                            .outbox = outbox_new(),
                            .channels = channels_new(),
                            .inboxes = inboxes_new(),
                            .execs = execs_new()};
    m->step.scribe = scribe_new(m->step.deadlines);
    m->step.sandboxes = sandboxes_new(m->step.deadlines);
    m->step.images = images_new(m->step.deadlines);
    m->recovery = recovery_read(bytes, size, "boot-0", &m->step);
    recovery_settle(&m->recovery, "boot-0", &m->step);
    m->snapshot = snapshot_make(&m->step, &m->size);
}

static void mind_release(struct mind *m)
{
    struct framework *f;

    TAILQ_FOREACH (f, &m->step.roster->frameworks, entry)
        updates_close(f, m->step.deadlines);
    execs_free(m->step.execs, m->step.deadlines);
    inboxes_free(m->step.inboxes);
    channels_free(m->step.channels, m->step.deadlines);
    images_free(m->step.images);
    sandboxes_free(m->step.sandboxes);
    outbox_free(m->step.outbox);
    scribe_free(m->step.scribe);
    roster_free(m->step.roster);
    identity_release(&m->identity);
    deadlines_free(m->step.deadlines);
    settings_free(m->options);
    arena_free(m->fx.arena);
}

static bool is_same_run(const struct run *a, const struct run *b)
{
    return strcmp(a->name, b->name) == 0 && a->phase == b->phase &&
           a->was_launched == b->was_launched && a->pid == b->pid &&
           a->started_ticks == b->started_ticks;
}

static bool is_same_task(const struct task *a, const struct task *b)
{
    return strcmp(a->key, b->key) == 0 && a->state == b->state &&
           a->state_journaled == b->state_journaled && a->cause == b->cause &&
           (a->cause == END_NONE || a->grace_ms == b->grace_ms) &&
           a->updates_count == b->updates_count &&
           a->started_wall == b->started_wall &&
           a->health.is_known == b->health.is_known &&
           resources_equal(&a->resources, &b->resources) &&
           a->info_size == b->info_size &&
           (a->executor == NULL) == (b->executor == NULL) &&
           (a->gang == NULL) == (b->gang == NULL) &&
           is_same_run(&a->run, &b->run);
}

static bool are_same(const struct mind *a, const struct mind *b)
{
    const struct task *s = TAILQ_FIRST(&a->step.roster->tasks);
    const struct task *t = TAILQ_FIRST(&b->step.roster->tasks);
    const struct executor *d = TAILQ_FIRST(&a->step.roster->executors);
    const struct executor *e = TAILQ_FIRST(&b->step.roster->executors);
    bool is_same = strcmp(a->identity.agent_id, b->identity.agent_id) == 0 &&
                   a->identity.leader_epoch == b->identity.leader_epoch;

    for (; s != NULL && t != NULL && is_same;
         s = TAILQ_NEXT(s, entry), t = TAILQ_NEXT(t, entry))
        is_same = is_same_task(s, t);
    for (; d != NULL && e != NULL && is_same;
         d = TAILQ_NEXT(d, entry), e = TAILQ_NEXT(e, entry))
        is_same =
            strcmp(d->token, e->token) == 0 && is_same_run(&d->run, &e->run);
    return is_same && s == NULL && t == NULL && d == NULL && e == NULL;
}

/* The snapshot of what the desk's journal says, taken over twice. */
static void round_trip(struct desk *d, size_t tasks_count)
{
    struct mind first, second;
    uint8_t *journal;
    size_t size;

    journal = desk_journal(d, &size);
    mind_init(&first, journal, size);
    CHECK(first.recovery.refused_count == 0 && !first.recovery.is_torn);
    CHECK(roster_tasks_count(first.step.roster) == tasks_count);
    mind_init(&second, first.snapshot, first.size);
    CHECK(second.recovery.refused_count == 0);
    CHECK(second.recovery.read_size == first.size);
    CHECK(second.recovery.records_count <= first.recovery.records_count);
    CHECK(are_same(&first, &second));
    CHECK(second.size == first.size &&
          memcmp(first.snapshot, second.snapshot, first.size) == 0);
    mind_release(&second);
    mind_release(&first);
}

static void a_new_agent_knows_itself(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    round_trip(d, 0);
    desk_free(d);
}

static void tasks_of_all_ages_survive(void)
{
    struct desk *d = desk_new();
    const Mesos__V1__TaskStatus *status;

    desk_register(d);
    desk_launch(d, desk_task(d, "runs"));
    desk_launch(d, desk_task(d, "killed"));
    desk_launch(d, desk_task(d, "failed"));
    desk_launch(d, desk_task(d, "over"));
    desk_hold(d, ORDER_LAUNCH);
    desk_launch(d, desk_task(d, "waits"));
    desk_kill(d, "killed");
    desk_exit(d, "F/failed", 3 << 8);
    desk_exit(d, "F/over", 0);
    round_trip(d, 5);
    status = desk_take_update(d, "killed");
    desk_acknowledge(d, status, true); /* with that of "runs" before it */
    round_trip(d, 5);
    while ((status = desk_take_update(d, "over")) != NULL)
        desk_acknowledge(d, status, true);
    round_trip(d, 2);
    desk_free(d);
}

/* It began when it began: neither is that told again, nor does its walltime
 * begin anew. */
static void what_runs_runs_on_after_a_rewrite(void)
{
    struct desk *d = desk_new();
    Mesos__V1__TaskInfo *task;
    Mesos__V1__DurationInfo *duration;
    const Mesos__V1__TaskStatus *status;
    uint8_t *journal;
    struct mind m;
    size_t size;

    desk_register(d);
    task = desk_task(d, "runs");
    duration =
        message_new(desk_arena(d), &mesos__v1__duration_info__descriptor);
    duration->nanoseconds = 60000 * INT64_C(1000000);
    task->max_completion_time = duration;
    desk_launch(d, task);
    while ((status = desk_take_update(d, "runs")) != NULL)
        desk_acknowledge(d, status, false);
    journal = desk_journal(d, &size);
    mind_init(&m, journal, size);
    desk_set_journal(d, m.snapshot, m.size);
    mind_release(&m);
    desk_pass(d, 40000);
    desk_restart(d);
    desk_register(d);
    CHECK(desk_take_update(d, "runs") == NULL);
    CHECK(desk_is_alive(d, "F/runs"));
    while (desk_take_order(d, ORDER_SIGNAL, "F/runs") != NULL)
        ;
    desk_pass(d, 25000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/runs") != NULL);
    desk_free(d);
}

static void one_that_was_refused_is_known_by_its_update(void)
{
    struct desk *d = desk_new();
    Mesos__V1__TaskInfo *task;

    desk_register(d);
    task = desk_task(d, "bad");
    task->command->value = (char *)"";
    desk_launch(d, task);
    round_trip(d, 1);
    desk_free(d);
}

static void executors_survive_with_their_tokens(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    desk_launch(d, executor_desk_task(d, "u"));
    round_trip(d, 2);
    desk_exit(d, EXECUTOR_DESK_RUN, 9);
    round_trip(d, 2);
    desk_free(d);
}

int main(void)
{
    if (resources_parse(&total, "cpus:4;mem:4096", NULL) < 0)
        return 99;
    a_new_agent_knows_itself();
    tasks_of_all_ages_survive();
    what_runs_runs_on_after_a_rewrite();
    one_that_was_refused_is_known_by_its_update();
    executors_survive_with_their_tokens();
    resources_release(&total);
    return test_done();
}

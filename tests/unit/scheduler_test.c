/* scheduler_test.c - the life of a scheduler: subscribing, coming back, what it
 * keeps meanwhile, and leaving. */

#include "tests/unit/scheduler_desk.h"

#include <errno.h>
#include <string.h>

#include "libframework/scheduler.h"
#include "tests/test.h"

#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name
#define STATE(name) MESOS__V1__TASK_STATE__TASK_##name

static void it_subscribes_when_it_starts(void)
{
    struct desk d;

    desk_open(&d, NULL);
    CHECK(d.machine.deadline(d.machine.core) == MSEC_NEVER);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE -\n"));
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1\n"));
    CHECK(strcmp(mezzo_scheduler_framework_id(d.scheduler), "f1") == 0);
    desk_close(&d);
}

static void it_comes_back_with_its_id_after_a_growing_while(void)
{
    struct desk d;
    msec_t waited;

    desk_begin(&d, NULL);
    desk_cut(&d, "silent");
    CHECK(desk_did(&d, "< disconnected silent\n"));
    waited = d.machine.deadline(d.machine.core) - d.now;
    CHECK(waited >= 100 && waited <= 1000);
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE f1\n"));
    for (int i = 0; i < 12; i++) { /* nobody was told: no callback */
        desk_cut(&d, "nobody listens");
        waited = d.machine.deadline(d.machine.core) - d.now;
        desk_wait(&d, waited);
        CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE f1\n"));
    }
    CHECK(waited >= 15000 && waited <= 30000);
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n"));
    desk_cut(&d, "again");
    CHECK(d.machine.deadline(d.machine.core) - d.now <= 1000);
    desk_close(&d);
}

static void a_master_that_does_not_answer_is_left(void)
{
    struct desk d;

    desk_open(&d, NULL);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    desk_forget(&d);
    d.now += 14999;
    desk_step(&d, (struct input){.kind = INPUT_TIMEOUT});
    CHECK(desk_did(&d, ""));
    d.now += 1;
    desk_step(&d, (struct input){.kind = INPUT_TIMEOUT});
    CHECK(desk_did(&d, "> end master-1: no answer to a subscription\n"));
    desk_close(&d);
}

static void an_older_leader_is_not_listened_to(void)
{
    struct effects fx;
    struct desk d;

    desk_begin(&d, NULL); /* the desk's master leads in epoch 3 */
    desk_cut(&d, "gone");
    d.now += 1000;
    fx = (struct effects){.arena = d.arena};
    d.machine.step(d.machine.core, &(struct input){.kind = INPUT_TIMEOUT},
                   d.now, &fx);
    CHECK(fx.count > 0 && fx.items[0].kind == EFFECT_CONNECT &&
          fx.items[0].connect.epoch_min == 3);
    desk_close(&d);
}

static void what_an_earlier_link_says_is_ignored(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_cut(&d, "gone");
    desk_wait(&d, 1000);
    desk_forget(&d);
    strcpy(d.link, "master-1");
    desk_subscribed(&d, "f1");
    desk_cut(&d, "again");
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

static const struct mezzo_scheduler_options stored = {.name = "test",
                                                      .store = "file"};

static void a_new_id_is_stored_before_anything_is_told(void)
{
    struct desk d;

    desk_open(&d, &stored);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    CHECK(desk_did(&d, "> load 1 /framework\n"));
    desk_stored(&d, 1, STORE_OK, NULL, 0);
    CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE -\n"));
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "> store 2 /framework f1\n"));
    desk_offer(&d, "o1", "a1", "cpus:4;mem:1024");
    CHECK(desk_did(&d, ""));
    desk_stored(&d, 2, STORE_OK, NULL, 0);
    CHECK(desk_did(&d, "< subscribed f1\n"
                       "< offer o1 a1 * cpus 4000 mem 1024\n"));
    desk_cut(&d, "gone"); /* it is stored: not again */
    desk_wait(&d, 1000);
    desk_forget(&d);
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n"));
    desk_close(&d);
}

static void a_link_that_breaks_while_the_id_is_stored_loses_nothing(void)
{
    struct desk d;

    desk_open(&d, &stored);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    desk_stored(&d, 1, STORE_OK, NULL, 0);
    desk_subscribed(&d, "f1");
    desk_offer(&d, "o1", "a1", "cpus:4;mem:1024");
    desk_cut(&d, "gone");
    desk_forget(&d);
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE f1\n"));
    desk_subscribed(&d, "f1"); /* still not stored */
    CHECK(desk_did(&d, ""));
    desk_stored(&d, 2, STORE_OK, NULL, 0);
    CHECK(desk_did(&d, "< subscribed f1\n")); /* o1 went with its link */
    desk_close(&d);
}

static void a_stored_id_is_used_by_the_next_process(void)
{
    const struct store_entry entry = {.key = "/framework",
                                      .value = (const uint8_t *)"f9",
                                      .size = 2,
                                      .version = 1};
    struct desk d;

    desk_open(&d, &stored);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    desk_stored(&d, 1, STORE_OK, &entry, 1);
    CHECK(desk_did(&d, "> load 1 /framework\n"
                       "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE f9\n"));
    desk_subscribed(&d, "f9"); /* and asks for tasks it does not know */
    CHECK(desk_did(&d, "< subscribed f9 again new_process\n> RECONCILE\n"));
    desk_close(&d);
}

static void one_removed_while_it_was_away_begins_anew(void)
{
    const struct store_entry entry = {.key = "/framework",
                                      .value = (const uint8_t *)"f9",
                                      .size = 2,
                                      .version = 1};
    struct mezzo_scheduler_options options = stored;
    struct desk d;

    options.begins_anew = true;
    desk_open(&d, &options);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    desk_stored(&d, 1, STORE_OK, &entry, 1);
    desk_forget(&d);
    desk_error(&d, "Framework has been removed");
    desk_cut(&d, "Framework has been removed");
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE -\n"));
    desk_subscribed(&d, "f10");
    CHECK(desk_did(&d, "> store 2 /framework f10\n"));
    desk_stored(&d, 2, STORE_OK, NULL, 0);
    CHECK(desk_did(&d, "< subscribed f10 again new_process\n> RECONCILE\n"));
    desk_error(&d, "Framework has been removed"); /* while it is there */
    CHECK(desk_did(&d, "< error Framework has been removed\n> stop 1\n"));
    desk_close(&d);
}

static void a_store_that_fails_ends_it(void)
{
    struct desk d;

    desk_open(&d, &stored);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    desk_forget(&d);
    desk_stored(&d, 1, STORE_FAILED, NULL, 0);
    CHECK(desk_did(&d, "< error its store cannot be read\n> stop 1\n"));
    CHECK(mezzo_scheduler_kill(d.scheduler, "t", -1) == -ESHUTDOWN);
    desk_close(&d);
}

static void being_refused_ends_it(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_error(&d, "Framework has been removed");
    CHECK(desk_did(&d, "< error Framework has been removed\n> stop 1\n"));
    CHECK(strcmp(mezzo_scheduler_explain(d.scheduler),
                 "Framework has been removed") == 0);
    CHECK(d.machine.deadline(d.machine.core) == MSEC_NEVER);
    desk_close(&d);
}

static void tasks_that_have_not_ended_are_asked_for_until_answered(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    desk_launch(&d, "t2");
    desk_launch(&d, "t3");
    desk_update(&d, "t2", STATE(FINISHED), 1);
    desk_cut(&d, "gone");
    desk_wait(&d, 1000);
    desk_forget(&d);
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n> RECONCILE t1 t3\n"));
    desk_update(&d, "t1", STATE(RUNNING), 0);
    CHECK(desk_did(&d, "< status t1 TASK_RUNNING\n"));
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> RECONCILE t3\n"));
    desk_wait(&d, 2000);
    CHECK(desk_did(&d, "> RECONCILE t3\n"));
    desk_wait(&d, 600000); /* ever more seldom: 4, 8 ... 60 s */
    CHECK(d.size < 20 * strlen("> RECONCILE t3\n"));
    desk_forget(&d);
    desk_update(&d, "t3", STATE(GONE), 0);
    CHECK(desk_did(&d, "< status t3 TASK_DROPPED\n")); /* never heard of */
    desk_update(&d, "t1", STATE(GONE), 0);
    CHECK(desk_did(&d, "< status t1 TASK_GONE\n")); /* it ran */
    desk_wait(&d, 600000);
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

static void a_duplicate_is_acknowledged_and_not_shown(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    desk_update(&d, "t1", STATE(RUNNING), 1);
    CHECK(desk_did(&d, "< status t1 TASK_RUNNING\n> ACKNOWLEDGE t1 1 up_to\n"));
    desk_update(&d, "t1", STATE(RUNNING), 1);
    CHECK(desk_did(&d, "> ACKNOWLEDGE t1 1 up_to\n"));
    desk_update(&d, "t1", STATE(FINISHED), 2);
    CHECK(
        desk_did(&d, "< status t1 TASK_FINISHED\n> ACKNOWLEDGE t1 2 up_to\n"));
    desk_update(&d, "t1", STATE(FINISHED), 0); /* late hearsay */
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

/* Those before it could be lost: only it may be acknowledged. */
static void an_update_after_a_gap_speaks_for_itself_only(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    desk_launch(&d, "t2");
    desk_update(&d, "t1", STATE(RUNNING), 3);
    CHECK(desk_did(&d, "< status t1 TASK_RUNNING\n> ACKNOWLEDGE t1 3\n"));
    desk_update(&d, "t2", STATE(STARTING), 1);
    CHECK(
        desk_did(&d, "< status t2 TASK_STARTING\n> ACKNOWLEDGE t2 1 up_to\n"));
    desk_update(&d, "t2", STATE(RUNNING), 2); /* and now it has them all */
    CHECK(desk_did(&d, "< status t2 TASK_RUNNING\n> ACKNOWLEDGE t2 2 up_to\n"));
    desk_update(&d, "t2", STATE(FINISHED), 4);
    CHECK(
        desk_did(&d, "< status t2 TASK_FINISHED\n> ACKNOWLEDGE t2 4 up_to\n"));
    desk_close(&d);
}

static void the_acknowledgements_of_a_step_become_one(void)
{
    Mesos__V1__Scheduler__Event *all[3];
    Mezzo__SchedulerEvents events = MEZZO__SCHEDULER_EVENTS__INIT;
    Mesos__V1__FrameworkID id = MESOS__V1__FRAMEWORK_ID__INIT;
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    desk_launch(&d, "t2");
    all[0] = desk_status(&d, "t1", STATE(RUNNING), 1);
    all[1] = desk_status(&d, "t2", STATE(RUNNING), 2);
    all[2] = desk_status(&d, "t1", STATE(FINISHED), 3);
    id.value = (char *)"f1";
    events.framework_id = &id;
    events.events = all;
    events.n_events = 3;
    desk_step(&d, (struct input){.kind = INPUT_RECEIVED,
                                 .peer = d.link,
                                 .type = FRAME_SCHEDULER_EVENTS,
                                 .message = &events.base});
    CHECK(desk_did(&d, "< status t1 TASK_RUNNING\n< status t2 TASK_RUNNING\n"
                       "< status t1 TASK_FINISHED\n"
                       "> ACKNOWLEDGE t1 3 up_to\n"));
    desk_close(&d);
}

static struct mezzo_status kept;
static char kept_agent[32], kept_task[32];

static void keep(struct desk *d, const struct mezzo_status *status)
{
    (void)d;
    kept = *status;
    kept.agent_id = strcpy(kept_agent, status->agent_id);
    kept.task_id = strcpy(kept_task, status->task_id);
}

static void by_hand_nothing_is_acknowledged_before_it_is_said(void)
{
    const struct mezzo_scheduler_options options = {
        .name = "test", .acknowledges_by_hand = true};
    struct desk d;

    desk_begin(&d, &options);
    desk_launch(&d, "t1");
    d.on_status = keep;
    desk_update(&d, "t1", STATE(FINISHED), 1);
    CHECK(desk_did(&d, "< status t1 TASK_FINISHED\n"));
    desk_cut(&d, "gone");
    CHECK(mezzo_scheduler_acknowledge(d.scheduler, &kept) == -ENOTCONN);
    desk_wait(&d, 1000);
    desk_subscribed(&d, "f1");
    desk_forget(&d);
    desk_update(&d, "t1", STATE(FINISHED), 1); /* so it comes again */
    CHECK(desk_did(&d, "< status t1 TASK_FINISHED\n"));
    CHECK(mezzo_scheduler_acknowledge(d.scheduler, &kept) == 0);
    CHECK(d.called > 0); /* not from within a step: one is wanted */
    desk_settle(&d);
    CHECK(desk_did(&d, "> ACKNOWLEDGE t1 1 up_to\n"));
    desk_update(&d, "t1", STATE(FINISHED), 1);
    CHECK(desk_did(&d, "> ACKNOWLEDGE t1 1 up_to\n"));
    kept.is_reliable = false;
    CHECK(mezzo_scheduler_acknowledge(d.scheduler, &kept) == -EINVAL);
    desk_close(&d);
}

/* The master knows that it ended, the agent knows how. */
static void an_end_by_hearsay_waits_for_the_agent(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    desk_launch(&d, "t2");
    desk_cut(&d, "gone");
    desk_wait(&d, 1000);
    desk_subscribed(&d, "f1");
    desk_forget(&d);
    desk_update(&d, "t1", STATE(FAILED), 0);
    desk_update(&d, "t2", STATE(FAILED), 0);
    CHECK(desk_did(&d, ""));
    desk_update(&d, "t1", STATE(FAILED), 2);
    CHECK(desk_did(&d, "< status t1 TASK_FAILED\n> ACKNOWLEDGE t1 2\n"));
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> RECONCILE t2\n")); /* the agent says nothing */
    desk_update(&d, "t2", STATE(FAILED), 0);
    CHECK(desk_did(&d, "< status t2 TASK_FAILED\n"));
    desk_update(&d, "t2", STATE(FAILED), 3); /* so late it is no news */
    CHECK(desk_did(&d, "> ACKNOWLEDGE t2 3\n"));
    desk_close(&d);
}

static void a_kill_is_said_again_until_the_task_has_ended(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    desk_cut(&d, "gone");
    CHECK(mezzo_scheduler_kill(d.scheduler, "t1", 100) == 0);
    desk_wait(&d, 1000);
    desk_forget(&d);
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n> KILL t1\n> RECONCILE t1\n"));
    desk_update(&d, "t1", STATE(KILLED), 1);
    desk_cut(&d, "gone");
    desk_wait(&d, 1000);
    desk_forget(&d);
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n"));
    CHECK(mezzo_scheduler_kill(d.scheduler, "t1", -1) == 0); /* it is */
    desk_settle(&d);
    CHECK(desk_did(&d, ""));
    CHECK(mezzo_scheduler_kill(d.scheduler, "a b", -1) == -EINVAL);
    CHECK(mezzo_scheduler_kill(d.scheduler, "t1", -2) == -EINVAL);
    desk_close(&d);
}

static void roles_stay_suppressed_over_a_reconnection(void)
{
    static const char *const roles[] = {"web", "batch"};
    const struct mezzo_scheduler_options options = {
        .name = "test", .roles = roles, .roles_count = 2};
    struct desk d;

    desk_begin(&d, &options);
    CHECK(mezzo_scheduler_suppress(d.scheduler, "batch") == 0);
    CHECK(mezzo_scheduler_suppress(d.scheduler, "other") == -ENOENT);
    desk_settle(&d);
    CHECK(desk_did(&d, "> SUPPRESS batch\n"));
    desk_cut(&d, "gone");
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "< disconnected gone\n"
                       "> connect tcp://127.0.0.1:5050\n"
                       "> SUBSCRIBE f1 suppressed batch\n"));
    CHECK(mezzo_scheduler_revive(d.scheduler, NULL) == 0);
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n> REVIVE batch\n"));
    desk_close(&d);
}

static void a_teardown_is_over_when_the_master_says_so(void)
{
    struct desk d;

    desk_begin(&d, &stored);
    desk_stored(&d, 1, STORE_OK, NULL, 0);
    desk_subscribed(&d, "f1");
    desk_stored(&d, 2, STORE_OK, NULL, 0);
    desk_forget(&d);
    CHECK(mezzo_scheduler_teardown(d.scheduler) == 0);
    CHECK(mezzo_scheduler_teardown(d.scheduler) == -ESHUTDOWN);
    desk_settle(&d);
    CHECK(desk_did(&d, "> TEARDOWN\n"));
    desk_cut(&d, "gone"); /* did it hear? */
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE f1\n"));
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "> TEARDOWN\n"));
    desk_error(&d, "Framework has been removed");
    CHECK(desk_did(&d, "> store 3 /framework \n> stop 0\n"));
    desk_close(&d);
}

static void a_teardown_gives_up_without_a_master(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_cut(&d, "gone");
    CHECK(mezzo_scheduler_teardown(d.scheduler) == 0);
    desk_settle(&d);
    desk_forget(&d);
    while (d.now < 1000 + 29000) { /* tries, in vain */
        desk_wait(&d, 500);
        desk_cut(&d, "nobody listens");
    }
    desk_forget(&d);
    d.now = 1000 + 30000;
    desk_step(&d, (struct input){.kind = INPUT_TIMEOUT});
    CHECK(desk_did(&d, "> stop 2\n"));
    desk_close(&d);
}

static void what_was_asked_is_sent_before_it_stops(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    CHECK(mezzo_scheduler_kill(d.scheduler, "t1", -1) == 0);
    mezzo_scheduler_stop(d.scheduler);
    desk_settle(&d);
    CHECK(desk_did(&d, "> KILL t1\n> stop 0\n"));
    desk_close(&d);
}

static void asks_are_put_again_until_withdrawn(void)
{
    const struct mezzo_slot slot = {
        .each = {.cpu_milli = 500, .memory_mb = 32}, .count = 4, .min = 2};
    const struct mezzo_ask one = {
        .id = "one", .slots = &slot, .slots_count = 1};
    struct mezzo_ask two = one;
    struct desk d;

    two.id = "two";
    desk_begin(&d, NULL);
    CHECK(mezzo_scheduler_ask(d.scheduler, &one) == 0);
    CHECK(mezzo_scheduler_ask(d.scheduler, &two) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, "> REQUEST one\n> REQUEST two\n"));
    CHECK(mezzo_scheduler_withdraw(d.scheduler, "one") == 0);
    CHECK(mezzo_scheduler_withdraw(d.scheduler, "one") == -ENOENT);
    desk_settle(&d);
    CHECK(desk_did(&d, "> REQUEST one\n"));
    desk_cut(&d, "gone");
    desk_wait(&d, 1000);
    desk_forget(&d);
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n> REQUEST two\n"));
    two.slots_count = 0;
    CHECK(mezzo_scheduler_ask(d.scheduler, &two) == -EINVAL);
    desk_close(&d);
}

static void its_own_state_goes_through_the_store(void)
{
    const struct mezzo_store_op op = {.kind = MEZZO_STORE_SET,
                                      .key = "/jobs/7",
                                      .value = "seven",
                                      .size = 5,
                                      .version = MEZZO_STORE_ANY};
    const struct store_entry entry = {.key = "/own/jobs/7",
                                      .value = (const uint8_t *)"seven",
                                      .size = 5,
                                      .version = 1};
    struct mezzo_store_op bad = op;
    uint64_t request, load;
    struct desk d;

    desk_begin(&d, NULL);
    CHECK(mezzo_scheduler_store(d.scheduler, &op, 1, &request) == 0);
    CHECK(mezzo_scheduler_load(d.scheduler, "/", &load) == 0);
    CHECK(load != request);
    bad.key = "jobs";
    CHECK(mezzo_scheduler_store(d.scheduler, &bad, 1, &request) == -EINVAL);
    bad.key = NULL;
    CHECK(mezzo_scheduler_store(d.scheduler, &bad, 1, &request) == -EINVAL);
    CHECK(mezzo_scheduler_store(d.scheduler, &op, 0, &request) == -EINVAL);
    bad = op;
    bad.size = (size_t)17 << 20;
    CHECK(mezzo_scheduler_store(d.scheduler, &bad, 1, &request) == -E2BIG);
    desk_settle(&d);
    CHECK(desk_did(&d, "> store 1 /own/jobs/7 seven\n> load 2 /own\n"));
    desk_stored(&d, 1, STORE_CONFLICT, NULL, 0);
    desk_stored(&d, 2, STORE_OK, &entry, 1);
    CHECK(desk_did(&d, "< stored 1 1\n< stored 2 0\n<   /jobs/7 seven\n"));
    desk_close(&d);
}

static void an_alarm_comes_once_and_a_wake_too(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    mezzo_scheduler_set_alarm(d.scheduler, 2500);
    desk_wait(&d, 1499);
    CHECK(desk_did(&d, ""));
    desk_wait(&d, 10000);
    CHECK(desk_did(&d, "< alarm 2500\n"));
    desk_step(&d, (struct input){.kind = INPUT_LOCAL});
    CHECK(desk_did(&d, "< woken\n"));
    desk_close(&d);
}

/* Each event without what its type needs, or that cannot be. */
static void nonsense_ends_the_link_and_changes_nothing(void)
{
    static const Mesos__V1__Scheduler__Event__Type types[] = {
        EVENT(SUBSCRIBED), EVENT(OFFERS),  EVENT(RESCIND),
        EVENT(UPDATE),     EVENT(MESSAGE), EVENT(FAILURE),
        EVENT(ERROR),      EVENT(TICKET),  EVENT(ASK_UPDATED)};
    Mesos__V1__Scheduler__Event *e;
    struct desk d;

    desk_begin(&d, NULL);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        desk_say(&d, desk_event(&d, types[i]));
        CHECK(desk_did(&d, "> end master-1: an event without its content\n"));
    }
    e = desk_event(&d, EVENT(HEARTBEAT));
    e->has_type = false;
    desk_say(&d, e);
    CHECK(desk_did(&d, "> end master-1: an event without its content\n"));
    desk_say(&d, desk_event(&d, (Mesos__V1__Scheduler__Event__Type)4711));
    CHECK(desk_did(&d, "")); /* of a newer master */
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "> end master-1: subscribed twice\n"));
    desk_update(&d, "t1", 99, 1);
    CHECK(desk_did(&d, "> end master-1: a status has a state that is none\n"));
    e = desk_status(&d, "t1", STATE(RUNNING), 1);
    e->update->status->uuid.len = 3;
    desk_say(&d, e);
    CHECK(desk_did(&d, "> end master-1: a status has a uuid that is none\n"));
    e = desk_status(&d, "t1", STATE(RUNNING), 1);
    e->update->status->agent_id = NULL;
    desk_say(&d, e);
    CHECK(desk_did(&d, "> end master-1: a status has a uuid but no agent\n"));
    desk_step(&d, (struct input){.kind = INPUT_RECEIVED,
                                 .peer = d.link,
                                 .type = FRAME_MASTER_RESPONSE});
    CHECK(desk_did(&d, "> end master-1: not an event for a scheduler\n"));
    desk_close(&d);
}

static void an_event_before_the_subscription_ends_the_link(void)
{
    struct desk d;

    desk_open(&d, NULL);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    desk_forget(&d);
    desk_update(&d, "t1", STATE(RUNNING), 1);
    CHECK(desk_did(&d, "> end master-1: an event before we are subscribed\n"));
    desk_subscribed(&d, "no id");
    CHECK(desk_did(&d, "> end master-1: a framework id that is none\n"));
    desk_close(&d);
}

static void another_id_than_ours_ends_the_link(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_cut(&d, "gone");
    desk_wait(&d, 1000);
    desk_forget(&d);
    desk_subscribed(&d, "f2");
    CHECK(desk_did(&d, "> end master-2: subscribed as another framework\n"));
    desk_close(&d);
}

static int prepare(const struct mezzo_scheduler_options *options,
                   const char *masters)
{
    static const struct mezzo_scheduler_callbacks none;
    struct mezzo_scheduler *s = mezzo_scheduler_new(options, &none, NULL);
    int result = scheduler_prepare(
        s, &(struct core_surroundings){.user = "me", .masters = masters}, NULL);

    scheduler_free(s);
    return result;
}

static void options_that_cannot_be_are_refused(void)
{
    static const char *const bad_role[] = {"a//b"};
    static const char *const twice[] = {"a", "a"};
    char long_name[300];

    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
#define OPTIONS(...) &(struct mezzo_scheduler_options){__VA_ARGS__}
    CHECK(prepare(OPTIONS(.name = "n"), "h:1,h:2") == 0);
    CHECK(prepare(OPTIONS(.name = NULL), "h:1") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = ""), "h:1") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = "a\nb"), "h:1") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = long_name), "h:1") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n", .failover_timeout_ms = -1), "h:1") ==
          -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n", .framework_id = "a/b"), "h:1") ==
          -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n", .roles = bad_role, .roles_count = 1),
                  "h:1") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n", .roles = twice, .roles_count = 2),
                  "h:1") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n", .roles = twice, .roles_count = 0),
                  "h:1") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n"), "") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n"), "host") == -EINVAL);
    CHECK(prepare(OPTIONS(.name = "n"), "h:1,") == -EINVAL);
}

int main(void)
{
    it_subscribes_when_it_starts();
    it_comes_back_with_its_id_after_a_growing_while();
    a_master_that_does_not_answer_is_left();
    an_older_leader_is_not_listened_to();
    what_an_earlier_link_says_is_ignored();
    a_new_id_is_stored_before_anything_is_told();
    a_link_that_breaks_while_the_id_is_stored_loses_nothing();
    a_stored_id_is_used_by_the_next_process();
    one_removed_while_it_was_away_begins_anew();
    a_store_that_fails_ends_it();
    being_refused_ends_it();
    tasks_that_have_not_ended_are_asked_for_until_answered();
    a_duplicate_is_acknowledged_and_not_shown();
    an_update_after_a_gap_speaks_for_itself_only();
    the_acknowledgements_of_a_step_become_one();
    by_hand_nothing_is_acknowledged_before_it_is_said();
    an_end_by_hearsay_waits_for_the_agent();
    a_kill_is_said_again_until_the_task_has_ended();
    roles_stay_suppressed_over_a_reconnection();
    a_teardown_is_over_when_the_master_says_so();
    a_teardown_gives_up_without_a_master();
    what_was_asked_is_sent_before_it_stops();
    asks_are_put_again_until_withdrawn();
    its_own_state_goes_through_the_store();
    an_alarm_comes_once_and_a_wake_too();
    nonsense_ends_the_link_and_changes_nothing();
    an_event_before_the_subscription_ends_the_link();
    another_id_than_ours_ends_the_link();
    options_that_cannot_be_are_refused();
    return test_done();
}

/* recovery_test.c - an agent, or its machine, that stops at any point and
 * starts again.  Every task ends once, and nothing is left. */

#include <signal.h>
#include <string.h>

#include "agent/journal.h"
#include "base/message.h"
#include "base/random.h"
#include "base/uuid.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name
#define EXITED(status) ((status) << 8)

enum {
    TASKS_MAX = 64,
};

/* A framework that acknowledges, and counts the ends of each task. */
struct book {
    char id[TASKS_MAX][16];
    unsigned ends[TASKS_MAX]; /* with different uuids */
    uint8_t end_uuid[TASKS_MAX][UUID_SIZE];
    enum task_state end[TASKS_MAX];
    Mesos__V1__TaskStatus__Reason reason[TASKS_MAX];
    unsigned count;
};

static unsigned page_of(struct book *b, const char *id)
{
    unsigned i = 0;

    while (i < b->count && strcmp(b->id[i], id) != 0)
        i++;
    if (i == b->count)
        snprintf(b->id[b->count++], sizeof b->id[0], "%s", id);
    return i;
}

static void note(struct book *b, const Mesos__V1__TaskStatus *status)
{
    unsigned i = page_of(b, status->task_id->value);

    if (!task_has_ended((enum task_state)status->state))
        return;
    if (b->ends[i] > 0 &&
        memcmp(b->end_uuid[i], status->uuid.data, UUID_SIZE) == 0)
        return; /* sent again */
    b->ends[i]++;
    memcpy(b->end_uuid[i], status->uuid.data, UUID_SIZE);
    b->end[i] = (enum task_state)status->state;
    b->reason[i] = status->reason;
}

/* All that was told so far. */
static void read_on(struct desk *d, struct book *b, bool is_acknowledging)
{
    const Mezzo__AgentCall *call;

    while ((call = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__UPDATE)) !=
           NULL) {
        note(b, call->update->status);
        if (is_acknowledging)
            desk_acknowledge(d, call->update->status, false);
    }
}

/* A healthy end to everything: what lives ends, all is told and taken. */
static void settle(struct desk *d, struct book *b)
{
    desk_unhold_all(d);
    desk_break_journal(d, false);
    desk_pass(d, 31000);
    desk_register(d);
    desk_pass(d, 31000);
    for (unsigned i = 0; i < b->count; i++) {
        char run[32];

        snprintf(run, sizeof run, "F/%s", b->id[i]);
        if (desk_is_alive(d, run))
            desk_exit(d, run, EXITED(0));
    }
    desk_pass(d, 31000);
    read_on(d, b, true);
    for (unsigned i = 0; i < b->count; i++)
        if (b->ends[i] == 0) /* its launch was lost on the way */
            desk_reconcile(d, b->id[i]);
    desk_pass(d, 0);
    read_on(d, b, true);
}

static unsigned left_over(struct desk *d, struct book *b)
{
    const Mezzo__AgentCall *call;
    unsigned count = 0;

    for (unsigned i = 0; i < b->count; i++) {
        char run[32];

        snprintf(run, sizeof run, "F/%s", b->id[i]);
        count += desk_is_alive(d, run) || desk_is_zombie(d, run);
    }
    desk_restart(d);
    while ((call = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__REGISTER)) !=
           NULL)
        count += (unsigned)call->registration->n_tasks;
    return count;
}

static struct desk *registered(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    return d;
}

/* `orders` are carried out after a launch, one more maybe without the agent's
 * knowing; then it is killed.  False when there were not so many. */
static bool crash_after(unsigned orders,
                        bool is_one_unseen,
                        bool is_killed,
                        bool *is_right)
{
    struct desk *d = registered();
    struct book b = {0};
    bool has_all = true;

    page_of(&b, "t");
    desk_hold_all(d);
    desk_launch(d, desk_task(d, "t"));
    if (is_killed)
        desk_kill(d, "t");
    for (unsigned i = 0; i < orders && has_all; i++) {
        has_all = desk_carry_out_next(d, true);
        if (!has_all && desk_is_alive(d, "F/t")) {
            desk_exit(d, "F/t", EXITED(0));
            has_all = true;
        }
    }
    if (is_one_unseen)
        desk_carry_out_next(d, false);
    read_on(d, &b, false);
    desk_restart(d);
    settle(d, &b);
    *is_right = *is_right && b.ends[0] == 1 && left_over(d, &b) == 0;
    desk_free(d);
    return has_all;
}

static void an_agent_killed_at_any_point_ends_its_task_once(void)
{
    bool is_right = true;
    unsigned points = 0;

    for (int variant = 0; variant < 4; variant++)
        for (unsigned orders = 0;; orders++) {
            points++;
            if (!crash_after(orders, variant & 1, variant & 2, &is_right))
                break;
        }
    CHECK(is_right);
    CHECK(points > 20);
}

static void a_task_that_lives_is_found_again(void)
{
    struct desk *d = registered();

    desk_launch(d, desk_task(d, "t"));
    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_restart(d);
    CHECK(desk_is_alive(d, "F/t"));
    desk_register(d);
    desk_pass(d, 60000);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_kill(d, "t");
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_exit(d, "F/t", SIGTERM);
    CHECK(desk_take_update(d, "t")->state ==
          MESOS__V1__TASK_STATE__TASK_KILLED);
    desk_free(d);
}

static void what_a_task_holds_is_not_given_away_after_a_restart(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");

    desk_add_resource(d, task, "cpus:2");
    desk_launch(d, task);
    desk_restart(d);
    desk_register(d);
    task = desk_task(d, "u");
    desk_add_resource(d, task, "cpus:1");
    desk_launch(d, task);
    CHECK(desk_take_update(d, "u")->state ==
          MESOS__V1__TASK_STATE__TASK_DROPPED);
    desk_exit(d, "F/t", EXITED(0));
    desk_launch(d, desk_task(d, "v"));
    CHECK(desk_is_alive(d, "F/v"));
    desk_free(d);
}

static void an_agent_that_comes_back_smaller_gives_out_no_more_than_it_has(void)
{
    struct desk *d = registered();
    struct resources less = {0};
    Mesos__V1__TaskInfo *task = desk_task(d, "t");

    desk_add_resource(d, task, "cpus:2");
    desk_launch(d, task);
    resources_parse(&less, "cpus:2;mem:4096", NULL);
    desk_options(d)->resources = &less;
    desk_restart(d);
    desk_register(d);
    desk_launch(d, desk_task(d, "u"));
    CHECK(!desk_is_alive(d, "F/u"));
    desk_exit(d, "F/t", EXITED(0));
    task = desk_task(d, "v");
    desk_add_resource(d, task, "cpus:1");
    desk_launch(d, task);
    CHECK(desk_is_alive(d, "F/v"));
    desk_launch(d, desk_task(d, "w")); /* three were freed, of two */
    CHECK(!desk_is_alive(d, "F/w"));
    desk_free(d);
    resources_release(&less);
}

static void an_end_that_nobody_saw_is_told(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *end;

    desk_launch(d, desk_task(d, "t"));
    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_exit_unseen(d, "F/t", EXITED(7));
    desk_restart(d);
    desk_register(d);
    desk_pass(d, 0);
    end = desk_take_update(d, "t");
    CHECK(end->state == MESOS__V1__TASK_STATE__TASK_FAILED);
    CHECK(end->exit_code == 7);
    CHECK(!desk_is_zombie(d, "F/t"));
    desk_free(d);
}

static void a_run_that_is_gone_failed_if_it_had_begun(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *end;

    desk_launch(d, desk_task(d, "t"));
    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_lose(d, "F/t");
    desk_restart(d);
    desk_register(d);
    desk_pass(d, 0);
    end = desk_take_update(d, "t");
    CHECK(end->state == MESOS__V1__TASK_STATE__TASK_FAILED);
    CHECK(strstr(end->message, "exit status unknown") != NULL);
    desk_free(d);
}

static void a_task_that_was_never_launched_is_dropped(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *end;

    desk_hold(d, ORDER_PREPARE);
    desk_launch(d, desk_task(d, "t"));
    desk_restart(d);
    desk_register(d);
    desk_pass(d, 0);
    end = desk_take_update(d, "t");
    CHECK(end->state == MESOS__V1__TASK_STATE__TASK_DROPPED);
    CHECK(end->reason == REASON(AGENT_RESTARTED));
    desk_free(d);
}

static void a_kill_goes_on_after_a_restart(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *end;

    desk_launch(d, desk_task(d, "t"));
    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_kill(d, "t");
    desk_restart(d);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_pass(d, 5000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGKILL);
    desk_exit(d, "F/t", SIGKILL);
    desk_register(d);
    desk_pass(d, 0);
    end = desk_take_update(d, "t");
    CHECK(end->state == MESOS__V1__TASK_STATE__TASK_KILLED);
    desk_free(d);
}

static void walltime_counts_while_no_agent_runs(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");
    Mesos__V1__DurationInfo limit = MESOS__V1__DURATION_INFO__INIT;

    limit.nanoseconds = 60000000000;
    task->max_completion_time = &limit;
    desk_launch(d, task);
    desk_pass(d, 40000);
    desk_restart(d);
    desk_pass(d, 19999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t") == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_free(d);
}

static void no_master_is_asked_before_all_runs_are_known(void)
{
    struct desk *d = registered();
    uint64_t count;

    desk_launch(d, desk_task(d, "t"));
    count = desk_connects_count(d);
    desk_restart(d);
    CHECK(desk_connects_count(d) == count + 1);
    desk_free(d);
}

static void a_machine_that_was_restarted_ends_every_task_once(void)
{
    struct desk *d = registered();
    struct book b = {0};

    desk_launch(d, desk_task(d, "t"));
    desk_launch(d, desk_task(d, "u"));
    desk_exit(d, "F/u", EXITED(0)); /* synced, and all before it */
    desk_launch(d, desk_task(d, "lost"));
    desk_reboot(d);
    CHECK(desk_take_order(d, ORDER_ADOPT, NULL) == NULL);
    desk_register(d);
    desk_pass(d, 0);
    read_on(d, &b, true);
    CHECK(b.count == 2); /* the third is the master's to ask for */
    CHECK(b.ends[page_of(&b, "t")] == 1 && b.ends[page_of(&b, "u")] == 1);
    CHECK(b.end[page_of(&b, "t")] == TASK_FAILED);
    CHECK(b.end[page_of(&b, "u")] == TASK_FINISHED);
    desk_restart(d);
    desk_register(d);
    desk_pass(d, 0);
    CHECK(desk_take_call(d, MEZZO__AGENT_CALL__TYPE__UPDATE) == NULL);
    desk_free(d);
}

/* A number that was told and lost must not come again for something else. */
static void a_power_cut_begins_a_new_stream(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *before, *after;

    desk_launch(d, desk_task(d, "t"));
    desk_launch(d, desk_task(d, "u"));
    desk_exit(d, "F/t", EXITED(0));
    desk_take_update(d, "u");
    desk_kill(d, "u");
    desk_launch(d, desk_task(d, "v"));
    before = desk_take_update(d, "v"); /* told, and not synced */
    desk_reboot(d);
    desk_register(d);
    desk_pass(d, 0);
    desk_take_update(d, "u");
    after = desk_take_update(d, "u");
    CHECK(after->state == MESOS__V1__TASK_STATE__TASK_FAILED);
    CHECK(memcmp(before->uuid.data, after->uuid.data, UUID_SIZE) != 0);
    CHECK(memcmp(before->uuid.data, after->uuid.data, 8) != 0);
    desk_free(d);
}

static void a_torn_journal_is_mended(void)
{
    struct desk *d = registered();
    const uint8_t *bytes;
    size_t size;

    desk_launch(d, desk_task(d, "t"));
    bytes = desk_journal(d, &size);
    desk_set_journal(d, bytes, size - 3);
    desk_restart(d);
    CHECK(desk_take_order(d, ORDER_REWRITE, NULL) != NULL);
    desk_register(d);
    desk_launch(d, desk_task(d, "u"));
    desk_restart(d);
    CHECK(desk_take_order(d, ORDER_REWRITE, NULL) == NULL);
    CHECK(desk_take_order(d, ORDER_ADOPT, "F/t") != NULL);
    CHECK(desk_take_order(d, ORDER_ADOPT, "F/u") != NULL);
    desk_free(d);
}

static void behind_damage_nothing_is_written(void)
{
    struct desk *d = registered();
    const uint8_t *bytes;
    size_t size;

    desk_launch(d, desk_task(d, "t"));
    bytes = desk_journal(d, &size);
    desk_set_journal(d, bytes, size - 3);
    desk_break_journal(d, true);
    desk_restart(d);
    desk_register(d);
    desk_hold(d, ORDER_REWRITE);
    desk_hold(d, ORDER_JOURNAL);
    desk_pass(d, 2000); /* it is tried again */
    desk_launch(d, desk_task(d, "u"));
    CHECK(desk_carry_out(d, ORDER_REWRITE, NULL, NULL)); /* it fails */
    desk_break_journal(d, false);
    CHECK(!desk_carry_out(d, ORDER_JOURNAL, NULL, NULL));
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/u") == NULL);
    desk_pass(d, 8000);
    CHECK(desk_carry_out(d, ORDER_REWRITE, NULL, NULL));
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/u") != NULL);
    desk_free(d);
}

static void a_damaged_journal_is_refused(void)
{
    struct desk *d = registered();
    uint8_t *bytes;
    size_t first, size;

    desk_launch(d, desk_task(d, "t"));
    desk_journal(d, &first);
    desk_launch(d, desk_task(d, "u"));
    bytes = desk_journal(d, &size);
    bytes[first + JOURNAL_HEADER_SIZE + 2] ^= 1;
    desk_restart(d);
    CHECK(desk_stopped(d) == AGENT_STATUS_JOURNAL);
    CHECK(desk_take_order(d, ORDER_ADOPT, "F/t") == NULL);
    desk_free(d);
}

/* Of what was not synced, some came to the disk and some did not. */
static void after_a_power_cut_it_is_cut_off(void)
{
    struct desk *d = registered();
    uint8_t *bytes;
    size_t first, size;

    desk_launch(d, desk_task(d, "t"));
    desk_journal(d, &first);
    desk_launch(d, desk_task(d, "u"));
    desk_exit(d, "F/u", 0); /* so that all is synced */
    bytes = desk_journal(d, &size);
    bytes[first + JOURNAL_HEADER_SIZE + 2] ^= 1;
    desk_reboot(d);
    CHECK(desk_stopped(d) == -1);
    desk_register(d);
    CHECK(desk_take_update(d, "t") != NULL);
    CHECK(desk_take_update(d, "u") == NULL);
    desk_free(d);
}

static void what_the_disk_had_is_missed_after_a_power_cut_too(void)
{
    struct desk *d = registered();
    uint8_t *bytes;
    size_t first, size;

    desk_launch(d, desk_task(d, "t"));
    desk_journal(d, &first);
    desk_exit(d, "F/t", 0);
    desk_launch(d, desk_task(d, "u"));
    desk_exit(d, "F/u", 0); /* its end says that the first's is on the disk */
    bytes = desk_journal(d, &size);
    bytes[first + JOURNAL_HEADER_SIZE + 2] ^= 1;
    desk_reboot(d);
    CHECK(desk_stopped(d) == AGENT_STATUS_JOURNAL);
    desk_free(d);
}

/* As mezzo fsck leaves it. */
static void what_was_cut_off_is_not_missed(void)
{
    Mezzo__Record__Journal record = MEZZO__RECORD__JOURNAL__INIT;
    struct desk *d = registered();
    uint8_t *bytes, *cut;
    size_t size;

    desk_launch(d, desk_task(d, "t"));
    bytes = desk_journal(d, &size);
    record.has_cut = 1;
    record.cut = 1;
    cut = arena_alloc(desk_arena(d), size + journal_size(&record));
    memcpy(cut, bytes, size);
    journal_write(&record, cut + size);
    desk_set_journal(d, cut, size + journal_size(&record));
    desk_restart(d);
    CHECK(desk_take_order(d, ORDER_ADOPT, "F/t") != NULL);
    CHECK(desk_take_order(d, ORDER_REWRITE, NULL) != NULL); /* without that */
    desk_free(d);
}

static void a_journal_cut_at_any_byte_starts_an_agent(void)
{
    struct desk *d = registered();
    uint8_t *bytes, *whole;
    size_t size;
    bool is_right = true;

    desk_launch(d, desk_task(d, "t"));
    desk_kill(d, "t");
    desk_exit(d, "F/t", SIGTERM);
    bytes = desk_journal(d, &size);
    whole = arena_alloc(desk_arena(d), size);
    memcpy(whole, bytes, size);
    for (size_t cut = 0; cut <= size; cut++) {
        desk_set_journal(d, whole, cut);
        desk_restart(d);
        is_right = is_right && desk_stopped(d) == -1 &&
                   desk_take_call(d, MEZZO__AGENT_CALL__TYPE__REGISTER) != NULL;
    }
    CHECK(is_right);
    desk_free(d);
}

/* Anything may happen, in any order. */
static void happen(struct desk *d, struct book *b, struct random *random)
{
    unsigned i = b->count > 0 ? (unsigned)random_below(random, b->count) : 0;
    char run[32];

    snprintf(run, sizeof run, "F/%s", b->id[i]);
    switch (random_below(random, 12)) {
    case 0:
    case 1:
        if (b->count < TASKS_MAX) {
            char id[16];

            snprintf(id, sizeof id, "t%u", b->count);
            page_of(b, id);
            desk_launch(d, desk_task(d, id));
        }
        break;
    case 2:
        desk_kill(d, b->id[i]);
        break;
    case 3:
        if (desk_is_alive(d, run))
            desk_exit(d, run, EXITED((int)random_below(random, 2)));
        break;
    case 4:
        if (desk_is_alive(d, run))
            desk_exit_unseen(d, run, EXITED(0));
        desk_restart(d);
        desk_register(d);
        break;
    case 5:
        desk_hold(d, (enum order_kind)(1 + random_below(random, ORDER_REAP)));
        break;
    case 6:
        desk_unhold_all(d);
        break;
    case 7:
        desk_carry_out_next(d, true);
        break;
    case 8:
        desk_pass(d, (msec_t)random_below(random, 20000));
        desk_register(d);
        break;
    case 9:
        desk_end_link(d, desk_master(d), "silent", desk_now(d));
        desk_pass(d, 31000);
        desk_register(d);
        break;
    case 10:
        desk_break_journal(d, random_below(random, 2) == 0);
        break;
    case 11:
        if (random_below(random, 4) == 0) {
            desk_carry_out_next(d, false);
            desk_restart(d);
            desk_register(d);
        }
        break;
    }
    read_on(d, b, random_below(random, 2) == 0);
}

static void whatever_happens_every_task_ends_exactly_once(void)
{
    bool is_right = true;

    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct desk *d = registered();
        struct book b = {0};
        struct random random = {seed};

        for (int i = 0; i < 120; i++)
            happen(d, &b, &random);
        settle(d, &b);
        for (unsigned i = 0; i < b.count; i++)
            if (b.ends[i] != 1) {
                printf("# seed %llu: %s ended %u times\n",
                       (unsigned long long)seed, b.id[i], b.ends[i]);
                is_right = false;
            }
        if (left_over(d, &b) != 0) {
            printf("# seed %llu: something is left\n",
                   (unsigned long long)seed);
            is_right = false;
        }
        desk_free(d);
    }
    CHECK(is_right);
}

int main(void)
{
    an_agent_killed_at_any_point_ends_its_task_once();
    a_task_that_lives_is_found_again();
    what_a_task_holds_is_not_given_away_after_a_restart();
    an_agent_that_comes_back_smaller_gives_out_no_more_than_it_has();
    an_end_that_nobody_saw_is_told();
    a_run_that_is_gone_failed_if_it_had_begun();
    a_task_that_was_never_launched_is_dropped();
    a_kill_goes_on_after_a_restart();
    walltime_counts_while_no_agent_runs();
    no_master_is_asked_before_all_runs_are_known();
    a_machine_that_was_restarted_ends_every_task_once();
    a_power_cut_begins_a_new_stream();
    a_torn_journal_is_mended();
    behind_damage_nothing_is_written();
    a_damaged_journal_is_refused();
    after_a_power_cut_it_is_cut_off();
    what_the_disk_had_is_missed_after_a_power_cut_too();
    what_was_cut_off_is_not_missed();
    a_journal_cut_at_any_byte_starts_an_agent();
    whatever_happens_every_task_ends_exactly_once();
    return test_done();
}

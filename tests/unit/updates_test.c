/* updates_test.c - a stream of updates, until each is acknowledged. */

#include "agent/updates.h"

#include <string.h>

#include "base/message.h"
#include "base/uuid.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

#define EXITED(status) ((status) << 8)

static bool is_state(const Mesos__V1__TaskStatus *status, enum task_state state)
{
    return status != NULL && (enum task_state)status->state == state;
}

static struct desk *running(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    desk_launch(d, desk_task(d, "t"));
    return d;
}

/* Tasks "r0" ... that the agent does not know: each ends with an update. */
static void reconcile(struct desk *d, unsigned first, unsigned count)
{
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__RECONCILE);
    Mezzo__AgentEvent__Reconcile *r =
        message_new(desk_arena(d), &mezzo__agent_event__reconcile__descriptor);

    r->framework_id = desk_framework(d)->id;
    r->n_task_ids = count;
    r->task_ids = arena_alloc(desk_arena(d), count * sizeof *r->task_ids);
    for (unsigned i = 0; i < count; i++) {
        char id[16];

        snprintf(id, sizeof id, "r%u", first + i);
        r->task_ids[i] =
            message_new(desk_arena(d), &mesos__v1__task_id__descriptor);
        r->task_ids[i]->value = arena_strdup(desk_arena(d), id);
    }
    event->reconcile = r;
    desk_say(d, event);
}

static unsigned count_updates(struct desk *d,
                              const Mesos__V1__TaskStatus **last)
{
    const Mezzo__AgentCall *call;
    unsigned count = 0;

    while ((call = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__UPDATE)) !=
           NULL) {
        *last = call->update->status;
        count++;
    }
    return count;
}

static uint64_t sequence_of(const Mesos__V1__TaskStatus *status,
                            uint64_t *stream)
{
    uint64_t sequence;

    uuid_parse(status->uuid.data, stream, &sequence);
    return sequence;
}

static void updates_of_a_framework_are_numbered_in_one_stream(void)
{
    struct desk *d = running();
    uint64_t first, second;

    desk_launch(d, desk_task(d, "u"));
    CHECK(sequence_of(desk_take_update(d, "t"), &first) == 1);
    CHECK(sequence_of(desk_take_update(d, "u"), &second) == 2);
    CHECK(first == second && first != 0);
    desk_exit(d, "F/t", EXITED(0));
    CHECK(sequence_of(desk_take_update(d, "t"), &second) == 3);
    desk_framework(d)->id->value = (char *)"G";
    desk_launch(d, desk_task(d, "v"));
    CHECK(sequence_of(desk_take_update(d, "v"), &second) == 1);
    CHECK(first != second);
    desk_free(d);
}

static void an_update_is_sent_again_ever_more_rarely(void)
{
    struct desk *d = running();
    msec_t wait_ms = 10000;
    bool is_right = true;

    CHECK(desk_take_update(d, "t") != NULL);
    for (int i = 0; i < 10; i++) {
        desk_pass(d, wait_ms - 1);
        is_right = is_right && desk_take_update(d, "t") == NULL;
        desk_pass(d, 1);
        is_right = is_right && is_state(desk_take_update(d, "t"), TASK_RUNNING);
        wait_ms = wait_ms * 2 < 600000 ? wait_ms * 2 : 600000;
    }
    CHECK(is_right);
    desk_free(d);
}

static void what_is_acknowledged_is_not_sent_again(void)
{
    struct desk *d = running();

    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_pass(d, 3600 * 1000);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_end_link(d, desk_master(d), "silent", desk_now(d));
    desk_pass(d, 1000);
    desk_register(d);
    desk_pass(d, 0);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_restart(d);
    desk_register(d);
    desk_pass(d, 0);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

static void a_new_registration_brings_all_again(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *first = desk_take_update(d, "t"), *again;

    desk_end_link(d, desk_master(d), "silent", desk_now(d));
    desk_exit(d, "F/t", EXITED(0));
    CHECK(desk_take_update(d, "t") == NULL); /* nobody listens */
    desk_pass(d, 1000);
    desk_register(d);
    desk_pass(d, 0);
    again = desk_take_update(d, "t");
    CHECK(is_state(again, TASK_RUNNING));
    CHECK(memcmp(again->uuid.data, first->uuid.data, UUID_SIZE) == 0);
    CHECK(is_state(desk_take_update(d, "t"), TASK_FINISHED));
    desk_free(d);
}

static void a_framework_that_is_back_brings_all_again(void)
{
    struct desk *d = running();

    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    desk_pass(d, 15000);
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    desk_pass(d, 0);
    CHECK(desk_take_update(d, "t") == NULL);
    reconcile(d, 0, 0);
    desk_pass(d, 0);
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    desk_free(d);
}

static void the_latest_state_goes_with_each(void)
{
    struct desk *d = running();
    const Mezzo__AgentCall *call;

    call = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__UPDATE);
    CHECK(call->update->latest_state == MESOS__V1__TASK_STATE__TASK_RUNNING);
    CHECK(strcmp(call->update->status->agent_id->value, "agent-1") == 0);
    desk_exit(d, "F/t", EXITED(0));
    desk_take_call(d, MEZZO__AGENT_CALL__TYPE__UPDATE);
    desk_pass(d, 10000);
    call = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__UPDATE);
    CHECK(call->update->status->state == MESOS__V1__TASK_STATE__TASK_RUNNING);
    CHECK(call->update->latest_state == MESOS__V1__TASK_STATE__TASK_FINISHED);
    desk_free(d);
}

static void one_acknowledgement_may_cover_many(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *last = NULL;

    desk_launch(d, desk_task(d, "u"));
    desk_exit(d, "F/t", EXITED(0));
    CHECK(count_updates(d, &last) == 3);
    desk_launch(d, desk_task(d, "v"));
    desk_acknowledge(d, last, true);
    desk_take_update(d, "v");
    desk_pass(d, 10000);
    CHECK(count_updates(d, &last) == 1); /* of v, which came after */
    CHECK(strcmp(last->task_id->value, "v") == 0);
    desk_free(d);
}

static void an_acknowledgement_of_one_leaves_the_others(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *last = NULL;

    desk_launch(d, desk_task(d, "u"));
    count_updates(d, &last);
    desk_acknowledge(d, last, false);
    desk_pass(d, 10000);
    CHECK(count_updates(d, &last) == 1);
    CHECK(strcmp(last->task_id->value, "t") == 0);
    desk_free(d);
}

/* A master that did not see its end acknowledged believes it to be there. */
static void an_end_that_was_acknowledged_is_told_as_it_was(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *s;

    desk_exit(d, "F/t", EXITED(3));
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    s = desk_take_update(d, "t");
    CHECK(is_state(s, TASK_FAILED));
    desk_acknowledge(d, s, true);
    desk_restart(d);
    desk_register(d);
    desk_pass(d, 0);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_reconcile(d, "t");
    CHECK(is_state(desk_take_update(d, "t"), TASK_FAILED));
    desk_reconcile(d, "u");
    CHECK(is_state(desk_take_update(d, "u"), TASK_DROPPED));
    desk_free(d);
}

static void an_acknowledgement_of_what_was_never_said_is_ignored(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *status = desk_take_update(d, "t");
    Mesos__V1__TaskStatus wrong = *status;
    uint8_t uuid[UUID_SIZE];

    uuid_make(12345, 1, uuid);
    wrong.uuid.data = uuid;
    desk_acknowledge(d, &wrong, true);
    wrong.uuid.len = 3;
    desk_acknowledge(d, &wrong, false);
    desk_pass(d, 10000);
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    desk_acknowledge(d, status, false);
    desk_acknowledge(d, status, false); /* twice */
    desk_exit(d, "F/t", EXITED(0));
    status = desk_take_update(d, "t");
    desk_acknowledge(d, status, false);
    desk_acknowledge(d, status, true);
    desk_pass(d, 3600 * 1000);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

static void an_update_waits_for_those_before_it(void)
{
    struct desk *d = running();

    desk_take_update(d, "t");
    desk_hold(d, ORDER_JOURNAL);
    desk_exit(d, "F/t", EXITED(0)); /* synced: slow */
    desk_launch(d, desk_task(d, "u"));
    CHECK(desk_take_order(d, ORDER_JOURNAL, NULL) != NULL);
    desk_unhold(d, ORDER_JOURNAL);
    desk_launch(d, desk_task(d, "w")); /* answered at once: overtakes */
    CHECK(desk_take_update(d, "w") == NULL);
    CHECK(desk_carry_out(d, ORDER_JOURNAL, NULL, NULL));
    CHECK(is_state(desk_take_update(d, "t"), TASK_FINISHED));
    CHECK(is_state(desk_take_update(d, "w"), TASK_RUNNING));
    desk_free(d);
}

static void no_more_than_a_window_is_on_its_way(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *last = NULL, *first = desk_take_update(d, "t");
    unsigned count;

    desk_acknowledge(d, first, false);
    for (unsigned i = 0; i < 15; i++)
        reconcile(d, i * 100, 100);
    desk_pass(d, 0);
    count = count_updates(d, &last);
    CHECK(count == UPDATES_WINDOW_MAX);
    CHECK(strcmp(last->task_id->value, "r999") == 0);
    desk_acknowledge(d, last, true);
    desk_pass(d, 0);
    CHECK(count_updates(d, &last) == 500);
    CHECK(strcmp(last->task_id->value, "r1499") == 0);
    desk_acknowledge(d, last, true);
    desk_pass(d, 3600 * 1000);
    CHECK(count_updates(d, &last) == 0);
    desk_free(d);
}

static void a_master_is_told_all_in_slices(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *last = NULL;

    for (unsigned i = 0; i < 9; i++)
        reconcile(d, i * 100, 100);
    desk_pass(d, 0);
    count_updates(d, &last);
    desk_end_link(d, desk_master(d), "silent", desk_now(d));
    desk_pass(d, 1000);
    desk_register(d);
    desk_pass(d, 0);
    CHECK(count_updates(d, &last) == 901);
    desk_free(d);
}

static void what_cannot_be_journaled_is_not_told_until_it_can(void)
{
    struct desk *d = running();

    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_break_journal(d, true);
    desk_exit(d, "F/t", EXITED(0));
    desk_launch(d, desk_task(d, "u"));
    desk_pass(d, 120 * 1000);
    CHECK(desk_take_update(d, "t") == NULL);
    CHECK(desk_take_order(d, ORDER_LAUNCH, "F/u") == NULL);
    CHECK(desk_is_zombie(d, "F/t"));
    desk_break_journal(d, false);
    desk_pass(d, 30 * 1000);
    CHECK(is_state(desk_take_update(d, "t"), TASK_FINISHED));
    CHECK(is_state(desk_take_update(d, "u"), TASK_RUNNING));
    CHECK(!desk_is_zombie(d, "F/t"));
    desk_restart(d); /* and what was written then is whole */
    desk_register(d);
    desk_pass(d, 0);
    CHECK(is_state(desk_take_update(d, "t"), TASK_FINISHED));
    CHECK(desk_is_alive(d, "F/u"));
    desk_free(d);
}

static void a_long_journal_is_written_anew(void)
{
    struct desk *d = running();
    const Mesos__V1__TaskStatus *last = NULL;
    size_t size, longest = 0;
    bool has_shrunk = false;

    for (unsigned i = 0; i < 200 && !has_shrunk; i++) {
        reconcile(d, i * 100, 100);
        desk_pass(d, 0);
        while (count_updates(d, &last) > 0)
            desk_acknowledge(d, last, true);
        desk_journal(d, &size);
        has_shrunk = size < longest;
        longest = size;
    }
    CHECK(has_shrunk && size < 100 * 1024);
    desk_restart(d);
    desk_register(d);
    CHECK(desk_is_alive(d, "F/t"));
    desk_exit(d, "F/t", EXITED(0));
    desk_pass(d, 0);
    CHECK(count_updates(d, &last) > 0 && is_state(last, TASK_FINISHED));
    desk_free(d);
}

int main(void)
{
    updates_of_a_framework_are_numbered_in_one_stream();
    an_update_is_sent_again_ever_more_rarely();
    what_is_acknowledged_is_not_sent_again();
    a_new_registration_brings_all_again();
    a_framework_that_is_back_brings_all_again();
    the_latest_state_goes_with_each();
    one_acknowledgement_may_cover_many();
    an_acknowledgement_of_one_leaves_the_others();
    an_end_that_was_acknowledged_is_told_as_it_was();
    an_acknowledgement_of_what_was_never_said_is_ignored();
    an_update_waits_for_those_before_it();
    no_more_than_a_window_is_on_its_way();
    a_master_is_told_all_in_slices();
    what_cannot_be_journaled_is_not_told_until_it_can();
    a_long_journal_is_written_anew();
    return test_done();
}

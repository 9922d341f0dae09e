/* agent_health_test.c - what checks say of a task, and when. */

#include <string.h>

#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

/* A task that is looked at every second, two failures in a row. */
static struct desk *looked_at(double grace_seconds, double interval_seconds)
{
    struct desk *d = desk_new();
    Mesos__V1__TaskInfo *task;
    Mesos__V1__HealthCheck *check;

    desk_register(d);
    task = desk_task(d, "t");
    check = message_new(desk_arena(d), &mesos__v1__health_check__descriptor);
    check->has_type = true;
    check->type = MESOS__V1__HEALTH_CHECK__TYPE__TCP;
    check->tcp = message_new(
        desk_arena(d), &mesos__v1__health_check__tcpcheck_info__descriptor);
    check->tcp->port = 80;
    check->has_delay_seconds = true;
    check->delay_seconds = 0;
    check->has_interval_seconds = true;
    check->interval_seconds = interval_seconds;
    check->has_consecutive_failures = true;
    check->consecutive_failures = 2;
    check->has_grace_period_seconds = true;
    check->grace_period_seconds = grace_seconds;
    task->health_check = check;
    desk_launch(d, task);
    desk_take_update(d, "t"); /* it runs */
    desk_pass(d, 0);
    return d;
}

/* What the next check finds, and what is made of it; NULL: nothing new. */
static const Mesos__V1__TaskStatus *find(struct desk *d, const char *fault)
{
    const struct order *o = desk_take_order(d, ORDER_CHECK, "F/t");

    CHECK(o != NULL && o->check.port == 80);
    if (o == NULL)
        return NULL;
    desk_report(d, &(struct report){.kind = REPORT_CHECKED,
                                    .run = "F/t",
                                    .ticket = o->ticket,
                                    .fault = fault});
    return desk_take_update(d, "t");
}

static bool is_well(const Mesos__V1__TaskStatus *status, bool well)
{
    return status != NULL &&
           status->state == MESOS__V1__TASK_STATE__TASK_RUNNING &&
           status->has_healthy && status->healthy == well;
}

static void only_changes_are_told(void)
{
    struct desk *d = looked_at(0, 1);

    CHECK(is_well(find(d, NULL), true));
    desk_pass(d, 1000);
    CHECK(find(d, NULL) == NULL);
    desk_pass(d, 1000);
    CHECK(find(d, "refused") == NULL); /* once is not yet */
    desk_pass(d, 1000);
    CHECK(is_well(find(d, "refused"), false));
    desk_pass(d, 1000);
    CHECK(find(d, "refused") == NULL);
    desk_pass(d, 1000);
    CHECK(is_well(find(d, NULL), true));
    desk_free(d);
}

static void failures_of_the_young_do_not_count(void)
{
    struct desk *d = looked_at(3, 1);

    for (int i = 0; i < 3; i++) {
        CHECK(find(d, "refused") == NULL);
        desk_pass(d, 1000);
    }
    CHECK(find(d, "refused") == NULL);
    desk_pass(d, 1000);
    CHECK(is_well(find(d, "refused"), false));
    desk_free(d);
}

/* Looked at every second, it has two intervals to become well all the same. */
static void looking_often_at_first_gives_no_less_time(void)
{
    struct desk *d = looked_at(0, 4);

    for (int i = 0; i < 8; i++) {
        CHECK(find(d, "refused") == NULL);
        desk_pass(d, 1000);
    }
    CHECK(is_well(find(d, "refused"), false));
    desk_free(d);
}

static void an_old_answer_is_none(void)
{
    struct desk *d = looked_at(0, 1);

    desk_report(d, &(struct report){
                       .kind = REPORT_CHECKED, .run = "F/t", .ticket = 77});
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

static void a_check_that_cannot_be_is_refused(void)
{
    struct desk *d = desk_new();
    Mesos__V1__TaskInfo *task;
    const Mesos__V1__TaskStatus *status;

    desk_register(d);
    task = desk_task(d, "t");
    task->health_check =
        message_new(desk_arena(d), &mesos__v1__health_check__descriptor);
    desk_launch(d, task);
    status = desk_take_update(d, "t");
    CHECK(status != NULL && status->state == MESOS__V1__TASK_STATE__TASK_ERROR);
    desk_free(d);
}

int main(void)
{
    only_changes_are_told();
    failures_of_the_young_do_not_count();
    looking_often_at_first_gives_no_less_time();
    an_old_answer_is_none();
    a_check_that_cannot_be_is_refused();
    return test_done();
}

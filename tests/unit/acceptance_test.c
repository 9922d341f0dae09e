/* acceptance_test.c - what may be launched on an offer, and of what of it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libframework/scheduler.h"
#include "tests/test.h"
#include "tests/unit/scheduler_desk.h"

static void a_task_takes_what_it_needs(void)
{
    struct mezzo_task task = desk_task("t1");
    const struct mezzo_range ports = {31002, 31003};
    struct desk d;

    task.resources.ports = &ports;
    task.resources.ports_count = 1;
    task.resources.others = "gpus:{1};tapes:2";
    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1",
               "cpus:4;mem:1024;ports:[31000-31009];gpus:{0,1};tapes:3");
    CHECK(desk_did(&d, "< offer o1 a1 * cpus 4000 mem 1024 ports 31000-31009 "
                       "gpus:{0,1};tapes:3\n"));
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", &task, 1) == 0);
    CHECK(d.called == 1);
    desk_settle(&d);
    CHECK(desk_did(&d, "> ACCEPT o1 t1@a1=cpus:1;gpus:{1};mem:64;"
                       "ports:[31002-31003];tapes:2\n"));
    desk_close(&d);
}

static void an_offer_is_used_once(void)
{
    const struct mezzo_task one = desk_task("t1"), two = desk_task("t2");
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:4;mem:1024");
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", &one, 1) == 0);
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", &two, 1) == -ENOENT);
    CHECK(mezzo_scheduler_decline(d.scheduler, "o1", -1) == -ENOENT);
    CHECK(mezzo_scheduler_accept(d.scheduler, "never", &two, 1) == -ENOENT);
    CHECK(mezzo_scheduler_accept(d.scheduler, NULL, &two, 1) == -ENOENT);
    desk_close(&d);
}

static void a_rescinded_offer_is_gone(void)
{
    const struct mezzo_task task = desk_task("t1");
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:4;mem:1024");
    desk_offer(&d, "o2", "a2", "cpus:4;mem:1024");
    desk_forget(&d);
    desk_rescind(&d, "o1");
    desk_rescind(&d, "o1"); /* of what is not ours nobody is told */
    CHECK(desk_did(&d, "< rescinded o1\n"));
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", &task, 1) == -ENOENT);
    desk_cut(&d, "gone"); /* and the others go with the link */
    CHECK(mezzo_scheduler_accept(d.scheduler, "o2", &task, 1) == -ENOENT);
    CHECK(desk_did(&d, "< disconnected gone\n"));
    desk_close(&d);
}

static void more_than_the_offer_holds_is_refused_with_the_numbers(void)
{
    struct mezzo_task tasks[2] = {desk_task("t1"), desk_task("t2")};
    enum mezzo_task_state state;
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:1.5;mem:1024");
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", tasks, 2) == -EINVAL);
    CHECK(strcmp(mezzo_scheduler_explain(d.scheduler),
                 "cpus: 1 asked, 0.5 offered") == 0);
    CHECK(mezzo_scheduler_task_state(d.scheduler, "t1", &state) == -ENOENT);
    tasks[0].resources.others = "gpus:{7}";
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", tasks, 1) == -EINVAL);
    tasks[0].resources.others = NULL;
    desk_forget(&d);
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", tasks, 1) == 0); /* ours */
    CHECK(mezzo_scheduler_task_state(d.scheduler, "t1", &state) == 0);
    CHECK(state == MEZZO_TASK_STAGING);
    desk_settle(&d);
    CHECK(desk_did(&d, "> ACCEPT o1 t1@a1=cpus:1;mem:64\n"));
    desk_close(&d);
}

static void what_is_reserved_is_used_first(void)
{
    struct mezzo_task tasks[2] = {desk_task("t1"), desk_task("t2")};
    struct desk d;

    tasks[0].resources.cpu_milli = 1500;
    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus(batch):1;cpus:3;mem:1024");
    CHECK(desk_did(&d, "< offer o1 a1 * cpus 4000 mem 1024\n"));
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", tasks, 2) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, "> ACCEPT o1 t1@a1=cpus:0.5;cpus(batch):1;mem:64 "
                       "t2@a1=cpus:1;mem:64\n"));
    desk_close(&d);
}

static void declining_says_for_how_long(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:1");
    desk_offer(&d, "o2", "a1", "cpus:1");
    desk_forget(&d);
    CHECK(mezzo_scheduler_decline(d.scheduler, "o1", -1) == 0);
    CHECK(mezzo_scheduler_decline(d.scheduler, "o2", -2) == -EINVAL);
    CHECK(mezzo_scheduler_decline(d.scheduler, "o2", 1500) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, "> DECLINE o1 5\n> DECLINE o2 1.5\n"));
    desk_close(&d);
}

static int try(struct desk *d, const struct mezzo_task *task)
{
    int result = mezzo_scheduler_accept(d->scheduler, "o1", task, 1);

    if (result == 0)
        printf("# was accepted: %s\n", task->id);
    return result;
}

static void tasks_that_cannot_be_are_refused(void)
{
    const char *const nothing[] = {NULL};
    const char *const arguments[] = {"true", NULL};
    const struct mezzo_variable bad_name = {"A=B", "1"};
    const struct mezzo_range backwards = {9, 1};
    const struct mezzo_task good = desk_task("t1");
    char *large = malloc(MEZZO_TASK_SIZE_MAX + 1);
    struct mezzo_task t;
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:4;mem:1024;ports:[1-9]");
    memset(large, 'x', MEZZO_TASK_SIZE_MAX);
    large[MEZZO_TASK_SIZE_MAX] = '\0';
#define WITH(field, value) (t = good, t.field = value, try(&d, &t))
    CHECK(WITH(id, NULL) == -EINVAL);
    CHECK(WITH(id, "") == -EINVAL);
    CHECK(WITH(id, "a b") == -EINVAL);
    CHECK(WITH(id, "a/b") == -EINVAL);
    CHECK(WITH(id, "..") == -EINVAL);
    CHECK(WITH(id, large) == -EINVAL);
    CHECK(WITH(name, large) == -EINVAL);
    CHECK(WITH(resources.cpu_milli, -1) == -EINVAL);
    CHECK(WITH(resources.memory_mb, INT64_MAX) == -EINVAL);
    CHECK(WITH(resources.others, "cpus:1") == -EINVAL);
    CHECK(WITH(resources.others, "gpus") == -EINVAL);
    CHECK(WITH(resources.others, "gpus(batch):1") == -EINVAL);
    CHECK(WITH(command.shell, NULL) == -EINVAL);
    CHECK(WITH(command.shell, large) == -E2BIG);
    CHECK(WITH(command.argv, arguments) == -EINVAL); /* and shell */
    CHECK(WITH(command.user, "a\nb") == -EINVAL);
    CHECK(WITH(data_size, MEZZO_DATA_MAX + 1) == -EINVAL);
    CHECK(WITH(kill_grace_ms, -1) == -EINVAL);
    CHECK(WITH(duration_max_ms, -1) == -EINVAL);
    CHECK(WITH(cpu_limit_milli, -1) == -EINVAL);
    t = good;
    t.command.shell = NULL;
    t.command.argv = nothing;
    CHECK(try(&d, &t) == -EINVAL);
    t = good;
    t.command.environment = &bad_name;
    t.command.environment_count = 1;
    CHECK(try(&d, &t) == -EINVAL);
    t = good;
    t.resources.ports = &backwards;
    t.resources.ports_count = 1;
    CHECK(try(&d, &t) == -EINVAL);
    t = good;
    t.resources = (struct mezzo_resources){0};
    CHECK(try(&d, &t) == -EINVAL);
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", &good, 0) == -EINVAL);
    desk_forget(&d);
    desk_settle(&d);
    CHECK(desk_did(&d, "")); /* nothing of it was sent */
    CHECK(try(&d, &good) == 0);
    free(large);
    desk_close(&d);
}

static void an_id_is_not_used_twice(void)
{
    const struct mezzo_task same[2] = {desk_task("t1"), desk_task("t1")};
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:4;mem:1024");
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", same, 2) == -EEXIST);
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", same, 1) == 0);
    desk_offer(&d, "o2", "a1", "cpus:4;mem:1024");
    CHECK(mezzo_scheduler_accept(d.scheduler, "o2", same, 1) == -EEXIST);
    desk_close(&d);
}

/* Launched together they must fit into one message. */
static void an_accept_is_not_larger_than_a_frame(void)
{
    struct mezzo_task tasks[5];
    char ids[5][8];
    char *large = malloc(MEZZO_TASK_SIZE_MAX - 1000);
    struct desk d;

    memset(large, 'x', MEZZO_TASK_SIZE_MAX - 1001);
    large[MEZZO_TASK_SIZE_MAX - 1001] = '\0';
    for (int i = 0; i < 5; i++) {
        snprintf(ids[i], sizeof ids[i], "t%d", i);
        tasks[i] = desk_task(ids[i]);
        tasks[i].command.shell = large;
    }
    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:8;mem:1024");
    desk_forget(&d);
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", tasks, 5) == -E2BIG);
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", tasks, 3) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, "> ACCEPT o1 t0@a1=cpus:1;mem:64 t1@a1=cpus:1;mem:64 "
                       "t2@a1=cpus:1;mem:64\n"));
    free(large);
    desk_close(&d);
}

static void an_executor_is_paid_for_once(void)
{
    const struct mezzo_executor_info executor = {
        .id = "e1",
        .command = {.shell = "executor"},
        .resources = {.cpu_milli = 500, .memory_mb = 32},
    };
    struct mezzo_task tasks[2] = {desk_task("t1"), desk_task("t2")};
    struct desk d;

    for (int i = 0; i < 2; i++) {
        tasks[i].command.shell = NULL;
        tasks[i].executor = &executor;
    }
    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:2.5;mem:1024");
    desk_forget(&d);
    CHECK(mezzo_scheduler_accept(d.scheduler, "o1", tasks, 2) == 0);
    desk_settle(&d);
    CHECK(
        desk_did(&d, "> ACCEPT o1 t1@a1=cpus:1;mem:64 t2@a1=cpus:1;mem:64\n"));
    tasks[0].id = "t3"; /* it runs there, perhaps: the master knows */
    desk_offer(&d, "o2", "a1", "cpus:1;mem:64");
    CHECK(mezzo_scheduler_accept(d.scheduler, "o2", tasks, 1) == 0);
    tasks[0].id = "t4";
    tasks[0].command.shell = "and a command";
    desk_offer(&d, "o3", "a1", "cpus:1;mem:64");
    CHECK(mezzo_scheduler_accept(d.scheduler, "o3", tasks, 1) == -EINVAL);
    desk_close(&d);
}

static void offers_that_make_no_sense_end_the_link(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o 1", "a1", "cpus:1");
    CHECK(desk_did(&d, "> end master-1: an offer has an id that is none\n"));
    desk_offer(&d, "o1", "", "cpus:1");
    CHECK(desk_did(&d, "> end master-1: an offer has an id that is none\n"));
    desk_close(&d);
}

/* In the callback, as frameworks do. */
static void accept_it(struct desk *d, const char *offer_id)
{
    const struct mezzo_task task = desk_task(offer_id);

    CHECK(mezzo_scheduler_accept(d->scheduler, offer_id, &task, 1) == 0);
}

static void in_a_callback_it_is_done_after_it(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    d.on_offers = accept_it;
    desk_offer(&d, "o1", "a1", "cpus:4;mem:1024");
    CHECK(desk_did(&d, "< offer o1 a1 * cpus 4000 mem 1024\n"
                       "> ACCEPT o1 o1@a1=cpus:1;mem:64\n"));
    CHECK(d.called == 0); /* no step is wanted */
    desk_close(&d);
}

static struct mezzo_placement place(const char *offer_id, const char *task_id)
{
    return (struct mezzo_placement){.offer_id = offer_id,
                                    .task = desk_task(task_id)};
}

static void a_gang_is_accepted_at_once(void)
{
    const struct mezzo_placement p[] = {place("g3", "t1"), place("g1", "t2"),
                                        place("g3", "t3")};
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer_gang(&d, "G", "cpus:2;mem:1024");
    desk_forget(&d);
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 3) == 0);
    desk_settle(&d);
    /* The offer that is not named goes back with it. */
    CHECK(desk_did(&d, "> ACCEPT g1 g2 g3 gang G t2@a1=cpus:1;mem:64 "
                       "t1@a3=cpus:1;mem:64 t3@a3=cpus:1;mem:64\n"));
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 3) == -ENOENT);
    CHECK(mezzo_scheduler_decline(d.scheduler, "g2", -1) == -ENOENT);
    desk_close(&d);
}

static void a_gang_is_not_accepted_in_parts(void)
{
    const struct mezzo_task task = desk_task("t1");
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer_gang(&d, "G", "cpus:2;mem:1024");
    desk_forget(&d);
    CHECK(mezzo_scheduler_accept(d.scheduler, "g1", &task, 1) == -EINVAL);
    CHECK(strstr(mezzo_scheduler_explain(d.scheduler), "accept_gang") != NULL);
    desk_settle(&d);
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

static void a_gang_that_cannot_be_stays_as_it_was(void)
{
    struct mezzo_placement p[] = {place("g1", "t1"), place("g2", "t1"),
                                  place("g3", "t3")};
    enum mezzo_task_state state;
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer_gang(&d, "G", "cpus:1;mem:64");
    desk_offer(&d, "o1", "a1", "cpus:1;mem:64");
    desk_forget(&d);
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 3) == -EEXIST);
    p[1].task.id = "t2";
    p[2].task.resources.cpu_milli = 2000;
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 3) == -EINVAL);
    p[2] = place("o1", "t3");
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 3) == -ENOENT);
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "H", p, 2) == -ENOENT);
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, NULL, p, 2) == -ENOENT);
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 0) == -EINVAL);
    CHECK(mezzo_scheduler_task_state(d.scheduler, "t1", &state) == -ENOENT);
    desk_settle(&d);
    CHECK(desk_did(&d, ""));
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 2) == 0);
    CHECK(mezzo_scheduler_task_state(d.scheduler, "t2", &state) == 0);
    desk_close(&d);
}

static void a_gang_of_which_an_offer_is_gone_is_smaller(void)
{
    const struct mezzo_placement p[] = {place("g1", "t1"), place("g2", "t2")};
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer_gang(&d, "G", "cpus:1;mem:64");
    desk_rescind(&d, "g1");
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 2) == -ENOENT);
    desk_rescind(&d, "g2");
    desk_rescind(&d, "g3");
    CHECK(mezzo_scheduler_accept_gang(d.scheduler, "G", p, 1) == -ENOENT);
    CHECK(strcmp(mezzo_scheduler_explain(d.scheduler),
                 "the gang is not ours any more") == 0);
    desk_close(&d);
}

static void what_is_recalled_is_told_with_its_time(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_offer(&d, "o1", "a1", "cpus:1;mem:64");
    desk_forget(&d);
    desk_recall(&d, "a1", "t1", "t2");
    CHECK(
        desk_did(&d, "< recalled a1 t1 t2 by 77 REASON_CONTAINER_PREEMPTED\n"));
    desk_close(&d);
}

int main(void)
{
    a_task_takes_what_it_needs();
    an_offer_is_used_once();
    a_rescinded_offer_is_gone();
    more_than_the_offer_holds_is_refused_with_the_numbers();
    what_is_reserved_is_used_first();
    declining_says_for_how_long();
    tasks_that_cannot_be_are_refused();
    an_id_is_not_used_twice();
    an_accept_is_not_larger_than_a_frame();
    an_executor_is_paid_for_once();
    offers_that_make_no_sense_end_the_link();
    a_gang_is_accepted_at_once();
    a_gang_is_not_accepted_in_parts();
    a_gang_that_cannot_be_stays_as_it_was();
    a_gang_of_which_an_offer_is_gone_is_smaller();
    what_is_recalled_is_told_with_its_time();
    in_a_callback_it_is_done_after_it();
    return test_done();
}

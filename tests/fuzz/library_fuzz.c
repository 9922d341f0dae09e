/* library_fuzz.c - masters and agents say anything to a scheduler, an operator
 * or an executor, which do this and that themselves.  The input's first byte
 * says who it is. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libframework/core.h"
#include "libframework/executor.h"
#include "libframework/operator.h"
#include "libframework/scheduler.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/target.h"

enum {
    EVENTS_MAX = 200,
};

static const struct principal server = {.name = "server",
                                        .kind = PRINCIPAL_SERVER};
static const struct core_surroundings surroundings = {
    .seed = 1, .user = "nobody", .masters = "127.0.0.1:5050"};

/* ---------------------------------------------------- scheduler */

static const char *some_text(struct stage *s)
{
    static const char *const few[] = {"t", "hpc", "task-1"};
    size_t known = s->wild.texts_count < WILD_LEARNED_MAX ? s->wild.texts_count
                                                          : WILD_LEARNED_MAX;
    unsigned i = wild_choose(&s->wild, 16);

    return i < 3 || known == 0 ? few[i % 3] : s->wild.texts[i % known];
}

static struct mezzo_task some_task(struct stage *s)
{
    static const char *const argv[] = {"true", NULL};
    struct mezzo_task task = {.id = some_text(s)};

    task.command.argv = argv;
    task.resources.cpu_milli = 100 * wild_choose(&s->wild, 4);
    task.resources.memory_mb = wild_choose(&s->wild, 64);
    return task;
}

static void offers_cb(struct mezzo_scheduler *core,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct stage *s = arg;

    for (size_t i = 0; i < offers_count; i++) {
        struct mezzo_task tasks[2] = {some_task(s), some_task(s)};

        wild_learn_text(&s->wild, offers[i].id);
        if (wild_choose(&s->wild, 4) != 0)
            mezzo_scheduler_accept(core, offers[i].id, tasks,
                                   1 + wild_choose(&s->wild, 2));
        else
            mezzo_scheduler_decline(core, offers[i].id, -1);
    }
}

static void status_cb(struct mezzo_scheduler *core,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct stage *s = arg;

    if (wild_choose(&s->wild, 2) == 1)
        mezzo_scheduler_acknowledge(core, status);
}

static void output_cb(struct mezzo_scheduler *core,
                      const struct mezzo_output *output,
                      void *arg)
{
    struct stage *s = arg;

    if (wild_choose(&s->wild, 16) == 1)
        mezzo_scheduler_close(core, output->reader);
}

static void scheduler_acts(struct stage *s, struct mezzo_scheduler *core)
{
    const struct mezzo_read read = {.task_id = some_text(s),
                                    .follows = wild_choose(&s->wild, 2),
                                    .lists = wild_choose(&s->wild, 2)};
    const struct mezzo_message message = {
        .agent_id = "a", .executor_id = "e", .data = "x", .size = 1};
    struct mezzo_slot slot = {.count = 1 + wild_choose(&s->wild, 3)};
    const struct mezzo_ask ask = {
        .id = some_text(s), .slots = &slot, .slots_count = 1};

    slot.each.cpu_milli = 100;
    switch (wild_choose(&s->wild, 9)) {
    case 0:
        mezzo_scheduler_kill(core, some_text(s), -1);
        break;
    case 1:
        mezzo_scheduler_reconcile(core, some_text(s));
        break;
    case 2:
        mezzo_scheduler_read(core, &read, NULL);
        break;
    case 3:
        mezzo_scheduler_ask(core, &ask);
        break;
    case 4:
        mezzo_scheduler_withdraw(core, some_text(s));
        break;
    case 5:
        mezzo_scheduler_message(core, &message);
        break;
    case 6:
        mezzo_scheduler_revive(core, NULL);
        break;
    case 7:
        mezzo_scheduler_suppress(core, NULL);
        break;
    case 8:
        if (wild_choose(&s->wild, 16) == 1)
            mezzo_scheduler_teardown(core);
        break;
    }
    stage_step(s, (struct input){.kind = INPUT_LOCAL});
}

static void play_scheduler(struct stage *s)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb, .status = status_cb, .output = output_cb};
    static const enum frame_type types[] = {
        FRAME_SCHEDULER_EVENTS, FRAME_SCHEDULER_EVENTS, FRAME_STREAM_EVENT,
        FRAME_MASTER_RESPONSE};
    const struct mezzo_scheduler_options options = {
        .name = "test",
        .store = wild_choose(&s->wild, 2) == 1 ? "store" : NULL,
        .acknowledges_by_hand = wild_choose(&s->wild, 2)};
    struct mezzo_scheduler *core = mezzo_scheduler_new(&options, &callbacks, s);

    if (scheduler_prepare(core, &surroundings, NULL) != 0)
        abort();
    s->machine = scheduler_machine(core);
    stage_step(s, (struct input){.kind = INPUT_STARTED});
    for (int i = 0; i < EVENTS_MAX && !wild_is_over(&s->wild); i++) {
        const char *link = stage_link(s);

        switch (wild_choose(&s->wild, 8)) {
        case 0:
            stage_pass(s);
            break;
        case 1:
            stage_answer(s);
            break;
        case 2:
            scheduler_acts(s, core);
            break;
        case 3:
            if (link != NULL && wild_choose(&s->wild, 4) == 1)
                stage_cut(s, link);
            break;
        default:
            if (link != NULL)
                stage_receive(s, link, types[wild_choose(&s->wild, 4)],
                              &server);
        }
    }
    scheduler_free(core);
}

/* ----------------------------------------------------- operator */

static void answered_cb(struct mezzo_operator *o,
                        const struct mezzo_answer *answer,
                        void *arg)
{
    (void)o;
    if (answer->tasks_count > 0)
        wild_learn_text(&((struct stage *)arg)->wild, answer->tasks[0].id);
}

static void play_operator(struct stage *s)
{
    struct mezzo_operator *core = mezzo_operator_new(NULL);

    if (operator_prepare(core, &surroundings, NULL) != 0)
        abort();
    s->machine = operator_machine(core);
    stage_step(s, (struct input){.kind = INPUT_STARTED});
    for (int i = 0; i < EVENTS_MAX && !wild_is_over(&s->wild); i++) {
        const char *link = stage_link(s);
        const struct mezzo_question question = {
            .kind = (enum mezzo_question_kind)wild_choose(
                &s->wild, MEZZO_MARK_AGENT_GONE + 1),
            .subject = some_text(s),
            .grace_ms = -1};

        switch (wild_choose(&s->wild, 8)) {
        case 0:
            stage_pass(s);
            break;
        case 1:
        case 2:
            operator_start(core, &question, answered_cb, s);
            stage_step(s, (struct input){.kind = INPUT_LOCAL});
            break;
        case 3:
            if (link != NULL && wild_choose(&s->wild, 4) == 1)
                stage_cut(s, link);
            break;
        default:
            if (link != NULL)
                stage_receive(s, link,
                              wild_choose(&s->wild, 8) == 1
                                  ? FRAME_STREAM_EVENT
                                  : FRAME_MASTER_RESPONSE,
                              &server);
        }
    }
    operator_free(core);
}

/* ----------------------------------------------------- executor */

static void launch_cb(struct mezzo_executor *core,
                      const struct mezzo_task *task,
                      void *arg)
{
    struct stage *s = arg;

    wild_learn_text(&s->wild, task->id);
    mezzo_executor_say(core, task->id,
                       wild_choose(&s->wild, 2) == 1 ? MEZZO_TASK_RUNNING
                                                     : MEZZO_TASK_FINISHED,
                       "so");
}

static void play_executor(struct stage *s)
{
    static const struct mezzo_executor_callbacks callbacks = {.launch =
                                                                  launch_cb};
    static const struct mezzo_executor_options options = {.endpoint = "ipc://e",
                                                          .token = "token",
                                                          .executor_id = "hpc",
                                                          .framework_id =
                                                              "hpc"};
    struct mezzo_executor *core = mezzo_executor_new(&options, &callbacks, s);

    if (executor_prepare(core, &surroundings, NULL) != 0)
        abort();
    s->machine = executor_machine(core);
    stage_step(s, (struct input){.kind = INPUT_STARTED});
    for (int i = 0; i < EVENTS_MAX && !wild_is_over(&s->wild); i++) {
        const char *link = stage_link(s);

        switch (wild_choose(&s->wild, 8)) {
        case 0:
            stage_pass(s);
            break;
        case 1:
            mezzo_executor_say(core, some_text(s), MEZZO_TASK_FAILED, NULL);
            mezzo_executor_message(core, "x", 1);
            stage_step(s, (struct input){.kind = INPUT_LOCAL});
            break;
        case 2:
            if (link != NULL && wild_choose(&s->wild, 4) == 1)
                stage_cut(s, link);
            break;
        default:
            if (link != NULL)
                stage_receive(s, link, FRAME_EXECUTOR_EVENTS, &server);
        }
    }
    executor_free(core);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stage s;

    stage_open(&s, data, size);
    switch (wild_choose(&s.wild, 4)) {
    case 0:
    case 1:
        play_scheduler(&s);
        break;
    case 2:
        play_operator(&s);
        break;
    default:
        play_executor(&s);
    }
    stage_close(&s);
    return 0;
}

/* operator_test.c - questions to a master that is played by hand. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "libframework/operator.h"
#include "tests/test.h"

#define ANSWER(name) MESOS__V1__MASTER__RESPONSE__TYPE__##name

typedef Mesos__V1__Master__Response response;

/* An operator, and what it asked for in the last step. */
struct desk {
    struct mezzo_operator *o;
    struct machine machine;
    struct arena *arena;
    msec_t now;
    char link[32];
    char asked[1024]; /* "TYPE>AFTER ..." */
    uint64_t request; /* the last */
    char ended[256];
    int answers;
    int result;
    char text[256];
    size_t rows;
    char first[64], last[64];
};

static void answered_cb(struct mezzo_operator *o,
                        const struct mezzo_answer *answer,
                        void *arg)
{
    struct desk *d = arg;

    (void)o;
    d->answers++;
    d->result = answer->result;
    snprintf(d->text, sizeof d->text, "%s", answer->text);
    d->rows = answer->tasks_count;
    if (d->rows > 0) {
        snprintf(d->first, sizeof d->first, "%s", answer->tasks[0].id);
        snprintf(d->last, sizeof d->last, "%s", answer->tasks[d->rows - 1].id);
    }
}

static void note_call(struct desk *d, const Mesos__V1__Master__Call *call)
{
    const ProtobufCEnumValue *type = protobuf_c_enum_descriptor_get_value(
        &mesos__v1__master__call__type__descriptor, (int)call->type);
    size_t size = strlen(d->asked);

    d->request = call->request_id;
    snprintf(d->asked + size, sizeof d->asked - size, "%s%s%s ", type->name,
             call->page != NULL && call->page->after != NULL ? ">" : "",
             call->page != NULL && call->page->after != NULL ? call->page->after
                                                             : "");
}

static void step(struct desk *d, struct input input)
{
    struct effects fx = {.arena = d->arena};

    d->asked[0] = d->ended[0] = '\0';
    d->machine.step(d->machine.core, &input, d->now, &fx);
    effects_foreach (e, &fx) {
        if (e->kind == EFFECT_CONNECT)
            snprintf(d->link, sizeof d->link, "%s", e->peer);
        if (e->kind == EFFECT_END_LINK)
            snprintf(d->ended, sizeof d->ended, "%s", e->text);
        if (e->kind == EFFECT_SEND)
            note_call(d, (const Mesos__V1__Master__Call *)e->message);
    }
    arena_reset(d->arena);
}

static void timeout(struct desk *d, msec_t ms)
{
    d->now += ms;
    step(d, (struct input){.kind = INPUT_TIMEOUT});
}

static void open_desk(struct desk *d, const char *masters)
{
    memset(d, 0, sizeof *d);
    d->now = 1000;
    d->arena = arena_new();
    d->o = mezzo_operator_new(NULL);
    CHECK(operator_prepare(
              d->o, &(struct core_surroundings){.seed = 1, .masters = masters},
              NULL) == 0);
    d->machine = operator_machine(d->o);
    step(d, (struct input){.kind = INPUT_STARTED});
}

static void close_desk(struct desk *d)
{
    operator_free(d->o);
    arena_free(d->arena);
}

static void ask(struct desk *d, enum mezzo_question_kind kind)
{
    const struct mezzo_question question = {
        .kind = kind, .subject = "it", .grace_ms = -1};

    CHECK(operator_start(d->o, &question, answered_cb, d) == 0);
    timeout(d, 0);
}

static response *new_response(struct desk *d,
                              Mesos__V1__Master__Response__Type type)
{
    response *r =
        message_new(d->arena, &mesos__v1__master__response__descriptor);

    r->has_type = true;
    r->type = type;
    r->has_request_id = true;
    r->request_id = d->request;
    return r;
}

static void answer(struct desk *d, response *r)
{
    step(d, (struct input){.kind = INPUT_RECEIVED,
                           .peer = d->link,
                           .type = FRAME_MASTER_RESPONSE,
                           .message = &r->base});
}

static void lose(struct desk *d)
{
    step(d, (struct input){.kind = INPUT_LINK_ENDED,
                           .peer = d->link,
                           .reason = "nobody listens at x"});
}

/* `count` tasks, of which the first has number `from`. */
static response *tasks(struct desk *d, size_t from, size_t count)
{
    response *r = new_response(d, ANSWER(GET_TASKS));

    r->get_tasks = message_new(
        d->arena, &mesos__v1__master__response__get_tasks__descriptor);
    r->get_tasks->tasks =
        arena_alloc(d->arena, count * sizeof *r->get_tasks->tasks);
    r->get_tasks->n_tasks = count;
    for (size_t i = 0; i < count; i++) {
        Mesos__V1__Task *t =
            message_new(d->arena, &mesos__v1__task__descriptor);
        char id[32];

        snprintf(id, sizeof id, "t%zu", from + i);
        t->name = arena_strdup(d->arena, "name");
        t->task_id = message_new(d->arena, &mesos__v1__task_id__descriptor);
        t->task_id->value = arena_strdup(d->arena, id);
        t->framework_id =
            message_new(d->arena, &mesos__v1__framework_id__descriptor);
        t->framework_id->value = arena_strdup(d->arena, "f1");
        t->agent_id = message_new(d->arena, &mesos__v1__agent_id__descriptor);
        t->agent_id->value = arena_strdup(d->arena, "a1");
        r->get_tasks->tasks[i] = t;
    }
    return r;
}

static void a_link_is_made_when_something_is_asked(void)
{
    struct desk d;

    open_desk(&d, "m:1");
    CHECK(d.link[0] == '\0');
    CHECK(d.machine.deadline(d.machine.core) == MSEC_NEVER);
    ask(&d, MEZZO_ASK_TASKS);
    CHECK(strcmp(d.link, "master-1") == 0);
    CHECK(strcmp(d.asked, "GET_TASKS ") == 0);
    answer(&d, tasks(&d, 0, 2));
    CHECK(d.answers == 1 && d.result == 0 && d.rows == 2);
    ask(&d, MEZZO_ASK_AGENTS); /* on the same */
    CHECK(strcmp(d.link, "master-1") == 0);
    CHECK(strcmp(d.asked, "GET_AGENTS ") == 0);
    close_desk(&d);
}

static void pages_become_one_answer(void)
{
    response *r;
    struct desk d;

    open_desk(&d, "m:1");
    ask(&d, MEZZO_ASK_TASKS);
    r = tasks(&d, 0, 500);
    r->next_page = arena_strdup(d.arena, "500");
    answer(&d, r);
    CHECK(d.answers == 0);
    CHECK(strcmp(d.asked, "GET_TASKS>500 ") == 0);
    r = tasks(&d, 500, 500);
    r->next_page = arena_strdup(d.arena, "1000");
    answer(&d, r);
    CHECK(strcmp(d.asked, "GET_TASKS>1000 ") == 0);
    answer(&d, tasks(&d, 1000, 1));
    CHECK(d.answers == 1 && d.rows == 1001);
    CHECK(strcmp(d.first, "t0") == 0 && strcmp(d.last, "t1000") == 0);
    close_desk(&d);
}

static void answers_may_come_in_any_order(void)
{
    uint64_t first;
    response *r;
    struct desk d;

    open_desk(&d, "m:1");
    ask(&d, MEZZO_ASK_TASKS);
    first = d.request;
    ask(&d, MEZZO_ASK_VERSION);
    r = new_response(&d, ANSWER(GET_VERSION));
    r->get_version = message_new(
        d.arena, &mesos__v1__master__response__get_version__descriptor);
    r->get_version->version_info =
        message_new(d.arena, &mesos__v1__version_info__descriptor);
    r->get_version->version_info->version = arena_strdup(d.arena, "1.2");
    answer(&d, r);
    CHECK(d.answers == 1 && strcmp(d.text, "1.2") == 0);
    r = tasks(&d, 0, 3);
    r->request_id = first;
    answer(&d, r);
    CHECK(d.answers == 2 && d.rows == 3);
    answer(&d, tasks(&d, 0, 3)); /* to nobody's question */
    CHECK(d.answers == 2 && d.ended[0] == '\0');
    close_desk(&d);
}

static void what_the_master_refuses_is_told_in_its_words(void)
{
    response *r;
    struct desk d;

    open_desk(&d, "m:1");
    ask(&d, MEZZO_KILL_TASK);
    CHECK(strcmp(d.asked, "KILL_TASK ") == 0);
    r = new_response(&d, ANSWER(FAILED));
    r->failed =
        message_new(d.arena, &mesos__v1__master__response__failed__descriptor);
    r->failed->message = arena_strdup(d.arena, "no task \"it\"");
    answer(&d, r);
    CHECK(d.result == -EREMOTEIO && strcmp(d.text, "no task \"it\"") == 0);
    ask(&d, MEZZO_DRAIN_AGENT);
    CHECK(strcmp(d.asked, "DRAIN_AGENT ") == 0);
    answer(&d, new_response(&d, ANSWER(DONE)));
    CHECK(d.answers == 2 && d.result == 0);
    close_desk(&d);
}

static void when_nobody_listens_it_is_said_at_once(void)
{
    struct desk d;

    open_desk(&d, "127.0.0.1:5050");
    ask(&d, MEZZO_ASK_TASKS);
    lose(&d);
    CHECK(d.answers == 1 && d.result == -ENOTCONN);
    CHECK(strcmp(d.text, "no master at 127.0.0.1:5050; start one with: "
                         "mezzo up") == 0);
    ask(&d, MEZZO_ASK_TASKS); /* and tried again at once */
    CHECK(strcmp(d.link, "master-2") == 0);
    close_desk(&d);
}

static void every_master_is_tried(void)
{
    struct desk d;

    open_desk(&d, "a:1,b:1,c:1");
    ask(&d, MEZZO_ASK_TASKS);
    lose(&d);
    timeout(&d, 1000);
    CHECK(strcmp(d.link, "master-2") == 0);
    lose(&d);
    CHECK(d.answers == 0);
    timeout(&d, 1000);
    CHECK(strcmp(d.link, "master-3") == 0);
    answer(&d, tasks(&d, 0, 1));
    CHECK(d.answers == 1 && d.result == 0);
    close_desk(&d);
}

static void waiting_cb(void *arg, const char *why)
{
    snprintf(arg, 256, "%s", why);
}

static void while_masters_change_it_is_waited_for_the_next(void)
{
    char why[256] = "";
    struct desk d;

    open_desk(&d, "zk://127.0.0.1:2181/mezzo");
    d.o->waiting = waiting_cb;
    d.o->waiting_arg = why;
    ask(&d, MEZZO_ASK_TASKS);
    lose(&d);
    timeout(&d, 1999);
    CHECK(d.answers == 0 && why[0] == '\0');
    timeout(&d, 1);
    CHECK(strstr(why, "no master at zk://127.0.0.1:2181/mezzo") == why);
    why[0] = '\0';
    lose(&d);
    timeout(&d, 57000);
    CHECK(d.answers == 0 && why[0] != '\0'); /* said again */
    answer(&d, tasks(&d, 0, 1));
    CHECK(d.answers == 1 && d.result == 0);
    lose(&d);
    ask(&d, MEZZO_ASK_TASKS);
    for (int i = 0; i < 60; i++) {
        CHECK(d.answers == 1);
        lose(&d);
        timeout(&d, 1000);
    }
    CHECK(d.answers == 2 && d.result == -ETIMEDOUT);
    close_desk(&d);
}

static void what_a_lost_master_may_have_done_is_asked_again(void)
{
    response *r;
    struct desk d;

    open_desk(&d, "a:1,b:1");
    ask(&d, MEZZO_ASK_TASKS);
    answer(&d, tasks(&d, 0, 1));
    ask(&d, MEZZO_TEARDOWN_FRAMEWORK);
    lose(&d);
    timeout(&d, 1000);
    CHECK(strcmp(d.asked, "TEARDOWN ") == 0 && d.answers == 1);
    r = new_response(&d, ANSWER(FAILED));
    r->failed =
        message_new(d.arena, &mesos__v1__master__response__failed__descriptor);
    r->failed->message = arena_strdup(d.arena, "no such framework");
    answer(&d, r);
    CHECK(d.answers == 2 && d.result == -EREMOTEIO);
    CHECK(strcmp(d.text, "no such framework; a master was lost while it was "
                         "asked, and may have done it") == 0);
    close_desk(&d);
}

/* A master that has answered before is worth a second try. */
static void only_questions_are_asked_again(void)
{
    response *r;
    struct desk d;

    open_desk(&d, "m:1");
    ask(&d, MEZZO_ASK_TASKS);
    r = tasks(&d, 0, 500);
    r->next_page = arena_strdup(d.arena, "500");
    answer(&d, r);
    ask(&d, MEZZO_TEARDOWN_FRAMEWORK);
    lose(&d);
    CHECK(d.answers == 1 && d.result == -ETIMEDOUT);
    CHECK(strcmp(d.text, "the master was lost; it may have been done") == 0);
    timeout(&d, 1000);
    CHECK(strcmp(d.asked, "GET_TASKS ") == 0); /* from the first page on */
    answer(&d, tasks(&d, 0, 7));
    CHECK(d.answers == 2 && d.rows == 7);
    close_desk(&d);
}

static void an_answer_must_come_in_time(void)
{
    struct desk d;

    open_desk(&d, "m:1");
    ask(&d, MEZZO_ASK_TASKS);
    CHECK(d.machine.deadline(d.machine.core) == d.now + 10000);
    timeout(&d, 9999);
    CHECK(d.answers == 0);
    timeout(&d, 1);
    CHECK(d.answers == 1 && d.result == -ETIMEDOUT);
    answer(&d, tasks(&d, 0, 1)); /* too late */
    CHECK(d.answers == 1);
    close_desk(&d);
}

static void nonsense_ends_the_link(void)
{
    static const Mesos__V1__Master__Response__Type types[] = {
        ANSWER(GET_AGENTS), ANSWER(GET_FRAMEWORKS), ANSWER(GET_TASKS),
        ANSWER(GET_ROLES),  ANSWER(GET_MASTER),     ANSWER(GET_VERSION),
        ANSWER(GET_OFFERS), ANSWER(EXPLAIN),        ANSWER(FAILED),
    };
    response *r;
    struct desk d;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        open_desk(&d, "m:1");
        ask(&d, MEZZO_ASK_TASKS);
        answer(&d, new_response(&d, types[i]));
        CHECK(strcmp(d.ended, "an answer without its content") == 0);
        CHECK(d.answers == 0);
        close_desk(&d);
    }
    open_desk(&d, "m:1");
    ask(&d, MEZZO_ASK_TASKS);
    r = new_response(&d, ANSWER(DONE));
    r->has_type = false;
    answer(&d, r);
    CHECK(strcmp(d.ended, "an answer to what was not asked") == 0);
    step(&d, (struct input){.kind = INPUT_RECEIVED,
                            .peer = d.link,
                            .type = FRAME_SCHEDULER_EVENTS});
    CHECK(strcmp(d.ended, "not an answer to an operator") == 0);
    close_desk(&d);
}

static int start(struct desk *d, struct mezzo_question question)
{
    return operator_start(d->o, &question, answered_cb, d);
}

static void questions_that_cannot_be_are_refused(void)
{
    int count = 0;
    struct desk d;

    open_desk(&d, "m:1");
    CHECK(start(&d, (struct mezzo_question){.kind = MEZZO_KILL_TASK}) ==
          -EINVAL);
    CHECK(start(&d, (struct mezzo_question){.kind = MEZZO_KILL_TASK,
                                            .subject = "a\nb"}) == -EINVAL);
    CHECK(start(&d, (struct mezzo_question){.kind = MEZZO_KILL_TASK,
                                            .subject = "t",
                                            .grace_ms = -2}) == -EINVAL);
    CHECK(start(&d, (struct mezzo_question){
                        .kind = (enum mezzo_question_kind)99}) == -EINVAL);
    while (start(&d, (struct mezzo_question){.kind = MEZZO_ASK_ROLES}) == 0)
        count++;
    CHECK(count == MEZZO_QUESTIONS_MAX);
    CHECK(start(&d, (struct mezzo_question){.kind = MEZZO_ASK_ROLES}) ==
          -EBUSY);
    close_desk(&d);
}

static int outputs;
static char output_text[128];

static void output_cb(const struct mezzo_output *output, void *arg)
{
    (void)arg;
    outputs++;
    snprintf(output_text, sizeof output_text, "%s",
             output->kind == MEZZO_OUTPUT_FAILED ? output->reason : "");
}

static void a_ticket_that_is_refused_ends_a_read(void)
{
    const struct mezzo_read read = {.task_id = "some name"};
    response *r;
    struct desk d;

    open_desk(&d, "m:1");
    d.o->output = output_cb;
    CHECK(readers_open(d.o->readers, &read, &d.o->reader, NULL) == 0);
    timeout(&d, 0);
    CHECK(strcmp(d.asked, "GET_TICKET ") == 0);
    r = new_response(&d, ANSWER(FAILED));
    r->failed =
        message_new(d.arena, &mesos__v1__master__response__failed__descriptor);
    r->failed->message = arena_strdup(d.arena, "no such task");
    answer(&d, r);
    CHECK(outputs == 1 && strcmp(output_text, "no such task") == 0);
    close_desk(&d);
}

int main(void)
{
    a_link_is_made_when_something_is_asked();
    pages_become_one_answer();
    answers_may_come_in_any_order();
    what_the_master_refuses_is_told_in_its_words();
    when_nobody_listens_it_is_said_at_once();
    every_master_is_tried();
    while_masters_change_it_is_waited_for_the_next();
    what_a_lost_master_may_have_done_is_asked_again();
    only_questions_are_asked_again();
    an_answer_must_come_in_time();
    nonsense_ends_the_link();
    questions_that_cannot_be_are_refused();
    a_ticket_that_is_refused_ends_a_read();
    return test_done();
}

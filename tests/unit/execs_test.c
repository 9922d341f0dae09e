/* execs_test.c - programs that guests run beside tasks, and what they write to
 * the stdin of tasks. */

#include "agent/execs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/ticket.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

#define CALL(name) MEZZO__STREAM_CALL__TYPE__##name
#define EVENT(name) MEZZO__STREAM_EVENT__TYPE__##name
#define EXEC MESOS__V1__TICKET_VERB__EXEC
#define INPUT MESOS__V1__TICKET_VERB__INPUT
#define RUN "F/t"

static const char guest_key[] = "0000000000000000000000000000000000000001";

static struct desk *running(bool has_input)
{
    struct desk *d = desk_new();
    Mesos__V1__TaskInfo *task = desk_task(d, "t");

    task->has_input = task->input = has_input;
    desk_register(d);
    desk_launch(d, task);
    return d;
}

static Mezzo__StreamCall *call_new(struct desk *d, Mezzo__StreamCall__Type type)
{
    Mezzo__StreamCall *call =
        message_new(desk_arena(d), &mezzo__stream_call__descriptor);

    call->stream = 7;
    call->type = type;
    return call;
}

static void say(struct desk *d, const Mezzo__StreamCall *call)
{
    desk_receive(d, "g", PRINCIPAL_GUEST, &call->base);
}

static Mezzo__StreamCall *opening(struct desk *d, Mesos__V1__TicketVerb verb)
{
    static const char *arguments[] = {"prog", "-x"};
    static const char *variables[] = {"MEZZO_TASK_ID=mine", "A=1"};
    Mezzo__StreamCall *call = call_new(d, CALL(OPEN));
    Mezzo__Ticket t = MEZZO__TICKET__INIT;
    uint8_t key[TICKET_KEY_SIZE];

    memset(key, 'k', sizeof key);
    t.holder_key = (char *)guest_key;
    t.framework_id = (char *)"F";
    t.task_id = (char *)"t";
    t.verb = verb;
    t.expires_ms = INT64_MAX;
    call->open =
        message_new(desk_arena(d), &mezzo__stream_call__open__descriptor);
    call->open->ticket = ticket_make(&t, key, desk_arena(d));
    call->has_credit = true;
    call->credit = 100;
    if (verb != EXEC)
        return call;
    call->open->exec =
        message_new(desk_arena(d), &mezzo__stream_call__exec__descriptor);
    call->open->exec->arguments = (char **)arguments;
    call->open->exec->n_arguments = 2;
    call->open->exec->environment = (char **)variables;
    call->open->exec->n_environment = 2;
    return call;
}

static const Mezzo__StreamEvent *told(struct desk *d,
                                      Mezzo__StreamEvent__Type type)
{
    const Mezzo__StreamEvent *event =
        (const Mezzo__StreamEvent *)desk_take_message(d, "g");

    return event != NULL && event->type == type ? event : NULL;
}

static bool is_failed(struct desk *d, const char *why)
{
    const Mezzo__StreamEvent *event = told(d, EVENT(FAILED));

    return event != NULL && strstr(event->reason, why) != NULL;
}

/* A program that runs as `*process`. */
static struct desk *started(uint64_t *process)
{
    struct desk *d = running(false);
    const struct order *o;

    say(d, opening(d, EXEC));
    o = desk_take_order(d, ORDER_SPAWN, RUN);
    CHECK(o != NULL);
    *process = o != NULL ? o->process : 0;
    desk_report(d, &(struct report){.kind = REPORT_SPAWNED,
                                    .run = RUN,
                                    .process = *process,
                                    .pid = 9});
    CHECK(told(d, EVENT(OPENED)) != NULL);
    return d;
}

static void took(struct desk *d,
                 uint64_t process,
                 const char *text,
                 bool is_error,
                 bool is_at_end)
{
    desk_report(d, &(struct report){.kind = REPORT_TOOK,
                                    .ticket = process,
                                    .bytes = (const uint8_t *)text,
                                    .size = strlen(text),
                                    .is_error = is_error,
                                    .is_at_end = is_at_end});
}

static void has_exited(struct desk *d, uint64_t process, int status)
{
    desk_report(d, &(struct report){.kind = REPORT_PROCESS_EXITED,
                                    .run = RUN,
                                    .process = process,
                                    .is_status_known = true,
                                    .wait_status = status});
}

static bool has(const char *const *strings, const char *text)
{
    for (; *strings != NULL; strings++)
        if (strcmp(*strings, text) == 0)
            return true;
    return false;
}

static void a_program_runs_as_the_task_does(void)
{
    struct desk *d = running(false);
    Mezzo__StreamCall *call = opening(d, EXEC);
    const struct order *o;

    call->open->exec->has_terminal = call->open->exec->terminal = true;
    call->open->exec->has_rows = call->open->exec->has_columns = true;
    call->open->exec->rows = 33;
    call->open->exec->columns = 101;
    say(d, call);
    o = desk_take_order(d, ORDER_SPAWN, RUN);
    CHECK(o != NULL && o->spawn.io == ORDER_SPAWN_TERMINAL);
    CHECK(o->spawn.rows == 33 && o->spawn.columns == 101);
    CHECK(strcmp(o->spawn.argv[1], "-x") == 0 && o->spawn.argv[2] == NULL);
    CHECK(has(o->spawn.environment, "MEZZO_TASK_ID=mine"));
    CHECK(!has(o->spawn.environment, "MEZZO_TASK_ID=t"));
    CHECK(has(o->spawn.environment, "MEZZO_FRAMEWORK_ID=F"));
    desk_free(d);
}

static void output_goes_as_far_as_credit(void)
{
    uint64_t process;
    struct desk *d = started(&process);
    const struct order *o = desk_take_order(d, ORDER_TAKE, RUN);
    const Mezzo__StreamEvent *event;
    Mezzo__StreamCall *credit = call_new(d, CALL(CREDIT));

    CHECK(o != NULL && o->size_max == 100 && o->process == process);
    took(d, process, "twenty characters ...", true, false);
    event = told(d, EVENT(DATA));
    CHECK(event != NULL && event->error && event->data.len == 21);
    CHECK(desk_take_order(d, ORDER_TAKE, RUN)->size_max == 79);
    took(d, process,
         "0123456789012345678901234567890123456789"
         "012345678901234567890123456789012345678",
         false, false);
    CHECK(!told(d, EVENT(DATA))->error);
    CHECK(desk_take_order(d, ORDER_TAKE, RUN) == NULL);
    credit->has_credit = true;
    credit->credit = 10;
    say(d, credit);
    CHECK(desk_take_order(d, ORDER_TAKE, RUN)->size_max == 10);
    desk_free(d);
}

static void the_end_comes_behind_the_output(void)
{
    uint64_t process;
    struct desk *d = started(&process);
    const Mezzo__StreamEvent *event;

    has_exited(d, process, 0x300);
    CHECK(desk_take_message(d, "g") == NULL);
    took(d, process, "last", false, false);
    CHECK(told(d, EVENT(DATA)) != NULL);
    took(d, process, "", false, true);
    event = told(d, EVENT(EXITED));
    CHECK(event != NULL && event->status == 0x300);
    CHECK(told(d, EVENT(ENDED)) != NULL);
    CHECK(desk_take_order(d, ORDER_RELEASE, RUN)->process == process);
    desk_free(d);
}

static void write_text(struct desk *d, const char *text)
{
    Mezzo__StreamCall *call = call_new(d, CALL(WRITE));

    call->has_data = true;
    call->data.data = (uint8_t *)text;
    call->data.len = strlen(text);
    say(d, call);
}

static void fed(struct desk *d, uint64_t ticket, const char *fault)
{
    desk_report(d, &(struct report){
                       .kind = REPORT_FED, .ticket = ticket, .fault = fault});
}

static void input_is_fed_piece_by_piece_to_its_end(void)
{
    uint64_t process;
    struct desk *d = started(&process);
    const struct order *o;

    write_text(d, "one");
    write_text(d, "two");
    say(d, call_new(d, CALL(END_INPUT)));
    o = desk_take_order(d, ORDER_FEED, RUN);
    CHECK(o != NULL && o->size == 3 && memcmp(o->bytes, "one", 3) == 0);
    CHECK(desk_take_order(d, ORDER_FEED, RUN) == NULL);
    fed(d, process, NULL);
    CHECK(told(d, EVENT(TAKEN))->credit == 3);
    CHECK(desk_take_order(d, ORDER_FEED, RUN) != NULL);
    CHECK(desk_take_order(d, ORDER_END_INPUT, RUN) == NULL);
    fed(d, process, "it does not read");
    CHECK(told(d, EVENT(TAKEN)) != NULL);
    CHECK(desk_take_order(d, ORDER_END_INPUT, RUN) != NULL);
    write_text(d, "more");
    CHECK(desk_has_ended(d, "g", "input after its end"));
    desk_free(d);
}

static void signals_and_sizes_are_passed_on(void)
{
    uint64_t process;
    struct desk *d = started(&process);
    Mezzo__StreamCall *call = call_new(d, CALL(SIGNAL));
    const struct order *o;

    call->has_signal = true;
    call->signal = SIGINT;
    say(d, call);
    o = desk_take_order(d, ORDER_SIGNAL, RUN);
    CHECK(o != NULL && o->process == process && o->signal == SIGINT);
    say(d, call_new(d, CALL(RESIZE)));
    CHECK(desk_take_order(d, ORDER_RESIZE, RUN) == NULL); /* no terminal */
    call->signal = 65;
    say(d, call);
    CHECK(desk_has_ended(d, "g", "a signal that is none"));
    desk_free(d);
}

static void who_goes_takes_the_program_along(void)
{
    uint64_t process;
    struct desk *d = started(&process);
    const struct order *o;

    desk_end_link(d, "g", "gone", 0);
    o = desk_take_order(d, ORDER_SIGNAL, RUN);
    CHECK(o != NULL && o->signal == SIGHUP && o->process == process);
    CHECK(desk_take_order(d, ORDER_RELEASE, RUN) == NULL);
    desk_pass(d, EXECS_HANG_UP_MS);
    CHECK(desk_take_order(d, ORDER_RELEASE, RUN)->process == process);
    took(d, process, "", false, true);
    desk_free(d);
}

static void it_ends_with_its_task(void)
{
    uint64_t process;
    struct desk *d = started(&process);

    desk_exit(d, RUN, 0);
    CHECK(is_failed(d, "the task has ended"));
    say(d, opening(d, EXEC));
    CHECK(is_failed(d, "the task has ended"));
    desk_free(d);
}

static void what_cannot_start_is_told_why(void)
{
    struct desk *d = running(false);
    const struct order *o;

    say(d, opening(d, EXEC));
    o = desk_take_order(d, ORDER_SPAWN, RUN);
    desk_report(d, &(struct report){.kind = REPORT_SPAWNED,
                                    .run = RUN,
                                    .process = o->process,
                                    .fault = "no such file"});
    CHECK(is_failed(d, "no such file"));
    desk_free(d);
}

static void a_flood_of_input_ends_the_link(void)
{
    static char large[EXECS_DATA_MAX + 1];
    uint64_t process;
    struct desk *d = started(&process);

    memset(large, 'x', sizeof large - 1);
    for (int i = 0; i < EXECS_WINDOW / EXECS_DATA_MAX; i++)
        write_text(d, large);
    CHECK(!desk_has_ended(d, "g", "input"));
    write_text(d, "x");
    CHECK(desk_has_ended(d, "g", "more input than there is room for"));
    desk_free(d);
}

static void there_are_so_many_for_each_guest(void)
{
    struct desk *d = running(false);
    Mezzo__StreamCall *call;

    for (uint64_t i = 0; i < EXECS_OF_GUEST_MAX; i++) {
        call = opening(d, EXEC);
        call->stream = 100 + i;
        say(d, call);
        CHECK(desk_take_order(d, ORDER_SPAWN, RUN) != NULL);
    }
    say(d, opening(d, EXEC));
    CHECK(is_failed(d, "too many programs"));
    desk_free(d);
}

static void a_task_with_an_input_is_written_to(void)
{
    struct desk *d = running(true);
    const struct order *o;

    CHECK(desk_take_order(d, ORDER_LAUNCH, RUN)->launch.has_input);
    say(d, opening(d, INPUT));
    CHECK(told(d, EVENT(OPENED)) != NULL);
    write_text(d, "one");
    o = desk_take_order(d, ORDER_FEED, RUN);
    CHECK(o != NULL && o->process == 0 && o->path == NULL);
    fed(d, o->ticket, NULL);
    CHECK(told(d, EVENT(TAKEN)) != NULL);
    say(d, call_new(d, CALL(END_INPUT)));
    CHECK(desk_take_order(d, ORDER_END_INPUT, RUN) != NULL);
    CHECK(told(d, EVENT(ENDED)) != NULL);
    desk_free(d);
    d = running(false);
    say(d, opening(d, INPUT));
    CHECK(is_failed(d, "not launched with an input"));
    desk_free(d);
}

int main(void)
{
    a_program_runs_as_the_task_does();
    output_goes_as_far_as_credit();
    the_end_comes_behind_the_output();
    input_is_fed_piece_by_piece_to_its_end();
    signals_and_sizes_are_passed_on();
    who_goes_takes_the_program_along();
    it_ends_with_its_task();
    what_cannot_start_is_told_why();
    a_flood_of_input_ends_the_link();
    there_are_so_many_for_each_guest();
    a_task_with_an_input_is_written_to();
    return test_done();
}

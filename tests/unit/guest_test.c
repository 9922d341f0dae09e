/* guest_test.c - whoever holds a ticket: reads, runs, writes. */

#include "libframework/guest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "proto/wire.pb-c.h"
#include "tests/test.h"

#define CALL(name) MEZZO__STREAM_CALL__TYPE__##name
#define EVENT(name) MEZZO__STREAM_EVENT__TYPE__##name

struct desk {
    struct mezzo_guest *g;
    struct machine machine;
    struct arena *arena;
    msec_t now;
    char peer[64];
    bool has_stopped;
    size_t written;
    char did[4096];
};

__attribute__((format(printf, 2, 3))) static void note(struct desk *d,
                                                       const char *format,
                                                       ...)
{
    size_t used = strlen(d->did);
    va_list args;

    va_start(args, format);
    vsnprintf(d->did + used, sizeof d->did - used, format, args);
    va_end(args);
}

static bool did(struct desk *d, const char *what)
{
    bool is_same = strcmp(d->did, what) == 0;

    if (!is_same)
        printf("# did: %s\n", d->did);
    d->did[0] = '\0';
    return is_same;
}

static void output_cb(struct mezzo_guest *g,
                      const struct mezzo_output *o,
                      void *arg)
{
    (void)g;
    note(arg, "<%d %d %s %.*s\n", (int)o->reader, (int)o->kind,
         o->file != NULL ? o->file : "-", (int)o->size,
         o->data != NULL ? (const char *)o->data : "");
    if (o->reason != NULL)
        note(arg, "because %s\n", o->reason);
}

static void exited_cb(struct mezzo_guest *g,
                      uint64_t stream,
                      int status,
                      void *arg)
{
    (void)g;
    note(arg, "<exited %d %d\n", (int)stream, status);
}

static void writable_cb(struct mezzo_guest *g, uint64_t stream, void *arg)
{
    (void)g;
    note(arg, "<writable %d\n", (int)stream);
}

static const struct mezzo_guest_callbacks callbacks = {
    .output = output_cb,
    .exited = exited_cb,
    .writable = writable_cb,
};

static void note_call(struct desk *d, const Mezzo__StreamCall *call)
{
    static const char *const names[] = {"",      "open", "credit", "close",
                                        "write", "end",  "resize", "signal"};

    if (call->type == CALL(WRITE)) {
        d->written += call->data.len;
        if (call->data.data[0] != 'a')
            return;
        note(d, ">write %.*s\n", (int)call->data.len, (char *)call->data.data);
        return;
    }
    note(d, ">%s", names[call->type]);
    if (call->open != NULL)
        note(d, " %.*s %s", (int)call->open->ticket.len,
             (char *)call->open->ticket.data,
             call->open->exec != NULL   ? call->open->exec->arguments[0]
             : call->open->path != NULL ? call->open->path
                                        : "-");
    if (call->type == CALL(RESIZE))
        note(d, " %d %d", (int)call->rows, (int)call->columns);
    if (call->type == CALL(SIGNAL))
        note(d, " %d", call->signal);
    note(d, "\n");
}

static void step(struct desk *d, struct input input)
{
    struct effects fx = {.arena = d->arena};

    d->machine.step(d->machine.core, &input, d->now, &fx);
    effects_foreach (e, &fx) {
        if (e->kind == EFFECT_CONNECT) {
            snprintf(d->peer, sizeof d->peer, "%s", e->peer);
            note(d, ">connect %s %s\n", e->connect.endpoint,
                 e->connect.server_key != NULL ? e->connect.server_key : "-");
        }
        if (e->kind == EFFECT_END_LINK)
            note(d, ">end %s\n", e->text);
        if (e->kind == EFFECT_STOP)
            d->has_stopped = true;
        if (e->kind == EFFECT_SEND)
            note_call(d, (const Mezzo__StreamCall *)e->message);
    }
    arena_reset(d->arena);
}

static void turn(struct desk *d)
{
    while (d->machine.deadline(d->machine.core) <= d->now)
        step(d, (struct input){.kind = INPUT_TIMEOUT});
}

static void say(struct desk *d, Mezzo__StreamEvent event)
{
    step(d, (struct input){.kind = INPUT_RECEIVED,
                           .peer = d->peer,
                           .type = FRAME_STREAM_EVENT,
                           .message = &event.base});
    turn(d);
}

static Mezzo__StreamEvent event(uint64_t stream, Mezzo__StreamEvent__Type type)
{
    Mezzo__StreamEvent e = MEZZO__STREAM_EVENT__INIT;

    e.stream = stream;
    e.type = type;
    return e;
}

static void open_desk(struct desk *d)
{
    memset(d, 0, sizeof *d);
    d->now = 1000;
    d->arena = arena_new();
    d->g = guest_new(&callbacks, d, "the-key");
    guest_prepare(d->g, &(struct core_surroundings){.seed = 1});
    d->machine = guest_machine(d->g);
    step(d, (struct input){.kind = INPUT_STARTED});
}

static void close_desk(struct desk *d)
{
    guest_free(d->g);
    arena_free(d->arena);
}

static struct mezzo_ticket ticket(enum mezzo_verb verb)
{
    return (struct mezzo_ticket){
        .task_id = "t",
        .verb = verb,
        .endpoint = "tcp://agent:1",
        .agent_key = "agent-key",
        .bytes = "TICKET",
        .size = 6,
    };
}

static uint64_t exec(struct desk *d)
{
    static const char *const argv[] = {"prog", NULL};
    const struct mezzo_ticket t = ticket(MEZZO_VERB_EXEC);
    uint64_t stream = 0;

    CHECK(mezzo_guest_exec(d->g, &t, &(struct mezzo_exec){.argv = argv},
                           &stream) == 0);
    turn(d);
    return stream;
}

static void a_program_is_run_to_its_end(void)
{
    struct desk d;
    uint64_t stream;
    Mezzo__StreamEvent e;

    open_desk(&d);
    CHECK(strcmp(mezzo_guest_key(d.g), "the-key") == 0);
    stream = exec(&d);
    CHECK(stream == 3);
    CHECK(did(&d, ">connect tcp://agent:1 agent-key\n>open TICKET prog\n"));
    say(&d, event(1, EVENT(OPENED)));
    e = event(1, EVENT(DATA));
    e.has_data = e.has_error = e.error = true;
    e.data.data = (uint8_t *)"oops";
    e.data.len = 4;
    say(&d, e);
    CHECK(did(&d, "<3 0 stderr oops\n"));
    e = event(1, EVENT(EXITED));
    e.has_status = true;
    e.status = 0x300;
    say(&d, e);
    say(&d, event(1, EVENT(ENDED)));
    CHECK(did(&d, "<exited 3 768\n<3 2 - \n"));
    CHECK(mezzo_guest_write(d.g, stream, "x", 1, NULL) == -ENOENT);
    close_desk(&d);
}

static void input_goes_in_its_window(void)
{
    static char large[MEZZO_STREAM_QUEUE_MAX];
    struct desk d;
    uint64_t stream;
    size_t taken = 0;
    Mezzo__StreamEvent e;

    open_desk(&d);
    stream = exec(&d);
    did(&d, "");
    CHECK(mezzo_guest_write(d.g, stream, "abc", 3, NULL) == 0);
    CHECK(mezzo_guest_resize(d.g, stream, 5, 6) == 0);
    CHECK(mezzo_guest_signal(d.g, stream, 2) == 0);
    turn(&d);
    CHECK(did(&d, ">write abc\n>resize 5 6\n>signal 2\n"));
    CHECK(mezzo_guest_write(d.g, stream, large, sizeof large, &taken) == 0);
    CHECK(taken == sizeof large);
    CHECK(mezzo_guest_write(d.g, stream, large, 1, &taken) == -EAGAIN);
    turn(&d);
    CHECK(d.written == PROGRAMS_WINDOW);
    CHECK(did(&d, "<writable 3\n"));
    CHECK(mezzo_guest_end_input(d.g, stream) == 0);
    CHECK(mezzo_guest_write(d.g, stream, "x", 1, NULL) == -EPIPE);
    turn(&d);
    CHECK(did(&d, ""));
    while (d.written < sizeof large + 3) {
        e = event(1, EVENT(TAKEN));
        e.has_credit = true;
        e.credit = 1024;
        say(&d, e);
    }
    CHECK(did(&d, ">end\n"));
    e.credit = PROGRAMS_WINDOW;
    say(&d, e);
    CHECK(did(&d, ">end more was taken than was written\n"));
    close_desk(&d);
}

static void credit_is_given_unless_it_is_paused(void)
{
    static char large[PROGRAMS_CREDIT / 2];
    struct desk d;
    uint64_t stream;
    Mezzo__StreamEvent e = event(1, EVENT(DATA));

    open_desk(&d);
    stream = exec(&d);
    e.has_data = true;
    e.data.data = (uint8_t *)large;
    e.data.len = sizeof large;
    CHECK(mezzo_guest_pause(d.g, stream, true) == 0);
    say(&d, e);
    CHECK(strstr(d.did, ">credit") == NULL);
    CHECK(mezzo_guest_pause(d.g, stream, false) == 0);
    turn(&d);
    CHECK(strstr(d.did, ">credit") != NULL);
    close_desk(&d);
}

static void a_link_that_breaks_fails_its_programs(void)
{
    struct desk d;

    open_desk(&d);
    exec(&d);
    exec(&d);
    CHECK(did(&d, ">connect tcp://agent:1 agent-key\n>open TICKET prog\n"
                  ">open TICKET prog\n"));
    step(&d, (struct input){
                 .kind = INPUT_LINK_ENDED, .peer = d.peer, .reason = "cut"});
    CHECK(did(&d, "<3 3 - \nbecause cut\n<5 3 - \nbecause cut\n"));
    close_desk(&d);
}

static void one_that_is_closed_is_heard_no_more(void)
{
    struct desk d;
    uint64_t stream;

    open_desk(&d);
    stream = exec(&d);
    did(&d, "");
    CHECK(mezzo_guest_close(d.g, stream) == 0);
    turn(&d);
    CHECK(did(&d, ">close\n"));
    say(&d, event(1, EVENT(ENDED)));
    CHECK(did(&d, ""));
    mezzo_guest_stop(d.g);
    turn(&d);
    CHECK(d.has_stopped);
    close_desk(&d);
}

static void output_is_read_with_its_ticket(void)
{
    const struct mezzo_ticket t = ticket(MEZZO_VERB_READ_OUTPUT);
    const struct mezzo_read read = {.follows = true};
    struct desk d;
    uint64_t stream = 0;
    Mezzo__StreamEvent e = event(1, EVENT(DATA));

    open_desk(&d);
    CHECK(mezzo_guest_read(d.g, &t, &read, &stream) == 0);
    turn(&d);
    CHECK(did(&d, ">connect tcp://agent:1 agent-key\n>open TICKET stdout\n"));
    e.has_data = e.has_offset = true;
    e.data.data = (uint8_t *)"text";
    e.data.len = 4;
    say(&d, e);
    CHECK(did(&d, "<2 0 stdout text\n"));
    CHECK(mezzo_guest_write(d.g, stream, "x", 1, NULL) == -ENOENT);
    CHECK(mezzo_guest_close(d.g, stream) == 0);
    close_desk(&d);
}

static void a_ticket_for_something_else_is_refused(void)
{
    static const char *const argv[] = {"prog", NULL}, *const none[] = {NULL};
    struct mezzo_ticket t = ticket(MEZZO_VERB_INPUT);
    struct mezzo_exec how = {.argv = argv};
    struct desk d;
    uint64_t stream;

    open_desk(&d);
    CHECK(mezzo_guest_exec(d.g, &t, &how, &stream) == -EINVAL);
    CHECK(mezzo_guest_input(d.g, &t, &stream) == 0);
    t.failure = "no such task";
    CHECK(mezzo_guest_input(d.g, &t, &stream) == -EINVAL);
    CHECK(strstr(mezzo_guest_explain(d.g), "no such task") != NULL);
    t = ticket(MEZZO_VERB_EXEC);
    how.argv = none;
    CHECK(mezzo_guest_exec(d.g, &t, &how, &stream) == -EINVAL);
    t.size = 0;
    CHECK(mezzo_guest_exec(d.g, &t, &how, &stream) == -EINVAL);
    close_desk(&d);
}

int main(void)
{
    a_program_is_run_to_its_end();
    input_goes_in_its_window();
    credit_is_given_unless_it_is_paused();
    a_link_that_breaks_fails_its_programs();
    one_that_is_closed_is_heard_no_more();
    output_is_read_with_its_ticket();
    a_ticket_for_something_else_is_refused();
    return test_done();
}

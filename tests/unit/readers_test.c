/* readers_test.c - tickets, streams of bytes, and links to agents that break in
 * the middle of them. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "libframework/scheduler.h"
#include "tests/test.h"
#include "tests/unit/scheduler_desk.h"

#define KIND(name) MEZZO__STREAM_EVENT__TYPE__##name
#define STATE(name) MESOS__V1__TASK_STATE__TASK_##name

/* What an agent says on a stream. */
static void hear(struct desk *d,
                 const char *peer,
                 uint64_t stream,
                 Mezzo__StreamEvent__Type type,
                 uint64_t offset,
                 const char *text)
{
    Mezzo__StreamEvent e = MEZZO__STREAM_EVENT__INIT;

    e.stream = stream;
    e.type = type;
    e.has_offset = true;
    e.offset = offset;
    if (type == KIND(DATA)) {
        e.has_data = text != NULL;
        e.data.data = (uint8_t *)text;
        e.data.len = text != NULL ? strlen(text) : 0;
    } else if (type == KIND(ENTRY)) {
        e.name = (char *)text;
    } else {
        e.reason = (char *)text;
    }
    desk_step(d, (struct input){.kind = INPUT_RECEIVED,
                                .peer = peer,
                                .type = FRAME_STREAM_EVENT,
                                .message = &e.base});
}

static void lose(struct desk *d, const char *peer)
{
    desk_step(d, (struct input){.kind = INPUT_LINK_ENDED,
                                .peer = peer,
                                .reason = "silent"});
}

static uint64_t read_output(struct desk *d, const char *task_id, bool follows)
{
    uint64_t reader = 0;

    CHECK(mezzo_scheduler_read(
              d->scheduler,
              &(struct mezzo_read){.task_id = task_id, .follows = follows},
              &reader) == 0);
    desk_settle(d);
    return reader;
}

static void bytes_come_in_order_from_the_agent(void)
{
    struct desk d;
    uint64_t reader;

    desk_begin(&d, NULL);
    reader = read_output(&d, "t1", false);
    CHECK(reader == 1);
    CHECK(desk_did(&d, "> TICKET t1\n"));
    desk_ticket(&d, "t1", "tcp://10.0.0.1:5051");
    CHECK(desk_did(&d, "> connect tcp://10.0.0.1:5051\n"
                       "> open bytes-1 1 stdout from 0\n"));
    hear(&d, "bytes-1", 1, KIND(DATA), 0, "hello ");
    hear(&d, "bytes-1", 1, KIND(DATA), 6, "world");
    hear(&d, "bytes-1", 1, KIND(ENDED), 0, NULL);
    CHECK(desk_did(&d, "< data 1 t1 stdout 0 hello \n"
                       "< data 1 t1 stdout 6 world\n"
                       "< ended 1 t1 stdout 11\n"));
    CHECK(mezzo_scheduler_close(d.scheduler, reader) == -ENOENT);
    desk_wait(&d, 4999); /* somebody may read from it again */
    CHECK(desk_did(&d, ""));
    desk_wait(&d, 2);
    CHECK(desk_did(&d, "> end bytes-1: all was read\n"));
    desk_close(&d);
}

static void a_broken_link_is_gone_on_from_where_it_was(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    read_output(&d, "t1", true);
    desk_ticket(&d, "t1", "tcp://10.0.0.1:5051");
    hear(&d, "bytes-1", 1, KIND(DATA), 0, "hello ");
    desk_forget(&d);
    lose(&d, "bytes-1");
    CHECK(desk_did(&d, ""));
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> TICKET t1\n")); /* the agent may have moved */
    desk_ticket(&d, "t1", "tcp://10.0.0.2:5051");
    CHECK(desk_did(&d, "> connect tcp://10.0.0.2:5051\n"
                       "> open bytes-2 1 stdout from 6 follow\n"));
    hear(&d, "bytes-1", 1, KIND(DATA), 6, "late");
    hear(&d, "bytes-2", 1, KIND(DATA), 4, "o world"); /* we have some of it */
    hear(&d, "bytes-2", 1, KIND(DATA), 8, "rld");     /* and all of this */
    hear(&d, "bytes-2", 1, KIND(DATA), 100, "!"); /* the rest was given up */
    CHECK(desk_did(&d, "< data 1 t1 stdout 6 world\n"
                       "< data 1 t1 stdout 100 !\n"));
    desk_close(&d);
}

static void a_link_that_never_holds_is_given_up(void)
{
    char peer[32];
    struct desk d;

    desk_begin(&d, NULL);
    read_output(&d, "t1", true);
    for (int i = 1; i <= READERS_TRIES_MAX; i++) {
        CHECK(strstr(d.text, "> TICKET t1\n") != NULL);
        desk_ticket(&d, "t1", "tcp://10.0.0.1:5051");
        desk_forget(&d);
        snprintf(peer, sizeof peer, "bytes-%d", i);
        lose(&d, peer);
        if (i < READERS_TRIES_MAX)
            desk_wait(&d, d.machine.deadline(d.machine.core) - d.now);
    }
    CHECK(desk_did(&d, "< failed 1 t1 stdout 0 silent\n"));
    desk_wait(&d, 600000);
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

static void without_a_ticket_there_is_nothing_to_read(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    read_output(&d, "t1", false);
    desk_forget(&d);
    desk_ticket(&d, "t2", NULL); /* of another */
    CHECK(desk_did(&d, ""));
    desk_ticket(&d, "t1", NULL);
    CHECK(desk_did(&d, "< failed 1 t1 stdout 0 there is no such task\n"));
    desk_ticket(&d, "t1", "tcp://10.0.0.1:5051"); /* too late */
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

static void a_ticket_of_an_agent_that_is_away_is_asked_for_again(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    read_output(&d, "t1", false);
    desk_forget(&d);
    desk_ticket(&d, "t1", "later");
    CHECK(desk_did(&d, ""));
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> TICKET t1\n"));
    for (int i = 0; i < 10; i++) {
        desk_ticket(&d, "t1", "later");
        desk_wait(&d, 30000);
    }
    CHECK(strstr(d.text, "< failed 1 t1 stdout 0 its agent is away\n") != NULL);
    desk_close(&d);
}

static void what_has_not_started_is_waited_for(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    desk_launch(&d, "t1");
    read_output(&d, "t1", true);
    CHECK(desk_did(&d, ""));
    desk_update(&d, "t1", STATE(STARTING), 1);
    desk_settle(&d);
    CHECK(
        desk_did(&d, "< status t1 TASK_STARTING\n> ACKNOWLEDGE t1 1 up_to\n"));
    desk_update(&d, "t1", STATE(RUNNING), 2);
    CHECK(desk_did(&d, "< status t1 TASK_RUNNING\n> TICKET t1\n"
                       "> ACKNOWLEDGE t1 2 up_to\n"));
    desk_close(&d);
}

static void a_lost_master_is_asked_again_for_the_ticket(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    read_output(&d, "t1", false);
    desk_cut(&d, "gone");
    read_output(&d, "t2", false);
    desk_forget(&d);
    desk_wait(&d, 1000);
    CHECK(desk_did(&d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE f1\n"));
    desk_subscribed(&d, "f1");
    CHECK(desk_did(&d, "< subscribed f1 again\n> TICKET t1\n> TICKET t2\n"));
    desk_close(&d);
}

static void readers_of_an_agent_share_a_link(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    read_output(&d, "t1", false);
    read_output(&d, "t2", false);
    read_output(&d, "t2", false);
    desk_ticket(&d, "t1", "tcp://10.0.0.1:5051");
    desk_forget(&d);
    desk_ticket(&d, "t2", "tcp://10.0.0.1:5051"); /* good for both */
    CHECK(desk_did(&d, "> open bytes-1 2 stdout from 0\n"
                       "> open bytes-1 3 stdout from 0\n"));
    hear(&d, "bytes-1", 3, KIND(DATA), 0, "three");
    hear(&d, "bytes-1", 1, KIND(DATA), 0, "one");
    hear(&d, "bytes-1", 9, KIND(DATA), 0, "nobody's");
    CHECK(desk_did(&d, "< data 3 t2 stdout 0 three\n"
                       "< data 1 t1 stdout 0 one\n"));
    CHECK(mezzo_scheduler_close(d.scheduler, 3) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, "> close bytes-1 3\n"));
    hear(&d, "bytes-1", 3, KIND(DATA), 5, "!");
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

static void before_there_is_a_master_a_reader_waits(void)
{
    struct desk d;

    desk_open(&d, NULL);
    CHECK(mezzo_scheduler_read(d.scheduler,
                               &(struct mezzo_read){.task_id = "t"},
                               NULL) == 0);
    desk_step(&d, (struct input){.kind = INPUT_TIMEOUT});
    CHECK(d.machine.deadline(d.machine.core) > d.now);
    desk_close(&d);
}

static void credit_is_given_for_what_was_taken(void)
{
    char half[READERS_CREDIT / 2 + 1];
    struct desk d;

    memset(half, 'x', sizeof half - 1);
    half[sizeof half - 1] = '\0';
    desk_begin(&d, NULL);
    read_output(&d, "t1", true);
    desk_ticket(&d, "t1", "tcp://10.0.0.1:5051");
    hear(&d, "bytes-1", 1, KIND(DATA), 0, half + 1);
    CHECK(strstr(d.text, "> credit") == NULL);
    desk_forget(&d);
    hear(&d, "bytes-1", 1, KIND(DATA), sizeof half - 2, "x");
    CHECK(strstr(d.text, "> credit bytes-1 1\n") != NULL);
    desk_close(&d);
}

static void directories_are_listed(void)
{
    uint64_t reader;
    struct desk d;

    desk_begin(&d, NULL);
    CHECK(mezzo_scheduler_read(
              d.scheduler,
              &(struct mezzo_read){.task_id = "t1", .file = "", .lists = true},
              &reader) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, "> TICKET t1\n"));
    desk_ticket(&d, "t1", "tcp://10.0.0.1:5051"); /* for output only */
    CHECK(desk_did(&d, ""));
    CHECK(mezzo_scheduler_read(
              d.scheduler, &(struct mezzo_read){.task_id = "t1", .file = ""},
              &reader) == -EINVAL);
    CHECK(mezzo_scheduler_read(d.scheduler, &(struct mezzo_read){0}, &reader) ==
          -EINVAL);
    desk_close(&d);
}

static void nonsense_ends_the_link_of_the_agent(void)
{
    struct desk d;

    desk_begin(&d, NULL);
    read_output(&d, "t1", true);
    desk_ticket(&d, "t1", "tcp://10.0.0.1:5051");
    desk_forget(&d);
    hear(&d, "bytes-1", 1, KIND(DATA), 0, NULL);
    CHECK(desk_did(&d, "> end bytes-1: a piece of a file without offset or "
                       "bytes\n"));
    hear(&d, "bytes-1", 1, KIND(DATA), UINT64_MAX, "x");
    CHECK(desk_did(&d, "> end bytes-1: a piece of a file without offset or "
                       "bytes\n"));
    hear(&d, "bytes-1", 1, KIND(ENTRY), 0, NULL);
    CHECK(desk_did(&d,
                   "> end bytes-1: an entry of a directory without a name\n"));
    hear(&d, "bytes-1", 1, (Mezzo__StreamEvent__Type)99, 0, NULL);
    CHECK(desk_did(&d, "> end bytes-1: an event of a stream that is none\n"));
    desk_step(&d, (struct input){.kind = INPUT_RECEIVED,
                                 .peer = "bytes-1",
                                 .type = FRAME_SCHEDULER_EVENTS});
    CHECK(desk_did(&d, "> end bytes-1: not an event of a stream\n"));
    hear(&d, "bytes-1", 1, KIND(FAILED), 0, NULL);
    CHECK(desk_did(&d, "< failed 1 t1 stdout 0 the agent cannot\n"));
    desk_close(&d);
}

static void there_are_not_more_readers_than_the_most(void)
{
    const struct mezzo_read read = {.task_id = "t1"};
    struct desk d;
    int opened = 0;

    desk_begin(&d, NULL);
    while (mezzo_scheduler_read(d.scheduler, &read, NULL) == 0)
        opened++;
    CHECK(opened == MEZZO_READERS_MAX);
    CHECK(mezzo_scheduler_read(d.scheduler, &read, NULL) == -ENOSPC);
    CHECK(mezzo_scheduler_close(d.scheduler, 7) == 0);
    CHECK(mezzo_scheduler_read(d.scheduler, &read, NULL) == 0);
    desk_close(&d);
}

int main(void)
{
    bytes_come_in_order_from_the_agent();
    a_broken_link_is_gone_on_from_where_it_was();
    a_link_that_never_holds_is_given_up();
    without_a_ticket_there_is_nothing_to_read();
    a_ticket_of_an_agent_that_is_away_is_asked_for_again();
    what_has_not_started_is_waited_for();
    a_lost_master_is_asked_again_for_the_ticket();
    readers_of_an_agent_share_a_link();
    before_there_is_a_master_a_reader_waits();
    credit_is_given_for_what_was_taken();
    directories_are_listed();
    nonsense_ends_the_link_of_the_agent();
    there_are_not_more_readers_than_the_most();
    return test_done();
}

/* agent_fuzz.c - a master, executors and guests say anything to an agent, on a
 * machine on which anything may happen; what it has adds up all the same. */

#include "agent/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/orders.h"
#include "base/memory.h"
#include "base/resources.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/target.h"

enum {
    EVENTS_MAX = 200,
    ORDERS_MAX = 256, /* that wait; more are never answered */
};

static const char *const none[] = {NULL};
static const struct principal principals[] = {
    {.name = "master", .kind = PRINCIPAL_MASTER},
    {.name = "executor", .kind = PRINCIPAL_EXECUTOR},
    {.name = "guest",
     .kind = PRINCIPAL_GUEST,
     .key = "0123456789",
     .roles = none,
     .users = none},
};

struct waiting {
    enum order_kind kind;
    char run[512];
    uint64_t ticket;
    uint64_t offset;
};

struct host {
    struct agent *agent;
    struct waiting orders[ORDERS_MAX];
    size_t count;
};

static void keep_order(struct stage *s, const void *local)
{
    struct host *h = s->arg;
    const struct order *o = local;
    struct waiting *w;

    if (h->count == ORDERS_MAX || o->kind == ORDER_SIGNAL ||
        o->kind == ORDER_REMOVE)
        return;
    w = &h->orders[h->count++];
    w->kind = o->kind;
    w->ticket = o->ticket;
    w->offset = o->offset;
    snprintf(w->run, sizeof w->run, "%s", o->run == NULL ? "" : o->run);
    if (o->run != NULL)
        wild_learn_text(&s->wild, o->run);
}

static const char *check(struct stage *s)
{
    return agent_check(((struct host *)s->arg)->agent);
}

static void report(struct stage *s, struct report r)
{
    stage_step(s, (struct input){.kind = INPUT_LOCAL, .local = &r});
}

static void exits(struct stage *s, const char *run)
{
    report(s, (struct report){.kind = REPORT_EXITED,
                              .run = run,
                              .is_status_known = wild_choose(&s->wild, 2),
                              .wait_status = (int)wild_choose(&s->wild, 256)
                                             << 8 * wild_choose(&s->wild, 2)});
}

/* One of those that wait, mostly the oldest, is carried out. */
static void carry_out(struct stage *s)
{
    static const struct report_entry entries[] = {{"stdout", 5, false}};
    struct host *h = s->arg;
    size_t i = wild_choose(&s->wild, 16) == 1
                   ? wild_choose(&s->wild, 256) % (h->count + 1)
                   : 0;
    struct waiting w;
    struct report r = {0};

    if (i >= h->count)
        return;
    w = h->orders[i];
    memmove(&h->orders[i], &h->orders[i + 1],
            (--h->count - i) * sizeof h->orders[0]);
    r.run = w.run;
    r.ticket = w.ticket;
    r.fault = wild_choose(&s->wild, 8) == 1 ? "no space left" : NULL;
    switch (w.kind) {
    case ORDER_RECOVER:
        r.kind = REPORT_RECOVERED;
        r.boot_id = "boot";
        break;
    case ORDER_JOURNAL:
    case ORDER_REWRITE:
        r.kind = REPORT_JOURNALED;
        break;
    case ORDER_PREPARE:
        r.kind = REPORT_PREPARED;
        break;
    case ORDER_LAUNCH:
        r.kind = REPORT_LAUNCHED;
        r.pid = 7;
        break;
    case ORDER_ADOPT:
        r.kind = REPORT_EXITED;
        break;
    case ORDER_REAP:
        r.kind = REPORT_REAPED;
        break;
    case ORDER_READ:
        r.kind = REPORT_READ;
        r.bytes = (const uint8_t *)"hello";
        r.offset = w.offset;
        r.size = wild_choose(&s->wild, 6);
        r.file_size = w.offset + r.size;
        r.is_at_end = wild_choose(&s->wild, 2);
        r.has_ended = wild_choose(&s->wild, 2);
        break;
    case ORDER_WATCH:
        r.kind = REPORT_GROWN;
        break;
    case ORDER_LIST:
        r.kind = REPORT_LISTED;
        r.entries = entries;
        r.entries_count = 1;
        break;
    default: /* not kept, or of others */
        return;
    }
    report(s, r);
    if (w.kind == ORDER_LAUNCH && r.fault == NULL &&
        wild_choose(&s->wild, 2) == 1)
        exits(s, w.run);
}

static void speak(struct stage *s, unsigned *links)
{
    unsigned who = wild_choose(&s->wild, 8);
    const char *master = stage_link(s);
    char peer[64];

    if (wild_choose(&s->wild, 16) == 1)
        (*links)++;
    snprintf(peer, sizeof peer, "%u-%u", who, *links);
    if (who < 5 && master != NULL)
        stage_receive(s, master, FRAME_AGENT_EVENTS, &principals[0]);
    else if (who < 7 && s->is_listening)
        stage_receive(s, peer, FRAME_EXECUTOR_CALLS, &principals[1]);
    else if (s->is_listening)
        stage_receive(s, peer, FRAME_STREAM_CALL, &principals[2]);
}

static struct agent *new_agent(const struct resources *resources)
{
    struct agent_master master = {.endpoint = "tcp://master:5050"};
    const struct agent_options options = {
        .hostname = "host",
        .resources = resources,
        .masters = &master,
        .masters_count = 1,
        .stream_endpoint = "tcp://host:1",
        .executor_endpoint = "ipc://e",
        .version = "1",
        .user = "root",
        .may_switch_user = true,
        .sandbox_ms = 20000,
    };

    return agent_new(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct resources has = {0};
    struct host *h = memory_new(1, sizeof *h);
    struct stage s;
    unsigned links = 0;

    if (resources_parse(&has, "cpus:4;mem:64;hpc:100;ports:[1-31];gpus:{hpc,2}",
                        NULL) != 0)
        return 1;
    stage_open(&s, data, size);
    h->agent = new_agent(&has);
    s.arg = h;
    s.machine = agent_machine(h->agent);
    s.local = keep_order;
    s.check = check;
    stage_step(&s, (struct input){.kind = INPUT_STARTED});
    carry_out(&s);
    for (int i = 0; i < EVENTS_MAX && !wild_is_over(&s.wild); i++)
        switch (wild_choose(&s.wild, 12)) {
        case 0:
        case 1:
        case 2:
        case 3:
            speak(&s, &links);
            break;
        case 4:
            stage_pass(&s);
            break;
        case 5:
            if (stage_link(&s) != NULL)
                stage_cut(&s, s.links[0]);
            break;
        default:
            carry_out(&s);
        }
    agent_free(h->agent);
    stage_close(&s);
    resources_release(&has);
    free(h);
    return 0;
}

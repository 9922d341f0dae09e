/* agent_desk.c - lists, in one arena that is never reset, so that a pointer
 * into an agent's state that was let out is found by a sanitizer. */

#include "tests/unit/agent_desk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

enum {
    KINDS_COUNT = 64, /* of orders; more than there are */
    ITEMS_MAX = 20000,
    RUNS_MAX = 4000,
};

struct item { /* an order or a message, in the order in which they came */
    const struct order *order;
    const char *peer;
    const ProtobufCMessage *message;
    const Mezzo__AgentCall *call;
    bool is_taken;
    bool is_carried_out;
    bool is_written; /* of the journal's; it may be answered later */
    const char *fault;
};

struct process {
    char run[256];
    bool is_alive;
    bool is_zombie;
    int status;
    pid_t pid;
};

struct ended {
    const char *peer;
    const char *reason;
};

struct desk {
    struct arena *arena;
    struct agent *agent;
    struct agent_options options;
    struct agent_master masters[2];
    struct resources resources;
    struct item *items;
    size_t items_count;
    struct process *processes;
    size_t processes_count;
    struct ended ended[100];
    size_t ended_count;
    bool is_held[KINDS_COUNT];
    bool is_deaf; /* what is reported is lost */
    bool is_journal_broken;
    uint8_t *journal;
    size_t journal_size;
    size_t synced_size;
    char boot_id[16];
    unsigned boots_count;
    msec_t now;
    const char *master;
    const char *master_endpoint;
    uint64_t connects_count;
    int stopped;
    Mesos__V1__FrameworkInfo *framework;
};

static void carry_out(struct desk *d, struct item *item, const char *fault);

/* The effects of a step, sorted into lists. */
static void keep(struct desk *d, const struct effects *fx)
{
    effects_foreach (e, fx) {
        struct item *item = &d->items[d->items_count];

        assert(d->items_count < ITEMS_MAX && d->ended_count < 100);
        if (e->kind == EFFECT_LOCAL) {
            *item = (struct item){.order = e->local};
            d->items_count++;
        } else if (e->kind == EFFECT_SEND &&
                   frame_type_of(e->message) == FRAME_AGENT_CALLS) {
            const Mezzo__AgentCalls *body =
                (const Mezzo__AgentCalls *)e->message;

            assert(body->n_calls <= FRAME_RECORDS_MAX);
            assert(protobuf_c_message_get_packed_size(e->message) <=
                   FRAME_SIZE_MAX - FRAME_HEADER_SIZE);
            for (size_t i = 0; i < body->n_calls; i++)
                d->items[d->items_count++] =
                    (struct item){.peer = e->peer, .call = body->calls[i]};
        } else if (e->kind == EFFECT_SEND) {
            *item = (struct item){.peer = e->peer, .message = e->message};
            d->items_count++;
        } else if (e->kind == EFFECT_CONNECT) {
            if (strncmp(e->peer, "peer-", 5) != 0) /* another agent */
                d->master = e->peer;
            d->master_endpoint = e->connect.endpoint;
            d->connects_count++;
        } else if (e->kind == EFFECT_END_LINK) {
            d->ended[d->ended_count++] = (struct ended){e->peer, e->text};
        } else if (e->kind == EFFECT_STOP) {
            d->stopped = e->status;
        }
    }
}

static void step(struct desk *d, struct input *input)
{
    struct effects fx = {.arena = d->arena};
    size_t first = d->items_count;

    input->wall = d->now + 1700000000000;
    agent_step(d->agent, input, d->now, &fx);
    keep(d, &fx);
    for (size_t i = first; i < d->items_count; i++)
        if (d->items[i].order != NULL && !d->items[i].is_carried_out &&
            !d->is_held[d->items[i].order->kind])
            carry_out(d, &d->items[i], NULL);
}

void desk_report(struct desk *d, const struct report *report)
{
    if (!d->is_deaf)
        step(d, &(struct input){.kind = INPUT_LOCAL, .local = report});
}

static struct process *find_process(const struct desk *d, const char *run)
{
    for (size_t i = d->processes_count; i-- > 0;)
        if (strcmp(d->processes[i].run, run) == 0)
            return &d->processes[i];
    return NULL;
}

bool desk_is_alive(const struct desk *d, const char *run)
{
    const struct process *p = find_process(d, run);

    return p != NULL && p->is_alive;
}

bool desk_is_zombie(const struct desk *d, const char *run)
{
    const struct process *p = find_process(d, run);

    return p != NULL && p->is_zombie;
}

static struct process *start_process(struct desk *d, const char *run)
{
    struct process *p = &d->processes[d->processes_count++];

    assert(d->processes_count < RUNS_MAX && !desk_is_alive(d, run));
    *p = (struct process){.is_alive = true,
                          .pid = (pid_t)(100 + d->processes_count)};
    snprintf(p->run, sizeof p->run, "%s", run);
    return p;
}

static void write_one(struct desk *d, struct item *item)
{
    const struct order *o = item->order;

    item->is_written = true;
    if (d->is_journal_broken) {
        item->fault = "no space left on device";
        return;
    }
    if (o->kind == ORDER_REWRITE)
        d->journal_size = d->synced_size = 0;
    d->journal = realloc(d->journal, d->journal_size + o->size + 1);
    memcpy(d->journal + d->journal_size, o->bytes, o->size);
    d->journal_size += o->size;
    if (o->is_synced)
        d->synced_size = d->journal_size;
}

/* What is written, is written in order; only the answers may cross. */
static const char *write_journal(struct desk *d, struct item *last)
{
    for (struct item *item = d->items; item <= last; item++)
        if (item->order != NULL && !item->is_written &&
            (item->order->kind == ORDER_JOURNAL ||
             item->order->kind == ORDER_REWRITE))
            write_one(d, item);
    return last->fault;
}

static void adopt(struct desk *d, const char *run)
{
    const struct process *p = find_process(d, run);
    struct report r = {.kind = REPORT_EXITED, .run = run};

    if (p == NULL || (!p->is_alive && !p->is_zombie)) {
        r.fault = "no such run";
    } else if (p->is_alive) {
        r.kind = REPORT_LAUNCHED;
        r.pid = p->pid;
        r.started_ticks = 7;
    } else {
        r.is_status_known = true;
        r.wait_status = p->status;
    }
    desk_report(d, &r);
}

static void launch(struct desk *d, const char *run, const char *fault)
{
    struct report r = {.kind = REPORT_LAUNCHED, .run = run, .fault = fault};

    if (fault == NULL) {
        r.pid = start_process(d, run)->pid;
        r.started_ticks = 7;
    }
    desk_report(d, &r);
}

static void reap(struct desk *d, const char *run)
{
    struct process *p = find_process(d, run);

    if (p != NULL)
        p->is_alive = p->is_zombie = false;
    desk_report(d, &(struct report){.kind = REPORT_REAPED, .run = run});
}

static void recover(struct desk *d)
{
    desk_report(d, &(struct report){.kind = REPORT_RECOVERED,
                                    .bytes = d->journal,
                                    .size = d->journal_size,
                                    .boot_id = d->boot_id});
}

static void carry_out(struct desk *d, struct item *item, const char *fault)
{
    const struct order *o = item->order;

    item->is_carried_out = true;
    switch (o->kind) {
    case ORDER_RECOVER:
        recover(d);
        break;
    case ORDER_JOURNAL:
    case ORDER_REWRITE:
        desk_report(d, &(struct report){.kind = REPORT_JOURNALED,
                                        .ticket = o->ticket,
                                        .fault = write_journal(d, item)});
        break;
    case ORDER_PREPARE:
        desk_report(d, &(struct report){.kind = REPORT_PREPARED,
                                        .run = o->run,
                                        .fault = fault});
        break;
    case ORDER_LAUNCH:
        launch(d, o->run, fault);
        break;
    case ORDER_ADOPT:
        adopt(d, o->run);
        break;
    case ORDER_REAP:
        reap(d, o->run);
        break;
    case ORDER_SIGNAL: /* the test looks at these, and answers */
    case ORDER_REMOVE:
    case ORDER_READ:
    case ORDER_WATCH:
    case ORDER_LIST:
    case ORDER_SPAWN:
    case ORDER_RELEASE:
    case ORDER_FETCH_IMAGE:
    case ORDER_CANCEL_IMAGE:
    case ORDER_NETWORK:
    case ORDER_REMOVE_IMAGE:
    case ORDER_TAKE:
    case ORDER_FEED:
    case ORDER_END_INPUT:
    case ORDER_RESIZE:
    case ORDER_TASK:
    case ORDER_CHECK:
        break;
    }
}

static void start(struct desk *d)
{
    d->options.seed++;
    d->options.secret[0]++;
    d->stopped = -1;
    d->agent = agent_new(&d->options);
    step(d, &(struct input){.kind = INPUT_STARTED});
}

struct desk *desk_new(void)
{
    struct desk *d = calloc(1, sizeof *d);

    d->arena = arena_new();
    d->items = calloc(ITEMS_MAX + FRAME_RECORDS_MAX, sizeof *d->items);
    d->processes = calloc(RUNS_MAX, sizeof *d->processes);
    d->now = 1000;
    snprintf(d->boot_id, sizeof d->boot_id, "boot-0");
    resources_parse(&d->resources, "cpus:4;mem:4096;ports:[1-10];gpus:{0,1}",
                    NULL);
    d->masters[0].endpoint = "tcp://m1:5050";
    d->masters[1].endpoint = "tcp://m2:5050";
    d->options = (struct agent_options){
        .hostname = "host",
        .resources = &d->resources,
        .masters = d->masters,
        .masters_count = 2,
        .stream_endpoint = "tcp://host:5051",
        .executor_endpoint = "ipc://executors",
        .bridge_address = "10.88.3.1",
        .version = "1",
        .user = "root",
        .may_switch_user = true,
        .pid = 1,
    };
    d->framework =
        message_new(d->arena, &mesos__v1__framework_info__descriptor);
    d->framework->name = arena_strdup(d->arena, "framework");
    d->framework->user = arena_strdup(d->arena, "alice");
    d->framework->id =
        message_new(d->arena, &mesos__v1__framework_id__descriptor);
    d->framework->id->value = arena_strdup(d->arena, "F");
    start(d);
    return d;
}

void desk_free(struct desk *d)
{
    agent_free(d->agent);
    resources_release(&d->resources);
    arena_free(d->arena);
    free(d->journal);
    free(d->items);
    free(d->processes);
    free(d);
}

struct arena *desk_arena(struct desk *d)
{
    return d->arena;
}

msec_t desk_now(const struct desk *d)
{
    return d->now;
}

struct agent_options *desk_options(struct desk *d)
{
    return &d->options;
}

Mesos__V1__FrameworkInfo *desk_framework(struct desk *d)
{
    return d->framework;
}

void desk_pass(struct desk *d, msec_t ms)
{
    msec_t until = d->now + ms;

    while (agent_deadline(d->agent) <= until) {
        if (agent_deadline(d->agent) > d->now)
            d->now = agent_deadline(d->agent);
        step(d, &(struct input){.kind = INPUT_TIMEOUT});
    }
    d->now = until;
}

/* What is not carried out yet never will be, and nothing else is there. */
static void stop(struct desk *d)
{
    agent_free(d->agent);
    d->items_count = 0;
    d->ended_count = 0;
    memset(d->is_held, 0, sizeof d->is_held);
}

void desk_restart(struct desk *d)
{
    stop(d);
    start(d);
}

void desk_reboot(struct desk *d)
{
    stop(d);
    d->journal_size = d->synced_size;
    d->processes_count = 0;
    snprintf(d->boot_id, sizeof d->boot_id, "boot-%u", ++d->boots_count);
    start(d);
}

void desk_hold(struct desk *d, enum order_kind kind)
{
    d->is_held[kind] = true;
}

void desk_unhold(struct desk *d, enum order_kind kind)
{
    d->is_held[kind] = false;
}

void desk_hold_all(struct desk *d)
{
    memset(d->is_held, true, sizeof d->is_held);
}

void desk_unhold_all(struct desk *d)
{
    memset(d->is_held, false, sizeof d->is_held);
    while (desk_carry_out_next(d, true))
        ;
}

bool desk_carry_out_next(struct desk *d, bool is_seen)
{
    for (size_t i = 0; i < d->items_count; i++) {
        struct item *item = &d->items[i];

        if (item->order == NULL || item->is_carried_out)
            continue;
        d->is_deaf = !is_seen;
        carry_out(d, item, NULL);
        d->is_deaf = false;
        return true;
    }
    return false;
}

bool desk_carry_out(struct desk *d,
                    enum order_kind kind,
                    const char *run,
                    const char *fault)
{
    for (size_t i = 0; i < d->items_count; i++) {
        struct item *item = &d->items[i];

        if (item->order == NULL || item->order->kind != kind ||
            item->is_carried_out ||
            (run != NULL && strcmp(item->order->run, run) != 0))
            continue;
        carry_out(d, item, fault);
        return true;
    }
    return false;
}

void desk_break_journal(struct desk *d, bool is_broken)
{
    d->is_journal_broken = is_broken;
}

uint8_t *desk_journal(struct desk *d, size_t *size)
{
    *size = d->journal_size;
    return d->journal;
}

void desk_set_journal(struct desk *d, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size + 1);

    memcpy(copy, bytes, size);
    free(d->journal);
    d->journal = copy;
    d->journal_size = d->synced_size = size;
}

void desk_exit_unseen(struct desk *d, const char *run, int status)
{
    struct process *p = find_process(d, run);

    assert(p != NULL && p->is_alive);
    p->is_alive = false;
    p->is_zombie = true;
    p->status = status;
}

void desk_exit_report(struct desk *d, const struct report *report)
{
    desk_exit_unseen(d, report->run, report->wait_status);
    desk_report(d, report);
}

void desk_exit(struct desk *d, const char *run, int status)
{
    desk_exit_report(d, &(struct report){.kind = REPORT_EXITED,
                                         .run = run,
                                         .is_status_known = true,
                                         .wait_status = status});
}

void desk_lose(struct desk *d, const char *run)
{
    struct process *p = find_process(d, run);

    p->is_alive = p->is_zombie = false;
}

const struct order *desk_take_order(struct desk *d,
                                    enum order_kind kind,
                                    const char *run)
{
    for (size_t i = 0; i < d->items_count; i++) {
        struct item *item = &d->items[i];

        if (item->order == NULL || item->order->kind != kind ||
            item->is_taken ||
            (run != NULL && strcmp(item->order->run, run) != 0))
            continue;
        item->is_taken = true;
        return item->order;
    }
    return NULL;
}

const char *desk_master(const struct desk *d)
{
    return d->master;
}

const char *desk_master_endpoint(const struct desk *d)
{
    return d->master_endpoint;
}

uint64_t desk_connects_count(const struct desk *d)
{
    return d->connects_count;
}

void desk_end_link(struct desk *d,
                   const char *peer,
                   const char *reason,
                   msec_t confirmed_at)
{
    step(d, &(struct input){.kind = INPUT_LINK_ENDED,
                            .peer = peer,
                            .reason = reason,
                            .confirmed_at = confirmed_at});
}

void desk_receive(struct desk *d,
                  const char *peer,
                  enum principal_kind kind,
                  const ProtobufCMessage *message)
{
    struct principal principal = {.name = "p", .kind = kind};

    if (kind == PRINCIPAL_GUEST)
        snprintf(principal.key, sizeof principal.key, "%040d", 1);
    step(d, &(struct input){.kind = INPUT_RECEIVED,
                            .peer = peer,
                            .principal = &principal,
                            .type = frame_type_of(message),
                            .leader_epoch = kind == PRINCIPAL_MASTER ? 3 : 0,
                            .message = message});
}

void desk_say(struct desk *d, const Mezzo__AgentEvent *event)
{
    Mezzo__AgentEvents body = MEZZO__AGENT_EVENTS__INIT;
    Mezzo__AgentEvent *events[1] = {(Mezzo__AgentEvent *)event};

    body.n_events = 1;
    body.events = events;
    desk_receive(d, d->master, PRINCIPAL_MASTER, &body.base);
}

Mezzo__AgentEvent *desk_event(struct desk *d, Mezzo__AgentEvent__Type type)
{
    Mezzo__AgentEvent *event =
        message_new(d->arena, &mezzo__agent_event__descriptor);

    event->type = type;
    return event;
}

void desk_register(struct desk *d)
{
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__REGISTERED);
    Mezzo__AgentEvent__Registered *r =
        message_new(d->arena, &mezzo__agent_event__registered__descriptor);

    r->agent_id = message_new(d->arena, &mesos__v1__agent_id__descriptor);
    r->agent_id->value = arena_strdup(d->arena, "agent-1");
    r->cluster_id = arena_strdup(d->arena, "cluster-1");
    r->has_ticket_key = true;
    r->ticket_key.len = 32;
    r->ticket_key.data = arena_alloc(d->arena, 32);
    memset(r->ticket_key.data, 'k', 32);
    event->registered = r;
    desk_say(d, event);
}

const Mezzo__AgentCall *desk_take_call(struct desk *d,
                                       Mezzo__AgentCall__Type type)
{
    for (size_t i = 0; i < d->items_count; i++) {
        struct item *item = &d->items[i];

        if (item->call == NULL || item->is_taken || item->call->type != type)
            continue;
        item->is_taken = true;
        return item->call;
    }
    return NULL;
}

const Mesos__V1__TaskStatus *desk_take_update(struct desk *d, const char *task)
{
    for (size_t i = 0; i < d->items_count; i++) {
        struct item *item = &d->items[i];

        if (item->call == NULL || item->is_taken ||
            item->call->type != MEZZO__AGENT_CALL__TYPE__UPDATE ||
            strcmp(item->call->update->status->task_id->value, task) != 0)
            continue;
        item->is_taken = true;
        return item->call->update->status;
    }
    return NULL;
}

const ProtobufCMessage *desk_take_message(struct desk *d, const char *peer)
{
    for (size_t i = 0; i < d->items_count; i++) {
        struct item *item = &d->items[i];

        if (item->message == NULL || item->is_taken ||
            strcmp(item->peer, peer) != 0)
            continue;
        item->is_taken = true;
        return item->message;
    }
    return NULL;
}

bool desk_has_ended(const struct desk *d, const char *peer, const char *why)
{
    for (size_t i = 0; i < d->ended_count; i++)
        if (strcmp(d->ended[i].peer, peer) == 0 &&
            strstr(d->ended[i].reason, why) != NULL)
            return true;
    return false;
}

int desk_stopped(const struct desk *d)
{
    return d->stopped;
}

void desk_add_resource(struct desk *d,
                       Mesos__V1__TaskInfo *task,
                       const char *text)
{
    struct resources all = {0}, more = {0};

    resources_from_wire(&all, task->resources, task->n_resources, NULL);
    resources_parse(&more, text, NULL);
    resources_add(&all, &more);
    task->resources =
        resources_to_wire(&all, NULL, d->arena, &task->n_resources);
    resources_release(&all);
    resources_release(&more);
}

Mesos__V1__TaskInfo *desk_task(struct desk *d, const char *id)
{
    Mesos__V1__TaskInfo *task =
        message_new(d->arena, &mesos__v1__task_info__descriptor);

    task->name = arena_strdup(d->arena, "name");
    task->task_id = message_new(d->arena, &mesos__v1__task_id__descriptor);
    task->task_id->value = arena_strdup(d->arena, id);
    task->agent_id = message_new(d->arena, &mesos__v1__agent_id__descriptor);
    task->agent_id->value = arena_strdup(d->arena, "agent-1");
    task->command = message_new(d->arena, &mesos__v1__command_info__descriptor);
    task->command->value = arena_strdup(d->arena, "true");
    desk_add_resource(d, task, "cpus:1;mem:64");
    return task;
}

void desk_launch(struct desk *d, Mesos__V1__TaskInfo *task)
{
    Mezzo__AgentEvent *event = desk_event(d, MEZZO__AGENT_EVENT__TYPE__LAUNCH);

    event->launch =
        message_new(d->arena, &mezzo__agent_event__launch__descriptor);
    event->launch->framework = d->framework;
    event->launch->n_tasks = 1;
    event->launch->tasks = arena_alloc(d->arena, sizeof(void *));
    event->launch->tasks[0] = task;
    desk_say(d, event);
}

static Mesos__V1__FrameworkID *framework_id(struct desk *d)
{
    return d->framework->id;
}

void desk_kill(struct desk *d, const char *id)
{
    Mezzo__AgentEvent *event = desk_event(d, MEZZO__AGENT_EVENT__TYPE__KILL);

    event->kill = message_new(d->arena, &mezzo__agent_event__kill__descriptor);
    event->kill->framework_id = framework_id(d);
    event->kill->task_id =
        message_new(d->arena, &mesos__v1__task_id__descriptor);
    event->kill->task_id->value = arena_strdup(d->arena, id);
    desk_say(d, event);
}

void desk_reconcile(struct desk *d, const char *id)
{
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__RECONCILE);
    Mezzo__AgentEvent__Reconcile *r =
        message_new(d->arena, &mezzo__agent_event__reconcile__descriptor);

    r->framework_id = framework_id(d);
    r->n_task_ids = 1;
    r->task_ids = arena_alloc(d->arena, sizeof *r->task_ids);
    r->task_ids[0] = message_new(d->arena, &mesos__v1__task_id__descriptor);
    r->task_ids[0]->value = arena_strdup(d->arena, id);
    event->reconcile = r;
    desk_say(d, event);
}

void desk_acknowledge(struct desk *d,
                      const Mesos__V1__TaskStatus *status,
                      bool up_to)
{
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__ACKNOWLEDGE);
    Mezzo__AgentEvent__Acknowledge *a =
        message_new(d->arena, &mezzo__agent_event__acknowledge__descriptor);

    a->framework_id = framework_id(d);
    a->task_id = status->task_id;
    a->uuid = status->uuid;
    a->has_up_to = a->up_to = up_to;
    event->acknowledge = a;
    desk_say(d, event);
}

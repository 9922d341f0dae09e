/* master_desk.c - a list of what was sent, and a queue of store requests. */

#include "tests/unit/master_desk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/message.h"
#include "base/resources.h"

struct said {
    TAILQ_ENTRY(said) entry;
    char peer[40];
    const void *record; /* in the desk's arena */
};

struct asked {
    TAILQ_ENTRY(asked) entry;
    uint64_t request;
    const char *path;
    const struct store_op *ops;
    size_t ops_count;
};

struct ended {
    TAILQ_ENTRY(ended) entry;
    char peer[40];
    char why[200];
};

struct desk {
    struct master *master;
    struct store_tree *disk;
    struct arena *arena; /* of all that was sent and asked */
    msec_t now;
    uint64_t epoch; /* 0: it does not listen */
    uint64_t link_epoch;
    TAILQ_HEAD(, said) said;
    TAILQ_HEAD(, asked) asked;
    TAILQ_HEAD(, ended) ended;
    const Mesos__V1__Master__Response *response;
};

static const char *const all[] = {"*"};
static const struct principal principals[] = {
    {.name = "agents", .kind = PRINCIPAL_AGENT},
    {.name = "frameworks",
     .kind = PRINCIPAL_FRAMEWORK,
     .roles = all,
     .roles_count = 1,
     .users = all,
     .users_count = 1},
    {.name = "root", .kind = PRINCIPAL_OPERATOR, .key = "0123456789"},
};

static void *allocate(struct desk *d, size_t size)
{
    return arena_alloc(d->arena, size);
}

static void note_said(struct desk *d, const char *peer, const void *record)
{
    struct said *s = allocate(d, sizeof *s);
    const ProtobufCMessage *m = record;
    ProtobufCBinaryData bytes = message_pack_in(d->arena, m);

    snprintf(s->peer, sizeof s->peer, "%s", peer);
    s->record =
        message_unpack_in(d->arena, m->descriptor, bytes.data, bytes.len);
    assert(s->record != NULL);
    TAILQ_INSERT_TAIL(&d->said, s, entry);
}

static void note_sent(struct desk *d, const struct effect *e)
{
    if (e->message->descriptor == &mezzo__agent_events__descriptor) {
        const Mezzo__AgentEvents *m = (const Mezzo__AgentEvents *)e->message;

        for (size_t i = 0; i < m->n_events; i++)
            note_said(d, e->peer, m->events[i]);
    } else if (e->message->descriptor == &mezzo__scheduler_events__descriptor) {
        const Mezzo__SchedulerEvents *m =
            (const Mezzo__SchedulerEvents *)e->message;

        for (size_t i = 0; i < m->n_events; i++)
            note_said(d, e->peer, m->events[i]);
    } else {
        ProtobufCBinaryData bytes = message_pack_in(d->arena, e->message);

        d->response = message_unpack_in(
            d->arena, &mesos__v1__master__response__descriptor, bytes.data,
            bytes.len);
    }
}

static void note_asked(struct desk *d, const struct effect *e)
{
    struct asked *a = allocate(d, sizeof *a);
    struct store_op *ops = allocate(d, e->store.ops_count * sizeof *ops);

    a->request = e->store.request;
    if (e->kind == EFFECT_LOAD)
        a->path = arena_strdup(d->arena, e->text);
    for (size_t i = 0; i < e->store.ops_count; i++) {
        uint8_t *value = allocate(d, e->store.ops[i].size);

        if (e->store.ops[i].size > 0)
            memcpy(value, e->store.ops[i].value, e->store.ops[i].size);
        ops[i] = e->store.ops[i];
        ops[i].key = arena_strdup(d->arena, ops[i].key);
        ops[i].value = value;
    }
    a->ops = ops;
    a->ops_count = e->store.ops_count;
    TAILQ_INSERT_TAIL(&d->asked, a, entry);
}

static void note_ended(struct desk *d, const char *peer, const char *why)
{
    struct ended *e = allocate(d, sizeof *e);

    snprintf(e->peer, sizeof e->peer, "%s", peer);
    snprintf(e->why, sizeof e->why, "%s", why);
    TAILQ_INSERT_TAIL(&d->ended, e, entry);
}

static void step(struct desk *d, struct input *input)
{
    struct arena *arena = arena_new();
    struct effects fx = {.arena = arena};

    input->wall = 1000000 + d->now;
    master_step(d->master, input, d->now, &fx);
    effects_foreach (e, &fx) {
        switch (e->kind) {
        case EFFECT_SEND:
            note_sent(d, e);
            break;
        case EFFECT_END_LINK:
            note_ended(d, e->peer, e->text);
            break;
        case EFFECT_LISTEN:
            d->epoch = e->epoch;
            break;
        case EFFECT_STORE:
        case EFFECT_LOAD:
            note_asked(d, e);
            break;
        case EFFECT_LOG:
        case EFFECT_STOP:
            break;
        case EFFECT_CONNECT:
        case EFFECT_LOCAL:
            break; /* the history: master_history_test plays it */
        }
    }
    arena_free(arena);
}

static void settle(struct desk *d)
{
    while (master_deadline(d->master) <= d->now)
        step(d, &(struct input){.kind = INPUT_TIMEOUT});
}

struct desk *desk_new(struct store_tree *disk, msec_t now)
{
    struct desk *d = calloc(1, sizeof *d);
    struct master_options options = master_defaults;

    assert(d != NULL);
    options.address = "tcp://127.0.0.1:5050";
    options.seed = 42;
    d->arena = arena_new();
    d->disk = disk;
    d->now = now;
    TAILQ_INIT(&d->said);
    TAILQ_INIT(&d->asked);
    TAILQ_INIT(&d->ended);
    d->master = master_new(&options);
    step(d, &(struct input){.kind = INPUT_STARTED});
    return d;
}

void desk_free(struct desk *d)
{
    master_free(d->master);
    arena_free(d->arena);
    free(d);
}

msec_t desk_now(const struct desk *d)
{
    return d->now;
}

void desk_pass(struct desk *d, msec_t ms)
{
    msec_t until = d->now + ms, due;

    while ((due = master_deadline(d->master)) <= until) {
        if (due > d->now)
            d->now = due;
        step(d, &(struct input){.kind = INPUT_TIMEOUT});
    }
    d->now = until;
}

void desk_store(struct desk *d)
{
    struct asked *a;

    while ((a = TAILQ_FIRST(&d->asked)) != NULL) {
        struct store_answer answer =
            a->path != NULL
                ? store_tree_load(d->disk, a->path, d->arena)
                : store_tree_apply(d->disk, a->ops, a->ops_count, d->arena);

        TAILQ_REMOVE(&d->asked, a, entry);
        step(d, &(struct input){.kind = INPUT_STORED,
                                .request = a->request,
                                .answer = &answer});
    }
}

void desk_fail_store(struct desk *d)
{
    const struct store_answer answer = {.outcome = STORE_FAILED,
                                        .text = "the disk is full"};
    struct asked *a = TAILQ_FIRST(&d->asked);

    assert(a != NULL);
    TAILQ_REMOVE(&d->asked, a, entry);
    step(d, &(struct input){.kind = INPUT_STORED,
                            .request = a->request,
                            .answer = &answer});
}

bool desk_is_listening(const struct desk *d)
{
    return d->epoch != 0;
}

uint64_t desk_epoch(const struct desk *d)
{
    return d->epoch;
}

void desk_end_link(struct desk *d, const char *peer)
{
    step(d, &(struct input){.kind = INPUT_LINK_ENDED,
                            .peer = peer,
                            .reason = "cut by hand"});
}

void desk_set_link_epoch(struct desk *d, uint64_t link_epoch)
{
    d->link_epoch = link_epoch;
}

bool desk_has_ended(const struct desk *d, const char *peer, const char *why)
{
    const struct ended *e;

    TAILQ_FOREACH (e, &d->ended, entry)
        if (strcmp(e->peer, peer) == 0 && strstr(e->why, why) != NULL)
            return true;
    return false;
}

static void say(struct desk *d,
                const char *peer,
                const struct principal *principal,
                const void *message)
{
    const ProtobufCMessage *m = message;

    step(d, &(struct input){.kind = INPUT_RECEIVED,
                            .peer = peer,
                            .principal = principal,
                            .type = frame_type_of(m),
                            .link_epoch = d->link_epoch,
                            .message = m});
    settle(d);
}

void desk_agent_says(struct desk *d,
                     const char *peer,
                     const Mezzo__AgentCall *call)
{
    Mezzo__AgentCalls m = MEZZO__AGENT_CALLS__INIT;
    Mezzo__AgentCall *one = (Mezzo__AgentCall *)(uintptr_t)call;

    m.calls = &one;
    m.n_calls = 1;
    say(d, peer, &principals[0], &m);
}

void desk_register(struct desk *d, const char *peer, const char *agent_id)
{
    Mezzo__AgentCall call = MEZZO__AGENT_CALL__INIT;
    Mezzo__AgentCall__Register r = MEZZO__AGENT_CALL__REGISTER__INIT;
    Mesos__V1__AgentInfo info = MESOS__V1__AGENT_INFO__INIT;
    Mesos__V1__AgentID id = MESOS__V1__AGENT_ID__INIT;
    struct resources has = {0};

    resources_parse(&has, "cpus:4;mem:4096;ports:[1-10]", NULL);
    info.hostname = (char *)(uintptr_t) "host";
    info.resources = resources_to_wire(&has, NULL, d->arena, &info.n_resources);
    info.stream_endpoint = (char *)(uintptr_t) "tcp://127.0.0.1:1";
    resources_release(&has);
    id.value = (char *)(uintptr_t)agent_id;
    call.type = MEZZO__AGENT_CALL__TYPE__REGISTER;
    call.agent_id = agent_id != NULL ? &id : NULL;
    call.registration = &r;
    r.agent_info = &info;
    desk_agent_says(d, peer, &call);
}

void desk_scheduler_says(struct desk *d,
                         const char *peer,
                         const Mesos__V1__Scheduler__Call *call)
{
    Mezzo__SchedulerCalls m = MEZZO__SCHEDULER_CALLS__INIT;
    Mesos__V1__Scheduler__Call *one =
        (Mesos__V1__Scheduler__Call *)(uintptr_t)call;

    m.calls = &one;
    m.n_calls = 1;
    say(d, peer, &principals[1], &m);
}

void desk_subscribe(struct desk *d, const char *peer, const char *id)
{
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;
    Mesos__V1__Scheduler__Call__Subscribe subscribe =
        MESOS__V1__SCHEDULER__CALL__SUBSCRIBE__INIT;
    Mesos__V1__FrameworkInfo info = MESOS__V1__FRAMEWORK_INFO__INIT;
    Mesos__V1__FrameworkID framework_id = MESOS__V1__FRAMEWORK_ID__INIT;

    info.name = (char *)(uintptr_t) "test";
    info.user = (char *)(uintptr_t) "nobody";
    framework_id.value = (char *)(uintptr_t)id;
    call.has_type = 1;
    call.type = MESOS__V1__SCHEDULER__CALL__TYPE__SUBSCRIBE;
    call.framework_id = id != NULL ? &framework_id : NULL;
    call.subscribe = &subscribe;
    subscribe.framework_info = &info;
    desk_scheduler_says(d, peer, &call);
}

const Mesos__V1__Master__Response *desk_ask(struct desk *d,
                                            const Mesos__V1__Master__Call *call)
{
    d->response = NULL;
    say(d, "operator", &principals[2], call);
    return d->response;
}

const Mesos__V1__Master__Response *desk_answer(const struct desk *d)
{
    return d->response;
}

static const void *take(struct desk *d,
                        const char *peer,
                        const ProtobufCMessageDescriptor *descriptor,
                        int type)
{
    struct said *s;

    TAILQ_FOREACH (s, &d->said, entry) {
        const ProtobufCMessage *m = s->record;

        if (strcmp(s->peer, peer) != 0 || m->descriptor != descriptor)
            continue;
        if (descriptor == &mezzo__agent_event__descriptor
                ? (int)((const Mezzo__AgentEvent *)m)->type != type
                : (int)((const Mesos__V1__Scheduler__Event *)m)->type != type)
            continue;
        TAILQ_REMOVE(&d->said, s, entry);
        return s->record;
    }
    return NULL;
}

const Mesos__V1__Scheduler__Event *desk_take_event(
    struct desk *d, const char *peer, Mesos__V1__Scheduler__Event__Type type)
{
    return take(d, peer, &mesos__v1__scheduler__event__descriptor, (int)type);
}

const Mezzo__AgentEvent *desk_take_order(struct desk *d,
                                         const char *peer,
                                         Mezzo__AgentEvent__Type type)
{
    return take(d, peer, &mezzo__agent_event__descriptor, (int)type);
}

void desk_clear(struct desk *d)
{
    TAILQ_INIT(&d->said);
}

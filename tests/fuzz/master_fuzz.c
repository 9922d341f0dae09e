/* master_fuzz.c - agents, schedulers and operators say anything to a master,
 * and whatever they do, nothing of an agent is in two hands. */

#include "master/master.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/resources.h"
#include "proto/wire.pb-c.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/target.h"

enum {
    EVENTS_MAX = 200,
    PEERS = 3, /* of each kind */
};

static const char *const all[] = {"*"};
static const char *const ours[] = {"hpc", "*"};
static const struct principal principals[] = {
    {.name = "hpc", .kind = PRINCIPAL_AGENT},
    {.name = "hpc",
     .kind = PRINCIPAL_FRAMEWORK,
     .roles = all,
     .roles_count = 1,
     .users = all,
     .users_count = 1},
    {.name = "other",
     .kind = PRINCIPAL_FRAMEWORK,
     .roles = ours,
     .roles_count = 2,
     .users = ours,
     .users_count = 1},
    {.name = "root", .kind = PRINCIPAL_OPERATOR, .key = "0123456789"},
};

static const char *check(struct stage *s)
{
    return master_check(s->arg, s->arena);
}

/* One more link of the same after it was ended would have another name. */
static void speak(struct stage *s, unsigned *links, enum frame_type type)
{
    unsigned i = wild_choose(&s->wild, PEERS);
    const struct principal *p = &principals[0];
    char peer[64];

    if (type == FRAME_SCHEDULER_CALLS)
        p = &principals[1 + (i == 2)];
    else if (type == FRAME_MASTER_CALL)
        p = &principals[i == 0 ? 1 : 3];
    if (wild_choose(&s->wild, 16) == 1)
        (*links)++;
    snprintf(peer, sizeof peer, "%d-%u-%u", (int)p->kind - PRINCIPAL_AGENT, i,
             *links);
    if (s->is_listening)
        stage_receive(s, peer, type, p);
}

static void say(struct stage *s,
                const char *peer,
                const struct principal *p,
                const void *message)
{
    stage_step(s, (struct input){.kind = INPUT_RECEIVED,
                                 .peer = peer,
                                 .principal = p,
                                 .type = frame_type_of(message),
                                 .link_epoch = ++s->link_epoch,
                                 .message = message});
}

static void register_one(struct stage *s, const char *peer)
{
    Mezzo__AgentCall__Register r = MEZZO__AGENT_CALL__REGISTER__INIT;
    Mezzo__AgentCall call = MEZZO__AGENT_CALL__INIT, *one = &call;
    Mezzo__AgentCalls calls = MEZZO__AGENT_CALLS__INIT;
    Mesos__V1__AgentInfo info = MESOS__V1__AGENT_INFO__INIT;
    struct arena *arena = arena_new();
    struct resources has = {0};

    if (resources_parse(&has, "cpus:4;mem:64;hpc:100;ports:[1-31]", NULL) != 0)
        abort();
    info.hostname = arena_strdup(arena, "host");
    info.resources = resources_to_wire(&has, NULL, arena, &info.n_resources);
    r.agent_info = &info;
    call.type = MEZZO__AGENT_CALL__TYPE__REGISTER;
    call.registration = &r;
    calls.calls = &one;
    calls.n_calls = 1;
    say(s, peer, &principals[0], &calls);
    resources_release(&has);
    arena_free(arena);
}

static void subscribe_one(struct stage *s,
                          const char *peer,
                          const struct principal *p)
{
    Mesos__V1__Scheduler__Call__Subscribe subscribe =
        MESOS__V1__SCHEDULER__CALL__SUBSCRIBE__INIT;
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;
    Mesos__V1__Scheduler__Call *one = &call;
    Mezzo__SchedulerCalls calls = MEZZO__SCHEDULER_CALLS__INIT;
    Mesos__V1__FrameworkInfo info = MESOS__V1__FRAMEWORK_INFO__INIT;
    char text[] = "hpc";

    info.name = info.user = text;
    subscribe.framework_info = &info;
    call.has_type = 1;
    call.type = MESOS__V1__SCHEDULER__CALL__TYPE__SUBSCRIBE;
    call.subscribe = &subscribe;
    calls.calls = &one;
    calls.n_calls = 1;
    say(s, peer, p, &calls);
}

/* Two agents and two frameworks are there, and have been offered something. */
static void begin(struct stage *s)
{
    stage_step(s, (struct input){.kind = INPUT_STARTED});
    while (!s->is_listening && s->stores_count > 0)
        stage_answer(s);
    register_one(s, "0-0-0");
    register_one(s, "0-1-0");
    subscribe_one(s, "1-0-0", &principals[1]);
    subscribe_one(s, "1-2-0", &principals[2]);
    while (s->stores_count > 0)
        stage_answer(s);
    s->now += 100;
    stage_step(s, (struct input){.kind = INPUT_TIMEOUT});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct master_options options = master_defaults;
    struct stage s;
    unsigned links = 0;

    options.address = "tcp://127.0.0.1:5050";
    options.hostname = "host";
    options.version = "1";
    options.completed_max = 3;
    options.slice_max = 4;
    stage_open(&s, data, size);
    s.arg = master_new(&options);
    s.machine = master_machine(s.arg);
    s.check = check;
    s.wild.size = 0; /* nothing goes wrong at first */
    begin(&s);
    s.wild.size = size;
    for (int i = 0; i < EVENTS_MAX && !wild_is_over(&s.wild); i++)
        switch (wild_choose(&s.wild, 10)) {
        case 0:
        case 1:
        case 2:
            speak(&s, &links, FRAME_AGENT_CALLS);
            break;
        case 3:
        case 4:
        case 5:
            speak(&s, &links, FRAME_SCHEDULER_CALLS);
            break;
        case 6:
            speak(&s, &links, FRAME_MASTER_CALL);
            break;
        case 7:
        case 8:
            stage_answer(&s);
            break;
        default:
            stage_pass(&s);
        }
    master_free(s.arg);
    stage_close(&s);
    return 0;
}

/* rogue.c - a machine of its own, without the library.  Offers' ids are made
 * of numbers, so the next one can be guessed. */

#include "tests/sim/rogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/resources.h"
#include "proto/wire.pb-c.h"

enum {
    RETRY_MS = 500,
    TASKS_MAX = 200,
};

struct rogue {
    struct world *world;
    struct ledger *ledger;
    struct process *process;
    const char *const *masters;
    size_t masters_count;
    char framework_id[128]; /* empty: not known yet */
    char link[32];          /* empty: none */
    char last_offer[128];
    unsigned links_count;
    unsigned tasks_count;
    char runs_on[TASKS_MAX][64]; /* the agent; empty: it does not run */
    bool is_finishing;
    bool has_left;
    msec_t due;
};

/* ---------------------------------------------------------- calls */

struct calls {
    struct rogue *rogue;
    struct effects *fx;
};

static Mesos__V1__FrameworkID *framework_id(const struct calls *c)
{
    Mesos__V1__FrameworkID *id =
        message_new(c->fx->arena, &mesos__v1__framework_id__descriptor);

    id->value = arena_strdup(c->fx->arena, c->rogue->framework_id);
    return id;
}

static Mesos__V1__Scheduler__Call *make_call(
    const struct calls *c, Mesos__V1__Scheduler__Call__Type type)
{
    Mesos__V1__Scheduler__Call *call =
        message_new(c->fx->arena, &mesos__v1__scheduler__call__descriptor);

    call->has_type = 1;
    call->type = type;
    if (c->rogue->framework_id[0] != '\0')
        call->framework_id = framework_id(c);
    return call;
}

static void say(const struct calls *c, Mesos__V1__Scheduler__Call *call)
{
    Mezzo__SchedulerCalls *calls =
        message_new(c->fx->arena, &mezzo__scheduler_calls__descriptor);

    calls->calls = arena_alloc(c->fx->arena, sizeof *calls->calls);
    calls->calls[calls->n_calls++] = call;
    effects_send(c->fx, arena_strdup(c->fx->arena, c->rogue->link),
                 &calls->base);
}

static void subscribe(const struct calls *c)
{
    Mesos__V1__Scheduler__Call *call =
        make_call(c, MESOS__V1__SCHEDULER__CALL__TYPE__SUBSCRIBE);
    Mesos__V1__FrameworkInfo *info =
        message_new(c->fx->arena, &mesos__v1__framework_info__descriptor);

    info->user = arena_strdup(c->fx->arena, "nobody");
    info->name = arena_strdup(c->fx->arena, "rogue");
    info->id = call->framework_id;
    info->has_failover_timeout = 1;
    info->failover_timeout = 60;
    info->roles = arena_alloc(c->fx->arena, sizeof *info->roles);
    info->roles[info->n_roles++] = arena_strdup(c->fx->arena, "*");
    call->subscribe = message_new(
        c->fx->arena, &mesos__v1__scheduler__call__subscribe__descriptor);
    call->subscribe->framework_info = info;
    say(c, call);
}

static void acknowledge(const struct calls *c,
                        const Mesos__V1__TaskStatus *status,
                        bool is_wrong)
{
    Mesos__V1__Scheduler__Call *call =
        make_call(c, MESOS__V1__SCHEDULER__CALL__TYPE__ACKNOWLEDGE);

    call->acknowledge = message_new(
        c->fx->arena, &mesos__v1__scheduler__call__acknowledge__descriptor);
    call->acknowledge->agent_id = status->agent_id;
    call->acknowledge->task_id = status->task_id;
    call->acknowledge->uuid = status->uuid;
    if (is_wrong) {
        uint8_t *uuid = arena_alloc(c->fx->arena, status->uuid.len);

        memcpy(uuid, status->uuid.data, status->uuid.len);
        uuid[world_random(c->rogue->world, status->uuid.len)] ^= 1;
        call->acknowledge->uuid.data = uuid;
    }
    say(c, call);
}

/* ---------------------------------------------------------- tasks */

static Mesos__V1__CommandInfo *command(const struct calls *c)
{
    struct arena *arena = c->fx->arena;
    Mesos__V1__CommandInfo *info =
        message_new(arena, &mesos__v1__command_info__descriptor);
    char text[64];

    snprintf(text, sizeof text, "run=%d exit=0",
             (int)world_between(c->rogue->world, 1, 3000));
    info->has_shell = 1;
    info->shell = 0;
    info->value = arena_strdup(arena, "/bin/script");
    info->arguments = arena_alloc(arena, 2 * sizeof *info->arguments);
    info->arguments[info->n_arguments++] = arena_strdup(arena, "script");
    info->arguments[info->n_arguments++] = arena_strdup(arena, text);
    return info;
}

static Mesos__V1__TaskInfo *make_task(const struct calls *c,
                                      const Mesos__V1__Offer *offer,
                                      const struct resources *needs)
{
    struct rogue *r = c->rogue;
    struct arena *arena = c->fx->arena;
    Mesos__V1__TaskInfo *task =
        message_new(arena, &mesos__v1__task_info__descriptor);
    const struct ledger_need need = {
        .cpu_milli = resources_milli(needs, "cpus"),
        .memory_mb = resources_milli(needs, "mem") / 1000};
    unsigned number = r->tasks_count;
    char id[32];

    /* Sometimes a name that is in use there. */
    if (number > 0 && world_chance(r->world, 10))
        number = (unsigned)world_random(r->world, number);
    snprintf(id, sizeof id, "task-%u", number);
    if (strcmp(r->runs_on[number], offer->agent_id->value) != 0 ||
        !ledger_is_running(r->ledger, r->framework_id, id))
        number = r->tasks_count;
    snprintf(id, sizeof id, "task-%u", number);
    if (number == r->tasks_count) {
        r->tasks_count++;
        ledger_asked(r->ledger, r->framework_id, id, &need);
    }
    task->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    task->task_id->value = arena_strdup(arena, id);
    task->name = task->task_id->value;
    task->agent_id = offer->agent_id;
    task->resources = resources_to_wire(needs, NULL, arena, &task->n_resources);
    task->command = command(c);
    return task;
}

static void accept_offer(const struct calls *c,
                         const Mesos__V1__Offer *offer,
                         const char *offer_id,
                         const struct resources *needs)
{
    struct arena *arena = c->fx->arena;
    Mesos__V1__Scheduler__Call *call =
        make_call(c, MESOS__V1__SCHEDULER__CALL__TYPE__ACCEPT);
    Mesos__V1__Scheduler__Call__Accept *accept =
        message_new(arena, &mesos__v1__scheduler__call__accept__descriptor);
    Mesos__V1__Offer__Operation *operation =
        message_new(arena, &mesos__v1__offer__operation__descriptor);

    operation->has_type = 1;
    operation->type = MESOS__V1__OFFER__OPERATION__TYPE__LAUNCH;
    operation->launch =
        message_new(arena, &mesos__v1__offer__operation__launch__descriptor);
    operation->launch->task_infos =
        arena_alloc(arena, sizeof *operation->launch->task_infos);
    operation->launch->task_infos[operation->launch->n_task_infos++] =
        make_task(c, offer, needs);
    accept->offer_ids = arena_alloc(arena, sizeof *accept->offer_ids);
    accept->offer_ids[accept->n_offer_ids++] =
        message_new(arena, &mesos__v1__offer_id__descriptor);
    accept->offer_ids[0]->value = arena_strdup(arena, offer_id);
    accept->operations = arena_alloc(arena, sizeof *accept->operations);
    accept->operations[accept->n_operations++] = operation;
    call->accept = accept;
    say(c, call);
}

/* The id of an offer that may be somebody else's. */
static void guess(const struct rogue *r, char *id)
{
    size_t size = strlen(id);

    if (size > 0)
        id[size - 1] = (char)('0' + world_random(r->world, 10));
}

static void cheat(const struct calls *c, const Mesos__V1__Offer *offer)
{
    struct rogue *r = c->rogue;
    struct resources needs;

    resources_init(&needs);
    if (r->tasks_count + 4 > TASKS_MAX ||
        resources_from_wire(&needs, offer->resources, offer->n_resources,
                            NULL) != 0)
        return;
    accept_offer(c, offer, offer->id->value, &needs);
    if (world_chance(r->world, 50)) /* once more */
        accept_offer(c, offer, offer->id->value, &needs);
    if (r->last_offer[0] != '\0' && world_chance(r->world, 50))
        accept_offer(c, offer, r->last_offer, &needs);
    snprintf(r->last_offer, sizeof r->last_offer, "%s", offer->id->value);
    guess(r, r->last_offer);
    if (world_chance(r->world, 30)) { /* more than there is */
        resources_set_milli(&needs, "cpus",
                            resources_milli(&needs, "cpus") + 100);
        accept_offer(c, offer, r->last_offer, &needs);
    }
    resources_release(&needs);
}

/* ---------------------------------------------------------- events */

static void updated(const struct calls *c, const Mesos__V1__TaskStatus *status)
{
    struct rogue *r = c->rogue;
    unsigned number;

    if (sscanf(status->task_id->value, "task-%u", &number) == 1 &&
        number < TASKS_MAX)
        snprintf(r->runs_on[number], sizeof r->runs_on[number], "%s",
                 status->state == MESOS__V1__TASK_STATE__TASK_RUNNING &&
                         status->agent_id != NULL
                     ? status->agent_id->value
                     : "");
    if (!status->has_uuid || status->agent_id == NULL)
        return;
    if (world_chance(r->world, 20))
        acknowledge(c, status, true);
    acknowledge(c, status, false);
}

static void heard(const struct calls *c,
                  const Mesos__V1__Scheduler__Event *event)
{
    struct rogue *r = c->rogue;

    if (event->subscribed != NULL)
        snprintf(r->framework_id, sizeof r->framework_id, "%s",
                 event->subscribed->framework_id->value);
    if (event->offers != NULL && !r->is_finishing)
        for (size_t i = 0; i < event->offers->n_offers; i++)
            cheat(c, event->offers->offers[i]);
    if (event->update != NULL)
        updated(c, event->update->status);
    if (event->error != NULL)
        r->has_left = true; /* it was forgotten, after too long a silence */
}

static void connect_again(const struct calls *c)
{
    struct rogue *r = c->rogue;

    snprintf(r->link, sizeof r->link, "link-%u", ++r->links_count);
    effects_connect(c->fx, arena_strdup(c->fx->arena, r->link),
                    r->masters[r->links_count % r->masters_count], NULL, 0);
    subscribe(c);
}

static void timeout(const struct calls *c, msec_t now)
{
    struct rogue *r = c->rogue;

    r->due = now + RETRY_MS;
    if (r->has_left)
        return;
    if (r->link[0] == '\0') {
        connect_again(c);
    } else if (r->is_finishing && r->framework_id[0] != '\0') {
        say(c, make_call(c, MESOS__V1__SCHEDULER__CALL__TYPE__TEARDOWN));
    }
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct rogue *r = core;
    const struct calls c = {r, fx};

    if (input->kind == INPUT_RECEIVED &&
        input->type == FRAME_SCHEDULER_EVENTS) {
        const Mezzo__SchedulerEvents *events =
            (const Mezzo__SchedulerEvents *)input->message;

        for (size_t i = 0; i < events->n_events; i++)
            heard(&c, events->events[i]);
    } else if (input->kind == INPUT_LINK_ENDED) {
        r->link[0] = '\0';
        r->due = now + RETRY_MS;
    } else {
        timeout(&c, now);
    }
}

static msec_t deadline(const void *core)
{
    return ((const struct rogue *)core)->due;
}

static struct machine start(void *arg)
{
    struct rogue *r = arg;

    r->link[0] = '\0';
    return (struct machine){r, step, deadline};
}

static void stop(void *arg)
{
    (void)arg;
}

struct rogue *rogue_new(struct world *w,
                        struct network *n,
                        struct ledger *l,
                        const char *const *masters,
                        size_t masters_count)
{
    static const char *const any[] = {"*"};
    struct rogue *r = memory_new(1, sizeof *r);
    struct process_options options = {.name = "rogue",
                                      .principal = {.name = "rogue",
                                                    .kind = PRINCIPAL_FRAMEWORK,
                                                    .roles = any,
                                                    .roles_count = 1,
                                                    .users = any,
                                                    .users_count = 1},
                                      .links = links_defaults,
                                      .is_careless = true,
                                      .arg = r,
                                      .start = start,
                                      .stop = stop};

    r->world = w;
    r->ledger = l;
    r->masters = masters;
    r->masters_count = masters_count;
    r->process = process_new(w, n, &options);
    return r;
}

void rogue_free(struct rogue *r)
{
    if (r == NULL)
        return;
    process_free(r->process);
    free(r);
}

struct process *rogue_process(const struct rogue *r)
{
    return r->process;
}

void rogue_finish(struct rogue *r)
{
    r->is_finishing = true;
    ledger_framework_ended(r->ledger, r->framework_id);
}

bool rogue_has_left(const struct rogue *r)
{
    return r->has_left;
}

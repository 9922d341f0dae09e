/* master_calls.c - messages on the stack, sent before they go. */

#include "tests/unit/master_calls.h"

#include "base/resources.h"
#include "base/uuid.h"

#define TEXT(text) ((char *)(uintptr_t)(text))
#define SCHEDULER(name) MESOS__V1__SCHEDULER__CALL__TYPE__##name

static Mesos__V1__Scheduler__Call call_of(Mesos__V1__Scheduler__Call__Type type)
{
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;

    call.has_type = 1;
    call.type = type;
    return call;
}

void calls_launch(struct desk *d,
                  const char *peer,
                  const char *offer_id,
                  const char *agent_id,
                  const char *task_id,
                  const char *resources)
{
    Mesos__V1__Scheduler__Call call = call_of(SCHEDULER(ACCEPT));
    Mesos__V1__Scheduler__Call__Accept accept =
        MESOS__V1__SCHEDULER__CALL__ACCEPT__INIT;
    Mesos__V1__OfferID offer = MESOS__V1__OFFER_ID__INIT, *offers = &offer;
    Mesos__V1__Offer__Operation op = MESOS__V1__OFFER__OPERATION__INIT;
    Mesos__V1__Offer__Operation *ops = &op;
    Mesos__V1__Offer__Operation__Launch launch =
        MESOS__V1__OFFER__OPERATION__LAUNCH__INIT;
    Mesos__V1__TaskInfo task = MESOS__V1__TASK_INFO__INIT, *tasks = &task;
    Mesos__V1__TaskID id = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__AgentID agent = MESOS__V1__AGENT_ID__INIT;
    Mesos__V1__CommandInfo command = MESOS__V1__COMMAND_INFO__INIT;
    struct arena *arena = arena_new();
    struct resources wanted = {0};

    resources_parse(&wanted, resources, NULL);
    command.value = TEXT("true");
    id.value = TEXT(task_id);
    agent.value = TEXT(agent_id);
    task.name = TEXT("task");
    task.task_id = &id;
    task.agent_id = &agent;
    task.command = &command;
    task.resources = resources_to_wire(&wanted, NULL, arena, &task.n_resources);
    launch.task_infos = &tasks;
    launch.n_task_infos = 1;
    op.has_type = 1;
    op.type = MESOS__V1__OFFER__OPERATION__TYPE__LAUNCH;
    op.launch = &launch;
    offer.value = TEXT(offer_id);
    accept.offer_ids = &offers;
    accept.n_offer_ids = 1;
    accept.operations = &ops;
    accept.n_operations = 1;
    call.accept = &accept;
    desk_scheduler_says(d, peer, &call);
    resources_release(&wanted);
    arena_free(arena);
}

void calls_decline(struct desk *d,
                   const char *peer,
                   const char *offer_id,
                   double refuse_seconds)
{
    Mesos__V1__Scheduler__Call call = call_of(SCHEDULER(DECLINE));
    Mesos__V1__Scheduler__Call__Decline decline =
        MESOS__V1__SCHEDULER__CALL__DECLINE__INIT;
    Mesos__V1__OfferID offer = MESOS__V1__OFFER_ID__INIT, *offers = &offer;
    Mesos__V1__Filters filters = MESOS__V1__FILTERS__INIT;

    offer.value = TEXT(offer_id);
    filters.has_refuse_seconds = 1;
    filters.refuse_seconds = refuse_seconds;
    decline.offer_ids = &offers;
    decline.n_offer_ids = 1;
    decline.filters = &filters;
    call.decline = &decline;
    desk_scheduler_says(d, peer, &call);
}

static void ask_for(struct desk *d,
                    const char *peer,
                    const char *each,
                    unsigned count,
                    unsigned min,
                    const char *not_host)
{
    Mesos__V1__Scheduler__Call call = call_of(SCHEDULER(REQUEST));
    Mesos__V1__Scheduler__Call__Request request =
        MESOS__V1__SCHEDULER__CALL__REQUEST__INIT;
    Mesos__V1__Request one = MESOS__V1__REQUEST__INIT, *requests = &one;
    Mesos__V1__Ask ask = MESOS__V1__ASK__INIT;
    Mesos__V1__Ask__Slot slot = MESOS__V1__ASK__SLOT__INIT, *slots = &slot;
    Mesos__V1__Ask__Constraint constraint = MESOS__V1__ASK__CONSTRAINT__INIT;
    Mesos__V1__Ask__Constraint *constraints = &constraint;
    struct arena *arena = arena_new();
    struct resources wanted = {0};

    resources_parse(&wanted, each, NULL);
    slot.each = resources_to_wire(&wanted, NULL, arena, &slot.n_each);
    slot.count = count;
    slot.has_min = min > 0;
    slot.min = min;
    constraint.attribute = TEXT("hostname");
    constraint.operator_ = MESOS__V1__ASK__CONSTRAINT__OPERATOR__NOT_EQUALS;
    constraint.value = TEXT(not_host);
    slot.constraints = &constraints;
    slot.n_constraints = not_host != NULL;
    ask.id = TEXT("ask");
    ask.slots = &slots;
    ask.n_slots = 1;
    one.ask = &ask;
    request.requests = &requests;
    request.n_requests = 1;
    call.request = &request;
    desk_scheduler_says(d, peer, &call);
    resources_release(&wanted);
    arena_free(arena);
}

void calls_ask(struct desk *d,
               const char *peer,
               const char *each,
               unsigned count,
               const char *not_host)
{
    ask_for(d, peer, each, count, 0, not_host);
}

void calls_ask_gang(struct desk *d,
                    const char *peer,
                    const char *each,
                    unsigned count)
{
    ask_for(d, peer, each, count, count, NULL);
}

void calls_plain(struct desk *d,
                 const char *peer,
                 Mesos__V1__Scheduler__Call__Type type)
{
    Mesos__V1__Scheduler__Call call = call_of(type);

    desk_scheduler_says(d, peer, &call);
}

void calls_kill(struct desk *d, const char *peer, const char *task_id)
{
    Mesos__V1__Scheduler__Call call = call_of(SCHEDULER(KILL));
    Mesos__V1__Scheduler__Call__Kill kill =
        MESOS__V1__SCHEDULER__CALL__KILL__INIT;
    Mesos__V1__TaskID id = MESOS__V1__TASK_ID__INIT;

    id.value = TEXT(task_id);
    kill.task_id = &id;
    call.kill = &kill;
    desk_scheduler_says(d, peer, &call);
}

void calls_acknowledge(struct desk *d,
                       const char *peer,
                       const char *agent_id,
                       const char *task_id,
                       uint64_t sequence)
{
    Mesos__V1__Scheduler__Call call = call_of(SCHEDULER(ACKNOWLEDGE));
    Mesos__V1__Scheduler__Call__Acknowledge acknowledge =
        MESOS__V1__SCHEDULER__CALL__ACKNOWLEDGE__INIT;
    Mesos__V1__TaskID task = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__AgentID agent = MESOS__V1__AGENT_ID__INIT;
    uint8_t uuid[UUID_SIZE];

    uuid_make(7, sequence, uuid);
    task.value = TEXT(task_id);
    agent.value = TEXT(agent_id);
    acknowledge.task_id = &task;
    acknowledge.agent_id = &agent;
    acknowledge.uuid = (ProtobufCBinaryData){sizeof uuid, uuid};
    call.acknowledge = &acknowledge;
    desk_scheduler_says(d, peer, &call);
}

void calls_reconcile(struct desk *d,
                     const char *peer,
                     const char *task_id,
                     const char *agent_id)
{
    Mesos__V1__Scheduler__Call call = call_of(SCHEDULER(RECONCILE));
    Mesos__V1__Scheduler__Call__Reconcile reconcile =
        MESOS__V1__SCHEDULER__CALL__RECONCILE__INIT;
    Mesos__V1__Scheduler__Call__Reconcile__Task task =
        MESOS__V1__SCHEDULER__CALL__RECONCILE__TASK__INIT;
    Mesos__V1__Scheduler__Call__Reconcile__Task *tasks = &task;
    Mesos__V1__TaskID id = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__AgentID agent = MESOS__V1__AGENT_ID__INIT;

    id.value = TEXT(task_id);
    agent.value = TEXT(agent_id);
    task.task_id = &id;
    task.agent_id = agent_id != NULL ? &agent : NULL;
    reconcile.tasks = &tasks;
    reconcile.n_tasks = task_id != NULL;
    call.reconcile = &reconcile;
    desk_scheduler_says(d, peer, &call);
}

void calls_update(struct desk *d,
                  const char *peer,
                  const char *framework_id,
                  const char *task_id,
                  enum task_state state,
                  uint64_t sequence)
{
    Mezzo__AgentCall call = MEZZO__AGENT_CALL__INIT;
    Mezzo__AgentCall__Update update = MEZZO__AGENT_CALL__UPDATE__INIT;
    Mesos__V1__TaskStatus status = MESOS__V1__TASK_STATUS__INIT;
    Mesos__V1__TaskID task = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__FrameworkID framework = MESOS__V1__FRAMEWORK_ID__INIT;
    uint8_t uuid[UUID_SIZE];

    uuid_make(7, sequence, uuid);
    task.value = TEXT(task_id);
    framework.value = TEXT(framework_id);
    status.task_id = &task;
    status.state = (Mesos__V1__TaskState)state;
    status.has_uuid = 1;
    status.uuid = (ProtobufCBinaryData){sizeof uuid, uuid};
    update.framework_id = &framework;
    update.status = &status;
    call.type = MEZZO__AGENT_CALL__TYPE__UPDATE;
    call.update = &update;
    desk_agent_says(d, peer, &call);
}

void calls_return(struct desk *d,
                  const char *peer,
                  const char *agent_id,
                  const char *framework_id,
                  const char *task_id,
                  enum task_state state)
{
    Mezzo__AgentCall call = MEZZO__AGENT_CALL__INIT;
    Mezzo__AgentCall__Register r = MEZZO__AGENT_CALL__REGISTER__INIT;
    Mesos__V1__AgentInfo info = MESOS__V1__AGENT_INFO__INIT;
    Mesos__V1__AgentID id = MESOS__V1__AGENT_ID__INIT;
    Mesos__V1__FrameworkInfo framework = MESOS__V1__FRAMEWORK_INFO__INIT;
    Mesos__V1__FrameworkInfo *frameworks = &framework;
    Mesos__V1__FrameworkID fid = MESOS__V1__FRAMEWORK_ID__INIT;
    Mesos__V1__Task task = MESOS__V1__TASK__INIT, *tasks = &task;
    Mesos__V1__TaskID tid = MESOS__V1__TASK_ID__INIT;
    struct arena *arena = arena_new();
    struct resources has = {0}, holds = {0};

    resources_parse(&has, "cpus:4;mem:4096;ports:[1-10]", NULL);
    resources_parse(&holds, "cpus:1;mem:64", NULL);
    id.value = TEXT(agent_id);
    fid.value = TEXT(framework_id);
    tid.value = TEXT(task_id);
    info.hostname = TEXT("host");
    info.resources = resources_to_wire(&has, NULL, arena, &info.n_resources);
    framework.name = TEXT("test");
    framework.user = TEXT("nobody");
    framework.principal = TEXT("frameworks");
    framework.id = &fid;
    task.name = TEXT("task");
    task.task_id = &tid;
    task.framework_id = &fid;
    task.agent_id = &id;
    task.state = (Mesos__V1__TaskState)state;
    task.resources = resources_to_wire(&holds, "*", arena, &task.n_resources);
    r.agent_info = &info;
    r.frameworks = &frameworks;
    r.tasks = &tasks;
    r.n_frameworks = r.n_tasks = task_id != NULL;
    call.type = MEZZO__AGENT_CALL__TYPE__REGISTER;
    call.agent_id = &id;
    call.registration = &r;
    desk_agent_says(d, peer, &call);
    resources_release(&has);
    resources_release(&holds);
    arena_free(arena);
}

int calls_take_state(struct desk *d, const char *peer)
{
    const Mesos__V1__Scheduler__Event *e =
        desk_take_event(d, peer, MESOS__V1__SCHEDULER__EVENT__TYPE__UPDATE);

    return e == NULL ? -1 : (int)e->update->status->state;
}

/* serving.c - each event to the part that it is for. */

#include "agent/serving.h"

#include "agent/acceptance.h"
#include "agent/channels.h"
#include "agent/dialogue.h"
#include "agent/endings.h"
#include "agent/gangs.h"
#include "agent/roster.h"
#include "agent/tasks.h"
#include "agent/updates.h"

static void acknowledged(const Mezzo__AgentEvent__Acknowledge *acknowledge,
                         struct step *step)
{
    struct framework *f =
        roster_find_framework(step->roster, acknowledge->framework_id->value);
    struct task **ended;
    size_t count = 0;

    if (f != NULL)
        count = updates_acknowledge(f, acknowledge, step, &ended);
    for (size_t i = 0; i < count; i++)
        tasks_acknowledged(ended[i], step);
}

static void pass_message(const Mezzo__AgentEvent__Message *message,
                         struct step *step)
{
    struct executor *e =
        roster_find_executor(step->roster, message->framework_id->value,
                             message->executor_id->value);

    if (e != NULL)
        dialogue_message(e, message->data, step);
}

const char *serving_obey(const Mezzo__AgentEvent *event, struct step *step)
{
    const char *missing = "an event without what its type says";

    switch (event->type) {
    case MEZZO__AGENT_EVENT__TYPE__LAUNCH:
        return event->launch == NULL ? missing
                                     : acceptance_launch(event->launch, step);
    case MEZZO__AGENT_EVENT__TYPE__KILL:
        if (event->kill == NULL)
            return missing;
        endings_kill(event->kill, step);
        return NULL;
    case MEZZO__AGENT_EVENT__TYPE__ACKNOWLEDGE:
        if (event->acknowledge == NULL)
            return missing;
        acknowledged(event->acknowledge, step);
        return NULL;
    case MEZZO__AGENT_EVENT__TYPE__RECONCILE:
        return event->reconcile == NULL
                   ? missing
                   : acceptance_reconcile(event->reconcile, step);
    case MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_FRAMEWORK:
        if (event->shutdown_framework == NULL)
            return missing;
        endings_shut_down_framework(
            event->shutdown_framework->framework_id->value, step);
        return NULL;
    case MEZZO__AGENT_EVENT__TYPE__MESSAGE:
        if (event->message == NULL)
            return missing;
        pass_message(event->message, step);
        return NULL;
    case MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_EXECUTOR:
        if (event->shutdown_executor == NULL)
            return missing;
        endings_shut_down_executor(event->shutdown_executor, step);
        return NULL;
    case MEZZO__AGENT_EVENT__TYPE__GANG:
        if (event->gang == NULL)
            return missing;
        gangs_decide(event->gang, step);
        return NULL;
    case MEZZO__AGENT_EVENT__TYPE__PEER:
        if (event->peer == NULL)
            return missing;
        channels_found(event->peer, step);
        return NULL;
    case MEZZO__AGENT_EVENT__TYPE__REGISTERED:
    case MEZZO__AGENT_EVENT__TYPE__NETWORK:
    case MEZZO__AGENT_EVENT__TYPE__SHUTDOWN:
    case MEZZO__AGENT_EVENT__TYPE__SEND_TASKS:
    case _MEZZO__AGENT_EVENT__TYPE_IS_INT_SIZE:
        break;
    }
    return "an event of an unknown type";
}

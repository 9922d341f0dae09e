/* events.c - an event, and the frame around it. */

#include "agent/events.h"

#include "base/message.h"
#include "proto/wire.pb-c.h"

Mesos__V1__Executor__Event *events_new(Mesos__V1__Executor__Event__Type type,
                                       struct step *step)
{
    Mesos__V1__Executor__Event *event =
        message_new(step->fx->arena, &mesos__v1__executor__event__descriptor);

    event->has_type = true;
    event->type = type;
    return event;
}

void events_send(const struct executor *e,
                 Mesos__V1__Executor__Event *event,
                 struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__ExecutorEvents *body =
        message_new(arena, &mezzo__executor_events__descriptor);

    body->n_events = 1;
    body->events = arena_alloc(arena, sizeof *body->events);
    body->events[0] = event;
    effects_send(step->fx, e->peer, &body->base);
}

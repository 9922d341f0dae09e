/* tickets.c - tasks that are here come first, then those that have been. */

#include "master/tickets.h"

#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "master/events.h"

#define TICKET_LIFE_MS ((msec_t)10 * 60 * 1000)

enum match {
    MATCH_NONE,
    MATCH_PREFIX,
    MATCH_NAME,
    MATCH_ID,
};

static enum match match(const char *text,
                        const char *framework_id,
                        const char *task_id,
                        const char *name)
{
    size_t size = strlen(framework_id);

    if (strncmp(text, framework_id, size) == 0 && text[size] == '/' &&
        strcmp(text + size + 1, task_id) == 0)
        return MATCH_ID;
    if (strcmp(text, task_id) == 0)
        return MATCH_ID;
    if (strcmp(text, name) == 0)
        return MATCH_NAME;
    return strncmp(text, task_id, strlen(text)) == 0 ? MATCH_PREFIX
                                                     : MATCH_NONE;
}

struct search {
    const char *text;
    enum match best;
    size_t count; /* of the best */
    struct task_found found;
};

static void consider(struct search *s,
                     const char *name,
                     const struct task_found *candidate)
{
    enum match m =
        match(s->text, candidate->framework_id, candidate->task_id, name);

    if (m == MATCH_NONE || m < s->best)
        return;
    s->count = m > s->best ? 1 : s->count + 1;
    s->best = m;
    s->found = *candidate;
}

static void search_live(const struct master *m, struct search *s)
{
    struct task *task = tasks_first(m->tasks);

    for (; task != NULL; task = TAILQ_NEXT(task, of_all))
        consider(s, task->name,
                 &(struct task_found){task->framework->id, task->id,
                                      task->agent->id, task});
}

/* Of tasks that are no more the latest is meant: it comes last. */
static void search_completed(const struct master *m, struct search *s)
{
    const struct completed *c = tasks_first_completed(m->tasks);

    for (; c != NULL; c = TAILQ_NEXT(c, entry)) {
        consider(s, c->name,
                 &(struct task_found){c->framework_id, c->task_id, c->agent_id,
                                      NULL});
        if (s->best >= MATCH_NAME)
            s->count = 1;
    }
}

const char *tickets_find_task(const struct master *m,
                              const char *text,
                              struct task_found *found,
                              struct arena *arena)
{
    struct search s = {.text = text};
    char why[512];

    search_live(m, &s);
    if (s.best == MATCH_NONE)
        search_completed(m, &s);
    if (s.count == 1 && text[0] != '\0') {
        *found = s.found;
        return NULL;
    }
    if (s.count > 1)
        snprintf(why, sizeof why,
                 "%zu tasks are called \"%.100s\"; name one as FRAMEWORK/TASK, "
                 "such as %.100s/%.60s",
                 s.count, text, s.found.framework_id, s.found.task_id);
    else
        snprintf(why, sizeof why, "no task \"%.100s\"; see: mezzo tasks", text);
    return arena_strdup(arena, why);
}

/* Of `agent`, with what `ticket` says already. */
static const char *give(struct turn *t,
                        const struct agent *agent,
                        Mezzo__Ticket *ticket,
                        const char *holder_key,
                        struct ticket_given *given)
{
    uint8_t key[TICKET_KEY_SIZE];

    if (agent == NULL || agent->peer == NULL)
        return "its agent is not connected; try again when it is back";
    if (agent->info->stream_endpoint == NULL)
        return "its agent serves no bytes";
    if (holder_key == NULL)
        holder_key = t->input->principal->key;
    if (agent->info->stream_key == NULL)
        holder_key = ""; /* nobody has a key there */
    ticket->holder_key = (char *)(uintptr_t)holder_key;
    ticket->expires_ms = t->input->wall + TICKET_LIFE_MS;
    ticket_key_derive(t->m->options.secret, agent->id, key);
    given->bytes = ticket_make(ticket, key, t->arena);
    given->endpoint = arena_strdup(t->arena, agent->info->stream_endpoint);
    given->key = agent->info->stream_key == NULL
                     ? ""
                     : arena_strdup(t->arena, agent->info->stream_key);
    return NULL;
}

const char *tickets_give(struct turn *t,
                         const struct task_found *found,
                         Mesos__V1__TicketVerb verb,
                         const char *holder_key,
                         struct ticket_given *given)
{
    Mezzo__Ticket ticket = MEZZO__TICKET__INIT;

    if (verb == MESOS__V1__TICKET_VERB__PEER)
        return "such tickets are for agents";
    if (holder_key != NULL && strlen(holder_key) != PRINCIPAL_KEY_SIZE - 1)
        return "the holder's key is none";
    ticket.framework_id = (char *)(uintptr_t)found->framework_id;
    ticket.task_id = (char *)(uintptr_t)found->task_id;
    ticket.verb = verb;
    return give(t, agents_find(t->m->agents, found->agent_id), &ticket,
                holder_key, given);
}

static bool is_away(const struct master *m, const char *agent_id)
{
    const struct agent *agent = agents_find(m->agents, agent_id);

    return agent != NULL && agent->peer == NULL && agent->state != AGENT_GONE;
}

static bool find_own(const struct master *m,
                     const struct framework *framework,
                     const char *task_id,
                     struct task_found *found)
{
    struct task *task = tasks_find(framework, task_id);
    const struct completed *c;

    if (task != NULL) {
        *found =
            (struct task_found){framework->id, task->id, task->agent->id, task};
        return true;
    }
    found->task_id = NULL;
    for (c = tasks_first_completed(m->tasks); c != NULL;
         c = TAILQ_NEXT(c, entry))
        if (strcmp(c->task_id, task_id) == 0 &&
            strcmp(c->framework_id, framework->id) == 0)
            *found = (struct task_found){c->framework_id, c->task_id,
                                         c->agent_id, NULL};
    return found->task_id != NULL;
}

void tickets_answer(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__Scheduler__Call__Ticket *call)
{
    Mesos__V1__Scheduler__Event *e =
        message_new(t->arena, &mesos__v1__scheduler__event__descriptor);
    struct ticket_given given;
    struct task_found found;

    e->has_type = 1;
    e->type = MESOS__V1__SCHEDULER__EVENT__TYPE__TICKET;
    e->ticket =
        message_new(t->arena, &mesos__v1__scheduler__event__ticket__descriptor);
    e->ticket->task_id = events_task_id(t->arena, call->task_id->value);
    e->ticket->verb = call->verb;
    e->ticket->has_request = call->has_request;
    e->ticket->request = call->request;
    e->ticket->failure = (char *)(uintptr_t) "there is no such task";
    if (find_own(t->m, framework, call->task_id->value, &found)) {
        e->ticket->failure = (char *)(uintptr_t)tickets_give(
            t, &found, call->verb, call->holder_key, &given);
        e->ticket->has_later = 1;
        e->ticket->later = is_away(t->m, found.agent_id);
    }
    if (e->ticket->failure == NULL) {
        e->ticket->endpoint = (char *)(uintptr_t)given.endpoint;
        e->ticket->key = (char *)(uintptr_t)given.key;
        e->ticket->has_ticket = 1;
        e->ticket->ticket = given.bytes;
    }
    outbox_post(t->m->outbox, &framework->mailbox, t->arena, e);
}

static const struct agent *find_executor(const struct master *m,
                                         const struct framework *framework,
                                         const char *id)
{
    const struct agent *agent = agents_first(m->agents);

    for (; agent != NULL; agent = TAILQ_NEXT(agent, entry))
        if (tasks_find_executor(agent, framework, id) != NULL)
            return agent;
    return NULL;
}

void tickets_find_peer(struct turn *t,
                       struct agent *agent,
                       const Mezzo__AgentCall__FindPeer *call)
{
    const struct framework *framework =
        frameworks_find(t->m->frameworks, call->framework_id->value);
    Mezzo__Ticket ticket = MEZZO__TICKET__INIT;
    Mezzo__AgentEvent__Peer *peer =
        message_new(t->arena, &mezzo__agent_event__peer__descriptor);
    const struct agent *other = NULL;
    struct ticket_given given;

    peer->framework_id = call->framework_id;
    peer->executor_id = call->executor_id;
    if (framework != NULL)
        other = find_executor(t->m, framework, call->executor_id->value);
    ticket.framework_id = call->framework_id->value;
    ticket.task_id = call->executor_id->value;
    ticket.verb = MESOS__V1__TICKET_VERB__PEER;
    ticket.group = call->group;
    if (other != NULL && give(t, other, &ticket, NULL, &given) == NULL) {
        peer->endpoint = (char *)(uintptr_t)given.endpoint;
        peer->key = (char *)(uintptr_t)given.key;
        peer->has_ticket = 1;
        peer->ticket = given.bytes;
    }
    events_peer(t, agent, peer);
}

/* admission.c - the ticket, what its verb permits, and whose sandbox it is. */

#include "agent/admission.h"

#include <stdio.h>
#include <string.h>

#include "agent/identity.h"
#include "agent/roster.h"
#include "agent/sandboxes.h"
#include "base/ticket.h"

/* Verbs: what each permits of an opening. */
static const char *output_refuses(const Mezzo__StreamCall__Open *open)
{
    if (open->has_list && open->list)
        return "the ticket is for output, not for files";
    if (open->path != NULL && strcmp(open->path, "stdout") != 0 &&
        strcmp(open->path, "stderr") != 0)
        return "the ticket is for stdout and stderr";
    return NULL;
}

static const char *files_refuses(const Mezzo__StreamCall__Open *open)
{
    return open->path == NULL ? NULL : sandbox_path_refuses(open->path);
}

static const char *nothing_refuses(const Mezzo__StreamCall__Open *open)
{
    (void)open;
    return NULL; /* whose it is looks at it */
}

static const struct verb {
    Mesos__V1__TicketVerb verb;
    const char *(*refuses)(const Mezzo__StreamCall__Open *open);
} verbs[] = {
    {MESOS__V1__TICKET_VERB__READ_OUTPUT, output_refuses},
    {MESOS__V1__TICKET_VERB__READ_FILES, files_refuses},
    {MESOS__V1__TICKET_VERB__EXEC, nothing_refuses},
    {MESOS__V1__TICKET_VERB__INPUT, nothing_refuses},
    {MESOS__V1__TICKET_VERB__PEER, nothing_refuses},
};

static const char *verb_refuses(Mesos__V1__TicketVerb verb,
                                const Mezzo__StreamCall__Open *open)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (verbs[i].verb == verb)
            return verbs[i].refuses(open);
    return "the ticket is for something this agent does not do";
}

struct place {
    const char *run;
    bool is_waiting; /* it has not begun */
    bool is_within;  /* an executor's, of which the task has a part */
};

static struct place place_of_task(const struct task *t, struct step *step)
{
    struct arena *arena = step->fx->arena;
    const Mesos__V1__TaskInfo *info = roster_task_info(t, arena);
    const struct run *run = t->executor != NULL ? &t->executor->run : &t->run;
    struct place place = {
        .is_waiting = run->phase < RUN_ALIVE,
        .is_within = info != NULL && info->executor != NULL,
    };

    place.run = place.is_within ? roster_executor_key(t->framework->id,
                                                      info->executor, arena)
                                : arena_strdup(arena, t->key);
    return place;
}

static struct place place_of_ended(const Mezzo__Ticket *ticket,
                                   struct step *step)
{
    size_t size = strlen(ticket->framework_id) + strlen(ticket->task_id) + 2;
    char *key = arena_alloc(step->fx->arena, size);
    const char *within;

    snprintf(key, size, "%s/%s", ticket->framework_id, ticket->task_id);
    within = sandboxes_within(step->sandboxes, key);
    if (within == NULL)
        return (struct place){.run = key};
    return (struct place){.run = arena_strdup(step->fx->arena, within),
                          .is_within = true};
}

static bool is_there(const struct place *place, struct step *step)
{
    const struct task *t = roster_find_task_of_run(step->roster, place->run);

    return (t != NULL && t->run.phase != RUN_GONE) ||
           roster_find_executor_of_run(step->roster, place->run) != NULL ||
           sandboxes_has(step->sandboxes, place->run);
}

/* Tasks of an executor have outputs of their own in its sandbox. */
static const char *find_path(const Mezzo__Ticket *ticket,
                             const Mezzo__StreamCall__Open *open,
                             const struct place *place,
                             struct step *step)
{
    bool is_listing = open->has_list && open->list;
    const char *path = open->path != NULL ? open->path
                       : is_listing       ? ""
                                          : "stdout";
    size_t size = strlen("tasks/") + strlen(ticket->task_id) + strlen(path) + 2;
    char *own;

    if (!place->is_within ||
        (strcmp(path, "stdout") != 0 && strcmp(path, "stderr") != 0))
        return path;
    own = arena_alloc(step->fx->arena, size);
    snprintf(own, size, "tasks/%s/%s", ticket->task_id, path);
    return own;
}

const char *admission_refuses(const struct input *input,
                              const Mezzo__StreamCall__Open *open,
                              struct admission *a,
                              struct step *step)
{
    const char *fault;
    struct place place;

    *a = (struct admission){.path = ""};
    if (!step->identity->has_ticket_key)
        return "the agent has not registered yet";
    fault = ticket_check(open->ticket, step->identity->ticket_key,
                         input->principal->key, step->wall, step->fx->arena,
                         &a->ticket);
    if (fault == NULL)
        fault = verb_refuses(a->ticket->verb, open);
    if (fault != NULL || a->ticket->verb == MESOS__V1__TICKET_VERB__PEER)
        return fault;
    a->task = roster_find_task(step->roster, a->ticket->framework_id,
                               a->ticket->task_id);
    if (a->task != NULL)
        a->is_alive = (a->task->executor != NULL ? &a->task->executor->run
                                                 : &a->task->run)
                          ->phase == RUN_ALIVE;
    place = a->task != NULL ? place_of_task(a->task, step)
                            : place_of_ended(a->ticket, step);
    a->is_waiting = place.is_waiting;
    a->path = find_path(a->ticket, open, &place, step);
    if (is_there(&place, step))
        a->run = place.run;
    return a->run != NULL ? NULL : "the agent has no sandbox of that task";
}

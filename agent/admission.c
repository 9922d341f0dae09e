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

/* The run whose sandbox a task has, in the arena; NULL when there is none.
 * `*is_waiting`: it has not begun. */
static const char *find_run(const Mezzo__Ticket *ticket,
                            bool *is_waiting,
                            struct step *step)
{
    struct arena *arena = step->fx->arena;
    const struct task *t =
        roster_find_task(step->roster, ticket->framework_id, ticket->task_id);
    const Mesos__V1__TaskInfo *info =
        t == NULL ? NULL : roster_task_info(t, arena);
    const char *between = "/", *id = ticket->task_id;
    const struct run *run = t == NULL ? NULL : &t->run;
    size_t size;
    char *key;

    if (t != NULL && t->executor != NULL)
        run = &t->executor->run;
    *is_waiting = run != NULL && run->phase < RUN_ALIVE;
    if (t != NULL && t->executor != NULL)
        return arena_strdup(arena, t->executor->key);
    if (info != NULL && info->executor != NULL) {
        between = "/executor/";
        id = info->executor->executor_id->value;
    }
    size = strlen(ticket->framework_id) + strlen(between) + strlen(id) + 1;
    key = arena_alloc(arena, size);
    snprintf(key, size, "%s%s%s", ticket->framework_id, between, id);
    return (t != NULL && t->run.phase != RUN_GONE) ||
                   sandboxes_has(step->sandboxes, key)
               ? key
               : NULL;
}

/* Tasks of an executor have outputs of their own in its sandbox. */
static const char *find_path(const Mezzo__Ticket *ticket,
                             const Mezzo__StreamCall__Open *open,
                             struct step *step)
{
    bool is_listing = open->has_list && open->list;
    const char *path = open->path != NULL ? open->path
                       : is_listing       ? ""
                                          : "stdout";
    const struct task *t =
        roster_find_task(step->roster, ticket->framework_id, ticket->task_id);
    const Mesos__V1__TaskInfo *info =
        t == NULL ? NULL : roster_task_info(t, step->fx->arena);
    size_t size = strlen("tasks/") + strlen(ticket->task_id) + strlen(path) + 2;
    char *own;

    if (info == NULL || info->executor == NULL ||
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
    a->run = find_run(a->ticket, &a->is_waiting, step);
    a->path = find_path(a->ticket, open, step);
    return a->run != NULL ? NULL : "the agent has no sandbox of that task";
}

/* guest.c - streams that are read, and programs: numbers of the ones are even,
 * of the others odd. */

#include "libframework/guest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "libframework/checks.h"

/* For the reader of a task; there is one for each that is read. */
struct guest_ticket {
    struct guest_ticket *next;
    char *task_id;
    Mesos__V1__TicketVerb verb;
    char *endpoint;
    char *key; /* NULL: in plain */
    uint8_t *bytes;
    size_t size;
    bool is_wanted;
};

static bool is_ready(void *arg, const char *task_id)
{
    (void)arg;
    (void)task_id;
    return true;
}

static struct guest_ticket *find_ticket(const struct mezzo_guest *g,
                                        const char *task_id,
                                        Mesos__V1__TicketVerb verb)
{
    struct guest_ticket *t = g->tickets;

    while (t != NULL && (t->verb != verb || strcmp(t->task_id, task_id) != 0))
        t = t->next;
    return t;
}

static bool ask_ticket(void *arg,
                       const char *task_id,
                       Mesos__V1__TicketVerb verb)
{
    struct mezzo_guest *g = arg;
    struct guest_ticket *t = find_ticket(g, task_id, verb);

    if (t != NULL)
        t->is_wanted = g->is_called = true;
    return t != NULL;
}

static void read_output(void *arg, const struct mezzo_output *output)
{
    struct mezzo_guest *g = arg;
    struct mezzo_output told = *output;

    told.reader = output->reader * 2;
    if (g->callbacks->output != NULL)
        g->callbacks->output(g, &told, g->arg);
}

static void program_output(void *arg,
                           uint64_t program,
                           const struct mezzo_output *output)
{
    struct mezzo_guest *g = arg;
    struct mezzo_output told = *output;

    told.reader = program * 2 + 1;
    if (g->callbacks->output != NULL)
        g->callbacks->output(g, &told, g->arg);
}

static void program_exited(void *arg, uint64_t program, int wait_status)
{
    struct mezzo_guest *g = arg;

    if (g->callbacks->exited != NULL)
        g->callbacks->exited(g, program * 2 + 1, wait_status, g->arg);
}

static void program_writable(void *arg, uint64_t program)
{
    struct mezzo_guest *g = arg;

    if (g->callbacks->writable != NULL)
        g->callbacks->writable(g, program * 2 + 1, g->arg);
}

static const struct readers_callbacks readers_callbacks = {
    .is_ready = is_ready,
    .ask_ticket = ask_ticket,
    .output = read_output,
};

static const struct programs_callbacks programs_callbacks = {
    .output = program_output,
    .exited = program_exited,
    .writable = program_writable,
};

struct mezzo_guest *guest_new(const struct mezzo_guest_callbacks *callbacks,
                              void *arg,
                              const char *key)
{
    struct mezzo_guest *g = memory_new(1, sizeof *g);

    assert(strlen(key) < sizeof g->key);
    strcpy(g->key, key);
    g->callbacks = callbacks;
    g->arg = arg;
    error_set(&g->fault, 0, "no call has failed");
    g->readers = readers_new(&readers_callbacks, g, &g->random);
    g->programs = programs_new(&programs_callbacks, g);
    return g;
}

void guest_free(struct mezzo_guest *g)
{
    struct guest_ticket *t;

    while ((t = g->tickets) != NULL) {
        g->tickets = t->next;
        free(t->task_id);
        free(t->endpoint);
        free(t->key);
        free(t->bytes);
        free(t);
    }
    readers_free(g->readers);
    programs_free(g->programs);
    free(g);
}

void guest_prepare(struct mezzo_guest *g,
                   const struct core_surroundings *surroundings)
{
    g->surroundings = *surroundings;
    g->random.state = surroundings->seed;
}

const char *mezzo_guest_key(const struct mezzo_guest *g)
{
    return g->key;
}

const char *mezzo_guest_explain(const struct mezzo_guest *g)
{
    return g->fault.text;
}

static void called(struct mezzo_guest *g)
{
    g->is_called = true;
    if (!g->is_stepping && g->surroundings.called != NULL)
        g->surroundings.called(g->surroundings.arg);
}

void mezzo_guest_stop(struct mezzo_guest *g)
{
    g->is_stopping = true;
    called(g);
}

/* ------------------------------------------------------------- calls */

static int check_ticket(struct mezzo_guest *g,
                        const struct mezzo_ticket *ticket,
                        enum mezzo_verb verb)
{
    if (ticket->failure != NULL)
        return error_set(&g->fault, -EINVAL, "there is no ticket: %.200s",
                         ticket->failure);
    if (ticket->verb != verb)
        return error_set(&g->fault, -EINVAL,
                         "the ticket is for something else");
    if (checks_text("endpoint", ticket->endpoint, MEZZO_NAME_MAX, &g->fault) <
            0 ||
        checks_optional_text("key", ticket->agent_key, sizeof g->key - 1,
                             &g->fault) < 0)
        return -EINVAL;
    if (ticket->bytes == NULL || ticket->size == 0 || ticket->size > 4096)
        return error_set(&g->fault, -EINVAL, "the ticket makes no sense");
    if (readers_count(g->readers) + programs_count(g->programs) >=
        MEZZO_STREAMS_MAX)
        return error_set(&g->fault, -ENOSPC, "more than %d streams",
                         MEZZO_STREAMS_MAX);
    return 0;
}

/* The newest counts. */
static void keep_ticket(struct mezzo_guest *g,
                        const char *task_id,
                        const struct mezzo_ticket *ticket)
{
    Mesos__V1__TicketVerb verb = (Mesos__V1__TicketVerb)ticket->verb;
    struct guest_ticket *t = find_ticket(g, task_id, verb);

    if (t == NULL) {
        t = memory_new(1, sizeof *t);
        t->task_id = memory_strdup(task_id);
        t->verb = verb;
        t->next = g->tickets;
        g->tickets = t;
    }
    free(t->endpoint);
    free(t->key);
    free(t->bytes);
    t->endpoint = memory_strdup(ticket->endpoint);
    t->key = ticket->agent_key != NULL && ticket->agent_key[0] != '\0'
                 ? memory_strdup(ticket->agent_key)
                 : NULL;
    t->bytes = memory_copy(ticket->bytes, ticket->size);
    t->size = ticket->size;
}

int mezzo_guest_read(struct mezzo_guest *g,
                     const struct mezzo_ticket *ticket,
                     const struct mezzo_read *read,
                     uint64_t *stream)
{
    const char *file = read->file != NULL ? read->file : "stdout";
    bool is_output = !read->lists && (strcmp(file, "stdout") == 0 ||
                                      strcmp(file, "stderr") == 0);
    struct mezzo_read from = *read;
    uint64_t reader;
    int result = check_ticket(
        g, ticket, is_output ? MEZZO_VERB_READ_OUTPUT : MEZZO_VERB_READ_FILES);

    if (from.task_id == NULL)
        from.task_id = ticket->task_id;
    if (result == 0)
        result = readers_open(g->readers, &from, &reader, &g->fault);
    if (result < 0)
        return result;
    keep_ticket(g, from.task_id, ticket);
    if (stream != NULL)
        *stream = reader * 2;
    called(g);
    return 0;
}

static int open_program(struct mezzo_guest *g,
                        const struct mezzo_ticket *ticket,
                        const struct mezzo_exec *exec,
                        uint64_t *stream)
{
    uint64_t program;
    int result = check_ticket(
        g, ticket, exec != NULL ? MEZZO_VERB_EXEC : MEZZO_VERB_INPUT);

    if (result == 0)
        result = programs_open(g->programs, ticket, exec, &program, &g->fault);
    if (result < 0)
        return result;
    *stream = program * 2 + 1;
    called(g);
    return 0;
}

int mezzo_guest_exec(struct mezzo_guest *g,
                     const struct mezzo_ticket *ticket,
                     const struct mezzo_exec *exec,
                     uint64_t *stream)
{
    return open_program(g, ticket, exec, stream);
}

int mezzo_guest_input(struct mezzo_guest *g,
                      const struct mezzo_ticket *ticket,
                      uint64_t *stream)
{
    return open_program(g, ticket, NULL, stream);
}

static int check_program(struct mezzo_guest *g, uint64_t stream)
{
    called(g);
    if (stream % 2 == 1)
        return 0;
    return error_set(&g->fault, -ENOENT, "the stream is only read");
}

int mezzo_guest_write(struct mezzo_guest *g,
                      uint64_t stream,
                      const void *data,
                      size_t size,
                      size_t *taken)
{
    int result = check_program(g, stream);

    return result < 0 ? result
                      : programs_write(g->programs, stream / 2, data, size,
                                       taken, &g->fault);
}

int mezzo_guest_end_input(struct mezzo_guest *g, uint64_t stream)
{
    int result = check_program(g, stream);

    return result < 0 ? result
                      : programs_end_input(g->programs, stream / 2, &g->fault);
}

int mezzo_guest_resize(struct mezzo_guest *g,
                       uint64_t stream,
                       unsigned rows,
                       unsigned columns)
{
    int result = check_program(g, stream);

    return result < 0 ? result
                      : programs_resize(g->programs, stream / 2, rows, columns,
                                        &g->fault);
}

int mezzo_guest_signal(struct mezzo_guest *g, uint64_t stream, int signo)
{
    int result = check_program(g, stream);

    return result < 0
               ? result
               : programs_signal(g->programs, stream / 2, signo, &g->fault);
}

int mezzo_guest_pause(struct mezzo_guest *g, uint64_t stream, bool is_paused)
{
    int result = check_program(g, stream);

    return result < 0
               ? result
               : programs_pause(g->programs, stream / 2, is_paused, &g->fault);
}

int mezzo_guest_close(struct mezzo_guest *g, uint64_t stream)
{
    called(g);
    return stream % 2 == 1 ? programs_close(g->programs, stream / 2, &g->fault)
                           : readers_close(g->readers, stream / 2, &g->fault);
}

/* -------------------------------------------------------------- life */

static void give_tickets(struct mezzo_guest *g)
{
    for (struct guest_ticket *t = g->tickets; t != NULL; t = t->next) {
        if (!t->is_wanted)
            continue;
        t->is_wanted = false;
        readers_take_ticket(g->readers,
                            &(struct readers_ticket){
                                .task_id = t->task_id,
                                .verb = t->verb,
                                .endpoint = t->endpoint,
                                .key = t->key,
                                .bytes = {.data = t->bytes, .len = t->size},
                            },
                            g->now);
    }
}

static void flush(struct mezzo_guest *g, struct effects *fx)
{
    g->is_called = false;
    give_tickets(g);
    readers_flush(g->readers, g->now, fx);
    programs_flush(g->programs, g->now, fx);
    if (g->is_stopping)
        effects_stop(fx, CORE_DONE, "%s", "");
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct mezzo_guest *g = core;

    assert(now >= g->now);
    g->now = now;
    g->is_stepping = true;
    switch (input->kind) {
    case INPUT_RECEIVED:
        if (!readers_receive(g->readers, input, now, fx))
            programs_receive(g->programs, input, now, fx);
        break;
    case INPUT_LINK_ENDED:
        if (!readers_link_ended(g->readers, input, now))
            programs_link_ended(g->programs, input, now);
        break;
    case INPUT_LOCAL:
        if (g->callbacks->woken != NULL)
            g->callbacks->woken(g, g->arg);
        break;
    case INPUT_STARTED:
    case INPUT_TIMEOUT:
    case INPUT_STORED:
        break;
    }
    flush(g, fx);
    g->is_stepping = false;
}

static msec_t deadline(const void *core)
{
    const struct mezzo_guest *g = core;
    msec_t due = readers_deadline(g->readers);

    if (g->is_called)
        return 0;
    return programs_deadline(g->programs) < due ? programs_deadline(g->programs)
                                                : due;
}

struct machine guest_machine(struct mezzo_guest *g)
{
    return (struct machine){.core = g, .step = step, .deadline = deadline};
}

/* programs.c - a list, which is short.  A callback may close any: what is over
 * goes in the next flush. */

#include "libframework/programs.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "libframework/agent_links.h"
#include "libframework/checks.h"
#include "proto/wire.pb-c.h"

#define CALL(name) MEZZO__STREAM_CALL__TYPE__##name
#define SIGNAL_MAX 64

enum program_state {
    PROGRAM_WANTED,
    PROGRAM_OPEN,
    PROGRAM_OVER, /* to be dropped */
};

struct program {
    TAILQ_ENTRY(program) entry;
    enum program_state state;
    uint64_t id; /* also that of its stream */
    char *task_id;
    Mezzo__StreamCall__Exec *exec; /* NULL: an input */
    uint8_t *ticket;
    size_t ticket_size;
    struct agent_link *link;
    bool must_close; /* OVER: its stream is open */
    uint64_t credit_owed;
    uint8_t *input; /* to be written */
    size_t input_size;
    size_t sent_size; /* not yet taken */
    bool has_input_ended;
    bool is_end_sent;
    bool is_waiting; /* to write */
    bool is_resized;
    uint32_t rows, columns;
    uint64_t signals;
    bool is_paused; /* no more credit is given */
};
TAILQ_HEAD(program_list, program);

struct programs {
    const struct programs_callbacks *callbacks;
    void *arg;
    struct program_list list;
    size_t count;
    uint64_t made;
    struct agent_links links;
    bool has_news;
};

struct programs *programs_new(const struct programs_callbacks *callbacks,
                              void *arg)
{
    struct programs *all = memory_new(1, sizeof *all);

    all->callbacks = callbacks;
    all->arg = arg;
    TAILQ_INIT(&all->list);
    agent_links_init(&all->links);
    all->links.prefix = "program";
    return all;
}

static void drop(struct programs *all, struct program *p)
{
    TAILQ_REMOVE(&all->list, p, entry);
    if (p->exec != NULL)
        protobuf_c_message_free_unpacked(&p->exec->base, NULL);
    free(p->task_id);
    free(p->ticket);
    free(p->input);
    free(p);
}

void programs_free(struct programs *all)
{
    if (all == NULL)
        return;
    while (!TAILQ_EMPTY(&all->list))
        drop(all, TAILQ_FIRST(&all->list));
    agent_links_release(&all->links);
    free(all);
}

size_t programs_count(const struct programs *all)
{
    return all->count;
}

/* ------------------------------------------------------------- calls */

static size_t strings_count(const char *const *strings, size_t *size)
{
    size_t count = 0;

    for (; strings != NULL && strings[count] != NULL; count++)
        *size += strlen(strings[count]) + 1;
    return count;
}

static int write_exec(struct program *p,
                      const struct mezzo_exec *exec,
                      struct error *err)
{
    Mezzo__StreamCall__Exec call = MEZZO__STREAM_CALL__EXEC__INIT;
    size_t size = 0;

    if (exec->argv == NULL || exec->argv[0] == NULL || exec->argv[0][0] == '\0')
        return error_set(err, -EINVAL, "the program has no name");
    call.arguments = (char **)exec->argv;
    call.n_arguments = strings_count(exec->argv, &size);
    call.environment = (char **)exec->environment;
    call.n_environment = strings_count(exec->environment, &size);
    if (size > PROGRAMS_SIZE_MAX)
        return error_set(err, -E2BIG,
                         "its arguments and environment have more than %d "
                         "bytes",
                         PROGRAMS_SIZE_MAX);
    call.working_directory = (char *)exec->working_directory;
    call.has_terminal = true;
    call.terminal = exec->has_terminal;
    call.has_rows = call.has_columns = exec->has_terminal;
    call.rows = exec->rows;
    call.columns = exec->columns;
    p->exec = message_copy(&call);
    return 0;
}

int programs_open(struct programs *all,
                  const struct mezzo_ticket *ticket,
                  const struct mezzo_exec *exec,
                  uint64_t *program,
                  struct error *err)
{
    struct program *p = memory_new(1, sizeof *p);
    int result = exec != NULL ? write_exec(p, exec, err) : 0;

    if (result < 0) {
        free(p);
        return result;
    }
    p->id = ++all->made;
    p->task_id = memory_strdup(ticket->task_id != NULL ? ticket->task_id : "");
    p->ticket = memory_copy(ticket->bytes, ticket->size);
    p->ticket_size = ticket->size;
    p->link = agent_links_use(&all->links, ticket->endpoint,
                              ticket->agent_key != NULL &&
                                      ticket->agent_key[0] != '\0'
                                  ? ticket->agent_key
                                  : NULL);
    TAILQ_INSERT_TAIL(&all->list, p, entry);
    all->count++;
    all->has_news = true;
    *program = p->id;
    return 0;
}

static struct program *find(const struct programs *all, uint64_t id)
{
    struct program *p;

    TAILQ_FOREACH (p, &all->list, entry)
        if (p->id == id)
            return p->state != PROGRAM_OVER ? p : NULL;
    return NULL;
}

static struct program *get(struct programs *all, uint64_t id, struct error *err)
{
    struct program *p = find(all, id);

    if (p == NULL)
        error_set(err, -ENOENT, "there is no such stream");
    all->has_news = true;
    return p;
}

int programs_write(struct programs *all,
                   uint64_t program,
                   const void *data,
                   size_t size,
                   size_t *taken,
                   struct error *err)
{
    struct program *p = get(all, program, err);
    size_t room;

    if (p == NULL)
        return -ENOENT;
    if (p->has_input_ended)
        return error_set(err, -EPIPE, "its input has been ended");
    room = MEZZO_STREAM_QUEUE_MAX - p->input_size;
    if (size > room && (room == 0 || taken == NULL)) {
        p->is_waiting = true;
        return error_set(err, -EAGAIN, "there is no room for it now");
    }
    size = size < room ? size : room;
    p->input = memory_resize(p->input, p->input_size + size + 1, 1);
    if (size > 0)
        memcpy(p->input + p->input_size, data, size);
    p->input_size += size;
    if (taken != NULL)
        *taken = size;
    return 0;
}

int programs_end_input(struct programs *all,
                       uint64_t program,
                       struct error *err)
{
    struct program *p = get(all, program, err);

    if (p == NULL)
        return -ENOENT;
    p->has_input_ended = true;
    return 0;
}

int programs_resize(struct programs *all,
                    uint64_t program,
                    unsigned rows,
                    unsigned columns,
                    struct error *err)
{
    struct program *p = get(all, program, err);

    if (p == NULL)
        return -ENOENT;
    p->is_resized = true;
    p->rows = rows;
    p->columns = columns;
    return 0;
}

int programs_signal(struct programs *all,
                    uint64_t program,
                    int signo,
                    struct error *err)
{
    struct program *p = get(all, program, err);

    if (p == NULL)
        return -ENOENT;
    if (signo <= 0 || signo > SIGNAL_MAX)
        return error_set(err, -EINVAL, "%d is no signal", signo);
    p->signals |= (uint64_t)1 << (signo - 1);
    return 0;
}

int programs_pause(struct programs *all,
                   uint64_t program,
                   bool is_paused,
                   struct error *err)
{
    struct program *p = get(all, program, err);

    if (p == NULL)
        return -ENOENT;
    p->is_paused = is_paused;
    return 0;
}

static void end(struct programs *all, struct program *p)
{
    p->must_close = p->state == PROGRAM_OPEN;
    p->state = PROGRAM_OVER;
    all->count--;
    all->has_news = true;
}

int programs_close(struct programs *all, uint64_t program, struct error *err)
{
    struct program *p = get(all, program, err);

    if (p == NULL)
        return -ENOENT;
    end(all, p);
    return 0;
}

/* ------------------------------------------------------------ events */

static void tell(struct programs *all,
                 const struct program *p,
                 struct mezzo_output output)
{
    output.task_id = p->task_id;
    all->callbacks->output(all->arg, p->id, &output);
}

/* The last that is heard of it; its stream is not open any more. */
static void finish(struct programs *all,
                   struct program *p,
                   enum mezzo_output_kind kind,
                   const char *reason)
{
    end(all, p);
    p->must_close = false;
    tell(all, p, (struct mezzo_output){.kind = kind, .reason = reason});
}

static void take_data(struct programs *all,
                      struct program *p,
                      const Mezzo__StreamEvent *event)
{
    p->credit_owed += event->data.len;
    tell(all, p,
         (struct mezzo_output){
             .kind = MEZZO_OUTPUT_DATA,
             .file = event->has_error && event->error ? "stderr" : "stdout",
             .data = event->data.data,
             .size = event->data.len,
         });
}

static const char *take_taken(struct program *p,
                              const Mezzo__StreamEvent *event)
{
    uint64_t credit = event->has_credit ? event->credit : 0;

    if (credit > p->sent_size)
        return "more was taken than was written";
    p->sent_size -= (size_t)credit;
    return NULL;
}

static const char *take_event(struct programs *all,
                              struct program *p,
                              const Mezzo__StreamEvent *event)
{
    switch (event->type) {
    case MEZZO__STREAM_EVENT__TYPE__OPENED:
        return NULL;
    case MEZZO__STREAM_EVENT__TYPE__DATA:
        if (!event->has_data)
            return "a piece of output without bytes";
        take_data(all, p, event);
        return NULL;
    case MEZZO__STREAM_EVENT__TYPE__TAKEN:
        return take_taken(p, event);
    case MEZZO__STREAM_EVENT__TYPE__EXITED:
        all->callbacks->exited(all->arg, p->id,
                               event->has_status ? event->status : -1);
        return NULL;
    case MEZZO__STREAM_EVENT__TYPE__ENDED:
        finish(all, p, MEZZO_OUTPUT_ENDED, NULL);
        return NULL;
    case MEZZO__STREAM_EVENT__TYPE__FAILED:
        finish(all, p, MEZZO_OUTPUT_FAILED,
               event->reason != NULL ? event->reason : "the agent cannot");
        return NULL;
    default: /* of a newer agent */
        return "an event of a stream that is none";
    }
}

bool programs_receive(struct programs *all,
                      const struct input *input,
                      msec_t now,
                      struct effects *fx)
{
    struct agent_link *l = agent_links_find(&all->links, input->peer);
    const Mezzo__StreamEvent *event =
        (const Mezzo__StreamEvent *)input->message;
    const char *fault = NULL;
    struct program *p;

    (void)now;
    if (l == NULL)
        return false;
    all->has_news = true;
    if (input->type != FRAME_STREAM_EVENT) {
        effects_end_link(fx, l->name, "not an event of a stream");
        return true;
    }
    p = find(all, event->stream);
    if (p != NULL && p->state == PROGRAM_OPEN && p->link == l)
        fault = take_event(all, p, event);
    if (fault != NULL)
        effects_end_link(fx, l->name, "%s", fault);
    return true;
}

static void leave_link(struct program *p, msec_t now)
{
    if (p->link != NULL)
        agent_links_leave(p->link, now);
    p->link = NULL;
}

bool programs_link_ended(struct programs *all,
                         const struct input *input,
                         msec_t now)
{
    struct agent_link *l = agent_links_find(&all->links, input->peer);
    struct program *p;

    if (l == NULL)
        return false;
    TAILQ_FOREACH (p, &all->list, entry) {
        if (p->link != l)
            continue;
        leave_link(p, now);
        if (p->state != PROGRAM_OVER)
            finish(all, p, MEZZO_OUTPUT_FAILED, input->reason);
    }
    assert(l->users_count == 0);
    agent_links_drop(&all->links, l);
    all->has_news = true;
    return true;
}

/* ------------------------------------------------------------- flush */

static Mezzo__StreamCall *send(const struct program *p,
                               Mezzo__StreamCall__Type type,
                               struct effects *fx)
{
    Mezzo__StreamCall *call =
        message_new(fx->arena, &mezzo__stream_call__descriptor);

    call->stream = p->id;
    call->type = type;
    effects_send(fx, p->link->name, &call->base);
    return call;
}

static void open_stream(struct programs *all,
                        struct program *p,
                        struct effects *fx)
{
    Mezzo__StreamCall__Open *open =
        message_new(fx->arena, &mezzo__stream_call__open__descriptor);
    Mezzo__StreamCall *call;

    agent_links_connect(&all->links, p->link, fx);
    open->ticket.len = p->ticket_size;
    open->ticket.data = arena_alloc(fx->arena, p->ticket_size);
    memcpy(open->ticket.data, p->ticket, p->ticket_size);
    if (p->exec != NULL) {
        ProtobufCBinaryData bytes = message_pack_in(fx->arena, &p->exec->base);

        open->exec =
            message_unpack_in(fx->arena, &mezzo__stream_call__exec__descriptor,
                              bytes.data, bytes.len);
    }
    call = send(p, CALL(OPEN), fx);
    call->open = open;
    call->has_credit = true;
    call->credit = PROGRAMS_CREDIT;
    p->state = PROGRAM_OPEN;
}

static void send_input(struct program *p, struct effects *fx)
{
    while (p->input_size > 0 && p->sent_size < PROGRAMS_WINDOW) {
        size_t size = PROGRAMS_WINDOW - p->sent_size;
        Mezzo__StreamCall *call = send(p, CALL(WRITE), fx);

        size = size < PROGRAMS_PIECE_MAX ? size : PROGRAMS_PIECE_MAX;
        size = size < p->input_size ? size : p->input_size;
        call->has_data = true;
        call->data.len = size;
        call->data.data = arena_alloc(fx->arena, size);
        memcpy(call->data.data, p->input, size);
        p->input_size -= size;
        memmove(p->input, p->input + size, p->input_size);
        p->sent_size += size;
    }
    if (p->has_input_ended && p->input_size == 0 && !p->is_end_sent) {
        send(p, CALL(END_INPUT), fx);
        p->is_end_sent = true;
    }
}

static void send_rest(struct program *p, struct effects *fx)
{
    Mezzo__StreamCall *call;

    if (p->is_resized) {
        call = send(p, CALL(RESIZE), fx);
        call->has_rows = call->has_columns = true;
        call->rows = p->rows;
        call->columns = p->columns;
    }
    p->is_resized = false;
    for (int signal = 1; signal <= SIGNAL_MAX; signal++)
        if ((p->signals >> (signal - 1) & 1) != 0) {
            call = send(p, CALL(SIGNAL), fx);
            call->has_signal = true;
            call->signal = signal;
        }
    p->signals = 0;
    if (p->is_paused || p->credit_owed < PROGRAMS_CREDIT / 2)
        return;
    call = send(p, CALL(CREDIT), fx);
    call->has_credit = true;
    call->credit = p->credit_owed;
    p->credit_owed = 0;
}

static void flush(struct programs *all,
                  struct program *p,
                  msec_t now,
                  struct effects *fx)
{
    if (p->state == PROGRAM_WANTED)
        open_stream(all, p, fx);
    if (p->state == PROGRAM_OPEN) {
        send_input(p, fx);
        send_rest(p, fx);
        if (p->is_waiting && p->input_size < MEZZO_STREAM_QUEUE_MAX) {
            p->is_waiting = false;
            all->callbacks->writable(all->arg, p->id);
        }
        return;
    }
    if (p->must_close && p->link != NULL)
        send(p, CALL(CLOSE), fx);
    leave_link(p, now);
    drop(all, p);
}

void programs_flush(struct programs *all, msec_t now, struct effects *fx)
{
    struct program *p, *next;

    if (all->has_news) {
        all->has_news = false;
        for (p = TAILQ_FIRST(&all->list); p != NULL; p = next) {
            next = TAILQ_NEXT(p, entry);
            flush(all, p, now, fx);
        }
    }
    agent_links_flush(&all->links, now, fx);
}

msec_t programs_deadline(const struct programs *all)
{
    return all->has_news ? 0 : agent_links_deadline(&all->links);
}

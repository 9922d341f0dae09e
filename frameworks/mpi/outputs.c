/* outputs.c - a list of readers, two for each ticket. */

#include "frameworks/mpi/outputs.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"

enum {
    AGAIN_MS = 100,
    TRIES_MS = 5000, /* from the ticket on */
};

struct reader {
    LIST_ENTRY(reader) entry;
    struct mezzo_ticket ticket; /* its texts and bytes are our own */
    const char *file;
    uint64_t stream; /* 0: it waits to try again */
    uint64_t offset;
    int64_t again_ms, give_up_ms;
};

struct outputs {
    struct mezzo_guest *guest;
    LIST_HEAD(reader_list, reader) readers;
    size_t count;
};

struct outputs *outputs_new(struct mezzo_guest *guest)
{
    struct outputs *o = memory_new(1, sizeof *o);

    o->guest = guest;
    LIST_INIT(&o->readers);
    return o;
}

static void end(struct outputs *o, struct reader *r)
{
    LIST_REMOVE(r, entry);
    o->count--;
    free((char *)(uintptr_t)r->ticket.task_id);
    free((char *)(uintptr_t)r->ticket.endpoint);
    free((char *)(uintptr_t)r->ticket.agent_key);
    free((void *)(uintptr_t)r->ticket.bytes);
    free(r);
}

void outputs_free(struct outputs *o)
{
    if (o == NULL)
        return;
    while (!LIST_EMPTY(&o->readers))
        end(o, LIST_FIRST(&o->readers));
    free(o);
}

static void try(struct outputs *o, struct reader *r)
{
    const struct mezzo_read read = {.task_id = r->ticket.task_id,
                                    .file = r->file,
                                    .offset = r->offset,
                                    .follows = true};

    if (mezzo_guest_read(o->guest, &r->ticket, &read, &r->stream) == 0)
        return;
    warnx("%s: %s", r->ticket.task_id, mezzo_guest_explain(o->guest));
    end(o, r);
}

static char *copy(const char *text)
{
    return text != NULL ? memory_strdup(text) : NULL;
}

void outputs_open(struct outputs *o,
                  const struct mezzo_ticket *ticket,
                  int64_t now_ms)
{
    static const char *const files[] = {"stdout", "stderr"};

    for (int i = 0; i < 2; i++) {
        struct reader *r = memory_new(1, sizeof *r);

        r->ticket = *ticket;
        r->ticket.task_id = copy(ticket->task_id);
        r->ticket.endpoint = copy(ticket->endpoint);
        r->ticket.agent_key = copy(ticket->agent_key);
        r->ticket.bytes = memory_copy(ticket->bytes, ticket->size);
        r->file = files[i];
        r->give_up_ms = now_ms + TRIES_MS;
        LIST_INSERT_HEAD(&o->readers, r, entry);
        o->count++;
        try(o, r);
    }
}

static void failed(struct outputs *o,
                   struct reader *r,
                   const char *reason,
                   int64_t now_ms)
{
    r->stream = 0;
    r->again_ms = now_ms + AGAIN_MS;
    if (r->again_ms < r->give_up_ms)
        return;
    warnx("what ranks of %s wrote cannot be read: %s", r->ticket.task_id,
          reason);
    end(o, r);
}

bool outputs_hear(struct outputs *o,
                  const struct mezzo_output *output,
                  int64_t now_ms)
{
    struct reader *r;

    LIST_FOREACH (r, &o->readers, entry)
        if (r->stream != 0 && r->stream == output->reader)
            break;
    if (r == NULL)
        return false;
    switch (output->kind) {
    case MEZZO_OUTPUT_DATA:
        r->offset = output->offset + output->size;
        break;
    case MEZZO_OUTPUT_FAILED:
        failed(o, r, output->reason, now_ms);
        break;
    case MEZZO_OUTPUT_ENDED:
        end(o, r);
        break;
    case MEZZO_OUTPUT_ENTRY:
        break;
    }
    return true;
}

size_t outputs_count(const struct outputs *o)
{
    return o->count;
}

int64_t outputs_deadline_ms(const struct outputs *o)
{
    const struct reader *r;
    int64_t due = INT64_MAX;

    LIST_FOREACH (r, &o->readers, entry)
        if (r->stream == 0 && r->again_ms < due)
            due = r->again_ms;
    return due;
}

void outputs_alarm(struct outputs *o, int64_t now_ms)
{
    struct reader *r, *next;

    for (r = LIST_FIRST(&o->readers); r != NULL; r = next) {
        next = LIST_NEXT(r, entry);
        if (r->stream == 0 && r->again_ms <= now_ms)
            try(o, r);
    }
}

/* scribe.c - a ticket for each append.  Answers may overtake one another,
 * because some wait for a sync; a rewrite answers for all before it. */

#include "agent/scribe.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/journal.h"
#include "base/memory.h"

enum {
    REWRITE_SIZE_MIN = 1 << 20,
    REWRITE_RATIO = 4, /* of the journal to what it says */
    RETRY_MIN_MS = 1000,
    RETRY_MAX_MS = 30000,
};

TAILQ_HEAD(wait_list, scribe_wait);

struct scribe {
    struct deadlines *deadlines;
    struct deadline retry;
    msec_t retry_ms;
    struct wait_list waiting; /* by ticket */
    struct wait_list written;
    uint64_t ticket;   /* of the append that is being gathered */
    uint64_t rewrite;  /* the last rewrite's; */
    bool is_rewriting; /* it is not answered */
    bool is_stuck;     /* an append after it has failed, or it has */
    bool is_damaged;   /* what is appended would never be read */
    bool is_retry_due;
    uint8_t *bytes; /* gathered, in the step's arena */
    size_t size;
    size_t capacity;
    bool is_synced;
    size_t journal_size;
    size_t snapshot_size;
    size_t durable_size; /* of the journal, as the disk has told */
    uint64_t syncing;    /* a ticket that will tell more; 0: none */
    size_t syncing_size; /* of the journal with that */
};

struct scribe *scribe_new(struct deadlines *deadlines)
{
    struct scribe *s = memory_new(1, sizeof *s);

    s->deadlines = deadlines;
    s->retry = (struct deadline){.kind = DUE_REWRITE, .owner = s};
    s->retry_ms = RETRY_MIN_MS;
    s->ticket = 1;
    TAILQ_INIT(&s->waiting);
    TAILQ_INIT(&s->written);
    return s;
}

void scribe_free(struct scribe *s)
{
    free(s);
}

static void order(struct scribe *s,
                  enum order_kind kind,
                  const uint8_t *bytes,
                  size_t size,
                  bool is_synced,
                  struct step *step)
{
    struct order *o = arena_alloc(step->fx->arena, sizeof *o);

    o->kind = kind;
    o->ticket = s->ticket++;
    o->bytes = bytes;
    o->size = size;
    o->is_synced = is_synced;
    effects_local(step->fx, o);
}

void scribe_flush(struct scribe *s, struct step *step)
{
    if (s->size == 0)
        return;
    /* The rewrite that cuts damage off may fail: nothing is written behind it,
     * and comes with another rewrite. */
    if (s->is_damaged && s->is_rewriting)
        s->is_stuck = s->is_retry_due = true;
    /* While it is stuck, what is gathered comes with the next rewrite. */
    if (!s->is_stuck) {
        s->journal_size += s->size;
        if (s->is_synced && s->syncing == 0 && !s->is_damaged &&
            !s->is_rewriting) { /* or it is not known what size that is */
            s->syncing = s->ticket;
            s->syncing_size = s->journal_size;
        }
        order(s, ORDER_JOURNAL, s->bytes, s->size, s->is_synced, step);
    }
    s->bytes = NULL;
    s->size = s->capacity = 0;
    s->is_synced = false;
}

static void gather(struct scribe *s,
                   const Mezzo__Record__Journal *record,
                   struct arena *arena)
{
    size_t size = journal_size(record);

    if (s->capacity - s->size < size) {
        size_t capacity = (s->size + size) * 2;
        uint8_t *grown = arena_alloc(arena, capacity);

        if (s->size > 0)
            memcpy(grown, s->bytes, s->size);
        s->bytes = grown;
        s->capacity = capacity;
    }
    journal_write(record, s->bytes + s->size);
    s->size += size;
}

void scribe_append(struct scribe *s,
                   const Mezzo__Record__Journal *record,
                   bool is_synced,
                   struct scribe_wait *wait,
                   struct step *step)
{
    Mezzo__Record__Journal marked = *record;

    /* What needs no sync must not wait for one. */
    if (s->size > 0 && s->is_synced != is_synced)
        scribe_flush(s, step);
    if (is_synced && s->durable_size > 0) {
        marked.has_durable =
            1; /* so that damage there is known for what it is */
        marked.durable = s->durable_size;
    }
    gather(s, &marked, step->fx->arena);
    s->is_synced = is_synced;
    if (wait == NULL)
        return;
    assert(wait->ticket == 0);
    wait->ticket = s->ticket;
    wait->is_written = false;
    TAILQ_INSERT_TAIL(&s->waiting, wait, entry);
}

void scribe_cancel(struct scribe *s, struct scribe_wait *wait)
{
    if (wait->ticket == 0)
        return;
    if (wait->is_written)
        TAILQ_REMOVE(&s->written, wait, entry);
    else
        TAILQ_REMOVE(&s->waiting, wait, entry);
    wait->ticket = 0;
}

/* Tickets from `first` to `last` are on disk. */
static void tell(struct scribe *s, uint64_t first, uint64_t last)
{
    struct scribe_wait *wait = TAILQ_FIRST(&s->waiting);

    while (wait != NULL && wait->ticket <= last) {
        struct scribe_wait *next = TAILQ_NEXT(wait, entry);

        if (wait->ticket >= first) {
            TAILQ_REMOVE(&s->waiting, wait, entry);
            wait->is_written = true;
            TAILQ_INSERT_TAIL(&s->written, wait, entry);
        }
        wait = next;
    }
}

static void get_stuck(struct scribe *s, const char *fault, struct step *step)
{
    effects_log(step->fx, LOG_LEVEL_ERROR,
                "the journal cannot be written, %s; trying again in %" PRId64
                " ms",
                fault, s->retry_ms);
    s->is_stuck = true;
    deadlines_set(s->deadlines, &s->retry, step->now + s->retry_ms);
    s->retry_ms =
        s->retry_ms * 2 < RETRY_MAX_MS ? s->retry_ms * 2 : RETRY_MAX_MS;
}

static void report_rewrite(struct scribe *s,
                           const struct report *report,
                           struct step *step)
{
    s->is_rewriting = false;
    s->durable_size = report->fault == NULL ? s->snapshot_size : 0;
    if (report->fault != NULL) {
        get_stuck(s, report->fault, step);
        return;
    }
    if (!s->is_stuck)
        s->retry_ms = RETRY_MIN_MS;
    s->is_damaged = false;
    tell(s, 0, report->ticket);
}

void scribe_report(struct scribe *s,
                   const struct report *report,
                   struct step *step)
{
    if (report->ticket == s->syncing) {
        s->syncing = 0;
        if (report->fault == NULL)
            s->durable_size = s->syncing_size;
    }
    if (s->is_rewriting && report->ticket == s->rewrite)
        report_rewrite(s, report, step);
    else if (report->fault == NULL && s->is_damaged)
        return; /* the rewrite before it has failed; the next will tell */
    else if (report->fault == NULL)
        tell(s, report->ticket, report->ticket);
    else if (report->ticket > s->rewrite && !s->is_stuck)
        get_stuck(s, report->fault, step);
}

struct scribe_wait *scribe_take(struct scribe *s)
{
    struct scribe_wait *wait = TAILQ_FIRST(&s->written);

    if (wait == NULL)
        return NULL;
    TAILQ_REMOVE(&s->written, wait, entry);
    wait->ticket = 0;
    return wait;
}

void scribe_found(struct scribe *s, size_t size, bool is_damaged)
{
    s->journal_size = size;
    s->is_damaged = s->is_stuck = s->is_retry_due = is_damaged;
}

void scribe_retry(struct scribe *s)
{
    s->is_retry_due = true;
}

bool scribe_wants_rewrite(const struct scribe *s)
{
    if (s->is_rewriting)
        return false;
    return s->is_stuck ? s->is_retry_due
                       : s->journal_size > REWRITE_SIZE_MIN &&
                             s->journal_size > REWRITE_RATIO * s->snapshot_size;
}

void scribe_rewrite(struct scribe *s,
                    const uint8_t *bytes,
                    size_t size,
                    struct step *step)
{
    scribe_flush(s, step);
    s->syncing = 0; /* sizes are those of another file now */
    s->durable_size = 0;
    s->rewrite = s->ticket;
    s->is_rewriting = true;
    s->is_stuck = s->is_retry_due = false;
    s->journal_size = s->snapshot_size = size;
    order(s, ORDER_REWRITE, bytes, size, true, step);
}

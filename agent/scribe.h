/* scribe.h - writes the journal, and tells who waited that it is written.
 *
 * The records of a step are one append.  What cannot be appended is not given
 * up: the scribe then asks for the whole journal to be rewritten, until that
 * succeeds, and who waits is told then.  It asks for the same when the journal
 * has become much longer than what it says. */

#ifndef AGENT_SCRIBE_H
#define AGENT_SCRIBE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "agent/orders.h"
#include "agent/step.h"
#include "proto/record.pb-c.h"

enum scribe_wait_kind {
    SCRIBE_TASK, /* struct task: its launch, or its gang's start, is written */
    SCRIBE_EXECUTOR, /* struct executor: the same */
    SCRIBE_UPDATE,   /* struct update */
    SCRIBE_END,      /* struct executor: its end is */
    SCRIBE_IDENTITY, /* the agent's id */
};

/* Lives in what it is for; zero is "does not wait". */
struct scribe_wait {
    TAILQ_ENTRY(scribe_wait) entry;
    enum scribe_wait_kind kind;
    void *owner;
    uint64_t ticket; /* 0: does not wait */
    bool is_written;
};

struct scribe;

struct scribe *scribe_new(struct deadlines *deadlines);
void scribe_free(struct scribe *s);

/* Add `record` to the append of this step; `wait` may be NULL.  What must
 * survive a power cut is synced. */
void scribe_append(struct scribe *s,
                   const Mezzo__Record__Journal *record,
                   bool is_synced,
                   struct scribe_wait *wait,
                   struct step *step);

/* Nothing happens if it does not wait. */
void scribe_cancel(struct scribe *s, struct scribe_wait *wait);

/* Order what was added; before the step ends. */
void scribe_flush(struct scribe *s, struct step *step);

/* The answer to an append or a rewrite. */
void scribe_report(struct scribe *s,
                   const struct report *report,
                   struct step *step);

/* One whose record is written, oldest first; NULL when there is no other. */
struct scribe_wait *scribe_take(struct scribe *s);

/* The journal has `size` bytes, as found at the start. */
void scribe_found(struct scribe *s, size_t size, bool is_damaged);

/* DUE_REWRITE has come. */
void scribe_retry(struct scribe *s);

bool scribe_wants_rewrite(const struct scribe *s);

/* The state of everything, as records; they are the arena's. */
void scribe_rewrite(struct scribe *s,
                    const uint8_t *bytes,
                    size_t size,
                    struct step *step);

#endif

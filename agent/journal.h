/* journal.h - the agent's journal as bytes: records, one after another.
 *
 *     4  length of the body, little-endian
 *     4  CRC-32 of length and body
 *     n  body: a mezzo.record.Journal
 *
 * A crash may leave the last record torn; that is cut off, and what it said
 * was promised to nobody.  Anything else that is wrong is damage. */

#ifndef AGENT_JOURNAL_H
#define AGENT_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "proto/record.pb-c.h"

enum {
    JOURNAL_HEADER_SIZE = 8,
    JOURNAL_BODY_MAX = 4 << 20,
};

enum journal_outcome {
    JOURNAL_RECORD,
    JOURNAL_END,
    JOURNAL_TORN,    /* the rest is the beginning of a record, or its place */
    JOURNAL_DAMAGED, /* it is neither; what follows cannot be trusted */
};

struct journal_reader {
    const uint8_t *bytes;
    size_t size;
    size_t offset; /* of what is read next; of what was wrong, at the end */
};

/* How many bytes `record` takes. */
size_t journal_size(const Mezzo__Record__Journal *record);

/* Write exactly so many. */
void journal_write(const Mezzo__Record__Journal *record, uint8_t *bytes);

/* Put the header before a body of `body_size` bytes. */
void journal_seal(uint8_t *bytes, size_t body_size);

/* The next record, in `arena`.  Only JOURNAL_RECORD moves on. */
enum journal_outcome journal_read(struct journal_reader *reader,
                                  struct arena *arena,
                                  const Mezzo__Record__Journal **record);

/* Where the reader has met damage: how many bytes of the journal were surely on
 * the disk, as whole records say that come behind; 0: none says so.  More than
 * its offset: the disk has lost what it had.  Else it may never have had it,
 * when the power was cut while that was being written. */
uint64_t journal_durable_behind(const struct journal_reader *reader,
                                struct arena *arena);

#endif

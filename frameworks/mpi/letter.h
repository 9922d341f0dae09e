/* letter.h - what executors of a job write to each other.
 *
 * They form a tree: node 0 is its root, node n hangs on (n - 1) / 16.  A letter
 * that is larger than what is sent at once goes in pieces.  On the wire each
 * piece begins with 20 bytes, little-endian: kind, flags, two of zeros, the
 * sender, the step, the rank, a number. */

#ifndef MPI_LETTER_H
#define MPI_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LETTER_DEGREE = 16,
    LETTER_SIZE_MAX = 256 << 20,
    LETTER_PIECE_MAX = 60000,
};

enum letter_kind {
    LETTER_PLAN = 1, /* down: the job, as JSON */
    LETTER_STEP,     /* down: a step, as JSON */
    LETTER_READY,    /* up, gathered: "NODE PLACE\n" or "!why not\n" */
    LETTER_GO,       /* down: all are ready: all of these lines */
    LETTER_FENCE,    /* up, gathered: what ranks put */
    LETTER_SHARE,    /* down: all of it */
    LETTER_FAIL,     /* to the root at once: a cause, as JSON */
    LETTER_KILL,     /* down: end the step by signal `number`, then KILL */
    LETTER_SIGNAL,   /* down: only that signal */
    LETTER_DONE,     /* up, gathered: "CODE RANK NODE\n" of who left with one */
    LETTER_OUT,      /* to the root: output of `rank`, `number` 1 or 2 */
    LETTER_HOLD,     /* down: stop reading output (1), or go on (0) */
    LETTER_END,      /* down: the job is over; number 1: it was good */
    LETTER_ASK,  /* to the node of `rank`: its data, for question `number` */
    LETTER_TELL, /* the answer */
    LETTER_KINDS_COUNT,
};

struct letter {
    enum letter_kind kind;
    unsigned from; /* node */
    unsigned step;
    unsigned rank;
    unsigned number;
    const void *bytes;
    size_t size;
};

/* Give all pieces of it to `send`; the first failure of that, or 0. */
typedef int letter_send_f(void *arg, const void *piece, size_t size);
int letter_write(const struct letter *letter, letter_send_f *send, void *arg);

/* What has come of letters; zeros: nothing. */
struct letter_inbox {
    uint8_t *bytes;
    size_t size;
};

/* A piece, of one sender.  1: `letter` is whole, and valid until the next call;
 * 0: more is to come; -EBADMSG: it is none. */
int letter_read(struct letter_inbox *inbox,
                const void *piece,
                size_t size,
                struct letter *letter);
void letter_inbox_release(struct letter_inbox *inbox);

/* The tree of `nodes_count`. */
unsigned letter_parent(unsigned node); /* not of 0 */
unsigned letter_children_first(unsigned node);
unsigned letter_children_count(unsigned node, unsigned nodes_count);

#endif

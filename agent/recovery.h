/* recovery.h - the journal read back.
 *
 * Reading it makes the roster, the streams of updates and the sandboxes what
 * they were.  What the machine then has to be asked, is: which of the runs are
 * alive, and to let go those that had ended. */

#ifndef AGENT_RECOVERY_H
#define AGENT_RECOVERY_H

#include <stdbool.h>

#include "agent/step.h"

struct recovery {
    size_t records_count;
    size_t refused_count; /* that made no sense, and were left out */
    size_t read_size;     /* bytes that were read */
    bool is_torn;         /* what was written last was not whole */
    bool is_damaged;      /* what is behind `read_size` makes no sense */
    uint64_t durable;     /* then: bytes that the disk did have, surely */
    bool is_cut;          /* something was damaged, and was cut off */
};

/* Take over what `bytes` say, on a machine that was started as `boot_id`;
 * nothing is ordered yet.  A machine that went down may have written some of
 * what was not synced and not all, in any order: then its end is torn where one
 * that stayed up has been damaged, unless the disk surely had it. */
struct recovery recovery_read(const uint8_t *bytes,
                              size_t size,
                              const char *boot_id,
                              struct step *step);

/* Order what is to be.  The number of runs that were asked about. */
size_t recovery_settle(const struct recovery *recovery,
                       const char *boot_id,
                       struct step *step);

#endif

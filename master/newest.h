/* newest.h - which of the connections of one peer was opened last.
 *
 * Who connects numbers its links in the order in which it opens them; messages
 * of an older one, held up on their way, may come after those of a newer one.
 * What they say is out of date.
 *
 * The numbers are made from a clock that somebody may set back: so an end of
 * the newest link is only remembered for a while. */

#ifndef MASTER_NEWEST_H
#define MASTER_NEWEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum {
    NEWEST_REMEMBERED_MS = 60000 /* after its link has ended */
};

struct newest {
    uint64_t link_epoch; /* 0: none yet */
    msec_t ended_at;     /* 0: it has not */
};

/* A link of this epoch was opened before another that is known. */
bool newest_is_overtaken(const struct newest *n,
                         uint64_t link_epoch,
                         msec_t now);

void newest_begin(struct newest *n, uint64_t link_epoch);
void newest_end(struct newest *n, msec_t now);

#endif

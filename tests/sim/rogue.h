/* rogue.h - a framework that speaks the wire itself and cheats: it spends
 * offers twice, or those it was never made, asks for more than is in them, uses
 * names of tasks again, and acknowledges what was not sent.
 *
 * Nothing of that may harm anybody, and what it has a right to must work. */

#ifndef SIM_ROGUE_H
#define SIM_ROGUE_H

#include "tests/sim/ledger.h"
#include "tests/sim/process.h"

struct rogue;

struct rogue *rogue_new(struct world *w,
                        struct network *n,
                        struct ledger *l,
                        const char *const *masters, /* endpoints, borrowed */
                        size_t masters_count);
void rogue_free(struct rogue *r);

struct process *rogue_process(const struct rogue *r);

/* Leave for good: tear the framework down. */
void rogue_finish(struct rogue *r);

/* It has. */
bool rogue_has_left(const struct rogue *r);

#endif

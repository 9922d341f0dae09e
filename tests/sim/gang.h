/* gang.h - schedulers that ask for gangs, which need more than half of the pool
 * each: all of one at once, or nothing of it.
 *
 * What they are offered must be whole.  What becomes of their tasks goes to the
 * ledger, which knows what a gang is. */

#ifndef SIM_GANG_H
#define SIM_GANG_H

#include "tests/sim/lives.h"

struct gang;

struct gang *gang_new(struct scheduler *s);
void gang_free(struct gang *g);

/* It has run as many as it wanted, or never will. */
bool gang_has_run(const struct gang *g);

/* From time to time: ask, or think again. */
void gang_look(struct life *f);

void gang_offers(struct life *f,
                 const struct mezzo_offer *offers,
                 size_t offers_count);
void gang_answered(struct life *f, const struct mezzo_ask_answer *answer);

/* Before the job itself is changed. */
void gang_heard(struct life *f,
                const struct job *j,
                const struct mezzo_status *status);

#endif

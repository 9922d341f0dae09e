/* parked.h - what waits for the store.
 *
 * A change that must survive us is stored first; what follows from it is
 * parked here and done when the store has answered.  One batch is under way at
 * a time, and whatever is asked meanwhile goes together into the next: changes
 * keep their order even when a batch fails and has to be asked for again. */

#ifndef MASTER_PARKED_H
#define MASTER_PARKED_H

#include <stdbool.h>

#include "base/effect.h"
#include "base/input.h"

struct turn;
struct parked;

/* What to do when it is stored; `id` names whom it is about. */
typedef void parked_f(struct turn *t, const char *id);

struct parked *parked_new(void);
void parked_free(struct parked *p);

/* Store `op` and then do `then`, which may be NULL.  All is copied. */
void parked_store(struct parked *p,
                  const struct store_op *op,
                  parked_f *then,
                  const char *id);

/* Load all below `path`; `then` finds the answer in its turn's input. */
void parked_load(struct parked *p, const char *path, parked_f *then);

/* From now on nothing is stored unless `key`, which is borrowed, has `version`:
 * the answer is a conflict then, and we are to stop. */
void parked_guard(struct parked *p, const char *key, uint64_t version);

/* Emit what can be asked now: at the end of each step. */
void parked_flush(struct parked *p, struct effects *fx);

/* The answer is `input`, the turn's too.  False when the store has failed: then
 * parked_retry() is to be called after a while. */
bool parked_answer(struct parked *p, const struct input *input, struct turn *t);
void parked_retry(struct parked *p);

#endif

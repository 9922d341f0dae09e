/* asks.h - what the framework has declared to want, to be put again to every
 * master.  In the order in which they were first put.  Pure. */

#ifndef LIBFRAMEWORK_ASKS_H
#define LIBFRAMEWORK_ASKS_H

#include "base/error.h"
#include "libframework/outbox.h"
#include "mezzo/framework.h"

enum {
    ASKS_SLOTS_MAX = 256,       /* in one */
    ASKS_CONSTRAINTS_MAX = 256, /* of a slot */
};

struct asks;

struct asks *asks_new(void);
void asks_free(struct asks *a);

/* As the master reads it, in `arena`.  -EINVAL. */
int asks_write(Mesos__V1__Ask **to,
               const struct mezzo_ask *ask,
               const char *default_role,
               struct arena *arena,
               struct error *err);

/* Remember `ask`, or replace the one of its id, and say so at the next
 * asks_flush().  -EINVAL, -ENOSPC, -E2BIG. */
int asks_put(struct asks *a,
             const struct mezzo_ask *ask,
             const char *default_role,
             struct error *err);

/* -ENOENT  there is none */
int asks_withdraw(struct asks *a, const char *ask_id, struct error *err);

/* Tasks were launched for so many of a slot: they are wanted no longer.  An ask
 * of which nothing is wanted any more is forgotten. */
void asks_note_placed(struct asks *a,
                      const char *ask_id,
                      size_t slot,
                      unsigned count);

/* There is a new link: all are to be said again. */
void asks_repeat(struct asks *a);

/* Put into `o` what is to be said, as far as there is room. */
void asks_flush(struct asks *a, struct outbox *o, const char *framework_id);

#endif

/* runs.h - the life of one run: wanted, asked for, launched, well, out of the
 * map, stopped, ended. */

#ifndef CONTAINER_RUNS_H
#define CONTAINER_RUNS_H

#include "frameworks/container/state.h"

/* A new attempt of an instance, of what is wanted now; its record is on its way
 * to the store. */
struct run *runs_add(struct container *c, struct service *s, unsigned instance);

/* One of an earlier process. */
struct run *runs_restore(struct container *c,
                         struct service *s,
                         const char *id,
                         const char *digest,
                         unsigned instance);

struct run *runs_find(const struct container *c, const char *id);

/* Forget it, and its record. */
void runs_remove(struct container *c, struct run *r);

/* It is to end: first out of the map if it is ready and `drains`. */
void runs_retire(struct container *c, struct run *r, bool drains);

/* Its record is safe. */
void runs_stored(struct container *c, uint64_t request);

/* What the master says of its task. */
void runs_status(struct container *c,
                 struct run *r,
                 const struct mezzo_status *status);

/* What time alone has made of it; when it will make more. */
msec_t runs_pass_time(struct container *c, struct run *r, msec_t now);

/* It may stay. */
bool runs_is_alive(const struct run *r);
bool runs_is_leaving(const struct run *r);
/* It stays as it has ended. */
bool runs_is_over(const struct run *r);
/* It is of what is wanted now. */
bool runs_is_current(const struct run *r);

struct fortune *runs_fortune(struct service *s, unsigned instance);
void runs_set_message(struct run *r, const char *text);

#endif

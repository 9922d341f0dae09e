/* replica.h - the allocator's books, written anew twice: as they are, and as
 * they would be.  Both are real allocators, and are run until they are at rest.
 *
 * What is on offer counts as free, and its asks want it again.  Who asks for
 * nothing is offered nothing there: nobody knows what he would take.  What was
 * declined a moment ago is not known either. */

#ifndef MASTER_REPLICA_H
#define MASTER_REPLICA_H

#include "master/state.h"
#include "proto/master.pb-c.h"

struct replica;

struct replica *replica_new(struct turn *t);
void replica_free(struct replica *r);

/* With its asks; nothing happens if it is there. */
void replica_add_framework(struct turn *t,
                           struct replica *r,
                           const struct framework *framework);

/* What is asked for besides, as it would be.  -EINVAL with the field's name. */
int replica_submit(struct turn *t,
                   struct replica *r,
                   const Mesos__V1__Ask *ask,
                   struct error *err);

/* With what it holds.  Drained, as it would be: its tasks are to be placed
 * elsewhere.  Returns how much there was to do. */
size_t replica_add_agent(struct turn *t,
                         struct replica *r,
                         const struct agent *agent,
                         bool is_drained);

/* A part of what is left to do; true when there is nothing. */
bool replica_run(struct turn *t, struct replica *r);

/* The asks that fare otherwise, the one that was submitted, the tasks that have
 * to move: into the answer. */
void replica_describe(struct turn *t,
                      struct replica *r,
                      Mesos__V1__Master__Response__WhatIf *answer);

#endif

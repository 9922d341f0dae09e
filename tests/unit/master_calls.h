/* master_calls.h - the calls of agents and schedulers that tests make, each in
 * a line. */

#ifndef TESTS_UNIT_MASTER_CALLS_H
#define TESTS_UNIT_MASTER_CALLS_H

#include "tests/unit/master_desk.h"

/* Accept `offer_id` with one task that needs `resources`. */
void calls_launch(struct desk *d,
                  const char *peer,
                  const char *offer_id,
                  const char *agent_id,
                  const char *task_id,
                  const char *resources);
void calls_decline(struct desk *d,
                   const char *peer,
                   const char *offer_id,
                   double refuse_seconds);
/* Ask "ask" for `count` times `each`; a constraint of NOT_EQUALS on hostname,
 * unless `not_host` is NULL. */
void calls_ask(struct desk *d,
               const char *peer,
               const char *each,
               unsigned count,
               const char *not_host);
/* All of them at once. */
void calls_ask_gang(struct desk *d,
                    const char *peer,
                    const char *each,
                    unsigned count);
void calls_plain(struct desk *d,
                 const char *peer,
                 Mesos__V1__Scheduler__Call__Type type);
void calls_kill(struct desk *d, const char *peer, const char *task_id);
void calls_acknowledge(struct desk *d,
                       const char *peer,
                       const char *agent_id,
                       const char *task_id,
                       uint64_t sequence);
void calls_reconcile(struct desk *d,
                     const char *peer,
                     const char *task_id,
                     const char *agent_id);

/* The agent's update number `sequence`. */
void calls_update(struct desk *d,
                  const char *peer,
                  const char *framework_id,
                  const char *task_id,
                  enum task_state state,
                  uint64_t sequence);

/* The agent comes back, with that task or none. */
void calls_return(struct desk *d,
                  const char *peer,
                  const char *agent_id,
                  const char *framework_id,
                  const char *task_id,
                  enum task_state state);

/* The state in the next update to `peer`, or -1. */
int calls_take_state(struct desk *d, const char *peer);

#endif

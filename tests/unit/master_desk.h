/* master_desk.h - a master driven by hand: its store is a tree that answers
 * when told, its peers are names, time is a number.
 *
 * What it sends is kept as it would arrive, one record each, until taken. */

#ifndef TESTS_UNIT_MASTER_DESK_H
#define TESTS_UNIT_MASTER_DESK_H

#include "base/store_tree.h"
#include "base/task_state.h"
#include "master/master.h"
#include "proto/master.pb-c.h"
#include "proto/wire.pb-c.h"

struct desk;

/* `disk` is borrowed, so that a second master can be given the same. */
struct desk *desk_new(struct store_tree *disk, msec_t now);
void desk_free(struct desk *d);

msec_t desk_now(const struct desk *d);

/* Let time pass: every deadline up to then is met. */
void desk_pass(struct desk *d, msec_t ms);

/* Answer what was asked of the store, until nothing more is asked. */
void desk_store(struct desk *d);
void desk_fail_store(struct desk *d); /* once, with STORE_FAILED */

bool desk_is_listening(const struct desk *d);
uint64_t desk_epoch(const struct desk *d);

void desk_end_link(struct desk *d, const char *peer);

/* What is said from now on comes over links of that epoch; at first 0. */
void desk_set_link_epoch(struct desk *d, uint64_t link_epoch);

/* Has the master ended the link of `peer`, and with a reason that has `why`? */
bool desk_has_ended(const struct desk *d, const char *peer, const char *why);

/* As an agent of principal "agents", with cpus 4, mem 4096, ports 1-10. */
void desk_register(struct desk *d, const char *peer, const char *agent_id);
void desk_agent_says(struct desk *d,
                     const char *peer,
                     const Mezzo__AgentCall *call);

/* As a scheduler of principal "frameworks"; `id` NULL: a new one. */
void desk_subscribe(struct desk *d, const char *peer, const char *id);
void desk_scheduler_says(struct desk *d,
                         const char *peer,
                         const Mesos__V1__Scheduler__Call *call);

/* The answer lives until the next call of the desk. */
const Mesos__V1__Master__Response *desk_ask(
    struct desk *d, const Mesos__V1__Master__Call *call);

/* The last answer, if it has come since it was asked. */
const Mesos__V1__Master__Response *desk_answer(const struct desk *d);

/* The oldest event or order of that type sent to `peer` and not taken; older
 * ones of other types stay.  NULL if there is none; lives as long as the desk.
 */
const Mesos__V1__Scheduler__Event *desk_take_event(
    struct desk *d, const char *peer, Mesos__V1__Scheduler__Event__Type type);
const Mezzo__AgentEvent *desk_take_order(struct desk *d,
                                         const char *peer,
                                         Mezzo__AgentEvent__Type type);
/* Forget all that was sent. */
void desk_clear(struct desk *d);

#endif

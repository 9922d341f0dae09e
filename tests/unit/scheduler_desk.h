/* scheduler_desk.h - a scheduler whose master is played by hand.
 *
 * What it calls back and what it asks to be done becomes text, a line each, in
 * the order in which it happened:
 *
 *     < status t1 TASK_RUNNING          a callback
 *     > ACKNOWLEDGE t1 7 up_to          a call to the master, or another effect
 */

#ifndef TESTS_UNIT_SCHEDULER_DESK_H
#define TESTS_UNIT_SCHEDULER_DESK_H

#include "base/input.h"
#include "libframework/core.h"
#include "mezzo/framework.h"
#include "proto/wire.pb-c.h"

enum {
    DESK_TEXT_SIZE = 1 << 16,
};

struct desk {
    struct mezzo_scheduler *scheduler;
    struct machine machine;
    struct arena *arena; /* of the step; messages to it are built here too */
    msec_t now;
    char link[32]; /* the newest to a master */
    char text[DESK_TEXT_SIZE];
    size_t size;
    void (*on_offers)(struct desk *d, const char *offer_id);
    void (*on_status)(struct desk *d, const struct mezzo_status *status);
    int called; /* times that a step was wanted from outside of one */
};

/* `options` may be NULL: name "test", a master at 127.0.0.1:5050.  The clock
 * says 1000. */
void desk_open(struct desk *d, const struct mezzo_scheduler_options *options);
void desk_close(struct desk *d);

/* Is `text` what happened since the last call?  If not, shows what did. */
bool desk_did(struct desk *d, const char *text);
void desk_forget(struct desk *d);

void desk_step(struct desk *d, struct input input);

/* Let time pass, stepping it whenever it is due. */
void desk_wait(struct desk *d, msec_t ms);

/* Step it as often as it wants to be stepped at once. */
void desk_settle(struct desk *d);

/* The master says something, or its link breaks. */
void desk_say(struct desk *d, Mesos__V1__Scheduler__Event *event);
void desk_cut(struct desk *d, const char *reason);

/* Events, in the arena. */
Mesos__V1__Scheduler__Event *desk_event(struct desk *d,
                                        Mesos__V1__Scheduler__Event__Type type);
void desk_subscribed(struct desk *d, const char *framework_id);
void desk_offer(struct desk *d,
                const char *id,
                const char *agent_id,
                const char *resources);
/* "g1", "g2" and "g3" of one gang, on "a1" to "a3", each of `resources`. */
void desk_offer_gang(struct desk *d,
                     const char *gang_id,
                     const char *resources);
void desk_recall(struct desk *d,
                 const char *agent_id,
                 const char *first_task,
                 const char *second_task);
void desk_rescind(struct desk *d, const char *id);
void desk_error(struct desk *d, const char *message);

/* A status: number `sequence` of stream 77, or with 0 the master's own. */
Mesos__V1__Scheduler__Event *desk_status(struct desk *d,
                                         const char *task_id,
                                         int state,
                                         uint64_t sequence);
void desk_update(struct desk *d,
                 const char *task_id,
                 int state,
                 uint64_t sequence);

/* A ticket for a task's output; without `endpoint` there is none, and with
 * "later" its agent is away. */
void desk_ticket(struct desk *d, const char *task_id, const char *endpoint);

void desk_stored(struct desk *d,
                 uint64_t request,
                 enum store_outcome outcome,
                 const struct store_entry *entries,
                 size_t entries_count);

/* Open, connect and subscribe as "f1"; what happened is forgotten. */
void desk_begin(struct desk *d, const struct mezzo_scheduler_options *options);

/* A task of 1 cpu and 64 MiB that runs "true". */
struct mezzo_task desk_task(const char *id);

/* It is launched on an offer of agent "a1"; what happened is forgotten. */
void desk_launch(struct desk *d, const char *task_id);

#endif

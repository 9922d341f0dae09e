/* agent_desk.h - an agent driven by hand, on a machine that is a few lists:
 * its journal, the runs whose processes live, those that ended and were not
 * let go.  Its master is the test.
 *
 * Orders are carried out at once, but for the kinds that are held.  All that
 * was sent or ordered stays valid as long as the desk. */

#ifndef TESTS_UNIT_AGENT_DESK_H
#define TESTS_UNIT_AGENT_DESK_H

#include "agent/agent.h"
#include "agent/orders.h"
#include "base/task_state.h"
#include "proto/wire.pb-c.h"

struct desk;

/* An agent with cpus 4, mem 4096, ports 1-10 and gpus {0,1}, which runs as
 * root, has recovered nothing and asks master/1 to be registered. */
struct desk *desk_new(void);
void desk_free(struct desk *d);
struct arena *desk_arena(struct desk *d);
msec_t desk_now(const struct desk *d);

/* Options of the next agent; to be used with desk_restart(). */
struct agent_options *desk_options(struct desk *d);

/* Let time pass: every deadline up to then is met. */
void desk_pass(struct desk *d, msec_t ms);

/* The agent is killed and started again: what was written is there. */
void desk_restart(struct desk *d);
/* So is the machine: only what was synced is there, and nothing runs. */
void desk_reboot(struct desk *d);

/* Orders of `kind` wait; those of `run` are then carried out by hand, one, and
 * fail if `fault` says so.  False if there is none. */
void desk_hold(struct desk *d, enum order_kind kind);
void desk_unhold(struct desk *d, enum order_kind kind);
bool desk_carry_out(struct desk *d,
                    enum order_kind kind,
                    const char *run,
                    const char *fault);
/* All kinds; and then the oldest that waits, one at a time.  If it is not to be
 * seen, it is carried out and the agent never hears of it. */
void desk_hold_all(struct desk *d);
void desk_unhold_all(struct desk *d);
bool desk_carry_out_next(struct desk *d, bool is_seen);
/* Appends and rewrites fail from now on, or no longer. */
void desk_break_journal(struct desk *d, bool is_broken);
/* What is written, to be read or changed before a restart. */
uint8_t *desk_journal(struct desk *d, size_t *size);
void desk_set_journal(struct desk *d, const uint8_t *bytes, size_t size);

/* The process of `run` ends; `status` as of waitpid(). */
void desk_exit(struct desk *d, const char *run, int status);
void desk_exit_report(struct desk *d, const struct report *report);
/* It ends while no agent looks. */
void desk_exit_unseen(struct desk *d, const char *run, int status);
/* It is gone without a trace. */
void desk_lose(struct desk *d, const char *run);
bool desk_is_alive(const struct desk *d, const char *run);
/* Ended, and not let go. */
bool desk_is_zombie(const struct desk *d, const char *run);

/* The oldest order of that kind for `run` (NULL: any) that was not taken. */
const struct order *desk_take_order(struct desk *d,
                                    enum order_kind kind,
                                    const char *run);
/* Has a file read by an order answered. */
void desk_report(struct desk *d, const struct report *report);

/* The link that the agent has opened last, and where to. */
const char *desk_master(const struct desk *d);
const char *desk_master_endpoint(const struct desk *d);
uint64_t desk_connects_count(const struct desk *d);
void desk_register(struct desk *d); /* it is taken, as "agent-1" */
void desk_end_link(struct desk *d,
                   const char *peer,
                   const char *reason,
                   msec_t confirmed_at);
void desk_say(struct desk *d, const Mezzo__AgentEvent *event);
Mezzo__AgentEvent *desk_event(struct desk *d, Mezzo__AgentEvent__Type type);

/* A frame from an executor or a guest. */
void desk_receive(struct desk *d,
                  const char *peer,
                  enum principal_kind kind,
                  const ProtobufCMessage *message);

/* The oldest call of that type that was not taken, or NULL. */
const Mezzo__AgentCall *desk_take_call(struct desk *d,
                                       Mezzo__AgentCall__Type type);
/* The oldest status of `task` that was not taken, or NULL. */
const Mesos__V1__TaskStatus *desk_take_update(struct desk *d, const char *task);
/* The oldest event, of an executor or of a stream, sent to `peer`. */
const ProtobufCMessage *desk_take_message(struct desk *d, const char *peer);
bool desk_has_ended(const struct desk *d, const char *peer, const char *why);
/* EFFECT_STOP's status; -1: it goes on. */
int desk_stopped(const struct desk *d);

/* A task of framework "F": `id`, a shell command, cpus 1 and mem 64. */
Mesos__V1__TaskInfo *desk_task(struct desk *d, const char *id);
void desk_add_resource(struct desk *d,
                       Mesos__V1__TaskInfo *task,
                       const char *text);
void desk_launch(struct desk *d, Mesos__V1__TaskInfo *task);
void desk_kill(struct desk *d, const char *id);
/* The master believes it to be there. */
void desk_reconcile(struct desk *d, const char *id);
void desk_acknowledge(struct desk *d,
                      const Mesos__V1__TaskStatus *status,
                      bool up_to);
/* The framework that tasks are launched for. */
Mesos__V1__FrameworkInfo *desk_framework(struct desk *d);

#endif

/* events.h - the messages a master sends, built in a step's arena. */

#ifndef MASTER_EVENTS_H
#define MASTER_EVENTS_H

#include "base/task_state.h"
#include "master/state.h"
#include "proto/wire.pb-c.h"

/* To a framework; dropped when it has no link. */
void events_subscribed(struct turn *t, struct framework *framework);
void events_offers(struct turn *t,
                   struct framework *framework,
                   struct offer *const *offers,
                   size_t count);
void events_rescind(struct turn *t,
                    struct framework *framework,
                    const char *offer_id);
void events_failure(struct turn *t,
                    struct framework *framework,
                    const char *agent_id,
                    const char *executor_id,
                    const int32_t *status);
void events_message(struct turn *t,
                    struct framework *framework,
                    const char *agent_id,
                    const char *executor_id,
                    ProtobufCBinaryData data);
void events_error(struct turn *t,
                  struct framework *framework,
                  const char *message);

void events_ask_updated(struct turn *t,
                        struct framework *framework,
                        Mesos__V1__Scheduler__Event__AskUpdated *updated);

/* An agent's update, passed on as it came. */
void events_forward(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__TaskStatus *status);

/* An update of our own: it has no uuid and is not acknowledged. */
struct status_said {
    const char *task_id;
    const char *agent_id; /* may be NULL */
    enum task_state state;
    Mesos__V1__TaskStatus__Reason reason;
    const char *message; /* may be NULL */
};
void events_status(struct turn *t,
                   struct framework *framework,
                   const struct status_said *said);

/* To an agent; dropped when it has no link. */
void events_registered(struct turn *t, struct agent *agent);
void events_launch(struct turn *t,
                   struct agent *agent,
                   const struct framework *framework,
                   Mesos__V1__TaskInfo **tasks,
                   size_t count);
/* To be prepared only; `gang_tasks_count` of the gang are the agent's. */
void events_prepare(struct turn *t,
                    struct agent *agent,
                    const struct framework *framework,
                    Mesos__V1__TaskInfo **tasks,
                    size_t count,
                    const char *gang_id,
                    size_t gang_tasks_count);
/* It starts; with a reason: it never does. */
void events_gang(struct turn *t,
                 struct agent *agent,
                 const char *framework_id,
                 const char *gang_id,
                 const char *reason);
void events_peer(
    struct turn *t,
    struct agent *agent,
    Mezzo__AgentEvent__Peer *peer); /* the arena's, or the input's */
void events_network(struct turn *t,
                    struct agent *agent,
                    Mezzo__AgentEvent__Network *network);
void events_kill(struct turn *t,
                 const struct task *task,
                 Mesos__V1__KillPolicy *policy);
/* The same `after_ms` from now, because of `reason`. */
void events_kill_later(struct turn *t,
                       const struct task *task,
                       Mesos__V1__TaskStatus__Reason reason,
                       msec_t after_ms);
/* To their framework; all are on one agent. */
void events_recall(struct turn *t,
                   struct task *const *tasks,
                   size_t count,
                   Mesos__V1__TaskStatus__Reason reason,
                   msec_t after_ms);
void events_acknowledge(struct turn *t,
                        struct agent *agent,
                        const char *framework_id,
                        const char *task_id,
                        ProtobufCBinaryData uuid,
                        bool up_to);
void events_reconcile(struct turn *t,
                      struct agent *agent,
                      const char *framework_id,
                      const struct task *const *tasks,
                      size_t count);
void events_shutdown_framework(struct turn *t,
                               struct agent *agent,
                               const char *framework_id);
void events_shutdown(struct turn *t, struct agent *agent, const char *reason);
void events_to_executor(struct turn *t,
                        struct agent *agent,
                        const char *framework_id,
                        const char *executor_id,
                        const ProtobufCBinaryData *data); /* NULL: shut down */

/* The offer as frameworks and operators see it. */
Mesos__V1__Offer *events_describe_offer(const struct offer *offer,
                                        msec_t lease_ms,
                                        struct arena *arena);

Mesos__V1__FrameworkID *events_framework_id(struct arena *arena,
                                            const char *value);
Mesos__V1__AgentID *events_agent_id(struct arena *arena, const char *value);
Mesos__V1__TaskID *events_task_id(struct arena *arena, const char *value);
Mesos__V1__MasterInfo *events_master_info(const struct master *m,
                                          struct arena *arena);

#endif

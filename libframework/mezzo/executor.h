/* executor.h - what a program links that runs tasks for a framework.
 *
 * An agent starts the executor named in a task and hands it this task, and
 * later ones; the executor says what becomes of them.  It is a state machine
 * like a scheduler: callbacks happen, calls only ask.  The library connects to
 * the agent again when that was restarted, with every update that is not yet
 * acknowledged.  The agent tells where it is, and who we are, by
 *
 *     MEZZO_EXECUTOR_ENDPOINT   ipc://path
 *     MEZZO_EXECUTOR_TOKEN      that we are who we say
 *     MEZZO_EXECUTOR_ID, MEZZO_FRAMEWORK_ID
 *
 * Units, memory, errors and threads are as in framework.h. */

#ifndef MEZZO_EXECUTOR_H
#define MEZZO_EXECUTOR_H

#include "mezzo/task.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct mezzo_executor;

enum {
    MEZZO_UPDATES_MAX = 10000, /* not yet acknowledged */
};

/* All NULL: the environment of above. */
struct mezzo_executor_options {
    const char *endpoint;
    const char *token;
    const char *executor_id;
    const char *framework_id;
    int64_t recovery_timeout_ms; /* without an agent, before `shutdown` is
                                  * called; 0: 15 min */
};

/* Who we are, and where. */
struct mezzo_assignment {
    const char *executor_id;
    const char *framework_id;
    const char *framework_name;
    const char *agent_id;
    const char *hostname;
    const void *data; /* of the mezzo_executor_info */
    size_t data_size;
};

/* Any may be NULL.  All may call everything but run, process and free. */
struct mezzo_executor_callbacks {
    void (*subscribed)(struct mezzo_executor *executor,
                       const struct mezzo_assignment *assignment,
                       void *arg);
    void (*disconnected)(struct mezzo_executor *executor,
                         const char *reason,
                         void *arg);
    /* Answer with mezzo_executor_update(). */
    void (*launch)(struct mezzo_executor *executor,
                   const struct mezzo_task *task,
                   void *arg);
    /* grace_ms: -1 when nobody said. */
    void (*kill)(struct mezzo_executor *executor,
                 const char *task_id,
                 int64_t grace_ms,
                 void *arg);
    void (*message)(struct mezzo_executor *executor,
                    const void *data,
                    size_t size,
                    void *arg);
    /* Kill all tasks, say so, and stop; without this callback the executor
     * just stops. */
    void (*shutdown)(struct mezzo_executor *executor, void *arg);
    /* mezzo_executor_set_alarm() */
    void (*alarm)(struct mezzo_executor *executor, void *arg);
    /* mezzo_executor_wake() */
    void (*woken)(struct mezzo_executor *executor, void *arg);
    /* The agent refuses us.  It is over. */
    void (*error)(struct mezzo_executor *executor,
                  const char *message,
                  void *arg);
};

/* Never NULL: what is wrong with the options is found by the first run(), fd()
 * or process().  `callbacks` and `arg` must outlive the executor. */
struct mezzo_executor *mezzo_executor_new(
    const struct mezzo_executor_options *options,
    const struct mezzo_executor_callbacks *callbacks,
    void *arg);
void mezzo_executor_free(struct mezzo_executor *executor);

/* As for a scheduler. */
const char *mezzo_executor_explain(const struct mezzo_executor *executor);
int64_t mezzo_executor_now_ms(const struct mezzo_executor *executor);
int mezzo_executor_run(struct mezzo_executor *executor);
int mezzo_executor_fd(struct mezzo_executor *executor);
int mezzo_executor_process(struct mezzo_executor *executor);
void mezzo_executor_wake(struct mezzo_executor *executor);
void mezzo_executor_set_alarm(struct mezzo_executor *executor, int64_t at_ms);

/* Leave once every update is acknowledged, or after 5 s without an agent. */
void mezzo_executor_stop(struct mezzo_executor *executor);

/* Say what has become of a task: `task_id` and `state` are needed; message,
 * data, exit_code, signal and health may be; all else is the library's or the
 * agent's.  Sent until the agent has acknowledged it.
 *
 * -ENOENT   there is no such task, or it has ended
 * -EINVAL   the state is none that an executor can give: STARTING, RUNNING,
 *           KILLING, FINISHED, FAILED, KILLED, ERROR
 * -ENOBUFS  MEZZO_UPDATES_MAX are not acknowledged */
int mezzo_executor_update(struct mezzo_executor *executor,
                          const struct mezzo_status *status);

/* The same, in short. */
int mezzo_executor_say(struct mezzo_executor *executor,
                       const char *task_id,
                       enum mezzo_task_state state,
                       const char *message);

/* Data for the scheduler, which may be lost on the way.
 *
 * -E2BIG     it is larger than MEZZO_DATA_MAX
 * -ENOTCONN  there is no agent now */
int mezzo_executor_message(struct mezzo_executor *executor,
                           const void *data,
                           size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif

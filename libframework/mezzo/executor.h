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
 * and MEZZO_BRIDGE_ADDRESS, where its containers have a network of their own:
 * the agent's address there, which the machine has while there is a container.
 *
 * Output.  A task TASK of an executor has a directory tasks/TASK in the sandbox
 * (MEZZO_SANDBOX), made before `launch` is called.  What the executor appends
 * to its files `stdout` and `stderr` is read like any task's.  With
 * mezzo_task.has_input, `stdin` is there, a fifo: what is sent to the task can
 * be read from it.
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
    MEZZO_UPDATES_MAX = 10000,       /* not yet acknowledged */
    MEZZO_PROCESSES_MAX = 1024,      /* of an executor, not yet ended */
    MEZZO_SPAWN_FDS_MAX = 64,        /* of one process */
    MEZZO_SPAWN_TARGET_MAX = 255,    /* the highest descriptor it gets */
    MEZZO_SPAWN_SIZE_MAX = 1 << 17,  /* bytes of arguments and environment */
    MEZZO_PEERS_MAX = 1024,          /* spoken to at once */
    MEZZO_PEER_QUEUE_MAX = 16 << 20, /* bytes that wait for all peers */
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
    const char *group;             /* likewise; NULL: none */
    const char *boot_id;           /* of the machine; NULL: not known, as ... */
    const char *network_namespace; /* ... its inode, as text */
};

/* A process to be started.  All but `argv` may be NULL or 0. */
struct mezzo_spawn {
    const char *const *argv;        /* NULL at the end; by the PATH it gets */
    const char *const *environment; /* NAME=VALUE, all of it; NULL at the end;
                                     * NULL: the executor's */
    const char *working_directory;  /* NULL: the sandbox */
    const int *fds;     /* ours: copied, so that they may be closed at once */
    const int *targets; /* fds[i] is descriptor targets[i] of it */
    size_t fds_count;
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
    /* The answer to mezzo_executor_spawn(): its pid, or why there is none. */
    void (*spawned)(struct mezzo_executor *executor,
                    uint64_t process,
                    int64_t pid,
                    const char *failure,
                    void *arg);
    /* It has ended, as waitpid() has it; told once.  -1: its status is lost,
     * since its launcher was killed. */
    void (*exited)(struct mezzo_executor *executor,
                   uint64_t process,
                   int wait_status,
                   void *arg);
    /* From another executor of our group. */
    void (*peer_message)(struct mezzo_executor *executor,
                         const char *peer_executor_id,
                         const void *data,
                         size_t size,
                         void *arg);
    /* What was sent to it and not yet received is lost, and so is what it sent;
     * what is sent to it from now on begins anew. */
    void (*peer_lost)(struct mezzo_executor *executor,
                      const char *peer_executor_id,
                      const char *reason,
                      void *arg);
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

/* Leave once every update is acknowledged and what was sent to peers is taken;
 * after 5 s without an agent, or with peers that do not take it, anyway. */
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

/* Have a process started beside us: in our cgroup and sandbox, as our user, in
 * a session of its own, its parent the launcher.  Outputs that are not in
 * `targets` are ours (files of the sandbox), its input is empty.  `spawned`
 * follows, then `exited`; also over a restart of the agent.  When we end, so
 * does it.
 *
 * -E2BIG   more than MEZZO_SPAWN_SIZE_MAX or MEZZO_SPAWN_FDS_MAX
 * -EBADF   one of `fds` is not open
 * -EMFILE  we have too many descriptors open
 * -ENOSPC  there would be more than MEZZO_PROCESSES_MAX */
int mezzo_executor_spawn(struct mezzo_executor *executor,
                         const struct mezzo_spawn *spawn,
                         uint64_t *process);

/* To its process group, which is all it has started unless that was moved.
 *
 * -ENOENT  it has ended, or was never started */
int mezzo_executor_signal(struct mezzo_executor *executor,
                          uint64_t process,
                          int signo);

/* Data for another executor of our framework and group (mezzo_executor_info),
 * whichever agent it is on; not through the master.  Comes in the order it was
 * sent, once, or not at all: then `peer_lost` follows.  One that is not there
 * yet is waited for, some 30 s.
 *
 * -E2BIG    it is larger than MEZZO_DATA_MAX
 * -EINVAL   we are in no group, or the peer's id cannot be
 * -ENOBUFS  MEZZO_PEER_QUEUE_MAX wait, or MEZZO_PEERS_MAX are spoken to */
int mezzo_executor_send(struct mezzo_executor *executor,
                        const char *peer_executor_id,
                        const void *data,
                        size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif

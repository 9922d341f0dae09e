/* lives_end.c - SIGNAL, the end of a run, and REAP. */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/os/containers.h"
#include "agent/os/lives.h"
#include "agent/os/lives_parts.h"
#include "agent/os/passing.h"
#include "agent/os/sessions.h"
#include "agent/os/worker.h"
#include "base/auto.h"

enum {
    AGAIN_MS_MIN = 2,
    AGAIN_MS_MAX = 500,
    TRIES_TOLD = 30, /* some 10 s */
};

void lives_deliver(struct lives *l, struct run *run, int signal)
{
    if (run->container != NULL && signal != SIGKILL && run->pid > 0)
        kill(run->pid, signal == SIGTERM
                           ? container_stop_signal(run->container)
                           : signal); /* the rest is its first process's */
    else if (cgroup_is_any(&run->cgroup))
        cgroup_signal(l->options.cgroups, run->name, &run->cgroup, signal);
    else if (run->pid > 0 && kill(-run->pid, signal) < 0)
        kill(run->pid, signal); /* before its setsid() */
}

void lives_signal(struct lives *l, const struct order *o)
{
    struct run *run = run_table_find(l->runs, o->run);

    if (run == NULL)
        return;
    if (o->process != 0) {
        lives_process_signal(run, o->process, o->signal);
        return;
    }
    switch (run->state) {
    case RUN_PREPARING:
    case RUN_PREPARED:
        break; /* there is no process yet, nor will be unless it is launched */
    case RUN_LAUNCHING:
    case RUN_ADOPTING:
        if (run->pending_signal != SIGKILL)
            run->pending_signal = o->signal;
        break;
    case RUN_RUNNING:
    case RUN_EXITED:
        lives_deliver(l, run, o->signal);
        break;
    case RUN_REAPING:
        break; /* it gets SIGKILL already */
    }
}

void lives_exited(struct lives *l,
                  struct run *run,
                  bool is_status_known,
                  int wait_status,
                  const struct report_usage *usage)
{
    struct report report = {
        .kind = REPORT_EXITED,
        .run = run->name,
        .ticket = run->ticket,
        .is_status_known = is_status_known,
        .wait_status = wait_status,
        .usage = *usage,
    };
    struct cgroups *groups = l->options.cgroups;
    uint64_t memory;

    run->has_exited = true;
    if (run->state != RUN_RUNNING && run->state != RUN_ADOPTING)
        return; /* told before, or nobody wants to know */
    run->state = RUN_EXITED;
    report.is_out_of_memory =
        cgroup_is_out_of_memory(groups, run->name, &run->cgroup);
    memory = cgroup_memory_max(groups, run->name, &run->cgroup);
    if (memory > 0)
        report.usage.memory_max_bytes = memory;
    if (!is_status_known)
        report.fault = run->pid == 0
                           ? "it never began"
                           : "exit status unknown: its launcher was killed";
    if (run->output_bytes_max > 0)
        l->options.cb->bound(l->options.arg, run->name, run->output_bytes_max);
    lives_report(l, &report);
}

static bool is_process_there(const struct run *run)
{
    return run->pid > 0 && !run->has_exited &&
           sessions_ticks(run->pid) == run->started_ticks;
}

/* All of it is gone but its sandbox. */
static void reaped(struct lives *l, struct run *run)
{
    AUTO(auto_free) char *name = strdup(run->name);
    struct report report = {
        .kind = REPORT_REAPED,
        .run = name,
        .ticket = run->ticket,
    };
    bool is_told = run->is_reaped_told;

    lives_inputs_forget(run);
    lives_processes_forget(l, run);
    pids_clear(l->pids, run->line);
    container_free(run->container);
    run_table_remove(l->runs, run);
    l->options.cb->gone(l->options.arg, name);
    if (is_told)
        lives_report(l, &report);
}

static void again_cb(evutil_socket_t fd, short what, void *arg);

static void try_again(struct lives *l, struct run *run)
{
    unsigned shift = run->tries < 8 ? run->tries : 8;
    unsigned ms = AGAIN_MS_MIN << shift;
    struct timeval wait = {.tv_usec =
                               (ms > AGAIN_MS_MAX ? AGAIN_MS_MAX : ms) * 1000};

    if (run->again == NULL)
        run->again = evtimer_new(l->options.base, again_cb, run);
    if (run->again == NULL)
        abort();
    if (++run->tries == TRIES_TOLD)
        lives_log(l, LOG_LEVEL_ERROR,
                  "%s: its processes do not die: is a disk or a file server "
                  "of theirs hanging?",
                  run->name);
    evtimer_add(run->again, &wait);
}

static bool has_survivors(struct lives *l, struct run *run)
{
    struct cgroups *groups = l->options.cgroups;

    if (!cgroup_is_any(&run->cgroup))
        return is_process_there(run);
    if (cgroup_remove(groups, run->name, &run->cgroup) == 0)
        return false;
    cgroup_signal(groups, run->name, &run->cgroup, SIGKILL);
    return true;
}

static void end_in_cgroup(struct lives *l, struct run *run)
{
    if (has_survivors(l, run))
        try_again(l, run);
    else
        reaped(l, run);
}

static void again_cb(evutil_socket_t fd, short what, void *arg)
{
    struct run *run = arg;

    (void)fd;
    (void)what;
    end_in_cgroup(run->lives, run);
}

/* Sessions are found by looking at every process there is: all those that wait
 * share one look. */
struct hunt {
    struct job job;
    struct lives *lives;
    size_t count;
    uint64_t *numbers;
    pid_t sessions[];
};

static void hunt_run(struct job *job)
{
    struct hunt *hunt = (struct hunt *)job;

    sessions_kill(hunt->sessions, hunt->count);
}

static void start_hunt(struct lives *l);

static void hunt_done(struct job *job)
{
    struct hunt *hunt = (struct hunt *)job;
    struct lives *l = hunt->lives;
    struct run *run;

    for (size_t i = 0; i < hunt->count; i++) {
        run = run_table_find_number(l->runs, hunt->numbers[i]);
        if (run == NULL)
            continue;
        if (run->is_child)
            launcher_reap(l->launcher, run->pid);
        end_in_cgroup(l, run);
    }
    start_hunt(l);
}

static void hunt_release(struct job *job)
{
    struct hunt *hunt = (struct hunt *)job;

    free(hunt->numbers);
    free(hunt);
}

static void start_hunt(struct lives *l)
{
    struct hunt *hunt;
    struct process *p;
    struct run *run;
    size_t count = 0;

    TAILQ_FOREACH (run, run_table_list(l->runs), link)
        if (run->is_hunted)
            count += 1 + run->processes_count;
    if (count == 0 || (l->worker != NULL && worker_count(l->worker) > 0))
        return;
    if (l->worker == NULL)
        l->worker = worker_new(l->options.base, "sessions");
    hunt = calloc(1, sizeof *hunt + count * sizeof hunt->sessions[0]);
    if (hunt == NULL ||
        (hunt->numbers = calloc(count, sizeof *hunt->numbers)) == NULL)
        abort();
    hunt->job = (struct job){
        .run = hunt_run,
        .done = hunt_done,
        .release = hunt_release,
    };
    hunt->lives = l;
    TAILQ_FOREACH (run, run_table_list(l->runs), link) {
        if (!run->is_hunted)
            continue;
        run->is_hunted = false;
        hunt->sessions[hunt->count] = run->pid;
        hunt->numbers[hunt->count++] = run->number;
        TAILQ_FOREACH (p, &run->processes, of_run) {
            hunt->sessions[hunt->count] = p->pid > 0 ? p->pid : run->pid;
            hunt->numbers[hunt->count++] = 0; /* of no run */
        }
    }
    worker_submit(l->worker, &hunt->job);
}

void lives_end(struct lives *l, struct run *run)
{
    fetch_cancel(run->fetch);
    run->fetch = NULL;
    run->state = RUN_REAPING;
    passing_end(l->passing, run->name);
    if (run->pid > 0 && !cgroup_is_any(&run->cgroup)) {
        /* While its first process is a zombie the number is its own. */
        if (run->is_child || is_process_there(run))
            kill(-run->pid, SIGKILL);
        lives_processes_kill(run);
        run->is_hunted = true;
        start_hunt(l);
        return;
    }
    if (run->is_child)
        launcher_reap(l->launcher, run->pid);
    if (cgroup_is_any(&run->cgroup))
        lives_processes_forget(l, run); /* they are killed with it */
    end_in_cgroup(l, run);
}

/* What was ordered before is answered before. */
static void answer_first(struct lives *l, const struct run *run)
{
    struct report report = {
        .run = run->name,
        .ticket = run->ticket,
        .fault = "it was reaped meanwhile",
    };

    switch (run->state) {
    case RUN_PREPARING:
        report.kind = REPORT_PREPARED;
        break;
    case RUN_LAUNCHING:
        report.kind = REPORT_LAUNCHED;
        break;
    case RUN_ADOPTING:
        report.kind = REPORT_EXITED;
        break;
    case RUN_PREPARED:
    case RUN_RUNNING:
    case RUN_EXITED:
    case RUN_REAPING:
        return;
    }
    lives_report(l, &report);
}

void lives_reap(struct lives *l, const struct order *o)
{
    struct run *run = run_table_find(l->runs, o->run);

    if (run != NULL) {
        answer_first(l, run);
        run = run_table_find(l->runs, o->run);
    }

    if (run == NULL) {
        lives_report(l, &(struct report){.kind = REPORT_REAPED,
                                         .run = o->run,
                                         .ticket = o->ticket});
        return;
    }
    run->ticket = o->ticket;
    run->is_reaped_told = true;
    if (run->state != RUN_REAPING)
        lives_end(l, run);
}

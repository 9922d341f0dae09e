/* lives_adopt.c - which process is which run's, when nobody has told us: after
 * we were started anew, and after the launcher was.
 *
 * A child wrote its pid and its start into a file named for the run before its
 * exec; the launcher says which children it has.  Those without a launcher are
 * still there by pid and start; their end a pidfd tells, and a kernel that is
 * new enough their status too. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/os/containers.h"
#include "agent/os/lives.h"
#include "agent/os/lives_parts.h"
#include "agent/os/run_name.h"
#include "agent/os/sessions.h"
#include "base/auto.h"

enum {
    STATUS_TRIES_MAX = 20, /* until its reaper has reaped it */
    STATUS_MS = 25,
    LEFTOVERS_MS = 100,
};

/* As the kernel has it, since 6.13; the status since 6.15. */
struct pidfd_information {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t ids[11];
    int32_t exit_code;
};
#define PIDFD_INFORMATION _IOWR(0xff, 11, struct pidfd_information)
#define PIDFD_INFORMATION_EXIT (1u << 3)

struct stray *lives_find_stray(struct lives *l, pid_t pid)
{
    for (size_t i = 0; i < l->strays_count; i++)
        if (l->strays[i].pid == pid)
            return &l->strays[i];
    return NULL;
}

static void remove_stray(struct lives *l, struct stray *stray)
{
    *stray = l->strays[--l->strays_count];
}

struct stray lives_take_stray(struct lives *l, pid_t pid, uint64_t ticks)
{
    struct stray *found = pid > 0 ? lives_find_stray(l, pid) : NULL;
    struct stray stray = {0};

    if (found == NULL || found->ticks != ticks)
        return stray;
    stray = *found;
    remove_stray(l, found);
    return stray;
}

void lives_add_stray(struct lives *l,
                     pid_t pid,
                     uint64_t ticks,
                     enum packet_child_state state)
{
    struct stray *stray = lives_find_stray(l, pid);

    if (state == PACKET_CHILD_FAILED) {
        if (stray != NULL)
            remove_stray(l, stray);
        return;
    }
    if (stray == NULL) {
        if (l->strays_count == l->strays_capacity) {
            l->strays_capacity = l->strays_count * 2 + 8;
            l->strays =
                realloc(l->strays, l->strays_capacity * sizeof *l->strays);
            if (l->strays == NULL)
                abort();
        }
        stray = &l->strays[l->strays_count++];
        *stray = (struct stray){.pid = pid};
    }
    stray->ticks = ticks;
    stray->state = state;
}

void lives_forget_strays(struct lives *l)
{
    l->strays_count = 0;
}

static bool is_any_starting(const struct lives *l)
{
    for (size_t i = 0; i < l->strays_count; i++)
        if (l->strays[i].state == PACKET_CHILD_STARTING)
            return true;
    return false;
}

static const struct report_usage no_usage;

static void status_cb(evutil_socket_t fd, short what, void *arg);

/* Of an orphan that has ended: what the kernel tells once it is reaped. */
static void tell_end(struct lives *l, struct run *run)
{
    struct pidfd_information information = {.mask = PIDFD_INFORMATION_EXIT};
    const struct timeval wait = {.tv_usec = STATUS_MS * 1000};
    bool is_known = ioctl(run->pidfd, PIDFD_INFORMATION, &information) == 0 &&
                    (information.mask & PIDFD_INFORMATION_EXIT) != 0;

    if (!is_known && run->tries++ < STATUS_TRIES_MAX) {
        if (run->again == NULL)
            run->again = evtimer_new(l->options.base, status_cb, run);
        if (run->again == NULL)
            abort();
        evtimer_add(run->again, &wait);
        return;
    }
    if (run->again != NULL)
        event_free(run->again);
    run->again = NULL;
    run->tries = 0;
    lives_exited(l, run, is_known, information.exit_code, &no_usage);
}

static void status_cb(evutil_socket_t fd, short what, void *arg)
{
    struct run *run = arg;

    (void)fd;
    (void)what;
    if (run->state == RUN_RUNNING)
        tell_end(run->lives, run);
}

/* True when the process is there and its end will be told. */
static bool watch_orphan(struct lives *l, struct run *run)
{
    run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
    if (run->pidfd < 0)
        return false;
    if (sessions_ticks(run->pid) != run->started_ticks) {
        close(run->pidfd);
        run->pidfd = -1;
        return false;
    }
    fcntl(run->pidfd, F_SETFD, FD_CLOEXEC);
    run->ended =
        event_new(l->options.base, run->pidfd, EV_READ, status_cb, run);
    if (run->ended == NULL)
        abort();
    event_add(run->ended, NULL);
    return true;
}

/* A run whose launch or adoption waits for an answer, and its process. */
static void resolve(struct lives *l, struct run *run, pid_t pid, uint64_t ticks)
{
    const struct stray stray = lives_take_stray(l, pid, ticks);
    uint64_t number = run->number;

    if (stray.pid != 0) {
        run->is_child = true;
        lives_launched(l, run, pid, ticks);
        run = run_table_find_number(l->runs, number);
        if (run != NULL)
            lives_processes_adopt(l, run);
        run = run_table_find_number(l->runs, number);
        if (run != NULL && stray.has_exited)
            lives_exited(l, run, true, stray.wait_status, &stray.usage);
        return;
    }
    run->pid = pid;
    run->started_ticks = ticks;
    if (pid > 0 && watch_orphan(l, run)) {
        lives_launched(l, run, pid, ticks);
        run = run_table_find_number(l->runs, number);
        if (run != NULL)
            lives_processes_adopt(l, run);
    } else if (run->state == RUN_LAUNCHING && pid == 0) {
        lives_refused(l, run, "the launcher was killed before it began");
    } else if (run->state == RUN_LAUNCHING) {
        lives_launched(l, run, pid, ticks);
        run = run_table_find_number(l->runs, number);
        if (run != NULL)
            lives_exited(l, run, false, 0, &no_usage);
    } else {
        lives_exited(l, run, false, 0, &no_usage);
    }
}

/* A run to do something about, if any; a report may change them all. */
static bool reconcile_one(struct lives *l)
{
    struct pids_entry noted;
    struct run *run;

    TAILQ_FOREACH (run, run_table_list(l->runs), link) {
        if (run->state == RUN_ADOPTING ||
            (run->state == RUN_LAUNCHING && run->connection != l->connection)) {
            if (run->pid == 0 && run->line == PIDS_NONE)
                run->line = pids_take_old(l->pids, run->name);
            if (run->pid != 0)
                noted = (struct pids_entry){run->pid, run->started_ticks};
            else
                noted = pids_read(l->pids, run->line);
            resolve(l, run, noted.pid, noted.ticks);
            return true;
        }
        if (run->state == RUN_RUNNING && !run->is_child && run->pidfd < 0 &&
            !watch_orphan(l, run)) {
            lives_exited(l, run, false, 0, &no_usage);
            return true;
        }
    }
    return false;
}

void lives_reconcile(struct lives *l)
{
    /* What is starting may not have written its file yet. */
    while (l->is_listed && !is_any_starting(l))
        if (!reconcile_one(l))
            break;
    if (l->is_listed && !is_any_starting(l))
        lives_processes_reconcile(l);
    if (l->is_listed && !is_any_starting(l) && l->has_settled)
        lives_settle(l);
}

/* For what will be started beside it. */
static void user_found(struct run *run,
                       const struct user *user,
                       const char *fault)
{
    if (fault != NULL)
        return; /* nothing will be */
    user_copy(&run->user, user);
    run->is_user_other = user->uid != geteuid();
    run->is_user_known = true;
}

void lives_adopt(struct lives *l, const struct order *o)
{
    struct run *run;

    if (!run_name_is_valid(o->run) || run_table_find(l->runs, o->run) != NULL ||
        (run = run_table_add(l->runs, o->run)) == NULL) {
        lives_report(l, &(struct report){.kind = REPORT_EXITED,
                                         .run = o->run,
                                         .ticket = o->ticket,
                                         .fault = "it cannot be adopted"});
        return;
    }
    run->lives = l;
    run->ticket = o->ticket;
    run->state = RUN_ADOPTING;
    run->pid = o->adopt.pid;
    run->started_ticks = o->adopt.started_ticks;
    run->line = pids_take_old(l->pids, o->run);
    run->output_bytes_max = l->options.output_bytes_max;
    if (o->token != NULL)
        run->token = strdup(o->token);
    cgroup_find(l->options.cgroups, o->run, &run->cgroup);
    run->container = container_adopt(l->options.containers, o->run);
    lives_find_user(l, run, o->adopt.user, user_found);
    lives_reconcile(l);
}

/* The file's name is that of its run's group. */
static bool is_of_a_run(void *arg, const char *name)
{
    struct lives *l = arg;
    char flat[RUN_NAME_SIZE];
    struct run *run;

    TAILQ_FOREACH (run, run_table_list(l->runs), link) {
        run_name_flat(run->name, flat);
        if (strcmp(flat, name) == 0)
            return true;
    }
    return false;
}

static void end_unaccounted(void *arg, const char *name, struct pids_entry e)
{
    struct lives *l = arg;

    if (sessions_ticks(e.pid) != e.ticks)
        return;
    lives_log(l, LOG_LEVEL_NOTICE, "%s: process %ld is nobody's, and is killed",
              name, (long)e.pid);
    if (kill(-e.pid, SIGKILL) < 0)
        kill(e.pid, SIGKILL);
}

static void end_group(void *arg, const char *name)
{
    struct lives *l = arg;

    if (!is_of_a_run(l, name) && !cgroups_end(l->options.cgroups, name))
        l->leftovers_count++;
}

/* What an earlier agent has left and nobody has adopted. */
static void end_leftovers(struct lives *l)
{
    const struct timeval again = {.tv_usec = LEFTOVERS_MS * 1000};

    pids_visit_old(l->pids, end_unaccounted, l);
    l->leftovers_count = 0;
    cgroups_visit(l->options.cgroups, end_group, l);
    if (l->leftovers_count > 0) /* they take a moment to die */
        evtimer_add(l->settle, &again);
    else
        containers_sweep(l->options.containers, is_of_a_run, l);
}

void lives_settle(struct lives *l)
{
    end_leftovers(l);
    l->has_settled = true;
    for (size_t i = 0; i < l->strays_count; i++) {
        if (!l->strays[i].has_exited && kill(-l->strays[i].pid, SIGKILL) < 0)
            kill(l->strays[i].pid, SIGKILL);
        launcher_reap(l->launcher, l->strays[i].pid);
    }
    l->strays_count = 0;
}

/* lives_processes.c - SPAWN and RELEASE: processes of a run beside its first.
 *
 * Each is a child of the launcher like the first, with a line of its own in the
 * file of pids, so that a new agent finds it; and a zombie until RELEASE, so
 * that its status is kept by the kernel. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/os/inside.h"
#include "agent/os/lives.h"
#include "agent/os/lives_parts.h"
#include "agent/os/passing.h"
#include "agent/os/pipes.h"
#include "agent/os/sandbox.h"
#include "agent/os/sessions.h"
#include "agent/os/variables.h"
#include "base/auto.h"

/* Of launches: above them are those of fetches, below the runs'. */
#define TICKETS (1ull << 62)

static struct process *add(struct lives *l, struct run *run, uint64_t number)
{
    struct process *p = calloc(1, sizeof *p);

    if (p == NULL)
        abort();
    p->run = run;
    p->number = number;
    p->ticket = TICKETS + l->tickets_count++;
    p->connection = l->connection;
    p->line = PIDS_NONE;
    p->pidfd = -1;
    TAILQ_INSERT_TAIL(&l->processes, p, link);
    TAILQ_INSERT_TAIL(&run->processes, p, of_run);
    run->processes_count++;
    return p;
}

static void drop(struct lives *l, struct process *p)
{
    TAILQ_REMOVE(&l->processes, p, link);
    TAILQ_REMOVE(&p->run->processes, p, of_run);
    p->run->processes_count--;
    if (p->ended != NULL)
        event_free(p->ended);
    if (p->pidfd >= 0)
        close(p->pidfd);
    pipes_free(p->pipes);
    free(p);
}

/* The kernel may forget it. */
static void let_go(struct lives *l, struct process *p)
{
    if (p->is_child)
        launcher_reap(l->launcher, p->pid);
    pids_clear(l->pids, p->line);
    drop(l, p);
}

/* What is asked for was mostly added lately. */
static struct process *find_pid(struct lives *l, pid_t pid)
{
    struct process *p;

    TAILQ_FOREACH_REVERSE (p, &l->processes, process_list, link)
        if (p->pid == pid && pid > 0)
            return p;
    return NULL;
}

static struct process *find_ticket(struct lives *l, uint64_t ticket)
{
    struct process *p;

    TAILQ_FOREACH_REVERSE (p, &l->processes, process_list, link)
        if (p->ticket == ticket)
            return p;
    return NULL;
}

struct process *lives_find_process(const struct run *run, uint64_t number)
{
    struct process *p;

    TAILQ_FOREACH_REVERSE (p, &run->processes, process_list, of_run)
        if (p->number == number)
            return p;
    return NULL;
}

static void report_spawned(struct lives *l,
                           const char *run,
                           uint64_t number,
                           const struct process *p,
                           const char *fault)
{
    lives_report(l, &(struct report){
                        .kind = REPORT_SPAWNED,
                        .run = run,
                        .process = number,
                        .pid = p == NULL ? 0 : p->pid,
                        .started_ticks = p == NULL ? 0 : p->started_ticks,
                        .fault = fault,
                    });
}

static void refused(struct lives *l, struct process *p, const char *reason)
{
    AUTO(auto_free) char *name = strdup(p->run->name);
    uint64_t number = p->number;

    let_go(l, p);
    report_spawned(l, name, number, NULL, reason);
}

static void report_exited(struct lives *l,
                          const struct cgroup *group,
                          const char *name,
                          uint64_t number,
                          bool is_status_known,
                          int wait_status)
{
    bool may_be_memory = is_status_known && wait_status != 0;

    lives_report(l, &(struct report){.kind = REPORT_PROCESS_EXITED,
                                     .run = name,
                                     .process = number,
                                     .is_status_known = is_status_known,
                                     .wait_status = wait_status,
                                     .is_out_of_memory =
                                         may_be_memory &&
                                         cgroup_is_out_of_memory(
                                             l->options.cgroups, name, group)});
}

/* Each of these may be the end of `p`. */
static void exited_with_pipes(struct lives *l,
                              struct process *p,
                              bool is_status_known,
                              int wait_status)
{
    AUTO(auto_free) char *name = strdup(p->run->name);
    const struct cgroup group = p->run->cgroup;
    uint64_t number = p->number;

    pipes_exited(p->pipes);
    report_exited(l, &group, name, number, is_status_known, wait_status);
}

static void exited(struct lives *l,
                   struct process *p,
                   bool is_status_known,
                   int wait_status)
{
    if (p->state == PROCESS_EXITED)
        return;
    p->state = PROCESS_EXITED;
    if (p->pipes != NULL) {
        exited_with_pipes(l, p, is_status_known, wait_status);
        return;
    }
    report_exited(l, &p->run->cgroup, p->run->name, p->number, is_status_known,
                  wait_status);
}

static void launched(struct lives *l,
                     struct process *p,
                     pid_t pid,
                     uint64_t ticks)
{
    p->pid = pid;
    p->started_ticks = ticks;
    p->state = PROCESS_RUNNING;
    if (p->pending_signal != 0)
        kill(-pid, p->pending_signal);
    report_spawned(l, p->run->name, p->number, p, NULL);
}

/* What it has for stdin, stdout and stderr, and other descriptors. */
struct ends {
    struct descriptors fds;
    const int *targets;
};

static void took(
    void *arg, const uint8_t *bytes, size_t size, bool is_error, bool is_at_end)
{
    struct process *p = arg;

    lives_report(p->run->lives, &(struct report){.kind = REPORT_TOOK,
                                                 .ticket = p->number,
                                                 .bytes = bytes,
                                                 .size = size,
                                                 .is_error = is_error,
                                                 .is_at_end = is_at_end});
}

static void fed(void *arg, const char *fault)
{
    struct process *p = arg;

    lives_report(p->run->lives, &(struct report){.kind = REPORT_FED,
                                                 .ticket = p->number,
                                                 .fault = fault});
}

static int open_ends(struct lives *l,
                     struct process *p,
                     const struct order_spawn *spawn,
                     struct ends *ends,
                     struct error *err)
{
    static const struct pipes_cb pipes_cb = {.took = took, .fed = fed};
    static const int standard[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    int code;

    ends->targets = spawn->targets;
    if (spawn->io == ORDER_SPAWN_PASSED) {
        if (spawn->targets_count == 0)
            return 0;
        code =
            passing_take(l->passing, p->run->name, p->number, &ends->fds, err);
        if (code == 0 && ends->fds.count != spawn->targets_count)
            code = error_set(err, -EINVAL,
                             "other descriptors came than it is to have");
        return code;
    }
    p->pipes = pipes_new(l->options.base, &pipes_cb, p);
    code = spawn->io == ORDER_SPAWN_PIPES
               ? pipes_open(p->pipes, ends->fds.fds, err)
               : pipes_open_terminal(p->pipes, p->run->user.uid, spawn->rows,
                                     spawn->columns, ends->fds.fds, err);
    ends->fds.count = code < 0 ? 0 : 3;
    ends->targets = standard;
    return code;
}

/* Its outputs are the run's where it is not told others. */
static const char *output_of(const struct ends *ends, int fd, const char *file)
{
    for (size_t i = 0; i < ends->fds.count; i++)
        if (ends->targets[i] == fd)
            return NULL;
    return file;
}

static int request(struct lives *l,
                   struct process *p,
                   const struct order_spawn *spawn,
                   const struct ends *ends,
                   struct error *err)
{
    const struct launcher_limit files = {RLIMIT_NOFILE, l->files};
    const struct run *run = p->run;
    char sandbox[SANDBOX_PATH_SIZE], name[PIDS_NAME_SIZE];
    static const char *const none[] = {NULL};
    AUTO(auto_free) const char **added = NULL;
    AUTO(auto_free) const char **command = NULL;
    AUTO(auto_free) char *texts = NULL;
    struct cgroup_paths groups;
    int code = sandbox_path(l->options.sandboxes, run->name, sandbox, err);

    if (code < 0)
        return code;
    p->line = pids_take(l->pids);
    if (p->line == PIDS_NONE)
        return error_set(err, -EAGAIN, "there are too many processes");
    pids_name_process(run->name, p->number, name);
    cgroup_paths(l->options.cgroups, run->name, &run->cgroup, &groups);
    if (run->container != NULL)
        command = inside_command(run->container, spawn, &texts);
    if (spawn->io != ORDER_SPAWN_PASSED) /* else it is whole */
        added = variables_add(command != NULL ? none : spawn->environment,
                              &run->user, sandbox);
    return launcher_launch(
        l->launcher,
        &(struct launcher_request){
            .ticket = p->ticket,
            .argv = command != NULL ? command : spawn->argv,
            .environment = added != NULL ? added : spawn->environment,
            .directory = sandbox,
            .working_directory =
                command != NULL ? NULL : spawn->working_directory,
            .output = output_of(ends, STDOUT_FILENO, SANDBOX_OUTPUT),
            .error = output_of(ends, STDERR_FILENO, SANDBOX_ERROR),
            .pid_file = pids_path(l->pids),
            .pid_offset = pids_offset(p->line),
            .pid_name = name,
            .cgroups = groups.v1,
            .cgroups_count = groups.v1_count,
            .cgroup_unified = groups.unified,
            .is_user_other = command == NULL && run->is_user_other,
            .user = run->user.uid,
            .group = run->user.gid,
            .groups = run->user.groups,
            .groups_count = run->user.groups_count,
            .limits = &files,
            .limits_count = 1,
            .fds = ends->fds.fds,
            .targets = ends->targets,
            .fds_count = ends->fds.count,
            .is_fenced = spawn->is_fenced,
            .has_terminal = spawn->io == ORDER_SPAWN_TERMINAL,
        },
        err);
}

static const char *refuses(const struct run *run, const struct order *o)
{
    if (run == NULL ||
        (run->state != RUN_LAUNCHING && run->state != RUN_RUNNING))
        return "its run does not live";
    if (run->container != NULL && o->spawn.io == ORDER_SPAWN_PASSED)
        return "descriptors cannot be passed into a container";
    if (!run->is_user_known)
        return "its user is not known yet";
    return lives_find_process(run, o->process) != NULL
               ? "there is one of its number"
               : NULL;
}

void lives_spawn(struct lives *l, const struct order *o)
{
    struct run *run = run_table_find(l->runs, o->run);
    struct ends ends = {.fds = {.count = 0}};
    const char *fault = refuses(run, o);
    struct error err = {""};
    struct process *p;

    if (fault != NULL) {
        report_spawned(l, o->run, o->process, NULL, fault);
        return;
    }
    p = add(l, run, o->process);
    if (open_ends(l, p, &o->spawn, &ends, &err) < 0 ||
        request(l, p, &o->spawn, &ends, &err) < 0)
        refused(l, p, err.text);
    descriptors_close(&ends.fds);
}

void lives_release(struct lives *l, const struct order *o)
{
    struct run *run = run_table_find(l->runs, o->run);
    struct process *p =
        run == NULL ? NULL : lives_find_process(run, o->process);

    if (p == NULL)
        return;
    if (p->state == PROCESS_RUNNING && kill(-p->pid, SIGKILL) < 0)
        kill(p->pid, SIGKILL);
    let_go(l, p); /* one that is starting is nobody's when it has started */
}

void lives_process_signal(struct run *run, uint64_t number, int signal)
{
    struct process *p = lives_find_process(run, number);

    if (p == NULL || p->state == PROCESS_EXITED)
        return;
    if (p->state == PROCESS_STARTING)
        p->pending_signal = p->pending_signal == SIGKILL ? SIGKILL : signal;
    else if (kill(-p->pid, signal) < 0)
        kill(p->pid, signal); /* before its setsid() */
}

bool lives_process_launched(struct lives *l,
                            uint64_t ticket,
                            pid_t pid,
                            uint64_t ticks)
{
    struct process *p;

    if (ticket < TICKETS)
        return false;
    p = find_ticket(l, ticket);
    if (p == NULL) {
        kill(-pid, SIGKILL); /* it was released meanwhile */
        launcher_reap(l->launcher, pid);
        return true;
    }
    p->is_child = true;
    launched(l, p, pid, ticks);
    return true;
}

bool lives_process_refused(struct lives *l, uint64_t ticket, const char *reason)
{
    struct process *p;

    if (ticket < TICKETS)
        return false;
    p = find_ticket(l, ticket);
    if (p != NULL)
        refused(l, p, reason);
    return true;
}

bool lives_process_exited(struct lives *l, pid_t pid, int wait_status)
{
    struct process *p = find_pid(l, pid);

    if (p == NULL || !p->is_child)
        return false;
    exited(l, p, true, wait_status);
    return true;
}

bool lives_process_child(struct lives *l, pid_t pid, uint64_t ticks)
{
    struct process *p = find_pid(l, pid);

    if (p == NULL || p->started_ticks != ticks)
        return false;
    p->is_child = true;
    return true;
}

void lives_processes_lost(struct lives *l)
{
    struct process *p;

    TAILQ_FOREACH (p, &l->processes, link)
        p->is_child = false;
}

/* ------------------------------------------- when nobody has told us of it */

static void orphan_ended_cb(evutil_socket_t fd, short what, void *arg)
{
    struct process *p = arg;

    (void)fd;
    (void)what;
    exited(p->run->lives, p, false, 0);
}

/* Its launcher was killed: its end is told, but not its status. */
static void watch_orphan(struct lives *l, struct process *p)
{
    p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
    if (p->pidfd < 0 || sessions_ticks(p->pid) != p->started_ticks) {
        exited(l, p, false, 0);
        return;
    }
    fcntl(p->pidfd, F_SETFD, FD_CLOEXEC);
    p->ended =
        event_new(l->options.base, p->pidfd, EV_READ, orphan_ended_cb, p);
    if (p->ended == NULL)
        abort();
    event_add(p->ended, NULL);
}

/* As the line of pids has it. */
static void identify(struct lives *l, struct process *p)
{
    const struct pids_entry noted = pids_read(l->pids, p->line);
    const struct stray stray = lives_take_stray(l, noted.pid, noted.ticks);

    if (noted.pid == 0) {
        refused(l, p, "the launcher was killed before it began");
        return;
    }
    p->is_child = stray.pid != 0;
    launched(l, p, noted.pid, noted.ticks);
    if (!p->is_child)
        watch_orphan(l, p);
    else if (stray.has_exited)
        exited(l, p, true, stray.wait_status);
}

/* One to do something about, if any; a report may change them all. */
static bool reconcile_one(struct lives *l)
{
    struct process *p;

    TAILQ_FOREACH (p, &l->processes, link) {
        if (p->state == PROCESS_STARTING && p->connection != l->connection) {
            identify(l, p);
            return true;
        }
        if (p->state == PROCESS_RUNNING && !p->is_child && p->pidfd < 0) {
            watch_orphan(l, p);
            return true;
        }
    }
    return false;
}

void lives_processes_reconcile(struct lives *l)
{
    while (reconcile_one(l))
        ;
}

void lives_processes_adopt(struct lives *l, struct run *run)
{
    uint64_t number = run->number, process;
    struct process *p;
    int line;

    while (run != NULL && run->state == RUN_RUNNING &&
           (line = pids_take_old_process(l->pids, run->name, &process)) !=
               PIDS_NONE) {
        if (lives_find_process(run, process) != NULL) {
            pids_clear(l->pids, line);
            continue;
        }
        p = add(l, run, process);
        p->line = line;
        identify(l, p);
        run = run_table_find_number(l->runs, number);
    }
}

/* -------------------------------------------------------- the run's end */

void lives_processes_kill(struct run *run)
{
    struct process *p;

    TAILQ_FOREACH (p, &run->processes, of_run)
        if (p->pid > 0 && (p->is_child || p->state == PROCESS_RUNNING))
            kill(-p->pid, SIGKILL);
}

void lives_processes_forget(struct lives *l, struct run *run)
{
    while (!TAILQ_EMPTY(&run->processes))
        let_go(l, TAILQ_FIRST(&run->processes));
}

void lives_processes_free(struct lives *l, struct run *run)
{
    while (!TAILQ_EMPTY(&run->processes))
        drop(l, TAILQ_FIRST(&run->processes));
}

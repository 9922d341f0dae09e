/* lives.c - the launcher's word, to whom it concerns. */

#include "config.h"

#include "agent/os/lives.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/containers.h"
#include "agent/os/lives_parts.h"
#include "agent/os/passing.h"
#include "agent/os/probe.h"
#include "agent/os/run_name.h"
#include "agent/os/sessions.h"
#include "agent/os/tools.h"
#include "agent/os/worker.h"
#include "base/auto.h"

enum {
    SETTLE_MS = 10000,
    TICK_MS = 1000,
    PART_MS_MAX = 1000,
};

void lives_log(struct lives *l, enum log_level level, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    l->options.cb->log(l->options.arg, level, text);
}

void lives_report(struct lives *l, const struct report *report)
{
    l->options.cb->report(l->options.arg, report);
}

static void child(void *arg,
                  pid_t pid,
                  uint64_t ticks,
                  enum packet_child_state state)
{
    struct lives *l = arg;
    struct run *run = run_table_find_pid(l->runs, pid);

    if (run != NULL && run->started_ticks == ticks &&
        run->state != RUN_ADOPTING) {
        run->is_child = true;
        if (run->state == RUN_REAPING) /* that may have been lost */
            launcher_reap(l->launcher, pid);
    } else {
        if (!lives_process_child(l, pid, ticks))
            lives_add_stray(l, pid, ticks, state);
    }
    if (l->is_listed)
        lives_reconcile(l);
}

static void listed(void *arg)
{
    struct lives *l = arg;

    l->is_listed = true;
    cgroups_take_launcher(l->options.cgroups, launcher_pid(l->launcher));
    lives_reconcile(l);
}

static void lost(void *arg, const char *reason)
{
    struct lives *l = arg;
    struct run *run;

    lives_log(l, LOG_LEVEL_NOTICE, "launcher: lost: %s", reason);
    l->is_listed = false;
    l->connection++;
    lives_forget_strays(l);
    TAILQ_FOREACH (run, run_table_list(l->runs), link)
        run->is_child = false;
    lives_processes_lost(l);
    fetches_lost(l->fetches);
    tools_lost(l->options.tools);
}

static void launched(void *arg, uint64_t ticket, pid_t pid, uint64_t ticks)
{
    struct lives *l = arg;
    struct run *run;

    if (fetches_launched(l->fetches, ticket, pid) ||
        lives_process_launched(l, ticket, pid, ticks) ||
        tools_launched(l->options.tools, ticket, pid))
        return;
    run = run_table_find_number(l->runs, ticket);
    if (run == NULL || run->state != RUN_LAUNCHING) {
        kill(-pid, SIGKILL); /* it was to be reaped meanwhile */
        launcher_reap(l->launcher, pid);
        return;
    }
    run->is_child = true;
    lives_launched(l, run, pid, ticks);
}

static void refused(void *arg, uint64_t ticket, const char *reason)
{
    struct lives *l = arg;
    struct run *run;

    if (fetches_refused(l->fetches, ticket, reason) ||
        lives_process_refused(l, ticket, reason) ||
        tools_refused(l->options.tools, ticket, reason))
        return;
    run = run_table_find_number(l->runs, ticket);
    if (run != NULL && run->state == RUN_LAUNCHING)
        lives_refused(l, run, reason);
}

static void exited(void *arg,
                   pid_t pid,
                   int wait_status,
                   const struct report_usage *usage)
{
    struct lives *l = arg;
    struct run *run;
    struct stray *stray;

    if (fetches_exited(l->fetches, pid, wait_status) ||
        tools_exited(l->options.tools, pid, wait_status)) {
        launcher_reap(l->launcher, pid);
        return;
    }
    if (lives_process_exited(l, pid, wait_status))
        return;
    run = run_table_find_pid(l->runs, pid);
    if (run != NULL && run->is_child) {
        lives_exited(l, run, true, wait_status, usage);
        return;
    }
    stray = lives_find_stray(l, pid);
    if (stray == NULL || l->has_settled) {
        launcher_reap(l->launcher, pid);
        return;
    }
    stray->has_exited = true;
    stray->wait_status = wait_status;
    stray->usage = *usage;
}

static const struct launcher_cb launcher_cb = {
    .child = child,
    .listed = listed,
    .lost = lost,
    .launched = launched,
    .refused = refused,
    .exited = exited,
};

static void settle_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    lives_settle(arg);
}

static void bound(struct lives *l)
{
    struct run *run;

    TAILQ_FOREACH (run, run_table_list(l->runs), link)
        if (run->output_bytes_max > 0 && run->state == RUN_RUNNING)
            l->options.cb->bound(l->options.arg, run->name,
                                 run->output_bytes_max);
}

static void tick_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    bound(arg);
}

static bool is_token(void *arg, const char *name, const char *token)
{
    struct lives *l = arg;
    const struct run *run = run_table_find(l->runs, name);
    unsigned difference = 0;

    if (run == NULL || run->token == NULL || run->state == RUN_REAPING ||
        strlen(token) != strlen(run->token))
        return false;
    for (size_t i = 0; token[i] != '\0'; i++) /* all, whatever they are */
        difference |= (unsigned char)token[i] ^ (unsigned char)run->token[i];
    return difference == 0;
}

static int start(struct lives *l, struct error *err)
{
    const struct timeval tick = {.tv_sec = TICK_MS / 1000};
    const struct launcher_options launcher_options = {
        .base = l->options.base,
        .directory = l->options.directory,
        .program = l->options.launcher_program,
        .cb = &launcher_cb,
        .arg = l,
    };
    int code;

    code = pids_open(l->options.directory, &l->pids, err);
    if (code < 0)
        return code;
    code = launcher_new(&launcher_options, &l->launcher, err);
    if (code < 0)
        return code;
    code =
        passing_new(&(struct passing_options){.base = l->options.base,
                                              .directory = l->options.directory,
                                              .is_token = is_token,
                                              .arg = l},
                    &l->passing, err);
    if (code < 0)
        return code;
    tools_set_launcher(l->options.tools, l->launcher);
    l->fetches = fetches_new(&(struct fetches_options){
        .launcher = l->launcher,
        .sandboxes = l->options.sandboxes,
        .program = l->options.fetch_program,
        .bytes_max = l->options.fetch_bytes_max,
        .ms_max = l->options.fetch_ms,
    });
    event_add(l->tick, &tick);
    return 0;
}

int lives_new(const struct lives_options *options,
              struct lives **lives,
              struct error *err)
{
    struct lives *l = calloc(1, sizeof *l);
    int code;

    if (l == NULL)
        abort();
    l->options = *options;
    l->runs = run_table_new();
    TAILQ_INIT(&l->processes);
    l->users = users_new(options->base);
    l->probes = probes_new(options->base);
    l->connection = 1;
    l->settle = evtimer_new(options->base, settle_cb, l);
    l->tick = event_new(options->base, -1, EV_PERSIST, tick_cb, l);
    if (l->settle == NULL || l->tick == NULL)
        abort();
    getrlimit(RLIMIT_NOFILE, &l->files);
    code = start(l, err);
    if (code < 0) {
        lives_free(l);
        return code;
    }
    *lives = l;
    return 0;
}

void lives_free(struct lives *l)
{
    struct run *run;

    if (l == NULL)
        return;
    if (l->fetches != NULL)
        TAILQ_FOREACH (run, run_table_list(l->runs), link)
            fetch_cancel(run->fetch);
    TAILQ_FOREACH (run, run_table_list(l->runs), link)
        container_leave(run->container);
    worker_free(l->worker);
    probes_free(l->probes);
    users_free(l->users);
    fetches_free(l->fetches);
    TAILQ_FOREACH (run, run_table_list(l->runs), link) {
        lives_inputs_forget(run);
        lives_processes_free(l, run);
    }
    launcher_free(l->launcher);
    run_table_free(l->runs);
    event_free(l->settle);
    event_free(l->tick);
    pids_close(l->pids);
    passing_free(l->passing);
    free(l->strays);
    free(l);
}

void lives_recovered(struct lives *l)
{
    msec_t ms = l->options.settle_ms > 0 ? l->options.settle_ms : SETTLE_MS;
    const struct timeval wait = {.tv_sec = ms / 1000,
                                 .tv_usec = ms % 1000 * 1000};

    evtimer_add(l->settle, &wait);
}

bool lives_is_alive(const struct lives *l, const char *run)
{
    return run_table_find(l->runs, run) != NULL;
}

void lives_part(struct lives *l)
{
    pid_t pid = launcher_pid(l->launcher);

    if (!l->is_listed || !TAILQ_EMPTY(run_table_list(l->runs)) ||
        l->strays_count > 0)
        return;
    launcher_stop(l->launcher);
    for (int i = 0; i < PART_MS_MAX && sessions_ticks(pid) != 0; i++)
        usleep(1000);
}

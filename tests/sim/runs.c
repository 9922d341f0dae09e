/* runs.c - a table by name; one event for each that will end. */

#include "tests/sim/runs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "base/table.h"

enum {
    SIGNAL_MS = 10, /* from a signal to its effect */
    SLOW_MS = 4000, /* the same, in uninterruptible sleep */
    PID_FIRST = 300,
};

/* As waitpid() has them. */
#define STATUS_OF_EXIT(code) ((code) << 8)
#define STATUS_OF_SIGNAL(number) (number)

struct run {
    TAILQ_ENTRY(run) entry;
    char *name;
    enum run_state state;
    pid_t pid;
    uint64_t started_ticks;
    bool is_orphan; /* its launcher is no more */
    bool ignores_term;
    bool is_slow;
    int status_planned;
    struct run_fate fate;
    struct event end;
    struct runs *runs;
};

struct runs {
    struct world *world;
    struct ledger *ledger;
    struct ledger_host *host;
    void (*ended_cb)(void *arg, const char *run);
    void *arg;
    struct table *by_name;
    TAILQ_HEAD(run_list, run) all;
    pid_t pid_last;
    msec_t booted_at;
};

static const char *key_of(const void *value)
{
    return ((const struct run *)value)->name;
}

struct runs *runs_new(struct world *w,
                      struct ledger *l,
                      struct ledger_host *host,
                      void (*ended_cb)(void *arg, const char *run),
                      void *arg)
{
    struct runs *r = memory_new(1, sizeof *r);

    r->world = w;
    r->ledger = l;
    r->host = host;
    r->ended_cb = ended_cb;
    r->arg = arg;
    r->by_name = table_new(key_of);
    r->pid_last = PID_FIRST;
    TAILQ_INIT(&r->all);
    return r;
}

static void forget(struct runs *r, struct run *p)
{
    world_cancel(r->world, &p->end);
    table_remove(r->by_name, p);
    TAILQ_REMOVE(&r->all, p, entry);
    free(p->name);
    free(p);
}

void runs_free(struct runs *r)
{
    if (r == NULL)
        return;
    while (!TAILQ_EMPTY(&r->all))
        forget(r, TAILQ_FIRST(&r->all));
    table_free(r->by_name);
    free(r);
}

static struct run *find_run(const struct runs *r, const char *name)
{
    return table_find(r->by_name, name);
}

static void end_run(struct run *p, int wait_status)
{
    struct runs *r = p->runs;

    world_cancel(r->world, &p->end);
    world_trace(r->world, "process %s ends: %d", p->name, wait_status);
    p->state = p->is_orphan ? RUN_NONE : RUN_ZOMBIE;
    p->fate.is_status_known = !p->is_orphan;
    p->fate.wait_status = p->is_orphan ? 0 : wait_status;
    ledger_exited(r->ledger, p->name, wait_status);
    if (p->is_orphan)
        ledger_lost(r->ledger, p->name);
}

static void ends(struct event *event)
{
    struct run *p = event->arg;

    end_run(p, p->status_planned);
    p->runs->ended_cb(p->runs->arg, p->name);
}

static const char *script_value(const char *script, const char *word)
{
    const char *at = strstr(script, word);

    return at == NULL ? NULL : at + strlen(word);
}

static void plan(struct run *p, const char *script)
{
    const char *run = script_value(script, "run=");
    const char *code = script_value(script, "exit=");
    const char *number = script_value(script, "signal=");
    struct runs *r = p->runs;

    p->ignores_term = strstr(script, "ignore") != NULL;
    p->is_slow = strstr(script, "slow") != NULL;
    if (code != NULL)
        p->status_planned = STATUS_OF_EXIT(atoi(code));
    if (number != NULL)
        p->status_planned = STATUS_OF_SIGNAL(atoi(number));
    if (strstr(script, "memory") != NULL) {
        p->status_planned = STATUS_OF_SIGNAL(SIGKILL);
        p->fate.is_out_of_memory = true;
    }
    if (run != NULL)
        world_set(r->world, &p->end, world_now(r->world) + atoi(run));
}

pid_t runs_start(struct runs *r, const char *run, const char *script)
{
    struct run *p;

    if (strstr(script, "absent") != NULL)
        return -1;
    p = find_run(r, run);
    if (p != NULL) {
        world_fail(r->world, "%s is launched again", run);
        return p->pid;
    }
    p = memory_new(1, sizeof *p);
    p->name = memory_strdup(run);
    p->runs = r;
    p->state = RUN_RUNNING;
    p->pid = ++r->pid_last;
    p->started_ticks = (uint64_t)(world_now(r->world) - r->booted_at) / 10;
    p->end.happen = ends;
    p->end.arg = p;
    table_add(r->by_name, p);
    TAILQ_INSERT_TAIL(&r->all, p, entry);
    world_trace(r->world, "process %s starts: %s", run, script);
    ledger_started(r->ledger, r->host, run);
    plan(p, script);
    return p->pid;
}

enum run_state runs_state(const struct runs *r, const char *run)
{
    const struct run *p = find_run(r, run);

    return p == NULL ? RUN_NONE : p->state;
}

pid_t runs_pid(const struct runs *r, const char *run)
{
    return find_run(r, run)->pid;
}

uint64_t runs_started_ticks(const struct runs *r, const char *run)
{
    return find_run(r, run)->started_ticks;
}

struct run_fate runs_fate(const struct runs *r, const char *run)
{
    const struct run *p = find_run(r, run);

    return p == NULL ? (struct run_fate){0} : p->fate;
}

void runs_signal(struct runs *r, const char *run, int signal)
{
    struct run *p = find_run(r, run);
    msec_t due = world_now(r->world) + SIGNAL_MS;

    if (p == NULL || p->state != RUN_RUNNING)
        return;
    if (signal != SIGKILL && p->ignores_term)
        return;
    if (signal == SIGKILL && p->is_slow)
        due += SLOW_MS;
    if (p->end.deadline.position != 0 && p->end.deadline.due <= due)
        return; /* it ends before */
    p->status_planned = STATUS_OF_SIGNAL(signal);
    p->fate.is_out_of_memory = false;
    world_set(r->world, &p->end, due);
}

void runs_reap(struct runs *r, const char *run)
{
    struct run *p = find_run(r, run);

    if (p == NULL)
        return;
    if (p->state == RUN_RUNNING)
        end_run(p, STATUS_OF_SIGNAL(SIGKILL));
    forget(r, p);
}

uint64_t runs_output_size(const struct runs *r, const char *run)
{
    const struct run *p = find_run(r, run);

    return p == NULL ? 0 : p->state == RUN_RUNNING ? 6 : 12;
}

void runs_launcher_died(struct runs *r)
{
    struct run *p, *next;

    for (p = TAILQ_FIRST(&r->all); p != NULL; p = next) {
        next = TAILQ_NEXT(p, entry);
        if (p->state == RUN_RUNNING) {
            p->is_orphan = true;
            continue;
        }
        ledger_lost(r->ledger, p->name);
        forget(r, p);
    }
}

void runs_power_cut(struct runs *r)
{
    struct run *p;

    while ((p = TAILQ_FIRST(&r->all)) != NULL) {
        if (p->state == RUN_RUNNING)
            end_run(p, STATUS_OF_SIGNAL(SIGKILL));
        ledger_lost(r->ledger, p->name);
        forget(r, p);
    }
    r->pid_last = PID_FIRST;
    r->booted_at = world_now(r->world);
}

static size_t count(const struct runs *r, enum run_state state)
{
    const struct run *p;
    size_t n = 0;

    TAILQ_FOREACH (p, &r->all, entry)
        n += p->state == state;
    return n;
}

size_t runs_alive_count(const struct runs *r)
{
    return count(r, RUN_RUNNING);
}

size_t runs_zombies_count(const struct runs *r)
{
    return count(r, RUN_ZOMBIE);
}

/* ledger.c - one entry for each task that anybody has ever named. */

#include "tests/sim/ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "base/table.h"

struct gang {
    TAILQ_ENTRY(gang) entry;
    char *name; /* FRAMEWORK/GANG */
    bool has_started;
    bool is_dropped; /* somebody was told that it was not started */
};

struct entry {
    TAILQ_ENTRY(entry) all;
    TAILQ_ENTRY(entry) running; /* of its host */
    char *run;
    size_t framework_id_length;
    bool is_asked;
    bool is_prepared;
    struct gang *gang; /* NULL: none */
    struct ledger_need need;
    bool is_kill_asked;
    bool is_limited;          /* and may be ended by its agent */
    bool is_abandoned;        /* its framework has ended */
    bool is_unknown;          /* to the master, was the last it said */
    struct ledger_host *host; /* where it runs; NULL: nowhere */
    bool has_started;
    bool is_lost; /* what became of it */
    int wait_status;
    unsigned heard_life; /* the last in which its end was heard; 0: none */
    enum task_state end;
};

struct ledger_host {
    TAILQ_ENTRY(ledger_host) entry;
    const char *name;
    int64_t cpu_milli;
    int64_t memory_mb;
    TAILQ_HEAD(running_list, entry) running;
};

struct ledger {
    struct world *world;
    struct table *by_run;
    TAILQ_HEAD(entry_list, entry) entries;
    TAILQ_HEAD(host_list, ledger_host) hosts;
    TAILQ_HEAD(gang_list, gang) gangs;
    struct ledger_counts counts;
};

static const char *key_of(const void *value)
{
    return ((const struct entry *)value)->run;
}

struct ledger *ledger_new(struct world *w)
{
    struct ledger *l = memory_new(1, sizeof *l);

    l->world = w;
    l->by_run = table_new(key_of);
    TAILQ_INIT(&l->entries);
    TAILQ_INIT(&l->hosts);
    TAILQ_INIT(&l->gangs);
    return l;
}

void ledger_free(struct ledger *l)
{
    struct entry *e;
    struct ledger_host *h;
    struct gang *g;

    if (l == NULL)
        return;
    while ((g = TAILQ_FIRST(&l->gangs)) != NULL) {
        TAILQ_REMOVE(&l->gangs, g, entry);
        free(g->name);
        free(g);
    }
    while ((e = TAILQ_FIRST(&l->entries)) != NULL) {
        TAILQ_REMOVE(&l->entries, e, all);
        free(e->run);
        free(e);
    }
    while ((h = TAILQ_FIRST(&l->hosts)) != NULL) {
        TAILQ_REMOVE(&l->hosts, h, entry);
        free(h);
    }
    table_free(l->by_run);
    free(l);
}

static struct entry *get_entry(struct ledger *l, const char *run)
{
    struct entry *e = table_find(l->by_run, run);

    if (e != NULL)
        return e;
    e = memory_new(1, sizeof *e);
    e->run = memory_strdup(run);
    e->framework_id_length = strcspn(run, "/");
    table_add(l->by_run, e);
    TAILQ_INSERT_TAIL(&l->entries, e, all);
    return e;
}

static struct entry *get_task(struct ledger *l,
                              const char *framework_id,
                              const char *task_id)
{
    char run[512];

    snprintf(run, sizeof run, "%s/%s", framework_id, task_id);
    return get_entry(l, run);
}

static bool is_of(const struct entry *e, const char *framework_id)
{
    return e->framework_id_length == strlen(framework_id) &&
           strncmp(e->run, framework_id, e->framework_id_length) == 0;
}

struct ledger_host *ledger_add_host(struct ledger *l,
                                    const char *name,
                                    int64_t cpu_milli,
                                    int64_t memory_mb)
{
    struct ledger_host *h = memory_new(1, sizeof *h);

    h->name = name;
    h->cpu_milli = cpu_milli;
    h->memory_mb = memory_mb;
    TAILQ_INIT(&h->running);
    TAILQ_INSERT_TAIL(&l->hosts, h, entry);
    return h;
}

static void check_room(struct ledger *l,
                       const struct ledger_host *h,
                       const struct entry *last)
{
    int64_t cpu_milli = 0, memory_mb = 0;
    const struct entry *e;

    TAILQ_FOREACH (e, &h->running, running) {
        cpu_milli += e->need.cpu_milli;
        memory_mb += e->need.memory_mb;
        if (e != last && e->need.port != 0 && e->need.port == last->need.port)
            world_fail(l->world, "%s and %s have port %" PRIu64 " of %s",
                       e->run, last->run, e->need.port, h->name);
    }
    if (cpu_milli > h->cpu_milli || memory_mb > h->memory_mb)
        world_fail(l->world,
                   "%s: with %s it runs more than it has: "
                   "%" PRId64 " of %" PRId64 " cpu_milli, "
                   "%" PRId64 " of %" PRId64 " MiB",
                   h->name, last->run, cpu_milli, h->cpu_milli, memory_mb,
                   h->memory_mb);
}

void ledger_prepared(struct ledger *l, const char *run)
{
    get_entry(l, run)->is_prepared = true;
}

/* All of it starts now, or has, or nobody will. */
static void check_gang(struct ledger *l, const struct entry *first)
{
    const struct entry *e;

    if (first->gang->is_dropped)
        world_fail(l->world, "%s is started, but not gang %s", first->run,
                   first->gang->name);
    TAILQ_FOREACH (e, &l->entries, all)
        if (e->gang == first->gang && !e->is_prepared)
            world_fail(l->world, "%s is started, but %s is not prepared",
                       first->run, e->run);
    l->counts.gangs_started += !first->gang->has_started;
    first->gang->has_started = true;
}

void ledger_started(struct ledger *l, struct ledger_host *host, const char *run)
{
    struct entry *e = get_entry(l, run);

    if (e->has_started && (!e->is_lost || e->host != NULL))
        world_fail(l->world, "%s is started twice", run);
    if (!e->is_asked)
        world_fail(l->world, "%s is started, nobody asked for it", run);
    if (e->heard_life != 0)
        world_fail(l->world, "%s is started after it was heard to be %s", run,
                   task_state_name(e->end));
    if (e->host != NULL)
        return;
    e->has_started = true;
    e->host = host;
    TAILQ_INSERT_TAIL(&host->running, e, running);
    l->counts.started++;
    check_room(l, host, e);
    if (e->gang != NULL)
        check_gang(l, e);
}

void ledger_exited(struct ledger *l, const char *run, int wait_status)
{
    struct entry *e = get_entry(l, run);

    if (e->host == NULL)
        return;
    TAILQ_REMOVE(&e->host->running, e, running);
    e->host = NULL;
    e->wait_status = wait_status;
}

void ledger_lost(struct ledger *l, const char *run)
{
    get_entry(l, run)->is_lost = true;
}

void ledger_asked(struct ledger *l,
                  const char *framework_id,
                  const char *task_id,
                  const struct ledger_need *need)
{
    struct entry *e = get_task(l, framework_id, task_id);

    e->is_asked = true;
    e->need = *need;
    l->counts.asked++;
}

void ledger_gang(struct ledger *l,
                 const char *framework_id,
                 const char *gang_id,
                 const char *task_id)
{
    struct gang *g;
    char name[512];

    snprintf(name, sizeof name, "%s/%s", framework_id, gang_id);
    TAILQ_FOREACH (g, &l->gangs, entry)
        if (strcmp(g->name, name) == 0)
            break;
    if (g == NULL) {
        g = memory_new(1, sizeof *g);
        g->name = memory_strdup(name);
        TAILQ_INSERT_TAIL(&l->gangs, g, entry);
        l->counts.gangs++;
    }
    get_task(l, framework_id, task_id)->gang = g;
}

void ledger_killed(struct ledger *l,
                   const char *framework_id,
                   const char *task_id)
{
    get_task(l, framework_id, task_id)->is_kill_asked = true;
}

void ledger_limited(struct ledger *l,
                    const char *framework_id,
                    const char *task_id)
{
    get_task(l, framework_id, task_id)->is_limited = true;
}

void ledger_framework_ended(struct ledger *l, const char *framework_id)
{
    struct entry *e;

    TAILQ_FOREACH (e, &l->entries, all)
        if (is_of(e, framework_id))
            e->is_abandoned = true;
}

/* NULL, or why `state` cannot be how it ended. */
static const char *contradiction(const struct entry *e, enum task_state state)
{
    bool is_exit_0 = e->has_started && WIFEXITED(e->wait_status) &&
                     WEXITSTATUS(e->wait_status) == 0;

    if (e->host != NULL)
        return "it runs";
    switch (state) {
    case TASK_FINISHED:
        return is_exit_0 ? NULL : "it did not exit with 0";
    case TASK_FAILED:
        return is_exit_0 && !e->is_lost && !e->is_limited ? "it exited with 0"
                                                          : NULL;
    case TASK_KILLED:
        return e->is_kill_asked || e->is_limited ? NULL
                                                 : "nobody asked for that";
    case TASK_DROPPED:
    case TASK_ERROR:
    case TASK_GONE:
        return e->has_started && !e->is_lost ? "it was started" : NULL;
    case TASK_STARTING:
    case TASK_RUNNING:
    case TASK_LOST:
    case TASK_STAGING:
    case TASK_KILLING:
    case TASK_UNREACHABLE:
    case TASK_GONE_BY_OPERATOR:
    case TASK_UNKNOWN:
        break;
    }
    return NULL;
}

static void heard_end(struct ledger *l,
                      struct entry *e,
                      enum task_state state,
                      unsigned life)
{
    const char *why = contradiction(e, state);

    if (e->heard_life == life)
        world_fail(l->world, "the end of %s is heard twice", e->run);
    if (e->heard_life != 0 && e->end != state)
        world_fail(l->world, "%s is heard to be %s, and was %s", e->run,
                   task_state_name(state), task_state_name(e->end));
    if (why != NULL)
        world_fail(l->world, "%s is heard to be %s, but %s", e->run,
                   task_state_name(state), why);
    if (e->heard_life == 0) {
        l->counts.heard_ended++;
        l->counts.states[state]++;
    }
    e->heard_life = life;
    e->end = state;
}

void ledger_heard(struct ledger *l,
                  const char *framework_id,
                  const char *task_id,
                  enum task_state state,
                  unsigned life)
{
    struct entry *e = get_task(l, framework_id, task_id);

    if (!e->is_asked)
        world_fail(l->world, "%s is heard of, nobody asked for it", e->run);
    e->is_unknown = state == TASK_UNKNOWN;
    if (task_has_ended(state))
        heard_end(l, e, state, life);
    else if (e->heard_life == life)
        world_fail(l->world, "%s is heard to be %s after its end", e->run,
                   task_state_name(state));
    else if (state == TASK_RUNNING && !e->has_started)
        world_fail(l->world, "%s is heard to run, and was not started", e->run);
}

void ledger_not_started(struct ledger *l,
                        const char *framework_id,
                        const char *task_id)
{
    struct gang *g = get_task(l, framework_id, task_id)->gang;

    if (g == NULL)
        world_fail(l->world, "%s is of no gang", task_id);
    else if (g->has_started)
        world_fail(l->world, "gang %s has started, but not %s", g->name,
                   task_id);
    else
        g->is_dropped = true;
}

bool ledger_is_running(const struct ledger *l,
                       const char *framework_id,
                       const char *task_id)
{
    char run[512];
    const struct entry *e;

    snprintf(run, sizeof run, "%s/%s", framework_id, task_id);
    e = table_find(l->by_run, run);
    return e != NULL && e->host != NULL;
}

int64_t ledger_running_milli(const struct ledger *l, const char *framework_id)
{
    size_t length = strlen(framework_id);
    const struct ledger_host *host;
    const struct entry *e;
    int64_t sum = 0;

    TAILQ_FOREACH (host, &l->hosts, entry)
        TAILQ_FOREACH (e, &host->running, running)
            if (e->framework_id_length == length &&
                strncmp(e->run, framework_id, length) == 0)
                sum += e->need.cpu_milli;
    return sum;
}

void ledger_check_settled(struct ledger *l)
{
    const struct entry *e;

    TAILQ_FOREACH (e, &l->entries, all) {
        if (e->host != NULL)
            world_fail(l->world, "%s still runs on %s", e->run, e->host->name);
        if (e->is_asked && !e->is_abandoned && e->heard_life == 0 &&
            (!e->is_unknown || (e->has_started && !e->is_lost)))
            world_fail(l->world, "the end of %s was never heard%s", e->run,
                       e->has_started ? ", though it ran" : "");
    }
}

struct ledger_counts ledger_counts(const struct ledger *l)
{
    return l->counts;
}

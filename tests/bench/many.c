/* many.c - a framework that launches many tasks on whatever it is offered.
 *
 * usage: many ends COUNT: one task on each of COUNT agents, which ends at
 *        once; prints the time (CLOCK_MONOTONIC) when all have
 *        many stays MASTER_PID FEW MANY: tasks that run for ever; prints a
 *        figure of the master's resident memory, between FEW and MANY of them
 *
 * The tasks have ids of 36 characters, 3 resources, a port and 3 labels. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mezzo/framework.h"
#include "tests/bench/figure.h"

enum {
    PER_CALL = 100,
    STARTING_MAX = 1000, /* the statuses of more could outrun us */
    HELD_MAX = 1 << 14,  /* offers, meanwhile */
    CPU_MILLI = 100,
    MEMORY_MB = 16,
    DISK_MB = 16,
    AGENTS_TABLE = 1 << 14, /* open addressing: not more than half of it */
    AGAIN_MS = 5000,        /* what cannot be used now may be one day */
    IDLE_MS = 3000, /* for the master to come to rest before a look at it */
};

struct held {
    char id[64];
    int64_t count; /* of tasks that it has room for */
    uint64_t port; /* the first */
};

struct bench {
    bool ends;
    unsigned launched_count, running_count, ended_count;
    unsigned serial;    /* of the next task */
    unsigned few, many; /* ends: `many` in all */
    long master_pid;
    double few_kib; /* resident, with few tasks */
    bool is_resting;
    struct held held[HELD_MAX];
    size_t held_count;
    char agents[AGENTS_TABLE][40]; /* ends: that have had their task */
};

static double resident_kib(long pid)
{
    char path[64], line[256];
    double kib = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    file = fopen(path, "r");
    if (file == NULL)
        figure_fail("there is no process %ld", pid);
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmRSS: %lf", &kib) == 1)
            break;
    fclose(file);
    return kib;
}

static int64_t wanted(const struct bench *b)
{
    unsigned limit = b->ends || b->few_kib > 0 ? b->many : b->few;
    unsigned starting = b->launched_count - b->running_count;

    if (starting >= STARTING_MAX || b->launched_count >= limit)
        return 0;
    limit -= b->launched_count;
    return limit < STARTING_MAX - starting ? limit : STARTING_MAX - starting;
}

static int64_t room(const struct mezzo_resources *r)
{
    int64_t count = r->ports_count == 0
                        ? 0
                        : (int64_t)(r->ports[0].end - r->ports[0].begin) + 1;

    count = count < r->cpu_milli / CPU_MILLI ? count : r->cpu_milli / CPU_MILLI;
    count = count < r->memory_mb / MEMORY_MB ? count : r->memory_mb / MEMORY_MB;
    return count < r->disk_mb / DISK_MB ? count : r->disk_mb / DISK_MB;
}

static void launch(struct bench *b,
                   struct mezzo_scheduler *s,
                   const struct held *offer,
                   unsigned count)
{
    static const struct mezzo_label labels[] = {
        {"project", "climate"}, {"stage", "production"}, {"owner", "jane"}};
    static const char *const short_argv[] = {"/bin/true", NULL};
    static const char *const long_argv[] = {"/bin/sleep", "inf", NULL};
    struct mezzo_task tasks[PER_CALL] = {0};
    struct mezzo_range ports[PER_CALL];
    char ids[PER_CALL][40];

    for (unsigned i = 0; i < count; i++) {
        uint64_t port = offer->port + i;

        ports[i] = (struct mezzo_range){port, port};
        snprintf(ids[i], sizeof ids[i], "5f0c1e2a-7b3d-4c59-8e61-%012u",
                 b->serial++);
        tasks[i] = (struct mezzo_task){
            .id = ids[i],
            .resources = {.cpu_milli = CPU_MILLI,
                          .memory_mb = MEMORY_MB,
                          .disk_mb = DISK_MB,
                          .ports = &ports[i],
                          .ports_count = 1},
            .command.argv = b->ends ? short_argv : long_argv,
            .labels = labels,
            .labels_count = 3,
        };
    }
    if (mezzo_scheduler_accept(s, offer->id, tasks, count) < 0)
        figure_fail("accept: %s", mezzo_scheduler_explain(s));
    b->launched_count += count;
}

/* The first time that it is asked. */
static bool is_new(struct bench *b, const char *agent_id)
{
    size_t at = 0;

    for (const char *c = agent_id; *c != '\0'; c++)
        at = at * 31 + (unsigned char)*c;
    for (at %= AGENTS_TABLE; b->agents[at][0] != '\0';
         at = (at + 1) % AGENTS_TABLE) {
        if (strcmp(b->agents[at], agent_id) == 0)
            return false;
    }
    snprintf(b->agents[at], sizeof b->agents[at], "%s", agent_id);
    return true;
}

static void launch_more(struct bench *b, struct mezzo_scheduler *s)
{
    while (b->held_count > 0 && wanted(b) > 0) {
        struct held *h = &b->held[--b->held_count];
        int64_t count = h->count < PER_CALL ? h->count : PER_CALL;

        if (b->ends)
            count = 1;
        launch(b, s, h, (unsigned)(count < wanted(b) ? count : wanted(b)));
    }
}

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct bench *b = arg;

    for (size_t i = 0; i < offers_count; i++) {
        int64_t count = room(&offers[i].resources);
        struct held *h = &b->held[b->held_count];

        if (count == 0 || b->held_count == HELD_MAX ||
            (b->ends && !is_new(b, offers[i].agent_id))) {
            mezzo_scheduler_decline(s, offers[i].id, AGAIN_MS);
            continue;
        }
        h->count = count;
        h->port = offers[i].resources.ports[0].begin;
        snprintf(h->id, sizeof h->id, "%s", offers[i].id);
        b->held_count++;
    }
    launch_more(b, s);
}

static void rescinded_cb(struct mezzo_scheduler *s,
                         const char *offer_id,
                         void *arg)
{
    struct bench *b = arg;

    (void)s;
    for (size_t i = 0; i < b->held_count; i++) {
        if (strcmp(b->held[i].id, offer_id) == 0)
            b->held[i--] = b->held[--b->held_count];
    }
}

static void rest(struct bench *b, struct mezzo_scheduler *s)
{
    mezzo_scheduler_suppress(s, NULL);
    b->is_resting = true;
    mezzo_scheduler_set_alarm(s, mezzo_scheduler_now_ms(s) + IDLE_MS);
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct bench *b = arg;

    if (status->state == MEZZO_TASK_RUNNING)
        b->running_count++;
    else if (status->state == MEZZO_TASK_FINISHED)
        b->ended_count++;
    if (status->state == MEZZO_TASK_DROPPED) { /* its offer had just expired */
        b->launched_count--;
        launch_more(b, s);
        return;
    }
    if (mezzo_task_has_ended(status->state) &&
        (!b->ends || status->state != MEZZO_TASK_FINISHED))
        figure_fail("task %s: %s: %s", status->task_id,
                    mezzo_task_state_name(status->state),
                    status->message != NULL ? status->message : "");
    if (b->ends && b->ended_count == b->many) {
        printf("%.6f\n", figure_seconds());
        exit(0);
    }
    if (!b->ends && b->running_count == (b->few_kib > 0 ? b->many : b->few))
        rest(b, s);
    launch_more(b, s);
}

static void print(const struct bench *b, double kib)
{
    figure_print(
        &(struct figure){"master_bytes_per_task",
                         (kib - b->few_kib) * 1024 / (b->many - b->few), "B",
                         "<= 1024"},
        "resident: %.0f MiB with %u tasks, %.0f MiB with %u", b->few_kib / 1024,
        b->few, kib / 1024, b->many);
}

static void alarm_cb(struct mezzo_scheduler *s, void *arg)
{
    struct bench *b = arg;

    if (!b->is_resting)
        return;
    b->is_resting = false;
    if (b->few_kib > 0) {
        print(b, resident_kib(b->master_pid));
        exit(0);
    }
    b->few_kib = resident_kib(b->master_pid);
    mezzo_scheduler_revive(s, NULL);
}

int main(int argc, char **argv)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb,
        .rescinded = rescinded_cb,
        .status = status_cb,
        .alarm = alarm_cb};
    const struct mezzo_scheduler_options options = {.name = "many"};
    static struct bench b;
    struct mezzo_scheduler *s;

    if (argc == 3 && strcmp(argv[1], "ends") == 0) {
        b.ends = true;
        b.many = (unsigned)strtoul(argv[2], NULL, 10);
    } else if (argc == 5 && strcmp(argv[1], "stays") == 0) {
        b.master_pid = strtol(argv[2], NULL, 10);
        b.few = (unsigned)strtoul(argv[3], NULL, 10);
        b.many = (unsigned)strtoul(argv[4], NULL, 10);
    }
    if (b.many == 0 || b.few >= b.many || (b.ends && b.many > AGENTS_TABLE / 2))
        figure_fail("usage: many ends COUNT | many stays MASTER_PID FEW MANY");
    s = mezzo_scheduler_new(&options, &callbacks, &b);
    if (mezzo_scheduler_run(s) < 0)
        figure_fail("%s", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    return 1;
}

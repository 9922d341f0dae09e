/* host.c - a queue of orders for each run, and one for the journal.
 *
 * An order is a job that takes its time.  When the agent dies, each queue is
 * cut at a point of its own: what is before was done, but nobody was told. */

#include "tests/sim/host.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/table.h"
#include "tests/sim/runs.h"

enum {
    FENCE_MS = 5000,     /* the launcher's, without an agent */
    LOOK_AGAIN_MS = 200, /* has a watched file grown? */
    IMAGES_MAX = 16,
};

static const char output[] = "begin\nfinal\n";

/* Whose orders are carried out in order. */
struct lane {
    TAILQ_ENTRY(lane) entry;
    struct host *host;
    char *run; /* "": the journal */
    msec_t last_due;
    bool is_cut;
    bool is_watched; /* its end is to be reported */
    bool is_fenced;
    struct event ended; /* until it is */
};

struct job {
    TAILQ_ENTRY(job) entry;
    struct lane *lane;
    struct event due;
    enum order_kind kind;
    uint64_t ticket;
    uint64_t process;
    uint8_t *bytes;
    size_t size;
    bool is_synced;
    char *script;
    bool cannot_be; /* it will be answered with a fault */
    bool is_fenced;
    int signal;
    uint64_t offset;
    size_t size_max;
};

/* Of the machine's store, which outlives agents. */
struct image {
    char reference[32];
    char digest[80];
};

struct host {
    struct image images[IMAGES_MAX];
    size_t images_count;
    struct world *world;
    struct ledger *ledger;
    struct host_options options;
    struct host_faults faults;
    struct process *agent;
    struct runs *runs;
    struct table *lanes;
    TAILQ_HEAD(lane_list, lane) lane_list;
    TAILQ_HEAD(job_list, job) jobs; /* in the order they were given */
    uint8_t *journal;
    size_t journal_size;
    size_t synced_size; /* survives a power cut */
    unsigned boots_count;
    struct event fence; /* while there is no agent */
};

static const char *lane_key(const void *value)
{
    return ((const struct lane *)value)->run;
}

/* ------------------------------------------------------- journal */

static void journal_cut(struct host *h, size_t size)
{
    h->journal_size = size;
    if (h->synced_size > size)
        h->synced_size = size;
}

static void journal_append(struct host *h, const uint8_t *bytes, size_t size)
{
    h->journal = memory_resize(h->journal, h->journal_size + size + 1, 1);
    memcpy(h->journal + h->journal_size, bytes, size);
    h->journal_size += size;
}

/* NULL, or what failed, and then it is as it was. */
static const char *journal_write(struct host *h, const struct job *j)
{
    if (h->faults.journal_permille > 0 &&
        world_random(h->world, 1000) < h->faults.journal_permille)
        return "no space left on device";
    if (j->kind == ORDER_REWRITE)
        journal_cut(h, 0);
    journal_append(h, j->bytes, j->size);
    if (j->is_synced || j->kind == ORDER_REWRITE)
        h->synced_size = h->journal_size;
    return NULL;
}

/* --------------------------------------------------------- orders */

static void tell(struct host *h, struct report *report)
{
    process_report(h->agent, report);
}

static void tell_exited(struct host *h, struct lane *a)
{
    const struct run_fate fate = runs_fate(h->runs, a->run);
    struct report report = {.kind = REPORT_EXITED, .run = a->run};

    a->is_watched = false;
    report.is_status_known = fate.is_status_known;
    report.wait_status = fate.wait_status;
    report.is_out_of_memory = fate.is_out_of_memory;
    report.usage.cpu_user_us = 1000;
    tell(h, &report);
}

static void tell_launched(struct host *h, struct lane *a, uint64_t ticket)
{
    struct report report = {
        .kind = REPORT_LAUNCHED, .run = a->run, .ticket = ticket};

    if (runs_state(h->runs, a->run) == RUN_NONE) {
        report.fault = "no such program";
    } else {
        a->is_watched = true;
        report.pid = runs_pid(h->runs, a->run);
        report.started_ticks = runs_started_ticks(h->runs, a->run);
    }
    tell(h, &report);
    if (a->is_watched && runs_state(h->runs, a->run) == RUN_ZOMBIE)
        world_set(h->world, &a->ended, world_now(h->world));
}

static void adopt(struct host *h, const struct job *j)
{
    struct report none = {.kind = REPORT_EXITED,
                          .run = j->lane->run,
                          .fault = "there is no such run"};

    switch (runs_state(h->runs, j->lane->run)) {
    case RUN_RUNNING:
        tell_launched(h, j->lane, j->ticket);
        break;
    case RUN_ZOMBIE:
        tell_exited(h, j->lane);
        break;
    case RUN_NONE:
        tell(h, &none);
        break;
    }
}

static struct report_image image_row(const struct image *image)
{
    return (struct report_image){image->reference, image->digest, 1000};
}

static const struct image *find_image(const struct host *h, const char *text)
{
    for (size_t i = 0; i < h->images_count; i++)
        if (strcmp(h->images[i].reference, text) == 0 ||
            strcmp(h->images[i].digest, text) == 0)
            return &h->images[i];
    return NULL;
}

static void fetch_image(struct host *h, const char *reference)
{
    struct image *image = &h->images[h->images_count];

    if (find_image(h, reference) != NULL || h->images_count == IMAGES_MAX)
        return;
    snprintf(image->reference, sizeof image->reference, "%s", reference);
    snprintf(image->digest, sizeof image->digest, "sha256:%064zx",
             h->images_count + 1);
    h->images_count++;
}

static void tell_image(struct host *h, const struct job *j, const char *fault)
{
    const struct image *image = find_image(h, j->script);
    struct report_image row;
    struct report report = {
        .kind = REPORT_IMAGE, .ticket = j->ticket, .fault = fault};

    if (fault == NULL && image != NULL) {
        row = image_row(image);
        report.images = &row;
        report.images_count = 1;
    }
    tell(h, &report);
}

static void tell_recovered(struct host *h, const struct job *j)
{
    struct report_image rows[IMAGES_MAX];
    char boot_id[64];
    struct report report = {.kind = REPORT_RECOVERED,
                            .ticket = j->ticket,
                            .bytes = h->journal,
                            .size = h->journal_size,
                            .boot_id = boot_id,
                            .images = rows,
                            .images_count = h->images_count};

    for (size_t i = 0; i < h->images_count; i++)
        rows[i] = image_row(&h->images[i]);
    snprintf(boot_id, sizeof boot_id, "%s-%u", h->options.name, h->boots_count);
    tell(h, &report);
}

static void read_output(struct host *h, const struct job *j)
{
    uint64_t size = runs_output_size(h->runs, j->lane->run);
    struct report report = {.kind = REPORT_READ,
                            .run = j->lane->run,
                            .ticket = j->ticket,
                            .offset = j->offset,
                            .file_size = size};

    if (j->cannot_be)
        report.fault = "no such file";
    if (j->offset < size) {
        report.bytes = (const uint8_t *)output + j->offset;
        report.size = size - j->offset;
        if (report.size > j->size_max)
            report.size = j->size_max;
    }
    report.is_at_end = j->offset + report.size >= size;
    report.has_ended = runs_state(h->runs, j->lane->run) != RUN_RUNNING;
    tell(h, &report);
}

static bool has_grown(const struct host *h, const struct job *j)
{
    return runs_state(h->runs, j->lane->run) != RUN_RUNNING ||
           runs_output_size(h->runs, j->lane->run) > j->offset;
}

static void list(struct host *h, const struct job *j)
{
    const uint64_t size = runs_output_size(h->runs, j->lane->run);
    const struct report_entry entries[] = {{"stderr", 0, false},
                                           {"stdout", size, false}};
    struct report report = {.kind = REPORT_LISTED,
                            .run = j->lane->run,
                            .ticket = j->ticket,
                            .entries = entries,
                            .entries_count = 2};

    tell(h, &report);
}

/* It does nothing, and is done at once. */
static void tell_spawned(struct host *h, const struct job *j)
{
    struct report report = {.kind = REPORT_SPAWNED,
                            .run = j->lane->run,
                            .process = j->process,
                            .pid = 1};

    if (runs_state(h->runs, j->lane->run) != RUN_RUNNING)
        report.fault = "its run does not live";
    tell(h, &report);
    if (report.fault != NULL)
        return;
    report.kind = REPORT_PROCESS_EXITED;
    report.is_status_known = true;
    tell(h, &report);
}

/* What changes the machine, whether or not anybody hears of it. */
static const char *act(struct host *h, const struct job *j)
{
    switch (j->kind) {
    case ORDER_JOURNAL:
    case ORDER_REWRITE:
        return journal_write(h, j);
    case ORDER_PREPARE:
        if (j->cannot_be ||
            world_random(h->world, 1000) < h->faults.prepare_permille)
            return "cannot fetch it";
        ledger_prepared(h->ledger, j->lane->run);
        break;
    case ORDER_FETCH_IMAGE:
        if (strcmp(j->script, "registry/app:4") == 0 ||
            world_random(h->world, 1000) < h->faults.prepare_permille)
            return "no such image";
        fetch_image(h, j->script);
        break;
    case ORDER_LAUNCH:
        j->lane->is_fenced = j->is_fenced;
        if (h->faults.launch_permille == 0 ||
            world_random(h->world, 1000) >= h->faults.launch_permille)
            runs_start(h->runs, j->lane->run, j->script);
        break;
    case ORDER_SIGNAL:
        runs_signal(h->runs, j->lane->run, j->signal);
        break;
    case ORDER_REAP:
        runs_reap(h->runs, j->lane->run);
        break;
    case ORDER_RECOVER:
    case ORDER_ADOPT:
    case ORDER_REMOVE:
    case ORDER_READ:
    case ORDER_WATCH:
    case ORDER_LIST:
    case ORDER_SPAWN:
    case ORDER_TAKE:
    case ORDER_FEED:
    case ORDER_END_INPUT:
    case ORDER_RESIZE:
    case ORDER_TASK:
    case ORDER_RELEASE:
    case ORDER_CANCEL_IMAGE:
    case ORDER_NETWORK:
    case ORDER_REMOVE_IMAGE:
        break;
    case ORDER_CHECK:
        if (world_chance(h->world, 30))
            return "it does not feel well";
        break;
    }
    return NULL;
}

static void answer(struct host *h, const struct job *j, const char *fault)
{
    struct report report = {
        .run = j->lane->run, .ticket = j->ticket, .fault = fault};

    switch (j->kind) {
    case ORDER_RECOVER:
        tell_recovered(h, j);
        return;
    case ORDER_JOURNAL:
    case ORDER_REWRITE:
        report.run = NULL;
        report.kind = REPORT_JOURNALED;
        break;
    case ORDER_PREPARE:
        report.kind = REPORT_PREPARED;
        break;
    case ORDER_LAUNCH:
        tell_launched(h, j->lane, j->ticket);
        return;
    case ORDER_ADOPT:
        adopt(h, j);
        return;
    case ORDER_REAP:
        report.kind = REPORT_REAPED;
        break;
    case ORDER_READ:
        read_output(h, j);
        return;
    case ORDER_WATCH:
        report.kind = REPORT_GROWN;
        report.has_ended = runs_state(h->runs, j->lane->run) != RUN_RUNNING;
        break;
    case ORDER_LIST:
        list(h, j);
        return;
    case ORDER_SPAWN:
        tell_spawned(h, j);
        return;
    case ORDER_FETCH_IMAGE:
        tell_image(h, j, fault);
        return;
    case ORDER_CHECK:
        report.kind = REPORT_CHECKED;
        break;
    case ORDER_SIGNAL:
    case ORDER_REMOVE:
    case ORDER_END_INPUT:
    case ORDER_RESIZE:
    case ORDER_TASK:
    case ORDER_RELEASE:
    case ORDER_CANCEL_IMAGE:
    case ORDER_NETWORK:
    case ORDER_REMOVE_IMAGE:
        return;
    case ORDER_TAKE: /* it has written nothing */
        report.kind = REPORT_TOOK;
        report.is_at_end = true;
        break;
    case ORDER_FEED:
        report.kind = REPORT_FED;
        break;
    }
    tell(h, &report);
}

static void job_free(struct host *h, struct job *j)
{
    world_cancel(h->world, &j->due);
    TAILQ_REMOVE(&h->jobs, j, entry);
    free(j->bytes);
    free(j->script);
    free(j);
}

/* What comes before it in its queue has been put off by a longer pause. */
static msec_t due_before(const struct job *j)
{
    const struct job *before;

    TAILQ_FOREACH (before, &j->lane->host->jobs, entry) {
        if (before == j)
            return 0;
        if (before->lane == j->lane && before->kind != ORDER_WATCH)
            return before->due.deadline.due;
    }
    return 0;
}

static void carry_out(struct event *event)
{
    struct job *j = event->arg;
    struct host *h = j->lane->host;
    msec_t again = process_paused_until(h->agent);
    const char *fault;

    if (j->kind != ORDER_WATCH && due_before(j) >= world_now(h->world)) {
        world_set(h->world, event, due_before(j));
        return;
    }
    if (again > world_now(h->world)) {
        world_set(h->world, event, again);
        return;
    }
    if (j->kind == ORDER_WATCH && !has_grown(h, j)) {
        world_set(h->world, event, world_now(h->world) + LOOK_AGAIN_MS);
        return;
    }
    fault = act(h, j);
    /* Not to be found by what the answer leads to. */
    TAILQ_REMOVE(&h->jobs, j, entry);
    answer(h, j, fault);
    TAILQ_INSERT_HEAD(&h->jobs, j, entry);
    job_free(h, j);
}

static void has_ended(struct event *event)
{
    struct lane *a = event->arg;
    msec_t again = process_paused_until(a->host->agent);

    if (again > world_now(a->host->world))
        world_set(a->host->world, event, again);
    else
        tell_exited(a->host, a);
}

static struct lane *get_lane(struct host *h, const char *run)
{
    struct lane *a = table_find(h->lanes, run);

    if (a != NULL)
        return a;
    a = memory_new(1, sizeof *a);
    a->host = h;
    a->run = memory_strdup(run);
    a->ended.happen = has_ended;
    a->ended.arg = a;
    table_add(h->lanes, a);
    TAILQ_INSERT_TAIL(&h->lane_list, a, entry);
    return a;
}

static void ended_cb(void *arg, const char *run)
{
    struct host *h = arg;
    struct lane *a = get_lane(h, run);

    if (a->is_watched)
        world_set(h->world, &a->ended,
                  world_now(h->world) +
                      world_between(h->world, 0, h->faults.delay_ms_max));
}

static const char *last_word(const char *const *argv)
{
    const char *last = "";

    for (; argv != NULL && *argv != NULL; argv++)
        last = *argv;
    return last;
}

static bool is_missing(const struct order *order)
{
    for (size_t i = 0; i < order->prepare.uris_count; i++)
        if (strstr(order->prepare.uris[i].value, "missing") != NULL)
            return true;
    return false;
}

static msec_t due_of(struct host *h, const struct job *j)
{
    msec_t most = j->is_synced || j->kind == ORDER_REWRITE
                      ? h->faults.journal_ms_max
                      : h->faults.delay_ms_max;
    msec_t due = world_now(h->world) + world_between(h->world, 0, most);

    /* Who watches does not keep the others waiting. */
    if (j->kind == ORDER_WATCH || due >= j->lane->last_due)
        return due;
    return j->lane->last_due;
}

static void trace(struct host *h, const struct order *order)
{
    static const char *const names[] = {
        "recover",      "journal",      "rewrite", "prepare", "launch",
        "adopt",        "signal",       "reap",    "remove",  "read",
        "watch",        "list",         "spawn",   "take",    "feed",
        "end input",    "resize",       "task",    "release", "fetch image",
        "cancel image", "remove image", "check"};

    world_trace(h->world, "%s: %s %s", h->options.name, names[order->kind],
                order->run == NULL ? "" : order->run);
}

/* Images do not wait for the journal, nor for each other. */
static const char *lane_of(const struct order *order)
{
    if (order->kind == ORDER_FETCH_IMAGE)
        return order->image.reference;
    return order->run == NULL ? "" : order->run;
}

static const char *script_of(const struct order *order)
{
    return order->launch.container != NULL &&
                   order->launch.container->arguments != NULL
               ? last_word(order->launch.container->arguments)
               : last_word(order->launch.argv);
}

void host_order(void *host, const void *arg)
{
    struct host *h = host;
    const struct order *order = arg;
    struct job *j = memory_new(1, sizeof *j);

    trace(h, order);
    j->lane = get_lane(h, lane_of(order));
    j->kind = order->kind;
    j->ticket = order->ticket;
    j->process = order->process;
    j->size = order->size;
    if (j->size > 0)
        j->bytes = memory_copy(order->bytes, j->size);
    j->is_synced = order->is_synced;
    j->signal = order->signal;
    j->offset = order->offset;
    j->size_max = order->size_max;
    if (order->kind == ORDER_RECOVER)
        world_cancel(h->world, &h->fence);
    j->is_fenced = order->kind == ORDER_LAUNCH && order->launch.is_fenced;
    if (order->kind == ORDER_LAUNCH)
        j->script = memory_strdup(script_of(order));
    if (order->kind == ORDER_FETCH_IMAGE)
        j->script = memory_strdup(order->image.reference);
    if (order->kind == ORDER_PREPARE && order->prepare.container != NULL &&
        find_image(h, order->prepare.container->digest) == NULL)
        world_fail(h->world, "%s: %s has no image", h->options.name,
                   order->run);
    if (order->kind == ORDER_PREPARE)
        j->cannot_be = is_missing(order);
    if (order->kind == ORDER_READ)
        j->cannot_be =
            order->path == NULL || strcmp(order->path, "stdout") != 0;
    j->due.happen = carry_out;
    j->due.arg = j;
    TAILQ_INSERT_TAIL(&h->jobs, j, entry);
    world_set(h->world, &j->due, due_of(h, j));
    if (order->kind != ORDER_WATCH)
        j->lane->last_due = j->due.deadline.due;
}

/* --------------------------------------------------------- faults */

/* The append that was under way; `is_cut` is set for what comes after it. */
static void tear(struct host *h, struct job *j)
{
    if (j->kind == ORDER_JOURNAL)
        journal_append(h, j->bytes,
                       (size_t)world_random(h->world, j->size + 1));
}

/* What an agent would have ended. */
static void fence(struct event *event)
{
    struct host *h = event->arg;
    struct lane *a;

    TAILQ_FOREACH (a, &h->lane_list, entry)
        if (a->is_fenced)
            runs_signal(h->runs, a->run, SIGKILL);
}

void host_agent_died(struct host *h)
{
    struct job *j;
    struct lane *a;

    while ((j = TAILQ_FIRST(&h->jobs)) != NULL) {
        if (!j->lane->is_cut && world_chance(h->world, 50)) {
            act(h, j);
        } else if (!j->lane->is_cut) {
            j->lane->is_cut = true;
            tear(h, j);
        }
        job_free(h, j);
    }
    world_set(h->world, &h->fence, world_now(h->world) + FENCE_MS);
    TAILQ_FOREACH (a, &h->lane_list, entry) {
        a->is_cut = a->is_watched = false;
        a->last_due = 0;
        world_cancel(h->world, &a->ended);
    }
}

void host_launcher_died(struct host *h)
{
    world_trace(h->world, "%s: its launcher is killed", h->options.name);
    runs_launcher_died(h->runs);
}

/* What was not synced may be there in parts: pages in any order. */
static void garble(struct host *h)
{
    size_t from = h->synced_size, size = h->journal_size - from;

    if (size == 0 || world_chance(h->world, 50))
        return;
    from += (size_t)world_random(h->world, size);
    size = 1 + (size_t)world_random(h->world, h->journal_size - from);
    world_trace(h->world, "%s: its journal is garbled at %zu", h->options.name,
                from);
    if (world_chance(h->world, 50))
        memset(h->journal + from, 0, size);
    else
        for (size_t i = 0; i < size; i++)
            h->journal[from + i] = (uint8_t)world_random(h->world, 256);
}

void host_reboot(struct host *h)
{
    size_t kept = h->synced_size;

    world_trace(h->world, "%s: its power is cut", h->options.name);
    runs_power_cut(h->runs);
    kept += (size_t)world_random(h->world, h->journal_size - kept + 1);
    journal_cut(h, kept);
    garble(h);
    h->boots_count++;
}

/* ----------------------------------------------------------- life */

struct host *host_new(struct world *w,
                      struct ledger *l,
                      const struct host_options *options)
{
    struct host *h = memory_new(1, sizeof *h);
    struct ledger_host *in_ledger = ledger_add_host(
        l, options->name, options->cpu_milli, options->memory_mb);

    h->world = w;
    h->ledger = l;
    h->options = *options;
    h->lanes = table_new(lane_key);
    TAILQ_INIT(&h->lane_list);
    TAILQ_INIT(&h->jobs);
    h->fence = (struct event){.happen = fence, .arg = h};
    h->runs = runs_new(w, l, in_ledger, ended_cb, h);
    return h;
}

void host_free(struct host *h)
{
    struct lane *a;

    if (h == NULL)
        return;
    world_cancel(h->world, &h->fence);
    while (!TAILQ_EMPTY(&h->jobs))
        job_free(h, TAILQ_FIRST(&h->jobs));
    while ((a = TAILQ_FIRST(&h->lane_list)) != NULL) {
        world_cancel(h->world, &a->ended);
        table_remove(h->lanes, a);
        TAILQ_REMOVE(&h->lane_list, a, entry);
        free(a->run);
        free(a);
    }
    table_free(h->lanes);
    runs_free(h->runs);
    free(h->journal);
    free(h);
}

void host_set_faults(struct host *h, const struct host_faults *faults)
{
    h->faults = *faults;
}

void host_set_agent(struct host *h, struct process *agent)
{
    h->agent = agent;
}

size_t host_alive_count(const struct host *h)
{
    return runs_alive_count(h->runs);
}

size_t host_zombies_count(const struct host *h)
{
    return runs_zombies_count(h->runs);
}

size_t host_journal_size(const struct host *h)
{
    return h->journal_size;
}

/* claimant.c - one ask, put again whenever what it lacks has changed. */

#include "tests/sim/claimant.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "libframework/core.h"
#include "mezzo/framework.h"

enum {
    MEMORY_MB = 16,
    PER_OFFER_MAX = 16,
    LOOK_MS = 2000, /* what is lacking is asked for again */
};

struct claimant {
    struct world *world;
    struct ledger *ledger;
    struct claimant_options options;
    struct process *process;
    struct mezzo_scheduler *core;
    char framework_id[128];
    unsigned launched_count;
    unsigned open_count;
    unsigned recalled_count;
    char script[64];
};

static void ask(struct claimant *c)
{
    const struct mezzo_slot slot = {
        .each = {.cpu_milli = c->options.cpu_milli, .memory_mb = MEMORY_MB},
        .count = c->options.wanted - c->open_count,
    };
    const struct mezzo_ask wanted = {.id = "claim",
                                     .slots = &slot,
                                     .slots_count = 1,
                                     .priority = c->options.priority};

    if (c->open_count >= c->options.wanted)
        mezzo_scheduler_withdraw(c->core, "claim");
    else if (mezzo_scheduler_ask(c->core, &wanted) != 0)
        world_fail(c->world, "%s: ask: %s", c->options.name,
                   mezzo_scheduler_explain(c->core));
}

static void launch(struct claimant *c, const struct mezzo_offer *offer)
{
    struct mezzo_task tasks[PER_OFFER_MAX];
    char ids[PER_OFFER_MAX][32];
    const char *const argv[] = {"/bin/script", c->script, NULL};
    const struct ledger_need need = {.cpu_milli = c->options.cpu_milli,
                                     .memory_mb = MEMORY_MB};
    size_t count = 0;

    memset(tasks, 0, sizeof tasks);
    while (offer->slot_counts_count > 0 && count < offer->slot_counts[0] &&
           count < PER_OFFER_MAX && c->open_count < c->options.wanted) {
        struct mezzo_task *task = &tasks[count];

        snprintf(ids[count], sizeof ids[count], "c%u", c->launched_count++);
        task->id = ids[count];
        task->resources.cpu_milli = c->options.cpu_milli;
        task->resources.memory_mb = MEMORY_MB;
        task->command.argv = argv;
        ledger_asked(c->ledger, c->framework_id, task->id, &need);
        ledger_limited(c->ledger, c->framework_id, task->id); /* recalls */
        c->open_count++;
        count++;
    }
    if (count == 0)
        mezzo_scheduler_decline(c->core, offer->id, 0);
    else if (mezzo_scheduler_accept(c->core, offer->id, tasks, count) != 0)
        world_fail(c->world, "%s: accept: %s", c->options.name,
                   mezzo_scheduler_explain(c->core));
}

static void offers_cb(struct mezzo_scheduler *core,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct claimant *c = arg;

    for (size_t i = 0; i < offers_count; i++)
        if (offers[i].ask_id != NULL)
            launch(c, &offers[i]);
        else
            mezzo_scheduler_decline(core, offers[i].id, -1);
}

static void subscribed_cb(struct mezzo_scheduler *core,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    struct claimant *c = arg;

    (void)core;
    snprintf(c->framework_id, sizeof c->framework_id, "%s",
             subscription->framework_id);
    ask(c);
}

static void status_cb(struct mezzo_scheduler *core,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct claimant *c = arg;

    (void)core;
    ledger_heard(c->ledger, c->framework_id, status->task_id,
                 (enum task_state)status->state, 1);
    if (!mezzo_task_has_ended(status->state))
        return;
    c->open_count--;
    ask(c);
}

static void recalled_cb(struct mezzo_scheduler *core,
                        const struct mezzo_recall *recall,
                        void *arg)
{
    struct claimant *c = arg;

    (void)core;
    world_trace(c->world, "%s: %zu tasks are recalled", c->options.name,
                recall->tasks_count);
    c->recalled_count += (unsigned)recall->tasks_count;
}

static void alarm_cb(struct mezzo_scheduler *core, void *arg)
{
    struct claimant *c = arg;

    ask(c);
    mezzo_scheduler_set_alarm(core, world_now(c->world) + LOOK_MS);
}

static const struct mezzo_scheduler_callbacks callbacks = {
    .subscribed = subscribed_cb,
    .offers = offers_cb,
    .status = status_cb,
    .recalled = recalled_cb,
    .alarm = alarm_cb,
};

static struct machine start(void *arg)
{
    struct claimant *c = arg;
    const char *const roles[] = {c->options.role};
    const struct mezzo_scheduler_options options = {
        .name = c->options.name, .roles = roles, .roles_count = 1};
    const struct core_surroundings surroundings = {
        .seed = world_random(c->world, UINT64_MAX),
        .user = "nobody",
        .masters = c->options.masters};

    c->core = mezzo_scheduler_new(&options, &callbacks, c);
    if (scheduler_prepare(c->core, &surroundings, NULL) != 0)
        abort();
    mezzo_scheduler_set_alarm(c->core, world_now(c->world) + LOOK_MS);
    return scheduler_machine(c->core);
}

static void stop(void *arg)
{
    struct claimant *c = arg;

    mezzo_scheduler_free(c->core);
    c->core = NULL;
}

struct claimant *claimant_new(struct world *w,
                              struct network *n,
                              struct ledger *l,
                              const struct claimant_options *options)
{
    static const char *const any[] = {"*"};
    struct claimant *c = memory_new(1, sizeof *c);
    const struct process_options process = {
        .name = options->name,
        .principal = {.name = options->name,
                      .kind = PRINCIPAL_FRAMEWORK,
                      .roles = any,
                      .roles_count = 1,
                      .users = any,
                      .users_count = 1},
        .links = links_defaults,
        .arg = c,
        .start = start,
        .stop = stop};

    c->world = w;
    c->ledger = l;
    c->options = *options;
    snprintf(c->script, sizeof c->script, "run=%" PRId64 " exit=0",
             options->run_ms);
    c->process = process_new(w, n, &process);
    process_start(c->process);
    return c;
}

void claimant_free(struct claimant *c)
{
    if (c == NULL)
        return;
    process_free(c->process);
    free(c);
}

int64_t claimant_running_milli(const struct claimant *c)
{
    return ledger_running_milli(c->ledger, c->framework_id);
}

unsigned claimant_recalled_count(const struct claimant *c)
{
    return c->recalled_count;
}

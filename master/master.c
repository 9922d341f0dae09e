/* master.c - inputs go to the files that know; whatever was said goes out at
 * the end of the step. */

#include "master/master.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/links.h"
#include "base/memory.h"
#include "master/acceptance.h"
#include "master/asks.h"
#include "master/calls.h"
#include "master/departures.h"
#include "master/drains.h"
#include "master/explain.h"
#include "master/gangs.h"
#include "master/history.h"
#include "master/holdings.h"
#include "master/muster.h"
#include "master/operators.h"
#include "master/preemption.h"
#include "master/quotas.h"
#include "master/records.h"
#include "master/registration.h"
#include "master/reservations.h"
#include "master/role_settings.h"
#include "master/state.h"
#include "master/subscription.h"
#include "master/usages.h"
#include "master/whatif.h"

#define STORE_RETRY_MS 1000

const struct master_options master_defaults = {
    .address = "",
    .hostname = "",
    .version = "",
    .store = "the store",
    .offer_lease_ms = 30000,
    .agent_timeout_ms = 15000,
    .failover_timeout_ms = 3600 * 1000,
    .decline_ms = 5000,
    .recall_ms = 30000,
    .run_min_ms = 60000,
    .usage_half_life_ms = 7 * 24 * 3600 * 1000,
    .removals_percent = 50,
    .completed_max = 10000,
    .slice_max = 256,
};

struct master *master_new(const struct master_options *options)
{
    struct master *m = memory_new(1, sizeof *m);

    assert(options->offer_lease_ms > 0 && options->slice_max > 0);
    m->options = *options;
    m->options.address = memory_strdup(options->address);
    m->options.hostname = memory_strdup(options->hostname);
    m->options.version = memory_strdup(options->version);
    m->options.store = memory_strdup(options->store);
    m->random.state = options->seed;
    m->retired = retired_new();
    m->standbys = standbys_new();
    m->departures = departures_new();
    m->history = history_asked_new();
    m->alloc = alloc_new();
    m->agents = agents_new(m->retired);
    m->frameworks = frameworks_new(m->retired);
    m->tasks = tasks_new();
    m->offers = offers_new();
    m->gangs = gangs_new();
    m->role_settings = role_settings_new();
    m->reservations = reservations_new();
    m->whatifs = whatifs_new();
    m->outbox = outbox_new();
    m->parked = parked_new();
    m->deadlines = deadlines_new();
    m->store_retry.kind = DEADLINE_STORE;
    m->explain.kind = DEADLINE_EXPLAIN;
    m->preempt.kind = DEADLINE_PREEMPT;
    return m;
}

static void free_executors(struct master *m)
{
    struct agent *agent = agents_first(m->agents);

    for (; agent != NULL; agent = TAILQ_NEXT(agent, entry))
        while (!TAILQ_EMPTY(&agent->executors))
            tasks_remove_executor(agent, TAILQ_FIRST(&agent->executors));
}

void master_free(struct master *m)
{
    if (m == NULL)
        return;
    free_executors(m);
    parked_free(m->parked);
    gangs_free(m->gangs);
    role_settings_free(m->role_settings);
    reservations_free(m->reservations);
    whatifs_free(m->whatifs);
    offers_free(m->offers);
    tasks_free(m->tasks);
    frameworks_free(m->frameworks);
    agents_free(m->agents);
    alloc_free(m->alloc);
    standbys_free(m->standbys);
    departures_free(m->departures);
    history_asked_free(m->history);
    outbox_free(m->outbox);
    deadlines_free(m->deadlines);
    retired_free(m->retired);
    free(m->explained);
    free((void *)(uintptr_t)m->options.address);
    free((void *)(uintptr_t)m->options.hostname);
    free((void *)(uintptr_t)m->options.version);
    free((void *)(uintptr_t)m->options.store);
    free(m);
}

/* The epoch is ours. */
static void serve(struct turn *t, const char *id)
{
    struct framework *framework = frameworks_first(t->m->frameworks);

    (void)id;
    t->m->phase = MASTER_SERVING;
    quotas_resume(t, t->m->alloc);
    usages_resume(t);
    for (; framework != NULL; framework = TAILQ_NEXT(framework, entry)) {
        subscription_resume_absence(t, framework);
        asks_resume(t, framework);
    }
    effects_listen(t->fx, t->m->epoch); /* or it does not lead at all */
    effects_log(t->fx, LOG_LEVEL_NOTICE,
                "leading cluster %s, epoch %" PRIu64
                ", %zu agents and %zu frameworks known",
                t->m->cluster_id, t->m->epoch, agents_count(t->m->agents),
                frameworks_count(t->m->frameworks));
}

static void received(struct turn *t)
{
    const struct input *input = t->input;

    switch (input->type) {
    case FRAME_SCHEDULER_CALLS:
        calls_of_scheduler(t, (const Mezzo__SchedulerCalls *)input->message);
        break;
    case FRAME_AGENT_CALLS:
        calls_of_agent(t, (const Mezzo__AgentCalls *)input->message);
        break;
    case FRAME_MASTER_CALL:
        operators_answer(t, (const Mesos__V1__Master__Call *)input->message);
        break;
    case FRAME_HEARTBEAT:
    case FRAME_FAREWELL:
    case FRAME_SCHEDULER_EVENTS:
    case FRAME_EXECUTOR_CALLS:
    case FRAME_EXECUTOR_EVENTS:
    case FRAME_AGENT_EVENTS:
    case FRAME_MASTER_RESPONSE:
    case FRAME_STREAM_CALL:
    case FRAME_STREAM_EVENT:
        effects_end_link(t->fx, input->peer, "not what a master is told");
        break;
    }
}

static void link_ended(struct turn *t)
{
    struct agent *agent = agents_find_peer(t->m->agents, t->input->peer);
    struct framework *framework =
        frameworks_find_peer(t->m->frameworks, t->input->peer);

    if (agent != NULL)
        registration_link_ended(t, agent);
    if (framework != NULL)
        subscription_link_ended(t, framework);
    /* An operator who is done is no news, a stranger who was put out is. */
    if (agent == NULL && framework == NULL)
        effects_log(t->fx,
                    strncmp(t->input->reason, LINKS_TOLD, strlen(LINKS_TOLD)) ==
                            0
                        ? LOG_LEVEL_DEBUG
                        : LOG_LEVEL_NOTICE,
                    "link %s ended, %s", t->input->peer, t->input->reason);
}

static void stored(struct turn *t)
{
    if (t->m->phase == MASTER_SERVING &&
        t->input->answer->outcome == STORE_CONFLICT) {
        records_deposed(t);
        return;
    }
    if (t->input->answer->is_final) {
        t->m->phase = MASTER_STOPPED;
        effects_stop(t->fx, 1, "store: %s", t->input->answer->text);
        return;
    }
    if (parked_answer(t->m->parked, t->input, t))
        return;
    effects_log(t->fx, LOG_LEVEL_ERROR, "store: %s; trying again",
                t->input->answer->text);
    deadlines_set(t->m->deadlines, &t->m->store_retry, t->now + STORE_RETRY_MS);
}

static void expire(struct turn *t, const struct deadline *d)
{
    switch ((enum deadline_kind)d->kind) {
    case DEADLINE_AGENT:
        departures_add(t, d->owner);
        break;
    case DEADLINE_DEPARTURES:
        departures_due(t);
        break;
    case DEADLINE_FRAMEWORK:
        subscription_tear_down(t, d->owner,
                               "it did not come back in its failover timeout");
        break;
    case DEADLINE_OFFER:
        acceptance_lapse(t, d->owner);
        break;
    case DEADLINE_GANG:
        muster_expire(t, d->owner);
        break;
    case DEADLINE_DRAIN:
        drains_due(t, d->owner);
        break;
    case DEADLINE_PREEMPT:
        preemption_due(t);
        break;
    case DEADLINE_EXPLAIN:
        explain_due(t);
        break;
    case DEADLINE_USAGE:
        usages_due(t);
        break;
    case DEADLINE_WHATIF:
        whatif_due(t);
        break;
    case DEADLINE_STORE:
        parked_retry(t->m->parked);
        break;
    }
}

static void expire_due(struct turn *t)
{
    const struct deadline *d;

    for (unsigned i = 0; i < t->m->options.slice_max; i++) {
        d = deadlines_take(t->m->deadlines, t->now);
        if (d == NULL)
            return;
        expire(t, d);
    }
}

static void take_news(struct turn *t, const struct master_news *news)
{
    switch (news->kind) {
    case MASTER_STANDBYS:
        standbys_set(t->m->standbys, &news->standbys);
        break;
    case MASTER_FOUND:
        history_found(t, news->answer);
        break;
    }
}

void master_step(struct master *m,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct turn t = {m, input, now, fx, fx->arena};

    retired_collect(m->retired);
    switch (input->kind) {
    case INPUT_STARTED:
        records_start(&t, serve);
        break;
    case INPUT_RECEIVED:
        received(&t);
        break;
    case INPUT_LINK_ENDED:
        link_ended(&t);
        break;
    case INPUT_STORED:
        stored(&t);
        break;
    case INPUT_LOCAL:
        take_news(&t, input->local);
        break;
    case INPUT_TIMEOUT:
        break;
    }
    /* Whatever woke us, nothing due may be forgotten. */
    expire_due(&t);
    if (m->phase == MASTER_SERVING)
        holdings_offer(&t);
    outbox_flush(m->outbox, fx);
    parked_flush(m->parked, fx);
}

msec_t master_deadline(const struct master *m)
{
    msec_t due = deadlines_next(m->deadlines);
    msec_t offers_due =
        m->phase == MASTER_SERVING ? alloc_deadline(m->alloc) : MSEC_NEVER;

    return due < offers_due ? due : offers_due;
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    master_step(core, input, now, fx);
}

static msec_t deadline(const void *core)
{
    return master_deadline(core);
}

struct machine master_machine(struct master *m)
{
    return (struct machine){m, step, deadline};
}

/* scheduler.c - what a scheduler does is decided in its callbacks, by the
 * random numbers of the world.
 *
 * It has room for two processes: the second is started over the first to take
 * its framework. */

#include "tests/sim/scheduler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/sim/gang.h"
#include "tests/sim/lives.h"
#include "tests/sim/script.h"

enum {
    LOOK_MS = 500,       /* how often it looks at its tasks; ... */
    SELDOM_MS = 10000,   /* ... when they go on for ever */
    ASK_AGAIN_MS = 5000, /* about tasks of an earlier life */
    PER_OFFER_MAX = 3,
};

static bool is_current(const struct life *f)
{
    return f == &f->scheduler->lives[f->scheduler->current];
}

static struct job *find_job(struct scheduler *s, const char *id)
{
    struct job *j;

    TAILQ_FOREACH (j, &s->jobs, entry)
        if (strcmp(j->id, id) == 0)
            return j;
    return NULL;
}

/* --------------------------------------------------------- offers */

static unsigned room_for(const struct scheduler *s)
{
    unsigned most = s->options.tasks_max;

    if (s->is_finishing || s->is_leaving || s->has_left ||
        s->options.kind == SCHEDULER_REFUSER)
        return 0;
    if (s->options.steady_ms > 0)
        most = (unsigned)(world_now(s->world) / s->options.steady_ms);
    return most > s->launched_count ? most - s->launched_count : 0;
}

/* Tasks into an offer, as many as fit; the rest goes back. */
static void accept_offer(struct life *f, const struct mezzo_offer *offer)
{
    struct scheduler *s = f->scheduler;
    struct script scripts[PER_OFFER_MAX];
    struct mezzo_task tasks[PER_OFFER_MAX];
    struct script_room room = script_room_of(&offer->resources);
    unsigned most = 1 + (unsigned)world_random(s->world, PER_OFFER_MAX);
    size_t count = 0;
    int error;

    while (count < most && count < room_for(s) &&
           script_write(&scripts[count], s->world, &room)) {
        struct job *j = lives_add_job(f);

        if (scripts[count].needs_kill || s->options.kind == SCHEDULER_KILLER)
            j->kill_at = world_now(s->world) + world_between(s->world, 0, 8000);
        script_task(&scripts[count], j->id, &tasks[count]);
        lives_note_asked(s, j, &tasks[count]);
        count++;
    }
    if (count == 0) {
        mezzo_scheduler_decline(f->core, offer->id,
                                world_between(s->world, -1, 3000));
        return;
    }
    error = mezzo_scheduler_accept(f->core, offer->id, tasks, count);
    if (error != 0)
        world_fail(s->world, "%s: accept: %s: %s", f->name, strerror(-error),
                   mezzo_scheduler_explain(f->core));
}

static void offers_cb(struct mezzo_scheduler *core,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct life *f = arg;
    struct scheduler *s = f->scheduler;

    if (s->gang != NULL) {
        gang_offers(f, offers, offers_count);
        return;
    }
    for (size_t i = 0; i < offers_count; i++) {
        if (s->options.kind == SCHEDULER_HOARDER && !s->is_finishing &&
            world_chance(s->world, 80))
            continue;
        if (room_for(s) > 0)
            accept_offer(f, &offers[i]);
        else
            mezzo_scheduler_decline(
                core, offers[i].id,
                s->options.steady_ms > 0 ? s->options.steady_ms : -1);
    }
}

/* -------------------------------------------------------- statuses */

static void acknowledge_some(struct life *f)
{
    struct world *w = f->scheduler->world;

    while (f->statuses_count > 0 &&
           (f->scheduler->is_finishing || world_chance(w, 50))) {
        size_t i = (size_t)world_random(w, f->statuses_count);
        size_t last = --f->statuses_count;

        mezzo_scheduler_acknowledge(f->core, &f->statuses[i]);
        f->statuses[i] = f->statuses[last];
        memcpy(f->ids[i], f->ids[last], sizeof f->ids[i]);
        f->statuses[i].task_id = f->ids[i][0];
        f->statuses[i].agent_id = f->ids[i][1];
    }
}

static void remember(struct life *f, const struct mezzo_status *status)
{
    size_t i = f->statuses_count;

    if (!status->is_reliable)
        return;
    if (i == STATUSES_MAX) {
        mezzo_scheduler_acknowledge(f->core, status);
        return;
    }
    f->statuses[i] = *status;
    snprintf(f->ids[i][0], sizeof f->ids[i][0], "%s", status->task_id);
    snprintf(f->ids[i][1], sizeof f->ids[i][1], "%s",
             status->agent_id == NULL ? "" : status->agent_id);
    f->statuses[i].task_id = f->ids[i][0];
    f->statuses[i].agent_id = f->ids[i][1];
    f->statuses_count++;
}

static void status_cb(struct mezzo_scheduler *core,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct life *f = arg;
    struct scheduler *s = f->scheduler;
    struct job *j = find_job(s, status->task_id);
    bool has_ended = mezzo_task_has_ended(status->state) ||
                     (s->is_finishing && status->state == MEZZO_TASK_UNKNOWN);

    (void)core;
    world_trace(s->world, "%s: hears %s %s %s", f->name, status->task_id,
                task_state_name((enum task_state)status->state),
                status->message == NULL ? "" : status->message);
    if (s->options.kind == SCHEDULER_SLOW)
        remember(f, status);
    /* What one does not acknowledge, one hears again; and of two that take the
     * framework from each other, one asks for what the other knows to be over,
     * and is told that it is gone. */
    if (j != NULL && j->has_ended && !j->is_unknown &&
        (s->options.kind == SCHEDULER_SLOW ||
         (j->end_life != f->number && !status->is_reliable)))
        return;
    ledger_heard(s->ledger, s->framework_id, status->task_id,
                 (enum task_state)status->state, f->number);
    if (j != NULL && j->is_unknown && j->has_ended && !has_ended) {
        j->has_ended = false; /* somebody knows it */
        s->open_count++;
    }
    if (j != NULL && s->gang != NULL)
        gang_heard(f, j, status);
    if (j != NULL && has_ended && (!j->has_ended || j->is_unknown)) {
        s->open_count -= !j->has_ended;
        j->has_ended = true;
        j->is_unknown = status->state == MEZZO_TASK_UNKNOWN;
        j->end_life = f->number;
    }
}

/* ---------------------------------------------------------- events */

static void subscribed_cb(struct mezzo_scheduler *core,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    struct life *f = arg;
    struct scheduler *s = f->scheduler;

    (void)core;
    f->is_subscribed = true;
    world_trace(s->world, "%s: is subscribed as %s", f->name,
                subscription->framework_id);
    if (!is_current(f) || s->has_left)
        return;
    if (s->framework_id[0] != '\0' &&
        strcmp(s->framework_id, subscription->framework_id) != 0)
        world_fail(s->world, "%s was %s and is now %s", f->name,
                   s->framework_id, subscription->framework_id);
    snprintf(s->framework_id, sizeof s->framework_id, "%s",
             subscription->framework_id);
}

static void disconnected_cb(struct mezzo_scheduler *core,
                            const char *reason,
                            void *arg)
{
    struct life *f = arg;

    (void)core;
    f->is_subscribed = false;
    f->statuses_count = 0; /* they will come again */
    world_trace(f->scheduler->world, "%s: is disconnected: %s", f->name,
                reason);
}

static void leave(struct life *f, const char *why)
{
    struct scheduler *s = f->scheduler;

    world_trace(s->world, "%s: leaves: %s", f->name, why);
    s->is_leaving = true;
    if (s->framework_id[0] != '\0')
        ledger_framework_ended(s->ledger, s->framework_id);
}

static void error_cb(struct mezzo_scheduler *core,
                     const char *message,
                     void *arg)
{
    struct life *f = arg;

    (void)core;
    f->is_subscribed = false;
    world_trace(f->scheduler->world, "%s: error: %s", f->name, message);
    if (!is_current(f))
        return;
    /* The one that it replaced may have come back. */
    f->is_replaced = strstr(message, "failed over") != NULL;
    if (!f->is_replaced)
        leave(f, message);
    f->scheduler->has_left |= !f->is_replaced;
}

/* Of an earlier life; a launch of it may never have arrived. */
static void ask_again(struct life *f)
{
    struct scheduler *s = f->scheduler;
    struct job *j;

    if (!f->is_subscribed || world_now(s->world) < f->ask_at)
        return;
    f->ask_at = world_now(s->world) + ASK_AGAIN_MS;
    TAILQ_FOREACH (j, &s->jobs, entry)
        if (!j->has_ended && j->life != f->number)
            mezzo_scheduler_reconcile(f->core, j->id);
}

static void kill_some(struct life *f)
{
    struct scheduler *s = f->scheduler;
    struct job *j;

    TAILQ_FOREACH (j, &s->jobs, entry) {
        if (j->has_ended || world_now(s->world) < j->kill_at)
            continue;
        if (j->kill_life == f->number)
            continue; /* what another life said may not have been heard */
        j->kill_life = f->number;
        world_trace(s->world, "%s: kills %s", f->name, j->id);
        ledger_killed(s->ledger, s->framework_id, j->id);
        mezzo_scheduler_kill(f->core, j->id,
                             world_chance(s->world, 50) ? -1 : 500);
    }
}

static void alarm_cb(struct mezzo_scheduler *core, void *arg)
{
    struct life *f = arg;
    struct scheduler *s = f->scheduler;

    mezzo_scheduler_set_alarm(
        core,
        world_now(s->world) + (s->options.steady_ms > 0 ? SELDOM_MS : LOOK_MS));
    if (s->options.steady_ms > 0)
        lives_forget_ended(s);
    if (s->framework_id[0] == '\0')
        return;
    kill_some(f);
    ask_again(f);
    if (s->gang != NULL)
        gang_look(f);
    acknowledge_some(f);
    if (s->options.kind == SCHEDULER_LEAVER && !s->is_leaving &&
        s->launched_count > s->options.tasks_max / 2 &&
        world_chance(s->world, 10))
        leave(f, "it wants to");
    if (s->options.kind == SCHEDULER_LEAVER && s->is_leaving)
        mezzo_scheduler_teardown(core);
}

static void ask_updated_cb(struct mezzo_scheduler *core,
                           const struct mezzo_ask_answer *answer,
                           void *arg)
{
    struct life *f = arg;

    (void)core;
    if (f->scheduler->gang != NULL)
        gang_answered(f, answer);
}

static void log_cb(struct mezzo_scheduler *core,
                   enum mezzo_log_level level,
                   const char *text,
                   void *arg)
{
    struct life *f = arg;

    (void)core;
    (void)level;
    world_trace(f->scheduler->world, "%s: %s", f->name, text);
}

static const struct mezzo_scheduler_callbacks callbacks = {
    .subscribed = subscribed_cb,
    .disconnected = disconnected_cb,
    .offers = offers_cb,
    .status = status_cb,
    .ask_updated = ask_updated_cb,
    .alarm = alarm_cb,
    .error = error_cb,
    .log = log_cb,
};

/* ------------------------------------------------------------ life */

static struct machine life_start(void *arg)
{
    struct life *f = arg;
    struct scheduler *s = f->scheduler;
    const char *const roles[] = {s->options.role};
    struct mezzo_scheduler_options options = {
        .name = s->options.name,
        .user = "nobody",
        .roles = roles,
        .roles_count = 1,
        .failover_timeout_ms = s->options.failover_timeout_ms,
        .takes_killing_state = true,
        .acknowledges_by_hand = s->options.kind == SCHEDULER_SLOW,
    };

    const struct core_surroundings surroundings = {
        .seed = world_random(s->world, UINT64_MAX),
        .user = "nobody",
        .masters = s->options.master,
    };

    if (s->options.disk != NULL)
        options.store = "store";
    else if (s->framework_id[0] != '\0')
        options.framework_id = s->framework_id;
    f->number = ++s->lives_count;
    f->is_subscribed = f->is_replaced = false;
    f->statuses_count = 0;
    f->ask_at = 0;
    f->core = mezzo_scheduler_new(&options, &callbacks, f);
    if (scheduler_prepare(f->core, &surroundings, NULL) != 0)
        abort();
    mezzo_scheduler_set_alarm(f->core, world_now(s->world) + LOOK_MS);
    return scheduler_machine(f->core);
}

static void life_stopped(void *arg, int status)
{
    struct life *f = arg;
    struct world *w = f->scheduler->world;

    if (f->scheduler->is_leaving && status == CORE_DONE)
        f->scheduler->has_left = true;
    else if (!f->scheduler->has_left)
        world_set(w, &f->event, world_now(w) + LOOK_MS);
}

/* Who was replaced does not go on for long, who is current does. */
static void life_goes_on(struct event *event)
{
    struct life *f = event->arg;

    if (!is_current(f))
        process_kill(f->process, false);
    else if (!process_is_up(f->process) && !f->scheduler->has_left)
        process_start(f->process);
}

static void life_stop(void *arg)
{
    struct life *f = arg;

    mezzo_scheduler_free(f->core);
    f->core = NULL;
    f->is_subscribed = false;
}

struct scheduler *scheduler_new(struct world *w,
                                struct network *n,
                                struct ledger *l,
                                const struct scheduler_options *options)
{
    static const char *const any[] = {"*"};
    struct scheduler *s = memory_new(1, sizeof *s);

    s->world = w;
    s->ledger = l;
    s->options = *options;
    TAILQ_INIT(&s->jobs);
    if (options->gang.kind != GANG_NONE)
        s->gang = gang_new(s);
    for (int i = 0; i < 2; i++) {
        struct life *f = &s->lives[i];
        struct process_options process = {
            .name = f->name,
            .principal = {.name = options->name,
                          .kind = PRINCIPAL_FRAMEWORK,
                          .roles = any,
                          .roles_count = 1,
                          .users = any,
                          .users_count = 1},
            .links = links_defaults,
            .disk = options->disk,
            .arg = f,
            .start = life_start,
            .stop = life_stop,
            .stopped = life_stopped};

        f->scheduler = s;
        f->event.happen = life_goes_on;
        f->event.arg = f;
        snprintf(f->name, sizeof f->name, "%s%s", options->name,
                 i > 0 ? "'" : "");
        f->process = process_new(w, n, &process);
    }
    return s;
}

void scheduler_free(struct scheduler *s)
{
    struct job *j;

    if (s == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        world_cancel(s->world, &s->lives[i].event);
        process_free(s->lives[i].process);
    }
    while ((j = TAILQ_FIRST(&s->jobs)) != NULL) {
        TAILQ_REMOVE(&s->jobs, j, entry);
        free(j);
    }
    gang_free(s->gang);
    free(s);
}

struct process *scheduler_process(const struct scheduler *s)
{
    return s->lives[s->current].process;
}

void scheduler_replace(struct scheduler *s)
{
    struct life *old = &s->lives[s->current];
    unsigned other = !s->current;

    if (s->framework_id[0] == '\0')
        return; /* it would become another framework */
    if (process_is_up(s->lives[other].process))
        process_kill(s->lives[other].process, false);
    world_set(s->world, &old->event,
              world_now(s->world) + world_between(s->world, 0, 10000));
    world_cancel(s->world, &s->lives[other].event);
    s->current = other;
    process_start(s->lives[other].process);
}

bool scheduler_has_launched(const struct scheduler *s)
{
    if (s->gang != NULL)
        return s->has_left || gang_has_run(s->gang);
    return s->has_left || s->options.kind == SCHEDULER_REFUSER ||
           s->options.kind == SCHEDULER_HOARDER ||
           s->options.kind == SCHEDULER_LEAVER || s->options.steady_ms > 0 ||
           s->launched_count >= s->options.tasks_max;
}

bool scheduler_is_done(const struct scheduler *s)
{
    return s->has_left || (s->is_finishing && s->open_count == 0);
}

bool scheduler_is_subscribed(const struct scheduler *s)
{
    return s->lives[s->current].is_subscribed;
}

bool scheduler_has_left(const struct scheduler *s)
{
    return s->has_left;
}

void scheduler_finish(struct scheduler *s)
{
    struct job *j;

    s->is_finishing = true;
    TAILQ_FOREACH (j, &s->jobs, entry)
        if (j->kill_at == MSEC_NEVER)
            continue;
        else if (j->kill_at > world_now(s->world))
            j->kill_at = world_now(s->world);
}

const char *scheduler_open_task(const struct scheduler *s)
{
    const struct job *j;

    TAILQ_FOREACH (j, &s->jobs, entry)
        if (!j->has_ended)
            return j->id;
    return "";
}

const char *scheduler_framework_id(const struct scheduler *s)
{
    return s->framework_id;
}

/* core.c - events in, and after each the same question: is there anything to
 * do? */

#include "frameworks/container/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/held.h"
#include "frameworks/container/hosts.h"
#include "frameworks/container/launch.h"
#include "frameworks/container/projects.h"
#include "frameworks/container/reconcile.h"
#include "frameworks/container/records.h"
#include "frameworks/container/removals.h"
#include "frameworks/container/restore.h"
#include "frameworks/container/runs.h"

enum {
    PASSES_MAX = 20, /* of one project in one turn; what is left is next */
    ASK_MS = 5000,
};

static const char *run_key(const void *value)
{
    return ((const struct run *)value)->id;
}

struct container *container_new(const struct container_options *options,
                                const struct container_hooks *hooks,
                                void *arg)
{
    struct container *c = memory_new(1, sizeof *c);

    c->options = *options;
    c->hooks = hooks;
    c->hooks_arg = arg;
    c->runs = table_new(run_key);
    c->hosts = hosts_new();
    c->held = held_new();
    c->volumes = json_object();
    c->asks_at = MSEC_NEVER;
    TAILQ_INIT(&c->projects);
    return c;
}

static void free_runs(struct container *c, struct service *s)
{
    struct run *r;

    while ((r = TAILQ_FIRST(&s->runs)) != NULL) {
        TAILQ_REMOVE(&s->runs, r, entry);
        table_remove(c->runs, r);
        free(r->agent_id);
        free(r->hostname);
        free(r->address);
        free(r->message);
        free(r->offer_id);
        free(r);
    }
}

void container_free(struct container *c)
{
    struct container_project *p;
    struct service *s;

    if (c == NULL)
        return;
    while ((p = TAILQ_FIRST(&c->projects)) != NULL) {
        TAILQ_FOREACH (s, &p->services, entry)
            free_runs(c, s);
        c->scheduler = NULL; /* it may be gone */
        removals_free(c, p);
        projects_remove(c, p);
    }
    hosts_free(c->hosts);
    held_free(c->held);
    json_decref(c->volumes);
    table_free(c->runs);
    free(c);
}

void container_set_scheduler(struct container *c,
                             struct mezzo_scheduler *scheduler)
{
    c->scheduler = scheduler;
}

bool container_is_ready(const struct container *c)
{
    return c->is_loaded;
}

/* ------------------------------------------------------------------ turn */

static void remove_project(struct container *c, struct container_project *p)
{
    hosts_project_changed(c, p, true);
    records_remove_project(c, p);
    if (json_object_size(p->volumes) > 0) {
        json_object_set(c->volumes, p->key, p->volumes);
        records_set_volumes(c, p); /* it may come back to its data */
    } else if (json_object_del(c->volumes, p->key) == 0) {
        records_remove_volumes(c, p);
    }
    removals_free(c, p);
    p->generation = 0; /* gone */
    if (c->hooks->changed != NULL)
        c->hooks->changed(c->hooks_arg, p);
    projects_remove(c, p);
}

static void turn_project(struct container *c,
                         struct container_project *p,
                         msec_t now)
{
    struct service *s;
    struct run *r;

    for (int i = 0; i < PASSES_MAX && (p->is_dirty || now >= p->deadline); i++)
        if (reconcile(c, p, now) &&
            (!p->drops_volumes || removals_step(c, p, now))) {
            remove_project(c, p);
            return;
        }
    TAILQ_FOREACH (s, &p->services, entry)
        TAILQ_FOREACH (r, &s->runs, entry) {
            if (r->is_picky && r->is_asked && now >= r->picky_until)
                launch_ask_anywhere(c, r);
            launch_ask(c, r);
            if (r->is_picky && r->is_asked && r->picky_until < p->deadline)
                p->deadline = r->picky_until;
        }
    hosts_project_changed(c, p, false);
}

/* Of what is not certain, the master knows what became of it; sooner or later,
 * as it asks its agents.  True if there is any. */
static bool ask_about_runs(struct container *c, bool asks)
{
    struct container_project *p;
    struct service *s;
    struct run *r;
    bool is_any = false;

    TAILQ_FOREACH (p, &c->projects, entry)
        TAILQ_FOREACH (s, &p->services, entry)
            TAILQ_FOREACH (r, &s->runs, entry)
                if (r->state == RUN_UNCERTAIN || r->state == RUN_STOPPING) {
                    if (asks && c->is_subscribed)
                        mezzo_scheduler_reconcile(c->scheduler, r->id);
                    is_any = true;
                }
    return is_any;
}

void container_turn(struct container *c)
{
    msec_t now = mezzo_scheduler_now_ms(c->scheduler);
    msec_t deadline;
    struct container_project *p, *next;

    if (!c->is_loaded)
        return;
    for (p = TAILQ_FIRST(&c->projects); p != NULL; p = next) {
        next = TAILQ_NEXT(p, entry);
        if (p->is_dirty || now >= p->deadline)
            turn_project(c, p, now);
    }
    deadline = hosts_pass_time(c, now);
    if (now >= c->asks_at)
        c->asks_at = ask_about_runs(c, true) ? now + ASK_MS : MSEC_NEVER;
    else if (c->asks_at == MSEC_NEVER && ask_about_runs(c, false))
        c->asks_at = now + ASK_MS;
    if (c->asks_at < deadline)
        deadline = c->asks_at;
    TAILQ_FOREACH (p, &c->projects, entry) {
        if (p->is_dirty)
            deadline = now;
        if (p->deadline < deadline)
            deadline = p->deadline;
    }
    mezzo_scheduler_set_alarm(c->scheduler, deadline);
}

/* ---------------------------------------------------------------- events */

static void mark_all(struct container *c)
{
    struct container_project *p;

    TAILQ_FOREACH (p, &c->projects, entry)
        p->is_dirty = true;
}

static void subscribed_cb(struct mezzo_scheduler *scheduler,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    struct container *c = arg;

    (void)subscription;
    c->is_subscribed = true;
    if (c->load_request == 0)
        mezzo_scheduler_load(scheduler, "/", &c->load_request);
    c->asks_at = mezzo_scheduler_now_ms(scheduler);
    mark_all(c);
    container_turn(c);
}

static void disconnected_cb(struct mezzo_scheduler *scheduler,
                            const char *reason,
                            void *arg)
{
    struct container *c = arg;
    struct container_project *p;
    struct service *s;
    struct run *r;

    (void)scheduler;
    (void)reason;
    c->is_subscribed = false;
    held_forget(c->held);
    /* Its offers are gone. */
    TAILQ_FOREACH (p, &c->projects, entry)
        TAILQ_FOREACH (s, &p->services, entry)
            TAILQ_FOREACH (r, &s->runs, entry) {
                r->is_probed = false;
                if (r->offer_id != NULL)
                    launch_rescinded(c, r->offer_id);
            }
}

static void offers_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct container *c = arg;

    (void)scheduler;
    for (size_t i = 0; i < offers_count; i++) {
        struct run *r =
            offers[i].ask_id != NULL ? runs_find(c, offers[i].ask_id) : NULL;

        if (r == NULL && removals_offer(c, &offers[i]))
            continue;
        if (r == NULL)
            launch_refuse(c, &offers[i]);
        else
            launch_offer(c, r, &offers[i]);
    }
    container_turn(c);
}

static void rescinded_cb(struct mezzo_scheduler *scheduler,
                         const char *offer_id,
                         void *arg)
{
    (void)scheduler;
    launch_rescinded(arg, offer_id);
}

/* On the host's network it has no other. */
static void use_address_of_host(struct container *c, struct run *r)
{
    if (r->service->spec != NULL && r->service->spec->uses_host_network &&
        r->address == NULL && r->hostname != NULL)
        r->address = memory_strdup(hosts_machine(c, r->hostname));
}

static void take_status(struct container *c, const struct mezzo_status *status)
{
    struct run *r = runs_find(c, status->task_id);
    uint64_t before = c->last_request;

    if (hosts_status(c, status)) {
        held_acknowledge(c, status, 0);
        return;
    }
    if (removals_status(c, status)) {
        held_acknowledge(c, status,
                         c->last_request != before ? c->last_request : 0);
        return;
    }
    if (r != NULL) {
        use_address_of_host(c, r);
        runs_status(c, r, status);
    } else if (!mezzo_task_has_ended(status->state) &&
               status->state != MEZZO_TASK_UNKNOWN) {
        mezzo_scheduler_kill(c->scheduler, status->task_id, -1);
    }
    held_acknowledge(c, status,
                     c->last_request != before ? c->last_request : 0);
}

static void status_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct container *c = arg;

    (void)scheduler;
    if (!c->is_loaded) {
        held_add(c->held, status);
        return;
    }
    take_status(c, status);
    container_turn(c);
}

static void message_cb(struct mezzo_scheduler *scheduler,
                       const struct mezzo_message *message,
                       void *arg)
{
    (void)scheduler;
    hosts_message(arg, message);
    container_turn(arg);
}

static void ask_cb(struct mezzo_scheduler *scheduler,
                   const struct mezzo_ask_answer *answer,
                   void *arg)
{
    struct container *c = arg;
    struct run *r = runs_find(c, answer->ask_id);

    (void)scheduler;
    if (r == NULL || r->state != RUN_WANTED || answer->explanation == NULL)
        return;
    if (answer->is_impossible && r->is_picky)
        launch_ask_anywhere(c, r);
    else
        runs_set_message(r, answer->explanation);
    projects_changed(c, r->service->project);
    container_turn(c);
}

static void loaded(struct container *c, const struct mezzo_store_answer *answer)
{
    const struct mezzo_status *status;

    restore(c, answer);
    c->epoch++;
    records_set_epoch(c);
    c->is_loaded = true;
    while ((status = held_take(c->held)) != NULL)
        take_status(c, status);
    if (c->is_subscribed)
        mezzo_scheduler_reconcile(c->scheduler, NULL);
    c->asks_at = mezzo_scheduler_now_ms(c->scheduler);
    if (c->hooks->woken != NULL)
        c->hooks->woken(c->hooks_arg); /* requests make sense now */
}

static void stored_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_store_answer *answer,
                      void *arg)
{
    struct container *c = arg;

    (void)scheduler;
    if (answer->outcome != MEZZO_STORE_OK) {
        c->has_failed = true;
        return; /* the library ends us: its store has failed */
    }
    if (!c->is_loaded && answer->request == c->load_request) {
        loaded(c, answer);
    } else {
        runs_stored(c, answer->request);
        launch_stored(c, answer->request);
        held_stored(c, answer->request);
        if (c->hooks->stored != NULL)
            c->hooks->stored(c->hooks_arg, answer->request);
    }
    container_turn(c);
}

static void alarm_cb(struct mezzo_scheduler *scheduler, void *arg)
{
    (void)scheduler;
    container_turn(arg);
}

static void ticket_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_ticket *ticket,
                      void *arg)
{
    struct container *c = arg;

    (void)scheduler;
    if (c->hooks->ticket != NULL)
        c->hooks->ticket(c->hooks_arg, ticket);
}

static void woken_cb(struct mezzo_scheduler *scheduler, void *arg)
{
    struct container *c = arg;

    (void)scheduler;
    if (c->hooks->woken != NULL)
        c->hooks->woken(c->hooks_arg);
}

static void error_cb(struct mezzo_scheduler *scheduler,
                     const char *message,
                     void *arg)
{
    struct container *c = arg;

    (void)scheduler;
    c->has_failed = true;
    if (c->hooks->log != NULL)
        c->hooks->log(c->hooks_arg, MEZZO_LOG_ERROR, message);
}

static void log_cb(struct mezzo_scheduler *scheduler,
                   enum mezzo_log_level level,
                   const char *text,
                   void *arg)
{
    struct container *c = arg;

    (void)scheduler;
    if (c->hooks->log != NULL)
        c->hooks->log(c->hooks_arg, level, text);
}

const struct mezzo_scheduler_callbacks container_callbacks = {
    .subscribed = subscribed_cb,
    .disconnected = disconnected_cb,
    .offers = offers_cb,
    .rescinded = rescinded_cb,
    .status = status_cb,
    .message = message_cb,
    .ask_updated = ask_cb,
    .stored = stored_cb,
    .ticket = ticket_cb,
    .alarm = alarm_cb,
    .woken = woken_cb,
    .error = error_cb,
    .log = log_cb,
};

/* gang.c - one ask at a time; each acceptance of a gang is a try, which is over
 * when all its tasks are, and counts if any of them has run. */

#include "tests/sim/gang.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/sim/script.h"

enum {
    MEMORY_MB = 32, /* of each task */
    PLACEMENTS_MAX = 64,
    TRIES_MAX = 400,
    IMPOSSIBLE_MILLI = 100000,
    LIE_MS = 100,    /* how long a liar says it takes */
    HONEST_MS = 9000 /* the longest */
};

struct
try {
    unsigned open_count;
    bool has_run;
    bool is_lost; /* nobody knew a task of it */
};

struct gang {
    struct scheduler *scheduler;
    struct try tries[TRIES_MAX];
    unsigned tries_count;
    unsigned ran_count;
    unsigned asked_life; /* the last that has asked, for what it waits; or 0 */
    bool is_asked;       /* for all we know a master has an ask of us */
    unsigned asked_min;  /* tasks, the least ever */
    bool is_impossible;  /* it was told so */
};

struct gang *gang_new(struct scheduler *s)
{
    struct gang *g = memory_new(1, sizeof *g);

    g->scheduler = s;
    return g;
}

void gang_free(struct gang *g)
{
    free(g);
}

bool gang_has_run(const struct gang *g)
{
    switch (g->scheduler->options.gang.kind) {
    case GANG_PLAIN:
    case GANG_LIAR:
        return g->ran_count >= g->scheduler->options.gang.gangs_max;
    case GANG_IMPOSSIBLE:
        return g->is_impossible;
    case GANG_NONE:
    case GANG_SILENT:
    case GANG_REVIVER:
    case GANG_WAVERER:
    case GANG_KILLER:
    case GANG_KINDS_COUNT:
        break;
    }
    return true;
}

/* ------------------------------------------------------------- asks */

static bool wants_more(const struct gang *g)
{
    const struct scheduler *s = g->scheduler;

    return !s->is_finishing && !s->is_leaving && !s->has_left &&
           g->tries_count < TRIES_MAX &&
           g->ran_count < s->options.gang.gangs_max;
}

static bool is_trying(const struct gang *g)
{
    for (unsigned i = 0; i < g->tries_count; i++)
        if (g->tries[i].open_count > 0 && !g->tries[i].is_lost)
            return true;
    return false;
}

static void ask(struct life *f, unsigned tasks_min)
{
    const struct gang_options *o = &f->scheduler->options.gang;
    struct gang *g = f->scheduler->gang;
    const struct mezzo_constraint spread = {.attribute = "hostname",
                                            .op = MEZZO_UNIQUE};
    struct mezzo_slot slot = {.count = tasks_min + o->tasks_more,
                              .min = tasks_min,
                              .constraints = &spread,
                              .constraints_count = o->is_spread};
    struct mezzo_ask ask = {.id = "gang", .slots = &slot, .slots_count = 1};
    int error;

    slot.each.cpu_milli =
        o->kind == GANG_IMPOSSIBLE ? IMPOSSIBLE_MILLI : o->cpu_milli;
    slot.each.memory_mb = MEMORY_MB;
    if (o->kind == GANG_LIAR)
        ask.duration_max_ms = LIE_MS;
    else if (world_chance(f->scheduler->world, 50))
        ask.duration_max_ms = HONEST_MS;
    world_trace(f->scheduler->world, "%s: asks for %u", f->name, tasks_min);
    error = mezzo_scheduler_ask(f->core, &ask);
    if (error != 0)
        world_fail(f->scheduler->world, "%s: ask: %s", f->name,
                   mezzo_scheduler_explain(f->core));
    if (g->asked_min == 0 || tasks_min < g->asked_min)
        g->asked_min = tasks_min;
    g->asked_life = f->number;
    g->is_asked = true;
}

/* One that is not known may be of an earlier life, or was placed on offers that
 * were no more. */
static void withdraw(struct life *f)
{
    struct gang *g = f->scheduler->gang;

    if (!g->is_asked)
        return;
    world_trace(f->scheduler->world, "%s: withdraws", f->name);
    if (mezzo_scheduler_withdraw(f->core, "gang") != 0) {
        ask(f, f->scheduler->options.gang.tasks_min);
        mezzo_scheduler_withdraw(f->core, "gang");
    }
    g->asked_life = 0;
    g->is_asked = false;
}

/* At any time, with offers on their way. */
static void waver(struct life *f)
{
    const struct gang_options *o = &f->scheduler->options.gang;

    if (world_chance(f->scheduler->world, 30))
        withdraw(f);
    else if (world_chance(f->scheduler->world, 30))
        ask(f, 2 + (unsigned)world_random(f->scheduler->world, o->tasks_min));
}

void gang_look(struct life *f)
{
    const struct gang_options *o = &f->scheduler->options.gang;
    struct gang *g = f->scheduler->gang;

    if (!f->is_subscribed)
        return;
    if (!wants_more(g)) {
        withdraw(f);
        return;
    }
    if (g->asked_life != f->number && !is_trying(g))
        ask(f, o->tasks_min);
    if (o->kind == GANG_WAVERER)
        waver(f);
    if (o->kind == GANG_REVIVER)
        mezzo_scheduler_revive(f->core, NULL);
}

void gang_answered(struct life *f, const struct mezzo_ask_answer *answer)
{
    struct gang *g = f->scheduler->gang;

    world_trace(f->scheduler->world, "%s: is answered: %s%s", f->name,
                answer->explanation == NULL ? "" : answer->explanation,
                answer->is_impossible ? " (impossible)" : "");
    g->is_impossible |= answer->is_impossible;
}

/* ------------------------------------------------------------ offers */

static void write_script(struct script *s, struct life *f)
{
    const struct gang_options *o = &f->scheduler->options.gang;
    struct world *w = f->scheduler->world;

    memset(s, 0, sizeof *s);
    s->cpu_milli = o->cpu_milli;
    s->memory_mb = MEMORY_MB;
    snprintf(s->text, sizeof s->text, "run=%d exit=%d",
             (int)world_between(w, 1, world_chance(w, 10) ? 8000 : 1500),
             world_chance(w, 10) ? 3 : 0);
    s->is_missing = world_chance(w, 1);
    if (o->kind == GANG_LIAR && world_chance(w, 50))
        s->duration_max_ms = LIE_MS; /* and so it is killed */
}

struct gathering {
    struct script scripts[PLACEMENTS_MAX];
    struct mezzo_placement placements[PLACEMENTS_MAX];
    struct job *jobs[PLACEMENTS_MAX];
    size_t count;
};

static void add_tasks(struct life *f,
                      const struct mezzo_offer *offer,
                      struct gathering *all)
{
    struct scheduler *s = f->scheduler;

    for (uint32_t i = 0;
         offer->slot_counts_count > 0 && i < offer->slot_counts[0]; i++) {
        struct mezzo_placement *p = &all->placements[all->count];
        struct job *j;

        if (all->count == PLACEMENTS_MAX)
            return;
        j = lives_add_job(f);
        write_script(&all->scripts[all->count], f);
        script_task(&all->scripts[all->count], j->id, &p->task);
        p->offer_id = offer->id;
        if (s->options.gang.kind == GANG_KILLER)
            j->kill_at = world_now(s->world) + world_between(s->world, 0, 3000);
        lives_note_asked(s, j, &p->task);
        all->jobs[all->count++] = j;
    }
}

static void begin_try(struct life *f,
                      const char *gang_id,
                      const struct gathering *all)
{
    struct scheduler *s = f->scheduler;
    struct try *t = &s->gang->tries[s->gang->tries_count++];

    *t = (struct try){.open_count = (unsigned)all->count};
    for (size_t i = 0; i < all->count; i++) {
        all->jobs[i]->gang = s->gang->tries_count;
        if (gang_id != NULL)
            ledger_gang(s->ledger, s->framework_id, gang_id, all->jobs[i]->id);
        ledger_limited(s->ledger, s->framework_id, all->jobs[i]->id);
    }
}

static void accept_all(struct life *f,
                       const char *gang_id,
                       const struct gathering *all)
{
    struct scheduler *s = f->scheduler;
    int error;

    begin_try(f, gang_id, all);
    if (gang_id != NULL)
        error = mezzo_scheduler_accept_gang(f->core, gang_id, all->placements,
                                            all->count);
    else
        error = mezzo_scheduler_accept(f->core, all->placements[0].offer_id,
                                       &all->placements[0].task, 1);
    if (error != 0)
        world_fail(s->world, "%s: accept %s: %s", f->name,
                   gang_id == NULL ? "one" : gang_id,
                   mezzo_scheduler_explain(f->core));
    s->gang->asked_life = 0; /* the next, when this is over */
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* All offers of one gang, of which the first is `offers[0]`. */
static void answer_gang(struct life *f,
                        const struct mezzo_offer *offers,
                        size_t offers_count)
{
    struct scheduler *s = f->scheduler;
    const char *gang_id = offers[0].gang_id;
    struct gathering *all = memory_new(1, sizeof *all);
    unsigned count = 0;

    for (size_t i = 0; i < offers_count; i++)
        if (is_same(offers[i].gang_id, gang_id) &&
            offers[i].slot_counts_count > 0)
            count += offers[i].slot_counts[0];
    if (s->gang->asked_life == f->number && count < s->gang->asked_min)
        world_fail(s->world, "%s: %u tasks of a gang of %u are offered",
                   f->name, count, s->gang->asked_min);
    for (size_t i = 0; i < offers_count && wants_more(s->gang); i++)
        if (is_same(offers[i].gang_id, gang_id))
            add_tasks(f, &offers[i], all);
    if (all->count > 0)
        accept_all(f, gang_id, all);
    else
        for (size_t i = 0; i < offers_count; i++)
            if (is_same(offers[i].gang_id, gang_id))
                mezzo_scheduler_decline(f->core, offers[i].id, 0);
    free(all);
}

static bool is_first_of_gang(const struct mezzo_offer *offers, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_same(offers[k].gang_id, offers[i].gang_id))
            return false;
    return offers[i].gang_id != NULL;
}

void gang_offers(struct life *f,
                 const struct mezzo_offer *offers,
                 size_t offers_count)
{
    struct scheduler *s = f->scheduler;
    enum gang_kind kind = s->options.gang.kind;

    if (offers[0].ask_id != NULL)
        s->gang->is_asked = true;
    if (kind == GANG_IMPOSSIBLE)
        for (size_t i = 0; i < offers_count; i++)
            if (offers[i].ask_id != NULL)
                world_fail(s->world, "%s: is offered what cannot be", f->name);
    for (size_t i = 0; i < offers_count; i++) {
        bool is_gang = offers[i].gang_id != NULL;

        if (kind == GANG_SILENT && !s->is_finishing && is_gang)
            continue;
        if (kind == GANG_REVIVER || !is_gang)
            mezzo_scheduler_decline(f->core, offers[i].id,
                                    is_gang && wants_more(s->gang) ? 0 : -1);
        else if (is_first_of_gang(offers, i))
            answer_gang(f, offers + i, offers_count - i);
    }
}

/* ---------------------------------------------------------- statuses */

void gang_heard(struct life *f,
                const struct job *j,
                const struct mezzo_status *status)
{
    struct scheduler *s = f->scheduler;
    struct gang *g = s->gang;
    struct try *t;

    if (j->gang == 0)
        return;
    t = &g->tries[j->gang - 1];
    if (is_same(status->reason, "REASON_GANG_NOT_STARTED"))
        ledger_not_started(s->ledger, s->framework_id, j->id);
    if (status->state == MEZZO_TASK_UNKNOWN)
        t->is_lost = true;
    if (status->state == MEZZO_TASK_ERROR)
        world_fail(s->world, "%s: %s is in error: %s", f->name, j->id,
                   status->message == NULL ? "" : status->message);
    if (status->state == MEZZO_TASK_RUNNING ||
        status->state == MEZZO_TASK_FINISHED)
        t->has_run = true;
    if (!mezzo_task_has_ended(status->state) || j->has_ended)
        return;
    if (--t->open_count == 0 && t->has_run)
        g->ran_count++;
}

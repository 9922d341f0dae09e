/* explain.c - the allocator's reasons in a line of text.
 *
 * What one ask costs grows with the agents, so frameworks are told in turn, a
 * few thousand agents in a step, and of an ask no more often than a round
 * takes. */

#include "master/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "master/alloc/explain.h"
#include "master/events.h"
#include "master/freeing.h"
#include "master/tickets.h"

enum {
    SOON_MS = 20, /* when the allocator has run */
    ROUND_MS = 5000,
    AGENTS_MAX = 20000, /* looked at in a step */
    ROWS_MAX = 100,     /* of an answer */
    REASONS_MAX = 4,    /* of a line */
    LOOKS_MAX = 20000,  /* for what would free it, of an answer */
    TEXT_SIZE = 1024,
};

typedef Mesos__V1__Master__Response__Explain__Ask explained_ask;

struct line {
    char text[TEXT_SIZE];
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void append(struct line *line,
                                                         const char *format,
                                                         ...)
{
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(line->text + line->size, TEXT_SIZE - line->size, format,
                     args);
    va_end(args);
    if (size > 0)
        line->size += (size_t)size < TEXT_SIZE - line->size
                          ? (size_t)size
                          : TEXT_SIZE - line->size - 1;
}

static void write_line(const struct alloc_explanation *e, struct line *line)
{
    uint32_t pending = e->wanted - e->offered - e->placed;

    if (e->impossible != NULL)
        append(line, "impossible: %s", e->impossible);
    else
        append(line, "waits for %u of %u", pending, e->wanted);
    if (e->impossible == NULL && e->is_gang)
        append(line, ", all at once; room for %u now", e->fits_now);
    if (e->not_before > 0)
        append(line, "; not before its time");
    if (e->agents_count > 0)
        append(line, "; a place is kept on %zu agent%s", e->agents_count,
               e->agents_count == 1 ? "" : "s");
    if (e->reasons_count == 0)
        append(line, "; there are no agents");
    for (size_t i = 0; i < e->reasons_count && i < REASONS_MAX; i++)
        append(line, "; %u agent%s, %s", e->reasons[i].agents_count,
               e->reasons[i].agents_count == 1 ? "" : "s", e->reasons[i].text);
}

const char *explain_line(const struct alloc_explanation *e, struct arena *arena)
{
    struct line line = {.size = 0};

    write_line(e, &line);
    return arena_strdup(arena, line.text);
}

static msec_t wall_of(const struct turn *t, msec_t at)
{
    return t->input->wall + (at - t->now);
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
    return hash | 1;
}

/* False when there is nothing to explain. */
static bool explain(struct turn *t,
                    const struct framework *framework,
                    const char *ask_id,
                    struct alloc_explanation *e)
{
    if (!alloc_explain(t->m->alloc, framework->id, ask_id, t->arena, e))
        return false;
    if (e->impossible != NULL && agents_is_any_missing(t->m->agents))
        e->impossible = NULL; /* nobody knows before all are back */
    return true;
}

/* If it has changed. */
static void tell(struct turn *t, struct framework *framework, size_t at)
{
    Mesos__V1__Scheduler__Event__AskUpdated *updated;
    struct ask_told *told = &framework->asks_told[at];
    struct alloc_explanation e;
    struct line line = {.size = 0};

    told->is_new = false;
    if (!explain(t, framework, framework->asks[at]->id, &e))
        return;
    write_line(&e, &line);
    if (told->text_hash == hash_of(line.text))
        return;
    told->text_hash = hash_of(line.text);
    updated = message_new(
        t->arena, &mesos__v1__scheduler__event__ask_updated__descriptor);
    updated->ask_id = arena_strdup(t->arena, framework->asks[at]->id);
    updated->explanation = arena_strdup(t->arena, line.text);
    updated->has_impossible = updated->impossible = e.impossible != NULL;
    updated->has_starts_by_ms = e.starts_by > 0;
    updated->starts_by_ms = wall_of(t, e.starts_by);
    updated->has_agents_count = e.agents_count > 0;
    updated->agents_count = (uint32_t)e.agents_count;
    events_ask_updated(t, framework, updated);
}

static void set_due(struct turn *t, msec_t due)
{
    if (t->m->explain.position == 0 || t->m->explain.due > due)
        deadlines_set(t->m->deadlines, &t->m->explain, due);
}

void explain_soon(struct turn *t)
{
    set_due(t, t->now + SOON_MS);
}

static bool is_listening(const struct framework *framework)
{
    return framework->state == FRAMEWORK_CONNECTED;
}

/* What is new, first; returns false when that was enough for one step. */
static bool tell_new(struct turn *t, int64_t *budget)
{
    int64_t cost = (int64_t)agents_count(t->m->agents) + 1;
    struct framework *f = frameworks_first(t->m->frameworks);

    for (; f != NULL; f = TAILQ_NEXT(f, entry)) {
        if (!f->has_new_asks || !is_listening(f))
            continue;
        for (size_t i = 0; i < f->asks_count; i++) {
            if (!f->asks_told[i].is_new)
                continue;
            if (*budget < 0)
                return false;
            *budget -= cost;
            tell(t, f, i);
        }
        f->has_new_asks = false;
    }
    return true;
}

static void set_cursor(struct master *m, const char *id, size_t ask)
{
    free(m->explained);
    m->explained = memory_strdup(id);
    m->explained_ask = ask;
}

/* From where the last step stopped; true when the round is over. */
static bool tell_in_turn(struct turn *t, int64_t *budget, bool *is_any)
{
    int64_t cost = (int64_t)agents_count(t->m->agents) + 1;
    struct framework *f = NULL;
    size_t at = t->m->explained_ask;

    if (t->m->explained != NULL)
        f = frameworks_find(t->m->frameworks, t->m->explained);
    if (f == NULL) {
        f = frameworks_first(t->m->frameworks);
        at = 0;
    }
    for (; f != NULL; f = TAILQ_NEXT(f, entry), at = 0)
        for (; is_listening(f) && at < f->asks_count; at++) {
            *is_any = true;
            if (*budget < 0) {
                set_cursor(t->m, f->id, at);
                return false;
            }
            *budget -= cost;
            tell(t, f, at);
        }
    set_cursor(t->m, NULL, 0);
    return true;
}

void explain_due(struct turn *t)
{
    int64_t budget = AGENTS_MAX;
    bool is_any = false;

    if (!tell_new(t, &budget) || !tell_in_turn(t, &budget, &is_any))
        set_due(t, t->now + SOON_MS);
    else if (is_any)
        set_due(t, t->now + ROUND_MS);
}

static explained_ask *describe(struct turn *t,
                               const struct framework *framework,
                               const Mesos__V1__Ask *ask,
                               int64_t *looks)
{
    struct alloc_explanation e;
    struct line line = {.size = 0};
    const char *freed;
    explained_ask *d;

    d = message_new(t->arena,
                    &mesos__v1__master__response__explain__ask__descriptor);
    d->ask_id = arena_strdup(t->arena, ask->id);
    d->framework_id = events_framework_id(t->arena, framework->id);
    d->role = arena_strdup(t->arena, ask->role);
    if (!explain(t, framework, ask->id, &e)) {
        d->text = arena_strdup(t->arena, "all of it is offered or placed");
        return d;
    }
    write_line(&e, &line);
    d->text = arena_strdup(t->arena, line.text);
    d->reasons =
        arena_alloc(t->arena, (e.reasons_count + 1) * sizeof *d->reasons);
    for (size_t i = 0; i < e.reasons_count; i++) {
        d->reasons[i] = message_new(
            t->arena,
            &mesos__v1__master__response__explain__reason__descriptor);
        d->reasons[i]->reason = (char *)(uintptr_t)e.reasons[i].text;
        d->reasons[i]->agents_count = e.reasons[i].agents_count;
    }
    d->n_reasons = e.reasons_count;
    d->nearest_agent = (char *)(uintptr_t)e.nearest_agent;
    freed = freeing_describe(t, framework, ask, &e, looks);
    d->would_free_it =
        (char *)(uintptr_t)(freed != NULL ? freed : e.would_free_it);
    d->has_impossible = d->impossible = e.impossible != NULL;
    d->has_gang = d->gang = e.is_gang;
    d->has_wanted = d->has_offered = d->has_placed = d->has_fits_now = 1;
    d->wanted = e.wanted;
    d->offered = e.offered;
    d->placed = e.placed;
    d->fits_now = e.fits_now;
    d->has_place_agents_count = e.agents_count > 0;
    d->place_agents_count = (uint32_t)e.agents_count;
    if (e.starts_by > 0) {
        d->starts_by = message_new(t->arena, &mesos__v1__time_info__descriptor);
        d->starts_by->nanoseconds = wall_of(t, e.starts_by) * 1000000;
    }
    return d;
}

static bool is_below(const char *role, const char *above)
{
    size_t size = strlen(above);

    return strncmp(role, above, size) == 0 &&
           (role[size] == '\0' || role[size] == '/');
}

/* FRAMEWORK/ASK, or the ask's id alone. */
static bool is_ask(const struct framework *framework,
                   const Mesos__V1__Ask *ask,
                   const char *id)
{
    size_t size = strlen(framework->id);

    if (strncmp(id, framework->id, size) == 0 && id[size] == '/')
        id += size + 1;
    return strcmp(ask->id, id) == 0;
}

static bool is_subject(const struct framework *framework,
                       const Mesos__V1__Ask *ask,
                       const Mesos__V1__Master__Call__Explain *call)
{
    switch (call->subject) {
    case MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__ASK:
        return is_ask(framework, ask, call->id);
    case MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__FRAMEWORK:
        return strcmp(framework->id, call->id) == 0 ||
               strcmp(framework->info->name, call->id) == 0;
    case MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__ROLE:
        return is_below(ask->role, call->id);
    case MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__TASK:
    case _MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT_IS_INT_SIZE:
        break;
    }
    return false;
}

static const char *explain_task(struct turn *t,
                                const char *id,
                                Mesos__V1__Master__Response__Explain *e)
{
    struct task_found found;
    const char *fault = tickets_find_task(t->m, id, &found, t->arena);
    char text[TEXT_SIZE];

    if (fault != NULL)
        return fault;
    if (found.task == NULL) {
        e->text = arena_strdup(t->arena, "it has ended");
        return NULL;
    }
    snprintf(text, sizeof text, "%s is %s on %.200s%s", found.task->id,
             task_state_name((enum task_state)found.task->state),
             found.task->agent->info->hostname,
             found.task->gang != NULL
                 ? "; it starts when all of its gang is prepared"
                 : "");
    e->text = arena_strdup(t->arena, text);
    return NULL;
}

static const char *explain_asks(struct turn *t,
                                const Mesos__V1__Master__Call__Explain *call,
                                Mesos__V1__Master__Response__Explain *e)
{
    const struct framework *f = frameworks_first(t->m->frameworks);
    int64_t looks = LOOKS_MAX;
    bool is_known = false;

    e->asks = arena_alloc(t->arena, ROWS_MAX * sizeof *e->asks);
    for (; f != NULL; f = TAILQ_NEXT(f, entry)) {
        is_known |= call->subject ==
                        MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__FRAMEWORK &&
                    (strcmp(f->id, call->id) == 0 ||
                     strcmp(f->info->name, call->id) == 0);
        for (size_t i = 0; i < f->asks_count && e->n_asks < ROWS_MAX; i++)
            if (is_subject(f, f->asks[i], call))
                e->asks[e->n_asks++] = describe(t, f, f->asks[i], &looks);
    }
    if (e->n_asks > 0)
        return NULL;
    if (call->subject == MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__ASK)
        return "there is no such ask: it was never made, withdrawn, or is all "
               "placed";
    if (call->subject == MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__FRAMEWORK &&
        !is_known)
        return "there is no such framework; see: mezzo frameworks";
    e->text = arena_strdup(t->arena, "it asks for nothing that waits");
    return NULL;
}

const char *explain_answer(struct turn *t,
                           const Mesos__V1__Master__Call__Explain *call,
                           Mesos__V1__Master__Response *r)
{
    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__EXPLAIN;
    r->explain = message_new(t->arena,
                             &mesos__v1__master__response__explain__descriptor);
    if (call->subject == MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__TASK)
        return explain_task(t, call->id, r->explain);
    return explain_asks(t, call, r->explain);
}

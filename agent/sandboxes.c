/* sandboxes.c - a list in the order in which runs ended, which is that in
 * which they are removed.  Times are of the wall clock, because they hold over
 * a restart; one that jumps ahead makes them go early, never twice. */

#include "agent/sandboxes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/runs.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"

enum {
    SLICE_MAX = 64, /* removed in one step */
    PATH_SIZE_MAX = 1024,
};

struct sandbox {
    TAILQ_ENTRY(sandbox) entry;
    char *run;
    char *within; /* the executor's run, whose sandbox it is; or NULL */
    msec_t ended_wall;
    enum task_state end; /* of its task; or TASK_UNKNOWN */
};
TAILQ_HEAD(sandbox_list, sandbox);

struct sandboxes {
    struct deadlines *deadlines;
    struct deadline due;
    struct sandbox_list list;
    struct table *by_run;
};

static const char *run_of(const void *value)
{
    return ((const struct sandbox *)value)->run;
}

struct sandboxes *sandboxes_new(struct deadlines *deadlines)
{
    struct sandboxes *s = memory_new(1, sizeof *s);

    s->deadlines = deadlines;
    s->due = (struct deadline){.kind = DUE_SANDBOX, .owner = s};
    TAILQ_INIT(&s->list);
    s->by_run = table_new(run_of);
    return s;
}

static void drop(struct sandboxes *s, struct sandbox *b)
{
    TAILQ_REMOVE(&s->list, b, entry);
    table_remove(s->by_run, b);
    free(b->run);
    free(b->within);
    free(b);
}

void sandboxes_free(struct sandboxes *s)
{
    if (s == NULL)
        return;
    while (!TAILQ_EMPTY(&s->list))
        drop(s, TAILQ_FIRST(&s->list));
    table_free(s->by_run);
    free(s);
}

const char *sandbox_path_refuses(const char *path)
{
    if (path[0] == '/')
        return "is absolute";
    if (strlen(path) > PATH_SIZE_MAX)
        return "is too long";
    for (const char *part = path;; part++) {
        size_t size = strcspn(part, "/");

        if (size == 2 && memcmp(part, "..", 2) == 0)
            return "leaves the sandbox";
        part += size;
        if (*part == '\0')
            return NULL;
    }
}

static void add(struct sandboxes *s,
                const char *run,
                const char *within,
                msec_t ended_wall,
                enum task_state end)
{
    struct sandbox *b = memory_new(1, sizeof *b);

    b->run = memory_strdup(run);
    b->within = within == NULL ? NULL : memory_strdup(within);
    b->ended_wall = ended_wall;
    b->end = end;
    table_add(s->by_run, b);
    TAILQ_INSERT_TAIL(&s->list, b, entry);
}

static void arm(struct sandboxes *s, struct step *step)
{
    const struct sandbox *first = TAILQ_FIRST(&s->list);
    msec_t left;

    if (first == NULL) {
        deadlines_cancel(s->deadlines, &s->due);
        return;
    }
    left = first->ended_wall + step->options->sandbox_ms - step->wall;
    if (left < 0 || table_count(s->by_run) > step->options->sandboxes_max)
        left = 0;
    if (left > step->options->sandbox_ms) /* the clock was set back */
        left = step->options->sandbox_ms;
    deadlines_set(s->deadlines, &s->due, step->now + left);
}

static void fill_record(Mezzo__Record__Journal *record,
                        const struct sandbox *b,
                        bool is_removed,
                        struct arena *arena)
{
    Mezzo__Record__Journal__Sandbox *sandbox =
        message_new(arena, &mezzo__record__journal__sandbox__descriptor);

    sandbox->run = arena_strdup(arena, b->run);
    sandbox->ended_ms = b->ended_wall;
    sandbox->has_removed = sandbox->removed = is_removed;
    sandbox->has_state = b->end != TASK_UNKNOWN;
    sandbox->state = (Mesos__V1__TaskState)b->end;
    if (b->within != NULL)
        sandbox->within = arena_strdup(arena, b->within);
    record->sandbox = sandbox;
}

static void write_record(const struct sandbox *b,
                         bool is_removed,
                         struct step *step)
{
    Mezzo__Record__Journal *record =
        message_new(step->fx->arena, &mezzo__record__journal__descriptor);

    fill_record(record, b, is_removed, step->fx->arena);
    scribe_append(step->scribe, record, false, NULL, step);
}

static void remove_sandbox(struct sandboxes *s,
                           struct sandbox *b,
                           struct step *step)
{
    if (b->within == NULL)
        runs_order(b->run, ORDER_REMOVE, step);
    write_record(b, true, step);
    drop(s, b);
}

static void keep(struct sandboxes *s,
                 const char *run,
                 const char *within,
                 enum task_state end,
                 struct step *step)
{
    if (sandboxes_has(s, run))
        return;
    add(s, run, within, step->wall, end);
    write_record(table_find(s->by_run, run), false, step);
    arm(s, step);
}

void sandboxes_keep(struct sandboxes *s,
                    const char *run,
                    enum task_state end,
                    struct step *step)
{
    keep(s, run, NULL, end, step);
}

void sandboxes_keep_within(struct sandboxes *s,
                           const char *run,
                           const char *executor_run,
                           enum task_state end,
                           struct step *step)
{
    keep(s, run, executor_run, end, step);
}

void sandboxes_clear(struct sandboxes *s, const char *run, struct step *step)
{
    struct sandbox *b = table_find(s->by_run, run);

    if (b == NULL)
        return;
    remove_sandbox(s, b, step);
    arm(s, step);
}

void sandboxes_expire(struct sandboxes *s, struct step *step)
{
    for (unsigned i = 0; i < SLICE_MAX; i++) {
        struct sandbox *first = TAILQ_FIRST(&s->list);

        if (first == NULL ||
            (first->ended_wall + step->options->sandbox_ms > step->wall &&
             table_count(s->by_run) <= step->options->sandboxes_max))
            break;
        remove_sandbox(s, first, step);
    }
    arm(s, step);
}

bool sandboxes_has(const struct sandboxes *s, const char *run)
{
    return table_find(s->by_run, run) != NULL;
}

const char *sandboxes_within(const struct sandboxes *s, const char *run)
{
    const struct sandbox *b = table_find(s->by_run, run);

    return b == NULL ? NULL : b->within;
}

enum task_state sandboxes_end(const struct sandboxes *s, const char *run)
{
    const struct sandbox *b = table_find(s->by_run, run);

    return b == NULL ? TASK_UNKNOWN : b->end;
}

void sandboxes_replay(struct sandboxes *s,
                      const Mezzo__Record__Journal__Sandbox *record)
{
    struct sandbox *b = table_find(s->by_run, record->run);
    bool has_end = record->has_state &&
                   (unsigned)record->state < TASK_STATES_COUNT &&
                   task_has_ended((enum task_state)record->state);

    if (record->has_removed && record->removed) {
        if (b != NULL)
            drop(s, b);
    } else if (b == NULL) {
        add(s, record->run, record->within, record->ended_ms,
            has_end ? (enum task_state)record->state : TASK_UNKNOWN);
    }
}

void sandboxes_start(struct sandboxes *s, struct step *step)
{
    arm(s, step);
}

const struct sandbox *sandboxes_next(const struct sandboxes *s,
                                     const struct sandbox *after,
                                     Mezzo__Record__Journal *record,
                                     struct arena *arena)
{
    const struct sandbox *b =
        after == NULL ? TAILQ_FIRST(&s->list) : TAILQ_NEXT(after, entry);

    if (b != NULL)
        fill_record(record, b, false, arena);
    return b;
}

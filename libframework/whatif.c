/* whatif.c - the ask is written as a framework's own is. */

#include "libframework/whatif.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "libframework/asks.h"
#include "libframework/checks.h"

enum {
    AGENTS_MAX = 1000,
};

int whatif_check(const struct mezzo_question *question, struct error *err)
{
    struct arena *arena;
    Mesos__V1__Ask *ask;
    int rc = 0;

    if (question->agents_count == 0 && question->ask == NULL)
        return error_set(err, -EINVAL, "agents or an ask are needed");
    if (question->agents_count > AGENTS_MAX)
        return error_set(err, -EINVAL, "more than %d agents", AGENTS_MAX);
    for (size_t i = 0; i < question->agents_count; i++)
        if (checks_text("agent", question->agents[i], MEZZO_NAME_MAX, err) < 0)
            return -EINVAL;
    if (question->ask == NULL)
        return 0;
    arena = arena_new();
    rc = asks_write(&ask, question->ask, "*", arena, err);
    arena_free(arena);
    return rc;
}

void whatif_write(Mesos__V1__Master__Call *call,
                  const struct mezzo_question *question,
                  struct arena *arena)
{
    Mesos__V1__Master__Call__WhatIf *w =
        message_new(arena, &mesos__v1__master__call__what_if__descriptor);
    struct error err;

    w->drain =
        arena_alloc(arena, (question->agents_count + 1) * sizeof *w->drain);
    for (; w->n_drain < question->agents_count; w->n_drain++) {
        w->drain[w->n_drain] =
            message_new(arena, &mesos__v1__agent_id__descriptor);
        w->drain[w->n_drain]->value =
            arena_strdup(arena, question->agents[w->n_drain]);
    }
    if (question->ask != NULL)
        asks_write(&w->submit, question->ask, "*", arena, &err);
    call->type = MESOS__V1__MASTER__CALL__TYPE__WHAT_IF;
    call->what_if = w;
}

/* "node-1 2, node-2 1"; NULL for none. */
static const char *show_places(
    const Mesos__V1__Master__Response__WhatIf__Row *row, struct arena *arena)
{
    size_t size = 1, used = 0;
    char *text;

    if (row->n_places == 0)
        return NULL;
    for (size_t i = 0; i < row->n_places; i++)
        size += strlen(row->places[i]->hostname) + 16;
    text = arena_alloc(arena, size);
    for (size_t i = 0; i < row->n_places; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s %u",
                                 i > 0 ? ", " : "", row->places[i]->hostname,
                                 row->places[i]->count);
    return text;
}

static const char *copy(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

struct mezzo_whatif_row *whatif_show(
    const Mesos__V1__Master__Response__WhatIf *answer, struct arena *arena)
{
    struct mezzo_whatif_row *rows =
        arena_alloc(arena, (answer->n_rows + 1) * sizeof *rows);

    for (size_t i = 0; i < answer->n_rows; i++) {
        const Mesos__V1__Master__Response__WhatIf__Row *row = answer->rows[i];

        rows[i] = (struct mezzo_whatif_row){
            .kind = (enum mezzo_whatif_kind)row->kind,
            .framework_id = copy(arena, row->framework_id->value),
            .id = copy(arena, row->id),
            .role = copy(arena, row->role),
            .wanted = row->wanted,
            .placed_now = row->placed_now,
            .placed_then = row->placed_then,
            .places = show_places(row, arena),
            .text = copy(arena, row->text),
            .hostname = copy(arena, row->hostname),
            .starts_by_wall_ms = row->starts_by != NULL
                                     ? row->starts_by->nanoseconds / 1000000
                                     : 0,
        };
    }
    return rows;
}

const char *whatif_text(const Mesos__V1__Master__Response__WhatIf *answer,
                        struct arena *arena)
{
    char text[256];

    if (answer->text != NULL)
        return copy(arena, answer->text);
    if (!answer->has_rows_left_out || answer->rows_left_out == 0)
        return NULL;
    snprintf(text, sizeof text, "%u more are not shown", answer->rows_left_out);
    return arena_strdup(arena, text);
}

/* history.c - orders to the shell, and who waits for which answer. */

#include "master/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/history.h"
#include "base/memory.h"
#include "base/message.h"
#include "master/events.h"
#include "master/state.h"

struct waiting {
    uint64_t number; /* 0: nobody */
    char peer[64];
    bool has_request_id;
    uint64_t request_id;
};

struct history_asked {
    uint64_t numbers;
    struct waiting waiting[HISTORY_ASKED_MAX];
};

struct history_asked *history_asked_new(void)
{
    return memory_new(1, sizeof(struct history_asked));
}

void history_asked_free(struct history_asked *h)
{
    free(h);
}

static struct master_order *new_order(struct turn *t,
                                      enum master_order_kind kind)
{
    struct master_order *order = arena_alloc(t->arena, sizeof *order);

    *order = (struct master_order){.kind = kind};
    return order;
}

msec_t history_ended_ms(const Mesos__V1__Task *task, msec_t wall)
{
    const Mesos__V1__TaskStatus *last =
        task->n_statuses > 0 ? task->statuses[task->n_statuses - 1] : NULL;

    return last != NULL && last->has_timestamp && last->timestamp > 0 &&
                   last->timestamp * 1000 < (double)wall
               ? (msec_t)(last->timestamp * 1000)
               : wall;
}

void history_note(struct turn *t, const struct task *task)
{
    struct master_order *order = new_order(t, MASTER_KEEP);
    Mesos__V1__Task *described = tasks_describe(task, t->arena);
    ProtobufCBinaryData packed = message_pack_in(t->arena, &described->base);

    tasks_note_completed(t->m->tasks, task, t->m->options.completed_max,
                         t->arena);
    order->row = (struct history_row){
        .framework_id = described->framework_id->value,
        .task_id = described->task_id->value,
        .user = described->user != NULL ? described->user : "",
        .ended_ms = history_ended_ms(described, t->input->wall),
        .bytes = packed.data,
        .size = packed.len,
    };
    effects_local(t->fx, order);
}

static struct waiting *find(struct history_asked *h, uint64_t number)
{
    for (size_t i = 0; i < HISTORY_ASKED_MAX; i++)
        if (h->waiting[i].number == number)
            return &h->waiting[i];
    return NULL;
}

/* 0, the beginning, when it is none of ours. */
static int64_t read_place(const char *text)
{
    int64_t place = 0;

    for (; *text >= '0' && *text <= '9' && place < INT64_MAX / 100; text++)
        place = place * 10 + (*text - '0');
    return *text == '\0' ? place : 0;
}

const char *history_ask(struct turn *t, const Mesos__V1__Master__Call *call)
{
    const Mesos__V1__Master__Call__GetHistory *get = call->get_history;
    struct waiting *w = find(t->m->history, 0);
    struct master_order *order = new_order(t, MASTER_FIND);
    uint32_t rows_max = HISTORY_ROWS_MAX;

    if (w == NULL)
        return "too many wait for the history; try again";
    if (call->page != NULL && call->page->has_rows_max &&
        call->page->rows_max > 0 && call->page->rows_max < rows_max)
        rows_max = call->page->rows_max;
    order->question = (struct history_question){
        .number = ++t->m->history->numbers,
        .rows_max = rows_max,
        .since_ms = get != NULL && get->has_since_ms ? get->since_ms : 0,
        .user = get != NULL ? get->user : NULL,
    };
    if (call->page != NULL && call->page->after != NULL)
        order->question.after = read_place(call->page->after);
    w->number = order->question.number;
    snprintf(w->peer, sizeof w->peer, "%s", t->input->peer);
    w->has_request_id = call->has_request_id;
    w->request_id = call->request_id;
    effects_local(t->fx, order);
    return NULL;
}

static void fill(struct turn *t,
                 Mesos__V1__Master__Response *r,
                 const struct history_answer *answer)
{
    Mesos__V1__Master__Response__GetHistory *g = message_new(
        t->arena, &mesos__v1__master__response__get_history__descriptor);
    char last[32];

    g->tasks = arena_alloc(t->arena, (answer->count + 1) * sizeof(*g->tasks));
    for (size_t i = 0; i < answer->count; i++) {
        Mesos__V1__Task *task =
            message_unpack_in(t->arena, &mesos__v1__task__descriptor,
                              answer->rows[i].bytes, answer->rows[i].size);

        if (task != NULL) /* of a version to come */
            g->tasks[g->n_tasks++] = task;
    }
    snprintf(last, sizeof last, "%" PRId64, answer->last);
    g->last = arena_strdup(t->arena, last);
    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__GET_HISTORY;
    r->get_history = g;
    if (answer->is_more)
        r->next_page = g->last;
}

void history_found(struct turn *t, const struct history_answer *answer)
{
    Mesos__V1__Master__Response *r =
        message_new(t->arena, &mesos__v1__master__response__descriptor);
    struct waiting *w = find(t->m->history, answer->number);

    if (w == NULL)
        return;
    w->number = 0;
    r->has_type = 1;
    r->has_request_id = w->has_request_id;
    r->request_id = w->request_id;
    if (answer->failure == NULL) {
        fill(t, r, answer);
    } else {
        r->type = MESOS__V1__MASTER__RESPONSE__TYPE__FAILED;
        r->failed = message_new(
            t->arena, &mesos__v1__master__response__failed__descriptor);
        r->failed->message = arena_strdup(t->arena, answer->failure);
    }
    effects_send(t->fx, arena_strdup(t->arena, w->peer), &r->base);
}

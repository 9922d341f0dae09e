/* follower.c - one question at a time, on one link. */

#include "master/follower.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/random.h"
#include "master/history.h"
#include "master/master.h"

enum {
    AGAIN_MS = 1000, /* when there was nothing new, or no link */
    REFUSED_MS = 10000,
    OVERLAP_MS = 10 * 60 * 1000, /* ends are not known in their order */
};

struct follower {
    char endpoint[256]; /* empty: nobody leads that we know of */
    char key[64];
    char peer[32]; /* of the link; empty: none */
    uint64_t links_count;
    bool is_asking;
    msec_t due;     /* to connect, or to ask */
    char after[32]; /* in the leader's own order */
    msec_t newest_ms;
    struct random random;
};

struct follower *follower_new(uint64_t seed, msec_t newest_ms)
{
    struct follower *f = memory_new(1, sizeof *f);

    f->random.state = seed;
    f->newest_ms = newest_ms;
    return f;
}

void follower_free(struct follower *f)
{
    free(f);
}

static void keep(struct follower *f,
                 Mesos__V1__Task *task,
                 const struct input *input,
                 struct effects *fx)
{
    ProtobufCBinaryData packed = message_pack_in(fx->arena, &task->base);
    struct master_order *order = arena_alloc(fx->arena, sizeof *order);

    *order = (struct master_order){
        .kind = MASTER_KEEP,
        .row = {.framework_id = task->framework_id->value,
                .task_id = task->task_id->value,
                .user = task->user != NULL ? task->user : "",
                .ended_ms = history_ended_ms(task, input->wall),
                .bytes = packed.data,
                .size = packed.len}};
    if (order->row.ended_ms > f->newest_ms)
        f->newest_ms = order->row.ended_ms;
    effects_local(fx, order);
}

static void received(struct follower *f,
                     const struct input *input,
                     msec_t now,
                     struct effects *fx)
{
    const Mesos__V1__Master__Response *r =
        (const Mesos__V1__Master__Response *)input->message;

    if (input->type != FRAME_MASTER_RESPONSE || !f->is_asking) {
        effects_end_link(fx, input->peer, "not an answer to a standby");
        return;
    }
    f->is_asking = false;
    if (r->get_history == NULL || r->get_history->last == NULL) {
        f->due = now + REFUSED_MS; /* too busy, or of another version */
        return;
    }
    for (size_t i = 0; i < r->get_history->n_tasks; i++)
        keep(f, r->get_history->tasks[i], input, fx);
    snprintf(f->after, sizeof f->after, "%s", r->get_history->last);
    f->due = r->next_page != NULL ? now : now + AGAIN_MS;
}

static void forget_link(struct follower *f, msec_t now)
{
    f->peer[0] = f->after[0] = '\0';
    f->is_asking = false;
    f->due = now + AGAIN_MS / 2 + (msec_t)random_below(&f->random, AGAIN_MS);
}

static void set_leader(struct follower *f,
                       const struct follower_leader *leader,
                       struct effects *fx)
{
    if (f->peer[0] != '\0')
        effects_end_link(fx, f->peer, "another master leads");
    snprintf(f->endpoint, sizeof f->endpoint, "%s", leader->endpoint);
    snprintf(f->key, sizeof f->key, "%s", leader->key);
}

static void ask(struct follower *f, struct effects *fx)
{
    Mesos__V1__Master__Call *call =
        message_new(fx->arena, &mesos__v1__master__call__descriptor);

    call->has_type = 1;
    call->type = MESOS__V1__MASTER__CALL__TYPE__GET_HISTORY;
    call->get_history = message_new(
        fx->arena, &mesos__v1__master__call__get_history__descriptor);
    call->get_history->has_since_ms = 1;
    call->get_history->since_ms =
        f->newest_ms > OVERLAP_MS ? f->newest_ms - OVERLAP_MS : 0;
    call->page =
        message_new(fx->arena, &mesos__v1__master__call__page__descriptor);
    if (f->after[0] != '\0')
        call->page->after = arena_strdup(fx->arena, f->after);
    effects_send(fx, f->peer, &call->base);
    f->is_asking = true;
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct follower *f = core;

    switch (input->kind) {
    case INPUT_RECEIVED:
        if (strcmp(input->peer, f->peer) == 0)
            received(f, input, now, fx);
        break;
    case INPUT_LINK_ENDED:
        if (strcmp(input->peer, f->peer) == 0)
            forget_link(f, now);
        break;
    case INPUT_LOCAL:
        set_leader(f, input->local, fx);
        break;
    case INPUT_STARTED:
    case INPUT_TIMEOUT:
    case INPUT_STORED:
        break;
    }
    if (now < f->due || f->endpoint[0] == '\0' || f->is_asking)
        return;
    if (f->peer[0] == '\0') {
        snprintf(f->peer, sizeof f->peer, "leader-%" PRIu64, ++f->links_count);
        effects_connect(fx, f->peer, f->endpoint,
                        f->key[0] != '\0' ? f->key : NULL, 0);
    }
    ask(f, fx);
}

static msec_t deadline(const void *core)
{
    const struct follower *f = core;

    return f->endpoint[0] == '\0' || f->is_asking ? MSEC_NEVER : f->due;
}

struct machine follower_machine(struct follower *f)
{
    return (struct machine){.core = f, .step = step, .deadline = deadline};
}

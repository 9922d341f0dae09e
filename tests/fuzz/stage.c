/* stage.c - what a driver does, and looks at it. */

#include "tests/fuzz/stage.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/body.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/permission.h"

enum {
    STEPS_AT_ONCE_MAX = 10000
};

void stage_open(struct stage *s, const uint8_t *bytes, size_t size)
{
    memset(s, 0, sizeof *s);
    s->wild.bytes = bytes;
    s->wild.size = size;
    s->arena = arena_new();
    s->disk = store_tree_new();
    s->now = 1000;
}

void stage_close(struct stage *s)
{
    while (s->stores_count > 0)
        arena_free(s->stores[--s->stores_count].arena);
    store_tree_free(s->disk);
    arena_free(s->arena);
}

static void keep_store(struct stage *s, const struct effect *e)
{
    struct stage_store *kept;

    if (s->stores_count == STAGE_STORES_MAX)
        return;
    kept = &s->stores[s->stores_count++];
    memset(kept, 0, sizeof *kept);
    kept->arena = arena_new();
    kept->request = e->store.request;
    if (e->kind == EFFECT_LOAD) {
        kept->path = arena_strdup(kept->arena, e->text);
        return;
    }
    kept->ops_count = e->store.ops_count;
    kept->ops = arena_alloc(kept->arena, kept->ops_count * sizeof *kept->ops);
    for (size_t i = 0; i < kept->ops_count; i++) {
        const struct store_op *op = &e->store.ops[i];
        uint8_t *value = arena_alloc(kept->arena, op->size + 1);

        assert(op->size == 0 || op->value != NULL);
        if (op->size > 0)
            memcpy(value, op->value, op->size);
        kept->ops[i] = *op;
        kept->ops[i].key = arena_strdup(kept->arena, op->key);
        kept->ops[i].value = value;
    }
}

static void forget_link(struct stage *s, const char *peer)
{
    for (size_t i = 0; i < s->links_count; i++)
        if (strcmp(s->links[i], peer) == 0)
            memcpy(s->links[i], s->links[--s->links_count], sizeof s->links[i]);
}

static void note_ended(struct stage *s, const char *peer)
{
    for (size_t i = 0; i < s->ended_count; i++)
        if (strcmp(s->ended[i], peer) == 0)
            return;
    if (s->ended_count < STAGE_LINKS_MAX)
        snprintf(s->ended[s->ended_count++], sizeof s->ended[0], "%s", peer);
}

static void look_at(struct stage *s, const struct effect *e)
{
    switch (e->kind) {
    case EFFECT_SEND:
        frame_type_of(e->message); /* asserts that there is one */
        assert(protobuf_c_message_get_packed_size(e->message) <=
               FRAME_SIZE_MAX - FRAME_HEADER_SIZE);
        assert(protobuf_c_message_check(e->message));
        wild_learn(&s->wild, e->message);
        break;
    case EFFECT_END_LINK:
        assert(e->text[0] != '\0');
        note_ended(s, e->peer);
        break;
    case EFFECT_CONNECT:
        if (s->links_count == STAGE_LINKS_MAX)
            s->links_count--;
        snprintf(s->links[s->links_count++], sizeof s->links[0], "%s", e->peer);
        break;
    case EFFECT_STORE:
    case EFFECT_LOAD:
        keep_store(s, e);
        break;
    case EFFECT_LOCAL:
        if (s->local != NULL)
            s->local(s, e->local);
        break;
    case EFFECT_STOP:
        s->has_stopped = true;
        break;
    case EFFECT_LISTEN:
        s->is_listening = true;
        break;
    case EFFECT_LOG:
        break;
    }
}

static void step_once(struct stage *s, struct input *input)
{
    struct effects fx = {.arena = s->arena};

    if (s->has_stopped)
        return;
    input->wall = s->now + 1700000000000;
    s->machine.step(s->machine.core, input, s->now, &fx);
    effects_foreach (e, &fx)
        look_at(s, e);
    if (s->check != NULL) {
        const char *wrong = s->check(s);

        if (wrong != NULL)
            fprintf(stderr, "%s\n", wrong);
        assert(wrong == NULL);
    }
}

void stage_step(struct stage *s, struct input input)
{
    step_once(s, &input);
    while (s->ended_count > 0) {
        char peer[sizeof s->ended[0]];

        memcpy(peer, s->ended[--s->ended_count], sizeof peer);
        forget_link(s, peer);
        step_once(s, &(struct input){.kind = INPUT_LINK_ENDED,
                                     .peer = peer,
                                     .reason = "ended",
                                     .confirmed_at = s->now - 100});
    }
    arena_reset(s->arena);
}

void stage_receive(struct stage *s,
                   const char *peer,
                   enum frame_type type,
                   const struct principal *principal)
{
    struct arena *arena = arena_new();
    const ProtobufCMessage *body;
    ProtobufCBinaryData packed = message_pack_in(
        arena, wild_message(&s->wild, frame_descriptor(type), arena));
    struct error text;

    if (packed.len <= FRAME_SIZE_MAX - FRAME_HEADER_SIZE &&
        body_unpack(type, packed.data, packed.len, arena, &body) == NULL &&
        permission_refuses(principal, type, body, &text) == NULL &&
        type != FRAME_HEARTBEAT && type != FRAME_FAREWELL)
        stage_step(s, (struct input){.kind = INPUT_RECEIVED,
                                     .peer = peer,
                                     .principal = principal,
                                     .type = type,
                                     .leader_epoch = 1,
                                     .link_epoch = ++s->link_epoch,
                                     .message = body});
    arena_free(arena);
}

const char *stage_link(struct stage *s)
{
    return s->links_count == 0
               ? NULL
               : s->links[wild_choose(&s->wild, 256) % s->links_count];
}

void stage_pass(struct stage *s)
{
    static const msec_t whiles[] = {0,    1,    10,    100,  1000,
                                    5000, 9000, 16000, 31000};
    msec_t until =
        s->now +
        whiles[wild_choose(&s->wild, sizeof whiles / sizeof whiles[0])];
    unsigned at_once = 0;

    while (!s->has_stopped && s->machine.deadline(s->machine.core) <= until) {
        msec_t due = s->machine.deadline(s->machine.core);

        if (due > s->now)
            at_once = 0;
        /* It may be due again at once, but not for ever. */
        assert(++at_once < STEPS_AT_ONCE_MAX);
        s->now = due > s->now ? due : s->now;
        stage_step(s, (struct input){.kind = INPUT_TIMEOUT});
    }
    s->now = until;
}

void stage_answer(struct stage *s)
{
    struct stage_store one;
    struct store_answer answer = {.outcome = STORE_FAILED, .text = "no"};
    unsigned fate = wild_choose(&s->wild, 16);

    if (s->stores_count == 0)
        return;
    one = s->stores[0];
    memmove(s->stores, s->stores + 1, --s->stores_count * sizeof one);
    if (one.path != NULL)
        answer = store_tree_load(s->disk, one.path, one.arena);
    else if (fate != 1)
        answer = store_tree_apply(s->disk, one.ops, one.ops_count, one.arena);
    stage_step(s, (struct input){.kind = INPUT_STORED,
                                 .request = one.request,
                                 .answer = &answer});
    arena_free(one.arena);
}

void stage_cut(struct stage *s, const char *peer)
{
    char copy[64];

    snprintf(copy, sizeof copy, "%s", peer);
    forget_link(s, copy);
    stage_step(s, (struct input){.kind = INPUT_LINK_ENDED,
                                 .peer = copy,
                                 .reason = "disconnected",
                                 .confirmed_at = s->now});
}

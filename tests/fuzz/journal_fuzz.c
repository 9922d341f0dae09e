/* journal_fuzz.c - any journal is read, and an agent starts with it.  Input: a
 * byte that says how; then for 0 the file itself, else bodies of records, each
 * behind its length, two bytes, which get a header that is right. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/journal.h"
#include "agent/orders.h"
#include "tests/fuzz/target.h"

enum {
    ORDERS_MAX = 4096,
};

struct world {
    struct agent *agent;
    struct arena *arena;
    const struct order *orders[ORDERS_MAX];
    size_t count;
};

static void turn(struct world *w, enum input_kind kind, const void *local)
{
    struct effects fx = {.arena = w->arena};
    struct input input = {.kind = kind, .local = local};

    input.wall = 1700000000000;
    agent_step(w->agent, &input, 1000, &fx);
    effects_foreach (e, &fx)
        if (e->kind == EFFECT_LOCAL && w->count < ORDERS_MAX)
            w->orders[w->count++] = e->local;
}

/* Nothing of what the journal tells of is there any more. */
static void answer(struct world *w, const struct order *o)
{
    struct report r = {.run = o->run, .ticket = o->ticket};

    if (o->kind == ORDER_ADOPT) {
        r.kind = REPORT_EXITED;
        r.fault = "no such run";
    } else if (o->kind == ORDER_REAP) {
        r.kind = REPORT_REAPED;
    } else if (o->kind == ORDER_JOURNAL || o->kind == ORDER_REWRITE) {
        r.kind = REPORT_JOURNALED;
    } else {
        return;
    }
    turn(w, INPUT_LOCAL, &r);
}

static void start_agent(const uint8_t *bytes, size_t size)
{
    struct resources none = {0};
    struct agent_master master = {.endpoint = "tcp://master:5050"};
    struct agent_options options = {
        .hostname = "host",
        .resources = &none,
        .masters = &master,
        .masters_count = 1,
        .stream_endpoint = "tcp://host:1",
        .executor_endpoint = "ipc://e",
        .version = "1",
        .user = "root",
    };
    struct world *w = calloc(1, sizeof *w);
    struct report recovered = {.kind = REPORT_RECOVERED,
                               .bytes = bytes,
                               .size = size,
                               .boot_id = "boot"};

    w->arena = arena_new();
    w->agent = agent_new(&options);
    turn(w, INPUT_STARTED, NULL);
    turn(w, INPUT_LOCAL, &recovered);
    for (size_t i = 0; i < w->count; i++)
        answer(w, w->orders[i]);
    agent_free(w->agent);
    arena_free(w->arena);
    free(w);
}

/* What is read ends where it says. */
static void read_all(const uint8_t *bytes, size_t size)
{
    struct journal_reader reader = {.bytes = bytes, .size = size};
    struct arena *arena = arena_new();
    const Mezzo__Record__Journal *record;
    enum journal_outcome outcome;
    size_t before = 0;

    while ((outcome = journal_read(&reader, arena, &record)) ==
           JOURNAL_RECORD) {
        assert(reader.offset > before && reader.offset <= size);
        before = reader.offset;
        arena_reset(arena);
    }
    assert(reader.offset == before);
    assert((outcome == JOURNAL_END) == (before == size));
    arena_free(arena);
}

/* The bodies with headers; the size is no more than five times theirs. */
static uint8_t *seal_all(const uint8_t *data, size_t size, size_t *sealed_size)
{
    uint8_t *sealed = malloc(size * 5 + 1);
    size_t at = 0;

    while (size >= 2) {
        size_t body_size = data[0] | (size_t)data[1] << 8;

        data += 2;
        size -= 2;
        if (body_size > size)
            body_size = size;
        memcpy(sealed + at + JOURNAL_HEADER_SIZE, data, body_size);
        journal_seal(sealed + at, body_size);
        at += JOURNAL_HEADER_SIZE + body_size;
        data += body_size;
        size -= body_size;
    }
    *sealed_size = at;
    return sealed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *sealed = NULL;

    if (size == 0)
        return 0;
    if (data[0] == 0) {
        data++;
        size--;
    } else {
        sealed = seal_all(data + 1, size - 1, &size);
        data = sealed;
    }
    read_all(data, size);
    start_agent(data, size);
    free(sealed);
    return 0;
}

/* world_test.c - the world itself, with two toy machines: a counter that stores
 * each number before it confirms it, and a client that counts up. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "proto/wire.pb-c.h"
#include "tests/sim/process.h"
#include "tests/test.h"

enum {
    RETRY_MS = 100,
    SILENT_MS = 3000, /* the client connects again */
};

struct counter {
    bool is_loaded;
    uint64_t number;
    char peer[64]; /* who waits for number `asked` to be stored */
    uint64_t asked;
    unsigned lives;
};

struct client {
    uint64_t number; /* the last that was confirmed */
    char link[32];   /* "": none */
    unsigned links_count;
    msec_t due;
    bool is_stuck; /* due at once, for ever */
};

struct toys {
    struct world *world;
    struct network *network;
    struct disk *disk;
    struct counter counter;
    struct client client;
    struct process *server, *user;
    uint64_t client_lost; /* numbers confirmed and then not known */
};

/* ------------------------------------------------------- counter */

static void counter_store(struct counter *c, uint64_t n, struct effects *fx)
{
    struct store_op *op = arena_alloc(fx->arena, sizeof *op);
    uint8_t *value = arena_alloc(fx->arena, sizeof n);

    memcpy(value, &n, sizeof n);
    *op = (struct store_op){.kind = STORE_SET,
                            .key = "/number",
                            .value = value,
                            .size = sizeof n,
                            .version = STORE_ANY};
    c->asked = n;
    effects_store(fx, n, op, 1);
}

static void counter_confirm(struct counter *c, struct effects *fx)
{
    Mezzo__StreamEvent *event =
        message_new(fx->arena, &mezzo__stream_event__descriptor);

    c->number = c->asked;
    event->stream = 1;
    event->type = MEZZO__STREAM_EVENT__TYPE__ENDED;
    event->has_offset = 1;
    event->offset = c->number;
    effects_send(fx, c->peer, &event->base);
}

static void counter_step(void *core,
                         const struct input *input,
                         msec_t now,
                         struct effects *fx)
{
    struct counter *c = core;

    (void)now;
    if (input->kind == INPUT_STARTED) {
        effects_load(fx, 0, "/number");
    } else if (input->kind == INPUT_STORED && !c->is_loaded) {
        c->is_loaded = true;
        if (input->answer->entries_count > 0)
            memcpy(&c->number, input->answer->entries[0].value,
                   sizeof c->number);
        effects_listen(fx, 7);
    } else if (input->kind == INPUT_STORED) {
        if (input->answer->outcome == STORE_OK)
            counter_confirm(c, fx);
        else
            effects_end_link(fx, c->peer, "cannot store");
    } else if (input->kind == INPUT_RECEIVED) {
        snprintf(c->peer, sizeof c->peer, "%s", input->peer);
        counter_store(c, ((const Mezzo__StreamCall *)input->message)->credit,
                      fx);
    }
}

static msec_t counter_deadline(const void *core)
{
    (void)core;
    return MSEC_NEVER;
}

static struct machine counter_start(void *arg)
{
    struct toys *t = arg;
    unsigned lives = t->counter.lives + 1;

    memset(&t->counter, 0, sizeof t->counter);
    t->counter.lives = lives;
    return (struct machine){&t->counter, counter_step, counter_deadline};
}

/* -------------------------------------------------------- client */

static void client_ask(struct client *c, msec_t now, struct effects *fx)
{
    Mezzo__StreamCall *call =
        message_new(fx->arena, &mezzo__stream_call__descriptor);

    call->stream = 1;
    call->type = MEZZO__STREAM_CALL__TYPE__CREDIT;
    call->has_credit = 1;
    call->credit = c->number + 1;
    effects_send(fx, c->link, &call->base);
    c->due = now + SILENT_MS;
}

static void client_connect(struct client *c, msec_t now, struct effects *fx)
{
    snprintf(c->link, sizeof c->link, "link-%u", ++c->links_count);
    effects_connect(fx, arena_strdup(fx->arena, c->link), "tcp://counter", NULL,
                    0);
    client_ask(c, now, fx);
}

static void client_step(void *core,
                        const struct input *input,
                        msec_t now,
                        struct effects *fx)
{
    struct client *c = core;

    if (input->kind == INPUT_STARTED) {
        client_connect(c, now, fx);
    } else if (input->kind == INPUT_RECEIVED) {
        c->number = ((const Mezzo__StreamEvent *)input->message)->offset;
        client_ask(c, now, fx);
    } else if (input->kind == INPUT_LINK_ENDED) {
        c->link[0] = '\0';
        c->due = now + RETRY_MS;
    } else if (input->kind == INPUT_TIMEOUT && c->link[0] == '\0') {
        client_connect(c, now, fx);
    } else if (input->kind == INPUT_TIMEOUT) {
        effects_end_link(fx, arena_strdup(fx->arena, c->link), "no answer");
        c->due = MSEC_NEVER;
    }
}

static msec_t client_deadline(const void *core)
{
    const struct client *c = core;

    return c->is_stuck ? 0 : c->due;
}

static struct machine client_start(void *arg)
{
    struct toys *t = arg;

    return (struct machine){&t->client, client_step, client_deadline};
}

/* ---------------------------------------------------------- both */

static void do_nothing(void *arg)
{
    (void)arg;
}

static struct toys *toys_new(uint64_t seed, msec_t wall, FILE *trace)
{
    struct toys *t = memory_new(1, sizeof *t);
    struct process_options options = {
        .name = "counter",
        .principal = {.name = "counter", .kind = PRINCIPAL_AGENT},
        .links = links_defaults,
        .guest_endpoint = "tcp://counter",
        .arg = t,
        .start = counter_start,
        .stop = do_nothing};

    t->world = world_new(
        &(struct world_options){.seed = seed, .wall = wall, .trace = trace});
    t->network = network_new(t->world);
    t->disk = disk_new(t->world);
    disk_set_faults(t->disk, &(struct disk_faults){0, 3, 0});
    network_set_faults(t->network, &(struct network_faults){.delay_ms_max = 5});
    options.disk = t->disk;
    t->server = process_new(t->world, t->network, &options);
    options.name = options.principal.name = "client";
    options.guest_endpoint = NULL;
    options.disk = NULL;
    options.start = client_start;
    t->user = process_new(t->world, t->network, &options);
    process_start(t->server);
    process_start(t->user);
    return t;
}

static void toys_free(struct toys *t)
{
    process_free(t->user);
    process_free(t->server);
    network_free(t->network);
    disk_free(t->disk);
    world_free(t->world);
    free(t);
}

static void run(struct toys *t, msec_t ms)
{
    msec_t end = world_now(t->world) + ms;

    while (world_turn(t->world, end))
        if (t->counter.is_loaded && t->counter.number + 1 < t->client.number)
            t->client_lost++;
}

static void two_machines_talk(void)
{
    struct toys *t = toys_new(1, 0, NULL);

    run(t, 60000);
    CHECK(t->client.number > 1000);
    CHECK(t->client.links_count <= 2); /* the first found nobody */
    CHECK(process_gaps_count(t->server) + process_gaps_count(t->user) == 0);
    toys_free(t);
}

static void a_lost_frame_is_a_gap_and_both_go_on(void)
{
    struct toys *t = toys_new(2, 0, NULL);
    uint64_t number;

    network_set_faults(t->network, &(struct network_faults){.loss_permille = 20,
                                                            .delay_ms_max = 5});
    run(t, 60000);
    CHECK(process_gaps_count(t->server) + process_gaps_count(t->user) > 0 ||
          t->client.links_count > 2);
    network_set_faults(t->network, &(struct network_faults){0});
    run(t, 20000);
    number = t->client.number;
    run(t, 1000);
    CHECK(t->client.number > number);
    toys_free(t);
}

static void what_was_answered_survives_a_crash(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct toys *t = toys_new(seed, 0, NULL);

        for (int i = 0; i < 10; i++) {
            run(t, 1 + (msec_t)(seed * 37 % 900));
            process_kill(t->server, seed % 2);
            run(t, 500);
            process_start(t->server);
        }
        run(t, 20000);
        if (t->client_lost > 0 || t->counter.lives != 11)
            CHECK(!"a confirmed number was forgotten");
        toys_free(t);
    }
    CHECK("20 seeds");
}

static void a_partition_ends_links_and_heals(void)
{
    struct toys *t = toys_new(3, 0, NULL);
    uint64_t number;

    run(t, 1000);
    network_block(t->network, process_node(t->server), process_node(t->user));
    run(t, 1000);
    number = t->client.number;
    run(t, 20000);
    CHECK(t->client.number == number);
    CHECK(t->client.links_count > 3);
    network_unblock(t->network);
    run(t, 10000);
    CHECK(t->client.number > number);
    toys_free(t);
}

static void a_paused_process_goes_on_where_it_was(void)
{
    struct toys *t = toys_new(4, 0, NULL);
    uint64_t number;

    run(t, 1000);
    process_pause(t->server, world_now(t->world) + 2000);
    run(t, 100);
    number = t->client.number;
    run(t, 1800);
    CHECK(t->client.number == number);
    run(t, 1000);
    CHECK(t->client.number > number);
    CHECK(t->client.links_count <= 2);
    toys_free(t);
}

static char *trace_of(uint64_t seed, msec_t wall)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct toys *t = toys_new(seed, wall, out);

    network_set_faults(t->network,
                       &(struct network_faults){.loss_permille = 10,
                                                .reset_permille = 10,
                                                .untold_percent = 50,
                                                .delay_ms_max = 50});
    disk_set_faults(t->disk, &(struct disk_faults){0, 200, 20});
    run(t, 30000);
    process_kill(t->server, true);
    process_start(t->server);
    run(t, 30000);
    toys_free(t);
    fclose(out);
    return text;
}

static void the_same_seed_gives_the_same_trace_whatever_the_wall_clock(void)
{
    char *first = trace_of(9, 0);
    char *again = trace_of(9, 0);
    char *later = trace_of(9, (msec_t)1 << 40);
    char *other = trace_of(10, 0);

    CHECK(strlen(first) > 10000);
    CHECK(strcmp(first, again) == 0);
    CHECK(strcmp(first, later) == 0);
    CHECK(strcmp(first, other) != 0);
    free(first);
    free(again);
    free(later);
    free(other);
}

static void who_is_due_at_once_for_ever_is_found_out(void)
{
    struct toys *t = toys_new(5, 0, NULL);

    run(t, 1000);
    CHECK(world_failure(t->world) == NULL);
    t->client.is_stuck = true;
    run(t, 60000);
    CHECK(world_failure(t->world) != NULL);
    toys_free(t);
}

int main(void)
{
    two_machines_talk();
    a_lost_frame_is_a_gap_and_both_go_on();
    what_was_answered_survives_a_crash();
    a_partition_ends_links_and_heals();
    a_paused_process_goes_on_where_it_was();
    the_same_seed_gives_the_same_trace_whatever_the_wall_clock();
    who_is_due_at_once_for_ever_is_found_out();
    return test_done();
}

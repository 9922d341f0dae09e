/* network.c - each end of a connection has a queue of what is on its way to
 * it, of which only the first is an event: that keeps the order, and stops all
 * of it when the first must wait. */

#include "tests/sim/network.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/table.h"

enum {
    QUEUE_MAX = 20000 /* frames on their way to one end */
};

struct flight {
    TAILQ_ENTRY(flight) entry;
    msec_t due;
    bool is_cut; /* no frame: the connection is over */
    size_t size;
    uint8_t bytes[];
};

struct end {
    TAILQ_ENTRY(end) entry; /* of its node, while it is open */
    struct connection *connection;
    struct node *node; /* NULL: nobody listened */
    char *peer;        /* what `node` calls it */
    bool is_ours;      /* `node` connected */
    bool is_open;
    struct event arrival;
    msec_t last_due;
    size_t queue_length;
    TAILQ_HEAD(flight_list, flight) queue;
};

struct connection {
    TAILQ_ENTRY(connection) entry;
    struct network *network;
    bool is_guest;
    bool is_broken; /* nothing gets through */
    bool is_busy;   /* a callback is under way */
    struct end ends[2];
};

struct node {
    TAILQ_ENTRY(node) entry;
    struct network *network;
    const char *name;
    struct node_callbacks callbacks;
    msec_t paused_until;
    struct table *opened, *accepted; /* ends, by their peer */
    TAILQ_HEAD(end_list, end) ends;
    size_t ends_count;
};

struct listener {
    TAILQ_ENTRY(listener) entry;
    char *endpoint;
    struct node *node; /* NULL: no longer */
    bool is_guest;
};

struct block {
    TAILQ_ENTRY(block) entry;
    struct node *from, *to; /* NULL: any */
};

struct network {
    struct world *world;
    struct network_faults faults;
    struct table *listeners;
    TAILQ_HEAD(listener_list, listener) listener_list;
    TAILQ_HEAD(node_list, node) nodes;
    TAILQ_HEAD(connection_list, connection) connections;
    TAILQ_HEAD(block_list, block) blocks;
};

static const char *end_key(const void *value)
{
    return ((const struct end *)value)->peer;
}

static const char *listener_key(const void *value)
{
    return ((const struct listener *)value)->endpoint;
}

struct network *network_new(struct world *w)
{
    struct network *n = memory_new(1, sizeof *n);

    n->world = w;
    n->listeners = table_new(listener_key);
    TAILQ_INIT(&n->listener_list);
    TAILQ_INIT(&n->nodes);
    TAILQ_INIT(&n->connections);
    TAILQ_INIT(&n->blocks);
    return n;
}

void network_set_faults(struct network *n, const struct network_faults *faults)
{
    n->faults = *faults;
}

static bool is_blocked(const struct network *n,
                       const struct node *from,
                       const struct node *to)
{
    const struct block *b;

    TAILQ_FOREACH (b, &n->blocks, entry)
        if ((b->from == NULL || b->from == from) &&
            (b->to == NULL || b->to == to))
            return true;
    return false;
}

static struct end *other_end(struct end *e)
{
    return &e->connection->ends[e == &e->connection->ends[0]];
}

/* The first of the queue is an event, unless it has to wait for the network. */
static void arm(struct end *e)
{
    const struct flight *f = TAILQ_FIRST(&e->queue);
    struct network *n = e->connection->network;
    msec_t due;

    if (f == NULL || is_blocked(n, other_end(e)->node, e->node)) {
        world_cancel(n->world, &e->arrival);
        return;
    }
    due = f->due;
    if (e->node->paused_until > due)
        due = e->node->paused_until;
    world_set(n->world, &e->arrival, due);
}

static void empty(struct end *e)
{
    struct flight *f;

    while ((f = TAILQ_FIRST(&e->queue)) != NULL) {
        TAILQ_REMOVE(&e->queue, f, entry);
        free(f);
    }
    e->queue_length = 0;
    world_cancel(e->connection->network->world, &e->arrival);
}

static void connection_free(struct connection *c)
{
    TAILQ_REMOVE(&c->network->connections, c, entry);
    for (int i = 0; i < 2; i++) {
        empty(&c->ends[i]);
        free(c->ends[i].peer);
    }
    free(c);
}

/* Once nobody can hear of it any more. */
static void drop_unused(struct connection *c)
{
    if (c->is_busy)
        return;
    for (int i = 0; i < 2; i++)
        if (c->ends[i].is_open || !TAILQ_EMPTY(&c->ends[i].queue))
            return;
    connection_free(c);
}

static void put_flight(struct end *e,
                       bool is_cut,
                       const uint8_t *bytes,
                       size_t size)
{
    struct network *n = e->connection->network;
    struct flight *f = memory_new(1, sizeof *f + size);

    f->due =
        world_now(n->world) +
        world_between(n->world, n->faults.delay_ms_min, n->faults.delay_ms_max);
    if (f->due < e->last_due) /* not before an earlier one */
        f->due = e->last_due;
    e->last_due = f->due;
    f->is_cut = is_cut;
    f->size = size;
    if (size > 0)
        memcpy(f->bytes, bytes, size);
    TAILQ_INSERT_TAIL(&e->queue, f, entry);
    e->queue_length++;
    if (TAILQ_FIRST(&e->queue) == f)
        arm(e);
}

static void arrive(struct event *event)
{
    struct end *e = event->arg;
    struct connection *c = e->connection;
    struct node *k = e->node;
    struct flight *f = TAILQ_FIRST(&e->queue);

    if (k->paused_until > world_now(c->network->world)) {
        arm(e);
        return;
    }
    TAILQ_REMOVE(&e->queue, f, entry);
    e->queue_length--;
    arm(e);
    c->is_busy = true;
    if (!f->is_cut)
        k->callbacks.received_cb(k->callbacks.arg, e->peer, e->is_ours,
                                 c->is_guest && !e->is_ours, other_end(e)->node,
                                 f->bytes, f->size);
    else if (e->is_open)
        k->callbacks.cut_cb(k->callbacks.arg, e->peer, e->is_ours);
    c->is_busy = false;
    free(f);
    drop_unused(c);
}

static void end_open(struct end *e,
                     struct connection *c,
                     struct node *k,
                     const char *peer,
                     bool is_ours)
{
    e->connection = c;
    e->node = k;
    e->peer = memory_strdup(peer);
    e->is_ours = is_ours;
    e->arrival.happen = arrive;
    e->arrival.arg = e;
    TAILQ_INIT(&e->queue);
    if (k == NULL)
        return;
    e->is_open = true;
    table_add(is_ours ? k->opened : k->accepted, e);
    TAILQ_INSERT_TAIL(&k->ends, e, entry);
    k->ends_count++;
}

static void shut(struct end *e)
{
    struct node *k = e->node;

    e->is_open = false;
    table_remove(e->is_ours ? k->opened : k->accepted, e);
    TAILQ_REMOVE(&k->ends, e, entry);
    k->ends_count--;
}

/* The other side hears of it, if `is_told`, behind all that is under way. */
static void end_close(struct end *e, bool is_told)
{
    struct connection *c = e->connection;
    struct end *other = other_end(e);

    shut(e);
    /* A server may still read what it has been sent, and has to refuse it. */
    if (e->is_ours || !world_chance(c->network->world, 50))
        empty(e);
    if (other->is_open && is_told && !c->is_broken)
        put_flight(other, true, NULL, 0);
    if (!is_told)
        c->is_broken = true;
    drop_unused(c);
}

static struct end *find_end(const struct node *k, const char *peer, bool ours)
{
    return table_find(ours ? k->opened : k->accepted, peer);
}

bool node_has(const struct node *k, const char *peer, bool is_ours)
{
    return find_end(k, peer, is_ours) != NULL;
}

struct node *node_new(struct network *n,
                      const char *name,
                      const struct node_callbacks *callbacks)
{
    struct node *k = memory_new(1, sizeof *k);

    k->network = n;
    k->name = name;
    k->callbacks = *callbacks;
    k->opened = table_new(end_key);
    k->accepted = table_new(end_key);
    TAILQ_INIT(&k->ends);
    TAILQ_INSERT_TAIL(&n->nodes, k, entry);
    return k;
}

const char *node_name(const struct node *k)
{
    return k->name;
}

void *node_arg(const struct node *k)
{
    return k->callbacks.arg;
}

void node_listen(struct node *k, const char *endpoint, bool is_guest)
{
    struct network *n = k->network;
    struct listener *l = table_find(n->listeners, endpoint);

    if (l == NULL) {
        l = memory_new(1, sizeof *l);
        l->endpoint = memory_strdup(endpoint);
        table_add(n->listeners, l);
        TAILQ_INSERT_TAIL(&n->listener_list, l, entry);
    }
    l->node = k;
    l->is_guest = is_guest;
}

void node_down(struct node *k, bool is_told)
{
    struct listener *l;
    struct end *e;

    TAILQ_FOREACH (l, &k->network->listener_list, entry)
        if (l->node == k)
            l->node = NULL;
    k->paused_until = 0;
    while ((e = TAILQ_FIRST(&k->ends)) != NULL) {
        /* What it had sent may not have left the machine. */
        if (!is_told || world_chance(k->network->world, 50))
            empty(other_end(e));
        empty(e);
        end_close(e, is_told);
    }
}

void node_pause(struct node *k, msec_t until)
{
    k->paused_until = until;
}

void node_connect(struct node *k, const char *peer, const char *endpoint)
{
    struct network *n = k->network;
    bool fails = n->faults.connect_permille > 0 &&
                 world_random(n->world, 1000) < n->faults.connect_permille;
    struct listener *l = fails ? NULL : table_find(n->listeners, endpoint);
    struct connection *c = memory_new(1, sizeof *c);
    uint64_t high = world_random(n->world, UINT64_MAX);
    uint64_t low = world_random(n->world, UINT64_MAX);
    char id[33];

    snprintf(id, sizeof id, "%016" PRIx64 "%016" PRIx64, high, low);
    c->network = n;
    c->is_guest = l != NULL && l->is_guest;
    TAILQ_INSERT_TAIL(&n->connections, c, entry);
    end_open(&c->ends[0], c, k, peer, true);
    end_open(&c->ends[1], c, l == NULL ? NULL : l->node, id, false);
    if (c->ends[1].node == NULL && !world_chance(n->world, 30))
        put_flight(&c->ends[0], true, NULL, 0);
}

static void break_connection(struct connection *c)
{
    struct world *w = c->network->world;

    c->is_broken = true;
    for (int i = 0; i < 2; i++) {
        empty(&c->ends[i]);
        if (c->ends[i].is_open &&
            !world_chance(w, c->network->faults.untold_percent))
            put_flight(&c->ends[i], true, NULL, 0);
    }
}

bool node_send(struct node *k,
               const char *peer,
               bool is_ours,
               const uint8_t *bytes,
               size_t size)
{
    struct end *e = find_end(k, peer, is_ours);
    struct world *w = k->network->world;
    const struct network_faults *faults = &k->network->faults;
    struct end *other;

    if (e == NULL)
        return false;
    other = other_end(e);
    if (e->connection->is_broken || !other->is_open)
        return true; /* nobody knows yet */
    if (other->queue_length >= QUEUE_MAX)
        return false;
    if (faults->reset_permille > 0 &&
        world_random(w, 1000) < faults->reset_permille) {
        world_trace(w, "%s: connection %s breaks", k->name, peer);
        break_connection(e->connection);
    } else if (faults->loss_permille > 0 &&
               world_random(w, 1000) < faults->loss_permille)
        world_trace(w, "%s: a frame to %s is lost", k->name, peer);
    else
        put_flight(other, false, bytes, size);
    return true;
}

void node_close(struct node *k, const char *peer, bool is_ours)
{
    struct end *e = find_end(k, peer, is_ours);

    if (e != NULL)
        end_close(e, true);
}

void node_reset(struct node *k)
{
    struct world *w = k->network->world;
    struct end *e = TAILQ_FIRST(&k->ends);

    if (e == NULL)
        return;
    for (uint64_t i = world_random(w, k->ends_count); i > 0; i--)
        e = TAILQ_NEXT(e, entry);
    world_trace(w, "%s: connection %s is reset", k->name, e->peer);
    break_connection(e->connection);
}

void network_block(struct network *n, struct node *from, struct node *to)
{
    struct block *b = memory_new(1, sizeof *b);

    b->from = from;
    b->to = to;
    TAILQ_INSERT_TAIL(&n->blocks, b, entry);
}

void network_unblock(struct network *n)
{
    struct block *b;
    struct connection *c;

    while ((b = TAILQ_FIRST(&n->blocks)) != NULL) {
        TAILQ_REMOVE(&n->blocks, b, entry);
        free(b);
    }
    TAILQ_FOREACH (c, &n->connections, entry)
        for (int i = 0; i < 2; i++)
            arm(&c->ends[i]);
}

void network_free(struct network *n)
{
    struct node *k;
    struct listener *l;

    if (n == NULL)
        return;
    network_unblock(n);
    while (!TAILQ_EMPTY(&n->connections))
        connection_free(TAILQ_FIRST(&n->connections));
    while ((k = TAILQ_FIRST(&n->nodes)) != NULL) {
        TAILQ_REMOVE(&n->nodes, k, entry);
        table_free(k->opened);
        table_free(k->accepted);
        free(k);
    }
    while ((l = TAILQ_FIRST(&n->listener_list)) != NULL) {
        TAILQ_REMOVE(&n->listener_list, l, entry);
        free(l->endpoint);
        free(l);
    }
    table_free(n->listeners);
    free(n);
}

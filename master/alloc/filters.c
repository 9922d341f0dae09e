/* filters.c - one struct in four structures: a hash chain by pair, the lists of
 * its client and of its agent, and a binary heap by expiry. */

#include "master/alloc/filters.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

struct filter {
    struct filter *next; /* in its chain */
    LIST_ENTRY(filter) of_client;
    LIST_ENTRY(filter) of_agent;
    const struct client_filters *client;
    struct agent *agent;
    struct quantity quantity; /* of all that is refused */
    struct resources refused;
    msec_t until;
    uint64_t serial; /* the older of two goes first */
    size_t place;    /* in the heap */
};

struct filters {
    struct filter **chains;
    size_t chains_count; /* a power of two */
    struct filter **heap;
    size_t heap_size;
    size_t count;
    size_t count_max;
    uint64_t serial;
};

struct filters *filters_new(size_t count_max)
{
    struct filters *f = memory_new(1, sizeof *f);

    assert(count_max > 0);
    f->count_max = count_max;
    f->chains_count = 64;
    f->chains = memory_new(f->chains_count, sizeof(struct filter *));
    return f;
}

/* Addresses only choose a chain; nothing depends on its order. */
static struct filter **chain_of(const struct filters *f,
                                const struct client_filters *client,
                                const struct agent *agent)
{
    uint64_t h = ((uintptr_t)client >> 4) * 0x9e3779b97f4a7c15u;

    h = (h ^ (uintptr_t)agent >> 4) * 0xbf58476d1ce4e5b9u;
    return &f->chains[(h >> 32) & (f->chains_count - 1)];
}

static bool is_before(const struct filter *a, const struct filter *b)
{
    return a->until != b->until ? a->until < b->until : a->serial < b->serial;
}

static void settle(struct filters *f, size_t i)
{
    struct filter *moved = f->heap[i];

    while (i > 0 && is_before(moved, f->heap[(i - 1) / 2])) {
        f->heap[i] = f->heap[(i - 1) / 2];
        f->heap[i]->place = i;
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t c = 2 * i + 1;

        if (c + 1 < f->count && is_before(f->heap[c + 1], f->heap[c]))
            c++;
        if (c >= f->count || !is_before(f->heap[c], moved))
            break;
        f->heap[i] = f->heap[c];
        f->heap[i]->place = i;
        i = c;
    }
    f->heap[i] = moved;
    moved->place = i;
}

static void remove_filter(struct filters *f, struct filter *old)
{
    struct filter **at = chain_of(f, old->client, old->agent);
    size_t place = old->place;

    while (*at != old)
        at = &(*at)->next;
    *at = old->next;
    LIST_REMOVE(old, of_client);
    LIST_REMOVE(old, of_agent);
    f->count--;
    if (place < f->count) {
        f->heap[place] = f->heap[f->count];
        settle(f, place);
    }
    resources_release(&old->refused);
    free(old);
}

void filters_free(struct filters *f)
{
    if (f == NULL)
        return;
    while (f->count > 0)
        remove_filter(f, f->heap[f->count - 1]);
    free(f->heap);
    free(f->chains);
    free(f);
}

static void grow(struct filters *f)
{
    size_t count = f->chains_count;
    struct filter **old = f->chains;

    f->chains_count = count * 2;
    f->chains = memory_new(f->chains_count, sizeof(struct filter *));
    for (size_t i = 0; i < count; i++) {
        while (old[i] != NULL) {
            struct filter *moved = old[i];
            struct filter **chain = chain_of(f, moved->client, moved->agent);

            old[i] = moved->next;
            moved->next = *chain;
            *chain = moved;
        }
    }
    free(old);
}

/* Those of the pair that hide nothing that the new one does not. */
static void remove_lesser(struct filters *f,
                          const struct client_filters *client,
                          const struct agent *agent,
                          const struct resources *refused,
                          msec_t until)
{
    struct filter *next;

    for (struct filter *old = *chain_of(f, client, agent); old != NULL;
         old = next) {
        next = old->next;
        if (old->client == client && old->agent == agent &&
            old->until <= until && resources_contain(refused, &old->refused))
            remove_filter(f, old);
    }
}

struct agent *filters_add(struct filters *f,
                          struct client_filters *client,
                          struct agent *agent,
                          struct names *names,
                          const struct resources *refused,
                          msec_t until)
{
    struct agent *shown = NULL;
    struct filter **chain, *added;

    remove_lesser(f, client, agent, refused, until);
    if (f->count == f->count_max) {
        shown = f->heap[0]->agent;
        remove_filter(f, f->heap[0]);
    }
    if (f->count == f->chains_count)
        grow(f);
    if (f->count == f->heap_size) {
        f->heap_size = f->heap_size == 0 ? 64 : f->heap_size * 2;
        f->heap = memory_resize(f->heap, f->heap_size, sizeof *f->heap);
    }
    added = memory_new(1, sizeof *added);
    added->client = client;
    added->agent = agent;
    added->quantity = names_sum(names, refused);
    resources_init(&added->refused);
    resources_copy(&added->refused, refused);
    added->until = until;
    added->serial = f->serial++;
    chain = chain_of(f, client, agent);
    added->next = *chain;
    *chain = added;
    LIST_INSERT_HEAD(client, added, of_client);
    LIST_INSERT_HEAD(&agent->filters, added, of_agent);
    f->heap[f->count] = added;
    f->count++;
    settle(f, f->count - 1);
    return shown;
}

void filters_remove_of_client(struct filters *f, struct client_filters *client)
{
    while (!LIST_EMPTY(client))
        remove_filter(f, LIST_FIRST(client));
}

void filters_remove_of_agent(struct filters *f, struct agent *agent)
{
    while (!LIST_EMPTY(&agent->filters))
        remove_filter(f, LIST_FIRST(&agent->filters));
}

bool filters_may_hide(const struct filters *f,
                      const struct client_filters *client,
                      const struct agent *agent,
                      const struct quantity *offered)
{
    if (LIST_EMPTY(client))
        return false;
    for (const struct filter *i = *chain_of(f, client, agent); i != NULL;
         i = i->next) {
        if (i->client == client && i->agent == agent &&
            quantity_contains(&i->quantity, offered))
            return true;
    }
    return false;
}

bool filters_hide(const struct filters *f,
                  const struct client_filters *client,
                  const struct agent *agent,
                  const struct resources *offered)
{
    for (const struct filter *i = *chain_of(f, client, agent); i != NULL;
         i = i->next) {
        if (i->client == client && i->agent == agent &&
            resources_contain(&i->refused, offered))
            return true;
    }
    return false;
}

msec_t filters_deadline(const struct filters *f)
{
    return f->count > 0 ? f->heap[0]->until : MSEC_NEVER;
}

struct agent *filters_expire(struct filters *f,
                             msec_t now,
                             const struct client_filters **client)
{
    struct agent *agent;

    if (f->count == 0 || f->heap[0]->until > now)
        return NULL;
    agent = f->heap[0]->agent;
    *client = f->heap[0]->client;
    remove_filter(f, f->heap[0]);
    return agent;
}

size_t filters_count(const struct filters *f)
{
    return f->count;
}

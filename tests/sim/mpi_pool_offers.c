/* mpi_pool_offers.c - asks, and offers for them, gangs whole */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/sim/mpi_pool_parts.h"

void mpi_pool_remove_offer(struct mpi_pool *p, struct offer *o)
{
    p->agents[o->agent].used -= o->slots * o->ranks_each;
    TAILQ_REMOVE(&p->offers, o, entry);
    free(o);
}

struct ask *mpi_pool_find_ask(struct mpi_pool *p, const char *id)
{
    struct ask *a;

    TAILQ_FOREACH (a, &p->asks, entry)
        if (strcmp(a->id, id) == 0)
            return a;
    return NULL;
}

int mezzo_scheduler_ask(struct mezzo_scheduler *s, const struct mezzo_ask *ask)
{
    struct mpi_pool *p = s->pool;
    struct ask *a = memory_new(1, sizeof *a);

    if (mpi_pool_find_ask(p, ask->id) != NULL)
        mpi_pool_fail(p, "asked twice for %s", ask->id);
    snprintf(a->id, sizeof a->id, "%s", ask->id);
    a->slots = ask->slots[0].count;
    a->ranks_each = (unsigned)(ask->slots[0].each.cpu_milli / 1000);
    if (ask->slots[0].min != a->slots)
        mpi_pool_fail(p, "%s is no gang", ask->id);
    for (size_t i = 0; i < ask->slots[0].constraints_count; i++)
        a->is_unique |= ask->slots[0].constraints[i].op == MEZZO_UNIQUE;
    TAILQ_INSERT_TAIL(&p->asks, a, entry);
    return 0;
}

int mezzo_scheduler_withdraw(struct mezzo_scheduler *s, const char *ask_id)
{
    struct ask *a = mpi_pool_find_ask(s->pool, ask_id);

    if (a == NULL)
        return -ENOENT;
    TAILQ_REMOVE(&s->pool->asks, a, entry);
    free(a);
    return 0;
}

unsigned mpi_pool_asks_count(const struct mpi_pool *p)
{
    const struct ask *a;
    unsigned count = 0;

    TAILQ_FOREACH (a, &p->asks, entry)
        count++;
    return count;
}

void mpi_pool_explain(struct mpi_pool *p,
                      const char *ask_id,
                      const char *why,
                      bool is_impossible)
{
    const struct mezzo_ask_answer answer = {
        .ask_id = ask_id, .explanation = why, .is_impossible = is_impossible};

    queue_ask_updated(p->queue, &answer);
}

/* ------------------------------------------------------------------ offers */

static unsigned room_for(const struct mpi_pool *p,
                         unsigned agent,
                         const struct ask *a)
{
    unsigned room =
        p->agents[agent].is_lost
            ? 0
            : (p->agents[agent].ranks - p->agents[agent].used) / a->ranks_each;

    return a->is_unique && room > 1 ? 1 : room;
}

static void make_offers(struct mpi_pool *p, const struct ask *a)
{
    struct mezzo_offer offers[MPI_POOL_AGENTS_MAX] = {{.id = NULL}};
    uint32_t counts[MPI_POOL_AGENTS_MAX];
    char agents[MPI_POOL_AGENTS_MAX][32];
    unsigned left = a->slots;
    size_t count = 0;
    uint64_t gang = p->next_offer;

    for (unsigned i = 0; i < p->agents_count && left > 0; i++) {
        unsigned slots = room_for(p, i, a);
        struct offer *o;

        slots = slots < left ? slots : left;
        if (slots == 0)
            continue;
        left -= slots;
        o = memory_new(1, sizeof *o);
        snprintf(o->id, sizeof o->id, "offer-%" PRIu64, p->next_offer++);
        if (a->slots > 1)
            snprintf(o->gang, sizeof o->gang, "gang-%" PRIu64, gang);
        snprintf(o->ask, sizeof o->ask, "%s", a->id);
        o->agent = i;
        o->slots = slots;
        o->ranks_each = a->ranks_each;
        p->agents[i].used += slots * a->ranks_each;
        TAILQ_INSERT_TAIL(&p->offers, o, entry);
        snprintf(agents[count], sizeof agents[count], "agent-%u", i);
        counts[count] = slots;
        offers[count] = (struct mezzo_offer){
            .id = o->id,
            .agent_id = agents[count],
            .hostname = agents[count],
            .ask_id = o->ask,
            .gang_id = a->slots > 1 ? o->gang : NULL,
            .slot_counts = &counts[count],
            .slot_counts_count = 1,
        };
        count++;
    }
    queue_offers(p->queue, offers, count);
}

static bool is_offered(const struct mpi_pool *p, const struct ask *a)
{
    const struct offer *o;

    TAILQ_FOREACH (o, &p->offers, entry)
        if (strcmp(o->ask, a->id) == 0)
            return true;
    return false;
}

bool mpi_pool_offer(struct mpi_pool *p, unsigned skip)
{
    struct ask *a;

    if (!p->is_connected)
        return false;
    TAILQ_FOREACH (a, &p->asks, entry) {
        unsigned slots = 0;

        if (skip > 0) {
            skip--;
            continue;
        }
        for (unsigned i = 0; i < p->agents_count; i++)
            slots += room_for(p, i, a);
        if (slots < a->slots || is_offered(p, a))
            continue;
        make_offers(p, a);
        return true;
    }
    return false;
}

/* That one, and the others for its ask. */
void mpi_pool_rescind_offer(struct mpi_pool *p, struct offer *o)
{
    struct offer *next;
    char ask[MPI_POOL_ID_SIZE], id[32];

    memcpy(ask, o->ask, sizeof ask);
    memcpy(id, o->id, sizeof id);
    for (o = TAILQ_FIRST(&p->offers); o != NULL; o = next) {
        next = TAILQ_NEXT(o, entry);
        if (strcmp(o->ask, ask) == 0)
            mpi_pool_remove_offer(p, o);
    }
    queue_rescinded(p->queue, id);
}

bool mpi_pool_rescind(struct mpi_pool *p)
{
    struct offer *o = TAILQ_FIRST(&p->offers);

    if (o != NULL)
        mpi_pool_rescind_offer(p, o);
    return o != NULL;
}

struct offer *mpi_pool_find_offer(struct mpi_pool *p, const char *id)
{
    struct offer *o;

    TAILQ_FOREACH (o, &p->offers, entry)
        if (strcmp(o->id, id) == 0)
            return o;
    return NULL;
}

int mezzo_scheduler_decline(struct mezzo_scheduler *s,
                            const char *offer_id,
                            int64_t refuse_ms)
{
    struct offer *o = mpi_pool_find_offer(s->pool, offer_id);

    (void)refuse_ms;
    if (o == NULL)
        return -ENOENT;
    mpi_pool_remove_offer(s->pool, o);
    return 0;
}

/* keeps.c - a short list; nearly always there is none. */

#include "master/alloc/keeps.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

struct keep {
    struct agent *agent;
    struct ask *ask;
    uint32_t places;
    struct quantity need;
    msec_t until; /* 0: it is over */
};

struct keeps {
    struct keep *list;
    size_t count;
    size_t size;
};

struct keeps *keeps_new(void)
{
    return memory_new(1, sizeof(struct keeps));
}

void keeps_free(struct keeps *k)
{
    if (k != NULL)
        free(k->list);
    free(k);
}

void keeps_add(struct keeps *k,
               struct agent *agent,
               struct ask *ask,
               uint32_t places,
               const struct quantity *need,
               msec_t until)
{
    assert(agent->kept_for == NULL);
    if (k->count == k->size) {
        k->size = k->size == 0 ? 8 : k->size * 2;
        k->list = memory_resize(k->list, k->size, sizeof *k->list);
    }
    k->list[k->count++] = (struct keep){agent, ask, places, *need, until};
    agent->kept_for = ask;
}

static void release(struct keep *one)
{
    one->agent->kept_for = NULL;
    one->until = 0;
}

void keeps_note_granted(struct keeps *k,
                        struct agent *agent,
                        const struct ask *ask,
                        uint32_t times,
                        const struct quantity *given)
{
    static const struct quantity none;

    if (agent->kept_for != ask)
        return;
    for (size_t i = 0; i < k->count; i++) {
        struct keep *one = &k->list[i];

        if (one->agent != agent || one->until == 0)
            continue;
        one->places -= one->places > times ? times : one->places;
        quantity_subtract(&one->need, given);
        quantity_raise(&one->need, &none);
        if (one->places == 0)
            release(one);
    }
}

void keeps_forget_ask(struct keeps *k, const struct ask *ask)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->list[i].agent->kept_for == ask)
            release(&k->list[i]);
}

void keeps_replace_ask(struct keeps *k, const struct ask *old, struct ask *ask)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->list[i].agent->kept_for == old)
            k->list[i].agent->kept_for = k->list[i].ask = ask;
}

struct quantity keeps_need(const struct keeps *k, const struct agent *agent)
{
    for (size_t i = 0; i < k->count && agent->kept_for != NULL; i++)
        if (k->list[i].agent == agent && k->list[i].until != 0)
            return k->list[i].need;
    return (struct quantity){.of = {0}};
}

struct ask *keeps_next(const struct keeps *k,
                       size_t *i,
                       const struct quantity **need)
{
    for (; *i < k->count; ++*i) {
        const struct keep *one = &k->list[*i];

        if (one->until == 0)
            continue;
        *need = &one->need;
        ++*i;
        return one->ask;
    }
    return NULL;
}

void keeps_forget_agent(struct keeps *k, struct agent *agent)
{
    size_t count = 0;

    for (size_t i = 0; i < k->count; i++)
        if (k->list[i].agent != agent)
            k->list[count++] = k->list[i];
    k->count = count;
    agent->kept_for = NULL;
}

struct agent *keeps_take_released(struct keeps *k, msec_t now)
{
    for (size_t i = 0; i < k->count; i++) {
        struct keep *one = &k->list[i];
        struct agent *agent = one->agent;

        if (one->until > now)
            continue;
        if (one->until != 0)
            release(one);
        *one = k->list[--k->count];
        return agent;
    }
    return NULL;
}

msec_t keeps_deadline(const struct keeps *k)
{
    msec_t earliest = MSEC_NEVER;

    for (size_t i = 0; i < k->count; i++)
        if (k->list[i].until < earliest)
            earliest = k->list[i].until;
    return earliest;
}

/* departures.c - every tenth of a second some of those that are overdue, in the
 * order in which they were admitted. */

#include "master/departures.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "master/registration.h"
#include "master/state.h"

enum {
    BUCKETS = 6,
    BUCKET_MS = 10 * 1000,
    FREE = 4, /* so few may always go */
    EVERY_MS = 100,
    HELD_EVERY_MS = 1000, /* is looked at whether they have come back */
    SHARE_EACH = 1000,    /* 1 of so many agents each time: 1 % in a second */
};

struct departures {
    struct deadline deadline;
    msec_t last_at;       /* when some were taken out last */
    size_t overdue_count; /* who wait, as of the last look */
    bool is_holding;
    msec_t bucket_at; /* when the first of these began: who went lately */
    size_t went[BUCKETS];
};

struct census {
    size_t known;   /* that may answer, or did until lately */
    size_t silent;  /* of these */
    size_t overdue; /* of these, longer than they may be */
};

struct departures *departures_new(void)
{
    struct departures *d = memory_new(1, sizeof *d);

    d->deadline.kind = DEADLINE_DEPARTURES;
    return d;
}

void departures_free(struct departures *d)
{
    free(d);
}

size_t departures_held_count(const struct departures *d)
{
    return d->is_holding ? d->overdue_count : 0;
}

static size_t went_lately(struct departures *d, msec_t now)
{
    size_t sum = 0;

    while (now - d->bucket_at >= BUCKET_MS) {
        if (now - d->bucket_at >= BUCKETS * BUCKET_MS) {
            memset(d->went, 0, sizeof d->went);
            d->bucket_at = now;
            return 0;
        }
        memmove(d->went + 1, d->went, (BUCKETS - 1) * sizeof d->went[0]);
        d->went[0] = 0;
        d->bucket_at += BUCKET_MS;
    }
    for (size_t i = 0; i < BUCKETS; i++)
        sum += d->went[i];
    return sum;
}

static struct census count(struct turn *t)
{
    size_t lately = went_lately(t->m->departures, t->now);
    struct census c = {.known = lately, .silent = lately};
    const struct agent *agent = agents_first(t->m->agents);

    for (; agent != NULL; agent = TAILQ_NEXT(agent, entry)) {
        bool is_away = agent->state == AGENT_DISCONNECTED; /* LEAVING: went */

        c.known += is_away || agent->state == AGENT_REGISTERED;
        c.silent += is_away && agent->peer == NULL;
        c.overdue += agent->is_overdue;
    }
    return c;
}

static bool are_too_many(const struct turn *t, const struct census *c)
{
    return c->silent > FREE &&
           c->silent * 100 > c->known * t->m->options.removals_percent;
}

static void say(struct turn *t, const struct census *c, bool is_holding)
{
    if (is_holding == t->m->departures->is_holding)
        return;
    if (is_holding)
        effects_log(t->fx, LOG_LEVEL_ERROR,
                    "removals are held: %zu of %zu agents do not answer, which "
                    "is more than %u%%; what runs on them is left as it is; "
                    "what is lost for good, mark with: mezzo gone AGENT",
                    c->silent, c->known, t->m->options.removals_percent);
    else
        effects_log(t->fx, LOG_LEVEL_NOTICE,
                    "removals go on: %zu of %zu agents do not answer",
                    c->silent, c->known);
    t->m->departures->is_holding = is_holding;
}

static void take_out(struct turn *t, const struct census *c)
{
    struct departures *d = t->m->departures;
    struct agent *agent = agents_first(t->m->agents);
    size_t left = 1 + c->known / SHARE_EACH;

    for (; agent != NULL && left > 0; agent = TAILQ_NEXT(agent, entry)) {
        if (!agent->is_overdue)
            continue;
        agent->is_overdue = false;
        registration_leave(t, agent);
        d->overdue_count--;
        d->went[0]++;
        left--;
    }
    d->last_at = t->now;
}

void departures_due(struct turn *t)
{
    struct departures *d = t->m->departures;
    struct census c = count(t);

    d->overdue_count = c.overdue;
    say(t, &c, c.overdue > 0 && are_too_many(t, &c));
    if (!d->is_holding)
        take_out(t, &c);
    if (d->overdue_count > 0)
        deadlines_set(t->m->deadlines, &d->deadline,
                      t->now + (d->is_holding ? HELD_EVERY_MS : EVERY_MS));
}

void departures_add(struct turn *t, struct agent *agent)
{
    struct departures *d = t->m->departures;

    if (agent->state != AGENT_DISCONNECTED)
        return;
    agent->is_overdue = true;
    d->overdue_count++;
    if (d->deadline.position == 0)
        deadlines_set(t->m->deadlines, &d->deadline,
                      d->last_at + EVERY_MS > t->now ? d->last_at + EVERY_MS
                                                     : t->now);
}

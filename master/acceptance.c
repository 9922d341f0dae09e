/* acceptance.c - an accept is checked as a whole, its tasks one by one; what
 * they leave goes back. */

#include "master/acceptance.h"

#include <string.h>

#include "master/events.h"
#include "master/gang_acceptance.h"
#include "master/holdings.h"
#include "master/placing.h"

enum {
    OFFERS_MAX = 1000,              /* of an accept */
    LAPSED_FACTOR = 4,              /* longer with each silence */
    LAPSED_MAX_MS = 10 * 60 * 1000, /* without offers, who does not answer */
    REFUSED_MS = 10,                /* twice as long with each refusal */
};

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

/* Who declines just what it asked for, again and again, is asked ever more
 * rarely, whatever it says: or it could have for a moment, each moment anew,
 * what a gang of another waits for. */
static msec_t refused_ms(const struct framework *framework)
{
    msec_t refuse_ms = REFUSED_MS;

    if (!frameworks_is_refuser(framework))
        return 0;
    for (unsigned i = FRAMEWORK_REFUSALS_FREE + 1;
         i < framework->refusals_count && refuse_ms < LAPSED_MAX_MS; i++)
        refuse_ms *= 2;
    return refuse_ms < LAPSED_MAX_MS ? refuse_ms : LAPSED_MAX_MS;
}

void acceptance_decline(struct turn *t,
                        struct framework *framework,
                        const Mesos__V1__Scheduler__Call__Decline *call)
{
    msec_t refuse_ms = placing_refuse_ms(t, call->filters);
    bool was_asked = false;

    framework->lapses_count = 0;
    for (size_t i = 0; i < call->n_offer_ids; i++) {
        struct offer *offer =
            placing_find_offer(t, framework, call->offer_ids[i]->value);
        msec_t least_ms;

        if (offer == NULL)
            continue;
        if (offer->ask_id != NULL && !was_asked)
            framework->refusals_count++;
        was_asked |= offer->ask_id != NULL;
        least_ms = offer->ask_id != NULL ? refused_ms(framework) : 0;
        holdings_return_offer(t, offer,
                              refuse_ms > least_ms ? refuse_ms : least_ms);
    }
}

/* Who never answers is asked ever more rarely: or two of that kind could have
 * everything between them, for the time of a lease each.  All that was offered
 * before the first lease of a silence ended is of that silence. */
static msec_t lapsed_ms(const struct turn *t, const struct offer *offer)
{
    struct framework *framework = offer->framework;
    msec_t made_at = offer->deadline.due - t->m->options.offer_lease_ms;
    msec_t refuse_ms = t->m->options.decline_ms;

    if (framework->lapses_count == 0 || made_at >= framework->lapsed_at) {
        framework->lapses_count++;
        framework->lapsed_at = t->now;
    }
    for (unsigned i = 1; i < framework->lapses_count; i++)
        if (refuse_ms < LAPSED_MAX_MS)
            refuse_ms *= LAPSED_FACTOR;
    return refuse_ms < LAPSED_MAX_MS ? refuse_ms : LAPSED_MAX_MS;
}

void acceptance_lapse(struct turn *t, struct offer *offer)
{
    events_rescind(t, offer->framework, offer->id);
    holdings_return_offer(t, offer, lapsed_ms(t, offer));
}

static bool is_taken(const struct placing *a, const struct offer *offer)
{
    for (size_t i = 0; i < a->offers_count; i++)
        if (a->offers[i] == offer)
            return true;
    return false;
}

/* NULL, or why it cannot be accepted together with those before. */
static const char *refuse_offer(const struct placing *a,
                                const struct offer *offer)
{
    if (offer == NULL)
        return "an offer was rescinded, used before, or never made";
    if (offer->gang_id != NULL)
        return "an offer is of a gang: all of that are accepted at once, with "
               "its gang_id";
    if (is_taken(a, offer))
        return "an offer is named twice";
    if (a->agent != NULL && offer->agent != a->agent)
        return "the offers are of different agents";
    if (a->role != NULL && strcmp(offer->role, a->role) != 0)
        return "the offers are for different roles";
    return NULL;
}

/* NULL, or why these offers cannot be accepted together; either way those that
 * are the framework's are used, and what they held is in `left`. */
static const char *take_offers(struct turn *t,
                               struct placing *a,
                               const Mesos__V1__Scheduler__Call__Accept *call)
{
    const char *fault = NULL;

    if (call->n_offer_ids == 0 || call->n_offer_ids > OFFERS_MAX)
        return "one offer at least is to be named, and not a thousand";
    a->offers =
        arena_alloc(t->arena, call->n_offer_ids * sizeof(struct offer *));
    for (size_t i = 0; i < call->n_offer_ids; i++) {
        struct offer *offer =
            placing_find_offer(t, a->framework, call->offer_ids[i]->value);
        const char *why = refuse_offer(a, offer);

        if (why == NULL) {
            a->agent = offer->agent;
            a->role = offer->role;
            a->offers[a->offers_count++] = offer;
            resources_add(&a->left, &offer->resources);
            holdings_use_offer(t, offer);
            resources_release(&offer->resources);
            continue;
        }
        fault = why;
        if (offer != NULL && offer->gang_id != NULL)
            holdings_rescind_gang(t, a->framework,
                                  arena_strdup(t->arena, offer->gang_id));
        else if (offer != NULL && !is_taken(a, offer))
            holdings_return_offer(t, offer, 0);
    }
    return fault;
}

static void launch(struct turn *t,
                   struct placing *a,
                   Mesos__V1__TaskInfo **tasks,
                   size_t count)
{
    Mesos__V1__TaskInfo **sent =
        arena_alloc(t->arena, (count + 1) * sizeof(Mesos__V1__TaskInfo *));
    size_t sent_count = 0;

    for (size_t i = 0; i < count; i++) {
        if (!placing_launch(t, a, tasks[i]))
            continue;
        sent[sent_count++] = tasks[i];
        if (sent_count == FRAME_RECORDS_MAX) {
            events_launch(t, a->agent, a->framework, sent, sent_count);
            sent = arena_alloc(t->arena, count * sizeof *sent);
            sent_count = 0;
        }
    }
    if (sent_count > 0)
        events_launch(t, a->agent, a->framework, sent, sent_count);
}

static void operate(struct turn *t,
                    struct placing *a,
                    const Mesos__V1__Offer__Operation *operation)
{
    Mesos__V1__TaskInfo **tasks;
    size_t count = placing_tasks_of(operation, &tasks);

    if (operation->launch_group != NULL)
        for (size_t i = 0; i < count; i++)
            placing_refuse(t, a->framework, tasks[i], TASK_ERROR,
                           REASON(TASK_GROUP_INVALID),
                           "task groups are not supported; launch its tasks "
                           "with an executor of their own");
    else if (operation->launch != NULL)
        launch(t, a, tasks, count);
    else
        events_error(t, a->framework,
                     "accept: of the operations only LAUNCH is supported");
}

static void accept_offers(struct turn *t,
                          struct framework *framework,
                          const Mesos__V1__Scheduler__Call__Accept *call)
{
    struct placing a = {.framework = framework};
    const char *fault = take_offers(t, &a, call);

    if (fault != NULL) {
        placing_drop_all(t, framework, call, fault);
        placing_return_rest(t, &a, 0);
    } else {
        for (size_t i = 0; i < call->n_operations; i++)
            operate(t, &a, call->operations[i]);
        placing_return_rest(t, &a, placing_refuse_ms(t, call->filters));
    }
    resources_release(&a.left);
}

void acceptance_accept(struct turn *t,
                       struct framework *framework,
                       const Mesos__V1__Scheduler__Call__Accept *call)
{
    framework->lapses_count = 0;
    framework->refusals_count = 0;
    if (call->gang_id != NULL)
        gang_acceptance_accept(t, framework, call);
    else
        accept_offers(t, framework, call);
}

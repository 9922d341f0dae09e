/* registration.c - a state machine of one link, its pauses, and its lease. */

#include "agent/registration.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/endings.h"
#include "agent/enrolment.h"
#include "agent/gangs.h"
#include "agent/identity.h"
#include "agent/outbox.h"
#include "agent/roster.h"
#include "agent/updates.h"
#include "base/memory.h"
#include "base/message.h"

enum {
    PAUSE_MIN_MS = 100,
    PAUSE_FIRST_MS = 1000, /* the longest at first; doubles */
    PAUSE_MAX_MS = 10000,  /* so that a master which was down finds all its
                            * agents back before it gives them up, at 15 s */
    PAUSE_DETECTED_MAX_MS = 2000, /* where ZooKeeper knows who leads, soon
                                   * another will, and nobody is in the way */
    ANSWER_MS = 30000,
    PEER_SIZE = 32,
};

enum registration_state {
    REGISTRATION_NONE, /* not begun, or stopped */
    REGISTRATION_PAUSING,
    REGISTRATION_ASKING,
    REGISTRATION_DONE,
};

struct registration {
    struct deadlines *deadlines;
    enum registration_state state;
    char peer[PEER_SIZE];
    uint64_t links_count; /* a name for each */
    size_t master;        /* which one of the list */
    size_t failures_count;
    msec_t pause_ms;
    msec_t registered_at;
    msec_t fence_at;
    bool is_lease_over;
    struct deadline connect;
    struct deadline answer;
    struct deadline lease;
};

struct registration *registration_new(struct deadlines *deadlines)
{
    struct registration *r = memory_new(1, sizeof *r);

    r->deadlines = deadlines;
    r->pause_ms = PAUSE_FIRST_MS;
    r->connect = (struct deadline){.kind = DUE_CONNECT, .owner = r};
    r->answer = (struct deadline){.kind = DUE_REGISTERED, .owner = r};
    r->lease = (struct deadline){.kind = DUE_LEASE, .owner = r};
    return r;
}

void registration_free(struct registration *r)
{
    free(r);
}

bool registration_is_peer(const struct registration *r, const char *peer)
{
    return r->state >= REGISTRATION_ASKING && strcmp(r->peer, peer) == 0;
}

bool registration_is_done(const struct registration *r)
{
    return r->state == REGISTRATION_DONE;
}

void registration_send(struct registration *r, struct step *step)
{
    enrolment_send(r->peer, step);
    deadlines_set(r->deadlines, &r->answer, step->now + ANSWER_MS);
}

void registration_connect(struct registration *r, struct step *step)
{
    const struct agent_master *master = &step->options->masters[r->master];

    assert(r->state == REGISTRATION_PAUSING);
    r->state = REGISTRATION_ASKING;
    snprintf(r->peer, sizeof r->peer, "master/%" PRIu64, ++r->links_count);
    effects_connect(step->fx, r->peer, master->endpoint, master->server_key,
                    step->identity->leader_epoch);
    registration_send(r, step);
}

/* Half a lease from now, or from when a master last heard us. */
static void start_lease(struct registration *r,
                        msec_t lease_at,
                        msec_t fence_at,
                        struct step *step)
{
    r->is_lease_over = false;
    r->fence_at = fence_at;
    deadlines_set(step->deadlines, &r->lease, lease_at);
}

void registration_start(struct registration *r, struct step *step)
{
    start_lease(r, step->now + step->options->lease_ms / 2,
                step->now + step->options->fence_ms / 2, step);
    r->state = REGISTRATION_PAUSING;
    registration_connect(r, step);
}

void registration_stop(struct registration *r, struct step *step)
{
    if (r->state >= REGISTRATION_ASKING)
        effects_end_link(step->fx, r->peer, "the agent ends");
    deadlines_cancel(r->deadlines, &r->connect);
    deadlines_cancel(r->deadlines, &r->answer);
    deadlines_cancel(r->deadlines, &r->lease);
    outbox_close(step->outbox);
    r->state = REGISTRATION_NONE;
}

static void note_epoch(uint64_t leader_epoch,
                       bool has_changed,
                       struct step *step)
{
    struct identity *identity = step->identity;

    if (leader_epoch > identity->leader_epoch) {
        identity->leader_epoch = leader_epoch;
        has_changed = true;
    }
    if (has_changed)
        scribe_append(step->scribe, identity_record(identity, step->fx->arena),
                      true, NULL, step);
}

const char *registration_registered(
    struct registration *r,
    const Mezzo__AgentEvent__Registered *registered,
    uint64_t leader_epoch,
    struct step *step)
{
    struct identity *identity = step->identity;
    bool has_changed;

    if (identity->cluster_id != NULL &&
        strcmp(identity->cluster_id, registered->cluster_id) != 0)
        return "it is the master of another cluster than ours";
    deadlines_cancel(r->deadlines, &r->answer);
    if (r->state == REGISTRATION_DONE)
        return NULL; /* after tasks were asked for once more */
    has_changed = identity_set_agent(identity, registered->agent_id->value,
                                     registered->cluster_id);
    note_epoch(leader_epoch, has_changed, step);
    identity->has_ticket_key =
        registered->has_ticket_key &&
        registered->ticket_key.len == sizeof identity->ticket_key;
    if (identity->has_ticket_key)
        memcpy(identity->ticket_key, registered->ticket_key.data,
               sizeof identity->ticket_key);
    r->state = REGISTRATION_DONE;
    r->registered_at = step->now;
    r->failures_count = 0;
    r->pause_ms = PAUSE_FIRST_MS;
    deadlines_cancel(r->deadlines, &r->lease);
    outbox_open(step->outbox, r->peer);
    updates_restart(step);
    gangs_restart(step);
    effects_log(step->fx, LOG_LEVEL_NOTICE, "registered as %s at %s",
                identity->agent_id, step->options->masters[r->master].endpoint);
    return NULL;
}

/* The master that `reason` names, or the next. */
static void choose_master(struct registration *r,
                          const char *reason,
                          const struct agent_options *options)
{
    bool is_detected = strncmp(options->masters[0].endpoint, "zk://", 5) == 0;
    msec_t pause_max_ms = is_detected ? PAUSE_DETECTED_MAX_MS : PAUSE_MAX_MS;

    for (size_t i = 0; i < options->masters_count; i++) {
        if (i == r->master ||
            strstr(reason, options->masters[i].endpoint) == NULL)
            continue;
        r->master = i;
        return;
    }
    r->master = (r->master + 1) % options->masters_count;
    r->failures_count++;
    if (r->failures_count % options->masters_count == 0 &&
        r->failures_count > options->masters_count)
        r->pause_ms =
            r->pause_ms * 2 < pause_max_ms ? r->pause_ms * 2 : pause_max_ms;
}

void registration_link_ended(struct registration *r,
                             const struct input *input,
                             struct step *step)
{
    msec_t heard_at =
        input->confirmed_at > 0 ? input->confirmed_at : r->registered_at;
    msec_t pause_ms;

    effects_log(step->fx, LOG_LEVEL_NOTICE,
                "the link to the master at %s ended, %s",
                step->options->masters[r->master].endpoint, input->reason);
    if (r->state == REGISTRATION_DONE)
        start_lease(r, heard_at + step->options->lease_ms,
                    heard_at + step->options->fence_ms, step);
    outbox_close(step->outbox);
    deadlines_cancel(r->deadlines, &r->answer);
    choose_master(r, input->reason, step->options);
    pause_ms = PAUSE_MIN_MS +
               (msec_t)random_below(step->random,
                                    (uint64_t)(r->pause_ms - PAUSE_MIN_MS));
    r->state = REGISTRATION_PAUSING;
    deadlines_set(r->deadlines, &r->connect, step->now + pause_ms);
}

void registration_unanswered(struct registration *r, struct step *step)
{
    effects_end_link(step->fx, r->peer, "no answer to the registration");
}

void registration_lease_due(struct registration *r, struct step *step)
{
    if (r->is_lease_over) {
        endings_fence_executors(step);
        return;
    }
    r->is_lease_over = true;
    endings_fence(r->fence_at > step->now ? r->fence_at - step->now : 0, step);
    deadlines_set(r->deadlines, &r->lease, r->fence_at);
}

/* agent.c - dispatch of inputs to the agent's parts. */

#include "agent/agent.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/acceptance.h"
#include "agent/channels.h"
#include "agent/dialogue.h"
#include "agent/endings.h"
#include "agent/execs.h"
#include "agent/executors.h"
#include "agent/gangs.h"
#include "agent/health.h"
#include "agent/identity.h"
#include "agent/images.h"
#include "agent/inboxes.h"
#include "agent/network.h"
#include "agent/orders.h"
#include "agent/outbox.h"
#include "agent/processes.h"
#include "agent/recovery.h"
#include "agent/registration.h"
#include "agent/roster.h"
#include "agent/runs.h"
#include "agent/sandboxes.h"
#include "agent/scribe.h"
#include "agent/serving.h"
#include "agent/settings.h"
#include "agent/snapshot.h"
#include "agent/streams.h"
#include "agent/tasks.h"
#include "agent/updates.h"
#include "base/memory.h"
#include "proto/wire.pb-c.h"

enum {
    SLICE_MAX = 256,       /* deadlines handled in one step */
    STOP_EXTRA_MS = 10000, /* beyond the grace, for the dying to be reaped */
};

enum agent_state {
    AGENT_RECOVERING,
    AGENT_ADOPTING, /* what an earlier agent left is asked for */
    AGENT_SERVING,
    AGENT_STOPPING,
    AGENT_STOPPED,
};

struct agent {
    struct agent_options *options;
    struct random random;
    struct deadlines *deadlines;
    struct identity identity;
    struct roster *roster;
    struct scribe *scribe;
    struct outbox *outbox;
    struct sandboxes *sandboxes;
    struct images *images;
    struct registration *registration;
    struct streams *streams;
    struct channels *channels;
    struct inboxes *inboxes;
    struct execs *execs;
    enum agent_state state;
    size_t adopting_count;         /* answers that must come before it serves */
    struct scribe_wait identified; /* one of them, if its id is new */
    struct deadline stop;
};

struct agent *agent_new(const struct agent_options *options)
{
    struct agent *a = memory_new(1, sizeof *a);

    a->options = settings_new(options);
    a->random.state = options->seed;
    a->deadlines = deadlines_new();
    a->roster = roster_new(options->resources);
    a->scribe = scribe_new(a->deadlines);
    a->outbox = outbox_new();
    a->sandboxes = sandboxes_new(a->deadlines);
    a->images = images_new(a->deadlines);
    a->registration = registration_new(a->deadlines);
    a->streams = streams_new();
    a->channels = channels_new();
    a->inboxes = inboxes_new();
    a->execs = execs_new();
    a->stop = (struct deadline){.kind = DUE_STOP, .owner = a};
    a->identified = (struct scribe_wait){.kind = SCRIBE_IDENTITY, .owner = a};
    return a;
}

void agent_free(struct agent *a)
{
    struct framework *f;

    if (a == NULL)
        return;
    TAILQ_FOREACH (f, &a->roster->frameworks, entry)
        updates_close(f, a->deadlines);
    execs_free(a->execs, a->deadlines);
    inboxes_free(a->inboxes);
    channels_free(a->channels, a->deadlines);
    images_free(a->images); /* cancels deadlines; what follows does not */
    streams_free(a->streams);
    registration_free(a->registration);
    sandboxes_free(a->sandboxes);
    outbox_free(a->outbox);
    scribe_free(a->scribe);
    roster_free(a->roster);
    identity_release(&a->identity);
    deadlines_free(a->deadlines);
    settings_free(a->options);
    free(a);
}

static void start(struct step *step)
{
    struct order *o = arena_alloc(step->fx->arena, sizeof *o);

    o->kind = ORDER_RECOVER;
    effects_local(step->fx, o);
}

static void serve(struct agent *a, struct step *step)
{
    a->state = AGENT_SERVING;
    effects_log(step->fx, LOG_LEVEL_DEBUG, "recovered, %zu tasks are known",
                roster_tasks_count(a->roster));
    effects_listen(step->fx, 0); /* to executors and guests we lead nobody */
    registration_start(a->registration, step);
}

static void recovered(struct agent *a,
                      const struct report *report,
                      struct step *step)
{
    struct recovery r;

    if (report->fault != NULL || report->boot_id == NULL) {
        effects_stop(step->fx, AGENT_STATUS_JOURNAL,
                     "the journal cannot be read, %s",
                     report->fault != NULL ? report->fault : "no boot id");
        a->state = AGENT_STOPPED;
        return;
    }
    images_recover(a->images, report, step);
    r = recovery_read(report->bytes, report->size, report->boot_id, step);
    if (r.is_torn)
        effects_log(step->fx, LOG_LEVEL_NOTICE,
                    "what was written last to the journal, from byte %zu of "
                    "%zu on, was never finished and is cut off",
                    r.read_size, report->size);
    if (r.is_damaged) {
        effects_stop(step->fx, AGENT_STATUS_JOURNAL,
                     "%s is damaged at byte %zu of %zu; see what is there, and "
                     "cut it off, with: mezzo fsck",
                     report->journal != NULL ? report->journal : "the journal",
                     r.read_size, report->size);
        a->state = AGENT_STOPPED;
        return;
    }
    if (r.refused_count > 0)
        effects_log(step->fx, LOG_LEVEL_ERROR,
                    "%zu of %zu records of the journal made no sense",
                    r.refused_count, r.records_count);
    a->adopting_count = recovery_settle(&r, report->boot_id, step);
    if (identity_choose(&a->identity, step->random)) {
        scribe_append(a->scribe, identity_record(&a->identity, step->fx->arena),
                      true, &a->identified, step);
        a->adopting_count++;
    }
    a->state = AGENT_ADOPTING;
    if (a->adopting_count == 0)
        serve(a, step);
}

static void adopted(struct agent *a, struct step *step)
{
    if (--a->adopting_count == 0 && a->state == AGENT_ADOPTING)
        serve(a, step);
}

static void report_run(struct agent *a,
                       const struct report *report,
                       struct step *step)
{
    struct executor *e = roster_find_executor_of_run(a->roster, report->run);
    struct task *t =
        e != NULL ? NULL : roster_find_task_of_run(a->roster, report->run);
    const struct run *run = e != NULL ? &e->run : t != NULL ? &t->run : NULL;
    bool was_adopting = run != NULL && run->phase == RUN_ADOPTING;

    if (e != NULL)
        executors_report(e, report, step);
    else if (t != NULL)
        tasks_report(t, report, step);
    if (t != NULL && report->kind == REPORT_LAUNCHED)
        health_start(t, step);
    streams_wake(a->streams, report->run, step);
    if (report->kind == REPORT_REAPED)
        execs_run_ended(report->run, step);
    if (was_adopting)
        adopted(a, step);
}

static void report_process(struct agent *a,
                           const struct report *report,
                           struct step *step)
{
    struct executor *e = roster_find_executor_of_run(a->roster, report->run);

    if (report->process >= PROCESSES_OURS)
        execs_report(report, step);
    else if (e != NULL && e->run.phase < RUN_ENDED)
        processes_report(e, report, step);
}

static void local(struct agent *a,
                  const struct report *report,
                  struct step *step)
{
    switch (report->kind) {
    case REPORT_RECOVERED:
        if (a->state == AGENT_RECOVERING)
            recovered(a, report, step);
        break;
    case REPORT_JOURNALED:
        scribe_report(a->scribe, report, step);
        break;
    case REPORT_PREPARED:
    case REPORT_LAUNCHED:
    case REPORT_EXITED:
    case REPORT_REAPED:
        report_run(a, report, step);
        break;
    case REPORT_TOOK:
    case REPORT_FED:
        execs_report(report, step);
        break;
    case REPORT_SPAWNED:
    case REPORT_PROCESS_EXITED:
        report_process(a, report, step);
        break;
    case REPORT_READ:
    case REPORT_GROWN:
    case REPORT_LISTED:
        streams_report(a->streams, report, step);
        break;
    case REPORT_CHECKED:
        health_report(report, step);
        break;
    case REPORT_IMAGE:
        images_report(a->images, report, tasks_image_ready, step);
        break;
    }
}

static void shut_down(struct agent *a, const char *reason, struct step *step)
{
    effects_log(step->fx, LOG_LEVEL_ERROR,
                "the master wants this agent no more, %s", reason);
    registration_stop(a->registration, step);
    endings_kill_all(step);
    a->state = AGENT_STOPPING;
    deadlines_set(a->deadlines, &a->stop,
                  step->now + a->options->grace_ms + STOP_EXTRA_MS);
}

static const char *master_event(struct agent *a,
                                const Mezzo__AgentEvent *event,
                                uint64_t leader_epoch,
                                struct step *step)
{
    if (event->type == MEZZO__AGENT_EVENT__TYPE__REGISTERED)
        return event->registered == NULL
                   ? "a registration that says nothing"
                   : registration_registered(a->registration, event->registered,
                                             leader_epoch, step);
    if (event->type == MEZZO__AGENT_EVENT__TYPE__SEND_TASKS) {
        registration_send(a->registration, step);
        return NULL;
    }
    if (event->type == MEZZO__AGENT_EVENT__TYPE__SHUTDOWN) {
        shut_down(a,
                  event->shutdown == NULL ? "it does not say why"
                                          : event->shutdown->reason,
                  step);
        return NULL;
    }
    if (!registration_is_done(a->registration))
        return "an event before we were registered";
    if (event->agent_id != NULL &&
        strcmp(event->agent_id->value, a->identity.agent_id) != 0)
        return "an event for another agent";
    if (event->type == MEZZO__AGENT_EVENT__TYPE__NETWORK)
        return network_told(a->options, event->network, step);
    return serving_obey(event, step);
}

static void master_events(struct agent *a,
                          const struct input *input,
                          struct step *step)
{
    const Mezzo__AgentEvents *body = (const Mezzo__AgentEvents *)input->message;
    const char *fault = NULL;

    for (size_t i = 0; fault == NULL && i < body->n_events &&
                       registration_is_peer(a->registration, input->peer);
         i++)
        fault = master_event(a, body->events[i], input->leader_epoch, step);
    if (fault != NULL)
        effects_end_link(step->fx, input->peer, "master: %s", fault);
}

static void received(struct agent *a,
                     const struct input *input,
                     struct step *step)
{
    if (registration_is_peer(a->registration, input->peer)) {
        if (input->type == FRAME_AGENT_EVENTS)
            master_events(a, input, step);
        else
            effects_end_link(step->fx, input->peer,
                             "no frame of a master to its agent");
    } else if (channels_receive(input, step)) {
        return;
    } else if (a->state != AGENT_ADOPTING && a->state != AGENT_SERVING &&
               a->state != AGENT_STOPPING) {
        effects_end_link(step->fx, input->peer, "the agent is not ready");
    } else if (input->type == FRAME_EXECUTOR_CALLS &&
               input->principal->kind == PRINCIPAL_EXECUTOR) {
        dialogue_receive(input->peer,
                         (const Mezzo__ExecutorCalls *)input->message, step);
    } else if (input->type == FRAME_STREAM_CALL) {
        streams_receive(a->streams, input, step);
    } else {
        effects_end_link(step->fx, input->peer,
                         "no frame that an agent expects");
    }
}

static void link_ended(struct agent *a,
                       const struct input *input,
                       struct step *step)
{
    if (registration_is_peer(a->registration, input->peer)) {
        registration_link_ended(a->registration, input, step);
        return;
    }
    if (channels_link_ended(input, step))
        return;
    executors_link_ended(input->peer, step);
    inboxes_link_ended(input->peer, input->reason, step);
    execs_link_ended(input->peer, step);
    streams_link_ended(a->streams, input->peer);
}

static void task_written(struct task *t, struct step *step)
{
    tasks_recorded(t, step);
    if (t->executor != NULL)
        dialogue_deliver(t, step);
}

static void written(struct agent *a, struct step *step)
{
    struct scribe_wait *wait;

    while ((wait = scribe_take(a->scribe)) != NULL) {
        struct update_written update;

        switch (wait->kind) {
        case SCRIBE_TASK:
            task_written(wait->owner, step);
            break;
        case SCRIBE_EXECUTOR:
            executors_recorded(wait->owner, step);
            break;
        case SCRIBE_END:
            executors_end_written(wait->owner, step);
            break;
        case SCRIBE_UPDATE:
            update = updates_written(wait, step);
            dialogue_acknowledge(update.task, update.executor_uuid, step);
            if (task_has_ended(update.state))
                tasks_end_written(update.task, step);
            break;
        case SCRIBE_IDENTITY:
            adopted(a, step);
            break;
        }
    }
}

static void due(struct agent *a, const struct deadline *d, struct step *step)
{
    switch ((enum due_kind)d->kind) {
    case DUE_CONNECT:
        registration_connect(a->registration, step);
        break;
    case DUE_REGISTERED:
        registration_unanswered(a->registration, step);
        break;
    case DUE_LEASE:
        registration_lease_due(a->registration, step);
        break;
    case DUE_RESEND:
        updates_resend(d->owner, step);
        break;
    case DUE_KILL:
        tasks_kill_due(d->owner, step);
        break;
    case DUE_WALLTIME:
        endings_walltime(d->owner, step);
        break;
    case DUE_RECALL:
        endings_recall(d->owner, step);
        break;
    case DUE_WARNING:
        tasks_warning_due(d->owner, step);
        break;
    case DUE_HEALTH:
        health_due(d->owner, step);
        break;
    case DUE_START:
        tasks_start_due(d->owner, step);
        break;
    case DUE_IMAGE:
        images_due(d->owner, tasks_image_ready, step);
        break;
    case DUE_SUBSCRIBE:
        executors_subscribe_due(d->owner, step);
        break;
    case DUE_EXECUTOR:
        executors_kill_due(d->owner, step);
        break;
    case DUE_SANDBOX:
        sandboxes_expire(a->sandboxes, step);
        break;
    case DUE_REWRITE:
        scribe_retry(a->scribe);
        break;
    case DUE_PEER:
        channels_due(d->owner, step);
        break;
    case DUE_EXEC:
        execs_due(d->owner, step);
        break;
    case DUE_PEER_LINK:
        channels_link_due(d->owner, step);
        break;
    case DUE_STOP:
        break; /* looked at in each step */
    }
}

static void stop_if_over(struct agent *a, struct step *step)
{
    if (a->state != AGENT_STOPPING ||
        (a->stop.position != 0 && !endings_are_over(a->roster)))
        return;
    deadlines_cancel(a->deadlines, &a->stop);
    a->state = AGENT_STOPPED;
    effects_stop(step->fx, AGENT_STATUS_REFUSED,
                 "the master wants this agent no more");
}

/* What is gathered during a step goes out: to the journal, to the master. */
static void flush(struct agent *a, struct step *step)
{
    if (a->state != AGENT_RECOVERING && scribe_wants_rewrite(a->scribe)) {
        size_t size;
        const uint8_t *bytes = snapshot_make(step, &size);

        scribe_rewrite(a->scribe, bytes, size, step);
    }
    scribe_flush(a->scribe, step);
    gangs_tell(step);
    outbox_flush(a->outbox, step);
}

static void dispatch(struct agent *a,
                     const struct input *input,
                     struct step *step)
{
    switch (input->kind) {
    case INPUT_STARTED:
        start(step);
        break;
    case INPUT_RECEIVED:
        received(a, input, step);
        break;
    case INPUT_LINK_ENDED:
        link_ended(a, input, step);
        break;
    case INPUT_LOCAL:
        local(a, input->local, step);
        break;
    case INPUT_TIMEOUT:
    case INPUT_STORED: /* nothing was asked of a store */
        break;
    }
}

void agent_step(struct agent *a,
                const struct input *input,
                msec_t now,
                struct effects *fx)
{
    struct step step = {
        .now = now,
        .wall = input->wall,
        .fx = fx,
        .options = a->options,
        .random = &a->random,
        .deadlines = a->deadlines,
        .identity = &a->identity,
        .roster = a->roster,
        .scribe = a->scribe,
        .outbox = a->outbox,
        .sandboxes = a->sandboxes,
        .images = a->images,
        .channels = a->channels,
        .inboxes = a->inboxes,
        .execs = a->execs,
    };
    struct deadline *d;

    if (a->state == AGENT_STOPPED)
        return;
    dispatch(a, input, &step);
    written(a, &step);
    for (unsigned i = 0;
         i < SLICE_MAX && (d = deadlines_take(a->deadlines, now)) != NULL; i++)
        due(a, d, &step);
    stop_if_over(a, &step);
    flush(a, &step);
}

msec_t agent_deadline(const struct agent *a)
{
    return a->state == AGENT_STOPPED ? MSEC_NEVER
                                     : deadlines_next(a->deadlines);
}

const char *agent_check(const struct agent *a)
{
    return roster_check(a->roster);
}

static void step_cb(void *core,
                    const struct input *input,
                    msec_t now,
                    struct effects *fx)
{
    agent_step(core, input, now, fx);
}

static msec_t deadline_cb(const void *core)
{
    return agent_deadline(core);
}

struct machine agent_machine(struct agent *a)
{
    return (struct machine){a, step_cb, deadline_cb};
}

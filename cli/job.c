/* job.c - instances wait, are launched and end; then the framework is torn
 * down.
 *
 * Whoever interrupts us (Ctrl-C, kill) ends the tasks: at the first time as
 * gently as they were launched to be, at the second at once, at the third we
 * leave, and the master ends them when it has missed us for FAILOVER_MS. */

#include "cli/job.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "cli/amounts.h"
#include "cli/input.h"
#include "cli/interrupts.h"
#include "cli/outcome.h"
#include "cli/patience.h"
#include "cli/streams.h"

enum {
    FAILOVER_MS = 30 * 1000,
    PATIENCE_MS = 5 * 1000, /* without offers: say why we wait */
    ACCEPT_MAX = 50,        /* tasks on one offer at a time */
    DROPPED_MAX = 100,      /* of an instance; then it has failed */
    STATUS_IMPOSSIBLE = 2,  /* what was asked for cannot be */
};

#define ASK_ID "run"

enum instance_state {
    INSTANCE_WAITING,
    INSTANCE_LAUNCHED,
    INSTANCE_ENDED,
};

struct instance {
    enum instance_state state;
    char id[JOB_TASK_ID_SIZE]; /* of its task: not the same twice */
    char name[JOB_TASK_ID_SIZE];
    unsigned dropped_count;
    bool has_begun; /* its task has had a status */
    int exit_status;
};

struct job {
    const struct job_options *options;
    struct mezzo_scheduler *scheduler;
    struct streams *streams; /* NULL: detached */
    struct instance *instances;
    struct table *by_id; /* of instances that were launched */
    size_t waiting_count, begun_count, ended_count;
    size_t waiting_first; /* none before it waits */
    int interrupts_seen;
    bool is_subscribed;
    bool is_leaving;
    bool has_complained;
    struct patience patience; /* with masters that do not answer */
    char reason[512];         /* why we wait; "": not said */
    int exit_status;          /* of the whole, if not what the tasks say */
};

static const char *id_of_instance(const void *value)
{
    return ((const struct instance *)value)->id;
}

/* Nobody is left to wait for: the framework has done what it was for. */
static void leave_when_done(struct job *j)
{
    if (j->is_leaving || j->ended_count < j->options->instances)
        return;
    if (j->streams != NULL && !streams_have_ended(j->streams))
        return;
    j->is_leaving = true;
    mezzo_scheduler_teardown(j->scheduler);
}

static void end_instance(struct job *j, struct instance *k, int exit_status)
{
    if (k->state == INSTANCE_WAITING)
        j->waiting_count--;
    k->state = INSTANCE_ENDED;
    k->exit_status = exit_status;
    j->ended_count++;
}

/* ------------------------------------------------------- interruption */

static void say_interrupted(const struct job *j)
{
    size_t launched_count =
        j->options->instances - j->waiting_count - j->ended_count;

    if (j->is_leaving || launched_count == 0)
        return;
    if (interrupts_count() == 1)
        fputs("mezzo: ending the tasks; once more to end them at once\n",
              stderr);
    else
        fputs("mezzo: ending the tasks at once; once more to leave without "
              "them\n",
              stderr);
}

static void kill_all(struct job *j, int64_t grace_ms)
{
    for (size_t i = 0; i < j->options->instances; i++) {
        struct instance *k = &j->instances[i];

        if (k->state == INSTANCE_WAITING)
            end_instance(j, k, j->exit_status);
        else if (k->state == INSTANCE_LAUNCHED)
            mezzo_scheduler_kill(j->scheduler, k->id, grace_ms);
    }
    mezzo_scheduler_withdraw(j->scheduler, ASK_ID); /* if there is one */
    leave_when_done(j);
}

static void woken_cb(struct mezzo_scheduler *scheduler, void *arg)
{
    struct job *j = arg;

    (void)scheduler;
    if (j->streams != NULL)
        streams_resume(j->streams);
    if (j->streams != NULL && streams_broken(j->streams) != 0 &&
        j->exit_status == 0) {
        if (streams_broken(j->streams) != EPIPE)
            fprintf(stderr, "mezzo: the output cannot be written: %s\n",
                    strerror(streams_broken(j->streams)));
        j->exit_status = OUTCOME_SIGNAL + SIGPIPE;
        streams_close(j->streams);
        kill_all(j, -1);
    }
    if (interrupts_count() == j->interrupts_seen)
        return;
    j->interrupts_seen = interrupts_count();
    j->exit_status = OUTCOME_SIGNAL + interrupts_signal();
    say_interrupted(j);
    kill_all(j, interrupts_count() == 1 ? -1 : 0);
}

/* ------------------------------------------------------------ launching */

static size_t next_waiting(const struct job *j, size_t i)
{
    while (i < j->options->instances &&
           j->instances[i].state != INSTANCE_WAITING)
        i++;
    return i;
}

/* It cannot be launched at all, and so none can. */
static void give_up(struct job *j)
{
    fprintf(stderr, "mezzo: %s\n", mezzo_scheduler_explain(j->scheduler));
    j->exit_status = OUTCOME_NEVER_RAN;
    kill_all(j, -1);
}

/* As many more of those that wait as are offered, from `i` on. */
static size_t choose(const struct job *j,
                     size_t *i,
                     size_t room,
                     struct instance **chosen)
{
    size_t count = 0;

    for (*i = next_waiting(j, *i); *i < j->options->instances && count < room;
         *i = next_waiting(j, *i + 1))
        chosen[count++] = &j->instances[*i];
    return count;
}

static struct mezzo_task task_of(const struct job *j, const struct instance *k)
{
    return (struct mezzo_task){.id = k->id,
                               .name = k->name,
                               .resources = j->options->resources,
                               .command = j->options->command,
                               .container = j->options->container,
                               .has_input = j->options->has_input,
                               .health_check = j->options->health_check,
                               .duration_max_ms = j->options->duration_max_ms};
}

static void note_launched(struct job *j,
                          struct instance *const *chosen,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        chosen[i]->state = INSTANCE_LAUNCHED;
        table_add(j->by_id, chosen[i]);
        if (j->streams != NULL)
            streams_open(j->streams, (size_t)(chosen[i] - j->instances),
                         chosen[i]->id, chosen[i]->name);
    }
    j->waiting_count -= count;
    j->waiting_first = next_waiting(j, j->waiting_first);
}

static size_t room_of(const struct mezzo_offer *offer)
{
    return offer->slot_counts_count > 0 ? offer->slot_counts[0] : 0;
}

static void launch_on(struct job *j, const struct mezzo_offer *offer)
{
    size_t room = room_of(offer) < ACCEPT_MAX ? room_of(offer) : ACCEPT_MAX;
    struct instance *chosen[ACCEPT_MAX];
    struct mezzo_task tasks[ACCEPT_MAX];
    size_t from = j->waiting_first;
    size_t count = choose(j, &from, room, chosen);

    for (size_t i = 0; i < count; i++)
        tasks[i] = task_of(j, chosen[i]);
    if (count == 0)
        mezzo_scheduler_decline(j->scheduler, offer->id, -1);
    else if (mezzo_scheduler_accept(j->scheduler, offer->id, tasks, count) < 0)
        give_up(j);
    else
        note_launched(j, chosen, count);
}

/* All that wait at once, on the offers of one gang. */
static void launch_gang(struct job *j,
                        const struct mezzo_offer *offers,
                        size_t offers_count)
{
    size_t total = j->options->instances, count = 0, from = 0;
    struct instance **chosen = calloc(total, sizeof(*chosen));
    struct mezzo_placement *placements = calloc(total, sizeof *placements);

    if (chosen == NULL || placements == NULL)
        abort();
    for (size_t i = 0; i < offers_count; i++) {
        size_t more = choose(j, &from, room_of(&offers[i]), chosen + count);

        for (size_t k = count; k < count + more; k++)
            placements[k] = (struct mezzo_placement){
                .offer_id = offers[i].id, .task = task_of(j, chosen[k])};
        count += more;
    }
    if (count > 0 &&
        mezzo_scheduler_accept_gang(j->scheduler, offers[0].gang_id, placements,
                                    count) < 0)
        give_up(j);
    else
        note_launched(j, chosen, count);
    free(placements);
    free(chosen);
}

static void offers_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct job *j = arg;

    (void)scheduler;
    if (offers[0].gang_id != NULL) { /* there is no other ask */
        launch_gang(j, offers, offers_count);
        return;
    }
    for (size_t i = 0; i < offers_count; i++)
        launch_on(j, &offers[i]);
}

/* For all that wait; a gang only when all of it does. */
static void ask(struct job *j)
{
    const struct job_options *o = j->options;
    const struct mezzo_slot slot = {
        .each = o->resources,
        .count = (unsigned)j->waiting_count,
        .min = o->is_gang ? (unsigned)j->waiting_count : 0,
    };
    const struct mezzo_ask wanted = {
        .id = ASK_ID,
        .slots = &slot,
        .slots_count = 1,
        .duration_max_ms = o->duration_max_ms,
    };

    if (o->is_gang && j->waiting_count + j->ended_count < o->instances)
        return;
    if (mezzo_scheduler_ask(j->scheduler, &wanted) < 0)
        give_up(j);
}

/* The master or the agent never started it: another task takes its place. */
static void launch_again(struct job *j, struct instance *k)
{
    size_t index = (size_t)(k - j->instances);
    size_t length;

    table_remove(j->by_id, k);
    if (j->streams != NULL)
        streams_reset(j->streams, index);
    job_task_id(j->options->name, index, j->options->instances, k->id);
    length = strlen(k->id);
    snprintf(k->id + length, sizeof k->id - length, ".%u", ++k->dropped_count);
    k->state = INSTANCE_WAITING;
    j->waiting_count++;
    if (index < j->waiting_first)
        j->waiting_first = index;
    ask(j);
}

/* ------------------------------------------------------------- statuses */

/* Detached: whoever waits for us gets the names; from now on we are alone. */
static void detach(struct job *j)
{
    const char *framework_id = mezzo_scheduler_framework_id(j->scheduler);
    FILE *names = fdopen(j->options->detached_fd, "w");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (names == NULL || null < 0)
        abort();
    for (size_t i = 0; i < j->options->instances; i++)
        fprintf(names, "%s/%s\n", framework_id, j->instances[i].id);
    fclose(names);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    close(null);
    setsid();
}

static void status_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct job *j = arg;
    struct instance *k = table_find(j->by_id, status->task_id);

    if (k == NULL || k->state != INSTANCE_LAUNCHED)
        return;
    if (status->state == MEZZO_TASK_UNREACHABLE)
        fprintf(stderr,
                "mezzo: %s: its agent cannot be reached; it may run on\n",
                k->name);
    if (status->has_health && status->state == MEZZO_TASK_RUNNING)
        outcome_tell_health(k->name, status);
    if (status->state == MEZZO_TASK_DROPPED && j->exit_status == 0 &&
        k->dropped_count < DROPPED_MAX) {
        launch_again(j, k);
        return;
    }
    if (mezzo_task_has_ended(status->state)) {
        if (j->exit_status == 0)
            outcome_explain(k->name, status->state, status);
        end_instance(j, k, outcome_exit_status(status->state, status));
    }
    if (!k->has_begun) {
        k->has_begun = true;
        j->begun_count++;
        if (j->options->detached_fd >= 0 &&
            j->begun_count == j->options->instances)
            detach(j);
    }
    if (j->options->has_input && status->state == MEZZO_TASK_RUNNING)
        input_begin(scheduler, k->id);
    leave_when_done(j);
}

static void output_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_output *output,
                      void *arg)
{
    struct job *j = arg;

    (void)scheduler;
    streams_take(j->streams, output);
    leave_when_done(j);
}

/* ------------------------------------------------------------ the master */

static void subscribed_cb(struct mezzo_scheduler *scheduler,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    struct job *j = arg;

    if (!j->is_subscribed)
        mezzo_scheduler_set_alarm(scheduler, mezzo_scheduler_now_ms(scheduler) +
                                                 PATIENCE_MS);
    else if (strncmp(subscription->master, "zk://", 5) == 0)
        fputs("mezzo: a master leads again\n", stderr);
    else
        fprintf(stderr, "mezzo: the master at %s is back\n",
                subscription->master);
    j->is_subscribed = true;
}

static void disconnected_cb(struct mezzo_scheduler *scheduler,
                            const char *reason,
                            void *arg)
{
    struct job *j = arg;

    (void)scheduler;
    if (!j->is_leaving)
        fprintf(stderr,
                "mezzo: the master is lost (%s); the tasks run on, trying "
                "again\n",
                reason);
}

/* Some wait, and have for a while. */
static void complain(const struct job *j)
{
    char text[AMOUNTS_TEXT_SIZE];

    if (j->waiting_count == 0)
        return;
    amounts_format(&j->options->resources, text);
    fprintf(stderr,
            "mezzo: %zu of %zu tasks started, each needs %s; %s; see: mezzo "
            "explain %s\n",
            j->options->instances - j->waiting_count, j->options->instances,
            text, j->reason[0] != '\0' ? j->reason : "it is not known why",
            mezzo_scheduler_framework_id(j->scheduler));
}

static void alarm_cb(struct mezzo_scheduler *scheduler, void *arg)
{
    struct job *j = arg;

    if (!j->is_subscribed) {
        if (!patience_wait(&j->patience, scheduler, &j->options->cluster)) {
            j->exit_status = OUTCOME_NEVER_RAN;
            j->is_leaving = true;
            mezzo_scheduler_stop(scheduler);
        }
        return;
    }
    j->has_complained = true;
    complain(j);
}

/* The master says why we wait.  What can never be is not waited for. */
static void ask_updated_cb(struct mezzo_scheduler *scheduler,
                           const struct mezzo_ask_answer *answer,
                           void *arg)
{
    struct job *j = arg;

    (void)scheduler;
    snprintf(j->reason, sizeof j->reason, "%s",
             answer->explanation != NULL ? answer->explanation : "");
    if (j->waiting_count == 0)
        return;
    if (answer->is_refused || (answer->is_impossible && !j->options->waits)) {
        fprintf(stderr, "mezzo: %s%s\n", j->reason,
                answer->is_refused ? "" : "; with --wait it is waited for");
        j->exit_status = STATUS_IMPOSSIBLE;
        kill_all(j, -1);
    } else if (j->has_complained) {
        complain(j);
    }
}

/* What the library tries again goes into its log alone. */
static void log_cb(struct mezzo_scheduler *scheduler,
                   enum mezzo_log_level level,
                   const char *text,
                   void *arg)
{
    struct job *j = arg;

    (void)scheduler;
    if (level == MEZZO_LOG_ERROR)
        fprintf(stderr, "mezzo: %s\n", text);
    patience_note(&j->patience, text);
}

static void error_cb(struct mezzo_scheduler *scheduler,
                     const char *message,
                     void *arg)
{
    struct job *j = arg;

    (void)scheduler;
    fprintf(stderr, "mezzo: %s\n", message);
    if (j->exit_status == 0)
        j->exit_status = OUTCOME_NEVER_RAN;
}

static const struct mezzo_scheduler_callbacks callbacks = {
    .subscribed = subscribed_cb,
    .disconnected = disconnected_cb,
    .offers = offers_cb,
    .status = status_cb,
    .output = output_cb,
    .ticket = input_ticket_cb,
    .ask_updated = ask_updated_cb,
    .alarm = alarm_cb,
    .woken = woken_cb,
    .error = error_cb,
    .log = log_cb,
};

/* -------------------------------------------------------------- the whole */

/* What the first instance that failed exited with. */
static int exit_status_of(const struct job *j)
{
    if (j->exit_status != 0)
        return j->exit_status;
    for (size_t i = 0; i < j->options->instances; i++)
        if (j->instances[i].exit_status != 0)
            return j->instances[i].exit_status;
    return 0;
}

static void release(struct job *j)
{
    input_end();
    streams_free(j->streams);
    interrupts_catch(NULL);
    mezzo_scheduler_free(j->scheduler);
    table_free(j->by_id);
    free(j->instances);
}

int job_run(const struct job_options *options)
{
    const struct mezzo_scheduler_options scheduler_options = {
        .name = options->name,
        .user = options->command.user,
        .roles = options->role != NULL ? &options->role : NULL,
        .roles_count = options->role != NULL,
        .failover_timeout_ms = FAILOVER_MS,
        .begins_suppressed = true, /* it asks for what it wants */
        .cluster = options->cluster,
    };
    struct job j = {.options = options, .waiting_count = options->instances};
    int rc, status;

    j.instances = calloc(options->instances, sizeof *j.instances);
    if (j.instances == NULL)
        abort();
    for (size_t i = 0; i < options->instances; i++) {
        job_task_id(options->name, i, options->instances, j.instances[i].id);
        memcpy(j.instances[i].name, j.instances[i].id, JOB_TASK_ID_SIZE);
    }
    j.by_id = table_new(id_of_instance);
    j.scheduler = mezzo_scheduler_new(&scheduler_options, &callbacks, &j);
    if (options->detached_fd < 0)
        j.streams = streams_new(j.scheduler, options->instances,
                                options->instances > 1);
    mezzo_scheduler_set_alarm(j.scheduler, 0);
    ask(&j);
    interrupts_catch(j.scheduler);
    rc = mezzo_scheduler_run(j.scheduler);
    if (rc < 0 && rc != -ECANCELED) {
        fprintf(stderr, "mezzo: %s\n", mezzo_scheduler_explain(j.scheduler));
        j.exit_status = rc == -EINVAL ? 2 : OUTCOME_NEVER_RAN;
    }
    status = exit_status_of(&j);
    release(&j);
    return status;
}

/* scheduler.c - the life of a scheduler: find our id, link, subscribe, and
 * again; and what a step is made of. */

#include "libframework/scheduler.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/role.h"
#include "libframework/checks.h"
#include "libframework/kept.h"
#include "libframework/subscription.h"
#include "libframework/takeover.h"
#include "libframework/tickets.h"
#include "proto/wire.pb-c.h"

#define FAILOVER_TIMEOUT_MS ((int64_t)60 * 60 * 1000)
#define FAILOVER_TIMEOUT_MAX_MS ((int64_t)10 * 365 * 24 * 60 * 60 * 1000)

static void copy_options(struct mezzo_scheduler *s,
                         const struct mezzo_scheduler_options *from)
{
    struct mezzo_scheduler_options *to = &s->options;

    *to = *from;
    to->name = memory_strdup(from->name);
    to->user = memory_strdup(from->user);
    to->principal = memory_strdup(from->principal);
    to->webui_url = memory_strdup(from->webui_url);
    to->framework_id = memory_strdup(from->framework_id);
    to->store = memory_strdup(from->store);
    to->cluster.master = memory_strdup(from->cluster.master);
    to->cluster.state = memory_strdup(from->cluster.state);
    to->cluster.master_key = memory_strdup(from->cluster.master_key);
    to->cluster.key_file = memory_strdup(from->cluster.key_file);
    to->roles = NULL;
    to->roles_count = 0;
    if (to->failover_timeout_ms == 0)
        to->failover_timeout_ms = FAILOVER_TIMEOUT_MS;
}

static void free_options(struct mezzo_scheduler_options *o)
{
    const char *texts[] = {o->name,
                           o->user,
                           o->principal,
                           o->webui_url,
                           o->framework_id,
                           o->store,
                           o->cluster.master,
                           o->cluster.state,
                           o->cluster.master_key,
                           o->cluster.key_file};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free((char *)texts[i]);
}

static void copy_roles(struct mezzo_scheduler *s,
                       const struct mezzo_scheduler_options *from)
{
    static const char *const everyone[] = {"*"};
    const char *const *roles = from->roles != NULL ? from->roles : everyone;
    size_t count = from->roles != NULL ? from->roles_count : 1;

    if (count > MEZZO_ROLES_MAX + 1)
        count = MEZZO_ROLES_MAX + 1; /* which scheduler_prepare() refuses */
    s->roles = memory_new(count + 1, sizeof *s->roles);
    s->roles_count = count;
    for (size_t i = 0; i < count; i++) {
        s->roles[i].name =
            (char *)memory_strdup(roles[i] != NULL ? roles[i] : "");
        s->roles[i].is_suppressed = from->begins_suppressed;
    }
}

static bool is_ready(void *arg, const char *task_id)
{
    const struct mezzo_scheduler *s = arg;
    enum task_state state;

    if (!tasks_find_state(s->tasks, task_id, &state))
        return true; /* it has ended, or we do not know it: the master may */
    return state != TASK_STAGING && state != TASK_STARTING;
}

static bool ask_ticket(void *arg,
                       const char *task_id,
                       Mesos__V1__TicketVerb verb)
{
    struct mezzo_scheduler *s = arg;
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call *call;

    if (s->state != SCHEDULER_SUBSCRIBED ||
        !outbox_has_room(s->outbox, MEZZO_ID_MAX * 3))
        return false;
    call = outbox_call(s->outbox, MESOS__V1__SCHEDULER__CALL__TYPE__TICKET,
                       s->framework_id);
    call->ticket =
        message_new(arena, &mesos__v1__scheduler__call__ticket__descriptor);
    call->ticket->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    call->ticket->task_id->value = arena_strdup(arena, task_id);
    call->ticket->verb = verb;
    outbox_add(s->outbox, call);
    return true;
}

static void output(void *arg, const struct mezzo_output *piece)
{
    struct mezzo_scheduler *s = arg;

    if (s->callbacks->output != NULL)
        s->callbacks->output(s, piece, s->arg);
}

static const struct readers_callbacks readers_callbacks = {
    .is_ready = is_ready,
    .ask_ticket = ask_ticket,
    .output = output,
};

struct mezzo_scheduler *mezzo_scheduler_new(
    const struct mezzo_scheduler_options *options,
    const struct mezzo_scheduler_callbacks *callbacks,
    void *arg)
{
    struct mezzo_scheduler *s = memory_new(1, sizeof *s);

    copy_options(s, options);
    copy_roles(s, options);
    s->callbacks = callbacks;
    s->arg = arg;
    error_set(&s->fault, 0, "no call has failed");
    s->alarm = MSEC_NEVER;
    s->teardown_due = MSEC_NEVER;
    s->masters = masters_new(MASTERS_WAIT_MAX_MS);
    s->offers = offers_new();
    s->tasks = tasks_new();
    s->updates = updates_new();
    s->asks = asks_new();
    s->readers = readers_new(&readers_callbacks, s, &s->random);
    readers_pause(s->readers); /* until a master hears us */
    s->tickets = tickets_new();
    s->storage = storage_new();
    s->outbox = outbox_new();
    return s;
}

void scheduler_free(struct mezzo_scheduler *s)
{
    events_drop_held(s);
    free(s->held);
    for (size_t i = 0; i < s->roles_count; i++)
        free(s->roles[i].name);
    free(s->roles);
    free_options(&s->options);
    free((char *)s->surroundings.user);
    masters_free(s->masters);
    offers_free(s->offers);
    tasks_free(s->tasks);
    updates_free(s->updates);
    asks_free(s->asks);
    readers_free(s->readers);
    tickets_free(s->tickets);
    storage_free(s->storage);
    outbox_free(s->outbox);
    free(s);
}

static int check_roles(const struct mezzo_scheduler *s, struct error *err)
{
    if (s->roles_count == 0 || s->roles_count > MEZZO_ROLES_MAX)
        return error_set(err, -EINVAL, "a framework has 1 to %d roles",
                         MEZZO_ROLES_MAX);
    for (size_t i = 0; i < s->roles_count; i++) {
        if (!role_is_valid(s->roles[i].name))
            return error_set(err, -EINVAL, "'%.100s' is not the name of a role",
                             s->roles[i].name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(s->roles[i].name, s->roles[j].name) == 0)
                return error_set(err, -EINVAL, "role %.100s is there twice",
                                 s->roles[i].name);
    }
    return 0;
}

int scheduler_prepare(struct mezzo_scheduler *s,
                      const struct core_surroundings *surroundings,
                      struct error *err)
{
    const struct mezzo_scheduler_options *o = &s->options;
    const char *user = o->user != NULL ? o->user : surroundings->user;

    assert(s->state == SCHEDULER_NEW);
    if (checks_text("the framework's name", o->name, MEZZO_NAME_MAX, err) < 0 ||
        checks_text("user", user, MEZZO_NAME_MAX, err) < 0 ||
        checks_optional_text("principal", o->principal, MEZZO_NAME_MAX, err) <
            0 ||
        checks_optional_text("webui_url", o->webui_url, MEZZO_NAME_MAX * 8,
                             err) < 0 ||
        (o->framework_id != NULL &&
         checks_id("framework_id", o->framework_id, err) < 0) ||
        check_roles(s, err) < 0 ||
        masters_set(s->masters, surroundings->masters, surroundings->master_key,
                    err) < 0)
        return -EINVAL;
    if (o->stands_by &&
        (o->store == NULL || strncmp(o->store, "zk://", 5) != 0))
        return error_set(err, -EINVAL,
                         "who stands by needs a store in ZooKeeper, zk://...");
    if (o->state_size > STORAGE_SIZE_MAX ||
        (o->state_size > 0 && o->state == NULL))
        return error_set(err, -EINVAL, "state: it has at most %zu bytes",
                         STORAGE_SIZE_MAX);
    if (o->failover_timeout_ms < 0 ||
        o->failover_timeout_ms > FAILOVER_TIMEOUT_MAX_MS)
        return error_set(err, -EINVAL, "failover_timeout_ms cannot be");
    free((char *)s->surroundings.user);
    s->surroundings = *surroundings;
    s->surroundings.user = memory_strdup(user);
    s->surroundings.masters = s->surroundings.master_key = NULL;
    s->random.state = surroundings->seed;
    return 0;
}

void scheduler_log(struct mezzo_scheduler *s,
                   struct effects *fx,
                   enum mezzo_log_level level,
                   const char *format,
                   ...)
{
    static const enum log_level levels[] = {
        [MEZZO_LOG_ERROR] = LOG_LEVEL_ERROR,
        [MEZZO_LOG_NOTICE] = LOG_LEVEL_NOTICE,
        [MEZZO_LOG_DEBUG] = LOG_LEVEL_DEBUG,
    };
    char line[512];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (s->callbacks->log != NULL)
        s->callbacks->log(s, level, line, s->arg);
    else
        effects_log(fx, levels[level], "%s", line);
}

static void over(struct mezzo_scheduler *s,
                 struct effects *fx,
                 enum core_status status,
                 const char *why)
{
    s->state = SCHEDULER_OVER;
    offers_clear(s->offers);
    kept_flush(s, true);
    if (!storage_is_empty(s->storage))
        storage_flush(s->storage, fx);
    /* What has failed is for run() and `error` to say, not for a log as well.
     */
    effects_stop(fx, status, "%s", status == CORE_DONE ? why : "");
}

/* What the store says of before is no more; what is kept beside it holds. */
static bool begin_anew(struct mezzo_scheduler *s, struct effects *fx)
{
    if (!s->options.begins_anew || !s->is_resumed || s->was_subscribed)
        return false;
    scheduler_log(s, fx, MEZZO_LOG_NOTICE,
                  "%s has been removed; going on as a new framework",
                  s->framework_id);
    s->framework_id[0] = '\0';
    s->is_id_safe = false; /* the next one takes its place in the store */
    return true;
}

void scheduler_refused(struct mezzo_scheduler *s,
                       struct effects *fx,
                       const char *message)
{
    /* In Mesos' words. */
    bool is_removed = strcmp(message, "Framework has been removed") == 0;

    if (is_removed && s->leaving == LEAVING_NOT && begin_anew(s, fx))
        return;
    /* Of another process that took over we were not rid. */
    if (is_removed && s->leaving == LEAVING_TEARDOWN) {
        if (s->options.store != NULL)
            storage_delete_own(s->storage, SCHEDULER_ID_KEY);
        over(s, fx, CORE_DONE, "torn down"); /* what we wanted to hear */
        return;
    }
    error_set(&s->fault, 0, "%s", message);
    over(s, fx, CORE_REFUSED, message);
    if (s->callbacks->error != NULL)
        s->callbacks->error(s, message, s->arg);
}

void scheduler_begin(struct mezzo_scheduler *s)
{
    if (s->options.framework_id != NULL) {
        snprintf(s->framework_id, sizeof s->framework_id, "%s",
                 s->options.framework_id);
        s->is_resumed = true;
    }
    s->state = SCHEDULER_LOADING;
    kept_load(s);
    if (s->options.store != NULL && !s->is_resumed)
        s->id_request = storage_load_own(s->storage, SCHEDULER_ID_KEY);
    scheduler_loaded(s);
}

void scheduler_loaded(struct mezzo_scheduler *s)
{
    if (s->state == SCHEDULER_LOADING && s->id_request == 0 &&
        s->kept_request == 0)
        s->state = SCHEDULER_UNLINKED;
}

static void id_loaded(struct mezzo_scheduler *s,
                      const struct store_answer *answer,
                      struct effects *fx)
{
    const struct store_entry *e = answer->entries;
    char id[sizeof s->framework_id] = "";

    s->id_request = 0;
    if (answer->outcome != STORE_OK) {
        scheduler_refused(s, fx, "its store cannot be read");
        return;
    }
    scheduler_loaded(s);
    if (answer->entries_count == 0)
        return;
    if (e->size < sizeof id)
        memcpy(id, e->value, e->size);
    if (!id_is_valid(id)) {
        scheduler_refused(s, fx, "its store has an id that is none");
        return;
    }
    memcpy(s->framework_id, id, sizeof id);
    s->is_resumed = s->is_id_safe = true;
}

static void stored(struct mezzo_scheduler *s,
                   const struct input *input,
                   struct effects *fx)
{
    struct mezzo_store_answer answer;
    const char *fault = NULL;

    if (s->id_request != 0 && input->request == s->id_request) {
        if (s->state == SCHEDULER_LOADING) {
            id_loaded(s, input->answer, fx);
            return;
        }
        s->id_request = 0;
        s->is_id_safe = true;
        if (input->answer->outcome != STORE_OK) {
            scheduler_refused(s, fx, "its store cannot be written");
        } else if (s->state == SCHEDULER_STORING) {
            subscription_made(s, fx);
            fault = events_take_held(s, fx);
        }
        if (fault != NULL)
            effects_end_link(fx, masters_peer(s->masters), "%s", fault);
        return;
    }
    if (takeover_stored(s, input, fx) || kept_stored(s, input, fx))
        return;
    if (input->answer->outcome == STORE_CONFLICT)
        takeover_doubt(s);
    storage_show(&answer, input->request, input->answer, fx->arena);
    if (s->callbacks->stored != NULL)
        s->callbacks->stored(s, &answer, s->arg);
}

static void received(struct mezzo_scheduler *s,
                     const struct input *input,
                     struct effects *fx)
{
    const char *peer = masters_peer(s->masters);
    const char *fault;

    if (readers_receive(s->readers, input, s->now, fx) || peer == NULL ||
        strcmp(peer, input->peer) != 0)
        return;
    masters_heard(s->masters, input->leader_epoch);
    if (input->type == FRAME_SCHEDULER_EVENTS)
        fault =
            events_take(s, (const Mezzo__SchedulerEvents *)input->message, fx);
    else
        fault = "not an event for a scheduler";
    if (fault != NULL)
        effects_end_link(fx, input->peer, "%s", fault);
}

static void link_ended(struct mezzo_scheduler *s,
                       const struct input *input,
                       struct effects *fx)
{
    const char *peer = masters_peer(s->masters);
    bool was_subscribed = s->state == SCHEDULER_SUBSCRIBED;

    if (readers_link_ended(s->readers, input, s->now) || peer == NULL ||
        strcmp(peer, input->peer) != 0)
        return;
    masters_lost(s->masters, s->now, &s->random);
    offers_clear(s->offers);
    outbox_clear(s->outbox);
    updates_clear(s->updates);
    tasks_pause(s->tasks);
    readers_pause(s->readers);
    tickets_lost(s);
    events_drop_held(s);
    s->state = SCHEDULER_UNLINKED;
    if (s->leaving == LEAVING_TEARDOWN && s->teardown_due == MSEC_NEVER)
        s->teardown_due = s->now + SCHEDULER_TEARDOWN_MS;
    scheduler_log(s, fx, was_subscribed ? MEZZO_LOG_NOTICE : MEZZO_LOG_DEBUG,
                  "no master: %s", input->reason);
    if (was_subscribed && s->leaving != LEAVING_TEARDOWN &&
        s->callbacks->disconnected != NULL)
        s->callbacks->disconnected(s, input->reason, s->arg);
}

static void expire(struct mezzo_scheduler *s, struct effects *fx)
{
    if (s->alarm <= s->now) {
        s->alarm = MSEC_NEVER;
        if (s->callbacks->alarm != NULL)
            s->callbacks->alarm(s, s->arg);
    }
    if (s->leaving == LEAVING_NOT && s->state == SCHEDULER_UNLINKED &&
        masters_connect(s->masters, s->now, fx))
        subscription_ask(s, fx);
    if (s->leaving == LEAVING_TEARDOWN && s->state == SCHEDULER_STANDING_BY)
        over(s, fx, CORE_DONE, "stood by");
    if (s->leaving == LEAVING_TEARDOWN && s->state == SCHEDULER_UNLINKED) {
        if (s->framework_id[0] == '\0')
            over(s, fx, CORE_DONE, "never subscribed");
        else if (masters_connect(s->masters, s->now, fx))
            subscription_ask(s, fx);
    }
    if (s->state == SCHEDULER_SUBSCRIBING &&
        masters_give_up(s->masters, s->now))
        effects_end_link(fx, masters_peer(s->masters),
                         "no answer to a subscription");
}

static void leave(struct mezzo_scheduler *s, struct effects *fx)
{
    switch (s->leaving) {
    case LEAVING_NOT:
        break;
    case LEAVING_STOP:
        if (s->state != SCHEDULER_SUBSCRIBED || outbox_is_empty(s->outbox))
            over(s, fx, CORE_DONE, "stopped");
        break;
    case LEAVING_TEARDOWN:
        if (s->teardown_due == 0) {
            s->teardown_due = s->now + SCHEDULER_TEARDOWN_MS;
        } else if (s->teardown_due <= s->now) {
            error_set(&s->fault, 0, "no master has heard that we leave");
            over(s, fx, CORE_ABANDONED, s->fault.text);
        }
        break;
    }
}

static void flush(struct mezzo_scheduler *s, struct effects *fx)
{
    bool speaks = s->state == SCHEDULER_SUBSCRIBED;

    s->is_called = false;
    if (speaks && s->leaving != LEAVING_TEARDOWN) {
        asks_flush(s->asks, s->outbox, s->framework_id);
        tasks_flush(s->tasks, s->outbox, s->framework_id, s->now, &s->random);
    }
    readers_flush(s->readers, s->now, fx);
    kept_flush(s, false);
    if (speaks) {
        updates_flush(s->updates, s->outbox, s->framework_id);
        outbox_send(s->outbox, masters_peer(s->masters), fx);
    }
    if (!storage_is_empty(s->storage))
        storage_flush(s->storage, fx);
    leave(s, fx);
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct mezzo_scheduler *s = core;

    assert(now >= s->now);
    s->now = now;
    s->wall = input->wall;
    if (s->state == SCHEDULER_OVER)
        return;
    s->is_stepping = true;
    switch (input->kind) {
    case INPUT_STARTED:
        if (s->options.stands_by)
            takeover_stand_by(s);
        else
            scheduler_begin(s);
        break;
    case INPUT_RECEIVED:
        received(s, input, fx);
        break;
    case INPUT_LINK_ENDED:
        link_ended(s, input, fx);
        break;
    case INPUT_TIMEOUT:
        break;
    case INPUT_STORED:
        stored(s, input, fx);
        break;
    case INPUT_LOCAL:
        if (input->local != NULL)
            takeover_told(s, input->local, fx);
        else if (s->callbacks->woken != NULL)
            s->callbacks->woken(s, s->arg);
        break;
    }
    if (s->state != SCHEDULER_OVER)
        expire(s, fx);
    if (s->state != SCHEDULER_OVER)
        flush(s, fx);
    s->is_stepping = false;
}

static msec_t earlier(msec_t a, msec_t b)
{
    return a < b ? a : b;
}

static msec_t deadline(const void *core)
{
    const struct mezzo_scheduler *s = core;
    msec_t due = earlier(s->alarm, s->teardown_due);

    if (s->state == SCHEDULER_OVER || s->state == SCHEDULER_NEW)
        return MSEC_NEVER;
    if (s->is_called)
        return 0;
    due = earlier(due, readers_deadline(s->readers));
    if (s->state == SCHEDULER_UNLINKED || s->state == SCHEDULER_SUBSCRIBING)
        due = earlier(due, masters_deadline(s->masters));
    if (s->state == SCHEDULER_SUBSCRIBED) {
        if (s->leaving != LEAVING_TEARDOWN)
            due = earlier(due, tasks_deadline(s->tasks));
        if (!outbox_is_empty(s->outbox))
            return 0;
    }
    return due;
}

struct machine scheduler_machine(struct mezzo_scheduler *s)
{
    return (struct machine){.core = s, .step = step, .deadline = deadline};
}

void scheduler_called(struct mezzo_scheduler *s)
{
    s->is_called = true;
    if (!s->is_stepping && s->surroundings.called != NULL)
        s->surroundings.called(s->surroundings.arg);
}

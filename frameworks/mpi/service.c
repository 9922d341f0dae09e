/* service.c - the framework as it runs. */

#include "frameworks/mpi/service.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "frameworks/mpi/service_parts.h"
#include "io/log.h"

enum {
    FAILOVER_MS = 24 * 3600 * 1000,
    PATIENCE_MS = 200, /* between looks at who waits */
};

static void changed_cb(const struct job *j, void *arg)
{
    struct service *s = arg;
    char name[JOB_ID_SIZE];

    job_name(j, name);
    if (s->options.is_verbose)
        log_text(LOG_LEVEL_NOTICE, "job %s: %s: %s", name,
                 job_state_name(j->state), j->reason);
    reception_job_changed(s, j);
}

/* ------------------------------------------------------------- the library */

static void subscribed_cb(struct mezzo_scheduler *scheduler,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    (void)subscription;
    queue_subscribed(s->queue);
}

static void disconnected_cb(struct mezzo_scheduler *scheduler,
                            const char *reason,
                            void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    (void)reason;
    queue_disconnected(s->queue);
    reception_disconnected(s);
}

static void offers_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    queue_offers(s->queue, offers, offers_count);
}

static void rescinded_cb(struct mezzo_scheduler *scheduler,
                         const char *offer_id,
                         void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    queue_rescinded(s->queue, offer_id);
}

static void status_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    queue_status(s->queue, status);
}

static void ask_updated_cb(struct mezzo_scheduler *scheduler,
                           const struct mezzo_ask_answer *answer,
                           void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    queue_ask_updated(s->queue, answer);
}

static void stored_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_store_answer *answer,
                      void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    queue_stored(s->queue, answer);
}

static void alarm_cb(struct mezzo_scheduler *scheduler, void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    queue_alarm(s->queue);
}

static void ticket_cb(struct mezzo_scheduler *scheduler,
                      const struct mezzo_ticket *ticket,
                      void *arg)
{
    (void)scheduler;
    reception_ticket(arg, ticket);
}

static void error_cb(struct mezzo_scheduler *scheduler,
                     const char *message,
                     void *arg)
{
    struct service *s = arg;

    (void)scheduler;
    s->result = error_set(&s->failure, -EPROTO, "%s", message);
    s->has_stopped = true;
}

static void log_cb(struct mezzo_scheduler *scheduler,
                   enum mezzo_log_level level,
                   const char *text,
                   void *arg)
{
    (void)scheduler;
    (void)arg;
    log_text(level == MEZZO_LOG_ERROR    ? LOG_LEVEL_ERROR
             : level == MEZZO_LOG_NOTICE ? LOG_LEVEL_NOTICE
                                         : LOG_LEVEL_DEBUG,
             "%s", text);
}

static const struct mezzo_scheduler_callbacks scheduler_callbacks = {
    .subscribed = subscribed_cb,
    .disconnected = disconnected_cb,
    .offers = offers_cb,
    .rescinded = rescinded_cb,
    .status = status_cb,
    .ask_updated = ask_updated_cb,
    .stored = stored_cb,
    .ticket = ticket_cb,
    .alarm = alarm_cb,
    .error = error_cb,
    .log = log_cb,
};

/* --------------------------------------------------------------------- loop */

static int64_t wall_cb(void *arg)
{
    struct timespec now;

    (void)arg;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void library_cb(evutil_socket_t fd, short what, void *arg)
{
    struct service *s = arg;
    int rc = mezzo_scheduler_process(s->scheduler);

    (void)fd;
    (void)what;
    if (rc == 1 || s->has_stopped)
        return;
    s->has_stopped = true;
    if (rc < 0)
        s->result = error_set(&s->failure, rc, "%s",
                              mezzo_scheduler_explain(s->scheduler));
}

static void signal_cb(evutil_socket_t number, short what, void *arg)
{
    (void)number;
    (void)what;
    mezzo_scheduler_stop(((struct service *)arg)->scheduler);
}

/* It has ended the wait: those who wait are looked at after it. */
static void patience_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

/* The door is opened when it is known which jobs there are. */
static void loaded_cb(const char *failure, void *arg)
{
    struct service *s = arg;

    if (failure != NULL) {
        s->result =
            error_set(&s->failure, -EIO, "%s: %s", s->options.store, failure);
    } else {
        s->result =
            visitors_open(s->base, s->options.socket, &reception_callbacks, s,
                          &s->visitors, &s->failure);
    }
    s->has_stopped = s->result < 0;
    if (!s->has_stopped)
        log_text(LOG_LEVEL_NOTICE, "users come in at %s", s->options.socket);
}

static void run(struct service *s)
{
    const struct timeval patience = {.tv_usec = PATIENCE_MS * 1000};
    int fd = mezzo_scheduler_fd(s->scheduler);
    struct event *events[] = {
        event_new(s->base, fd, EV_READ | EV_PERSIST, library_cb, s),
        evsignal_new(s->base, SIGTERM, signal_cb, s),
        evsignal_new(s->base, SIGINT, signal_cb, s),
        evtimer_new(s->base, patience_cb, s),
    };

    if (fd < 0) {
        s->result = error_set(&s->failure, fd, "%s",
                              mezzo_scheduler_explain(s->scheduler));
        s->has_stopped = true;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 3 && fd >= 0; i++)
        event_add(events[i], NULL);
    if (fd >= 0) {
        queue_start(s->queue, s->scheduler);
        library_cb(fd, EV_READ, s);
    }
    while (!s->has_stopped) {
        if (reception_has_waiting(s))
            event_add(events[3], &patience);
        event_base_loop(s->base, EVLOOP_ONCE);
        reception_look(s);
    }
    for (int i = 0; i < 4; i++)
        event_free(events[i]);
}

int service_run(const struct service_options *options, struct error *err)
{
    struct service s = {.options = *options};
    const char *roles[MEZZO_ROLES_MAX] = {options->role};
    size_t roles_count = 1;
    struct words names = {0};
    struct mezzo_scheduler_options scheduler = {
        .name = options->name,
        .roles = roles,
        .failover_timeout_ms = FAILOVER_MS,
        .acknowledges_by_hand = true,
        .begins_suppressed = true, /* only what is asked for */
        .begins_anew = true,       /* after mezzo down */
        .store = options->store,
        .cluster = options->cluster,
    };

    for (size_t i = 0; i < options->partitions->accounts.count; i++)
        words_format(&names, "%s/%s", options->role,
                     options->partitions->accounts.items[i]);
    for (size_t i = 0; i < names.count; i++)
        roles[roles_count++] = names.items[i];
    scheduler.roles_count = roles_count;
    s.base = event_base_new();
    if (s.base == NULL)
        abort();
    s.queue = queue_new(&(struct queue_options){
        .partitions = options->partitions,
        .role = options->role,
        .executor = options->executor,
        .wall_ms = wall_cb,
        .changed = changed_cb,
        .loaded = loaded_cb,
        .arg = &s,
    });
    s.scheduler = mezzo_scheduler_new(&scheduler, &scheduler_callbacks, &s);
    run(&s);
    if (s.result < 0)
        error_set(err, s.result, "%s", s.failure.text);
    visitors_close(s.visitors);
    mezzo_scheduler_free(s.scheduler);
    queue_free(s.queue);
    event_base_free(s.base);
    words_release(&names);
    return s.result;
}

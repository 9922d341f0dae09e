/* service.c - the framework as it runs. */

#include "frameworks/mpi/service.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "frameworks/mpi/service_parts.h"
#include "io/log.h"

enum {
    FAILOVER_MS = 24 * 3600 * 1000,
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

static void library_ready(struct watch *w, uint32_t events)
{
    struct service *s = w->arg;
    int rc = mezzo_scheduler_process(s->scheduler);

    (void)events;
    if (rc == 1 || s->has_stopped)
        return;
    s->has_stopped = true;
    if (rc < 0)
        s->result = error_set(&s->failure, rc, "%s",
                              mezzo_scheduler_explain(s->scheduler));
}

static void signals_ready(struct watch *w, uint32_t events)
{
    struct service *s = w->arg;
    struct signalfd_siginfo info;

    (void)events;
    if (read(w->fd, &info, sizeof info) == sizeof info)
        mezzo_scheduler_stop(s->scheduler);
}

/* The door is opened when it is known which jobs there are. */
static void loaded_cb(const char *failure, void *arg)
{
    struct service *s = arg;

    if (failure != NULL) {
        s->result =
            error_set(&s->failure, -EIO, "%s: %s", s->options.store, failure);
    } else {
        s->door = door_open(s->watches, s->options.socket, &reception_callbacks,
                            s, &s->failure);
        s->result = s->door == NULL ? -EADDRINUSE : 0;
    }
    s->has_stopped = s->result < 0;
    if (!s->has_stopped)
        log_text(LOG_LEVEL_NOTICE, "users come in at %s", s->options.socket);
}

static int watch_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void run(struct service *s)
{
    s->library = (struct watch){.fd = mezzo_scheduler_fd(s->scheduler),
                                .ready = library_ready,
                                .arg = s};
    s->signals =
        (struct watch){.fd = watch_signals(), .ready = signals_ready, .arg = s};
    if (s->library.fd < 0) {
        s->result = error_set(&s->failure, s->library.fd, "%s",
                              mezzo_scheduler_explain(s->scheduler));
        return;
    }
    watches_add(s->watches, &s->library, EPOLLIN);
    watches_add(s->watches, &s->signals, EPOLLIN);
    queue_start(s->queue, s->scheduler);
    library_ready(&s->library, 0);
    while (!s->has_stopped) {
        watches_wait(s->watches, reception_has_waiting(s) ? 200 : -1);
        reception_look(s);
    }
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
        .store = options->store,
        .cluster = options->cluster,
    };

    for (size_t i = 0; i < options->partitions->accounts.count; i++)
        words_format(&names, "%s/%s", options->role,
                     options->partitions->accounts.items[i]);
    for (size_t i = 0; i < names.count; i++)
        roles[roles_count++] = names.items[i];
    scheduler.roles_count = roles_count;
    s.watches = watches_new();
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
    door_close(s.door);
    mezzo_scheduler_free(s.scheduler);
    queue_free(s.queue);
    watches_free(s.watches);
    words_release(&names);
    return s.result;
}

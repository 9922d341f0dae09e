/* scheduler.h - all that a scheduler knows.  For the files of its core only:
 * scheduler.c is its life, subscription.c how it becomes known, events.c what
 * the master says, calls.c and acceptance.c what the framework calls. */

#ifndef LIBFRAMEWORK_SCHEDULER_H
#define LIBFRAMEWORK_SCHEDULER_H

#include "base/random.h"
#include "libframework/asks.h"
#include "libframework/core.h"
#include "libframework/masters.h"
#include "libframework/offers.h"
#include "libframework/outbox.h"
#include "libframework/readers.h"
#include "libframework/storage.h"
#include "libframework/tasks.h"
#include "libframework/updates.h"
#include "proto/wire.pb-c.h"

enum {
    SCHEDULER_TEARDOWN_MS = 30000, /* without a master, before giving up */
    SCHEDULER_HELD_MAX = 1000, /* events that wait for our id to be stored */
};

#define SCHEDULER_ID_KEY "/framework"

enum scheduler_state {
    SCHEDULER_NEW,         /* it was not stepped yet */
    SCHEDULER_STANDING_BY, /* another process of the framework works */
    SCHEDULER_CLAIMING,    /* we do; that is being stored */
    SCHEDULER_LOADING,     /* our id is read from the store */
    SCHEDULER_UNLINKED,    /* there is no link, or not yet */
    SCHEDULER_SUBSCRIBING, /* the master has not answered yet */
    SCHEDULER_STORING,     /* it has: our new id is being stored */
    SCHEDULER_SUBSCRIBED,
    SCHEDULER_OVER,
};

/* Does it leave, and how? */
enum scheduler_leaving {
    LEAVING_NOT,
    LEAVING_STOP,     /* once everything was sent */
    LEAVING_TEARDOWN, /* once the master has heard it */
};

struct tickets;

struct scheduler_role {
    char *name;
    bool is_suppressed;
    bool was_said; /* ... as the present link's master knows it */
};

struct mezzo_scheduler {
    enum scheduler_state state;
    enum scheduler_leaving leaving;

    struct mezzo_scheduler_options options; /* its strings are ours */
    struct scheduler_role *roles;
    size_t roles_count;
    const struct mezzo_scheduler_callbacks *callbacks;
    void *arg;
    struct core_surroundings surroundings;
    struct error fault; /* of the last call that failed */
    struct loop *loop;  /* loop.c's; NULL: none, or another's */

    msec_t now;
    msec_t wall;
    bool is_stepping;
    bool is_called; /* something waits for the end of the next step */
    struct random random;
    char framework_id[MEZZO_ID_MAX + 1]; /* empty: none yet */
    bool was_subscribed;                 /* in this process */
    bool is_resumed;       /* the id is one of an earlier process */
    uint64_t id_request;   /* that reads or writes it */
    bool is_id_safe;       /* it is in our store, if there is one */
    uint64_t kept_request; /* that reads or writes what is kept */
    bool is_kept_loaded;
    bool is_kept_dirty;    /* it is to be written */
    uint64_t term;         /* of our work, where others stand by */
    uint64_t term_request; /* that reads or claims it */
    msec_t teardown_due;
    msec_t alarm;
    struct masters *masters;
    struct offers *offers;
    struct tasks *tasks;
    struct updates *updates;
    struct asks *asks;
    struct readers *readers;
    struct tickets *tickets;
    struct storage *storage;
    struct outbox *outbox;
    Mesos__V1__Scheduler__Event **held; /* while STORING */
    size_t held_count;
};

/* Without its loop. */
void scheduler_free(struct mezzo_scheduler *s);

/* A call was made: see to it that it is done. */
void scheduler_called(struct mezzo_scheduler *s);

/* Find our id and what is kept, and then a master. */
void scheduler_begin(struct mezzo_scheduler *s);

/* One of the two was found: go on if that was all. */
void scheduler_loaded(struct mezzo_scheduler *s);

/* It is over, for `message`, which `error` is told. */
void scheduler_refused(struct mezzo_scheduler *s,
                       struct effects *fx,
                       const char *message);

__attribute__((format(printf, 4, 5))) void scheduler_log(
    struct mezzo_scheduler *s,
    struct effects *fx,
    enum mezzo_log_level level,
    const char *format,
    ...);

/* What the master has said; NULL, or what makes no sense in it. */
const char *events_take(struct mezzo_scheduler *s,
                        const Mezzo__SchedulerEvents *events,
                        struct effects *fx);

/* Those that were held back. */
const char *events_take_held(struct mezzo_scheduler *s, struct effects *fx);
void events_drop_held(struct mezzo_scheduler *s);

/* -ESHUTDOWN, -ENOBUFS, and why. */
int scheduler_check_open(struct mezzo_scheduler *s);
int scheduler_check_room(struct mezzo_scheduler *s, size_t size);

/* Suppress or revive a role; NULL: all of them. */
void calls_send_role(struct mezzo_scheduler *s,
                     const char *role,
                     bool is_suppressed);

/* Parts of calls, in `arena`. */
Mesos__V1__OfferID **calls_offer_ids(struct arena *arena, const char *id);
Mesos__V1__Filters *calls_filters(struct arena *arena, int64_t refuse_ms);

#endif

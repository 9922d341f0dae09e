/* frameworks.h - the frameworks, in order of first subscription.
 *
 *     ADDING -> CONNECTED <-> DISCONNECTED -> ENDING -> ENDED -> forgotten
 *
 * ADDING, RETURNING and ENDING wait for the store.  An ENDED framework was torn
 * down, or its time has run out: its tasks are being killed. */

#ifndef MASTER_FRAMEWORKS_H
#define MASTER_FRAMEWORKS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/deadlines.h"
#include "base/table.h"
#include "master/newest.h"
#include "master/outbox.h"
#include "master/retired.h"
#include "proto/mesos.pb-c.h"

enum framework_state {
    FRAMEWORK_ADDING,    /* new, being stored */
    FRAMEWORK_CONNECTED, /* has a link, may be offered to */
    FRAMEWORK_RETURNING, /* was DISCONNECTED; that it is back is stored */
    FRAMEWORK_DISCONNECTED,
    FRAMEWORK_ENDING, /* no more offers, that it has ended is being stored */
    FRAMEWORK_ENDED,
};

struct task;
struct offer;
struct frameworks;

struct ask_told {       /* why it waits, as its framework knows */
    uint64_t text_hash; /* 0: nothing */
    bool is_new;
};

struct framework {
    TAILQ_ENTRY(framework) entry;
    char *id;
    char *principal;
    Mesos__V1__FrameworkInfo *info; /* owned; has the id */
    enum framework_state state;
    char *peer;           /* NULL: no link */
    struct newest newest; /* of its links */
    struct mailbox mailbox;
    struct deadline deadline; /* DISCONNECTED: when it is torn down */
    msec_t deadline_ms;       /* the same on the wall clock; 0: none */
    msec_t registered_ms;     /* wall clock */
    char **suppressed;        /* roles */
    size_t suppressed_count;
    Mesos__V1__Ask **asks;      /* owned; counts are what is still wanted */
    struct ask_told *asks_told; /* of each of them */
    size_t asks_count;
    bool has_new_asks;         /* of which it was told nothing */
    struct table *tasks_by_id; /* tasks.c makes it with the first */
    TAILQ_HEAD(, task) tasks;
    size_t executors_count;
    TAILQ_HEAD(, offer) offers;
    unsigned lapses_count;   /* since it last answered an offer */
    msec_t lapsed_at;        /* the first offer of the last of these */
    unsigned refusals_count; /* of what it asked for, since it took any */
    struct offer **fresh;    /* made in this step, to be sent together */
    size_t fresh_count;
    size_t fresh_capacity;
};

enum {
    FRAMEWORK_REFUSALS_FREE = 8, /* more of them are a habit */
};

/* It declines what it asks for, and asks on. */
static inline bool frameworks_is_refuser(const struct framework *framework)
{
    return framework->refusals_count > FRAMEWORK_REFUSALS_FREE;
}

/* `retired` takes what may still be lent to this step's messages. */
struct frameworks *frameworks_new(struct retired *retired);
void frameworks_free(struct frameworks *f);

/* `info` is taken over. */
struct framework *frameworks_add(struct frameworks *f,
                                 const char *id,
                                 const char *principal,
                                 Mesos__V1__FrameworkInfo *info,
                                 enum framework_state state);

/* It must have no tasks and no offers. */
void frameworks_remove(struct frameworks *f, struct framework *framework);

struct framework *frameworks_find(const struct frameworks *f, const char *id);
struct framework *frameworks_find_peer(const struct frameworks *f,
                                       const char *peer);

/* NULL: it has none any more. */
void frameworks_set_peer(struct frameworks *f,
                         struct framework *framework,
                         const char *peer);

void frameworks_set_info(struct frameworks *f,
                         struct framework *framework,
                         Mesos__V1__FrameworkInfo *info);

/* Copies. */
void frameworks_set_suppressed(struct framework *framework,
                               char *const *roles,
                               size_t count);

/* `ask` is taken over, in place of the one with its id, if there is one. */
void frameworks_put_ask(struct framework *framework, Mesos__V1__Ask *ask);
void frameworks_remove_ask(struct framework *framework, const char *id);
Mesos__V1__Ask *frameworks_find_ask(const struct framework *framework,
                                    const char *id);

/* Its roles; {"*"} when it names none. */
const char *const *frameworks_roles(const struct framework *framework,
                                    struct arena *arena,
                                    size_t *count);
bool frameworks_has_capability(
    const struct framework *framework,
    Mesos__V1__FrameworkInfo__Capability__Type capability);

struct framework *frameworks_first(const struct frameworks *f);
size_t frameworks_count(const struct frameworks *f);

/* Ids of frameworks that have ended, the oldest forgotten beyond a maximum. */
bool frameworks_has_ended(const struct frameworks *f, const char *id);

/* The id that is forgotten for it, or NULL; valid until the next call. */
const char *frameworks_note_ended(struct frameworks *f,
                                  const char *id,
                                  size_t ended_max);

#endif

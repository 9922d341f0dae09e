/* queue.h - the MPI framework's core: all jobs, and what is done for them.
 *
 * A job that may run is an ask at once, and its turn is the allocator's affair;
 * only what may not run yet is held back.  What has nodes is written down
 * before it is launched.
 *
 * It stands on a mezzo_scheduler, whose callbacks it is to be told; what it
 * does beside that are calls of that scheduler, so it runs in the simulator as
 * it is. */

#ifndef MPI_QUEUE_H
#define MPI_QUEUE_H

#include "frameworks/mpi/job.h"

struct queue;

struct queue_options {
    const struct partitions *partitions; /* borrowed */
    const char *role;
    const char *executor; /* the path of mezzo-mpi-executor */
    int64_t (*wall_ms)(void *arg);
    /* A job is in another state, or its reason is another; or it is stored for
     * the first time. */
    void (*changed)(const struct job *j, void *arg);
    /* All is as it was stored, or it cannot be. */
    void (*loaded)(const char *failure, void *arg);
    void *arg;
};

enum {
    QUEUE_JOBS_MAX = 100000, /* not ended */
    QUEUE_HISTORY_MAX = 10000,
    QUEUE_ASKS_MAX = 5000,
    QUEUE_CANCEL_MS = 5000, /* from TERM to KILL, when one is cancelled */
};

struct queue *queue_new(const struct queue_options *options);
void queue_free(struct queue *q);

/* Read what is stored; before anything else. */
void queue_start(struct queue *q, struct mezzo_scheduler *scheduler);

/* Take what is asked for in `json` (request_json.h), which is kept; its first
 * job, NULL: why not. */
struct job *queue_submit(struct queue *q, json_t *json, struct error *err);

/* "42", "42_7"; "42" of an array is all of it.  NULL if there is none. */
struct job *queue_find(const struct queue *q, const char *name);
bool queue_names_array(const struct queue *q, const char *name);

/* Nothing happens to one that has ended. */
void queue_cancel(struct queue *q, struct job *j, const char *who);

/* In order of their numbers. */
struct job *queue_first(const struct queue *q);
struct job *queue_next(const struct job *j);

/* The callbacks of its scheduler. */
void queue_subscribed(struct queue *q);
void queue_offers(struct queue *q,
                  const struct mezzo_offer *offers,
                  size_t offers_count);
void queue_rescinded(struct queue *q, const char *offer_id);
void queue_status(struct queue *q, const struct mezzo_status *status);
void queue_ask_updated(struct queue *q, const struct mezzo_ask_answer *answer);
void queue_stored(struct queue *q, const struct mezzo_store_answer *answer);
void queue_alarm(struct queue *q);
void queue_disconnected(struct queue *q);

#endif

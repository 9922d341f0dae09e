/* queue_parts.h - what the files of the queue share. */

#ifndef MPI_QUEUE_PARTS_H
#define MPI_QUEUE_PARTS_H

#include "frameworks/mpi/queue.h"

TAILQ_HEAD(job_list, job);
TAILQ_HEAD(submission_list, submission);

/* An end that is not to be heard again once it is stored. */
struct queue_debt {
    TAILQ_ENTRY(queue_debt) entry;
    uint64_t request;
    char *task_id, *agent_id;
    struct mezzo_status status;
};

struct queue {
    struct queue_options options;
    struct mezzo_scheduler *scheduler;
    struct table *by_id;
    struct job_list jobs;
    struct submission_list submissions;
    TAILQ_HEAD(debt_list, queue_debt) debts;
    uint64_t next_number;
    uint64_t load_request;
    bool is_loaded;
    bool is_subscribed;
    int64_t ask_ms; /* when parts nobody has told of are asked after again */
    size_t alive_count;
    size_t ended_count;
    size_t asked_count;
    bool needs_review; /* of those held */
};

int64_t queue_wall(const struct queue *q);

/* Store the job as it is now, and tell of it. */
void queue_note(struct queue *q, struct job *j);

/* The same; `status` is acknowledged when that is done. */
void queue_note_end(struct queue *q,
                    struct job *j,
                    const struct mezzo_status *status);
void queue_tell(struct queue *q, const struct job *j);

/* Queued or held, as it may be; of the ask of one that is queued. */
void queue_review(struct queue *q, struct job *j);

/* Ask after the parts that were not heard of since there is this link: a master
 * says nothing while an agent of its is not back.  False: there is none. */
bool queue_ask_after(struct queue *q);

/* At the end of every call from outside: those that wait for others may run,
 * and what ended long ago is forgotten. */
void queue_settle(struct queue *q);

/* It has ended, or goes back to wait. */
void queue_end(struct queue *q,
               struct job *j,
               enum job_state state,
               const char *reason);
void queue_again(struct queue *q, struct job *j, const char *reason);

/* queue_gang.c */
void queue_ask(struct queue *q, struct job *j);
void queue_withdraw(struct queue *q, struct job *j);
void queue_launch(struct queue *q, struct job *j);  /* its place is stored */
void queue_unplace(struct queue *q, struct job *j); /* give offers back */

/* queue_end.c: no part is left, or nothing more can be heard of any. */
void queue_conclude(struct queue *q, struct job *j);
void queue_kill_parts(struct queue *q, struct job *j, int64_t grace_ms);

/* queue_store.c */
void queue_adopt(struct queue *q, struct job *j); /* into the lists */
struct submission *queue_find_submission(const struct queue *q,
                                         uint64_t number);
void queue_store_submission(struct queue *q,
                            struct submission *s,
                            struct job *first);
bool queue_forget_oldest(struct queue *q);

#endif

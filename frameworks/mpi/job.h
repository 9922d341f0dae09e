/* job.h - jobs, and the submissions they come from: an array is one submission
 * and many jobs.
 *
 * A job that has nodes has a part on each, which is a task with an executor of
 * its own: "JOB.ATTEMPT.NODE". */

#ifndef MPI_JOB_H
#define MPI_JOB_H

#include <jansson.h>
#include <mezzo/framework.h>
#include <sys/queue.h>

#include "frameworks/mpi/job_state.h"
#include "frameworks/mpi/layout.h"
#include "frameworks/mpi/partitions.h"
#include "frameworks/mpi/request.h"

enum {
    JOB_ID_SIZE = 48,
    JOB_REASON_SIZE = 300,
};

struct submission {
    TAILQ_ENTRY(submission) entry;
    uint64_t number; /* its first job's */
    struct request request;
    json_t *json;                      /* of it, as it is stored */
    const struct partition *partition; /* NULL: there is none any more */
    int64_t submitted_wall_ms;
    size_t jobs_count;   /* that are known */
    size_t alive_count;  /* that have not ended */
    size_t active_count; /* that are asked for or have nodes */
};

/* Why a job, or a part of it, has not ended well. */
struct job_cause {
    bool is_known;
    int exit_code;
    int signal;
    char text[JOB_REASON_SIZE];
};

enum job_part_state {
    JOB_PART_LAUNCHED,
    JOB_PART_RUNNING,
    JOB_PART_UNREACHABLE,
    JOB_PART_ENDED,
};

struct job_part {
    enum job_part_state state;
    enum mezzo_task_state end; /* of one that ended */
    char *offer_id;            /* while it is placed */
    bool is_heard;             /* of, since there is this link */
};

struct job {
    TAILQ_ENTRY(job) entry; /* by number */
    char id[JOB_ID_SIZE];   /* the number, as text */
    uint64_t number;
    struct submission *submission;
    bool is_in_array;
    unsigned index;
    enum job_state state;
    char reason[JOB_REASON_SIZE]; /* why it is in that state */
    unsigned attempt;
    unsigned restarts; /* after a node was lost */
    unsigned drops;    /* times that nothing of it was started */
    struct layout layout;
    struct job_part *parts; /* of each node */
    char *gang_id;          /* while it is placed; NULL: a single offer */
    struct job_cause cause;
    bool is_asked;
    bool is_cancelled;
    bool is_timed_out, is_out_of_memory, is_preempted, has_lost_node;
    char memory_text[140]; /* where, and what it may use there */
    bool is_stored;        /* once */
    int64_t started_wall_ms, ended_wall_ms;
    int64_t starts_by_wall_ms; /* it is said; 0: not known */
    uint64_t request;          /* to the store, whose answer it waits for */
};

/* "42" or "42_7". */
void job_name(const struct job *j, char text[JOB_ID_SIZE]);

/* NULL-safe; takes it off its submission's count. */
void job_free(struct job *j);
void submission_free(struct submission *s);

/* Change the state, which it may become, and say why. */
__attribute__((format(printf, 3, 4))) void job_become(struct job *j,
                                                      enum job_state state,
                                                      const char *format,
                                                      ...);
__attribute__((format(printf, 2, 3))) void job_explain(struct job *j,
                                                       const char *format,
                                                       ...);

/* Nodes and parts are forgotten. */
void job_displace(struct job *j);

bool job_has_living_parts(const struct job *j);
void job_task_id(const struct job *j, size_t node, char id[JOB_ID_SIZE]);

/* "JOB.ATTEMPT.NODE"; false if it is none. */
bool job_parse_task_id(const char *id,
                       uint64_t *number,
                       unsigned *attempt,
                       size_t *node);

/* What a shell would say: 0, the code, or 128 and the signal. */
int job_exit_status(const struct job *j);

#endif

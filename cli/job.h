/* job.h - one command, run as a number of tasks: what `mezzo run` schedules.
 *
 * A scheduler on the library, with its own thread for output.  There is one in
 * a process, because signals end it. */

#ifndef CLI_JOB_H
#define CLI_JOB_H

#include <mezzo/framework.h>

#include "cli/job_name.h"

enum {
    JOB_INSTANCES_MAX = 10000,
};

struct job_options {
    const char *name; /* of the framework; of its tasks, as job_task_id() */
    struct mezzo_resources resources; /* of each instance */
    size_t instances;                 /* 1 to JOB_INSTANCES_MAX */
    const char *role;                 /* NULL: "*" */
    int64_t duration_max_ms;          /* of each; 0: no end */
    bool is_gang;                     /* all start together, or none */
    bool has_input;                   /* its stdin is ours; one instance */
    bool waits;                       /* also for what no agent can take */
    struct mezzo_command command;
    const struct mezzo_container *container; /* NULL: none */
    const struct mezzo_health_check *health_check;
    struct mezzo_cluster_options cluster;
    int detached_fd; /* -1: output is shown; else nothing is, and when all
                      * tasks have begun, their names are written to it */
};

/* Run it to its end; returns the exit status. */
int job_run(const struct job_options *options);

#endif

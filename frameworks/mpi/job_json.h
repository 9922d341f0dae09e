/* job_json.h - jobs as JSON: for people's programs, for the store, and as the
 * plan that executors are given. */

#ifndef MPI_JOB_JSON_H
#define MPI_JOB_JSON_H

#include "frameworks/mpi/job.h"

/* All there is to know of one. */
json_t *job_json_view(const struct job *j);

/* As it is stored beside its submission, and back; false if it is damaged, and
 * `j` is then half read. */
json_t *job_json_record(const struct job *j);
bool job_json_recall(struct job *j, const json_t *record);

/* What node 0 of it has to know. */
json_t *job_json_plan(const struct job *j);

#endif

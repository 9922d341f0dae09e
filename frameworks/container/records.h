/* records.h - what is kept: a record for each project and for each run.
 *
 *     /epoch            a number, one more with each process
 *     /projects/KEY     {uid, user, spec, services: {NAME: {version,
 *                       restart_number, is_proven, previous, message}},
 *                       volumes, is_leaving, drops_volumes}
 *     /volumes/KEY      {NAME: host}, of a project that was taken down
 *     /runs/ID          {project, service, instance, digest, host, ended}
 *
 * A run's record is safe before it is asked for, so that no process of ours
 * ever has a task it does not know. */

#ifndef CONTAINER_RECORDS_H
#define CONTAINER_RECORDS_H

#include "frameworks/container/state.h"

/* `*request` may be NULL. */
void records_set_project(struct container *c,
                         const struct container_project *p,
                         uint64_t *request);
void records_remove_project(struct container *c,
                            const struct container_project *p);
/* Where they are, when the project is gone. */
void records_set_volumes(struct container *c,
                         const struct container_project *p);
void records_remove_volumes(struct container *c,
                            const struct container_project *p);
void records_set_run(struct container *c, struct run *r);
void records_remove_run(struct container *c, const struct run *r);
void records_set_epoch(struct container *c);

#endif

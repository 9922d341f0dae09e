/* task.h - a task as the public headers have it, and as the wire does. */

#ifndef LIBFRAMEWORK_TASK_H
#define LIBFRAMEWORK_TASK_H

#include "base/arena.h"
#include "base/error.h"
#include "mezzo/task.h"
#include "proto/mesos.pb-c.h"

/* Write `task`, which is to run on `agent_id`, to `arena`: all but what it
 * needs, which is an offer's to say.
 *
 * -EINVAL  something of it cannot be */
int task_write(const struct mezzo_task *task,
               const char *agent_id,
               const char *framework_id,
               struct arena *arena,
               Mesos__V1__TaskInfo **info,
               struct error *err);

/* -E2BIG if it has become too large. */
int task_check_size(const Mesos__V1__TaskInfo *info, struct error *err);

/* For a callback; lives as long as `info` and `arena`. */
void task_show(struct mezzo_task *task,
               const Mesos__V1__TaskInfo *info,
               struct arena *arena);

/* Milliseconds to the wire's nanoseconds, and back: -1 when there are none. */
Mesos__V1__DurationInfo *task_write_duration(int64_t ms, struct arena *arena);
int64_t task_show_duration(const Mesos__V1__DurationInfo *duration);

#endif

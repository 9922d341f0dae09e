/* status.h - a task's status as the public headers have it, and as the wire
 * does. */

#ifndef LIBFRAMEWORK_STATUS_H
#define LIBFRAMEWORK_STATUS_H

#include "base/arena.h"
#include "base/error.h"
#include "mezzo/task.h"
#include "proto/mesos.pb-c.h"

/* For a callback; lives as long as `from` and `arena`.  NULL, or what makes no
 * sense in it. */
const char *status_show(struct mezzo_status *status,
                        const Mesos__V1__TaskStatus *from);

/* "REASON_..." */
const char *status_reason(int reason);

/* An executor's status, in `arena`, without a uuid.  -EINVAL, or -E2BIG for its
 * data. */
int status_write(const struct mezzo_status *status,
                 const char *executor_id,
                 int64_t wall_ms,
                 struct arena *arena,
                 Mesos__V1__TaskStatus **to,
                 struct error *err);

#endif

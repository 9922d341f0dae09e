/* container.h - a container and a health check as the public headers have them,
 * and as the wire does. */

#ifndef LIBFRAMEWORK_CONTAINER_H
#define LIBFRAMEWORK_CONTAINER_H

#include "base/arena.h"
#include "base/error.h"
#include "mezzo/task.h"
#include "proto/mesos.pb-c.h"

/* -EINVAL  something of it cannot be */
int container_write(const struct mezzo_container *container,
                    struct arena *arena,
                    Mesos__V1__ContainerInfo **info,
                    struct error *err);
int container_write_check(const struct mezzo_health_check *check,
                          struct arena *arena,
                          Mesos__V1__HealthCheck **info,
                          struct error *err);

/* In `arena`, and lives as long as it and `info`; NULL: there is none. */
const struct mezzo_container *container_show(
    const Mesos__V1__ContainerInfo *info, struct arena *arena);
const struct mezzo_health_check *container_show_check(
    const Mesos__V1__HealthCheck *info, struct arena *arena);

#endif

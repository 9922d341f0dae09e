/* amounts.h - resources as the public headers have them, and as the library
 * works with them. */

#ifndef LIBFRAMEWORK_AMOUNTS_H
#define LIBFRAMEWORK_AMOUNTS_H

#include "base/resources.h"
#include "mezzo/task.h"

/* -EINVAL if they cannot be; `r` must be empty. */
int amounts_read(struct resources *r,
                 const struct mezzo_resources *amounts,
                 struct error *err);

/* For a callback, in `arena`: whoever each part is reserved to, and parts of
 * MiB left away. */
void amounts_show(struct mezzo_resources *amounts,
                  const struct resources *r,
                  struct arena *arena);

/* The same of the wire; what makes no sense there is shown as nothing. */
void amounts_show_wire(struct mezzo_resources *amounts,
                       Mesos__V1__Resource *const *wire,
                       size_t count,
                       struct arena *arena);

/* Move what `wanted` (reserved to nobody) names from `left` to `granted`, the
 * reserved parts first, as they are scarcer in use.  -EINVAL, and both as they
 * were, with "cpus: 2 asked, 1.5 offered". */
int amounts_grant(struct resources *left,
                  const struct resources *wanted,
                  struct resources *granted,
                  struct error *err);

#endif

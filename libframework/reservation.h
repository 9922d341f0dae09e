/* reservation.h - what an operator reserves of an agent for a role, to the
 * master and back. */

#ifndef LIBFRAMEWORK_RESERVATION_H
#define LIBFRAMEWORK_RESERVATION_H

#include "base/arena.h"
#include "base/error.h"
#include "mezzo/operator.h"
#include "proto/master.pb-c.h"

/* -EINVAL when it cannot be asked. */
int reservation_check(const struct mezzo_question *question, struct error *err);

/* One that was checked. */
void reservation_write(Mesos__V1__Master__Call *call,
                       const struct mezzo_question *question,
                       struct arena *arena);

/* Those parts that are reserved, as text; NULL: none are. */
const char *reservation_show(Mesos__V1__Resource *const *wire,
                             size_t count,
                             struct arena *arena);

#endif

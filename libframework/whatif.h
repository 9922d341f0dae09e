/* whatif.h - what an operator asks to be thought of, and what would follow. */

#ifndef LIBFRAMEWORK_WHATIF_H
#define LIBFRAMEWORK_WHATIF_H

#include "base/arena.h"
#include "base/error.h"
#include "mezzo/operator.h"
#include "proto/master.pb-c.h"

/* -EINVAL when it cannot be asked. */
int whatif_check(const struct mezzo_question *question, struct error *err);

/* One that was checked. */
void whatif_write(Mesos__V1__Master__Call *call,
                  const struct mezzo_question *question,
                  struct arena *arena);

/* All in `arena`. */
struct mezzo_whatif_row *whatif_show(
    const Mesos__V1__Master__Response__WhatIf *answer, struct arena *arena);

/* What the rows do not tell; NULL: they tell all. */
const char *whatif_text(const Mesos__V1__Master__Response__WhatIf *answer,
                        struct arena *arena);

#endif

/* question.h - what an operator asks, as the wire has it. */

#ifndef LIBFRAMEWORK_QUESTION_H
#define LIBFRAMEWORK_QUESTION_H

#include "base/arena.h"
#include "base/error.h"
#include "mezzo/operator.h"
#include "proto/master.pb-c.h"

/* -EINVAL if it cannot be. */
int question_check(const struct mezzo_question *question, struct error *err);

/* Fill `call`, with what lives in `arena`; true if it changes nothing at the
 * master. */
bool question_write(Mesos__V1__Master__Call *call,
                    const struct mezzo_question *question,
                    struct arena *arena);

/* Does its answer come in pages? */
bool question_is_paged(const Mesos__V1__Master__Call *call);

#endif

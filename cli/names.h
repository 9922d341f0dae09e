/* names.h - which task a person means.
 *
 * FRAMEWORK/TASK, or the id or the name of a task, or the beginning of an id;
 * the first of these that fits counts.  Among several that fit alike, one that
 * has not ended goes before those that have. */

#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <mezzo/operator.h>

#include "base/error.h"

/* NULL with `err`, which says what to do, when it is none, or any of several.
 */
const struct mezzo_task_row *names_find(const struct mezzo_task_row *tasks,
                                        size_t tasks_count,
                                        const char *name,
                                        struct error *err);

#endif

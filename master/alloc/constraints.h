/* constraints.h - what an ask may demand of attributes. */

#ifndef MASTER_ALLOC_CONSTRAINTS_H
#define MASTER_ALLOC_CONSTRAINTS_H

#include "base/error.h"
#include "master/alloc/alloc.h"

/* -EINVAL: those of a slot are malformed, or contradict each other; the error
 * begins with the field. */
int constraints_check(const struct alloc_slot *s, struct error *err);

#endif

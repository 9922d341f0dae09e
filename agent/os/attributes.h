/* attributes.h - what an operator says of a machine: "rack:r1;speed:2.5". */

#ifndef AGENT_OS_ATTRIBUTES_H
#define AGENT_OS_ATTRIBUTES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "proto/mesos.pb-c.h"

enum {
    ATTRIBUTES_MAX = 256
};

/* NAME:VALUE, separated by ';'.  A value is a number, or else a text.  The list
 * lives in `arena`.
 *
 * -EINVAL  the message names the part */
int attributes_parse(const char *text,
                     struct arena *arena,
                     Mesos__V1__Attribute ***attributes,
                     size_t *count,
                     struct error *err);

#endif

/* closing.h - descriptors that a function owns to its end. */

#ifndef AGENT_OS_CLOSING_H
#define AGENT_OS_CLOSING_H

#include <unistd.h>

#include "base/auto.h"

static inline void auto_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#endif

/* seed.h - a new volume gets what its image has in its place. */

#ifndef AGENT_FETCH_SEED_H
#define AGENT_FETCH_SEED_H

#include "base/error.h"

/* Make the directory `target`, with what is at `path` below `root`, whose links
 * are followed as if `root` were the root; empty where there is nothing. */
int seed(const char *root,
         const char *path,
         const char *target,
         struct error *err);

#endif

/* image_sweep.h - what of a store no record names. */

#ifndef AGENT_OS_IMAGE_SWEEP_H
#define AGENT_OS_IMAGE_SWEEP_H

#include "base/error.h"

struct trash;

/* At length, while nothing is being fetched: all layouts, and the layers and
 * blobs that no record in DIRECTORY/records needs, are thrown away. */
void image_sweep(const char *directory, struct trash *trash);

#endif
